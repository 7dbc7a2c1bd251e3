//! Task-local values: what a key is bound to, for a block and all that is spawned in it.
//!
//! Bindings are a list, the innermost first, and never change. A scope *sees* the list that the scope around it sees, and
//! takes over the pointer when it is opened: its parent outlives it, so that counts nothing, and spawning does nothing at
//! all. A block that binds puts one more in front. A detached task outlives the scopes around it, and keeps the list.
//! *A scope owns a count of what it sees if its parent sees something else*, and gives it up when it closes.
//!
//! A value is a function object that gives it. It is marked with all that it reaches when it is bound, because any task
//! in the block may take it.

use std::ptr;
use std::sync::Arc;

use wyn_abi::Fiber;
use wyn_abi::object::ObjectHeader;
use wyn_hot::object::{wyn_release, wyn_retain, wyn_share_all};

use super::cancel;
use super::scope::ScopeCell;
use crate::fiber::FiberCell;
use crate::sync::{AtomicU64, Ordering};

/// The next key.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A key and its value, in front of those that were bound around it.
pub(crate) struct Binding {
    key: i64,
    /// A reference of its own.
    value: *mut ObjectHeader,
    /// Null at the end of the list; else a count of its own.
    outer: *const Binding,
}

// SAFETY: a binding never changes; its value is marked, so any thread may count it.
unsafe impl Send for Binding {}
// SAFETY: as above.
unsafe impl Sync for Binding {}

/// See the table.
///
/// # Safety
/// Called by compiled code.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_local_key() -> i64 {
    // ORDER: Relaxed; the number is only to be different from others.
    NEXT.fetch_add(1, Ordering::Relaxed) as i64
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task, in a block that has spawned nothing yet; the value is a function object.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_local_bind(fiber: *mut Fiber, key: i64, value: *mut ObjectHeader) {
    // SAFETY: by contract: the innermost scope is the block's, and nobody else looks at it yet.
    unsafe {
        wyn_share_all(fiber, value);
        let this = FiberCell::innermost(FiberCell::of(fiber));
        let outer = seen_in(this);
        if !outer.is_null() && !owns(this) {
            Arc::increment_strong_count(outer);
        }
        (*this).hot.bindings = Arc::into_raw(Arc::new(Binding { key, value, outer })).cast();
    }
}

/// See the table.
///
/// # Safety
/// `fiber` runs a task; `out` has room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_task_local_find(
    fiber: *mut Fiber,
    key: i64,
    out: *mut *mut ObjectHeader,
) -> bool {
    // SAFETY: by contract; the scopes around the running task keep what they see.
    unsafe {
        let mut next = seen_from(FiberCell::of(fiber));
        while let Some(binding) = next.as_ref() {
            if binding.key == key {
                wyn_retain(binding.value);
                out.write(binding.value);
                return true;
            }
            next = binding.outer;
        }
        false
    }
}

/// What a scope sees; nothing if there is none.
unsafe fn seen_in(scope: *mut ScopeCell) -> *const Binding {
    // SAFETY: the caller keeps the scope.
    unsafe { scope.as_ref() }.map_or(ptr::null(), |scope| scope.hot.bindings.cast())
}

/// What the running task sees.
unsafe fn seen_from(cell: *mut FiberCell) -> *const Binding {
    // SAFETY: the fiber runs; the scope that its task belongs to is open.
    unsafe {
        let (_, scope) = cancel::place_in_tree(cell);
        seen_in(scope)
    }
}

/// A count of what the running task sees, for a detached task.
///
/// # Safety
/// The fiber runs. The caller's scope gives the count up with [`leave`].
pub(crate) unsafe fn keep(cell: *mut FiberCell) -> *const wyn_abi::task::Binding {
    // SAFETY: by contract.
    unsafe {
        let seen = seen_from(cell);
        if !seen.is_null() {
            Arc::increment_strong_count(seen);
        }
        seen.cast()
    }
}

/// Whether a block binds a value itself. For reports.
///
/// # Safety
/// The scope is that of a block that is open, and stays so.
pub(crate) unsafe fn binds(this: *mut ScopeCell) -> bool {
    // SAFETY: by contract.
    unsafe { owns(this) }
}

/// Whether a scope owns a count of what it sees.
unsafe fn owns(this: *mut ScopeCell) -> bool {
    // SAFETY: the scope is open, so its parent is.
    unsafe { seen_in(this) != seen_in(ScopeCell::of((*this).hot.parent)) }
}

/// A block, or the scope of a detached task, is about to close: gives up what it owns.
///
/// # Safety
/// `fiber` is the running fiber; the tasks of the scope have ended.
#[inline(always)]
pub(crate) unsafe fn leave(fiber: *mut Fiber, this: *mut ScopeCell) {
    // SAFETY: by contract.
    unsafe {
        if owns(this) {
            release(fiber, std::mem::replace(&mut (*this).hot.bindings, ptr::null()).cast());
        }
    }
}

/// Gives up a count of a list. The list may be of any length.
#[cold]
unsafe fn release(fiber: *mut Fiber, mut list: *const Binding) {
    // SAFETY: the caller owns a count of the first, and whoever is the last to know one owns a count of the next.
    unsafe {
        while !list.is_null() {
            let Some(binding) = Arc::into_inner(Arc::from_raw(list)) else { return };
            wyn_release(fiber, binding.value);
            list = binding.outer;
        }
    }
}
