//! The parts of interpolated strings.

use wyn_base::{Span, Symbol};

use super::Expr;

/// A part of an interpolated string.
#[derive(Clone, Debug)]
pub enum StrPart {
    /// Literal text, decoded; never empty.
    Text(Symbol),
    /// `${expr}` or `${expr:format}`
    Expr {
        /// The value shown.
        expr: Expr,
        /// How it is shown.
        format: Option<FormatSpec>,
    },
}

/// What stands after the `:` in `${expr:format}`: `[[fill]align][+][0][width][,][.precision][kind]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FormatSpec {
    /// What pads; a space unless it is written.
    pub fill: char,
    /// Where the value stands in the width; by its type when it is left out.
    pub align: Option<Align>,
    /// `+`: a sign on numbers that are not negative too.
    pub plus: bool,
    /// `0`: zeros between sign and digits up to the width.
    pub zero: bool,
    /// The least number of characters.
    pub width: Option<u32>,
    /// `,`: groups of three digits.
    pub thousands: bool,
    /// Digits after the point, or the most characters of a string.
    pub precision: Option<u32>,
    /// The notation.
    pub kind: FormatKind,
    /// The text after the `:`.
    pub span: Span,
}

/// Where a value stands in its width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// `<`
    Left,
    /// `^`
    Center,
    /// `>`
    Right,
}

/// The notation of a formatted value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormatKind {
    /// As `Show` gives it.
    Show,
    /// `x`
    Hex,
    /// `b`
    Binary,
    /// `o`
    Octal,
    /// `e`
    Exponent,
}
