//! How many scopes and tasks are told to stop and have not ended: while there are none, nobody walks up the tree.
//!
//! * **Canceller**: sets a flag in the tree, counts it, asks the workers for a poll ([`Count::tell`]), and then walks
//!   down to whoever has parked.
//! * **Fiber**: at a poll or when it parks, looks at the count, then at the flags. One that is requested to stop looks
//!   for the flag behind the request ([`behind_request`]).
//!
//! *The flag is seen.* A fiber that parks enters a list under its lock, and looks afterwards; the canceller walks the list
//! under its lock, afterwards: one of the two sees the other. A poll and the asking for it have fences
//! (`sched::poll`). And a request is stored behind the asking for a poll, and its fence.

#[cfg(wyn_loom)]
use crate::fault::{LATE_ENTRY, LATE_FLAG, NO_POLL, injected};
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

    /// Tells somebody to stop: sets a flag, counts it, and asks the workers for a poll. `set` says whether the flag is
    /// new; if it is not, nothing happens. Whoever has parked is to be told afterwards, if this is true.
    pub(crate) fn tell(&self, set: impl FnOnce() -> bool, ask_for_polls: impl FnOnce()) -> bool {
        #[cfg(wyn_loom)]
        if injected(LATE_FLAG) {
            self.count.fetch_add(1, Ordering::Relaxed);
            ask_for_polls();
            return set();
        }
        if !set() {
            return false;
        }
        // ORDER: Relaxed; ordered by what the module says.
        self.count.fetch_add(1, Ordering::Relaxed);
        #[cfg(wyn_loom)]
        if injected(NO_POLL) {
            return true;
        }
        ask_for_polls();
        true
    }

    /// The number, for the fast paths.
    #[cfg(not(wyn_loom))]
    pub(crate) fn number(&'static self) -> *const AtomicUsize {
        &raw const self.count
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

/// A fiber parks: enters the lists in which whoever cancels looks for it, then looks whether it is told to stop.
#[inline(always)]
pub(crate) fn enter(lists: impl FnOnce(), is_told: impl FnOnce() -> bool) -> bool {
    #[cfg(wyn_loom)]
    if injected(LATE_ENTRY) {
        let told = is_told();
        lists();
        return told;
    }
    lists();
    is_told()
}

/// Between the look at a request and the look at the flags.
pub(crate) fn behind_request() {
    // ORDER: Acquire; pairs with the fence in `poll::requested`, which lies between setting the flag and the request.
    fence(Ordering::Acquire);
}
