//! What every compiled program gets from the runtime, as `build.rs` made it.

/// The runtime's fast paths as LLVM bitcode, written by rustc for CPU `x86-64` with unwinding
/// panics. Linked into a program's module with every body `available_externally`: what is not
/// inlined is the same function in [`RUNTIME_OBJECT`].
pub const BITCODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hot.bc"));

/// The whole runtime as one relocatable ELF object. It defines each name of `wyn_abi::exports` and
/// no other global symbol, and wants the C library, `libm` and a GCC-style unwinder.
pub const RUNTIME_OBJECT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.o"));
