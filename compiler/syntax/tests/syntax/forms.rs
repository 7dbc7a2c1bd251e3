//! `spec/grammar.ebnf`, Forms.

use super::{expr, mistake, statement};

#[test]
fn if_form() {
    assert_eq!(
        statement("if a { b } else if c { d } else { e }"),
        "(if a (block b) (if c (block d) (block e)))"
    );
    assert_eq!(expr("if a { 1 } else { 2 } + 3"), "(+ (if a (block 1) (block 2)) 3)");
    assert_eq!(statement("if const Some(x) = e { x }"), "(if (const (Some x) e) (block x))");
    assert_eq!(mistake("if a b()"), "2:6 E0002 expected `{`, found `b`");
    assert_eq!(mistake("else { }"), "2:1 E0002 this `else` belongs to no `if`");
    assert!(mistake("if a { } else b()").contains("expected `{`, found `b`"));
}

#[test]
fn loop_form() {
    assert_eq!(statement("while a { b }"), "(while a (block b))");
    assert_eq!(statement("while const Ok(x) = f() { }"), "(while (const (Ok x) (call f)) (block))");
    assert_eq!(statement("for x in 0..n { }"), "(for x (.. 0 n) (block))");
    assert_eq!(statement("for i, x in xs { }"), "(for i x xs (block))");
    assert_eq!(
        statement("for mut p in people { p.age += 1 }"),
        "(for (mut p) people (block (+= (. p age) 1)))"
    );
    assert_eq!(statement("for (a, b) in c { }"), "(for (tuple a b) c (block))");
    assert!(mistake("while { }").contains("`while` has nothing between it and its `{`"));
    assert!(mistake("for x { }").contains("expected"));
}

#[test]
fn labelled_loop() {
    assert_eq!(statement("outer: for x in xs { break outer }"), "(outer: for x xs (block (break outer)))");
    assert_eq!(statement("again: while a { continue again }"), "(again: while a (block (continue again)))");
    assert!(mistake("a: b()").contains("expected `while` or `for`"));
}

#[test]
fn match_form() {
    assert_eq!(
        statement("match x {\n1 => a\n2 | 3 => { b }, 4 if c => d = 1\n_ => return\n}"),
        "(match x (arm 1 a) (arm (| 2 3) (block b)) (arm 4 (if c) (= d 1)) (arm _ return))"
    );
    assert_eq!(expr("match x { _ => 1 } + 2"), "(+ (match x (arm _ 1)) 2)");
    assert_eq!(statement("match x { }"), "(match x)");
    assert_eq!(mistake("match x { 1 -> a }"), "2:13 E0002 expected `=>`, found `->`");
    assert!(mistake("match x { 1 => a 2 => b }").contains("expected `,` or the end of the line"));
}

#[test]
fn select_form() {
    assert_eq!(
        statement(
            "select biased {\nv = rx.recv() if ok => a\nSome(x) = rx.recv() => b\ntx.send(v) => { c }\nr = await f => d\nafter 5ms => e\nclosed => break\nelse => g\n}"
        ),
        "(select biased (arm (= v (call (. rx recv))) (if ok) a) (arm (= (Some x) (call (. rx recv))) b) \
         (arm (call (. tx send) v) (block c)) (arm (= r (await f)) d) (arm (after 5000000ns) e) (arm closed break) (arm else g))"
    );
    assert_eq!(
        statement("select { closed if a => b, after d if e => f }"),
        "(select (arm closed (if a) b) (arm (after d) (if e) f))"
    );
    assert_eq!(
        statement("select {\nx = f() => if a { b }\nelse if (c) => d\n}"),
        "(select (arm (= x (call f)) (if a (block b))) (arm else (if (paren c)) d))"
    );
    assert_eq!(
        statement("select {\nx = f() => if a { b }\nelse if c { d }\nelse => e\n}"),
        "(select (arm (= x (call f)) (if a (block b) (if c (block d)))) (arm else e))"
    );
    assert_eq!(
        statement("select { after = rx.recv() => a }"),
        "(select (arm (= after (call (. rx recv))) a))"
    );
    assert!(mistake("select { rx.recv() -> a }").contains("expected `=>`"));
    assert!(mistake("select x { }").contains("expected"));
}

#[test]
fn scope_form() {
    assert_eq!(expr("nursery { a }"), "(nursery (block a))");
    assert_eq!(
        expr("nursery(limit: 64, timeout: 2s) { a }"),
        "(nursery (limit: 64) (timeout: 2000000000ns) (block a))"
    );
    assert_eq!(expr("within 2s { a } ?? b"), "(?? (within 2000000000ns (block a)) b)");
    assert_eq!(expr("within d * 2 { a }"), "(within (* d 2) (block a))");
    assert_eq!(expr("lock a as x, b.c as y { x }"), "(lock (as a x) (as (. b c) y) (block x))");
    assert_eq!(mistake("lock a { }"), "2:7 E0002 `lock` gives a name to what the mutex holds");
    assert!(mistake("nursery a()").contains("a nursery has no name"));
    assert!(mistake("within { }").contains("nothing between"));
}
