//! What is wrong with an import that leads to no module.

use std::path::{Path, PathBuf};

use wyn_base::diagnostic::Reported;
use wyn_base::habits::{MODULES, find};
use wyn_base::spelling::closest;
use wyn_base::{Code, Diagnostic};
use wyn_syntax::ast::{ImportItem, ImportRoot};

use super::package::parent;
use super::{Found, Loader, Place, Site};

/// How many names are listed at most.
const MOST: usize = 8;

impl Loader<'_> {
    /// More steps up than there are folders in the package.
    pub(super) fn outside(&mut self, from: usize, import: &ImportItem, beyond: usize) -> Reported {
        let package = &self.packages[self.places[from].package.unwrap_or(0)];
        let root = if package.root.as_os_str().is_empty() { Path::new(".") } else { &package.root };
        let note = format!("its files lie in `{}` and below", root.display());
        let help = if package.declared {
            "make what is there a package, and name it under `[dependencies]` in `wyn.toml`".to_owned()
        } else {
            let top = (0..beyond).fold(package.root.clone(), |folder, _| parent(&folder));
            format!("a `{}` makes all below it one package", top.join("wyn.toml").display())
        };
        self.diagnostics.report(
            Diagnostic::error(
                Code::E0111,
                super::path_span(import),
                format!("`{}` lies outside of this package", written(import)),
            )
            .label("leads out of the package's folder")
            .note(note)
            .help(help),
        )
    }

    pub(super) fn imports_itself(&mut self, site: Site<'_>) -> Reported {
        self.diagnostics.report(
            Diagnostic::error(Code::E0111, site.span, "a module does not import itself")
                .label("this is the file that it is written in")
                .help("remove it: a file's own names are used as they are"),
        )
    }

    pub(super) fn unreadable(&mut self, site: Site<'_>, file: &Path, why: &str) -> Reported {
        self.diagnostics.report(
            Diagnostic::error(Code::E0111, site.span, format!("cannot read {}: {why}", file.display()))
                .label("imported here"),
        )
    }

    /// An import of a folder as if it were a module.
    pub(super) fn folder(&mut self, site: Site<'_>, place: &Place) -> Reported {
        let path = written(site.import);
        let inside = self.names_in(place);
        let separator = if site.import.root == ImportRoot::Package { '.' } else { '/' };
        let help = match inside.first() {
            None => "it holds no modules".to_owned(),
            Some(first) => {
                format!(
                    "name a module in it: `import {path}{separator}{first}`, or `import {path}.{{{}}}`",
                    listed(&inside)
                )
            }
        };
        self.diagnostics.report(
            Diagnostic::error(
                Code::E0111,
                site.span,
                format!("`{}` is a folder", place.path.last().map_or("", String::as_str)),
            )
            .label("holds modules, but is none")
            .help(help),
        )
    }

    /// An import of what is not there.
    pub(super) fn nothing(&mut self, site: Site<'_>, place: &Place) -> Reported {
        let package_path = site.import.root == ImportRoot::Package;
        let wanted = self.first_missing(place);
        let name = wanted.path.last().map_or("", String::as_str);
        let folder = Place { path: wanted.path[..wanted.path.len().saturating_sub(1)].to_vec(), ..wanted };
        let mut shown = written(site.import);
        if let Some(inside) = site.inside {
            shown = format!("{shown}{}{inside}", if package_path { '.' } else { '/' });
        }
        if place.package.is_none() && folder.path.is_empty() && wyn_check::is_std_name(name) {
            let what = format!("the standard module `{shown}` is not there yet");
            return self.diagnostics.report(
                Diagnostic::error(Code::E0900, site.span, what)
                    .note("it belongs to the language, but this version of wync does not have it")
                    .help(format!("a file `{name}.wyn` of this package is imported as `./{name}`")),
            );
        }
        let mut near = self.names_in(&folder);
        if package_path && folder.path.is_empty() {
            near.extend(
                wyn_stdlib::MODULES
                    .iter()
                    .map(|(name, _)| *name)
                    .filter(|name| !name.starts_with("prelude"))
                    .map(str::to_owned),
            );
            if let Some(package) = place.package {
                near.extend(self.packages[package].dependencies.iter().map(|other| other.name.clone()));
            }
        }
        let beside = self.beside(site);
        let elsewhere = Some(name).filter(|_| package_path && folder.path.is_empty());
        let elsewhere = elsewhere.and_then(|name| find(MODULES, name));
        let label = match self.folder_of(&folder) {
            None => "not in the standard library".to_owned(),
            Some(path) if package_path && folder.path.is_empty() => {
                format!("neither in the standard library nor in `{}`", shown_folder(&path))
            }
            Some(path) => format!("there is no `{name}.wyn` in `{}`", shown_folder(&path)),
        };
        let diagnostic =
            Diagnostic::error(Code::E0103, site.span, format!("there is no module `{shown}`")).label(label);
        let of_module =
            !folder.path.is_empty() && matches!(self.find(&folder), Found::File(_) | Found::Module(_));
        let member = if place.package.is_none() {
            wyn_check::member_elsewhere(&folder.path.join("."), name)
        } else {
            None
        };
        let help = if let Some(help) = member {
            Some(help.to_owned())
        } else if of_module {
            Some(format!(
                "names out of a module stand in braces: `import {}.{{{name}}}`",
                folder.path.join(".")
            ))
        } else if beside {
            Some(format!("a file beside this one is imported as `./{}`", place.path.join("/")))
        } else if let Some(help) = elsewhere {
            Some(help.to_owned())
        } else if let Some(meant) = closest(name, near.iter().map(String::as_str)) {
            let case = meant.to_lowercase() == name.to_lowercase();
            let why = if case { " (names are compared letter by letter)" } else { "" };
            Some(format!("did you mean `{meant}`?{why}"))
        } else if near.is_empty() {
            None
        } else if near.len() <= MOST {
            Some(format!("there are `{}`", near.join("`, `")))
        } else {
            None
        };
        self.diagnostics.report(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        })
    }

    /// The shortest part of a place at which nothing is.
    fn first_missing(&self, place: &Place) -> Place {
        let part = |len| Place { path: place.path[..len].to_vec(), ..place.clone() };
        (1..place.path.len())
            .map(part)
            .find(|part| matches!(self.find(part), Found::Nothing))
            .unwrap_or_else(|| place.clone())
    }

    /// Whether what a package path misses at the root lies beside the file that imports it.
    fn beside(&self, site: Site<'_>) -> bool {
        let own = &self.places[site.from];
        let [folders @ .., _] = &own.path[..] else { return false };
        if site.import.root != ImportRoot::Package || folders.is_empty() {
            return false;
        }
        let names = site.import.segments.iter().map(|name| name.symbol.to_string());
        let place = Place { package: own.package, path: folders.iter().cloned().chain(names).collect() };
        matches!(self.find(&place), Found::File(_) | Found::Module(_))
    }

    /// The folder of files behind a place.
    fn folder_of(&self, place: &Place) -> Option<PathBuf> {
        let root = &self.packages[place.package?].root;
        Some(std::iter::once(root.as_path()).chain(place.path.iter().map(Path::new)).collect())
    }

    /// The names of the modules in a folder and of the folders in it, sorted.
    fn names_in(&self, folder: &Place) -> Vec<String> {
        let Some(path) = self.folder_of(folder) else {
            let prefix: String = folder.path.iter().map(|name| format!("{name}.")).collect();
            let names = wyn_stdlib::MODULES.iter().filter_map(|(name, _)| name.strip_prefix(&prefix));
            let mut names: Vec<String> = names
                .filter(|name| !name.starts_with("prelude"))
                .map(|name| name.split('.').next().unwrap_or(name).to_owned())
                .collect();
            names.sort();
            names.dedup();
            return names;
        };
        let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
        // A folder that cannot be read has no names to offer.
        let entries = std::fs::read_dir(path).into_iter().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| module_name(&entry.ok()?.path())).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What an import would call this file or folder.
fn module_name(path: &Path) -> Option<String> {
    let name = if path.is_dir() {
        path.file_name()?
    } else {
        path.file_stem().filter(|_| path.extension().is_some_and(|e| e == "wyn"))?
    };
    let name = name.to_str()?;
    (!name.contains('.')).then(|| name.to_owned())
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > MOST { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(MOST)].join(", "))
}

fn shown_folder(path: &Path) -> String {
    if path.as_os_str().is_empty() { ".".to_owned() } else { path.display().to_string() }
}

/// The path of an import as it is written.
fn written(import: &ImportItem) -> String {
    let names: Vec<&str> = import.segments.iter().map(|name| name.symbol.as_str()).collect();
    match import.root {
        ImportRoot::Package => names.join("."),
        ImportRoot::Relative(0) => format!("./{}", names.join("/")),
        ImportRoot::Relative(ups) => format!("{}{}", "../".repeat(ups as usize), names.join("/")),
    }
}
