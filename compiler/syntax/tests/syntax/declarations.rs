//! `spec/grammar.ebnf`, Declarations.

use super::{mistakes, tree};

#[track_caller]
fn mistake(text: &str) -> String {
    let found = mistakes(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap_or_default()
}

#[test]
fn file() {
    assert_eq!(tree(""), "");
    assert_eq!(tree("\n\n// nothing\n"), "");
    assert_eq!(mistake("const A = 1 const B = 2"), "1:13 E0002 expected the end of the line, found `const`");
    assert_eq!(mistake("f()"), "1:1 E0002 expected a declaration, found `f`");
    assert_eq!(mistake("var x = 1"), "1:1 E0002 there are no mutable globals");
}

#[test]
fn function() {
    assert_eq!(
        tree("pub fn f<T: Ord + Show>(a: T, mut b: [T], c: int = 1,) -> T? { a }"),
        "(pub (fn f (generics (T (: Ord) (: Show))) (a T) (mut b [T]) (c int 1) (-> T?) (block a)))"
    );
    assert_eq!(tree("fn double(x: int) -> int => x * 2"), "(fn double (x int) (-> int) (=> (* x 2)))");
    assert_eq!(tree("fn f() => { a }"), "(fn f (=> (block a)))");
    assert_eq!(tree("extern \"C\" fn puts(s: int) -> i32"), "(fn puts (extern \"C\") (s int) (-> i32))");
    assert_eq!(mistake("fn f(x) { }"), "1:6 E0002 the parameter `x` has no type");
    assert_eq!(mistake("fn f() -> { }"), "1:8 E0002 expected a type after `->`, found `{`");
    assert_eq!(mistake("fn f"), "1:5 E0002 expected `(`, found the end of the line");
    assert_eq!(mistake("extern fn f()"), "1:8 E0002 expected a string, found `fn`");
}

#[test]
fn receivers() {
    assert_eq!(tree("impl A { fn f(self) { } }"), "(impl A (fn f self (block)))");
    assert_eq!(tree("impl A { fn f(mut self, x: int) { } }"), "(impl A (fn f mut self (x int) (block)))");
    assert_eq!(mistake("impl A { fn f(x: int, self) { } }"), "1:23 E0002 `self` is the first parameter");
    assert!(mistake("impl A { fn f(self: A) { } }").contains("`self` is written without a type"));
}

#[test]
fn structure() {
    let one = "(struct S (generics T) (pub (x int)) (y [T]))";
    assert_eq!(tree("struct S<T> { pub x: int, y: [T] }"), one);
    assert_eq!(tree("struct S<T> {\n\npub x: int\ny: [T],\n}"), one);
    assert_eq!(tree("struct S { }"), "(struct S)");
    assert_eq!(
        mistake("struct S { x: int y: int }"),
        "1:19 E0002 expected `,` or the end of the line, found `y`"
    );
    assert_eq!(mistake("struct S { x int }"), "1:12 E0009 the type stands after the name and a `:`");
    assert_eq!(mistake("struct { }"), "1:1 E0002 this struct has no name");
}

#[test]
fn enumeration() {
    assert_eq!(
        tree("enum Tree { Leaf, Node(Tree, int, Tree), Rect { w: int, h: int } }"),
        "(enum Tree Leaf (Node Tree int Tree) (Rect {} (w int) (h int)))"
    );
    assert_eq!(tree("enum E {\n/// A.\nA\nB(int)\n}"), "(enum E A (B int))");
    assert!(mistake("enum E { A = 1 }").contains("a variant has no number"));
    assert!(mistake("enum E { A() }").contains("expected a type"));
}

#[test]
fn trait_item() {
    assert_eq!(
        tree(
            "trait Shape<T>: Show + Eq {\nfn area(self) -> float\nfn twice(self) -> float { self.area() * 2.0 }\n}"
        ),
        "(trait Shape\n  (generics T)\n  (extends Show)\n  (extends Eq)\n  (fn area self (-> float))\n  \
         (fn twice self (-> float) (block (* (call (. self area)) 2.0))))"
    );
    assert!(mistake("trait A { x: int }").contains("expected a function"));
}

#[test]
fn implementation() {
    assert_eq!(tree("impl<T: Ord> Stack<T> { }"), "(impl (generics (T (: Ord))) Stack<T>)");
    assert_eq!(tree("impl<T> Show for [T] { }"), "(impl (generics T) (of Show) [T])");
    assert_eq!(tree("impl From<A<int>> for B? { }"), "(impl (of From<A<int>>) B?)");
    for target in ["string", "[T]", "Sender<T>", "(A, B)", "T?", "fn(int) -> int"] {
        assert_eq!(tree(&format!("impl {target} {{ }}")), format!("(impl {target})"));
    }
    assert_eq!(
        tree("impl [T] { pub extern \"intrinsic\" fn len(self) -> int }"),
        "(impl [T] (pub (fn len (extern \"intrinsic\") self (-> int))))"
    );
    assert_eq!(mistake("impl [T] for A { }"), "1:6 E0002 only a trait can be implemented for a type");
    assert_eq!(mistake("impl A for { }"), "1:12 E0002 expected a type, found `{`");
}

#[test]
fn alias_constant_test() {
    assert_eq!(tree("type Pair<T> = (T, T)"), "(type Pair (generics T) (T, T))");
    assert_eq!(tree("pub const LIMIT: int = 64"), "(pub (const LIMIT int 64))");
    assert_eq!(tree("test \"adds\" { assert(true) }"), "(test \"adds\" (block (call assert true)))");
    assert_eq!(mistake("type A B"), "1:8 E0002 expected `=`, found `B`");
    assert_eq!(mistake("const X ="), "1:10 E0002 expected an expression, found the end of the line");
    assert_eq!(mistake("test adds { }"), "1:6 E0002 expected a string, found `adds`");
}

#[test]
fn import() {
    assert_eq!(tree("import net.http"), "(import net.http)");
    assert_eq!(tree("import net.http.{get, Request,}"), "(import net.http get Request)");
    assert_eq!(tree("import ./util"), "(import ./util)");
    assert_eq!(tree("import ./a/b.{c}"), "(import ./a/b c)");
    assert_eq!(tree("import ../../a"), "(import ../../a)");
    assert!(mistake("import \"fmt\"").contains("without quotes"));
    assert!(mistake("import a as b").contains("the last name of its path"));
    assert!(mistake("import a.{}").contains("expected a name"));
    assert!(mistake("import").contains("expected a module's path"));
}

#[test]
fn generics() {
    assert_eq!(tree("struct R<T, E = Error> { }"), "(struct R (generics T (E (= Error))))");
    assert_eq!(tree("fn f<\nT,\n>() { }"), "(fn f (generics T) (block))");
    assert!(mistake("fn f<>() { }").contains("nothing stands between `<` and `>`"));
    assert!(mistake("fn f[T]() { }").contains("type parameters are written in `<` and `>`"));
}
