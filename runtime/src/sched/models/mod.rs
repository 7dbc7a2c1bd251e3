//! Loom models of the scheduler's protocols.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

mod context;
mod demand;
mod idle;
mod next;
mod parking;
mod requests;
mod standstill;
