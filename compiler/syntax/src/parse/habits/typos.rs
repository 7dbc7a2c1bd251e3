//! Words that are nearly keywords.

use wyn_base::{Code, Diagnostic, spelling};

use crate::parse::errors::Place;
use crate::token::Tok;

/// Words that begin a declaration.
const DECLARING: &[&str] =
    &["fn", "struct", "enum", "trait", "impl", "type", "const", "import", "pub", "test", "extern"];

/// Words that begin a statement, or an operand.
const OPENING: &[&str] = &[
    "fn", "const", "var", "if", "match", "for", "while", "break", "continue", "return", "defer", "spawn",
    "await", "select", "nursery", "lock", "within", "detach",
];

/// Words that stand between other things.
const JOINING: &[&str] = &["in", "else", "if", "mut", "as", "for", "biased", "fn"];

/// The first word of the statement or declaration is nearly a keyword that begins one.
pub(super) fn opening_word(place: &Place) -> Option<Diagnostic> {
    let start = place.statement_start() as isize;
    if start > 2 || is_used_as_name(place, -start) {
        return None;
    }
    let top_level = place.at as isize == start;
    let keywords = if top_level { DECLARING } else { OPENING };
    capitalised(place, -start).or_else(|| nearly(place, -start, keywords))
}

/// A keyword that is written in upper case, or begins so.
fn capitalised(place: &Place, at: isize) -> Option<Diagnostic> {
    let Some(Tok::Upper(word)) = place.tok(at) else { return None };
    let lower = word.as_str().to_lowercase();
    let keyword = DECLARING.iter().chain(OPENING).find(|keyword| **keyword == lower)?;
    Some(
        Diagnostic::error(Code::E0002, place.span(at, at), format!("`{word}` means nothing here"))
            .note("keywords are written in lower case")
            .help(format!("did you mean `{keyword}`?")),
    )
}

/// Whether a word is nearly a keyword that begins a statement.
pub(super) fn is_nearly_opening(word: &str) -> bool {
    OPENING.iter().any(|keyword| is_slip(word, keyword))
}

/// A word at the failure, or before it, is nearly a keyword which could stand there.
pub(super) fn word_inside(place: &Place) -> Option<Diagnostic> {
    nearly(place, 0, JOINING)
        .or_else(|| if is_used_as_name(place, -1) { None } else { nearly(place, -1, OPENING) })
}

/// `name.` , `name(` and `name =` are what the names of things look like.
fn is_used_as_name(place: &Place, at: isize) -> bool {
    matches!(place.tok(at + 1), Some(Tok::Dot | Tok::Assign(_) | Tok::Comma | Tok::RParen | Tok::Colon))
        || (matches!(place.tok(at + 1), Some(Tok::LParen(_))) && place.adjacent(at))
        || matches!(place.tok(at - 1), Some(Tok::Dot))
}

fn nearly(place: &Place, at: isize, keywords: &[&'static str]) -> Option<Diagnostic> {
    let word = place.word(at)?;
    let keyword = spelling::closest(word, keywords.iter().copied().filter(|keyword| is_slip(word, keyword)))
        .or_else(|| keywords.iter().copied().find(|keyword| keyword.len() == 2 && is_slip(word, keyword)))?;
    Some(
        Diagnostic::error(Code::E0002, place.span(at, at), format!("`{word}` means nothing here"))
            .help(format!("did you mean `{keyword}`?")),
    )
}

/// Whether a word can be another one, such as a keyword, with one slip of the hand: letters in the wrong order, one twice, one missing,
/// and in a long word one wrong.
pub(in crate::parse) fn is_slip(word: &str, keyword: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<u8> = text.bytes().collect();
        letters.sort_unstable();
        letters
    };
    let differing = |a: &str, b: &str| a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count();
    let without = |long: &str, at: usize| [&long[..at], &long[at + 1..]].concat();
    if !word.is_ascii() {
        return false;
    }
    match word.len() as isize - keyword.len() as isize {
        0 => sorted(word) == sorted(keyword) || (word.len() > 4 && differing(word, keyword) == 1),
        1 => (1..word.len())
            .any(|at| word.as_bytes()[at] == word.as_bytes()[at - 1] && without(word, at) == keyword),
        -1 => word.len() > 1 && (0..keyword.len()).any(|at| without(keyword, at) == word),
        _ => false,
    }
}
