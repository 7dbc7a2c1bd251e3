//! The count word of an object: what one reference more or less does to it.
//!
//! The table of values stands in `wyn_abi::object`. A local count belongs to the task that holds the object, so
//! relaxed loads and stores are enough; a shared count is changed by read-modify-write operations. An object
//! becomes shared while one task alone reaches it, and crosses to others by an operation that publishes it (a
//! spawn, a channel), which carries the new count along.
//!
//! The functions are generic over the cell, so that a model can run them on loom's atomics.

use core::sync::atomic::{AtomicI32, Ordering};

use wyn_abi::object::{IMMORTAL, STUCK};

/// An atomic `i32`.
pub trait CountCell {
    /// Atomic load.
    #[cfg_attr(wyn_loom, track_caller)]
    fn load(&self, order: Ordering) -> i32;
    /// Atomic store.
    #[cfg_attr(wyn_loom, track_caller)]
    fn store(&self, value: i32, order: Ordering);
    /// Atomic addition; gives the old value.
    #[cfg_attr(wyn_loom, track_caller)]
    fn fetch_add(&self, value: i32, order: Ordering) -> i32;
}

impl CountCell for AtomicI32 {
    #[inline(always)]
    fn load(&self, order: Ordering) -> i32 {
        AtomicI32::load(self, order)
    }

    #[inline(always)]
    fn store(&self, value: i32, order: Ordering) {
        AtomicI32::store(self, value, order);
    }

    #[inline(always)]
    fn fetch_add(&self, value: i32, order: Ordering) -> i32 {
        AtomicI32::fetch_add(self, value, order)
    }
}

/// What is to be done after a release.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Released {
    /// Nothing: there are other references.
    Alive,
    /// That was the last reference: drop the contents, free the object.
    Last,
    /// The fast path does not know: ask [`release_shared`].
    Shared,
}

/// What is to be done after marking one object.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Marked {
    /// Nothing: it was marked before, or is immortal.
    Already,
    /// It stays local, and its contents are to be marked the same way.
    Local,
    /// It is shared now, and all that it reaches has to be.
    Shared,
}

/// One more reference, when the count is local or immortal; `false` asks for [`retain_shared`].
#[must_use]
#[inline(always)]
pub fn retain(count: &impl CountCell) -> bool {
    // ORDER: Relaxed; the caller's reference keeps the object, and nothing else is read through the count.
    let n = count.load(Ordering::Relaxed);
    if (1..i32::MAX).contains(&n) {
        // ORDER: Relaxed; a local count is written by one task at a time.
        count.store(n + 1, Ordering::Relaxed);
        return true;
    }
    n == IMMORTAL
}

/// One more reference to a shared or saturated object.
pub fn retain_shared(count: &impl CountCell) {
    // ORDER: Relaxed, both; a reference is made from a reference.
    let n = count.load(Ordering::Relaxed);
    if n < 0 && n > STUCK {
        count.fetch_add(-1, Ordering::Relaxed);
    }
}

/// One reference less.
#[inline(always)]
pub fn release(count: &impl CountCell) -> Released {
    // ORDER: Relaxed; as in `retain`.
    let n = count.load(Ordering::Relaxed);
    if n == 1 {
        return Released::Last;
    }
    if (2..i32::MAX).contains(&n) {
        // ORDER: Relaxed; a local count is written by one task at a time.
        count.store(n - 1, Ordering::Relaxed);
        return Released::Alive;
    }
    if n == IMMORTAL { Released::Alive } else { Released::Shared }
}

/// One reference less to a shared or saturated object. Never gives [`Released::Shared`].
pub fn release_shared(count: &impl CountCell) -> Released {
    // ORDER: Acquire; when this reads -1 it pairs with the releases below by which the others went.
    let n = count.load(Ordering::Acquire);
    if n == -1 {
        return Released::Last;
    }
    if n > 0 || n <= STUCK {
        return Released::Alive;
    }
    // ORDER: Release orders this task's uses of the object before the end of its reference; Acquire, when it was
    // the last one, orders everybody's uses before the object is freed. Pairs with itself and the load above.
    if count.fetch_add(1, Ordering::AcqRel) == -1 { Released::Last } else { Released::Alive }
}

/// Whether the caller's reference is the only one. A shared object for which that holds becomes local.
#[inline(always)]
pub fn claim_unique(count: &impl CountCell) -> bool {
    // ORDER: Relaxed; a local count of 1 was written by this task, or came along with the object.
    let n = count.load(Ordering::Relaxed);
    n == 1 || (n == -1 && claim_shared(count))
}

#[inline(always)]
fn claim_shared(count: &impl CountCell) -> bool {
    // ORDER: Acquire; pairs with the Release in `release_shared`: the others' reads come before our writes.
    if count.load(Ordering::Acquire) != -1 {
        return false;
    }
    // ORDER: Relaxed; nobody else has a reference.
    count.store(1, Ordering::Relaxed);
    true
}

/// The object is about to be reached from another task; with `all`, from a shared object.
pub fn mark(count: &impl CountCell, all: bool) -> Marked {
    // ORDER: Relaxed, all; an unmarked object is used by this task alone, and crosses by an operation that
    // publishes what was written before it.
    let n = count.load(Ordering::Relaxed);
    if n <= 0 {
        return Marked::Already;
    }
    if n == 1 && !all {
        return Marked::Local;
    }
    count.store(if n == i32::MAX { STUCK } else { -n }, Ordering::Relaxed);
    Marked::Shared
}
