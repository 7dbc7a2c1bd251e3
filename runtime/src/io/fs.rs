//! Files and folders.

use std::fs::{self, OpenOptions};
use std::io;

use wyn_abi::object::{StringObject, StringPair};
use wyn_abi::{Fiber, Location};

use super::cancellable::{self, Borrowed, Call};
use super::{DONE, FAILED, describe, files, pair};
use crate::object::string::{bytes_of, text_of};
use crate::unwind;

/// Makes a call with a path and gives what it gives. Unwinds when the task is told to stop.
unsafe fn ask<T: Send + 'static>(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
    f: impl FnOnce(&Call, &str) -> T + Send + 'static,
) -> T {
    // SAFETY: the caller holds the path until its copy is made. Nothing in this frame is to be dropped by an unwinding.
    unsafe {
        let path = text_of(path).to_owned();
        match cancellable::run(fiber, at, move |call| f(call, &path)) {
            Some(value) => value,
            None => unwind::cancel(fiber),
        }
    }
}

/// The same for a call that may fail, as a pair.
unsafe fn try_to<T: AsRef<str> + Send + 'static>(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
    f: impl FnOnce(&Call, &str) -> io::Result<T> + Send + 'static,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        match ask(fiber, path, at, f) {
            Ok(text) => pair(fiber, DONE, text.as_ref()),
            Err(error) => pair(fiber, FAILED, &describe(&error)),
        }
    }
}

/// The same for a call of one step, which gives nothing.
unsafe fn once(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
    f: impl FnOnce(&str) -> io::Result<()> + Send + 'static,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        try_to(fiber, path, at, |call, path| {
            call.go_on()?;
            f(path).map(|()| "")
        })
    }
}

/// Writes a text to a file that is opened like this.
unsafe fn write(
    fiber: *mut Fiber,
    path: *mut StringObject,
    text: *mut StringObject,
    at: *const Location,
    options: &OpenOptions,
) -> StringPair {
    let mut options = options.clone();
    // SAFETY: the caller holds the text for the call.
    unsafe {
        let text = Borrowed::new(bytes_of(text));
        try_to(fiber, path, at, move |call, path| {
            files::open(call, path, &mut options)?.write(text).map(|()| "")
        })
    }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_read(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        try_to(fiber, path, at, |call, path| {
            let bytes = files::open(call, path, OpenOptions::new().read(true))?.read()?;
            String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                io::Error::new(io::ErrorKind::InvalidData, format!("not UTF-8 at byte {at}"))
            })
        })
    }
}

/// See the table.
///
/// # Safety
/// Both are strings, the place is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_write(
    fiber: *mut Fiber,
    path: *mut StringObject,
    text: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { write(fiber, path, text, at, OpenOptions::new().write(true).create(true).truncate(true)) }
}

/// See the table.
///
/// # Safety
/// Both are strings, the place is static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_append(
    fiber: *mut Fiber,
    path: *mut StringObject,
    text: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { write(fiber, path, text, at, OpenOptions::new().append(true).create(true)) }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_remove(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { once(fiber, path, at, |path| fs::remove_file(path)) }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_exists(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { ask(fiber, path, at, |_, path| fs::exists(path).unwrap_or(false)) }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_list(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        try_to(fiber, path, at, |call, path| {
            let name = |entry: io::Result<fs::DirEntry>| {
                call.go_on()?;
                // A name of the system holds no NUL, so that none is lost in the list.
                Ok(format!("{}\0", entry?.file_name().to_string_lossy()))
            };
            let mut names = fs::read_dir(path)?.map(name).collect::<io::Result<Vec<_>>>()?;
            names.sort_unstable();
            Ok(names.concat())
        })
    }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_is_dir(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { ask(fiber, path, at, |_, path| fs::metadata(path).is_ok_and(|found| found.is_dir())) }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_create_dir(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { once(fiber, path, at, |path| fs::create_dir(path)) }
}

/// See the table.
///
/// # Safety
/// `path` is a string, the place static.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_remove_dir(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { once(fiber, path, at, |path| fs::remove_dir(path)) }
}
