//! Formats in interpolations: which parts of one fit which types.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir::{Align, Format, Notation, Ty, TyKind};
use wyn_syntax::ast::{self, FormatKind, FormatSpec};

use crate::body::FnCx;
use crate::infer::is_number;
use crate::spelling::a;

/// The format as the runtime is given it.
pub(crate) fn format(written: &FormatSpec) -> Format {
    Format {
        fill: written.fill,
        align: written.align.map(|align| match align {
            ast::Align::Left => Align::Left,
            ast::Align::Center => Align::Center,
            ast::Align::Right => Align::Right,
        }),
        plus: written.plus,
        zero: written.zero,
        thousands: written.thousands,
        notation: match written.kind {
            FormatKind::Show => Notation::Plain,
            FormatKind::Hex => Notation::Hex,
            FormatKind::Binary => Notation::Binary,
            FormatKind::Octal => Notation::Octal,
            FormatKind::Exponent => Notation::Exponent,
        },
        width: written.width.unwrap_or(0),
        precision: written.precision,
    }
}

/// The part of a format that does not fit a type, and what it is for.
fn misfit(format: &FormatSpec, ty: Ty) -> Option<(&'static str, &'static str)> {
    let number = is_number(ty);
    let integer = matches!(ty.kind(), TyKind::Int(_));
    let exponent = format.kind == FormatKind::Exponent;
    let plain = format.kind == FormatKind::Show;
    Some(match format.kind {
        FormatKind::Hex if !integer => ("`x`", "writes integers in hexadecimal digits"),
        FormatKind::Binary if !integer => ("`b`", "writes integers in binary digits"),
        FormatKind::Octal if !integer => ("`o`", "writes integers in octal digits"),
        FormatKind::Exponent if !number => ("`e`", "writes numbers with a power of ten"),
        _ if format.plus && !number => ("`+`", "puts a sign before numbers"),
        _ if format.zero && !number => ("`0`", "puts zeros before the digits of numbers"),
        _ if format.thousands && !number => ("`,`", "separates the digits of numbers"),
        _ if format.thousands && !plain => ("`,`", "separates decimal digits"),
        _ if format.precision.is_some() && integer && !exponent => {
            ("the precision", "is the digits of a float after the point, or the length of a string")
        }
        _ if format.precision.is_some() && !number && !matches!(ty.kind(), TyKind::String) => {
            ("the precision", "is the digits of a float after the point, or the length of a string")
        }
        _ => return None,
    })
}

impl FnCx<'_, '_> {
    /// Reports a format of which a part means nothing for the type of the value at `value`.
    pub(crate) fn check_format(&mut self, ty: Ty, format: &FormatSpec, value: Span) {
        if format.zero && format.thousands {
            self.w.report(
                Diagnostic::error(Code::E0221, format.span, "`0` and `,` do not go together")
                    .label("separators between zeros mean nothing")
                    .help("pad with spaces: leave out the `0`"),
            );
        } else if format.zero && format.align.is_some() {
            self.w.report(
                Diagnostic::error(Code::E0221, format.span, "`0` and a side do not go together")
                    .label("zeros stand between the sign and the digits, whatever the side")
                    .help("leave out one of them"),
            );
        } else if let Some((part, what)) = misfit(format, ty) {
            let mut diagnostic =
                Diagnostic::error(Code::E0221, format.span, format!("{part} does not fit {}", a(&ty)))
                    .label(format!("{part} {what}"))
                    .also(value, format!("this is {}", a(&ty)));
            diagnostic = match ty.kind() {
                TyKind::Int(_) if format.precision.is_some() => {
                    diagnostic.help("make it a float: `${float(n):.2}`")
                }
                TyKind::F64 | TyKind::F32 => diagnostic.help("make it an integer: `${int(x):x}`"),
                TyKind::Param(..) => {
                    diagnostic.note(format!("nothing is known of `{ty}` but that it can be shown"))
                }
                _ => diagnostic.help("leave it out: width, fill and side fit every type"),
            };
            self.w.report(diagnostic);
        }
    }
}
