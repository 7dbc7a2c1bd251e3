//! Closures and `return`.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, Stmt, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::calls::counted;
use crate::finish::into_locals;
use crate::infer::VarKind;
use crate::origins::{DecidedFn, Origin};
use crate::scope::{Binding, Frame, FrameKind, LocalKind};

impl<'a> FnCx<'_, 'a> {
    /// `(x, y: int) => e`.
    pub(crate) fn lambda(&mut self, lambda: &'a ast::LambdaExpr, want: Want, span: Span) -> hir::Expr {
        if let Some(error) = self.wrong_parameters(lambda, want, span) {
            return self.wrong(error, span);
        }
        let expected = want.hint().map(|ty| self.infer.shallow(ty)).and_then(|ty| match ty.kind() {
            TyKind::Fn(params, ret) if params.len() == lambda.params.len() => Some((params.clone(), *ret)),
            _ => None,
        });
        let decided = self.decided.take().unwrap_or_else(|| {
            let place = want.place();
            DecidedFn { params: vec![place; lambda.params.len()], result: place }
        });
        let ret = expected.as_ref().map_or_else(|| self.infer.fresh(VarKind::Any, span), |(_, ret)| *ret);
        let types = self.types.clone();
        let mut wrong = false;
        let params: Vec<Ty> = lambda
            .params
            .iter()
            .enumerate()
            .map(|(at, param)| {
                let hint = expected.as_ref().map(|(params, _)| params[at]);
                match (&param.ty, hint) {
                    (Some(written), hint) => {
                        let ty = self.w.lower_type(&types, written);
                        if let Some(hint) = hint
                            && !self.infer.unify(ty, hint)
                        {
                            let (shown, hinted) = (self.show(ty), self.show(hint));
                            let mut diagnostic = Diagnostic::error(
                                Code::E0201,
                                written.span,
                                format!("expected a parameter of type `{hinted}`, found `{shown}`"),
                            )
                            .label(format!("this closure is called with `{hinted}`"));
                            if let Some(place) = decided.params[at].filter(|place| self.w.is_own(place.span))
                            {
                                diagnostic = diagnostic.also(place.span, format!("this makes it `{hinted}`"));
                            }
                            let error = self.w.error(diagnostic.help("leave the type out"));
                            wrong = true;
                            return error;
                        }
                        ty
                    }
                    (None, Some(hint)) => hint,
                    (None, None) => self.infer.fresh(VarKind::Any, param.span),
                }
            })
            .collect();
        if lambda.params.iter().any(|param| param.ty.is_some()) {
            let written = lambda.params.iter().map(|param| param.ty.as_ref().map(|ty| ty.span));
            self.written_params.insert(span, written.collect());
        }
        let ret_why = decided.result.map_or(Why::Plain, Why::Holder);
        self.frames.push(Frame::new(FrameKind::Closure, ret, ret_why));
        let mark = self.push_scope();
        let lets = self.lambda_params(lambda, &params, &decided.params);
        let mut value = self.lambda_body(&lambda.body, ret, ret_why);
        self.pop_scope(mark);
        if !lets.is_empty() {
            let (ty, span) = (value.ty, value.span);
            let block = hir::Block { stmts: lets, value: Some(Box::new(value)) };
            value = hir::Expr { kind: ExprKind::Block(block), ty, span };
        }
        let closure = self.end_closure(params.len(), value);
        // A parameter that was reported counts as the one that is called for.
        let ty = match expected {
            Some((hints, _)) if wrong => Ty::new(TyKind::Fn(hints, ret)),
            _ => Ty::new(TyKind::Fn(params, ret)),
        };
        hir::Expr { kind: ExprKind::Closure(Box::new(closure)), ty, span }
    }

    /// Reports a closure with more or fewer parameters than it is called with. What it uses is looked at all the
    /// same, except that names which mean nothing may be the missing parameters.
    fn wrong_parameters(&mut self, lambda: &'a ast::LambdaExpr, want: Want, span: Span) -> Option<Ty> {
        let (Want::Must(wanted, _) | Want::Tail(wanted, _)) = want else { return None };
        let wanted = self.infer.shallow(wanted);
        let TyKind::Fn(params, _) = wanted.kind() else { return None };
        let (written, given) = (lambda.params.len(), params.len());
        if written == given {
            return None;
        }
        let shown = self.show(wanted);
        let diagnostic = Diagnostic::error(
            Code::E0201,
            span,
            format!("this closure takes {}, but is called with {}", counted(written), counted(given)),
        )
        .label(format!("`{shown}` is needed"));
        let error = self.w.error(if written < given {
            diagnostic.help("name all that it gets, as in `(x) => …`; `_` stands for what it does not need")
        } else if given == 0 {
            diagnostic.help("leave the parameters out: `() => …`")
        } else {
            diagnostic.help("leave the others out")
        });
        let types = vec![error; written];
        self.frames.push(Frame::new(FrameKind::Closure, error, Why::Plain));
        let mark = self.push_scope();
        if written < given {
            self.doubt(error);
        }
        self.lambda_params(lambda, &types, &[]);
        let value = self.lambda_body(&lambda.body, error, Why::Plain);
        self.pop_scope(mark);
        self.end_closure(written, value);
        Some(error)
    }

    /// Declares the parameters; patterns that are more than a name are taken apart by bindings that
    /// come before the body.
    fn lambda_params(
        &mut self,
        lambda: &'a ast::LambdaExpr,
        types: &[Ty],
        decided: &[Option<Origin>],
    ) -> Vec<Stmt> {
        let mut patterns = Vec::new();
        for (at, (param, ty)) in lambda.params.iter().zip(types).enumerate() {
            let written = param.ty.as_ref().map(|ty| Origin::written(ty.span));
            let origin = written.or_else(|| decided.get(at).copied().flatten());
            match &param.pattern.kind {
                ast::PatternKind::Binding { name, mutable } => {
                    if *mutable {
                        self.mut_closure_param(*name);
                    }
                    let kind = if *mutable { LocalKind::MutParam } else { LocalKind::ClosureParam };
                    let id = self.new_local(name.symbol, *ty, kind, name.span);
                    self.set_origin(id, origin);
                    self.bind(name.symbol, Binding::Local(id));
                }
                _ => {
                    let id = self.temp(*ty, param.span);
                    patterns.push((id, &param.pattern, *ty, origin));
                }
            }
        }
        patterns
            .into_iter()
            .map(|(id, pattern, ty, origin)| {
                let pat = self.pattern(pattern, ty, LocalKind::Const, origin);
                self.require_irrefutable(&pat, pattern.span);
                Stmt::Let(pat, self.local_value(id, ty, pattern.span))
            })
            .collect()
    }

    fn mut_closure_param(&mut self, name: ast::Name) {
        let message = format!("a closure's parameter cannot be `mut {}`", name.symbol);
        let diagnostic = Diagnostic::error(Code::E0220, name.span, message)
            .label("a copy of what the closure is called with")
            .help(format!("change a copy, `var copy = {}`, and let the closure give it", name.symbol))
            .note("only functions with a name have parameters that go in and out");
        self.w.report(diagnostic);
    }

    /// The value of a closure or spawned block.
    fn lambda_body(&mut self, body: &'a ast::Expr, ret: Ty, why: Why) -> hir::Expr {
        let known = self.infer.shallow(ret);
        if known.is_unit() {
            return self.dropped(body);
        }
        let span = body.span;
        let want = match known.kind() {
            TyKind::Infer(_) => Want::Any,
            _ => Want::Tail(known, why),
        };
        let value = self.expr(body, want);
        let value = self.settle_tail(value, want);
        if self.infer.shallow(value.ty).is_never() {
            self.unit_fallbacks.push(ret);
            return value;
        }
        if matches!(want, Want::Any) {
            return self.coerce(value, ret, Why::Branch(span));
        }
        value
    }

    /// Takes the innermost frame and makes a closure of it.
    pub(crate) fn end_closure(&mut self, params: usize, value: hir::Expr) -> hir::Closure {
        if let Some(origin) = self.origin(&value) {
            self.given_by.insert(value.span, origin);
        }
        let Some(frame) = self.frames.pop() else {
            return hir::Closure {
                captures: Vec::new(),
                params,
                body: hir::Body { locals: wyn_base::IndexVec::new(), value },
            };
        };
        self.note_unchanged(&frame);
        let captures = frame.captures.iter().map(|(outer, _)| *outer).collect();
        hir::Closure { captures, params, body: hir::Body { locals: into_locals(frame), value } }
    }

    /// `return` and `return e`: leaves the innermost function, closure or spawned block.
    pub(crate) fn return_expr(&mut self, value: Option<&'a ast::Expr>, span: Span) -> hir::Expr {
        let never = self.w.common.never;
        if self.frame().deferred {
            if let Some(value) = value {
                self.expr(value, Want::Any);
            }
            return self.fail(
                Diagnostic::error(Code::E0312, span, "`return` cannot leave a `defer`")
                    .label("the block is already being left")
                    .help("remove it: a `defer` ends at its end"),
            );
        }
        let (ret, why) = (self.frame().ret, self.frame().ret_why);
        let expected = self.infer.shallow(ret);
        let unit = self.w.common.unit;
        let value = match value {
            Some(value) if expected.is_unit() => {
                let value = self.check(value, expected, why);
                // `return f()` of a unit function: the value is `()`.
                Some(Box::new(value))
            }
            Some(value) => {
                let value = self.expr(value, Want::Tail(ret, why));
                Some(Box::new(self.settle_tail(value, Want::Tail(ret, why))))
            }
            None if expected.is_unit() => None,
            None if self.w.result_parts(expected).is_some_and(|(ok, _)| self.infer.shallow(ok).is_unit()) => {
                let ok = self.unit(span);
                Some(Box::new(self.variant(expected, 0, vec![ok], span)))
            }
            None if matches!(expected.kind(), TyKind::Infer(_)) => {
                self.infer.unify(expected, unit);
                None
            }
            None if matches!(expected.kind(), TyKind::Error) => None,
            None => {
                let shown = self.show(expected);
                let mut diagnostic =
                    Diagnostic::error(Code::E0208, span, format!("a value of type `{shown}` is missing"))
                        .label("returns without a value")
                        .help("write the value after `return`");
                if let Why::Returns(place) = why {
                    diagnostic = diagnostic.also(place, format!("the function returns `{shown}`"));
                }
                self.w.report(diagnostic);
                None
            }
        };
        hir::Expr { kind: ExprKind::Return(value), ty: never, span }
    }
}
