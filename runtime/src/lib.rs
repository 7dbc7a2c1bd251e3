//! The Wyn runtime: objects, fibers, scheduler, tasks, channels, time and IO.

pub mod channel;

pub use wyn_hot as hot;

/// Runs a program: `main` of every compiled program calls this and nothing else.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn wyn_start() -> i32 {
    0
}
