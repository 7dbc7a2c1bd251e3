//! Compiles every program in `tests/ir` to LLVM IR at -O2 and holds it against the annotations
//! `ir-fn`, `ir-has` and `ir-lacks`: what the optimised code of a function must and must not contain.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use regex_lite::Regex;
use wyn_tests::annotations::Annotations;
use wyn_tests::{files, shown, wync};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trial = |path: PathBuf| Trial::test(shown(&path), move || hold(&path));
    let trials = files("tests/ir", "wyn").into_iter().map(trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn hold(path: &Path) -> Result<(), Failed> {
    let annotations = Annotations::read(&std::fs::read_to_string(path)?)?;
    for level in annotations.levels.as_deref().unwrap_or(&[2]) {
        let finished = wync::run(["build", "--emit", "ir", &format!("-O{level}"), &shown(path)])?;
        if finished.status != 0 {
            return Err(format!("wync ended with status {}:\n{}", finished.status, finished.stderr).into());
        }
        for rule in &annotations.ir {
            let bodies = functions(&finished.stdout, &rule.function);
            if bodies.is_empty() {
                return Err(format!("-O{level}: no function is called `{}`", rule.function).into());
            }
            let pattern = Regex::new(&rule.pattern)?;
            if bodies.iter().any(|body| pattern.is_match(body)) != rule.has {
                let verb = if rule.has { "lacks" } else { "has" };
                let text = bodies.join("\n");
                return Err(
                    format!("-O{level}: `{}` {verb} `{}`:\n{text}", rule.function, rule.pattern).into()
                );
            }
        }
    }
    Ok(())
}

/// The definitions of the functions whose symbol contains this name.
fn functions<'a>(ir: &'a str, name: &str) -> Vec<&'a str> {
    let definitions = ir.split("\ndefine ").skip(1);
    let body = |text: &'a str| text.split_once("\n}").map_or(text, |(body, _)| body);
    let symbol =
        |text: &str| text.split_once('@').and_then(|(_, rest)| Some(rest.split_once('(')?.0.to_owned()));
    definitions.map(body).filter(|text| symbol(text).is_some_and(|symbol| symbol.contains(name))).collect()
}
