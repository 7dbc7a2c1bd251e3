//! Futures: the slow paths of awaiting and of handles, results as values, and cancelling by hand.

use wyn_abi::task::Settled;
use wyn_abi::{Fiber, Location, StringObject, TaskRecord};
use wyn_hot::ablation::{INLINE, left_out};
use wyn_hot::nested;
use wyn_hot::state::{CANCELLED, DONE, NEW, PANICKED, PUBLIC, SHARED, Snapshot, State};

use super::failure::{self, Stop};
use super::scope::ScopeCell;
use super::{cancel, latent, run, wait};
use crate::channel::fibers::Fibers;
use crate::channel::parker::Wake;
use crate::fiber::{FiberCell, on_worker_stack};
use crate::object::string::new_string;
use crate::object::walk::{Reached, from_marked, traced};
use crate::panic::panic_with;
use crate::sched::parking;
use crate::sched::private::{make_public, publish};
use crate::unwind::{self, Cause};

/// Takes a task that nobody has begun: the caller is to run or to dismiss it.
///
/// # Safety
/// `cell` is the running fiber; the caller holds a handle of the record, whose state was just seen.
unsafe fn claim(cell: *mut FiberCell, record: *mut TaskRecord, seen: Snapshot) -> bool {
    // SAFETY: by contract; a private record that is new lies in the stack of this worker.
    unsafe {
        if !seen.has(PUBLIC) && seen.phase() == NEW {
            (*FiberCell::worker(cell)).private_remove(record);
            State(&(*record).state).claim_private();
            return true;
        }
        State(&(*record).state).claim_public()
    }
}

/// Returns when the task has completed; runs it on this stack if nobody has begun it and it belongs here. Raises when
/// the waiting task was cancelled before, or is meanwhile.
///
/// # Safety
/// `fiber` is the running fiber; the caller holds a handle; `at` is null or static.
unsafe fn wait_for(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) -> Snapshot {
    // SAFETY: the handle keeps the record; the fiber is this thread's.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        let state = State(&(*record).state);
        if parking::cancel_pending(fiber) {
            unwind::cancel(fiber);
        }
        let seen = state.load();
        if seen.is_terminal() {
            return seen;
        }
        let worker = FiberCell::worker(cell);
        let here = ScopeCell::of((*record).scope) == FiberCell::innermost(cell)
            && run::has_room(cell)
            && !left_out(&raw const (*worker).hot, INLINE);
        if here {
            if claim(cell, record, seen) {
                nested::count_inline((*fiber).worker);
                run::run_task(cell, record, at);
            }
        } else if !seen.has(PUBLIC) && seen.phase() == NEW {
            publish(cell, record);
        }
        let seen = state.load();
        if seen.is_terminal() {
            return seen;
        }
        // A private task may be joining: its code has ended, its own tasks have not.
        if !seen.has(PUBLIC) {
            make_public(record);
        }
        parking::waits_at(fiber, at);
        if wait::wait::<Fibers>(fiber, record) == Wake::Cancelled {
            unwind::cancel(fiber);
        }
        state.load()
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_await(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
    at: *const Location,
) {
    // SAFETY: the handle keeps the record; the fiber is this thread's.
    unsafe {
        latent::record(FiberCell::of(fiber));
        let worker = FiberCell::worker(FiberCell::of(fiber));
        if (*worker).is_asked() && (*worker).has_private() {
            (*worker).answer_request();
        }
        let ran = run::run_inline(FiberCell::of(fiber), record, at);
        if !ran || State(&(*record).state).load().phase() != DONE {
            await_slowly(fiber, record, at);
        }
    }
}

/// An await that has more to do than to run a private task to its end.
#[inline(never)]
unsafe fn await_slowly(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) {
    // SAFETY: as for `wyn_slow_await`.
    unsafe {
        match wait_for(fiber, record, at).phase() {
            PANICKED => {
                let failure = failure::panic_of(record);
                failure.take();
                unwind::raise(fiber, Cause::Panic(failure.panic().clone()))
            }
            // Whoever is cancelled together with what it awaits meets its own cancellation.
            CANCELLED if parking::cancel_pending(fiber) => unwind::cancel(fiber),
            CANCELLED => panic_with(fiber, at, || {
                let why = failure::stop_of(record).sentence();
                format!("awaited task {}, which was cancelled: {why}", (*(*record).desc).name())
            }),
            _ => {}
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_settle(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
    at: *const Location,
) -> i64 {
    // SAFETY: the handle keeps the record; the fiber is this thread's.
    unsafe {
        match wait_for(fiber, record, at).phase() {
            PANICKED => {
                failure::panic_of(record).take();
                Settled::Panicked as i64
            }
            CANCELLED => Settled::Cancelled as i64,
            _ => Settled::Done as i64,
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle of a task that has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_failure_text(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
) -> *mut StringObject {
    // SAFETY: the handle keeps the record and its payload.
    unsafe {
        match State(&(*record).state).load().phase() {
            PANICKED => new_string(fiber, &failure::panic_of(record).panic().message),
            _ => new_string(fiber, failure::stop_of(record).reason),
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle of a task that has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_failure_place(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
) -> *mut StringObject {
    // SAFETY: the handle keeps the record and its payload, the fiber runs.
    unsafe {
        let at = match State(&(*record).state).load().phase() {
            PANICKED => failure::panic_of(record).panic().at,
            _ => failure::stop_of(record).at,
        };
        let text = on_worker_stack(fiber, || failure::place(at));
        new_string(fiber, &text)
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle; the place is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_cancel(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) {
    // SAFETY: by contract.
    unsafe { cancel::cancel_task(fiber, record, Stop { reason: Stop::BY_FUTURE, at: at.as_ref() }) }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_retract(fiber: *mut Fiber, record: *mut TaskRecord) -> bool {
    // SAFETY: the handle keeps the record; the fiber is this thread's.
    unsafe {
        let cell = FiberCell::of(fiber);
        let claimed = claim(cell, record, State(&(*record).state).load());
        if claimed {
            run::dismiss(cell, record, Stop { reason: Stop::BY_FUTURE, at: None });
        }
        claimed
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_checkpoint(fiber: *mut Fiber) {
    // SAFETY: by contract.
    unsafe {
        if parking::cancel_pending(fiber) {
            unwind::cancel(fiber);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller gave up the last handle of a completed record.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_future_drop(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe { run::discard(FiberCell::of(fiber), record) }
}

/// See the table.
///
/// # Safety
/// The caller holds the handle that is about to cross.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_future_mark(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe {
        if !traced(fiber, Reached::Future(record)) {
            publish_future(fiber, record, from_marked(fiber));
        }
    }
}

/// See the table.
///
/// # Safety
/// As for `wyn_future_mark`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_future_share(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe {
        if !traced(fiber, Reached::Future(record)) {
            publish_future(fiber, record, true);
        }
    }
}

/// Makes a record public, and its result marked if several tasks may come to await it: `shared` says that they may
/// through one handle.
unsafe fn publish_future(fiber: *mut Fiber, record: *mut TaskRecord, shared: bool) {
    // SAFETY: the handle keeps the record; a private record is this worker's.
    unsafe {
        let state = State(&(*record).state);
        let seen = state.peek();
        if !seen.has(PUBLIC) {
            publish(FiberCell::of(fiber), record);
        }
        if (shared || seen.handles() > 1) && !seen.has(SHARED) {
            let before = state.share();
            if before.phase() == DONE
                && !before.has(SHARED)
                && let Some(mark) = (*(*record).desc).mark_result
            {
                mark(fiber, (&raw mut (*record).payload).cast());
            }
        }
    }
}
