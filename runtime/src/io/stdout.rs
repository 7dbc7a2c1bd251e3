//! Buffered output, in whole lines.
//!
//! A line is put into the buffer in one piece, under a lock; so lines of different tasks never mix. On a terminal
//! each line is handed on at once. Otherwise the buffer is handed on when the next line does not fit, before the
//! program waits for input, when it ends in whatever way, and by the monitor when something has lain there for a while
//! ([`tend`]): a reader of the other end of a pipe need not wait until a program that runs for days has said 64 KB.
//!
//! A reader that went away ends the program as `SIGPIPE` does; any other error ends it with a message and exit
//! code 1. There is nothing sensible that a program could do about either.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use wyn_abi::Fiber;
use wyn_abi::object::StringObject;

use super::held::Held;
use super::{describe, end_with_message};
use crate::object::string::bytes_of;
use crate::sched::bound::stands_still;
use crate::sched::runtime;

/// Bytes that the buffer holds.
const ROOM: usize = 64 * 1024;
/// How long the end of the program waits for another thread that is writing.
const PATIENCE: u32 = 1000;

/// Where output goes: a buffer before a file descriptor.
pub(crate) struct Output {
    fd: i32,
    buffer: Vec<u8>,
    /// Hand on each line; unknown until the first write.
    by_line: Option<bool>,
    /// Something could not be written. Whoever was told ends the program; what others write until then is lost.
    failed: bool,
}

/// What a pipe takes at once when it takes anything.
const AT_ONCE: usize = libc::PIPE_BUF;

static STDOUT: Mutex<Output> = Mutex::new(Output::new(libc::STDOUT_FILENO));
/// Whether something lies in the buffer.
static HELD: Held = Held::nothing();

impl Output {
    pub(crate) const fn new(fd: i32) -> Self {
        Self { fd, buffer: Vec::new(), by_line: None, failed: false }
    }

    /// Whether something is handed on when the parts are added.
    fn is_full_with(&self, parts: [&[u8]; 2]) -> bool {
        self.by_line != Some(false) || self.buffer.len() + parts[0].len() + parts[1].len() > ROOM
    }

    /// Adds the parts in one piece.
    pub(crate) fn put(&mut self, parts: [&[u8]; 2]) -> std::io::Result<()> {
        if self.failed {
            return Ok(());
        }
        let size = parts[0].len() + parts[1].len();
        if self.buffer.len() + size > ROOM {
            self.hand_on()?;
        }
        if self.buffer.capacity() == 0 {
            self.buffer.reserve_exact(ROOM);
        }
        for part in parts {
            if part.len() > ROOM {
                self.hand_on()?;
                write_all(self.fd, part).map_err(|error| self.fail(error))?;
            } else {
                if self.buffer.len() + part.len() > ROOM {
                    self.hand_on()?;
                }
                self.buffer.extend_from_slice(part);
            }
        }
        // SAFETY: plain call.
        let by_line = *self.by_line.get_or_insert_with(|| unsafe { libc::isatty(self.fd) } == 1);
        if by_line { self.hand_on() } else { Ok(()) }
    }

    /// Forgets what cannot be written, and all that follows, so that nothing is tried again: one caller learns of the error.
    #[cold]
    fn fail(&mut self, error: std::io::Error) -> std::io::Error {
        self.buffer.clear();
        self.failed = true;
        error
    }

    /// Gives the buffer to the operating system.
    pub(crate) fn hand_on(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        write_all(self.fd, &self.buffer).map_err(|error| self.fail(error))?;
        self.buffer.clear();
        Ok(())
    }

    /// Gives as much of the buffer to the operating system as it takes without letting the caller wait for a reader.
    fn hand_on_what_is_taken(&mut self) -> std::io::Result<()> {
        let mut rest = self.buffer.as_slice();
        while !rest.is_empty() && is_writable(self.fd, 0) {
            match write_now(self.fd, &rest[..rest.len().min(AT_ONCE)]) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => break,
                Err(error) => return Err(self.fail(error)),
            }
        }
        let handed_on = self.buffer.len() - rest.len();
        self.buffer.drain(..handed_on);
        Ok(())
    }
}

fn lock() -> MutexGuard<'static, Output> {
    STDOUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same if nobody has it.
fn try_lock() -> Option<MutexGuard<'static, Output>> {
    match STDOUT.try_lock() {
        Ok(output) => Some(output),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Writes everything, however often that takes.
pub(crate) fn write_all(fd: i32, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => _ = is_writable(fd, -1),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes some of the bytes, and how many.
fn write(fd: i32, bytes: &[u8]) -> std::io::Result<usize> {
    // SAFETY: the slice is readable.
    let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(written).map_err(|_| std::io::Error::last_os_error())
}

/// The same for who has seen that it [`is_writable`]: should another process have taken the room meanwhile, it would block.
/// What is no pipe or socket may not know how to avoid that, and need not.
fn write_now(fd: i32, bytes: &[u8]) -> std::io::Result<usize> {
    const HERE: i64 = -1;
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: the slice is readable, and nobody writes there.
    let written = unsafe { libc::pwritev2(fd, &raw const part, 1, HERE, libc::RWF_NOWAIT) };
    if let Ok(written) = usize::try_from(written) {
        return Ok(written);
    }
    let error = std::io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL) => write(fd, bytes),
        _ => Err(error),
    }
}

/// Whether it can be written to at once, or fails at once; waits for that for so many milliseconds, or for ever when negative.
fn is_writable(fd: i32, milliseconds: i32) -> bool {
    let mut ready = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one entry.
    unsafe { libc::poll(&raw mut ready, 1, milliseconds) == 1 }
}

/// Ends the program when output could not be written. Called without the lock.
fn accept(result: std::io::Result<()>) {
    let Err(error) = result else { return };
    if error.raw_os_error() == Some(libc::EPIPE) {
        // SAFETY: the default action of the signal ends the process; `_exit` in case it is blocked.
        unsafe {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::raise(libc::SIGPIPE);
            libc::_exit(128 + libc::SIGPIPE);
        }
    }
    end_with_message(&format!("wyn: cannot write to stdout: {}\n", describe(&error)), 1)
}

/// Hands on what was written so far. Gives up after a while when another thread is stuck writing. Any thread.
pub fn flush() {
    for _ in 0..PATIENCE {
        if let Some(mut output) = try_lock() {
            let result = output.hand_on();
            drop(output);
            return accept(result);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether something waits in the buffer to be handed on.
pub(crate) fn is_held() -> bool {
    HELD.look()
}

/// Hands on what is taken of what was written so far, for the monitor. False if nobody takes anything now.
pub(crate) fn tend() -> bool {
    let Some(mut output) = try_lock() else { return false };
    let before = output.buffer.len();
    let result = output.hand_on_what_is_taken();
    let left = output.buffer.len();
    HELD.is_left(left > 0);
    drop(output);
    accept(result);
    left == 0 || left < before
}

/// Adds the parts in one piece, for a task.
///
/// # Safety
/// `fiber` is the running fiber.
unsafe fn put(fiber: *mut Fiber, parts: [&[u8]; 2]) {
    let mut output = lock();
    if output.is_full_with(parts) {
        drop(output);
        // Whoever reads may let this thread wait.
        // SAFETY: the caller's promise.
        unsafe { stands_still(fiber) }
        output = lock();
    }
    let result = output.put(parts);
    let begins = !output.buffer.is_empty() && HELD.begins();
    drop(output);
    accept(result);
    if begins && let Some(runtime) = runtime() {
        runtime.monitor.tend_output();
    }
}

/// See the table.
///
/// # Safety
/// `fiber` is the running fiber, `line` a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_print(fiber: *mut Fiber, line: *mut StringObject) {
    // SAFETY: the caller's promise.
    unsafe { put(fiber, [bytes_of(line), b"\n"]) }
}

/// See the table.
///
/// # Safety
/// `fiber` is the running fiber, `text` a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_write(fiber: *mut Fiber, text: *mut StringObject) {
    // SAFETY: the caller's promise.
    unsafe { put(fiber, [bytes_of(text), b""]) }
}

/// See the table.
///
/// # Safety
/// Called with the running fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_flush(fiber: *mut Fiber) {
    // SAFETY: the caller's promise.
    unsafe { stands_still(fiber) }
    let result = lock().hand_on();
    accept(result);
}

/// See the table. What cannot be written to stderr is lost.
///
/// # Safety
/// `fiber` is the running fiber, `line` a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_eprint(fiber: *mut Fiber, line: *mut StringObject) {
    // SAFETY: the caller's promise.
    let text = unsafe {
        stands_still(fiber);
        bytes_of(line)
    };
    let mut whole = Vec::with_capacity(text.len() + 1);
    whole.extend_from_slice(text);
    whole.push(b'\n');
    let _ = write_all(libc::STDERR_FILENO, &whole);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs::File;
    use std::io::Read;
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::sync::Arc;

    use super::*;

    fn pipe() -> (File, File) {
        let mut ends = [0; 2];
        // SAFETY: two fresh descriptors, owned by the files.
        unsafe {
            assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
            (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1]))
        }
    }

    /// What `write` puts out.
    fn written(write: impl FnOnce(&mut Output) -> std::io::Result<()> + Send + 'static) -> Vec<u8> {
        let (mut reader, writer) = pipe();
        let thread = std::thread::spawn(move || {
            let mut output = Output::new(writer.as_raw_fd());
            write(&mut output).expect("a pipe takes everything");
            output.hand_on().expect("a pipe takes everything");
        });
        let mut all = Vec::new();
        reader.read_to_end(&mut all).expect("a pipe can be read");
        thread.join().expect("no panic");
        all
    }

    #[test]
    fn lines_of_several_threads_never_mix() {
        let (mut reader, writer) = pipe();
        let output = Arc::new(Mutex::new(Output::new(writer.as_raw_fd())));
        let rounds = if cfg!(miri) { 20 } else { 2_000 };
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let output = output.clone();
                std::thread::spawn(move || {
                    for round in 0..rounds {
                        let line = format!("{thread} {round} {}", "x".repeat(round % 200));
                        let mut output = output.lock().expect("no panic");
                        output.put([line.as_bytes(), b"\n"]).expect("a pipe takes everything");
                    }
                })
            })
            .collect();
        let finish = std::thread::spawn(move || {
            threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
            output.lock().expect("no panic").hand_on().expect("a pipe takes everything");
            drop(writer);
        });
        let mut all = String::new();
        reader.read_to_string(&mut all).expect("text");
        finish.join().expect("no panic");
        let lines: HashSet<&str> = all.lines().collect();
        assert_eq!(lines.len(), 4 * rounds);
        for thread in 0..4 {
            for round in 0..rounds {
                assert!(lines.contains(&*format!("{thread} {round} {}", "x".repeat(round % 200))));
            }
        }
    }

    #[test]
    fn the_buffer_is_handed_on_between_lines() {
        let (mut reader, writer) = pipe();
        let mut output = Output::new(writer.as_raw_fd());
        let line = [b'a'; 1000];
        for _ in 0..=ROOM / 1001 {
            output.put([&line, b"\n"]).expect("the pipe has room for one buffer");
        }
        let mut first = vec![0; ROOM];
        let count = reader.read(&mut first).expect("something was handed on");
        assert_eq!(count % 1001, 0, "whole lines");
        assert!(count > ROOM / 2);
    }

    #[test]
    fn lines_larger_than_the_buffer_arrive_whole_and_in_order() {
        let all = written(|output| {
            output.put([b"before", b"\n"])?;
            output.put([&vec![b'x'; 3 * ROOM], b"\n"])?;
            output.put([&vec![b'y'; ROOM], b"\n"])?;
            output.put([b"after", b"\n"])
        });
        let lines: Vec<&[u8]> = all.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [6, 3 * ROOM, ROOM, 5, 0]);
    }

    #[test]
    fn a_full_disk_is_an_error_that_is_told_once() {
        let full = File::options().write(true).open("/dev/full").expect("a device");
        let mut output = Output::new(full.as_raw_fd());
        output.put([b"lost", b"\n"]).expect("it is only buffered");
        let error = output.hand_on().expect_err("no room");
        assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
        assert_eq!(describe(&error), "no space left on device");
        // Whoever ends the program for it meets no other error, whatever is printed meanwhile.
        for length in [4, ROOM + 1] {
            output.put([&vec![b'x'; length], b"\n"]).expect("it is lost");
            output.hand_on().expect("nothing is left to write");
        }
    }

    #[test]
    fn a_reader_that_went_away_is_a_broken_pipe() {
        let (reader, writer) = pipe();
        drop(reader);
        let mut output = Output::new(writer.as_raw_fd());
        output.put([b"to nobody", b"\n"]).expect("it is only buffered");
        // Rust's test harness ignores the signal, as the runtime does.
        assert_eq!(output.hand_on().expect_err("nobody reads").raw_os_error(), Some(libc::EPIPE));
    }
}
