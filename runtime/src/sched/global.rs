//! The global queue: what comes from outside a worker, what overflows, and fibers that were preempted.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::entry::Entry;
use crate::sync::{AtomicUsize, Ordering};

/// Entries moved under one lock.
const BATCH: usize = 128;

pub(crate) struct GlobalQueue {
    entries: Mutex<VecDeque<Entry>>,
    len: AtomicUsize,
}

impl GlobalQueue {
    pub(crate) fn new() -> GlobalQueue {
        GlobalQueue { entries: Mutex::new(VecDeque::new()), len: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a look would find something: exact behind the fences of the idle protocol.
    pub(crate) fn is_empty(&self) -> bool {
        // ORDER: Relaxed; the idle protocol's fences order it with `push`.
        self.len.load(Ordering::Relaxed) == 0
    }

    /// Appends.
    pub(crate) fn push(&self, new: impl IntoIterator<Item = Entry>) {
        let mut entries = self.lock();
        entries.extend(new);
        // ORDER: Relaxed; as in `is_empty`.
        self.len.store(entries.len(), Ordering::Relaxed);
    }

    /// Takes a fair share for one of `workers` and gives all but the first to `keep`.
    pub(crate) fn take(&self, workers: usize, mut keep: impl FnMut(Entry)) -> Option<Entry> {
        if self.is_empty() {
            return None;
        }
        let mut entries = self.lock();
        let share = (entries.len() / workers + 1).min(BATCH);
        let first = entries.pop_front();
        for _ in 1..share {
            let Some(entry) = entries.pop_front() else { break };
            keep(entry);
        }
        // ORDER: Relaxed; as in `is_empty`.
        self.len.store(entries.len(), Ordering::Relaxed);
        first
    }
}
