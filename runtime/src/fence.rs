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
//!
//! In a model both halves are full fences, or, where the model asks for it, the dear half has the other threads pass a fence
//! when they come to their next step, as the kernel does, and the free half is nothing (`wyn_abi::sync::interrupts`).

use wyn_abi::sync::Ordering::SeqCst;
use wyn_abi::sync::fence;

#[cfg(wyn_loom)]
use crate::fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE, injected};

pub(crate) use kernel::available;

/// A full fence here and on every thread of the process that runs now; the others pass one before they run on. Only if it is
/// [`available`].
///
/// About 0.4 µs when the other threads sleep, 9 µs when one of them runs.
#[cold]
pub(crate) fn asym_heavy() {
    #[cfg(wyn_loom)]
    HEAVY_FENCES.with(|n| n.set(n.get() + 1));
    kernel::membarrier();
}

/// The half for what happens often.
#[inline(always)]
pub(crate) fn light() {
    #[cfg(wyn_loom)]
    if injected(NO_LIGHT_FENCE) {
        return;
    }
    if available() {
        kernel::partner();
    } else {
        // ORDER: SeqCst; pairs with the fence in `heavy`.
        fence(SeqCst);
    }
}

/// The half for what happens seldom.
#[cold]
pub(crate) fn heavy() {
    #[cfg(wyn_loom)]
    if injected(NO_HEAVY_FENCE) {
        return;
    }
    if available() {
        asym_heavy();
    } else {
        // ORDER: SeqCst; pairs with the fence in `light`.
        fence(SeqCst);
    }
}

#[cfg(wyn_loom)]
std::thread_local! {
    /// How often the fence was wanted in this run of the model.
    pub(crate) static HEAVY_FENCES: core::cell::Cell<u32> = const { core::cell::Cell::new(0) };
}

/// What models have in the kernel's place.
#[cfg(wyn_loom)]
mod kernel {
    use wyn_abi::sync::Ordering::SeqCst;
    use wyn_abi::sync::{fence, interrupts};

    use crate::fault::{NO_MEMBARRIER, injected};

    pub(crate) fn available() -> bool {
        !injected(NO_MEMBARRIER)
    }

    pub(super) fn membarrier() {
        if interrupts::wanted() {
            interrupts::interrupt_others();
        } else {
            fence(SeqCst);
        }
    }

    pub(super) fn partner() {
        if !interrupts::wanted() {
            fence(SeqCst);
        }
    }
}

#[cfg(not(wyn_loom))]
mod kernel {
    use core::sync::atomic::Ordering::{Relaxed, SeqCst};
    use core::sync::atomic::{AtomicU8, compiler_fence};

    const UNKNOWN: u8 = 0;
    const REFUSED: u8 = 1;
    const REGISTERED: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

    /// Whether the kernel has accepted this process. It is asked once.
    #[inline]
    pub(crate) fn available() -> bool {
        // ORDER: Relaxed; the state guards no other memory, and asking twice does no harm.
        STATE.load(Relaxed) == REGISTERED || may_register()
    }

    /// Asks the kernel, unless it has refused.
    #[cold]
    #[inline(never)]
    fn may_register() -> bool {
        // ORDER: Relaxed; as in `available`.
        STATE.load(Relaxed) != REFUSED && register()
    }

    fn register() -> bool {
        let accepted = call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
        // ORDER: Relaxed; as above.
        STATE.store(if accepted { REGISTERED } else { REFUSED }, Relaxed);
        accepted
    }

    fn call(command: libc::c_int) -> bool {
        // SAFETY: a system call without pointers.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// The kernel passes a full fence on the calling thread too, when it is entered and when it returns: all that is to be
    /// kept from moving across is what the compiler moves. (It passes none where there is no other thread, or one processor,
    /// and nobody who could see an order.)
    pub(super) fn membarrier() {
        compiler_fence(SeqCst);
        if !call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
            // Once registered the command has no reason to fail, and going on would lose wake-ups.
            std::process::abort();
        }
        compiler_fence(SeqCst);
    }

    /// The free half: the processor's part is done by the other thread's [`membarrier`].
    #[inline(always)]
    pub(super) fn partner() {
        compiler_fence(SeqCst);
    }
}
