//! The facade through which the runtime synchronises: `core`'s atomics, or loom's in a model build.
//!
//! A model build (`RUSTFLAGS="--cfg wyn_loom"`) checks the shipping code of the modules that can be modelled. What
//! they synchronise by comes from here, so that `./dev weaken` can weaken each order and each fence in turn and see
//! which model fails; README.md beside the crate has the protocols and their models.

pub use wyn_abi::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(wyn_loom)]
pub use loom::sync::{Mutex, MutexGuard};
#[cfg(not(wyn_loom))]
pub use std::sync::{Mutex, MutexGuard};
