//! Who seems to have an end of a channel that somebody waits at.
//!
//! Nobody counts which task has which handle: that would cost something at every move. But an end that a blocked task has
//! lies on its stack, if it does not lie in an object, a mutex, or a channel. So the stacks of all parked tasks are
//! searched for the channel's address, word by word.
//!
//! What is found is a hint, and said as one. Both ends of a channel have one address: who waits to receive has a
//! receiver, and any other task that has the address is taken to have the end that is missed. A word may be left over
//! from an end that was moved on. What is not found may lie in an object.
//!
//! Tasks that run on top of those that await them share a stack, and what is known of the border between two is the
//! address of the upper one's [`RunFrame`](wyn_abi::RunFrame). That may lie anywhere among what the awaiting function keeps there: ends
//! that this has may be taken for the upper one's. So if nobody is found but such a task that waits itself, then the one
//! who awaits it may have the end, and nothing is said.

use std::collections::{HashMap, HashSet};

use wyn_abi::channel::Channel;

use super::tasks::Tasks;
use crate::fiber::FiberCell;
use crate::fiber::region::region;

/// What a channel is aligned to.
const ALIGN: usize = align_of::<Channel>();

/// A task on whose stack a channel's address lies.
#[derive(Clone, Copy, PartialEq)]
struct Holder {
    task: usize,
    /// It runs on top of one that awaits it, who may have what was found.
    nested: bool,
}

/// Those on whose stacks a channel's address lies, each once.
type Found = HashMap<*const Channel, Vec<Holder>>;

/// Finds who seems to have the ends of the channels that these tasks wait at.
///
/// # Safety
/// Nothing runs, and nothing will.
pub(super) unsafe fn find(tasks: &mut Tasks) {
    let waits = || tasks.list.iter().flat_map(|task| task.doing.channels());
    let mut found: Found = waits().map(|(view, _)| (view.channel, Vec::new())).collect();
    if !found.is_empty() {
        for cell in region().cells() {
            // SAFETY: of a slot that was handed out; a parked fiber stays so.
            unsafe {
                if (*cell).word.pin().is_some() {
                    search(cell, tasks, &mut found);
                    (*cell).word.unpin();
                }
            }
        }
    }
    let waits: HashSet<_> = waits().map(|(view, receives)| (view.channel, receives)).collect();
    tasks.ends =
        waits.into_iter().filter_map(|wait| Some((wait, others(tasks, &found[&wait.0], wait)?))).collect();
}

/// Those who have the channel and do not wait for the same; none when that may be one who was taken for such a one.
fn others(tasks: &Tasks, holders: &[Holder], wait: (*const Channel, bool)) -> Option<Vec<usize>> {
    let waits_alike = |holder: &Holder| {
        let mut waits = tasks.list[holder.task].doing.channels();
        waits.any(|(view, receives)| (view.channel, receives) == wait)
    };
    let others: Vec<usize> =
        holders.iter().filter(|holder| !waits_alike(holder)).map(|holder| holder.task).collect();
    let unsure = others.is_empty() && holders.iter().any(|holder| holder.nested);
    (!unsure).then_some(others)
}

/// Searches the stack of a fiber.
///
/// # Safety
/// The fiber is pinned.
unsafe fn search(cell: *mut FiberCell, tasks: &Tasks, found: &mut Found) {
    // SAFETY: by contract: what is in use of a stack can be read, and the frames of the tasks lie there.
    unsafe {
        let mut frame = (*cell).hot.frame;
        for part in FiberCell::stack_in_use(cell) {
            for at in part.clone().step_by(size_of::<usize>()) {
                let word = (at as *const usize).read_volatile();
                if !word.is_multiple_of(ALIGN) {
                    continue;
                }
                let Some(holders) = found.get_mut(&(word as *const Channel)) else { continue };
                // The frames of tasks that await the innermost one lie further up.
                while !frame.is_null() && part.contains(&(frame as usize)) && (frame as usize) < at {
                    frame = (*frame).outer;
                }
                let task = if frame.is_null() { None } else { tasks.position((*frame).record) };
                let holder = task.map(|task| Holder { task, nested: !(*frame).outer.is_null() });
                if let Some(holder) = holder.filter(|holder| holders.last() != Some(holder)) {
                    holders.push(holder);
                }
            }
        }
    }
}
