//! Detached tasks: nobody waits for them but the end of the program.
//!
//! Each has a scope of its own, below the *root*, which outlives them all. So it is in nobody's way: no scope of the task
//! that spawned it counts it, nor does a cancellation or a failure there reach it, or come from it. The root counts the
//! unfinished ones, and holds one more until `main` has ended. Then it is cancelled as any scope is, and whoever takes
//! the count to zero ends the program. What has not ended after the [`GRACE`] is abandoned: the monitor ends the
//! process. If nothing can happen any more it does not take that long.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};

use super::cancel;
use super::failure::{Failure, Stop};
use super::local;
use super::scope::ScopeCell;
use crate::fiber::FiberCell;
use crate::sched::{Runtime, exit, runtime};
use crate::start;
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::time::now;

/// How long detached tasks have from the end of `main` to their own.
const GRACE: Duration = Duration::from_secs(1);

/// The detached tasks of a program.
pub(crate) struct Detached {
    root: *mut ScopeCell,
    /// One of them has panicked, and nobody can deal with that any more.
    failed: AtomicBool,
    /// Panics that somebody who holds the future may yet deal with.
    failures: Mutex<Vec<Arc<Failure>>>,
}

// SAFETY: the root is never freed; what others than its maker touch of it is atomic or behind its lock.
unsafe impl Send for Detached {}
// SAFETY: as above.
unsafe impl Sync for Detached {}

impl Detached {
    pub(crate) fn new() -> Detached {
        let root = Box::into_raw(Box::new(ScopeCell::root()));
        Detached { root, failed: AtomicBool::new(false), failures: Mutex::new(Vec::new()) }
    }

    /// The scope of a new detached task.
    unsafe fn open(&self, cell: *mut FiberCell) -> *mut ScopeCell {
        // SAFETY: the fiber runs, so its task is unfinished: `main` has not ended, or this is a detached task, or one that
        // such a task waits for. So the root still counts something.
        unsafe {
            (*self.root).shared().add(1);
            ScopeCell::open_detached(cell, self.root)
        }
    }

    /// One less to wait for; true when it was the last.
    #[must_use]
    fn count_off(&self) -> bool {
        // SAFETY: the root is never freed.
        unsafe { (*self.root).shared().take(1) == 0 }
    }

    /// A detached task panicked, and nobody who waits has dealt with it.
    fn keep(&self, failure: Arc<Failure>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() == failures.capacity() {
            // A program that runs long forgets what has been dealt with, or cannot be any more.
            failures.retain_mut(|failure| {
                let out_of_reach = Arc::get_mut(failure).is_some();
                if out_of_reach && !failure.is_taken() {
                    // ORDER: Relaxed; looked at when the program ends.
                    self.failed.store(true, Ordering::Relaxed);
                }
                !out_of_reach && !failure.is_taken()
            });
        }
        failures.push(failure);
    }

    /// Whether one has panicked and nobody has dealt with it. Meant for the end of the program.
    pub(crate) fn have_failed(&self) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        // ORDER: Relaxed; all that has ended is seen by whoever ends the program.
        self.failed.load(Ordering::Relaxed) || failures.iter().any(|failure| !failure.is_taken())
    }

    /// Whether they are told to stop, because `main` has ended.
    pub(crate) fn told_to_stop(&self) -> bool {
        // SAFETY: the root is never freed.
        // ORDER: Relaxed; asked when all workers sleep, behind the lock of the list of sleepers.
        unsafe { (*self.root).cancelled.load(Ordering::Relaxed) }
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber and a static descriptor.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_detached(
    fiber: *mut Fiber,
    desc: *const TaskDescriptor,
) -> *mut TaskRecord {
    let Some(runtime) = runtime() else { crate::panic::fatal("a task without a runtime") };
    // SAFETY: by contract.
    unsafe {
        let cell = FiberCell::of(fiber);
        let scope = runtime.detached.open(cell);
        wyn_hot::task::new_record(fiber, desc, scope.cast())
    }
}

/// See the table.
///
/// It is public at once: anybody may have its handle, which no scope tells, so that nothing says on which worker its holder must stay while it is
/// private.
///
/// # Safety
/// `record` is fresh from `wyn_task_detached` on this fiber, its arguments stored.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_submit_detached(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: by contract; the worker is this thread's, and nobody else knows the task or its scope yet.
    unsafe {
        let worker = FiberCell::worker(FiberCell::of(fiber));
        (*(*record).scope).private_children += 1;
        (*worker).publish_fresh(record);
    }
}

/// A detached task has ended, with all its tasks.
///
/// # Safety
/// `cell` is the running fiber; the scope is that of the task.
pub(crate) unsafe fn task_ended(cell: *mut FiberCell, scope: *mut ScopeCell) {
    let Some(runtime) = runtime() else { return };
    // SAFETY: by contract.
    unsafe {
        if let Some(failure) = ScopeCell::open_failure(scope) {
            runtime.detached.keep(failure);
        }
        local::leave(cell.cast(), scope);
        ScopeCell::close(FiberCell::worker(cell), scope);
    }
    if runtime.detached.count_off() {
        runtime.shut_down();
    }
}

/// `main` has ended, with all its tasks: so has the program, or the detached tasks are told to end.
///
/// # Safety
/// `fiber` is the running fiber.
pub(crate) unsafe fn main_ended(fiber: *mut Fiber, runtime: &Runtime) {
    let root = runtime.detached.root;
    // SAFETY: by contract; the root is never freed. While it counts nobody but `main`, nobody can detach a task.
    unsafe {
        if !(*root).shared().are_gone() {
            runtime.monitor.leave_at(now() + GRACE.as_nanos() as u64);
            cancel::cancel_scope(fiber, root, Stop { reason: Stop::PROGRAM, at: None });
        }
    }
    if runtime.detached.count_off() {
        runtime.shut_down();
    }
}

/// Ends the process beside detached tasks that do not end. Not on a fiber's stack.
pub(crate) fn abandon(runtime: &Runtime) -> ! {
    exit::leave(start::exit_code(runtime))
}
