//! The numbered rules of `spec/`, and what cites them.
//!
//! A rule is a paragraph of a chapter that begins with its bold name: a prefix of capitals, `-` and a number, as in
//! `**LEX-1.**`. A prefix belongs to one chapter. Programs and unit tests cite the rules that they pin in a
//! comment, `// rules: LEX-1, LEX-4`. A rule without a citation and a citation without a rule are mistakes, which
//! the house rules report.

use std::path::Path;

use crate::{files, shown};

/// How a citation begins.
const CITES: &str = "// rules:";

/// A rule of the specification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Its name, such as `LEX-1`.
    pub name: String,
    /// The chapter, relative to the repository.
    pub chapter: String,
    /// One-based line of the chapter.
    pub line: usize,
    /// What it says, up to the end of its paragraph, in one line.
    pub text: String,
}

/// The place where a rule is cited.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Citation {
    /// The rule's name.
    pub rule: String,
    /// The file, relative to the repository.
    pub file: String,
    /// One-based line.
    pub line: usize,
}

impl Citation {
    /// Whether a golden program cites: one that is compiled, run and held against its output.
    #[must_use]
    pub fn is_golden(&self) -> bool {
        ["tests/run/", "tests/run-fail/", "tests/live/", "tests/modules/", "examples/"]
            .iter()
            .any(|folder| self.file.starts_with(folder))
    }
}

/// Splits a rule's name into its prefix and its number.
#[must_use]
pub fn split(name: &str) -> Option<(&str, usize)> {
    let (prefix, number) = name.split_once('-')?;
    let word = (2..=4).contains(&prefix.len()) && prefix.chars().all(|c| c.is_ascii_uppercase());
    let plain = number.chars().all(|c| c.is_ascii_digit()) && !number.starts_with('0');
    if word && plain { Some((prefix, number.parse().ok()?)) } else { None }
}

/// The names in a list of rules, `LEX-1, LEX-4`.
///
/// # Errors
/// A sentence about one that is no rule's name.
pub fn cited(list: &str) -> Result<Vec<String>, String> {
    let name = |name: &str| match split(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(format!("`{name}` is no rule's name; they are listed as in `LEX-1, LEX-4`")),
    };
    list.split(',').map(|part| name(part.trim())).collect()
}

/// All rules of the chapters in `spec/`, in the order of the files and of their lines.
///
/// # Panics
/// When a chapter cannot be read.
#[must_use]
pub fn all() -> Vec<Rule> {
    let chapters = files("spec", "md").into_iter();
    chapters.flat_map(|path| rules_of(&shown(&path), &text(&path))).collect()
}

/// All citations: in the test programs, the examples, and the tests of the compiler and the runtime.
///
/// # Errors
/// Where a citation is malformed, and how; one sentence each.
///
/// # Panics
/// When a file cannot be read.
pub fn citations() -> Result<Vec<Citation>, Vec<String>> {
    let sources = [("tests", "wyn"), ("examples", "wyn"), ("compiler", "rs"), ("runtime", "rs")];
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for path in sources.into_iter().flat_map(|(folder, extension)| files(folder, extension)) {
        for (line, list) in citing_lines(&text(&path)) {
            match cited(list) {
                Ok(names) => {
                    found.extend(names.into_iter().map(|rule| Citation { rule, file: shown(&path), line }))
                }
                Err(why) => wrong.push(format!("{}:{line}: {why}", shown(&path))),
            }
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn text(path: &Path) -> String {
    // One of the test programs is not valid UTF-8, on purpose.
    let bytes = std::fs::read(path).expect("a readable file");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn citing_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = source.lines().enumerate();
    lines.filter_map(|(at, line)| Some((at + 1, line.trim_start().strip_prefix(CITES)?)))
}

fn rules_of(chapter: &str, text: &str) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    let mut in_rule = false;
    for (at, line) in text.lines().enumerate() {
        if let Some((name, rest)) = line.strip_prefix("**").and_then(|rest| rest.split_once(".**"))
            && split(name).is_some()
        {
            let (name, text) = (name.to_owned(), rest.trim().to_owned());
            found.push(Rule { name, chapter: chapter.to_owned(), line: at + 1, text });
            in_rule = true;
        } else if line.trim().is_empty() {
            in_rule = false;
        } else if let (true, Some(rule)) = (in_rule, found.last_mut()) {
            rule.text.push(' ');
            rule.text.push_str(line.trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_paragraphs_that_begin_with_a_name() {
        let text = "# C\n\n**ABC-1.** One\nline.\n\nProse **ABC-9.** in the middle.\n\n**Not one.** x\n**ABC-2.** Two.\n";
        let found = rules_of("spec/c.md", text);
        let seen: Vec<_> =
            found.iter().map(|rule| (rule.name.as_str(), rule.line, rule.text.as_str())).collect();
        assert_eq!(seen, [("ABC-1", 3, "One line."), ("ABC-2", 9, "Two.")]);
    }

    #[test]
    fn lists_of_rules_are_read_and_malformed_ones_refused() {
        assert_eq!(cited(" LEX-1, LEX-12").unwrap(), ["LEX-1", "LEX-12"]);
        for list in ["LEX-1 LEX-2", "lex-1", "LEX1", "LEX-01", "LEX-", "", "LEX-1,"] {
            assert!(cited(list).is_err(), "{list}");
        }
    }
}
