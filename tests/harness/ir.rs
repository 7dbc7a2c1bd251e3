//! Compiles every program in `tests/ir` to LLVM IR at -O2 and holds it against the annotations
//! `ir-fn`, `ir-has`, `ir-lacks` and `ir-cycle`: what the optimised code of a function must and must not contain.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use regex_lite::Regex;
use wyn_base::components::components;
use wyn_tests::annotations::{Annotations, Demand};
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
            let (found, verb) = match rule.demand {
                Demand::Has => (bodies.iter().any(|body| pattern.is_match(body)), "lacks"),
                Demand::Lacks => (!bodies.iter().any(|body| pattern.is_match(body)), "has"),
                Demand::Cycle => {
                    let mut loops = bodies.iter().flat_map(|body| cycles(body));
                    (loops.any(|text| pattern.is_match(&text)), "has no loop with")
                }
            };
            if !found {
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

/// The blocks of each outermost loop of a function, one after the other.
fn cycles(body: &str) -> Vec<String> {
    // A block is its label at the beginning of a line, and what follows.
    let label = |line: &str| Some(line.split_once(':')?.0.trim_matches('"').to_owned());
    let starts_block = |line: &&str| !line.is_empty() && !line.starts_with([' ', '\t', '}', ';']);
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in body.lines().skip(1) {
        match starts_block(&line).then(|| label(line)).flatten() {
            Some(name) => blocks.push((name, String::new())),
            None => {
                if let Some((_, text)) = blocks.last_mut() {
                    text.extend([line, "\n"]);
                }
            }
        }
    }
    let number: HashMap<&str, usize> = blocks.iter().map(|(name, _)| name.as_str()).zip(0..).collect();
    let target = |rest: &str| {
        let name = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => rest.split([',', ' ', '\n']).next(),
        };
        name.and_then(|name| number.get(name).copied())
    };
    let next: Vec<Vec<usize>> =
        blocks.iter().map(|(_, text)| text.split("label %").skip(1).filter_map(target).collect()).collect();
    let parts = components(&next);
    let cyclic = parts.cyclic(&next);
    let mut texts = vec![String::new(); blocks.len()];
    for (at, (_, text)) in blocks.iter().enumerate().filter(|(at, _)| cyclic[*at]) {
        texts[parts.of[at]].push_str(text);
    }
    texts.retain(|text| !text.is_empty());
    texts
}
