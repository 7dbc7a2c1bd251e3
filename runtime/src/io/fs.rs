//! Files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};

use wyn_abi::Fiber;
use wyn_abi::object::{StringObject, StringPair};

use super::{DONE, FAILED, blocking, describe, pair};
use crate::object::string::text_of;

/// Makes a call with a path and gives what it gives as a pair.
unsafe fn call<T: AsRef<str> + Send>(
    fiber: *mut Fiber,
    path: *mut StringObject,
    f: impl FnOnce(&str) -> io::Result<T> + Send,
) -> StringPair {
    // SAFETY: the caller holds the path for the call.
    unsafe {
        let path = text_of(path);
        match blocking::run(fiber, move || f(path)) {
            Ok(text) => pair(fiber, DONE, text.as_ref()),
            Err(error) => pair(fiber, FAILED, &describe(&error)),
        }
    }
}

/// See the table.
///
/// # Safety
/// `path` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_read(fiber: *mut Fiber, path: *mut StringObject) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        call(fiber, path, |path| {
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
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_write(
    fiber: *mut Fiber,
    path: *mut StringObject,
    text: *mut StringObject,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        let text = text_of(text);
        call(fiber, path, |path| fs::write(path, text).map(|()| ""))
    }
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_append(
    fiber: *mut Fiber,
    path: *mut StringObject,
    text: *mut StringObject,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        let text = text_of(text);
        call(fiber, path, |path| {
            let mut file = OpenOptions::new().append(true).create(true).open(path)?;
            file.write_all(text.as_bytes()).map(|()| "")
        })
    }
}

/// See the table.
///
/// # Safety
/// `path` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_remove(fiber: *mut Fiber, path: *mut StringObject) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe { call(fiber, path, |path| fs::remove_file(path).map(|()| "")) }
}

/// See the table.
///
/// # Safety
/// `path` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_fs_exists(fiber: *mut Fiber, path: *mut StringObject) -> bool {
    // SAFETY: the caller holds the path for the call.
    unsafe {
        let path = text_of(path);
        blocking::run(fiber, move || fs::exists(path).unwrap_or(false))
    }
}
