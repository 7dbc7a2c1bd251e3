//! Models of an inbox whose worker goes to sleep, and of a fiber that is untied while somebody wakes it.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::fault::{COUNTED_LATE, SILENT_LEAVE};
use crate::modelling::{check, explore};
use crate::sched::idle::{Idle, Sleep};
use crate::sched::inbox::Inbox;
use crate::sched::knot::Untied;

/// Something is sent to a worker that goes to sleep: it sees it, or is woken. `others` is whether a publisher wakes a
/// sleeper for something else at the same time.
fn sent(others: bool) {
    let all = Arc::new((Idle::new(), Inbox::new()));
    let sender = {
        let all = all.clone();
        thread::spawn(move || {
            let (idle, inbox) = &*all;
            inbox.send(7) && idle.wake(0)
        })
    };
    let publisher = others.then(|| {
        let all = all.clone();
        thread::spawn(move || all.0.notify() == Some(0))
    });
    let (idle, inbox) = &*all;
    inbox.leave();
    let slept = idle.sleep(0, false, 2, || !inbox.is_empty(), || false);
    let wakes = u32::from(sender.join().unwrap())
        + u32::from(publisher.is_some_and(|publisher| publisher.join().unwrap()));
    assert!(wakes <= 1, "woken twice");
    let woken = wakes == 1;
    match slept {
        Sleep::Wait { .. } => assert!(woken, "asleep beside its mail"),
        Sleep::Search => {
            inbox.come_back();
            let mut taken = Vec::new();
            inbox.take(|item| taken.push(item));
            assert_eq!(taken, [7]);
        }
    }
}

/// Two are sent to a worker that goes to sleep, while another takes one of them: each is got once, and the worker does not
/// sleep beside what is left.
fn sent_beside_a_thief() {
    let all = Arc::new((Idle::new(), Inbox::new()));
    let sender = {
        let all = all.clone();
        thread::spawn(move || {
            let (idle, inbox) = &*all;
            (7..9).filter(|item| inbox.send(*item) && idle.wake(0)).count()
        })
    };
    let thief = {
        let all = all.clone();
        thread::spawn(move || all.1.take_one(|item| *item == 7))
    };
    let (idle, inbox) = &*all;
    inbox.leave();
    let slept = idle.sleep(0, false, 2, || !inbox.is_empty(), || false);
    let wakes = sender.join().unwrap();
    let mut taken = Vec::from_iter(thief.join().unwrap());
    assert!(wakes <= 1, "woken twice");
    match slept {
        Sleep::Wait { .. } => assert!(wakes == 1, "asleep beside its mail"),
        Sleep::Search => inbox.come_back(),
    }
    assert!(!inbox.is_empty(), "the second is there");
    inbox.take(|item| taken.push(item));
    taken.sort_unstable();
    assert_eq!(taken, [7, 8], "each once");
}

/// A worker does the last that was private for a fiber, and unties it, while another wakes the fiber: who finds it untied
/// sees all that the worker did.
fn untied() {
    let all = Arc::new((Untied::new(), UnsafeCell::new(0)));
    let knot = all.0.next();
    let waker = {
        let all = all.clone();
        thread::spawn(move || {
            if !all.0.binds(knot) {
                // SAFETY: the worker is done with it.
                assert_eq!(all.1.with(|count| unsafe { *count }), 1);
            }
        })
    };
    // SAFETY: private to this worker.
    all.1.with_mut(|count| unsafe { *count = 1 });
    all.0.untie(knot);
    waker.join().unwrap();
}

#[test]
fn what_is_sent_to_a_sleeper_is_seen() {
    let test = "sched::models::inbox::what_is_sent_to_a_sleeper_is_seen";
    check(0, test, 4, || sent(false), &[SILENT_LEAVE]);
}

#[test]
fn a_thief_leaves_the_rest_to_be_seen() {
    let test = "sched::models::inbox::a_thief_leaves_the_rest_to_be_seen";
    check(0, test, 3, sent_beside_a_thief, &[COUNTED_LATE, SILENT_LEAVE]);
}

#[test]
fn mail_and_other_work_wake_a_sleeper_once() {
    explore(3, || sent(true));
}

#[test]
fn who_finds_a_fiber_untied_sees_its_tasks() {
    explore(4, untied);
}
