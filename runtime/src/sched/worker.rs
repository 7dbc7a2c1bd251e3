//! Workers: threads that run fibers.
//!
//! A worker's loop lives on its thread's own stack. It takes work, switches to the fiber, and comes back when the
//! fiber leaves with a wish ([`After`]). Whatever needs the fiber's context saved is done here, after the switch.

use crossbeam_deque::{Stealer, Worker as Deque};
use wyn_abi::{Fiber, TaskRecord, WorkerHot};
use wyn_hot::ablation::{RUN_NEXT, left_out};
use wyn_hot::state::State;

use super::appetite::{self, Appetite};
use super::entry::{Entry, Work};
use super::futex::Signal;
use super::parking::{Commit, Wake};
use super::poll;
use super::{Runtime, demand, runtime};
use crate::fiber::pool::Pool;
use crate::fiber::switch::switch;
use crate::fiber::{FiberCell, status};
use crate::sync::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use crate::task::{cancel, run, scope};
use crate::time;

/// Every so many turns the global queue comes first.
const GLOBAL_TURN: u32 = 61;
/// Every so many turns the deque comes before the private stack.
const QUEUE_TURN: u32 = 16;
/// How often in a row the run-next slot may come first.
const NEXT_STREAK: u32 = 32;
/// Cycles between two wake-ups that only the run-next slot asks for.
const NEXT_WAKE_CYCLES: u64 = 200_000;

/// What a fiber that left wants done.
pub(crate) enum After {
    /// Nothing was asked.
    Nothing,
    /// It has no task any more.
    Free,
    /// It parks: publish, commit.
    Park {
        /// Makes it claimable.
        commit: Commit,
        /// For the commit.
        arg: *mut (),
    },
    /// It lets others run.
    Yield,
}

/// What others see of a worker.
pub(crate) struct Shared {
    pub(crate) index: u32,
    pub(crate) stealer: Stealer<Entry>,
    pub(crate) signal: Signal,
    /// A woken fiber that runs next here; others take it when it waits for long.
    pub(crate) run_next: AtomicPtr<FiberCell>,
    /// The fiber that runs now.
    pub(crate) current: AtomicPtr<FiberCell>,
    /// How often a fiber was resumed.
    pub(crate) turns: AtomicU64,
    /// How often a fiber has parked.
    pub(crate) parks: AtomicU64,
    /// The monitor asks the running fiber to yield.
    pub(crate) preempt: AtomicBool,
    /// The worker's fields that the fast paths touch.
    hot: AtomicPtr<WorkerHot>,
}

impl Shared {
    pub(crate) fn new(index: u32, stealer: Stealer<Entry>) -> Shared {
        Shared {
            index,
            stealer,
            signal: Signal::new(),
            run_next: AtomicPtr::new(std::ptr::null_mut()),
            current: AtomicPtr::new(std::ptr::null_mut()),
            turns: AtomicU64::new(0),
            parks: AtomicU64::new(0),
            preempt: AtomicBool::new(false),
            hot: AtomicPtr::new(std::ptr::null_mut()),
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
        // ORDER: Acquire; pairs with the Release when the worker begins.
        self.hot.load(Ordering::Acquire).cast()
    }

    /// Whether others could take work from here.
    pub(crate) fn has_work(&self) -> bool {
        // ORDER: Relaxed; the idle protocol's fences order it.
        !self.stealer.is_empty() || !self.run_next.load(Ordering::Relaxed).is_null()
    }

    /// The fast paths' fields, once the worker has begun; they live as long as the process. Others may touch the atomic
    /// ones alone.
    pub(crate) fn hot(&self) -> Option<*mut WorkerHot> {
        // ORDER: Acquire; pairs with the Release in `Worker::run` (not modelled: a pointer that is written once).
        let hot = self.hot.load(Ordering::Acquire);
        (!hot.is_null()).then_some(hot)
    }

    /// Whether private tasks wait in the fast paths' fields.
    pub(crate) fn has_private(&self) -> bool {
        // ORDER: Relaxed; a hint.
        // SAFETY: see `hot`.
        self.hot().is_some_and(|hot| unsafe { (*hot).private_top.load(Ordering::Relaxed) } != 0)
    }

    /// Roughly how many tasks wait here that have not begun.
    pub(crate) fn new_tasks(&self) -> usize {
        // ORDER: Relaxed; for people.
        // SAFETY: see `hot`.
        self.hot().map_or(0, |hot| self.stealer.len() + unsafe { (*hot).private_top.load(Ordering::Relaxed) })
    }

    /// How many tasks the worker has spawned, and run for those who await them, so far: whether it moves on.
    pub(crate) fn begun(&self) -> u64 {
        // ORDER: Relaxed, both; a guess is made of it.
        // SAFETY: see `hot`.
        self.hot().map_or(0, |hot| unsafe {
            (*hot).spawned.load(Ordering::Relaxed) + (*hot).inline.load(Ordering::Relaxed)
        })
    }

    /// Asks for so many tasks: at the next spawn, await or poll the worker publishes some. See `demand`.
    pub(crate) fn request_publication(&self, tasks: u32) {
        // SAFETY: see `hot`.
        let asked = self.hot().is_some_and(|hot| demand::ask(unsafe { &(*hot).tasks_wanted }, tasks));
        if asked && self.has_private() {
            self.poison_current();
        }
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

/// A worker, used by its own thread alone.
#[repr(C)]
pub(crate) struct Worker {
    /// What the fast paths touch; first, so that a `WorkerHot` is the `Worker`.
    pub(crate) hot: WorkerHot,
    /// Where the thread's own stack waits while a fiber runs; 0 while the thread is on it.
    pub(crate) thread_sp: usize,
    pub(crate) after: After,
    /// The thread's `errno`, which is the running fiber's while it runs.
    errno: *mut i32,
    pub(crate) shared: &'static Shared,
    pub(crate) queue: Deque<Entry>,
    pub(crate) private_bottom: usize,
    pub(crate) pool: Pool,
    pub(crate) records: crate::task::slab::Spare,
    pub(crate) scopes: scope::Pool,
    /// Work that a host fiber took but could not run on its own stack.
    pub(crate) stash: Option<Work>,
    turn: u32,
    /// A fiber just yielded: what waits in the global queue comes before what waits here.
    global_first: bool,
    streak: u32,
    pub(super) random: u32,
    last_next_wake: u64,
    pub(crate) appetite: Appetite,
    pub(crate) counts: super::stats::Counts,
}

impl Worker {
    pub(crate) fn new(hot: WorkerHot, shared: &'static Shared, queue: Deque<Entry>) -> Worker {
        Worker {
            hot,
            thread_sp: 0,
            after: After::Nothing,
            errno: std::ptr::null_mut(),
            shared,
            queue,
            private_bottom: 0,
            pool: Pool::new(),
            records: crate::task::slab::Spare::new(),
            scopes: scope::Pool::new(),
            stash: None,
            turn: 0,
            global_first: false,
            streak: 0,
            random: shared.index.wrapping_mul(0x9e37_79b9) | 1,
            last_next_wake: 0,
            appetite: Appetite::new(),
            counts: super::stats::Counts::default(),
        }
    }

    pub(crate) fn shared(&self) -> &'static Shared {
        self.shared
    }

    /// Runs fibers until the program ends.
    ///
    /// # Safety
    /// `this` is this thread's worker. It is reached through fibers too, so no reference to it is held across a
    /// switch.
    pub(crate) unsafe fn run(this: *mut Worker) {
        // SAFETY: by contract.
        unsafe {
            // ORDER: Release; pairs with the Acquire in `Shared::hot` (not modelled: a pointer that is written once).
            (*this).shared.hot.store(&raw mut (*this).hot, Ordering::Release);
            (*this).errno = libc::__errno_location();
            while let Some(work) = (*this).next_work() {
                match work {
                    Work::Resume(cell) => Worker::resume(this, cell),
                    Work::Begin(record) => {
                        let cell = (*this).pool.take();
                        (*cell).start = record;
                        Worker::resume(this, cell);
                    }
                }
            }
        }
    }

    /// Runs a fiber until it leaves, and does what it wants.
    unsafe fn resume(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the right to resume the cell was taken from a queue or a pool; the worker is this thread's.
        unsafe {
            let shared = (*this).shared;
            (*cell).hot.worker = this.cast();
            let index = shared.index as usize;
            (*cell).home.move_to(index);
            (*cell).word.resume();
            // ORDER: Relaxed, all three; read by reports, requests and the monitor, which tolerate old values.
            (*cell).status.store(status::RUNNING, Ordering::Relaxed);
            shared.current.store(cell, Ordering::Relaxed);
            shared.turns.store(shared.turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            *(*this).errno = (*cell).errno;
            switch(&raw mut (*this).thread_sp, (*cell).saved_sp, cell as usize);
            (*this).thread_sp = 0;
            (*cell).errno = *(*this).errno;
            // ORDER: Relaxed; as above.
            shared.current.store(std::ptr::null_mut(), Ordering::Relaxed);
            match std::mem::replace(&mut (*this).after, After::Nothing) {
                After::Nothing => {}
                After::Free => {
                    (*cell).status.store(status::POOLED, Ordering::Relaxed);
                    (*this).pool.put(cell);
                }
                After::Park { commit, arg } => Worker::park(this, cell, commit, arg),
                After::Yield => Worker::yielded(this, cell),
            }
        }
    }

    /// The second half of parking, on the worker's stack.
    unsafe fn park(this: *mut Worker, cell: *mut FiberCell, commit: Commit, arg: *mut ()) {
        // SAFETY: the cell is this thread's until the commit; after it only its word and request are touched.
        unsafe {
            let shared = (*this).shared;
            // ORDER: Relaxed; this worker is the only writer.
            shared.parks.store(shared.parks.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            (*this).publish_all();
            run::publish_frames(cell);
            cancel::attach_frames(cell);
            // ORDER: Relaxed; see `resume`.
            (*cell).status.store(status::PARKED, Ordering::Relaxed);
            let masked = (*cell).hot.cancel_mask != 0;
            let ticket = (*cell).word.prepare();
            commit(cell.cast::<Fiber>(), arg);
            if !masked && (*cell).word.wait(ticket, &(*cell).hot.cancel_pending) {
                (*cell).wake = Wake::Cancelled;
                (*this).run_next(cell);
            }
        }
    }

    unsafe fn yielded(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the cell is this thread's until it is queued.
        unsafe {
            let runtime = (*this).shared.runtime();
            // With one worker it goes on here, so what it spawned may stay private.
            if runtime.workers.len() > 1 {
                (*this).publish_all();
            }
            run::publish_frames(cell);
            // ORDER: Relaxed; see `resume`.
            (*cell).status.store(status::QUEUED, Ordering::Relaxed);
            runtime.global.push_yielded(Entry::fiber(cell));
            runtime.notify();
            (*this).global_first = true;
        }
    }

    /// A woken fiber runs next here; the one that was to run next goes to the deque.
    pub(crate) fn run_next(&mut self, cell: *mut FiberCell) {
        // SAFETY: the waker has claimed the cell.
        // ORDER: Relaxed; see `resume`.
        unsafe { (*cell).status.store(status::QUEUED, Ordering::Relaxed) };
        let runtime = self.shared.runtime();
        // SAFETY: this worker runs.
        if unsafe { left_out(&raw const self.hot, RUN_NEXT) } {
            self.queue.push(Entry::fiber(cell));
            return runtime.notify();
        }
        // ORDER: AcqRel; pairs with the swaps of whoever takes it.
        let before = self.shared.run_next.swap(cell, Ordering::AcqRel);
        if !before.is_null() {
            self.queue.push(Entry::fiber(before));
            runtime.notify();
        } else if runtime.idle.could_wake() {
            // A peer that parks soon is best run here; one that computes on is not. Somebody comes to look, but
            // not at every message.
            let now = time::ticks();
            if now.wrapping_sub(self.last_next_wake) > NEXT_WAKE_CYCLES {
                self.last_next_wake = now;
                runtime.notify();
            }
        }
    }

    /// Somebody has nothing to do: publishes some private tasks, or lets the next spawn do it.
    pub(crate) fn answer_request(&mut self) {
        let runtime = self.shared.runtime();
        runtime.monitor.arm_if_asleep(runtime);
        let wanted = demand::take(&self.hot.tasks_wanted);
        let askers = runtime.idle.count();
        if askers == 0 {
            return;
        }
        if self.publish_some(appetite::for_all(wanted, askers)) != 0 {
            runtime.notify();
        } else {
            demand::ask(&self.hot.tasks_wanted, wanted);
        }
    }

    /// Work that this worker has at hand, or can take without asking others.
    pub(crate) fn pick(&mut self) -> Option<Work> {
        let runtime = self.shared.runtime();
        self.turn = self.turn.wrapping_add(1);
        let its_turn = self.turn.is_multiple_of(GLOBAL_TURN);
        if its_turn || std::mem::take(&mut self.global_first) {
            runtime.timers.fire_due(runtime);
            if let Some(work) = self.pick_global(runtime) {
                return Some(work);
            }
        }
        if its_turn && let Some(yielded) = runtime.global.take_yielded() {
            return Some(yielded.decode());
        }
        if self.streak < NEXT_STREAK
            && let Some(work) = take_next(self.shared)
        {
            self.streak += 1;
            return Some(work);
        }
        self.streak = 0;
        if self.turn.is_multiple_of(QUEUE_TURN)
            && let Some(work) = self.pick_queue()
        {
            return Some(work);
        }
        if let Some(record) = self.private_pop() {
            // SAFETY: private and new.
            unsafe { State(&(*record).state).claim_private() };
            return Some(Work::Begin(record));
        }
        if let Some(work) = self.pick_queue() {
            return Some(work);
        }
        if let Some(work) = take_next(self.shared) {
            return Some(work);
        }
        runtime.timers.fire_due(runtime);
        self.pick_global(runtime).or_else(|| self.pick_yielded(runtime))
    }

    /// A fiber that yielded comes after everything else that waits, with the other workers too: when all are busy, nobody
    /// else looks there.
    fn pick_yielded(&mut self, runtime: &Runtime) -> Option<Work> {
        if !runtime.global.any_yielded() {
            return None;
        }
        self.steal(runtime, true).or_else(|| runtime.global.take_yielded().map(Entry::decode))
    }

    pub(super) fn pick_queue(&mut self) -> Option<Work> {
        loop {
            let entry = self.queue.pop()?;
            if let Some(work) = self.accept(entry) {
                return Some(work);
            }
        }
    }

    /// Turns a queue entry into work; nothing when it was a hint that has become stale.
    pub(super) fn accept(&mut self, entry: Entry) -> Option<Work> {
        match entry.decode() {
            Work::Begin(record) if !claim(record) => {
                self.appetite.took(0);
                None
            }
            work => Some(work),
        }
    }

    fn pick_global(&mut self, runtime: &Runtime) -> Option<Work> {
        loop {
            let mut kept = false;
            let first = runtime.global.take(runtime.workers.len(), |entry| {
                kept = true;
                self.queue.push(entry);
            })?;
            if kept {
                runtime.notify();
            }
            if let Some(work) = self.accept(first) {
                return Some(work);
            }
        }
    }
}

fn claim(record: *mut TaskRecord) -> bool {
    // SAFETY: records are never unmapped.
    unsafe { State(&(*record).state).claim_public() }
}

pub(super) fn take_next(shared: &Shared) -> Option<Work> {
    // ORDER: Relaxed; the swap decides.
    if shared.run_next.load(Ordering::Relaxed).is_null() {
        return None;
    }
    // ORDER: AcqRel; pairs with the swap in `run_next`.
    let cell = shared.run_next.swap(std::ptr::null_mut(), Ordering::AcqRel);
    (!cell.is_null()).then_some(Work::Resume(cell))
}
