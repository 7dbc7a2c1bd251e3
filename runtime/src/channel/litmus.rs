//! The asymmetric fence on the machine that the tests run on.
//!
//! Loom has no membarrier, so the models take both halves for sequentially consistent fences. That the shipping
//! halves do what such fences promise is looked at here, with the store-buffering litmus test: two threads store,
//! pass their half, and load what the other stored. With the fence at least one of them sees the other's store.

use std::hint::spin_loop;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicUsize};
use std::thread;
use std::time::{Duration, Instant};
use std::vec::Vec;

use wyn_hot::channel::asym_light;

use crate::fence::{asym_heavy, available};

const ROUNDS: usize = 20_000;

/// Words on cache lines of their own.
#[repr(align(128))]
#[derive(Default)]
struct Line(AtomicU32);

/// Runs rounds for at most a few seconds; gives how many there were, and in how many neither thread saw the other.
fn store_buffering(heavy: fn()) -> (usize, usize) {
    let lines = || (0..ROUNDS).map(|_| Line::default()).collect::<Vec<_>>();
    let (x, y) = (lines(), lines());
    // Each thread waits for the other's arrival at the round, so that they overlap.
    let arrived: [AtomicUsize; 2] = Default::default();
    let end = AtomicUsize::new(ROUNDS);
    let until = Instant::now() + Duration::from_secs(5);
    let meet = |me: usize, round: usize| {
        arrived[me].store(round + 1, Release);
        let mut spins = 0;
        while arrived[1 - me].load(Acquire) <= round {
            spins += 1;
            if spins % 256 == 0 { thread::yield_now() } else { spin_loop() }
        }
    };
    thread::scope(|s| {
        let light = s.spawn(|| {
            let mut seen = Vec::new();
            for round in 0..ROUNDS {
                meet(0, round);
                if round >= end.load(Acquire) {
                    break;
                }
                x[round].0.store(1, Relaxed);
                asym_light();
                seen.push(y[round].0.load(Relaxed));
            }
            seen
        });
        let mut seen = Vec::new();
        for round in 0..ROUNDS {
            if Instant::now() > until {
                end.store(round, Release);
            }
            meet(1, round);
            if round >= end.load(Acquire) {
                break;
            }
            y[round].0.store(1, Relaxed);
            heavy();
            seen.push(x[round].0.load(Relaxed));
        }
        let light = light.join().unwrap();
        let both_missed = light.iter().zip(&seen).filter(|(a, b)| **a == 0 && **b == 0).count();
        (seen.len(), both_missed)
    })
}

#[test]
fn one_of_two_threads_sees_the_other() {
    if !available() {
        // Without membarrier no side has an owner, and the fence is never asked for.
        return;
    }
    let (rounds, both_missed) = store_buffering(asym_heavy);
    assert_eq!(both_missed, 0, "in {rounds} rounds");
    let (rounds, missed_without) = store_buffering(asym_light);
    std::println!("without the dear half {missed_without} of {rounds} rounds miss both ways");
}
