//! The facade through which the runtime synchronises: `core`'s atomics, or loom's in a model build.
//!
//! A model build (`RUSTFLAGS="--cfg wyn_loom"`) checks the shipping code of the modules that can be modelled. What
//! they synchronise by comes from here, so that `./dev weaken` can weaken each order and each fence in turn and see
//! which model fails; README.md beside the crate has the protocols and their models.
//!
//! With `--cfg wyn_shuttle` the whole runtime is there, and shuttle decides at each operation, lock and wait which
//! thread goes on ([`explored`]). With `--cfg wyn_disturbed` it is there too, and a thread may lose time at each operation and lock.

pub use wyn_abi::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(wyn_disturbed)]
mod disturbed;
#[cfg(wyn_shuttle)]
mod explored;
#[cfg(wyn_disturbed)]
pub use disturbed::Mutex;
#[cfg(wyn_shuttle)]
pub use explored::{Condvar, Mutex, MutexGuard, thread};
#[cfg(wyn_loom)]
pub use loom::sync::{Mutex, MutexGuard};
#[cfg(not(any(wyn_loom, wyn_shuttle, wyn_disturbed)))]
pub use std::sync::Mutex;
#[cfg(not(any(wyn_loom, wyn_shuttle)))]
pub use std::{
    sync::{Condvar, MutexGuard},
    thread,
};
