//! The personality routines: what the unwinder asks about each frame it passes.

use super::lsda::{Pad, find};
use crate::fiber::morestack;

/// The unwinder's view of a frame.
#[repr(C)]
pub struct Context {
    opaque: [u8; 0],
}

const SEARCH_PHASE: i32 = 1;
const HANDLER_FOUND: i32 = 6;
const INSTALL_CONTEXT: i32 = 7;
const CONTINUE_UNWIND: i32 = 8;

/// DWARF numbers of the registers in which a landing pad gets the exception and the selector.
const RAX: i32 = 0;
const RDX: i32 = 1;
/// DWARF number of the frame pointer.
const RBP: i32 = 6;

unsafe extern "C" {
    fn _Unwind_GetLanguageSpecificData(context: *mut Context) -> *const u8;
    fn _Unwind_GetRegionStart(context: *mut Context) -> usize;
    pub(super) fn _Unwind_GetIPInfo(context: *mut Context, before: *mut i32) -> usize;
    fn _Unwind_GetGR(context: *mut Context, register: i32) -> usize;
    fn _Unwind_SetGR(context: *mut Context, register: i32, value: usize);
    fn _Unwind_SetIP(context: *mut Context, address: usize);
}

/// The personality of compiled functions: runs cleanups, and catches at catch-all clauses.
///
/// # Safety
/// Called by the unwinder.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wyn_personality(
    _version: i32,
    actions: i32,
    _class: u64,
    exception: *mut u8,
    context: *mut Context,
) -> i32 {
    // SAFETY: the unwinder gives a valid context; the area belongs to the frame's function.
    unsafe {
        let mut before = 0;
        let mut ip = _Unwind_GetIPInfo(context, &raw mut before);
        if before == 0 {
            // A return address: the call is before it.
            ip -= 1;
        }
        let area = _Unwind_GetLanguageSpecificData(context);
        let pad = find(area, _Unwind_GetRegionStart(context), ip);
        if actions & SEARCH_PHASE != 0 {
            return if matches!(pad, Pad::Handler(..)) { HANDLER_FOUND } else { CONTINUE_UNWIND };
        }
        let (address, selector) = match pad {
            Pad::None => return CONTINUE_UNWIND,
            Pad::Cleanup(address) => (address, 0),
            Pad::Handler(address, selector) => (address, selector),
        };
        _Unwind_SetGR(context, RAX, exception as usize);
        _Unwind_SetGR(context, RDX, selector);
        _Unwind_SetIP(context, address);
        INSTALL_CONTEXT
    }
}

/// The personality of the stack-switching trampoline: an exception that passes it goes back to the small stack,
/// so the stack limit does too.
///
/// # Safety
/// Called by the unwinder for a frame of `wyn_morestack`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn wyn_stack_personality(
    _version: i32,
    actions: i32,
    _class: u64,
    _exception: *mut u8,
    context: *mut Context,
) -> i32 {
    if actions & SEARCH_PHASE == 0 {
        // SAFETY: the trampoline has a frame pointer, and keeps the fiber at a fixed place below it.
        unsafe { morestack::passed_by_exception(_Unwind_GetGR(context, RBP)) };
    }
    CONTINUE_UNWIND
}
