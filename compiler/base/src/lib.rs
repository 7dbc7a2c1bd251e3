//! Spans, source files, symbols and diagnostics: what every stage of the compiler speaks; and the cycles of
//! graphs, which several of them look for.
//!
//! Nothing here knows about syntax or types, and nothing does IO: the driver reads files into a
//! [`SourceMap`] and writes what [`render`] returns.

#[macro_use]
mod code_table;
pub mod codes;
pub mod components;
pub mod diagnostic;
pub mod habits;
pub mod index;
pub mod render;
pub mod source;
pub mod spelling;
pub mod symbol;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use index::{Idx, IndexVec};
pub use source::{SourceFile, SourceId, SourceMap, Span};
pub use symbol::Symbol;
