//! Models of what is announced once.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::modelling::explore;
use crate::sched::announced::{Announced, AnnouncedTime};

/// A worker begins while another looks for it: whoever finds it finds it whole.
fn found_whole() {
    let worker = Arc::new((Announced::nothing(), UnsafeCell::new(0)));
    let other = {
        let worker = worker.clone();
        thread::spawn(move || {
            if let Some(at) = worker.0.get() {
                let at: *mut UnsafeCell<u32> = at;
                unsafe { (*at).with(|word| assert_eq!(*word, 1)) };
            }
        })
    };
    worker.1.with_mut(|word| unsafe { *word = 1 });
    worker.0.announce((&raw const worker.1).cast_mut());
    other.join().unwrap();
}

/// `main` ends while the monitor looks when the process is to end: if it knows, it sees how `main` has ended.
fn outcome_seen() {
    let main = Arc::new((AnnouncedTime::unknown(), UnsafeCell::new(0)));
    let monitor = {
        let main = main.clone();
        thread::spawn(move || {
            if main.0.get() == Some(5) {
                main.1.with(|outcome| assert_eq!(unsafe { *outcome }, 7));
            }
        })
    };
    main.1.with_mut(|outcome| unsafe { *outcome = 7 });
    main.0.announce(5);
    monitor.join().unwrap();
}

#[test]
fn what_is_announced_is_whole() {
    explore(4, found_whole);
}

#[test]
fn the_outcome_of_main_is_seen() {
    explore(4, outcome_seen);
}
