//! Diagnostics to text, with ariadne.

use ariadne::{CharSet, Color, Config, IndexType, Report, ReportKind, Source};

use crate::{Diagnostic, Severity, SourceId, SourceMap};

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

/// The text of a diagnostic as a person reads it, with colours when `colour` is set.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, colour: bool) -> String {
    let kind = match diagnostic.severity {
        Severity::Error => ReportKind::Custom("error", Color::Red),
        Severity::Warning => ReportKind::Custom("warning", Color::Yellow),
    };
    let place = |span: crate::Span| (span.source, span.start as usize..span.end as usize);
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

fn label(
    label: &crate::Label,
    colour: Color,
    priority: i32,
) -> ariadne::Label<(SourceId, std::ops::Range<usize>)> {
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
