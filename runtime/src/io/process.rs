//! The process: arguments, environment, exit, clocks, memory.

use std::ffi::CStr;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use wyn_abi::Fiber;
use wyn_abi::object::{ArrayObject, StringObject, StringPair};

use super::stdout::write_all;
use super::{DONE, NOTHING, pair};
use crate::fiber::on_worker_stack;
use crate::object::string::{array_of_strings, text_of};
use crate::sched::exit::leave;

static ARGUMENTS: OnceLock<Vec<String>> = OnceLock::new();

/// Puts something in the place of each standard stream that is closed. Otherwise the next file that is opened would have its
/// number, and get what is printed. Reading and writing fail as they do where nothing is: what is put there is open for the
/// other direction.
fn fill_closed_streams() {
    for (fd, direction) in [
        (libc::STDIN_FILENO, libc::O_WRONLY),
        (libc::STDOUT_FILENO, libc::O_RDONLY),
        (libc::STDERR_FILENO, libc::O_RDONLY),
    ] {
        // SAFETY: plain calls with a path that ends with NUL. The lowest free number is given, which is this one.
        unsafe {
            if libc::fcntl(fd, libc::F_GETFD) == -1 {
                libc::open(c"/dev/null".as_ptr(), direction);
            }
        }
    }
}

/// Fills the standard streams' places, and keeps the command line of the program. Bytes that are not UTF-8 are replaced.
///
/// # Safety
/// `argv` has `argc` pointers to strings that end with NUL, as `main` gets them.
pub unsafe fn start(argc: i32, argv: *const *const u8) {
    fill_closed_streams();
    let arguments = (1..usize::try_from(argc).unwrap_or(0)).map(|at| {
        // SAFETY: the caller's promise.
        let text = unsafe { CStr::from_ptr((*argv.add(at)).cast()) };
        text.to_string_lossy().into_owned()
    });
    // A second program in one process is refused elsewhere.
    let _ = ARGUMENTS.set(arguments.collect());
}

/// Ends the process with a message on stderr. Any thread.
pub fn end_with_message(text: &str, code: i32) -> ! {
    let _ = write_all(libc::STDERR_FILENO, text.as_bytes());
    leave(code)
}

/// See the table.
///
/// # Safety
/// `type_index` is that of `[string]`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_args(fiber: *mut Fiber, type_index: u32) -> *mut ArrayObject {
    let arguments = ARGUMENTS.get().map_or(&[][..], Vec::as_slice);
    // SAFETY: the caller's promise.
    unsafe { array_of_strings(fiber, type_index, arguments.len(), arguments.iter().map(String::as_str)) }
}

/// See the table.
///
/// # Safety
/// `name` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_env_get(fiber: *mut Fiber, name: *mut StringObject) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        match std::env::var_os(text_of(name)) {
            Some(value) => pair(fiber, DONE, &value.to_string_lossy()),
            None => pair(fiber, NOTHING, ""),
        }
    }
}

/// See the table.
///
/// # Safety
/// Called with the running fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_exit(fiber: *mut Fiber, code: i64) -> ! {
    // SAFETY: the caller's promise.
    unsafe { on_worker_stack(fiber, || leave((code & 0xff) as i32)) }
}

/// Nanoseconds of a clock of the operating system.
fn clock(id: libc::clockid_t) -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct.
    unsafe { libc::clock_gettime(id, &raw mut now) };
    now.tv_sec.wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec)
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_cpu_nanos() -> i64 {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_now_nanos() -> i64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_wall_nanos() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}

/// See the table.
///
/// # Safety
/// Called with the running fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_rss(fiber: *mut Fiber) -> i64 {
    // SAFETY: the caller's promise.
    unsafe {
        on_worker_stack(fiber, || {
            let pages = std::fs::read_to_string("/proc/self/statm")
                .ok()
                .and_then(|text| text.split(' ').nth(1)?.parse::<i64>().ok());
            pages.unwrap_or(0) * libc::sysconf(libc::_SC_PAGESIZE)
        })
    }
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_max_rss() -> i64 {
    // SAFETY: a struct of integers; the call fills it.
    unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage.ru_maxrss * 1024
    }
}
