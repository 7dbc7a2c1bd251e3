//! Ranges as values.

use wyn_base::Span;
use wyn_hir as hir;
use wyn_hir::{Arg, ExprKind, Lit, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want};
use crate::bounds::Need;

impl<'a> FnCx<'_, 'a> {
    /// `start..end`, `start..=end`: the prelude's `Range<T>`.
    pub(crate) fn range(
        &mut self,
        start: &'a ast::Expr,
        end: &'a ast::Expr,
        inclusive: bool,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let hint = want.hint().map(|ty| self.innermost(ty)).and_then(|ty| self.w.range_element(ty));
        let first = self.expr(start, hint.map_or(Want::Any, Want::Prefer));
        let last = self.check(end, first.ty, self.operand(&first));
        let ty = if self.infer.shallow(first.ty).is_never() { last.ty } else { first.ty };
        self.need(ty, Need::Counter, span);
        self.range_between(first, last, inclusive, span)
    }

    /// The range between two checked values.
    pub(crate) fn range_between(
        &mut self,
        first: hir::Expr,
        last: hir::Expr,
        inclusive: bool,
        span: Span,
    ) -> hir::Expr {
        let (Some(range), Some(between)) = (self.w.lang.range, self.w.lang.range_between) else {
            return self.not_yet(span, "ranges outside the head of a `for` are");
        };
        if let TyKind::Error = self.infer.shallow(first.ty).kind() {
            return self.wrong(first.ty, span);
        }
        let element = first.ty;
        let kind = ExprKind::Lit(Lit::Bool(inclusive));
        let inclusive = hir::Expr { kind, ty: self.w.common.bool, span };
        let args = [first, last, inclusive].map(Arg::Value).into();
        let ty = self.w.adt_type(range, vec![element]);
        hir::Expr { kind: ExprKind::Call(between, vec![element], args), ty, span }
    }
}
