//! Where others put what one worker is to take: fibers that are [bound](super::bound) to it, which nobody else may take, and such
//! as are sent to it because what they work on is used there, which others may take when it does not come to them.
//!
//! * **Sender**: puts the item in (I1), then looks whether the worker is away (I2); if so, it takes the worker off the list
//!   of sleepers and wakes it, if it is there.
//! * **Worker** that goes to sleep: says that it is away (W1), enters the list of sleepers, and looks into the inbox (W2).
//!
//! *No item is overlooked.* A sequentially consistent fence stands between I1 and I2; the one in `Idle::sleep` stands
//! between W1 and W2. If the sender's comes first, W2 sees the item. If the worker's comes first, I2 sees that it is away;
//! then it is in the list, or enters it after the sender has looked there, under the lock, and W2 sees the item again.
//! Whoever takes items says under the lock how many are left, so that W2 does not miss one that came after.

use std::sync::PoisonError;

#[cfg(wyn_loom)]
use crate::fault::{COUNTED_LATE, SILENT_LEAVE, injected};
use crate::sync::{AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering, fence};

/// The inbox of one worker.
pub(crate) struct Inbox<T> {
    items: Mutex<Vec<T>>,
    len: AtomicUsize,
    /// The worker sleeps, or is about to.
    away: AtomicBool,
}

impl<T> Inbox<T> {
    /// An empty one, of a worker that is awake.
    pub(crate) fn new() -> Self {
        Inbox { items: Mutex::new(Vec::new()), len: AtomicUsize::new(0), away: AtomicBool::new(false) }
    }

    fn items(&self) -> MutexGuard<'_, Vec<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// I1 and I2. Whether the worker is to be woken if it is in the list of sleepers.
    #[must_use]
    pub(crate) fn send(&self, item: T) -> bool {
        {
            let mut items = self.items();
            items.push(item);
            // ORDER: Relaxed; ordered before the look by the fence.
            self.len.store(items.len(), Ordering::Relaxed);
        }
        // ORDER: SeqCst; its partner is the fence in `Idle::sleep`.
        fence(Ordering::SeqCst);
        // ORDER: Relaxed; behind the fence.
        self.away.load(Ordering::Relaxed)
    }

    /// W2 when it follows `leave` and `Idle::sleep`; else a hint.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // ORDER: Relaxed; behind the fence of `Idle::sleep`, or a hint.
        self.len.load(Ordering::Relaxed) == 0
    }

    /// The worker takes what is there, in the order in which it came.
    pub(crate) fn take(&self, each: impl FnMut(T)) {
        let mut items = self.items();
        // ORDER: Relaxed; the lock orders it among the changes.
        self.len.store(0, Ordering::Relaxed);
        items.drain(..).for_each(each);
    }

    /// Another worker takes the first of those that it may take.
    pub(crate) fn take_one(&self, may: impl Fn(&T) -> bool) -> Option<T> {
        let mut items = self.items();
        let item = items.iter().position(may).map(|place| items.remove(place))?;
        let left = items.len();
        #[cfg(wyn_loom)]
        if injected(COUNTED_LATE) {
            drop(items);
        }
        // ORDER: Relaxed; the lock orders it among the changes.
        self.len.store(left, Ordering::Relaxed);
        Some(item)
    }

    /// Whether one of the items is such.
    pub(crate) fn any(&self, is_such: impl FnMut(&T) -> bool) -> bool {
        !self.is_empty() && self.items().iter().any(is_such)
    }

    /// W1: the worker goes to sleep.
    pub(crate) fn leave(&self) {
        #[cfg(wyn_loom)]
        if injected(SILENT_LEAVE) {
            return;
        }
        // ORDER: Relaxed; the fence in `Idle::sleep` orders it before the look.
        self.away.store(true, Ordering::Relaxed);
    }

    /// The worker is awake.
    pub(crate) fn come_back(&self) {
        // ORDER: Relaxed; who takes it for asleep does not find it in the list.
        self.away.store(false, Ordering::Relaxed);
    }
}
