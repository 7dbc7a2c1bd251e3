//! Diagnostics to text, with ariadne.

use ariadne::{CharSet, Color, Config, IndexType, Report, ReportKind, Source};

use crate::{Diagnostic, Label, Severity, SourceId, SourceMap, Span};

struct Cache<'a> {
    map: &'a SourceMap,
    read: rustc_hash::FxHashMap<SourceId, Source<&'a str>>,
}

impl<'a> ariadne::Cache<SourceId> for Cache<'a> {
    type Storage = &'a str;

    fn fetch(&mut self, id: &SourceId) -> Result<&Source<&'a str>, impl std::fmt::Debug> {
        let map = self.map;
        Ok::<_, std::convert::Infallible>(
            self.read.entry(*id).or_insert_with(|| Source::from(&*map.file(*id).text)),
        )
    }

    fn display<'b>(&self, id: &'b SourceId) -> Option<impl std::fmt::Display + 'b> {
        Some(self.map.file(*id).path.display().to_string())
    }
}

/// Bytes of a line that people are shown: a line of data must not hide what is said of it.
const LONGEST_LINE: usize = 1_000;

/// The text of a diagnostic as a person reads it, with colours when `colour` is set.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, colour: bool) -> String {
    if labels(diagnostic).any(|label| is_too_long(label.span, sources)) {
        return without_lines(diagnostic, sources, colour);
    }
    let kind = match diagnostic.severity {
        Severity::Error => ReportKind::Custom("error", Color::Red),
        Severity::Warning => ReportKind::Custom("warning", Color::Yellow),
    };
    let place = |span: Span| (span.source, span.start as usize..span.end as usize);
    let config =
        Config::default().with_color(colour).with_index_type(IndexType::Byte).with_char_set(CharSet::Unicode);
    let main_colour = if diagnostic.severity == Severity::Error { Color::Red } else { Color::Yellow };
    let mut report = Report::build(kind, place(diagnostic.primary.span))
        .with_config(config)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message);
    // In the order of the text: ariadne opens a section anew for a label that lies before the last one.
    let others = diagnostic.secondary.iter().map(|other| (other, Color::Cyan, 0));
    let mut labels: Vec<_> = std::iter::once((&diagnostic.primary, main_colour, 1)).chain(others).collect();
    labels.sort_by_key(|(label, ..)| (label.span.source != diagnostic.primary.span.source, label.span));
    for (of, colour, priority) in labels {
        report = report.with_label(label(of, colour, priority));
    }
    if let Some(note) = &diagnostic.note {
        report = report.with_note(note);
    }
    if let Some(help) = &diagnostic.help {
        report = report.with_help(help);
    }
    let mut cache = Cache { map: sources, read: rustc_hash::FxHashMap::default() };
    let mut out = Vec::new();
    match report.finish().write(&mut cache, &mut out) {
        Ok(()) if colour => String::from_utf8_lossy(&out).into_owned(),
        Ok(()) => without_colours(&String::from_utf8_lossy(&out)),
        Err(error) => format!("{}: {} ({error})\n", diagnostic.code, diagnostic.message),
    }
}

/// The primary place first.
fn labels(diagnostic: &Diagnostic) -> impl Iterator<Item = &Label> {
    std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary)
}

fn is_too_long(span: Span, sources: &SourceMap) -> bool {
    let file = sources.file(span.source);
    [span.start, span.end].into_iter().any(|offset| file.line_length(offset) > LONGEST_LINE)
}

/// The places by their numbers alone.
fn without_lines(diagnostic: &Diagnostic, sources: &SourceMap, colour: bool) -> String {
    let (kind, on, off) = match (diagnostic.severity, colour) {
        (Severity::Error, true) => ("error", "\x1b[31m", "\x1b[0m"),
        (Severity::Error, false) => ("error", "", ""),
        (Severity::Warning, true) => ("warning", "\x1b[33m", "\x1b[0m"),
        (Severity::Warning, false) => ("warning", "", ""),
    };
    let mut out = format!("{on}[{}] {kind}:{off} {}\n", diagnostic.code, diagnostic.message);
    for label in labels(diagnostic) {
        let file = sources.file(label.span.source);
        let (line, column) = file.line_column(label.span.start);
        let said = if label.text.is_empty() { "here" } else { &label.text };
        out.push_str(&format!("   ─[ {}:{line}:{column} ] {said}\n", file.path.display()));
    }
    for (name, text) in [("Help", &diagnostic.help), ("Note", &diagnostic.note)] {
        if let Some(text) = text {
            out.push_str(&format!("   {name}: {text}\n"));
        }
    }
    out
}

fn label(label: &Label, colour: Color, priority: i32) -> ariadne::Label<(SourceId, std::ops::Range<usize>)> {
    let range = label.span.start as usize..label.span.end as usize;
    let shown = ariadne::Label::new((label.span.source, range)).with_color(colour).with_priority(priority);
    // Without a message ariadne would not point at the place at all.
    shown.with_message(if label.text.is_empty() { "here" } else { &label.text })
}

/// Leaves out `ESC [ … m`: ariadne colours a report's kind also when it is told not to.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let plain = parts.next().unwrap_or_default().to_owned();
    parts.fold(plain, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn a_line_of_data_is_not_shown() {
        // rules: DIA-14
        let mut sources = SourceMap::default();
        let text = format!("short\nprint(\"{}\", x)\n", "é".repeat(10_000));
        let at = text.find('x').map_or(0, |at| at as u32);
        let source = sources.add("a.wyn", text);
        let wrong = |at| {
            Diagnostic::error(Code::E0101, Span::new(source, at, at + 1), "there is no `x`")
                .label("unknown")
                .help("declare it")
        };
        assert_eq!(
            render(&wrong(at), &sources, false),
            "[E0101] error: there is no `x`\n   ─[ a.wyn:2:10011 ] unknown\n   Help: declare it\n"
        );
        assert!(render(&wrong(0), &sources, false).contains("1 │ short"));
        assert!(render(&wrong(at), &sources, true).contains("\x1b[31m[E0101] error:\x1b[0m there"));
    }
}
