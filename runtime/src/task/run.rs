//! Running tasks: the host fiber's loop, the frame of a running task, and what its end sets off.

use std::sync::Arc;

use wyn_abi::sync::Ordering;
use wyn_abi::{Fiber, Scope, TaskRecord};
use wyn_hot::state::{Afterwards, CANCELLED, DONE, PANICKED, PUBLIC, State, TAKEN, WAITED};

use super::scope::{self, Kind, ScopeCell};
use super::wait::wake_waiters;
use crate::channel::fibers::Fibers;
use crate::fiber::{FiberCell, big};
use crate::panic::{self, PanicInfo};
use crate::sched::entry::Work;
use crate::sched::parking::leave;
use crate::sched::private::make_public;
use crate::sched::runtime;
use crate::sched::worker::After;
use crate::unwind::{self, Cause, Exception};

/// A running task, on the stack of its fiber. Tasks that are run by those who await them nest.
pub(crate) struct RunFrame {
    pub(crate) record: *mut TaskRecord,
    pub(crate) cell: *mut FiberCell,
    /// The task that awaits this one on the same stack.
    pub(crate) outer: *mut RunFrame,
    /// Exceptions in flight, newest first.
    pub(crate) exceptions: *mut Exception,
    /// The record is public, and so are those of all outer frames.
    published: bool,
    /// In its scope's list, and so are all outer frames.
    pub(crate) attached: bool,
    pub(crate) next: *mut RunFrame,
    pub(crate) previous: *mut RunFrame,
}

/// The first function on every fiber's stack: runs one task after the other.
pub(crate) unsafe extern "C-unwind" fn fiber_main(cell: *mut FiberCell) -> ! {
    // SAFETY: entered by the first resume of the cell; the worker is read anew after every task.
    unsafe {
        loop {
            (*FiberCell::worker(cell)).counts.hosted += 1;
            run_task(cell, (*cell).start);
            let worker = FiberCell::worker(cell);
            let shared = (*worker).shared;
            // ORDER: Relaxed; the monitor's evidence that this worker moves on.
            shared.turns.store(shared.turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            match (*worker).pick() {
                Some(Work::Begin(record)) => (*cell).start = record,
                other => {
                    (*worker).stash = other;
                    big::give_back(cell);
                    leave(cell, After::Free);
                }
            }
        }
    }
}

/// Runs a claimed task to the end of its code, on the stack of this fiber, and completes it if it has no
/// unfinished tasks of its own.
///
/// # Safety
/// `cell` is the running fiber; `record` was claimed by the caller.
pub(crate) unsafe fn run_task(cell: *mut FiberCell, record: *mut TaskRecord) {
    // SAFETY: by contract; the frame outlives everything that names it, because it is detached before it ends.
    unsafe {
        let outer_task = (*cell).hot.task;
        let outer_scope = (*cell).hot.scope;
        let outer_mask = (*cell).cancel_mask;
        let mut frame = RunFrame {
            record,
            cell,
            outer: (*cell).frame,
            exceptions: std::ptr::null_mut(),
            published: false,
            attached: false,
            next: std::ptr::null_mut(),
            previous: std::ptr::null_mut(),
        };
        (*cell).frame = &raw mut frame;
        (*cell).hot.task = record;
        (*cell).hot.scope = std::ptr::null_mut();

        let mut outcome = DONE;
        if scope::is_cancelled_from((*record).scope) && outer_mask == 0 {
            // Told to stop before it began.
            if let Some(drop_args) = (*(*record).desc).drop_args {
                drop_args(cell.cast(), (&raw mut (*record).payload).cast());
            }
            outcome = CANCELLED;
        } else {
            let program = (*(*cell).hot.worker).program;
            let exception = ((*program).invoke)(cell.cast(), record);
            if !exception.is_null() {
                outcome = match unwind::arrive(frame.exceptions) {
                    Cause::Panic(info) => {
                        (*record).payload[0] = Arc::into_raw(info) as u64;
                        PANICKED
                    }
                    Cause::Cancelled => CANCELLED,
                };
            }
        }

        let own_scope = (*cell).hot.scope;
        (*cell).frame = frame.outer;
        (*cell).hot.task = outer_task;
        (*cell).hot.scope = outer_scope;
        (*cell).cancel_mask = outer_mask;
        if frame.attached {
            scope::detach_frame(&raw mut frame);
        }
        scope::refresh_request(cell);
        code_ended(cell, record, outcome, own_scope);
    }
}

/// The task's code has ended: joins its tasks, or leaves its completion to the last of them.
unsafe fn code_ended(cell: *mut FiberCell, record: *mut TaskRecord, outcome: u64, own: *mut Scope) {
    // SAFETY: on the task's worker.
    unsafe {
        if !own.is_null() {
            let own = ScopeCell::of(own);
            if !ScopeCell::is_empty(own) {
                if outcome != DONE {
                    ScopeCell::cancel(cell.cast(), own);
                }
                State(&(*record).state).begin_joining();
                if !ScopeCell::owner_ended(own, outcome) {
                    return;
                }
            }
            ScopeCell::close(FiberCell::worker(cell), own);
        }
        complete(cell, record, outcome);
    }
}

/// Completes a task, and in turn the tasks that have waited for nothing but it.
unsafe fn complete(cell: *mut FiberCell, mut record: *mut TaskRecord, mut outcome: u64) {
    // SAFETY: whoever gets here has the right to complete the record.
    unsafe {
        loop {
            let scope = ScopeCell::of((*record).scope);
            if outcome == PANICKED {
                panicked(cell.cast(), record, scope);
            }
            if runtime().is_some_and(|runtime| runtime.main.load(Ordering::Relaxed) == record) {
                return main_ended(cell, record, outcome);
            }
            let state = State(&(*record).state);
            let public = state.peek().has(PUBLIC);
            let afterwards = if public {
                let before = state.finish_public(outcome, || {
                    if outcome == DONE
                        && let Some(mark) = (*(*record).desc).mark_result
                    {
                        mark(cell.cast(), (&raw mut (*record).payload).cast());
                    }
                });
                if before.has(WAITED) {
                    wake_waiters::<Fibers>(cell.cast(), record);
                }
                if before.handles() == 0 { Afterwards::Free } else { Afterwards::Nothing }
            } else {
                state.finish_private(outcome)
            };
            if afterwards == Afterwards::Free {
                discard(cell, record);
            }
            if !ScopeCell::child_finished(scope, public) {
                return;
            }
            if (*scope).kind == Kind::Nursery {
                return ScopeCell::wake_owner(cell.cast(), scope);
            }
            record = (*scope).task;
            outcome = (*scope).outcome;
            ScopeCell::close(FiberCell::worker(cell), scope);
        }
    }
}

/// Tells those who have to know of a panic: the nursery, or the exit code.
unsafe fn panicked(fiber: *mut Fiber, record: *mut TaskRecord, scope: *mut ScopeCell) {
    // SAFETY: the payload holds the failure; the unfinished record keeps its scope.
    unsafe {
        if !scope.is_null() && (*scope).kind == Kind::Nursery {
            let _ = State(&(*record).state).take_failure();
            ScopeCell::fail(fiber, scope, failure(record));
        } else {
            panic::opened();
        }
    }
}

/// The main task has ended with all its tasks: so has the program.
unsafe fn main_ended(_cell: *mut FiberCell, record: *mut TaskRecord, outcome: u64) {
    // SAFETY: main's record is completed by one worker; `wyn_start` reads it when all have stopped.
    let _ = unsafe { State(&(*record).state).finish_public(outcome, || {}) };
    if let Some(runtime) = runtime() {
        runtime.shut_down();
    }
}

/// The failure in a panicked task's payload.
///
/// # Safety
/// The task panicked, and the caller keeps the record.
pub(crate) unsafe fn failure(record: *mut TaskRecord) -> Arc<PanicInfo> {
    // SAFETY: the payload owns one count.
    unsafe {
        let info = (*record).payload[0] as *const PanicInfo;
        Arc::increment_strong_count(info);
        Arc::from_raw(info)
    }
}

/// Drops what a completed record without handles holds, and frees it.
///
/// # Safety
/// The record is completed and nobody else knows it.
pub(crate) unsafe fn discard(cell: *mut FiberCell, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe {
        let state = State(&(*record).state).load();
        match state.phase() {
            DONE => {
                if let Some(drop_result) = (*(*record).desc).drop_result {
                    drop_result(cell.cast(), (&raw mut (*record).payload).cast());
                }
            }
            PANICKED => {
                debug_assert!(state.has(TAKEN) || panic::any_open());
                drop(Arc::from_raw((*record).payload[0] as *const PanicInfo));
            }
            _ => {}
        }
        super::slab::free(FiberCell::worker(cell), record);
    }
}

/// Makes the tasks on a fiber public: before it may go on under another worker.
///
/// # Safety
/// On the worker's stack, before the fiber can be resumed elsewhere.
pub(crate) unsafe fn publish_frames(cell: *mut FiberCell) {
    // SAFETY: the frames lie on the saved stack.
    unsafe {
        let mut frame = (*cell).frame;
        while !frame.is_null() && !(*frame).published {
            (*frame).published = true;
            let record = (*frame).record;
            if !State(&(*record).state).peek().has(PUBLIC) {
                make_public(record);
            }
            frame = (*frame).outer;
        }
    }
}
