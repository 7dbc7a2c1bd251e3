//! Marking, the check of invariant M, and constants.

use std::ptr;

use wyn_abi::object::{ArrayObject, IMMORTAL, ObjectHeader};
use wyn_hot::array::wyn_array_push;
use wyn_hot::object::{wyn_mark, wyn_release, wyn_retain};

use super::Numbers;
use crate::object::string::new_string;
use crate::object::testing::{Bench, CELLS, STRINGS, mark_pointer};
use crate::object::walk::{violations_of_m, wyn_make_immortal};
use crate::sync::Ordering;

fn count(object: *mut ObjectHeader) -> i32 {
    // SAFETY: alive.
    unsafe { (*object).count.load(Ordering::Relaxed) }
}

fn violations(bench: &mut Bench, root: *mut ObjectHeader) -> usize {
    // SAFETY: alive.
    unsafe { violations_of_m(bench.fiber(), root).len() }
}

#[test]
fn a_tree_held_once_stays_local() {
    let mut bench = Bench::new();
    let leaf = bench.cell(ptr::null_mut());
    let middle = bench.cell(leaf);
    let root = bench.cell(middle);
    // SAFETY: the test owns the root.
    unsafe { wyn_mark(bench.fiber(), root) };
    assert_eq!([root, middle, leaf].map(count), [1, 1, 1]);
    assert_eq!(violations(&mut bench, root), 0);
    // SAFETY: as above.
    unsafe { wyn_release(bench.fiber(), root) };
    assert_eq!(bench.live(), 0);
}

#[test]
fn what_is_held_twice_becomes_shared_with_all_it_reaches() {
    let mut bench = Bench::new();
    let leaf = bench.cell(ptr::null_mut());
    let middle = bench.cell(leaf);
    let root = bench.cell(middle);
    // SAFETY: the test owns the root and a reference to the middle.
    unsafe {
        wyn_retain(middle);
        wyn_mark(bench.fiber(), root);
    }
    assert_eq!([root, middle, leaf].map(count), [1, -2, -1]);
    assert_eq!(violations(&mut bench, root), 0);
    // SAFETY: as above.
    unsafe {
        wyn_release(bench.fiber(), root);
        assert_eq!([middle, leaf].map(count), [-1, -1]);
        wyn_release(bench.fiber(), middle);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn strings_are_marked_when_held_twice_or_reached_from_a_shared_object() {
    let mut bench = Bench::new();
    let fiber = bench.fiber();
    // SAFETY: the array takes over one reference to each string.
    unsafe {
        let (kept, given) = (new_string(fiber, "kept"), new_string(fiber, "given"));
        wyn_retain(kept.cast());
        let mut array = bench.empty(STRINGS);
        for string in [kept, given] {
            wyn_array_push(fiber, &raw mut array, (&raw const string).cast(), 8);
        }
        wyn_mark(fiber, array.cast());
        assert_eq!([array, kept, given].map(|object| count(object.cast())), [1, -2, 1]);
        wyn_retain(array.cast());
        wyn_mark(fiber, array.cast());
        assert_eq!([array, kept, given].map(|object| count(object.cast())), [-2, -2, -1]);
        assert_eq!(violations(&mut bench, array.cast()), 0);
        for object in [array, array, kept] {
            wyn_release(fiber, object.cast());
        }
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn a_long_chain_is_marked_without_recursion() {
    let mut bench = Bench::new();
    let mut chain = ptr::null_mut();
    let length = if cfg!(miri) { 1_000 } else { 1_000_000 };
    for _ in 0..length {
        chain = bench.cell(chain);
    }
    // SAFETY: two references to the head.
    unsafe {
        wyn_retain(chain);
        wyn_mark(bench.fiber(), chain);
        assert_eq!(count(chain), -2);
        assert_eq!(violations(&mut bench, chain), 0);
        wyn_release(bench.fiber(), chain);
        wyn_release(bench.fiber(), chain);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn the_check_finds_a_local_object_below_a_marked_one() {
    let mut bench = Bench::new();
    let leaf = bench.cell(ptr::null_mut());
    let middle = bench.cell(leaf);
    let root = bench.cell(middle);
    // SAFETY: alive; the root is made shared by hand, without a walk.
    unsafe {
        (*root).count.store(-1, Ordering::Relaxed);
        assert_eq!(violations_of_m(bench.fiber(), root), [middle], "the leaf hangs below a local object");
        (*middle).count.store(-1, Ordering::Relaxed);
        assert_eq!(violations_of_m(bench.fiber(), root), [leaf]);
        wyn_release(bench.fiber(), root);
    }
    assert_eq!(bench.live(), 0);
}

/// Random graphs, marked at a random node: M holds, references that were held are still counted right.
#[test]
fn marking_establishes_m_in_random_graphs() {
    let mut numbers = Numbers(7);
    let (rounds, size) = if cfg!(miri) { (5, 12) } else { (300, 40) };
    for _ in 0..rounds {
        let mut bench = Bench::new();
        let fiber = bench.fiber();
        let mut nodes: Vec<*mut ArrayObject> = Vec::new();
        // SAFETY: every edge owns a reference; edges go to earlier nodes, so there are no cycles.
        unsafe {
            for _ in 0..size {
                let mut node = bench.empty(CELLS);
                for _ in 0..=numbers.below(3) {
                    let edge = match numbers.below(nodes.len() as u64 + 1) as usize {
                        at if at < nodes.len() => {
                            wyn_retain(nodes[at].cast());
                            nodes[at].cast()
                        }
                        _ => bench.cell(ptr::null_mut()),
                    };
                    wyn_array_push(fiber, &raw mut node, (&raw const edge).cast(), 8);
                }
                nodes.push(node);
            }
            let before: Vec<i32> = nodes.iter().map(|node| count(node.cast())).collect();
            // Some owners let go first, so that there are nodes held once.
            let kept: Vec<bool> = nodes.iter().map(|_| numbers.below(2) == 0).collect();
            let root = nodes[nodes.len() - 1];
            for (node, kept) in nodes.iter().zip(&kept) {
                if !kept && *node != root && count(node.cast()) > 1 {
                    wyn_release(fiber, node.cast());
                }
            }
            wyn_mark(fiber, root.cast());
            for ((node, was), kept) in nodes.iter().zip(&before).zip(&kept) {
                let alive = *kept || *node == root || *was > 1;
                if alive {
                    assert_eq!(violations_of_m(fiber, node.cast()), []);
                }
            }
            for ((node, was), kept) in nodes.iter().zip(&before).zip(&kept).rev() {
                if *kept || *node == root || *was == 1 {
                    wyn_release(fiber, node.cast());
                }
            }
        }
        assert_eq!(bench.live(), 0);
    }
}

#[test]
fn a_constant_becomes_immortal_with_all_it_reaches() {
    let mut bench = Bench::new();
    let leaf = bench.cell(ptr::null_mut());
    let mut root = bench.cell(leaf);
    let mark = mark_pointer as *const u8;
    // SAFETY: the content is a pointer to a cell, and `mark` its mark function.
    unsafe { wyn_make_immortal(bench.fiber(), (&raw mut root).cast(), mark) };
    assert_eq!([root, leaf].map(count), [IMMORTAL, IMMORTAL]);
    assert_eq!(bench.live(), 0, "constants are no leaks");
    // SAFETY: immortal objects may be retained and released by everybody.
    unsafe {
        wyn_mark(bench.fiber(), root);
        wyn_release(bench.fiber(), root);
    }
    assert_eq!([root, leaf].map(count), [IMMORTAL, IMMORTAL]);
}
