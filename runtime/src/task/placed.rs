//! Descriptors of tasks that functions of the standard library spawn. Such a task counts as spawned where the program calls
//! the function, and goes by the function's name.
//!
//! There is one for each `spawn` in the library and place of a call that it was reached from: reports tell tasks apart by their
//! descriptors. They live as long as the process, and are no more than the program has calls of such functions.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use wyn_abi::{Fiber, Location, TaskDescriptor};

use crate::fiber::{FiberCell, on_worker_stack};

/// Which `spawn`, by its own descriptor, and the place of the call.
type Key = (*const TaskDescriptor, *const Location);

/// A descriptor that was made here.
#[derive(Clone, Copy)]
struct Made(&'static TaskDescriptor);

/// A place, whichever copy: a task that was spawned by such a one counts as called where its descriptor says.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    file: usize,
    line: u32,
    column: u32,
    operation: usize,
}

/// All of them, by the address of the `spawn`'s own and the place of the call.
static ALL: LazyLock<Mutex<HashMap<(usize, Place), Made>>> = LazyLock::new(Mutex::default);

/// Those that a worker has met, so that workers do not meet at the lock.
#[derive(Default)]
pub(crate) struct Met(HashMap<Key, Made>);

/// See the table.
///
/// # Safety
/// `fiber` runs; descriptor and place are static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_at(
    fiber: *mut Fiber,
    desc: *const TaskDescriptor,
    at: *const Location,
) -> *const TaskDescriptor {
    // SAFETY: the worker is this thread's, and nobody else uses what it has met.
    unsafe {
        let met = &raw mut (*FiberCell::worker(FiberCell::of(fiber))).placed.0;
        if let Some(known) = (*met).get(&(desc, at)) {
            return known.0;
        }
        on_worker_stack(fiber, || {
            let made = made(desc, at);
            (*met).insert((desc, at), made);
            made.0
        })
    }
}

/// The descriptor of the tasks that this `spawn` gives where the program calls the library at this place.
///
/// # Safety
/// As for `wyn_task_at`.
unsafe fn made(desc: *const TaskDescriptor, at: *const Location) -> Made {
    // SAFETY: by contract.
    let at = unsafe { *at };
    let file = at.file.ptr.addr();
    let place = Place { file, line: at.line, column: at.column, operation: at.operation.ptr.addr() };
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    *all.entry((desc.addr(), place)).or_insert_with(|| {
        // SAFETY: by contract; what a descriptor consists of may be copied.
        let desc = unsafe { desc.read() };
        let name = if at.operation.as_str().is_empty() { desc.name } else { at.operation };
        Made(Box::leak(Box::new(TaskDescriptor { name, spawned_at: at, ..desc })))
    })
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::report::tests::{DESC, call};

    #[test]
    fn a_task_of_the_library_is_one_of_the_place_that_calls_it() {
        static CALL: Location = call(3, "par_map");
        static OTHER: Location = call(4, "par_map");
        // SAFETY: descriptor and places are static.
        let of = |at| unsafe { made(&raw const DESC, at) }.0;
        let first = of(&raw const CALL);
        assert_eq!(first.to_string(), "par_map, spawned at a.wyn:3");
        assert_eq!(of(&raw const OTHER).to_string(), "par_map, spawned at a.wyn:4");
        // What it spawns in turn was called where it was.
        assert!(ptr::eq(of(&raw const first.spawned_at), first));
    }
}
