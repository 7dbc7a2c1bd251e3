//! Tasks, channels, locks and deadlines as other languages write them.

use wyn_base::habits::{VALUES, find, split_list, type_here};
use wyn_base::{Code, Diagnostic};

use super::habit;
use super::operators::made_channel;
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// What is wrong at a place where one of them is.
pub(super) fn concurrency(place: &Place) -> Option<Diagnostic> {
    received_case(place)
        .or_else(|| awaiting_loop(place))
        .or_else(|| opened(place))
        .or_else(|| spaced_duration(place))
        .or_else(|| spawned_function(place))
        .or_else(|| made_of_arrays(place))
}

/// `case <-rx:` and `case v := <-rx:`: the failure stands at the colon.
fn received_case(place: &Place) -> Option<Diagnostic> {
    let first = -(place.statement_start() as isize);
    let minus = (first..0).find(|at| {
        place.tok(*at) == Some(Tok::Op(B::Lt))
            && place.tok(at + 1) == Some(Tok::Op(B::Sub))
            && place.adjacent(*at)
    })?;
    if place.tok(0) != Some(Tok::Colon) || place.word(first) != Some("case") || !place.is_inside(Tok::Select)
    {
        return None;
    }
    let diagnostic = habit(place, first, first, "an arm begins with its pattern");
    let from = place.text(minus + 2, -1)?;
    Some(if from.ends_with(".Done()") {
        diagnostic
            .note("a task that is cancelled ends by itself where it waits, and runs its `defer`s")
            .help("leave this arm out")
    } else if from.starts_with("time.After") {
        diagnostic.help("write `after 2s => …`")
    } else {
        diagnostic.help(format!("write `_ = {from}.recv() => …`"))
    })
}

/// `for await v in rx`
fn awaiting_loop(place: &Place) -> Option<Diagnostic> {
    if (place.tok(-1), place.tok(0)) != (Some(Tok::For), Some(Tok::Await)) {
        return None;
    }
    let head = place.text_until(1, |tok| matches!(tok, Tok::LBrace(_))).unwrap_or("x in rx");
    Some(
        habit(place, 0, 0, "a loop over a receiver waits for each message by itself")
            .help(format!("write `for {head} {{ … }}`")),
    )
}

/// `lock m as mut x { … }` and `lock m as x => …`
fn opened(place: &Place) -> Option<Diagnostic> {
    let first = -(place.statement_start() as isize);
    let lock = (first..0).rev().find(|at| place.tok(*at) == Some(Tok::Lock))?;
    match place.tok(0)? {
        Tok::Mut if place.tok(-1) == Some(Tok::As) => {
            let written = place.text(lock, -1).zip(place.text(1, 1));
            let (head, name) = written.unwrap_or(("lock m as", "x"));
            Some(
                habit(place, 0, 0, "what a mutex holds can be changed under any name")
                    .help(format!("write `{head} {name} {{ … }}`")),
            )
        }
        Tok::FatArrow if place.expects("a block") => {
            let written = place.text(lock, -1).zip(place.text_until(1, |_| false));
            let (head, body) = written.unwrap_or(("lock m as x", "…"));
            Some(
                habit(place, 0, 0, "the body of `lock` is written in braces")
                    .help(format!("write `{head} {{ {body} }}`")),
            )
        }
        _ => None,
    }
}

/// `2 s`
fn spaced_duration(place: &Place) -> Option<Diagnostic> {
    let unit = place.word(0).filter(|unit| matches!(*unit, "ns" | "us" | "ms" | "s" | "m"))?;
    let number = place.text(-1, -1).filter(|_| matches!(place.tok(-1), Some(Tok::Int(_))))?;
    Some(
        habit(place, -1, 0, "a number and its unit of time are one word")
            .help(format!("write `{number}{unit}`")),
    )
}

/// `spawn fn() { … }`, which is called or not.
fn spawned_function(place: &Place) -> Option<Diagnostic> {
    (place.tok(-1) == Some(Tok::Spawn) && place.tok(0) == Some(Tok::Fn))
        .then(|| habit(place, 0, 0, "a block is spawned as it is").help("write `spawn { … }`"))
}

/// `make(chan []int, 1)`: the failure stands in the brackets.
fn made_of_arrays(place: &Place) -> Option<Diagnostic> {
    let brackets = (place.tok(-1), place.tok(0)) == (Some(Tok::LBracket), Some(Tok::RBracket));
    if !brackets || place.word(-2) != Some("chan") || !matches!(place.tok(-3), Some(Tok::LParen(_))) {
        return None;
    }
    let (ty, capacity) = made_channel(place, -1);
    Some(
        habit(place, -2, -2, "channels are made by a function")
            .help(format!("write `const (tx, rx) = channel<{ty}>({capacity})`")),
    )
}

/// `name { … }` and `name(x) { … }`, where the block is an argument elsewhere.
pub(super) fn trailing_block(place: &Place) -> Option<Diagnostic> {
    let fields = place.tok(1).is_some_and(|tok| tok.as_name().is_some()) && place.tok(2) == Some(Tok::Colon);
    if !matches!(place.tok(0), Some(Tok::LBrace(_)))
        || fields
        || place.first_of_line(0)
        || !place.expects("an operator")
        || place.expects("a block")
        || place.expects("a declaration")
        || place.expects("`as`")
        || place.expects("`=>`")
        || place.is_inside(Tok::Select)
    {
        return None;
    }
    let (at, given) = match place.tok(-1)? {
        Tok::RParen => {
            let open = place.opener_of(-1)?;
            (open - 1, if open == -2 { "" } else { place.text(open + 1, -2)? })
        }
        _ => (-1, ""),
    };
    let name = place.word(at).filter(|_| place.tok(at - 1) != Some(Tok::Fn))?;
    let mut first = at;
    while place.tok(first - 1) == Some(Tok::Dot) && place.word(first - 2).is_some() {
        first -= 2;
    }
    // A method is its type's own, whatever its name stands for elsewhere.
    if let Some(help) = find(VALUES, name).filter(|_| place.tok(at - 1) != Some(Tok::Dot)) {
        return Some(habit(place, at, at, &format!("`{name}` takes no block")).help(help));
    }
    let called = place.text(first, at).filter(|_| place.tok(first - 1) != Some(Tok::Dot));
    let called = called.map_or_else(|| format!("….{name}"), str::to_owned);
    let given = if given.is_empty() { String::new() } else { format!("{given}, ") };
    Some(
        habit(place, 0, 0, "a closure is an argument, in the parentheses of the call")
            .help(format!("write `{called}({given}() => {{ … }})`")),
    )
}

/// A parameter that takes any number of arguments: `xs: ...int`, `xs ...int`, `xs: int...`, `...xs: int[]` and `*xs`.
pub(super) fn variadic(place: &Place) -> Option<Diagnostic> {
    let dots = |at| place.tok(at) == Some(Tok::DotDot) && place.tok(at + 1) == Some(Tok::Dot);
    let is_param = |at| matches!(place.tok(at), Some(Tok::LParen(_) | Tok::Comma));
    let star = place.tok(0) == Some(Tok::Op(B::Mul)) && place.expects("a parameter");
    let (name, ty) = match place.tok(-1)? {
        Tok::Colon if dots(0) && place.expects("a type") => {
            (place.word(-2)?, place.text_until(2, |tok| tok == Tok::Comma))
        }
        Tok::Lower(name) if dots(0) && is_param(-2) && place.expects("`:`") => {
            (name.as_str(), place.text_until(2, |tok| tok == Tok::Comma))
        }
        Tok::Lower(_) | Tok::Upper(_) if dots(0) && place.tok(-2) == Some(Tok::Colon) && is_param(-4) => {
            (place.word(-3)?, place.text(-1, -1))
        }
        Tok::LParen(_) | Tok::Comma if dots(0) && place.expects("a parameter") => (place.word(2)?, None),
        Tok::LParen(_) | Tok::Comma if star => (place.word(1).filter(|name| *name != "self")?, None),
        _ => return None,
    };
    let ty = type_here(ty.unwrap_or("int"));
    let last = if star { 0 } else { 1 };
    Some(
        Diagnostic::error(Code::E0009, place.span(0, last), "a function takes a fixed number of arguments")
            .help(format!("write `{name}: [{ty}]`, and call it with an array")),
    )
}

/// `const v, ok = rx.recv()`, `const v, ok = m[key]` and `const v, err = f()`: the failure stands at the first comma.
pub(super) fn checked_value(place: &Place) -> Option<Diagnostic> {
    let start = -(place.statement_start() as isize);
    let equals = place.end_before(start, |tok| tok == EQ);
    if place.tok(equals) != Some(EQ) {
        return None;
    }
    let word = place.text(start, start)?;
    let value = place.text_until(equals + 1, |_| false)?;
    let (name, second) = (place.text(-1, -1)?, place.text(1, equals - 1)?);
    let bound = |value: &str| {
        habit(place, 0, 0, "several names are bound by a tuple")
            .help(format!("write `{word} ({name}, {second}) = {value}`"))
    };
    let received = value.strip_prefix("<-").map(|end| format!("{}.recv()", end.trim_start()));
    let value = received.as_deref().unwrap_or(value);
    // Several values, whatever the names.
    let several = place.tok(place.end_before(equals + 1, |tok| tok == Tok::Comma)) == Some(Tok::Comma);
    if several {
        return Some(bound(&format!("({value})")));
    }
    if matches!(place.tok(equals + 1), Some(Tok::LParen(_))) {
        return Some(bound(value));
    }
    Some(match second {
        "ok" | "found" | "exists" | "present" => {
            let last = place.end_before(equals + 1, |_| false) - 1;
            let indexed = place.tok(last) == Some(Tok::RBracket);
            let entry = place.opener_of(last).filter(|_| indexed);
            let entry =
                entry.and_then(|open| place.text(equals + 1, open - 1).zip(place.text(open + 1, last - 1)));
            let asked = entry.map_or_else(|| value.to_owned(), |(map, key)| format!("{map}.get({key})"));
            habit(place, 0, 0, "a value that may be missing is an option, of which `Some` holds it")
                .help(format!("write `if const Some({name}) = {asked} {{ … }}`"))
        }
        "err" | "error" => habit(place, 0, 0, "a value that may be an error is a `Result`")
            .note("`?` passes an error on, and gives the value otherwise")
            .help(format!("write `{word} {name} = {value}?`, or `match` on it")),
        _ => bound(value),
    })
}

/// `return value, nil` and `return …, err`: what is returned, as one value.
pub(super) fn returned_with_error(values: &str) -> Option<String> {
    let parts = split_list(values);
    let (error, values) = parts.split_last()?;
    Some(match *error {
        "nil" | "null" => match values {
            [] => return None,
            [value] => format!("write `return Ok({value})`, of type `Result<T>`"),
            _ => format!("write `return Ok(({}))`, of type `Result<(A, B)>`", values.join(", ")),
        },
        "err" => "write `return Err(err)`, of type `Result<T>`".to_owned(),
        _ => return None,
    })
}
