//! Whole programs: every golden program and the whole standard library lower to MIR that the
//! verifier accepts, and the passes take it to Lowered. Snapshots hold programs with their MIR.

use std::path::{Path, PathBuf};

use wyn_base::{Diagnostic, Diagnostics, SourceId};
use wyn_check::{Module, Package, Target};
use wyn_mir::{Phase, Program};

fn parse(modules: &mut Vec<Module>, path: &str, text: &str, is_std: bool, found: &mut Diagnostics) {
    let id = SourceId(u32::try_from(modules.len()).unwrap());
    let (file, diagnostics) = wyn_syntax::parse(id, text);
    found.extend(diagnostics);
    let package = if is_std { Package::Std } else { Package::Program(0) };
    modules.push(Module::new(path, package, file));
}

/// The Built MIR of a program with these modules of the standard library, or what the checker says.
fn built(
    name: &str,
    text: &str,
    wanted: impl Fn(&[Module], &str) -> bool,
) -> Result<Program, Vec<Diagnostic>> {
    let mut modules = Vec::new();
    let mut found = Diagnostics::new();
    parse(&mut modules, "main", text, false, &mut found);
    while let Some((path, text)) = wyn_stdlib::MODULES
        .iter()
        .find(|(path, _)| modules.iter().all(|module| module.path != *path) && wanted(&modules, path))
    {
        parse(&mut modules, path, text, true, &mut found);
    }
    let (hir, diagnostics) = wyn_check::check(modules);
    found.extend(diagnostics);
    if found.has_errors() {
        return Err(found.sorted());
    }
    let (mir, found) = wyn_lower::lower(&hir);
    assert!(!found.has_errors(), "{name}: {:#?}", found.sorted());
    let faults = wyn_mir::verify::verify(&mir);
    assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
    Ok(mir)
}

/// Whether a program needs a module: the prelude, or one that is imported.
fn needed(modules: &[Module], path: &str) -> bool {
    let mut imports = modules.iter().flat_map(|module| &module.imports);
    path.starts_with("prelude") || imports.any(|import| *import == Target::Module(path.to_owned()))
}

fn passes(name: &str, mir: Program, until: Phase) -> Program {
    let (mir, found) = wyn_passes::run(mir, until);
    assert!(!found.has_errors(), "{name}: {:#?}", found.sorted());
    mir
}

/// The MIR of the bodies of a program's own file.
fn own(text: &str, until: Phase) -> String {
    let mir = built("snippet", text, needed).unwrap_or_else(|found| panic!("{found:#?}"));
    let mir = passes("snippet", mir, until);
    let own = mir.bodies.iter().filter(|body| body.span.source == SourceId(0) && body.name.contains("main"));
    let own: Vec<String> = own.map(|body| wyn_mir::dump::dump_body(&mir, body)).collect();
    own.join("\n")
}

fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "wyn") {
            found.push(path);
        }
    }
}

#[test]
fn every_golden_program_reaches_lowered() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let mut found = Vec::new();
    for folder in ["run", "run-fail"] {
        programs(&tests.join(folder), &mut found);
    }
    found.sort();
    let mut reached = 0;
    for path in found {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        // A program that the checker refuses is reported by the harness that runs it.
        if let Ok(mir) = built(&name, &text, needed) {
            passes(&name, mir, Phase::Lowered);
            reached += 1;
        }
    }
    assert!(reached > 0, "no program was checked without errors");
}

#[test]
fn the_whole_standard_library_lowers() {
    let all = |_: &[Module], _: &str| true;
    built("std", "fn main() { }", all).unwrap_or_else(|found| panic!("{found:#?}"));
}

#[test]
fn a_program_without_main_is_reported() {
    let mut modules = Vec::new();
    let mut found = Diagnostics::new();
    parse(&mut modules, "main", "fn helper() { }", false, &mut found);
    for (path, text) in wyn_stdlib::MODULES.iter().filter(|(path, _)| path.starts_with("prelude")) {
        parse(&mut modules, path, text, true, &mut found);
    }
    let (hir, _) = wyn_check::check(modules);
    let found: Vec<String> =
        wyn_lower::lower(&hir).1.sorted().into_iter().map(|found| found.message).collect();
    assert_eq!(found, ["this program has no `main`"]);
}

macro_rules! snapshots {
    ($($name:ident $phase:ident $text:literal)*) => {
        $(#[test]
        fn $name() {
            insta::with_settings!({ description => $text, omit_expression => true }, {
                insta::assert_snapshot!(own($text, Phase::$phase));
            });
        })*
    };
}

snapshots! {
    the_seed Built "
fn compute(n: int) -> int {
    return n * n;
}

fn main() -> int {
    var f = spawn compute(42);
    var result = f.await();
    print(result);  // 1764
    return 0;
}
"
    a_producer Owned r#"
fn main() {
    const (tx, rx) = channel<string>(4)
    spawn {
        defer print("done")
        for i in 0..3 { tx.send("line ${i}") }
    }
    for line in rx { print(line) }
}
"#
}
