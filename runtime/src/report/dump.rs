//! What all tasks do now, on SIGQUIT; the program goes on.

use std::time::{Duration, Instant};

use wyn_abi::TaskRecord;

use super::tasks::{Doing, Name, Task, Tasks};
use super::{circles, text};
use crate::fiber::FiberCell;
use crate::fiber::region::region;
use crate::fiber::status;
use crate::sched::Runtime;
use crate::sched::shared::Shared;
use crate::sync::Ordering;

/// How long the report waits for fibers to name what they run.
const PATIENCE: Duration = Duration::from_millis(2);

/// Writes the report to stderr. On the monitor's thread.
pub(crate) fn write(runtime: &Runtime) {
    let text = {
        let _reporting = super::one_at_a_time();
        name_running(runtime);
        let mut tasks = Tasks::default();
        for cell in region().cells() {
            // SAFETY: of a slot that was handed out.
            unsafe {
                if !tasks.add_parked(cell, |_| true)
                    && let Some(task) = at_work(cell)
                {
                    tasks.add(task);
                }
            }
        }
        let heading = heading(&tasks, runtime.new_tasks());
        let circles = circles::find(&tasks);
        text::report(&heading, &tasks, &circles)
    };
    crate::panic::write_stderr(&(text + "\n"));
}

/// Asks the fibers that run for a poll, which gives their latent tasks records; waits a little for those that have such tasks.
fn name_running(runtime: &Runtime) {
    runtime.poison_running();
    let until = Instant::now() + PATIENCE;
    while runtime.workers.iter().any(Shared::has_latent) && Instant::now() < until {
        std::thread::yield_now();
    }
}

fn heading(tasks: &Tasks, new: usize) -> String {
    let count = |doing| tasks.list.iter().filter(|task| task.doing == doing).count();
    let (running, ready) = (count(Doing::Runs), count(Doing::Ready));
    let waiting = tasks.list.len() - running - ready;
    let mut text = format!("tasks: {running} running, {ready} ready to run, {waiting} waiting");
    if new > 0 {
        text.push_str(&format!(", about {new} not begun"));
    }
    text
}

/// The task whose code runs on a fiber that is not parked, or will. The tasks below it, which await it on the same stack,
/// cannot be read while the stack is in use.
unsafe fn at_work(cell: *mut FiberCell) -> Option<Task> {
    // SAFETY: the cell of a slot that was handed out. The fiber's worker may write the word meanwhile, which is read whole, once; the record
    // may be another task's by now, or free, and is never unmapped.
    unsafe {
        // ORDER: Relaxed; for people.
        let doing = match (*cell).status.load(Ordering::Relaxed) {
            status::RUNNING => Doing::Runs,
            status::QUEUED => Doing::Ready,
            _ => return None,
        };
        let record: *mut TaskRecord = (&raw const (*cell).hot.task).read_volatile();
        let (at, scope) = (std::ptr::null(), std::ptr::null_mut());
        (!record.is_null()).then(|| Task { name: Name::of(record), doing, at, scope, host: None })
    }
}
