//! What others than the owner's worker add to a scope, under its lock: which of its tasks and scopes can be told to stop
//! where they are parked, who was told and why, and who has failed.
//!
//! What is parked is found by the task: telling one of a million siblings to stop costs no more than telling one of two.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use wyn_abi::{RunFrame, TaskRecord};

use super::failure::{Failure, Stop};
use super::scope::ScopeCell;

/// How many tasks a scope at rest keeps room for.
const KEPT: usize = 1024;

/// By the address of a record, or of a scope that no task owns.
type ByTask<T> = HashMap<*mut TaskRecord, T, BuildHasherDefault<Address>>;

/// See the module.
#[derive(Default)]
pub(crate) struct Lists {
    /// What is parked in the scope and below it.
    parked: ByTask<Parked>,
    /// Why the scope is cancelled.
    pub(crate) stop: Option<Stop>,
    /// Why those in the scope are told to stop, as far as that has come down to it.
    pub(crate) why: Option<Why>,
    /// Its tasks that were told to stop, one by one.
    stops: ByTask<Told>,
    /// The panics of its tasks, without some that others have dealt with.
    pub(crate) failures: Vec<Arc<Failure>>,
}

/// What is parked of one task: of one that belongs to the scope, or of the scope's owner, which has opened another scope
/// within this one. The scope of a detached task, which nobody owns, stands for itself.
#[derive(Clone, Copy)]
pub(crate) struct Parked {
    /// The task has parked; else null.
    pub(crate) frame: *mut RunFrame,
    /// The outermost scope within this one that the task has opened, if somebody has parked below it; else null.
    pub(crate) scope: *mut ScopeCell,
}

impl Parked {
    const NOTHING: Parked = Parked { frame: std::ptr::null_mut(), scope: std::ptr::null_mut() };
}

/// Why those in a scope are told to stop.
#[derive(Clone, Copy)]
pub(crate) struct Why {
    pub(crate) stop: Stop,
    /// The scope whose cancellation it is, or null: it is a task's.
    pub(crate) scope: *const ScopeCell,
    /// The level of what is cancelled; see `sched::request`.
    pub(crate) level: u32,
}

/// Why a task was told to stop.
struct Told {
    stop: Stop,
    /// How many tasks of this name there are that were told and are not forgotten: a record may be another task's before
    /// the first is forgotten, and of that the reason is not asked for any more.
    tasks: u32,
}

impl Lists {
    /// Enters a task that parks.
    pub(crate) fn attach(&mut self, task: *mut TaskRecord, frame: *mut RunFrame) {
        self.parked.entry(task).or_insert(Parked::NOTHING).frame = frame;
    }

    /// Takes a task out that has ended.
    pub(crate) fn detach(&mut self, task: *mut TaskRecord) {
        self.clear(task, |parked| parked.frame = std::ptr::null_mut());
    }

    /// Enters a scope that this task has opened within this one, or that has this name.
    pub(crate) fn link(&mut self, task: *mut TaskRecord, scope: *mut ScopeCell) {
        let parked = self.parked.entry(task).or_insert(Parked::NOTHING);
        debug_assert!(parked.scope.is_null(), "the scopes of a task lie within each other");
        parked.scope = scope;
    }

    /// Takes the task's scope out, or the one of this name.
    pub(crate) fn unlink(&mut self, task: *mut TaskRecord) {
        self.clear(task, |parked| parked.scope = std::ptr::null_mut());
    }

    fn clear(&mut self, task: *mut TaskRecord, clear: impl FnOnce(&mut Parked)) {
        let Some(parked) = self.parked.get_mut(&task) else { return };
        clear(parked);
        if parked.frame.is_null() && parked.scope.is_null() {
            self.parked.remove(&task);
        }
    }

    /// What is parked of one task.
    pub(crate) fn parked_of(&self, task: *mut TaskRecord) -> Parked {
        self.parked.get(&task).copied().unwrap_or(Parked::NOTHING)
    }

    /// What is parked, in no order.
    pub(crate) fn parked(&self) -> impl Iterator<Item = Parked> {
        self.parked.values().copied()
    }

    /// A task of the scope is told to stop.
    pub(crate) fn tell(&mut self, task: *mut TaskRecord, stop: Stop) {
        let told = self.stops.entry(task).or_insert(Told { stop, tasks: 0 });
        told.stop = stop;
        told.tasks += 1;
    }

    /// A task that was told to stop has completed.
    pub(crate) fn forget(&mut self, task: *mut TaskRecord) {
        if let Some(told) = self.stops.get_mut(&task) {
            told.tasks -= 1;
            if told.tasks == 0 {
                self.stops.remove(&task);
            }
        }
    }

    /// Why a task was told to stop.
    pub(crate) fn told(&self, task: *mut TaskRecord) -> Option<Stop> {
        self.stops.get(&task).map(|told| told.stop)
    }

    /// Those in the scope are told to stop: the outermost reason is kept.
    pub(crate) fn learn(&mut self, why: Why) {
        if self.why.is_none_or(|known| why.level < known.level) {
            self.why = Some(why);
        }
    }

    /// The scope is put to rest: gives up room that hardly any other scope needs.
    pub(crate) fn rest(&mut self) {
        debug_assert!(self.parked.is_empty() && self.stops.is_empty());
        self.why = None;
        if self.parked.capacity() > KEPT {
            self.parked = ByTask::default();
        }
        if self.stops.capacity() > KEPT {
            self.stops = ByTask::default();
        }
    }
}

/// Spreads the addresses of records, which differ in their middle bits (Fibonacci hashing).
#[derive(Default)]
pub(crate) struct Address(u64);

impl Hasher for Address {
    fn write(&mut self, _: &[u8]) {
        unreachable!("an address is a number")
    }

    fn write_usize(&mut self, address: usize) {
        let product = (address as u64 / size_of::<TaskRecord>() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The table looks at the lowest bits and the seven highest.
        self.0 = product.rotate_left(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use super::*;

    fn task(nth: usize) -> *mut TaskRecord {
        ((nth + 1) * size_of::<TaskRecord>()) as *mut TaskRecord
    }

    const STOP: Stop = Stop { reason: Stop::BY_FUTURE, at: None };
    const OTHER: Stop = Stop { reason: Stop::SIBLING, at: None };

    #[test]
    fn what_is_parked_of_a_task_is_forgotten_piece_by_piece() {
        let (frame, scope) = (std::ptr::dangling_mut(), std::ptr::dangling_mut::<ScopeCell>());
        let mut lists = Lists::default();
        lists.attach(task(1), frame);
        lists.link(task(1), scope);
        lists.link(task(2), scope);
        lists.detach(task(1));
        let parked = lists.parked_of(task(1));
        assert!(parked.frame.is_null() && parked.scope == scope);
        lists.unlink(task(1));
        lists.unlink(task(2));
        assert_eq!(lists.parked().count(), 0);
        lists.detach(task(3));
    }

    #[test]
    fn a_record_may_be_another_tasks_before_the_first_is_forgotten() {
        let mut lists = Lists::default();
        lists.tell(task(1), STOP);
        lists.tell(task(1), OTHER);
        lists.forget(task(1));
        assert_eq!(lists.told(task(1)).map(|stop| stop.reason), Some(OTHER.reason));
        lists.forget(task(1));
        assert!(lists.told(task(1)).is_none());
    }

    #[test]
    fn the_hashes_of_neighbours_differ_where_the_table_looks() {
        let hash = |nth| {
            let mut address = Address::default();
            task(nth).hash(&mut address);
            address.finish()
        };
        let mut buckets = vec![0; 1 << 12];
        let mut tags = vec![0; 1 << 7];
        for nth in 0..1 << 12 {
            buckets[hash(nth) as usize % (1 << 12)] += 1;
            tags[(hash(nth) >> 57) as usize] += 1;
        }
        assert!(buckets.iter().all(|&n| n <= 8), "{:?}", buckets.iter().max());
        assert!(tags.iter().all(|&n| n <= 128), "{:?}", tags.iter().max());
    }
}
