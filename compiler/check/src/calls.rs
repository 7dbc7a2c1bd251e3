//! Calls: of functions, function values, variants and conversions.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{AdtId, ExprKind, FnId, Intrinsic, Ty, TyKind};
use wyn_syntax::ast;

use crate::args::Callee;
use crate::assoc::Resolved;
use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::infer::{VarKind, is_number};
use crate::scope::Binding;
use crate::spelling::a;
use crate::type_habits;
use crate::uses::Asks;
use crate::world::{Def, Source};

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn call(
        &mut self,
        callee: &'a ast::Expr,
        args: &'a [ast::Arg],
        want: Want,
        span: Span,
    ) -> hir::Expr {
        match &callee.unparenthesized().kind {
            ast::ExprKind::Name(segment) => match self.lookup(segment.name.symbol) {
                Some(Binding::Fn(id)) => {
                    let types = self.type_args(segment);
                    self.call_fn(id, types, None, None, args, want, segment.name.span, span)
                }
                Some(Binding::Local(_)) => {
                    let value = self.name(segment, Want::Any);
                    self.call_value(value, args, span)
                }
                None => match self.resolve_name(segment) {
                    Some(resolved) => self.call_resolved(resolved, args, want, segment.name, span),
                    None => {
                        // Of other arguments the types follow from the function, whose name comes first.
                        let plain = |arg: &&ast::Arg| {
                            matches!(arg.value.kind, ast::ExprKind::Name(_) | ast::ExprKind::Field { .. })
                        };
                        let first = args.first().filter(plain).map(|arg| self.expr(&arg.value, Want::Any));
                        let wrong = self.unknown_function(segment.name, first.as_ref(), args.len());
                        self.check_loosely(&args[usize::from(first.is_some())..]);
                        hir::Expr { span, ..wrong }
                    }
                },
            },
            ast::ExprKind::ShortVariant(segment) => {
                let resolved = self.short_variant(segment.name, want);
                self.call_resolved(resolved, args, want, segment.name, span)
            }
            ast::ExprKind::Field { base, name } => match self.resolve_member(base, name) {
                Some(resolved) => self.call_resolved(resolved, args, want, name.name, span),
                None => self.method_call(base, name, args, want, span),
            },
            _ => {
                let value = self.expr(callee, Want::Any);
                self.call_value(value, args, span)
            }
        }
    }

    fn call_resolved(
        &mut self,
        resolved: Resolved,
        args: &'a [ast::Arg],
        want: Want,
        name: ast::Name,
        span: Span,
    ) -> hir::Expr {
        match resolved {
            Resolved::Fn { id, args: types, of } => {
                if let Some(of) = of
                    && self.w.fns[id].sig.method
                {
                    let shown = self.show(of);
                    self.check_loosely(args);
                    let help =
                        type_habits::help(of, name.symbol, self.w.lang.duration).unwrap_or_else(|| {
                            format!("call it on {a_shown}: `value.{}(…)`", name.symbol, a_shown = a(&shown))
                        });
                    return self.fail(
                        Diagnostic::error(Code::E0104, name.span, format!("`{}` is a method", name.symbol))
                            .label("called on the type")
                            .help(help),
                    );
                }
                self.call_fn(id, types, of, None, args, want, name.span, span)
            }
            Resolved::Variant { id, at, ty } => self.call_variant(id, at, ty, args, want, name.span, span),
            Resolved::Type(ty) if matches!(ty.kind(), TyKind::Mutex(_) | TyKind::Atomic(_)) => {
                self.new_handle(ty, args, want, name, span)
            }
            Resolved::Type(ty) => self.convert(ty, args, name, span),
            Resolved::Wrong(ty) => {
                self.check_loosely(args);
                self.wrong(ty, span)
            }
            Resolved::Const(_) | Resolved::Module(_) => {
                let value = self.value_of(resolved, Want::Any, name.span, name.symbol);
                self.call_value(value, args, span)
            }
        }
    }

    /// Checks arguments that belong to nothing, so that what is wrong in them is found and what they
    /// use counts as used.
    pub(crate) fn check_loosely(&mut self, args: &'a [ast::Arg]) {
        for arg in args {
            self.expr(&arg.value, Want::Any);
        }
    }

    /// Type arguments for a call: written ones, and variables for the rest. What the bounds ask of
    /// them is noted.
    pub(crate) fn instantiate(&mut self, id: FnId, written: Vec<Ty>, of: Option<Ty>, span: Span) -> Vec<Ty> {
        let sig = self.w.fns[id].sig.clone();
        if sig.generics.is_empty() && written.is_empty() && of.is_none() {
            return Vec::new();
        }
        let own = sig.generics.len() - sig.outer;
        if !written.is_empty() && written.len() != own {
            let name = self.w.fns[id].name;
            let takes = match own {
                0 => "no type arguments".to_owned(),
                1 => "one type argument".to_owned(),
                n => format!("{n} type arguments"),
            };
            self.w.report(
                Diagnostic::error(Code::E0213, span, format!("`{name}` takes {takes}"))
                    .label(format!("{} given", written.len())),
            );
        }
        let mut types = Vec::with_capacity(sig.generics.len());
        for (at, generic) in sig.generics.iter().enumerate() {
            let ty = at.checked_sub(sig.outer).and_then(|own| written.get(own).copied());
            let ty = ty.or(sig.wrong).unwrap_or_else(|| self.fresh(span));
            for bound in &generic.bounds {
                if self.w.promised(id, at, *bound) {
                    continue;
                }
                let name = self.w.fns[id].name;
                self.need(ty, Need::Bound(*bound, format!("`{name}`")), span);
            }
            types.push(ty);
        }
        if let (Some(of), Some(target)) = (of, self.w.fns[id].self_ty) {
            let target = target.substitute(&types);
            if !self.infer.unify(target, of) {
                let (name, shown, target) = (self.w.fns[id].name, self.show(of), self.show(target));
                let mut diagnostic = Diagnostic::error(
                    Code::E0104,
                    span,
                    format!("`{name}` exists for `{target}`, not for `{shown}`"),
                )
                .label("not on this type")
                .also(self.w.fns[id].span, "declared here");
                if matches!(of.kind(), TyKind::Array(_)) && name == "join" {
                    diagnostic = diagnostic
                        .help("make strings of the elements first: `xs.map((x) => \"${x}\").join(…)`");
                }
                self.w.report(diagnostic);
            }
        }
        types
    }

    /// Lets the type that a generic call has to give help to find its type arguments.
    pub(crate) fn expect_result(&mut self, ret: Ty, wanted: Ty) {
        let (ret, mut wanted) = (self.infer.shallow(ret), self.infer.shallow(wanted));
        if matches!(ret.kind(), TyKind::Infer(_)) && self.w.option_inner(wanted).is_some() {
            return;
        }
        while self.w.option_inner(ret).is_none()
            && let Some(inner) = self.w.option_inner(wanted)
        {
            wanted = self.infer.shallow(inner);
        }
        if wanted.is_never() || matches!(wanted.kind(), TyKind::Error) {
            return;
        }
        self.infer.unify(ret, wanted);
    }

    /// A call of a known function; the receiver comes checked.
    #[allow(clippy::too_many_arguments, reason = "a call has these parts")]
    pub(crate) fn call_fn(
        &mut self,
        id: FnId,
        written: Vec<Ty>,
        of: Option<Ty>,
        receiver: Option<hir::Arg>,
        args: &'a [ast::Arg],
        want: Want,
        name_span: Span,
        span: Span,
    ) -> hir::Expr {
        let sig = self.w.fns[id].sig.clone();
        let types = self.instantiate(id, written, of, name_span);
        let ret = sig.ret.substitute(&types);
        if !types.is_empty()
            && let Want::Must(wanted, _) | Want::Tail(wanted, _) = want
        {
            self.expect_result(ret, wanted);
        }
        if let Some(error) = sig.wrong {
            self.w.again(error);
        }
        let callee = Callee { id: Some(id), sig: &sig, types: &types, name_span };
        let (lets, args) = self.arguments(&callee, receiver, want.place(), args);
        if matches!(self.w.fns[id].source, Source::Intrinsic(Intrinsic::ChannelNew))
            && let [hir::Arg::Value(capacity)] = &args[..]
        {
            self.check_capacity(capacity);
        }
        let call = hir::Expr { kind: ExprKind::Call(id, types, args), ty: ret, span };
        if lets.is_empty() {
            return call;
        }
        let block = hir::Block { stmts: lets, value: Some(Box::new(call)) };
        hir::Expr { kind: ExprKind::Block(block), ty: ret, span }
    }

    /// Tells of the variable that hides the function which was to be called.
    fn hidden_function(&mut self, callee: &hir::Expr, diagnostic: Diagnostic) -> Diagnostic {
        let ExprKind::Local(id) = callee.kind else { return diagnostic };
        let local = *self.frame().local(id);
        match self.w.global(self.module, local.name).map(|entry| entry.def) {
            Some(Def::Fn(_)) => diagnostic
                .also(local.span, format!("this hides the function `{}`", local.name))
                .help("give the variable another name"),
            _ => diagnostic,
        }
    }

    /// A call of a function value.
    pub(crate) fn call_value(&mut self, callee: hir::Expr, args: &'a [ast::Arg], span: Span) -> hir::Expr {
        let ty = self.infer.shallow(callee.ty);
        let (params, ret) = match ty.kind() {
            TyKind::Fn(params, ret) => (params.clone(), *ret),
            TyKind::Error => {
                self.check_loosely(args);
                return self.wrong(ty, span);
            }
            TyKind::Infer(_) if self.infer.var_kind(ty) == Some(VarKind::Any) => {
                let values: Vec<hir::Expr> =
                    args.iter().map(|arg| self.expr(&arg.value, Want::Any)).collect();
                let ret = self.fresh(span);
                let params = values.iter().map(|v| v.ty).collect();
                self.infer.unify(ty, Ty::new(TyKind::Fn(params, ret)));
                let args = values.into_iter().map(hir::Arg::Value).collect();
                return hir::Expr { kind: ExprKind::CallValue(Box::new(callee), args), ty: ret, span };
            }
            _ => {
                self.check_loosely(args);
                let shown = self.show(ty);
                let diagnostic = Diagnostic::error(
                    Code::E0206,
                    callee.span,
                    format!("{a_shown} cannot be called", a_shown = a(&shown)),
                )
                .label(format!("this is `{shown}`, not a function"));
                let diagnostic = self.hidden_function(&callee, diagnostic);
                return self.fail(diagnostic);
            }
        };
        if params.len() != args.len() {
            self.check_loosely(args);
            let shown = self.show(ty);
            return self.fail(
                Diagnostic::error(
                    Code::E0202,
                    span,
                    format!("this function takes {}, {} given", counted(params.len()), args.len()),
                )
                .label(format!("it is {a_shown}", a_shown = a(&shown))),
            );
        }
        let mut out = Vec::with_capacity(args.len());
        let whys = self.params_of_value(&callee, args.len());
        for ((arg, param), why) in args.iter().zip(params).zip(whys) {
            if let Some(name) = arg.name {
                self.w.report(
                    Diagnostic::error(Code::E0218, name.span, "function values take no named arguments")
                        .help("leave the name out"),
                );
            }
            if let Some(mark) = arg.mutable {
                self.unneeded_mark(mark, None);
            }
            out.push(hir::Arg::Value(self.check(&arg.value, param, why)));
        }
        hir::Expr { kind: ExprKind::CallValue(Box::new(callee), out), ty: ret, span }
    }

    /// What decides the types of a function value's parameters.
    fn params_of_value(&self, callee: &hir::Expr, count: usize) -> Vec<Why> {
        let Some(origin) = self.origin(callee) else { return vec![Why::Plain; count] };
        let written = self.written_params.get(&origin.span);
        let of = |at: usize| written?.get(at).copied().flatten();
        (0..count).map(|at| of(at).map_or(Why::Holder(origin), Why::Param)).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "a call has these parts")]
    fn call_variant(
        &mut self,
        id: AdtId,
        at: usize,
        ty: Ty,
        args: &'a [ast::Arg],
        want: Want,
        name_span: Span,
        span: Span,
    ) -> hir::Expr {
        let TyKind::Adt(_, _, types) = ty.kind() else {
            self.check_loosely(args);
            return self.wrong(ty, span);
        };
        if let Want::Must(wanted, _) | Want::Tail(wanted, _) = want {
            self.expect_result(ty, wanted);
        }
        let variant = &self.w.adts[id].variants[at];
        // What would suit the values, where the whole has a type that would suit: in `x == Some(.Red)`.
        let preferred: Vec<Ty> = match want {
            Want::Prefer(wanted) => match self.infer.shallow(wanted).kind() {
                TyKind::Adt(of, _, types) if *of == id => variant.types(types).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let name = variant.name;
        let named = variant.fields.iter().any(|f| f.name.is_some());
        let payload: Vec<Ty> = variant.types(types).collect();
        let generic: Vec<bool> = variant.fields.iter().map(|f| f.ty.is_generic()).collect();
        if named || payload.len() != args.len() || args.is_empty() {
            self.check_loosely(args);
            let declared = self.w.adts[id].span;
            let diagnostic = if named {
                Diagnostic::error(Code::E0209, span, format!("variant `{name}` has named fields"))
                    .help(format!("write `{} {{ … }}`", self.w.variant_path(id, at)))
            } else if payload.is_empty() {
                Diagnostic::error(Code::E0202, span, format!("variant `{name}` carries nothing"))
                    .help("leave the parentheses out")
            } else {
                let message =
                    format!("variant `{name}` carries {}, {} given", values(payload.len()), args.len());
                Diagnostic::error(Code::E0202, span, message).also(declared, "declared here")
            };
            return self.fail(diagnostic);
        }
        let mut fields = Vec::with_capacity(args.len());
        let infos: Vec<Span> = self.w.adt_info[id].fields[at].iter().map(|f| f.span).collect();
        for (n, (arg, ty)) in args.iter().zip(payload).enumerate() {
            if let Some(name) = arg.name {
                self.w.report(
                    Diagnostic::error(Code::E0218, name.span, "a variant's values have no names")
                        .help("leave the name out"),
                );
            }
            if let Some(mark) = arg.mutable {
                self.unneeded_mark(mark, None);
            }
            let why = match infos.get(n) {
                Some(span) if generic[n] => want.place().map_or(Why::Instance(*span), Why::Holder),
                Some(span) => Why::Field(*span),
                None => Why::Plain,
            };
            let open = matches!(self.infer.shallow(ty).kind(), TyKind::Infer(_));
            let wanted = match preferred.get(n) {
                Some(hint) if open => Want::Prefer(*hint),
                _ => Want::Must(ty, why),
            };
            let value = self.expr(&arg.value, wanted);
            fields.push((n, self.coerce(value, ty, why)));
        }
        let _ = name_span;
        hir::Expr { kind: ExprKind::Adt(id, at, fields), ty, span }
    }

    /// `u8(x)`, `float(x)`, `char(x)`: a conversion that traps when the value does not fit.
    fn convert(&mut self, ty: Ty, args: &'a [ast::Arg], name: ast::Name, span: Span) -> hir::Expr {
        let convertible = is_number(ty) || matches!(ty.kind(), TyKind::Char);
        if matches!(ty.kind(), TyKind::Error) {
            self.check_loosely(args);
            return self.wrong(ty, span);
        }
        if !convertible {
            self.check_loosely(args);
            let mut diagnostic = Diagnostic::error(
                Code::E0206,
                name.span,
                format!("the type `{}` cannot be called", name.symbol),
            );
            diagnostic = match ty.kind() {
                TyKind::String => diagnostic.help("text of a value is `\"${x}\"`"),
                _ if self.w.map_parts(ty).is_some() => {
                    diagnostic.help("the empty map is `{:}`; one with entries `{\"a\": 1}`")
                }
                _ if self.w.set_element(ty).is_some() => {
                    diagnostic.help("`Set.new()` makes an empty set, `{1, 2}` one with elements")
                }
                TyKind::Adt(id, ..) if self.w.adts[*id].kind == hir::AdtKind::Struct => {
                    let new = crate::world::Head::of(ty).map(|head| (head, self.w.names.new));
                    if new.is_some_and(|key| self.w.methods.contains_key(&key)) {
                        diagnostic.help(format!("make one with `{}.new(…)`", name.symbol))
                    } else {
                        diagnostic.help(format!("make one with its fields: `{} {{ … }}`", name.symbol))
                    }
                }
                TyKind::Adt(..) => diagnostic.help(format!("name a variant: `{}.…`", name.symbol)),
                _ => diagnostic,
            };
            return self.fail(diagnostic);
        }
        let [arg] = args else {
            self.check_loosely(args);
            return self.fail(Diagnostic::error(
                Code::E0202,
                span,
                format!("a conversion to `{}` takes one value, {} given", name.symbol, args.len()),
            ));
        };
        if let Some(given) = arg.name {
            self.w.report(
                Diagnostic::error(Code::E0218, given.span, "the value of a conversion has no name")
                    .help("leave the name out"),
            );
        }
        let literal = match &arg.value.unparenthesized().kind {
            ast::ExprKind::Unary { op: ast::UnaryOp::Neg, operand } => operand,
            _ => &arg.value,
        };
        let literal = matches!(literal.kind, ast::ExprKind::Int(_) | ast::ExprKind::Float(_));
        // A literal takes the type at once, and has to fit; anything else is converted when it runs.
        let preferred = if literal && is_number(ty) { Want::Prefer(ty) } else { Want::Any };
        let value = self.expr(&arg.value, preferred);
        let found = self.infer.shallow(value.ty);
        match self.infer.var_kind(found) {
            Some(VarKind::Number) => _ = self.infer.unify(found, self.w.common.int),
            Some(VarKind::Float) => _ = self.infer.unify(found, self.w.common.float),
            _ => {}
        }
        let found = self.infer.shallow(found);
        if found == ty || matches!(found.kind(), TyKind::Error | TyKind::Never) {
            return hir::Expr { span, ..value };
        }
        let fits = match (found.kind(), ty.kind()) {
            (TyKind::Char, TyKind::Int(_)) | (TyKind::Int(_), TyKind::Char) => true,
            _ => is_number(found) && is_number(ty),
        };
        if !fits {
            let shown = self.show(found);
            let mut diagnostic = Diagnostic::error(
                Code::E0217,
                value.span,
                format!("{a_shown} does not convert to `{ty}`", a_shown = a(&shown)),
            )
            .label(format!("this is `{shown}`"));
            if matches!(found.kind(), TyKind::String) {
                diagnostic =
                    diagnostic.help(format!("`{ty}.parse(text)` reads a number and gives a `Result`"));
            } else if matches!(found.kind(), TyKind::Bool) {
                diagnostic = diagnostic.help("write `if b { 1 } else { 0 }`");
            }
            let uses = self.uses_of(&value, Asks::Number);
            let error = self.w.disputed(diagnostic, uses);
            return self.wrong(error, span);
        }
        hir::Expr { kind: ExprKind::Convert(Box::new(value)), ty, span }
    }
}

/// `1 argument`, `2 arguments`.
pub(crate) fn counted(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        n => format!("{n} arguments"),
    }
}

pub(crate) fn values(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}
