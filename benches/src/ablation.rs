//! `./dev bench --ablate`: what each fast path of the runtime is worth.
//!
//! Takes a compiler whose runtime was built with `--cfg wyn_ablate`; gives a Markdown table on stdout. A row's program runs with
//! everything there and with one path left out, in turn, round after round. `runtime/hot/src/ablation.rs` has the paths.

use std::fmt::Write as _;

use crate::contender::Contender;
use crate::measure;
use crate::report::{median, time};
use crate::rows::{ROWS, Row};

/// A path that is left out, and the rows that it is there for.
struct Ablation {
    path: &'static str,
    rows: &'static [&'static str],
}

const fn of(path: &'static str, rows: &'static [&'static str]) -> Ablation {
    Ablation { path, rows }
}

const ABLATIONS: &[Ablation] = &[
    of("inline", &["spawn-turn", "spawn-fib", "spawn-await-100k"]),
    of("quick-end", &["spawn-turn", "spawn-fib", "spawn-await-100k"]),
    of("nested", &["spawn-turn", "spawn-fib", "useful-50"]),
    of("latent", &["spawn-turn", "spawn-fib", "useful-50", "skynet"]),
    of("own-scope", &["skynet"]),
    of("private", &["spawn-turn", "spawn-fib", "spawn-await-100k", "useful-500"]),
    of("records", &["spawn-await-100k"]),
    of("fresh", &["spawn-await-10k", "spawn-await-1m"]),
    of("ahead", &["spawn-await-10k", "spawn-await-100k", "spawn-await-1m", "spawn-await-10m"]),
    of(
        "appetite",
        &["spawn-await-10k", "spawn-await-100k", "spawn-fib", "useful-flat-500", "useful-flat-5000"],
    ),
    of("bound", &["spawn-await-1m", "spawn-await-10m", "nursery-await-100k", "skynet", "useful-flat-5000"]),
    of("run-next", &["ping-pong", "ring", "skynet"]),
    of("exclusive", &["one-task", "one-to-one", "one-to-one-1024", "ring"]),
    of("local-counts", &["counted", "par-light"]),
    of("rendezvous", &["ping-pong", "ring", "sieve", "skynet"]),
    of("hosts", &["skynet", "pressure"]),
    of("fold", &["sleepers"]),
];

/// What is measured: a row's program with a path left out.
struct Case {
    row: &'static Row,
    path: &'static str,
}

/// The cases of the rows, or of the paths that are left out, whose names begin so; all when none is given.
fn cases(chosen: &[String]) -> Vec<Case> {
    let wanted = |row: &str| chosen.is_empty() || chosen.iter().any(|name| row.starts_with(name.as_str()));
    let row = |name: &str| ROWS.iter().find(|row| row.name == name);
    ABLATIONS
        .iter()
        .flat_map(|ablation| ablation.rows.iter().map(|name| (ablation.path, *name)))
        .filter(|(path, name)| wanted(path) || wanted(name))
        .filter_map(|(path, name)| Some(Case { row: row(name)?, path }))
        .collect()
}

/// Measures all cases. `build` makes a row's program.
pub(crate) fn measure(
    chosen: &[String],
    (quick, rounds, workers): (bool, usize, usize),
    build: impl Fn(&Row) -> Result<Contender, String>,
) -> Result<String, String> {
    let mut text = format!(
        "Medians, {workers} workers.\n\n| left out | row | with it | without | times | how tasks were executed without |\n\
         |---|---|---|---|---|---|\n"
    );
    let cases = cases(chosen);
    if cases.is_empty() {
        return Err(format!(
            "nothing is left out in a row called {}, nor a path called so",
            chosen.join(" or ")
        ));
    }
    for Case { row, path } in cases {
        eprintln!("{path}: {}", row.name);
        let program = build(row)?;
        let n = row.work(quick);
        let mut nanos = [Vec::new(), Vec::new()];
        let (mut stats, mut check) = (String::new(), None);
        for _ in 0..rounds {
            for (left_out, nanos) in ["", path].into_iter().zip(&mut nanos) {
                let run = measure::run_without(&program, n, workers, left_out)?;
                if check.get_or_insert_with(|| run.check.clone()) != &run.check {
                    return Err(format!("{} without {path} computes {}", row.name, run.check));
                }
                nanos.push(run.nanos);
                stats = run.stats.unwrap_or_default();
            }
        }
        let [with, without] = nanos.map(|nanos| median(nanos.into_iter()));
        let times = without as f64 / with.max(1) as f64;
        // What follows the number of workers, and how many tasks there were.
        let how = stats.split(" inline=").nth(1).and_then(|how| how.split(" max_rss").next()).unwrap_or("");
        let _ = writeln!(
            text,
            "| {path} | {} | {} | {} | {times:.2} | inline={how} |",
            row.name,
            time(with),
            time(without)
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_that_is_named_exists() {
        let named: usize = ABLATIONS.iter().map(|ablation| ablation.rows.len()).sum();
        assert_eq!(cases(&[]).len(), named);
    }
}
