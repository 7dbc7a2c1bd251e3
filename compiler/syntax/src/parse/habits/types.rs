//! Types as other languages write them.

use wyn_base::habits::{go_type, type_help, type_here};
use wyn_base::{Code, Diagnostic};

use super::habit;
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// A type of a map, a channel or a union.
pub(super) fn foreign_type(place: &Place) -> Option<Diagnostic> {
    for at in [0, -1, -2, -3, -4] {
        let word = place.word(at);
        if word == Some("map") && place.tok(at + 1) == Some(Tok::LBracket) {
            let close = place.closer_of(at + 1);
            let parts = close.and_then(|close| {
                let value =
                    place.text_until(close + 1, |tok| matches!(tok, Tok::LBrace(_) | Tok::Comma | EQ));
                place.text(at + 2, close - 1).zip(value)
            });
            let (key, value) = parts.unwrap_or(("string", "int"));
            let (key, value) = (go_type(key), go_type(value));
            let literal = close.and_then(|close| {
                let open = place.end_before(close + 1, |tok| matches!(tok, Tok::LBrace(_)));
                place.text(open + 1, place.closer_of(open)? - 1)
            });
            return Some(habit(place, at, at + 1, "the type of a map is written `Map<K, V>`").help(
                match literal {
                    Some(entries) => format!("write `{{{entries}}}`; its type is `Map<{key}, {value}>`"),
                    None => format!("write `Map<{key}, {value}>`; an empty map is `{{:}}`"),
                },
            ));
        }
    }
    for at in [2, 1, 0, -1, -2] {
        let arrow = matches!(place.tok(at + 1), Some(Tok::Op(B::Lt)))
            || matches!(place.tok(at - 1), Some(Tok::Op(B::Sub)));
        let is_type = matches!(place.tok(at - 1), Some(Tok::Lower(_) | Tok::Colon | Tok::Op(B::Sub)));
        if place.word(at) == Some("chan") && (arrow || is_type) {
            let first = at + if arrow && place.tok(at + 1) == Some(Tok::Op(B::Lt)) { 3 } else { 1 };
            let ty = place
                .text(first, first)
                .filter(|_| place.tok(first).is_some_and(|tok| tok.as_name().is_some()));
            let ty = ty.unwrap_or("int");
            return Some(
                habit(place, at, at, "a channel has two ends, each with a type of its own")
                    .help(format!("write `Receiver<{ty}>` for what receives, `Sender<{ty}>` for what sends")),
            );
        }
    }
    if let Some(diagnostic) = array(place).or_else(|| arguments(place)) {
        return Some(diagnostic);
    }
    if place.tok(0) == Some(Tok::Impl) && place.expects("a type") {
        let name = place.text(1, 1).unwrap_or("Trait");
        return Some(
            habit(place, 0, 0, "a value of any type with a trait is written `any`")
                .help(format!("write `any {name}`, or name the type: `fn f<T: {name}>(x: T)`")),
        );
    }
    if matches!(place.tok(0), Some(Tok::LBrace(_))) && place.tok(-1) == Some(EQ) && place.expects("a type") {
        let name = place.text(-2, -2).unwrap_or("Name");
        return Some(
            habit(place, 0, 0, "a type with fields is declared with `struct`")
                .help(format!("write `struct {name} {{ … }}`")),
        );
    }
    if place.tok(-1) == Some(Tok::Colon)
        && matches!(place.tok(0), Some(Tok::LBrace(_)))
        && place.expects("a type")
    {
        return Some(
            habit(place, 0, 0, "the type of a map is written `Map<K, V>`, that of a set `Set<T>`")
                .help("a struct is declared on its own, and named here"),
        );
    }
    let in_type = place.declares(Tok::Type) || place.expects("`=`") && place.expects("`)`");
    if place.tok(0) == Some(Tok::Op(B::BitOr)) && in_type {
        return Some(
            habit(place, 0, 0, "a choice of types is declared with `enum`")
                .help("write `enum Name { A(int), B(string) }`"),
        );
    }
    None
}

/// `[]int`, `[]int{1, 2}`, `make([]int, 5)` and `[int; 3]`.
fn array(place: &Place) -> Option<Diagnostic> {
    let empty = place.tok(-2) == Some(Tok::LBracket) && place.tok(-1) == Some(Tok::RBracket);
    if empty && place.adjacent(-1) && matches!(place.tok(0), Some(Tok::Lower(_) | Tok::Upper(_))) {
        let ty = place.text(0, 0)?;
        let elements = match place.tok(1) {
            Some(Tok::LBrace(_)) => place.closer_of(1).and_then(|close| place.text(2, close - 1)),
            _ => None,
        };
        let help = match elements {
            Some(elements) => format!("write `[{elements}]`"),
            None if matches!(place.tok(1), Some(Tok::LBrace(_))) => {
                format!("write `[]`, and where its type is asked for `[{ty}]`")
            }
            None if place.word(-4) == Some("make") => {
                "an array of so many equal elements is `[0; n]`, an empty one `[]`".to_owned()
            }
            None => format!("write `[{ty}]`"),
        };
        let message = "an array's element type stands inside the brackets";
        return Some(habit(place, -2, 0, message).help(help));
    }
    if place.tok(0) == Some(Tok::Semi) && place.expects("`]`") && !place.expects("an operator") {
        let open = place.opener_of(0)?;
        let ty = place.text(open + 1, -1)?;
        return Some(
            habit(place, 0, place.closer_of(open)? - 1, "an array's length is no part of its type")
                .help(format!("write `[{ty}]`; a value of so many equal elements is `[0; n]`")),
        );
    }
    None
}

/// `List[int]`
fn arguments(place: &Place) -> Option<Diagnostic> {
    let Some(Tok::Upper(name) | Tok::Lower(name)) = place.tok(-1) else { return None };
    if place.tok(0) != Some(Tok::LBracket) || !place.expects("`<`") || place.expects("`(`") {
        return None;
    }
    let inside = place.text(1, place.closer_of(0)? - 1)?;
    let inside = type_here(inside);
    let help = type_help(name.as_str(), Some(&inside)).unwrap_or_else(|| format!("write `{name}<{inside}>`"));
    Some(Diagnostic::error(Code::E0009, place.span(0, 0), "type arguments stand in `<` and `>`").help(help))
}

/// `&self`
pub(super) fn receiver(place: &Place) -> Option<Diagnostic> {
    let marked = matches!(place.tok(0)?, Tok::Op(B::BitAnd | B::Mul)) && place.expects("a parameter");
    let of_self = (1..=2).any(|at| place.word(at) == Some("self"));
    (marked && of_self).then(|| {
        habit(place, 0, 0, "a method's receiver is no reference")
            .help("write `self`, or `mut self` in a method that changes it")
    })
}
