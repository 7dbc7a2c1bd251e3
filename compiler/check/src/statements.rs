//! Blocks and statements: declarations, assignments, `defer`, local functions, and what may not be
//! thrown away.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, FnId, Stmt, Ty, TyKind};
use wyn_syntax::ast::{self, StmtKind};

use crate::body::{FnCx, Want, Why};
use crate::exhaustive::irrefutable;
use crate::scope::{Binding, LocalKind};
use crate::spelling::a;

impl<'a> FnCx<'_, 'a> {
    /// `{ … }`: a scope of its own.
    pub(crate) fn block(&mut self, block: &'a ast::Block, want: Want) -> hir::Expr {
        let mark = self.push_scope();
        let value = self.block_contents(block, want);
        self.pop_scope(mark);
        value
    }

    fn block_contents(&mut self, block: &'a ast::Block, want: Want) -> hir::Expr {
        self.declare_local_fns(block);
        let mut stmts = Vec::with_capacity(block.stmts.len());
        let mut value = None;
        let mut diverges = false;
        let mut warned = false;
        let mut before = self.w.errors();
        let last = block.stmts.len().wrapping_sub(1);
        for (at, stmt) in block.stmts.iter().enumerate() {
            if diverges && !warned && !matches!(stmt.kind, StmtKind::Item(_)) {
                warned = true;
                self.warn(
                    Diagnostic::warning(Code::W0002, stmt.span, "this is never reached")
                        .help("remove it, or what leaves before it"),
                );
            }
            if at == last
                && let StmtKind::Expr(expr) = &stmt.kind
                && !matches!(want, Want::Discard)
            {
                // What is never reached gives no value to anybody: `()` will do.
                let reached = if diverges { Want::Any } else { want };
                let mut tail = self.expr(expr, reached);
                if !diverges || !matches!(self.infer.shallow(tail.ty).kind(), TyKind::Unit | TyKind::Never) {
                    tail = self.settle_tail(tail, want);
                }
                diverges |= self.infer.shallow(tail.ty).is_never();
                value = Some(Box::new(tail));
                break;
            }
            before = self.w.errors();
            diverges |= self.statement(stmt, &mut stmts);
        }
        let wrong_end = self.w.errors() > before;
        let common = self.w.common;
        let ty = match &value {
            Some(value) if !diverges => value.ty,
            _ if diverges => common.never,
            _ => common.unit,
        };
        if value.is_none() && !diverges {
            return self.without_value(block, stmts, wrong_end, want);
        }
        hir::Expr { kind: ExprKind::Block(hir::Block { stmts, value }), ty, span: block.span }
    }

    /// A block that ends without a value where one may be wanted.
    fn without_value(
        &mut self,
        block: &'a ast::Block,
        stmts: Vec<Stmt>,
        wrong_end: bool,
        want: Want,
    ) -> hir::Expr {
        let unit = self.w.common.unit;
        let span = block.span;
        let whole = hir::Expr { kind: ExprKind::Block(hir::Block { stmts, value: None }), ty: unit, span };
        // What ends the block may have been its value.
        if block.stmts.last().is_some_and(|stmt| matches!(stmt.kind, StmtKind::Error(_)))
            && !matches!(want, Want::Discard)
            && let Some(error) = self.w.last_error
        {
            return self.wrong(error, span);
        }
        let (Want::Must(ty, why) | Want::Tail(ty, why)) = want else { return whole };
        let expected = self.infer.shallow(ty);
        // The value may have been meant to come from what could not be read, or what ends the block.
        let unreadable = block.stmts.iter().any(|stmt| matches!(stmt.kind, StmtKind::Error(_)));
        if (unreadable || wrong_end)
            && let Some(error) = self.w.last_error
        {
            return self.wrong(error, span);
        }
        if expected.is_unit() || matches!(expected.kind(), TyKind::Infer(_) | TyKind::Error) {
            return whole;
        }
        if matches!(want, Want::Tail(..))
            && self.w.result_parts(expected).is_some_and(|(ok, _)| self.infer.shallow(ok).is_unit())
        {
            return whole;
        }
        let shown = self.show(expected);
        let end = block.span.end.saturating_sub(1);
        let brace = Span::new(span.source, end.max(span.start), span.end);
        let mut diagnostic =
            Diagnostic::error(Code::E0208, brace, format!("a value of type `{shown}` is missing"))
                .label("the block ends here without a value");
        if let Why::Returns(place) = why {
            diagnostic = diagnostic.also(place, format!("the function returns `{shown}`"));
        }
        self.fail(diagnostic.help("end the block with the value, or `return` it"))
    }

    /// Checks a statement; says whether what follows is never reached.
    fn statement(&mut self, stmt: &'a ast::Stmt, into: &mut Vec<Stmt>) -> bool {
        match &stmt.kind {
            StmtKind::Let(declaration) => {
                let (value, diverges) = self.declaration(declaration);
                into.push(value);
                diverges
            }
            StmtKind::Expr(expr) => {
                let value = self.discarded(expr);
                let diverges = self.infer.shallow(value.ty).is_never();
                into.push(Stmt::Expr(value));
                diverges
            }
            StmtKind::Assign(assignment) => {
                let value = self.assignment(assignment, stmt.span);
                let diverges = self.infer.shallow(value.ty).is_never();
                into.push(Stmt::Expr(value));
                diverges
            }
            StmtKind::Defer(body) => {
                let frame = self.frame();
                let loops = std::mem::take(&mut frame.loops);
                let outer = std::mem::replace(&mut frame.outer_loops, !loops.is_empty());
                let deferred = std::mem::replace(&mut frame.deferred, true);
                let value = self.dropped(body);
                let frame = self.frame();
                frame.loops = loops;
                frame.outer_loops = outer;
                frame.deferred = deferred;
                into.push(Stmt::Defer(value));
                false
            }
            StmtKind::Item(item) => {
                if matches!(item.kind, ast::ItemKind::Import(_)) {
                    self.w.report(
                        Diagnostic::error(Code::E0110, item.span, "an import stands outside of functions")
                            .label("its names are for the whole file")
                            .help("move it to the top of the file"),
                    );
                } else if !matches!(item.kind, ast::ItemKind::Fn(_) | ast::ItemKind::Error) {
                    self.w.report(
                        Diagnostic::error(
                            Code::E0110,
                            item.span.shrink_to_start(),
                            "only functions are declared inside a function",
                        )
                        .help("move this declaration out of the function"),
                    );
                }
                false
            }
            StmtKind::Error(names) => {
                let error = self.w.unreadable(self.module, stmt.span);
                self.declare_unread(names, error, stmt.span);
                false
            }
        }
    }

    /// An arm's body: an expression, or a single statement, which has no value.
    pub(crate) fn arm_body(&mut self, body: &'a ast::Stmt, want: Want) -> hir::Expr {
        if let StmtKind::Expr(expr) = &body.kind {
            return match want {
                Want::Discard => self.dropped(expr),
                _ => {
                    let value = self.expr(expr, want);
                    self.settle_tail(value, want)
                }
            };
        }
        if matches!(body.kind, StmtKind::Error(_)) {
            let error = self.w.unreadable(self.module, body.span);
            return self.wrong(error, body.span);
        }
        let mark = self.push_scope();
        let mut stmts = Vec::new();
        let diverges = self.statement(body, &mut stmts);
        self.pop_scope(mark);
        let ty = if diverges { self.w.common.never } else { self.w.common.unit };
        let value =
            hir::Expr { kind: ExprKind::Block(hir::Block { stmts, value: None }), ty, span: body.span };
        self.settle_tail(value, want)
    }

    /// `const pattern: T = value` or `var pattern: T = value`.
    fn declaration(&mut self, written: &'a ast::LetStmt) -> (Stmt, bool) {
        let value = match &written.ty {
            Some(ty) => {
                let types = self.types.clone();
                let expected = self.w.lower_type(&types, ty);
                let value = self.check(&written.value, expected, Why::Declared(ty.span));
                if matches!(value.ty.kind(), TyKind::Never | TyKind::Error) {
                    hir::Expr { ty: expected, ..value }
                } else {
                    value
                }
            }
            None => self.expr(&written.value, Want::Any),
        };
        let ty = self.infer.shallow(value.ty);
        let diverges = ty.is_never();
        let origin = self.declared_by(written, &value);
        let pat = match written.mutable {
            true => self.var_pattern(&written.pattern, ty, origin),
            false => self.pattern(&written.pattern, ty, LocalKind::Const, Some(origin)),
        };
        if written.ty.is_none() {
            self.origins_of_parts(&pat, &value);
        }
        self.require_irrefutable(&pat, written.pattern.span);
        (Stmt::Let(pat, value), diverges)
    }

    /// Reports a pattern that may not match where it has to.
    pub(crate) fn require_irrefutable(&mut self, pat: &hir::Pat, span: Span) {
        if irrefutable(&self.w.adts, pat) || matches!(pat.ty.kind(), TyKind::Error) {
            return;
        }
        self.w.report(
            Diagnostic::error(Code::E0210, span, "this pattern does not match every value")
                .label("some values have no way through here")
                .help("use `if const pattern = value { … }` or `match`"),
        );
    }

    fn assignment(&mut self, written: &'a ast::AssignStmt, span: Span) -> hir::Expr {
        let target = written.target.unparenthesized();
        match (&target.kind, written.op) {
            (ast::ExprKind::Wildcard, None) => {
                let value = self.expr(&written.value, Want::Any);
                // A statement of its own, so that the value is dropped at its end.
                let block = hir::Block { stmts: vec![Stmt::Expr(value)], value: None };
                hir::Expr { kind: ExprKind::Block(block), ty: self.w.common.unit, span }
            }
            (ast::ExprKind::Tuple(parts), None) => self.assign_tuple(parts, &written.value, span),
            (_, Some(op)) => {
                let place = self.assigned_place(target, true);
                if matches!(self.infer.shallow(place.ty).kind(), TyKind::Error) {
                    self.expr(&written.value, Want::Any);
                    return self.unit(span);
                }
                self.assign_op(op, written.op_span, place, &written.value, span)
            }
            (_, None) => {
                if let Some(ty) = self.assigned_handle(target) {
                    return self.assign_handle(target, ty, &written.value, span);
                }
                let place = self.assigned_place(target, false);
                let ty = place.ty;
                let origin = self.origin(&place);
                let why = origin.map_or(Why::Assigned(target.span), Why::Holder);
                let value = self.check(&written.value, ty, why);
                let kind = ExprKind::Assign(Box::new(place), Box::new(value));
                hir::Expr { kind, ty: self.w.common.unit, span }
            }
        }
    }

    /// The type of the variable that is assigned to, if it is that of an atomic or a mutex.
    fn assigned_handle(&mut self, target: &ast::Expr) -> Option<Ty> {
        let ast::ExprKind::Name(segment) = &target.kind else { return None };
        let Some(Binding::Local(id)) = self.lookup(segment.name.symbol) else { return None };
        let ty = self.frame().local(id).ty;
        let ty = self.infer.shallow(ty);
        matches!(ty.kind(), TyKind::Mutex(_) | TyKind::Atomic(_)).then_some(ty)
    }

    /// `handle = value`, which sets the variable, not what the handle leads to.
    fn assign_handle(
        &mut self,
        target: &'a ast::Expr,
        ty: Ty,
        value: &'a ast::Expr,
        span: Span,
    ) -> hir::Expr {
        let value = self.expr(value, Want::Prefer(ty));
        if let TyKind::Mutex(inner) | TyKind::Atomic(inner) = ty.kind()
            && !matches!(self.infer.shallow(value.ty).kind(), TyKind::Error | TyKind::Never)
            && self.infer.unify(*inner, value.ty)
            && let Some(wrong) = self.unopened(ty, target.span)
        {
            return hir::Expr { span, ..wrong };
        }
        let place = self.assigned_place(target, false);
        let why = self.origin(&place).map_or(Why::Assigned(target.span), Why::Holder);
        let value = self.coerce(value, ty, why);
        hir::Expr { kind: ExprKind::Assign(Box::new(place), Box::new(value)), ty: self.w.common.unit, span }
    }

    /// `(a, b) = (b, a)`: the value is computed first, then its parts are assigned in order.
    fn assign_tuple(&mut self, targets: &'a [ast::Expr], value: &'a ast::Expr, span: Span) -> hir::Expr {
        self.undeclared_targets(targets);
        let (mut stmts, mut assigns) = (Vec::new(), Vec::new());
        let pat = self.target_tuple(targets, span, &mut stmts, &mut assigns);
        let value = self.assigned_parts(value, &pat);
        if targets.is_empty() {
            return value;
        }
        stmts.push(Stmt::Let(pat, value));
        stmts.extend(assigns);
        let block = hir::Block { stmts, value: None };
        hir::Expr { kind: ExprKind::Block(block), ty: self.w.common.unit, span }
    }

    /// Reports several targets that are not declared as one mistake: the word that declares them is missing.
    fn undeclared_targets(&mut self, targets: &'a [ast::Expr]) {
        let mut names: Vec<ast::Name> = Vec::new();
        for target in targets {
            if let ast::ExprKind::Name(segment) = &target.unparenthesized().kind
                && self.is_undeclared(segment)
            {
                names.push(segment.name);
            }
        }
        let ([_, _, ..], Some(last)) = (&names[..], names.last()) else { return };
        let listed: Vec<String> = names.iter().map(|name| format!("`{}`", name.symbol)).collect();
        let message = format!("{} are assigned to, but not declared", listed.join(" and "));
        let error = self.w.error(
            Diagnostic::error(Code::E0301, names[0].span.to(last.span), message)
                .label("not variables here")
                .help("declare them: write `const` or `var` before the tuple"),
        );
        for name in names {
            self.unknown.insert(name.symbol, error);
        }
    }

    /// Checks the value of an assignment to a tuple, each part of it against the target that it is for.
    fn assigned_parts(&mut self, value: &'a ast::Expr, targets: &hir::Pat) -> hir::Expr {
        match (&value.unparenthesized().kind, &targets.kind) {
            (ast::ExprKind::Tuple(parts), hir::PatKind::Tuple(pats)) if parts.len() == pats.len() => {
                let parts: Vec<hir::Expr> =
                    parts.iter().zip(pats).map(|(part, target)| self.assigned_parts(part, target)).collect();
                let ty = hir::Ty::tuple(parts.iter().map(|part| part.ty).collect());
                let tuple = hir::Expr { kind: ExprKind::Tuple(parts), ty, span: value.span };
                self.coerce(tuple, targets.ty, Why::Plain)
            }
            (_, hir::PatKind::Bind(local)) => {
                let why = self.frame().local(*local).origin.map_or(Why::Plain, Why::Holder);
                self.check(value, targets.ty, why)
            }
            _ => self.check(value, targets.ty, Why::Plain),
        }
    }

    /// The pattern that takes the parts of a value into locals, for a tuple of targets. What the
    /// targets have to evaluate is added to `first`, the assignments from the locals to `assigns`, in order.
    fn target_tuple(
        &mut self,
        targets: &'a [ast::Expr],
        span: Span,
        first: &mut Vec<Stmt>,
        assigns: &mut Vec<Stmt>,
    ) -> hir::Pat {
        let parts: Vec<hir::Pat> = targets
            .iter()
            .map(|target| match &target.unparenthesized().kind {
                ast::ExprKind::Wildcard => hir::Pat { kind: hir::PatKind::Wild, ty: self.fresh(span), span },
                ast::ExprKind::Tuple(inner) => self.target_tuple(inner, span, first, assigns),
                _ => {
                    let mut place = self.assigned_place(target, false);
                    self.evaluate_indices(&mut place, first);
                    let (ty, origin) = (place.ty, self.origin(&place));
                    let local = self.temp(ty, span);
                    self.set_origin(local, origin);
                    let read = self.local_value(local, ty, span);
                    let kind = ExprKind::Assign(Box::new(place), Box::new(read));
                    assigns.push(Stmt::Expr(hir::Expr { kind, ty: self.w.common.unit, span }));
                    hir::Pat { kind: hir::PatKind::Bind(local), ty, span }
                }
            })
            .collect();
        let ty = hir::Ty::tuple(parts.iter().map(|part| part.ty).collect());
        let kind = if parts.is_empty() { hir::PatKind::Wild } else { hir::PatKind::Tuple(parts) };
        hir::Pat { kind, ty, span }
    }

    // ------------------------------------------------------------------------------- discarding

    /// As [`discarded`](Self::discarded); the result is of type `()`, or does not end normally.
    pub(crate) fn dropped(&mut self, expr: &'a ast::Expr) -> hir::Expr {
        let value = self.discarded(expr);
        let ty = self.infer.shallow(value.ty);
        if ty.is_unit() || ty.is_never() {
            return value;
        }
        let span = value.span;
        let block = hir::Block { stmts: vec![Stmt::Expr(value)], value: None };
        hir::Expr { kind: ExprKind::Block(block), ty: self.w.common.unit, span }
    }

    /// Checks an expression whose value nobody takes, and reports values that may not be lost.
    pub(crate) fn discarded(&mut self, expr: &'a ast::Expr) -> hir::Expr {
        use ast::ExprKind as Ast;
        let inner = expr.unparenthesized();
        let value = self.expr(inner, Want::Discard);
        let ty = self.infer.shallow(value.ty);
        if ty.is_unit() || matches!(ty.kind(), TyKind::Never | TyKind::Error) {
            return value;
        }
        // Their branches were judged one by one.
        if matches!(
            inner.kind,
            Ast::If(_)
                | Ast::Match(_)
                | Ast::Select(_)
                | Ast::Block(_)
                | Ast::While(_)
                | Ast::For(_)
                | Ast::Lock { .. }
        ) {
            return value;
        }
        if self.w.result_parts(ty).is_some() {
            self.w.report(
                Diagnostic::error(Code::E0307, expr.span, "this `Result` is not looked at")
                    .label("an error in it would be lost")
                    .help("pass an error on with `?`, handle it with `match`, or write `_ = …` to ignore it on purpose"),
            );
            return value;
        }
        if let TyKind::Future(result) = ty.kind() {
            let result = self.infer.shallow(*result);
            if !result.is_unit() && !matches!(result.kind(), TyKind::Never | TyKind::Error) {
                let shown = self.show(result);
                self.w.report(
                    Diagnostic::error(Code::E0401, expr.span, "the result of this task is lost")
                        .label(format!("a future of `{shown}` that nobody keeps"))
                        .help("await it, keep it in a variable, or write `_ = …` to ignore the result on purpose"),
                );
            }
            return value;
        }
        let useless = !matches!(
            inner.kind,
            Ast::Call { .. }
                | Ast::Await(_)
                | Ast::Spawn(_)
                | Ast::Try(_)
                | Ast::Nursery(_)
                | Ast::Within { .. }
                | Ast::Error
        );
        if useless {
            let shown = self.show(ty);
            let operator = matches!(inner.kind, Ast::Binary { .. } | Ast::Unary { .. } | Ast::Range { .. });
            let mut diagnostic = Diagnostic::error(
                Code::E0308,
                expr.span,
                if operator { "the value of this operation is not used" } else { "this value is not used" },
            )
            .label(format!("{a_shown} that goes nowhere", a_shown = a(&shown)));
            let compares = matches!(inner.kind, Ast::Binary { op: ast::BinaryOp::Eq, .. });
            diagnostic = if self.unit_tail == Some(expr.span) {
                diagnostic
                    .help(format!("to return it, declare the result after the parameters: `-> {shown}`"))
            } else if compares {
                diagnostic.help("to assign, write `=`")
            } else {
                diagnostic.help("use it, return it, or remove it; `_ = …` throws a value away on purpose")
            };
            self.w.report(diagnostic);
        }
        value
    }

    // --------------------------------------------------------------------------- local functions

    /// Functions of a block are visible in all of it, and in each other.
    fn declare_local_fns(&mut self, block: &'a ast::Block) {
        let mut declared: Vec<(FnId, &'a ast::FnItem)> = Vec::new();
        for stmt in &block.stmts {
            let StmtKind::Item(item) = &stmt.kind else { continue };
            let ast::ItemKind::Fn(function) = &item.kind else { continue };
            let path = format!("{}.{}", self.w.modules[self.module].path, function.name.symbol);
            let id = crate::collect::new_fn(self.w, self.module, function, path, false, None);
            self.w.stands_in_owner(id);
            if let Some((first, _)) = declared.iter().find(|(_, f)| f.name.symbol == function.name.symbol) {
                let first = self.w.fns[*first].span;
                self.w.report(
                    Diagnostic::error(
                        Code::E0106,
                        function.name.span,
                        format!("`{}` is declared twice", function.name.symbol),
                    )
                    .label("second declaration")
                    .also(first, "first declaration")
                    .help("rename one of them, or remove it"),
                );
            }
            self.bind(function.name.symbol, Binding::Fn(id));
            declared.push((id, function));
        }
        if declared.is_empty() {
            return;
        }
        let visible = self.local_fns();
        for (id, function) in declared {
            crate::headers::signature(self.w, id, function, Vec::new());
            self.w.nested.insert(id, visible.clone());
        }
    }
}
