//! The resolved and typed tree of a program: data only.
//!
//! Takes nothing and computes nothing: the checker makes it, `wyn-lower` reads it. Every name is an
//! index, every expression has its type, sugar is gone (`??`, `?`, `if const`, iteration over
//! receivers are `match` and `loop`), and conversions that the language inserts (a `T` where a `T?`
//! is expected) are explicit. Types are shared with MIR.

pub mod dump;
pub mod expr;
pub mod intrinsics;
pub mod program;
pub mod ty;

pub use expr::*;
pub use intrinsics::{ArgMode, Effects, Intrinsic};
pub use program::*;
pub use ty::{AdtId, IntTy, Ty, TyKind};
pub use wyn_abi::SpawnMode;
pub use wyn_abi::format::{Align, Format, Notation};
