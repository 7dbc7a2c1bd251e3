//! Bodies that the language implies: entries of spawned tasks and of the program, and intrinsics as function values.

use wyn_hir::{Closure, Expr, Fn, FnBody, FnId, SpawnMode};
use wyn_mir::{
    Arg, ArgMode, Body, BodyId, BodyKind, BodyRef, Callee, Intrinsic, Local, LocalDecl, LocalKind, Operand,
    ParamMode, Place, RETURN, Rvalue, Ty, TyKind,
};

use crate::body::Builder;
use crate::value::{Use, owned};
use crate::{Context, Signature, identity};

impl<'h> Builder<'_, 'h> {
    /// `spawn f(args)`.
    pub(crate) fn spawn(
        &mut self,
        dest: &Place,
        mode: SpawnMode,
        function: FnId,
        types: &[Ty],
        args: &'h [Expr],
    ) {
        let args = self.operands(&owned(args));
        let body = self.cx.task_of(function);
        self.start(dest, mode, BodyRef { body, args: types.to_vec() }, args);
    }

    /// `spawn g(args)` of a function value: the task takes the value and the arguments.
    pub(crate) fn spawn_value(
        &mut self,
        dest: &Place,
        mode: SpawnMode,
        callee: &'h Expr,
        args: &'h [Expr],
        whole: &Expr,
    ) {
        let TyKind::Future(ret) = *whole.ty.kind() else { unreachable!("a spawn gives a future") };
        let mut exprs = vec![(callee, Use::Own)];
        exprs.extend(owned(args));
        let operands = self.operands(&exprs);
        self.nested += 1;
        let signature = Signature {
            name: format!("{} {} {}", self.signature.name, wyn_mir::nested::CALL, self.nested),
            kind: BodyKind::Task,
            generics: self.signature.generics,
            ret,
            span: whole.span,
        };
        let params = exprs.iter().map(|(expr, _)| LocalDecl {
            ty: expr.ty,
            name: None,
            kind: LocalKind::Param(ParamMode::Owned),
            span: expr.span,
        });
        let params: Vec<_> = params.collect();
        let body = forwarding(self.cx, signature, params, |builder, params| {
            let callee = Callee::Value(Operand::Borrow(params[0].into()));
            let args = params[1..].iter().map(|param| Arg::Value(Operand::Copy((*param).into())));
            let dest = if ret.is_never() { builder.nowhere() } else { RETURN.into() };
            builder.call_block(callee, args.collect(), dest, ret.is_never());
        });
        let id = self.cx.reserve();
        self.cx.define(id, body);
        let body = self.nested_ref(id);
        self.start(dest, mode, body, operands);
    }

    /// `spawn { ... }`: the task takes the captures.
    pub(crate) fn spawn_block(&mut self, dest: &Place, mode: SpawnMode, closure: &'h Closure, whole: &Expr) {
        let TyKind::Future(ret) = *whole.ty.kind() else { unreachable!("a spawn gives a future") };
        let captures = self.captures(closure);
        let body = self.cx.reserve();
        let mut inner = self.nested(wyn_mir::nested::BLOCK, BodyKind::Task, ret, closure, whole);
        for local in closure.body.locals.indices().take(closure.captures.len()) {
            inner.parameter(local, LocalKind::Param(ParamMode::Owned));
        }
        inner.whole_body(&closure.body.value);
        let lowered = inner.finish();
        self.cx.define(body, lowered);
        let body = self.nested_ref(body);
        self.start(dest, mode, body, captures);
    }

    /// Starts a task. Where that may wait for room it is a point of cancellation: the runtime waits under a mask, for a loop
    /// that spawns nothing but tasks which never begin would not end.
    fn start(&mut self, dest: &Place, mode: SpawnMode, body: BodyRef, args: Vec<Operand>) {
        self.assign(dest, Rvalue::Spawn(mode, body, args));
        if mode == SpawnMode::Joined && self.may_wait_for_room() {
            let nothing = self.new_temp(Ty::unit());
            self.intrinsic(&nothing.into(), Intrinsic::TaskCheckpoint, Vec::new(), Vec::new());
        }
    }
}

impl<'h> Context<'h> {
    /// The task that calls a function with the arguments that moved into it.
    fn task_of(&mut self, id: FnId) -> BodyId {
        if let Some(&body) = self.tasks.get(&id) {
            return body;
        }
        let function = &self.hir.fns[id];
        let body = self.reserve();
        self.tasks.insert(id, body);
        let signature = Signature {
            name: format!("spawn {}", function.path),
            kind: BodyKind::Task,
            generics: &function.generics,
            ret: function.ret,
            span: function.span,
        };
        let target = self.function_body(id);
        let modes = vec![ParamMode::Owned; function.params.len()];
        let lowered = forwarding(self, signature, parameters(function, &modes), |builder, params| {
            let args = params.iter().map(|param| Operand::Copy((*param).into())).map(Arg::Value).collect();
            match &function.body {
                FnBody::Intrinsic(intrinsic) => forward(builder, *intrinsic, function, params),
                FnBody::Wyn(_) => {
                    let callee = BodyRef { body: target, args: identity(&function.generics) };
                    let diverges = function.ret.is_never();
                    let dest = if diverges { builder.nowhere() } else { RETURN.into() };
                    builder.call_block(Callee::Body(callee), args, dest, diverges);
                }
            }
        });
        // What it calls is called where the task is spawned.
        self.define(body, Body { blames_caller: function.library, ..lowered });
        body
    }

    /// What the program runs: `main`, and for a `main` that gives a `Result` also the function of the prelude that
    /// makes an exit status of it.
    pub(crate) fn main_entry(&mut self, main: FnId) -> BodyId {
        let function = &self.hir.fns[main];
        let makes_status = |candidate: &Fn| {
            let takes_it = candidate.params.len() == 1 && candidate.params[0].ty == function.ret;
            takes_it && candidate.path.starts_with("prelude.status_of_")
        };
        let Some((status, makes)) = self.hir.fns.iter_enumerated().find(|(_, each)| makes_status(each))
        else {
            return self.function_body(main);
        };
        let signature = Signature {
            name: "main".to_owned(),
            kind: BodyKind::Fn,
            generics: &[],
            ret: makes.ret,
            span: function.span,
        };
        let call = |id| Callee::Body(BodyRef { body: id, args: Vec::new() });
        let (first, then) = (call(self.function_body(main)), call(self.function_body(status)));
        let lowered = forwarding(self, signature, Vec::new(), |builder, _| {
            let result = builder.temp(function.ret);
            builder.call_block(first, Vec::new(), result.into(), false);
            let args = vec![Arg::Value(Operand::Borrow(result.into()))];
            builder.call_block(then, args, RETURN.into(), false);
        });
        let entry = self.reserve();
        self.define(entry, lowered);
        entry
    }

    /// An intrinsic as a function, for those who need a function value.
    pub(crate) fn intrinsic_body(&mut self, function: &'h Fn, intrinsic: Intrinsic) -> Body {
        let signature = Signature {
            name: function.path.clone(),
            kind: BodyKind::Fn,
            generics: &function.generics,
            ret: function.ret,
            span: function.span,
        };
        let modes: Vec<_> = function
            .params
            .iter()
            .map(|param| if param.mutable { ParamMode::Mut } else { ParamMode::Borrowed })
            .collect();
        forwarding(self, signature, parameters(function, &modes), |builder, params| {
            forward(builder, intrinsic, function, params);
        })
    }
}

/// Declarations of a function's parameters, passed in these modes.
fn parameters(function: &Fn, modes: &[ParamMode]) -> Vec<LocalDecl> {
    let params = function.params.iter().zip(modes).map(|(param, mode)| LocalDecl {
        ty: param.ty,
        name: Some(param.name),
        kind: LocalKind::Param(*mode),
        span: param.span,
    });
    params.collect()
}

/// A body that hands its parameters on.
fn forwarding<'h>(
    cx: &mut Context<'h>,
    signature: Signature<'h>,
    params: Vec<LocalDecl>,
    code: impl FnOnce(&mut Builder<'_, 'h>, &[Local]),
) -> Body {
    let mut builder = Builder::new(cx, signature, &[]);
    let params: Vec<Local> = params.into_iter().map(|decl| builder.raw_parameter(decl)).collect();
    code(&mut builder, &params);
    builder.return_here();
    builder.finish()
}

/// Performs an intrinsic on a body's own parameters and leaves the result in its return place.
fn forward(builder: &mut Builder<'_, '_>, intrinsic: Intrinsic, function: &Fn, params: &[Local]) {
    let args = params.iter().zip(intrinsic.args()).map(|(param, mode)| match mode {
        ArgMode::Borrow => Arg::Value(Operand::Borrow((*param).into())),
        ArgMode::Own => Arg::Value(Operand::Copy((*param).into())),
        ArgMode::Mut => Arg::Mut((*param).into()),
    });
    let args = args.collect();
    builder.intrinsic(&RETURN.into(), intrinsic, identity(&function.generics), args);
}
