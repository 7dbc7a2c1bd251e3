//! `spec/lexical.md`: text, comments, words, numbers, strings.

use super::{expr, mistake, mistakes, statement, tree};

// rules: LEX-1
#[test]
fn a_byte_order_mark_is_ignored_and_other_encodings_are_reported() {
    assert_eq!(tree("\u{feff}const A = 1"), "(const A 1)");
    let (text, diagnostics) = wyn_syntax::decode(wyn_base::SourceId(0), b"const A = \xff".to_vec());
    assert_eq!(text, "const A = \u{fffd}");
    assert_eq!(diagnostics.sorted().len(), 1);
    assert_eq!(mistakes("const A\u{feff} = 1"), ["1:8 E0001 unexpected character U+FEFF"]);
}

// rules: LEX-2
#[test]
fn carriage_returns_are_space() {
    assert_eq!(tree("const A = 1\r\nconst B =\r\n\t2\r\n"), "(const A 1)\n(const B 2)");
}

// rules: LEX-3
#[test]
fn the_longest_token_wins() {
    assert_eq!(statement("a<<=b"), "(<<= a b)");
    assert_eq!(statement("a+%=b"), "(+%= a b)");
    assert_eq!(expr("a+%b"), "(+% a b)");
    assert_eq!(expr("a??b"), "(?? a b)");
}

// rules: LEX-4
#[test]
fn an_unknown_character_is_one_error() {
    assert_eq!(mistake("a # b"), "2:3 E0001 unexpected character `#`");
    assert_eq!(mistake("x = @"), "2:5 E0001 unexpected character `@`");
}

// rules: LEX-5, LEX-6
#[test]
fn comments_separate_tokens_and_nest() {
    assert_eq!(statement("a // b\nc /* d /* e */ f */ + g"), "a (+ c g)");
    assert_eq!(statement("a /* \n */ b"), "a b");
    assert_eq!(mistakes("/* a /* b */"), ["1:1 E0003 this comment is never closed"]);
}

// rules: LEX-7
#[test]
fn doc_comments_document_what_follows() {
    let doc = tree("/// One.\n///   Two.\n/// Three.\npub fn f() { }");
    assert_eq!(doc, r#"(doc "One.\n  Two.\nThree." (pub (fn f (block))))"#);
    assert_eq!(tree("//// no\nconst A = 1"), "(const A 1)");
    assert_eq!(tree("struct S {\n/// F.\nx: int\n}"), r#"(struct S (doc "F." (x int)))"#);
    assert_eq!(statement("/// no\nx"), "x");
}

// rules: LEX-8
#[test]
fn words_may_be_of_any_script() {
    assert_eq!(expr("größe + _x1 + 名"), "(+ (+ größe _x1) 名)");
    assert!(mistake("x = 1a").contains("E0005"));
}

// rules: LEX-9
#[test]
fn keywords_are_no_names() {
    assert_eq!(mistake("const type = 1"), "2:7 E0002 expected a pattern, found `type`");
    assert_eq!(mistakes("fn match() { }"), ["1:4 E0002 expected a name, found `match`"]);
}

// rules: LEX-10
#[test]
fn contextual_words_are_names_elsewhere() {
    let names = "after + as + any + biased + closed + test";
    assert_eq!(expr(names), "(+ (+ (+ (+ (+ after as) any) biased) closed) test)");
    assert_eq!(tree("fn test(any: any Show) { }"), "(fn test (any any Show) (block))");
    assert_eq!(
        statement("select { closed = after.recv() => 1 }"),
        "(select (arm (= closed (call (. after recv))) 1))"
    );
}

// rules: LEX-11
#[test]
fn any_word_follows_a_dot() {
    assert_eq!(expr("f.await().type.in"), "(. (. (call (. f await)) type) in)");
}

// rules: LEX-12
#[test]
fn upper_case_words_are_type_names() {
    assert_eq!(statement("match x { A => 1, a => 2 }"), "(match x (arm A 1) (arm a 2))");
    assert_eq!(expr("P { x: 1 }"), "(struct P (x: 1))");
    assert!(mistake("y = p { x: 1 }").contains("a struct literal begins with the name of its type"));
}

// rules: NUM-1
#[test]
fn integers_have_four_bases() {
    assert_eq!(expr("0xff + 0o17 + 0b1_01 + 1_000"), "(+ (+ (+ 255 15) 5) 1000)");
    assert_eq!(expr("18446744073709551615"), "18446744073709551615");
    assert_eq!(
        mistake("x = 18446744073709551616"),
        "2:5 E0005 this number is too large: it needs more than 64 bits"
    );
    assert_eq!(mistake("x = 0b12"), "2:8 E0005 `2` is not a digit of a binary number");
    assert_eq!(mistake("x = 0x"), "2:5 E0005 this number has no digits after its prefix");
}

// rules: NUM-2
#[test]
fn floats_have_digits_on_both_sides() {
    assert_eq!(expr("1.0 + 2.5e-3 + 1e9 + 1_0.5"), "(+ (+ (+ 1.0 0.0025) 1000000000.0) 10.5)");
    assert_eq!(expr("5.abs()"), "(call (. 5 abs))");
    assert_eq!(expr("0..5"), "(.. 0 5)");
    assert_eq!(mistake("x = .5"), "2:5 E0005 a number needs a digit before its point");
    assert_eq!(mistake("f(5.)"), "2:3 E0005 a number needs a digit after its point");
    assert_eq!(mistake("x = 1e999"), "2:5 E0005 this number is too large for a `float`");
}

// rules: NUM-3
#[test]
fn no_float_begins_after_a_dot() {
    assert_eq!(expr("t.0.1"), "(. (. t 0) 1)");
    assert_eq!(expr("t.0.12.3"), "(. (. (. t 0) 12) 3)");
}

// rules: NUM-4
#[test]
fn durations() {
    assert_eq!(
        expr("250ns + 10us + 5ms + 2s + 1m"),
        "(+ (+ (+ (+ 250ns 10000ns) 5000000ns) 2000000000ns) 60000000000ns)"
    );
    assert_eq!(mistake("x = 1.5s"), "2:5 E0005 a duration is a whole number of its unit");
    assert_eq!(mistake("x = 999999999999m"), "2:5 E0005 this duration is too long: the limit is 292 years");
}

// rules: NUM-5
#[test]
fn what_touches_a_number_is_one_error() {
    assert_eq!(mistake("x = 5h"), "2:6 E0005 `h` cannot follow a number");
    assert_eq!(mistake("x = 1f64"), "2:6 E0005 `f64` cannot follow a number");
}

// rules: STR-1
#[test]
fn characters() {
    assert_eq!(expr(r"f('x', '\n', '\'', '\u{1f600}', '\x41', 'é')"), r"(call f 'x' '\n' '\'' '😀' 'A' 'é')");
    assert_eq!(mistake("x = 'ab'"), "2:5 E0006 a character literal holds exactly one character");
    assert_eq!(mistake("x = ''"), "2:5 E0006 this character literal is empty");
    assert_eq!(mistake("x = '"), "2:5 E0006 this character literal is never closed");
}

// rules: STR-2
#[test]
fn a_string_ends_on_its_line() {
    assert_eq!(mistake("print(\"a)"), "2:7 E0003 this string is never closed");
    assert_eq!(expr("\"a // b /* c\""), "\"a // b /* c\"");
}

// rules: STR-3
#[test]
fn escapes() {
    assert_eq!(expr(r#""\n\t\r\0\\\"\'\$\x41\u{e9}""#), r#""\n\t\r\0\\\"'$Aé""#);
    assert_eq!(mistake(r#"x = "a\q""#), r"2:7 E0004 `\q` is not an escape");
    assert!(mistake(r#"x = "\x80""#).contains("E0004"));
    assert!(mistake(r#"x = "\u{d800}""#).contains("E0004"));
}

// rules: STR-4
#[test]
fn interpolations_hold_any_expression() {
    assert_eq!(expr(r#""a ${b} c""#), r#"(string "a " b " c")"#);
    assert_eq!(
        expr(r#""${f(x: "${y}")}${ {"k": 1}["k"] }""#),
        r#"(string (call f (x: (string y))) (index (map (: "k" 1)) "k"))"#
    );
    assert_eq!(expr(r#""$a \${b} $""#), r#""$a ${b} $""#);
    assert_eq!(expr(r#""${x:>8.2}""#), r"(string (format x  >8.2))");
    assert_eq!(mistake(r#"print("${a")"#), "2:8 E0003 this `${` is never closed");
    assert!(mistake(r#"x = "${}""#).contains("nothing stands between `${` and `}`"));
}

// rules: STR-5
#[test]
fn an_interpolation_ends_on_its_line() {
    assert_eq!(mistake("x = \"${f(1)"), "2:6 E0003 this `${` is never closed");
    assert_eq!(expr("\"\"\"\n${f(\n1)}\n\"\"\""), "(string (call f 1))");
}

// rules: STR-6
#[test]
fn text_blocks_lose_their_indentation() {
    assert_eq!(
        expr("\"\"\"\n    a\n      ${b} \\t\n\n    c\n    \"\"\""),
        r#"(string "a\n  " b " \t\n\nc")"#
    );
    assert_eq!(expr("\"\"\"\n\"\"\""), r#""""#);
    assert_eq!(expr("\"\"\"\r\n  a\r\n  b\r\n  \"\"\""), r#""a\nb""#);
    assert!(mistake("x = \"\"\"a\n\"\"\"").contains("begins on the next line"));
    assert!(mistake("x = \"\"\"\na\"\"\"").contains("on a line of its own"));
    assert!(mistake("x = \"\"\"\n a\n  \"\"\"").contains("indented less"));
    assert_eq!(mistakes("const A = \"\"\"\na\n"), ["1:11 E0003 this string is never closed"]);
}

// rules: STR-7
#[test]
fn raw_strings_hold_everything() {
    assert_eq!(expr(r####"r"a\n${b}" + r#"c"d"#"####), r#"(+ "a\\n${b}" "c\"d")"#);
    assert_eq!(expr("r\"a\nb\""), r#""a\nb""#);
    assert_eq!(mistakes("const A = r#\"a\"\n"), ["1:11 E0003 this raw string is never closed"]);
}

// rules: FMT-1
#[test]
fn formats() {
    let formatted = |format: &str| expr(&format!("\"${{x:{format}}}\""));
    assert_eq!(formatted("8"), "(string (format x 8))");
    assert_eq!(formatted("*^+012,.3e"), "(string (format x *^+012,.3e))");
    assert_eq!(formatted("<5"), "(string (format x  <5))");
    assert_eq!(formatted("x"), "(string (format x x))");
    for wrong in ["", "2.f", "y", "8q", ".", "xx"] {
        let text = format!("x = \"${{x:{wrong}}}\"");
        assert!(mistake(&text).contains("E0011"), "{wrong}");
    }
}
