//! Loom models of tasks.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

mod children;
mod links;
mod records;
mod told;
