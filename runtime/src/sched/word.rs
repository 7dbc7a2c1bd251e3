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
//! | `RUNNING` | runs, is queued, or is pooled | `PREPARING`, by itself |
//! | `PREPARING` | its context is saved; its commit is running or about to | `CLAIMED` by a peer, `WAITING` by its last worker |
//! | `WAITING` | committed | `CLAIMED`, by a peer or a canceller |
//! | `CLAIMED` | somebody owes it one wake-up | `RUNNING`, by whoever resumes it |
//!
//! `PREPARING` and `WAITING` may be **pinned**: the word says so beside the state, and whoever would change the state
//! waits until it does not. So a report reads what a fiber waits for, and for a moment nothing wakes it. The context of
//! a pinned fiber is saved. Nobody pins for longer than it takes to read a few words, nor waits for anything meanwhile.
//!
//! The number makes a late `WAITING` of an earlier park harmless: the compare-and-swap names its park.
//!
//! *Cancellation cannot be missed.* The canceller stores the request (K1), then looks at the word (K2). The last
//! worker stores `WAITING` (P1), then looks for a request (P2). With a sequentially consistent fence between the
//! two steps on each side, K2 sees `WAITING` or P2 sees the request.

use wyn_hot::state::pause;

use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

const RUNNING: u64 = 0;
const PREPARING: u64 = 1;
const WAITING: u64 = 2;
const CLAIMED: u64 = 3;
/// Beside `PREPARING` or `WAITING`.
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

    /// `RUNNING` to `PREPARING`: before the fiber becomes visible to peers.
    pub fn prepare(&self) -> Ticket {
        // ORDER: Relaxed; the fiber is the word's only user here.
        let park = (self.word.load(Ordering::Relaxed) & !STATE).wrapping_add(PARK);
        // ORDER: Release; a claimer sees the fiber's saved context.
        self.word.store(park | PREPARING, Ordering::Release);
        Ticket(park)
    }

    /// `PREPARING` to `WAITING`, after the commit. True when the caller must wake the fiber as cancelled: a request
    /// was there, and the claim is the caller's.
    #[must_use]
    pub fn wait(&self, ticket: Ticket, request: &AtomicU32) -> bool {
        // ORDER: Release; a canceller that claims sees the saved context.
        while let Err(now) = self.word.compare_exchange(
            ticket.0 | PREPARING,
            ticket.0 | WAITING,
            Ordering::Release,
            Ordering::Relaxed,
        ) {
            if now != ticket.0 | PREPARING | PINNED {
                return false;
            }
            pause();
        }
        // ORDER: SeqCst; between P1 and P2, pairs with the fence in `claim_cancelled`.
        fence(Ordering::SeqCst);
        // ORDER: Relaxed; ordered by the fence above with the canceller's store before its fence.
        request.load(Ordering::Relaxed) != 0 && self.claim_from(ticket.0 | WAITING)
    }

    /// Claims the fiber for a peer that found it in a list of waiters; false when a canceller was first.
    #[must_use]
    pub fn claim(&self) -> bool {
        // ORDER: Relaxed; the peer's lock orders it after `prepare`, and the exchange decides.
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            let state = seen & STATE;
            if state != PREPARING && state != WAITING {
                if state & PINNED == 0 {
                    return false;
                }
                pause();
                // ORDER: Relaxed; as above.
                seen = self.word.load(Ordering::Relaxed);
                continue;
            }
            // ORDER: Acquire; pairs with the Release in `prepare` and `wait`.
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

    /// The park that is being prepared: for a commit that leaves a note elsewhere.
    pub fn ticket(&self) -> Ticket {
        // ORDER: Relaxed; read by the fiber's last worker, which wrote it.
        Ticket(self.word.load(Ordering::Relaxed) & !STATE)
    }

    /// Claims the fiber if it is still in this park: for wake-ups that may come late.
    #[must_use]
    pub fn claim_at(&self, ticket: Ticket) -> bool {
        // The word goes from PREPARING to WAITING only, so the second try is the last that makes sense.
        self.claim_from(ticket.0 | PREPARING) || self.claim_from(ticket.0 | WAITING)
    }

    /// Claims the fiber for a canceller, whose request is stored: only when it is committed.
    #[must_use]
    pub fn claim_cancelled(&self) -> bool {
        // ORDER: SeqCst; between K1 and K2, pairs with the fence in `wait`.
        fence(Ordering::SeqCst);
        // ORDER: Relaxed; ordered by the fence above with the parker's store before its fence.
        let seen = self.word.load(Ordering::Relaxed) & !PINNED;
        seen & STATE == WAITING && self.claim_from(seen)
    }

    fn claim_from(&self, seen: u64) -> bool {
        let claimed = (seen & !STATE) | CLAIMED;
        // ORDER: Acquire; pairs with the Release in `prepare`, `wait` and `unpin`.
        while let Err(now) = self.word.compare_exchange(seen, claimed, Ordering::Acquire, Ordering::Relaxed) {
            if now != seen | PINNED {
                return false;
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
        if !matches!(seen & STATE, PREPARING | WAITING) {
            return None;
        }
        // ORDER: Acquire; pairs with the Release in `prepare`: the reporter sees what the fiber wrote before it parked.
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
        // ORDER: Relaxed; the claimer has handed the fiber over, the next `prepare` publishes.
        self.word.store(self.word.load(Ordering::Relaxed) & !STATE | RUNNING, Ordering::Relaxed);
    }

    /// Whether the fiber waits for a wake-up that nobody has promised yet: a look, not synchronised.
    pub fn is_waiting(&self) -> bool {
        // ORDER: Relaxed; a hint.
        matches!(self.word.load(Ordering::Relaxed) & STATE & !PINNED, PREPARING | WAITING)
    }
}
