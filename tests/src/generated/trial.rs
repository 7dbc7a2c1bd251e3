//! A program is compiled and run in many ways, and must do the same in each.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::machine::Outcome;
use crate::{process, wync};

/// More than a program takes on a loaded machine; what takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// A way to run a program.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The level of optimisation.
    pub level: u8,
    /// The number of workers.
    pub workers: u32,
    /// Whether the schedule is disturbed.
    pub is_disturbed: bool,
}

/// All of them, by level, so that each level is compiled once.
pub const WAYS: [Way; 6] = [
    Way { level: 0, workers: 1, is_disturbed: false },
    Way { level: 0, workers: 2, is_disturbed: true },
    Way { level: 2, workers: 1, is_disturbed: true },
    Way { level: 2, workers: 2, is_disturbed: false },
    Way { level: 2, workers: 8, is_disturbed: false },
    Way { level: 2, workers: 8, is_disturbed: true },
];

/// Some of them, for programs that are tried all the time.
pub const FEW: [Way; 3] = [WAYS[1], WAYS[2], WAYS[4]];

/// What a program did, and should not have done.
#[derive(Clone, Debug)]
pub struct Difference {
    /// How it was run.
    pub way: Way,
    /// The kind of the difference.
    pub kind: Kind,
    /// The code of what the compiler says, if it refuses the program.
    pub code: String,
    /// All that is known.
    pub told: String,
}

impl Difference {
    fn new(way: Way, kind: Kind, told: String) -> Box<Self> {
        let code = match kind {
            Kind::Refused => told.chars().take_while(|c| *c != ']').collect(),
            _ => String::new(),
        };
        Box::new(Self { way, kind, code, told })
    }

    /// Whether another one is likely to have the same cause.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.code == other.code
    }
}

/// A kind of difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It is not compiled.
    Refused,
    /// The compiler fails.
    Compiler,
    /// Something is left at the end.
    Leak,
    /// It prints something else.
    Output,
    /// It ends with another status.
    Status,
    /// It does not end.
    Hang,
}

/// Compiles and runs a program in these ways, the disturbed ones with a seed.
///
/// # Errors
/// The first difference.
pub fn run(text: &str, expected: &Outcome, ways: &[Way], seed: u64) -> Result<(), Box<Difference>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("program.wyn");
    std::fs::write(&source, text).expect("a file can be written");
    let mut built = None;
    for &way in ways {
        let executable = folder.path().join(format!("program{}", way.level));
        if built != Some(way.level) {
            build(&source, way, &executable)?;
            built = Some(way.level);
        }
        once(&executable, expected, way, seed)?;
    }
    Ok(())
}

fn build(source: &Path, way: Way, executable: &Path) -> Result<(), Box<Difference>> {
    let level = format!("-O{}", way.level);
    let args = ["build".as_ref(), level.as_ref(), source.as_os_str(), "-o".as_ref(), executable.as_os_str()];
    let told = match wync::run(args) {
        Ok(finished) if finished.status == 0 => return Ok(()),
        Ok(finished) if finished.status == 1 => {
            return Err(Difference::new(way, Kind::Refused, errors(&finished.stderr)));
        }
        Ok(finished) => format!("wync ended with status {}:\n{}", finished.status, finished.stderr),
        Err(why) => why,
    };
    Err(Difference::new(way, Kind::Compiler, told))
}

/// What the compiler says, without its warnings.
fn errors(said: &str) -> String {
    let mut kept = String::new();
    let mut is_error = false;
    for line in said.lines() {
        if line.starts_with('[') || line.starts_with("error") || line.starts_with("warning") {
            is_error = line.starts_with("error") || line.contains("] error");
        }
        if is_error {
            _ = writeln!(kept, "{line}");
        }
    }
    kept
}

fn once(executable: &Path, expected: &Outcome, way: Way, seed: u64) -> Result<(), Box<Difference>> {
    let mut command = Command::new(executable);
    command.env("WYN_WORKERS", way.workers.to_string()).env("WYN_CHECK", "1");
    command.env("WYN_LEAKS", if way.level == 0 { "1" } else { "count" });
    if way.is_disturbed {
        command.env("WYN_YIELDS", seed.to_string());
    }
    let differs = |kind, told| Err(Difference::new(way, kind, told));
    let finished = match process::run(&mut command, b"", LIMIT) {
        Ok(finished) => finished,
        Err(why) => return differs(Kind::Hang, why),
    };
    let lines: Vec<&str> = finished.stdout.lines().collect();
    let differing = (0..lines.len().max(expected.lines.len()))
        .find(|&at| lines.get(at).copied() != expected.lines.get(at).map(String::as_str));
    if let Some(at) = differing {
        let case = expected.lines[..at.min(expected.lines.len())].iter().rev();
        let case = case.filter(|line| line.starts_with("case ")).map(String::as_str).next().unwrap_or("");
        let told = format!(
            "{case}, line {}: {}\n{}expected: {}\nstatus {}\n{}",
            at + 1,
            lines.get(at).unwrap_or(&"nothing"),
            " ".repeat(4),
            expected.lines.get(at).map_or("nothing", String::as_str),
            finished.status,
            finished.stderr
        );
        let kind = if finished.status == expected.status { Kind::Output } else { Kind::Status };
        return differs(kind, told);
    }
    if finished.status == 99 {
        return differs(Kind::Leak, finished.stderr);
    }
    if finished.status != expected.status {
        return differs(
            Kind::Status,
            format!("status {}, expected {}\n{}", finished.status, expected.status, finished.stderr),
        );
    }
    Ok(())
}
