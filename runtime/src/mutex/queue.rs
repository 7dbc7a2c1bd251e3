//! The guard of a lock's list, and the list: first come, first served. Everything but the guard itself wants it held.

use core::cell::Cell;
use core::ptr;

use wyn_abi::Fiber;
use wyn_abi::mutex::{Lock, LockWaiter, QUEUED};
#[cfg(wyn_loom)]
use wyn_hot::mutex::fault::{BLIND_CLAIM, injected};

use crate::channel::parker::Parker;

/// A waiter that is in no list yet.
pub(super) fn waiter(fiber: *mut Fiber, lock: &Lock) -> LockWaiter {
    LockWaiter {
        fiber,
        lock,
        next: Cell::new(ptr::null_mut()),
        prev: Cell::new(ptr::null_mut()),
        linked: Cell::new(false),
        again: Cell::new(false),
        handed: Cell::new(false),
    }
}

/// Puts a waiter at the end of the list, or in front if it has been there before.
///
/// # Safety
/// The guard is held; the waiter is in no list and stays where it is until it is unlinked.
pub(super) unsafe fn link(lock: &Lock, waiter: *mut LockWaiter) {
    // SAFETY: linked waiters are alive, and the guard makes us the only one here.
    unsafe {
        let front = (*waiter).again.get();
        let (prev, next) =
            if front { (ptr::null_mut(), lock.first.get()) } else { (lock.last.get(), ptr::null_mut()) };
        (*waiter).prev.set(prev);
        (*waiter).next.set(next);
        (*waiter).linked.set(true);
        set_next(lock, prev, waiter);
        set_prev(lock, next, waiter);
    }
}

/// Takes a waiter out of the list, wherever it stands.
///
/// # Safety
/// The guard is held, and the waiter is in the list.
pub(super) unsafe fn unlink(lock: &Lock, waiter: *mut LockWaiter) {
    // SAFETY: linked waiters are alive, and the guard makes us the only one here.
    unsafe {
        let (prev, next) = ((*waiter).prev.get(), (*waiter).next.get());
        set_next(lock, prev, next);
        set_prev(lock, next, prev);
        (*waiter).linked.set(false);
    }
}

unsafe fn set_next(lock: &Lock, of: *mut LockWaiter, next: *mut LockWaiter) {
    // SAFETY: as in `link`.
    match unsafe { of.as_ref() } {
        Some(waiter) => waiter.next.set(next),
        None => lock.first.set(next),
    }
}

unsafe fn set_prev(lock: &Lock, of: *mut LockWaiter, prev: *mut LockWaiter) {
    // SAFETY: as in `link`.
    match unsafe { of.as_ref() } {
        Some(waiter) => waiter.prev.set(prev),
        None => lock.last.set(prev),
    }
}

/// What the word has to say about the list.
pub(super) fn queued(lock: &Lock) -> u32 {
    if lock.first.get().is_null() { 0 } else { QUEUED }
}

/// Takes out the first waiter that no cancellation has claimed, claimed for the caller, who owes it a `ready`; null
/// when there is none.
///
/// # Safety
/// The guard is held.
pub(super) unsafe fn claim_first<P: Parker>(lock: &Lock) -> *mut LockWaiter {
    loop {
        let first = lock.first.get();
        if first.is_null() {
            return first;
        }
        // SAFETY: it is in the list, so it is alive: even a cancelled waiter takes the guard before it leaves.
        unsafe {
            unlink(lock, first);
            let claimed = P::claim((*first).fiber);
            #[cfg(wyn_loom)]
            let claimed = claimed || injected(BLIND_CLAIM);
            if claimed {
                return first;
            }
        }
    }
}
