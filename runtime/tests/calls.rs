//! Calls to the outside world whose task leaves: what hangs is left behind, what can stop is waited for, what is over counts.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use support::*;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::hot::object::wyn_release;
use wyn_runtime::hot::task::wyn_future_release;
use wyn_runtime::io::cancellable::{Call, run};
use wyn_runtime::io::fs::wyn_fs_read;
use wyn_runtime::object::string::{new_string, text_of};
use wyn_runtime::task::future::{wyn_cancel, wyn_settle};
use wyn_runtime::time::wyn_sleep;

/// More than there are threads for calls.
const MANY: u64 = 200;

static BEGUN: AtomicU64 = AtomicU64::new(0);
static LEFT: AtomicU64 = AtomicU64::new(0);
static ENDED: AtomicU64 = AtomicU64::new(0);
/// Calls that have ended when their tasks went on.
static WAITED: AtomicU64 = AtomicU64::new(0);
static HANG: AtomicU64 = AtomicU64::new(1);

fn nap() {
    std::thread::sleep(Duration::from_millis(1));
}

/// A call that ends when it is let.
unsafe extern "C-unwind" fn hangs(fiber: *mut Fiber, _: *mut TaskRecord) {
    let call = |_: &_| {
        BEGUN.fetch_add(1, SeqCst);
        while HANG.load(SeqCst) == 1 {
            nap();
        }
        ENDED.fetch_add(1, SeqCst);
    };
    unsafe {
        // Nobody lets it end before the task is cancelled.
        check(run(fiber, &raw const NOWHERE, call).is_none());
        LEFT.fetch_add(1, SeqCst);
    }
}
static HANGS: TaskDescriptor = task("hangs", hangs);

// rules: FIL-5
#[test]
fn calls_that_hang_are_left_behind() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tasks: Vec<_> = (0..MANY).map(|_| spawn(fiber, &HANGS, [0; 4])).collect();
            // All threads hang, and calls wait for one.
            while BEGUN.load(SeqCst) < 64 {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            for one in &tasks {
                wyn_cancel(fiber, *one, &raw const NOWHERE);
            }
            // Others can still make calls, and the tasks end.
            check(run(fiber, &raw const NOWHERE, |_| 7) == Some(7));
            for one in tasks {
                // Cancelled, if it has not begun.
                let _ = wyn_settle(fiber, one, &raw const NOWHERE);
                wyn_future_release(fiber, one);
            }
            // Every task whose call has begun has left it, others maybe as well.
            check((BEGUN.load(SeqCst)..=MANY).contains(&LEFT.load(SeqCst)));
            check(ENDED.load(SeqCst) == 0);
            // The threads come back, and there are more of them than are wanted.
            HANG.store(0, SeqCst);
            while ENDED.load(SeqCst) < BEGUN.load(SeqCst) {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            for n in 0..MANY {
                check(run(fiber, &raw const NOWHERE, move |_| n) == Some(n));
            }
            (*record).payload[0] = 0;
        }
    }
    must_succeed("calls_that_hang_are_left_behind", main);
}

/// A call that looks whether it is still wanted.
unsafe extern "C-unwind" fn looks(fiber: *mut Fiber, _: *mut TaskRecord) {
    let ended = Arc::new(AtomicU64::new(0));
    let call = {
        let ended = ended.clone();
        move |call: &Call| {
            BEGUN.fetch_add(1, SeqCst);
            while call.go_on().is_ok() {
                nap();
            }
            // A task that does not wait for the end is gone long before.
            std::thread::sleep(Duration::from_millis(10));
            ended.store(1, SeqCst);
            ENDED.fetch_add(1, SeqCst);
        }
    };
    unsafe { check(run(fiber, &raw const NOWHERE, call).is_none()) }
    WAITED.fetch_add(ended.load(SeqCst), SeqCst);
}
static LOOKS: TaskDescriptor = task("looks", looks);

// rules: FIL-4
#[test]
fn calls_that_look_end_when_they_are_told_to() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let tasks: Vec<_> = (0..64).map(|_| spawn(fiber, &LOOKS, [0; 4])).collect();
            while BEGUN.load(SeqCst) < 64 {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            for one in &tasks {
                wyn_cancel(fiber, *one, &raw const NOWHERE);
            }
            for one in tasks {
                // Cancelled, if it has not begun.
                let _ = wyn_settle(fiber, one, &raw const NOWHERE);
                wyn_future_release(fiber, one);
            }
            while ENDED.load(SeqCst) < 64 {
                wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
            }
            // Not all, if the machine was too busy for a tenth of a second.
            check(WAITED.load(SeqCst) > 0);
            (*record).payload[0] = 0;
        }
    }
    must_succeed("calls_that_look_end_when_they_are_told_to", main);
}

// Another process may hold a lease of a file; who opens the file has to wait until it has given that up.
// rules: FIL-1
#[test]
fn a_file_under_a_lease_is_waited_for() {
    const TEXT: &str = "all that is in it";
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        let path = std::env::temp_dir().join(format!("wyn-leased-{}", std::process::id()));
        std::fs::write(&path, TEXT).expect("a file");
        let file = File::options().read(true).write(true).open(&path).expect("the file");
        let fd = file.as_raw_fd();
        unsafe {
            // The system's word that somebody wants the file would end the process.
            libc::signal(libc::SIGIO, libc::SIG_IGN);
            let leased = libc::fcntl(fd, libc::F_SETLEASE, libc::F_WRLCK) == 0;
            let holder = std::thread::spawn(move || {
                // Until somebody wants it, where there are leases at all.
                while libc::fcntl(fd, libc::F_GETLEASE) == libc::F_WRLCK {
                    nap();
                }
                check(!leased || libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK) == 0);
            });
            let name = new_string(fiber, path.to_str().expect("text"));
            let read = wyn_fs_read(fiber, name, &raw const NOWHERE);
            check(read.status == 0 && text_of(read.value) == TEXT);
            wyn_release(fiber, read.value.cast());
            wyn_release(fiber, name.cast());
            holder.join().expect("it has given the lease up");
            (*record).payload[0] = 0;
        }
        std::fs::remove_file(&path).expect("the file is there");
    }
    must_succeed("a_file_under_a_lease_is_waited_for", main);
}
