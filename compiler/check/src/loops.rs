//! `for`: over ranges, arrays, and whatever gives one element after the other.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, ForArray, ForRange, LocalId, Stmt, Ty, TyKind};
use wyn_syntax::ast::{self, PatternKind};

use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::infer::VarKind;
use crate::scope::{LocalKind, OpenLoop};
use crate::spelling::a;

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn for_loop(&mut self, each: &'a ast::ForExpr, span: Span) -> hir::Expr {
        if let PatternKind::Binding { mutable: true, name } = &each.value.kind {
            return self.for_mut(each, *name, span);
        }
        match &each.iterable.unparenthesized().kind {
            ast::ExprKind::Range { start, end, inclusive } => {
                self.for_range(each, start, end, *inclusive, span)
            }
            _ => self.for_each(each, span),
        }
    }

    fn for_range(
        &mut self,
        each: &'a ast::ForExpr,
        start: &'a ast::Expr,
        end: &'a ast::Expr,
        inclusive: bool,
        span: Span,
    ) -> hir::Expr {
        let unit = self.w.common.unit;
        let first = self.expr(start, Want::Any);
        let last = self.check(end, first.ty, Why::Operand(start.span));
        let ty = if self.infer.shallow(first.ty).is_never() { last.ty } else { first.ty };
        self.need(ty, Need::Counter, start.span.to(end.span));
        if let Some(key) = &each.key {
            self.not_yet(key.span, "positions in a loop over a range are");
        }
        let mark = self.push_scope();
        let var = match &each.value.kind {
            PatternKind::Binding { name, .. } => self.declare(name.symbol, ty, LocalKind::Pattern, name.span),
            PatternKind::Wildcard | PatternKind::Error => self.temp(ty, each.value.span),
            _ => {
                self.w.report(
                    Diagnostic::error(
                        Code::E0210,
                        each.value.span,
                        "a range gives numbers: name each of them",
                    )
                    .help("write `for i in a..b { … }`"),
                );
                self.temp(ty, each.value.span)
            }
        };
        let (id, _, body) = self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        let range = ForRange { id, var, start: first, end: last, inclusive, body };
        hir::Expr { kind: ExprKind::ForRange(Box::new(range)), ty: unit, span }
    }

    fn for_each(&mut self, each: &'a ast::ForExpr, span: Span) -> hir::Expr {
        let iterable = self.expr(&each.iterable, Want::Any);
        let ty = self.infer.shallow(iterable.ty);
        match ty.kind() {
            TyKind::Array(element) => self.for_array(each, iterable, *element, span),
            TyKind::Receiver(_) => self.for_pulled(each, iterable, ty, self.w.names.recv, span),
            TyKind::Error => {
                self.for_wrong(each, ty);
                self.wrong(self.w.common.unit, span)
            }
            _ => {
                let next = self.w.names.next;
                if self.pulls(ty) {
                    return self.for_pulled(each, iterable, ty, next, span);
                }
                if let Some(wrong) = self.unopened(ty, iterable.span) {
                    self.for_wrong(each, wrong.ty);
                    return self.wrong(self.w.common.unit, span);
                }
                let shown = self.show(ty);
                let mut diagnostic = Diagnostic::error(
                    Code::E0216,
                    iterable.span,
                    format!("`for` cannot go through {a_shown}", a_shown = a(&shown)),
                )
                .label(format!("this is `{shown}`"));
                diagnostic = match ty.kind() {
                    TyKind::Int(_) => diagnostic.help("count with a range: `for i in 0..n`"),
                    TyKind::Infer(_) if self.infer.var_kind(ty) == Some(VarKind::Number) => {
                        diagnostic.help("count with a range: `for i in 0..n`")
                    }
                    TyKind::String => diagnostic.help("say what of: `.chars()`, `.bytes()`, `.lines()`"),
                    TyKind::Future(_) => {
                        diagnostic.help("await it first: `await` before it, or `.await()` after it")
                    }
                    TyKind::Fn(..) => diagnostic.help("call it: add `()`"),
                    _ => diagnostic.note("arrays, ranges and receivers can be gone through"),
                };
                let error = self.w.error(diagnostic);
                self.for_wrong(each, error);
                self.wrong(self.w.common.unit, span)
            }
        }
    }

    /// Whether `next` of the type gives one element after the other.
    fn pulls(&mut self, ty: Ty) -> bool {
        let next = self.w.names.next;
        self.find_method(ty, next).is_some_and(|id| {
            let sig = &self.w.fns[id].sig;
            sig.method && sig.params.len() == 1 && self.w.option_inner(sig.ret).is_some()
        })
    }

    /// Checks the body of a loop over something that was reported.
    fn for_wrong(&mut self, each: &'a ast::ForExpr, error: Ty) {
        let mark = self.push_scope();
        for pattern in each.key.iter().chain([&each.value]) {
            self.pattern(pattern, error, LocalKind::Pattern);
        }
        self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
    }

    fn for_array(&mut self, each: &'a ast::ForExpr, array: hir::Expr, element: Ty, span: Span) -> hir::Expr {
        let mark = self.push_scope();
        let index = each.key.as_ref().and_then(|key| self.position(key));
        let pat = self.pattern(&each.value, element, LocalKind::Pattern);
        self.require_irrefutable(&pat, each.value.span);
        let (id, _, body) = self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        let each = ForArray { id, index, pat, array, body };
        hir::Expr { kind: ExprKind::ForArray(Box::new(each)), ty: self.w.common.unit, span }
    }

    /// The `i` of `for i, x in xs`.
    pub(crate) fn position(&mut self, key: &'a ast::Pattern) -> Option<LocalId> {
        match &key.kind {
            PatternKind::Binding { name, .. } => {
                Some(self.declare(name.symbol, self.w.common.int, LocalKind::Pattern, name.span))
            }
            PatternKind::Wildcard | PatternKind::Error => None,
            _ => {
                self.w.report(
                    Diagnostic::error(Code::E0210, key.span, "a position is a number: give it a name")
                        .help("write `for i, x in xs { … }`"),
                );
                None
            }
        }
    }

    /// `loop { match x.next() { Some(p) => body, None => break } }`, where `next` is `recv` for receivers.
    fn for_pulled(
        &mut self,
        each: &'a ast::ForExpr,
        iterable: hir::Expr,
        ty: Ty,
        method: wyn_base::Symbol,
        span: Span,
    ) -> hir::Expr {
        let (unit, never) = (self.w.common.unit, self.w.common.never);
        let from = iterable.span;
        if let Some(key) = &each.key {
            self.not_yet(key.span, "positions in a loop over anything but an array are");
        }
        // A local that is only read is used as it is; everything else is computed once.
        let changes = method == self.w.names.next;
        let (source, binding) = match iterable.kind {
            ExprKind::Local(_) if !changes => (iterable, None),
            _ => {
                let local = self.temp(ty, from);
                let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span: from };
                (self.local_value(local, ty, from), Some(Stmt::Let(pat, iterable)))
            }
        };
        let receiver = if changes { hir::Arg::Mut(source) } else { hir::Arg::Value(source) };
        let pulled = match self.desugared_call(method, receiver, ty, Vec::new(), from) {
            Some(call) => call,
            None => self.not_yet(from, "going through this is"),
        };
        let option = self.infer.shallow(pulled.ty);
        let element = match self.w.option_inner(option) {
            Some(element) => element,
            None => option,
        };
        let frame = self.frame();
        let id = frame.new_loop();
        let mark = self.push_scope();
        let inner = self.pattern(&each.value, element, LocalKind::Pattern);
        self.require_irrefutable(&inner, each.value.span);
        let label = each.label.as_ref().map(|label| label.symbol);
        self.frame().loops.push(OpenLoop { id, label, broken: false });
        let body = self.block(&each.body, Want::Discard);
        self.frame().loops.pop();
        self.pop_scope(mark);
        let adt = self.w.lang.option;
        let pat = |at: usize, fields: Vec<(usize, hir::Pat)>| hir::Pat {
            kind: hir::PatKind::Variant(adt, at, fields),
            ty: option,
            span: from,
        };
        let leave = hir::Expr { kind: ExprKind::Break(id), ty: never, span: from };
        let arms = vec![
            hir::Arm { pat: pat(1, vec![(0, inner)]), guard: None, body },
            hir::Arm { pat: pat(0, Vec::new()), guard: None, body: leave },
        ];
        let round = hir::Expr { kind: ExprKind::Match(Box::new(pulled), arms), ty: unit, span };
        let repeat = hir::Expr { kind: ExprKind::Loop(id, Box::new(round)), ty: unit, span };
        match binding {
            None => repeat,
            Some(binding) => {
                let block = hir::Block { stmts: vec![binding, Stmt::Expr(repeat)], value: None };
                hir::Expr { kind: ExprKind::Block(block), ty: unit, span }
            }
        }
    }
}
