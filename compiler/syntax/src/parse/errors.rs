//! What failed to parse, in the words of a person.
//!
//! A failure knows the token at which no production could go on and what each expected there. Before it is
//! reported as that, `habits` looks whether the place is something that another language writes so.

use chumsky::error::{Rich, RichPattern};
use wyn_base::{Code, Diagnostic, Diagnostics, Span};

use super::State;
use super::habits;
use crate::ast::BinaryOp;
use crate::token::Tok;

/// The place of a failure among its tokens.
pub(super) struct Place<'a> {
    pub(super) kinds: &'a [Tok],
    pub(super) state: &'a State<'a>,
    /// The index of the token at which no production could go on.
    pub(super) at: usize,
    /// What could have stood there, in the words of messages; sorted.
    pub(super) expected: Vec<String>,
}

/// How much of the source a message repeats, in bytes.
const QUOTED: usize = 48;

/// How far from a failure its brackets are looked for, in tokens.
const FAR: isize = 2000;

impl Place<'_> {
    /// Whether the declaration begins with this word, after `pub` or not.
    pub(super) fn declares(&self, word: Tok) -> bool {
        self.kinds.iter().take(2).any(|tok| *tok == word)
    }

    /// The token `offset` after the failure's.
    pub(super) fn tok(&self, offset: isize) -> Option<Tok> {
        self.kinds.get(self.at.checked_add_signed(offset)?).copied()
    }

    /// The word `offset` after the failure's token, when it is a lower-case name.
    pub(super) fn word(&self, offset: isize) -> Option<&'static str> {
        match self.tok(offset)? {
            Tok::Lower(name) => Some(name.as_str()),
            _ => None,
        }
    }

    /// The place of the tokens from `first` to `last` after the failure's.
    pub(super) fn span(&self, first: isize, last: isize) -> Span {
        let limit = self.kinds.len();
        let index = |offset| self.at.checked_add_signed(offset).unwrap_or(0).min(limit);
        self.state.span((index(first)..(index(last) + 1).min(limit)).into())
    }

    /// The source of the tokens from `first` to `last` after the failure's, when it is short and on one line: to be
    /// repeated in a message.
    pub(super) fn text(&self, first: isize, last: isize) -> Option<&str> {
        self.tok(first)?;
        let span = self.span(first, last);
        let text = self.state.text.get(span.start as usize..span.end as usize)?;
        (first <= last && text.len() <= QUOTED && !text.contains('\n')).then_some(text)
    }

    /// The source of the tokens from `first` up to one of `stop`, outside of brackets that open after `first`.
    pub(super) fn text_until(&self, first: isize, stop: impl Fn(Tok) -> bool) -> Option<&str> {
        self.text(first, self.end_before(first, stop) - 1)
    }

    /// The first token from `first` on that is one of `stop`, outside of brackets that open after `first`, or else the end of
    /// the line or of the bracket.
    pub(super) fn end_before(&self, first: isize, stop: impl Fn(Tok) -> bool) -> isize {
        let mut open = 0usize;
        let mut at = first;
        while let Some(tok) = self.tok(at).filter(|_| at < first + FAR) {
            if open == 0 && (stop(tok) || tok.is_closer() || matches!(tok, Tok::Newline | Tok::Semi)) {
                break;
            }
            open += usize::from(tok.closer().is_some());
            open -= usize::from(tok.is_closer());
            at += 1;
        }
        at
    }

    /// Whether two tokens touch.
    pub(super) fn adjacent(&self, first: isize) -> bool {
        self.span(first, first).end == self.span(first + 1, first + 1).start
    }

    /// Whether a newline stands before the failure's token.
    fn begins_line(&self) -> bool {
        let (before, after) = (self.span(-1, -1).end as usize, self.span(0, 0).start as usize);
        self.at > 0 && self.state.text.get(before..after).is_some_and(|gap| gap.contains('\n'))
    }

    /// Whether a token other than a newline is the first of its line.
    pub(super) fn first_of_line(&self, offset: isize) -> bool {
        if matches!(self.tok(offset), None | Some(Tok::Newline)) || self.tok(offset - 1).is_none() {
            return false;
        }
        let (before, start) = (self.span(offset - 1, offset - 1).end, self.span(offset, offset).start);
        let gap = self.state.text.get(before as usize..start as usize);
        gap.is_some_and(|gap| gap.contains('\n'))
    }

    /// How many tokens before the failure's its statement, arm or member begins.
    pub(super) fn statement_start(&self) -> usize {
        let ends = |tok: &Tok| matches!(tok, Tok::Newline | Tok::Semi | Tok::LBrace(_) | Tok::RBrace);
        self.at - self.kinds[..self.at].iter().rposition(ends).map_or(0, |end| end + 1)
    }

    /// The opening bracket of the closing one that is `closer` after the failure's token.
    pub(super) fn opener_of(&self, closer: isize) -> Option<isize> {
        self.open_before(closer)
    }

    /// The last bracket before a token that is not closed before it.
    fn open_before(&self, token: isize) -> Option<isize> {
        let mut closed = 0;
        for at in (token - FAR..token).rev() {
            let tok = self.tok(at)?;
            if tok.is_closer() {
                closed += 1;
            } else if tok.closer().is_some() {
                if closed == 0 {
                    return Some(at);
                }
                closed -= 1;
            }
        }
        None
    }

    /// The closing bracket of the opening one that is `opener` after the failure's token.
    pub(super) fn closer_of(&self, opener: isize) -> Option<isize> {
        let mut open = 0;
        for at in opener..opener + FAR {
            let tok = self.tok(at)?;
            if tok.closer().is_some() {
                open += 1;
            } else if tok.is_closer() {
                open -= 1;
                if open == 0 {
                    return Some(at);
                }
            }
        }
        None
    }

    /// What stands on the line before the brace that the failure stands in, and where that begins.
    pub(super) fn enclosing_head(&self) -> Option<(isize, &[Tok])> {
        let mut brace = self.open_before(0)?;
        while !matches!(self.tok(brace), Some(Tok::LBrace(_))) {
            brace = self.open_before(brace)?;
        }
        let end = self.at.checked_add_signed(brace)?;
        let ends = |tok: &Tok| matches!(tok, Tok::Newline | Tok::Semi | Tok::LBrace(_) | Tok::RBrace);
        let start = self.kinds[..end].iter().rposition(ends).map_or(0, |at| at + 1);
        Some((start as isize - self.at as isize, &self.kinds[start..end]))
    }

    /// Whether the failure stands directly in the braces of a form.
    pub(super) fn is_inside(&self, form: Tok) -> bool {
        self.enclosing_head().is_some_and(|(_, head)| head.contains(&form))
    }

    /// Whether something could have stood there.
    pub(super) fn expects(&self, what: &str) -> bool {
        self.expected.iter().any(|expected| expected == what)
    }
}

/// Reports a failure, unless it is only a consequence of a token that was reported before.
pub(super) fn report(kinds: &[Tok], state: &State, failure: &Rich<Tok>, diagnostics: &mut Diagnostics) {
    let at = failure.span().start.min(kinds.len());
    let mut expected: Vec<String> = failure.expected().map(describe).collect();
    expected.sort();
    expected.dedup();
    let place = Place { kinds, state, at, expected };
    if place.tok(0) == Some(Tok::Error) || place.tok(-1) == Some(Tok::Error) {
        return;
    }
    let diagnostic = habits::recognise(&place).unwrap_or_else(|| unexpected(&place));
    diagnostics.report(diagnostic);
}

fn describe(pattern: &RichPattern<Tok>) -> String {
    match pattern {
        RichPattern::Token(tok) => tok.describe(),
        RichPattern::Label(label) => label.to_string(),
        RichPattern::EndOfInput => END.to_owned(),
        _ => "something else".to_owned(),
    }
}

const END: &str = "the end of the line";

/// What stands between the members of something in braces.
pub(super) const SEPARATOR: &str = "`,` or the end of the line";

/// What may follow every operand, type or pattern: it says nothing about what is missing.
const CONTINUATIONS: [&str; 8] = ["an operator", "`.`", "`(`", "`[`", "`?`", "`??`", "`<`", "`|`"];

fn unexpected(place: &Place) -> Diagnostic {
    let found = match place.tok(0) {
        None | Some(Tok::Newline) => END.to_owned(),
        Some(tok) => tok.describe(),
    };
    let span = match place.tok(0) {
        // The end of a line is shown at the last token on it.
        None | Some(Tok::Newline) if place.at > 0 => place.span(-1, -1).shrink_to_end(),
        // What is missing is missing before the line of the closing bracket.
        Some(tok) if tok.is_closer() && place.begins_line() => place.span(-1, -1).shrink_to_end(),
        _ => place.span(0, 0),
    };
    if let Some(diagnostic) = statement_in_brackets(place) {
        return diagnostic;
    }
    let message = format!("expected {}, found {found}", list(&wanted(place)));
    let diagnostic = Diagnostic::error(Code::E0002, span, message);
    match place.tok(0) {
        Some(tok) if tok.is_keyword() && (place.expects("a name") || place.expects("a pattern")) => {
            diagnostic.note(format!("{found} is a keyword")).help("choose another name")
        }
        Some(_) if place.expects(END) && !place.expects("a statement") => {
            diagnostic.help("end the statement before it with a newline or `;`")
        }
        Some(tok)
            if (place.expects("`,`") || place.expects(SEPARATOR))
                && begins_value(tok)
                && place.tok(-1).is_some_and(Tok::ends_statement) =>
        {
            diagnostic.help("write `,` between the two")
        }
        Some(Tok::Op(BinaryOp::In)) if place.expects("a pattern") => {
            diagnostic.help("name what each round gets: `for x in …`")
        }
        Some(_) if place.expects("`=>`") && !place.expects("`->`") && !place.expects("an operator") => {
            diagnostic.help("an arm is written `pattern => value`")
        }
        Some(tok) if begins_value(tok) && place.expects("`=`") && place.word(-2).is_none() => {
            match place.text(-2, -1).zip(place.text(0, 0)) {
                Some((declared, value)) if matches!(place.tok(-2), Some(Tok::Const | Tok::Var)) => {
                    diagnostic.help(format!("write `{declared} = {value}`"))
                }
                _ => diagnostic.help("write `=` before the value"),
            }
        }
        _ => diagnostic,
    }
}

/// Whether a token begins a value and cannot go on one.
fn begins_value(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Lower(_) | Tok::Upper(_) | Tok::Int(_) | Tok::Float(_) | Tok::Duration(_) | Tok::Char(_)
    ) || matches!(tok, Tok::Str(_) | Tok::StrOpen | Tok::True | Tok::False)
}

/// A statement where a bracket of the line before should have been closed.
fn statement_in_brackets(place: &Place) -> Option<Diagnostic> {
    let found = place.tok(0).filter(|tok| tok.begins_statement() && place.begins_line())?;
    let closer = ["`)`", "`]`"].into_iter().find(|closer| place.expects(closer))?;
    let open = place.open_before(0)?;
    let opener = place.tok(open).filter(|tok| tok.closer().is_some_and(|tok| tok.describe() == closer))?;
    let message = format!("this {} is not closed before the next statement", opener.describe());
    Some(
        Diagnostic::error(Code::E0007, place.span(open, open), message)
            .label("opened here")
            .also(place.span(-1, -1).shrink_to_end(), format!("{closer} is missing here"))
            .also(place.span(0, 0), format!("{} begins a statement", found.describe()))
            .help(format!("add the {closer}")),
    )
}

/// What the message says was expected: what is missing rather than all that could go on.
fn wanted<'p>(place: &'p Place) -> Vec<&'p str> {
    for whole in ["a declaration", "a statement", "a function", "a field", "a variant", "an arm"] {
        if place.expects(whole) {
            return vec![whole];
        }
    }
    for end in [END, SEPARATOR] {
        if place.expects(end) {
            return vec![end];
        }
    }
    let in_operand = place.expects("an operator");
    if place.expects("`=>`") && !place.expects("`->`") && !in_operand {
        return vec!["`=>`"];
    }
    let in_pattern = place.expects("`|`");
    let weak = |what: &str| {
        CONTINUATIONS.contains(&what)
            || what == "something else"
            || (what == "`{`" && (in_pattern || in_operand || place.expects("a block")))
            || (what == "`:`" && in_operand)
            || (matches!(what, "`&`" | "a name") && place.expects("an expression"))
    };
    let all = || place.expected.iter().map(String::as_str);
    let strong: Vec<&str> = all().filter(|what| !weak(what)).collect();
    match strong.is_empty() {
        false => strong,
        true if place.expects("`(`") => vec!["`(`"],
        true => all().collect(),
    }
}

/// `a`, `a or b`, `a, b or c`
fn list(items: &[&str]) -> String {
    match items {
        [] => "something else".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
