//! The lists of parked users, first come first served. Everything here wants the channel's lock.

use core::cell::Cell;
use core::ptr;

use wyn_abi::Fiber;
use wyn_abi::channel::{Waiter, Waiters};
#[cfg(wyn_loom)]
use wyn_hot::channel::fault::{BLIND_CLAIM, injected};

use super::parker::Parker;

/// What became of a parked operation.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// Nothing yet.
    Waiting = 0,
    /// The element has passed.
    Passed = 1,
    /// The channel was closed; nothing has passed.
    Closed = 2,
    /// No receiver is left; nothing has passed.
    Deserted = 3,
}

/// A waiter that is in no list yet.
pub(crate) fn waiter(fiber: *mut Fiber, slot: *mut u8) -> Waiter {
    Waiter {
        fiber,
        slot,
        next: Cell::new(ptr::null_mut()),
        prev: Cell::new(ptr::null_mut()),
        linked: Cell::new(false),
        outcome: Cell::new(Outcome::Waiting as u8),
    }
}

/// The waiter of the running fiber for a rendezvous, beside the word that a peer claims: at a rendezvous a peer comes from that one to
/// this without anything in between that it could do meanwhile.
///
/// # Safety
/// `fiber` is the running fiber, and no list has its waiter.
#[inline(always)]
pub(super) unsafe fn own_waiter<P: Parker>(fiber: *mut Fiber, slot: *mut u8) -> *mut Waiter {
    // SAFETY: by contract.
    unsafe {
        let own = P::waiter(fiber);
        own.write(waiter(fiber, slot));
        own
    }
}

/// What became of this waiter's operation.
pub(crate) fn outcome(waiter: &Waiter) -> Outcome {
    match waiter.outcome.get() {
        0 => Outcome::Waiting,
        1 => Outcome::Passed,
        2 => Outcome::Closed,
        _ => Outcome::Deserted,
    }
}

/// Puts a waiter at the end of a list.
///
/// # Safety
/// The lock is held; the waiter is in no list and stays where it is until it is unlinked.
#[inline(always)]
pub(crate) unsafe fn link(waiters: &Waiters, waiter: *mut Waiter) {
    // SAFETY: linked waiters are alive, and the lock makes us the only one here.
    unsafe {
        let last = waiters.last.get();
        (*waiter).prev.set(last);
        (*waiter).next.set(ptr::null_mut());
        (*waiter).linked.set(true);
        if last.is_null() {
            waiters.first.set(waiter)
        } else {
            (*last).next.set(waiter)
        }
        waiters.last.set(waiter);
    }
}

/// Takes a waiter out of its list, wherever it stands.
///
/// # Safety
/// The lock is held, and the waiter is in this list.
pub(crate) unsafe fn unlink(waiters: &Waiters, waiter: *mut Waiter) {
    // SAFETY: linked waiters are alive, and the lock makes us the only one here.
    unsafe {
        let (prev, next) = ((*waiter).prev.get(), (*waiter).next.get());
        if prev.is_null() {
            waiters.first.set(next)
        } else {
            (*prev).next.set(next)
        }
        if next.is_null() {
            waiters.last.set(prev)
        } else {
            (*next).prev.set(prev)
        }
        (*waiter).linked.set(false);
    }
}

/// Takes the first waiter out of its list.
///
/// # Safety
/// The lock is held, and the waiter is the first of this list.
#[inline(always)]
unsafe fn unlink_first(waiters: &Waiters, waiter: *mut Waiter) {
    // SAFETY: as for `unlink`.
    unsafe {
        let next = (*waiter).next.get();
        waiters.first.set(next);
        if next.is_null() {
            waiters.last.set(next)
        } else {
            (*next).prev.set(ptr::null_mut())
        }
        (*waiter).linked.set(false);
    }
}

/// Takes out the first waiter that no cancellation has claimed, claimed for the caller; null when there is none.
/// While the caller has not made it ready, the caller acts for that waiter.
///
/// # Safety
/// The lock is held.
#[inline(always)]
pub(crate) unsafe fn claim_first<P: Parker>(waiters: &Waiters) -> *mut Waiter {
    loop {
        let first = waiters.first.get();
        if first.is_null() {
            return first;
        }
        // SAFETY: it is in the list, so it is alive: even a cancelled waiter takes the lock before it leaves.
        unsafe {
            unlink_first(waiters, first);
            let claimed = P::claim((*first).fiber);
            #[cfg(wyn_loom)]
            let claimed = claimed || injected(BLIND_CLAIM);
            if claimed {
                return first;
            }
        }
    }
}

/// Claimed waiters that are to be made ready once the lock is free.
pub(crate) struct Wakes {
    first: *mut Waiter,
    last: *mut Waiter,
}

impl Wakes {
    pub(crate) fn new() -> Self {
        Self { first: ptr::null_mut(), last: ptr::null_mut() }
    }

    /// Adds a claimed waiter whose operation has come to this outcome.
    ///
    /// # Safety
    /// The waiter was claimed by the caller and is in no list.
    pub(crate) unsafe fn add(&mut self, waiter: *mut Waiter, outcome: Outcome) {
        // SAFETY: a claimed waiter is alive until it is made ready.
        unsafe {
            (*waiter).outcome.set(outcome as u8);
            (*waiter).next.set(ptr::null_mut());
            if self.last.is_null() { self.first = waiter } else { (*self.last).next.set(waiter) }
        }
        self.last = waiter;
    }

    /// Makes them all ready, in order.
    ///
    /// # Safety
    /// `current` is the running fiber.
    #[inline(always)]
    pub(crate) unsafe fn flush<P: Parker>(&mut self, current: *mut Fiber) {
        if !self.first.is_null() {
            // SAFETY: the contract is the same.
            unsafe { Self::make_ready::<P>(self.first, current) };
            *self = Self::new();
        }
    }

    /// Makes this one ready, and those behind it.
    ///
    /// # Safety
    /// The caller has claimed them; `current` is the running fiber.
    #[inline(never)]
    unsafe fn make_ready<P: Parker>(mut waiter: *mut Waiter, current: *mut Fiber) {
        while !waiter.is_null() {
            // SAFETY: alive until it is made ready, so the link is read first.
            unsafe {
                let next = (*waiter).next.get();
                P::ready(current, (*waiter).fiber);
                waiter = next;
            }
        }
    }
}
