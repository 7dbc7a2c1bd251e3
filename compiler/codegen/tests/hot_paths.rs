//! What the optimiser makes of the runtime's fast paths: inlined, and as cheap as they were written.

mod support;

use support::{BodyBuilder, OWNED, ProgramBuilder, RET, body, copy, int, moved};
use wyn_codegen::Opt;
use wyn_mir::{
    Arg, BinOp, BodyId, BodyKind, Callee, Intrinsic, Local, Operand, Place, Proj, Rvalue, SpawnMode,
    StmtKind, TermKind, Ty, TyKind,
};

/// `for i in 0..n { body }`, then goes on.
fn count_to(b: &mut BodyBuilder, n: Operand, body: impl FnOnce(&mut BodyBuilder, Local)) {
    let i = b.local(Ty::int(), Some("i"));
    b.assign(i, Rvalue::Use(int(0)));
    let (head, inside, done) = (b.block(), b.block(), b.block());
    b.end(TermKind::Goto(head));
    b.enter(head);
    b.push(StmtKind::Poll);
    let more = b.temp(Ty::bool(), Rvalue::Binary(BinOp::Lt, copy(i), n));
    b.end(TermKind::Switch(copy(more), vec![(0, done)], inside));
    b.enter(inside);
    body(b, i);
    b.assign(i, Rvalue::Binary(BinOp::WrappingAdd, copy(i), int(1)));
    b.end(TermKind::Goto(head));
    b.enter(done);
}

/// The text of the functions whose symbols contain `name`.
fn function(ir: &str, name: &str) -> String {
    ir.split("\ndefine ")
        .filter(|text| text.lines().next().unwrap_or("").contains(name))
        .map(|text| &text[..text.find("\n}").unwrap_or(text.len())])
        .collect()
}

#[track_caller]
fn expect(ir: &str, present: &[&str], absent: &[&str]) {
    for text in present {
        assert!(ir.contains(text), "no `{text}` in:\n{ir}");
    }
    for text in absent {
        assert!(!ir.contains(text), "`{text}` in:\n{ir}");
    }
}

/// A producer that sends a string through a sender in a struct, and a consumer that counts.
fn channel_program() -> ProgramBuilder {
    let mut p = ProgramBuilder::new();
    let (tx_ty, rx_ty) = (Ty::new(TyKind::Sender(Ty::string())), Ty::new(TyKind::Receiver(Ty::string())));
    let pair = Ty::tuple(vec![tx_ty, rx_ty]);
    let named = Ty::tuple(vec![Ty::int(), tx_ty]);
    let option = p.option(Ty::string());
    let mut b = BodyBuilder::new(p.span, "main", BodyKind::Task, &[], Ty::unit());
    let ends = b.local(pair, None);
    let channel = Callee::Intrinsic(Intrinsic::ChannelNew, vec![Ty::string()]);
    b.call(channel, vec![Arg::Value(int(16))], ends, None);
    let end = |at| Place::local(ends).then(Proj::Field(at));
    let holder = b.temp(named, Rvalue::Tuple(vec![int(1000), moved(end(0))]));
    let unit_future = Ty::new(TyKind::Future(Ty::unit()));
    let f = b.temp(unit_future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(1)), vec![moved(holder)]));
    b.push(StmtKind::Release(f.into()));
    let sum_future = Ty::new(TyKind::Future(Ty::int()));
    let f = b.temp(sum_future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(2)), vec![moved(end(1))]));
    let n = b.local(Ty::int(), None);
    b.await_future(moved(f), n, None);
    b.print(n);
    p.add(b.finish());

    let mut b = BodyBuilder::new(p.span, "produce", BodyKind::Task, &[(named, OWNED)], Ty::unit());
    let holder = Local(1);
    let (n, tx) = (Place::local(holder).then(Proj::Field(0)), Place::local(holder).then(Proj::Field(1)));
    let cleanup = b.cleanup(holder);
    let unit = b.local(Ty::unit(), None);
    count_to(&mut b, copy(n), |b, i| {
        let text = b.local(Ty::string(), Some("text"));
        b.assign(text, Rvalue::Use(support::text("")));
        b.intrinsic(unit, Intrinsic::ShowInt, Vec::new(), vec![Arg::Mut(text.into()), Arg::Value(copy(i))]);
        let send = Callee::Intrinsic(Intrinsic::SenderSend, vec![Ty::string()]);
        let args = vec![Arg::Value(Operand::Borrow(tx.clone())), Arg::Value(moved(text))];
        b.call(send, args, unit, Some(cleanup));
    });
    b.push(StmtKind::Release(holder.into()));
    p.add(b.finish());

    let mut b = BodyBuilder::new(p.span, "consume", BodyKind::Task, &[(rx_ty, OWNED)], Ty::int());
    let rx = Local(1);
    let cleanup = b.cleanup(rx);
    b.assign(RET, Rvalue::Use(int(0)));
    let (head, got) = (b.block(), b.local(option, Some("got")));
    b.end(TermKind::Goto(head));
    b.enter(head);
    b.push(StmtKind::Poll);
    let recv = Callee::Intrinsic(Intrinsic::ReceiverRecv, vec![Ty::string()]);
    b.call(recv, vec![Arg::Value(Operand::Borrow(rx.into()))], got, Some(cleanup));
    let which = b.temp(Ty::int(), Rvalue::Discriminant(got.into()));
    let (line, done) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(which), vec![(0, done)], line));
    b.enter(line);
    b.assign(RET, Rvalue::Binary(BinOp::WrappingAdd, copy(RET), int(1)));
    b.push(StmtKind::Release(got.into()));
    b.end(TermKind::Goto(head));
    b.enter(done);
    b.push(StmtKind::Release(rx.into()));
    p.add(b.finish());
    p
}

#[test]
fn send_and_receive_are_inlined() {
    let p = channel_program();
    p.expect("1000\n");
    for opt in [Opt::O2, Opt::O3] {
        let ir = p.ir(opt);
        let slow_only = ["@wyn_send(", "@wyn_recv(", "udiv", "urem", "sdiv", "srem", "cmpxchg", "atomicrmw"];
        let producer = function(&ir, "test.produce");
        expect(&producer, &[" and i64 ", "@wyn_slow_send(", "@wyn_slow_signal("], &slow_only);
        let consumer = function(&ir, "test.consume");
        expect(
            &consumer,
            &[" and i64 ", "@wyn_slow_recv(", "@wyn_slow_signal("],
            &["@wyn_recv(", "udiv", "urem"],
        );
    }
}

#[test]
fn spawn_and_await_are_inlined() {
    let mut p = ProgramBuilder::new();
    let future = Ty::new(TyKind::Future(Ty::int()));
    let mut b = BodyBuilder::new(p.span, "main", BodyKind::Task, &[], Ty::unit());
    let sum = b.local(Ty::int(), Some("sum"));
    b.assign(sum, Rvalue::Use(int(0)));
    let n = b.local(Ty::int(), None);
    count_to(&mut b, int(100_000), |b, i| {
        let f = b.temp(future, Rvalue::Spawn(SpawnMode::Joined, body(BodyId(1)), vec![copy(i)]));
        b.await_future(moved(f), n, None);
        b.assign(sum, Rvalue::Binary(BinOp::WrappingAdd, copy(sum), copy(n)));
    });
    b.print(sum);
    p.add(b.finish());
    let mut b = BodyBuilder::new(p.span, "next", BodyKind::Task, &[(Ty::int(), OWNED)], Ty::int());
    b.assign(RET, Rvalue::Binary(BinOp::WrappingAdd, copy(Local(1)), int(1)));
    p.add(b.finish());
    p.expect("5000050000\n");
    let ir = p.ir(Opt::O2);
    let called = ["@wyn_task_new(", "@wyn_task_submit(", "@wyn_await(", "@wyn_future_free_taken(", "cmpxchg"];
    expect(&function(&ir, "test.main"), &["@wyn_slow_await("], &called);
}

#[test]
fn recursion_that_becomes_a_loop_still_polls() {
    // `fn last(n, seed) { if n == 0 { seed } else { last(n - 1, seed * 3) } }`, wrapping
    let mut p = ProgramBuilder::new();
    let borrowed = support::BORROWED;
    let mut b = BodyBuilder::new(p.span, "main", BodyKind::Task, &[], Ty::unit());
    let n = b.local(Ty::int(), None);
    let args = vec![Arg::Value(int(40_000_000)), Arg::Value(int(1))];
    b.call(Callee::Body(body(BodyId(1))), args, n, None);
    b.print(n);
    p.add(b.finish());
    let params = [(Ty::int(), borrowed), (Ty::int(), borrowed)];
    let mut b = BodyBuilder::new(p.span, "last", BodyKind::Fn, &params, Ty::int());
    let zero = b.temp(Ty::bool(), Rvalue::Binary(BinOp::Eq, copy(Local(1)), int(0)));
    let (leaf, node) = (b.block(), b.block());
    b.end(TermKind::Switch(copy(zero), vec![(0, node)], leaf));
    b.enter(leaf);
    b.assign(RET, Rvalue::Use(copy(Local(2))));
    b.end(TermKind::Return);
    b.enter(node);
    let less = b.temp(Ty::int(), Rvalue::Binary(BinOp::WrappingSub, copy(Local(1)), int(1)));
    let more = b.temp(Ty::int(), Rvalue::Binary(BinOp::WrappingMul, copy(Local(2)), int(3)));
    let args = vec![Arg::Value(copy(less)), Arg::Value(copy(more))];
    b.call(Callee::Body(body(BodyId(1))), args, RET, None);
    p.add(b.finish());
    for opt in [Opt::O2, Opt::O3] {
        let ir = p.ir(opt);
        expect(&ir, &["@wyn_poll("], &["@wyn.recursive", "@wyn.poll"]);
        assert!(p.run(opt).status.success());
    }
}
