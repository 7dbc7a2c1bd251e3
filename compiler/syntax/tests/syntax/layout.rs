//! `spec/lexical.md`: which newlines end statements, and brackets with two meanings.

use super::{expr, mistake, mistakes, statement, tree};

// rules: LAY-1
#[test]
fn a_newline_ends_what_can_end() {
    assert_eq!(statement("a\nb()\n1\nreturn\nx?\n[1]\n\"s\""), "a (call b) 1 return (? x) (array 1) \"s\"");
    assert_eq!(statement("a +\nb"), "(+ a b)");
    assert_eq!(statement("a.\nb"), "(. a b)");
    assert_eq!(statement("x =\n1"), "(= x 1)");
    assert_eq!(statement("const f = (x) =>\nx"), "(const f (lambda x (=> x)))");
    assert_eq!(tree("fn f() ->\nint { 1 }"), "(fn f (-> int) (block 1))");
    assert_eq!(tree("const A:\nint = 1"), "(const A int 1)");
    assert_eq!(tree("pub\nfn\nf() { }"), "(pub (fn f (block)))");
    assert_eq!(statement("a ||\n// comment\n\nb"), "(|| a b)");
    assert_eq!(mistake("a b"), "2:3 E0002 expected the end of the line, found `b`");
}

// rules: LAY-2
#[test]
fn newlines_do_not_count_in_parentheses() {
    assert_eq!(statement("f(\n1\n,\n2\n)"), "(call f 1 2)");
    assert_eq!(statement("x = [1\n+ 2]"), "(= x (array (+ 1 2)))");
    assert_eq!(statement("x = (a\n- b)"), "(= x (paren (- a b)))");
    assert_eq!(statement("f(() => {\na\n- b\n})"), "(call f (lambda (=> (block a (- b)))))");
    assert_eq!(statement("const x: Map<\nint,\nT\n> = y"), "(const x Map<int, T> y)");
    assert!(mistake("f(a\nb)").contains("expected `)` or `,`, found `b`"));
}

// rules: LAY-3
#[test]
fn no_terminator_before_a_closing_brace() {
    assert_eq!(statement("const p = P {\nx: 1\n}"), "(const p (struct P (x: 1)))");
    assert_eq!(statement("m = {\n1: 2,\n3: 4,\n}"), "(= m (map (: 1 2) (: 3 4)))");
    assert_eq!(tree("import a.{\nb,\nc\n}"), "(import a b c)");
    assert!(mistake("m = {\n1: 2\n3: 4\n}").contains("expected `,`, found the end of the line"));
}

// rules: LAY-4
#[test]
fn two_question_marks_at_the_end_of_a_line() {
    assert_eq!(statement("x = a ??\nb"), "(= x (?? a b))");
    assert_eq!(tree("struct S {\nx: int??\ny: int\n}"), "(struct S (x int??) (y int))");
    assert_eq!(tree("const A: int?? = b ??\nc"), "(const A int?? (?? b c))");
}

// rules: LAY-5
#[test]
fn a_line_that_begins_with_a_member_goes_on() {
    assert_eq!(statement("a\n.b()\n.await()\n._c"), "(. (call (. (call (. a b)) await)) _c)");
    assert_eq!(statement("match x {\nA => a\n.B => b\n}"), "(match x (arm A a) (arm .B b))");
}

// rules: LAY-6
#[test]
fn a_line_that_begins_with_else_goes_on() {
    assert_eq!(statement("if a { b }\nelse { c }"), "(if a (block b) (block c))");
    assert_eq!(
        statement("select {\nx.recv() => a\nelse => b\n}"),
        "(select (arm (call (. x recv)) a) (arm else b))"
    );
}

// rules: LAY-7
#[test]
fn a_line_that_begins_with_an_operator_does_not_go_on() {
    assert_eq!(statement("a\n-b"), "a (- b)");
    assert_eq!(statement("a\n(b)"), "a (paren b)");
    assert_eq!(statement("a\n[b]"), "a (array b)");
    assert_eq!(statement("a\n{ b }"), "a (block b)");
    assert_eq!(mistake("a\n&& b"), "3:1 E0002 a line cannot begin with `&&`");
    assert_eq!(mistake("a\n* b"), "3:1 E0002 a line cannot begin with `*`");
    assert_eq!(mistake("a\n< b"), "3:1 E0002 a line cannot begin with `<`");
    assert_eq!(mistake("a\n& b"), "3:1 E0002 a line cannot begin with `&`");
    assert_eq!(mistake("if a\n{ b }"), "3:1 E0002 this `{` stands on a line of its own");
    assert_eq!(mistakes("fn f()\n{\n}"), ["2:1 E0002 this `{` stands on a line of its own"]);
}

// rules: LAY-8
#[test]
fn terminators_may_be_repeated() {
    assert_eq!(statement(";;a;\n;b;;"), "a b");
    assert_eq!(tree(";;const A = 1;;\n;"), "(const A 1)");
    assert_eq!(tree("fn f() { a; b }\nfn g() { a; }"), "(fn f (block a b))\n(fn g (block a))");
}

// rules: BRK-1
#[test]
fn braces_are_blocks_or_maps() {
    assert_eq!(expr("{1, 2}"), "(set 1 2)");
    assert_eq!(expr("{:}"), "(map)");
    assert_eq!(statement("{ a }"), "(block a)");
    assert_eq!(expr("() => { a }"), "(lambda (=> (block a)))");
    assert_eq!(expr("() => ({1})"), "(lambda (=> (paren (set 1))))");
    assert_eq!(statement("return {1: 2}"), "(return (map (: 1 2)))");
    assert_eq!(statement("for x in {1, 2} { a }"), "(for x (set 1 2) (block a))");
    assert!(mistake("{ a: 1 }").contains("expected `while` or `for`"));
    assert!(mistake("x = { a; b }").contains("found `;`"));
    assert!(mistake("x = {}").contains("expected an expression, found `{}`"));
}

// rules: BRK-2
#[test]
fn struct_literals() {
    assert_eq!(expr("a.B { }"), "(struct a.B)");
    assert_eq!(expr("P<int> { x, ..q }"), "(struct P<int> x (.. q))");
    assert_eq!(statement("if P { a }"), "(if P (block a))");
    assert_eq!(statement("if (P { x: 1 }) == p { a }"), "(if (== (paren (struct P (x: 1))) p) (block a))");
    assert_eq!(statement("while f(P { x }) { a }"), "(while (call f (struct P x)) (block a))");
    assert_eq!(statement("for x in P { a }"), "(for x P (block a))");
    assert_eq!(statement("match P { _ => a }"), "(match P (arm _ a))");
    assert_eq!(statement("within LIMIT { a }"), "(within LIMIT (block a))");
    assert_eq!(statement("lock M as m { a }"), "(lock (as M m) (block a))");
    assert_eq!(statement("P\n{ a }"), "P (block a)");
    assert!(mistake("x = f() { a: 1 }").contains("expected the end of the line"));
}

// rules: BRK-3
#[test]
fn lambdas() {
    assert_eq!(expr("(x, y: int) => x"), "(lambda x (: y int) (=> x))");
    assert_eq!(expr("() => () => 1"), "(lambda (=> (lambda (=> 1))))");
    assert_eq!(expr("((a, b)) => a"), "(lambda (tuple a b) (=> a))");
    assert_eq!(statement("match x { a if (b) => c }"), "(match x (arm a (if (paren b)) c))");
    assert_eq!(statement("match x { (a, b) => c }"), "(match x (arm (tuple a b) c))");
    assert_eq!(statement("select { after (d) => c }"), "(select (arm (after (paren d)) c))");
    assert_eq!(
        statement("match x { a if f((b) => c) => d }"),
        "(match x (arm a (if (call f (lambda b (=> c)))) d))"
    );
}

// rules: BRK-4
#[test]
fn angles_are_types_or_comparisons() {
    assert_eq!(expr("f<int>(x)"), "(call f<int> x)");
    assert_eq!(expr("f(a < b, c > d)"), "(call f (< a b) (> c d))");
    assert_eq!(expr("f(a < b, c > (d))"), "(call f (call a<b, c> d))");
    assert_eq!(expr("f(a < b, c >> d)"), "(call f (< a b) (>> c d))");
    assert_eq!(expr("f(a < b, c >= d)"), "(call f (< a b) (>= c d))");
    assert_eq!(expr("Map<int, Set<[T?]>>.new()"), "(call (. Map<int, Set<[T?]>> new))");
    assert_eq!(expr("a<b<c<int>>>()"), "(call a<b<c<int>>>)");
    assert_eq!(expr("f<fn(int) -> (A, B)>"), "f<fn(int) -> (A, B)>");
    assert_eq!(expr("i < n && j > (m)"), "(&& (< i n) (> j (paren m)))");
    assert_eq!(statement("if i < n { a }"), "(if (< i n) (block a))");
    assert_eq!(
        tree("fn f<T: A<B<C>>>(x: Map<K, V<T>>) { }"),
        "(fn f (generics (T (: A<B<C>>))) (x Map<K, V<T>>) (block))"
    );
    assert_eq!(tree("const X: Map<K, V<T>> = y"), "(const X Map<K, V<T>> y)");
    assert_eq!(mistake("x = a < b > c"), "2:7 E0010 comparisons do not chain");
    assert_eq!(mistake("x = a < b < c"), "2:7 E0010 comparisons do not chain");
}

// rules: BRK-5
#[test]
fn depth_is_bounded() {
    let deep = |n: usize| format!("const A = {}1{}\nconst B = 2", "(".repeat(n), ")".repeat(n));
    assert!(tree(&deep(900)).ends_with("(const B 2)"));
    assert_eq!(mistakes(&deep(1_100)).len(), 1);
}
