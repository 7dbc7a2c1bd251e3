//! A thread waits for one other to tell it something: the kernel's futex, wrapped.

use std::time::{Duration, Instant};

use crate::sync::{AtomicU32, Ordering};

const EMPTY: u32 = 0;
const NOTIFIED: u32 = 1;

/// One thread waits; any thread notifies. A notification that comes first is kept.
pub(crate) struct Signal {
    word: AtomicU32,
}

impl Signal {
    pub(crate) fn new() -> Signal {
        Signal { word: AtomicU32::new(EMPTY) }
    }

    /// Waits for a notification, or for the time to pass; takes the notification.
    pub(crate) fn wait(&self, timeout: Option<Duration>) {
        // Signals interrupt the wait; what is left of the time is waited for then.
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        loop {
            // ORDER: Acquire; pairs with the Release in `notify`.
            if self.word.swap(EMPTY, Ordering::Acquire) == NOTIFIED {
                return;
            }
            let time = deadline.map(|deadline| {
                let left = deadline.saturating_duration_since(Instant::now());
                libc::timespec { tv_sec: left.as_secs() as libc::time_t, tv_nsec: left.subsec_nanos().into() }
            });
            let time = time.as_ref().map_or(std::ptr::null(), |time| &raw const *time);
            // SAFETY: the word lives as long as `self`; the kernel compares it with EMPTY before it waits.
            let status = unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    (&raw const self.word).cast::<u32>(),
                    libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                    EMPTY,
                    time,
                )
            };
            if status != 0
                && timeout.is_some()
                && std::io::Error::last_os_error().raw_os_error() == Some(libc::ETIMEDOUT)
            {
                // ORDER: Acquire; as above.
                self.word.swap(EMPTY, Ordering::Acquire);
                return;
            }
        }
    }

    /// Lets the waiting thread, or its next wait, go on.
    pub(crate) fn notify(&self) {
        // ORDER: Release; pairs with the Acquire in `wait`.
        if self.word.swap(NOTIFIED, Ordering::Release) == EMPTY {
            // SAFETY: the word lives as long as `self`.
            unsafe {
                libc::syscall(
                    libc::SYS_futex,
                    (&raw const self.word).cast::<u32>(),
                    libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                    1,
                );
            }
        }
    }
}
