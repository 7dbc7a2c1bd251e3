//! Finding work when a worker has none: searching, asking, sleeping.
//!
//! A worker looks around for a while, asks those who have private tasks for some, and sleeps at last, when it has asked
//! everybody: see `idle` and `demand`. One whose last tasks were hardly worth taking leaves the next ones to their
//! spawner for a while, and does not ask.

use std::time::Duration;

use wyn_hot::ablation::{APPETITE, left_out};

use super::entry::Work;
use super::idle::Sleep;
use super::shared::Shared;
use super::worker::Worker;
use super::{Runtime, demand};
use crate::report;
use crate::sync::thread;

/// Rounds of looking around before sleep.
const ROUNDS: u32 = 32;
/// The round from which on the pauses between two are as long as they get.
const LONG: u32 = 7;

impl Worker {
    /// The next work, or nothing when the program ends. Sleeps when there is none.
    pub(super) fn next_work(&mut self) -> Option<Work> {
        let runtime = self.shared.runtime();
        let workers = runtime.workers.len() as u32;
        let mut searching = false;
        loop {
            if runtime.is_shut_down() {
                return None;
            }
            let mut pause = None;
            if let Some(work) = self.pick().or_else(|| {
                pause = self.appetite.ended();
                let first = if self.look_around(runtime) { 0 } else { LONG };
                // SAFETY: this worker runs.
                if unsafe { left_out(&raw const self.hot, APPETITE) } {
                    pause = None;
                    self.appetite.spoil();
                }
                searching = searching || runtime.idle.begin_search(workers);
                if searching { self.search(runtime, first, pause.is_some()) } else { None }
            }) {
                if searching {
                    if runtime.idle.end_search() {
                        runtime.notify();
                    }
                    self.appetite.found();
                }
                return Some(work);
            }
            // While nobody else runs there is nothing to leave alone, and nobody to whom a request would have to be made
            // later.
            if pause.is_some() && runtime.idle.sleeping() + 1 >= workers {
                pause = None;
            }
            self.shared.ties.leave();
            let mail = || self.shared.ties.has_mail();
            let slept = runtime.idle.sleep(self.shared.index, searching, workers, mail, || {
                if pause.is_none() {
                    for other in self.others(runtime) {
                        other.request_publication(self.appetite.want());
                    }
                }
                runtime.has_work()
            });
            searching = true;
            if let Sleep::Wait { everybody } = slept {
                if everybody {
                    report::still::look(runtime);
                }
                self.sleep(runtime, pause);
            }
            self.shared.ties.come_back();
        }
    }

    fn others<'a>(&self, runtime: &'a Runtime) -> impl Iterator<Item = &'a Shared> {
        let me = self.shared.index;
        runtime.workers.iter().filter(move |other| other.index != me)
    }

    /// Waits to be woken, for the next timer if nobody else does, or for so long.
    fn sleep(&mut self, runtime: &Runtime, pause: Option<Duration>) {
        let keeper = runtime.timers.keeper.begin(self.shared.index);
        if pause.is_some() {
            self.appetite.begin_pause(&runtime.workers);
        }
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
            self.ask_the_busy(runtime, |other| self.appetite.want_after_pause(other));
        }
    }

    /// Asks those who have private tasks. The worker counts as searching.
    fn ask_the_busy(&self, runtime: &Runtime, want: impl Fn(&Shared) -> u32) {
        demand::is_idle();
        for other in self.others(runtime).filter(|other| other.has_private()) {
            other.request_publication(want(other));
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
                self.ask_the_busy(runtime, |_| self.appetite.want());
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
