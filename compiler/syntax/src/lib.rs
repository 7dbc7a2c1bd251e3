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
mod lexemes;
mod lines;
mod parse;
mod prepare;
mod token;

pub use dump::dump;
pub use lexemes::{Lexeme, LexemeKind, lexemes};
use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, Span};

/// Bytes that a source file has at most. What the stages make of a file takes many times its size, and spans have 32 bits.
pub const MOST_BYTES: usize = 64 << 20;

/// Parses one file, of at most [`MOST_BYTES`]. The tree holds every item that could be read, also when there are errors.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (ast::File, Diagnostics) {
    let lexed = lex::lex(source, text);
    let mut diagnostics = lexed.diagnostics;
    let prepared = prepare::prepare(source, text, lexed.tokens, &lexed.damaged, &mut diagnostics);
    let parsed = parse::parse(source, text, &prepared, &lexed.docs, &mut diagnostics);
    let (diagnostics, broken) = lines::settle(text, diagnostics);
    let reported = diagnostics.reported();
    let parse::Parsed { items, lost } = parsed;
    let names = prepared.kinds.iter().filter_map(|tok| tok.as_name()).collect();
    (ast::File { source, items, comments: lexed.comments, names, reported, lost, broken }, diagnostics)
}

/// The text of a file's bytes, as it is shown. Bytes that are not UTF-8 are reported, once, and replaced; a file that is too
/// large is reported, and nothing of it kept.
#[must_use]
pub fn decode(source: SourceId, bytes: Vec<u8>) -> (String, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let at = |offset: usize| {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(source, offset, offset)
    };
    if bytes.len() > MOST_BYTES {
        let message = format!("this file has more than {} MiB", MOST_BYTES >> 20);
        diagnostics.report(
            Diagnostic::error(Code::E0012, at(0), message)
                .label("too large to be a program")
                .help("split it into modules, or read what is data when the program runs"),
        );
        return (String::new(), diagnostics);
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let message = "this file is not UTF-8 text";
        diagnostics.report(
            Diagnostic::error(Code::E0012, at(error.utf8_error().valid_up_to()), message)
                .label("the first byte that belongs to no character")
                .help("save the file as UTF-8"),
        );
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    (text, diagnostics)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wyn_base::{Diagnostics, SourceId};

    use crate::{lex, parse, prepare};

    /// The time that this thread has run: other programs on the machine do not disturb it.
    fn processor_time() -> Duration {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
    }

    /// `cargo test --release -p wyn-syntax stages -- --ignored --nocapture` says where the time goes.
    #[test]
    #[ignore = "a measurement"]
    fn stages() {
        let text = include_str!("../tests/syntax/samples.wyn").repeat(300);
        let mut best = [Duration::MAX; 4];
        for _ in 0..20 {
            let mut before = processor_time();
            let mut stage = |index: usize| {
                let now = processor_time();
                best[index] = best[index].min(now - before);
                before = now;
            };
            let mut diagnostics = Diagnostics::new();
            let lexed = lex::lex(SourceId(0), &text);
            stage(0);
            let prepared =
                prepare::prepare(SourceId(0), &text, lexed.tokens, &lexed.damaged, &mut diagnostics);
            stage(1);
            let items = parse::parse(SourceId(0), &text, &prepared, &lexed.docs, &mut diagnostics);
            stage(2);
            drop(items.items);
            stage(3);
            assert!(diagnostics.is_empty());
        }
        let speed = |time: Duration| text.len() as f64 / 1e6 / time.as_secs_f64();
        for (name, time) in ["lex", "prepare", "parse", "drop"].into_iter().zip(best) {
            println!("{name:8} {:6.1} MB/s", speed(time));
        }
        println!("{:8} {:6.1} MB/s", "all", speed(best.iter().sum()));
    }
}
