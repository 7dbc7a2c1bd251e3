//! The monitor: a thread that acts when workers cannot.
//!
//! While some worker runs and something waits (a timer nobody keeps, work nobody has taken), it looks around every
//! [`TICK`]: it fires timers that are due, and makes a fiber that has run for a whole tick while others wait yield
//! at its next poll. When nothing has needed it for a while it sleeps without a timeout. Whoever then makes
//! something wait wakes it: the paths that publish work look at [`Monitor::asleep`], and the spawn fast path finds
//! the publication request set. A program that is idle uses no processor time.
//!
//! An interrupt (Ctrl-C) is passed to it by the signal handler, because the output cannot be flushed there.

use std::time::Duration;

use super::futex::Signal;
use super::{Runtime, exit};
use crate::sync::{AtomicBool, Ordering, fence};
use crate::time::now;

const TICK: Duration = Duration::from_millis(10);
/// Ticks without need before it sleeps.
const PATIENCE: u32 = 8;

pub(crate) struct Monitor {
    pub(crate) signal: Signal,
    pub(crate) asleep: AtomicBool,
    pub(crate) interrupted: AtomicBool,
}

impl Monitor {
    pub(crate) fn new() -> Monitor {
        Monitor {
            signal: Signal::new(),
            asleep: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
        }
    }

    /// Wakes the monitor if it sleeps: something waits now.
    #[inline]
    pub(crate) fn arm_if_asleep(&self, runtime: &Runtime) {
        // ORDER: Relaxed; a missed change is made good by the look around before the sleep, or by the next call.
        if self.asleep.load(Ordering::Relaxed) {
            self.arm(runtime);
        }
    }

    #[cold]
    fn arm(&self, runtime: &Runtime) {
        // Nobody runs, so nobody can be late: the sleepers look after themselves.
        if runtime.idle.sleeping() as usize == runtime.workers.len() {
            return;
        }
        // ORDER: Relaxed; the swap decides who notifies.
        if self.asleep.swap(false, Ordering::Relaxed) {
            self.signal.notify();
        }
    }

    /// The thread's life.
    pub(crate) fn run(runtime: &'static Runtime) {
        let mut seen = vec![(0u64, 0u64); runtime.workers.len()];
        let mut unneeded = 0;
        loop {
            let pause = match runtime.timers.until_next() {
                // ORDER: SeqCst; a timekeeper that appears later keeps the timer as well.
                Some(left) if runtime.timekeeper.load(Ordering::SeqCst) == 0 => left.min(TICK),
                _ => TICK,
            };
            runtime.monitor.signal.wait(Some(pause.max(Duration::from_micros(20))));
            if runtime.is_shut_down() {
                return;
            }
            runtime.monitor.handle_interrupt();
            runtime.timers.fire_due(runtime);
            let needed = look_around(runtime, &mut seen);
            unneeded = if needed { 0 } else { unneeded + 1 };
            if unneeded > PATIENCE {
                runtime.monitor.sleep(runtime);
                unneeded = 0;
            }
        }
    }

    fn sleep(&self, runtime: &Runtime) {
        // ORDER: Relaxed; ordered before the look around by the fence.
        self.asleep.store(true, Ordering::Relaxed);
        for worker in &runtime.workers {
            worker.request_publication();
        }
        fence(Ordering::SeqCst);
        if !something_waits(runtime) {
            self.signal.wait(None);
        }
        // ORDER: Relaxed; only this thread and `arm` write it.
        self.asleep.store(false, Ordering::Relaxed);
        self.handle_interrupt();
    }

    fn handle_interrupt(&self) {
        // ORDER: Relaxed; a flag from the signal handler.
        if self.interrupted.load(Ordering::Relaxed) {
            exit::leave(exit::INTERRUPTED);
        }
    }
}

/// Whether a running worker keeps something waiting.
fn something_waits(runtime: &Runtime) -> bool {
    if runtime.idle.sleeping() as usize == runtime.workers.len() {
        return false;
    }
    !runtime.timers.is_empty()
        || !runtime.global.is_empty()
        || runtime.workers.iter().any(|worker| worker.has_work() || worker.has_private())
}

/// Preempts fibers that have run for a tick while others wait. `seen` has, per worker, the turn it was in and
/// since when. Gives whether the monitor is needed.
fn look_around(runtime: &Runtime, seen: &mut [(u64, u64)]) -> bool {
    if !something_waits(runtime) {
        return false;
    }
    let time = now();
    let waiting_for_anyone = !runtime.global.is_empty();
    let stealable = runtime.workers.iter().any(|worker| worker.has_work());
    for (worker, (turn, since)) in runtime.workers.iter().zip(seen) {
        // ORDER: Relaxed; a late value costs a tick.
        let now_turn = worker.turns.load(Ordering::Relaxed);
        if now_turn != *turn {
            (*turn, *since) = (now_turn, time);
            continue;
        }
        let late = time - *since >= TICK.as_nanos() as u64 * 9 / 10;
        if late && (waiting_for_anyone || stealable || worker.has_private()) {
            // ORDER: Relaxed; `poison_current` has the fence.
            worker.preempt.store(true, Ordering::Relaxed);
            worker.poison_current();
            *since = time;
        }
    }
    if stealable || waiting_for_anyone {
        runtime.notify();
    }
    true
}
