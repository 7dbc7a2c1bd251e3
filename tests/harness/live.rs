//! Programs that are watched while they run: what they write when they get a signal, and when some of their tasks wait for
//! each other while others go on. Each says `ready` when it is where the test wants it, and ends when its standard input
//! does. Nothing here depends on how long anything takes.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use wyn_tests::annotations::Annotations;
use wyn_tests::live::{self, Live};
use wyn_tests::{root, wync};

const WORKERS: [u32; 3] = [1, 2, 8];

/// Builds a program of `tests/live`, in a folder of its own.
fn built(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let executable = folder.path().join("program");
    let program = root().join(format!("tests/live/{name}.wyn"));
    wync::build(&program, 2, &executable, &Annotations::default()).expect("it compiles");
    (folder, executable)
}

/// Builds a program of `tests/live` and runs it with each number of workers.
fn each(name: &str, watch: impl Fn(Live)) {
    let (_folder, executable) = built(name);
    for workers in WORKERS {
        watch(Live::start(&executable, workers));
    }
}

/// A command of the shell, in which `"$0"` is the program.
fn shell(command: &str, executable: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).arg(executable);
    shell
}

fn has(lines: &[String], text: &str) {
    assert!(lines.iter().any(|line| line.contains(text)), "lacks `{text}`:\n{}", lines.join("\n"));
}

// Two runs of the same program. The first number of a run is a one-to-one function of the time at which it began, and the second
// run begins after the end of the first: they cannot agree by chance.
// rules: RND-2
#[test]
fn each_run_draws_other_numbers() {
    let (_folder, executable) = built("draws");
    let draw = || {
        let output = Command::new(&executable).output().expect("the program starts");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("numbers");
        assert_eq!(text.lines().count(), 3, "{text}");
        text
    };
    assert_ne!(draw(), draw());
}

// SIGQUIT: what all tasks do, and the program goes on.
#[test]
fn sigquit_tells_what_all_tasks_do() {
    each("tasks_on_request", |live| {
        // Until all of them have come to where they wait.
        let dump = loop {
            live.ask(1);
            let dump = live.report();
            if dump[0] == "tasks: 0 running, 0 ready to run, 16 waiting" {
                break dump;
            }
        };
        has(&dump, "    #1 main");
        has(&dump, "       waits at tests/live/tasks_on_request.wyn:32 for standard input");
        has(&dump, "       waits at tests/live/tasks_on_request.wyn:19 for the file system");
        has(&dump, "    10 times main.receives, spawned at tests/live/tasks_on_request.wyn:27");
        has(
            &dump,
            "       waits at tests/live/tasks_on_request.wyn:7 in `recv` for a message of a channel made at tests/live/tasks_on_request.wyn:23 (capacity 0, 1 sender)",
        );
        has(&dump, " main.awaits, spawned at tests/live/tasks_on_request.wyn:28");
        has(&dump, "       waits at tests/live/tasks_on_request.wyn:9 in `await` for #");
        has(&dump, " main.selects, spawned at tests/live/tasks_on_request.wyn:29");
        has(
            &dump,
            " in `select` for a message of a channel made at tests/live/tasks_on_request.wyn:24 (capacity 1, 1 sender); a moment in time",
        );
        has(&dump, " every, spawned (detached) at tests/live/tasks_on_request.wyn:25");
        has(&dump, "       waits at tests/live/tasks_on_request.wyn:25 in `every`");
        let (status, stdout, stderr) = live.end();
        assert_eq!(status, Some(0), "{stderr:?}");
        assert_eq!(stdout, ["end"]);
    });
}

// Tasks that have no record as yet get theirs to be told of: without that `main` alone would be said to run. (Workers that have
// nothing to do ask for tasks all the time, so there is but one.)
#[test]
fn sigquit_tells_of_tasks_without_a_record() {
    let (_folder, executable) = built("latent_on_request");
    let live = Live::start(&executable, 1);
    let named = (0..200).any(|_| {
        live.ask(1);
        let dump = live.report();
        let below = "main.below, spawned at tests/live/latent_on_request.wyn:12";
        let found = dump.iter().position(|line| line.ends_with(below));
        found.and_then(|at| dump.get(at + 1)).is_some_and(|line| line.ends_with("       runs"))
    });
    assert!(named, "the innermost task was never told of");
    let (status, stdout, stderr) = live.end();
    assert_eq!((status, &stdout[..]), (Some(0), &["end".to_owned()][..]), "{stderr:?}");
}

// A circle of awaits and locks is told once while others go on.
#[test]
fn circles_are_told_while_others_go_on() {
    each("circles", |live| {
        let told = live.report();
        assert_eq!(told[0], "deadlock: some tasks wait for each other, while others go on");
        assert_eq!(told[1], "  2 tasks wait for each other:");
        has(&told, "main.holds, spawned at tests/live/circles.wyn:");
        has(&told, "in `lock` for a mutex that #");
        let (status, stdout, stderr) = live.end();
        assert_eq!(stdout, ["after"], "others went on");
        // In the end nobody can go on.
        assert_eq!(status, Some(102));
        assert_eq!(stderr[0], "deadlock: no task can go on", "{}", stderr.join("\n"));
        has(&stderr, "main.holds, spawned at tests/live/circles.wyn:");
    });
}

// Circles that can still end do not hide one that cannot, however many they are.
#[test]
fn circles_with_limits_hide_no_other() {
    each("circles_with_limits", |live| {
        let told = live.report();
        assert_eq!(told[0], "deadlock: some tasks wait for each other, while others go on");
        assert_eq!(told[1], "  a task waits for itself:");
        has(&told, "main.keep, spawned at tests/live/circles_with_limits.wyn:");
        let (status, _, stderr) = live.end();
        assert_eq!(status, Some(0), "{stderr:?}");
    });
}

// Sleepers, calls of the operating system, waits at channels, and chains that end in one of these, are no deadlock.
#[test]
fn whoever_can_still_be_woken_is_not_told() {
    each("no_circles", |live| {
        let (status, stdout, stderr) = live.end();
        assert_eq!((status, stderr.len()), (Some(0), 0), "{}", stderr.join("\n"));
        assert_eq!(stdout, ["end"]);
    });
}

// A cancelled task waits for input no longer; nothing of what comes later is lost.
#[test]
fn waiting_for_input_is_cancelled() {
    each("cancelled_input", |mut live| {
        assert_eq!(live.line(), "200 expired, 51 cancelled");
        live.tell("a line");
        assert_eq!(live.line(), "read a line");
        live.tell("and another");
        assert_eq!(live.line(), "read and another");
        let (status, stdout, stderr) = live.end();
        assert_eq!((status, stderr.len()), (Some(0), 0), "{}", stderr.join("\n"));
        assert_eq!(stdout, ["end"]);
    });
}

// A task that is cancelled while it waits for a named pipe leaves at once, and takes nothing away from those who come
// later; one that is left at the end of the program does not hold it up.
#[test]
fn waiting_for_files_is_cancelled() {
    each("cancelled_files", |mut live| {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).expect("a named pipe");
        live.tell(pipe.to_str().expect("text"));
        assert_eq!(live.line(), "nobody writes: 100 expired, 100 cancelled");
        assert_eq!(live.line(), "nobody reads: 200 expired, 0 errors");
        // Each of these waits for the other end.
        std::fs::write(&pipe, "to the program").expect("somebody reads");
        assert_eq!(live.line(), "read to the program");
        assert_eq!(std::fs::read_to_string(&pipe).expect("somebody writes"), "from the program");
        assert_eq!(live.line(), "written");
        // A pipe that nobody empties.
        let kept = std::fs::File::options().read(true).write(true).open(&pipe).expect("a named pipe");
        live.tell("");
        assert_eq!(live.line(), "nobody empties: 20 expired");
        let (status, stdout, stderr) = live.end();
        drop(kept);
        assert_eq!((status, stderr.len()), (Some(0), 0), "{}", stderr.join("\n"));
        assert_eq!(stdout, ["end", "the detached task has left"]);
    });
}

// Nobody who waits for input is left waiting, however the lines come.
#[test]
fn several_tasks_read_small_pieces() {
    const LINES: u32 = 30_000;
    each("many_readers", |mut live| {
        (0..LINES).for_each(|_| live.tell("1"));
        let (status, stdout, stderr) = live.end();
        assert_eq!((status, stderr.len()), (Some(0), 0), "{}", stderr.join("\n"));
        assert_eq!(stdout, [LINES.to_string()]);
    });
}

// Neither fibers that go on where their channel is used, nor tasks that were spawned and not awaited yet, are left behind a thread that
// stands still in a call to the system: the output is read when the program has said that they went on. (With one worker nobody
// else could run them.)
#[test]
fn nobody_waits_behind_an_output_that_nobody_reads() {
    for (name, says, lines) in
        [("stalled_output", "received\n", 5000), ("child_of_stalled_output", "begun\n", 2)]
    {
        let (_folder, executable) = built(name);
        for workers in ["2", "8"] {
            let mut program = Command::new("timeout")
                .args([Path::new("60"), &executable])
                .env("WYN_WORKERS", workers)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("it starts");
            let mut said = String::new();
            let stderr = program.stderr.as_mut().expect("piped");
            BufReader::new(stderr).read_line(&mut said).expect("it says something, or ends");
            assert_eq!(said, says);
            let output = program.wait_with_output().expect("it ends");
            let written = output.stdout.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!((output.status.code(), written), (Some(0), lines));
        }
    }
}

// A reader sees what was printed soon: each program here would run for hours.
#[test]
fn what_is_printed_reaches_the_reader_in_time() {
    let (_folder, executable) = built("output_in_time");
    for (workers, does) in
        WORKERS.into_iter().flat_map(|workers| [(workers, "computes"), (workers, "sleeps")])
    {
        let mut program = Command::new(&executable)
            .arg(does)
            .env("WYN_WORKERS", workers.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = live::lines(program.stdout.take().expect("piped"));
        let read: Vec<_> = (0..2).map_while(|_| lines.recv_timeout(live::HANGS).ok()).collect();
        program.kill().expect("it is there");
        program.wait().expect("it ends");
        assert_eq!(read, ["first", "second"], "{workers} workers, {does}");
    }
}

// Each signal that asks a program to end: what was printed is written first. `env` undoes what a shell may have ignored.
#[test]
fn a_signal_ends_a_program_after_its_output() {
    let (folder, executable) = built("ends_by_a_signal");
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let waits = folder.path().join(status.to_string());
        let program = Command::new("env")
            .args(["--default-signal=INT,HUP"])
            .args([&executable, &waits])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        wait_for(&waits);
        kill_process(Pid::from_child(&program), signal).expect("the program is there");
        let output = program.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), &*output.stdout), (Some(status), &b"printed\n"[..]));
    }
}

// What the one who started a program ignores, the program ignores: the shell's background jobs, and `nohup`.
#[test]
fn ignored_signals_stay_ignored() {
    let (folder, executable) = built("ends_by_a_signal");
    let waits = folder.path().join("waits");
    let mut program = shell("trap '' INT HUP; exec \"$0\" \"$1\"", &executable)
        .arg(&waits)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    wait_for(&waits);
    for signal in [Signal::INT, Signal::HUP, Signal::TERM] {
        kill_process(Pid::from_child(&program), signal).expect("the program is there");
    }
    assert_eq!(program.wait().expect("it ends").code(), Some(143));
}

// With its standard streams closed a program opens no file in their place, and printing still fails.
#[test]
fn no_file_takes_the_place_of_a_closed_stream() {
    let (_folder, executable) = built("closed_streams");
    let ended = |command: &str| shell(command, &executable).output().expect("it starts");
    assert_eq!(ended("exec \"$0\" <&- >&- 2>&-").status.code(), Some(3));
    let output = ended("exec \"$0\" say <&- >&-");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "wyn: cannot write to stdout: bad file descriptor\n");
}

// Output that cannot be written ends the program; it is told once, however many workers print.
#[test]
fn a_full_disk_is_told_once() {
    let (_folder, executable) = built("full_disk");
    for workers in WORKERS {
        let command = format!("WYN_WORKERS={workers} exec \"$0\" >/dev/full");
        let output = shell(&command, &executable).output().expect("it starts");
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(told, "wyn: cannot write to stdout: no space left on device\n");
    }
}

// A file that may not grow is an error of the call, not the end of the program.
#[test]
fn a_limit_of_the_size_of_files_is_an_error() {
    let (folder, executable) = built("file_too_large");
    let file = folder.path().join("file");
    let output =
        shell("ulimit -f 0; exec \"$0\" \"$1\"", &executable).arg(&file).output().expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "file too large\n");
}

/// Waits until a program has made a file.
fn wait_for(file: &Path) {
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "{} was never made", file.display());
        std::thread::sleep(Duration::from_millis(1));
    }
}
