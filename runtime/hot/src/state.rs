//! The state word of a task record: its life cycle as named transitions.
//!
//! ```text
//!  63                              32 31            11 10           3 2     0
//! +----------------------------------+----------------+--------------+-------+
//! | handles                          | zero           | flags        | phase |
//! +----------------------------------+----------------+--------------+-------+
//! ```
//!
//! A record is **private** until it is published: one worker alone touches it, with plain loads and stores. It is
//! **public** from then on, and every transition is one atomic read-modify-write.
//!
//! | phase | the record's other fields | who may write them | next |
//! |---|---|---|---|
//! | `FREE` | `link`: next free record | the list's holder | `NEW` |
//! | `NEW` | `payload`: arguments; `link`: place in the private stack, or waiters | spawner; lock holder for waiters | `RUNNING` |
//! | `RUNNING` | `payload`: the task's; `link`: waiters when public | the task; lock holder for waiters | `JOINING`, or terminal |
//! | `JOINING` | `payload`: result or failure; the task's own tasks are unfinished | nobody | terminal |
//! | `DONE` | `payload`: result | the only handle's holder | `FREE` |
//! | `PANICKED`, `CANCELLED` | `payload`: the failure | nobody | `FREE` |
//!
//! Whoever completes the record, or releases its last handle, sees in the one word whether the other has happened:
//! exactly one of the two frees it. After a completing transition that leaves handles, and after a release that
//! is not the last, the record must not be touched again.
//!
//! The list of waiters is guarded by the `LOCKED` bit. A waiter keeps a handle borrowed while it waits, so a
//! completer that sees `WAITED` may read the list after completion.

use wyn_abi::sync::{AtomicU64, Ordering};

/// Phase: on a free list.
pub const FREE: u64 = 0;
/// Phase: not begun.
pub const NEW: u64 = 1;
/// Phase: claimed; its code runs or is parked.
pub const RUNNING: u64 = 2;
/// Phase: its code has ended, its own tasks have not.
pub const JOINING: u64 = 3;
/// Phase: result ready. The terminal phases are this one and those above.
pub const DONE: u64 = 4;
/// Phase: ended by a panic.
pub const PANICKED: u64 = 5;
/// Phase: ended by a cancellation.
pub const CANCELLED: u64 = 6;
const PHASE: u64 = 7;

/// Flag: others than one worker may touch the record.
pub const PUBLIC: u64 = 1 << 3;
/// Flag: the list of waiters is not empty.
pub const WAITED: u64 = 1 << 4;
/// Flag: somebody is changing the list of waiters.
pub const LOCKED: u64 = 1 << 5;
/// Flag: several tasks may hold handles, so the result is marked as shared before they see it.
pub const SHARED: u64 = 1 << 6;
/// Flag: the task is told to stop. Set on public records only.
pub const STOP: u64 = 1 << 7;

/// One handle.
pub const HANDLE: u64 = 1 << 32;
/// State of a task that was just spawned.
pub const SPAWNED: u64 = NEW | HANDLE;
/// State of one that runs and that nobody has heard of since.
pub const NESTED: u64 = RUNNING | HANDLE;

/// A value of the state word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snapshot(pub u64);

impl Snapshot {
    /// The phase, one of the constants of this module.
    #[inline(always)]
    pub fn phase(self) -> u64 {
        self.0 & PHASE
    }
    /// Whether the task has completed, in whatever way.
    #[inline(always)]
    pub fn is_terminal(self) -> bool {
        self.phase() >= DONE
    }
    /// Whether this flag is set.
    #[inline(always)]
    pub fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }
    /// Whether the task has not begun and one worker alone may touch the record.
    #[inline(always)]
    pub fn is_private_new(self) -> bool {
        self.0 & (PHASE | PUBLIC) == NEW
    }
    /// Handles to the future.
    #[inline(always)]
    pub fn handles(self) -> u64 {
        self.0 >> 32
    }
    #[inline(always)]
    pub(crate) fn with_phase(self, phase: u64) -> u64 {
        (self.0 & !PHASE) | phase
    }
}

/// What a release of a handle, or a completion, leaves to do.
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Afterwards {
    /// The record belongs to others now.
    Nothing,
    /// Completed and without handles: the caller drops the result and frees the record.
    Free,
}

/// The transitions of one record's state word.
pub struct State<'a>(pub &'a AtomicU64);

impl State<'_> {
    /// The state, with everything that happened before a completion seen here.
    #[inline(always)]
    pub fn load(&self) -> Snapshot {
        // ORDER: Acquire; pairs with the Release in `finish_public`.
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// The state as far as the flag `PUBLIC` and, on a private record, everything goes.
    #[inline(always)]
    pub fn peek(&self) -> Snapshot {
        // ORDER: Relaxed; a holder of the record has synchronised with whoever set PUBLIC, and a private record
        // has one user.
        Snapshot(self.0.load(Ordering::Relaxed))
    }

    #[inline(always)]
    fn store_private(&self, value: u64) {
        // ORDER: Relaxed; one user until publication.
        self.0.store(value, Ordering::Relaxed);
    }

    /// `FREE` to `NEW`, private, with one handle.
    #[inline(always)]
    pub fn spawn(&self) {
        self.store_private(SPAWNED);
    }

    /// Private `NEW` to `RUNNING`.
    #[inline(always)]
    pub fn claim_private(&self) {
        self.claim_seen(self.peek());
    }

    /// Private `NEW`, which the caller has just seen, to `RUNNING`.
    #[inline(always)]
    pub(crate) fn claim_seen(&self, seen: Snapshot) {
        self.store_private(seen.with_phase(RUNNING));
    }

    /// Public `NEW` to `RUNNING`; false when somebody else was first or the record is another by now.
    #[must_use]
    pub fn claim_public(&self) -> bool {
        let mut seen = self.peek();
        loop {
            if seen.phase() != NEW || !seen.has(PUBLIC) {
                return false;
            }
            // A waiter is adding itself; it will be done in an instant.
            if seen.has(LOCKED) {
                pause();
                seen = self.peek();
                continue;
            }
            // ORDER: Acquire; pairs with the Release that published the record, so its arguments are seen.
            match self.0.compare_exchange_weak(
                seen.0,
                seen.with_phase(RUNNING),
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => seen = Snapshot(now),
            }
        }
    }

    /// Private to public, in any phase. Whoever hands the record over orders this before the hand-over.
    #[inline(always)]
    pub fn publish(&self) {
        // ORDER: Release; pairs with the Acquire in `claim_public` for workers that meet the record through a
        // stale queue entry.
        self.0.store(self.peek().0 | PUBLIC, Ordering::Release);
    }

    /// Several tasks will hold handles of this public record. Gives the state before.
    pub fn share(&self) -> Snapshot {
        // ORDER: Acquire; pairs with the Release in `finish_public`: the sharer marks the result of a completed task.
        Snapshot(self.0.fetch_or(SHARED, Ordering::Acquire))
    }

    /// Tells the task to stop; it is public and locked by the caller, so it has not completed.
    pub fn stop(&self) {
        // ORDER: Relaxed; ordered by the fence before the canceller's walk down, see the runtime's `cancel`.
        self.0.fetch_or(STOP, Ordering::Relaxed);
    }

    /// `RUNNING` to `JOINING`.
    pub fn begin_joining(&self) {
        let seen = self.peek();
        if !seen.has(PUBLIC) {
            self.store_private(seen.with_phase(JOINING));
        } else {
            // ORDER: Relaxed; nobody acts on the difference. RUNNING and JOINING differ in the lowest bit.
            self.0.fetch_or(RUNNING ^ JOINING, Ordering::Relaxed);
        }
    }

    /// Private `RUNNING` or `JOINING` to a terminal phase.
    #[inline(always)]
    pub fn finish_private(&self, phase: u64) -> Afterwards {
        let seen = self.peek();
        self.store_private(seen.with_phase(phase));
        if seen.handles() == 0 { Afterwards::Free } else { Afterwards::Nothing }
    }

    /// Public to a terminal phase. `before_shared` runs once, before the transition, when the result will be seen
    /// by several tasks. Gives the state before; when it has `WAITED`, the caller owns the list of waiters.
    pub fn finish_public(&self, phase: u64, mut before_shared: impl FnMut()) -> Snapshot {
        let mut prepared = false;
        let mut seen = self.peek();
        loop {
            if seen.has(LOCKED) {
                pause();
                seen = self.peek();
                continue;
            }
            if seen.has(SHARED) && !prepared {
                before_shared();
                prepared = true;
            }
            let next = seen.with_phase(phase) & !WAITED;
            // ORDER: Release publishes the result to `load`; Acquire sees the waiters that `unlock` published.
            match self.0.compare_exchange_weak(seen.0, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return seen,
                Err(now) => seen = Snapshot(now),
            }
        }
    }

    /// Locks the list of waiters of an uncompleted public record; false when it has completed, whose result is seen
    /// after a `load`.
    #[must_use]
    pub fn lock(&self) -> bool {
        let mut seen = self.peek();
        loop {
            if seen.is_terminal() {
                return false;
            }
            if seen.has(LOCKED) {
                pause();
                seen = self.peek();
                continue;
            }
            // ORDER: Acquire; pairs with the Release in `unlock`: the list is seen.
            match self.0.compare_exchange_weak(seen.0, seen.0 | LOCKED, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(now) => seen = Snapshot(now),
            }
        }
    }

    /// Unlocks the list, which has waiters or not.
    pub fn unlock(&self, waited: bool) {
        let mut seen = self.peek();
        loop {
            let next = (if waited { seen.0 | WAITED } else { seen.0 & !WAITED }) & !LOCKED;
            // ORDER: Release; publishes the list to the next `lock` or `finish_public`.
            match self.0.compare_exchange_weak(seen.0, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => seen = Snapshot(now),
            }
        }
    }

    /// One more handle.
    #[inline(always)]
    pub fn retain(&self) {
        let seen = self.peek();
        if !seen.has(PUBLIC) {
            self.store_private(seen.0 + HANDLE);
        } else {
            // ORDER: Relaxed; the caller holds a handle, so the record stays.
            self.0.fetch_add(HANDLE, Ordering::Relaxed);
        }
    }

    /// One handle less.
    #[inline(always)]
    pub fn release(&self) -> Afterwards {
        let seen = self.peek();
        let before = if !seen.has(PUBLIC) {
            self.store_private(seen.0 - HANDLE);
            seen
        } else {
            // ORDER: Release, so that what this holder did with the result happens before it is freed; Acquire,
            // so that the one who frees sees what all others did.
            Snapshot(self.0.fetch_sub(HANDLE, Ordering::AcqRel))
        };
        if before.handles() == 1 && before.is_terminal() { Afterwards::Free } else { Afterwards::Nothing }
    }
}

/// Waits an instant for another thread inside a few instructions.
#[inline(always)]
pub fn pause() {
    #[cfg(not(any(wyn_loom, wyn_shuttle)))]
    core::hint::spin_loop();
    #[cfg(wyn_loom)]
    loom::thread::yield_now();
    #[cfg(wyn_shuttle)]
    wyn_abi::sync::explored::give_way();
}
