//! Blocks, counts, and how objects die.

use std::collections::HashSet;

use wyn_abi::object::{
    BoxObject, IMMORTAL, MAX_SMALL, OBJECT_ALIGN, ObjectHeader, STUCK, class_size, size_class,
};
use wyn_hot::object::{
    wyn_alloc, wyn_cell_unique, wyn_free, wyn_is_unique, wyn_mark, wyn_release, wyn_retain,
};

use super::Numbers;
use crate::object::testing::{Bench, CELL, CELLS, STRING};
use crate::sync::Ordering;

fn count(object: *mut ObjectHeader) -> i32 {
    // SAFETY: the tests' objects are alive.
    unsafe { (*object).count.load(Ordering::Relaxed) }
}

fn set_count(object: *mut ObjectHeader, value: i32) {
    // SAFETY: the tests' objects are alive.
    unsafe { (*object).count.store(value, Ordering::Relaxed) }
}

#[test]
fn a_new_object_has_one_reference_its_type_and_its_class() {
    let mut bench = Bench::new();
    for size in [16, 17, 100, 129, 4096, 4097, 100_000] {
        // SAFETY: a fresh object, freed once.
        unsafe {
            let object = wyn_alloc(bench.fiber(), size, STRING);
            assert_eq!(object as usize % OBJECT_ALIGN, 0);
            assert_eq!(count(object), 1);
            assert_eq!((*object).flags, 0);
            assert_eq!((*object).size_class, size_class(size));
            assert_eq!(u32::from((*object).type_index), STRING);
            assert_eq!(bench.live(), 1);
            wyn_free(bench.fiber(), object);
            assert_eq!(bench.live(), 0);
        }
    }
}

#[test]
fn a_cell_is_copied_only_where_somebody_else_holds_it() {
    let mut bench = Bench::new();
    let fiber = bench.fiber();
    let leaf = bench.cell(std::ptr::null_mut());
    let root = bench.cell(leaf);
    // SAFETY: the places hold cells of 16 bytes; each reference is released once.
    unsafe {
        let mut mine = root;
        wyn_cell_unique(fiber, &raw mut mine, 16);
        assert_eq!(mine, root, "held once");
        wyn_retain(root);
        wyn_cell_unique(fiber, &raw mut mine, 16);
        assert_ne!(mine, root, "held twice");
        assert_eq!([root, mine, leaf].map(count), [1, 1, 2]);
        wyn_release(fiber, root);
        // Marked, and then held once: the task may have it for itself.
        wyn_retain(mine);
        wyn_mark(fiber, mine);
        wyn_release(fiber, mine);
        assert_eq!([mine, leaf].map(count), [-1, -1]);
        wyn_cell_unique(fiber, &raw mut mine, 16);
        assert_eq!([mine, leaf].map(count), [1, -1]);
        // Static cells are never written.
        let shared = mine;
        set_count(shared, IMMORTAL);
        wyn_cell_unique(fiber, &raw mut mine, 16);
        assert_ne!(mine, shared);
        assert_eq!([shared, mine, leaf].map(count), [IMMORTAL, 1, -2]);
        set_count(shared, 1);
        wyn_release(fiber, shared);
        wyn_release(fiber, mine);
    }
    assert_eq!(bench.live(), 0);
}

/// Random allocations and frees on two workers: blocks never overlap, contents stay, all counters meet at zero.
#[test]
fn blocks_never_overlap() {
    let mut one = Bench::new();
    let mut two = one.beside();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut alive: Vec<(*mut ObjectHeader, usize, u8)> = Vec::new();
    let rounds = if cfg!(miri) { 300 } else { 200_000 };
    for round in 0..rounds {
        let bench = if numbers.below(2) == 0 { &mut one } else { &mut two };
        // The number of objects swings, so that lists fill up and run dry.
        let growing = (round / (rounds / 10)) % 2 == 0;
        if alive.is_empty() || numbers.below(10) < if growing { 7 } else { 3 } {
            let size = match numbers.below(20) {
                0 => 16 + numbers.below(20_000) as usize,
                _ => 16 + numbers.below(300) as usize,
            };
            let mark = numbers.below(256) as u8;
            // SAFETY: the block has `size` bytes.
            unsafe {
                let object = wyn_alloc(bench.fiber(), size, STRING);
                object.cast::<u8>().add(8).write_bytes(mark, size - 8);
                alive.push((object, size, mark));
            }
        } else {
            let (object, size, mark) = alive.swap_remove(numbers.below(alive.len() as u64) as usize);
            // SAFETY: the object is alive and has `size` bytes.
            unsafe {
                let content = std::slice::from_raw_parts(object.cast::<u8>().add(8), size - 8);
                assert!(content.iter().all(|byte| *byte == mark), "a block of {size} bytes was overwritten");
                wyn_release(bench.fiber(), object);
            }
        }
    }
    assert_eq!(one.live(), alive.len() as i64);
    for (object, _, _) in alive {
        // SAFETY: alive.
        unsafe { wyn_release(one.fiber(), object) };
    }
    assert_eq!(one.live(), 0);
}

#[test]
fn a_worker_keeps_no_more_free_blocks_than_its_limit() {
    let mut bench = Bench::new();
    let class = size_class(64) as usize;
    // SAFETY: each object is allocated and released once.
    unsafe {
        let objects: Vec<_> = (0..1000).map(|_| wyn_alloc(bench.fiber(), 64, STRING)).collect();
        assert_eq!(objects.iter().collect::<HashSet<_>>().len(), 1000);
        for object in objects {
            wyn_release(bench.fiber(), object);
        }
        let list = (*bench.heap()).free[class];
        assert!(list.len <= list.limit, "{} of {}", list.len, list.limit);
        let (mut length, mut block) = (0, list.head);
        while !block.is_null() {
            length += 1;
            block = (*block).next;
        }
        assert_eq!(length, list.len);
    }
}

#[test]
fn memory_that_was_freed_is_used_again() {
    let mut bench = Bench::new();
    let mut seen = HashSet::new();
    for _ in 0..10_000 {
        // SAFETY: each object is allocated and released once.
        unsafe {
            let object = wyn_alloc(bench.fiber(), 48, STRING);
            seen.insert(object);
            wyn_release(bench.fiber(), object);
        }
    }
    assert_eq!(seen.len(), 1);
}

#[test]
fn the_last_release_drops_what_the_object_holds() {
    let mut bench = Bench::new();
    let inner = bench.cell(std::ptr::null_mut());
    let outer = bench.cell(inner);
    // SAFETY: references are retained and released in balance.
    unsafe {
        wyn_retain(inner);
        wyn_retain(outer);
        wyn_release(bench.fiber(), outer);
        assert_eq!((count(outer), count(inner)), (1, 2));
        wyn_release(bench.fiber(), outer);
        assert_eq!(count(inner), 1);
        assert_eq!(bench.live(), 1);
        wyn_release(bench.fiber(), inner);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn a_long_chain_dies_without_recursion() {
    let length = if cfg!(miri) { 2_000 } else { 1_000_000 };
    let mut bench = Bench::new();
    let mut chain = std::ptr::null_mut();
    for _ in 0..length {
        chain = bench.cell(chain);
    }
    assert_eq!(bench.live(), length);
    let fiber = bench.fiber() as usize;
    let chain = chain as usize;
    // A stack that would not do for a thousand calls in each other.
    let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
        // SAFETY: the bench waits for this thread.
        unsafe { wyn_release(fiber as *mut _, chain as *mut ObjectHeader) }
    });
    thread.expect("a thread").join().expect("no panic");
    assert_eq!(bench.live(), 0);
}

#[test]
fn a_wide_tree_dies_without_recursion() {
    let mut bench = Bench::new();
    let fiber = bench.fiber();
    // SAFETY: every reference is moved into its owner.
    unsafe {
        let mut level: Vec<*mut ObjectHeader> = (0..4096).map(|_| bench.cell(std::ptr::null_mut())).collect();
        while level.len() > 1 {
            level = level
                .chunks(8)
                .map(|children| {
                    let mut array = bench.empty(CELLS);
                    for child in children {
                        wyn_hot::array::wyn_array_push(fiber, &raw mut array, (&raw const *child).cast(), 8);
                    }
                    array.cast()
                })
                .collect();
        }
        wyn_release(fiber, level[0]);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn immortal_objects_are_never_written() {
    static HEADER: ObjectHeader = ObjectHeader::immortal(0);
    let mut bench = Bench::new();
    let object = (&raw const HEADER).cast_mut();
    // SAFETY: a static object may be used by everybody.
    unsafe {
        wyn_retain(object);
        wyn_release(bench.fiber(), object);
        wyn_release(bench.fiber(), object);
        wyn_mark(bench.fiber(), object);
        assert!(!wyn_is_unique(object));
    }
    assert_eq!(count(object), IMMORTAL);
}

#[test]
fn a_shared_object_counts_downwards_and_dies_at_the_last_release() {
    let mut bench = Bench::new();
    let object = bench.cell(std::ptr::null_mut());
    // SAFETY: references are retained and released in balance.
    unsafe {
        wyn_retain(object);
        wyn_mark(bench.fiber(), object);
        assert_eq!(count(object), -2);
        wyn_retain(object);
        assert_eq!(count(object), -3);
        assert!(!wyn_is_unique(object));
        wyn_release(bench.fiber(), object);
        wyn_release(bench.fiber(), object);
        assert_eq!(count(object), -1);
        assert!(wyn_is_unique(object), "the only reference");
        assert_eq!(count(object), 1, "local again");
        wyn_release(bench.fiber(), object);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn saturated_counts_stay() {
    let mut bench = Bench::new();
    let object = bench.cell(std::ptr::null_mut());
    // SAFETY: the counts are set by hand; the object is freed at the end.
    unsafe {
        set_count(object, i32::MAX - 1);
        wyn_retain(object);
        assert_eq!(count(object), i32::MAX);
        wyn_retain(object);
        wyn_release(bench.fiber(), object);
        wyn_release(bench.fiber(), object);
        assert_eq!(count(object), i32::MAX);
        wyn_mark(bench.fiber(), object);
        assert_eq!(count(object), STUCK);
        wyn_retain(object);
        wyn_release(bench.fiber(), object);
        assert_eq!(count(object), STUCK);
        set_count(object, STUCK + 1);
        wyn_retain(object);
        assert_eq!(count(object), STUCK);
        set_count(object, 1);
        wyn_release(bench.fiber(), object);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn moved_out_contents_are_not_dropped() {
    let mut bench = Bench::new();
    let inner = bench.cell(std::ptr::null_mut());
    let outer = bench.cell(inner);
    // SAFETY: `inner` is moved out of `outer`.
    unsafe {
        wyn_free(bench.fiber(), outer);
        assert_eq!(count(inner), 1);
        assert_eq!(bench.live(), 1);
        wyn_release(bench.fiber(), inner);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn objects_are_counted_by_type() {
    let mut bench = Bench::new();
    assert_eq!(bench.by_type(), []);
    let cell = bench.cell(std::ptr::null_mut());
    let others = bench.cell(cell);
    // SAFETY: a fresh string.
    let string = unsafe { crate::object::string::new_string(bench.fiber(), "left behind") };
    assert_eq!(bench.by_type(), [("string", 1), ("Cell", 2)]);
    // SAFETY: alive.
    unsafe {
        wyn_release(bench.fiber(), others);
        wyn_release(bench.fiber(), string.cast());
    }
    assert_eq!(bench.by_type(), []);
}

#[test]
fn every_size_gets_a_block_that_holds_it() {
    let mut bench = Bench::new();
    for size in (16..=MAX_SMALL + 64).step_by(if cfg!(miri) { 97 } else { 1 }) {
        // SAFETY: the whole block is written, then freed.
        unsafe {
            let object = wyn_alloc(bench.fiber(), size, CELL);
            let block = class_size((*object).size_class).max(size);
            object.cast::<u8>().add(BoxObject::CONTENT).write_bytes(0xa5, block - BoxObject::CONTENT);
            wyn_free(bench.fiber(), object);
        }
    }
    assert_eq!(bench.live(), 0);
}
