//! Tasks: `spawn` and `await`.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{Arg, ExprKind, SpawnMode, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::infer::VarKind;
use crate::scope::{Frame, FrameKind};
use crate::uses::Asks;

impl<'a> FnCx<'_, 'a> {
    /// `spawn f(args)`, `spawn x.m(args)`, `spawn { … }`, each also after `detach`.
    pub(crate) fn spawn(&mut self, spawn: &'a ast::SpawnExpr, want: Want, span: Span) -> hir::Expr {
        let mode = if spawn.detached.is_some() { SpawnMode::Detached } else { SpawnMode::Joined };
        match &spawn.body.kind {
            ast::ExprKind::Block(block) => self.spawn_block(mode, block, want, span),
            ast::ExprKind::Call { callee, args } => {
                let call = self.call(callee, args, Want::Any, spawn.body.span);
                self.spawn_call(mode, call, span)
            }
            ast::ExprKind::Error => {
                let ty = self.w.unreadable(self.module, span);
                self.wrong(ty, span)
            }
            _ => {
                self.expr(&spawn.body, Want::Any);
                self.fail(
                    Diagnostic::error(Code::E0403, spawn.body.span, "`spawn` takes a call or a block")
                        .help("write `spawn f(x)` or `spawn { … }`"),
                )
            }
        }
    }

    fn spawn_block(&mut self, mode: SpawnMode, block: &'a ast::Block, want: Want, span: Span) -> hir::Expr {
        let hint = want.hint().map(|ty| self.infer.shallow(ty)).and_then(|ty| match ty.kind() {
            TyKind::Future(result) => Some(*result),
            _ => None,
        });
        let result = match (want, hint) {
            (Want::Discard, _) => self.w.common.unit,
            // The task is left behind at the end of a `Result<()>`.
            (Want::Tail(ty, _), None) if self.gives_only_ok(ty) => self.w.common.unit,
            (_, Some(hint)) => hint,
            (_, None) => self.infer.fresh(VarKind::Any, span),
        };
        let why = want.place().map_or(Why::Plain, Why::Holder);
        self.frames.push(Frame::new(FrameKind::Task, result, why));
        let known = self.infer.shallow(result);
        let value = if known.is_unit() {
            self.block(block, Want::Discard)
        } else if matches!(known.kind(), TyKind::Infer(_)) {
            let value = self.block(block, Want::Any);
            self.coerce(value, result, Why::Plain)
        } else {
            let want = Want::Tail(known, why);
            let value = self.block(block, want);
            self.settle_tail(value, want)
        };
        if self.infer.shallow(value.ty).is_never() {
            self.unit_fallbacks.push(result);
        }
        let closure = self.end_closure(0, value);
        let ty = Ty::new(TyKind::Future(result));
        hir::Expr { kind: ExprKind::SpawnBlock(mode, Box::new(closure)), ty, span }
    }

    /// Whether a type is `Result<()>`.
    fn gives_only_ok(&mut self, ty: Ty) -> bool {
        let ty = self.infer.shallow(ty);
        self.w.result_parts(ty).is_some_and(|(ok, _)| self.infer.shallow(ok).is_unit())
    }

    /// Makes a task of a checked call: its arguments are evaluated here, the call runs there.
    fn spawn_call(&mut self, mode: SpawnMode, call: hir::Expr, span: Span) -> hir::Expr {
        let ty = Ty::new(TyKind::Future(call.ty));
        match call.kind {
            ExprKind::Call(id, types, args) => match self.spawn_args(args) {
                Ok(args) => hir::Expr { kind: ExprKind::Spawn(mode, id, types, args), ty, span },
                Err(error) => self.wrong(error, span),
            },
            ExprKind::CallValue(callee, args) => match self.spawn_args(args) {
                Ok(args) => hir::Expr { kind: ExprKind::SpawnValue(mode, callee, args), ty, span },
                Err(error) => self.wrong(error, span),
            },
            ExprKind::Block(hir::Block { stmts, value: Some(value) }) => {
                let spawn = self.spawn_call(mode, *value, span);
                let ty = spawn.ty;
                let block = hir::Block { stmts, value: Some(Box::new(spawn)) };
                hir::Expr { kind: ExprKind::Block(block), ty, span }
            }
            _ if matches!(self.infer.shallow(call.ty).kind(), TyKind::Error | TyKind::Never) => {
                self.wrong(call.ty, span)
            }
            _ => self.fail(
                Diagnostic::error(Code::E0403, call.span, "there is nothing to run as a task here")
                    .label("this makes a value at once")
                    .help("`spawn` a call of a function, or a block: `spawn { … }`"),
            ),
        }
    }

    fn spawn_args(&mut self, args: Vec<Arg>) -> Result<Vec<hir::Expr>, Ty> {
        args.into_iter()
            .map(|arg| match arg {
                Arg::Value(value) => Ok(value),
                Arg::Mut(place) => Err(self.w.error(
                    Diagnostic::error(Code::E0403, place.span, "a task cannot change a variable of another")
                        .label("passed to a `mut` parameter")
                        .note("the task runs beside this one, on copies of its arguments")
                        .help("let the task return the new value, and await it"),
                )),
            })
            .collect()
    }

    /// `await f`, `f.await()`.
    pub(crate) fn await_value(&mut self, future: hir::Expr, span: Span) -> hir::Expr {
        let ty = self.infer.shallow(future.ty);
        let result = match ty.kind() {
            TyKind::Future(result) => *result,
            TyKind::Error | TyKind::Never => return self.wrong(ty, span),
            TyKind::Infer(_) if self.infer.var_kind(ty) == Some(VarKind::Any) => {
                let result = self.fresh(span);
                self.infer.unify(ty, Ty::new(TyKind::Future(result)));
                result
            }
            _ => {
                let shown = self.show(ty);
                let message = format!("`await` needs a future, not `{shown}`");
                let diagnostic = Diagnostic::error(Code::E0201, future.span, message)
                    .label(format!("this is `{shown}`"))
                    .help(match ty.kind() {
                        TyKind::Array(of) if matches!(self.infer.shallow(*of).kind(), TyKind::Future(_)) => {
                            "await each of them: `.map((f) => f.await())`"
                        }
                        _ => "only what `spawn` gives is awaited: leave `await` out",
                    });
                let uses = self.uses_of(&future, Asks::Other);
                let error = self.w.disputed(diagnostic, uses);
                return self.wrong(error, span);
            }
        };
        hir::Expr { kind: ExprKind::Await(Box::new(future)), ty: result, span }
    }
}
