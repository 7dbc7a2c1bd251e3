//! A worker's private stack of tasks that have not begun, and publishing from it.
//!
//! `wyn_task_submit` pushes at the top with plain stores. A record knows its place (`link`), so that an `await`
//! takes it out of the middle and leaves an empty slot; no slot between bottom and top names a record that is not
//! private, new and at that place. The owner begins tasks at the top; what it publishes are mostly the oldest, at the bottom.

use std::alloc::{Layout, alloc, handle_alloc_error, realloc};

use wyn_abi::TaskRecord;
use wyn_abi::sync::Ordering::Relaxed;
use wyn_hot::nested;
use wyn_hot::state::{NEW, State};

use super::entry::Entry;
use super::worker::Worker;
use crate::fiber::FiberCell;
use crate::task::scope::ScopeCell;

const FIRST_CAPACITY: usize = 1024;
/// Slots for which there is memory at first. What is not used of it costs nothing but address space, and what is used lies where it will stay.
const FIRST_MEMORY: usize = 64 * 1024;
/// How many of the youngest tasks are published at a time, at most.
const YOUNGEST: usize = 512;
/// How many slots above them are looked through.
const ABOVE: usize = 64;

impl Worker {
    fn top(&self) -> usize {
        // ORDER: Relaxed; this worker is the only writer.
        self.hot.private_top.load(Relaxed)
    }

    /// Whether private tasks may wait here.
    #[inline(always)]
    pub(crate) fn has_private(&self) -> bool {
        self.top() != 0
    }

    fn set_top(&self, top: usize) {
        // ORDER: Relaxed; others only look whether it is zero.
        self.hot.private_top.store(top, Relaxed);
    }

    /// Pushes a record when the fast path found no room.
    pub(crate) fn private_push(&mut self, record: *mut TaskRecord) {
        if self.top() == self.hot.private_capacity {
            self.make_room();
        }
        let top = self.top();
        // SAFETY: `top` is below the capacity; the record is ours.
        unsafe {
            *self.hot.private_base.add(top) = record;
            (*record).link = top;
        }
        self.set_top(top + 1);
    }

    /// Makes room at the top: by squeezing out empty slots if that frees half of the array, else by doubling it. Then all
    /// records keep their places, and none is touched: most have long left the cache.
    fn make_room(&mut self) {
        let waiting = (self.hot.private_bottom..self.top())
            // SAFETY: slots below the top are initialised.
            .filter(|place| unsafe { !(*self.hot.private_base.add(*place)).is_null() })
            .count();
        if waiting * 2 > self.hot.private_capacity || self.hot.private_capacity == 0 {
            self.grow();
        } else {
            self.squeeze();
        }
    }

    /// Moves all records to the bottom of the array.
    fn squeeze(&mut self) {
        let mut to = 0;
        for from in self.hot.private_bottom..self.top() {
            // SAFETY: slots below the top are initialised; the records in them are ours.
            unsafe {
                let record = *self.hot.private_base.add(from);
                if record.is_null() {
                    continue;
                }
                *self.hot.private_base.add(to) = record;
                (*record).link = to;
                to += 1;
            }
        }
        self.hot.private_bottom = 0;
        self.set_top(to);
    }

    /// Doubles the array: in place, while there is memory behind it.
    fn grow(&mut self) {
        let wanted = (self.hot.private_capacity * 2).max(FIRST_CAPACITY);
        if wanted > self.private_memory {
            let memory = wanted.max(FIRST_MEMORY);
            let size = memory * size_of::<*mut TaskRecord>();
            let layout = Layout::array::<*mut TaskRecord>(self.private_memory.max(1))
                .unwrap_or(Layout::new::<usize>());
            // SAFETY: the array came from the same calls with this layout.
            unsafe {
                let base = if self.private_memory == 0 {
                    alloc(Layout::from_size_align_unchecked(size, 8))
                } else {
                    realloc(self.hot.private_base.cast(), layout, size)
                };
                if base.is_null() {
                    handle_alloc_error(layout);
                }
                self.hot.private_base = base.cast();
            }
            self.private_memory = memory;
        }
        self.hot.private_capacity = wanted;
    }

    /// Takes a private record out of its place.
    ///
    /// # Safety
    /// The record is private, new, and was submitted on this worker.
    #[inline(always)]
    pub(crate) unsafe fn private_remove(&mut self, record: *mut TaskRecord) {
        // SAFETY: by contract.
        unsafe { nested::private_remove(&raw mut self.hot, record) }
    }

    /// No private task waits any more.
    #[inline(always)]
    fn none_waits(&mut self) {
        self.hot.private_bottom = 0;
        self.hot.oldest_first = false;
        self.set_top(0);
    }

    /// The youngest private task.
    pub(crate) fn private_pop(&mut self) -> Option<*mut TaskRecord> {
        let mut top = self.top();
        while top > self.hot.private_bottom {
            top -= 1;
            // SAFETY: below the top.
            let record = unsafe { *self.hot.private_base.add(top) };
            if !record.is_null() {
                self.set_top(top);
                return Some(record);
            }
        }
        self.none_waits();
        None
    }

    /// The youngest private task, if it is not the last one and lies at the top; else null.
    #[inline(always)]
    pub(crate) fn private_pop_but_last(&mut self) -> *mut TaskRecord {
        let top = self.top();
        if top < self.hot.private_bottom + 2 {
            return std::ptr::null_mut();
        }
        // SAFETY: below the top.
        let record = unsafe { *self.hot.private_base.add(top - 1) };
        if !record.is_null() {
            self.set_top(top - 1);
        }
        record
    }

    /// Moves up to `most` of the oldest private tasks to the queue. Gives how many.
    pub(crate) fn publish_oldest(&mut self, most: usize) -> usize {
        let top = self.top();
        let mut published = 0;
        while self.hot.private_bottom < top && published < most {
            published += self.publish_run(top, most - published);
        }
        if self.hot.private_bottom >= top {
            self.none_waits();
        }
        published
    }

    /// Moves up to `most` tasks that lie one after the other and belong to one scope, which counts them at once.
    fn publish_run(&mut self, top: usize, most: usize) -> usize {
        let start = self.hot.private_bottom;
        let mut scope: *mut wyn_abi::Scope = std::ptr::null_mut();
        let mut end = start;
        let mut count = 0;
        // SAFETY: between bottom and top; a listed record is ours until it is pushed. The scope counts the tasks
        // as public before anybody can finish one.
        unsafe {
            while end < top && (count as usize) < most {
                let record = *self.hot.private_base.add(end);
                if !record.is_null() {
                    if scope.is_null() {
                        scope = (*record).scope;
                    } else if (*record).scope != scope {
                        break;
                    }
                    count += 1;
                }
                end += 1;
            }
            self.hot.private_bottom = end;
            if count == 0 {
                return 0;
            }
            ScopeCell::publish_children(scope, count, || {
                for place in start..end {
                    let record = *self.hot.private_base.add(place);
                    if !record.is_null() {
                        (*record).link = 0;
                        State(&(*record).state).publish();
                        self.queue.push(Entry::task(record));
                    }
                }
            });
        }
        count as usize
    }

    /// Moves up to `most` of the youngest private tasks that belong to the scope of the oldest one to the queue. Gives how
    /// many; none, when too many others are above them.
    fn publish_youngest(&mut self, most: usize) -> usize {
        let top = self.top();
        let mut place = top;
        let mut places = [0; YOUNGEST];
        let mut count = 0;
        // SAFETY: as in `publish_run`.
        unsafe {
            let slots = self.hot.private_base;
            let Some(oldest) =
                (self.hot.private_bottom..top).map(|at| *slots.add(at)).find(|at| !at.is_null())
            else {
                return 0;
            };
            let scope = (*oldest).scope;
            let last = self.hot.private_bottom.max(top.saturating_sub(most + ABOVE));
            while place > last && count < most.min(YOUNGEST) {
                place -= 1;
                let record = *slots.add(place);
                if !record.is_null() && (*record).scope == scope {
                    places[count] = place;
                    count += 1;
                }
            }
            if count == 0 {
                return 0;
            }
            ScopeCell::publish_children(scope, count as u32, || {
                for &place in places[..count].iter().rev() {
                    let record = *slots.add(place);
                    *slots.add(place) = std::ptr::null_mut();
                    (*record).link = 0;
                    State(&(*record).state).publish();
                    self.queue.push(Entry::task(record));
                }
            });
            let mut top = top;
            while top > self.hot.private_bottom && (*slots.add(top - 1)).is_null() {
                top -= 1;
            }
            self.set_top(top);
            if top == self.hot.private_bottom {
                self.none_waits();
            }
        }
        count
    }

    /// Moves up to `most` of the private tasks to the queue, but not more than half of them. Gives how many. They are the
    /// oldest, of which the most is to be expected, unless their owner awaits those first: then others would take what he
    /// comes to next, and he would wait for them.
    pub(crate) fn publish_some(&mut self, most: usize) -> usize {
        let waiting = self.top() - self.hot.private_bottom;
        let most = waiting.div_ceil(2).min(most);
        if self.hot.oldest_first {
            let published = self.publish_youngest(most);
            if published != 0 {
                return published;
            }
        }
        self.publish_oldest(most)
    }

    /// Moves all private tasks to the queue.
    pub(crate) fn publish_all(&mut self) {
        if self.top() != 0 && self.publish_oldest(usize::MAX) != 0 {
            self.shared.runtime().notify();
        }
    }
}

impl Worker {
    /// Puts a task into the queue that nobody knows yet. Its scope has counted it as private.
    ///
    /// # Safety
    /// The record is fresh, and not in the private stack.
    pub(crate) unsafe fn publish_fresh(&mut self, record: *mut TaskRecord) {
        let spawned = &self.hot.spawned;
        // ORDER: Relaxed, both; written by this worker only.
        spawned.store(spawned.load(Relaxed) + 1, Relaxed);
        // SAFETY: by contract.
        unsafe { make_public(record) };
        self.queue.push(Entry::task(record));
        self.shared.runtime().notify();
    }
}

/// Makes a private record public, and has its scope count it as such.
///
/// # Safety
/// The record is private, unfinished, and this worker's.
pub(crate) unsafe fn make_public(record: *mut TaskRecord) {
    // SAFETY: by contract; its scope has not ended, because the record is unfinished. The scope counts it as public before
    // anybody can finish it: somebody may have a stale hint to the record, and take it as soon as it is public.
    unsafe {
        (*record).link = 0;
        ScopeCell::publish_children((*record).scope, 1, || State(&(*record).state).publish());
    }
}

/// Makes a private record public, whatever its phase; one that has not begun can be taken by others from now on.
///
/// # Safety
/// `cell` is the running fiber; the record is private, this worker's, and the caller holds a handle.
pub(crate) unsafe fn publish(cell: *mut FiberCell, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe {
        let state = State(&(*record).state);
        if state.peek().phase() == NEW {
            let worker = FiberCell::worker(cell);
            (*worker).private_remove(record);
            make_public(record);
            (*worker).queue.push(Entry::task(record));
            (*worker).shared.runtime().notify();
        } else if state.peek().is_terminal() {
            // Its scope has forgotten it.
            state.publish();
        } else {
            make_public(record);
        }
    }
}

#[cfg(all(test, not(any(wyn_loom, wyn_shuttle))))]
mod tests {
    use super::*;
    use crate::sched::queues::Queues;
    use crate::sched::shared::Shared;

    /// A worker that nobody runs, and records that it has pushed.
    fn pushed(count: usize) -> (Box<Worker>, Vec<TaskRecord>) {
        let queues = Queues::new();
        let shared = Box::leak(Box::new(Shared::new(0, queues.stealers())));
        // SAFETY: all zeroes is a worker's part that has no tasks, records or objects.
        let hot = unsafe { std::mem::zeroed() };
        let mut worker = Box::new(Worker::new(hot, shared, queues));
        // SAFETY: all zeroes is a free record.
        let mut records: Vec<TaskRecord> = (0..count).map(|_| unsafe { std::mem::zeroed() }).collect();
        records.iter_mut().for_each(|record| worker.private_push(record));
        (worker, records)
    }

    fn places(records: &[TaskRecord]) -> Vec<usize> {
        records.iter().map(|record| record.link).collect()
    }

    #[test]
    fn whoever_waits_keeps_its_place_when_the_array_grows() {
        let (mut worker, mut records) = pushed(FIRST_CAPACITY);
        for place in [0, 1, 2, 100, 500] {
            // SAFETY: pushed, and not removed before.
            unsafe { worker.private_remove(&raw mut records[place]) };
        }
        // SAFETY: all zeroes is a free record.
        let mut one_more: TaskRecord = unsafe { std::mem::zeroed() };
        worker.private_push(&raw mut one_more);
        assert_eq!(worker.hot.private_capacity, 2 * FIRST_CAPACITY);
        assert_eq!(places(&records), (0..FIRST_CAPACITY).collect::<Vec<_>>());
        assert_eq!((worker.hot.private_bottom, one_more.link), (3, FIRST_CAPACITY));
        assert_eq!(worker.private_memory, FIRST_MEMORY);
    }

    #[test]
    fn an_array_outgrows_its_first_memory() {
        let (worker, records) = pushed(FIRST_MEMORY + 1);
        assert_eq!(
            (worker.private_memory, worker.hot.private_capacity),
            (2 * FIRST_MEMORY, 2 * FIRST_MEMORY)
        );
        // SAFETY: slots below the top.
        let slots = unsafe { std::slice::from_raw_parts(worker.hot.private_base, records.len()) };
        assert!(records.iter().zip(slots).all(|(record, slot)| std::ptr::eq(record, *slot)));
    }

    #[test]
    fn an_array_that_is_half_empty_does_not_grow() {
        let (mut worker, mut records) = pushed(FIRST_CAPACITY);
        for record in records.iter_mut().step_by(2) {
            // SAFETY: pushed, and not removed before.
            unsafe { worker.private_remove(record) };
        }
        // SAFETY: all zeroes is a free record.
        let mut one_more: TaskRecord = unsafe { std::mem::zeroed() };
        worker.private_push(&raw mut one_more);
        assert_eq!(worker.hot.private_capacity, FIRST_CAPACITY);
        let left: Vec<TaskRecord> = records.into_iter().skip(1).step_by(2).collect();
        assert_eq!(places(&left), (0..FIRST_CAPACITY / 2).collect::<Vec<_>>());
        assert_eq!((worker.hot.private_bottom, one_more.link), (0, FIRST_CAPACITY / 2));
    }

    #[test]
    fn the_last_one_and_an_empty_place_are_left_alone() {
        let (mut worker, mut records) = pushed(4);
        let at = |worker: &Worker| (worker.hot.private_bottom, worker.top());
        assert_eq!(worker.private_pop_but_last(), &raw mut records[3]);
        // SAFETY: pushed, and not removed before.
        unsafe { worker.private_remove(&raw mut records[1]) };
        assert_eq!(worker.private_pop_but_last(), &raw mut records[2]);
        assert_eq!((worker.private_pop_but_last(), at(&worker)), (std::ptr::null_mut(), (0, 2)));
        assert_eq!(worker.private_pop(), Some(&raw mut records[0]));
        assert_eq!((worker.private_pop_but_last(), at(&worker)), (std::ptr::null_mut(), (0, 0)));
    }

    #[test]
    fn the_last_one_is_left_alone_when_older_ones_are_gone() {
        let (mut worker, _records) = pushed(3);
        assert_eq!(worker.publish_oldest(2), 2);
        assert_eq!((worker.private_pop_but_last(), worker.top()), (std::ptr::null_mut(), 3));
    }
}
