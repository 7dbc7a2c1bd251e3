//! Slow ends of the count operations, and how an object dies.
//!
//! Dropping an object's contents may take the last references to other objects. Those are not dropped in turn: they
//! go on the worker's pending list, linked through their headers, which they need no more, and the release that
//! began works on the list until it is empty. So a chain of a million cells takes no more stack than one.
//!
//! Dropping never suspends and never unwinds, so that the list belongs to one worker and is empty between releases.

use wyn_abi::Fiber;
use wyn_abi::mutex::MutexObject;
use wyn_abi::object::{
    ArrayObject, BoxObject, ClosureObject, DeadLink, ObjectHeader, TypeDescriptor, TypeKind,
};
use wyn_hot::count::{self, Released};
use wyn_hot::object::{descriptor, heap};

use super::heap::free_block;
use super::walk::check_content;

/// See the table.
///
/// # Safety
/// As for `wyn_retain`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_retain(object: *mut ObjectHeader) {
    // SAFETY: the caller's reference keeps the object.
    unsafe { count::retain_shared(&(*object).count) }
}

/// See the table.
///
/// # Safety
/// As for `wyn_release`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_release(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the caller's reference keeps the object until here.
    unsafe {
        if count::release_shared(&(*object).count) == Released::Last {
            wyn_slow_drop(fiber, object);
        }
    }
}

/// See the table.
///
/// # Safety
/// The last reference to the object is gone, and with it every other user.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_drop(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the object is the caller's alone. The drop functions never suspend, so `heap` stays right.
    unsafe {
        let heap = heap(fiber);
        let (class, type_index) = ((*object).size_class, (*object).type_index);
        let desc = descriptor(heap, object);
        if (*desc).drop.is_none() {
            free_block(heap, object.cast(), class, type_index);
            return;
        }
        let link = DeadLink::new((*heap).pending, type_index, class);
        object.cast::<u64>().write(link.0);
        (*heap).pending = object as u64;
        if (*heap).draining {
            return;
        }
        (*heap).draining = true;
        while (*heap).pending != 0 {
            let dead = (*heap).pending as *mut u8;
            let link = DeadLink(dead.cast::<u64>().read());
            (*heap).pending = link.next();
            drop_contents(fiber, (*heap).types.add(link.type_index() as usize), dead);
            free_block(heap, dead, link.size_class(), link.type_index());
        }
        (*heap).draining = false;
    }
}

/// Calls `each` with every content of an object. Does not look at the object's header.
///
/// # Safety
/// `object` has the type that `desc` describes.
#[inline(always)]
pub unsafe fn for_each_content(desc: *const TypeDescriptor, object: *mut u8, mut each: impl FnMut(*mut u8)) {
    // SAFETY: the contents lie where the kind says.
    unsafe {
        match (*desc).kind {
            TypeKind::Plain => each(object.add(BoxObject::CONTENT)),
            TypeKind::Closure => each(object.add(ClosureObject::CAPTURES)),
            TypeKind::Mutex => each(object.add(MutexObject::CONTENT)),
            TypeKind::Array => {
                let array = object.cast::<ArrayObject>();
                let (data, size) = (ArrayObject::data(array), (*desc).elem_size);
                for at in 0..(*array).len as usize {
                    each(data.add(at * size));
                }
            }
        }
    }
}

unsafe fn drop_contents(fiber: *mut Fiber, desc: *const TypeDescriptor, object: *mut u8) {
    // SAFETY: only objects with a drop function become pending; each content is dropped once.
    unsafe {
        if (*desc).kind == TypeKind::Mutex {
            check_content(fiber, desc, object.add(MutexObject::CONTENT));
        }
        if let Some(drop) = (*desc).drop {
            for_each_content(desc, object, |content| drop(fiber, content));
        }
    }
}
