//! The line of those who wait for what one call to the outside world brings, and whether the call is under way.
//!
//! * **Who waits** ([`Line::join`]) looks whether something was brought since it last looked, enters the line, and has the
//!   call made unless one is under way: all under the line's lock.
//! * **Whoever makes the call** makes visible what it brings, then takes all who wait off the line and says that no call is
//!   under way, in one ([`Line::take`]).
//!
//! *Nobody is left waiting.* Whoever enters the line before it is taken is taken off it; whoever enters later finds no call
//! under way, and has one made. *Each is counted off once*, by whoever takes it off the line: a cancelled one itself, if it is
//! still there ([`Line::leave`]).

use std::sync::PoisonError;

#[cfg(wyn_loom)]
use crate::fault::{LEFT_BLINDLY, TAKEN_IN_TWO_STEPS, injected};
use crate::sync::{Mutex, MutexGuard};

/// The line.
pub(crate) struct Line<W> {
    inner: Mutex<Inner<W>>,
}

struct Inner<W> {
    waiting: Vec<W>,
    under_way: bool,
    /// What was there when the call was asked for.
    asked: u64,
}

/// What became of one who wants to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Joined {
    /// There is something already: it is in no line.
    GoesOn,
    /// It is in the line, and a call is under way.
    Waits,
    /// It is in the line, and the call is to be made.
    Calls,
}

impl<W> Line<W> {
    /// Nobody.
    #[cfg(not(wyn_loom))]
    pub(crate) const fn new() -> Line<W> {
        Line { inner: Mutex::new(Inner { waiting: Vec::new(), under_way: false, asked: 0 }) }
    }

    /// Nobody.
    #[cfg(wyn_loom)]
    pub(crate) fn new() -> Line<W> {
        Line { inner: Mutex::new(Inner { waiting: Vec::new(), under_way: false, asked: 0 }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much was there when the call that is under way was asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.lock().asked
    }

    /// `who` wants more than the `seen` that was there when it looked; `count` says how much is there now, and is asked
    /// under the lock of the line. Once it is in the line anybody may wake it.
    pub(crate) fn join(&self, who: W, seen: u64, count: impl FnOnce() -> u64) -> Joined {
        let mut inner = self.lock();
        if count() != seen {
            return Joined::GoesOn;
        }
        inner.waiting.push(who);
        if std::mem::replace(&mut inner.under_way, true) {
            return Joined::Waits;
        }
        inner.asked = seen;
        Joined::Calls
    }

    /// One that was cancelled waits no longer; whether it was still in the line.
    #[must_use]
    pub(crate) fn leave(&self, is_it: impl Fn(&W) -> bool) -> bool {
        let mut inner = self.lock();
        let before = inner.waiting.len();
        inner.waiting.retain(|waiting| !is_it(waiting));
        #[cfg(wyn_loom)]
        if injected(LEFT_BLINDLY) {
            return true;
        }
        inner.waiting.len() < before
    }

    /// The call is over, and what it brought is there: all who wait, off the line.
    pub(crate) fn take(&self) -> Vec<W> {
        #[cfg(wyn_loom)]
        if injected(TAKEN_IN_TWO_STEPS) {
            let waiting = std::mem::take(&mut self.lock().waiting);
            self.lock().under_way = false;
            return waiting;
        }
        let mut inner = self.lock();
        inner.under_way = false;
        std::mem::take(&mut inner.waiting)
    }
}
