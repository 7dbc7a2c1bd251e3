//! The worker on which a fiber runs, or last ran.
//!
//! A channel whose peer's owner last ran on the worker of the running fiber needs no more than a fence of its own, instead
//! of the dear half of the asymmetric fence (`channel/README.md`): what the owner did there came before. If the owner has
//! moved since, it has passed a fence, so that it sees what the other has done before his.

use crate::sync::{AtomicU32, Ordering, fence};

/// Of one fiber.
pub(crate) struct Home {
    worker: AtomicU32,
}

impl Home {
    /// Of a fiber that has not run yet.
    pub(crate) fn none() -> Home {
        Home::at(u32::MAX)
    }

    /// Of a fiber that has run there.
    pub(crate) fn at(worker: u32) -> Home {
        Home { worker: AtomicU32::new(worker) }
    }

    /// The fiber is going to run on this worker.
    #[inline]
    pub(crate) fn move_to(&self, worker: u32) {
        // ORDER: Relaxed; written by whoever resumes the fiber.
        if self.worker.load(Ordering::Relaxed) != worker {
            // ORDER: Relaxed; the fence orders it before all that the fiber does there.
            self.worker.store(worker, Ordering::Relaxed);
            // ORDER: SeqCst; pairs with the fence before `is_shared_with` in `channel::settle`.
            fence(Ordering::SeqCst);
        }
    }

    /// The worker of a fiber that has run, and does not run now: for who has claimed it.
    #[cfg(not(wyn_loom))]
    pub(crate) fn worker(&self) -> usize {
        // ORDER: Relaxed; the claim shows it.
        self.worker.load(Ordering::Relaxed) as usize
    }

    /// Whether two fibers have the same.
    pub(crate) fn is_shared_with(&self, other: &Home) -> bool {
        // ORDER: Relaxed; the caller has a fence before it, the one in `move_to` is its partner.
        self.worker.load(Ordering::Relaxed) == other.worker.load(Ordering::Relaxed)
    }
}
