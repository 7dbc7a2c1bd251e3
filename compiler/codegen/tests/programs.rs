//! Programs written in MIR, compiled at every level, linked with the runtime and run.

mod support;

use support::{BORROWED, BodyBuilder, OWNED, ProgramBuilder, RET, body, copy, int, moved, text};
use wyn_mir::{
    Arg, BinOp, BodyId, BodyKind, Callee, Intrinsic, LocalKind, Operand, Place, Proj, Rvalue, SpawnMode,
    StmtKind, TermKind, Ty, TyKind,
};

fn main_body(p: &ProgramBuilder) -> BodyBuilder {
    BodyBuilder::new(p.span, "main", BodyKind::Task, &[], Ty::unit())
}

#[test]
fn hello() {
    let mut p = ProgramBuilder::new();
    let mut b = main_body(&p);
    let unit = b.local(Ty::unit(), None);
    b.intrinsic(unit, Intrinsic::PrintLine, Vec::new(), vec![Arg::Value(text("hello"))]);
    p.add(b.finish());
    p.expect("hello\n");
}

#[test]
fn calls_and_checked_arithmetic() {
    let mut p = ProgramBuilder::new();
    let fib = BodyId(1);
    let mut b = main_body(&p);
    let n = b.local(Ty::int(), Some("n"));
    b.call(Callee::Body(body(fib)), vec![Arg::Value(int(20))], n, None);
    b.print(n);
    p.add(b.finish());
    p.add(fib_body(&p, fib));
    p.expect("6765\n");
}

fn fib_body(p: &ProgramBuilder, fib: BodyId) -> wyn_mir::Body {
    let mut b = BodyBuilder::new(p.span, "fib", BodyKind::Fn, &[(Ty::int(), BORROWED)], Ty::int());
    let n = wyn_mir::Local(1);
    let small = b.temp(Ty::bool(), Rvalue::Binary(BinOp::Lt, copy(n), int(2)));
    let (leaf, node) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(small), vec![(0, node)], leaf));
    b.enter(leaf);
    b.assign(RET, Rvalue::Use(copy(n)));
    b.end(TermKind::Return);
    b.enter(node);
    let (x, y) = (b.local(Ty::int(), None), b.local(Ty::int(), None));
    let less = b.checked(BinOp::Sub, copy(n), int(1));
    b.call(Callee::Body(body(fib)), vec![Arg::Value(copy(less))], x, None);
    let less = b.checked(BinOp::Sub, copy(n), int(2));
    b.call(Callee::Body(body(fib)), vec![Arg::Value(copy(less))], y, None);
    let sum = b.checked(BinOp::Add, copy(x), copy(y));
    b.assign(RET, Rvalue::Use(copy(sum)));
    b.finish()
}

#[test]
fn recursive_functions_check_the_stack_and_leaves_do_not() {
    let mut p = ProgramBuilder::new();
    let mut b = main_body(&p);
    let n = b.local(Ty::int(), Some("n"));
    b.call(Callee::Body(body(BodyId(1))), vec![Arg::Value(int(20))], n, None);
    p.add(b.finish());
    p.add(fib_body(&p, BodyId(1)));
    for opt in [wyn_codegen::Opt::O0, wyn_codegen::Opt::O2, wyn_codegen::Opt::O3] {
        let ir = p.ir(opt);
        let fib = ir
            .split("define ")
            .find(|text| text.lines().next().unwrap_or("").contains("@test.fib("))
            .unwrap();
        let fib = &fib[..fib.find("\n}").unwrap()];
        assert!(fib.contains("musttail call") && fib.contains("i64 @wyn_morestack("), "{opt:?}:\n{fib}");
        assert!(!ir.contains("wyn.recursive"), "{opt:?}");
        assert_eq!(ir, p.ir(opt), "{opt:?} gives the same twice");
    }
}

#[test]
fn overflow_is_a_panic_with_its_place() {
    let mut p = ProgramBuilder::new();
    let mut b = main_body(&p);
    let n = b.temp(Ty::int(), Rvalue::Use(int(i128::from(i64::MAX))));
    let m = b.checked(BinOp::Add, copy(n), int(1));
    b.print(m);
    p.add(b.finish());
    for opt in [wyn_codegen::Opt::O0, wyn_codegen::Opt::O3] {
        let output = p.run(opt);
        assert_eq!(output.status.code(), Some(101), "{opt:?}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains("test.wyn:2:1"), "{opt:?}: {err}");
    }
}

#[test]
fn spawn_and_await() {
    let mut p = ProgramBuilder::new();
    let future = Ty::new(TyKind::Future(Ty::int()));
    let mut b = main_body(&p);
    let f = b.temp(future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(1)), vec![int(42)]));
    let n = b.local(Ty::int(), Some("result"));
    b.await_future(moved(f), n, None);
    b.print(n);
    p.add(b.finish());
    let mut b = BodyBuilder::new(p.span, "compute", BodyKind::Task, &[(Ty::int(), OWNED)], Ty::int());
    let n = wyn_mir::Local(1);
    let square = b.checked(BinOp::Mul, copy(n), copy(n));
    b.assign(RET, Rvalue::Use(copy(square)));
    p.add(b.finish());
    p.expect("1764\n");
}

#[test]
fn large_arguments_and_results_travel_boxed() {
    let mut p = ProgramBuilder::new();
    let big = Ty::tuple(vec![Ty::string(), Ty::int(), Ty::int(), Ty::int(), Ty::int()]);
    let future = Ty::new(TyKind::Future(big));
    let mut b = main_body(&p);
    let s = b.local(Ty::string(), None);
    b.assign(s, Rvalue::Use(text("a")));
    let unit = b.local(Ty::unit(), None);
    b.intrinsic(unit, Intrinsic::StringAppend, Vec::new(), vec![Arg::Mut(s.into()), Arg::Value(text("b"))]);
    let t = b.temp(big, Rvalue::Tuple(vec![moved(s), int(1), int(2), int(3), int(4)]));
    let f = b.temp(future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(1)), vec![moved(t)]));
    let r = b.local(big, Some("r"));
    b.await_future(moved(f), r, None);
    let field = |at| Place::local(r).then(Proj::Field(at));
    b.print(field(4));
    b.intrinsic(unit, Intrinsic::PrintLine, Vec::new(), vec![Arg::Value(Operand::Borrow(field(0)))]);
    b.push(StmtKind::Release(r.into()));
    p.add(b.finish());
    let mut b = BodyBuilder::new(p.span, "same", BodyKind::Task, &[(big, OWNED)], big);
    b.assign(RET, Rvalue::Use(moved(wyn_mir::Local(1))));
    p.add(b.finish());
    p.expect("4\nab\n");
}

#[test]
fn channels_carry_strings() {
    let mut p = ProgramBuilder::new();
    let (tx_ty, rx_ty) = (Ty::new(TyKind::Sender(Ty::string())), Ty::new(TyKind::Receiver(Ty::string())));
    let pair = Ty::tuple(vec![tx_ty, rx_ty]);
    let option = p.option(Ty::string());
    let future = Ty::new(TyKind::Future(Ty::unit()));
    let mut b = main_body(&p);
    let ends = b.local(pair, None);
    let channel = Callee::Intrinsic(Intrinsic::ChannelNew, vec![Ty::string()]);
    b.call(channel, vec![Arg::Value(int(1))], ends, None);
    let end = |at| Place::local(ends).then(Proj::Field(at));
    let f = b.temp(future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(1)), vec![moved(end(0))]));
    b.push(StmtKind::Release(f.into()));
    let (head, got) = (b.block(), b.local(option, Some("got")));
    b.end(TermKind::Goto(head));
    b.enter(head);
    b.push(StmtKind::Poll);
    let recv = Callee::Intrinsic(Intrinsic::ReceiverRecv, vec![Ty::string()]);
    b.call(recv, vec![Arg::Value(Operand::Borrow(end(1)))], got, None);
    let which = b.temp(Ty::int(), Rvalue::Discriminant(got.into()));
    let (line, done) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(which), vec![(0, done)], line));
    b.enter(line);
    let unit = b.local(Ty::unit(), None);
    let value = Place::local(got).then(Proj::Variant(1, 0));
    b.intrinsic(unit, Intrinsic::PrintLine, Vec::new(), vec![Arg::Value(Operand::Borrow(value))]);
    b.push(StmtKind::Release(got.into()));
    b.end(TermKind::Goto(head));
    b.enter(done);
    b.push(StmtKind::Release(end(1)));
    p.add(b.finish());

    let mut b = BodyBuilder::new(p.span, "produce", BodyKind::Task, &[(tx_ty, OWNED)], Ty::unit());
    let tx = wyn_mir::Local(1);
    let unit = b.local(Ty::unit(), None);
    for line in ["one", "two", "three"] {
        let send = Callee::Intrinsic(Intrinsic::SenderSend, vec![Ty::string()]);
        let cleanup = b.cleanup(tx);
        let args = vec![Arg::Value(Operand::Borrow(tx.into())), Arg::Value(text(line))];
        b.call(send, args, unit, Some(cleanup));
    }
    b.push(StmtKind::Release(tx.into()));
    p.add(b.finish());
    p.expect("one\ntwo\nthree\n");
}

#[test]
fn closures_hold_their_captures() {
    let mut p = ProgramBuilder::new();
    let function = Ty::new(TyKind::Fn(vec![Ty::int()], Ty::int()));
    let mut b = main_body(&p);
    let ten = b.temp(Ty::int(), Rvalue::Use(int(10)));
    let f = b.temp(function, Rvalue::Closure(body(BodyId(1)), vec![copy(ten)]));
    let n = b.local(Ty::int(), None);
    let callee = Callee::Value(Operand::Borrow(f.into()));
    let cleanup = b.cleanup(f);
    b.call(callee, vec![Arg::Value(int(5))], n, Some(cleanup));
    b.print(n);
    b.push(StmtKind::Release(f.into()));
    p.add(b.finish());
    let env = Ty::tuple(vec![Ty::int()]);
    let params = [(env, LocalKind::Env), (Ty::int(), BORROWED)];
    let mut b = BodyBuilder::new(p.span, "closure", BodyKind::Closure, &params, Ty::int());
    let captured = Place::local(wyn_mir::Local(1)).then(Proj::Field(0));
    let sum = b.checked(BinOp::Add, copy(captured), copy(wyn_mir::Local(2)));
    b.assign(RET, Rvalue::Use(copy(sum)));
    p.add(b.finish());
    p.expect("15\n");
}

#[test]
fn arrays_are_updated_in_place() {
    let mut p = ProgramBuilder::new();
    let array = Ty::array(Ty::int());
    let mut b = main_body(&p);
    let xs = b.local(array, Some("xs"));
    b.assign(xs, Rvalue::Array(Ty::int(), vec![int(1), int(2), int(3)]));
    let ys = b.local(array, Some("ys"));
    b.assign(ys, Rvalue::Dup(xs.into()));
    b.push(StmtKind::EnsureUnique(xs.into()));
    let at = b.temp(Ty::int(), Rvalue::Use(int(1)));
    b.assign(Place::local(xs).then(Proj::Index(at)), Rvalue::Use(int(20)));
    let unit = b.local(Ty::unit(), None);
    b.intrinsic(unit, Intrinsic::ArrayPush, vec![Ty::int()], vec![Arg::Mut(xs.into()), Arg::Value(int(4))]);
    let len = b.temp(Ty::int(), Rvalue::Len(xs.into()));
    b.print(len);
    b.print(Place::local(xs).then(Proj::Index(at)));
    b.print(Place::local(ys).then(Proj::Index(at)));
    b.push(StmtKind::Release(xs.into()));
    b.push(StmtKind::Release(ys.into()));
    p.add(b.finish());
    p.expect("4\n20\n2\n");
}

/// `fn deep(n) { if n == 0 { 0 } else { deep(n - 1) + 1 } }`, with a string that each frame releases.
fn deep_body(p: &ProgramBuilder, deep: BodyId) -> wyn_mir::Body {
    let mut b = BodyBuilder::new(p.span, "deep", BodyKind::Fn, &[(Ty::int(), BORROWED)], Ty::int());
    let n = wyn_mir::Local(1);
    let zero = b.temp(Ty::bool(), Rvalue::Binary(BinOp::Eq, copy(n), int(0)));
    let (leaf, node) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(zero), vec![(0, node)], leaf));
    b.enter(leaf);
    b.assign(RET, Rvalue::Use(int(0)));
    b.end(TermKind::Return);
    b.enter(node);
    let held = b.local(Ty::string(), Some("held"));
    b.assign(held, Rvalue::Use(text("x")));
    let unit = b.local(Ty::unit(), None);
    b.intrinsic(unit, Intrinsic::ShowInt, Vec::new(), vec![Arg::Mut(held.into()), Arg::Value(copy(n))]);
    let cleanup = b.cleanup(held);
    let less = b.checked(BinOp::Sub, copy(n), int(1));
    let below = b.local(Ty::int(), None);
    b.call(Callee::Body(body(deep)), vec![Arg::Value(copy(less))], below, Some(cleanup));
    b.push(StmtKind::Release(held.into()));
    let sum = b.checked(BinOp::Add, copy(below), int(1));
    b.assign(RET, Rvalue::Use(copy(sum)));
    b.finish()
}

fn deep_program(depth: i128) -> ProgramBuilder {
    let mut p = ProgramBuilder::new();
    let mut b = main_body(&p);
    let n = b.local(Ty::int(), Some("n"));
    b.call(Callee::Body(body(BodyId(1))), vec![Arg::Value(int(depth))], n, None);
    b.print(n);
    p.add(b.finish());
    p.add(deep_body(&p, BodyId(1)));
    p
}

#[test]
fn deep_recursion_goes_on_a_big_stack() {
    deep_program(100_000).expect("100000\n");
}

#[test]
fn running_out_of_stack_is_a_panic_that_cleans_up() {
    for opt in [wyn_codegen::Opt::O0, wyn_codegen::Opt::O3] {
        let output = deep_program(100_000_000).run(opt);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(101), "{opt:?}: {err}");
        assert!(err.contains("stack overflow"), "{opt:?}: {err}");
    }
}

#[test]
fn a_cancelled_sender_unwinds_through_the_inlined_send() {
    let mut p = ProgramBuilder::new();
    let (tx_ty, rx_ty) = (Ty::new(TyKind::Sender(Ty::string())), Ty::new(TyKind::Receiver(Ty::string())));
    let pair = Ty::tuple(vec![tx_ty, rx_ty]);
    let future = Ty::new(TyKind::Future(Ty::unit()));
    let mut b = main_body(&p);
    let ends = b.local(pair, None);
    let channel = Callee::Intrinsic(Intrinsic::ChannelNew, vec![Ty::string()]);
    b.call(channel, vec![Arg::Value(int(1))], ends, None);
    let end = |at| Place::local(ends).then(Proj::Field(at));
    let f = b.temp(future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(1)), vec![moved(end(0))]));
    b.push(StmtKind::Release(f.into()));
    b.push(StmtKind::Release(end(1)));
    p.add(b.finish());

    let mut b = BodyBuilder::new(p.span, "produce", BodyKind::Task, &[(tx_ty, OWNED)], Ty::unit());
    let tx = wyn_mir::Local(1);
    let unit = b.local(Ty::unit(), None);
    let cleanup = b.cleanup_with(tx, |b| {
        let unit = b.local(Ty::unit(), None);
        b.intrinsic(unit, Intrinsic::PrintLine, Vec::new(), vec![Arg::Value(text("cleaned up"))]);
    });
    let head = b.block();
    b.end(TermKind::Goto(head));
    b.enter(head);
    b.push(StmtKind::Poll);
    let line = b.local(Ty::string(), None);
    b.assign(line, Rvalue::Use(text("x")));
    b.intrinsic(
        unit,
        Intrinsic::StringAppend,
        Vec::new(),
        vec![Arg::Mut(line.into()), Arg::Value(text("y"))],
    );
    let send = Callee::Intrinsic(Intrinsic::SenderSend, vec![Ty::string()]);
    b.call(send, vec![Arg::Value(Operand::Borrow(tx.into())), Arg::Value(moved(line))], unit, Some(cleanup));
    b.end(TermKind::Goto(head));
    p.add(b.done());
    p.expect("cleaned up\n");
}

#[test]
fn a_recursive_predicate_can_be_entered_again() {
    // `fn even(n) { if n == 0 { true } else { !even(n - 1) } }`: a `bool` result is extended.
    let mut p = ProgramBuilder::new();
    let mut b = main_body(&p);
    let answer = b.local(Ty::bool(), Some("answer"));
    b.call(Callee::Body(body(BodyId(1))), vec![Arg::Value(int(100_000))], answer, None);
    let number = b.temp(Ty::int(), Rvalue::Convert(copy(answer), Ty::int()));
    b.print(number);
    p.add(b.finish());
    let mut b = BodyBuilder::new(p.span, "even", BodyKind::Fn, &[(Ty::int(), BORROWED)], Ty::bool());
    let n = wyn_mir::Local(1);
    let zero = b.temp(Ty::bool(), Rvalue::Binary(BinOp::Eq, copy(n), int(0)));
    let (leaf, node) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(zero), vec![(0, node)], leaf));
    b.enter(leaf);
    b.assign(RET, Rvalue::Use(Operand::Const(wyn_mir::Const::Bool(true))));
    b.end(TermKind::Return);
    b.enter(node);
    let less = b.checked(BinOp::Sub, copy(n), int(1));
    let odd = b.local(Ty::bool(), None);
    b.call(Callee::Body(body(BodyId(1))), vec![Arg::Value(copy(less))], odd, None);
    b.assign(RET, Rvalue::Unary(wyn_mir::UnOp::Not, copy(odd)));
    p.add(b.finish());
    p.expect("1\n");
}

#[test]
fn frames_larger_than_the_slack_are_checked_before_they_exist() {
    // `fn deep(n, w) { if n == 0 { w.0 } else { const v = (n, n, ...); deep(n - 1, v) + 1 } }`
    let wide = Ty::tuple(vec![Ty::int(); 2000]);
    let mut p = ProgramBuilder::new();
    let mut b = main_body(&p);
    let n = b.local(Ty::int(), None);
    let w = b.temp(wide, Rvalue::Tuple(vec![int(0); 2000]));
    let args = vec![Arg::Value(int(1000)), Arg::Value(Operand::Borrow(w.into()))];
    b.call(Callee::Body(body(BodyId(1))), args, n, None);
    b.print(n);
    p.add(b.finish());
    let params = [(Ty::int(), BORROWED), (wide, BORROWED)];
    let mut b = BodyBuilder::new(p.span, "deep", BodyKind::Fn, &params, Ty::int());
    let n = wyn_mir::Local(1);
    let zero = b.temp(Ty::bool(), Rvalue::Binary(BinOp::Eq, copy(n), int(0)));
    let (leaf, node) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(zero), vec![(0, node)], leaf));
    b.enter(leaf);
    b.assign(RET, Rvalue::Use(copy(Place::local(wyn_mir::Local(2)).then(Proj::Field(1999)))));
    b.end(TermKind::Return);
    b.enter(node);
    let v = b.temp(wide, Rvalue::Tuple(vec![copy(n); 2000]));
    let less = b.checked(BinOp::Sub, copy(n), int(1));
    let below = b.local(Ty::int(), None);
    let args = vec![Arg::Value(copy(less)), Arg::Value(Operand::Borrow(v.into()))];
    b.call(Callee::Body(body(BodyId(1))), args, below, None);
    let sum = b.checked(BinOp::Add, copy(below), int(1));
    b.assign(RET, Rvalue::Use(copy(sum)));
    p.add(b.finish());
    p.expect("1001\n");
}
