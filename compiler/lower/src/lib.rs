//! HIR to Built MIR.
//!
//! Takes a checked program and gives one generic control-flow graph for each function, closure,
//! spawned block and constant. Control flow becomes blocks, operators become checked operations,
//! scopes become explicit: every way out of a block, unwinding included, runs its `defer`s and ends
//! its locals. Ownership is *not* decided here: a read that hands a value to an owner is `Copy`, a
//! read that only looks is `Borrow`, and the ownership pass finds out which copies are moves.
//!
//! Files by area: [`body`] (one graph while it grows), [`scope`] (ways out), [`place`] (paths into
//! values), [`entry`] (entries of maps), [`value`] (expressions), [`operator`], [`text`] (strings and
//! arrays built by appending), [`call`], [`task`] (entries of spawned tasks), [`control`], [`select`], [`lock`],
//! [`pattern`], [`walk`] (what an expression contains), [`tidy`] (the finished graph).

mod body;
mod call;
mod control;
mod entry;
mod lock;
mod nursery;
mod operator;
mod pattern;
mod place;
mod scope;
mod select;
mod task;
mod text;
mod tidy;
mod value;
mod walk;

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Diagnostics, IndexVec, SourceId, Span};
use wyn_hir::{Bound, ConstId, FnBody, FnId, Generic};
use wyn_mir::{
    Ability, Body, BodyId, BodyKind, Global, Intrinsic, LocalKind, ParamMode, Phase, Program, Ty, TyKind,
};

use crate::body::Builder;

/// Lowers a whole program.
///
/// Requires a program that was checked without errors. A program without a `main` is reported; the
/// MIR that comes with the report has some other body in its place.
#[must_use]
pub fn lower(program: &wyn_hir::Program) -> (Program, Diagnostics) {
    let mut cx = Context::new(program);
    for (id, function) in program.fns.iter_enumerated() {
        let lowered = match &function.body {
            FnBody::Wyn(body) => cx.function(function, body),
            FnBody::Intrinsic(intrinsic) => cx.intrinsic_body(function, *intrinsic),
        };
        cx.define(cx.functions[id], lowered);
    }
    let mut consts = IndexVec::new();
    for constant in &program.consts {
        let init = cx.reserve();
        let signature = Signature {
            name: constant.path.clone(),
            kind: BodyKind::Const,
            generics: &[],
            ret: constant.ty,
            span: constant.span,
        };
        let mut builder = Builder::new(&mut cx, signature, constant.body.locals.as_slice());
        builder.whole_body(&constant.body.value);
        let lowered = builder.finish();
        cx.define(init, lowered);
        consts.push(Global { path: constant.path.clone(), ty: constant.ty, init });
    }
    let main = match program.main {
        Some(main) => cx.main_entry(main),
        None => cx.missing_main(),
    };
    let abilities = program.lang.abilities.iter().map(|(adt, bound, function)| {
        let operation = match bound {
            Bound::Eq => Intrinsic::Eq,
            Bound::Ord => Intrinsic::Cmp,
            Bound::Hash => Intrinsic::HashValue,
            Bound::Show => Intrinsic::Show,
        };
        Ability { adt: *adt, operation, body: cx.functions[*function] }
    });
    let abilities = abilities.collect();
    let lowered = Program {
        phase: Phase::Built,
        adts: program.adts.clone(),
        option: program.lang.option,
        bodies: cx.bodies.into_iter().flatten().collect(),
        consts,
        main,
        abilities,
    };
    (lowered, cx.diagnostics)
}

/// What all bodies share while a program is lowered.
pub(crate) struct Context<'h> {
    /// The input.
    pub(crate) hir: &'h wyn_hir::Program,
    /// Every body made or reserved so far; all are there in the end.
    bodies: IndexVec<BodyId, Option<Body>>,
    /// The body of each function; a forwarding body for an intrinsic used as a value.
    functions: IndexVec<FnId, BodyId>,
    /// The task entry of each function that is spawned.
    tasks: FxHashMap<FnId, BodyId>,
    diagnostics: Diagnostics,
}

/// What a body is, before it has any code.
pub(crate) struct Signature<'h> {
    /// For people and symbols.
    pub(crate) name: String,
    /// What it is made from.
    pub(crate) kind: BodyKind,
    /// Its type parameters.
    pub(crate) generics: &'h [Generic],
    /// The type of its value.
    pub(crate) ret: Ty,
    /// The declaration.
    pub(crate) span: Span,
}

impl<'h> Context<'h> {
    fn new(hir: &'h wyn_hir::Program) -> Self {
        let mut bodies = IndexVec::new();
        let functions = hir.fns.iter().map(|_| bodies.push(None)).collect();
        Self { hir, bodies, functions, tasks: FxHashMap::default(), diagnostics: Diagnostics::new() }
    }

    /// A body that will be there later.
    pub(crate) fn reserve(&mut self) -> BodyId {
        self.bodies.push(None)
    }

    /// Fills a reserved body.
    pub(crate) fn define(&mut self, id: BodyId, body: Body) {
        self.bodies[id] = Some(body);
    }

    /// The body that stands for a function.
    pub(crate) fn function_body(&self, id: FnId) -> BodyId {
        self.functions[id]
    }

    fn missing_main(&mut self) -> BodyId {
        // The program's own file is the first of its sources.
        let start = Span::new(SourceId(0), 0, 0);
        let diagnostic = Diagnostic::error(Code::E0109, start, "this program has no `main`")
            .label("nothing here says where it begins")
            .help("add `fn main() { }`");
        self.diagnostics.report(diagnostic);
        BodyId(0)
    }

    fn function(&mut self, function: &'h wyn_hir::Fn, body: &'h wyn_hir::Body) -> Body {
        let signature = Signature {
            name: function.path.clone(),
            kind: BodyKind::Fn,
            generics: &function.generics,
            ret: function.ret,
            span: function.span,
        };
        let mut builder = Builder::new(self, signature, body.locals.as_slice());
        for (local, param) in body.locals.indices().zip(&function.params) {
            let mode = if param.mutable { ParamMode::Mut } else { ParamMode::Borrowed };
            builder.parameter(local, LocalKind::Param(mode));
        }
        builder.whole_body(&body.value);
        Body { blames_caller: function.library, ..builder.finish() }
    }
}

/// The type parameters as types: the arguments with which a body refers to bodies nested in it.
pub(crate) fn identity(generics: &[Generic]) -> Vec<Ty> {
    let types = generics.iter().zip(0..);
    types.map(|(generic, at)| Ty::new(TyKind::Param(at, generic.name))).collect()
}

/// The global that stands for a module-level constant.
pub(crate) fn global(id: ConstId) -> wyn_mir::GlobalId {
    wyn_mir::GlobalId(id.0)
}
