//! One call to the outside world for all tasks that wait for what it brings.
//!
//! The call uses no memory of theirs, so a cancellation ends a wait while the call goes on; what it brings is there for
//! whoever asks next. There is one call at a time, however many tasks come and go.
//!
//! Who waits stands in a [`Line`], which says why nobody is left there. A task counts as waiting for the outside world until
//! it is off the line: whoever takes it off counts it off.

use wyn_abi::{Fiber, Location};

use super::blocking;
use super::line::{Joined, Line};
use crate::channel::parker::Outside;
use crate::fiber::FiberCell;
use crate::sched::parking::{WaitFor, Wake, park, ready, waits_at};
use crate::sched::word::Ticket;

/// A call that brings something, and what it takes to wait for it.
pub(super) struct Shared {
    line: Line<Waiting>,
    /// Brings more, unless there is more already than when it was [asked](Shared::asked) for. Ends with
    /// [`Shared::brought`]. Made on a thread for blocking calls.
    call: fn(),
    /// How much was brought so far. Called under the lock of the line, so whoever holds a lock that this takes calls nothing
    /// of this.
    count: fn() -> u64,
}

/// A fiber in the park that it waits in.
#[derive(Clone, Copy)]
struct Waiting(*mut FiberCell, Ticket);

// SAFETY: cells are never unmapped, and are woken by whoever claims them.
unsafe impl Send for Waiting {}

/// What a commit needs: it lies in the frame of the fiber that parks.
struct Wait {
    shared: &'static Shared,
    seen: u64,
}

impl Shared {
    pub(super) const fn new(call: fn(), count: fn() -> u64) -> Shared {
        Shared { line: Line::new(), call, count }
    }

    /// How much was there when the call that is under way was asked for.
    pub(super) fn asked(&self) -> u64 {
        self.line.asked()
    }

    /// Parks the task until more was brought than `seen`, or it is cancelled; which of them. Reports say that it waits
    /// for `what`, and `at` which line.
    ///
    /// # Safety
    /// `fiber` is the running fiber; `at` is null or static.
    pub(super) unsafe fn wait(
        &'static self,
        fiber: *mut Fiber,
        what: Outside,
        at: *const Location,
        seen: u64,
    ) -> Wake {
        let mut wait = Wait { shared: self, seen };
        // SAFETY: the fiber runs, and its frame stays until it goes on.
        unsafe {
            waits_at(fiber, at);
            blocking::begins();
            let wake = park(fiber, WaitFor::Outside(what), join, (&raw mut wait).cast());
            if wake == Wake::Cancelled {
                self.leave(FiberCell::of(fiber));
            }
            wake
        }
    }

    /// A cancelled fiber waits no longer.
    fn leave(&self, cell: *mut FiberCell) {
        if self.line.leave(|waiting| waiting.0 == cell) {
            blocking::is_over();
        }
    }

    /// The call is over, and what it brought is there: wakes all who wait.
    pub(super) fn brought(&self) {
        for Waiting(cell, ticket) in self.line.take() {
            // SAFETY: cells are never unmapped; the ticket names the park that the fiber joined the line for.
            unsafe {
                if (*cell).word.claim_at(ticket) {
                    ready(std::ptr::null_mut(), cell.cast());
                }
            }
            blocking::is_over();
        }
    }
}

/// The commit: joins the line and has the call made, or goes on at once.
unsafe fn join(fiber: *mut Fiber, wait: *mut ()) {
    let cell = FiberCell::of(fiber);
    // SAFETY: the fiber parks, so its frame stays until it is claimed, which nobody can before it is in the line.
    unsafe {
        let Wait { shared, seen } = wait.cast::<Wait>().read();
        let ticket = (*cell).word.ticket();
        match shared.line.join(Waiting(cell, ticket), seen, shared.count) {
            Joined::GoesOn => {
                // A cancellation may be first.
                if (*cell).word.claim_at(ticket) {
                    ready(fiber, fiber);
                }
                blocking::is_over();
            }
            Joined::Waits => {}
            Joined::Calls => blocking::start(shared.call),
        }
    }
}
