//! Programs of the size that people try to break a runtime with. Debug builds run them small.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use support::*;
use wyn_abi::channel::ElemDescriptor;
use wyn_abi::{Fiber, Location, TaskDescriptor, TaskRecord};

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

unsafe extern "C-unwind" fn fib(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe { (*record).payload[0] = fib_of(fiber, (*record).payload[0]) }
}
static FIB: TaskDescriptor = task("fib", fib);

unsafe fn fib_of(fiber: *mut Fiber, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    unsafe {
        let left = spawn(fiber, &FIB, [n - 1, 0, 0, 0]);
        let right = fib_of(fiber, n - 2);
        take(fiber, left) + right
    }
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

unsafe extern "C-unwind" {
    fn wyn_channel_new(
        fiber: *mut Fiber,
        elem: *const ElemDescriptor,
        capacity: i64,
        at: *const Location,
    ) -> *mut u8;
    fn wyn_send(fiber: *mut Fiber, channel: *mut u8, elem: *mut u8, size: usize, at: *const Location);
    fn wyn_recv(fiber: *mut Fiber, channel: *mut u8, out: *mut u8, size: usize, at: *const Location) -> bool;
    fn wyn_receiver_retain(fiber: *mut Fiber, channel: *mut u8);
    fn wyn_receiver_share(fiber: *mut Fiber, channel: *mut u8);
    fn wyn_receiver_release(fiber: *mut Fiber, channel: *mut u8);
    fn wyn_sender_release(fiber: *mut Fiber, channel: *mut u8);
}

static INT: ElemDescriptor =
    ElemDescriptor { size: 8, drop: None, mark: None, name: wyn_abi::StaticText::new("T") };

#[test]
fn tasks_blocked_on_one_channel_then_released() {
    unsafe extern "C-unwind" fn blocked(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let channel = (*record).payload[0] as *mut _;
            let mut out = 0u64;
            BLOCKED_NOW.fetch_add(1, Ordering::Relaxed);
            check(wyn_recv(fiber, channel, (&raw mut out).cast(), 8, &raw const NOWHERE));
            wyn_receiver_release(fiber, channel);
            (*record).payload[0] = out;
        }
    }
    static BLOCKED: TaskDescriptor = task("blocked", blocked);
    static BLOCKED_NOW: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let count = size(100_000, 5_000);
            let channel = wyn_channel_new(fiber, &raw const INT, 0, &raw const NOWHERE);
            let start = Instant::now();
            let mut futures = Vec::new();
            for _ in 0..count {
                wyn_receiver_retain(fiber, channel);
                wyn_receiver_share(fiber, channel);
                futures.push(spawn(fiber, &BLOCKED, [channel as u64, 0, 0, 0]));
            }
            while BLOCKED_NOW.load(Ordering::Relaxed) < count {
                wyn_runtime::time::wyn_sleep(fiber, 5_000_000, &raw const NOWHERE);
            }
            for n in 0..count {
                wyn_send(fiber, channel, (&raw const n).cast_mut().cast(), 8, &raw const NOWHERE);
            }
            let mut sum = 0;
            for future in futures {
                sum += take(fiber, future);
            }
            check(sum == count * (count - 1) / 2);
            report("blocked task", count, start);
            check(max_rss_mib() < 1000);
            wyn_sender_release(fiber, channel);
            wyn_receiver_release(fiber, channel);
            (*record).payload[0] = 0;
        }
    }
    on_all("tasks_blocked_on_one_channel_then_released", main);
}
