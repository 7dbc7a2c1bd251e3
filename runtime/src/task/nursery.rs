//! Nurseries and `within`: scopes that a block opens, and that its task joins on every way out.
//!
//! A block *fails as a whole* unless it is supervised: the first panic among its tasks cancels the others and the
//! block, and goes on when all have ended. A block with a *deadline* is cancelled when its time is up; the unwinding of
//! its own expiry ends at the block. One with a *limit* lets its task spawn only while there is room.

use std::sync::Arc;

use wyn_abi::{Fiber, Location, Scope};

use super::cancel;
use super::deadline::Deadline;
use super::failure::Stop;
use super::scope::{Kind, ScopeCell};
use super::{latent, local};
use crate::fiber::FiberCell;
use crate::panic::{PanicInfo, panic_with};
use crate::sched::parking;
use crate::sync::Ordering;
use crate::unwind::{self, Cause};

/// Opens a block's scope within the innermost one of the running task.
unsafe fn open(fiber: *mut Fiber, strict: bool) -> *mut ScopeCell {
    // SAFETY: a task runs on the fiber.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        if FiberCell::innermost(cell).is_null() {
            ScopeCell::open(cell, Kind::Task);
        }
        // Under a mask nothing could end a wait, a deadline of this block neither. A shield takes its place.
        let mask = std::mem::take(&mut (*cell).hot.cancel_mask);
        let around = FiberCell::innermost(cell);
        if mask != 0 {
            cancel::open_shield(cell, (*cell).shield.level());
        }
        let in_shield = FiberCell::innermost(cell) != around;
        let this = ScopeCell::open(cell, Kind::Block);
        (*this).strict = strict;
        (*this).mask = mask;
        (*this).in_shield = in_shield;
        (*this).exceptions = (*(*cell).hot.frame).exceptions;
        this
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nursery_enter(fiber: *mut Fiber) -> *mut Scope {
    // SAFETY: by contract.
    unsafe { open(fiber, true).cast() }
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task; the place is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nursery_open(
    fiber: *mut Fiber,
    nanos: i64,
    limit: i64,
    supervised: bool,
    at: *const Location,
) -> *mut Scope {
    // SAFETY: by contract.
    unsafe {
        if limit < 1 {
            panic_with(fiber, at, || format!("the limit of a nursery is at least 1, not {limit}"));
        }
        let this = open(fiber, !supervised);
        // More tasks than that do not fit into memory.
        if let Ok(limit) = i32::try_from(limit) {
            (*this).limit = limit as u32;
            (*this).hot.plain = false;
            ScopeCell::enter(FiberCell::of(fiber), this);
        }
        Deadline::set(fiber, this, nanos, at.as_ref());
        this.cast()
    }
}

/// See the table.
///
/// # Safety
/// `scope` is the innermost open block of the running task; the place is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nursery_join(
    fiber: *mut Fiber,
    scope: *mut Scope,
    at: *const Location,
) -> bool {
    // SAFETY: by contract.
    unsafe {
        latent::record(FiberCell::of(fiber));
        let this = ScopeCell::of(scope);
        // A block whose tasks have all ended by themselves when it ends is in time.
        let waits = !ScopeCell::is_empty(this);
        parking::waits_at(fiber, at);
        ScopeCell::join(fiber, this);
        // ORDER: Relaxed; its tasks are joined.
        let late = Deadline::end(this) && (waits || (*this).stopped.load(Ordering::Relaxed));
        if let Some(info) = close_block(fiber, this) {
            unwind::raise(fiber, Cause::Panic(info));
        }
        if parking::cancel_pending(fiber) {
            unwind::cancel(fiber);
        }
        !late
    }
}

/// See the table.
///
/// # Safety
/// As for `wyn_nursery_join`; the place is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nursery_leave(fiber: *mut Fiber, scope: *mut Scope, at: *const Location) {
    // SAFETY: by contract.
    unsafe {
        latent::record(FiberCell::of(fiber));
        let stop = Stop { reason: Stop::LEFT, at: at.as_ref() };
        let this = ScopeCell::of(scope);
        stop_and_join(fiber, this, stop, at);
        Deadline::end(this);
        if let Some(info) = close_block(fiber, this) {
            unwind::raise(fiber, Cause::Panic(info));
        }
    }
}

/// See the table.
///
/// # Safety
/// As for `wyn_nursery_join`, while an exception passes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_nursery_unwind(
    fiber: *mut Fiber,
    scope: *mut Scope,
    at: *const Location,
) -> bool {
    // SAFETY: by contract: between the block and the end of the stack there is the shield alone, which holds what the
    // `defer`s inside the block have spawned.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        let this = ScopeCell::of(scope);
        let frame = (*cell).hot.frame;
        let stop = unwind::why_left((*frame).exceptions);
        if !ScopeCell::is_empty(this) {
            cancel::cancel_own(fiber, this, stop);
        }
        let shield = FiberCell::innermost(cell);
        let level = (*shield).outer_level;
        parking::waits_at(fiber, at);
        ScopeCell::join(fiber, shield);
        let of_defers = close(fiber, shield);
        ScopeCell::join(fiber, this);
        let (until, mask, in_shield) = ((*this).exceptions, (*this).mask, (*this).in_shield);
        let own = Deadline::end(this) && unwind::comes_from((*frame).exceptions, this);
        // A block that was stopped because of a failing task passes on the failure, not the stop.
        let failure = of_defers.or(close(fiber, this));
        if own && failure.is_none() {
            (*frame).exceptions = unwind::forget((*frame).exceptions, until);
            let mut level = level;
            if in_shield {
                let around = FiberCell::innermost(cell);
                level = (*around).outer_level;
                close(fiber, around);
            }
            cancel::lower_shield(cell, level);
            mask_again(cell, mask);
            return true;
        }
        if let Some(info) = failure {
            unwind::replace_cancellation((*frame).exceptions, info);
        }
        // In a `defer` of a task that unwinds, the shield of that one is around the block, and goes on.
        let around = FiberCell::innermost(cell);
        if !around.is_null() && (*around).kind == Kind::Shield {
            cancel::lower_shield(cell, ScopeCell::level(around));
        } else {
            cancel::open_shield(cell, level);
        }
        false
    }
}

/// Waits for the tasks of the innermost scope of the running task, a shield, and closes it. Gives the panic with which
/// it ends.
///
/// # Safety
/// `fiber` is the running fiber.
pub(crate) unsafe fn join_and_close(fiber: *mut Fiber, shield: *mut ScopeCell) -> Option<Arc<PanicInfo>> {
    // SAFETY: by contract.
    unsafe {
        parking::waits_at(fiber, std::ptr::null());
        ScopeCell::join(fiber, shield);
        close(fiber, shield)
    }
}

/// Cancels the tasks of a scope that is left, if there are any, and waits for them.
unsafe fn stop_and_join(fiber: *mut Fiber, this: *mut ScopeCell, stop: Stop, at: *const Location) {
    // SAFETY: the caller's promise.
    unsafe {
        if !ScopeCell::is_empty(this) {
            cancel::cancel_scope(fiber, this, stop);
            parking::waits_at(fiber, at);
            ScopeCell::join(fiber, this);
        }
    }
}

/// Closes a block that has ended, and not by unwinding: what was around it holds again. Gives the panic with which it
/// ends.
unsafe fn close_block(fiber: *mut Fiber, this: *mut ScopeCell) -> Option<Arc<PanicInfo>> {
    // SAFETY: the caller's promise; the shield around the block holds nothing else.
    unsafe {
        let cell = FiberCell::of(fiber);
        let (mask, in_shield) = ((*this).mask, (*this).in_shield);
        let failure = close(fiber, this);
        if in_shield {
            let shield = FiberCell::innermost(cell);
            let level = (*shield).outer_level;
            close(fiber, shield);
            cancel::lower_shield(cell, level);
        }
        mask_again(cell, mask);
        failure
    }
}

/// A block is closed that was opened under this mask.
unsafe fn mask_again(cell: *mut FiberCell, mask: u32) {
    // SAFETY: the caller's promise; the fiber runs.
    unsafe {
        (*cell).hot.cancel_mask = mask;
        ScopeCell::enter(cell, FiberCell::innermost(cell));
    }
}

/// Ends the shield that was opened under a mask which has just been lifted: waits for what was spawned there, and goes on with the first
/// panic that nobody has dealt with.
///
/// # Safety
/// `fiber` is the running fiber, which does not unwind; the shield is the innermost scope.
pub(crate) unsafe fn leave_shield(fiber: *mut Fiber, shield: *mut ScopeCell) {
    // SAFETY: by contract.
    unsafe {
        let level = (*shield).outer_level;
        let failure = join_and_close(fiber, shield);
        cancel::lower_shield(FiberCell::of(fiber), level);
        if let Some(info) = failure {
            unwind::raise(fiber, Cause::Panic(info));
        }
    }
}

/// Closes the innermost scope of the running task, a block or a shield, whose tasks have ended. Gives the panic with
/// which it ends.
unsafe fn close(fiber: *mut Fiber, this: *mut ScopeCell) -> Option<Arc<PanicInfo>> {
    // SAFETY: the caller's promise.
    unsafe {
        let cell = FiberCell::of(fiber);
        let failure = ScopeCell::take_failure(this);
        local::leave(fiber, this);
        ScopeCell::enter(cell, ScopeCell::of((*this).hot.parent));
        ScopeCell::close(FiberCell::worker(cell), this);
        cancel::refresh_request(cell);
        failure
    }
}

/// Returns when the block has fewer unfinished tasks than its limit. The wait is masked, as at the end of the block:
/// what cancels the block ends its tasks.
///
/// # Safety
/// `fiber` is the running fiber, which has opened the block; the place is static.
pub(crate) unsafe fn wait_for_room(fiber: *mut Fiber, this: *mut ScopeCell, at: *const Location) {
    unsafe fn commit(fiber: *mut Fiber, this: *mut ()) {
        let this = this.cast::<ScopeCell>();
        // SAFETY: the fiber keeps the scope until it is woken; all its tasks were published before.
        unsafe {
            // All but one of its tasks are left, so that the next to end wakes it.
            let rest = (*this).limit - 1;
            let over = (*this).shared().wait(rest, || (*this).waiter = fiber);
            if over && parking::claim(fiber) {
                parking::ready(fiber, fiber);
            }
        }
    }
    // SAFETY: by contract.
    unsafe {
        if (*this).hot.private_children + (*this).shared().unfinished() < (*this).limit {
            return;
        }
        let cell = FiberCell::of(fiber);
        (*cell).hot.cancel_mask += 1;
        parking::waits_at(fiber, at);
        let _ = parking::park(fiber, parking::WaitFor::Spawn(this.cast()), commit, this.cast());
        (*cell).hot.cancel_mask -= 1;
        (*this).shared().add((*this).limit);
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task, and an exception passes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_exception(fiber: *mut Fiber) -> *mut u8 {
    // SAFETY: by contract.
    unsafe { (*(*FiberCell::of(fiber)).hot.frame).exceptions.cast() }
}
