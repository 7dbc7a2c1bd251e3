//! The channel's lock.

use wyn_abi::Fiber;
use wyn_abi::channel::Channel;
use wyn_abi::sync::Ordering::Relaxed;

use super::parker::Parker;
use crate::spin;

/// Takes the lock.
///
/// # Safety
/// The caller holds a handle of the live channel, and not the lock.
#[inline]
pub(crate) unsafe fn lock(channel: *mut Channel) {
    // SAFETY: the caller's handle keeps the channel alive.
    let ch = unsafe { &*channel };
    spin::lock_patiently(&ch.lock, &ch.patience, || passed(ch));
}

/// How much is going on: what has passed both sides.
fn passed(ch: &Channel) -> usize {
    // ORDER: Relaxed, both; a guess.
    ch.tx.index.load(Relaxed).wrapping_add(ch.rx.index.load(Relaxed))
}

/// Takes the lock for an operation that may wait, or for one that does not.
///
/// # Safety
/// As for [`lock`]; `fiber` is the running fiber.
#[inline(always)]
pub(crate) unsafe fn lock_for<P: Parker>(fiber: *mut Fiber, channel: *mut Channel, wait: bool) {
    // SAFETY: by contract.
    unsafe {
        if wait {
            lock_where_it_is_used::<P>(fiber, channel);
        } else {
            lock(channel);
        }
    }
}

/// [`lock`], of an operation that may wait. Where much is done with the lock under another worker, the fiber goes on there:
/// two that take turns at each element get less done than one, and this worker may have something else to do.
///
/// # Safety
/// As for [`lock`]; `fiber` is the running fiber.
#[inline(always)]
#[cfg(not(wyn_loom))]
unsafe fn lock_where_it_is_used<P: Parker>(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the caller's handle keeps the channel alive, wherever the fiber goes on.
    unsafe {
        let ch = &*channel;
        if !spin::try_lock(&ch.lock) {
            lock_or_move::<P>(fiber, ch);
        }
        // ORDER: Relaxed; a hint, written under the lock.
        ch.used_at.store(P::worker(fiber), Relaxed);
    }
}

#[cold]
#[inline(never)]
#[cfg(not(wyn_loom))]
unsafe fn lock_or_move<P: Parker>(fiber: *mut Fiber, ch: &Channel) {
    // SAFETY: as above.
    unsafe {
        // Who has come there, or cannot go, waits like anybody else.
        if spin::lock_unless_busy(&ch.lock, || passed(ch)) {
            return;
        }
        // ORDER: Relaxed; a hint.
        P::go_on_at(fiber, ch.used_at.load(Relaxed));
        spin::lock_patiently(&ch.lock, &ch.patience, || passed(ch));
    }
}

/// In models a fiber is a thread, and stays where it is.
///
/// # Safety
/// As for [`lock`].
#[cfg(wyn_loom)]
unsafe fn lock_where_it_is_used<P: Parker>(_fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: by contract.
    unsafe { lock(channel) }
}

/// Releases the lock. Whoever takes it next may free the channel.
///
/// # Safety
/// The caller, or the fiber it commits the park of, holds the lock.
#[inline]
pub(crate) unsafe fn unlock(channel: *mut Channel) {
    // SAFETY: nobody frees a locked channel.
    spin::unlock(unsafe { &(*channel).lock });
}
