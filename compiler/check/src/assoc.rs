//! Names and dotted names as expressions: locals, module members, associated functions, variants.

use wyn_base::habits::{PATHS, VALUES, find};
use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{AdtId, AdtKind, Bound, ConstId, ExprKind, FnId, LocalId, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, check_const};
use crate::bounds::Need;
use crate::calls::values;
use crate::names::{self, HANDLES, STD_MODULES};
use crate::scope::{Binding, FrameKind};
use crate::type_habits;
use crate::unknown::Sought;
use crate::world::{ConstState, Def, Head, ModuleId};

/// What a name stands for that is not a local.
pub(crate) enum Resolved {
    /// A function, with the type arguments written after it and the type it was looked up in.
    Fn {
        id: FnId,
        args: Vec<Ty>,
        of: Option<Ty>,
    },
    /// A variant of an enum of this type.
    Variant {
        id: AdtId,
        at: usize,
        ty: Ty,
    },
    Const(ConstId),
    Type(Ty),
    Module(ModuleId),
    /// Already reported.
    Wrong(Ty),
}

/// What can stand before a dot without being a value.
enum Namespace {
    Module(ModuleId),
    Type(Ty),
    Wrong(Ty),
}

impl<'a> FnCx<'_, 'a> {
    /// A name as a value.
    pub(crate) fn name(&mut self, segment: &'a ast::PathSegment, want: Want) -> hir::Expr {
        let name = segment.name;
        match self.lookup(name.symbol) {
            Some(Binding::Local(id)) => {
                let info = self.frame().local_mut(id);
                info.used = true;
                let ty = info.ty;
                if !matches!(ty.kind(), TyKind::Error) {
                    self.no_type_args(segment);
                }
                return self.local_value(id, ty, name.span);
            }
            Some(Binding::Fn(id)) => {
                let args = self.type_args(segment);
                return self.value_of(Resolved::Fn { id, args, of: None }, want, name.span, name.symbol);
            }
            None => {}
        }
        match self.resolve_name(segment) {
            Some(resolved) => self.value_of(resolved, want, segment.span, name.symbol),
            None => self.unknown_name(name),
        }
    }

    pub(crate) fn type_args(&mut self, segment: &ast::PathSegment) -> Vec<Ty> {
        let types = self.types.clone();
        segment.args.iter().map(|arg| self.w.lower_type(&types, arg)).collect()
    }

    pub(crate) fn no_type_args(&mut self, segment: &ast::PathSegment) {
        if !segment.args.is_empty() {
            self.w.report(Diagnostic::error(
                Code::E0213,
                segment.span,
                format!("`{}` takes no type arguments", segment.name.symbol),
            ));
        }
    }

    /// What a single name that is no local stands for; `None` when it means nothing.
    pub(crate) fn resolve_name(&mut self, segment: &ast::PathSegment) -> Option<Resolved> {
        let name = segment.name.symbol;
        if let Some(entry) = self.w.global(self.module, name) {
            return Some(self.resolve_def(entry.def, segment));
        }
        let is_param = self.types.generics.iter().any(|g| g.name == name);
        let is_type = is_param
            || name == self.w.names.self_type
            || names::primitive(name).is_some()
            || names::handle(name).is_some()
            || names::is_later_type(name);
        is_type.then(|| Resolved::Type(self.type_named(segment)))
    }

    fn type_named(&mut self, segment: &ast::PathSegment) -> Ty {
        let args = self.type_args(segment);
        let types = self.types.clone();
        let handle = names::handle(segment.name.symbol).is_some();
        let args = if handle && args.is_empty() { vec![self.fresh(segment.span)] } else { args };
        self.w.named_type(&types, segment.name, args, segment.span)
    }

    fn resolve_def(&mut self, def: Def, segment: &ast::PathSegment) -> Resolved {
        match def {
            Def::Fn(id) => Resolved::Fn { id, args: self.type_args(segment), of: None },
            Def::Variant(id, at) => {
                let args = self.type_args(segment);
                Resolved::Variant { id, at, ty: self.adt_with(id, args, segment) }
            }
            Def::Const(id) => Resolved::Const(id),
            Def::Adt(id) => {
                let args = self.type_args(segment);
                Resolved::Type(self.adt_with(id, args, segment))
            }
            Def::Alias(at) => {
                let mut args = self.type_args(segment);
                if args.is_empty() {
                    let count = self.w.aliases[at].item.generics.params.len();
                    args = (0..count).map(|_| self.fresh(segment.span)).collect();
                }
                let types = self.types.clone();
                Resolved::Type(self.w.def_type(&types, def, segment.name, args, segment.span))
            }
            Def::Module(module) => Resolved::Module(module),
            Def::Unusable(reported) => Resolved::Wrong(self.w.common.error(reported)),
        }
    }

    /// The declaration's type with the written arguments, or with ones to be inferred.
    pub(crate) fn adt_with(&mut self, id: AdtId, mut args: Vec<Ty>, segment: &ast::PathSegment) -> Ty {
        let (least, most) = self.w.arity(id);
        if !args.is_empty() && !(least..=most).contains(&args.len()) {
            let name = self.w.adts[id].name;
            return self.w.error(
                Diagnostic::error(Code::E0213, segment.span, format!("`{name}` takes {most} type arguments"))
                    .label(format!("{} given", args.len())),
            );
        }
        let infer_all = args.is_empty();
        for at in args.len()..most {
            let default = self.w.adt_info[id].defaults.get(at).copied().flatten().filter(|_| !infer_all);
            let known = default.map(|ty| ty.substitute(&args)).or(self.w.adt_info[id].wrong);
            let arg = known.unwrap_or_else(|| self.fresh(segment.span));
            args.push(arg);
        }
        for (at, arg) in args.iter().enumerate() {
            self.need_bounds(&self.w.adts[id].generics[at].bounds.clone(), *arg, segment.span, id);
        }
        self.w.adt_type(id, args)
    }

    fn need_bounds(&mut self, bounds: &[Bound], ty: Ty, span: Span, id: AdtId) {
        for bound in bounds {
            let name = self.w.adts[id].name;
            self.need(ty, Need::Argument(*bound, format!("`{name}`")), span);
        }
    }

    /// A member of a module.
    pub(crate) fn member_of_module(&mut self, of: ModuleId, name: &ast::PathSegment) -> Resolved {
        let def = self.w.member(self.module, of, name.name);
        self.resolve_def(def, name)
    }

    /// What stands before a dot, when that is not a value.
    fn namespace(&mut self, expr: &'a ast::Expr) -> Option<Namespace> {
        let resolved = match &expr.kind {
            ast::ExprKind::Name(segment) => {
                if self.is_local(segment.name.symbol) {
                    return None;
                }
                self.resolve_name(segment)?
            }
            ast::ExprKind::Field { base, name } => match self.namespace(base)? {
                Namespace::Module(module) => self.member_of_module(module, name),
                _ => return None,
            },
            _ => return None,
        };
        match resolved {
            Resolved::Module(module) => Some(Namespace::Module(module)),
            Resolved::Type(ty) => Some(Namespace::Type(ty)),
            Resolved::Wrong(ty) => Some(Namespace::Wrong(ty)),
            _ => None,
        }
    }

    /// `base.name` when `base` is a module or a type; `None` when `base` is a value.
    pub(crate) fn resolve_member(
        &mut self,
        base: &'a ast::Expr,
        name: &ast::PathSegment,
    ) -> Option<Resolved> {
        if let Some(wrong) = self.path_elsewhere(base, name) {
            return Some(wrong);
        }
        Some(match self.namespace(base)? {
            Namespace::Module(module) => self.member_of_module(module, name),
            Namespace::Type(ty) => self.associated(ty, name),
            Namespace::Wrong(ty) => Resolved::Wrong(ty),
        })
    }

    /// Reports a path of another language whose first name means nothing here, though both together do.
    fn path_elsewhere(&mut self, base: &'a ast::Expr, name: &ast::PathSegment) -> Option<Resolved> {
        let ast::ExprKind::Name(first) = &base.kind else { return None };
        let (of, member) = (first.name.symbol, name.name.symbol);
        let help = find(PATHS, &format!("{of}.{member}"))?;
        if self.is_local(of) || self.resolve_name(first).is_some() || self.w.std_module_has(of, member) {
            return None;
        }
        Some(Resolved::Wrong(self.unknown_meaning(first.name, Some(help.to_owned())).ty))
    }

    /// `Type.name`: a variant or a function of its `impl`s.
    fn associated(&mut self, ty: Ty, name: &ast::PathSegment) -> Resolved {
        let symbol = name.name.symbol;
        if let TyKind::Adt(id, ..) = ty.kind()
            && self.w.adts[*id].kind == AdtKind::Enum
            && let Some(at) = self.w.adts[*id].variants.iter().position(|v| v.name == symbol)
        {
            self.no_type_args(name);
            return Resolved::Variant { id: *id, at, ty };
        }
        if matches!(ty.kind(), TyKind::Error) {
            return Resolved::Wrong(ty);
        }
        let found =
            Head::of(ty).and_then(|head| self.w.methods.get(&(head, symbol)).cloned()).unwrap_or_default();
        let fitting = found.iter().copied().find(|id| found.len() == 1 || self.fits(*id, ty));
        if let Some(id) = fitting.filter(|id| self.is_known(*id)) {
            if let Some(error) = self.private_fn(id, name.name) {
                return Resolved::Wrong(error);
            }
            return Resolved::Fn { id, args: self.type_args(name), of: Some(ty) };
        }
        Resolved::Wrong(self.no_member(ty, name.name))
    }

    /// Reports a function of an `impl` that another module keeps to itself.
    pub(crate) fn private_fn(&mut self, id: FnId, name: ast::Name) -> Option<Ty> {
        let info = &self.w.fns[id];
        if info.public || self.w.sees(self.module, info.module) {
            return None;
        }
        let span = info.span;
        Some(
            self.w.error(
                Diagnostic::error(Code::E0107, name.span, format!("`{}` is private", name.symbol))
                    .label("not visible here")
                    .also(span, "declared here, without `pub`"),
            ),
        )
    }

    /// The error type for a member that nobody has, when it may be declared where the text or the type of the
    /// `impl` could not be read.
    pub(crate) fn lost_member(&mut self, name: Symbol) -> Option<Ty> {
        let lost = self.w.lost_methods.get(&name).copied();
        lost.or_else(|| self.w.lost(self.module, name))
    }

    fn no_member(&mut self, ty: Ty, name: ast::Name) -> Ty {
        let of = if let TyKind::Adt(id, ..) = ty.kind() { Some(*id) } else { None };
        let lost = self.lost_member(name.symbol);
        if let Some(lost) = lost.or_else(|| of.and_then(|id| self.w.lost_member_of(id))) {
            return lost;
        }
        let shown = self.show(ty);
        let mut candidates: Vec<&str> = Vec::new();
        let mut what = "function";
        if let TyKind::Adt(id, ..) = ty.kind()
            && self.w.adts[*id].kind == AdtKind::Enum
        {
            what = "variant or function";
            candidates.extend(self.w.adts[*id].variants.iter().map(|v| v.name.as_str()));
        }
        if let Some(head) = Head::of(ty) {
            candidates.extend(self.method_names(head));
        }
        let mut diagnostic =
            Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no {what} `{}`", name.symbol))
                .label("not declared");
        let head = shown.split('<').next().unwrap_or_default();
        if let Some(help) = type_habits::help(ty, name.symbol, self.w.lang.duration) {
            diagnostic = diagnostic.help(help);
        } else if let Some(help) = find(PATHS, &format!("{head}.{}", name.symbol)) {
            diagnostic = diagnostic.help(help);
        } else if let Some(meant) = self.w.suggest(name.symbol.as_str(), candidates) {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        }
        let (sought, meant) = match (ty.kind(), Head::of(ty)) {
            (TyKind::Adt(id, ..), _) => {
                (Sought::Member(*id, name.symbol), self.w.members_like(*id, name.symbol))
            }
            (_, Some(head)) => (Sought::Method(head, name.symbol), self.w.methods_like(head, name.symbol)),
            _ => return self.w.error(diagnostic),
        };
        self.w.unknown(sought, name.span, meant, || diagnostic)
    }

    /// The type of a constant, whose value is checked first if its type is not written.
    pub(crate) fn const_type(&mut self, id: ConstId) -> Ty {
        match self.w.consts[id].state {
            ConstState::Declared(ty) | ConstState::Done(ty) => ty,
            ConstState::Unchecked | ConstState::InProgress => check_const(self.w, id),
        }
    }

    /// A resolved name as a value.
    pub(crate) fn value_of(&mut self, resolved: Resolved, want: Want, span: Span, name: Symbol) -> hir::Expr {
        match resolved {
            Resolved::Fn { id, args, of } => self.fn_value(id, args, of, span),
            Resolved::Variant { id, at, ty } => self.variant_value(id, at, ty, want, span),
            Resolved::Const(id) => {
                let ty = self.const_type(id);
                hir::Expr { kind: ExprKind::Const(id), ty, span }
            }
            Resolved::Type(ty) => {
                if matches!(ty.kind(), TyKind::Error) {
                    return self.wrong(ty, span);
                }
                let diagnostic =
                    Diagnostic::error(Code::E0108, span, format!("`{name}` is a type, not a value"))
                        .label("a value is needed here");
                self.fail(match ty.kind() {
                    TyKind::Adt(id, ..) if self.w.adts[*id].kind == AdtKind::Struct => {
                        diagnostic.help(format!("make a value of it: `{name} {{ … }}`"))
                    }
                    TyKind::Adt(..) => diagnostic.help(format!("name one of its variants: `{name}.…`")),
                    TyKind::Int(_) | TyKind::F64 | TyKind::F32 | TyKind::Char => {
                        diagnostic.help(format!("a conversion is a call: `{name}(x)`"))
                    }
                    _ => diagnostic,
                })
            }
            Resolved::Module(_) => self.fail(
                Diagnostic::error(Code::E0108, span, format!("`{name}` is a module, not a value"))
                    .help(format!("name something in it: `{name}.…`")),
            ),
            Resolved::Wrong(ty) => self.wrong(ty, span),
        }
    }

    fn fn_value(&mut self, id: FnId, args: Vec<Ty>, of: Option<Ty>, span: Span) -> hir::Expr {
        let sig = self.w.fns[id].sig.clone();
        let name = self.w.fns[id].name;
        if let Some(param) = sig.params.iter().find(|p| p.mutable) {
            let place = param.span;
            return self.fail(
                Diagnostic::error(Code::E0108, span, format!("`{name}` cannot be used as a value"))
                    .label("function values take no `mut` parameters")
                    .also(place, "this parameter is `mut`")
                    .help("call it inside a closure"),
            );
        }
        let types = self.instantiate(id, args, of, span);
        let params = sig.params.iter().map(|p| p.ty.substitute(&types)).collect();
        let ty = Ty::new(TyKind::Fn(params, sig.ret.substitute(&types)));
        hir::Expr { kind: ExprKind::FnValue(id, types), ty, span }
    }

    /// A variant without arguments: its value, or the function that makes it.
    fn variant_value(&mut self, id: AdtId, at: usize, ty: Ty, want: Want, span: Span) -> hir::Expr {
        let TyKind::Adt(_, _, args) = ty.kind() else { return self.wrong(ty, span) };
        let variant = &self.w.adts[id].variants[at];
        let (name, count) = (variant.name, variant.fields.len());
        if count == 0 {
            if let Want::Must(hint, _) | Want::Tail(hint, _) = want {
                self.expect_result(ty, hint);
            }
            return self.variant(ty, at, Vec::new(), span);
        }
        if variant.fields.iter().any(|f| f.name.is_some()) {
            return self.fail(
                Diagnostic::error(Code::E0209, span, format!("variant `{name}` needs its fields"))
                    .help(format!("write `{} {{ … }}`", self.w.variant_path(id, at))),
            );
        }
        if let Want::Must(hint, _) | Want::Tail(hint, _) = want
            && matches!(self.innermost(hint).kind(), TyKind::Adt(wanted, ..) if *wanted == id)
        {
            let message = format!("variant `{name}` carries {}, none given", values(count));
            let declared = self.w.adts[id].span;
            return self.fail(
                Diagnostic::error(Code::E0202, span, message)
                    .also(declared, "declared here")
                    .help(format!("write `{}(…)`", self.w.variant_path(id, at))),
            );
        }
        // `Some` as a function: `(a) => Some(a)`.
        let types: Vec<Ty> = variant.types(args).collect();
        let local = |ty: &Ty| hir::Local { name: self.w.names.temp, ty: *ty, mutable: false, span };
        let locals = types.iter().map(local).collect();
        let payload =
            types.iter().enumerate().map(|(n, ty)| self.local_value(LocalId(n as u32), *ty, span)).collect();
        let value = self.variant(ty, at, payload, span);
        let body = hir::Body { locals, value };
        let closure = hir::Closure { captures: Vec::new(), params: types.len(), body };
        let ty = Ty::new(TyKind::Fn(types, ty));
        hir::Expr { kind: ExprKind::Closure(Box::new(closure)), ty, span }
    }

    /// The enum of this module or of the prelude that has a variant of this name.
    fn variant_of(&mut self, name: Symbol) -> Option<Symbol> {
        if !name.as_str().starts_with(char::is_uppercase) {
            return None;
        }
        let has = |id: AdtId| {
            let adt = &self.w.adts[id];
            adt.kind == AdtKind::Enum && adt.variants.iter().any(|v| v.name == name)
        };
        let found = self.w.visible(self.module).filter_map(|(of, def)| match def {
            Def::Adt(id) if has(id) => Some(of),
            _ => None,
        });
        found.min()
    }

    /// The error of an import that failed because its name, which is like this one, is misspelt.
    fn failed_import(&self, name: &str) -> Option<Ty> {
        let meant = |known: &str| crate::spelling::closest(known, [name]).is_some();
        self.w.modules[self.module].names.iter().find_map(|(known, entry)| match entry.def {
            Def::Unusable(reported) if entry.imported && meant(known.as_str()) => {
                Some(self.w.common.error(reported))
            }
            _ => None,
        })
    }

    /// Reports a name that means nothing here.
    pub(crate) fn unknown_name(&mut self, name: ast::Name) -> hir::Expr {
        let member = self.member_of_self(name.symbol);
        self.unknown_meaning(name, member)
    }

    /// Reports the name of a function that means nothing here; `first` is its first argument, whose method it may be.
    pub(crate) fn unknown_function(
        &mut self,
        name: ast::Name,
        first: Option<&hir::Expr>,
        given: usize,
    ) -> hir::Expr {
        let method = first.and_then(|first| {
            let ty = self.infer.shallow(first.ty);
            let known = !matches!(ty.kind(), TyKind::Error | TyKind::Infer(_))
                && self.known_method(ty, name.symbol).is_some();
            let rest = if given > 1 { "…" } else { "" };
            known.then(|| {
                format!("`{0}` is a method: write `{1}.{0}({rest})`", name.symbol, self.written(first))
            })
        });
        let meaning = method.or_else(|| self.member_of_self(name.symbol));
        self.unknown_meaning(name, meaning)
    }

    /// What a name in a method means that is a field or method of its receiver.
    fn member_of_self(&mut self, name: Symbol) -> Option<String> {
        let Some(Binding::Local(id)) = self.lookup(Symbol::new("self")) else {
            let ty = self.types.self_ty?;
            return self.struct_field(ty, name).map(|_| {
                format!("it is a field: take `self` as the first parameter, and write `self.{name}`")
            });
        };
        let ty = self.frame().local(id).ty;
        let ty = self.infer.shallow(ty);
        if self.struct_field(ty, name).is_some() {
            return Some(format!("it is a field: write `self.{name}`"));
        }
        self.known_method(ty, name).map(|_| format!("it is a method: write `self.{name}(…)`"))
    }

    /// Reports a name that means nothing here, with what it probably means if that is known.
    fn unknown_meaning(&mut self, name: ast::Name, meaning: Option<String>) -> hir::Expr {
        let sought = Sought::Name(self.module, name.symbol);
        if let Some(known) = self.w.known_unknown(sought, name.span) {
            return self.wrong(known, name.span);
        }
        if let Some(known) = self.unknown.get(&name.symbol) {
            return self.wrong(*known, name.span);
        }
        if let Some(error) = self.w.lost(self.module, name.symbol).or_else(|| self.doubted()) {
            return self.wrong(error, name.span);
        }
        let text = name.symbol.as_str();
        if let Some(error) = self.failed_import(text) {
            return self.wrong(error, name.span);
        }
        let mut diagnostic = Diagnostic::error(Code::E0101, name.span, format!("there is no `{text}` here"))
            .label("not declared");
        if self.in_default {
            diagnostic = diagnostic.note("a default sees the names of its module, but no parameters");
        }
        let declared = self.visible_like(name.symbol);
        let in_local_fn = self.frames.first().is_some_and(|frame| frame.kind == FrameKind::Fn);
        if let Some(help) = meaning {
            diagnostic = diagnostic.help(help);
        } else if let Some(help) = find(VALUES, text) {
            diagnostic = diagnostic.help(help);
        } else if let Some(path) = self.w.through_import(self.module, name.symbol) {
            diagnostic = diagnostic.help(format!("write `{path}`"));
        } else if STD_MODULES.contains(&text) {
            diagnostic = diagnostic.help(format!("import the module: `import {text}`"));
        } else if let Some(of) = self.variant_of(name.symbol) {
            diagnostic = diagnostic.help(format!("a variant is named with its type: `{of}.{text}`"));
        } else if in_local_fn {
            let mut candidates = self.local_names();
            candidates.extend(self.w.visible(self.module).map(|(name, _)| name.as_str()));
            candidates.extend(HANDLES.iter().filter(|_| text.starts_with(char::is_uppercase)));
            candidates.extend(["true", "false", "break", "continue", "return"]);
            if let Some(meant) = self.w.suggest(text, candidates) {
                diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
            }
        }
        let error = self.w.unknown(sought, name.span, declared, || diagnostic);
        self.unknown.insert(name.symbol, error);
        self.wrong(error, name.span)
    }
}
