//! Programs of any shape: cut off anywhere, nested as deeply as the grammar lets them, or large in one dimension.
//! All stages end on each, without a crash, within a second of the processor's time, checks of debug builds included.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use wyn_bench::generated;
use wyn_tests::random::Random;
use wyn_tests::stages::{Until, has_errors};
use wyn_tests::{files, watched};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    watched::quietly();
    let trials = vec![
        Trial::test("examples, cut off at every byte, are read", cut_off_everywhere),
        Trial::test("examples, cut off here and there, are judged", cut_off_here_and_there),
        Trial::test("deep and large programs are judged", deep_and_large),
        Trial::test("the time grows with the program", linear),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn survive(texts: &[String], until: Until) -> Result<(), Failed> {
    let programs: Vec<&str> = texts.iter().map(String::as_str).collect();
    for (text, outcome) in programs.iter().zip(watched::run_all(&programs, until)) {
        let start: String = text.chars().take(200).collect();
        if let Err(panic) = &outcome.found {
            return Err(format!("{panic}\n{start}").into());
        }
        if outcome.time > watched::LIMIT {
            return Err(format!("{:?}\n{start}", outcome.time).into());
        }
    }
    Ok(())
}

fn examples() -> Vec<String> {
    files("examples", "wyn").into_iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

fn cut_off_everywhere() -> Result<(), Failed> {
    let cuts = |text: &String| text.char_indices().map(|(at, _)| text[..at].to_owned()).collect::<Vec<_>>();
    survive(&examples().iter().flat_map(cuts).collect::<Vec<_>>(), Until::Parse)
}

fn cut_off_here_and_there() -> Result<(), Failed> {
    let mut texts = Vec::new();
    for text in examples() {
        let mut random = Random::of(&text);
        texts.extend((0..12).map(|_| text[..text.floor_char_boundary(random.below(text.len()))].to_owned()));
    }
    survive(&texts, Until::Lowered)
}

fn inside(text: &str) -> String {
    format!("fn main() {{\n{text}\n}}\n")
}

fn deep_and_large() -> Result<(), Failed> {
    let around = |open: &str, middle: &str, close: &str, times: usize| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    let list = |count: usize, one: &dyn Fn(usize) -> String, between: &str| {
        (0..count).map(one).collect::<Vec<String>>().join(between)
    };
    let doubled = |value: &str| {
        let line = |n: usize| format!("const x{} = {}", n + 1, value.replace("{}", &n.to_string()));
        list(40, &line, "\n")
    };
    let twice = |n: usize| format!("struct S{} {{ a: [S{n}], b: [S{n}] }}", n + 1);
    let mut texts = Vec::new();
    for times in [300, 10_000] {
        texts.extend([
            inside(&around("if true { ", "print(1)", " }", times)),
            inside(&around("{ ", "print(1)", " }", times)),
            inside(&format!("const f = {}1\n_ = f", "() => ".repeat(times))),
            inside(&format!("print({}1)", "1 + ".repeat(times))),
            inside(&format!("print(\"a\"{})", ".trim()".repeat(times))),
            inside(&format!("print({})", around("\"${", "1", "}\"", times))),
            inside(&format!("const n = 1\nif n == 0 {{ }}{}", " else if n == 1 { }".repeat(times))),
            format!("fn f(x: {}) {{ }}\n{}", around("[", "int", "]", times), inside("")),
            format!(
                "struct B<T> {{ x: T }}\nfn f(x: {}) {{ }}\n{}",
                around("B<", "int", ">", times),
                inside("")
            ),
        ]);
    }
    texts.extend([
        format!("{}{}", list(2_000, &|n| format!("fn f{n}(x: int) -> int {{ x + {n} }}"), "\n"), inside("")),
        format!("fn f({}) {{ }}\n{}", list(1_000, &|n| format!("a{n}: int"), ", "), inside("")),
        format!("struct S {{ {} }}\n{}", list(2_000, &|n| format!("a{n}: int"), ", "), inside("")),
        inside(&format!("print(match 5 {{\n{}\n_ => 0\n}})", list(3_000, &|n| format!("{n} => {n}"), "\n"))),
        inside(&format!("var x = 0\n{}print(x)", "x += 1\n".repeat(5_000))),
        inside(&list(2_000, &|n| format!("print(a{n} + b{n})"), "\n")),
        inside(&format!("print(\"{}\".len())", "x".repeat(1_000_000))),
        // Types that mention others exponentially often.
        format!(
            "fn pair<T>(x: T) -> [(T, T)] {{ [(x, x)] }}\n{}",
            inside(&format!("const x0 = 1\n{}\nprint(x40 == x40)", doubled("pair(x{})")))
        ),
        format!(
            "struct S0 {{ x: int }}\n{}\n{}",
            list(40, &twice, "\n"),
            inside("const s: [S40] = []\nprint(s)")
        ),
        inside(&format!("const x0 = 1\n{}\nprint(x40)", doubled("(x{}, x{})"))),
        String::new(),
        "\u{feff}".to_owned(),
        "\0".repeat(1_000),
    ]);
    survive(&texts, Until::Lowered)
}

/// Ten times the program takes about ten times as long: four times that would be another law.
fn linear() -> Result<(), Failed> {
    let time = |lines| {
        let outcome = watched::run(&generated::program(lines), Until::Check);
        match outcome.found {
            Ok(found) if !has_errors(&found) => Ok(outcome.time),
            other => Err(Failed::from(format!("{other:?}"))),
        }
    };
    // The first program also pays for reading the library.
    time(20)?;
    let (small, large) = (time(1_000)?, time(10_000)?);
    if large > 40 * small {
        return Err(format!("1,000 lines take {small:?}, 10,000 lines {large:?}").into());
    }
    Ok(())
}
