//! Declarations that contain themselves.

use super::{accept, checked, expect};

/// The boxed declarations of a program, in order.
fn boxed(source: &str) -> String {
    let (program, diags, _) = checked(&format!("{source}\nfn main() {{ }}"));
    assert!(diags.iter().all(|d| d.severity != wyn_base::Severity::Error));
    let boxed = program.adts.iter().filter(|adt| adt.boxed && adt.path.starts_with("main."));
    boxed.map(|adt| adt.name.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_contains_itself_by_value_is_boxed() {
    assert_eq!(boxed("enum Tree { Leaf, Node(Tree, int, Tree) }"), "Tree");
    assert_eq!(boxed("struct List { head: int, tail: List? }"), "List");
    assert_eq!(boxed("struct List<T> { head: T, tail: (List<T>?, int) }"), "List");
}

#[test]
fn what_lies_behind_a_pointer_boxes_nothing() {
    assert_eq!(boxed("struct Node { kids: [Node], next: fn(Node) -> Node, to: Sender<Node> }"), "");
    assert_eq!(
        boxed("enum Json { Null, List([Json]), Object([Member]) }\nstruct Member { value: Json }"),
        ""
    );
    assert_eq!(boxed("struct Lazy<T> { values: [T] }\nstruct Node { kids: Lazy<Node> }"), "");
}

#[test]
fn on_each_way_round_enums_are_boxed_before_structs() {
    assert_eq!(boxed("enum Link { End, More(Node) }\nstruct Node { next: Link }"), "Link");
    assert_eq!(boxed("struct A { b: B? }\nstruct B { a: A? }"), "A B");
    assert_eq!(
        boxed(
            "enum E { Add(Pair), Of(S), Num }\nenum S { Say(E), Skip }\nstruct Pair { l: E, r: E, p: Pair? }"
        ),
        "E S Pair"
    );
}

#[test]
fn generic_types_around_a_type_are_not_boxed_with_it() {
    assert_eq!(boxed("enum Maybe<T> { No, Yes(T) }\nstruct List { tail: Maybe<Maybe<List>> }"), "List");
    assert_eq!(boxed("struct Both<T> { a: T, b: T }\nenum Rose<T> { Tip, Bud(Both<Rose<T>>) }"), "Rose");
}

#[test]
fn values_must_have_an_end() {
    let endless = "E0291 1 no value of `S` can exist";
    expect("struct S { s: S }\nfn main() { }", endless);
    expect("struct S { s: (int, Id<S>) }\nstruct Id<T> { t: T }\nfn main() { }", endless);
    expect("enum S { A(Either<S, S>) }\nenum Either<L, R> { Left(L), Right(R) }\nfn main() { }", endless);
    expect("struct S { t: T }\nstruct T { s: S }\nfn f(s: S) -> S { return s.t.s }\nfn main() { }", endless);
    accept("pub enum S { A(Either<S, int>) }\npub enum Either<L, R> { Left(L), Right(R) }\nfn main() { }");
    accept("pub enum Never { }\npub struct S { never: Never }\nfn main() { }");
}

#[test]
fn type_arguments_must_not_grow() {
    expect(
        "struct N<T> { v: T, n: N<[T]>? }\nfn f(n: N<int>) -> bool { return n == n }\nfn main() { }",
        "E0292 1 `N` needs ever larger types",
    );
    accept("pub struct N<A, B> { a: A, b: B, n: N<B, A>?, m: N<int, [int]>? }\nfn main() { }");
}

#[test]
fn abilities_of_types_that_contain_each_other_are_known_in_any_order() {
    let types = "struct A { b: B?, f: fn() }\nstruct B { a: A? }\n";
    let first = "fn main() {\n const b = B { a: None }\n print(b == b)\n}";
    expect(&format!("{types}{first}"), "E0204 5 a `B` cannot be compared with `==`");
    let both = "fn main() {\n const (a, b) = (A { b: None, f: () => { } }, B { a: None })\n _ = a == a\n _ = b == b\n}";
    expect(
        &format!("{types}{both}"),
        "E0204 5 an `A` cannot be compared with `==`\nE0204 6 a `B` cannot be compared with `==`",
    );
}
