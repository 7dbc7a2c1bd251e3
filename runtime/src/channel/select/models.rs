//! Loom models of select; see `channel::models` for how they are run, and what must fail.

use core::mem::{MaybeUninit, zeroed};
use core::ptr;
use std::vec::Vec;

use loom::sync::Arc;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use wyn_abi::channel::{Channel, ElemDescriptor};
use wyn_abi::select::{ARM_AWAIT, ARM_RECEIVE, ARM_RECEIVE_OPEN, ARM_SEND, SelectArm};
use wyn_abi::{Fiber, TaskRecord};
use wyn_hot::channel::{Fast, fault, push_owned};
use wyn_hot::state::{DONE, PUBLIC, SPAWNED, State, WAITED};

use super::super::life::{self, End};
use super::super::operate::{self, Received, Sent};
use super::super::test_parker::{TestFiber, Threads};
use super::{Chosen, select};
use crate::modelling;
use crate::task::wait::wake_waiters;

static BYTE: ElemDescriptor =
    ElemDescriptor { size: 1, drop: None, mark: None, name: wyn_abi::StaticText::new("T") };

fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("channel::select::models::{test}"), preemptions, model, faults);
}

/// Two channels and a task, and the fibers that use them.
struct World {
    channels: [*mut Channel; 2],
    task: *mut TaskRecord,
    fibers: Vec<TestFiber>,
}

// SAFETY: channels and records are made for use from many threads.
unsafe impl Send for World {}
// SAFETY: as above.
unsafe impl Sync for World {}

impl World {
    /// Channels whose sides have one user each: the sending ones fibers 0 and 1, the receiving ones fiber 2.
    fn new(capacity: i64) -> Arc<Self> {
        let fibers: Vec<TestFiber> = (0..3).map(|_| TestFiber::new()).collect();
        // SAFETY: the descriptor is static.
        let mut channels = [(); 2].map(|()| unsafe { life::create(&raw const BYTE, capacity) }.unwrap());
        // Locks go by addresses: a model must do the same in every run.
        channels.sort_unstable();
        for (sender, channel) in channels.iter().enumerate().filter(|_| capacity != 0) {
            // SAFETY: nobody else has the channels yet.
            unsafe {
                (**channel).tx.owner.store(fibers[sender].as_fiber(), Relaxed);
                (**channel).rx.owner.store(fibers[2].as_fiber(), Relaxed);
            }
        }
        // SAFETY: no field of a record is invalid as zero bytes but the state, which is written.
        let task = std::boxed::Box::into_raw(std::boxed::Box::new(unsafe {
            let mut record: TaskRecord = zeroed();
            ptr::write(&raw mut record.state, (SPAWNED | PUBLIC).into());
            record
        }));
        Arc::new(Self { channels, task, fibers })
    }

    fn fiber(&self, who: usize) -> *mut Fiber {
        self.fibers[who].as_fiber()
    }

    fn send(&self, who: usize, channel: usize, value: u8) -> Sent {
        let (fiber, elem) = (self.fiber(who), ptr::from_ref(&value).cast_mut());
        // SAFETY: the model holds a sender for `who`.
        unsafe {
            match push_owned(fiber, self.channels[channel], elem, 1) {
                Fast::Done => Sent::Done,
                Fast::Signal => {
                    operate::signal::<Threads>(fiber, self.channels[channel]);
                    Sent::Done
                }
                Fast::Slow => operate::send::<Threads>(fiber, self.channels[channel], elem, true),
            }
        }
    }

    fn try_recv(&self, who: usize, channel: usize) -> Option<u8> {
        let mut value = 0;
        // SAFETY: the model holds a receiver for `who`.
        let received = unsafe {
            operate::recv::<Threads>(self.fiber(who), self.channels[channel], &raw mut value, false)
        };
        (received == Received::Done).then_some(value)
    }

    /// Waits for the first of these arms: kind, channel, and the element to send. The number of the arm with what
    /// it has received.
    fn select(&self, who: usize, wanted: &[(u32, usize, u8)]) -> (Chosen, Option<u8>) {
        let mut slots: Vec<u8> = wanted.iter().map(|(_, _, value)| *value).collect();
        let slot = slots.as_mut_ptr();
        let arms = wanted.iter().enumerate().map(|(at, (kind, channel, _))| {
            let mut arm = MaybeUninit::<SelectArm>::zeroed();
            let to = arm.as_mut_ptr();
            let target = if *kind == ARM_AWAIT { self.task.cast() } else { self.channels[*channel].cast() };
            // SAFETY: what is not written here is written by `select`; there is a slot for each arm.
            unsafe {
                (&raw mut (*to).kind).write(*kind);
                (&raw mut (*to).target).write(target);
                (&raw mut (*to).slot).write(slot.add(at));
            }
            arm
        });
        let mut arms: Vec<MaybeUninit<SelectArm>> = arms.collect();
        // SAFETY: the model holds the handles for `who`.
        let chosen = unsafe { select::<Threads>(self.fiber(who), arms.as_mut_ptr().cast(), arms.len(), 0) };
        let received = match chosen {
            // SAFETY: `select` has written the arms.
            Chosen::Arm(at) if unsafe { (*arms[at].as_ptr()).passed.get() } == 1 => Some(slots[at]),
            _ => None,
        };
        (chosen, received)
    }

    /// What `task::run::complete` does.
    fn complete(&self, who: usize) {
        // SAFETY: one fiber completes the task.
        unsafe {
            let before = State(&(*self.task).state).finish_public(DONE, || {});
            if before.has(WAITED) {
                wake_waiters::<Threads>(self.fiber(who), self.task);
            }
        }
    }

    /// Nobody waits any more, and nothing says so.
    fn end(&self) {
        for channel in self.channels {
            // SAFETY: the models' threads have ended.
            unsafe {
                assert!((*channel).tx_waiters.is_empty() && (*channel).rx_waiters.is_empty());
                life::release_sender::<Threads>(self.fiber(0), channel);
                life::release_receiver::<Threads>(self.fiber(2), channel);
            }
        }
        // SAFETY: made by `new`.
        drop(unsafe { std::boxed::Box::from_raw(self.task) });
    }
}

/// Two owners send, each on its channel, while a select waits for both.
fn two_owned_channels() {
    let world = World::new(1);
    let senders = [0, 1].map(|who| {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(who, who, who as u8), Sent::Done))
    });
    let mut all = Vec::new();
    for _ in 0..2 {
        let (_, received) = world.select(2, &[(ARM_RECEIVE, 0, 0), (ARM_RECEIVE, 1, 0)]);
        all.extend(received);
    }
    for sender in senders {
        sender.join().unwrap();
    }
    all.sort_unstable();
    assert_eq!(all, [0, 1]);
    world.end();
}

#[test]
fn a_select_hears_of_each_owner() {
    use fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE, NO_SECOND_LOOK};
    check(
        "a_select_hears_of_each_owner",
        3,
        two_owned_channels,
        &[NO_LIGHT_FENCE, NO_HEAVY_FENCE, NO_SECOND_LOOK],
    );
}

/// Two peers come to a parked select at once: it takes one message, the other stays where it is.
fn losers() {
    let world = World::new(1);
    for channel in world.channels {
        // SAFETY: nobody uses the channels yet.
        unsafe {
            life::share(channel, End::Tx);
            life::share(channel, End::Rx);
        }
    }
    let senders = [0, 1].map(|who| {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(who, who, who as u8), Sent::Done))
    });
    let (chosen, received) = world.select(2, &[(ARM_RECEIVE, 0, 0), (ARM_RECEIVE, 1, 0)]);
    for sender in senders {
        sender.join().unwrap();
    }
    let won = received.unwrap();
    assert_eq!(chosen, Chosen::Arm(usize::from(won)));
    assert_eq!(world.try_recv(2, usize::from(won)), None);
    assert_eq!(world.try_recv(2, usize::from(1 - won)), Some(1 - won));
    world.end();
}

#[test]
fn losing_arms_transfer_nothing() {
    use fault::{BLIND_CLAIM, EARLY_RELEASE};
    check("losing_arms_transfer_nothing", 3, losers, &[BLIND_CLAIM, EARLY_RELEASE]);
}

/// Two selects over the same two rendezvous, named in opposite order: they meet in one of them.
fn select_meets_select() {
    let world = World::new(0);
    let sender = {
        let world = world.clone();
        thread::spawn(move || world.select(0, &[(ARM_SEND, 1, 1), (ARM_SEND, 0, 0)]).0)
    };
    let (chosen, received) = world.select(2, &[(ARM_RECEIVE, 0, 0), (ARM_RECEIVE, 1, 0)]);
    let sent = sender.join().unwrap();
    let met = received.unwrap();
    assert_eq!(chosen, Chosen::Arm(usize::from(met)));
    assert_eq!(sent, Chosen::Arm(usize::from(1 - met)));
    world.end();
}

#[test]
fn selects_meet_without_deadlock() {
    use fault::{EARLY_RELEASE, UNSORTED_LOCKS};
    check("selects_meet_without_deadlock", 3, select_meets_select, &[UNSORTED_LOCKS, EARLY_RELEASE]);
}

/// A select that is told to stop while a message comes has taken it or left it.
fn cancelled() {
    let world = World::new(1);
    let canceller = {
        let world = world.clone();
        thread::spawn(move || world.fibers[2].cancel())
    };
    let sender = {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(1, 1, 7), Sent::Done))
    };
    let (chosen, received) = world.select(2, &[(ARM_RECEIVE, 0, 0), (ARM_RECEIVE, 1, 0)]);
    canceller.join().unwrap();
    sender.join().unwrap();
    let left = world.try_recv(2, 1);
    assert_eq!(received.is_some(), chosen == Chosen::Arm(1));
    assert_eq!(received.is_some(), left.is_none());
    world.end();
}

#[test]
fn a_cancelled_select_has_transferred_nothing() {
    use fault::{BLIND_CLAIM, STALE_WAITER};
    check("a_cancelled_select_has_transferred_nothing", 3, cancelled, &[BLIND_CLAIM, STALE_WAITER]);
}

/// A task ends and a message comes while a select waits for both: it hears of one of them and is not left behind,
/// and the completer does not touch a waiter that is gone.
fn task_and_channel() {
    let world = World::new(1);
    let completer = {
        let world = world.clone();
        thread::spawn(move || world.complete(0))
    };
    let sender = {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(1, 1, 7), Sent::Done))
    };
    let (chosen, received) = world.select(2, &[(ARM_AWAIT, 0, 0), (ARM_RECEIVE, 1, 0)]);
    completer.join().unwrap();
    sender.join().unwrap();
    assert_eq!(received, (chosen == Chosen::Arm(1)).then_some(7));
    assert_eq!(world.try_recv(2, 1), if received.is_some() { None } else { Some(7) });
    world.end();
}

#[test]
fn a_select_waits_for_a_task_and_a_channel() {
    use fault::EARLY_RELEASE;
    check("a_select_waits_for_a_task_and_a_channel", 3, task_and_channel, &[EARLY_RELEASE]);
}

/// A channel is closed behind a select that only wants messages of it: the arm is out, the other goes on.
fn one_is_closed() {
    let world = World::new(1);
    let closer = {
        let world = world.clone();
        thread::spawn(move || {
            // SAFETY: fiber 0 holds a sender.
            unsafe { life::close::<Threads>(world.fiber(0), world.channels[0], ptr::null()) }
        })
    };
    let sender = {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(1, 1, 7), Sent::Done))
    };
    let (chosen, received) = world.select(2, &[(ARM_RECEIVE_OPEN, 0, 0), (ARM_RECEIVE_OPEN, 1, 0)]);
    assert_eq!((chosen, received), (Chosen::Arm(1), Some(7)));
    closer.join().unwrap();
    sender.join().unwrap();
    world.end();
}

#[test]
fn an_arm_that_is_out_does_not_end_the_select() {
    check("an_arm_that_is_out_does_not_end_the_select", 3, one_is_closed, &[fault::STALE_WAITER]);
}
