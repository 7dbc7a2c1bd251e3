//! Models of the parking word: parking beside peers, cancellers, timers and reports.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;
use wyn_abi::sync::interrupts::{self, Thread};

use crate::fault::{
    ASKS_ONCE, CLAIM_IN_TWO_STEPS, EARLY_LOOK, NO_HEAVY_FENCE, NO_LIGHT_FENCE, NO_MEMBARRIER, PIN_ANYBODY,
    PIN_IN_TWO_STEPS, PIN_UNSEEN, UNCOMMITTED,
};
use crate::modelling::{self, explore};
use crate::sched::request::ask_twice;
use crate::sched::word::{Committing, ParkWord, Ticket};
use crate::sync::AtomicU32;

/// What a canceller does: a look, and if that shows nothing, another behind the fence.
fn cancel(word: &ParkWord, request: &AtomicU32) -> bool {
    request.store(1, Ordering::Relaxed);
    let mut claimed = false;
    ask_twice(|| {
        claimed = word.claim_cancelled();
        claimed
    });
    claimed
}

/// What a worker does with a fiber that parks; whether it wakes it, as cancelled.
fn park(word: &ParkWord, request: &AtomicU32, commit: impl FnOnce()) -> bool {
    word.park_and_commit(name(), &Committing::new(), false, request, commit)
}

/// The fiber, for a worker's note of what it commits.
fn name() -> *mut u8 {
    std::ptr::without_provenance_mut(64)
}

/// A fiber parks while it is being cancelled: the request or the wait is seen by the other.
fn cancelled() {
    let fiber = Arc::new((ParkWord::new(), AtomicU32::new(0), AtomicUsize::new(0)));
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            let _thread = Thread::enter();
            let (word, request, wakes) = &*fiber;
            if cancel(word, request) {
                wakes.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let thread = Thread::enter();
    let (word, request, wakes) = &*fiber;
    if park(word, request, || ()) {
        wakes.fetch_add(1, Ordering::Relaxed);
    }
    drop(thread);
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
            if cancel(word, request) {
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
    if park(word, request, || listed.store(true, Ordering::Release)) {
        wakes.fetch_add(1, Ordering::Relaxed);
    }
    canceller.join().unwrap();
    peer.join().unwrap();
    assert_eq!(wakes.load(Ordering::Relaxed), 1, "woken once");
}

/// A canceller claims a fiber whose commit is still to run: the fiber goes on when the commit is over.
fn committed_first() {
    type Fiber = (ParkWord, AtomicU32, Committing<u8>, loom::cell::UnsafeCell<u32>);
    let fiber: Arc<Fiber> =
        Arc::new((ParkWord::new(), AtomicU32::new(0), Committing::new(), loom::cell::UnsafeCell::new(0)));
    // Stands for what the commit touches of the fiber.
    let touch = |fiber: &Fiber| fiber.3.with_mut(|touched| unsafe { *touched += 1 });
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            let claimed = cancel(&fiber.0, &fiber.1);
            if claimed {
                fiber.2.wait_for(name());
                touch(&fiber);
            }
            claimed
        })
    };
    let itself = fiber.0.park_and_commit(name(), &fiber.2, false, &fiber.1, || touch(&fiber));
    if itself {
        touch(&fiber);
    }
    assert!(itself != canceller.join().unwrap(), "woken once");
}

/// A timer comes up after its sleeper was woken and has parked elsewhere: it leaves the new park alone.
fn late_timer() {
    let fiber = Arc::new((ParkWord::new(), AtomicUsize::new(0)));
    let (word, wakes) = &*fiber;
    let first = word.park(false);
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
        let _ = word.park(false);
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

fn masked(word: &ParkWord) -> Ticket {
    word.park(true)
}

fn unmasked(word: &ParkWord) -> Ticket {
    word.park(false)
}

/// Checks a model of this module.
fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("sched::models::parking::{test}"), preemptions, model, faults);
}

#[test]
fn cancellation_is_not_missed() {
    let faults = [NO_LIGHT_FENCE, NO_HEAVY_FENCE, EARLY_LOOK, ASKS_ONCE];
    check("cancellation_is_not_missed", 4, cancelled, &faults);
}

#[test]
fn cancellation_is_not_missed_without_membarrier() {
    let test = "sched::models::parking::cancellation_is_not_missed_without_membarrier";
    modelling::check(NO_MEMBARRIER, test, 4, cancelled, &[NO_LIGHT_FENCE, NO_HEAVY_FENCE]);
}

#[test]
fn cancellation_is_not_missed_by_an_interrupt() {
    let model = || {
        interrupts::begin();
        cancelled();
    };
    check("cancellation_is_not_missed_by_an_interrupt", 4, model, &[NO_HEAVY_FENCE]);
}

#[test]
fn a_cancelled_fiber_goes_on_when_its_commit_has_run() {
    let test = "a_cancelled_fiber_goes_on_when_its_commit_has_run";
    check(test, 4, committed_first, &[UNCOMMITTED]);
}

#[test]
fn a_parked_fiber_is_woken_by_one() {
    check("a_parked_fiber_is_woken_by_one", 3, claimed_by_one, &[CLAIM_IN_TWO_STEPS]);
}

#[test]
fn a_late_timer_wakes_nobody() {
    explore(4, late_timer);
}

/// A report beside a peer.
fn pinned_beside_a_peer() {
    pinned(unmasked, |word, _| word.claim());
}

/// A report beside a canceller.
fn pinned_beside_a_canceller() {
    pinned(unmasked, |word, _| word.claim_cancelled());
}

#[test]
fn a_report_keeps_a_parked_fiber_parked() {
    let faults = [PIN_UNSEEN, PIN_ANYBODY, PIN_IN_TWO_STEPS];
    check("a_report_keeps_a_parked_fiber_parked", 4, pinned_beside_a_peer, &faults);
}

#[test]
fn a_report_keeps_a_cancelled_fiber_parked() {
    let faults = [PIN_UNSEEN, PIN_ANYBODY, PIN_IN_TWO_STEPS];
    check("a_report_keeps_a_cancelled_fiber_parked", 4, pinned_beside_a_canceller, &faults);
}

#[test]
fn a_report_keeps_a_fiber_parked_whoever_wakes_it() {
    explore(4, || pinned(masked, |word, _| word.claim()));
    for park in [masked, unmasked] {
        explore(4, move || pinned(park, |word, ticket| word.claim_at(ticket)));
    }
    explore(4, || pinned(unmasked, |word, ticket| word.claim_told(ticket)));
}
