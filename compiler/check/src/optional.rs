//! `??` and `?`, as the matches that they are short for.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{Bound, ExprKind, Pat, PatKind, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::infer::VarKind;
use crate::spelling::a;

impl<'a> FnCx<'_, 'a> {
    /// `a ?? b`: `match a { Some(x) => x, None => b }`; with an option for `b`, an option again.
    pub(crate) fn coalesce(
        &mut self,
        lhs: &'a ast::Expr,
        rhs: &'a ast::Expr,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let preferred = want.hint().map_or(Want::Any, |ty| Want::Prefer(self.w.option_of(ty)));
        let value = self.expr(lhs, preferred);
        let mut ty = self.infer.shallow(value.ty);
        if self.infer.var_kind(ty) == Some(VarKind::Any) {
            let inner = self.fresh(span);
            self.infer.unify(ty, self.w.option_of(inner));
            ty = self.infer.shallow(ty);
        }
        let Some(inner) = self.w.option_inner(ty) else {
            self.expr(rhs, Want::Any);
            return self.mismatch_option(&value, "??");
        };
        let known = self.infer.shallow(inner);
        let default = self.expr(rhs, Want::Prefer(inner));
        let default_ty = self.infer.shallow(default.ty);
        let nested = self.w.option_inner(default_ty).is_some() && self.w.option_inner(known).is_none();
        let result = if nested { ty } else { inner };
        let why = self.operand(&value);
        let default = self.coerce(default, result, why);
        let local = self.temp(inner, lhs.span);
        let found = self.local_value(local, inner, lhs.span);
        let found = if nested { self.variant(ty, 1, vec![found], lhs.span) } else { found };
        let bind = Pat { kind: PatKind::Bind(local), ty: inner, span: lhs.span };
        let arms = vec![
            hir::Arm { pat: self.variant_pat(ty, 1, Some(bind), lhs.span), guard: None, body: found },
            hir::Arm { pat: self.variant_pat(ty, 0, None, lhs.span), guard: None, body: default },
        ];
        hir::Expr { kind: ExprKind::Match(Box::new(value), arms), ty: result, span }
    }

    fn variant_pat(&self, ty: Ty, at: usize, payload: Option<Pat>, span: Span) -> Pat {
        let id = match ty.kind() {
            TyKind::Adt(id, ..) => *id,
            _ => self.w.lang.option,
        };
        Pat { kind: PatKind::Variant(id, at, payload.into_iter().map(|pat| (0, pat)).collect()), ty, span }
    }

    /// `e?`: the value inside; `None` or `Err` leaves the function.
    pub(crate) fn propagate(&mut self, inner: &'a ast::Expr, span: Span) -> hir::Expr {
        let value = self.expr(inner, Want::Any);
        let ty = self.infer.shallow(value.ty);
        if self.frame().deferred {
            return self.fail(
                Diagnostic::error(Code::E0312, span, "`?` cannot leave a `defer`")
                    .label("the block is already being left")
                    .help("handle both cases with `match`"),
            );
        }
        if let Some(inner) = self.w.option_inner(ty) {
            let Some(ret) = self.return_option(span) else { return self.unpassed(span) };
            let none = self.variant(ret, 0, Vec::new(), span);
            let leave = self.leave_with(none, span);
            let absent = self.variant_pat(ty, 0, None, span);
            return self.unwrap_or_leave(value, ty, inner, 1, (absent, leave), span);
        }
        if let Some((ok, err)) = self.w.result_parts(ty) {
            let local = self.temp(err, span);
            let error = self.local_value(local, err, span);
            let Some((ret, error)) = self.return_error(error, span) else { return self.unpassed(span) };
            let failed = self.variant(ret, 1, vec![error], span);
            let leave = self.leave_with(failed, span);
            let bind = Pat { kind: PatKind::Bind(local), ty: err, span };
            let failure = self.variant_pat(ty, 1, Some(bind), span);
            return self.unwrap_or_leave(value, ty, ok, 0, (failure, leave), span);
        }
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
            return self.wrong(ty, span);
        }
        let shown = self.show(ty);
        let mut diagnostic =
            Diagnostic::error(Code::E0211, span, format!("`?` needs an option or a `Result`, not `{shown}`"))
                .label(format!("this is `{shown}`"));
        diagnostic = match ty.kind() {
            TyKind::Future(_) => diagnostic.help("await it first: `await` before it, or `.await()` after it"),
            _ => diagnostic.help("it cannot fail: leave `?` out"),
        };
        self.fail(diagnostic)
    }

    /// A `?` that was reported: in `a?.b?` the second has the same mistake.
    fn unpassed(&mut self, span: Span) -> hir::Expr {
        let error = self.w.last_error.unwrap_or(self.w.common.unit);
        self.wrong(error, span)
    }

    fn leave_with(&self, value: hir::Expr, span: Span) -> hir::Expr {
        hir::Expr { kind: ExprKind::Return(Some(Box::new(value))), ty: self.w.common.never, span }
    }

    /// `match value { good(x) => x, other }`.
    fn unwrap_or_leave(
        &mut self,
        value: hir::Expr,
        ty: Ty,
        inner: Ty,
        good: usize,
        other: (Pat, hir::Expr),
        span: Span,
    ) -> hir::Expr {
        let local = self.temp(inner, span);
        let bind = Pat { kind: PatKind::Bind(local), ty: inner, span };
        let body = self.local_value(local, inner, span);
        let arms = vec![
            hir::Arm { pat: self.variant_pat(ty, good, Some(bind), span), guard: None, body },
            hir::Arm { pat: other.0, guard: None, body: other.1 },
        ];
        hir::Expr { kind: ExprKind::Match(Box::new(value), arms), ty: inner, span }
    }

    /// The option type that the function around returns.
    fn return_option(&mut self, span: Span) -> Option<Ty> {
        let ret = self.infer.shallow(self.frames.last()?.ret);
        if self.infer.var_kind(ret) == Some(VarKind::Any) {
            let inner = self.fresh(span);
            let option = self.w.option_of(inner);
            self.infer.unify(ret, option);
            return Some(option);
        }
        if self.w.option_inner(ret).is_some() {
            return Some(ret);
        }
        self.cannot_propagate(ret, "`None`", "an option", span);
        None
    }

    /// The `Result` type that the function around returns, and the error as it needs it.
    fn return_error(&mut self, error: hir::Expr, span: Span) -> Option<(Ty, hir::Expr)> {
        let ret = self.infer.shallow(self.frames.last()?.ret);
        let err = error.ty;
        if self.infer.var_kind(ret) == Some(VarKind::Any) {
            let ok = self.fresh(span);
            let result = self.w.adt_type(self.w.lang.result?, vec![ok, err]);
            self.infer.unify(ret, result);
            return Some((result, error));
        }
        let Some((_, wanted)) = self.w.result_parts(ret) else {
            self.cannot_propagate(ret, "an error", "a `Result`", span);
            return None;
        };
        if self.infer.unify(err, wanted) {
            return Some((ret, error));
        }
        let wanted = self.infer.shallow(wanted);
        if self.is_error_type(wanted) {
            let generics = self.types.generics.clone();
            let known = self.infer.deep(err);
            if self.w.can(known, Bound::Show, &generics)
                && let Some(error) = self.error_from(error, wanted, span)
            {
                return Some((ret, error));
            }
        }
        let (err, wanted) = (self.show(err), self.show(wanted));
        let mut diagnostic = Diagnostic::error(
            Code::E0211,
            span,
            format!("`?` would pass on {a_err}, but `{wanted}` is expected", a_err = a(&err)),
        )
        .label(format!("the error is `{err}`"))
        .help("convert it: `.map_err((e) => …)?`");
        if let Some(Why::Returns(place)) = self.frames.last().map(|frame| frame.ret_why) {
            diagnostic = diagnostic.also(place, format!("errors of this function are `{wanted}`"));
        }
        self.w.report(diagnostic);
        None
    }

    pub(crate) fn is_error_type(&self, ty: Ty) -> bool {
        matches!(ty.kind(), TyKind::Adt(id, ..) if Some(*id) == self.w.lang.error)
    }

    /// `Error.new("${e}")`.
    fn error_from(&mut self, value: hir::Expr, error: Ty, span: Span) -> Option<hir::Expr> {
        let id = self.find_method(error, self.w.names.new)?;
        let text = ExprKind::Interpolate(vec![hir::Part::Value(value)]);
        let text = hir::Expr { kind: text, ty: self.w.common.string, span };
        let kind = ExprKind::Call(id, Vec::new(), vec![hir::Arg::Value(text)]);
        Some(hir::Expr { kind, ty: error, span })
    }

    fn cannot_propagate(&mut self, ret: Ty, what: &str, needed: &str, span: Span) {
        if matches!(ret.kind(), TyKind::Error) {
            return;
        }
        let shown = self.show(ret);
        let message = format!("`?` cannot pass {what} on from here");
        let mut diagnostic = Diagnostic::error(Code::E0211, span, message);
        match self.frames.last().map(|frame| (frame.ret_why, frame.kind)) {
            Some((Why::Returns(place), _)) => {
                diagnostic = diagnostic
                    .label(format!("leaves a function that returns `{shown}`"))
                    .also(place, format!("returns `{shown}`, not {needed}"))
                    .help(if self.w.result_parts(ret).is_some() {
                        "make an error of the missing value: `.ok_or(Error.new(\"…\"))?`".to_owned()
                    } else if self.w.option_inner(ret).is_some() {
                        "leave the error out: `.ok()?`".to_owned()
                    } else {
                        format!("let the function return {needed}, or handle it with `match` or `??`")
                    });
            }
            Some((_, crate::scope::FrameKind::Fn)) => {
                diagnostic =
                    diagnostic.label("there is no function to leave").help("handle it with `match` or `??`");
            }
            _ => {
                diagnostic = diagnostic
                    .label(format!("leaves a closure or task that gives `{shown}`"))
                    .help(format!("let it give {needed}, or handle it with `match` or `??`"));
            }
        }
        if self.chained == Some(span) {
            diagnostic = diagnostic
                .note("`?` always leaves the function, also before a `.`")
                .help("look inside without leaving: `x.map((v) => v.name)`, or open it: `if const Some(v) = x { … }`");
        }
        self.w.report(diagnostic);
    }

    /// What stands before the `.` of a member.
    pub(crate) fn chain(&mut self, base: &'a ast::Expr) -> hir::Expr {
        let before = self.chained.take();
        self.chained = matches!(base.kind, ast::ExprKind::Try(_)).then_some(base.span);
        let value = self.expr(base, Want::Any);
        self.chained = before;
        value
    }
}
