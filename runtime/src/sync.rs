//! The facade through which the runtime synchronises: `core`'s atomics, or loom's in a model build.
//!
//! A model build (`RUSTFLAGS="--cfg wyn_loom"`) checks the shipping code of the modules that can be modelled:
//! record states (`wyn_hot::state`), parking words (`sched::word`), the idle word (`sched::idle`) and shared
//! counts. A fence that a proof leans on is written through [`Strict`], so that a model can leave it out and show
//! that it is needed.

pub use wyn_abi::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

#[cfg(wyn_loom)]
pub use loom::sync::{Mutex, MutexGuard};
#[cfg(not(wyn_loom))]
pub use std::sync::{Mutex, MutexGuard};

/// Whether the fences of a protocol are there. Ships as [`Strict`]; models also run [`Weakened`].
pub trait Fences {
    /// A sequentially consistent fence that orders a store before a later load.
    fn store_load();
}

/// The shipping choice.
#[derive(Debug)]
pub struct Strict;

impl Fences for Strict {
    #[inline(always)]
    fn store_load() {
        // ORDER: SeqCst; each use names its partner.
        fence(Ordering::SeqCst);
    }
}

/// The protocol without its fences: a model of it must fail.
#[cfg(wyn_loom)]
#[derive(Debug)]
pub struct Weakened;

#[cfg(wyn_loom)]
impl Fences for Weakened {
    fn store_load() {}
}
