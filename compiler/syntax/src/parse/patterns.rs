//! Patterns (`spec/grammar.ebnf`, Patterns).

use chumsky::prelude::*;

use wyn_base::Code;

use super::{Extra, Failure, Input, Production, here, lbrace, lparen, mistake, name, tok};
use crate::ast::{
    BinaryOp, FieldPattern, LiteralPattern, LiteralValue, Name, Path, PathPattern, PathSegment, Pattern,
    PatternKind, PatternPayload,
};
use crate::token::Tok;

/// `pattern = single {"|" single}`
pub(super) fn pattern<'s, E: Failure<'s>>() -> Production<'s, Pattern, E> {
    recursive(|pattern| {
        let single = choice((
            named(pattern.clone().boxed()),
            literal_or_range(),
            short(pattern.clone().boxed()),
            tuple(pattern.boxed()),
        ))
        .map_with(|kind, e| Pattern { kind, span: here(e) })
        .labelled("a pattern");
        let or = tok(Tok::Op(BinaryOp::BitOr));
        single.separated_by(or).at_least(1).collect::<Vec<Pattern>>().map_with(|mut singles, e| {
            if singles.len() == 1 {
                singles.remove(0)
            } else {
                Pattern { kind: PatternKind::Or(singles), span: here(e) }
            }
        })
    })
    .boxed()
}

/// A binding, `_`, or a path with its payload.
fn named<'s, E: Failure<'s>>(pattern: Production<'s, Pattern, E>) -> Production<'s, PatternKind, E> {
    let mutable = tok(Tok::Mut).ignore_then(name()).map(|name| PatternKind::Binding { name, mutable: true });
    let wildcard = tok(Tok::Underscore).to(PatternKind::Wildcard);
    let path = name()
        .separated_by(tok(Tok::Dot))
        .at_least(1)
        .collect::<Vec<Name>>()
        .then(payload(pattern))
        .map_with(|(names, payload), e| match (&names[..], &payload) {
            ([name], PatternPayload::None) if !begins_upper(*name) => {
                PatternKind::Binding { name: *name, mutable: false }
            }
            _ => PatternKind::Path(PathPattern { short: false, path: plain_path(&names, here(e)), payload }),
        });
    choice((wildcard, path, mutable)).boxed()
}

fn begins_upper(name: Name) -> bool {
    name.symbol.as_str().chars().next().is_some_and(char::is_uppercase)
}

/// `"." NAME payload`
fn short<'s, E: Failure<'s>>(pattern: Production<'s, Pattern, E>) -> Production<'s, PatternKind, E> {
    tok(Tok::Dot)
        .ignore_then(name())
        .then(payload(pattern))
        .map(|(name, payload)| {
            let path = plain_path(&[name], name.span);
            PatternKind::Path(PathPattern { short: true, path, payload })
        })
        .boxed()
}

/// A path of plain names; `whole` begins where it begins.
fn plain_path(names: &[Name], whole: wyn_base::Span) -> Path {
    let segments =
        names.iter().map(|name| PathSegment { name: *name, args: Vec::new(), span: name.span }).collect();
    let span = names.last().map_or(whole, |last| names[0].span.to(last.span));
    Path { segments, span }
}

/// `["(" pattern {"," pattern} ")" | "{" field {"," field} ["," ".."] "}"]`
fn payload<'s, E: Failure<'s>>(pattern: Production<'s, Pattern, E>) -> Production<'s, PatternPayload, E> {
    let tuple = pattern
        .clone()
        .separated_by(tok(Tok::Comma))
        .allow_trailing()
        .at_least(1)
        .collect()
        .delimited_by(lparen(), tok(Tok::RParen))
        .map(PatternPayload::Tuple);
    let field = name()
        .then(tok(Tok::Colon).ignore_then(pattern).or_not())
        .map_with(|(name, pattern), e| FieldPattern { name, pattern, span: here(e) });
    let rest = tok(Tok::DotDot).map_with(|(), e| here(e)).then_ignore(tok(Tok::Comma).or_not());
    let newlines = tok(Tok::Newline).repeated();
    let comma = tok(Tok::Comma).then_ignore(newlines.clone());
    let fields = field.separated_by(comma.clone()).allow_trailing().collect().then(rest.or_not());
    let structure = fields
        .then_ignore(newlines)
        .delimited_by(lbrace(), tok(Tok::RBrace))
        .map(|(fields, rest)| PatternPayload::Struct { fields, rest });
    choice((tuple, structure)).or_not().map(|payload| payload.unwrap_or(PatternPayload::None)).boxed()
}

/// `"(" [pattern {"," pattern} [","]] ")"`
fn tuple<'s, E: Failure<'s>>(pattern: Production<'s, Pattern, E>) -> Production<'s, PatternKind, E> {
    pattern
        .separated_by(tok(Tok::Comma))
        .allow_trailing()
        .collect::<Vec<Pattern>>()
        .delimited_by(lparen(), tok(Tok::RParen))
        .map_with(|mut parts, e| match parts.len() {
            1 if e.slice().iter().rev().nth(1) == Some(&Tok::Comma) => {
                let span = here(e);
                e.state().unreadable.push(span);
                e.state().problem(
                    mistake(Code::E0002, span, "a tuple has at least two parts").help("remove the comma"),
                );
                PatternKind::Error
            }
            // `(p)` is p.
            1 => parts.remove(0).kind,
            _ => PatternKind::Tuple(parts),
        })
        .boxed()
}

/// `literal [(".." | "..=") literal]`
fn literal_or_range<'s, E: Failure<'s>>() -> Production<'s, PatternKind, E> {
    let bound = tok(Tok::DotDotEq).to(true).or(tok(Tok::DotDot).to(false)).then(literal());
    literal()
        .then(bound.or_not())
        .map(|(start, bound)| match bound {
            None => PatternKind::Literal(start),
            Some((inclusive, end)) => PatternKind::Range { start, end, inclusive },
        })
        .boxed()
}

/// `["-"] number`, or another literal
fn literal<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, LiteralPattern, Extra<'s, E>> + Clone + 's {
    let negative = tok(Tok::Op(BinaryOp::Sub)).ignore_then(select! {
        Tok::Int(value) => LiteralValue::Int { value, negative: true },
        Tok::Float(value) => LiteralValue::Float(-value),
    });
    let plain = select! {
        Tok::Int(value) => LiteralValue::Int { value, negative: false },
        Tok::Float(value) => LiteralValue::Float(value),
        Tok::Duration(nanos) => LiteralValue::Duration(nanos),
        Tok::Char(value) => LiteralValue::Char(value),
        Tok::Str(text) => LiteralValue::Str(text),
        Tok::True => LiteralValue::Bool(true),
        Tok::False => LiteralValue::Bool(false),
    };
    plain.or(negative).map_with(|value, e| LiteralPattern { value, span: here(e) }).labelled("a literal")
}
