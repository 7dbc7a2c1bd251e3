//! Name resolution and type checking: syntax trees to HIR.
//!
//! Takes the trees of all modules of a program, with what their imports lead to, and gives one [`wyn_hir::Program`] and what is wrong
//! with it. The stages, each over all modules:
//!
//! 1. [`collect`]: every declaration gets an index and its name a place in its module's scope.
//! 2. [`imports`]: the names that modules take from each other.
//! 3. [`headers`]: fields, signatures and `impl` targets become types; [`recursion`] decides which
//!    declarations are boxed because they contain themselves.
//! 4. bodies: every function and constant is checked by a [`body::FnCx`], one expression family a
//!    file; inference is local to a body and ends with it ([`finish`]).
//! 5. [`consts`]: constants get an order; cycles are reported.
//! 6. [`usage`] and [`imports`]: of a program without errors, what nothing uses is warned of.
//!
//! Invariants: the error type exists only where something was reported, agrees with everything and
//! is reported no second time; a program without errors has no inference variable and no error type
//! in it; nothing here panics on a tree that the parser makes, however wrong the program.

mod args;
mod assoc;
mod body;
mod bounds;
mod calls;
mod capacities;
mod closures;
mod collect;
mod consts;
mod control;
mod disputes;
mod doubts;
mod exhaustive;
mod expr;
mod finish;
mod for_mut;
mod formats;
mod headers;
mod imports;
mod indexing;
mod infer;
mod lang;
mod lookalikes;
mod loops;
mod maps;
mod matches;
mod membership;
mod method_habits;
mod methods;
mod module_habits;
mod names;
mod nurseries;
mod operators;
mod optional;
mod origins;
mod overlap;
mod path_patterns;
mod patterns;
mod places;
mod quantities;
mod ranges;
mod recursion;
mod scope;
mod select;
mod sharing;
mod short_variants;
mod spelling;
mod statements;
mod structs;
mod sync_habits;
mod tasks;
mod type_habits;
mod types;
mod unknown;
mod unused;
mod usage;
mod uses;
mod value_habits;
mod walk;
mod world;

#[cfg(test)]
mod tests;

use wyn_base::Diagnostics;
use wyn_base::diagnostic::Reported;
use wyn_hir::{LangItems, Program};
use wyn_syntax::ast;

/// A file of the program.
#[derive(Clone, Debug)]
pub struct Module {
    /// `main` for the program's own file, else its path with dots, unique in the program: what its
    /// items are called in messages and symbols. The prelude is called `prelude`.
    pub path: String,
    /// Whose it is.
    pub package: Package,
    /// Its tree.
    pub file: ast::File,
    /// What its imports lead to, in the order of [`imports`].
    pub imports: Vec<Target>,
}

/// Whose a module is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Package {
    /// The standard library: only there are intrinsics declared, and nobody is warned about it.
    Std,
    /// One of the program's packages; 0 is the one with `main`.
    Program(u32),
}

/// What an import leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// The module with this path.
    Module(String),
    /// A folder: what each of the names in braces leads to.
    Folder(Vec<Target>),
    /// Nothing, which is reported.
    Missing(Reported),
}

impl Module {
    /// A module whose imports lead to the modules whose paths they spell.
    #[must_use]
    pub fn new(path: impl Into<String>, package: Package, file: ast::File) -> Self {
        let spelt = |import: &ast::ImportItem| Target::Module(names::dotted(&import.segments));
        let imports = imports(&file).map(|(_, import)| spelt(import)).collect();
        Self { path: path.into(), package, file, imports }
    }
}

/// The imports of a file, in order, each with its item.
pub fn imports(file: &ast::File) -> impl Iterator<Item = (&ast::Item, &ast::ImportItem)> {
    file.items.iter().filter_map(|item| match &item.kind {
        ast::ItemKind::Import(import) => Some((item, import)),
        _ => None,
    })
}

/// Whether package paths that begin with this name belong to the standard library: a module of a
/// program with this name is imported as `./name`.
#[must_use]
pub fn is_std_name(name: &str) -> bool {
    names::STD_MODULES.contains(&name)
}

/// What stands for a name that a module of the standard library is thought to have.
#[must_use]
pub fn member_elsewhere(module: &str, name: &str) -> Option<&'static str> {
    module_habits::member(module, name)
}

/// Checks a whole program.
#[must_use]
pub fn check(modules: Vec<Module>) -> (Program, Diagnostics) {
    let mut world = world::World::new(&modules);
    collect::collect(&mut world);
    imports::resolve(&mut world);
    headers::resolve(&mut world);
    lang::find(&mut world);
    world.check_promises();
    body::check_all(&mut world);
    let consts = consts::order(&mut world);
    let main = headers::main_function(&mut world);
    world.settle_unknown();
    world.settle_disputes();
    imports::warn_unused(&mut world);
    world.warn_unused_items(main);
    world.warn_when_right();
    let lang = LangItems {
        option: world.lang.option,
        result: world.lang.result,
        map: world.lang.map,
        abilities: std::mem::take(&mut world.lang.abilities),
    };
    let (adts, fns, diags) = world.into_parts();
    (Program { adts, fns, consts, main, lang }, diags)
}
