//! Time: the clock, and timers, for sleeping fibers and for deadlines.
//!
//! One ordered map for the process, behind a lock that is taken only by those who begin or end a wait; everybody
//! else looks at the next deadline, one word. An entry names one park of its fiber, so an entry that comes up while
//! its fiber is being woken otherwise does nothing. A fiber that was woken otherwise takes its entry out: a select
//! with a time limit, in a loop, leaves nothing behind. Deadlines are told in [`deadline`](crate::task::deadline).

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use wyn_abi::{Fiber, Location};

use crate::channel::fibers::Fibers;
use crate::channel::parker::{Host, Timer};
use crate::fiber::{FiberCell, status};
use crate::report;
use crate::sched::Runtime;
use crate::sched::entry::Entry;
use crate::sched::parking::{self, WaitFor, Wake};
use crate::sched::word::Ticket;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, MutexGuard, Ordering, fence};
use crate::task::deadline::Deadline;
use crate::task::scope::ScopeCell;
use crate::unwind;

const NEVER: u64 = u64::MAX;

/// The processor's clock, which is cheap: some ticks a nanosecond, all processors alike.
#[inline]
pub(crate) fn ticks() -> u64 {
    #[cfg(wyn_shuttle)]
    return wyn_abi::sync::explored::clock();
    // SAFETY: every x86-64 has it.
    #[cfg(not(wyn_shuttle))]
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
}

/// Nanoseconds of the monotonic clock.
pub(crate) fn now() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of processor time that the calling thread has used.
pub(crate) fn thread_cpu() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

#[cfg(wyn_shuttle)]
fn read(_: libc::clockid_t) -> u64 {
    wyn_abi::sync::explored::clock()
}

#[cfg(not(wyn_shuttle))]
fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct; the clock exists.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// What happens at a time.
enum Due {
    /// A fiber is woken if it is still in this park.
    Wake(*mut FiberCell, Ticket),
    /// A block's deadline passes.
    Deadline(*mut ScopeCell),
}

// SAFETY: cells are never unmapped, and are woken by whoever claims them; a scope waits for its deadline.
unsafe impl Send for Due {}

/// All timers.
pub(crate) struct Timers {
    due: Mutex<BTreeMap<Timer, Due>>,
    next: AtomicU64,
    /// Timers that have neither been stopped nor have made their fiber runnable.
    pending: AtomicUsize,
    /// How many timers were made.
    made: AtomicU64,
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers {
            due: Mutex::new(BTreeMap::new()),
            next: AtomicU64::new(NEVER),
            pending: AtomicUsize::new(0),
            made: AtomicU64::new(0),
        }
    }

    fn due(&self) -> MutexGuard<'_, BTreeMap<Timer, Due>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A timer for this time, which nobody else has. It counts once it is started.
    pub(crate) fn reserve(&self, at: u64) -> Timer {
        // ORDER: Relaxed; the number is only to be different from others, and keeps those of one time in order.
        Timer { at, order: self.made.fetch_add(1, Ordering::Relaxed) }
    }

    /// Whether no fiber will be woken by time. False while one is being woken.
    pub(crate) fn is_empty(&self) -> bool {
        // ORDER: SeqCst; the deadlock report relies on it.
        self.pending.load(Ordering::SeqCst) == 0
    }

    /// Whether a deadline has passed.
    pub(crate) fn is_due(&self) -> bool {
        // ORDER: Relaxed; the idle protocol's fences order it.
        let next = self.next.load(Ordering::Relaxed);
        next != NEVER && next <= now()
    }

    /// Time until the next deadline, if there is one.
    pub(crate) fn until_next(&self) -> Option<Duration> {
        // ORDER: SeqCst; comes after the caller has become timekeeper, see `add`.
        let next = self.next.load(Ordering::SeqCst);
        (next != NEVER).then(|| Duration::from_nanos(next.saturating_sub(now())))
    }

    /// Wakes the fiber at the timer's time if it is still in this park.
    pub(crate) fn start(&self, runtime: &Runtime, timer: Timer, cell: *mut FiberCell, ticket: Ticket) {
        self.list(runtime, timer, Due::Wake(cell, ticket));
    }

    /// Fires the deadline of a block at the timer's time.
    pub(crate) fn start_deadline(&self, runtime: &Runtime, timer: Timer, scope: *mut ScopeCell) {
        self.list(runtime, timer, Due::Deadline(scope));
    }

    fn list(&self, runtime: &Runtime, timer: Timer, what: Due) {
        let first = {
            let mut due = self.due();
            // ORDER: SeqCst; see `is_empty`.
            self.pending.fetch_add(1, Ordering::SeqCst);
            due.insert(timer, what);
            // ORDER: Relaxed; written under the lock.
            let first = timer.at < self.next.load(Ordering::Relaxed);
            if first {
                // ORDER: SeqCst; before the look for a timekeeper, as a timekeeper's role comes before its look.
                self.next.store(timer.at, Ordering::SeqCst);
            }
            first
        };
        if first {
            fence(Ordering::SeqCst);
            // ORDER: SeqCst; as above.
            let keeper = runtime.timekeeper.load(Ordering::SeqCst);
            if keeper != 0 {
                runtime.workers[keeper as usize - 1].signal.notify();
            }
        }
        runtime.monitor.arm_if_asleep(runtime);
    }

    /// Forgets a timer, unless its time has come; whether it did. Called by the fiber that it would wake, when it has
    /// been woken otherwise, or by the owner of the block.
    pub(crate) fn stop(&self, timer: Timer) -> bool {
        let mut due = self.due();
        if due.remove(&timer).is_none() {
            return false;
        }
        let next = first(&due);
        // ORDER: SeqCst; as in `start`. Whoever sleeps until the time that was next looks once in vain.
        self.next.store(next, Ordering::SeqCst);
        self.pending.fetch_sub(1, Ordering::SeqCst);
        true
    }

    /// Does all whose time has come; whether there was anything.
    pub(crate) fn fire_due(&self, runtime: &Runtime) -> bool {
        if !self.is_due() {
            return false;
        }
        let mut woken = Vec::new();
        let mut passed = Vec::new();
        let mut taken = 0;
        {
            let mut due = self.due();
            let time = now();
            while let Some(entry) = due.first_entry().filter(|entry| entry.key().at <= time) {
                taken += 1;
                match entry.remove() {
                    // SAFETY: cells are never unmapped; the ticket names the park that this timer is for.
                    Due::Wake(cell, ticket) => unsafe {
                        if (*cell).word.claim_at(ticket) {
                            // ORDER: Relaxed; for reports.
                            (*cell).status.store(status::QUEUED, Ordering::Relaxed);
                            woken.push(Entry::fiber(cell));
                        }
                    },
                    Due::Deadline(scope) => passed.push(scope),
                }
            }
            // ORDER: SeqCst; as in `start`.
            self.next.store(first(&due), Ordering::SeqCst);
        }
        let fired = !woken.is_empty() || !passed.is_empty();
        if !woken.is_empty() {
            runtime.inject(woken);
        }
        for scope in passed {
            // SAFETY: taken off the list here, so its owner waits.
            unsafe { Deadline::fire(scope) }
        }
        // ORDER: SeqCst; after the fibers are queued, see `is_empty`.
        if self.pending.fetch_sub(taken, Ordering::SeqCst) == taken {
            report::still::look_again(runtime);
        }
        fired
    }
}

/// The first deadline.
fn first(due: &BTreeMap<Timer, Due>) -> u64 {
    due.first_key_value().map_or(NEVER, |(timer, _)| timer.at)
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_sleep(fiber: *mut Fiber, nanos: i64, at: *const Location) {
    unsafe fn commit(fiber: *mut Fiber, timer: *mut ()) {
        // SAFETY: the fiber is parking, and not claimable before its timer is there; its frame stays until then.
        unsafe { Fibers::start(fiber, timer.cast::<Timer>().read()) }
    }
    // SAFETY: the fiber runs.
    unsafe {
        if parking::cancel_pending(fiber) {
            unwind::cancel(fiber);
        }
        if nanos <= 0 {
            return parking::yield_now(fiber);
        }
        parking::waits_at(fiber, at);
        let mut timer = Fibers::timer(now().saturating_add(nanos as u64));
        let arg = (&raw mut timer).cast();
        if parking::park(fiber, WaitFor::Sleep, commit, arg) == Wake::Cancelled {
            Fibers::stop(timer);
            unwind::cancel(fiber);
        }
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_yield(fiber: *mut Fiber) {
    // SAFETY: the fiber runs.
    unsafe { parking::yield_now(fiber) }
}
