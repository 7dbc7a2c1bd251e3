//! The model of a timer that is fired while its owner gives up what it is for.

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::modelling::explore;
use crate::task::firing::Firing;

/// A block's owner ends it while its deadline is being fired: whoever fires has let go of the scope by then.
fn ended_beside_the_deadline() {
    struct Block {
        listed: Mutex<bool>,
        firing: Firing,
        scope: UnsafeCell<u32>,
    }
    let block =
        Arc::new(Block { listed: Mutex::new(true), firing: Firing::new(), scope: UnsafeCell::new(0) });
    let timers = {
        let block = block.clone();
        thread::spawn(move || {
            let taken = std::mem::replace(&mut *block.listed.lock().unwrap(), false);
            if taken {
                block.scope.with_mut(|scope| unsafe { *scope = 1 });
                block.firing.finish();
            }
        })
    };
    let stopped = std::mem::replace(&mut *block.listed.lock().unwrap(), false);
    if !stopped {
        block.firing.wait();
    }
    // The scope is closed, and is another's from here on.
    block.scope.with_mut(|scope| unsafe { *scope = 2 });
    timers.join().unwrap();
}

#[test]
fn a_block_ends_after_its_deadline_was_fired() {
    explore(4, ended_beside_the_deadline);
}
