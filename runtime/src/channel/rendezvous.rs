//! Sending and receiving at a channel of capacity 0: from the one fiber's hands into the other's.
//!
//! Nothing is ever in such a channel, it has no owners, and whoever ends it tells those who wait before the lock is free. So
//! it is at rest whenever the lock is free, and who takes the lock has three things to look at: whether the channel has
//! ended, whether a peer waits, and whether to wait itself. Nobody reads its flags.

use wyn_abi::Fiber;
use wyn_abi::channel::{Channel, Waiter};
use wyn_hot::channel::copy_elem;

use super::life::End;
use super::lock::{lock, unlock};
use super::operate::{Received, Sent, park};
use super::parker::Parker;
use super::settle::refusal;
use super::waiter::{Outcome, claim_first, link, own_waiter};

/// Sends the element behind the pointer; waits for a receiver if `wait`.
///
/// # Safety
/// As for `operate::send`; the channel is a rendezvous.
#[inline(always)]
pub(crate) unsafe fn send<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    wait: bool,
) -> Sent {
    // SAFETY: the handle keeps the channel alive; the lock is held from `lock` to `unlock` or to the end of `park`; a
    // claimed waiter stays until it is made ready.
    unsafe {
        if wait && P::cancel_pending(fiber) {
            return Sent::Cancelled;
        }
        lock(channel);
        let ch = &*channel;
        if let Some(refusal) = refusal(ch) {
            unlock(channel);
            return if refusal == Outcome::Closed { Sent::Closed } else { Sent::Deserted };
        }
        let receiver = claim_first::<P>(&ch.rx_waiters);
        if !receiver.is_null() {
            copy_elem(elem, (*receiver).slot, (*ch.elem).size);
            pass::<P>(fiber, channel, receiver);
            return Sent::Done;
        }
        if !wait {
            unlock(channel);
            return Sent::Full;
        }
        let node = own_waiter::<P>(fiber, elem);
        link(&ch.tx_waiters, node);
        match park::<P>(fiber, channel, End::Tx, node) {
            Some(Outcome::Closed) => Sent::Closed,
            Some(Outcome::Deserted) => Sent::Deserted,
            Some(_) => Sent::Done,
            None => Sent::Cancelled,
        }
    }
}

/// Receives an element into `out`; waits for a sender if `wait`.
///
/// # Safety
/// As for `operate::recv`; the channel is a rendezvous.
#[inline(always)]
pub(crate) unsafe fn recv<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
    wait: bool,
) -> Received {
    // SAFETY: as in `send`.
    unsafe {
        if wait && P::cancel_pending(fiber) {
            return Received::Cancelled;
        }
        lock(channel);
        let ch = &*channel;
        if ch.closed.get() {
            ch.drained.set(true);
            unlock(channel);
            return Received::Closed;
        }
        let sender = claim_first::<P>(&ch.tx_waiters);
        if !sender.is_null() {
            copy_elem((*sender).slot, out, (*ch.elem).size);
            pass::<P>(fiber, channel, sender);
            return Received::Done;
        }
        if !wait {
            unlock(channel);
            return Received::Empty;
        }
        let node = own_waiter::<P>(fiber, out);
        link(&ch.rx_waiters, node);
        match park::<P>(fiber, channel, End::Rx, node) {
            Some(Outcome::Passed) => Received::Done,
            Some(_) => Received::Closed,
            None => Received::Cancelled,
        }
    }
}

/// An element has passed between the caller and a waiter: releases the lock, and wakes the waiter.
///
/// # Safety
/// `fiber` is the running fiber, which has the lock and has claimed the waiter.
#[inline(always)]
unsafe fn pass<P: Parker>(fiber: *mut Fiber, channel: *mut Channel, waiter: *mut Waiter) {
    // SAFETY: a claimed waiter is alive until it is made ready.
    unsafe {
        (*waiter).outcome.set(Outcome::Passed as u8);
        let peer = (*waiter).fiber;
        unlock(channel);
        P::ready(fiber, peer);
    }
}
