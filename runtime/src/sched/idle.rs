//! The idle protocol: which workers search, which sleep, and whom to wake when work appears.
//!
//! One word counts both, as the fast check of whoever publishes work:
//!
//! ```text
//!  31              16 15               0
//! +------------------+------------------+
//! | sleeping         | searching        |
//! +------------------+------------------+
//! ```
//!
//! The list of sleepers says whom to wake. It and the sleeping count change together, under the list's lock.
//!
//! * **Publisher**: makes work visible (N1), then looks at the word (N2). If nobody searches and somebody sleeps, it
//!   takes one sleeper off the list, counts it as searching, and wakes it.
//! * **Sleeper**: enters the list and the word, leaving the searching count if it was in it (S1), then looks at all
//!   queues again (S2). If there is work that nobody searches for it leaves the list, unless a publisher has already taken
//!   it off.
//!
//! *No lost wake-up.* A sequentially consistent fence stands between N1 and N2 and between S1 and S2. If the
//! publisher's comes first, S2 sees the work. If the sleeper's comes first, N2 sees the sleeper asleep; the
//! publisher wakes one, unless it sees a searcher, and that searcher passes S1 and S2 later, or finds work and is
//! then the last searcher, who looks again on behalf of the others.
//!
//! So it is enough that one searches: a sleeper that sees work and a searcher leaves the work to that one, as a publisher
//! does. At most half of the workers begin to search of their own accord.

#[cfg(wyn_loom)]
use crate::fault::{LAST_SEARCHER, SLEEPS_BLINDLY, injected};
use crate::sync::{AtomicU32, Mutex, MutexGuard, Ordering, fence};

const SEARCHING: u32 = 1;
const SLEEPING: u32 = 1 << 16;

/// The idle state of all workers.
pub struct Idle {
    word: AtomicU32,
    sleepers: Mutex<Vec<u32>>,
}

/// What a worker that went to sleep has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Sleep {
    /// Wait to be woken. `everybody` is set when no worker is left that could wake it.
    Wait {
        /// All workers sleep.
        everybody: bool,
    },
    /// There was work after all: search.
    Search,
}

impl Idle {
    /// Nobody idle.
    #[allow(clippy::new_without_default, reason = "there is one idle word")]
    pub fn new() -> Self {
        Idle { word: AtomicU32::new(0), sleepers: Mutex::new(Vec::new()) }
    }

    fn sleepers(&self) -> MutexGuard<'_, Vec<u32>> {
        self.sleepers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Begins to search, unless half of `workers` do already.
    pub fn begin_search(&self, workers: u32) -> bool {
        // ORDER: Relaxed; a bound on effort, not on correctness.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            if 2 * (seen & 0xffff) >= workers.max(2) {
                return false;
            }
            // ORDER: Relaxed; the searcher passes a fence before it gives up, in `sleep` or, as the last one, in `notify`.
            match self.word.compare_exchange_weak(
                seen,
                seen + SEARCHING,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// The searcher found work. True when it was the last, and so has to look for another on behalf of the rest.
    #[must_use]
    pub fn end_search(&self) -> bool {
        // ORDER: Relaxed; the fence in the caller's `notify` orders it before the second look.
        let last = self.word.fetch_sub(SEARCHING, Ordering::Relaxed) & 0xffff == 1;
        #[cfg(wyn_loom)]
        let last = last && !injected(LAST_SEARCHER);
        last
    }

    /// Steps S1 and S2 for worker `me`, which alone can do some of the work.
    pub fn sleep(
        &self,
        me: u32,
        searching: bool,
        workers: u32,
        has_own_work: impl Fn() -> bool,
        has_work: impl Fn() -> bool,
    ) -> Sleep {
        let everybody = {
            let mut sleepers = self.sleepers();
            sleepers.push(me);
            let change = SLEEPING - if searching { SEARCHING } else { 0 };
            // ORDER: Relaxed; step S1, ordered before S2 by the fence below.
            self.word.fetch_add(change, Ordering::Relaxed);
            sleepers.len() as u32 == workers
        };
        // ORDER: SeqCst; between S1 and S2, pairs with the fence in `notify`.
        fence(Ordering::SeqCst);
        #[cfg(wyn_loom)]
        if injected(SLEEPS_BLINDLY) {
            return Sleep::Wait { everybody };
        }
        let wanted = has_work() && !self.is_searched();
        if !has_own_work() && !wanted {
            return Sleep::Wait { everybody };
        }
        let mut sleepers = self.sleepers();
        let Some(place) = sleepers.iter().position(|&other| other == me) else {
            return Sleep::Wait { everybody: false };
        };
        sleepers.swap_remove(place);
        // ORDER: Relaxed; as in `begin_search`. The worker searches from here on.
        self.word.fetch_sub(SLEEPING - SEARCHING, Ordering::Relaxed);
        Sleep::Search
    }

    /// The sleeper is awake, and leaves the list as a searcher: unless somebody has woken it, which has the same effect.
    pub fn wake_self(&self, me: u32) {
        let _ = self.wake(me);
    }

    /// Step N2, after work was made visible: the worker to wake, if one is needed. It counts as searching.
    #[must_use]
    pub fn notify(&self) -> Option<u32> {
        // ORDER: SeqCst; between N1 and N2, pairs with the fence in `sleep`.
        fence(Ordering::SeqCst);
        // ORDER: Relaxed; ordered by the fence.
        let seen = self.word.load(Ordering::Relaxed);
        if seen < SLEEPING || seen & 0xffff != 0 {
            return None;
        }
        self.take_sleeper(true)
    }

    /// Takes this worker off the list, if it sleeps: for what it alone can do. It counts as searching.
    #[must_use]
    pub fn wake(&self, who: u32) -> bool {
        let mut sleepers = self.sleepers();
        let Some(place) = sleepers.iter().position(|&other| other == who) else { return false };
        sleepers.swap_remove(place);
        // ORDER: Relaxed; as in `begin_search`.
        self.word.fetch_sub(SLEEPING - SEARCHING, Ordering::Relaxed);
        true
    }

    /// A sleeper to wake whatever the searchers do.
    #[must_use]
    pub fn take_any(&self) -> Option<u32> {
        self.take_sleeper(false)
    }

    fn take_sleeper(&self, only_without_searchers: bool) -> Option<u32> {
        let mut sleepers = self.sleepers();
        // ORDER: Relaxed; the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            if sleepers.is_empty() || (only_without_searchers && seen & 0xffff != 0) {
                return None;
            }
            // ORDER: Relaxed; as in `begin_search`.
            match self.word.compare_exchange_weak(
                seen,
                seen - SLEEPING + SEARCHING,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return sleepers.pop(),
                Err(now) => seen = now,
            }
        }
    }

    /// Whether somebody searches: behind the fence of `sleep`.
    fn is_searched(&self) -> bool {
        // ORDER: Relaxed; the fence orders it behind S1.
        self.word.load(Ordering::Relaxed) & 0xffff != 0
    }

    /// Whether some worker sleeps and none searches: a cheap look, not synchronised.
    pub fn could_wake(&self) -> bool {
        // ORDER: Relaxed; a hint.
        let seen = self.word.load(Ordering::Relaxed);
        seen >= SLEEPING && seen & 0xffff == 0
    }

    /// Whether some worker searches or sleeps: not synchronised.
    pub fn anybody(&self) -> bool {
        self.count() != 0
    }

    /// How many workers search or sleep: not synchronised.
    pub fn count(&self) -> u32 {
        // ORDER: Relaxed; a hint, or ordered by the fence of `demand`.
        let seen = self.word.load(Ordering::Relaxed);
        (seen & 0xffff) + (seen >> 16)
    }

    /// Whether all of so many workers sleep, at one moment.
    pub fn everybody_sleeps(&self, workers: usize) -> bool {
        self.sleepers().len() == workers
    }

    /// How many workers sleep: not synchronised.
    pub fn sleeping(&self) -> u32 {
        // ORDER: Relaxed; a hint.
        self.word.load(Ordering::Relaxed) >> 16
    }
}
