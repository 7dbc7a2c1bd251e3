//! Reads a program: its file, the prelude, and every module that is imported, directly or through
//! another.
//!
//! A module's place is its package and the names that lead to it from the package's root; an import
//! is computed into a place, and the place is looked for: among the standard library's modules or
//! among files. What an import leads to goes into the module ([`wyn_check::Target`]), what is wrong with
//! it is reported here, where the files are known ([`missing`]).
//!
//! A file is one module, however many ways lead to it: files are told apart by their real paths.

mod manifest;
mod missing;
mod package;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use wyn_base::diagnostic::Reported;
use wyn_base::{Diagnostics, SourceId, SourceMap, Span, Symbol};
use wyn_check::{Module, Target};
use wyn_syntax::ast::{ImportItem, ImportRoot, Name};

use crate::failure::Failure;
use package::Package;
pub(crate) use package::{Entry, entry};

/// Where a module lies.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    /// The position of its package; none for the standard library.
    package: Option<usize>,
    /// The folders and the file that lead to it from the root; none for the entry of a package.
    path: Vec<String>,
}

/// What there is at a place.
enum Found {
    Module(String),
    File(PathBuf),
    /// Modules lie below it.
    Folder,
    Nothing,
    /// The file system does not say.
    Hidden(PathBuf, std::io::Error),
}

struct Loader<'s> {
    sources: &'s mut SourceMap,
    diagnostics: Diagnostics,
    /// Set while the text that was read last was not UTF-8.
    garbled: Option<Reported>,
    packages: Vec<Package>,
    modules: Vec<Module>,
    /// By module.
    places: Vec<Place>,
    /// The modules of files, by real path.
    files: HashMap<PathBuf, usize>,
}

/// All files of the program, parsed: the user's own first.
pub(crate) fn load(path: &Path, sources: &mut SourceMap) -> Result<(Vec<Module>, Diagnostics), Failure> {
    let bytes = package::read_entry(path)?;
    let mut loader = Loader {
        sources,
        diagnostics: Diagnostics::new(),
        garbled: None,
        packages: Vec::new(),
        modules: Vec::new(),
        places: Vec::new(),
        files: HashMap::new(),
    };
    // The program's own file is the first source: its mistakes are shown first.
    let id = loader.add_text(path, bytes);
    let (package, place) = package::of(path, loader.sources, &mut loader.diagnostics);
    loader.packages.push(package);
    loader.add_source("main".to_owned(), Place { package: Some(0), path: place }, id);
    if let Ok(real) = path.canonicalize() {
        loader.files.insert(real, 0);
    }
    // What every module sees without an import.
    for (name, _) in wyn_stdlib::MODULES.iter().filter(|(name, _)| name.starts_with("prelude")) {
        loader.library_module(name);
    }
    let mut next = 0;
    while next < loader.modules.len() {
        loader.imports(next);
        next += 1;
    }
    Ok((loader.modules, loader.diagnostics))
}

impl Loader<'_> {
    /// Adds a file's text; bytes that are no text are reported.
    fn add_text(&mut self, file: &Path, bytes: Vec<u8>) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.files().count()).unwrap_or(u32::MAX));
        let (text, found) = wyn_syntax::decode(id, bytes);
        self.garbled = self.garbled.or(found.reported());
        self.diagnostics.extend(found);
        self.sources.add(file, text)
    }

    fn add_source(&mut self, path: String, place: Place, id: SourceId) {
        let garbled = self.garbled.take();
        let (mut file, found) = wyn_syntax::parse(id, &self.sources.file(id).text);
        // What stands in a file that is no text are no mistakes of grammar.
        if garbled.is_none() {
            self.diagnostics.extend(found);
        }
        file.reported = file.reported.or(garbled);
        let package = place.package.map_or(wyn_check::Package::Std, |at| {
            wyn_check::Package::Program(u32::try_from(at).unwrap_or(u32::MAX))
        });
        self.modules.push(Module { path, package, file, imports: Vec::new() });
        self.places.push(place);
    }

    /// Adds a module of the standard library, unless it is there.
    fn library_module(&mut self, name: &str) {
        let place = Place { package: None, path: name.split('.').map(str::to_owned).collect() };
        if let Some(text) = wyn_stdlib::module(name)
            && !self.places.contains(&place)
        {
            let id = self.sources.add_library(format!("std/{}.wyn", name.replace('.', "/")), text);
            self.add_source(name.to_owned(), place, id);
        }
    }

    /// Finds out what the imports of a module lead to.
    fn imports(&mut self, module: usize) {
        let imports: Vec<ImportItem> =
            wyn_check::imports(&self.modules[module].file).map(|(_, import)| import.clone()).collect();
        let targets = imports.iter().map(|import| self.target(module, import)).collect();
        self.modules[module].imports = targets;
    }

    fn target(&mut self, from: usize, import: &ImportItem) -> Target {
        let place = match self.place(from, import) {
            Ok(place) => place,
            Err(reported) => return Target::Missing(reported),
        };
        let site = Site { from, span: path_span(import), import, inside: None };
        match (self.find(&place), &import.names) {
            (Found::Folder, Some(names)) => {
                let inside = |name: &Name| {
                    let mut place = place.clone();
                    place.path.push(name.symbol.to_string());
                    let site = Site { span: name.span, inside: Some(name.symbol), ..site };
                    let found = self.find(&place);
                    self.module_at(&place, found, site)
                };
                Target::Folder(names.iter().map(inside).collect())
            }
            (found, _) => self.module_at(&place, found, site),
        }
    }

    /// The module at a place, read if it was not before.
    fn module_at(&mut self, place: &Place, found: Found, site: Site<'_>) -> Target {
        let reported = match found {
            Found::Module(path) => {
                self.library_module(&path);
                return Target::Module(path);
            }
            Found::File(file) => match self.file(place, &file) {
                Ok(module) if module == site.from => self.imports_itself(site),
                Ok(module) => return Target::Module(self.modules[module].path.clone()),
                Err(why) => self.unreadable(site, &file, &why),
            },
            Found::Hidden(file, error) => self.unreadable(site, &file, &crate::failure::reason(&error)),
            Found::Folder => self.folder(site, place),
            Found::Nothing => self.nothing(site, place),
        };
        Target::Missing(reported)
    }

    /// The place that an import names.
    fn place(&mut self, from: usize, import: &ImportItem) -> Result<Place, Reported> {
        let names = import.segments.iter().map(|name| name.symbol.to_string());
        let own = &self.places[from];
        match import.root {
            ImportRoot::Relative(ups) => {
                let folders = own.path.len().saturating_sub(1);
                match folders.checked_sub(ups as usize) {
                    Some(kept) => {
                        let path = own.path[..kept].iter().cloned().chain(names).collect();
                        Ok(Place { package: own.package, path })
                    }
                    None => Err(self.outside(from, import, ups as usize - folders)),
                }
            }
            ImportRoot::Package => {
                let path: Vec<String> = names.collect();
                if wyn_check::is_std_name(&path[0]) {
                    return Ok(Place { package: None, path });
                }
                match own.package {
                    Some(package) => self.dependency(package, path),
                    None => Ok(Place { package: None, path }),
                }
            }
        }
    }

    /// A package path as seen from a package: of a package it depends on, or its own.
    fn dependency(&mut self, from: usize, path: Vec<String>) -> Result<Place, Reported> {
        let known = self.packages[from].dependencies.iter().position(|other| other.name == path[0]);
        let Some(at) = known else { return Ok(Place { package: Some(from), path }) };
        let package = self.package_of_dependency(from, at)?;
        Ok(Place { package: Some(package), path: path[1..].to_vec() })
    }

    /// What there is at a place.
    fn find(&self, place: &Place) -> Found {
        let Some(package) = place.package else {
            let path = place.path.join(".");
            return if wyn_stdlib::module(&path).is_some() {
                Found::Module(path)
            } else if wyn_stdlib::MODULES.iter().any(|(known, _)| known.starts_with(&format!("{path}."))) {
                Found::Folder
            } else {
                Found::Nothing
            };
        };
        let package = &self.packages[package];
        let [folders @ .., name] = &place.path[..] else {
            return Found::File(package.root.join(&package.entry));
        };
        let folder: PathBuf =
            std::iter::once(package.root.as_path()).chain(folders.iter().map(Path::new)).collect();
        let file = folder.join(format!("{name}.wyn"));
        match file.symlink_metadata() {
            Ok(_) => Found::File(file),
            Err(error) if package::is_absence(&error) => {
                if folder.join(name).is_dir() {
                    Found::Folder
                } else {
                    Found::Nothing
                }
            }
            Err(error) => Found::Hidden(file, error),
        }
    }

    /// The module of a file, or why it cannot be read.
    fn file(&mut self, place: &Place, file: &Path) -> Result<usize, String> {
        let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        if let Some(module) = self.files.get(&real) {
            return Ok(*module);
        }
        let bytes = package::read_module(file)?;
        let id = self.add_text(file, bytes);
        self.add_source(self.module_path(place), place.clone(), id);
        self.files.insert(real, self.modules.len() - 1);
        Ok(self.modules.len() - 1)
    }

    /// What the items of the module at a place are called: its path from the root, unless another module is
    /// called so.
    fn module_path(&self, place: &Place) -> String {
        let package = place.package.map_or("", |at| &self.packages[at].name);
        let parts = std::iter::once(package).filter(|name| !name.is_empty());
        let mut path = parts.chain(place.path.iter().map(String::as_str)).collect::<Vec<_>>().join(".");
        let first = path.split('.').next().unwrap_or_default();
        let mut taken = matches!(first, "main" | "prelude") || wyn_check::is_std_name(first);
        while taken || self.modules.iter().any(|module| module.path == path) {
            path.insert_str(0, "./");
            taken = false;
        }
        path
    }
}

/// An import that is being looked at.
#[derive(Clone, Copy)]
struct Site<'i> {
    from: usize,
    /// The path, or the name in braces that is in question.
    span: Span,
    import: &'i ImportItem,
    /// The name in braces.
    inside: Option<Symbol>,
}

/// The words of an import's path.
fn path_span(import: &ImportItem) -> Span {
    match &import.segments[..] {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => unreachable!("an import has a path"),
    }
}
