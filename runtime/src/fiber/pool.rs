//! Free fibers: a short list per worker, and a common list behind a lock.
//!
//! Where both are empty a worker makes fibers, from slots that it has prepared ahead: the more it has made, the more at a time, so that
//! many fibers take few calls to the system, and few fibers little memory.

use super::FiberCell;
use super::fold;
use super::region::{self, MOST_TOGETHER, Slots};
use crate::sched::worker::Worker;
use crate::sync::Mutex;

/// Fibers a worker keeps for itself; the rest goes to the common list by halves.
const LOCAL: usize = if cfg!(wyn_shuttle) { 2 } else { 64 };
/// For how many that a worker has made it prepares one ahead.
const SHARE: usize = 8;

/// A worker's free fibers.
pub(crate) struct Pool {
    head: *mut FiberCell,
    len: usize,
    /// Slots to make fibers in.
    ahead: Slots,
    /// How many slots the worker has prepared.
    prepared: usize,
}

struct Common {
    head: *mut FiberCell,
}

// SAFETY: the cells on the list belong to the list.
unsafe impl Send for Common {}

static COMMON: Mutex<Common> = Mutex::new(Common { head: std::ptr::null_mut() });

impl Pool {
    pub(crate) const fn new() -> Pool {
        Pool { head: std::ptr::null_mut(), len: 0, ahead: Slots::none(), prepared: 0 }
    }

    /// A free fiber, warm if possible.
    pub(crate) fn take(&mut self) -> *mut FiberCell {
        let cell = self.take_own();
        if !cell.is_null() {
            return cell;
        }
        if self.ahead.is_empty() {
            self.refill();
            let cell = self.take_own();
            if !cell.is_null() {
                return cell;
            }
            self.prepare();
        }
        FiberCell::create(&mut self.ahead)
    }

    /// Prepares slots to make fibers in.
    fn prepare(&mut self) {
        let count = (self.prepared / SHARE).clamp(1, MOST_TOGETHER);
        self.prepared += count;
        self.ahead = region::region().take_slots(count);
    }

    /// A free fiber that this worker keeps; null when there is none.
    #[inline(always)]
    pub(crate) fn take_own(&mut self) -> *mut FiberCell {
        let cell = self.head;
        if !cell.is_null() {
            // SAFETY: listed cells are valid and ours.
            self.head = unsafe { (*cell).next };
            self.len -= 1;
        }
        cell
    }

    fn refill(&mut self) {
        let Ok(mut common) = COMMON.lock() else { return };
        while !common.head.is_null() && self.len < LOCAL / 2 {
            let cell = common.head;
            // SAFETY: listed cells are valid; the lock makes them ours.
            unsafe {
                common.head = (*cell).next;
                (*cell).next = self.head;
            }
            self.head = cell;
            self.len += 1;
        }
    }

    /// Takes back a fiber that has nothing on its stack.
    ///
    /// # Safety
    /// Nobody else uses the fiber, which has left this worker just now.
    #[inline(always)]
    pub(crate) unsafe fn put(worker: *mut Worker, cell: *mut FiberCell) {
        // SAFETY: the caller gives the cell away; the worker is this thread's.
        unsafe {
            let this = &mut (*worker).pool;
            (*cell).next = this.head;
            this.head = cell;
            this.len += 1;
            if this.len > LOCAL {
                Pool::spill(worker);
            }
        }
    }

    /// Half of the free fibers go to the common list; those that have slept folded do so without memory.
    #[cold]
    #[inline(never)]
    unsafe fn spill(worker: *mut Worker) {
        // SAFETY: the worker is this thread's, and its free fibers are, which have left it last.
        unsafe {
            let this = &mut (*worker).pool;
            let mut rest = this.head;
            for _ in LOCAL / 2..this.len {
                if (*rest).lean {
                    fold::empty(worker, rest);
                }
                rest = (*rest).next;
            }
            this.give_to_common();
        }
    }

    fn give_to_common(&mut self) {
        let Ok(mut common) = COMMON.lock() else { return };
        while self.len > LOCAL / 2 {
            let cell = self.head;
            // SAFETY: listed cells are valid and ours.
            unsafe {
                self.head = (*cell).next;
                (*cell).next = common.head;
            }
            common.head = cell;
            self.len -= 1;
        }
    }
}
