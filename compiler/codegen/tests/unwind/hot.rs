//! A fast path in the manner of `runtime/hot`: succeeds inline, or leaves by its slow path, which
//! raises an exception.
#![no_std]

unsafe extern "C-unwind" {
    fn test_slow_send(room: *mut u64);
}

/// Takes one unit of room, or raises when there is none.
///
/// # Safety
/// `room` is valid for reads and writes.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn test_send(room: *mut u64) {
    // SAFETY: the caller vouches for `room`.
    unsafe {
        if *room > 0 {
            *room -= 1;
        } else {
            test_slow_send(room);
        }
    }
}
