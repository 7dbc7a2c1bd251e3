//! Circles among some tasks while others go on, looked for now and then by the monitor.
//!
//! A *round* goes through all slots in steps, and copies what the tasks of parked fibers wait for. The copies are of
//! different moments, so a circle in them is only a hint. A while later it is looked at with all its fibers pinned at once: each in
//! the park that was seen, none told to stop, and none to be. A circle that is still there is one, and is told once. If no
//! task can go on, the program has ended meanwhile, with a report of all.
//!
//! A round begins when fibers have parked since the last one, not too soon after it, and so seldom that rounds take a
//! hundredth of a processor. A program in which nothing parks is not looked at.

use std::collections::HashSet;
use std::time::Duration;

use super::tasks::Tasks;
use super::{circles, text};
use crate::channel::parker::WaitFor;
use crate::fiber::FiberCell;
use crate::fiber::region::region;
use crate::sched::Runtime;
use crate::sched::word::Ticket;
use crate::sync::Ordering;
use crate::task::cancel;
use crate::time::now;

/// Slots in one step: some hundred microseconds.
const STEP: usize = 2048;
/// Nanoseconds from the end of a round to the next one.
const PAUSE: u64 = 500_000_000;
/// Nanoseconds from the end of a round to the second look at what it has found.
const SETTLED: u64 = 200_000_000;
/// A round is this fraction of the time, at most.
const SHARE: u64 = 100;

/// Circles that are told: a program that makes one for each request does not bury what else it says.
const MOST_TOLD: usize = 100;

/// What the monitor remembers of the search.
pub(crate) struct Watch {
    round: Option<Round>,
    /// How often fibers had parked when the last round began.
    parks: u64,
    /// When the next round may begin, or the last one's finds are looked at again.
    due: u64,
    /// How long after the last round the next one may begin.
    pause: u64,
    /// The fibers of each circle that the last round has found.
    found: Vec<Vec<Fiber>>,
    /// The fibers of circles that were told, each in its park.
    told: HashSet<Fiber>,
    /// How many circles were told.
    circles: usize,
}

/// A fiber in one of its parks.
type Fiber = (*mut FiberCell, Ticket);

/// A round under way.
struct Round {
    next_slot: usize,
    tasks: Tasks,
    took: u64,
}

impl Watch {
    pub(crate) fn new() -> Watch {
        Watch {
            round: None,
            parks: 0,
            due: 0,
            pause: PAUSE,
            found: Vec::new(),
            told: HashSet::new(),
            circles: 0,
        }
    }

    /// Whether a round is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.round.is_some()
    }

    /// How long nothing needs to be done here, if that is known: a program in which nobody runs and nobody has parked
    /// since the last round will say so when that changes.
    pub(crate) fn pause(&self, runtime: &Runtime) -> Option<Duration> {
        if runtime.parks() != self.parks || !self.found.is_empty() {
            return Some(Duration::from_nanos(self.due.saturating_sub(now())));
        }
        let idle = runtime.idle.sleeping() as usize == runtime.workers.len();
        (!idle).then_some(Duration::from_nanos(PAUSE))
    }

    /// Does a step of a round, if one is due.
    pub(crate) fn step(&mut self, runtime: &Runtime) {
        let begun = now();
        if !self.found.is_empty() {
            if begun >= self.due {
                self.tell();
                self.due = begun + self.pause;
            }
            return;
        }
        let mut round = match self.round.take() {
            Some(round) => round,
            None => {
                let parks = runtime.parks();
                if begun < self.due || parks == self.parks {
                    return;
                }
                self.parks = parks;
                Round { next_slot: 0, tasks: Tasks::default(), took: 0 }
            }
        };
        let mut looked = 0;
        let reporting = super::one_at_a_time();
        for cell in region().cells().skip(round.next_slot).take(STEP) {
            // SAFETY: of a slot that was handed out.
            unsafe { round.tasks.add_parked(cell, may_close_a_circle) };
            looked += 1;
        }
        drop(reporting);
        round.next_slot += looked;
        if looked < STEP {
            self.found = self.untold(&round.tasks);
            let end = now();
            round.took += end - begun;
            self.pause = PAUSE.max(round.took * SHARE);
            self.due = end + if self.found.is_empty() { self.pause } else { SETTLED };
            return;
        }
        round.took += now() - begun;
        self.round = Some(round);
    }

    /// The fibers of each circle that there seems to be and that was not told.
    fn untold(&self, tasks: &Tasks) -> Vec<Vec<Fiber>> {
        if self.circles == MOST_TOLD {
            return Vec::new();
        }
        let circles = circles::find(tasks).into_iter().map(|circle| {
            let mut fibers: Vec<Fiber> = circle.iter().filter_map(|task| tasks.list[*task].host).collect();
            fibers.sort_unstable_by_key(|(cell, _)| *cell);
            fibers.dedup();
            fibers
        });
        circles.filter(|fibers| !self.is_told(fibers)).collect()
    }

    fn is_told(&self, fibers: &[Fiber]) -> bool {
        fibers.iter().any(|fiber| self.told.contains(fiber))
    }

    /// Tells the circles that were found and are there.
    fn tell(&mut self) {
        for fibers in std::mem::take(&mut self.found) {
            if self.circles == MOST_TOLD || self.is_told(&fibers) {
                continue;
            }
            if let Some(text) = confirm(&fibers) {
                self.told.extend(fibers);
                self.circles += 1;
                crate::panic::write_stderr(&(text + "\n"));
            }
        }
    }
}

/// Whether what a fiber waits for may be part of a circle.
fn may_close_a_circle(wait: &WaitFor) -> bool {
    matches!(wait, WaitFor::Task(_) | WaitFor::Lock(_) | WaitFor::Nursery(_) | WaitFor::Spawn(_))
}

/// What there is to say of circles through these fibers, if there are any now.
fn confirm(fibers: &[Fiber]) -> Option<String> {
    let mut tasks = Tasks::default();
    {
        let _reporting = super::one_at_a_time();
        let pinned = Pinned::all(fibers)?;
        for (cell, ticket) in &pinned.0 {
            // SAFETY: pinned.
            unsafe { tasks.add_pinned(*cell, *ticket) };
        }
    }
    let circles = circles::find(&tasks);
    let heading = "deadlock: some tasks wait for each other, while others go on";
    (!circles.is_empty()).then(|| text::report(heading, &tasks, &circles))
}

/// Fibers that are pinned, all at once, until this is dropped.
struct Pinned(Vec<Fiber>);

impl Pinned {
    /// Nothing if one of them is not in its park any more, or was told to stop, or will be by a deadline.
    fn all(fibers: &[Fiber]) -> Option<Pinned> {
        let mut pinned = Pinned(Vec::new());
        for (cell, ticket) in fibers {
            // SAFETY: cells are never unmapped.
            unsafe {
                let now = (**cell).word.pin()?;
                pinned.0.push((*cell, now));
                // ORDER: Relaxed; a request that is missed here came at the same moment.
                if now != *ticket || (**cell).hot.cancel_pending.load(Ordering::Relaxed) != 0 {
                    return None;
                }
                if cancel::has_deadline(*cell) {
                    return None;
                }
            }
        }
        Some(pinned)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        for (cell, _) in &self.0 {
            // SAFETY: pinned by `all`.
            unsafe { (**cell).word.unpin() }
        }
    }
}
