//! Which task an await waits for: known where one spawn alone can have given the future.

mod support;

use support::mir;
use wyn_mir::{BodyId, Operand, Phase, Program, Rvalue, StmtKind, TermKind, verify};
use wyn_passes::optimise;

/// The tasks of `main.f`'s awaits by name, in order of blocks; empty where the task is not known.
fn awaited(text: &str) -> Vec<String> {
    let rest = "fn one(n: int) -> int => n
        fn two(n: int) -> int => 2 * n
        fn change(mut f: Future<int>) { f = spawn two(1) }
        fn pass(f: Future<int>) -> Future<int> => f
        fn main() { print(f(1)) }";
    let program = mir(&format!("{text}\n{rest}"), Phase::Lowered);
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

/// What the verifier says if every await takes its future, and names the task `two`.
fn faults_of_two(text: &str) -> Vec<String> {
    let mut program = mir(
        &format!(
            "fn one(n: int) -> int => n
        fn two(n: int) -> int => 2 * n
        fn change(mut f: Future<int>) {{ f = spawn two(1) }}
        fn keep() {{ const a = spawn two(1); print(a.await()) }}
        {text}
        fn main() {{ print(f(spawn two(1))); keep() }}"
        ),
        Phase::Lowered,
    );
    assert!(verify::verify(&program).is_empty());
    let two = program.bodies.indices().find(|id| program.bodies[*id].name == "spawn main.two").unwrap();
    let body = program.bodies.iter_mut().find(|body| body.name == "main.f").unwrap();
    let mut named = 0;
    for block in body.blocks.iter_mut() {
        if let TermKind::Await { future, task, .. } = &mut block.term.kind
            && let Some(place) = future.place()
        {
            *future = Operand::Move(place.clone());
            *task = Some(two);
            named += 1;
        }
    }
    assert!(named > 0, "{text}");
    verify::verify(&program)
}

#[test]
fn the_verifier_looks_at_what_the_local_holds() {
    let other_body = "fn f(g: Future<int>) -> int { const a = spawn one(1); a.await() }";
    let lent = "fn f(g: Future<int>) -> int { var a = spawn two(1); change(&a); a.await() }";
    let detached = "fn f(g: Future<int>) -> int { const a = detach spawn two(1); a.await() }";
    let parameter = "fn f(g: Future<int>) -> int { g.await() }";
    for text in [other_body, lent, detached, parameter] {
        let faults = faults_of_two(text);
        assert!(faults.len() == 1 && faults[0].contains("may hold another future"), "{text}: {faults:?}");
    }
    let right = "fn f(g: Future<int>) -> int { const a = spawn two(1); a.await() }";
    assert!(faults_of_two(right).is_empty());
}

/// Which bodies the tasks of `main.f`'s spawns and awaits are once everything is specialised.
fn specialised(text: &str) -> (Program, Vec<BodyId>, Vec<Option<BodyId>>) {
    let mut program = mir(text, Phase::Lowered);
    optimise(&mut program);
    let body = program.bodies.iter().find(|body| body.name == "main.f").unwrap();
    let (mut spawned, mut awaited) = (Vec::new(), Vec::new());
    for block in &body.blocks {
        for stmt in &block.stmts {
            if let StmtKind::Assign(_, Rvalue::Spawn(_, target, _)) = &stmt.kind {
                spawned.push(target.body);
            }
        }
        if let TermKind::Await { task, .. } = &block.term.kind {
            awaited.push(*task);
        }
    }
    assert!(verify::verify(&program).is_empty());
    (program, spawned, awaited)
}

const APPLY: &str = "fn apply(f: fn(int) -> int, n: int) -> int { f(n) }\n";

#[test]
fn the_task_may_be_an_instance() {
    let calls = [
        "const t = spawn apply((x) => x + n, 1); t.await()",
        "var sum = 0\n for i in 0..n { const t = spawn apply((x) => x + i, 1); sum += t.await() }\n sum",
    ];
    for call in calls {
        let text = format!(
            "{APPLY} fn f(n: int) -> int {{
{call}
}}
fn main() {{ print(f(1)) }}"
        );
        let (program, spawned, awaited) = specialised(&text);
        assert_eq!(spawned.len(), 1);
        assert_eq!(awaited, [Some(spawned[0])], "{call}");
        let generic = program.bodies.indices().find(|id| program.bodies[*id].name == "spawn main.apply");
        assert_ne!(Some(spawned[0]), generic, "{call}");
    }
}

#[test]
fn tasks_of_two_instances_are_not_one() {
    let text = format!(
        "{APPLY} fn f(n: int) -> int {{
            var t = spawn apply((x) => x + n, 1)
            if n > 1 {{ t = spawn apply((x) => x * n, 1) }}
            t.await()
        }}
        fn main() {{ print(f(1)) }}"
    );
    let (_, spawned, awaited) = specialised(&text);
    assert!(spawned.len() == 2 && spawned[0] != spawned[1], "{spawned:?}");
    assert_eq!(awaited, [None]);
}

#[test]
fn instances_beyond_the_limit_share_the_generic_body() {
    let calls: Vec<String> = (0..40)
        .map(|at| format!("const t{at} = spawn apply((x) => x + n * {at}, 1); sum += t{at}.await()"))
        .collect();
    let text = format!(
        "{APPLY} fn f(n: int) -> int {{ var sum = 0\n{}\nsum }}\nfn main() {{ print(f(1)) }}",
        calls.join("\n")
    );
    let (program, spawned, awaited) = specialised(&text);
    let bodies = program.bodies.iter().filter(|body| body.name == "spawn main.apply").count();
    assert_eq!((bodies, spawned.len()), (33, 40));
    let generic = program.bodies.indices().find(|id| program.bodies[*id].name == "spawn main.apply").unwrap();
    assert_eq!(spawned.iter().filter(|body| **body == generic).count(), 8);
    assert_eq!(awaited.into_iter().flatten().collect::<Vec<_>>(), spawned);
}
