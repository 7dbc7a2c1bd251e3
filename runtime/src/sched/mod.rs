//! The scheduler: many fibers on few threads.
//!
//! * A **worker** (`worker`) is a thread that runs one fiber at a time, on the fiber's stack, and looks for work on
//!   its own stack in between. The others see a part of it (`shared`).
//! * New tasks go to the worker's private stack, from which it publishes on request into a queue that others steal
//!   from (`private`, `queues`). Woken fibers go to its run-next slot (`run_next`, `next`), then to a queue, from which others
//!   take them with patience (`woken`). The global queue (`global`) takes what comes from outside and what was preempted, unless it is
//!   bound. A fiber whose tasks are private on a worker goes on there (`bound`, `inbox`, `knot`).
//! * **Parking** (`parking`, `word`) takes a fiber off its worker; whoever claims its word wakes it.
//! * **Idle** workers (`idle`, `search`) search, ask for tasks (`demand`, `appetite`), then sleep, each on a futex of its
//!   own; nobody polls.
//! * The **monitor** (`monitor`) is a thread that acts when workers cannot: timers when all are busy, preemption of
//!   loops, interrupts.
//! * `shake` disturbs the schedule at random, for tests.
//! * When everybody sleeps and nothing can wake anybody, `crate::report` says what every task waits for.

pub(crate) mod announced;
pub(crate) mod appetite;
pub(crate) mod bound;
pub mod demand;
pub(crate) mod doze;
pub(crate) mod entry;
pub(crate) mod exit;
pub(crate) mod futex;
pub(crate) mod global;
pub(crate) mod home;
pub mod idle;
pub(crate) mod inbox;
pub(crate) mod knot;
pub(crate) mod monitor;
pub mod next;
pub mod parking;
pub mod poll;
pub(crate) mod private;
pub(crate) mod queues;
pub mod request;
pub(crate) mod run_next;
pub(crate) mod search;
pub(crate) mod shake;
pub(crate) mod shared;
pub(crate) mod standstill;
pub(crate) mod stats;
pub(crate) mod woken;
pub mod word;
pub(crate) mod worker;

use std::sync::OnceLock;

use wyn_abi::{ProgramInfo, TaskRecord};

use crate::fiber::{FiberCell, status};
use crate::sync::{AtomicBool, AtomicPtr, Ordering};
use crate::task::detach::Detached;
use crate::time::timers::Timers;
use appetite::Prober;
use entry::Entry;
use global::GlobalQueue;
use idle::Idle;
use monitor::Monitor;
use shared::Shared;

/// What all workers share.
pub(crate) struct Runtime {
    pub(crate) workers: Vec<Shared>,
    /// How many of them can run at the same time.
    pub(crate) processors: usize,
    pub(crate) global: GlobalQueue,
    pub(crate) idle: Idle,
    pub(crate) prober: Prober,
    pub(crate) timers: Timers,
    pub(crate) monitor: Monitor,
    pub(crate) detached: Detached,
    pub(crate) shutdown: AtomicBool,
    pub(crate) program: &'static ProgramInfo,
    pub(crate) main: AtomicPtr<TaskRecord>,
    /// Drawn at random, so that nobody outside can choose keys whose hashes collide.
    pub(crate) hash_seed: u64,
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The running program's runtime. There is one from `wyn_start` on.
pub(crate) fn runtime() -> Option<&'static Runtime> {
    RUNTIME.get()
}

/// Installs the runtime; a second program in one process is refused.
pub(crate) fn install(runtime: Runtime) -> &'static Runtime {
    let mut refused = true;
    let installed = RUNTIME.get_or_init(|| {
        refused = false;
        runtime
    });
    if refused {
        crate::panic::fatal("a process runs one Wyn program");
    }
    installed
}

impl Runtime {
    /// Work was made visible: wakes a worker if one is needed.
    #[inline]
    pub(crate) fn notify(&self) {
        if let Some(index) = self.idle.notify() {
            self.workers[index as usize].signal.notify();
        }
        self.monitor.arm_if_asleep(self);
    }

    /// Makes entries runnable from outside any worker.
    pub(crate) fn inject(&self, entries: impl IntoIterator<Item = Entry>) {
        self.global.push(entries);
        self.notify();
    }

    /// Makes fibers runnable from outside any worker.
    ///
    /// # Safety
    /// The caller has claimed them.
    pub(crate) unsafe fn inject_fibers(&self, cells: impl IntoIterator<Item = *mut FiberCell>) {
        let free = cells.into_iter().filter(|&cell| {
            // SAFETY: by contract.
            // ORDER: Relaxed; for reports.
            unsafe { (*cell).status.store(status::QUEUED, Ordering::Relaxed) };
            // SAFETY: as above.
            let home = unsafe { self.bound_to(cell) };
            if let Some(home) = home {
                self.send_home(home, cell);
            }
            home.is_none()
        });
        self.inject(free.map(Entry::fiber));
    }

    /// Whether a look around would find something to run.
    pub(crate) fn has_work(&self) -> bool {
        !self.global.is_empty()
            || self.workers.iter().any(Shared::has_work)
            || self.timers.is_due()
            || self.is_shut_down()
    }

    /// Makes all running fibers poll.
    pub(crate) fn poison_running(&self) {
        self.workers.iter().for_each(Shared::poison_current);
    }

    /// How often fibers were resumed.
    pub(crate) fn turns(&self) -> u64 {
        self.workers.iter().map(Shared::turn).sum()
    }

    /// How often fibers have parked.
    pub(crate) fn parks(&self) -> u64 {
        // ORDER: Relaxed; a late value is seen at the next look.
        self.workers.iter().map(|worker| worker.parks.load(Ordering::Relaxed)).sum()
    }

    /// Roughly how many tasks have not begun.
    pub(crate) fn new_tasks(&self) -> usize {
        self.workers.iter().map(Shared::new_tasks).sum()
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        // ORDER: Relaxed; what threads leave behind is read by whoever has joined them.
        self.shutdown.load(Ordering::Relaxed)
    }

    /// Ends all workers' loops.
    pub(crate) fn shut_down(&self) {
        // ORDER: Relaxed; each thread gets a signal, which it does not miss, and which this comes before.
        self.shutdown.store(true, Ordering::Relaxed);
        for worker in &self.workers {
            worker.signal.notify();
        }
        self.monitor.doze.signal.notify();
    }
}
