//! Waiting for a task: the list of waiters of a public record.
//!
//! A waiter's node lies on its stack. The list hangs on the record's `link`, under the `LOCKED` bit until the task
//! completes; the completer that sees `WAITED` then has it to itself. A waiter that a cancellation wakes takes its
//! node out; if the task has completed by then, it waits until the completer has passed the node over.

use wyn_abi::{Fiber, TaskRecord};
use wyn_hot::state::{State, pause};

use crate::sched::parking::{self, WaitFor, Wake};
use crate::sync::{AtomicBool, Ordering};

struct Waiter {
    fiber: *mut Fiber,
    next: *mut Waiter,
    /// The completer will not touch the node again.
    passed: AtomicBool,
}

/// Parks until a public record is completed.
///
/// # Safety
/// `fiber` is the running fiber, which holds a handle.
#[inline(never)]
pub(crate) unsafe fn wait(fiber: *mut Fiber, record: *mut TaskRecord) -> Wake {
    unsafe fn commit(_: *mut Fiber, record: *mut ()) {
        // SAFETY: the waiter holds a handle, and this unlock is what lets it go on.
        unsafe { State(&(*record.cast::<TaskRecord>()).state).unlock(true) }
    }
    // SAFETY: the handle keeps the record; the lock guards `link`; the node stays until it is out of the list.
    unsafe {
        let state = State(&(*record).state);
        if !state.lock() {
            return Wake::Normal;
        }
        let mut node = Waiter { fiber, next: (*record).link as *mut Waiter, passed: AtomicBool::new(false) };
        let node = &raw mut node;
        (*record).link = node as usize;
        let wake = parking::park(fiber, WaitFor::Await, commit, record.cast());
        if wake == Wake::Cancelled {
            if state.lock() {
                remove(record, node);
                state.unlock((*record).link != 0);
            } else {
                // ORDER: Acquire; pairs with the Release in `wake_waiters`.
                while !(*node).passed.load(Ordering::Acquire) {
                    pause();
                }
            }
        }
        wake
    }
}

unsafe fn remove(record: *mut TaskRecord, node: *mut Waiter) {
    // SAFETY: the list is locked and holds the node.
    unsafe {
        if (*record).link == node as usize {
            (*record).link = (*node).next as usize;
            return;
        }
        let mut before = (*record).link as *mut Waiter;
        while (*before).next != node {
            before = (*before).next;
        }
        (*before).next = (*node).next;
    }
}

/// Wakes everybody who waits for a record that was just completed, and saw `WAITED`.
///
/// # Safety
/// `current` is the running fiber, which completed the record. The record may be gone when this returns.
pub(crate) unsafe fn wake_waiters(current: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: each waiter keeps its node until it is claimed or passed.
    unsafe {
        let mut node = (*record).link as *mut Waiter;
        while !node.is_null() {
            let next = (*node).next;
            let fiber = (*node).fiber;
            if parking::claim(fiber) {
                parking::ready(current, fiber);
            } else {
                // ORDER: Release; the reads of the node are over.
                (*node).passed.store(true, Ordering::Release);
            }
            node = next;
        }
    }
}
