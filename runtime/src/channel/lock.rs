//! The channel's lock: one word, taken for some tens of nanoseconds at a time, and once for as long as it takes to
//! save the context of a fiber that parks (who releases it then is the `commit` of that park).

#[cfg(wyn_loom)]
pub(crate) use modelled::{lock, unlock};
#[cfg(not(wyn_loom))]
pub(crate) use word::{lock, unlock};

#[cfg(not(wyn_loom))]
mod word {
    use wyn_abi::channel::Channel;
    use wyn_abi::sync::AtomicU32;
    use wyn_abi::sync::Ordering::{Acquire, Relaxed, Release};

    /// Pauses before the thread gives its time slice away: the holder may have lost its own.
    const SPINS: u32 = 64;

    /// Takes the lock.
    ///
    /// # Safety
    /// The caller holds a handle of the live channel, and not the lock.
    #[inline]
    pub(crate) unsafe fn lock(channel: *mut Channel) {
        // SAFETY: the caller's handle keeps the channel alive.
        let word = unsafe { &(*channel).lock };
        // ORDER: Acquire; pairs with the Release in `unlock`.
        while word.swap(1, Acquire) != 0 {
            wait(word);
        }
    }

    /// Waits for the lock to look free.
    #[cold]
    fn wait(word: &AtomicU32) {
        let mut spins = 0;
        // ORDER: Relaxed; only a hint, the swap decides.
        while word.load(Relaxed) != 0 {
            if spins < SPINS {
                spins += 1;
                core::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
    }

    /// Releases the lock.
    ///
    /// # Safety
    /// The caller, or the fiber it commits the park of, holds the lock.
    #[inline]
    pub(crate) unsafe fn unlock(channel: *mut Channel) {
        // ORDER: Release; pairs with the Acquire in `lock`. The store is the caller's last access: whoever takes
        // the lock next may be the one who frees the channel.
        // SAFETY: nobody frees a locked channel.
        unsafe { (*channel).lock.store(0, Release) }
    }
}

/// The lock as loom sees it: loom's own mutex, since a lock that spins has no end under loom.
#[cfg(wyn_loom)]
mod modelled {
    use wyn_abi::channel::Channel;

    pub(crate) unsafe fn lock(channel: *mut Channel) {
        // SAFETY: the caller's handle keeps the channel alive.
        unsafe { (*channel).shadow.lock() }
    }

    pub(crate) unsafe fn unlock(channel: *mut Channel) {
        // SAFETY: nobody frees a locked channel.
        unsafe { (*channel).shadow.unlock() }
    }
}
