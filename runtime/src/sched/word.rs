//! The parking word of a fiber: who may wake it, decided by one compare-and-swap.
//!
//! ```text
//!  63                            3 2        1     0
//! +-------------------------------+--------+-------+
//! | how often the fiber has parked| pinned | state |
//! +-------------------------------+--------+-------+
//! ```
//!
//! | state | meaning | next |
//! |---|---|---|
//! | `RUNNING` | runs, is queued, or is pooled | `WAITING` or `MASKED`, by its worker when its context is saved |
//! | `WAITING` | parked; its commit may not have run yet | `CLAIMED`, by a peer or a canceller |
//! | `MASKED` | the same, for a wait that no cancellation ends | `CLAIMED`, by a peer |
//! | `CLAIMED` | somebody owes it one wake-up | `RUNNING`, by whoever resumes it |
//!
//! `MASKED` and `WAITING` may be **pinned**: the word says so beside the state, and whoever would change the state
//! waits until it does not. So a report reads what a fiber waits for, and for a moment nothing wakes it. The context of
//! a pinned fiber is saved. Nobody pins for longer than it takes to read a few words, nor waits for anything meanwhile.
//!
//! The number makes a late timer of an earlier park harmless: its compare-and-swap names its park.
//!
//! *Cancellation cannot be missed.* The canceller stores the request (K1) and looks at the word (K2). The worker stores
//! `WAITING` (P1), then looks for a request (P2), which its commit acts on. If K2 does not see `WAITING`, the canceller
//! passes the dear half of an asymmetric fence and looks again (K3). The worker passes the free half between P1 and P2. So
//! K3 sees `WAITING` or P2 sees the request. Parking is what happens all the time; only a canceller pays the fence,
//! and only one that finds a fiber which has parked before and runs now, or whose wait it may not end.
//!
//! *Nobody is resumed before its commit has run.* A peer finds the fiber under a lock that the commit releases. A canceller
//! needs no lock: it claims, then waits until the fiber's last worker is through with the commit ([`Committing`]).

use wyn_hot::state::pause;

#[cfg(wyn_loom)]
use crate::fault::{
    CLAIM_IN_TWO_STEPS, EARLY_LOOK, PIN_ANYBODY, PIN_IN_TWO_STEPS, PIN_UNSEEN, UNCOMMITTED, injected,
};
use crate::fence::light;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

const RUNNING: u64 = 0;
const MASKED: u64 = 1;
const WAITING: u64 = 2;
const CLAIMED: u64 = 3;
/// Beside `MASKED` or `WAITING`.
const PINNED: u64 = 4;
const STATE: u64 = 7;
const PARK: u64 = 8;

/// Names one park of one fiber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// The word.
pub struct ParkWord {
    word: AtomicU64,
}

impl ParkWord {
    /// A running fiber's word.
    #[allow(clippy::new_without_default, reason = "a word belongs to a fiber")]
    pub fn new() -> Self {
        ParkWord { word: AtomicU64::new(RUNNING) }
    }

    /// `RUNNING` to `WAITING`, or to `MASKED`: when the context is saved, before the commit.
    pub fn park(&self, masked: bool) -> Ticket {
        // ORDER: Relaxed; the fiber is the word's only user here.
        let park = (self.word.load(Ordering::Relaxed) & !STATE).wrapping_add(PARK);
        // ORDER: Release; a claimer sees the fiber's saved context.
        self.word.store(park | if masked { MASKED } else { WAITING }, Ordering::Release);
        Ticket(park)
    }

    /// Whether a parked fiber has been told to stop: between `park` and the commit. If so, it is to be claimed with
    /// [`ParkWord::claim_told`] when the commit has run.
    #[must_use]
    pub fn is_told(&self, request: &AtomicU32) -> bool {
        light();
        // ORDER: Relaxed; ordered by the fence above with the canceller's store before its fence.
        request.load(Ordering::Relaxed) != 0
    }

    /// Parks the fiber, whose context is saved, and runs the `commit` of its park. True when a cancellation has ended the park
    /// at once, and the caller must wake the fiber as cancelled. Otherwise nothing of it but the word may be touched any more.
    #[inline(always)]
    #[must_use]
    pub fn park_and_commit<T>(
        &self,
        fiber: *mut T,
        committing: &Committing<T>,
        masked: bool,
        request: &AtomicU32,
        commit: impl FnOnce(),
    ) -> bool {
        committing.begin(fiber);
        #[cfg(wyn_loom)]
        let looked = injected(EARLY_LOOK) && self.is_told(request);
        let ticket = self.park(masked);
        #[cfg(wyn_loom)]
        if injected(EARLY_LOOK) {
            commit();
            committing.end();
            return looked && self.claim_told(ticket);
        }
        let told = self.is_told(request);
        commit();
        committing.end();
        told && self.claim_told(ticket)
    }

    /// Claims the fiber for its own worker, after the commit. True when the caller must wake it as cancelled.
    #[must_use]
    pub fn claim_told(&self, ticket: Ticket) -> bool {
        self.claim_from(ticket.0 | WAITING)
    }

    /// Claims the fiber for a peer that found it in a list of waiters; false when a canceller was first.
    #[must_use]
    #[inline(always)]
    pub fn claim(&self) -> bool {
        // ORDER: Relaxed; the peer's lock orders it after `park`, and the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            let state = seen & STATE;
            #[cfg(wyn_loom)]
            let state = if injected(PIN_UNSEEN) { state & !PINNED } else { state };
            if state != MASKED && state != WAITING {
                if state & PINNED == 0 {
                    return false;
                }
                pause();
                // ORDER: Relaxed; as above.
                seen = self.word.load(Ordering::Relaxed);
                continue;
            }
            #[cfg(wyn_loom)]
            if injected(CLAIM_IN_TWO_STEPS) {
                self.word.store((seen & !STATE) | CLAIMED, Ordering::SeqCst);
                return true;
            }
            // ORDER: Acquire; pairs with the Release in `park`.
            match self.word.compare_exchange_weak(
                seen,
                (seen & !STATE) | CLAIMED,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// The park whose commit runs: for a commit that leaves a note elsewhere.
    pub fn ticket(&self) -> Ticket {
        // ORDER: Relaxed; read by the fiber's last worker, which wrote it.
        Ticket(self.word.load(Ordering::Relaxed) & !STATE)
    }

    /// Claims the fiber if it is still in this park: for wake-ups that may come late.
    #[must_use]
    pub fn claim_at(&self, ticket: Ticket) -> bool {
        self.claim_from(ticket.0 | WAITING) || self.claim_from(ticket.0 | MASKED)
    }

    /// Claims the fiber for a canceller, whose request is stored. When that fails the fiber was not seen to be parked:
    /// unless the canceller has passed [`heavy`](crate::fence::heavy) before, it may have parked all the same.
    #[must_use]
    pub fn claim_cancelled(&self) -> bool {
        // ORDER: Relaxed; the exchange decides. A miss is made good behind the fence.
        let seen = self.word.load(Ordering::Relaxed) & !PINNED;
        seen & STATE == WAITING && self.claim_from(seen)
    }

    fn claim_from(&self, seen: u64) -> bool {
        let claimed = (seen & !STATE) | CLAIMED;
        // ORDER: Acquire; pairs with the Release in `park` and `unpin`.
        while let Err(now) = self.word.compare_exchange(seen, claimed, Ordering::Acquire, Ordering::Relaxed) {
            if now != seen | PINNED {
                return false;
            }
            #[cfg(wyn_loom)]
            if injected(PIN_UNSEEN) {
                self.word.store(claimed, Ordering::SeqCst);
                return true;
            }
            pause();
        }
        true
    }

    /// Keeps a parked fiber parked until [`ParkWord::unpin`]; nothing if it is not parked, or pinned by another.
    #[must_use]
    pub fn pin(&self) -> Option<Ticket> {
        // ORDER: Relaxed; the exchange decides.
        let seen = self.word.load(Ordering::Relaxed);
        #[cfg(wyn_loom)]
        if injected(PIN_IN_TWO_STEPS) && matches!(seen & STATE, MASKED | WAITING) {
            self.word.store(seen | PINNED, Ordering::SeqCst);
            return Some(Ticket(seen & !STATE));
        }
        #[cfg(wyn_loom)]
        let anybody = injected(PIN_ANYBODY);
        #[cfg(not(wyn_loom))]
        let anybody = false;
        if !anybody && !matches!(seen & STATE, MASKED | WAITING) {
            return None;
        }
        // ORDER: Acquire; pairs with the Release in `park`: the reporter sees what the fiber wrote before it parked.
        self.word
            .compare_exchange(seen, seen | PINNED, Ordering::Acquire, Ordering::Relaxed)
            .ok()
            .map(|_| Ticket(seen & !STATE))
    }

    /// Lets a fiber that the caller has pinned be woken.
    pub fn unpin(&self) {
        // ORDER: Release; what the reporter read comes before whatever the fiber does next.
        self.word.fetch_and(!PINNED, Ordering::Release);
    }

    /// `CLAIMED` to `RUNNING`, when the fiber is resumed.
    pub fn resume(&self) {
        // ORDER: Relaxed; the claimer has handed the fiber over, the next `park` publishes.
        self.word.store(self.word.load(Ordering::Relaxed) & !STATE | RUNNING, Ordering::Relaxed);
    }

    /// Whether the fiber waits for a wake-up that nobody has promised yet: a look, not synchronised.
    #[cfg(all(test, wyn_loom))]
    pub fn is_waiting(&self) -> bool {
        // ORDER: Relaxed; a hint.
        matches!(self.word.load(Ordering::Relaxed) & STATE & !PINNED, MASKED | WAITING)
    }
}

/// Which fiber's commit a worker runs, or is about to.
pub struct Committing<T> {
    fiber: AtomicPtr<T>,
}

impl<T> Committing<T> {
    /// Nobody's.
    #[allow(clippy::new_without_default, reason = "there is one for each worker")]
    pub fn new() -> Self {
        Committing { fiber: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// The worker: before [`ParkWord::park`].
    pub fn begin(&self, fiber: *mut T) {
        // ORDER: Relaxed; the Release in `ParkWord::park` shows it to whoever claims the fiber.
        self.fiber.store(fiber, Ordering::Relaxed);
    }

    /// The worker: the commit has run.
    pub fn end(&self) {
        // ORDER: Release; pairs with the Acquire in `wait_for`: what the commit did comes before.
        self.fiber.store(std::ptr::null_mut(), Ordering::Release);
    }

    /// Whoever has claimed this fiber without a lock: waits until its commit has run. It parked last on this worker.
    pub fn wait_for(&self, fiber: *mut T) {
        #[cfg(wyn_loom)]
        if injected(UNCOMMITTED) {
            return;
        }
        // ORDER: Acquire; pairs with the Release in `end`.
        while self.fiber.load(Ordering::Acquire) == fiber {
            pause();
        }
    }
}
