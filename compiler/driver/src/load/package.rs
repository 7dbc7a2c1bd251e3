//! Packages: where a program's files lie, what it is called, and which other packages it uses.
//!
//! A package's root is the folder of its `wyn.toml`; a file that has none in its folder or above is a
//! program by itself, and its folder the root.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use wyn_base::diagnostic::Reported;
use wyn_base::{Code, Diagnostic, Diagnostics, SourceMap};

use super::Loader;
use super::manifest::{self, Dependency, MANIFEST, Manifest};
use crate::cli::Format;
use crate::failure::{Failure, reason};
use crate::report;

/// A package with files of its own.
#[derive(Debug)]
pub(super) struct Package {
    /// The folder that its modules are found in, as shown in messages.
    pub(super) root: PathBuf,
    /// The same folder's real path.
    real: PathBuf,
    /// What its modules' names begin with; empty for the program's own.
    pub(super) name: String,
    /// The file that its name alone stands for, from the root.
    pub(super) entry: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
    /// Whether a `wyn.toml` says all this.
    pub(super) declared: bool,
}

/// What a command compiles.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The file with `main`.
    pub(crate) file: PathBuf,
    /// The package's name, when the command named its folder.
    pub(crate) package: Option<String>,
}

/// The program that a path on the command line stands for: a file, or the folder of a package, which is this
/// one when none is named.
pub(crate) fn entry(path: Option<PathBuf>, format: Format) -> Result<Entry, Failure> {
    let path = path.unwrap_or_else(|| PathBuf::from("."));
    if !path.is_dir() {
        return Ok(Entry { file: path, package: None });
    }
    let place = path.join(MANIFEST);
    if !place.is_file() {
        let main = path.join("main.wyn");
        let help = if main.exists() {
            format!("did you mean `{}`?", main.display())
        } else {
            "name the file in it that has `fn main`".to_owned()
        };
        let what = format!("it is a folder without `{MANIFEST}`\nhelp: {help}");
        return Err(Failure::message(format!("cannot read {}: {what}", path.display())));
    }
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::new();
    let manifest = manifest::read(&place, &mut sources, &mut diagnostics);
    // `./main.wyn` is shown as `main.wyn`.
    let folder = if path == Path::new(".") { Path::new("") } else { &path };
    let file = folder.join(&manifest.entry);
    // What is wrong with `wyn.toml` is shown with what is wrong with the program, if there is one.
    if diagnostics.has_errors() && !file.is_file() {
        report::diagnostics(diagnostics, &sources, format);
        return Err(Failure::Reported);
    }
    Ok(Entry { file, package: Some(manifest.name) })
}

/// The package that a program's file belongs to, and the names that lead to the file from its root.
pub(super) fn of(
    file: &Path,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> (Package, Vec<String>) {
    let shown = file.parent().unwrap_or(Path::new(""));
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let real = shown_or_here(shown).canonicalize().unwrap_or_else(|_| shown.to_owned());
    let Some((depth, root)) =
        real.ancestors().enumerate().find(|(_, folder)| folder.join(MANIFEST).is_file())
    else {
        let entry = PathBuf::from(file.file_name().unwrap_or_default());
        let (root, name_in_paths) = (shown.to_owned(), String::new());
        let package =
            Package { root, real, name: name_in_paths, entry, dependencies: Vec::new(), declared: false };
        return (package, vec![name]);
    };
    let mut path: Vec<String> = real
        .strip_prefix(root)
        .into_iter()
        .flatten()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    path.push(name);
    let above = (0..depth).fold(shown.to_owned(), |folder, _| parent(&folder));
    let is_root = shown_or_here(&above).canonicalize().is_ok_and(|folder| folder == root);
    let shown = if is_root { above } else { root.to_owned() };
    let Manifest { entry, dependencies, .. } = manifest::read(&shown.join(MANIFEST), sources, diagnostics);
    let package = Package {
        root: shown,
        real: root.to_owned(),
        name: String::new(),
        entry,
        dependencies,
        declared: true,
    };
    (package, path)
}

impl Loader<'_> {
    /// The package behind a dependency of another, read if it was not before.
    pub(super) fn package_of_dependency(&mut self, from: usize, at: usize) -> Result<usize, Reported> {
        let Dependency { name, path, span, package } = self.packages[from].dependencies[at].clone();
        if let Some(known) = package {
            return known;
        }
        let root = tidy(&self.packages[from].root.join(&path));
        let known = root.join(MANIFEST).canonicalize().ok().and_then(|file| Some(file.parent()?.to_owned()));
        let result = match known {
            None => {
                let what =
                    if root.is_dir() { "this folder has no `wyn.toml`" } else { "there is no such folder" };
                Err(self.diagnostics.report(
                    Diagnostic::error(Code::E0112, span, format!("`{name}` is no package: {what}"))
                        .label(format!("looked for `{}`", root.join(MANIFEST).display()))
                        .help("a package is a folder with a `wyn.toml` that has `[package]` and a `name`"),
                ))
            }
            Some(real) => match self.packages.iter().position(|package| package.real == real) {
                Some(package) => Ok(package),
                None => {
                    let before = self.diagnostics.reported().is_some();
                    let Manifest { entry, dependencies, .. } =
                        manifest::read(&root.join(MANIFEST), self.sources, &mut self.diagnostics);
                    self.packages.push(Package { root, real, name, entry, dependencies, declared: true });
                    match self.diagnostics.reported() {
                        Some(reported) if !before => Err(reported),
                        _ => Ok(self.packages.len() - 1),
                    }
                }
            },
        };
        self.packages[from].dependencies[at].package = Some(result);
        result
    }
}

/// The folder above, as it is written.
pub(super) fn parent(folder: &Path) -> PathBuf {
    match folder.components().next_back() {
        Some(Component::Normal(_)) => folder.parent().unwrap_or(Path::new("")).to_owned(),
        Some(Component::CurDir) | None => PathBuf::from(".."),
        Some(_) => folder.join(".."),
    }
}

/// The path without `x/..`, when it still leads to the same place.
fn tidy(path: &Path) -> PathBuf {
    let short = path.components().fold(PathBuf::new(), |so_far, part| match part {
        Component::ParentDir => parent(&so_far),
        Component::CurDir => so_far,
        part => so_far.join(part),
    });
    match (path.canonicalize(), shown_or_here(&short).canonicalize()) {
        (Ok(long), Ok(real)) if long != real => path.to_owned(),
        _ => short,
    }
}

/// The empty path means the current folder.
fn shown_or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Whether this means that there is no such file.
pub(super) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The bytes of a module's file, or why there are none. A pipe or device could be waited for in vain.
pub(super) fn read_module(file: &Path) -> Result<Vec<u8>, String> {
    let kind = file.metadata().map_err(|error| reason(&error))?;
    if kind.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if !kind.is_file() {
        return Err("it is no regular file".to_owned());
    }
    read(file).map_err(|error| reason(&error))
}

/// A source file as it is, up to where it is certainly too large: a device without an end must not fill the memory.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)?.take(wyn_syntax::MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of the program's own file.
pub(super) fn read_entry(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |why: &str| Failure::message(format!("cannot read {}: {why}", path.display()));
    read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if path.extension().is_none() && path.with_extension("wyn").exists() => {
            cannot(&format!("there is no such file\nhelp: did you mean `{}.wyn`?", path.display()))
        }
        io::ErrorKind::NotFound if path.extension().is_some() => match named_alike(path) {
            Some(meant) => {
                cannot(&format!("there is no such file\nhelp: did you mean `{}`?", meant.display()))
            }
            None => cannot(&reason(&error)),
        },
        _ => cannot(&reason(&error)),
    })
}

/// The program's file in the same folder whose name is most like this one.
fn named_alike(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_name()?.to_str()?;
    let entries = std::fs::read_dir(shown_or_here(&parent(path))).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".wyn")).collect();
    names.sort();
    let meant = wyn_base::spelling::closest(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(meant))
}
