//! Programs to start from: everything in this repository that is written in Wyn.

use crate::files;

/// The texts of all programs, wrong ones included, and of the standard library; sorted by path.
#[must_use]
pub fn programs() -> Vec<String> {
    let folders =
        ["examples", "stdlib", "tests/run", "tests/run-fail", "tests/compile-fail", "tests/warn", "tests/ir"];
    let paths = folders.into_iter().flat_map(|folder| files(folder, "wyn"));
    paths.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}
