//! Types as written to types.

use std::rc::Rc;

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir::{AdtId, Bound, Generic, Ty, TyKind};
use wyn_syntax::ast::{self, TypeKind};

use crate::names;
use crate::usage::Item;
use crate::world::{AliasState, Def, ModuleId, Owner, Promise, World};

/// What a type may refer to besides declarations.
#[derive(Clone)]
pub(crate) struct TypeScope {
    pub(crate) module: ModuleId,
    pub(crate) generics: Rc<Vec<Generic>>,
    /// What `Self` stands for.
    pub(crate) self_ty: Option<Ty>,
}

impl<'a> World<'a> {
    /// The type that is written.
    pub(crate) fn lower_type(&mut self, scope: &TypeScope, ty: &ast::Type) -> Ty {
        match &ty.kind {
            TypeKind::Path(path) => self.lower_path(scope, path),
            TypeKind::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.lower_type(scope, part)).collect();
                Ty::tuple(parts)
            }
            TypeKind::Array(element) => Ty::array(self.lower_type(scope, element)),
            TypeKind::Optional(inner) => {
                let inner = self.lower_type(scope, inner);
                self.option_of(inner)
            }
            TypeKind::Fn { params, result } => {
                let params = params.iter().map(|part| self.lower_type(scope, part)).collect();
                let result = result.as_ref().map_or(self.common.unit, |r| self.lower_type(scope, r));
                Ty::new(TyKind::Fn(params, result))
            }
            TypeKind::Any(path) => {
                let reported = self.not_yet(path.span, "`any` types are");
                self.common.error(reported)
            }
            TypeKind::Error => self.unreadable(scope.module, ty.span),
        }
    }

    fn lower_path(&mut self, scope: &TypeScope, path: &ast::Path) -> Ty {
        let last = path.last();
        let args: Vec<Ty> = last.args.iter().map(|arg| self.lower_type(scope, arg)).collect();
        if let [only] = &path.segments[..] {
            return self.named_type(scope, only.name, args, path.span);
        }
        match self.module_path(scope.module, &path.segments[..path.segments.len() - 1]) {
            Ok(module) => {
                let def = self.member(scope.module, module, last.name);
                self.def_type(scope, def, last.name, args, path.span)
            }
            Err(ty) => ty,
        }
    }

    /// The module that the segments lead to.
    pub(crate) fn module_path(
        &mut self,
        from: ModuleId,
        segments: &[ast::PathSegment],
    ) -> Result<ModuleId, Ty> {
        let mut at: Option<ModuleId> = None;
        for segment in segments {
            let name = segment.name;
            let def = match at {
                None => self.global(from, name.symbol).map(|entry| entry.def),
                Some(module) => Some(self.member(from, module, name)),
            };
            at = Some(match def {
                Some(Def::Module(module)) => module,
                Some(Def::Unusable(reported)) => return Err(self.common.error(reported)),
                _ => {
                    if let Some(lost) = self.lost(from, name.symbol) {
                        return Err(lost);
                    }
                    return Err(self.no_module(from, name));
                }
            });
        }
        at.ok_or(self.common.unit)
    }

    /// Reports a name before a dot that is no imported module.
    fn no_module(&mut self, from: ModuleId, name: ast::Name) -> Ty {
        let symbol = name.symbol.as_str();
        let imported: Vec<&str> = self
            .visible(from)
            .filter(|(_, def)| matches!(def, Def::Module(_)))
            .map(|(name, _)| name.as_str())
            .collect();
        let help = match self.suggest(symbol, imported) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if crate::is_std_name(symbol) => format!("import it: `import {symbol}`"),
            None => format!("import it: `import ./{symbol}`, if it is a file beside this one"),
        };
        let message = format!("there is no module `{symbol}` here");
        self.error(
            Diagnostic::error(Code::E0103, name.span, message).label("not an imported module").help(help),
        )
    }

    /// The type that one name stands for, with its arguments.
    pub(crate) fn named_type(&mut self, scope: &TypeScope, name: ast::Name, args: Vec<Ty>, span: Span) -> Ty {
        if let Some(at) = scope.generics.iter().position(|g| g.name == name.symbol) {
            self.expect_args(name, 0, 0, args.len(), span);
            return Ty::new(TyKind::Param(at as u32, name.symbol));
        }
        if name.symbol == "Self" {
            return match scope.self_ty {
                Some(ty) => ty,
                None => self.error(
                    Diagnostic::error(Code::E0102, span, "`Self` means something only inside an `impl`")
                        .help("write the type's name"),
                ),
            };
        }
        if let Some(entry) = self.global(scope.module, name.symbol) {
            return self.def_type(scope, entry.def, name, args, span);
        }
        if let Some(ty) = names::primitive(name.symbol) {
            self.expect_args(name, 0, 0, args.len(), span);
            return ty;
        }
        if name.symbol == "never" && self.modules[scope.module].is_std() {
            return self.common.never;
        }
        let Some(handle) = names::handle(name.symbol) else {
            let generics: Vec<Symbol> = scope.generics.iter().map(|g| g.name).collect();
            return self.unknown_type(scope.module, name.symbol, name.span, &generics, &args);
        };
        if let Some(error) = self.expect_args(name, 1, 1, args.len(), span) {
            return error;
        }
        let ty = Ty::new(handle(args[0]));
        self.unsuitable_atomic(scope.module, ty, span).unwrap_or(ty)
    }

    /// The type that a declaration stands for.
    pub(crate) fn def_type(
        &mut self,
        scope: &TypeScope,
        def: Def,
        name: ast::Name,
        args: Vec<Ty>,
        span: Span,
    ) -> Ty {
        match def {
            Def::Adt(id) => self.applied(scope, id, name, args, span),
            Def::Alias(at) => self.alias(scope, at, name, args, span),
            Def::Unusable(reported) => self.common.error(reported),
            Def::Variant(adt, _) => {
                let of = self.adts[adt].name;
                self.error(
                    Diagnostic::error(
                        Code::E0102,
                        span,
                        format!("`{}` is a variant, not a type", name.symbol),
                    )
                    .help(format!("the type is `{of}`")),
                )
            }
            Def::Fn(_) | Def::Const(_) | Def::Module(_) => {
                let what = match def {
                    Def::Fn(_) => "a function",
                    Def::Const(_) => "a constant",
                    _ => "a module",
                };
                self.error(
                    Diagnostic::error(Code::E0102, span, format!("`{}` is {what}, not a type", name.symbol))
                        .label("a type is needed here"),
                )
            }
        }
    }

    /// A declaration with its type arguments; those with a default may be left out.
    fn applied(
        &mut self,
        scope: &TypeScope,
        id: AdtId,
        name: ast::Name,
        mut args: Vec<Ty>,
        span: Span,
    ) -> Ty {
        self.mention(Item::Adt(id));
        let (least, most) = self.arity(id);
        if let Some(error) = self.expect_args(name, least, most, args.len(), span) {
            return error;
        }
        for at in args.len()..most {
            let default = self.adt_info[id].defaults.get(at).copied().flatten();
            // A default may be made of the parameters before it.
            args.push(default.unwrap_or(self.common.unit).substitute(&args));
        }
        for (generic, ty) in self.adts[id].generics.iter().zip(&args) {
            self.promises.extend(generic.bounds.iter().map(|bound| Promise {
                ty: *ty,
                bound: *bound,
                of: self.adts[id].name,
                generics: scope.generics.clone(),
                span,
            }));
        }
        self.adt_type(id, args)
    }

    /// How many type arguments a declaration takes at least and at most, read from the syntax so
    /// that it is known before headers are resolved.
    pub(crate) fn arity(&self, id: AdtId) -> (usize, usize) {
        use crate::world::AdtItem;
        let params = match self.adt_info[id].item {
            AdtItem::Struct(item) => &item.generics.params,
            AdtItem::Enum(item) => &item.generics.params,
            AdtItem::Builtin => return (self.adts[id].generics.len(), self.adts[id].generics.len()),
        };
        (params.iter().filter(|p| p.default.is_none()).count(), params.len())
    }

    fn expect_args(
        &mut self,
        name: ast::Name,
        least: usize,
        most: usize,
        found: usize,
        span: Span,
    ) -> Option<Ty> {
        if (least..=most).contains(&found) {
            return None;
        }
        let wanted = match (least, most) {
            (_, 0) => "no type arguments".to_owned(),
            (1, 1) => "one type argument".to_owned(),
            (a, b) if a == b => format!("{a} type arguments"),
            (a, b) => format!("{a} to {b} type arguments"),
        };
        let diagnostic = Diagnostic::error(Code::E0213, span, format!("`{}` takes {wanted}", name.symbol))
            .label(format!("{found} given"));
        let example = if most == 1 { ["int", "", ""] } else { ["string", "int", "bool"] };
        let arguments = example.get(..least.max(most.min(1))).unwrap_or_default().join(", ");
        Some(self.error(match most {
            0 => diagnostic.help(format!("write `{}` alone", name.symbol)),
            _ => diagnostic.help(format!("write them in `<` and `>`: `{}<{arguments}>`", name.symbol)),
        }))
    }

    fn alias(&mut self, scope: &TypeScope, at: usize, name: ast::Name, args: Vec<Ty>, span: Span) -> Ty {
        self.mention(Item::Alias(at));
        let (generics, ty) = match self.aliases[at].state.clone() {
            AliasState::Done(generics, ty) => (generics, ty),
            AliasState::InProgress => {
                return self.error(
                    Diagnostic::error(
                        Code::E0214,
                        name.span,
                        format!("type `{}` refers to itself", name.symbol),
                    )
                    .help("an alias is another name for a type: declare a struct or enum instead"),
                );
            }
            AliasState::Unresolved => {
                self.aliases[at].state = AliasState::InProgress;
                let owner = std::mem::replace(&mut self.owner, Owner::Alias(at));
                let (module, item) = (self.aliases[at].module, self.aliases[at].item);
                let generics = Rc::new(self.generics(&item.generics, module, Vec::new()));
                let inner = TypeScope { module, generics: generics.clone(), self_ty: None };
                let ty = self.lower_type(&inner, &item.ty);
                self.owner = owner;
                self.aliases[at].state = AliasState::Done(generics.clone(), ty);
                (generics, ty)
            }
        };
        let _ = scope;
        match self.expect_args(name, generics.len(), generics.len(), args.len(), span) {
            Some(error) => error,
            None => ty.substitute(&args),
        }
    }

    /// Type parameters after `outer` ones, with their bounds.
    pub(crate) fn generics(
        &mut self,
        written: &ast::Generics,
        module: ModuleId,
        outer: Vec<Generic>,
    ) -> Vec<Generic> {
        self.defaults_come_last(&written.params);
        let mut all = outer;
        for param in &written.params {
            if all.iter().any(|g| g.name == param.name.symbol) {
                self.report(
                    Diagnostic::error(
                        Code::E0106,
                        param.name.span,
                        format!("type parameter `{}` is declared twice", param.name.symbol),
                    )
                    .help("rename one of them"),
                );
            }
            let bounds = param.bounds.iter().flat_map(|path| self.bound(module, path)).copied().collect();
            all.push(Generic { name: param.name.symbol, bounds });
        }
        all
    }

    /// Arguments are left out from the end, so a parameter without a default after one with one never lets it stand.
    fn defaults_come_last(&mut self, params: &[ast::GenericParam]) {
        let Some(first) = params.iter().position(|param| param.default.is_some()) else { return };
        let default = params[first].default.as_ref().map_or(params[first].name.span, |ty| ty.span);
        for param in params[first..].iter().filter(|param| param.default.is_none()) {
            let name = param.name.symbol;
            self.report(
                Diagnostic::error(
                    Code::E0110,
                    param.name.span,
                    format!("the type parameter `{name}` has no default"),
                )
                .label("comes after one that has")
                .also(default, "this default could never be used")
                .note("type arguments are left out from the end")
                .help(format!("give `{name}` a default too, or put it first")),
            );
        }
    }

    fn bound(&mut self, module: ModuleId, path: &ast::Path) -> &'static [Bound] {
        let name = path.last().name;
        let known: Option<&[Bound]> = match name.symbol.as_str() {
            "Eq" => Some(&[Bound::Eq]),
            "Ord" => Some(&[Bound::Ord]),
            "Hash" => Some(&[Bound::Hash]),
            "Show" => Some(&[Bound::Show]),
            _ => None,
        };
        if let Some(known) = known
            && path.segments.len() == 1
        {
            return known;
        }
        if !matches!(self.global(module, name.symbol).map(|entry| entry.def), Some(Def::Unusable(_))) {
            let meant = self.suggest(name.symbol.as_str(), ["Eq", "Ord", "Hash", "Show"]);
            let mut diagnostic =
                Diagnostic::error(Code::E0102, path.span, format!("there is no trait `{}`", name.symbol))
                    .label("not a known trait");
            if let Some(meant) = meant {
                diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
            }
            self.report(diagnostic);
        }
        // What was meant is not known: nothing that it might allow is missed.
        &[Bound::Eq, Bound::Ord, Bound::Hash, Bound::Show]
    }
}
