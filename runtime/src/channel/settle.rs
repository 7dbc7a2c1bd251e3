//! Bringing a channel to rest: what every holder of the lock does before it looks at the channel, and after it has
//! changed something that others wait for.

use wyn_abi::Fiber;
use wyn_abi::channel::{Channel, DISOWNED, Side};
use wyn_abi::sync::Ordering::{Relaxed, SeqCst};
use wyn_abi::sync::fence;
#[cfg(wyn_loom)]
use wyn_hot::channel::fault::{FORGOTTEN_OWNER, NO_HEAVY_FENCE, NO_SECOND_LOOK, SILENT_END, injected};

use super::parker::Parker;
use super::queue::{element, pop, push, room};
use super::waiter::{Outcome, Wakes, claim_first};
use crate::fence::asym_heavy;

/// Serves every waiter that can be served, first come first served, and brings the flags up to date. Almost free when
/// nobody waits.
///
/// Ensures: no receiver waits beside an element, no sender beside room, no sender at a closed or deserted channel,
/// no receiver at a closed and empty one; `peer_waiting` of each side says what it should.
///
/// # Safety
/// The lock is held; `wakes` is flushed by the caller. The flags were right when the lock was taken, or the channel is a rendezvous,
/// whose flags nobody reads; and neither `closed` nor `deserted` was set since without setting the flags.
#[inline(always)]
pub(crate) unsafe fn settle<P: Parker>(channel: *mut Channel, wakes: &mut Wakes) {
    // SAFETY: a locked channel is alive.
    let ch = unsafe { &*channel };
    if !ch.rx_waiters.is_empty() || !ch.tx_waiters.is_empty() {
        // SAFETY: by contract.
        unsafe { serve::<P>(channel, wakes) };
    }
}

/// [`settle`], when somebody waits.
unsafe fn serve<P: Parker>(channel: *mut Channel, wakes: &mut Wakes) {
    // SAFETY: a locked channel is alive.
    let ch = unsafe { &*channel };
    if !ch.rx_waiters.is_empty() {
        // SAFETY: the lock is held.
        unsafe { deliver::<P>(channel, wakes) };
    }
    if !ch.tx_waiters.is_empty() {
        // SAFETY: the lock is held.
        unsafe { refill::<P>(channel, wakes) };
    }
    set_flags(ch);
}

/// Gives elements from the ring to parked receivers, and ends their wait at a closed and empty channel.
unsafe fn deliver<P: Parker>(channel: *mut Channel, wakes: &mut Wakes) {
    // SAFETY: the lock is held and waiters are claimed before anything is done for them. As long as a receiver is
    // claimed and not ready, the receiving side is either not exclusive or used by this very receiver, so that
    // the holder of the lock acts for the side.
    unsafe {
        let ch = &*channel;
        loop {
            let tail = element(ch);
            if tail.is_none() && !ch.closed.get() {
                return;
            }
            let waiter = claim_first::<P>(&ch.rx_waiters);
            if waiter.is_null() {
                return;
            }
            if let Some(tail) = tail {
                pop(channel, (*waiter).slot, tail);
                wakes.add(waiter, Outcome::Passed);
            } else {
                ch.drained.set(true);
                // ORDER: Relaxed; written under the lock.
                ch.rx.owner.store(core::ptr::null_mut(), Relaxed);
                wakes.add(waiter, Outcome::Closed);
            }
        }
    }
}

/// Takes parked senders' elements into the ring, and ends their wait at a closed or deserted channel.
unsafe fn refill<P: Parker>(channel: *mut Channel, wakes: &mut Wakes) {
    // SAFETY: as in `deliver`, for the sending side.
    unsafe {
        let ch = &*channel;
        loop {
            let (refused, head) = (refusal(ch), room(ch));
            if refused.is_none() && head.is_none() {
                return;
            }
            let waiter = claim_first::<P>(&ch.tx_waiters);
            if waiter.is_null() {
                return;
            }
            if let Some(outcome) = refused {
                wakes.add(waiter, outcome);
            } else if let Some(head) = head {
                push(channel, (*waiter).slot, head);
                wakes.add(waiter, Outcome::Passed);
            }
        }
    }
}

/// Why nothing may be sent any more, if so. The lock is held.
pub(crate) fn refusal(ch: &Channel) -> Option<Outcome> {
    if ch.closed.get() {
        Some(Outcome::Closed)
    } else if ch.deserted.get() {
        Some(Outcome::Deserted)
    } else {
        None
    }
}

/// Makes `peer_waiting` of both sides say what it should. The lock is held.
///
/// Senders hear of an end of receiving in the same way as of a waiting receiver: an element that slips into the
/// ring of a channel that nobody receives from is thus found by the one who sent it. And a side that has lost its owner
/// hears in any case, until its user has been here: the owner may still be in the middle of an operation, and has
/// passed its last fence.
pub(crate) fn set_flags(ch: &Channel) {
    let to_senders = !ch.rx_waiters.is_empty() || ch.closed.get() || ch.deserted.get();
    set_flag(&ch.tx, to_senders || is_disowned(&ch.tx));
    set_flag(&ch.rx, !ch.tx_waiters.is_empty() || is_disowned(&ch.rx));
}

/// Whether an owner that is none any more may be in the middle of an operation.
fn is_disowned(side: &Side) -> bool {
    #[cfg(wyn_loom)]
    if injected(FORGOTTEN_OWNER) {
        return false;
    }
    // ORDER: Relaxed; written under the lock.
    side.owner.load(Relaxed) == DISOWNED
}

fn set_flag(side: &Side, value: bool) {
    // ORDER: Relaxed; who registers passes `order_after_registration` before it relies on the flag.
    if side.peer_waiting.load(Relaxed) != value {
        side.peer_waiting.store(value, Relaxed);
    }
}

/// After `peer_waiting` of `side` was set: unless the owner of that side sees it after its next publication, what
/// the owner has published is seen here. Gives whether there was an owner, so whether a second look is wanted:
/// without one, the other side's users need the lock that the caller holds.
///
/// # Safety
/// The lock is held; `fiber` is the running fiber.
pub(crate) unsafe fn order_after_registration<P: Parker>(fiber: *mut Fiber, side: &Side) -> bool {
    // SAFETY: by contract.
    unsafe { order_after_registrations::<P>(fiber, core::iter::once(side)) }
}

/// The same for several sides, with one fence for all: whether one of them had an owner.
///
/// # Safety
/// The locks of all of them are held; `fiber` is the running fiber.
#[inline]
pub(crate) unsafe fn order_after_registrations<'a, P: Parker>(
    fiber: *mut Fiber,
    sides: impl Iterator<Item = &'a Side> + Clone,
) -> bool {
    // ORDER: Relaxed; written under the lock.
    let owners = sides.clone().map(|side| side.owner.load(Relaxed));
    let mut owners = owners.filter(|owner| !owner.is_null() && *owner != DISOWNED);
    if owners.clone().next().is_none() {
        return false;
    }
    #[cfg(wyn_loom)]
    if injected(NO_HEAVY_FENCE) {
        return true;
    }
    #[cfg(wyn_loom)]
    if injected(NO_SECOND_LOOK) {
        return false;
    }
    // ORDER: SeqCst; pairs with the fence of a fiber that changes workers (`Home::move_to`), and is all that is needed
    // when the owners last ran on this worker.
    fence(SeqCst);
    // SAFETY: owners are fibers.
    if owners.any(|owner| unsafe { !P::confined(fiber, owner) }) {
        sides.for_each(disown);
        asym_heavy();
    }
    true
}

/// Takes a side's owner away: its user takes the lock from its next operation on. The caller holds the lock, has set
/// `peer_waiting` of the side, and passes [`asym_heavy`] before it looks at the side's index: so an operation that
/// is under way is seen by that look, or sees the flag, which stays ([`set_flags`]); a later one finds that it has no
/// owner.
fn disown(side: &Side) {
    // ORDER: Relaxed, all; written under the lock, and ordered by the fence that follows.
    if !side.owner.load(Relaxed).is_null() {
        side.owner.store(DISOWNED, Relaxed);
        side.disowned_at.set(side.index.load(Relaxed) as u32);
    }
}

/// Ends the fast path of the sending side: its owner, if there is one, either finishes an operation that is seen
/// here, or sees `peer_waiting` after it.
///
/// # Safety
/// The lock is held, `closed` or `deserted` is set; `fiber` is the running fiber.
pub(crate) unsafe fn stop_owned_sends<P: Parker>(fiber: *mut Fiber, ch: &Channel) {
    #[cfg(wyn_loom)]
    if injected(SILENT_END) {
        return;
    }
    set_flag(&ch.tx, true);
    // SAFETY: the lock is held.
    unsafe { order_after_registration::<P>(fiber, &ch.tx) };
    // ORDER: Relaxed; written under the lock.
    ch.tx.owner.store(core::ptr::null_mut(), Relaxed);
}

/// Whether nobody will receive what is in the ring. The lock is held.
pub(crate) fn has_no_receiver(ch: &Channel) -> bool {
    ch.drained.get() || ch.deserted.get()
}
