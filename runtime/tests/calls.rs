//! Calls to the outside world whose task leaves: what hangs is left behind, what can stop is waited for, what is over counts.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use support::*;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::io::cancellable::{Call, run};
use wyn_runtime::task::future::{wyn_cancel, wyn_settle};
use wyn_runtime::time::wyn_sleep;

/// More than there are threads for calls.
const MANY: u64 = 200;

static BEGUN: AtomicU64 = AtomicU64::new(0);
static LEFT: AtomicU64 = AtomicU64::new(0);
static ENDED: AtomicU64 = AtomicU64::new(0);
static HANG: AtomicU64 = AtomicU64::new(1);

fn nap() {
    std::thread::sleep(Duration::from_millis(1));
}

/// A call that ends when it is let.
unsafe extern "C-unwind" fn hangs(fiber: *mut Fiber, _: *mut TaskRecord) {
    let call = |_: &_| {
        BEGUN.fetch_add(1, SeqCst);
        while HANG.load(SeqCst) == 1 {
            nap();
        }
        ENDED.fetch_add(1, SeqCst);
    };
    unsafe {
        // Nobody lets it end before the task is cancelled.
        check(run(fiber, &raw const NOWHERE, call).is_none());
        LEFT.fetch_add(1, SeqCst);
    }
}
static HANGS: TaskDescriptor = task("hangs", hangs);

// rules: FIL-5
#[test]
fn calls_that_hang_are_left_behind() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tasks: Vec<_> = (0..MANY).map(|_| spawn(fiber, &HANGS, [0; 4])).collect();
            // All threads hang, and calls wait for one.
            while BEGUN.load(SeqCst) < 64 {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            for one in &tasks {
                wyn_cancel(fiber, *one, &raw const NOWHERE);
            }
            // Others can still make calls, and the tasks end.
            check(run(fiber, &raw const NOWHERE, |_| 7) == Some(7));
            for one in tasks {
                // Cancelled, if it has not begun.
                let _ = wyn_settle(fiber, one, &raw const NOWHERE);
                wyn_future_release(fiber, one);
            }
            check(LEFT.load(SeqCst) <= MANY);
            check(ENDED.load(SeqCst) == 0);
            // The threads come back, and there are more of them than are wanted.
            HANG.store(0, SeqCst);
            while ENDED.load(SeqCst) < BEGUN.load(SeqCst) {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            for n in 0..MANY {
                check(run(fiber, &raw const NOWHERE, move |_| n) == Some(n));
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("calls_that_hang_are_left_behind", main);
}

/// A call that looks whether it is still wanted.
unsafe extern "C-unwind" fn looks(fiber: *mut Fiber, _: *mut TaskRecord) {
    let call = |call: &Call| {
        BEGUN.fetch_add(1, SeqCst);
        while call.go_on().is_ok() {
            nap();
        }
        ENDED.fetch_add(1, SeqCst);
    };
    unsafe { check(run(fiber, &raw const NOWHERE, call).is_none()) }
}
static LOOKS: TaskDescriptor = task("looks", looks);

#[test]
fn calls_that_look_end_when_they_are_told_to() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tasks: Vec<_> = (0..64).map(|_| spawn(fiber, &LOOKS, [0; 4])).collect();
            while BEGUN.load(SeqCst) < 64 {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            for one in &tasks {
                wyn_cancel(fiber, *one, &raw const NOWHERE);
            }
            for one in tasks {
                // Cancelled, if it has not begun.
                let _ = wyn_settle(fiber, one, &raw const NOWHERE);
                wyn_future_release(fiber, one);
            }
            while ENDED.load(SeqCst) < 64 {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("calls_that_look_end_when_they_are_told_to", main);
}
