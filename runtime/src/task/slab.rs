//! Memory of task records: slabs that are never unmapped, free lists in full batches.
//!
//! A worker allocates from and frees to one list of at most [`RECORD_BATCH`] records without any lock
//! (`WorkerHot::record_free`). A second, full list buffers it, so that neither a run of spawns nor a run of frees
//! goes to the central store more often than once a batch. A batch is one linked list; batches are stacked through
//! the payload of their first record.
//!
//! Where records come from that nobody has used is `fresh`.

use std::sync::PoisonError;

use wyn_abi::task::RECORD_BATCH;
use wyn_abi::{Fiber, TaskRecord, WorkerHot};

#[cfg(wyn_ablate)]
use wyn_hot::ablation::RECORDS;
use wyn_hot::ablation::{AHEAD, FRESH, left_out};

use super::fresh::{Fresh, Pages, Run, Taken};
use crate::fiber::FiberCell;
use crate::leaks::{self, records};
use crate::sched::monitor::Monitor;
use crate::sched::runtime;
use crate::sched::worker::Worker;
use crate::sync::{Mutex, MutexGuard};

/// What a worker has beside its list.
pub(crate) struct Spare {
    /// A second list: empty or full.
    full: *mut TaskRecord,
    fresh: Run,
    /// Records in the next run.
    run: usize,
}

impl Spare {
    pub(crate) const fn new() -> Spare {
        Spare { full: std::ptr::null_mut(), fresh: Run::EMPTY, run: RECORD_BATCH }
    }

    /// A full batch.
    fn take(&mut self, worker: &WorkerHot) -> *mut TaskRecord {
        if !self.full.is_null() {
            return std::mem::replace(&mut self.full, std::ptr::null_mut());
        }
        if self.fresh.left == 0 {
            match fetch(self.run, worker) {
                Fetched::Used(batch) => return batch,
                Fetched::Fresh(run) => (self.fresh, self.run) = (run, Fresh::longer(self.run)),
            }
        }
        let batch = self.fresh.split(RECORD_BATCH).next;
        for index in 0..RECORD_BATCH {
            // SAFETY: a run is whole batches, and this one is ours.
            unsafe {
                let last = index + 1 == RECORD_BATCH;
                (*batch.add(index)).link = if last { 0 } else { batch.add(index + 1) as usize };
            }
        }
        batch
    }
}

struct Store {
    /// Full batches.
    batches: *mut TaskRecord,
    fresh: Fresh,
}

// SAFETY: the records in the store belong to it.
unsafe impl Send for Store {}

static STORE: Mutex<Store> = Mutex::new(Store { batches: std::ptr::null_mut(), fresh: Fresh::new() });

fn store() -> MutexGuard<'static, Store> {
    STORE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// A full batch, or null.
    unsafe fn take(&mut self) -> *mut TaskRecord {
        let batch = self.batches;
        if !batch.is_null() {
            // SAFETY: records in the store are ours.
            self.batches = unsafe { (*batch).payload[0] as *mut TaskRecord };
        }
        batch
    }
}

/// What the store gives.
enum Fetched {
    /// A full batch of records that were used before.
    Used(*mut TaskRecord),
    /// Present ones that nobody has used.
    Fresh(Run),
}

/// A full batch, or up to so many fresh records. Asks the monitor for more of these if a processor is free for that.
fn fetch(records: usize, worker: &WorkerHot) -> Fetched {
    // SAFETY: the worker runs.
    let (plain, alone) = unsafe { (left_out(worker, FRESH), left_out(worker, FRESH | AHEAD)) };
    let helper = if alone { None } else { helper() };
    loop {
        let mut store = store();
        // SAFETY: records in the store are ours.
        let batch = unsafe { store.take() };
        if !batch.is_null() {
            return Fetched::Used(batch);
        }
        let taken = store.fresh.take(records, plain || helper.is_some());
        let short = store.fresh.is_short();
        drop(store);
        if let Some(monitor) = helper.filter(|_| short) {
            monitor.ask_for_records();
        }
        return Fetched::Fresh(match taken {
            Ok(Taken::Ready(run)) => run,
            Ok(Taken::Absent(absent)) if plain => absent.leave(),
            Ok(Taken::Absent(absent)) => present(absent.populate()),
            Err(pages) if add_space(pages) => continue,
            Err(_) => crate::panic::fatal("out of memory for tasks"),
        });
    }
}

/// Who makes memory present ahead: nobody, while all workers are busy.
fn helper() -> Option<&'static Monitor> {
    runtime().filter(|runtime| runtime.idle.sleeping() != 0).map(|runtime| &runtime.monitor)
}

/// What was made present.
fn present((run, huge_took_too_long): (Run, bool)) -> Run {
    if huge_took_too_long {
        store().fresh.without_huge();
    }
    run
}

/// Adds address space. Gives whether there is some now.
fn add_space(pages: Pages) -> bool {
    let region = pages.reserve();
    let fresh = &mut store().fresh;
    match region {
        Some(region) => {
            fresh.add(region);
            true
        }
        None => fresh.without_space(pages),
    }
}

/// Makes some memory present ahead, as much as is short, but not for long.
pub(crate) fn populate_ahead() {
    for _ in 0..4 {
        let ahead = {
            let mut store = store();
            if !store.fresh.is_short() {
                return;
            }
            store.fresh.ahead()
        };
        match ahead {
            Ok(absent) => {
                let run = present(absent.touch());
                store().fresh.is_ready(run);
            }
            Err(pages) if add_space(pages) => {}
            // Whoever needs some says so.
            Err(_) => return,
        }
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs; its worker's list is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_record_alloc(fiber: *mut Fiber) -> *mut TaskRecord {
    // SAFETY: the worker is this thread's; batches are full and ours.
    unsafe {
        let worker: *mut Worker = FiberCell::worker(FiberCell::of(fiber));
        #[cfg(wyn_ablate)]
        if left_out(&raw const (*worker).hot, RECORDS) {
            return shared::take(worker);
        }
        if leaks::registers() {
            return records::take(|| (*worker).records.take(&(*worker).hot));
        }
        let batch = (*worker).records.take(&(*worker).hot);
        (*worker).hot.record_free = (*batch).link as *mut TaskRecord;
        (*worker).hot.record_free_len = RECORD_BATCH - 1;
        batch
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs; its worker's list is full; the record is nobody's.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_record_free(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: the worker is this thread's, on its own stack as well as on the fiber's.
    unsafe { free(FiberCell::worker(FiberCell::of(fiber)), record) }
}

/// Frees a record on this worker.
///
/// # Safety
/// The worker is this thread's; the record is nobody's.
#[inline(always)]
pub(crate) unsafe fn free(worker: *mut Worker, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe {
        #[cfg(wyn_ablate)]
        if left_out(&raw const (*worker).hot, RECORDS) {
            return shared::put(record);
        }
        if (*worker).hot.record_free_len == RECORD_BATCH {
            return free_beside_full(worker, record);
        }
        (*record).link = (*worker).hot.record_free as usize;
        (*worker).hot.record_free = record;
        (*worker).hot.record_free_len += 1;
    }
}

/// [`free`], with a full list.
#[cold]
#[inline(never)]
unsafe fn free_beside_full(worker: *mut Worker, record: *mut TaskRecord) {
    // SAFETY: by contract; batches in the store are the store's.
    unsafe {
        if leaks::registers() {
            return records::put(record);
        }
        let full = std::mem::replace(&mut (*worker).records.full, (*worker).hot.record_free);
        if !full.is_null() {
            let mut store = store();
            (*full).payload[0] = store.batches as u64;
            store.batches = full;
        }
        (*record).link = 0;
        (*worker).hot.record_free = record;
        (*worker).hot.record_free_len = 1;
    }
}

/// How many records a new worker seems to have in its list: with all records registered, the list is empty and counts
/// as full.
pub(crate) fn first_len() -> usize {
    if leaks::registers() { RECORD_BATCH } else { 0 }
}

/// All records there are, those included that were never used.
pub(crate) fn each(each: impl FnMut(*mut TaskRecord)) {
    store().fresh.each(each);
}

/// The records in the lists of free ones.
///
/// # Safety
/// These workers, all there were, have stopped. `each` ends the process if a list leads back into itself.
pub(crate) unsafe fn each_free(workers: &[*mut Worker], mut each: impl FnMut(*mut TaskRecord)) {
    // SAFETY: by contract; lists are linked through free records, and batches through the first of each.
    unsafe {
        let mut list = |mut record: *mut TaskRecord| {
            while !record.is_null() {
                each(record);
                record = (*record).link as *mut TaskRecord;
            }
        };
        for worker in workers {
            list((**worker).hot.record_free);
            list((**worker).records.full);
        }
        let mut batch = store().batches;
        while !batch.is_null() {
            list(batch);
            batch = (*batch).payload[0] as *mut TaskRecord;
        }
    }
}

/// One list for all workers, under a lock: what they are spared by lists of their own.
#[cfg(wyn_ablate)]
mod shared {
    use super::{Mutex, PoisonError, TaskRecord, Worker};

    /// The first free record.
    static FREE: Mutex<usize> = Mutex::new(0);

    pub(super) unsafe fn take(worker: *mut Worker) -> *mut TaskRecord {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: records in the list, and in a batch, are nobody's; the worker is this thread's.
        unsafe {
            if *free == 0 {
                *free = (*worker).records.take(&(*worker).hot) as usize;
            }
            let record = *free as *mut TaskRecord;
            *free = (*record).link;
            record
        }
    }

    pub(super) unsafe fn put(record: *mut TaskRecord) {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the record is the caller's.
        unsafe { (*record).link = *free };
        *free = record as usize;
    }
}
