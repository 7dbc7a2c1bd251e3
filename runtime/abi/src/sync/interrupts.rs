//! Fences that one thread of a model has the others pass, as the kernel's `membarrier` does: each of them passes a full
//! fence between two of its steps, wherever it is, and the caller goes on when all have. A thread that has no step to come
//! passes one when it [leaves](Thread).
//!
//! For models that ask for it, by [`begin`], and whose threads are all [`Thread`]s.

extern crate std;
use core::cell::{Cell, RefCell};
use std::vec::Vec;

use core::sync::atomic::Ordering::SeqCst;

/// A thread of the model.
struct Known {
    id: loom::thread::ThreadId,
    /// It has to pass a fence before its next step.
    interrupted: bool,
}

std::thread_local! {
    static WANTED: Cell<bool> = const { Cell::new(false) };
    /// The threads that have steps to come. A model and all its threads run on one thread of the system.
    static THREADS: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// One run of a model begins.
pub fn begin() {
    WANTED.with(|wanted| wanted.set(true));
    THREADS.with(|threads| threads.borrow_mut().clear());
}

/// Whether this model has asked for interrupts.
#[must_use]
pub fn wanted() -> bool {
    WANTED.with(Cell::get)
}

/// The calling thread may be interrupted while this is there. It takes no lock, nor waits for another, meanwhile.
#[derive(Debug)]
pub struct Thread(());

impl Thread {
    /// Enters; nothing in models that have not asked for interrupts.
    #[must_use]
    pub fn enter() -> Thread {
        if !wanted() {
            return Thread(());
        }
        let known = Known { id: loom::thread::current().id(), interrupted: false };
        THREADS.with(|threads| threads.borrow_mut().push(known));
        // What came before an interrupt is seen by whoever was not there.
        loom::sync::atomic::fence(SeqCst);
        Thread(())
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if !wanted() {
            return;
        }
        loom::sync::atomic::fence(SeqCst);
        let id = loom::thread::current().id();
        THREADS.with(|threads| threads.borrow_mut().retain(|known| known.id != id));
    }
}

/// Before each step: passes a fence if the thread was interrupted.
pub(super) fn step() {
    if !wanted() {
        return;
    }
    let id = loom::thread::current().id();
    let interrupted = THREADS.with(|threads| {
        let mut threads = threads.borrow_mut();
        let own = threads.iter_mut().find(|known| known.id == id);
        own.is_some_and(|known| core::mem::take(&mut known.interrupted))
    });
    if interrupted {
        loom::sync::atomic::fence(SeqCst);
    }
}

/// Has all other threads pass a fence, and passes one before and after.
pub fn interrupt_others() {
    loom::sync::atomic::fence(SeqCst);
    let id = loom::thread::current().id();
    THREADS.with(|threads| {
        threads
            .borrow_mut()
            .iter_mut()
            .filter(|known| known.id != id)
            .for_each(|known| known.interrupted = true);
    });
    let are_interrupted =
        || THREADS.with(|threads| threads.borrow().iter().any(|known| known.id != id && known.interrupted));
    while are_interrupted() {
        step();
        loom::thread::yield_now();
    }
    loom::sync::atomic::fence(SeqCst);
}
