//! How many objects are alive, by type.
//!
//! Each worker counts allocations less frees by type, without synchronisation; the sums are exact once the workers
//! have stopped.

use std::sync::{Mutex, PoisonError};

use wyn_abi::object::TypeDescriptor;

/// The counters of one worker, and what their positions mean.
struct Counters {
    types: *const TypeDescriptor,
    live: *mut i64,
    count: usize,
}

// SAFETY: read only while the workers stand still.
unsafe impl Send for Counters {}

static COUNTERS: Mutex<Vec<Counters>> = Mutex::new(Vec::new());

/// New counters for a worker of a program with these types. They live as long as the process.
pub(super) fn register(types: *const TypeDescriptor, count: usize) -> *mut i64 {
    let live = Box::leak(vec![0; count].into_boxed_slice()).as_mut_ptr();
    COUNTERS.lock().unwrap_or_else(PoisonError::into_inner).push(Counters { types, live, count });
    live
}

/// How many objects of each type are alive: those that are not zero, in the order of the types.
///
/// # Safety
/// No worker allocates or frees meanwhile; the types live as long as the process.
pub unsafe fn by_type(types: *const TypeDescriptor) -> Vec<(&'static TypeDescriptor, usize)> {
    let all = COUNTERS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sums: Vec<i64> = Vec::new();
    for counters in all.iter().filter(|counters| std::ptr::eq(counters.types, types)) {
        sums.resize(sums.len().max(counters.count), 0);
        for (at, sum) in sums.iter_mut().enumerate().take(counters.count) {
            // SAFETY: `live` has `count` entries; nobody writes them now.
            *sum += unsafe { *counters.live.add(at) };
        }
    }
    let named = sums.into_iter().enumerate().filter(|(_, n)| *n != 0);
    // SAFETY: the table has a row for each counter.
    let named = named.map(|(at, n)| (unsafe { &*types.add(at) }, n));
    let count = |desc: &TypeDescriptor, n| {
        usize::try_from(n).unwrap_or_else(|_| crate::leaks::given_back_twice(desc.name.as_str()))
    };
    named.map(|(desc, n)| (desc, count(desc, n))).collect()
}
