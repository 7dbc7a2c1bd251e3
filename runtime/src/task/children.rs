//! The counts of a scope's unfinished tasks: of the private ones a plain number, of the public ones an atomic one that
//! holds one more, the owner's *bias*.
//!
//! * **Task** that ends: does what it does, then counts itself off (C1).
//! * **Owner** that is done with the scope, or waits: says who is to be woken, then takes off the bias (O1).
//! * **Owner's worker** that makes private tasks public: counts them as such (P1), then lets others have them (P2).
//!
//! *One of them joins the scope, after all of it.* Whoever takes the count to zero is the last: a task completes or wakes
//! the owner, the owner need not wait. Each operation releases what its side did and the last one acquires what all did,
//! because operations on the count follow one another without a gap. An owner that finds its bias alone has acquired as
//! much without an operation.
//!
//! An owner that ends while it has private tasks keeps the bias until the last of them has ended or is public: they may end
//! with plain arithmetic for so long.

use wyn_hot::nested::are_gone;

#[cfg(wyn_loom)]
use crate::fault::{EARLY_BIAS, KEPT_BIAS, LATE_COUNT, NO_ROOM, STAYS_PRIVATE, injected};
use crate::sync::{AtomicU32, Ordering};

/// The atomic count.
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

    /// O1 of an owner that waits until all but so many of its public tasks have ended; `says` who is to be woken. True when
    /// they have, and it need not wait: else whoever takes the count to zero wakes it.
    #[must_use]
    pub(crate) fn wait(&self, rest: u32, says: impl FnOnce()) -> bool {
        #[cfg(wyn_loom)]
        if injected(EARLY_BIAS) {
            let over = (self.take(1 + rest) as i32) < 1;
            says();
            return over;
        }
        #[cfg(wyn_loom)]
        let rest = if injected(NO_ROOM) { 0 } else { rest };
        says();
        // Of several that are not waited for, more than these may have ended by now.
        (self.take(1 + rest) as i32) < 1
    }

    /// Whether the bias is alone. Exact for the owner while it holds the bias.
    #[must_use]
    pub(crate) fn are_gone(&self) -> bool {
        are_gone(self.0)
    }

    /// How many tasks have not ended, as far as that stands still. For the owner while it holds the bias.
    #[must_use]
    pub(crate) fn unfinished(&self) -> u32 {
        // ORDER: Relaxed; a task that ends meanwhile is met by the operation that follows.
        self.0.load(Ordering::Relaxed) - 1
    }
}

/// Both counts, for the owner's worker.
pub(crate) struct Counts<'a> {
    /// Of the private tasks.
    pub(crate) private: &'a mut u32,
    /// The owner's code has ended, or it waits for all its tasks, or there is no owner; and the bias is still there.
    pub(crate) ended: &'a mut bool,
    /// Of the public tasks, and the bias.
    pub(crate) shared: Children<'a>,
}

impl Counts<'_> {
    /// So many private tasks become public: P1, then `hand_over`, which is P2. `open` makes the owner public, as for
    /// [`end_private`](Counts::end_private).
    #[inline(always)]
    pub(crate) fn publish(&mut self, count: u32, open: impl FnOnce(), hand_over: impl FnOnce()) {
        #[cfg(wyn_loom)]
        if injected(LATE_COUNT) {
            hand_over();
            *self.private -= count;
            return self.shared.add(count);
        }
        *self.private -= count;
        self.shared.add(count);
        #[cfg(wyn_loom)]
        if injected(KEPT_BIAS) {
            return hand_over();
        }
        if *self.ended && *self.private == 0 {
            // The tasks hold counts, so this is not the last.
            let last = self.drop_bias(open);
            debug_assert!(!last);
        }
        hand_over();
    }

    /// A private task has ended. True when that was all of the scope; else `open` has made the owner public if another
    /// worker may complete it from here on.
    #[must_use]
    #[inline(always)]
    pub(crate) fn end_private(&mut self, open: impl FnOnce()) -> bool {
        *self.private -= 1;
        *self.private == 0 && *self.ended && self.drop_bias(open)
    }

    /// The owner's code has ended, and it has left behind what whoever completes it needs. True when its tasks have ended
    /// as well; `open` as for [`end_private`](Counts::end_private).
    #[must_use]
    #[inline(always)]
    pub(crate) fn end_owner(&mut self, open: impl FnOnce()) -> bool {
        *self.ended = true;
        *self.private == 0 && self.drop_bias(open)
    }

    /// Whether no task is unfinished. Exact while the owner holds the bias.
    #[inline(always)]
    pub(crate) fn are_gone(&self) -> bool {
        *self.private == 0 && self.shared.are_gone()
    }

    /// The owner has ended and has no private tasks. True when there are no others either.
    fn drop_bias(&mut self, open: impl FnOnce()) -> bool {
        *self.ended = false;
        if self.are_gone() {
            return true;
        }
        #[cfg(wyn_loom)]
        if injected(STAYS_PRIVATE) {
            return self.shared.take(1) == 0;
        }
        open();
        self.shared.take(1) == 0
    }
}
