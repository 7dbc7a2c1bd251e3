//! `match`.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, PatKind, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::control::Join;
use crate::exhaustive::judge;
use crate::scope::LocalKind;
use crate::spelling::a;

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn match_expr(&mut self, written: &'a ast::MatchExpr, want: Want, span: Span) -> hir::Expr {
        let scrutinee = self.expr(&written.scrutinee, Want::Any);
        // Where no value arrives, a pattern may be of any type.
        let never = self.infer.shallow(scrutinee.ty).is_never();
        let ty = if never { self.fresh(scrutinee.span) } else { scrutinee.ty };
        let origin = self.origin(&scrutinee);
        let mut join = Join::new(want);
        let mut arms = Vec::with_capacity(written.arms.len());
        let mut pattern_errors = false;
        let mut hiding = None;
        for (at, arm) in written.arms.iter().enumerate() {
            let mark = self.push_scope();
            let before = self.w.errors();
            let pat = self.pattern(&arm.pattern, ty, LocalKind::Pattern, origin);
            pattern_errors |= self.w.errors() > before || mentions_error(&pat);
            let guard = arm.guard.as_ref().map(|guard| self.check(guard, self.w.common.bool, Why::Plain));
            let body = self.arm_body(&arm.body, join.want());
            let body = self.join(&mut join, body);
            let next = written.arms.get(at + 1).filter(|_| guard.is_none() && hiding.is_none());
            if self.lookalikes(&pat, next.map(|arm| arm.pattern.span)) {
                hiding = Some(at);
            }
            self.pop_scope(mark);
            arms.push(hir::Arm { pat, guard, body });
        }
        let known = self.infer.deep(ty);
        if never {
            self.unit_fallbacks.push(ty);
        } else if !pattern_errors && !matches!(known.kind(), TyKind::Error) {
            self.judge_arms(written, &arms, known, hiding);
        }
        let whole = if arms.is_empty() { self.w.common.never } else { self.joined(&join) };
        hir::Expr { kind: ExprKind::Match(Box::new(scrutinee), arms), ty: whole, span }
    }

    /// `hiding` is an arm whose binding was meant to be a variant: that it hides the arms after it has been said.
    fn judge_arms(
        &mut self,
        written: &'a ast::MatchExpr,
        arms: &[hir::Arm],
        ty: hir::Ty,
        hiding: Option<usize>,
    ) {
        let judged: Vec<(&hir::Pat, bool)> = arms.iter().map(|arm| (&arm.pat, arm.guard.is_some())).collect();
        let report = judge(&self.w.adts, ty, &judged);
        if report.gave_up {
            self.w.report(
                Diagnostic::error(
                    Code::E0207,
                    written.scrutinee.span,
                    "it is too much work to find out whether this `match` covers every value",
                )
                .help("add an arm `_ => …`, or match one part after the other"),
            );
            return;
        }
        for at in report.unreachable.into_iter().filter(|at| hiding.is_none_or(|hiding| *at < hiding)) {
            self.warn(
                Diagnostic::warning(Code::W0003, written.arms[at].pattern.span, "this arm is never reached")
                    .label("earlier arms match all of this")
                    .help("remove it, or move it up"),
            );
        }
        if report.missing.is_empty() {
            return;
        }
        let shown = self.show(ty);
        let open = report.missing.iter().all(|missing| missing == "_");
        let cases: Vec<String> = report.missing.iter().take(3).map(|case| format!("`{case}`")).collect();
        let more = if report.missing.len() > 3 { " and more" } else { "" };
        let message = if open {
            format!("this `match` does not cover every `{shown}`")
        } else {
            format!("this `match` does not cover {}{more}", cases.join(", "))
        };
        let guarded = arms.iter().any(|arm| arm.guard.is_some());
        let mut diagnostic =
            Diagnostic::error(Code::E0207, written.scrutinee.span, message).label(a(&shown)).help(if open {
                "add an arm `_ => …`".to_owned()
            } else {
                format!("add an arm for {}, or `_ => …`", cases.join(" and "))
            });
        if guarded {
            diagnostic = diagnostic.note("an arm with a guard may fail, so it covers nothing for certain");
        }
        self.w.report(diagnostic);
    }
}

/// Whether something about a pattern was reported, here or where what it names is declared.
fn mentions_error(pat: &hir::Pat) -> bool {
    let inside = match &pat.kind {
        PatKind::Tuple(parts) | PatKind::Or(parts) => parts.iter().any(mentions_error),
        PatKind::Variant(_, _, fields) => fields.iter().any(|(_, part)| mentions_error(part)),
        PatKind::Wild | PatKind::Bind(_) | PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => false,
    };
    inside || matches!(pat.ty.kind(), TyKind::Error)
}
