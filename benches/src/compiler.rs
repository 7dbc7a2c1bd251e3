//! `./dev bench --compiler`: how long `wync` itself takes, on a generated program and on the smallest one.
//!
//! Gives a Markdown table of medians: processor time, wall-clock time and peak memory of whole commands, and below
//! it the stages of one run as `wync --timings` tells them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use wyn_bench::generated;

use crate::measure::{Ended, end};
use crate::report::median;

/// A command to measure.
struct Case {
    name: String,
    arguments: Vec<String>,
}

/// Measures `wync` on a program of about so many lines.
pub(crate) fn measure(wync: &Path, lines: usize, rounds: usize) -> Result<String, String> {
    let folder = Path::new("target/bench");
    fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok::<_, String>(path.to_string_lossy().into_owned())
    };
    let text = generated::program(lines);
    let exact = text.lines().count();
    let large = write("generated.wyn", &text)?;
    let hello = write("hello.wyn", "fn main() {\n    print(\"hello\")\n}\n")?;
    let output = folder.join("generated").to_string_lossy().into_owned();
    let case = |name: String, arguments: &[&str]| Case {
        name,
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
    };
    let cases = [
        case(format!("`check`, {exact} lines"), &["check", "--timings", &large]),
        case(format!("`build -O0`, {exact} lines"), &["build", "-O0", "--timings", &large, "-o", &output]),
        case("`check`, hello".into(), &["check", &hello]),
        case("`run`, hello".into(), &["run", &hello]),
    ];
    let mut table =
        String::from("| command | processor time | wall-clock time | peak memory |\n|---|---|---|---|\n");
    let mut stages = String::new();
    for Case { name, arguments } in cases {
        let mut runs = Vec::new();
        for round in 0..rounds {
            eprintln!("{name}: round {} of {rounds}", round + 1);
            let mut command = Command::new(wync);
            command.args(&arguments);
            runs.push(end(command).map_err(|e| format!("wync {}: {e}", arguments.join(" ")))?);
        }
        let middle = |value: fn(&Ended) -> Duration| {
            median(runs.iter().map(|run| value(run).as_micros() as u64)) as f64 / 1e3
        };
        let (cpu, wall) = (middle(|run| run.cpu), middle(|run| run.wall));
        let peak = median(runs.iter().map(|run| run.peak_kib)) as f64 / 1024.0;
        let _ = writeln!(table, "| {name} | {cpu:.0} ms | {wall:.0} ms | {peak:.0} MB |");
        if let Some(told) = runs.last().filter(|run| !run.err.is_empty()) {
            let _ = writeln!(stages, "\nOne run of {name}:\n\n```text\n{}```", told.err);
        }
    }
    Ok(table + &stages)
}
