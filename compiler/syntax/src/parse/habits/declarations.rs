//! Declarations as other languages write them.

use wyn_base::{Code, Diagnostic};

use super::{habit, on_line, types};
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// The head of a declaration as another language writes it.
pub(super) fn declaration(place: &Place) -> Option<Diagnostic> {
    let in_function = place.kinds.iter().take(4).any(|tok| *tok == Tok::Fn);
    match (place.tok(-1)?, place.tok(0)) {
        (Tok::Fn, Some(Tok::LParen(_))) if place.statement_start() <= 2 => Some(nameless_function(place)),
        (Tok::RParen, Some(Tok::Colon)) if in_function && place.expects("`->`") && !ends_line(place) => Some(
            habit(place, 0, 0, "the result type stands after `->`").help("write `fn f(x: int) -> int { … }`"),
        ),
        (Tok::RParen, Some(Tok::Lower(_) | Tok::Upper(_) | Tok::LBracket | Tok::LParen(_)))
            if in_function && place.expects("`->`") =>
        {
            Some(
                habit(place, 0, 0, "the result type stands after `->`")
                    .help("write `fn f(x: int) -> int { … }`"),
            )
        }
        (Tok::Lower(_) | Tok::Upper(_), Some(Tok::LBracket))
            if in_function && place.expects("`<`") && place.expects("`(`") =>
        {
            Some(
                habit(place, 0, 0, "type parameters are written in `<` and `>`")
                    .help("write `fn f<T>(x: T)`"),
            )
        }
        (Tok::Lower(_) | Tok::Upper(_) | Tok::Underscore, Some(Tok::Lower(_)))
            if place.tok(1) == Some(Tok::Colon)
                && matches!(place.tok(-2), Some(Tok::LParen(_) | Tok::Comma)) =>
        {
            Some(
                habit(place, -1, 0, "a parameter has one name")
                    .help("write `name: Type`; callers may name it too"),
            )
        }
        (Tok::Lower(_) | Tok::Upper(_), Some(Tok::Lower(_) | Tok::Upper(_) | Tok::LBracket))
            if place.expects("`:`") && !place.expects("an operator") && !place.expects("a block") =>
        {
            Some(habit(place, -1, 0, "the type stands after the name and a `:`").help("write `name: Type`"))
        }
        (Tok::Lower(_) | Tok::Upper(_), Some(Tok::Lower(_)))
            if place.statement_start() == 1 && place.tok(1) == Some(EQ) =>
        {
            Some(
                habit(
                    place,
                    -1,
                    0,
                    "a variable is declared with `const` or `var`, and its type stands after `:`",
                )
                .help("write `const name: Type = value`"),
            )
        }
        (Tok::Colon, Some(_))
            if place.statement_start() == 2 && place.expects("`while` or `for`") && on_line(place, EQ) =>
        {
            let message = "variables are declared with `const` or `var`";
            Some(habit(place, -2, -2, message).help("write `const name: Type = value`"))
        }
        (Tok::RParen | Tok::Lower(_) | Tok::Upper(_), Some(Tok::Comma))
            if place.expects("`=`") && starts_with_let(place) =>
        {
            Some(
                habit(place, 0, 0, "several names are bound by a tuple")
                    .help("write `const (a, b) = (1, 2)`"),
            )
        }
        (_, Some(Tok::Comma)) if place.expects("the end of the line") => {
            let first = place.kinds.get(place.at - place.statement_start());
            let (message, help) = if first == Some(&Tok::Return) {
                ("several values are returned as a tuple", "write `return (a, b)`, of type `(A, B)`")
            } else if on_line(place, Tok::Colon) {
                ("several names are bound by a tuple", "write `const (a, b) = (1, 2)`")
            } else {
                ("several values are assigned by a tuple", "write `(a, b) = (b, a)`")
            };
            Some(habit(place, 0, 0, message).help(help))
        }
        (Tok::Str(_), Some(Tok::LBrace(_))) if place.kinds.contains(&Tok::Extern) => Some(
            habit(place, 0, 0, "each foreign function is declared alone")
                .help("write `extern \"C\" fn name(x: i32) -> i32`"),
        ),
        (Tok::Lower(_) | Tok::Upper(_), Some(EQ | Tok::Colon))
            if place.kinds.contains(&Tok::Enum) && place.expects("`(`") =>
        {
            Some(
                habit(place, 0, 0, "what a variant carries stands in parentheses or braces")
                    .help("write `Circle(float)` or `Rect { w: int, h: int }`"),
            )
        }
        (_, None | Some(Tok::Newline | Tok::Semi)) if place.expects("`=`") && starts_with_let(place) => Some(
            Diagnostic::error(Code::E0002, place.span(-1, -1).shrink_to_end(), "this variable has no value")
                .help("every variable gets a value where it is declared: write `= …`"),
        ),
        _ => None,
    }
}

fn starts_with_let(place: &Place) -> bool {
    let first = place.tok(-(place.statement_start() as isize));
    matches!(first, Some(Tok::Const | Tok::Var))
}

fn ends_line(place: &Place) -> bool {
    matches!(place.tok(1), None | Some(Tok::Newline))
}

/// `fn (…)`: a method of Go, or a function that lost its name.
fn nameless_function(place: &Place) -> Diagnostic {
    let named = place.closer_of(0).and_then(|close| place.tok(close + 1)?.as_name());
    match named {
        Some(name) => habit(place, 0, 0, "a method stands in an `impl` block").help(format!(
            "write `impl Type {{ fn {name}(self) {{ … }} }}`, or `mut self` if it changes its receiver"
        )),
        None => Diagnostic::error(Code::E0002, place.span(-1, 0), "this function has no name")
            .help("write `fn name(…) { … }`; a function without a name is written `(x) => …`"),
    }
}

/// Types that are declared with what they do not have, and declarations in groups.
pub(super) fn structure(place: &Place) -> Option<Diagnostic> {
    let declares = |tok: Tok| place.kinds.iter().take(2).any(|first| *first == tok);
    let word = place.word(0).unwrap_or_default();
    let name = match place.tok(-1) {
        Some(Tok::Upper(name) | Tok::Lower(name)) => Some(name.as_str()),
        _ => None,
    };
    if declares(Tok::Type)
        && let Some(name) = name
        && (place.tok(0) == Some(Tok::Struct) || place.tok(0) == Some(Tok::Enum) || word == "interface")
    {
        let keyword =
            if word == "interface" { "trait".to_owned() } else { place.tok(0)?.describe().replace('`', "") };
        let message = format!("the name comes after `{keyword}`");
        return Some(habit(place, -2, 0, &message).help(format!("write `{keyword} {name} {{ … }}`")));
    }
    if declares(Tok::Struct) && name.is_some() && place.expects("`{`") {
        match (place.tok(0)?, place.tok(1)) {
            (Tok::Colon, Some(Tok::Upper(parent))) => {
                return Some(habit(place, 0, 1, "there is no inheritance").help(format!(
                    "give the struct a field of type `{parent}`; what types share is a `trait`"
                )));
            }
            (Tok::LParen(_), _) => {
                return Some(
                    habit(place, 0, 0, "the fields of a struct have names")
                        .help("write `struct Name { field: Type }`"),
                );
            }
            _ => {}
        }
    }
    if place.expects("a field")
        && matches!((place.tok(0)?, place.tok(1)), (Tok::Fn, _) | (Tok::Pub, Some(Tok::Fn)))
    {
        return Some(
            habit(place, 0, 0, "methods stand in an `impl` block")
                .help("write `impl Name { fn method(self) { … } }` after the struct"),
        );
    }
    if declares(Tok::Struct) && matches!(place.tok(0), Some(Tok::LParen(_))) && place.expects("`:`") {
        return Some(
            habit(place, -1, -1, "a struct has fields only")
                .help("write `impl Name { fn new(x: int) -> Name { Name { x } } }`, and call `Name.new(1)`"),
        );
    }
    if place.tok(-1) == Some(Tok::Const) && matches!(place.tok(0), Some(Tok::LParen(_))) && place.at <= 2 {
        return Some(
            habit(place, 0, 0, "each constant is declared on its own")
                .help("write `const A = 1`, `const B = 2`"),
        );
    }
    types::receiver(place)
}
