//! How many tasks a worker without work asks for, and when it had better not.
//!
//! Taking a task that does next to nothing costs more than it gains: its record goes from one processor's cache to
//! another's and back. So a worker is asked for one task at first; whoever takes some measures them, and adds what it has
//! found to what is known of the worker that it took them from ([`Worth`]). From then on all ask that one for as many as bring
//! each a share of time; or, where tasks are tiny, leave them to their spawner for a while, after which one of them
//! asks again.
//!
//! *What is left alone is not forgotten.* Who goes to sleep beside a worker that is left alone sleeps no longer than that holds,
//! unless another does so already ([`Prober`]), or the worker has not answered the last request. Who is woken for something
//! else meanwhile is the last one to search, and so wakes another; or there are others who search, and go to sleep later.

use std::time::Duration;

use super::shared::Shared;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::time::ticks;

/// Tasks that are asked for at most.
pub(super) const MOST: u32 = 512;
/// Tasks after which they are judged.
const JUDGED: u64 = 16;
/// Tasks that are asked for at most while all that were taken have parked, so that nobody knows what they take: as many as are
/// taken at a time. Tasks that wait for each other mostly lie side by side, and so come to one worker.
const UNKNOWN: u32 = 32;
/// Ticks of its own below which a task was not worth taking, some 170 ns. Tasks that one task spawned and awaited in order took
/// as long when another worker took its share of them as without it, at 300 cycles of work each; four fifths at 500; and
/// two thirds at 1,000.
const TINY: u64 = 400;
/// Ticks of work that one request is to bring, some 400 µs. (What others have not begun, its spawner may take back.)
const SHARE: u64 = 920_000;
/// Ticks for which tiny tasks are left to their spawner, at first and at most: some 1 and 8 ms.
const PAUSE: (u64, u64) = (1000 * TICKS_IN_A_MICROSECOND, 8000 * TICKS_IN_A_MICROSECOND);
/// Under shuttle there is one clock, which counts nanoseconds too.
const TICKS_IN_A_MICROSECOND: u64 = if cfg!(wyn_shuttle) { 1000 } else { 2300 };

/// How many tasks for so many askers.
pub(crate) fn for_all(wanted: u32, askers: u32) -> usize {
    wanted.saturating_mul(askers.max(1)).min(MOST) as usize
}

/// What others have learnt from the tasks that they took from a worker. All of it is a guess, which several may change at once.
#[repr(align(128))]
pub(crate) struct Worth {
    /// How many tasks to ask for.
    want: AtomicU32,
    /// Tasks that were measured and not judged, and the ticks that they took.
    tasks: AtomicU64,
    ticks: AtomicU64,
    /// Until when the worker is left alone; 0 when its tasks are worth taking, as far as anybody knows.
    left_until: AtomicU64,
    /// When its tasks were found to be tiny the last time, for how many ticks it was left alone then (0 when they were worth
    /// taking since), and what it had got done.
    judged: AtomicU64,
    pause: AtomicU64,
    begun: AtomicU64,
}

impl Worth {
    pub(crate) fn new() -> Worth {
        Worth {
            want: AtomicU32::new(1),
            tasks: AtomicU64::new(0),
            ticks: AtomicU64::new(0),
            left_until: AtomicU64::new(0),
            judged: AtomicU64::new(0),
            pause: AtomicU64::new(0),
            begun: AtomicU64::new(0),
        }
    }

    /// Tasks of the worker have taken so many ticks; it had got so much done by now.
    fn learn(&self, tasks: u64, ticks: u64, begun: u64, now: u64) {
        // ORDER: Relaxed, all; guesses, which guard nothing.
        let tasks = tasks + self.tasks.fetch_add(tasks, Ordering::Relaxed);
        let ticks = ticks.saturating_add(self.ticks.fetch_add(ticks, Ordering::Relaxed));
        let want = self.want.load(Ordering::Relaxed);
        let may_be_tiny = ticks < tasks.max(JUDGED) * TINY;
        if tasks < JUDGED && may_be_tiny {
            // Too few to tell.
            let more = (2 * want).min(JUDGED as u32).max(want);
            return self.want.store(more, Ordering::Relaxed);
        }
        self.tasks.store(0, Ordering::Relaxed);
        self.ticks.store(0, Ordering::Relaxed);
        if !may_be_tiny {
            let share = u32::try_from(SHARE / (ticks / tasks)).unwrap_or(MOST);
            self.want.store(share.clamp(1, (2 * want).min(MOST)), Ordering::Relaxed);
            self.pause.store(0, Ordering::Relaxed);
            self.left_until.store(0, Ordering::Relaxed);
            return;
        }
        let pause = self.pause.load(Ordering::Relaxed);
        // Others may have taken some before it was judged.
        if now.wrapping_sub(self.judged.load(Ordering::Relaxed)) >= pause {
            let pause = (2 * pause).clamp(PAUSE.0, PAUSE.1);
            self.want.store(JUDGED as u32, Ordering::Relaxed);
            self.judged.store(now, Ordering::Relaxed);
            self.pause.store(pause, Ordering::Relaxed);
            self.begun.store(begun, Ordering::Relaxed);
            self.left_until.store(now + pause, Ordering::Relaxed);
        }
    }

    /// Tasks were taken, and all of them have parked.
    fn learn_nothing(&self) {
        // ORDER: Relaxed, both; guesses.
        let want = self.want.load(Ordering::Relaxed);
        self.want.store((2 * want).min(UNKNOWN).max(want), Ordering::Relaxed);
    }

    /// How many tasks to ask for, now that the worker has got so much done; none while it is left alone. When that is over,
    /// one may ask, and whoever comes after it waits for what that one finds. A worker that has begun next to nothing
    /// meanwhile is busy with something else: so all its tasks wait, and some that are worth it may be behind those that are not.
    fn want(&self, begun: u64, now: u64) -> Option<u32> {
        // ORDER: Relaxed, all; the exchange decides who asks, which is all that it does.
        let until = self.left_until.load(Ordering::Relaxed);
        if until == 0 {
            return Some(self.want.load(Ordering::Relaxed));
        }
        let again = now + self.pause.load(Ordering::Relaxed);
        let is_first = until <= now
            && self.left_until.compare_exchange(until, again, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        let stands_still = begun.wrapping_sub(self.begun.load(Ordering::Relaxed)) < JUDGED;
        is_first.then(|| if stands_still { MOST } else { self.want.load(Ordering::Relaxed) })
    }

    /// Whether the worker's tasks are left to it.
    pub(crate) fn is_left_alone(&self, now: u64) -> bool {
        // ORDER: Relaxed; a guess.
        self.left_until.load(Ordering::Relaxed) > now
    }

    /// In how long somebody may ask again, if tasks are left to the worker. If that time has come since the caller looked, and so did
    /// not ask, it comes back at once.
    fn left_for(&self, now: u64) -> Option<Duration> {
        // ORDER: Relaxed; a guess.
        let until = self.left_until.load(Ordering::Relaxed);
        (until != 0).then(|| Duration::from_micros(until.saturating_sub(now) / TICKS_IN_A_MICROSECOND + 1))
    }
}

impl Shared {
    /// How many tasks to ask for, if any.
    pub(super) fn tasks_to_ask_for(&self) -> Option<u32> {
        self.worth.want(self.begun(), ticks())
    }

    /// In how long the worker may be asked again, if it is left alone and has answered the last request. (If it has not, its
    /// next spawn does.)
    pub(super) fn left_for(&self) -> Option<Duration> {
        self.worth.left_for(ticks()).filter(|_| !self.is_asked())
    }
}

/// Somebody sleeps until a worker that is left alone may be asked again.
pub(crate) struct Prober(AtomicBool);

impl Prober {
    pub(crate) fn nobody() -> Prober {
        Prober(AtomicBool::new(false))
    }

    /// Whether the caller is the one.
    #[must_use]
    pub(super) fn begin(&self) -> bool {
        // ORDER: Relaxed, both; that there is one saves wake-ups, and guards nothing.
        !self.0.load(Ordering::Relaxed) && !self.0.swap(true, Ordering::Relaxed)
    }

    /// It is awake.
    pub(super) fn end(&self) {
        // ORDER: Relaxed; as above. Whoever was not let in meanwhile has left what is due to this one, which looks now.
        self.0.store(false, Ordering::Relaxed);
    }
}

/// What a worker has taken from another, and not come to the end of.
pub(crate) struct Taken {
    from: Option<u32>,
    /// Tasks that were measured, and what they took.
    tasks: u64,
    ticks: u64,
}

impl Taken {
    pub(crate) fn nothing() -> Taken {
        Taken { from: None, tasks: 0, ticks: 0 }
    }

    /// Tasks were taken from this worker.
    pub(super) fn begin(&mut self, from: u32) {
        *self = Taken { from: Some(from), ..Taken::nothing() };
    }

    /// Whether the next task is to be measured.
    #[inline]
    pub(crate) fn measures(&self) -> bool {
        self.from.is_some() && self.tasks < JUDGED
    }

    /// A task took so many ticks from its beginning to its end. None, when somebody else had begun it.
    pub(crate) fn took(&mut self, ticks: u64) {
        self.tasks += 1;
        self.ticks = self.ticks.saturating_add(ticks);
    }

    /// There is nothing left to do: tells what was.
    pub(super) fn end(&mut self, workers: &[Shared]) {
        let Taken { from, tasks, ticks } = std::mem::replace(self, Taken::nothing());
        let Some(from) = from.map(|from| &workers[from as usize]) else { return };
        if tasks == 0 {
            from.worth.learn_nothing();
        } else {
            from.worth.learn(tasks, ticks, from.begun(), crate::time::ticks());
        }
    }
}

#[cfg(all(test, not(wyn_loom)))]
mod tests {
    use super::*;

    const MS: u64 = PAUSE.0;

    /// Takes what it asks for, at so many ticks a task, `times` times; the spawner gets on meanwhile. Gives how long it was left
    /// alone, in milliseconds.
    fn takes(worth: &Worth, now: &mut u64, each: u64, times: usize) -> Vec<u64> {
        let mut pauses = Vec::new();
        for _ in 0..times {
            let Some(want) = worth.want(*now, *now) else { panic!("asked too early") };
            let measured = u64::from(want).min(JUDGED);
            *now += 1000 + each * u64::from(want);
            worth.learn(measured, measured * each, *now, *now);
            if let Some(left) = worth.left_for(*now) {
                pauses.push(left.as_micros() as u64 / 1000);
                assert_eq!(worth.want(*now, *now), None);
                *now = worth.left_until.load(Ordering::Relaxed);
            }
        }
        pauses
    }

    #[test]
    fn tiny_tasks_are_left_alone_for_longer_and_longer() {
        let (worth, mut now) = (Worth::new(), 1);
        let mut pauses = Vec::new();
        while pauses.len() < 5 {
            pauses.extend(takes(&worth, &mut now, 100, 1));
            now += 20 * MS;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 8]);
        assert_eq!(takes(&worth, &mut now, 100_000, 1), []);
        assert_eq!(takes(&worth, &mut now, 100, 9)[0], 1);
    }

    #[test]
    fn what_is_asked_for_is_a_share_of_time() {
        let (worth, mut now) = (Worth::new(), 1);
        let wants = |want| worth.want(0, 0) == Some(want);
        assert_eq!(takes(&worth, &mut now, 9_200, 20), []);
        assert!(wants(100));
        assert_eq!(takes(&worth, &mut now, 1_000_000, 3), []);
        assert!(wants(1));
        assert_eq!(takes(&worth, &mut now, 2_300, 20), []);
        assert!(wants(400));
    }

    #[test]
    fn a_few_tasks_tell_nothing_unless_they_are_long() {
        let worth = Worth::new();
        worth.learn(1, 100, 0, 1);
        assert_eq!(worth.want(0, 1), Some(2));
        worth.learn(1, 100, 0, 1);
        assert_eq!(worth.want(0, 1), Some(4));
        worth.learn(1, SHARE / 8, 0, 1);
        assert_eq!(worth.want(0, 1), Some(8));
    }

    #[test]
    fn of_tasks_that_park_more_are_asked() {
        let worth = Worth::new();
        (0..20).for_each(|_| worth.learn_nothing());
        assert_eq!(worth.want(0, 1), Some(UNKNOWN));
        worth.learn(1, SHARE / 50, 0, 1);
        worth.learn_nothing();
        assert_eq!(worth.want(0, 1), Some(50));
    }

    #[test]
    fn what_several_have_taken_is_judged_together() {
        let worth = Worth::new();
        (0..JUDGED).for_each(|_| worth.learn(1, 100, 0, 1));
        assert!(worth.is_left_alone(1) && !worth.is_left_alone(1 + MS));
        // Whoever had taken some as well makes it no longer.
        worth.learn(JUDGED, JUDGED, 0, 1);
        assert!(!worth.is_left_alone(1 + MS));
    }

    #[test]
    fn who_came_a_little_too_early_comes_back() {
        let worth = Worth::new();
        assert_eq!(worth.left_for(MS), None);
        worth.learn(JUDGED, JUDGED, 0, 1);
        assert_eq!(worth.want(1000, MS), None);
        assert_eq!(worth.left_for(2 * MS), Some(Duration::from_micros(1)));
    }

    #[test]
    fn one_asks_again() {
        let worth = Worth::new();
        worth.learn(JUDGED, JUDGED, 0, 1);
        assert_eq!(worth.want(1000, MS), None);
        assert_eq!(worth.want(1000, 1 + MS), Some(JUDGED as u32));
        assert_eq!(worth.want(1000, 1 + MS), None);
        // What came of it was lost.
        assert_eq!(worth.want(1000, 1 + 2 * MS), Some(JUDGED as u32));
    }

    #[test]
    fn of_a_worker_that_stands_still_more_is_asked() {
        let worth = Worth::new();
        worth.learn(JUDGED, JUDGED, 1000, 1);
        assert_eq!(worth.want(1000 + JUDGED - 1, 1 + MS), Some(MOST));
    }

    #[test]
    fn tasks_that_others_have_begun_are_tiny() {
        let (worth, mut taken) = (Worth::new(), Taken::nothing());
        assert!(!taken.measures());
        taken.begin(0);
        (0..JUDGED).for_each(|_| taken.took(0));
        assert!(!taken.measures());
        worth.learn(taken.tasks, taken.ticks, 0, 1);
        assert!(worth.is_left_alone(1));
    }
}
