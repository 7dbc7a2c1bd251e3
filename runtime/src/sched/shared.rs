//! What others see of a worker: the ends of its queues, what it runs, and how far it has come; and what they ask of it.

use wyn_abi::WorkerHot;
use wyn_hot::latent;

use super::announced::Announced;
use super::appetite::Worth;
use super::bound::Ties;
use super::futex::Signal;
use super::next::NextSlot;
use super::queues::Stealers;
use super::word::Committing;
use super::worker::Worker;
use super::{Runtime, demand, poll, runtime};
use crate::fiber::FiberCell;
use crate::fiber::fold::Returns;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

/// Begins a new pair of lines of a cache, which are fetched as one, where it stands among the fields of a struct.
#[derive(Default)]
#[repr(align(128))]
struct NewLines;

/// What others see of a worker. Two workers' parts share no line of a cache. Nor does what others look at all the time while they
/// search for tasks with what the worker writes at each turn: each look would take those lines from it.
#[repr(C)]
pub(crate) struct Shared {
    _seldom_written: NewLines,
    pub(crate) index: u32,
    /// The monitor asks the running fiber to yield.
    pub(crate) preempt: AtomicBool,
    pub(crate) signal: Signal,
    pub(crate) stealers: Stealers,
    /// The worker's fields that the fast paths touch.
    pub(super) hot: Announced<WorkerHot>,
    /// What its tasks are worth to others.
    pub(super) worth: Worth,
    /// The stacks of fibers that ran here last, whose memory is to be given back.
    pub(crate) returns: Returns,
    _often_written: NewLines,
    /// A woken fiber that runs next here; others take it when it waits for long.
    pub(crate) next: NextSlot<FiberCell>,
    /// The fiber that parks here now.
    pub(crate) committing: Committing<FiberCell>,
    /// The fiber that runs now.
    pub(crate) current: AtomicPtr<FiberCell>,
    /// How often a fiber was resumed, or a host has begun another task.
    turns: AtomicU64,
    /// How often a fiber has parked.
    pub(crate) parks: AtomicU64,
    /// The fibers that are bound to it.
    pub(super) ties: Ties,
}

impl Shared {
    pub(crate) fn new(index: u32, stealers: Stealers) -> Shared {
        Shared {
            _seldom_written: NewLines,
            index,
            preempt: AtomicBool::new(false),
            signal: Signal::new(),
            stealers,
            hot: Announced::nothing(),
            worth: Worth::new(),
            returns: Returns::new(),
            _often_written: NewLines,
            next: NextSlot::new(),
            committing: Committing::new(),
            current: AtomicPtr::new(std::ptr::null_mut()),
            turns: AtomicU64::new(0),
            parks: AtomicU64::new(0),
            ties: Ties::new(),
        }
    }

    pub(crate) fn runtime(&self) -> &'static Runtime {
        match runtime() {
            Some(runtime) => runtime,
            None => crate::panic::fatal("a worker without a runtime"),
        }
    }

    /// The worker, for whoever looks when it has stopped; null if it never began.
    pub(crate) fn worker(&self) -> *mut Worker {
        self.hot().map_or(std::ptr::null_mut(), <*mut WorkerHot>::cast)
    }

    /// Whether others could take work from here.
    pub(crate) fn has_work(&self) -> bool {
        !self.stealers.is_empty() || !self.next.is_empty()
    }

    /// Whether something waits here that could go on.
    pub(crate) fn keeps_waiting(&self) -> bool {
        self.has_work() || self.ties.any_wait()
    }

    /// A fiber is resumed, or goes on with another task. Called by the worker.
    #[inline(always)]
    pub(crate) fn next_turn(&self) {
        // ORDER: Relaxed; this worker is the only writer.
        self.turns.store(self.turn() + 1, Ordering::Relaxed);
    }

    /// How often a fiber was resumed, or a host has begun another task.
    pub(crate) fn turn(&self) -> u64 {
        // ORDER: Relaxed; whoever acts on it tolerates an old value.
        self.turns.load(Ordering::Relaxed)
    }

    /// The fast paths' fields, once the worker has begun; they live as long as the process. Others may touch the atomic
    /// ones alone.
    pub(crate) fn hot(&self) -> Option<*mut WorkerHot> {
        self.hot.get()
    }

    /// Whether private tasks wait in the fast paths' fields, or the fiber that runs has latent ones.
    pub(crate) fn has_private(&self) -> bool {
        // ORDER: Relaxed; a hint.
        // SAFETY: see `hot`.
        self.hot().is_some_and(|hot| unsafe { (*hot).private_top.load(Ordering::Relaxed) } != 0)
            || self.has_latent()
    }

    /// Whether the fiber that runs has latent tasks.
    pub(crate) fn has_latent(&self) -> bool {
        // ORDER: Relaxed; a hint.
        let current = self.current.load(Ordering::Relaxed);
        // SAFETY: cells are never unmapped.
        !current.is_null() && unsafe { latent::any(current.cast()) }
    }

    /// Roughly how many tasks wait here that have not begun.
    pub(crate) fn new_tasks(&self) -> usize {
        // ORDER: Relaxed; for people.
        // SAFETY: see `hot`.
        self.hot()
            .map_or(0, |hot| self.stealers.tasks() + unsafe { (*hot).private_top.load(Ordering::Relaxed) })
    }

    /// How many tasks the worker has spawned and begun so far: whether it moves on.
    pub(crate) fn begun(&self) -> u64 {
        // ORDER: Relaxed, all; a guess is made of it. (A latent task that has got a record since may be missed, or seen twice.)
        // SAFETY: see `hot`.
        self.hot().map_or(0, |hot| unsafe {
            let spawned = (*hot).spawned.load(Ordering::Relaxed) + (*hot).latent.load(Ordering::Relaxed);
            spawned + (*hot).inline.load(Ordering::Relaxed) + self.turn()
        })
    }

    /// Whether the worker has a request to answer.
    pub(super) fn is_asked(&self) -> bool {
        // ORDER: Relaxed; a hint.
        // SAFETY: see `hot`.
        self.hot().is_some_and(|hot| unsafe { (*hot).tasks_wanted.load(Ordering::Relaxed) } != 0)
    }

    /// Asks for so many tasks: at the next spawn, await or poll the worker publishes some. See `demand`.
    pub(crate) fn request_publication(&self, tasks: u32) {
        // SAFETY: see `hot`.
        let asked = self.hot().is_some_and(|hot| demand::ask(unsafe { &(*hot).tasks_wanted }, tasks));
        if asked && self.has_private() {
            self.poison_current();
        }
    }

    /// Asks for the fibers that are bound to it: at the next spawn, await or poll the worker lets them go. See `bound`.
    pub(crate) fn request_release(&self) {
        let Some(hot) = self.hot() else { return };
        // SAFETY: see `hot`.
        demand::ask(unsafe { &(*hot).tasks_wanted }, demand::LET_GO);
        // Also when it is asked already: the fiber that was poisoned for it may have left, or have grown its stack.
        self.poison_current();
    }

    /// Lets the running fiber's next poll look for requests; see `poll`.
    pub(crate) fn poison_current(&self) {
        poll::requested();
        // ORDER: Relaxed; behind the fence. A fiber that has left meanwhile polls once in vain.
        let current = self.current.load(Ordering::Relaxed);
        if !current.is_null() {
            // SAFETY: cells are never unmapped.
            unsafe { FiberCell::poison(current) };
        }
    }
}
