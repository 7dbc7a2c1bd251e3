//! The whole runtime under shuttle, which decides at each operation that synchronises, each lock and each wait which
//! thread goes on: small programs in which workers spawn, steal, park, wake, cancel, lock, and go to sleep, each run
//! under many schedules. A schedule that fails is repeated by its number.
//!
//! Run with `./dev test shuttle`; `WYN_SCHEDULES` says how many schedules of each program, `WYN_FIRST` which comes first.
//!
//! Shuttle's schedules are sequentially consistent: weak orders are for the models under loom. What is explored is what
//! ships but for the atomics' steps, the wait of a thread (a futex there, a look again here), and the clock, which counts
//! steps. The deques and the counts of objects are not stepped into.

#![cfg(wyn_shuttle)]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

#[path = "../support/mod.rs"]
mod support;

mod channels;
mod ends;
mod fold;
mod latent;
mod outside;
mod tasks;

use support::exploration::SCHEDULE;
use support::*;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::time::{wyn_sleep, wyn_yield};

/// Schedules of each program with each number of workers.
const SCHEDULES: u64 = 12;
const WORKERS: [usize; 2] = [2, 3];

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// Explores a program, which must always end with this code. In every other three schedules the monitor is away, who
/// would make good what somebody else has missed.
pub(crate) fn explore(test: &str, main: Entry, code: i32) {
    explore_with(test, main, code, true);
}

pub(crate) fn explore_with(test: &str, main: Entry, code: i32, may_be_unwatched: bool) {
    let first = number("WYN_FIRST", 0);
    for schedule in first..first + number("WYN_SCHEDULES", SCHEDULES) {
        for workers in WORKERS {
            let text = schedule.to_string();
            let mut env = vec![(SCHEDULE, text.as_str())];
            if may_be_unwatched && schedule / 3 % 2 == 1 {
                env.push(("WYN_UNWATCHED", "1"));
            }
            let ended = child_with(test, workers, main, &env);
            let told = format!("schedule {schedule} on {workers} workers:\n{}", ended.stderr);
            assert_eq!(ended.code, Some(code), "{told}");
        }
    }
}

pub(crate) unsafe extern "C-unwind" fn double(_: *mut Fiber, record: *mut TaskRecord) {
    unsafe { (*record).payload[0] *= 2 }
}
pub(crate) static DOUBLE: TaskDescriptor = task("double", double);

pub(crate) unsafe extern "C-unwind" fn yields(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        wyn_yield(fiber);
        (*record).payload[0] += 1;
    }
}
pub(crate) static YIELDS: TaskDescriptor = task("yields", yields);

pub(crate) unsafe extern "C-unwind" fn boom(fiber: *mut Fiber, _: *mut TaskRecord) {
    let text = "went wrong";
    unsafe {
        wyn_yield(fiber);
        wyn_runtime::panic::wyn_panic_text(fiber, text.as_ptr(), text.len(), &raw const NOWHERE)
    }
}
pub(crate) static BOOM: TaskDescriptor = task("boom", boom);

pub(crate) unsafe extern "C-unwind" fn forever(fiber: *mut Fiber, _: *mut TaskRecord) {
    unsafe { wyn_sleep(fiber, 3_600_000_000_000, &raw const NOWHERE) };
    check(false);
}
pub(crate) static FOREVER: TaskDescriptor = task("forever", forever);
