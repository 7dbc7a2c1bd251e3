//! The frames on the stack, as the platform's unwinder finds them.

use super::personality::{_Unwind_GetIPInfo, Context};

/// Calls `each` with a code address of every frame of the calling thread's stack, the innermost first, until it says
/// false. The address lies in the instruction that is being executed, a call mostly.
pub(crate) fn frames(mut each: impl FnMut(usize) -> bool) {
    unsafe extern "C" fn step<F: FnMut(usize) -> bool>(context: *mut Context, each: *mut u8) -> i32 {
        const GO_ON: i32 = 0;
        const STOP: i32 = 4;
        // SAFETY: the unwinder passes its context and what it was given below.
        unsafe {
            let mut before = 0;
            let address = _Unwind_GetIPInfo(context, &raw mut before);
            // A return address may lie behind the last line of the call.
            let address = if before == 0 { address.wrapping_sub(1) } else { address };
            if (*each.cast::<F>())(address) { GO_ON } else { STOP }
        }
    }
    fn walk<F: FnMut(usize) -> bool>(each: &mut F) {
        // SAFETY: the step is for this type, and borrows it for the call.
        unsafe { _Unwind_Backtrace(step::<F>, (&raw mut *each).cast()) };
    }
    walk(&mut each);
}

unsafe extern "C" {
    fn _Unwind_Backtrace(step: unsafe extern "C" fn(*mut Context, *mut u8) -> i32, each: *mut u8) -> i32;
}
