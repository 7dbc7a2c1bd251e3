//! A fiber with a heap, and types, for the tests of this area.

use wyn_abi::object::{ArrayObject, BoxObject, ObjectHeader, TypeDescriptor, TypeKind, WorkerHeap};
use wyn_abi::program::StaticText;
use wyn_abi::{Fiber, WorkerHot};
use wyn_hot::object::{wyn_mark, wyn_release, wyn_retain};

use super::live;

/// `string`.
pub(crate) const STRING: u32 = 0;
/// `[int]`.
pub(crate) const INTS: u32 = 1;
/// `[string]`.
pub(crate) const STRINGS: u32 = 2;
/// A cell of a list: one pointer to another cell, or null.
pub(crate) const CELL: u32 = 3;
/// An array of pointers to cells.
pub(crate) const CELLS: u32 = 4;
/// `[byte]`.
pub(crate) const BYTES: u32 = 5;
/// `[char]`.
pub(crate) const CHARS: u32 = 6;
/// `[()]`.
pub(crate) const UNITS: u32 = 7;

unsafe extern "C-unwind" fn drop_pointer(fiber: *mut Fiber, content: *mut u8) {
    // SAFETY: the content is a pointer to an object or null.
    unsafe {
        let object = content.cast::<*mut ObjectHeader>().read();
        if !object.is_null() {
            wyn_release(fiber, object);
        }
    }
}

unsafe extern "C-unwind" fn retain_pointer(_fiber: *mut Fiber, content: *mut u8) {
    // SAFETY: as above.
    unsafe {
        let object = content.cast::<*mut ObjectHeader>().read();
        if !object.is_null() {
            wyn_retain(object);
        }
    }
}

/// The mark function of a pointer.
pub(crate) unsafe extern "C-unwind" fn mark_pointer(fiber: *mut Fiber, content: *mut u8) {
    // SAFETY: as above.
    unsafe {
        let object = content.cast::<*mut ObjectHeader>().read();
        if !object.is_null() {
            wyn_mark(fiber, object);
        }
    }
}

fn row(name: &'static str, kind: TypeKind, elem_size: usize, pointers: bool, index: u16) -> TypeDescriptor {
    TypeDescriptor {
        name: StaticText::new(name),
        kind,
        flags: 0,
        elem_size,
        drop: pointers.then_some(drop_pointer),
        retain: pointers.then_some(retain_pointer),
        mark: pointers.then_some(mark_pointer),
        empty: ArrayObject { header: ObjectHeader::immortal(index), len: 0, cap: 0 },
    }
}

/// A worker and a fiber on it. Each has its own table of types, so that tests can count side by side.
pub(crate) struct Bench {
    fiber: *mut Fiber,
    worker: *mut WorkerHot,
    types: &'static [TypeDescriptor],
}

impl Bench {
    pub(crate) fn new() -> Self {
        let types = vec![
            row("string", TypeKind::Array, 1, false, 0),
            row("[int]", TypeKind::Array, 8, false, 1),
            row("[string]", TypeKind::Array, 8, true, 2),
            row("Cell", TypeKind::Plain, 8, true, 3),
            row("[Cell]", TypeKind::Array, 8, true, 4),
            row("[byte]", TypeKind::Array, 1, false, 5),
            row("[char]", TypeKind::Array, 4, false, 6),
            row("[()]", TypeKind::Array, 0, false, 7),
        ];
        Self::with(Box::leak(types.into_boxed_slice()))
    }

    /// A second worker of the same program.
    pub(crate) fn beside(&self) -> Self {
        Self::with(self.types)
    }

    fn with(types: &'static [TypeDescriptor]) -> Self {
        // SAFETY: all-zero bytes are a fiber and a worker that nothing was done with; the table is leaked.
        unsafe {
            let fiber = Box::into_raw(Box::<Fiber>::new_zeroed().assume_init());
            let worker = Box::into_raw(Box::<WorkerHot>::new_zeroed().assume_init());
            (*worker).heap = WorkerHeap::new();
            super::heap::open(&raw mut (*worker).heap, types.as_ptr(), types.len());
            (*fiber).worker = worker;
            Self { fiber, worker, types }
        }
    }

    pub(crate) fn fiber(&mut self) -> *mut Fiber {
        self.fiber
    }

    pub(crate) fn heap(&mut self) -> *mut WorkerHeap {
        // SAFETY: the worker lives as long as the bench.
        unsafe { &raw mut (*self.worker).heap }
    }

    /// Objects of the program that are alive.
    pub(crate) fn live(&self) -> i64 {
        // SAFETY: the tests' workers stand still.
        unsafe { live::by_type(self.types.as_ptr()) }.iter().map(|(_, n)| *n as i64).sum()
    }

    /// The same by type.
    pub(crate) fn by_type(&self) -> Vec<(&'static str, usize)> {
        // SAFETY: as above.
        unsafe { live::by_type(self.types.as_ptr()) }
            .into_iter()
            .map(|(desc, n)| (desc.name.as_str(), n))
            .collect()
    }

    /// A cell that owns `next`.
    pub(crate) fn cell(&mut self, next: *mut ObjectHeader) -> *mut ObjectHeader {
        // SAFETY: the cell has room for a pointer.
        unsafe {
            let cell = wyn_hot::object::wyn_alloc(self.fiber(), 16, CELL);
            cell.byte_add(BoxObject::CONTENT).cast::<*mut ObjectHeader>().write(next);
            cell
        }
    }

    /// The empty array of a type.
    pub(crate) fn empty(&self, type_index: u32) -> *mut ArrayObject {
        (&raw const self.types[type_index as usize].empty).cast_mut()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // SAFETY: the worker runs no more; both were boxed.
        unsafe {
            super::heap::close(&raw mut (*self.worker).heap);
            drop(Box::from_raw(self.fiber));
            drop(Box::from_raw(self.worker));
        }
    }
}
