//! Walks over what an object reaches: marking, the check of invariant M, and making constants immortal.
//!
//! A type's mark function calls `wyn_mark` for each counted part of a content. Inside a walk that call puts the part
//! on the walk's stack, so that a walk is iterative; what is then done with an object depends on the walk:
//!
//! * *marking* (invariant M: whatever a marked object reaches is marked or immortal): an object with one reference
//!   stays local and is walked on; one with more becomes shared, and with it everything that it reaches;
//! * *checking*: nothing changes; a local object that a marked one reaches is a violation;
//! * *immortalising*: the object's count becomes 0 and it is no longer counted as live;
//! * *tracing*: what some contents reach is written down, handles too, and nothing else is done: no walk at all.
//!
//! No walk goes into a mutex: what is in there is marked at all times, and only whoever holds the mutex may look.

use std::collections::HashSet;
use std::sync::OnceLock;

use wyn_abi::channel::Channel;
use wyn_abi::object::{ContentFn, IMMORTAL, ObjectHeader, STUCK, TypeDescriptor, TypeKind, WorkerHeap};
use wyn_abi::{Fiber, TaskRecord};
use wyn_hot::count::{self, CountCell, Marked};
use wyn_hot::object::{descriptor, heap};

use super::release::for_each_content;
use crate::leaks::{self, registry};
use crate::sync::Ordering;

/// What a walk does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    Mark,
    Check,
    Immortalise,
    Trace,
}

/// The state of a walk; a worker keeps one.
struct Walk {
    /// Objects to visit, each with whether a marked object reaches it.
    stack: Vec<(*mut ObjectHeader, bool)>,
    /// Whether a visit is under way: `wyn_mark` then only adds to the stack.
    visiting: bool,
    /// Whether what is reached now is reached from a marked object.
    from_marked: bool,
    purpose: Purpose,
    /// Checking: what was visited, and local objects that a marked one reaches.
    seen: HashSet<usize>,
    violations: Vec<*mut ObjectHeader>,
    /// Tracing: handles.
    handles: Vec<Reached>,
}

/// What a content reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reached {
    Object(*mut ObjectHeader),
    Sender(*mut Channel),
    Receiver(*mut Channel),
    Future(*mut TaskRecord),
}

/// The worker's walk, made when it is first needed.
unsafe fn walk_of(heap: *mut WorkerHeap) -> *mut Walk {
    // SAFETY: `walk` is null or was made here; it is freed by `close`.
    unsafe {
        if (*heap).walk.is_null() {
            let walk = Walk {
                stack: Vec::new(),
                visiting: false,
                from_marked: false,
                purpose: Purpose::Mark,
                seen: HashSet::new(),
                violations: Vec::new(),
                handles: Vec::new(),
            };
            (*heap).walk = Box::into_raw(Box::new(walk)).cast();
        }
        (*heap).walk.cast()
    }
}

/// Frees the walk of a stopped worker.
///
/// # Safety
/// `heap` is a worker's that runs no more.
pub(super) unsafe fn close(heap: *mut WorkerHeap) {
    // SAFETY: made by `walk_of`, used by nobody any more.
    unsafe {
        if !(*heap).walk.is_null() {
            drop(Box::from_raw((*heap).walk.cast::<Walk>()));
            (*heap).walk = std::ptr::null_mut();
        }
    }
}

/// See the table.
///
/// # Safety
/// As for `wyn_mark`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_mark(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the caller's promise; mark functions never suspend, so `heap` stays right. `walk` is used through
    // its raw pointer because mark functions come back to this function.
    unsafe {
        let heap = heap(fiber);
        if !(*heap).special_walk && (*descriptor(heap, object)).mark.is_none() {
            // A string, mostly: nothing to go on with.
            let walk = (*heap).walk.cast::<Walk>();
            let _ = count::mark(&(*object).count, !walk.is_null() && (*walk).from_marked);
            return;
        }
        let walk = walk_of(heap);
        (*walk).stack.push((object, (*walk).from_marked));
        if !(*walk).visiting {
            run(fiber, heap, walk);
            if (*walk).purpose == Purpose::Mark && checks_m() && !violations_of_m(fiber, object).is_empty() {
                broken();
            }
        }
    }
}

/// See the table.
///
/// # Safety
/// As for `wyn_share_all`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_share(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: as for `wyn_slow_mark`.
    unsafe {
        let heap = heap(fiber);
        let walk = walk_of(heap);
        (*walk).stack.push((object, true));
        if !(*walk).visiting {
            run(fiber, heap, walk);
        }
    }
}

/// Whether what is marked now is reached from a marked object.
///
/// # Safety
/// `fiber` runs.
pub(crate) unsafe fn from_marked(fiber: *mut Fiber) -> bool {
    // SAFETY: the running worker's walk.
    unsafe { (*heap(fiber)).walk.cast::<Walk>().as_ref().is_some_and(|walk| walk.from_marked) }
}

/// Whether every hand-over to another task checks invariant M: `WYN_CHECK=1` in the environment. That is where it
/// could break: an object that one task alone holds is local, or becomes so before it is changed.
fn checks_m() -> bool {
    static CHECKS: OnceLock<bool> = OnceLock::new();
    *CHECKS.get_or_init(|| std::env::var_os("WYN_CHECK").is_some_and(|value| value == "1"))
}

/// Ends the process: counts can no longer be trusted.
fn broken() -> ! {
    let text =
        "wyn: a shared object reaches one that is not (invariant M is broken); this is a mistake of Wyn's\n";
    // SAFETY: writes bytes of a constant to a file descriptor; works on a stack of any size.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
    std::process::abort()
}

/// Visits until the stack is empty.
unsafe fn run(fiber: *mut Fiber, heap: *mut WorkerHeap, walk: *mut Walk) {
    // SAFETY: as for `wyn_slow_mark`.
    unsafe {
        (*walk).visiting = true;
        while let Some((object, from_marked)) = { (*walk).stack.pop() } {
            if let Some(below) = visit(heap, walk, object, from_marked) {
                let desc = descriptor(heap, object);
                if (*walk).purpose == Purpose::Immortalise && (*desc).drop.is_some() {
                    everlasting::add(object);
                }
                if let Some(mark) = (*desc).mark
                    && (*desc).kind != TypeKind::Mutex
                {
                    (*walk).from_marked = below;
                    for_each_content(desc, object.cast(), |content| mark(fiber, content));
                }
            }
        }
        (*walk).from_marked = false;
        (*walk).visiting = false;
    }
}

/// Deals with one object. `Some` asks to go on with its contents, reached from a marked object or not.
unsafe fn visit(
    heap: *mut WorkerHeap,
    walk: *mut Walk,
    object: *mut ObjectHeader,
    from_marked: bool,
) -> Option<bool> {
    // SAFETY: whoever put the object on the stack keeps it.
    let count = unsafe { &(*object).count };
    // ORDER: Relaxed; as in `count::mark`.
    let n = CountCell::load(count, Ordering::Relaxed);
    // SAFETY: as above.
    match unsafe { (*walk).purpose } {
        Purpose::Mark => match count::mark(count, from_marked) {
            Marked::Already => None,
            Marked::Local => Some(false),
            Marked::Shared => Some(true),
        },
        Purpose::Check => {
            // SAFETY: the walk is the worker's.
            let walk = unsafe { &mut *walk };
            if n == IMMORTAL || !walk.seen.insert(object as usize) {
                return None;
            }
            if n > 0 && from_marked {
                walk.violations.push(object);
            }
            Some(n < 0)
        }
        Purpose::Immortalise => {
            if n == IMMORTAL {
                return None;
            }
            CountCell::store(count, IMMORTAL, Ordering::Relaxed);
            // SAFETY: `live` has an entry for each type.
            unsafe { *(*heap).live.add((*object).type_index as usize) -= 1 };
            if leaks::registers() {
                registry::forget(object as usize);
            }
            Some(false)
        }
        // Nothing is visited.
        Purpose::Trace => None,
    }
}

/// Begins a walk that is not plain marking, runs `start`, and gives the walk back when it is done.
unsafe fn special(fiber: *mut Fiber, purpose: Purpose, start: impl FnOnce()) -> *mut Walk {
    // SAFETY: as for `wyn_slow_mark`; no walk is under way.
    unsafe {
        let heap = heap(fiber);
        let walk = walk_of(heap);
        (*walk).purpose = purpose;
        (*heap).special_walk = true;
        start();
        (*heap).special_walk = false;
        (*walk).purpose = Purpose::Mark;
        walk
    }
}

/// What the contents reach on which `start` calls mark functions.
///
/// # Safety
/// As for `wyn_slow_mark`; no walk is under way.
pub(crate) unsafe fn trace(fiber: *mut Fiber, start: impl FnOnce()) -> Vec<Reached> {
    // SAFETY: the caller's promise.
    unsafe {
        let walk = special(fiber, Purpose::Trace, || {
            (*walk_of(heap(fiber))).visiting = true;
            start();
        });
        (*walk).visiting = false;
        let mut reached = std::mem::take(&mut (*walk).handles);
        reached.extend(
            std::mem::take(&mut (*walk).stack).into_iter().map(|(object, _)| Reached::Object(object)),
        );
        reached
    }
}

/// Takes note of a handle that a mark function has come to, if that is all there is to do with it.
///
/// # Safety
/// `fiber` runs.
#[inline]
pub(crate) unsafe fn traced(fiber: *mut Fiber, handle: Reached) -> bool {
    // SAFETY: the running worker's heap and walk.
    unsafe {
        let heap = heap(fiber);
        if !(*heap).special_walk {
            return false;
        }
        let walk = walk_of(heap);
        let traces = (*walk).purpose == Purpose::Trace;
        if traces {
            (*walk).handles.push(handle);
        }
        traces
    }
}

/// See the table.
///
/// # Safety
/// `content` has the type whose mark function `mark` is, which no other task reaches.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_make_immortal(fiber: *mut Fiber, content: *mut u8, mark: *const u8) {
    if mark.is_null() {
        return;
    }
    // SAFETY: the row says that it is a `ContentFn`.
    unsafe {
        let mark = std::mem::transmute::<*const u8, ContentFn>(mark);
        special(fiber, Purpose::Immortalise, || mark(fiber, content));
    }
}

/// Checks invariant M below an object: gives the local objects that marked ones reach. For tests and debug builds;
/// no other task may change what is reached.
///
/// # Safety
/// `object` is a live object of the running program.
pub unsafe fn violations_of_m(fiber: *mut Fiber, object: *mut ObjectHeader) -> Vec<*mut ObjectHeader> {
    // SAFETY: the caller's promise.
    unsafe {
        let walk = special(fiber, Purpose::Check, || wyn_slow_mark(fiber, object));
        (*walk).seen = HashSet::new();
        std::mem::take(&mut (*walk).violations)
    }
}

/// With `WYN_CHECK=1`, checks that the content of a mutex is marked, all of it: when the mutex dies.
///
/// # Safety
/// `content` is that of a mutex of this type, which nobody else has any more; no walk is under way.
pub(super) unsafe fn check_content(fiber: *mut Fiber, desc: *const TypeDescriptor, content: *mut u8) {
    if !checks_m() {
        return;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let Some(mark) = (*desc).mark else { return };
        let walk = special(fiber, Purpose::Check, || {
            let walk = (*heap(fiber)).walk.cast::<Walk>();
            (*walk).from_marked = true;
            (*walk).visiting = true;
            mark(fiber, content);
            run(fiber, heap(fiber), walk);
        });
        (*walk).seen = HashSet::new();
        if !std::mem::take(&mut (*walk).violations).is_empty() {
            broken();
        }
    }
}

/// Objects that module constants hold and that hold something themselves. They never die, but what is in mutexes may come
/// and go, and ends of channels, which closures keep, stay counted.
pub(crate) mod everlasting {
    use std::sync::{Mutex, PoisonError};

    use wyn_abi::Fiber;
    use wyn_abi::object::{ObjectHeader, TypeKind};
    use wyn_hot::object::{descriptor, heap};

    use super::{check_content, for_each_content};

    static ALL: Mutex<Vec<usize>> = Mutex::new(Vec::new());

    pub(super) fn add(object: *mut ObjectHeader) {
        ALL.lock().unwrap_or_else(PoisonError::into_inner).push(object as usize);
    }

    /// Drops what is in them, at the end of the program: so that what is left then is lost.
    ///
    /// # Safety
    /// `fiber` has an open heap of the program; nothing else runs.
    pub(crate) unsafe fn empty(fiber: *mut Fiber) {
        let all = std::mem::take(&mut *ALL.lock().unwrap_or_else(PoisonError::into_inner));
        for object in all {
            let object = object as *mut ObjectHeader;
            // SAFETY: immortal objects stay; nobody looks into this one any more.
            unsafe {
                let desc = descriptor(heap(fiber), object);
                if let Some(drop) = (*desc).drop {
                    for_each_content(desc, object.cast(), |content| {
                        if (*desc).kind == TypeKind::Mutex {
                            check_content(fiber, desc, content);
                        }
                        drop(fiber, content);
                    });
                }
            }
        }
    }
}

const _: () = assert!(STUCK < 0, "a saturated count is a marked one");
