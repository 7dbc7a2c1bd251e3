//! Strings: everything but the operations that programs do in loops.

use std::ptr;

use wyn_abi::Fiber;
use wyn_abi::check_slow_rows;
use wyn_abi::object::{ArrayObject, FloatPair, IntPair, STRING_TYPE, StringObject, StringPair};
use wyn_abi::program::Location;
use wyn_abi::string::sig;
use wyn_hot::array::{header, wyn_array_push};

use super::array::{wyn_array_new, wyn_slow_array_room};
use super::format::*;
use super::message::panic_with;
use super::search::{Pieces, find};
use super::text::*;

wyn_abi::string_rows!(check_slow_rows);

/// The bytes of a string or of an array of bytes.
///
/// # Safety
/// The object lives, unchanged, as long as the slice is used.
pub unsafe fn bytes_of<'a>(s: *mut StringObject) -> &'a [u8] {
    // SAFETY: `len` bytes follow the struct.
    unsafe { std::slice::from_raw_parts(ArrayObject::data(s), (*s).len as usize) }
}

/// The text of a string.
///
/// # Safety
/// As for [`bytes_of`]; strings are UTF-8.
pub unsafe fn text_of<'a>(s: *mut StringObject) -> &'a str {
    // SAFETY: the caller's promise.
    unsafe { std::str::from_utf8_unchecked(bytes_of(s)) }
}

/// A new string with this text.
///
/// # Safety
/// `fiber` is the running fiber.
pub unsafe fn new_string(fiber: *mut Fiber, text: &str) -> *mut StringObject {
    // SAFETY: the caller's promise; the new array has room.
    unsafe {
        let string = wyn_array_new(fiber, STRING_TYPE, 1, text.len());
        if !text.is_empty() {
            ptr::copy_nonoverlapping(text.as_ptr(), ArrayObject::data(string), text.len());
            (*string).len = text.len() as u64;
        }
        string
    }
}

/// A whole string, when the text is all of it, else a new one.
unsafe fn part_of(fiber: *mut Fiber, whole: *mut StringObject, part: &str) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe {
        if part.len() == (*whole).len as usize {
            wyn_hot::object::wyn_retain(header(whole));
            return whole;
        }
        new_string(fiber, part)
    }
}

/// See the table.
///
/// # Safety
/// `bytes` has `len` bytes of UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_new(
    fiber: *mut Fiber,
    bytes: *const u8,
    len: usize,
) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe { new_string(fiber, std::str::from_utf8_unchecked(std::slice::from_raw_parts(bytes, len))) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string; `bytes` has `len` bytes of UTF-8, which may be those of that string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_append_bytes(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    bytes: *const u8,
    len: usize,
) {
    if len == 0 {
        return;
    }
    // SAFETY: the caller's promise. The bytes of the string itself move with it.
    unsafe {
        let old = ArrayObject::data(*place);
        let inside = (old.addr()..old.addr() + (**place).len as usize).contains(&bytes.addr());
        let offset = bytes.addr().wrapping_sub(old.addr());
        wyn_slow_array_room(fiber, place, len, 1);
        let string = *place;
        let data = ArrayObject::data(string);
        let source = if inside { data.add(offset).cast_const() } else { bytes };
        ptr::copy_nonoverlapping(source, data.add((*string).len as usize), len);
        (*string).len += len as u64;
    }
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_concat(
    fiber: *mut Fiber,
    a: *mut StringObject,
    b: *mut StringObject,
) -> *mut StringObject {
    // SAFETY: the caller's promise; the new array has room for both.
    unsafe {
        let (left, right) = (bytes_of(a), bytes_of(b));
        let string = wyn_array_new(fiber, STRING_TYPE, 1, left.len() + right.len());
        if left.len() + right.len() > 0 {
            let data = ArrayObject::data(string);
            ptr::copy_nonoverlapping(left.as_ptr(), data, left.len());
            ptr::copy_nonoverlapping(right.as_ptr(), data.add(left.len()), right.len());
            (*string).len = (left.len() + right.len()) as u64;
        }
        string
    }
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_compare(a: *mut StringObject, b: *mut StringObject) -> i64 {
    // SAFETY: the caller's promise.
    let (a, b) = unsafe { (bytes_of(a), bytes_of(b)) };
    // Most differ early: a call takes longer than to compare eight bytes.
    if let (Some(first), Some(other)) = (a.first_chunk(), b.first_chunk()) {
        let (first, other) = (u64::from_be_bytes(*first), u64::from_be_bytes(*other));
        if first != other {
            return first.cmp(&other) as i64;
        }
    }
    a.cmp(b) as i64
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_hash(s: *mut StringObject) -> i64 {
    // SAFETY: the caller's promise.
    super::hash::hash_bytes(unsafe { bytes_of(s) }, 0) as i64
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_slice(
    fiber: *mut Fiber,
    s: *mut StringObject,
    start: i64,
    end: i64,
    at: *const Location,
) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe {
        let text = text_of(s);
        if start < 0 || start > end || end as u64 > text.len() as u64 {
            let len = text.len();
            panic_with(fiber, at, |message| {
                message
                    .write(format_args!("slice {start}..{end} is out of bounds: the string has {len} bytes"));
            });
        }
        match text.get(start as usize..end as usize) {
            Some(part) => part_of(fiber, s, part),
            None => panic_with(fiber, at, |message| {
                let off = if text.is_char_boundary(start as usize) { end } else { start };
                message.write(format_args!("slice {start}..{end}: byte {off} is inside a character"));
            }),
        }
    }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_is_boundary(s: *mut StringObject, index: i64) -> bool {
    // SAFETY: the caller's promise.
    index >= 0 && unsafe { text_of(s) }.is_char_boundary(index as usize)
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_find(
    s: *mut StringObject,
    pattern: *mut StringObject,
    start: i64,
) -> i64 {
    // SAFETY: the caller's promise.
    let (text, pattern) = unsafe { (text_of(s), text_of(pattern)) };
    let Some(mut start) = usize::try_from(start.max(0)).ok().filter(|start| *start <= text.len()) else {
        return -1;
    };
    while !text.is_char_boundary(start) {
        start += 1;
    }
    find(&text[start..], pattern).map_or(-1, |at| (start + at) as i64)
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_find_last(
    s: *mut StringObject,
    pattern: *mut StringObject,
) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { text_of(s).rfind(text_of(pattern)).map_or(-1, |at| at as i64) }
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_starts_with(
    s: *mut StringObject,
    prefix: *mut StringObject,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { bytes_of(s).starts_with(bytes_of(prefix)) }
}

/// See the table.
///
/// # Safety
/// Both are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_ends_with(
    s: *mut StringObject,
    suffix: *mut StringObject,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { bytes_of(s).ends_with(bytes_of(suffix)) }
}

/// Functions from a string to a part of it.
macro_rules! parts {
    ($($name:ident = $method:ident;)*) => {$(
        /// See the table.
        ///
        /// # Safety
        /// `s` is a string.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(fiber: *mut Fiber, s: *mut StringObject) -> *mut StringObject {
            // SAFETY: the caller's promise.
            unsafe { part_of(fiber, s, text_of(s).$method()) }
        }
    )*};
}

parts! {
    wyn_string_trim = trim;
    wyn_string_trim_start = trim_start;
    wyn_string_trim_end = trim_end;
}

/// See the table.
///
/// # Safety
/// All are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_replace(
    fiber: *mut Fiber,
    s: *mut StringObject,
    from: *mut StringObject,
    to: *mut StringObject,
) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe { new_string(fiber, &text_of(s).replace(text_of(from), text_of(to))) }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_to_upper(
    fiber: *mut Fiber,
    s: *mut StringObject,
) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe { new_string(fiber, &text_of(s).to_uppercase()) }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_to_lower(
    fiber: *mut Fiber,
    s: *mut StringObject,
) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe { new_string(fiber, &text_of(s).to_lowercase()) }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_repeat(
    fiber: *mut Fiber,
    s: *mut StringObject,
    count: i64,
    at: *const Location,
) -> *mut StringObject {
    // SAFETY: the caller's promise; the new array has room for all copies.
    unsafe {
        let bytes = bytes_of(s);
        let total = usize::try_from(count).ok().and_then(|count| bytes.len().checked_mul(count));
        let Some(total) = total.filter(|total| *total <= isize::MAX as usize / 2) else {
            panic_with(fiber, at, |message| {
                message.write(format_args!("a string cannot be repeated {count} times"));
            });
        };
        let string = wyn_array_new(fiber, STRING_TYPE, 1, total);
        if total > 0 {
            let data = ArrayObject::data(string);
            for copy in 0..count as usize {
                ptr::copy_nonoverlapping(bytes.as_ptr(), data.add(copy * bytes.len()), bytes.len());
            }
            (*string).len = total as u64;
        }
        string
    }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of `[char]`; `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_chars(
    fiber: *mut Fiber,
    type_index: u32,
    s: *mut StringObject,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise; the new array has room for the characters.
    unsafe {
        let text = text_of(s);
        let count = text.chars().count();
        let array = wyn_array_new(fiber, type_index, size_of::<char>(), count);
        if count > 0 {
            let data = ArrayObject::data(array).cast::<u32>();
            for (at, c) in text.chars().enumerate() {
                data.add(at).write(u32::from(c));
            }
            (*array).len = count as u64;
        }
        array
    }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of `[byte]`; `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_bytes(
    fiber: *mut Fiber,
    type_index: u32,
    s: *mut StringObject,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise; the new array has room for the bytes.
    unsafe {
        let bytes = bytes_of(s);
        let array = wyn_array_new(fiber, type_index, 1, bytes.len());
        if !bytes.is_empty() {
            ptr::copy_nonoverlapping(bytes.as_ptr(), ArrayObject::data(array), bytes.len());
            (*array).len = bytes.len() as u64;
        }
        array
    }
}

/// An array of the pieces.
///
/// # Safety
/// `type_index` is that of `[string]`.
pub(crate) unsafe fn array_of_strings<'a>(
    fiber: *mut Fiber,
    type_index: u32,
    capacity: usize,
    pieces: impl Iterator<Item = &'a str>,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe {
        let mut array = wyn_array_new(fiber, type_index, size_of::<*mut StringObject>(), capacity);
        for piece in pieces {
            let string = new_string(fiber, piece);
            wyn_array_push(fiber, &raw mut array, (&raw const string).cast(), size_of_val(&string));
        }
        array
    }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of `[string]`; `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_lines(
    fiber: *mut Fiber,
    type_index: u32,
    s: *mut StringObject,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe { array_of_strings(fiber, type_index, 0, text_of(s).lines()) }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of `[string]`; the others are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_split(
    fiber: *mut Fiber,
    type_index: u32,
    s: *mut StringObject,
    separator: *mut StringObject,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe {
        let (text, separator) = (text_of(s), text_of(separator));
        if separator.is_empty() {
            let pieces = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
            return array_of_strings(fiber, type_index, 0, pieces);
        }
        let pieces = Pieces::of(text, separator);
        array_of_strings(fiber, type_index, pieces.count_soon(), pieces)
    }
}

/// See the table.
///
/// # Safety
/// `type_index` is that of `[string]`; `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_split_whitespace(
    fiber: *mut Fiber,
    type_index: u32,
    s: *mut StringObject,
) -> *mut ArrayObject {
    // SAFETY: the caller's promise.
    unsafe { array_of_strings(fiber, type_index, 0, text_of(s).split_whitespace()) }
}

/// See the table.
///
/// # Safety
/// `parts` is an array of strings; `separator` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_join(
    fiber: *mut Fiber,
    parts: *mut ArrayObject,
    separator: *mut StringObject,
) -> *mut StringObject {
    // SAFETY: the caller's promise.
    unsafe {
        let data = ArrayObject::data(parts).cast::<*mut StringObject>();
        let parts = std::slice::from_raw_parts(data, (*parts).len as usize);
        let between = (*separator).len as usize * parts.len().saturating_sub(1);
        let total = parts.iter().map(|part| (**part).len as usize).sum::<usize>() + between;
        let mut string = wyn_array_new(fiber, STRING_TYPE, 1, total);
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                wyn_hot::string::wyn_string_append(fiber, &raw mut string, separator);
            }
            wyn_hot::string::wyn_string_append(fiber, &raw mut string, *part);
        }
        string
    }
}

/// See the table.
///
/// # Safety
/// `chars` is a `[char]`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_from_chars(
    fiber: *mut Fiber,
    chars: *mut ArrayObject,
) -> *mut StringObject {
    // SAFETY: the caller's promise: the elements are Unicode scalars.
    unsafe {
        let data = ArrayObject::data(chars).cast::<char>();
        let chars = std::slice::from_raw_parts(data, (*chars).len as usize);
        let total = chars.iter().map(|c| c.len_utf8()).sum();
        let mut string = wyn_array_new(fiber, STRING_TYPE, 1, total);
        for c in chars {
            append_text(fiber, &raw mut string, c.encode_utf8(&mut [0; 4]));
        }
        string
    }
}

/// See the table.
///
/// # Safety
/// `bytes` is a `[byte]`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_check_utf8(
    fiber: *mut Fiber,
    bytes: *mut ArrayObject,
) -> StringPair {
    // SAFETY: the caller's promise.
    unsafe {
        match std::str::from_utf8(bytes_of(bytes)) {
            Ok(text) => StringPair { status: -1, value: new_string(fiber, text) },
            Err(error) => StringPair { status: error.valid_up_to() as i64, value: new_string(fiber, "") },
        }
    }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_scan_int(s: *mut StringObject) -> IntPair {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    // SAFETY: the caller's promise.
    match unsafe { text_of(s) }.parse::<i64>() {
        Ok(value) => IntPair { status: 0, value },
        Err(error) if matches!(error.kind(), PosOverflow | NegOverflow) => IntPair { status: 2, value: 0 },
        Err(_) => IntPair { status: 1, value: 0 },
    }
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_string_scan_float(s: *mut StringObject) -> FloatPair {
    // SAFETY: the caller's promise.
    match unsafe { text_of(s) }.parse::<f64>() {
        Ok(value) => FloatPair { status: 0, value },
        Err(_) => FloatPair { status: 1, value: 0.0 },
    }
}
