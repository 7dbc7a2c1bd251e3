//! Calls that may wait for the outside world.
//!
//! The task is parked, a thread of this module makes the call, and the task goes on with the result: a blocking
//! call holds neither a worker nor a fiber's small stack. Threads are made when none is idle, and end after a while
//! without work.
//!
//! The wait for a call of [`run`] cannot be cancelled, because the call uses memory of the task whenever it likes. Calls that have
//! memory of their own can be left ([`cancellable`](super::cancellable)), or made on behalf of several tasks ([`shared`](super::shared)).

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::Duration;

use wyn_abi::{Fiber, Location};

use crate::channel::parker::Outside;
use crate::fiber::FiberCell;
use crate::report;
use crate::sched::parking::{WaitFor, Wake, claim, park, ready, waits_at};
use crate::sched::runtime;
use crate::sched::standstill::Promises;
use crate::sync::{Condvar, Mutex, MutexGuard, thread};

/// How long a thread without work stays.
const LINGER: Duration = Duration::from_secs(5);
/// Threads at most; further calls wait in the queue.
const THREADS: usize = 64;
/// Threads at most besides, which hang in a call that nobody waits for, or wait for a file.
const WRITTEN_OFF: usize = 1024;

/// A call to make.
struct Job {
    /// The parked fiber that the call is for; null when it is for none in particular.
    fiber: *mut Fiber,
    run: unsafe fn(*mut ()),
    /// On the stack of that fiber, or null.
    arg: *mut (),
}

struct Queue {
    jobs: VecDeque<Job>,
    /// Threads that wait for a job.
    idle: usize,
    /// Threads that make calls or wait for one.
    threads: usize,
    /// Threads that are not among these.
    written_off: usize,
}

// SAFETY: what a job leads to belongs to the queue until a thread takes the job, and then to that thread.
unsafe impl Send for Queue {}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { jobs: VecDeque::new(), idle: 0, threads: 0, written_off: 0 });
static ARRIVED: Condvar = Condvar::new();
/// Fibers whose call is under way.
static OUTSIDE: Promises = Promises::none();

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a fiber waits for the outside world, which may wake it at any time.
pub fn under_way() -> bool {
    !OUTSIDE.all_kept()
}

/// Does something on another thread that may make fibers runnable: nobody takes the program for stuck meanwhile.
pub fn counted(f: impl FnOnce()) {
    begins();
    f();
    is_over();
}

/// A fiber begins to wait for the outside world. Called by a worker, before the fiber parks.
pub(super) fn begins() {
    OUTSIDE.give();
}

/// A call is over, and its fiber in a queue before it stops counting as outside.
pub(super) fn is_over() {
    if OUTSIDE.keep()
        && let Some(runtime) = runtime()
    {
        report::still::look_again(runtime);
    }
}

/// Calls a foreign function that may block, on another thread.
///
/// # Safety
/// As for the calls of this crate: `fiber` is the running fiber, which `f` does not touch.
pub unsafe fn foreign<R: Send>(fiber: *mut Fiber, f: impl FnOnce() -> R + Send) -> R {
    // SAFETY: by contract.
    unsafe { run(fiber, Outside::Foreign, std::ptr::null(), f) }
}

/// Makes a call on another thread while the task is parked; reports say that it waits for `what`, and `at` which line.
/// Neither unwinds nor is cancelled; the task may go on under another worker.
///
/// # Safety
/// `fiber` is the running fiber; `f` does not touch it; `at` is null or static.
pub(crate) unsafe fn run<R: Send>(
    fiber: *mut Fiber,
    what: Outside,
    at: *const Location,
    f: impl FnOnce() -> R + Send,
) -> R {
    struct Call<F, R> {
        f: Option<F>,
        result: Option<R>,
    }
    unsafe fn make<F: FnOnce() -> R, R>(arg: *mut ()) {
        // SAFETY: `arg` is the `Call` below, which the parked fiber keeps.
        let call = unsafe { &mut *arg.cast::<Call<F, R>>() };
        call.result = call.f.take().map(|f| f());
    }
    fn maker<F: FnOnce() -> R, R>(_: &Call<F, R>) -> unsafe fn(*mut ()) {
        make::<F, R>
    }
    let mut call = Call { f: Some(f), result: None };
    let mut job = Job { fiber, run: maker(&call), arg: (&raw mut call).cast() };
    // SAFETY: the fiber runs. It is parked until the call is made, so both locals outlive their use; a masked park
    // ends only by the claim of whoever makes it.
    unsafe {
        let cell = FiberCell::of(fiber);
        (*cell).hot.cancel_mask += 1;
        waits_at(fiber, at);
        begins();
        let wake = park(fiber, WaitFor::Outside(what), submit, (&raw mut job).cast());
        debug_assert_eq!(wake, Wake::Normal);
        (*cell).hot.cancel_mask -= 1;
    }
    // The call was made before the fiber was woken.
    call.result.unwrap_or_else(|| crate::panic::fatal("a blocking call without a result"))
}

/// The commit of a blocking call.
unsafe fn submit(_fiber: *mut Fiber, job: *mut ()) {
    // SAFETY: the job lies in the frame of the fiber that parks.
    queue_up(unsafe { job.cast::<Job>().read() });
}

/// Has a thread make a call for no fiber in particular.
pub(super) fn start<F: FnOnce() + Send + 'static>(call: F) {
    unsafe fn make<F: FnOnce()>(arg: *mut ()) {
        // SAFETY: `arg` is the box below, and this is called once.
        unsafe { Box::from_raw(arg.cast::<F>())() }
    }
    let arg = Box::into_raw(Box::new(call)).cast();
    queue_up(Job { fiber: std::ptr::null_mut(), run: make::<F>, arg });
}

/// A thread hangs in a call that nobody waits for any more, or waits for a file, and counts no longer; false when there are
/// too many such, or none that counts.
pub(super) fn write_off() -> bool {
    let mut queue = queue();
    if queue.written_off == WRITTEN_OFF || queue.threads == 0 {
        return false;
    }
    queue.written_off += 1;
    queue.threads -= 1;
    see_to(queue);
    true
}

/// The calling thread was written off, and counts again.
pub(super) fn came_back() {
    let mut queue = queue();
    queue.written_off -= 1;
    queue.threads += 1;
}

/// Queues a call and sees that somebody makes it.
fn queue_up(job: Job) {
    let mut queue = queue();
    queue.jobs.push_back(job);
    see_to(queue);
}

/// Sees that somebody makes the queued calls.
fn see_to(mut queue: MutexGuard<'static, Queue>) {
    if queue.jobs.is_empty() {
        return;
    }
    if queue.idle >= queue.jobs.len() {
        drop(queue);
        ARRIVED.notify_one();
        return;
    }
    if queue.threads < THREADS {
        queue.threads += 1;
        drop(queue);
        let spawned = thread::Builder::new().name("wyn blocking".to_owned()).spawn(serve);
        if spawned.is_err() {
            let mut queue = self::queue();
            queue.threads -= 1;
            // Those that are written off may come back.
            if queue.threads == 0 && queue.written_off == 0 {
                drop(queue);
                crate::panic::fatal("cannot start a thread for a blocking call");
            }
        }
    }
}

/// The life of a thread.
fn serve() {
    let mut queue = queue();
    loop {
        if queue.threads > THREADS {
            queue.threads -= 1;
            return;
        }
        if let Some(job) = queue.jobs.pop_front() {
            drop(queue);
            // SAFETY: the job is this thread's now, its fiber parked or about to be.
            unsafe { finish(job) };
            queue = self::queue();
            continue;
        }
        queue.idle += 1;
        let (woken, timeout) = ARRIVED.wait_timeout(queue, LINGER).unwrap_or_else(PoisonError::into_inner);
        queue = woken;
        queue.idle -= 1;
        if timeout.timed_out() && queue.jobs.is_empty() {
            queue.threads -= 1;
            return;
        }
    }
}

/// Makes the call and wakes its fiber.
unsafe fn finish(job: Job) {
    // SAFETY: the argument lies on the stack of the fiber until that is woken.
    unsafe {
        (job.run)(job.arg);
        if job.fiber.is_null() {
            return;
        }
        let claimed = claim(job.fiber);
        debug_assert!(claimed, "nobody else wakes a fiber that waits outside");
        ready(std::ptr::null_mut(), job.fiber);
    }
    is_over();
}
