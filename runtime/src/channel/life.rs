//! The life of a channel: creation, handles, the end of exclusiveness, closing, and the two-sided teardown.
//!
//! Each side's last handle does its side's part of the teardown; the block is freed by the side that finishes last.
//! When the receivers finish, no element is left: the last receiver drops those in the ring, and a send that was
//! under way drops its own (`operate::signal`).

use core::cell::Cell;
use core::ptr;
use std::vec;

use wyn_abi::channel::{Channel, ElemDescriptor, MAX_CAPACITY, Side, UNBOUNDED, Waiters, ring_size};
use wyn_abi::sync::Ordering::{AcqRel, Relaxed};
use wyn_abi::{Fiber, Location};

#[cfg(wyn_loom)]
use wyn_hot::channel::fault::{STAYS_EXCLUSIVE, injected};

use wyn_hot::channel::publish;

use crate::memory;

use super::lock::{lock, unlock};
use super::parker::Parker;
use super::queue::{element, first_segment, pop};
use super::segments::{self, segment_capacity};
use super::settle::{refusal, set_flags, settle, stop_owned_sends};
use super::waiter::Wakes;

/// A block that is smaller than this is not too large for any capacity: when it cannot be had, memory has ended.
const SMALL: usize = 1 << 20;

/// Why there is no such channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BadCapacity {
    /// Below zero.
    Negative,
    /// More than the limit, or than there is memory for.
    TooLarge,
    /// There is no memory for any channel.
    NoMemory,
}

/// Bytes of a channel's block. The capacity is that of its ring; one without limit has none in its block.
fn block_size(capacity: usize, unbounded: bool, elem_size: usize) -> Option<usize> {
    let slots = if capacity == 0 { 0 } else { ring_size(capacity).checked_mul(elem_size)? };
    size_of::<Channel>().checked_add(if unbounded { 0 } else { slots })
}

const _: () = assert!(align_of::<Channel>() <= memory::LINE);

/// A channel with one sender and one receiver.
///
/// # Safety
/// `elem` is a descriptor that outlives the channel.
pub(crate) unsafe fn create(elem: *const ElemDescriptor, capacity: i64) -> Result<*mut Channel, BadCapacity> {
    if capacity < 0 {
        return Err(BadCapacity::Negative);
    }
    let unbounded = capacity == UNBOUNDED;
    if capacity > MAX_CAPACITY && !unbounded {
        return Err(BadCapacity::TooLarge);
    }
    // SAFETY: the descriptor is alive.
    let elem_size = unsafe { (*elem).size };
    let capacity = if unbounded { segment_capacity(elem_size) } else { capacity as usize };
    let size = block_size(capacity, unbounded, elem_size).ok_or(BadCapacity::TooLarge)?;
    // SAFETY: the block is not empty; the block is written before anyone reads it.
    unsafe {
        let channel = memory::try_alloc_lines(size).cast::<Channel>();
        if channel.is_null() {
            let small = size < SMALL;
            return Err(if small { BadCapacity::NoMemory } else { BadCapacity::TooLarge });
        }
        channel.write(Channel::new(elem, capacity, unbounded));
        if !unbounded {
            let ring = channel.add(1).cast();
            (*channel).tx.slots.set(ring);
            (*channel).rx.slots.set(ring);
        }
        live::count_if_wanted(1);
        Ok(channel)
    }
}

/// Frees the block.
unsafe fn free(channel: *mut Channel) {
    // SAFETY: both sides are done, so this is the last access. The size is that of creation.
    unsafe {
        #[cfg(wyn_loom)]
        (*channel).block.write(0);
        let size = block_size((*channel).capacity, (*channel).unbounded, (*(*channel).elem).size);
        if (*channel).unbounded {
            segments::free_all(&*channel, first_segment(&*channel));
        }
        ptr::drop_in_place(channel);
        live::count_if_wanted(-1);
        #[cfg(not(wyn_loom))]
        if crate::leaks::registers() {
            crate::leaks::registry::gone(crate::leaks::registry::What::Channel, channel as usize);
        }
        if let Some(size) = size {
            memory::free_lines(channel.cast(), size);
        }
    }
}

/// Channels that exist, for the report at the program's end.
pub(crate) mod live {
    use core::sync::atomic::{AtomicI64, Ordering};

    static LIVE: AtomicI64 = AtomicI64::new(0);

    /// Counts if anybody will ask: workers that make and end channels all the time would take the number from one another.
    pub(super) fn count_if_wanted(n: i64) {
        #[cfg(not(any(test, wyn_loom)))]
        if !crate::leaks::wanted() {
            return;
        }
        // ORDER: Relaxed; a statistic.
        LIVE.fetch_add(n, Ordering::Relaxed);
    }

    /// How many channels exist.
    pub(crate) fn count() -> usize {
        // ORDER: Relaxed; a statistic.
        LIVE.load(Ordering::Relaxed).max(0) as usize
    }
}

/// Which end of a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// The senders'.
    Tx,
    /// The receivers'.
    Rx,
}

impl End {
    pub(super) fn side(self, ch: &Channel) -> &Side {
        match self {
            End::Tx => &ch.tx,
            End::Rx => &ch.rx,
        }
    }

    pub(super) fn waiters(self, ch: &Channel) -> &Waiters {
        match self {
            End::Tx => &ch.tx_waiters,
            End::Rx => &ch.rx_waiters,
        }
    }
}

/// Ends a side's exclusiveness for good: from now on all its users take the lock.
///
/// Called before a second route to the side exists, by its only user, which is therefore in no operation on it. The
/// other side may be in the middle of one, or parked: it relies on `owner` only under the lock.
///
/// # Safety
/// The caller holds a handle of that end, without the lock.
pub(crate) unsafe fn share(channel: *mut Channel, end: End) {
    // SAFETY: the handle keeps the channel alive.
    unsafe {
        let side = end.side(&*channel);
        // ORDER: Relaxed; until the bit is cleared the caller is the only one who looks at it here.
        if !side.exclusive.load(Relaxed) {
            return;
        }
        #[cfg(wyn_loom)]
        if injected(STAYS_EXCLUSIVE) {
            return;
        }
        lock(channel);
        side.exclusive.store(false, Relaxed);
        side.owner.store(ptr::null_mut(), Relaxed);
        set_flags(&*channel);
        unlock(channel);
    }
}

/// Ends sending; from either end. Who waits to send is told so, who waits to receive too. Again does nothing.
///
/// # Safety
/// `fiber` is the running fiber and holds a handle of the channel, without the lock; `at` is static.
pub(crate) unsafe fn close<P: Parker>(fiber: *mut Fiber, channel: *mut Channel, at: *const Location) {
    // SAFETY: the handle keeps the channel alive.
    unsafe {
        let ch = &*channel;
        let mut wakes = Wakes::new();
        lock(channel);
        if !ch.closed.get() {
            // What has been sent before counts as sent.
            settle::<P>(channel, &mut wakes);
            ch.closed.set(true);
            ch.closed_at.set(at);
            stop_owned_sends::<P>(fiber, ch);
            settle::<P>(channel, &mut wakes);
        }
        unlock(channel);
        wakes.flush::<P>(fiber);
    }
}

/// Where `close()` was called; null if it was not.
///
/// # Safety
/// The caller holds a handle of the channel, without the lock.
pub(crate) unsafe fn closed_at(channel: *mut Channel) -> *const Location {
    // SAFETY: the handle keeps the channel alive.
    unsafe {
        lock(channel);
        let at = (*channel).closed_at.get();
        unlock(channel);
        at
    }
}

/// Whether nothing can be sent any more.
///
/// # Safety
/// The caller holds a sender of the channel, without the lock.
pub(crate) unsafe fn refuses(channel: *mut Channel) -> bool {
    // SAFETY: the handle keeps the channel alive.
    unsafe {
        lock(channel);
        let refuses = refusal(&*channel).is_some();
        unlock(channel);
        refuses
    }
}

/// Whether a receiver was told that nothing will come any more.
///
/// # Safety
/// The caller holds a receiver of the channel, without the lock.
pub(crate) unsafe fn is_drained(channel: *mut Channel) -> bool {
    // SAFETY: the handle keeps the channel alive.
    unsafe {
        lock(channel);
        let drained = (*channel).drained.get();
        unlock(channel);
        drained
    }
}

/// One sender less; the last one closes the channel.
///
/// # Safety
/// `fiber` is the running fiber; the caller gives a sender up, and does not hold the lock.
pub(crate) unsafe fn release_sender<P: Parker>(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the handle keeps the channel alive until this side is done.
    unsafe {
        let ch = &*channel;
        #[cfg(wyn_loom)]
        ch.block.read(0);
        // ORDER: AcqRel, with itself; what the others did with the block comes before the last one frees it.
        if ch.tx.handles.fetch_sub(1, AcqRel) != 1 {
            return;
        }
        let mut wakes = Wakes::new();
        lock(channel);
        ch.tx.owner.store(ptr::null_mut(), Relaxed);
        ch.closed.set(true);
        set_flags(ch);
        settle::<P>(channel, &mut wakes);
        ch.tx_done.set(true);
        let last = ch.rx_done.get();
        unlock(channel);
        wakes.flush::<P>(fiber);
        if last {
            free(channel);
        }
    }
}

/// One receiver less; after the last one, senders are told so and elements are dropped.
///
/// # Safety
/// `fiber` is the running fiber; the caller gives a receiver up, and does not hold the lock.
pub(crate) unsafe fn release_receiver<P: Parker>(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the handle keeps the channel alive until this side is done.
    unsafe {
        let ch = &*channel;
        #[cfg(wyn_loom)]
        ch.block.read(0);
        // ORDER: AcqRel, with itself; what the others did with the block comes before the last one frees it.
        if ch.rx.handles.fetch_sub(1, AcqRel) != 1 {
            return;
        }
        let mut wakes = Wakes::new();
        lock(channel);
        ch.rx.owner.store(ptr::null_mut(), Relaxed);
        ch.deserted.set(true);
        stop_owned_sends::<P>(fiber, ch);
        settle::<P>(channel, &mut wakes);
        unlock(channel);
        wakes.flush::<P>(fiber);
        finish_receiving(fiber, channel);
    }
}

#[cfg(wyn_loom)]
use loom::thread_local;
#[cfg(wyn_shuttle)]
use shuttle::thread_local;

thread_local! {
    /// Deserted channels whose elements this thread has yet to drop.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro takes no const block")]
    static DESERTED: Cell<*mut Channel> = Cell::new(ptr::null_mut());
    /// Whether a frame further up is at work on them.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro takes no const block")]
    static DROPPING: Cell<bool> = Cell::new(false);
}

/// Drops the elements of a deserted channel and finishes its receivers' part of the teardown.
///
/// An element may hold the last receiver of another channel: such channels are queued, so that a chain of channels
/// of any length is torn down in one frame. Dropping neither parks nor unwinds, so the thread stays the same.
unsafe fn finish_receiving(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the receivers' part is not done, so every queued channel is alive.
    unsafe {
        (*channel).next_deserted.set(DESERTED.with(|first| first.replace(channel)));
        if DROPPING.with(|dropping| dropping.replace(true)) {
            return;
        }
        loop {
            let next = DESERTED.with(Cell::get);
            if next.is_null() {
                break;
            }
            DESERTED.with(|first| first.set((*next).next_deserted.get()));
            drop_leftovers(fiber, next);
            lock(next);
            (*next).rx_done.set(true);
            let last = (*next).tx_done.get();
            unlock(next);
            if last {
                free(next);
            }
        }
        DROPPING.with(|dropping| dropping.set(false));
    }
}

/// Drops what nobody will receive any more, one element at a time: each is taken out under the lock, and dropped when
/// the lock is free again.
///
/// # Safety
/// The channel has no receiver any more; the caller keeps it alive and does not hold the lock.
pub(crate) unsafe fn drop_leftovers(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: by contract; what is taken out is ours.
    unsafe {
        let Some(drop) = (*(*channel).elem).drop else {
            lock(channel);
            if let Some(tail) = element(&*channel) {
                publish(&(*channel).rx.index, tail);
            }
            return unlock(channel);
        };
        drain(channel, |elem| drop(fiber, elem));
    }
}

/// Takes all elements out, one at a time, and gives each to `each` when the lock is free again.
///
/// # Safety
/// Nobody receives from the channel any more; the caller keeps it alive and does not hold the lock.
pub(crate) unsafe fn drain(channel: *mut Channel, mut each: impl FnMut(*mut u8)) {
    // SAFETY: the receiving side has no user any more, so the holder of the lock acts for it. An element is aligned to
    // eight bytes at most.
    unsafe {
        let elem = &*(*channel).elem;
        let mut taken = vec![0u64; elem.size.div_ceil(size_of::<u64>())];
        let out = taken.as_mut_ptr().cast::<u8>();
        loop {
            lock(channel);
            let last = element(&*channel);
            if let Some(tail) = last {
                pop(channel, out, tail);
            }
            unlock(channel);
            if last.is_none() {
                return;
            }
            each(out);
        }
    }
}
