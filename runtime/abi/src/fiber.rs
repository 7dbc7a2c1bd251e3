//! The part of a fiber and of a worker that compiled code and the fast paths touch.
//!
//! Compiled functions get the [`Fiber`] as hidden first parameter. They reach the worker through it and must load
//! `fiber.worker` again after every call that may suspend: a fiber that was parked may go on under another worker.

use crate::object::WorkerHeap;
use crate::program::ProgramInfo;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
use crate::task::{LatentTask, RunFrame, Scope, TaskRecord};

/// Value of [`Fiber::stack_limit`] that makes every prologue check and loop poll fail: somebody asks for a poll.
pub const STACK_LIMIT_POISON: usize = usize::MAX;

/// Bytes below the stack limit that leaf functions, slow paths and the unwinder may use without a check.
pub const STACK_SLACK: usize = 12 * 1024;

/// A flow of control with its own stack, as compiled code sees it.
///
/// The runtime keeps its own fields behind this prefix. What every operation looks at is the first line of the cache.
#[repr(C)]
pub struct Fiber {
    /// Lowest stack pointer a function may be entered with, or [`STACK_LIMIT_POISON`]. Read with a relaxed
    /// (monotonic) load by prologue checks and loop polls; written by the fiber and by whoever asks for a poll.
    pub stack_limit: AtomicUsize,
    /// The worker that runs the fiber now.
    pub worker: *mut WorkerHot,
    /// The task whose code runs now; while latent tasks run, the last one that has a record.
    pub task: *mut TaskRecord,
    /// The scope that tasks spawned now belong to; null when that has to be asked for.
    pub scope: *mut Scope,
    /// Not zero when the fiber's task has been told to stop: operations that can block take their slow path.
    pub cancel_pending: AtomicU32,
    /// Not zero while the task waits for what no cancellation ends, its tasks or the operating system, or runs a `defer`.
    pub cancel_mask: u32,
    /// The innermost task on the stack that has a record.
    pub frame: *mut RunFrame,
    /// The innermost open scope of the task that runs now. `scope` is the same, or null when spawning has to take the slow
    /// path.
    pub innermost: *mut Scope,
    /// The last latent task, of those that wait and those that run. Others may look whether there is one.
    pub latent: AtomicPtr<LatentTask>,
    /// Address of the function whose prologue check failed; stored just before `wyn_morestack` is called.
    pub morestack_target: usize,
    /// Bytes of arguments that function takes on the stack; stored with `morestack_target`.
    pub morestack_stack_args: usize,
    /// What `stack_limit` is while nobody asks for a poll.
    pub stack_floor: usize,
}

#[cfg(not(wyn_loom))]
const _: () = assert!(core::mem::offset_of!(Fiber, morestack_target) == 64);

/// The part of a worker (an OS thread that runs fibers) that the fast paths touch. Only the worker's own thread
/// writes it, except for the atomic fields.
#[repr(C, align(64))]
pub struct WorkerHot {
    /// Free task records, linked through [`TaskRecord::link`].
    pub record_free: *mut TaskRecord,
    /// Records in `record_free`.
    pub record_free_len: usize,
    /// Private stack of tasks that have not begun: slot array.
    pub private_base: *mut *mut TaskRecord,
    /// End of the used slots; an empty slot among them is null. Others may look at it.
    pub private_top: AtomicUsize,
    /// Slots in the array.
    pub private_capacity: usize,
    /// Tasks spawned by this worker so far. Others may look at it.
    pub spawned: AtomicU64,
    /// Tasks run by this worker on the stack of the task that awaits them. Others may look at it.
    pub inline: AtomicU64,
    /// Somebody has nothing to do and asks this worker to publish so many tasks; 0 for nobody.
    pub tasks_wanted: AtomicU32,
    /// Beginning of the used slots of the private stack.
    pub private_bottom: usize,
    /// Of the private tasks an oldest one was awaited, since there have been any.
    pub oldest_first: bool,
    /// Free scopes, linked through [`Scope::next`].
    pub scope_free: *mut Scope,
    /// Scopes in `scope_free`.
    pub scope_free_len: usize,
    /// How many tasks and scopes are told to stop and have not ended; the same for all workers.
    pub told: *const AtomicUsize,
    /// The running program.
    pub program: *const ProgramInfo,
    /// Where hashes begin; the same for all workers.
    pub hash_seed: u64,
    /// Free objects by size class.
    pub heap: WorkerHeap,
    /// Tasks that were spawned without a record, and got none before they were run by those who await them. They are
    /// in neither `spawned` nor `inline`. Others may look at it.
    pub latent: AtomicU64,
    /// Fast paths that are left out, for a benchmark: bits of `wyn_hot::ablation`.
    #[cfg(wyn_ablate)]
    pub ablated: u32,
}
