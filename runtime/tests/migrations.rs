//! What belongs to a thread belongs to a task while it runs: `errno` and the modes of floating point stay with a fiber
//! that goes on under another worker; and calls that need a thread's stack, or hold it up, get one.
//!
//! With `WYN_STRESS=full` in the environment the first does a million migrations.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::arch::asm;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use support::*;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::fiber::on_worker_stack;
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::io::blocking;
use wyn_runtime::sched::parking;
use wyn_runtime::time::{wyn_sleep, wyn_yield};

/// Rounding and masks of SSE, as a thread has them at first.
const MXCSR: u32 = 0x1f80;
/// The same of the x87, with full precision.
const CONTROL: u16 = 0x037f;

unsafe fn set_modes(mxcsr: u32, control: u16) {
    unsafe { asm!("ldmxcsr [{}]", "fldcw [{}]", in(reg) &raw const mxcsr, in(reg) &raw const control) }
}

unsafe fn modes() -> (u32, u16) {
    let (mut mxcsr, mut control) = (0u32, 0u16);
    unsafe { asm!("stmxcsr [{}]", "fnstcw [{}]", in(reg) &raw mut mxcsr, in(reg) &raw mut control) };
    // Without the flags of what was computed.
    (mxcsr & !0x3f, control)
}

/// Of the thread that runs this now.
#[inline(never)]
unsafe fn errno() -> *mut i32 {
    unsafe { libc::__errno_location() }
}

#[inline(never)]
fn thread() -> u64 {
    unsafe { libc::pthread_self() as u64 }
}

/// How often a task has gone on under another thread.
static MIGRATED: AtomicU64 = AtomicU64::new(0);

fn wanted() -> u64 {
    if is_full() { 1_000_000 } else { 10_000 }
}

/// Yields and sleeps under modes of its own, until there were enough migrations.
unsafe extern "C-unwind" fn wanders(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let mut random = (*record).payload[0] * 2 + 1;
        let wanted = (*record).payload[1];
        let mut rounds = 0u64;
        while MIGRATED.load(Relaxed) < wanted {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Any rounding; flushing of what is too small, or not; 24, 53 or 64 bits of precision.
            let mxcsr = MXCSR | (random as u32 & 3) << 13 | (random as u32 >> 2 & 1) << 15;
            let precision = [0, 2, 3][(random >> 8) as usize % 3];
            let control = CONTROL & !0x0f00 | ((random >> 3) as u16 & 3) << 10 | precision << 8;
            let number = (random >> 16) as i32 & 0xff;
            let before = thread();
            *errno() = number;
            set_modes(mxcsr, control);
            // While this thread is away another one takes the tasks that yielded, on a processor that does all too.
            if rounds % 8 == 7 {
                std::thread::sleep(Duration::from_micros(1));
            }
            if rounds % 16 == 15 {
                wyn_sleep(fiber, 1000, &raw const NOWHERE);
            } else if rounds % 4 == 3 {
                parking::go_on_at(fiber, (random >> 24) as u32 % (*record).payload[2] as u32);
            } else {
                wyn_yield(fiber);
            }
            let (seen, kept) = (modes(), *errno());
            set_modes(MXCSR, CONTROL);
            check(seen == (mxcsr, control));
            check(kept == number);
            rounds += 1;
            if thread() != before {
                MIGRATED.fetch_add(1, Relaxed);
            }
        }
    }
}
static WANDERS: TaskDescriptor = task("wanders", wanders);

#[test]
fn errno_and_float_modes_stay_with_a_task() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let workers = std::env::var("WYN_WORKERS").map_or(1, |text| text.parse().unwrap_or(1));
            let tasks: Vec<_> = (0..256).map(|n| spawn(fiber, &WANDERS, [n, wanted(), workers, 0])).collect();
            for one in tasks {
                take(fiber, one);
            }
            check(MIGRATED.load(Relaxed) >= wanted());
            (*record).payload[0] = 0;
        }
    }
    for workers in [2, 64] {
        let ended =
            child_with("errno_and_float_modes_stay_with_a_task", workers, main, &[("WYN_YIELDS", "7")]);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}

#[test]
fn a_fiber_is_sent_to_another_worker() {
    /// How often one arrived where it was to go.
    static ARRIVED: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn nothing(_: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = 7 };
    }
    static NOTHING: TaskDescriptor = task("nothing", nothing);
    unsafe extern "C-unwind" fn goes(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..1000 {
                let (before, to) = (parking::worker(fiber), (round + (*record).payload[0]) as u32 % 4);
                // One that has a task waiting where it is stays there, unless somebody wants the task.
                let waits = (round % 3 == 0).then(|| spawn(fiber, &NOTHING, [0; 4]));
                parking::go_on_at(fiber, to);
                if before != to && parking::worker(fiber) == to {
                    ARRIVED.fetch_add(1, Relaxed);
                }
                if let Some(one) = waits {
                    check(take(fiber, one) == 7);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    static GOES: TaskDescriptor = task("goes", goes);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tasks: Vec<_> = (0..20).map(|n| spawn(fiber, &GOES, [n, 0, 0, 0])).collect();
            // None is to run on top of this one, which has tasks that wait here.
            wyn_sleep(fiber, 100_000_000, &raw const NOWHERE);
            for one in tasks {
                take(fiber, one);
            }
            // Others may have taken one that has arrived.
            check(ARRIVED.load(Relaxed) > 2_000);
            (*record).payload[0] = 0;
        }
    }
    let ended = child_with("a_fiber_is_sent_to_another_worker", 4, main, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// Uses half a mebibyte of stack at least, eight times a fiber's own.
#[inline(never)]
fn deep(levels: u64) -> u64 {
    let frame = std::hint::black_box([levels; 512]);
    if levels == 0 { 0 } else { deep(levels - 1) + frame[levels as usize % 512] / levels }
}

#[test]
fn a_call_that_needs_stack_gets_the_threads() {
    unsafe extern "C-unwind" fn calls(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..20 {
                // A call in a call stays where it is.
                let levels = on_worker_stack(fiber, || deep(128) + on_worker_stack(fiber, || deep(128)));
                check(levels == 256);
                wyn_yield(fiber);
            }
            (*record).payload[0] = 0;
        }
    }
    static CALLS: TaskDescriptor = task("calls", calls);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tasks: Vec<_> = (0..20).map(|_| spawn(fiber, &CALLS, [0; 4])).collect();
            for one in tasks {
                take(fiber, one);
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("a_call_that_needs_stack_gets_the_threads", main);
}

#[test]
fn a_call_that_blocks_holds_up_nobody() {
    // As long as a hundred beats of ten milliseconds, which one worker alone has to give: a call that held it would
    // never end.
    static BEATS: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn beats(fiber: *mut Fiber, _: *mut TaskRecord) {
        while BEATS.fetch_add(1, Relaxed) < 100 {
            unsafe { wyn_sleep(fiber, 10_000_000, &raw const NOWHERE) };
        }
    }
    static BEATING: TaskDescriptor = task("beats", beats);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_future_release(fiber, spawn(fiber, &BEATING, [0; 4]));
            // Ends only with the beats.
            blocking::foreign(fiber, || {
                while BEATS.load(Relaxed) < 100 {
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            (*record).payload[0] = 0;
        }
    }
    must_succeed("a_call_that_blocks_holds_up_nobody", main);
}
