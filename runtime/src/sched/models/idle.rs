//! Models of sleeping beside a publisher, and of polling beside somebody who asks.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use crate::fault::{LAST_SEARCHER, SLEEPS_BLINDLY};
use crate::modelling::{check, explore};
use crate::sched::idle::{Idle, Sleep};
use crate::sched::poll;
use crate::sync;

/// Work is published while a worker goes to sleep: the worker sees it, or is woken.
fn one_sleeper(searching: bool) {
    let world = Arc::new((Idle::new(), AtomicBool::new(false)));
    if searching {
        assert!(world.0.begin_search(2));
    }
    let publisher = {
        let world = world.clone();
        thread::spawn(move || {
            let (idle, work) = &*world;
            work.store(true, Ordering::Relaxed);
            idle.notify()
        })
    };
    let (idle, work) = &*world;
    let slept = idle.sleep(0, searching, 2, || false, || work.load(Ordering::Relaxed));
    let woken = publisher.join().unwrap();
    match slept {
        Sleep::Wait { .. } => assert_eq!(woken, Some(0), "asleep beside work"),
        Sleep::Search => assert_eq!(woken, None),
    }
}

/// A searcher finds work and stops searching while more is published and another worker sleeps: as the last
/// searcher it looks for another, so the second piece is not left to nobody.
fn last_searcher() {
    let world = Arc::new((Idle::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
    let (idle, work, woken) = &*world;
    assert_eq!(idle.sleep(1, false, 2, || false, || false), Sleep::Wait { everybody: false });
    assert!(idle.begin_search(2));
    let publisher = {
        let world = world.clone();
        thread::spawn(move || {
            world.1.fetch_add(1, Ordering::Relaxed);
            if world.0.notify().is_some() {
                world.2.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    // It has found something else to run.
    if idle.end_search() && idle.notify().is_some() {
        woken.fetch_add(1, Ordering::Relaxed);
    }
    publisher.join().unwrap();
    assert_eq!(work.load(Ordering::Relaxed), 1);
    assert_eq!(woken.load(Ordering::Relaxed), 1, "the sleeper was woken");
}

/// Two searchers go to sleep while work is published: each may leave it to the other, but not both.
fn two_sleepers() {
    let world = Arc::new((Idle::new(), AtomicBool::new(false)));
    assert!(world.0.begin_search(4) && world.0.begin_search(4));
    let sleep = |world: &(Idle, AtomicBool), me| {
        let slept = world.0.sleep(me, true, 4, || false, || world.1.load(Ordering::Relaxed));
        slept == Sleep::Search
    };
    let other = {
        let world = world.clone();
        thread::spawn(move || sleep(&world, 1))
    };
    let publisher = {
        let world = world.clone();
        thread::spawn(move || {
            world.1.store(true, Ordering::Relaxed);
            world.0.notify().is_some()
        })
    };
    let searches = sleep(&world, 0) | other.join().unwrap();
    assert!(publisher.join().unwrap() | searches, "all asleep beside work");
}

const FLOOR: usize = 1;

/// A fiber polls, or is resumed, while somebody asks: it sees the request, or will poll again.
fn asked(resumed: bool) {
    let all = Arc::new((sync::AtomicUsize::new(FLOOR), AtomicBool::new(!resumed), AtomicBool::new(false)));
    let asker = {
        let all = all.clone();
        thread::spawn(move || {
            let (limit, current, request) = &*all;
            request.store(true, Ordering::Relaxed);
            poll::requested();
            if current.load(Ordering::Relaxed) {
                poll::poison(limit);
            }
        })
    };
    let (limit, current, request) = &*all;
    if resumed {
        current.store(true, Ordering::Relaxed);
        poll::resumed();
    } else {
        poll::restore(limit, FLOOR);
    }
    let seen = request.load(Ordering::Relaxed);
    asker.join().unwrap();
    assert!(seen || limit.load(Ordering::Relaxed) != FLOOR, "the request is missed");
}

#[test]
fn work_is_seen_by_a_sleeper() {
    let test = "sched::models::idle::work_is_seen_by_a_sleeper";
    check(0, test, 4, || one_sleeper(false), &[SLEEPS_BLINDLY]);
}

#[test]
fn work_is_seen_by_a_searcher_that_sleeps() {
    let test = "sched::models::idle::work_is_seen_by_a_searcher_that_sleeps";
    check(0, test, 4, || one_sleeper(true), &[SLEEPS_BLINDLY]);
}

#[test]
fn two_that_sleep_do_not_both_leave_work_to_the_other() {
    let test = "sched::models::idle::two_that_sleep_do_not_both_leave_work_to_the_other";
    check(0, test, 3, two_sleepers, &[SLEEPS_BLINDLY]);
}

#[test]
fn the_last_searcher_wakes_another() {
    let test = "sched::models::idle::the_last_searcher_wakes_another";
    check(0, test, 4, last_searcher, &[LAST_SEARCHER]);
}

#[test]
fn a_request_is_seen_by_a_poll() {
    explore(4, || asked(false));
    explore(4, || asked(true));
}
