//! Timers of many threads: a heap for each worker, so that those who set timers do not meet.
//!
//! A timer belongs to the shard of the worker on which it was set, and can be stopped from any; who fires timers looks at all
//! shards. A shard has a lock, and beside it two words for those who only look:
//!
//! * `next`: none of its timers is before this time. Setting a timer lowers it. Stopping one leaves it, so that a time limit
//!   that is set and stopped over and over writes nothing that others read; whoever comes at that time in vain sets it right.
//! * `listed`: how many timers it has.
//!
//! *A timer is set or stopped once.* It is in its heap or not, under the lock: `stop` says which. Who has taken it out by
//! [`Shards::take`] does what it is for, and says so by [`Shards::fired`].
//!
//! *All are gone* ([`Shards::is_empty`]) is true only when what was fired has happened. Whoever takes timers counts them as
//! firing (T1), then takes them off the shard's count (T2), does what they are for (T3), and counts them off (T4). Who looks
//! reads the shards' counts (L1), then how many are firing (L2). If L1 sees T2, L2 sees T1; so if both are zero L2 sees T4,
//! and T3 has happened.

use super::heap::{Heap, Key};
#[cfg(wyn_loom)]
use crate::fault::{FIRING_FIRST, LAST_UNSEEN, LATE_FIRING, STOPPED_TWICE, injected};
use crate::spin::Guarded;
use crate::sync::{AtomicU64, AtomicUsize, Ordering};

/// A time that never comes.
pub const NEVER: u64 = u64::MAX;

/// Names a timer, until it is stopped.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    shard: u32,
    key: Key,
}

/// The timers of one worker. A shard is written by its worker mostly: it does not share a line with the next.
#[repr(align(128))]
struct Shard<T> {
    next: AtomicU64,
    listed: AtomicUsize,
    heap: Guarded<Heap<T>>,
}

impl<T: Copy> Shard<T> {
    fn new() -> Shard<T> {
        Shard { next: AtomicU64::new(NEVER), listed: AtomicUsize::new(0), heap: Guarded::new(Heap::new()) }
    }
}

/// All timers.
pub struct Shards<T> {
    shards: Box<[Shard<T>]>,
    /// Taken out, and what they are for may not have happened yet.
    firing: AtomicUsize,
}

impl<T: Copy> Shards<T> {
    /// So many shards without timers.
    pub fn new(count: usize) -> Self {
        let shards = (0..count).map(|_| Shard::new()).collect();
        Shards { shards, firing: AtomicUsize::new(0) }
    }

    /// Sets a timer in a shard. It is written to `place` before it can be fired. Whether it may be the first of all, so that
    /// the [`Keeper`](super::keeper::Keeper) has to be told.
    ///
    /// # Safety
    /// `place` can be written, and stays so until the timer has been written; nobody reads it before he learns of that.
    pub unsafe fn start(&self, shard: usize, at: u64, what: T, place: *mut Option<Timer>) -> bool {
        let this = &self.shards[shard];
        let mut heap = this.heap.lock();
        let key = heap.insert(at, what);
        // SAFETY: by contract; who fires the timer has to take the lock first.
        unsafe { place.write(Some(Timer { shard: shard as u32, key })) };
        // ORDER: Relaxed; its fiber runs, and whoever counts it as asleep learns of the timer by that.
        this.listed.store(heap.len(), Ordering::Relaxed);
        // ORDER: Relaxed; written under the lock.
        let first = at < this.next.load(Ordering::Relaxed);
        if first {
            // ORDER: Relaxed; the fence in `Keeper::told` comes between this and the look for a keeper.
            this.next.store(at, Ordering::Relaxed);
        }
        first
    }

    /// Forgets a timer; false if it has been taken to be fired.
    pub fn stop(&self, timer: Timer) -> bool {
        let this = &self.shards[timer.shard as usize];
        let mut heap = this.heap.lock();
        let listed = heap.remove(timer.key);
        if listed {
            // ORDER: Relaxed; a running fiber's. Whoever finds it asleep has seen what came before, T1 of others too.
            this.listed.store(heap.len(), Ordering::Relaxed);
        }
        #[cfg(wyn_loom)]
        let listed = listed || injected(STOPPED_TWICE);
        listed
    }

    /// Takes out of one shard timers that are due, the first ones first, as many as there is room for: how many. Once they
    /// are dealt with the caller says so by [`Shards::fired`].
    pub fn take(&self, shard: usize, now: u64, due: &mut [Option<T>]) -> usize {
        let this = &self.shards[shard];
        let mut heap = this.heap.lock();
        let mut taken = 0;
        for room in due {
            let Some(what) = heap.pop(now) else { break };
            *room = Some(what);
            taken += 1;
        }
        if taken > 0 {
            #[cfg(wyn_loom)]
            if injected(LATE_FIRING) {
                this.listed.store(heap.len(), Ordering::Release);
            }
            // ORDER: Relaxed; step T1, ordered by T2.
            self.firing.fetch_add(taken, Ordering::Relaxed);
            // ORDER: Release; step T2, pairs with the Acquire of L1.
            this.listed.store(heap.len(), Ordering::Release);
        }
        // ORDER: Relaxed; written under the lock. Whoever sees the time that was next comes in vain.
        this.next.store(heap.first().unwrap_or(NEVER), Ordering::Relaxed);
        taken
    }

    /// So many timers have been dealt with. Whether no timer is left.
    pub fn fired(&self, count: usize) -> bool {
        #[cfg(wyn_loom)]
        if injected(LAST_UNSEEN) {
            self.firing.fetch_sub(count, Ordering::AcqRel);
            return false;
        }
        // ORDER: AcqRel; step T4: Release pairs with the Acquire of L2. Acquire, so that the last one sees the counts of the
        // others.
        self.firing.fetch_sub(count, Ordering::AcqRel) == count && self.is_empty()
    }

    /// Whether no timer is set, and what was fired has happened.
    pub fn is_empty(&self) -> bool {
        #[cfg(wyn_loom)]
        if injected(FIRING_FIRST) {
            return self.firing.load(Ordering::Acquire) == 0
                && self.shards.iter().all(|shard| shard.listed.load(Ordering::Acquire) == 0);
        }
        // ORDER: Acquire; step L1, pairs with the Release of T2.
        self.shards.iter().all(|shard| shard.listed.load(Ordering::Acquire) == 0)
            // ORDER: Acquire; step L2, pairs with the Release of T4.
            && self.firing.load(Ordering::Acquire) == 0
    }

    /// No timer is before this time.
    pub fn next(&self) -> u64 {
        self.shards.iter().map(Self::next_of).min().unwrap_or(NEVER)
    }

    /// The shards that have timers that may be due.
    pub fn due(&self, now: u64) -> impl Iterator<Item = usize> {
        (0..self.shards.len()).filter(move |&shard| Self::next_of(&self.shards[shard]) <= now)
    }

    fn next_of(shard: &Shard<T>) -> u64 {
        // ORDER: Relaxed; a hint, except for whoever comes from `Keeper::begin`, whose fence orders it.
        shard.next.load(Ordering::Relaxed)
    }
}
