//! Loom models of the scheduler's protocols.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

mod announced;
mod context;
mod demand;
mod doze;
mod idle;
mod inbox;
mod next;
mod parking;
mod passing;
mod requests;
mod standstill;
