//! A thread waits for one other to tell it something: the kernel's futex, wrapped.

use std::time::Duration;

use crate::sync::{AtomicU32, Ordering};
#[cfg(not(wyn_loom))]
use crate::time::now;

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
        let deadline = timeout
            .map(|timeout| now().saturating_add(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX)));
        loop {
            // ORDER: Acquire; pairs with the Release in `notify`.
            if self.word.swap(EMPTY, Ordering::Acquire) == NOTIFIED {
                return;
            }
            let left = deadline.map(|deadline| deadline.saturating_sub(now()));
            if left == Some(0) {
                return;
            }
            self.sleep(left);
        }
    }

    /// Waits while there is no notification, or for so many nanoseconds; or returns for no reason.
    #[cfg(not(any(wyn_loom, wyn_shuttle)))]
    fn sleep(&self, nanos: Option<u64>) {
        let time = nanos.map(|nanos| libc::timespec {
            tv_sec: (nanos / 1_000_000_000) as libc::time_t,
            tv_nsec: (nanos % 1_000_000_000) as libc::c_long,
        });
        let time = time.as_ref().map_or(std::ptr::null(), |time| &raw const *time);
        // SAFETY: the word lives as long as `self`; the kernel compares it with EMPTY before it waits.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                (&raw const self.word).cast::<u32>(),
                libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                EMPTY,
                time,
            )
        };
    }

    /// Other threads of the exploration go on.
    #[cfg(wyn_shuttle)]
    fn sleep(&self, _nanos: Option<u64>) {
        wyn_abi::sync::explored::give_way();
    }

    /// Other threads of the model go on.
    #[cfg(wyn_loom)]
    fn sleep(&self, _nanos: Option<u64>) {
        loom::thread::yield_now();
    }

    /// Lets the waiting thread, or its next wait, go on.
    pub(crate) fn notify(&self) {
        #[cfg(wyn_loom)]
        if crate::fault::injected(crate::fault::UNKEPT) {
            return;
        }
        // ORDER: Release; pairs with the Acquire in `wait`.
        if self.word.swap(NOTIFIED, Ordering::Release) == EMPTY && cfg!(not(any(wyn_loom, wyn_shuttle))) {
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

/// In models time stands still.
#[cfg(wyn_loom)]
fn now() -> u64 {
    0
}
