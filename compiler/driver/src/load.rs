//! Reads a program: its file, the prelude, and every standard module that it imports, directly or
//! through another.

use std::io;
use std::path::Path;

use wyn_base::{Diagnostics, SourceId, SourceMap};
use wyn_check::Module;

use crate::failure::{Failure, reason};

/// The identity of the file that is added to an empty map.
const FIRST: SourceId = SourceId(0);

/// All files of the program, parsed: the user's own first.
pub(crate) fn load(path: &Path, sources: &mut SourceMap) -> Result<(Vec<Module>, Diagnostics), Failure> {
    let (text, mut diagnostics) = wyn_syntax::decode(FIRST, read(path)?);
    let mut modules = vec![parse("main", path, &text, false, sources, &mut diagnostics)];
    // What every module sees without an import.
    let prelude =
        wyn_stdlib::MODULES.iter().map(|(name, _)| *name).filter(|name| name.starts_with("prelude"));
    let mut wanted: Vec<String> = prelude.map(str::to_owned).collect();
    let mut next = 0;
    while next < modules.len() {
        wanted.extend(wyn_check::imports(&modules[next].file).into_iter().map(|import| import.path));
        for name in wanted.drain(..) {
            if modules.iter().any(|module| module.path == name) {
                continue;
            }
            // An import that names no module is the checker's to report: it knows the place.
            if let Some(text) = wyn_stdlib::module(&name) {
                let shown = format!("std/{}.wyn", name.replace('.', "/"));
                modules.push(parse(&name, Path::new(&shown), text, true, sources, &mut diagnostics));
            }
        }
        next += 1;
    }
    Ok((modules, diagnostics))
}

fn parse(
    name: &str,
    path: &Path,
    text: &str,
    is_std: bool,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Module {
    let id = sources.add(path, text);
    let (file, found) = wyn_syntax::parse(id, text);
    diagnostics.extend(found);
    Module { path: name.to_owned(), file, is_std }
}

/// The bytes of a source file.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |why: &str| Failure::message(format!("cannot read {}: {why}", path.display()));
    std::fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::IsADirectory => cannot("it is a folder\nhelp: name the file in it that has `fn main`"),
        io::ErrorKind::NotFound if path.extension().is_none() && path.with_extension("wyn").exists() => {
            cannot(&format!("there is no such file\nhelp: did you mean `{}.wyn`?", path.display()))
        }
        _ => cannot(&reason(&error)),
    })
}
