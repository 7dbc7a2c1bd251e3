//! Lowered MIR to LLVM IR, objects and assembly: the only user of LLVM.

pub mod embedded;
