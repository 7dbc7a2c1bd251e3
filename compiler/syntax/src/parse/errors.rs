//! What failed to parse, in the words of a person.

use chumsky::error::{Rich, RichPattern};
use wyn_base::{Code, Diagnostic, Diagnostics};

use super::State;
use crate::token::Tok;

/// Reports a failure; gives whether there was anything to report.
pub(super) fn report(
    kinds: &[Tok],
    state: &State,
    failure: &Rich<Tok>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let at = failure.span().start.min(kinds.len());
    let found = kinds.get(at).map_or("the end of the declaration".to_owned(), |tok| tok.describe());
    let mut expected: Vec<String> = failure.expected().map(describe).collect();
    expected.sort();
    expected.dedup();
    let span = state.span((at..(at + 1).min(kinds.len())).into());
    let message = format!("expected {}, found {found}", expected.join(" or "));
    diagnostics.report(Diagnostic::error(Code::E0002, span, message));
    true
}

fn describe(pattern: &RichPattern<Tok>) -> String {
    match pattern {
        RichPattern::Token(tok) => tok.describe(),
        RichPattern::Label(label) => label.to_string(),
        RichPattern::EndOfInput => "the end of the line".to_owned(),
        _ => "something else".to_owned(),
    }
}
