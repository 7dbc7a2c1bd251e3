//! Panics, cancellation, nurseries, deadlock, and the stack: what ends a task or a program early.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use support::*;
use wyn_abi::task::Settled;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::task::{wyn_await, wyn_future_release};
use wyn_runtime::panic::{wyn_panic_div_zero, wyn_panic_text};
use wyn_runtime::task::future::{wyn_cancel, wyn_settle};
use wyn_runtime::task::nursery::{
    wyn_nursery_enter, wyn_nursery_join, wyn_nursery_leave, wyn_nursery_open, wyn_nursery_unwind,
};
use wyn_runtime::time::wyn_sleep;

/// A cleanup, as a `defer` would be: the exception runs it.
struct Deferred(&'static str);
impl Drop for Deferred {
    fn drop(&mut self) {
        eprintln!("deferred {}", self.0);
    }
}

unsafe extern "C-unwind" fn boom(fiber: *mut Fiber, _: *mut TaskRecord) {
    let _deferred = Deferred("boom");
    let text = "went wrong";
    unsafe { wyn_panic_text(fiber, text.as_ptr(), text.len(), &raw const NOWHERE) }
}
static BOOM: TaskDescriptor = task("boom", boom);

unsafe extern "C-unwind" fn boom_later(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        wyn_sleep(fiber, 3_000_000, &raw const NOWHERE);
        boom(fiber, record);
    }
}
static BOOM_LATER: TaskDescriptor = task("boom_later", boom_later);

unsafe extern "C-unwind" fn forever(fiber: *mut Fiber, _: *mut TaskRecord) {
    let _deferred = Deferred("forever");
    unsafe { wyn_sleep(fiber, 60_000_000_000, &raw const NOWHERE) };
    check(false);
}
static FOREVER: TaskDescriptor = task("forever", forever);

#[test]
fn a_panic_nobody_awaits_makes_the_exit_code() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_future_release(fiber, spawn(fiber, &BOOM, [0; 4]));
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_panic_nobody_awaits_makes_the_exit_code", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert!(
            ended.stderr.contains(
                "panic: went wrong\n  at test.wyn:7:3 in test\n  in task boom, spawned at test.wyn:12\ndeferred boom"
            ),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn awaiting_a_panicked_task_panics_in_turn() {
    for (test, desc) in [("inline", &BOOM), ("parked", &BOOM_LATER)] {
        let _ = (test, desc);
    }
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("main");
            let future = spawn(fiber, &BOOM, [0; 4]);
            wyn_await(fiber, future, &raw const NOWHERE);
            check(false);
        }
    }
    for workers in [1, 2] {
        let ended = child("awaiting_a_panicked_task_panics_in_turn", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert!(ended.stderr.contains("deferred boom\ndeferred main"), "{}", ended.stderr);
    }
}

#[test]
fn a_panic_reaches_a_parked_waiter() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("main");
            let future = spawn(fiber, &BOOM_LATER, [0; 4]);
            wyn_await(fiber, future, &raw const NOWHERE);
            check(false);
        }
    }
    for workers in [1, 2] {
        let ended = child("a_panic_reaches_a_parked_waiter", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert!(ended.stderr.contains("deferred boom\ndeferred main"), "{}", ended.stderr);
    }
}

#[test]
fn a_failing_child_cancels_its_nursery() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("main");
            let nursery = wyn_nursery_enter(fiber);
            for _ in 0..10 {
                wyn_future_release(fiber, spawn(fiber, &FOREVER, [0; 4]));
            }
            wyn_future_release(fiber, spawn(fiber, &BOOM_LATER, [0; 4]));
            wyn_nursery_join(fiber, nursery, &raw const NOWHERE);
            check(false);
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_failing_child_cancels_its_nursery", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("deferred forever").count(), 10, "{}", ended.stderr);
        assert!(ended.stderr.contains("deferred main"), "{}", ended.stderr);
    }
}

/// What the compiler emits around a nursery's block, for exceptions and for early ways out.
struct Nursery(*mut Fiber, *mut wyn_abi::Scope);
impl Nursery {
    unsafe fn leave(self) {
        unsafe { wyn_nursery_leave(self.0, self.1, &raw const NOWHERE) }
        std::mem::forget(self);
    }
}
impl Drop for Nursery {
    fn drop(&mut self) {
        // No block of these tests has a deadline.
        check(!unsafe { wyn_nursery_unwind(self.0, self.1, &raw const NOWHERE) });
    }
}

#[test]
fn a_failing_child_cancels_the_body_which_passes_on_the_panic() {
    unsafe extern "C-unwind" fn holder(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("holder");
            let nursery = Nursery(fiber, wyn_nursery_enter(fiber));
            wyn_future_release(fiber, spawn(fiber, &BOOM_LATER, [0; 4]));
            wyn_future_release(fiber, spawn(fiber, &FOREVER, [0; 4]));
            forever(fiber, std::ptr::null_mut());
            nursery.leave();
        }
    }
    static HOLDER: TaskDescriptor = task("holder", holder);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("main");
            wyn_await(fiber, spawn(fiber, &HOLDER, [0; 4]), &raw const NOWHERE);
            check(false);
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_failing_child_cancels_the_body_which_passes_on_the_panic", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("deferred forever").count(), 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("deferred holder\ndeferred main"), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("panic:").count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn cancellation_reaches_a_whole_tree() {
    unsafe extern "C-unwind" fn tree(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("tree");
            let depth = (*record).payload[0];
            if depth == 0 {
                wyn_sleep(fiber, 60_000_000_000, &raw const NOWHERE);
            }
            let left = spawn(fiber, &TREE, [depth - 1, 0, 0, 0]);
            let right = spawn(fiber, &TREE, [depth - 1, 0, 0, 0]);
            wyn_await(fiber, left, &raw const NOWHERE);
            wyn_await(fiber, right, &raw const NOWHERE);
            check(false);
        }
    }
    static TREE: TaskDescriptor = task("tree", tree);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let nursery = Nursery(fiber, wyn_nursery_enter(fiber));
            wyn_future_release(fiber, spawn(fiber, &TREE, [5, 0, 0, 0]));
            wyn_sleep(fiber, 10_000_000, &raw const NOWHERE);
            boom(fiber, std::ptr::null_mut());
            nursery.leave();
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("cancellation_reaches_a_whole_tree", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("deferred tree").count(), 63, "{}", ended.stderr);
    }
}

#[test]
fn a_division_by_zero_in_main_is_reported() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe { wyn_panic_div_zero(fiber, &raw const NOWHERE) }
    }
    let ended = child("a_division_by_zero_in_main_is_reported", 2, main);
    assert_eq!(ended.code, Some(101), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("panic: division by zero\n  at test.wyn:7:3 in test\n"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_deadlock_is_reported() {
    unsafe extern "C-unwind" fn waits(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { wyn_await(fiber, (*record).payload[0] as *mut TaskRecord, &raw const NOWHERE) }
    }
    static WAITS: TaskDescriptor = task("waits", waits);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            // A task that awaits main, which awaits it.
            wyn_runtime::hot::task::wyn_future_retain(fiber, record);
            let future = spawn(fiber, &WAITS, [record as u64, 0, 0, 0]);
            wyn_await(fiber, future, &raw const NOWHERE);
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_deadlock_is_reported", workers, main);
        assert_eq!(ended.code, Some(102), "{}", ended.stderr);
        let lines = [
            "deadlock: no task can go on\n  2 tasks wait for each other:\n",
            " main\n",
            " waits, spawned at test.wyn:12\n",
            " waits at test.wyn:7 in `await` for #",
        ];
        assert!(lines.iter().all(|line| ended.stderr.contains(line)), "{}", ended.stderr);
    }
}

#[test]
fn cancellation_walks_down_a_deep_tree() {
    // A chain of tasks, each of which waits for the next: too deep for any one small stack.
    unsafe extern "C-unwind" fn link(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let depth = (*record).payload[0];
            if depth == 0 {
                wyn_sleep(fiber, 60_000_000_000, &raw const NOWHERE);
            }
            wyn_await(fiber, spawn(fiber, &LINK, [depth - 1, 0, 0, 0]), &raw const NOWHERE);
            check(false);
        }
    }
    static LINK: TaskDescriptor = task("link", link);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let nursery = Nursery(fiber, wyn_nursery_enter(fiber));
            wyn_future_release(fiber, spawn(fiber, &LINK, [5000, 0, 0, 0]));
            wyn_sleep(fiber, 100_000_000, &raw const NOWHERE);
            boom(fiber, std::ptr::null_mut());
            nursery.leave();
        }
    }
    for workers in [1, 2] {
        let ended = child("cancellation_walks_down_a_deep_tree", workers, main);
        assert_eq!(ended.code, Some(101), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("panic:").count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn a_nursery_left_early_still_counts_the_panic() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let nursery = Nursery(fiber, wyn_nursery_enter(fiber));
            wyn_future_release(fiber, spawn(fiber, &BOOM, [0; 4]));
            nursery.leave();
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2] {
        // The child is stopped before it begins, or has panicked by then.
        let ended = child("a_nursery_left_early_still_counts_the_panic", workers, main);
        let expected = if ended.stderr.contains("panic:") { 101 } else { 0 };
        assert_eq!(ended.code, Some(expected), "{}", ended.stderr);
    }
}

#[test]
fn a_panic_that_is_settled_is_dealt_with() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for desc in [&BOOM, &BOOM_LATER] {
                let future = spawn(fiber, desc, [0; 4]);
                check(wyn_settle(fiber, future, &raw const NOWHERE) == Settled::Panicked as i64);
                wyn_future_release(fiber, future);
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_panic_that_is_settled_is_dealt_with", workers, main);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("panic: went wrong").count(), 2, "{}", ended.stderr);
    }
}

#[test]
fn a_panic_nobody_settles_goes_on_in_its_owner() {
    unsafe extern "C-unwind" fn forgets(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_future_release(fiber, spawn(fiber, &BOOM_LATER, [0; 4]));
            (*record).payload[0] = 7;
        }
    }
    static FORGETS: TaskDescriptor = task("forgets", forgets);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let future = spawn(fiber, &FORGETS, [0; 4]);
            check(wyn_settle(fiber, future, &raw const NOWHERE) == Settled::Panicked as i64);
            wyn_future_release(fiber, future);
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_panic_nobody_settles_goes_on_in_its_owner", workers, main);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("panic:").count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn a_cancelled_task_ends_with_its_own() {
    unsafe extern "C-unwind" fn parent(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let _deferred = Deferred("parent");
            let nursery = Nursery(fiber, wyn_nursery_enter(fiber));
            for _ in 0..10 {
                wyn_future_release(fiber, spawn(fiber, &FOREVER, [0; 4]));
            }
            wyn_sleep(fiber, 60_000_000_000, &raw const NOWHERE);
            nursery.leave();
        }
    }
    static PARENT: TaskDescriptor = task("parent", parent);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let futures = [&PARENT; 20].map(|desc| spawn(fiber, desc, [0; 4]));
            // Some have parked by then, some have not begun.
            wyn_sleep(fiber, 3_000_000, &raw const NOWHERE);
            for future in futures {
                wyn_cancel(fiber, future, &raw const NOWHERE);
                check(wyn_settle(fiber, future, &raw const NOWHERE) == Settled::Cancelled as i64);
                wyn_future_release(fiber, future);
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("a_cancelled_task_ends_with_its_own", workers, main);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr.matches("panic:").count(), 0, "{}", ended.stderr);
    }
}

#[test]
fn cancelling_races_with_completion() {
    unsafe extern "C-unwind" fn short(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_runtime::time::wyn_yield(fiber);
            (*record).payload[0] = 1;
        }
    }
    static SHORT: TaskDescriptor = task("short", short);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..20_000 {
                let future = spawn(fiber, &SHORT, [0; 4]);
                wyn_runtime::time::wyn_yield(fiber);
                wyn_cancel(fiber, future, &raw const NOWHERE);
                let settled = wyn_settle(fiber, future, &raw const NOWHERE);
                check(settled == Settled::Cancelled as i64 || (*future).payload[0] == 1);
                wyn_future_release(fiber, future);
            }
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("cancelling_races_with_completion", workers, main);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn deadlines_race_with_the_ends_of_their_blocks() {
    unsafe extern "C-unwind" fn short(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { wyn_sleep(fiber, (*record).payload[0] as i64, &raw const NOWHERE) }
    }
    static SHORT: TaskDescriptor = task("short", short);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let (mut in_time, mut late) = (0, 0);
            for round in 0..800 {
                let nanos = 1 + (round * 7919) % 200_000;
                let scope = wyn_nursery_open(fiber, nanos, i64::MAX, true, &raw const NOWHERE);
                for _ in 0..3 {
                    wyn_future_release(fiber, spawn(fiber, &SHORT, [100_000; 4]));
                }
                match wyn_nursery_join(fiber, scope, &raw const NOWHERE) {
                    true => in_time += 1,
                    false => late += 1,
                }
            }
            check(in_time + late == 800);
            (*record).payload[0] = 0;
        }
    }
    for workers in [1, 2, 8] {
        let ended = child("deadlines_race_with_the_ends_of_their_blocks", workers, main);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn a_signal_ends_the_program() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            libc::raise(libc::SIGINT);
            wyn_sleep(fiber, 60_000_000_000, &raw const NOWHERE);
        }
    }
    for workers in [1, 2] {
        assert_eq!(child("a_signal_ends_the_program", workers, main).code, Some(130));
    }
}
