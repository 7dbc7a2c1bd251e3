//! Models of joining: tasks that end, and an owner that is done with them, or waits.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use crate::fault::{EARLY_BIAS, KEPT_BIAS, LATE_COUNT, NO_BIAS, NO_ROOM, STAYS_PRIVATE, injected};
use crate::modelling;
use crate::sched::word::ParkWord;
use crate::sync::AtomicU32;
use crate::task::children::{Children, Counts};

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
            count: AtomicU32::new(u32::from(!injected(NO_BIAS))),
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

    /// Both counts, for the owner's worker.
    fn counts<'a>(&'a self, private: &'a mut u32, ended: &'a mut bool) -> Counts<'a> {
        Counts { private, ended, shared: self.children() }
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
    let (mut private, mut ended) = (0, false);
    if scope.counts(&mut private, &mut ended).end_owner(|| ()) {
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
    if scope.children().wait(0, || scope.leave()) {
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
    if waits && scope.children().wait(1, || scope.leave()) {
        scope.joined.fetch_add(1, Ordering::Relaxed);
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

/// A task's scope, with a private and a public task. Its owner makes the private one public, which another worker takes at
/// once, and ends; or ends before that, and its worker makes the task public later.
fn published_beside_others(ended_before: bool) {
    let scope = Scope::new();
    // Of the two public tasks one is private here.
    assert_eq!(scope.children().take(1), 2 - u32::from(injected(NO_BIAS)));
    let handed_over = Arc::new(AtomicBool::new(false));
    let open = Arc::new(UnsafeCell::new(false));
    let last = |scope: &Scope, open: &UnsafeCell<bool>| {
        assert!(open.with(|open| unsafe { *open }), "another worker completes a task that is public");
        scope.join();
    };
    let others = {
        let (scope, handed_over, open) = (scope.clone(), handed_over.clone(), open.clone());
        thread::spawn(move || {
            if scope.end(1) {
                last(&scope, &open);
            }
            if handed_over.load(Ordering::Acquire) && scope.end(0) {
                last(&scope, &open);
            }
        })
    };
    let (mut private, mut ended) = (1, false);
    let opened = || open.with_mut(|open| unsafe { *open = true });
    let hand_over = || handed_over.store(true, Ordering::Release);
    // What the owner leaves, it leaves before its scope can be joined.
    scope.leave();
    if ended_before {
        assert!(!scope.counts(&mut private, &mut ended).end_owner(opened));
        scope.counts(&mut private, &mut ended).publish(1, opened, hand_over);
    } else {
        scope.counts(&mut private, &mut ended).publish(1, opened, hand_over);
        if scope.counts(&mut private, &mut ended).end_owner(opened) {
            scope.join();
        }
    }
    others.join().unwrap();
    // Who has met the task too early leaves it to another.
    if scope.done[0].with(|done| unsafe { *done }) == 0 && scope.end(0) {
        last(&scope, &open);
    }
    assert_eq!(scope.joined.load(Ordering::Relaxed), 1);
}

/// The same with a private task that ends as such, on the owner's worker, when the owner has ended.
fn ended_privately() {
    let scope = Scope::new();
    let _ = scope.children().take(1);
    let open = Arc::new(UnsafeCell::new(false));
    let other = {
        let (scope, open) = (scope.clone(), open.clone());
        thread::spawn(move || {
            if scope.end(1) {
                assert!(open.with(|open| unsafe { *open }), "another worker completes a task that is public");
                scope.join();
            }
        })
    };
    let (mut private, mut ended) = (1, false);
    let opened = || open.with_mut(|open| unsafe { *open = true });
    scope.leave();
    assert!(!scope.counts(&mut private, &mut ended).end_owner(opened));
    scope.done[0].with_mut(|done| unsafe { *done = 1 });
    if scope.counts(&mut private, &mut ended).end_private(opened) {
        scope.join();
    }
    other.join().unwrap();
    assert_eq!(scope.joined.load(Ordering::Relaxed), 1);
}

/// Detached tasks: the root counts them, and `main`. One of them detaches another and ends, while `main` ends.
fn detached() {
    let root = Scope::new();
    // Of the two one is there from the beginning.
    let _ = root.children().take(1);
    let first = {
        let root = root.clone();
        thread::spawn(move || {
            root.children().add(1);
            let second = {
                let root = root.clone();
                thread::spawn(move || {
                    if root.end(1) {
                        root.join();
                    }
                })
            };
            if root.end(0) {
                root.join();
            }
            second.join().unwrap();
        })
    };
    root.leave();
    // Whether they are to be told to stop.
    let alone = root.children().are_gone();
    if alone {
        assert_eq!(root.tasks_done(), 2, "nobody is left");
    }
    if root.children().take(1) == 0 {
        root.join();
    }
    first.join().unwrap();
    assert_eq!(root.joined.load(Ordering::Relaxed), 1, "the program ends once");
}

/// Checks a model of this module.
fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("task::models::children::{test}"), preemptions, model, faults);
}

#[test]
fn the_last_joins_the_scope() {
    check("the_last_joins_the_scope", 4, joined_by_the_last, &[NO_BIAS]);
}

#[test]
fn an_owner_that_waits_is_woken_once() {
    check("an_owner_that_waits_is_woken_once", 4, joined_by_a_waiter, &[NO_BIAS, EARLY_BIAS]);
}

#[test]
fn an_owner_that_waits_for_room_is_woken_once() {
    let faults = [NO_ROOM, EARLY_BIAS];
    check("an_owner_that_waits_for_room_is_woken_once", 4, waits_for_room, &faults);
}

#[test]
fn an_owner_that_is_alone_has_seen_its_tasks_end() {
    check("an_owner_that_is_alone_has_seen_its_tasks_end", 4, found_alone, &[]);
}

#[test]
fn a_task_is_counted_before_others_have_it() {
    let model = || published_beside_others(false);
    check("a_task_is_counted_before_others_have_it", 4, model, &[LATE_COUNT, STAYS_PRIVATE]);
}

#[test]
fn an_owner_that_has_ended_waits_for_what_is_public_later() {
    let model = || published_beside_others(true);
    let faults = [LATE_COUNT, KEPT_BIAS, STAYS_PRIVATE];
    check("an_owner_that_has_ended_waits_for_what_is_public_later", 4, model, &faults);
}

#[test]
fn an_owner_that_has_ended_waits_for_its_private_tasks() {
    check("an_owner_that_has_ended_waits_for_its_private_tasks", 4, ended_privately, &[STAYS_PRIVATE]);
}

#[test]
fn the_program_ends_with_the_last_detached_task() {
    check("the_program_ends_with_the_last_detached_task", 3, detached, &[NO_BIAS]);
}
