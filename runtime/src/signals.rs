//! Signals from outside: those that ask the program to end, the one that asks what its tasks do, and those that say what the
//! call that met it says, too.
//!
//! A handler stores a flag and wakes the monitor, which does the rest. [`crate::fiber::guard`] has the faults.

use crate::sched::{exit, runtime};
use crate::sync::Ordering;

/// Answers signals from now on.
pub(crate) fn install() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        // A shell ignores for its background jobs what is meant for the foreground, and `nohup` the end of the terminal.
        if !is_ignored(signal) {
            answer(signal, interrupted);
        }
    }
    answer(libc::SIGQUIT, asked);
    // A broken pipe is an error of the write, which ends the program quietly; a file that may not grow is one, too.
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: plain call.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

fn is_ignored(signal: i32) -> bool {
    // SAFETY: all zeroes is an action; with none to set, the call only tells the one there is.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
    }
}

fn answer(signal: i32, handler: extern "C" fn(i32)) {
    // SAFETY: a plain sigaction; the handlers only store a flag and wake a futex.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
    }
}

/// Ctrl-C, the end of the terminal, or a polite request to end: the monitor flushes the output and ends the process.
extern "C" fn interrupted(signal: i32) {
    keeping_errno(|| match runtime() {
        Some(runtime) => {
            // ORDER: Relaxed; the futex wake-up orders it.
            runtime.monitor.interrupted.store(signal as u32, Ordering::Relaxed);
            runtime.monitor.doze.signal.notify();
        }
        // SAFETY: nothing was printed yet.
        None => unsafe { libc::_exit(exit::SIGNALLED + signal) },
    });
}

/// SIGQUIT: the monitor tells what all tasks do, and the program goes on.
extern "C" fn asked(_signal: i32) {
    keeping_errno(|| {
        if let Some(runtime) = runtime() {
            // ORDER: Relaxed; the futex wake-up orders it.
            runtime.monitor.dump.store(true, Ordering::Relaxed);
            runtime.monitor.doze.signal.notify();
        }
    });
}

/// Runs the body of a signal handler beside code that may be about to read its `errno`.
fn keeping_errno(body: impl FnOnce()) {
    // SAFETY: the address of this thread's errno.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        body();
        *errno = before;
    }
}
