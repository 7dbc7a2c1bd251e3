//! Types: inference, conversion, calls, operators, patterns.

use super::*;

#[test]
fn mismatches_name_both_places() {
    assert_eq!(
        whole("fn main() {\n const n: int = \"a\"\n print(n)\n}"),
        "E0201 2 expected `int`, found `string`\n  2 `\"a\"` this is `string`\n  2 `int` declared as `int` here"
    );
    assert_eq!(
        whole("fn f(n: int) { print(n) }\nfn main() { f(true) }"),
        "E0201 2 expected `int`, found `bool`\n  2 `true` this is `bool`\n  1 `n` the parameter is `int`"
    );
    assert_eq!(
        whole("fn f() -> string { 1 }\nfn main() { print(f()) }"),
        "E0201 1 expected `string`, found `int`\n  1 `1` this is `int`\n  1 `string` the function returns `string`\n  \
         help: make text of it: `\"1\"`"
    );
    expect_in_main(
        "const x = if true { 1 } else { \"a\" }\n print(x)",
        "E0201 1 expected `int`, found `string`",
    );
    expect_in_main("print([1, \"a\"])", "E0201 1 expected `int`, found `string`");
    expect_in_main("if 1 { }", "E0201 1 expected `bool`, found `int`");
}

#[test]
fn forgotten_results_are_pointed_at() {
    let text = whole("fn f(x: int) { return x + 1 }\nfn main() { f(1) }");
    assert!(text.contains("the function declares no result") && text.ends_with("`-> int`"), "{text}");
    let text = whole("fn f(x: int) { x + 1 }\nfn main() { f(1) }");
    assert!(text.starts_with("E0308 1 ") && text.ends_with("`-> int`"), "{text}");
    let text = whole("enum Color { Red }\nfn main() { _ = Red }");
    assert!(text.ends_with("help: a variant is named with its type: `Color.Red`"), "{text}");
    let text = whole("fn main() { print(int.parse(\"3\") + 1) }");
    assert!(text.ends_with("help: pass an error on with `?`, or handle it with `match`"), "{text}");
}

#[test]
fn errors_do_not_cascade() {
    expect_in_main(
        "const a = missing\n const b = a + 1\n print(b.foo().bar)\n for x in a { print(x) }",
        "E0101 1 there is no `missing` here",
    );
    expect(
        "fn f(x: Nothing) -> Nothing { x }\nfn main() { const y = f(1)\n print(y + 2) }",
        "E0102 1 there is no type `Nothing`",
    );
}

#[test]
fn literals_take_the_expected_type() {
    accept_in_main(
        "const a: u8 = 255\n const b: float = 1\n const c: i8 = -128\n const d: int? = 3\n const e: [u16] = [1, 2]
         const f: f32 = 1.5\n const g = 2 * b\n print(\"${a} ${b} ${c} ${d} ${e} ${f} ${g}\")",
    );
    expect_in_main("const a: u8 = 256\n print(a)", "E0205 1 256 does not fit into `byte`");
    expect_in_main("const a: u8 = -1\n print(a)", "E0205 1 -1 does not fit into `byte`");
    expect_in_main("print(9223372036854775808)", "E0205 1 9223372036854775808 does not fit into `int`");
    accept_in_main("print(-9223372036854775808)");
    expect_in_main("const n: int = 1.5\n print(n)", "E0201 1 expected `int`, found `float`");
}

#[test]
fn argument_counts() {
    expect(
        "fn f(a: int, b: int) { print(a + b) }\nfn main() { f(1) }",
        "E0202 2 `f` takes 2 arguments, 1 given",
    );
    expect("fn f() { }\nfn main() { f(1, 2) }", "E0202 2 `f` takes no arguments, 2 given");
    expect_in_main("const f = (x: int) => x\n print(f())", "E0202 2 this function takes 1 argument, 0 given");
    expect_in_main("print(Some(1, 2) == None)", "E0202 1 variant `Some` carries 1 value, 2 given");
    assert!(
        whole("fn f(a: int, b: int) { print(a + b) }\nfn main() { f(1) }")
            .contains("missing `b: int`\n  1 `f` declared here")
    );
}

#[test]
fn defaults_and_named_arguments() {
    accept(
        "fn connect(host: string, port: int = 80, secure: bool = false) { print(\"${host} ${port} ${secure}\") }
         fn main() { connect(\"a\")\n connect(\"a\", 81)\n connect(\"a\", secure: true)\n connect(port: 1, host: \"b\") }",
    );
    expect(
        "fn f(port: int) { print(port) }\nfn main() { f(prot: 1) }",
        "E0218 2 there is no parameter `prot`",
    );
    expect("fn f(a: int) { print(a) }\nfn main() { f(1, a: 1) }", "E0218 2 parameter `a` is given twice");
    expect(
        "fn f(a: int, b: int) { print(a + b) }\nfn main() { f(a: 1, 2) }",
        "E0218 2 an argument without a name after one with a name",
    );
}

#[test]
fn what_inference_cannot_know() {
    expect_in_main("const xs = []", "E0203 1 the type of this cannot be inferred");
    expect(
        "const M = Mutex({:})\nfn main() { lock M as m { m[\"a\"] = 1 } }",
        "E0203 1 the type of this cannot be inferred",
    );
    expect_in_main(
        "const f = (x) => x.len()\n _ = f",
        "E0203 1 the type of this must be known before `.len`",
    );
    accept_in_main("var xs = []\n xs.push(1)\n print(xs)");
    accept_in_main("const f = (x) => x + 1\n print(f(2))");
}

#[test]
fn bounds() {
    expect(
        "fn f<T>(a: T, b: T) -> bool { a == b }\nfn main() { print(f(1, 2)) }",
        "E0204 1 a `T` cannot be compared with `==`",
    );
    accept("fn f<T: Ord>(a: T, b: T) -> bool { a == b || a < b }\nfn main() { print(f(1, 2)) }");
    expect_in_main("const f = () => 1\n print(f)", "E0204 2 a `fn() -> int` cannot be shown");
    expect_in_main(
        "const f = () => 1\n print(f == f)",
        "E0204 2 a `fn() -> int` cannot be compared with `==`",
    );
    expect(
        "struct A { f: fn() -> int }\nfn main() { print(A { f: () => 1 } == A { f: () => 2 }) }",
        "E0204 2 an `A` cannot be compared with `==`",
    );
    expect("fn f<T: Hash>(x: T) { _ = x }\nfn main() { f(1.5) }", "E0204 2 a `float` cannot be hashed");
    accept(
        "struct P { x: int, y: [string] }\nfn main() { print(P { x: 1, y: [] } == P { x: 1, y: [\"a\"] }) }",
    );
}

#[test]
fn only_functions_are_called() {
    expect_in_main("const n = 3\n print(n(4))", "E0206 2 an `int` cannot be called");
    expect("struct P { x: int }\nfn main() { print(P(1).x) }", "E0206 2 the type `P` cannot be called");
}

#[test]
fn exhaustiveness_names_missing_cases() {
    expect_in_main("match Some(1) { Some(n) => print(n) }", "E0207 1 this `match` does not cover `None`");
    expect(
        "enum Shape { Circle(float), Square { side: int }, Dot }
         fn f(s: Shape) -> int { match s { Circle(_) => 1 } }
         fn main() { print(f(Shape.Dot)) }",
        "E0207 2 this `match` does not cover `Square { .. }`, `Dot`",
    );
    expect_in_main(
        "match (true, Some(3)) {\n (true, _) => print(1)\n (false, Some(0)) => print(2)\n }",
        "E0207 1 this `match` does not cover `(false, None)`, `(false, Some(_))`",
    );
    expect_in_main(
        "const n = 5\n match n { 0 => print(1)\n 1..=9 => print(2) }",
        "E0207 2 this `match` does not cover every `int`",
    );
    expect_in_main(
        "const b: u8 = 5\n match b { 0..=9 => print(1)\n 11..=255 => print(2) }",
        "E0207 2 this `match` does not cover `10`",
    );
    accept_in_main("const b: u8 = 5\n match b { 0..=127 => print(1)\n 128..=255 => print(2) }");
    expect_in_main(
        "const n = Some(1)\n match n { Some(x) if x > 0 => print(x)\n None => print(0) }",
        "E0207 2 this `match` does not cover `Some(_)`",
    );
    expect_in_main("match \"a\" { \"a\" => print(1) }", "E0207 1 this `match` does not cover every `string`");
    accept_in_main(
        "match (1, true) { (1 | 2, _) => print(1)\n (_, true) => print(2)\n (_, false) => print(3) }",
    );
}

#[test]
fn unreachable_arms() {
    expect_in_main(
        "match Some(1) { Some(_) => print(1)\n None => print(2)\n Some(3) => print(3) }",
        "W0003 3 this arm is never reached",
    );
    expect_in_main("match 1 { _ => print(1)\n 1 => print(2) }", "W0003 2 this arm is never reached");
}

#[test]
fn missing_values() {
    expect(
        "fn f(n: int) -> int {\n if n < 0 { return 1 }\n}\nfn main() { print(f(1)) }",
        "E0208 2 a value of type `int` is missing",
    );
    expect(
        "fn f() -> int {\n print(1)\n const a = 2\n}\nfn main() { print(f()) }",
        "E0208 4 a value of type `int` is missing",
    );
    expect("fn f() -> int { return }\nfn main() { print(f()) }", "E0208 1 a value of type `int` is missing");
    accept(
        "fn f() -> int { while true { } }\nfn g() -> int { panic(\"no\") }\nfn main() { print(f() + g()) }",
    );
    accept("fn f(n: int) -> int { if n > 0 { return 1 } else { return 2 } }\nfn main() { print(f(1)) }");
}

#[test]
fn struct_literals_and_updates() {
    accept(
        "struct P { x: int, y: int }
         fn main() { const x = 1\n const p = P { x, y: 2 }\n print(P { y: 3, ..p }.x) }",
    );
    expect("struct P { x: int, y: int }\nfn main() { print(P { x: 1 }.x) }", "E0209 2 `P` lacks `y`");
    expect("struct P { x: int }\nfn main() { print(P { x: 1, x: 2 }.x) }", "E0209 2 `x` is given twice");
    expect("struct P { x: int }\nfn main() { print(P { x: 1, z: 2 }.x) }", "E0104 2 `P` has no field `z`");
    expect(
        "struct P { x: int, y: int }\nfn main() { const P { x } = P { x: 1, y: 2 }\n print(x) }",
        "E0209 2 this pattern lacks `y`",
    );
}

#[test]
fn patterns_that_may_fail() {
    expect_in_main(
        "const Some(n) = [1].first()\n print(n)",
        "E0210 1 this pattern does not match every value",
    );
    accept_in_main(
        "if const Some(n) = [1].first() { print(n) }\n const (a, (b, _)) = (1, (2, 3))\n print(a + b)",
    );
    accept_in_main("var xs = [1, 2]\n while const Some(x) = xs.pop() { print(x) }");
}

#[test]
fn propagation() {
    accept("fn f(xs: [int]) -> int? { const x = xs.first()?\n x + 1 }\nfn main() { print(f([])) }");
    accept("fn f(s: string) -> Result<int> { Ok(int.parse(s)? + 1) }\nfn main() { print(f(\"1\").is_ok()) }");
    accept(
        "fn g() -> Result<int, string> { Err(\"no\") }\nfn f() -> Result<int> { Ok(g()? + 1) }\nfn main() { print(f().is_ok()) }",
    );
    expect(
        "fn f(xs: [int]) -> int { xs.first()? }\nfn main() { print(f([])) }",
        "E0211 1 `?` cannot pass `None` on from here",
    );
    expect_in_main("print(3?)", "E0211 1 `?` needs an option or a `Result`, not `int`");
    expect(
        "fn g() -> Result<int, int> { Err(1) }\nfn f() -> Result<int, string> { Ok(g()?) }\nfn main() { print(f().is_ok()) }",
        "E0211 2 `?` would pass on an `int`, but `string` is expected",
    );
}

#[test]
fn type_arguments() {
    expect("fn f(x: Future<int, int>) { _ = x }\nfn main() { }", "E0213 1 `Future` takes one type argument");
    expect("fn f(x: int<int>) { _ = x }\nfn main() { }", "E0213 1 `int` takes no type arguments");
    expect("fn f(x: Result) { _ = x }\nfn main() { }", "E0213 1 `Result` takes 1 to 2 type arguments");
    expect("fn f() { }\nfn main() { f<int>(); }", "E0213 2 `f` takes no type arguments");
}

#[test]
fn aliases() {
    accept("type Pair<T> = (T, T)\nfn f(p: Pair<int>) -> int { p.0 + p.1 }\nfn main() { print(f((1, 2))) }");
    expect("type A = [A]\nfn main() { }", "E0214 1 type `A` refers to itself");
}

#[test]
fn operators() {
    expect_in_main("print(1 + \"a\")", "E0215 1 `+` needs operands of one type, not `int` and `string`");
    expect_in_main(
        "const x: u8 = 1\n const y: int = 2\n print(x + y)",
        "E0215 3 `+` needs operands of one type, not `byte` and `int`",
    );
    expect_in_main("print(true - false)", "E0215 1 `-` takes numbers, not `bool`");
    expect_in_main("print(1.5 & 2.5)", "E0215 1 `&` takes integers, not `float`");
    expect(
        "fn f<T: Ord>(a: T) -> T { a + a }\nfn main() { print(f(1)) }",
        "E0215 1 `+` takes numbers, strings or arrays, not `T`",
    );
    expect_in_main("print(1 ?? 2)", "E0215 1 `??` needs an option, not `int`");
    accept_in_main(
        "print([1].first() == 1)\n print(None == [1].first())\n print([1].first() ?? [2].first() ?? 3)",
    );
    accept_in_main(
        "const a = 1\n print(a << 3 >> 1 & 7 | 8 ^ 2)\n print(~a)\n print(a +% 1 -% 2 *% 3)\n print(!(a == 1) && true || false)",
    );
}

#[test]
fn membership() {
    accept_in_main("print(1 in [1] && \"a\" in \"abc\" && 3 in 0..=3 && !('x' in 'a'..'f'))");
    expect_in_main("print(\"a\" in [1])", "E0201 1 expected `int`, found `string`");
    expect_in_main("print(1 in 2)", "E0215 1 `in` finds nothing in an `int`");
}

#[test]
fn iteration() {
    accept_in_main(
        "for i, x in [1, 2] { print(i + x) }\n for (a, b) in [(1, 2)] { print(a + b) }\n for _ in 0..=3 { }",
    );
    expect_in_main("for i in 10 { print(i) }", "E0216 1 `for` cannot go through an `int`");
    expect_in_main("for c in \"abc\" { print(c) }", "E0216 1 `for` cannot go through a `string`");
    expect_in_main("for x in 0.5..2.0 { print(x) }", "E0216 1 a range of `float` cannot be counted through");
    accept(
        "struct Count { n: int }
         impl Count { fn next(mut self) -> int? { self.n += 1\n if self.n > 3 { None } else { Some(self.n) } } }
         fn main() { for n in (Count { n: 0 }) { print(n) } }",
    );
}

#[test]
fn conversions() {
    accept_in_main(
        "print(u8(300 - 45))\n print(float(3) + 0.5)\n print(char(65))\n print(int('a'))\n print(3.to_float())",
    );
    expect_in_main("print(int(\"42\"))", "E0217 1 a `string` does not convert to `int`");
    expect_in_main("print(int(true))", "E0217 1 a `bool` does not convert to `int`");
    expect_in_main("print(u8(300))", "E0205 1 300 does not fit into `byte`");
}

#[test]
fn indexing() {
    expect_in_main("print(\"abc\"[0])", "E0219 1 a `string` cannot be indexed");
    expect_in_main("print([1][\"a\"])", "E0201 1 expected `int`, found `string`");
    accept_in_main(
        "const xs = [1, 2, 3]\n print(xs[1..])\n print(xs[..2])\n print(xs[0..=1])\n print(\"abc\"[1..2])",
    );
}

#[test]
fn or_patterns() {
    accept_in_main("match (1, 2) { (0, n) | (n, 0) => print(n)\n _ => print(0) }");
    expect_in_main(
        "match (1, 2) { (0, n) | (_, 0) => print(1)\n _ => print(0) }",
        "E0220 1 `n` is not bound in this alternative",
    );
    expect_in_main("match 1 { 5..2 => print(1)\n _ => print(0) }", "E0220 1 this range is empty");
}

#[test]
fn generics_are_inferred() {
    accept(
        "struct Stack<T> { items: [T] }
         impl<T> Stack<T> {
             fn new() -> Stack<T> { Stack { items: [] } }
             fn push(mut self, item: T) { self.items.push(item) }
             fn pop(mut self) -> T? { self.items.pop() }
             fn map<U>(self, f: fn(T) -> U) -> Stack<U> { Stack { items: self.items.map(f) } }
         }
         fn swap<A, B>(p: (A, B)) -> (B, A) { (p.1, p.0) }
         fn main() {
             var s = Stack.new()
             s.push(1)
             var t: Stack<string> = Stack.new()
             t.push(\"a\")
             const u = Stack<float>.new()
             var texts = s.map((n) => \"${n}\")
             print(texts.pop() ?? \"\")
             print(t.pop())
             print(u.items.len())
             print(swap((1, \"a\")).0)
             print([3, 1, 2].map((n) => n * 2).filter((n) => n > 2).fold(0, (sum, n) => sum + n))
             print([Some(1), None].len())
             print([\"a\", \"b\"].map(Some).len())
         }",
    );
}

#[test]
fn matches_on_enums() {
    accept(
        "enum Shape { Circle(float), Rect { w: float, h: float }, Dot }
         const LIMIT = 10
         impl Shape {
             fn area(self) -> float {
                 match self {
                     Shape.Circle(r) => 3.14 * r * r
                     .Rect { w, h } => w * h
                     Dot => 0.0
                 }
             }
         }
         fn kind(n: int) -> string {
             match n { LIMIT => \"limit\", 0 => \"zero\", -1 => \"minus\", x if x > LIMIT => \"many\", _ => \"some\" }
         }
         fn main() {
             const shapes = [Shape.Circle(1.0), Shape.Rect { w: 1.0, h: 2.0 }, Shape.Dot]
             for s in shapes { print(s.area()) }
             print(kind(3))
             print(shapes)
         }",
    );
}

#[test]
fn formats_fit_types() {
    accept_in_main("print(\"${1:+08} ${1.5:>9.2} ${\"s\":.1} ${true:^7} ${255:x} ${1000:,} ${[1]:<9}\")");
    expect_in_main("print(\"${1.5:x}\")", "E0221 1 `x` does not fit a `float`");
    expect_in_main("const n = 1\n print(\"${n:.2}\")", "E0221 2 the precision does not fit an `int`");
    accept("fn show<T: Show>(x: T) -> string { \"${x:>8}\" }\nfn main() { print(show(1)) }");
}
