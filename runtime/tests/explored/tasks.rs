//! Spawning, stealing, awaiting; mutexes; loops.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use wyn_abi::mutex::{Lock, MutexObject};
use wyn_abi::task::Settled;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_receiver_release, wyn_sender_release};
use wyn_runtime::hot::mutex::{wyn_lock, wyn_unlock};
use wyn_runtime::hot::task::{wyn_await, wyn_future_release, wyn_future_retain};
use wyn_runtime::sched::parking;
use wyn_runtime::task::future::{wyn_cancel, wyn_checkpoint, wyn_future_mark, wyn_settle, wyn_task_retract};
use wyn_runtime::task::nursery::{wyn_nursery_enter, wyn_nursery_join};
use wyn_runtime::time::{wyn_sleep, wyn_yield};

use crate::support::programs::{channel, copy_receiver, copy_sender, fib_of, poll, recv, send};
use crate::support::*;
use crate::{DOUBLE, FOREVER, YIELDS, explore, explore_with};

#[test]
fn a_tree_of_tasks() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            check(fib_of(fiber, 8) == 21);
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::a_tree_of_tasks", main, 0);
}

#[test]
fn futures_kept_dropped_and_taken_back() {
    static RAN: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn parent(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for n in 0..3 {
                wyn_future_release(fiber, spawn(fiber, &YIELDS, [n, 0, 0, 0]));
            }
            RAN.fetch_add(1, Relaxed);
            (*record).payload[0] += 1;
        }
    }
    static PARENT: TaskDescriptor = task("parent", parent);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..4 {
                let kept: Vec<_> = (0..4).map(|n| spawn(fiber, &PARENT, [n, 0, 0, 0])).collect();
                wyn_future_release(fiber, spawn(fiber, &PARENT, [0; 4]));
                let back = spawn(fiber, &DOUBLE, [round, 0, 0, 0]);
                if round % 2 == 0 {
                    wyn_yield(fiber);
                }
                let retracted = wyn_task_retract(fiber, back);
                let settled = wyn_settle(fiber, back, &raw const NOWHERE);
                check(retracted == (settled == Settled::Cancelled as i64));
                check(retracted || (*back).payload[0] == 2 * round);
                wyn_future_release(fiber, back);
                for (n, future) in kept.into_iter().enumerate() {
                    check(take(fiber, future) == n as u64 + 1);
                }
            }
            let scope = wyn_nursery_enter(fiber);
            wyn_future_release(fiber, spawn(fiber, &PARENT, [0; 4]));
            wyn_nursery_join(fiber, scope, &raw const NOWHERE);
            check(RAN.load(Relaxed) >= 17);
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::futures_kept_dropped_and_taken_back", main, 0);
}

#[test]
fn several_await_one() {
    unsafe extern "C-unwind" fn waiter(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let future = (*record).payload[0] as *mut TaskRecord;
            wyn_await(fiber, future, &raw const NOWHERE);
            (*record).payload[0] = (*future).payload[0];
            wyn_future_release(fiber, future);
        }
    }
    static WAITER: TaskDescriptor = task("waiter", waiter);
    unsafe extern "C-unwind" fn slow(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            if (*record).payload[0].is_multiple_of(2) {
                wyn_sleep(fiber, 15_000, &raw const NOWHERE);
            } else {
                wyn_yield(fiber);
            }
            (*record).payload[0] += 1;
        }
    }
    static SLOW: TaskDescriptor = task("slow", slow);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..4 {
                let one = spawn(fiber, &SLOW, [round, 0, 0, 0]);
                let waiters: Vec<_> = (0..4)
                    .map(|_| {
                        wyn_future_retain(fiber, one);
                        wyn_future_mark(fiber, one);
                        spawn(fiber, &WAITER, [one as u64, 0, 0, 0])
                    })
                    .collect();
                wyn_future_release(fiber, one);
                for waiter in waiters {
                    check(take(fiber, waiter) == round + 1);
                }
            }
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::several_await_one", main, 0);
}

#[test]
fn loops_that_only_poll() {
    static STOP: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn spin(fiber: *mut Fiber, _: *mut TaskRecord) {
        while STOP.load(Relaxed) == 0 {
            unsafe { poll(fiber) };
            // An unfair schedule would never leave the loop.
            wyn_abi::sync::explored::give_way();
        }
    }
    static SPIN: TaskDescriptor = task("spin", spin);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..4 {
                wyn_future_release(fiber, spawn(fiber, &SPIN, [0; 4]));
            }
            wyn_sleep(fiber, 10_000_000, &raw const NOWHERE);
            STOP.store(1, Relaxed);
            (*record).payload[0] = 0;
        }
    }
    explore_with("tasks::loops_that_only_poll", main, 0, false);
}

/// Those who park in a scope at the same time, the first to do so there and in all scopes above, are all found by whoever cancels
/// what is further up.
#[test]
fn the_first_to_park_in_a_scope() {
    unsafe extern "C-unwind" fn inner(fiber: *mut Fiber, _: *mut TaskRecord) {
        for _ in 0..3 {
            unsafe { wyn_future_release(fiber, spawn(fiber, &FOREVER, [0; 4])) };
        }
    }
    static INNER: TaskDescriptor = task("inner", inner);
    unsafe extern "C-unwind" fn outer(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe { wyn_future_release(fiber, spawn(fiber, &INNER, [0; 4])) };
    }
    static OUTER: TaskDescriptor = task("outer", outer);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 0..8 {
                let told = spawn(fiber, &OUTER, [0; 4]);
                for _ in 0..round {
                    wyn_yield(fiber);
                }
                wyn_cancel(fiber, told, &raw const NOWHERE);
                wyn_settle(fiber, told, &raw const NOWHERE);
                wyn_future_release(fiber, told);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::the_first_to_park_in_a_scope", main, 0);
}

/// What one task has spawned in a row, and awaits, is done by others as well, though the request for tasks was made of the
/// fiber that ran before: `waker` goes on until somebody asks, on a fiber of its own, and never polls. Of the tasks that then
/// run where they were spawned each goes on only when another worker has begun one, or when all have begun.
#[test]
fn a_request_for_tasks_outlives_the_fiber_that_it_was_made_of() {
    const LEAVES: u64 = 12;
    static SPAWNER: AtomicU64 = AtomicU64::new(0);
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    static BEGUN_ELSEWHERE: AtomicU64 = AtomicU64::new(0);
    unsafe fn is_elsewhere(fiber: *mut Fiber) -> bool {
        unsafe { (*fiber).worker as u64 != SPAWNER.load(Relaxed) }
    }
    unsafe extern "C-unwind" fn leaf(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            BEGUN.fetch_add(1, Relaxed);
            let elsewhere = is_elsewhere(fiber);
            let before = BEGUN_ELSEWHERE.fetch_add(u64::from(elsewhere), Relaxed);
            while !elsewhere
                && BEGUN_ELSEWHERE.load(Relaxed) == before
                && !BEGUN.load(Relaxed).is_multiple_of(LEAVES)
            {
                poll(fiber);
                wyn_abi::sync::explored::give_way();
            }
        }
    }
    static LEAF: TaskDescriptor = task("leaf", leaf);
    unsafe extern "C-unwind" fn waker(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let wanted = &(*(*fiber).worker).tasks_wanted;
            while !is_elsewhere(fiber) && wanted.load(Relaxed) == 0 {
                wyn_abi::sync::explored::give_way();
            }
            let channel = (*record).payload[0] as *mut _;
            send(fiber, channel, 0);
            wyn_sender_release(fiber, channel);
        }
    }
    static WAKER: TaskDescriptor = task("waker", waker);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..3 {
                SPAWNER.store((*fiber).worker as u64, Relaxed);
                let woken = channel(fiber, 1);
                let leaves = [(); LEAVES as usize].map(|()| spawn(fiber, &LEAF, [0; 4]));
                let waker = spawn(fiber, &WAKER, [copy_sender(fiber, woken), 0, 0, 0]);
                check(recv(fiber, woken).is_some());
                for leaf in leaves {
                    take(fiber, leaf);
                }
                take(fiber, waker);
                wyn_sender_release(fiber, woken);
                wyn_receiver_release(fiber, woken);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::a_request_for_tasks_outlives_the_fiber_that_it_was_made_of", main, 0);
}

/// Whoever wanted tasks asked the fiber that ran then. The next one there goes on until others have begun what waits, though it neither
/// spawns nor awaits, and though nobody watches: fails if a fiber that is to run is not made to poll for a request that was made before.
#[test]
fn a_request_made_before_the_fiber_runs() {
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn begins(_: *mut Fiber, _: *mut TaskRecord) {
        BEGUN.fetch_add(1, Relaxed);
    }
    static BEGINS: TaskDescriptor = task("begins", begins);
    /// Goes on after each message until one more task has begun.
    unsafe extern "C-unwind" fn goes_on(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let [from, to, ..] = (*record).payload.map(|channel| channel as *mut _);
            while let Some(begun) = recv(fiber, from) {
                while BEGUN.load(Relaxed) != begun {
                    poll(fiber);
                    wyn_abi::sync::explored::give_way();
                }
                send(fiber, to, begun);
            }
            wyn_receiver_release(fiber, from);
            wyn_sender_release(fiber, to);
        }
    }
    static GOES_ON: TaskDescriptor = task("goes_on", goes_on);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let (to, from) = (channel(fiber, 0), channel(fiber, 0));
            let ends = [copy_receiver(fiber, to), copy_sender(fiber, from), 0, 0];
            let other = spawn(fiber, &GOES_ON, ends);
            for round in 1..=8 {
                // It waits by then, mostly.
                wyn_sleep(fiber, 2_000 * round, &raw const NOWHERE);
                let waits = spawn(fiber, &BEGINS, [0; 4]);
                send(fiber, to, round as u64);
                check(recv(fiber, from) == Some(round as u64));
                take(fiber, waits);
            }
            wyn_sender_release(fiber, to);
            take(fiber, other);
            wyn_receiver_release(fiber, to);
            wyn_sender_release(fiber, from);
            wyn_receiver_release(fiber, from);
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::a_request_made_before_the_fiber_runs", main, 0);
}

#[repr(C)]
struct Counter {
    mutex: MutexObject,
    value: u64,
}

/// How often something was added to the counter.
static ADDED: AtomicU64 = AtomicU64::new(0);

unsafe extern "C-unwind" fn locks(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let content = (*record).payload[0] as *mut u64;
        for n in 0..4 {
            wyn_lock(fiber, content.cast(), &raw const NOWHERE);
            let seen = *content;
            if n % 2 == 0 {
                wyn_yield(fiber);
            }
            *content = seen + 1;
            ADDED.fetch_add(1, Relaxed);
            wyn_unlock(fiber, content.cast());
        }
    }
}
static LOCKS: TaskDescriptor = task("locks", locks);

#[test]
fn a_mutex_of_several() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let counter: *mut Counter = Box::leak(Box::new(std::mem::zeroed()));
            (&raw mut (*counter).mutex.lock).write(Lock::new());
            let content = &raw mut (*counter).value;
            let tasks = [&LOCKS; 4].map(|desc| spawn(fiber, desc, [content as u64, 0, 0, 0]));
            let victim = spawn(fiber, &LOCKS, [content as u64, 0, 0, 0]);
            wyn_yield(fiber);
            wyn_cancel(fiber, victim, &raw const NOWHERE);
            for one in tasks {
                take(fiber, one);
            }
            wyn_settle(fiber, victim, &raw const NOWHERE);
            wyn_future_release(fiber, victim);
            wyn_lock(fiber, content.cast(), &raw const NOWHERE);
            check((16..=20).contains(&*content) && *content == ADDED.load(Relaxed));
            wyn_unlock(fiber, content.cast());
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::a_mutex_of_several", main, 0);
}

/// Fibers go on under other workers, awake or asleep, with and without tasks that wait where they are, and are told to stop on
/// the way. Nobody else wakes a worker for what is sent to it.
#[test]
fn sent_to_other_workers() {
    static ROUNDS: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn goes(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let [workers, until, first, _] = (*record).payload;
            for round in 0..until {
                let waits =
                    (round % 3 == 0 && until != u64::MAX).then(|| spawn(fiber, &DOUBLE, [round, 0, 0, 0]));
                parking::go_on_at(fiber, ((first + round) % workers) as u32);
                if let Some(one) = waits {
                    check(take(fiber, one) == 2 * round);
                }
                // One neither polls nor waits: that it was told to stop it finds out when it goes on elsewhere.
                if until == u64::MAX {
                    if (*fiber).cancel_pending.load(Relaxed) != 0 {
                        wyn_checkpoint(fiber);
                    }
                } else if round % 5 == 4 {
                    wyn_sleep(fiber, 5_000, &raw const NOWHERE);
                }
                ROUNDS.fetch_add(1, Relaxed);
            }
        }
    }
    static GOES: TaskDescriptor = task("goes", goes);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let workers = std::env::var("WYN_WORKERS").map_or(1, |text| text.parse().unwrap_or(1));
            let kept: Vec<_> = (0..3).map(|n| spawn(fiber, &GOES, [workers, 10, n, 0])).collect();
            // It would go on for ever.
            let told = spawn(fiber, &GOES, [workers, u64::MAX, 0, 0]);
            wyn_sleep(fiber, 20_000, &raw const NOWHERE);
            wyn_cancel(fiber, told, &raw const NOWHERE);
            check(wyn_settle(fiber, told, &raw const NOWHERE) == Settled::Cancelled as i64);
            wyn_future_release(fiber, told);
            for one in kept {
                wyn_await(fiber, one, &raw const NOWHERE);
                wyn_future_release(fiber, one);
            }
            check(ROUNDS.load(Relaxed) >= 30);
            // All others sleep by now, or soon.
            wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            for round in 0..6 {
                parking::go_on_at(fiber, round % workers as u32);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::sent_to_other_workers", main, 0);
}

/// Whose tasks are found to be hardly worth taking is left alone for a while, and not forgotten: the one task that follows runs elsewhere, though
/// its spawner neither spawns nor awaits any more, and though nobody watches.
#[test]
fn left_alone_and_not_forgotten() {
    static BEGUN: AtomicU64 = AtomicU64::new(0);
    unsafe extern "C-unwind" fn begins(_: *mut Fiber, _: *mut TaskRecord) {
        BEGUN.fetch_add(1, Relaxed);
    }
    static BEGINS: TaskDescriptor = task("begins", begins);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for round in 1..=6 {
                for _ in 0..8 {
                    let tiny = [(); 16].map(|()| spawn(fiber, &DOUBLE, [0; 4]));
                    // Others come to them first.
                    for _ in 0..40 {
                        poll(fiber);
                        wyn_abi::sync::explored::give_way();
                    }
                    for one in tiny {
                        take(fiber, one);
                    }
                }
                let one = spawn(fiber, &BEGINS, [0; 4]);
                while BEGUN.load(Relaxed) != round {
                    poll(fiber);
                    wyn_abi::sync::explored::give_way();
                }
                take(fiber, one);
            }
            (*record).payload[0] = 0;
        }
    }
    explore("tasks::left_alone_and_not_forgotten", main, 0);
}
