//! Warnings about what is not used, never changes, or looks like something else.

use super::*;

#[test]
fn variables_that_never_change() {
    let never =
        |name: &str, line: u32| format!("W0005 {line} `{name}` is declared with `var`, but never changed");
    expect_in_main("var a = 1\n print(a)", &never("a", 1));
    expect_in_main("var xs = [1]\n for x in xs { print(x) }", &never("xs", 1));
    expect_in_main("var f = spawn sleep(1ms)\n f.await()", &never("f", 1));
    expect_in_main("var a = 1\n const f = () => a\n print(f())", &never("a", 1));
    // In a closure and a task, too.
    expect_in_main("const f = () => {\n var a = 1\n a }\n print(f())", &never("a", 2));
    expect_in_main("spawn {\n var a = 1\n print(a) }", &never("a", 2));
    // One that is not read either is unused, and no more.
    expect_in_main("var a = 1", "W0001 1 the variable `a` is never used");
    expect_in_main(
        "var (a, b) = (1, 2)\n print(a + b)",
        "W0005 1 `a`, `b` are declared with `var`, but never changed",
    );
}

#[test]
fn variables_that_change() {
    accept_in_main("var a = 1\n a = 2\n print(a)");
    accept_in_main("var a = 1\n a += 2\n print(a)");
    accept_in_main("var (a, b) = (1, 2)\n a += b\n print(a)");
    accept_in_main("var xs = [1]\n xs[0] = 2\n print(xs)");
    accept_in_main("var xs = [1]\n xs.push(2)\n print(xs)");
    accept_in_main("var xs = [[1]]\n xs[0].push(2)\n print(xs)");
    accept_in_main("var xs = [1]\n for mut x in xs { x += 1 }\n print(xs)");
    accept_in_main("var m: Map<string, [int]> = {:}\n m[\"a\", default: []].push(1)\n print(m)");
    accept_in_main("var p: (int, int) = (1, 2)\n p.0 = 3\n print(p)");
    accept_in_main("var a = 1\n var b = 2\n (a, b) = (b, a)\n print(a + b)");
    accept_in_main("var a: int? = None\n a ??= 2\n print(a)");
    accept_in_main("var a = 1\n const f = () => { var b = a\n b += 1\n b }\n print(f())\n a = 2\n print(a)");
    accept("fn set(mut n: int) { n = 1 }\nfn main() { var n = 0\n set(&n)\n print(n) }");
    accept("fn set(mut n: int) { n = 1 }\nfn main() { var ns = [0]\n set(&ns[0])\n print(ns) }");
    accept(
        "struct P { x: int }\nimpl P { fn up(mut self) { self.x += 1 } }\nfn main() { var p = P { x: 1 }\n p.up()\n print(p.x) }",
    );
    accept_in_main(
        "var buffer: [int] = []\n const (tx, rx) = channel<int>(1)\n tx.send(1)\n rx.recv_many(&buffer, 1)\n print(buffer)",
    );
    accept_in_main("var n = 0\n defer { n += 1\n print(n) }\n print(1)");
}

#[test]
fn parameters_that_nobody_reads() {
    let unused = |name: &str| format!("W0006 1 the parameter `{name}` is never used");
    expect("fn f(a: int) { }\nfn main() { f(1) }", &unused("a"));
    expect("fn f(a: int, b: int) -> int => a\nfn main() { print(f(1, 2)) }", &unused("b"));
    expect("fn f(mut a: int) { }\nfn main() { var a = 1\n f(&a)\n print(a) }", &unused("a"));
    expect(
        "fn f(tx: Sender<int>) { }\nfn main() { const (tx, rx) = channel<int>(1)\n f(tx)\n print(rx.recv()) }",
        &unused("tx"),
    );
    expect_in_main("print([1].map((x) => 2))", &unused("x"));
    expect_in_main("print([(1, 2)].map(((x, y)) => x))", "W0001 1 the name `y` is never used");
    // A parameter that is hidden by a local is not read by reading that one.
    expect("fn f(a: int) -> int {\n const a = 2\n a }\nfn main() { print(f(1)) }", &unused("a"));
}

#[test]
fn parameters_that_somebody_reads() {
    accept("fn f(_a: int, _: int) { }\nfn main() { f(1, 2) }");
    accept(
        "struct P { x: int }\nimpl P { fn f(self) { }; fn g(mut self) { } }\nfn main() { var p = P { x: 1 }\n p.f()\n p.g() }",
    );
    accept("fn f(mut a: int) { a = 2 }\nfn main() { var a = 1\n f(&a)\n print(a) }");
    accept("fn f(mut a: [int]) { a.push(2) }\nfn main() { var a = [1]\n f(&a)\n print(a) }");
    accept("fn f(a: int) -> fn() -> int => () => a\nfn main() { print(f(1)()) }");
    accept("fn f(a: int) { spawn { print(a) } }\nfn main() { f(1) }");
    accept("fn f(a: int) { defer print(a) }\nfn main() { f(1) }");
    accept("fn f(a: int, b: int = 2) -> string { \"${a:>3}${b}\" }\nfn main() { print(f(1)) }");
    accept(
        "fn f(tx: Sender<int>) { defer tx.close() }\nfn main() { const (tx, rx) = channel<int>(1)\n f(tx)\n print(rx.recv()) }",
    );
    accept_in_main("print([1].map((_) => 2))\n print([1].map((_x) => 2))");
}

#[test]
fn declarations_that_nothing_uses() {
    let unused = |what: &str| format!("W0007 1 the {what} is never used");
    expect("fn f() { }\nfn main() { }", &unused("function `f`"));
    expect("fn f(n: int) { f(n) }\nfn main() { }", &unused("function `f`"));
    expect(
        "fn f() { g() }\nfn g() { f() }\nfn main() { }",
        "W0007 1 the function `f` is never used\nW0007 2 the function `g` is never used",
    );
    expect("const A = 1\nfn main() { }", &unused("constant `A`"));
    expect(
        "const A = B\nconst B = 1\nfn main() { }",
        "W0007 1 the constant `A` is never used\nW0007 2 the constant `B` is never used",
    );
    expect("type T = int\nfn main() { }", &unused("type `T`"));
    // Its methods, used or not, are part of it.
    expect(
        "struct S { }\nimpl S { fn new() -> S => S { }; fn f(self) { }; pub fn g(self) { S.new().f() } }\nfn main() { }",
        &unused("struct `S`"),
    );
    expect("enum E { A, B(E?) }\nfn main() { }", &unused("enum `E`"));
    expect(
        "pub struct S { }\nimpl S {\n fn f(self) { }\n pub fn g(self) { } }\nfn main() { }",
        "W0007 3 the method `f` is never used",
    );
    expect(
        "pub struct S { }\nimpl S {\n fn f() { } }\nfn main() { }",
        "W0007 3 the function `f` is never used",
    );
    expect("fn main() {\n fn f() { } }", "W0007 2 the function `f` is never used");
    expect("fn f() {\n fn g() { }\n g() }\nfn main() { }", &unused("function `f`"));
    expect(
        "enum E { A,\n B }\nfn main() { match E.A { A => print(1)\n B => print(2) } }",
        "W0007 2 the variant `B` is never made",
    );
    expect(
        "enum E { A(int),\n B(int) }\nfn f() -> E => E.B(1)\nfn main() { print(E.A(1)) }",
        "W0007 2 the variant `B` is never made\nW0007 3 the function `f` is never used",
    );
}

#[test]
fn declarations_that_something_uses() {
    accept(
        "pub fn f() { }\npub const A = 1\npub type T = int\npub struct S { }\npub enum E { A, B }\nfn main() { }",
    );
    accept("fn _f() { g() }\nfn g() { }\nfn main() { }");
    accept("fn f() -> int => 1\nconst A = f()\nfn main() { print(A) }");
    accept("fn f() -> int => 1\nfn g(n: int = f()) -> int => n\nfn main() { print(g(2)) }");
    accept("const A = 1\nfn main() { match 1 { A => print(1)\n _ => print(2) } }");
    accept("const A = [1]\nfn main() { if const A = [2] { print(1) } }");
    accept("fn f(n: int) -> int => n\nfn main() { const g = f\n print([1].map(f).map(g)) }");
    accept("fn f() { }\nfn main() { spawn f()\n const t = () => spawn f()\n t() }");
    accept("struct S { x: int }\nfn main() { const xs: [S] = []\n print(xs.len()) }");
    accept("struct S { x: int }\nfn f(s: S?) { print(s == None) }\nfn main() { f(None) }");
    accept("struct S { }\ntype T = S\nfn main() { const xs: [T] = []\n print(xs.len()) }");
    accept(
        "struct S<T> { x: T }\nimpl<T> S<T> { fn new(x: T) -> Self => S { x }; fn get(self) -> T => self.x }\nfn main() { print(S.new(1).get()) }",
    );
    accept("enum E { A, B(int) }\nfn main() { print([1].map(E.B))\n const a: E = E.A\n print(a) }");
    accept("enum E { A, B }\nfn main() { const xs: [E] = [E.A, E.B]\n print(xs) }");
    accept(
        "struct P { x: int, y: int }\nfn f(p: P) -> P => P { x: 1, ..p }\nfn main() { print(f(P { x: 0, y: 2 })) }",
    );
    accept(
        "fn main() {\n fn f(n: int) -> int => if n > 0 { g(n - 1) } else { 0 }\n fn g(n: int) -> int => f(n)\n print(f(3)) }",
    );
    // What a method of a public type does.
    accept("pub struct S { }\nimpl S { pub fn f(self) => self.g(); fn g(self) { } }\nfn main() { }");
}

#[test]
fn bindings_that_look_like_variants() {
    let colors = "enum Color { Red, DarkGreen, Rgb(int, int) }\nfn color(n: int) -> Color => if n == 0 { Color.Red } else if n == 1 { Color.DarkGreen } else { Color.Rgb(n, n) }\n";
    let looks = |body: &str, expected: &str| expect(&format!("{colors}fn main() {{ {body} }}"), expected);
    looks(
        "match color(1) { Red => print(1)\n red => print(2) }",
        "W0008 4 `red` is a new name here, not the variant `Red`",
    );
    looks(
        "match color(1) { red => print(1)\n _ => print(2) }",
        "W0008 3 `red` is a new name here, not the variant `Red`",
    );
    // Read, but it hides what comes after it.
    looks(
        "match color(1) { red => print(red)\n _ => print(2) }",
        "W0008 3 `red` is a new name here, not the variant `Red`",
    );
    looks(
        "match color(1) { Red => print(1)\n dark_green => print(2) }",
        "W0008 4 `dark_green` is a new name here, not the variant `DarkGreen`",
    );
    looks(
        "match color(1) { Red => print(1)\n darkgren => print(2) }",
        "W0008 4 `darkgren` is a new name here, not the variant `DarkGreen`",
    );
    looks(
        "match Some(color(1)) { Some(red) => print(1)\n _ => print(2) }",
        "W0008 3 `red` is a new name here, not the variant `Red`",
    );
    looks(
        "match Some(color(1)) { none => print(1)\n Some(c) => print(c) }",
        "W0008 3 `none` is a new name here, not the variant `None`",
    );
    looks(
        "if const Some(rgb) = Some(color(1)) { print(1) }",
        "W0008 3 `rgb` is a new name here, not the variant `Rgb`",
    );
    // On purpose.
    looks("match color(1) { Red => print(1)\n red => print(red) }", "");
    looks("match color(1) { Red => print(1)\n _red => print(1) }", "");
    looks("match color(1) { Rgb(red, _) => print(red)\n other => print(other) }", "");
    looks("const red = color(1)\n print(red)\n for red in [red] { print(red) }", "");
    looks("match color(1) { Red => print(1)\n other => print(2) }", "W0001 4 the name `other` is never used");
    expect_in_main("match 3 { none => print(1) }", "W0001 1 the name `none` is never used");
}

#[test]
fn a_program_with_errors_gets_no_such_warning() {
    let wrong = "E0101 2 there is no `missing` here";
    expect("fn f(a: int) { }\nfn main() { missing }", wrong);
    expect("fn main() { var a = 1\n missing(&a) }", wrong);
    expect(
        "const A = 1\nfn main() { print(1)\n var b = 1\n print(b + missing) }",
        "E0101 4 there is no `missing` here",
    );
    expect(
        "fn f(x: Missing) { x.push(1) }\nfn main() { var x = 1\n print(x) }",
        "E0102 1 there is no type `Missing`",
    );
}
