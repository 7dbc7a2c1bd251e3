//! Method calls: the receiver's field or method, and `mut self`.

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{FnId, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::infer::VarKind;
use crate::overlap::agree;
use crate::unknown::Sought;
use crate::uses::Asks;
use crate::world::Head;

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn method_call(
        &mut self,
        base: &'a ast::Expr,
        name: &'a ast::PathSegment,
        args: &'a [ast::Arg],
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let receiver = self.chain(base);
        let ty = self.known_receiver(&receiver, name.name);
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
            self.check_loosely(args);
            return self.wrong(ty, span);
        }
        if name.name.symbol == self.w.names.await_
            && let TyKind::Future(_) = ty.kind()
        {
            if !args.is_empty() {
                self.check_loosely(args);
                self.w.report(Diagnostic::error(Code::E0202, name.span, "`await` takes no arguments"));
            }
            return self.await_value(receiver, span);
        }
        let member = Asks::Member(name.name.symbol);
        match self.known_method(ty, name.name.symbol) {
            Some(id) => {
                self.suited(self.origin(&receiver), ty, member);
                if let TyKind::Atomic(value) = ty.kind()
                    && matches!(name.name.symbol.as_str(), "add" | "sub")
                {
                    self.need(*value, Need::AtomicNumber(name.name.symbol), name.name.span);
                }
                self.call_method(id, receiver, ty, name, args, want, span)
            }
            None => {
                if let Some(field) = self.struct_field(ty, name.name.symbol) {
                    let callee = self.field_of(receiver, ty, field, name.name, base.span.to(name.span));
                    return self.call_value(callee, args, span);
                }
                let (uses, before) = (self.uses_of(&receiver, member), self.w.reports());
                let wrong = self.no_method(ty, base.span, name.name, span);
                self.missing_member(before, ty, name.name.symbol, uses);
                // After the report: what a closure among them is called with is known to nobody then.
                self.check_loosely(args);
                wrong
            }
        }
    }

    /// The receiver's type; a number literal takes its default type now.
    fn known_receiver(&mut self, receiver: &hir::Expr, name: ast::Name) -> Ty {
        let ty = self.infer.shallow(receiver.ty);
        match self.infer.var_kind(ty) {
            Some(VarKind::Number) => {
                self.infer.unify(ty, self.w.common.int);
                self.w.common.int
            }
            Some(VarKind::Float) => {
                self.infer.unify(ty, self.w.common.float);
                self.w.common.float
            }
            Some(VarKind::Any) => self.must_be_known(receiver.span, &format!(".{}", name.symbol)),
            None => ty,
        }
    }

    /// The method of this name; of several, the one whose `impl` fits the type.
    pub(crate) fn find_method(&mut self, ty: Ty, name: Symbol) -> Option<FnId> {
        let head = Head::of(ty)?;
        let found = self.w.methods.get(&(head, name))?;
        if let [only] = found[..] {
            return Some(only);
        }
        let found = found.clone();
        found.into_iter().find(|id| self.fits(*id, ty))
    }

    /// The same, as far as a program can know it.
    pub(crate) fn known_method(&mut self, ty: Ty, name: Symbol) -> Option<FnId> {
        self.find_method(ty, name).filter(|id| self.is_known(*id))
    }

    /// Whether a function of an `impl` is public or the program's own: see [`World::is_internal`].
    pub(crate) fn is_known(&self, id: FnId) -> bool {
        let info = &self.w.fns[id];
        info.public || !self.w.is_internal(self.module, info.module)
    }

    /// Whether the `impl` of a function is for this type, as far as the type is known.
    pub(crate) fn fits(&mut self, id: FnId, ty: Ty) -> bool {
        // A literal whose type is open will have its default type, unless the `impl` decides it.
        let ty = self.infer.deep(ty).map(&mut |part| match self.infer.var_kind(part) {
            Some(VarKind::Number) => self.w.common.int,
            Some(VarKind::Float) => self.w.common.float,
            _ => part,
        });
        self.w.fns[id].self_ty.is_some_and(|target| is_instance(ty, target))
    }

    /// A call of a method of the receiver's type.
    #[allow(clippy::too_many_arguments, reason = "a call has these parts")]
    fn call_method(
        &mut self,
        id: FnId,
        receiver: hir::Expr,
        ty: Ty,
        name: &'a ast::PathSegment,
        args: &'a [ast::Arg],
        want: Want,
        span: Span,
    ) -> hir::Expr {
        if let Some(error) = self.private_fn(id, name.name) {
            self.check_loosely(args);
            return self.wrong(error, span);
        }
        let sig = self.w.fns[id].sig.clone();
        if !sig.method
            && let Some(reported) = self.w.on_broken_line(self.w.fns[id].span)
        {
            self.check_loosely(args);
            let error = self.w.known_error(reported);
            return self.wrong(error, span);
        }
        if !sig.method {
            self.check_loosely(args);
            let shown = self.show(ty);
            return self.fail(
                Diagnostic::error(
                    Code::E0104,
                    name.name.span,
                    format!("`{}` is not a method", name.name.symbol),
                )
                .label("it takes no `self`")
                .also(self.w.fns[id].span, "declared here")
                .help(format!("call it on the type: `{shown}.{}(…)`", name.name.symbol)),
            );
        }
        let receiver = if sig.params.first().is_some_and(|p| p.mutable) {
            let method = name.name.symbol;
            self.require_mutable(&receiver, &format!("changed by `.{method}`"));
            hir::Arg::Mut(receiver)
        } else {
            hir::Arg::Value(receiver)
        };
        let types = self.type_args(name);
        self.call_fn(id, types, Some(ty), Some(receiver), args, want, name.name.span, span)
    }

    /// A call, made by desugaring, of a method that takes only values.
    pub(crate) fn desugared_call(
        &mut self,
        name: Symbol,
        receiver: hir::Arg,
        ty: Ty,
        rest: Vec<hir::Expr>,
        span: Span,
    ) -> Option<hir::Expr> {
        let id = self.find_method(ty, name)?;
        let sig = self.w.fns[id].sig.clone();
        if sig.params.len() != rest.len() + 1 {
            return None;
        }
        let types = self.instantiate(id, Vec::new(), Some(ty), span);
        let (hir::Arg::Value(of) | hir::Arg::Mut(of)) = &receiver;
        let holder = self.origin(of).map_or(Why::Plain, Why::Holder);
        let mut args = vec![receiver];
        for (value, param) in rest.into_iter().zip(sig.params.iter().skip(1)) {
            let expected = param.ty.substitute(&types);
            let why = if param.ty.is_generic() { holder } else { Why::Plain };
            args.push(hir::Arg::Value(self.coerce(value, expected, why)));
        }
        let ret = sig.ret.substitute(&types);
        Some(hir::Expr { kind: hir::ExprKind::Call(id, types, args), ty: ret, span })
    }

    /// The names of a type's methods, for suggestions.
    pub(crate) fn method_names(&self, head: Head) -> Vec<&'static str> {
        let mut names: Vec<&str> = self
            .w
            .methods
            .iter()
            .filter(|((of, _), ids)| {
                *of == head
                    && ids.iter().any(|id| self.w.fns[*id].public || self.w.fns[*id].module == self.module)
            })
            .map(|((_, name), _)| name.as_str())
            .collect();
        names.sort_unstable();
        names
    }

    /// The error that a part of the type is.
    fn error_in(&mut self, ty: Ty) -> Option<Ty> {
        let ty = self.infer.deep(ty);
        match ty.kind() {
            TyKind::Error => Some(ty),
            TyKind::Array(_) | TyKind::Future(_) | TyKind::Tuple(_) if !ty.is_large() => {
                ty.parts().into_iter().find_map(|part| self.error_in(part))
            }
            _ => None,
        }
    }

    /// What to do about a method that arrays of other elements have.
    fn of_elements(&mut self, ty: Ty, name: Symbol) -> Option<String> {
        let TyKind::Array(element) = ty.kind() else { return None };
        let element = self.infer.shallow(*element);
        if let TyKind::Future(result) = element.kind()
            && self.known_method(Ty::new(TyKind::Array(*result)), name).is_some()
        {
            return Some(format!("wait for the results first: `fs.map((f) => f.await()).{name}(…)`"));
        }
        let targets = self.w.methods.get(&(Head::of(ty)?, name))?.clone();
        let targets = targets.into_iter().filter(|id| self.is_known(*id)).collect::<Vec<_>>();
        let targets = targets.into_iter().filter_map(|id| self.w.fns[id].self_ty);
        let mut shown: Vec<String> = targets.map(|target| format!("`{target}`")).collect();
        shown.dedup();
        (!shown.is_empty()).then(|| format!("it exists for {}", shown.join(" and ")))
    }

    fn no_method(&mut self, ty: Ty, receiver: Span, name: ast::Name, span: Span) -> hir::Expr {
        let of = if let TyKind::Adt(id, ..) = ty.kind() { Some(*id) } else { None };
        let lost = self.lost_member(name.symbol);
        if let Some(lost) = lost.or_else(|| of.and_then(|id| self.w.lost_member_of(id))) {
            return self.wrong(lost, span);
        }
        if self.infer.is_unknown(ty)
            && let Some(error) = self.earlier_error()
        {
            return self.wrong(error, span);
        }
        // What a part of the type should be was reported.
        if let Some(error) = self.error_in(ty) {
            return self.wrong(error, span);
        }
        let shown = self.show(ty);
        let symbol = name.symbol;
        // Something inside has the method: the wrapper was forgotten.
        if let TyKind::Future(result) = ty.kind() {
            let result = self.infer.shallow(*result);
            if self.known_method(result, symbol).is_some() || self.struct_field(result, symbol).is_some() {
                return self.fail(
                    Diagnostic::error(Code::E0212, name.span, "this future is not awaited")
                        .label(format!("`{symbol}` belongs to the result, this is `{shown}`"))
                        .help(format!("wait for the result first: `.await().{symbol}(…)`")),
                );
            }
        }
        if let TyKind::Mutex(_) = ty.kind()
            && let Some(wrong) = self.unopened(ty, receiver)
        {
            return hir::Expr { span, ..wrong };
        }
        let mut diagnostic =
            Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no method `{symbol}`"))
                .label("not a method of this type");
        if symbol == self.w.names.await_ {
            diagnostic = diagnostic.note("only futures are awaited, and only `spawn` makes them").help(
                match ty.kind() {
                    TyKind::Array(of) if matches!(self.infer.shallow(*of).kind(), TyKind::Future(_)) => {
                        "await each of them: `.map((f) => f.await())`"
                    }
                    _ => "start it as a task, `spawn f(x)`, or leave `.await()` out",
                },
            );
        }
        let inner = self.w.option_inner(ty).map(|ty| self.infer.shallow(ty));
        let mut candidates = Head::of(ty).map(|head| self.method_names(head)).unwrap_or_default();
        if matches!(ty.kind(), TyKind::Future(_)) {
            candidates.push("await");
        }
        if let Some(inner) = inner
            && (self.known_method(inner, symbol).is_some() || self.struct_field(inner, symbol).is_some())
        {
            diagnostic = diagnostic
                .help(format!("the value inside has it: `(x ?? default).{symbol}(…)`, `x?` or `match`"));
        } else if let Some(help) = self.method_habit(ty, symbol) {
            diagnostic = diagnostic.help(help);
        } else if diagnostic.help.is_none() {
            if let Some(meant) = self.w.suggest(symbol.as_str(), candidates) {
                diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
            } else if let Some(help) = self.of_elements(ty, symbol) {
                diagnostic = diagnostic.help(help);
            } else if let Some(help) = self.misspelt_habit(ty, symbol) {
                diagnostic = diagnostic.help(help);
            } else if let TyKind::Param(..) = ty.kind() {
                diagnostic = diagnostic
                    .note(format!("`{shown}` is a type parameter: only its bounds say what it can do"));
            }
        }
        let error = match Head::of(ty) {
            Some(Head::Adt(id)) => {
                let meant = self.w.members_like(id, symbol);
                self.w.unknown(Sought::Member(id, symbol), name.span, meant, || diagnostic)
            }
            Some(head) => {
                let meant = self.w.methods_like(head, symbol);
                self.w.unknown(Sought::Method(head, symbol), name.span, meant, || diagnostic)
            }
            None => self.w.error(diagnostic),
        };
        self.wrong(error, span)
    }
}

/// Whether a type is one of those that an `impl` with this target is for; what is not inferred yet may be.
pub(crate) fn is_instance(ty: Ty, target: Ty) -> bool {
    agree(target, ty, &|target, ty| {
        matches!(target.kind(), TyKind::Param(..)) || matches!(ty.kind(), TyKind::Infer(_))
    })
}
