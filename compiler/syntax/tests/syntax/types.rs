//! `spec/grammar.ebnf`, Types.

use super::{mistakes, tree};

#[track_caller]
fn same(text: &str) {
    ty(text, text);
}

#[track_caller]
fn ty(text: &str, shown: &str) {
    assert_eq!(tree(&format!("type A = {text}")), format!("(type A {shown})"));
}

#[test]
fn types_read_as_they_are_written() {
    for text in [
        "int",
        "net.http.Request",
        "Map<string, [int]>",
        "()",
        "(int, float)",
        "[[T?]?]",
        "T???",
        "fn()",
        "fn(int, T) -> (A, B)",
        "fn() -> T?",
        "(fn() -> T)?",
        "any Show",
        "any Into<T>",
        "Result<(), E>",
        "a.B<C.D<E>>",
    ] {
        same(text);
    }
    ty("(int)", "int");
    ty("(int, float,)", "(int, float)");
    ty("fn() -> fn() -> int", "fn() -> fn() -> int");
}

#[test]
fn what_is_no_type() {
    for (text, message) in [
        ("", "expected a type, found the end of the line"),
        ("[int", "this `[` is never closed"),
        ("Map<", "expected a type"),
        ("Map<int", "expected `,` or `>`"),
        ("&T", "there are no references"),
        ("*T", "there are no pointers"),
        ("[]int", "an array's element type stands inside the brackets"),
        ("int[]", "an array type is written around its element type"),
        ("1", "expected a type, found a number"),
        ("fn int", "expected `(`"),
        ("a.", "expected a name"),
    ] {
        let found = mistakes(&format!("type A = {text}"));
        assert!(found[0].contains(message), "{text}: {found:?}");
    }
}
