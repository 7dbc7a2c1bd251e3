//! How channels end, and what that does to the tasks that use them: closing, the last handle, cancellation, deadlock.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "programs as the compiler would emit them: their contracts are those of the rows"
)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};

use support::programs::{recv, send};
use support::*;
use wyn_abi::channel::{Channel, ElemDescriptor};
use wyn_abi::{Fiber, Location, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{
    wyn_channel_close, wyn_channel_new, wyn_receiver_release, wyn_sender_release,
};
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::task::nursery::{wyn_nursery_enter, wyn_nursery_leave};
use wyn_runtime::time::wyn_sleep;

static DROPPED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C-unwind" fn count_drop(_: *mut Fiber, _: *mut u8) {
    DROPPED.fetch_add(1, Ordering::Relaxed);
}

static COUNTED: ElemDescriptor =
    ElemDescriptor { size: 8, drop: Some(count_drop), mark: None, name: wyn_abi::StaticText::new("T") };

unsafe fn channel(fiber: *mut Fiber, capacity: i64) -> *mut Channel {
    unsafe { wyn_channel_new(fiber, &raw const COUNTED, capacity, &raw const NOWHERE) }
}

/// Handles as compiled code holds them: an exception releases them.
struct Sender(*mut Fiber, *mut Channel);
impl Drop for Sender {
    fn drop(&mut self) {
        eprintln!("sender released");
        unsafe { wyn_sender_release(self.0, self.1) }
    }
}
struct Receiver(*mut Fiber, *mut Channel);
impl Drop for Receiver {
    fn drop(&mut self) {
        eprintln!("receiver released");
        unsafe { wyn_receiver_release(self.0, self.1) }
    }
}

/// Sends without end.
unsafe extern "C-unwind" fn flood(fiber: *mut Fiber, record: *mut TaskRecord) {
    let tx = Sender(fiber, unsafe { (*record).payload[0] } as *mut Channel);
    for i in 0.. {
        unsafe { send(fiber, tx.1, i) };
    }
}
static FLOOD: TaskDescriptor = TaskDescriptor { drop_args: Some(drop_sender), ..task("flood", flood) };

/// What is done for a task that is cancelled before it begins.
unsafe extern "C-unwind" fn drop_sender(fiber: *mut Fiber, payload: *mut u8) {
    drop(Sender(fiber, unsafe { payload.cast::<*mut Channel>().read() }));
}

unsafe extern "C-unwind" fn drop_receiver(fiber: *mut Fiber, payload: *mut u8) {
    drop(Receiver(fiber, unsafe { payload.cast::<*mut Channel>().read() }));
}

/// Waits for what never comes.
unsafe extern "C-unwind" fn hunger(fiber: *mut Fiber, record: *mut TaskRecord) {
    let rx = Receiver(fiber, unsafe { (*record).payload[0] } as *mut Channel);
    check(unsafe { recv(fiber, rx.1) }.is_none());
    check(false);
}
static HUNGER: TaskDescriptor = TaskDescriptor { drop_args: Some(drop_receiver), ..task("hunger", hunger) };

fn run(test: &str, main: Entry, code: i32, expect: &[(&str, usize)]) {
    for workers in [1, 2, 8] {
        let ended = child_with(test, workers, main, &[("WYN_LEAKS", "1")]);
        assert_eq!(ended.code, Some(code), "on {workers} workers: {}", ended.stderr);
        for (text, times) in expect {
            let found = ended.stderr.matches(text).count();
            assert_eq!(found, *times, "`{text}` on {workers} workers: {}", ended.stderr);
        }
    }
}

#[test]
fn a_sender_without_receivers_ends_quietly() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for capacity in [0, 1, 4] {
                let chan = channel(fiber, capacity);
                wyn_future_release(fiber, spawn(fiber, &FLOOD, [chan as u64, 0, 0, 0]));
                for i in 0..10 {
                    check(recv(fiber, chan) == Some(i));
                }
                // Half of them parked, half of them about to send.
                if capacity == 4 {
                    wyn_sleep(fiber, 2_000_000, &raw const NOWHERE);
                }
                wyn_receiver_release(fiber, chan);
            }
            (*record).payload[0] = 0;
        }
    }
    run("a_sender_without_receivers_ends_quietly", main, 0, &[("sender released", 3), ("panic", 0)]);
}

#[test]
fn main_without_receivers_panics() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let chan = channel(fiber, 1);
            let _tx = Sender(fiber, chan);
            wyn_receiver_release(fiber, chan);
            send(fiber, chan, 1);
            check(false);
        }
    }
    let expect = [("panic: send on a channel that has no receiver left", 1), ("sender released", 1)];
    run("main_without_receivers_panics", main, 101, &expect);
}

#[test]
fn sending_after_close_names_the_closing_line() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        static CLOSED: Location = Location { line: 42, ..NOWHERE_AS_CONST };
        unsafe {
            let chan = channel(fiber, 4);
            let (_tx, _rx) = (Sender(fiber, chan), Receiver(fiber, chan));
            send(fiber, chan, 1);
            wyn_channel_close(fiber, chan, &raw const CLOSED);
            wyn_channel_close(fiber, chan, &raw const NOWHERE);
            check(recv(fiber, chan) == Some(1));
            check(recv(fiber, chan).is_none());
            send(fiber, chan, 2);
            check(false);
        }
    }
    let expect = [
        ("panic: send on a channel that was closed at test.wyn:42:3", 1),
        ("sender released", 1),
        ("receiver released", 1),
    ];
    run("sending_after_close_names_the_closing_line", main, 101, &expect);
}

const NOWHERE_AS_CONST: Location = Location {
    file: wyn_abi::StaticText::new("test.wyn"),
    line: 7,
    column: 3,
    function: wyn_abi::StaticText::new("test"),
    operation: wyn_abi::StaticText::new(""),
};

#[test]
fn absurd_capacities_panic() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            channel(fiber, -1);
            check(false);
        }
    }
    run("absurd_capacities_panic", main, 101, &[("panic: the capacity of a channel is negative: -1", 1)]);
}

#[test]
fn waiting_for_oneself_is_a_deadlock() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let chan = channel(fiber, 1);
            recv(fiber, chan);
            check(false);
        }
    }
    run("waiting_for_oneself_is_a_deadlock", main, 102, &[("in `recv` for a message", 1)]);
}

#[test]
fn cancelled_tasks_leave_the_channel_and_transfer_nothing() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for pause in [0, 2_000_000] {
                let before = DROPPED.load(Ordering::Relaxed);
                let (full, empty) = (channel(fiber, 2), channel(fiber, 2));
                let scope = wyn_nursery_enter(fiber);
                wyn_future_release(fiber, spawn(fiber, &FLOOD, [full as u64, 0, 0, 0]));
                wyn_future_release(fiber, spawn(fiber, &HUNGER, [empty as u64, 0, 0, 0]));
                wyn_sleep(fiber, pause, &raw const NOWHERE);
                wyn_nursery_leave(fiber, scope, &raw const NOWHERE);
                // The sender is gone, what it sent is still here, in order, and nothing else.
                let mut received = 0;
                while let Some(i) = recv(fiber, full) {
                    check(i == received);
                    received += 1;
                }
                check(received <= 2);
                wyn_receiver_release(fiber, full);
                wyn_sender_release(fiber, empty);
                // The element that could not be sent was dropped, if the task got so far.
                check(DROPPED.load(Ordering::Relaxed) - before <= 1);
                check(pause == 0 || DROPPED.load(Ordering::Relaxed) - before == 1);
            }
            (*record).payload[0] = 0;
        }
    }
    run("cancelled_tasks_leave_the_channel_and_transfer_nothing", main, 0, &[("panic", 0), ("released", 4)]);
}
