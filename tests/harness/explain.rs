//! What `wync explain` shows is true: the wrong program of each code gets this code and no other error, the right
//! one gets neither. Takes the texts of the table of codes and completes them: an explanation shows what matters,
//! seldom a whole program.

use std::fmt::Write;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_base::{Code, Diagnostic, Severity};
use wyn_tests::stages::{Until, line_of};
use wyn_tests::watched::{self, Outcome};

/// The codes that one program cannot show, and why.
const NOT_SHOWN: &[(Code, &str)] = &[
    (Code::E0012, "about files that are not text"),
    (Code::E0014, "about programs too deep to print"),
    (Code::E0107, "about two modules"),
    (Code::E0111, "about the folder around the program"),
    (Code::E0112, "about wyn.toml"),
    (Code::E0900, "goes away construct by construct"),
];

/// What the programs of an explanation use without showing it: declarations, and statements before theirs.
const SETTINGS: &[(Code, &str, &str)] = &[
    (Code::E0001, "", "const (price, tax) = (100, 20)"),
    (Code::E0007, "", "const (a, b) = (1, 2)"),
    (Code::E0010, "", "const (i, n) = (1, 2)"),
    (Code::E0011, "", "const (price, name, count) = (1.5, \"pear\", 3)"),
    (Code::E0013, "fn compute(n: int) -> int { n }", ""),
    (Code::E0207, "", "const answer = [1].first()"),
    (Code::E0210, "", "const numbers = [1]"),
    (Code::E0212, "fn compute(n: int) -> int { n }", ""),
    (Code::E0213, "fn f() -> int { 1 }", ""),
    (Code::E0220, "", "const pair = (1, 2)"),
    (Code::E0221, "", "const (name, count) = (\"pear\", 3)"),
    (Code::E0303, "", "const xs = [1, 2]"),
    (Code::E0306, "", "var xs = [1, 2]"),
    (Code::E0308, "", "const (a, b) = (3, 1)"),
    (Code::E0309, "", "const xs = [1, 2]"),
    (Code::E0311, "fn read_limit() -> int {\nprint(\"reading\")\n1\n}", ""),
    (Code::E0312, "fn close() { }", ""),
    (Code::E0313, "", "var prices = [1, 2]"),
    (Code::E0401, "fn compute(n: int) -> int { n }", ""),
    (Code::E0402, "fn produce(tx: Sender<int>) { tx.send(1) }", ""),
    (Code::E0403, "fn inc(mut n: int) { n += 1 }\nfn incremented(n: int) -> int { n + 1 }", ""),
    (Code::E0404, "", "const (tx, rx) = channel<int>(1)\ntx.send(1)"),
    (Code::E0405, "", "const (tx, rx) = channel<int>(1)\ntx.send(1)"),
    (Code::E0407, "fn work() { }", ""),
    (
        Code::E0412,
        "fn move_money(mut a: int, mut b: int) {\na -= 1\nb += 1\n}",
        "const (account, savings) = (Mutex(1), Mutex(2))",
    ),
    (Code::W0003, "", "const n = 1"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    watched::quietly();
    let shown = || Code::ALL.iter().copied().filter(|code| NOT_SHOWN.iter().all(|(other, _)| code != other));
    let programs: Vec<(Code, Part, String)> =
        shown().flat_map(|code| Part::BOTH.map(|part| (code, part, program(code, part)))).collect();
    let texts: Vec<&str> = programs.iter().map(|(_, _, text)| text.as_str()).collect();
    let outcomes = watched::run_all(&texts, Until::Lowered);
    let trials = programs.into_iter().zip(outcomes).map(|((code, part, text), outcome)| {
        Trial::test(format!("{code} {part:?}"), move || judge(code, part, &text, &outcome))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// The two programs of an explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Wrong,
    Right,
}

impl Part {
    const BOTH: [Self; 2] = [Self::Wrong, Self::Right];

    /// The lines of this part: those that are indented below its title.
    fn of(self, explanation: &str) -> String {
        let title = format!("{self:?}:");
        let below = explanation.lines().skip_while(|line| *line != title).skip(1);
        let indented = below.take_while(|line| line.is_empty() || line.starts_with("    "));
        let lines: Vec<&str> = indented.map(|line| line.get(4..).unwrap_or_default()).collect();
        lines.join("\n").trim_end().to_owned()
    }
}

/// Completes a part of an explanation: declarations stay outside, statements go into a `main`, if there is none.
fn program(code: Code, part: Part) -> String {
    let setting = SETTINGS.iter().find(|(of, ..)| *of == code);
    let (items, before) = setting.map_or(("", ""), |(_, items, before)| (*items, *before));
    let (mut outside, mut inside) = (String::new(), String::new());
    let mut in_item = false;
    for line in part.of(code.explanation()).lines() {
        in_item = begins_item(line) || in_item && line.starts_with([' ', '}']);
        let _ = writeln!(if in_item { &mut outside } else { &mut inside }, "{line}");
    }
    let _ = writeln!(outside, "{items}");
    if !outside.contains("fn main(") {
        let _ = writeln!(outside, "fn main() {{\n{before}\n{inside}}}");
    }
    outside
}

/// Whether a line begins a declaration. A constant may be either; those of a module are written in capitals here.
fn begins_item(line: &str) -> bool {
    let mut words = line.split([' ', ':']);
    match words.next().unwrap_or_default() {
        "import" | "pub" | "fn" | "struct" | "enum" | "trait" | "impl" | "type" => true,
        "const" => words.next().is_some_and(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')),
        _ => false,
    }
}

fn judge(code: Code, part: Part, text: &str, outcome: &Outcome) -> Result<(), Failed> {
    if part.of(code.explanation()).is_empty() {
        return Err(format!("the explanation has no line `{part:?}:` with a program below").into());
    }
    let found = outcome.found.as_ref().map_err(|panic| format!("{panic}\n{text}"))?;
    let has = found.iter().any(|diagnostic| diagnostic.code == code);
    let other = |found: &Diagnostic| found.severity == Severity::Error && found.code != code;
    if has == (part == Part::Wrong) && !found.iter().any(other) {
        return Ok(());
    }
    let mut said = format!("the compiler does not say what `wync explain {code}` says it does of\n");
    for (at, line) in text.lines().enumerate() {
        let _ = writeln!(said, "{:4} | {line}", at + 1);
    }
    for diagnostic in found {
        let line = line_of(text, &diagnostic.primary);
        let _ = writeln!(said, "{line:4} : {}: {}", diagnostic.code, diagnostic.message);
    }
    Err(said.into())
}
