//! Big stacks, for call chains that outgrow a fiber's slot.
//!
//! A fiber borrows one when a prologue check fails, keeps it until its host is free, and runs deep calls on it
//! from its top again each time. Address space is reserved, memory is committed as it is touched; what a deep
//! chain touched goes back to the system when the stack is given back.

use std::sync::{Mutex, PoisonError};

use super::FiberCell;

/// Address space of one big stack: room for 100,000 frames of 600 bytes.
const SIZE: usize = 64 * 1024 * 1024;
const PAGE: usize = 4096;
/// Memory a pooled stack keeps.
const KEEP: usize = 256 * 1024;

/// A big stack.
pub(crate) struct BigStack {
    base: usize,
}

static POOL: Mutex<Vec<usize>> = Mutex::new(Vec::new());

impl BigStack {
    /// One from the pool, or a new one; nothing when the system refuses.
    pub(crate) fn take() -> Option<Box<BigStack>> {
        if let Some(base) = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Some(Box::new(BigStack { base }));
        }
        // SAFETY: a fresh mapping, whose lowest page becomes its guard; where the system refuses that, the check of compiled code alone
        // keeps what runs here above it.
        unsafe {
            let base = libc::mmap(
                std::ptr::null_mut(),
                SIZE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            );
            if base == libc::MAP_FAILED {
                return None;
            }
            libc::mprotect(base, PAGE, libc::PROT_NONE);
            libc::madvise(base, SIZE, libc::MADV_NOHUGEPAGE);
            Some(Box::new(BigStack { base: base as usize }))
        }
    }

    /// Whether the stack has this address.
    pub(crate) fn contains(&self, address: usize) -> bool {
        (self.base..self.top()).contains(&address)
    }

    pub(crate) fn top(&self) -> usize {
        self.base + SIZE
    }

    /// The stack limit for code that runs here.
    pub(crate) fn floor(&self) -> usize {
        self.base + PAGE + wyn_abi::STACK_SLACK
    }
}

impl Drop for BigStack {
    fn drop(&mut self) {
        // SAFETY: nobody runs on the stack, whose fiber has no task; the range lies within it, above the guard, and what is read there
        // later is zero.
        unsafe {
            libc::madvise((self.base + PAGE) as *mut libc::c_void, SIZE - PAGE - KEEP, libc::MADV_DONTNEED);
        }
        POOL.lock().unwrap_or_else(PoisonError::into_inner).push(self.base);
    }
}

/// Gives back the big stack of a fiber that has no task.
///
/// # Safety
/// The fiber runs on its own slot.
pub(crate) unsafe fn give_back(cell: *mut FiberCell) {
    // SAFETY: by contract; `big` is null or a box.
    unsafe {
        let big = std::mem::replace(&mut (*cell).big, std::ptr::null_mut());
        if !big.is_null() {
            drop(Box::from_raw(big));
        }
    }
}
