//! Arrays against vectors.

use std::ptr;

use wyn_abi::object::{ArrayObject, ObjectHeader, StringObject};
use wyn_hot::array::{header, wyn_array_push, wyn_array_swap, wyn_array_take_last, wyn_array_unique};
use wyn_hot::object::{wyn_release, wyn_retain};

use super::Numbers;
use crate::object::array::*;
use crate::object::string::{new_string, text_of};
use crate::object::testing::{Bench, INTS, STRINGS, UNITS};
use crate::sync::Ordering;

fn ints(array: *mut ArrayObject) -> Vec<i64> {
    // SAFETY: an array of `len` integers.
    unsafe {
        std::slice::from_raw_parts(ArrayObject::data(array).cast::<i64>(), (*array).len as usize).to_vec()
    }
}

fn texts(array: *mut ArrayObject) -> Vec<String> {
    // SAFETY: an array of `len` strings.
    unsafe {
        let data = ArrayObject::data(array).cast::<*mut StringObject>();
        let strings = std::slice::from_raw_parts(data, (*array).len as usize);
        strings.iter().map(|string| text_of(*string).to_owned()).collect()
    }
}

fn push_int(bench: &mut Bench, place: &mut *mut ArrayObject, value: i64) {
    // SAFETY: `place` holds an array of integers.
    unsafe { wyn_array_push(bench.fiber(), place, (&raw const value).cast(), 8) }
}

fn push_text(bench: &mut Bench, place: &mut *mut ArrayObject, text: &str) {
    // SAFETY: `place` holds an array of strings, which takes over the new one.
    unsafe {
        let string = new_string(bench.fiber(), text);
        wyn_array_push(bench.fiber(), place, (&raw const string).cast(), 8);
    }
}

fn release(bench: &mut Bench, array: *mut ArrayObject) {
    // SAFETY: the test owns the reference.
    unsafe { wyn_release(bench.fiber(), header(array)) }
}

fn count(array: *mut ArrayObject) -> i32 {
    // SAFETY: alive.
    unsafe { (*array).header.count.load(Ordering::Relaxed) }
}

#[test]
fn pushing_grows_and_keeps_the_order() {
    let mut bench = Bench::new();
    let mut array = bench.empty(INTS);
    let many = if cfg!(miri) { 700 } else { 100_000 };
    for value in 0..many {
        push_int(&mut bench, &mut array, value);
    }
    assert_eq!(ints(array), (0..many).collect::<Vec<_>>());
    assert_eq!(bench.live(), 1);
    release(&mut bench, array);
    assert_eq!(bench.live(), 0);
}

#[test]
fn pushing_copies_few_elements() {
    let mut bench = Bench::new();
    let mut array = bench.empty(INTS);
    let (mut blocks, mut last) = (0, ptr::null_mut());
    for value in 0..10_000 {
        push_int(&mut bench, &mut array, value);
        if last != array {
            (last, blocks) = (array, blocks + 1);
        }
    }
    assert!(blocks < 20, "{blocks} blocks for 10,000 elements");
    release(&mut bench, array);
}

#[test]
fn a_second_holder_keeps_its_value() {
    let mut bench = Bench::new();
    let mut array = bench.empty(STRINGS);
    push_text(&mut bench, &mut array, "one");
    push_text(&mut bench, &mut array, "two");
    let snapshot = array;
    // SAFETY: the snapshot is a second reference.
    unsafe { wyn_retain(header(snapshot)) };
    push_text(&mut bench, &mut array, "three");
    assert_eq!(texts(snapshot), ["one", "two"]);
    assert_eq!(texts(array), ["one", "two", "three"]);
    release(&mut bench, snapshot);
    assert_eq!(texts(array), ["one", "two", "three"]);
    release(&mut bench, array);
    assert_eq!(bench.live(), 0);
}

#[test]
fn making_unique_copies_only_what_is_held_twice() {
    let mut bench = Bench::new();
    let mut array = bench.empty(INTS);
    push_int(&mut bench, &mut array, 7);
    let before = array;
    // SAFETY: references in balance.
    unsafe {
        wyn_array_unique(bench.fiber(), &raw mut array, 8);
        assert_eq!(array, before);
        wyn_retain(header(array));
        wyn_array_unique(bench.fiber(), &raw mut array, 8);
    }
    assert_ne!(array, before);
    assert_eq!((count(array), count(before)), (1, 1));
    assert_eq!((ints(array), ints(before)), (vec![7], vec![7]));
    release(&mut bench, array);
    release(&mut bench, before);
    assert_eq!(bench.live(), 0);
}

#[test]
fn a_shared_array_held_once_is_changed_in_place() {
    let mut bench = Bench::new();
    let mut array = bench.empty(INTS);
    push_int(&mut bench, &mut array, 1);
    let before = array;
    // SAFETY: references in balance.
    unsafe {
        wyn_retain(header(array));
        wyn_hot::object::wyn_mark(bench.fiber(), header(array));
        wyn_release(bench.fiber(), header(array));
        assert_eq!(count(array), -1);
    }
    push_int(&mut bench, &mut array, 2);
    assert_eq!(array, before);
    assert_eq!(count(array), 1);
    release(&mut bench, array);
}

/// Every operation, at random, on an array of integers and a vector; a snapshot is held now and then.
#[test]
fn arrays_behave_like_vectors() {
    let mut bench = Bench::new();
    let fiber = bench.fiber();
    let mut numbers = Numbers(42);
    let mut array = bench.empty(INTS);
    let mut vector: Vec<i64> = Vec::new();
    let mut snapshot: Option<(*mut ArrayObject, Vec<i64>)> = None;
    for round in 0..if cfg!(miri) { 400 } else { 50_000 } {
        let value = round as i64;
        let at = numbers.below(vector.len() as u64 + 1) as usize;
        let at_end = at == vector.len();
        // SAFETY: `array` is an array of integers; indices are checked against the model.
        unsafe {
            match numbers.below(12) {
                0..=3 => {
                    push_int(&mut bench, &mut array, value);
                    vector.push(value);
                }
                4 if !vector.is_empty() => {
                    let mut out = 0i64;
                    wyn_array_take_last(fiber, &raw mut array, (&raw mut out).cast(), 8);
                    assert_eq!(Some(out), vector.pop());
                }
                5 => {
                    wyn_array_insert(
                        fiber,
                        &raw mut array,
                        at as i64,
                        (&raw const value).cast(),
                        8,
                        ptr::null(),
                    );
                    vector.insert(at, value);
                }
                6 if !at_end => {
                    let mut out = 0i64;
                    let place = (&raw mut out).cast();
                    wyn_array_remove(fiber, &raw mut array, at as i64, place, 8, ptr::null());
                    assert_eq!(out, vector.remove(at));
                }
                7 if !at_end => {
                    wyn_array_swap(fiber, &raw mut array, at as i64, 0, 8, ptr::null());
                    vector.swap(at, 0);
                }
                8 if vector.len() < 300 => {
                    wyn_array_extend(fiber, &raw mut array, array, 8);
                    vector.extend_from_within(..);
                }
                8 => {
                    wyn_array_truncate(fiber, &raw mut array, at as i64, 8);
                    vector.truncate(at);
                }
                9 => {
                    let middle = wyn_array_slice(fiber, array, 0, at as i64, 8, ptr::null());
                    assert_eq!(ints(middle), vector[..at]);
                    let joined = wyn_array_concat(fiber, middle, array, 8);
                    assert_eq!(ints(joined), [&vector[..at], &vector[..]].concat());
                    release(&mut bench, middle);
                    release(&mut bench, joined);
                }
                10 => wyn_array_reserve(fiber, &raw mut array, at as i64, 8),
                _ => {
                    if let Some((held, was)) = snapshot.take() {
                        assert_eq!(ints(held), was);
                        release(&mut bench, held);
                    }
                    wyn_retain(header(array));
                    snapshot = Some((array, vector.clone()));
                }
            }
        }
        assert_eq!(ints(array), vector);
    }
    if let Some((held, was)) = snapshot {
        assert_eq!(ints(held), was);
        release(&mut bench, held);
    }
    release(&mut bench, array);
    assert_eq!(bench.live(), 0);
}

#[test]
fn elements_are_retained_by_copies_and_dropped_once() {
    let mut bench = Bench::new();
    let fiber = bench.fiber();
    let mut array = bench.empty(STRINGS);
    for text in ["a", "b", "c", "d"] {
        push_text(&mut bench, &mut array, text);
    }
    // SAFETY: `array` is an array of strings; the test owns what it gets.
    unsafe {
        let slice = wyn_array_slice(fiber, array, 1, 3, 8, ptr::null());
        assert_eq!(texts(slice), ["b", "c"]);
        let both = wyn_array_concat(fiber, array, slice, 8);
        wyn_array_extend(fiber, &raw mut array, both, 8);
        assert_eq!(texts(array).concat(), "abcdabcdbc");
        wyn_array_truncate(fiber, &raw mut array, 2, 8);
        let mut removed: *mut StringObject = ptr::null_mut();
        wyn_array_remove(fiber, &raw mut array, 0, (&raw mut removed).cast(), 8, ptr::null());
        assert_eq!((text_of(removed), texts(array)), ("a", vec!["b".to_owned()]));
        wyn_array_insert(fiber, &raw mut array, 1, (&raw const removed).cast(), 8, ptr::null());
        // A truncation of an array that somebody else holds leaves that one alone.
        wyn_retain(header(both));
        let mut cut = both;
        wyn_array_truncate(fiber, &raw mut cut, 1, 8);
        assert_eq!((texts(cut).len(), texts(both).len()), (1, 6));
        for object in [slice, both, cut, array] {
            release(&mut bench, object);
        }
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn filling_makes_every_element_an_owner() {
    let mut bench = Bench::new();
    let fiber = bench.fiber();
    // SAFETY: the array takes over the string.
    unsafe {
        let string = new_string(fiber, "same");
        let elem: *const u8 = (&raw const string).cast();
        let array = wyn_array_fill(fiber, STRINGS, elem, 5, 8, ptr::null());
        assert_eq!(texts(array), ["same"; 5]);
        assert_eq!((*string).header.count.load(Ordering::Relaxed), 5);
        release(&mut bench, array);
        let string = new_string(fiber, "unused");
        let array = wyn_array_fill(fiber, STRINGS, (&raw const string).cast(), 0, 8, ptr::null());
        assert_eq!(texts(array).len(), 0);
        release(&mut bench, array);
        let value = 9i64;
        let array = wyn_array_fill(fiber, INTS, (&raw const value).cast(), 1000, 8, ptr::null());
        assert_eq!(ints(array), [9; 1000]);
        release(&mut bench, array);
    }
    assert_eq!(bench.live(), 0);
}

#[test]
fn elements_without_size_are_counted() {
    let mut bench = Bench::new();
    let mut array = bench.empty(UNITS);
    // SAFETY: elements have no bytes.
    unsafe {
        for _ in 0..1000 {
            wyn_array_push(bench.fiber(), &raw mut array, ptr::dangling(), 0);
        }
        assert_eq!((*array).len, 1000);
        wyn_array_take_last(bench.fiber(), &raw mut array, ptr::dangling_mut(), 0);
        assert_eq!((*array).len, 999);
    }
    release(&mut bench, array);
    assert_eq!(bench.live(), 0);
}

#[test]
fn an_empty_array_needs_no_memory() {
    let mut bench = Bench::new();
    // SAFETY: a type of the bench.
    let array = unsafe { wyn_array_new(bench.fiber(), INTS, 8, 0) };
    assert_eq!((array, bench.live()), (bench.empty(INTS), 0));
    let object: *mut ObjectHeader = header(array);
    // SAFETY: immortal.
    unsafe { wyn_release(bench.fiber(), object) };
}
