//! Waiting for a task: the list of waiters of a public record.
//!
//! A waiter's node lies on its stack. The list hangs on the record's `link`, under the `LOCKED` bit until the task
//! completes; the completer that sees `WAITED` then has it to itself. A waiter that is woken by others takes its
//! node out; if the task has completed by then, it waits until the completer has passed the node over.

use wyn_abi::select::{TaskWaiter, WAITER_CLAIMED, WAITER_LISTED, WAITER_PASSED};
use wyn_abi::{Fiber, TaskRecord};
use wyn_hot::state::{State, pause};

use crate::channel::parker::{Parker, WaitFor, Wake};
use crate::sync::Ordering;

/// Parks until a public record is completed.
///
/// # Safety
/// `fiber` is the running fiber, which holds a handle.
#[inline(never)]
pub(crate) unsafe fn wait<P: Parker>(fiber: *mut Fiber, record: *mut TaskRecord) -> Wake {
    unsafe fn commit(_: *mut Fiber, record: *mut ()) {
        // SAFETY: the waiter holds a handle, and this unlock is what lets it go on.
        unsafe { State(&(*record.cast::<TaskRecord>()).state).unlock(true) }
    }
    // SAFETY: the handle keeps the record; the node stays until it is out of the list.
    unsafe {
        if !State(&(*record).state).lock() {
            return Wake::Normal;
        }
        let mut node = TaskWaiter::new(fiber);
        let node = &raw mut node;
        link(record, node);
        let wake = P::park(fiber, WaitFor::Task(record), commit, record.cast());
        if wake == Wake::Cancelled {
            withdraw(record, node);
        }
        wake
    }
}

/// Puts a waiter into the list.
///
/// # Safety
/// The record is locked, by the caller; the node is in no list and stays where it is until it is out of this one.
pub(crate) unsafe fn link(record: *mut TaskRecord, node: *mut TaskWaiter) {
    // SAFETY: the lock guards `link`.
    unsafe {
        (*node).next.set((*record).link as *mut TaskWaiter);
        (*record).link = node as usize;
    }
}

/// Takes a waiter out of the list.
///
/// # Safety
/// The record is locked, by the caller, and its list holds the node.
pub(crate) unsafe fn unlink(record: *mut TaskRecord, node: *mut TaskWaiter) {
    // SAFETY: the lock guards the list, whose nodes are alive.
    unsafe {
        if (*record).link == node as usize {
            (*record).link = (*node).next.get() as usize;
            return;
        }
        let mut before = (*record).link as *mut TaskWaiter;
        while (*before).next.get() != node {
            before = (*before).next.get();
        }
        (*before).next.set((*node).next.get());
    }
}

/// Makes sure that nobody touches a waiter that is no longer parked: takes it out of the list, or lets the completer
/// of the task pass.
///
/// # Safety
/// The caller holds a handle and was parked with this node in the record's list, without the lock.
pub(crate) unsafe fn withdraw(record: *mut TaskRecord, node: *mut TaskWaiter) {
    // SAFETY: an uncompleted record that lists the node can be locked; a completer has seen `WAITED`, and comes by.
    unsafe {
        let state = State(&(*record).state);
        if state.lock() {
            unlink(record, node);
            state.unlock((*record).link != 0);
        } else {
            while (*node).fate() == WAITER_LISTED {
                pause();
            }
        }
        #[cfg(wyn_loom)]
        (*node).shadow.write(0);
    }
}

/// Wakes everybody who waits for a record that was just completed, and saw `WAITED`; whether it was anybody.
///
/// # Safety
/// `current` is the running fiber, which completed the record. The record may be gone when this returns.
pub(crate) unsafe fn wake_waiters<P: Parker>(current: *mut Fiber, record: *mut TaskRecord) -> bool {
    // SAFETY: each waiter keeps its node until its fiber is made ready, or the node is passed over.
    unsafe {
        let mut woken = false;
        let mut node = (*record).link as *mut TaskWaiter;
        while !node.is_null() {
            let next = (*node).next.get();
            let fiber = (*node).fiber;
            #[cfg(wyn_loom)]
            (*node).shadow.read(0);
            if P::claim(fiber) {
                woken = true;
                // ORDER: Relaxed; `ready` hands the fiber over.
                (*node).fate.store(WAITER_CLAIMED, Ordering::Relaxed);
                P::ready(current, fiber);
            } else {
                // ORDER: Release; pairs with the Acquire in `TaskWaiter::fate`: the reads of the node are over.
                (*node).fate.store(WAITER_PASSED, Ordering::Release);
            }
            node = next;
        }
        woken
    }
}
