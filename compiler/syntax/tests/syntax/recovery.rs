//! One mistake is one diagnostic, where it is, and hides nothing after it.

use super::{mistakes, parsed};

fn lines(text: &str) -> Vec<u32> {
    mistakes(text)
        .iter()
        .map(|found| found.split(':').next().and_then(|n| n.parse().ok()).unwrap_or(0))
        .collect()
}

#[test]
fn a_broken_declaration_hides_no_other() {
    let text = "fn a( { }\nfn b() { x + }\nstruct { }\nfn c() { 1 }\nconst = 3\n";
    assert_eq!(lines(text), [1, 2, 3, 5]);
    assert!(parsed(text).0.contains("(fn c (block 1))"));
}

#[test]
fn each_broken_statement_is_reported() {
    let text = "fn a() {\nx = = 1\ny()\nif a b\nz = [1 2]\nwhile c { const = d\nok() }\n}\n";
    assert_eq!(lines(text), [2, 4, 5, 6]);
    assert!(parsed(text).0.contains("(call y)"));
    assert!(parsed(text).0.contains("(call ok)"));
}

#[test]
fn each_broken_arm_field_variant_and_method_is_reported() {
    assert_eq!(
        lines("fn a() {\nmatch x {\n1 -> a\n2 => b\n3 + => c\n}\nselect {\na => b c\n}\n}"),
        [3, 5, 8]
    );
    assert_eq!(lines("struct S {\nx int\ny: int\nz: \n}"), [2, 4]);
    assert_eq!(lines("enum E {\nA = 1\nB\nC(\n}"), [2, 4]);
    assert_eq!(lines("impl A {\nx: int\nfn f(self) { y + }\nfn g(self) { 1 2 }\n}"), [2, 3, 4]);
}

#[test]
fn a_missing_brace_is_found_by_indentation() {
    let text = "fn a() {\n    if x {\n        foo()\n}\n\nfn b() {\n    bar baz\n}\n";
    assert_eq!(
        mistakes(text),
        ["4:1 E0007 a `}` is missing", "7:9 E0002 expected the end of the line, found `baz`"]
    );
    let text = "fn a() {\n    foo()\n\nfn b() {\n    bar()\n}\n";
    assert_eq!(mistakes(text), ["3:1 E0007 a `}` is missing"]);
    assert!(parsed(text).0.contains("(fn b (block (call bar)))"));
    let text = "impl A {\n    fn a(self) {\n        foo()\n\n    fn b(self) {\n    }\n}\n";
    assert_eq!(mistakes(text), ["4:1 E0007 a `}` is missing"]);
}

#[test]
fn a_missing_brace_is_found_where_the_indentation_goes_back() {
    let text = "fn a() {\n    if x {\n        foo()\n    bar()\n}\nfn b() { }\n";
    assert_eq!(mistakes(text), ["4:1 E0007 a `}` is missing"]);
    assert!(parsed(text).0.contains("(fn b (block))"));
    // On one line, the bracket that is open says it best.
    assert_eq!(mistakes("fn a() {\n    foo(P { x: 1)\n}\n"), ["2:8 E0007 this `(` is never closed"]);
}

#[test]
fn a_head_ends_before_its_brace() {
    let text = "fn a(x: int {\n    foo(\n}\n";
    assert_eq!(mistakes(text), ["1:5 E0007 this `(` is never closed", "2:8 E0007 this `(` is never closed"]);
    let text = "fn a(x: int -> int {\n    foo baz\n}\n";
    let found = ["1:5 E0007 this `(` is never closed", "2:9 E0002 expected the end of the line, found `baz`"];
    assert_eq!(mistakes(text), found);
    assert_eq!(
        mistakes("fn a() {\n    if (x {\n        foo()\n    }\n}\n"),
        [found[0].replace("1:5", "2:8")]
    );
}

#[test]
fn a_broken_head_hides_no_mistakes_of_its_body() {
    assert_eq!(lines("async fn a() {\n    foo baz\n}\n"), [1, 2]);
    assert_eq!(lines("func a(x: int) -> int {\n    foo baz\n}\n"), [1, 2]);
    assert_eq!(lines("fn a(x: int; y: int) {\n    foo baz\n}\n"), [1, 2]);
    assert_eq!(lines("fn a(x: int): int {\n    foo baz\n}\n"), [1, 2]);
    let text = "impl A {\n    fn a(&self, x: int) -> int {\n        foo baz\n    }\n    fn b(self) { }\n}\n";
    assert_eq!(lines(text), [2, 3]);
    assert!(parsed(text).0.contains("self"));
}

#[test]
fn a_brace_too_many_is_found_by_indentation() {
    let text = "fn a() {\n    if x {\n    }\n    }\n    bar()\n}\nfn b() { }\n";
    assert_eq!(mistakes(text), ["4:5 E0007 this `}` closes nothing"]);
    assert!(parsed(text).0.contains("(fn b (block))"));
    assert_eq!(mistakes("fn a() { }\n}\nfn b() { }"), ["2:1 E0007 this `}` closes nothing"]);
}

#[test]
fn an_unclosed_parenthesis_ends_with_its_statement() {
    let text = "fn a() {\n    foo(1,\n        2\n    bar(3)\n}\nfn b() { }\n";
    assert_eq!(mistakes(text), ["2:8 E0007 this `(` is never closed"]);
    // What the repair guessed is not judged, what comes after it is.
    assert!(parsed(text).0.contains("<error> (call bar 3)"));
    assert_eq!(mistakes("fn a() { foo(1] }"), ["1:15 E0007 `(` is closed by `]`"]);
    assert_eq!(mistakes("fn a() { foo(1)) }"), ["1:16 E0007 this `)` closes nothing"]);
}

#[test]
fn an_unclosed_string_takes_no_blame_for_its_line() {
    assert_eq!(
        mistakes("fn a() {\n    print(\"x)\n    foo()\n}"),
        ["2:11 E0003 this string is never closed"]
    );
    assert_eq!(
        mistakes("fn a() {\n    print('xy)\n    foo()\n}"),
        ["2:11 E0006 this character literal is never closed"]
    );
    assert_eq!(
        mistakes("fn a() {\n    print(\"\"\"x)\n    foo()\n}"),
        ["2:11 E0003 this string is never closed"]
    );
}

#[test]
fn every_prefix_of_a_program_gives_diagnostics_or_a_tree() {
    let text = super::samples::TOUR;
    for (at, _) in text.char_indices() {
        parsed(&text[..at]);
    }
}

#[test]
fn a_mistake_before_an_unbalanced_bracket_is_reported_too() {
    let text = "fn a() {\n    let x = 1\n    foo(1\n    bar()\n}\n";
    assert_eq!(lines(text), [2, 3]);
}
