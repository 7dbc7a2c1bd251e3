//! Unwinding: how a panic or a cancellation leaves a task.
//!
//! An exception of our own class is raised with the platform's two-phase unwinder. Compiled functions name
//! [`personality::wyn_personality`]; their landing pads run drops and `defer`s. Every task's code is called from
//! the program's catch pad (`ProgramInfo::invoke`), or by the function that awaits it from a pad of its own, so the first phase always finds a handler. Rust's own panics
//! take no part: no frame of the standard library's machinery lies on a fiber's stack when this happens.
//!
//! While a task unwinds it is shielded from cancellation (see `task::cancel`): up to its end, or to the block with a
//! deadline that the unwinding came from, where it ends.

mod frames;
pub(crate) mod lines;
mod lsda;
pub mod personality;

pub(crate) use frames::frames;

use std::sync::Arc;

use wyn_abi::Fiber;
use wyn_abi::task::Exception;

use crate::fiber::FiberCell;
use crate::panic::PanicInfo;
use crate::task::cancel;
use crate::task::failure::Stop;
use crate::task::latent;
use crate::task::scope::ScopeCell;

/// `"WYN\0\0\0\0\0"`, most significant byte first, as the unwinder's convention has it.
const CLASS: u64 = 0x5759_4e00_0000_0000;

/// The unwinder's header.
#[repr(C, align(16))]
struct Header {
    class: u64,
    cleanup: Option<unsafe extern "C" fn(i32, *mut Header)>,
    private: [u64; 2],
}

/// What travels.
#[derive(Clone)]
pub(crate) enum Cause {
    /// A panic, reported already.
    Panic(Arc<PanicInfo>),
    /// The task was told to stop: why, and the scope whose cancellation it is, or null.
    Cancelled(Stop, *const ScopeCell),
}

/// An [`Exception`]: in flight, owned by the task that it leaves (see `RunFrame::exceptions`): one that is replaced by
/// a panic in a `defer` is freed with the one that arrives.
#[repr(C)]
struct InFlight {
    header: Header,
    cause: Cause,
    previous: *mut Exception,
}

unsafe extern "C-unwind" {
    fn _Unwind_RaiseException(exception: *mut Header) -> i32;
}

/// Raises on the running fiber.
///
/// # Safety
/// `fiber` is the running fiber, and a task runs on it.
#[inline(never)]
pub(crate) unsafe fn raise(fiber: *mut Fiber, cause: Cause) -> ! {
    // SAFETY: the fiber runs, so its cell and innermost frame are this thread's.
    unsafe {
        let cell = FiberCell::of(fiber);
        latent::record(cell);
        cancel::open_shield(cell, (*cell).shield.level());
        let frame = (*cell).hot.frame;
        let exception = Box::into_raw(Box::new(InFlight {
            header: Header { class: CLASS, cleanup: None, private: [0; 2] },
            cause,
            previous: (*frame).exceptions,
        }));
        (*frame).exceptions = exception.cast();
        let code = _Unwind_RaiseException(exception.cast());
        no_handler(code)
    }
}

#[cold]
fn no_handler(code: i32) -> ! {
    crate::panic::write_stderr(&format!("wyn: cannot unwind (code {code})\n"));
    std::process::abort()
}

/// Stops the running task, which was told to: unwinds it as cancelled.
///
/// # Safety
/// As for [`raise`].
pub(crate) unsafe fn cancel(fiber: *mut Fiber) -> ! {
    // SAFETY: by contract.
    unsafe {
        let (stop, scope) = cancel::reason(FiberCell::of(fiber));
        raise(fiber, Cause::Cancelled(stop, scope))
    }
}

/// The cause of an exception that has arrived at its task's end; frees it and those it replaced.
///
/// # Safety
/// `last` heads the list of a task that has ended.
pub(crate) unsafe fn arrive(last: *mut Exception) -> Cause {
    // SAFETY: the list owns its exceptions.
    unsafe {
        let last = Box::from_raw(last.cast::<InFlight>());
        let mut next = last.previous;
        while !next.is_null() {
            let replaced = Box::from_raw(next.cast::<InFlight>());
            next = replaced.previous;
        }
        last.cause
    }
}

/// Why the tasks of a block are told to stop that an exception leaves, the newest in flight.
///
/// # Safety
/// `last` heads the list of the running task.
pub(crate) unsafe fn why_left(last: *mut Exception) -> Stop {
    // SAFETY: by contract.
    match unsafe { &(*last.cast::<InFlight>()).cause } {
        Cause::Panic(info) => Stop { reason: Stop::OWNER, at: info.at },
        Cause::Cancelled(stop, _) => *stop,
    }
}

/// Whether the newest exception in flight is the cancellation of this scope.
///
/// # Safety
/// `last` heads the list of the running task.
pub(crate) unsafe fn comes_from(last: *mut Exception, this: *const ScopeCell) -> bool {
    // SAFETY: by contract.
    matches!(unsafe { &(*last.cast::<InFlight>()).cause }, Cause::Cancelled(_, scope) if *scope == this)
}

/// Ends the unwinding: frees the exceptions that are newer than `until`. Gives what heads the list then.
///
/// # Safety
/// `last` heads the list of the running task, which has `until` in it or ends with it.
pub(crate) unsafe fn forget(mut last: *mut Exception, until: *mut Exception) -> *mut Exception {
    // SAFETY: the list owns its exceptions; the unwinder has left them.
    unsafe {
        while last != until {
            last = Box::from_raw(last.cast::<InFlight>()).previous;
        }
    }
    last
}

/// Turns a cancellation in flight into a panic: the task was stopped because of it. False when there is none.
///
/// # Safety
/// `last` is null or heads the list of the running task.
pub(crate) unsafe fn replace_cancellation(last: *mut Exception, info: Arc<PanicInfo>) -> bool {
    // SAFETY: the list owns its exceptions; the unwinder looks at the header only.
    unsafe {
        let stopped = !last.is_null() && matches!((*last.cast::<InFlight>()).cause, Cause::Cancelled(..));
        if stopped {
            (*last.cast::<InFlight>()).cause = Cause::Panic(info);
        }
        stopped
    }
}
