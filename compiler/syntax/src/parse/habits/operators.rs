//! Operators, marks and macros as other languages write them.

use wyn_base::habits::go_type;
use wyn_base::{Code, Diagnostic};

use super::{fixes, forms, habit};
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// An operator that Wyn does not have.
pub(super) fn operator(place: &Place) -> Option<Diagnostic> {
    let op = |offset| match place.tok(offset) {
        Some(Tok::Op(op)) => Some(op),
        _ => None,
    };
    let pair =
        |first, second, at: isize| op(at) == Some(first) && op(at + 1) == Some(second) && place.adjacent(at);
    for at in [-1, 0] {
        if pair(B::Add, B::Add, at) {
            let joins = at == -1
                && place.tok(1).is_some_and(|tok| tok.as_name().is_some())
                && simple(place, -2).is_some();
            if joins {
                return Some(
                    habit(place, at, at + 1, "texts and arrays are joined with `+`").help("write `+`"),
                );
            }
            let counted = [at - 1, at + 2].into_iter().find_map(|at| place.word(at)).unwrap_or("i");
            return Some(
                habit(place, at, at + 1, "there is no `++`").help(format!("write `{counted} += 1`")),
            );
        }
        if pair(B::Mul, B::Mul, at) {
            let power = simple(place, at - 1).zip(simple(place, at + 2));
            let help = match power {
                Some((base, exponent)) => format!("write `{base}.pow({exponent})`"),
                None => "write `x.pow(n)`".to_owned(),
            };
            return Some(habit(place, at, at + 1, "there is no `**`").help(help));
        }
        if pair(B::Lt, B::Gt, at) {
            if place.expects("a type") {
                return Some(
                    Diagnostic::error(
                        Code::E0002,
                        place.span(at, at + 1),
                        "nothing stands between `<` and `>`",
                    )
                    .help("write the type in it: `<int>`"),
                );
            }
            return Some(habit(place, at, at + 1, "inequality is written `!=`").help("write `!=`"));
        }
        if pair(B::Lt, B::Sub, at) && !matches!(op(at - 1), Some(B::Lt)) && at == 0 {
            let end = place.word(at + 2).unwrap_or("rx");
            return Some(
                habit(place, at, at + 1, "receiving is a method").help(format!("write `{end}.recv()`")),
            );
        }
        if place.tok(at) == Some(Tok::Colon) && place.tok(at + 1) == Some(EQ) && place.adjacent(at) {
            return Some(short_declaration(place, at));
        }
        if place.tok(at) == Some(Tok::Colon) && place.tok(at + 1) == Some(Tok::Colon) && place.adjacent(at) {
            let help = fixes::path(place, at).unwrap_or_else(|| "write `a.b`".to_owned());
            return Some(habit(place, at, at + 1, "paths are written with `.`").help(help));
        }
    }
    if let (Some(B::Shr), Some(B::Gt)) = (op(-1), op(0))
        && place.adjacent(-1)
    {
        return Some(
            habit(place, -1, 0, "there is no `>>>`")
                .help("write `>>`; it fills an unsigned number with zeros: `u64.wrap(x) >> n`"),
        );
    }
    if let (Some(B::Le), Some(B::Gt)) = (op(-1), op(0))
        && place.adjacent(-1)
    {
        return Some(
            habit(place, -1, 0, "two values are compared by a function")
                .help("write `compare(a, b)`, which gives an `Ordering`"),
        );
    }
    if place.tok(0) == Some(Tok::Question) && place.expects("a type") && place.adjacent(0) {
        let ty = place.text(1, 1).unwrap_or("int");
        return Some(
            habit(place, 0, 0, "the `?` of an option stands after its type").help(format!("write `{ty}?`")),
        );
    }
    if pair(B::Sub, B::Sub, -2)
        && matches!(place.tok(0), None | Some(Tok::Newline | Tok::Semi | Tok::RBrace | Tok::RParen))
    {
        let counted = place.word(-3).unwrap_or("i");
        return Some(habit(place, -2, -1, "there is no `--`").help(format!("write `{counted} -= 1`")));
    }
    if place.tok(0) == Some(EQ) && place.at > 0 && place.adjacent(-1) && matches!(op(-1), Some(B::Eq | B::Ne))
    {
        let (message, help) = match op(-1) {
            Some(B::Ne) => ("inequality is written `!=`", "write `!=`"),
            _ => ("equality is written `==`", "write `==`"),
        };
        return Some(habit(place, -1, 0, message).help(help));
    }
    if op(-1) == Some(B::Mul) && op(0) == Some(B::Div) && place.adjacent(-1) {
        return Some(
            Diagnostic::error(Code::E0002, place.span(-1, 0), "this `*/` closes no comment")
                .help("remove it"),
        );
    }
    // `a =+ 1`
    if place.tok(-1) == Some(EQ)
        && place.adjacent(-1)
        && let Some(wrong @ (B::Add | B::Mul | B::Div | B::Rem)) = op(0)
    {
        let message = format!("an assignment with an operator is written `{}=`", wrong.as_str());
        return Some(habit(place, -1, 0, &message).help(format!("write `{}=`", wrong.as_str())));
    }
    if place.tok(0) == Some(EQ) && place.expects("a block") && place.statement_start() < place.at {
        return Some(
            habit(place, 0, 0, "`=` assigns, `==` compares")
                .help("write `a == b`; to match a pattern, `if const Some(x) = e { … }`"),
        );
    }
    let operand = place.expects("an expression") || place.expects("a type") || place.expects("a pattern");
    let after_newline = matches!(place.tok(-1), Some(Tok::Newline));
    match place.tok(0) {
        Some(Tok::Op(B::BitAnd)) if operand && !after_newline => {
            let named = if place.tok(1) == Some(Tok::Mut) { 2 } else { 1 };
            let (message, help) = if place.expects("a type") {
                let help = match place.word(named) {
                    Some("str") => "write `string`",
                    _ if named == 2 => "write the type alone; a parameter that changes is `mut name: Type`",
                    _ => "write the type alone",
                };
                ("there are no references: values behave as copies", help)
            } else {
                (
                    "`&` marks an argument that a function may change; there are no references",
                    "write the value alone",
                )
            };
            Some(habit(place, 0, 0, message).help(help))
        }
        Some(Tok::Mut) if op(-1) == Some(B::BitAnd) => Some(
            habit(place, -1, 0, "an argument that a function may change is marked `&`")
                .help(format!("write `&{}`", place.text(1, 1).unwrap_or("x"))),
        ),
        Some(Tok::Op(B::Mul)) if place.expects("a pattern") => Some(
            habit(place, 0, 0, "a tuple is taken apart into all of its parts")
                .help("name each part; `_` stands for one that is not needed"),
        ),
        // `*x += 1` on a line of its own: the line before is complete.
        Some(Tok::Op(B::Mul))
            if place.first_of_line(0)
                && place.adjacent(0)
                && place.word(1).is_some()
                && matches!(place.tok(2), Some(Tok::Assign(_))) =>
        {
            let name = place.word(1)?;
            Some(
                habit(place, 0, 0, "there are no pointers: values behave as copies")
                    .help(format!("write `{name}` without the `*`")),
            )
        }
        Some(Tok::Op(B::Mul)) if operand && !after_newline => {
            Some(habit(place, 0, 0, "there are no pointers: values behave as copies").help("remove the `*`"))
        }
        Some(Tok::Op(B::BitOr | B::Or)) if place.expects("an expression") && !after_newline => {
            let help = fixes::barred_closure(place, 0).unwrap_or_else(|| "write `(x) => x + 1`".to_owned());
            Some(habit(place, 0, 0, "functions without a name are written with `=>`").help(help))
        }
        Some(Tok::Fn) if place.expects("an expression") && place.statement_start() > 0 => Some(
            habit(place, 0, 0, "functions without a name are written with `=>`").help("write `(x) => x + 1`"),
        ),
        Some(Tok::Bang)
            if matches!(place.tok(1), Some(Tok::LParen(_) | Tok::LBracket)) && place.word(-1).is_some() =>
        {
            Some(habit(place, -1, 0, "there are no macros").help(in_place_of_macro(place)?))
        }
        Some(Tok::Bang) if !operand && place.at > 0 && place.adjacent(-1) => Some(
            habit(place, 0, 0, "there is no operator that takes an option apart")
                .help("write `x ?? default`, pass `None` on with `x?`, or use `if const Some(v) = x { … }`"),
        ),
        _ => None,
    }
}

/// An operand of one token, as it is written.
fn simple<'p>(place: &'p Place, at: isize) -> Option<&'p str> {
    let tok = place.tok(at)?;
    let one = matches!(tok, Tok::Int(_) | Tok::Lower(_)) && place.tok(at - 1) != Some(Tok::Dot);
    let ends = !matches!(place.tok(at + 1), Some(Tok::LParen(_) | Tok::LBracket | Tok::Dot));
    place.text(at, at).filter(|_| one && ends)
}

/// `x := 1`; `colon` is the first of the two.
fn short_declaration(place: &Place, colon: isize) -> Diagnostic {
    let start = -(place.statement_start() as isize);
    if place.tok(start) == Some(Tok::For) {
        return forms::counted_loop(place, colon, colon + 1);
    }
    let diagnostic = habit(place, colon, colon + 1, "variables are declared with `const` or `var`");
    let name = place.text(start, colon - 1).filter(|_| place.word(colon - 1).is_some());
    match (place.tok(start), name) {
        (Some(Tok::If | Tok::While), _) => {
            diagnostic.help("declare it before; an option is opened with `if const Some(v) = x { … }`")
        }
        (_, Some(name)) if place.is_inside(Tok::Select) => {
            habit(place, colon, colon + 1, "what an arm receives is named with `=`")
                .help(format!("write `{name} = rx.recv() => …`"))
        }
        (_, Some(name)) if place.word(colon + 2) == Some("make") && place.word(colon + 4) == Some("chan") => {
            let (ty, capacity) = made_channel(place, colon + 5);
            let ends = format!("{name}_tx, {name}_rx");
            diagnostic.help(format!("write `const ({ends}) = channel<{ty}>({capacity})`"))
        }
        (_, Some(name)) if name.contains(',') => diagnostic.help(format!("write `const ({name}) = …`")),
        (_, Some(name)) => {
            diagnostic.help(format!("write `const {name} = …`, or `var {name} = …` when it changes"))
        }
        _ => diagnostic.help("write `const x = …`, or `var x = …` when it changes"),
    }
}

/// The type and the capacity in `make(chan int, 8)`; the type begins at `first`.
pub(super) fn made_channel<'p>(place: &'p Place, first: isize) -> (String, &'p str) {
    let end = place.end_before(first, |tok| tok == Tok::Comma);
    let ty = place.text(first, end - 1).map_or_else(|| "int".to_owned(), go_type);
    let capacity = place.text_until(end + 1, |_| false).filter(|_| place.tok(end) == Some(Tok::Comma));
    (ty, capacity.unwrap_or("0"))
}

/// What is written for a macro of Rust, whose name is the token before the failure.
fn in_place_of_macro(place: &Place) -> Option<String> {
    let name = place.word(-1)?;
    let inside = || place.text(2, place.closer_of(1)? - 1);
    let call = |function: &str, example: &str| {
        fixes::formatted(place, -1, Some(function)).unwrap_or_else(|| example.to_owned())
    };
    Some(match name {
        "println" | "print" | "dbg" => call("print", "write `print(\"${x} and ${y}\")`"),
        "eprintln" | "eprint" => call("eprint", "write `eprint(\"${x} and ${y}\")`"),
        "panic" => call("panic", "write `panic(\"…\")`"),
        "todo" | "unimplemented" | "unreachable" => "write `panic(\"what is wrong\")`".to_owned(),
        "format" => {
            fixes::formatted(place, -1, None).unwrap_or_else(|| "write `\"${x} and ${y}\"`".to_owned())
        }
        "vec" => match inside() {
            Some(inside) => format!("write `[{inside}]`"),
            None => "write `[1, 2, 3]`".to_owned(),
        },
        "assert" | "debug_assert" => {
            let condition = place.text_until(2, |tok| tok == Tok::Comma).unwrap_or("condition");
            format!("write `assert({condition}, \"what is wrong\")`")
        }
        "assert_eq" | "assert_ne" => {
            let end = place.end_before(2, |tok| tok == Tok::Comma);
            let sides = place.text(2, end - 1).zip(place.text_until(end + 1, |tok| tok == Tok::Comma));
            let (a, b) = sides.unwrap_or(("a", "b"));
            let op = if name == "assert_eq" { "==" } else { "!=" };
            format!("write `assert({a} {op} {b}, \"what is wrong\")`")
        }
        _ => "call a function, without the `!`".to_owned(),
    })
}
