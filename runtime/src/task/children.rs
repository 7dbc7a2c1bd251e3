//! The atomic count of a scope: its public tasks that have not ended, and the owner's *bias* of one.
//!
//! * **Task** that ends: does what it does, then counts itself off (C1).
//! * **Owner** that is done with the scope, or waits: says who is to be woken, then takes off the bias (O1).
//!
//! *One of them joins the scope, after all of it.* Whoever takes the count to zero is the last: a task completes or wakes
//! the owner, the owner need not wait. Each operation releases what its side did and the last one acquires what all did,
//! because operations on the count follow one another without a gap. An owner that finds its bias alone has acquired as
//! much without an operation.

use crate::sync::{AtomicU32, Ordering};

/// The count.
pub(crate) struct Children<'a>(pub(crate) &'a AtomicU32);

impl Children<'_> {
    /// So many more tasks, or their places: of tasks that are handed over later, or by whoever holds a count itself.
    pub(crate) fn add(&self, count: u32) {
        // ORDER: Relaxed; the tasks are handed over with more order than that.
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// C1 of so many tasks, or O1: how many are left. Whoever leaves none is the last.
    #[must_use]
    pub(crate) fn take(&self, count: u32) -> u32 {
        // ORDER: AcqRel, with itself and `are_gone`; see the module.
        self.0.fetch_sub(count, Ordering::AcqRel).wrapping_sub(count)
    }

    /// Whether the bias is alone. Exact for the owner while it holds the bias.
    #[must_use]
    pub(crate) fn are_gone(&self) -> bool {
        // ORDER: Acquire; pairs with the Release of the last task's `take`.
        self.0.load(Ordering::Acquire) == 1
    }

    /// How many tasks have not ended, as far as that stands still. For the owner while it holds the bias.
    #[must_use]
    pub(crate) fn unfinished(&self) -> u32 {
        // ORDER: Relaxed; a task that ends meanwhile is met by the operation that follows.
        self.0.load(Ordering::Relaxed) - 1
    }
}
