//! Loops that never block starve nobody; deep recursion gets a big stack, and too deep recursion a clean panic.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::arch::global_asm;
use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, Ordering};

use support::programs::poll;
use support::*;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::time::wyn_sleep;

/// Ends the busy loops.
static STOP: AtomicBool = AtomicBool::new(false);

unsafe extern "C-unwind" fn spin(fiber: *mut Fiber, _: *mut TaskRecord) {
    while !STOP.load(Ordering::Relaxed) {
        unsafe { poll(fiber) };
    }
}
static SPIN: TaskDescriptor = task("spin", spin);

#[test]
fn a_sleeper_beside_busy_loops_wakes() {
    // The loops end only when the sleeper has been woken nine times: if a loop kept its worker, this
    // would hang. How late a sleeper is, is a benchmark's matter.
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..8 {
                wyn_future_release(fiber, spawn(fiber, &SPIN, [0; 4]));
            }
            for _ in 0..9 {
                wyn_sleep(fiber, 10_000_000, &raw const NOWHERE);
            }
            STOP.store(true, Ordering::Relaxed);
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2] {
        let ended = child("a_sleeper_beside_busy_loops_wakes", workers, main);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}

#[test]
fn a_busy_spawner_shares_its_tasks() {
    use std::sync::atomic::AtomicU32;
    static RAN: AtomicU32 = AtomicU32::new(0);
    unsafe extern "C-unwind" fn leaf(_: *mut Fiber, _: *mut TaskRecord) {
        RAN.fetch_add(1, Ordering::Relaxed);
    }
    static LEAF: TaskDescriptor = task("leaf", leaf);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..100 {
                wyn_future_release(fiber, spawn(fiber, &LEAF, [0; 4]));
            }
            // Never awaits, never blocks: others must do the work, or this hangs.
            while RAN.load(Ordering::Relaxed) < 100 {
                poll(fiber);
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_busy_spawner_shares_its_tasks", workers, main);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}

// A recursive function with the prologue check that the compiler emits: `depth(fiber, n, a, b, c, d, e, f) -> i64`,
// two arguments on the stack, gives n, checking at the bottom that its stack arguments arrived. At n == stop it
// calls `at_bottom`.
global_asm!(
    ".text",
    ".type test_depth, @function",
    "test_depth:",
    ".cfi_startproc",
    "cmp rsp, [rdi + {limit}]",
    "jbe 9f",
    "push rbx",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbx, -16",
    "sub rsp, 96",
    ".cfi_def_cfa_offset 112",
    "mov rbx, rsi",
    "test rsi, rsi",
    "jz 2f",
    "mov rax, [rsp + 112]",
    "mov [rsp], rax",
    "mov rax, [rsp + 120]",
    "mov [rsp + 8], rax",
    "dec rsi",
    "call test_depth",
    "inc rax",
    "jmp 3f",
    "2:",
    "mov rsi, [rsp + 112]",
    "mov rdx, [rsp + 120]",
    "call {bottom}",
    "3:",
    "add rsp, 96",
    ".cfi_def_cfa_offset 16",
    "pop rbx",
    ".cfi_def_cfa_offset 8",
    "ret",
    "9:",
    ".cfi_def_cfa_offset 8",
    "lea r11, [rip + test_depth]",
    "mov [rdi + {target}], r11",
    "mov qword ptr [rdi + {stack_args}], 16",
    // The same signature: the stack arguments are pushed again.
    "sub rsp, 8",
    "push qword ptr [rsp + 24]",
    "push qword ptr [rsp + 24]",
    ".cfi_def_cfa_offset 32",
    "call wyn_morestack",
    "add rsp, 24",
    ".cfi_def_cfa_offset 8",
    "ret",
    ".cfi_endproc",
    ".size test_depth, . - test_depth",
    limit = const offset_of!(Fiber, stack_limit),
    target = const offset_of!(Fiber, morestack_target),
    stack_args = const offset_of!(Fiber, morestack_stack_args),
    bottom = sym bottom,
);

unsafe extern "C-unwind" {
    #[allow(clippy::too_many_arguments, reason = "some have to go on the stack")]
    fn test_depth(fiber: *mut Fiber, n: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> u64;
}

unsafe extern "C-unwind" fn bottom(fiber: *mut Fiber, e: u64, f: u64) -> u64 {
    check(e == 55 && f == 66);
    unsafe {
        if PANIC_AT_BOTTOM.load(Ordering::Relaxed) {
            let text = "at the bottom";
            wyn_runtime::panic::wyn_panic_text(fiber, text.as_ptr(), text.len(), &raw const NOWHERE);
        }
        // Suspends on the big stack, and goes on where it likes.
        wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
    }
    0
}
static PANIC_AT_BOTTOM: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

unsafe extern "C-unwind" fn deep(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let n = (*record).payload[0];
        (*record).payload[0] = test_depth(fiber, n, 1, 2, 3, 4, 55, 66);
    }
}
static DEEP: TaskDescriptor = task("deep", deep);

#[test]
fn deep_recursion_gets_a_big_stack() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for n in [10, 1_000, 100_000, 500_000] {
                check(test_depth(fiber, n, 1, 2, 3, 4, 55, 66) == n);
            }
            let futures: Vec<_> = (0..20).map(|n| spawn(fiber, &DEEP, [n * 1000, 0, 0, 0])).collect();
            for (n, future) in futures.into_iter().enumerate() {
                check(take(fiber, future) == n as u64 * 1000);
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("deep_recursion_gets_a_big_stack", main);
}

#[test]
fn a_panic_on_a_big_stack_comes_back_to_the_small_one() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            PANIC_AT_BOTTOM.store(true, Ordering::Relaxed);
            struct Limit(*mut Fiber, usize);
            impl Drop for Limit {
                fn drop(&mut self) {
                    let limit = unsafe { (*self.0).stack_limit.load(Ordering::Relaxed) };
                    eprintln!("limit restored: {}", limit == self.1);
                }
            }
            let _limit = Limit(fiber, (*fiber).stack_limit.load(Ordering::Relaxed));
            test_depth(fiber, 50_000, 1, 2, 3, 4, 55, 66);
        }
    }
    for workers in [1, 2] {
        let ended = child("a_panic_on_a_big_stack_comes_back_to_the_small_one", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert!(ended.stderr.contains("panic: at the bottom"), "{}", ended.stderr);
        assert!(ended.stderr.contains("limit restored: true"), "{}", ended.stderr);
    }
}

#[test]
fn too_deep_recursion_panics() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_runtime::hot::task::wyn_await(
                fiber,
                spawn(fiber, &DEEP, [10_000_000, 0, 0, 0]),
                &raw const NOWHERE,
            );
            (*record).payload[0] = 0;
        }
    }
    let ended = child("too_deep_recursion_panics", 2, main);
    assert_eq!(ended.code, Some(101), "{}", ended.stderr);
    assert!(ended.stderr.contains("panic: stack overflow in test_depth"), "{}", ended.stderr);
}

#[test]
fn code_that_does_not_check_its_stack_ends_cleanly() {
    #[inline(never)]
    fn endless(n: u64) -> u64 {
        let frame = std::hint::black_box([n; 64]);
        if n == u64::MAX { 0 } else { endless(n + 1) + frame[7] }
    }
    unsafe extern "C-unwind" fn main(_: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = endless(0) }
    }
    for workers in [1, 2] {
        let ended = child("code_that_does_not_check_its_stack_ends_cleanly", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert!(ended.stderr.contains("panic: stack overflow"), "{}", ended.stderr);
    }
}
