//! `if`, `while`, `break` and `continue`, and how branches agree on a type.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, LoopId, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::scope::{LocalKind, OpenLoop};
use crate::unknown::Sought;

/// The type of an expression with several branches, as far as the branches seen have fixed it.
pub(crate) struct Join {
    want: Want,
    found: Option<(Ty, Span)>,
    all_never: bool,
}

impl Join {
    pub(crate) fn new(want: Want) -> Self {
        Self { want, found: None, all_never: true }
    }

    /// What the next branch should be.
    pub(crate) fn want(&self) -> Want {
        match (self.want, self.found) {
            (Want::Any | Want::Prefer(_), Some((ty, span))) => Want::Must(ty, Why::Branch(span)),
            (want, _) => want,
        }
    }
}

impl<'a> FnCx<'_, 'a> {
    /// Adds a checked branch.
    pub(crate) fn join(&mut self, join: &mut Join, branch: hir::Expr) -> hir::Expr {
        let want = join.want();
        let branch = self.settle_tail(branch, want);
        let ty = self.infer.shallow(branch.ty);
        if !ty.is_never() {
            join.all_never = false;
            if join.found.is_none() {
                join.found = Some((ty, branch.span));
            }
        }
        branch
    }

    /// The type of the whole.
    pub(crate) fn joined(&self, join: &Join) -> Ty {
        if join.all_never {
            return self.w.common.never;
        }
        match join.want {
            Want::Must(ty, _) | Want::Tail(ty, _) => ty,
            Want::Discard => self.w.common.unit,
            Want::Any | Want::Prefer(_) => join.found.map_or(self.w.common.unit, |(ty, _)| ty),
        }
    }

    pub(crate) fn if_expr(&mut self, branch: &'a ast::IfExpr, want: Want, span: Span) -> hir::Expr {
        let one_sided = branch.otherwise.is_none();
        if one_sided && let Some(expected) = self.valued(want) {
            return self.if_without_else(branch, expected, span);
        }
        let mut join = Join::new(if one_sided { Want::Discard } else { want });
        let mark = self.push_scope();
        let condition = self.condition(&branch.condition, true);
        let then = self.block(&branch.then, join.want());
        let then = self.join(&mut join, then);
        self.condition_ends(&condition);
        self.pop_scope(mark);
        let otherwise = branch.otherwise.as_deref().map(|otherwise| {
            let value = match join.want() {
                Want::Discard => self.discarded(otherwise),
                want => self.expr(otherwise, want),
            };
            self.join(&mut join, value)
        });
        let ty = if otherwise.is_none() { self.w.common.unit } else { self.joined(&join) };
        let kind = match condition {
            Condition::Bool(condition) => {
                ExprKind::If(Box::new(condition), Box::new(then), otherwise.map(Box::new))
            }
            Condition::Pattern(pat, value) => {
                let rest = hir::Pat { kind: hir::PatKind::Wild, ty: pat.ty, span: pat.span };
                let otherwise = otherwise.unwrap_or_else(|| self.unit(span.shrink_to_end()));
                let arms = vec![
                    hir::Arm { pat, guard: None, body: then },
                    hir::Arm { pat: rest, guard: None, body: otherwise },
                ];
                ExprKind::Match(Box::new(value), arms)
            }
        };
        hir::Expr { kind, ty, span }
    }

    /// The type of the value that is certainly wanted, unless `()` will do.
    fn valued(&mut self, want: Want) -> Option<Ty> {
        let (Want::Must(ty, _) | Want::Tail(ty, _)) = want else { return None };
        let expected = self.infer.shallow(ty);
        let unit_will_do = match expected.kind() {
            TyKind::Unit | TyKind::Infer(_) | TyKind::Error => true,
            _ => {
                let ok = self.w.result_parts(expected).map(|(ok, _)| self.infer.shallow(ok));
                matches!(want, Want::Tail(..)) && ok.is_some_and(Ty::is_unit)
            }
        };
        (!unit_will_do).then_some(expected)
    }

    fn if_without_else(&mut self, branch: &'a ast::IfExpr, expected: Ty, span: Span) -> hir::Expr {
        let mark = self.push_scope();
        self.condition(&branch.condition, true);
        self.block(&branch.then, Want::Prefer(expected));
        self.pop_scope(mark);
        let shown = self.show(expected);
        self.fail(
            Diagnostic::error(Code::E0208, span, format!("a value of type `{shown}` is missing"))
                .label("without `else` there is no value when the condition fails")
                .help("add `else { … }`, or a value after the `if`"),
        )
    }

    /// The head of an `if`, which asks once, or of a `while`; what a pattern binds is visible until the scope around ends.
    fn condition(&mut self, condition: &'a ast::Condition, asks: bool) -> Condition {
        match condition {
            ast::Condition::Expr(expr) => Condition::Bool(match self.head_of_for(expr, asks) {
                Some(error) => self.wrong(error, expr.span),
                None => self.check(expr, self.w.common.bool, Why::Plain),
            }),
            ast::Condition::Const { pattern, value, .. } => {
                let value = self.expr(value, Want::Any);
                let origin = self.origin(&value);
                let pat = self.pattern(pattern, value.ty, LocalKind::Pattern, origin);
                Condition::Pattern(pat, value)
            }
        }
    }

    /// Reports a condition that is the head of a `for`: `x in xs`, where nothing is called `x`. One that is asked once, by
    /// an `if`, may hold a misspelt name instead.
    fn head_of_for(&mut self, condition: &'a ast::Expr, asks: bool) -> Option<Ty> {
        let ast::ExprKind::Binary { op: ast::BinaryOp::In, lhs, rhs, .. } = &condition.kind else {
            return None;
        };
        let one = std::slice::from_ref(&**lhs);
        let parts = match &lhs.kind {
            ast::ExprKind::Tuple(parts) => &parts[..],
            _ => one,
        };
        let mut names = Vec::with_capacity(parts.len());
        for part in parts {
            let ast::ExprKind::Name(segment) = &part.kind else { return None };
            let symbol = segment.name.symbol;
            if self.lookup(symbol).is_some()
                || self.unknown.contains_key(&symbol)
                || self.resolve_name(segment).is_some()
                || (asks && !self.visible_like(symbol).is_empty())
            {
                return None;
            }
            names.push(segment.name);
        }
        self.expr(rhs, Want::Any);
        let first = names.first()?;
        let error = self.w.error(
            Diagnostic::error(Code::E0101, lhs.span, format!("there is no `{}` here", first.symbol))
                .label("not declared")
                .note("a condition asks whether something is in a collection; a loop over its elements is a `for`")
                .help("write `for x in xs { … }`"),
        );
        for name in names {
            self.unknown.insert(name.symbol, error);
        }
        Some(error)
    }

    /// Judges the names that a condition binds, when all of their uses are known.
    fn condition_ends(&mut self, condition: &Condition) {
        if let Condition::Pattern(pat, _) = condition {
            self.lookalikes(pat, None);
        }
    }

    /// Opens a loop for the checking of its body; gives its number, and says whether `break` leaves it.
    pub(crate) fn in_loop<T>(
        &mut self,
        label: Option<&ast::Name>,
        body: impl FnOnce(&mut Self, LoopId) -> T,
    ) -> (LoopId, bool, T) {
        let frame = self.frame();
        let id = frame.new_loop();
        frame.loops.push(OpenLoop { id, label: label.copied(), broken: false });
        let value = body(self, id);
        let broken = self.frame().loops.pop().is_some_and(|open| open.broken);
        (id, broken, value)
    }

    pub(crate) fn while_loop(&mut self, written: &'a ast::WhileExpr, span: Span) -> hir::Expr {
        let unit = self.w.common.unit;
        let forever = matches!(
            &written.condition,
            ast::Condition::Expr(e) if matches!(e.unparenthesized().kind, ast::ExprKind::Bool(true))
        );
        let mark = self.push_scope();
        // The condition belongs to the loop: what leaves from inside it leaves an outer loop.
        let condition = self.condition(&written.condition, false);
        let (id, broken, body) =
            self.in_loop(written.label.as_ref(), |cx, _| cx.block(&written.body, Want::Discard));
        self.condition_ends(&condition);
        self.pop_scope(mark);
        if forever {
            let ty = if broken { unit } else { self.w.common.never };
            return hir::Expr { kind: ExprKind::Loop(id, Box::new(body)), ty, span };
        }
        let kind = match condition {
            Condition::Bool(condition) => ExprKind::While(id, Box::new(condition), Box::new(body)),
            Condition::Pattern(pat, value) => {
                let rest = hir::Pat { kind: hir::PatKind::Wild, ty: pat.ty, span: pat.span };
                let leave = hir::Expr { kind: ExprKind::Break(id), ty: self.w.common.never, span: pat.span };
                let arms = vec![
                    hir::Arm { pat, guard: None, body },
                    hir::Arm { pat: rest, guard: None, body: leave },
                ];
                let round = hir::Expr { kind: ExprKind::Match(Box::new(value), arms), ty: unit, span };
                ExprKind::Loop(id, Box::new(round))
            }
        };
        hir::Expr { kind, ty: unit, span }
    }

    /// `break`, `continue`, with or without a label.
    pub(crate) fn leave(&mut self, label: Option<&ast::Name>, again: bool, span: Span) -> hir::Expr {
        let word = if again { "continue" } else { "break" };
        let frame = self.frame();
        let found = match label {
            Some(label) => {
                let named = |open: &&mut OpenLoop| open.label.is_some_and(|own| own.symbol == label.symbol);
                frame.loops.iter_mut().rev().find(named)
            }
            None => frame.loops.last_mut(),
        };
        if let Some(open) = found {
            open.broken |= !again;
            let kind = if again { ExprKind::Continue(open.id) } else { ExprKind::Break(open.id) };
            return hir::Expr { kind, ty: self.w.common.never, span };
        }
        let (in_defer, outer) = (frame.deferred, frame.outer_loops);
        if in_defer && outer {
            return self.fail(
                Diagnostic::error(Code::E0312, span, format!("`{word}` cannot leave a `defer`"))
                    .label("the block is already being left"),
            );
        }
        if let Some(label) = label
            && !self.frame().loops.is_empty()
        {
            if let Some(lost) = self.w.lost(self.module, label.symbol) {
                return self.wrong(lost, span);
            }
            let declared: Vec<ast::Name> = self.frame().loops.iter().filter_map(|open| open.label).collect();
            let labels = declared.iter().map(|label| label.symbol.as_str());
            let mut diagnostic = Diagnostic::error(
                Code::E0105,
                label.span,
                format!("there is no loop labelled `{}` here", label.symbol),
            )
            .label("not a label around this");
            diagnostic = match self.w.suggest(label.symbol.as_str(), labels) {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None => diagnostic.help(format!("label a loop: `{}: for …`", label.symbol)),
            };
            let meant = self.w.locals_like(label.symbol, declared.iter().map(|own| (own.symbol, own.span)));
            let sought = Sought::Label(self.module, label.symbol);
            let error = self.w.unknown(sought, label.span, meant, || diagnostic);
            self.unknown.insert(label.symbol, error);
            return self.wrong(error, span);
        }
        if self.w.is_partial()
            && let Some(error) = self.earlier_error()
        {
            return self.wrong(error, span);
        }
        let outside = self.frames.len() > 1
            && self.frames[..self.frames.len() - 1].iter().any(|frame| !frame.loops.is_empty());
        let mut diagnostic = Diagnostic::error(Code::E0309, span, format!("`{word}` outside of a loop"));
        diagnostic = if outside {
            diagnostic
                .label("inside a closure or spawned block, which the loop around does not see")
                .help("end the task or closure with `return`")
        } else {
            diagnostic.label("there is no loop around this").help("`return` leaves the function")
        };
        self.fail(diagnostic)
    }
}

/// The head of an `if` or `while`, checked.
enum Condition {
    Bool(hir::Expr),
    Pattern(hir::Pat, hir::Expr),
}
