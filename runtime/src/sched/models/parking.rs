//! Models of the parking word: parking beside peers, cancellers, timers and reports.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use crate::modelling::explore;
use crate::sched::word::{ParkWord, Ticket};
use crate::sync::AtomicU32;

/// A fiber parks while it is being cancelled: the request or the wait is seen by the other.
fn cancelled() {
    let fiber = Arc::new((ParkWord::new(), AtomicU32::new(0), AtomicUsize::new(0)));
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
    let fiber = Arc::new((ParkWord::new(), AtomicU32::new(0), AtomicBool::new(false), AtomicUsize::new(0)));
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
    let fiber = Arc::new((ParkWord::new(), AtomicUsize::new(0)));
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
    let fiber = Arc::new((ParkWord::new(), loom::cell::UnsafeCell::new(0)));
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

#[test]
fn cancellation_is_not_missed() {
    explore(4, cancelled);
}

#[test]
fn a_parked_fiber_is_woken_by_one() {
    explore(3, claimed_by_one);
}

#[test]
fn a_late_timer_wakes_nobody() {
    explore(4, late_timer);
}

#[test]
fn a_report_keeps_a_parked_fiber_parked() {
    for park in [prepared, committed] {
        explore(4, move || pinned(park, |word, _| word.claim()));
        explore(4, move || pinned(park, |word, ticket| word.claim_at(ticket)));
    }
    explore(4, || pinned(committed, |word, _| word.claim_cancelled()));
    // The request was there before.
    explore(4, || pinned(prepared, |word, ticket| word.wait(ticket, &AtomicU32::new(1))));
}
