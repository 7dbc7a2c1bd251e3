//! The lock of lists and rings: one byte, held for some tens of nanoseconds.
//!
//! This is the layout, to be embedded where it guards something; `wyn_runtime::spin` takes and releases it.

use crate::sync::AtomicBool;

/// A lock whose waiters spin. It guards what its owner says it does.
#[repr(C)]
pub struct SpinLock {
    /// True while somebody has it.
    pub taken: AtomicBool,
    /// What the models of its owners take instead.
    #[cfg(wyn_loom)]
    pub shadow: shadow::Shadow,
}

impl SpinLock {
    /// A free lock.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a lock belongs to what it guards")]
    pub fn new() -> Self {
        Self {
            taken: AtomicBool::new(false),
            #[cfg(wyn_loom)]
            shadow: shadow::Shadow::new(),
        }
    }
}

/// Loom's own mutex, which blocks: models of what a lock guards need not explore how it is spun for.
#[cfg(wyn_loom)]
pub mod shadow {
    extern crate std;
    use core::cell::Cell;
    use loom::sync::{Mutex, MutexGuard};
    use std::boxed::Box;

    /// A mutex that is taken and released by name.
    pub struct Shadow {
        mutex: &'static Mutex<()>,
        guard: Cell<Option<MutexGuard<'static, ()>>>,
    }

    impl Shadow {
        pub(super) fn new() -> Self {
            Self { mutex: Box::leak(Box::new(Mutex::new(()))), guard: Cell::new(None) }
        }

        /// Waits for the lock, and takes it.
        pub fn lock(&self) {
            let guard = self.mutex.lock().expect("a model that panics ends");
            self.guard.set(Some(guard));
        }

        /// Releases the lock, which the caller has.
        pub fn unlock(&self) {
            let guard = self.guard.take();
            drop(guard);
        }
    }
}
