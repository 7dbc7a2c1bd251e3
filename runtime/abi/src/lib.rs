//! The boundary between compiled code and the runtime: exported functions, their effects, and shared layouts.
#![no_std]

/// The name of every function that the runtime exports to compiled code: the names that
/// compiler/codegen/build.rs keeps when it prelinks the runtime.
pub const EXPORTS: &[&str] = &["wyn_start"];
