//! Requests to stop: from whoever cancels to the fiber that runs the task, or on which it is parked.
//!
//! A task that unwinds is *shielded*: what cancels it from outside has no more to say, while a scope that a `defer` has
//! opened inside can still be cancelled. Every place of the tree of scopes has a *level*, which grows inwards; a fiber's
//! shield is the level from which on requests reach it, 0 for all.
//!
//! *No request passes a shield, and none is missed when it is lowered.* Both sides hold the lock. Whoever cancels has
//! set a flag in the tree before; whoever moves the shield looks at the flags inside it, under the lock. If the request
//! comes first, moving the shield takes it back; if it comes later, it sees the shield. What was kept out by
//! a shield is found as a flag when the shield is lowered.

use crate::fence::heavy;
use crate::sched::word::ParkWord;
use crate::sync::{AtomicU32, Mutex, Ordering};

/// What became of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Requested {
    /// It was kept out.
    Shielded,
    /// The fiber was parked: the caller owes it a wake-up as cancelled.
    Claimed,
    /// The fiber was not seen in a park that this may end. It may have parked just before: the caller [asks again](ask_twice).
    Running,
}

/// Asks fibers to stop, as `ask` does with [`Shield::request`]: once, and if it finds one that runs, which it says by `false`,
/// once more behind the fence.
pub(crate) fn ask_twice(mut ask: impl FnMut() -> bool) {
    if !ask() {
        #[cfg(wyn_loom)]
        if crate::fault::injected(crate::fault::ASKS_ONCE) {
            return;
        }
        heavy();
        let _ = ask();
    }
}

/// A fiber's shield.
pub struct Shield {
    level: Mutex<u32>,
}

impl Shield {
    /// None: every request reaches the fiber.
    #[allow(clippy::new_without_default, reason = "a shield belongs to a fiber")]
    pub fn new() -> Shield {
        Shield { level: Mutex::new(0) }
    }

    /// Requests from this level, whose flag is set.
    pub fn request(&self, request: &AtomicU32, word: &ParkWord, level: u32) -> Requested {
        let shield = lock(&self.level);
        if level < *shield {
            return Requested::Shielded;
        }
        // ORDER: Relaxed; whoever is told that the fiber runs passes a fence before it looks again.
        request.store(1, Ordering::Relaxed);
        if word.claim_cancelled() { Requested::Claimed } else { Requested::Running }
    }

    /// Moves the shield, and sets the request to what holds from now on. Called by the fiber.
    pub fn set(&self, request: &AtomicU32, level: u32, told: impl FnOnce() -> bool) {
        let mut shield = lock(&self.level);
        *shield = level;
        // ORDER: Relaxed; read by this fiber.
        request.store(told().into(), Ordering::Relaxed);
    }

    /// Sets the request to what holds from now on, under the same shield. Called by the fiber.
    pub fn refresh(&self, request: &AtomicU32, told: impl FnOnce() -> bool) {
        let _shield = lock(&self.level);
        // ORDER: Relaxed; as above.
        request.store(told().into(), Ordering::Relaxed);
    }

    /// The level. Called by the fiber, which alone changes it.
    pub fn level(&self) -> u32 {
        *lock(&self.level)
    }
}

fn lock(level: &Mutex<u32>) -> crate::sync::MutexGuard<'_, u32> {
    level.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
