//! The allocator of whatever is written in Rust here: the system's, but when memory ends the program says so and ends with
//! the status of a runtime that cannot go on, as it does when compiled code wants memory.

use std::alloc::{GlobalAlloc, Layout, System};

/// Memory from the system, or null. It is given back to the global allocator.
///
/// # Safety
/// The layout is not empty.
pub(crate) unsafe fn try_alloc(layout: Layout) -> *mut u8 {
    // SAFETY: by contract.
    unsafe { System.alloc(layout) }
}

#[cfg(not(wyn_loom))]
struct Checked;

#[cfg(not(wyn_loom))]
#[global_allocator]
static ALLOCATOR: Checked = Checked;

/// What the system gave.
#[cfg(not(wyn_loom))]
#[inline(always)]
fn given(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        crate::panic::fatal("out of memory");
    }
    memory
}

#[cfg(not(wyn_loom))]
// SAFETY: the system's allocator, which is never asked to unwind.
unsafe impl GlobalAlloc for Checked {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        given(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        given(unsafe { System.realloc(memory, layout, size) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}
