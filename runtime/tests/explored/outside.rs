//! Calls that their tasks leave, and task-local values that outlive their block.

use std::io;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use wyn_abi::object::ObjectHeader;
use wyn_abi::sync::explored::{clock, give_way};
use wyn_abi::task::Settled;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::object::wyn_release;
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::io::cancellable::{self, Call, PATIENCE};
use wyn_runtime::object::string::{bytes_of, wyn_string_new};
use wyn_runtime::task::detach::{wyn_task_detached, wyn_task_submit_detached};
use wyn_runtime::task::future::{wyn_cancel, wyn_checkpoint, wyn_settle};
use wyn_runtime::task::local::{wyn_task_local_bind, wyn_task_local_find, wyn_task_local_key};
use wyn_runtime::task::nursery::{wyn_nursery_enter, wyn_nursery_join};
use wyn_runtime::time::{wyn_sleep, wyn_yield};

use crate::explore;
use crate::support::*;

/// What a call is made of: it notes that it touches what is its task's, between two looks whether that is still there.
fn in_steps(call: &Call, touches: &AtomicBool, steps: u64) -> io::Result<u64> {
    for _ in 0..steps {
        call.go_on()?;
        touches.store(true, Relaxed);
        give_way();
        touches.store(false, Relaxed);
    }
    Ok(steps)
}

/// A task that makes a call and is told to stop has its result, or goes on when the call does nothing any more; unless that
/// hangs. Fails if who leaves does not wait for the step that is under way, if the end of a call forgets who waits, or if who waits
/// says so when the call is queued already.
#[test]
fn calls_that_are_left() {
    static DONE: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn calls(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            // What the call uses stays for as long as the test: what is tried is whether it is used.
            let touches: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
            let steps = (*record).payload[0];
            let from = clock();
            match cancellable::run(fiber, &raw const NOWHERE, move |call| in_steps(call, touches, steps)) {
                Some(result) => {
                    check(result.is_ok_and(|made| made == steps));
                    DONE.fetch_add(1, Relaxed);
                }
                None => {
                    for _ in 0..20 {
                        check(!touches.load(Relaxed) || clock() - from > PATIENCE.as_nanos() as u64);
                        give_way();
                    }
                    wyn_checkpoint(fiber);
                    check(false);
                }
            }
        }
    }
    static CALLS: TaskDescriptor = task("calls", calls);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let mut done = 0;
            for round in 0..4u64 {
                let all: Vec<_> =
                    (0..4).map(|n| spawn(fiber, &CALLS, [1 + 3 * n * round, 0, 0, 0])).collect();
                match round {
                    0 => wyn_yield(fiber),
                    _ => wyn_sleep(fiber, 3_000 * round as i64, &raw const NOWHERE),
                }
                // One is left alone.
                for one in &all[1..] {
                    wyn_cancel(fiber, *one, &raw const NOWHERE);
                }
                for (n, one) in all.into_iter().enumerate() {
                    let ended = wyn_settle(fiber, one, &raw const NOWHERE) == Settled::Done as i64;
                    check(ended || n != 0);
                    done += u64::from(ended);
                    wyn_future_release(fiber, one);
                }
            }
            check(done == DONE.load(Relaxed));
            (*record).payload[0] = 0;
        }
    }
    explore("outside::calls_that_are_left", main, 0);
}

unsafe fn value(fiber: *mut Fiber, text: &str) -> *mut ObjectHeader {
    unsafe { wyn_string_new(fiber, text.as_ptr(), text.len()).cast() }
}

/// The text that a key is bound to here.
unsafe fn found(fiber: *mut Fiber, key: u64) -> Option<String> {
    let mut found: *mut ObjectHeader = null_mut();
    unsafe {
        wyn_task_local_find(fiber, key as i64, &raw mut found).then(|| {
            let text = String::from_utf8_lossy(bytes_of(found.cast())).into_owned();
            wyn_release(fiber, found);
            text
        })
    }
}

/// Detached tasks see what was bound where they were spawned, also when that block has ended and what was bound around it is gone.
/// Fails if they do not keep it, or if a block does not keep what was bound around it.
#[test]
fn bindings_that_outlive_their_block() {
    static LOOKED: AtomicU64 = AtomicU64::new(0);
    unsafe fn sees(fiber: *mut Fiber, payload: [u64; 4]) {
        unsafe {
            let [outer, inner, round, _] = payload;
            check(found(fiber, outer) == Some(format!("the outer value of round {round}")));
            check(found(fiber, inner) == Some(format!("the inner value of round {round}")));
        }
    }
    unsafe extern "C-unwind" fn looks(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            sees(fiber, (*record).payload);
            LOOKED.fetch_add(1, Relaxed);
        }
    }
    static LOOKS: TaskDescriptor = task("looks", looks);
    unsafe extern "C-unwind" fn detached(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let payload = (*record).payload;
            wyn_future_release(fiber, spawn(fiber, &LOOKS, payload));
            wyn_yield(fiber);
            sees(fiber, payload);
            if payload[2].is_multiple_of(2) {
                wyn_sleep(fiber, 20_000, &raw const NOWHERE);
            }
            sees(fiber, payload);
            LOOKED.fetch_add(1, Relaxed);
        }
    }
    static DETACHED: TaskDescriptor = task("detached", detached);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let keys = [wyn_task_local_key() as u64, wyn_task_local_key() as u64];
            for round in 0..6 {
                let payload = [keys[0], keys[1], round, 0];
                let blocks = keys.map(|key| {
                    let block = wyn_nursery_enter(fiber);
                    let which = if key == keys[0] { "outer" } else { "inner" };
                    let text = format!("the {which} value of round {round}");
                    wyn_task_local_bind(fiber, key as i64, value(fiber, &text));
                    block
                });
                let apart = wyn_task_detached(fiber, &raw const DETACHED);
                (*apart).payload = payload;
                wyn_task_submit_detached(fiber, apart);
                wyn_future_release(fiber, apart);
                wyn_future_release(fiber, spawn(fiber, &LOOKS, payload));
                for block in blocks.into_iter().rev() {
                    wyn_nursery_join(fiber, block, &raw const NOWHERE);
                }
                check(found(fiber, keys[1]).is_none());
            }
            while LOOKED.load(Relaxed) != 3 * 6 {
                wyn_yield(fiber);
                give_way();
            }
            (*record).payload[0] = 0;
        }
    }
    explore("outside::bindings_that_outlive_their_block", main, 0);
}
