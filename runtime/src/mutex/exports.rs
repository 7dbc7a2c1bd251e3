//! The slow rows of the ABI table: the operations on the shipping scheduler.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::missing_safety_doc,
    reason = "exported to compiled code; the rows of the ABI table are the documentation"
)]

use std::ptr;

use wyn_abi::mutex::{Lock, MutexObject, QUEUED, sig};
use wyn_abi::sync::Ordering::Relaxed;
use wyn_abi::{Fiber, Location, check_slow_rows};
use wyn_hot::mutex::{try_lock, wyn_unlock};
use wyn_hot::object::wyn_alloc;

use super::operate::{self, Locked};
use crate::channel::fibers::Fibers;
use crate::panic::panic_with;
use crate::sched::{self, parking};
use crate::unwind;

wyn_abi::mutex_rows!(check_slow_rows);

/// Looks at a held mutex before a fiber parks, when another worker may be about to give it up: about as long as a
/// short critical section takes, and less than parking does.
const LOOKS: u32 = 32;

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
        if parking::cancel_pending(fiber) {
            return Locked::Cancelled;
        }
        if !look(&*lock) && operate::lock::<Fibers>(fiber, lock) == Locked::Cancelled {
            return Locked::Cancelled;
        }
        // ORDER: Relaxed; for reports.
        (*lock).holder.store((*fiber).task, Relaxed);
        Locked::Done
    }
}

/// Takes the lock if it becomes free while nobody waits for it.
fn look(lock: &Lock) -> bool {
    if sched::runtime().is_none_or(|runtime| runtime.workers.len() == 1) {
        return try_lock(lock);
    }
    for _ in 0..LOOKS {
        if try_lock(lock) {
            return true;
        }
        // ORDER: Relaxed; a hint.
        if lock.word.load(Relaxed) & QUEUED != 0 {
            return false;
        }
        std::hint::spin_loop();
    }
    false
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
