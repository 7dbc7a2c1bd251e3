//! Loom models of the lock. They run the shipping modules on loom's threads:
//!
//! ```text
//! RUSTFLAGS="--cfg wyn_loom" cargo test --release -p wyn-runtime --lib mutex::models
//! ```
//!
//! Each model passes as shipped, and is run again with each step left out that the proof in `mod.rs` leans on: then
//! it must fail.

use std::vec::Vec;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use wyn_abi::mutex::Lock;
use wyn_hot::mutex::{fault, try_lock, try_unlock};

use super::operate::{self, Locked};
use crate::channel::test_parker::{TestFiber, Threads};
use crate::modelling;

/// Two mutexes around counters, and the fibers that use them.
struct World {
    locks: [Lock; 2],
    contents: [UnsafeCell<usize>; 2],
    fibers: Vec<TestFiber>,
}

// SAFETY: a lock is made for use from many threads.
unsafe impl Send for World {}
// SAFETY: as above; loom watches the contents.
unsafe impl Sync for World {}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            locks: [Lock::new(), Lock::new()],
            contents: [UnsafeCell::new(0), UnsafeCell::new(0)],
            fibers: (0..4).map(|_| TestFiber::new()).collect(),
        })
    }

    /// What compiled code does: the fast path, then the slow one.
    fn lock(&self, who: usize, which: usize) -> Locked {
        let (fiber, lock) = (self.fibers[who].as_fiber(), &self.locks[which]);
        if try_lock(lock) {
            return Locked::Done;
        }
        // SAFETY: the world keeps the lock.
        unsafe { operate::lock::<Threads>(fiber, lock, try_lock) }
    }

    fn unlock(&self, who: usize, which: usize) {
        let (fiber, lock) = (self.fibers[who].as_fiber(), &self.locks[which]);
        if !try_unlock(lock) {
            // SAFETY: the world keeps the lock, which `who` holds.
            unsafe { operate::unlock::<Threads>(fiber, lock) }
        }
    }

    /// Whoever holds the mutex is alone with the content: loom says so if not.
    fn count(&self, which: usize) {
        self.contents[which].with_mut(|n| {
            // SAFETY: loom checks that nobody else is at it.
            unsafe { *n += 1 }
        });
    }

    fn counted(&self, which: usize) -> usize {
        // SAFETY: as above.
        self.contents[which].with(|n| unsafe { *n })
    }

    /// Counts under the lock so many times; gives how often it came to that.
    fn rounds(&self, who: usize, rounds: usize) -> usize {
        let mut done = 0;
        for _ in 0..rounds {
            if self.lock(who, 0) == Locked::Done {
                self.count(0);
                self.unlock(who, 0);
                done += 1;
            }
        }
        done
    }
}

fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("mutex::models::{test}"), preemptions, model, faults);
}

/// Two tasks, two rounds each: one finds it held, waits, is woken, and tries again.
fn two_tasks() {
    let world = World::new();
    let other = {
        let world = world.clone();
        thread::spawn(move || world.rounds(0, 2))
    };
    assert_eq!(world.rounds(1, 2), 2);
    assert_eq!(other.join().unwrap(), 2);
    assert_eq!(world.counted(0), 4);
}

#[test]
fn one_task_at_a_time() {
    use fault::{EARLY_RELEASE, LATE_ANNOUNCEMENT};
    check("one_task_at_a_time", 4, two_tasks, &[EARLY_RELEASE, LATE_ANNOUNCEMENT]);
}

/// One task locks again and again, so that the other is woken, comes too late, and is handed the mutex.
fn passed_over() {
    let world = World::new();
    let busy = {
        let world = world.clone();
        thread::spawn(move || world.rounds(0, 3))
    };
    assert_eq!(world.rounds(1, 1), 1);
    assert_eq!(busy.join().unwrap(), 3);
    assert_eq!(world.counted(0), 4);
}

#[test]
fn who_comes_too_late_is_served_next() {
    check("who_comes_too_late_is_served_next", 4, passed_over, &[fault::OPEN_HANDOVER]);
}

/// Three tasks: some queue behind each other.
fn three_tasks() {
    let world = World::new();
    let others = [0, 1].map(|who| {
        let world = world.clone();
        thread::spawn(move || world.rounds(who, 1))
    });
    assert_eq!(world.rounds(2, 1), 1);
    for other in others {
        assert_eq!(other.join().unwrap(), 1);
    }
    assert_eq!(world.counted(0), 3);
}

#[test]
fn nobody_is_forgotten() {
    check("nobody_is_forgotten", 3, three_tasks, &[fault::EARLY_RELEASE, fault::LATE_ANNOUNCEMENT]);
}

/// A waiting task is cancelled while the mutex is given up and a third one waits: it leaves without the mutex, or it
/// has it; and the third one gets it.
fn a_waiter_is_cancelled() {
    let world = World::new();
    assert_eq!(world.lock(2, 0), Locked::Done);
    let others = [0, 1].map(|who| {
        let world = world.clone();
        thread::spawn(move || world.rounds(who, 1))
    });
    world.fibers[0].cancel();
    world.count(0);
    world.unlock(2, 0);
    let [cancelled, other] = others.map(|thread| thread.join().unwrap());
    assert_eq!(other, 1);
    assert_eq!(world.counted(0), 2 + cancelled);
}

#[test]
fn cancelling_a_waiter_takes_nothing_from_others() {
    use fault::{BLIND_CLAIM, QUITTER};
    check("cancelling_a_waiter_takes_nothing_from_others", 3, a_waiter_is_cancelled, &[BLIND_CLAIM, QUITTER]);
}

/// The same, beside a task that comes while the mutex is free and somebody still queues: what the last holder did is
/// seen by whoever takes it without the guard.
fn a_waiter_leaves_a_free_mutex() {
    let world = World::new();
    assert_eq!(world.lock(2, 0), Locked::Done);
    let others = [0, 1, 3].map(|who| {
        let world = world.clone();
        thread::spawn(move || world.rounds(who, 1))
    });
    world.count(0);
    world.unlock(2, 0);
    world.fibers[1].cancel();
    let [_, cancelled, _] = others.map(|thread| thread.join().unwrap());
    assert_eq!(world.counted(0), 3 + cancelled);
}

#[test]
fn leaving_a_free_mutex_hides_nothing() {
    check("leaving_a_free_mutex_hides_nothing", 2, a_waiter_leaves_a_free_mutex, &[]);
}

/// Two tasks want the same two mutexes, named in opposite orders.
fn both() {
    let world = World::new();
    let take = |world: &World, who: usize, order: [usize; 2]| {
        let mut locks = order.map(|which| &raw const world.locks[which]);
        let which = |lock: *const Lock| usize::from(lock != &raw const world.locks[0]);
        let take = |lock| world.lock(who, which(lock));
        let locked = operate::lock_all(&mut locks, take, |lock| world.unlock(who, which(lock)));
        assert_eq!(locked, Locked::Done);
        for which in [0, 1] {
            world.count(which);
            world.unlock(who, which);
        }
    };
    let other = {
        let world = world.clone();
        thread::spawn(move || take(&world, 0, [1, 0]))
    };
    take(&world, 1, [0, 1]);
    other.join().unwrap();
    assert_eq!((world.counted(0), world.counted(1)), (2, 2));
}

#[test]
fn several_are_taken_in_one_order() {
    check("several_are_taken_in_one_order", 3, both, &[fault::UNSORTED]);
}
