//! The channel's lock.

use wyn_abi::channel::Channel;
use wyn_abi::sync::Ordering::Relaxed;

use crate::spin;

/// Takes the lock.
///
/// # Safety
/// The caller holds a handle of the live channel, and not the lock.
#[inline]
pub(crate) unsafe fn lock(channel: *mut Channel) {
    // SAFETY: the caller's handle keeps the channel alive.
    let ch = unsafe { &*channel };
    // ORDER: Relaxed; a guess at how much is going on.
    let passed = || ch.tx.index.load(Relaxed).wrapping_add(ch.rx.index.load(Relaxed));
    spin::lock_patiently(&ch.lock, &ch.patience, passed);
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
