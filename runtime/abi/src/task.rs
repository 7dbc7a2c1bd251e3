//! Tasks as compiled code sees them: records, descriptors, and the rows of the exported functions.
//!
//! The life of a record, with the table of its states and owners, is told in `runtime/hot/src/state.rs`.

use crate::fiber::Fiber;
use crate::object::{ContentFn, ObjectHeader, StringObject};
use crate::program::{Location, ProgramInfo, StaticText};
use crate::sync::{AtomicBool, AtomicU32, AtomicU64};

/// Bytes of arguments or result that a record holds inline. Bigger ones go to a buffer from `wyn_payload_alloc`,
/// whose address is then the payload.
pub const PAYLOAD_SIZE: usize = 32;

/// Free records a worker keeps in one list; full lists go to and come from a central store.
pub const RECORD_BATCH: usize = 256;

/// Free scopes that a worker keeps.
pub const SCOPES_KEPT: usize = 256;

/// Stack that must be left to run an awaited task on top of the one that awaits it.
pub const INLINE_ROOM: usize = 16 * 1024;

/// One task and its future: 64 bytes from a slab that is never unmapped while the program runs.
#[repr(C, align(64))]
pub struct TaskRecord {
    /// State, flags and the number of handles; see `wyn_hot::state`.
    pub state: AtomicU64,
    /// What the task runs and carries.
    pub desc: *const TaskDescriptor,
    /// The scope that does not end before the task.
    pub scope: *mut Scope,
    /// By state: free-list link, position in the private stack, or list of waiters.
    pub link: usize,
    /// Arguments until the task begins, result once it is done.
    pub payload: [u64; PAYLOAD_SIZE / 8],
}

/// What the compiler knows about a spawned call: one static per `spawn` expression, and one for `main`. For a `spawn` in the
/// standard library the runtime makes one for each place where the program calls that (`wyn_task_at`).
#[repr(C)]
pub struct TaskDescriptor {
    /// Takes the arguments out of the payload, runs the call, stores its result into the payload.
    pub entry: unsafe extern "C-unwind" fn(*mut Fiber, *mut TaskRecord),
    /// Drops the arguments in the payload of a task that never began.
    pub drop_args: Option<ContentFn>,
    /// Drops the result in the payload. For a boxed result it frees the buffer too.
    pub drop_result: Option<ContentFn>,
    /// Marks what the result in the payload reaches as shared.
    pub mark_result: Option<ContentFn>,
    /// Bytes of the arguments; above [`PAYLOAD_SIZE`] they are boxed.
    pub args_size: u32,
    /// Bytes of the result; above [`PAYLOAD_SIZE`] it is boxed.
    pub result_size: u32,
    /// What kind of value the result is: the exit code of `main` depends on it.
    pub result: ResultKind,
    /// Who waits for the task.
    pub mode: SpawnMode,
    /// The name of its body: `spawn` and the function's name, or a name that the compiler gave to a block. The name of the library's
    /// function that has spawned it, if one has.
    pub name: StaticText,
    /// Where the task was spawned.
    pub spawned_at: Location,
}

// SAFETY: static data that nobody writes.
unsafe impl Sync for TaskDescriptor {}

impl TaskDescriptor {
    /// What people call the task.
    pub fn name(&self) -> &'static str {
        let body = self.name.as_str();
        body.strip_prefix("spawn ").unwrap_or(body)
    }
}

/// What every message calls the task: `main`, or `main.first, spawned at bank.wyn:20`.
impl core::fmt::Display for TaskDescriptor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())?;
        match self.spawned_at.line {
            0 => Ok(()),
            line => {
                write!(f, ", {} at {}:{line}", self.mode.participle(), self.spawned_at.file.as_str())
            }
        }
    }
}

/// Who waits for a spawned task.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnMode {
    /// `spawn`: the innermost scope of the spawning task joins it.
    Joined = 0,
    /// `detach spawn`: nobody; it is cancelled when `main` has ended.
    Detached = 1,
}

impl SpawnMode {
    /// As it is written.
    pub fn keyword(self) -> &'static str {
        match self {
            SpawnMode::Joined => "spawn",
            SpawnMode::Detached => "detach spawn",
        }
    }

    /// How a report says that it was.
    pub fn participle(self) -> &'static str {
        match self {
            SpawnMode::Joined => "spawned",
            SpawnMode::Detached => "spawned (detached)",
        }
    }
}

/// Results the runtime tells apart.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// `()`: exit code 0.
    Unit = 0,
    /// `int`, in the first eight bytes of the payload: the exit code.
    Int = 1,
    /// Anything else; not allowed for `main`.
    Value = 2,
}

/// A set of tasks that is joined together: a task's own children, or a `nursery`.
///
/// `private_children` counts children that only the owner's worker touches, with plain arithmetic;
/// `shared_children` counts published ones, plus one for the owner itself until it joins. This is the part that opening and
/// closing the scope of a task touches when nothing out of the ordinary happens; the runtime keeps the rest behind it.
#[repr(C)]
pub struct Scope {
    /// Unfinished children that have not been published.
    pub private_children: u32,
    /// Unfinished published children, plus one until the owner joins.
    pub shared_children: AtomicU32,
    /// How many scopes there are from the outermost one to this.
    pub depth: u32,
    /// Closing a task's own scope has something to undo: somebody has looked into its lists, or entered it in its parent's.
    /// Set before a task of the scope, or whoever cancels it, is done with the scope. Of other scopes it says nothing.
    pub touched: AtomicBool,
    /// Who leaves a mask goes on with it as it is: it has no limit, and is no shield.
    pub plain: bool,
    /// The owner: the task that is completed with the scope, or that has opened it; null for detached tasks.
    pub task: *mut TaskRecord,
    /// The next scope outwards, beyond the task's border too; null above `main` and for the root.
    pub parent: *mut Scope,
    /// The task-local values that hold in it.
    pub bindings: *const Binding,
    /// The next free scope.
    pub next: *mut Scope,
}

/// What task-local values are bound to; the runtime's.
#[repr(C)]
pub struct Binding {
    opaque: [u8; 0],
}

/// An exception in flight; the runtime's.
#[repr(C)]
pub struct Exception {
    opaque: [u8; 0],
}

/// A running task, on the stack of its fiber. Tasks that are run by those who await them nest.
#[repr(C)]
pub struct RunFrame {
    /// The task.
    pub record: *mut TaskRecord,
    /// The fiber whose stack it is.
    pub fiber: *mut Fiber,
    /// The task that awaits this one on the same stack.
    pub outer: *mut RunFrame,
    /// Where it does; null when nobody does, or nobody knows.
    pub awaited_at: *const Location,
    /// Exceptions in flight, newest first.
    pub exceptions: *mut Exception,
    /// The record is public, and so are those of all outer frames.
    pub published: bool,
    /// In its scope's list, and so are all outer frames.
    pub attached: bool,
    /// No scope that an outer frame's task has opened has private tasks.
    pub bare_outside: bool,
}

/// A task that was spawned and has no record as yet: in the frame of the function that has spawned it, and is to await it or
/// to give its future up before it returns. `wyn_hot::latent` tells of its states. Behind it lie its arguments, a row of
/// [`TaskDescriptor::args_size`] bytes, and then its [`RunFrame`], which is written when it runs with a record: reports take what lies
/// further up for the awaiting task's.
#[repr(C, align(16))]
pub struct LatentTask {
    /// What it runs, with a tag that says how far it is; its record, once it has one.
    pub word: usize,
    /// The one before it on this fiber.
    pub outer: *mut LatentTask,
    /// While it runs: the innermost scope of the task that awaits it, or null.
    pub scope: *mut Scope,
}

impl LatentTask {
    /// Where the arguments lie.
    pub const ARGS: usize = size_of::<LatentTask>();

    /// Where the frame lies, behind so many bytes of arguments.
    pub const fn frame(args_size: usize) -> usize {
        Self::ARGS + args_size.next_multiple_of(align_of::<LatentTask>())
    }
}

/// What the compiler knows about the await of a latent task.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AwaitSite {
    /// The task.
    pub desc: *const TaskDescriptor,
    /// Where it is awaited.
    pub at: *const Location,
}

/// How an awaited task has ended; what `wyn_settle` gives.
#[repr(i64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Its result is there.
    Done = 0,
    /// It panicked.
    Panicked = 1,
    /// It was cancelled.
    Cancelled = 2,
}

/// Arithmetic that left its type, for the message of the panic.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// `a + b`
    Add = 0,
    /// `a - b`
    Sub = 1,
    /// `a * b`
    Mul = 2,
    /// `a / b`: the least integer divided by -1
    Div = 3,
    /// `a % b`: the least integer divided by -1
    Rem = 4,
    /// `-a`
    Neg = 5,
    /// `a << b`: the count does not fit
    Shl = 6,
    /// `a >> b`: the count does not fit
    Shr = 7,
    /// An explicit conversion whose value does not fit
    Convert = 8,
}

/// Symbols that are not rows because they have no C signature: the personality routine of compiled functions, and
/// the entries of the trampoline that a failed prologue check calls.
///
/// * `wyn_personality`: declared `i32 (...)`.
/// * `wyn_morestack`: called with the arguments of the function whose check failed, fiber in the first integer
///   register; `wyn_morestack_sret`: the same for a function with an `sret` pointer, fiber in the second.
///   Both return what the function returns.
pub const SYMBOLS: &[&str] = &["wyn_personality", "wyn_morestack", "wyn_morestack_sret"];

/// The rows of tasks, panics, scopes and time; the argument is the macro that receives them.
#[macro_export]
macro_rules! task_rows {
    ($callback:ident) => { $callback! {
        /// Runs a whole program; called by the emitted `main`. Gives the exit code.
        slow fn wyn_start(argc: i32, argv: *const *const u8, program: *const ProgramInfo) -> i32 [];

        /// The descriptor of a task that a function of the standard library spawns, which the program calls at this place: as the
        /// one given, but spawned there, and named after what is called.
        slow fn wyn_task_at(fiber: *mut Fiber, desc: *const TaskDescriptor, at: *const Location) -> *const TaskDescriptor [allocates];
        /// A record for a task of the current scope, with one handle. The caller stores the arguments into its
        /// payload and submits it; nothing that unwinds may stand between the two.
        hot fn wyn_task_new(fiber: *mut Fiber, desc: *const TaskDescriptor) -> *mut TaskRecord [suspends allocates];
        /// As `wyn_task_new`, for a task that belongs to no scope of this task's: `wyn_task_submit_detached` comes next.
        slow fn wyn_task_detached(fiber: *mut Fiber, desc: *const TaskDescriptor) -> *mut TaskRecord [allocates];
        /// As `wyn_task_submit`, for a task that `wyn_task_detached` has made.
        slow fn wyn_task_submit_detached(fiber: *mut Fiber, record: *mut TaskRecord) [allocates];
        /// Makes the task runnable. The handle stays the caller's.
        hot fn wyn_task_submit(fiber: *mut Fiber, record: *mut TaskRecord) [allocates];
        /// Returns when the task is done, its result in the payload. Panics when the task panicked or was cancelled.
        hot fn wyn_await(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) [suspends unwinds allocates];
        /// Begins an awaited task on top of the one that awaits it, if all is as it mostly is: it is private, has not begun, the
        /// caller's handle is the only one, it belongs to the scope that is open here, nobody in the program is told to stop,
        /// the stack has room. The caller then runs its body on the arguments in the payload. False when not; then nothing has happened. The
        /// frame lies on the caller's stack, for as long as the task runs.
        hot fn wyn_nested_begin(fiber: *mut Fiber, record: *mut TaskRecord, frame: *mut RunFrame, at: *const Location) -> bool [];
        /// The body of a task that began so has returned: frees the record, whose result the caller has, if still nobody else knows
        /// the task and it has no unfinished tasks of its own. False when not; then nothing has happened.
        hot fn wyn_nested_end(fiber: *mut Fiber, record: *mut TaskRecord, frame: *mut RunFrame) -> bool [];
        /// What comes in the place of `wyn_nested_end` when that was false, the result in the payload, or when an exception has left
        /// the body. The caller awaits the record after that.
        slow fn wyn_nested_ended(fiber: *mut Fiber, frame: *mut RunFrame, exception: *mut Exception) [suspends allocates];
        /// Spawns a task without a record: its arguments lie behind the memory that is given, which is the task's until it has
        /// ended or has a record.
        hot fn wyn_latent_spawn(fiber: *mut Fiber, latent: *mut LatentTask, desc: *const TaskDescriptor) [suspends allocates];
        /// Begins a latent task, the last that was spawned, on top of the one that awaits it, if all is as it mostly is: it has no
        /// record as yet, its task was not told to stop, the stack has room. The caller then runs its body on the arguments.
        /// False when not; then nothing has happened.
        hot fn wyn_latent_begin(fiber: *mut Fiber, latent: *mut LatentTask, desc: *const TaskDescriptor, site: *const AwaitSite) -> bool [];
        /// The body of a task that began so has returned: ends the task, whose result the caller has, if it has no record. False
        /// when it has; then nothing has happened.
        hot fn wyn_latent_end(fiber: *mut Fiber, latent: *mut LatentTask, site: *const AwaitSite) -> bool [];
        /// The record of a latent task, which gets one if it has none.
        slow fn wyn_latent_record(fiber: *mut Fiber, latent: *mut LatentTask) -> *mut TaskRecord [allocates];
        /// Whether somebody has begun the task. A hint: it may be begun at any time.
        hot fn wyn_task_begun(record: *mut TaskRecord) -> bool [];
        /// Takes the task back if nobody has begun it: it is cancelled without running. Whether it was.
        slow fn wyn_task_retract(fiber: *mut Fiber, record: *mut TaskRecord) -> bool [allocates];
        /// Returns when the task has completed, in whatever way: a [`Settled`]. A panic counts as dealt with.
        slow fn wyn_settle(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) -> i64 [suspends unwinds allocates];
        /// Of a task that panicked the message, of one that was cancelled the reason.
        slow fn wyn_failure_text(fiber: *mut Fiber, record: *mut TaskRecord) -> *mut StringObject [allocates];
        /// Where a task panicked or was cancelled, as `FILE:LINE:COLUMN`; empty when nobody knows.
        slow fn wyn_failure_place(fiber: *mut Fiber, record: *mut TaskRecord) -> *mut StringObject [allocates];
        /// Tells the task and its own tasks to stop, unless it has completed.
        slow fn wyn_cancel(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) [allocates];
        /// From here on no wait of the running task meets its cancellation, nor do tasks that it spawns.
        hot fn wyn_mask(fiber: *mut Fiber) [];
        /// Ends one `wyn_mask`, when the tasks have ended that were spawned in between. Goes on with a panic of one of them that nobody
        /// has dealt with. What raises in between leaves it to the end of the task.
        hot fn wyn_unmask(fiber: *mut Fiber) [suspends unwinds allocates];
        /// Ends the running task here if it was told to stop.
        slow fn wyn_checkpoint(fiber: *mut Fiber) [suspends unwinds];
        /// One more handle.
        hot fn wyn_future_retain(fiber: *mut Fiber, record: *mut TaskRecord) [];
        /// One handle less. The last one drops the result of a finished task; an unfinished task goes on.
        hot fn wyn_future_release(fiber: *mut Fiber, own record: *mut TaskRecord) [];
        /// Whether the caller's handle to this finished task is the only one, so that the result may be moved out.
        hot fn wyn_future_is_unique(record: *mut TaskRecord) -> bool [];
        /// Frees the record of a finished task whose result the caller has moved out, with the only handle.
        hot fn wyn_future_free_taken(fiber: *mut Fiber, own record: *mut TaskRecord) [];
        /// The handle is about to cross to another task: publishes the record. Called by the mark functions of
        /// types that hold a future, while the crossing handle is still held.
        slow fn wyn_future_mark(fiber: *mut Fiber, record: *mut TaskRecord) [allocates];
        /// `wyn_future_mark` of a handle that a marked object or the content of a mutex is to reach: several tasks may
        /// await through it.
        slow fn wyn_future_share(fiber: *mut Fiber, record: *mut TaskRecord) [allocates];
        /// Answers a poll request; called when the stack limit reads poisoned at a loop poll.
        slow fn wyn_poll(fiber: *mut Fiber) [suspends];
        /// A buffer for arguments or a result above the payload's size, aligned to 16.
        slow fn wyn_payload_alloc(fiber: *mut Fiber, size: usize) -> *mut u8 [allocates];
        /// Frees such a buffer.
        slow fn wyn_payload_free(fiber: *mut Fiber, own buffer: *mut u8) [];

        /// `wyn_latent_spawn` where the task is to have a record at once.
        slow fn wyn_slow_latent(fiber: *mut Fiber, latent: *mut LatentTask, desc: *const TaskDescriptor) [suspends allocates];
        /// Opens a block's scope: tasks spawned until it is joined or left belong to it, and fail as a whole.
        slow fn wyn_nursery_enter(fiber: *mut Fiber) -> *mut Scope [allocates];
        /// Opens a scope that is cancelled after so many nanoseconds (never after the greatest number), and in which
        /// spawning waits while it has `limit` unfinished tasks. Panics when the limit is not positive.
        slow fn wyn_nursery_open(fiber: *mut Fiber, nanos: i64, limit: i64, supervised: bool, at: *const Location) -> *mut Scope [unwinds allocates];
        /// The block ended: waits for all tasks of the scope and closes it. Panics when one of them panicked. False
        /// when the time was up before they had ended.
        slow fn wyn_nursery_join(fiber: *mut Fiber, own scope: *mut Scope, at: *const Location) -> bool [suspends unwinds];
        /// The block is left early: cancels the tasks of the scope, waits for them, closes it. Panics as at its end.
        slow fn wyn_nursery_leave(fiber: *mut Fiber, own scope: *mut Scope, at: *const Location) [suspends unwinds];
        /// The block unwinds: as when it is left. True when the time was up and that is why it unwinds: the unwinding is
        /// over.
        slow fn wyn_nursery_unwind(fiber: *mut Fiber, own scope: *mut Scope, at: *const Location) -> bool [suspends];
        /// The exception that the running task unwinds by: the newest, of which one may be in flight for each `defer` that
        /// unwinds in turn. For cleanup that goes on when such an unwinding is over.
        slow fn wyn_exception(fiber: *mut Fiber) -> *mut u8 [];
        /// A key for task-local values that no other call gives.
        slow fn wyn_task_local_key() -> i64 [];
        /// Binds a key to a function that gives its value, in the innermost block of the running task, which has spawned nothing
        /// yet; until the block is closed.
        slow fn wyn_task_local_bind(fiber: *mut Fiber, key: i64, own value: *mut ObjectHeader) [allocates];
        /// Whether the key is bound where the task runs; then the function, with a reference of its own, is in `out`.
        slow fn wyn_task_local_find(fiber: *mut Fiber, key: i64, out: *mut *mut ObjectHeader) -> bool [];
        /// Suspends the task for so many nanoseconds; a negative or zero time lets others run. Nobody else uses what lies on the task's
        /// stack meanwhile.
        slow fn wyn_sleep(fiber: *mut Fiber, nanos: i64, at: *const Location) [suspends unwinds];
        /// Lets other runnable tasks run first.
        slow fn wyn_yield(fiber: *mut Fiber) [suspends];
        /// How many threads run tasks.
        slow fn wyn_workers(fiber: *mut Fiber) -> i64 [];

        /// Panics with a string object (borrowed; the message is copied).
        slow fn wyn_panic(fiber: *mut Fiber, message: *mut u8, at: *const Location) -> ! [unwinds];
        /// Panics with static text.
        slow fn wyn_panic_text(fiber: *mut Fiber, text: *const u8, len: usize, at: *const Location) -> ! [unwinds];
        /// Panics: index outside an array of this length.
        slow fn wyn_panic_bounds(fiber: *mut Fiber, index: i64, len: i64, at: *const Location) -> ! [unwinds];
        /// Panics: arithmetic left its type; `operation` is an [`Overflow`].
        slow fn wyn_panic_overflow(fiber: *mut Fiber, operation: u32, at: *const Location) -> ! [unwinds];
        /// Panics: division by zero.
        slow fn wyn_panic_div_zero(fiber: *mut Fiber, at: *const Location) -> ! [unwinds];

        /// Slow path of `wyn_task_new`: a record when the worker's list is empty.
        slow fn wyn_slow_record_alloc(fiber: *mut Fiber) -> *mut TaskRecord [allocates];
        /// Slow path of `wyn_task_new`: opens the task's own scope, or under a mask a shield, or waits for room in a nursery to spawn this.
        slow fn wyn_slow_scope(fiber: *mut Fiber, desc: *const TaskDescriptor) -> *mut Scope [suspends allocates];
        /// Slow path of `wyn_unmask`: the task has opened a scope.
        slow fn wyn_slow_unmask(fiber: *mut Fiber) [suspends unwinds allocates];
        /// Slow path of closing a task's own scope: the worker keeps enough.
        slow fn wyn_slow_scope_free(fiber: *mut Fiber, own scope: *mut Scope) [];
        /// Slow path of `wyn_task_submit`: the private stack is full, or somebody asks for tasks.
        slow fn wyn_slow_submit(fiber: *mut Fiber, record: *mut TaskRecord) [allocates];
        /// Slow path of `wyn_await`: not done yet.
        slow fn wyn_slow_await(fiber: *mut Fiber, record: *mut TaskRecord, at: *const Location) [suspends unwinds allocates];
        /// Slow path of the last release of a finished task.
        slow fn wyn_slow_future_drop(fiber: *mut Fiber, own record: *mut TaskRecord) [];
        /// Slow path of freeing a record: the worker's list is full.
        slow fn wyn_slow_record_free(fiber: *mut Fiber, own record: *mut TaskRecord) [];
    } };
}

task_rows!(declare_rows);

#[cfg(not(wyn_loom))]
const _: () = assert!(size_of::<TaskRecord>() == 64);
