//! A private task that runs on top of the one that awaits it: the short way to begin and to end it, and to open and close
//! the scope of its own tasks.
//!
//! A frame lies on the stack of the one who awaits, below all that the task calls. If the task parks, the runtime finds it
//! through the fiber, and makes the record public; then the short way does not end it.

use wyn_abi::sync::{AtomicU32, Ordering};
use wyn_abi::task::{INLINE_ROOM, SCOPES_KEPT};
use wyn_abi::{Fiber, Location, RunFrame, Scope, TaskDescriptor, TaskRecord, WorkerHot};

use crate::ablation::{OWN_SCOPE, left_out};
use crate::latent;
use crate::state::{Snapshot, State};
use crate::task::slow;

/// Begins a private task if it belongs to the scope that is open here, nobody is told to stop or wants tasks, and the stack has
/// room; false when not, and then nothing has happened.
///
/// # Safety
/// `fiber` is the running fiber, whose task holds a handle of the record, which was just seen to be private and new; the
/// frame lies on its stack; `at` is null or static.
#[inline(always)]
pub unsafe fn begin(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
    seen: Snapshot,
    frame: *mut RunFrame,
    at: *const Location,
) -> bool {
    // SAFETY: by contract; a private record that is new lies in the stack of this worker.
    unsafe {
        let worker = (*fiber).worker;
        // ORDER: Relaxed, all; hints. What was told before something that this task knows of is seen: then it may be this task
        // that was told. Whoever asks for a poll poisons the limit, and then it is as if there were no room.
        // Who runs on top of latent tasks of others has none of these behind it: they get records first.
        let fits = (*record).scope == (*fiber).scope
            && !latent::any(fiber)
            && (*(*worker).told).load(Ordering::Relaxed) == 0
            && (*worker).tasks_wanted.load(Ordering::Relaxed) == 0
            && (*fiber).cancel_mask | (*fiber).cancel_pending.load(Ordering::Relaxed) == 0
            && (frame as usize).wrapping_sub(INLINE_ROOM) > (*fiber).stack_limit.load(Ordering::Relaxed);
        if !fits {
            return false;
        }
        private_remove(worker, record);
        count_inline(worker);
        State(&(*record).state).claim_seen(seen);
        enter(fiber, record, frame, at);
        true
    }
}

/// Makes a task the one that runs, on top of what the fiber runs, without a scope of its own as yet.
///
/// # Safety
/// `fiber` is the running fiber; the frame lies on its stack, and is detached before it goes; the record was claimed by the
/// caller; `at` is null or static.
#[inline(always)]
pub unsafe fn enter(fiber: *mut Fiber, record: *mut TaskRecord, frame: *mut RunFrame, at: *const Location) {
    // SAFETY: by contract.
    unsafe {
        frame.write(RunFrame {
            record,
            fiber,
            outer: (*fiber).frame,
            awaited_at: at,
            exceptions: core::ptr::null_mut(),
            published: false,
            attached: false,
            bare_outside: false,
        });
        (*fiber).frame = frame;
        (*fiber).task = record;
        (*fiber).innermost = core::ptr::null_mut();
        (*fiber).scope = core::ptr::null_mut();
    }
}

/// One more task is run for the one who awaits it.
///
/// # Safety
/// The worker is the running one.
#[inline(always)]
pub unsafe fn count_inline(worker: *mut WorkerHot) {
    // SAFETY: by contract.
    let count = unsafe { &(*worker).inline };
    // ORDER: Relaxed, both; this worker is the only writer.
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// Ends a task that began so, whose code has returned, if it is told nothing and has no unfinished tasks of its own: what
/// was around it runs again, and its scope has forgotten it. False when not, and then nothing has happened.
///
/// # Safety
/// The frame is the innermost of the running fiber, and its record was just seen to be private.
#[inline(always)]
pub unsafe fn end(fiber: *mut Fiber, record: *mut TaskRecord, frame: *mut RunFrame) -> bool {
    // SAFETY: by contract. Code that has returned has closed its blocks and shields, so what is open is the task's own
    // scope. The scope that the task belongs to was the innermost one of who awaits, who has not ended.
    unsafe {
        // ORDER: Relaxed; read by this fiber, which the request is for.
        if (*fiber).cancel_pending.load(Ordering::Relaxed) != 0 {
            return false;
        }
        let own = (*fiber).innermost;
        if !own.is_null() {
            if left_out((*fiber).worker, OWN_SCOPE) || !is_quiet(own) {
                return false;
            }
            close(fiber, own);
        }
        let scope = (*record).scope;
        let outer = (*frame).outer;
        (*fiber).frame = outer;
        (*fiber).task = (*outer).record;
        (*fiber).innermost = scope;
        (*fiber).scope = scope;
        (*scope).private_children -= 1;
        true
    }
}

/// The scope that tasks spawned now belong to, when the fiber names none: opens the running task's own.
///
/// # Safety
/// `fiber` runs; the descriptor is static.
#[inline(always)]
pub unsafe fn own_scope(fiber: *mut Fiber, desc: *const TaskDescriptor) -> *mut Scope {
    // SAFETY: the free list is the worker's; a free scope is nobody else's; the scope that the task belongs to outlives it.
    unsafe {
        let worker = (*fiber).worker;
        let this = (*worker).scope_free;
        let task = (*fiber).task;
        let parent = (*task).scope;
        // With latent tasks about, the one that runs may be such a one.
        let plain = (*fiber).innermost as usize | (*fiber).cancel_mask as usize == 0 && !latent::any(fiber);
        if !plain || this.is_null() || parent.is_null() || left_out(worker, OWN_SCOPE) {
            return slow::wyn_slow_scope(fiber, desc);
        }
        (*worker).scope_free = (*this).next;
        (*worker).scope_free_len -= 1;
        (*this).task = task;
        (*this).parent = parent;
        (*this).depth = (*parent).depth + 1;
        (*this).bindings = (*parent).bindings;
        (*fiber).innermost = this;
        (*fiber).scope = this;
        this
    }
}

/// Whether a task's own scope has no unfinished task and nothing has happened to it, so that it can be closed without a
/// look at anything else.
///
/// # Safety
/// The owner looks, before it has ended.
#[inline(always)]
unsafe fn is_quiet(own: *mut Scope) -> bool {
    // SAFETY: by contract.
    unsafe {
        (*own).private_children == 0
            && are_gone(&(*own).shared_children)
            // ORDER: Relaxed; who sets it is a task of the scope, which has ended since, or somebody the owner waits for.
            && !(*own).touched.load(Ordering::Relaxed)
    }
}

/// Whether of a scope's atomic count the owner's bias alone is left, so that all its public tasks have ended. Exact for the
/// owner while it holds the bias.
#[inline(always)]
#[must_use]
pub fn are_gone(count: &AtomicU32) -> bool {
    // ORDER: Acquire; pairs with the Release of the last task's `take`.
    count.load(Ordering::Acquire) == 1
}

/// Frees a quiet scope.
#[inline(always)]
unsafe fn close(fiber: *mut Fiber, own: *mut Scope) {
    // SAFETY: nobody else knows the scope; the list is the worker's.
    unsafe {
        let worker = (*fiber).worker;
        if (*worker).scope_free_len == SCOPES_KEPT {
            return slow::wyn_slow_scope_free(fiber, own);
        }
        (*own).next = (*worker).scope_free;
        (*worker).scope_free = own;
        (*worker).scope_free_len += 1;
    }
}

/// Takes a private record out of its place in the private stack.
///
/// # Safety
/// The record is private, new, and was submitted on this worker, which is the running one.
#[inline(always)]
pub unsafe fn private_remove(worker: *mut WorkerHot, record: *mut TaskRecord) {
    // SAFETY: the record knows its slot, which lies in the array.
    unsafe {
        let place = (*record).link;
        // ORDER: Relaxed, here and below; this worker is the only writer, others only look whether it is zero.
        let top = (*worker).private_top.load(Ordering::Relaxed);
        let bottom = (*worker).private_bottom;
        if place + 1 != top {
            // Slots outside of bottom and top need not be emptied.
            if place == bottom {
                (*worker).private_bottom = place + 1;
                (*worker).oldest_first = true;
            } else {
                *(*worker).private_base.add(place) = core::ptr::null_mut();
            }
        } else if place > bottom {
            (*worker).private_top.store(place, Ordering::Relaxed);
        } else {
            (*worker).private_bottom = 0;
            (*worker).oldest_first = false;
            (*worker).private_top.store(0, Ordering::Relaxed);
        }
    }
}
