//! Messages, selects, and how channels end.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wyn_abi::channel::Channel;
use wyn_abi::select::{ARM_AFTER, ARM_RECEIVE_OPEN, SELECT_CLOSED, SELECT_ENDED, SelectArm};
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{
    wyn_channel_close, wyn_receiver_release, wyn_select, wyn_sender_release,
};
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::task::future::{wyn_cancel, wyn_settle};
use wyn_runtime::time::wyn_yield;

use crate::support::programs::*;
use crate::support::*;
use crate::{DOUBLE, explore};

/// Handles as compiled code holds them: an exception releases them.
pub(crate) struct Sender(*mut Fiber, *mut Channel);
impl Drop for Sender {
    fn drop(&mut self) {
        unsafe { wyn_sender_release(self.0, self.1) }
    }
}
pub(crate) struct Receiver(*mut Fiber, *mut Channel);
impl Drop for Receiver {
    fn drop(&mut self) {
        unsafe { wyn_receiver_release(self.0, self.1) }
    }
}

pub(crate) unsafe extern "C-unwind" fn drop_sender(fiber: *mut Fiber, payload: *mut u8) {
    drop(Sender(fiber, unsafe { payload.cast::<*mut Channel>().read() }));
}

pub(crate) unsafe extern "C-unwind" fn drop_receiver(fiber: *mut Fiber, payload: *mut u8) {
    drop(Receiver(fiber, unsafe { payload.cast::<*mut Channel>().read() }));
}

pub(crate) static SENT: AtomicU64 = AtomicU64::new(0);
pub(crate) static RECEIVED: AtomicU64 = AtomicU64::new(0);

/// Sends as many numbers.
pub(crate) unsafe extern "C-unwind" fn produce(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let tx = Sender(fiber, (*record).payload[0] as *mut Channel);
        for n in 0..(*record).payload[1] {
            send(fiber, tx.1, n);
            SENT.fetch_add(n + 1, Relaxed);
        }
    }
}
pub(crate) static PRODUCE: TaskDescriptor =
    TaskDescriptor { drop_args: Some(drop_sender), ..task("produce", produce) };

/// Receives until the channel is closed, or so many.
pub(crate) unsafe extern "C-unwind" fn consume(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let rx = Receiver(fiber, (*record).payload[0] as *mut Channel);
        for _ in 0..(*record).payload[1] {
            let Some(n) = recv(fiber, rx.1) else { return };
            RECEIVED.fetch_add(n + 1, Relaxed);
        }
    }
}
pub(crate) static CONSUME: TaskDescriptor =
    TaskDescriptor { drop_args: Some(drop_receiver), ..task("consume", consume) };

#[test]
fn messages_of_one_and_of_several() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for (capacity, tasks) in [(0, 1), (1, 1), (3, 1), (0, 2), (2, 2), (1, 3)] {
                let chan = channel(fiber, capacity);
                for _ in 0..tasks {
                    wyn_future_release(fiber, spawn(fiber, &PRODUCE, [copy_sender(fiber, chan), 6, 0, 0]));
                }
                wyn_sender_release(fiber, chan);
                let consumers: Vec<_> = (0..tasks)
                    .map(|_| spawn(fiber, &CONSUME, [copy_receiver(fiber, chan), u64::MAX, 0, 0]))
                    .collect();
                wyn_receiver_release(fiber, chan);
                for consumer in consumers {
                    take(fiber, consumer);
                }
                check(RECEIVED.load(Relaxed) == SENT.load(Relaxed));
            }
            check(SENT.load(Relaxed) == 21 * 10);
            (*record).payload[0] = 0;
        }
    }
    explore("channels::messages_of_one_and_of_several", main, 0);
}

#[test]
fn closing_cancelling_and_leaving() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..6 {
                let chan = channel(fiber, round % 3);
                // One cannot be told to stop after its end; a panic of the other is dealt with below.
                let senders = [3, 4].map(|n| spawn(fiber, &PRODUCE, [copy_sender(fiber, chan), n, 0, 0]));
                let receivers = [2, 5].map(|n| spawn(fiber, &CONSUME, [copy_receiver(fiber, chan), n, 0, 0]));
                wyn_yield(fiber);
                wyn_cancel(fiber, senders[0], &raw const NOWHERE);
                wyn_cancel(fiber, receivers[1], &raw const NOWHERE);
                if round % 2 == 0 {
                    wyn_channel_close(fiber, chan, &raw const NOWHERE);
                }
                wyn_sender_release(fiber, chan);
                while let Some(n) = recv(fiber, chan) {
                    RECEIVED.fetch_add(n + 1, Relaxed);
                }
                for one in senders.into_iter().chain(receivers) {
                    wyn_settle(fiber, one, &raw const NOWHERE);
                    wyn_future_release(fiber, one);
                }
                wyn_receiver_release(fiber, chan);
                check(RECEIVED.load(Relaxed) == SENT.load(Relaxed));
            }
            (*record).payload[0] = 0;
        }
    }
    explore("channels::closing_cancelling_and_leaving", main, 0);
}

unsafe fn arm(kind: u32, target: *mut Channel, slot: *mut u64, nanos: i64) -> SelectArm {
    // As compiled code leaves it: the runtime writes the rest before it reads it.
    let mut arm: SelectArm = unsafe { std::mem::zeroed() };
    (arm.kind, arm.target, arm.slot, arm.nanos) = (kind, target.cast(), slot.cast(), nanos);
    arm.at = &raw const NOWHERE;
    arm
}

#[test]
fn selects_with_a_time_limit() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let (a, b) = (channel(fiber, 0), channel(fiber, 1));
            for chan in [a, b] {
                wyn_future_release(fiber, spawn(fiber, &PRODUCE, [copy_sender(fiber, chan), 5, 0, 0]));
                wyn_sender_release(fiber, chan);
            }
            let mut slot = 0;
            loop {
                let mut arms = [
                    arm(ARM_RECEIVE_OPEN, a, &raw mut slot, 0),
                    arm(ARM_RECEIVE_OPEN, b, &raw mut slot, 0),
                    arm(ARM_AFTER, std::ptr::null_mut(), std::ptr::null_mut(), 20_000),
                ];
                match wyn_select(fiber, arms.as_mut_ptr(), 3, SELECT_CLOSED, &raw const NOWHERE) {
                    0 | 1 => _ = RECEIVED.fetch_add(slot + 1, Relaxed),
                    SELECT_ENDED => break,
                    _ => {}
                }
            }
            check(RECEIVED.load(Relaxed) == 30 && SENT.load(Relaxed) == 30);
            wyn_receiver_release(fiber, a);
            wyn_receiver_release(fiber, b);
            (*record).payload[0] = 0;
        }
    }
    explore("channels::selects_with_a_time_limit", main, 0);
}

/// Several at each end of a buffered channel, so that they find its lock taken, and go on under the worker that uses it; one
/// has a task of its own waiting where it is, and stays.
#[test]
fn many_at_one_lock() {
    unsafe extern "C-unwind" fn busy(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tx = Sender(fiber, (*record).payload[0] as *mut Channel);
            for n in 0..(*record).payload[1] {
                let waits = spawn(fiber, &DOUBLE, [n, 0, 0, 0]);
                send(fiber, tx.1, n);
                SENT.fetch_add(n + 1, Relaxed);
                check(take(fiber, waits) == 2 * n);
            }
        }
    }
    static BUSY: TaskDescriptor = TaskDescriptor { drop_args: Some(drop_sender), ..task("busy", busy) };
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for capacity in [1, 8] {
                let chan = channel(fiber, capacity);
                for n in 0..4 {
                    let producer = if n == 0 { &BUSY } else { &PRODUCE };
                    wyn_future_release(fiber, spawn(fiber, producer, [copy_sender(fiber, chan), 12, 0, 0]));
                }
                wyn_sender_release(fiber, chan);
                let consumers: Vec<_> = (0..4)
                    .map(|_| spawn(fiber, &CONSUME, [copy_receiver(fiber, chan), u64::MAX, 0, 0]))
                    .collect();
                wyn_receiver_release(fiber, chan);
                for consumer in consumers {
                    take(fiber, consumer);
                }
            }
            check(SENT.load(Relaxed) == 2 * 4 * 78 && RECEIVED.load(Relaxed) == SENT.load(Relaxed));
            (*record).payload[0] = 0;
        }
    }
    explore("channels::many_at_one_lock", main, 0);
}
