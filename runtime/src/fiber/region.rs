//! Memory of fiber stacks: one reserved region, cut into slots.
//!
//! A slot is [`SLOT`] bytes of address space of which only touched pages cost memory. Its lowest page is a guard;
//! the [`FiberCell`](super::FiberCell) lies at its upper end, above the stack. Slots are handed out in order and
//! never returned to the system; free ones are kept in pools (`super::pool`). The memory of a slot is therefore
//! valid from its first use to the end of the process, which wake-ups and cancellation rely on.
//!
//! A slot is handed out with its guard installed and its highest page there, where the cell and the innermost frames will lie.
//! Whoever wants many gets them prepared together: one call to the system does the same to a page of each
//! (`process_madvise` on the process itself, Linux 6.15), which takes two thirds of a fault and a call for each. Where it is refused
//! there is a call for each page.
//!
//! Guards are installed with `MADV_GUARD_INSTALL` (Linux 6.13). Older kernels get `mprotect`, which splits
//! mappings and hits `vm.max_map_count`, so only the first [`PROTECTED`] slots are guarded there; the compiled
//! stack check does not depend on guards.

use std::io;
use std::sync::OnceLock;

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
    slots: usize,
    used: AtomicUsize,
    guard_install: AtomicBool,
    populate: AtomicBool,
    /// Whether the system takes advice on many pages in one call.
    together: AtomicBool,
}

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
            // SAFETY: a fresh anonymous mapping.
            let base = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    slots * SLOT,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                    -1,
                    0,
                )
            };
            if base != libc::MAP_FAILED {
                if (2 * LEAST_SLOTS..MOST_SLOTS).contains(&slots) {
                    // Address space is scarce: as much is left to everything else.
                    slots /= 2;
                    // SAFETY: the upper half of our own mapping.
                    unsafe { libc::munmap(base.cast::<u8>().add(slots * SLOT).cast(), slots * SLOT) };
                }
                // SAFETY: our mapping. A huge page would back 32 stacks at the first touch of one.
                unsafe { libc::madvise(base, slots * SLOT, libc::MADV_NOHUGEPAGE) };
                return Region {
                    base: base as usize,
                    slots,
                    used: AtomicUsize::new(0),
                    guard_install: AtomicBool::new(true),
                    populate: AtomicBool::new(true),
                    together: AtomicBool::new(true),
                };
            }
            slots /= 2;
            if slots < LEAST_SLOTS {
                crate::panic::fatal("cannot reserve address space for task stacks");
            }
        }
    }

    /// Slots that nobody has used, prepared: so many, or as many as are left.
    pub(crate) fn take_slots(&self, wanted: usize) -> Slots {
        // ORDER: Relaxed; a ticket counter.
        let first = self.used.fetch_add(wanted, Ordering::Relaxed);
        let count = wanted.min(self.slots.saturating_sub(first));
        let base = self.base + first * SLOT;
        self.guard(base, count);
        self.populate(base, count);
        Slots { next: base, end: base + count * SLOT }
    }

    /// Asking for pages takes a fifth less than the faults at their first touches, and together a third.
    fn populate(&self, base: usize, count: usize) {
        // ORDER: Relaxed, both; a wrong guess costs one failing call.
        if self.populate.load(Ordering::Relaxed)
            && self.advise(base + SLOT - PAGE, count, MADV_POPULATE_WRITE) < count
        {
            self.populate.store(false, Ordering::Relaxed);
        }
    }

    fn guard(&self, base: usize, count: usize) {
        let mut guarded = 0;
        // ORDER: Relaxed, both; a wrong guess costs one failing call.
        if self.guard_install.load(Ordering::Relaxed) {
            guarded = self.advise(base, count, MADV_GUARD_INSTALL);
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

    /// Gives advice on a page in each of so many slots, `page` in the first; for how many the system has taken it.
    fn advise(&self, page: usize, count: usize, advice: i32) -> usize {
        // ORDER: Relaxed; a wrong guess costs one failing call.
        let many = count > 1 && self.together.load(Ordering::Relaxed);
        let mut taken = if many { self.advise_together(page, count, advice) } else { 0 };
        while taken < count {
            let page = (page + taken * SLOT) as *mut libc::c_void;
            // SAFETY: the page is the caller's; it holds nothing, and is not taken away.
            if unsafe { libc::madvise(page, PAGE, advice) } != 0 {
                break;
            }
            taken += 1;
        }
        taken
    }

    /// The same in one call, for some of them.
    fn advise_together(&self, page: usize, count: usize, advice: i32) -> usize {
        let pages: [libc::iovec; MOST_TOGETHER] = std::array::from_fn(|index| libc::iovec {
            iov_base: (page + index * SLOT) as *mut libc::c_void,
            iov_len: PAGE,
        });
        let count = count.min(MOST_TOGETHER);
        // SAFETY: the first `count` pages are the caller's, as in `advise`.
        let bytes =
            unsafe { libc::syscall(libc::SYS_process_madvise, PIDFD_SELF, pages.as_ptr(), count, advice, 0) };
        if bytes < 0 && io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            // ORDER: Relaxed; see `advise`.
            self.together.store(false, Ordering::Relaxed);
        }
        usize::try_from(bytes).map_or(0, |bytes| bytes / PAGE)
    }

    /// Whether an address is a stack guard.
    pub(crate) fn is_guard(&self, address: usize) -> bool {
        let offset = address.wrapping_sub(self.base);
        offset < self.slots * SLOT && offset % SLOT < PAGE
    }

    /// Lowest address of the slot that an address in the region belongs to.
    pub(crate) fn slot_of(&self, address: usize) -> usize {
        address - (address - self.base) % SLOT
    }

    /// Lowest addresses of all slots handed out so far. In one that has not been used yet all is zero.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> {
        // ORDER: Relaxed; callers look when the world stands still.
        let used = self.used.load(Ordering::Relaxed).min(self.slots);
        let base = self.base;
        (0..used).map(move |index| base + index * SLOT)
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
        assert_eq!(region.slots().count(), 75);
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
        assert_eq!(region.slots().count(), region.slots);
    }
}
