//! Asymmetric fences: one half is free, the other is a full fence on every running thread of the process.
//!
//! A thread that stores, passes the free half and loads, and a thread that stores, passes the dear half and loads: at
//! least one of them sees what the other stored. That is what two sequentially consistent fences promise; membarrier
//! moves the whole cost to the second thread.
//!
//! Two pairs, for where the kernel refuses membarrier ([`available`] is false):
//!
//! * `wyn_hot::channel::asym_light` and [`asym_heavy`]: the owners of channels. There is no owner without membarrier: every
//!   operation then takes the lock, and the fence is not asked for.
//! * [`light`] and [`heavy`]: the scheduler, which has no other way. Without membarrier both are full fences.

#[cfg(wyn_loom)]
mod imp {
    use core::cell::Cell;

    use crate::fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE, injected};
    use wyn_abi::sync::Ordering::SeqCst;
    use wyn_abi::sync::fence;

    std::thread_local! {
        /// How often the fence was wanted in this run of the model.
        pub(crate) static HEAVY_FENCES: Cell<u32> = const { Cell::new(0) };
    }

    pub(crate) fn available() -> bool {
        true
    }

    pub(crate) fn asym_heavy() {
        HEAVY_FENCES.with(|n| n.set(n.get() + 1));
        fence(SeqCst);
    }

    pub(crate) fn light() {
        if !injected(NO_LIGHT_FENCE) {
            fence(SeqCst);
        }
    }

    pub(crate) fn heavy() {
        if !injected(NO_HEAVY_FENCE) {
            fence(SeqCst);
        }
    }
}

#[cfg(not(wyn_loom))]
mod imp {
    use core::sync::atomic::Ordering::{Relaxed, SeqCst};
    use core::sync::atomic::{AtomicU8, compiler_fence, fence};

    const UNKNOWN: u8 = 0;
    const REFUSED: u8 = 1;
    const REGISTERED: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

    /// Whether [`asym_heavy`] may be called: the kernel has accepted this process. Asked of the kernel once.
    #[inline]
    pub(crate) fn available() -> bool {
        // ORDER: Relaxed; the state guards no other memory, and asking twice does no harm.
        match STATE.load(Relaxed) {
            REGISTERED => true,
            REFUSED => false,
            _ => register(),
        }
    }

    #[cold]
    fn register() -> bool {
        let accepted = membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
        STATE.store(if accepted { REGISTERED } else { REFUSED }, Relaxed);
        accepted
    }

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: a system call without pointers.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// A full fence here and on every thread of the process that runs now; the others pass one before they run on.
    ///
    /// About 0.4 µs when the other threads sleep, 9 µs when one of them runs.
    #[cold]
    pub(crate) fn asym_heavy() {
        // ORDER: SeqCst; pairs with what the kernel does on the other threads (not modelled: loom has no membarrier;
        // `litmus` tries both halves on the machine).
        fence(SeqCst);
        if !membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
            // Once registered the command has no reason to fail, and going on would lose wake-ups.
            std::process::abort();
        }
    }

    /// The half for what happens often.
    #[inline(always)]
    pub(crate) fn light() {
        if available() {
            compiler_fence(SeqCst);
        } else {
            // ORDER: SeqCst; pairs with the fence in `heavy` (not modelled: in a model the halves are such fences).
            fence(SeqCst);
        }
    }

    /// The half for what happens seldom.
    #[cold]
    pub(crate) fn heavy() {
        if available() {
            asym_heavy();
        } else {
            // ORDER: SeqCst; pairs with the fence in `light` (not modelled: as there).
            fence(SeqCst);
        }
    }
}

#[cfg(all(test, wyn_loom))]
pub(crate) use imp::HEAVY_FENCES;
pub(crate) use imp::{asym_heavy, available, heavy, light};
