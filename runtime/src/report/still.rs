//! When nothing can happen any more: the report that ends the program.
//!
//! Only running fibers, timers, and calls to the outside world that end wake fibers. So when all workers sleep, no timer
//! is set, no call is under way and no queue holds anything, all at one moment, no fiber will ever be woken.
//!
//! *It is one moment.* [`nothing_can_happen`] looks at the conditions between two looks at the list of sleepers, which has
//! everybody in it both times, and at how often fibers were resumed: as often before the first look as after the second.
//! A worker that resumed a fiber between the two had left the list, and entered it again, both under the lock of the
//! list: so the second reading would have seen it, and the first had not. So no fiber ran between the two, and without a
//! running fiber timers and calls become no more; what they had woken was in a queue before they counted as gone.

use crate::fiber::FiberCell;
use crate::fiber::region::region;
use crate::sched::{Runtime, exit};
use crate::sync::{Ordering, fence};
use crate::task::detach;

use super::tasks::Tasks;
use super::{circles, ends, text};

/// Ends the process if nothing can happen any more, with a report unless only detached tasks are left; returns otherwise. Called by a worker that has entered
/// the list of sleepers as the last one.
pub(crate) fn look(runtime: &Runtime) {
    if nothing_can_happen(runtime) {
        if runtime.detached.told_to_stop() {
            detach::abandon(runtime);
        }
        end()
    }
}

fn nothing_can_happen(runtime: &Runtime) -> bool {
    let workers = runtime.workers.len();
    let before = runtime.turns();
    runtime.idle.everybody_sleeps(workers)
        && runtime.timers.is_empty()
        && !crate::io::blocking::under_way()
        && !runtime.has_work()
        && runtime.idle.everybody_sleeps(workers)
        && runtime.turns() == before
}

/// Something that could have woken fibers is over. If it was the last, and everybody fell asleep before it was counted as
/// over, nobody has looked since: a worker is woken to look again.
///
/// *Nobody is missed.* The caller takes back its count, fence, looks for sleepers; a worker enters the list of sleepers,
/// then looks at the counts. One of the two sees the other.
pub(crate) fn look_again(runtime: &Runtime) {
    fence(Ordering::SeqCst);
    if runtime.idle.sleeping() as usize == runtime.workers.len()
        && let Some(worker) = runtime.idle.take_any()
    {
        runtime.workers[worker as usize].signal.notify();
    }
}

fn end() -> ! {
    let _reporting = super::one_at_a_time();
    let mut tasks = Tasks::default();
    tasks.still = true;
    for base in region().slots() {
        // SAFETY: a slot that was handed out.
        unsafe { tasks.add_parked(FiberCell::in_slot(base), |_| true) };
    }
    // SAFETY: nothing runs, and nothing will.
    unsafe { ends::find(&mut tasks) };
    let circles = circles::find(&tasks);
    let text = text::report("deadlock: no task can go on", &tasks, &circles);
    crate::io::flush();
    crate::panic::write_stderr(&text);
    exit::leave(exit::DEADLOCK)
}
