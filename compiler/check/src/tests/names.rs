//! Names, modules, visibility, declarations.

use super::*;

#[test]
fn unknown_names_are_suggested() {
    expect_in_main("const count = 1\n print(conut)\n _ = count", "E0101 2 there is no `conut` here");
    let text = whole("fn main() {\n const count = 1\n print(conut + count)\n}");
    assert!(text.ends_with("help: did you mean `count`?"), "{text}");
}

#[test]
fn names_from_other_languages_are_led_home() {
    for (name, help) in [
        ("nil", "absence is `None`, of type `T?`"),
        ("println(1)", "`print(x)` writes one line"),
        ("this", "a method's receiver is `self`"),
        ("time.now()", "import the module: `import time`"),
    ] {
        let text = whole(&format!("fn main() {{ print({name}) }}"));
        assert!(text.starts_with("E0101 ") && text.contains(help), "{text}");
    }
}

#[test]
fn a_local_hides_a_module_name() {
    accept("fn max(a: int) -> int { a }\nfn main() { const min = max(3)\n print(min) }");
}

#[test]
fn unknown_types() {
    expect("fn f(x: Intt) { }\nfn main() { }", "E0102 1 there is no type `Intt`");
    expect("fn f<T: Printable>(x: T) { print(1) }\nfn main() { }", "E0102 1 there is no trait `Printable`");
    assert!(whole("fn f(x: String) { }\nfn main() { }").contains("help: did you mean `string`?"));
}

#[test]
fn modules_and_their_members() {
    expect("import tiem\nfn main() { }", "E0103 1 there is no module `tiem`");
    accept("import time\nfn main() { print(time.now().elapsed().millis() < 5) }");
    accept("import fs.{read}\nfn main() -> Result<()> { print(read(\"x\")?) }");
    expect("import time\nfn main() { time.nwo() }", "E0104 2 module `time` has no `nwo`");
    expect("import fs\nfn main() { print(fs.read_text(\"a\").0) }", "E0104 2 module `fs` has no `read_text`");
    // A name that an import could not bring in is not reported again.
    expect("import nothing\nfn main() { nothing.run() }", "E0103 1 there is no module `nothing`");
}

#[test]
fn what_the_standard_library_keeps_to_itself_does_not_exist_for_programs() {
    expect_in_main("print((10ms).ns)", "E0104 1 `Duration` has no field `ns`");
    expect_in_main("print((0..3).by())", "E0104 1 `Range<int>` has no method `by`");
    expect_in_main("print(\"a\".find_from(\"a\", 0))", "E0104 1 `string` has no method `find_from`");
    expect_in_main("_ = Duration { }", "E0107 1 `Duration` has private fields");
    expect_in_main("print(int.scan_int(\"1\"))", "E0104 1 `int` has no function `scan_int`");
}

#[test]
fn unknown_members() {
    expect(
        "struct P { wide: int }\nfn f(p: P) -> int { p.wdie }\nfn main() { print(f(P { wide: 1 })) }",
        "E0104 2 `P` has no field `wdie`",
    );
    expect_in_main("print([1].lenght())", "E0104 1 `[int]` has no method `lenght`");
    expect("enum E { Red }\nfn main() { _ = E.Rde }", "E0104 2 `E` has no variant or function `Rde`");
    expect_in_main("print((1, 2).2)", "E0104 1 `(int, int)` has no part 2");
    assert!(
        whole("fn main() { print(\"abc\".length()) }")
            .ends_with("help: `.len()` counts bytes, `.chars().len()` characters")
    );
    assert!(whole("fn main() { print(\"abc\".len) }").contains("`len` is a method, not a field"));
}

#[test]
fn labels() {
    accept_in_main(
        "outer: for i in 0..3 {\n for j in 0..3 { if i == j { break outer }\n if j > i { continue outer } }\n }",
    );
    expect_in_main("outer: for _ in 0..3 { break outre }", "E0105 1 there is no loop labelled `outre` here");
}

#[test]
fn duplicates() {
    expect("fn a() { }\nfn a() { }\nfn main() { }", "E0106 2 `a` is declared twice");
    expect("struct A { x: int, x: int }\nfn main() { }", "E0106 1 field `x` is declared twice");
    expect("enum A { X, X }\nfn main() { }", "E0106 1 variant `X` is declared twice");
    expect("fn f(a: int, a: int) { }\nfn main() { }", "E0106 1 parameter `a` is declared twice");
    expect("fn f<T, T>(a: T) { }\nfn main() { }", "E0106 1 type parameter `T` is declared twice");
    expect_in_main("const (a, a) = (1, 2)\n print(a)", "E0106 1 `a` is bound twice in one pattern");
    expect_in_main("fn g() { }\n fn g() { }\n g()", "E0106 2 `g` is declared twice");
    expect(
        "struct A { x: int }\nimpl A { fn f(self) { } }\nimpl A { fn f(self) { } }\nfn main() { }",
        "E0106 3 method `f` is declared twice",
    );
}

#[test]
fn wrong_kinds_of_names() {
    expect_in_main("print(int)", "E0108 1 `int` is a type, not a value");
    expect("import time\nfn main() { print(time) }", "E0108 2 `time` is a module, not a value");
    expect_in_main("const f: int = _", "E0108 1 `_` has no value");
    expect(
        "fn f(mut n: int) { n += 1 }\nfn main() { const g = f\n _ = g }",
        "E0108 2 `f` cannot be used as a value",
    );
    expect("fn f() { }\nfn g(x: f) { }\nfn main() { }", "E0102 2 `f` is a function, not a type");
}

#[test]
fn main_has_a_shape() {
    expect("fn main(n: int) { }", "E0109 1 `main` takes no parameters");
    expect("fn main() -> string { \"\" }", "E0109 1 `main` cannot return `string`");
    expect("fn main<T>() { }", "E0109 1 `main` takes no type parameters");
    accept("fn main() -> Result<()> { }");
}

#[test]
fn unsuitable_declarations() {
    expect("impl int { fn f(self) { } }\nfn main() { }", "E0110 1 `int` belongs to another package");
    expect(
        "extern \"intrinsic\" fn f()\nfn main() { }",
        "E0110 1 intrinsics are declared in the standard library only",
    );
    expect(
        "struct A { x: int }\nimpl<T> A { fn f(self) { } }\nfn main() { }",
        "E0110 2 type parameter `T` does not occur in `A`",
    );
}

#[test]
fn local_functions_recurse_and_capture_nothing() {
    accept_in_main(
        "fn even(n: int) -> bool { if n == 0 { true } else { odd(n - 1) } }
         fn odd(n: int) -> bool { if n == 0 { false } else { even(n - 1) } }
         print(even(10))",
    );
    expect_in_main("const k = 2\n fn f() -> int { k }\n print(f() + k)", "E0101 2 there is no `k` here");
}
