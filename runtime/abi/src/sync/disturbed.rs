//! Steps that lose time at random: before each operation of the facade a thread may give its time slice away, or be held up
//! for an instant, now and then for a long one.
//!
//! So what another thread can do between two operations happens, though there are but some instructions between them: where
//! the thread that disturbs a schedule (`WYN_YIELDS`) moves fibers and requests about, this holds up the runtime's own steps, with
//! the compiler's code and the processor's orders, which no model has. For tests alone, by `./dev disturb`; nothing that ships has it.
//!
//! The processor's clock is what is random: fast paths are inlined into programs, where there is no place for the state of a
//! generator; and as threads race, a seed would repeat nothing.

use core::arch::{asm, x86_64::_rdtsc};

/// One step in so many gives the time slice away.
const YIELDS: u64 = 256;
/// One step in so many is held up for an instant, of up to so many ticks.
const INSTANTS: u64 = 32;
const INSTANT: u64 = 1 << 11;
/// One step in so many is held up for long.
const DELAYS: u64 = 4096;
const DELAY: u64 = 1 << 17;

/// Another thread may get ahead here.
#[inline]
pub fn step() {
    // SAFETY: every processor that Wyn runs on has the clock, and Linux lets programs read it.
    let now = unsafe { _rdtsc() };
    // Some clocks count in steps of several ticks: the upper half of a product depends on all bits.
    let random = now.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24;
    let chance = random % DELAYS;
    if chance < DELAYS / INSTANTS + DELAYS / YIELDS {
        lose_time(now, chance, random / DELAYS);
    }
}

/// Loses time: how, `chance` says, how much of it `random`.
#[cold]
#[inline]
fn lose_time(start: u64, chance: u64, random: u64) {
    if chance >= DELAYS / INSTANTS {
        give_way();
        return;
    }
    let ticks = random % if chance == 0 { DELAY } else { INSTANT };
    // SAFETY: see `step`.
    while unsafe { _rdtsc() }.wrapping_sub(start) < ticks {
        core::hint::spin_loop();
    }
}

/// Gives the time slice away, without the C library: this is inlined into programs.
fn give_way() {
    const SCHED_YIELD: u64 = 24;
    // SAFETY: the call takes nothing, touches no memory of the process and always succeeds; the kernel's calling convention
    // leaves all registers but these three alone. The flags are clobbered by default.
    unsafe {
        asm!("syscall", inlateout("rax") SCHED_YIELD => _, lateout("rcx") _, lateout("r11") _, options(nostack));
    }
}
