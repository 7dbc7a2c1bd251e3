//! `./dev bench --curve`: how a row's time changes with the number of workers.
//!
//! Takes rows and numbers of workers; gives a Markdown table on stdout, a line for each row and contender, a column for each
//! number. All contenders run at all numbers within a round, in turn, so that what else the machine does falls on all of them.

use std::fmt::Write as _;
use std::thread::available_parallelism;

use crate::contender::Contender;
use crate::measure;
use crate::report::{median, time};
use crate::rows::Row;

/// One, two, four and so on, as far as this machine's processors go.
pub(crate) fn powers() -> Vec<usize> {
    let processors = available_parallelism().map_or(1, usize::from);
    std::iter::successors(Some(1), |workers| Some(workers * 2))
        .take_while(|&workers| workers <= processors)
        .collect()
}

/// The times of one row: by contender, then by number of workers.
pub(crate) struct Curve {
    row: &'static Row,
    n: u64,
    contenders: Vec<Contender>,
    nanos: Vec<Vec<Vec<u64>>>,
}

impl Curve {
    /// Measures a row.
    pub(crate) fn measure(
        row: &'static Row,
        contenders: Vec<Contender>,
        (quick, rounds): (bool, usize),
        counts: &[usize],
    ) -> Result<Self, String> {
        let n = row.work(quick);
        let mut nanos = vec![vec![Vec::new(); counts.len()]; contenders.len()];
        let mut check = None;
        for round in 0..rounds {
            eprintln!("{}: round {} of {rounds}", row.name, round + 1);
            for (at, &workers) in counts.iter().enumerate() {
                for turn in 0..contenders.len() {
                    let which = (turn + round) % contenders.len();
                    let (contender, nanos) = (&contenders[which], &mut nanos[which]);
                    let run = measure::run(contender, n, workers).map_err(|e| {
                        format!("{} in {} on {workers} workers: {e}", row.name, contender.name)
                    })?;
                    if *check.get_or_insert_with(|| run.check.clone()) != run.check {
                        return Err(format!("{}: {} computes {}", row.name, contender.name, run.check));
                    }
                    if round + 1 == rounds
                        && let Some(stats) = run.stats
                    {
                        eprintln!("  {stats}");
                    }
                    nanos[at].push(run.nanos);
                }
            }
        }
        let curve = Self { row, n, contenders, nanos };
        eprint!("{}", curve.lines());
        Ok(curve)
    }

    fn median(&self, contender: usize, at: usize) -> u64 {
        median(self.nanos[contender][at].iter().copied())
    }

    /// The row's lines of the table.
    fn lines(&self) -> String {
        let wyn = self.contenders.iter().position(|contender| contender.name == "wyn");
        let mut text = String::new();
        for (at, contender) in self.contenders.iter().enumerate() {
            let _ = write!(text, "| {} | {} |", self.row.name, contender.name);
            for count in 0..self.nanos[at].len() {
                let nanos = self.median(at, count);
                let _ = match (wyn, self.row.units) {
                    (Some(wyn), _) if wyn != at => {
                        let times = nanos as f64 / self.median(wyn, count).max(1) as f64;
                        write!(text, " {} ({times:.1}×) |", time(nanos))
                    }
                    (_, Some(units)) => {
                        let each = nanos as f64 / units(self.n) as f64;
                        write!(text, " {} ({each:.1} ns a {}) |", time(nanos), self.row.unit)
                    }
                    _ => write!(text, " {} |", time(nanos)),
                };
            }
            text.push('\n');
        }
        text
    }
}

/// The table.
pub(crate) fn table(curves: &[Curve], counts: &[usize]) -> String {
    let mut text =
        String::from("Medians. In brackets: Wyn's time for a unit; times Wyn's time.\n\n| row | |");
    for workers in counts {
        let _ = write!(text, " {workers} |");
    }
    text.push_str("\n|---|---|");
    text.push_str(&"---|".repeat(counts.len()));
    text.push('\n');
    text.extend(curves.iter().map(Curve::lines));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_workers_double_from_one() {
        let powers = powers();
        assert_eq!(powers[0], 1);
        assert!(powers.windows(2).all(|pair| pair[1] == pair[0] * 2));
    }
}
