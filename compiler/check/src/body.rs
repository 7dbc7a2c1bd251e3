//! Stage 3: one body at a time. Here are the context that the expression families share and the
//! way a function's parameters and code become a HIR body.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Idx, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{ConstId, FnId, LocalId, Ty, TyKind};
use wyn_syntax::ast;

use crate::bounds::Needed;
use crate::infer::{Infer, VarKind};
use crate::origins::{DecidedFn, Origin};
use crate::scope::{Binding, Frame, FrameKind, LocalInfo, LocalKind};
use crate::types::TypeScope;
use crate::world::{ConstState, ModuleId, Owner, Source, World};

/// Why a type is expected: what is said about the other place of a mismatch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    /// Nothing more is to say.
    Plain,
    Declared(Span),
    Param(Span),
    Returns(Span),
    Branch(Span),
    Element(Span),
    Field(Span),
    /// The other operand, and what gave it its type.
    Operand {
        of: Span,
        declared: Option<Origin>,
    },
    Assigned(Span),
    /// The map or set whose key it is, and the declaration that decides its keys' type.
    Key {
        of: Span,
        declared: Option<Origin>,
    },
    /// The generic parameter or field that takes the value, as it is in this case.
    Instance(Span),
    /// What gave its type to what keeps or takes the value.
    Holder(Origin),
}

/// What the surroundings of an expression want from it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// Its value, of whatever type.
    Any,
    /// Its value; a type that would suit, if nothing else decides.
    Prefer(Ty),
    /// A value of this type; whoever wants it converts the result.
    Must(Ty, Why),
    /// The value of a body: like `Must`, and `()` stands for `Ok(())`.
    Tail(Ty, Why),
    /// Its effect only.
    Discard,
}

impl Want {
    /// The type to expect, if any.
    pub(crate) fn hint(self) -> Option<Ty> {
        match self {
            Self::Prefer(ty) | Self::Must(ty, _) | Self::Tail(ty, _) => Some(ty),
            Self::Any | Self::Discard => None,
        }
    }

    /// The declaration that says what is wanted.
    pub(crate) fn place(self) -> Option<Origin> {
        match self {
            Self::Must(_, why) | Self::Tail(_, why) => why.place().map(|(origin, _)| origin),
            Self::Any | Self::Prefer(_) | Self::Discard => None,
        }
    }

    /// The same type as a mere preference.
    pub(crate) fn relaxed(self) -> Self {
        self.hint().map_or(Self::Any, Self::Prefer)
    }
}

/// The context of one function's or constant's check, with all closures in it.
pub(crate) struct FnCx<'w, 'a> {
    pub(crate) w: &'w mut World<'a>,
    pub(crate) module: ModuleId,
    pub(crate) types: TypeScope,
    pub(crate) infer: Infer,
    pub(crate) frames: Vec<Frame>,
    pub(crate) needs: Vec<Needed>,
    pub(crate) unused: Vec<LocalInfo>,
    /// What is declared together with `var` and never changed.
    pub(crate) unchanged: Vec<Vec<LocalInfo>>,
    /// Variables that become `()` when nothing else determines them.
    pub(crate) unit_fallbacks: Vec<Ty>,
    /// How many expressions the current one is inside of.
    pub(crate) depth: u32,
    /// Whether this is the default of a parameter.
    pub(crate) in_default: bool,
    /// The last expression of a function that declares no result.
    pub(crate) unit_tail: Option<Span>,
    /// The `x?` of an `x?.member` that is looked at: elsewhere, that goes on inside of an option.
    pub(crate) chained: Option<Span>,
    /// Names that mean nothing here, already reported.
    pub(crate) unknown: FxHashMap<Symbol, Ty>,
    /// What gave the values of closures and spawned blocks their types, by the places of the values.
    pub(crate) given_by: FxHashMap<Span, Origin>,
    /// Where the types of a closure's parameters are written, by the place of the closure.
    pub(crate) written_params: FxHashMap<Span, Vec<Option<Span>>>,
    /// What decides the types of literals that do not fit into every integer, by their places.
    pub(crate) literals: FxHashMap<Span, Origin>,
    /// What is known of the closure that is checked next.
    pub(crate) decided: Option<DecidedFn>,
    errors_before: usize,
    /// The places of types that nothing determined, reported when the body was done.
    pub(crate) open_types: Vec<Span>,
}

/// Checks every constant and every function; local functions join the list as they are met.
pub(crate) fn check_all(world: &mut World<'_>) {
    for id in world.consts.indices() {
        check_const(world, id);
    }
    let mut at = 0;
    while at < world.fns.len() {
        check_fn(world, FnId::new(at));
        at += 1;
    }
    world.check_promises();
}

fn check_fn(world: &mut World<'_>, id: FnId) {
    let (module, sig, source) = (world.fns[id].module, world.fns[id].sig.clone(), world.fns[id].source);
    let types = TypeScope { module, generics: Rc::new(sig.generics.clone()), self_ty: world.fns[id].self_ty };
    world.owner = Owner::Fn(id);
    let body = match source {
        Source::Intrinsic(intrinsic) => hir::FnBody::Intrinsic(intrinsic),
        Source::Missing => return,
        Source::Default(value) => {
            let mut cx = FnCx::new(world, types);
            cx.in_default = true;
            cx.frames.push(Frame::new(FrameKind::Fn, sig.ret, Why::Declared(sig.ret_span)));
            let value = cx.check(value, sig.ret, Why::Declared(sig.ret_span));
            hir::FnBody::Wyn(cx.finish(value))
        }
        Source::Item(item) => {
            let visible = world.nested.remove(&id);
            let mut cx = FnCx::new(world, types);
            // What follows from a mistake in the signature is not told again.
            if let Some(error) = sig.wrong {
                cx.w.again(error);
            }
            cx.frames.push(Frame::new(FrameKind::Fn, sig.ret, Why::Returns(sig.ret_span)));
            for (name, nested) in visible.into_iter().flatten() {
                cx.bind(name, Binding::Fn(nested));
            }
            let mark = cx.push_scope();
            if let Some(error) = sig.unread() {
                cx.doubt(error);
            }
            for param in &sig.params {
                let kind = if param.mutable { LocalKind::MutParam } else { LocalKind::Param };
                let local = cx.new_local(param.name, param.ty, kind, param.span);
                cx.set_origin(local, Some(Origin::written(param.span)));
                cx.frame().local_mut(local).used = param.name == "self";
                if param.name != "_" {
                    cx.bind(param.name, Binding::Local(local));
                }
            }
            if sig.ret.is_unit() && item.name.symbol != "main" {
                cx.unit_tail = match &item.body {
                    ast::FnBody::Block(block) => block.stmts.last().map(|stmt| stmt.span),
                    ast::FnBody::Expr(value) => Some(value.span),
                    ast::FnBody::None => None,
                };
            }
            let value = cx.fn_body(&item.body, sig.ret, sig.ret_span);
            cx.pop_scope(mark);
            hir::FnBody::Wyn(cx.finish(value))
        }
    };
    world.fns[id].body = Some(body);
}

/// Checks a constant's value, unless that is done; gives its type.
pub(crate) fn check_const(world: &mut World<'_>, id: ConstId) -> Ty {
    let declared = match world.consts[id].state {
        ConstState::Done(ty) => return ty,
        ConstState::InProgress => {
            let (name, span) = (world.consts[id].name, world.consts[id].item.name.span);
            let mut diagnostic =
                Diagnostic::error(Code::E0310, span, format!("the value of `{name}` depends on itself"))
                    .label("needed to compute itself")
                    .help("break the circle: one of the constants needs a value of its own");
            if let Owner::Const(user) = world.owner
                && user != id
            {
                let user = &world.consts[user];
                diagnostic = diagnostic.also(user.item.name.span, format!("`{}` needs `{name}`", user.name));
            }
            let ty = world.error(diagnostic);
            world.consts[id].state = ConstState::Done(ty);
            return ty;
        }
        ConstState::Declared(ty) => Some(ty),
        ConstState::Unchecked => None,
    };
    world.consts[id].state = declared.map_or(ConstState::InProgress, ConstState::Done);
    let owner = std::mem::replace(&mut world.owner, Owner::Const(id));
    let (module, item) = (world.consts[id].module, world.consts[id].item);
    let types = TypeScope { module, generics: Rc::new(Vec::new()), self_ty: None };
    let mut cx = FnCx::new(world, types);
    let unit = cx.w.common.unit;
    cx.frames.push(Frame::new(FrameKind::Fn, unit, Why::Plain));
    let value = match declared {
        Some(ty) => {
            let why = item.ty.as_ref().map_or(Why::Plain, |ty| Why::Declared(ty.span));
            cx.check(&item.value, ty, why)
        }
        None => cx.expr(&item.value, Want::Any),
    };
    let body = cx.finish(value);
    world.owner = owner;
    let ty = declared.unwrap_or_else(|| body.ty());
    if world.consts[id].state == ConstState::InProgress {
        world.consts[id].state = ConstState::Done(ty);
    }
    world.consts[id].body = Some(body);
    match world.consts[id].state {
        ConstState::Done(ty) => ty,
        _ => ty,
    }
}

impl<'w, 'a> FnCx<'w, 'a> {
    pub(crate) fn new(w: &'w mut World<'a>, types: TypeScope) -> Self {
        let mut infer = w.spare_infer.take().unwrap_or_default();
        infer.reset();
        let errors_before = w.errors();
        Self {
            module: types.module,
            w,
            types,
            infer,
            frames: Vec::new(),
            needs: Vec::new(),
            unused: Vec::new(),
            unchanged: Vec::new(),
            unit_fallbacks: Vec::new(),
            depth: 0,
            in_default: false,
            chained: None,
            unit_tail: None,
            unknown: FxHashMap::default(),
            given_by: FxHashMap::default(),
            written_params: FxHashMap::default(),
            literals: FxHashMap::default(),
            decided: None,
            errors_before,
            open_types: Vec::new(),
        }
    }

    /// The error type, when this body has a mistake: what is unknown then is probably a consequence.
    pub(crate) fn earlier_error(&self) -> Option<Ty> {
        self.w.last_error.filter(|_| self.has_errors())
    }

    /// Reports that a type must be known by now, unless that follows from another mistake.
    pub(crate) fn must_be_known(&mut self, span: Span, before: &str) -> Ty {
        if let Some(error) = self.earlier_error() {
            return error;
        }
        self.w.error(
            Diagnostic::error(Code::E0203, span, format!("the type of this must be known before `{before}`"))
                .label("nothing before here says what type it has")
                .help("write its type where it is declared"),
        )
    }

    /// Whether this body has a mistake so far: what is unknown then is probably a consequence.
    pub(crate) fn has_errors(&self) -> bool {
        self.w.errors() > self.errors_before
    }

    /// Whether this body has a mistake besides types that nothing determines.
    pub(crate) fn has_other_errors(&self) -> bool {
        self.w.errors() > self.errors_before + self.open_types.len()
    }

    fn fn_body(&mut self, body: &'a ast::FnBody, ret: Ty, ret_span: Span) -> hir::Expr {
        let want = if ret.is_unit() { Want::Discard } else { Want::Tail(ret, Why::Returns(ret_span)) };
        match body {
            ast::FnBody::Block(block) => {
                let value = self.block(block, want);
                self.settle_tail(value, want)
            }
            ast::FnBody::Expr(value) => self.body_value(value, want),
            ast::FnBody::None => self.unit(ret_span),
        }
    }

    /// The value of a body that is an expression.
    pub(crate) fn body_value(&mut self, value: &'a ast::Expr, want: Want) -> hir::Expr {
        if matches!(want, Want::Discard) {
            return self.dropped(value);
        }
        let value = self.expr(value, want);
        self.settle_tail(value, want)
    }

    /// Converts the value of a body, or of one of its branches, to what is wanted.
    pub(crate) fn settle_tail(&mut self, value: hir::Expr, want: Want) -> hir::Expr {
        match want {
            Want::Must(ty, why) => self.coerce(value, ty, why),
            Want::Tail(ty, why) => {
                let expected = self.infer.shallow(ty);
                if (self.infer.shallow(value.ty).is_unit() || self.starts_task(&value))
                    && let Some((ok, _)) = self.w.result_parts(expected)
                    && self.infer.unify(ok, self.w.common.unit)
                {
                    return self.then_ok(value, expected);
                }
                self.coerce(value, ty, why)
            }
            Want::Any | Want::Prefer(_) | Want::Discard => value,
        }
    }

    /// Whether an expression ends with starting a task that gives nothing, so that it may stand as a statement.
    fn starts_task(&mut self, value: &hir::Expr) -> bool {
        match &value.kind {
            hir::ExprKind::Block(block) => block.value.as_deref().is_some_and(|last| self.starts_task(last)),
            hir::ExprKind::Spawn(..) | hir::ExprKind::SpawnValue(..) | hir::ExprKind::SpawnBlock(..) => {
                match self.infer.shallow(value.ty).kind() {
                    TyKind::Future(result) => self.infer.shallow(*result).is_unit(),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// `{ value; Ok(()) }`.
    fn then_ok(&mut self, value: hir::Expr, ty: Ty) -> hir::Expr {
        let span = value.span;
        let unit = self.unit(span.shrink_to_end());
        let ok = self.variant(ty, 0, vec![unit], span.shrink_to_end());
        let block = hir::Block { stmts: vec![hir::Stmt::Expr(value)], value: Some(Box::new(ok)) };
        hir::Expr { kind: hir::ExprKind::Block(block), ty, span }
    }

    // ------------------------------------------------------------------------ small constructors

    /// The value `()`.
    pub(crate) fn unit(&self, span: Span) -> hir::Expr {
        hir::Expr { kind: hir::ExprKind::Lit(hir::Lit::Unit), ty: self.w.common.unit, span }
    }

    /// Stands for an expression with a reported mistake.
    pub(crate) fn wrong(&self, ty: Ty, span: Span) -> hir::Expr {
        hir::Expr { kind: hir::ExprKind::Lit(hir::Lit::Unit), ty, span }
    }

    /// Reports a mistake; the expression agrees with everything.
    pub(crate) fn fail(&mut self, diagnostic: Diagnostic) -> hir::Expr {
        let span = diagnostic.primary.span;
        let ty = self.w.error(diagnostic);
        self.wrong(ty, span)
    }

    /// Says that a construct is not compiled yet.
    pub(crate) fn not_yet(&mut self, span: Span, what: &str) -> hir::Expr {
        let reported = self.w.not_yet(span, what);
        let ty = self.w.common.error(reported);
        self.wrong(ty, span)
    }

    /// A variant of an enum type, with a payload by position.
    pub(crate) fn variant(&self, ty: Ty, at: usize, payload: Vec<hir::Expr>, span: Span) -> hir::Expr {
        let id = match ty.kind() {
            TyKind::Adt(id, ..) => *id,
            _ => self.w.lang.option,
        };
        let fields = payload.into_iter().enumerate().collect();
        hir::Expr { kind: hir::ExprKind::Adt(id, at, fields), ty, span }
    }

    /// The value of a local.
    pub(crate) fn local_value(&self, id: LocalId, ty: Ty, span: Span) -> hir::Expr {
        hir::Expr { kind: hir::ExprKind::Local(id), ty, span }
    }

    /// A new inference variable for any type.
    pub(crate) fn fresh(&mut self, span: Span) -> Ty {
        self.infer.fresh(VarKind::Any, span)
    }

    /// The type as far as it is known, for messages.
    pub(crate) fn show(&mut self, ty: Ty) -> String {
        let ty = self.infer.deep(ty);
        let mut names: Vec<(Ty, &str)> = Vec::new();
        ty.any(&mut |part| {
            match self.infer.var_kind(part) {
                Some(VarKind::Number) => names.push((part, "int")),
                Some(VarKind::Float) => names.push((part, "float")),
                _ => {}
            }
            false
        });
        let (int, float) = (self.w.common.int, self.w.common.float);
        ty.map(&mut |part| match names.iter().find(|(var, _)| *var == part) {
            Some((_, "int")) => int,
            Some(_) => float,
            None => part,
        })
        .to_string()
    }

    /// Two types that differ, for one message: with their modules' names, if they look alike without.
    pub(crate) fn show_apart(&mut self, a: Ty, b: Ty) -> (String, String) {
        let (first, second) = (self.show(a), self.show(b));
        if first != second {
            return (first, second);
        }
        let mut whole = |ty: Ty| {
            let ty = self.infer.deep(ty).map(&mut |part| match part.kind() {
                TyKind::Adt(id, _, args) => {
                    Ty::new(TyKind::Adt(*id, Symbol::new(&self.w.adts[*id].path), args.clone()))
                }
                _ => part,
            });
            self.show(ty)
        };
        (whole(a), whole(b))
    }

    /// Whether this body belongs to the standard library, which nobody is warned about.
    pub(crate) fn is_std(&self) -> bool {
        self.w.modules[self.module].is_std()
    }

    /// Adds a warning, except in the standard library, and in a program that is not whole.
    pub(crate) fn warn(&mut self, diagnostic: Diagnostic) {
        if !self.is_std() && !self.w.is_partial() {
            self.w.report(diagnostic);
        }
    }
}
