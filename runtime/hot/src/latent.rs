//! Tasks without a record: spawned and awaited by one function that keeps their future to itself, so that nobody else needs to
//! know them until somebody asks for tasks, or until what runs parks, fails or opens a scope.
//!
//! A [`LatentTask`] lies in the frame of that function. A fiber's latent tasks form a chain, the last one first, in the order in
//! which they were spawned. Each is in one of three states, told by its word:
//!
//! | word | state | next |
//! |---|---|---|
//! | descriptor and [`WAITS`] | has not begun; belongs to the task that runs where it stands in the chain | runs, recorded |
//! | await site and [`RUNS`] | its body is called by the await; what is behind it in the chain is its own | ended, recorded |
//! | record | an ordinary task, in no chain | |
//!
//! * *One thread.* A chain belongs to the fiber that runs; nothing but whether it is empty is looked at by others. It is
//!   empty while a fiber is off its worker, because whatever takes it off gives all of the chain records first
//!   (`task::latent` of the runtime). So does whatever looks at the fiber's task, frame or scopes, raises, or answers a request. No queue ever
//!   holds a latent task, and no pointer into a frame outlives the chain.
//! * *All or none.* The chain is given records as a whole, from the outermost on. So what is behind a latent task that runs, tasks,
//!   frames and scopes alike, has no record either; and the fiber's `scope` and `innermost` are null while the innermost
//!   running task has none.
//! * *Last in, first out.* Whoever spawns a latent task awaits it, or gives it a record, before it spawns another, and before it returns
//!   (`wyn_mir::latent`). An exception meets records only.
//! * *Who is told.* A latent task has no handle that others could know. So it is told to stop with the task that awaits it or not at
//!   all; a request for a poll makes the await see to that, as it makes the check of the stack fail.

use wyn_abi::sync::Ordering;
use wyn_abi::task::INLINE_ROOM;
use wyn_abi::{AwaitSite, Fiber, LatentTask, TaskDescriptor};

use crate::ablation::{INLINE, LATENT, NESTED, PRIVATE, QUICK_END, left_out};
use crate::task::slow;

/// Tag: the task has not begun.
pub const WAITS: usize = 1;
/// Tag: the task runs on top of the one that awaits it.
pub const RUNS: usize = 2;
/// Both.
pub const TAGS: usize = WAITS | RUNS;

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber and a static descriptor; the memory lies in the caller's frame, the arguments behind it.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_latent_spawn(
    fiber: *mut Fiber,
    latent: *mut LatentTask,
    desc: *const TaskDescriptor,
) {
    // SAFETY: the fiber runs on its worker, and the memory is the caller's.
    unsafe {
        let worker = (*fiber).worker;
        // ORDER: Relaxed; the request carries no data. Where it is missed it stays, for the next spawn to find; whoever has made
        // it also poisons the stack limit if it sees a latent task.
        let asked = (*worker).tasks_wanted.load(Ordering::Relaxed) != 0;
        // They differ in a block with a limit. Under a mask a task belongs to a shield.
        let plain = (*fiber).scope == (*fiber).innermost && (*fiber).cancel_mask == 0;
        if asked || !plain || left_out(worker, LATENT | INLINE | QUICK_END | NESTED | PRIVATE) {
            return slow::wyn_slow_latent(fiber, latent, desc);
        }
        // ORDER: Relaxed, both; written by this worker only.
        (*worker).latent.store((*worker).latent.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        push(fiber, latent, desc);
    }
}

/// Puts a task into the chain.
///
/// # Safety
/// As for `wyn_latent_spawn`.
#[inline(always)]
unsafe fn push(fiber: *mut Fiber, latent: *mut LatentTask, desc: *const TaskDescriptor) {
    // SAFETY: by contract.
    unsafe {
        (*latent).word = desc as usize | WAITS;
        // ORDER: Relaxed, both; written by the thread that runs the fiber. Others look whether it is null.
        (*latent).outer = (*fiber).latent.load(Ordering::Relaxed);
        (*fiber).latent.store(latent, Ordering::Relaxed);
    }
}

/// Whether a fiber has latent tasks. Exact for the thread that runs it.
///
/// # Safety
/// `fiber` is or was a fiber.
#[inline(always)]
pub unsafe fn any(fiber: *mut Fiber) -> bool {
    // ORDER: Relaxed; see `push`.
    // SAFETY: fibers are never unmapped.
    unsafe { !(*fiber).latent.load(Ordering::Relaxed).is_null() }
}

/// See the table.
///
/// # Safety
/// The task was spawned by the caller, and is the last one that was.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_latent_begin(
    fiber: *mut Fiber,
    latent: *mut LatentTask,
    desc: *const TaskDescriptor,
    site: *const AwaitSite,
) -> bool {
    // SAFETY: by contract; a task that waits is in the chain.
    unsafe {
        // ORDER: Relaxed, both; hints. Whoever tells something to stop, or wants tasks, poisons the limit, and then it is as if
        // there were no room.
        let fits = (*latent).word == desc as usize | WAITS
            && (*fiber).cancel_mask | (*fiber).cancel_pending.load(Ordering::Relaxed) == 0
            && (latent as usize).wrapping_sub(INLINE_ROOM) > (*fiber).stack_limit.load(Ordering::Relaxed);
        if !fits {
            return false;
        }
        (*latent).word = site as usize | RUNS;
        (*latent).scope = (*fiber).innermost;
        (*fiber).innermost = core::ptr::null_mut();
        (*fiber).scope = core::ptr::null_mut();
        true
    }
}

/// See the table.
///
/// # Safety
/// `wyn_latent_begin` has begun the task, and its body has just returned.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_latent_end(
    fiber: *mut Fiber,
    latent: *mut LatentTask,
    site: *const AwaitSite,
) -> bool {
    // SAFETY: by contract. What the body has spawned has ended or has a record, and then so has this. The task that awaits was in
    // a block without a limit, or in none.
    unsafe {
        if (*latent).word != site as usize | RUNS {
            return false;
        }
        // ORDER: Relaxed; see `push`.
        (*fiber).latent.store((*latent).outer, Ordering::Relaxed);
        (*fiber).innermost = (*latent).scope;
        (*fiber).scope = (*latent).scope;
        true
    }
}
