//! What a compiled program tells the runtime about itself: static data, emitted once, read only.

use crate::fiber::Fiber;
use crate::object::TypeDescriptor;
use crate::task::{TaskDescriptor, TaskRecord};

/// UTF-8 text in static memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct StaticText {
    /// First byte.
    pub ptr: *const u8,
    /// Length in bytes.
    pub len: usize,
}

impl StaticText {
    /// Static text from Rust.
    pub const fn new(text: &'static str) -> StaticText {
        StaticText { ptr: text.as_ptr(), len: text.len() }
    }

    /// The text, or the empty text for a null pointer.
    pub fn as_str(&self) -> &'static str {
        if self.ptr.is_null() {
            return "";
        }
        // SAFETY: the compiler emits UTF-8 bytes that live as long as the program.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.ptr, self.len)) }
    }
}

// SAFETY: points to immutable static memory.
unsafe impl Sync for StaticText {}
// SAFETY: as above.
unsafe impl Send for StaticText {}

/// A place in the source, for panics and reports.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Location {
    /// Path of the file as the compiler was given it.
    pub file: StaticText,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The function that holds the place.
    pub function: StaticText,
    /// The function of the standard library that is called there, as people call it: `recv_all`, `Barrier.wait`; empty when
    /// it is the program's own code that does it.
    pub operation: StaticText,
}

/// The whole program. The `main` symbol is `return wyn_start(argc, argv, &PROGRAM)`.
#[repr(C)]
pub struct ProgramInfo {
    /// [`ABI_VERSION`] of the compiler that emitted the program.
    pub abi_version: u32,
    /// Rows in `types`.
    pub type_count: u32,
    /// Type descriptors, indexed by an object header's `type_index`. Row 0 is string.
    pub types: *const TypeDescriptor,
    /// Calls `record.desc.entry(fiber, record)` inside the program's catch pad: null after a normal return, the
    /// exception object after a panic or a cancellation.
    pub invoke: unsafe extern "C-unwind" fn(*mut Fiber, *mut TaskRecord) -> *mut u8,
    /// Initialises module constants before `main`; may panic, never suspends.
    pub init: Option<unsafe extern "C-unwind" fn(*mut Fiber)>,
    /// The main task.
    pub main: *const TaskDescriptor,
}

// SAFETY: static data that nobody writes.
unsafe impl Sync for ProgramInfo {}

/// Raised with every incompatible change of a layout or a signature.
pub const ABI_VERSION: u32 = 6;

/// What the debug information says in front of the paths of the standard library, which lie nowhere: so reports tell its code
/// from the program's own. No file has such a path.
pub const LIBRARY_ROOT: &str = "/<wyn>/";
