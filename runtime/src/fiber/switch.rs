//! Changing stacks: x86-64, System V calling convention.
//!
//! A context that is not running is one address, its saved stack pointer. What lies there:
//!
//! ```text
//!            higher addresses
//! +---------------------------------+
//! | frames of the context           |
//! +---------------------------------+
//! | rbp                             |
//! | rbx                             |
//! | mxcsr (4 bytes), x87 cw (2), -- |
//! | address to continue at          |  <- saved stack pointer
//! +---------------------------------+
//! ```
//!
//! r12 to r15 and all caller-saved registers are declared clobbered, so the compiler saves those that are live.
//! The modes of floating point are loaded only where they are not those of the context that has just been left, whose
//! stack is still as it left it: loading them takes 10 cycles, comparing them one.
//! The switch leaves with a jump: a `ret` to another stack is mispredicted every time, and leaves the return
//! predictor out of step for the frames that follow.
//!
//! A context that has not begun holds the address of [`wyn_fiber_entry`] alone.

use core::arch::{asm, global_asm};

/// Saves the running context at `*save` and continues the context `to`. Returns when somebody switches back, with
/// the `message` given there.
///
/// Thread-local addresses must not be carried across: the context may continue on another thread.
///
/// # Safety
/// `to` was saved by this function or prepared by [`prepare`], and is not continued twice.
#[inline(always)]
pub(crate) unsafe fn switch(save: *mut usize, to: usize, message: usize) -> usize {
    let received;
    // SAFETY: what the block pushes it pops when the context continues; everything else is declared clobbered.
    unsafe {
        asm!(
            "push rbp",
            "push rbx",
            "sub rsp, 8",
            "stmxcsr [rsp]",
            "fnstcw [rsp + 4]",
            "mov rcx, rsp",
            "lea rax, [rip + 2f]",
            "push rax",
            "mov [rdi], rsp",
            "mov rsp, rsi",
            "pop rax",
            "jmp rax",
            "2:",
            // rcx is where the other context has left its modes. Each part is read as it was written.
            "mov eax, [rcx]",
            "movzx ecx, word ptr [rcx + 4]",
            "cmp eax, [rsp]",
            "jne 3f",
            "cmp cx, [rsp + 4]",
            "je 4f",
            "3:",
            "ldmxcsr [rsp]",
            "fldcw [rsp + 4]",
            "4:",
            "add rsp, 8",
            "pop rbx",
            "pop rbp",
            inout("rdi") save => _,
            inout("rsi") to => _,
            inout("rdx") message => received,
            out("r12") _, out("r13") _, out("r14") _, out("r15") _,
            clobber_abi("sysv64"),
        );
    }
    received
}

/// Makes a fresh stack a context that calls `main(message)` on its first switch; gives its saved stack pointer.
///
/// # Safety
/// `top` is the 16-byte aligned end of a writable stack that nobody uses.
pub(crate) unsafe fn prepare(top: usize) -> usize {
    let sp = top - 16;
    // SAFETY: inside the stack.
    unsafe { *(sp as *mut usize) = wyn_fiber_entry as *const () as usize };
    sp
}

unsafe extern "C" {
    fn wyn_fiber_entry();
}

// The first code on a fiber's stack. The message of the first switch, in rdx, is the fiber. There is no caller:
// the undefined return address ends backtraces and unwinding.
global_asm!(
    ".text",
    ".balign 16",
    ".globl wyn_fiber_entry",
    ".hidden wyn_fiber_entry",
    ".type wyn_fiber_entry, @function",
    "wyn_fiber_entry:",
    ".cfi_startproc",
    ".cfi_undefined rip",
    "xor ebp, ebp",
    "and rsp, -16",
    "mov rdi, rdx",
    "call {main}",
    "ud2",
    ".cfi_endproc",
    ".size wyn_fiber_entry, . - wyn_fiber_entry",
    main = sym crate::task::run::fiber_main,
);

/// Calls `f(arg)` on another stack of the same thread. `f` must not unwind and must not switch.
///
/// # Safety
/// `top` lies below everything in use on that stack.
#[inline(never)]
pub(crate) unsafe fn call_on_stack(top: usize, f: unsafe extern "C" fn(*mut u8), arg: *mut u8) {
    // SAFETY: rbx is callee-saved, so it survives the call and restores the stack pointer.
    unsafe {
        asm!(
            "push rbx",
            "mov rbx, rsp",
            "mov rsp, rsi",
            "and rsp, -16",
            "call rax",
            "mov rsp, rbx",
            "pop rbx",
            in("rax") f,
            in("rdi") arg,
            in("rsi") top,
            clobber_abi("sysv64"),
        );
    }
}

/// The stack pointer, roughly.
#[inline(always)]
pub(crate) fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    sp
}
