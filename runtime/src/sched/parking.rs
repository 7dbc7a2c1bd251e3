//! Taking a fiber off its worker, and waking it.
//!
//! A fiber parks in four steps. It makes itself known to whoever shall wake it, typically as a node in a list
//! whose lock it holds. It switches to another stack, which saves its context: to the fiber that is to run next, if there
//! is one, else to a free one if tasks wait, else to the worker's. There the worker makes the tasks on the fiber public, binds it if its own are private here (`bound`), and the *commit* runs: it releases
//! the lock. From that moment on any peer may [`claim`] the fiber, and owes it one [`ready`]. Nothing of the fiber is
//! touched after the commit, except through its parking word.
//!
//! Exactly one claim succeeds for each park: a peer's, or a canceller's. A fiber woken as [`Wake::Cancelled`]
//! removes its own node; a peer whose claim fails passes the node over and leaves it in place.
//!
//! The commit runs once. The worker is still reached through the fiber until the commit makes the fiber claimable.

use wyn_abi::{Fiber, Location};

use super::poll;
use super::request::Requested;
use super::worker::{After, Worker};
pub(crate) use crate::channel::parker::{Commit, WaitFor, Wake};
use crate::fiber::FiberCell;
use crate::fiber::switch::switch;
use crate::sched::runtime;
use crate::task::latent;

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
/// `fiber` is the running fiber; `commit` may run on another stack, that of another fiber unless the wait is for the
/// outside world.
#[inline(never)]
pub(crate) unsafe fn park(fiber: *mut Fiber, wait: WaitFor, commit: Commit, arg: *mut ()) -> Wake {
    // SAFETY: the contract is the same.
    unsafe { park_inline(fiber, wait, commit, arg) }
}

/// [`park`] for what parks often. A return that follows a switch is mispredicted when another function returned there
/// last: so there is to be none but that of the caller.
///
/// # Safety
/// As for [`park`].
#[inline(always)]
pub(crate) unsafe fn park_inline(fiber: *mut Fiber, wait: WaitFor, commit: Commit, arg: *mut ()) -> Wake {
    let cell = FiberCell::of(fiber);
    let outside = matches!(wait, WaitFor::Outside(_));
    // SAFETY: the fiber runs, so its cell is this thread's.
    unsafe {
        latent::record(cell);
        (*cell).wait = wait;
        (*cell).wake = Wake::Normal;
        let worker = FiberCell::worker(cell);
        (*worker).after = After::Park;
        (*worker).commit = (commit, arg);
        // Some of what waits for the outside world needs more stack than another fiber can be sure to have.
        let next = if outside { std::ptr::null_mut() } else { (*worker).take_successor(wait) };
        if next.is_null() {
            leave(cell);
        } else {
            make_way(cell, next);
        }
        (*cell).wake
    }
}

/// The running fiber has no task any more: others run, this one if it is not null.
///
/// # Safety
/// Nothing is on the fiber's stack but its loop; the caller has the right to resume the other.
#[inline(always)]
pub(crate) unsafe fn free(cell: *mut FiberCell, next: *mut FiberCell) {
    // SAFETY: by contract.
    unsafe {
        (*FiberCell::worker(cell)).after = After::Free;
        if next.is_null() {
            leave(cell);
        } else {
            make_way(cell, next);
        }
    }
}

/// Lets others run: the fiber goes to the end of the global queue, or of its worker's if it is bound there.
///
/// # Safety
/// `fiber` is the running fiber.
#[inline(never)]
pub unsafe fn yield_now(fiber: *mut Fiber) {
    // SAFETY: as for `park`.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        (*FiberCell::worker(cell)).after = After::Yield;
        leave(cell);
        poll::resumed();
        crate::task::cancel::notice(cell);
    }
}

/// Lets the running fiber go on under another worker, next there; if it is bound to its own, or that is the one, it stays.
///
/// # Safety
/// As for [`yield_now`]; the fiber holds no lock.
#[inline(never)]
pub unsafe fn go_on_at(fiber: *mut Fiber, worker: u32) {
    // SAFETY: as for `park`.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        let from = FiberCell::worker(cell);
        if !(*from).may_send_away(cell, worker) {
            return;
        }
        (*from).after = After::Move;
        (*from).goes_to = worker;
        leave(cell);
        poll::resumed();
        crate::task::cancel::notice(cell);
    }
}

/// The number of the worker under which a fiber runs.
///
/// # Safety
/// `fiber` is the running fiber.
#[inline(always)]
pub unsafe fn worker(fiber: *mut Fiber) -> u32 {
    // SAFETY: the worker is this thread's.
    unsafe { (*FiberCell::worker(FiberCell::of(fiber))).shared.index }
}

/// Switches to the worker's stack, where what the fiber wants is done; see [`Worker::after`].
///
/// # Safety
/// The fiber runs, and has said what it wants.
#[inline(always)]
pub(crate) unsafe fn leave(cell: *mut FiberCell) {
    // SAFETY: the worker waits in `Worker::resume` for this switch.
    unsafe { pass(cell, (*FiberCell::worker(cell)).thread_sp, 0) }
}

/// Switches to another fiber, where what this one wants is done.
///
/// # Safety
/// The fiber runs, and has said what it wants; the caller has the right to resume the other.
#[inline(always)]
unsafe fn make_way(cell: *mut FiberCell, next: *mut FiberCell) {
    // SAFETY: by contract; the worker is this thread's.
    unsafe {
        let worker = FiberCell::worker(cell);
        (*cell).errno = *(*worker).errno;
        Worker::enter(worker, next);
        pass(cell, (*next).saved_sp, next as usize);
    }
}

/// Switches to a context that waits in this function or in `Worker::resume`, or has not begun, and does there what the
/// fiber wants.
///
/// # Safety
/// The fiber runs, and has said what it wants; the other context is that of its worker, or of a fiber that the worker
/// has entered.
#[inline(always)]
unsafe fn pass(cell: *mut FiberCell, to: usize, message: usize) {
    // SAFETY: by contract; nothing is kept across the switch but the cell. When it is over, the fiber runs again, maybe
    // under another worker, and whoever ran there before has left.
    unsafe {
        debug_assert!(!wyn_hot::latent::any(cell.cast()), "a fiber with latent tasks leaves its worker");
        (*FiberCell::worker(cell)).leaving = cell;
        switch(&raw mut (*cell).saved_sp, to, message);
        Worker::after(FiberCell::worker(cell));
    }
}

/// Claims a parked fiber; false when a cancellation has.
///
/// # Safety
/// `target` was found in a list that it is in while it is parked, under the list's lock.
#[must_use]
#[inline(always)]
pub unsafe fn claim(target: *mut Fiber) -> bool {
    // SAFETY: cells are never unmapped.
    unsafe { (*FiberCell::of(target)).word.claim() }
}

/// Makes a claimed fiber runnable: next on the caller's worker. `current` is null outside of workers.
///
/// # Safety
/// The caller has claimed `target` and calls this once; `current` is the running fiber, or the one whose commit
/// is running, or null.
#[inline(always)]
pub unsafe fn ready(current: *mut Fiber, target: *mut Fiber) {
    // SAFETY: the worker is this thread's.
    unsafe {
        if current.is_null() {
            return ready_outside(FiberCell::of(target));
        }
        (*FiberCell::worker(FiberCell::of(current))).run_next(FiberCell::of(target));
    }
}

/// [`ready`], outside of workers.
#[cold]
#[inline(never)]
unsafe fn ready_outside(target: *mut FiberCell) {
    if let Some(runtime) = runtime() {
        // SAFETY: the caller has claimed it.
        unsafe { runtime.inject_fibers([target]) };
    }
}

/// Asks the task on a fiber to stop, because something at this level of the tree of scopes was told to, and wakes the
/// fiber if it is parked. False when it was not seen to be: then it is to be [asked again](super::request::ask_twice).
///
/// # Safety
/// `target` is a fiber; `current` as for [`ready`].
#[must_use]
pub(crate) unsafe fn request_cancel(current: *mut Fiber, target: *mut FiberCell, level: u32) -> bool {
    // SAFETY: cells are never unmapped; the claim makes `wake` ours.
    unsafe {
        match (*target).shield.request(&(*target).hot.cancel_pending, &(*target).word, level) {
            Requested::Shielded => true,
            Requested::Running => false,
            Requested::Claimed => {
                if let Some(runtime) = runtime() {
                    runtime.workers[(*target).home.worker()].committing.wait_for(target);
                }
                (*target).wake = Wake::Cancelled;
                ready(current, target.cast());
                true
            }
        }
    }
}

/// Whether the running task was told to stop and may be stopped now.
///
/// # Safety
/// `fiber` is the running fiber.
#[inline(always)]
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
