//! The channel's lock.

use wyn_abi::channel::Channel;

use crate::spin;

/// Takes the lock.
///
/// # Safety
/// The caller holds a handle of the live channel, and not the lock.
#[inline]
pub(crate) unsafe fn lock(channel: *mut Channel) {
    // SAFETY: the caller's handle keeps the channel alive.
    spin::lock(unsafe { &(*channel).lock });
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
