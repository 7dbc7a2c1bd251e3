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
use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, Span};

/// Parses one file. The tree holds every item that could be read, also when there are errors.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (ast::File, Diagnostics) {
    if u32::try_from(text.len()).is_err() {
        return too_large(source);
    }
    let lexed = lex::lex(source, text);
    let mut diagnostics = lexed.diagnostics;
    let prepared = prepare::prepare(source, text, lexed.tokens, &lexed.damaged, &mut diagnostics);
    let items = parse::parse(source, text, &prepared, &lexed.docs, &mut diagnostics);
    let reported = diagnostics.reported();
    (ast::File { source, items, comments: lexed.comments, reported }, diagnostics)
}

fn too_large(source: SourceId) -> (ast::File, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let start = Span::new(source, 0, 0);
    let reported =
        diagnostics.report(Diagnostic::error(Code::E0012, start, "this file is larger than 4 GiB"));
    let file = ast::File { source, items: Vec::new(), comments: Vec::new(), reported: Some(reported) };
    (file, diagnostics)
}

/// The text of a file's bytes. Bytes that are not UTF-8 are reported, once, and replaced.
#[must_use]
pub fn decode(source: SourceId, bytes: Vec<u8>) -> (String, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let at = u32::try_from(error.utf8_error().valid_up_to()).unwrap_or(u32::MAX);
        let message = "this file is not UTF-8 text";
        diagnostics.report(
            Diagnostic::error(Code::E0012, Span::new(source, at, at), message)
                .label("the first byte that belongs to no character")
                .help("save the file as UTF-8"),
        );
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    (text, diagnostics)
}
