//! The slow rows of the ABI table: the operations on the shipping scheduler.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::missing_safety_doc,
    reason = "exported to compiled code; the rows of the ABI table are the documentation"
)]

use std::ptr;

use wyn_abi::mutex::{LOCKED, Lock, MutexObject, sig};
use wyn_abi::sync::Ordering::Relaxed;
use wyn_abi::{Fiber, Location, check_slow_rows};
use wyn_hot::mutex::{sign, try_lock, wyn_unlock};
use wyn_hot::object::wyn_alloc;

use super::operate::{self, Locked};
use crate::channel::fibers::Fibers;
use crate::fiber::FiberCell;
use crate::panic::panic_with;
use crate::sched::{self, parking};
use crate::task::latent;
use crate::time;
use crate::unwind;

wyn_abi::mutex_rows!(check_slow_rows);

/// The least and the most ticks for which a task stays away from a held mutex, some 0.2 and 14 µs. The least is about
/// what a short critical section takes, and less than parking does.
const STAY_AWAY: (u64, u64) = (500, 32_000);
/// Ticks between two critical sections of those who have nothing else to do.
const BUSY: u64 = 250;
/// How often a task comes back to a mutex before it parks.
const VISITS: u32 = 8;
/// Looks at a mutex on coming back.
const LOOKS: u32 = 128;

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_mutex_new(
    fiber: *mut Fiber,
    type_index: u32,
    value: *const u8,
    size: usize,
) -> *mut MutexObject {
    // SAFETY: a fresh object of this size; nobody else has it.
    unsafe {
        let mutex = wyn_alloc(fiber, MutexObject::CONTENT + size, type_index).cast::<MutexObject>();
        (&raw mut (*mutex).lock).write(Lock::new());
        ptr::copy_nonoverlapping(value, mutex.cast::<u8>().add(MutexObject::CONTENT), size);
        mutex
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_lock(
    fiber: *mut Fiber,
    mutex: *mut MutexObject,
    at: *const Location,
) {
    // SAFETY: the caller holds a handle; locations are static.
    unsafe {
        parking::waits_at(fiber, at);
        if take(fiber, &raw const (*mutex).lock) == Locked::Cancelled {
            unwind::cancel(fiber);
        }
    }
}

/// Takes one lock; waits for it.
unsafe fn take(fiber: *mut Fiber, lock: *const Lock) -> Locked {
    // SAFETY: the caller has a handle; the fiber runs, so its task is alive.
    unsafe {
        latent::record(FiberCell::of(fiber));
        if parking::cancel_pending(fiber) {
            return Locked::Cancelled;
        }
        if operate::lock::<Fibers>(fiber, lock, look) == Locked::Cancelled {
            return Locked::Cancelled;
        }
        sign(&*lock, fiber);
        Locked::Done
    }
}

/// Takes the lock if it becomes free soon.
///
/// Two workers that take turns at a mutex move it, and all that it guards, from one cache to the other each time, which
/// costs several times what a short critical section does. So whoever finds it held keeps away from it, for as long as
/// others get much done there, up to a limit; then takes it, so that the others keep away. Where they do not get much
/// done, it is not the mutex that limits, and a task that stays away gains nothing.
fn look(lock: &Lock) -> bool {
    if sched::runtime().is_none_or(|runtime| runtime.workers.len() == 1) {
        return try_lock(lock);
    }
    let (least, most) = STAY_AWAY;
    let mut looks = 1;
    let mut visits = 0;
    loop {
        for _ in 0..looks {
            // ORDER: Relaxed; a hint, the exchange decides: one that fails would take the holder's cache line away.
            if lock.word.load(Relaxed) & LOCKED == 0 && try_lock(lock) {
                return true;
            }
            std::hint::spin_loop();
        }
        let mut ticks = least;
        while stay_away(lock, ticks) {
            if ticks >= most {
                break;
            }
            ticks *= 2;
        }
        // Who has stayed away for long means to have it.
        let long = ticks >= most;
        looks = if long { LOOKS } else { 1 };
        visits += if long { 1 } else { 4 };
        if visits > VISITS {
            return false;
        }
    }
}

/// Keeps away from a mutex for so long; whether others got much done there meanwhile.
fn stay_away(lock: &Lock, ticks: u64) -> bool {
    // ORDER: Relaxed, both; a hint.
    let before = lock.taken.load(Relaxed);
    let start = time::ticks();
    while time::ticks().wrapping_sub(start) < ticks {
        std::hint::spin_loop();
    }
    u64::from(lock.taken.load(Relaxed).wrapping_sub(before)) * BUSY > ticks
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_lock_all(
    fiber: *mut Fiber,
    contents: *mut *mut u8,
    count: usize,
    at: *const Location,
) {
    // SAFETY: compiled code passes the contents of `count` mutexes that it has handles of.
    unsafe {
        let locks = std::slice::from_raw_parts_mut(contents.cast::<*const Lock>(), count);
        for lock in &mut *locks {
            *lock = &raw const (*MutexObject::of_content(lock.cast_mut().cast())).lock;
        }
        locks.sort_unstable();
        if locks.windows(2).any(|pair| pair[0] == pair[1]) {
            panic_with(fiber, at, || "`lock` names the same mutex twice".into());
        }
        let give_up =
            |lock: *const Lock| wyn_unlock(fiber, MutexObject::of_lock(lock).add(MutexObject::CONTENT));
        parking::waits_at(fiber, at);
        if operate::lock_all(locks, |lock| take(fiber, lock), give_up) == Locked::Cancelled {
            unwind::cancel(fiber);
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_unlock(fiber: *mut Fiber, mutex: *mut MutexObject) {
    // SAFETY: the task holds the mutex.
    unsafe { operate::unlock::<Fibers>(fiber, &raw const (*mutex).lock) }
}
