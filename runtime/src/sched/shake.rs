//! Shaking: with `WYN_YIELDS=SEED` a thread disturbs the schedule at random, so that tests see orders of events that
//! are rare otherwise.
//!
//! It does what may happen at any time anyway: it makes a running fiber yield at its next poll, takes a fiber or task
//! that is to run next and puts it at the end of the global queue, has a worker publish its private tasks, wakes a
//! sleeper for nothing; and every task that sleeps folds its stack. The rest of the runtime does not know of it; without the
//! variable there is no such thread.

use std::time::Duration;

use super::Runtime;
use super::entry::{Entry, Work};
use super::monitor::preempt;
use super::run_next::resumed;
use super::shared::Shared;
use crate::fiber::fold;
use crate::io::blocking;
use crate::panic::fatal;
use crate::sync::thread::{self, Builder, JoinHandle};

/// Microseconds between two disturbances, at most.
const PAUSE: u64 = 120;

/// The thread, if it is wanted.
pub(crate) fn start(runtime: &'static Runtime) -> Option<JoinHandle<()>> {
    let text = std::env::var_os("WYN_YIELDS").filter(|text| !text.is_empty())?;
    let Some(seed) = text.to_str().and_then(|text| text.parse::<u64>().ok()) else {
        fatal("WYN_YIELDS must be a number")
    };
    fold::always();
    let life = move || Shaker { random: seed | 1 }.run(runtime);
    Builder::new().name("wyn-shaker".to_owned()).stack_size(128 * 1024).spawn(life).ok()
}

struct Shaker {
    random: u64,
}

impl Shaker {
    fn run(mut self, runtime: &'static Runtime) {
        while !runtime.is_shut_down() {
            let victim = &runtime.workers[self.below(runtime.workers.len() as u64) as usize];
            match self.below(8) {
                0..=3 => preempt(victim),
                4 => reorder(runtime, || resumed(victim.next.steal())),
                5 => reorder(runtime, || steal(victim)),
                6 => victim.request_publication(1),
                _ => wake_somebody(runtime),
            }
            thread::sleep(Duration::from_micros(self.below(PAUSE)));
        }
    }

    /// A random number below this one (Marsaglia's xorshift).
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }
}

/// Moves what was taken to the end of the global queue. While this thread has it, it is in no queue: that counts as a call
/// that is under way, so nobody takes the program for stuck.
fn reorder(runtime: &'static Runtime, take: impl FnOnce() -> Option<Work>) {
    blocking::counted(|| match take() {
        Some(Work::Resume(cell)) => runtime.inject([Entry::fiber(cell)]),
        Some(Work::Begin(record)) => runtime.inject([Entry::task(record)]),
        None => {}
    });
}

/// Takes the oldest entry of a worker's queues.
fn steal(victim: &Shared) -> Option<Work> {
    victim.stealers.oldest().map(Entry::decode)
}

/// A sleeper looks around for nothing.
fn wake_somebody(runtime: &Runtime) {
    if let Some(worker) = runtime.idle.take_any() {
        runtime.workers[worker as usize].signal.notify();
    }
}
