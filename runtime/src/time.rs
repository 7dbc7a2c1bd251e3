//! Time: the clock, and timers for sleeping fibers.
//!
//! One heap for the process, behind a lock that is taken only by those who begin or end a sleep; everybody else
//! looks at the next deadline, one word. An entry names one park of its fiber, so an entry whose fiber has been
//! woken otherwise does nothing when it comes up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use wyn_abi::Fiber;

use crate::fiber::{FiberCell, status};
use crate::sched::entry::Entry;
use crate::sched::parking::{self, WaitFor, Wake};
use crate::sched::word::Ticket;
use crate::sched::{Runtime, runtime};
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Ordering, fence};
use crate::unwind;

const NEVER: u64 = u64::MAX;

/// Nanoseconds of the monotonic clock.
pub(crate) fn now() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of processor time that the calling thread has used.
pub(crate) fn thread_cpu() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct; the clock exists.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: u64,
    /// Keeps sleepers with one deadline in order.
    order: u64,
    cell: usize,
    ticket: TicketKey,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct TicketKey(Ticket);

impl PartialOrd for TicketKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TicketKey {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        // `order` is unique, so the comparison never gets here with a difference.
        std::cmp::Ordering::Equal
    }
}

struct Heap {
    due: BinaryHeap<Reverse<Due>>,
    order: u64,
}

/// All timers.
pub(crate) struct Timers {
    heap: Mutex<Heap>,
    next: AtomicU64,
    /// Timers that have not made their fiber runnable yet.
    pending: AtomicUsize,
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers {
            heap: Mutex::new(Heap { due: BinaryHeap::new(), order: 0 }),
            next: AtomicU64::new(NEVER),
            pending: AtomicUsize::new(0),
        }
    }

    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Wakes the fiber at this time if it is still in this park.
    fn add(&self, runtime: &Runtime, at: u64, cell: *mut FiberCell, ticket: Ticket) {
        let first = {
            let mut heap = self.heap();
            // ORDER: SeqCst; see `is_empty`.
            self.pending.fetch_add(1, Ordering::SeqCst);
            heap.order += 1;
            let order = heap.order;
            heap.due.push(Reverse(Due { at, order, cell: cell as usize, ticket: TicketKey(ticket) }));
            // ORDER: Relaxed; written under the lock.
            let first = at < self.next.load(Ordering::Relaxed);
            if first {
                // ORDER: SeqCst; before the look for a timekeeper, as a timekeeper's role comes before its look.
                self.next.store(at, Ordering::SeqCst);
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

    /// Makes all fibers runnable whose time has come; whether there were any.
    pub(crate) fn fire_due(&self, runtime: &Runtime) -> bool {
        if !self.is_due() {
            return false;
        }
        let mut woken = Vec::new();
        let mut taken = 0;
        {
            let mut heap = self.heap();
            let time = now();
            while heap.due.peek().is_some_and(|Reverse(due)| due.at <= time) {
                let Some(Reverse(due)) = heap.due.pop() else { break };
                taken += 1;
                let cell = due.cell as *mut FiberCell;
                // SAFETY: cells are never unmapped; the ticket names the park that this timer is for.
                unsafe {
                    if (*cell).word.claim_at(due.ticket.0) {
                        // ORDER: Relaxed; for reports.
                        (*cell).status.store(status::QUEUED, Ordering::Relaxed);
                        woken.push(Entry::fiber(cell));
                    }
                }
            }
            let next = heap.due.peek().map_or(NEVER, |Reverse(due)| due.at);
            // ORDER: SeqCst; as in `add`.
            self.next.store(next, Ordering::SeqCst);
        }
        let fired = !woken.is_empty();
        if fired {
            runtime.inject(woken);
        }
        // ORDER: SeqCst; after the fibers are queued, see `is_empty`.
        self.pending.fetch_sub(taken, Ordering::SeqCst);
        fired
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_sleep(fiber: *mut Fiber, nanos: i64) {
    unsafe fn commit(fiber: *mut Fiber, at: *mut ()) {
        let Some(runtime) = runtime() else { return };
        let cell = FiberCell::of(fiber);
        // SAFETY: the fiber is not claimable before its timer is there.
        let ticket = unsafe { (*cell).word.ticket() };
        runtime.timers.add(runtime, at as u64, cell, ticket);
    }
    // SAFETY: the fiber runs.
    unsafe {
        if parking::cancel_pending(fiber) {
            unwind::cancel(fiber);
        }
        if nanos <= 0 {
            return parking::yield_now(fiber);
        }
        let at = now().saturating_add(nanos as u64);
        if parking::park(fiber, WaitFor::Sleep, commit, at as *mut ()) == Wake::Cancelled {
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
