//! How tasks fail, as those who await them see it: a panic, or the reason why a task was told to stop.
//!
//! A failed task's payload holds it: a counted [`Failure`] after a panic, a [`Stop`] after a cancellation. A failure is
//! also known to the scope that the task belonged to, until the scope ends: if by then nobody has *taken* it, by
//! awaiting the task or asking for its result, the panic goes on in the scope's owner.

use std::fmt::Write as _;
use std::sync::Arc;

use wyn_abi::{Location, TaskRecord};

use crate::panic::PanicInfo;
use crate::sync::{AtomicBool, Ordering};

/// A task's panic.
pub(crate) struct Failure {
    panic: Arc<PanicInfo>,
    taken: AtomicBool,
}

impl Failure {
    /// The panic.
    pub(crate) fn panic(&self) -> &Arc<PanicInfo> {
        &self.panic
    }

    /// Somebody deals with it.
    pub(crate) fn take(&self) {
        // ORDER: Relaxed; whoever ends the scope afterwards learns of it together with what the taker did.
        self.taken.store(true, Ordering::Relaxed);
    }

    /// Whether somebody does.
    pub(crate) fn is_taken(&self) -> bool {
        // ORDER: Relaxed; as above.
        self.taken.load(Ordering::Relaxed)
    }
}

/// Why something was told to stop.
#[derive(Clone, Copy)]
pub(crate) struct Stop {
    /// Completes the sentence "the task was cancelled: ...".
    pub(crate) reason: &'static str,
    /// Where it was told to.
    pub(crate) at: Option<&'static Location>,
}

const _: () = assert!(size_of::<Stop>() <= wyn_abi::PAYLOAD_SIZE);

impl Stop {
    /// Its future was told.
    pub(crate) const BY_FUTURE: &str = "`cancel()` was called";
    /// The time of the block was up in which it was spawned, or which it had opened.
    pub(crate) const DEADLINE: &str = "its deadline passed";
    /// Another task of its nursery panicked.
    pub(crate) const SIBLING: &str = "another task of its nursery panicked";
    /// Its nursery was left before its end.
    pub(crate) const LEFT: &str = "its nursery was left early";
    /// The task that it belongs to panicked.
    pub(crate) const OWNER: &str = "the task that spawned it panicked";
    /// It is detached, and the program ends.
    pub(crate) const PROGRAM: &str = "`main` has ended";
    /// Nobody receives what it sends.
    pub(crate) const DESERTED: &str = "it sent on a channel that has no receiver left";

    /// The sentence, with the place.
    pub(crate) fn sentence(self) -> String {
        let mut text = self.reason.to_owned();
        if self.at.is_some_and(|at| at.line != 0) {
            let _ = write!(text, ", at {}", place(self.at));
        }
        text
    }
}

/// `FILE:LINE:COLUMN`, or nothing.
pub(crate) fn place(at: Option<&Location>) -> String {
    match at.filter(|at| at.line != 0) {
        Some(at) => format!("{}:{}:{}", at.file.as_str(), at.line, at.column),
        None => String::new(),
    }
}

/// Leaves a panic in the payload of the task that it ends.
///
/// # Safety
/// The payload is the caller's, and holds nothing else.
pub(crate) unsafe fn put_panic(record: *mut TaskRecord, panic: Arc<PanicInfo>) {
    let failure = Arc::new(Failure { panic, taken: AtomicBool::new(false) });
    // SAFETY: by contract.
    unsafe { (*record).payload[0] = Arc::into_raw(failure) as u64 }
}

/// The failure of a task that has panicked.
///
/// # Safety
/// The task panicked, and the caller keeps the record.
pub(crate) unsafe fn panic_of(record: *mut TaskRecord) -> Arc<Failure> {
    // SAFETY: the payload owns one count.
    unsafe {
        let failure = (*record).payload[0] as *const Failure;
        Arc::increment_strong_count(failure);
        Arc::from_raw(failure)
    }
}

/// Drops the failure of a task that has panicked.
///
/// # Safety
/// The task panicked, and nobody else knows the record.
pub(crate) unsafe fn drop_panic(record: *mut TaskRecord) {
    // SAFETY: the payload owns one count.
    unsafe { drop(Arc::from_raw((*record).payload[0] as *const Failure)) }
}

/// Leaves the reason in the payload of the task that is cancelled.
///
/// # Safety
/// The payload is the caller's, and holds nothing else.
pub(crate) unsafe fn put_stop(record: *mut TaskRecord, stop: Stop) {
    // SAFETY: it fits, and a payload is aligned to eight bytes.
    unsafe { (&raw mut (*record).payload).cast::<Stop>().write(stop) }
}

/// Why a task was cancelled.
///
/// # Safety
/// It was, and the caller keeps the record.
pub(crate) unsafe fn stop_of(record: *mut TaskRecord) -> Stop {
    // SAFETY: the payload holds it.
    unsafe { (&raw const (*record).payload).cast::<Stop>().read() }
}
