//! The text of values in a format ([`Format`]): digits, signs, padding.
//!
//! Each function appends to the string in a place and pads what it appended there: the padding is
//! appended too, and the bytes are turned round when it belongs before the text.
//!
//! Numbers look as Rust's formatter writes them; a float without a precision looks as it is shown.

use std::fmt::Write as _;

use wyn_abi::Fiber;
use wyn_abi::format::{Align, Format, Notation};
use wyn_abi::object::{ArrayObject, StringObject};

use super::string::text_of;
use super::text::append_text;

/// Appends `count` times the fill.
unsafe fn append_fill(fiber: *mut Fiber, place: *mut *mut StringObject, fill: char, count: usize) {
    let mut unit = [0; 4];
    let unit = fill.encode_utf8(&mut unit);
    let chunk: String = unit.repeat(count.min(64));
    let mut left = count;
    while left > 0 {
        let now = left.min(64);
        // SAFETY: the caller's promise.
        unsafe { append_text(fiber, place, &chunk[..now * unit.len()]) };
        left -= now;
    }
}

/// Brings what was appended since `start` to the width; `usual` is where it stands when the format does not
/// say.
///
/// # Safety
/// `place` holds a string of at least `start` bytes, in which a character begins at `start`.
unsafe fn pad(fiber: *mut Fiber, place: *mut *mut StringObject, start: usize, format: Format, usual: Align) {
    // SAFETY: the caller's promise. What was appended to last has no other owner, so that its bytes may be
    // turned; whole characters change places, so that it stays UTF-8.
    unsafe {
        let text = &text_of(*place)[start..];
        // A text has at most as many characters as bytes.
        let missing = (format.width as usize).saturating_sub(text.chars().count());
        if missing == 0 {
            return;
        }
        let before = match format.align.unwrap_or(usual) {
            Align::Left => 0,
            Align::Center => missing / 2,
            Align::Right => missing,
        };
        append_fill(fiber, place, format.fill, missing);
        let length = (**place).len as usize - start;
        let bytes = std::slice::from_raw_parts_mut(ArrayObject::data(*place).add(start), length);
        let after = (missing - before) * format.fill.len_utf8();
        let turned = length - after;
        bytes[..turned].rotate_right(before * format.fill.len_utf8());
    }
}

/// Appends a number of this sign and these digits, which may have a fraction or an exponent behind them.
unsafe fn append_number(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    format: Format,
    sign: &str,
    digits: &str,
) {
    // SAFETY: the caller's promise; digits are ASCII.
    unsafe {
        let start = (**place).len as usize;
        append_text(fiber, place, sign);
        if format.zero {
            append_fill(fiber, place, '0', (format.width as usize).saturating_sub(sign.len() + digits.len()));
        }
        let whole = digits.bytes().position(|c| !c.is_ascii_digit()).unwrap_or(digits.len());
        if format.thousands && whole > 3 {
            let first = (whole - 1) % 3 + 1;
            append_text(fiber, place, &digits[..first]);
            for at in (first..whole).step_by(3) {
                append_text(fiber, place, ",");
                append_text(fiber, place, &digits[at..at + 3]);
            }
            append_text(fiber, place, &digits[whole..]);
        } else {
            append_text(fiber, place, digits);
        }
        pad(fiber, place, start, format, Align::Right);
    }
}

/// Text on the stack, for the digits of an integer.
struct Digits {
    bytes: [u8; 80],
    len: usize,
}

impl std::fmt::Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Appends an integer.
unsafe fn append_integer(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    negative: bool,
    magnitude: u64,
    format: Format,
) {
    let mut digits = Digits { bytes: [0; 80], len: 0 };
    let written = match (format.notation, format.precision) {
        (Notation::Plain, _) => write!(digits, "{magnitude}"),
        (Notation::Hex, _) => write!(digits, "{magnitude:x}"),
        (Notation::Binary, _) => write!(digits, "{magnitude:b}"),
        (Notation::Octal, _) => write!(digits, "{magnitude:o}"),
        (Notation::Exponent, None) => write!(digits, "{magnitude:e}"),
        (Notation::Exponent, Some(precision)) => {
            let text = format!("{magnitude:.0$e}", precision as usize);
            // SAFETY: the caller's promise.
            return unsafe { append_number(fiber, place, format, sign(negative, format), &text) };
        }
    };
    debug_assert!(written.is_ok(), "64 binary digits fit");
    let text = std::str::from_utf8(&digits.bytes[..digits.len]).unwrap_or_default();
    // SAFETY: the caller's promise.
    unsafe { append_number(fiber, place, format, sign(negative, format), text) }
}

fn sign(negative: bool, format: Format) -> &'static str {
    match (negative, format.plus) {
        (true, _) => "-",
        (false, true) => "+",
        (false, false) => "",
    }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_format_int(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    value: i64,
    format: i64,
) {
    // SAFETY: the caller's promise.
    unsafe { append_integer(fiber, place, value < 0, value.unsigned_abs(), Format::unpack(format)) }
}

/// See the table.
///
/// # Safety
/// `place` holds a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_format_uint(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    value: u64,
    format: i64,
) {
    // SAFETY: the caller's promise.
    unsafe { append_integer(fiber, place, false, value, Format::unpack(format)) }
}

/// Formatting of one type of float.
macro_rules! floats {
    ($($name:ident $ty:ident;)*) => {$(
        /// See the table.
        ///
        /// # Safety
        /// `place` holds a string.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(
            fiber: *mut Fiber,
            place: *mut *mut StringObject,
            value: $ty,
            format: i64,
        ) {
            let format = Format::unpack(format);
            let magnitude = value.abs();
            let digits = match (format.notation, format.precision) {
                (Notation::Exponent, None) => format!("{magnitude:e}"),
                (Notation::Exponent, Some(precision)) => format!("{magnitude:.0$e}", precision as usize),
                (_, None) => format!("{magnitude:?}"),
                (_, Some(precision)) => format!("{magnitude:.0$}", precision as usize),
            };
            let sign = if value.is_nan() { "" } else { sign(value.is_sign_negative(), format) };
            // SAFETY: the caller's promise.
            unsafe { append_number(fiber, place, format, sign, &digits) }
        }
    )*};
}

floats! {
    wyn_format_float f64;
    wyn_format_f32 f32;
}

/// See the table.
///
/// # Safety
/// `place` holds a string; `value` is another one.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_format_string(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    value: *mut StringObject,
    format: i64,
) {
    let format = Format::unpack(format);
    // SAFETY: the caller's promise.
    unsafe {
        let start = (**place).len as usize;
        let text = text_of(value);
        let most = format.precision.map_or(usize::MAX, |precision| precision as usize);
        let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
        append_text(fiber, place, &text[..end]);
        pad(fiber, place, start, format, Align::Left);
    }
}

/// See the table.
///
/// # Safety
/// `place` holds a string of at least `start` bytes, in which a character begins at `start`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_format_pad(
    fiber: *mut Fiber,
    place: *mut *mut StringObject,
    start: i64,
    format: i64,
) {
    // SAFETY: the caller's promise.
    unsafe { pad(fiber, place, start as usize, Format::unpack(format), Align::Left) }
}
