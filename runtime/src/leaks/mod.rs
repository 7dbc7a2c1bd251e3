//! What a program leaves behind: objects, channels, tasks, scopes and fibers that nobody gave back.
//!
//! `WYN_LEAKS` in the environment asks for it. When the program has ended in an orderly way and something is left, a
//! report on stderr says what, how often and where it was made, and names cycles that keep themselves alive; the exit code
//! is [`LEAKED`].
//!
//! * `registry`: what is alive, with the place where it was made
//! * `place`: the line of the program that is being run
//! * `records`: task records that are not free
//! * `graph`: what holds what; cycles
//! * `text`: the form
//!
//! *Without `WYN_LEAKS` nothing is recorded*, and the fast paths do not look whether it is asked for: with
//! `WYN_LEAKS=1` each worker's lists of free memory stay empty and count as full, so that every fast path takes its slow
//! one, which looks. `WYN_LEAKS=count` leaves the fast paths as they are, and tells less: no places, no cycles.

mod graph;
mod place;
pub(crate) mod records;
pub(crate) mod registry;
mod text;

use std::sync::OnceLock;

use wyn_abi::Fiber;

use crate::fiber::region::region;
use crate::fiber::{FiberCell, status};
use crate::object::live;
use crate::sched::Runtime;
use crate::sched::exit::LEAKED;
use crate::sched::worker::Worker;
use crate::sync::Ordering;
use crate::task::scope;
use crate::unwind::lines;
use text::Left;

/// What the environment asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Off,
    /// How many, by type.
    Count,
    /// And where they were made.
    Places,
}

fn mode() -> Mode {
    static MODE: OnceLock<Mode> = OnceLock::new();
    *MODE.get_or_init(|| match std::env::var_os("WYN_LEAKS") {
        Some(value) if value == "1" => Mode::Places,
        Some(value) if value == "count" => Mode::Count,
        _ => Mode::Off,
    })
}

/// Whether the environment asks for a report.
pub(crate) fn wanted() -> bool {
    mode() != Mode::Off
}

/// Whether everything that is made is registered with its place.
pub(crate) fn registers() -> bool {
    mode() == Mode::Places
}

/// Gets ready to register, if that is asked for: before the program begins.
pub(crate) fn prepare() {
    if registers() {
        lines::prepare();
    }
}

/// Says what is left; gives the exit code if that is anything.
///
/// # Safety
/// All workers have stopped. `fiber` is one on `worker`, which has an open heap of the program and is on this thread.
pub(crate) unsafe fn check(runtime: &Runtime, worker: *mut Worker, fiber: *mut Fiber) -> Option<i32> {
    let workers = runtime.workers.iter().map(|shared| shared.worker()).chain([worker]);
    let workers: Vec<*mut Worker> = workers.filter(|worker| !worker.is_null()).collect();
    let mut left = Left::default();
    // SAFETY: by contract.
    unsafe {
        let records = records::find(&workers);
        if registers() {
            graph::describe(fiber, &registry::all(), &records.left, &mut left);
        } else {
            for record in records.left {
                left.add(format!("task {}", *(*record).desc), None);
            }
            for (desc, count) in live::by_type(runtime.program.types) {
                left.add_many(count, graph::object_name(desc).0);
            }
            left.add_many(crate::channel::live_channels(), "channel".to_owned());
            left.add_many(scope::left(&workers), "scope".to_owned());
        }
        left.add_many(records.used_afterwards, "task that was used after it was given back".to_owned());
        left.add_many(fibers(), "fiber that has not come back".to_owned());
    }
    let report = left.report(registers())?;
    crate::panic::write_stderr(&report);
    Some(LEAKED)
}

/// How many fibers are in no pool.
fn fibers() -> usize {
    let pooled = |cell: &*mut FiberCell| {
        // SAFETY: of a slot that was handed out. What was never written says that it is pooled.
        // ORDER: Relaxed; all workers have stopped.
        unsafe { (**cell).status.load(Ordering::Relaxed) == status::POOLED }
    };
    region().cells().filter(|cell| !pooled(cell)).count()
}

/// Ends the process: something was given back that is not there, so memory can no longer be trusted.
#[cold]
pub(crate) fn given_back_twice(what: &str) -> ! {
    crate::panic::write_stderr(&format!("leaks: given back twice: {what}; this is a mistake of Wyn's\n"));
    // SAFETY: ends the process.
    unsafe { libc::_exit(LEAKED) }
}
