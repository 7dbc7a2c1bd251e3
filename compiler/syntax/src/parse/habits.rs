//! Habits from other languages: what looks like their syntax is answered with Wyn's.
//!
//! Each rule looks at the tokens around a failure. A rule fires only where parsing has failed already, so none of
//! these words is taken from anyone's programs.

mod concurrency;
mod declarations;
mod expressions;
mod fixes;
mod forms;
mod imports;
mod operators;
mod types;
mod typos;
mod words;

use wyn_base::{Code, Diagnostic, Span};

pub(super) use typos::is_slip;

use super::errors::Place;
use crate::token::{EQ, Tok};

/// The diagnostic for a habit, when the failure looks like one.
pub(super) fn recognise(place: &Place) -> Option<Diagnostic> {
    imports::import_path(place)
        .or_else(|| forms::doubled(place))
        .or_else(|| concurrency::concurrency(place))
        .or_else(|| concurrency::variadic(place))
        .or_else(|| forms::arms(place))
        .or_else(|| types::foreign_type(place))
        .or_else(|| expressions::closure(place))
        .or_else(|| words::opening_word(place))
        .or_else(|| words::word_inside(place))
        .or_else(|| typos::opening_word(place))
        .or_else(|| unfinished(place))
        .or_else(|| declarations::structure(place))
        .or_else(|| expressions::operand(place))
        .or_else(|| operators::operator(place))
        .or_else(|| punctuation(place))
        .or_else(|| concurrency::trailing_block(place))
        .or_else(|| declarations::declaration(place))
        .or_else(|| typos::word_inside(place))
        .or_else(|| forms::body(place))
        .or_else(|| layout(place))
}

/// A line that ends in the middle of something, so that the next one was taken for the rest of it.
fn unfinished(place: &Place) -> Option<Diagnostic> {
    // The failure is near the start of its line, so what is missing is missing before.
    let first = (-8..=0).rev().find(|at| place.first_of_line(*at))?;
    let before = place.tok(first - 1)?;
    let goes_on = matches!(
        before,
        Tok::Op(_)
            | Tok::Dot
            | Tok::DotDot
            | Tok::DotDotEq
            | Tok::Assign(_)
            | Tok::Colon
            | Tok::Arrow
            | Tok::FatArrow
    ) || matches!(before, Tok::Bang | Tok::Tilde | Tok::Await | Tok::Spawn | Tok::Import);
    let begins_anew = match first {
        0 => place.tok(0).is_some_and(|tok| tok.begins_statement() || tok.is_closer()),
        _ => matches!(place.tok(0), Some(Tok::Assign(_) | Tok::Colon)),
    };
    if !goes_on || !begins_anew {
        return None;
    }
    let missing = match before {
        Tok::Dot => "a name",
        Tok::Colon | Tok::Arrow => "a type",
        Tok::Import => "a module's path",
        _ => "an expression",
    };
    let end = place.span(first - 1, first - 1).shrink_to_end();
    let message = format!("expected {missing} after {}, found the end of the line", before.describe());
    Some(
        Diagnostic::error(Code::E0002, end, message)
            .note(format!("a line that ends with {} goes on in the next one", before.describe())),
    )
}

/// A map where a block begins; the span is that of its first colon.
fn block_not_map(colon: Span) -> Diagnostic {
    Diagnostic::error(Code::E0002, colon, "a `{` that begins a statement or an arm opens a block")
        .label("not a map")
        .help("write `return {…}`, or put the map in parentheses: `({…})`")
}

/// Punctuation that stands for something else here.
fn punctuation(place: &Place) -> Option<Diagnostic> {
    let members = ["a function", "a field", "a variant", "an arm"].iter().any(|what| place.expects(what));
    match (place.tok(-1), place.tok(0)) {
        (_, Some(Tok::Arrow | Tok::Colon)) if place.expects("`=>`") && !place.expects("`->`") => {
            let span = place.span(0, 0);
            let message = format!("expected `=>`, found {}", place.tok(0)?.describe());
            Some(Diagnostic::error(Code::E0002, span, message).help("an arm is written `pattern => value`"))
        }
        (_, Some(Tok::LBrace(_))) if place.expects("`=>`") && place.is_inside(Tok::Select) => Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "expected `=>`, found `{`")
                .help("an arm is written `pattern => value`: write `=>` before the block"),
        ),
        (Some(Tok::Question), Some(Tok::Colon)) if place.adjacent(-1) => {
            Some(habit(place, -1, 0, "the value for when there is none is given after `??`").help(
                match place.text(-2, -2).zip(place.text_until(1, |tok| tok == Tok::Comma)) {
                    Some((value, default)) => format!("write `{value} ?? {default}`"),
                    None => "write `x ?? default`".to_owned(),
                },
            ))
        }
        (Some(Tok::Question), Some(_)) if on_line(place, Tok::Colon) => {
            Some(habit(place, -1, -1, "a choice between two values is written with `if`").help(
                fixes::conditional(place, -1).unwrap_or_else(|| "write `if c { a } else { b }`".to_owned()),
            ))
        }
        (Some(Tok::Dot), Some(Tok::Int(_))) if place.expects("a variant") => Some(
            Diagnostic::error(Code::E0005, place.span(-1, 0), "a number needs a digit before its point")
                .help("write `0.5`"),
        ),
        (Some(Tok::Dot), _) if matches!(place.tok(-2), Some(Tok::Int(_))) && place.adjacent(-2) => Some(
            Diagnostic::error(Code::E0005, place.span(-2, -1), "a number needs a digit after its point")
                .help("write `1.0`"),
        ),
        (before, Some(Tok::Colon))
            if !place.declares(Tok::Enum)
                && [before, place.tok(-2)].iter().any(|tok| matches!(tok, Some(Tok::LBrace(_)))) =>
        {
            Some(block_not_map(place.span(0, 0)))
        }
        (Some(Tok::LBrace(_)), Some(Tok::RBrace))
            if place.expects("an expression") && !forms::after_head_word(place) =>
        {
            Some(
                Diagnostic::error(Code::E0002, place.span(-1, 0), "expected an expression, found `{}`")
                    .help("the empty map is `{:}`; an empty set is made by `Set.new()`"),
            )
        }
        (Some(Tok::LBrace(true)), Some(tok))
            if !members && (begins_operand(tok) || matches!(tok, Tok::LBracket | Tok::Float(_))) =>
        {
            Some(
                Diagnostic::error(Code::E0002, place.span(0, 0), "the fields of a struct are named")
                    .help("write `Name { field: value }`"),
            )
        }
        (Some(Tok::Lower(name) | Tok::Upper(name)), Some(EQ))
            if place.expects("`:`") && place.expects("`}`") =>
        {
            let value = place.text_until(1, |tok| tok == Tok::Comma).unwrap_or("value");
            Some(
                Diagnostic::error(Code::E0002, place.span(0, 0), "expected `:`, found `=`")
                    .help(format!("a field of a struct is written `{name}: {value}`")),
            )
        }
        (_, Some(Tok::Semi)) if in_struct_literal(place) => Some(
            Diagnostic::error(
                Code::E0002,
                place.span(0, 0),
                "the fields of a struct literal are separated by `,`, not by `;`",
            )
            .help("write `,` here"),
        ),
        (Some(Tok::Lower(name)), Some(Tok::LBrace(_)))
            if matches!((place.tok(1), place.tok(2)), (Some(Tok::Lower(_)), Some(Tok::Colon)))
                && place.expects("an operator") =>
        {
            let upper = expressions::capitalised(name.as_str());
            Some(
                Diagnostic::error(
                    Code::E0002,
                    place.span(-1, 0),
                    "a struct literal begins with the name of its type",
                )
                .help(format!("types begin with an upper-case letter: `{upper} {{ … }}`")),
            )
        }
        (_, Some(EQ | Tok::Assign(_))) if place.expects("an operator") && assigns_before(place) => Some(
            Diagnostic::error(
                Code::E0002,
                place.span(0, 0),
                "an assignment has no value that could be assigned on",
            )
            .help("write two assignments, one after the other"),
        ),
        (Some(Tok::Dot), Some(Tok::Str(_) | Tok::StrOpen)) => Some(
            habit(place, -1, 0, "texts are joined with `+`")
                .help("write `+`, or put values into one text: `\"${a}${b}\"`"),
        ),
        (Some(Tok::InterpOpen), Some(Tok::InterpClose)) => Some(
            Diagnostic::error(Code::E0002, place.span(-1, 0), "nothing stands between `${` and `}`")
                .help("write the value to show: `${name}`"),
        ),
        (_, Some(Tok::FatArrow)) if place.expects("`:`") && place.expects("`}`") => Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "expected `:`, found `=>`")
                .help("the entries of a map are written `key: value`"),
        ),
        (Some(Tok::LBracket), Some(Tok::RBracket)) if place.expects("a type") => Some(
            habit(place, -1, 0, "an array's element type stands inside the brackets").help("write `[int]`"),
        ),
        (_, Some(Tok::LBracket))
            if place.tok(1) == Some(Tok::RBracket) && place.at > 0 && place.adjacent(-1) =>
        {
            let open = (-3..0).rev().take_while(|at| place.adjacent(*at)).last().unwrap_or(-1);
            let element = place.text(open, -1).unwrap_or("int");
            Some(
                habit(place, 0, 1, "an array type is written around its element type")
                    .help(format!("write `[{element}]`")),
            )
        }
        (Some(Tok::Lower(f)), Some(Tok::Str(_) | Tok::StrOpen))
            if place.adjacent(-1) && f.as_str().len() <= 2 =>
        {
            Some(
                habit(place, -1, -1, "strings have no prefix; values are put in with `${…}`").help(
                    fixes::interpolated(place, 0)
                        .unwrap_or_else(|| "write the string alone; a value in it is `${x}`".to_owned()),
                ),
            )
        }
        _ => None,
    }
}

/// Whether the failure stands directly in the braces of `Name { … }`.
fn in_struct_literal(place: &Place) -> bool {
    let literal = |open: isize| {
        place.tok(open) == Some(Tok::LBrace(true))
            && place.tok(open + 2) == Some(Tok::Colon)
            && !matches!(place.tok(open - 2), Some(Tok::Struct | Tok::Impl | Tok::Enum | Tok::Trait))
    };
    place.opener_of(0).is_some_and(literal)
}

/// Whether the statement of the failure has an assignment before it.
fn assigns_before(place: &Place) -> bool {
    let statement = &place.kinds[place.at - place.statement_start()..place.at];
    statement.iter().any(|tok| matches!(tok, Tok::Assign(_)))
}

/// Whether a token stands between the failure and the end of its line.
fn on_line(place: &Place, wanted: Tok) -> bool {
    let rest = &place.kinds[place.at..];
    rest.iter()
        .take_while(|tok| !matches!(tok, Tok::Newline | Tok::Semi | Tok::LBrace(_)))
        .any(|tok| *tok == wanted)
}

fn begins_operand(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Lower(_)
            | Tok::Upper(_)
            | Tok::Return
            | Tok::Break
            | Tok::Continue
            | Tok::Int(_)
            | Tok::Str(_)
            | Tok::StrOpen
    )
}

/// Statements outside functions, and lines that should go on.
fn layout(place: &Place) -> Option<Diagnostic> {
    let found = place.tok(0)?;
    if place.at == 0
        && place.expects("a declaration")
        && let Some(diagnostic) = declarations::typed_function(place)
    {
        return Some(diagnostic);
    }
    if place.at == 0 && place.expects("a declaration") {
        let statement = begins_operand(found)
            || matches!(
                found,
                Tok::If
                    | Tok::While
                    | Tok::For
                    | Tok::Match
                    | Tok::Spawn
                    | Tok::Await
                    | Tok::LParen(_)
                    | Tok::Defer
                    | Tok::Select
                    | Tok::Nursery
                    | Tok::Lock
                    | Tok::Within
            );
        return match found {
            Tok::Var => Some(
                Diagnostic::error(Code::E0002, place.span(0, 0), "there are no mutable globals")
                    .note("shared state lives behind a handle, so that no two tasks can race")
                    .help("write `const`, perhaps of an `Atomic(0)` or a `Mutex({:})`, or move it into a function"),
            ),
            _ if statement => Some(
                Diagnostic::error(Code::E0002, place.span(0, 0), format!("expected a declaration, found {}", found.describe()))
                    .help("statements stand in functions: `fn main() { … }`"),
            ),
            _ => None,
        };
    }
    let line_start = matches!(place.tok(-1), Some(Tok::Newline));
    let in_literal =
        place.expects("`}`") && place.expects("the end of the line") && !place.expects("a statement");
    if line_start && in_literal && place.expected.len() == 2 {
        let end = place.span(-2, -2).shrink_to_end();
        return Some(
            Diagnostic::error(Code::E0002, end, "expected `,`, found the end of the line")
                .help("the entries of a literal are separated by commas, at the end of a line too"),
        );
    }
    match found {
        Tok::Else => Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "this `else` belongs to no `if`")
                .help("write `} else {` after the block of the `if`"),
        ),
        Tok::Lower(_) | Tok::Upper(_) | Tok::Const | Tok::Var if place.expects("a function") => Some(
            Diagnostic::error(
                Code::E0002,
                place.span(0, 0),
                format!("expected a function, found {}", found.describe()),
            )
            .help("fields are declared in the `struct`, constants at the top of the file"),
        ),
        Tok::Op(_) | Tok::Question | Tok::Assign(_) | Tok::Comma | Tok::FatArrow | Tok::Arrow
            if line_start =>
        {
            Some(
                Diagnostic::error(
                    Code::E0002,
                    place.span(0, 0),
                    format!("a line cannot begin with {}", found.describe()),
                )
                .note("the statement ended with the line before")
                .help(format!(
                    "write {} at the end of the line before, or put the expression in parentheses",
                    found.describe()
                )),
            )
        }
        Tok::LBrace(_) if line_start => Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "expected a statement, found `{`")
                .help("an opening brace stands on the line of what it belongs to"),
        ),
        Tok::Str(_) | Tok::StrOpen | Tok::Lower(_) | Tok::Int(_)
            if (!matches!(found, Tok::Lower(_))
                || matches!(place.word(-1), Some("print" | "println" | "echo" | "puts")))
                && place.statement_start() == 1
                && matches!(place.tok(-1), Some(Tok::Lower(_)))
                && place.expects("an operator") =>
        {
            let name = match place.word(-1)? {
                "puts" | "echo" | "println" => "print",
                name => name,
            };
            let arguments = match (name, place.text_until(0, |_| false)) {
                ("assert", Some(condition)) => format!("{condition}, \"what is wrong\""),
                (_, arguments) => arguments.unwrap_or("…").to_owned(),
            };
            Some(
                habit(place, 0, 0, "the arguments of a call stand in parentheses")
                    .help(format!("write `{name}({arguments})`")),
            )
        }
        _ => None,
    }
}

fn habit(place: &Place, first: isize, last: isize, message: &str) -> Diagnostic {
    Diagnostic::error(Code::E0009, place.span(first, last), message)
}
