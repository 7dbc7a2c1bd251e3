//! Spawning, awaiting and joining tasks, on 1, 2 and 8 workers.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use support::programs::fib_of;
use support::*;
use wyn_abi::task::Settled;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::task::{wyn_future_release, wyn_future_retain};
use wyn_runtime::task::future::{wyn_future_share, wyn_settle, wyn_task_retract};
use wyn_runtime::time::wyn_sleep;

unsafe extern "C-unwind" fn square(_: *mut Fiber, record: *mut TaskRecord) {
    unsafe { (*record).payload[0] *= (*record).payload[0] }
}
static SQUARE: TaskDescriptor = task("square", square);

#[test]
fn one_task() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let future = spawn(fiber, &SQUARE, [42, 0, 0, 0]);
            check(take(fiber, future) == 1764);
            (*record).payload[0] = 0;
        }
    }
    must_succeed("one_task", main);
}

#[test]
fn exit_code_is_the_result_of_main() {
    unsafe extern "C-unwind" fn main(_: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = 42 }
    }
    assert_eq!(child("exit_code_is_the_result_of_main", 2, main).code, Some(42));
}

#[test]
fn many_tasks_then_await_all() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..5 {
                let futures: Vec<_> = (0..20_000).map(|n| spawn(fiber, &SQUARE, [n, 0, 0, 0])).collect();
                for (n, future) in futures.into_iter().enumerate() {
                    check(take(fiber, future) == (n * n) as u64);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("many_tasks_then_await_all", main);
}

#[test]
fn nested_tree() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..30 {
                check(fib_of(fiber, 18) == 2584);
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("nested_tree", main);
}

#[test]
fn a_window_of_two_futures_needs_no_memory() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let mut before = spawn(fiber, &SQUARE, [1, 0, 0, 0]);
            for n in 2..200_000 {
                let next = spawn(fiber, &SQUARE, [n, 0, 0, 0]);
                check(take(fiber, before) == (n - 1) * (n - 1));
                before = next;
            }
            take(fiber, before);
            (*record).payload[0] = 0;
        }
    }
    must_succeed("a_window_of_two_futures_needs_no_memory", main);
}

/// A task that was published and then run by the one who awaits it leaves a hint in a queue, through which others may take
/// the next task with this record as soon as it is public.
#[test]
fn a_task_is_counted_before_a_stale_hint_can_end_it() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for n in 0..200_000 {
                let future = spawn(fiber, &SQUARE, [n, 0, 0, 0]);
                wyn_future_share(fiber, future);
                check(take(fiber, future) == n * n);
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("a_task_is_counted_before_a_stale_hint_can_end_it", main);
}

#[test]
fn dropped_futures_are_joined_by_main() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static RAN: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn leaf(_: *mut Fiber, _: *mut TaskRecord) {
        RAN.fetch_add(1, Ordering::Relaxed);
        if RAN.load(Ordering::Relaxed) == 4000 {
            eprintln!("all ran");
        }
    }
    static LEAF: TaskDescriptor = task("leaf", leaf);
    unsafe extern "C-unwind" fn inner(fiber: *mut Fiber, _: *mut TaskRecord) {
        for _ in 0..40 {
            unsafe { wyn_future_release(fiber, spawn(fiber, &LEAF, [0; 4])) };
        }
    }
    static INNER: TaskDescriptor = task("inner", inner);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..100 {
                wyn_future_release(fiber, spawn(fiber, &INNER, [0; 4]));
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("dropped_futures_are_joined_by_main", workers, main);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains("all ran"), "{}", ended.stderr);
    }
}

#[test]
fn sleepers_wake_and_never_too_early() {
    unsafe extern "C-unwind" fn sleeper(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let start = std::time::Instant::now();
            let millis = (*record).payload[0];
            wyn_sleep(fiber, millis as i64 * 1_000_000, &raw const NOWHERE);
            check(start.elapsed().as_millis() as u64 >= millis);
        }
    }
    static SLEEPER: TaskDescriptor = task("sleeper", sleeper);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let futures: Vec<_> = (0..1000).map(|n| spawn(fiber, &SLEEPER, [n % 20 * 5, 0, 0, 0])).collect();
            for future in futures {
                take(fiber, future);
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("sleepers_wake_and_never_too_early", main);
}

#[test]
fn one_future_awaited_by_several_tasks() {
    unsafe extern "C-unwind" fn slow(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_sleep(fiber, 3_000_000, &raw const NOWHERE);
            (*record).payload[0] = 99;
        }
    }
    static SLOW: TaskDescriptor = task("slow", slow);
    unsafe extern "C-unwind" fn waiter(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let future = (*record).payload[0] as *mut TaskRecord;
            wyn_runtime::hot::task::wyn_await(fiber, future, &raw const NOWHERE);
            (*record).payload[0] = (*future).payload[0];
            wyn_future_release(fiber, future);
        }
    }
    static WAITER: TaskDescriptor = task("waiter", waiter);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..20 {
                let slow = spawn(fiber, &SLOW, [0; 4]);
                let waiters: Vec<_> = (0..50)
                    .map(|_| {
                        wyn_future_retain(fiber, slow);
                        wyn_runtime::task::future::wyn_future_mark(fiber, slow);
                        spawn(fiber, &WAITER, [slow as u64, 0, 0, 0])
                    })
                    .collect();
                wyn_future_release(fiber, slow);
                for waiter in waiters {
                    check(take(fiber, waiter) == 99);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("one_future_awaited_by_several_tasks", main);
}

#[test]
fn a_task_that_is_joining_is_awaited() {
    use wyn_runtime::time::wyn_yield;
    unsafe extern "C-unwind" fn leaf(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe { wyn_yield(fiber) }
    }
    static LEAF: TaskDescriptor = task("leaf", leaf);
    // Ends its code with unfinished tasks.
    unsafe extern "C-unwind" fn parent(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..3 {
                wyn_future_release(fiber, spawn(fiber, &LEAF, [0; 4]));
            }
            (*record).payload[0] += 1;
        }
    }
    static PARENT: TaskDescriptor = task("parent", parent);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..2000 {
                let futures: Vec<_> = (0..8).map(|n| spawn(fiber, &PARENT, [n, 0, 0, 0])).collect();
                for _ in 0..round % 7 {
                    // Lets some of them begin, and end their code.
                    wyn_yield(fiber);
                }
                for (n, future) in futures.into_iter().enumerate() {
                    check(take(fiber, future) == n as u64 + 1);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("a_task_that_is_joining_is_awaited", main);
}

#[test]
fn a_task_is_taken_back_or_run_and_never_both() {
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    unsafe extern "C-unwind" fn begin(_: *mut Fiber, record: *mut TaskRecord) {
        BEGUN.fetch_add(1, Relaxed);
        unsafe { (*record).payload[0] = 1 }
    }
    unsafe extern "C-unwind" fn drop_args(_: *mut Fiber, _: *mut u8) {
        DROPPED.fetch_add(1, Relaxed);
    }
    static TASK: TaskDescriptor = TaskDescriptor { drop_args: Some(drop_args), ..task("begin", begin) };
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let unknown = spawn(fiber, &TASK, [0; 4]);
            check(wyn_task_retract(fiber, unknown));
            check(!wyn_task_retract(fiber, unknown));
            wyn_future_release(fiber, unknown);
            for round in 0..20_000 {
                let future = spawn(fiber, &TASK, [0; 4]);
                // Publishes it.
                if round % 2 == 0 {
                    wyn_runtime::time::wyn_yield(fiber);
                }
                let retracted = wyn_task_retract(fiber, future);
                let settled = wyn_settle(fiber, future, &raw const NOWHERE);
                check(retracted == (settled == Settled::Cancelled as i64));
                check(retracted || (*future).payload[0] == 1);
                wyn_future_release(fiber, future);
            }
            check(BEGUN.load(Relaxed) + DROPPED.load(Relaxed) == 20_001);
            check(DROPPED.load(Relaxed) > 0);
            (*record).payload[0] = 0;
        }
    }
    must_succeed("a_task_is_taken_back_or_run_and_never_both", main);
}
