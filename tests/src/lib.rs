//! What the test binaries in `harness/` share: finding `.wyn` files, reading their annotations, and
//! running the compiler and its programs.
//!
//! README.md beside this crate's manifest describes the annotations.

pub mod annotations;
pub mod built;
pub mod corpus;
pub mod expectation;
pub mod generated;
pub mod live;
pub mod mutation;
pub mod orders;
pub mod process;
pub mod program;
pub mod random;
pub mod rules;
pub mod soup;
pub mod stages;
pub mod watched;
pub mod weakening;
pub mod wync;

use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// All files below a folder of the repository that have this extension, sorted.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as tests are named: relative to the repository.
#[must_use]
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
