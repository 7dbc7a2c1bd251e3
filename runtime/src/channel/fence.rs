//! The dear half of the asymmetric fence: a full fence on every running thread of the process.
//!
//! The free half is `wyn_hot::channel::asym_light`. A thread that publishes, passes the free half and reads, and a
//! thread that registers, passes the dear half and reads: at least one of them sees what the other wrote. That is
//! what two sequentially consistent fences promise; membarrier moves the whole cost to the second thread.
//!
//! Where the kernel refuses membarrier, [`available`] is false and no fiber ever becomes owner of a side: every
//! operation then takes the lock, and no asymmetric fence is wanted.

#[cfg(wyn_loom)]
mod imp {
    use core::cell::Cell;

    std::thread_local! {
        /// How often the fence was wanted in this run of the model.
        pub(crate) static HEAVY_FENCES: Cell<u32> = const { Cell::new(0) };
    }

    pub(crate) fn available() -> bool {
        true
    }

    pub(crate) fn asym_heavy() {
        HEAVY_FENCES.with(|n| n.set(n.get() + 1));
        wyn_abi::sync::fence(wyn_abi::sync::Ordering::SeqCst);
    }
}

#[cfg(not(wyn_loom))]
mod imp {
    use core::sync::atomic::Ordering::Relaxed;
    use core::sync::atomic::{AtomicU8, fence};

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
        fence(core::sync::atomic::Ordering::SeqCst);
        if !membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
            // Once registered the command has no reason to fail, and going on would lose wake-ups.
            std::process::abort();
        }
    }
}

#[cfg(all(test, wyn_loom))]
pub(crate) use imp::HEAVY_FENCES;
pub(crate) use imp::{asym_heavy, available};

/// The free half where there is an asymmetric fence, else a full one. Its partner is [`heavy`].
#[inline]
#[cfg(not(wyn_loom))]
pub(crate) fn light() {
    if available() {
        wyn_hot::channel::asym_light();
    } else {
        // ORDER: SeqCst; pairs with the fence in `heavy` (not modelled: models have such fences for both halves).
        wyn_abi::sync::fence(wyn_abi::sync::Ordering::SeqCst);
    }
}

/// The dear half where there is an asymmetric fence, else a full one.
#[cfg(not(wyn_loom))]
pub(crate) fn heavy() {
    if available() {
        asym_heavy();
    } else {
        // ORDER: SeqCst; pairs with the fence in `light` (not modelled: models have such fences for both halves).
        wyn_abi::sync::fence(wyn_abi::sync::Ordering::SeqCst);
    }
}
