//! Compiles every program in `tests/compile-fail` and `tests/warn`, and those in `tests/modules` that
//! declare diagnostics, and compares what the compiler says with the `//~` annotations, both ways: a diagnostic that nobody declared fails. What a person
//! would see is compared with a snapshot, which `--bless` (or `INSTA_UPDATE=always`) rewrites.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::annotations::{Annotations, Marked};
use wyn_tests::program::Program;
use wyn_tests::{files, root, shown, wync};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folders = ["tests/compile-fail", "tests/warn"];
    let trial = |path: std::path::PathBuf| Trial::test(shown(&path), move || compare(&path));
    let single = folders.into_iter().flat_map(|folder| files(folder, "wyn")).map(trial);
    // About programs that are there for another reason there is nothing to say; those that run are built without a word in
    // `golden`.
    let others = ["tests/ir", "benches/programs"].into_iter().flat_map(|folder| files(folder, "wyn"));
    let others = others.map(|path| Trial::test(shown(&path), move || compare_program(&path).map(drop)));
    let several = Program::all().into_iter().filter(Program::has_marks);
    let several = several.map(|program| Trial::test(shown(&program.path), move || compare_all(&program)));
    libtest_mimic::run(&arguments, single.chain(others).chain(several).collect()).exit_code()
}

fn compare(path: &Path) -> Result<(), Failed> {
    let source = compare_program(path)?;
    snapshot(path, path, &source)
}

/// Compares the diagnostics of a program of one file; gives its text.
fn compare_program(path: &Path) -> Result<String, Failed> {
    // One of them is not valid UTF-8, on purpose.
    let source = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let marks = Annotations::read(&source)?.marked;
    compare_marks(path, vec![(path.to_owned(), marks)])?;
    Ok(source)
}

/// The same for a program of several files, each of which may declare diagnostics.
fn compare_all(program: &Program) -> Result<(), Failed> {
    let marks = program.annotations()?.into_iter().map(|(path, read)| (path, read.marked)).collect();
    compare_marks(&program.path, marks)?;
    let mut source = String::new();
    for path in &program.files {
        let _ = write!(source, "---- {}\n{}\n", shown(path), std::fs::read_to_string(path)?);
    }
    snapshot(&program.path, &program.main, &source)
}

fn compare_marks(path: &Path, mut declared: Vec<(PathBuf, Vec<Marked>)>) -> Result<(), Failed> {
    let mut wrong = String::new();
    for found in wync::check(path)? {
        let matches = |mark: &Marked| {
            mark.line == found.line
                && mark.severity == found.severity
                && mark.code == found.code
                && found.message.contains(&mark.text)
        };
        let file = root().join(&found.file);
        let marks = declared.iter_mut().find(|(path, _)| *path == file).map(|(_, marks)| marks);
        match marks.and_then(|marks| Some((marks.iter().position(matches)?, marks))) {
            Some((at, marks)) => drop(marks.remove(at)),
            None => {
                _ = writeln!(
                    wrong,
                    "undeclared: {}:{}: {} {}: {}",
                    shown(&file),
                    found.line,
                    found.severity,
                    found.code,
                    found.message
                )
            }
        }
    }
    for (file, marks) in declared {
        for mark in marks {
            let _ = writeln!(
                wrong,
                "missing: {}:{}: {} {}: {}",
                shown(&file),
                mark.line,
                mark.severity,
                mark.code,
                mark.text
            );
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

/// Compares the program and what a person sees when compiling it with the file beside its main file.
fn snapshot(path: &Path, main: &Path, source: &str) -> Result<(), Failed> {
    let seen = without_library_lines(&wync::run(["check", &shown(path)])?.stderr);
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(main.parent().unwrap_or(&root()));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = main.file_stem().unwrap_or_default().to_string_lossy();
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
