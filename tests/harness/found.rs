//! What fuzzing has found once: every text in `tests/fuzz/found` goes through all stages without a crash, and
//! in time.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::stages::Until;
use wyn_tests::{root, shown, watched};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    watched::quietly();
    let folder = std::fs::read_dir(root().join("tests/fuzz/found")).expect("a readable folder");
    let mut paths: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let trial = |path: std::path::PathBuf| Trial::test(shown(&path), move || survives(&path));
    libtest_mimic::run(&arguments, paths.into_iter().map(trial).collect()).exit_code()
}

fn survives(path: &std::path::Path) -> Result<(), Failed> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let outcomes = watched::run_all(&[&text], Until::Lowered);
    let outcome = &outcomes[0];
    if let Err(panic) = &outcome.found {
        return Err(panic.clone().into());
    }
    if outcome.time > watched::LIMIT {
        return Err(format!("it takes {:?}", outcome.time).into());
    }
    Ok(())
}
