//! Patterns.

use wyn_base::{Span, Symbol};

use super::{Name, Path};

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where, parentheses included.
    pub span: Span,
}

/// The kinds of pattern.
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// `x`, `mut x`: a name that begins with a lower-case letter or `_`.
    Binding {
        /// The name.
        name: Name,
        /// Whether it is `mut x`: only in `for`.
        mutable: bool,
    },
    /// `1`, `-1`, `"a"`, `'x'`, `true`, `2s`
    Literal(LiteralPattern),
    /// `1..5`, `'a'..='z'`
    Range {
        /// The first value.
        start: LiteralPattern,
        /// The last value, or one past it.
        end: LiteralPattern,
        /// Whether it is `..=`.
        inclusive: bool,
    },
    /// `(a, b)` or `()`: never exactly one.
    Tuple(Vec<Pattern>),
    /// `Shape.Circle(r)`, `.Circle(r)`, `Some(x)`, `.Red`, `None`, `Shape.Rect { w, .. }`, `P { x, y: 0 }`, and
    /// constants such as `LIMIT` or `limits.MAX`: every path whose last name begins with an upper-case letter.
    Path(PathPattern),
    /// `a | b`: at least two.
    Or(Vec<Pattern>),
    /// What could not be read.
    Error,
}

/// A literal in a pattern.
#[derive(Clone, Copy, Debug)]
pub struct LiteralPattern {
    /// Its value.
    pub value: LiteralValue,
    /// Where.
    pub span: Span,
}

/// The value of a literal in a pattern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LiteralValue {
    /// `1`, `-1`
    Int {
        /// The digits' value.
        value: u64,
        /// Whether a `-` stands before them.
        negative: bool,
    },
    /// `1.5`, `-1.5`
    Float(f64),
    /// `2s`, in nanoseconds.
    Duration(u64),
    /// `true`, `false`
    Bool(bool),
    /// `'x'`
    Char(char),
    /// `"a"`
    Str(Symbol),
}

/// A struct, a variant or a constant in a pattern.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// Whether it is the short form `.Circle`, whose type is the matched value's.
    pub short: bool,
    /// The path; one segment in the short form.
    pub path: Path,
    /// What is matched inside.
    pub payload: PatternPayload,
}

/// What a path pattern matches inside.
#[derive(Clone, Debug)]
pub enum PatternPayload {
    /// Nothing is written after the path.
    None,
    /// `(a, b)`: never empty.
    Tuple(Vec<Pattern>),
    /// `{ x, y: pattern, .. }`
    Struct {
        /// The fields, in source order.
        fields: Vec<FieldPattern>,
        /// The `..`, when it is there: other fields are not looked at.
        rest: Option<Span>,
    },
}

/// `name: pattern`, or `name` for a binding of that name.
#[derive(Clone, Debug)]
pub struct FieldPattern {
    /// The field.
    pub name: Name,
    /// What it has to match; a binding of the same name when it is left out.
    pub pattern: Option<Pattern>,
    /// The whole of it.
    pub span: Span,
}
