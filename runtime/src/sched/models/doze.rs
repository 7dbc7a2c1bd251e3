//! Models of the monitor's sleep beside a task that prints: what lies in the buffer is handed on.

use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE, NO_MEMBARRIER, UNKEPT};
use crate::io::held::Held;
use crate::modelling;
use crate::sched::doze::Doze;

struct World {
    doze: Doze,
    held: Held,
    /// How many lines lie there.
    buffer: Mutex<u32>,
}

impl World {
    fn new() -> Arc<World> {
        Arc::new(World { doze: Doze::new(), held: Held::nothing(), buffer: Mutex::new(0) })
    }

    /// What `stdout::put` does.
    fn put(&self) {
        let mut buffer = self.buffer.lock().unwrap();
        *buffer += 1;
        let begins = self.held.begins();
        drop(buffer);
        if begins {
            self.doze.end();
        }
    }

    /// What the monitor does until it has handed on so many lines: it sleeps for as long as it is let.
    fn tend(&self, lines: u32) {
        let mut handed_on = 0;
        while handed_on < lines {
            if self.held.look() {
                let mut buffer = self.buffer.lock().unwrap();
                handed_on += std::mem::take(&mut *buffer);
                self.held.is_left(false);
            } else {
                let wait = || self.doze.signal.wait(None);
                let _ = self.doze.sleep(|| (), || self.held.look(), wait);
            }
        }
    }
}

/// A task prints two lines; the monitor hands on both, or sleeps for ever, which a model does not end with.
fn printed() {
    let world = World::new();
    let monitor = {
        let world = world.clone();
        thread::spawn(move || world.tend(2))
    };
    world.put();
    world.put();
    monitor.join().unwrap();
}

/// Two tasks print a line each.
fn printed_by_two() {
    let world = World::new();
    let put = |world: Arc<World>| thread::spawn(move || world.put());
    let tasks = [put(world.clone()), put(world.clone())];
    world.tend(2);
    for task in tasks {
        task.join().unwrap();
    }
}

/// Checks a model of this module, with membarrier.
fn check(test: &str, preemptions: usize, model: fn()) {
    let test = std::format!("sched::models::doze::{test}");
    modelling::check(0, &test, preemptions, model, &[NO_HEAVY_FENCE, NO_LIGHT_FENCE, UNKEPT]);
}

#[test]
fn what_is_printed_is_handed_on() {
    check("what_is_printed_is_handed_on", 4, printed);
}

#[test]
fn what_two_print_is_handed_on() {
    check("what_two_print_is_handed_on", 3, printed_by_two);
}

#[test]
fn what_is_printed_is_handed_on_without_membarrier() {
    let test = "sched::models::doze::what_is_printed_is_handed_on_without_membarrier";
    modelling::check(NO_MEMBARRIER, test, 4, printed, &[NO_HEAVY_FENCE, NO_LIGHT_FENCE]);
}
