//! A few programs made at random, each run in several ways: they do what a second implementation of the language says.
//! `./dev fuzz run` tries others, for as long as it may.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::generated::{generate, text, trial};
use wyn_tests::watched::STACK;

/// How many seeds are tried.
const PROGRAMS: u64 = 10;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials =
        (0..PROGRAMS).map(|seed| Trial::test(format!("the program of seed {seed}"), move || agrees(seed)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn agrees(seed: u64) -> Result<(), Failed> {
    let work = move || {
        let generated = generate::generate(seed);
        assert!(!generated.program.cases.is_empty(), "all cases are left out: {:?}", generated.left_out);
        let source = text::program(&generated.program);
        trial::run(&source, &generated.outcome, &trial::FEW, seed)
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    match thread.join() {
        Ok(Ok(())) => Ok(()),
        Ok(Err(found)) => Err(format!("{:?}, {:?}\n{}", found.kind, found.way, found.told).into()),
        Err(_) => Err("the generator or the machine panics".into()),
    }
}
