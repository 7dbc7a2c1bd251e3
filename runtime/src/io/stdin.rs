//! Buffered input, shared by all tasks.
//!
//! Taking text out of the buffer never waits. Getting more into it is done by one thread at a time ([`READER`]): the
//! calling worker when there is something to read at once, else a thread for blocking calls, on behalf of all who wait. A
//! task that is cancelled while it waits has taken nothing, and what comes later is there for others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use wyn_abi::object::StringPair;
use wyn_abi::{Fiber, Location};

use super::shared::Shared;
use super::{DONE, FAILED, NOTHING, describe, pair};
use crate::channel::parker::{Outside, Wake};
use crate::sched::parking;
use crate::unwind;

/// Bytes asked for at a time.
const PIECE: usize = 64 * 1024;

/// What was read and not yet taken.
struct Input {
    buffer: Vec<u8>,
    /// Where the text that was not taken begins.
    start: usize,
    /// Up to here there is no newline.
    searched: usize,
    ended: bool,
    /// What a thread met instead of text, and nobody was told yet.
    error: Option<std::io::Error>,
    /// How often something was added, or the end or an error was met.
    changes: u64,
}

/// What the buffer gives.
enum Taken {
    Text(Vec<u8>),
    /// More has to be read first; nothing was added since this many changes.
    More(u64),
    End,
    Failed(std::io::Error),
}

static INPUT: Mutex<Input> = Mutex::new(Input::empty());
static READER: Mutex<()> = Mutex::new(());
/// The thread that reads when there is nothing to read at once.
static MORE: Shared = Shared::new(bring, || input().changes);

fn input() -> MutexGuard<'static, Input> {
    INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Input {
    const fn empty() -> Input {
        Input { buffer: Vec::new(), start: 0, searched: 0, ended: false, error: None, changes: 0 }
    }

    /// The next line without its end.
    fn line(&mut self) -> Taken {
        if let Some(at) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
            let end = self.searched + at;
            let mut line = &self.buffer[self.start..end];
            line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.to_vec();
            self.taken(end + 1);
            return Taken::Text(line);
        }
        self.searched = self.buffer.len();
        if !self.ended {
            return self.more();
        }
        if self.start == self.buffer.len() { Taken::End } else { self.everything() }
    }

    /// All text, once the end is known.
    fn rest(&mut self) -> Taken {
        if self.ended { self.everything() } else { self.more() }
    }

    fn more(&mut self) -> Taken {
        self.error.take().map_or(Taken::More(self.changes), Taken::Failed)
    }

    fn everything(&mut self) -> Taken {
        let text = self.buffer.split_off(self.start);
        self.taken(self.buffer.len());
        Taken::Text(text)
    }

    /// Text up to `end` was taken.
    fn taken(&mut self, end: usize) {
        self.start = end;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start >= PIECE {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.searched = self.start;
    }

    fn add(&mut self, more: &[u8]) {
        self.buffer.extend_from_slice(more);
        self.ended = more.is_empty();
        self.changes += 1;
    }
}

/// Reads once and adds it to the buffer; the lock on [`READER`] is the proof that nobody else does.
fn read_more(_reader: MutexGuard<'_, ()>) -> std::io::Result<()> {
    let mut piece = Vec::<u8>::with_capacity(PIECE);
    loop {
        // SAFETY: the piece has room.
        let count = unsafe { libc::read(libc::STDIN_FILENO, piece.as_mut_ptr().cast(), PIECE) };
        if count >= 0 {
            // SAFETY: so many bytes were written.
            unsafe { piece.set_len(count as usize) };
            input().add(&piece);
            return Ok(());
        }
        let error = std::io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EAGAIN) => {
                wait_readable(-1);
            }
            _ => return Err(error),
        }
    }
}

/// Waits so many milliseconds at most until there is something to read.
fn wait_readable(timeout: i32) -> bool {
    let mut ready = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    unsafe { libc::poll(&raw mut ready, 1, timeout) > 0 }
}

/// Has more in the buffer than there was after `seen` changes, or an error; false when the task is to end instead.
unsafe fn fill(fiber: *mut Fiber, seen: u64, at: *const Location) -> bool {
    if let Ok(reader) = READER.try_lock()
        && wait_readable(0)
    {
        read_or_fail(reader);
        return true;
    }
    super::flush();
    // SAFETY: the caller's promise: the running fiber.
    unsafe { MORE.wait(fiber, Outside::Input, at, seen) == Wake::Normal }
}

/// The call of [`MORE`].
fn bring() {
    let reader = READER.lock().unwrap_or_else(PoisonError::into_inner);
    // Not in one expression with the look at the input, whose lock `MORE` takes under its own.
    let asked = MORE.asked();
    let changes = input().changes;
    // A worker may have read meanwhile what somebody waits for.
    if changes == asked {
        read_or_fail(reader);
    } else {
        drop(reader);
    }
    MORE.brought();
}

fn read_or_fail(reader: MutexGuard<'_, ()>) {
    if let Err(error) = read_more(reader) {
        let mut input = input();
        input.error = Some(error);
        input.changes += 1;
    }
}

/// Takes text out of the buffer as soon as it is there.
unsafe fn take(fiber: *mut Fiber, from: fn(&mut Input) -> Taken, at: *const Location) -> StringPair {
    loop {
        // SAFETY: the caller's promise: the running fiber. Nothing in this frame is to be dropped by an unwinding.
        unsafe {
            if parking::cancel_pending(fiber) {
                unwind::cancel(fiber);
            }
            // The lock is given back before the task may be parked.
            let taken = from(&mut input());
            match taken {
                Taken::Text(text) => {
                    return pair(fiber, DONE, &String::from_utf8_lossy(&text));
                }
                Taken::End => return pair(fiber, NOTHING, ""),
                Taken::Failed(error) => return pair(fiber, FAILED, &describe(&error)),
                Taken::More(seen) => {
                    if !fill(fiber, seen, at) {
                        unwind::cancel(fiber);
                    }
                }
            }
        }
    }
}

/// See the table.
///
/// # Safety
/// Called with the running fiber and a static place.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_read_line(fiber: *mut Fiber, at: *const Location) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { take(fiber, Input::line, at) }
}

/// See the table.
///
/// # Safety
/// Called with the running fiber and a static place.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_read_all(fiber: *mut Fiber, at: *const Location) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { take(fiber, Input::rest, at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Input {
        Input::empty()
    }

    fn text(taken: Taken) -> Option<String> {
        match taken {
            Taken::Text(text) => String::from_utf8(text).ok(),
            Taken::More(_) | Taken::Failed(_) => None,
            Taken::End => Some("(end)".to_owned()),
        }
    }

    #[test]
    fn lines_come_whole_however_they_arrive() {
        let mut input = fresh();
        input.add(b"fir");
        assert_eq!(text(input.line()), None);
        input.add(b"st\r\nsecond\n\nla");
        assert_eq!(text(input.line()).as_deref(), Some("first"));
        assert_eq!(text(input.line()).as_deref(), Some("second"));
        assert_eq!(text(input.line()).as_deref(), Some(""));
        assert_eq!(text(input.line()), None);
        input.add(b"st");
        input.add(b"");
        assert_eq!(text(input.line()).as_deref(), Some("last"));
        assert_eq!(text(input.line()).as_deref(), Some("(end)"));
    }

    #[test]
    fn the_rest_follows_the_lines_taken() {
        let mut input = fresh();
        input.add(b"a\nb\nc");
        assert_eq!(text(input.line()).as_deref(), Some("a"));
        assert_eq!(text(input.rest()), None);
        input.add(b"");
        assert_eq!(text(input.rest()).as_deref(), Some("b\nc"));
        assert_eq!(text(input.rest()).as_deref(), Some(""));
    }

    #[test]
    fn an_error_is_told_once_and_takes_nothing_away() {
        let mut input = fresh();
        input.add(b"first\nsec");
        input.error = Some(std::io::Error::from_raw_os_error(libc::EIO));
        assert_eq!(text(input.line()).as_deref(), Some("first"));
        assert!(matches!(input.line(), Taken::Failed(error) if error.raw_os_error() == Some(libc::EIO)));
        assert!(matches!(input.line(), Taken::More(_)));
        input.add(b"ond\n");
        assert_eq!(text(input.line()).as_deref(), Some("second"));
    }

    #[test]
    fn a_long_input_does_not_stay_in_the_buffer() {
        let mut input = fresh();
        for _ in 0..if cfg!(miri) { 1 } else { 100 } {
            input.add("0123456789\n".repeat(1000).as_bytes());
            for _ in 0..999 {
                assert_eq!(text(input.line()).as_deref(), Some("0123456789"));
            }
        }
        assert!(input.buffer.len() < 4 * PIECE, "{}", input.buffer.len());
    }
}
