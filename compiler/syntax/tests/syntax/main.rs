//! Tests of the lexer, the layout and the parser through the crate's public face: text in, tree and diagnostics
//! out. Tests cite the rules of `spec/lexical.md` and the productions of `spec/grammar.ebnf`.

mod declarations;
mod expressions;
mod forms;
mod habits;
mod hostile;
mod layout;
mod lexical;
mod patterns;
mod recovery;
mod samples;
mod statements;
mod types;

use wyn_base::{Diagnostic, SourceMap};

/// The tree of a text that must be without mistakes.
#[track_caller]
fn tree(text: &str) -> String {
    let (tree, diagnostics) = parsed(text);
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:#?}");
    tree.trim_end().to_owned()
}

/// The tree of a statement, or of several.
#[track_caller]
fn statement(text: &str) -> String {
    let whole = tree(&format!("fn f() {{\n{text}\n}}"));
    let one_line = whole.lines().map(str::trim_start).collect::<Vec<_>>().join(" ");
    let inside = one_line.strip_prefix("(fn f (block ").and_then(|rest| rest.strip_suffix("))"));
    inside.unwrap_or_else(|| panic!("{one_line}")).to_owned()
}

/// The tree of an expression.
#[track_caller]
fn expr(text: &str) -> String {
    let statement = statement(&format!("_ = {text}"));
    let value = statement.strip_prefix("(= _ ").and_then(|rest| rest.strip_suffix(')'));
    value.unwrap_or_else(|| panic!("{statement}")).to_owned()
}

/// The diagnostics of a text that must have some, each as `line:column code message`.
#[track_caller]
fn mistakes(text: &str) -> Vec<String> {
    let (_, diagnostics) = parsed(text);
    assert!(!diagnostics.is_empty(), "accepted: {text}");
    diagnostics
}

/// The one diagnostic of a statement.
#[track_caller]
fn mistake(statement: &str) -> String {
    let found = mistakes(&format!("fn f() {{\n{statement}\nafter()\n}}"));
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap_or_default()
}

fn parsed(text: &str) -> (String, Vec<String>) {
    let mut sources = SourceMap::default();
    let id = sources.add("test.wyn", text);
    let (file, diagnostics) = wyn_syntax::parse(id, text);
    let tree = wyn_syntax::dump(&file);
    assert_eq!(file.reported.is_some(), diagnostics.has_errors());
    assert!(!tree.contains("<error>") || file.reported.is_some(), "an error without a report: {text}");
    let show = |found: Diagnostic| {
        assert!(found.primary.span.end as usize <= text.len());
        let (line, column) = sources.file(id).line_column(found.primary.span.start);
        format!("{line}:{column} {} {}", found.code, found.message)
    };
    (tree, diagnostics.sorted().into_iter().map(show).collect())
}
