//! Models of waiting for what one call brings for all.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

use super::line::{Joined, Line};
use crate::fault::{LEFT_BLINDLY, TAKEN_IN_TWO_STEPS};
use crate::modelling;
use crate::sched::request::ask_twice;
use crate::sched::standstill::Promises;
use crate::sched::word::{Committing, ParkWord, Ticket};
use crate::sync::AtomicU32;

/// A fiber that wants input.
struct Fiber {
    word: ParkWord,
    request: AtomicU32,
    committing: Committing<u8>,
    woken: AtomicUsize,
}

impl Fiber {
    fn new() -> Fiber {
        Fiber {
            word: ParkWord::new(),
            request: AtomicU32::new(0),
            committing: Committing::new(),
            woken: AtomicUsize::new(0),
        }
    }

    /// Its name, for the worker that commits its park.
    fn name() -> *mut u8 {
        std::ptr::without_provenance_mut(64)
    }
}

/// Two fibers, and what is there.
struct World {
    line: Line<(usize, Ticket)>,
    /// How often something was brought.
    brought: Mutex<u64>,
    fibers: [Fiber; 2],
    outside: Promises,
}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World {
            line: Line::new(),
            brought: Mutex::new(0),
            fibers: [Fiber::new(), Fiber::new()],
            outside: Promises::none(),
        })
    }

    fn woken(&self, which: usize) {
        assert_eq!(self.fibers[which].woken.fetch_add(1, Ordering::AcqRel), 0, "woken once");
    }

    /// A fiber that wants more than there is waits, as `shared::join` lets it; it makes the call itself if it is to be made. If a
    /// cancellation has woken it, it leaves the line.
    fn wait(&self, which: usize) {
        let seen = *self.brought.lock().unwrap();
        let Fiber { word, request, committing, .. } = &self.fibers[which];
        self.outside.give();
        let mut calls = false;
        let commit = || {
            let ticket = word.ticket();
            match self.line.join((which, ticket), seen, || *self.brought.lock().unwrap()) {
                Joined::Calls => calls = true,
                Joined::Waits => {}
                Joined::GoesOn => {
                    if word.claim_at(ticket) {
                        self.woken(which);
                    }
                    let _ = self.outside.keep();
                }
            }
        };
        if word.park_and_commit(Fiber::name(), committing, false, request, commit) {
            self.cancelled(which);
        }
        if calls {
            self.call();
        }
    }

    /// The fiber goes on because it was cancelled.
    fn cancelled(&self, which: usize) {
        self.woken(which);
        if self.line.leave(|(other, _)| *other == which) {
            let _ = self.outside.keep();
        }
    }

    /// The call: brings something unless there is more than when it was asked for.
    fn call(&self) {
        let asked = self.line.asked();
        let mut brought = self.brought.lock().unwrap();
        if *brought == asked {
            *brought += 1;
        }
        drop(brought);
        for (which, ticket) in self.line.take() {
            if self.fibers[which].word.claim_at(ticket) {
                self.woken(which);
            }
            let _ = self.outside.keep();
        }
    }

    fn is_over(&self, fibers: usize) {
        for fiber in &self.fibers[..fibers] {
            assert_eq!(fiber.woken.load(Ordering::Acquire), 1, "nobody is left waiting");
        }
        assert!(self.outside.all_kept(), "each is counted off once");
    }
}

/// Two fibers want input at once.
fn waited_for_by_two() {
    let world = World::new();
    let other = {
        let world = world.clone();
        thread::spawn(move || world.wait(1))
    };
    world.wait(0);
    other.join().unwrap();
    world.is_over(2);
}

/// A fiber that waits for input is cancelled.
fn cancelled_beside_the_call() {
    let world = World::new();
    let canceller = {
        let world = world.clone();
        thread::spawn(move || {
            let Fiber { word, request, committing, .. } = &world.fibers[0];
            request.store(1, Ordering::Relaxed);
            let mut claimed = false;
            ask_twice(|| {
                claimed = word.claim_cancelled();
                claimed
            });
            if claimed {
                committing.wait_for(Fiber::name());
                world.cancelled(0);
            }
        })
    };
    world.wait(0);
    canceller.join().unwrap();
    world.is_over(1);
}

/// Checks a model of this module.
fn check(test: &str, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("io::models::{test}"), 4, model, faults);
}

#[test]
fn nobody_is_left_waiting_for_input() {
    check("nobody_is_left_waiting_for_input", waited_for_by_two, &[TAKEN_IN_TWO_STEPS]);
}

#[test]
fn a_cancelled_wait_for_input_is_counted_off_once() {
    check("a_cancelled_wait_for_input_is_counted_off_once", cancelled_beside_the_call, &[LEFT_BLINDLY]);
}
