//! The global queue: what comes from outside a worker, and fibers that yielded.
//!
//! Yielded fibers have a list of their own, which comes after everything else that a worker can take, and first
//! once in a while: a fiber that was preempted has had its turn, and a sleeper whose time has come has not.

use std::collections::VecDeque;
use std::sync::PoisonError;

use super::entry::Entry;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

/// Entries moved under one lock.
const BATCH: usize = 128;

pub(crate) struct GlobalQueue {
    lists: Mutex<Lists>,
    len: AtomicUsize,
    yielded_len: AtomicUsize,
}

struct Lists {
    entries: VecDeque<Entry>,
    yielded: VecDeque<Entry>,
}

impl GlobalQueue {
    pub(crate) fn new() -> GlobalQueue {
        GlobalQueue {
            lists: Mutex::new(Lists { entries: VecDeque::new(), yielded: VecDeque::new() }),
            len: AtomicUsize::new(0),
            yielded_len: AtomicUsize::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a look would find something: exact behind the fences of the idle protocol.
    pub(crate) fn is_empty(&self) -> bool {
        // ORDER: Relaxed, both; the idle protocol's fences order it with the pushes.
        self.len.load(Ordering::Relaxed) == 0 && self.yielded_len.load(Ordering::Relaxed) == 0
    }

    /// Appends.
    pub(crate) fn push(&self, new: impl IntoIterator<Item = Entry>) {
        let mut lists = self.lock();
        lists.entries.extend(new);
        // ORDER: Relaxed; as in `is_empty`.
        self.len.store(lists.entries.len(), Ordering::Relaxed);
    }

    /// Appends a fiber that yielded.
    pub(crate) fn push_yielded(&self, entry: Entry) {
        let mut lists = self.lock();
        lists.yielded.push_back(entry);
        // ORDER: Relaxed; as in `is_empty`.
        self.yielded_len.store(lists.yielded.len(), Ordering::Relaxed);
    }

    /// Takes a fair share for one of `workers` and gives all but the first to `keep`.
    pub(crate) fn take(&self, workers: usize, mut keep: impl FnMut(Entry)) -> Option<Entry> {
        // ORDER: Relaxed; whoever finds something looks again, with the lock.
        if self.len.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut lists = self.lock();
        let share = (lists.entries.len() / workers + 1).min(BATCH);
        let first = lists.entries.pop_front();
        for _ in 1..share {
            let Some(entry) = lists.entries.pop_front() else { break };
            keep(entry);
        }
        // ORDER: Relaxed; as in `is_empty`.
        self.len.store(lists.entries.len(), Ordering::Relaxed);
        first
    }

    /// Whether a fiber that yielded waits: a hint.
    pub(crate) fn any_yielded(&self) -> bool {
        // ORDER: Relaxed; whoever takes one looks again.
        self.yielded_len.load(Ordering::Relaxed) != 0
    }

    /// Takes the fiber that yielded first.
    pub(crate) fn take_yielded(&self) -> Option<Entry> {
        // ORDER: Relaxed; as in `take`.
        if self.yielded_len.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut lists = self.lock();
        let first = lists.yielded.pop_front();
        // ORDER: Relaxed; as in `is_empty`.
        self.yielded_len.store(lists.yielded.len(), Ordering::Relaxed);
        first
    }
}
