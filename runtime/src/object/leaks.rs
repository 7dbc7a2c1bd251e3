//! How many objects are alive at the end, by type.
//!
//! Each worker counts allocations less frees by type, without synchronisation; the sums are exact once the workers
//! have stopped. With `WYN_LEAKS=1` in the environment an orderly exit that leaves objects behind reports them and
//! ends with exit code [`EXIT_CODE`].

use std::sync::{Mutex, PoisonError};

use wyn_abi::object::TypeDescriptor;

/// The exit code of a program that leaves objects behind, when it is asked to look.
pub const EXIT_CODE: i32 = 99;

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

/// How many objects of each type are alive: name and number, those that are not zero, in the order of the types.
///
/// # Safety
/// No worker allocates or frees meanwhile.
pub unsafe fn live_by_type(types: *const TypeDescriptor) -> Vec<(&'static str, i64)> {
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
    named.map(|(at, n)| (unsafe { (*types.add(at)).name.as_str() }, n)).collect()
}

/// Whether the environment asks for the report.
#[must_use]
pub fn wanted() -> bool {
    std::env::var_os("WYN_LEAKS").is_some_and(|value| value == "1")
}

/// The text of the report on objects of the program and on `others` (tasks, channels: name and number); `None`
/// when nothing is left.
///
/// # Safety
/// As for [`live_by_type`].
pub unsafe fn report(types: *const TypeDescriptor, others: &[(&'static str, i64)]) -> Option<String> {
    // SAFETY: the caller's promise.
    let mut left = unsafe { live_by_type(types) };
    left.extend(others.iter().filter(|(_, n)| *n != 0));
    if left.is_empty() {
        return None;
    }
    let total: i64 = left.iter().map(|(_, n)| n).sum();
    let mut text = format!("wyn: {total} live objects\n");
    for (name, n) in left {
        text.push_str(&format!("    {n:>8}  {name}\n"));
    }
    Some(text)
}
