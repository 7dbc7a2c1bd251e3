//! The slow rows of the ABI table: the operations on the shipping scheduler, and what a failed one does to its task.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::missing_safety_doc,
    reason = "exported to compiled code; the rows of the ABI table are the documentation"
)]

use core::slice;
use std::format;

use wyn_abi::channel::{Channel, ElemDescriptor, sig};
use wyn_abi::select::{ARM_SEND, SELECT_ENDED, SELECT_OTHERWISE, SELECT_SENDS, SelectArm};
use wyn_abi::sync::Ordering;
use wyn_abi::{Fiber, Location, check_slow_rows};
use wyn_hot::ablation::{EXCLUSIVE, left_out};

use super::fibers::Fibers;
use super::life::{self, BadCapacity, End};
use super::operate::{self, Received, Sent};
use super::rendezvous;
use super::select::{self, Chosen};
use crate::fiber::FiberCell;
use crate::leaks;
use crate::leaks::registry::{self, What};
use crate::object::walk::{Reached, traced};
use crate::panic::{fatal, panic_with};
use crate::sched::parking;
use crate::task::failure::Stop;
use crate::task::latent;
use crate::unwind::{self, Cause};

wyn_abi::channel_rows!(check_slow_rows);

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_channel_new(
    fiber: *mut Fiber,
    elem: *const ElemDescriptor,
    capacity: i64,
    at: *const Location,
) -> *mut Channel {
    // SAFETY: descriptors and locations are static.
    unsafe {
        match life::create(elem, capacity) {
            Ok(channel) => {
                (*channel).made_at.set(at);
                if leaks::registers() {
                    registry::made(fiber, What::Channel, channel as usize);
                }
                if left_out((*fiber).worker, EXCLUSIVE) {
                    // ORDER: Relaxed, both; nobody else knows the channel.
                    (*channel).tx.exclusive.store(false, Ordering::Relaxed);
                    (*channel).rx.exclusive.store(false, Ordering::Relaxed);
                }
                channel
            }
            Err(BadCapacity::Negative) => {
                panic_with(fiber, at, || format!("the capacity of a channel is negative: {capacity}"))
            }
            Err(BadCapacity::NoMemory) => fatal("out of memory"),
            Err(BadCapacity::TooLarge) => {
                panic_with(fiber, at, || format!("the capacity of a channel is too large: {capacity}"))
            }
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_send(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    at: *const Location,
) {
    // SAFETY: the caller holds a sender, and the element is ours unless it has passed.
    unsafe {
        parking::waits_at(fiber, at);
        if operate::is_rendezvous::<Fibers>(fiber, channel) {
            send_to_rendezvous(fiber, channel, elem, at)
        } else {
            send_buffered(fiber, channel, elem, at)
        }
    }
}

/// [`wyn_slow_send`] of a channel that holds something. This and the three like it run in place of the row, not on top of it: so but
/// one return follows a switch, and what parks at a rendezvous has no more stack in use than that needs.
#[inline(never)]
unsafe extern "C-unwind" fn send_buffered(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    at: *const Location,
) {
    // SAFETY: the contract is the same.
    unsafe {
        let sent = operate::send_buffered::<Fibers>(fiber, channel, elem, true);
        if sent != Sent::Done {
            fail_send(fiber, channel, elem, at, sent);
        }
    }
}

/// [`wyn_slow_send`] of a rendezvous.
#[inline(never)]
unsafe extern "C-unwind" fn send_to_rendezvous(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    at: *const Location,
) {
    // SAFETY: the contract is the same.
    unsafe {
        let sent = rendezvous::send::<Fibers>(fiber, channel, elem, true);
        if sent != Sent::Done {
            fail_send(fiber, channel, elem, at, sent);
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_select(
    fiber: *mut Fiber,
    arms: *mut SelectArm,
    count: u32,
    mode: u32,
    at: *const Location,
) -> i64 {
    // SAFETY: the caller keeps the row's contract; whatever `select` has not passed is still ours to drop.
    unsafe {
        parking::waits_at(fiber, at);
        let chosen = select::select::<Fibers>(fiber, arms, count as usize, mode);
        let arms = slice::from_raw_parts(arms, count as usize);
        let sends = if mode & SELECT_SENDS == 0 { &[] } else { arms };
        for (number, arm) in sends.iter().enumerate() {
            if arm.kind == ARM_SEND
                && chosen != Chosen::Arm(number)
                && let Some(drop) = (*(*arm.channel()).elem).drop
            {
                drop(fiber, arm.slot);
            }
        }
        match chosen {
            Chosen::Arm(number) => number as i64,
            Chosen::Otherwise => SELECT_OTHERWISE,
            Chosen::Ended => SELECT_ENDED,
            Chosen::Nothing => panic_with(fiber, at, || "no arm of this `select` can ever be ready".into()),
            Chosen::SendClosed(arm) => {
                panic_closed(fiber, arms[arm].at, life::closed_at(arms[arm].channel()))
            }
            Chosen::Cancelled => unwind::cancel(fiber),
        }
    }
}

/// Drops the element and unwinds the task. Nobody being left to receive is no mistake of the sender's: it ends as a
/// writer to a broken pipe does.
#[cold]
unsafe fn fail_send(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
    at: *const Location,
    sent: Sent,
) -> ! {
    // SAFETY: the element has not passed; the caller's sender keeps the channel alive until it unwinds.
    unsafe {
        let closed_at = life::closed_at(channel);
        if let Some(drop) = (*(*channel).elem).drop {
            drop(fiber, elem);
        }
        match sent {
            Sent::Closed => panic_closed(fiber, at, closed_at),
            Sent::Deserted if is_main(fiber) => {
                panic_with(fiber, at, || "send on a channel that has no receiver left".into())
            }
            Sent::Deserted => {
                let stop = Stop { reason: Stop::DESERTED, at: at.as_ref() };
                unwind::raise(fiber, Cause::Cancelled(stop, std::ptr::null()))
            }
            _ => unwind::cancel(fiber),
        }
    }
}

/// Panics because of a send on a channel that `close()` was called for, or that has no sender left.
#[cold]
unsafe fn panic_closed(fiber: *mut Fiber, at: *const Location, closed_at: *const Location) -> ! {
    // SAFETY: the caller is running; locations are static.
    unsafe {
        panic_with(fiber, at, || match closed_at.as_ref().filter(|at| at.line != 0) {
            Some(closed) => format!(
                "send on a channel that was closed at {}:{}:{}",
                closed.file.as_str(),
                closed.line,
                closed.column
            ),
            None => "send on a closed channel".into(),
        })
    }
}

/// Whether the running task is `main`, which nothing cancels quietly.
unsafe fn is_main(fiber: *mut Fiber) -> bool {
    // SAFETY: the fiber runs.
    let task = unsafe {
        latent::record(FiberCell::of(fiber));
        (*fiber).task
    };
    // ORDER: Relaxed; written before the task began.
    crate::sched::runtime().is_some_and(|runtime| runtime.main.load(wyn_abi::sync::Ordering::Relaxed) == task)
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_recv(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
    at: *const Location,
) -> bool {
    // SAFETY: the caller holds a receiver, and there is room.
    unsafe {
        parking::waits_at(fiber, at);
        if operate::is_rendezvous::<Fibers>(fiber, channel) {
            recv_from_rendezvous(fiber, channel, out)
        } else {
            recv_buffered(fiber, channel, out)
        }
    }
}

/// [`wyn_slow_recv`] of a channel that holds something; as [`send_buffered`].
#[inline(never)]
unsafe extern "C-unwind" fn recv_buffered(fiber: *mut Fiber, channel: *mut Channel, out: *mut u8) -> bool {
    // SAFETY: the contract is the same.
    unsafe { received(fiber, operate::recv_buffered::<Fibers>(fiber, channel, out, true)) }
}

/// [`wyn_slow_recv`] of a rendezvous.
#[inline(never)]
unsafe extern "C-unwind" fn recv_from_rendezvous(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
) -> bool {
    // SAFETY: the contract is the same.
    unsafe { received(fiber, rendezvous::recv::<Fibers>(fiber, channel, out, true)) }
}

/// Whether there is an element.
#[inline(always)]
unsafe fn received(fiber: *mut Fiber, received: Received) -> bool {
    match received {
        Received::Done => true,
        Received::Closed | Received::Empty => false,
        // SAFETY: the fiber runs.
        Received::Cancelled => unsafe { unwind::cancel(fiber) },
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_try_send(
    fiber: *mut Fiber,
    channel: *mut Channel,
    elem: *mut u8,
) -> bool {
    // SAFETY: the caller holds a sender.
    unsafe { operate::send::<Fibers>(fiber, channel, elem, false) == Sent::Done }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_try_recv(
    fiber: *mut Fiber,
    channel: *mut Channel,
    out: *mut u8,
) -> bool {
    // SAFETY: the caller holds a receiver, and there is room.
    unsafe { operate::recv::<Fibers>(fiber, channel, out, false) == Received::Done }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_channel_refuses(channel: *mut Channel) -> bool {
    // SAFETY: the caller holds a sender.
    unsafe { life::refuses(channel) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_channel_is_drained(channel: *mut Channel) -> bool {
    // SAFETY: the caller holds a receiver.
    unsafe { life::is_drained(channel) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_signal(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the caller holds a handle.
    unsafe { operate::signal::<Fibers>(fiber, channel) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_sender_release(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the caller gives a sender up.
    unsafe { life::release_sender::<Fibers>(fiber, channel) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_receiver_release(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the caller gives a receiver up.
    unsafe { life::release_receiver::<Fibers>(fiber, channel) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_sender_share(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the caller holds a sender.
    unsafe {
        if !traced(fiber, Reached::Sender(channel)) {
            life::share(channel, End::Tx);
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_receiver_share(fiber: *mut Fiber, channel: *mut Channel) {
    // SAFETY: the caller holds a receiver.
    unsafe {
        if !traced(fiber, Reached::Receiver(channel)) {
            life::share(channel, End::Rx);
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_channel_close(
    fiber: *mut Fiber,
    channel: *mut Channel,
    at: *const Location,
) {
    // SAFETY: the caller holds a handle; locations are static.
    unsafe { life::close::<Fibers>(fiber, channel, at) }
}
