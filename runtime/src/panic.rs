//! Panics: the report that is printed at once, and what travels to whoever awaits the task.

use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use wyn_abi::task::Overflow;
use wyn_abi::{Fiber, Location, TaskRecord};

use crate::fiber::{FiberCell, on_worker_stack};
use crate::sched::exit::GAVE_UP;
use crate::task::latent;
use crate::unwind::{Cause, raise};

/// A panic, as those who await the task see it.
pub(crate) struct PanicInfo {
    /// The message.
    pub(crate) message: String,
    /// Where it arose, if that is known.
    pub(crate) at: Option<&'static Location>,
}

/// Writes to stderr, past every buffer; errors are of no use to anybody.
pub(crate) fn write_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The thread that ends the process because the runtime cannot go on.
static GIVES_UP: OnceLock<i32> = OnceLock::new();

/// Ends the process because the runtime itself cannot go on. What the program has printed comes first. Of several threads that
/// find so, one says it.
#[cold]
pub(crate) fn fatal(message: &str) -> ! {
    // SAFETY: plain call.
    let this = unsafe { libc::gettid() };
    if GIVES_UP.set(this).is_ok() {
        crate::io::flush();
    } else if GIVES_UP.get() != Some(&this) {
        loop {
            // SAFETY: plain call; the other one ends the process.
            unsafe { libc::pause() };
        }
    }
    write_stderr("wyn: ");
    write_stderr(message);
    write_stderr("\n");
    // SAFETY: ends the process.
    unsafe { libc::_exit(GAVE_UP) }
}

/// Reports a panic of the running task and unwinds it. The message is made on the worker's stack.
///
/// # Safety
/// `fiber` is the running fiber; `at` is null or static.
#[cold]
#[inline(never)]
pub(crate) unsafe fn panic_with(
    fiber: *mut Fiber,
    at: *const Location,
    message: impl FnOnce() -> String,
) -> ! {
    // SAFETY: the fiber runs; locations and descriptors are static.
    unsafe {
        latent::record(FiberCell::of(fiber));
        let task = (*fiber).task;
        let info = on_worker_stack(fiber, || {
            let message = message();
            let at = at.as_ref();
            report(&message, at, task);
            Arc::new(PanicInfo { message, at })
        });
        raise(fiber, Cause::Panic(info))
    }
}

/// Prints message, place and task; what was printed before comes first.
unsafe fn report(message: &str, at: Option<&Location>, task: *mut TaskRecord) {
    use std::fmt::Write as _;
    let mut text = format!("panic: {message}\n");
    if let Some(at) = at.filter(|at| at.line != 0) {
        let (file, function, called) = (at.file.as_str(), at.function.as_str(), at.operation.as_str());
        let calling = if called.is_empty() { String::new() } else { format!(", calling `{called}`") };
        let _ = writeln!(text, "  at {file}:{}:{} in {function}{calling}", at.line, at.column);
    }
    if !task.is_null() {
        // SAFETY: the running task is alive, its descriptor static.
        let desc = unsafe { &*(*task).desc };
        if desc.spawned_at.line != 0 {
            let _ = writeln!(text, "  in task {desc}");
        }
    }
    crate::io::flush();
    write_stderr(&text);
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber, a string object, and a static location.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_panic(fiber: *mut Fiber, message: *mut u8, at: *const Location) -> ! {
    // SAFETY: by contract; the text is copied before anything is unwound.
    unsafe {
        let object = message.cast::<wyn_abi::StringObject>();
        let text = std::slice::from_raw_parts(
            wyn_abi::StringObject::data(object).cast_const(),
            (*object).len as usize,
        );
        panic_with(fiber, at, || String::from_utf8_lossy(text).into_owned())
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber, static text, and a static location.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_panic_text(
    fiber: *mut Fiber,
    text: *const u8,
    len: usize,
    at: *const Location,
) -> ! {
    // SAFETY: by contract.
    unsafe {
        let text = std::slice::from_raw_parts(text, len);
        panic_with(fiber, at, || String::from_utf8_lossy(text).into_owned())
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber and a static location.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_panic_bounds(
    fiber: *mut Fiber,
    index: i64,
    len: i64,
    at: *const Location,
) -> ! {
    // SAFETY: by contract.
    unsafe { panic_with(fiber, at, || format!("index {index} is out of bounds: the length is {len}")) }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber and a static location.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_panic_overflow(
    fiber: *mut Fiber,
    operation: u32,
    at: *const Location,
) -> ! {
    const TEXTS: [(Overflow, &str); 9] = [
        (Overflow::Add, "integer overflow in `+`"),
        (Overflow::Sub, "integer overflow in `-`"),
        (Overflow::Mul, "integer overflow in `*`"),
        (Overflow::Div, "integer overflow in `/`"),
        (Overflow::Rem, "integer overflow in `%`"),
        (Overflow::Neg, "integer overflow in unary `-`"),
        (Overflow::Shl, "shift count out of range in `<<`"),
        (Overflow::Shr, "shift count out of range in `>>`"),
        (Overflow::Convert, "value does not fit the type it is converted to"),
    ];
    let found = TEXTS.iter().find(|(which, _)| *which as u32 == operation);
    let text = found.map_or("integer overflow", |(_, text)| text);
    // SAFETY: by contract.
    unsafe { panic_with(fiber, at, || text.to_owned()) }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber and a static location.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_panic_div_zero(fiber: *mut Fiber, at: *const Location) -> ! {
    // SAFETY: by contract.
    unsafe { panic_with(fiber, at, || "division by zero".to_owned()) }
}
