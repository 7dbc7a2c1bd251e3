//! Tasks that sleep, or let others go first.

use wyn_abi::{Fiber, Location};

use super::now;
use crate::channel::fibers::Fibers;
use crate::channel::parker::{Host, WaitFor, Wake};
use crate::sched::parking;
use crate::unwind;

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_sleep(fiber: *mut Fiber, nanos: i64, at: *const Location) {
    unsafe fn commit(fiber: *mut Fiber, time: *mut ()) {
        // SAFETY: the fiber is parking, and not claimable before its timer is there; its frame stays until then.
        unsafe { Fibers::start(fiber, time.cast::<u64>().read()) }
    }
    // SAFETY: the fiber runs.
    unsafe {
        if parking::cancel_pending(fiber) {
            unwind::cancel(fiber);
        }
        if nanos <= 0 {
            return parking::yield_now(fiber);
        }
        parking::waits_at(fiber, at);
        let mut time = now().saturating_add(nanos as u64);
        let arg = (&raw mut time).cast();
        if parking::park(fiber, WaitFor::Sleep, commit, arg) == Wake::Cancelled {
            Fibers::stop(fiber);
            unwind::cancel(fiber);
        }
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_yield(fiber: *mut Fiber) {
    // SAFETY: the fiber runs.
    unsafe { parking::yield_now(fiber) }
}
