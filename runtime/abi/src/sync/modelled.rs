//! Loom's atomics, each access of which is a site ([`super::sites`]).

use core::panic::Location;

pub use loom::sync::atomic::Ordering;

use super::interrupts;
use super::sites::order;

/// The order of an access that the caller of this function's caller makes.
#[track_caller]
fn here(asked: Ordering) -> Ordering {
    interrupts::step();
    order(Location::caller(), false, asked).expect("an access cannot be left out")
}

/// The order of a failed exchange.
#[track_caller]
fn failed(asked: Ordering) -> Ordering {
    order(Location::caller(), true, asked).expect("an access cannot be left out")
}

/// A fence.
#[track_caller]
pub fn fence(asked: Ordering) {
    interrupts::step();
    if let Some(order) = order(Location::caller(), false, asked) {
        loom::sync::atomic::fence(order);
    }
}

/// What all atomic types have, as `core`'s do.
macro_rules! atomic {
    ($name:ident $(<$param:ident>)?, $value:ty) => {
        #[doc = concat!("Loom's `", stringify!($name), "`.")]
        #[derive(Debug)]
        pub struct $name $(<$param>)? (loom::sync::atomic::$name $(<$param>)?);

        #[allow(missing_docs, reason = "as of `core`'s type")]
        impl $(<$param>)? $name $(<$param>)? {
            #[track_caller]
            pub fn new(value: $value) -> Self {
                Self(loom::sync::atomic::$name::new(value))
            }
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                self.0.load(here(order))
            }
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, here(order));
            }
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.0.swap(value, here(order))
            }
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange(current, new, here(success), failed(failure))
            }
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange_weak(current, new, here(success), failed(failure))
            }
        }

        impl $(<$param>)? From<$value> for $name $(<$param>)? {
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

/// What integers have besides.
macro_rules! atomic_int {
    ($name:ident, $value:ty, $($operation:ident)*) => {
        atomic!($name, $value);

        #[allow(missing_docs, reason = "as of `core`'s type")]
        impl $name {
            $(#[track_caller]
            pub fn $operation(&self, value: $value, order: Ordering) -> $value {
                self.0.$operation(value, here(order))
            })*
        }
    };
}

macro_rules! atomic_ints {
    ($($name:ident $value:ty),*) => {
        $(atomic_int!($name, $value, fetch_add fetch_sub fetch_max fetch_and fetch_or);)*
    };
}

atomic!(AtomicBool, bool);
atomic!(AtomicPtr<T>, *mut T);
atomic_ints!(AtomicI32 i32, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize);
