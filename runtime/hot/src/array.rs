//! Arrays: the operations that programs do in loops.
//!
//! A place holds an owned reference. An operation that changes the array first makes it uniquely held; a uniquely
//! held array is local, so that elements may be stored into it unmarked.

use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::Ordering;

use wyn_abi::Fiber;
use wyn_abi::object::{ArrayObject, ObjectHeader};
use wyn_abi::program::Location;

use crate::object::slow;
use crate::task::slow::wyn_panic_bounds;

/// Whether an array is local and uniquely held, at the cost of one load; `false` may also mean that the slow path
/// has to look.
#[inline(always)]
unsafe fn plainly_unique(array: *mut ArrayObject) -> bool {
    // SAFETY: the caller's place keeps the array.
    // ORDER: Relaxed; a local count of 1 was written by this task, or came along with the object.
    unsafe { (*array).header.count.load(Ordering::Relaxed) == 1 }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_unique(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    elem_size: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if !plainly_unique(*place) {
            slow::wyn_slow_array_room(fiber, place, 0, elem_size);
        }
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size; `elem` points to one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_push(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    elem: *const u8,
    elem_size: usize,
) {
    // SAFETY: the caller's promise; there is room for one more when `len < cap`.
    unsafe {
        let mut array = *place;
        if !plainly_unique(array) || (*array).len >= (*array).cap {
            slow::wyn_slow_array_room(fiber, place, 1, elem_size);
            array = *place;
        }
        let len = (*array).len;
        ptr::copy_nonoverlapping(elem, ArrayObject::data(array).add(len as usize * elem_size), elem_size);
        (*array).len = len + 1;
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size that is not empty; `out` has room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_take_last(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    out: *mut u8,
    elem_size: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if !plainly_unique(*place) {
            slow::wyn_slow_array_room(fiber, place, 0, elem_size);
        }
        let array = *place;
        let len = (*array).len - 1;
        ptr::copy_nonoverlapping(ArrayObject::data(array).add(len as usize * elem_size), out, elem_size);
        (*array).len = len;
    }
}

/// See the table.
///
/// # Safety
/// `place` holds an array of elements of this size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_array_swap(
    fiber: *mut Fiber,
    place: *mut *mut ArrayObject,
    i: i64,
    j: i64,
    elem_size: usize,
    at: *const Location,
) {
    // SAFETY: the caller's promise; both indices are below the length.
    unsafe {
        let len = (**place).len;
        if i as u64 >= len {
            wyn_panic_bounds(fiber, i, len as i64, at);
        }
        if j as u64 >= len {
            wyn_panic_bounds(fiber, j, len as i64, at);
        }
        if i == j {
            return;
        }
        if !plainly_unique(*place) {
            slow::wyn_slow_array_room(fiber, place, 0, elem_size);
        }
        let data = ArrayObject::data(*place);
        let (a, b) = (data.add(i as usize * elem_size), data.add(j as usize * elem_size));
        if elem_size == 8 {
            // Not as numbers: they may be pointers.
            ptr::swap(a.cast::<MaybeUninit<u64>>(), b.cast::<MaybeUninit<u64>>());
        } else {
            ptr::swap_nonoverlapping(a, b, elem_size);
        }
    }
}

/// The header of an array as an object.
#[inline(always)]
pub fn header(array: *mut ArrayObject) -> *mut ObjectHeader {
    array.cast()
}
