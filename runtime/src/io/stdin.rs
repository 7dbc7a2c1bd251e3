//! Buffered input, shared by all tasks.
//!
//! Taking text out of the buffer never waits. Getting more into it is done by one thread at a time ([`READER`]): the
//! calling worker when there is something to read at once, else a thread for blocking calls.

use std::sync::{Mutex, MutexGuard, PoisonError};

use wyn_abi::object::StringPair;
use wyn_abi::{Fiber, Location};

use super::{DONE, FAILED, NOTHING, blocking, describe, pair};
use crate::channel::parker::Outside;

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
    /// How often something was added, or the end was found.
    changes: u64,
}

/// What the buffer gives.
enum Taken {
    Text(Vec<u8>),
    /// More has to be read first; nothing was added since this many changes.
    More(u64),
    End,
}

static INPUT: Mutex<Input> =
    Mutex::new(Input { buffer: Vec::new(), start: 0, searched: 0, ended: false, changes: 0 });
static READER: Mutex<()> = Mutex::new(());

fn input() -> MutexGuard<'static, Input> {
    INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Input {
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
            return Taken::More(self.changes);
        }
        if self.start == self.buffer.len() { Taken::End } else { self.everything() }
    }

    /// All text, once the end is known.
    fn rest(&mut self) -> Taken {
        if self.ended { self.everything() } else { Taken::More(self.changes) }
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

/// Gets more into the buffer than there was after `seen` changes.
unsafe fn fill(fiber: *mut Fiber, seen: u64, at: *const Location) -> std::io::Result<()> {
    if let Ok(reader) = READER.try_lock()
        && wait_readable(0)
    {
        return read_more(reader);
    }
    super::flush();
    // SAFETY: the caller's promise: the running fiber.
    unsafe {
        blocking::run(fiber, Outside::Input, at, move || {
            let reader = READER.lock().unwrap_or_else(PoisonError::into_inner);
            if input().changes != seen { Ok(()) } else { read_more(reader) }
        })
    }
}

/// Takes text out of the buffer as soon as it is there.
unsafe fn take(fiber: *mut Fiber, from: fn(&mut Input) -> Taken, at: *const Location) -> StringPair {
    loop {
        // The lock is given back before the task may be parked.
        let taken = from(&mut input());
        // SAFETY: the caller's promise: the running fiber.
        unsafe {
            match taken {
                Taken::Text(text) => {
                    return pair(fiber, DONE, &String::from_utf8_lossy(&text));
                }
                Taken::End => return pair(fiber, NOTHING, ""),
                Taken::More(seen) => {
                    if let Err(error) = fill(fiber, seen, at) {
                        return pair(fiber, FAILED, &describe(&error));
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
        Input { buffer: Vec::new(), start: 0, searched: 0, ended: false, changes: 0 }
    }

    fn text(taken: Taken) -> Option<String> {
        match taken {
            Taken::Text(text) => String::from_utf8(text).ok(),
            Taken::More(_) => None,
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
