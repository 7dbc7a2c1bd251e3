//! Compiles and runs every block of Wyn in the documents: a fence marked `wyn` is a whole program that
//! compiles and runs, with the annotations of test programs; `wyn,fails` must not compile; `wyn,ignore`
//! is an outline in words of the language.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_tests::annotations::Annotations;
use wyn_tests::{expectation, files, root, shown, wync};

/// A fenced block.
struct Block {
    /// One-based line of the fence.
    line: usize,
    /// What follows the three backticks.
    marks: String,
    source: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut documents: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "runtime/README.md"].map(|name| root().join(name)).into();
    documents.extend(files("spec", "md"));
    let trials = documents.iter().flat_map(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        blocks(&text).into_iter().filter_map(|block| trial(path, block)).collect::<Vec<_>>()
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn trial(path: &Path, block: Block) -> Option<Trial> {
    let mut marks = block.marks.split(',').map(str::trim);
    if marks.next() != Some("wyn") {
        return None;
    }
    let name = format!("{}:{}", shown(path), block.line);
    match marks.next() {
        None => Some(Trial::test(name, move || runs(&block.source))),
        Some("fails") => Some(Trial::test(name, move || fails(&block.source))),
        Some("ignore") => None,
        Some(mark) => {
            let why = format!("a block of Wyn cannot be marked `{mark}`");
            Some(Trial::test(name, || Err(Failed::from(why))))
        }
    }
}

fn runs(source: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (file, executable) = (folder.path().join("block.wyn"), folder.path().join("block"));
    std::fs::write(&file, source)?;
    let annotations = Annotations::read(source)?;
    wync::build(&file, 2, &executable, &annotations)?;
    Ok(expectation::run(&executable, &annotations, 2, 2)?)
}

fn fails(source: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("block.wyn");
    std::fs::write(&file, source)?;
    if wync::check(&file)?.iter().any(|reported| reported.severity == "error") {
        Ok(())
    } else {
        Err("it compiles".into())
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(marks), None) => {
                open = Some(Block { line: at + 1, marks: marks.trim().to_owned(), source: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(block)) => {
                block.source.push_str(line);
                block.source.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}
