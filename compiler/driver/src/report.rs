//! Messages to people, on standard error; in colour when that is a terminal.

use std::io::{IsTerminal, Write};

use serde_json::{Value, json};
use wyn_base::{Diagnostic, Diagnostics, Label, Severity, SourceMap};

use crate::cli::Format;

/// Whether to colour: on a terminal that can, unless <https://no-color.org> says no.
pub(crate) fn colour() -> bool {
    let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
    std::io::stderr().is_terminal()
        && unset("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Shows one message about what is around the program.
pub(crate) fn error(text: &str) {
    let mark = if colour() { "\x1b[31;1merror\x1b[0m" } else { "error" };
    write(&format!("{mark}: {text}\n"));
}

/// Shows a text that needs no mark.
pub(crate) fn text(text: &str) {
    write(text);
}

/// How many diagnostics a person is shown at once; programs get all.
const MOST_SHOWN: usize = 50;

/// Shows what is wrong with a program, by place.
pub(crate) fn diagnostics(diagnostics: Diagnostics, sources: &SourceMap, format: Format) {
    let colour = colour();
    let (mut text, mut errors) = (String::new(), 0);
    let (mut shown, mut hidden) = (0, 0);
    for diagnostic in diagnostics.sorted() {
        errors += usize::from(diagnostic.severity == Severity::Error);
        if shown == MOST_SHOWN && format == Format::Text {
            hidden += 1;
            continue;
        }
        shown += 1;
        text.push_str(&match format {
            Format::Text => wyn_base::render::render(&diagnostic, sources, colour),
            Format::Json => format!("{}\n", json(&diagnostic, sources)),
        });
    }
    if hidden > 0 {
        text.push_str(&format!("{hidden} more are not shown\n"));
    }
    if errors > 0 && format == Format::Text {
        text.push_str(&format!("{errors} error{}\n", if errors == 1 { "" } else { "s" }));
    }
    write(&text);
}

/// A diagnostic as an object: code, severity and message, the primary place at the top level, other
/// places under `also`. Lines and columns count from one, columns in characters.
fn json(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut object = place(&diagnostic.primary, sources);
    object["code"] = diagnostic.code.as_str().into();
    object["severity"] = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
    .into();
    object["message"] = diagnostic.message.as_str().into();
    object["note"] = diagnostic.note.as_deref().into();
    object["help"] = diagnostic.help.as_deref().into();
    object["also"] = diagnostic.secondary.iter().map(|label| place(label, sources)).collect();
    object
}

fn place(label: &Label, sources: &SourceMap) -> Value {
    let file = sources.file(label.span.source);
    let (line, column) = file.line_column(label.span.start);
    let (end_line, end_column) = file.line_column(label.span.end);
    json!({
        "file": file.path.to_string_lossy(),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "label": label.text,
    })
}

/// Nobody can be told that standard error is gone.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
