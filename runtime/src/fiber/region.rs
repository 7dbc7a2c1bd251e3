//! Memory of fiber stacks: one reserved region, cut into slots.
//!
//! A slot is [`SLOT`] bytes of address space of which only touched pages cost memory. Its lowest page is a guard;
//! the [`FiberCell`](super::FiberCell) lies at its upper end, above the stack. Slots are handed out in order and
//! never returned to the system; free ones are kept in pools (`super::pool`). The memory of a slot is therefore
//! valid from its first use to the end of the process, which wake-ups and cancellation rely on.
//!
//! Guards are installed with `MADV_GUARD_INSTALL` (Linux 6.13). Older kernels get `mprotect`, which splits
//! mappings and hits `vm.max_map_count`, so only the first [`PROTECTED`] slots are guarded there; the compiled
//! stack check does not depend on guards.

use std::sync::OnceLock;

use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Address space per fiber.
pub(crate) const SLOT: usize = 64 * 1024;
/// The unit of the system's memory, and a slot's guard.
pub(crate) const PAGE: usize = 4096;
const MOST_SLOTS: usize = 1 << 20;
const PROTECTED: usize = 16_000;
const MADV_GUARD_INSTALL: i32 = 102;
const MADV_POPULATE_WRITE: i32 = 23;

pub(crate) struct Region {
    base: usize,
    slots: usize,
    used: AtomicUsize,
    guard_install: AtomicBool,
    populate: AtomicBool,
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
                // SAFETY: our mapping. A huge page would back 32 stacks at the first touch of one.
                unsafe { libc::madvise(base, slots * SLOT, libc::MADV_NOHUGEPAGE) };
                return Region {
                    base: base as usize,
                    slots,
                    used: AtomicUsize::new(0),
                    guard_install: AtomicBool::new(true),
                    populate: AtomicBool::new(true),
                };
            }
            slots /= 2;
            if slots < 64 {
                crate::panic::fatal("cannot reserve address space for task stacks");
            }
        }
    }

    /// Lowest address of a slot that nobody has used. Its highest page is there: asking for it takes a fifth less than the
    /// fault at the first touch.
    pub(crate) fn take_slot(&self) -> usize {
        // ORDER: Relaxed; a ticket counter.
        let index = self.used.fetch_add(1, Ordering::Relaxed);
        if index >= self.slots {
            crate::panic::fatal("too many blocked tasks: no address space left for their stacks");
        }
        let base = self.base + index * SLOT;
        self.guard(base, index);
        self.populate(base + SLOT - PAGE);
        base
    }

    fn populate(&self, page: usize) {
        // ORDER: Relaxed; a wrong guess costs one failing call.
        if self.populate.load(Ordering::Relaxed) {
            // SAFETY: the slot's own highest page.
            let failed = unsafe { libc::madvise(page as *mut libc::c_void, PAGE, MADV_POPULATE_WRITE) } != 0;
            if failed {
                self.populate.store(false, Ordering::Relaxed);
            }
        }
    }

    fn guard(&self, base: usize, index: usize) {
        let page = base as *mut libc::c_void;
        // ORDER: Relaxed; a wrong guess costs one failing call.
        if self.guard_install.load(Ordering::Relaxed) {
            // SAFETY: the slot's own lowest page.
            if unsafe { libc::madvise(page, PAGE, MADV_GUARD_INSTALL) } == 0 {
                return;
            }
            self.guard_install.store(false, Ordering::Relaxed);
        }
        if index < PROTECTED {
            // SAFETY: the slot's own lowest page.
            unsafe { libc::mprotect(page, PAGE, libc::PROT_NONE) };
        }
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

    /// Lowest addresses of all slots handed out so far.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> {
        // ORDER: Relaxed; callers look when the world stands still.
        let used = self.used.load(Ordering::Relaxed).min(self.slots);
        let base = self.base;
        (0..used).map(move |index| base + index * SLOT)
    }
}
