//! Expressions as other languages write them.

use wyn_base::{Code, Diagnostic};

use super::{fixes, habit};
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// Functions without a name.
pub(super) fn closure(place: &Place) -> Option<Diagnostic> {
    const WORDS: [&str; 4] = ["func", "function", "lambda", "fun"];
    let block = matches!(place.tok(0), Some(Tok::LBrace(_)));
    if block && place.tok(-1) == Some(Tok::RParen) {
        let open = place.opener_of(-1)?;
        if place.word(open - 1).is_some_and(|word| WORDS.contains(&word)) {
            let (message, help) = match place.tok(open - 2) {
                Some(Tok::Defer) => ("a block is deferred as it is", "write `defer { … }`"),
                Some(Tok::Spawn) => ("a block is spawned as it is", "write `spawn { … }`"),
                Some(Tok::Lower(go)) if go == "go" => {
                    ("tasks are started with `spawn`", "write `spawn { … }`")
                }
                _ => (
                    "functions without a name are written with `=>`",
                    "write `(x) => x + 1`, or `(x) => { … }`",
                ),
            };
            return Some(habit(place, open - 1, open - 1, message).help(help));
        }
    }
    let method = matches!(place.tok(-1), Some(Tok::Lower(_))) && place.tok(-2) == Some(Tok::Dot);
    if block && method && !place.expects("a block") {
        let name = place.word(-1)?;
        return Some(
            habit(place, 0, 0, "a closure is an argument, in the parentheses of the call")
                .help(format!("write `.{name}((x) => …)`")),
        );
    }
    if let Some(at) = (-7..=0).rev().find(|at| place.word(*at) == Some("move"))
        && place.tok(at + 1) == Some(Tok::Op(B::BitOr))
    {
        return Some(
            habit(place, at, at + 1, "functions without a name are written with `=>`")
                .note("they always work on copies of what they use")
                .help(
                    fixes::barred_closure(place, at + 1).unwrap_or_else(|| "write `(x) => x + 1`".to_owned()),
                ),
        );
    }
    // `x => x + 1`
    if place.tok(0) == Some(Tok::FatArrow)
        && place.expects("`)`")
        && matches!(place.tok(-2), Some(Tok::LParen(_) | Tok::Comma))
        && let Some(name) = place.word(-1)
    {
        return Some(
            habit(place, -1, -1, "the parameters of a closure stand in parentheses, a single one too").help(
                format!(
                    "write `({name}) => {}`",
                    match place.tok(1) {
                        Some(Tok::LBrace(_)) => "{ … }",
                        _ => place.text_until(1, |tok| tok == Tok::Comma).unwrap_or("…"),
                    }
                ),
            ),
        );
    }
    // `(a: int): int => a`
    if place.tok(0) == Some(Tok::Colon)
        && place.expects("`)`")
        && matches!(place.tok(-2), Some(Tok::LParen(_)))
    {
        let close = place.closer_of(-2)?;
        if place.tok(close + 1) == Some(Tok::Colon) {
            return Some(
                habit(place, close + 1, close + 1, "the result type of a closure is not written")
                    .help("write `(a: int, b: int) => a + b`; a function of its own is declared with `fn`"),
            );
        }
    }
    None
}

/// Operands, arguments and indices.
pub(super) fn operand(place: &Place) -> Option<Diagnostic> {
    match (place.tok(-1)?, place.tok(0)?) {
        (_, Tok::For) if place.expects("`]`") => {
            Some(habit(place, 0, 0, "an array is made from another one with `map` and `filter`").help(
                fixes::comprehension(place).unwrap_or_else(|| "write `xs.map((x) => x * 2)`".to_owned()),
            ))
        }
        (Tok::Lower(name), EQ) if place.expects("`)`") && place.expects("`,`") => {
            Some(habit(place, 0, 0, "an argument's name is followed by `:`").help(format!(
                "write `{name}: {}`",
                place.text_until(1, |tok| tok == Tok::Comma).unwrap_or("value")
            )))
        }
        (_, Tok::Colon) if place.expects("`]`") || place.tok(-1) == Some(Tok::LBracket) => {
            Some(colon_in_brackets(place))
        }
        (Tok::DotDot, Tok::Dot) if place.adjacent(-1) => Some(
            habit(place, -1, 0, "a range is written `..`, or `..=` with its end")
                .help("write `0..n`, or `0..=n`"),
        ),
        (Tok::DotDot, Tok::Op(B::Lt)) if place.adjacent(-1) => Some(
            habit(place, -1, 0, "a range without its end is written `..`")
                .help("write `0..n`; with its end it is `0..=n`"),
        ),
        (Tok::LBracket | Tok::Comma, Tok::DotDot)
            if place.tok(1) == Some(Tok::Dot) && place.expects("`]`") =>
        {
            Some(
                habit(place, 0, 1, "arrays are put together with `+`")
                    .help("write `xs + ys`, or `xs + [x]` for one element more"),
            )
        }
        (Tok::LParen(_) | Tok::Comma, Tok::DotDot) if place.tok(1) == Some(Tok::Dot) => Some(
            habit(place, 0, 1, "an array is one argument, it is not spread over several")
                .help("pass the array as it is"),
        ),
        (Tok::Const | Tok::Var, Tok::LBrace(_)) => Some(
            habit(place, 0, 0, "a struct is taken apart by its name")
                .help("write `const Name { x, y } = value`"),
        ),
        (Tok::Dot, Tok::Lower(name)) if place.expects("a variant") => {
            let upper = capitalised(name.as_str());
            Some(
                Diagnostic::error(
                    Code::E0002,
                    place.span(-1, 0),
                    format!("an expression does not begin with `.{name}`"),
                )
                .help(format!("a variant begins with a capital letter: `.{upper}`")),
            )
        }
        (_, Tok::Colon)
            if place.tok(1) == Some(Tok::Colon)
                && matches!(place.tok(2), Some(Tok::LAngle | Tok::Op(B::Lt))) =>
        {
            let end = place.end_before(3, |tok| matches!(tok, Tok::RAngle | Tok::Op(B::Gt)));
            let help = match place.text(-1, -1).zip(place.text(3, end - 1)) {
                Some(("parse", number)) => format!("write `{number}.parse(text)`"),
                Some((name, arguments)) => format!("write `{name}<{arguments}>`"),
                None => "write `f<int>(x)`".to_owned(),
            };
            Some(habit(place, 0, 1, "type arguments follow the name").help(help))
        }
        _ => None,
    }
}

/// `xs[a:b]`, `["a": 1]` or `[:]`.
fn colon_in_brackets(place: &Place) -> Diagnostic {
    let open = place.opener_of(0).unwrap_or(-1);
    let indexes = place.adjacent(open - 1)
        && place.tok(open - 1).is_some_and(|tok| tok.ends_statement() && !tok.is_keyword());
    if indexes {
        let help = place.closer_of(open).and_then(|close| {
            let ends = place.tok(-1) == Some(Tok::LBracket) || place.text(open + 1, -1).is_some();
            let more =
                place.tok(1) == Some(Tok::Colon) || place.end_before(1, |tok| tok == Tok::Colon) != close;
            let from = place.text(open + 1, -1).unwrap_or_default();
            let to = place.text(1, close - 1).unwrap_or_default();
            let array = place.text(open - 1, open - 1)?;
            (ends && !more).then(|| format!("write `{array}[{from}..{to}]`"))
        });
        let message = "a part of an array or text is taken with a range";
        return habit(place, 0, 0, message)
            .help(help.unwrap_or_else(|| "write `xs[a..b]`, `xs[a..]` or `xs[..b]`".to_owned()));
    }
    let is_type = matches!(place.tok(open - 1), Some(Tok::Colon | Tok::Arrow | Tok::LAngle));
    if is_type && let (Some(key), Some(value)) = (place.text(-1, -1), place.text_until(1, |_| false)) {
        return habit(place, open, open, "the type of a map is written `Map<K, V>`")
            .help(format!("write `Map<{key}, {value}>`"));
    }
    let diagnostic = habit(place, open, open, "a map is written in braces");
    match place.closer_of(open) {
        Some(1) if place.tok(-1) == Some(Tok::LBracket) => diagnostic.help("the empty map is `{:}`"),
        Some(close) => match place.text(open + 1, close - 1) {
            Some(entries) => diagnostic.help(format!("write `{{{entries}}}`")),
            None => diagnostic.help("write `{` and `}` around its entries"),
        },
        None => diagnostic.help("write `{` and `}` around its entries"),
    }
}

pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `word (…) {`, which reads as a call up to the brace.
pub(super) fn called_word<'p>(place: &'p Place) -> Option<&'p str> {
    let start = place.statement_start() as isize;
    if !matches!(place.tok(0), Some(Tok::LBrace(_))) || place.tok(-1) != Some(Tok::RParen) {
        return None;
    }
    (place.opener_of(-1)? == 1 - start).then(|| place.word(-start))?
}
