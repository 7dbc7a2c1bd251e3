//! Workers: threads that run fibers.
//!
//! A worker's loop lives on its thread's own stack. It takes work, switches to the fiber, and comes back when a fiber
//! leaves with a wish ([`After`]). A fiber that parks while another is to run next, or tasks wait, switches to
//! that one or to a free one at once, and a host to the fiber that it has picked. Whatever
//! needs the context of who left saved is done after the switch, by whoever is there ([`Worker::after`]).

use wyn_abi::{Fiber, TaskRecord, WorkerHot};
use wyn_hot::state::State;

use super::appetite::{self, Taken};
use super::bound::Bound;
use super::entry::{Entry, Work};
use super::parking::{Commit, Wake};
use super::queues::Queues;
use super::run_next::{NEXT_STREAK, resumed};
use super::shared::Shared;
use super::woken::{Patience, Seen};
use super::{Runtime, demand};
use crate::fiber::fold::{self, Blocks, Stack};
use crate::fiber::pool::Pool;
use crate::fiber::switch::switch;
use crate::fiber::{FiberCell, on_thread_stack, on_worker_stack, status};
use crate::sync::Ordering;
use crate::task::{cancel, run};
use crate::time;

/// Every so many turns the global queue comes first.
pub(super) const GLOBAL_TURN: u32 = 61;
/// Every so many turns what waits in the queues comes before the private stack.
const QUEUE_TURN: u32 = 16;
/// Every so many turns the oldest task that waits there comes first.
const OLDEST_TURN: u32 = 1024;

/// What a fiber that left wants done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Nothing was asked.
    Nothing,
    /// It has no task any more.
    Free,
    /// It parks: publish, then `commit`.
    Park,
    /// It lets others run.
    Yield,
    /// It goes on under another worker.
    Move,
}

/// A worker, used by its own thread alone.
#[repr(C)]
pub(crate) struct Worker {
    /// What the fast paths touch; first, so that a `WorkerHot` is the `Worker`.
    pub(crate) hot: WorkerHot,
    /// Where the thread's own stack waits while a fiber runs; 0 while the thread is on it.
    pub(crate) thread_sp: usize,
    /// What the fiber that leaves wants.
    pub(crate) after: After,
    /// If it goes on under another worker, which.
    pub(super) goes_to: u32,
    /// The fiber that leaves.
    pub(crate) leaving: *mut FiberCell,
    /// If it parks, what makes it claimable, and an argument for that.
    pub(crate) commit: (Commit, *mut ()),
    /// The thread's `errno`, which is the running fiber's while it runs.
    pub(super) errno: *mut i32,
    pub(crate) shared: &'static Shared,
    pub(crate) queue: Queues,
    pub(super) bound: Bound,
    pub(crate) pool: Pool,
    /// Memory for the stacks of fibers that sleep.
    pub(crate) blocks: Blocks,
    /// Slots of the private stack for which there is memory.
    pub(super) private_memory: usize,
    pub(crate) records: crate::task::slab::Spare,
    /// Descriptors of tasks that the standard library has spawned here.
    pub(crate) placed: crate::task::placed::Met,
    pub(super) turn: u32,
    /// A fiber just yielded: what waits in the global queue comes before what waits here.
    pub(super) global_first: bool,
    pub(super) streak: u32,
    pub(super) random: u32,
    /// How often the run-next slot is filled before the clock is looked at again; what that was when it was looked at
    /// last; and when that was.
    pub(super) unlooked: u32,
    pub(super) unlooked_after_look: u32,
    pub(super) last_look: u64,
    pub(super) last_next_wake: u64,
    /// Where the others were, for a look at who does not come to what is in its queue, in its run-next slot, or was sent to it.
    pub(super) seen: Seen,
    pub(super) seen_next: Seen,
    pub(super) seen_sent: Seen,
    pub(super) patience: Patience,
    pub(crate) taken: Taken,
    pub(crate) counts: super::stats::Counts,
}

impl Worker {
    pub(crate) fn new(hot: WorkerHot, shared: &'static Shared, queue: Queues) -> Worker {
        Worker {
            hot,
            thread_sp: 0,
            after: After::Nothing,
            goes_to: 0,
            leaving: std::ptr::null_mut(),
            commit: (|_, _| (), std::ptr::null_mut()),
            errno: std::ptr::null_mut(),
            shared,
            queue,
            bound: Bound::new(),
            pool: Pool::new(),
            blocks: Blocks::new(),
            private_memory: 0,
            records: crate::task::slab::Spare::new(),
            placed: crate::task::placed::Met::default(),
            turn: 0,
            global_first: false,
            streak: 0,
            random: shared.index.wrapping_mul(0x9e37_79b9) | 1,
            unlooked: 0,
            unlooked_after_look: 0,
            last_look: 0,
            last_next_wake: 0,
            seen: Seen::new(),
            seen_next: Seen::new(),
            seen_sent: Seen::new(),
            patience: Patience::new(),
            taken: Taken::nothing(),
            counts: super::stats::Counts::default(),
        }
    }

    /// Runs fibers until the program ends.
    ///
    /// # Safety
    /// `this` is this thread's worker. It is reached through fibers too, so no reference to it is held across a
    /// switch.
    pub(crate) unsafe fn run(this: *mut Worker) {
        // SAFETY: by contract.
        unsafe {
            (*this).shared.hot.announce(&raw mut (*this).hot);
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

    /// Runs a fiber, and those that it passes the thread on to, until one leaves; does what that one wants.
    unsafe fn resume(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the right to resume the cell was taken from a queue or a pool; the worker is this thread's.
        unsafe {
            Worker::enter(this, cell);
            switch(&raw mut (*this).thread_sp, (*cell).saved_sp, cell as usize);
            (*this).thread_sp = 0;
            (*(*this).leaving).errno = *(*this).errno;
            // ORDER: Relaxed; see `enter`.
            (*this).shared.current.store(std::ptr::null_mut(), Ordering::Relaxed);
            Worker::after(this);
        }
    }

    /// Makes a fiber the one that runs here: just before the switch to it.
    ///
    /// # Safety
    /// The caller has the right to resume the cell; the worker is this thread's.
    #[inline(always)]
    pub(super) unsafe fn enter(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: by contract.
        unsafe {
            let shared = (*this).shared;
            if (*cell).stack != Stack::There {
                fold::unfold(cell);
            }
            (*cell).hot.worker = this.cast();
            (*cell).home.move_to(shared.index);
            (*cell).word.resume();
            // ORDER: Relaxed, both; read by reports, requests and the monitor, which tolerate old values.
            (*cell).status.store(status::RUNNING, Ordering::Relaxed);
            shared.current.store(cell, Ordering::Relaxed);
            shared.next_turn();
            // Whoever asked before has poisoned the fiber that ran here then, and may not ask again.
            // (A request made in this very instant is found by the next spawn or await, or by the monitor.)
            if (*this).is_asked() && (*this).has_private() {
                FiberCell::poison(cell);
            }
            *(*this).errno = (*cell).errno;
        }
    }

    /// Runs a closure on the stack of the worker's thread: what a fiber that has left wants done is done on the stack of the next one, which is
    /// to touch no other page for it, and whose `errno` the thread's is already. The closure must neither unwind nor suspend.
    ///
    /// # Safety
    /// The worker is this thread's.
    pub(crate) unsafe fn apart<R>(this: *mut Worker, f: impl FnOnce() -> R) -> R {
        // SAFETY: by contract.
        unsafe {
            let errno = *(*this).errno;
            let result = on_thread_stack(this, f);
            *(*this).errno = errno;
            result
        }
    }

    /// Does what the fiber that has left wants: the first thing after a switch, on whatever stack.
    ///
    /// # Safety
    /// The worker is this thread's; `leaving` is the fiber that ran before, if it wants anything.
    #[inline(always)]
    pub(crate) unsafe fn after(this: *mut Worker) {
        // SAFETY: by contract.
        unsafe {
            let cell = (*this).leaving;
            match (*this).after {
                After::Park => {
                    (*this).after = After::Nothing;
                    Worker::park(this, cell);
                }
                After::Free => {
                    (*this).after = After::Nothing;
                    // ORDER: Relaxed; see `enter`.
                    (*cell).status.store(status::POOLED, Ordering::Relaxed);
                    Pool::put(this, cell);
                }
                _ => Worker::after_other(this),
            }
        }
    }

    /// [`Worker::after`], when the fiber neither parks nor is free.
    #[inline(never)]
    unsafe fn after_other(this: *mut Worker) {
        // SAFETY: by contract.
        unsafe {
            let cell = (*this).leaving;
            match std::mem::replace(&mut (*this).after, After::Nothing) {
                After::Nothing | After::Free | After::Park => {}
                After::Yield => Worker::yielded(this, cell),
                After::Move => Worker::moved(this, cell),
            }
        }
    }

    /// The second half of parking, when the fiber's context is saved.
    #[inline(always)]
    unsafe fn park(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the cell is this thread's until the commit; after it only its word is touched.
        unsafe {
            let shared = (*this).shared;
            // ORDER: Relaxed; this worker is the only writer.
            shared.parks.store(shared.parks.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            if !run::is_known(cell) {
                Worker::make_known(this, cell);
            } else {
                let wait = (*cell).wait;
                (*cell).knot = if (*this).has_private() { (*this).knot(cell, Some(wait)) } else { 0 };
                if cancel::is_cancelled(cell) {
                    // ORDER: Relaxed; read by this worker when the commit has run.
                    (*cell).hot.cancel_pending.store(1, Ordering::Relaxed);
                }
            }
            // ORDER: Relaxed; see `enter`.
            (*cell).status.store(status::PARKED, Ordering::Relaxed);
            let masked = (*cell).hot.cancel_mask != 0;
            let request = &(*cell).hot.cancel_pending;
            let (commit, arg) = (*this).commit;
            let commit = || commit(cell.cast::<Fiber>(), arg);
            if (*cell).word.park_and_commit(cell, &shared.committing, masked, request, commit) {
                Worker::wake_told(this, cell);
            }
        }
    }

    /// The tasks of a fiber that parks become public, as far as it did not park before, and can be found by whoever tells
    /// them to stop; it is bound if what it has spawned is private. Looks whether it is told.
    #[inline(never)]
    unsafe fn make_known(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: as in `park`, before the commit.
        unsafe {
            run::publish_frames(cell);
            (*cell).knot = (*this).knot(cell, Some((*cell).wait));
            cancel::attach_frames(cell);
        }
    }

    /// A fiber was told to stop when it parked, and nobody else has woken it.
    #[cold]
    #[inline(never)]
    unsafe fn wake_told(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the caller has claimed the fiber.
        unsafe {
            (*cell).wake = Wake::Cancelled;
            (*this).run_next(cell);
        }
    }

    unsafe fn yielded(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the cell is this thread's until it is queued.
        unsafe {
            let runtime = (*this).shared.runtime();
            run::publish_frames(cell);
            (*cell).knot = (*this).knot(cell, None);
            // ORDER: Relaxed; see `enter`.
            (*cell).status.store(status::QUEUED, Ordering::Relaxed);
            (*this).global_first = true;
            if (*cell).knot != 0 {
                return (*this).bound_yielded(cell);
            }
            runtime.global.push_yielded(Entry::fiber(cell));
            runtime.notify();
        }
    }

    /// Whether somebody has asked for tasks, or for fibers that are bound here.
    #[inline(always)]
    pub(crate) fn is_asked(&self) -> bool {
        // ORDER: Relaxed; the request carries no data. A poll has passed its fence.
        self.hot.tasks_wanted.load(Ordering::Relaxed) != 0
    }

    /// Somebody has nothing to do: publishes some private tasks, or lets the next spawn do it.
    pub(crate) fn answer_request(&mut self) {
        let runtime = self.shared.runtime();
        runtime.monitor.arm_if_asleep(runtime);
        let wanted = demand::take(&self.hot.tasks_wanted);
        let mut askers = runtime.idle.count();
        if askers == 0 {
            return;
        }
        if self.shared.worth.is_left_alone(time::ticks()) {
            // One has asked to try, or others before they knew.
            askers = 1;
        }
        if demand::is_to_let_go(wanted) {
            // SAFETY: the fiber that runs here has come to this, or there is none.
            return unsafe { self.let_go() };
        }
        if self.publish_some(appetite::for_all(wanted, askers)) != 0 {
            runtime.notify();
        } else {
            demand::ask(&self.hot.tasks_wanted, wanted);
        }
    }

    /// Fires timers, if some are due: on the thread's own stack, because hosts come here too, and a fiber that was asleep is
    /// not to touch another page for this.
    fn fire_due(&self, runtime: &Runtime) {
        if !runtime.timers.is_due() {
            return;
        }
        // ORDER: Relaxed; this worker is the only writer.
        let current = self.shared.current.load(Ordering::Relaxed);
        if current.is_null() {
            runtime.timers.fire_due(runtime);
        } else {
            // SAFETY: it runs here.
            unsafe { on_worker_stack(current.cast(), || runtime.timers.fire_due(runtime)) };
        }
    }

    /// Work that this worker has at hand, or can take without asking others.
    pub(crate) fn pick(&mut self) -> Option<Work> {
        let runtime = self.shared.runtime();
        self.turn = self.turn.wrapping_add(1);
        let its_turn = self.turn.is_multiple_of(GLOBAL_TURN);
        if its_turn || std::mem::take(&mut self.global_first) {
            self.fire_due(runtime);
            if let Some(work) = self.pick_global(runtime) {
                return Some(work);
            }
        }
        if its_turn && let Some(work) = self.pick_preempted(runtime) {
            return Some(work);
        }
        if self.streak < NEXT_STREAK
            && let Some(work) = resumed(self.take_next())
        {
            self.streak += 1;
            return Some(work);
        }
        self.streak = 0;
        if self.turn.is_multiple_of(QUEUE_TURN)
            && let Some(work) = self.pick_waiting()
        {
            return Some(work);
        }
        if let Some(work) = self.pick_private().or_else(|| self.pick_queue()) {
            return Some(work);
        }
        if let Some(work) = resumed(self.take_next()) {
            return Some(work);
        }
        self.fire_due(runtime);
        self.pick_global(runtime)
            .or_else(|| resumed(self.take_bound_yielded()))
            .or_else(|| self.pick_yielded(runtime))
    }

    /// The youngest private task, claimed, if it is its turn, it is not the last of them, and nobody asks for some; else null, and
    /// nothing has happened. It is what [`pick`](Worker::pick) would give: [`Worker::take_next_in_turn`] had nothing.
    #[inline(always)]
    pub(crate) fn take_youngest_in_turn(&mut self) -> *mut TaskRecord {
        let turn = self.turn.wrapping_add(1);
        let other = self.global_first
            || turn.is_multiple_of(GLOBAL_TURN)
            || turn.is_multiple_of(QUEUE_TURN)
            || self.is_asked()
            || !self.shared.next.is_empty();
        let record = if other { std::ptr::null_mut() } else { self.private_pop_but_last() };
        if !record.is_null() {
            self.turn = turn;
            self.streak = 0;
            // SAFETY: private and new.
            unsafe { State(&(*record).state).claim_private() };
        }
        record
    }

    /// The youngest private task. Tasks that end without a poll let nobody else see to requests.
    fn pick_private(&mut self) -> Option<Work> {
        if self.is_asked() && self.has_private() {
            self.answer_request();
        }
        let Some(record) = self.private_pop() else {
            self.none_is_private();
            return None;
        };
        // SAFETY: private and new.
        unsafe { State(&(*record).state).claim_private() };
        self.last_may_begin(record);
        Some(Work::Begin(record))
    }

    /// A fiber that yielded, of those that are bound here and those that are not in turn.
    fn pick_preempted(&mut self, runtime: &Runtime) -> Option<Work> {
        let other = |_: &mut Worker| runtime.global.take_yielded().map(Entry::decode);
        if self.turn.is_multiple_of(2 * GLOBAL_TURN) {
            return other(self).or_else(|| resumed(self.take_bound_yielded()));
        }
        resumed(self.take_bound_yielded()).or_else(|| other(self))
    }

    /// A fiber that yielded comes after everything else that waits, with the other workers too: when all are busy, nobody
    /// else looks there.
    fn pick_yielded(&mut self, runtime: &Runtime) -> Option<Work> {
        if !runtime.global.any_yielded() {
            return None;
        }
        self.steal_tasks(runtime)
            .or_else(|| self.steal_any_fibers(runtime))
            .or_else(|| self.steal_next(runtime, false))
            .or_else(|| runtime.global.take_yielded().map(Entry::decode))
    }

    /// What has waited in the queues: the first fiber, and once in a while the oldest task. (Oftener, and a tree of tasks
    /// would be walked down in all its branches at once.)
    fn pick_waiting(&mut self) -> Option<Work> {
        if self.turn.is_multiple_of(OLDEST_TURN)
            && let Some(entry) = self.shared.stealers.oldest_task()
            && let Some(work) = self.accept(entry)
        {
            return Some(work);
        }
        self.queue.pop_fiber().and_then(|entry| self.accept(entry))
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
                if self.taken.measures() {
                    self.taken.took(0);
                }
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
