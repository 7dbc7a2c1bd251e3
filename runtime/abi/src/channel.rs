//! Channels as compiled code sees them: the layout that the inlined fast paths touch, and the rows of the
//! exported functions.
//!
//! A channel is one block of memory: four cache lines of [`Channel`], then the ring of slots. The slots of a channel
//! without limit lie in [`Segment`]s instead, as many as it needs. How the parts work together, and why that is right, is told in `runtime/src/channel/README.md`; what follows is who may touch what.
//!
//! | field | written by | read by |
//! |---|---|---|
//! | `elem`, `capacity`, `mask`, `made_at` | creation | anyone |
//! | `side.index` | whoever *acts for* that side | anyone |
//! | `side.peer_seen`, `side.slots` | who acts for that side | the same |
//! | `side.owner` | a holder of the lock | anyone; the fast path compares it with its fiber |
//! | `patience`, `used_at` | a holder of the lock | anyone |
//! | `side.peer_waiting` | a holder of the lock | anyone; the fast path after its own publication |
//! | `side.exclusive` | a holder of the lock; only ever cleared | anyone |
//! | `side.handles` | atomically, by holders of a handle | the same |
//! | everything else | a holder of the lock | a holder of the lock |
//!
//! *Acting for a side* means moving its index. These act for the sending side (the receiving side is its mirror):
//! the fiber that `owner` names, without the lock; and a holder of the lock, if the side is not exclusive, or if it
//! is the side's user itself, or if that user is parked on this channel, or if the side has no user any more.

use core::cell::Cell;
use core::ptr;

use crate::fiber::Fiber;
use crate::object::ContentFn;
use crate::program::{Location, StaticText};
use crate::select::SelectArm;
use crate::spin::SpinLock;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU16, AtomicU32, AtomicUsize, Ordering};

/// The most elements a channel may be asked to hold.
pub const MAX_CAPACITY: i64 = 1 << 40;
/// The capacity that stands for no limit.
pub const UNBOUNDED: i64 = i64::MAX;

/// In place of an owner: the one there was has lost the side, and its user has not been here since. No fiber has this
/// address.
pub const DISOWNED: *mut Fiber = ptr::without_provenance_mut(1);

/// The elements of a channel: one static for each element type.
#[repr(C)]
pub struct ElemDescriptor {
    /// Bytes of one element; a multiple of its alignment, which is at most 8.
    pub size: usize,
    /// Drops one element; none when it is free of pointers.
    pub drop: Option<ContentFn>,
    /// Marks what one element reaches as shared; none when it is free of pointers.
    pub mark: Option<ContentFn>,
    /// The type as the source writes it.
    pub name: StaticText,
}

// SAFETY: static data that nobody writes.
unsafe impl Sync for ElemDescriptor {}

/// One end of a channel: what senders share, or what receivers share. Has a cache line of its own.
#[repr(C, align(64))]
pub struct Side {
    /// Elements that have passed this side so far; wraps. The slot is `index & mask`.
    pub index: AtomicUsize,
    /// The other side's index as this side saw it last: never ahead of it. Of a channel without limit, up to where the
    /// side may go on without the lock: the senders' has the first index of their segment, the receivers' is not beyond
    /// the end of theirs.
    pub peer_seen: AtomicUsize,
    /// Where the slots are that the index goes through now; null for none yet.
    pub slots: Cell<*mut u8>,
    /// The fiber that may act for this side without the lock; null for none, [`DISOWNED`] for one that may be in the
    /// middle of its last operation.
    pub owner: AtomicPtr<Fiber>,
    /// The other side wants to hear of what this side does: a peer is parked, or (on the sending side) receiving
    /// has ended. Looked at after each publication.
    pub peer_waiting: AtomicBool,
    /// There is one route to this side, so its user may become `owner`. Once cleared it stays cleared.
    pub exclusive: AtomicBool,
    /// The index, its low half, at which the side lost its last owner to a fence; 0 before.
    pub disowned_at: Cell<u32>,
    /// Handles to this side.
    pub handles: AtomicUsize,
}

/// The parked users of a side.
#[repr(C)]
pub struct Waiters {
    /// Who came first; null for nobody.
    pub first: Cell<*mut Waiter>,
    /// Who came last.
    pub last: Cell<*mut Waiter>,
}

impl Waiters {
    fn new() -> Self {
        Self { first: Cell::new(ptr::null_mut()), last: Cell::new(ptr::null_mut()) }
    }

    /// Whether nobody waits.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.first.get().is_null()
    }
}

impl Side {
    fn new() -> Self {
        Self {
            index: AtomicUsize::new(0),
            peer_seen: AtomicUsize::new(0),
            slots: Cell::new(ptr::null_mut()),
            owner: AtomicPtr::new(ptr::null_mut()),
            peer_waiting: AtomicBool::new(false),
            exclusive: AtomicBool::new(true),
            disowned_at: Cell::new(0),
            handles: AtomicUsize::new(1),
        }
    }
}

/// Slots of a channel without limit: so many as its mask says, behind this header.
#[repr(C)]
pub struct Segment {
    /// The one that was filled after this one.
    pub next: Cell<*mut Segment>,
    /// The chunk of memory that it was cut from; null when the allocator gave it.
    pub chunk: *mut Chunk,
    /// What loom watches.
    #[cfg(wyn_loom)]
    pub shadow: shadow::Shadow,
}

impl Segment {
    /// The slots of a segment.
    ///
    /// # Safety
    /// It is alive.
    pub unsafe fn slots(this: *mut Self) -> *mut u8 {
        // SAFETY: the slots follow the header in the same block.
        unsafe { this.add(1).cast() }
    }

    /// The segment that has these slots.
    ///
    /// # Safety
    /// They are those of a segment.
    pub unsafe fn of(slots: *mut u8) -> *mut Self {
        // SAFETY: the header precedes the slots in the same block.
        unsafe { slots.cast::<Self>().sub(1) }
    }
}

/// The beginning of a piece of memory that many segments are cut from.
#[repr(C)]
pub struct Chunk {
    /// Segments that were cut from it so far.
    pub cut: Cell<usize>,
    /// Those of them that were not given back.
    pub alive: Cell<usize>,
}

/// A fiber that is parked on one side of a channel. Lies beside that fiber at a rendezvous, else on its stack; guarded by the
/// channel's lock while it is linked.
#[repr(C)]
pub struct Waiter {
    /// Who waits.
    pub fiber: *mut Fiber,
    /// Of a sender, the element; of a receiver, where the element goes.
    pub slot: *mut u8,
    /// The next in the list.
    pub next: Cell<*mut Waiter>,
    /// The one before.
    pub prev: Cell<*mut Waiter>,
    /// Whether it is in a list.
    pub linked: Cell<bool>,
    /// What became of the operation; see `wyn_runtime::channel::waiter::Outcome`.
    pub outcome: Cell<u8>,
}

/// The header of a channel. The ring follows it in the same block. What the lock guards of a channel that holds nothing lies
/// beside the lock.
#[repr(C, align(64))]
pub struct Channel {
    /// What the elements are.
    pub elem: *const ElemDescriptor,
    /// How many elements fit; 0 for a rendezvous; without limit, how many fit into a segment.
    pub capacity: usize,
    /// Slots in the ring less one; the ring is the power of two that is not below `capacity`.
    pub mask: usize,
    /// It has no limit.
    pub unbounded: bool,
    /// Where it was made, for reports; null when nobody knows. Written before anybody else has a handle.
    pub made_at: Cell<*const Location>,
    /// Where `close()` was called; null otherwise.
    pub closed_at: Cell<*const Location>,
    /// The next channel on a thread's list of deserted ones.
    pub next_deserted: Cell<*mut Channel>,
    /// Without limit: the first segment of all, where the receivers begin.
    pub first_segment: Cell<*mut Segment>,
    /// The sending end.
    pub tx: Side,
    /// The receiving end.
    pub rx: Side,
    /// Guards what the table says.
    pub lock: SpinLock,
    /// Nothing may be sent any more: `close()` was called, or the last sender has gone.
    pub closed: Cell<bool>,
    /// The worker under which a send or a receive that may wait took the lock last, a guess.
    pub used_at: AtomicU16,
    /// How long the last one who found the lock taken has waited between two looks, in the processor's ticks.
    pub patience: AtomicU32,
    /// Without limit: the segments there are.
    pub segments: Cell<u32>,
    /// A receiver was told that the channel is closed and empty: what is still in the ring is to be dropped.
    pub drained: Cell<bool>,
    /// The last receiver has gone.
    pub deserted: Cell<bool>,
    /// The senders' part of the teardown is done.
    pub tx_done: Cell<bool>,
    /// The receivers' part of the teardown is done.
    pub rx_done: Cell<bool>,
    /// Senders that are parked.
    pub tx_waiters: Waiters,
    /// Receivers that are parked.
    pub rx_waiters: Waiters,
    /// Without limit: a segment that nobody uses now, if there is one.
    pub spare: Cell<*mut Segment>,
    /// Without limit: the chunk that segments are cut from, if there is one.
    pub chunk: Cell<*mut Chunk>,
    /// What loom watches: the slots of the ring.
    #[cfg(wyn_loom)]
    pub shadow: shadow::Shadow,
    /// The same: the block, which handles use and the last of them frees.
    #[cfg(wyn_loom)]
    pub block: shadow::Shadow,
}

impl Channel {
    /// An empty channel with one sender and one receiver. Without limit, `capacity` is that of a segment, and a power
    /// of two.
    pub fn new(elem: *const ElemDescriptor, capacity: usize, unbounded: bool) -> Self {
        let ring = ring_size(capacity);
        let tx = Side::new();
        if unbounded {
            // The senders have no segment yet: they are at the end of one.
            // ORDER: Relaxed; nobody else has the channel yet.
            tx.peer_seen.store(0usize.wrapping_sub(capacity), Ordering::Relaxed);
        }
        Self {
            elem,
            capacity,
            mask: ring.wrapping_sub(1),
            unbounded,
            made_at: Cell::new(ptr::null()),
            closed_at: Cell::new(ptr::null()),
            next_deserted: Cell::new(ptr::null_mut()),
            first_segment: Cell::new(ptr::null_mut()),
            tx,
            rx: Side::new(),
            lock: SpinLock::new(),
            closed: Cell::new(false),
            used_at: AtomicU16::new(0),
            patience: AtomicU32::new(0),
            segments: Cell::new(0),
            drained: Cell::new(false),
            deserted: Cell::new(false),
            tx_done: Cell::new(false),
            rx_done: Cell::new(false),
            tx_waiters: Waiters::new(),
            rx_waiters: Waiters::new(),
            spare: Cell::new(ptr::null_mut()),
            chunk: Cell::new(ptr::null_mut()),
            #[cfg(wyn_loom)]
            shadow: shadow::Shadow::new(ring),
            #[cfg(wyn_loom)]
            block: shadow::Shadow::new(1),
        }
    }

    /// Address of the slot that an index stands for, on one of its sides.
    ///
    /// # Safety
    /// The elements of the channel have `elem_size` bytes, and the side has slots for the index.
    #[inline(always)]
    pub unsafe fn slot(&self, side: &Side, index: usize, elem_size: usize) -> *mut u8 {
        // SAFETY: the mask keeps the slot inside the ring or segment.
        unsafe { side.slots.get().add((index & self.mask) * elem_size) }
    }
}

/// Slots for a capacity: the least power of two that holds it, and one slot for a rendezvous, which uses none.
pub const fn ring_size(capacity: usize) -> usize {
    if capacity == 0 { 1 } else { capacity.next_power_of_two() }
}

/// What loom watches in place of what it cannot: an access to a slot also accesses a cell of its own.
#[cfg(wyn_loom)]
pub mod shadow {
    extern crate std;
    use loom::cell::UnsafeCell;

    /// One cell for each slot of a ring or segment.
    pub struct Shadow {
        slots: std::vec::Vec<UnsafeCell<()>>,
    }

    impl Shadow {
        /// For a power of two of slots.
        pub fn new(slots: usize) -> Self {
            Self { slots: (0..slots).map(|_| UnsafeCell::new(())).collect() }
        }

        /// A write of the slot of this index.
        pub fn write(&self, index: usize) {
            self.slots[index & (self.slots.len() - 1)].with_mut(|_| ());
        }

        /// A read of the slot of this index.
        pub fn read(&self, index: usize) {
            self.slots[index & (self.slots.len() - 1)].with(|_| ());
        }
    }
}

/// The rows of channels; the argument is the macro that receives them.
///
/// Whoever sends an element has marked it before (`mark` of its type, which the compiler knows), so that the fast
/// path calls nothing. A handle that is handed over needs no mark; a handle that a shared object reaches has been
/// given to `wyn_sender_share` or `wyn_receiver_share`.
#[macro_export]
macro_rules! channel_rows {
    ($callback:ident) => { $callback! {
        /// A channel, with one sender and one receiver handle. Panics when the capacity is negative or absurd.
        slow fn wyn_channel_new(fiber: *mut Fiber, elem: *const ElemDescriptor, capacity: i64, at: *const Location) -> *mut Channel [unwinds allocates];
        /// Sends the element behind the pointer. Waits while the channel is full. Panics after `close()`; cancels the
        /// task when no receiver is left. The element is gone in any case.
        hot fn wyn_send(fiber: *mut Fiber, channel: *mut Channel, own elem: *mut u8, elem_size: usize, at: *const Location) [suspends unwinds];
        /// Receives an element into `out`; false once the channel is closed and drained. Waits while it is empty.
        hot fn wyn_recv(fiber: *mut Fiber, channel: *mut Channel, out: *mut u8, elem_size: usize, at: *const Location) -> bool [suspends unwinds];
        /// Sends if that needs no waiting: false and the element is gone, or true and it is in `out`.
        hot fn wyn_try_send(fiber: *mut Fiber, channel: *mut Channel, own elem: *mut u8, out: *mut u8, elem_size: usize) -> bool [];
        /// Receives if that needs no waiting: true and the element is in `out`, or false.
        hot fn wyn_try_recv(fiber: *mut Fiber, channel: *mut Channel, out: *mut u8, elem_size: usize) -> bool [];
        /// Whether nothing can be sent any more: the channel is closed, or no receiver is left.
        slow fn wyn_channel_refuses(channel: *mut Channel) -> bool [];
        /// Whether a receiver was told that nothing will come any more; of a `wyn_try_recv` too.
        slow fn wyn_channel_is_drained(channel: *mut Channel) -> bool [];
        /// Elements that are in the channel now.
        hot fn wyn_channel_len(channel: *mut Channel) -> i64 [];
        /// Elements that fit.
        hot fn wyn_channel_capacity(channel: *mut Channel) -> i64 [];
        /// One more sender.
        hot fn wyn_sender_retain(fiber: *mut Fiber, channel: *mut Channel) [];
        /// One sender less; the last one closes the channel.
        slow fn wyn_sender_release(fiber: *mut Fiber, own channel: *mut Channel) [];
        /// One more receiver.
        hot fn wyn_receiver_retain(fiber: *mut Fiber, channel: *mut Channel) [];
        /// One receiver less; after the last one, elements are dropped and senders cancelled.
        slow fn wyn_receiver_release(fiber: *mut Fiber, own channel: *mut Channel) [];
        /// A shared object reaches this sender, so that it may have several users without a second handle.
        slow fn wyn_sender_share(fiber: *mut Fiber, channel: *mut Channel) [];
        /// A shared object reaches this receiver, so that it may have several users without a second handle.
        slow fn wyn_receiver_share(fiber: *mut Fiber, channel: *mut Channel) [];
        /// Ends sending, from either end. Again does nothing.
        slow fn wyn_channel_close(fiber: *mut Fiber, channel: *mut Channel, at: *const Location) [];

        /// Waits until one of the arms can go on, does its operation, and gives its number, `SELECT_OTHERWISE` or
        /// `SELECT_ENDED`; `mode` is of `SELECT_*` bits. Elements to send are gone in any case: the arm that was
        /// chosen has passed its own, the others' are dropped. Panics when the chosen arm sends on a closed channel,
        /// and when no arm can ever be ready.
        slow fn wyn_select(fiber: *mut Fiber, arms: *mut SelectArm, count: u32, mode: u32, at: *const Location) -> i64 [suspends unwinds];

        /// Slow path of `wyn_send`.
        slow fn wyn_slow_send(fiber: *mut Fiber, channel: *mut Channel, own elem: *mut u8, at: *const Location) [suspends unwinds];
        /// Slow path of `wyn_recv`.
        slow fn wyn_slow_recv(fiber: *mut Fiber, channel: *mut Channel, out: *mut u8, at: *const Location) -> bool [suspends unwinds];
        /// Slow path of `wyn_try_send`: whether the element has passed.
        slow fn wyn_slow_try_send(fiber: *mut Fiber, channel: *mut Channel, elem: *mut u8) -> bool [];
        /// Slow path of `wyn_try_recv`.
        slow fn wyn_slow_try_recv(fiber: *mut Fiber, channel: *mut Channel, out: *mut u8) -> bool [];
        /// An element was published or taken, and the other side wants to hear of it.
        slow fn wyn_slow_signal(fiber: *mut Fiber, channel: *mut Channel) [];
    } };
}

channel_rows!(declare_rows);

#[cfg(not(wyn_loom))]
const _: () = {
    assert!(size_of::<Side>() == 64);
    assert!(size_of::<Channel>() == 256);
};
