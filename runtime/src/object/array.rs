//! Arrays: growing, copying, and whatever programs do less often.
//!
//! Elements are opaque bytes. A bitwise copy of an element becomes a second owner by the type's retain function; an
//! element moved out of its array is neither retained nor dropped.

use std::mem::MaybeUninit;
use std::ptr;

use wyn_abi::Fiber;
use wyn_abi::object::{ArrayObject, ContentFn, LARGE, TypeDescriptor, class_size, size_class};
use wyn_abi::program::Location;
use wyn_hot::array::header;
use wyn_hot::count;
use wyn_hot::object::{descriptor, heap, wyn_alloc, wyn_free, wyn_is_unique, wyn_release};
use wyn_hot::task::slow::{wyn_panic_bounds, wyn_panic_text};

use super::heap::{grow_large, out_of_memory};
use super::message::panic_with;

/// Elements that a growing array makes room for at least.
const FIRST_CAPACITY: usize = 4;

/// The type of an array.
unsafe fn type_of(fiber: *mut Fiber, array: *mut ArrayObject) -> *const TypeDescriptor {
    // SAFETY: the caller's array.
    unsafe { descriptor(heap(fiber), header(array)) }
}

/// Bytes of an array of this capacity, and the capacity that fits the block it will get.
fn layout(capacity: usize, elem_size: usize) -> (usize, usize) {
    if elem_size == 0 {
        return (ArrayObject::DATA, usize::MAX >> 1);
    }
    let bytes = capacity.checked_mul(elem_size).and_then(|data| data.checked_add(ArrayObject::DATA));
    let Some(bytes) = bytes.filter(|bytes| *bytes <= isize::MAX as usize) else {
        out_of_memory(capacity.saturating_mul(elem_size));
    };
    match size_class(bytes) {
        LARGE => (bytes, capacity),
        class => (bytes, (class_size(class) - ArrayObject::DATA) / elem_size),
    }
}

/// A new array of length 0 with its own block.
unsafe fn allocate(
    fiber: *mut Fiber,
    type_index: u32,
    capacity: usize,
    elem_size: usize,
) -> *mut ArrayObject {
    let (bytes, capacity) = layout(capacity, elem_size);
    // SAFETY: the caller's promise; the block has room for the struct.
    unsafe {
        let array = wyn_alloc(fiber, bytes, type_index).cast::<ArrayObject>();
        (*array).len = 0;
        (*array).cap = capacity as u64;
        array
    }
}

/// Makes bitwise copies of `count` elements second owners.
unsafe fn retain_elements(
    fiber: *mut Fiber,
    retain: Option<ContentFn>,
    data: *mut u8,
    count: usize,
    size: usize,
) {
    if let Some(retain) = retain {
        for at in 0..count {
            // SAFETY: an element of the array.
            unsafe { retain(fiber, data.add(at * size)) };
        }
    }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of an array type with elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_new(
    fiber: *mut Fiber,
    type_index: u32,
    elem_size: usize,
    capacity: usize,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise. The empty array is immortal: nobody writes it.
    unsafe {
        if capacity == 0 {
            return (&raw const (*(*heap(fiber)).types.add(type_index as usize)).empty).cast_mut();
        }
        allocate(fiber, type_index, capacity, elem_size)
    }
}

/// See the table. Gives a unique array with room for `additional` more elements.
///
/// # Safety
/// `place` holds an array of elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_array_room(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    additional: usize,
    elem_size: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let old = *place;
        let (len, cap) = ((*old).len as usize, (*old).cap as usize);
        let unique = count::claim_unique(&(*old).header.count);
        // A length is an `int`, that of elements without a size too.
        let needed = len.checked_add(additional).filter(|needed| *needed <= isize::MAX as usize);
        let Some(needed) = needed else { out_of_memory(usize::MAX) };
        if unique && needed <= cap {
            return;
        }
        let wanted = match (additional, unique) {
            (0, _) => needed,
            (_, true) => needed.max(cap.saturating_mul(2)).max(FIRST_CAPACITY),
            (_, false) => needed.max(FIRST_CAPACITY),
        };
        if unique && (*old).header.size_class == LARGE {
            let (bytes, capacity) = layout(wanted, elem_size);
            let new = grow_large(header(old), bytes).cast::<ArrayObject>();
            (*new).cap = capacity as u64;
            *place = new;
            return;
        }
        let new = allocate(fiber, u32::from((*old).header.type_index), wanted, elem_size);
        ptr::copy_nonoverlapping(ArrayObject::data(old), ArrayObject::data(new), len * elem_size);
        (*new).len = len as u64;
        *place = new;
        if unique {
            // The elements have moved.
            wyn_free(fiber, header(old));
        } else {
            let retain = (*type_of(fiber, new)).retain;
            retain_elements(fiber, retain, ArrayObject::data(new), len, elem_size);
            wyn_release(fiber, header(old));
        }
    }
}

/// Appends copies of `count` elements that lie in `from`, an array that the caller keeps.
unsafe fn append(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    from: *mut ArrayObject,
    start: usize,
    count: usize,
    elem_size: usize,
) {
    if count == 0 {
        return;
    }
    // SAFETY: the caller's promise. When both are the same array, growing it may move it: then the elements are
    // read where they are now.
    unsafe {
        let same = ptr::eq(*place, from);
        wyn_slow_array_room(fiber, place, count, elem_size);
        let array = *place;
        let source = ArrayObject::data(if same { array } else { from }).add(start * elem_size);
        let len = (*array).len as usize;
        let end = ArrayObject::data(array).add(len * elem_size);
        ptr::copy_nonoverlapping(source, end, count * elem_size);
        retain_elements(fiber, (*type_of(fiber, array)).retain, end, count, elem_size);
        (*array).len = (len + count) as u64;
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size; `other` is one of the same type.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_extend(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    other: *mut ArrayObject,
    elem_size: usize,
) {
    // SAFETY: the caller's promise.
    unsafe { append(fiber, place, other, 0, (*other).len as usize, elem_size) }
}

/// See the table.
///
/// # Safety
/// Both are arrays of one type with elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_concat(
    fiber: *mut Fiber,
    a: *mut ArrayObject,
    b: *mut ArrayObject,
    elem_size: usize,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe {
        let (left, right) = ((*a).len as usize, (*b).len as usize);
        let type_index = u32::from((*a).header.type_index);
        let mut result = wyn_array_new(fiber, type_index, elem_size, left + right);
        append(fiber, &raw mut result, a, 0, left, elem_size);
        append(fiber, &raw mut result, b, 0, right, elem_size);
        result
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_reserve(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    additional: i64,
    elem_size: usize,
) {
    if additional > 0 {
        // SAFETY: the caller's promise.
        unsafe { wyn_slow_array_room(fiber, place, additional as usize, elem_size) }
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of this task alone, whose capacity is `len` or more; elements lie in its first `len` slots, and
/// those behind are nobody's.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_filled(place: *mut *mut ArrayObject, len: i64) {
    // SAFETY: the caller's promise.
    unsafe {
        // The array without memory, which all share, is as long as it should be.
        if (**place).cap > 0 {
            (**place).len = len as u64;
        }
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_truncate(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    len: i64,
    elem_size: usize,
) {
    let len = len.max(0) as usize;
    // SAFETY: the caller's promise. The length shrinks before anything is dropped.
    unsafe {
        let old = *place;
        if len >= (*old).len as usize {
            return;
        }
        if !wyn_is_unique(header(old)) {
            let mut kept = wyn_array_new(fiber, u32::from((*old).header.type_index), elem_size, len);
            append(fiber, &raw mut kept, old, 0, len, elem_size);
            *place = kept;
            wyn_release(fiber, header(old));
            return;
        }
        let gone = (*old).len as usize - len;
        (*old).len = len as u64;
        if let Some(drop) = (*type_of(fiber, old)).drop {
            let data = ArrayObject::data(old).add(len * elem_size);
            for at in 0..gone {
                drop(fiber, data.add(at * elem_size));
            }
        }
    }
}

/// Drops an element that was passed owned and finds no place.
unsafe fn drop_element(fiber: *mut Fiber, desc: *const TypeDescriptor, elem: *const u8) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(drop) = (*desc).drop {
            drop(fiber, elem.cast_mut());
        }
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size; `elem` points to one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_insert(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    index: i64,
    elem: *const u8,
    elem_size: usize,
    at: *const Location,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let len = (**place).len as usize;
        if index as u64 > len as u64 {
            drop_element(fiber, type_of(fiber, *place), elem);
            wyn_panic_bounds(fiber, index, len as i64, at);
        }
        wyn_slow_array_room(fiber, place, 1, elem_size);
        let array = *place;
        let gap = ArrayObject::data(array).add(index as usize * elem_size);
        ptr::copy(gap, gap.add(elem_size), (len - index as usize) * elem_size);
        ptr::copy_nonoverlapping(elem, gap, elem_size);
        (*array).len += 1;
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size; `out` has room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_remove(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    index: i64,
    out: *mut u8,
    elem_size: usize,
    at: *const Location,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let len = (**place).len as usize;
        if index as u64 >= len as u64 {
            wyn_panic_bounds(fiber, index, len as i64, at);
        }
        wyn_slow_array_room(fiber, place, 0, elem_size);
        let array = *place;
        let gap = ArrayObject::data(array).add(index as usize * elem_size);
        ptr::copy_nonoverlapping(gap, out, elem_size);
        ptr::copy(gap.add(elem_size), gap, (len - index as usize - 1) * elem_size);
        (*array).len -= 1;
    }
}

/// See the table.
///
/// # Safety
/// `array` has elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_slice(
    fiber: *mut Fiber,
    array: *mut ArrayObject,
    start: i64,
    end: i64,
    elem_size: usize,
    at: *const Location,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe {
        let len = (*array).len as i64;
        if start < 0 || start > end || end > len {
            panic_with(fiber, at, |text| {
                text.write(format_args!("slice {start}..{end} is out of bounds: the length is {len}"));
            });
        }
        let count = (end - start) as usize;
        let mut result = wyn_array_new(fiber, u32::from((*array).header.type_index), elem_size, count);
        append(fiber, &raw mut result, array, start as usize, count, elem_size);
        result
    }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of an array type with elements of this size; `elem` points to one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_fill(
    fiber: *mut Fiber,
    type_index: u32,
    elem: *const u8,
    count: i64,
    elem_size: usize,
    at: *const Location,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe {
        let desc = (*heap(fiber)).types.add(type_index as usize);
        if count <= 0 {
            drop_element(fiber, desc, elem);
            if count < 0 {
                const TEXT: &str = "the length of an array is negative";
                wyn_panic_text(fiber, TEXT.as_ptr(), TEXT.len(), at);
            }
        }
        let count = count as usize;
        let array = wyn_array_new(fiber, type_index, elem_size, count);
        if count == 0 {
            return array;
        }
        let data = ArrayObject::data(array);
        fill(data, elem, count, elem_size);
        // The first one is the element that was passed.
        retain_elements(fiber, (*desc).retain, data.wrapping_add(elem_size), count - 1, elem_size);
        (*array).len = count as u64;
        array
    }
}

/// Writes `count` bitwise copies of an element.
unsafe fn fill(data: *mut u8, elem: *const u8, count: usize, elem_size: usize) {
    // SAFETY: `data` has room for `count` elements.
    unsafe {
        match elem_size {
            // There may be more of them than anybody can count to.
            0 => {}
            1 => ptr::write_bytes(data, *elem, count),
            8 => {
                // Not read as a number: it may be a pointer.
                let value = elem.cast::<MaybeUninit<u64>>().read_unaligned();
                std::slice::from_raw_parts_mut(data.cast::<MaybeUninit<u64>>(), count).fill(value);
            }
            _ => {
                for at in 0..count {
                    ptr::copy_nonoverlapping(elem, data.add(at * elem_size), elem_size);
                }
            }
        }
    }
}
