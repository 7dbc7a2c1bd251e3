//! Declarations as other languages write them.

use wyn_base::habits::{PRIMITIVES, TYPES, find, go_type, split_list, type_here};
use wyn_base::{Code, Diagnostic};

use super::{concurrency, habit, on_line, types};
use crate::ast::BinaryOp as B;
use crate::parse::errors::{Place, SEPARATOR};
use crate::token::{EQ, Tok};

/// The head of a declaration as another language writes it.
pub(super) fn declaration(place: &Place) -> Option<Diagnostic> {
    let in_function = place.kinds.iter().take(4).any(|tok| *tok == Tok::Fn);
    match (place.tok(-1)?, place.tok(0)) {
        (Tok::Fn, Some(Tok::LParen(_))) if place.statement_start() <= 2 => Some(nameless_function(place)),
        (Tok::RParen, Some(Tok::Colon))
            if in_function && place.expects("`->`") && place.tok(1).is_some_and(Tok::is_keyword) =>
        {
            Some(
                habit(place, 0, 0, "the body of a function is written in braces")
                    .help("write `{` instead of `:` and close it with `}`"),
            )
        }
        (Tok::RParen, Some(Tok::Colon)) if in_function && place.expects("`->`") && !ends_line(place) => {
            Some(habit(place, 0, 0, "the result type stands after `->`").help(result(place, 1)))
        }
        (
            Tok::RParen,
            Some(Tok::Lower(_) | Tok::Upper(_) | Tok::LBracket | Tok::LParen(_) | Tok::Op(B::Mul)),
        ) if in_function && place.expects("`->`") => {
            Some(habit(place, 0, 0, "the result type stands after `->`").help(result(place, 0)))
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
            if place.word(0) == Some("self") {
                let message = format!("`{}` means nothing here", place.text(-1, -1)?);
                return Some(
                    Diagnostic::error(Code::E0002, place.span(-1, -1), message)
                        .help("write `self`, or `mut self` in a method that changes it"),
                );
            }
            let ty = |tok| matches!(tok, EQ | Tok::Comma | Tok::LBrace(_));
            // `int x`
            let is_type = |at| place.text(at, at).is_some_and(names_type);
            let swapped = is_type(-1) && place.word(0).is_some() && !is_type(0);
            let (name, ty) = (place.text(-1, -1), place.text_until(0, ty));
            let help = match if swapped { ty.zip(name) } else { name.zip(ty) } {
                Some((name, ty)) => {
                    let ty = go_type(ty);
                    let kept =
                        place.text(-2, -2).filter(|_| matches!(place.tok(-2), Some(Tok::Const | Tok::Var)));
                    let equals = place.end_before(0, |tok| tok == EQ);
                    let value =
                        place.text_until(equals + 1, |_| false).filter(|_| place.tok(equals) == Some(EQ));
                    let value = value.unwrap_or("…");
                    match kept {
                        Some(word) => format!("write `{word} {name}: {ty} = {value}`"),
                        None => format!("write `{name}: {ty}`"),
                    }
                }
                None => "write `name: Type`".to_owned(),
            };
            Some(habit(place, -1, 0, "the type stands after the name and a `:`").help(help))
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
                .help(
                    match (place.text(-1, -1), place.text(0, 0), place.text_until(2, |_| false)) {
                        (Some(ty), Some(name), Some(value)) => {
                            format!("write `const {name}: {} = {value}`", type_here(ty))
                        }
                        _ => "write `const name: Type = value`".to_owned(),
                    },
                ),
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
            Some(concurrency::checked_value(place).unwrap_or_else(|| {
                habit(place, 0, 0, "several names are bound by a tuple").help("write `const (a, b) = (1, 2)`")
            }))
        }
        (_, Some(Tok::Comma)) if place.expects("the end of the line") => Some(listed(place)),
        (Tok::Str(_), Some(Tok::LBrace(_))) if place.kinds.contains(&Tok::Extern) => Some(
            habit(place, 0, 0, "each foreign function is declared alone")
                .help("write `extern \"C\" fn name(x: i32) -> i32`"),
        ),
        (Tok::Lower(name) | Tok::Upper(name), Some(EQ | Tok::Colon))
            if place.kinds.contains(&Tok::Enum) && place.expects("`(`") =>
        {
            let ty =
                place.text_until(1, |tok| tok == Tok::Comma).filter(|_| place.tok(0) == Some(Tok::Colon));
            Some(match ty {
                Some(ty) => habit(place, 0, 0, "what a variant carries stands in parentheses or braces")
                    .help(format!("write `{name}({ty})`")),
                None => habit(place, 0, 0, "a variant has no number or text of its own")
                    .help("write its name alone, and give the number in a function: `match self { … }`"),
            })
        }
        (Tok::Enum | Tok::Struct | Tok::Trait, Some(Tok::LBrace(_))) => {
            let what = place.text(-1, -1).unwrap_or("struct");
            Some(
                Diagnostic::error(Code::E0002, place.span(-1, 0), format!("this {what} has no name"))
                    .help(format!("write `{what} Name {{ … }}`")),
            )
        }
        (Tok::Upper(name) | Tok::Lower(name), Some(EQ))
            if place.expects("`{`") && place.tok(-2) == Some(Tok::Enum) =>
        {
            let variants = place.text_until(1, |_| false).unwrap_or("A | B").replace(" |", ",");
            Some(
                Diagnostic::error(Code::E0002, place.span(0, 0), "the variants of an enum stand in braces")
                    .help(format!("write `enum {name} {{ {variants} }}`")),
            )
        }
        (Tok::Lower(_) | Tok::Upper(_), Some(Tok::LBrace(_)))
            if place.tok(-2) == Some(Tok::Fn) && place.expects("`(`") =>
        {
            let name = place.text(-1, -1)?;
            Some(
                Diagnostic::error(
                    Code::E0002,
                    place.span(0, 0),
                    "a function has parentheses after its name, also empty ones",
                )
                .help(format!("write `fn {name}() {{ … }}`")),
            )
        }
        (Tok::RParen, Some(EQ)) if in_function && place.statement_start() == place.at => {
            let value = place.text_until(1, |_| false).unwrap_or("…");
            Some(
                habit(place, 0, 0, "a body that is one expression stands after `=>`")
                    .help(format!("write `=> {value}`, with the type of the result before it: `-> int`")),
            )
        }
        (Tok::Arrow, Some(Tok::LBrace(_))) if place.expects("a type") => Some(
            Diagnostic::error(Code::E0002, place.span(-1, 0), "expected a type after `->`, found `{`")
                .help("write the type of the result, or leave `->` out when there is none"),
        ),
        (Tok::LAngle | Tok::Op(B::Lt), Some(Tok::RAngle | Tok::Op(B::Gt))) if place.expects("a name") => {
            Some(
                Diagnostic::error(Code::E0002, place.span(-1, 0), "nothing stands between `<` and `>`")
                    .help("leave both out"),
            )
        }
        (Tok::Lower(_) | Tok::Upper(_), Some(Tok::Colon))
            if place.declares(Tok::Enum) && place.expects("`)`") =>
        {
            let open = place.opener_of(0)?;
            let fields = place.closer_of(open).and_then(|close| place.text(open + 1, close - 1));
            let help = match place.text(open - 1, open - 1).zip(fields) {
                Some((name, fields)) => format!("write `{name} {{ {fields} }}`, or the types alone"),
                None => "write `Circle(float)` or `Rect { w: int, h: int }`".to_owned(),
            };
            Some(habit(place, -1, 0, "what a variant carries has names in braces only").help(help))
        }
        (_, None | Some(Tok::Newline | Tok::Semi)) if place.expects("`=`") && starts_with_let(place) => Some(
            Diagnostic::error(Code::E0002, place.span(-1, -1).shrink_to_end(), "this variable has no value")
                .help("every variable gets a value where it is declared: write `= …`"),
        ),
        _ => None,
    }
}

/// Whether a word is known as a type, here or elsewhere.
fn names_type(word: &str) -> bool {
    PRIMITIVES.contains(&word) || find(TYPES, word).is_some()
}

/// `fn f(…) int {`: the type begins at `first`.
fn result(place: &Place, first: isize) -> String {
    let ty = place.text_until(first, |tok| matches!(tok, Tok::LBrace(_) | EQ | Tok::FatArrow));
    match ty {
        Some("error") => "write `-> Result<()>`: errors are part of a result".to_owned(),
        Some(ty) if ty.starts_with('(') && ty.ends_with(", error)") => {
            let values = split_list(&ty[1..ty.len() - ", error)".len()]).into_iter().map(go_type);
            let values = values.collect::<Vec<_>>();
            let value = match &values[..] {
                [value] => value.clone(),
                _ => format!("({})", values.join(", ")),
            };
            format!("write `-> Result<{value}>`: errors are part of a result")
        }
        Some(ty) if ty == "None" || type_here(ty) == "()" => {
            "a function without a result has nothing there".to_owned()
        }
        Some(ty) if place.tok(first) != Some(Tok::Return) && !ty.contains(':') => {
            format!("write `-> {}`", go_type(ty))
        }
        _ => "write `fn f(x: int) -> int { … }`".to_owned(),
    }
}

/// Values or names with commas between them, where one belongs.
fn listed(place: &Place) -> Diagnostic {
    let start = -(place.statement_start() as isize);
    let end = place.end_before(start, |_| false);
    let equals = place.end_before(start, |tok| tok == EQ);
    let is_list = equals < end && equals > 0;
    let values = || place.text(equals + 1, end - 1);
    let declares = match place.tok(start) {
        Some(Tok::Const) => "const ",
        Some(Tok::Var) => "var ",
        _ => "",
    };
    if place.tok(start) == Some(Tok::Return) {
        if let Some(help) = place.text(start + 1, end - 1).and_then(concurrency::returned_with_error) {
            return habit(place, 0, 0, "a value that may be an error is a `Result`").help(help);
        }
        let help = match place.text(start + 1, end - 1) {
            Some(values) => format!("write `return ({values})`, of type `(A, B)`"),
            None => "write `return (a, b)`, of type `(A, B)`".to_owned(),
        };
        return habit(place, 0, 0, "several values are returned as a tuple").help(help);
    }
    let digits = |at: isize| place.text(at, at).filter(|_| matches!(place.tok(at), Some(Tok::Int(_))));
    if let (Some(first), Some(second)) = (digits(-1), digits(1))
        && second.len() == 3
        && place.adjacent(-1)
        && place.adjacent(0)
    {
        return habit(place, -1, 1, "the digits of a number are grouped with `_`")
            .help(format!("write `{first}_{second}`"));
    }
    if !declares.is_empty() && equals < 0 {
        return habit(place, 0, 0, "each variable is declared on its own").help(
            match place.text(start, -1).zip(place.text_until(1, |tok| tok == Tok::Comma)) {
                Some((first, second)) => format!("write `{first}` and `{declares}{second}`, in two lines"),
                None => "begin a new line, with `const` or `var`".to_owned(),
            },
        );
    }
    if on_line(place, Tok::Colon) {
        let colon = place.end_before(start, |tok| tok == Tok::Colon);
        let help = match place.text(start, colon - 1) {
            Some(names) => format!("write `const ({names}) = …`"),
            None => "write `const (a, b) = (1, 2)`".to_owned(),
        };
        return habit(place, 0, 0, "several names are bound by a tuple").help(help);
    }
    let names = place.text(start, equals - 1).filter(|_| is_list);
    let help = match names.zip(values()) {
        Some((names, values)) => format!("write `({names}) = ({values})`"),
        None => "write `(a, b) = (b, a)`".to_owned(),
    };
    habit(place, 0, 0, "several values are assigned by a tuple").help(help)
}

fn starts_with_let(place: &Place) -> bool {
    let first = place.tok(-(place.statement_start() as isize));
    matches!(first, Some(Tok::Const | Tok::Var))
}

fn ends_line(place: &Place) -> bool {
    matches!(place.tok(1), None | Some(Tok::Newline))
}

/// Members of a struct or an `impl` as other languages write them.
fn member(place: &Place) -> Option<Diagnostic> {
    let found = place.tok(0)?;
    if place.expects("a field") && matches!(found, Tok::Var | Tok::Const) {
        let field = place.text_until(1, |tok| matches!(tok, Tok::Comma)).unwrap_or("name: Type");
        return Some(
            habit(place, 0, 0, "a field is declared by its name and its type")
                .note("whether it may change is said by the variable that holds the whole: `const` or `var`")
                .help(format!("write `{field}`")),
        );
    }
    if place.expects("a function")
        && let Some(word) = place.word(0)
        && matches!(place.tok(1), Some(Tok::LParen(_)))
    {
        return Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "a function begins with `fn`")
                .help(format!("write `fn {word}(…) {{ … }}`")),
        );
    }
    if place.expects("a function")
        && let Some(word) = place.word(0)
        && matches!(place.tok(1), Some(Tok::Fn))
    {
        let help = match word {
            "mutating" => "a method that changes its receiver takes `mut self`",
            "static" => "a function without `self` belongs to the type: write `fn` alone",
            "async" => "every function can wait: write `fn` alone",
            _ => "write `fn` alone",
        };
        return Some(habit(place, 0, 0, &format!("`{word}` means nothing here")).help(help));
    }
    if let Some(Tok::Upper(name)) = place.tok(-1)
        && place.expects("`:`")
        && matches!(found, Tok::Comma | Tok::Newline | Tok::RBrace)
        && place.declares(Tok::Struct)
    {
        return Some(
            habit(place, -1, -1, "a field has a name and a type; there is no embedding")
                .help(format!("write `{}: {name}`", name.as_str().to_lowercase())),
        );
    }
    if let Some(name) = place.tok(-1).and_then(Tok::as_name)
        && place.expects("`:`")
        && matches!(found, Tok::Comma | Tok::Newline | Tok::RBrace)
        && matches!(place.tok(-2), Some(Tok::LBrace(_) | Tok::Comma | Tok::Newline | Tok::Pub))
        && place.declares(Tok::Struct)
    {
        return Some(
            Diagnostic::error(Code::E0002, place.span(-1, -1), format!("the field `{name}` has no type"))
                .help(format!("write its type: `{name}: int`")),
        );
    }
    if found == EQ && place.expects(SEPARATOR) && place.declares(Tok::Struct) {
        return Some(
            habit(place, 0, 0, "a field has no value of its own")
                .help("give it in a function that makes the struct: `impl Name { fn new() -> Name { … } }`"),
        );
    }
    None
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

/// `int main() {`
pub(super) fn typed_function(place: &Place) -> Option<Diagnostic> {
    let name = place.tok(1)?.as_name()?;
    place.tok(0)?.as_name().filter(|_| matches!(place.tok(2), Some(Tok::LParen(_))))?;
    let close = place.closer_of(2)?;
    let body = matches!(place.tok(close + 1), Some(Tok::LBrace(_) | Tok::Newline | Tok::Arrow) | None);
    let result = match place.text(0, 0)? {
        "void" => String::new(),
        ty => format!("-> {ty} "),
    };
    body.then(|| {
        habit(place, 0, 0, "functions are declared with `fn`")
            .help(format!("write `fn {name}(…) {result}{{ … }}`"))
    })
}

/// Types that are declared with what they do not have, and declarations in groups.
pub(super) fn structure(place: &Place) -> Option<Diagnostic> {
    let word = place.word(0).unwrap_or_default();
    let name = match place.tok(-1) {
        Some(Tok::Upper(name) | Tok::Lower(name)) => Some(name.as_str()),
        _ => None,
    };
    if place.declares(Tok::Type)
        && let Some(name) = name
        && (place.tok(0) == Some(Tok::Struct) || place.tok(0) == Some(Tok::Enum) || word == "interface")
    {
        let keyword =
            if word == "interface" { "trait".to_owned() } else { place.tok(0)?.describe().replace('`', "") };
        let message = format!("the name comes after `{keyword}`");
        return Some(habit(place, -2, 0, &message).help(format!("write `{keyword} {name} {{ … }}`")));
    }
    if place.declares(Tok::Struct) && name.is_some() && place.expects("`{`") {
        match (place.tok(0).unwrap_or(Tok::Newline), place.tok(1)) {
            (Tok::Colon, Some(Tok::Upper(parent))) => {
                return Some(habit(place, 0, 1, "there is no inheritance").help(format!(
                    "give the struct a field of type `{parent}`; what types share is a `trait`"
                )));
            }
            (Tok::LParen(_), _) => {
                let ty = place.closer_of(0).and_then(|close| place.text(1, close - 1)).unwrap_or("Type");
                let name = name.unwrap_or("Name");
                let (message, help) = match (ty.contains(':'), ty.contains(',')) {
                    (true, _) => (
                        "the fields of a struct stand in braces",
                        format!("write `struct {name} {{ {ty} }}`"),
                    ),
                    (_, false) => (
                        "the fields of a struct have names",
                        format!("write `struct {name} {{ value: {ty} }}`"),
                    ),
                    (_, true) => (
                        "the fields of a struct have names",
                        format!("write `struct {name} {{ first: …, second: … }}`"),
                    ),
                };
                return Some(habit(place, 0, 0, message).help(help));
            }
            (EQ, Some(Tok::LBrace(_))) => {
                return Some(
                    Diagnostic::error(Code::E0002, place.span(0, 0), "expected `{`, found `=`")
                        .help("leave the `=` out"),
                );
            }
            (Tok::Newline | Tok::Semi, next) if !matches!(next, Some(Tok::LBrace(_))) => {
                let name = name.unwrap_or("Name");
                return Some(
                    Diagnostic::error(
                        Code::E0002,
                        place.span(-1, -1).shrink_to_end(),
                        "the fields of a struct stand in braces, also when there are none",
                    )
                    .help(format!("write `struct {name} {{ }}`")),
                );
            }
            _ => {}
        }
    }
    if place.expects("a field")
        && matches!((place.tok(0)?, place.tok(1)), (Tok::Fn, _) | (Tok::Pub, Some(Tok::Fn)))
    {
        let fn_at = if place.tok(0) == Some(Tok::Pub) { 1 } else { 0 };
        let method = place.tok(fn_at + 1).and_then(Tok::as_name);
        let of = place.kinds.iter().find_map(|tok| match tok {
            Tok::Upper(name) => Some(name.as_str()),
            _ => None,
        });
        let (of, method) = (of.unwrap_or("Name"), method.map_or("method", |name| name.as_str()));
        return Some(
            habit(place, 0, 0, "methods stand in an `impl` block")
                .help(format!("write `impl {of} {{ fn {method}(self) {{ … }} }}` after the declaration")),
        );
    }
    if let Some(diagnostic) = member(place) {
        return Some(diagnostic);
    }
    if place.tok(-1) == Some(Tok::Pub) && matches!(place.tok(0), Some(Tok::LParen(_))) {
        return Some(
            habit(place, 0, place.closer_of(0)?, "what is marked `pub` is seen by every module")
                .help("write `pub` alone"),
        );
    }
    if place.tok(-1) == Some(Tok::Extern) && word == "crate" {
        return Some(
            habit(place, -1, 0, "modules are imported with `import`")
                .help("write `import name`; a package that is used is named in `wyn.toml`"),
        );
    }
    if place.tok(0) == Some(Tok::Const)
        && matches!(place.tok(-1), Some(Tok::LAngle | Tok::Comma | Tok::Op(B::Lt)))
        && place.expects("a name")
    {
        return Some(
            habit(place, 0, 0, "type parameters stand for types, not for values")
                .help("pass the number as an argument; an array's length is no part of its type"),
        );
    }
    if place.declares(Tok::Struct) && matches!(place.tok(0), Some(Tok::LParen(_))) && place.expects("`:`") {
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
