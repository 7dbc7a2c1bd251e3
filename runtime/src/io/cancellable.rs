//! Calls to the outside world that their task may leave.
//!
//! Such a call has memory of its own. A cancelled task tells the call to stop and waits until it has, so that nothing
//! happens behind the back of a task that goes on: no file is still open, nothing will be written. A call stops at once
//! while it [waits](Call::ready) for a file, and else before its next step. Only one that hangs in the operating system is
//! left behind after a moment: its thread counts no longer, and when it comes back the call finds out.
//!
//! All that the task and the thread tell each other is in one state, under a lock. *Nobody is left waiting:* a
//! task enters the state before the call is queued, or while it sees that the call is not over, and the thread wakes
//! whoever is in the state when it is over. A task that has left is in another park, which its ticket does not name.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use wyn_abi::{Fiber, Location};

use super::blocking;
use crate::channel::fibers::Fibers;
use crate::channel::parker::{Host, Outside};
use crate::fiber::{FiberCell, on_worker_stack};
use crate::sched::parking::{WaitFor, Wake, cancel_pending, park, ready, waits_at};
use crate::sched::word::Ticket;
use crate::sync::{Mutex, MutexGuard};
use crate::time::now;

/// How long a cancelled task waits for its call to stop.
pub const PATIENCE: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Queued,
    UnderWay,
    Over,
    /// Left behind by its task; whether its thread was [written off](blocking::write_off).
    Left(bool),
}

/// A call, as the thread that makes it sees it.
pub struct Call {
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// The task was told to stop, and wants nothing of the call any more.
    stop: bool,
    /// The call has seen that, and has no result.
    stopped: bool,
    /// The fiber to be woken when the call is over, and the park that it waits in.
    waiting: Option<(*mut FiberCell, Ticket)>,
    /// Wakes the thread while it waits for a file.
    bell: Option<OwnedFd>,
    /// The thread waits for a file, and is written off for as long.
    away: bool,
}

// SAFETY: cells are never unmapped, and are woken by whoever claims them.
unsafe impl Send for State {}

/// Memory of the task that makes a call: it is there until the task leaves.
#[derive(Clone, Copy)]
pub(super) struct Borrowed {
    start: *const u8,
    len: usize,
}

// SAFETY: it is only read by `Call::copy`, while the task is there.
unsafe impl Send for Borrowed {}

impl Borrowed {
    /// # Safety
    /// The bytes stay as they are until the call is over or left.
    pub(super) unsafe fn new(bytes: &[u8]) -> Borrowed {
        Borrowed { start: bytes.as_ptr(), len: bytes.len() }
    }

    pub(super) fn len(self) -> usize {
        self.len
    }
}

impl State {
    /// # Errors
    /// The task is gone, and the call is to end.
    fn go_on(&mut self) -> io::Result<()> {
        self.stopped |= self.stop;
        if self.stop { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

impl Call {
    fn new() -> Call {
        let state = State {
            phase: Phase::Queued,
            stop: false,
            stopped: false,
            waiting: None,
            bell: None,
            away: false,
        };
        Call { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Between two steps of a call.
    ///
    /// # Errors
    /// The task is gone, and the call is to end.
    pub fn go_on(&self) -> io::Result<()> {
        self.state().go_on()
    }

    /// Waits until the file is ready for these events of `poll`.
    pub(super) fn ready(&self, file: BorrowedFd<'_>, events: i16) -> io::Result<()> {
        self.poll(Some((file, events)), -1)
    }

    /// Waits so many milliseconds.
    pub(super) fn pause(&self, millis: i32) -> io::Result<()> {
        self.poll(None, millis)
    }

    /// Meanwhile the thread does not count: those that wait for a pipe, up to a thousand, keep no others from
    /// making calls.
    fn poll(&self, file: Option<(BorrowedFd<'_>, i16)>, timeout: i32) -> io::Result<()> {
        let bell = self.bell()?;
        let mut state = self.state();
        state.away = blocking::write_off();
        drop(state);
        let result = self.poll_with(bell, file, timeout);
        let mut state = self.state();
        if std::mem::take(&mut state.away) {
            blocking::came_back();
        }
        result
    }

    fn poll_with(&self, bell: i32, file: Option<(BorrowedFd<'_>, i16)>, timeout: i32) -> io::Result<()> {
        let entry = |fd, events| libc::pollfd { fd, events, revents: 0 };
        // An entry with a negative descriptor is passed over.
        let file = file.map_or(entry(-1, 0), |(file, events)| entry(file.as_raw_fd(), events));
        let mut entries = [entry(bell, libc::POLLIN), file];
        loop {
            // SAFETY: two entries; the bell is there for as long as the call.
            let count = unsafe { libc::poll(entries.as_mut_ptr(), 2, timeout) };
            // What comes after the task has left is not taken away from others.
            self.go_on()?;
            if count >= 0 {
                return Ok(());
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }

    /// What rings when the task leaves.
    fn bell(&self) -> io::Result<i32> {
        let mut state = self.state();
        state.go_on()?;
        if let Some(bell) = &state.bell {
            return Ok(bell.as_raw_fd());
        }
        // SAFETY: plain call; the descriptor is new and nobody else's.
        let bell = unsafe {
            match libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) {
                -1 => return Err(io::Error::last_os_error()),
                fd => OwnedFd::from_raw_fd(fd),
            }
        };
        Ok(state.bell.insert(bell).as_raw_fd())
    }

    /// Copies a piece of what the task has lent, into a buffer of the call.
    pub(super) fn copy(
        &self,
        from: Borrowed,
        start: usize,
        into: &mut Vec<u8>,
        most: usize,
    ) -> io::Result<()> {
        let mut state = self.state();
        state.go_on()?;
        let count = most.min(from.len - start);
        // SAFETY: the task has not left, and does not while the state is locked.
        into.extend_from_slice(unsafe { std::slice::from_raw_parts(from.start.add(start), count) });
        drop(state);
        Ok(())
    }

    /// What the thread does, unless the task has left before: then there is nothing to be said to anybody, and no result.
    fn make(&self, f: impl FnOnce(&Call)) {
        if self.begin() {
            f(self);
            self.end();
        }
    }

    /// The thread begins; false when there is nothing to do any more.
    fn begin(&self) -> bool {
        let mut state = self.state();
        if state.phase == Phase::Queued {
            state.phase = Phase::UnderWay;
        }
        state.phase == Phase::UnderWay
    }

    /// The thread has ended the call, and what it gives is there.
    fn end(&self) {
        let mut state = self.state();
        let before = std::mem::replace(&mut state.phase, Phase::Over);
        let waiting = state.waiting.take();
        drop(state);
        if let Some((cell, ticket)) = waiting {
            // SAFETY: cells are never unmapped; the ticket names the park for which the fiber is in the state.
            unsafe {
                if (*cell).word.claim_at(ticket) {
                    ready(std::ptr::null_mut(), cell.cast());
                }
            }
        }
        if before == Phase::Left(true) {
            blocking::came_back();
        }
    }

    /// The task wants nothing of the call any more. True when nothing will happen any more.
    fn stop(&self) -> bool {
        let mut state = self.state();
        state.stop = true;
        if state.phase == Phase::Queued {
            state.phase = Phase::Left(false);
        }
        if let Some(bell) = &state.bell {
            let one = 1_u64.to_ne_bytes();
            // SAFETY: eight bytes. It fails only if the bell has rung already.
            unsafe { libc::write(bell.as_raw_fd(), one.as_ptr().cast(), one.len()) };
        }
        state.phase != Phase::UnderWay
    }

    /// The task goes on, whatever the call does. True when that has come to its end all the same, and has a result.
    fn leave(&self) -> bool {
        let mut state = self.state();
        state.waiting = None;
        if state.phase == Phase::UnderWay {
            state.phase = Phase::Left(!state.away && blocking::write_off());
        }
        state.phase == Phase::Over && !state.stopped
    }
}

/// Makes a call on another thread while the task is parked; `None` when the task was told to stop, and is to end now. Reports
/// say that it waits for `what`, and `at` which line. Does not unwind; the task may go on under another worker.
///
/// # Safety
/// `fiber` is the running fiber; `at` is null or static.
pub unsafe fn run<R: Send + 'static>(
    fiber: *mut Fiber,
    at: *const Location,
    f: impl FnOnce(&Call) -> R + Send + 'static,
) -> Option<R> {
    // SAFETY: the fiber runs.
    if unsafe { cancel_pending(fiber) } {
        return None;
    }
    let call = Arc::new(Call::new());
    let result = Arc::new(Mutex::new(None));
    let job = {
        let (call, result) = (call.clone(), result.clone());
        move || {
            call.make(|call| {
                let value = f(call);
                *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            });
        }
    };
    // SAFETY: as above.
    unsafe {
        waits_at(fiber, at);
        if queue_and_wait(fiber, &call, job) == Wake::Cancelled {
            if !call.stop() {
                wait_a_moment(fiber, &call);
            }
            // Completion wins: the task meets its cancellation later. To leave may take a new thread, and so a large stack.
            if !on_worker_stack(fiber, || call.leave()) {
                return None;
            }
        }
    }
    let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    Some(value.unwrap_or_else(|| crate::panic::fatal("a call without a result")))
}

/// Parks until the call is over or the task is told to stop.
unsafe fn queue_and_wait(fiber: *mut Fiber, call: &Call, job: impl FnOnce() + Send + 'static) -> Wake {
    struct Start<'a, F> {
        call: &'a Call,
        job: Option<F>,
    }
    unsafe fn commit<F: FnOnce() + Send + 'static>(fiber: *mut Fiber, start: *mut ()) {
        let cell = FiberCell::of(fiber);
        // SAFETY: the frame of the fiber stays until the call is queued: only then can it be over. A canceller waits for
        // the end of the commit.
        unsafe {
            let start = &mut *start.cast::<Start<'_, F>>();
            let ticket = (*cell).word.ticket();
            start.call.state().waiting = Some((cell, ticket));
            if let Some(job) = start.job.take() {
                blocking::start(job);
            }
        }
    }
    fn commit_of<F: FnOnce() + Send + 'static>(_: &Start<'_, F>) -> crate::sched::parking::Commit {
        commit::<F>
    }
    let mut start = Start { call, job: Some(job) };
    // SAFETY: the fiber runs.
    unsafe {
        // Counted until the fiber runs again, whoever wakes it.
        blocking::begins();
        let commit = commit_of(&start);
        let wake = park(fiber, WaitFor::Outside(Outside::Files), commit, (&raw mut start).cast());
        blocking::is_over();
        wake
    }
}

/// Parks until the call is over, but not for long.
unsafe fn wait_a_moment(fiber: *mut Fiber, call: &Arc<Call>) {
    unsafe fn commit(fiber: *mut Fiber, call: *mut ()) {
        let cell = FiberCell::of(fiber);
        // SAFETY: the fiber parks. Its timer may wake it at once, and its frame be gone: so the call is held here.
        unsafe {
            let call = (*call.cast::<Arc<Call>>()).clone();
            let ticket = (*cell).word.ticket();
            // The thread that ends the call needs the state: so the timer is there before anybody claims the fiber.
            let mut state = call.state();
            if state.phase == Phase::UnderWay {
                Fibers::start(fiber, now().saturating_add(PATIENCE.as_nanos() as u64));
                state.waiting = Some((cell, ticket));
                return;
            }
            drop(state);
            if (*cell).word.claim_at(ticket) {
                ready(fiber, fiber);
            }
        }
    }
    // SAFETY: the fiber runs. Its cancellation is on its way, and does not end this wait.
    unsafe {
        let cell = FiberCell::of(fiber);
        (*cell).hot.cancel_mask += 1;
        let mut call = call.clone();
        // Counted, though there is a timer: that may be gone while the thread that has claimed the fiber has not queued it.
        blocking::begins();
        let wake = park(fiber, WaitFor::Outside(Outside::Files), commit, (&raw mut call).cast());
        blocking::is_over();
        debug_assert_eq!(wake, Wake::Normal);
        Fibers::stop(fiber);
        (*cell).hot.cancel_mask -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn a_call_that_is_stopped_in_the_queue_never_begins() {
        let call = Call::new();
        assert!(call.stop(), "nothing will happen");
        call.make(|_| panic!("its task has left"));
        assert!(!call.leave(), "there is no result");
    }

    #[test]
    fn a_call_that_is_over_has_a_result_though_its_task_was_told_to_stop() {
        let call = Call::new();
        assert!(call.begin());
        call.go_on().expect("nobody has told it to stop");
        call.end();
        assert!(call.stop());
        assert!(call.leave());
    }

    #[test]
    fn a_call_that_has_stopped_has_no_result() {
        let call = Call::new();
        assert!(call.begin());
        assert!(!call.stop(), "it is under way");
        assert_eq!(call.go_on().expect_err("it was told to stop").kind(), io::ErrorKind::Interrupted);
        call.end();
        assert!(!call.leave());
    }

    #[test]
    fn whoever_waits_for_a_file_is_told_to_stop() {
        let (reader, writer) = io::pipe().expect("a pipe");
        let call = Call::new();
        assert!(call.begin());
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| call.ready(reader.as_fd(), libc::POLLIN));
            assert!(!call.stop());
            assert!(waits.join().expect("no panic").is_err());
        });
        // Also when there is something to read.
        io::Write::write(&mut &writer, b"x").expect("there is room");
        assert!(call.ready(reader.as_fd(), libc::POLLIN).is_err());
    }

    #[test]
    fn what_a_task_lends_is_copied_in_pieces_until_it_leaves() {
        let lent = *b"abcde";
        // SAFETY: the bytes stay to the end of the test.
        let lent = unsafe { Borrowed::new(&lent) };
        let call = Call::new();
        let mut piece = Vec::new();
        assert!(call.begin());
        call.copy(lent, 0, &mut piece, 3).expect("the task is there");
        call.copy(lent, 3, &mut piece, 3).expect("the task is there");
        assert_eq!(piece, b"abcde");
        assert!(!call.stop());
        assert!(call.copy(lent, 0, &mut piece, 3).is_err());
    }
}
