//! Tasks that sleep, or let others go first.

use wyn_abi::{Fiber, Location};

use super::now;
use crate::channel::fibers::Fibers;
use crate::channel::parker::{Host, WaitFor, Wake};
use crate::fiber::{FiberCell, fold};
use crate::sched::parking;
use crate::unwind;

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_sleep(fiber: *mut Fiber, nanos: i64, at: *const Location) {
    /// How long the task sleeps, and until when.
    #[derive(Clone, Copy)]
    struct Rest {
        nanos: u64,
        end: u64,
    }
    unsafe fn commit(fiber: *mut Fiber, rest: *mut ()) {
        // SAFETY: the fiber is parking, and nobody can resume it before its timer is there; its frame is there until it is folded.
        unsafe {
            let rest = rest.cast::<Rest>().read();
            fold::fold(FiberCell::of(fiber), rest.nanos);
            Fibers::start(fiber, rest.end)
        }
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
        let nanos = nanos as u64;
        let mut rest = Rest { nanos, end: now().saturating_add(nanos) };
        let arg = (&raw mut rest).cast();
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
