//! Lock and unlock with the guard: the slow paths behind `wyn_hot::mutex`.

use wyn_abi::Fiber;
use wyn_abi::mutex::{LOCKED, Lock, LockWaiter, QUEUED, WOKEN};
use wyn_abi::sync::Ordering::{Acquire, Relaxed, Release};
#[cfg(wyn_loom)]
use wyn_hot::mutex::fault::{EARLY_RELEASE, LATE_ANNOUNCEMENT, OPEN_HANDOVER, QUITTER, UNSORTED, injected};

use super::queue::{claim_first, link, queued, unlink, waiter};
use crate::channel::parker::{Parker, WaitFor, Wake};
use crate::spin;

/// What a lock came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(super) enum Locked {
    /// The task holds it.
    Done,
    /// The task was told to stop, and does not hold it.
    Cancelled,
}

/// Takes the lock; waits for it. `look` takes it if it becomes free soon.
///
/// # Safety
/// `fiber` is the running fiber and holds a handle of the mutex, without the guard.
pub(super) unsafe fn lock<P: Parker>(
    fiber: *mut Fiber,
    lock: *const Lock,
    look: impl Fn(&Lock) -> bool,
) -> Locked {
    // SAFETY: the handle keeps the lock alive; the guard is held from `spin::lock` to `spin::unlock` or to the end
    // of `park`; the waiter stays here until it is unlinked.
    unsafe {
        if P::cancel_pending(fiber) {
            return Locked::Cancelled;
        }
        let lock = &*lock;
        if look(lock) {
            return Locked::Done;
        }
        let node = waiter(fiber, lock);
        let waiter = (&raw const node).cast_mut();
        loop {
            spin::lock(&lock.guard);
            if take_or_announce(lock, node.again.get()) {
                spin::unlock(&lock.guard);
                return Locked::Done;
            }
            link(lock, waiter);
            #[cfg(wyn_loom)]
            announce_late(lock);
            match park::<P>(fiber, lock, waiter) {
                Wake::Cancelled => {
                    leave_queue(lock, waiter);
                    return Locked::Cancelled;
                }
                Wake::Normal if node.handed.get() => return Locked::Done,
                Wake::Normal => node.again.set(true),
            }
            #[cfg(wyn_loom)]
            if injected(QUITTER) && P::cancel_pending(fiber) {
                return Locked::Cancelled;
            }
            if look(lock) {
                // ORDER: Relaxed; the fiber holds the lock, so nobody else touches this bit.
                lock.word.fetch_and(!WOKEN, Relaxed);
                return Locked::Done;
            }
        }
    }
}

/// Takes a free lock; if it is not free, its holder comes to the guard to give it up. A fiber that was woken to try again has
/// done so. The guard is held.
fn take_or_announce(lock: &Lock, woken: bool) -> bool {
    #[cfg(wyn_loom)]
    if injected(LATE_ANNOUNCEMENT) {
        let free = lock.word.load(Acquire) & LOCKED == 0;
        if free {
            lock.word.store(LOCKED | QUEUED, Relaxed);
        }
        if woken {
            lock.word.fetch_and(!WOKEN, Relaxed);
        }
        return free;
    }
    // ORDER: Relaxed; the exchange decides.
    let mut seen = lock.word.load(Relaxed);
    loop {
        let free = seen & LOCKED == 0;
        let new = seen & !if woken { WOKEN } else { 0 } | if free { LOCKED } else { QUEUED };
        // ORDER: Acquire; pairs with the Release of whoever gave the lock up: the content is read.
        match lock.word.compare_exchange_weak(seen, new, Acquire, Relaxed) {
            Ok(_) => return free,
            Err(now) => seen = now,
        }
    }
}

/// The second step of a fault.
#[cfg(wyn_loom)]
fn announce_late(lock: &Lock) {
    if injected(LATE_ANNOUNCEMENT) {
        lock.word.fetch_or(LOCKED | QUEUED, Relaxed);
    }
}

/// Parks with the guard held; it is released when the fiber's context is saved.
unsafe fn park<P: Parker>(fiber: *mut Fiber, lock: &Lock, waiter: *mut LockWaiter) -> Wake {
    unsafe fn commit(_fiber: *mut Fiber, lock: *mut ()) {
        #[cfg(wyn_loom)]
        if injected(EARLY_RELEASE) {
            return;
        }
        // SAFETY: the parked fiber's handle keeps the lock alive, and nobody resumes it before this.
        unsafe { spin::unlock(&(*lock.cast::<Lock>()).guard) }
    }
    #[cfg(wyn_loom)]
    if injected(EARLY_RELEASE) {
        spin::unlock(&lock.guard);
    }
    // SAFETY: the caller runs on the fiber; the waiter is linked.
    unsafe { P::park(fiber, WaitFor::Lock(waiter), commit, core::ptr::from_ref(lock).cast_mut().cast()) }
}

/// A cancelled waiter takes itself off the list.
unsafe fn leave_queue(lock: &Lock, waiter: *mut LockWaiter) {
    spin::lock(&lock.guard);
    // SAFETY: the guard is held; an unlock that met the cancelled waiter has unlinked it.
    unsafe {
        if (*waiter).linked.get() {
            unlink(lock, waiter);
            if queued(lock) == 0 {
                // ORDER: Relaxed; an exchange, so who takes the lock after reading this sees what its last holder did.
                lock.word.fetch_and(!QUEUED, Relaxed);
            }
        }
    }
    spin::unlock(&lock.guard);
}

/// Gives the lock up, and wakes or serves the first waiter.
///
/// # Safety
/// `fiber` is the running fiber; its task holds the lock, not the guard.
pub(super) unsafe fn unlock<P: Parker>(fiber: *mut Fiber, lock: *const Lock) {
    // SAFETY: the handle keeps the lock alive; a claimed waiter stays until it is made ready.
    unsafe {
        let lock = &*lock;
        spin::lock(&lock.guard);
        // ORDER: Relaxed; nobody changes what is in the word of a lock that the caller holds, with its guard.
        let woken = lock.word.load(Relaxed) & WOKEN;
        let next = if woken != 0 { core::ptr::null_mut() } else { claim_first::<P>(lock) };
        let Some(waiter) = next.as_ref() else {
            // An exchange, because others' attempts to take the lock write the word too: what they found is what was there.
            // ORDER: Release; pairs with the Acquire by which the lock is taken.
            lock.word.swap(queued(lock) | woken, Release);
            spin::unlock(&lock.guard);
            return;
        };
        let handed = waiter.again.get();
        waiter.handed.set(handed);
        let keep = if handed { LOCKED } else { WOKEN };
        #[cfg(wyn_loom)]
        let keep = if injected(OPEN_HANDOVER) { keep & WOKEN } else { keep };
        // ORDER: Release; as above. Who is handed the lock is ordered by being made ready.
        lock.word.swap(keep | queued(lock), Release);
        spin::unlock(&lock.guard);
        P::ready(fiber, waiter.fiber);
    }
}

/// Takes several locks, in the order of their addresses, so that tasks that want the same ones do not wait for
/// each other in a circle: `take` takes one, `give_up` gives up one that was taken. None is held after a cancellation.
pub(super) fn lock_all(
    locks: &mut [*const Lock],
    mut take: impl FnMut(*const Lock) -> Locked,
    mut give_up: impl FnMut(*const Lock),
) -> Locked {
    #[cfg(wyn_loom)]
    let sorted = !injected(UNSORTED);
    #[cfg(not(wyn_loom))]
    let sorted = true;
    if sorted {
        locks.sort_unstable();
    }
    for (held, next) in locks.iter().enumerate() {
        if take(*next) == Locked::Cancelled {
            locks[..held].iter().rev().for_each(|held| give_up(*held));
            return Locked::Cancelled;
        }
    }
    Locked::Done
}
