//! Strings: the operations that programs do in loops.

use core::ptr;
use core::sync::atomic::Ordering;

use wyn_abi::Fiber;
use wyn_abi::check_hot_rows;
use wyn_abi::object::{ArrayObject, StringObject};
use wyn_abi::program::Location;
use wyn_abi::string::sig;

use crate::task::slow::wyn_panic_bounds;

/// Declarations of the slow paths.
pub mod slow {
    use wyn_abi::Fiber;
    use wyn_abi::extern_slow_rows;
    use wyn_abi::object::{ArrayObject, FloatPair, IntPair, StringObject, StringPair};
    use wyn_abi::program::Location;
    wyn_abi::string_rows!(extern_slow_rows);
}

wyn_abi::string_rows!(check_hot_rows);

/// See the table.
///
/// # Safety
/// `place` holds a string; `other` is one, perhaps the same.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_append(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    other: *mut StringObject,
) {
    // SAFETY: the caller's promise; the free end of a string does not overlap anybody's bytes.
    unsafe {
        let string = *place;
        let (len, more) = ((*string).len, (*other).len);
        // ORDER: Relaxed; a local count of 1 was written by this task, or came along with the object.
        if (*string).header.count.load(Ordering::Relaxed) == 1 && (*string).cap - len >= more {
            let end = ArrayObject::data(string).add(len as usize);
            ptr::copy_nonoverlapping(ArrayObject::data(other), end, more as usize);
            (*string).len = len + more;
        } else {
            slow::wyn_string_append_bytes(fiber, place, ArrayObject::data(other), more as usize);
        }
    }
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_eq(a: *mut StringObject, b: *mut StringObject) -> bool {
    // SAFETY: both have `len` bytes.
    unsafe {
        if ptr::eq(a, b) {
            return true;
        }
        let len = (*a).len;
        if len != (*b).len {
            return false;
        }
        let a = core::slice::from_raw_parts(ArrayObject::data(a), len as usize);
        let b = core::slice::from_raw_parts(ArrayObject::data(b), len as usize);
        a == b
    }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_byte_at(
    fiber: *mut Fiber,
    s: *mut StringObject,
    index: i64,
    at: *const Location,
) -> i64 {
    // SAFETY: the index is below the length.
    unsafe {
        let len = (*s).len;
        if index as u64 >= len {
            wyn_panic_bounds(fiber, index, len as i64, at);
        }
        i64::from(*ArrayObject::data(s).add(index as usize))
    }
}
