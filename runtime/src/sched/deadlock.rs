//! The report when everything is blocked for good.
//!
//! Requires: all workers sleep, no timer is set, no queue holds anything, and the program has not ended; then no
//! fiber can ever be woken, because only running fibers, timers and the end of a foreign call wake fibers.

use std::fmt::Write as _;

use wyn_abi::TaskRecord;

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
                describe(&mut text, (*cell).hot.task, (*cell).wait.text());
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
unsafe fn describe(text: &mut String, record: *mut TaskRecord, waits: &str) {
    if record.is_null() {
        return;
    }
    // SAFETY: a parked fiber's task is alive, its descriptor static.
    let desc = unsafe { &*(*record).desc };
    let name = desc.name.as_str();
    let at = desc.spawned_at;
    let _ = if at.line == 0 {
        writeln!(text, "  {name} waits {waits}")
    } else {
        writeln!(text, "  task {name} spawned at {}:{} waits {waits}", at.file.as_str(), at.line)
    };
}
