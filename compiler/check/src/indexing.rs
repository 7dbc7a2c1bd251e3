//! Indexing and slices.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{BinOp, ExprKind, Lit, Stmt, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::infer::VarKind;
use crate::spelling::a;
use crate::uses::Asks;

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn index(
        &mut self,
        base: &'a ast::Expr,
        index: &'a ast::Expr,
        default: Option<&'a ast::Expr>,
        span: Span,
    ) -> hir::Expr {
        let value = self.expr(base, Want::Any);
        let ty = self.infer.shallow(value.ty);
        if let TyKind::Array(element) = ty.kind() {
            let index = self.check(index, self.w.common.int, Why::Plain);
            if let Some(default) = default {
                self.w.report(
                    Diagnostic::error(
                        Code::E0219,
                        default.span,
                        "arrays have no default for missing elements",
                    )
                    .help("`xs.get(i) ?? value` gives a value for a missing element"),
                );
            }
            let kind = ExprKind::Index(Box::new(value), Box::new(index));
            return hir::Expr { kind, ty: *element, span };
        }
        if let Some((key_ty, value_ty)) = self.w.map_parts(ty) {
            return self.entry(value, [key_ty, value_ty], index, default, span);
        }
        self.expr(index, Want::Any);
        if let Some(default) = default {
            self.expr(default, Want::Any);
        }
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
            return self.wrong(ty, span);
        }
        if self.infer.var_kind(ty) == Some(VarKind::Any) {
            let error = self.must_be_known(value.span, "[…]");
            return self.wrong(error, span);
        }
        if let Some(wrong) = self.unopened(ty, value.span) {
            return wrong;
        }
        let uses = self.uses_of(&value, Asks::Other);
        let shown = self.show(ty);
        let mut diagnostic = Diagnostic::error(
            Code::E0219,
            value.span,
            format!("{a_shown} cannot be indexed", a_shown = a(&shown)),
        )
        .label(format!("this is `{shown}`"));
        diagnostic = match ty.kind() {
            TyKind::String => diagnostic
                .help("`s.chars()` gives its characters, `s.bytes()` its bytes, `s[a..b]` a part of it"),
            TyKind::Tuple(_) => diagnostic.help("parts of a tuple are `.0`, `.1`, …"),
            TyKind::Future(_) => diagnostic.help("await it first: `await` before it, or `.await()` after it"),
            _ if self.w.set_element(ty).is_some() => {
                diagnostic.help("ask whether it has an element with `x in set`; `.to_array()` has positions")
            }
            _ if self.w.range_element(ty).is_some() || self.w.is_lazy(ty) => {
                diagnostic.help("`.to_array()` computes its elements")
            }
            _ if self.w.option_inner(ty).is_some() => {
                diagnostic.help("say what happens without a value: `x ?? default`, `x?`, or `match`")
            }
            _ => diagnostic,
        };
        let error = self.w.disputed(diagnostic, uses);
        self.wrong(error, span)
    }

    /// `xs[a..b]` is `xs.slice(a, b)`, with `0` and `xs.len()` for bounds that are left out.
    pub(crate) fn slice(
        &mut self,
        base: &'a ast::Expr,
        start: Option<&'a ast::Expr>,
        end: Option<&'a ast::Expr>,
        inclusive: bool,
        span: Span,
    ) -> hir::Expr {
        let int = self.w.common.int;
        let value = self.expr(base, Want::Any);
        let ty = self.infer.shallow(value.ty);
        let (value, binding) = if end.is_some() || matches!(value.kind, ExprKind::Local(_)) {
            (value, None)
        } else {
            let local = self.temp_for(&value);
            let read = self.local_value(local, ty, value.span);
            let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span: value.span };
            (read, Some(Stmt::Let(pat, value)))
        };
        let literal = |value: i128| hir::Expr { kind: ExprKind::Lit(Lit::Int(value)), ty: int, span };
        let start = match start {
            Some(start) => self.check(start, int, Why::Plain),
            None => literal(0),
        };
        let end = match end {
            Some(end) => {
                let end = self.check(end, int, Why::Plain);
                if inclusive {
                    let kind = ExprKind::Binary(BinOp::Add, Box::new(end), Box::new(literal(1)));
                    hir::Expr { kind, ty: int, span }
                } else {
                    end
                }
            }
            None => {
                let len = self.w.names.len;
                match self.desugared_call(len, hir::Arg::Value(value.clone()), ty, Vec::new(), span) {
                    Some(len) => len,
                    None => literal(0),
                }
            }
        };
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
            return self.wrong(ty, span);
        }
        let value_span = value.span;
        let uses = self.uses_of(&value, Asks::Member(self.w.names.slice));
        let slice = self.w.names.slice;
        let Some(call) = self.desugared_call(slice, hir::Arg::Value(value), ty, vec![start, end], span)
        else {
            let shown = self.show(ty);
            let diagnostic = Diagnostic::error(
                Code::E0219,
                value_span,
                format!("{a_shown} has no slices", a_shown = a(&shown)),
            )
            .label("slices are taken of arrays and strings");
            let error = self.w.disputed(diagnostic, uses);
            return self.wrong(error, span);
        };
        match binding {
            None => call,
            Some(binding) => {
                let ty = call.ty;
                let block = hir::Block { stmts: vec![binding], value: Some(Box::new(call)) };
                hir::Expr { kind: ExprKind::Block(block), ty, span }
            }
        }
    }
}
