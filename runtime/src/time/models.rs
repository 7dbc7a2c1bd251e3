//! Models of timers: stopping one against firing it against other ways to be woken, when all are gone, and the timekeeper.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom's cells check every access")]

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use super::keeper::Keeper;
use super::shards::{Shards, Timer};
use crate::fault::{FIRING_FIRST, KEEPER_UNTOLD, LAST_UNSEEN, LATE_FIRING, STOPPED_TWICE, UNAWAITED};
use crate::modelling::{self, explore};
use crate::sched::word::{ParkWord, Ticket};
use crate::task::firing::Firing;

/// Checks a model of this module.
fn check(test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    modelling::check(0, &std::format!("time::models::{test}"), preemptions, model, faults);
}

/// When the timers of these models are due.
const TIME: u64 = 5;

fn start<T: Copy>(shards: &Shards<T>, shard: usize, what: T) -> (Timer, bool) {
    let mut place = None;
    let first = unsafe { shards.start(shard, TIME, what, &raw mut place) };
    (place.unwrap(), first)
}

/// Takes what is due out of a shard: one timer, or none.
fn take<T: Copy>(shards: &Shards<T>, shard: usize) -> Option<T> {
    let mut due = [None];
    let taken = shards.take(shard, TIME, &mut due);
    assert_eq!(taken, due.iter().flatten().count());
    due[0]
}

/// A parked fiber is woken by a peer while its timer comes up. One of the two has it; after the peer the fiber stops the
/// timer and parks anew, for ever, and a late timer leaves that park alone. `claim` is how the timer claims.
fn fired_beside_a_peer(claim: fn(&ParkWord, Ticket) -> bool) {
    let word = Arc::new(ParkWord::new());
    let shards = Arc::new(Shards::<Ticket>::new(1));
    let ticket = word.park(false);
    let (timer, _) = start(&shards, 0, ticket);
    let timers = {
        let (word, shards) = (word.clone(), shards.clone());
        thread::spawn(move || match take(&shards, 0) {
            Some(ticket) => {
                let woken = claim(&word, ticket);
                let _ = shards.fired(1);
                Some(woken)
            }
            None => None,
        })
    };
    let by_peer = word.claim();
    let mut stopped = false;
    if by_peer {
        word.resume();
        stopped = shards.stop(timer);
        let _ = word.park(false);
    }
    match timers.join().unwrap() {
        Some(woken) => {
            assert!(!stopped, "it was fired, so it cannot be stopped");
            assert!(woken != by_peer, "exactly one wakes the park that the timer is for");
        }
        None => assert!(stopped, "who finds nothing was beaten by whoever stopped it"),
    }
    assert!(!by_peer || word.claim(), "the next park is the next peer's");
    assert!(shards.is_empty());
}

#[test]
fn a_timer_wakes_the_park_that_it_is_for() {
    let model = || fired_beside_a_peer(|word, ticket| word.claim_at(ticket));
    check("a_timer_wakes_the_park_that_it_is_for", 4, model, &[STOPPED_TWICE]);
}

#[test]
#[should_panic]
fn a_timer_has_to_name_its_park() {
    explore(4, || fired_beside_a_peer(|word, _| word.claim()));
}

/// A block's owner ends it while its deadline is being fired: whoever fires has let go of the scope by then.
fn ended_beside_the_deadline() {
    struct Block {
        shards: Shards<()>,
        firing: Firing,
        scope: UnsafeCell<u32>,
    }
    let shards = Shards::new(1);
    let block = Arc::new(Block { shards, firing: Firing::new(), scope: UnsafeCell::new(0) });
    let (timer, _) = start(&block.shards, 0, ());
    let timers = {
        let block = block.clone();
        thread::spawn(move || {
            if take(&block.shards, 0).is_some() {
                block.scope.with_mut(|scope| unsafe { *scope = 1 });
                block.firing.finish();
                let _ = block.shards.fired(1);
            }
        })
    };
    if !block.shards.stop(timer) {
        block.firing.wait();
    }
    // The scope is closed, and is another's from here on.
    block.scope.with_mut(|scope| unsafe { *scope = 2 });
    timers.join().unwrap();
    assert!(block.shards.is_empty());
}

#[test]
fn a_block_ends_after_its_deadline_was_fired() {
    check("a_block_ends_after_its_deadline_was_fired", 4, ended_beside_the_deadline, &[UNAWAITED]);
}

/// Who sees that no timer is left sees what the last one has done.
fn gone() {
    let shards = Arc::new(Shards::<()>::new(1));
    let done = Arc::new(AtomicU32::new(0));
    let _ = start(&shards, 0, ());
    let timers = {
        let (shards, done) = (shards.clone(), done.clone());
        thread::spawn(move || {
            assert!(take(&shards, 0).is_some());
            done.store(1, Ordering::Relaxed);
            assert!(shards.fired(1));
        })
    };
    if shards.is_empty() {
        assert_eq!(done.load(Ordering::Relaxed), 1, "what it was for has happened");
    }
    timers.join().unwrap();
}

#[test]
fn timers_are_gone_when_they_have_done_what_they_are_for() {
    let test = "timers_are_gone_when_they_have_done_what_they_are_for";
    check(test, 4, gone, &[LATE_FIRING, FIRING_FIRST]);
}

/// Two threads fire the last two timers, of different shards: one of them learns that none is left.
fn last_of_two() {
    let shards = Arc::new(Shards::<()>::new(2));
    let _ = (start(&shards, 0, ()), start(&shards, 1, ()));
    let other = {
        let shards = shards.clone();
        thread::spawn(move || {
            assert!(take(&shards, 1).is_some());
            shards.fired(1)
        })
    };
    assert!(take(&shards, 0).is_some());
    let mine = shards.fired(1);
    assert!(other.join().unwrap() || mine, "somebody looks when all are gone");
}

#[test]
fn somebody_learns_that_the_last_timer_is_gone() {
    check("somebody_learns_that_the_last_timer_is_gone", 4, last_of_two, &[LAST_UNSEEN]);
}

/// A worker becomes timekeeper while another sets the first timer: it sees the timer, or is told.
fn kept() {
    let shards = Arc::new(Shards::<()>::new(2));
    let keeper = Arc::new(Keeper::new());
    let setter = {
        let (shards, keeper) = (shards.clone(), keeper.clone());
        thread::spawn(move || {
            let (_, first) = start(&shards, 1, ());
            first && keeper.told() == Some(0)
        })
    };
    assert!(keeper.begin(0));
    let sees = shards.next() == TIME;
    let told = setter.join().unwrap();
    assert!(sees || told, "the keeper sleeps through the timer");
}

#[test]
fn the_timekeeper_knows_the_first_timer() {
    check("the_timekeeper_knows_the_first_timer", 4, kept, &[KEEPER_UNTOLD]);
}
