//! Moving elements in and out with the lock: through the ring of a channel with a limit, through segments of one
//! without.
//!
//! Segments are a list from the receivers' to the senders'. A side goes to another one only here, with the lock: its
//! owner meets the end of its segment as it meets a full or an empty ring, because `peer_seen` goes no further. So the
//! list needs no atomic access. A segment that the receivers have left is kept for the senders, if they have none to
//! spare, else given back.
//!
//! ```text
//!   rx.slots ──┐                                  tx.slots ──┐
//!              ▼                                             ▼
//!   [next | 0 1 2 3] ──> [next | 4 5 6 7] ──> ... ──> [null | 8 9 - -]
//! ```
//!
//! An index whose slot is the first of a segment is not in it yet: whoever moves it on goes to the next segment first.

use core::ptr;

use wyn_abi::channel::{Channel, Segment};
use wyn_abi::sync::Ordering::{Acquire, Relaxed};
use wyn_hot::channel::{load_slot, publish, store_slot};
#[cfg(wyn_loom)]
use wyn_hot::fault::injected;

use super::segments::{allocate, free};

/// The receivers' index, if there is room. The lock is held.
#[inline(always)]
pub(super) fn room(ch: &Channel) -> Option<usize> {
    // ORDER: Acquire; pairs with the Release in `publish` by the receiving side.
    let head = ch.rx.index.load(Acquire);
    let fits = ch.unbounded || ch.tx.index.load(Relaxed).wrapping_sub(head) < ch.capacity;
    fits.then_some(head)
}

/// The senders' index, if there is an element. The lock is held.
#[inline(always)]
pub(super) fn element(ch: &Channel) -> Option<usize> {
    // ORDER: Acquire; pairs with the Release in `publish` by the sending side.
    let tail = ch.tx.index.load(Acquire);
    (ch.rx.index.load(Relaxed) != tail).then_some(tail)
}

/// Moves an element in.
///
/// # Safety
/// The lock is held, the caller acts for the sending side, and `room` gave `head`.
#[inline(always)]
pub(super) unsafe fn push(channel: *mut Channel, elem: *mut u8, head: usize) {
    // SAFETY: by contract.
    unsafe {
        let ch = &*channel;
        // ORDER: Relaxed, both; the caller acts for the side, and the lock is held.
        let tail = ch.tx.index.load(Relaxed);
        if ch.unbounded && tail & ch.mask == 0 {
            add_segment(ch);
        }
        store_slot(channel, tail, elem, (*ch.elem).size);
        publish(&ch.tx.index, tail.wrapping_add(1));
        ch.tx.peer_seen.store(if ch.unbounded { tail & !ch.mask } else { head }, Relaxed);
    }
}

/// Moves the first element out.
///
/// # Safety
/// The lock is held, the caller acts for the receiving side, and `element` gave `tail`.
#[inline(always)]
pub(super) unsafe fn pop(channel: *mut Channel, out: *mut u8, tail: usize) {
    // SAFETY: by contract.
    unsafe {
        let ch = &*channel;
        // ORDER: Relaxed, both; as in `push`.
        let head = ch.rx.index.load(Relaxed);
        if ch.unbounded && head & ch.mask == 0 {
            next_segment(ch);
        }
        load_slot(channel, head, out, (*ch.elem).size);
        publish(&ch.rx.index, head.wrapping_add(1));
        #[cfg(wyn_loom)]
        if injected(wyn_hot::channel::fault::PEER_UNSEEN) {
            return;
        }
        // An owner that comes takes what lies between its index and this for elements that are in its slots.
        let seen = if ch.unbounded {
            let in_segment = ch.capacity - (head & ch.mask);
            head.wrapping_add(in_segment.min(tail.wrapping_sub(head)))
        } else {
            tail
        };
        ch.rx.peer_seen.store(seen, Relaxed);
    }
}

/// Gives the senders a segment behind theirs.
#[cold]
unsafe fn add_segment(ch: &Channel) {
    // SAFETY: the lock is held, and the senders' segment is alive: the receivers have not gone past it.
    unsafe {
        let mut segment = ch.spare.replace(ptr::null_mut());
        if segment.is_null() {
            segment = allocate(ch);
        }
        let last = ch.tx.slots.get();
        let link = if last.is_null() { &ch.first_segment } else { &(*Segment::of(last)).next };
        link.set(segment);
        ch.tx.slots.set(Segment::slots(segment));
    }
}

/// Takes the receivers to the next segment, and theirs away.
#[cold]
unsafe fn next_segment(ch: &Channel) {
    // SAFETY: the lock is held. There is an element in the next segment, so it was linked, and what is in the
    // receivers' has been taken out: nobody goes through it any more.
    unsafe {
        let left = ch.rx.slots.get();
        if left.is_null() {
            ch.rx.slots.set(Segment::slots(ch.first_segment.get()));
            return;
        }
        let left = Segment::of(left);
        ch.rx.slots.set(Segment::slots((*left).next.replace(ptr::null_mut())));
        if ch.spare.get().is_null() {
            ch.spare.set(left);
        } else {
            free(ch, left);
        }
    }
}

/// The segment that the receivers are in, or will go to first; null for none yet. The others follow it.
pub(super) fn first_segment(ch: &Channel) -> *mut Segment {
    let slots = ch.rx.slots.get();
    // SAFETY: a side's slots are those of a segment.
    if slots.is_null() { ch.first_segment.get() } else { unsafe { Segment::of(slots) } }
}
