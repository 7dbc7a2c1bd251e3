//! Tasks that sleep folded: what they have on their stacks is there when they go on, on whatever worker, by their timer or
//! because they are told to stop; and so it is with the fibers that they leave behind, which have given their memory back.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wyn_abi::task::Settled;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::task::future::{wyn_cancel, wyn_checkpoint, wyn_settle};
use wyn_runtime::time::{wyn_sleep, wyn_yield};

use crate::explore;
use crate::support::*;

/// Sleeps so many times, and looks each time whether what was put on the stack is there; says how often it was.
unsafe extern "C-unwind" fn sleeper(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let [seed, rounds, nanos, _] = (*record).payload;
        let mut whole = 0;
        for round in 0..rounds {
            let mut values = [0; 24];
            for (n, value) in values.iter_mut().enumerate() {
                *value = seed * 1000 + round * 100 + n as u64;
            }
            black_box(&mut values);
            wyn_sleep(fiber, nanos as i64, &raw const NOWHERE);
            let there = |(n, value): (usize, &u64)| *value == seed * 1000 + round * 100 + n as u64;
            whole += u64::from(black_box(&values).iter().enumerate().all(there));
            if round % 2 == 1 {
                wyn_yield(fiber);
            }
        }
        (*record).payload[0] = whole;
    }
}
static SLEEPER: TaskDescriptor = task("sleeper", sleeper);

#[test]
fn stacks_are_there_when_tasks_go_on() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..2 {
                let tasks: Vec<_> =
                    (0..5).map(|n| spawn(fiber, &SLEEPER, [n, 3, 4_000 * (n % 3 + 1), 0])).collect();
                wyn_sleep(fiber, 10_000 * round, &raw const NOWHERE);
                for one in tasks {
                    check(take(fiber, one) == 3);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    explore("fold::stacks_are_there_when_tasks_go_on", main, 0);
}

#[test]
fn told_to_stop_while_folded() {
    static ENDED: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn told(fiber: *mut Fiber, record: *mut TaskRecord) {
        struct Held([u64; 16]);
        impl Drop for Held {
            fn drop(&mut self) {
                check(black_box(&self.0).iter().all(|value| *value == 5));
                ENDED.fetch_add(1, Relaxed);
            }
        }
        unsafe {
            let held = Held(black_box([5; 16]));
            wyn_sleep(fiber, (*record).payload[0] as i64, &raw const NOWHERE);
            wyn_checkpoint(fiber);
            drop(held);
        }
    }
    static TOLD: TaskDescriptor = task("told", told);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let before = ENDED.load(Relaxed);
            let tasks: Vec<_> = (0..5).map(|n| spawn(fiber, &TOLD, [8_000 * n + 1, 0, 0, 0])).collect();
            wyn_sleep(fiber, 12_000, &raw const NOWHERE);
            for one in &tasks {
                wyn_cancel(fiber, *one, &raw const NOWHERE);
            }
            let mut done = 0;
            for one in tasks {
                let how = wyn_settle(fiber, one, &raw const NOWHERE);
                check(how == Settled::Done as i64 || how == Settled::Cancelled as i64);
                wyn_future_release(fiber, one);
                done += u64::from(how == Settled::Done as i64);
            }
            check(ENDED.load(Relaxed) - before >= done);
            (*record).payload[0] = 0;
        }
    }
    explore("fold::told_to_stop_while_folded", main, 0);
}
