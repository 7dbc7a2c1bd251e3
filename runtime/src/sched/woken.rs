//! Taking woken fibers from other workers.
//!
//! A woken fiber shares what it works on with its waker, and comes to its turn soon where fibers do not run for long. To take it
//! to another worker costs more than many a turn, and more still if the two go on to work on the same channels: then two
//! workers get less done than one. Or each goes its way, and they get done twice as much. So a worker that has nothing to do
//!
//! * takes fibers from a worker that does not come to them ([`Seen`]), and looks less often while there are some and it does: a look
//!   costs the one that works two cache misses;
//! * waits longer for such a worker when what it took last had to go back, because what it works on is used there
//!   (`channel::lock`);
//! * takes them from any other once in a while, compares how fast fibers took turns before with how fast they do until it has
//!   nothing to do again, and lets that decide when to do so the next time ([`Patience`]).

use super::entry::Work;
use super::run_next::resumed;
use super::shared::Shared;
use super::worker::Worker;
use super::{Runtime, demand};
use crate::time;

/// Ticks in which a worker is to come to a woken fiber, else another takes it; and the fewest for which what was taken has to
/// keep its new worker busy.
const AGE: u64 = 12_000;
/// The most ticks between two looks at workers that come to their fibers.
const MOST_AGE: u64 = 4 * AGE;
/// The most ticks in which a worker is to come to a woken fiber: when what was taken had to go back each time.
const MOST_WAIT: u64 = 3_000_000;
/// The most ticks between two steals from workers that come to their fibers.
const MOST_PATIENCE: u64 = 20_000_000;
/// By how much more turns must be taken if it was worth it.
const GAIN: f64 = 1.125;

/// Where the workers were at the last look.
pub(super) struct Seen {
    /// Each worker's turn, and how many fibers waited in its queue.
    workers: Vec<(u64, usize)>,
    at: u64,
    /// How many ticks ago that has to be to say anything.
    age: u64,
}

impl Seen {
    pub(super) fn new() -> Seen {
        Seen { workers: Vec::new(), at: 0, age: AGE }
    }

    /// Looks anew; the next look comes soon.
    pub(super) fn look(&mut self, workers: &[Shared]) {
        self.age = AGE;
        self.note(workers);
    }

    /// Looks again; the next look comes later than this one did.
    fn look_again(&mut self, workers: &[Shared]) {
        self.age = (2 * self.age).min(MOST_AGE);
        self.note(workers);
    }

    fn note(&mut self, workers: &[Shared]) {
        self.workers.clear();
        self.workers.extend(workers.iter().map(|worker| (worker.turn(), worker.stealers.fibers())));
        self.at = time::ticks();
    }

    /// Whether the look is long enough ago to say anything.
    fn is_old(&self) -> bool {
        self.is_older_than(self.age)
    }

    /// Whether it is longer ago than so many ticks.
    fn is_older_than(&self, ticks: u64) -> bool {
        time::ticks().wrapping_sub(self.at) >= ticks
    }

    /// Whether the worker has not come to all the fibers that waited in its queue.
    fn keeps_waiting(&self, worker: &Shared) -> bool {
        let (turn, waiting) = self.workers[worker.index as usize];
        worker.turn().wrapping_sub(turn) < waiting as u64
    }

    /// Whether the worker runs what it ran then; false of one that was not looked at.
    fn stands_still(&self, worker: &Shared) -> bool {
        self.workers.get(worker.index as usize).is_some_and(|seen| seen.0 == worker.turn())
    }
}

/// How long a worker has nothing to do before it takes fibers from one that comes to them.
pub(super) struct Patience {
    ticks: u64,
    /// Since when the worker has had nothing to do; its own turn and everybody's then.
    since: u64,
    turn: u64,
    turns: Vec<u64>,
    taken: Option<Taken>,
    /// In how many ticks a worker is to come to a woken fiber.
    age: u64,
    /// Fibers were taken; and since then, one was sent to where what it works on is used.
    has_taken: bool,
    has_sent: bool,
}

/// Fibers were taken.
struct Taken {
    from: u32,
    at: u64,
    /// How many turns the two workers had taken together.
    turns: u64,
    /// How many turns the other one took in a tick before.
    pace: f64,
}

impl Patience {
    pub(super) fn new() -> Patience {
        Patience {
            ticks: AGE,
            since: 0,
            turn: u64::MAX,
            turns: Vec::new(),
            taken: None,
            age: AGE,
            has_taken: false,
            has_sent: false,
        }
    }

    /// The worker has nothing to do. Whether that is news.
    fn begin(&mut self, workers: &[Shared], own: &Shared) -> bool {
        if self.turn == own.turn() {
            return false;
        }
        self.since = time::ticks();
        self.turn = own.turn();
        self.turns.clear();
        self.turns.extend(workers.iter().map(Shared::turn));
        true
    }

    fn is_over(&self) -> bool {
        time::ticks().wrapping_sub(self.since) >= self.ticks
    }

    fn took(&mut self, from: &Shared, own: &Shared) {
        let at = time::ticks();
        let turns = from.turn().wrapping_sub(self.turns[from.index as usize]);
        let pace = turns as f64 / at.wrapping_sub(self.since) as f64;
        self.taken = Some(Taken { from: from.index, at, turns: from.turn() + own.turn(), pace });
    }

    /// A fiber was sent to where what it works on is used.
    pub(super) fn sent(&mut self) {
        self.has_sent = true;
    }

    /// What was taken is done.
    fn ended(&mut self, workers: &[Shared], own: &Shared) {
        let went_back = std::mem::take(&mut self.has_sent);
        if std::mem::take(&mut self.has_taken) {
            self.age = if went_back { self.age * 2 } else { self.age / 2 }.clamp(AGE, MOST_WAIT);
        }
        let Some(taken) = self.taken.take() else { return };
        let ticks = time::ticks().wrapping_sub(taken.at);
        let turns = (workers[taken.from as usize].turn() + own.turn()).wrapping_sub(taken.turns);
        self.ticks = learnt(self.ticks, taken.pace, turns, ticks);
    }
}

/// The patience after so many turns in so many ticks, where one worker alone took so many turns in a tick.
fn learnt(patience: u64, pace: f64, turns: u64, ticks: u64) -> u64 {
    let was_worth_it = ticks >= AGE && turns as f64 > pace * ticks as f64 * GAIN;
    (if was_worth_it { patience / 4 } else { patience * 2 }).clamp(AGE, MOST_PATIENCE)
}

impl Worker {
    /// The worker has nothing to do: notes where the others are. Whether it is news that it has nothing to do.
    pub(super) fn look_around(&mut self, runtime: &Runtime) -> bool {
        self.patience.ended(&runtime.workers, self.shared);
        let news = self.patience.begin(&runtime.workers, self.shared);
        if news {
            self.seen.look(&runtime.workers);
        }
        news
    }

    /// All workers, beginning with any of them.
    fn in_some_order<'a>(&mut self, runtime: &'a Runtime) -> impl Iterator<Item = &'a Shared> + use<'a> {
        let (before, from) = runtime.workers.split_at(self.random() as usize % runtime.workers.len());
        from.iter().chain(before)
    }

    /// Takes woken fibers from another worker's queue, whether or not it comes to them.
    pub(super) fn steal_any_fibers(&mut self, runtime: &Runtime) -> Option<Work> {
        let me = self.shared.index;
        let mut others = self.in_some_order(runtime).filter(|other| other.index != me);
        let entry = others.find_map(|other| other.stealers.steal_fibers(&self.queue))?;
        self.counts.steals += 1;
        Some(entry.decode())
    }

    /// Takes woken fibers from another worker's queue: one that does not come to them, or any if patience is over. The worker
    /// has looked around.
    pub(super) fn steal_fibers(&mut self, runtime: &Runtime) -> Option<Work> {
        let is_patient = !self.patience.is_over();
        if is_patient && !(self.seen.is_old() && self.seen.is_older_than(self.patience.age)) {
            return None;
        }
        let me = self.shared.index;
        let others = self.in_some_order(runtime).filter(|other| other.index != me);
        let mut full = others.filter(|other| other.stealers.fibers() != 0).peekable();
        if full.peek().is_none() {
            self.seen.look(&runtime.workers);
            return None;
        }
        for victim in full {
            let keeps_waiting = self.seen.keeps_waiting(victim);
            if is_patient && !keeps_waiting {
                continue;
            }
            if let Some(entry) = victim.stealers.steal_fibers(&self.queue) {
                self.counts.steals += 1;
                self.patience.has_taken = true;
                // Who is found not to come to his fibers was looked at for too short a time to be compared with.
                if !keeps_waiting {
                    self.patience.took(victim, self.shared);
                }
                return Some(entry.decode());
            }
        }
        self.seen.look_again(&runtime.workers);
        None
    }

    /// Takes what is to run next on a worker that does not come to it, or was sent there: waits to see who does not.
    /// If it `asks`, the worker counts as one that searches, and asks for the fibers that are bound there.
    pub(super) fn steal_next(&mut self, runtime: &Runtime, asks: bool) -> Option<Work> {
        let me = self.shared.index;
        let waits =
            |other: &Shared| !other.next.is_empty() || other.ties.has_mail() || asks && other.ties.any_wait();
        let others = || runtime.workers.iter().filter(|other| other.index != me && waits(other));
        others().next()?;
        self.seen_next.look(&runtime.workers);
        while !self.seen_next.is_old() {
            std::hint::spin_loop();
        }
        // What goes back as soon as it was taken is left there for longer.
        let age = self.patience.age;
        let is_patient = age > AGE;
        for victim in others().filter(|other| self.seen_next.stands_still(other)) {
            if asks && victim.ties.any_bound() {
                demand::is_idle();
                victim.request_release();
            }
            if let Some(work) = resumed(victim.next.steal()) {
                self.counts.steals += 1;
                return Some(work);
            }
            if (!is_patient || self.seen_sent.is_older_than(age) && self.seen_sent.stands_still(victim))
                && let Some(work) = victim.ties.steal_sent()
            {
                self.counts.steals += 1;
                self.patience.has_taken = true;
                return Some(work);
            }
        }
        if is_patient && self.seen_sent.is_older_than(age) {
            self.seen_sent.look(&runtime.workers);
        }
        None
    }
}

#[cfg(all(test, not(wyn_loom), not(wyn_shuttle)))]
mod tests {
    use super::{AGE, MOST_AGE, MOST_PATIENCE, Seen, learnt};

    #[test]
    fn looks_come_later_while_nothing_is_worth_taking() {
        let mut seen = Seen::new();
        seen.look_again(&[]);
        assert_eq!(seen.age, 2 * AGE);
        for _ in 0..20 {
            seen.look_again(&[]);
        }
        assert_eq!(seen.age, MOST_AGE);
        seen.look(&[]);
        assert_eq!(seen.age, AGE);
    }

    #[test]
    fn patience_grows_while_two_get_less_done_than_one() {
        let mut patience = AGE;
        for _ in 0..20 {
            patience = learnt(patience, 0.001, 100, 200_000);
        }
        assert_eq!(patience, MOST_PATIENCE);
    }

    #[test]
    fn patience_shrinks_while_two_get_more_done_than_one() {
        let mut patience = MOST_PATIENCE;
        for _ in 0..20 {
            patience = learnt(patience, 0.001, 380, 200_000);
        }
        assert_eq!(patience, AGE);
    }

    #[test]
    fn what_is_done_at_once_was_not_worth_it() {
        assert_eq!(learnt(AGE, 0.001, 1000, AGE - 1), 2 * AGE);
        // A worker that did not come to anything loses nothing.
        assert_eq!(learnt(8 * AGE, 0.0, 1, AGE), 2 * AGE);
    }
}
