//! Compiles every program in `tests/compile-fail` and `tests/warn` and compares what the compiler
//! says with the `//~` annotations, both ways: a diagnostic that nobody declared fails. What a person
//! would see is compared with a snapshot, which `--bless` (or `INSTA_UPDATE=always`) rewrites.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::annotations::Annotations;
use wyn_tests::{files, root, shown, wync};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folders = ["tests/compile-fail", "tests/warn"];
    let trial = |path: std::path::PathBuf| Trial::test(shown(&path), move || compare(&path));
    let trials = folders.into_iter().flat_map(|folder| files(folder, "wyn")).map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn compare(path: &Path) -> Result<(), Failed> {
    // One of them is not valid UTF-8, on purpose.
    let source = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut declared = Annotations::read(&source)?.marked;
    let mut wrong = String::new();
    for found in wync::check(path)? {
        let matches = |mark: &wyn_tests::annotations::Marked| {
            mark.line == found.line
                && mark.severity == found.severity
                && mark.code == found.code
                && found.message.contains(&mark.text)
        };
        match declared.iter().position(matches) {
            Some(at) => drop(declared.remove(at)),
            None => {
                _ = writeln!(
                    wrong,
                    "undeclared: line {}: {} {}: {}",
                    found.line, found.severity, found.code, found.message
                )
            }
        }
    }
    for mark in declared {
        let _ =
            writeln!(wrong, "missing: line {}: {} {}: {}", mark.line, mark.severity, mark.code, mark.text);
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    snapshot(path, &source)
}

/// Compares the program and what a person sees when compiling it with the file beside it.
fn snapshot(path: &Path, source: &str) -> Result<(), Failed> {
    let seen = without_library_lines(&wync::run(["check", &shown(path)])?.stderr);
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(path.parent().unwrap_or(&root()));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    settings.bind(|| insta::assert_snapshot!(&*name, format!("{}\n\n{seen}", source.trim_end())));
    Ok(())
}

/// Where in the standard library a message points changes with every line added there; that it points
/// there, and at what text, does not.
fn without_library_lines(seen: &str) -> String {
    let mut in_library = false;
    let mut kept = String::new();
    for line in seen.lines() {
        if let Some((before, place)) = line.split_once("─[ ") {
            in_library = place.starts_with("std/");
            if in_library {
                let file = place.split(':').next().unwrap_or(place);
                let _ = writeln!(kept, "{before}─[ {file} ]");
                continue;
            }
        }
        match line.split_once('│') {
            Some((number, text)) if in_library => {
                let blank = number.replace(|c: char| c.is_ascii_digit(), " ");
                let _ = writeln!(kept, "{blank}│{text}");
            }
            _ => {
                let _ = writeln!(kept, "{line}");
            }
        }
    }
    kept
}
