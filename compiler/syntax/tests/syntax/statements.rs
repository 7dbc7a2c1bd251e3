//! `spec/grammar.ebnf`, Statements.

use super::{mistake, statement};

#[test]
fn let_statement() {
    assert_eq!(statement("const x = 1"), "(const x 1)");
    assert_eq!(statement("var x: [int]? = y"), "(var x [int]? y)");
    assert_eq!(statement("const (a, P { b, .. }) = c"), "(const (tuple a (P {} b ..)) c)");
    assert_eq!(mistake("const x: int"), "2:13 E0002 this variable has no value");
    assert_eq!(mistake("var = 1"), "2:5 E0002 expected a pattern, found `=`");
    assert_eq!(mistake("var x 3"), "2:7 E0002 expected `:` or `=`, found a number");
}

#[test]
fn assignments_have_a_compound_form_of_every_binary_operator() {
    let ops = ["*", "/", "%", "*%", "+", "-", "+%", "-%", "<<", ">>", "&", "^", "|", "&&", "||", "??"];
    for op in ops {
        assert_eq!(statement(&format!("a.b[0] {op}= c")), format!("({op}= (index (. a b) 0) c)"));
    }
    assert_eq!(statement("(a, b) = (b, a)"), "(= (tuple a b) (tuple b a))");
    assert_eq!(statement("_ = f()"), "(= _ (call f))");
    assert!(mistake("a = b = c").contains("an assignment has no value"));
    assert!(mistake("x = = 3").contains("expected an expression, found `=`"));
}

#[test]
fn defer() {
    assert_eq!(statement("defer f()"), "(defer (call f))");
    assert_eq!(statement("defer { f(); g() }"), "(defer (block (call f) (call g)))");
    assert!(mistake("defer const").contains("expected a block or an expression"));
}

#[test]
fn local_declarations() {
    assert_eq!(statement("fn g(n: int) -> int => g(n - 1)"), "(fn g (n int) (-> int) (=> (call g (- n 1))))");
    assert_eq!(statement("struct S { x: int }"), "(struct S (x int))");
    assert!(mistake("fn () { }").contains("this function has no name"));
}

#[test]
fn blocks_are_statements() {
    assert_eq!(statement("{ a }\n{ }"), "(block a) (block)");
}
