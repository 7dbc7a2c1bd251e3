//! The queues of a worker, from which others steal: woken fibers, and public tasks that may not have begun.
//!
//! Fibers go on in the order in which they were woken. Of tasks the worker begins the youngest first, as it does with
//! its private ones, and others take the oldest: so a tree of tasks is walked down one branch after the other, and as
//! many tasks are blocked at a time as the tree is deep, not as it is wide.

use crossbeam_deque::{Steal, Stealer, Worker as Deque};

use super::entry::Entry;

/// The worker's own ends.
pub(crate) struct Queues {
    fibers: Deque<Entry>,
    tasks: Deque<Entry>,
}

/// The others' ends.
pub(crate) struct Stealers {
    fibers: Stealer<Entry>,
    tasks: Stealer<Entry>,
}

impl Queues {
    pub(crate) fn new() -> Queues {
        Queues { fibers: Deque::new_fifo(), tasks: Deque::new_lifo() }
    }

    pub(crate) fn stealers(&self) -> Stealers {
        Stealers { fibers: self.fibers.stealer(), tasks: self.tasks.stealer() }
    }

    pub(crate) fn push(&self, entry: Entry) {
        if entry.is_task() { self.tasks.push(entry) } else { self.fibers.push(entry) }
    }

    /// Whether there are tasks.
    pub(crate) fn has_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// The fiber that was woken first.
    pub(crate) fn pop_fiber(&self) -> Option<Entry> {
        self.fibers.pop()
    }

    /// What the worker is to run.
    pub(crate) fn pop(&self) -> Option<Entry> {
        self.tasks.pop().or_else(|| self.fibers.pop())
    }
}

impl Stealers {
    pub(crate) fn is_empty(&self) -> bool {
        self.fibers.is_empty() && self.tasks.is_empty()
    }

    /// Roughly how many tasks there are.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// The task that has waited for longest.
    pub(crate) fn oldest_task(&self) -> Option<Entry> {
        steal(|| self.tasks.steal())
    }

    /// What has waited for longest.
    pub(crate) fn oldest(&self) -> Option<Entry> {
        steal(|| self.fibers.steal()).or_else(|| self.oldest_task())
    }

    /// The same for another worker, which gets some more of them into its queues.
    pub(crate) fn steal_tasks(&self, thief: &Queues) -> Option<Entry> {
        steal(|| self.tasks.steal_batch_and_pop(&thief.tasks))
    }

    /// How many woken fibers wait.
    pub(crate) fn fibers(&self) -> usize {
        self.fibers.len()
    }

    /// The fiber that has waited for longest, for another worker, which gets some more of them into its queues.
    pub(crate) fn steal_fibers(&self, thief: &Queues) -> Option<Entry> {
        steal(|| self.fibers.steal_batch_and_pop(&thief.fibers))
    }
}

/// Tries until nobody is in the way.
fn steal(attempt: impl Fn() -> Steal<Entry>) -> Option<Entry> {
    loop {
        match attempt() {
            Steal::Success(entry) => return Some(entry),
            Steal::Retry => std::hint::spin_loop(),
            Steal::Empty => return None,
        }
    }
}
