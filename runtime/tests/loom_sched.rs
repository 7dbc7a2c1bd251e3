//! Models of the scheduler's protocols: parking beside a peer and a canceller, sleeping beside a publisher, and polling
//! beside somebody who asks.
//!
//! Run with `RUSTFLAGS="--cfg wyn_loom" cargo test -p wyn-runtime --release --test loom_sched`. Each model passes
//! as shipped and fails without the fences.

#![cfg(wyn_loom)]
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use loom::thread;
use wyn_runtime::sched::idle::{Idle, Sleep};
use wyn_runtime::sched::poll;
use wyn_runtime::sched::word::{ParkWord, Ticket};
use wyn_runtime::sync::{Fences, Strict, Weakened};

/// A fiber parks while it is being cancelled: the request or the wait is seen by the other.
fn cancelled<F: Fences + Send + Sync + 'static>() {
    let fiber = Arc::new((ParkWord::<F>::new(), AtomicU32::new(0), AtomicUsize::new(0)));
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            let (word, request, wakes) = &*fiber;
            request.store(1, Ordering::Relaxed);
            if word.claim_cancelled() {
                wakes.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let (word, request, wakes) = &*fiber;
    let ticket = word.prepare();
    if word.wait(ticket, request) {
        wakes.fetch_add(1, Ordering::Relaxed);
    }
    canceller.join().unwrap();
    assert_eq!(wakes.load(Ordering::Relaxed), 1, "woken once");
}

/// A peer finds the parked fiber in a list while a canceller is at it: one of them wakes it.
fn claimed_by_one() {
    let fiber =
        Arc::new((ParkWord::<Strict>::new(), AtomicU32::new(0), AtomicBool::new(false), AtomicUsize::new(0)));
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            let (word, request, _, wakes) = &*fiber;
            request.store(1, Ordering::Relaxed);
            if word.claim_cancelled() {
                wakes.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let peer = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            let (word, _, listed, wakes) = &*fiber;
            // The lock of what it waits for.
            if listed.load(Ordering::Acquire) && word.claim() {
                wakes.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let (word, request, listed, wakes) = &*fiber;
    let ticket = word.prepare();
    listed.store(true, Ordering::Release);
    if word.wait(ticket, request) {
        wakes.fetch_add(1, Ordering::Relaxed);
    }
    canceller.join().unwrap();
    peer.join().unwrap();
    assert_eq!(wakes.load(Ordering::Relaxed), 1, "woken once");
}

/// A timer comes up after its sleeper was woken and has parked elsewhere: it leaves the new park alone.
fn late_timer() {
    let fiber = Arc::new((ParkWord::<Strict>::new(), AtomicUsize::new(0)));
    let (word, wakes) = &*fiber;
    let first = word.prepare();
    let timer = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            if fiber.0.claim_at(first) {
                fiber.1.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    if word.claim() {
        wakes.fetch_add(1, Ordering::Relaxed);
        word.resume();
        let _ = word.prepare();
        timer.join().unwrap();
        assert!(word.is_waiting(), "the second park still waits");
    } else {
        timer.join().unwrap();
    }
    assert_eq!(wakes.load(Ordering::Relaxed), 1, "woken once");
}

/// A report reads what a parked fiber waits for while somebody wakes the fiber, who does not fail for that: what is read
/// does not change meanwhile.
fn pinned(park: fn(&ParkWord) -> Ticket, wake: fn(&ParkWord, Ticket) -> bool) {
    let fiber = Arc::new((ParkWord::<Strict>::new(), loom::cell::UnsafeCell::new(0)));
    fiber.1.with_mut(|wait| unsafe { *wait = 1 });
    let ticket = park(&fiber.0);
    let reporter = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            if let Some(seen) = fiber.0.pin() {
                assert_eq!(seen, ticket);
                fiber.1.with(|wait| assert_eq!(unsafe { *wait }, 1));
                fiber.0.unpin();
            }
        })
    };
    assert!(wake(&fiber.0, ticket), "a report takes a wake-up from nobody");
    // The fiber goes on.
    fiber.1.with_mut(|wait| unsafe { *wait = 2 });
    reporter.join().unwrap();
}

fn prepared(word: &ParkWord) -> Ticket {
    word.prepare()
}

fn committed(word: &ParkWord) -> Ticket {
    let ticket = word.prepare();
    assert!(!word.wait(ticket, &AtomicU32::new(0)));
    ticket
}

/// Work is published while a worker goes to sleep: the worker sees it, or is woken.
fn one_sleeper<F: Fences + Send + Sync + 'static>(searching: bool) {
    let world = Arc::new((Idle::<F>::new(), AtomicBool::new(false)));
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
    let slept = idle.sleep(0, searching, 2, || work.load(Ordering::Relaxed));
    let woken = publisher.join().unwrap();
    match slept {
        Sleep::Wait { .. } => assert_eq!(woken, Some(0), "asleep beside work"),
        Sleep::Search => assert_eq!(woken, None),
    }
}

/// A searcher finds work and stops searching while more is published and another worker sleeps: as the last
/// searcher it looks for another, so the second piece is not left to nobody.
fn last_searcher() {
    let world = Arc::new((Idle::<Strict>::new(), AtomicUsize::new(0), AtomicUsize::new(0)));
    let (idle, work, woken) = &*world;
    assert_eq!(idle.sleep(1, false, 2, || false), Sleep::Wait { everybody: false });
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

const FLOOR: usize = 1;

/// A fiber polls, or is resumed, while somebody asks: it sees the request, or will poll again.
fn asked<F: Fences + Send + Sync + 'static>(resumed: bool) {
    let all = Arc::new((AtomicUsize::new(FLOOR), AtomicBool::new(!resumed), AtomicBool::new(false)));
    let asker = {
        let all = all.clone();
        thread::spawn(move || {
            let (limit, current, request) = &*all;
            request.store(true, Ordering::Relaxed);
            poll::requested_with::<F>();
            if current.load(Ordering::Relaxed) {
                poll::poison(limit);
            }
        })
    };
    let (limit, current, request) = &*all;
    if resumed {
        current.store(true, Ordering::Relaxed);
        poll::resumed_with::<F>();
    } else {
        poll::restore_with::<F>(limit, FLOOR);
    }
    let seen = request.load(Ordering::Relaxed);
    asker.join().unwrap();
    assert!(seen || limit.load(Ordering::Relaxed) != FLOOR, "the request is missed");
}

#[test]
fn cancellation_is_not_missed() {
    loom::model(cancelled::<Strict>);
}

#[test]
#[should_panic]
fn cancellation_needs_the_fences() {
    loom::model(cancelled::<Weakened>);
}

#[test]
fn a_parked_fiber_is_woken_by_one() {
    loom::model(claimed_by_one);
}

#[test]
fn a_late_timer_wakes_nobody() {
    loom::model(late_timer);
}

#[test]
fn a_report_keeps_a_parked_fiber_parked() {
    for park in [prepared, committed] {
        loom::model(move || pinned(park, |word, _| word.claim()));
        loom::model(move || pinned(park, |word, ticket| word.claim_at(ticket)));
    }
    loom::model(|| pinned(committed, |word, _| word.claim_cancelled()));
    // The request was there before.
    loom::model(|| pinned(prepared, |word, ticket| word.wait(ticket, &AtomicU32::new(1))));
}

#[test]
fn work_is_seen_by_a_sleeper() {
    loom::model(|| one_sleeper::<Strict>(false));
    loom::model(|| one_sleeper::<Strict>(true));
}

#[test]
#[should_panic]
fn sleeping_needs_the_fences() {
    loom::model(|| one_sleeper::<Weakened>(false));
}

#[test]
fn the_last_searcher_wakes_another() {
    loom::model(last_searcher);
}

#[test]
fn a_request_is_seen_by_a_poll() {
    loom::model(|| asked::<Strict>(false));
    loom::model(|| asked::<Strict>(true));
}

#[test]
#[should_panic(expected = "missed")]
fn polling_needs_the_fences() {
    loom::model(|| asked::<Weakened>(false));
}

#[test]
#[should_panic(expected = "missed")]
fn resuming_needs_the_fences() {
    loom::model(|| asked::<Weakened>(true));
}
