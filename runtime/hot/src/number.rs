//! Floats and conditions: operations of a few instructions.

use core::arch::x86_64::{_mm_cvtsd_f64, _mm_set_sd, _mm_sqrt_sd};

use wyn_abi::Fiber;
use wyn_abi::check_hot_rows;
use wyn_abi::io::sig;
use wyn_abi::object::StringObject;
use wyn_abi::program::Location;

use crate::task::slow::wyn_panic;

wyn_abi::io_rows!(check_hot_rows);

/// See the table.
///
/// # Safety
/// `message` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_assert(
    fiber: *mut Fiber,
    condition: bool,
    message: *mut StringObject,
    at: *const Location,
) {
    if !condition {
        // SAFETY: the caller's promise.
        unsafe { wyn_panic(fiber, message.cast(), at) }
    }
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_float_bits(x: f64) -> i64 {
    x.to_bits() as i64
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_math_sqrt(x: f64) -> f64 {
    // SAFETY: SSE2 is part of x86-64.
    unsafe {
        let x = _mm_set_sd(x);
        _mm_cvtsd_f64(_mm_sqrt_sd(x, x))
    }
}
