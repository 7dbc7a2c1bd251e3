//! Models of the run-next slot: its worker and thieves.

use std::boxed::Box;
use std::vec::Vec;

use crate::fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE, NO_MEMBARRIER, THIEF_UNSEEN, TWO_THIEVES};
use crate::modelling::{check, explore};
use crate::sched::next::NextSlot;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use wyn_abi::sync::interrupts::{self, Thread};

type Item = UnsafeCell<u32>;

/// Whoever has got an item is alone with it.
fn count(item: *mut Item) -> u32 {
    if item.is_null() { 0 } else { unsafe { (*item).with_mut(|once| std::mem::take(&mut *once)) } }
}

/// A worker puts two items into its slot, one over the other or one `after` it has taken the other, and takes what is
/// there, while others steal: each item is got once.
fn stolen_from(thieves: usize, after: bool) {
    let slot = Arc::new(NextSlot::<Item>::new());
    let thieves: Vec<_> = (0..thieves)
        .map(|_| {
            let slot = slot.clone();
            thread::spawn(move || {
                let _thread = Thread::enter();
                count(slot.steal())
            })
        })
        .collect();
    let thread = Thread::enter();
    let mut items = Vec::new();
    let mut got = 0;
    for _ in 0..2 {
        // Made just before, as the context of a fiber is saved just before: only the slot tells thieves of it.
        let item = Box::into_raw(Box::new(UnsafeCell::new(1)));
        items.push(item);
        // As `Worker::run_next` does.
        if slot.is_empty() {
            slot.fill(item);
        } else {
            got += count(slot.put(item));
        }
        if after {
            got += count(slot.take());
        }
    }
    got += count(slot.take());
    drop(thread);
    got += thieves.into_iter().map(|thief| thief.join().unwrap()).sum::<u32>();
    got += count(slot.take());
    assert_eq!(got, 2, "each item once");
    items.into_iter().for_each(|item| drop(unsafe { Box::from_raw(item) }));
}

#[test]
fn what_runs_next_is_got_by_one() {
    let faults = [NO_LIGHT_FENCE, NO_HEAVY_FENCE, THIEF_UNSEEN];
    check(0, "sched::models::next::what_runs_next_is_got_by_one", 4, || stolen_from(1, false), &faults);
}

#[test]
fn what_runs_next_is_got_by_one_without_membarrier() {
    let test = "sched::models::next::what_runs_next_is_got_by_one_without_membarrier";
    check(NO_MEMBARRIER, test, 4, || stolen_from(1, false), &[NO_LIGHT_FENCE, NO_HEAVY_FENCE]);
}

#[test]
fn what_runs_next_is_got_by_one_after_an_interrupt() {
    let test = "sched::models::next::what_runs_next_is_got_by_one_after_an_interrupt";
    let model = || {
        interrupts::begin();
        stolen_from(1, false);
    };
    check(0, test, 4, model, &[NO_HEAVY_FENCE]);
}

#[test]
fn what_runs_next_is_whole() {
    explore(4, || stolen_from(1, true));
}

#[test]
fn one_thief_at_a_time() {
    let test = "sched::models::next::one_thief_at_a_time";
    check(0, test, 2, || stolen_from(2, false), &[TWO_THIEVES]);
}
