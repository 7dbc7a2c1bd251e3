//! Built MIR of small bodies, written as HIR by hand: one test per rule that later passes rely on.
//! Every program is verified; the snapshots hold the text form.

use wyn_base::{IndexVec, SourceId, Span, Symbol};
use wyn_hir::{
    Adt, AdtId, AdtKind, Arg, Arm, BinOp, Block, Body, Closure, Expr, ExprKind, Field, Fn, FnBody, FnId,
    ForArray, ForRange, Generic, Intrinsic, LangItems, Lit, Local, LocalId, LoopId, Nursery, Param, Part,
    Pat, PatKind, Program, SpawnMode, Stmt, Ty, TyKind, Variant,
};

const OPTION: AdtId = AdtId(0);
const CALLEE: FnId = FnId(0);
const PUSH: FnId = FnId(1);

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: span() }
}

fn int(value: i128) -> Expr {
    expr(ExprKind::Lit(Lit::Int(value)), Ty::int())
}

fn local(id: u32, ty: Ty) -> Expr {
    expr(ExprKind::Local(LocalId(id)), ty)
}

fn binary(op: BinOp, left: Expr, right: Expr, ty: Ty) -> Expr {
    expr(ExprKind::Binary(op, Box::new(left), Box::new(right)), ty)
}

fn assign(place: Expr, value: Expr) -> Expr {
    expr(ExprKind::Assign(Box::new(place), Box::new(value)), Ty::unit())
}

fn index(array: Expr, at: Expr, ty: Ty) -> Expr {
    expr(ExprKind::Index(Box::new(array), Box::new(at)), ty)
}

fn call(args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(CALLEE, Vec::new(), args.into_iter().map(Arg::Value).collect()), Ty::int())
}

fn block(stmts: Vec<Stmt>, value: Option<Expr>) -> Expr {
    let ty = value.as_ref().map_or(Ty::unit(), |value| value.ty);
    expr(ExprKind::Block(Block { stmts, value: value.map(Box::new) }), ty)
}

fn bind(id: u32, ty: Ty) -> Pat {
    Pat { kind: PatKind::Bind(LocalId(id)), ty, span: span() }
}

fn variant(number: usize, fields: Vec<Pat>, ty: Ty) -> Pat {
    let fields = fields.into_iter().enumerate().collect();
    Pat { kind: PatKind::Variant(OPTION, number, fields), ty, span: span() }
}

fn option(ty: Ty) -> Ty {
    Ty::new(TyKind::Adt(OPTION, "Option".into(), vec![ty]))
}

fn receiver() -> Ty {
    Ty::new(TyKind::Receiver(Ty::int()))
}

fn locals(list: &[(&str, Ty, bool)]) -> IndexVec<LocalId, Local> {
    let local = |(name, ty, mutable): &(&str, Ty, bool)| Local {
        name: Symbol::new(name),
        ty: *ty,
        mutable: *mutable,
        span: span(),
    };
    list.iter().map(local).collect()
}

fn function(name: &str, params: usize, all: &[(&str, Ty, bool)], value: Expr) -> Fn {
    let params = all[..params].iter().map(|(name, ty, mutable)| Param {
        name: Symbol::new(name),
        ty: *ty,
        mutable: *mutable,
        span: span(),
    });
    Fn {
        name: name.into(),
        path: name.into(),
        generics: Vec::new(),
        params: params.collect(),
        ret: value.ty,
        body: FnBody::Wyn(Body { locals: locals(all), value }),
        span: span(),
        library: false,
    }
}

/// A program of `callee`, `push` and these functions, the first of which is `main`.
fn program(functions: Vec<Fn>) -> Program {
    let t = Ty::new(TyKind::Param(0, "T".into()));
    let generics = vec![Generic { name: "T".into(), bounds: Vec::new() }];
    let fields = vec![Field { name: None, ty: t }];
    let option = Adt {
        name: "Option".into(),
        path: "prelude.Option".into(),
        kind: AdtKind::Enum,
        generics: generics.clone(),
        variants: vec![
            Variant { name: "None".into(), fields: Vec::new() },
            Variant { name: "Some".into(), fields },
        ],
        boxed: false,
        span: span(),
    };
    let callee = function("callee", 1, &[("n", Ty::int(), false)], local(0, Ty::int()));
    let param = |name: &str, ty, mutable| Param { name: name.into(), ty, mutable, span: span() };
    let push = Fn {
        name: "push".into(),
        path: "array.push".into(),
        generics,
        params: vec![param("self", Ty::array(t), true), param("value", t, false)],
        ret: Ty::unit(),
        body: FnBody::Intrinsic(Intrinsic::ArrayPush),
        span: span(),
        library: false,
    };
    Program {
        adts: [option].into_iter().collect(),
        fns: [callee, push].into_iter().chain(functions).collect(),
        consts: IndexVec::new(),
        main: Some(FnId(2)),
        lang: LangItems { option: OPTION, result: None, map: None, abilities: Vec::new() },
    }
}

/// The text of a function, with what it contains.
fn lowered(main: Fn) -> String {
    let (mir, diagnostics) = wyn_lower::lower(&program(vec![main]));
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let faults = wyn_mir::verify::verify(&mir);
    let text: Vec<String> =
        mir.bodies.iter().skip(2).map(|body| wyn_mir::dump::dump_body(&mir, body)).collect();
    let text = text.join("\n");
    assert!(faults.is_empty(), "{}\n{text}", faults.join("\n"));
    // The passes accept it, and their verifiers and the certifier accept what they make of it.
    let (_, diagnostics) = wyn_passes::run(mir, wyn_mir::Phase::Lowered);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    text
}

#[test]
fn arithmetic_is_checked_and_constants_spare_the_checks() {
    let n = || local(0, Ty::int());
    let sum = binary(BinOp::Add, n(), int(1), Ty::int());
    let half = binary(BinOp::Div, sum, int(2), Ty::int());
    let value = binary(BinOp::Rem, half, n(), Ty::int());
    insta::assert_snapshot!(lowered(function("main", 1, &[("n", Ty::int(), false)], value)));
}

#[test]
fn a_store_through_an_index_makes_the_array_unique_and_checks_the_index() {
    let rows = Ty::array(Ty::array(Ty::string()));
    let all = [("rows", rows, true), ("i", Ty::int(), true), ("text", Ty::string(), false)];
    let row = index(local(0, rows), local(1, Ty::int()), Ty::array(Ty::string()));
    let store = assign(index(row, int(0), Ty::string()), local(2, Ty::string()));
    insta::assert_snapshot!(lowered(function("main", 3, &all, block(vec![Stmt::Expr(store)], None))));
}

#[test]
fn a_part_of_what_a_call_changes_is_kept_aside() {
    let xs = Ty::array(Ty::int());
    let element = index(local(0, xs), int(0), Ty::int());
    let args = vec![Arg::Mut(local(0, xs)), Arg::Value(element)];
    let push = expr(ExprKind::Call(PUSH, vec![Ty::int()], args), Ty::unit());
    insta::assert_snapshot!(lowered(function("main", 1, &[("xs", xs, true)], push)));
}

#[test]
fn every_way_out_runs_what_is_open() {
    // const a = rx; defer callee(1); const b = rx; while callee(2) == 0 { return callee(3) }; 4
    let all = [("rx", receiver(), false), ("a", receiver(), false), ("b", receiver(), false)];
    let round = block(
        vec![Stmt::Expr(expr(ExprKind::Return(Some(Box::new(call(vec![int(3)])))), Ty::never()))],
        None,
    );
    let cond = binary(BinOp::Eq, call(vec![int(2)]), int(0), Ty::bool());
    let repeat = expr(ExprKind::While(LoopId(0), Box::new(cond), Box::new(round)), Ty::unit());
    let body = block(
        vec![
            Stmt::Let(bind(1, receiver()), local(0, receiver())),
            Stmt::Defer(call(vec![int(1)])),
            Stmt::Let(bind(2, receiver()), local(0, receiver())),
            Stmt::Expr(repeat),
        ],
        Some(int(4)),
    );
    insta::assert_snapshot!(lowered(function("main", 1, &all, body)));
}

#[test]
fn a_match_on_variants_is_one_switch() {
    let maybe = option(Ty::string());
    let all = [("maybe", maybe, false), ("text", Ty::string(), false)];
    let arm = |pat, body| Arm { pat, guard: None, body };
    let arms = vec![
        arm(variant(1, vec![bind(1, Ty::string())], maybe), local(1, Ty::string())),
        arm(variant(0, Vec::new(), maybe), expr(ExprKind::Lit(Lit::String("none".into())), Ty::string())),
    ];
    let value = expr(ExprKind::Match(Box::new(local(0, maybe)), arms), Ty::string());
    insta::assert_snapshot!(lowered(function("main", 1, &all, value)));
}

#[test]
fn alternatives_and_guards_are_tried_in_order() {
    let pair = Ty::tuple(vec![option(Ty::int()), option(Ty::int())]);
    let all = [("pair", pair, false), ("n", Ty::int(), false)];
    let some = || variant(1, vec![bind(1, Ty::int())], option(Ty::int()));
    let wild = || Pat { kind: PatKind::Wild, ty: option(Ty::int()), span: span() };
    let tuple = |parts| Pat { kind: PatKind::Tuple(parts), ty: pair, span: span() };
    let either = PatKind::Or(vec![tuple(vec![some(), wild()]), tuple(vec![wild(), some()])]);
    let arms = vec![
        Arm {
            pat: Pat { kind: either, ty: pair, span: span() },
            guard: Some(binary(BinOp::Gt, local(1, Ty::int()), int(5), Ty::bool())),
            body: local(1, Ty::int()),
        },
        Arm { pat: Pat { kind: PatKind::Wild, ty: pair, span: span() }, guard: None, body: int(0) },
    ];
    let value = expr(ExprKind::Match(Box::new(local(0, pair)), arms), Ty::int());
    insta::assert_snapshot!(lowered(function("main", 1, &all, value)));
}

#[test]
fn loops_count_without_overflow_and_iterate_snapshots() {
    let xs = Ty::array(Ty::int());
    let all = [("xs", xs, false), ("i", Ty::int(), false), ("x", Ty::int(), false)];
    let range = ForRange {
        id: LoopId(0),
        var: LocalId(1),
        start: int(0),
        end: int(9),
        inclusive: true,
        changes: None,
        body: block(vec![Stmt::Expr(expr(ExprKind::Continue(LoopId(0)), Ty::never()))], None),
    };
    let array = ForArray {
        id: LoopId(1),
        index: None,
        pat: bind(2, Ty::int()),
        array: local(0, xs),
        body: block(vec![Stmt::Expr(call(vec![local(2, Ty::int())]))], None),
    };
    let body = block(
        vec![
            Stmt::Expr(expr(ExprKind::ForRange(Box::new(range)), Ty::unit())),
            Stmt::Expr(expr(ExprKind::ForArray(Box::new(array)), Ty::unit())),
        ],
        None,
    );
    insta::assert_snapshot!(lowered(function("main", 1, &all, body)));
}

#[test]
fn text_is_appended_to_one_place() {
    let part = |text: &str| Part::Text(text.into());
    let parts = vec![part("n = "), Part::Value(local(0, Ty::int())), part("!")];
    let text = expr(ExprKind::Interpolate(parts), Ty::string());
    let sum = binary(BinOp::Add, local(1, Ty::string()), text, Ty::string());
    let body = block(vec![Stmt::Expr(assign(local(1, Ty::string()), sum))], None);
    let all = [("n", Ty::int(), false), ("s", Ty::string(), true)];
    insta::assert_snapshot!(lowered(function("main", 2, &all, body)));
}

#[test]
fn calm_text_is_appended_without_being_put_together_first() {
    let text = expr(
        ExprKind::Interpolate(vec![Part::Value(local(0, Ty::int())), Part::Text(",".into())]),
        Ty::string(),
    );
    let append = ExprKind::AssignOp(BinOp::Add, Box::new(local(1, Ty::string())), Box::new(text));
    let all = [("n", Ty::int(), false), ("s", Ty::string(), true)];
    insta::assert_snapshot!(lowered(function("main", 2, &all, expr(append, Ty::unit()))));
}

#[test]
fn tasks_own_what_moves_into_them() {
    let future = Ty::new(TyKind::Future(Ty::int()));
    let all = [("n", Ty::int(), false), ("f", future, false), ("g", future, false)];
    let spawned = expr(ExprKind::Spawn(SpawnMode::Joined, CALLEE, Vec::new(), vec![int(42)]), future);
    let closure = Closure {
        captures: vec![LocalId(0)],
        params: 0,
        body: Body { locals: locals(&all[..1]), value: call(vec![local(0, Ty::int())]) },
    };
    let await_ = |id| expr(ExprKind::Await(Box::new(local(id, future))), Ty::int());
    let inside = block(
        vec![
            Stmt::Let(bind(1, future), spawned),
            Stmt::Let(
                bind(2, future),
                expr(ExprKind::SpawnBlock(SpawnMode::Joined, Box::new(closure)), future),
            ),
        ],
        Some(binary(BinOp::Add, await_(1), await_(2), Ty::int())),
    );
    let nursery = expr(ExprKind::Nursery(Box::new(Nursery { options: Vec::new(), body: inside })), Ty::int());
    insta::assert_snapshot!(lowered(function("main", 1, &all, nursery)));
}

#[test]
fn a_closure_reads_its_captures_in_place() {
    let fn_ty = Ty::new(TyKind::Fn(vec![Ty::int()], Ty::int()));
    let all = [("n", Ty::int(), false), ("add", fn_ty, false)];
    let closure = Closure {
        captures: vec![LocalId(0)],
        params: 1,
        body: Body {
            locals: locals(&[("n", Ty::int(), false), ("m", Ty::int(), false)]),
            value: binary(BinOp::Add, local(0, Ty::int()), local(1, Ty::int()), Ty::int()),
        },
    };
    let made = expr(ExprKind::Closure(Box::new(closure)), fn_ty);
    let called = ExprKind::CallValue(Box::new(local(1, fn_ty)), vec![Arg::Value(int(2))]);
    let body = block(vec![Stmt::Let(bind(1, fn_ty), made)], Some(expr(called, Ty::int())));
    insta::assert_snapshot!(lowered(function("main", 1, &all, body)));
}

/// `fn grow<T>(x: T) { grow<f(T)>(..) }`, called by `main` with an `int`.
fn growing(f: impl FnOnce(Ty) -> (Ty, Expr)) -> Program {
    let t = Ty::new(TyKind::Param(0, "T".into()));
    let grow = |ty, arg| expr(ExprKind::Call(FnId(3), vec![ty], vec![Arg::Value(arg)]), Ty::unit());
    let (ty, arg) = f(t);
    let generic = Fn {
        generics: vec![Generic { name: "T".into(), bounds: Vec::new() }],
        ..function("grow", 1, &[("x", t, false)], grow(ty, arg))
    };
    program(vec![function("main", 0, &[], grow(Ty::int(), int(1))), generic])
}

#[test]
fn generic_bodies_are_instantiated_once_for_each_use() {
    let hir = growing(|t| (t, local(0, t)));
    let (mir, diagnostics) = wyn_passes::run(wyn_lower::lower(&hir).0, wyn_mir::Phase::Owned);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let names: Vec<&str> = mir.bodies.iter().map(|body| body.name.as_str()).collect();
    assert_eq!(names, ["main", "grow<int>"]);
}

#[test]
fn endless_instantiation_is_an_error() {
    let hir = growing(|t| {
        let pair = Ty::tuple(vec![t, t]);
        (pair, expr(ExprKind::Tuple(vec![local(0, t), local(0, t)]), pair))
    });
    let (_, diagnostics) = wyn_passes::run(wyn_lower::lower(&hir).0, wyn_mir::Phase::Owned);
    let found: Vec<String> = diagnostics.sorted().into_iter().map(|found| found.message).collect();
    assert_eq!(found, ["`grow` needs endlessly many instances"]);
}
