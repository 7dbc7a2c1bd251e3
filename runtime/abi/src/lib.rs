//! The boundary between compiled code and the runtime: exported functions, their effects, and shared layouts.
//!
//! Said once: a row of a table here is the only description of an exported function ([`table`]), and the `repr(C)`
//! structs here are the only description of a layout. The compiler takes offsets with `offset_of!` and sizes with
//! `size_of`, never from a number. x86-64 Linux only.
#![no_std]

#[macro_use]
pub mod table;

pub mod channel;
pub mod fiber;
pub mod format;
pub mod hash;
pub mod io;
pub mod mutex;
pub mod object;
pub mod program;
pub mod select;
pub mod spin;
pub mod string;
pub mod sync;
pub mod task;

pub use channel::ElemDescriptor;
pub use fiber::{Fiber, STACK_LIMIT_POISON, STACK_SLACK, WorkerHot};
pub use object::{
    ArrayObject, ClosureObject, ContentFn, ObjectHeader, StringObject, TypeDescriptor, TypeKind, WorkerHeap,
};
pub use program::{ABI_VERSION, LIBRARY_ROOT, Location, ProgramInfo, StaticText};
pub use select::SelectArm;
pub use table::{AbiReturn, AbiType, AbiValue, Effects, NO_EFFECTS, Ownership, Param, Row};
pub use task::{
    AwaitSite, LatentTask, Overflow, PAYLOAD_SIZE, ResultKind, RunFrame, Scope, SpawnMode, TaskDescriptor,
    TaskRecord,
};

/// All rows, one slice per area.
pub const TABLES: &[&[Row]] =
    &[task::ROWS, channel::ROWS, mutex::ROWS, object::ROWS, hash::ROWS, string::ROWS, io::ROWS];

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}

/// Every symbol that compiled code may refer to; what a prelinked runtime must keep.
pub fn exports() -> impl Iterator<Item = &'static str> {
    rows().map(|row| row.name).chain(task::SYMBOLS.iter().copied())
}

#[cfg(not(target_pointer_width = "64"))]
compile_error!("Wyn's runtime layouts are written for 64-bit targets");
