//! One run of one program: its own time, its check value, its peak memory, what it says about its tasks.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::contender::Contender;

/// A run is ended after this long.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a run gave.
pub(crate) struct Run {
    /// The time of the work alone, as the program measured it.
    pub(crate) nanos: u64,
    /// What the same work takes without tasks, if the program tells.
    pub(crate) serial: Option<u64>,
    /// Processor time of the whole process, in nanoseconds.
    pub(crate) cpu: u64,
    /// The check value.
    pub(crate) check: String,
    /// Peak resident memory in KiB, as the kernel counted it.
    pub(crate) peak_kib: u64,
    /// How tasks were executed: the line that a Wyn program prints with `WYN_STATS=1`.
    pub(crate) stats: Option<String>,
}

/// Runs a contender with N on so many workers.
pub(crate) fn run(contender: &Contender, n: u64, workers: usize) -> Result<Run, String> {
    run_without(contender, n, workers, "")
}

/// The same, with a fast path left out, if the program was built for that.
pub(crate) fn run_without(contender: &Contender, n: u64, workers: usize, path: &str) -> Result<Run, String> {
    let workers = workers.to_string();
    let mut command = Command::new(&contender.program);
    command
        .args(&contender.arguments)
        .arg(n.to_string())
        .args(contender.shape)
        .env("WYN_WORKERS", &workers)
        .env("GOMAXPROCS", &workers)
        .env("BENCH_WORKERS", &workers)
        .env("WYN_ABLATE", path)
        .env("WYN_STATS", "1");
    let Ended { out, err, cpu, peak_kib, .. } = end(command)?;
    let value = |key: &str| {
        let line = out.lines().find_map(|line| line.strip_prefix(key));
        line.map(|value| value.trim().to_owned()).ok_or_else(|| format!("prints no `{key}`:\n{out}{err}"))
    };
    let nanos = value("time_ns:")?.parse().map_err(|e| format!("its time: {e}"))?;
    let serial = value("serial_ns:").ok().and_then(|nanos| nanos.parse().ok());
    let stats = err.lines().find_map(|line| line.strip_prefix("wyn-stats ")).map(str::to_owned);
    Ok(Run { nanos, serial, cpu: cpu.as_nanos() as u64, check: value("check:")?, peak_kib, stats })
}

/// What a process left behind.
pub(crate) struct Ended {
    pub(crate) out: String,
    pub(crate) err: String,
    /// From start to end.
    pub(crate) wall: Duration,
    /// Processor time of all its threads, and of the processes that it waited for.
    pub(crate) cpu: Duration,
    pub(crate) peak_kib: u64,
}

/// Runs a command to its end, which must be a success.
pub(crate) fn end(mut command: Command) -> Result<Ended, String> {
    let (out, out_writer) = pipe()?;
    let (err, err_writer) = pipe()?;
    command.stdin(Stdio::null()).stdout(out_writer).stderr(err_writer);
    let start = Instant::now();
    let child = command.spawn().map_err(|e| format!("cannot start: {e}"))?;
    // The command holds the writing ends: without it, the pipes end with the child.
    drop(command);
    let readers = [out, err].map(|pipe| thread::spawn(move || read_all(pipe)));
    let waited = wait(child.id() as i32);
    let wall = start.elapsed();
    let [out, err] = readers.map(|reader| reader.join().unwrap_or_default());
    let (status, usage) = waited?;
    if status != 0 {
        return Err(format!("ended with {}\n{out}{err}", describe(status)));
    }
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ok(Ended { out, err, wall, cpu, peak_kib: usage.ru_maxrss as u64 })
}

fn time(value: libc::timeval) -> Duration {
    Duration::from_secs(value.tv_sec as u64) + Duration::from_micros(value.tv_usec as u64)
}

fn pipe() -> Result<(File, OwnedFd), String> {
    let (reader, writer) = std::io::pipe().map_err(|e| e.to_string())?;
    Ok((File::from(OwnedFd::from(reader)), OwnedFd::from(writer)))
}

fn read_all(mut pipe: File) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for a child: its status, and what it used, which only the kernel knows.
fn wait(pid: i32) -> Result<(i32, libc::rusage), String> {
    let until = Instant::now() + PATIENCE;
    let mut pause = Duration::from_micros(200);
    loop {
        let mut status = 0;
        // SAFETY: all zeroes is a value; the call fills it in.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: waits for a child of our own that nobody else waits for.
        let waited = unsafe { libc::wait4(pid, &raw mut status, libc::WNOHANG, &raw mut usage) };
        if waited == pid {
            return Ok((status, usage));
        }
        if waited < 0 {
            return Err(std::io::Error::last_os_error().to_string());
        }
        if Instant::now() > until {
            // SAFETY: the child has not been waited for, so the number is still its own.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
                libc::waitpid(pid, &raw mut status, 0);
            }
            return Err(format!("did not end within {} seconds", PATIENCE.as_secs()));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn describe(status: i32) -> String {
    if libc::WIFSIGNALED(status) {
        format!("signal {}", libc::WTERMSIG(status))
    } else {
        format!("exit code {}", libc::WEXITSTATUS(status))
    }
}
