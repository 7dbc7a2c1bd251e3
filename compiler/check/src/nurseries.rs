//! `nursery` and `within`. A `within` is a supervised nursery with a time limit.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, Lit, Nursery, NurseryOption};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::infer::VarKind;

/// The options, as they are written.
const OPTIONS: [(&str, NurseryOption); 3] = [
    ("timeout", NurseryOption::Timeout),
    ("limit", NurseryOption::Limit),
    ("supervised", NurseryOption::Supervised),
];

/// How an option is given, for suggestions.
fn example(option: NurseryOption) -> &'static str {
    match option {
        NurseryOption::Timeout => "timeout: 2s",
        NurseryOption::Limit => "limit: 64",
        NurseryOption::Supervised => "supervised: true",
    }
}

impl<'a> FnCx<'_, 'a> {
    /// `nursery { … }`, `nursery(timeout: 2s, …) { … }`.
    pub(crate) fn nursery(&mut self, nursery: &'a ast::NurseryExpr, want: Want, span: Span) -> hir::Expr {
        let mut options: Vec<(NurseryOption, hir::Expr)> = Vec::new();
        let mut given: Vec<(NurseryOption, Span)> = Vec::new();
        for arg in &nursery.options {
            let Some(option) = self.nursery_option(arg) else {
                self.expr(&arg.value, Want::Any);
                continue;
            };
            let value = match option {
                NurseryOption::Timeout => self.time_limit(&arg.value),
                NurseryOption::Limit => self.limit(&arg.value),
                NurseryOption::Supervised => self.check(&arg.value, self.w.common.bool, Why::Plain),
            };
            if let Some((_, first)) = given.iter().find(|(other, _)| *other == option) {
                let diagnostic = Diagnostic::error(Code::E0407, arg.span, "this option is given twice")
                    .label("second time")
                    .also(*first, "first time")
                    .help("remove one of them");
                self.w.report(diagnostic);
                continue;
            }
            given.push((option, arg.span));
            options.push((option, value));
        }
        self.joined_block(options, &nursery.body, want, span)
    }

    /// `within d { … }`.
    pub(crate) fn within(
        &mut self,
        limit: &'a ast::Expr,
        body: &'a ast::Block,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let limit = self.time_limit(limit);
        let supervised =
            hir::Expr { kind: ExprKind::Lit(Lit::Bool(true)), ty: self.w.common.bool, span: limit.span };
        let options = vec![(NurseryOption::Timeout, limit), (NurseryOption::Supervised, supervised)];
        self.joined_block(options, body, want, span)
    }

    fn joined_block(
        &mut self,
        options: Vec<(NurseryOption, hir::Expr)>,
        body: &'a ast::Block,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let timed = options.iter().any(|(option, _)| *option == NurseryOption::Timeout);
        let body = if timed { self.timed_body(body, want) } else { self.block(body, want) };
        let ty = if timed { self.w.option_of(body.ty) } else { body.ty };
        hir::Expr { kind: ExprKind::Nursery(Box::new(Nursery { options, body })), ty, span }
    }

    /// The block of a nursery that gives an option of its value.
    fn timed_body(&mut self, body: &'a ast::Block, want: Want) -> hir::Expr {
        let inner = want.hint().map(|ty| self.infer.shallow(ty)).and_then(|ty| self.w.option_inner(ty));
        let want = match (want, inner) {
            (Want::Discard, _) => Want::Discard,
            (_, Some(inner)) => Want::Prefer(inner),
            (_, None) => Want::Any,
        };
        let body = self.block(body, want);
        if !self.infer.shallow(body.ty).is_never() {
            return body;
        }
        // It never ends by itself: of what its value would be, only the option's `None` is left.
        let span = body.span;
        let ty = inner.unwrap_or_else(|| self.infer.fresh(VarKind::Any, span));
        self.unit_fallbacks.push(ty);
        let block = hir::Block { stmts: vec![hir::Stmt::Expr(body)], value: None };
        hir::Expr { kind: ExprKind::Block(block), ty, span }
    }

    /// Which option an argument gives; reports what is none.
    fn nursery_option(&mut self, arg: &'a ast::Arg) -> Option<NurseryOption> {
        if let Some(mark) = arg.mutable {
            let diagnostic =
                Diagnostic::error(Code::E0407, mark, "an option of a nursery is a value, not a place")
                    .help("leave the `&` out");
            self.w.report(diagnostic);
        }
        let Some(name) = arg.name else {
            let diagnostic =
                Diagnostic::error(Code::E0407, arg.span, "an option of a nursery is given by its name")
                    .label("which option is this?")
                    .help("write `timeout: 2s`, `limit: 64` or `supervised: true`");
            self.w.report(diagnostic);
            return None;
        };
        let known = OPTIONS.iter().find(|(text, _)| *text == name.symbol.as_str());
        if let Some((_, option)) = known {
            return Some(*option);
        }
        let diagnostic =
            Diagnostic::error(Code::E0407, name.span, format!("a nursery has no option `{}`", name.symbol))
                .label("not an option");
        let elsewhere = match name.symbol.as_str() {
            "time" | "deadline" | "within" => Some("timeout"),
            "max" | "workers" | "size" | "concurrency" | "tasks" => Some("limit"),
            _ => None,
        };
        let names = OPTIONS.iter().map(|(text, _)| *text);
        let meant = elsewhere.or_else(|| self.w.suggest(name.symbol.as_str(), names));
        let meant = OPTIONS.iter().find(|(text, _)| Some(*text) == meant);
        self.w.report(match meant {
            Some((_, option)) => diagnostic.help(format!("did you mean `{}`?", example(*option))),
            None => diagnostic.help("the options are `timeout`, `limit` and `supervised`"),
        });
        None
    }

    /// How many tasks may be unfinished: one at least.
    fn limit(&mut self, value: &'a ast::Expr) -> hir::Expr {
        let limit = self.check(value, self.w.common.int, Why::Plain);
        if let ExprKind::Lit(Lit::Int(n)) = limit.kind
            && n < 1
        {
            let diagnostic =
                Diagnostic::error(Code::E0407, limit.span, "the limit of a nursery is at least 1")
                    .label("no task could ever run")
                    .help("without a limit, leave the option out");
            self.w.report(diagnostic);
        }
        limit
    }
}
