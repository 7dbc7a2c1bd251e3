//! Models of telling tasks to stop: the flag in the tree beside a fiber that parks, polls, or was requested.

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;
use wyn_abi::STACK_LIMIT_POISON;

use crate::fault::{ASKS_ONCE, LATE_ENTRY, LATE_FLAG, NO_POLL};
use crate::modelling;
use crate::sched::poll;
use crate::sched::request::{Requested, Shield, ask_twice};
use crate::sched::word::{Committing, ParkWord};
use crate::sync::{AtomicU32, AtomicUsize};
use crate::task::told::{self, Count, behind_request};

const FLOOR: usize = 1;

/// A fiber, and the scope that its task belongs to.
struct World {
    told: Count,
    /// The scope's flag.
    flag: AtomicBool,
    /// The scope's list: whether the task is in it.
    list: Mutex<bool>,
    shield: Shield,
    request: AtomicU32,
    word: ParkWord,
    limit: AtomicUsize,
}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World {
            told: Count::nobody(),
            flag: AtomicBool::new(false),
            list: Mutex::new(false),
            shield: Shield::new(),
            request: AtomicU32::new(0),
            word: ParkWord::new(),
            limit: AtomicUsize::new(FLOOR),
        })
    }

    /// What `cancel::cancel_scope` does; whether it owes the fiber a wake-up.
    fn cancel(&self) -> bool {
        let flag = || {
            self.flag.store(true, Ordering::Relaxed);
            true
        };
        let _ = self.told.tell(flag, || {
            poll::requested();
            poll::poison(&self.limit);
        });
        let mut claimed = false;
        ask_twice(|| {
            let listed = *self.list.lock().unwrap();
            if !listed {
                return true;
            }
            let requested = self.shield.request(&self.request, &self.word, 2);
            claimed = requested == Requested::Claimed;
            requested != Requested::Running
        });
        claimed
    }

    /// What `cancel::is_told` does.
    fn is_told(&self) -> bool {
        self.told.anybody() && self.flag.load(Ordering::Relaxed)
    }
}

/// A fiber parks: it is found in the list, or finds the flag. Then it goes on, by its own doing or the canceller's.
fn parks() {
    let world = World::new();
    let canceller = {
        let world = world.clone();
        thread::spawn(move || world.cancel())
    };
    if told::enter(|| *world.list.lock().unwrap() = true, || world.is_told()) {
        world.request.store(1, Ordering::Relaxed);
    }
    let name = std::ptr::without_provenance_mut::<u8>(64);
    let itself = world.word.park_and_commit(name, &Committing::new(), false, &world.request, || ());
    assert!(itself != canceller.join().unwrap(), "woken once");
}

/// A fiber polls: it finds the flag, or polls again.
fn polls() {
    let world = World::new();
    let canceller = {
        let world = world.clone();
        thread::spawn(move || world.cancel())
    };
    poll::restore(&world.limit, FLOOR);
    let told = world.is_told();
    canceller.join().unwrap();
    assert!(told || world.limit.load(Ordering::Relaxed) == STACK_LIMIT_POISON, "the flag is missed");
}

/// A fiber finds that it was requested to stop, and then why.
fn asks_why() {
    let world = World::new();
    *world.list.lock().unwrap() = true;
    let canceller = {
        let world = world.clone();
        thread::spawn(move || {
            world.cancel();
        })
    };
    if world.request.load(Ordering::Relaxed) != 0 {
        behind_request();
        assert!(world.is_told(), "no reason for the request");
    }
    canceller.join().unwrap();
    world.told.forget();
    assert!(!world.told.anybody());
}

/// Checks a model of this module.
fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("task::models::told::{test}"), preemptions, model, faults);
}

#[test]
fn who_parks_is_told() {
    check("who_parks_is_told", 3, parks, &[LATE_ENTRY, ASKS_ONCE]);
}

#[test]
fn who_polls_is_told() {
    check("who_polls_is_told", 4, polls, &[LATE_FLAG, NO_POLL]);
}

#[test]
fn there_is_a_reason_for_a_request() {
    // A request is stored after the flag, whatever else is asked for before.
    check("there_is_a_reason_for_a_request", 4, asks_why, &[]);
}
