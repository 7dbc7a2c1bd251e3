//! Programs whose runtime loses time at random before each of its atomic operations and locks, their fast paths included: a
//! compiler that makes such programs is in `$WYNC` (`./dev disturb`). A program must do what it does otherwise.
//!
//! As it stands these are the programs about tasks, channels, select and locks, a few times. With `WYN_STRESS=full` they are all
//! programs that are run by other tests, and those of the fault suite, `WYN_ROUNDS` times, every other time beside the thread that
//! disturbs the schedule too.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::annotations::Annotations;
use wyn_tests::built::Built;
use wyn_tests::{expectation, files, shown};

const LEVEL: u8 = 2;
const WORKERS: [u32; 2] = [2, 8];
/// What is always tried.
const FEW: [&str; 4] = ["tests/run/tasks", "tests/run/channels", "tests/run/select", "tests/run/sync"];
/// What is tried at full size. Those of the fault suite do as little as they can.
const ALL: [&str; 3] = ["tests/run", "tests/run-fail", "tests/stress"];
/// Runs with each number of workers: usually, and at full size if nothing is said.
const ROUNDS: (u32, u32) = (1, 10);
/// Seconds after which a program hangs, unless it says more: all take ten times as long, and some a minute else.
const HANGS: u64 = 1200;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let is_full = std::env::var("WYN_STRESS").is_ok_and(|value| value == "full");
    let folders = if is_full { &ALL[..] } else { &FEW[..] };
    let rounds = std::env::var("WYN_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds = rounds.unwrap_or(if is_full { ROUNDS.1 } else { ROUNDS.0 });
    let programs = folders.iter().flat_map(|folder| files(folder, "wyn"));
    let trials = programs.map(|path| trial(path, rounds)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(path: PathBuf, rounds: u32) -> Trial {
    Trial::test(shown(&path), move || run(&path, rounds))
}

fn run(path: &Path, rounds: u32) -> Result<(), Failed> {
    let mut annotations = Annotations::read(&std::fs::read_to_string(path)?)?;
    let hangs = annotations.timeout.unwrap_or(0).max(HANGS);
    annotations.timeout = Some(hangs);
    if !annotations.scale.quick.is_empty() {
        annotations.args = vec![annotations.scale.quick.clone()];
    }
    let built = Built::new(path.to_owned(), LEVEL).with_warnings(annotations.warnings.clone());
    let executable = built.executable()?;
    let workers = annotations.workers.clone().unwrap_or_else(|| WORKERS.to_vec());
    for round in 0..rounds {
        for &workers in &workers {
            let mut annotations = annotations.clone();
            if round % 2 == 1 {
                annotations.env.insert(0, ("WYN_YIELDS".to_owned(), round.to_string()));
            }
            expectation::run(&executable, &annotations, LEVEL, workers)
                .map_err(|why| format!("WYN_WORKERS={workers}, round {round}: {why}"))?;
        }
    }
    Ok(())
}
