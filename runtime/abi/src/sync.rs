//! Atomic types of the shared layouts: `core`'s, or loom's in a model build (`--cfg wyn_loom`).
//!
//! Everything that synchronises, here and in the runtime, takes its atomics from this module, so that a model
//! checks the very code that ships. In a model build each access can be weakened from outside ([`sites`]).

#[cfg(not(wyn_loom))]
pub use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(wyn_loom)]
pub use modelled::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(wyn_loom)]
mod modelled;
#[cfg(wyn_loom)]
pub mod sites;
