//! Prepared tokens to the syntax tree, with chumsky: one function per production, one file per area.
//!
//! Each top-level declaration is parsed alone, from its own slice of the tokens, so that nothing in one can
//! hide what is wrong in the next. It is parsed first with errors that carry nothing, and only when that fails
//! again with errors that say what was expected where, and with recovery by statement, arm, field and member.
//!
//! Productions choose by the next token; where one cannot tell, the pass before has marked it. Alternatives that
//! begin alike are factored, never tried in turn, so that parsing stays linear also on input that fails.
//!
//! What the grammar accepts and the language does not (`a < b < c`, `spawn 1`) is noted in the [`State`].

mod errors;
mod expressions;
mod forms;
mod grammar;
mod habits;
mod items;
mod opening;
mod patterns;
mod statements;
mod strings;
mod types;

use chumsky::input::{Checkpoint, Cursor, MapExtra};
use chumsky::inspector::Inspector;
use chumsky::label::LabelError;
use chumsky::prelude::*;
use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, Span, Symbol};

use crate::ast::{Item, ItemKind, Name};
use crate::prepare::{Prepared, Segment};
use crate::token::Tok;

/// What productions read.
pub(crate) type Input<'s> = &'s [Tok];
/// What productions carry along.
pub(crate) type Extra<'s, E> = extra::Full<E, State<'s>, ()>;
/// A production.
pub(crate) type Production<'s, O, E> = Boxed<'s, 's, Input<'s>, O, Extra<'s, E>>;

/// What a parser reports: nothing, or everything.
pub(crate) trait Failure<'s>:
    chumsky::error::Error<'s, Input<'s>> + LabelError<'s, Input<'s>, &'static str> + 's
{
    /// Whether to go on after a failure.
    const RECOVERS: bool;
}

impl<'s> Failure<'s> for EmptyErr {
    const RECOVERS: bool = false;
}

impl<'s> Failure<'s> for Rich<'s, Tok> {
    const RECOVERS: bool = true;
}

/// What productions look up and note down.
pub(crate) struct State<'s> {
    source: SourceId,
    text: &'s str,
    /// The places of the slice's tokens.
    spans: &'s [(u32, u32)],
    /// The file's doc comments, by the offset of the token after them.
    docs: &'s [(u32, Symbol)],
    /// What is wrong besides the grammar.
    problems: Vec<Diagnostic>,
    /// Places that became `Error` nodes. One that a later failure takes back stays: it is part of a larger one.
    unreadable: Vec<Span>,
    /// The offsets at which brackets had to be repaired and that no `Error` node stands for yet.
    repairs: Vec<u32>,
}

impl State<'_> {
    /// The bytes under a range of tokens.
    fn span(&self, range: SimpleSpan<usize>) -> Span {
        let at = |index: usize| self.spans.get(index).or(self.spans.last()).copied().unwrap_or_default();
        let (start, end) = if range.start < range.end {
            (at(range.start).0, at(range.end - 1).1)
        } else if range.start < self.spans.len() {
            (at(range.start).0, at(range.start).0)
        } else {
            (at(range.start).1, at(range.start).1)
        };
        Span::new(self.source, start, end)
    }

    /// The doc comment before the token that begins at `offset`.
    fn doc(&self, offset: u32) -> Option<Symbol> {
        let found = self.docs.binary_search_by_key(&offset, |(at, _)| *at).ok()?;
        Some(self.docs[found].1)
    }

    fn problem(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Whether a bracket in this place had to be repaired, so that what was read there is a guess. Asked from the
    /// inside out, it is said once: of the smallest place.
    fn is_guess(&mut self, place: Span) -> bool {
        let before = self.repairs.len();
        if before > 0 {
            self.repairs.retain(|at| !(place.start..place.end.max(place.start + 1)).contains(at));
        }
        let guess = self.repairs.len() < before;
        if guess {
            self.unreadable.push(place);
        }
        guess
    }
}

impl<'s> Inspector<'s, Input<'s>> for State<'s> {
    type Checkpoint = usize;

    #[inline]
    fn on_token(&mut self, _: &Tok) {}

    #[inline]
    fn on_save<'p>(&self, _: &Cursor<'s, 'p, Input<'s>>) -> usize {
        self.problems.len()
    }

    #[inline]
    fn on_rewind<'p>(&mut self, marker: &Checkpoint<'s, 'p, Input<'s>, usize>) {
        if self.problems.len() > *marker.inspector() {
            self.problems.truncate(*marker.inspector());
        }
    }
}

/// The place of what a production has just read.
fn here<'s, E: Failure<'s>>(extra: &mut MapExtra<'s, '_, Input<'s>, Extra<'s, E>>) -> Span {
    let range = extra.span();
    extra.state().span(range)
}

/// What the parser makes of a file.
pub(crate) struct Parsed {
    /// The declarations, in order.
    pub(crate) items: Vec<Item>,
    /// The names in what could not be read, sorted, each once.
    pub(crate) lost: Vec<Symbol>,
}

/// Parses the declarations of a file.
pub(crate) fn parse(
    source: SourceId,
    text: &str,
    prepared: &Prepared,
    docs: &[(u32, Symbol)],
    diagnostics: &mut Diagnostics,
) -> Parsed {
    let slices = |segment: &Segment| {
        let range = segment.start..segment.end;
        (&prepared.kinds[range.clone()], &prepared.spans[range])
    };
    // Empty for a file without mistakes: declarations begin with keywords.
    let meant: Vec<Option<opening::Tokens>> = prepared
        .segments
        .iter()
        .map(|segment| {
            let (kinds, spans) = slices(segment);
            opening::meant(kinds, spans)
        })
        .collect();
    let fast = grammar::item::<EmptyErr>();
    let mut thorough = None;
    let mut items = Vec::with_capacity(prepared.segments.len());
    let mut failed_before = false;
    let mut lost = Vec::new();
    for (segment, meant) in prepared.segments.iter().zip(&meant) {
        let (kinds, spans) = slices(segment);
        let whole = Span::new(source, spans[0].0, spans[spans.len() - 1].1);
        let state = || State {
            source,
            text,
            spans,
            docs,
            problems: Vec::new(),
            unreadable: Vec::new(),
            repairs: prepared.repairs_between(whole.start, whole.end),
        };
        // What follows a declaration that failed and begins with a brace is its body.
        if segment.too_deep || (failed_before && matches!(kinds[0], Tok::LBrace(_))) {
            items.push(unreadable(whole));
            names_in(kinds, spans, whole, &mut lost);
            continue;
        }
        let mut notes = state();
        if let Some(item) = fast.parse_with_state(kinds, &mut notes).into_output() {
            failed_before = false;
            items.push(if notes.is_guess(whole) { unreadable(whole) } else { item });
        } else {
            failed_before = true;
            notes = state();
            let thorough = thorough.get_or_insert_with(grammar::item::<Rich<Tok>>);
            let (mut item, failures) = thorough.parse_with_state(kinds, &mut notes).into_output_errors();
            report(kinds, &notes, &failures, segment.repaired, diagnostics);
            if item.is_none()
                && let Some((kinds, spans)) = meant
            {
                let mut again = State { spans, ..state() };
                let failures;
                (item, failures) = thorough.parse_with_state(kinds, &mut again).into_output_errors();
                if item.is_some() {
                    report(kinds, &again, &failures, segment.repaired, diagnostics);
                    notes = State { spans: notes.spans, ..again };
                    failed_before = false;
                }
            }
            let guess = notes.is_guess(whole);
            items.push(item.filter(|_| !guess).unwrap_or_else(|| {
                notes.unreadable.push(whole);
                unreadable(whole)
            }));
        }
        for place in std::mem::take(&mut notes.unreadable) {
            names_in(kinds, spans, place, &mut lost);
        }
        for problem in notes.problems {
            if segment.repaired.is_none_or(|repaired| problem.primary.span.start < repaired) {
                diagnostics.report(problem);
            }
        }
    }
    lost.sort_unstable();
    lost.dedup();
    Parsed { items, lost }
}

/// Adds the names that stand in a place.
fn names_in(kinds: &[Tok], spans: &[(u32, u32)], place: Span, into: &mut Vec<Symbol>) {
    let first = spans.partition_point(|(start, _)| *start < place.start);
    let count = spans[first..].iter().take_while(|(_, end)| *end <= place.end).count();
    let inside = &kinds[first..first + count];
    into.extend(inside.iter().filter_map(|tok| tok.as_name()));
    // An import of another language names its module in a text.
    if matches!(inside, [Tok::Import, ..] | [Tok::Pub, Tok::Import, ..]) {
        let texts = inside.iter().filter_map(|tok| match tok {
            Tok::Str(path) => path.as_str().trim_end_matches(".wyn").rsplit('/').next(),
            _ => None,
        });
        into.extend(texts.map(Symbol::new));
    }
    // Go's methods have their names after the receiver.
    let close = || inside.iter().position(|tok| *tok == Tok::RParen);
    let nameless = |tok: &Tok| match tok {
        Tok::LParen(_) => {
            close().is_some_and(|close| inside.get(close + 1).is_none_or(|tok| tok.as_name().is_none()))
        }
        Tok::Mut => false,
        tok => tok.as_name().is_none(),
    };
    match inside {
        [Tok::Pub, declares, next, ..] | [declares, next, ..] if declares.declares() && nameless(next) => {
            into.push(Symbol::new(""));
        }
        // A name with no parameters after it may have more letters, or fewer, than were meant.
        [Tok::Pub, Tok::Fn, _, next, ..] | [Tok::Fn, _, next, ..]
            if !matches!(next, Tok::LParen(_) | Tok::LAngle) =>
        {
            into.push(Symbol::new(""));
        }
        _ => {}
    }
}

/// Reports failures in order, up to the offset where brackets had to be repaired, and one a line: a second on the same
/// line is most often a consequence.
fn report(
    kinds: &[Tok],
    state: &State,
    failures: &[Rich<Tok>],
    repaired: Option<u32>,
    diagnostics: &mut Diagnostics,
) {
    let mut places: Vec<(usize, &Rich<Tok>)> =
        failures.iter().map(|failure| (failure.span().start, failure)).collect();
    places.sort_by_key(|(at, _)| *at);
    let mut last = None;
    for (at, failure) in places {
        let same_line = last.is_some_and(|last: usize| {
            let between = &kinds[last.min(kinds.len())..at.min(kinds.len())];
            !between.iter().any(|tok| matches!(tok, Tok::Newline | Tok::Semi | Tok::LBrace(_)))
        });
        let offset = state.span((at..at + 1).into()).start;
        if !same_line && repaired.is_none_or(|repaired| offset < repaired) {
            errors::report(kinds, state, failure, diagnostics);
        }
        last = Some(at);
    }
}

/// A declaration that could not be read.
fn unreadable(span: Span) -> Item {
    Item { kind: ItemKind::Error, public: None, doc: None, span }
}

// ----------------------------------------------------------------------------------------- tokens

/// One token of a fixed kind.
fn tok<'s, E: Failure<'s>>(tok: Tok) -> impl Parser<'s, Input<'s>, (), Extra<'s, E>> + Clone + 's {
    just(tok).ignored()
}

/// `(`
fn lparen<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, (), Extra<'s, E>> + Clone + 's {
    select! { Tok::LParen(_) => () }.labelled("`(`")
}

/// `{`
fn lbrace<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, (), Extra<'s, E>> + Clone + 's {
    select! { Tok::LBrace(_) => () }.labelled("`{`")
}

/// A newline or `;` that ends a statement.
fn terminator<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, (), Extra<'s, E>> + Clone + 's {
    select! { Tok::Newline => (), Tok::Semi => () }.labelled("the end of the line")
}

/// What separates fields, variants and arms: commas and newlines.
fn separator<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, (), Extra<'s, E>> + Clone + 's {
    select! { Tok::Comma => (), Tok::Newline => (), Tok::Semi => () }.labelled(errors::SEPARATOR)
}

/// Any name.
fn name<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, Name, Extra<'s, E>> + Clone + 's {
    any()
        .filter(|tok: &Tok| tok.as_name().is_some())
        .map_with(|tok: Tok, e| Name {
            symbol: tok.as_name().unwrap_or_else(|| Symbol::new("")),
            span: here(e),
        })
        .labelled("a name")
}

/// Tokens with balanced brackets up to one of `stop` or a closing bracket: at least one.
fn skipped<'s, E: Failure<'s>>(stop: fn(Tok) -> bool) -> Production<'s, (), E> {
    let opens = |tok: &Tok| tok.closer().is_some();
    let tree = recursive(move |tree| {
        let plain = any().filter(move |tok: &Tok| !opens(tok) && !tok.is_closer()).ignored();
        let closer = any().filter(|tok: &Tok| tok.is_closer()).ignored();
        let group =
            any().filter(move |tok: &Tok| opens(tok)).ignore_then(tree.repeated()).then_ignore(closer);
        plain.or(group)
    });
    let stops = any().filter(move |tok: &Tok| stop(*tok)).ignored();
    stops.not().ignore_then(tree).repeated().at_least(1).boxed()
}

/// `production`, or when it fails what `instead` makes of the tokens that are skipped up to `stop`.
fn recovering<'s, O: 's, E: Failure<'s>>(
    production: impl Parser<'s, Input<'s>, O, Extra<'s, E>> + Clone + 's,
    stop: fn(Tok) -> bool,
    instead: fn(Span, &[Tok]) -> O,
) -> Production<'s, O, E> {
    if !E::RECOVERS {
        return production.boxed();
    }
    let skip = skipped(stop).map_with(move |(), e| {
        let place = here(e);
        e.state().unreadable.push(place);
        instead(place, e.slice())
    });
    production.recover_with(via_parser(skip)).boxed()
}

/// A note that the language does not have what the grammar accepts.
fn mistake(code: Code, span: Span, message: &str) -> Diagnostic {
    Diagnostic::error(code, span, message)
}
