//! Takes and releases a [`SpinLock`]: the lock of a channel, the guard of a mutex's list, and that of a worker's timers.
//!
//! It is held for some tens of nanoseconds at a time, some microseconds while timers are taken out, and once for as
//! long as it takes to save the context of a fiber that parks (who releases it then is the `commit` of that park).
//! Nobody waits for anything with it but for another such lock.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use wyn_abi::spin::SpinLock;
use wyn_abi::sync::AtomicU32;

/// Waits until nobody has the lock, and takes it.
#[inline]
pub(crate) fn lock(lock: &SpinLock) {
    #[cfg(not(wyn_loom))]
    word::take(&lock.taken);
    #[cfg(wyn_loom)]
    lock.shadow.lock();
}

/// The same, for a lock that many want all the time. Who finds it taken keeps away from it for as long as much gets
/// done without him.
///
/// What goes to and fro between two processors at each operation costs several times what it costs one of them alone:
/// the lock, and all that it guards. So one of them had better do a hundred operations while the other waits, and then
/// the other. But where operations are rare, because they are not all that there is to do, he who waits loses what he
/// could do meanwhile. How long to wait is learnt: `done` counts operations, and `patience`, which lies beside the
/// lock, has the ticks that the last one waited.
#[inline]
pub(crate) fn lock_patiently(lock: &SpinLock, patience: &AtomicU32, done: impl Fn() -> usize) {
    #[cfg(not(wyn_loom))]
    if !word::try_take(&lock.taken) {
        word::take_patiently(&lock.taken, patience, done);
    }
    #[cfg(wyn_loom)]
    {
        let _ = (patience, done);
        lock.shadow.lock();
    }
}

/// Takes the lock if nobody has it.
#[inline(always)]
#[cfg(not(wyn_loom))]
pub(crate) fn try_lock(lock: &SpinLock) -> bool {
    word::try_take(&lock.taken)
}

/// Waits for a lock that was found taken, and takes it: unless those who have it get so much done that the lock is all that there
/// is to their work. Then who waits is better off elsewhere, and it is false.
#[cold]
#[cfg(not(wyn_loom))]
pub(crate) fn lock_unless_busy(lock: &SpinLock, done: impl Fn() -> usize) -> bool {
    word::take_unless_busy(&lock.taken, done)
}

/// Releases the lock, which the caller has, or the fiber that it commits the park of. It is the last access: whoever
/// has the lock next may be the one who frees what it lies in.
#[inline]
pub(crate) fn unlock(lock: &SpinLock) {
    #[cfg(not(wyn_loom))]
    word::release(&lock.taken);
    #[cfg(wyn_loom)]
    lock.shadow.unlock();
}

/// A value that such a lock guards.
pub(crate) struct Guarded<T> {
    lock: SpinLock,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a `Guard` only, of which there is one at a time.
unsafe impl<T: Send> Sync for Guarded<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Guarded<T> {}

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Guarded<T> {
        Guarded { lock: SpinLock::new(), value: UnsafeCell::new(value) }
    }

    /// Waits for the value; it is the caller's until the guard is dropped.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        lock(&self.lock);
        Guard { of: self, stays: PhantomData }
    }
}

/// Has a guarded value. It is neither sent to another thread nor looked at from there: the value need not be `Sync`.
pub(crate) struct Guard<'a, T> {
    of: &'a Guarded<T>,
    stays: PhantomData<*mut T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is this guard's.
        unsafe { &*self.of.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is this guard's.
        unsafe { &mut *self.of.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        unlock(&self.of.lock);
    }
}

/// The byte of the lock. Models of what a lock guards leave it out; it has its own.
#[cfg(any(test, not(wyn_loom)))]
mod word {
    use wyn_abi::sync::Ordering::{Acquire, Relaxed, Release};
    use wyn_abi::sync::{AtomicBool, AtomicU32};

    #[cfg(wyn_loom)]
    use loom::thread;

    #[cfg(not(wyn_loom))]
    use crate::sync::thread;

    /// Pauses before the thread gives its time slice away: the holder may have lost its own.
    #[cfg(not(wyn_loom))]
    const SPINS: u32 = 64;

    /// The least and the most ticks between two looks, some 0.2 and 14 µs.
    pub(super) const PATIENCE: (u32, u32) = (500, 32_000);
    /// Ticks between two operations of those who have nothing else to do.
    const BUSY: u64 = 250;

    #[inline]
    pub(super) fn try_take(taken: &AtomicBool) -> bool {
        #[cfg(wyn_loom)]
        if crate::fault::injected(crate::fault::LOCKED_IN_TWO_STEPS) {
            let free = !taken.load(Acquire);
            if free {
                taken.store(true, Relaxed);
            }
            return free;
        }
        // ORDER: Acquire; pairs with the Release in `release`.
        taken.compare_exchange(false, true, Acquire, Relaxed).is_ok()
    }

    #[inline]
    pub(super) fn take(taken: &AtomicBool) {
        while !try_take(taken) {
            wait(taken);
        }
    }

    /// Looks again and again, after more ticks if the holders were busy meanwhile, else after fewer.
    #[cold]
    pub(super) fn take_patiently(taken: &AtomicBool, patience: &AtomicU32, done: impl Fn() -> usize) {
        let (least, most) = PATIENCE;
        // ORDER: Relaxed, here and below; a guess, and a hint: the exchange decides.
        let mut ticks = patience.load(Relaxed).max(least);
        loop {
            let before = done();
            keep_away(ticks);
            let operations = done().wrapping_sub(before) as u64;
            let busy = operations * BUSY > u64::from(ticks);
            ticks = if busy { (ticks * 2).min(most) } else { (ticks / 2).max(least) };
            if !taken.load(Relaxed) {
                if try_take(taken) {
                    return patience.store(ticks, Relaxed);
                }
            } else if operations == 0 {
                // The holder may have lost its time slice.
                thread::yield_now();
            }
        }
    }

    /// Looks again and again, until it has the lock or the holders are seen to be busy with nothing else: much gets done, or
    /// the lock is found taken again by another operation. (Where many want it, it may be so far from one to the next that little gets done.)
    #[cold]
    #[cfg(not(wyn_loom))]
    pub(super) fn take_unless_busy(taken: &AtomicBool, done: impl Fn() -> usize) -> bool {
        let ticks = PATIENCE.0;
        loop {
            let before = done();
            keep_away(ticks);
            let operations = done().wrapping_sub(before) as u64;
            // ORDER: Relaxed; a hint: the exchange decides.
            let is_taken = taken.load(Relaxed);
            if operations * BUSY > u64::from(ticks) || operations != 0 && is_taken {
                return false;
            }
            if !is_taken && try_take(taken) {
                return true;
            }
            if is_taken {
                // The holder may have lost its time slice.
                thread::yield_now();
            }
        }
    }

    /// Lets so many ticks pass.
    fn keep_away(ticks: u32) {
        #[cfg(not(wyn_loom))]
        {
            let start = crate::time::ticks();
            while crate::time::ticks().wrapping_sub(start) < u64::from(ticks) {
                core::hint::spin_loop();
            }
        }
        #[cfg(wyn_loom)]
        {
            let _ = ticks;
            thread::yield_now();
        }
    }

    /// Waits for the lock to look free: a hint, the exchange decides.
    #[cold]
    #[cfg(not(wyn_loom))]
    fn wait(taken: &AtomicBool) {
        let mut spins = 0;
        // ORDER: Relaxed; see above.
        while taken.load(Relaxed) {
            if spins < SPINS {
                spins += 1;
                core::hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }

    /// Loom may show a stale byte to a load for ever.
    #[cfg(wyn_loom)]
    fn wait(_: &AtomicBool) {
        loom::thread::yield_now();
    }

    #[inline]
    pub(super) fn release(taken: &AtomicBool) {
        // ORDER: Release; pairs with the Acquire in `take`.
        taken.store(false, Release);
    }
}

/// The model of the lock.
///
/// ```text
/// RUSTFLAGS="--cfg wyn_loom" cargo test --release -p wyn-runtime --lib spin::models
/// ```
#[cfg(all(test, wyn_loom))]
mod models {
    use super::word;
    use crate::modelling::check;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;
    use wyn_abi::sync::Ordering::Relaxed;
    use wyn_abi::sync::{AtomicBool, AtomicU32, AtomicUsize};

    use crate::fault::LOCKED_IN_TWO_STEPS;

    /// A count that the lock guards.
    struct Counter {
        taken: AtomicBool,
        count: UnsafeCell<usize>,
        /// Operations, and how long the last one waited.
        done: AtomicUsize,
        patience: AtomicU32,
    }

    // SAFETY: loom watches the count.
    unsafe impl Sync for Counter {}
    // SAFETY: as above.
    unsafe impl Send for Counter {}

    impl Counter {
        fn new() -> Counter {
            Counter {
                taken: AtomicBool::new(false),
                count: UnsafeCell::new(0),
                done: AtomicUsize::new(0),
                patience: AtomicU32::new(0),
            }
        }

        fn count_patiently(&self) -> usize {
            if !word::try_take(&self.taken) {
                word::take_patiently(&self.taken, &self.patience, || self.done.load(Relaxed));
            }
            self.done.fetch_add(1, Relaxed);
            self.count_up()
        }

        fn count(&self) -> usize {
            word::take(&self.taken);
            self.count_up()
        }

        /// Counts, and releases the lock.
        fn count_up(&self) -> usize {
            let count = self.count.with_mut(|n| {
                // SAFETY: loom checks that nobody else is at it.
                unsafe {
                    *n += 1;
                    *n
                }
            });
            word::release(&self.taken);
            count
        }
    }

    fn two_threads() {
        let counter = Arc::new(Counter::new());
        let other = {
            let counter = counter.clone();
            thread::spawn(move || counter.count() + counter.count())
        };
        let own = counter.count();
        assert_eq!(own + other.join().unwrap(), 1 + 2 + 3);
    }

    /// The same with a lock that many want: who finds it taken keeps away, and gets it all the same.
    fn two_patient_threads() {
        let counter = Arc::new(Counter::new());
        let other = {
            let counter = counter.clone();
            thread::spawn(move || counter.count_patiently() + counter.count_patiently())
        };
        let own = counter.count_patiently();
        assert_eq!(own + other.join().unwrap(), 1 + 2 + 3);
        let patience = counter.patience.load(Relaxed);
        assert!(patience == 0 || (word::PATIENCE.0..=word::PATIENCE.1).contains(&patience));
    }

    #[test]
    fn one_thread_at_a_time() {
        check(0, "spin::models::one_thread_at_a_time", 4, two_threads, &[LOCKED_IN_TWO_STEPS]);
    }

    #[test]
    fn one_patient_thread_at_a_time() {
        let test = "spin::models::one_patient_thread_at_a_time";
        check(0, test, 3, two_patient_threads, &[LOCKED_IN_TWO_STEPS]);
    }
}
