//! Names: what they are declared as, and finding what they stand for.

use wyn_base::diagnostic::Reported;
use wyn_base::habits::{PRIMITIVES, type_help};
use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir::{Ty, TyKind};
use wyn_syntax::ast;

use crate::infer::int_named;
use crate::module_habits;
use crate::unknown::Sought;
use crate::world::{Def, Entry, ModuleId, World};

/// The names with dots between them.
pub(crate) fn dotted(segments: &[ast::Name]) -> String {
    segments.iter().map(|name| name.symbol.as_str()).collect::<Vec<_>>().join(".")
}

/// The primitive type with this name.
pub(crate) fn primitive(name: Symbol) -> Option<Ty> {
    Some(match name.as_str() {
        "bool" => Ty::bool(),
        "float" | "f64" => Ty::float(),
        "f32" => Ty::new(TyKind::F32),
        "char" => Ty::new(TyKind::Char),
        "string" => Ty::string(),
        other => Ty::new(TyKind::Int(int_named(other)?)),
    })
}

/// Types of the language that are not declared anywhere yet.
const LATER_TYPES: &[&str] = &["StringBuilder"];

/// Whether the language, but not this version of it, has a type of this name.
pub(crate) fn is_later_type(name: Symbol) -> bool {
    LATER_TYPES.contains(&name.as_str())
}

/// Names of the handle types.
pub(crate) const HANDLES: &[&str] = &["Future", "Sender", "Receiver", "Mutex", "Atomic"];

/// The handle types, which take one type argument.
pub(crate) fn handle(name: Symbol) -> Option<fn(Ty) -> TyKind> {
    Some(match name.as_str() {
        "Future" => TyKind::Future,
        "Sender" => TyKind::Sender,
        "Receiver" => TyKind::Receiver,
        "Mutex" => TyKind::Mutex,
        "Atomic" => TyKind::Atomic,
        _ => return None,
    })
}

/// The first names of the standard library's modules, also of those that are not there yet.
pub(crate) const STD_MODULES: &[&str] = &[
    "args",
    "collections",
    "encoding",
    "env",
    "fs",
    "hash",
    "io",
    "ipc",
    "json",
    "log",
    "math",
    "net",
    "path",
    "process",
    "random",
    "regex",
    "signal",
    "sync",
    "task",
    "test",
    "text",
    "time",
];

impl World<'_> {
    /// Gives a name to a declaration of a module; a second one of the same name is an error.
    pub(crate) fn declare(&mut self, module: ModuleId, name: ast::Name, entry: Entry) {
        match self.modules[module].names.entry(name.symbol) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(entry);
            }
            std::collections::hash_map::Entry::Occupied(first) => {
                let first = *first.get();
                self.report(
                    Diagnostic::error(Code::E0106, name.span, format!("`{}` is declared twice", name.symbol))
                        .label("second declaration")
                        .also(first.span, if first.imported { "imported here" } else { "first declaration" })
                        .help("rename one of them, or remove it"),
                );
            }
        }
    }

    /// Whether one module sees what another keeps private: itself, and the parts of the prelude each
    /// other.
    pub(crate) fn sees(&self, from: ModuleId, of: ModuleId) -> bool {
        let part = |module: ModuleId| {
            let module = &self.modules[module];
            module.is_std() && (module.path == "prelude" || module.path.starts_with("prelude."))
        };
        from == of || (part(from) && part(of))
    }

    /// Whether a module's private members are nothing that `from` could know: the standard library's are no part
    /// of the language, so to a program they do not exist.
    pub(crate) fn is_internal(&self, from: ModuleId, of: ModuleId) -> bool {
        self.modules[of].is_std() && !self.sees(from, of)
    }

    /// What a name means at the module level: the module's own, then the prelude's.
    pub(crate) fn global(&mut self, module: ModuleId, name: Symbol) -> Option<Entry> {
        let info = &mut self.modules[module];
        if let Some(entry) = info.names.get(&name) {
            if !info.is_std() {
                info.used.insert(name);
            }
            return Some(*entry);
        }
        let prelude = self.prelude?;
        let entry = self.modules[prelude].names.get(&name)?;
        (entry.public || self.sees(module, prelude)).then_some(*entry)
    }

    /// The member of a module, reporting one that is missing or private.
    pub(crate) fn member(&mut self, from: ModuleId, of: ModuleId, name: ast::Name) -> Def {
        match self.modules[of].names.get(&name.symbol) {
            Some(entry) if entry.public || self.sees(from, of) => entry.def,
            Some(entry) if !self.is_internal(from, of) => {
                let (entry, path) = (*entry, self.modules[of].path);
                let diagnostic =
                    Diagnostic::error(Code::E0107, name.span, format!("`{path}.{}` is private", name.symbol))
                        .label("not visible here");
                Def::Unusable(self.report(if entry.imported {
                    diagnostic
                        .also(entry.span, "imported here, for this file only")
                        .help("import it in this file too, or pass it on there with `pub import`")
                } else {
                    diagnostic
                        .also(entry.span, "declared here, without `pub`")
                        .help("declare it with `pub`, or use what the module offers instead")
                }))
            }
            _ => Def::Unusable(self.no_member(of, name)),
        }
    }

    /// Reports a name that a module does not have.
    fn no_member(&mut self, of: ModuleId, name: ast::Name) -> Reported {
        if let Some(reported) = self.lost_name(of, name.symbol) {
            return reported;
        }
        let (path, std) = (self.modules[of].path, self.modules[of].is_std());
        let public = self.modules[of].names.iter().filter(|(_, entry)| entry.public);
        let mut candidates: Vec<&str> = public.map(|(name, _)| name.as_str()).collect();
        candidates.sort_unstable();
        let meant = self.suggest(name.symbol.as_str(), candidates.iter().copied());
        let mut diagnostic =
            Diagnostic::error(Code::E0104, name.span, format!("module `{path}` has no `{}`", name.symbol))
                .label("not declared there");
        if let Some(help) = std.then(|| module_habits::member(path, name.symbol.as_str())).flatten() {
            diagnostic = diagnostic.help(help);
        } else if let Some(meant) = meant {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        } else if candidates.is_empty() {
            diagnostic = diagnostic.help("it offers nothing: what others may use is declared with `pub`");
        } else if candidates.len() <= 8 {
            diagnostic = diagnostic.help(format!("it offers `{}`", candidates.join("`, `")));
        }
        self.report(diagnostic)
    }

    /// Reports a type that means nothing, once in each declaration.
    pub(crate) fn unknown_type(
        &mut self,
        module: ModuleId,
        name: Symbol,
        span: Span,
        generics: &[Symbol],
        args: &[Ty],
    ) -> Ty {
        if let Some(known) = self.known_unknown(Sought::Name(module, name), span) {
            return known;
        }
        if let Some(known) = self.unknown_types.get(&(self.owner, name)) {
            return *known;
        }
        let lost = self.lost(module, name);
        let error = lost.unwrap_or_else(|| self.report_unknown_type(module, name, span, generics, args));
        self.unknown_types.insert((self.owner, name), error);
        error
    }

    fn report_unknown_type(
        &mut self,
        module: ModuleId,
        name: Symbol,
        span: Span,
        generics: &[Symbol],
        args: &[Ty],
    ) -> Ty {
        if is_later_type(name) {
            let reported = self.not_yet(span, &format!("the type `{name}` is"));
            return self.common.error(reported);
        }
        let known: Vec<&str> = self
            .visible(module)
            .filter(|(_, def)| matches!(def, Def::Adt(_) | Def::Alias(_)))
            .map(|(name, _)| name.as_str())
            .chain(PRIMITIVES.iter().chain(HANDLES).copied())
            .chain(generics.iter().map(|g| g.as_str()))
            .collect();
        let mut diagnostic = Diagnostic::error(Code::E0102, span, format!("there is no type `{name}`"))
            .label("not a known type");
        let shown = args.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let known_args = !args.is_empty()
            && !args.iter().any(|ty| ty.any(&mut |part| matches!(part.kind(), TyKind::Error)));
        let foreign = type_help(name.as_str(), known_args.then_some(shown.as_str()));
        let mut declared = Vec::new();
        if let Some(path) = self.through_import(module, name) {
            diagnostic = diagnostic.help(format!("write `{path}`"));
        } else if let Some(help) = foreign {
            declared = self.items_like(module, name);
            diagnostic = diagnostic.help(help);
        } else if let Some(meant) = self.suggest(name.as_str(), known) {
            declared = self.items_like(module, name);
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        }
        self.unknown(Sought::Name(module, name), span, declared, || diagnostic)
    }

    /// How a module can name what only a module that it imports declares: `time.now` for `now`.
    pub(crate) fn through_import(&self, module: ModuleId, name: Symbol) -> Option<String> {
        let offers = |of: ModuleId| self.modules[of].names.get(&name).is_some_and(|entry| entry.public);
        let imports = self.modules[module].names.iter();
        let offering = imports.filter(|(_, entry)| matches!(entry.def, Def::Module(of) if offers(of)));
        let import = offering.map(|(import, _)| import.as_str()).min()?;
        Some(format!("{import}.{name}"))
    }

    /// Whether a module of the standard library, imported or not, offers this name.
    pub(crate) fn std_module_has(&self, module: Symbol, name: Symbol) -> bool {
        let mut library = self.modules.iter().filter(|of| of.is_std() && module == of.path);
        library.any(|of| of.names.get(&name).is_some_and(|entry| entry.public))
    }

    /// The names that a module sees without a path, its own and the prelude's.
    pub(crate) fn visible(&self, module: ModuleId) -> impl Iterator<Item = (Symbol, Def)> {
        let own = self.modules[module].names.iter();
        let prelude = self.prelude.filter(|p| *p != module).map(|p| self.modules[p].names.iter());
        own.chain(prelude.into_iter().flatten().filter(|(_, e)| e.public)).map(|(name, e)| (*name, e.def))
    }
}
