//! Tasks: the slow paths behind `wyn_hot::task`, and nurseries.
//!
//! * `slab`, `fresh`: memory of records · `latent`: tasks without one · `run`: running and completing ·
//!   `wait`: parking until a task is done ·
//!   `future`: awaiting and what else futures can do · `scope`: joining sets of tasks · `lists`, `links`: what others know of them ·
//!   `cancel`: telling them to stop · `failure`: how tasks fail · `nursery`: scopes that blocks open ·
//!   `deadline`, `firing`: their time limits · `detach`: tasks that nobody joins ·
//!   `local`: task-local values · `placed`: tasks that the standard library spawns
//! * The states of a record are told in `wyn_hot::state`.

pub(crate) mod cancel;
pub(crate) mod children;
pub(crate) mod deadline;
pub mod detach;
pub(crate) mod failure;
pub mod firing;
mod fresh;
pub mod future;
pub mod latent;
pub(crate) mod links;
pub(crate) mod lists;
pub mod local;
pub mod nursery;
pub mod placed;
pub mod run;
pub(crate) mod scope;
pub mod slab;
pub(crate) mod told;
pub(crate) mod wait;

use wyn_abi::sync::Ordering;
use wyn_abi::{Fiber, Scope, TaskDescriptor, TaskRecord};
use wyn_hot::ablation::{PRIVATE, left_out};
use wyn_hot::state::State;

use crate::fiber::FiberCell;
use crate::leaks;
use crate::leaks::registry::{self, What};
use crate::panic;
use crate::sched::private::publish;
use crate::sched::runtime;
use crate::sched::{parking, poll};
use scope::{Kind, ScopeCell};

/// See the table.
///
/// # Safety
/// `fiber` runs; it has no scope that the fast path may use. The descriptor is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_scope(fiber: *mut Fiber, desc: *const TaskDescriptor) -> *mut Scope {
    // SAFETY: by contract.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        // Their records may have opened one.
        if !(*cell).hot.scope.is_null() {
            return (*cell).hot.scope;
        }
        if FiberCell::innermost(cell).is_null() {
            ScopeCell::open(cell, Kind::Task);
        }
        if (*cell).hot.cancel_mask != 0 {
            cancel::open_shield(cell, (*cell).shield.level());
            return FiberCell::innermost(cell).cast();
        }
        let innermost = FiberCell::innermost(cell);
        if (*innermost).limit != 0 {
            nursery::wait_for_room(fiber, innermost, &raw const (*desc).spawned_at);
        }
        innermost.cast()
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task that has opened a scope, which has a limit or is a shield.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_unmask(fiber: *mut Fiber) {
    // SAFETY: by contract.
    unsafe {
        let cell = FiberCell::of(fiber);
        let innermost = FiberCell::innermost(cell);
        if (*innermost).kind == Kind::Shield && (*innermost).mask > (*cell).hot.cancel_mask {
            nursery::leave_shield(fiber, innermost);
        } else {
            ScopeCell::enter(cell, innermost);
        }
    }
}

/// See the table.
///
/// # Safety
/// The scope is joined, and nobody else knows it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_scope_free(fiber: *mut Fiber, scope: *mut Scope) {
    // SAFETY: by contract; the worker is this thread's.
    unsafe { ScopeCell::close(FiberCell::worker(FiberCell::of(fiber)), ScopeCell::of(scope)) }
}

/// See the table.
///
/// # Safety
/// `record` is fresh, and counted by its scope.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_submit(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: the worker is this thread's.
    unsafe {
        latent::record(FiberCell::of(fiber));
        (*FiberCell::worker(FiberCell::of(fiber))).private_push(record);
        submitted(FiberCell::of(fiber), record);
    }
}

/// What a task that was put on the private stack on a slow path calls for: somebody may have asked for it.
unsafe fn submitted(cell: *mut FiberCell, record: *mut TaskRecord) {
    // SAFETY: the worker is this thread's.
    unsafe {
        let worker = FiberCell::worker(cell);
        if left_out(&raw const (*worker).hot, PRIVATE) {
            return publish(cell, record);
        }
        if (*worker).is_asked() {
            (*worker).answer_request();
        }
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_poll(fiber: *mut Fiber) {
    // SAFETY: the fiber and its worker are this thread's.
    unsafe {
        latent::record(FiberCell::of(fiber));
        poll::restore(&(*fiber).stack_limit, (*fiber).stack_floor);
        cancel::notice(FiberCell::of(fiber));
        let worker = FiberCell::worker(FiberCell::of(fiber));
        if (*worker).is_asked() {
            (*worker).answer_request();
        }
        // ORDER: Relaxed; behind the fence.
        if (*worker).shared.preempt.load(Ordering::Relaxed) {
            (*worker).shared.preempt.store(false, Ordering::Relaxed);
            parking::yield_now(fiber);
        }
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_workers(_fiber: *mut Fiber) -> i64 {
    runtime().map_or(1, |runtime| runtime.workers.len() as i64)
}

/// See the table.
///
/// # Safety
/// Called by compiled code.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_payload_alloc(fiber: *mut Fiber, size: usize) -> *mut u8 {
    // SAFETY: malloc aligns to 16.
    let buffer = unsafe { libc::malloc(size.max(1)) };
    if buffer.is_null() {
        panic::fatal("out of memory");
    }
    if leaks::registers() {
        // SAFETY: compiled code passes its fiber.
        unsafe { registry::made(fiber, What::Buffer, buffer as usize) };
    }
    buffer.cast()
}

/// See the table.
///
/// # Safety
/// `buffer` came from `wyn_payload_alloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_payload_free(_fiber: *mut Fiber, buffer: *mut u8) {
    if leaks::registers() {
        registry::gone(What::Buffer, buffer as usize);
    }
    // SAFETY: by contract.
    unsafe { libc::free(buffer.cast()) }
}

/// Makes the main task's record: public from the start, because the runtime holds it.
pub(crate) unsafe fn main_record(record: *mut TaskRecord, desc: *const TaskDescriptor) {
    // SAFETY: the record is zero and the runtime's.
    unsafe {
        (*record).desc = desc;
        (*record).scope = std::ptr::null_mut();
        let state = State(&(*record).state);
        state.spawn();
        state.publish();
    }
}
