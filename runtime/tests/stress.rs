//! Programs of the size that people try to break a runtime with. Debug builds run them small.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use support::programs::*;
use support::*;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_receiver_release, wyn_sender_release};

const FULL: bool = !cfg!(debug_assertions);

const fn size(full: u64, debug: u64) -> u64 {
    if FULL { full } else { debug }
}

fn max_rss_mib() -> u64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    usage.ru_maxrss as u64 / 1024
}

unsafe extern "C-unwind" fn square(_: *mut Fiber, record: *mut TaskRecord) {
    unsafe { (*record).payload[0] = (*record).payload[0].wrapping_mul((*record).payload[0]) }
}
static SQUARE: TaskDescriptor = task("square", square);

fn report(what: &str, count: u64, start: Instant) {
    let nanos = start.elapsed().as_nanos() as f64 / count as f64;
    eprintln!("{what}: {nanos:.1} ns each, max rss {} MiB", max_rss_mib());
}

/// Runs on 1, 2 and 8 workers and shows what the children measured.
fn on_all(test: &str, main: support::Entry) {
    for workers in [1, 2, 8] {
        let ended = child_with(test, workers, main, &[("WYN_STATS", "1")]);
        eprintln!("{workers} workers: {}", ended.stderr);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}

#[test]
fn all_handles_kept_then_awaited() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for count in [10_000, 100_000, 1_000_000, size(10_000_000, 100_000)] {
                let start = Instant::now();
                let mut futures = Vec::with_capacity(count as usize);
                for n in 0..count {
                    futures.push(spawn(fiber, &SQUARE, [n, 0, 0, 0]));
                }
                let mut sum = 0u64;
                for future in futures {
                    sum = sum.wrapping_add(take(fiber, future));
                }
                check(sum == (0..count).fold(0u64, |sum, n| sum.wrapping_add(n.wrapping_mul(n))));
                report(&format!("spawn {count} then await all"), count, start);
            }
            check(max_rss_mib() < 1000);
            (*record).payload[0] = 0;
        }
    }
    on_all("all_handles_kept_then_awaited", main);
}

#[test]
fn spawn_and_await_in_turn() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let count = size(2_000_000, 100_000);
            let start = Instant::now();
            let mut sum = 0u64;
            for n in 0..count {
                let future = spawn(fiber, &SQUARE, [n, 0, 0, 0]);
                sum = sum.wrapping_add(take(fiber, future));
            }
            std::hint::black_box(sum);
            report("spawn and await in turn", count, start);
            check(max_rss_mib() < 50);
            (*record).payload[0] = 0;
        }
    }
    on_all("spawn_and_await_in_turn", main);
}

#[test]
fn nested_tree_many_times() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let rounds = size(1000, 5);
            let start = Instant::now();
            for _ in 0..rounds {
                check(fib_of(fiber, 24) == 46368);
            }
            report("fib(24) task", rounds * 46367, start);
            (*record).payload[0] = 0;
        }
    }
    on_all("nested_tree_many_times", main);
}

#[test]
fn tasks_blocked_on_one_channel_then_released() {
    unsafe extern "C-unwind" fn blocked(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let channel = (*record).payload[0] as *mut _;
            BLOCKED_NOW.fetch_add(1, Ordering::Relaxed);
            let value = recv(fiber, channel);
            check(value.is_some());
            wyn_receiver_release(fiber, channel);
            (*record).payload[0] = value.unwrap_or(0);
        }
    }
    static BLOCKED: TaskDescriptor = task("blocked", blocked);
    static BLOCKED_NOW: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let count = size(100_000, 5_000);
            let blocking = channel(fiber, 0);
            let start = Instant::now();
            let mut futures = Vec::new();
            for _ in 0..count {
                futures.push(spawn(fiber, &BLOCKED, [copy_receiver(fiber, blocking), 0, 0, 0]));
            }
            while BLOCKED_NOW.load(Ordering::Relaxed) < count {
                wyn_runtime::time::wyn_sleep(fiber, 5_000_000, &raw const NOWHERE);
            }
            for n in 0..count {
                send(fiber, blocking, n);
            }
            let mut sum = 0;
            for future in futures {
                sum += take(fiber, future);
            }
            check(sum == count * (count - 1) / 2);
            report("blocked task", count, start);
            check(max_rss_mib() < 1000);
            wyn_sender_release(fiber, blocking);
            wyn_receiver_release(fiber, blocking);
            (*record).payload[0] = 0;
        }
    }
    on_all("tasks_blocked_on_one_channel_then_released", main);
}
