//! Buffered output, in whole lines.
//!
//! A line is put into the buffer in one piece, under a lock; so lines of different tasks never mix. On a terminal
//! each line is handed on at once. Otherwise the buffer is handed on when the next line does not fit, before the
//! program waits for input, and when it ends in whatever way.
//!
//! A reader that went away ends the program as `SIGPIPE` does; any other error ends it with a message and exit
//! code 1. There is nothing sensible that a program could do about either.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use wyn_abi::Fiber;
use wyn_abi::object::StringObject;

use super::{describe, end_with_message};
use crate::object::string::bytes_of;

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
}

static STDOUT: Mutex<Output> = Mutex::new(Output::new(libc::STDOUT_FILENO));

impl Output {
    pub(crate) const fn new(fd: i32) -> Self {
        Self { fd, buffer: Vec::new(), by_line: None }
    }

    /// Adds the parts in one piece.
    pub(crate) fn put(&mut self, parts: [&[u8]; 2]) -> std::io::Result<()> {
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
                write_all(self.fd, part)?;
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

    /// Gives the buffer to the operating system. What cannot be written is forgotten, so that it is not tried again.
    pub(crate) fn hand_on(&mut self) -> std::io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let result = write_all(self.fd, &self.buffer);
        self.buffer.clear();
        result
    }
}

fn lock() -> MutexGuard<'static, Output> {
    STDOUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes everything, however often that takes.
pub(crate) fn write_all(fd: i32, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        // SAFETY: the slice is readable.
        let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
        if written >= 0 {
            bytes = &bytes[written as usize..];
            continue;
        }
        let error = std::io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EAGAIN) => {
                let mut ready = libc::pollfd { fd, events: libc::POLLOUT, revents: 0 };
                // SAFETY: one entry.
                unsafe { libc::poll(&raw mut ready, 1, -1) };
            }
            _ => return Err(error),
        }
    }
    Ok(())
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
        let mut output = match STDOUT.try_lock() {
            Ok(output) => output,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            }
        };
        let result = output.hand_on();
        drop(output);
        return accept(result);
    }
}

/// See the table.
///
/// # Safety
/// `line` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_print(_fiber: *mut Fiber, line: *mut StringObject) {
    // SAFETY: the caller's promise.
    let result = lock().put([unsafe { bytes_of(line) }, b"\n"]);
    accept(result);
}

/// See the table.
///
/// # Safety
/// `text` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_write(_fiber: *mut Fiber, text: *mut StringObject) {
    // SAFETY: the caller's promise.
    let result = lock().put([unsafe { bytes_of(text) }, b""]);
    accept(result);
}

/// See the table.
///
/// # Safety
/// Called with the running fiber.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_flush(_fiber: *mut Fiber) {
    let result = lock().hand_on();
    accept(result);
}

/// See the table. What cannot be written to stderr is lost.
///
/// # Safety
/// `line` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_eprint(_fiber: *mut Fiber, line: *mut StringObject) {
    // SAFETY: the caller's promise.
    let text = unsafe { bytes_of(line) };
    let mut whole = Vec::with_capacity(text.len() + 1);
    whole.extend_from_slice(text);
    whole.push(b'\n');
    let _ = write_all(libc::STDERR_FILENO, &whole);
}
