//! Numbers and durations: one scan takes every letter and digit that touches, so that a malformed
//! number is one diagnostic and one token.

use wyn_base::{Code, Diagnostic};

use super::Lexer;
use crate::token::Tok;

/// The unit suffixes of durations, in nanoseconds.
const UNITS: [(&str, u64); 5] =
    [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000)];

impl Lexer<'_> {
    /// A literal that begins with the digit at `start`.
    pub(super) fn number(&mut self, start: usize) {
        let bytes = self.text.as_bytes();
        let word_end = |mut at: usize| {
            while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || !b.is_ascii()) {
                at += 1;
            }
            at
        };
        let digits_end = |mut at: usize| {
            while bytes.get(at).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
                at += 1;
            }
            at
        };
        // `t.0.1`: after a dot there are only positions.
        if self.after_dot() {
            self.pos = digits_end(start);
            return self.integer(start, self.pos, 10);
        }
        if let Some(base) = match bytes.get(start..start + 2) {
            Some(b"0x" | b"0X") => Some(16),
            Some(b"0o" | b"0O") => Some(8),
            Some(b"0b" | b"0B") => Some(2),
            _ => None,
        } {
            self.pos = word_end(start + 2);
            return self.integer(start + 2, self.pos, base);
        }
        let mut end = digits_end(start);
        let mut float = false;
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            float = true;
            end = digits_end(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                float = true;
                end = digits_end(end + 1 + sign);
            }
        }
        self.pos = word_end(end);
        let suffix = &self.text[end..self.pos];
        if float && suffix.is_empty() {
            let value = self.text[start..end].replace('_', "").parse().unwrap_or(0.0);
            return self.float(start, value);
        }
        if suffix.is_empty() {
            return self.integer(start, end, 10);
        }
        self.suffixed(start, end, float);
    }

    fn float(&mut self, start: usize, value: f64) {
        if value.is_infinite() {
            self.error(Code::E0005, start, self.pos, "this number is too large for a `float`");
        }
        self.push(Tok::Float(value), start);
    }

    /// An integer whose digits are `digits..self.pos`; its token begins before a base prefix.
    fn integer(&mut self, digits: usize, end: usize, base: u32) {
        let start = if base == 10 { digits } else { digits - 2 };
        let text = self.text[digits..end].replace('_', "");
        let value = u64::from_str_radix(&text, base);
        self.push(Tok::Int(value.as_ref().map_or(0, |value| *value)), start);
        if value.is_ok() {
            return;
        }
        let bad = self.text[digits..end].char_indices().find(|(_, c)| *c != '_' && !c.is_digit(base));
        if let Some((at, c)) = bad {
            let at = digits + at;
            let name = ["binary", "octal", "decimal", "hexadecimal"]
                [[2, 8, 10, 16].binary_search(&base).unwrap_or(2)];
            self.error(
                Code::E0005,
                at,
                at + c.len_utf8(),
                format!("`{c}` is not a digit of a {name} number"),
            );
        } else if text.is_empty() {
            self.error(Code::E0005, start, end, "this number has no digits after its prefix");
        } else {
            self.error(Code::E0005, start, end, "this number is too large: it needs more than 64 bits");
        }
    }

    /// A decimal number `start..end` with a suffix: a duration, or a mistake.
    fn suffixed(&mut self, start: usize, end: usize, float: bool) {
        let (text, suffix) = (&self.text[start..end], &self.text[end..self.pos]);
        let unit = UNITS.iter().find(|(name, _)| *name == suffix).map(|(_, nanos)| *nanos);
        let count: Result<u64, _> = text.replace('_', "").parse();
        if let (Some(nanos), false) = (unit, float) {
            let value =
                count.ok().and_then(|count| count.checked_mul(nanos)).filter(|v| i64::try_from(*v).is_ok());
            if value.is_none() {
                self.error(Code::E0005, start, self.pos, "this duration is too long: the limit is 292 years");
            }
            return self.push(Tok::Duration(value.unwrap_or(0)), start);
        }
        let span = self.span(end, self.pos);
        let whole = self.span(start, self.pos);
        let diagnostic = if let Some(nanos) = unit {
            let exact = text.replace('_', "").parse::<f64>().unwrap_or(0.0) * nanos as f64;
            let fits = UNITS.iter().rev().find(|(_, size)| (exact % *size as f64).abs() < 0.5);
            let (name, size) = fits.copied().unwrap_or(("ns", 1));
            Diagnostic::error(Code::E0005, whole, "a duration is a whole number of its unit")
                .help(format!("write `{}{name}`", (exact / size as f64).round()))
        } else {
            let message = format!("`{suffix}` cannot follow a number");
            let help = match suffix {
                "h" => "hours are written in minutes: `60m` for one hour",
                "sec" | "secs" => "seconds are written `s`, as in `2s`",
                "min" | "mins" => "minutes are written `m`, as in `1m`",
                "f" | "f32" | "f64" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "u"
                | "L" => {
                    "a literal takes the type that is expected of it; to choose one, write `u8(1)` or `const x: u8 = 1`"
                }
                _ => "durations end in `ns`, `us`, `ms`, `s` or `m`; a name cannot begin with a digit",
            };
            Diagnostic::error(Code::E0005, span, message).help(help)
        };
        self.diagnostics.report(diagnostic);
        match (unit, float) {
            (Some(_), _) => self.push(Tok::Duration(0), start),
            (None, true) => self.push(Tok::Float(0.0), start),
            (None, false) => self.push(Tok::Int(count.unwrap_or(0)), start),
        }
    }
}
