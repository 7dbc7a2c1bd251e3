//! Deadlines of blocks: `within`, and nurseries with a time limit.
//!
//! A deadline is a timer that cancels the block's scope. The scope keeps it until it closes: then the timer is
//! stopped, or has fired, which the owner sees to the end.

use wyn_abi::{Fiber, Location};

use super::cancel;
use super::failure::Stop;
use super::firing::Firing;
use super::scope::ScopeCell;
use crate::fiber::FiberCell;
use crate::sched::runtime;
use crate::sync::{AtomicBool, Ordering};
use crate::time;
use crate::time::shards::Timer;

/// A block's deadline, or none.
pub(crate) struct Deadline {
    timer: Option<Timer>,
    /// Why the block is cancelled when it passes.
    stop: Stop,
    firing: Firing,
    /// There is one, and it has not passed. For reports.
    pending: AtomicBool,
    /// It has passed, and was the first to cancel the block.
    expired: AtomicBool,
}

impl Deadline {
    pub(crate) fn none() -> Deadline {
        let stop = Stop { reason: Stop::DEADLINE, at: None };
        let (pending, expired) = (AtomicBool::new(false), AtomicBool::new(false));
        Deadline { timer: None, stop, firing: Firing::new(), pending, expired }
    }

    /// Sets the deadline of a block that is just opened, so many nanoseconds from now. One that is not positive has
    /// passed already; the greatest never passes.
    ///
    /// # Safety
    /// `fiber` is the running fiber, which has opened the block at this place.
    pub(crate) unsafe fn set(
        fiber: *mut Fiber,
        this: *mut ScopeCell,
        nanos: i64,
        at: Option<&'static Location>,
    ) {
        // SAFETY: by contract.
        unsafe {
            let deadline = &mut (*this).deadline;
            deadline.stop = Stop { reason: Stop::DEADLINE, at };
            if nanos == i64::MAX {
                return;
            }
            if nanos <= 0 {
                expire(fiber, this);
                return;
            }
            let Some(runtime) = runtime() else { return };
            // ORDER: Relaxed; a report that misses it is of the moment before.
            deadline.pending.store(true, Ordering::Relaxed);
            let time = time::now().saturating_add(nanos as u64);
            let place = &raw mut deadline.timer;
            runtime.timers.start_deadline(runtime, FiberCell::of(fiber), this, time, place);
        }
    }

    /// The block ends, with all its tasks: nothing happens at the deadline any more. Whether it has passed, and was the
    /// first to cancel the block.
    ///
    /// # Safety
    /// Called by the owner of the block.
    pub(crate) unsafe fn end(this: *mut ScopeCell) -> bool {
        // SAFETY: by contract; whoever fires the timer uses the shared fields only.
        unsafe {
            if let Some(timer) = (*this).deadline.timer.take() {
                // ORDER: Relaxed; as in `set`.
                (*this).deadline.pending.store(false, Ordering::Relaxed);
                let listed = runtime().is_some_and(|runtime| runtime.timers.stop(timer));
                if !listed {
                    (*this).deadline.firing.wait();
                    (*this).deadline.firing.reset();
                }
            }
            // ORDER: Relaxed; written before what `wait` has seen, or by this fiber.
            let expired = (*this).deadline.expired.load(Ordering::Relaxed);
            if expired {
                (*this).deadline.expired.store(false, Ordering::Relaxed);
            }
            expired
        }
    }

    /// Whether it will cancel the block if that goes on.
    pub(crate) fn is_pending(&self) -> bool {
        // ORDER: Relaxed; as in `set`.
        self.pending.load(Ordering::Relaxed)
    }

    /// Whether the block has one, which may have passed. For reports.
    pub(crate) fn is_there(&self) -> bool {
        // ORDER: Relaxed; as in `set`.
        self.is_pending() || self.expired.load(Ordering::Relaxed)
    }

    /// The time has come: called by whoever has taken the timer off the list.
    ///
    /// # Safety
    /// The owner of the block waits for this call before it closes the scope.
    pub(crate) unsafe fn fire(this: *mut ScopeCell) {
        // SAFETY: by contract.
        unsafe {
            expire(std::ptr::null_mut(), this);
            (*this).deadline.firing.finish();
        }
    }
}

/// Cancels a block because its time is up. `current` is null outside of fibers.
unsafe fn expire(current: *mut Fiber, this: *mut ScopeCell) {
    // SAFETY: the caller keeps the scope.
    unsafe {
        // ORDER: Relaxed; as in `set`.
        (*this).deadline.pending.store(false, Ordering::Relaxed);
        let first = cancel::cancel_block(current, this, (*this).deadline.stop);
        // ORDER: Relaxed; read by the owner, behind what `Firing` orders.
        (*this).deadline.expired.store(first, Ordering::Relaxed);
    }
}
