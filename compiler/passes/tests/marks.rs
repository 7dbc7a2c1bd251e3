//! What is marked where a mutex is open: each store, and nothing else.

mod support;

use support::mir;
use wyn_mir::{Body, Phase, Program, Reach, StmtKind};

/// The bodies whose name begins so, with how often they mark one object and all that is reached.
fn marks(program: &Program, name: &str) -> Vec<(String, usize, usize)> {
    let full = format!("main.{name}");
    let count = |body: &Body, wanted: Reach| {
        let stmts = body.blocks.iter().flat_map(|block| &block.stmts);
        stmts.filter(|stmt| matches!(&stmt.kind, StmtKind::Mark(_, reach) if *reach == wanted)).count()
    };
    let bodies = program.bodies.iter().filter(|body| body.name.starts_with(&full));
    bodies.map(|body| (body.name.clone(), count(body, Reach::Top), count(body, Reach::All))).collect()
}

#[test]
fn numbers_and_reads_need_nothing() {
    let program = mir(
        "fn f(m: Mutex<int>, names: Mutex<[string]>) -> string {
             lock m as x, names as n { x += n.len(); n[0] }
         }
         fn main() { print(f(Mutex(1), Mutex([\"a\"]))) }",
        Phase::Lowered,
    );
    assert_eq!(marks(&program, "f"), [("main.f".to_owned(), 0, 0)]);
}

#[test]
fn a_store_marks_what_is_stored_and_what_was_changed() {
    let program = mir(
        "fn f(names: Mutex<[string]>, name: string) {
             lock names as n { n.push(name); n[0] = name }
         }
         fn main() { f(Mutex([\"a\"]), \"b\") }",
        Phase::Lowered,
    );
    // The array after the push and after it was made unique; the string before the push and behind the store.
    assert_eq!(marks(&program, "f"), [("main.f".to_owned(), 2, 2)]);
}

#[test]
fn functions_have_a_variant_for_places_in_a_mutex() {
    let program = mir(
        "fn add(mut xs: [string], n: int) { if n > 0 { xs.push(\"${n}\"); add(&xs, n - 1) } }
         fn f(names: Mutex<[string]>) { lock names as n { add(&n, 3) } }
         fn main() { var own = [\"a\"]; add(&own, 2); f(Mutex(own)) }",
        Phase::Lowered,
    );
    assert_eq!(
        marks(&program, "add"),
        [("main.add".to_owned(), 0, 0), ("main.add in a lock".to_owned(), 1, 1)]
    );
}
