//! Imports as other languages write them, and file names where names of modules belong.

use wyn_base::Diagnostic;
use wyn_base::habits::{IMPORTED, MODULES, TYPES, find};

use super::habit;
use crate::ast::BinaryOp as B;
use crate::parse::errors::Place;
use crate::token::Tok;

/// The module that the text of an import names.
fn module_in(tok: Option<Tok>) -> &'static str {
    match tok {
        Some(Tok::Str(path)) => path.as_str().trim_end_matches(".wyn"),
        _ => "module",
    }
}

/// What stands for the module of another language at the end of a path.
fn elsewhere(path: &str) -> Option<&'static str> {
    let last = path.rsplit('/').next().filter(|_| !path.starts_with('.'))?;
    find(MODULES, last)
}

/// `use std::sync::mpsc`, from its first name on: what is written for it.
pub(super) fn used(place: &Place, first: isize) -> Option<String> {
    let end = place.end_before(first, |_| false);
    let names: Vec<&str> =
        (first..end).filter_map(|at| place.tok(at)?.as_name()).map(|name| name.as_str()).collect();
    let known = names.iter().rev().find_map(|name| match find(TYPES, name) {
        Some(here) => Some(format!("no import is needed: it is `{here}`")),
        None => find(IMPORTED, name)
            .or_else(|| find(MODULES, name).filter(|_| !matches!(*name, "std" | "core")))
            .map(str::to_owned),
    });
    match names[..] {
        ["crate" | "super" | "self", file, ..] => Some(format!("write `import ./{file}`")),
        ["std" | "core", module, ..] => Some(known.unwrap_or_else(|| format!("write `import {module}`"))),
        _ => known,
    }
}

/// What is wrong with the path of an `import`.
pub(super) fn import_path(place: &Place) -> Option<Diagnostic> {
    let start = -(place.statement_start() as isize);
    let first = if place.tok(start) == Some(Tok::Pub) { start + 1 } else { start };
    if place.tok(first) != Some(Tok::Import) {
        return None;
    }
    let relative = matches!(place.tok(first + 1), Some(Tok::Dot | Tok::DotDot));
    match (place.tok(-1)?, place.tok(0)?) {
        (Tok::Import, Tok::LBrace(_)) => {
            let close = place.closer_of(0)?;
            let names = place.text(1, close - 1)?;
            let module = module_in(place.tok(close + 2));
            Some(
                habit(place, 0, 0, "the module comes first, then the names that are imported from it")
                    .help(format!("write `import {module}.{{{}}}`", names.trim())),
            )
        }
        (Tok::Lower(_) | Tok::Upper(_), Tok::Lower(from)) if from == "from" => {
            let module = module_in(place.tok(1));
            Some(
                habit(place, 0, 0, "a module is known by the last name of its path")
                    .help(format!("write `import {module}`")),
            )
        }
        (Tok::Import, Tok::Str(path)) if elsewhere(path.as_str()).is_some() => Some(
            habit(place, 0, 0, "a module is named by its path, without quotes")
                .help(elsewhere(path.as_str()).unwrap_or_default()),
        ),
        (Tok::Import, Tok::Str(path)) => {
            let path = path.as_str().trim_end_matches(".wyn");
            let is_path = path.contains('/') && !path.starts_with('.');
            let path = if is_path { format!("./{}", path.trim_start_matches('/')) } else { path.to_owned() };
            Some(
                habit(place, 0, 0, "a module is named by its path, without quotes")
                    .help(format!("write `import {path}`")),
            )
        }
        (Tok::Import, Tok::Op(B::Div)) => Some(
            habit(place, 0, 0, "the files of a package are found from the file that imports them")
                .help("write `import ./name`, or `import folder.name` to begin at the package's folder"),
        ),
        (Tok::Import, Tok::Op(B::Mul)) => Some(whole_names(place)),
        (Tok::Dot, Tok::Op(B::Mul)) => Some(whole_names(place)),
        (Tok::Dot, Tok::Lower(name)) if relative && name.as_str() == "wyn" => {
            Some(habit(place, -1, 0, "a module is named without `.wyn`").help("remove the ending"))
        }
        (Tok::Dot, Tok::Lower(_) | Tok::Upper(_)) if relative => {
            Some(if place.tok(-2) == Some(Tok::Import) {
                habit(place, -1, -1, "a file beside this one is named with `./`")
                    .help("write `import ./name`")
            } else {
                habit(place, -1, 0, "names out of a module stand in braces, modules in a folder after `/`")
                    .help("write `import ./module.{name}`, or `import ./folder/module`")
            })
        }
        (Tok::Lower(_) | Tok::Upper(_), Tok::Op(B::Sub)) => Some(
            habit(place, -1, 1, "a module's name is a word, which has no `-`")
                .help("rename the file: `_` may stand in words"),
        ),
        (Tok::Lower(_) | Tok::Upper(_), Tok::Op(B::Div)) => Some(
            habit(place, 0, 0, "a package's modules are separated by `.`")
                .help("write `import net.http`, or `import ./folder/file` for a file of this package"),
        ),
        (_, Tok::Comma) if place.expects("the end of the line") => {
            Some(habit(place, 0, 0, "each module is imported on a line of its own").help("repeat `import`"))
        }
        _ => None,
    }
}

fn whole_names(place: &Place) -> Diagnostic {
    habit(place, 0, 0, "names are imported one by one")
        .help("write `import ./module`, and its name before what is used of it: `module.f()`")
}
