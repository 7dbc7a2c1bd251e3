//! Each rule of the checker: source in, diagnostics or HIR out.
//!
//! A program is checked together with the whole standard library. Diagnostics are written
//! `CODE line message`, one a line; the standard library's own would show with its module's name.

mod collections;
mod consistent;
mod coverage;
mod habits;
mod method_habits;
mod module_habits;
mod names;
mod program;
mod recursion;
mod robust;
mod select;
mod sharing;
mod tasks;
mod types;
mod values;
mod warnings;

use std::sync::OnceLock;

use wyn_base::{Diagnostic, SourceId, SourceMap, Symbol};
use wyn_hir::Program;

use crate::{Module, Package, check};

/// The standard library, parsed once.
fn library() -> &'static [Module] {
    static LIBRARY: OnceLock<Vec<Module>> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let parsed = |(at, (path, text)): (usize, &(&str, &str))| {
            let (file, diags) = wyn_syntax::parse(SourceId(at as u32), text);
            assert!(diags.is_empty(), "{path}: {:?}", diags.sorted());
            Module::new(*path, Package::Std, file)
        };
        wyn_stdlib::MODULES.iter().enumerate().map(parsed).collect()
    })
}

/// Checks a program; gives its HIR and all diagnostics, sorted.
fn checked(source: &str) -> (Program, Vec<Diagnostic>, SourceMap) {
    let mut map = SourceMap::default();
    for (path, text) in wyn_stdlib::MODULES {
        map.add(path, *text);
    }
    let (file, mut all) = wyn_syntax::parse(map.add("main", source), source);
    let mut modules = library().to_vec();
    modules.push(Module::new("main", Package::Program(0), file));
    let (program, diags) = check(modules);
    all.extend(diags);
    (program, all.sorted(), map)
}

fn line(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.primary.span;
    let file = map.file(span.source);
    let (line, _) = file.line_column(span.start);
    let name = file.path.display().to_string();
    let place = if name == "main" { String::new() } else { format!("{name}:") };
    format!("{} {place}{line} {}", diagnostic.code, diagnostic.message)
}

/// The diagnostics of a program.
fn diagnostics(source: &str) -> String {
    let (_, diags, map) = checked(source);
    diags.iter().map(|d| line(&map, d)).collect::<Vec<_>>().join("\n")
}

/// Asserts that a program has exactly these diagnostics.
#[track_caller]
fn expect(source: &str, expected: &str) {
    let found = diagnostics(source);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected.join("\n"), "\nin\n{source}");
}

/// Asserts that the statements, inside `main`, have exactly these diagnostics; line 1 is the first.
#[track_caller]
fn expect_in_main(statements: &str, expected: &str) {
    expect(&format!("fn main() {{ {}\n}}", statements.trim()), expected);
}

/// Asserts that a program has no diagnostics.
#[track_caller]
fn accept(source: &str) {
    expect(source, "");
}

/// Asserts that the statements are right inside `main`.
#[track_caller]
fn accept_in_main(statements: &str) {
    expect_in_main(statements, "");
}

/// Everything that the first diagnostic says: labels, note and help too.
fn whole(source: &str) -> String {
    let (_, diags, map) = checked(source);
    let Some(first) = diags.first() else { return String::new() };
    let mut text = line(&map, first);
    for label in std::iter::once(&first.primary).chain(&first.secondary) {
        let (line, _) = map.file(label.span.source).line_column(label.span.start);
        text += &format!("\n  {line} `{}` {}", map.text(label.span), label.text);
    }
    for (word, more) in [("note", &first.note), ("help", &first.help)] {
        if let Some(more) = more {
            text += &format!("\n  {word}: {more}");
        }
    }
    text
}
