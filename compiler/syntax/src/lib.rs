//! Source text to tokens to syntax tree.
//!
//! [`parse`] takes one file's text and gives its [`ast::File`] and what is wrong with it. It knows
//! nothing of other files, of names or of types. Any text gives a tree: what cannot be read becomes
//! an `Error` node under a diagnostic.
//!
//! text → raw tokens (`lex`) → balanced and laid out tokens (`prepare`) → tree (`parse`)

pub mod ast;
mod dump;
mod lex;
mod parse;
mod prepare;
mod token;

pub use dump::dump;
use wyn_base::{Diagnostics, SourceId};

/// Parses one file. The tree holds every item that could be read, also when there are errors.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (ast::File, Diagnostics) {
    let lexed = lex::lex(source, text);
    let mut diagnostics = lexed.diagnostics;
    let prepared = prepare::prepare(source, text, lexed.tokens, &lexed.damaged, &mut diagnostics);
    let items = parse::parse(source, &prepared, &lexed.docs, &mut diagnostics);
    let reported = diagnostics.reported();
    (ast::File { source, items, comments: lexed.comments, reported }, diagnostics)
}
