//! The timers of the program: what they wake, and who fires them.
//!
//! A timer wakes one park of a fiber, or is a block's deadline. One that comes up while its fiber is being woken otherwise
//! does nothing, because it names its park. A fiber that was woken otherwise stops its timer: a select with a time limit, in
//! a loop, leaves nothing behind. Deadlines are told in [`deadline`](crate::task::deadline).
//!
//! Timers are fired by workers between two tasks, by the timekeeper when it wakes for them, and by the monitor when all
//! workers are busy.

use std::time::Duration;

use super::keeper::Keeper;
use super::now;
use super::shards::{NEVER, Shards, Timer};
use crate::fence;
use crate::fiber::FiberCell;
use crate::report;
use crate::sched::Runtime;
use crate::sched::word::Ticket;
use crate::task::deadline::Deadline;
use crate::task::scope::ScopeCell;

/// How many timers are taken at once: as long as that the shard's worker waits.
const BATCH: usize = 64;

/// What happens at a time.
#[derive(Clone, Copy)]
enum Due {
    /// A fiber is woken if it is still in this park.
    Wake(*mut FiberCell, Ticket),
    /// A block's deadline passes.
    Deadline(*mut ScopeCell),
}

// SAFETY: cells are never unmapped, and are woken by whoever claims them; a scope waits for its deadline.
unsafe impl Send for Due {}
// SAFETY: as above; what is due is looked at by who has taken it out.
unsafe impl Sync for Due {}

/// All timers.
pub(crate) struct Timers {
    shards: Shards<Due>,
    /// The sleeping worker that wakes up for the next one.
    pub(crate) keeper: Keeper,
}

impl Timers {
    pub(crate) fn new(workers: usize) -> Timers {
        Timers { shards: Shards::new(workers), keeper: Keeper::new() }
    }

    /// Whether no fiber will be woken by time. False while one is being woken.
    pub(crate) fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// Whether a timer may be due.
    pub(crate) fn is_due(&self) -> bool {
        let next = self.shards.next();
        next != NEVER && next <= now()
    }

    /// No timer is due before so long, if there are any.
    pub(crate) fn until_next(&self) -> Option<Duration> {
        let next = self.shards.next();
        (next != NEVER).then(|| Duration::from_nanos(next.saturating_sub(now())))
    }

    /// Wakes a fiber at this time if it is still in this park. The timer lies in the fiber until it goes on.
    ///
    /// # Safety
    /// The fiber is parking on this worker, and not claimable before this call.
    pub(crate) unsafe fn start_wake(&self, runtime: &Runtime, cell: *mut FiberCell, at: u64) {
        // SAFETY: by contract; nobody else reads the timer before the fiber has been woken.
        unsafe {
            let due = Due::Wake(cell, (*cell).word.ticket());
            let shard = (*FiberCell::worker(cell)).shared.index as usize;
            self.start(runtime, shard, at, due, &raw mut (*cell).timer);
        }
    }

    /// Fires the deadline of a block at this time. The timer is written to `place`.
    ///
    /// # Safety
    /// The fiber runs, and has just opened the block; `place` is its own.
    pub(crate) unsafe fn start_deadline(
        &self,
        runtime: &Runtime,
        cell: *mut FiberCell,
        scope: *mut ScopeCell,
        at: u64,
        place: *mut Option<Timer>,
    ) {
        // SAFETY: by contract.
        unsafe {
            let shard = (*FiberCell::worker(cell)).shared.index as usize;
            self.start(runtime, shard, at, Due::Deadline(scope), place);
        }
    }

    /// # Safety
    /// As for `Shards::start`.
    unsafe fn start(&self, runtime: &Runtime, shard: usize, at: u64, due: Due, place: *mut Option<Timer>) {
        // SAFETY: by contract.
        let first = unsafe { self.shards.start(shard, at, due, place) };
        if first && let Some(keeper) = self.keeper.told() {
            runtime.workers[keeper as usize].signal.notify();
        }
        // Before the look whether the monitor sleeps; its partner is the fence before the monitor's last look around.
        fence::light();
        runtime.monitor.arm_if_asleep(runtime);
    }

    /// Forgets a timer, unless its time has come; whether it did. Called by the fiber that it would wake, when it has
    /// been woken otherwise, or by the owner of the block.
    pub(crate) fn stop(&self, timer: Timer) -> bool {
        self.shards.stop(timer)
    }

    /// Does all whose time has come; whether there was anything. Its batches take some 4 KB of stack.
    #[inline(never)]
    pub(crate) fn fire_due(&self, runtime: &Runtime) -> bool {
        if self.shards.next() == NEVER {
            return false;
        }
        let time = now();
        let mut fired = false;
        for shard in self.shards.due(time) {
            loop {
                let mut due = [None; BATCH];
                let taken = self.shards.take(shard, time, &mut due);
                fired |= fire(runtime, &due[..taken]);
                if taken > 0 && self.shards.fired(taken) {
                    report::still::look_again(runtime);
                }
                if taken < BATCH {
                    break;
                }
            }
        }
        fired
    }
}

/// Does what these timers are for; whether there was anything.
fn fire(runtime: &Runtime, due: &[Option<Due>]) -> bool {
    let mut woken = [None; BATCH];
    let mut count = 0;
    let mut passed = false;
    for due in due.iter().flatten() {
        match *due {
            // SAFETY: cells are never unmapped; the ticket names the park that this timer is for.
            Due::Wake(cell, ticket) => unsafe {
                if (*cell).word.claim_at(ticket) {
                    woken[count] = Some(cell);
                    count += 1;
                }
            },
            Due::Deadline(scope) => {
                passed = true;
                // SAFETY: taken out of its shard, so its owner waits.
                unsafe { Deadline::fire(scope) }
            }
        }
    }
    if count > 0 {
        // SAFETY: claimed above.
        unsafe { runtime.inject_fibers(woken.into_iter().flatten()) };
    }
    passed || count > 0
}
