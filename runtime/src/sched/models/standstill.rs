//! Models of the end: of a thread that sleeps until it is told, and of the moment when nothing can happen any more.

use std::vec::Vec;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;

use crate::modelling::explore;
use crate::sched::futex::Signal;
use crate::sched::idle::{Idle, Sleep};
use crate::sched::standstill::{Promises, is_reached, look_again};
use crate::sync::{AtomicU64, AtomicUsize};

/// A thread tells another one something.
fn told_once() {
    let all = Arc::new((Signal::new(), UnsafeCell::new(0)));
    let teller = {
        let all = all.clone();
        thread::spawn(move || {
            all.1.with_mut(|word| unsafe { *word = 1 });
            all.0.notify();
        })
    };
    all.0.wait(None);
    assert_eq!(all.1.with(|word| unsafe { *word }), 1);
    teller.join().unwrap();
}

/// Two workers, and one call to the outside world that is under way.
struct World {
    idle: Idle,
    promises: Promises,
    /// Fibers in a queue.
    queued: AtomicUsize,
    /// Fibers resumed by each worker.
    turns: [AtomicU64; 2],
    /// Workers that were woken, and search.
    woken: std::sync::Mutex<Vec<u32>>,
}

impl World {
    fn new() -> Arc<World> {
        let world = World {
            idle: Idle::new(),
            promises: Promises::none(),
            queued: AtomicUsize::new(0),
            turns: [AtomicU64::new(0), AtomicU64::new(0)],
            woken: std::sync::Mutex::new(Vec::new()),
        };
        world.promises.give();
        Arc::new(world)
    }

    fn has_work(&self) -> bool {
        self.queued.load(Ordering::Relaxed) != 0
    }

    /// Whether all is over, as a worker that has fallen asleep as the last one judges it.
    fn is_over(&self) -> bool {
        let turns = || self.turns.iter().map(|turns| turns.load(Ordering::Relaxed)).sum();
        let over = is_reached(&self.idle, 2, turns, || self.promises.all_kept() && !self.has_work());
        assert!(!over || turns() == 1, "the end is told too early");
        over
    }

    /// A worker goes to sleep, as a searcher or not. Whether it finds that all is over.
    fn sleep(&self, me: u32, searching: bool) -> bool {
        match self.idle.sleep(me, searching, 2, || self.has_work()) {
            Sleep::Wait { everybody } => everybody && self.is_over(),
            Sleep::Search => self.work(me),
        }
    }

    /// A worker that searches takes what it finds, and sleeps.
    fn work(&self, me: u32) -> bool {
        if self.queued.swap(0, Ordering::Acquire) != 0 {
            let turns = &self.turns[me as usize];
            turns.store(turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            if self.idle.end_search() {
                self.wake(self.idle.notify());
            }
            return self.sleep(me, false);
        }
        self.sleep(me, true)
    }

    fn wake(&self, worker: Option<u32>) {
        self.woken.lock().unwrap().extend(worker);
    }

    /// Lets the workers that were woken go on, one after the other. Whether one finds that all is over.
    fn go_on(&self) -> bool {
        let mut over = false;
        while let Some(worker) = self.next_woken() {
            over |= self.work(worker);
        }
        over
    }

    fn next_woken(&self) -> Option<u32> {
        self.woken.lock().unwrap().pop()
    }

    /// A call to the outside world is over: `wakes` says whether its fiber waits for it.
    fn end_call(&self, wakes: bool) {
        if wakes {
            self.queued.store(1, Ordering::Relaxed);
            self.wake(self.idle.notify());
        }
        if self.promises.keep() {
            self.wake(look_again(&self.idle, 2));
        }
    }
}

/// A call to the outside world is over while the last worker falls asleep: its fiber is not taken for lost, and when it
/// has run, the end is found. Or the fiber has run before, and the call, a timer, is over in vain.
fn call_ends(wakes: bool) {
    let world = World::new();
    if !wakes {
        world.turns[1].store(1, Ordering::Relaxed);
    }
    assert_eq!(world.idle.sleep(1, false, 2, || false), Sleep::Wait { everybody: false });
    let caller = {
        let world = world.clone();
        thread::spawn(move || world.end_call(wakes))
    };
    let mut over = world.sleep(0, false);
    caller.join().unwrap();
    over |= world.go_on();
    assert!(over, "the end is missed");
}

#[test]
fn a_signal_is_heard() {
    explore(4, told_once);
}

#[test]
fn the_end_is_found_and_not_too_early() {
    explore(4, || call_ends(true));
    explore(4, || call_ends(false));
}
