//! Loops that never block starve nobody; deep recursion gets a big stack, and too deep recursion a clean panic.

mod support;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use support::*;
use wyn_abi::{Fiber, STACK_LIMIT_POISON, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::task::wyn_poll;
use wyn_runtime::time::wyn_sleep;

/// What the compiler emits at a loop's back edge.
unsafe fn poll(fiber: *mut Fiber) {
    unsafe {
        if (*fiber).stack_limit.load(Ordering::Relaxed) == STACK_LIMIT_POISON {
            wyn_poll(fiber);
        }
    }
}

unsafe extern "C-unwind" fn spin(fiber: *mut Fiber, _: *mut TaskRecord) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        unsafe { poll(fiber) };
    }
}
static SPIN: TaskDescriptor = task("spin", spin);

#[test]
fn a_sleeper_beside_busy_loops_wakes_in_time() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..8 {
                wyn_future_release(fiber, spawn(fiber, &SPIN, [0; 4]));
            }
            for _ in 0..3 {
                let start = Instant::now();
                wyn_sleep(fiber, 10_000_000);
                let late = start.elapsed().as_millis() as i64 - 10;
                eprintln!("late by {late} ms");
                check(late < 30);
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2] {
        let ended = child("a_sleeper_beside_busy_loops_wakes_in_time", workers, main);
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
            // Never awaits, never blocks: others must do the work.
            let start = Instant::now();
            while RAN.load(Ordering::Relaxed) < 100 {
                poll(fiber);
                check(start.elapsed() < Duration::from_secs(5));
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_busy_spawner_shares_its_tasks", workers, main);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}
