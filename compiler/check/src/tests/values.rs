//! Values and mutation: assignment, places, `mut` parameters, captures, what may not be lost.

use super::*;

#[test]
fn assignment_needs_a_declaration() {
    expect_in_main("total = 0", "E0301 1 `total` is assigned to, but not declared");
    assert!(whole("fn main() { total = 0 }").ends_with("help: declare it: `var total = …`"));
    expect_in_main("total += 1", "E0301 1 `total` is assigned to, but not declared");
}

#[test]
fn what_cannot_change() {
    expect_in_main("const n = 1\n n = 2\n print(n)", "E0302 2 `n` is a `const` and cannot be assigned to");
    expect(
        "fn f(n: int) { n += 1 }\nfn main() { f(1) }",
        "E0302 1 the parameter `n` is read-only and cannot be assigned to",
    );
    expect_in_main(
        "const xs = [1]\n xs.push(2)\n print(xs)",
        "E0302 2 `xs` is a `const` and cannot be changed by `.push`",
    );
    expect_in_main("for i in 0..3 { i += 1 }", "E0302 1 `i` is bound by a pattern and cannot be assigned to");
    expect("const LIMIT = 1\nfn main() { LIMIT = 2 }", "E0302 2 the constant `LIMIT` cannot be assigned to");
    expect(
        "struct P { x: int }\nimpl P { fn set(self) { self.x = 1 } }\nfn main() { P { x: 1 }.set() }",
        "E0302 2 `self` is read-only here and cannot be assigned to",
    );
    accept(
        "struct P { xs: [int] }\nfn main() { var ps = [P { xs: [] }]\n ps[0].xs.push(1)\n ps[0].xs[0] += 2\n print(ps) }",
    );
}

#[test]
fn captures_are_copies() {
    expect_in_main(
        "var count = 0\n [1].each((x) => { count += x })\n print(count)",
        "E0303 2 `count` is a copy here and cannot be assigned to",
    );
    expect_in_main(
        "var xs = [1]\n spawn { xs.push(2) }\n print(xs)",
        "E0303 2 `xs` is a copy here and cannot be changed by `.push`",
    );
    accept_in_main("var n = 1\n const f = () => { var m = n\n m += 1\n m }\n n = 5\n print(f() + n)");
}

#[test]
fn temporaries_do_not_change() {
    expect_in_main("[3, 1].push(2)", "E0304 1 a temporary value cannot be changed by `.push`");
    expect(
        "fn f() -> [int] { [1] }\nfn main() { f()[0] = 2 }",
        "E0304 2 a temporary value cannot be assigned to",
    );
}

#[test]
fn marks_of_mut_arguments() {
    let inc = "fn inc(mut n: int) { n += 1 }\n";
    accept(&format!("{inc}fn main() {{ var a = 1\n inc(&a)\n print(a) }}"));
    expect(
        &format!("{inc}fn main() {{ var a = 1\n inc(a)\n print(a) }}"),
        "E0305 3 `n` changes this argument",
    );
    expect_in_main("var a = 1\n print(&a)", "E0305 2 this argument is only read");
    expect(
        &format!("{inc}fn main() {{ const a = 1\n inc(&a) }}"),
        "E0302 3 `a` is a `const` and cannot be passed to a `mut` parameter",
    );
    expect(
        &format!("{inc}fn main() {{ inc(&1) }}"),
        "E0304 2 a temporary value cannot be passed to a `mut` parameter",
    );
}

#[test]
fn mut_arguments_do_not_overlap() {
    let swap = "fn swap<T>(mut a: T, mut b: T) { const t = a\n a = b\n b = t }\n";
    accept(&format!(
        "{swap}fn main() {{ var x = 1\n var y = 2\n swap(&x, &y)\n var p = (1, 2)\n swap(&p.0, &p.1)\n print(x + y + p.0) }}"
    ));
    expect(
        &format!("{swap}fn main() {{ var x = 1\n swap(&x, &x) }}"),
        "E0306 5 two `mut` arguments of one call overlap",
    );
    expect(
        &format!("{swap}fn main() {{ var xs = [1, 2]\n swap(&xs[0], &xs[1]) }}"),
        "E0306 5 two `mut` arguments of one call overlap",
    );
    accept_in_main("var xs = [1]\n xs.push(xs[0])\n xs.extend(xs)\n print(xs)");
}

#[test]
fn results_are_looked_at() {
    expect("fn f() -> Result<int> { Ok(1) }\nfn main() { f() }", "E0307 2 this `Result` is not looked at");
    accept("fn f() -> Result<int> { Ok(1) }\nfn main() { _ = f() }");
    expect(
        "fn f() -> Result<()> { }\nfn main() { if true { f() } }",
        "E0307 2 this `Result` is not looked at",
    );
}

#[test]
fn values_are_used() {
    expect_in_main(
        "const a = 1\n const b = 2\n a\n - b\n print(a)",
        "E0308 3 this value is not used\nE0308 4 the value of this operation is not used",
    );
    expect_in_main("42", "E0308 1 this value is not used");
    expect_in_main("const x = 1\n x == 2", "E0308 2 the value of this operation is not used");
    expect_in_main(
        "const f = (x: int) => { x + 1\n x }\n print(f(1))",
        "E0308 1 the value of this operation is not used",
    );
    accept("fn f() -> int { 1 }\nfn main() { f()\n if true { f() } else { f() } }");
}

#[test]
fn loops_are_left_from_inside() {
    expect_in_main("break", "E0309 1 `break` outside of a loop");
    expect_in_main(
        "for x in [1] { const f = () => { break }\n f()\n print(x) }",
        "E0309 1 `break` outside of a loop",
    );
}

#[test]
fn constants() {
    accept(
        "const A = B + 1\nconst B = len(2)\nconst C: [int] = [A, B]\nfn len(n: int) -> int { n }\nfn main() { print(C) }",
    );
    expect(
        "const A: int = B\nconst B: int = A\nfn main() { print(A) }",
        "E0310 1 the value of `A` depends on itself",
    );
    expect("const A = A\nfn main() { print(A) }", "E0310 1 the value of `A` depends on itself");
    expect(
        "const A: int = f()\nfn f() -> int { A }\nfn main() { print(A) }",
        "E0310 1 the value of `A` depends on itself",
    );
    expect(
        "const A = f()\nfn f() -> int { print(1)\n 2 }\nfn main() { print(A) }",
        "E0311 1 the value of the constant `A` cannot do input or output",
    );
    expect(
        "const A = spawn f()\nfn f() -> int { 2 }\nfn main() { _ = A }",
        "E0311 1 the value of the constant `A` cannot spawn tasks",
    );
    expect(
        "const A = [(1, channel<int>(1))]\nfn main() { print(A.len()) }",
        "E0311 1 the constant `A` cannot hold a sender",
    );
    accept("const A = Mutex(channel<int>(1))\nfn main() { print(lock A as ends { ends.1.len() }) }");
}

#[test]
fn constants_are_initialised_in_order() {
    let (program, ..) = checked("const A = B + 1\nconst B = 1\nfn main() { print(A) }");
    let names: Vec<&str> =
        program.consts.iter().map(|c| c.name.as_str()).filter(|n| matches!(*n, "A" | "B")).collect();
    assert_eq!(names, ["B", "A"]);
    let text = wyn_hir::dump::dump(&program);
    assert!(text.contains("const main.A: int = main.B + 1"), "{text}");
}

#[test]
fn elements_change_behind_no_back() {
    accept_in_main("var xs = [1]\n for mut x in xs { x += 1 }\n print(xs)");
    accept_in_main("var xs = [[1]]\n for mut row in xs { for i, mut x in row { x += i } }\n print(xs)");
    accept_in_main("var p = ([1], 2)\n for mut x in p.0 { p.1 += x }\n print(p)");
    expect_in_main(
        "var xs = [1]\n for mut x in xs { x = xs.len() }",
        "E0313 2 `xs` cannot be used here: a loop is changing its elements",
    );
    expect_in_main(
        "const xs = [1]\n for mut x in xs { x = 1 }",
        "E0302 2 `xs` is a `const` and cannot be changed by this loop",
    );
    expect_in_main("for mut i in 0..3 { i += 1 }", "E0304 1 the numbers of a range cannot be changed");
}

#[test]
fn defer_is_not_left_early() {
    expect_in_main("defer { return }", "E0312 1 `return` cannot leave a `defer`");
    expect_in_main("for _ in 0..3 { defer { break } }", "E0312 1 `break` cannot leave a `defer`");
    accept_in_main("defer print(1)\n defer { for _ in 0..3 { break } }");
}

#[test]
fn unused_names() {
    expect_in_main(
        "const a = 1\n var b = 2\n b = 3",
        "W0001 1 the name `a` is never used\nW0001 2 `b` is assigned to, but never read",
    );
    accept_in_main("const _a = 1\n for _ in 0..3 { }");
    expect_in_main("if const Some(x) = Some(1) { }", "W0001 1 the name `x` is never used");
}

#[test]
fn unreachable_code() {
    expect("fn main() {\n return\n print(1)\n print(2)\n}", "W0002 3 this is never reached");
    expect("fn main() { while true { }\n print(1) }", "W0002 2 this is never reached");
}

#[test]
fn tuples_are_assigned_in_parts() {
    accept_in_main("var a = 1\n var b = 2\n (a, b) = (b, a)\n (a, _) = (3, 4)\n print(a + b)");
    expect_in_main("var a = 1\n (a, a) = (1, \"x\")\n print(a)", "E0201 2 expected `int`, found `string`");
}

#[test]
fn short_circuit_assignment() {
    accept_in_main(
        "var a: int? = None\n a ??= 3\n var b = true\n b &&= false\n b ||= true\n print(\"${a} ${b}\")",
    );
}
