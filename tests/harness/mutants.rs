//! Makes one small mistake in a working program, over and over, and looks at what the compiler says: it
//! should be one error, on the line of the mistake. A mutant that is still a program does not count.
//!
//! `WYN_MUTANTS=show` prints the mutants that are not answered so, `WYN_MUTANTS=all` does it for every
//! mutant that can be made instead of a sample.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_base::{Diagnostic, Severity};
use wyn_tests::mutation::{Kind, Mutant, mutants};
use wyn_tests::random::Random;
use wyn_tests::stages::{Until, line_of};
use wyn_tests::watched::{self, Outcome};
use wyn_tests::{files, shown};

/// Programs to make mistakes in.
struct Corpus {
    folder: &'static str,
    /// How many mutants of each kind are made of all its programs together.
    each_kind: usize,
    /// How many of a hundred mutants that are no programs must be answered with one error that points at their line,
    /// with its main label or another.
    pointing: usize,
    /// How many of them with the main label on the line, or on one that the mistake concerns as well.
    on_line: usize,
}

const CORPORA: [Corpus; 2] = [
    Corpus { folder: "examples", each_kind: 200, pointing: 96, on_line: 94 },
    Corpus { folder: "tests/run", each_kind: 200, pointing: 96, on_line: 94 },
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    watched::quietly();
    let trial = |corpus: Corpus| Trial::test(format!("mutants of {}", corpus.folder), move || judge(&corpus));
    let trials = CORPORA.into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// How a mutant was answered, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Answer {
    /// It is a program.
    Valid,
    /// One error, on the line of the mistake.
    OnLine,
    /// One error, on a line that the mistake concerns as well (see [`Mutant::near`]).
    Near,
    /// One error, whose other places include the line.
    Mentioned,
    /// One error somewhere else.
    Elsewhere,
    /// Several errors.
    Several,
    /// A crash, or more than the time allowed.
    Crash,
}

const COLUMNS: [(&str, Answer); 7] = [
    ("valid", Answer::Valid),
    ("on line", Answer::OnLine),
    ("near", Answer::Near),
    ("mentioned", Answer::Mentioned),
    ("elsewhere", Answer::Elsewhere),
    ("several", Answer::Several),
    ("crash", Answer::Crash),
];

fn judge(corpus: &Corpus) -> Result<(), Failed> {
    let mode = std::env::var("WYN_MUTANTS").unwrap_or_default();
    let all = if mode == "all" { usize::MAX } else { corpus.each_kind };
    let made = made_of(corpus.folder, all);
    let texts: Vec<&str> = made.iter().map(|(_, mutant)| mutant.text.as_str()).collect();
    let outcomes = watched::run_all(&texts, Until::Owned);
    let mut table: BTreeMap<(Kind, Answer), usize> = BTreeMap::new();
    let mut failures = String::new();
    let mut crashes = 0;
    for ((file, mutant), outcome) in made.iter().zip(&outcomes) {
        let answer = answer(mutant, outcome);
        *table.entry((mutant.kind, answer)).or_default() += 1;
        crashes += usize::from(answer == Answer::Crash);
        if answer == Answer::Crash || (answer > Answer::Near && !mode.is_empty()) {
            describe(file, mutant, answer, outcome, &mut failures);
        }
    }
    let (text, on_line, pointing) = show(&table);
    println!("\nmutants of {}\n{text}{failures}", corpus.folder);
    if crashes > 0 {
        return Err(format!("{crashes} mutants crash the compiler, or take more than a second").into());
    }
    for (what, rate, required) in
        [("points at", pointing, corpus.pointing), ("is on", on_line, corpus.on_line)]
    {
        if rate < required as f64 {
            return Err(format!(
                "{rate:.1} % of the mutants get one error that {what} their line, {required} % are required: \
                 `WYN_MUTANTS=show` shows the others"
            )
            .into());
        }
    }
    Ok(())
}

/// Mutants of all programs of a folder: of each kind at most `most`, spread evenly.
fn made_of(folder: &str, most: usize) -> Vec<(String, Mutant)> {
    let programs: Vec<(String, String)> = files(folder, "wyn")
        .into_iter()
        .filter_map(|path| Some((shown(&path), std::fs::read_to_string(path).ok()?)))
        .collect();
    let mut made = Vec::new();
    for kind in Kind::ALL {
        let each = most.div_ceil(programs.len().max(1));
        let mut of_kind: Vec<(String, Mutant)> = Vec::new();
        for (name, text) in &programs {
            let mut random = Random::of(&format!("{name}{}", kind.title()));
            of_kind.extend(mutants(text, kind, each, &mut random).into_iter().map(|m| (name.clone(), m)));
        }
        Random::of(kind.title()).shuffle(&mut of_kind);
        of_kind.truncate(most);
        made.append(&mut of_kind);
    }
    made
}

fn answer(mutant: &Mutant, outcome: &Outcome) -> Answer {
    let Ok(found) = &outcome.found else { return Answer::Crash };
    if outcome.time > watched::LIMIT {
        return Answer::Crash;
    }
    let errors: Vec<&Diagnostic> = found.iter().filter(|d| d.severity == Severity::Error).collect();
    match errors[..] {
        [] => Answer::Valid,
        [error] => {
            let lines = line_of(&mutant.text, &error.primary);
            let also = || error.secondary.iter().any(|label| line_of(&mutant.text, label) == mutant.line);
            if lines == mutant.line {
                Answer::OnLine
            } else if mutant.near.contains(&lines) {
                Answer::Near
            } else if also() {
                Answer::Mentioned
            } else {
                Answer::Elsewhere
            }
        }
        _ => Answer::Several,
    }
}

fn describe(file: &str, mutant: &Mutant, answer: Answer, outcome: &Outcome, into: &mut String) {
    let (old, new) = &mutant.change;
    let _ =
        writeln!(into, "{file}:{}: {}: `{old}` became `{new}`: {answer:?}", mutant.line, mutant.kind.title());
    let line = mutant.text.lines().nth(mutant.line - 1).unwrap_or_default();
    let _ = writeln!(into, "    | {}", line.trim());
    match &outcome.found {
        Ok(found) => {
            for error in found.iter().filter(|d| d.severity == Severity::Error) {
                let line = line_of(&mutant.text, &error.primary);
                let _ = writeln!(into, "    {line}: {}: {}", error.code, error.message);
            }
            if answer == Answer::Crash {
                let _ = writeln!(into, "    {:?}\n{}", outcome.time, mutant.text);
            }
        }
        Err(panic) => {
            let _ = writeln!(into, "    panic: {panic}\n{}", mutant.text);
        }
    }
}

/// The table, and how many of a hundred mutants that are no programs get one error on their line, and one that
/// points at it.
fn show(table: &BTreeMap<(Kind, Answer), usize>) -> (String, f64, f64) {
    let count = |kind: Option<Kind>, answer: Answer| -> usize {
        let suits = |key: &(Kind, Answer)| key.1 == answer && kind.is_none_or(|kind| kind == key.0);
        table.iter().filter(|(key, _)| suits(key)).map(|(_, count)| count).sum()
    };
    let mut text = format!("{:18}", "");
    for (title, _) in COLUMNS {
        let _ = write!(text, "{title:>10}");
    }
    let _ = writeln!(text, "{:>10}{:>10}{:>10}", "strict", "or near", "or named");
    let (mut on_line, mut pointing) = (0.0, 0.0);
    for kind in Kind::ALL.map(Some).into_iter().chain([None]) {
        let _ = write!(text, "{:18}", kind.map_or("all", Kind::title));
        for (_, answer) in COLUMNS {
            let _ = write!(text, "{:>10}", count(kind, answer));
        }
        let wrong: usize = COLUMNS.iter().skip(1).map(|(_, answer)| count(kind, *answer)).sum();
        let share = |part: usize| 100.0 * part as f64 / wrong.max(1) as f64;
        let strict = count(kind, Answer::OnLine);
        let near = strict + count(kind, Answer::Near);
        (on_line, pointing) = (share(near), share(near + count(kind, Answer::Mentioned)));
        let _ = writeln!(text, "{:>8.1} %{on_line:>8.1} %{pointing:>8.1} %", share(strict));
    }
    (text, on_line, pointing)
}
