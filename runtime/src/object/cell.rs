//! Cells: the objects in which values of boxed types live.

use std::ptr;

use wyn_abi::Fiber;
use wyn_abi::object::{BoxObject, ObjectHeader};
use wyn_hot::count;
use wyn_hot::object::{descriptor, heap, wyn_alloc, wyn_release};

/// See the table.
///
/// # Safety
/// As for `wyn_cell_unique`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_cell_unique(
    fiber: *mut Fiber,
    place: *mut *mut ObjectHeader,
    size: usize,
) {
    // SAFETY: the place's reference keeps the old cell until its content is copied and retained. The new one is
    // this task's alone, so it may stay local above contents that are marked.
    unsafe {
        let old = *place;
        if count::claim_unique(&(*old).count) {
            return;
        }
        let new = wyn_alloc(fiber, size, u32::from((*old).type_index));
        let content = new.cast::<u8>().add(BoxObject::CONTENT);
        let from = old.cast::<u8>().add(BoxObject::CONTENT);
        ptr::copy_nonoverlapping(from, content, size - BoxObject::CONTENT);
        if let Some(retain) = (*descriptor(heap(fiber), new)).retain {
            retain(fiber, content);
        }
        *place = new;
        wyn_release(fiber, old);
    }
}
