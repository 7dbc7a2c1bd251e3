//! Objects: the heap values that compiled code counts, and the allocator state it touches.
//!
//! An object is a header of eight bytes and a payload. Strings and arrays have a length and a
//! capacity after the header, closures a code pointer. Every object carries the index of its
//! [`TypeDescriptor`] in the program's table, so that the runtime can free, copy and mark it without
//! knowing its type; row [`STRING_TYPE`] is the string.
//!
//! The count word (operations in `wyn_hot::count`):
//!
//! | value | meaning |
//! |---|---|
//! | `n > 0` | *local*: `n` references, all used by one task at a time; plain arithmetic |
//! | `i32::MAX` | local and saturated: never freed |
//! | `-n`, above [`STUCK`] | *shared* (marked): `n` references, atomic arithmetic |
//! | at or below [`STUCK`] | shared and saturated: never freed |
//! | `0` | *immortal*: static data; never written |
//!
//! Invariant M: whatever a marked object reaches is marked or immortal.

use core::sync::atomic::AtomicI32;

use crate::fiber::Fiber;
use crate::program::{Location, StaticText};

/// The count of static objects.
pub const IMMORTAL: i32 = 0;
/// Shared counts at or below this value no longer change. The distance to `i32::MIN` leaves room for
/// more concurrent retains than there can be threads.
pub const STUCK: i32 = i32::MIN / 2;
/// The type index of strings.
pub const STRING_TYPE: u32 = 0;
/// The size class of objects that have their own block from the system's allocator.
pub const LARGE: u8 = CLASSES as u8;
/// How many size classes there are.
pub const CLASSES: usize = 28;
/// The largest size, header included, that comes from a size class.
pub const MAX_SMALL: usize = 4096;
/// Every object is aligned to this.
pub const OBJECT_ALIGN: usize = 16;

/// What every object begins with.
#[repr(C, align(8))]
pub struct ObjectHeader {
    /// References; see the module's table.
    pub count: AtomicI32,
    /// Reserved; zero.
    pub flags: u8,
    /// Index of the block's size class, or [`LARGE`]. Meaningless in static objects.
    pub size_class: u8,
    /// Index of the type descriptor.
    pub type_index: u16,
}

impl ObjectHeader {
    /// The header of static data.
    #[must_use]
    pub const fn immortal(type_index: u16) -> Self {
        Self { count: AtomicI32::new(IMMORTAL), flags: 0, size_class: LARGE, type_index }
    }
}

/// An array or a string: the elements follow, `len` of them in use, room for `cap`.
///
/// Empty ones may be static; a static one may have any contents (literals, constant tables).
#[repr(C)]
pub struct ArrayObject {
    /// Count and type.
    pub header: ObjectHeader,
    /// Elements in use; of a string, bytes of valid UTF-8.
    pub len: u64,
    /// Elements that fit; at least `len`.
    pub cap: u64,
}

/// A string is an array of bytes with type [`STRING_TYPE`].
pub type StringObject = ArrayObject;

impl ArrayObject {
    /// Offset of the first element from the object's start.
    pub const DATA: usize = size_of::<Self>();

    /// The first element.
    ///
    /// # Safety
    /// `this` points to an array object.
    #[must_use]
    #[inline(always)]
    pub unsafe fn data(this: *mut Self) -> *mut u8 {
        // SAFETY: the elements follow the struct in the same block.
        unsafe { this.cast::<u8>().add(Self::DATA) }
    }
}

/// A function value: code, then the captures, laid out like a tuple.
#[repr(C)]
pub struct ClosureObject {
    /// Count and type.
    pub header: ObjectHeader,
    /// Called as `code(fiber, closure, arguments...)`.
    pub code: *const u8,
}

impl ClosureObject {
    /// Offset of the first capture from the object's start.
    pub const CAPTURES: usize = size_of::<Self>();
}

/// The cell of a boxed value: a struct or enum that contains itself.
#[repr(C)]
pub struct BoxObject {
    /// Count and type.
    pub header: ObjectHeader,
}

impl BoxObject {
    /// Offset of the content from the object's start.
    pub const CONTENT: usize = size_of::<Self>();
}

/// Where an object's counted content lies.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeKind {
    /// A cell: one content at [`BoxObject::CONTENT`].
    Plain = 0,
    /// `len` contents at [`ArrayObject::DATA`], `elem_size` apart.
    Array = 1,
    /// One content at [`ClosureObject::CAPTURES`].
    Closure = 2,
    /// One content at [`MutexObject::CONTENT`](crate::mutex::MutexObject::CONTENT), marked; walks do not go into it.
    Mutex = 3,
}

/// Works on one content: the fields of a box, the captures of a closure, one element of an array.
/// Never unwinds, never parks.
pub type ContentFn = unsafe extern "C-unwind" fn(fiber: *mut Fiber, content: *mut u8);

/// What the runtime knows about a type of objects. Emitted by the compiler, one row a type.
#[repr(C)]
pub struct TypeDescriptor {
    /// The type as the source writes it.
    pub name: StaticText,
    /// Where contents lie.
    pub kind: TypeKind,
    /// Reserved; zero.
    pub flags: u32,
    /// Bytes of one content; the distance between elements.
    pub elem_size: usize,
    /// Releases whatever one content holds; absent when it holds nothing counted.
    pub drop: Option<ContentFn>,
    /// Retains whatever one content holds, for a bitwise copy of it; absent like `drop`.
    pub retain: Option<ContentFn>,
    /// Marks what one content holds (`wyn_mark` on each counted part); absent like `drop`.
    pub mark: Option<ContentFn>,
    /// The empty array of an array type, or the empty string: an immortal object with this type's
    /// index, which every empty literal may point to. Unused in other types.
    pub empty: ArrayObject,
}

// SAFETY: descriptors are static data that nobody writes.
unsafe impl Sync for TypeDescriptor {}

/// What follows the header in a free block.
#[repr(C)]
pub struct FreeBlock {
    /// The next free block of the same list.
    pub next: *mut FreeBlock,
}

/// A worker's free blocks of one size class.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FreeList {
    /// The block to hand out next.
    pub head: *mut FreeBlock,
    /// How many there are.
    pub len: u32,
    /// At this length some go to the central list.
    pub limit: u32,
}

/// The allocator's part of a worker; used by the worker's thread alone.
#[repr(C)]
pub struct WorkerHeap {
    /// Free blocks by size class.
    pub free: [FreeList; CLASSES],
    /// The program's type descriptors.
    pub types: *const TypeDescriptor,
    /// Allocations less frees on this worker, by type index. One worker's numbers may be negative;
    /// the sums over all workers are exact.
    pub live: *mut i64,
    /// Dead objects whose contents are still to be dropped, linked through their headers
    /// ([`DeadLink`]).
    pub pending: u64,
    /// Whether a release further up the stack is working on `pending`.
    pub draining: bool,
    /// Whether marking now does something else than its name says, to every object: the runtime's.
    pub special_walk: bool,
    /// The state of a walk; the runtime's.
    pub walk: *mut u8,
}

impl WorkerHeap {
    /// A heap without memory, for a program whose types are still unknown. `heap::open` of the
    /// runtime makes it usable.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            free: [FreeList { head: core::ptr::null_mut(), len: 0, limit: 0 }; CLASSES],
            types: core::ptr::null(),
            live: core::ptr::null_mut(),
            pending: 0,
            draining: false,
            special_walk: false,
            walk: core::ptr::null_mut(),
        }
    }
}

impl Default for WorkerHeap {
    fn default() -> Self {
        Self::new()
    }
}

/// The header of a dead object on a pending list, packed so that the content stays intact.
///
/// ```text
///  63                                  21 20              5 4       0
/// +--------------------------------------+-----------------+---------+
/// | address of the next dead object >> 4 | type index      | class   |
/// +--------------------------------------+-----------------+---------+
/// ```
///
/// Addresses of x86-64 Linux processes are below 2^47 and objects are aligned to 16.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeadLink(pub u64);

impl DeadLink {
    /// Packs the parts.
    #[must_use]
    #[inline(always)]
    pub fn new(next: u64, type_index: u16, size_class: u8) -> Self {
        Self((next >> 4) << 21 | u64::from(type_index) << 5 | u64::from(size_class))
    }

    /// Address of the next dead object; 0 at the end.
    #[must_use]
    #[inline(always)]
    pub fn next(self) -> u64 {
        (self.0 >> 21) << 4
    }

    /// Type of this object.
    #[must_use]
    #[inline(always)]
    pub fn type_index(self) -> u16 {
        (self.0 >> 5) as u16
    }

    /// Size class of this object.
    #[must_use]
    #[inline(always)]
    pub fn size_class(self) -> u8 {
        (self.0 & 31) as u8
    }
}

/// The smallest size class whose blocks hold `size` bytes; [`LARGE`] when none does.
///
/// Steps of 16 up to 128, then four classes to each doubling.
#[must_use]
#[inline(always)]
pub const fn size_class(size: usize) -> u8 {
    if size <= 128 {
        if size == 0 { 0 } else { ((size - 1) >> 4) as u8 }
    } else if size <= MAX_SMALL {
        let doubling = usize::BITS - 1 - (size - 1).leading_zeros();
        let quarter = ((size - 1) >> (doubling - 2)) & 3;
        (8 + (doubling as usize - 7) * 4 + quarter) as u8
    } else {
        LARGE
    }
}

/// Bytes of a block of this class; 0 for [`LARGE`].
#[must_use]
#[inline(always)]
pub const fn class_size(class: u8) -> usize {
    if class < 8 {
        (class as usize + 1) << 4
    } else if class < LARGE {
        let doubling = (class as usize - 8) / 4;
        let quarter = (class as usize - 8) % 4;
        (128 << doubling) + ((quarter + 1) << (5 + doubling))
    } else {
        0
    }
}

/// A status and a value, returned in two registers: a Wyn tuple `(int, int)`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IntPair {
    /// Status.
    pub status: i64,
    /// Value.
    pub value: i64,
}

/// A status and a value: a Wyn tuple `(int, float)`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FloatPair {
    /// Status.
    pub status: i64,
    /// Value.
    pub value: f64,
}

/// A status and an owned string: a Wyn tuple `(int, string)`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StringPair {
    /// Status.
    pub status: i64,
    /// Value.
    pub value: *mut StringObject,
}

/// The rows of objects and arrays; the argument is the macro that receives them.
///
/// `place` points to a place that holds an array: the function may replace the array in it. Elements
/// are passed by address; `elem_size` is [`TypeDescriptor::elem_size`].
#[macro_export]
macro_rules! object_rows {
    ($callback:ident) => { $callback! {
        /// A new object of `size` bytes, header included, with count 1. The content is not initialised.
        hot fn wyn_alloc(fiber: *mut Fiber, size: usize, type_index: u32) -> *mut ObjectHeader [allocates];
        /// One more reference.
        hot fn wyn_retain(object: *mut ObjectHeader) [];
        /// One reference less. The last one drops the contents and frees the memory.
        hot fn wyn_release(fiber: *mut Fiber, own object: *mut ObjectHeader) [];
        /// Whether the caller's reference is the only one. An object for which this holds is local afterwards: ask
        /// only for objects that the caller owns, or that lie in a place whose way from the root was made unique.
        hot fn wyn_is_unique(object: *mut ObjectHeader) -> bool [];
        /// The object is about to be reached from another task: gives it and what it reaches counts that two tasks
        /// may change, where invariant M needs them.
        hot fn wyn_mark(fiber: *mut Fiber, object: *mut ObjectHeader) [];
        /// Marks the object alone: it reaches nothing, or only what is marked.
        hot fn wyn_share(object: *mut ObjectHeader) [];
        /// Marks the object and all that it reaches: a marked object, or the content of a mutex, is to reach it.
        hot fn wyn_share_all(fiber: *mut Fiber, object: *mut ObjectHeader) [];
        /// `wyn_mark` of a string that is itself handed over: it reaches nothing, so nothing need be walked.
        hot fn wyn_cross_string(fiber: *mut Fiber, object: *mut ObjectHeader) [];
        /// Makes the cell in the place uniquely held: copies it, retaining what it holds, when it is not. `size` is
        /// the cell's, header included.
        hot fn wyn_cell_unique(fiber: *mut Fiber, place: *mut *mut ObjectHeader, size: usize) [allocates];
        /// Frees the memory of a uniquely held object whose contents the caller has moved out.
        hot fn wyn_free(fiber: *mut Fiber, own object: *mut ObjectHeader) [];

        /// A new array of this type with room for `capacity` elements and length 0; the static empty one for 0.
        slow fn wyn_array_new(fiber: *mut Fiber, type_index: u32, elem_size: usize, capacity: usize) -> *mut ArrayObject [allocates];
        /// Makes the array in the place uniquely held: copies it, retaining its elements, when it is not.
        hot fn wyn_array_unique(fiber: *mut Fiber, place: *mut *mut ArrayObject, elem_size: usize) [allocates];
        /// Appends one element; amortised constant time.
        hot fn wyn_array_push(fiber: *mut Fiber, place: *mut *mut ArrayObject, own elem: *const u8, elem_size: usize) [allocates];
        /// Removes the last element of an array that is not empty, and moves it to `out`.
        hot fn wyn_array_take_last(fiber: *mut Fiber, place: *mut *mut ArrayObject, out: *mut u8, elem_size: usize) [allocates];
        /// Appends copies of all elements of `other`, which may be the same array.
        slow fn wyn_array_extend(fiber: *mut Fiber, place: *mut *mut ArrayObject, other: *mut ArrayObject, elem_size: usize) [allocates];
        /// A new array with the elements of both.
        slow fn wyn_array_concat(fiber: *mut Fiber, a: *mut ArrayObject, b: *mut ArrayObject, elem_size: usize) -> *mut ArrayObject [allocates];
        /// Says that the first `len` slots of a local array hold its elements from now on, and the others nothing. Not inlined
        /// anywhere: compiled code moves no access to an element across it.
        slow fn wyn_array_filled(place: *mut *mut ArrayObject, len: i64) [];
        /// Makes room for so many more elements; nothing for a negative number.
        slow fn wyn_array_reserve(fiber: *mut Fiber, place: *mut *mut ArrayObject, additional: i64, elem_size: usize) [allocates];
        /// Drops the elements from `len` on; nothing when there are none. A negative `len` counts as 0.
        slow fn wyn_array_truncate(fiber: *mut Fiber, place: *mut *mut ArrayObject, len: i64, elem_size: usize) [allocates];
        /// Inserts before `index`; panics (and drops the element) when it is above the length.
        slow fn wyn_array_insert(fiber: *mut Fiber, place: *mut *mut ArrayObject, index: i64, own elem: *const u8, elem_size: usize, at: *const Location) [unwinds allocates];
        /// Moves the element at `index` to `out` and closes the gap; panics when there is none.
        slow fn wyn_array_remove(fiber: *mut Fiber, place: *mut *mut ArrayObject, index: i64, out: *mut u8, elem_size: usize, at: *const Location) [unwinds allocates];
        /// Exchanges two elements; panics when one does not exist.
        hot fn wyn_array_swap(fiber: *mut Fiber, place: *mut *mut ArrayObject, i: i64, j: i64, elem_size: usize, at: *const Location) [unwinds allocates];
        /// A new array with copies of the elements from `start` up to `end`; panics outside `0 <= start <= end <= len`.
        slow fn wyn_array_slice(fiber: *mut Fiber, array: *mut ArrayObject, start: i64, end: i64, elem_size: usize, at: *const Location) -> *mut ArrayObject [unwinds allocates];
        /// A new array of `count` copies of one element; panics (and drops it) for a negative count.
        slow fn wyn_array_fill(fiber: *mut Fiber, type_index: u32, own elem: *const u8, count: i64, elem_size: usize, at: *const Location) -> *mut ArrayObject [unwinds allocates];

        /// Makes immortal what a module constant holds: `content` and its type's mark function (a [`ContentFn`]). The
        /// constant's own reference is given up.
        slow fn wyn_make_immortal(fiber: *mut Fiber, content: *mut u8, mark: *const u8) [];

        /// Slow path of `wyn_alloc`: no free block on the worker, or a large object.
        slow fn wyn_slow_alloc(fiber: *mut Fiber, size: usize, type_index: u32) -> *mut ObjectHeader [allocates];
        /// Slow path of `wyn_retain`: a shared or saturated count.
        slow fn wyn_slow_retain(object: *mut ObjectHeader) [];
        /// Slow path of `wyn_release`: a shared or saturated count.
        slow fn wyn_slow_release(fiber: *mut Fiber, own object: *mut ObjectHeader) [];
        /// The last reference is gone: drops the contents, iteratively, and frees the memory.
        slow fn wyn_slow_drop(fiber: *mut Fiber, own object: *mut ObjectHeader) [];
        /// Slow path of `wyn_free`: the worker's list is full, or the object is large.
        slow fn wyn_slow_free(fiber: *mut Fiber, own object: *mut ObjectHeader) [];
        /// Slow path of `wyn_mark`: the object may have to be marked.
        slow fn wyn_slow_mark(fiber: *mut Fiber, object: *mut ObjectHeader) [];
        /// Slow path of `wyn_share_all`: the object is not marked.
        slow fn wyn_slow_share(fiber: *mut Fiber, object: *mut ObjectHeader) [];
        /// Slow path of growing and copying: the array in the place becomes unique with room for `additional` more.
        slow fn wyn_slow_array_room(fiber: *mut Fiber, place: *mut *mut ArrayObject, additional: usize, elem_size: usize) [allocates];
        /// Slow path of `wyn_cell_unique`: a shared, immortal or marked cell.
        slow fn wyn_slow_cell_unique(fiber: *mut Fiber, place: *mut *mut ObjectHeader, size: usize) [allocates];
    } };
}

object_rows!(declare_rows);

const _: () = {
    assert!(size_of::<ObjectHeader>() == 8);
    assert!(ArrayObject::DATA == 24);
    assert!(ClosureObject::CAPTURES == 16);
    assert!(size_class(MAX_SMALL) as usize + 1 == CLASSES);
    assert!((LARGE as usize) < 32, "DeadLink has five bits for it");
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_holds_its_sizes_and_no_smaller_one_does() {
        for size in 1..=MAX_SMALL {
            let class = size_class(size);
            assert!(class_size(class) >= size, "{size} in class {class}");
            assert!(class == 0 || class_size(class - 1) < size, "{size} in class {class}");
        }
        assert_eq!(size_class(MAX_SMALL + 1), LARGE);
    }

    #[test]
    fn blocks_keep_the_alignment() {
        for class in 0..LARGE {
            assert_eq!(class_size(class) % OBJECT_ALIGN, 0);
            assert_eq!(size_class(class_size(class)), class);
        }
    }

    #[test]
    fn a_dead_link_keeps_its_parts() {
        for (next, ty, class) in [(0, 0, 0), (0x7fff_ffff_fff0, u16::MAX, LARGE), (0x10, 300, 7)] {
            let link = DeadLink::new(next, ty, class);
            assert_eq!((link.next(), link.type_index(), link.size_class()), (next, ty, class));
        }
    }
}
