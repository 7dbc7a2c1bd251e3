//! `spec/grammar.ebnf`, Patterns.

use super::{mistake, statement};

#[track_caller]
fn pattern(text: &str) -> String {
    let statement = statement(&format!("match x {{ {text} => 0 }}"));
    let inside = statement.strip_prefix("(match x (arm ").and_then(|rest| rest.strip_suffix(" 0))"));
    inside.unwrap_or_else(|| panic!("{statement}")).to_owned()
}

#[test]
fn patterns_read_as_the_grammar_says() {
    for (text, shown) in [
        ("_", "_"),
        ("x", "x"),
        ("mut x", "(mut x)"),
        ("1", "1"),
        ("-1", "-1"),
        ("-1.5", "-1.5"),
        ("2s", "2000000000ns"),
        ("'a'", "'a'"),
        ("\"a\"", "\"a\""),
        ("true", "true"),
        ("1..5", "(.. 1 5)"),
        ("-5..=-1", "(..= -5 -1)"),
        ("'a'..='z'", "(..= 'a' 'z')"),
        ("1 | 2 | 3", "(| 1 2 3)"),
        ("()", "(tuple)"),
        ("(a)", "a"),
        ("(a, (b, _),)", "(tuple a (tuple b _))"),
        ("None", "None"),
        ("Some(x)", "(Some x)"),
        (".Circle(r)", "(.Circle r)"),
        (".Red", ".Red"),
        ("Shape.Circle(r)", "(Shape.Circle r)"),
        ("shapes.Shape.Circle(1 | 2)", "(shapes.Shape.Circle (| 1 2))"),
        ("limits.MAX", "limits.MAX"),
        ("P { x, y: 0, .. }", "(P {} x (y: 0) ..)"),
        ("Shape.Rect { w }", "(Shape.Rect {} w)"),
        ("P {\nx,\ny\n}", "(P {} x y)"),
        ("P { }", "(P {})"),
    ] {
        assert_eq!(pattern(text), shown);
    }
}

#[test]
fn what_is_no_pattern() {
    for text in ["1 +", "a + b", "f()", "|", "1..", "..5", "(a", "P { x = 1 }", "P { .., x }", "- x", "[a]"] {
        let found = mistake(&format!("match x {{ {text} => 0 }}"));
        assert!(found.contains("E00"), "{text}: {found}");
    }
}
