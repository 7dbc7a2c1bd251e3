//! Guard pages: a clean end instead of a silent corruption when the runtime itself runs out of stack.
//!
//! Compiled code checks its stack, so a fault on a guard means that a foreign or runtime function used more than
//! the slack. The handler runs on the worker's alternate signal stack.

use super::region::region;

const ALTERNATE: usize = 32 * 1024;

/// Installs the handler for the whole process.
pub(crate) fn install() {
    // SAFETY: a plain sigaction with a handler that only uses async-signal-safe calls.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigaction(libc::SIGSEGV, &raw const action, std::ptr::null_mut());
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
    }
}

/// Gives the calling thread an alternate signal stack, for good.
pub(crate) fn alternate_stack() {
    let memory: &'static mut [u8] = Box::leak(vec![0u8; ALTERNATE].into_boxed_slice());
    let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: ALTERNATE };
    // SAFETY: the memory is never freed.
    unsafe { libc::sigaltstack(&raw const stack, std::ptr::null_mut()) };
}

extern "C" fn fault(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel gives a valid `info`; `write`, `_exit` and `signal` are async-signal-safe.
    unsafe {
        let address = (*info).si_addr() as usize;
        if region().is_guard(address) {
            let text = b"panic: stack overflow in code that does not check its stack\n";
            libc::write(2, text.as_ptr().cast(), text.len());
            libc::_exit(crate::sched::exit::PANICKED);
        }
        // Not ours: fault again, with the default effect.
        libc::signal(signal, libc::SIG_DFL);
    }
}
