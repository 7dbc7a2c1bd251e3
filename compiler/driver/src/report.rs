//! Messages to people, on standard error; in colour when that is a terminal.

use std::io::{IsTerminal, Write};

use wyn_base::{Diagnostics, Severity, SourceMap};

/// Whether to colour: on a terminal that can, unless <https://no-color.org> says no.
fn colour() -> bool {
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

/// Shows what is wrong with a program, by place.
pub(crate) fn diagnostics(diagnostics: Diagnostics, sources: &SourceMap) {
    let colour = colour();
    let (mut text, mut errors) = (String::new(), 0);
    for diagnostic in diagnostics.sorted() {
        errors += usize::from(diagnostic.severity == Severity::Error);
        text.push_str(&wyn_base::render::render(&diagnostic, sources, colour));
    }
    if errors > 0 {
        text.push_str(&format!("{errors} error{}\n", if errors == 1 { "" } else { "s" }));
    }
    write(&text);
}

/// Nobody can be told that standard error is gone.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
