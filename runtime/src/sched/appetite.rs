//! How many tasks a worker without work asks for, and when it had better not.
//!
//! Taking a task that does next to nothing costs more than it gains: its record goes from one processor's cache to
//! another's and back. So a worker asks for one task at first, measures the first ones that it gets, and then asks for as
//! many as bring it a share of time; tiny tasks it leaves to their spawner for a while.

use std::time::Duration;

use super::shared::Shared;

/// Tasks that are asked for at most.
const MOST: u32 = 512;
/// Tasks after which they are judged.
const JUDGED: u64 = 16;
/// Ticks of its own below which a task was not worth taking, some 170 ns. Tasks that one task spawns and awaits in order took
/// as long when another worker took its share of them as without it, at 300 cycles of work each; four fifths at 500; and
/// two thirds at 1,000.
const TINY: u64 = 400;
/// Ticks of work that one request is to bring, some 400 µs. (What others have not begun, its spawner may take back.)
const SHARE: u64 = 920_000;
/// How long a worker leaves tiny tasks to their spawner, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(8));

/// How many tasks for so many askers.
pub(crate) fn for_all(wanted: u32, askers: u32) -> usize {
    wanted.saturating_mul(askers.max(1)).min(MOST) as usize
}

/// What a worker has learnt from the tasks that it took.
pub(crate) struct Appetite {
    want: u32,
    /// It has found work after a search, and not come to the end of it.
    eats: bool,
    /// Tasks that were measured and not judged, and what they took.
    tasks: u64,
    ticks: u64,
    /// The last pause.
    pause: Duration,
    /// A pause that is to come.
    due: Option<Duration>,
    /// What the workers had got done when this one began to pause.
    progress: Vec<u64>,
}

impl Appetite {
    pub(crate) fn new() -> Appetite {
        Appetite {
            want: 1,
            eats: false,
            tasks: 0,
            ticks: 0,
            pause: Duration::ZERO,
            due: None,
            progress: Vec::new(),
        }
    }

    /// How many tasks to ask for.
    pub(crate) fn want(&self) -> u32 {
        self.want
    }

    /// Forgets what was learnt, and asks for as many as there may be.
    pub(crate) fn spoil(&mut self) {
        *self = Appetite { want: MOST, ..Appetite::new() };
    }

    /// Work was found after a search.
    pub(crate) fn found(&mut self) {
        self.eats = true;
    }

    /// Whether the next task is to be measured.
    #[inline]
    pub(crate) fn measures(&self) -> bool {
        self.eats && self.tasks < JUDGED
    }

    /// A task took so many ticks from its beginning to its end. None, when somebody else had begun it.
    pub(crate) fn took(&mut self, ticks: u64) {
        self.tasks += 1;
        self.ticks = self.ticks.saturating_add(ticks);
    }

    /// There is nothing left to do: judges what was. Gives how long to leave the rest to others, if it was tiny and there has
    /// been no pause since.
    pub(crate) fn ended(&mut self) -> Option<Duration> {
        if !std::mem::take(&mut self.eats) || self.tasks == 0 {
            return self.due;
        }
        if self.tasks < JUDGED && self.ticks < JUDGED * TINY {
            // Too few to tell.
            if self.due.is_none() {
                self.want = self.want.max((2 * self.want).min(JUDGED as u32));
            }
            return self.due;
        }
        let each = std::mem::take(&mut self.ticks) / std::mem::take(&mut self.tasks);
        if each >= TINY {
            self.want = u32::try_from(SHARE / each).unwrap_or(MOST).clamp(1, (2 * self.want).min(MOST));
            self.pause = Duration::ZERO;
            self.due = None;
        } else if self.due.is_none() {
            self.want = 1;
            self.pause = (2 * self.pause).clamp(PAUSE.0, PAUSE.1);
            self.due = Some(self.pause);
        }
        self.due
    }

    /// Before a pause: remembers how far the others are.
    pub(crate) fn begin_pause(&mut self, workers: &[Shared]) {
        self.due = None;
        self.progress.clear();
        self.progress.extend(workers.iter().map(Shared::begun));
    }

    /// After a pause: how much to ask of this worker. One that has begun next to nothing meanwhile is busy with something
    /// else, so all its tasks wait, and some that are worth it may be behind those that are not.
    pub(crate) fn want_after_pause(&self, worker: &Shared) -> u32 {
        match self.progress.get(worker.index as usize) {
            Some(before) if worker.begun().wrapping_sub(*before) < JUDGED => MOST,
            _ => self.want,
        }
    }
}

#[cfg(all(test, not(wyn_loom)))]
mod tests {
    use super::*;

    /// Takes what it asks for, at so many ticks a task, `times` times. Gives the pauses.
    fn takes(appetite: &mut Appetite, each: u64, times: usize) -> Vec<Duration> {
        let mut pauses = Vec::new();
        for _ in 0..times {
            appetite.found();
            for _ in 0..appetite.want() {
                if appetite.measures() {
                    appetite.took(each);
                }
            }
            if let Some(pause) = appetite.ended() {
                pauses.push(pause);
                appetite.begin_pause(&[]);
            }
        }
        pauses
    }

    #[test]
    fn tiny_tasks_are_left_alone_for_longer_and_longer() {
        let mut appetite = Appetite::new();
        let pauses = takes(&mut appetite, 100, 60);
        assert_eq!(pauses[..4].iter().map(Duration::as_millis).collect::<Vec<_>>(), [1, 2, 4, 8]);
        assert_eq!(pauses.last(), Some(&Duration::from_millis(8)));
        assert_eq!(takes(&mut appetite, 100_000, 1), []);
        assert_eq!(takes(&mut appetite, 100, 9)[0], Duration::from_millis(1));
    }

    #[test]
    fn what_is_asked_for_is_a_share_of_time() {
        let mut appetite = Appetite::new();
        assert_eq!(takes(&mut appetite, 9_200, 20), []);
        assert_eq!(appetite.want(), 100);
        assert_eq!(takes(&mut appetite, 1_000_000, 3), []);
        assert_eq!(appetite.want(), 1);
        assert_eq!(takes(&mut appetite, 2_300, 20), []);
        assert_eq!(appetite.want(), 400);
    }

    #[test]
    fn a_few_at_a_time_do_not_spoil_the_appetite() {
        let mut appetite = Appetite::new();
        assert_eq!(takes(&mut appetite, 9_200, 20), []);
        for _ in 0..3 {
            appetite.found();
            appetite.took(9_200);
            assert_eq!(appetite.ended(), None);
        }
        assert_eq!(appetite.want(), 100);
    }

    #[test]
    fn work_that_is_no_task_is_not_judged() {
        let mut appetite = Appetite::new();
        appetite.found();
        assert_eq!(appetite.ended(), None);
        assert_eq!(appetite.want(), 1);
        assert!(!appetite.measures());
    }

    #[test]
    fn a_pause_that_is_due_stays_so_while_there_is_work_at_hand() {
        let mut appetite = Appetite::new();
        for _ in 0..4 {
            appetite.found();
            (0..16).for_each(|_| appetite.took(20));
            assert_eq!(appetite.ended(), Some(PAUSE.0));
        }
        appetite.found();
        appetite.took(1_000_000);
        assert_eq!(appetite.ended(), None);
    }

    #[test]
    fn tasks_that_others_have_begun_are_tiny() {
        let mut appetite = Appetite::new();
        let pauses = takes(&mut appetite, 0, 5);
        assert_eq!(pauses, [PAUSE.0]);
    }
}
