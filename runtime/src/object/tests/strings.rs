//! Strings and the text of values.

use std::ptr;

use wyn_abi::object::{ArrayObject, FloatPair, IntPair, StringObject};
use wyn_hot::array::header;
use wyn_hot::object::{wyn_release, wyn_retain};
use wyn_hot::string::{wyn_string_append, wyn_string_eq};

use crate::object::string::*;
use crate::object::testing::{BYTES, Bench, CHARS, STRINGS};
use crate::object::text::*;

/// A bench that releases the strings it hands out.
pub(super) struct Texts {
    bench: Bench,
    owned: Vec<*mut ArrayObject>,
}

impl Texts {
    pub(super) fn new() -> Self {
        Self { bench: Bench::new(), owned: Vec::new() }
    }

    fn own(&mut self, object: *mut ArrayObject) -> *mut ArrayObject {
        self.owned.push(object);
        object
    }

    pub(super) fn string(&mut self, text: &str) -> *mut StringObject {
        // SAFETY: the bench's fiber.
        let string = unsafe { new_string(self.bench.fiber(), text) };
        self.own(string)
    }

    /// What `f` appends to "> ".
    pub(super) fn shown(&mut self, f: impl FnOnce(*mut wyn_abi::Fiber, *mut *mut StringObject)) -> String {
        // SAFETY: a fresh string, released below.
        unsafe {
            let mut string = new_string(self.bench.fiber(), "> ");
            f(self.bench.fiber(), &raw mut string);
            let text = text_of(string)[2..].to_owned();
            wyn_release(self.bench.fiber(), header(string));
            text
        }
    }

    fn list(&self, array: *mut ArrayObject) -> Vec<String> {
        // SAFETY: an array of strings.
        unsafe {
            let data = ArrayObject::data(array).cast::<*mut StringObject>();
            let strings = std::slice::from_raw_parts(data, (*array).len as usize);
            strings.iter().map(|string| text_of(*string).to_owned()).collect()
        }
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        for object in self.owned.drain(..) {
            // SAFETY: handed out once.
            unsafe { wyn_release(self.bench.fiber(), header(object)) };
        }
        if !std::thread::panicking() {
            assert_eq!(self.bench.live(), 0, "live objects");
        }
    }
}

fn text<'a>(string: *mut StringObject) -> &'a str {
    // SAFETY: the tests' strings are alive.
    unsafe { text_of(string) }
}

#[test]
fn appending_in_a_loop_is_linear_and_in_place() {
    let mut t = Texts::new();
    let fiber = t.bench.fiber();
    let piece = t.string("ab");
    let mut string = t.bench.empty(0);
    let (mut blocks, mut last) = (0, ptr::null_mut());
    let many = if cfg!(miri) { 300 } else { 100_000 };
    for _ in 0..many {
        // SAFETY: strings of the bench.
        unsafe { wyn_string_append(fiber, &raw mut string, piece) };
        if last != string {
            (last, blocks) = (string, blocks + 1);
        }
    }
    assert_eq!(text(string), "ab".repeat(many));
    assert!(blocks < 30, "{blocks} blocks");
    t.own(string);
}

#[test]
fn appending_leaves_other_holders_alone_and_may_append_to_itself() {
    let mut t = Texts::new();
    let fiber = t.bench.fiber();
    let before = t.string("x");
    let mut string = before;
    // SAFETY: the place holds a second reference to `before`.
    unsafe {
        wyn_retain(header(before));
        wyn_string_append(fiber, &raw mut string, before);
        assert_eq!((text(string), text(before)), ("xx", "x"));
        for _ in 0..12 {
            wyn_string_append(fiber, &raw mut string, string);
        }
    }
    assert_eq!(text(string), "x".repeat(8192));
    t.own(string);
}

#[test]
fn comparing_goes_by_bytes() {
    let mut t = Texts::new();
    let words = ["", "a", "ab", "b", "ä", "z", "same", "same"].map(|word| t.string(word));
    for a in words {
        for b in words {
            // SAFETY: strings.
            unsafe {
                assert_eq!(wyn_string_eq(a, b), text(a) == text(b));
                assert_eq!(wyn_string_compare(a, b), text(a).cmp(text(b)) as i64);
                assert!(!wyn_string_eq(a, b) || wyn_string_hash(a) == wyn_string_hash(b));
            }
        }
    }
}

#[test]
fn parts_of_a_string() {
    let mut t = Texts::new();
    let fiber = t.bench.fiber();
    let s = t.string("  grün und blau\t");
    // SAFETY: strings; slices at boundaries.
    unsafe {
        let trimmed = wyn_string_trim(fiber, s);
        t.own(trimmed);
        assert_eq!(text(trimmed), "grün und blau");
        let start = wyn_string_trim_start(fiber, s);
        let end = wyn_string_trim_end(fiber, s);
        assert_eq!((text(t.own(start)), text(t.own(end))), ("grün und blau\t", "  grün und blau"));
        let whole = wyn_string_trim(fiber, trimmed);
        assert_eq!(t.own(whole), trimmed, "nothing to trim: no copy");
        let slice = wyn_string_slice(fiber, trimmed, 0, 5, ptr::null());
        assert_eq!(text(t.own(slice)), "grün");
        assert!(!wyn_string_is_boundary(trimmed, 3));
        assert!(wyn_string_is_boundary(trimmed, 14));
        assert!(!wyn_string_is_boundary(trimmed, 15));
        assert!(!wyn_string_is_boundary(trimmed, -1));
    }
}

#[test]
fn searching() {
    let mut t = Texts::new();
    let (s, n, none, empty) = (t.string("abcabc"), t.string("bc"), t.string("x"), t.string(""));
    // SAFETY: strings.
    unsafe {
        assert_eq!(wyn_string_find(s, n, 0), 1);
        assert_eq!(wyn_string_find(s, n, 2), 4);
        assert_eq!(wyn_string_find(s, n, 5), -1);
        assert_eq!(wyn_string_find(s, n, 99), -1);
        assert_eq!(wyn_string_find(s, none, 0), -1);
        assert_eq!(wyn_string_find(s, empty, 6), 6);
        assert_eq!(wyn_string_find_last(s, n), 4);
        assert!(wyn_string_ends_with(s, n) && !wyn_string_starts_with(s, n));
    }
}

#[test]
fn splitting_and_joining() {
    let mut t = Texts::new();
    let fiber = t.bench.fiber();
    let (s, comma, empty) = (t.string("a,b,,c"), t.string(","), t.string(""));
    // SAFETY: strings; the array types are the bench's.
    unsafe {
        let split = wyn_string_split(fiber, STRINGS, s, comma);
        assert_eq!(t.list(split), ["a", "b", "", "c"]);
        t.own(split);
        let joined = wyn_string_join(fiber, split, comma);
        assert_eq!(text(t.own(joined)), "a,b,,c");
        let single = wyn_string_split(fiber, STRINGS, empty, comma);
        assert_eq!(t.list(single), [""]);
        t.own(single);
        let letters = t.string("zoë");
        let letters = wyn_string_split(fiber, STRINGS, letters, empty);
        assert_eq!(t.list(letters), ["z", "o", "ë"]);
        t.own(letters);
        let lines = t.string("one\r\ntwo\n\nthree");
        let lines = wyn_string_lines(fiber, STRINGS, lines);
        assert_eq!(t.list(lines), ["one", "two", "", "three"]);
        t.own(lines);
        let words = t.string(" to  be\nor ");
        let words = wyn_string_split_whitespace(fiber, STRINGS, words);
        assert_eq!(t.list(words), ["to", "be", "or"]);
        t.own(words);
    }
}

#[test]
fn making_new_strings() {
    let mut t = Texts::new();
    let fiber = t.bench.fiber();
    let (s, o, x) = (t.string("foo"), t.string("o"), t.string("0"));
    let sharp = t.string("Straße");
    // SAFETY: strings.
    unsafe {
        let replaced = wyn_string_replace(fiber, s, o, x);
        let upper = wyn_string_to_upper(fiber, sharp);
        let lower = wyn_string_to_lower(fiber, upper);
        let thrice = wyn_string_repeat(fiber, s, 3, ptr::null());
        let nothing = wyn_string_repeat(fiber, s, 0, ptr::null());
        let both = wyn_string_concat(fiber, s, sharp);
        let all = [replaced, upper, lower, thrice, nothing, both].map(|s| t.own(s));
        assert_eq!(all.map(text), ["f00", "STRASSE", "strasse", "foofoofoo", "", "fooStraße"]);
    }
}

#[test]
fn characters_and_bytes_there_and_back() {
    let mut t = Texts::new();
    let fiber = t.bench.fiber();
    let s = t.string("aß🦀");
    // SAFETY: strings and arrays of the bench's types.
    unsafe {
        let chars = wyn_string_chars(fiber, CHARS, s);
        t.own(chars);
        assert_eq!((*chars).len, 3);
        let again = wyn_string_from_chars(fiber, chars);
        assert_eq!(text(t.own(again)), "aß🦀");
        let bytes = wyn_string_bytes(fiber, BYTES, s);
        t.own(bytes);
        assert_eq!((*bytes).len, 7);
        let good = wyn_string_check_utf8(fiber, bytes);
        assert_eq!((good.status, text(t.own(good.value))), (-1, "aß🦀"));
        *ArrayObject::data(bytes).add(2) = 0xff;
        let bad = wyn_string_check_utf8(fiber, bytes);
        assert_eq!((bad.status, text(t.own(bad.value))), (1, ""));
    }
}

#[test]
fn parsing_numbers() {
    let mut t = Texts::new();
    let cases = [
        ("42", 0, 42),
        ("-9223372036854775808", 0, i64::MIN),
        ("+7", 0, 7),
        ("9223372036854775808", 2, 0),
        ("", 1, 0),
        ("4 2", 1, 0),
    ];
    for (source, status, value) in cases {
        let s = t.string(source);
        // SAFETY: a string.
        assert_eq!(unsafe { wyn_string_scan_int(s) }, IntPair { status, value }, "{source}");
    }
    for (source, status, value) in [("1.5", 0, 1.5), ("-1e3", 0, -1000.0), ("x", 1, 0.0), ("", 1, 0.0)] {
        let s = t.string(source);
        // SAFETY: a string.
        assert_eq!(unsafe { wyn_string_scan_float(s) }, FloatPair { status, value }, "{source}");
    }
}

#[test]
fn the_text_of_values() {
    let mut t = Texts::new();
    // SAFETY: each call appends to the place it is given.
    unsafe {
        for n in [0, 1, -1, 10, 1764, i64::MAX, i64::MIN] {
            assert_eq!(t.shown(|fiber, place| wyn_show_int(fiber, place, n)), n.to_string());
        }
        assert_eq!(t.shown(|f, p| wyn_show_uint(f, p, u64::MAX)), u64::MAX.to_string());
        let floats = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e300, "1e300"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (123_456_789.125, "123456789.125"),
        ];
        for (x, shown) in floats {
            assert_eq!(t.shown(|f, p| wyn_show_float(f, p, x)), shown);
        }
        assert_eq!(t.shown(|f, p| wyn_show_f32(f, p, 0.1)), "0.1");
        assert_eq!(t.shown(|f, p| wyn_show_bool(f, p, true)), "true");
        assert_eq!(t.shown(|f, p| wyn_show_char(f, p, u32::from('é'))), "é");
        assert_eq!(t.shown(|f, p| wyn_show_char_quoted(f, p, u32::from('\''))), r"'\''");
        let s = t.string("a \"b\"\n\t\\ 'é'\u{1}");
        assert_eq!(t.shown(|f, p| wyn_show_string_quoted(f, p, s)), r#""a \"b\"\n\t\\ 'é'\u{1}""#);
    }
}

#[test]
fn what_characters_are() {
    // SAFETY: predicates of numbers.
    unsafe {
        assert!(wyn_char_is_alphabetic(u32::from('é')) && !wyn_char_is_alphabetic(u32::from('1')));
        assert!(wyn_char_is_numeric(u32::from('1')) && wyn_char_is_whitespace(u32::from('\u{a0}')));
        assert!(wyn_char_is_upper(u32::from('Ä')) && wyn_char_is_lower(u32::from('ä')));
    }
}
