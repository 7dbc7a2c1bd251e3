//! What a failed prologue check calls.
//!
//! The check fails for one of two reasons. Somebody asks for a poll: the limit is poisoned. Then the request is
//! answered and the function entered again, by a jump, with all its arguments in place. Or the stack is too short:
//! then the function is called on a big stack, and returns through here to the small one.
//!
//! The frame of the trampoline, which the unwinder walks through:
//!
//! ```text
//! rbp + 16   stack arguments of the function
//! rbp + 8    return address, into the function's slow block
//! rbp        saved rbp
//! rbp - 8    the fiber
//! rbp - 16   the small stack's limit while the function runs on the big one, else 0
//! rbp - 80   rdi rsi rdx rcx r8 r9 r10 rax
//! rbp - 208  xmm0 .. xmm7
//! ```
//!
//! An exception that passes the frame goes back to the small stack: `wyn_stack_personality` restores the limit.

use core::arch::global_asm;
use core::mem::offset_of;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use wyn_abi::{Fiber, Location, STACK_LIMIT_POISON, StaticText};

use super::{FiberCell, big::BigStack, on_worker_stack, symbols};
use crate::panic::panic_with;
use crate::sync::Ordering;
use crate::unwind::{self, lines};

macro_rules! trampoline {
    ($name:literal, $fiber:literal) => {
        global_asm!(
            ".text",
            ".balign 16",
            concat!(".globl ", $name),
            concat!(".type ", $name, ", @function"),
            concat!($name, ":"),
            ".cfi_startproc",
            ".cfi_personality 0x9b, DW.ref.wyn_stack_personality",
            "push rbp",
            ".cfi_def_cfa_offset 16",
            ".cfi_offset rbp, -16",
            "mov rbp, rsp",
            ".cfi_def_cfa_register rbp",
            "sub rsp, 208",
            // Aligned already when the slow block calls as the convention says.
            "and rsp, -16",
            concat!("mov [rbp - 8], ", $fiber),
            "mov qword ptr [rbp - 16], 0",
            "mov [rbp - 24], rdi",
            "mov [rbp - 32], rsi",
            "mov [rbp - 40], rdx",
            "mov [rbp - 48], rcx",
            "mov [rbp - 56], r8",
            "mov [rbp - 64], r9",
            "mov [rbp - 72], r10",
            "mov [rbp - 80], rax",
            "movups [rbp - 96], xmm0",
            "movups [rbp - 112], xmm1",
            "movups [rbp - 128], xmm2",
            "movups [rbp - 144], xmm3",
            "movups [rbp - 160], xmm4",
            "movups [rbp - 176], xmm5",
            "movups [rbp - 192], xmm6",
            "movups [rbp - 208], xmm7",
            concat!("mov rdi, ", $fiber),
            "lea rsi, [rbp + 8]",
            "lea rdx, [rbp - 16]",
            "call {decide}",
            // rax: top of the big stack, or 0 to stay.
            "mov r11, rax",
            "test rax, rax",
            "jz 3f",
            // Copy the stack arguments to the new stack.
            "mov rdi, [rbp - 8]",
            "mov rcx, [rdi + {stack_args}]",
            "sub r11, rcx",
            "and r11, -16",
            "mov rdi, r11",
            "lea rsi, [rbp + 16]",
            "rep movsb",
            "mov rsp, r11",
            "3:",
            "movups xmm0, [rbp - 96]",
            "movups xmm1, [rbp - 112]",
            "movups xmm2, [rbp - 128]",
            "movups xmm3, [rbp - 144]",
            "movups xmm4, [rbp - 160]",
            "movups xmm5, [rbp - 176]",
            "movups xmm6, [rbp - 192]",
            "movups xmm7, [rbp - 208]",
            "mov rax, [rbp - 8]",
            "test r11, r11",
            "mov r11, [rax + {target}]",
            "mov rdi, [rbp - 24]",
            "mov rsi, [rbp - 32]",
            "mov rdx, [rbp - 40]",
            "mov rcx, [rbp - 48]",
            "mov r8, [rbp - 56]",
            "mov r9, [rbp - 64]",
            "mov r10, [rbp - 72]",
            "mov rax, [rbp - 80]",
            "jz 4f",
            "call r11",
            // Back to the small stack; rax, rdx, xmm0 and xmm1 carry the result.
            "mov rdi, [rbp - 8]",
            "mov rsi, [rbp - 16]",
            "mov [rdi + {floor}], rsi",
            "cmp qword ptr [rdi + {limit}], -1",
            "je 5f",
            "mov [rdi + {limit}], rsi",
            "5:",
            ".cfi_remember_state",
            "leave",
            ".cfi_def_cfa rsp, 8",
            "ret",
            ".cfi_restore_state",
            // Enter the function again on this stack, as if nothing had been.
            "4:",
            "leave",
            ".cfi_def_cfa rsp, 8",
            "jmp r11",
            ".cfi_endproc",
            concat!(".size ", $name, ", . - ", $name),
            decide = sym wyn_slow_stack,
            target = const offset_of!(Fiber, morestack_target),
            stack_args = const offset_of!(Fiber, morestack_stack_args),
            floor = const offset_of!(Fiber, stack_floor),
            limit = const offset_of!(Fiber, stack_limit),
        );
    };
}

trampoline!("wyn_morestack", "rdi");
trampoline!("wyn_morestack_sret", "rsi");

// The personality, referred to through a pointer so that position-independent code can name it.
global_asm!(
    ".hidden DW.ref.wyn_stack_personality",
    ".weak DW.ref.wyn_stack_personality",
    ".section .data.DW.ref.wyn_stack_personality, \"awG\", @progbits, DW.ref.wyn_stack_personality, comdat",
    ".balign 8",
    ".type DW.ref.wyn_stack_personality, @object",
    ".size DW.ref.wyn_stack_personality, 8",
    "DW.ref.wyn_stack_personality:",
    ".quad {personality}",
    ".text",
    personality = sym crate::unwind::personality::wyn_stack_personality,
);

/// Answers a poll (gives 0), or prepares a big stack (gives its top) and stores the small one's limit at `saved`.
/// Panics when the stack is exhausted for good.
unsafe extern "C-unwind" fn wyn_slow_stack(fiber: *mut Fiber, sp: usize, saved: *mut usize) -> usize {
    // SAFETY: called by the trampoline on the running fiber.
    unsafe {
        // ORDER: Relaxed; others only store the poison.
        if (*fiber).stack_limit.load(Ordering::Relaxed) == STACK_LIMIT_POISON {
            // The function's own frame may be big; what counts is that its prologue check passes afterwards.
            crate::task::wyn_poll(fiber);
            return 0;
        }
        let cell = FiberCell::of(fiber);
        let on_big = !(*cell).big.is_null() && (*fiber).stack_floor == (*(*cell).big).floor();
        let _ = sp;
        if on_big {
            overflow(fiber);
        }
        if (*cell).big.is_null() {
            match on_worker_stack(fiber, BigStack::take) {
                Some(big) => (*cell).big = Box::into_raw(big),
                None => overflow(fiber),
            }
        }
        *saved = (*fiber).stack_floor;
        let floor = (*(*cell).big).floor();
        (*fiber).stack_floor = floor;
        // ORDER: Relaxed; a poison that is overwritten here is given again by whoever still wants something: the monitor, or a
        // worker that asks for bound fibers.
        (*fiber).stack_limit.store(floor, Ordering::Relaxed);
        (*(*cell).big).top()
    }
}

/// The places of calls for which there was no stack, by the addresses of these calls: places live as long as the program.
static PLACES: LazyLock<Mutex<HashMap<usize, &'static Location>>> = LazyLock::new(Mutex::default);

/// Which call of the program's own code needs stack that there is not; null when nobody knows.
///
/// # Safety
/// `fiber` is the running fiber, and its stack is the one in use.
unsafe fn place(fiber: *mut Fiber) -> *const Location {
    /// Frames that are looked at: those of this function and the library around it come first.
    const DEPTH: usize = 64;
    let (mut addresses, mut count) = ([0; DEPTH], 0);
    unwind::frames(|address| {
        addresses[count] = address;
        count += 1;
        count < DEPTH
    });
    let text = |text: &str| StaticText::new(Box::leak(text.to_owned().into_boxed_str()));
    let look_up = |address: usize| {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places.get(&address) {
            return Some(*known);
        }
        let place = lines::own_line(address, |line| Location {
            file: text(line.file),
            line: line.line,
            column: line.column,
            function: text(line.function),
            operation: StaticText::new(""),
        })?;
        Some(*places.entry(address).insert_entry(Box::leak(Box::new(place))).get())
    };
    // SAFETY: by contract.
    let found = unsafe { on_worker_stack(fiber, || addresses[..count].iter().find_map(|at| look_up(*at))) };
    found.map_or(std::ptr::null(), std::ptr::from_ref)
}

/// The big stack is used up, or there is none to be had.
#[cold]
unsafe fn overflow(fiber: *mut Fiber) -> ! {
    // SAFETY: the fiber runs; the slack leaves room to unwind.
    unsafe {
        let target = (*fiber).morestack_target;
        let at = place(fiber);
        panic_with(fiber, at, || match symbols::name_of(target) {
            Some(name) => format!("stack overflow in {name}"),
            None => "stack overflow".to_owned(),
        })
    }
}

/// An exception passes the trampoline's frame.
///
/// # Safety
/// `rbp` is the frame pointer of such a frame on the running fiber.
pub(crate) unsafe fn passed_by_exception(rbp: usize) {
    // SAFETY: the frame's layout is the one above.
    unsafe {
        let fiber = *((rbp - 8) as *const *mut Fiber);
        let floor = *((rbp - 16) as *const usize);
        if floor != 0 {
            (*fiber).stack_floor = floor;
            // ORDER: Relaxed; as in `wyn_slow_stack`.
            (*fiber).stack_limit.store(floor, Ordering::Relaxed);
        }
    }
}
