//! The fault suite: programs under load and races, with the schedule disturbed at random, on 1, 2 and 64 workers; and
//! programs that run out of something, or get signals, under the same disturbances. Each program, or its test here, says
//! when it passes.
//!
//! As it stands it does little, in less than a minute. With `WYN_STRESS=full` in the environment it does as much as finds
//! rare mistakes. `WYN_SEED` chooses other disturbances.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::annotations::Annotations;
use wyn_tests::built::Built;
use wyn_tests::live::Live;
use wyn_tests::{expectation, files, process, root, shown};

const LEVEL: u8 = 2;
const WORKERS: [u32; 3] = [1, 2, 64];
/// Seconds after which a program hangs, unless it says more.
const HANGS: u64 = 120;
/// Of a full run, which does a thousand times as much on a machine that may be busy.
const FULL_HANGS: u64 = 3600;
/// The exit status of a program whose runtime cannot go on.
const GIVES_UP: i32 = 103;
/// What it says has run out when memory has.
const MEMORY: [&str; 3] = ["memory", "stacks", "address space"];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A program has the machine to itself, as far as this test goes.
    arguments.test_threads.get_or_insert(1);
    let programs = files("tests/stress", "wyn");
    let mut trials: Vec<Trial> = programs.into_iter().flat_map(trials).collect();
    trials.push(Trial::test("memory ends while tasks block", || {
        memory_ends("unbounded_spawn", "a thousand are blocked", 4_000_000)
    }));
    trials.push(Trial::test("memory ends while futures are kept", || {
        memory_ends("unbounded_list", "thousands are kept", 2_000_000)
    }));
    trials.push(Trial::test("memory ends while channels are made", || {
        memory_ends("unbounded_channels", "thousands are kept", 2_000_000)
    }));
    trials.push(Trial::test("memory ends while messages are sent", || {
        memory_ends("unbounded_messages", "many are under way", 2_000_000)
    }));
    trials.push(Trial::test("no threads can be made", no_threads));
    trials.push(Trial::test("a thousand signals a second", signals));
    trials.push(Trial::test("a blocking call beside a heartbeat", blocking_call));
    if is_full() {
        trials.push(Trial::test("exit beside ten thousand blocked tasks", exit_in_time));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn fault(name: &str) -> Built {
    Built::new(root().join(format!("tests/faults/{name}.wyn")), LEVEL)
}

fn is_full() -> bool {
    std::env::var("WYN_STRESS").is_ok_and(|value| value == "full")
}

/// What chooses the disturbances of a program.
fn seed(workers: u32) -> String {
    std::env::var("WYN_SEED").unwrap_or_else(|_| workers.to_string())
}

/// Starts a program that is disturbed.
fn start(executable: &Path, workers: u32) -> Live {
    Live::start_with(executable, workers, &[("WYN_YIELDS", &seed(workers))])
}

/// One trial for each number of workers.
fn trials(path: PathBuf) -> Vec<Trial> {
    let source = std::fs::read_to_string(&path).unwrap_or_default();
    let mut annotations = match Annotations::read(&source) {
        Ok(annotations) => annotations,
        Err(why) => return vec![Trial::test(shown(&path), move || Err(Failed::from(why)))],
    };
    let scale = if is_full() { &annotations.scale.full } else { &annotations.scale.quick };
    if scale.is_empty() {
        return vec![Trial::test(shown(&path), || Err("`quick` and `full` say how much it does".into()))];
    }
    annotations.args = vec![scale.clone()];
    let least = if is_full() { FULL_HANGS } else { HANGS };
    annotations.timeout = Some(annotations.timeout.unwrap_or(0).max(least));
    let workers = annotations.workers.clone().unwrap_or_else(|| WORKERS.to_vec());
    let built = Arc::new(Built::new(path.clone(), LEVEL));
    let trial = |workers: u32| {
        let (built, mut annotations) = (built.clone(), annotations.clone());
        annotations.env.insert(0, ("WYN_YIELDS".to_owned(), seed(workers)));
        Trial::test(format!("{} on {workers}", shown(&path)), move || {
            Ok(expectation::run(&built.executable()?, &annotations, 2, workers)?)
        })
    };
    workers.into_iter().map(trial).collect()
}

/// Runs a program with so much address space.
fn limited(program: &Path, kibibytes: u64, workers: u32) -> Result<process::Finished, Failed> {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {kibibytes} && exec \"$0\""), &program.display().to_string()]);
    command.env("WYN_WORKERS", workers.to_string()).env("WYN_YIELDS", seed(workers));
    Ok(process::run(&mut command, b"", Duration::from_secs(HANGS))?)
}

/// Passes when the program ends with the status of a runtime that cannot go on and one line that says what has run out,
/// whatever the limit is, after it has said what it says on the way there. With very many workers that may be the threads, which
/// all want their part of the address space; `for_threads` has room for them.
fn memory_ends(name: &str, says: &str, for_threads: u64) -> Result<(), Failed> {
    let executable = fault(name);
    let executable = executable.executable()?;
    for kibibytes in [300_000, 500_000, 1_000_000] {
        for workers in [1, 2] {
            let ended = limited(&executable, kibibytes, workers)?;
            gave_up(&ended, &MEMORY)?;
            assert_eq!(ended.stdout.trim_end(), says);
        }
    }
    for kibibytes in [1_000_000, for_threads] {
        gave_up(&limited(&executable, kibibytes, 64)?, &[&MEMORY[..], &["thread"]].concat())?;
    }
    Ok(())
}

/// Passes when the program ends with a line that says that a thread could not be started.
fn no_threads() -> Result<(), Failed> {
    let executable = fault("nothing");
    let ended = limited(&executable.executable()?, 2_000_000, 1000)?;
    gave_up(&ended, &["thread"])
}

/// Passes when a task goes on for a hundred beats while another waits for a line that is sent only then, and when a third
/// reads files beside both: with one worker too, which the wait must not hold.
fn blocking_call() -> Result<(), Failed> {
    let executable = fault("blocking_calls");
    for workers in WORKERS {
        let mut live = start(&executable.executable()?, workers);
        assert_eq!(live.line(), "beats");
        live.tell("a line");
        assert_eq!(live.line(), "read a line after 100 beats or more");
        let (status, stdout, stderr) = live.end();
        assert_eq!((status, stdout), (Some(0), vec!["end".to_owned()]), "{}", stderr.join("\n"));
    }
    Ok(())
}

/// Passes when the quickest of nine programs is gone in less than 100 ms after it was told to end. (The others may have had
/// to wait for a processor; such a figure is for a full run alone.)
fn exit_in_time() -> Result<(), Failed> {
    let executable = fault("leaves");
    for workers in WORKERS {
        let mut least = Duration::MAX;
        for _ in 0..9 {
            let live = start(&executable.executable()?, workers);
            let told = Instant::now();
            let (status, _, stderr) = live.end();
            least = least.min(told.elapsed());
            assert_eq!(status, Some(3), "{}", stderr.join("\n"));
        }
        eprintln!("on {workers}: {least:?}");
        assert!(least < Duration::from_millis(100), "{least:?} on {workers}");
    }
    Ok(())
}

fn gave_up(ended: &process::Finished, reasons: &[&str]) -> Result<(), Failed> {
    let one_line = ended.stderr.lines().count() == 1 && ended.stderr.starts_with("wyn: ");
    if ended.status == GIVES_UP && one_line && reasons.iter().any(|reason| ended.stderr.contains(reason)) {
        return Ok(());
    }
    Err(format!("status {}, and it says:\n{}", ended.status, ended.stderr).into())
}

/// Passes when every step of the program comes out right while it gets signals as fast as they can be sent, and it ends by
/// itself with nothing on standard error but the reports.
fn signals() -> Result<(), Failed> {
    let executable = fault("signals");
    let count = if is_full() { 60_000 } else { 500 };
    for workers in WORKERS {
        let live = start(&executable.executable()?, workers);
        live.ask(count);
        assert!(live.report()[0].starts_with("tasks: "));
        let (status, stdout, stderr) = live.end();
        assert_eq!((status, stdout), (Some(0), vec!["end".to_owned()]), "{}", stderr.join("\n"));
        assert!(stderr.iter().all(|line| !line.contains("panic") && !line.contains("deadlock")));
    }
    Ok(())
}
