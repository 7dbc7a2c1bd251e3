//! Steps of an exploration: before each operation of the facade shuttle may go on with another thread.
//!
//! Shuttle runs all threads of an exploration in turn on one thread of the system, so operations are sequentially
//! consistent, whatever their order says: weak orders are for the models under loom.

use core::sync::atomic as real;
use core::sync::atomic::Ordering;

use shuttle::sync::atomic as scheduled;

/// What a step takes on the clock of an exploration, in nanoseconds: as much as makes a second a few million steps.
const STEP: u64 = 250;

static CLOCK: real::AtomicU64 = real::AtomicU64::new(1_000_000_000);

/// Another thread may go on here.
pub fn step() {
    static POINT: scheduled::AtomicBool = scheduled::AtomicBool::new(false);
    let _ = POINT.load(Ordering::Relaxed);
    CLOCK.fetch_add(STEP, Ordering::Relaxed);
}

/// The caller can do nothing until another thread has gone on.
pub fn give_way() {
    CLOCK.fetch_add(STEP, Ordering::Relaxed);
    shuttle::thread::yield_now();
}

/// Nanoseconds of a clock that goes on with each step, and each look at it.
pub fn clock() -> u64 {
    CLOCK.fetch_add(STEP, Ordering::Relaxed)
}
