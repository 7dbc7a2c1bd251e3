//! The scheduler that ships, as channels see it.

use wyn_abi::channel::Waiter;
use wyn_abi::{Fiber, TaskRecord};
use wyn_hot::ablation;

use super::parker::{Commit, Host, Parker, WaitFor, Wake};
use crate::fiber::FiberCell;
use crate::sched::{parking, private, runtime};
use crate::time;

/// The fibers of this process.
pub(crate) struct Fibers;

impl Parker for Fibers {
    #[inline(always)]
    unsafe fn park(fiber: *mut Fiber, wait: WaitFor, commit: Commit, arg: *mut ()) -> Wake {
        // SAFETY: the contract is the same.
        unsafe { parking::park_inline(fiber, wait, commit, arg) }
    }

    #[inline(always)]
    unsafe fn waiter(fiber: *mut Fiber) -> *mut Waiter {
        // SAFETY: the fiber runs; cells are never unmapped.
        unsafe { (&raw mut (*FiberCell::of(fiber)).waiter).cast() }
    }

    #[inline(always)]
    unsafe fn claim(target: *mut Fiber) -> bool {
        // SAFETY: the contract is the same.
        unsafe { parking::claim(target) }
    }

    #[inline(always)]
    unsafe fn ready(current: *mut Fiber, target: *mut Fiber) {
        // SAFETY: the contract is the same.
        unsafe { parking::ready(current, target) }
    }

    #[inline(always)]
    unsafe fn cancel_pending(fiber: *mut Fiber) -> bool {
        // SAFETY: the contract is the same.
        unsafe { parking::cancel_pending(fiber) }
    }

    #[inline]
    unsafe fn confined(fiber: *mut Fiber, peer: *mut Fiber) -> bool {
        // SAFETY: the contract is the same.
        unsafe { parking::confined(fiber, peer) }
    }

    #[inline(always)]
    #[cfg(not(wyn_loom))]
    unsafe fn worker(fiber: *mut Fiber) -> u16 {
        // SAFETY: the fiber runs.
        unsafe { parking::worker(fiber) as u16 }
    }

    #[cfg(not(wyn_loom))]
    unsafe fn go_on_at(fiber: *mut Fiber, worker: u16) {
        // SAFETY: the contract is the same.
        unsafe { parking::go_on_at(fiber, u32::from(worker)) }
    }

    #[inline(always)]
    unsafe fn left_out(fiber: *mut Fiber, path: u32) -> bool {
        // SAFETY: the fiber runs.
        unsafe { ablation::left_out((*fiber).worker, path) }
    }
}

impl Host for Fibers {
    unsafe fn random(fiber: *mut Fiber) -> u32 {
        // SAFETY: the fiber runs, so its worker is this thread's.
        unsafe { (*FiberCell::worker(FiberCell::of(fiber))).random() }
    }

    fn now() -> u64 {
        time::now()
    }

    unsafe fn start(fiber: *mut Fiber, at: u64) {
        let Some(runtime) = runtime() else { return };
        // SAFETY: the fiber is parking, and not claimable before this call.
        unsafe { runtime.timers.start_wake(runtime, FiberCell::of(fiber), at) }
    }

    unsafe fn stop(fiber: *mut Fiber) {
        // SAFETY: the fiber runs, so its timer is its own.
        let timer = unsafe { (*FiberCell::of(fiber)).timer.take() };
        if let (Some(runtime), Some(timer)) = (runtime(), timer) {
            let _ = runtime.timers.stop(timer);
        }
    }

    unsafe fn publish(fiber: *mut Fiber, record: *mut TaskRecord) {
        // SAFETY: the caller holds a handle; a private record is this worker's.
        unsafe { private::publish(FiberCell::of(fiber), record) }
    }
}
