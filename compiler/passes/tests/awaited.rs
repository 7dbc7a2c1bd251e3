//! Which task an await waits for: known where one spawn alone can have given the future.

mod support;

use support::mir;
use wyn_mir::{Operand, TermKind, verify};

/// The tasks of `main.f`'s awaits by name, in order of blocks; empty where the task is not known.
fn awaited(text: &str) -> Vec<String> {
    let rest = "fn one(n: int) -> int => n
        fn two(n: int) -> int => 2 * n
        fn change(mut f: Future<int>) { f = spawn two(1) }
        fn pass(f: Future<int>) -> Future<int> => f
        fn main() { print(f(1)) }";
    let program = mir(&format!("{text}\n{rest}"));
    let body = program.bodies.iter().find(|body| body.name == "main.f").unwrap();
    let names = body.blocks.iter().filter_map(|block| match &block.term.kind {
        TermKind::Await { task, .. } => {
            Some(task.map_or(String::new(), |task| program.bodies[task].name.clone()))
        }
        _ => None,
    });
    names.collect()
}

#[test]
fn a_future_of_one_spawn() {
    let one = ["spawn main.one"];
    assert_eq!(awaited("fn f(n: int) -> int { const a = spawn one(n); a.await() }"), one);
    assert_eq!(awaited("fn f(n: int) -> int { (spawn one(n)).await() }"), one);
    let looped = "fn f(n: int) -> int {
        var sum = 0
        for i in 0..n { const a = spawn one(i); sum += a.await() }
        sum
    }";
    assert_eq!(awaited(looped), one);
}

#[test]
fn a_future_of_one_of_several() {
    let branch = "fn f(n: int) -> int {
        var a = spawn one(n)
        if n > 1 { a = spawn two(2) }
        a.await()
    }";
    let lent = "fn f(n: int) -> int { var a = spawn one(n); change(&a); a.await() }";
    let passed = "fn f(n: int) -> int { const a = pass(spawn one(n)); a.await() }";
    let kept = "fn f(n: int) -> int { const a = [spawn one(n)]; a[0].await() }";
    let detached = "fn f(n: int) -> int { const a = detach spawn one(n); a.await() }";
    // Through a second local: moves are not followed.
    let again = "fn f(n: int) -> int { var a = spawn one(n); if n > 1 { a = spawn one(2) }; a.await() }";
    for text in [branch, again, lent, passed, kept, detached] {
        assert_eq!(awaited(text), [""], "{text}");
    }
}

#[test]
fn a_future_that_is_not_given_away() {
    let text = "fn f(n: int) -> int { const a = spawn one(n); a.await() + a.await() }";
    assert_eq!(awaited(text), ["", "spawn main.one"]);
}

#[test]
fn the_verifier_looks_at_what_the_local_holds() {
    let mut program = mir("fn one(n: int) -> int => n
        fn two(n: int) -> int => 2 * n
        fn main() { const a = spawn one(1); const b = spawn two(2); print(a.await() + b.await()) }");
    assert!(verify::verify(&program).is_empty());
    let two = program.bodies.indices().find(|id| program.bodies[*id].name == "spawn main.two").unwrap();
    let main = program.bodies.iter_mut().find(|body| body.name == "main.main").unwrap();
    for block in main.blocks.iter_mut() {
        if let TermKind::Await { future: Operand::Move(_), task, .. } = &mut block.term.kind {
            *task = Some(two);
        }
    }
    let faults = verify::verify(&program);
    assert!(faults.len() == 1 && faults[0].contains("may hold another future"), "{faults:?}");
}
