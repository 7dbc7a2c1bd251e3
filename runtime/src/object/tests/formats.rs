//! Formats write what Rust's formatter writes, where it has the same.

use wyn_abi::format::{Align, Format, Notation};

use super::strings::Texts;
use crate::object::format::*;

const PLAIN: Format = Format {
    fill: ' ',
    align: None,
    plus: false,
    zero: false,
    thousands: false,
    notation: Notation::Plain,
    width: 0,
    precision: None,
};

#[test]
fn packing_keeps_everything() {
    let mut format =
        Format { fill: '🦀', plus: true, thousands: true, width: 9999, precision: Some(0), ..PLAIN };
    for notation in [Notation::Plain, Notation::Hex, Notation::Binary, Notation::Octal, Notation::Exponent] {
        for align in [None, Some(Align::Left), Some(Align::Center), Some(Align::Right)] {
            format = Format { notation, align, zero: !format.zero, ..format };
            assert_eq!(Format::unpack(format.pack()), format);
        }
    }
    let longest = Format { precision: Some(9999), ..PLAIN };
    assert_eq!(Format::unpack(longest.pack()), longest);
    assert_eq!(Format::unpack(PLAIN.pack()), PLAIN);
}

/// Checks `$value` in every side, sign and filling against Rust's text in the notation `$spec`.
macro_rules! as_rust {
    ($t:ident, $function:ident, $value:expr, $format:expr, $spec:literal) => {
        for width in [0usize, 1, 5, 6, 12, 70] {
            let value = $value;
            let format = Format { width: width as u32, ..$format };
            let mut check = |format: Format, expected: String| {
                // SAFETY: a string.
                let found = $t.shown(|f, p| unsafe { $function(f, p, value.into(), format.pack()) });
                assert_eq!(found, expected, "{value:?} in {format:?}");
            };
            let (left, center, right) = (Some(Align::Left), Some(Align::Center), Some(Align::Right));
            check(format, format!(concat!("{:w$", $spec, "}"), value, w = width));
            check(Format { align: left, ..format }, format!(concat!("{:<w$", $spec, "}"), value, w = width));
            let starred = Format { align: center, fill: '*', ..format };
            check(starred, format!(concat!("{:*^w$", $spec, "}"), value, w = width));
            let filled = Format { align: right, fill: 'é', ..format };
            check(filled, format!(concat!("{:é>w$", $spec, "}"), value, w = width));
            let signed = Format { plus: true, ..format };
            check(signed, format!(concat!("{:+w$", $spec, "}"), value, w = width));
            let zeros = Format { zero: true, ..format };
            check(zeros, format!(concat!("{:0w$", $spec, "}"), value, w = width));
            let both = Format { zero: true, plus: true, ..format };
            check(both, format!(concat!("{:+0w$", $spec, "}"), value, w = width));
        }
    };
}

#[test]
fn integers() {
    let mut t = Texts::new();
    let hex = Format { notation: Notation::Hex, ..PLAIN };
    let binary = Format { notation: Notation::Binary, ..PLAIN };
    let octal = Format { notation: Notation::Octal, ..PLAIN };
    let exponent = Format { notation: Notation::Exponent, ..PLAIN };
    for n in [0i64, 7, -7, 1234, -100_000, i64::MAX, i64::MIN] {
        as_rust!(t, wyn_format_int, n, PLAIN, "");
        as_rust!(t, wyn_format_int, n, exponent, "e");
        as_rust!(t, wyn_format_int, n, Format { precision: Some(2), ..exponent }, ".2e");
    }
    for n in [0u64, 9, 255, u64::MAX] {
        as_rust!(t, wyn_format_uint, n, PLAIN, "");
        as_rust!(t, wyn_format_uint, n, hex, "x");
        as_rust!(t, wyn_format_uint, n, binary, "b");
        as_rust!(t, wyn_format_uint, n, octal, "o");
    }
}

#[test]
fn floats() {
    let mut t = Texts::new();
    let exponent = Format { notation: Notation::Exponent, ..PLAIN };
    let values = [0.0, -0.0, 1.0, 0.1, -2.5, 1e300, 5e-324, 123_456.789, 0.5, 1.5, 2.675, f64::MAX];
    for x in values.into_iter().chain([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]) {
        as_rust!(t, wyn_format_float, x, PLAIN, "?");
        as_rust!(t, wyn_format_float, x, Format { precision: Some(0), ..PLAIN }, ".0");
        as_rust!(t, wyn_format_float, x, Format { precision: Some(2), ..PLAIN }, ".2");
        as_rust!(t, wyn_format_float, x, Format { precision: Some(20), ..PLAIN }, ".20");
        as_rust!(t, wyn_format_float, x, exponent, "e");
        as_rust!(t, wyn_format_float, x, Format { precision: Some(3), ..exponent }, ".3e");
    }
    for x in [0.1f32, -16_777_216.0, 3.4e38, f32::NAN] {
        as_rust!(t, wyn_format_f32, x, PLAIN, "?");
        as_rust!(t, wyn_format_f32, x, Format { precision: Some(3), ..PLAIN }, ".3");
        as_rust!(t, wyn_format_f32, x, exponent, "e");
    }
}

#[test]
fn groups_of_digits() {
    let mut t = Texts::new();
    let format = Format { thousands: true, width: 12, ..PLAIN };
    let cases = [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (-123_456, "-123,456"),
        (i64::MIN, "-9,223,372,036,854,775,808"),
    ];
    for (n, text) in cases {
        // SAFETY: a string.
        let found = t.shown(|f, p| unsafe { wyn_format_int(f, p, n, format.pack()) });
        assert_eq!(found, format!("{text:>12}"));
    }
    let format = Format { precision: Some(2), plus: true, ..format };
    for (x, text) in
        [(0.125, "+0.12"), (1234.5, "+1,234.50"), (-1e6, "-1,000,000.00"), (f64::INFINITY, "+inf")]
    {
        // SAFETY: a string.
        let found = t.shown(|f, p| unsafe { wyn_format_float(f, p, x, format.pack()) });
        assert_eq!(found, format!("{text:>12}"));
    }
}

#[test]
fn strings_and_what_stands_already() {
    let mut t = Texts::new();
    for text in ["", "a", "äöü", "🦀🦀🦀🦀", "long enough to stay"] {
        let s = t.string(text);
        for width in [0usize, 3, 4, 9, 200] {
            for precision in [None, Some(0), Some(2), Some(300)] {
                let cut: String = text.chars().take(precision.unwrap_or(usize::MAX)).collect();
                for (align, expected) in [
                    (None, format!("{cut:–<width$}")),
                    (Some(Align::Center), format!("{cut:–^width$}")),
                    (Some(Align::Right), format!("{cut:–>width$}")),
                ] {
                    let format = Format {
                        fill: '–',
                        align,
                        width: width as u32,
                        precision: precision.map(|digits| digits as u32),
                        ..PLAIN
                    };
                    // SAFETY: strings.
                    let found = t.shown(|f, p| unsafe { wyn_format_string(f, p, s, format.pack()) });
                    assert_eq!(found, expected);
                    let padded = Format { precision: None, ..format };
                    // The bench's string begins with two bytes of its own.
                    // SAFETY: strings; a character begins after those bytes.
                    let found = t.shown(|f, p| unsafe {
                        wyn_format_string(f, p, s, PLAIN.pack());
                        wyn_format_pad(f, p, 2, padded.pack());
                    });
                    if precision.is_none() {
                        assert_eq!(found, expected);
                    }
                }
            }
        }
    }
}
