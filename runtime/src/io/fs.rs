//! Files and folders.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};

use wyn_abi::object::{StringObject, StringPair};
use wyn_abi::{Fiber, Location};

use super::{DONE, FAILED, blocking, describe, pair};
use crate::channel::parker::Outside;
use crate::object::string::text_of;

/// Makes a call with a path and gives what it gives as a pair.
unsafe fn call<T: AsRef<str> + Send>(
    fiber: *mut Fiber,
    path: *mut StringObject,
    at: *const Location,
    f: impl FnOnce(&str) -> io::Result<T> + Send,
) -> StringPair {
    // SAFETY: the caller holds the path for the call.
    unsafe {
        let path = text_of(path);
        match blocking::run(fiber, Outside::Files, at, move || f(path)) {
            Ok(text) => pair(fiber, DONE, text.as_ref()),
            Err(error) => pair(fiber, FAILED, &describe(&error)),
        }
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
        call(fiber, path, at, |path| {
            String::from_utf8(fs::read(path)?).map_err(|error| {
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
    unsafe {
        let text = text_of(text);
        call(fiber, path, at, |path| fs::write(path, text).map(|()| ""))
    }
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
    unsafe {
        let text = text_of(text);
        call(fiber, path, at, |path| {
            let mut file = OpenOptions::new().append(true).create(true).open(path)?;
            file.write_all(text.as_bytes()).map(|()| "")
        })
    }
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
    unsafe { call(fiber, path, at, |path| fs::remove_file(path).map(|()| "")) }
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
    // SAFETY: the caller holds the path for the call.
    unsafe {
        let path = text_of(path);
        blocking::run(fiber, Outside::Files, at, move || fs::exists(path).unwrap_or(false))
    }
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
        call(fiber, path, at, |path| {
            let name = |entry: io::Result<fs::DirEntry>| {
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
    // SAFETY: the caller holds the path for the call.
    unsafe {
        let path = text_of(path);
        blocking::run(fiber, Outside::Files, at, move || fs::metadata(path).is_ok_and(|found| found.is_dir()))
    }
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
    unsafe { call(fiber, path, at, |path| fs::create_dir(path).map(|()| "")) }
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
    unsafe { call(fiber, path, at, |path| fs::remove_dir(path).map(|()| "")) }
}
