//! Asking the fiber that runs on a worker for a poll.
//!
//! A fiber's stack limit is also how it hears that somebody wants something of it: a poisoned limit makes its next
//! prologue check or loop poll fail, which restores the limit and looks at the requests.
//!
//! * **Asker**: makes its request visible (A1), then looks who runs on the worker, and poisons that limit (A2).
//! * **Fiber**: at a poll it restores its limit, when it goes on after a yield it is made the worker's current one (F1);
//!   then it looks at the requests (F2).
//!
//! *No request is missed.* A sequentially consistent fence stands between A1 and A2 and between F1 and F2. If the asker's
//! comes first, F2 sees the request. If the fiber's comes first, A2 finds the fiber and comes after its restoring: the
//! poison stays, and the fiber polls once more.

use wyn_abi::STACK_LIMIT_POISON;

use crate::sync::{AtomicUsize, Ordering, fence};

/// Between A1 and A2.
pub fn requested() {
    // ORDER: SeqCst; pairs with the fences in `restore` and `resumed`.
    fence(Ordering::SeqCst);
}

/// The last part of A2. The limit's fiber may be running or not; one that has left the worker polls in vain.
pub fn poison(limit: &AtomicUsize) {
    // ORDER: Relaxed; the fence of `requested` orders it after the request.
    limit.store(STACK_LIMIT_POISON, Ordering::Relaxed);
}

/// F1 of a poll, and the fence: now look at the requests.
pub fn restore(limit: &AtomicUsize, floor: usize) {
    // ORDER: Relaxed; the fence orders it before the look.
    limit.store(floor, Ordering::Relaxed);
    // ORDER: SeqCst; pairs with the fence in `requested`.
    fence(Ordering::SeqCst);
}

/// Between F1 and F2 of a fiber that goes on.
pub fn resumed() {
    // ORDER: SeqCst; pairs with the fence in `requested`.
    fence(Ordering::SeqCst);
}
