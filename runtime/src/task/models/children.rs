//! Models of joining: tasks that end, and an owner that is done with them, or waits.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::modelling::explore;
use crate::sched::word::ParkWord;
use crate::sync::AtomicU32;
use crate::task::children::Children;

/// A scope with two public tasks.
struct Scope {
    count: AtomicU32,
    /// What each task does.
    done: [UnsafeCell<u32>; 2],
    /// What the owner leaves for whoever is the last.
    outcome: UnsafeCell<u32>,
    /// How often the scope was joined, or its owner woken.
    joined: AtomicUsize,
    owner: ParkWord,
}

impl Scope {
    fn new() -> Arc<Scope> {
        let scope = Scope {
            count: AtomicU32::new(1),
            done: [UnsafeCell::new(0), UnsafeCell::new(0)],
            outcome: UnsafeCell::new(0),
            joined: AtomicUsize::new(0),
            owner: ParkWord::new(),
        };
        scope.children().add(2);
        Arc::new(scope)
    }

    fn children(&self) -> Children<'_> {
        Children(&self.count)
    }

    /// A task ends. Whether it is the last.
    fn end(&self, which: usize) -> bool {
        self.done[which].with_mut(|done| unsafe { *done = 1 });
        self.children().take(1) == 0
    }

    fn tasks_done(&self) -> u32 {
        self.done.iter().map(|done| done.with(|done| unsafe { *done })).sum()
    }

    /// Somebody is the last.
    fn join(&self) {
        assert_eq!(self.outcome.with(|outcome| unsafe { *outcome }), 7, "the owner's outcome");
        assert_eq!(self.tasks_done(), 2, "all tasks have ended");
        self.joined.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody is the last while the owner waits.
    fn wake(&self) {
        self.join();
        assert!(self.owner.claim());
    }

    fn leave(&self) {
        self.outcome.with_mut(|outcome| unsafe { *outcome = 7 });
    }
}

/// Two tasks that end; whoever is the last then does this.
fn tasks_of(scope: &Arc<Scope>, last: fn(&Scope)) -> [thread::JoinHandle<()>; 2] {
    [0, 1].map(|which| {
        let scope = scope.clone();
        thread::spawn(move || {
            if scope.end(which) {
                last(&scope);
            }
        })
    })
}

/// A task's own scope: whoever is the last completes the task, the owner or one of its tasks.
fn joined_by_the_last() {
    let scope = Scope::new();
    let tasks = tasks_of(&scope, Scope::join);
    scope.leave();
    if scope.children().are_gone() || scope.children().take(1) == 0 {
        scope.join();
    }
    for task in tasks {
        task.join().unwrap();
    }
    assert_eq!(scope.joined.load(Ordering::Relaxed), 1);
}

/// A block: its owner parks until its tasks have ended, and is woken once.
fn joined_by_a_waiter() {
    let scope = Scope::new();
    let tasks = tasks_of(&scope, Scope::wake);
    let _ = scope.owner.park(true);
    scope.leave();
    if scope.children().take(1) == 0 {
        scope.wake();
    }
    for task in tasks {
        task.join().unwrap();
    }
    assert_eq!(scope.joined.load(Ordering::Relaxed), 1);
}

/// A block with room for two: its owner waits until one of its tasks has ended, and then for the other.
fn waits_for_room() {
    let scope = Scope::new();
    let tasks = tasks_of(&scope, |scope| {
        assert_eq!(scope.outcome.with(|outcome| unsafe { *outcome }), 7, "the owner's place");
        scope.joined.fetch_add(1, Ordering::Relaxed);
    });
    let waits = scope.children().unfinished() == 2;
    if waits {
        scope.leave();
        if (scope.children().take(2) as i32) < 1 {
            scope.joined.fetch_add(1, Ordering::Relaxed);
        }
    }
    for task in tasks {
        task.join().unwrap();
    }
    assert_eq!(scope.joined.load(Ordering::Relaxed), usize::from(waits), "woken once");
    if waits {
        scope.children().add(2);
    }
    assert!(scope.children().are_gone());
    assert_eq!(scope.tasks_done(), 2);
}

/// The owner finds that its only task has ended, and reads what it has done.
fn found_alone() {
    let scope = Scope::new();
    assert!(!scope.end(1));
    let task = {
        let scope = scope.clone();
        thread::spawn(move || assert!(!scope.end(0)))
    };
    if scope.children().are_gone() {
        assert_eq!(scope.tasks_done(), 2);
    }
    task.join().unwrap();
}

#[test]
fn the_last_joins_the_scope() {
    explore(4, joined_by_the_last);
}

#[test]
fn an_owner_that_waits_is_woken_once() {
    explore(4, joined_by_a_waiter);
}

#[test]
fn an_owner_that_waits_for_room_is_woken_once() {
    explore(4, waits_for_room);
}

#[test]
fn an_owner_that_is_alone_has_seen_its_tasks_end() {
    explore(4, found_alone);
}
