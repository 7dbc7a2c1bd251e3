//! Types as other languages write them.

use wyn_base::Diagnostic;

use super::habit;
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::Tok;

/// A type of a map, a channel or a union.
pub(super) fn foreign_type(place: &Place) -> Option<Diagnostic> {
    for at in [0, -1, -2, -3, -4] {
        let word = place.word(at);
        if word == Some("map") && place.tok(at + 1) == Some(Tok::LBracket) {
            return Some(
                habit(place, at, at + 1, "the type of a map is written `Map<K, V>`")
                    .help("write `Map<string, int>`; an empty map is `{:}`"),
            );
        }
    }
    for at in [2, 1, 0, -1, -2] {
        let arrow = matches!(place.tok(at + 1), Some(Tok::Op(B::Lt)))
            || matches!(place.tok(at - 1), Some(Tok::Op(B::Sub)));
        let is_type = matches!(place.tok(at - 1), Some(Tok::Lower(_) | Tok::Colon | Tok::Op(B::Sub)));
        if place.word(at) == Some("chan") && (arrow || is_type) {
            return Some(
                habit(place, at, at, "a channel has two ends, each with a type of its own")
                    .help("write `Receiver<int>` for what receives, `Sender<int>` for what sends"),
            );
        }
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
    let in_type = place.kinds.iter().take(2).any(|tok| *tok == Tok::Type)
        || place.expects("`=`") && place.expects("`)`");
    if place.tok(0) == Some(Tok::Op(B::BitOr)) && in_type {
        return Some(
            habit(place, 0, 0, "a choice of types is declared with `enum`")
                .help("write `enum Name { A(int), B(string) }`"),
        );
    }
    None
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
