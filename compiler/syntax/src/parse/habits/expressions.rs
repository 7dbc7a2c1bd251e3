//! Expressions as other languages write them.

use wyn_base::{Code, Diagnostic};

use super::habit;
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
                .help("write `(x) => x + 1`"),
        );
    }
    // `x => x + 1`
    if place.tok(0) == Some(Tok::FatArrow)
        && place.expects("`)`")
        && matches!(place.tok(-2), Some(Tok::LParen(_) | Tok::Comma))
        && let Some(name) = place.word(-1)
    {
        return Some(
            habit(place, -1, -1, "the parameters of a closure stand in parentheses, a single one too")
                .help(format!("write `({name}) => …`")),
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
        (_, Tok::For) if place.expects("`]`") => Some(
            habit(place, 0, 0, "an array is made from another one with `map` and `filter`")
                .help("write `xs.map((x) => x * 2)`"),
        ),
        (Tok::Lower(name), EQ) if place.expects("`)`") && place.expects("`,`") => Some(
            habit(place, 0, 0, "an argument's name is followed by `:`")
                .help(format!("write `{name}: value`")),
        ),
        (_, Tok::Colon) if place.expects("`]`") || place.tok(-1) == Some(Tok::LBracket) => Some(
            habit(place, 0, 0, "a part of an array or text is taken with a range")
                .help("write `xs[a..b]`, `xs[a..]` or `xs[..b]`"),
        ),
        (Tok::DotDot, Tok::Dot) if place.adjacent(-1) => Some(
            habit(place, -1, 0, "a range is written `..`, or `..=` with its end")
                .help("write `0..n`, or `0..=n`"),
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
            Some(habit(place, 0, 1, "type arguments follow the name").help("write `f<int>(x)`"))
        }
        _ => None,
    }
}

fn capitalised(word: &str) -> String {
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
