//! Loops, conditions and choices as other languages write them, or with a part left out.

use wyn_base::{Code, Diagnostic};

use super::{begins_operand, fixes, habit};
use crate::ast::BinaryOp as B;
use crate::parse::errors::{Place, SEPARATOR};
use crate::token::{EQ, Tok};

/// The head of a loop or condition as another language writes it, a body without its braces.
pub(super) fn body(place: &Place) -> Option<Diagnostic> {
    let headed = unnamed_lock(place).or_else(|| literal_in_head(place)).or_else(|| head(place));
    if let Some(diagnostic) = headed.or_else(|| headless(place)) {
        return Some(diagnostic);
    }
    let after_head = |tok| !matches!(tok, Tok::FatArrow | Tok::Arrow);
    if !place.tok(-1).is_some_and(after_head) || !(place.expects("a block") || place.expects("`{`")) {
        return None;
    }
    let start = place.at - place.statement_start();
    let form = place.kinds[start..place.at].iter().rev().find(|tok| {
        matches!(
            tok,
            Tok::If
                | Tok::While
                | Tok::For
                | Tok::Else
                | Tok::Match
                | Tok::Nursery
                | Tok::Within
                | Tok::Lock
                | Tok::Select
                | Tok::Fn
                | Tok::Struct
                | Tok::Enum
                | Tok::Trait
                | Tok::Impl
                | Tok::Test
        )
    })?;
    let nursery = *form == Tok::Nursery;
    let form = form.describe();
    let end = place.span(-1, -1).shrink_to_end();
    match place.tok(0) {
        Some(Tok::Op(B::BitOr | B::Or) | Tok::Lower(_)) if nursery => Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "a nursery has no name")
                .note(
                    "whatever is spawned while its block runs belongs to it, also by functions called there",
                )
                .help("write `nursery { … }`, with `spawn f(x)` in it"),
        ),
        Some(Tok::Colon) => Some(
            habit(place, 0, 0, &format!("the body of {form} is written in braces"))
                .help("write `{` instead of `:` and close it with `}`"),
        ),
        None | Some(Tok::Newline) => Some(
            Diagnostic::error(Code::E0002, end, "expected `{`, found the end of the line")
                .help(format!("the `{{` of {form} stands on the same line")),
        ),
        Some(tok) if begins_operand(tok) => Some(
            Diagnostic::error(
                Code::E0002,
                place.span(0, 0),
                format!("expected `{{`, found {}", tok.describe()),
            )
            .help(format!("the body of {form} is written in braces: `{{ … }}`")),
        ),
        _ => None,
    }
}

/// `for x in Name { … } {`: the braces of the literal were taken for the body.
fn literal_in_head(place: &Place) -> Option<Diagnostic> {
    if !matches!((place.tok(-1), place.tok(0)), (Some(Tok::RBrace), Some(Tok::LBrace(_)))) {
        return None;
    }
    let open = place.opener_of(-1)?;
    let named = matches!(place.tok(open - 1), Some(Tok::Upper(_) | Tok::RAngle));
    let end = place.at.checked_add_signed(open)?;
    let ends = |tok: &Tok| matches!(tok, Tok::Newline | Tok::Semi | Tok::LBrace(_) | Tok::RBrace);
    let start = place.kinds[..end].iter().rposition(ends).map_or(0, |at| at + 1);
    let head = place.kinds[start..end].iter().find(|tok| wants_head(**tok) || **tok == Tok::For)?;
    named.then(|| {
        let message = format!("a struct literal after {} stands in parentheses", head.describe());
        Diagnostic::error(Code::E0002, place.span(open - 1, -1), message)
            .label("its `{` was taken for that of the body")
            .help("write `(Name { … })`")
    })
}

/// A `lock` without a name for what the mutex holds.
fn unnamed_lock(place: &Place) -> Option<Diagnostic> {
    let start = place.at - place.statement_start();
    if !place.expects("`as`") || !place.kinds[start..place.at].contains(&Tok::Lock) {
        return None;
    }
    let end = place.span(-1, -1).shrink_to_end();
    Some(
        Diagnostic::error(Code::E0002, end, "`lock` gives a name to what the mutex holds")
            .label("the name is missing")
            .help("write `lock m as x { … }`: inside, `x` is the value"),
    )
}

pub(super) fn counted_loop(place: &Place, first: isize, last: isize) -> Diagnostic {
    let line = place.kinds[place.at - place.statement_start()..].iter().take(12);
    let over = line.filter_map(|tok| tok.as_name()).find(|name| matches!(name.as_str(), "range" | "of"));
    let word = -(place.statement_start() as isize);
    let example = match over {
        Some(_) => "write `for x in xs { … }`, or `for i, x in xs { … }` to count along",
        None => "write `for i in 0..n { … }`",
    };
    habit(place, first, last, "a loop goes over a range or a collection")
        .help(fixes::loop_head(place, word).unwrap_or_else(|| example.to_owned()))
}

/// The head of a loop or condition.
fn head(place: &Place) -> Option<Diagnostic> {
    let start = place.at - place.statement_start();
    let first = place.kinds.get(start).copied();
    if first == Some(Tok::For) {
        let parenthesised =
            matches!(place.kinds.get(start + 1), Some(Tok::LParen(_))) && place.expects("`)`");
        if place.at > start && (parenthesised || place.tok(0) == Some(EQ)) {
            return Some(counted_loop(place, 0, 0));
        }
        if place.at == start + 1 && matches!(place.tok(0), Some(Tok::LBrace(_))) {
            return Some(
                habit(place, 0, 0, "an endless loop is written `while true`")
                    .help("write `while true { … }`"),
            );
        }
        // `for i 0..3`
        if place.at == start + 2
            && !place.expects("a block")
            && let (Some(name), Some(over)) =
                (place.word(-1), place.text_until(0, |tok| matches!(tok, Tok::LBrace(_))))
            && place
                .tok(0)
                .is_some_and(|tok| matches!(tok, Tok::Int(_) | Tok::LBracket) || tok.as_name().is_some())
            && !matches!(place.word(0), Some("of"))
        {
            return Some(
                Diagnostic::error(Code::E0002, place.span(0, 0), "expected `in` after the name of a loop")
                    .help(format!("write `for {name} in {over} {{ … }}`")),
            );
        }
        if matches!(place.word(0), Some("of"))
            || place.tok(0) == Some(Tok::Colon) && !place.expects("a block")
        {
            return Some(
                habit(place, 0, 0, "a loop's name is followed by `in`").help("write `for x in xs { … }`"),
            );
        }
    }
    if after_head_word(place)
        && matches!(place.tok(-1), Some(Tok::LBrace(_)))
        && place.expects("an expression")
    {
        let word = place.tok(-2)?.describe();
        let help = missing_head(place.tok(-2));
        let message = format!("{word} has nothing between it and its `{{`");
        return Some(Diagnostic::error(Code::E0002, place.span(-2, -1), message).help(help));
    }
    None
}

/// Whether the brace before the failure stands right after a word that wants an expression first.
pub(super) fn after_head_word(place: &Place) -> bool {
    place.tok(-2).is_some_and(wants_head)
}

fn wants_head(tok: Tok) -> bool {
    matches!(tok, Tok::If | Tok::While | Tok::Match | Tok::Within | Tok::Lock | Tok::Op(B::In))
}

/// `for x in { … }`: the block was taken for the missing operand.
fn headless(place: &Place) -> Option<Diagnostic> {
    if !(place.expects("a block") || place.expects("`{`")) || place.tok(-1) != Some(Tok::RBrace) {
        return None;
    }
    let open = place.opener_of(-1)?;
    let word = place.tok(open - 1).filter(|tok| wants_head(*tok))?.describe();
    let message = format!("{word} has nothing between it and its `{{`");
    Some(
        Diagnostic::error(Code::E0002, place.span(open - 1, open), message)
            .help(missing_head(place.tok(open - 1))),
    )
}

/// What to write between a word and its block.
fn missing_head(word: Option<Tok>) -> &'static str {
    match word {
        Some(Tok::While) => "an endless loop is `while true { … }`",
        Some(Tok::Within) => "write the time that it may take: `within 2s { … }`",
        Some(Tok::Lock) => "write what is locked, and a name for what it holds: `lock m as x { … }`",
        Some(Tok::Op(B::In)) => "write what the loop goes through before the `{`",
        Some(Tok::Match) => "write the value to choose by before the `{`",
        _ => "write the condition before the `{`",
    }
}

/// A word that stands twice in a row.
pub(super) fn doubled(place: &Place) -> Option<Diagnostic> {
    let twice = |back: isize| {
        let tok = place.tok(-back)?;
        (tok.is_keyword() && tok != Tok::Await && place.tok(-back - 1) == Some(tok)).then_some((back, tok))
    };
    let (back, tok) = (0..LOOK_BACK).find_map(twice)?;
    let message = format!("{} stands here twice", tok.describe());
    Some(Diagnostic::error(Code::E0002, place.span(-back, -back), message).help("remove one of them"))
}

/// How many tokens before a failure may have led to it.
const LOOK_BACK: isize = 200;

/// The arms of a `select`, and loops that are written as a `match`.
pub(super) fn arms(place: &Place) -> Option<Diagnostic> {
    if let Some(diagnostic) = arm_in_a_line(place) {
        return Some(diagnostic);
    }
    if place.tok(0) == Some(Tok::Else) && place.is_inside(Tok::Select) {
        return Some(
            Diagnostic::error(Code::E0002, place.span(0, 0), "expected `=>` after this `else`")
                .note("in a `select`, `else` is the arm for when nothing else is ready")
                .help("write `else => …`"),
        );
    }
    if place.tok(0) == Some(Tok::Else) && place.is_inside(Tok::Match) {
        return Some(habit(place, 0, 0, "the arm for all other values is `_`").help("write `_ => …`"));
    }
    if matches!(place.tok(0), Some(Tok::Const | Tok::Var))
        && place.is_inside(Tok::Select)
        && place.expects("an arm")
    {
        let end = place.end_before(1, |tok| tok == Tok::FatArrow);
        let arm = place.text(1, end - 1).unwrap_or("v = rx.recv()");
        return Some(
            Diagnostic::error(
                Code::E0002,
                place.span(0, 0),
                "the name in an arm of a `select` needs no `const`",
            )
            .help(format!("write `{arm} => …`")),
        );
    }
    if place.expects("a pattern")
        && let Some((first, head)) = place.enclosing_head()
        && head.first() == Some(&Tok::Match)
        && head.contains(&Tok::Op(B::In))
    {
        return Some(
            Diagnostic::error(
                Code::E0002,
                place.span(first, first),
                "this `match` goes over elements as a loop does",
            )
            .help("write `for x in xs { … }`"),
        );
    }
    if place.tok(0) == Some(Tok::LBracket) && (place.expects("a pattern") || arm_follows(place)) {
        return Some(
            habit(place, 0, 0, "there are no patterns for arrays")
                .help("match a tuple of what matters: `match (xs.len(), xs.get(0)) { … }`"),
        );
    }
    let (before, found) = (place.tok(-1), place.tok(0));
    let ends = |tok| matches!(tok, Some(Tok::DotDot | Tok::DotDotEq));
    if ends(before) && place.expects("a literal") || ends(found) && place.expects("a pattern") {
        let at = if ends(before) { -1 } else { 0 };
        return Some(
            Diagnostic::error(Code::E0002, place.span(at, at), "a range in a pattern has both ends")
                .help("write a guard: `n if n >= 4 => …`"),
        );
    }
    None
}

/// Whether a line of a `match` begins here that has a `=>`.
fn arm_follows(place: &Place) -> bool {
    place.first_of_line(0) && place.is_inside(Tok::Match) && super::on_line(place, Tok::FatArrow)
}

/// An arm right behind another one, without anything between them.
fn arm_in_a_line(place: &Place) -> Option<Diagnostic> {
    let found = place.tok(0)?;
    let is_arm = || {
        let rest = (1..LOOK_BACK).map_while(|at| place.tok(at));
        rest.take_while(|tok| !matches!(tok, Tok::Newline | Tok::Comma | Tok::RBrace))
            .any(|tok| tok == Tok::FatArrow)
    };
    let follows = !matches!(place.tok(-1), Some(Tok::Newline | Tok::Comma | Tok::LBrace(_)));
    let form = [Tok::Select, Tok::Match].into_iter().find(|form| place.is_inside(*form))?;
    if !follows || !(found == Tok::Else || place.expects(SEPARATOR)) || !is_arm() {
        return None;
    }
    let message = format!("expected {SEPARATOR}, found {}", found.describe());
    Some(
        Diagnostic::error(Code::E0002, place.span(0, 0), message)
            .note(format!("the arms of a {} are apart", form.describe()))
            .help("write `,` before it, or begin a line"),
    )
}
