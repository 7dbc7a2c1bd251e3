//! Select: one of several operations, decided by one claim.
//!
//! 1. *Pick.* One arm is tried, any of them (`biased`: the first), as an operation that does not wait. Most selects of busy
//!    channels end here.
//! 2. *Glance.* The arms are tried one after the other, in random order (`biased`: in source order), as operations
//!    that do not wait. A select with a ready arm ends here and pays little more than the operation.
//! 3. *Look.* The channels are locked in the order of their addresses and brought to rest, and the arms are looked
//!    at again. What `else`, `closed` and the order of `biased` say, they say of this moment.
//! 4. *Wait.* A waiter for each arm is linked, the fiber parks, and the locks are released when its context is saved.
//!    Whoever claims the fiber first, a peer at one of the channels, the completer of a task, the timer or a
//!    canceller, decides; the other waiters are taken out when the fiber goes on, and nothing has passed by them.
//!
//! The proof is in the channels' `README.md`. `locks` has the order of locks, `wait` the last step.

mod locks;
#[cfg(all(test, wyn_loom))]
mod models;
#[cfg(all(test, not(wyn_loom)))]
mod tests;
mod wait;

use core::slice;

use wyn_abi::Fiber;
use wyn_abi::channel::Channel;
use wyn_abi::select::{
    ARM_AFTER, ARM_AWAIT, ARM_OFF, ARM_RECEIVE_OPEN, SELECT_BIASED, SELECT_CLOSED, SELECT_ELSE, SelectArm,
    TaskWaiter,
};
use wyn_hot::channel::{Fast, only_waits, pop_owned, push_owned};
use wyn_hot::state::State;

use super::operate::{self, Received, Sent, receive_at_rest, send_at_rest};
use super::parker::Host;
use super::queue::{element, room};
use super::settle::settle;
use super::waiter::{Wakes, waiter};

/// What a select came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Chosen {
    /// This arm; its operation is done. (The task of an arm that awaits has ended.)
    Arm(usize),
    /// Nothing is ready, and there is an `else`.
    Otherwise,
    /// No channel arm can ever be ready, and there is a `closed`.
    Ended,
    /// No arm can ever be ready.
    Nothing,
    /// This arm sends on a channel that is closed.
    SendClosed(usize),
    /// The task was told to stop.
    Cancelled,
}

/// Waits for the first of several operations and does it; the others have transferred nothing.
///
/// # Safety
/// `fiber` is the running fiber. The first part of each of the `count` arms is filled in: it holds a handle of each
/// arm's target, without the lock; `slot` points to an element, or has room for one.
pub(crate) unsafe fn select<P: Host>(
    fiber: *mut Fiber,
    arms: *mut SelectArm,
    count: usize,
    mode: u32,
) -> Chosen {
    // SAFETY: by contract; of the second part of the arms, what a glance looks at is written before a reference to them
    // exists, and the waiters before anything waits.
    unsafe {
        if P::cancel_pending(fiber) {
            return Chosen::Cancelled;
        }
        if let Some(chosen) = pick::<P>(fiber, arms, count, mode) {
            return chosen;
        }
        let mut trials = 0;
        for at in 0..count {
            let arm = arms.add(at);
            let is_on = (*arm).kind != ARM_OFF;
            (&raw mut (*arm).passed).write(0.into());
            (&raw mut (*arm).enabled).write(is_on.into());
            (&raw mut (*arms.add(trials)).tried).write((at as u32).into());
            trials += usize::from(is_on);
        }
        let glanced = slice::from_raw_parts(arms, count);
        let mut this = Select { fiber, arms: glanced, trials, mode, channels: 0, locks: 0, time: None };
        if let Some(chosen) = this.glance::<P>() {
            return chosen;
        }
        let alone = this.enabled().count() <= 1;
        if (alone || mode & SELECT_ELSE == 0)
            && let Some(chosen) = this.without_waiting()
        {
            return chosen;
        }
        this.look_and_wait::<P>(arms)
    }
}

/// Tries one arm, each with the same chance (`biased`: the first), before anything is prepared for trying others: where
/// channels mostly have messages, that is all there is to a select. When it comes to nothing everything is open again, so
/// each ready arm stays as likely as any other.
///
/// # Safety
/// As for [`select`].
#[inline(always)]
unsafe fn pick<P: Host>(fiber: *mut Fiber, arms: *mut SelectArm, count: usize, mode: u32) -> Option<Chosen> {
    // SAFETY: by contract. An arm that is off is not looked at any further.
    unsafe {
        if count == 0 {
            return None;
        }
        let any = || ((u64::from(P::random(fiber)) * count as u64) >> 32) as usize;
        let at = if mode & SELECT_BIASED == 0 { any() } else { 0 };
        let arm = arms.add(at);
        (&raw mut (*arm).passed).write(0.into());
        (&raw mut (*arm).enabled).write(true.into());
        let arm = &*arm;
        attempt::<P>(fiber, at, arm)
    }
}

/// Does an arm's operation if that needs no waiting.
///
/// # Safety
/// The arm's handle keeps its target alive; no lock is held; `fiber` is the running fiber.
#[inline(always)]
unsafe fn attempt<P: Host>(fiber: *mut Fiber, at: usize, arm: &SelectArm) -> Option<Chosen> {
    // SAFETY: by contract.
    unsafe {
        if arm.receives() {
            received(at, arm, receive::<P>(fiber, arm))
        } else if arm.on_channel() {
            sent(at, arm, send::<P>(fiber, arm))
        } else {
            awaited(at, arm)
        }
    }
}

/// Receives by an arm if that needs no waiting.
///
/// # Safety
/// The arm's handle keeps its channel alive, whose lock the caller does not have; `fiber` is the running fiber.
#[inline(always)]
unsafe fn receive<P: Host>(fiber: *mut Fiber, arm: &SelectArm) -> Received {
    // SAFETY: by contract.
    unsafe {
        let channel = arm.channel();
        match pop_owned(fiber, channel, arm.slot, (*(*channel).elem).size) {
            Fast::Slow if only_waits(fiber, channel, &(*channel).rx) => Received::Empty,
            Fast::Slow => operate::recv::<P>(fiber, channel, arm.slot, false),
            done => {
                signal::<P>(fiber, channel, done);
                Received::Done
            }
        }
    }
}

/// Sends by an arm if that needs no waiting.
///
/// # Safety
/// As for [`receive`].
#[inline(always)]
unsafe fn send<P: Host>(fiber: *mut Fiber, arm: &SelectArm) -> Sent {
    // SAFETY: by contract.
    unsafe {
        let channel = arm.channel();
        match push_owned(fiber, channel, arm.slot, (*(*channel).elem).size) {
            Fast::Slow if only_waits(fiber, channel, &(*channel).tx) => Sent::Full,
            Fast::Slow => operate::send::<P>(fiber, channel, arm.slot, false),
            done => {
                signal::<P>(fiber, channel, done);
                Sent::Done
            }
        }
    }
}

/// Tells the peer what a fast path has done, if it is to be told.
#[inline(always)]
unsafe fn signal<P: Host>(fiber: *mut Fiber, channel: *mut Channel, done: Fast) {
    if done == Fast::Signal {
        // SAFETY: as in `receive`.
        unsafe { operate::signal::<P>(fiber, channel) }
    }
}

/// What a receive by an arm means for the select.
fn received(at: usize, arm: &SelectArm, received: Received) -> Option<Chosen> {
    match received {
        Received::Done => {
            arm.passed.set(1);
            Some(Chosen::Arm(at))
        }
        Received::Closed if arm.kind == ARM_RECEIVE_OPEN => {
            arm.enabled.set(false);
            None
        }
        Received::Closed => Some(Chosen::Arm(at)),
        Received::Empty | Received::Cancelled => None,
    }
}

/// What a send by an arm means for the select.
fn sent(at: usize, arm: &SelectArm, sent: Sent) -> Option<Chosen> {
    match sent {
        Sent::Done => Some(Chosen::Arm(at)),
        Sent::Closed => Some(Chosen::SendClosed(at)),
        Sent::Deserted => {
            arm.enabled.set(false);
            None
        }
        Sent::Full | Sent::Cancelled => None,
    }
}

/// Whether an arm awaits a task that has ended.
///
/// # Safety
/// The arm's handle keeps its target alive.
unsafe fn awaited(at: usize, arm: &SelectArm) -> Option<Chosen> {
    // SAFETY: by contract.
    let ended = arm.kind == ARM_AWAIT && unsafe { State(&(*arm.task()).state).load().is_terminal() };
    ended.then_some(Chosen::Arm(at))
}

/// A select under way, in the frame of its fiber.
struct Select<'a> {
    fiber: *mut Fiber,
    arms: &'a [SelectArm],
    /// How many arms there are to try: those whose guards hold.
    trials: usize,
    mode: u32,
    /// How many channels there are to lock; `locks` puts them in order.
    channels: usize,
    /// How many locks there are, with those of the tasks.
    locks: usize,
    /// When to wake the fiber for the first `after`.
    time: Option<u64>,
}

impl<'a> Select<'a> {
    /// The arms that may still be chosen, with their numbers.
    fn enabled(&self) -> impl Iterator<Item = (usize, &'a SelectArm)> + Clone + use<'a> {
        self.arms.iter().enumerate().filter(|(_, arm)| arm.enabled.get())
    }

    fn is_biased(&self) -> bool {
        self.mode & SELECT_BIASED != 0
    }

    /// The arm that is tried at this position.
    fn tried(&self, position: usize) -> (usize, &'a SelectArm) {
        let at = self.arms[position].tried.get() as usize;
        (at, &self.arms[at])
    }

    /// Decides which arm is tried at this position: any of those that have not been tried, each as likely as any other; so
    /// each order of all is (Fisher and Yates). Most selects end before all positions are decided.
    #[inline(always)]
    fn draw<P: Host>(&self, position: usize) {
        let left = (self.trials - position) as u64;
        if left > 1 {
            // SAFETY: the fiber runs.
            let random = u64::from(unsafe { P::random(self.fiber) });
            let other = position + ((random * left) >> 32) as usize;
            self.arms[position].tried.swap(&self.arms[other].tried);
        }
    }

    // ------------------------------------------------------------------------------------ glance

    /// Tries the arms, each by itself, and so decides the order in which they are tried from here on. A `biased` select tries no
    /// further than the first arm: which of the others is the first that is ready only the locks can tell.
    ///
    /// # Safety
    /// No lock is held.
    unsafe fn glance<P: Host>(&self) -> Option<Chosen> {
        for position in 0..self.trials {
            if !self.is_biased() {
                self.draw::<P>(position);
            }
            let (at, arm) = self.tried(position);
            // SAFETY: by contract.
            let chosen = unsafe { attempt::<P>(self.fiber, at, arm) };
            if chosen.is_some() || self.is_biased() && arm.enabled.get() {
                return chosen;
            }
        }
        None
    }

    /// What is chosen when no arm is ready, if that is settled without waiting.
    fn without_waiting(&self) -> Option<Chosen> {
        if self.mode & SELECT_CLOSED != 0 && !self.enabled().any(|(_, arm)| arm.on_channel()) {
            return Some(Chosen::Ended);
        }
        if self.mode & SELECT_ELSE != 0 {
            return Some(Chosen::Otherwise);
        }
        self.enabled().next().is_none().then_some(Chosen::Nothing)
    }

    // -------------------------------------------------------------------------------------- look

    /// Looks at the arms, which are these, with the channels locked, and waits when none is ready.
    #[inline(never)]
    unsafe fn look_and_wait<P: Host>(&mut self, arms: *mut SelectArm) -> Chosen {
        // SAFETY: no lock is held here; between `lock_channels` and the unlocking that each way out does, all of
        // them are. The reference to the arms is made anew when they have been written.
        unsafe {
            for at in 0..self.arms.len() {
                let arm = arms.add(at);
                (&raw mut (*arm).waiter).write(waiter(self.fiber, (*arm).slot));
                (&raw mut (*arm).task_waiter).write(TaskWaiter::new(self.fiber));
            }
            self.arms = slice::from_raw_parts(arms, self.arms.len());
            let limit =
                self.enabled().filter(|(_, arm)| arm.kind == ARM_AFTER).min_by_key(|(_, arm)| arm.nanos);
            let limit = limit.map(|(at, arm)| (at, P::now().saturating_add(arm.nanos.max(0) as u64)));
            let mut first = true;
            loop {
                let mut wakes = Wakes::new();
                self.order_locks();
                self.lock_channels();
                let chosen = self.look::<P>(&mut wakes).or_else(|| self.without_waiting()).or_else(|| {
                    let (at, time) = limit?;
                    let is_over = if first { self.arms[at].nanos <= 0 } else { P::now() >= time };
                    is_over.then_some(Chosen::Arm(at))
                });
                if let Some(chosen) = chosen {
                    self.unlock_channels();
                    wakes.flush::<P>(self.fiber);
                    return chosen;
                }
                first = false;
                if let Some(chosen) = self.wait::<P>(limit, &mut wakes) {
                    return chosen;
                }
            }
        }
    }

    /// Brings the locked channels to rest and does the operation of an arm that is ready.
    unsafe fn look<P: Host>(&self, wakes: &mut Wakes) -> Option<Chosen> {
        // SAFETY: the locks are held.
        unsafe {
            self.channels().for_each(|channel| settle::<P>(channel, wakes));
            if self.is_biased() {
                return self.look_in_order::<P>(wakes);
            }
            for (at, arm) in (0..self.trials).map(|position| self.tried(position)) {
                if !arm.enabled.get() {
                    continue;
                }
                let chosen = self.attempt_locked::<P>(at, arm, wakes);
                if chosen.is_some() {
                    return chosen;
                }
            }
            None
        }
    }

    /// The first arm that is ready. Whoever owns the other side of a channel acts without the lock, so an arm may
    /// become ready behind the look that passed it, and before a later arm does: when a later arm is found ready,
    /// the ones before it are looked at once more. What is ready stays ready while the locks are held.
    unsafe fn look_in_order<P: Host>(&self, wakes: &mut Wakes) -> Option<Chosen> {
        // SAFETY: the locks are held.
        unsafe {
            loop {
                let mut found = None;
                let mut below = self.arms.len();
                while let Some(at) = (0..below).find(|&at| is_ready(&self.arms[at])) {
                    found = Some(at);
                    below = at;
                }
                let at = found?;
                // It may still come to nothing: the peer at a rendezvous is claimed by another, or the arm is out.
                let chosen = self.attempt_locked::<P>(at, &self.arms[at], wakes);
                if chosen.is_some() {
                    return chosen;
                }
            }
        }
    }

    /// Does an arm's operation if that needs no waiting, with the locks held.
    unsafe fn attempt_locked<P: Host>(
        &self,
        at: usize,
        arm: &SelectArm,
        wakes: &mut Wakes,
    ) -> Option<Chosen> {
        // SAFETY: the locks are held, and the channels at rest.
        unsafe {
            if arm.receives() {
                let what = receive_at_rest::<P>(self.fiber, arm.channel(), arm.slot, wakes)?;
                received(at, arm, what)
            } else if arm.on_channel() {
                let what = send_at_rest::<P>(self.fiber, arm.channel(), arm.slot, wakes)?;
                sent(at, arm, what)
            } else {
                awaited(at, arm)
            }
        }
    }
}

/// Whether an arm looks ready. A rendezvous may turn out not to be: its peer may be claimed already.
///
/// # Safety
/// The arm's handle keeps its target alive; a channel's lock is held, and it is at rest.
unsafe fn is_ready(arm: &SelectArm) -> bool {
    // SAFETY: by contract.
    unsafe {
        if !arm.enabled.get() {
            false
        } else if arm.receives() {
            let ch: &Channel = &*arm.channel();
            ch.drained.get() || ch.closed.get() || element(ch).is_some() || !ch.tx_waiters.is_empty()
        } else if arm.on_channel() {
            let ch: &Channel = &*arm.channel();
            ch.closed.get() || ch.deserted.get() || room(ch).is_some() || !ch.rx_waiters.is_empty()
        } else {
            arm.kind == ARM_AWAIT && State(&(*arm.task()).state).load().is_terminal()
        }
    }
}
