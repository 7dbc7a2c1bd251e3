//! `x in xs`, `k in m` and `x in a..b`.

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{BinOp, Bound, ExprKind, Stmt, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want};
use crate::bounds::Need;
use crate::uses::Asks;

impl<'a> FnCx<'_, 'a> {
    /// `x in xs` is `xs.contains(x)`; in a range, two comparisons.
    pub(crate) fn membership(&mut self, lhs: &'a ast::Expr, rhs: &'a ast::Expr, span: Span) -> hir::Expr {
        let bool = self.w.common.bool;
        if let ast::ExprKind::Range { start, end, inclusive } = &rhs.unparenthesized().kind {
            return self.in_range(lhs, start, end, *inclusive, span);
        }
        // Of which enum a short variant is, the collection tells.
        let collection = lhs.is_short_variant().then(|| self.expr(rhs, Want::Any));
        let element = collection.as_ref().and_then(|of| self.element_of(of.ty));
        let value = self.expr(lhs, element.map_or(Want::Any, Want::Prefer));
        let of = collection.unwrap_or_else(|| {
            let wanted = self.collection_for(rhs, value.ty).map_or(Want::Any, Want::Prefer);
            self.expr(rhs, wanted)
        });
        let ty = self.infer.shallow(of.ty);
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
            return self.wrong(bool, span);
        }
        let is_map = self.w.map_parts(ty).is_some();
        let contains = Symbol::new(if is_map { "contains_key" } else { "contains" });
        let place = of.span;
        let uses = self.uses_of(&of, Asks::Member(contains));
        // The left operand is evaluated first.
        let local = self.temp_for(&value);
        let read = self.local_value(local, value.ty, value.span);
        let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty: value.ty, span: value.span };
        match self.desugared_call(contains, hir::Arg::Value(of), ty, vec![read], span) {
            Some(call) => self.after(Stmt::Let(pat, value), call),
            None => {
                let shown = self.show(ty);
                let diagnostic = Diagnostic::error(
                    Code::E0215,
                    place,
                    format!("`in` finds nothing in {}", crate::spelling::a(&shown)),
                )
                .label(format!("this is `{shown}`, which has no method `contains`"));
                let error = self.w.disputed(diagnostic, uses);
                self.wrong(error, span)
            }
        }
    }

    /// The type of what a collection holds, as far as `in` asks for it.
    fn element_of(&self, of: Ty) -> Option<Ty> {
        let of = self.infer.shallow(of);
        match of.kind() {
            TyKind::Array(element) => Some(*element),
            _ => self.w.map_parts(of).map(|(key, _)| key).or_else(|| self.w.set_element(of)),
        }
    }

    /// The type of a literal with short variants in it that may hold a value of this type: `x in [.Red, .Blue]`.
    fn collection_for(&self, literal: &ast::Expr, value: Ty) -> Option<Ty> {
        match &literal.unparenthesized().kind {
            ast::ExprKind::Array(elements) if elements.iter().any(ast::Expr::is_short_variant) => {
                Some(Ty::array(value))
            }
            ast::ExprKind::Set(elements) if elements.iter().any(ast::Expr::is_short_variant) => {
                Some(self.w.adt_type(self.w.lang.set?, vec![value]))
            }
            _ => None,
        }
    }

    fn in_range(
        &mut self,
        lhs: &'a ast::Expr,
        start: &'a ast::Expr,
        end: &'a ast::Expr,
        inclusive: bool,
        span: Span,
    ) -> hir::Expr {
        let bool = self.w.common.bool;
        let value = self.expr(lhs, Want::Any);
        let ty = value.ty;
        let why = self.operand(&value);
        let mut bounds = Vec::new();
        let mut lets = Vec::new();
        for bound in [start, end] {
            let bound = self.check(bound, ty, why);
            let local = self.temp_for(&bound);
            bounds.push(self.local_value(local, ty, bound.span));
            let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span: bound.span };
            lets.push(Stmt::Let(pat, bound));
        }
        self.need(ty, Need::Bound(Bound::Ord, "`in`".to_owned()), lhs.span);
        let local = self.temp_for(&value);
        let read = self.local_value(local, ty, value.span);
        let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span: value.span };
        let (Some(last), Some(first)) = (bounds.pop(), bounds.pop()) else { return self.wrong(bool, span) };
        let compare = |op: BinOp, a: hir::Expr, b: hir::Expr| hir::Expr {
            kind: ExprKind::Binary(op, Box::new(a), Box::new(b)),
            ty: bool,
            span,
        };
        let above = compare(BinOp::Le, first, read.clone());
        let below = compare(if inclusive { BinOp::Le } else { BinOp::Lt }, read, last);
        let both = hir::Expr { kind: ExprKind::And(Box::new(above), Box::new(below)), ty: bool, span };
        let mut stmts = vec![Stmt::Let(pat, value)];
        stmts.extend(lets);
        let block = hir::Block { stmts, value: Some(Box::new(both)) };
        hir::Expr { kind: ExprKind::Block(block), ty: bool, span }
    }

    /// `{ first; value }`.
    fn after(&self, first: Stmt, value: hir::Expr) -> hir::Expr {
        let (ty, span) = (value.ty, value.span);
        let block = hir::Block { stmts: vec![first], value: Some(Box::new(value)) };
        hir::Expr { kind: ExprKind::Block(block), ty, span }
    }
}
