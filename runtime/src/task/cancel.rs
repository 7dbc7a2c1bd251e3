//! Cancellation, which follows the tree of scopes.
//!
//! A task is told to stop by the flag `STOP` of its record, a scope by a flag of its own; both stay set for good. A task
//! is cancelled when it, a scope that it has opened, its scope, or any task or scope above is. A task that parks is first *attached*: entered into
//! its scope's list, and the scope into its parent's list, up to the root; so the canceller, who sets the flag and
//! then walks down the lists, finds it. Attaching takes the list's lock after the flag could be set, and looks at
//! the flags again: one of the two sees the other.
//!
//! Whoever runs and has never parked is in no list. The canceller asks all workers for a poll, behind the flags; at its
//! poll, and when it goes on after a yield, a fiber walks up ([`notice`]). What it finds is kept in `cancel_pending`,
//! the one word that operations look at which need not wait.
//!
//! The reasons lie in the lists: of a scope's cancellation in its own, of a task's in those of its scope. Whoever cancels leaves
//! his in every scope that he passes on his way down ([`links`](super::links)): so a chain of tasks that is cancelled as a whole
//! takes as long as it has links, and not each of them as many looks as there are above it.
//!
//! A task that unwinds has a *shield*, a scope of its own that holds what its `defer`s spawn, and in which they open
//! theirs. (So has a `defer` of a task that does not, once it spawns or opens something.) Neither way leads across it: who is inside learns of nothing that happens outside, until the task has ended
//! or a block has ended the unwinding. A fiber's [`Shield`](crate::sched::request::Shield) does the same for requests.

use wyn_abi::{Fiber, RunFrame, TaskRecord};
use wyn_hot::state::{PUBLIC, STOP, State};

use super::failure::Stop;
use super::latent;
use super::links::link_all;
use super::lists::{Lists, Why};
use super::scope::{Kind, ScopeCell};
use super::told;
use crate::fiber::FiberCell;
use crate::sched::parking::request_cancel;
use crate::sched::private::publish;
use crate::sched::request::ask_twice;
use crate::sched::runtime;
use crate::sync::{AtomicUsize, MutexGuard, Ordering};

/// Scopes that are cancelled and not closed, and tasks that are told to stop and have not ended.
static TOLD: told::Count = told::Count::nobody();

/// Tells something to stop by a flag. The caller tells those who are parked afterwards, if this is true: the flag is new.
fn tell(set_flag: impl FnOnce() -> bool) -> bool {
    TOLD.tell(set_flag, || {
        if let Some(runtime) = runtime() {
            runtime.poison_running();
        }
    })
}

/// Whether anything that is told to stop goes on. A fiber may begin to run just when the canceller asks the workers, and
/// look just before the flag: until all have stopped the monitor asks again.
pub(crate) fn anybody() -> bool {
    TOLD.anybody()
}

/// A fiber that runs finds out whether its task was told to stop.
///
/// # Safety
/// The fiber runs. Behind `poll::restore` or `poll::resumed`, whoever tells it afterwards makes it poll.
pub(crate) unsafe fn notice(cell: *mut FiberCell) {
    // SAFETY: by contract.
    unsafe {
        let (task, innermost) = place_in_tree(cell);
        if is_told(task, innermost) {
            // ORDER: Relaxed; read by this fiber.
            (*cell).hot.cancel_pending.store(1, Ordering::Relaxed);
        }
    }
}

/// Where the fast paths look whether anything is told to stop.
pub(crate) fn number_told() -> *const AtomicUsize {
    TOLD.number()
}

/// Something that was told to stop has ended.
fn count_off() {
    TOLD.forget();
}

/// Tells all tasks of a scope, and theirs, to stop. The first reason is kept; whether it is this.
///
/// # Safety
/// The caller keeps the scope; `current` is the running fiber, or null outside of fibers.
pub(crate) unsafe fn cancel_scope(current: *mut Fiber, this: *mut ScopeCell, stop: Stop) -> bool {
    // SAFETY: by contract.
    unsafe {
        let first = tell(|| {
            let mut lists = (*this).lists();
            if lists.stop.is_some() {
                return false;
            }
            lists.stop = Some(stop);
            // ORDER: Relaxed; ordered by what comes next, see `told`.
            (*this).cancelled.store(true, Ordering::Relaxed);
            true
        });
        if first {
            let why = Why { stop, scope: this, level: ScopeCell::level(this) };
            ask_twice(|| walk_down(current, this, why));
        }
        first
    }
}

/// As [`cancel_scope`], for the own tasks of one that was cancelled and has left its code, or of a block that is left by unwinding. Usually
/// whoever told it to stop is above, and has told them too: a request goes all the way down, and who parks later finds the flag above. To go down again from each
/// task of a chain that is cancelled as a whole would take as long as all its tasks have below them. What is left are
/// those that have cancelled themselves, by sending where nobody receives.
///
/// # Safety
/// As for `cancel_scope`; the task, which is unfinished, owns the scope.
pub(crate) unsafe fn cancel_own(current: *mut Fiber, this: *mut ScopeCell, stop: Stop) {
    // SAFETY: by contract; an unfinished task keeps its scope.
    unsafe {
        if !is_told((*this).hot.task, this) {
            cancel_scope(current, this, stop);
        }
    }
}

/// As [`cancel_scope`], for a block: also the task that has opened it is told to stop.
///
/// # Safety
/// As for `cancel_scope`; the owner of the block is in it, or waits for the caller.
pub(crate) unsafe fn cancel_block(current: *mut Fiber, this: *mut ScopeCell, stop: Stop) -> bool {
    // SAFETY: by contract; the frame lies on the stack of its task, which is in the block.
    unsafe {
        let first = cancel_scope(current, this, stop);
        if first {
            ask_twice(|| {
                request_cancel(current, FiberCell::of((*(*this).body).fiber), ScopeCell::level(this))
            });
        }
        first
    }
}

/// A scope is closed: its cancellation is over.
///
/// # Safety
/// All its tasks have ended.
pub(crate) unsafe fn forget_scope(this: *mut ScopeCell) {
    // SAFETY: by contract.
    unsafe {
        // ORDER: Relaxed; those who have finished with the scope have synchronised with its owner.
        if (*this).cancelled.load(Ordering::Relaxed) {
            (*this).cancelled.store(false, Ordering::Relaxed);
            (*this).lists().stop = None;
            count_off();
        }
    }
}

/// Requests from everybody who is parked below a scope, and leaves the reason in all scopes there. The tree may be of any depth;
/// the locks on the way to a scope are held, so that it stays. False when somebody was not seen to be parked.
unsafe fn walk_down(current: *mut Fiber, top: *mut ScopeCell, why: Why) -> bool {
    // SAFETY: listed frames and scopes are removed under the lock before they end.
    unsafe {
        let mut all = true;
        let mut way = vec![enter(current, top, why, &mut all)];
        while let Some((_, within)) = way.last_mut() {
            match within.pop() {
                Some(scope) => way.push(enter(current, scope, why, &mut all)),
                None => {
                    way.pop();
                }
            }
        }
        all
    }
}

/// Requests from those who are parked in a scope; gives its lists, and the scopes in it that a request passes into.
unsafe fn enter<'a>(
    current: *mut Fiber,
    scope: *mut ScopeCell,
    why: Why,
    all: &mut bool,
) -> (MutexGuard<'a, Lists>, Vec<*mut ScopeCell>) {
    // SAFETY: as in `walk_down`.
    unsafe {
        let mut lists = (*scope).lists();
        (*scope).learn(&mut lists, why);
        let mut within = Vec::new();
        for parked in lists.parked() {
            if !parked.frame.is_null() {
                *all &= request_cancel(current, FiberCell::of((*parked.frame).fiber), why.level);
            }
            if is_open_to_requests(parked.scope) {
                within.push(parked.scope);
            }
        }
        (lists, within)
    }
}

/// Whether there is a scope, and no shield.
unsafe fn is_open_to_requests(scope: *mut ScopeCell) -> bool {
    // SAFETY: as in `walk_down`.
    !scope.is_null() && unsafe { (*scope).kind } != Kind::Shield
}

/// Tells one task, and its own tasks, to stop.
///
/// # Safety
/// `fiber` is the running fiber, which holds a handle of the task.
pub(crate) unsafe fn cancel_task(fiber: *mut Fiber, record: *mut TaskRecord, stop: Stop) {
    // SAFETY: the handle keeps the record, the lock keeps it from completing, and that keeps its scope.
    unsafe {
        let state = State(&(*record).state);
        if state.load().is_terminal() {
            return;
        }
        if !state.peek().has(PUBLIC) {
            publish(FiberCell::of(fiber), record);
        }
        if !state.lock() {
            return;
        }
        let scope = ScopeCell::of((*record).scope);
        if !scope.is_null() && !state.peek().has(STOP) {
            let _ = tell(|| {
                (*scope).lists().tell(record, stop);
                state.stop();
                true
            });
            ask_twice(|| request_task(fiber, scope, record, stop));
        }
        state.unlock((*record).link != 0);
    }
}

/// Requests from a task of this scope if it is parked, and from all who are parked below it.
/// False when somebody was not seen to be parked.
unsafe fn request_task(
    current: *mut Fiber,
    scope: *mut ScopeCell,
    record: *mut TaskRecord,
    stop: Stop,
) -> bool {
    // SAFETY: as in `walk_down`.
    unsafe {
        let why = Why { stop, scope: std::ptr::null(), level: ScopeCell::level(scope) + 1 };
        let lists = (*scope).lists();
        let parked = lists.parked_of(record);
        let mut all = parked.frame.is_null()
            || request_cancel(current, FiberCell::of((*parked.frame).fiber), why.level);
        if is_open_to_requests(parked.scope) {
            all &= walk_down(current, parked.scope, why);
        }
        all
    }
}

/// A task that was told to stop has completed.
///
/// # Safety
/// The scope still counts it. The record may be another's by now, so it is but a name.
pub(crate) unsafe fn forget_task(scope: *mut ScopeCell, record: *mut TaskRecord) {
    // SAFETY: by contract.
    unsafe { (*scope).lists().forget(record) };
    count_off();
}

/// What a walk up finds.
#[derive(Clone, Copy)]
enum Told {
    /// A task was told to stop.
    Task(*mut TaskRecord),
    /// A scope was cancelled.
    Scope(*mut ScopeCell),
    /// It has come down to a scope that it, or something above, was told to: its lists say why.
    Within(*mut ScopeCell),
}

/// Walks up, to the nearest shield, from a task and the innermost of its scopes, or the one that it belongs to; stops
/// where `found` is true.
unsafe fn walk_up(mut task: *mut TaskRecord, mut scope: *mut ScopeCell, mut found: impl FnMut(Told) -> bool) {
    // SAFETY: parents outlive their children, and tasks what they have opened.
    unsafe {
        while !scope.is_null() {
            if (*scope).hot.task != task {
                if State(&(*task).state).peek().has(STOP) && found(Told::Task(task)) {
                    return;
                }
                task = (*scope).hot.task;
            }
            // ORDER: Relaxed, both; behind the fences of parking and cancelling, else a hint that comes a little later.
            if (*scope).told.load(Ordering::Relaxed) && found(Told::Within(scope)) {
                return;
            }
            if (*scope).cancelled.load(Ordering::Relaxed) && found(Told::Scope(scope)) {
                return;
            }
            if (*scope).kind == Kind::Shield {
                return;
            }
            scope = ScopeCell::of((*scope).hot.parent);
        }
    }
}

/// The task that runs on a fiber, and the innermost of its scopes, or the one that it belongs to.
///
/// # Safety
/// The fiber runs here, or has left and is this thread's, or is pinned.
pub(crate) unsafe fn place_in_tree(cell: *mut FiberCell) -> (*mut TaskRecord, *mut ScopeCell) {
    // SAFETY: by contract.
    unsafe {
        latent::record(cell);
        let task = (*cell).hot.task;
        let innermost = FiberCell::innermost(cell);
        if innermost.is_null() && !task.is_null() {
            return (task, ScopeCell::of((*task).scope));
        }
        (task, innermost)
    }
}

/// Whether some block around what a pinned fiber does has a deadline that has not passed.
///
/// # Safety
/// The fiber is pinned in a park, so the scopes around it are open.
pub(crate) unsafe fn has_deadline(cell: *mut FiberCell) -> bool {
    // SAFETY: by contract.
    unsafe {
        let (_, mut scope) = place_in_tree(cell);
        while !scope.is_null() && !(*scope).deadline.is_pending() {
            scope = ScopeCell::of((*scope).hot.parent);
        }
        !scope.is_null()
    }
}

/// Whether the task that runs on a fiber was told to stop.
///
/// # Safety
/// The fiber runs on this thread, or is about to park here.
#[inline(always)]
pub(crate) unsafe fn is_cancelled(cell: *mut FiberCell) -> bool {
    // SAFETY: by contract; open scopes and their parents are alive.
    unsafe {
        // ORDER: Relaxed; behind the fences of parking and cancelling, else a hint that comes a little later.
        (*cell).hot.cancel_pending.load(Ordering::Relaxed) != 0 || TOLD.anybody() && is_told_here(cell)
    }
}

#[cold]
#[inline(never)]
unsafe fn is_told_here(cell: *mut FiberCell) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let (task, innermost) = place_in_tree(cell);
        is_told(task, innermost)
    }
}

unsafe fn is_told(task: *mut TaskRecord, innermost: *mut ScopeCell) -> bool {
    if !TOLD.anybody() {
        return false;
    }
    let mut told = false;
    // SAFETY: the caller's promise.
    unsafe {
        walk_up(task, innermost, |_| {
            told = true;
            true
        });
    }
    told
}

/// The outermost reason that somebody is told, and the scope whose cancellation it is, or null.
unsafe fn reason_above(task: *mut TaskRecord, innermost: *mut ScopeCell) -> Option<(Stop, *const ScopeCell)> {
    // SAFETY: the caller's promise.
    unsafe {
        let mut last = None;
        walk_up(task, innermost, |told| {
            last = Some(told);
            // A scope that is told for its own sake may not know of more: nothing comes down to where nobody has parked.
            matches!(told, Told::Within(at) if why(told).is_some_and(|(_, scope)| scope != at.cast_const()))
        });
        let (stop, scope) = why(last?)?;
        if scope.is_null() || (*scope).hot.task != task {
            return Some((stop, scope));
        }
        // With its own block's time a task's unwinding ends there, unless something further out was told as well: also if that
        // is on its way down only now.
        walk_up(task, innermost, |told| {
            if !matches!(told, Told::Within(_)) {
                last = Some(told);
            }
            false
        });
        why(last?)
    }
}

/// Why something was told to stop.
unsafe fn why(told: Told) -> Option<(Stop, *const ScopeCell)> {
    // SAFETY: the caller has found it above a task that is not finished.
    unsafe {
        match told {
            Told::Scope(scope) => (*scope).lists().stop.map(|stop| (stop, scope.cast_const())),
            Told::Within(scope) => (*scope).lists().why.map(|why| (why.stop, why.scope)),
            Told::Task(task) => {
                let stop = (*ScopeCell::of((*task).scope)).lists().told(task)?;
                Some((stop, std::ptr::null()))
            }
        }
    }
}

/// Why the running task, which is cancelled, is told to stop.
///
/// # Safety
/// The fiber runs, and its task is cancelled.
pub(crate) unsafe fn reason(cell: *mut FiberCell) -> (Stop, *const ScopeCell) {
    // SAFETY: by contract.
    unsafe {
        told::behind_request();
        let (task, innermost) = place_in_tree(cell);
        let unknown = (Stop { reason: Stop::BY_FUTURE, at: None }, std::ptr::null());
        reason_above(task, innermost).unwrap_or(unknown)
    }
}

/// Why a task that has not begun, and is the caller's, is told to stop; nothing when it is not.
///
/// # Safety
/// The caller has claimed it.
pub(crate) unsafe fn reason_not_to_begin(record: *mut TaskRecord) -> Option<Stop> {
    // SAFETY: an unfinished task keeps its scope.
    unsafe {
        let scope = ScopeCell::of((*record).scope);
        if !is_told(record, scope) {
            return None;
        }
        told::behind_request();
        reason_above(record, scope).map(|(stop, _)| stop)
    }
}

/// Sets the fiber's request to what holds for the task that runs now: after a task or a block has ended.
///
/// # Safety
/// The fiber runs.
pub(crate) unsafe fn refresh_request(cell: *mut FiberCell) {
    // SAFETY: by contract.
    unsafe {
        let request = &(*cell).hot.cancel_pending;
        // ORDER: Relaxed; a request that comes later stays.
        if request.load(Ordering::Relaxed) != 0 {
            (*cell).shield.refresh(request, || is_told_here(cell));
        }
    }
}

/// Opens a shield for the running task, which unwinds or is under a mask, unless it is under one already. `outer` is the level of
/// the fiber's shield outside of it.
///
/// # Safety
/// The fiber runs.
pub(crate) unsafe fn open_shield(cell: *mut FiberCell, outer: u32) {
    // SAFETY: by contract.
    unsafe {
        let innermost = FiberCell::innermost(cell);
        if !innermost.is_null() && (*innermost).kind == Kind::Shield {
            return;
        }
        let shield = ScopeCell::open(cell, Kind::Shield);
        (*shield).hot.plain = false;
        (*shield).outer_level = outer;
        (*shield).mask = (*cell).hot.cancel_mask;
        (*cell).shield.set(&(*cell).hot.cancel_pending, ScopeCell::level(shield), || false);
    }
}

/// Sets the fiber's shield to this level, that of what is around, when a shield has been closed for good.
///
/// # Safety
/// The fiber runs, in the scope where it goes on.
pub(crate) unsafe fn lower_shield(cell: *mut FiberCell, level: u32) {
    // SAFETY: by contract.
    unsafe { (*cell).shield.set(&(*cell).hot.cancel_pending, level, || is_told_here(cell)) }
}

/// Enters the tasks on a fiber that parks into their scopes' lists.
///
/// # Safety
/// On the worker's stack, before the fiber can be woken.
pub(crate) unsafe fn attach_frames(cell: *mut FiberCell) {
    // SAFETY: the frames lie on the saved stack.
    unsafe {
        let attach = || {
            let mut frame = (*cell).hot.frame;
            while !frame.is_null() && !(*frame).attached {
                let scope = ScopeCell::of((*(*frame).record).scope);
                (*frame).attached = true;
                if !scope.is_null() {
                    (*scope).lists().attach((*frame).record, frame);
                    link_all(scope);
                }
                frame = (*frame).outer;
            }
        };
        if told::enter(attach, || is_cancelled(cell)) {
            // ORDER: Relaxed; read by this worker when the commit has run.
            (*cell).hot.cancel_pending.store(1, Ordering::Relaxed);
        }
    }
}

/// Takes a task that has ended out of its scope's list.
///
/// # Safety
/// The frame is attached, and its task unfinished.
pub(crate) unsafe fn detach_frame(frame: *mut RunFrame) {
    // SAFETY: the scope outlives its unfinished task.
    unsafe {
        let record = (*frame).record;
        let scope = ScopeCell::of((*record).scope);
        if !scope.is_null() {
            (*scope).lists().detach(record);
        }
    }
}
