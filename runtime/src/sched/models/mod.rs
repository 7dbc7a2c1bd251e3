//! Loom models of the scheduler's protocols.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

mod idle;
mod parking;
mod requests;
