//! Whether something lies in the buffer of the output that the monitor is to hand on: for the monitor, which looks without the
//! buffer's lock, and mostly sleeps.
//!
//! All but the look is done under that lock. Who puts something into a buffer of which nothing was known tells the monitor, when the lock is
//! given up; for who puts more the monitor knows it already, because as long as it does it does not sleep, or not for long.

use crate::sync::{AtomicBool, Ordering};

/// See the module.
pub(crate) struct Held(AtomicBool);

impl Held {
    /// Nothing lies there.
    #[cfg(not(wyn_loom))]
    pub(crate) const fn nothing() -> Held {
        Held(AtomicBool::new(false))
    }

    /// Nothing lies there.
    #[cfg(wyn_loom)]
    pub(crate) fn nothing() -> Held {
        Held(AtomicBool::new(false))
    }

    /// Something lies there. True if the monitor has to be told. Under the lock.
    #[must_use]
    pub(crate) fn begins(&self) -> bool {
        // ORDER: Relaxed, both; written under the lock.
        let begins = !self.0.load(Ordering::Relaxed);
        if begins {
            self.0.store(true, Ordering::Relaxed);
        }
        begins
    }

    /// What lay there has been handed on, or not all of it. Under the lock.
    pub(crate) fn is_left(&self, something: bool) {
        // ORDER: Relaxed; as above.
        self.0.store(something, Ordering::Relaxed);
    }

    /// Whether something lies there.
    pub(crate) fn look(&self) -> bool {
        // ORDER: Relaxed; between saying that there is something, and this look before the monitor sleeps, are the fences of its sleep
        // (`sched::doze`). Else a hint, for the monitor looks again.
        self.0.load(Ordering::Relaxed)
    }
}
