//! What one thread announces once, for others to find: the thread writes it, then says where it is.

use crate::sync::{AtomicPtr, AtomicU64, Ordering};

/// A pointer to what outlives all who look; nothing before it is announced.
pub(crate) struct Announced<T> {
    at: AtomicPtr<T>,
}

impl<T> Announced<T> {
    /// Nothing yet.
    pub(crate) fn nothing() -> Announced<T> {
        Announced { at: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// It is there.
    pub(crate) fn announce(&self, at: *mut T) {
        // ORDER: Release; pairs with the Acquire in `get`: what was written there is seen.
        self.at.store(at, Ordering::Release);
    }

    /// Where it is.
    #[inline]
    pub(crate) fn get(&self) -> Option<*mut T> {
        // ORDER: Acquire; pairs with the Release in `announce`.
        let at = self.at.load(Ordering::Acquire);
        (!at.is_null()).then_some(at)
    }
}

/// A time that is known once something has happened.
pub(crate) struct AnnouncedTime {
    time: AtomicU64,
}

/// Not known yet.
const UNKNOWN: u64 = u64::MAX;

impl AnnouncedTime {
    /// Not known yet.
    pub(crate) fn unknown() -> AnnouncedTime {
        AnnouncedTime { time: AtomicU64::new(UNKNOWN) }
    }

    /// It has happened.
    pub(crate) fn announce(&self, time: u64) {
        // ORDER: Release; pairs with the Acquire in `get`: what has happened is seen.
        self.time.store(time, Ordering::Release);
    }

    /// The time, if it is known.
    pub(crate) fn get(&self) -> Option<u64> {
        // ORDER: Acquire; pairs with the Release in `announce`.
        let time = self.time.load(Ordering::Acquire);
        (time != UNKNOWN).then_some(time)
    }
}
