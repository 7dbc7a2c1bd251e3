//! Asking busy workers for tasks: the request.
//!
//! * **Asker**: enters the idle word as one that searches or sleeps (A1), then raises the request to what it wants (A2).
//! * **Owner**: takes the request off (O1), then looks in the idle word whether somebody has nothing to do (O2), and
//!   publishes.
//!
//! *No request is lost.* A sequentially consistent fence stands between A1 and A2 and between O1 and O2. If the owner's
//! comes first, A2 comes after O1: the request stays, for the next spawn to find. If the asker's comes first, O2
//! sees the asker, and what is published for it is either seen by the look around of whoever goes to sleep, or wakes it.

use crate::sync::{AtomicU32, Ordering, fence};

/// Asks for whatever there may be, and that nothing keep a fiber here.
pub(crate) const LET_GO: u32 = 1 << 31;

/// Whether somebody asks that bound fibers be let go.
pub(crate) fn is_to_let_go(tasks: u32) -> bool {
    tasks >= LET_GO
}

/// The fence between A1 and A2.
pub(crate) fn is_idle() {
    // ORDER: SeqCst; the partner is the fence in `take`.
    fence(Ordering::SeqCst);
}

/// A2, behind `is_idle`. False when as much is asked for already.
pub(crate) fn ask(wanted: &AtomicU32, tasks: u32) -> bool {
    // ORDER: Relaxed, both; behind the fence. The request carries no data.
    wanted.load(Ordering::Relaxed) < tasks && wanted.fetch_max(tasks, Ordering::Relaxed) < tasks
}

/// O1 and the fence after it: how many tasks are wanted. Now look who has nothing to do.
pub(crate) fn take(wanted: &AtomicU32) -> u32 {
    // ORDER: Relaxed; the fence orders it before the look.
    let tasks = wanted.swap(0, Ordering::Relaxed);
    // ORDER: SeqCst; the partner is the fence in `is_idle`, or in `Idle::sleep`.
    fence(Ordering::SeqCst);
    tasks
}
