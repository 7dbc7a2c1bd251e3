//! Files, in steps between which their [`Call`] may end.
//!
//! What may keep its reader or writer waiting, as pipes, sockets and terminals do, is opened so that nothing waits in the system:
//! the call waits, until there is something to read, or room, or the task is gone. So a call whose task leaves takes
//! nothing away from others that comes afterwards, and its thread is free at once. A disk cannot be waited for like that.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};

use super::cancellable::{Borrowed, Call};

/// Bytes read or written in one step.
const PIECE: usize = 256 * 1024;
/// Bytes of the smallest buffer for reading.
const SMALLEST: usize = 4096;
/// Milliseconds between two looks for a reader of a named pipe, at first and later.
const PAUSES: (i32, i32) = (1, 32);

/// A file that a call has opened.
pub(super) struct Opened<'a> {
    call: &'a Call,
    file: File,
    /// Whether it may have nothing to read yet, or no room.
    waits: bool,
    /// Its bytes when it was opened, as far as the system knows.
    size: u64,
}

/// Opens a file, once it can be had without waiting in the system. A named pipe that is to be written has a reader then.
pub(super) fn open<'a>(call: &'a Call, path: &str, options: &mut OpenOptions) -> io::Result<Opened<'a>> {
    options.custom_flags(libc::O_NONBLOCK);
    let (mut pause, longest) = PAUSES;
    let file = loop {
        call.go_on()?;
        match options.open(path) {
            // The system tells nobody that a reader has come, or that another process has given up its lease of the file,
            // except one who waits in the system.
            Err(error)
                if error.kind() == ErrorKind::WouldBlock
                    || error.raw_os_error() == Some(libc::ENXIO) && is_named_pipe(path) =>
            {
                call.pause(pause)?;
                pause = longest.min(2 * pause);
            }
            opened => break opened?,
        }
    };
    let found = file.metadata()?;
    let kind = found.file_type();
    Ok(Opened { call, file, waits: !kind.is_file() && !kind.is_dir(), size: found.len() })
}

fn is_named_pipe(path: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

impl Opened<'_> {
    /// Everything up to the end.
    pub(super) fn read(&mut self) -> io::Result<Vec<u8>> {
        if self.waits {
            super::flush();
        }
        // One byte more than there are shows the end. What has no size of its own comes in pieces of a page at least.
        let size = usize::try_from(self.size).unwrap_or(0);
        let mut all = Vec::new();
        all.try_reserve(size).map_err(|_| ErrorKind::OutOfMemory)?;
        let mut piece = vec![0; PIECE.min(size.saturating_add(1)).max(SMALLEST)];
        loop {
            let count = self.step(libc::POLLIN, |file| file.read(&mut piece))?;
            if count == 0 {
                return Ok(all);
            }
            all.extend_from_slice(&piece[..count]);
        }
    }

    /// Writes all that the task has lent.
    pub(super) fn write(&mut self, text: Borrowed) -> io::Result<()> {
        let mut piece = Vec::with_capacity(PIECE.min(text.len()));
        let mut written = 0;
        while written < text.len() {
            piece.clear();
            self.call.copy(text, written, &mut piece, PIECE)?;
            let count = self.step(libc::POLLOUT, |file| file.write(&piece))?;
            if count == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            written += count;
        }
        Ok(())
    }

    /// One call of the system, when it has something to do.
    fn step(&mut self, events: i16, mut f: impl FnMut(&mut File) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            if self.waits {
                self.call.ready(self.file.as_fd(), events)?;
            } else {
                self.call.go_on()?;
            }
            match f(&mut self.file) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Some of what the system calls files keeps its readers waiting all the same, below `/proc` for instance.
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.waits = true,
                done => return done,
            }
        }
    }
}
