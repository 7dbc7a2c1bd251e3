//! Models of shared counts: `wyn_hot::count` on loom's atomics.
//!
//! ```text
//! RUSTFLAGS="--cfg wyn_loom" cargo test --release -p wyn-runtime --lib object::models
//! ```

use std::sync::Arc;

use loom::cell::UnsafeCell;
use wyn_abi::sync::{AtomicI32, Ordering};
use wyn_hot::count::{self, CountCell, Released};

use crate::modelling::explore;

/// Loom's atomics.
struct Count(AtomicI32);

impl CountCell for Count {
    #[track_caller]
    fn load(&self, order: Ordering) -> i32 {
        self.0.load(order)
    }
    #[track_caller]
    fn store(&self, value: i32, order: Ordering) {
        self.0.store(value, order);
    }
    #[track_caller]
    fn fetch_add(&self, value: i32, order: Ordering) -> i32 {
        self.0.fetch_add(value, order)
    }
}

/// An object: loom reports a use of the content that is not ordered after all others' before it was freed.
struct Object {
    count: Count,
    content: UnsafeCell<i32>,
}

// SAFETY: the counts keep users of the content apart; that is what the models check.
unsafe impl Sync for Object {}

impl Object {
    fn shared_by(references: i32) -> Arc<Self> {
        Arc::new(Self { count: Count(AtomicI32::new(-references)), content: UnsafeCell::new(7) })
    }

    fn read(&self) -> i32 {
        // SAFETY: the caller holds a reference.
        self.content.with(|content| unsafe { *content })
    }

    fn write(&self, value: i32) {
        // SAFETY: the caller holds the only reference.
        self.content.with_mut(|content| unsafe { *content = value });
    }

    fn retain(&self) {
        if !count::retain(&self.count) {
            count::retain_shared(&self.count);
        }
    }

    fn release(&self) {
        let last = match count::release(&self.count) {
            Released::Shared => count::release_shared(&self.count) == Released::Last,
            other => other == Released::Last,
        };
        if last {
            assert_ne!(self.read(), 0, "freed twice");
            self.write(0);
        }
    }
}

/// Two holders use an object and let go: the second to do so frees it after both uses.
fn freed_once_after_every_use() {
    let object = Object::shared_by(2);
    let other = object.clone();
    let thread = loom::thread::spawn(move || {
        assert_eq!(other.read(), 7);
        other.release();
    });
    assert_eq!(object.read(), 7);
    object.release();
    thread.join().unwrap();
    assert_eq!(object.read(), 0, "never freed");
}

/// One holder hands out a further reference while another lets go.
fn a_reference_keeps_the_object() {
    let object = Object::shared_by(2);
    let (one, two) = (object.clone(), object.clone());
    one.retain();
    let first = loom::thread::spawn(move || {
        assert_eq!(one.read(), 7);
        one.release();
    });
    let second = loom::thread::spawn(move || {
        two.retain();
        two.release();
        assert_eq!(two.read(), 7);
        two.release();
    });
    assert_eq!(object.read(), 7);
    object.release();
    first.join().unwrap();
    second.join().unwrap();
    assert_eq!(object.read(), 0, "never freed");
}

/// A holder that finds itself alone changes the object in place: after the other's last use.
fn alone_means_after_the_others() {
    let object = Object::shared_by(2);
    let other = object.clone();
    let thread = loom::thread::spawn(move || {
        assert_eq!(other.read(), 7);
        other.release();
    });
    if count::claim_unique(&object.count) {
        object.write(8);
        assert_eq!(object.count.load(Ordering::Relaxed), 1, "local from here on");
    }
    object.release();
    thread.join().unwrap();
    assert_eq!(object.read(), 0, "never freed");
}

#[test]
fn an_object_is_freed_once_after_every_use() {
    explore(4, freed_once_after_every_use);
}

#[test]
fn a_reference_that_is_handed_on_keeps_the_object() {
    explore(4, a_reference_keeps_the_object);
}

#[test]
fn whoever_is_alone_comes_after_the_others() {
    explore(4, alone_means_after_the_others);
}
