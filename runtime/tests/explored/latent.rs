//! Tasks without records, as compiled code spawns and awaits them.

use std::mem::{offset_of, zeroed};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wyn_abi::channel::Channel;
use wyn_abi::{AwaitSite, Fiber, LatentTask, RunFrame, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_receiver_release, wyn_sender_release};
use wyn_runtime::hot::latent::{wyn_latent_begin, wyn_latent_end, wyn_latent_spawn};
use wyn_runtime::task::latent::wyn_latent_record;
use wyn_runtime::task::run::wyn_nested_ended;
use wyn_runtime::task::wyn_workers;
use wyn_runtime::time::wyn_yield;

use crate::support::programs::{channel, copy_sender, poll, recv, send};
use crate::support::*;
use crate::{explore, explore_with};

/// A latent task as compiled code lays it out.
#[repr(C)]
struct Latent {
    task: LatentTask,
    args: [u64; 4],
    frame: RunFrame,
}

/// What a task does with its first argument.
type Body = unsafe fn(*mut Fiber, u64) -> u64;

/// Spawns a task whose future does not leave the function, does something, and awaits the task.
unsafe fn latently(
    fiber: *mut Fiber,
    desc: &'static TaskDescriptor,
    body: Body,
    arg: u64,
    between: impl FnOnce(),
) -> u64 {
    const { assert!(LatentTask::ARGS == offset_of!(Latent, args)) };
    const { assert!(LatentTask::frame(32) == offset_of!(Latent, frame)) };
    unsafe {
        let mut memory: Latent = zeroed();
        memory.args[0] = arg;
        let site = AwaitSite { desc, at: &raw const NOWHERE };
        let (latent, frame) = (&raw mut memory.task, &raw mut memory.frame);
        wyn_latent_spawn(fiber, latent, desc);
        between();
        if wyn_latent_begin(fiber, latent, desc, &raw const site) {
            let result = body(fiber, arg);
            if wyn_latent_end(fiber, latent, &raw const site) {
                return result;
            }
            (*wyn_latent_record(fiber, latent)).payload[0] = result;
            wyn_nested_ended(fiber, frame, null_mut());
        }
        take(fiber, wyn_latent_record(fiber, latent))
    }
}

/// `fib_of`, whose tasks are latent until somebody asks or something parks: before a task begins, and while it runs.
unsafe fn latent_fib_of(fiber: *mut Fiber, n: u64) -> u64 {
    unsafe extern "C-unwind" fn fib(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = latent_fib_of(fiber, (*record).payload[0]) }
    }
    static FIB: TaskDescriptor = task("fib", fib);
    if n < 2 {
        return n;
    }
    let mut right = 0;
    unsafe {
        let left = latently(fiber, &FIB, latent_fib_of, n - 1, || {
            right = latent_fib_of(fiber, n - 2);
            poll(fiber);
            if n.is_multiple_of(4) {
                wyn_yield(fiber);
            }
        });
        left + right
    }
}

/// Waits at so many depths of latent tasks for what another such task sends.
unsafe fn ask_below(fiber: *mut Fiber, depth: u64) -> u64 {
    unsafe fn answer(fiber: *mut Fiber, to: u64) -> u64 {
        let channel = to as *mut Channel;
        unsafe {
            send(fiber, channel, 7);
            wyn_sender_release(fiber, channel);
        }
        1
    }
    unsafe extern "C-unwind" fn answers(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = answer(fiber, (*record).payload[0]) }
    }
    unsafe extern "C-unwind" fn asks(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = ask_below(fiber, (*record).payload[0]) }
    }
    static ANSWERS: TaskDescriptor = task("answers", answers);
    static ASKS: TaskDescriptor = task("asks", asks);
    unsafe {
        let channel = channel(fiber, 0);
        let mut got = 0;
        let mut below = 0;
        let sent = latently(fiber, &ANSWERS, answer, copy_sender(fiber, channel), || {
            if depth != 0 {
                below = latently(fiber, &ASKS, ask_below, depth - 1, || {});
            }
            got = recv(fiber, channel).unwrap_or(0);
        });
        wyn_sender_release(fiber, channel);
        wyn_receiver_release(fiber, channel);
        below + got + sent
    }
}

/// Fails if what parks leaves latent tasks without a record.
#[test]
fn latent_tasks_that_are_waited_for() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            check(ask_below(fiber, 3) == 4 * 8);
            (*record).payload[0] = 0;
        }
    }
    explore("latent::latent_tasks_that_are_waited_for", main, 0);
}

/// Fails if who wants tasks asks nobody for a poll that has latent ones alone. (A request made in the very instant of a spawn is found
/// by the next spawn or await, which there is none of here, or by the monitor.)
#[test]
fn latent_tasks_of_one_who_does_not_await() {
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    unsafe fn begin(_: *mut Fiber, n: u64) -> u64 {
        BEGUN.fetch_add(1, Relaxed);
        n
    }
    unsafe extern "C-unwind" fn begins(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = begin(fiber, (*record).payload[0]) }
    }
    static BEGINS: TaskDescriptor = task("begins", begins);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for n in 1..=4 {
                let got = latently(fiber, &BEGINS, begin, n, || {
                    while wyn_workers(fiber) > 1 && BEGUN.load(Relaxed) != n {
                        poll(fiber);
                        wyn_abi::sync::explored::give_way();
                    }
                });
                check(got == n);
            }
            (*record).payload[0] = 0;
        }
    }
    explore_with("latent::latent_tasks_of_one_who_does_not_await", main, 0, false);
}

#[test]
fn a_tree_of_latent_tasks() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            check(latent_fib_of(fiber, 8) == 21);
            (*record).payload[0] = 0;
        }
    }
    explore("latent::a_tree_of_latent_tasks", main, 0);
}
