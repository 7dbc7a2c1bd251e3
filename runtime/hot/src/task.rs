//! Spawn, await and future handles: what a task that nobody stole costs.
//!
//! No locked instruction is executed for a record that was never published.

use wyn_abi::sync::Ordering;
use wyn_abi::task::{RECORD_BATCH, sig};
use wyn_abi::{Fiber, Location, RunFrame, Scope, TaskDescriptor, TaskRecord};

use crate::ablation::{INLINE, NESTED, PRIVATE, QUICK_END, left_out};
use crate::latent::{wyn_latent_begin, wyn_latent_end, wyn_latent_spawn};
use crate::nested;
use crate::state::{self, Afterwards, DONE, NEW, SPAWNED, State};

/// Declarations of the slow paths.
pub mod slow {
    use wyn_abi::Fiber;
    use wyn_abi::extern_slow_rows;
    use wyn_abi::object::{ObjectHeader, StringObject};
    use wyn_abi::program::{Location, ProgramInfo};
    use wyn_abi::task::{Exception, LatentTask, RunFrame, Scope, TaskDescriptor, TaskRecord};
    wyn_abi::task_rows!(extern_slow_rows);
}

use wyn_abi::check_hot_rows;
wyn_abi::task_rows!(check_hot_rows);

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber and a static descriptor.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_new(
    fiber: *mut Fiber,
    desc: *const TaskDescriptor,
) -> *mut TaskRecord {
    // SAFETY: the fiber runs on its worker.
    unsafe {
        let mut scope = (*fiber).scope;
        if scope.is_null() {
            scope = nested::own_scope(fiber, desc);
        }
        new_record(fiber, desc, scope)
    }
}

/// A record for a task of this scope, with one handle.
///
/// # Safety
/// `fiber` runs; the descriptor is static; the scope is open, and not left before it counts the task.
#[inline(always)]
pub unsafe fn new_record(
    fiber: *mut Fiber,
    desc: *const TaskDescriptor,
    scope: *mut Scope,
) -> *mut TaskRecord {
    // SAFETY: by contract; the free list is the worker's; a free record is nobody else's.
    unsafe {
        let worker = (*fiber).worker;
        let mut record = (*worker).record_free;
        if record.is_null() {
            record = slow::wyn_slow_record_alloc(fiber);
        } else {
            (*worker).record_free = (*record).link as *mut TaskRecord;
            (*worker).record_free_len -= 1;
        }
        (*record).desc = desc;
        (*record).scope = scope;
        State(&(*record).state).spawn();
        record
    }
}

/// See the table.
///
/// # Safety
/// `record` is fresh from `wyn_task_new` on this fiber, its arguments stored.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_submit(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: as for `wyn_task_new`; slot `top` lies inside the array when it is below the capacity.
    unsafe {
        let worker = (*fiber).worker;
        (*(*record).scope).private_children += 1;
        // ORDER: Relaxed; written by this worker only.
        (*worker).spawned.store((*worker).spawned.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        // ORDER: Relaxed, here and below; written by this worker only.
        let top = (*worker).private_top.load(Ordering::Relaxed);
        // ORDER: Relaxed; the request carries no data, and whoever made it also poisons the stack limit.
        let asked = (*worker).tasks_wanted.load(Ordering::Relaxed) != 0;
        if top == (*worker).private_capacity || asked || left_out(worker, PRIVATE) {
            return slow::wyn_slow_submit(fiber, record);
        }
        *(*worker).private_base.add(top) = record;
        (*record).link = top;
        (*worker).private_top.store(top + 1, Ordering::Relaxed);
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_await(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) {
    // SAFETY: the handle keeps the record, and the fiber runs.
    unsafe {
        // ORDER: Relaxed; a request that is missed here is met at the next wait.
        let told = (*fiber).cancel_pending.load(Ordering::Relaxed) != 0;
        if told || State(&(*record).state).load().phase() != DONE {
            slow::wyn_slow_await(fiber, record, at);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle; the frame is the caller's, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nested_begin(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
    frame: *mut RunFrame,
    at: *const Location,
) -> bool {
    // SAFETY: the handle keeps the record, which is this worker's while it is private.
    unsafe {
        let seen = State(&(*record).state).peek();
        seen.0 == SPAWNED
            && !left_out((*fiber).worker, INLINE | QUICK_END | NESTED)
            && nested::begin(fiber, record, seen, frame, at)
    }
}

/// See the table.
///
/// # Safety
/// The frame is what `wyn_nested_begin` has begun, and its task's body has just returned.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nested_end(
    fiber: *mut Fiber,
    record: *mut TaskRecord,
    frame: *mut RunFrame,
) -> bool {
    // SAFETY: the caller's is the only handle, so that nobody knows the record when the task has ended.
    unsafe {
        let alone = State(&(*record).state).peek().0 == state::NESTED;
        let ended = alone && nested::end(fiber, record, frame);
        if ended {
            wyn_future_free_taken(fiber, record);
        }
        ended
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_mask(fiber: *mut Fiber) {
    // SAFETY: the fiber runs, so the fields are this thread's.
    unsafe {
        (*fiber).cancel_mask += 1;
        // What is spawned now needs a shield.
        (*fiber).scope = core::ptr::null_mut();
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber, after a `wyn_mask`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_unmask(fiber: *mut Fiber) {
    // SAFETY: as above; the innermost scope is open.
    unsafe {
        (*fiber).cancel_mask -= 1;
        let innermost = (*fiber).innermost;
        if innermost.is_null() {
            return;
        }
        if !(*innermost).plain {
            return slow::wyn_slow_unmask(fiber);
        }
        if (*fiber).cancel_mask == 0 {
            (*fiber).scope = innermost;
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_begun(record: *mut TaskRecord) -> bool {
    // SAFETY: the handle keeps the record.
    unsafe { State(&(*record).state).peek().phase() != NEW }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_future_retain(_fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: the handle keeps the record.
    unsafe { State(&(*record).state).retain() }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle and gives it up.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_future_release(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: the handle keeps the record until the release.
    unsafe {
        if State(&(*record).state).release() == Afterwards::Free {
            slow::wyn_slow_future_drop(fiber, record);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_future_is_unique(record: *mut TaskRecord) -> bool {
    // SAFETY: the handle keeps the record.
    unsafe { State(&(*record).state).load().handles() == 1 }
}

/// See the table.
///
/// # Safety
/// The caller holds the only handle of a done task and has moved the result out.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_future_free_taken(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: nobody else knows the record any more; the list is the worker's.
    unsafe {
        let worker = (*fiber).worker;
        if (*worker).record_free_len == RECORD_BATCH {
            return slow::wyn_slow_record_free(fiber, record);
        }
        (*record).link = (*worker).record_free as usize;
        (*worker).record_free = record;
        (*worker).record_free_len += 1;
    }
}
