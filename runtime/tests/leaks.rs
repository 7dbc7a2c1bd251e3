//! What the leak report says of tasks, scopes, channels and buffers that a program leaves behind, gives back twice, or uses
//! afterwards: planted here, because no compiled program does it. Places are some lines of the runtime, which is no stranger
//! here than the program.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs break the contracts of the rows on purpose")]

mod support;

use support::*;
use wyn_abi::channel::ElemDescriptor;
use wyn_abi::{Fiber, StaticText, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::wyn_channel_new;
use wyn_runtime::hot::task::{wyn_future_free_taken, wyn_future_release, wyn_future_retain};
use wyn_runtime::task::nursery::wyn_nursery_enter;
use wyn_runtime::task::{wyn_payload_alloc, wyn_payload_free};

unsafe extern "C-unwind" fn nothing(_: *mut Fiber, record: *mut TaskRecord) {
    unsafe { (*record).payload[0] = 0 }
}
static CHILD: TaskDescriptor = task("spawn child", nothing);
static WORD: ElemDescriptor =
    ElemDescriptor { size: 8, drop: None, mark: None, name: StaticText::new("word") };

/// Runs the program in both modes and looks for these lines.
fn leaves(test: &str, main: Entry, lines: &[&str]) {
    for (mode, workers) in [("1", 1), ("1", 2), ("1", 8), ("count", 1), ("count", 2), ("count", 8)] {
        let ended = child_with(test, workers, main, &[("WYN_LEAKS", mode)]);
        assert_eq!(ended.code, Some(99), "{mode} on {workers} workers: {}", ended.stderr);
        for line in lines {
            assert!(
                ended.stderr.contains(line),
                "{mode} on {workers} workers lacks `{line}`: {}",
                ended.stderr
            );
        }
    }
}

#[test]
fn nothing_is_left() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..10 {
                let futures: Vec<_> = (0..1000).map(|_| spawn(fiber, &CHILD, [0; 4])).collect();
                futures.into_iter().for_each(|future| _ = take(fiber, future));
                wyn_future_release(fiber, spawn(fiber, &CHILD, [0; 4]));
                wyn_payload_free(fiber, wyn_payload_alloc(fiber, 100));
            }
            (*record).payload[0] = 0;
        }
    }
    for mode in ["1", "count"] {
        for workers in [1, 2, 8] {
            let ended = child_with("nothing_is_left", workers, main, &[("WYN_LEAKS", mode)]);
            assert_eq!(ended.code, Some(0), "{mode} on {workers} workers: {}", ended.stderr);
        }
    }
}

#[test]
fn a_future_that_nobody_released() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let futures: Vec<_> = (0..3000).map(|_| spawn(fiber, &CHILD, [0; 4])).collect();
            futures.into_iter().skip(3).for_each(|future| _ = take(fiber, future));
            (*record).payload[0] = 0;
        }
    }
    let line =
        "leaks: 3 things are left, which nobody gave back\n      3 × task child, spawned at test.wyn:12\n";
    leaves("a_future_that_nobody_released", main, &[line]);
}

#[test]
fn a_future_that_is_used_after_it_was_released() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let future = spawn(fiber, &CHILD, [0; 4]);
            take(fiber, future);
            wyn_future_retain(fiber, future);
            (*record).payload[0] = 0;
        }
    }
    let line = "      1 × task that was used after it was given back\n";
    leaves("a_future_that_is_used_after_it_was_released", main, &[line]);
}

#[test]
fn a_record_that_is_freed_twice() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let future = spawn(fiber, &CHILD, [0; 4]);
            take(fiber, future);
            wyn_future_free_taken(fiber, future);
            (*record).payload[0] = 0;
        }
    }
    leaves(
        "a_record_that_is_freed_twice",
        main,
        &["leaks: given back twice: task child, spawned at test.wyn:12; this is a mistake of Wyn's\n"],
    );
}

#[test]
fn a_scope_that_is_never_closed() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            // The task's own scope is around the block, and the end of the task closes one.
            wyn_nursery_enter(fiber);
            (*record).payload[0] = 0;
        }
    }
    leaves("a_scope_that_is_never_closed", main, &["      1 × scope"]);
}

#[test]
fn a_channel_and_a_buffer() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            wyn_channel_new(fiber, &raw const WORD, 4, &raw const NOWHERE);
            wyn_payload_alloc(fiber, 100);
            (*record).payload[0] = 0;
        }
    }
    leaves("a_channel_and_a_buffer", main, &["      1 × channel"]);
    let ended = child_with("a_channel_and_a_buffer", 2, main, &[("WYN_LEAKS", "1")]);
    let lines = ["      1 × channel<word>", "      1 × arguments or result of a task"];
    assert!(lines.iter().all(|line| ended.stderr.contains(line)), "{}", ended.stderr);
}

#[test]
fn a_buffer_that_is_freed_twice() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let buffer = wyn_payload_alloc(fiber, 100);
            wyn_payload_free(fiber, buffer);
            wyn_payload_free(fiber, buffer);
            (*record).payload[0] = 0;
        }
    }
    let ended = child_with("a_buffer_that_is_freed_twice", 1, main, &[("WYN_LEAKS", "1")]);
    assert_eq!(ended.code, Some(99), "{}", ended.stderr);
    let line = "leaks: given back twice: a task's arguments or result; this is a mistake of Wyn's\n";
    assert_eq!(ended.stderr, line);
}
