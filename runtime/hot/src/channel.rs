//! Channels: the operations that need neither the lock nor a wait.
//!
//! A side whose `owner` is the calling fiber is used by that fiber alone, so its index moves with plain loads and
//! stores: check for room against the peer's index as seen last, copy, publish, and look whether a peer waits.
//! Everything else (no owner, full, empty, closed, a cancelled task) is the slow path's business.
//!
//! After a publication comes [`asym_light`], the free half of an asymmetric fence. The dear half is paid by who
//! parks (`wyn_runtime::fence`). Together: either the publisher sees that somebody waits, or the one who
//! is about to wait sees the publication.

use core::hint::cold_path;
use core::ptr;

use wyn_abi::Fiber;
#[cfg(not(wyn_loom))]
use wyn_abi::Location;
use wyn_abi::channel::{Channel, Side, UNBOUNDED};
use wyn_abi::sync::AtomicUsize;
use wyn_abi::sync::Ordering::{Acquire, Relaxed, Release};

/// What a fast path came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Fast {
    /// Done, and nobody waits to hear of it.
    Done,
    /// Done; the peer must be told.
    Signal,
    /// Nothing has happened: the slow path decides.
    Slow,
}

/// The half of an asymmetric fence that costs nothing: it only keeps the compiler from moving memory accesses
/// across. Under loom, which has no membarrier, both halves are sequentially consistent fences.
#[inline(always)]
pub fn asym_light() {
    #[cfg(not(wyn_loom))]
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    #[cfg(wyn_loom)]
    if !fault::injected(fault::NO_LIGHT_FENCE) {
        wyn_abi::sync::fence(wyn_abi::sync::Ordering::SeqCst);
    }
}

/// Faults that a model injects into the shipping code, to show that it would notice.
#[cfg(wyn_loom)]
pub mod fault {
    pub use crate::fault::{injected, with};

    /// Publishers pass no fence before they look for waiters.
    pub const NO_LIGHT_FENCE: u64 = 1 << 0;
    /// Who registers passes no fence before the second look.
    pub const NO_HEAVY_FENCE: u64 = 1 << 1;
    /// Who registers takes no second look.
    pub const NO_SECOND_LOOK: u64 = 1 << 2;
    /// A side stays exclusive when a second handle is made.
    pub const STAYS_EXCLUSIVE: u64 = 1 << 3;
    /// The lock is released before the parking fiber's context is saved.
    pub const EARLY_RELEASE: u64 = 1 << 4;
    /// Ending the channel does not ask the owner of the sending side to look.
    pub const SILENT_END: u64 = 1 << 5;
    /// Waiters are served whether or not a cancellation has claimed them.
    pub const BLIND_CLAIM: u64 = 1 << 8;
    /// Selects lock their channels in the order of their arms.
    pub const UNSORTED_LOCKS: u64 = 1 << 9;
    /// A select leaves its waiters where they are when it goes on.
    pub const STALE_WAITER: u64 = 1 << 10;
    /// A side that has lost its owner is not told of what it does before it knows.
    pub const FORGOTTEN_OWNER: u64 = 1 << 11;
    /// Who receives with the lock does not keep what was seen of the senders up to date.
    pub const PEER_UNSEEN: u64 = 1 << 12;
}

/// Copies an element. A word, the usual size, is not worth a call to `memcpy` where the size is no constant.
///
/// # Safety
/// Both pointers are good for so many bytes, which do not overlap.
#[inline(always)]
pub unsafe fn copy_elem(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: by contract.
    unsafe {
        if size == size_of::<u64>() {
            to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned());
        } else {
            ptr::copy_nonoverlapping(from, to, size);
        }
    }
}

/// Copies an element into the slot of an index.
///
/// # Safety
/// The caller acts for the sending side, the slot is free, and `size` is the size of the channel's elements.
#[inline(always)]
pub unsafe fn store_slot(channel: *mut Channel, index: usize, elem: *const u8, size: usize) {
    // SAFETY: a free slot belongs to who acts for the sending side.
    unsafe {
        let ch = &*channel;
        #[cfg(wyn_loom)]
        shadow(ch, &ch.tx).write(index);
        copy_elem(elem, ch.slot(&ch.tx, index, size), size);
    }
}

/// Copies the element out of the slot of an index.
///
/// # Safety
/// The caller acts for the receiving side, the slot is full, and `size` is the size of the channel's elements.
#[inline(always)]
pub unsafe fn load_slot(channel: *mut Channel, index: usize, out: *mut u8, size: usize) {
    // SAFETY: a full slot belongs to who acts for the receiving side.
    unsafe {
        let ch = &*channel;
        #[cfg(wyn_loom)]
        shadow(ch, &ch.rx).read(index);
        copy_elem(ch.slot(&ch.rx, index, size), out, size);
    }
}

/// What loom watches in place of the slots that a side goes through.
#[cfg(wyn_loom)]
unsafe fn shadow<'a>(ch: &'a Channel, side: &Side) -> &'a wyn_abi::channel::shadow::Shadow {
    if ch.unbounded {
        // SAFETY: the side's slots are alive while it goes through them.
        unsafe { &(*wyn_abi::channel::Segment::of(side.slots.get())).shadow }
    } else {
        &ch.shadow
    }
}

/// Moves a side's index on by one: the slots before it are the other side's now.
#[inline(always)]
pub fn publish(index: &AtomicUsize, next: usize) {
    // ORDER: Release; pairs with the Acquire load of this index by the other side, which touches the slot after it.
    index.store(next, Release);
}

/// Whether the caller may act for a side without the lock.
#[inline(always)]
fn is_owner(side: &Side, user: *mut Fiber) -> bool {
    // ORDER: Relaxed; a fiber finds its own address only where it has stored it, and an owner that another fiber
    // took away since is noticed by `peer_waiting` after the publication.
    side.owner.load(Relaxed) == user
}

/// Sends without lock and without waiting, if this fiber owns the side and there is room.
///
/// # Safety
/// `user` is the calling fiber and holds a sender of the live channel; `elem` points to an element of `size` bytes,
/// which is the size of the channel's elements. Unless the result is `Slow` the element has been moved out.
#[inline(always)]
pub unsafe fn push_owned(user: *mut Fiber, channel: *mut Channel, elem: *const u8, size: usize) -> Fast {
    // SAFETY: the caller's handle keeps the channel alive.
    let ch = unsafe { &*channel };
    let (tx, rx, capacity) = (&ch.tx, &ch.rx, ch.capacity);
    if !is_owner(tx, user) {
        cold_path();
        return Fast::Slow;
    }
    // ORDER: Relaxed; `index` and `peer_seen` of this side are the owner's own.
    let tail = tx.index.load(Relaxed);
    if tail.wrapping_sub(tx.peer_seen.load(Relaxed)) >= capacity {
        if ch.unbounded {
            return Fast::Slow;
        }
        // ORDER: Acquire; pairs with the Release in `publish` by the receiving side: the slots it freed are read.
        let head = rx.index.load(Acquire);
        tx.peer_seen.store(head, Relaxed);
        if tail.wrapping_sub(head) >= capacity {
            return Fast::Slow;
        }
    }
    // SAFETY: this fiber acts for the side, and fewer than `capacity` slots are in use.
    unsafe { store_slot(channel, tail, elem, size) };
    publish(&tx.index, tail.wrapping_add(1));
    asym_light();
    // ORDER: Relaxed; the fence above and the parker's `asym_heavy` order it after the publication.
    if tx.peer_waiting.load(Relaxed) { Fast::Signal } else { Fast::Done }
}

/// Receives without lock and without waiting, if this fiber owns the side and there is an element.
///
/// # Safety
/// `user` is the calling fiber and holds a receiver of the live channel; `out` has room for an element of `size`
/// bytes, which is the size of the channel's elements. Unless the result is `Slow` it holds one.
#[inline(always)]
pub unsafe fn pop_owned(user: *mut Fiber, channel: *mut Channel, out: *mut u8, size: usize) -> Fast {
    // SAFETY: the caller's handle keeps the channel alive.
    let ch = unsafe { &*channel };
    let (tx, rx) = (&ch.tx, &ch.rx);
    if !is_owner(rx, user) {
        cold_path();
        return Fast::Slow;
    }
    // ORDER: Relaxed; `index` and `peer_seen` of this side are the owner's own.
    let head = rx.index.load(Relaxed);
    if head == rx.peer_seen.load(Relaxed) {
        if ch.unbounded {
            return Fast::Slow;
        }
        // ORDER: Acquire; pairs with the Release in `publish` by the sending side: the elements are written.
        let tail = tx.index.load(Acquire);
        rx.peer_seen.store(tail, Relaxed);
        if head == tail {
            return Fast::Slow;
        }
    }
    // SAFETY: this fiber acts for the side, and the slot has been published.
    unsafe { load_slot(channel, head, out, size) };
    publish(&rx.index, head.wrapping_add(1));
    asym_light();
    // ORDER: Relaxed; as in `push_owned`.
    if rx.peer_waiting.load(Relaxed) { Fast::Signal } else { Fast::Done }
}

/// Whether a fast path that came to nothing met an empty or full ring, and no more: the fiber owns this side of the
/// channel, which has not ended. False of a channel without limit, where it may have met the end of a segment.
///
/// # Safety
/// `user` is the calling fiber and holds a handle of that side of the live channel.
#[inline(always)]
pub unsafe fn only_waits(user: *mut Fiber, channel: *mut Channel, side: &Side) -> bool {
    // SAFETY: the caller's handle keeps the channel alive.
    let ch = unsafe { &*channel };
    // ORDER: Relaxed; a channel that ends meanwhile is met at the next look. To senders an end is announced like a
    // waiting receiver; if this is the receiver's side, its owner is the only one, and does not wait.
    is_owner(side, user) && !ch.tx.peer_waiting.load(Relaxed) && !ch.unbounded
}

/// Elements in the ring, as far as it stands still.
///
/// # Safety
/// The caller holds a handle of the live channel.
#[inline(always)]
pub unsafe fn len(channel: *mut Channel) -> usize {
    // SAFETY: the caller's handle keeps the channel alive.
    let channel = unsafe { &*channel };
    // ORDER: Acquire; pairs with the Release in `publish` by the receiving side: what it has taken out has been put in,
    // so the difference is not negative.
    let head = channel.rx.index.load(Acquire);
    // ORDER: Relaxed; a length is out of date when it is known.
    let len = channel.tx.index.load(Relaxed).wrapping_sub(head);
    if channel.unbounded || len < channel.capacity { len } else { channel.capacity }
}

/// Elements that fit.
///
/// # Safety
/// The caller holds a handle of the live channel.
#[inline(always)]
pub unsafe fn capacity(channel: *mut Channel) -> i64 {
    // SAFETY: the caller's handle keeps the channel alive.
    let channel = unsafe { &*channel };
    if channel.unbounded { UNBOUNDED } else { channel.capacity as i64 }
}

/// One more handle to a side that is no longer exclusive; false when the slow path has to clear the bit first.
#[inline(always)]
fn retain_shared(side: &Side) -> bool {
    // ORDER: Relaxed; while the bit is set the caller is the side's only user, afterwards it stays clear.
    if side.exclusive.load(Relaxed) {
        return false;
    }
    // ORDER: Relaxed; the caller's own handle keeps the count above zero.
    side.handles.fetch_add(1, Relaxed);
    true
}

#[cfg(not(wyn_loom))]
mod exports {
    #![allow(
        missing_docs,
        clippy::missing_safety_doc,
        reason = "the rows of the ABI table are the documentation"
    )]

    use super::*;
    use wyn_abi::channel::{ElemDescriptor, sig};
    use wyn_abi::select::SelectArm;
    use wyn_abi::{check_hot_rows, extern_slow_rows};

    wyn_abi::channel_rows!(extern_slow_rows);
    wyn_abi::channel_rows!(check_hot_rows);

    /// Whether the task has not been told to stop; if it has, the slow path unwinds it.
    #[inline(always)]
    unsafe fn may_go_on(fiber: *mut Fiber) -> bool {
        // ORDER: Relaxed; a request that is missed here is met at the next operation.
        // SAFETY: compiled code passes the running fiber.
        unsafe { (*fiber).cancel_pending.load(Relaxed) == 0 }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_send(
        fiber: *mut Fiber,
        channel: *mut Channel,
        elem: *mut u8,
        elem_size: usize,
        at: *const Location,
    ) {
        // SAFETY: the caller keeps the row's contract, which is that of the fast path.
        unsafe {
            let fast =
                if may_go_on(fiber) { push_owned(fiber, channel, elem, elem_size) } else { Fast::Slow };
            match fast {
                Fast::Done => {}
                Fast::Signal => {
                    wyn_slow_signal(fiber, channel);
                }
                Fast::Slow => wyn_slow_send(fiber, channel, elem, at),
            }
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_recv(
        fiber: *mut Fiber,
        channel: *mut Channel,
        out: *mut u8,
        elem_size: usize,
        at: *const Location,
    ) -> bool {
        // SAFETY: the caller keeps the row's contract, which is that of the fast path.
        unsafe {
            let fast = if may_go_on(fiber) { pop_owned(fiber, channel, out, elem_size) } else { Fast::Slow };
            match fast {
                Fast::Done => true,
                Fast::Signal => {
                    wyn_slow_signal(fiber, channel);
                    true
                }
                Fast::Slow => wyn_slow_recv(fiber, channel, out, at),
            }
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_try_send(
        fiber: *mut Fiber,
        channel: *mut Channel,
        elem: *mut u8,
        out: *mut u8,
        elem_size: usize,
    ) -> bool {
        // SAFETY: the caller keeps the row's contract, which is that of the fast path.
        unsafe {
            let passed = match push_owned(fiber, channel, elem, elem_size) {
                Fast::Done => true,
                Fast::Signal => {
                    wyn_slow_signal(fiber, channel);
                    true
                }
                Fast::Slow => wyn_slow_try_send(fiber, channel, elem),
            };
            if !passed {
                copy_elem(elem, out, elem_size);
            }
            !passed
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_try_recv(
        fiber: *mut Fiber,
        channel: *mut Channel,
        out: *mut u8,
        elem_size: usize,
    ) -> bool {
        // SAFETY: the caller keeps the row's contract, which is that of the fast path.
        unsafe {
            match pop_owned(fiber, channel, out, elem_size) {
                Fast::Done => true,
                Fast::Signal => {
                    wyn_slow_signal(fiber, channel);
                    true
                }
                Fast::Slow => wyn_slow_try_recv(fiber, channel, out),
            }
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_channel_len(channel: *mut Channel) -> i64 {
        // SAFETY: the caller holds a handle.
        unsafe { len(channel) as i64 }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_channel_capacity(channel: *mut Channel) -> i64 {
        // SAFETY: the caller holds a handle.
        unsafe { capacity(channel) }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_sender_retain(fiber: *mut Fiber, channel: *mut Channel) {
        // SAFETY: the caller holds a sender.
        unsafe {
            if !retain_shared(&(*channel).tx) {
                wyn_sender_share(fiber, channel);
                let _ = retain_shared(&(*channel).tx);
            }
        }
    }

    #[unsafe(no_mangle)]
    pub unsafe extern "C-unwind" fn wyn_receiver_retain(fiber: *mut Fiber, channel: *mut Channel) {
        // SAFETY: the caller holds a receiver.
        unsafe {
            if !retain_shared(&(*channel).rx) {
                wyn_receiver_share(fiber, channel);
                let _ = retain_shared(&(*channel).rx);
            }
        }
    }
}

#[cfg(not(wyn_loom))]
pub use exports::*;
