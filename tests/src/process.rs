//! Runs a process to its end, or to a deadline that only a hang reaches.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How a process ended and what it wrote.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit status; 128 + n after signal n.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a command with this standard input.
///
/// # Errors
/// A sentence, when the command cannot be started or does not end in time; then it is killed.
pub fn run(command: &mut Command, stdin: &[u8], limit: Duration) -> Result<Finished, String> {
    // Files take any amount of output without a reader, so that a full pipe cannot be the hang.
    let file = || tempfile::tempfile().map_err(|error| format!("cannot make a temporary file: {error}"));
    let (mut input, mut stdout, mut stderr) = (file()?, file()?, file()?);
    let describe = |error: std::io::Error| format!("{}: {error}", command.get_program().display());
    input.write_all(stdin).and_then(|()| input.rewind()).map_err(describe)?;
    let share = |file: &File| file.try_clone().map(Stdio::from);
    let (stdin, out, err) = (
        share(&input).map_err(describe)?,
        share(&stdout).map_err(describe)?,
        share(&stderr).map_err(describe)?,
    );
    let mut child = command
        .stdin(stdin)
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;

    let start = Instant::now();
    let mut pause = Duration::from_micros(500);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                let (out, err) = (text(&mut stdout), text(&mut stderr));
                return Err(format!(
                    "still running after {limit:?}; killed\nstdout so far:\n{out}\nstderr:\n{err}"
                ));
            }
            Ok(None) => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            Err(error) => return Err(format!("{command:?}: {error}")),
        }
    };
    let status = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
    Ok(Finished { status, stdout: text(&mut stdout), stderr: text(&mut stderr) })
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}
