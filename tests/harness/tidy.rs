//! House rules, as tests: what the style notes ask for and a machine can see.

use std::path::PathBuf;
use std::process::Command;

use wyn_base::Code;
use wyn_tests::{files, root, shown};

/// Lines that a source file may have.
const MOST_LINES: usize = 600;

/// Every text file under version control, with what it says.
fn tracked() -> Vec<(PathBuf, String)> {
    let output =
        Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output().expect("git runs");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let read = |name: &str| {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path, text))
    };
    names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect()
}

fn is_source(path: &std::path::Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["rs", "wyn", "c", "go", "ll", "ld"].iter().any(|e| extension == *e))
}

/// Fails with every line that breaks a rule.
fn report(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn files_are_short() {
    let long = |(path, text): &(PathBuf, String)| {
        let lines = text.lines().count();
        (is_source(path) && lines > MOST_LINES).then(|| format!("{}: {lines} lines", shown(path)))
    };
    let broken: Vec<_> = tracked().iter().filter_map(long).collect();
    report(&format!("a source file has at most {MOST_LINES} lines"), &broken);
}

#[test]
fn rust_files_say_what_they_are() {
    let silent = |(path, text): &(PathBuf, String)| {
        let rust = path.extension().is_some_and(|extension| extension == "rs");
        (rust && !text.trim_start().starts_with("//!")).then(|| shown(path))
    };
    let broken: Vec<_> = tracked().iter().filter_map(silent).collect();
    report("a Rust file opens with a `//!` header", &broken);
}

#[test]
fn nothing_is_left_to_do() {
    // In pieces, so that this file does not contain them.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("]].map(|word| word.concat());
    report("no notes of unfinished work", &lines_with(&words));
}

#[test]
fn no_machine_is_named() {
    let words = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"], ["/Us", "ers/"]].map(|word| word.concat());
    report("no paths of one machine", &lines_with(&words));
}

fn lines_with(words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tracked() {
        if path.ends_with("Cargo.lock") {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: `{word}`", shown(&path), at + 1));
            }
        }
    }
    found
}

#[test]
fn every_diagnostic_code_has_a_test() {
    let programs: String = ["tests/compile-fail", "tests/warn"]
        .into_iter()
        .flat_map(|folder| files(folder, "wyn"))
        .filter_map(|path| std::fs::read(path).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let tested =
        |code: &Code| ["ERROR", "WARN"].iter().any(|kind| programs.contains(&format!("{kind} {code}")));
    let broken: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !tested(code))
        .map(|code| format!("{code}: {}", code.title()))
        .collect();
    report("every diagnostic code has a program in tests/compile-fail or tests/warn", &broken);
}
