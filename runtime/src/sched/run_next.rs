//! What a worker runs next: a fiber that was just woken here goes to the run-next slot ([`NextSlot`](super::next)), and from
//! there onto the worker, or to another worker that has nothing to do.
//!
//! Whoever wakes another and parks soon had best leave it to this worker: the two share a cache, and nobody need be woken.
//! Whoever computes on had not. Nobody knows which it will be, so others look at what lies in the slot only now and then,
//! and take only what has lain there for a while ([`woken`](super::woken)).

use wyn_hot::ablation::{BOUND, HOSTS, RUN_NEXT, left_out};

use super::Runtime;
use super::entry::{Entry, Work};
use super::parking::WaitFor;
use super::worker::{GLOBAL_TURN, Worker};
use crate::fence::light;
use crate::fiber::{FiberCell, status};
use crate::sync::Ordering;
use crate::time;

/// How often in a row the run-next slot may come first.
pub(super) const NEXT_STREAK: u32 = 32;
/// Ticks between two wake-ups that only the run-next slot asks for, of a worker whose fibers run for long and of one
/// whose fibers do not: what is to run next there runs before another worker is awake.
const NEXT_WAKE: (u64, u64) = (200_000, 3_000_000);
/// A worker whose fibers do not run for long fills its run-next slot more often than once in so many ticks.
const QUICK: u64 = 2000;
/// How often such a worker fills it between two looks at the clock, which costs as much as the rest.
const UNLOOKED: u32 = 15;

impl Worker {
    /// A woken fiber runs next here; the one that was to run next goes to the queue of fibers.
    #[inline(always)]
    pub(crate) fn run_next(&mut self, cell: *mut FiberCell) {
        // SAFETY: the waker has claimed the cell.
        // ORDER: Relaxed; see `enter`.
        unsafe { (*cell).status.store(status::QUEUED, Ordering::Relaxed) };
        // SAFETY: as above; this worker runs.
        let elsewhere = unsafe { (*cell).knot != 0 || left_out(&raw const self.hot, RUN_NEXT) };
        if elsewhere || !self.shared.next.is_empty() {
            return self.run_bound_or_queue(cell);
        }
        self.shared.next.fill(cell);
        let runtime = self.shared.runtime();
        self.tell_monitor(runtime);
        self.offer(runtime);
    }

    /// The monitor sees to what lies in the run-next slot for long.
    #[inline(always)]
    fn tell_monitor(&self, runtime: &Runtime) {
        // Its partner is the fence before the monitor's last look around.
        light();
        runtime.monitor.arm_if_asleep(runtime);
    }

    /// [`Worker::run_next`] of a fiber that may be bound here.
    #[inline(never)]
    fn run_bound_or_queue(&mut self, cell: *mut FiberCell) {
        // SAFETY: the waker has claimed the cell.
        if unsafe { self.binds(cell) } { self.bound_woken(cell) } else { self.queue_next(cell) }
    }

    /// [`Worker::run_next`] of a fiber that may be bound elsewhere, while another is to run next already, or a thief is at the slot.
    #[cold]
    #[inline(never)]
    fn queue_next(&mut self, cell: *mut FiberCell) {
        let runtime = self.shared.runtime();
        // SAFETY: the waker has claimed the cell.
        if let Some(home) = unsafe { runtime.bound_to(cell) } {
            runtime.send_home(home, cell);
            return self.offer(runtime);
        }
        // SAFETY: this worker runs.
        if unsafe { left_out(&raw const self.hot, RUN_NEXT) } {
            self.queue.push(Entry::fiber(cell));
            return runtime.notify();
        }
        let before = self.shared.next.put(cell);
        self.tell_monitor(runtime);
        if !before.is_null() {
            self.queue.push(Entry::fiber(before));
            runtime.notify();
        } else {
            self.offer(runtime);
        }
    }

    /// Something may come to run too late, for which somebody is to be woken now and then.
    #[inline(always)]
    fn offer(&mut self, runtime: &Runtime) {
        if self.unlooked != 0 {
            self.unlooked -= 1;
        } else if runtime.idle.could_wake() {
            self.offer_next(runtime);
        }
    }

    /// Whoever wakes another and parks soon had best leave it to this worker; one that computes on had not. So somebody
    /// comes to look, but not at every message.
    #[cold]
    #[inline(never)]
    fn offer_next(&mut self, runtime: &Runtime) {
        let now = time::ticks();
        let filled = u64::from(self.unlooked_after_look) + 1;
        let quick = now.wrapping_sub(self.last_look) < filled * QUICK;
        self.last_look = now;
        self.unlooked_after_look = if quick { UNLOOKED } else { 0 };
        self.unlooked = self.unlooked_after_look;
        let pause = if quick { NEXT_WAKE.1 } else { NEXT_WAKE.0 };
        if now.wrapping_sub(self.last_next_wake) > pause {
            self.last_next_wake = now;
            runtime.notify();
        }
    }

    /// The fiber that runs next, if it is its turn and there is one; else null, and nothing has happened.
    #[inline(always)]
    pub(crate) fn take_next_in_turn(&mut self) -> *mut FiberCell {
        let turn = self.turn.wrapping_add(1);
        if self.streak >= NEXT_STREAK || turn.is_multiple_of(GLOBAL_TURN) || self.global_first {
            return std::ptr::null_mut();
        }
        let next = self.take_next();
        if !next.is_null() {
            self.turn = turn;
            self.streak += 1;
        }
        next
    }

    /// The fiber to switch to directly from one that parks; null when the worker's loop is to decide. If tasks wait here, it is a
    /// free fiber, which begins the youngest private one if that is what comes next, else picks what to run. (None is made here: the
    /// one that parks holds a lock.)
    #[inline(always)]
    pub(super) fn take_successor(&mut self, wait: WaitFor) -> *mut FiberCell {
        let next = self.take_next_in_turn();
        if !next.is_null() {
            return next;
        }
        // SAFETY: this worker runs.
        let waits = (self.has_private() || self.queue.has_tasks())
            && !unsafe { left_out(&raw const self.hot, HOSTS) };
        if waits { self.take_host(wait) } else { std::ptr::null_mut() }
    }

    /// A free fiber that runs what waits.
    #[inline(never)]
    fn take_host(&mut self, wait: WaitFor) -> *mut FiberCell {
        let host = self.pool.take_own();
        // Who waits for room in a block is woken by public tasks alone: what is private is to be published before any begins. And so it is
        // where nobody is bound.
        // SAFETY: this worker runs.
        let publishes = matches!(wait, WaitFor::Spawn(_)) || unsafe { left_out(&raw const self.hot, BOUND) };
        if !host.is_null() && !publishes {
            // SAFETY: it is this worker's, and does not run.
            unsafe { (*host).start = self.take_youngest_in_turn() };
        }
        host
    }

    /// The fiber that was woken here last, or the first of those that are bound here: in turn, if there are both.
    #[inline(always)]
    pub(super) fn take_next(&mut self) -> *mut FiberCell {
        if self.has_bound() { self.take_next_or_bound() } else { self.shared.next.take() }
    }

    #[inline(never)]
    fn take_next_or_bound(&mut self) -> *mut FiberCell {
        if self.streak.is_multiple_of(2) {
            let bound = self.take_bound();
            return if bound.is_null() { self.shared.next.take() } else { bound };
        }
        let next = self.shared.next.take();
        if next.is_null() { self.take_bound() } else { next }
    }
}

/// A fiber from a run-next slot, if there is one.
pub(super) fn resumed(cell: *mut FiberCell) -> Option<Work> {
    (!cell.is_null()).then_some(Work::Resume(cell))
}
