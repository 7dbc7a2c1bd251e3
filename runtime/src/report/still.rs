//! When nothing can happen any more ([`standstill`]): the report that ends the program.

use crate::fiber::region::region;
use crate::sched::{Runtime, exit, standstill};
use crate::task::detach;

use super::tasks::Tasks;
use super::{circles, ends, text};

/// Ends the process if nothing can happen any more, with a report unless only detached tasks are left; returns otherwise.
/// Called by a worker that has entered the list of sleepers as the last one.
pub(crate) fn look(runtime: &Runtime) {
    if nothing_can_happen(runtime) {
        if runtime.detached.told_to_stop() {
            detach::abandon(runtime);
        }
        end()
    }
}

fn nothing_can_happen(runtime: &Runtime) -> bool {
    let all_kept = || runtime.timers.is_empty() && !crate::io::blocking::under_way();
    // What was sent to one worker is seen by that one alone when it falls asleep, which it may not have come to yet.
    let queued = || runtime.has_work() || runtime.has_mail();
    let turns = || runtime.turns();
    standstill::is_reached(&runtime.idle, runtime.workers.len(), turns, all_kept, queued)
}

/// What was promised from outside of fibers has happened: if that was the end, somebody has to find out.
pub(crate) fn look_again(runtime: &Runtime) {
    if let Some(worker) = standstill::look_again(&runtime.idle, runtime.workers.len()) {
        runtime.workers[worker as usize].signal.notify();
    }
}

fn end() -> ! {
    let _reporting = super::one_at_a_time();
    let mut tasks = Tasks::default();
    tasks.still = true;
    for cell in region().cells() {
        // SAFETY: of a slot that was handed out.
        unsafe { tasks.add_parked(cell, |_| true) };
    }
    // SAFETY: nothing runs, and nothing will.
    unsafe { ends::find(&mut tasks) };
    let circles = circles::find(&tasks);
    let text = text::report("deadlock: no task can go on", &tasks, &circles);
    crate::io::flush();
    crate::panic::write_stderr(&text);
    exit::leave(exit::DEADLOCK)
}
