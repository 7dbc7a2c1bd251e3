//! The locks of a select: each of its channels once, then each of its tasks once, both in the order of their
//! addresses. Selects that share several of them never wait for each other in a circle, and nobody else holds two.

use wyn_abi::TaskRecord;
use wyn_abi::channel::Channel;
use wyn_abi::select::{ARM_AWAIT, SelectArm};
#[cfg(wyn_loom)]
use wyn_hot::channel::fault::{UNSORTED_LOCKS, injected};

use super::super::lock::{lock, unlock};
use super::Select;

/// Where an arm's target stands among the locks; arms with the same target stand together.
fn rank(arm: &SelectArm) -> (bool, *mut u8) {
    #[cfg(wyn_loom)]
    if injected(UNSORTED_LOCKS) {
        return (arm.kind == ARM_AWAIT, core::ptr::null_mut());
    }
    (arm.kind == ARM_AWAIT, arm.target)
}

impl<'a> Select<'a> {
    /// Finds the targets of the arms that may still be chosen, each once, and puts them in order.
    pub(super) fn order_locks(&mut self) {
        (self.channels, self.locks) = (0, 0);
        for (at, arm) in self.enabled().filter(|(_, arm)| arm.on_channel() || arm.kind == ARM_AWAIT) {
            if (0..self.locks).any(|position| self.locked(position).target == arm.target) {
                continue;
            }
            // Insertion: a select has few arms.
            let mut position = self.locks;
            while position > 0 && rank(arm) < rank(self.locked(position - 1)) {
                self.arms[position].locked.set(self.arms[position - 1].locked.get());
                position -= 1;
            }
            self.arms[position].locked.set(at as u32);
            self.locks += 1;
            self.channels += usize::from(arm.on_channel());
        }
    }

    /// An arm whose target is locked at this position.
    fn locked(&self, position: usize) -> &'a SelectArm {
        &self.arms[self.arms[position].locked.get() as usize]
    }

    /// The channel that is locked at each position. Nothing of the select is read after the last one.
    pub(super) fn channels(&self) -> impl Iterator<Item = *mut Channel> + use<'_, 'a> {
        (0..self.channels).map(|position| self.locked(position).channel())
    }

    /// The task that is locked at each position, after the channels. Nothing of the select is read after the last one.
    pub(super) fn tasks(&self) -> impl Iterator<Item = *mut TaskRecord> + use<'_, 'a> {
        (self.channels..self.locks).map(|position| self.locked(position).task())
    }

    /// # Safety
    /// None of the channels is locked by the caller.
    pub(super) unsafe fn lock_channels(&self) {
        for channel in self.channels() {
            // SAFETY: by contract; the arm's handle keeps the channel alive.
            unsafe { lock(channel) }
        }
    }

    /// Nothing of the select is touched once the last lock is free.
    ///
    /// # Safety
    /// The caller, or the fiber that it commits the park of, holds the locks.
    pub(super) unsafe fn unlock_channels(&self) {
        for channel in self.channels() {
            // SAFETY: by contract.
            unsafe { unlock(channel) }
        }
    }
}
