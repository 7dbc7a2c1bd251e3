//! Pieces of programs that several tests are made of: channels of words, a tree of tasks, the poll of a loop.

use std::sync::atomic::Ordering::Relaxed;

use wyn_abi::channel::{Channel, ElemDescriptor};
use wyn_abi::{Fiber, STACK_LIMIT_POISON, StaticText, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_channel_new, wyn_receiver_share, wyn_sender_share};
use wyn_runtime::hot::channel::{wyn_receiver_retain, wyn_recv, wyn_send, wyn_sender_retain};
use wyn_runtime::task::wyn_poll;

use super::{NOWHERE, spawn, take, task};

/// Words that lead nowhere.
pub static INT: ElemDescriptor =
    ElemDescriptor { size: 8, drop: None, mark: None, name: StaticText::new("T") };

pub unsafe fn channel(fiber: *mut Fiber, capacity: i64) -> *mut Channel {
    unsafe { wyn_channel_new(fiber, &raw const INT, capacity, &raw const NOWHERE) }
}

pub unsafe fn send(fiber: *mut Fiber, channel: *mut Channel, mut value: u64) {
    unsafe { wyn_send(fiber, channel, (&raw mut value).cast(), 8, &raw const NOWHERE) }
}

pub unsafe fn recv(fiber: *mut Fiber, channel: *mut Channel) -> Option<u64> {
    let mut value = 0u64;
    unsafe { wyn_recv(fiber, channel, (&raw mut value).cast(), 8, &raw const NOWHERE) }.then_some(value)
}

/// Another sender, for another task.
pub unsafe fn copy_sender(fiber: *mut Fiber, channel: *mut Channel) -> u64 {
    unsafe {
        wyn_sender_retain(fiber, channel);
        wyn_sender_share(fiber, channel);
    }
    channel as u64
}

/// Another receiver, for another task.
pub unsafe fn copy_receiver(fiber: *mut Fiber, channel: *mut Channel) -> u64 {
    unsafe {
        wyn_receiver_retain(fiber, channel);
        wyn_receiver_share(fiber, channel);
    }
    channel as u64
}

/// What the compiler emits at a loop's back edge.
pub unsafe fn poll(fiber: *mut Fiber) {
    unsafe {
        if (*fiber).stack_limit.load(Relaxed) == STACK_LIMIT_POISON {
            wyn_poll(fiber);
        }
    }
}

unsafe extern "C-unwind" fn fib(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe { (*record).payload[0] = fib_of(fiber, (*record).payload[0]) }
}
static FIB: TaskDescriptor = task("fib", fib);

/// A tree of tasks, one for each call but the last ones. It polls, as compiled functions do when they begin.
pub unsafe fn fib_of(fiber: *mut Fiber, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    unsafe {
        let left = spawn(fiber, &FIB, [n - 1, 0, 0, 0]);
        let right = fib_of(fiber, n - 2);
        poll(fiber);
        take(fiber, left) + right
    }
}
