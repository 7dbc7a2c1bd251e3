//! `wyn.toml`: a package's name, its entry and the packages it uses.
//!
//!     [package]
//!     name = "shop"
//!     entry = "main.wyn"
//!
//!     [dependencies]
//!     text = { path = "../text" }
//!
//! Takes the file's text and gives a [`Manifest`]; what is not understood is reported at its place, and
//! what could be understood is kept.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wyn_base::diagnostic::Reported;
use wyn_base::spelling::closest;
use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, SourceMap, Span};

use crate::failure::reason;

/// The file that makes a folder a package.
pub(super) const MANIFEST: &str = "wyn.toml";

/// What a package says about itself.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub(super) name: String,
    /// The file that its name stands for, from the package's root.
    pub(super) entry: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
}

/// A package that another uses.
#[derive(Clone, Debug)]
pub(super) struct Dependency {
    /// What imports call it.
    pub(super) name: String,
    /// Its folder, from the root of the package that uses it.
    pub(super) path: PathBuf,
    /// Where the path is written.
    pub(super) span: Span,
    /// Its position among the packages, or that there is none, once somebody has asked.
    pub(super) package: Option<Result<usize, Reported>>,
}

struct Reader<'d> {
    source: SourceId,
    diagnostics: &'d mut Diagnostics,
}

type Entry<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

/// Reads a `wyn.toml`.
pub(super) fn read(file: &Path, sources: &mut SourceMap, diagnostics: &mut Diagnostics) -> Manifest {
    let mut manifest =
        Manifest { name: String::new(), entry: PathBuf::from("main.wyn"), dependencies: Vec::new() };
    let text = std::fs::read_to_string(file);
    let source = sources.add(file, text.as_deref().unwrap_or_default());
    let mut reader = Reader { source, diagnostics };
    match &text {
        Err(error) => {
            reader.wrong(0..0, format!("cannot read {}: {}", file.display(), reason(error)), "here", None)
        }
        Ok(text) => match DeTable::parse(text) {
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.wrong(span, format!("this is not TOML: {}", error.message()), "not understood", None);
            }
            Ok(table) => reader.manifest(&table, &mut manifest),
        },
    }
    manifest
}

impl Reader<'_> {
    fn wrong(&mut self, at: Range<usize>, message: String, label: &str, help: Option<&str>) {
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(self.source, offset(at.start), offset(at.end));
        let mut diagnostic = Diagnostic::error(Code::E0112, span, message).label(label);
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.diagnostics.report(diagnostic);
    }

    fn manifest(&mut self, table: &Spanned<DeTable<'_>>, manifest: &mut Manifest) {
        let mut package = None;
        for (key, value) in entries(table.get_ref()) {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("package", DeValue::Table(table)) => package = Some((key, table)),
                ("dependencies", DeValue::Table(table)) => self.dependencies(table, manifest),
                (name @ ("package" | "dependencies"), _) => {
                    let help = format!("write `[{name}]` on a line of its own, and what belongs to it below");
                    self.wrong(value.span(), format!("`{name}` is a table"), "not a table", Some(&help));
                }
                _ => self.unknown(key, &["package", "dependencies"]),
            }
        }
        match package {
            Some((key, table)) => self.package(key, table, manifest),
            None => self.wrong(
                0..0,
                "this file names no package".to_owned(),
                "nothing called `[package]`",
                Some("begin it with `[package]` and `name = \"…\"`"),
            ),
        }
    }

    fn package(
        &mut self,
        head: &Spanned<std::borrow::Cow<'_, str>>,
        table: &DeTable<'_>,
        manifest: &mut Manifest,
    ) {
        for (key, value) in entries(table) {
            match key.get_ref().as_ref() {
                "name" => {
                    if let Some(name) = self.text("name", value) {
                        self.package_name(&name, value.span());
                        manifest.name = name;
                    }
                }
                "entry" => {
                    if let Some(entry) = self.text("entry", value) {
                        self.entry(PathBuf::from(entry), value.span(), manifest);
                    }
                }
                _ => self.unknown(key, &["name", "entry"]),
            }
        }
        if !table.keys().any(|key| key.get_ref() == "name") {
            let help = Some("add `name = \"…\"`");
            self.wrong(head.span(), "the package has no name".to_owned(), "belongs under this", help);
        }
    }

    fn entry(&mut self, path: PathBuf, at: Range<usize>, manifest: &mut Manifest) {
        let inside = path.is_relative() && !path.components().any(|part| part.as_os_str() == "..");
        if inside && path.extension().is_some_and(|ending| ending == "wyn") {
            manifest.entry = path;
        } else {
            let message = "the entry is a `.wyn` file in the package's folder".to_owned();
            self.wrong(at, message, "not one", Some("write `entry = \"main.wyn\"`"));
        }
    }

    fn dependencies(&mut self, table: &DeTable<'_>, manifest: &mut Manifest) {
        for (key, value) in entries(table) {
            let name = key.get_ref().to_string();
            let path = match value.get_ref() {
                DeValue::Table(inner) => {
                    let mut path = None;
                    for (key, value) in entries(inner) {
                        match key.get_ref().as_ref() {
                            "path" => path = Some((value.span(), self.text("path", value))),
                            _ => self.unknown(key, &["path"]),
                        }
                    }
                    path
                }
                _ => None,
            };
            let Some((at, path)) = path else {
                let help = format!("write `{name} = {{ path = \"../{name}\" }}`");
                self.wrong(value.span(), format!("`{name}` needs a path"), "no folder is named", Some(&help));
                continue;
            };
            self.package_name(&name, key.span());
            let Some(path) = path else { continue };
            let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span::new(self.source, offset(at.start), offset(at.end));
            manifest.dependencies.push(Dependency { name, path: PathBuf::from(path), span, package: None });
        }
    }

    /// Imports have to be able to say the name, and to mean this package by it.
    fn package_name(&mut self, name: &str, at: Range<usize>) {
        let word = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !word {
            let message = format!("`{name}` is no name that an import could say");
            self.wrong(at, message, "a package's name is a word", Some("use letters, digits and `_`"));
        } else if wyn_check::is_std_name(name) {
            let message = format!("`{name}` is a module of the standard library");
            self.wrong(
                at,
                message,
                "imports of this name mean that one",
                Some("give the package another name"),
            );
        }
    }

    fn text(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                let help = format!("write `{key} = \"…\"`");
                self.wrong(value.span(), format!("`{key}` is a string"), "not a string", Some(&help));
                None
            }
        }
    }

    fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, known: &[&str]) {
        let name = key.get_ref();
        let help = match closest(name, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("what can be said here: `{}`", known.join("`, `")),
        };
        self.wrong(key.span(), format!("`{name}` says nothing to wync"), "not a known key", Some(&help));
    }
}

/// The entries of a table in the order in which they are written.
fn entries<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<Entry<'t, 'i>> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}
