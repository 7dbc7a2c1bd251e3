//! The allocator of whatever is written in Rust here: the system's, but when memory ends the program says so and ends with
//! the status of a runtime that cannot go on, as it does when compiled code wants memory.

use std::alloc::{GlobalAlloc, Layout, System};

/// The alignment of memory from [`try_alloc_lines`].
pub(crate) const LINE: usize = 64;

/// Memory from the system that begins at a cache line, or null. (Asked for such memory, C libraries go long ways; so this is
/// some memory, in which a line begins. Before that stands where it begins itself.)
///
/// # Safety
/// `size` is not 0.
pub(crate) unsafe fn try_alloc_lines(size: usize) -> *mut u8 {
    let Some(block) = lines_block(size) else { return std::ptr::null_mut() };
    // SAFETY: blocks are aligned to a pointer, so a pointer fits before the next line, and so many bytes behind it.
    unsafe {
        let whole = System.alloc(block);
        if whole.is_null() {
            return whole;
        }
        let lines = whole.add(LINE - whole.addr() % LINE);
        lines.cast::<*mut u8>().sub(1).write(whole);
        lines
    }
}

/// Gives back memory from [`try_alloc_lines`].
///
/// # Safety
/// `lines` is from there, asked for with this size, and nobody uses it.
pub(crate) unsafe fn free_lines(lines: *mut u8, size: usize) {
    // SAFETY: by contract.
    unsafe {
        let whole = lines.cast::<*mut u8>().sub(1).read();
        if let Some(block) = lines_block(size) {
            System.dealloc(whole, block);
        }
    }
}

fn lines_block(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(LINE)?, align_of::<*mut u8>()).ok()
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
