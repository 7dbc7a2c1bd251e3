//! The arguments of a call of a known function: which parameter each belongs to, `&` marks,
//! defaults, and the order of evaluation.
//!
//! Arguments are evaluated in source order. HIR lists them by parameter, so when names put them in
//! another order they are bound to temporaries before the call.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, FnId, Stmt, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::calls::counted;
use crate::infer::VarKind;
use crate::origins::{DecidedFn, Origin};
use crate::unknown::Sought;
use crate::world::Sig;

/// What is called, as far as arguments are concerned.
pub(crate) struct Callee<'s> {
    pub(crate) id: Option<FnId>,
    pub(crate) sig: &'s Sig,
    /// Its type arguments.
    pub(crate) types: &'s [Ty],
    pub(crate) name_span: Span,
}

/// What gave each type parameter of a call its type: the receiver, or the first argument that mentions it.
struct Deciders(Vec<Option<Origin>>);

impl Deciders {
    /// What decided the first type parameter in this type that is decided.
    fn of(&self, ty: Ty) -> Option<Origin> {
        let mut found = None;
        ty.any(&mut |part| {
            if let TyKind::Param(at, _) = part.kind() {
                found = self.0.get(*at as usize).copied().flatten();
            }
            found.is_some()
        });
        found
    }

    /// Lets an argument decide the type parameters of its parameter that are not decided yet.
    fn add(&mut self, ty: Ty, origin: Option<Origin>) {
        ty.any(&mut |part| {
            if let TyKind::Param(at, _) = part.kind()
                && let Some(decider) = self.0.get_mut(*at as usize)
            {
                *decider = decider.or(origin);
            }
            false
        });
    }
}

/// Whether an argument waits for the others: a closure whose parameters have no types learns them
/// from what the other arguments say.
fn waits(expr: &ast::Expr) -> bool {
    match &expr.unparenthesized().kind {
        ast::ExprKind::Lambda(lambda) => lambda.params.iter().any(|p| p.ty.is_none()),
        _ => false,
    }
}

impl<'a> FnCx<'_, 'a> {
    /// Checks the arguments; gives bindings that come before the call, and an argument for each
    /// parameter. `wanted` is what says which type the call should have.
    pub(crate) fn arguments(
        &mut self,
        callee: &Callee<'_>,
        receiver: Option<hir::Arg>,
        wanted: Option<Origin>,
        args: &'a [ast::Arg],
    ) -> (Vec<Stmt>, Vec<hir::Arg>) {
        if callee.sig.unread().is_some() {
            self.check_loosely(args);
            return (Vec::new(), receiver.into_iter().collect());
        }
        let first = usize::from(receiver.is_some());
        let mut deciders = self.deciders(callee, receiver.as_ref());
        deciders.add(callee.sig.ret, wanted);
        let (slots, miscounted) = self.slots(callee, first, args);
        if let Some(error) = miscounted {
            callee.types.iter().for_each(|ty| self.unknown_parts(*ty, error));
        }
        let count = callee.sig.params.len();
        let mut checked: Vec<Option<hir::Arg>> = Vec::new();
        checked.resize_with(count, || None);
        if let Some(receiver) = receiver {
            checked[0] = Some(receiver);
        }
        for waiting in [false, true] {
            for (arg, slot) in args.iter().zip(&slots) {
                if waits(&arg.value) != waiting {
                    continue;
                }
                match (slot, miscounted) {
                    (_, Some(error)) => {
                        let value = self.misplaced(arg, error);
                        if let Some(slot) = slot {
                            checked[*slot] = Some(hir::Arg::Value(value));
                        }
                    }
                    (Some(slot), None) => {
                        checked[*slot] = Some(self.argument(callee, *slot, arg, &mut deciders));
                    }
                    (None, None) => {
                        self.expr(&arg.value, Want::Any);
                    }
                }
            }
        }
        let in_order = slots.iter().flatten().is_sorted();
        let lets = if in_order { Vec::new() } else { self.in_source_order(&slots, &mut checked) };
        let out = checked
            .into_iter()
            .enumerate()
            .map(|(at, arg)| arg.unwrap_or_else(|| self.default_arg(callee, at)));
        let out: Vec<hir::Arg> = out.collect();
        self.check_overlap(&out);
        (lets, out)
    }

    /// The parameter that each argument belongs to, `None` for one that was reported; and the error type, if their number
    /// was: nobody knows then which parameter each is meant for.
    fn slots(
        &mut self,
        callee: &Callee<'_>,
        first: usize,
        args: &[ast::Arg],
    ) -> (Vec<Option<usize>>, Option<Ty>) {
        let params = &callee.sig.params;
        let mut taken: Vec<Option<Span>> = vec![None; params.len()];
        let mut slots = Vec::with_capacity(args.len());
        let mut next = first;
        let mut named = false;
        let mut wrong = false;
        let mut extra = 0;
        for arg in args {
            let slot = match arg.name {
                Some(name) => {
                    named = true;
                    let found =
                        params.iter().skip(first).position(|p| p.name == name.symbol).map(|at| at + first);
                    if found.is_none() {
                        wrong = true;
                        self.unknown_parameter(callee, name);
                    }
                    found
                }
                None if named => {
                    wrong = true;
                    self.w.report(
                        Diagnostic::error(
                            Code::E0218,
                            arg.span,
                            "an argument without a name after one with a name",
                        )
                        .help("name it too, or put it before the named ones"),
                    );
                    None
                }
                None => {
                    next += 1;
                    if next > params.len() {
                        extra += 1;
                    }
                    (next <= params.len()).then_some(next - 1)
                }
            };
            if let Some(slot) = slot {
                if let Some(before) = taken[slot] {
                    wrong = true;
                    self.w.report(
                        Diagnostic::error(
                            Code::E0218,
                            arg.span,
                            format!("parameter `{}` is given twice", params[slot].name),
                        )
                        .also(before, "first given here")
                        .help("leave one of them out"),
                    );
                }
                taken[slot] = Some(arg.span);
            }
            slots.push(slot);
        }
        let missing: Vec<usize> = (first..params.len())
            .filter(|at| taken[*at].is_none() && params[*at].default.is_none())
            .collect();
        let miscounted = (!wrong && (extra > 0 || !missing.is_empty()))
            .then(|| self.wrong_count(callee, first, args.len(), &missing));
        (slots, miscounted)
    }

    /// Checks an argument in itself, whatever it is meant for.
    fn misplaced(&mut self, arg: &'a ast::Arg, error: Ty) -> hir::Expr {
        let ty = match &arg.value.unparenthesized().kind {
            ast::ExprKind::Lambda(lambda) => Ty::new(TyKind::Fn(vec![error; lambda.params.len()], error)),
            _ => error,
        };
        self.check(&arg.value, ty, Why::Param(arg.span))
    }

    fn unknown_parameter(&mut self, callee: &Callee<'_>, name: ast::Name) {
        let names: Vec<&str> =
            callee.sig.params.iter().map(|p| p.name.as_str()).filter(|n| *n != "self").collect();
        let mut diagnostic =
            Diagnostic::error(Code::E0218, name.span, format!("there is no parameter `{}`", name.symbol))
                .label("not a parameter of this function");
        let like = callee.id.map(|id| self.w.params_like(id, name.symbol)).unwrap_or_default();
        if let Some(id) = callee.id
            && like.is_empty()
        {
            diagnostic = diagnostic.also(self.w.fns[id].span, "declared here");
        }
        if let Some(meant) = self.w.suggest(name.symbol.as_str(), names.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        } else if !names.is_empty() {
            diagnostic = diagnostic.help(format!("its parameters are `{}`", names.join("`, `")));
        }
        match callee.id {
            Some(id) => {
                self.w.unknown(Sought::Param(id, name.symbol), name.span, like, || diagnostic);
            }
            None => {
                self.w.report(diagnostic);
            }
        }
    }

    /// Reports a wrong number of arguments; gives the error type.
    fn wrong_count(&mut self, callee: &Callee<'_>, first: usize, given: usize, missing: &[usize]) -> Ty {
        let params = &callee.sig.params;
        let most = params.len() - first;
        let least = params.iter().skip(first).filter(|p| p.default.is_none()).count();
        let takes = if least == most { counted(most) } else { format!("{least} to {most} arguments") };
        let std = callee.id.is_some_and(|id| self.w.modules[self.w.fns[id].module].is_std());
        let name = callee.id.map_or("", |id| self.w.fns[id].name.as_str());
        let called = if name.is_empty() { "this function".to_owned() } else { format!("`{name}`") };
        let mut diagnostic = Diagnostic::error(
            Code::E0202,
            callee.name_span,
            format!("{called} takes {takes}, {given} given"),
        );
        if missing.is_empty() {
            diagnostic = diagnostic.label("too many arguments");
            if matches!(name, "print" | "eprint") && most == 1 && std {
                diagnostic =
                    diagnostic.help(format!("put the values into one text: `{name}(\"${{a}} ${{b}}\")`"));
            }
        } else {
            let names: Vec<String> =
                missing.iter().map(|at| format!("`{}: {}`", params[*at].name, params[*at].ty)).collect();
            diagnostic = diagnostic.label(format!("missing {}", names.join(", ")));
            diagnostic = match name {
                "print" | "eprint" if std => {
                    diagnostic.help(format!("an empty line is written by `{name}(\"\")`"))
                }
                "assert" if std => {
                    diagnostic.help("say what is wrong if it does not hold: `assert(condition, \"…\")`")
                }
                _ => diagnostic,
            };
        }
        if let Some(id) = callee.id {
            diagnostic = diagnostic.also(self.w.fns[id].span, "declared here");
        }
        self.w.error(diagnostic)
    }

    /// What decides the type parameters of what is called, before its arguments are looked at.
    fn deciders(&self, callee: &Callee<'_>, receiver: Option<&hir::Arg>) -> Deciders {
        let mut deciders = Deciders(vec![None; callee.types.len()]);
        if let (Some(hir::Arg::Value(receiver) | hir::Arg::Mut(receiver)), Some(param)) =
            (receiver, callee.sig.params.first())
            && param.ty.is_generic()
        {
            deciders.add(param.ty, self.origin(receiver));
        }
        deciders
    }

    fn argument(
        &mut self,
        callee: &Callee<'_>,
        slot: usize,
        arg: &'a ast::Arg,
        deciders: &mut Deciders,
    ) -> hir::Arg {
        let param = &callee.sig.params[slot];
        let ty = param.ty.substitute(callee.types);
        let why = match deciders.of(param.ty) {
            Some(origin) => Why::Holder(origin),
            None if param.ty.is_generic() => Why::Instance(param.span),
            None => Why::Param(param.span),
        };
        if !param.mutable {
            if let Some(mark) = arg.mutable {
                self.unneeded_mark(mark, Some(param.span));
            }
            if let TyKind::Fn(params, result) = param.ty.kind()
                && param.ty.is_generic()
                && matches!(arg.value.unparenthesized().kind, ast::ExprKind::Lambda(_))
            {
                let params = params.iter().map(|ty| deciders.of(*ty)).collect();
                self.decided = Some(DecidedFn { params, result: deciders.of(*result) });
            }
            let value = self.check(&arg.value, ty, why);
            if param.ty.is_generic() && matches!(value.ty.kind(), TyKind::Error) {
                self.unknown_parts(ty, value.ty);
            }
            if param.ty.is_generic() {
                deciders.add(param.ty, self.origin(&value));
            }
            return hir::Arg::Value(value);
        }
        if arg.mutable.is_none() {
            self.w.report(
                Diagnostic::error(
                    Code::E0305,
                    arg.value.span,
                    format!("`{}` changes this argument", param.name),
                )
                .label("needs `&`")
                .also(param.span, "a `mut` parameter")
                .help("write `&` before it, so that the call shows that it changes"),
            );
        }
        let place = self.place(&arg.value, "passed to a `mut` parameter");
        if !self.infer.unify(place.ty, ty) {
            self.mismatch(&place, ty, Why::Param(param.span));
        }
        hir::Arg::Mut(place)
    }

    /// Makes errors of the types that an argument which was reported would have determined.
    fn unknown_parts(&mut self, ty: Ty, error: Ty) {
        let ty = self.infer.shallow(ty);
        if self.infer.var_kind(ty) == Some(VarKind::Any) {
            self.infer.unify(ty, error);
        } else if !ty.is_large() {
            ty.parts().into_iter().for_each(|part| self.unknown_parts(part, error));
        }
    }

    /// Reports an `&` before an argument that is only read.
    pub(crate) fn unneeded_mark(&mut self, mark: Span, param: Option<Span>) {
        let mut diagnostic = Diagnostic::error(Code::E0305, mark, "this argument is only read")
            .label("no `&` here")
            .help("leave the `&` out; it marks arguments of `mut` parameters");
        if let Some(param) = param {
            diagnostic = diagnostic.also(param, "this parameter is not `mut`");
        }
        self.w.report(diagnostic);
    }

    /// The argument of a parameter that was left out.
    fn default_arg(&mut self, callee: &Callee<'_>, at: usize) -> hir::Arg {
        let param = &callee.sig.params[at];
        let ty = param.ty.substitute(callee.types);
        let span = callee.name_span;
        hir::Arg::Value(match param.default {
            Some(id) => {
                let kind = ExprKind::Call(id, callee.types.to_vec(), Vec::new());
                hir::Expr { kind, ty, span }
            }
            // Reported as missing.
            None => self.wrong(ty, span),
        })
    }

    /// Binds values to temporaries in source order; places stay where they are.
    fn in_source_order(&mut self, slots: &[Option<usize>], checked: &mut [Option<hir::Arg>]) -> Vec<Stmt> {
        let mut lets = Vec::new();
        for slot in slots.iter().flatten() {
            if let Some(hir::Arg::Value(value)) = &mut checked[*slot] {
                let local = self.temp_for(value);
                let read = self.local_value(local, value.ty, value.span);
                let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty: value.ty, span: value.span };
                lets.push(Stmt::Let(pat, std::mem::replace(value, read)));
            }
        }
        lets
    }
}
