//! Name resolution and type checking: syntax trees to HIR.
//!
//! Takes the trees of all modules of a program and gives one [`wyn_hir::Program`] and what is wrong
//! with it. The stages, each over all modules:
//!
//! 1. [`collect`]: every declaration gets an index and its name a place in its module's scope.
//! 2. [`headers`]: imports, fields, signatures and `impl` targets become types.
//! 3. bodies: every function and constant is checked by a [`body::FnCx`], one expression family a
//!    file; inference is local to a body and ends with it ([`finish`]).
//! 4. [`consts`]: constants get an order; cycles are reported.
//!
//! Invariants: the error type exists only where something was reported, agrees with everything and
//! is reported no second time; a program without errors has no inference variable and no error type
//! in it; nothing here panics on a tree that the parser makes, however wrong the program.

mod args;
mod assoc;
mod body;
mod bounds;
mod calls;
mod closures;
mod collect;
mod consts;
mod control;
mod exhaustive;
mod expr;
mod finish;
mod headers;
mod indexing;
mod infer;
mod loops;
mod matches;
mod membership;
mod methods;
mod names;
mod operators;
mod optional;
mod path_patterns;
mod patterns;
mod places;
mod scope;
mod sharing;
mod spelling;
mod statements;
mod structs;
mod tasks;
mod types;
mod walk;
mod world;

#[cfg(test)]
mod tests;

use wyn_base::{Diagnostics, Span};
use wyn_hir::{LangItems, Program};
use wyn_syntax::ast;

/// A file of the program.
#[derive(Clone, Debug)]
pub struct Module {
    /// `main` for the program's own file, else the path under which it is imported; the prelude is
    /// called `prelude`.
    pub path: String,
    /// Its tree.
    pub file: ast::File,
    /// Whether it belongs to the standard library: only there are intrinsics declared, and nobody is
    /// warned about it.
    pub is_std: bool,
}

/// An `import` of a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The path with dots: `net.http`.
    pub path: String,
    /// Where it is written.
    pub span: Span,
}

/// The modules that a file imports from packages, the standard library among them.
#[must_use]
pub fn imports(file: &ast::File) -> Vec<Import> {
    file.items
        .iter()
        .filter_map(|item| match &item.kind {
            ast::ItemKind::Import(import) if import.root == ast::ImportRoot::Package => {
                Some(Import { path: names::dotted(&import.segments), span: item.span })
            }
            _ => None,
        })
        .collect()
}

/// Checks a whole program.
#[must_use]
pub fn check(modules: Vec<Module>) -> (Program, Diagnostics) {
    let mut world = world::World::new(&modules);
    collect::collect(&mut world);
    headers::resolve(&mut world);
    body::check_all(&mut world);
    let consts = consts::order(&mut world);
    let main = headers::main_function(&mut world);
    let lang = LangItems { option: world.lang.option, result: world.lang.result };
    let (adts, fns, diags) = world.into_parts();
    (Program { adts, fns, consts, main, lang }, diags)
}
