//! Calls, awaits and closures.

use wyn_hir::{Arg as HirArg, Closure, Expr, FnBody, FnId, LocalId};
use wyn_mir::{
    Arg, ArgMode, BodyKind, BodyRef, Callee, Effects, Intrinsic, LocalDecl, LocalKind, Operand, ParamMode,
    Place, Proj, Rvalue, StmtKind, TermKind, Ty, TyKind,
};

use crate::Signature;
use crate::body::Builder;
use crate::place::{Access, Path, is_place, root};
use crate::value::Use;
use crate::walk::{argument, before_last_write, may_write};

/// An argument between its evaluation and the call.
enum Pending {
    Value(Operand),
    Mut(Path),
}

impl<'h> Builder<'_, 'h> {
    /// A call of a known function.
    pub(crate) fn call(&mut self, dest: &Place, callee: FnId, types: &[Ty], args: &'h [HirArg], ret: Ty) {
        match &self.cx.hir.fns[callee].body {
            FnBody::Intrinsic(intrinsic) => {
                let modes = intrinsic.args();
                let args = self.arguments(args, |at| match modes[at] {
                    ArgMode::Own => Use::Own,
                    ArgMode::Borrow | ArgMode::Mut => Use::Look,
                });
                self.intrinsic(dest, *intrinsic, types.to_vec(), args);
            }
            FnBody::Wyn(_) => {
                let args = self.copied_arguments(args);
                let body = self.cx.function_body(callee);
                let callee = Callee::Body(BodyRef { body, args: types.to_vec() });
                self.value_call(dest, callee, args, ret);
            }
        }
    }

    /// A call of a function value.
    pub(crate) fn call_value(&mut self, dest: &Place, callee: &'h Expr, args: &'h [HirArg], ret: Ty) {
        let writes = args.iter().any(|arg| may_write(argument(arg)) || matches!(arg, HirArg::Mut(_)));
        let callee = if writes { self.kept(callee, Use::Look) } else { self.operand(callee, Use::Look) };
        let args = self.copied_arguments(args);
        self.value_call(dest, Callee::Value(callee), args, ret);
    }

    pub(crate) fn value_call(&mut self, dest: &Place, callee: Callee, args: Vec<Arg>, ret: Ty) {
        let diverges = ret.is_never();
        let dest = if diverges { self.nowhere() } else { dest.clone() };
        self.call_block(callee, args, dest, diverges);
    }

    /// An operation of the runtime: a statement, or a call when it may unwind.
    pub(crate) fn intrinsic(&mut self, dest: &Place, intrinsic: Intrinsic, types: Vec<Ty>, args: Vec<Arg>) {
        match intrinsic.effects() {
            Effects::None => self.push(StmtKind::Intrinsic(dest.clone(), intrinsic, types, args)),
            Effects::Unwind | Effects::Suspend => {
                self.call_block(Callee::Intrinsic(intrinsic, types), args, dest.clone(), false);
            }
            Effects::Diverge => {
                let nowhere = self.nowhere();
                self.call_block(Callee::Intrinsic(intrinsic, types), args, nowhere, true);
            }
        }
    }

    /// Arguments for a callee of which it is not known yet what it takes over: every place, also a
    /// temporary, is copied.
    fn copied_arguments(&mut self, args: &'h [HirArg]) -> Vec<Arg> {
        let mut args = self.arguments(args, |_| Use::Own);
        for arg in &mut args {
            if let Arg::Value(operand @ Operand::Move(_)) = arg
                && let Some(place) = operand.place().cloned()
            {
                *operand = Operand::Copy(place);
            }
        }
        args
    }

    /// Evaluates arguments in order, then walks the paths of the `mut` ones. A value that lies
    /// where another argument may write is kept aside.
    fn arguments(&mut self, args: &'h [HirArg], how: impl Fn(usize) -> Use) -> Vec<Arg> {
        let exposed = before_last_write(args.iter().map(argument));
        let changed: Vec<LocalId> = args
            .iter()
            .filter_map(|arg| match arg {
                HirArg::Mut(place) => root(place),
                HirArg::Value(_) => None,
            })
            .collect();
        let mut pending = Vec::with_capacity(args.len());
        for (at, arg) in args.iter().enumerate() {
            pending.push(match arg {
                HirArg::Mut(place) => Pending::Mut(self.path(place)),
                HirArg::Value(value) => {
                    let overlaps = is_place(value) && root(value).is_some_and(|root| changed.contains(&root));
                    Pending::Value(if at < exposed || overlaps {
                        self.kept(value, how(at))
                    } else {
                        self.operand(value, how(at))
                    })
                }
            });
        }
        let args = pending.into_iter().map(|arg| match arg {
            Pending::Value(operand) => Arg::Value(operand),
            Pending::Mut(path) => Arg::Mut(self.walk(&path, Access::Write)),
        });
        args.collect()
    }

    /// `[value; count]`.
    pub(crate) fn array_fill(&mut self, dest: &Place, value: &'h Expr, count: &'h Expr) {
        let element = value.ty;
        let args = self.operands(&[(value, Use::Own), (count, Use::Look)]);
        let args = args.into_iter().map(Arg::Value).collect();
        self.intrinsic(dest, Intrinsic::ArrayFill, vec![element], args);
    }

    /// The result of a future.
    pub(crate) fn await_future(&mut self, dest: &Place, future: &'h Expr) {
        let future = self.operand(future, Use::Own);
        let unwind = Some(self.unwind());
        let target = self.new_block();
        self.end_into(TermKind::Await { future, task: None, dest: dest.clone(), target, unwind }, target);
    }

    /// A closure: its captures are copied when it is made.
    pub(crate) fn closure(&mut self, dest: &Place, closure: &'h Closure, whole: &Expr) {
        let TyKind::Fn(_, ret) = whole.ty.kind() else { unreachable!("a closure has a function type") };
        let captures = self.captures(closure);
        let body = self.cx.reserve();
        let mut inner = self.nested(wyn_mir::nested::CLOSURE, BodyKind::Closure, *ret, closure, whole);
        let locals = closure.body.locals.as_slice();
        let types = locals.iter().take(closure.captures.len()).map(|local| local.ty).collect();
        let env = inner.raw_parameter(LocalDecl {
            ty: Ty::tuple(types),
            name: None,
            kind: LocalKind::Env,
            span: whole.span,
        });
        let places = closure.body.locals.indices();
        for (local, at) in places.zip(0..).take(closure.captures.len()) {
            inner.bind(local, Place::local(env).then(Proj::Field(at)));
        }
        for local in closure.body.locals.indices().skip(closure.captures.len()).take(closure.params) {
            inner.parameter(local, LocalKind::Param(ParamMode::Borrowed));
        }
        inner.whole_body(&closure.body.value);
        let lowered = inner.finish();
        self.cx.define(body, lowered);
        let body = self.nested_ref(body);
        self.assign(dest, Rvalue::Closure(body, captures));
    }

    /// Copies of what a closure or spawned block captures.
    pub(crate) fn captures(&self, closure: &Closure) -> Vec<Operand> {
        closure.captures.iter().map(|local| Operand::Copy(self.variable(*local))).collect()
    }

    /// A builder for a body inside this one; it has the same type parameters.
    pub(crate) fn nested<'b>(
        &'b mut self,
        what: &str,
        kind: BodyKind,
        ret: Ty,
        closure: &'h Closure,
        whole: &Expr,
    ) -> Builder<'b, 'h> {
        self.nested += 1;
        let name = format!("{} {what} {}", self.signature.name, self.nested);
        let generics = self.signature.generics;
        let signature = Signature { name, kind, generics, ret, span: whole.span };
        Builder::new(self.cx, signature, closure.body.locals.as_slice())
    }
}
