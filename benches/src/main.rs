//! `./dev bench`: the same work in Wyn, Go, Rust and C++, built and run side by side.
//!
//! Takes the path of `wync` and names of rows; gives a Markdown table on stdout, progress on stderr. Each round runs
//! every contender of a row once, in an order that rotates, so that whatever else the machine does falls on
//! all of them; the table has medians. A program prints its check value and the time that the work alone took; check
//! values that differ, and programs that fail, end the run with an error. `README.md` says what each row is.

mod ablation;
mod compiler;
mod contender;
mod curve;
mod measure;
mod onetbb;
mod report;
mod rows;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use contender::{Builder, Contender};
use curve::Curve;
use report::Result as RowResult;
use rows::{ROWS, Row};

/// Compares Wyn with Go, Rust and oneTBB at tasks and channels, and at programs without.
#[derive(Parser)]
#[command(name = "./dev bench", after_help = rows::help())]
struct Options {
    /// The compiler to measure.
    #[arg(long, value_name = "PATH", hide = true, default_value = "target/release/wync")]
    wync: PathBuf,
    /// Rounds; the table has the medians.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Threads that run tasks: WYN_WORKERS, GOMAXPROCS, tokio's and rayon's.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// A tenth of the work: to see that everything runs. Three rounds at most, but for curves and ablations.
    #[arg(long)]
    quick: bool,
    /// Another compiler, whose programs take part as `other`: what a change has done.
    #[arg(long, value_name = "WYNC")]
    against: Option<PathBuf>,
    /// Only these contenders: wyn, other, go, tokio, rayon, chili, tbb, crossbeam, rust.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Measures what each fast path of the runtime is worth instead, in the rows that it is there for.
    #[arg(long)]
    ablate: bool,
    /// Measures the compiler instead, on a generated program of so many lines.
    #[arg(long, value_name = "LINES", num_args = 0..=1, default_missing_value = "100000")]
    compiler: Option<usize>,
    /// Measures the rows with several numbers of workers instead: with these, or with 1, 2, 4 and so on up to the processors.
    #[arg(long, value_name = "NUMBERS", num_args = 0..=1, require_equals = true, value_delimiter = ',')]
    curve: Option<Vec<NonZeroUsize>>,
    /// Builds nothing: the programs are those that an earlier run has left in this folder, which may come from another machine.
    #[arg(long, value_name = "FOLDER")]
    built: Option<PathBuf>,
    /// Rows whose names begin so; all when none is given.
    #[arg(value_name = "ROW")]
    rows: Vec<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<String, String> {
    if let Some(lines) = options.compiler {
        return compiler::measure(&options.wync, lines, options.rounds);
    }
    if options.ablate {
        let builder = Builder::new(&options.wync, None, options.built.as_deref())?;
        let how = (options.quick, options.rounds, options.workers);
        return ablation::measure(&options.rows, how, |row| builder.contender("wyn", row));
    }
    let chosen: Vec<&Row> = ROWS
        .iter()
        .filter(|row| {
            options.rows.iter().any(|name| row.name.starts_with(name.as_str()))
                // A program without tasks is no faster with more workers.
                || options.rows.is_empty() && !(row.is_serial() && options.curve.is_some())
        })
        .collect();
    if chosen.is_empty() {
        return Err(format!("no row is called {}\n{}", options.rows.join(" or "), rows::help()));
    }
    let builder = Builder::new(&options.wync, options.against.as_deref(), options.built.as_deref())?;
    let contenders = |row| {
        let names = builder.names(row, &options.only).into_iter();
        names.map(|name| builder.contender(name, row)).collect::<Result<Vec<Contender>, String>>()
    };
    if let Some(counts) = &options.curve {
        let counts = if counts.is_empty() {
            curve::powers()
        } else {
            counts.iter().map(|count| count.get()).collect()
        };
        let how = (options.quick, options.rounds);
        let curves = chosen.into_iter().map(|row| Curve::measure(row, contenders(row)?, how, &counts));
        return Ok(curve::table(&curves.collect::<Result<Vec<_>, String>>()?, &counts));
    }
    let results = chosen.into_iter().map(|row| measure_row(options, row, contenders(row)?));
    Ok(report::tables(&results.collect::<Result<Vec<_>, String>>()?, options.workers))
}

fn measure_row(
    options: &Options,
    row: &'static Row,
    contenders: Vec<Contender>,
) -> Result<RowResult, String> {
    let n = row.work(options.quick);
    let rounds = if options.quick { options.rounds.min(3) } else { options.rounds };
    let mut result = RowResult::new(row, n, contenders.iter().map(|c| c.name).collect());
    for round in 0..rounds {
        eprintln!("{}: round {} of {rounds}", row.name, round + 1);
        for turn in 0..contenders.len() {
            let at = (round + turn) % contenders.len();
            let run = measure::run(&contenders[at], n, options.workers)
                .map_err(|e| format!("{} in {}: {e}", row.name, contenders[at].name))?;
            result.add(at, run)?;
        }
    }
    eprint!("{}", result.summary());
    Ok(result)
}
