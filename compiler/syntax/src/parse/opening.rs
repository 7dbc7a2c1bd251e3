//! Declarations that begin with the wrong word: what was meant by it is clear enough to read the rest.

use wyn_base::spelling;

use super::habits::is_slip;
use crate::token::Tok;

/// Other languages' words for `fn`.
const FUNCTIONS: &[&str] = &["func", "function", "def", "fun", "proc"];

const KEYWORDS: &[(&str, Tok)] = &[
    ("fn", Tok::Fn),
    ("struct", Tok::Struct),
    ("enum", Tok::Enum),
    ("trait", Tok::Trait),
    ("impl", Tok::Impl),
    ("type", Tok::Type),
    ("const", Tok::Const),
];

/// Tokens with their places.
pub(super) type Tokens = (Vec<Tok>, Vec<(u32, u32)>);

/// The tokens of a declaration as they were probably meant: `async fn` without `async`, `func`
/// and `fm` as `fn`.
pub(super) fn meant(kinds: &[Tok], spans: &[(u32, u32)]) -> Option<Tokens> {
    let first = usize::from(kinds.first() == Some(&Tok::Pub));
    let Some(Tok::Lower(word)) = kinds.get(first) else { return None };
    let words = kinds[first..].iter().take_while(|tok| matches!(tok, Tok::Lower(_))).count();
    let declares = |tok: &Tok| KEYWORDS.iter().any(|(_, keyword)| keyword == tok);
    if words <= 3 && kinds.get(first + words).is_some_and(declares) {
        let kept = (0..first).chain(first + words..kinds.len());
        return Some(kept.map(|at| (kinds[at], spans[at])).unzip());
    }
    let is_named = kinds.get(first + 1).is_some_and(|tok| tok.as_name().is_some());
    if !is_named && kinds.get(first + 1) != Some(&Tok::LAngle) {
        return None;
    }
    let word = word.as_str();
    let keyword = if FUNCTIONS.contains(&word) {
        Tok::Fn
    } else {
        let like = KEYWORDS.iter().filter(|(keyword, _)| is_slip(word, keyword));
        like.min_by_key(|(keyword, _)| spelling::edits(word, keyword).unwrap_or(usize::MAX))?.1
    };
    let mut kinds = kinds.to_vec();
    kinds[first] = keyword;
    Some((kinds, spans.to_vec()))
}
