//! Time: the clock, sleeping, and timers.
//!
//! * `timers`: what timers wake and who fires them · `shards`: a set of timers for each worker · `heap`: such a set ·
//!   `keeper`: which sleeping worker wakes for the next timer

pub mod heap;
pub mod keeper;
pub mod shards;
mod sleep;
pub(crate) mod timers;

pub use sleep::{wyn_sleep, wyn_yield};

/// The processor's clock, which is cheap: some ticks a nanosecond, all processors alike.
#[inline]
pub(crate) fn ticks() -> u64 {
    #[cfg(wyn_shuttle)]
    return wyn_abi::sync::explored::clock();
    // SAFETY: every x86-64 has it.
    #[cfg(not(wyn_shuttle))]
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
}

/// Nanoseconds of the monotonic clock.
#[cfg(wyn_shuttle)]
pub(crate) fn now() -> u64 {
    wyn_abi::sync::explored::clock()
}

/// Nanoseconds of the monotonic clock.
#[cfg(not(wyn_shuttle))]
pub(crate) fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct; the clock exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
