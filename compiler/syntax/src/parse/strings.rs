//! Interpolated strings and the formats in them (`spec/lexical.md`, rules STR and FMT).

use chumsky::prelude::*;
use wyn_base::{Code, Span, Symbol};

use super::{Failure, Production, State, here, mistake, tok};
use crate::ast::{Align, Expr, ExprKind, FormatKind, FormatSpec, StrPart};
use crate::token::Tok;

/// `STRING-OPEN {TEXT | "${" expr [":" FORMAT] "}"} STRING-CLOSE`
pub(super) fn interpolated<'s, E: Failure<'s>>(expr: Production<'s, Expr, E>) -> Production<'s, ExprKind, E> {
    let text = select! { Tok::StrText(text) => StrPart::Text(text) };
    let format = select! { Tok::Format(text) => text }.map_with(|text, e| {
        let span = here(e);
        format(text, span, e.state())
    });
    let interpolation = expr
        .then(format.or_not())
        .delimited_by(tok(Tok::InterpOpen), tok(Tok::InterpClose))
        .map(|(expr, format)| StrPart::Expr { expr, format: format.flatten() });
    text.or(interpolation)
        .repeated()
        .collect::<Vec<StrPart>>()
        .delimited_by(tok(Tok::StrOpen), tok(Tok::StrClose))
        .map(|mut parts| {
            parts.retain(|part| !matches!(part, StrPart::Text(text) if text.as_str().is_empty()));
            ExprKind::Interpolated(parts)
        })
        .boxed()
}

/// Reads `[[fill]align][+][0][width][,][.precision][kind]`; one that is malformed is reported, and left out.
fn format(text: Symbol, span: Span, state: &mut State) -> Option<FormatSpec> {
    let mut spec = FormatSpec {
        fill: ' ',
        align: None,
        plus: false,
        zero: false,
        width: None,
        thousands: false,
        precision: None,
        kind: FormatKind::Show,
        span,
    };
    let mut rest = text.as_str();
    let mut chars = rest.chars();
    let (first, second) = (chars.next(), chars.next());
    if let (Some(fill), Some(side)) = (first, second.and_then(align)) {
        (spec.fill, spec.align) = (fill, Some(side));
        rest = chars.as_str();
    } else if let Some(side) = first.and_then(align) {
        spec.align = Some(side);
        rest = &rest[1..];
    }
    spec.plus = take(&mut rest, '+');
    spec.zero = take(&mut rest, '0');
    spec.width = number(&mut rest);
    spec.thousands = take(&mut rest, ',');
    let point = take(&mut rest, '.');
    if point {
        spec.precision = number(&mut rest);
    }
    let kinds = [
        ('x', FormatKind::Hex),
        ('b', FormatKind::Binary),
        ('o', FormatKind::Octal),
        ('e', FormatKind::Exponent),
    ];
    for (letter, kind) in kinds {
        if spec.kind == FormatKind::Show && take(&mut rest, letter) {
            spec.kind = kind;
        }
    }
    let problem = if text.as_str().is_empty() {
        Some("a format is missing after `:`".to_owned())
    } else if point && spec.precision.is_none() {
        Some("a precision is missing after `.`".to_owned())
    } else {
        (!rest.is_empty()).then(|| format!("`{rest}` is no part of a format"))
    };
    let Some(problem) = problem else { return Some(spec) };
    let known = text.as_str().strip_suffix(rest).filter(|_| !point || spec.precision.is_some());
    let computed =
        rest.starts_with(|c: char| c.is_ascii_lowercase()) && rest.len() > 1 || rest.starts_with(['{', '$']);
    let help = match (rest.trim_start_matches('%'), known) {
        ("d" | "i" | "s" | "v" | "g" | "?" | "#?" | "f" | "u", Some("")) => {
            "values show themselves: write `${x}` without a format".to_owned()
        }
        ("d" | "i" | "s" | "v" | "g" | "?" | "f" | "u", Some(known)) => format!("write `:{known}`"),
        _ if computed => {
            "a width is a number; to one that is computed, fill up text with `text.pad_end(width)` or `.pad_start(width)`".to_owned()
        }
        ("X", _) => "write `\"${x:x}\".to_upper()`".to_owned(),
        _ => "a format is `[[fill]align][+][0][width][,][.precision][x|b|o|e]`, such as `>8` or `.2`"
            .to_owned(),
    };
    state.problem(mistake(Code::E0011, span, &problem).help(help));
    None
}

fn align(c: char) -> Option<Align> {
    match c {
        '<' => Some(Align::Left),
        '^' => Some(Align::Center),
        '>' => Some(Align::Right),
        _ => None,
    }
}

fn take(rest: &mut &str, c: char) -> bool {
    let found = rest.strip_prefix(c);
    *rest = found.unwrap_or(rest);
    found.is_some()
}

/// A number of at most four digits.
fn number(rest: &mut &str) -> Option<u32> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count().min(4);
    let value = rest[..digits].parse().ok();
    *rest = &rest[digits..];
    value
}
