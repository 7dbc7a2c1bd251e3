//! Fast paths of the runtime, compiled into the runtime and, as bitcode, into every program.
//!
//! Every exported function here is a `hot` row of the tables in `wyn-abi`. The crate is `no_std`, has no statics
//! and no panicking code, and every function is `extern "C-unwind"`, so that a call that may unwind keeps the
//! caller's cleanups when it is inlined. It is built with `panic = "unwind"`. Slow paths are external.
#![no_std]

pub mod ablation;
pub mod array;
pub mod channel;
pub mod count;
#[cfg(wyn_loom)]
pub mod fault;
pub mod hash;
pub mod latent;
pub mod mutex;
pub mod nested;
pub mod number;
pub mod object;
pub mod state;
pub mod string;
pub mod task;
