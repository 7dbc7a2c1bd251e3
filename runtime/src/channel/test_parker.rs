//! A scheduler for tests: each fiber is a thread (of the system or of loom), and parking blocks it.

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr;

use wyn_abi::channel::Waiter;
use wyn_abi::sync::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use wyn_abi::sync::{AtomicBool, AtomicU32, fence};
use wyn_abi::{Fiber, TaskRecord};

use crate::sched::home::Home;

use super::parker::{Commit, Host, Parker, WaitFor, Wake};

use notify::Notify;

/// One permission to go on.
mod notify {
    #[cfg(wyn_loom)]
    use loom::sync::{Condvar, Mutex};
    #[cfg(not(wyn_loom))]
    use std::sync::{Condvar, Mutex};

    pub(crate) struct Notify(Mutex<bool>, Condvar);

    impl Notify {
        pub(crate) fn new() -> Self {
            Self(Mutex::new(false), Condvar::new())
        }

        pub(crate) fn notify(&self) {
            *self.0.lock().unwrap() = true;
            self.1.notify_one();
        }

        pub(crate) fn wait(&self) {
            let mut go = self.0.lock().unwrap();
            while !*go {
                go = self.1.wait(go).unwrap();
            }
            *go = false;
        }
    }
}

/// Workers that are told apart.
static HOMES: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(100);

const RUNNING: u32 = 0;
const PARKED: u32 = 1;
const CLAIMED: u32 = 2;
const CANCELLED: u32 = 3;

/// A thread in the part of a fiber. Its address stands for the fiber.
pub(crate) struct TestFiber {
    state: AtomicU32,
    stop: AtomicBool,
    go: Notify,
    /// The worker that it is said to run on; one of its own, unless a test says otherwise.
    pub(crate) home: Home,
    waiter: UnsafeCell<MaybeUninit<Waiter>>,
    /// How often it was made ready.
    pub(crate) wakes: Cell<u32>,
}

// SAFETY: `wakes` is written by who has claimed the fiber, and read by itself; the waiter is its own, and its list's.
unsafe impl Sync for TestFiber {}
// SAFETY: as above.
unsafe impl Send for TestFiber {}

impl TestFiber {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicU32::new(RUNNING),
            stop: AtomicBool::new(false),
            go: Notify::new(),
            home: Home::at(HOMES.fetch_add(1, core::sync::atomic::Ordering::Relaxed)),
            waiter: UnsafeCell::new(MaybeUninit::uninit()),
            wakes: Cell::new(0),
        }
    }

    pub(crate) fn as_fiber(&self) -> *mut Fiber {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Tells the fiber to stop.
    pub(crate) fn cancel(&self) {
        self.stop.store(true, Relaxed);
        fence(SeqCst);
        if self.state.compare_exchange(PARKED, CANCELLED, AcqRel, Acquire).is_ok() {
            self.resume();
        }
    }

    fn resume(&self) {
        self.go.notify();
    }
}

/// Threads as fibers.
pub(crate) struct Threads;

unsafe fn this<'a>(fiber: *mut Fiber) -> &'a TestFiber {
    // SAFETY: in these tests a fiber's address is that of a `TestFiber`, which outlives the channel's use of it.
    unsafe { &*fiber.cast::<TestFiber>() }
}

impl Parker for Threads {
    #[cfg(not(wyn_loom))]
    unsafe fn worker(fiber: *mut Fiber) -> u16 {
        // SAFETY: see `this`.
        unsafe { this(fiber).home.worker() as u16 }
    }

    /// A thread stays where it is.
    #[cfg(not(wyn_loom))]
    unsafe fn go_on_at(_fiber: *mut Fiber, _worker: u16) {}

    unsafe fn park(fiber: *mut Fiber, _wait: WaitFor, commit: Commit, arg: *mut ()) -> Wake {
        // SAFETY: see `this`; the caller hands `commit` over to be run once.
        unsafe {
            let this = this(fiber);
            this.state.store(PARKED, Release);
            commit(fiber, arg);
            fence(SeqCst);
            let cancelled = this.stop.load(Relaxed)
                && this.state.compare_exchange(PARKED, CANCELLED, AcqRel, Acquire).is_ok();
            if !cancelled {
                this.go.wait();
            }
            if this.state.swap(RUNNING, AcqRel) == CANCELLED { Wake::Cancelled } else { Wake::Normal }
        }
    }

    unsafe fn waiter(fiber: *mut Fiber) -> *mut Waiter {
        // SAFETY: see `this`.
        unsafe { this(fiber).waiter.get().cast() }
    }

    unsafe fn claim(target: *mut Fiber) -> bool {
        // SAFETY: see `this`.
        unsafe { this(target).state.compare_exchange(PARKED, CLAIMED, AcqRel, Acquire).is_ok() }
    }

    unsafe fn ready(_current: *mut Fiber, target: *mut Fiber) {
        // SAFETY: see `this`; claimed by the caller.
        let target = unsafe { this(target) };
        target.wakes.set(target.wakes.get() + 1);
        target.resume();
    }

    unsafe fn cancel_pending(fiber: *mut Fiber) -> bool {
        // SAFETY: see `this`.
        unsafe { this(fiber).stop.load(Relaxed) }
    }

    unsafe fn confined(fiber: *mut Fiber, peer: *mut Fiber) -> bool {
        // SAFETY: see `this`.
        unsafe { this(peer).home.is_shared_with(&this(fiber).home) }
    }
}

/// Chance, without time, and with tasks that are public from the start.
impl Host for Threads {
    unsafe fn random(_fiber: *mut Fiber) -> u32 {
        #[cfg(wyn_loom)]
        return 0;
        #[cfg(not(wyn_loom))]
        {
            std::thread_local! {
                static STATE: Cell<u32> = const { Cell::new(0x9e37_79b9) };
            }
            let mut state = STATE.with(Cell::get);
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            STATE.with(|cell| cell.set(state));
            state
        }
    }

    fn now() -> u64 {
        0
    }

    unsafe fn start(_fiber: *mut Fiber, _at: u64) {
        unreachable!("these tests have no time")
    }

    unsafe fn stop(_fiber: *mut Fiber) {
        unreachable!("these tests have no time")
    }

    unsafe fn publish(_fiber: *mut Fiber, _record: *mut TaskRecord) {
        unreachable!("these tests have public tasks")
    }
}
