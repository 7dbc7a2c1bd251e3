//! Loom models of the channel protocols. They run the shipping modules on loom's threads:
//!
//! ```text
//! RUSTFLAGS="--cfg wyn_loom" cargo test --release -p wyn-runtime --lib channel::models
//! ```
//!
//! Each protocol has a model that passes, and is run again with each fence or step left out that the proof in
//! `README.md` leans on: then the model must fail.

use core::cell::Cell;
use core::ptr;
use std::vec::Vec;

use loom::sync::Arc;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use wyn_abi::Fiber;
use wyn_abi::channel::{Channel, ElemDescriptor, UNBOUNDED};
use wyn_hot::channel::{Fast, fault, pop_owned, push_owned};

use super::life::{self, End};
use super::lock::{lock, unlock};
use super::operate::{self, Received, Sent};
use super::settle::{order_after_registration, set_flags};
use super::test_parker::{TestFiber, Threads};
use crate::fence::HEAVY_FENCES;
use crate::modelling;

std::thread_local! {
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

unsafe extern "C-unwind" fn count_drop(_fiber: *mut Fiber, _elem: *mut u8) {
    DROPPED.with(|n| n.set(n.get() + 1));
}

static BYTE: ElemDescriptor =
    ElemDescriptor { size: 1, drop: Some(count_drop), mark: None, name: wyn_abi::StaticText::new("T") };

/// A channel, and the fibers that use it.
struct World {
    channel: *mut Channel,
    fibers: Vec<TestFiber>,
}

// SAFETY: a channel is made for use from many threads.
unsafe impl Send for World {}
// SAFETY: as above.
unsafe impl Sync for World {}

impl World {
    /// A channel with so many senders and receivers. A side with one user is owned from the start, by fiber 0 the
    /// sending side and by fiber 1 the receiving one.
    fn new(capacity: i64, senders: usize, receivers: usize) -> Arc<Self> {
        DROPPED.with(|n| n.set(0));
        // SAFETY: the descriptor is static; nobody else has the channel yet.
        unsafe {
            let channel = life::create(&raw const BYTE, capacity).unwrap();
            let world = Self { channel, fibers: (0..3).map(|_| TestFiber::new()).collect() };
            for (end, side, handles) in
                [(End::Tx, &(*channel).tx, senders), (End::Rx, &(*channel).rx, receivers)]
            {
                if handles > 1 {
                    life::share(channel, end);
                    side.handles.store(handles, Relaxed);
                } else if capacity != 0 {
                    side.owner.store(world.fiber(usize::from(end == End::Rx)), Relaxed);
                }
            }
            Arc::new(world)
        }
    }

    fn fiber(&self, who: usize) -> *mut Fiber {
        self.fibers[who].as_fiber()
    }

    fn send(&self, who: usize, value: u8) -> Sent {
        let (fiber, elem) = (self.fiber(who), ptr::from_ref(&value).cast_mut());
        // SAFETY: the model holds a sender for `who`.
        unsafe {
            match push_owned(fiber, self.channel, elem, 1) {
                Fast::Done => Sent::Done,
                Fast::Signal => {
                    operate::signal::<Threads>(fiber, self.channel);
                    Sent::Done
                }
                Fast::Slow => operate::send::<Threads>(fiber, self.channel, elem, true),
            }
        }
    }

    fn recv(&self, who: usize) -> Result<u8, Received> {
        let mut value = 0;
        let (fiber, out) = (self.fiber(who), &raw mut value);
        // SAFETY: the model holds a receiver for `who`.
        unsafe {
            let received = match pop_owned(fiber, self.channel, out, 1) {
                Fast::Done => Received::Done,
                Fast::Signal => {
                    operate::signal::<Threads>(fiber, self.channel);
                    Received::Done
                }
                Fast::Slow => operate::recv::<Threads>(fiber, self.channel, out, true),
            };
            if received == Received::Done { Ok(value) } else { Err(received) }
        }
    }

    fn drop_sender(&self, who: usize) {
        // SAFETY: the model gives a sender of `who` up.
        unsafe { life::release_sender::<Threads>(self.fiber(who), self.channel) }
    }

    fn drop_receiver(&self, who: usize) {
        // SAFETY: the model gives a receiver of `who` up.
        unsafe { life::release_receiver::<Threads>(self.fiber(who), self.channel) }
    }

    fn close(&self, who: usize) {
        // SAFETY: the model holds a handle for `who`.
        unsafe { life::close::<Threads>(self.fiber(who), self.channel, ptr::null()) }
    }

    /// Everything `who` receives until the channel ends.
    fn drain(&self, who: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while let Ok(value) = self.recv(who) {
            all.push(value);
        }
        all
    }
}

fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    check_with(0, test, preemptions, model, faults);
}

/// The same for a model that always leaves something out.
fn check_with(always: u64, test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(always, &std::format!("channel::models::{test}"), preemptions, model, faults);
}

/// Two owners, a ring of one slot: each side finds it empty or full, parks, and is woken.
fn exclusive_both_park() {
    let world = World::new(1, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            assert_eq!(world.send(0, 1), Sent::Done);
            assert_eq!(world.send(0, 2), Sent::Done);
        })
    };
    assert_eq!(world.recv(1), Ok(1));
    assert_eq!(world.recv(1), Ok(2));
    sender.join().unwrap();
    world.drop_sender(0);
    world.drop_receiver(1);
}

#[test]
fn exclusive_sides_wake_each_other() {
    use fault::{EARLY_RELEASE, PEER_UNSEEN};
    let faults = [EARLY_RELEASE, PEER_UNSEEN];
    check("exclusive_sides_wake_each_other", 5, exclusive_both_park, &faults);
}

/// An owner sends, once, and nobody comes later with the lock.
fn one_owned_send() {
    let world = World::new(1, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(0, 1), Sent::Done))
    };
    assert_eq!(world.recv(1), Ok(1));
    sender.join().unwrap();
    world.drop_sender(0);
    world.drop_receiver(1);
}

#[test]
fn an_owner_is_heard() {
    use fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE, NO_SECOND_LOOK};
    check("an_owner_is_heard", 5, one_owned_send, &[NO_LIGHT_FENCE, NO_HEAVY_FENCE, NO_SECOND_LOOK]);
}

/// The owner of the sending side makes a second handle while the receiver is in the middle of something or parked.
fn sender_is_shared() {
    let world = World::new(1, 1, 1);
    let receiver = {
        let world = world.clone();
        thread::spawn(move || {
            let mut all = world.drain(1);
            all.sort_unstable();
            assert_eq!(all, [1, 2]);
            world.drop_receiver(1);
        })
    };
    // SAFETY: fiber 0 holds a sender.
    unsafe {
        life::share(world.channel, End::Tx);
        (*world.channel).tx.handles.fetch_add(1, Relaxed);
    }
    let second = {
        let world = world.clone();
        thread::spawn(move || {
            assert_eq!(world.send(2, 2), Sent::Done);
            world.drop_sender(2);
        })
    };
    assert_eq!(world.send(0, 1), Sent::Done);
    world.drop_sender(0);
    second.join().unwrap();
    receiver.join().unwrap();
}

#[test]
fn a_side_is_shared_while_its_peer_is_at_work() {
    check("a_side_is_shared_while_its_peer_is_at_work", 3, sender_is_shared, &[fault::STAYS_EXCLUSIVE]);
}

/// The mirror: a second receiver, while the owner of the sending side is at work.
fn receiver_is_shared() {
    let world = World::new(1, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            assert_eq!(world.send(0, 1), Sent::Done);
            assert_eq!(world.send(0, 2), Sent::Done);
            world.drop_sender(0);
        })
    };
    // SAFETY: fiber 1 holds a receiver.
    unsafe {
        life::share(world.channel, End::Rx);
        (*world.channel).rx.handles.fetch_add(1, Relaxed);
    }
    let second = {
        let world = world.clone();
        thread::spawn(move || {
            let all = world.drain(2);
            world.drop_receiver(2);
            all
        })
    };
    let mut all = world.drain(1);
    world.drop_receiver(1);
    all.extend(second.join().unwrap());
    all.sort_unstable();
    assert_eq!(all, [1, 2]);
    sender.join().unwrap();
}

#[test]
fn receivers_are_shared_while_the_sender_is_at_work() {
    check(
        "receivers_are_shared_while_the_sender_is_at_work",
        3,
        receiver_is_shared,
        &[fault::STAYS_EXCLUSIVE],
    );
}

/// Two senders with the lock, one slot.
fn general() {
    let world = World::new(1, 2, 2);
    let senders = [0, 2].map(|who| {
        let world = world.clone();
        thread::spawn(move || {
            assert_eq!(world.send(who, who as u8), Sent::Done);
            world.drop_sender(who);
        })
    });
    let mut all = world.drain(1);
    all.sort_unstable();
    assert_eq!(all, [0, 2]);
    world.drop_receiver(1);
    world.drop_receiver(1);
    for sender in senders {
        sender.join().unwrap();
    }
}

#[test]
fn shared_sides_wake_each_other() {
    check("shared_sides_wake_each_other", 3, general, &[fault::EARLY_RELEASE]);
}

/// A rendezvous, both ends at once.
fn rendezvous() {
    let world = World::new(0, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            assert_eq!(world.send(0, 1), Sent::Done);
            assert_eq!(world.send(0, 2), Sent::Done);
            world.drop_sender(0);
        })
    };
    assert_eq!(world.drain(1), [1, 2]);
    world.drop_receiver(1);
    sender.join().unwrap();
}

#[test]
fn a_rendezvous_hands_over() {
    check("a_rendezvous_hands_over", 5, rendezvous, &[fault::EARLY_RELEASE]);
}

/// The receiver takes one element and closes, while the sender wants to pass two: the other is refused.
fn rendezvous_is_closed() {
    let world = World::new(0, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            let sent = [world.send(0, 1), world.send(0, 2)];
            world.drop_sender(0);
            sent
        })
    };
    assert_eq!(world.recv(1), Ok(1));
    world.close(1);
    assert_eq!(world.recv(1), Err(Received::Closed));
    world.drop_receiver(1);
    assert_eq!(sender.join().unwrap(), [Sent::Done, Sent::Closed]);
}

#[test]
fn a_rendezvous_is_closed_beside_a_send() {
    check("a_rendezvous_is_closed_beside_a_send", 5, rendezvous_is_closed, &[fault::EARLY_RELEASE]);
}

/// The receiver goes while the owner of the sending side sends so many: every element is received, refused or dropped.
fn receiver_leaves(capacity: i64, elements: u8) {
    let world = World::new(capacity, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            let sent = (0..elements).filter(|&i| world.send(0, i) == Sent::Done).count();
            world.drop_sender(0);
            sent
        })
    };
    world.drop_receiver(1);
    let sent = sender.join().unwrap();
    assert_eq!(sent, DROPPED.with(Cell::get));
}

#[test]
fn no_element_outlives_the_last_receiver() {
    let test = "no_element_outlives_the_last_receiver";
    check(test, 5, || receiver_leaves(2, 2), &[fault::SILENT_END]);
}

/// The receiver closes while the owner of the sending side sends, and drains: nothing comes after the end.
fn receiver_closes() {
    let world = World::new(1, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            let sent = (0..2).filter(|&i| world.send(0, i) == Sent::Done).count();
            world.drop_sender(0);
            sent
        })
    };
    world.close(1);
    let received = world.drain(1).len();
    assert_eq!(world.recv(1), Err(Received::Closed));
    world.drop_receiver(1);
    let sent = sender.join().unwrap();
    assert_eq!(sent, received + DROPPED.with(Cell::get));
}

#[test]
fn closing_races_with_a_send() {
    check("closing_races_with_a_send", 5, receiver_closes, &[fault::SILENT_END]);
}

/// A waiting receiver is cancelled while an element comes.
fn cancelled_receiver(capacity: i64) {
    let world = World::new(capacity, 1, 1);
    let canceller = {
        let world = world.clone();
        thread::spawn(move || world.fibers[1].cancel())
    };
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            let sent = world.send(0, 7);
            world.drop_sender(0);
            sent
        })
    };
    let received = world.recv(1);
    world.drop_receiver(1);
    canceller.join().unwrap();
    let sent = sender.join().unwrap();
    let delivered = usize::from(received.is_ok()) + DROPPED.with(Cell::get);
    assert_eq!(delivered, usize::from(sent == Sent::Done));
}

#[test]
fn a_cancelled_receive_has_transferred_nothing() {
    let test = "a_cancelled_receive_has_transferred_nothing";
    check(test, 3, || cancelled_receiver(1), &[fault::BLIND_CLAIM]);
}

#[test]
fn a_cancelled_receive_at_a_rendezvous_has_transferred_nothing() {
    let test = "a_cancelled_receive_at_a_rendezvous_has_transferred_nothing";
    check(test, 3, || cancelled_receiver(0), &[fault::BLIND_CLAIM]);
}

/// The sender, last seen on the receiver's worker, moves to another one while the receiver registers. Without the
/// asymmetric fence the receiver must either ask for it, or see the element, or be seen.
fn owner_migrates() {
    let world = World::new(1, 1, 1);
    let (here, there) = (0, 1);
    world.fibers[0].home.move_to(here);
    world.fibers[1].home.move_to(here);
    HEAVY_FENCES.with(|n| n.set(0));
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            world.fibers[0].home.move_to(there);
            let value = 1;
            // SAFETY: fiber 0 holds the sender.
            unsafe { push_owned(world.fiber(0), world.channel, &raw const value, 1) }
        })
    };
    // SAFETY: fiber 1 holds the receiver; the flag is set under the lock.
    let seen = unsafe {
        let tx = &(*world.channel).tx;
        lock(world.channel);
        tx.peer_waiting.store(true, Relaxed);
        let _ = order_after_registration::<Threads>(world.fiber(1), tx);
        let seen = tx.index.load(Relaxed) == 1;
        unlock(world.channel);
        seen
    };
    let signalled = sender.join().unwrap() == Fast::Signal;
    assert!(seen || signalled || HEAVY_FENCES.with(Cell::get) != 0);
    world.drop_sender(0);
    world.drop_receiver(1);
}

#[test]
fn ends_on_one_worker_need_no_membarrier() {
    let test = "ends_on_one_worker_need_no_membarrier";
    check_with(fault::NO_LIGHT_FENCE, test, 5, owner_migrates, &[]);
}

/// The receiver takes the sending side's owner away while it sends, gives up, and waits again.
fn sender_is_disowned() {
    let world = World::new(1, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || assert_eq!(world.send(0, 1), Sent::Done))
    };
    // SAFETY: fiber 1 holds the receiver. The flag is set as by one who registers, and cleared as by one who leaves.
    unsafe {
        let ch = &*world.channel;
        lock(world.channel);
        ch.tx.peer_waiting.store(true, Relaxed);
        let _ = order_after_registration::<Threads>(world.fiber(1), &ch.tx);
        set_flags(ch);
        unlock(world.channel);
    }
    assert_eq!(world.recv(1), Ok(1));
    sender.join().unwrap();
    world.drop_sender(0);
    world.drop_receiver(1);
}

#[test]
fn a_disowned_sender_is_heard_until_it_knows() {
    check("a_disowned_sender_is_heard_until_it_knows", 5, sender_is_disowned, &[fault::FORGOTTEN_OWNER]);
}

/// Somebody asks how much is in the channel while its only element passes: never more than one.
fn asked_for_its_length() {
    let world = World::new(2, 1, 1);
    let other = {
        let world = world.clone();
        thread::spawn(move || {
            // SAFETY: the handles are given up when this thread has ended.
            let length = unsafe { wyn_hot::channel::len(world.channel) };
            assert!(length <= 1, "{length} elements");
        })
    };
    assert_eq!(world.send(0, 1), Sent::Done);
    assert_eq!(world.recv(1), Ok(1));
    other.join().unwrap();
    world.drop_sender(0);
    world.drop_receiver(1);
}

#[test]
fn a_length_is_never_more_than_there_was() {
    check("a_length_is_never_more_than_there_was", 5, asked_for_its_length, &[]);
}

/// Through segments of two: both ends owned once they have earned it, segments added, given back and used again.
fn segments() {
    let world = World::new(UNBOUNDED, 1, 1);
    let sender = {
        let world = world.clone();
        thread::spawn(move || {
            for value in 1..=5 {
                assert_eq!(world.send(0, value), Sent::Done);
            }
            world.drop_sender(0);
        })
    };
    assert_eq!(world.drain(1), [1, 2, 3, 4, 5]);
    world.drop_receiver(1);
    sender.join().unwrap();
}

#[test]
fn segments_are_passed_on_and_given_back() {
    use fault::{EARLY_RELEASE, PEER_UNSEEN};
    let faults = [EARLY_RELEASE, PEER_UNSEEN];
    check("segments_are_passed_on_and_given_back", 2, segments, &faults);
}

#[test]
fn no_element_outlives_the_last_receiver_in_segments() {
    let test = "no_element_outlives_the_last_receiver_in_segments";
    // While segments are added.
    check(test, 4, || receiver_leaves(UNBOUNDED, 3), &[fault::SILENT_END]);
}
