//! Selects as compiled code sees them: it fills an array of [`SelectArm`] in its frame, calls `wyn_select`, and goes
//! on by the number that it gets.
//!
//! How a select decides, and why that is right, is told in `runtime/src/channel/README.md`.

use core::cell::Cell;
use core::ptr;

use crate::channel::Waiter;
use crate::fiber::Fiber;
use crate::program::Location;
use crate::sync::{AtomicU32, Ordering};
use crate::task::TaskRecord;

/// [`SelectArm::kind`]: its guard does not hold; nothing else of the arm is read.
pub const ARM_OFF: u32 = 0;
/// [`SelectArm::kind`]: receives from `target`, a channel, into `slot`. Once the channel is closed and drained it is
/// chosen without a message.
pub const ARM_RECEIVE: u32 = 1;
/// [`SelectArm::kind`]: the same, but once the channel is closed and drained the arm is out of the select.
pub const ARM_RECEIVE_OPEN: u32 = 2;
/// [`SelectArm::kind`]: sends the element in `slot` to `target`, a channel.
pub const ARM_SEND: u32 = 3;
/// [`SelectArm::kind`]: waits for the end of `target`, a task.
pub const ARM_AWAIT: u32 = 4;
/// [`SelectArm::kind`]: waits for `nanos` from the begin of the select.
pub const ARM_AFTER: u32 = 5;

/// Bit of a select's mode: the first arm that is ready is chosen, rather than any.
pub const SELECT_BIASED: u32 = 1 << 0;
/// Bit of a select's mode: when nothing is ready, [`SELECT_OTHERWISE`] is chosen at once.
pub const SELECT_ELSE: u32 = 1 << 1;
/// Bit of a select's mode: when no channel arm can ever be ready, [`SELECT_ENDED`] is chosen.
pub const SELECT_CLOSED: u32 = 1 << 2;
/// Bit of a select's mode: some arm sends, so there may be elements that have not passed.
pub const SELECT_SENDS: u32 = 1 << 3;

/// Result of a select: its `else`.
pub const SELECT_OTHERWISE: i64 = -1;
/// Result of a select: its `closed`.
pub const SELECT_ENDED: i64 = -2;

/// One arm of a select. Compiled code writes the first part; the runtime alone touches the rest, save for
/// `passed`, which compiled code reads when the arm was chosen.
#[repr(C)]
pub struct SelectArm {
    /// What the arm waits for: an `ARM_*`.
    pub kind: u32,
    /// Of a receive that was chosen: 1 when there is a message in `slot`, 0 when the channel is closed and drained.
    pub passed: Cell<u32>,
    /// The channel, or the task's record.
    pub target: *mut u8,
    /// Of a send, the element; of a receive, where the message goes.
    pub slot: *mut u8,
    /// Of an `after`, how long.
    pub nanos: i64,
    /// Of a send, its place in the source.
    pub at: *const Location,

    /// Whether the arm may still be chosen.
    pub enabled: Cell<bool>,
    /// The arm that is tried at this position.
    pub tried: Cell<u32>,
    /// The arm whose target is locked at this position.
    pub locked: Cell<u32>,
    /// In the list of a channel, while the select is parked.
    pub waiter: Waiter,
    /// In the list of a task, while the select is parked.
    pub task_waiter: TaskWaiter,
}

/// A fiber that is parked until a task ends. Lies on that fiber's stack, in a list that hangs on the record's `link`:
/// under the record's lock until the task has completed, the completer's from then on.
#[repr(C)]
pub struct TaskWaiter {
    /// Who waits.
    pub fiber: *mut Fiber,
    /// The next in the list.
    pub next: Cell<*mut TaskWaiter>,
    /// What the completer has done with it: a `WAITER_*`.
    pub fate: AtomicU32,
    /// What loom watches: the completer reads the node, its owner gives it up.
    #[cfg(wyn_loom)]
    pub shadow: crate::channel::shadow::Shadow,
}

/// [`TaskWaiter::fate`]: nothing yet.
pub const WAITER_LISTED: u32 = 0;
/// [`TaskWaiter::fate`]: the completer has claimed the fiber through it.
pub const WAITER_CLAIMED: u32 = 1;
/// [`TaskWaiter::fate`]: the completer found the fiber claimed by others, and will not touch the node again.
pub const WAITER_PASSED: u32 = 2;

impl TaskWaiter {
    /// A node in no list.
    pub fn new(fiber: *mut Fiber) -> Self {
        Self {
            fiber,
            next: Cell::new(ptr::null_mut()),
            fate: AtomicU32::new(WAITER_LISTED),
            #[cfg(wyn_loom)]
            shadow: crate::channel::shadow::Shadow::new(1),
        }
    }

    /// What the completer has done with it.
    pub fn fate(&self) -> u32 {
        // ORDER: Acquire; pairs with the Release of the completer: it has read the node for the last time.
        self.fate.load(Ordering::Acquire)
    }
}

impl SelectArm {
    /// The arm's channel.
    pub fn channel(&self) -> *mut crate::channel::Channel {
        self.target.cast()
    }

    /// The arm's task.
    pub fn task(&self) -> *mut TaskRecord {
        self.target.cast()
    }

    /// Whether it receives.
    pub fn receives(&self) -> bool {
        matches!(self.kind, ARM_RECEIVE | ARM_RECEIVE_OPEN)
    }

    /// Whether it receives or sends.
    pub fn on_channel(&self) -> bool {
        self.receives() || self.kind == ARM_SEND
    }
}
