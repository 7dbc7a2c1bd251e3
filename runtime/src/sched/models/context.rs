//! The model of what a fiber leaves behind when it parks: a report that finds it sees that.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::modelling::explore;
use crate::sched::word::ParkWord;

/// A report goes through all fibers, and comes to one that parks.
fn found_by_a_report() {
    let fiber = Arc::new((ParkWord::new(), UnsafeCell::new(0)));
    let reporter = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            if fiber.0.pin().is_some() {
                assert_eq!(fiber.1.with(|left| unsafe { *left }), 1);
                fiber.0.unpin();
            }
        })
    };
    fiber.1.with_mut(|left| unsafe { *left = 1 });
    let _ = fiber.0.park(false);
    reporter.join().unwrap();
}

#[test]
fn a_report_sees_what_a_parked_fiber_has_left() {
    explore(4, found_by_a_report);
}
