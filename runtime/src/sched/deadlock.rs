//! The report when everything is blocked for good.
//!
//! Requires: all workers sleep, no timer is set, no queue holds anything, and the program has not ended; then no
//! fiber can ever be woken, because only running fibers, timers and the end of a foreign call wake fibers.

use std::fmt::Write as _;

use wyn_abi::mutex::LockWaiter;
use wyn_abi::{Location, TaskRecord};

use super::parking::WaitFor;
use super::{Runtime, exit};
use crate::fiber::region::region;
use crate::fiber::{FiberCell, status};
use crate::sync::{Ordering, fence};

/// Fibers listed at most.
const LISTED: usize = 20;

/// Prints what every parked task waits for, and ends the process; returns when there is work after all.
pub(crate) fn report_and_exit(runtime: &Runtime) {
    if crate::io::blocking::under_way() {
        return;
    }
    // A worker that somebody has woken meanwhile left the sleepers before the reason for it was over.
    fence(Ordering::SeqCst);
    if runtime.idle.sleeping() as usize != runtime.workers.len() || runtime.has_work() {
        return;
    }
    let mut text = String::from("deadlock: every task waits for something that cannot happen\n");
    let mut blocked = 0;
    for base in region().slots() {
        let cell = FiberCell::in_slot(base);
        // SAFETY: slots handed out hold a cell; the world stands still.
        unsafe {
            // ORDER: Acquire; sees what the fiber wrote before it parked.
            if (*cell).status.load(Ordering::Acquire) != status::PARKED || !(*cell).word.is_waiting() {
                continue;
            }
            blocked += 1;
            if blocked <= LISTED {
                describe(&mut text, (*cell).hot.task, (*cell).wait);
            }
        }
    }
    if blocked > LISTED {
        let _ = writeln!(text, "  and {} more", blocked - LISTED);
    }
    if blocked == 0 {
        text.push_str("  main has ended, but tasks of its scope cannot end\n");
    }
    crate::io::flush();
    crate::panic::write_stderr(&text);
    exit::leave(exit::DEADLOCK)
}

/// One line: `  task NAME spawned at FILE:LINE waits ...`.
unsafe fn describe(text: &mut String, record: *mut TaskRecord, wait: WaitFor) {
    if record.is_null() {
        return;
    }
    // SAFETY: a parked fiber's task is alive, and so is the waiter on its stack.
    unsafe {
        let _ = match wait {
            WaitFor::Lock(waiter) => {
                writeln!(text, "  {} waits {}", name(record), for_a_mutex(record, &*waiter))
            }
            wait => writeln!(text, "  {} waits {}", name(record), wait.text()),
        };
    }
}

/// `NAME`, or `task NAME spawned at FILE:LINE`.
///
/// # Safety
/// The task is alive.
unsafe fn name(record: *mut TaskRecord) -> String {
    // SAFETY: descriptors are static.
    let desc = unsafe { &*(*record).desc };
    let (name, at) = (desc.name.as_str(), desc.spawned_at);
    if at.line == 0 {
        name.to_owned()
    } else {
        format!("task {name} spawned at {}:{}", at.file.as_str(), at.line)
    }
}

/// Continues the sentence "waits ..." for a task that waits for a mutex.
unsafe fn for_a_mutex(record: *mut TaskRecord, waiter: &LockWaiter) -> String {
    // SAFETY: the parked fiber's handle keeps the mutex, whose holder is alive; locations are static.
    unsafe {
        let at = waiter.at.as_ref().map(place).unwrap_or_default();
        // ORDER: Relaxed; the world stands still.
        let holder = (*waiter.lock).holder.load(Ordering::Relaxed);
        let held = if holder == record {
            " that it holds itself".to_owned()
        } else if holder.is_null() {
            String::new()
        } else {
            format!(" that {} holds", name(holder))
        };
        format!("in `lock`{at} for a mutex{held}")
    }
}

fn place(at: &Location) -> String {
    if at.line == 0 { String::new() } else { format!(" at {}:{}", at.file.as_str(), at.line) }
}

/// What is said when tasks come to wait in a circle, each for a mutex that the next one holds: they wait for good,
/// whatever others do. Each with the place where it waits.
///
/// # Safety
/// The tasks are alive, and the places null or static.
pub(crate) unsafe fn of_a_circle(circle: &[(*mut TaskRecord, *const Location)]) -> String {
    let mut text = match circle.len() {
        1 => String::from("deadlock: a task waits for a mutex that it holds itself\n"),
        count => format!("deadlock: {count} tasks wait in a circle for each other's mutexes\n"),
    };
    for (at, (task, place_of)) in circle.iter().enumerate() {
        // SAFETY: the caller's promise.
        let (waits, holds, place) = unsafe {
            let next = circle[(at + 1) % circle.len()].0;
            (name(*task), name(next), place_of.as_ref().map(place).unwrap_or_default())
        };
        let held = if circle.len() == 1 { String::new() } else { format!(" for a mutex that {holds} holds") };
        let _ = writeln!(text, "  {waits} waits in `lock`{place}{held}");
    }
    text
}
