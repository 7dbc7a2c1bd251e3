//! Memory of fibers: one reserved region, cut into slots for their stacks, and one for their cells.
//!
//! A slot is [`SLOT`] bytes of address space of which only touched pages cost memory. Its lowest page is a guard. Slots are handed
//! out in order, for good; free ones are kept in pools (`super::pool`). The [`FiberCell`] of a slot lies close to those of its
//! neighbours. Its memory is valid from its first use to the end of the process, which wake-ups and cancellation rely on, while
//! the pages of a stack are given back when it is folded (`super::fold`).
//!
//! A slot is handed out with its guard installed and its highest page there, where the innermost frames will lie.
//! Whoever wants many gets them prepared together: one call to the system does the same to a page of each
//! (`process_madvise` on the process itself, Linux 6.15), which takes two thirds of a fault and a call for each. Where it is refused
//! there is a call for each page.
//!
//! Guards are installed with `MADV_GUARD_INSTALL` (Linux 6.13). Older kernels get `mprotect`, which splits
//! mappings and hits `vm.max_map_count`, so only the first [`PROTECTED`] slots are guarded there; the compiled
//! stack check does not depend on guards.

use std::io;
use std::sync::OnceLock;

use super::FiberCell;
use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Address space per fiber.
pub(crate) const SLOT: usize = 64 * 1024;
/// The unit of the system's memory, and a slot's guard.
pub(crate) const PAGE: usize = 4096;
const MOST_SLOTS: usize = 1 << 20;
const LEAST_SLOTS: usize = 64;
const PROTECTED: usize = 16_000;
/// Slots that are prepared together at most: their pages stay in a processor's second-level cache until they are used.
pub(crate) const MOST_TOGETHER: usize = 64;
const MADV_GUARD_INSTALL: i32 = 102;
const MADV_POPULATE_WRITE: i32 = 23;
/// In place of a file descriptor of this process.
const PIDFD_SELF: i32 = -10_001;

pub(crate) struct Region {
    base: usize,
    cells: *mut FiberCell,
    slots: usize,
    used: AtomicUsize,
    guard_install: AtomicBool,
    populate: AtomicBool,
    /// Whether the system takes advice on many pages in one call.
    together: AtomicBool,
}

// SAFETY: all but atomics is written before others have it; who may use a cell is the scheduler's to say.
unsafe impl Sync for Region {}
// SAFETY: as above.
unsafe impl Send for Region {}

/// Slots side by side, which belong to whoever has this.
pub(crate) struct Slots {
    next: usize,
    end: usize,
}

impl Slots {
    pub(crate) const fn none() -> Slots {
        Slots { next: 0, end: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.end
    }
}

/// Their lowest addresses.
impl Iterator for Slots {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let base = self.next;
        (!self.is_empty()).then(|| {
            self.next += SLOT;
            base
        })
    }
}

static REGION: OnceLock<Region> = OnceLock::new();

/// The region, reserved on first use.
pub(crate) fn region() -> &'static Region {
    REGION.get_or_init(Region::reserve)
}

impl Region {
    fn reserve() -> Region {
        let mut slots = MOST_SLOTS;
        loop {
            if let Some(region) = Region::of(slots) {
                if (2 * LEAST_SLOTS..MOST_SLOTS).contains(&slots) {
                    // Address space is scarce: as much is left to everything else.
                    return region.cut_to(slots / 2);
                }
                return region;
            }
            slots /= 2;
            if slots < LEAST_SLOTS {
                crate::panic::fatal("cannot reserve address space for task stacks");
            }
        }
    }

    /// Address space for so many fibers, if there is as much.
    fn of(slots: usize) -> Option<Region> {
        let base = reserve(slots * SLOT)?;
        let Some(cells) = reserve(slots * size_of::<FiberCell>()) else {
            // SAFETY: our own mapping.
            unsafe { libc::munmap(base, slots * SLOT) };
            return None;
        };
        Some(Region {
            base: base as usize,
            cells: cells.cast(),
            slots,
            used: AtomicUsize::new(0),
            guard_install: AtomicBool::new(true),
            populate: AtomicBool::new(true),
            together: AtomicBool::new(true),
        })
    }

    /// Leaves the address space of all but so many fibers to others.
    fn cut_to(mut self, slots: usize) -> Region {
        let rest = self.slots - slots;
        let cells = slots * size_of::<FiberCell>();
        let end = cells.next_multiple_of(PAGE);
        // SAFETY: the upper parts of our own mappings, which nobody uses.
        unsafe {
            libc::munmap((self.base + slots * SLOT) as *mut libc::c_void, rest * SLOT);
            let unused = self.slots * size_of::<FiberCell>() - end;
            libc::munmap(self.cells.byte_add(end).cast(), unused);
        }
        self.slots = slots;
        self
    }

    /// Slots that nobody has used, prepared: so many, or as many as are left.
    pub(crate) fn take_slots(&self, wanted: usize) -> Slots {
        // ORDER: Relaxed; a ticket counter.
        let first = self.used.fetch_add(wanted, Ordering::Relaxed);
        let count = wanted.min(self.slots.saturating_sub(first));
        let base = self.base + first * SLOT;
        self.guard(base, count);
        self.populate(base, count);
        self.populate_cells(first, count);
        Slots { next: base, end: base + count * SLOT }
    }

    /// Asking for pages takes a fifth less than the faults at their first touches, and together a third.
    fn populate(&self, base: usize, count: usize) {
        // ORDER: Relaxed, both; a wrong guess costs one failing call.
        if self.populate.load(Ordering::Relaxed)
            && self.advise(count, MADV_POPULATE_WRITE, |index| (base + (index + 1) * SLOT - PAGE, PAGE))
                < count
        {
            self.populate.store(false, Ordering::Relaxed);
        }
    }

    /// The same for cells, if there are some.
    fn populate_cells(&self, first: usize, count: usize) {
        // ORDER: Relaxed; as in `populate`.
        if count < 2 || !self.populate.load(Ordering::Relaxed) {
            return;
        }
        // SAFETY: the pages hold cells of ours, or of neighbours, which stay as they are.
        unsafe {
            let cells = self.cells.add(first);
            let page = cells.addr() & !(PAGE - 1);
            let end = cells.add(count).addr();
            libc::madvise(page as *mut libc::c_void, end - page, MADV_POPULATE_WRITE);
        }
    }

    fn guard(&self, base: usize, count: usize) {
        let mut guarded = 0;
        // ORDER: Relaxed, both; a wrong guess costs one failing call.
        if self.guard_install.load(Ordering::Relaxed) {
            guarded = self.advise(count, MADV_GUARD_INSTALL, |index| (base + index * SLOT, PAGE));
            if guarded < count {
                self.guard_install.store(false, Ordering::Relaxed);
            }
        }
        for page in (guarded..count).map(|index| base + index * SLOT) {
            if page < self.base + PROTECTED * SLOT {
                // SAFETY: the slot's own lowest page.
                unsafe { libc::mprotect(page as *mut libc::c_void, PAGE, libc::PROT_NONE) };
            }
        }
    }

    /// Gives back the memory of the stacks of these fibers, [`MOST_TOGETHER`] at most: they read as zero, as far as the system takes them.
    ///
    /// # Safety
    /// Nobody uses the stacks.
    pub(crate) unsafe fn give_back(&self, cells: &[*mut FiberCell]) {
        let stack = |index: usize| (self.slot_of(cells[index]) + PAGE, SLOT - PAGE);
        self.advise(cells.len(), libc::MADV_DONTNEED, stack);
    }

    /// Gives advice on so many parts of slots, by address and length; for how many the system has taken it.
    fn advise(&self, count: usize, advice: i32, part: impl Fn(usize) -> (usize, usize)) -> usize {
        // ORDER: Relaxed; a wrong guess costs one failing call.
        let many = count > 1 && self.together.load(Ordering::Relaxed);
        let mut taken = if many { self.advise_together(count, advice, &part) } else { 0 };
        while taken < count {
            let (address, len) = part(taken);
            // SAFETY: the part is the caller's, who needs nothing of it that the advice takes away.
            if unsafe { libc::madvise(address as *mut libc::c_void, len, advice) } != 0 {
                break;
            }
            taken += 1;
        }
        taken
    }

    /// The same in one call, for some of them, which all have the same length.
    fn advise_together(&self, count: usize, advice: i32, part: impl Fn(usize) -> (usize, usize)) -> usize {
        let count = count.min(MOST_TOGETHER);
        let mut parts = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; MOST_TOGETHER];
        for (index, place) in parts.iter_mut().take(count).enumerate() {
            let (address, len) = part(index);
            *place = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: len };
        }
        // SAFETY: the first `count` parts are the caller's, as in `advise`.
        let bytes =
            unsafe { libc::syscall(libc::SYS_process_madvise, PIDFD_SELF, parts.as_ptr(), count, advice, 0) };
        if bytes < 0 && io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            // ORDER: Relaxed; see `advise`.
            self.together.store(false, Ordering::Relaxed);
        }
        usize::try_from(bytes).map_or(0, |bytes| bytes / parts[0].iov_len.max(1))
    }

    /// Whether an address is a stack guard.
    pub(crate) fn is_guard(&self, address: usize) -> bool {
        let offset = address.wrapping_sub(self.base);
        offset < self.slots * SLOT && offset % SLOT < PAGE
    }

    /// Lowest address of the slot of a cell.
    pub(crate) fn slot_of(&self, cell: *mut FiberCell) -> usize {
        self.base + (cell.addr() - self.cells.addr()) / size_of::<FiberCell>() * SLOT
    }

    /// The cell of the slot with this lowest address.
    pub(crate) fn cell_of(&self, base: usize) -> *mut FiberCell {
        // SAFETY: there is a cell for each slot.
        unsafe { self.cells.add((base - self.base) / SLOT) }
    }

    /// How many slots were handed out so far.
    pub(crate) fn handed_out(&self) -> usize {
        // ORDER: Relaxed; a number that only grows.
        self.used.load(Ordering::Relaxed).min(self.slots)
    }

    /// The cells of all slots handed out so far. That of one that has not been used yet is zero.
    pub(crate) fn cells(&self) -> impl Iterator<Item = *mut FiberCell> {
        let cells = self.cells;
        // SAFETY: there is a cell for each slot.
        (0..self.handed_out()).map(move |index| unsafe { cells.add(index) })
    }
}

/// Address space, of which what is touched costs memory. A huge page would back 32 stacks at the first touch of one.
pub(super) fn reserve(bytes: usize) -> Option<*mut libc::c_void> {
    // SAFETY: a fresh anonymous mapping.
    unsafe {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let base = libc::mmap(std::ptr::null_mut(), bytes, access, flags, -1, 0);
        if base == libc::MAP_FAILED {
            return None;
        }
        libc::madvise(base, bytes, libc::MADV_NOHUGEPAGE);
        Some(base)
    }
}

#[cfg(all(test, not(wyn_loom), not(wyn_shuttle)))]
mod tests {
    use super::{MOST_TOGETHER, PAGE, Region, SLOT};
    use crate::sync::Ordering;

    /// Whether the system finds a byte at this address.
    fn is_readable(address: usize) -> bool {
        let mut ends = [0; 2];
        // SAFETY: a pipe of our own; the system looks at the address, and says so if there is nothing.
        unsafe {
            assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
            let written = libc::write(ends[1], address as *const libc::c_void, 1);
            ends.iter().for_each(|end| assert_eq!(libc::close(*end), 0));
            written == 1
        }
    }

    fn is_there(page: usize) -> bool {
        let mut there = 0;
        // SAFETY: asks about a page of our own mapping.
        let asked = unsafe { libc::mincore(page as *mut libc::c_void, PAGE, &raw mut there) };
        asked == 0 && there & 1 == 1
    }

    /// All are guarded, by what the system takes, and if it takes the advice their highest pages are there, and no more.
    fn are_prepared(region: &Region, wanted: usize) {
        let slots: Vec<usize> = region.take_slots(wanted).collect();
        assert_eq!(slots.len(), wanted);
        // ORDER: Relaxed; one thread.
        let populated = region.populate.load(Ordering::Relaxed);
        for (index, base) in slots.iter().enumerate() {
            assert_eq!(*base, slots[0] + index * SLOT);
            assert!(region.is_guard(*base) && !is_readable(*base) && !is_readable(base + PAGE - 1));
            assert_eq!(is_there(base + SLOT - PAGE), populated);
            assert!(!is_there(base + SLOT - 2 * PAGE));
            assert!(is_readable(base + PAGE) && is_readable(base + SLOT - 1));
        }
    }

    #[test]
    fn slots_are_prepared_one_by_one_and_together() {
        let region = Region::reserve();
        for wanted in [1, 2, MOST_TOGETHER, 1, 7] {
            are_prepared(&region, wanted);
        }
        assert_eq!(region.cells().count(), 75);
    }

    #[test]
    fn slots_are_prepared_where_the_system_refuses() {
        let region = Region::reserve();
        // ORDER: Relaxed, all; one thread.
        region.together.store(false, Ordering::Relaxed);
        are_prepared(&region, 5);
        region.guard_install.store(false, Ordering::Relaxed);
        are_prepared(&region, 5);
        region.populate.store(false, Ordering::Relaxed);
        are_prepared(&region, 5);
    }

    /// When address space ends.
    #[test]
    fn the_last_slots_are_handed_out_too() {
        let region = Region::reserve();
        // ORDER: Relaxed; one thread.
        region.used.store(region.slots - 3, Ordering::Relaxed);
        assert_eq!(region.take_slots(MOST_TOGETHER).count(), 3);
        assert!(region.take_slots(1).is_empty());
        assert_eq!(region.cells().count(), region.slots);
    }
}
