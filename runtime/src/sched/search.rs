//! Finding work when a worker has none: searching, asking, sleeping.
//!
//! A worker looks around for a while, asks those who have private tasks for some, and sleeps at last, when it has asked
//! everybody: see `idle` and `demand`. Workers whose tasks are hardly worth taking are left alone for a while: see `appetite`.

use wyn_hot::ablation::{APPETITE, left_out};

use super::appetite::MOST;
use super::entry::Work;
use super::idle::Sleep;
use super::shared::Shared;
use super::worker::Worker;
use super::{Runtime, demand};
use crate::report;
use crate::sync::thread;
use crate::time;

/// Rounds of looking around before sleep.
const ROUNDS: u32 = 32;
/// The round from which on the pauses between two are as long as they get.
const LONG: u32 = 7;

impl Worker {
    /// The next work, or nothing when the program ends. Sleeps when there is none.
    pub(super) fn next_work(&mut self) -> Option<Work> {
        let runtime = self.shared.runtime();
        let workers = runtime.workers.len() as u32;
        let (mut searching, mut has_asked) = (false, false);
        loop {
            if runtime.is_shut_down() {
                return None;
            }
            if let Some(work) = self.pick().or_else(|| {
                self.taken.end(&runtime.workers);
                let first = if self.look_around(runtime) { 0 } else { LONG };
                searching = searching || runtime.idle.begin_search(workers);
                // Fibers that wait behind tiny tasks are not left there with them.
                let any_fibers = || runtime.workers.iter().any(|worker| worker.stealers.fibers() != 0);
                let once = !has_asked && self.all_are_left_alone(runtime) && !any_fibers();
                if searching { self.search(runtime, first, once) } else { None }
            }) {
                if searching && runtime.idle.end_search() {
                    runtime.notify();
                }
                return Some(work);
            }
            // While nobody else runs there is nothing to leave alone, and nobody of whom more would have to be asked later.
            let nobody_runs = runtime.idle.sleeping() + 1 >= workers;
            self.shared.ties.leave();
            let mail = || self.shared.ties.has_mail();
            let slept = runtime.idle.sleep(self.shared.index, searching, workers, mail, || {
                for other in self.others(runtime) {
                    if let Some(want) = self.wants_of(other, nobody_runs) {
                        other.request_publication(want);
                    }
                }
                runtime.has_work()
            });
            searching = true;
            if let Sleep::Wait { everybody } = slept {
                if everybody {
                    report::still::look(runtime);
                }
                has_asked = self.sleep(runtime, nobody_runs);
            }
            self.shared.ties.come_back();
        }
    }

    fn others<'a>(&self, runtime: &'a Runtime) -> impl Iterator<Item = &'a Shared> + use<'a> {
        let me = self.shared.index;
        runtime.workers.iter().filter(move |other| other.index != me)
    }

    /// How many tasks to ask another worker for, if any; whatever they are worth, if so told.
    fn wants_of(&self, other: &Shared, at_any_rate: bool) -> Option<u32> {
        // SAFETY: this worker runs.
        if unsafe { left_out(&raw const self.hot, APPETITE) } {
            return Some(MOST);
        }
        other.tasks_to_ask_for().or(at_any_rate.then_some(1))
    }

    /// Whether some workers have private tasks, all of which are left alone.
    fn all_are_left_alone(&self, runtime: &Runtime) -> bool {
        let now = time::ticks();
        let mut with_private = self.others(runtime).filter(|other| other.has_private()).peekable();
        with_private.peek().is_some() && with_private.all(|other| other.worth.is_left_alone(now))
    }

    /// Waits to be woken, for the next timer if nobody else does, or until somebody who is left alone may be asked, if nobody
    /// else does that. Whether that one was asked.
    fn sleep(&mut self, runtime: &Runtime, nobody_runs: bool) -> bool {
        let left = if nobody_runs { None } else { self.others(runtime).filter_map(Shared::left_for).min() };
        let pause = left.filter(|_| runtime.prober.begin());
        let keeper = runtime.timers.keeper.begin(self.shared.index);
        let timer = if keeper { runtime.timers.until_next() } else { None };
        let timeout = timer.into_iter().chain(pause).min();
        self.shared.signal.wait(timeout);
        // Counts as searching from here on, by its own doing or the waker's.
        runtime.idle.wake_self(self.shared.index);
        if keeper {
            runtime.timers.keeper.end();
            if !runtime.timers.is_empty() {
                runtime.monitor.arm_if_asleep(runtime);
            }
        }
        if pause.is_some() {
            runtime.prober.end();
            self.ask_the_busy(runtime);
        }
        pause.is_some()
    }

    /// Asks those who have private tasks. The worker counts as searching.
    fn ask_the_busy(&self, runtime: &Runtime) {
        demand::is_idle();
        for other in self.others(runtime).filter(|other| other.has_private()) {
            if let Some(want) = self.wants_of(other, false) {
                other.request_publication(want);
            }
        }
    }

    /// Looks at the other workers, in random order: for a while, in which it asks for tasks too, or once. The pauses between two
    /// looks grow with the rounds.
    fn search(&mut self, runtime: &Runtime, first: u32, once: bool) -> Option<Work> {
        if runtime.workers.len() == 1 {
            return None;
        }
        for round in first..first + ROUNDS {
            if let Some(work) = self.steal_tasks(runtime).or_else(|| self.steal_fibers(runtime)) {
                return Some(work);
            }
            if runtime.is_shut_down() {
                return None;
            }
            if !runtime.global.is_empty() || runtime.timers.is_due() {
                return self.pick();
            }
            if once {
                return self.steal_next(runtime, true);
            }
            if round == first {
                self.ask_the_busy(runtime);
            }
            for _ in 0..1 << round.min(LONG) {
                std::hint::spin_loop();
            }
        }
        thread::yield_now();
        self.steal_tasks(runtime).or_else(|| self.steal_next(runtime, true))
    }

    /// Takes tasks from another worker's queue.
    pub(super) fn steal_tasks(&mut self, runtime: &Runtime) -> Option<Work> {
        let workers = runtime.workers.len();
        let start = self.random() as usize % workers;
        for offset in 0..workers {
            let victim = &runtime.workers[(start + offset) % workers];
            if victim.index == self.shared.index {
                continue;
            }
            while let Some(entry) = victim.stealers.steal_tasks(&self.queue) {
                self.counts.steals += 1;
                self.taken.end(&runtime.workers);
                self.taken.begin(victim.index);
                if let Some(work) = self.accept(entry).or_else(|| self.pick_queue()) {
                    return Some(work);
                }
            }
        }
        None
    }

    /// A random number (Marsaglia's xorshift).
    pub(crate) fn random(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random
    }
}
