//! Folding: a task that sleeps for long keeps what is in use of its stack, and not the pages.
//!
//! Of a sleeping task's page some five hundred bytes are in use. When its context is saved these are copied to a block of their
//! own, and the page goes back to the system, many in one call; before the fiber goes on, they are copied to where they were.
//! So addresses within the stack hold, and the cell, which others use at any time, lies elsewhere anyway. A fiber whose task has
//! slept so and ended gives its page back again when its worker has enough free fibers: it has nothing to keep.
//!
//! | the stack is | its memory | leaves by |
//! |---|---|---|
//! | there | its own | [`fold`], [`empty`] |
//! | folded, empty | in the list of the worker that ran the fiber last, if that has not given it back | [`unfold`], by whoever resumes the fiber |
//!
//! *Who sleeps does not pay for it by waking late.* A sleep is long enough when all fibers that there are could be folded meanwhile, and take half of
//! the processors' time at most ([`is_worth_it`]): so tasks that sleep as long over and over leave the other half to what they do, however many they
//! are. Where there are too many for that they keep their pages. Fibers are counted, not those that sleep: memory that others have is not saved.
//!
//! *Nobody misses what is not there.* Only a sleep folds: its end is known, so that the price, some microseconds, is nothing beside it; and
//! nobody but the fiber uses the stack of a task that sleeps. What waits for a peer has its waiter there. Nor may another task lie below: its
//! [`RunFrame`](wyn_abi::RunFrame) is in its scope's list. That of the fiber's first task lies in the cell. Folding comes before the timer
//! is set, in the commit of the park: whoever claims the fiber earlier, to cancel it, waits for the commit before he lets it go on.
//!
//! *No page is taken from a fiber that runs.* A list is given back under its lock, and then the fibers are told that they are in none;
//! whoever resumes a fiber that has not been told takes it off the list under the
//! same lock. If it was there, its pages are untouched, and nothing is to be copied; else they have been given back, and read as zero.

use std::ops::Range;

use wyn_hot::ablation::{FOLD, left_out};

use super::region::{MOST_TOGETHER, region, reserve};
use super::{FiberCell, switch};
use crate::sched::runtime;
use crate::sched::worker::Worker;
use crate::sync::{AtomicBool, Mutex, Ordering};

/// A shorter sleep is not worth it, in nanoseconds.
const LONG: u64 = 10_000_000;
/// Nor is it while there are so few fibers: their stacks take 4 MB.
const FEW: usize = 1024;
/// What it takes of a processor's time to fold a stack and unfold it, in nanoseconds: most of it in the system.
const COST: u64 = 3_000;
/// The smallest block, and the largest: a stack that is used more does not get much smaller.
const SMALL: usize = 512;
const LARGE: usize = 4 * SMALL;
/// Memory is taken from the system in such pieces.
const PIECE: usize = 256 * 1024;

/// Stacks that are given back together.
const TOGETHER: usize = if cfg!(wyn_shuttle) { 2 } else { MOST_TOGETHER };

/// Where what is in use of a fiber's stack lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stack {
    /// On the stack.
    There,
    /// In the fiber's block.
    Folded,
    /// Nowhere: the fiber has no task.
    Empty,
}

/// The memory of a fiber for what is in use of its stack when it is folded. It keeps it: as long as the fiber exists, it may be folded again.
pub(crate) struct Block {
    start: *mut u8,
    size: usize,
}

impl Block {
    pub(crate) const fn none() -> Block {
        Block { start: std::ptr::null_mut(), size: 0 }
    }

    /// The addresses of as much of it.
    pub(super) fn addresses(&self, len: usize) -> Range<usize> {
        self.start.addr()..self.start.addr() + len
    }
}

/// Memory for blocks, of one worker.
pub(crate) struct Blocks {
    next: *mut u8,
    left: usize,
    /// Blocks that were too small for their fibers, by size.
    free: [Vec<*mut u8>; 2],
}

impl Blocks {
    pub(crate) const fn new() -> Blocks {
        Blocks { next: std::ptr::null_mut(), left: 0, free: [Vec::new(), Vec::new()] }
    }

    /// A block in place of this one that has room for so much, [`LARGE`] at most; none when memory is short.
    fn grow(&mut self, block: &mut Block, len: usize) -> Option<()> {
        let class = len.div_ceil(SMALL).next_power_of_two().ilog2() as usize;
        let size = SMALL << class;
        let start = match self.free.get_mut(class).and_then(Vec::pop) {
            Some(start) => start,
            None => self.carve(size)?,
        };
        if block.size > 0 {
            self.free[(block.size / SMALL).ilog2() as usize].push(block.start);
        }
        *block = Block { start, size };
        Some(())
    }

    fn carve(&mut self, size: usize) -> Option<*mut u8> {
        if self.left < size {
            // The rest of the last piece is lost, less than a block.
            (self.next, self.left) = (reserve(PIECE)?.cast(), PIECE);
        }
        let start = self.next;
        // SAFETY: so much of the piece is left.
        self.next = unsafe { start.add(size) };
        self.left -= size;
        Some(start)
    }
}

/// Any sleep folds: so that tests see it.
static ALWAYS: AtomicBool = AtomicBool::new(cfg!(wyn_shuttle));

/// From now on any sleep folds.
pub(crate) fn always() {
    // ORDER: Relaxed; a choice that is right either way.
    ALWAYS.store(true, Ordering::Relaxed);
}

/// A worker's stacks whose memory is to be given back.
pub(crate) struct Returns {
    list: Mutex<Vec<*mut FiberCell>>,
}

// SAFETY: cells are never unmapped; the list is used under its lock.
unsafe impl Sync for Returns {}
// SAFETY: as above.
unsafe impl Send for Returns {}

impl Returns {
    pub(crate) const fn new() -> Returns {
        Returns { list: Mutex::new(Vec::new()) }
    }

    /// Gives the stack's memory back some time, unless the fiber is taken off before.
    ///
    /// # Safety
    /// What the stack has is not needed; the fiber is not resumed without [`unfold`].
    unsafe fn add(&self, cell: *mut FiberCell) {
        let Ok(mut list) = self.list.lock() else { return };
        list.push(cell);
        // SAFETY: by contract the fiber is the caller's.
        // ORDER: Relaxed; whoever resumes the fiber learns of it as of all that its cell has.
        unsafe { (*cell).listed.store(true, Ordering::Relaxed) };
        if list.len() == TOGETHER {
            // SAFETY: nobody uses the stacks on the list, whose fibers stay there for as long as we hold the lock; cells are never
            // unmapped.
            unsafe {
                region().give_back(&list);
                for cell in list.drain(..) {
                    // ORDER: Release; pairs with the Acquire in `remove`: who sees it finds no page, and takes no lock
                    // (not modelled: what it orders is a call of the system).
                    (*cell).listed.store(false, Ordering::Release);
                }
            }
        }
    }

    /// Takes a fiber off the list; whether it was there.
    ///
    /// # Safety
    /// The caller has the right to resume the fiber.
    unsafe fn remove(&self, cell: *mut FiberCell) -> bool {
        // SAFETY: cells are never unmapped.
        // ORDER: Acquire; pairs with the Release in `add` (not modelled: what it orders is a call of the system).
        if !unsafe { (*cell).listed.load(Ordering::Acquire) } {
            return false;
        }
        let Ok(mut list) = self.list.lock() else { return false };
        // SAFETY: as above.
        // ORDER: Relaxed; the caller has the fiber, and nobody else writes this while it is in no list.
        unsafe { (*cell).listed.store(false, Ordering::Relaxed) };
        let at = list.iter().position(|listed| *listed == cell);
        at.map(|at| list.swap_remove(at)).is_some()
    }
}

/// Folds the stack of a fiber whose task is going to sleep for so many nanoseconds, if that is worth it and may be.
///
/// # Safety
/// The fiber parks, and nobody can resume it as yet; nobody else uses what lies on its stack, if no other task does.
pub(crate) unsafe fn fold(cell: *mut FiberCell, nanos: u64) {
    // SAFETY: the cell is this thread's, and so is the worker; the part in use lies between the two addresses.
    unsafe {
        let processors = (*FiberCell::worker(cell)).shared.runtime().processors;
        // ORDER: Relaxed; see `always`.
        let worth = is_worth_it(nanos, region().handed_out(), processors) || ALWAYS.load(Ordering::Relaxed);
        if !worth || !on_its_own(cell) || left_out((*cell).hot.worker, FOLD) {
            return;
        }
        let (sp, top) = ((*cell).saved_sp, FiberCell::stack_top(cell));
        if !(sp..sp + LARGE).contains(&top) {
            // More, or not here but on a big stack.
            return;
        }
        let worker = FiberCell::worker(cell);
        Worker::apart(worker, || {
            let (block, len) = (&mut (*cell).block, top - sp);
            if block.size < len && (*worker).blocks.grow(block, len).is_none() {
                return;
            }
            block.start.copy_from_nonoverlapping(sp as *const u8, len);
            (*cell).stack = Stack::Folded;
            (*cell).lean = true;
            (*worker).counts.folded += 1;
            (*worker).shared.returns.add(cell);
        });
    }
}

/// Whether to fold a task that sleeps so many nanoseconds, where there are so many fibers, which so many processors run.
fn is_worth_it(nanos: u64, fibers: usize, processors: usize) -> bool {
    let all = fibers as u64 * COST;
    nanos >= LONG && fibers > FEW && nanos.saturating_mul(processors as u64) / 2 >= all
}

/// Whether the task that runs on a fiber is the only one there.
unsafe fn on_its_own(cell: *mut FiberCell) -> bool {
    // SAFETY: the caller has the cell.
    unsafe { (*cell).hot.frame == (*cell).host_frame.as_mut_ptr() }
}

/// Gives back the memory of a free fiber.
///
/// # Safety
/// The fiber has left this worker with nothing on its stack, and nobody else knows it.
pub(crate) unsafe fn empty(worker: *mut Worker, cell: *mut FiberCell) {
    // SAFETY: by contract.
    unsafe {
        debug_assert_eq!((*cell).home.worker(), (*worker).shared.index as usize);
        (*cell).stack = Stack::Empty;
        (*cell).lean = false;
        Worker::apart(worker, || (*worker).shared.returns.add(cell));
    }
}

/// Puts what was on a fiber's stack where it was.
///
/// # Safety
/// The caller has the right to resume the fiber, and has not said that it runs here.
#[cold]
#[inline(never)]
pub(crate) unsafe fn unfold(cell: *mut FiberCell) {
    // SAFETY: by contract the cell is this thread's; its home is the worker that ran it last, to whose list it was added.
    unsafe {
        let untouched =
            runtime().is_some_and(|runtime| runtime.workers[(*cell).home.worker()].returns.remove(cell));
        let stack = std::mem::replace(&mut (*cell).stack, Stack::There);
        let (sp, top) = ((*cell).saved_sp, FiberCell::stack_top(cell));
        match stack {
            _ if untouched => {}
            Stack::There => {}
            Stack::Folded => (sp as *mut u8).copy_from_nonoverlapping((*cell).block.start, top - sp),
            Stack::Empty => (*cell).saved_sp = switch::prepare(top),
        }
    }
}

#[cfg(all(test, not(wyn_loom), not(wyn_shuttle)))]
mod tests {
    use super::{FEW, LONG, Returns, TOGETHER, is_worth_it};
    use crate::fiber::FiberCell;
    use crate::fiber::region::region;

    /// A word on the fiber's stack, not at its upper end.
    fn word(cell: *mut FiberCell) -> *mut u64 {
        (FiberCell::stack_top(cell) - 512) as *mut u64
    }

    #[test]
    fn what_is_folded_leaves_the_processors_half_of_their_time() {
        const SECOND: u64 = 1_000_000_000;
        // All of these take 300 ms of a processor.
        assert!(is_worth_it(SECOND * 6 / 10, 100_000, 1));
        assert!(!is_worth_it(SECOND * 6 / 10 - 1, 100_000, 1));
        assert!(is_worth_it(SECOND * 3 / 10, 100_000, 2));
        assert!(!is_worth_it(SECOND * 3 / 10 - 1, 100_000, 2));
        assert!(!is_worth_it(SECOND, 1 << 20, 2) && is_worth_it(10 * SECOND, 1 << 20, 2));
        // Few fibers and short sleeps are not worth it, whatever there is time for.
        assert!(!is_worth_it(60 * SECOND, FEW, 64) && !is_worth_it(LONG - 1, 2 * FEW, 64));
        assert!(is_worth_it(u64::MAX, 1 << 20, 1024));
    }

    #[test]
    fn stacks_are_given_back_together_but_those_that_were_taken_off() {
        let returns = Returns::new();
        let mut slots = region().take_slots(TOGETHER + 1);
        let cells: Vec<_> = (0..=TOGETHER).map(|_| FiberCell::create(&mut slots)).collect();
        // SAFETY: the stacks are ours, and nobody runs there.
        unsafe {
            for (n, cell) in cells.iter().enumerate() {
                word(*cell).write(n as u64 + 1);
            }
            for cell in &cells[..TOGETHER - 1] {
                returns.add(*cell);
            }
            assert!(returns.remove(cells[3]));
            assert!(!returns.remove(cells[3]));
            returns.add(cells[TOGETHER - 1]);
            assert!(cells.iter().enumerate().all(|(n, cell)| word(*cell).read() == n as u64 + 1));
            returns.add(cells[TOGETHER]);
            for (n, cell) in cells.iter().enumerate() {
                assert!(!returns.remove(*cell));
                assert_eq!(word(*cell).read(), if n == 3 { 4 } else { 0 });
                // It can be used again.
                word(*cell).write(7);
            }
        }
    }
}
