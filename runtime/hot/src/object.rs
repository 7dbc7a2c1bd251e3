//! Objects: allocation and counts.
//!
//! A worker's free lists and counters belong to the fiber that runs on it, until that fiber suspends. Nothing here
//! suspends.

use core::sync::atomic::Ordering;

use wyn_abi::Fiber;
use wyn_abi::check_hot_rows;
use wyn_abi::object::{FreeBlock, LARGE, ObjectHeader, TypeDescriptor, WorkerHeap, sig, size_class};

use crate::ablation::{LOCAL_COUNTS, left_out};
use crate::array::*;
use crate::count::{self, Released};

/// Declarations of the slow paths.
pub mod slow {
    use wyn_abi::Fiber;
    use wyn_abi::extern_slow_rows;
    use wyn_abi::object::{ArrayObject, ObjectHeader};
    use wyn_abi::program::Location;
    wyn_abi::object_rows!(extern_slow_rows);
}

wyn_abi::object_rows!(check_hot_rows);

/// The heap of the worker that runs this fiber.
///
/// # Safety
/// `fiber` is the running fiber. The result is good until it suspends.
#[inline(always)]
pub unsafe fn heap(fiber: *mut Fiber) -> *mut WorkerHeap {
    // SAFETY: a running fiber has a worker.
    unsafe { &raw mut (*(*fiber).worker).heap }
}

/// The descriptor of an object's type.
///
/// # Safety
/// `object` is a live object of the program that `heap` belongs to.
#[inline(always)]
pub unsafe fn descriptor(heap: *mut WorkerHeap, object: *const ObjectHeader) -> *const TypeDescriptor {
    // SAFETY: headers hold an index into the program's table.
    unsafe { (*heap).types.add((*object).type_index as usize) }
}

/// Takes a block off a worker's list and gives it a header with count 1; null when the list is empty.
///
/// # Safety
/// `heap` is the running worker's; `class` is below [`LARGE`].
#[inline(always)]
pub unsafe fn pop_block(heap: *mut WorkerHeap, class: u8, type_index: u32) -> *mut ObjectHeader {
    // SAFETY: the list holds free blocks of the class, which have room for a link and for a header.
    unsafe {
        let list = (&raw mut (*heap).free).cast::<wyn_abi::object::FreeList>().add(class as usize);
        let block = (*list).head;
        if !block.is_null() {
            (*list).head = (*block).next;
            (*list).len -= 1;
            init_header(heap, block.cast(), class, type_index);
        }
        block.cast()
    }
}

/// Makes a block an object with count 1 and counts it.
///
/// # Safety
/// `block` is free memory of the class.
#[inline(always)]
pub unsafe fn init_header(heap: *mut WorkerHeap, block: *mut ObjectHeader, class: u8, type_index: u32) {
    // SAFETY: the block has room for a header; `live` has an entry for each type.
    unsafe {
        // One store of the whole header: count 1, no flags, class, type.
        block.cast::<u64>().write(1 | u64::from(class) << 40 | u64::from(type_index as u16) << 48);
        *(*heap).live.add(type_index as usize) += 1;
    }
}

/// An object is made: where counts of objects that one task alone knows are no others, it is marked at once.
///
/// # Safety
/// The fiber runs; the object is new.
#[inline(always)]
pub unsafe fn born(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: by contract.
    unsafe {
        if left_out((*fiber).worker, LOCAL_COUNTS) {
            let _ = count::mark(&(*object).count, true);
        }
    }
}

/// See the table.
///
/// # Safety
/// Called with the running fiber; `type_index` is a row of the program's types.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_alloc(
    fiber: *mut Fiber,
    size: usize,
    type_index: u32,
) -> *mut ObjectHeader {
    let class = size_class(size);
    if class != LARGE {
        // SAFETY: the caller's promise.
        let object = unsafe { pop_block(heap(fiber), class, type_index) };
        if !object.is_null() {
            // SAFETY: as above.
            unsafe { born(fiber, object) };
            return object;
        }
    }
    // SAFETY: the caller's promise.
    unsafe { slow::wyn_slow_alloc(fiber, size, type_index) }
}

/// See the table.
///
/// # Safety
/// The caller holds a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_retain(object: *mut ObjectHeader) {
    // SAFETY: the reference keeps the object.
    unsafe {
        if !count::retain(&(*object).count) {
            slow::wyn_slow_retain(object);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a reference and gives it up.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_release(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the reference keeps the object until the release.
    unsafe {
        match count::release(&(*object).count) {
            Released::Alive => {}
            Released::Last => slow::wyn_slow_drop(fiber, object),
            Released::Shared => slow::wyn_slow_release(fiber, object),
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller owns a reference, and no marked object reaches this one (see the table).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_is_unique(object: *mut ObjectHeader) -> bool {
    // SAFETY: the reference keeps the object.
    unsafe { count::claim_unique(&(*object).count) }
}

/// See the table.
///
/// # Safety
/// `place` holds a cell of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_cell_unique(
    fiber: *mut Fiber,
    place: *mut *mut ObjectHeader,
    size: usize,
) {
    // SAFETY: the place's reference keeps the cell.
    unsafe {
        // ORDER: Relaxed; a local count of 1 was written by this task, or came along with the object.
        if (**place).count.load(Ordering::Relaxed) != 1 {
            slow::wyn_slow_cell_unique(fiber, place, size);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_mark(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the reference keeps the object.
    unsafe {
        // ORDER: Relaxed; only the sign matters, and it never changes while others can see the object.
        let n = (*object).count.load(Ordering::Relaxed);
        if n > 0 || (n < 0 && (*heap(fiber)).special_walk) {
            slow::wyn_slow_mark(fiber, object);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a reference; no walk is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_share(object: *mut ObjectHeader) {
    // SAFETY: the reference keeps the object.
    let _ = count::mark(unsafe { &(*object).count }, true);
}

/// See the table.
///
/// # Safety
/// The caller holds a reference; no walk is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_share_all(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the reference keeps the object.
    unsafe {
        // ORDER: Relaxed; as in `count::mark`.
        if (*object).count.load(Ordering::Relaxed) > 0 {
            slow::wyn_slow_share(fiber, object);
        }
    }
}

/// See the table.
///
/// # Safety
/// The caller holds a reference; no walk is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_cross_string(_fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the reference keeps the object.
    let _ = count::mark(unsafe { &(*object).count }, false);
}

/// See the table.
///
/// # Safety
/// The caller holds the only reference; the contents were moved out.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_free(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the caller's promise.
    unsafe {
        let class = (*object).size_class;
        if class != LARGE {
            let heap = heap(fiber);
            let list = (&raw mut (*heap).free).cast::<wyn_abi::object::FreeList>().add(class as usize);
            if (*list).len < (*list).limit {
                *(*heap).live.add((*object).type_index as usize) -= 1;
                let block = object.cast::<FreeBlock>();
                (*block).next = (*list).head;
                (*list).head = block;
                (*list).len += 1;
                return;
            }
        }
        slow::wyn_slow_free(fiber, object);
    }
}
