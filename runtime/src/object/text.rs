//! The text of values: each function appends to the string in a place. And what characters are.
//!
//! A float's text is the shortest that reads back as the same float, with a fraction or an exponent, so that it is
//! not an integer's: `1.0`, `0.1`, `1e300`.

use std::fmt;

use wyn_abi::Fiber;
use wyn_abi::object::StringObject;

use super::string::{text_of, wyn_string_append_bytes};

/// Appends text to the string in a place.
///
/// # Safety
/// `place` holds a string.
pub(super) unsafe fn append_text(fiber: *mut Fiber, place: *mut *mut StringObject, text: &str) {
    // SAFETY: the caller's promise.
    unsafe { wyn_string_append_bytes(fiber, place, text.as_ptr(), text.len()) }
}

/// A place with a string, for formatting into.
struct Target {
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
}

impl fmt::Write for Target {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: whoever made the target promises it.
        unsafe { append_text(self.fiber, self.place, text) };
        Ok(())
    }
}

/// Appends formatted text.
unsafe fn append_formatted(fiber: *mut Fiber, place: *mut *mut StringObject, text: fmt::Arguments<'_>) {
    // Appending never fails.
    let _ = fmt::write(&mut Target { fiber, place }, text);
}

/// The digits of the numbers below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut at = 0;
    while at < 100 {
        pairs[at] = [b'0' + at as u8 / 10, b'0' + at as u8 % 10];
        at += 1;
    }
    pairs
};

/// Appends an integer's decimal text, two digits a step.
unsafe fn append_decimal(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    negative: bool,
    mut magnitude: u64,
) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    while magnitude >= 100 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[(magnitude % 100) as usize]);
        magnitude /= 100;
    }
    let first = PAIRS[magnitude as usize];
    at -= 1;
    digits[at] = first[1];
    if magnitude >= 10 {
        at -= 1;
        digits[at] = first[0];
    }
    if negative {
        at -= 1;
        digits[at] = b'-';
    }
    // SAFETY: the caller's promise; digits are ASCII.
    unsafe { wyn_string_append_bytes(fiber, place, digits[at..].as_ptr(), digits.len() - at) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_int(fiber: *mut Fiber, place: *mut *mut StringObject, value: i64) {
    // A negative integer has 19 digits at most, so that the sign has room.
    // SAFETY: the caller's promise.
    unsafe { append_decimal(fiber, place, value < 0, value.unsigned_abs()) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_uint(fiber: *mut Fiber, place: *mut *mut StringObject, value: u64) {
    // SAFETY: the caller's promise.
    unsafe { append_decimal(fiber, place, false, value) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_float(fiber: *mut Fiber, place: *mut *mut StringObject, value: f64) {
    // SAFETY: the caller's promise.
    unsafe { append_formatted(fiber, place, format_args!("{value:?}")) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_f32(fiber: *mut Fiber, place: *mut *mut StringObject, value: f32) {
    // SAFETY: the caller's promise.
    unsafe { append_formatted(fiber, place, format_args!("{value:?}")) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_bool(fiber: *mut Fiber, place: *mut *mut StringObject, value: bool) {
    // SAFETY: the caller's promise.
    unsafe { append_text(fiber, place, if value { "true" } else { "false" }) }
}

/// The character, which compiled code passes as a Unicode scalar.
fn character(value: u32) -> char {
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_char(fiber: *mut Fiber, place: *mut *mut StringObject, value: u32) {
    // SAFETY: the caller's promise.
    unsafe { append_text(fiber, place, character(value).encode_utf8(&mut [0; 4])) }
}

/// Appends a character as it stands in a literal between `quote`s.
unsafe fn append_escaped(fiber: *mut Fiber, place: *mut *mut StringObject, c: char, quote: char) {
    // SAFETY: the caller's promise.
    unsafe {
        match c {
            '\n' => append_text(fiber, place, "\\n"),
            '\r' => append_text(fiber, place, "\\r"),
            '\t' => append_text(fiber, place, "\\t"),
            '\0' => append_text(fiber, place, "\\0"),
            '\\' => append_text(fiber, place, "\\\\"),
            c if c == quote => {
                append_text(fiber, place, "\\");
                append_text(fiber, place, c.encode_utf8(&mut [0; 4]));
            }
            c if c.is_control() => append_formatted(fiber, place, format_args!("\\u{{{:x}}}", u32::from(c))),
            c => append_text(fiber, place, c.encode_utf8(&mut [0; 4])),
        }
    }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_char_quoted(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    value: u32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        append_text(fiber, place, "'");
        append_escaped(fiber, place, character(value), '\'');
        append_text(fiber, place, "'");
    }
}

/// See the table.
///
/// # Safety
/// `place` holds a string; `value` is another one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_show_string_quoted(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    value: *mut StringObject,
) {
    // SAFETY: the caller's promise.
    unsafe {
        append_text(fiber, place, "\"");
        for c in text_of(value).chars() {
            append_escaped(fiber, place, c, '"');
        }
        append_text(fiber, place, "\"");
    }
}

/// Predicates of characters.
macro_rules! predicates {
    ($($name:ident = $method:ident;)*) => {$(
        /// See the table.
        ///
        /// # Safety
        /// None is needed; every row is `unsafe`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(c: u32) -> bool {
            character(c).$method()
        }
    )*};
}

predicates! {
    wyn_char_is_alphabetic = is_alphabetic;
    wyn_char_is_numeric = is_numeric;
    wyn_char_is_whitespace = is_whitespace;
    wyn_char_is_upper = is_uppercase;
    wyn_char_is_lower = is_lowercase;
}
