//! Runs every program in `tests/run` and `tests/run-fail`, the examples, and the programs in
//! `tests/modules` that declare no diagnostics: at -O0 and -O2, with 1, 2 and 8 workers each, and with
//! no object alive at the end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::annotations::Annotations;
use wyn_tests::program::Program;
use wyn_tests::{expectation, files, shown, wync};

const LEVELS: [u8; 2] = [0, 2];
const WORKERS: [u32; 3] = [1, 2, 8];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folders = ["tests/run", "tests/run-fail", "examples"];
    let single =
        folders.into_iter().flat_map(|folder| files(folder, "wyn")).flat_map(|path| trials(&path, &path));
    let several = Program::all().into_iter().filter(|program| !program.has_marks());
    let trials = single.chain(several.flat_map(|program| trials(&program.path, &program.main))).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// One trial for each level of optimisation; `main` is the file that says what the program does.
fn trials(path: &Path, main: &Path) -> Vec<Trial> {
    let source = std::fs::read_to_string(main).unwrap_or_default();
    let annotations = match Annotations::read(&source) {
        Ok(annotations) => annotations,
        Err(why) => return vec![Trial::test(shown(path), move || Err(Failed::from(why)))],
    };
    let levels = annotations.levels.clone().unwrap_or_else(|| LEVELS.to_vec());
    let trial = |level| {
        let (path, annotations): (PathBuf, _) = (path.to_owned(), annotations.clone());
        Trial::test(format!("{} -O{level}", shown(&path)), move || run(&path, level, &annotations))
    };
    levels.into_iter().map(trial).collect()
}

fn run(path: &Path, level: u8, annotations: &Annotations) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let executable = folder.path().join("program");
    wync::build(path, level, &executable, annotations)?;
    for &workers in annotations.workers.as_deref().unwrap_or(&WORKERS) {
        expectation::run(&executable, annotations, level, workers)
            .map_err(|why| format!("WYN_WORKERS={workers}: {why}"))?;
    }
    Ok(())
}
