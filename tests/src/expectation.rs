//! Compares what a program did with what its annotations say.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::annotations::Annotations;
use crate::process::{self, Finished};

/// Enough for any test program on a loaded machine; what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// The exit status of a program whose `main` panicked, or one of whose panics nobody awaited.
const PANIC: i32 = 101;

/// Runs a test program once that was compiled at this level. What it leaves behind is counted; at level 0, on 2 workers, its
/// places are looked for too, which is slow, and takes the slow paths of the runtime.
///
/// # Errors
/// How it differed from what was expected.
pub fn run(executable: &Path, expected: &Annotations, level: u8, workers: u32) -> Result<(), String> {
    let mut stdin = expected.stdin.join("\n");
    if !stdin.is_empty() {
        stdin.push('\n');
    }
    let mut command = Command::new(executable);
    command.args(&expected.args).current_dir(crate::root());
    command.env("WYN_WORKERS", workers.to_string()).env("WYN_CHECK", "1");
    if !expected.leaks_allowed {
        command.env("WYN_LEAKS", if (level, workers) == (0, 2) { "1" } else { "count" });
    }
    command.envs(expected.env.iter().map(|(name, value)| (name, value)));
    let limit = expected.timeout.map_or(LIMIT, Duration::from_secs);
    let mut finished = process::run(&mut command, stdin.as_bytes(), limit)?;
    // Reports name files by the paths that the compiler was given.
    finished.stderr = finished.stderr.replace(&format!("{}/", crate::root().display()), "");
    compare(expected, &finished)
}

/// Compares a finished run.
///
/// # Errors
/// Every difference, and all that the program wrote.
pub fn compare(expected: &Annotations, finished: &Finished) -> Result<(), String> {
    let mut wrong = String::new();
    let status = expected.expect_exit.unwrap_or(if expected.expect_panic.is_empty() { 0 } else { PANIC });
    if finished.status != status {
        let _ = writeln!(wrong, "exit status {}, expected {status}", finished.status);
    }
    for text in expected.expect_stderr.iter().chain(&expected.expect_panic) {
        if !finished.stderr.contains(text.as_str()) {
            let _ = writeln!(wrong, "standard error lacks `{text}`");
        }
    }
    for text in &expected.expect_no_stderr {
        if finished.stderr.contains(text.as_str()) {
            let _ = writeln!(wrong, "standard error has `{text}`");
        }
    }
    let silent = expected.expect_stderr.is_empty() && expected.expect_panic.is_empty();
    if silent && !finished.stderr.is_empty() {
        let _ = writeln!(wrong, "standard error was expected to be empty");
    }
    output(expected, &finished.stdout, &mut wrong);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{wrong}--- stdout\n{}--- stderr\n{}", finished.stdout, finished.stderr))
}

fn output(expected: &Annotations, stdout: &str, wrong: &mut String) {
    // Editors strip the blanks at the ends of lines, so they are never compared.
    let mut lines: Vec<&str> = stdout.lines().map(str::trim_end).collect();
    for text in &expected.expect_unordered {
        match lines.iter().position(|line| *line == text.trim_end()) {
            Some(at) => drop(lines.remove(at)),
            None => _ = writeln!(wrong, "standard output lacks the line `{text}`"),
        }
    }
    if let Some(at) = (0..lines.len().max(expected.expect.len()))
        .find(|&at| lines.get(at).copied() != expected.expect.get(at).map(|line| line.trim_end()))
    {
        let _ = writeln!(
            wrong,
            "line {} of standard output (without the unordered ones) is {}, expected {}",
            at + 1,
            quoted(lines.get(at).copied()),
            quoted(expected.expect.get(at).map(String::as_str)),
        );
    }
}

fn quoted(line: Option<&str>) -> String {
    line.map_or_else(|| "missing".to_owned(), |line| format!("`{line}`"))
}
