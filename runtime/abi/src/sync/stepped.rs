//! Atomics that take a step before each operation: what a step is, the build says. Before one, shuttle may go on with another
//! thread ([`explored`](super)); or the thread may lose time at random ([`disturbed`](super)).
//!
//! They have the layout of `core`'s, zeroes included, so whole records and fibers are what they are in a program.

use core::sync::atomic as real;
pub use core::sync::atomic::Ordering;

#[cfg(wyn_disturbed)]
use super::disturbed::step;
#[cfg(wyn_shuttle)]
use super::explored::step;

/// `core`'s, after a step.
#[inline]
pub fn fence(order: Ordering) {
    step();
    real::fence(order);
}

macro_rules! atomic {
    ($name:ident $(<$parameter:ident>)?, $value:ty) => {
        /// `core`'s, with a step before each operation.
        #[repr(transparent)]
        #[derive(Debug)]
        pub struct $name $(<$parameter>)? (real::$name $(<$parameter>)?);

        #[allow(missing_docs, clippy::missing_errors_doc, reason = "as in `core`")]
        impl $(<$parameter>)? $name $(<$parameter>)? {
            #[inline]
            pub const fn new(value: $value) -> Self {
                Self(real::$name::new(value))
            }

            #[inline]
            pub fn load(&self, order: Ordering) -> $value {
                step();
                self.0.load(order)
            }

            #[inline]
            pub fn store(&self, value: $value, order: Ordering) {
                step();
                self.0.store(value, order);
            }

            #[inline]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.swap(value, order)
            }

            #[inline]
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

            #[inline]
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
            $(#[inline]
            pub fn $operation(&self, value: $value, order: Ordering) -> $value {
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
