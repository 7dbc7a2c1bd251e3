//! House rules, as tests: what the style notes ask for and a machine can see.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use wyn_base::Code;
use wyn_tests::{files, orders, root, rules, shown};

/// Lines that a source file may have.
const MOST_LINES: usize = 600;

/// Tables, which are as long as there are things to list.
const TABLES: &[&str] = &["compiler/base/src/codes.rs"];

/// Every text file under version control, with what it says.
fn tracked() -> Vec<(PathBuf, String)> {
    let output =
        Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output().expect("git runs");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let read = |name: &str| {
        let path = root().join(name);
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path, text))
    };
    names.split('\0').filter(|name| !name.is_empty()).filter_map(read).collect()
}

fn is_source(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["rs", "wyn", "c", "cpp", "hpp", "go", "ll", "ld"].iter().any(|e| extension == *e)
    })
}

/// Fails with every line that breaks a rule.
fn report(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn files_are_short() {
    let long = |(path, text): &(PathBuf, String)| {
        let lines = text.lines().count();
        let table = TABLES.contains(&&*shown(path));
        (is_source(path) && !table && lines > MOST_LINES).then(|| format!("{}: {lines} lines", shown(path)))
    };
    let broken: Vec<_> = tracked().iter().filter_map(long).collect();
    report(&format!("a source file has at most {MOST_LINES} lines"), &broken);
}

#[test]
fn rust_files_say_what_they_are() {
    let silent = |(path, text): &(PathBuf, String)| {
        let rust = path.extension().is_some_and(|extension| extension == "rs");
        (rust && !text.trim_start().starts_with("//!")).then(|| shown(path))
    };
    let broken: Vec<_> = tracked().iter().filter_map(silent).collect();
    report("a Rust file opens with a `//!` header", &broken);
}

#[test]
fn nothing_is_left_to_do() {
    // In pieces, so that this file does not contain them.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplemented", "!("]].map(|word| word.concat());
    report("no notes of unfinished work", &lines_with(&words));
}

#[test]
fn no_machine_is_named() {
    let words = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"], ["/Us", "ers/"]].map(|word| word.concat());
    report("no paths of one machine", &lines_with(&words));
}

fn lines_with(words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tracked() {
        if path.ends_with("Cargo.lock") {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: `{word}`", shown(&path), at + 1));
            }
        }
    }
    found
}

#[test]
fn every_diagnostic_code_has_a_test() {
    let folders = [
        ("tests/compile-fail", "wyn"),
        ("tests/warn", "wyn"),
        ("tests/modules", "wyn"),
        ("tests/modules", "toml"),
    ];
    let programs: String = folders
        .into_iter()
        .flat_map(|(folder, extension)| files(folder, extension))
        .filter_map(|path| std::fs::read(path).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    let tested =
        |code: &Code| ["ERROR", "WARN"].iter().any(|kind| programs.contains(&format!("{kind} {code}")));
    let broken: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !tested(code))
        .map(|code| format!("{code}: {}", code.title()))
        .collect();
    report("every diagnostic code has a program in tests/compile-fail, tests/warn or tests/modules", &broken);
}

/// Citations that are well formed; the malformed ones fail here.
fn citations() -> Vec<rules::Citation> {
    rules::citations().unwrap_or_else(|wrong| {
        report("a citation lists names of rules", &wrong);
        Vec::new()
    })
}

#[test]
fn rules_are_numbered_without_gaps() {
    let mut broken = Vec::new();
    let mut counted: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for rule in rules::all() {
        let (prefix, number) = rules::split(&rule.name).expect("a rule has a name");
        let (chapter, last) = counted.entry(prefix.to_owned()).or_insert((rule.chapter.clone(), 0));
        if *chapter != rule.chapter {
            broken.push(format!("{}:{}: {prefix} is a prefix of {chapter}", rule.chapter, rule.line));
        } else if number != *last + 1 {
            broken.push(format!("{}:{}: {} follows {prefix}-{last}", rule.chapter, rule.line, rule.name));
        }
        *last = number;
    }
    report("the rules of a chapter are numbered one after the other", &broken);
}

#[test]
fn every_rule_is_cited() {
    let cited: BTreeSet<_> = citations().into_iter().map(|citation| citation.rule).collect();
    let broken: Vec<_> = rules::all()
        .iter()
        .filter(|rule| !cited.contains(&rule.name))
        .map(|rule| format!("{} ({}:{}): {}", rule.name, rule.chapter, rule.line, rule.text))
        .collect();
    report("every rule of the specification is cited by a program or a unit test", &broken);
}

#[test]
fn every_citation_names_a_rule() {
    let known: BTreeSet<_> = rules::all().into_iter().map(|rule| rule.name).collect();
    let broken: Vec<_> = citations()
        .iter()
        .filter(|citation| !known.contains(&citation.rule))
        .map(|citation| format!("{}:{}: {}", citation.file, citation.line, citation.rule))
        .collect();
    report("every citation names a rule of the specification", &broken);
}

#[test]
fn every_chapter_is_listed() {
    let list = std::fs::read_to_string(root().join("spec/README.md")).expect("the list of chapters");
    let missing = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        (path.parent()?.ends_with("spec") && name != "README.md" && !list.contains(&format!("({name})")))
            .then_some(name)
    };
    let broken: Vec<_> = files("spec", "md").into_iter().filter_map(missing).collect();
    report("spec/README.md lists every chapter", &broken);
}

#[test]
fn every_order_says_why() {
    let sites = orders::sites().expect("the runtime can be parsed");
    assert!(sites.len() > 200, "the runtime has atomics");
    let silent = sites.iter().filter(|site| site.comment.is_empty());
    let broken: Vec<_> = silent.map(|site| format!("{} in {}", site.name, site.function)).collect();
    report("an atomic access has an `// ORDER:` comment above it, in its function", &broken);
}

/// The names behind `dependencies` of each of our packages in a lock.
fn locked(path: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join(path)).expect("a lock");
    let quoted =
        |line: &str| line.split('"').nth(1).and_then(|text| text.split(' ').next()).map(str::to_owned);
    let package = |block: &str| {
        let name = block.lines().find(|line| line.starts_with("name = ")).and_then(quoted)?;
        let wanted = block.lines().filter(|line| line.starts_with(" \"")).filter_map(quoted).collect();
        (!block.contains("source = ")).then_some((name, wanted))
    };
    text.split("[[package]]").skip(1).filter_map(package).collect()
}

/// What a manifest depends on, tests aside.
fn wanted(manifest: &str) -> BTreeSet<String> {
    let mut counts = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            counts = line.ends_with("dependencies]") && !line.contains("dev-");
        } else if counts
            && let Some((name, _)) = line.split_once(['.', ' ']).filter(|_| !line.starts_with('#'))
        {
            found.insert(name.to_owned());
        }
    }
    found
}

/// The fuzz targets are no part of the workspace, so nothing else notices that their lock is stale.
#[test]
fn the_lock_of_the_fuzz_targets_is_up_to_date() {
    let locked = locked("tests/fuzz/Cargo.lock");
    let mut stale = Vec::new();
    for (path, text) in tracked().into_iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        let name = text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
        let Some(in_lock) = name.and_then(|name| locked.get(name)) else { continue };
        if *in_lock != wanted(&text) {
            stale.push(format!(
                "{}: the lock has {in_lock:?}, the manifest {:?}",
                shown(&path),
                wanted(&text)
            ));
        }
    }
    report("tests/fuzz/Cargo.lock is up to date: run `cargo update --workspace` in tests/fuzz", &stale);
}
