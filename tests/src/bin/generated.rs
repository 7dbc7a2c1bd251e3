//! `generated --seconds N FIRST [LEVEL]`: programs made at random, one seed after the other from `FIRST`, run in all ways, or those of
//! a level. One that does not do what it should is made smaller and shown.
//!
//! `generated --show SEED` prints the program of a seed, and what it should print.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wyn_tests::generated::machine::Outcome;
use wyn_tests::generated::tree::Program;
use wyn_tests::generated::trial::Way;
use wyn_tests::generated::{generate, reduce, text, trial};
use wyn_tests::watched::STACK;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().ok();
    let work: Box<dyn FnOnce() -> ExitCode + Send> = match arguments[..] {
        ["--show", seed] if let Some(seed) = number(seed) => Box::new(move || show(seed)),
        ["--seconds", seconds, first]
            if let (Some(seconds), Some(first)) = (number(seconds), number(first)) =>
        {
            Box::new(move || run(seconds, first, &trial::WAYS))
        }
        ["--seconds", seconds, first, level]
            if let (Some(seconds), Some(first), Some(level)) =
                (number(seconds), number(first), number(level)) =>
        {
            let ways = trial::WAYS.into_iter().filter(move |way| u64::from(way.level) == level);
            Box::new(move || run(seconds, first, &ways.collect::<Vec<_>>()))
        }
        _ => {
            eprintln!("generated --seconds N FIRST [LEVEL], or generated --show SEED");
            return ExitCode::from(2);
        }
    };
    // The machine calls itself as deeply as expressions nest.
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread starts");
    thread.join().unwrap_or(ExitCode::FAILURE)
}

fn run(seconds: u64, first: u64, ways: &[Way]) -> ExitCode {
    let start = Instant::now();
    let mut status = ExitCode::SUCCESS;
    let mut seed = first;
    let mut cases = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        let generated = generate::generate(seed);
        cases += generated.program.cases.len();
        let source = text::program(&generated.program);
        if let Err(difference) = trial::run(&source, &generated.outcome, ways, seed) {
            status = ExitCode::FAILURE;
            println!("seed {seed}: {:?}, {:?}\n{}", difference.kind, difference.way, difference.told);
            let (small, outcome) = reduce::reduce(&generated.program, &difference, seed);
            println!("{}", annotated(&small, &outcome));
        }
        seed += 1;
    }
    println!("{} programs with {cases} cases, seeds {first} to {}", seed - first, seed - 1);
    status
}

fn show(seed: u64) -> ExitCode {
    let generated = generate::generate(seed);
    println!("{}", annotated(&generated.program, &generated.outcome));
    for why in &generated.left_out {
        eprintln!("a case is left out: {why}");
    }
    ExitCode::SUCCESS
}

/// A program with what it should do, as in `tests/run`.
fn annotated(program: &Program, outcome: &Outcome) -> String {
    let mut text = text::program(program);
    for line in &outcome.lines {
        _ = writeln!(text, "// expect: {line}");
    }
    if outcome.status != 0 {
        _ = writeln!(text, "// expect-exit: {}", outcome.status);
    }
    text
}
