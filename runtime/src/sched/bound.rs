//! Fibers that are bound to their worker: a fiber that parks or yields while tasks of its own are private there. (It may hold handles
//! of others; but those are of tasks around it, whose frames are made public before, or of detached ones, which always are.)
//!
//! Nobody but the worker may touch those tasks, or their counts in the fiber's scopes. Either all of them become public, or
//! the fiber goes on where they are. The first costs several atomic operations for each of them, whether anybody wants
//! them or not; so it is the second. Whoever wakes a bound fiber elsewhere sends it to its worker's [`Inbox`].
//!
//! A fiber is bound by a *knot*, a number that grows. The worker unties all knots up to now when none of its tasks that wait is private any more:
//! when it begins the last of them, or publishes them all, for a fiber that has to get away. After that the fibers may go
//! on anywhere.
//!
//! *A bound fiber does not wait behind something long.* If a worker without work sees that another does not move on while a
//! fiber waits for it, it asks that worker to let go ([`demand`]), which does so at its next poll; the monitor
//! makes a fiber yield that has run for a slice. Before a call to the system that may take long, the worker lets go of its own accord:
//! so none is bound to a thread that stands still in one, and what is sent there later without being bound, to use a
//! channel where others use it, is taken by a worker without work ([`Ties::steal_sent`]).

use std::collections::VecDeque;

use wyn_abi::Fiber;
use wyn_hot::ablation::{BOUND, left_out};
use wyn_hot::state::State;

use super::Runtime;
use super::entry::{Entry, Work};
use super::inbox::Inbox;
use super::knot::{Knot, Untied};
use super::parking::WaitFor;
use super::private::make_public;
use super::shared::Shared;
use super::worker::Worker;
use crate::fence::light;
use crate::fiber::{FiberCell, on_worker_stack, status};
use crate::sync::{AtomicUsize, Ordering};
use crate::task::{latent, run};

/// What others see of the fibers that are bound to a worker.
pub(crate) struct Ties {
    inbox: Inbox<Entry>,
    /// How many bound fibers the worker has in its own lists.
    held: AtomicUsize,
    untied: Untied,
}

/// What a worker knows of the fibers that are bound to it.
pub(crate) struct Bound {
    /// Woken, or taken out of the inbox: who came first, null for nobody.
    first: *mut FiberCell,
    /// Who came after that one.
    rest: VecDeque<*mut FiberCell>,
    /// Yielded.
    yielded: VecDeque<*mut FiberCell>,
    /// The newest knot that binds a fiber.
    newest: Knot,
}

impl Ties {
    pub(crate) fn new() -> Ties {
        Ties { inbox: Inbox::new(), held: AtomicUsize::new(0), untied: Untied::new() }
    }

    /// Whether fibers wait that only this worker can resume.
    pub(crate) fn any_wait(&self) -> bool {
        // ORDER: Relaxed; a hint.
        !self.inbox.is_empty() || self.held.load(Ordering::Relaxed) != 0
    }

    /// Whether a fiber waits that nobody but this worker may take.
    pub(super) fn any_bound(&self) -> bool {
        // ORDER: Relaxed; a hint.
        self.held.load(Ordering::Relaxed) != 0 || self.inbox.any(|entry| !self.is_for_all(entry))
    }

    /// Takes a fiber that was sent here and that anybody may resume.
    pub(super) fn steal_sent(&self) -> Option<Work> {
        self.inbox.take_one(|entry| self.is_for_all(entry)).map(Entry::decode)
    }

    /// Whether anybody may resume the fiber of an entry in the inbox, or just taken out of it.
    fn is_for_all(&self, entry: &Entry) -> bool {
        let Work::Resume(cell) = entry.decode() else { return false };
        // SAFETY: nobody resumes the fiber while its entry is here; what binds it was written before it was sent.
        let knot = unsafe { (*cell).knot };
        knot == 0 || !self.untied.binds(knot)
    }

    /// Whether something came while the worker went to sleep: exact behind the fence of `Idle::sleep`.
    pub(crate) fn has_mail(&self) -> bool {
        !self.inbox.is_empty()
    }

    /// The worker goes to sleep, and looks into its inbox then.
    pub(crate) fn leave(&self) {
        self.inbox.leave();
    }

    /// The worker is awake.
    pub(crate) fn come_back(&self) {
        self.inbox.come_back();
    }

    /// The worker has come to hold so many more, or less.
    #[inline(always)]
    fn holds(&self, more: isize) {
        // ORDER: Relaxed, both; see `any_wait`. This worker is the only writer.
        self.held.store(self.held.load(Ordering::Relaxed).wrapping_add_signed(more), Ordering::Relaxed);
    }
}

impl Bound {
    pub(crate) fn new() -> Bound {
        Bound { first: std::ptr::null_mut(), rest: VecDeque::new(), yielded: VecDeque::new(), newest: 0 }
    }

    /// Mostly there is but one.
    #[inline(always)]
    fn put(&mut self, cell: *mut FiberCell) {
        if self.first.is_null() { self.first = cell } else { self.rest.push_back(cell) }
    }

    /// Who came first; null for nobody.
    #[inline(always)]
    fn take(&mut self) -> *mut FiberCell {
        let first = std::mem::replace(&mut self.first, std::ptr::null_mut());
        if !self.rest.is_empty() {
            self.first = self.rest.pop_front().unwrap_or(std::ptr::null_mut());
        }
        first
    }
}

impl Runtime {
    /// The worker to which a claimed fiber is bound.
    ///
    /// # Safety
    /// The caller has claimed the cell.
    #[inline(always)]
    pub(crate) unsafe fn bound_to(&self, cell: *mut FiberCell) -> Option<&Shared> {
        // SAFETY: by contract; the fiber has run.
        let (knot, home) = unsafe { ((*cell).knot, (*cell).home.worker()) };
        if knot == 0 {
            return None;
        }
        let worker = &self.workers[home];
        worker.ties.untied.binds(knot).then_some(worker)
    }

    /// Whether fibers were sent to workers that have not come to them.
    pub(crate) fn has_mail(&self) -> bool {
        self.workers.iter().any(|worker| worker.ties.has_mail())
    }

    /// Sends a claimed fiber to the worker to which it is bound, and wakes that if it sleeps.
    pub(crate) fn send_home(&self, worker: &Shared, cell: *mut FiberCell) {
        if worker.ties.inbox.send(Entry::fiber(cell)) && self.idle.wake(worker.index) {
            worker.signal.notify();
        }
        // Behind the fence of the inbox.
        self.monitor.arm_if_asleep(self);
    }
}

/// The thread may stand still in a call to the system, for as long as somebody else likes: nobody is to wait behind it whom
/// another worker could serve.
///
/// # Safety
/// `fiber` is the running fiber.
pub(crate) unsafe fn stands_still(fiber: *mut Fiber) {
    // SAFETY: the worker is this thread's.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        let worker = &mut *FiberCell::worker(cell);
        if worker.has_private() || worker.shared.ties.any_wait() {
            on_worker_stack(fiber, || worker.let_go());
        }
    }
}

impl Worker {
    /// Of a fiber that leaves, whose context is saved and whose frames are public: what binds it. Publishes what
    /// is private if the fiber cannot be bound.
    ///
    /// # Safety
    /// The fiber has left this worker just now, and nobody can resume it.
    pub(super) unsafe fn knot(&mut self, cell: *mut FiberCell, wait: Option<WaitFor>) -> Knot {
        // SAFETY: by contract.
        unsafe {
            if !self.has_private() {
                return 0;
            }
            // Who waits for room in a block is woken by public tasks alone.
            let counted = matches!(wait, Some(WaitFor::Spawn(_)));
            if counted || left_out(&raw const self.hot, BOUND) {
                self.publish_all();
                return 0;
            }
            // With one worker it goes on here anyway.
            if self.shared.runtime().workers.len() == 1 || !run::has_private_tasks(cell) {
                return 0;
            }
        }
        self.bound.newest = self.shared.ties.untied.next();
        self.bound.newest
    }

    /// Whether the running fiber, whose frames are public, would be bound if it left now.
    ///
    /// # Safety
    /// `cell` is the running fiber.
    unsafe fn would_bind(&self, cell: *mut FiberCell) -> bool {
        // SAFETY: the fiber runs.
        self.has_private() && unsafe { run::has_private_tasks(cell) }
    }

    /// Whether the running fiber could go on under that worker.
    ///
    /// # Safety
    /// `cell` is the running fiber.
    pub(super) unsafe fn may_send_away(&self, cell: *mut FiberCell, to: u32) -> bool {
        if to == self.shared.index {
            return false;
        }
        // SAFETY: it runs here.
        unsafe {
            run::publish_frames(cell);
            !self.would_bind(cell)
        }
    }

    /// Sends a fiber that has left for another worker there.
    ///
    /// # Safety
    /// The fiber has left this worker just now, and may be sent away.
    pub(super) unsafe fn moved(this: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the cell is this thread's until it is sent; its frames are public.
        unsafe {
            let runtime = (*this).shared.runtime();
            (*cell).knot = 0;
            // ORDER: Relaxed; see `Worker::enter`.
            (*cell).status.store(status::QUEUED, Ordering::Relaxed);
            (*this).patience.sent();
            (*this).counts.sent += 1;
            runtime.send_home(&runtime.workers[(*this).goes_to as usize], cell);
        }
    }

    /// No task that waits here is private, and none that runs: bound fibers may go anywhere from now on.
    fn untie(&self) {
        self.shared.ties.untied.untie(self.bound.newest);
    }

    fn has_knots(&self) -> bool {
        self.shared.ties.untied.next() == self.bound.newest
    }

    /// A task of this worker that was private begins, and no fiber runs here: if it was the last that waited, the fibers that
    /// are bound here for its sake are no longer.
    pub(super) fn last_may_begin(&mut self, record: *mut wyn_abi::TaskRecord) {
        if self.has_knots() && !self.has_private() {
            // SAFETY: the record was claimed by this worker, in whose stack it was.
            unsafe {
                debug_assert!(!State(&(*record).state).peek().has(wyn_hot::state::PUBLIC));
                make_public(record);
            }
            self.untie();
        }
    }

    /// No task that waits here is private, and no fiber runs here.
    pub(super) fn none_is_private(&self) {
        if self.has_knots() {
            self.untie();
        }
    }

    /// Lets all bound fibers go: publishes what is private. Those that wait are left to whoever takes them.
    ///
    /// # Safety
    /// On this worker's thread; the fiber that runs, if one does, has called this.
    pub(super) unsafe fn let_go(&mut self) {
        let runtime = self.shared.runtime();
        self.publish_all();
        // ORDER: Relaxed; this worker is the only writer.
        let current = self.shared.current.load(Ordering::Relaxed);
        if !current.is_null() {
            // SAFETY: by contract; its frames stay until it goes on.
            unsafe { run::publish_frames(current) };
        }
        self.untie();
        self.take_mail();
        loop {
            let mut cell = self.bound.take();
            if cell.is_null() {
                cell = self.bound.yielded.pop_front().unwrap_or(std::ptr::null_mut());
            }
            if cell.is_null() {
                break;
            }
            self.shared.ties.holds(-1);
            self.queue.push(Entry::fiber(cell));
        }
        runtime.notify();
    }

    /// Whether a claimed fiber is bound here.
    ///
    /// # Safety
    /// The caller has claimed the cell.
    #[inline(always)]
    pub(super) unsafe fn binds(&self, cell: *mut FiberCell) -> bool {
        // SAFETY: by contract; the fiber has run.
        let (knot, home) = unsafe { ((*cell).knot, (*cell).home.worker()) };
        knot != 0 && home == self.shared.index as usize && self.shared.ties.untied.binds(knot)
    }

    /// A woken fiber that is bound here runs next.
    #[inline(always)]
    pub(super) fn bound_woken(&mut self, cell: *mut FiberCell) {
        self.bound.put(cell);
        self.shared.ties.holds(1);
        let runtime = self.shared.runtime();
        // Its partner is the fence before the monitor's last look around.
        light();
        runtime.monitor.arm_if_asleep(runtime);
    }

    /// A bound fiber has yielded.
    pub(super) fn bound_yielded(&mut self, cell: *mut FiberCell) {
        self.bound.yielded.push_back(cell);
        self.shared.ties.holds(1);
    }

    /// Takes what was sent here. One fiber comes to its turn at once; of the others, those that anybody may resume wait where
    /// others look for such.
    #[cold]
    #[inline(never)]
    fn take_mail(&mut self) {
        let Worker { bound, queue, shared, .. } = self;
        let mut any_for_others = false;
        shared.ties.inbox.take(|entry| {
            if let Work::Resume(cell) = entry.decode() {
                if bound.first.is_null() || !shared.ties.is_for_all(&entry) {
                    bound.put(cell);
                    shared.ties.holds(1);
                } else {
                    queue.push(entry);
                    any_for_others = true;
                }
            }
        });
        if any_for_others {
            shared.runtime().notify();
        }
    }

    /// Whether a bound fiber may be there that was woken.
    #[inline(always)]
    pub(super) fn has_bound(&self) -> bool {
        self.shared.ties.has_mail() || !self.bound.first.is_null()
    }

    /// The bound fiber that was woken first; null when there is none.
    #[inline(always)]
    pub(super) fn take_bound(&mut self) -> *mut FiberCell {
        if self.shared.ties.has_mail() {
            self.take_mail();
        }
        let first = self.bound.take();
        if !first.is_null() {
            self.shared.ties.holds(-1);
        }
        first
    }

    /// The bound fiber that yielded first; null when there is none.
    pub(super) fn take_bound_yielded(&mut self) -> *mut FiberCell {
        let first = self.bound.yielded.pop_front();
        if first.is_some() {
            self.shared.ties.holds(-1);
        }
        first.unwrap_or(std::ptr::null_mut())
    }
}
