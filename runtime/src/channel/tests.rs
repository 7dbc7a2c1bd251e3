//! Tests with threads in the part of fibers: order, counts, capacity, closing, cancelling, teardown, and stress.

use core::cell::Cell;
use core::ptr;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::vec::Vec;

use wyn_abi::channel::{Channel, ElemDescriptor, UNBOUNDED};
use wyn_abi::{Fiber, Location, StaticText};
use wyn_hot::channel::{Fast, capacity, len, pop_owned, push_owned};

use super::life::{self, BadCapacity, End};
use super::operate::{self, EARNED, Received, Sent};
use super::test_parker::{TestFiber, Threads};

static WORD: ElemDescriptor = ElemDescriptor { size: 8, drop: None, mark: None, name: StaticText::new("T") };
static UNIT: ElemDescriptor = ElemDescriptor { size: 0, drop: None, mark: None, name: StaticText::new("T") };
static HERE: Location = Location {
    file: StaticText::new("test.wyn"),
    line: 1,
    column: 1,
    function: StaticText::new("test"),
    operation: StaticText::new(""),
};

/// A channel that a test shares with its threads; the test counts handles itself.
#[derive(Clone, Copy)]
pub(super) struct Chan(pub(super) *mut Channel);
// SAFETY: a channel is made for use from many threads.
unsafe impl Send for Chan {}
// SAFETY: as above.
unsafe impl Sync for Chan {}

impl Chan {
    fn new(elem: &'static ElemDescriptor, capacity: i64) -> Self {
        // SAFETY: the descriptor is static.
        Self(unsafe { life::create(elem, capacity) }.unwrap())
    }

    pub(super) fn words(capacity: i64) -> Self {
        Self::new(&WORD, capacity)
    }

    /// Sends as compiled code does: the fast path, then the slow one.
    pub(super) fn send(self, fiber: &TestFiber, value: u64) -> Sent {
        let (fiber, elem) = (fiber.as_fiber(), ptr::from_ref(&value).cast_mut().cast::<u8>());
        // SAFETY: the test holds a sender, the element has eight bytes.
        unsafe {
            match push_owned(fiber, self.0, elem, 8) {
                Fast::Done => Sent::Done,
                Fast::Signal => {
                    operate::signal::<Threads>(fiber, self.0);
                    Sent::Done
                }
                Fast::Slow => operate::send::<Threads>(fiber, self.0, elem, true),
            }
        }
    }

    /// Receives as compiled code does.
    pub(super) fn recv(self, fiber: &TestFiber) -> Result<u64, Received> {
        let mut value = 0u64;
        let (fiber, out) = (fiber.as_fiber(), ptr::from_mut(&mut value).cast::<u8>());
        // SAFETY: the test holds a receiver, there is room for eight bytes.
        unsafe {
            let got = match pop_owned(fiber, self.0, out, 8) {
                Fast::Done => Received::Done,
                Fast::Signal => {
                    operate::signal::<Threads>(fiber, self.0);
                    Received::Done
                }
                Fast::Slow => operate::recv::<Threads>(fiber, self.0, out, true),
            };
            if got == Received::Done { Ok(value) } else { Err(got) }
        }
    }

    pub(super) fn try_send(self, fiber: &TestFiber, value: u64) -> Sent {
        let elem = ptr::from_ref(&value).cast_mut().cast();
        // SAFETY: as in `send`.
        unsafe { operate::send::<Threads>(fiber.as_fiber(), self.0, elem, false) }
    }

    pub(super) fn try_recv(self, fiber: &TestFiber) -> Result<u64, Received> {
        let mut value = 0u64;
        let out = ptr::from_mut(&mut value).cast();
        // SAFETY: as in `recv`.
        let got = unsafe { operate::recv::<Threads>(fiber.as_fiber(), self.0, out, false) };
        if got == Received::Done { Ok(value) } else { Err(got) }
    }

    pub(super) fn retain(self, end: End, more: usize) {
        // SAFETY: the test holds a handle of that end.
        unsafe {
            life::share(self.0, end);
            let side = if end == End::Tx { &(*self.0).tx } else { &(*self.0).rx };
            side.handles.fetch_add(more, Ordering::Relaxed);
        }
    }

    pub(super) fn close(self, fiber: &TestFiber) {
        // SAFETY: the test holds a handle.
        unsafe { life::close::<Threads>(fiber.as_fiber(), self.0, &raw const HERE) }
    }

    pub(super) fn drop_sender(self, fiber: &TestFiber) {
        // SAFETY: the test gives a sender up.
        unsafe { life::release_sender::<Threads>(fiber.as_fiber(), self.0) }
    }

    pub(super) fn drop_receiver(self, fiber: &TestFiber) {
        // SAFETY: the test gives a receiver up.
        unsafe { life::release_receiver::<Threads>(fiber.as_fiber(), self.0) }
    }

    pub(super) fn drop_both(self, fiber: &TestFiber) {
        self.drop_sender(fiber);
        self.drop_receiver(fiber);
    }

    fn is_exclusive(self, end: End) -> bool {
        // SAFETY: the test holds handles of both ends.
        unsafe { end.side(&*self.0).exclusive.load(Ordering::Relaxed) }
    }

    fn owner(self, end: End) -> *mut Fiber {
        // SAFETY: the test holds handles of both ends.
        unsafe { end.side(&*self.0).owner.load(Ordering::Relaxed) }
    }
}

#[test]
fn a_capacity_of_three_holds_three_and_keeps_order() {
    let fiber = TestFiber::new();
    for _ in 0..2 {
        let chan = Chan::words(3);
        // Around the ring more than once.
        for round in 0..5 {
            for i in 0..3 {
                assert_eq!(chan.try_send(&fiber, round * 3 + i), Sent::Done);
            }
            assert_eq!(chan.try_send(&fiber, 99), Sent::Full);
            // SAFETY: the channel is alive.
            assert_eq!(unsafe { len(chan.0) }, 3);
            for i in 0..3 {
                assert_eq!(chan.recv(&fiber), Ok(round * 3 + i));
            }
            assert_eq!(chan.try_recv(&fiber), Err(Received::Empty));
        }
        chan.drop_both(&fiber);
    }
}

/// Full and empty segments in turn, more in it each time, then nothing.
#[test]
fn without_a_limit_nothing_waits_and_order_is_kept() {
    let fiber = TestFiber::new();
    let chan = Chan::words(UNBOUNDED);
    let (mut sent, mut received) = (0, 0);
    for round in 0..200 {
        for _ in 0..round {
            assert_eq!(chan.send(&fiber, sent), Sent::Done);
            sent += 1;
        }
        assert_eq!(chan.try_send(&fiber, sent), Sent::Done);
        sent += 1;
        for _ in 0..=round / 2 {
            assert_eq!(chan.recv(&fiber), Ok(received));
            received += 1;
        }
    }
    // SAFETY: the test holds handles of both ends.
    unsafe {
        assert_eq!(len(chan.0), (sent - received) as usize);
        assert_eq!(capacity(chan.0), UNBOUNDED);
    }
    while received < sent {
        assert_eq!(chan.recv(&fiber), Ok(received));
        received += 1;
    }
    assert_eq!(chan.try_recv(&fiber), Err(Received::Empty));
    chan.drop_both(&fiber);
}

#[test]
fn the_owner_passes_without_the_lock() {
    let fiber = TestFiber::new();
    let chan = Chan::words(4);
    for i in 0..=u64::from(EARNED) {
        assert_eq!(chan.owner(End::Tx), ptr::null_mut(), "not earned yet");
        assert_eq!(chan.send(&fiber, i), Sent::Done);
        assert_eq!(chan.recv(&fiber), Ok(i));
    }
    assert_eq!((chan.owner(End::Tx), chan.owner(End::Rx)), (fiber.as_fiber(), fiber.as_fiber()));
    let (mut value, f) = (7u64, fiber.as_fiber());
    let elem = ptr::from_mut(&mut value).cast::<u8>();
    // SAFETY: this test holds both handles, and elements have eight bytes.
    unsafe {
        assert_eq!(push_owned(f, chan.0, elem, 8), Fast::Done);
        value = 0;
        assert_eq!(pop_owned(f, chan.0, elem, 8), Fast::Done);
        assert_eq!(value, 7);
        assert_eq!(pop_owned(f, chan.0, elem, 8), Fast::Slow, "empty");
        let other = TestFiber::new();
        assert_eq!(push_owned(other.as_fiber(), chan.0, elem, 8), Fast::Slow, "not the owner");
    }
    chan.drop_both(&fiber);
}

#[test]
fn a_second_handle_ends_exclusiveness_of_its_side_only() {
    let fiber = TestFiber::new();
    let chan = Chan::words(4);
    assert_eq!(chan.send(&fiber, 1), Sent::Done);
    chan.retain(End::Tx, 1);
    assert!(!chan.is_exclusive(End::Tx));
    assert!(chan.is_exclusive(End::Rx));
    let elem = [0u8; 8];
    // SAFETY: as above.
    unsafe { assert_eq!(push_owned(fiber.as_fiber(), chan.0, elem.as_ptr(), 8), Fast::Slow) };
    chan.drop_sender(&fiber);
    assert!(!chan.is_exclusive(End::Tx), "for good");
    assert_eq!(chan.recv(&fiber), Ok(1));
    chan.drop_both(&fiber);
}

#[test]
fn receivers_drain_a_closed_channel_and_then_get_none() {
    let fiber = TestFiber::new();
    for close_early in [true, false] {
        let chan = Chan::words(4);
        assert_eq!(chan.send(&fiber, 1), Sent::Done);
        assert_eq!(chan.send(&fiber, 2), Sent::Done);
        if close_early {
            chan.close(&fiber);
            chan.close(&fiber);
            assert_eq!(chan.send(&fiber, 3), Sent::Closed);
            // SAFETY: the channel is alive.
            assert_eq!(unsafe { life::closed_at(chan.0) }, &raw const HERE);
        } else {
            chan.drop_sender(&fiber);
        }
        assert_eq!(chan.recv(&fiber), Ok(1));
        assert_eq!(chan.try_recv(&fiber), Ok(2));
        assert_eq!(chan.recv(&fiber), Err(Received::Closed));
        assert_eq!(chan.try_recv(&fiber), Err(Received::Closed));
        if close_early {
            chan.drop_sender(&fiber);
        }
        chan.drop_receiver(&fiber);
    }
}

#[test]
fn sending_to_nobody_is_refused() {
    let fiber = TestFiber::new();
    let chan = Chan::words(1);
    assert_eq!(chan.send(&fiber, 1), Sent::Done);
    chan.drop_receiver(&fiber);
    assert_eq!(chan.send(&fiber, 2), Sent::Deserted);
    assert_eq!(chan.try_send(&fiber, 2), Sent::Deserted);
    chan.drop_sender(&fiber);
}

#[test]
fn absurd_capacities_are_refused() {
    // SAFETY: static descriptors.
    unsafe {
        assert_eq!(life::create(&raw const WORD, -1), Err(BadCapacity::Negative));
        assert_eq!(life::create(&raw const WORD, i64::MAX - 1), Err(BadCapacity::TooLarge));
        assert_eq!(life::create(&raw const UNIT, i64::MAX - 1), Err(BadCapacity::TooLarge));
        let fiber = TestFiber::new();
        Chan(life::create(&raw const UNIT, 1 << 40).unwrap()).drop_both(&fiber);
    }
}

static DROPPED: AtomicI64 = AtomicI64::new(0);

unsafe extern "C-unwind" fn count_drop(_fiber: *mut Fiber, _elem: *mut u8) {
    DROPPED.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn undelivered_elements_are_dropped_with_the_last_receiver() {
    static COUNTED: ElemDescriptor =
        ElemDescriptor { size: 8, drop: Some(count_drop), mark: None, name: StaticText::new("T") };
    let fiber = TestFiber::new();
    for sender_first in [true, false] {
        let chan = Chan::new(&COUNTED, 8);
        let before = DROPPED.load(Ordering::Relaxed);
        for i in 0..5 {
            assert_eq!(chan.send(&fiber, i), Sent::Done);
        }
        assert_eq!(chan.recv(&fiber), Ok(0));
        if sender_first {
            chan.drop_sender(&fiber);
        }
        chan.drop_receiver(&fiber);
        assert_eq!(DROPPED.load(Ordering::Relaxed) - before, 4);
        if !sender_first {
            chan.drop_sender(&fiber);
        }
    }
}

unsafe extern "C-unwind" fn drop_channel(fiber: *mut Fiber, elem: *mut u8) {
    // SAFETY: the elements of this test are channels whose two handles the element holds.
    unsafe {
        let channel = elem.cast::<*mut Channel>().read();
        life::release_sender::<Threads>(fiber, channel);
        life::release_receiver::<Threads>(fiber, channel);
    }
}

#[test]
fn a_long_chain_of_channels_is_dropped_in_little_stack() {
    static NESTED: ElemDescriptor =
        ElemDescriptor { size: 8, drop: Some(drop_channel), mark: None, name: StaticText::new("T") };
    let run = || {
        let fiber = TestFiber::new();
        let mut outer = Chan::new(&NESTED, 1);
        for _ in 0..100_000 {
            let next = Chan::new(&NESTED, 1);
            assert_eq!(next.send(&fiber, outer.0 as u64), Sent::Done);
            outer = next;
        }
        outer.drop_both(&fiber);
    };
    thread::Builder::new().stack_size(64 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_cancelled_waiter_has_transferred_nothing_and_leaves_the_queue() {
    let fiber = TestFiber::new();
    let chan = Chan::words(1);
    chan.retain(End::Rx, 1);
    let waiting = TestFiber::new();
    thread::scope(|s| {
        let handle = s.spawn(|| chan.recv(&waiting));
        while waiters(chan, End::Rx) == 0 {
            thread::yield_now();
        }
        waiting.cancel();
        assert_eq!(handle.join().unwrap(), Err(Received::Cancelled));
    });
    assert_eq!(waiters(chan, End::Rx), 0);
    assert_eq!(chan.send(&fiber, 5), Sent::Done);
    assert_eq!(chan.recv(&fiber), Ok(5));
    chan.drop_receiver(&fiber);
    chan.drop_both(&fiber);
}

fn waiters(chan: Chan, end: End) -> usize {
    // SAFETY: the lock is taken; waiters in the list are alive.
    unsafe {
        super::lock::lock(chan.0);
        let waiters = end.waiters(&*chan.0);
        let (mut n, mut waiter) = (0, waiters.first.get());
        while !waiter.is_null() {
            n += 1;
            waiter = (*waiter).next.get();
        }
        super::lock::unlock(chan.0);
        n
    }
}

#[test]
fn parked_senders_learn_that_the_receiver_has_gone_or_closed() {
    for close in [true, false] {
        for capacity in [0, 1] {
            let fiber = TestFiber::new();
            let chan = Chan::words(capacity);
            thread::scope(|s| {
                let handle = s.spawn(move || {
                    let fiber = TestFiber::new();
                    for i in 0..capacity as u64 {
                        assert_eq!(chan.send(&fiber, i), Sent::Done);
                    }
                    chan.send(&fiber, 9)
                });
                while waiters(chan, End::Tx) == 0 {
                    thread::yield_now();
                }
                if close {
                    chan.close(&fiber);
                    assert_eq!(handle.join().unwrap(), Sent::Closed);
                    chan.drop_receiver(&fiber);
                } else {
                    chan.drop_receiver(&fiber);
                    assert_eq!(handle.join().unwrap(), Sent::Deserted);
                }
                chan.drop_sender(&fiber);
            });
        }
    }
}

#[test]
fn waiters_are_served_first_come_first_served_and_one_per_message() {
    let fiber = TestFiber::new();
    for capacity in [0, 2, UNBOUNDED] {
        let chan = Chan::words(capacity);
        chan.retain(End::Rx, 3);
        let fibers: Vec<TestFiber> = (0..3).map(|_| TestFiber::new()).collect();
        thread::scope(|s| {
            let mut handles = Vec::new();
            for (i, waiting) in fibers.iter().enumerate() {
                handles.push(s.spawn(move || chan.recv(waiting)));
                while waiters(chan, End::Rx) != i + 1 {
                    thread::yield_now();
                }
            }
            for (i, handle) in handles.into_iter().enumerate() {
                assert_eq!(chan.send(&fiber, i as u64), Sent::Done);
                assert_eq!(waiters(chan, End::Rx), 2 - i);
                assert_eq!(handle.join().unwrap(), Ok(i as u64));
            }
        });
        assert!(fibers.iter().all(|fiber| fiber.wakes.get() == 1));
        for _ in 0..4 {
            chan.drop_receiver(&fiber);
        }
        chan.drop_sender(&fiber);
    }
}

/// Sends `count` numbers from each of `senders` threads to `receivers` threads and checks that each arrives once,
/// and those of one sender in order at each receiver.
fn stress(senders: u64, receivers: u64, capacity: i64, count: u64) {
    let chan = Chan::words(capacity);
    let main = TestFiber::new();
    if senders > 1 {
        chan.retain(End::Tx, senders as usize - 1);
    }
    if receivers > 1 {
        chan.retain(End::Rx, receivers as usize - 1);
    }
    let sum = AtomicU64::new(0);
    let received = AtomicU64::new(0);
    let fibers: Vec<TestFiber> = (0..senders + receivers).map(|_| TestFiber::new()).collect();
    thread::scope(|s| {
        for sender in 0..senders {
            let fiber = &fibers[sender as usize];
            s.spawn(move || {
                for i in 0..count {
                    assert_eq!(chan.send(fiber, sender << 32 | i), Sent::Done);
                }
                chan.drop_sender(fiber);
            });
        }
        for receiver in 0..receivers {
            let fiber = &fibers[(senders + receiver) as usize];
            let (sum, received) = (&sum, &received);
            s.spawn(move || {
                let mut last: HashMap<u64, u64> = HashMap::new();
                while let Ok(value) = chan.recv(fiber) {
                    let (sender, i) = (value >> 32, value & 0xffff_ffff);
                    assert!(
                        last.insert(sender, i).is_none_or(|before| before < i),
                        "order of sender {sender}"
                    );
                    sum.fetch_add(i, Ordering::Relaxed);
                    received.fetch_add(1, Ordering::Relaxed);
                }
                chan.drop_receiver(fiber);
            });
        }
    });
    let _ = main;
    assert_eq!(received.load(Ordering::Relaxed), senders * count);
    assert_eq!(sum.load(Ordering::Relaxed), senders * (count * (count - 1) / 2));
}

#[test]
fn stress_one_to_one() {
    for capacity in [1, 3, 64, UNBOUNDED] {
        stress(1, 1, capacity, 20_000);
    }
}

#[test]
fn stress_rendezvous() {
    stress(1, 1, 0, 5_000);
    stress(3, 3, 0, 2_000);
}

#[test]
fn stress_many_to_many() {
    for capacity in [1, 3, 64, UNBOUNDED] {
        stress(4, 4, capacity, 5_000);
    }
}

#[test]
fn stress_one_side_shared() {
    for capacity in [1, 16, UNBOUNDED] {
        stress(1, 4, capacity, 10_000);
        stress(4, 1, capacity, 10_000);
    }
}

#[test]
fn stress_sharing_in_the_middle() {
    // The single sender takes a second handle while the receiver is at work, and hands it to another thread.
    for _ in 0..200 {
        let chan = Chan::words(2);
        let fibers: [TestFiber; 3] = std::array::from_fn(|_| TestFiber::new());
        thread::scope(|s| {
            let [a, b, c] = &fibers;
            s.spawn(move || {
                let mut sum = 0;
                while let Ok(value) = chan.recv(c) {
                    sum += value;
                }
                assert_eq!(sum, 30 + 2 * 50);
                chan.drop_receiver(c);
            });
            s.spawn(move || {
                for _ in 0..30 {
                    assert_eq!(chan.send(a, 1), Sent::Done);
                }
                chan.retain(End::Tx, 1);
                thread::scope(|s| {
                    s.spawn(move || {
                        for _ in 0..50 {
                            assert_eq!(chan.send(b, 1), Sent::Done);
                        }
                        chan.drop_sender(b);
                    });
                    for _ in 0..50 {
                        assert_eq!(chan.send(a, 1), Sent::Done);
                    }
                });
                chan.drop_sender(a);
            });
        });
    }
}

#[test]
fn stress_cancelling() {
    // Receivers are cancelled at any moment: what is sent arrives once, or is still in the channel.
    for round in 0..300u64 {
        let capacity = (round % 3) as i64;
        let chan = Chan::words(capacity);
        chan.retain(End::Rx, 1);
        let (sender, victim, keeper) = (TestFiber::new(), TestFiber::new(), TestFiber::new());
        thread::scope(|s| {
            let taken = s.spawn(|| {
                let mut taken = 0;
                while chan.recv(&victim).is_ok() {
                    taken += 1;
                }
                chan.drop_receiver(&victim);
                taken
            });
            let kept = s.spawn(|| {
                let mut kept = 0;
                while chan.recv(&keeper).is_ok() {
                    kept += 1;
                }
                chan.drop_receiver(&keeper);
                kept
            });
            for i in 0..50 {
                assert_eq!(chan.send(&sender, i), Sent::Done);
                if i == round % 50 {
                    victim.cancel();
                }
            }
            chan.drop_sender(&sender);
            assert_eq!(taken.join().unwrap() + kept.join().unwrap(), 50);
        });
    }
}

#[test]
fn the_live_count_follows_creation_and_release() {
    let fiber = TestFiber::new();
    let seen = Cell::new(0);
    let chan = Chan::words(1);
    seen.set(life::live::count());
    assert!(seen.get() >= 1);
    chan.drop_both(&fiber);
}
