//! `select`: which operation each arm waits for, what it binds, and which arms make no sense together.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, Intrinsic, PatKind, SelectArm, SelectOp, Ty, TyKind};
use wyn_syntax::ast::{self, SelectKind};

use crate::body::{FnCx, Want, Why};
use crate::control::Join;
use crate::exhaustive::irrefutable;
use crate::scope::LocalKind;
use crate::world::Source;

/// An arm's operation, before its pattern is looked at.
enum Operation {
    Receive(hir::Expr),
    Send(hir::Expr, hir::Expr),
    Await(hir::Expr),
}

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn select(&mut self, written: &'a ast::SelectExpr, want: Want, span: Span) -> hir::Expr {
        let mut join = Join::new(want);
        let mut arms = Vec::with_capacity(written.arms.len());
        for arm in &written.arms {
            // The guard is asked when the select begins: it sees nothing of what the arm binds.
            let guard = arm.guard.as_ref().map(|guard| self.check(guard, self.w.common.bool, Why::Plain));
            let mark = self.push_scope();
            let (op, at, unpack) = match &arm.kind {
                SelectKind::Operation { pattern, operation } => {
                    let (op, unpack) = self.select_operation(pattern.as_ref(), operation);
                    (op, operation.span, unpack)
                }
                SelectKind::After(limit) => (Some(SelectOp::After(self.time_limit(limit))), limit.span, None),
                SelectKind::Closed => (Some(SelectOp::Closed), arm.span, None),
                SelectKind::Else => (Some(SelectOp::Else), arm.span, None),
            };
            let body = self.arm_body(&arm.body, join.want());
            let mut body = self.join(&mut join, body);
            self.pop_scope(mark);
            if let Some((value, pat)) = unpack {
                let (ty, span) = (body.ty, body.span);
                let kind = ExprKind::Match(Box::new(value), vec![hir::Arm { pat, guard: None, body }]);
                body = hir::Expr { kind, ty, span };
            }
            if let Some(op) = op {
                arms.push(SelectArm { op, guard, body, span: at });
            }
        }
        if let Some(error) = self.judge_select(written, &arms, span) {
            return self.wrong(error, span);
        }
        // Without an arm, those that are written are wrong.
        let ty = if arms.is_empty() {
            self.earlier_error().unwrap_or(self.w.common.never)
        } else {
            self.joined(&join)
        };
        let select = hir::Select { biased: written.biased, arms };
        hir::Expr { kind: ExprKind::Select(Box::new(select)), ty, span }
    }

    /// A time limit, in nanoseconds.
    pub(crate) fn time_limit(&mut self, limit: &'a ast::Expr) -> hir::Expr {
        let Some(id) = self.w.lang.duration else { return self.not_yet(limit.span, "durations are") };
        let limit = self.check(limit, self.w.adt_type(id, Vec::new()), Why::Plain);
        let span = limit.span;
        let kind = ExprKind::Field(Box::new(limit), 0);
        hir::Expr { kind, ty: self.w.common.int, span }
    }

    /// A receive, a send or an await, with what it is bound to. A pattern that is more than a name is taken apart by a
    /// match around the arm's body: of that value, with that pattern.
    fn select_operation(
        &mut self,
        pattern: Option<&'a ast::Pattern>,
        operation: &'a ast::Expr,
    ) -> (Option<SelectOp>, Option<(hir::Expr, hir::Pat)>) {
        if matches!(operation.kind, ast::ExprKind::Wildcard) && pattern.is_none() {
            self.w.report(
                Diagnostic::error(Code::E0404, operation.span, "`_` is no arm of a `select`")
                    .label("waits for nothing")
                    .help("the arm for when nothing else is ready is `else => …`"),
            );
            return (None, None);
        }
        let value = self.expr(operation, Want::Any);
        let (ty, span, origin) = (self.infer.shallow(value.ty), value.span, self.origin(&value));
        let operation = self.operation(value);
        let ty = if operation.is_some() { ty } else { self.earlier_error().unwrap_or(ty) };
        let pat = pattern.map(|pattern| self.pattern(pattern, ty, LocalKind::Pattern, origin));
        match operation {
            None => (None, None),
            Some(Operation::Send(sender, value)) => {
                if let Some(pat) = pat {
                    self.w.report(
                        Diagnostic::error(Code::E0404, pat.span, "a send gives nothing that could be bound")
                            .label("this arm sends")
                            .help("write the send alone: `tx.send(value) => …`"),
                    );
                }
                (Some(SelectOp::Send(sender, value)), None)
            }
            Some(Operation::Await(future)) => {
                match &pat {
                    Some(pat)
                        if !irrefutable(&self.w.adts, pat) && !matches!(pat.ty.kind(), TyKind::Error) =>
                    {
                        self.w.report(
                            Diagnostic::error(
                                Code::E0210,
                                pat.span,
                                "this pattern does not match every result",
                            )
                            .label("the arm is chosen when the task is done, whatever it gives")
                            .help("bind the result, and use `match` in the arm"),
                        );
                    }
                    Some(_) => {}
                    None => self.no_lost_result(ty, span),
                }
                let (local, unpack) = self.bound(pat, ty, span);
                (Some(SelectOp::Await(future, local)), unpack)
            }
            Some(Operation::Receive(receiver)) => {
                let (pat, open) = self.received_pattern(pat);
                let ty = pat.as_ref().map_or(ty, |pat| pat.ty);
                let (message, unpack) = self.bound(pat, ty, span);
                (Some(SelectOp::Receive { receiver, message, open }), unpack)
            }
        }
    }

    /// The local that a value is bound to, and what is left to match.
    fn bound(
        &mut self,
        pat: Option<hir::Pat>,
        ty: Ty,
        span: Span,
    ) -> (Option<hir::LocalId>, Option<(hir::Expr, hir::Pat)>) {
        match pat {
            None | Some(hir::Pat { kind: PatKind::Wild, .. }) => (None, None),
            Some(hir::Pat { kind: PatKind::Bind(local), .. }) => (Some(local), None),
            Some(pat) => {
                let local = self.temp(ty, span);
                (Some(local), Some((self.local_value(local, ty, span), pat)))
            }
        }
    }

    /// What an arm may wait for, taken apart.
    fn operation(&mut self, value: hir::Expr) -> Option<Operation> {
        let span = value.span;
        let called = if let ExprKind::Call(id, ..) = &value.kind { Some(*id) } else { None };
        match value.kind {
            ExprKind::Await(future) => return Some(Operation::Await(*future)),
            ExprKind::Call(id, _, args) => {
                let mut operands = args.into_iter().map(|arg| match arg {
                    hir::Arg::Value(value) | hir::Arg::Mut(value) => value,
                });
                match (self.w.fns[id].source, operands.next(), operands.next()) {
                    (Source::Intrinsic(Intrinsic::ReceiverRecv), Some(receiver), None) => {
                        return Some(Operation::Receive(receiver));
                    }
                    (Source::Intrinsic(Intrinsic::SenderSend), Some(sender), Some(value)) => {
                        return Some(Operation::Send(sender, value));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        let sleeps = called.is_some_and(|id| self.w.fns[id].path == "prelude.sleep");
        let ty = self.infer.shallow(value.ty);
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) && self.has_errors() {
            return None;
        }
        let mut diagnostic = Diagnostic::error(Code::E0404, span, "a `select` cannot wait for this");
        diagnostic = match ty.kind() {
            TyKind::Receiver(_) => diagnostic.label("a receiver").help("receive from it: `v = rx.recv() => …`"),
            TyKind::Sender(_) => diagnostic.label("a sender").help("send something: `tx.send(value) => …`"),
            TyKind::Future(_) => diagnostic.label("a future").help("await it: `v = await f => …`"),
            _ if sleeps => {
                diagnostic.label("a call, which would wait alone").help("write `after 1s => …`")
            }
            _ => diagnostic
                .label("neither `recv()`, `send(…)` nor `await`")
                .help("an arm is `v = rx.recv()`, `tx.send(value)`, `v = await f`, `after d`, `closed` or `else`; compute other things in its body"),
        };
        self.w.report(diagnostic);
        None
    }

    /// The pattern for what a receive gives: `Some(p)` is a pattern for the message alone, and the end of the channel
    /// puts the arm out. Anything narrower would lose the messages that it does not match.
    fn received_pattern(&mut self, pat: Option<hir::Pat>) -> (Option<hir::Pat>, bool) {
        let Some(pat) = pat else { return (None, false) };
        if matches!(pat.ty.kind(), TyKind::Error) || irrefutable(&self.w.adts, &pat) {
            return (Some(pat), false);
        }
        let (ty, span) = (pat.ty, pat.span);
        if let PatKind::Variant(adt, 1, mut fields) = pat.kind
            && adt == self.w.lang.option
            && let Some((_, inner)) = fields.pop()
        {
            if matches!(inner.ty.kind(), TyKind::Error) || irrefutable(&self.w.adts, &inner) {
                return (Some(inner), true);
            }
            self.w.report(
                Diagnostic::error(Code::E0405, inner.span, "this pattern would lose messages")
                    .label("a message that does not match has been received already")
                    .help("bind the message, as in `Some(v) = rx.recv() => …`, and use `match` in the arm"),
            );
            return (Some(inner), true);
        }
        self.w.report(
            Diagnostic::error(Code::E0405, span, "this pattern would lose messages")
                .label("a message would be received, and match nothing")
                .help("write `v = rx.recv()` for a message or `None`, or `Some(v) = rx.recv()` for messages alone"),
        );
        (Some(hir::Pat { kind: PatKind::Wild, ty, span }), false)
    }

    /// Reports an awaited `Result` that nobody looks at.
    fn no_lost_result(&mut self, ty: Ty, span: Span) {
        if self.w.result_parts(ty).is_some() {
            self.w.report(
                Diagnostic::error(Code::E0307, span, "this `Result` is not looked at")
                    .label("an error in it would be lost")
                    .help("bind it: `result = await f => …`, or write `_ = await f => …` to ignore it on purpose"),
            );
        }
    }

    /// Reports what is wrong with the arms taken together; gives an error if there is nothing to wait for.
    fn judge_select(&mut self, written: &'a ast::SelectExpr, arms: &[SelectArm], span: Span) -> Option<Ty> {
        let word = Span::new(span.source, span.start, span.start + "select".len() as u32);
        let mut operations = written
            .arms
            .iter()
            .filter(|arm| matches!(arm.kind, SelectKind::Operation { .. } | SelectKind::After(_)));
        if operations.next().is_none() {
            return Some(
                self.w.error(
                    Diagnostic::error(Code::E0404, word, "this `select` has nothing to wait for")
                        .label("no arm receives, sends, awaits or waits for a time")
                        .help("add an arm: `v = rx.recv() => …`"),
                ),
            );
        }
        self.one_of_a_kind(written, "else", |kind| matches!(kind, SelectKind::Else));
        self.one_of_a_kind(written, "closed", |kind| matches!(kind, SelectKind::Closed));
        let closed = written.arms.iter().find(|arm| matches!(arm.kind, SelectKind::Closed));
        if let Some(closed) = closed
            && !arms.iter().any(|arm| matches!(arm.op, SelectOp::Receive { .. } | SelectOp::Send(..)))
            && arms.len() == written.arms.len()
            && !self.w.has_broken_line(span)
        {
            self.w.report(
                Diagnostic::error(Code::E0404, head(closed), "`closed` without an arm on a channel")
                    .label("it is chosen when no channel of the `select` can be used any more")
                    .help("remove it, or receive from a channel in another arm"),
            );
        }
        let otherwise = written.arms.iter().find(|arm| matches!(arm.kind, SelectKind::Else));
        for arm in &written.arms {
            if let (SelectKind::After(_), Some(otherwise)) = (&arm.kind, otherwise)
                && otherwise.guard.is_none()
            {
                self.warn(
                    Diagnostic::warning(Code::W0003, head(arm), "this arm is never reached")
                        .label("no time passes in a `select` that does not wait")
                        .also(head(otherwise), "chosen at once when nothing is ready")
                        .help("remove one of the two"),
                );
            }
        }
        None
    }

    fn one_of_a_kind(&mut self, written: &'a ast::SelectExpr, word: &str, is: impl Fn(&SelectKind) -> bool) {
        let mut arms = written.arms.iter().filter(|arm| is(&arm.kind));
        let (Some(first), Some(second)) = (arms.next(), arms.next()) else { return };
        self.w.report(
            Diagnostic::error(Code::E0404, head(second), format!("a second `{word}` in this `select`"))
                .label("never chosen")
                .also(head(first), "the first one")
                .help("keep one of them"),
        );
    }
}

/// What stands before the guard and the body of an arm without an operation.
fn head(arm: &ast::SelectArm) -> Span {
    match &arm.kind {
        SelectKind::Operation { operation, .. } => operation.span,
        SelectKind::After(limit) => Span::new(arm.span.source, arm.span.start, limit.span.end),
        SelectKind::Closed => Span::new(arm.span.source, arm.span.start, arm.span.start + 6),
        SelectKind::Else => Span::new(arm.span.source, arm.span.start, arm.span.start + 4),
    }
}
