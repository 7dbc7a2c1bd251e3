//! Fast paths of the runtime, compiled into the runtime and, as bitcode, into every program.
#![no_std]

pub mod channel;
