//! The programs of several files in `tests/modules`: one a folder.

use std::path::{Path, PathBuf};

use crate::annotations::Annotations;
use crate::{files, root, shown};

/// A program of several files.
#[derive(Clone, Debug)]
pub struct Program {
    /// What the compiler is given: the folder when it is a package, else the `main.wyn` in it.
    pub path: PathBuf,
    /// The `main.wyn`, which says what the program does.
    pub main: PathBuf,
    /// All its files, `wyn.toml`s included.
    pub files: Vec<PathBuf>,
}

impl Program {
    /// All programs in `tests/modules`.
    ///
    /// # Panics
    /// When a folder cannot be read.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = root().join("tests/modules");
        let entries = std::fs::read_dir(folder).expect("a readable folder");
        let mut folders: Vec<PathBuf> =
            entries.map(|entry| entry.expect("a readable entry").path()).collect();
        folders.sort();
        folders.iter().map(|folder| Self::in_folder(folder)).collect()
    }

    fn in_folder(folder: &Path) -> Self {
        let below = shown(folder);
        let mut all = files(&below, "wyn");
        // The one that is least deep: packages that it depends on may have their own.
        let main =
            all.iter().filter(|path| path.ends_with("main.wyn")).min_by_key(|path| path.components().count());
        let main = main.cloned().unwrap_or_else(|| folder.join("main.wyn"));
        all.extend(files(&below, "toml"));
        let package = folder.join("wyn.toml").exists();
        Self { path: if package { folder.to_owned() } else { folder.join("main.wyn") }, main, files: all }
    }

    /// The diagnostics that its files declare; none for a program that is run.
    ///
    /// # Errors
    /// A sentence about an annotation that makes no sense.
    pub fn annotations(&self) -> Result<Vec<(PathBuf, Annotations)>, String> {
        let read = |path: &PathBuf| {
            let source =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", shown(path)))?;
            let annotations = Annotations::read(&source).map_err(|why| format!("{}: {why}", shown(path)))?;
            Ok((path.clone(), annotations))
        };
        self.files.iter().map(read).collect()
    }

    /// Whether it is there for its diagnostics.
    #[must_use]
    pub fn has_marks(&self) -> bool {
        let marked =
            |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|source| source.contains("//~"));
        self.files.iter().any(marked)
    }
}
