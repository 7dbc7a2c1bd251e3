//! Atomic types of the shared layouts: `core`'s, or loom's in a model build (`--cfg wyn_loom`), or such as shuttle
//! schedules (`--cfg wyn_shuttle`), or such as lose time at random (`--cfg wyn_disturbed`).
//!
//! Everything that synchronises, here and in the runtime, takes its atomics from this module, so that a model
//! checks the very code that ships. In a model build each access can be weakened from outside ([`sites`]).

#[cfg(not(any(wyn_loom, wyn_shuttle, wyn_disturbed)))]
pub use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
#[cfg(wyn_loom)]
pub use modelled::{
    AtomicBool, AtomicI32, AtomicPtr, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};

#[cfg(wyn_loom)]
pub mod interrupts;
#[cfg(wyn_loom)]
mod modelled;
#[cfg(wyn_loom)]
pub mod sites;

#[cfg(wyn_disturbed)]
pub mod disturbed;
#[cfg(wyn_shuttle)]
pub mod explored;
#[cfg(any(wyn_shuttle, wyn_disturbed))]
mod stepped;
#[cfg(any(wyn_shuttle, wyn_disturbed))]
pub use stepped::{AtomicBool, AtomicPtr, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
