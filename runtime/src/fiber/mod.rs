//! Fibers: flows of control with their own stacks, which workers run one at a time.
//!
//! A fiber is a [`FiberCell`] and a slot of the region, which is its stack. It exists for good: between tasks it
//! waits in a pool. Its fields belong to whoever may run it:
//!
//! | status | who may touch the cell | leaves by |
//! |---|---|---|
//! | pooled | the pool's holder | the scheduler takes it to begin a task |
//! | running | its worker; others only `stack_limit`, the shield, `cancel_pending`, the home and the word; whether it has latent tasks; reports `status` and the task | parking, yielding, the end of its task |
//! | parked | whoever holds the right to wake it (see `sched::parking`) | `ready` |
//! | queued | whoever takes it off the queue | a worker resumes it |

pub(crate) mod big;
pub(crate) mod fold;
pub(crate) mod guard;
pub(crate) mod morestack;
pub(crate) mod pool;
pub(crate) mod region;
pub(crate) mod switch;
pub(crate) mod symbols;

use std::mem::{MaybeUninit, offset_of};
use std::ops::Range;

use wyn_abi::channel::Waiter;
use wyn_abi::{Fiber, Location, RunFrame, STACK_SLACK, TaskRecord};

use crate::sched::home::Home;
use crate::sched::knot::Knot;
use crate::sched::parking::{WaitFor, Wake};
use crate::sched::poll;
use crate::sched::request::Shield;
use crate::sched::word::ParkWord;
use crate::sched::worker::Worker;
use crate::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize};
use crate::task::scope::ScopeCell;
use crate::time::shards::Timer;
use fold::{Block, Stack};
use region::{PAGE, SLOT, Slots, region};

/// Values of [`FiberCell::status`]; only reports read it, that on leaks too.
pub(crate) mod status {
    pub(crate) const POOLED: u32 = 0;
    pub(crate) const RUNNING: u32 = 1;
    pub(crate) const PARKED: u32 = 2;
    pub(crate) const QUEUED: u32 = 3;
}

/// A fiber; compiled code knows the prefix. What a park and a wake touch lies in three lines of the cache, of which a waker needs
/// the last one first: many fibers that take turns find each other's in no near cache.
#[repr(C, align(64))]
pub struct FiberCell {
    /// What compiled code touches.
    pub hot: Fiber,
    /// What binds it to the worker that ran it last while it does not run; see `sched::bound`. Written when it leaves, read by
    /// whoever has claimed it.
    pub(crate) knot: Knot,
    /// See [`status`].
    pub(crate) status: AtomicU32,
    /// The thread's `errno` when the fiber left it: what a call to the system has told belongs to who made it.
    pub(crate) errno: i32,
    /// What it waits for while it is parked, for reports.
    pub(crate) wait: WaitFor,
    /// Where in the source; null when nobody knows. See [`parking::waits_at`](crate::sched::parking::waits_at).
    pub(crate) at: *const Location,
    /// Its place in a channel's list, while it is parked at a rendezvous.
    pub(crate) waiter: MaybeUninit<Waiter>,
    /// Where it continues while it does not run.
    pub(crate) saved_sp: usize,
    /// Who may wake it.
    pub(crate) word: ParkWord,
    /// The worker that ran it last.
    pub(crate) home: Home,
    /// Why it was woken; written by the waker before it is queued.
    pub(crate) wake: Wake,
    /// Where what is in use of its stack is while it does not run.
    pub(crate) stack: Stack,
    /// A task has slept folded here since the stack was last emptied: its memory has been of use to others.
    pub(crate) lean: bool,
    /// Its stack may still be on the list of those to be given back.
    pub(crate) listed: AtomicBool,
    /// Link of whatever list holds it.
    pub(crate) next: *mut FiberCell,
    /// The task to begin with, set when it is taken from the pool.
    pub(crate) start: *mut TaskRecord,
    /// Big stack borrowed for deep recursion, kept until the host is free.
    pub(crate) big: *mut big::BigStack,
    /// From where the task that runs on it can be cancelled.
    pub(crate) shield: Shield,
    /// Its timer, if it has set one when it parked.
    pub(crate) timer: Option<Timer>,
    /// Where what is in use of its stack is when that is folded.
    pub(crate) block: Block,
    /// The frame of the task that it was resumed to begin, or has picked. Others know it, so it does not lie on the stack.
    pub(crate) host_frame: MaybeUninit<RunFrame>,
}

const _: () = {
    assert!(offset_of!(FiberCell, waiter) == 128);
    assert!(offset_of!(FiberCell, next) == 192);
};

impl FiberCell {
    /// The cell that a compiled function's hidden parameter points to.
    pub(crate) fn of(fiber: *mut Fiber) -> *mut FiberCell {
        fiber.cast()
    }

    /// The worker that runs this fiber. Not to be kept across a switch.
    ///
    /// # Safety
    /// The fiber is running.
    #[inline(always)]
    pub(crate) unsafe fn worker(this: *mut FiberCell) -> *mut Worker {
        // SAFETY: `worker` is set when the fiber is resumed; `WorkerHot` is a `Worker`'s first field.
        unsafe { (*this).hot.worker.cast() }
    }

    /// The innermost open scope of the task that runs on it.
    ///
    /// # Safety
    /// The fiber is running, or its context is saved and stays so.
    #[inline(always)]
    pub(crate) unsafe fn innermost(this: *mut FiberCell) -> *mut ScopeCell {
        // SAFETY: by contract; every scope is the first field of its cell.
        ScopeCell::of(unsafe { (*this).hot.innermost })
    }

    /// A new fiber, in the first of these slots.
    pub(crate) fn create(slots: &mut Slots) -> *mut FiberCell {
        let Some(base) = slots.next() else {
            crate::panic::fatal("too many blocked tasks: no address space left for their stacks");
        };
        let this = region().cell_of(base);
        let floor = base + PAGE + STACK_SLACK;
        // SAFETY: the slot is fresh and ours, and so is its cell, which is zero.
        unsafe {
            this.write(FiberCell {
                hot: Fiber {
                    stack_limit: AtomicUsize::new(floor),
                    worker: std::ptr::null_mut(),
                    task: std::ptr::null_mut(),
                    scope: std::ptr::null_mut(),
                    cancel_pending: AtomicU32::new(0),
                    cancel_mask: 0,
                    frame: std::ptr::null_mut(),
                    innermost: std::ptr::null_mut(),
                    latent: AtomicPtr::new(std::ptr::null_mut()),
                    morestack_target: 0,
                    morestack_stack_args: 0,
                    stack_floor: floor,
                },
                saved_sp: 0,
                start: std::ptr::null_mut(),
                next: std::ptr::null_mut(),
                status: AtomicU32::new(status::POOLED),
                shield: Shield::new(),
                wait: WaitFor::Sleep,
                at: std::ptr::null(),
                wake: Wake::Normal,
                word: ParkWord::new(),
                waiter: MaybeUninit::uninit(),
                timer: None,
                errno: 0,
                home: Home::none(),
                knot: 0,
                big: std::ptr::null_mut(),
                stack: Stack::There,
                lean: false,
                listed: AtomicBool::new(false),
                block: Block::none(),
                host_frame: MaybeUninit::uninit(),
            });
            (*this).saved_sp = switch::prepare(FiberCell::stack_top(this));
        }
        this
    }

    /// The parts of memory that the stack of a parked fiber is in, the innermost first. Of a slot whose code has gone on
    /// on a big stack nobody knows how far it is used: that is all of it.
    ///
    /// # Safety
    /// The fiber is pinned, and its commit has run.
    pub(crate) unsafe fn stack_in_use(this: *mut FiberCell) -> impl Iterator<Item = Range<usize>> {
        // SAFETY: by contract.
        let (sp, big) = unsafe { ((*this).saved_sp, (*this).big.as_ref()) };
        // SAFETY: by contract.
        let (stack, block) = unsafe { ((*this).stack, &(*this).block) };
        let big = big.filter(|big| big.contains(sp)).map(|big| sp..big.top());
        let small = match stack {
            Stack::Folded => block.addresses(FiberCell::stack_top(this) - sp),
            _ if big.is_some() => region().slot_of(this) + PAGE..FiberCell::stack_top(this),
            _ => sp..FiberCell::stack_top(this),
        };
        big.into_iter().chain(std::iter::once(small))
    }

    /// The upper end of a fiber's stack: not at the same place in each slot. What a parked fiber needs to go on lies in its innermost
    /// frames, some ten cache lines; if those of all fibers lay at the same places of their pages, they would share a sixth of the
    /// sets of each cache. The places differ by no more than leaves a blocked task its one page.
    pub(crate) fn stack_top(this: *mut FiberCell) -> usize {
        const PLACES: usize = 8;
        const STEP: usize = 256;
        let base = region().slot_of(this);
        base + SLOT - base / SLOT % PLACES * STEP
    }

    /// Lets prologue checks and loop polls fail at the next opportunity. Any thread, any time.
    ///
    /// # Safety
    /// `this` was created once; it may be running or not.
    pub(crate) unsafe fn poison(this: *mut FiberCell) {
        // SAFETY: cells are never unmapped; the field is atomic.
        poll::poison(unsafe { &(*this).hot.stack_limit });
    }
}

/// Runs a closure on the stack of the worker's thread: for everything that formats, allocates much, does IO or
/// calls foreign code. The closure must neither unwind nor suspend.
///
/// # Safety
/// `fiber` is the running fiber.
pub unsafe fn on_worker_stack<R>(fiber: *mut Fiber, f: impl FnOnce() -> R) -> R {
    // SAFETY: the fiber runs on its worker.
    unsafe { on_thread_stack(FiberCell::worker(FiberCell::of(fiber)), f) }
}

/// The same for who knows the worker.
///
/// # Safety
/// The worker is this thread's.
pub(crate) unsafe fn on_thread_stack<R>(worker: *mut Worker, f: impl FnOnce() -> R) -> R {
    struct Call<F, R> {
        f: Option<F>,
        result: Option<R>,
    }
    unsafe extern "C" fn thunk<F: FnOnce() -> R, R>(arg: *mut u8) {
        // SAFETY: `arg` is the `Call` below.
        let call = unsafe { &mut *arg.cast::<Call<F, R>>() };
        if let Some(f) = call.f.take() {
            call.result = Some(f());
        }
    }
    fn run<F: FnOnce() -> R, R>(sp: usize, call: &mut Call<F, R>) {
        // SAFETY: `sp` is where the worker's thread waits; below it the stack is free.
        unsafe { switch::call_on_stack(sp, thunk::<F, R>, (&raw mut *call).cast()) }
    }
    let mut call = Call { f: Some(f), result: None };
    // SAFETY: by contract.
    unsafe {
        let sp = std::mem::replace(&mut (*worker).thread_sp, 0);
        if sp == 0 {
            // Already there.
            let f = call.f.take().unwrap_unchecked();
            return f();
        }
        run(sp, &mut call);
        (*worker).thread_sp = sp;
        call.result.take().unwrap_unchecked()
    }
}
