//! The monitor: a thread that acts when workers cannot.
//!
//! While some worker runs and something waits (a timer nobody keeps, work nobody has taken), it looks around every
//! [`TICK`], or every [`LOOK`] while work waits. It fires timers that are due, for which the fiber that has run for
//! longest makes way at once, and makes a fiber that has run for a whole [`SLICE`] while others wait, and no worker
//! takes them, yield at its next poll. When nothing has needed it for a while it sleeps until it is told, or the watch
//! for circles is due. Whoever makes something wait then wakes it: the paths that publish work look whether it does ([`Doze`]), and the spawn fast path finds the publication
//! request set. A program that is idle uses no processor time.
//!
//! While some worker has nothing to do, it makes fresh task records present on behalf of whoever takes many of them
//! (`task::fresh`): a step each time it is asked, so that it is never away from its duties for long.
//!
//! What tasks have printed and nobody has handed on since the last [`TICK`], it hands on (`io::stdout`).
//!
//! It ends the process when `main` has ended and detached tasks do not end in time.
//!
//! An interrupt (Ctrl-C) is passed to it by the signal handler, because the output cannot be flushed there; and so is the
//! wish to know what all tasks do (SIGQUIT). Now and then it looks for tasks that wait for each other
//! (`report::watch`).

use std::time::Duration;

use super::announced::AnnouncedTime;
use super::doze::Doze;
use super::shared::Shared;
use super::{Runtime, exit};
use crate::io::stdout;
use crate::report::dump;
use crate::report::watch::Watch;
use crate::sync::{AtomicBool, AtomicU32, Ordering};
use crate::task::{cancel, detach, slab};
use crate::time::now;

const TICK: Duration = Duration::from_millis(10);
/// Between two looks while work waits.
const LOOK: Duration = Duration::from_micros(2500);
/// How long a fiber may run while others wait.
const SLICE: Duration = Duration::from_millis(10);
/// Ticks without need before it sleeps.
const PATIENCE: u32 = 8;

pub(crate) struct Monitor {
    pub(crate) doze: Doze,
    /// The signal that asks the program to end; 0 for none.
    pub(crate) interrupted: AtomicU32,
    /// Somebody asks what the tasks do.
    pub(crate) dump: AtomicBool,
    /// Somebody takes fresh records, which are to be present ahead.
    records: AtomicBool,
    /// When the process ends, whatever goes on: known when `main` has ended.
    leave_at: AnnouncedTime,
}

impl Monitor {
    pub(crate) fn new() -> Monitor {
        Monitor {
            doze: Doze::new(),
            interrupted: AtomicU32::new(0),
            dump: AtomicBool::new(false),
            records: AtomicBool::new(false),
            leave_at: AnnouncedTime::unknown(),
        }
    }

    /// Wakes the monitor if it sleeps: something waits now.
    #[inline]
    pub(crate) fn arm_if_asleep(&self, runtime: &Runtime) {
        if self.doze.sleeps() {
            self.arm(runtime);
        }
    }

    #[cold]
    fn arm(&self, runtime: &Runtime) {
        // Nobody runs, so nobody can be late: the sleepers look after themselves.
        if runtime.idle.sleeping() as usize == runtime.workers.len() {
            return;
        }
        self.doze.wake();
    }

    /// Fresh task records are to be made present ahead: some worker has nothing to do, so a processor is free for it.
    pub(crate) fn ask_for_records(&self) {
        // ORDER: Relaxed; the futex orders it.
        self.records.store(true, Ordering::Relaxed);
        self.doze.signal.notify();
    }

    /// Something has been printed to a buffer that was empty.
    pub(crate) fn tend_output(&self) {
        self.doze.end();
    }

    /// The process ends at this time, unless the program has ended before.
    pub(crate) fn leave_at(&self, time: u64) {
        self.leave_at.announce(time);
        self.doze.signal.notify();
    }

    /// How long until then, if it is known.
    fn until_leaving(&self) -> Option<Duration> {
        self.leave_at.get().map(|time| Duration::from_nanos(time.saturating_sub(now())))
    }

    /// The thread's life.
    pub(crate) fn run(runtime: &'static Runtime) {
        #[cfg(wyn_shuttle)]
        if std::env::var_os("WYN_UNWATCHED").is_some() {
            return;
        }
        let mut seen = Seen { turns: vec![(0, 0); runtime.workers.len()], idle: 0, progress: (0, 0) };
        let mut watch = Watch::new();
        let mut tending = Tending::new();
        let mut unneeded = 0;
        let mut interval = TICK;
        loop {
            let pause = match runtime.timers.until_next() {
                // A timekeeper that appears later keeps the timer as well.
                Some(left) if runtime.timers.keeper.current().is_none() => left.min(interval),
                _ => interval,
            };
            let helped = runtime.monitor.wait(Some(pause.max(Duration::from_micros(20))));
            if runtime.is_shut_down() {
                return;
            }
            runtime.monitor.answer_signals(runtime);
            if runtime.timers.fire_due(runtime) {
                make_way(runtime, &seen);
            }
            let waits = look_around(runtime, &mut seen);
            let told = tell_running(runtime);
            tending.step();
            let idle = waits == Waits::Nothing && !told && !tending.is_busy();
            // Who asks for records does so many times a tick.
            unneeded = if idle { unneeded + u32::from(!helped) } else { 0 };
            interval = if waits == Waits::Work { LOOK } else { TICK };
            watch.step(runtime);
            if unneeded > PATIENCE && !watch.is_busy() {
                // If it was not woken, nothing needs it but the watch, or output that nobody takes.
                let at_most = watch.pause(runtime).into_iter().chain(tending.pause()).min();
                unneeded = if runtime.monitor.sleep(runtime, at_most, &tending) { 0 } else { PATIENCE };
            }
        }
    }

    /// Sleeps until something waits, or for so long. Whether something may wait.
    fn sleep(&self, runtime: &Runtime, at_most: Option<Duration>, tending: &Tending) -> bool {
        let announce = || runtime.workers.iter().for_each(|worker| worker.request_publication(1));
        let printed = || tending.pause().is_none() && stdout::is_held();
        let something_waits = || waits(runtime) != Waits::Nothing || printed();
        let woken = self.doze.sleep(announce, something_waits, || _ = self.wait(at_most));
        self.answer_signals(runtime);
        woken
    }

    /// Waits for a notification, or for so long, or until the process is to end. Makes records present if asked; whether it was.
    fn wait(&self, at_most: Option<Duration>) -> bool {
        self.doze.signal.wait(at_most.into_iter().chain(self.until_leaving()).min());
        // ORDER: Relaxed, both; the futex orders them behind the notification.
        let asked = self.records.load(Ordering::Relaxed);
        if asked {
            self.records.store(false, Ordering::Relaxed);
            slab::populate_ahead();
        }
        asked
    }

    fn answer_signals(&self, runtime: &Runtime) {
        if self.until_leaving().is_some_and(|left| left.is_zero()) {
            detach::abandon(runtime);
        }
        // ORDER: Relaxed; a flag from the signal handler.
        if self.dump.swap(false, Ordering::Relaxed) {
            dump::write(runtime);
        }
        // ORDER: Relaxed; a flag from the signal handler.
        let signal = self.interrupted.load(Ordering::Relaxed);
        if signal != 0 {
            exit::leave(exit::SIGNALLED + signal as i32);
        }
    }
}

/// What running workers keep waiting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Nothing,
    Timers,
    Work,
}

fn waits(runtime: &Runtime) -> Waits {
    if runtime.idle.sleeping() as usize == runtime.workers.len() {
        return Waits::Nothing;
    }
    if !runtime.global.is_empty()
        || runtime.workers.iter().any(|worker| worker.keeps_waiting() || worker.has_private())
    {
        return Waits::Work;
    }
    if runtime.timers.is_empty() { Waits::Nothing } else { Waits::Timers }
}

/// What the monitor remembers between two looks.
struct Seen {
    /// Per worker: the turn it was in, and since when.
    turns: Vec<(u64, u64)>,
    /// When some worker last had nothing to do. Such a worker takes what waits, so that nobody need be preempted:
    /// a fiber that spawns and awaits many small tasks is best left alone.
    idle: u64,
    /// How often fibers were resumed on all workers, and since when that is so.
    progress: (u64, u64),
}

/// A sleeper's time has come: if all workers are busy, the fiber that has run for longest makes way at once.
fn make_way(runtime: &Runtime, seen: &Seen) {
    if runtime.idle.anybody() {
        return;
    }
    let by_age = runtime.workers.iter().zip(&seen.turns).min_by_key(|(_, (_, since))| *since);
    if let Some((worker, _)) = by_age {
        preempt(worker);
    }
}

/// Lets running fibers find out whether they were told to stop; whether somebody was.
fn tell_running(runtime: &Runtime) -> bool {
    let told = cancel::anybody() && (runtime.idle.sleeping() as usize) < runtime.workers.len();
    if told {
        runtime.poison_running();
    }
    told
}

/// Output that has lain in its buffer for a while is handed on.
struct Tending {
    /// Since when there is some, or when it was last tried to hand it on.
    since: Option<u64>,
    /// For how long it may lie there: a tick, or more when nobody takes it.
    patience: Duration,
}

impl Tending {
    const MOST: Duration = Duration::from_secs(1);

    fn new() -> Tending {
        Tending { since: None, patience: TICK }
    }

    fn step(&mut self) {
        if !stdout::is_held() {
            *self = Tending::new();
            return;
        }
        let time = now();
        if time - *self.since.get_or_insert(time) >= self.patience.as_nanos() as u64 {
            self.patience = if stdout::tend() { TICK } else { (self.patience * 2).min(Self::MOST) };
            self.since = Some(time);
        }
    }

    /// Whether it needs each tick.
    fn is_busy(&self) -> bool {
        self.since.is_some() && self.patience == TICK
    }

    /// How long nothing needs to be done here, if something lies there that nobody takes.
    fn pause(&self) -> Option<Duration> {
        (self.patience > TICK).then_some(self.patience)
    }
}

/// Asks a worker's fiber to yield at its next poll.
pub(super) fn preempt(worker: &Shared) {
    // ORDER: Relaxed; `poison_current` has the fence.
    worker.preempt.store(true, Ordering::Relaxed);
    worker.poison_current();
}

/// Preempts fibers that have run for a slice while others wait and all workers are busy.
fn look_around(runtime: &Runtime, seen: &mut Seen) -> Waits {
    let waits = waits(runtime);
    let time = now();
    if runtime.idle.anybody() {
        seen.idle = time;
    }
    let slice = SLICE.as_nanos() as u64;
    if seen.progress.0 != runtime.turns() {
        seen.progress = (runtime.turns(), time);
    }
    // A worker that was woken for the work may not get a processor for long.
    let nobody_takes_it = time - seen.progress.1 >= slice;
    let all_busy = time - seen.idle >= slice || nobody_takes_it;
    let for_anyone = !runtime.global.is_empty() || runtime.workers.iter().any(Shared::keeps_waiting);
    for (worker, (turn, since)) in runtime.workers.iter().zip(&mut seen.turns) {
        let now_turn = worker.turn();
        if now_turn != *turn {
            (*turn, *since) = (now_turn, time);
            continue;
        }
        let late = time - *since >= slice;
        if late && all_busy && (for_anyone || worker.has_private()) {
            preempt(worker);
            *since = time;
        }
    }
    if for_anyone {
        runtime.notify();
    }
    waits
}
