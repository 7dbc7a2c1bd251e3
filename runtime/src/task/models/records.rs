//! Models of a task record's state word: claiming, completing beside waiters, and sharing handles.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use wyn_abi::sync::AtomicU64;
use wyn_hot::state::{Afterwards, DONE, FREE, PUBLIC, SPAWNED, STOP, State, WAITED};

use crate::modelling::explore;

/// A record as far as synchronisation goes.
struct Record {
    state: AtomicU64,
    payload: UnsafeCell<u64>,
    /// The list of waiters: how many there are.
    link: UnsafeCell<u32>,
    woken: AtomicBool,
    freed: AtomicUsize,
}

impl Record {
    fn new(state: u64) -> Arc<Record> {
        Arc::new(Record {
            state: AtomicU64::new(state),
            payload: UnsafeCell::new(0),
            link: UnsafeCell::new(0),
            woken: AtomicBool::new(false),
            freed: AtomicUsize::new(0),
        })
    }

    fn state(&self) -> State<'_> {
        State(&self.state)
    }

    fn write(&self, value: u64) {
        self.payload.with_mut(|payload| unsafe { *payload = value });
    }

    fn read(&self) -> u64 {
        self.payload.with(|payload| unsafe { *payload })
    }

    /// What `run::complete` does.
    fn complete(&self, value: u64) {
        self.write(value);
        let before = self.state().finish_public(DONE, || {});
        if before.has(WAITED) {
            assert!(self.link.with(|link| unsafe { *link }) > 0, "a waiter is in the list");
            self.woken.store(true, Ordering::Release);
        }
        if before.handles() == 0 {
            self.free();
        }
    }

    /// What `wait::wait` does, up to the wait itself; false when the task has ended.
    fn enlist(&self) -> bool {
        let listed = self.state().lock();
        if listed {
            self.link.with_mut(|link| unsafe { *link += 1 });
            self.state().unlock(true);
        }
        listed
    }

    /// What `wait::wait` does, up to the claim of the fiber.
    fn wait(&self) {
        if self.enlist() {
            while !self.woken.load(Ordering::Acquire) {
                thread::yield_now();
            }
        }
        assert!(self.state().load().is_terminal());
    }

    fn free(&self) {
        self.write(0);
        assert_eq!(self.freed.fetch_add(1, Ordering::Relaxed), 0, "freed once");
    }

    fn release(&self) {
        if self.state().release() == Afterwards::Free {
            self.free();
        }
    }
}

/// Two workers meet a record through stale queue entries while its owner publishes it: one of them may begin it,
/// and sees its arguments.
fn claimed_once() {
    let record = Record::new(FREE);
    let claimers: Vec<_> = (0..2)
        .map(|_| {
            let record = record.clone();
            thread::spawn(move || {
                let won = record.state().claim_public();
                if won {
                    assert_eq!(record.read(), 7);
                }
                won
            })
        })
        .collect();
    record.write(7);
    record.state().spawn();
    record.state().publish();
    let winners = claimers.into_iter().map(|claimer| claimer.join().unwrap()).filter(|&won| won).count();
    let left = record.state().claim_public();
    assert_eq!(winners + usize::from(left), 1);
}

/// A task completes while another waits for it: the waiter sees the result and is not left behind.
fn waited_for() {
    let record = Record::new(SPAWNED | PUBLIC);
    assert!(record.state().claim_public());
    let completer = {
        let record = record.clone();
        thread::spawn(move || record.complete(42))
    };
    record.wait();
    assert_eq!(record.read(), 42);
    completer.join().unwrap();
}

/// Two tasks enter the list, and the task completes: the completer finds those who came before.
fn listed_by_two() {
    let record = Record::new(SPAWNED | PUBLIC);
    assert!(record.state().claim_public());
    let other = {
        let record = record.clone();
        thread::spawn(move || u32::from(record.enlist()))
    };
    assert!(record.enlist());
    let before = record.state().finish_public(DONE, || {});
    assert!(before.has(WAITED));
    let found = record.link.with(|link| unsafe { *link });
    assert_eq!(found, 1 + other.join().unwrap());
}

/// Two handles are released while the task completes: the record is freed once, when nobody looks at it.
fn freed_once() {
    let record = Record::new(SPAWNED | PUBLIC);
    assert!(record.state().claim_public());
    record.state().retain();
    let others: Vec<_> = [true, false]
        .map(|completes| {
            let record = record.clone();
            thread::spawn(move || {
                if completes {
                    record.complete(1);
                } else {
                    if record.state().load().is_terminal() {
                        assert_eq!(record.read(), 1);
                    }
                    record.release();
                }
            })
        })
        .into_iter()
        .collect();
    record.release();
    for other in others {
        other.join().unwrap();
    }
    assert_eq!(record.freed.load(Ordering::Relaxed), 1);
}

/// A handle is shared while the task completes: exactly one side marks the result, before anybody else sees it.
fn marked_once() {
    let record = Record::new(SPAWNED | PUBLIC);
    assert!(record.state().claim_public());
    record.state().retain();
    let marks = Arc::new(AtomicUsize::new(0));
    let completer = {
        let (record, marks) = (record.clone(), marks.clone());
        thread::spawn(move || {
            record.write(5);
            let _ = record.state().finish_public(DONE, || {
                marks.fetch_add(1, Ordering::Relaxed);
            });
        })
    };
    let before = record.state().share();
    if before.phase() == DONE {
        assert_eq!(record.read(), 5);
        marks.fetch_add(1, Ordering::Relaxed);
    }
    completer.join().unwrap();
    assert_eq!(marks.load(Ordering::Relaxed), 1);
}

/// A task is told to stop while it completes: its scope, which its completion may close, is there while it is told,
/// and whoever completes it knows whether it was.
fn told_beside_completion() {
    let record = Record::new(SPAWNED | PUBLIC);
    assert!(record.state().claim_public());
    let completer = {
        let record = record.clone();
        thread::spawn(move || {
            let before = record.state().finish_public(DONE, || {});
            // The scope is closed: nobody looks at it any more. The payload stands for it.
            record.write(u64::MAX);
            before.has(STOP)
        })
    };
    let told = record.state().lock();
    if told {
        record.state().stop();
        assert_eq!(record.read(), 0, "the scope is still there");
        record.state().unlock(false);
    }
    assert_eq!(completer.join().unwrap(), told);
}

#[test]
fn a_record_is_claimed_once() {
    explore(4, claimed_once);
}

#[test]
fn a_waiter_sees_the_result() {
    explore(4, waited_for);
}

#[test]
fn waiters_are_listed_one_at_a_time() {
    explore(4, listed_by_two);
}

#[test]
fn a_record_is_freed_once() {
    explore(4, freed_once);
}

#[test]
fn a_result_is_marked_once() {
    explore(4, marked_once);
}

#[test]
fn a_scope_outlives_who_tells_its_tasks() {
    explore(4, told_beside_completion);
}
