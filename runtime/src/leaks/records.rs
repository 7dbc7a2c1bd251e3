//! Task records that are not free at the end, and what is told of records that are registered.
//!
//! Every record was cut from a slab. Those that lie in no list of free ones are left.
//!
//! With `WYN_LEAKS=1` a freed record is marked so and waits in a queue before it is used again. So a record that is given
//! back twice is seen at once, and one that somebody still uses when it is used again, or at the end.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use wyn_abi::TaskRecord;
use wyn_hot::state::{FREE, State};

use crate::sched::worker::Worker;
use crate::sync::Ordering;
use crate::task::slab;

/// Freed records that wait at least.
const WAITING: usize = 1024;

/// Freed records, the oldest first.
struct Freed {
    queue: VecDeque<*mut TaskRecord>,
    /// How many were not as they were left.
    used_afterwards: usize,
}

// SAFETY: the records in the queue belong to it.
unsafe impl Send for Freed {}

static FREED: Mutex<Freed> = Mutex::new(Freed { queue: VecDeque::new(), used_afterwards: 0 });

/// A free record.
pub(crate) fn take(batch: impl FnOnce() -> *mut TaskRecord) -> *mut TaskRecord {
    let mut freed = FREED.lock().unwrap_or_else(PoisonError::into_inner);
    if freed.queue.len() <= WAITING {
        let mut record = batch();
        while !record.is_null() {
            // SAFETY: a list of fresh records, which are ours.
            unsafe {
                freed.queue.push_front(record);
                record = (*record).link as *mut TaskRecord;
            }
        }
    }
    loop {
        match freed.queue.pop_front() {
            Some(record) if is_untouched(record) => return record,
            // It stays out of use.
            Some(_) => freed.used_afterwards += 1,
            None => crate::panic::fatal("no free task record"),
        }
    }
}

/// Frees a record.
///
/// # Safety
/// It is nobody's.
pub(crate) unsafe fn put(record: *mut TaskRecord) {
    if is_untouched(record) {
        super::given_back_twice(&name(record));
    }
    // SAFETY: by contract.
    // ORDER: Relaxed; a record that is nobody's.
    unsafe { (*record).state.store(FREE, Ordering::Relaxed) };
    FREED.lock().unwrap_or_else(PoisonError::into_inner).queue.push_back(record);
}

/// What the task is called whose record this was last.
fn name(record: *mut TaskRecord) -> String {
    // SAFETY: records are never unmapped, descriptors static.
    let desc = unsafe { (*record).desc.as_ref() };
    desc.map_or_else(|| "a task".to_owned(), |desc| format!("task {desc}"))
}

/// Whether a record is as it was left when it was freed.
fn is_untouched(record: *mut TaskRecord) -> bool {
    // SAFETY: records are never unmapped.
    unsafe { State(&(*record).state).peek().0 == FREE }
}

/// What is told of records at the end.
pub(super) struct Found {
    /// Records that nobody gave back.
    pub(super) left: Vec<*mut TaskRecord>,
    /// How many were used after they were given back.
    pub(super) used_afterwards: usize,
}

/// Finds the records that are not free.
///
/// # Safety
/// All workers have stopped; these are all there were.
pub(super) unsafe fn find(workers: &[*mut Worker]) -> Found {
    let freed = FREED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut touched = freed.queue.iter().filter(|record| !is_untouched(**record)).count();
    let mut free: HashSet<*mut TaskRecord> = freed.queue.iter().copied().collect();
    // SAFETY: by contract.
    unsafe {
        slab::each_free(workers, |record| {
            if !free.insert(record) {
                super::given_back_twice(&name(record));
            }
            // The last handle is given back with the record.
            touched += usize::from(State(&(*record).state).peek().handles() > 1);
        });
        let mut left = Vec::new();
        slab::each(|record| {
            // A record that was never used has no descriptor.
            if !free.contains(&record) && !(*record).desc.is_null() {
                left.push(record);
            }
        });
        Found { left, used_afterwards: freed.used_afterwards + touched }
    }
}
