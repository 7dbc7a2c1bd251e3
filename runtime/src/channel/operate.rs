//! Sending and receiving with the lock: the slow paths behind `wyn_hot::channel`.
//!
//! Each operation brings the channel to rest, then serves itself behind those who came before. One that has to
//! wait registers, looks again if the other side may act without the lock, and parks *with the lock held*: the lock
//! is released when its context is saved, so that no peer resumes a half-saved fiber.

use core::mem::MaybeUninit;
use core::ptr;

use wyn_abi::Fiber;
use wyn_abi::channel::{Channel, Side, Waiter};
use wyn_abi::sync::Ordering::Relaxed;
use wyn_hot::ablation::RENDEZVOUS;
use wyn_hot::channel::copy_elem;
#[cfg(wyn_loom)]
use wyn_hot::channel::fault::{EARLY_RELEASE, injected};

use super::life::{End, drop_leftovers};
use super::lock::{lock, lock_for, unlock};
use super::parker::{Parker, WaitFor, Wake};
use super::queue::{element, pop, push, room};
use super::rendezvous;
use super::settle::{has_no_receiver, order_after_registration, refusal, set_flags, settle};
use super::waiter::{Outcome, Wakes, claim_first, link, outcome, unlink, waiter};
use crate::fence;

/// What a send came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Sent {
    /// The element has passed into the channel or to a receiver. In all other cases the caller still has it.
    Done,
    /// There is no room, and the caller did not want to wait.
    Full,
    /// The channel is closed.
    Closed,
    /// No receiver is left.
    Deserted,
    /// The task was told to stop.
    Cancelled,
}

/// What a receive came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Received {
    /// There is an element.
    Done,
    /// There is none, and the caller did not want to wait.
    Empty,
    /// There is none, and there will be none.
    Closed,
    /// The task was told to stop.
    Cancelled,
}

/// Whether the channel holds nothing, and is used in the way that there is for such.
///
/// # Safety
/// `fiber` is the running fiber and holds a handle of the channel.
#[inline(always)]
pub(crate) unsafe fn is_rendezvous<P: Parker>(fiber: *mut Fiber, channel: *mut Channel) -> bool {
    // SAFETY: the handle keeps the channel alive.
    unsafe { (*channel).capacity == 0 && !P::left_out(fiber, RENDEZVOUS) }
}

/// So many elements pass a side before it gets its first owner, and before it gets one after it has lost one to a
/// fence. An owner saves each operation the lock, some 10 ns; the fence that takes it away costs microseconds.
pub(super) const EARNED: u32 = if cfg!(wyn_loom) { 1 } else { 1024 };

/// Whether the side's only user may own it. The lock is held.
#[inline(always)]
fn earns_an_owner(ch: &Channel, side: &Side) -> bool {
    // ORDER: Relaxed, both; the bit is written under the lock, and the caller acts for the side.
    let passed = (side.index.load(Relaxed) as u32).wrapping_sub(side.disowned_at.get());
    passed >= EARNED && side.exclusive.load(Relaxed) && ch.capacity != 0 && fence::available()
}

/// Makes the fiber owner of its side, if there shall be one. A former owner is in no operation any more: it is this
/// fiber, or has handed the side over to it.
fn adopt(ch: &Channel, side: &Side, fiber: *mut Fiber) {
    let owner = if earns_an_owner(ch, side) { fiber } else { ptr::null_mut() };
    // ORDER: Relaxed; written under the lock, which the caller holds.
    if side.owner.load(Relaxed) != owner {
        side.owner.store(owner, Relaxed);
        set_flags(ch);
    }
}

/// Sends the element behind the pointer; waits for room if `wait`.
///
/// # Safety
/// `fiber` is the running fiber and holds a sender of the channel, without the lock; `elem` points to an element.
#[inline(always)]
pub(crate) unsafe fn send<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    wait: bool,
) -> Sent {
    // SAFETY: the handle keeps the channel alive; the lock is held from `lock` to `unlock` or to the end of `park`;
    // claimed waiters stay until they are made ready. The caller acts for the sending side: it is the side's only
    // user, or the side is not exclusive and the lock is held.
    unsafe {
        if is_rendezvous::<P>(fiber, channel) {
            return rendezvous::send::<P>(fiber, channel, elem, wait);
        }
        send_buffered::<P>(fiber, channel, elem, wait)
    }
}

/// [`send`], of a channel that is no rendezvous. It parks in the caller's frame: a return that follows a switch is mispredicted.
///
/// # Safety
/// As for [`send`].
#[inline(always)]
pub(crate) unsafe fn send_buffered<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    wait: bool,
) -> Sent {
    // SAFETY: as in `send`.
    unsafe {
        if wait && P::cancel_pending(fiber) {
            return Sent::Cancelled;
        }
        lock_for::<P>(fiber, channel, wait);
        if push_shared(&*channel, elem) {
            unlock(channel);
            return Sent::Done;
        }
        let receiver = receiver_to_serve::<P>(&*channel);
        if !receiver.is_null() {
            copy_elem(elem, (*receiver).slot, (*(*channel).elem).size);
            serve_and_unlock::<P>(fiber, channel, receiver);
            return Sent::Done;
        }
        let mut node = MaybeUninit::uninit();
        let waits = if wait { node.as_mut_ptr() } else { ptr::null_mut() };
        if let Some(sent) = send_or_register::<P>(fiber, channel, elem, waits) {
            return sent;
        }
        if !wait {
            return Sent::Full;
        }
        match park::<P>(fiber, channel, End::Tx, waits) {
            Some(Outcome::Closed) => Sent::Closed,
            Some(Outcome::Deserted) => Sent::Deserted,
            Some(_) => Sent::Done,
            None => Sent::Cancelled,
        }
    }
}

/// Whether nobody waits, and nothing has ended: the channel is at rest and its flags stay as they are.
#[inline(always)]
fn is_calm(ch: &Channel) -> bool {
    // ORDER: Relaxed; written under the lock, which the caller holds.
    !ch.tx.peer_waiting.load(Relaxed) && !ch.rx.peer_waiting.load(Relaxed)
}

/// The usual case of sides without owner: nobody waits, and there is room. False when it is not so.
///
/// # Safety
/// The lock is held; `elem` points to an element.
#[inline(always)]
unsafe fn push_shared(ch: &Channel, elem: *mut u8) -> bool {
    if !is_calm(ch) || earns_an_owner(ch, &ch.tx) {
        return false;
    }
    let Some(head) = room(ch) else { return false };
    // SAFETY: the lock is held, and the side is not exclusive or the caller its only user; there is room.
    unsafe { push(ptr::from_ref(ch).cast_mut(), elem, head) };
    true
}

/// The mirror of [`push_shared`].
///
/// # Safety
/// The lock is held; `out` has room for an element.
#[inline(always)]
unsafe fn pop_shared(ch: &Channel, out: *mut u8) -> bool {
    if !is_calm(ch) || earns_an_owner(ch, &ch.rx) {
        return false;
    }
    let Some(tail) = element(ch) else { return false };
    // SAFETY: the lock is held, and the side is not exclusive or the caller its only user; there is an element.
    unsafe { pop(ptr::from_ref(ch).cast_mut(), out, tail) };
    true
}

/// A receiver that waits beside an empty ring, claimed, to be served by a sender at once; null when there is none, or
/// when there may be more to do.
///
/// # Safety
/// The lock is held.
#[inline(always)]
unsafe fn receiver_to_serve<P: Parker>(ch: &Channel) -> *mut Waiter {
    // ORDER: Relaxed; written under the lock.
    let owned = !ch.tx.owner.load(Relaxed).is_null() || earns_an_owner(ch, &ch.tx);
    if ch.rx_waiters.is_empty() || owned || ch.closed.get() || element(ch).is_some() {
        return ptr::null_mut();
    }
    // SAFETY: the lock is held.
    unsafe { claim_first::<P>(&ch.rx_waiters) }
}

/// Releases the lock and wakes a waiter whose element has passed.
///
/// # Safety
/// `fiber` is the running fiber, which has the lock and has claimed the waiter.
#[inline(always)]
unsafe fn serve_and_unlock<P: Parker>(fiber: *mut Fiber, channel: *mut Channel, waiter: *mut Waiter) {
    // SAFETY: a claimed waiter is alive until it is made ready.
    unsafe {
        (*waiter).outcome.set(Outcome::Passed as u8);
        set_flags(&*channel);
        unlock(channel);
        P::ready(fiber, (*waiter).fiber);
    }
}

/// [`send_buffered`], when the usual case does not hold, as far as it goes without waiting; `None` when it has to wait. Then it
/// is registered with this waiter, and has the lock, if the waiter is not null.
///
/// # Safety
/// As for [`send`], but the lock is held; else it is released. The waiter stays for as long as it is linked.
#[inline(never)]
unsafe fn send_or_register<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    node: *mut Waiter,
) -> Option<Sent> {
    // SAFETY: as in `send`.
    unsafe {
        let ch = &*channel;
        let mut wakes = Wakes::new();
        settle::<P>(channel, &mut wakes);
        let sent = 'done: {
            let sent = send_at_rest::<P>(fiber, channel, elem, &mut wakes);
            if sent.is_some() || node.is_null() {
                break 'done sent;
            }
            node.write(waiter(fiber, elem));
            link(&ch.tx_waiters, node);
            set_flags(ch);
            if order_after_registration::<P>(fiber, &ch.rx)
                && let Some(head) = room(ch)
            {
                unlink(&ch.tx_waiters, node);
                set_flags(ch);
                push(channel, elem, head);
                break 'done Some(Sent::Done);
            }
            wakes.flush::<P>(fiber);
            return None;
        };
        unlock(channel);
        wakes.flush::<P>(fiber);
        sent
    }
}

/// Receives an element into `out`; waits for one if `wait`.
///
/// # Safety
/// `fiber` is the running fiber and holds a receiver of the channel, without the lock; `out` has room for an
/// element.
#[inline(always)]
pub(crate) unsafe fn recv<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
    wait: bool,
) -> Received {
    // SAFETY: as in `send`, for the receiving side.
    unsafe {
        if is_rendezvous::<P>(fiber, channel) {
            return rendezvous::recv::<P>(fiber, channel, out, wait);
        }
        recv_buffered::<P>(fiber, channel, out, wait)
    }
}

/// [`recv`], of a channel that is no rendezvous; parks as [`send_buffered`] does.
///
/// # Safety
/// As for [`recv`].
#[inline(always)]
pub(crate) unsafe fn recv_buffered<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
    wait: bool,
) -> Received {
    // SAFETY: as in `recv`.
    unsafe {
        if wait && P::cancel_pending(fiber) {
            return Received::Cancelled;
        }
        lock_for::<P>(fiber, channel, wait);
        if pop_shared(&*channel, out) {
            unlock(channel);
            return Received::Done;
        }
        let mut node = MaybeUninit::uninit();
        let waits = if wait { node.as_mut_ptr() } else { ptr::null_mut() };
        if let Some(received) = receive_or_register::<P>(fiber, channel, out, waits) {
            return received;
        }
        if !wait {
            return Received::Empty;
        }
        match park::<P>(fiber, channel, End::Rx, waits) {
            Some(Outcome::Passed) => Received::Done,
            Some(_) => Received::Closed,
            None => Received::Cancelled,
        }
    }
}

/// [`recv_buffered`], when the usual case does not hold; the mirror of [`send_or_register`].
///
/// # Safety
/// As for [`recv`], otherwise as for [`send_or_register`].
#[inline(never)]
unsafe fn receive_or_register<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
    node: *mut Waiter,
) -> Option<Received> {
    // SAFETY: as in `send`.
    unsafe {
        let ch = &*channel;
        let mut wakes = Wakes::new();
        settle::<P>(channel, &mut wakes);
        let received = 'done: {
            let received = receive_at_rest::<P>(fiber, channel, out, &mut wakes);
            if received.is_some() || node.is_null() {
                break 'done received;
            }
            node.write(waiter(fiber, out));
            link(&ch.rx_waiters, node);
            set_flags(ch);
            if order_after_registration::<P>(fiber, &ch.tx)
                && let Some(tail) = element(ch)
            {
                unlink(&ch.rx_waiters, node);
                pop(channel, out, tail);
                settle::<P>(channel, &mut wakes);
                set_flags(ch);
                break 'done Some(Received::Done);
            }
            wakes.flush::<P>(fiber);
            return None;
        };
        unlock(channel);
        wakes.flush::<P>(fiber);
        received
    }
}

/// Sends if that needs no waiting; `None` when it does.
///
/// # Safety
/// As for [`send`], but the lock is held, and the channel is at rest.
#[inline(always)]
pub(super) unsafe fn send_at_rest<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    wakes: &mut Wakes,
) -> Option<Sent> {
    // SAFETY: as in `send`.
    unsafe {
        let ch = &*channel;
        match refusal(ch) {
            Some(Outcome::Closed) => return Some(Sent::Closed),
            Some(_) => return Some(Sent::Deserted),
            None => adopt(ch, &ch.tx, fiber),
        }
        // At rest a receiver waits only while the ring is empty.
        let receiver = claim_first::<P>(&ch.rx_waiters);
        if !receiver.is_null() {
            copy_elem(elem, (*receiver).slot, (*ch.elem).size);
            wakes.add(receiver, Outcome::Passed);
            set_flags(ch);
            return Some(Sent::Done);
        }
        let head = room(ch)?;
        push(channel, elem, head);
        Some(Sent::Done)
    }
}

/// Receives if that needs no waiting; `None` when it does.
///
/// # Safety
/// As for [`recv`], but the lock is held, and the channel is at rest.
#[inline(always)]
pub(super) unsafe fn receive_at_rest<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
    wakes: &mut Wakes,
) -> Option<Received> {
    // SAFETY: as in `recv`.
    unsafe {
        let ch = &*channel;
        if ch.drained.get() {
            return Some(Received::Closed);
        }
        adopt(ch, &ch.rx, fiber);
        if let Some(tail) = element(ch) {
            pop(channel, out, tail);
            settle::<P>(channel, wakes);
            return Some(Received::Done);
        }
        // At rest a sender waits beside an empty ring only at a rendezvous.
        let sender = claim_first::<P>(&ch.tx_waiters);
        if !sender.is_null() {
            copy_elem((*sender).slot, out, (*ch.elem).size);
            wakes.add(sender, Outcome::Passed);
            set_flags(ch);
            return Some(Received::Done);
        }
        if ch.closed.get() {
            ch.drained.set(true);
            // ORDER: Relaxed; written under the lock.
            ch.rx.owner.store(ptr::null_mut(), Relaxed);
            return Some(Received::Closed);
        }
        None
    }
}

/// Waits as a linked waiter. Releases the lock. `None`: cancelled, nothing has passed.
///
/// # Safety
/// The lock is held; `node` is linked at `end` and belongs to `fiber`, the running fiber.
#[inline(always)]
pub(super) unsafe fn park<P: Parker>(
    fiber: *mut Fiber,
    channel: *mut Channel,
    end: End,
    node: *mut Waiter,
) -> Option<Outcome> {
    let wait = if end == End::Tx { WaitFor::Room(channel) } else { WaitFor::Element(channel) };
    // SAFETY: the waiter lies in the caller's frame, which stays while the fiber is parked, or beside the fiber; before the fiber
    // goes on, the waiter is out of the list, because a peer or this function has unlinked it under the lock.
    unsafe {
        #[cfg(wyn_loom)]
        let release: super::parker::Commit = if injected(EARLY_RELEASE) {
            unlock(channel);
            |_, _| ()
        } else {
            release
        };
        match P::park(fiber, wait, release, channel.cast()) {
            Wake::Normal => Some(outcome(&*node)),
            Wake::Cancelled => {
                leave(channel, end, node);
                None
            }
        }
    }
}

/// A cancelled waiter takes itself out of its list.
///
/// # Safety
/// The caller holds a handle of the channel, without the lock; `node` was linked at `end`.
#[cold]
#[inline(never)]
unsafe fn leave(channel: *mut Channel, end: End, node: *mut Waiter) {
    // SAFETY: a peer that has passed the node over has unlinked it under the lock.
    unsafe {
        lock(channel);
        if (*node).linked.get() {
            unlink(end.waiters(&*channel), node);
        }
        // Also when a peer has passed the node over: its list may be empty since.
        set_flags(&*channel);
        unlock(channel);
    }
}

/// The commit of a park: peers may have the channel, and through it the parked fiber.
unsafe fn release(_fiber: *mut Fiber, channel: *mut ()) {
    // SAFETY: the parking fiber took the lock and left its release to this function.
    unsafe { unlock(channel.cast()) }
}

/// Tells the other side what the caller has published or taken. If nobody will receive any more, what the caller has
/// published is dropped.
///
/// # Safety
/// `fiber` is the running fiber and holds a handle of the channel, without the lock.
pub(crate) unsafe fn signal<P: Parker>(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the handle keeps the channel alive.
    unsafe {
        let mut wakes = Wakes::new();
        lock(channel);
        settle::<P>(channel, &mut wakes);
        let ended = has_no_receiver(&*channel);
        unlock(channel);
        wakes.flush::<P>(fiber);
        if ended {
            drop_leftovers(fiber, channel);
        }
    }
}
