//! The monitor's long sleep, until something needs it.
//!
//! * **Who makes something wait** says so where the monitor looks (N1), and then looks whether the monitor sleeps (N2): if it does, it
//!   is notified, by one of those who find it so.
//! * **The monitor** says that it sleeps (S1), looks whether something waits (S2), and if not waits for a notification.
//!
//! *Nothing waits for a monitor that sleeps.* Between N1 and N2 stands the free half of a fence, between S1 and S2 the dear one: S2 sees what
//! waits, or N2 sees that the monitor sleeps. ([`Doze::sleeps`] leaves out the half: for who is heard later too, if the monitor misses him.)

use super::futex::Signal;
use crate::fence;
use crate::sync::{AtomicBool, Ordering};

/// The sleep, and what ends it.
pub(crate) struct Doze {
    asleep: AtomicBool,
    pub(crate) signal: Signal,
}

impl Doze {
    /// It is awake.
    pub(crate) fn new() -> Doze {
        Doze { asleep: AtomicBool::new(false), signal: Signal::new() }
    }

    /// Whether it sleeps. Without a fence: it may have just fallen asleep without a look at what the caller has said.
    #[inline]
    pub(crate) fn sleeps(&self) -> bool {
        // ORDER: Relaxed; a missed change is made good by the look around before the sleep, or by the next call.
        self.asleep.load(Ordering::Relaxed)
    }

    /// Wakes it if it sleeps. For who has said before that something waits.
    pub(crate) fn end(&self) {
        fence::light();
        if self.sleeps() {
            self.wake();
        }
    }

    /// Wakes it if nobody else does.
    pub(crate) fn wake(&self) {
        // ORDER: Relaxed; the swap decides who notifies.
        if self.asleep.swap(false, Ordering::Relaxed) {
            self.signal.notify();
        }
    }

    /// Sleeps, unless something waits: with `announce` others learn that it will, and `wait` ends with the signal, or earlier. Whether somebody
    /// has woken it.
    pub(crate) fn sleep(
        &self,
        announce: impl FnOnce(),
        something_waits: impl FnOnce() -> bool,
        wait: impl FnOnce(),
    ) -> bool {
        // ORDER: Relaxed; ordered before the look around by the fence. A swap, so that it follows the one of who has woken the monitor last,
        // and cannot be taken for older than that.
        self.asleep.swap(true, Ordering::Relaxed);
        announce();
        fence::heavy();
        if !something_waits() {
            wait();
        }
        // ORDER: Relaxed; only this thread and `wake` write it.
        !self.asleep.swap(false, Ordering::Relaxed)
    }
}
