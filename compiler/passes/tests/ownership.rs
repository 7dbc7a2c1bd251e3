//! What the ownership passes decide, on small programs, and that the certifier sees every fault.

mod support;

use support::mir;
use wyn_base::SourceId;
use wyn_mir::{Body, Operand, Phase, Program, Rvalue, Stmt, StmtKind, TermKind};

fn body<'p>(program: &'p Program, name: &str) -> &'p Body {
    let full = format!("main.{name}");
    program.bodies.iter().find(|body| body.name == full).unwrap_or_else(|| panic!("no body `{full}`"))
}

fn statements(body: &Body, cleanup: bool) -> Vec<&StmtKind> {
    let blocks = body.blocks.iter().filter(|block| block.cleanup == cleanup);
    blocks.flat_map(|block| &block.stmts).map(|stmt| &stmt.kind).collect()
}

fn count(body: &Body, test: impl Fn(&StmtKind) -> bool) -> usize {
    body.blocks.iter().flat_map(|block| &block.stmts).filter(|stmt| test(&stmt.kind)).count()
}

fn is_dup(stmt: &StmtKind) -> bool {
    matches!(stmt, StmtKind::Assign(_, Rvalue::Dup(_)))
}

fn is_release(stmt: &StmtKind) -> bool {
    matches!(stmt, StmtKind::Release(_))
}

#[test]
fn the_last_use_moves_and_earlier_ones_copy() {
    let program = mir(
        "fn keep(s: string, mut to: [string]) { to.push(s) }
         fn main() { var xs: [string] = []; const s = \"a\" + \"b\"; keep(s, &xs); keep(s, &xs); print(xs) }",
        Phase::Counted,
    );
    // `keep` takes its parameter over, so main copies once and gives the second away.
    assert_eq!(count(body(&program, "keep"), is_dup), 0);
    assert_eq!(count(body(&program, "main"), is_dup), 1);
}

#[test]
fn a_parameter_that_is_only_looked_at_is_borrowed() {
    let program = mir(
        "fn length(s: string) -> int { s.len() }
         fn main() { const s = \"a\" + \"b\"; print(length(s) + length(s)) }",
        Phase::Counted,
    );
    assert_eq!(count(body(&program, "length"), |stmt| is_dup(stmt) || is_release(stmt)), 0);
    assert_eq!(count(body(&program, "main"), is_dup), 0);
}

#[test]
fn what_a_call_strands_is_released_on_its_unwind_edge() {
    let program = mir(
        "fn risky(n: int) -> int { if n > 3 { panic(\"no\") }; n }
         fn main() { const s = \"a\" + \"b\"; print(risky(s.len())); print(s) }",
        Phase::Counted,
    );
    let main = body(&program, "main");
    assert!(statements(main, true).into_iter().any(is_release), "{main:#?}");
    let unwinds = main.blocks.iter().any(|block| {
        matches!(&block.term.kind, TermKind::Call { unwind: Some(to), .. } if main.blocks[*to].cleanup)
    });
    assert!(unwinds);
}

#[test]
fn taking_a_pair_apart_moves_both_parts() {
    let program =
        mir("fn main() { const (tx, rx) = channel<int>(1); tx.send(1); print(rx.recv()) }", Phase::Counted);
    // A copied sender would clear the channel's exclusive bit.
    assert_eq!(count(body(&program, "main"), is_dup), 0);
}

#[test]
fn awaiting_the_futures_of_an_array_holds_no_second_handle() {
    let program = mir(
        "fn one() -> int { 1 }
         fn main() {
             var fs: [Future<int>] = []
             for _ in 0..3 { fs.push(spawn one()) }
             var sum = 0
             for f in fs { sum += f.await() }
             print(sum)
         }",
        Phase::Counted,
    );
    assert_eq!(count(body(&program, "main"), is_dup), 0);
}

#[test]
fn a_resource_that_only_some_paths_give_away_has_a_drop_flag() {
    let program = mir(
        "fn use_up(rx: Receiver<int>) -> int { rx.recv() ?? 0 }
         fn main() {
             const (tx, rx) = channel<int>(1)
             tx.send(1)
             if tx.len() > 0 { print(use_up(rx)) }
             print(\"end\")
         }",
        Phase::Owned,
    );
    let flags = body(&program, "main").locals.iter();
    let flags = flags.filter(|decl| matches!(decl.kind, wyn_mir::LocalKind::DropFlag(_))).count();
    assert_eq!(flags, 1);
}

#[test]
fn a_plain_value_that_only_some_paths_give_away_dies_on_the_others_edge() {
    let program = mir(
        "fn use_up(mut to: [string], s: string) { to.push(s) }
         fn main() {
             var xs: [string] = []
             const s = \"a\" + \"b\"
             if xs.len() == 0 { use_up(&xs, s) }
             print(xs)
         }",
        Phase::Owned,
    );
    let flags = body(&program, "main").locals.iter();
    assert!(!flags.into_iter().any(|decl| matches!(decl.kind, wyn_mir::LocalKind::DropFlag(_))));
}

#[test]
fn every_loop_polls() {
    let program = mir(
        "fn main() { var n = 0; while n < 10 { for i in 0..n { n += i *% 0 }; n += 1 }; print(n) }",
        Phase::Lowered,
    );
    assert_eq!(count(body(&program, "main"), |stmt| *stmt == StmtKind::Poll), 2);
}

const FAULTLESS: &str = "
struct Item { name: string, tags: [string] }
fn pick(items: [Item], n: int) -> Item? { if n < items.len() { items[n] } else { None } }
fn relay(rx: Receiver<string>, tx: Sender<string>) { for s in rx { tx.send(s + \"!\") } }
fn rename(item: Item, name: string) -> Item { var copy = item; copy.name = name; copy }
fn main() {
    const (tx, rx) = channel<string>(4)
    const (out, seen) = channel<string>(4)
    spawn relay(rx, out)
    var items: [Item] = []
    for i in 0..3 {
        const name = \"item ${i}\"
        if i == 1 { continue }
        items.push(Item { name, tags: [name, \"x\"] })
    }
    defer print(\"done ${items.len()}\")
    match pick(items, 1) {
        Some(item) => tx.send(rename(item, \"new\").name)
        None => tx.send(\"none\")
    }
    if items.len() > 5 { print(seen.recv()) }
    const show = (s: string) => s + \"?\"
    print(show(seen.recv() ?? \"\"))
}";

#[test]
fn the_certifier_accepts_what_the_passes_make() {
    let program = mir(FAULTLESS, Phase::Counted);
    assert_eq!(wyn_passes::certify::certify(&program), Vec::<String>::new());
}

#[test]
fn the_certifier_sees_every_missing_release() {
    each_fault(is_release, |stmts, at| drop(stmts.remove(at)));
}

#[test]
fn the_certifier_sees_every_second_release() {
    each_fault(is_release, |stmts, at| stmts.insert(at, stmts[at].clone()));
}

#[test]
fn the_certifier_sees_every_retain_that_becomes_a_move() {
    // Moving what still belongs to somebody leaves a hole; borrowed roots are not the body's to
    // move, so only owned ones count.
    let program = mir(FAULTLESS, Phase::Counted);
    let owned = |body: &Body, place: &wyn_mir::Place| {
        use wyn_mir::{LocalKind, ParamMode};
        let kind = body.locals[place.local].kind;
        place.proj.is_empty()
            && matches!(kind, LocalKind::Var | LocalKind::Temp | LocalKind::Param(ParamMode::Owned))
    };
    for id in program.bodies.indices() {
        for block in program.bodies[id].blocks.indices() {
            for at in 0..program.bodies[id].blocks[block].stmts.len() {
                let StmtKind::Assign(dest, Rvalue::Dup(place)) =
                    program.bodies[id].blocks[block].stmts[at].kind.clone()
                else {
                    continue;
                };
                if owned(&program.bodies[id], &place) {
                    let mut broken = program.clone();
                    let moved = StmtKind::Assign(dest, Rvalue::Use(Operand::Move(place)));
                    broken.bodies[id].blocks[block].stmts[at].kind = moved;
                    assert!(
                        !wyn_passes::certify::certify(&broken).is_empty(),
                        "{block:?} {at} of {}",
                        broken.bodies[id].name
                    );
                }
            }
        }
    }
}

/// The ends of a select stay where they are, so that each side keeps its one user, and a value to send moves into it.
#[test]
fn a_select_takes_its_values_and_copies_no_end() {
    let program = mir(
        "fn f(tx: Sender<string>, rx: Receiver<string>, go: bool) {
    while true {
        select {
            Some(v) = rx.recv() if go => print(v)
            closed => return
        }
        select {
            tx.send(\"a\" + \"c\") if go => print(\"sent\")
            v = rx.recv() => print(v ?? \"none\")
        }
    }
}
fn main() {
    const (tx, rx) = channel<string>(1)
    f(tx, rx, true)
}",
        Phase::Counted,
    );
    assert_eq!(count(body(&program, "f"), is_dup), 0);
    let moved = body(&program, "f").blocks.iter().filter(|block| {
        matches!(&block.term.kind, TermKind::Call { callee: wyn_mir::Callee::Select(_), args, .. }
            if args.iter().any(|arg| matches!(arg, wyn_mir::Arg::Value(Operand::Move(_)))))
    });
    assert_eq!(moved.count(), 1);
}

/// Breaks each statement of a kind in turn, in the program's own bodies; the certifier must object.
fn each_fault(kind: impl Fn(&StmtKind) -> bool, damage: impl Fn(&mut Vec<Stmt>, usize)) {
    let program = mir(FAULTLESS, Phase::Counted);
    let mut tried = 0;
    for id in program.bodies.indices().filter(|id| program.bodies[*id].span.source == SourceId(0)) {
        for block in program.bodies[id].blocks.indices() {
            for at in 0..program.bodies[id].blocks[block].stmts.len() {
                let stmt = &program.bodies[id].blocks[block].stmts[at].kind;
                // A release of part of an element says nothing about a local.
                let of_element = matches!(stmt, StmtKind::Release(place)
                    if place.proj.iter().any(|step| matches!(step, wyn_mir::Proj::Index(_))));
                if !kind(stmt) || of_element {
                    continue;
                }
                let mut broken = program.clone();
                damage(&mut broken.bodies[id].blocks[block].stmts, at);
                let faults = wyn_passes::certify::certify(&broken);
                assert!(!faults.is_empty(), "{block:?} {at} of {}", program.bodies[id].name);
                tried += 1;
            }
        }
    }
    assert!(tried > 10, "only {tried} faults were tried");
}
