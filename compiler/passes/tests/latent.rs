//! Which futures never leave the body that spawns their tasks.

mod support;

use support::mir;
use wyn_mir::{Phase, latent};

/// The names of `main.f`'s locals that hold such futures; `_` for one without a name.
fn kept(text: &str) -> Vec<String> {
    let rest = "fn one(n: int) -> int => n
        fn pass(f: Future<int>) -> Future<int> => f
        fn ask(n: int) -> int? { if n > 0 { Some(n) } else { None } }
        fn main() { print(f(1)) }";
    let program = mir(&format!("{text}\n{rest}"), Phase::Lowered);
    let body = program.bodies.iter().find(|body| body.name == "main.f").unwrap();
    let name = |local| body.locals[local].name.map_or("_", |name| name.as_str()).to_owned();
    latent::of(body).into_iter().map(|(local, _)| name(local)).collect()
}

#[test]
fn awaited_or_given_up_where_they_are() {
    assert_eq!(kept("fn f(n: int) -> int { const a = spawn one(n); a.await() }"), ["a"]);
    assert_eq!(kept("fn f(n: int) -> int { (spawn one(n)).await() }"), ["_"]);
    let early = "fn f(n: int) -> int { const a = spawn one(n); if n > 3 { return 1 }; a.await() }";
    let asked = "fn f(n: int) -> int? { const a = spawn one(n); const b = ask(n)?; Some(a.await() + b) }";
    let either =
        "fn f(n: int) -> int { const a = spawn one(n); if n > 3 { a.await() } else { a.await() + 1 } }";
    let looped = "fn f(n: int) -> int {
        var sum = 0
        for i in 0..n { const a = spawn one(i); if i > 5 { break }; sum += a.await() }
        sum
    }";
    let given_up = "fn f(n: int) -> int { const a = spawn one(n); n }";
    for text in [early, asked, either, looped] {
        assert_eq!(kept(text), ["a"], "{text}");
    }
    let dropped = "fn f(n: int) -> int { _ = spawn one(n); n }";
    for text in [given_up, dropped] {
        assert!(kept(text).is_empty(), "{text}");
    }
}

#[test]
fn one_after_the_other() {
    let text = "fn f(n: int) -> int {
        const a = spawn one(n)
        const x = a.await()
        const b = spawn one(x)
        b.await()
    }";
    assert_eq!(kept(text), ["a", "b"]);
    // What is not awaited on a way is given up where that begins.
    let branch = "fn f(n: int) -> int {
        const a = spawn one(n)
        if n > 1 { const b = spawn one(2); return b.await() }
        a.await()
    }";
    assert_eq!(kept(branch), ["a", "b"]);
}

#[test]
fn two_at_a_time_have_records() {
    let both =
        "fn f(n: int) -> int { const a = spawn one(n); const b = spawn one(2); a.await() + b.await() }";
    let nested =
        "fn f(n: int) -> int { const a = spawn one(n); const b = spawn one(2); b.await() + a.await() }";
    // The one that is given up late is in the way of the other of a later round.
    let around = "fn f(n: int) -> int {
        var sum = 0
        for i in 0..n {
            const a = spawn one(i)
            const b = one(i)
            sum += (spawn one(b)).await() + a.await()
        }
        sum
    }";
    for text in [both, nested, around] {
        assert!(kept(text).is_empty(), "{text}");
    }
}

#[test]
fn what_others_may_know_has_a_record() {
    let passed = "fn f(n: int) -> int { const a = pass(spawn one(n)); a.await() }";
    let twice = "fn f(n: int) -> int { const a = spawn one(n); a.await() + a.await() }";
    let copied = "fn f(n: int) -> int { const a = spawn one(n); const b = a; a.await() + b.await() }";
    let kept_in = "fn f(n: int) -> int { const a = [spawn one(n)]; a[0].await() }";
    let asked = "fn f(n: int) -> int { const a = spawn one(n); a.result().unwrap_or(0) }";
    let cancelled = "fn f(n: int) -> int { const a = spawn one(n); a.cancel(); a.await() }";
    let captured = "fn f(n: int) -> int { const a = spawn one(n); const b = spawn { a.await() }; b.await() }";
    let detached = "fn f(n: int) -> int { const a = detach spawn one(n); a.await() }";
    let changed = "fn f(n: int) -> int { var a = spawn one(n); if n > 1 { a = spawn one(2) }; a.await() }";
    for text in [passed, twice, copied, kept_in, asked, cancelled, detached, changed] {
        assert!(kept(text).is_empty(), "{text}");
    }
    assert_eq!(kept(captured), ["b"]);
}
