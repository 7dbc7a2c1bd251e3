//! Channels between fibers: programs as the compiler would emit them, on 1, 2 and 8 workers, and what they cost.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "programs as the compiler would emit them: their contracts are those of the rows"
)]

mod support;

use std::time::Instant;

use support::programs::*;
use support::*;
use wyn_abi::channel::Channel;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_receiver_release, wyn_sender_release};
use wyn_runtime::hot::channel::{Fast, pop_owned, push_owned, wyn_receiver_retain, wyn_sender_retain};

const FULL: bool = !cfg!(debug_assertions);

const fn size(full: u64, debug: u64) -> u64 {
    if FULL { full } else { debug }
}

/// Runs a program on 1, 2 and 8 workers and shows what it printed.
fn on_all(test: &str, main: support::Entry) {
    for workers in [1, 2, 8] {
        let ended = child_with(test, workers, main, &[("WYN_STATS", "1")]);
        eprintln!("{workers} workers: {}", ended.stderr);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}

fn report(what: &str, count: u64, start: Instant) {
    eprintln!("{what}: {:.1} ns each", start.elapsed().as_nanos() as f64 / count as f64);
}

/// Sends 0 to n - 1, then gives its sender up.
unsafe extern "C-unwind" fn produce(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let (tx, n) = ((*record).payload[0] as *mut Channel, (*record).payload[1]);
        for i in 0..n {
            send(fiber, tx, i);
        }
        wyn_sender_release(fiber, tx);
        (*record).payload[0] = n;
    }
}
static PRODUCE: TaskDescriptor = task("produce", produce);

/// Adds up what comes.
unsafe extern "C-unwind" fn consume(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let rx = (*record).payload[0] as *mut Channel;
        let mut sum = 0;
        while let Some(value) = recv(fiber, rx) {
            sum += value;
        }
        wyn_receiver_release(fiber, rx);
        (*record).payload[0] = sum;
    }
}
static CONSUME: TaskDescriptor = task("consume", consume);

#[test]
fn one_to_one_keeps_order() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for capacity in [1, 3, 128, 1024] {
                let n = if capacity == 1 { size(300_000, 20_000) } else { size(5_000_000, 50_000) };
                let start = Instant::now();
                let chan = channel(fiber, capacity);
                let producer = spawn(fiber, &PRODUCE, [chan as u64, n, 0, 0]);
                for i in 0..n {
                    check(recv(fiber, chan) == Some(i));
                }
                check(recv(fiber, chan).is_none());
                wyn_receiver_release(fiber, chan);
                check(take(fiber, producer) == n);
                report(&format!("message, capacity {capacity}"), n, start);
            }
            (*record).payload[0] = 0;
        }
    }
    on_all("one_to_one_keeps_order", main);
}

#[test]
fn rendezvous_there_and_back() {
    unsafe extern "C-unwind" fn echo(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let (rx, tx) = ((*record).payload[0] as *mut Channel, (*record).payload[1] as *mut Channel);
            while let Some(value) = recv(fiber, rx) {
                send(fiber, tx, value + 1);
            }
            wyn_sender_release(fiber, tx);
            wyn_receiver_release(fiber, rx);
            (*record).payload[0] = 0;
        }
    }
    static ECHO: TaskDescriptor = task("echo", echo);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let n = size(500_000, 20_000);
            let start = Instant::now();
            let (ping, pong) = (channel(fiber, 0), channel(fiber, 0));
            let task = spawn(fiber, &ECHO, [ping as u64, pong as u64, 0, 0]);
            for i in 0..n {
                send(fiber, ping, i);
                check(recv(fiber, pong) == Some(i + 1));
            }
            wyn_sender_release(fiber, ping);
            wyn_receiver_release(fiber, pong);
            check(take(fiber, task) == 0);
            report("round trip", n, start);
            (*record).payload[0] = 0;
        }
    }
    on_all("rendezvous_there_and_back", main);
}

#[test]
fn four_to_four_lose_nothing() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for capacity in [0, 1, 128] {
                let n = if capacity < 2 { size(100_000, 5_000) } else { size(500_000, 5_000) };
                let start = Instant::now();
                let chan = channel(fiber, capacity);
                let mut tasks = Vec::new();
                for _ in 0..4 {
                    wyn_sender_retain(fiber, chan);
                    tasks.push(spawn(fiber, &PRODUCE, [chan as u64, n, 0, 0]));
                }
                wyn_sender_release(fiber, chan);
                let mut consumers = Vec::new();
                for _ in 0..4 {
                    wyn_receiver_retain(fiber, chan);
                    consumers.push(spawn(fiber, &CONSUME, [chan as u64, 0, 0, 0]));
                }
                wyn_receiver_release(fiber, chan);
                let mut sum = 0;
                for consumer in consumers {
                    sum += take(fiber, consumer);
                }
                check(sum == 4 * (n * (n - 1) / 2));
                for task in tasks {
                    check(take(fiber, task) == n);
                }
                report(&format!("message of four to four, capacity {capacity}"), 4 * n, start);
            }
            (*record).payload[0] = 0;
        }
    }
    on_all("four_to_four_lose_nothing", main);
}

#[test]
fn what_a_message_costs_that_nobody_waits_for() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let n = size(100_000_000, 100_000);
            let chan = std::hint::black_box(channel(fiber, 64));
            // Each end earns its owner.
            for i in 0..2_000 {
                send(fiber, chan, i);
                check(recv(fiber, chan) == Some(i));
            }
            let (start, mut sum) = (Instant::now(), 0);
            for i in 0..n {
                let mut value = i;
                check(push_owned(fiber, chan, (&raw const value).cast(), 8) == Fast::Done);
                check(pop_owned(fiber, chan, (&raw mut value).cast(), 8) == Fast::Done);
                sum += value;
            }
            check(sum == n * (n - 1) / 2);
            report("owned send and receive", n, start);
            wyn_sender_retain(fiber, chan);
            wyn_receiver_retain(fiber, chan);
            let (n, start) = (n / 10, Instant::now());
            for i in 0..n {
                send(fiber, chan, i);
                check(recv(fiber, chan) == Some(i));
            }
            report("shared send and receive", n, start);
            for _ in 0..2 {
                wyn_sender_release(fiber, chan);
                wyn_receiver_release(fiber, chan);
            }
            (*record).payload[0] = 0;
        }
    }
    on_all("what_a_message_costs_that_nobody_waits_for", main);
}
