//! Running tasks: the host fiber's loop, the frame of a running task, and what its end sets off.

use std::mem::MaybeUninit;

use wyn_abi::sync::Ordering;
use wyn_abi::task::{Exception, INLINE_ROOM};
use wyn_abi::{Fiber, Location, RunFrame, Scope, TaskRecord};
use wyn_hot::ablation::{HOSTS, INLINE, QUICK_END, left_out};
use wyn_hot::nested;
use wyn_hot::state::{Afterwards, CANCELLED, DONE, PANICKED, PUBLIC, STOP, State, WAITED};

use super::cancel;
use super::detach;
use super::failure::{self, Stop};
use super::nursery;
use super::scope::{Kind, ScopeCell};
use super::wait::wake_waiters;
use crate::channel::fibers::Fibers;
use crate::fiber::switch::stack_pointer;
use crate::fiber::{FiberCell, big};
use crate::sched::entry::Work;
use crate::sched::parking;
use crate::sched::private::make_public;
use crate::sched::runtime;
use crate::sched::worker::Worker;
use crate::time;
use crate::unwind::{self, Cause};

/// The first function on every fiber's stack: runs one task after the other. A fiber that is resumed without one picks it
/// itself.
pub(crate) unsafe extern "C-unwind" fn fiber_main(cell: *mut FiberCell) -> ! {
    // SAFETY: entered by the first resume of the cell; the worker is read anew after every task.
    unsafe {
        Worker::after(FiberCell::worker(cell));
        let mut record = std::mem::replace(&mut (*cell).start, std::ptr::null_mut());
        loop {
            if !record.is_null() {
                (*FiberCell::worker(cell)).counts.hosted += 1;
                let frame = (*cell).host_frame.as_mut_ptr();
                run_in(cell, record, frame, Around::nothing(cell), std::ptr::null());
                (*FiberCell::worker(cell)).shared.next_turn();
            }
            record = match pick(FiberCell::worker(cell)) {
                Some(Work::Begin(record)) => record,
                Some(Work::Resume(next)) if !left_out((*cell).hot.worker, HOSTS) => become_free(cell, next),
                Some(Work::Resume(next)) => {
                    (*FiberCell::worker(cell)).run_next(next);
                    become_free(cell, std::ptr::null_mut())
                }
                None => become_free(cell, std::ptr::null_mut()),
            };
        }
    }
}

/// What the worker has at hand: what it mostly is in the first place.
#[inline(always)]
unsafe fn pick(worker: *mut Worker) -> Option<Work> {
    // SAFETY: the worker is this thread's.
    let worker = unsafe { &mut *worker };
    let next = worker.take_next_in_turn();
    if !next.is_null() {
        return Some(Work::Resume(next));
    }
    let record = worker.take_youngest_in_turn();
    if record.is_null() { worker.pick() } else { Some(Work::Begin(record)) }
}

/// The fiber has nothing to do, and others run: the one that is given, if it is not null. Gives the task that it is to begin with
/// when it runs again; null when it is to pick.
#[inline(always)]
unsafe fn become_free(cell: *mut FiberCell, next: *mut FiberCell) -> *mut TaskRecord {
    // SAFETY: nothing is on the fiber's stack but the host's loop; the caller has the right to resume the other.
    unsafe {
        big::give_back(cell);
        parking::free(cell, next);
        std::mem::replace(&mut (*cell).start, std::ptr::null_mut())
    }
}

/// Runs the code of a task whose frame is entered; gives the exception that has left it, or null.
#[inline(always)]
unsafe fn invoke(fiber: *mut Fiber, record: *mut TaskRecord) -> *mut Exception {
    // SAFETY: the task was claimed, and its frame entered.
    unsafe { ((*(*(*fiber).worker).program).invoke)(fiber, record).cast() }
}

/// What a fiber runs, around a task that is to run on top of it.
struct Around {
    task: *mut TaskRecord,
    scope: *mut ScopeCell,
    hot_scope: *mut Scope,
    mask: u32,
}

impl Around {
    unsafe fn of(cell: *mut FiberCell) -> Around {
        // SAFETY: the fiber runs.
        unsafe {
            Around {
                task: (*cell).hot.task,
                scope: FiberCell::innermost(cell),
                hot_scope: (*cell).hot.scope,
                mask: (*cell).hot.cancel_mask,
            }
        }
    }

    /// What a host runs around a task: nothing. (Not to be looked up, kept, and written back for every task.)
    #[inline(always)]
    unsafe fn nothing(cell: *mut FiberCell) -> Around {
        let null = std::ptr::null_mut();
        // SAFETY: the fiber runs.
        unsafe {
            debug_assert!((*cell).hot.task.is_null() && (*cell).hot.innermost.is_null());
            debug_assert!((*cell).hot.scope.is_null() && (*cell).hot.cancel_mask == 0);
        }
        Around { task: null, scope: null.cast(), hot_scope: null.cast(), mask: 0 }
    }

    /// The task of this frame has left the fiber.
    #[inline(always)]
    unsafe fn restore(&self, cell: *mut FiberCell, frame: &RunFrame) {
        // SAFETY: the frame is the running fiber's innermost.
        unsafe {
            (*cell).hot.frame = frame.outer;
            (*cell).hot.task = self.task;
            (*cell).hot.innermost = self.scope.cast();
            (*cell).hot.scope = self.hot_scope;
            (*cell).hot.cancel_mask = self.mask;
        }
    }
}

/// Runs a claimed task to the end of its code, on the stack of this fiber, and completes it if it has no
/// unfinished tasks of its own.
///
/// # Safety
/// `cell` is the running fiber; `record` was claimed by the caller; `awaited_at` is null or static.
pub(crate) unsafe fn run_task(cell: *mut FiberCell, record: *mut TaskRecord, awaited_at: *const Location) {
    let mut frame = MaybeUninit::<RunFrame>::uninit();
    // SAFETY: by contract.
    unsafe { run_in(cell, record, frame.as_mut_ptr(), Around::of(cell), awaited_at) }
}

/// [`run_task`] with a frame that is there for as long as it runs, around which the fiber runs this.
#[inline(always)]
unsafe fn run_in(
    cell: *mut FiberCell,
    record: *mut TaskRecord,
    frame: *mut RunFrame,
    around: Around,
    awaited_at: *const Location,
) {
    // SAFETY: by contract; the frame outlives everything that names it, because it is detached before it ends.
    unsafe {
        nested::enter(cell.cast(), record, frame, awaited_at);
        // The mask is of who awaits: the task is in the shield, or is told as others are.
        (*cell).hot.cancel_mask = 0;
        if let Some(stop) = cancel::reason_not_to_begin(record) {
            drop_arguments(cell, record, stop);
            ended(&mut *frame, CANCELLED, &around);
        } else {
            let host = FiberCell::worker(cell);
            let measured = (*host).taken.measures();
            let start = if measured { time::ticks() } else { 0 };
            let exception = invoke(cell.cast(), record);
            if measured && FiberCell::worker(cell) == host {
                (*host).taken.took(time::ticks().wrapping_sub(start));
            }
            if exception.is_null() && end_private(&mut *frame, &around) {
                return;
            }
            let outcome = if exception.is_null() { DONE } else { unwound(&mut *frame) };
            ended(&mut *frame, outcome, &around);
        }
    }
}

/// Runs a private task that has not begun for the one who awaits it, if all is as it mostly is: it belongs to the scope
/// that is open here, nobody is told to stop, the stack has room. False when it is not; then nothing has happened. What
/// most tasks need when they end is done here as well. Compiled code does the same by itself where it knows the body.
///
/// # Safety
/// `cell` is the running fiber, whose task holds a handle of the record; `at` is null or static.
#[inline(always)]
pub(crate) unsafe fn run_inline(cell: *mut FiberCell, record: *mut TaskRecord, at: *const Location) -> bool {
    // SAFETY: by contract; the frame as in `run_task`.
    unsafe {
        let (fiber, state) = (cell.cast::<Fiber>(), State(&(*record).state));
        let mut frame = MaybeUninit::<RunFrame>::uninit();
        let frame = frame.as_mut_ptr();
        let seen = state.peek();
        if !seen.is_private_new()
            || left_out((*fiber).worker, INLINE | QUICK_END)
            || !nested::begin(fiber, record, seen, frame, at)
        {
            return false;
        }
        let exception = invoke(fiber, record);
        // Who has parked or yielded is public.
        if exception.is_null() && !state.peek().has(PUBLIC) && nested::end(fiber, record, frame) {
            // Who awaits holds a handle.
            let _ = state.finish_private(DONE);
        } else {
            wyn_nested_ended(fiber, frame, exception);
        }
        true
    }
}

/// See the table.
///
/// # Safety
/// The frame is the innermost of the running fiber; its task has run on top of the one who awaits it, in whose innermost
/// scope it is, whose handle keeps the record, and who had no mask; its result is in the payload, or `exception` has left it.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nested_ended(
    _fiber: *mut Fiber,
    frame: *mut RunFrame,
    exception: *mut Exception,
) {
    // SAFETY: by contract.
    unsafe {
        let frame = &mut *frame;
        let scope = (*frame.record).scope;
        let around =
            Around { task: (*frame.outer).record, scope: ScopeCell::of(scope), hot_scope: scope, mask: 0 };
        let outcome = if exception.is_null() { DONE } else { unwound(frame) };
        ended(frame, outcome, &around);
    }
}

/// Whether the stack has room to run a task on top.
pub(crate) unsafe fn has_room(cell: *mut FiberCell) -> bool {
    // SAFETY: the caller runs on the fiber.
    unsafe { stack_pointer().wrapping_sub((*cell).hot.stack_floor) as isize > INLINE_ROOM as isize }
}

/// An exception has left the code of a task: how the task has ended.
unsafe fn unwound(frame: &mut RunFrame) -> u64 {
    // SAFETY: the frame is the running fiber's innermost.
    unsafe {
        let (cell, record) = (FiberCell::of(frame.fiber), frame.record);
        end_shield(cell, frame);
        match unwind::arrive(frame.exceptions) {
            Cause::Panic(info) => {
                failure::put_panic(record, info);
                PANICKED
            }
            Cause::Cancelled(stop, _) => {
                failure::put_stop(record, stop);
                CANCELLED
            }
        }
    }
}

/// The code of a task has returned: ends it, if it is as most are, private, told nothing, and without tasks of its own. False
/// when it is not; then nothing has happened.
#[inline(always)]
unsafe fn end_private(frame: &mut RunFrame, around: &Around) -> bool {
    // SAFETY: the frame is the running fiber's innermost. Who has never parked has never been attached, and `main` is public.
    unsafe {
        let (cell, record) = (FiberCell::of(frame.fiber), frame.record);
        let state = State(&(*record).state);
        // ORDER: Relaxed; read by this fiber, which the request is for.
        let told = (*cell).hot.cancel_pending.load(Ordering::Relaxed) != 0;
        if told || state.peek().has(PUBLIC) || !(*cell).hot.innermost.is_null() {
            return false;
        }
        debug_assert!(!frame.attached);
        around.restore(cell, frame);
        let scope = ScopeCell::of((*record).scope);
        if state.finish_private(DONE) == Afterwards::Free {
            discard_result(cell, record);
        }
        if ScopeCell::child_finished(scope, false) {
            joined(cell, scope);
        }
        true
    }
}

/// A task's code has ended so: what was around it runs again.
unsafe fn ended(frame: &mut RunFrame, outcome: u64, around: &Around) {
    // SAFETY: the frame is the running fiber's innermost.
    unsafe {
        let cell = FiberCell::of(frame.fiber);
        let own_scope = FiberCell::innermost(cell);
        around.restore(cell, frame);
        if frame.attached {
            cancel::detach_frame(&raw mut *frame);
        }
        cancel::refresh_request(cell);
        code_ended(cell, frame.record, outcome, own_scope);
    }
}

/// Puts what kept a task from beginning in the place of its arguments.
unsafe fn drop_arguments(cell: *mut FiberCell, record: *mut TaskRecord, stop: Stop) {
    // SAFETY: the record is claimed, and its code has not begun.
    unsafe {
        if let Some(drop_args) = (*(*record).desc).drop_args {
            drop_args(cell.cast(), (&raw mut (*record).payload).cast());
        }
        failure::put_stop(record, stop);
    }
}

/// Completes a claimed task without running it.
///
/// # Safety
/// `cell` is the running fiber; `record` was claimed by the caller, who also holds a handle.
pub(crate) unsafe fn dismiss(cell: *mut FiberCell, record: *mut TaskRecord, stop: Stop) {
    // SAFETY: by contract.
    unsafe {
        drop_arguments(cell, record, stop);
        complete(cell, record, CANCELLED);
    }
}

/// An exception has arrived at its task's end: joins what the task's `defer`s have spawned and left behind, and closes
/// its shield.
unsafe fn end_shield(cell: *mut FiberCell, frame: &RunFrame) {
    // SAFETY: the fiber runs; the innermost scope of a task that has unwound is its shield.
    unsafe {
        let shield = FiberCell::innermost(cell);
        let (level, parent) = ((*shield).outer_level, ScopeCell::of((*shield).hot.parent));
        if let Some(panic) = nursery::join_and_close(cell.cast(), shield) {
            unwind::replace_cancellation(frame.exceptions, panic);
        }
        let own = !parent.is_null() && (*parent).hot.task == frame.record;
        ScopeCell::enter(cell, if own { parent } else { std::ptr::null_mut() });
        cancel::lower_shield(cell, level);
    }
}

/// The task's code has ended: joins its tasks, or leaves its completion to the last of them.
unsafe fn code_ended(cell: *mut FiberCell, record: *mut TaskRecord, mut outcome: u64, own: *mut ScopeCell) {
    // SAFETY: on the task's worker.
    unsafe {
        if !own.is_null() {
            if !ScopeCell::is_empty(own) {
                match outcome {
                    PANICKED => {
                        let at = failure::panic_of(record).panic().at;
                        cancel::cancel_scope(cell.cast(), own, Stop { reason: Stop::OWNER, at });
                    }
                    CANCELLED => cancel::cancel_own(cell.cast(), own, failure::stop_of(record)),
                    _ => {}
                }
                State(&(*record).state).begin_joining();
                if !ScopeCell::owner_ended(own, outcome) {
                    return;
                }
            }
            outcome = end_scope(cell, own, outcome);
        }
        complete(cell, record, outcome);
    }
}

/// Closes a task's own scope, whose tasks have ended. A panic among them that nobody has dealt with goes on in the task,
/// unless that panics itself. Gives the task's outcome.
unsafe fn end_scope(cell: *mut FiberCell, own: *mut ScopeCell, outcome: u64) -> u64 {
    // SAFETY: whoever gets here has the right to complete the task; its payload holds what the outcome says.
    unsafe {
        let record = (*own).hot.task;
        let panic = ScopeCell::take_failure(own);
        ScopeCell::close(FiberCell::worker(cell), own);
        let Some(panic) = panic.filter(|_| outcome != PANICKED) else { return outcome };
        if outcome == DONE
            && let Some(drop_result) = (*(*record).desc).drop_result
        {
            drop_result(cell.cast(), (&raw mut (*record).payload).cast());
        }
        failure::put_panic(record, panic);
        PANICKED
    }
}

/// Completes a task, and in turn the tasks that have waited for nothing but it.
unsafe fn complete(cell: *mut FiberCell, mut record: *mut TaskRecord, mut outcome: u64) {
    // SAFETY: whoever gets here has the right to complete the record.
    unsafe {
        loop {
            let scope = ScopeCell::of((*record).scope);
            // ORDER: Relaxed; written before anything ran.
            if runtime().is_some_and(|runtime| runtime.main.load(Ordering::Relaxed) == record) {
                return main_ended(cell, record, outcome);
            }
            let panic = (outcome == PANICKED).then(|| failure::panic_of(record));
            if let Some(panic) = &panic {
                ScopeCell::fail(cell.cast(), scope, panic.clone());
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
                if before.has(STOP) {
                    cancel::forget_task(scope, record);
                }
                if before.has(WAITED)
                    && wake_waiters::<Fibers>(cell.cast(), record)
                    && let Some(panic) = panic
                {
                    // Whoever was woken will deal with it, even if the scope ends before it runs.
                    panic.take();
                }
                if before.handles() == 0 { Afterwards::Free } else { Afterwards::Nothing }
            } else {
                state.finish_private(outcome)
            };
            if afterwards == Afterwards::Free {
                discard(cell, record);
            }
            // ORDER: Relaxed, both; the owner looks when it has joined the task.
            if outcome == CANCELLED && (*scope).cancelled.load(Ordering::Relaxed) {
                (*scope).stopped.store(true, Ordering::Relaxed);
            }
            if !ScopeCell::child_finished(scope, public) {
                return;
            }
            let Some(owner) = owner_to_complete(cell, scope) else { return };
            (record, outcome) = owner;
        }
    }
}

/// A scope's last task has ended: whoever has waited for that is woken, or is the task to complete now, with its outcome.
unsafe fn owner_to_complete(cell: *mut FiberCell, scope: *mut ScopeCell) -> Option<(*mut TaskRecord, u64)> {
    // SAFETY: whoever gets here has ended the scope.
    unsafe {
        match (*scope).kind {
            Kind::Task => {
                let record = (*scope).hot.task;
                return Some((record, end_scope(cell, scope, (*scope).outcome)));
            }
            Kind::Detached => detach::task_ended(cell, scope),
            _ => ScopeCell::wake_owner(cell.cast(), scope),
        }
        None
    }
}

/// The same, and completes the task.
#[cold]
#[inline(never)]
unsafe fn joined(cell: *mut FiberCell, scope: *mut ScopeCell) {
    // SAFETY: the contract is the same.
    unsafe {
        if let Some((record, outcome)) = owner_to_complete(cell, scope) {
            complete(cell, record, outcome);
        }
    }
}

/// The main task has ended with all its tasks.
unsafe fn main_ended(cell: *mut FiberCell, record: *mut TaskRecord, outcome: u64) {
    // SAFETY: main's record is completed by one worker; whoever ends the program reads it afterwards.
    unsafe {
        let _ = State(&(*record).state).finish_public(outcome, || {});
        if let Some(runtime) = runtime() {
            detach::main_ended(cell.cast(), runtime);
        }
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
            DONE => return discard_result(cell, record),
            PANICKED => failure::drop_panic(record),
            _ => {}
        }
        super::slab::free(FiberCell::worker(cell), record);
    }
}

/// [`discard`], of a task that has returned.
#[inline(always)]
unsafe fn discard_result(cell: *mut FiberCell, record: *mut TaskRecord) {
    // SAFETY: the contract is the same.
    unsafe {
        if let Some(drop_result) = (*(*record).desc).drop_result {
            drop_result(cell.cast(), (&raw mut (*record).payload).cast());
        }
        super::slab::free(FiberCell::worker(cell), record);
    }
}

/// Whether a scope that was opened on a fiber, and is still open, has private tasks. An outer frame's task spawns none until
/// those on top of it have ended, so what has none needs no second look.
///
/// # Safety
/// The fiber runs, or has left its worker just now; its frames are public.
pub(crate) unsafe fn has_private_tasks(cell: *mut FiberCell) -> bool {
    // SAFETY: the frames lie on the stack; open scopes and their parents are alive.
    unsafe {
        let innermost = (*cell).hot.frame;
        let (mut frame, mut scope) = (innermost, FiberCell::innermost(cell));
        loop {
            while !scope.is_null() && (*scope).hot.task == (*frame).record {
                if (*scope).hot.private_children != 0 {
                    return true;
                }
                scope = ScopeCell::of((*scope).hot.parent);
            }
            if (*frame).outer.is_null() || (*frame).bare_outside {
                break;
            }
            scope = ScopeCell::of((*(*frame).record).scope);
            frame = (*frame).outer;
        }
        (*innermost).bare_outside = true;
        false
    }
}

/// Whether all that a fiber runs is public, and in the lists of scopes.
///
/// # Safety
/// The fiber parks on this worker.
#[inline(always)]
pub(crate) unsafe fn is_known(cell: *mut FiberCell) -> bool {
    // SAFETY: the frames lie on the saved stack.
    unsafe {
        let frame = (*cell).hot.frame;
        frame.is_null() || (*frame).published && (*frame).attached
    }
}

/// Makes the tasks on a fiber public: before it may go on under another worker.
///
/// # Safety
/// On the worker's stack, before the fiber can be resumed elsewhere.
pub(crate) unsafe fn publish_frames(cell: *mut FiberCell) {
    // SAFETY: the frames lie on the saved stack.
    unsafe {
        let mut frame = (*cell).hot.frame;
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
