//! What random bodies are about: the types of their values, and the declarations and functions that they know.
//!
//! Each kind of ownership is there: plain numbers, counted text and arrays, boxed values that contain themselves,
//! senders that die after their last use, receivers and closures that die with their block, mutexes, maps.

use wyn_base::{IndexVec, SourceId, Span, Symbol};
use wyn_hir::{
    Adt, AdtId, AdtKind, Arg, BinOp, Body, Expr, ExprKind, Field, Fn, FnBody, FnId, Generic, Intrinsic,
    LangItems, Lit, Local, LocalId, MapItems, Param, Ty, TyKind, Variant,
};

pub(crate) const OPTION: AdtId = AdtId(0);
/// `enum Tree { Leaf, Node(Tree, string, Tree) }`
pub(crate) const TREE: AdtId = AdtId(1);
/// `struct Chain { text: string, next: Chain? }`
pub(crate) const CHAIN: AdtId = AdtId(2);
const MAP: AdtId = AdtId(3);
pub(crate) const SLOT: AdtId = AdtId(4);

pub(crate) fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

pub(crate) fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: span() }
}

pub(crate) fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

pub(crate) fn call(function: FnId, types: Vec<Ty>, args: Vec<Arg>, ret: Ty) -> Expr {
    expr(ExprKind::Call(function, types, args), ret)
}

// ---------------------------------------------------------------------------------------- types

pub(crate) fn strings() -> Ty {
    Ty::array(Ty::string())
}

pub(crate) fn receiver() -> Ty {
    Ty::new(TyKind::Receiver(Ty::int()))
}

pub(crate) fn sender() -> Ty {
    Ty::new(TyKind::Sender(Ty::int()))
}

/// Both ends of a channel.
pub(crate) fn ends() -> Ty {
    Ty::tuple(vec![sender(), receiver()])
}

pub(crate) fn pair() -> Ty {
    Ty::tuple(vec![Ty::string(), receiver()])
}

pub(crate) fn option(ty: Ty) -> Ty {
    Ty::new(TyKind::Adt(OPTION, "Option".into(), vec![ty]))
}

pub(crate) fn function() -> Ty {
    Ty::new(TyKind::Fn(vec![Ty::string(), receiver()], Ty::int()))
}

pub(crate) fn future() -> Ty {
    Ty::new(TyKind::Future(Ty::string()))
}

pub(crate) fn tree() -> Ty {
    Ty::new(TyKind::Adt(TREE, "Tree".into(), Vec::new()))
}

pub(crate) fn chain() -> Ty {
    Ty::new(TyKind::Adt(CHAIN, "Chain".into(), Vec::new()))
}

/// From names to lists.
pub(crate) fn map() -> Ty {
    Ty::new(TyKind::Adt(MAP, "Map".into(), vec![Ty::string(), strings()]))
}

pub(crate) fn is_map(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Adt(MAP, ..))
}

pub(crate) fn mutex(ty: Ty) -> Ty {
    Ty::new(TyKind::Mutex(ty))
}

/// What mutexes hold.
pub(crate) fn contents() -> [Ty; 4] {
    [Ty::string(), tree(), map(), pair()]
}

/// The types of variables.
pub(crate) fn types() -> Vec<Ty> {
    let mut all = vec![
        Ty::int(),
        Ty::bool(),
        Ty::string(),
        strings(),
        option(Ty::string()),
        receiver(),
        sender(),
        pair(),
        option(receiver()),
        function(),
        future(),
        tree(),
        chain(),
        option(chain()),
        map(),
    ];
    all.extend(contents().map(mutex));
    all
}

// ---------------------------------------------------------------------------------------- declarations

fn parameter(at: u32) -> Ty {
    Ty::new(TyKind::Param(at, ["T", "U"][at as usize].into()))
}

fn generics(count: u32) -> Vec<Generic> {
    let one = |at: u32| Generic { name: ["T", "U"][at as usize].into(), bounds: Vec::new() };
    (0..count).map(one).collect()
}

/// The declarations, in the order of their numbers.
fn adts() -> IndexVec<AdtId, Adt> {
    let variant = |name: &str, types: &[Ty]| Variant {
        name: name.into(),
        fields: types.iter().map(|ty| Field { name: None, ty: *ty }).collect(),
    };
    let make = |name: &str, kind, params, variants, boxed| Adt {
        name: name.into(),
        path: name.into(),
        kind,
        generics: generics(params),
        variants,
        boxed,
        span: span(),
    };
    let (t, u) = (parameter(0), parameter(1));
    let slots = Ty::array(Ty::new(TyKind::Adt(SLOT, "Slot".into(), vec![t, u])));
    [
        make("Option", AdtKind::Enum, 1, vec![variant("None", &[]), variant("Some", &[t])], false),
        make(
            "Tree",
            AdtKind::Enum,
            0,
            vec![variant("Leaf", &[]), variant("Node", &[tree(), Ty::string(), tree()])],
            true,
        ),
        make("Chain", AdtKind::Struct, 0, vec![variant("Chain", &[Ty::string(), option(chain())])], true),
        make("Map", AdtKind::Struct, 2, vec![variant("Map", &[slots])], false),
        make("Slot", AdtKind::Enum, 2, vec![variant("Free", &[]), variant("Entry", &[t, u])], false),
    ]
    .into_iter()
    .collect()
}

pub(crate) const LOOK: FnId = FnId(0);
pub(crate) const KEEP: FnId = FnId(1);
pub(crate) const DRAIN: FnId = FnId(2);
pub(crate) const PASS: FnId = FnId(3);
pub(crate) const EDIT: FnId = FnId(4);
pub(crate) const PUSH: FnId = FnId(5);
pub(crate) const CHANNEL: FnId = FnId(6);
pub(crate) const BOTH: FnId = FnId(7);
pub(crate) const MUTEX: FnId = FnId(8);
pub(crate) const GRAFT: FnId = FnId(9);
const FIND: FnId = FnId(10);
const FIND_OR_INSERT: FnId = FnId(11);
const VALUE_OR: FnId = FnId(12);
const SET: FnId = FnId(13);
const MISSING: FnId = FnId(14);

/// A function with these parameters, each with whether it is `mut`.
fn make(name: &str, types: u32, params: &[(Ty, bool)], ret: Ty, body: FnBody) -> Fn {
    let param = |(at, (ty, mutable)): (usize, &(Ty, bool))| Param {
        name: Symbol::new(["a", "b", "c"][at]),
        ty: *ty,
        mutable: *mutable,
        span: span(),
    };
    Fn {
        name: name.into(),
        path: name.into(),
        generics: generics(types),
        params: params.iter().enumerate().map(param).collect(),
        ret,
        body,
        span: span(),
        library: false,
    }
}

/// The functions that bodies call, in the order of their numbers.
fn library() -> Vec<Fn> {
    let wyn = |name, types, params: &[(Ty, bool)], value: Expr| {
        let ret = value.ty;
        let blank = make(name, types, params, ret, FnBody::Intrinsic(Intrinsic::Panic));
        let local = |p: &Param| Local { name: p.name, ty: p.ty, mutable: p.mutable, span: span() };
        let locals = blank.params.iter().map(local).collect();
        Fn { body: FnBody::Wyn(Body { locals, value }), ..blank }
    };
    let zero = || expr(ExprKind::Lit(Lit::Int(0)), Ty::int());
    let text = || expr(ExprKind::Lit(Lit::String("text".into())), Ty::string());
    let unit = || expr(ExprKind::Lit(Lit::Unit), Ty::unit());
    let local = |at, ty| expr(ExprKind::Local(LocalId(at)), ty);
    let read = |ty| (ty, false);
    let (t, u) = (parameter(0), parameter(1));
    let any_map = Ty::new(TyKind::Adt(MAP, "Map".into(), vec![t, u]));
    let edit = ExprKind::AssignOp(BinOp::Add, boxed(local(0, Ty::string())), boxed(local(0, Ty::string())));
    let grafted = ExprKind::Adt(TREE, 1, vec![(0, local(0, tree())), (1, text()), (2, local(0, tree()))]);
    let graft = ExprKind::Assign(boxed(local(0, tree())), boxed(expr(grafted, tree())));
    let push = FnBody::Intrinsic(Intrinsic::ArrayPush);
    let new_channel = FnBody::Intrinsic(Intrinsic::ChannelNew);
    let new_mutex = FnBody::Intrinsic(Intrinsic::MutexNew);
    vec![
        wyn("look", 0, &[read(Ty::string())], zero()),
        wyn("keep", 0, &[read(Ty::string())], local(0, Ty::string())),
        wyn("drain", 0, &[read(receiver())], zero()),
        wyn("pass", 0, &[read(receiver())], local(0, receiver())),
        wyn("edit", 0, &[(Ty::string(), true)], expr(edit, Ty::unit())),
        make("push", 1, &[(Ty::array(t), true), read(t)], Ty::unit(), push),
        make("channel", 1, &[read(Ty::int())], ends(), new_channel),
        wyn("both", 0, &[read(Ty::string()), read(receiver())], zero()),
        make("mutex", 1, &[read(t)], mutex(t), new_mutex),
        wyn("graft", 0, &[(tree(), true)], expr(graft, Ty::unit())),
        wyn("find", 2, &[read(any_map), read(t)], zero()),
        wyn("find_or_insert", 2, &[(any_map, true), read(t), read(u)], zero()),
        wyn("value_or", 2, &[read(any_map), read(t), read(u)], local(2, u)),
        wyn("set", 2, &[(any_map, true), read(t), read(u)], unit()),
        wyn("missing", 1, &[read(t)], text()),
    ]
}

/// A program around one function.
pub(crate) fn program(main: Fn) -> wyn_hir::Program {
    let mut fns: IndexVec<FnId, Fn> = library().into_iter().collect();
    let main = fns.push(main);
    let map = MapItems {
        map: MAP,
        find: FIND,
        find_or_insert: FIND_OR_INSERT,
        value_or: VALUE_OR,
        set: SET,
        missing: MISSING,
    };
    wyn_hir::Program {
        adts: adts(),
        fns,
        consts: IndexVec::new(),
        main: Some(main),
        lang: LangItems { option: OPTION, result: None, map: Some(map), abilities: Vec::new() },
    }
}

/// The function that a random body belongs to.
pub(crate) fn function_of(name: &str, params: &[Local], ret: Ty, body: Body) -> Fn {
    let params: Vec<(Ty, bool)> = params.iter().map(|local| (local.ty, local.mutable)).collect();
    make(name, 0, &params, ret, FnBody::Wyn(body))
}
