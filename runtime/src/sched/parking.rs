//! Taking a fiber off its worker, and waking it.
//!
//! A fiber parks in four steps. It makes itself known to whoever shall wake it, typically as a node in a list
//! whose lock it holds. It switches to the worker's stack, which saves its context. There the worker publishes
//! what was private to it, and the *commit* runs: it releases the lock. From that moment on any peer may
//! [`claim`] the fiber, and owes it one [`ready`]. Nothing of the fiber is touched after the commit, except
//! through its parking word.
//!
//! Exactly one claim succeeds for each park: a peer's, or a canceller's. A fiber woken as [`Wake::Cancelled`]
//! removes its own node; a peer whose claim fails passes the node over and leaves it in place.
//!
//! The commit runs once on the worker's stack. The worker is still reached through the fiber until the commit makes the
//! fiber claimable.

use wyn_abi::{Fiber, Location};

use super::entry::Entry;
use super::poll;
use super::worker::{After, Worker};
pub(crate) use crate::channel::parker::{Commit, WaitFor, Wake};
use crate::fiber::FiberCell;
use crate::fiber::switch::switch;
use crate::sched::runtime;

/// Says where in the source the running fiber waits when it next parks, for reports.
///
/// # Safety
/// `fiber` is the running fiber; `at` is null or static.
#[inline(always)]
pub(crate) unsafe fn waits_at(fiber: *mut Fiber, at: *const Location) {
    // SAFETY: the fiber runs.
    unsafe { (*FiberCell::of(fiber)).at = at }
}

/// Takes the calling fiber off its worker, then runs `commit(fiber, arg)`, in any case. A cancellation that was
/// requested before or is requested meanwhile ends the wait, unless a peer is first or cancellation is masked.
///
/// # Safety
/// `fiber` is the running fiber; `commit` may run on another stack.
#[inline(never)]
pub(crate) unsafe fn park(fiber: *mut Fiber, wait: WaitFor, commit: Commit, arg: *mut ()) -> Wake {
    let cell = FiberCell::of(fiber);
    // SAFETY: the fiber runs, so its cell and its worker are this thread's.
    unsafe {
        (*cell).wait = wait;
        (*cell).wake = Wake::Normal;
        leave(cell, After::Park { commit, arg });
        (*cell).wake
    }
}

/// Lets others run: the fiber goes to the end of the global queue.
///
/// # Safety
/// `fiber` is the running fiber.
#[inline(never)]
pub unsafe fn yield_now(fiber: *mut Fiber) {
    // SAFETY: as for `park`.
    unsafe {
        let cell = FiberCell::of(fiber);
        leave(cell, After::Yield);
        poll::resumed();
        crate::task::cancel::notice(cell);
    }
}

/// Switches to the worker's stack, which does what `after` says.
///
/// # Safety
/// The fiber runs.
#[inline(always)]
pub(crate) unsafe fn leave(cell: *mut FiberCell, after: After) {
    // SAFETY: the worker waits in `Worker::resume` for this switch; nothing is kept across it but the cell.
    unsafe {
        let worker: *mut Worker = FiberCell::worker(cell);
        (*worker).after = after;
        let to = (*worker).thread_sp;
        switch(&raw mut (*cell).saved_sp, to, 0);
    }
}

/// Claims a parked fiber; false when a cancellation has.
///
/// # Safety
/// `target` was found in a list that it is in while it is parked, under the list's lock.
#[must_use]
pub unsafe fn claim(target: *mut Fiber) -> bool {
    // SAFETY: cells are never unmapped.
    unsafe { (*FiberCell::of(target)).word.claim() }
}

/// Makes a claimed fiber runnable: next on the caller's worker. `current` is null outside of workers.
///
/// # Safety
/// The caller has claimed `target` and calls this once; `current` is the running fiber, or the one whose commit
/// is running, or null.
pub unsafe fn ready(current: *mut Fiber, target: *mut Fiber) {
    let target = FiberCell::of(target);
    if current.is_null() {
        if let Some(runtime) = runtime() {
            runtime.inject([Entry::fiber(target)]);
        }
        return;
    }
    // SAFETY: the worker is this thread's.
    unsafe { (*FiberCell::worker(FiberCell::of(current))).run_next(target) }
}

/// Asks the task on a fiber to stop, because something at this level of the tree of scopes was told to, and wakes the
/// fiber if it is parked.
///
/// # Safety
/// `target` is a fiber; `current` as for [`ready`].
pub(crate) unsafe fn request_cancel(current: *mut Fiber, target: *mut FiberCell, level: u32) {
    // SAFETY: cells are never unmapped; the claim makes `wake` ours.
    unsafe {
        if (*target).shield.request(&(*target).hot.cancel_pending, &(*target).word, level) {
            (*target).wake = Wake::Cancelled;
            ready(current, target.cast());
        }
    }
}

/// Whether the running task was told to stop and may be stopped now.
///
/// # Safety
/// `fiber` is the running fiber.
pub unsafe fn cancel_pending(fiber: *mut Fiber) -> bool {
    let cell = FiberCell::of(fiber);
    // SAFETY: the fiber runs.
    unsafe { (*cell).hot.cancel_mask == 0 && crate::task::cancel::is_cancelled(cell) }
}

/// Whether `peer` last ran on the worker of the running fiber: see [`Home`](super::home::Home).
///
/// # Safety
/// `fiber` is the running fiber; `peer` is or was a fiber.
pub unsafe fn confined(fiber: *mut Fiber, peer: *mut Fiber) -> bool {
    // SAFETY: cells are never unmapped.
    unsafe { (*FiberCell::of(peer)).home.is_shared_with(&(*FiberCell::of(fiber)).home) }
}
