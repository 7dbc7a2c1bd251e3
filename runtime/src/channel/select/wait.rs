//! The third step of a select: registering at every target, parking, and leaving them all again.
//!
//! The fiber is woken as soon as the first lock is free. Before it goes on it takes every one of the locks once more,
//! to take its waiters out: so it is not gone before its commit has released the last.

use core::ptr;

use wyn_abi::Fiber;
use wyn_abi::select::{ARM_AWAIT, SelectArm, WAITER_CLAIMED, WAITER_LISTED};
use wyn_abi::sync::Ordering;
#[cfg(wyn_loom)]
use wyn_hot::channel::fault::{EARLY_RELEASE, STALE_WAITER, injected};
use wyn_hot::state::State;

use super::super::life::End;
use super::super::lock::{lock, unlock};
use super::super::operate::{Received, Sent};
use super::super::parker::{Commit, Host, WaitFor, Wake};
use super::super::queue::{element, room};
use super::super::settle::{order_after_registrations, set_flags};
use super::super::waiter::{Outcome, Wakes, link, outcome, unlink};
use super::{Chosen, Select, received, sent};
use crate::task::wait as tasks;

/// The end of its channel that an arm uses.
fn end(arm: &SelectArm) -> End {
    if arm.receives() { End::Rx } else { End::Tx }
}

/// The end that its peers use.
fn other_end(arm: &SelectArm) -> End {
    if arm.receives() { End::Tx } else { End::Rx }
}

impl<'a> Select<'a> {
    /// The arms on channels that may still be chosen.
    fn on_channels(&self) -> impl Iterator<Item = &'a SelectArm> + Clone + use<'a> {
        self.enabled().map(|(_, arm)| arm).filter(|arm| arm.on_channel())
    }

    /// The arms that await and may still be chosen.
    fn awaiting(&self) -> impl Iterator<Item = &'a SelectArm> + use<'a> {
        self.enabled().map(|(_, arm)| arm).filter(|arm| arm.kind == ARM_AWAIT)
    }

    /// Waits until an arm is chosen. `None`: something has changed, and the arms are to be looked at again.
    ///
    /// # Safety
    /// The channels are locked, and no arm is ready. They are released. `limit` is the arm of the first `after`, with
    /// its time.
    pub(super) unsafe fn wait<P: Host>(
        &mut self,
        limit: Option<(usize, u64)>,
        wakes: &mut Wakes,
    ) -> Option<Chosen> {
        // SAFETY: by contract; what is registered is taken out again before this function is left.
        unsafe {
            let registered = self.register::<P>();
            if !registered {
                self.unlock_channels();
                wakes.flush::<P>(self.fiber);
                return None;
            }
            wakes.flush::<P>(self.fiber);
            self.time = limit.map(|(_, time)| time);
            let wake = self.park::<P>();
            if self.time.is_some() {
                P::stop(self.fiber);
            }
            self.withdraw();
            if wake == Wake::Cancelled {
                return Some(Chosen::Cancelled);
            }
            for (at, arm) in self.enabled() {
                if arm.kind == ARM_AWAIT {
                    if arm.task_waiter.fate() == WAITER_CLAIMED {
                        return Some(Chosen::Arm(at));
                    }
                    continue;
                }
                let outcome = if arm.on_channel() { outcome(&arm.waiter) } else { Outcome::Waiting };
                if outcome == Outcome::Waiting {
                    continue;
                }
                return match (arm.receives(), outcome) {
                    (true, Outcome::Passed) => received(at, arm, Received::Done),
                    (true, _) => received(at, arm, Received::Closed),
                    (false, Outcome::Passed) => sent(at, arm, Sent::Done),
                    (false, Outcome::Closed) => sent(at, arm, Sent::Closed),
                    (false, _) => sent(at, arm, Sent::Deserted),
                };
            }
            // Nobody but the timer is left.
            limit.map(|(at, _)| Chosen::Arm(at))
        }
    }

    /// Locks the tasks and links a waiter for each arm. False when there is something to look at: then nothing is
    /// linked, and no task locked.
    unsafe fn register<P: Host>(&self) -> bool {
        // SAFETY: the channels are locked; the arms stay where they are while they are linked.
        unsafe {
            if !self.lock_tasks::<P>() {
                return false;
            }
            for arm in self.on_channels() {
                arm.waiter.outcome.set(Outcome::Waiting as u8);
                link(end(arm).waiters(&*arm.channel()), ptr::from_ref(&arm.waiter).cast_mut());
            }
            self.channels().for_each(|channel| set_flags(&*channel));
            let peers = self.on_channels().map(|arm| other_end(arm).side(&*arm.channel()));
            if order_after_registrations::<P>(self.fiber, peers) && self.any_ring_ready() {
                self.unlink_from_channels();
                self.unlock_tasks();
                return false;
            }
            for arm in self.awaiting() {
                // ORDER: Relaxed; the record's lock publishes it.
                arm.task_waiter.fate.store(WAITER_LISTED, Ordering::Relaxed);
                tasks::link(arm.task(), ptr::from_ref(&arm.task_waiter).cast_mut());
            }
            true
        }
    }

    /// Whether a user without the lock has made an arm ready.
    unsafe fn any_ring_ready(&self) -> bool {
        self.on_channels().any(|arm| {
            // SAFETY: the channels are locked.
            let ch = unsafe { &*arm.channel() };
            if arm.receives() { element(ch).is_some() } else { room(ch).is_some() }
        })
    }

    /// Takes the waiters that are still linked out of the locked channels.
    unsafe fn unlink_from_channels(&self) {
        // SAFETY: the channels are locked.
        unsafe {
            for arm in self.on_channels().filter(|arm| arm.waiter.linked.get()) {
                unlink(end(arm).waiters(&*arm.channel()), ptr::from_ref(&arm.waiter).cast_mut());
            }
            self.channels().for_each(|channel| set_flags(&*channel));
        }
    }

    /// Locks the tasks' lists of waiters. False when one of the tasks has ended: then none is locked.
    unsafe fn lock_tasks<P: Host>(&self) -> bool {
        // SAFETY: the arms' handles keep the records.
        unsafe {
            for (position, task) in self.tasks().enumerate() {
                let state = State(&(*task).state);
                if !state.peek().has(wyn_hot::state::PUBLIC) && !state.peek().is_terminal() {
                    P::publish(self.fiber, task);
                }
                if !state.lock() {
                    self.tasks().take(position).for_each(|task| release_task(task));
                    return false;
                }
            }
        }
        true
    }

    /// Releases the tasks' locks. Nothing of the select is touched once the last one is free.
    unsafe fn unlock_tasks(&self) {
        // SAFETY: the tasks are locked.
        self.tasks().for_each(|task| unsafe { release_task(task) });
    }

    /// Parks with the locks held; they are released when the fiber's context is saved.
    unsafe fn park<P: Host>(&self) -> Wake {
        // SAFETY: the select stays while it is parked, and `release` is run once.
        unsafe {
            let wait = WaitFor::Select(self.arms.as_ptr(), self.arms.len() as u32);
            #[cfg(wyn_loom)]
            if injected(EARLY_RELEASE) {
                release::<P>(self.fiber, ptr::from_ref(self).cast_mut().cast());
                let nothing: Commit = |_, _| ();
                return P::park(self.fiber, wait, nothing, ptr::null_mut());
            }
            let commit: Commit = release::<P>;
            P::park(self.fiber, wait, commit, ptr::from_ref(self).cast_mut().cast())
        }
    }

    /// Takes all waiters out, one lock at a time, and waits for those who are looking at one.
    unsafe fn withdraw(&self) {
        #[cfg(wyn_loom)]
        if injected(STALE_WAITER) {
            return;
        }
        // SAFETY: no lock is held; the arms' handles keep their targets.
        unsafe {
            for channel in self.channels() {
                lock(channel);
                for arm in
                    self.on_channels().filter(|arm| arm.channel() == channel && arm.waiter.linked.get())
                {
                    unlink(end(arm).waiters(&*channel), ptr::from_ref(&arm.waiter).cast_mut());
                }
                set_flags(&*channel);
                unlock(channel);
            }
            for arm in self.awaiting() {
                tasks::withdraw(arm.task(), ptr::from_ref(&arm.task_waiter).cast_mut());
            }
        }
    }
}

/// Releases a record's list of waiters as it is.
unsafe fn release_task(task: *mut wyn_abi::TaskRecord) {
    // SAFETY: the record is locked by the caller.
    unsafe { State(&(*task).state).unlock((*task).link != 0) }
}

/// The commit of a select's park: from now on everybody may claim the fiber.
unsafe fn release<P: Host>(fiber: *mut Fiber, select: *mut ()) {
    // SAFETY: the parking fiber holds the locks and leaves their release to this function. It does not go on before
    // it had each of them, so the select is there until the last one is free, and not touched after that. Where
    // there is no lock, starting the timer is the last access.
    unsafe {
        let select = &*select.cast::<Select<'_>>();
        let (channels, locks) = (select.channels, select.locks);
        if let Some(time) = select.time {
            P::start(fiber, time);
        }
        // Whoever has freed the last one must not look at the select again, to see that there is nothing left to free.
        if locks > channels {
            select.unlock_tasks();
        }
        if channels > 0 {
            select.unlock_channels();
        }
    }
}
