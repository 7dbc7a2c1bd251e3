//! Scopes: sets of tasks that are joined together.
//!
//! A scope is opened by a `nursery` or `within`, or for a task itself when it first spawns. It counts its unfinished tasks:
//! private ones with plain arithmetic on the owner's worker, published ones atomically. The atomic count holds one
//! more, the *bias*, until the owner has ended and has no private children; whoever takes it to zero completes
//! the scope. While the bias is there and the count is one, nobody else knows the scope, so that a scope whose
//! tasks were never published is joined without an atomic operation.
//!
//! What cancellation adds is told in [`cancel`](super::cancel).

use std::sync::{Arc, PoisonError};

use wyn_abi::task::{Exception, SCOPES_KEPT};
use wyn_abi::{Fiber, RunFrame, Scope, TaskRecord};
use wyn_hot::state::{STOP, State};

use super::cancel;
use super::children::{Children, Counts};
use super::deadline::Deadline;
use super::failure::{Failure, Stop};
use super::links::Link;
use super::lists::{Lists, Why};
use super::local;
use crate::fiber::FiberCell;
use crate::leaks;
use crate::leaks::registry::{self, What};
use crate::panic::PanicInfo;
use crate::sched::parking;
use crate::sched::worker::Worker;
use crate::sync::{AtomicBool, AtomicU32, AtomicUsize, Mutex, MutexGuard, Ordering};

/// What a scope is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A task's own: joined without a stack, once the task's code has ended.
    Task,
    /// A `nursery` or a `within`: joined by the task that opened it.
    Block,
    /// For what `defer`s spawn and open, of a task that unwinds or of a `defer` alone: what cancels from outside stops here.
    Shield,
    /// Of one detached task: nobody joins it.
    Detached,
    /// Above the scopes of detached tasks: joined by the end of the program.
    Root,
}

/// A scope; the fast paths know the prefix.
#[repr(C)]
pub(crate) struct ScopeCell {
    /// The counts.
    pub(crate) hot: Scope,
    pub(crate) kind: Kind,
    /// When one of its tasks panics, the others and the block are cancelled.
    pub(crate) strict: bool,
    /// The owner's code has ended, or it waits for all its tasks, or there is no owner; and the bias is still there. Owner's
    /// worker only; of a detached task's scope, the worker's where the task is private.
    ended: bool,
    /// In the parent's list. Guarded by the parent's lock.
    linked: bool,
    /// All its tasks are told to stop; see `cancel`.
    pub(crate) cancelled: AtomicBool,
    /// So are they because of this or something above, and the lists say why; see `links`. Written under their lock.
    pub(crate) told: AtomicBool,
    /// The scope was cancelled before one of its tasks had ended, and so was the task.
    pub(crate) stopped: AtomicBool,
    /// How many unfinished tasks a block may have; 0 when that does not matter.
    pub(crate) limit: u32,
    /// A block's deadline.
    pub(crate) deadline: Deadline,
    /// A block: the newest exception in flight when it was opened.
    pub(crate) exceptions: *mut Exception,
    /// The fiber's mask where it was opened: inside a block it does not hold, and with the mask a shield ends.
    pub(crate) mask: u32,
    /// A block: it was opened under a mask, and lies in a shield that takes its place.
    pub(crate) in_shield: bool,
    /// A shield: the level of the one outside it.
    pub(crate) outer_level: u32,
    /// How that task ended (a terminal phase), once it has.
    pub(crate) outcome: u64,
    /// A block or a shield: the frame of the task that has opened it.
    pub(crate) body: *mut RunFrame,
    /// The fiber that waits for its tasks, or for one of them.
    pub(crate) waiter: *mut Fiber,
    lists: Mutex<Lists>,
}

/// What a worker begins with: no free scopes; with all scopes registered, a list that counts as full as well.
pub(crate) fn first_len() -> usize {
    if leaks::registers() { SCOPES_KEPT } else { 0 }
}

/// Scopes that were made and not given back to the allocator.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// How many scopes are in no pool.
///
/// # Safety
/// These workers, all there were, have stopped.
pub(crate) unsafe fn left(workers: &[*mut Worker]) -> usize {
    // SAFETY: by contract.
    let pooled: usize = workers.iter().map(|worker| unsafe { (**worker).hot.scope_free_len }).sum();
    // ORDER: Relaxed; the workers have stopped.
    MADE.load(Ordering::Relaxed).saturating_sub(pooled)
}

impl ScopeCell {
    pub(crate) fn of(scope: *mut Scope) -> *mut ScopeCell {
        scope.cast()
    }

    /// A scope at rest, as it lies in a pool: no children, no lists, not cancelled.
    fn at_rest() -> ScopeCell {
        ScopeCell {
            hot: Scope {
                private_children: 0,
                shared_children: AtomicU32::new(1),
                depth: 0,
                touched: AtomicBool::new(false),
                plain: true,
                task: std::ptr::null_mut(),
                parent: std::ptr::null_mut(),
                bindings: std::ptr::null(),
                next: std::ptr::null_mut(),
            },
            kind: Kind::Task,
            strict: false,
            ended: false,
            linked: false,
            cancelled: AtomicBool::new(false),
            told: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            limit: 0,
            deadline: Deadline::none(),
            exceptions: std::ptr::null_mut(),
            mask: 0,
            in_shield: false,
            outer_level: 0,
            outcome: 0,
            body: std::ptr::null_mut(),
            waiter: std::ptr::null_mut(),
            lists: Mutex::new(Lists::default()),
        }
    }

    /// Opens a scope within the innermost one of the running task, or the one that the task belongs to.
    pub(crate) unsafe fn open(cell: *mut FiberCell, kind: Kind) -> *mut ScopeCell {
        // SAFETY: the fiber runs; a pooled scope is nobody's.
        unsafe {
            let (task, parent) = cancel::place_in_tree(cell);
            let this = ScopeCell::take(cell, kind, parent);
            (*this).hot.task = task;
            (*this).body = (*cell).hot.frame;
            ScopeCell::enter(cell, this);
            this
        }
    }

    /// Opens the scope of a detached task, which the running task is about to spawn.
    pub(crate) unsafe fn open_detached(cell: *mut FiberCell, root: *mut ScopeCell) -> *mut ScopeCell {
        // SAFETY: as for `open`; the root outlives its children.
        unsafe {
            let this = ScopeCell::take(cell, Kind::Detached, root);
            (*this).hot.task = std::ptr::null_mut();
            (*this).body = std::ptr::null_mut();
            (*this).hot.bindings = local::keep(cell);
            // Only the task has to end.
            (*this).ended = true;
            this
        }
    }

    /// The root, above all detached tasks.
    pub(crate) fn root() -> ScopeCell {
        let mut root = ScopeCell { kind: Kind::Root, ..ScopeCell::at_rest() };
        root.hot.depth = 1;
        root
    }

    /// Takes a scope from the pool, or makes one.
    unsafe fn take(cell: *mut FiberCell, kind: Kind, parent: *mut ScopeCell) -> *mut ScopeCell {
        // SAFETY: the fiber runs on this thread; a pooled scope is nobody's; the parent is open.
        unsafe {
            let worker = FiberCell::worker(cell);
            let mut this = ScopeCell::of((*worker).hot.scope_free);
            if this.is_null() {
                this = Box::into_raw(Box::new(ScopeCell::at_rest()));
                // ORDER: Relaxed; a statistic.
                MADE.fetch_add(1, Ordering::Relaxed);
                if leaks::registers() {
                    registry::made(cell.cast(), What::Scope, this as usize);
                }
            } else {
                (*worker).hot.scope_free = (*this).hot.next;
                (*worker).hot.scope_free_len -= 1;
            }
            (*this).kind = kind;
            (*this).hot.parent = parent.cast();
            (*this).hot.depth = if parent.is_null() { 1 } else { (*parent).hot.depth + 1 };
            (*this).hot.bindings = if parent.is_null() { std::ptr::null() } else { (*parent).hot.bindings };
            this
        }
    }

    /// Makes a scope, or none, the innermost one of the running task.
    pub(crate) unsafe fn enter(cell: *mut FiberCell, this: *mut ScopeCell) {
        // SAFETY: the fiber runs, and the scope is its task's.
        unsafe {
            (*cell).hot.innermost = this.cast();
            let slow = this.is_null() || (*this).limit != 0 || (*cell).hot.cancel_mask != 0;
            (*cell).hot.scope = if slow { std::ptr::null_mut() } else { this.cast() };
        }
    }

    /// The level of the scope, for requests. The tasks of a scope are one level further in.
    pub(crate) unsafe fn level(this: *mut ScopeCell) -> u32 {
        // SAFETY: the caller keeps the scope.
        unsafe { 2 * (*this).hot.depth }
    }

    /// Frees a scope that is joined: puts it to rest.
    pub(crate) unsafe fn close(worker: *mut Worker, this: *mut ScopeCell) {
        // SAFETY: all its tasks have ended, so only the parent's list can still name it.
        unsafe {
            if (*this).kind != Kind::Task || (*this).is_touched() {
                ScopeCell::settle(this);
            }
            if (*worker).hot.scope_free_len == SCOPES_KEPT {
                if leaks::registers() {
                    registry::gone(What::Scope, this as usize);
                }
                // ORDER: Relaxed; a statistic.
                MADE.fetch_sub(1, Ordering::Relaxed);
                drop(Box::from_raw(this));
                return;
            }
            // ORDER: Relaxed; those who have finished with the scope have synchronised with its owner.
            (*this).hot.shared_children.store(1, Ordering::Relaxed);
            (*this).hot.next = (*worker).hot.scope_free;
            (*worker).hot.scope_free = this.cast();
            (*worker).hot.scope_free_len += 1;
        }
    }

    /// Takes back what sets a scope apart from one at rest.
    #[cold]
    unsafe fn settle(this: *mut ScopeCell) {
        // SAFETY: as in `close`.
        unsafe {
            if (*this).linked {
                ScopeCell::unlink(this);
            }
            cancel::forget_scope(this);
            // Nobody else knows the scope any more.
            match (*this).lists.get_mut() {
                Ok(lists) => lists.rest(),
                Err(poisoned) => poisoned.into_inner().rest(),
            }
            (*this).kind = Kind::Task;
            (*this).strict = false;
            (*this).limit = 0;
            (*this).hot.plain = true;
            // ORDER: Relaxed, all; as above.
            (*this).told.store(false, Ordering::Relaxed);
            (*this).stopped.store(false, Ordering::Relaxed);
            (*this).hot.touched.store(false, Ordering::Relaxed);
        }
    }

    /// See `touched`; exact when all its tasks have ended.
    fn is_touched(&self) -> bool {
        // ORDER: Relaxed; who sets it is a task of the scope, which has ended since, or somebody the owner waits for.
        self.hot.touched.load(Ordering::Relaxed)
    }

    /// Closing has something to undo.
    fn touch(&self) {
        // ORDER: Relaxed; see `is_touched`.
        self.hot.touched.store(true, Ordering::Relaxed);
    }

    /// The tasks that others may end.
    pub(crate) fn shared(&self) -> Children<'_> {
        Children(&self.hot.shared_children)
    }

    pub(crate) fn lists(&self) -> MutexGuard<'_, Lists> {
        self.touch();
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counts, as the owner's worker sees them.
    unsafe fn counts<'a>(this: *mut ScopeCell) -> Counts<'a> {
        // SAFETY: the caller is the owner's worker, which alone looks at these two fields. The scope stays until the bias is
        // taken off or the tasks are handed over, after which no method touches it.
        unsafe {
            Counts {
                private: &mut (*this).hot.private_children,
                ended: &mut (*this).ended,
                shared: Children(&(*this).hot.shared_children),
            }
        }
    }

    /// From here on another worker may complete the owner.
    unsafe fn open_owner(this: *mut ScopeCell) {
        // SAFETY: on the owner's worker, with the bias still there.
        unsafe {
            if (*this).kind == Kind::Task {
                let task = (*this).hot.task;
                if !State(&(*task).state).peek().has(wyn_hot::state::PUBLIC) {
                    crate::sched::private::make_public(task);
                }
            }
        }
    }

    /// So many private children become public: counts them as such, and then lets others have them.
    ///
    /// # Safety
    /// On the owner's worker; the children are unfinished. `scope` may be null: `main` has none.
    #[inline(always)]
    pub(crate) unsafe fn publish_children(scope: *mut Scope, count: u32, hand_over: impl FnOnce()) {
        if scope.is_null() {
            return hand_over();
        }
        let this = ScopeCell::of(scope);
        // SAFETY: by contract.
        unsafe { ScopeCell::counts(this).publish(count, || ScopeCell::open_owner(this), hand_over) }
    }

    /// A child finished. True when that completed the scope.
    ///
    /// # Safety
    /// A private child finishes on the owner's worker.
    #[must_use]
    pub(crate) unsafe fn child_finished(this: *mut ScopeCell, public: bool) -> bool {
        // SAFETY: an unfinished child keeps the scope.
        unsafe {
            if public {
                return (*this).shared().take(1) == 0;
            }
            ScopeCell::counts(this).end_private(|| ScopeCell::open_owner(this))
        }
    }

    /// Whether no child is unfinished. Exact for the owner while it holds the bias.
    pub(crate) unsafe fn is_empty(this: *mut ScopeCell) -> bool {
        // SAFETY: the owner looks.
        unsafe { ScopeCell::counts(this).are_gone() }
    }

    /// The owning task's code has ended with unfinished children: true when they have finished meanwhile; else
    /// whoever finishes last completes the task.
    #[must_use]
    pub(crate) unsafe fn owner_ended(this: *mut ScopeCell, outcome: u64) -> bool {
        // SAFETY: on the owner's worker.
        unsafe {
            (*this).outcome = outcome;
            ScopeCell::counts(this).end_owner(|| ScopeCell::open_owner(this))
        }
    }

    /// Waits for the tasks of a block or shield. Cancellation of those above reaches them by itself, so the wait is
    /// masked. The bias is gone afterwards, if there were any.
    pub(crate) unsafe fn join(fiber: *mut Fiber, this: *mut ScopeCell) {
        unsafe fn commit(fiber: *mut Fiber, this: *mut ()) {
            let this = this.cast::<ScopeCell>();
            // SAFETY: on the owner's worker; the fiber keeps the scope until it is woken. Private children end here too.
            unsafe {
                (*this).waiter = fiber;
                let over = ScopeCell::counts(this).end_owner(|| ScopeCell::open_owner(this));
                if over && parking::claim(fiber) {
                    parking::ready(fiber, fiber);
                }
            }
        }
        // SAFETY: the fiber runs and owns the scope.
        unsafe {
            if ScopeCell::is_empty(this) {
                return;
            }
            let cell = FiberCell::of(fiber);
            (*cell).hot.cancel_mask += 1;
            let _ = parking::park(fiber, parking::WaitFor::Nursery(this.cast()), commit, this.cast());
            (*cell).hot.cancel_mask -= 1;
        }
    }

    /// What the owner of a block or shield waits for has happened.
    pub(crate) unsafe fn wake_owner(current: *mut Fiber, this: *mut ScopeCell) {
        // SAFETY: the owner wrote `waiter` before it dropped the bias, and waits for this call.
        unsafe {
            let waiter = (*this).waiter;
            if parking::claim(waiter) {
                parking::ready(current, waiter);
            }
        }
    }

    /// A task of the scope panicked. If it fails as a whole, everybody is told to stop.
    pub(crate) unsafe fn fail(current: *mut Fiber, this: *mut ScopeCell, failure: Arc<Failure>) {
        // SAFETY: the unfinished task keeps the scope.
        unsafe {
            let at = failure.panic().at;
            {
                let failures = &mut (*this).lists().failures;
                // A scope that lives long forgets what others have dealt with.
                if failures.len() == failures.capacity() && !(*this).strict {
                    failures.retain(|failure| !failure.is_taken());
                }
                failures.push(failure);
            }
            if (*this).strict {
                cancel::cancel_block(current, this, Stop { reason: Stop::SIBLING, at });
            }
        }
    }

    /// The panic with which the scope ends, when all its tasks have ended: the first that nobody has dealt with, or of a
    /// scope that fails as a whole the first. The others have been reported.
    pub(crate) unsafe fn take_failure(this: *mut ScopeCell) -> Option<Arc<PanicInfo>> {
        // SAFETY: by contract.
        unsafe { ScopeCell::open_failure(this) }.map(|failure| failure.panic().clone())
    }

    /// As [`take_failure`](ScopeCell::take_failure): the failure itself, which somebody may yet deal with.
    pub(crate) unsafe fn open_failure(this: *mut ScopeCell) -> Option<Arc<Failure>> {
        // SAFETY: the owner looks, or whoever has ended the detached task.
        unsafe {
            if !(*this).is_touched() {
                return None;
            }
            let failures = std::mem::take(&mut (*this).lists().failures);
            let strict = (*this).strict;
            failures.into_iter().find(|failure| strict || !failure.is_taken())
        }
    }

    /// Those within are told to stop because of this, or of something further out that they know of. Whoever calls holds the lock
    /// of these lists.
    pub(crate) fn learn(&self, lists: &mut Lists, why: Why) {
        lists.learn(why);
        // ORDER: Relaxed; whoever asks for the reason takes the lock.
        self.told.store(true, Ordering::Relaxed);
    }

    /// What those in this scope, which lies in one with these lists, are told to stop for, as far as that has come down there.
    unsafe fn comes_down(this: *mut ScopeCell, around: *mut ScopeCell, lists: &Lists) -> Option<Why> {
        // SAFETY: parents outlive their children, and the owner is unfinished.
        unsafe {
            if (*this).kind == Kind::Shield {
                return None;
            }
            let owner = (*this).hot.task;
            let of_owner = || {
                // Of the tasks in the scope around it the owner is one, or it has opened both. The record may have been
                // another's, which was told.
                let told = !owner.is_null()
                    && (*around).hot.task != owner
                    && State(&(*owner).state).peek().has(STOP);
                let stop = lists.told(owner).filter(|_| told)?;
                Some(Why { stop, scope: std::ptr::null(), level: ScopeCell::level(around) + 1 })
            };
            lists.why.or_else(of_owner)
        }
    }

    /// What the parent's lists call the scope: its owner's record, or of one without an owner its own address.
    unsafe fn name(this: *mut ScopeCell) -> *mut TaskRecord {
        // SAFETY: the caller keeps the scope.
        let owner = unsafe { (*this).hot.task };
        if owner.is_null() { this.cast() } else { owner }
    }

    unsafe fn unlink(this: *mut ScopeCell) {
        // SAFETY: parents outlive their children. `linked` was set by a child that has finished.
        unsafe {
            (*ScopeCell::of((*this).hot.parent)).lists().unlink(ScopeCell::name(this));
            (*this).linked = false;
        }
    }
}

/// A scope that somebody keeps.
impl Link for *mut ScopeCell {
    fn around(self) -> Option<Self> {
        // SAFETY: whoever links it is a task in it, or below.
        let parent = ScopeCell::of(unsafe { (*self).hot.parent });
        (!parent.is_null()).then_some(parent)
    }

    fn is_linked(self) -> bool {
        // SAFETY: as above; parents outlive their children.
        self.around().is_none_or(|around| unsafe {
            let _lists = (*around).lists();
            (*self).linked
        })
    }

    fn link(self) {
        let Some(around) = self.around() else { return };
        // SAFETY: as above.
        unsafe {
            let mut lists = (*around).lists();
            if (*self).linked {
                return;
            }
            (*self).linked = true;
            (*self).touch();
            lists.link(ScopeCell::name(self), self);
            if let Some(why) = ScopeCell::comes_down(self, around, &lists) {
                (*self).learn(&mut (*self).lists(), why);
            }
        }
    }
}
