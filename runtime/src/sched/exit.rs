//! How a program ends, and its exit codes.

use super::runtime;

/// Exit code after a panic that nobody awaited, or one that left `main`.
pub(crate) const PANICKED: i32 = 101;
/// Exit code when everything is blocked for good.
pub(crate) const DEADLOCK: i32 = 102;
/// Exit code when a program that looks for leaks has left something behind.
pub(crate) const LEAKED: i32 = 99;
/// Exit code when the runtime itself cannot go on.
pub(crate) const GAVE_UP: i32 = 103;
/// Added to the number of the signal that ended the program: 130 after Ctrl-C.
pub(crate) const SIGNALLED: i32 = 128;

/// Ends the process now: what was printed is flushed, nothing else is run. Any thread; not on a fiber's stack.
pub(crate) fn leave(code: i32) -> ! {
    crate::io::flush();
    if runtime().is_some() {
        super::stats::report();
    }
    // SAFETY: ends the process without destructors, which could run beside running workers.
    unsafe { libc::_exit(code) }
}
