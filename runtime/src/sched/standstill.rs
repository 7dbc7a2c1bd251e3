//! Whether nothing can happen any more.
//!
//! Only running fibers, and what was *promised*, wake fibers: timers that are set, calls to the outside world that are
//! under way. So when all workers sleep, nothing is promised, and no queue holds anything, all at one moment, no fiber
//! will ever be woken.
//!
//! *It is one moment.* [`is_reached`] looks at the conditions between two looks at the list of sleepers, which has
//! everybody in it both times, and at how often fibers were resumed: as often before the first look as after the second.
//! A worker that resumed a fiber between the two had left the list, and entered it again, both under the lock of the
//! list: so the second reading would have seen it, and the first had not. So no fiber ran between the two, and without a
//! running fiber promises become no more; what they have woken was in a queue before they counted as kept.
//!
//! *A kept promise is not taken for nothing.* The fiber was put into a queue, by the idle protocol, before the promise
//! counts as kept. If the fence of the one who did it comes before that of the last sleeper, the look at the queues finds
//! the fiber. Else the one who did it finds all asleep, and has taken a sleeper off the list before the promise counts as
//! kept: the second look at the list misses it, or the number of turns tells what it did.
//!
//! *It is not missed.* Whoever keeps the last promise counts it as kept, fence, looks for sleepers ([`look_again`]); a
//! worker enters the list of sleepers, fence, looks whether that was the end. One of the two sees the other.

use super::idle::Idle;
#[cfg(wyn_loom)]
use crate::fault::{NO_FIRST_ROLL, NO_LAST_LOOK, NO_SECOND_ROLL, NO_TURNS, PROMISES_ONCE, injected};
use crate::sync::{AtomicUsize, Ordering, fence};

/// How many wake-ups are promised from outside of fibers.
pub(crate) struct Promises {
    count: AtomicUsize,
}

impl Promises {
    /// None.
    #[cfg(not(wyn_loom))]
    pub(crate) const fn none() -> Promises {
        Promises { count: AtomicUsize::new(0) }
    }

    /// None.
    #[cfg(wyn_loom)]
    pub(crate) fn none() -> Promises {
        Promises { count: AtomicUsize::new(0) }
    }

    /// One more. Called by a worker, before the fiber that shall be woken parks; or by what takes a fiber out of a queue,
    /// before it does, for which whoever looks at the queues looks at the promises again afterwards.
    pub(crate) fn give(&self) {
        // ORDER: Relaxed; the worker enters the list of sleepers later, whose lock shows this to all who look.
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// One less: its fiber is in a queue. True when it was the last; then somebody has to [`look_again`].
    #[must_use]
    pub(crate) fn keep(&self) -> bool {
        // ORDER: Relaxed; ordered by what came before it, see the module.
        self.count.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// Whether none is left. What kept ones have woken is seen after this.
    pub(crate) fn all_kept(&self) -> bool {
        // ORDER: Relaxed; as in `keep`.
        self.count.load(Ordering::Relaxed) == 0
    }
}

/// Whether nothing can happen any more: `turns` counts how often fibers were resumed, `all_kept` looks at the promises,
/// `queued` at the queues. Called by a worker that has entered the list of sleepers as the last one.
pub(crate) fn is_reached(
    idle: &Idle,
    workers: usize,
    turns: impl Fn() -> u64,
    all_kept: impl Fn() -> bool,
    queued: impl Fn() -> bool,
) -> bool {
    let before = turns();
    let all_sleep = || idle.everybody_sleeps(workers);
    #[cfg(wyn_loom)]
    if injected(NO_FIRST_ROLL | NO_SECOND_ROLL | NO_TURNS | PROMISES_ONCE) {
        return (injected(NO_FIRST_ROLL) || all_sleep())
            && all_kept()
            && !queued_before_promises(&queued)
            && (injected(PROMISES_ONCE) || all_kept())
            && (injected(NO_SECOND_ROLL) || all_sleep())
            && (injected(NO_TURNS) || turns() == before);
    }
    // What takes a fiber out of a queue has promised it first, so the promises are looked at once more.
    all_sleep()
        && all_kept()
        && !queued_before_promises(&queued)
        && all_kept()
        && all_sleep()
        && turns() == before
}

/// Looks at the queues. Whoever took out what is missed there is seen to have promised it.
fn queued_before_promises(queued: &impl Fn() -> bool) -> bool {
    let queued = queued();
    // ORDER: Acquire; pairs with the Release, or the fence, of whatever takes a fiber out of a queue.
    fence(Ordering::Acquire);
    queued
}

/// The last promise was kept. A worker to wake, who looks whether that was the end, if all fell asleep before.
#[must_use]
pub(crate) fn look_again(idle: &Idle, workers: usize) -> Option<u32> {
    #[cfg(wyn_loom)]
    if injected(NO_LAST_LOOK) {
        return None;
    }
    // ORDER: SeqCst; pairs with the fence in `Idle::sleep`.
    fence(Ordering::SeqCst);
    if idle.sleeping() as usize == workers { idle.take_any() } else { None }
}
