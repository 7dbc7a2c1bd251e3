//! Models of requests to stop, and of shields that keep them out.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::modelling::explore;
use crate::sched::request::{Requested, Shield, ask_twice};
use crate::sched::word::{Committing, ParkWord};
use crate::sync::AtomicU32;

/// A fiber as far as requests go, and the flag of one scope around its task.
struct Fiber {
    shield: Shield,
    request: AtomicU32,
    word: ParkWord,
    cancelled: AtomicBool,
}

/// The level of the scope, which is outside of a shield of the level above.
const OUTSIDE: u32 = 2;
const SHIELD: u32 = 4;

impl Fiber {
    fn new() -> Arc<Fiber> {
        Arc::new(Fiber {
            shield: Shield::new(),
            request: AtomicU32::new(0),
            word: ParkWord::new(),
            cancelled: AtomicBool::new(false),
        })
    }

    /// What `cancel::cancel_scope` does; whether it owes the fiber a wake-up.
    fn cancel(&self) -> bool {
        self.cancelled.store(true, Ordering::SeqCst);
        let mut claimed = false;
        ask_twice(|| {
            let requested = self.shield.request(&self.request, &self.word, OUTSIDE);
            claimed = requested == Requested::Claimed;
            requested != Requested::Running
        });
        claimed
    }

    /// Parks; whether it is told, and wakes itself.
    fn park(&self) -> bool {
        let name = std::ptr::without_provenance_mut::<u8>(64);
        self.word.park_and_commit(name, &Committing::new(), false, &self.request, || ())
    }

    fn told(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn requested(&self) -> bool {
        self.request.load(Ordering::Relaxed) != 0
    }
}

/// A task begins to unwind while it is cancelled from outside: under the shield there is no request, and none appears,
/// also not when its cleanup parks; when the shield is lowered the cancellation is known.
fn shielded() {
    let fiber = Fiber::new();
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || assert!(!fiber.cancel(), "a shielded park is nobody's to end"))
    };
    fiber.shield.set(&fiber.request, SHIELD, || false);
    assert!(!fiber.requested());
    assert!(!fiber.park(), "nothing ends the park");
    thread::yield_now();
    assert!(fiber.word.claim(), "but a peer");
    fiber.word.resume();
    fiber.shield.set(&fiber.request, 0, || fiber.told());
    let early = fiber.requested();
    canceller.join().unwrap();
    assert!(fiber.requested() || early || !fiber.told());
    assert!(fiber.requested(), "the cancellation is not forgotten");
}

/// A task that is not shielded parks while it is cancelled: it goes on, by its own doing or the canceller's, once.
fn unshielded() {
    let fiber = Fiber::new();
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || fiber.cancel())
    };
    let itself = fiber.park();
    let other = canceller.join().unwrap();
    assert!(itself != other, "exactly one side wakes it: itself {itself}, the canceller {other}");
}

/// The same as `shielded`, with a request that looks at the shield without holding the lock while it requests.
fn shielded_without_the_lock() {
    let fiber = Fiber::new();
    let canceller = {
        let fiber = fiber.clone();
        thread::spawn(move || {
            fiber.cancelled.store(true, Ordering::SeqCst);
            if OUTSIDE >= fiber.shield.level() {
                fiber.request.store(1, Ordering::Relaxed);
            }
        })
    };
    fiber.shield.set(&fiber.request, SHIELD, || false);
    thread::yield_now();
    assert!(!fiber.requested(), "a request passes the shield");
    canceller.join().unwrap();
}

#[test]
fn no_request_passes_a_shield() {
    explore(4, shielded);
}

#[test]
fn a_request_reaches_who_has_no_shield() {
    explore(4, unshielded);
}

#[test]
#[should_panic(expected = "a request passes the shield")]
fn a_shield_needs_the_lock_in_the_request() {
    explore(4, shielded_without_the_lock);
}
