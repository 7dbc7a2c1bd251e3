//! Fixes in the program's own words: what stands there, rewritten as Wyn writes it.
//!
//! Each takes the place of a failure and gives the text of a help, or nothing when what stands there is too long, or
//! not of the shape that can be rewritten; then the rule gives an example.

use wyn_base::habits::{PATHS, find};

use super::expressions::capitalised;
use super::imports;
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::{EQ, Tok};

/// `a::b::c`, which is `a.b.c`; `colon` is the first of the two.
pub(super) fn path(place: &Place, colon: isize) -> Option<String> {
    let named = |at: isize| {
        let is_word = place.tok(at).is_some_and(|tok| tok.as_name().is_some() || tok.is_keyword());
        place.text(at, at).filter(|_| is_word)
    };
    let colons = |at: isize| place.tok(at) == Some(Tok::Colon) && place.tok(at + 1) == Some(Tok::Colon);
    let mut first = colon - 1;
    named(first)?;
    while colons(first - 2) && named(first - 3).is_some() {
        first -= 3;
    }
    let mut names = vec![named(first)?];
    let mut at = first + 1;
    while colons(at)
        && let Some(name) = named(at + 2)
    {
        names.push(name);
        at += 3;
    }
    let whole = names.join(".");
    let last = names.len().checked_sub(2).map_or(whole.clone(), |from| names[from..].join("."));
    Some(find(PATHS, &last).map_or_else(|| format!("write `{whole}`"), str::to_owned))
}

/// `|x| x + 1`, from its first bar.
pub(super) fn barred_closure(place: &Place, bar: isize) -> Option<String> {
    let (params, body) = if place.tok(bar) == Some(Tok::Op(B::Or)) {
        ("", bar + 1)
    } else {
        let end = place.end_before(bar + 1, |tok| tok == Tok::Op(B::BitOr));
        (place.tok(end).filter(|tok| *tok == Tok::Op(B::BitOr)).and(place.text(bar + 1, end - 1))?, end + 1)
    };
    // A reference in a pattern is a plain name.
    let params = params.replace('&', "");
    let body = match place.tok(body)? {
        Tok::LBrace(_) => "{ … }",
        _ => place.text_until(body, |tok| tok == Tok::Comma)?,
    };
    Some(format!("write `({params}) => {body}`"))
}

/// `println!("{} of {}", a, b)`, from its name on; `shown` is what is called in its place, if anything.
pub(super) fn formatted(place: &Place, name: isize, shown: Option<&str>) -> Option<String> {
    let Tok::Str(text) = place.tok(name + 3)? else { return None };
    let mut arguments = Vec::new();
    let mut at = name + 4;
    while place.tok(at) == Some(Tok::Comma) && place.tok(at + 1) != Some(Tok::RParen) {
        let end = place.end_before(at + 1, |tok| tok == Tok::Comma);
        arguments.push(place.text(at + 1, end - 1)?);
        at = end;
    }
    if place.tok(at) != Some(Tok::RParen) {
        return None;
    }
    let mut arguments = arguments.into_iter();
    let text = text.as_str();
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}')?;
        let (value, format) = inside.split_once(':').unwrap_or((inside, ""));
        let value = if value.is_empty() { arguments.next()? } else { value };
        let format = if matches!(format, "" | "?" | "#?") { String::new() } else { format!(":{format}") };
        written += &format!("{before}${{{value}{format}}}");
        rest = after;
    }
    written += rest;
    if written.contains(['\n', '\\', '"']) || arguments.next().is_some() {
        return None;
    }
    Some(match shown {
        Some(shown) => format!("write `{shown}(\"{written}\")`"),
        None => format!("write `\"{written}\"`"),
    })
}

/// `f"a {x}"`, from its string on.
pub(super) fn interpolated(place: &Place, string: isize) -> Option<String> {
    let Tok::Str(text) = place.tok(string)? else { return None };
    let text = text.as_str();
    if text.contains(['\n', '\\', '"', '$']) || !text.contains('{') {
        return None;
    }
    Some(format!("write `\"{}\"`", text.replace('{', "${")))
}

/// `for i := 0; i < n; i++`, `for (let i = 0; i < n; i++)` and `for i, x := range xs`, from the word `for` on.
pub(super) fn loop_head(place: &Place, word: isize) -> Option<String> {
    let names = |tok: Option<Tok>| tok.and_then(Tok::as_name);
    let mut at = word + 1;
    while matches!(place.tok(at), Some(Tok::LParen(_) | Tok::Const | Tok::Var | Tok::Newline))
        || place.word(at) == Some("let")
        || (place.word(at).is_some()
            && place.word(at + 1).is_some_and(|next| !matches!(next, "of" | "range")))
    {
        at += 1;
    }
    let name = names(place.tok(at))?;
    let mut second = None;
    if place.tok(at + 1) == Some(Tok::Comma) {
        second = Some(names(place.tok(at + 2))?);
        at += 2;
    }
    at += 1;
    if place.tok(at) == Some(Tok::Colon) && place.tok(at + 1) == Some(EQ) {
        at += 1;
    }
    let whole = |tok: Tok| matches!(tok, Tok::LBrace(_));
    if matches!(place.word(at), Some("of")) || place.word(at + 1) == Some("range") {
        let over = if place.word(at) == Some("of") { at + 1 } else { at + 2 };
        let over = place.text_until(over, whole)?;
        return Some(match second.filter(|_| name != "_") {
            Some(second) => format!("write `for {name}, {second} in {over} {{ … }}`"),
            None => format!("write `for {} in {over} {{ … }}`", second.unwrap_or(name)),
        });
    }
    if place.tok(at) != Some(EQ) || second.is_some() {
        return None;
    }
    let semi = |tok: Tok| tok == Tok::Semi;
    let end = place.end_before(at + 1, semi);
    let start = place.text(at + 1, end - 1)?;
    let (counted, bound) = (names(place.tok(end + 1))?, place.text_until(end + 3, semi)?);
    let range = match place.tok(end + 2)? {
        Tok::Op(B::Lt) => "..",
        Tok::Op(B::Le) => "..=",
        _ => return None,
    };
    (counted == name).then(|| format!("write `for {name} in {start}{range}{bound} {{ … }}`"))
}

/// What is written in place of a word that begins a statement or a declaration elsewhere.
pub(super) fn opening(place: &Place, first: isize, word: &str) -> Option<String> {
    let next = place.tok(first + 1)?;
    let name = next.as_name();
    Some(match word {
        "let" | "val" | "auto" | "final" if matches!(next, Tok::Upper(_)) => {
            return or_leave(place, first + 1);
        }
        "let" if next == Tok::Mut => format!("write `var {} = …`", place.tok(first + 2)?.as_name()?),
        "let" | "val" | "auto" if matches!(place.tok(first + 2), Some(EQ | Tok::Colon)) => {
            let name = name?;
            format!("write `const {name} = …`, or `var {name} = …` when it changes")
        }
        "guard" => {
            let or_leave = or_leave(place, first + 2)?;
            format!("{or_leave}, or `if const Some(y) = x {{ … }}`")
        }
        "func" | "function" | "def" | "fun" | "proc" => match next {
            Tok::LParen(_) => {
                let close = place.closer_of(first + 1)?;
                let method = place.tok(close + 1)?.as_name()?;
                let ty = (first + 2..close).rev().find_map(|at| place.tok(at)?.as_name())?;
                format!("a method stands in an `impl` block: `impl {ty} {{ fn {method}(self) {{ … }} }}`")
            }
            _ if place.tok(first + 3) == Some(Tok::RParen) => format!("write `fn {}() {{ … }}`", name?),
            _ => format!(
                "write `fn {}(…) {{ … }}`, each parameter as `name: Type`, the type of the result after `->`",
                name?
            ),
        },
        "from" => {
            let import = place.end_before(first + 1, |tok| tok == Tok::Import);
            let names = place.text_until(import + 1, |_| false)?;
            format!("write `import {}.{{{names}}}`", place.text(first + 1, import - 1)?)
        }
        "case" if matches!(next, Tok::Lower(_) | Tok::Upper(_)) && place.is_inside(Tok::Enum) => {
            let variant = capitalised(name?.as_str());
            let carried = match place.tok(first + 2) {
                Some(Tok::LParen(_)) => place.text(first + 3, place.closer_of(first + 2)? - 1)?,
                _ => "",
            };
            match carried {
                "" => format!("write `{variant}`"),
                fields if fields.contains(':') => format!("write `{variant} {{ {fields} }}`"),
                types => format!("write `{variant}({types})`"),
            }
        }
        "class" => {
            let name = name?;
            format!("write `struct {name} {{ … }}` for the data and `impl {name} {{ … }}` for the methods")
        }
        "interface" | "protocol" => format!("write `trait {} {{ fn method(self) -> int }}`", name?),
        "extension" => format!("write `impl {} {{ fn method(self) {{ … }} }}`", name?),
        "switch" | "when" => format!("write `match {} {{ 1 => …, _ => … }}`", subject(place, first + 1)?),
        "elif" | "elsif" | "elseif" => format!("write `else if {} {{ … }}`", subject(place, first + 1)?),
        "use" | "using" => return imports::used(place, first + 1),
        "async" if matches!(place.word(first + 1), Some("let")) => {
            let (name, value) = (place.tok(first + 2)?.as_name()?, place.text_until(first + 4, |_| false)?);
            format!("write `const {name} = spawn {value}`")
        }
        "unless" => format!("write `if !({}) {{ … }}`", subject(place, first + 1)?),
        "until" => format!("write `while !({}) {{ … }}`", subject(place, first + 1)?),
        "go" if matches!(place.word(first + 1), Some("func")) => "write `spawn { … }`".to_owned(),
        "go" => format!(
            "write `spawn {}`; it gives a future, to await or to join at the end of the scope",
            place.text_until(first + 1, |_| false)?
        ),
        _ => return None,
    })
}

/// `let Some(x) = y else { … }` and `guard let x = y else { … }`, from the pattern on.
fn or_leave(place: &Place, pattern: isize) -> Option<String> {
    let (name, equals) = match place.tok(pattern)? {
        Tok::Upper(name) if name == "Some" => (place.tok(pattern + 2)?.as_name()?, pattern + 4),
        Tok::Lower(name) => (name, pattern + 1),
        _ => return None,
    };
    let end = place.end_before(equals + 1, |tok| tok == Tok::Else);
    let value = place.text(equals + 1, end - 1).filter(|_| place.tok(end) == Some(Tok::Else))?;
    (place.tok(equals) == Some(EQ)).then(|| format!("write `const {name} = {value} ?? return`"))
}

/// `if let Some(x) = y {` and `if let x = y {`: the failure stands at the pattern, after `let`.
pub(super) fn matched(place: &Place, head: Option<Tok>) -> Option<String> {
    let word = if head == Some(Tok::While) { "while" } else { "if" };
    let end = place.end_before(0, |tok| matches!(tok, EQ | Tok::LBrace(_)));
    let pattern = place.text(0, end - 1)?;
    let pattern = if place.word(0).is_some() { format!("Some({pattern})") } else { pattern.to_owned() };
    let value = match place.tok(end)? {
        EQ => place.text_until(end + 1, |tok| matches!(tok, Tok::LBrace(_)))?,
        _ => place.text(0, end - 1)?,
    };
    Some(format!("write `{word} const {pattern} = {value} {{ … }}`"))
}

/// `new Name(…)` and `new Name { … }`: the failure stands at the name.
pub(super) fn made(place: &Place) -> Option<String> {
    let Some(Tok::Upper(name)) = place.tok(0) else { return None };
    Some(match place.tok(1)? {
        Tok::LBrace(_) => format!("write `{name} {{ … }}` alone"),
        _ if name == "Error" => "write `Error.new(…)`".to_owned(),
        _ if name == "Map" => "an empty map is `{:}`".to_owned(),
        _ if name == "Set" => "write `Set.new()`".to_owned(),
        _ => format!("write `{name} {{ field: value }}`, or call `{name}.new(…)`"),
    })
}

/// `a ? b : c`; `question` is the place of its mark.
pub(super) fn conditional(place: &Place, question: isize) -> Option<String> {
    let start = -(place.statement_start() as isize);
    let begins = |at: &isize| {
        matches!(
            place.tok(*at),
            Some(
                Tok::Assign(_)
                    | Tok::Comma
                    | Tok::LParen(_)
                    | Tok::LBracket
                    | Tok::Return
                    | Tok::FatArrow
                    | Tok::InterpOpen
            )
        )
    };
    let first = (start..question).rev().find(begins).map_or(start, |at| at + 1);
    let condition = place.text(first, question - 1)?;
    let colon = place.end_before(question + 1, |tok| tok == Tok::Colon);
    let then = place.text(question + 1, colon - 1)?;
    let otherwise = place.text_until(colon + 1, |tok| matches!(tok, Tok::Comma | Tok::LBrace(_)))?;
    Some(format!("write `if {condition} {{ {then} }} else {{ {otherwise} }}`"))
}

/// `[x * 2 for x in xs if x > 1]`: the failure stands at `for`.
pub(super) fn comprehension(place: &Place) -> Option<String> {
    let made = place.text(place.opener_of(0)? + 1, -1)?;
    let name = place.text(1, 1).filter(|_| place.tok(2) == Some(Tok::Op(B::In)))?;
    let end = place.end_before(3, |tok| matches!(tok, Tok::If | Tok::For));
    let over = place.text(3, end - 1)?;
    let over = if place.tok(4) == Some(Tok::DotDot) { format!("({over})") } else { over.to_owned() };
    let kept = match place.tok(end) {
        Some(Tok::If) => format!(".filter(({name}) => {})", place.text_until(end + 1, |_| false)?),
        Some(Tok::RBracket) => String::new(),
        _ => return None,
    };
    let mapped = if made == name { String::new() } else { format!(".map(({name}) => {made})") };
    Some(format!("write `{over}{kept}{mapped}`"))
}

/// What a condition or subject is, from its first token to the brace or colon after it, without parentheses around it.
pub(super) fn subject<'p>(place: &'p Place, first: isize) -> Option<&'p str> {
    let end = place.end_before(first, |tok| matches!(tok, Tok::LBrace(_) | Tok::Colon));
    if place.tok(end + 1) == Some(EQ) {
        return None;
    }
    let parenthesised = matches!(place.tok(first), Some(Tok::LParen(_)))
        && place.closer_of(first) == Some(end - 1)
        && end - first > 2;
    match parenthesised {
        true => place.text(first + 1, end - 2),
        false => place.text(first, end - 1),
    }
}
