//! Cancellation, deadlines, panics, timers, calls outside, deadlock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wyn_abi::channel::Channel;
use wyn_abi::task::Settled;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_receiver_release, wyn_sender_release};
use wyn_runtime::hot::task::{wyn_await, wyn_future_release, wyn_mask};
use wyn_runtime::task::detach::{wyn_task_detached, wyn_task_submit_detached};
use wyn_runtime::task::future::{wyn_cancel, wyn_checkpoint, wyn_settle};
use wyn_runtime::task::nursery::{wyn_nursery_enter, wyn_nursery_join, wyn_nursery_leave, wyn_nursery_open};
use wyn_runtime::time::{wyn_sleep, wyn_yield};

use crate::channels::CONSUME;
use crate::support::programs::{channel, copy_receiver, copy_sender, recv};
use crate::support::*;
use crate::{BOOM, FOREVER, YIELDS, explore, forever};

#[test]
fn cancellation_of_a_tree_that_runs_and_sleeps() {
    unsafe extern "C-unwind" fn tree(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let depth = (*record).payload[0];
            if depth == 0 {
                forever(fiber, record);
            }
            let left = spawn(fiber, &TREE, [depth - 1, 0, 0, 0]);
            wyn_future_release(fiber, spawn(fiber, &TREE, [depth - 1, 0, 0, 0]));
            wyn_await(fiber, left, &raw const NOWHERE);
            check(false);
        }
    }
    static TREE: TaskDescriptor = task("tree", tree);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..4 {
                let root = spawn(fiber, &TREE, [2, 0, 0, 0]);
                for _ in 0..round {
                    wyn_yield(fiber);
                }
                wyn_cancel(fiber, root, &raw const NOWHERE);
                check(wyn_settle(fiber, root, &raw const NOWHERE) == Settled::Cancelled as i64);
                wyn_future_release(fiber, root);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::cancellation_of_a_tree_that_runs_and_sleeps", main, 0);
}

#[test]
fn a_deadline_beside_its_block() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for nanos in [0, 5_000, 50_000, 500_000] {
                let scope = wyn_nursery_open(fiber, nanos, i64::MAX, false, &raw const NOWHERE);
                for n in 0..3 {
                    wyn_future_release(fiber, spawn(fiber, &YIELDS, [n, 0, 0, 0]));
                }
                // In time or late: it ends.
                wyn_nursery_leave(fiber, scope, &raw const NOWHERE);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::a_deadline_beside_its_block", main, 0);
}

#[test]
fn a_panic_stops_its_siblings_and_goes_up() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let scope = wyn_nursery_enter(fiber);
            for desc in [&FOREVER, &BOOM, &FOREVER, &YIELDS] {
                wyn_future_release(fiber, spawn(fiber, desc, [0; 4]));
            }
            wyn_nursery_join(fiber, scope, &raw const NOWHERE);
            check(false);
        }
    }
    explore("ends::a_panic_stops_its_siblings_and_goes_up", main, 101);
}

#[test]
fn cancellation_of_tasks_that_only_yield() {
    unsafe extern "C-unwind" fn turns(fiber: *mut Fiber, _: *mut TaskRecord) {
        loop {
            unsafe {
                wyn_yield(fiber);
                wyn_checkpoint(fiber);
            }
            // An unfair schedule would never leave the loop.
            wyn_abi::sync::explored::give_way();
        }
    }
    static TURNS: TaskDescriptor = task("turns", turns);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let all = [&TURNS; 3].map(|desc| spawn(fiber, desc, [0; 4]));
            wyn_sleep(fiber, 30_000, &raw const NOWHERE);
            for one in all {
                wyn_cancel(fiber, one, &raw const NOWHERE);
                check(wyn_settle(fiber, one, &raw const NOWHERE) == Settled::Cancelled as i64);
                wyn_future_release(fiber, one);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::cancellation_of_tasks_that_only_yield", main, 0);
}

unsafe extern "C-unwind" fn sleeps(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe { wyn_sleep(fiber, (*record).payload[0] as i64, &raw const NOWHERE) }
}
static SLEEPS: TaskDescriptor = task("sleeps", sleeps);

#[test]
fn a_timer_that_comes_before_those_set() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..4 {
                let late = [&FOREVER; 2].map(|desc| spawn(fiber, desc, [0; 4]));
                // The workers sleep by then, or soon.
                wyn_sleep(fiber, 40_000 * round, &raw const NOWHERE);
                let all: Vec<_> = (0..3).map(|n| spawn(fiber, &SLEEPS, [n * 20_000, 0, 0, 0])).collect();
                for one in all {
                    take(fiber, one);
                }
                for one in late {
                    wyn_cancel(fiber, one, &raw const NOWHERE);
                    check(wyn_settle(fiber, one, &raw const NOWHERE) == Settled::Cancelled as i64);
                    wyn_future_release(fiber, one);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::a_timer_that_comes_before_those_set", main, 0);
}

#[test]
fn sleepers_are_woken() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let all: Vec<_> = (0..6).map(|n| spawn(fiber, &SLEEPS, [n % 4 * 30_000, 0, 0, 0])).collect();
            for one in all {
                take(fiber, one);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::sleepers_are_woken", main, 0);
}

unsafe extern "C-unwind" fn calls(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let n = (*record).payload[0];
        (*record).payload[0] = wyn_runtime::io::blocking::foreign(fiber, move || n + 1);
    }
}
static CALLS: TaskDescriptor = task("calls", calls);

#[test]
fn calls_outside_beside_tasks() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let all: Vec<_> = (0..4).map(|n| spawn(fiber, &CALLS, [n, 0, 0, 0])).collect();
            for (n, one) in all.into_iter().enumerate() {
                check(take(fiber, one) == n as u64 + 1);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::calls_outside_beside_tasks", main, 0);
}

#[test]
fn a_deadlock_is_always_found() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            let chan = channel(fiber, 0);
            for n in 0..2 {
                wyn_future_release(fiber, spawn(fiber, &YIELDS, [n, 0, 0, 0]));
                wyn_future_release(fiber, spawn(fiber, &CONSUME, [copy_receiver(fiber, chan), 1, 0, 0]));
                // Its end is the last thing that could have woken anybody.
                wyn_future_release(fiber, spawn(fiber, &CALLS, [n, 0, 0, 0]));
            }
            recv(fiber, chan);
            check(false);
        }
    }
    explore("ends::a_deadlock_is_always_found", main, 102);
}

#[test]
fn detached_tasks_end_before_the_program_or_with_it() {
    static ENDED: AtomicU64 = AtomicU64::new(0);
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    /// As a `defer` would be.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            ENDED.fetch_add(1, Relaxed);
        }
    }
    unsafe extern "C-unwind" fn serves(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            BEGUN.fetch_add(1, Relaxed);
            let _end = End;
            wyn_future_release(fiber, spawn(fiber, &YIELDS, [0; 4]));
            if (*record).payload[0].is_multiple_of(2) {
                wyn_sleep(fiber, 3_600_000_000_000, &raw const NOWHERE);
            }
        }
    }
    static SERVES: TaskDescriptor = task("serves", serves);
    extern "C" fn at_exit() {
        if BEGUN.load(Relaxed) != ENDED.load(Relaxed) {
            unsafe { libc::_exit(1) }
        }
    }
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            libc::atexit(at_exit);
            for n in 0..4 {
                let detached = wyn_task_detached(fiber, &raw const SERVES);
                (*detached).payload = [n, 0, 0, 0];
                wyn_task_submit_detached(fiber, detached);
                wyn_future_release(fiber, detached);
                if n % 2 == 1 {
                    wyn_yield(fiber);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    explore("ends::detached_tasks_end_before_the_program_or_with_it", main, 0);
}

/// `main` has ended, and what is left waits for good, where it cannot be told to stop. Nobody watches in some of the schedules: so nobody would
/// end the program after its time of grace.
#[test]
fn detached_tasks_that_wait_for_good_end_with_the_program() {
    unsafe extern "C-unwind" fn waits(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tx = (*record).payload[0] as *mut Channel;
            wyn_mask(fiber);
            wyn_sender_release(fiber, tx);
            recv(fiber, channel(fiber, (*record).payload[1] as i64));
            check(false);
        }
    }
    static WAITS: TaskDescriptor = task("waits", waits);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let begun = channel(fiber, 0);
            for n in 0..3 {
                let detached = wyn_task_detached(fiber, &raw const WAITS);
                (*detached).payload = [copy_sender(fiber, begun), n, 0, 0];
                wyn_task_submit_detached(fiber, detached);
                wyn_future_release(fiber, detached);
            }
            wyn_sender_release(fiber, begun);
            // They are masked by then.
            check(recv(fiber, begun).is_none());
            wyn_receiver_release(fiber, begun);
            (*record).payload[0] = 3;
        }
    }
    explore("ends::detached_tasks_that_wait_for_good_end_with_the_program", main, 3);
}

#[test]
fn a_nursery_with_room_for_two() {
    static RUNNING: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn counted(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            check(RUNNING.fetch_add(1, Relaxed) < 2);
            wyn_yield(fiber);
            if (*record).payload[0].is_multiple_of(3) {
                wyn_sleep(fiber, 10_000, &raw const NOWHERE);
            }
            RUNNING.fetch_sub(1, Relaxed);
        }
    }
    static COUNTED: TaskDescriptor = task("counted", counted);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let scope = wyn_nursery_open(fiber, i64::MAX, 2, false, &raw const NOWHERE);
            for n in 0..7 {
                wyn_future_release(fiber, spawn(fiber, &COUNTED, [n, 0, 0, 0]));
            }
            check(wyn_nursery_join(fiber, scope, &raw const NOWHERE));
            check(RUNNING.load(Relaxed) == 0);
            (*record).payload[0] = 0;
        }
    }
    explore("ends::a_nursery_with_room_for_two", main, 0);
}
