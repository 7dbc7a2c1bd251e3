//! How many scopes and tasks are told to stop and have not ended: while there are none, nobody walks up the tree.
//!
//! * **Canceller**: sets a flag in the tree, counts it ([`Count::announce`]), asks the workers for a poll, and then walks
//!   down to whoever has parked.
//! * **Fiber**: at a poll or when it parks, looks at the count, then at the flags. One that is requested to stop looks
//!   for the flag behind the request ([`behind_request`]).
//!
//! *The flag is seen.* A fiber that parks enters a list under its lock, and looks afterwards; the canceller walks the list
//! under its lock, afterwards: one of the two sees the other. A poll and the asking for it have fences
//! (`sched::poll`). And a request is stored behind the asking for a poll, and its fence.

use crate::sync::{AtomicUsize, Ordering, fence};

/// The count.
pub(crate) struct Count {
    count: AtomicUsize,
}

impl Count {
    /// Nobody is told.
    #[cfg(not(wyn_loom))]
    pub(crate) const fn nobody() -> Count {
        Count { count: AtomicUsize::new(0) }
    }

    /// Nobody is told.
    #[cfg(wyn_loom)]
    pub(crate) fn nobody() -> Count {
        Count { count: AtomicUsize::new(0) }
    }

    /// One more flag has been set.
    pub(crate) fn announce(&self) {
        // ORDER: Relaxed; ordered by what the module says.
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Something that was told to stop has ended.
    pub(crate) fn forget(&self) {
        // ORDER: Relaxed; a walk in vain is all that comes of an old value.
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether there are any.
    pub(crate) fn anybody(&self) -> bool {
        // ORDER: Relaxed; ordered by what the module says, else a hint.
        self.count.load(Ordering::Relaxed) != 0
    }
}

/// Between the look at a request and the look at the flags.
pub(crate) fn behind_request() {
    // ORDER: Acquire; pairs with the fence in `poll::requested`, which lies between setting the flag and the request.
    fence(Ordering::Acquire);
}
