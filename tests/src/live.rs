//! A program that is watched and told things while it runs.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::root;

/// What takes this long does not happen.
pub const HANGS: Duration = Duration::from_secs(60);

/// A program that runs.
pub struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Live {
    /// Starts a program and waits until it says `ready`.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn start(executable: &Path, workers: u32) -> Live {
        Live::start_with(executable, workers, &[])
    }

    /// The same, with more in its environment.
    ///
    /// # Panics
    /// When it does not say so.
    #[must_use]
    pub fn start_with(executable: &Path, workers: u32, env: &[(&str, &str)]) -> Live {
        let mut child = Command::new(executable)
            .env("WYN_WORKERS", workers.to_string())
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = lines(child.stdout.take().expect("piped"));
        let stderr = lines(child.stderr.take().expect("piped"));
        let live = Live { stdin: child.stdin.take(), child, stdout, stderr };
        assert_eq!(live.stdout.recv_timeout(HANGS).as_deref(), Ok("ready"));
        live
    }

    /// Asks it what its tasks do, by SIGQUIT, so many times: a thousand times a second.
    ///
    /// # Panics
    /// When the program is not there any more.
    pub fn ask(&self, times: usize) {
        for _ in 0..times {
            kill_process(Pid::from_child(&self.child), Signal::QUIT).expect("the program is there");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The next line of its standard output.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn line(&self) -> String {
        self.stdout.recv_timeout(HANGS).expect("another line")
    }

    /// Gives it a line of its standard input.
    ///
    /// # Panics
    /// When it does not want one.
    pub fn tell(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("piped");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("it reads");
    }

    /// The lines of the next report on standard error: an empty one ends it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn report(&self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.stderr.recv_timeout(HANGS) {
                Ok(line) if line.is_empty() => return lines,
                Ok(line) => lines.push(line),
                Err(_) => panic!("no report, or half of one:\n{}", lines.join("\n")),
            }
        }
    }

    /// Ends the standard input; gives the exit status and what is left of the output.
    ///
    /// # Panics
    /// When that cannot be had.
    #[must_use]
    pub fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        drop(self.stdin.take());
        let told = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a program that was started") {
                break status;
            }
            if told.elapsed() > HANGS {
                let _ = self.child.kill();
                panic!("the program does not end");
            }
            std::thread::sleep(Duration::from_micros(500));
        };
        (status.code(), self.stdout.iter().collect(), self.stderr.iter().collect())
    }
}

/// The lines of a pipe, as they come.
#[must_use]
pub fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    let prefix = format!("{}/", root().display());
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line.replace(&prefix, "")).is_err() {
                return;
            }
        }
    });
    receiver
}
