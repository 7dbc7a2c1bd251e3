//! What channels and mutexes need of the scheduler, as traits: the shipping scheduler, the threads of the stress
//! tests and the threads of the loom models stand behind them.

use wyn_abi::channel::{Channel, Waiter};
use wyn_abi::mutex::LockWaiter;
use wyn_abi::select::SelectArm;
use wyn_abi::{Fiber, Scope, TaskRecord};

/// Why a parked fiber goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Wake {
    /// A peer claimed it.
    Normal,
    /// A cancellation claimed it: no peer has, and none will.
    Cancelled,
}

/// What a parked fiber waits for, for reports. While it is parked, what the pointer leads to is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WaitFor {
    /// Room for an element in a channel, or a receiver.
    Room(*const Channel),
    /// An element of a channel.
    Element(*const Channel),
    /// The end of a task.
    Task(*mut TaskRecord),
    /// The first of several of these: so many arms.
    Select(*const SelectArm, u32),
    /// A mutex.
    Lock(*const LockWaiter),
    /// The end of the tasks of a nursery.
    Nursery(*mut Scope),
    /// The end of one task of this nursery, whose limit is reached.
    Spawn(*mut Scope),
    /// A moment in time.
    Sleep,
    /// The operating system.
    Outside(Outside),
}

/// What a task waits for that the operating system does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Outside {
    /// Standard input.
    Input,
    /// Something in the file system.
    Files,
    /// A foreign function.
    Foreign,
}

/// Runs once on the other stack, when the parked fiber's context is saved and peers may claim it.
pub(crate) type Commit = unsafe fn(*mut Fiber, *mut ());

/// Parks and wakes fibers.
///
/// Between `park` and its return a fiber is *claimed* exactly once: by the one peer whose `claim` is true, or by a
/// cancellation. A peer that has claimed a fiber owes it one `ready`.
pub(crate) trait Parker {
    /// Takes the calling fiber off its worker, then runs `commit`. A cancellation that was requested before or is
    /// requested meanwhile ends the wait, unless a peer is first. `commit` runs in any case.
    ///
    /// # Safety
    /// `fiber` is the running fiber; `commit(fiber, arg)` may be called on another stack.
    unsafe fn park(fiber: *mut Fiber, wait: WaitFor, commit: Commit, arg: *mut ()) -> Wake;

    /// A place for a waiter beside the fiber, for as long as there is the fiber.
    ///
    /// # Safety
    /// `fiber` is the running fiber.
    unsafe fn waiter(fiber: *mut Fiber) -> *mut Waiter;

    /// Claims a parked fiber; false when a cancellation has.
    ///
    /// # Safety
    /// `target` is parked or about to be, and its `commit` has run. It stays so until it is claimed, and does not
    /// leave the channel's lists behind its back.
    unsafe fn claim(target: *mut Fiber) -> bool;

    /// Makes a claimed fiber runnable.
    ///
    /// # Safety
    /// The caller has claimed `target`, and calls this once. `current` is the running fiber.
    unsafe fn ready(current: *mut Fiber, target: *mut Fiber);

    /// Whether the running task was told to stop and may be stopped now.
    ///
    /// # Safety
    /// `fiber` is the running fiber.
    unsafe fn cancel_pending(fiber: *mut Fiber) -> bool;

    /// Whether whatever `peer` has done on this channel is known to the running fiber, and whatever it does next
    /// will know what the running fiber has done before its last sequentially consistent fence. It is so when
    /// both last ran on the same worker. May be false without need.
    ///
    /// # Safety
    /// `fiber` is the running fiber; `peer` is or was a fiber.
    unsafe fn confined(fiber: *mut Fiber, peer: *mut Fiber) -> bool;

    /// The worker under which the fiber runs.
    ///
    /// # Safety
    /// `fiber` is the running fiber.
    #[cfg(not(wyn_loom))]
    unsafe fn worker(fiber: *mut Fiber) -> u16;

    /// Lets the running fiber go on under another worker, if it may.
    ///
    /// # Safety
    /// `fiber` is the running fiber, which holds no lock.
    #[cfg(not(wyn_loom))]
    unsafe fn go_on_at(fiber: *mut Fiber, worker: u16);

    /// Whether a fast path, a bit of `wyn_hot::ablation`, is left out for a benchmark.
    ///
    /// # Safety
    /// `fiber` is the running fiber.
    #[inline(always)]
    unsafe fn left_out(_fiber: *mut Fiber, _path: u32) -> bool {
        false
    }
}

/// What a select needs besides: chance, time, and tasks.
pub(crate) trait Host: Parker {
    /// A random number.
    ///
    /// # Safety
    /// `fiber` is the running fiber.
    unsafe fn random(fiber: *mut Fiber) -> u32;

    /// The time, in nanoseconds of the monotonic clock.
    fn now() -> u64;

    /// Sets the fiber's timer: at this time it claims and wakes the fiber, if that is still in this park. It may do so
    /// at once.
    ///
    /// # Safety
    /// Called by the commit of a park of `fiber`.
    unsafe fn start(fiber: *mut Fiber, at: u64);

    /// Stops the fiber's timer, which may have come up.
    ///
    /// # Safety
    /// `fiber` is the running fiber, and has set the timer when it last parked.
    unsafe fn stop(fiber: *mut Fiber);

    /// Lets others than this worker complete an unfinished task.
    ///
    /// # Safety
    /// `fiber` is the running fiber, which holds a handle of the task.
    unsafe fn publish(fiber: *mut Fiber, record: *mut TaskRecord);
}
