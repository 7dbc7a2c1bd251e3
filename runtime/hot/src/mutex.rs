//! Mutexes: taking one that is free, and giving up one that nobody waits for. One locked instruction each.

use wyn_abi::mutex::{LOCKED, Lock, QUEUED, WOKEN};
use wyn_abi::sync::Ordering::{Acquire, Relaxed, Release};

/// Faults that a model injects into the shipping code, to show that it would notice.
#[cfg(wyn_loom)]
pub mod fault {
    pub use crate::fault::{injected, with};

    /// The guard is released before the parking fiber's context is saved.
    pub const EARLY_RELEASE: u64 = 1 << 16;
    /// Who queues looks at the word and announces itself in two steps.
    pub const LATE_ANNOUNCEMENT: u64 = 1 << 17;
    /// Waiters are woken whether or not a cancellation has claimed them.
    pub const BLIND_CLAIM: u64 = 1 << 19;
    /// Who was woken gives up when it is cancelled, without trying.
    pub const QUITTER: u64 = 1 << 20;
    /// Several mutexes are taken in the order in which they are written.
    pub const UNSORTED: u64 = 1 << 21;
    /// A handed-over mutex counts as free.
    pub const OPEN_HANDOVER: u64 = 1 << 22;
}

/// Takes the lock if it is free, whoever waits. In a word of a held lock this changes nothing.
#[must_use]
#[inline(always)]
pub fn try_lock(lock: &Lock) -> bool {
    // One instruction that succeeds whatever else the word says, which it does for milliseconds while a waiter is under way: an
    // exchange would have to guess.
    // ORDER: Acquire; pairs with the Release in `try_unlock`, and in the slow unlock: the content is read.
    lock.word.fetch_or(LOCKED, Acquire) & LOCKED == 0
}

/// Gives the lock up if nobody is to be woken. The caller holds it.
#[must_use]
#[inline(always)]
pub fn try_unlock(lock: &Lock) -> bool {
    // Looked up, not guessed, for the same reason.
    // ORDER: Relaxed; the exchange decides.
    let mut seen = lock.word.load(Relaxed);
    while seen & (QUEUED | WOKEN) != QUEUED {
        // ORDER: Release; pairs with the Acquire in `try_lock` and in the slow lock.
        match lock.word.compare_exchange(seen, seen & !LOCKED, Release, Relaxed) {
            Ok(_) => return true,
            Err(now) => seen = now,
        }
    }
    false
}

/// The holder says who it is.
///
/// # Safety
/// `fiber` is the running fiber, whose task holds the lock.
#[cfg(not(wyn_loom))]
#[inline(always)]
pub unsafe fn sign(lock: &Lock, fiber: *mut wyn_abi::Fiber) {
    // ORDER: Relaxed, all; for reports, which look while the holder is parked, and a hint for those who want the lock.
    // SAFETY: by contract.
    lock.holder.store(unsafe { (*fiber).task }, Relaxed);
    lock.taken.store(lock.taken.load(Relaxed).wrapping_add(1), Relaxed);
}

#[cfg(not(wyn_loom))]
mod exports {
    #![allow(
        missing_docs,
        clippy::missing_safety_doc,
        reason = "the rows of the ABI table are the documentation"
    )]

    use core::ptr;

    use super::*;
    use wyn_abi::mutex::{MutexObject, sig};
    use wyn_abi::{Fiber, Location, check_hot_rows, extern_slow_rows};

    wyn_abi::mutex_rows!(extern_slow_rows);
    wyn_abi::mutex_rows!(check_hot_rows);

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_lock(fiber: *mut Fiber, content: *mut u8, at: *const Location) {
        // SAFETY: compiled code holds a handle, and passes the running fiber.
        unsafe {
            let mutex = MutexObject::of_content(content);
            let lock = &(*mutex).lock;
            // ORDER: Relaxed; a request that is missed here is met at the next operation that can wait.
            // Who holds a mutex has a name, for reports.
            let named = !crate::latent::any(fiber);
            if (*fiber).cancel_pending.load(Relaxed) == 0 && named && try_lock(lock) {
                sign(lock, fiber);
            } else {
                wyn_slow_lock(fiber, mutex, at);
            }
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_unlock(fiber: *mut Fiber, content: *mut u8) {
        // SAFETY: compiled code holds a handle, and the mutex.
        unsafe {
            let mutex = MutexObject::of_content(content);
            let lock = &(*mutex).lock;
            // ORDER: Relaxed; before the mutex is free, so that nobody who waits for itself takes another for itself.
            lock.holder.store(ptr::null_mut(), Relaxed);
            if !try_unlock(lock) {
                wyn_slow_unlock(fiber, mutex);
            }
        }
    }
}

#[cfg(not(wyn_loom))]
pub use exports::*;
