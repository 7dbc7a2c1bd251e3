//! Select with threads in the part of fibers: which arm is chosen, what passes, and stress.

use core::mem::{ManuallyDrop, zeroed};
use std::collections::HashMap;
use std::thread;
use std::vec::Vec;

use wyn_abi::channel::UNBOUNDED;
use wyn_abi::select::{
    ARM_OFF, ARM_RECEIVE, ARM_RECEIVE_OPEN, ARM_SEND, SELECT_BIASED, SELECT_CLOSED, SELECT_ELSE, SelectArm,
};

use super::super::life::End;
use super::super::operate::Sent;
use super::super::test_parker::{TestFiber, Threads};
use super::super::tests::Chan;
use super::{Chosen, select};

/// An arm: its kind, its channel, and the word to send.
type Wanted = (u32, Chan, u64);

fn receive(chan: Chan) -> Wanted {
    (ARM_RECEIVE, chan, 0)
}

fn receive_open(chan: Chan) -> Wanted {
    (ARM_RECEIVE_OPEN, chan, 0)
}

fn send(chan: Chan, word: u64) -> Wanted {
    (ARM_SEND, chan, word)
}

/// What was chosen, and the word that it has received.
fn choose(fiber: &TestFiber, mode: u32, wanted: &[Wanted]) -> (Chosen, Option<u64>) {
    let mut slots: Vec<u64> = wanted.iter().map(|(_, _, word)| *word).collect();
    let slot = slots.as_mut_ptr();
    let arms = wanted.iter().enumerate().map(|(at, (kind, chan, _))| {
        // SAFETY: zero bytes are a valid arm.
        let mut arm: SelectArm = unsafe { zeroed() };
        arm.kind = *kind;
        arm.target = chan.0.cast();
        // SAFETY: there is a slot for each arm.
        arm.slot = unsafe { slot.add(at).cast() };
        ManuallyDrop::new(arm)
    });
    let mut arms: Vec<ManuallyDrop<SelectArm>> = arms.collect();
    // SAFETY: the tests hold the handles; a `ManuallyDrop` is what it holds.
    let chosen = unsafe { select::<Threads>(fiber.as_fiber(), arms.as_mut_ptr().cast(), arms.len(), mode) };
    let received = match chosen {
        Chosen::Arm(at) if arms[at].passed.get() == 1 => Some(slots[at]),
        _ => None,
    };
    (chosen, received)
}

#[test]
fn a_ready_arm_is_taken_at_once() {
    let fiber = TestFiber::new();
    let (a, b) = (Chan::words(1), Chan::words(1));
    assert_eq!(b.send(&fiber, 7), Sent::Done);
    for mode in [0, SELECT_BIASED] {
        assert_eq!(choose(&fiber, mode, &[receive(a), receive(b)]), (Chosen::Arm(1), Some(7)));
        assert_eq!(choose(&fiber, mode, &[receive(a), send(b, 7)]), (Chosen::Arm(1), None));
        // Full.
        assert_eq!(choose(&fiber, mode, &[send(b, 8), send(a, 9)]), (Chosen::Arm(1), None));
        assert_eq!(a.recv(&fiber), Ok(9));
    }
    assert_eq!(b.recv(&fiber), Ok(7));
    assert_eq!(fiber.wakes.get(), 0);
    a.drop_both(&fiber);
    b.drop_both(&fiber);
}

#[test]
fn each_ready_arm_is_as_likely_as_the_others() {
    let fiber = TestFiber::new();
    let chans = [Chan::words(1), Chan::words(1), Chan::words(1)];
    let mut chosen = [0; 3];
    for chan in chans {
        assert_eq!(chan.send(&fiber, 1), Sent::Done);
    }
    for _ in 0..9000 {
        let (Chosen::Arm(at), Some(1)) = choose(&fiber, 0, &chans.map(receive)) else {
            panic!("none chosen")
        };
        chosen[at] += 1;
        assert_eq!(chans[at].send(&fiber, 1), Sent::Done);
    }
    assert!(chosen.iter().all(|n| (2700..3300).contains(n)), "{chosen:?}");
    chans.iter().for_each(|chan| chan.drop_both(&fiber));
}

#[test]
fn biased_takes_the_first_that_is_ready() {
    let fiber = TestFiber::new();
    let (a, b, c) = (Chan::words(1), Chan::words(1), Chan::words(1));
    assert_eq!((b.send(&fiber, 1), c.send(&fiber, 2)), (Sent::Done, Sent::Done));
    let arms = [receive(a), receive(b), receive(c)];
    assert_eq!(choose(&fiber, SELECT_BIASED, &arms), (Chosen::Arm(1), Some(1)));
    assert_eq!(choose(&fiber, SELECT_BIASED, &arms), (Chosen::Arm(2), Some(2)));
    assert_eq!(choose(&fiber, SELECT_BIASED | SELECT_ELSE, &arms), (Chosen::Otherwise, None));
    [a, b, c].iter().for_each(|chan| chan.drop_both(&fiber));
}

#[test]
fn arms_that_are_out_leave_else_closed_or_nothing() {
    let fiber = TestFiber::new();
    let (open, over, deserted) = (Chan::words(1), Chan::words(1), Chan::words(1));
    assert_eq!(open.send(&fiber, 1), Sent::Done);
    over.close(&fiber);
    deserted.drop_receiver(&fiber);
    let out = [receive_open(over), send(deserted, 1), (ARM_OFF, open, 0)];
    assert_eq!(choose(&fiber, 0, &out).0, Chosen::Nothing);
    assert_eq!(choose(&fiber, SELECT_ELSE, &out).0, Chosen::Otherwise);
    assert_eq!(choose(&fiber, SELECT_ELSE | SELECT_CLOSED, &out).0, Chosen::Ended);
    // A receive that takes `None` is ready at the end.
    assert_eq!(choose(&fiber, SELECT_CLOSED, &[receive(over)]), (Chosen::Arm(0), None));
    assert_eq!(choose(&fiber, SELECT_CLOSED, &[send(over, 1)]).0, Chosen::SendClosed(0));
    open.drop_both(&fiber);
    over.drop_both(&fiber);
    deserted.drop_sender(&fiber);
}

#[test]
fn a_channel_may_stand_in_several_arms() {
    let fiber = TestFiber::new();
    for capacity in [0, 1] {
        let chan = Chan::words(capacity);
        chan.retain(End::Tx, 1);
        let sender = thread::spawn(move || {
            let fiber = TestFiber::new();
            for word in 0..200 {
                assert_eq!(chan.send(&fiber, word), Sent::Done);
            }
            chan.drop_sender(&fiber);
        });
        for word in 0..200 {
            let (_, received) = choose(&fiber, 0, &[receive(chan), receive_open(chan), receive(chan)]);
            assert_eq!(received, Some(word));
        }
        sender.join().unwrap();
        chan.drop_both(&fiber);
    }
}

#[test]
fn a_parked_select_is_served_and_leaves_the_others() {
    let fiber = TestFiber::new();
    let (a, b) = (Chan::words(0), Chan::words(0));
    let waiting = thread::spawn(move || {
        let fiber = TestFiber::new();
        let chosen = choose(&fiber, 0, &[send(a, 5), receive(b)]);
        // Nobody receives from `a` any more, and nobody waits there.
        assert_eq!(a.try_recv(&fiber).ok(), None);
        chosen
    });
    assert_eq!(b.send(&fiber, 6), Sent::Done);
    assert_eq!(waiting.join().unwrap(), (Chosen::Arm(1), Some(6)));
    a.drop_both(&fiber);
    b.drop_both(&fiber);
}

#[test]
fn closing_and_leaving_wake_a_select() {
    for (how, expected) in [(0, Chosen::SendClosed(0)), (1, Chosen::Ended)] {
        let fiber = TestFiber::new();
        let chan = Chan::words(0);
        let waiting = thread::spawn(move || {
            let fiber = TestFiber::new();
            let chosen = choose(&fiber, SELECT_CLOSED, &[send(chan, 1)]).0;
            chan.drop_sender(&fiber);
            chosen
        });
        if how == 0 {
            chan.close(&fiber);
        }
        chan.drop_receiver(&fiber);
        let chosen = waiting.join().unwrap();
        // Closed and left: which of the two the select met first is open.
        assert!(chosen == expected || how == 0 && chosen == Chosen::Ended, "{chosen:?}");
    }
}

/// Producers with a channel each, owned, and one select over all of them: nothing is lost, each keeps its order.
#[test]
fn fan_in() {
    const EACH: u64 = 20_000;
    for capacity in [0, 1, 8, UNBOUNDED] {
        let chans: Vec<Chan> = (0..3).map(|_| Chan::words(capacity)).collect();
        let producers: Vec<_> = chans
            .iter()
            .map(|&chan| {
                thread::spawn(move || {
                    let fiber = TestFiber::new();
                    for word in 0..EACH {
                        assert_eq!(chan.send(&fiber, word), Sent::Done);
                    }
                    chan.drop_sender(&fiber);
                })
            })
            .collect();
        let fiber = TestFiber::new();
        let arms: Vec<Wanted> = chans.iter().map(|&chan| receive_open(chan)).collect();
        let mut next: HashMap<usize, u64> = HashMap::new();
        loop {
            match choose(&fiber, SELECT_CLOSED, &arms) {
                (Chosen::Arm(at), Some(word)) => {
                    let expected = next.entry(at).or_default();
                    assert_eq!(word, *expected);
                    *expected += 1;
                }
                (chosen, _) => {
                    assert_eq!(chosen, Chosen::Ended);
                    break;
                }
            }
        }
        assert!(next.len() == 3 && next.values().all(|&n| n == EACH));
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        chans.iter().for_each(|chan| chan.drop_receiver(&fiber));
    }
}

/// Selects on both sides of three rendezvous, in different orders: each message arrives once.
#[test]
fn selects_meet_selects() {
    const EACH: u64 = 3_000;
    for capacity in [0, 1] {
        let chans: [Chan; 3] = core::array::from_fn(|_| Chan::words(capacity));
        for chan in chans {
            chan.retain(End::Tx, 1);
            chan.retain(End::Rx, 1);
        }
        let order = |turn: usize| -> [Chan; 3] { core::array::from_fn(|at| chans[(at + turn) % 3]) };
        let senders: Vec<_> = (0..2)
            .map(|who| {
                let chans = order(who);
                thread::spawn(move || {
                    let fiber = TestFiber::new();
                    for word in 0..EACH {
                        let arms = chans.map(|chan| send(chan, who as u64 * EACH + word));
                        assert!(matches!(choose(&fiber, 0, &arms).0, Chosen::Arm(_)));
                    }
                    chans.iter().for_each(|chan| chan.drop_sender(&fiber));
                })
            })
            .collect();
        let receivers: Vec<_> = (0..2)
            .map(|who| {
                let chans = order(2 - who);
                thread::spawn(move || {
                    let fiber = TestFiber::new();
                    let mut all = Vec::new();
                    while let (Chosen::Arm(_), Some(word)) =
                        choose(&fiber, SELECT_CLOSED, &chans.map(receive_open))
                    {
                        all.push(word);
                    }
                    chans.iter().for_each(|chan| chan.drop_receiver(&fiber));
                    all
                })
            })
            .collect();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        let mut all: Vec<u64> = receivers.into_iter().flat_map(|receiver| receiver.join().unwrap()).collect();
        all.sort_unstable();
        assert!(all.iter().copied().eq(0..2 * EACH), "capacity {capacity}");
    }
}
