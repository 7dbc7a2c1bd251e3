//! Stage 2: the names that modules take from each other.
//!
//! Requires the names of [`collect`](crate::collect). Ensures: every imported name is a name of its
//! module, [`Def::Unusable`] when what it should stand for is not there.
//!
//! Modules may import each other, and a name that is imported with `pub` can be taken on from there.
//! So imports of whole modules come first, and a name that is asked for before its own import was
//! looked at has that one looked at in between.

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Symbol};
use wyn_syntax::ast::{self, ItemKind};

use crate::names::{dotted, handle, primitive};
use crate::world::{Def, Entry, ModuleId, World};
use crate::{Target, imports};

/// One name of an `import … .{a, b}`.
#[derive(Clone, Copy)]
struct Pending {
    target: ModuleId,
    name: ast::Name,
    public: bool,
    /// Being looked at: asking for it again is a circle.
    open: bool,
}

struct Resolver<'w, 'a> {
    world: &'w mut World<'a>,
    paths: FxHashMap<&'a str, ModuleId>,
    pending: FxHashMap<(ModuleId, Symbol), Pending>,
    /// The keys of `pending`, in source order.
    order: Vec<(ModuleId, Symbol)>,
}

/// Gives the imported names of all modules their meaning.
pub(crate) fn resolve(world: &mut World<'_>) {
    let paths = world.modules.iter().enumerate().map(|(at, m)| (m.path, at)).collect();
    let mut resolver = Resolver { world, paths, pending: FxHashMap::default(), order: Vec::new() };
    for module in 0..resolver.world.modules.len() {
        resolver.module(module);
    }
    for (module, name) in std::mem::take(&mut resolver.order) {
        resolver.name(module, name);
    }
}

impl<'a> Resolver<'_, 'a> {
    fn module(&mut self, module: ModuleId) {
        let info = &self.world.modules[module];
        let (file, targets) = (info.file, info.imports);
        for (at, (item, import)) in imports(file).enumerate() {
            let Some(last) = import.segments.last().copied() else { continue };
            let public = item.public.is_some();
            match (&import.names, targets.get(at)) {
                (None, target) => {
                    let def = self.whole(target, item, import);
                    self.declare(module, last, def, public);
                }
                (Some(names), Some(Target::Folder(modules))) => {
                    for (name, target) in names.iter().zip(modules) {
                        let def = self.whole(Some(target), item, import);
                        self.declare(module, *name, def, public);
                    }
                }
                (Some(names), target) => {
                    let def = self.whole(target, item, import);
                    for name in names {
                        match def {
                            Def::Module(target) => self.postpone(module, target, *name, public),
                            other => self.declare(module, *name, other, public),
                        }
                    }
                }
            }
        }
    }

    /// What an import leads to, as a whole.
    fn whole(&mut self, target: Option<&Target>, item: &ast::Item, import: &ast::ImportItem) -> Def {
        match target {
            Some(Target::Missing(reported)) => return Def::Unusable(*reported),
            Some(Target::Module(path)) => {
                if let Some(module) = self.paths.get(path.as_str()) {
                    return Def::Module(*module);
                }
            }
            Some(Target::Folder(_)) | None => {}
        }
        let path = dotted(&import.segments);
        Def::Unusable(
            self.world.report(
                Diagnostic::error(Code::E0103, item.span, format!("there is no module `{path}`"))
                    .label("neither in the standard library nor in this package"),
            ),
        )
    }

    /// Gives an imported name its meaning; one that the module has already is an error.
    fn declare(&mut self, module: ModuleId, name: ast::Name, def: Def, public: bool) {
        let entry = Entry { def, span: name.span, public, imported: true };
        let is_type = primitive(name.symbol).is_some() || handle(name.symbol).is_some();
        if matches!(def, Def::Module(_)) && is_type {
            self.world.report(
                Diagnostic::error(
                    Code::E0106,
                    name.span,
                    format!("`{}` is the name of a type of the language", name.symbol),
                )
                .label("a module of this name would hide it")
                .help("rename the file, or import names from it: `import ./file.{name}`"),
            );
            return;
        }
        let first = self.world.modules[module].names.get(&name.symbol).copied();
        match first {
            Some(_) if matches!(def, Def::Unusable(_)) => {}
            Some(first) if first.imported => self.imported_twice(first, entry, name),
            _ => self.world.declare(module, name, entry),
        }
    }

    fn imported_twice(&mut self, first: Entry, second: Entry, name: ast::Name) {
        let symbol = name.symbol;
        let twice = Diagnostic::error(Code::E0106, name.span, format!("`{symbol}` is imported twice"))
            .also(first.span, "first imported here");
        self.world.report(match (first.def, second.def) {
            (Def::Unusable(_), _) => return,
            (a, b) if a == b => twice.label("again here").help("remove one of them"),
            (Def::Module(a), Def::Module(b)) => {
                let (a, b) = (self.world.modules[a].path, self.world.modules[b].path);
                twice
                    .label(format!("`{b}`, which is another module than `{a}`"))
                    .note("a module is known by the last name of its path; imports cannot be renamed")
                    .help("from one of them, import the names that are needed: `import ….{a, b}`")
            }
            _ => twice
                .label("another declaration of the same name")
                .note("imports cannot be renamed")
                .help("import one of the modules as a whole, and use its name with the module's before it"),
        });
    }

    fn postpone(&mut self, module: ModuleId, target: ModuleId, name: ast::Name, public: bool) {
        let key = (module, name.symbol);
        let pending = Pending { target, name, public, open: false };
        match self.pending.get(&key).copied() {
            // Both are declared, so that the clash is seen with their meanings.
            Some(_) => {
                let def = self.found(module, pending);
                self.name(module, name.symbol);
                self.declare(module, name, def, public);
            }
            None => {
                self.pending.insert(key, pending);
                self.order.push(key);
            }
        }
    }

    /// Gives a pending name its meaning.
    fn name(&mut self, module: ModuleId, name: Symbol) {
        let key = (module, name);
        let Some(pending) = self.pending.get(&key).copied() else { return };
        let def = if pending.open {
            Def::Unusable(
                self.world.report(
                    Diagnostic::error(
                        Code::E0103,
                        pending.name.span,
                        format!("`{name}` is imported in a circle"),
                    )
                    .label("leads back to this import")
                    .help("import it from the module that declares it"),
                ),
            )
        } else {
            self.pending.insert(key, Pending { open: true, ..pending });
            self.found(module, pending)
        };
        if self.pending.remove(&key).is_some() {
            self.declare(module, pending.name, def, pending.public);
        }
    }

    /// What a pending name stands for, once the target's own import of it has been looked at.
    fn found(&mut self, module: ModuleId, pending: Pending) -> Def {
        self.name(pending.target, pending.name.symbol);
        self.world.member(module, pending.target, pending.name)
    }
}

/// Warns of imports that nothing refers to. Says nothing about a program with errors: the use may be
/// among what was not understood.
pub(crate) fn warn_unused(world: &mut World<'_>) {
    if world.errors() > 0 || world.is_partial() {
        return;
    }
    for module in 0..world.modules.len() {
        let info = &world.modules[module];
        if info.is_std() {
            continue;
        }
        let mut unused = Vec::new();
        for item in &info.file.items {
            let ItemKind::Import(import) = &item.kind else { continue };
            if item.public.is_some() {
                continue;
            }
            let names = import.names.as_deref().unwrap_or(&import.segments[import.segments.len() - 1..]);
            unused.extend(names.iter().filter(|name| !info.used.contains(&name.symbol)).copied());
        }
        for name in unused {
            let entry = world.modules[module].names.get(&name.symbol);
            match entry.map(|entry| entry.def) {
                Some(Def::Module(target)) if world.modules[target].extends => continue,
                Some(Def::Unusable(_)) => continue,
                _ => {}
            }
            world.report(
                Diagnostic::warning(
                    Code::W0001,
                    name.span,
                    format!("the import `{}` is never used", name.symbol),
                )
                .label("nothing in this file refers to it")
                .help("remove it"),
            );
        }
    }
}
