//! Who waits for whose mutex, among tasks that hold one themselves: only they can come to wait in a circle.
//!
//! A task is entered before it parks and taken out before it says that it holds what it waited for. So while a task is
//! in here it does nothing, and what it holds it keeps: a circle that is found is one, and stays one until somebody
//! is cancelled.

use std::sync::{Mutex, PoisonError};

use wyn_abi::mutex::Lock;
use wyn_abi::sync::Ordering::Relaxed;
use wyn_abi::{Location, TaskRecord};

use crate::sched::deadlock;

/// One waiting task.
struct Wait {
    task: *mut TaskRecord,
    lock: *const Lock,
    at: *const Location,
}

// SAFETY: addresses; what they lead to is looked at under the lock, while the task waits.
unsafe impl Send for Wait {}

static WAITS: Mutex<Vec<Wait>> = Mutex::new(Vec::new());

/// A task that holds a mutex begins to wait for one; gives what is to be said if that closes a circle.
///
/// # Safety
/// The task runs, and has a handle of the mutex until it has left; `at` is null or static.
pub(super) unsafe fn enter(task: *mut TaskRecord, lock: *const Lock, at: *const Location) -> Option<String> {
    let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
    waits.push(Wait { task, lock, at });
    let mut circle = vec![waits.len() - 1];
    loop {
        let last = &waits[circle[circle.len() - 1]];
        // ORDER: Relaxed; a holder that waits was entered after it had written this.
        // SAFETY: a task that is entered keeps its mutex alive.
        let holder = unsafe { (*last.lock).holder.load(Relaxed) };
        if holder == task {
            let circle = circle.iter().map(|wait| (waits[*wait].task, waits[*wait].at));
            // SAFETY: tasks that wait are alive.
            return Some(unsafe { deadlock::of_a_circle(&circle.collect::<Vec<_>>()) });
        }
        let next = waits.iter().position(|wait| wait.task == holder)?;
        if circle.contains(&next) {
            // A circle that was told when it was closed; this task is not in it.
            return None;
        }
        circle.push(next);
    }
}

/// The task waits no more.
pub(super) fn leave(task: *mut TaskRecord) {
    let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = waits.iter().position(|wait| wait.task == task) {
        waits.swap_remove(at);
    }
}
