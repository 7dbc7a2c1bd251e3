//! Memory of task records: slabs that are never unmapped, free lists in full batches.
//!
//! A worker allocates from and frees to one list of at most [`RECORD_BATCH`] records without any lock
//! (`WorkerHot::record_free`). A second, full list buffers it, so that neither a run of spawns nor a run of frees
//! goes to the central store more often than once a batch. A batch is one linked list; batches are stacked through
//! the payload of their first record.
//!
//! Fresh memory is taken in runs of batches, which grow with what a worker has taken so far, and is made present run by
//! run: that costs two thirds of what as many page faults do.

use std::sync::PoisonError;

use wyn_abi::task::RECORD_BATCH;
use wyn_abi::{Fiber, TaskRecord, WorkerHot};

#[cfg(wyn_ablate)]
use wyn_hot::ablation::RECORDS;
use wyn_hot::ablation::{FRESH, left_out};

use crate::fiber::FiberCell;
use crate::leaks::{self, records};
use crate::sched::worker::Worker;
use crate::sync::{Mutex, MutexGuard};
use crate::time;

/// Records in the first chunk.
const FIRST_CHUNK: usize = 4096;
/// Bytes of a later chunk, and what it is aligned to.
const HUGE_PAGE: usize = 2 * 1024 * 1024;
const HUGE_CHUNK: usize = HUGE_PAGE / size_of::<TaskRecord>();
/// Records in the longest run: it divides a chunk.
const LONGEST_RUN: usize = 2048;
/// Ticks that a huge page may take, some 450 µs: as long as small pages do. When the system has to put one together first, it
/// takes ten times that.
const HUGE_TICKS: u64 = 1_000_000;
/// Chunks that do without huge pages after one that took longer.
const WITHOUT_HUGE: usize = 64;

/// Fresh records that lie one after the other.
#[derive(Clone, Copy)]
struct Run {
    next: *mut TaskRecord,
    left: usize,
}

impl Run {
    const EMPTY: Run = Run { next: std::ptr::null_mut(), left: 0 };

    /// The first so many records, or as many as there are.
    fn split(&mut self, most: usize) -> Run {
        let taken = Run { next: self.next, left: most.min(self.left) };
        // SAFETY: not past the end of the run.
        self.next = unsafe { self.next.add(taken.left) };
        self.left -= taken.left;
        taken
    }

    /// Makes the memory present, as far as the system does that.
    fn populate(&self, worker: &WorkerHot) {
        // SAFETY: the worker runs.
        if unsafe { left_out(worker, FRESH) } {
            return;
        }
        // SAFETY: the run is ours, and begins at the beginning of a page.
        unsafe {
            libc::madvise(self.next.cast(), self.left * size_of::<TaskRecord>(), libc::MADV_POPULATE_WRITE);
        }
    }
}

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
            let (run, first) = {
                let mut store = store();
                // SAFETY: records in the store are ours.
                let batch = unsafe { store.take() };
                if !batch.is_null() {
                    return batch;
                }
                store.fresh(self.run, worker)
            };
            (self.fresh, self.run) = (run, (2 * self.run).min(LONGEST_RUN));
            let start = time::ticks();
            self.fresh.populate(worker);
            if first && time::ticks().wrapping_sub(start) > HUGE_TICKS {
                store().without_huge = WITHOUT_HUGE;
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
    /// Rest of the newest chunk.
    rest: Run,
    /// There was a chunk before.
    grown: bool,
    /// Chunks to come without huge pages.
    without_huge: usize,
    /// All chunks.
    chunks: Vec<Run>,
}

// SAFETY: the records in the store belong to it.
unsafe impl Send for Store {}

static STORE: Mutex<Store> = Mutex::new(Store {
    batches: std::ptr::null_mut(),
    rest: Run::EMPTY,
    grown: false,
    without_huge: 0,
    chunks: Vec::new(),
});

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

    /// A run of so many fresh records, and whether it is the first of a huge page.
    fn fresh(&mut self, records: usize, worker: &WorkerHot) -> (Run, bool) {
        let mut first = false;
        if self.rest.left == 0 {
            let huge = std::mem::replace(&mut self.grown, true);
            // SAFETY: the worker runs.
            first = huge && self.without_huge == 0 && !unsafe { left_out(worker, FRESH) };
            self.without_huge = self.without_huge.saturating_sub(1);
            self.rest = if huge {
                Run { next: map_chunk(first), left: HUGE_CHUNK }
            } else {
                Run { next: map(FIRST_CHUNK * size_of::<TaskRecord>()).cast(), left: FIRST_CHUNK }
            };
            self.chunks.push(self.rest);
        }
        (self.rest.split(records), first)
    }
}

/// Fresh zeroed memory: zero is a free record.
fn map(bytes: usize) -> *mut u8 {
    // SAFETY: a fresh anonymous mapping.
    let base = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if base == libc::MAP_FAILED {
        crate::panic::fatal("out of memory for tasks");
    }
    base.cast()
}

/// A later chunk, which the system may back with a huge page.
fn map_chunk(huge: bool) -> *mut TaskRecord {
    const {
        assert!(HUGE_CHUNK.is_multiple_of(LONGEST_RUN) && LONGEST_RUN.is_multiple_of(RECORD_BATCH));
        assert!(FIRST_CHUNK.is_multiple_of(RECORD_BATCH));
    };
    if !huge {
        return map(HUGE_PAGE).cast();
    }
    let base = map(2 * HUGE_PAGE);
    let before = base.align_offset(HUGE_PAGE);
    // SAFETY: gives back what lies before and after the aligned part of our own mapping.
    unsafe {
        let chunk = base.add(before);
        if before != 0 {
            libc::munmap(base.cast(), before);
        }
        libc::munmap(chunk.add(HUGE_PAGE).cast(), HUGE_PAGE - before);
        libc::madvise(chunk.cast(), HUGE_PAGE, libc::MADV_HUGEPAGE);
        chunk.cast()
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
pub(crate) unsafe fn free(worker: *mut Worker, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe {
        #[cfg(wyn_ablate)]
        if left_out(&raw const (*worker).hot, RECORDS) {
            return shared::put(record);
        }
        if (*worker).hot.record_free_len == RECORD_BATCH {
            if leaks::registers() {
                return records::put(record);
            }
            let full = std::mem::replace(&mut (*worker).records.full, (*worker).hot.record_free);
            if !full.is_null() {
                let mut store = store();
                (*full).payload[0] = store.batches as u64;
                store.batches = full;
            }
            (*worker).hot.record_free = std::ptr::null_mut();
            (*worker).hot.record_free_len = 0;
        }
        (*record).link = (*worker).hot.record_free as usize;
        (*worker).hot.record_free = record;
        (*worker).hot.record_free_len += 1;
    }
}

/// How many records a new worker seems to have in its list: with all records registered, the list is empty and counts
/// as full.
pub(crate) fn first_len() -> usize {
    if leaks::registers() { RECORD_BATCH } else { 0 }
}

/// All records there are, those included that were never used.
pub(crate) fn each(mut each: impl FnMut(*mut TaskRecord)) {
    for chunk in &store().chunks {
        // SAFETY: the records of a chunk.
        (0..chunk.left).for_each(|index| each(unsafe { chunk.next.add(index) }));
    }
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
