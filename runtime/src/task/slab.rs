//! Memory of task records: slabs that are never unmapped, free lists in full batches.
//!
//! A worker allocates from and frees to one list of at most [`RECORD_BATCH`] records without any lock
//! (`WorkerHot::record_free`). A second, full list buffers it, so that neither a run of spawns nor a run of frees
//! goes to the central store more often than once a batch. A batch is one linked list; batches are stacked through
//! the payload of their first record.

use std::sync::PoisonError;

use wyn_abi::task::RECORD_BATCH;
use wyn_abi::{Fiber, TaskRecord};

use crate::fiber::FiberCell;
use crate::sched::worker::Worker;
use crate::sync::Mutex;

/// Records in the first chunk.
const FIRST_CHUNK: usize = 4096;
/// Bytes of a later chunk, and what it is aligned to.
const HUGE_PAGE: usize = 2 * 1024 * 1024;
const HUGE_CHUNK: usize = HUGE_PAGE / size_of::<TaskRecord>();

/// A worker's second list: empty or full.
pub(crate) struct Spare {
    full: *mut TaskRecord,
}

impl Spare {
    pub(crate) const fn new() -> Spare {
        Spare { full: std::ptr::null_mut() }
    }
}

struct Store {
    /// Full batches.
    batches: *mut TaskRecord,
    /// Rest of the newest chunk.
    next: *mut TaskRecord,
    left: usize,
    /// There was a chunk before.
    grown: bool,
}

// SAFETY: the records in the store belong to it.
unsafe impl Send for Store {}

static STORE: Mutex<Store> =
    Mutex::new(Store { batches: std::ptr::null_mut(), next: std::ptr::null_mut(), left: 0, grown: false });

impl Store {
    /// A full batch.
    fn take(&mut self) -> *mut TaskRecord {
        // SAFETY: records in the store are ours; a chunk is whole batches.
        unsafe {
            if !self.batches.is_null() {
                let batch = self.batches;
                self.batches = (*batch).payload[0] as *mut TaskRecord;
                return batch;
            }
            if self.left == 0 {
                (self.next, self.left) = if self.grown {
                    (map_huge(), HUGE_CHUNK)
                } else {
                    (map(FIRST_CHUNK * size_of::<TaskRecord>()).cast(), FIRST_CHUNK)
                };
                self.grown = true;
            }
            let batch = self.next;
            for index in 0..RECORD_BATCH {
                let record = batch.add(index);
                let last = index + 1 == RECORD_BATCH;
                (*record).link = if last { 0 } else { batch.add(index + 1) as usize };
            }
            self.next = batch.add(RECORD_BATCH);
            self.left -= RECORD_BATCH;
            batch
        }
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

/// A chunk that the system may back with a huge page.
fn map_huge() -> *mut TaskRecord {
    const { assert!(HUGE_CHUNK.is_multiple_of(RECORD_BATCH) && FIRST_CHUNK.is_multiple_of(RECORD_BATCH)) };
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
        let mut batch = std::mem::replace(&mut (*worker).records.full, std::ptr::null_mut());
        if batch.is_null() {
            batch = STORE.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
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
        if (*worker).hot.record_free_len == RECORD_BATCH {
            let full = std::mem::replace(&mut (*worker).records.full, (*worker).hot.record_free);
            if !full.is_null() {
                let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
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
