//! Models of requests for tasks.

use loom::sync::Arc;
use loom::thread;

use crate::modelling::explore;
use crate::sched::demand;
use crate::sched::idle::Idle;
use crate::sync::{AtomicU32, Ordering};

/// A worker asks for tasks while the owner answers an earlier request: it is seen, or its request stays.
fn answered(asks: fn(&Idle, &AtomicU32)) {
    let all = Arc::new((Idle::new(), AtomicU32::new(1)));
    let asker = {
        let all = all.clone();
        thread::spawn(move || asks(&all.0, &all.1))
    };
    let (idle, wanted) = &*all;
    assert_eq!(demand::take(wanted), 1);
    let seen = idle.count();
    asker.join().unwrap();
    assert!(seen != 0 || wanted.load(Ordering::Relaxed) != 0, "the request is lost");
}

/// One that begins to search.
fn searches(idle: &Idle, wanted: &AtomicU32) {
    assert!(idle.begin_search(2));
    demand::is_idle();
    demand::ask(wanted, 1);
}

/// One that goes to sleep.
fn sleeps(idle: &Idle, wanted: &AtomicU32) {
    let _ = idle.sleep(
        1,
        false,
        2,
        || false,
        || {
            demand::ask(wanted, 1);
            false
        },
    );
}

/// Two ask at once: the owner hears of the greater wish, at once or the next time.
fn the_greater_wish_counts() {
    let wanted = Arc::new(AtomicU32::new(0));
    let asker = {
        let wanted = wanted.clone();
        thread::spawn(move || demand::ask(&wanted, 2))
    };
    demand::ask(&wanted, 1);
    let first = demand::take(&wanted);
    asker.join().unwrap();
    assert_eq!(first.max(demand::take(&wanted)), 2);
}

#[test]
fn a_request_for_tasks_is_not_lost() {
    explore(4, || answered(searches));
    explore(4, || answered(sleeps));
    explore(4, the_greater_wish_counts);
}
