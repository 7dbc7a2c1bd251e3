//! Models of the end: of a thread that sleeps until it is told, and of the moment when nothing can happen any more.

use std::vec::Vec;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;

use crate::fault::{NO_FIRST_ROLL, NO_LAST_LOOK, NO_SECOND_ROLL, NO_TURNS, PROMISES_ONCE, UNKEPT};
use crate::modelling;
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

/// Some workers, and one call to the outside world that is under way.
struct World {
    workers: u32,
    idle: Idle,
    promises: Promises,
    /// Fibers in a queue.
    queued: AtomicUsize,
    /// Fibers resumed by each worker.
    turns: [AtomicU64; 3],
    /// Workers that were woken, and search.
    woken: std::sync::Mutex<Vec<u32>>,
    /// The fiber calls the outside world again when it runs.
    calls_again: bool,
}

impl World {
    fn new(workers: u32, calls_again: bool) -> Arc<World> {
        let world = World {
            workers,
            idle: Idle::new(),
            promises: Promises::none(),
            queued: AtomicUsize::new(0),
            turns: [0; 3].map(AtomicU64::new),
            woken: std::sync::Mutex::new(Vec::new()),
            calls_again,
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
        let over = is_reached(
            &self.idle,
            self.workers as usize,
            turns,
            || self.promises.all_kept(),
            || self.has_work(),
        );
        let kept = !self.calls_again || self.promises.all_kept();
        assert!(!over || (turns() == 1 && kept), "the end is told too early");
        over
    }

    /// A worker goes to sleep, as a searcher or not. Whether it finds that all is over.
    fn sleep(&self, me: u32, searching: bool) -> bool {
        match self.idle.sleep(me, searching, self.workers, || false, || self.has_work()) {
            Sleep::Wait { everybody } => everybody && self.is_over(),
            Sleep::Search => self.work(me),
        }
    }

    /// A worker that searches takes what it finds, and sleeps.
    fn work(&self, me: u32) -> bool {
        if self.queued.swap(0, Ordering::Acquire) != 0 {
            if self.idle.end_search() {
                self.wake(self.idle.notify());
            }
            let turns = &self.turns[me as usize];
            turns.store(turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            if self.calls_again {
                self.promises.give();
            }
            return self.sleep(me, false);
        }
        self.sleep(me, true)
    }

    fn wake(&self, worker: Option<u32>) {
        self.woken.lock().unwrap().extend(worker);
    }

    /// Lets those of these workers that were woken go on, one after the other. Whether one finds that all is over.
    fn go_on(&self, workers: &[u32]) -> bool {
        let mut over = false;
        while let Some(worker) = self.next_woken(workers) {
            over |= self.work(worker);
        }
        over
    }

    fn next_woken(&self, workers: &[u32]) -> Option<u32> {
        let mut woken = self.woken.lock().unwrap();
        let place = woken.iter().position(|worker| workers.contains(worker))?;
        Some(woken.swap_remove(place))
    }

    /// A call to the outside world is over: `wakes` says whether its fiber waits for it.
    fn end_call(&self, wakes: bool) {
        if wakes {
            self.queued.store(1, Ordering::Relaxed);
            self.wake(self.idle.notify());
        }
        if self.promises.keep() {
            self.wake(look_again(&self.idle, self.workers as usize));
        }
    }
}

/// A call to the outside world is over while the last worker falls asleep: its fiber is not taken for lost, and when it
/// has run, the end is found. Or the fiber has run before, and the call, a timer, is over in vain.
fn call_ends(wakes: bool) {
    let world = World::new(2, false);
    if !wakes {
        world.turns[1].store(1, Ordering::Relaxed);
    }
    assert_eq!(world.idle.sleep(1, false, 2, || false, || false), Sleep::Wait { everybody: false });
    let caller = {
        let world = world.clone();
        thread::spawn(move || world.end_call(wakes))
    };
    let mut over = world.sleep(0, false);
    caller.join().unwrap();
    over |= world.go_on(&[0, 1]);
    assert!(over, "the end is missed");
}

/// Two workers wake by themselves, one for a timer whose fiber it runs, which sets another timer. Nobody takes the program
/// for stuck before that has come up too. (As the other one searches, nobody wakes the worker that fell asleep last.)
fn called_again() {
    let world = World::new(3, true);
    for worker in [1, 2] {
        assert_eq!(world.idle.sleep(worker, false, 3, || false, || false), Sleep::Wait { everybody: false });
    }
    let others = {
        let world = world.clone();
        thread::spawn(move || {
            world.idle.wake_self(1);
            world.idle.wake_self(2);
            world.end_call(true);
            world.work(1) | world.work(2)
        })
    };
    let mut over = world.sleep(0, false);
    over |= others.join().unwrap();
    over |= world.go_on(&[0, 1, 2]);
    assert!(!over, "a timer is set");
    world.end_call(false);
    assert!(world.go_on(&[0, 1, 2]), "the end is missed");
}

/// What disturbs the schedule takes the one fiber out of its queue and puts it back, twice; the second time while the
/// other worker, which was woken the first time, looks around in vain: nobody takes the program for stuck meanwhile.
fn shaken() {
    let world = World::new(2, false);
    world.queued.store(1, Ordering::Relaxed);
    // No call is under way.
    let _ = world.promises.keep();
    // This one went to sleep before the fiber was queued.
    assert_eq!(world.idle.sleep(1, false, 2, || false, || false), Sleep::Wait { everybody: false });
    let shaker = {
        let world = world.clone();
        thread::spawn(move || {
            let mut over = false;
            for _ in 0..2 {
                world.promises.give();
                let taken = world.queued.swap(0, Ordering::Release);
                over |= world.go_on(&[1]);
                if taken != 0 {
                    world.queued.fetch_add(1, Ordering::Release);
                    world.wake(world.idle.notify());
                }
                if world.promises.keep() {
                    world.wake(look_again(&world.idle, 2));
                }
            }
            over
        })
    };
    let mut over = world.sleep(0, false);
    over |= shaker.join().unwrap();
    over |= world.go_on(&[0, 1]);
    assert!(over, "the end is missed");
}

/// Checks a model of this module.
fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("sched::models::standstill::{test}"), preemptions, model, faults);
}

#[test]
fn a_signal_is_heard() {
    check("a_signal_is_heard", 4, told_once, &[UNKEPT]);
}

#[test]
fn the_end_is_found_and_not_too_early() {
    check("the_end_is_found_and_not_too_early", 4, || call_ends(true), &[NO_SECOND_ROLL]);
}

#[test]
fn a_second_call_is_waited_for() {
    check("a_second_call_is_waited_for", 4, called_again, &[NO_FIRST_ROLL, NO_TURNS]);
}

#[test]
fn the_end_is_found_after_a_call_in_vain() {
    check("the_end_is_found_after_a_call_in_vain", 4, || call_ends(false), &[NO_LAST_LOOK]);
}

#[test]
fn what_was_taken_out_of_a_queue_is_not_lost() {
    check("what_was_taken_out_of_a_queue_is_not_lost", 4, shaken, &[PROMISES_ONCE]);
}
