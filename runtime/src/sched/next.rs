//! The slot for the fiber that a worker runs next: one place, which its worker fills and empties without a locked
//! instruction, and from which others steal when the worker is busy with something else.
//!
//! Only the worker puts a fiber in, and only into an empty slot. To take it out:
//!
//! * **Worker**: says that it is taking (T1), then looks for a thief (T2). If there is one, it leaves the fiber to the thief.
//! * **Thief**: the only one at a time, says that it is there (S1), then waits while the worker is taking (S2), and takes
//!   what it finds.
//!
//! *One of them gets it.* The worker passes the free half of an asymmetric fence between T1 and T2, the thief the dear half
//! between S1 and S2: so T2 sees the thief, or S2 sees that the worker is taking. In the first case the worker does not
//! touch the slot. In the second the thief comes to it when the worker is through. Neither waits for a thread that has
//! lost its time slice for longer than two stores take, but the thief.

use std::ptr;

use wyn_hot::state::pause;

#[cfg(wyn_loom)]
use crate::fault::{THIEF_UNSEEN, TWO_THIEVES, injected};
use crate::fence::{heavy, light};
use crate::sync::{AtomicBool, AtomicPtr, Ordering};

/// The slot.
pub struct NextSlot<T> {
    item: AtomicPtr<T>,
    /// The worker is taking the item.
    taking: AtomicBool,
    /// A thief is at work.
    thief: AtomicBool,
}

impl<T> NextSlot<T> {
    /// An empty slot.
    #[allow(clippy::new_without_default, reason = "there is one for each worker")]
    pub fn new() -> Self {
        NextSlot {
            item: AtomicPtr::new(ptr::null_mut()),
            taking: AtomicBool::new(false),
            thief: AtomicBool::new(false),
        }
    }

    /// Whether there is nothing: of the worker, exact when true; of others, a hint.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        // ORDER: Relaxed; the worker alone fills the slot.
        self.item.load(Ordering::Relaxed).is_null()
    }

    /// The worker puts an item in. Gives what is to go elsewhere for it: what was there, or null; or the item itself, while
    /// a thief is at work.
    #[must_use]
    pub fn put(&self, item: *mut T) -> *mut T {
        let before = self.take();
        if !self.is_empty() {
            return item;
        }
        self.fill(item);
        before
    }

    /// The worker puts an item into the slot, which is empty.
    #[inline(always)]
    pub fn fill(&self, item: *mut T) {
        // ORDER: Release; pairs with the Acquire in `steal`: what the item leads to.
        self.item.store(item, Ordering::Release);
    }

    /// The worker takes what is there; null when there is nothing, or when a thief takes it.
    #[inline(always)]
    pub fn take(&self) -> *mut T {
        if self.is_empty() {
            return ptr::null_mut();
        }
        // ORDER: Relaxed; before the fence.
        self.taking.store(true, Ordering::Relaxed);
        light();
        // ORDER: Acquire; pairs with the Release by which a thief leaves: the slot that it has emptied is seen empty.
        let thief = self.thief.load(Ordering::Acquire);
        #[cfg(wyn_loom)]
        let thief = thief && !injected(THIEF_UNSEEN);
        let item = if thief {
            ptr::null_mut()
        } else {
            // ORDER: Relaxed, both; no thief touches the slot before `taking` is over.
            let item = self.item.load(Ordering::Relaxed);
            self.item.store(ptr::null_mut(), Ordering::Relaxed);
            item
        };
        // ORDER: Release; pairs with the Acquire in `steal`: the slot is seen empty.
        self.taking.store(false, Ordering::Release);
        item
    }

    /// Another takes what is there; null when there is nothing, or another thief.
    pub fn steal(&self) -> *mut T {
        if self.is_empty() {
            return ptr::null_mut();
        }
        // ORDER: Relaxed; the fence that follows acquires what the thief before released: the slot is seen empty.
        let alone = self.thief.compare_exchange(false, true, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        #[cfg(wyn_loom)]
        let alone = alone || injected(TWO_THIEVES);
        if !alone {
            return ptr::null_mut();
        }
        heavy();
        // ORDER: Acquire; pairs with the Release at the end of `take`.
        while self.taking.load(Ordering::Acquire) {
            pause();
        }
        // ORDER: Acquire; pairs with the Release in `fill`.
        let item = self.item.load(Ordering::Acquire);
        if !item.is_null() {
            // ORDER: Relaxed; the worker looks for thieves before it touches a full slot.
            self.item.store(ptr::null_mut(), Ordering::Relaxed);
        }
        // ORDER: Release; pairs with the Acquire loads of `thief`.
        self.thief.store(false, Ordering::Release);
        item
    }
}
