//! Where the compiler's time and memory go, stage by stage: the table of `--timings`.

use std::time::{Duration, Instant};

use crate::report;

/// A stopwatch with a lap for each stage, and the table in the end, if somebody asked for it.
#[derive(Debug)]
pub(crate) struct Timings {
    wanted: bool,
    start: Instant,
    lap: Instant,
    laps: Vec<Lap>,
}

#[derive(Debug)]
struct Lap {
    stage: &'static str,
    time: Duration,
    /// The most memory the process has held so far, in KiB; 0 when the kernel does not say.
    peak: u64,
}

impl Timings {
    pub(crate) fn start(wanted: bool) -> Self {
        let now = Instant::now();
        Self { wanted, start: now, lap: now, laps: Vec::new() }
    }

    /// Ends a stage: what has passed since the last call was its time.
    pub(crate) fn lap(&mut self, stage: &'static str) {
        if !self.wanted {
            return;
        }
        let now = Instant::now();
        self.laps.push(Lap { stage, time: now - self.lap, peak: peak_memory() });
        self.lap = now;
    }

    /// Shows the table, once.
    pub(crate) fn tell(&mut self) {
        if std::mem::take(&mut self.wanted) {
            report::text(&self.table());
        }
    }

    /// One line a stage: wall-clock milliseconds, and the peak of memory at its end in MB.
    fn table(&self) -> String {
        let line = |stage: &str, time: Duration, peak: u64| {
            format!("{stage:<8} {:>10.1} ms {:>8.1} MB\n", time.as_secs_f64() * 1e3, peak as f64 / 1024.0)
        };
        let stages: String = self.laps.iter().map(|lap| line(lap.stage, lap.time, lap.peak)).collect();
        stages + &line("all", self.lap - self.start, self.laps.last().map_or(0, |lap| lap.peak))
    }
}

/// The peak of the process's resident memory in KiB, as Linux counts it.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
