//! The timekeeper: of the workers that sleep, the one that wakes for the next timer.
//!
//! * **Keeper**: becomes it (K1), then looks for the next time (K2) and sleeps until then.
//! * **Setter**: sets a timer that may be the first (S1), then looks who the keeper is (S2), and wakes it.
//!
//! *No timer is slept through.* A sequentially consistent fence stands between K1 and K2 and between S1 and S2. If the
//! keeper's comes first, S2 sees the keeper; else K2 sees the timer.

use crate::sync::{AtomicU32, Ordering, fence};

/// Who it is: one more than the index of a worker, or 0.
pub struct Keeper {
    who: AtomicU32,
}

impl Keeper {
    /// Nobody.
    #[allow(clippy::new_without_default, reason = "there is one timekeeper")]
    pub fn new() -> Self {
        Keeper { who: AtomicU32::new(0) }
    }

    /// Step K1 of worker `me`, and the fence. False when there is another.
    #[must_use]
    pub fn begin(&self, me: u32) -> bool {
        // ORDER: Relaxed; the fence orders it before the look for the next time.
        let free = self.who.compare_exchange(0, me + 1, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if free {
            // ORDER: SeqCst; between K1 and K2, pairs with the fence in `told`.
            fence(Ordering::SeqCst);
        }
        free
    }

    /// The keeper is awake again.
    pub fn end(&self) {
        // ORDER: Relaxed; whoever takes it for asleep wakes it in vain.
        self.who.store(0, Ordering::Relaxed);
    }

    /// The fence after S1, and step S2: the worker to wake.
    #[must_use]
    pub fn told(&self) -> Option<u32> {
        #[cfg(wyn_loom)]
        if crate::fault::injected(crate::fault::KEEPER_UNTOLD) {
            return None;
        }
        // ORDER: SeqCst; between S1 and S2, pairs with the fence in `begin`.
        fence(Ordering::SeqCst);
        self.current()
    }

    /// Who it is: not synchronised.
    pub fn current(&self) -> Option<u32> {
        // ORDER: Relaxed; ordered by the fence in `told`, else a hint.
        self.who.load(Ordering::Relaxed).checked_sub(1)
    }
}
