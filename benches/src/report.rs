//! From runs to a table: medians, ratios to Wyn, peak memory.

use std::fmt::Write as _;

use crate::measure::Run;
use crate::rows::Row;

/// The runs of one row.
pub(crate) struct Result {
    row: &'static Row,
    n: u64,
    names: Vec<&'static str>,
    runs: Vec<Vec<Run>>,
}

/// The value in the middle; of two, the lower one.
pub(crate) fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

impl Result {
    /// No runs yet.
    pub(crate) fn new(row: &'static Row, n: u64, names: Vec<&'static str>) -> Self {
        let runs = names.iter().map(|_| Vec::new()).collect();
        Self { row, n, names, runs }
    }

    /// Adds a run; its check value must be everybody's.
    pub(crate) fn add(&mut self, contender: usize, run: Run) -> std::result::Result<(), String> {
        if let Some(other) = self.runs.iter().flatten().find(|other| other.check != run.check) {
            return Err(format!(
                "{}: {} computes {}, another run {}",
                self.row.name, self.names[contender], run.check, other.check
            ));
        }
        self.runs[contender].push(run);
        Ok(())
    }

    fn nanos(&self, contender: usize) -> u64 {
        median(self.runs[contender].iter().map(|run| run.nanos))
    }

    fn peak_kib(&self, contender: usize) -> u64 {
        median(self.runs[contender].iter().map(|run| run.peak_kib))
    }

    fn cpu(&self, contender: usize) -> u64 {
        median(self.runs[contender].iter().map(|run| run.cpu))
    }

    /// What the row came to, for the terminal.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for (at, name) in self.names.iter().enumerate() {
            let times = self.runs[at].iter().map(|run| run.nanos);
            let (least, most) = (times.clone().min().unwrap_or(0), times.max().unwrap_or(0));
            let _ = writeln!(
                text,
                "  {name:<10} {:>10}  ({} to {}), {} of processor time, {}",
                time(self.nanos(at)),
                time(least),
                time(most),
                time(self.cpu(at)),
                memory(self.peak_kib(at)),
            );
        }
        if let Some(stats) = self.stats() {
            let _ = writeln!(text, "  tasks      {stats}");
        }
        text
    }

    /// Each contender's share of useful work: what its serial form takes, of the time of so many workers.
    fn shares(&self, workers: usize) -> Option<String> {
        let mut text = String::new();
        for (at, name) in self.names.iter().enumerate() {
            let serial = median(self.runs[at].iter().filter_map(|run| run.serial));
            let spent = self.nanos(at) * workers as u64;
            if serial != 0 && spent != 0 {
                let share = serial as f64 / spent as f64;
                let _ = write!(text, ", {name} {share:.2} (serial {})", time(serial));
            }
        }
        (!text.is_empty()).then(|| text.split_off(2))
    }

    /// How Wyn's tasks were executed, in the last run.
    fn stats(&self) -> Option<&str> {
        let wyn = self.names.iter().position(|name| *name == "wyn")?;
        self.runs[wyn].last()?.stats.as_deref()
    }
}

/// A duration with three significant digits.
pub(crate) fn time(nanos: u64) -> String {
    let (value, unit) = match nanos {
        0..1_000 => return format!("{nanos} ns"),
        1_000..1_000_000 => (nanos as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => (nanos as f64 / 1e6, "ms"),
        _ => (nanos as f64 / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

fn memory(kib: u64) -> String {
    if kib < 10_240 { format!("{:.1} MB", kib as f64 / 1024.0) } else { format!("{} MB", kib / 1024) }
}

/// The tables in Markdown, of tasks and of programs without, then how Wyn's tasks were executed.
pub(crate) fn tables(results: &[Result], workers: usize) -> String {
    let (serial, tasks): (Vec<&Result>, Vec<&Result>) = results.iter().partition(|r| r.row.is_serial());
    let mut text = format!("Medians, {workers} workers. In brackets: times Wyn's time; peak memory.\n");
    for results in [&tasks, &serial] {
        if !results.is_empty() {
            text.push('\n');
            text.push_str(&table(results));
        }
    }
    let results = tasks;
    let shares: Vec<_> =
        results.iter().filter_map(|result| Some((result.row.name, result.shares(workers)?))).collect();
    if !shares.is_empty() {
        text.push_str("\nThe share of useful work, the time without tasks of the time of all workers:\n\n");
    }
    for (row, shares) in shares {
        let _ = writeln!(text, "* {row}: {shares}");
    }
    if !results.is_empty() {
        text.push_str("\nHow Wyn's tasks were executed:\n\n");
    }
    for result in results {
        if let Some(stats) = result.stats() {
            let _ = writeln!(text, "* {}: {stats}", result.row.name);
        }
    }
    text
}

fn table(results: &[&Result]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for name in results.iter().flat_map(|result| &result.names) {
        if !columns.contains(name) {
            columns.push(name);
        }
    }
    let has_units = results.iter().any(|result| result.row.units.is_some());
    let mut text = String::from("| row |");
    for column in columns.iter().copied().chain(has_units.then_some("one unit in Wyn")) {
        let _ = write!(text, " {column} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(columns.len() + usize::from(has_units)));
    text.push('\n');
    for result in results {
        let _ = write!(text, "| {} |", result.row.name);
        let wyn = result.names.iter().position(|name| *name == "wyn").map(|at| result.nanos(at));
        for column in &columns {
            let Some(at) = result.names.iter().position(|name| name == column) else {
                text.push_str(" |");
                continue;
            };
            let nanos = result.nanos(at);
            let _ = write!(text, " {}", time(nanos));
            match wyn {
                Some(wyn) if *column != "wyn" && wyn != 0 => {
                    let _ =
                        write!(text, " ({:.1}×; {})", nanos as f64 / wyn as f64, memory(result.peak_kib(at)));
                }
                _ => {
                    let _ = write!(text, " ({})", memory(result.peak_kib(at)));
                }
            }
            text.push_str(" |");
        }
        match (wyn, result.row.units) {
            (Some(wyn), Some(units)) => {
                let each = wyn as f64 / units(result.n) as f64;
                let article = if result.row.unit.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                let _ = write!(text, " {each:.1} ns {article} {} |", result.row.unit);
            }
            _ if has_units => text.push_str(" |"),
            _ => {}
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(median([3, 1, 2].into_iter()), 2);
        assert_eq!(median([4, 1, 2, 3].into_iter()), 2);
        assert_eq!(median([].into_iter()), 0);
    }

    #[test]
    fn times_have_three_digits() {
        assert_eq!(time(999), "999 ns");
        assert_eq!(time(1_234), "1.23 µs");
        assert_eq!(time(12_345_678), "12.3 ms");
        assert_eq!(time(123_456_789), "123 ms");
        assert_eq!(time(2_500_000_000), "2.50 s");
    }
}
