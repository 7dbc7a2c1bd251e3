//! Prints who cites what: each rule of the specification with the programs and unit tests that pin it, and how many
//! of them are golden programs. With prefixes or names of rules (`rules EXP STM-3`), only those.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::ExitCode;

use wyn_tests::rules::{self, Citation, Rule};

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let citations = match rules::citations() {
        Ok(citations) => citations,
        Err(wrong) => {
            eprintln!("error: a citation lists names of rules:\n  {}", wrong.join("\n  "));
            return ExitCode::FAILURE;
        }
    };
    let mut rules = rules::all();
    rules.retain(|rule| wanted.is_empty() || wanted.iter().any(|name| concerns(rule, name)));
    match write!(std::io::stdout().lock(), "{}", table(&rules, &citations)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write the table: {error}");
            ExitCode::FAILURE
        }
    }
}

fn concerns(rule: &Rule, name: &str) -> bool {
    rule.name == name || rules::split(&rule.name).is_some_and(|(prefix, _)| prefix == name)
}

/// One line a rule, its citing files below it, and a summary.
fn table(rules: &[Rule], citations: &[Citation]) -> String {
    let mut by_rule: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    for citation in citations {
        by_rule.entry(&citation.rule).or_default().insert(&citation.file, citation.is_golden());
    }
    let mut lines = vec![format!("{:<8} {:>6} {:>6}  text", "rule", "golden", "others")];
    let mut golden = BTreeSet::new();
    let mut uncited = 0;
    for rule in rules {
        let files = by_rule.remove(rule.name.as_str()).unwrap_or_default();
        uncited += usize::from(files.is_empty());
        let here = files.values().filter(|&&golden| golden).count();
        let others = files.len() - here;
        lines.push(format!("{:<8} {here:>6} {others:>6}  {}", rule.name, beginning(&rule.text)));
        lines.extend(files.keys().map(|file| format!("{:25}{file}", "")));
        golden.extend(files.into_iter().filter(|(_, golden)| *golden).map(|(file, _)| file));
    }
    lines.push(format!(
        "{} rules, {uncited} of them cited nowhere; {} golden programs cite rules",
        rules.len(),
        golden.len()
    ));
    lines.join("\n") + "\n"
}

/// As much of a rule's text as fits on a line.
fn beginning(text: &str) -> String {
    const MOST: usize = 90;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MOST).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}
