//! Strings and the text of values: rows. The layout is [`ArrayObject`](crate::object::ArrayObject).
//!
//! A string is never changed where somebody else can see it: a function that gets a `place` replaces
//! the string in it, or appends to it when that place holds the only reference.

use crate::fiber::Fiber;
use crate::object::{ArrayObject, FloatPair, IntPair, StringObject, StringPair};
use crate::program::Location;

/// The rows of strings; the argument is the macro that receives them. Positions are byte offsets.
#[macro_export]
macro_rules! string_rows {
    ($callback:ident) => { $callback! {
        /// A string with these bytes, which are valid UTF-8.
        slow fn wyn_string_new(fiber: *mut Fiber, bytes: *const u8, len: usize) -> *mut StringObject [allocates];
        /// Appends; linear in `other` when the place holds the only reference (amortised).
        hot fn wyn_string_append(fiber: *mut Fiber, place: *mut *mut StringObject, other: *mut StringObject) [allocates];
        /// Appends bytes, which are valid UTF-8.
        slow fn wyn_string_append_bytes(fiber: *mut Fiber, place: *mut *mut StringObject, bytes: *const u8, len: usize) [allocates];
        /// Both strings, one after the other.
        slow fn wyn_string_concat(fiber: *mut Fiber, a: *mut StringObject, b: *mut StringObject) -> *mut StringObject [allocates];
        /// Whether the bytes are equal.
        hot fn wyn_string_eq(a: *mut StringObject, b: *mut StringObject) -> bool [];
        /// Order of the bytes: -1, 0 or 1.
        slow fn wyn_string_compare(a: *mut StringObject, b: *mut StringObject) -> i64 [];
        /// A hash of the bytes, equal for equal strings and in every process.
        slow fn wyn_string_hash(s: *mut StringObject) -> i64 [];
        /// The bytes from `start` up to `end`; panics outside the string and off a character boundary.
        slow fn wyn_string_slice(fiber: *mut Fiber, s: *mut StringObject, start: i64, end: i64, at: *const Location) -> *mut StringObject [unwinds allocates];
        /// The byte at `index`; panics outside the string.
        hot fn wyn_string_byte_at(fiber: *mut Fiber, s: *mut StringObject, index: i64, at: *const Location) -> i64 [unwinds];
        /// Whether a character begins at `index`, or the string ends there.
        slow fn wyn_string_is_boundary(s: *mut StringObject, index: i64) -> bool [];
        /// Where `pattern` occurs first at or after `start`; -1 when it does not.
        slow fn wyn_string_find(s: *mut StringObject, pattern: *mut StringObject, start: i64) -> i64 [];
        /// Where `pattern` occurs last; -1 when it does not.
        slow fn wyn_string_find_last(s: *mut StringObject, pattern: *mut StringObject) -> i64 [];
        /// Whether it begins with `prefix`.
        slow fn wyn_string_starts_with(s: *mut StringObject, prefix: *mut StringObject) -> bool [];
        /// Whether it ends with `suffix`.
        slow fn wyn_string_ends_with(s: *mut StringObject, suffix: *mut StringObject) -> bool [];
        /// Without white space at both ends.
        slow fn wyn_string_trim(fiber: *mut Fiber, s: *mut StringObject) -> *mut StringObject [allocates];
        /// Without white space at the start.
        slow fn wyn_string_trim_start(fiber: *mut Fiber, s: *mut StringObject) -> *mut StringObject [allocates];
        /// Without white space at the end.
        slow fn wyn_string_trim_end(fiber: *mut Fiber, s: *mut StringObject) -> *mut StringObject [allocates];
        /// With `to` in place of every `from`.
        slow fn wyn_string_replace(fiber: *mut Fiber, s: *mut StringObject, from: *mut StringObject, to: *mut StringObject) -> *mut StringObject [allocates];
        /// In upper case (Unicode).
        slow fn wyn_string_to_upper(fiber: *mut Fiber, s: *mut StringObject) -> *mut StringObject [allocates];
        /// In lower case (Unicode).
        slow fn wyn_string_to_lower(fiber: *mut Fiber, s: *mut StringObject) -> *mut StringObject [allocates];
        /// So many times in a row; panics for a negative number and when the result would not fit memory.
        slow fn wyn_string_repeat(fiber: *mut Fiber, s: *mut StringObject, count: i64, at: *const Location) -> *mut StringObject [unwinds allocates];
        /// Its characters, an array of the type at `type_index`.
        slow fn wyn_string_chars(fiber: *mut Fiber, type_index: u32, s: *mut StringObject) -> *mut ArrayObject [allocates];
        /// Its bytes, an array.
        slow fn wyn_string_bytes(fiber: *mut Fiber, type_index: u32, s: *mut StringObject) -> *mut ArrayObject [allocates];
        /// Its lines without their ends (`\n` or `\r\n`), an array.
        slow fn wyn_string_lines(fiber: *mut Fiber, type_index: u32, s: *mut StringObject) -> *mut ArrayObject [allocates];
        /// The pieces between occurrences of `separator`, an array; the characters when it is empty.
        slow fn wyn_string_split(fiber: *mut Fiber, type_index: u32, s: *mut StringObject, separator: *mut StringObject) -> *mut ArrayObject [allocates];
        /// The pieces between runs of white space, an array without empty strings.
        slow fn wyn_string_split_whitespace(fiber: *mut Fiber, type_index: u32, s: *mut StringObject) -> *mut ArrayObject [allocates];
        /// The strings of an array with `separator` between them.
        slow fn wyn_string_join(fiber: *mut Fiber, parts: *mut ArrayObject, separator: *mut StringObject) -> *mut StringObject [allocates];
        /// A string of these characters.
        slow fn wyn_string_from_chars(fiber: *mut Fiber, chars: *mut ArrayObject) -> *mut StringObject [allocates];
        /// A string of these bytes: status -1 and the string, or the offset of the first byte that is not UTF-8 and the
        /// empty string.
        slow fn wyn_string_check_utf8(fiber: *mut Fiber, bytes: *mut ArrayObject) -> StringPair [allocates];
        /// A decimal integer with an optional sign: status 0 and the value, 1 not a number, 2 out of range.
        slow fn wyn_string_scan_int(s: *mut StringObject) -> IntPair [];
        /// A float: status 0 and the value, 1 not a number.
        slow fn wyn_string_scan_float(s: *mut StringObject) -> FloatPair [];

        /// Whether the character is a letter (Unicode).
        slow fn wyn_char_is_alphabetic(c: u32) -> bool [];
        /// Whether the character is a number (Unicode).
        slow fn wyn_char_is_numeric(c: u32) -> bool [];
        /// Whether the character is white space (Unicode).
        slow fn wyn_char_is_whitespace(c: u32) -> bool [];
        /// Whether the character is an upper-case letter (Unicode).
        slow fn wyn_char_is_upper(c: u32) -> bool [];
        /// Whether the character is a lower-case letter (Unicode).
        slow fn wyn_char_is_lower(c: u32) -> bool [];

        /// Appends the decimal text.
        slow fn wyn_show_int(fiber: *mut Fiber, place: *mut *mut StringObject, value: i64) [allocates];
        /// Appends the decimal text of an unsigned integer.
        slow fn wyn_show_uint(fiber: *mut Fiber, place: *mut *mut StringObject, value: u64) [allocates];
        /// Appends the shortest text that reads back as the same float, with a fraction or an exponent.
        slow fn wyn_show_float(fiber: *mut Fiber, place: *mut *mut StringObject, value: f64) [allocates];
        /// The same for `f32`.
        slow fn wyn_show_f32(fiber: *mut Fiber, place: *mut *mut StringObject, value: f32) [allocates];
        /// Appends `true` or `false`.
        slow fn wyn_show_bool(fiber: *mut Fiber, place: *mut *mut StringObject, value: bool) [allocates];
        /// Appends the character itself.
        slow fn wyn_show_char(fiber: *mut Fiber, place: *mut *mut StringObject, value: u32) [allocates];
        /// Appends the character between single quotes, escaped as a literal.
        slow fn wyn_show_char_quoted(fiber: *mut Fiber, place: *mut *mut StringObject, value: u32) [allocates];
        /// Appends the string between double quotes, escaped as a literal.
        slow fn wyn_show_string_quoted(fiber: *mut Fiber, place: *mut *mut StringObject, value: *mut StringObject) [allocates];

        /// Appends an integer in a format ([`Format::pack`](crate::format::Format::pack)).
        slow fn wyn_format_int(fiber: *mut Fiber, place: *mut *mut StringObject, value: i64, format: i64) [allocates];
        /// The same for an unsigned integer.
        slow fn wyn_format_uint(fiber: *mut Fiber, place: *mut *mut StringObject, value: u64, format: i64) [allocates];
        /// The same for a float.
        slow fn wyn_format_float(fiber: *mut Fiber, place: *mut *mut StringObject, value: f64, format: i64) [allocates];
        /// The same for `f32`.
        slow fn wyn_format_f32(fiber: *mut Fiber, place: *mut *mut StringObject, value: f32, format: i64) [allocates];
        /// Appends a string, cut to the precision and brought to the width.
        slow fn wyn_format_string(fiber: *mut Fiber, place: *mut *mut StringObject, value: *mut StringObject, format: i64) [allocates];
        /// Brings what was appended since the string had `start` bytes to the width.
        slow fn wyn_format_pad(fiber: *mut Fiber, place: *mut *mut StringObject, start: i64, format: i64) [allocates];
    } };
}

string_rows!(declare_rows);
