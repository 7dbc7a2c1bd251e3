//! Whether a timer that was taken off the list has done what it was for.
//!
//! A timer that is still listed is stopped by taking it off, under the list's lock. One that is not has been taken by
//! whoever fires it, who works on what the timer's owner is about to give up: so the owner waits, for as long as a
//! walk over cancelled tasks takes.

use wyn_hot::state::pause;

use crate::sync::{AtomicBool, Ordering};

/// Of one timer.
pub struct Firing {
    done: AtomicBool,
}

impl Firing {
    /// Not done.
    #[allow(clippy::new_without_default, reason = "it belongs to a timer")]
    pub fn new() -> Firing {
        Firing { done: AtomicBool::new(false) }
    }

    /// Before the timer is listed again. Called by the owner.
    pub fn reset(&self) {
        // ORDER: Relaxed; the list's lock hands it over.
        self.done.store(false, Ordering::Relaxed);
    }

    /// Whoever fires the timer has finished with what it is for.
    pub fn finish(&self) {
        // ORDER: Release; pairs with the Acquire in `wait`.
        self.done.store(true, Ordering::Release);
    }

    /// Waits for that. Called by the owner, when the timer is not listed any more.
    pub fn wait(&self) {
        #[cfg(wyn_loom)]
        if crate::fault::injected(crate::fault::UNAWAITED) {
            return;
        }
        // ORDER: Acquire; pairs with the Release in `finish`.
        while !self.done.load(Ordering::Acquire) {
            pause();
            // The other thread may not be running.
            #[cfg(not(wyn_loom))]
            crate::sync::thread::yield_now();
        }
    }
}
