//! Words that mean something elsewhere.

use wyn_base::Diagnostic;
use wyn_base::habits::type_here;

use super::expressions::called_word;
use super::forms::counted_loop;
use super::operators::made_channel;
use super::typos::{self, is_slip};
use super::{fixes, habit};
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// Words that begin a statement or declaration elsewhere: what is wrong, and what to do.
const OPENING: &[(&str, &str, &str)] = &[
    (
        "let",
        "variables are declared with `const` or `var`",
        "write `const x = …`, or `var x = …` when it changes",
    ),
    (
        "val",
        "variables are declared with `const` or `var`",
        "write `const x = …`, or `var x = …` when it changes",
    ),
    (
        "auto",
        "variables are declared with `const` or `var`",
        "write `const x = …`, or `var x = …` when it changes",
    ),
    ("final", "variables are declared with `const` or `var`", "write `const x = …`"),
    ("static", "Wyn has no mutable globals", "use a module-level `const`, perhaps of an `Atomic` or `Mutex`"),
    ("global", "Wyn has no mutable globals", "use a module-level `const`, perhaps of an `Atomic` or `Mutex`"),
    ("func", "functions are declared with `fn`", "write `fn name(x: int) -> int { … }`"),
    ("function", "functions are declared with `fn`", "write `fn name(x: int) -> int { … }`"),
    ("def", "functions are declared with `fn`", "write `fn name(x: int) -> int { … }`"),
    ("fun", "functions are declared with `fn`", "write `fn name(x: int) -> int { … }`"),
    ("proc", "functions are declared with `fn`", "write `fn name(x: int) -> int { … }`"),
    ("async", "every function can wait, so there is no `async`", "remove it; start a task with `spawn f(x)`"),
    (
        "actor",
        "Wyn has no actors",
        "write a `struct` for the data, and share it in a `Mutex`, or let one task own it and receive",
    ),
    (
        "class",
        "Wyn has no classes",
        "write `struct Name { … }` for the data and `impl Name { … }` for the methods",
    ),
    ("interface", "interfaces are declared with `trait`", "write `trait Name { fn method(self) -> int }`"),
    ("protocol", "interfaces are declared with `trait`", "write `trait Name { fn method(self) -> int }`"),
    ("union", "a choice of types is declared with `enum`", "write `enum Name { A(int), B(string) }`"),
    (
        "use",
        "modules are imported with `import`",
        "write `import net.http`, or `import net.http.{get}` for its names",
    ),
    (
        "using",
        "modules are imported with `import`",
        "write `import net.http`, or `import net.http.{get}` for its names",
    ),
    ("include", "modules are imported with `import`", "write `import ./file` for a file beside this one"),
    ("require", "modules are imported with `import`", "write `import ./file` for a file beside this one"),
    ("from", "modules are imported with `import`", "write `import net.http.{get}`"),
    (
        "package",
        "a file is a module and is not named inside",
        "remove the line; `wyn.toml` names the package",
    ),
    (
        "namespace",
        "a file is a module and is not named inside",
        "remove the line; the file's name is the module's",
    ),
    (
        "module",
        "a file is a module and is not named inside",
        "remove the line; the file's name is the module's",
    ),
    ("mod", "a file is a module and is not declared", "write `import ./name` to use a file beside this one"),
    ("public", "what other modules may use is marked `pub`", "write `pub`"),
    ("export", "what other modules may use is marked `pub`", "write `pub`"),
    ("private", "everything is private unless it is marked `pub`", "remove it"),
    ("protected", "everything is private unless it is marked `pub`", "remove it"),
    ("unsafe", "Wyn has no `unsafe`", "remove it"),
    ("switch", "a choice between values is written with `match`", "write `match x { 1 => …, _ => … }`"),
    ("when", "a choice between values is written with `match`", "write `match x { 1 => …, _ => … }`"),
    ("case", "an arm begins with its pattern", "write `pattern => value`, without `case`"),
    ("default", "the arm for all other values is `_`", "write `_ => …`"),
    ("loop", "an endless loop is written `while true`", "write `while true { … }`"),
    ("repeat", "an endless loop is written `while true`", "write `while true { … if done { break } }`"),
    ("until", "loops are `while` and `for`", "write `while !(condition) { … }`"),
    ("unless", "conditions are written with `if`", "write `if !(condition) { … }`"),
    ("do", "loops are `while` and `for`", "write `while true { … if !(condition) { break } }`"),
    ("foreach", "loops are `while` and `for`", "write `for x in xs { … }`"),
    (
        "go",
        "tasks are started with `spawn`",
        "write `spawn f(x)`; it gives a future, to await or to join at the end of the scope",
    ),
    (
        "try",
        "errors are values: there are no exceptions",
        "return a `Result` and pass errors on with `?`, or `match` on it",
    ),
    (
        "throw",
        "errors are values: there are no exceptions",
        "return `Err(…)` from a function that gives a `Result`",
    ),
    (
        "raise",
        "errors are values: there are no exceptions",
        "return `Err(…)` from a function that gives a `Result`",
    ),
    ("catch", "errors are values: there are no exceptions", "`match` on the `Result`"),
    ("except", "errors are values: there are no exceptions", "`match` on the `Result`"),
    (
        "finally",
        "what must happen at the end is deferred",
        "write `defer …` where the thing to close is opened",
    ),
    ("elif", "another condition is written `else if`", "write `else if … { … }`"),
    ("elsif", "another condition is written `else if`", "write `else if … { … }`"),
    ("elseif", "another condition is written `else if`", "write `else if … { … }`"),
    ("not", "`not` is written `!`", "write `!x`"),
    ("new", "values are made without `new`", "write `Name { field: value }`, or call `Name.new(…)`"),
    ("delete", "memory frees itself", "remove the line; an entry of a map goes with `m.remove(key)`"),
    ("del", "memory frees itself", "remove the line; an entry of a map goes with `m.remove(key)`"),
    ("yield", "Wyn has no generators", "send the values on a channel from a task"),
    ("goto", "Wyn has no `goto`", "use a loop with a label: `outer: while … { … break outer }`"),
    ("pass", "an empty block is written `{ }`", "remove it"),
    ("with", "what is opened closes itself at the end of its block", "write `const f = …`"),
    (
        "guard",
        "a value that may be missing gets a default",
        "write `const y = x ?? return`, or `if const Some(y) = x { … }`",
    ),
    ("extension", "methods are added in an `impl` block", "write `impl Name { fn method(self) { … } }`"),
    ("chan", "channels are made by a function", "write `const (tx, rx) = channel<int>(16)`"),
];

/// The statement begins with a word that begins one elsewhere.
pub(super) fn opening_word(place: &Place) -> Option<Diagnostic> {
    let start = place.statement_start();
    let first = -(start as isize);
    let word = match called_word(place) {
        Some(word) => word,
        None if start > 2 => return None,
        None => place.word(first)?,
    };
    // `let` used as a name is a name.
    if matches!(place.tok(first + 1), Some(EQ | Tok::Dot | Tok::Comma))
        || (start > 0 && called_word(place).is_none() && call_follows(place, first))
    {
        return None;
    }
    let exactly = OPENING.iter().find(|(known, ..)| *known == word);
    let own = || typos::is_nearly_opening(word);
    let nearly = || OPENING.iter().find(|(known, ..)| known.len() > 3 && is_slip(word, known) && !own());
    let (_, message, help) = exactly.or_else(nearly)?;
    let is_enum = place.declares(Tok::Enum);
    let (message, help) = match word {
        "case" if is_enum => {
            (&"variants are listed without `case`, in upper case", &"write `enum Name { A, B(int) }`")
        }
        "case" if place.is_inside(Tok::Select) => (message, &"write `v = rx.recv() => …`"),
        "default" if place.is_inside(Tok::Select) => {
            (&"the arm for when nothing else is ready is `else`", &"write `else => …`")
        }
        _ => (message, help),
    };
    let help = fixes::opening(place, first, word).unwrap_or_else(|| (*help).to_owned());
    Some(habit(place, first, first, message).help(help))
}

fn call_follows(place: &Place, first: isize) -> bool {
    matches!(place.tok(first + 1), Some(Tok::LParen(_))) && place.adjacent(first)
}

/// A word that is an operator or begins a clause elsewhere.
pub(super) fn word_inside(place: &Place) -> Option<Diagnostic> {
    if place.tok(0) == Some(Tok::As) {
        return Some(if place.kinds.first() == Some(&Tok::Import) {
            habit(place, 0, 1, "a module is known by the last name of its path").help("remove the alias")
        } else {
            let help = match place.tok(1) {
                Some(Tok::Lower(ty) | Tok::Upper(ty)) if type_here(ty.as_str()) == "string" => {
                    "text of a value is `\"${x}\"`".to_owned()
                }
                Some(Tok::Lower(ty)) => format!("write `{}(x)`", type_here(ty.as_str())),
                Some(Tok::Upper(_) | Tok::LBracket | Tok::LParen(_) | Tok::Fn) => {
                    "a type is written where a name is declared: `const xs: [int] = …`".to_owned()
                }
                _ => "write `int(x)` or `x.to_float()`".to_owned(),
            };
            habit(place, 0, 0, "conversions are calls").help(help)
        });
    }
    if place.tok(0) == Some(Tok::If) && place.expects("an operator") {
        let rest =
            place.kinds[place.at..].iter().take_while(|tok| !matches!(tok, Tok::Newline | Tok::LBrace(_)));
        let choice = rest.into_iter().any(|tok| *tok == Tok::Else);
        let help = if choice { "write `if c { a } else { b }`" } else { "write `if condition { … }`" };
        return Some(habit(place, 0, 0, "a condition stands first").help(help));
    }
    if place.tok(-1) == Some(Tok::Detach) {
        return Some(
            habit(place, -1, -1, "`detach` is written before `spawn`").help("write `detach spawn f(x)`"),
        );
    }
    let Some(word) = place.word(0) else { return previous_word(place) };
    let (message, help) = match word {
        "and" => ("`and` is written `&&`", "write `a && b`"),
        "or" => ("`or` is written `||`", "write `a || b`"),
        "not" if place.tok(1) == Some(Tok::Op(B::In)) => {
            ("`not in` is written with `!`", "write `!(x in xs)`")
        }
        "is" => {
            let help = match (place.text(-1, -1), place.tok(1)) {
                (Some(value), Some(Tok::Upper(name))) if name == "None" => format!("write `{value} == None`"),
                _ => "write `a == b`; for the shape of a value, `if const Some(x) = a { … }`".to_owned(),
            };
            return Some(habit(place, 0, 0, "equality is written `==`").help(help));
        }
        "mod" => ("the remainder is written `%`", "write `a % b`"),
        "then" => ("a condition is followed by its block", "write `if condition { … }`"),
        "do" => ("a condition is followed by its block", "write `while condition { … }`"),
        "where" if place.kinds.get(place.at - place.statement_start()) == Some(&Tok::For) => (
            "a loop goes over all elements",
            "write `if condition { … }` in its body, or `for x in xs.filter((x) => …) { … }`",
        ),
        "where" => {
            let bound = place.text_until(1, |tok| matches!(tok, Tok::LBrace(_)));
            let help = match bound.filter(|bound| !bound.contains(',')) {
                Some(bound) => format!("write `<{bound}>`"),
                None => "write `<T: Ord + Show>`".to_owned(),
            };
            return Some(habit(place, 0, 0, "bounds stand where the type parameter is declared").help(help));
        }
        "elif" | "elsif" | "elseif" => {
            let help = fixes::opening(place, 0, word).unwrap_or_else(|| "write `else if … { … }`".to_owned());
            return Some(habit(place, 0, 0, "another condition is written `else if`").help(help));
        }
        "async" if place.tok(-1) == Some(Tok::RParen) => {
            ("every function can wait, so there is no `async`", "remove it; start a task with `spawn f(x)`")
        }
        "catch" | "except" => ("errors are values: there are no exceptions", "`match` on the `Result`"),
        "throws" | "raises" => {
            ("errors are values: there are no exceptions", "give a `Result<T>` as the result type")
        }
        "implements" | "extends"
            if matches!(place.tok(-2), Some(Tok::LAngle | Tok::Comma | Tok::Op(B::Lt))) =>
        {
            let bound = place.text(-1, -1).zip(place.text(1, 1));
            let help = match bound {
                Some((name, bound)) => format!("write `<{name}: {bound}>`"),
                None => "write `<T: Ord + Show>`".to_owned(),
            };
            return Some(habit(place, 0, 0, "the bound of a type parameter stands after `:`").help(help));
        }
        "implements" | "extends" => {
            ("a trait is implemented in a block of its own", "write `impl Trait for Name { … }`")
        }
        _ => return previous_word(place),
    };
    Some(habit(place, 0, 0, message).help(help))
}

/// A word before the failure that is an operator elsewhere.
fn previous_word(place: &Place) -> Option<Diagnostic> {
    let start = place.at - place.statement_start();
    let (message, help) = match place.word(-1)? {
        "let" if place.kinds.get(start) == Some(&Tok::For) => {
            return Some(counted_loop(place, -1, -1));
        }
        "loop" if matches!(place.tok(0), Some(Tok::LBrace(_))) => {
            ("an endless loop is written `while true`, and has no value", "set a variable before `break`")
        }
        "not" => ("`not` is written `!`", "write `!x`"),
        "let" => {
            let help = fixes::matched(place, place.kinds.get(start).copied())
                .unwrap_or_else(|| "write `if const Some(x) = value { … }`".to_owned());
            return Some(habit(place, -1, -1, "a pattern is matched with `const`").help(help));
        }
        "new" => {
            let help = fixes::made(place)
                .unwrap_or_else(|| "write `Name { field: value }`, or call `Name.new(…)`".to_owned());
            return Some(habit(place, -1, -1, "values are made without `new`").help(help));
        }
        "dyn" => {
            let help =
                place.text(0, 0).map_or("write `any Trait`".to_owned(), |name| format!("write `any {name}`"));
            return Some(
                habit(place, -1, -1, "a value of any type with a trait is written `any`").help(help),
            );
        }
        "try" => {
            let help = match place.text_until(0, |_| false) {
                Some(rest) => format!("write `{}?`", rest.strip_prefix("await ").unwrap_or(rest)),
                None => "write `f()?`".to_owned(),
            };
            return Some(
                habit(place, -1, -1, "errors are values: there are no exceptions")
                    .note("`?` passes the error of a `Result` on, and gives the value otherwise")
                    .help(help),
            );
        }
        "typeof" => ("the type of every value is known before the program runs", "leave the question out"),
        "inout" => {
            let help = match place.text(-3, -3).zip(place.text_until(0, |tok| tok == Tok::Comma)) {
                Some((name, ty)) => format!("write `mut {name}: {ty}`"),
                None => "write `mut name: Type`".to_owned(),
            };
            return Some(
                habit(place, -1, -1, "a parameter that changes the caller's value is marked `mut`")
                    .help(help),
            );
        }
        "timeout" if matches!(place.tok(0), Some(Tok::Duration(_))) => {
            ("the arm for when nothing came in time is `after`", "write `after 50ms => …`")
        }
        "lambda" => {
            let end = place.end_before(0, |tok| tok == Tok::Colon);
            let help = match place.text(0, end - 1).zip(place.text_until(end + 1, |tok| tok == Tok::Comma)) {
                Some((params, body)) => format!("write `({params}) => {body}`"),
                None => "write `(x) => x + 1`".to_owned(),
            };
            return Some(habit(place, -1, -1, "functions without a name are written with `=>`").help(help));
        }
        "chan" => {
            let (ty, capacity) = made_channel(place, 0);
            return Some(
                habit(place, -1, -1, "channels are made by a function")
                    .help(format!("write `const (tx, rx) = channel<{ty}>({capacity})`")),
            );
        }
        "async" => {
            ("every function can wait, so there is no `async`", "remove it; start a task with `spawn f(x)`")
        }
        "func" | "function" => ("functions without a name are written with `=>`", "write `(x) => x + 1`"),
        _ => return None,
    };
    Some(habit(place, -1, -1, message).help(help))
}
