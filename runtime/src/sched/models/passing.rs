//! The model of a thread that goes from one fiber to the next at once: the one that parks is finished off on the stack of
//! the other. In place of the switch, which is assembly, each context is a cell: the switch writes that of the fiber that
//! leaves, and reads that of the fiber that comes.

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::fault::{UNSAVED, injected};
use crate::modelling::check;
use crate::sched::home::Home;
use crate::sched::next::NextSlot;
use crate::sched::word::{Committing, ParkWord};
use crate::sync::AtomicU32;

/// A fiber. Its context counts how often it was saved.
struct Fiber {
    word: ParkWord,
    request: AtomicU32,
    home: Home,
    context: UnsafeCell<u32>,
}

impl Fiber {
    fn new() -> Fiber {
        Fiber {
            word: ParkWord::new(),
            request: AtomicU32::new(0),
            home: Home::none(),
            context: UnsafeCell::new(0),
        }
    }

    /// What `Worker::enter` does.
    fn enter(&self, worker: u32) {
        self.home.move_to(worker);
        self.word.resume();
    }

    fn save(&self) {
        self.context.with_mut(|context| unsafe { *context += 1 });
    }

    fn saved(&self) -> u32 {
        self.context.with(|context| unsafe { *context })
    }
}

/// Two fibers and a worker that runs the first, while the second is to run next.
struct World {
    fibers: [Fiber; 2],
    next: NextSlot<Fiber>,
    committing: Committing<Fiber>,
    /// A list in which the first fiber waits, and its lock.
    listed: Mutex<bool>,
}

impl World {
    fn new() -> Arc<World> {
        let world = World {
            fibers: [Fiber::new(), Fiber::new()],
            next: NextSlot::new(),
            committing: Committing::new(),
            listed: Mutex::new(false),
        };
        Arc::new(world)
    }

    fn fiber(&self, which: usize) -> *mut Fiber {
        (&raw const self.fibers[which]).cast_mut()
    }

    /// Gives up the fiber that runs on this worker, for the one that is to run next if it is still there.
    fn suspend(&self) {
        let fiber = &self.fibers[0];
        // The fiber is in a list, whose lock it holds from before.
        let mut listed = self.listed.lock().unwrap();
        *listed = true;
        let next = unsafe { self.next.take().as_ref() };
        if let Some(next) = next {
            next.enter(0);
        }
        if !injected(UNSAVED) {
            fiber.save();
        }
        if let Some(next) = next {
            assert_eq!(next.saved(), 1);
        }
        let commit = || drop(listed);
        let told = fiber.word.park_and_commit(self.fiber(0), &self.committing, false, &fiber.request, commit);
        assert!(!told);
        if injected(UNSAVED) {
            fiber.save();
        }
    }

    /// A peer on another worker finds the fiber, and wakes it there.
    fn wake(&self) {
        let listed = std::mem::take(&mut *self.listed.lock().unwrap());
        let fiber = &self.fibers[0];
        if listed && fiber.word.claim() {
            fiber.enter(1);
            assert_eq!(fiber.saved(), 1, "its context is saved");
            fiber.save();
        }
    }
}

/// A fiber parks and passes its thread on, while a peer elsewhere wakes it and a thief is after the one that comes next.
fn passed_on() {
    let world = World::new();
    world.fibers[1].save();
    assert!(world.next.put(world.fiber(1)).is_null());
    let other = {
        let world = world.clone();
        thread::spawn(move || {
            if let Some(stolen) = unsafe { world.next.steal().as_ref() } {
                stolen.enter(1);
                assert_eq!(stolen.saved(), 1);
            }
            world.wake();
        })
    };
    world.suspend();
    other.join().unwrap();
}

#[test]
fn whoever_passes_its_thread_on_is_whole_when_it_is_found() {
    let test = "sched::models::passing::whoever_passes_its_thread_on_is_whole_when_it_is_found";
    check(0, test, 3, passed_on, &[UNSAVED]);
}
