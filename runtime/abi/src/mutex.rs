//! Mutexes: a counted object with a lock and the value that it guards.
//!
//! The lock is a word, a list of parked fibers, and a guard for the list. Who may touch what:
//!
//! | field | written by | read by |
//! |---|---|---|
//! | `word` | anyone, with exchanges; with a store, who holds both the mutex and the guard | anyone |
//! | `first`, `last` | a holder of the guard | a holder of the guard |
//! | `taken` | whoever holds the mutex | anyone, as a hint |
//! | `holder` | whoever holds the mutex | anyone, for reports |
//! | the content | whoever holds the mutex | the same; and who drops the object, since nobody else has it then |
//!
//! The content is always marked (invariant M), also while the mutex itself is local: what is read out of it may be
//! counted by any task at once. Walks therefore end at a mutex. Whoever stores into the content marks what is stored.

use core::cell::Cell;
use core::ptr;

use crate::fiber::Fiber;
use crate::object::ObjectHeader;
use crate::program::Location;
use crate::spin::SpinLock;
use crate::sync::{AtomicPtr, AtomicU16, AtomicU32};
use crate::task::TaskRecord;

/// Bit of [`Lock::word`]: somebody holds the mutex.
pub const LOCKED: u32 = 1;
/// Bit of [`Lock::word`]: the list is not empty. Without it, it is.
pub const QUEUED: u32 = 2;
/// Bit of [`Lock::word`]: a fiber was woken to try again, and has not done so yet: nobody else is to be woken.
pub const WOKEN: u32 = 4;

/// The lock of a mutex.
#[repr(C)]
pub struct Lock {
    /// [`LOCKED`], [`QUEUED`] and [`WOKEN`].
    pub word: AtomicU32,
    /// Guards the list.
    pub guard: SpinLock,
    /// How often the mutex was taken; wraps.
    pub taken: AtomicU16,
    /// Parked fibers, the first come first.
    pub first: Cell<*mut LockWaiter>,
    /// The last of them.
    pub last: Cell<*mut LockWaiter>,
    /// The task that holds the mutex; null when there is none, or when it is about to say so.
    pub holder: AtomicPtr<TaskRecord>,
}

impl Lock {
    /// A free lock.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a lock belongs to a mutex")]
    pub fn new() -> Self {
        Self {
            word: AtomicU32::new(0),
            guard: SpinLock::new(),
            taken: AtomicU16::new(0),
            first: Cell::new(ptr::null_mut()),
            last: Cell::new(ptr::null_mut()),
            holder: AtomicPtr::new(ptr::null_mut()),
        }
    }
}

/// A fiber that waits for a lock. Lies on that fiber's stack; guarded by the lock's guard while it is linked.
#[repr(C)]
pub struct LockWaiter {
    /// Who waits.
    pub fiber: *mut Fiber,
    /// For what.
    pub lock: *const Lock,
    /// The next in the list.
    pub next: Cell<*mut LockWaiter>,
    /// The one before.
    pub prev: Cell<*mut LockWaiter>,
    /// Whether it is in the list.
    pub linked: Cell<bool>,
    /// It was woken once and came too late: the next unlock hands the mutex over to it.
    pub again: Cell<bool>,
    /// The mutex was handed over to it.
    pub handed: Cell<bool>,
}

/// A mutex. The content follows at [`MutexObject::CONTENT`].
#[repr(C)]
pub struct MutexObject {
    /// Count and type.
    pub header: ObjectHeader,
    /// Who may touch the content.
    pub lock: Lock,
}

impl MutexObject {
    /// Offset of the content from the object's start.
    pub const CONTENT: usize = size_of::<Self>();

    /// The first byte of the mutex that has this lock.
    ///
    /// # Safety
    /// `lock` is that of a mutex.
    #[must_use]
    #[inline(always)]
    pub unsafe fn of_lock(lock: *const Lock) -> *mut u8 {
        // SAFETY: the lock lies in the struct.
        unsafe { lock.cast::<u8>().cast_mut().sub(core::mem::offset_of!(Self, lock)) }
    }

    /// The mutex that this is the content of.
    ///
    /// # Safety
    /// `content` is the content of a mutex.
    #[must_use]
    #[inline(always)]
    pub unsafe fn of_content(content: *mut u8) -> *mut Self {
        // SAFETY: the content lies behind the struct in the same block.
        unsafe { content.sub(Self::CONTENT).cast() }
    }
}

/// The rows of mutexes; the argument is the macro that receives them.
///
/// A mutex that is locked or unlocked is named by the address of its content.
#[macro_export]
macro_rules! mutex_rows {
    ($callback:ident) => { $callback! {
        /// A new mutex of this type around a value, which is marked.
        slow fn wyn_mutex_new(fiber: *mut Fiber, type_index: u32, own value: *const u8, size: usize) -> *mut MutexObject [allocates];
        /// Waits until nobody holds the mutex, and holds it.
        hot fn wyn_lock(fiber: *mut Fiber, content: *mut u8, at: *const Location) [suspends unwinds];
        /// Holds the mutexes behind these `count` pointers, which are put in order. Panics when one is there twice.
        slow fn wyn_lock_all(fiber: *mut Fiber, contents: *mut *mut u8, count: usize, at: *const Location) [suspends unwinds];
        /// Gives up a mutex that the task holds.
        hot fn wyn_unlock(fiber: *mut Fiber, content: *mut u8) [];

        /// Slow path of `wyn_lock`.
        slow fn wyn_slow_lock(fiber: *mut Fiber, mutex: *mut MutexObject, at: *const Location) [suspends unwinds];
        /// Slow path of `wyn_unlock`.
        slow fn wyn_slow_unlock(fiber: *mut Fiber, mutex: *mut MutexObject) [];
    } };
}

mutex_rows!(declare_rows);

#[cfg(not(wyn_loom))]
const _: () = assert!(MutexObject::CONTENT == 40, "with a word of content it fits the class of 48 bytes");
