//! `spec/grammar.ebnf`, Expressions.

use super::{expr, mistake, statement};

#[test]
fn operators_bind_in_the_order_of_the_grammar() {
    assert_eq!(expr("a || b && c == d .. e | f ^ g & h << i + j * -k"), {
        "(|| a (&& b (== c (.. d (| e (^ f (& g (<< h (+ i (* j (- k)))))))))))"
    });
    assert_eq!(expr("a ?? b ?? c"), "(?? a (?? b c))");
    assert_eq!(expr("a ?? b || c"), "(?? a (|| b c))");
    assert_eq!(expr("a - b - c"), "(- (- a b) c)");
    assert_eq!(expr("a *% b +% c -% d"), "(-% (+% (*% a b) c) d)");
    assert_eq!(expr("x in 0..n"), "(in x (.. 0 n))");
    assert_eq!(expr("a >> b << c"), "(<< (>> a b) c)");
}

#[test]
fn comparisons_and_ranges_do_not_chain() {
    for text in ["a == b == c", "a < b <= c", "a in b in c", "a..b..c"] {
        assert!(mistake(&format!("x = {text}")).contains("E0010"), "{text}");
    }
    assert_eq!(expr("(a == b) == c"), "(== (paren (== a b)) c)");
}

#[test]
fn prefix_operators_bind_looser_than_postfix() {
    assert_eq!(expr("-a.b()"), "(- (call (. a b)))");
    assert_eq!(expr("!a?"), "(! (? a))");
    assert_eq!(expr("- - ~a"), "(- (- (~ a)))");
    assert_eq!(expr("await f + 1"), "(+ (await f) 1)");
    assert_eq!(expr("await f.g()?"), "(await (? (call (. f g))))");
    assert!(mistake("f(!)").contains("expected an expression"));
}

#[test]
fn question_marks_propagate() {
    assert_eq!(expr("x?.f"), "(. (? x) f)");
    assert_eq!(expr("f()?[0]?"), "(? (index (? (call f)) 0))");
}

#[test]
fn chain_and_args() {
    assert_eq!(expr("f(1, x: 2, &y.z, w: &v,)"), "(call f 1 (x: 2) (& (. y z)) (w: (& v)))");
    assert_eq!(expr("a.b<int>.c(d)(e)"), "(call (call (. (. a b<int>) c) d) e)");
    assert_eq!(mistake("f(1, , 2)"), "2:6 E0002 expected `)` or an expression, found `,`");
    assert_eq!(mistake("f(a b)"), "2:5 E0002 expected `)` or `,`, found `b`");
}

#[test]
fn index() {
    assert_eq!(expr("m[k, default: 0]"), "(index m k (default: 0))");
    assert_eq!(expr("a[1..] + a[..2] + a[1..2] + a[..=2] + a[1..=2]"), {
        "(+ (+ (+ (+ (slice.. a 1 _) (slice.. a _ 2)) (slice.. a 1 2)) (slice..= a _ 2)) (slice..= a 1 2))"
    });
    assert_eq!(mistake("a[]"), "2:3 E0002 expected `..` or an expression, found `]`");
    assert!(mistake("a[1, 2]").contains("expected `default`"));
    assert!(mistake("a[..]").contains("expected an expression"));
}

#[test]
fn paren_and_tuples() {
    assert_eq!(expr("()"), "(tuple)");
    assert_eq!(expr("(a)"), "(paren a)");
    assert_eq!(expr("(a, b,)"), "(tuple a b)");
    assert_eq!(mistake("x = (a,)"), "2:5 E0002 a tuple has at least two parts");
}

#[test]
fn array() {
    assert_eq!(expr("[]"), "(array)");
    assert_eq!(expr("[a, b,]"), "(array a b)");
    assert_eq!(expr("[0; n]"), "(fill 0 n)");
    assert_eq!(mistake("x = [a b]"), "2:8 E0002 expected `,`, `;` or `]`, found `b`");
    assert!(mistake("x = [0; 1; 2]").contains("E0002"));
}

#[test]
fn map_or_set() {
    assert_eq!(expr("{\"a\": 1, b: 2,}"), "(map (: \"a\" 1) (: b 2))");
    assert_eq!(expr("{a, b}"), "(set a b)");
    assert_eq!(mistake("x = {1: 2, 3}"), "2:12 E0002 this entry of the map has no value");
    assert_eq!(mistake("x = {1, 2: 3}"), "2:12 E0002 a set has no values");
}

#[test]
fn fields() {
    assert_eq!(expr("P { x: 1, y, ..q }"), "(struct P (x: 1) y (.. q))");
    assert_eq!(expr("a.B { x }"), "(struct a.B x)");
    assert_eq!(mistake("p = P { x = 1 }"), "2:11 E0002 expected `:`, found `=`");
    assert_eq!(mistake("p = P { ..q, x }").split_once(' ').map(|(at, _)| at), Some("2:14"));
}

#[test]
fn spawn_takes_the_last_call() {
    assert_eq!(expr("spawn a.b(g()).c(x)"), "(spawn (call (. (call (. a b) (call g)) c) x))");
    assert_eq!(expr("spawn f(x).await()"), "(call (. (spawn (call f x)) await))");
    assert_eq!(expr("spawn f(x).await().g() + 1"), "(+ (call (. (call (. (spawn (call f x)) await)) g)) 1)");
    assert_eq!(expr("spawn f(x).await()?"), "(? (call (. (spawn (call f x)) await)))");
    assert_eq!(expr("spawn { a }"), "(spawn (block a))");
    assert_eq!(expr("spawn { a }.await()"), "(call (. (spawn (block a)) await))");
    assert_eq!(statement("detach spawn f()"), "(detach spawn (call f))");
    assert_eq!(mistake("spawn f"), "2:7 E0013 `spawn` takes a call or a block");
    assert_eq!(mistake("spawn 1 + 2"), "2:7 E0013 `spawn` takes a call or a block");
    assert!(mistake("detach f()").contains("`detach` is written before `spawn`"));
}

#[test]
fn jump() {
    assert_eq!(expr("x ?? return"), "(?? x return)");
    assert_eq!(expr("x ?? return a + b"), "(?? x (return (+ a b)))");
    assert_eq!(statement("break\ncontinue outer"), "break (continue outer)");
    assert_eq!(statement("return\nx"), "return x");
}

#[test]
fn lambda() {
    assert_eq!(
        expr("xs.map((x) => x * 2).sum()"),
        "(call (. (call (. xs map) (lambda x (=> (* x 2)))) sum))"
    );
    assert_eq!(expr("(_, x: [int]) => { x }"), "(lambda _ (: x [int]) (=> (block x)))");
    assert!(mistake("f = (1 + 2) => x").contains("E0002"));
    assert!(mistake("f = x => x").contains("E0002"));
}
