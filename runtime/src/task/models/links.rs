//! Models of linking scopes: two tasks park in one scope for the first time while something above it is cancelled.

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Mutex, MutexGuard};
use loom::thread;

use crate::fault::FROM_WITHIN;
use crate::modelling;
use crate::task::links::{Link, link_all};
use crate::task::told;

/// The root, a scope within it, and the scope in which the tasks are.
const SCOPES: usize = 3;
const INNERMOST: usize = SCOPES - 1;

/// What a scope's lock guards.
#[derive(Default)]
struct Lists {
    /// The scope within this one is in its list.
    linked: bool,
    /// The tasks that have parked here.
    parked: [bool; 2],
    /// There is a reason for those within to stop.
    why: bool,
}

struct Scope {
    lists: Mutex<Lists>,
    told: AtomicBool,
    cancelled: AtomicBool,
}

struct World([Scope; SCOPES]);

#[derive(Clone, Copy)]
struct At<'a>(&'a World, usize);

impl<'a> At<'a> {
    fn scope(self) -> &'a Scope {
        &self.0.0[self.1]
    }

    fn lists(self) -> MutexGuard<'a, Lists> {
        self.scope().lists.lock().unwrap()
    }

    /// What `ScopeCell::learn` does.
    fn learn(self, lists: &mut Lists) {
        lists.why = true;
        self.scope().told.store(true, Ordering::Relaxed);
    }
}

impl Link for At<'_> {
    fn around(self) -> Option<Self> {
        self.1.checked_sub(1).map(|around| At(self.0, around))
    }

    fn is_linked(self) -> bool {
        self.around().is_none_or(|around| around.lists().linked)
    }

    fn link(self) {
        let Some(around) = self.around() else { return };
        let mut lists = around.lists();
        if lists.linked {
            return;
        }
        lists.linked = true;
        if lists.why {
            self.learn(&mut self.lists());
        }
    }
}

impl World {
    fn new() -> Arc<World> {
        let scope = || Scope {
            lists: Mutex::new(Lists::default()),
            told: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
        };
        Arc::new(World([scope(), scope(), scope()]))
    }

    /// A task parks in the innermost scope; whether it finds itself told to stop.
    fn park(&self, task: usize) -> bool {
        let enter = || {
            At(self, INNERMOST).lists().parked[task] = true;
            link_all(At(self, INNERMOST));
        };
        told::enter(enter, || self.is_told())
    }

    /// What `cancel::is_told` does.
    fn is_told(&self) -> bool {
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        self.0.iter().rev().any(|scope| set(&scope.told) || set(&scope.cancelled))
    }

    /// What `cancel::cancel_scope` does with the root; the tasks that it finds.
    fn cancel(&self) -> [bool; 2] {
        {
            let _lists = At(self, 0).lists();
            self.0[0].cancelled.store(true, Ordering::Relaxed);
        }
        let mut way = std::vec::Vec::new();
        for scope in 0..SCOPES {
            let mut lists = At(self, scope).lists();
            At(self, scope).learn(&mut lists);
            let (linked, parked) = (lists.linked, lists.parked);
            way.push(lists);
            if scope == INNERMOST {
                return parked;
            }
            if !linked {
                break;
            }
        }
        [false; 2]
    }
}

/// Each task is found, or finds that it is told; and the scope knows why.
fn park_together() {
    let world = World::new();
    let run = |run: fn(&World) -> [bool; 2]| {
        let world = world.clone();
        thread::spawn(move || run(&world))
    };
    let canceller = run(World::cancel);
    let other = run(|world| [false, world.park(1)]);
    let told = [world.park(0), other.join().unwrap()[1]];
    let found = canceller.join().unwrap();
    for task in 0..2 {
        assert!(told[task] || found[task], "a task is not told to stop");
    }
    assert!(At(&world, INNERMOST).lists().why, "the reason has not come down");
}

#[test]
fn all_who_park_in_a_scope_are_told() {
    let test = "task::models::links::all_who_park_in_a_scope_are_told";
    modelling::check(0, test, 3, park_together, &[FROM_WITHIN]);
}
