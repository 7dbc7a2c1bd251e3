//! Atomics for shuttle: before each operation it may go on with another thread.
//!
//! They have the layout of `core`'s, zeroes included, so whole records and fibers are what they are in a program.
//! Shuttle runs all threads of an exploration in turn on one thread of the system, so operations are sequentially
//! consistent, whatever their order says: weak orders are for the models under loom.

use core::sync::atomic as real;
pub use core::sync::atomic::{Ordering, fence};

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

macro_rules! atomic {
    ($name:ident $(<$parameter:ident>)?, $value:ty) => {
        /// `core`'s, with a step before each operation.
        #[repr(transparent)]
        #[derive(Debug)]
        pub struct $name $(<$parameter>)? (real::$name $(<$parameter>)?);

        #[allow(missing_docs, clippy::missing_errors_doc, reason = "as in `core`")]
        impl $(<$parameter>)? $name $(<$parameter>)? {
            pub const fn new(value: $value) -> Self {
                Self(real::$name::new(value))
            }

            pub fn load(&self, order: Ordering) -> $value {
                step();
                self.0.load(order)
            }

            pub fn store(&self, value: $value, order: Ordering) {
                step();
                self.0.store(value, order);
            }

            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.swap(value, order)
            }

            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                step();
                self.0.compare_exchange(old, new, success, failure)
            }

            pub fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(old, new, success, failure)
            }
        }
    };
}

macro_rules! arithmetic {
    ($name:ident, $value:ty, $($operation:ident)*) => {
        #[allow(missing_docs, reason = "as in `core`")]
        impl $name {
            $(pub fn $operation(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.$operation(value, order)
            })*
        }
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicU16, u16);
atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);
atomic!(AtomicUsize, usize);
atomic!(AtomicPtr<T>, *mut T);
arithmetic!(AtomicBool, bool, fetch_or fetch_and);
arithmetic!(AtomicU32, u32, fetch_add fetch_sub fetch_max fetch_or fetch_and);
arithmetic!(AtomicU64, u64, fetch_add fetch_sub fetch_max fetch_or fetch_and);
arithmetic!(AtomicUsize, usize, fetch_add fetch_sub fetch_max fetch_or fetch_and);
