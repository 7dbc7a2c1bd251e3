//! Any text gives a tree and diagnostics: no crash, no hang, no error without a report, within a second.

use std::time::Duration;

use super::{parsed, samples::TOUR};

#[track_caller]
fn quick(name: &str, text: &str) {
    let before = processor_time();
    parsed(text);
    let time = processor_time().saturating_sub(before);
    assert!(time < Duration::from_secs(1), "{name}: {time:?}");
}

/// The time that this thread has run: other programs on the machine do not count.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn inside(text: &str) -> String {
    format!("fn f() {{ {text} }}")
}

#[test]
fn nesting_is_linear_whether_it_parses_or_not() {
    let pairs = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("x = {1: ", "}"),
        ("f(", ")"),
        ("f(() => {", "})"),
        ("if a {", "}"),
        ("match a { b => ", "}"),
        ("select { after ", " => x }"),
        ("select { x = ", " => x }"),
        ("spawn {", "}"),
        ("\"${", "}\""),
        ("const (", ") = x"),
        ("x as A<", ">"),
    ];
    for (open, close) in pairs {
        for middle in ["1", "1 2", ""] {
            quick(open, &inside(&format!("{}{middle}{}", open.repeat(300), close.repeat(300))));
            quick(open, &inside(&format!("{}{middle}", open.repeat(2_500))));
            quick(close, &inside(&format!("{middle}{}", close.repeat(2_500))));
        }
    }
}

#[test]
fn repetition_is_linear() {
    for piece in [
        "#",
        "'",
        "\"",
        "\"\n",
        "/*",
        "*/",
        "}\n",
        ")\n",
        "{\n",
        "(]",
        "a<",
        "a<b, ",
        "a<(",
        "-",
        "!",
        "? ",
        "?? ",
        "x.",
        "1+",
        "let x = 1\n",
        "fn f() {\n",
        "f('\n",
        "(\"\n",
        "\"${",
        "${",
        "\\",
        "é",
        "\u{0}",
        "else if a {} ",
        "=> ",
        "| ",
        ";",
        "///\n",
        "spawn ",
        "return ",
        "await ",
        "r#\"",
        "\"\"\"\n",
        "0x",
        "1e",
        "..",
        "if ",
        "match ",
        "struct ",
        "pub ",
    ] {
        quick(piece, &piece.repeat(1_500));
        quick(piece, &inside(&piece.repeat(1_500)));
    }
}

#[test]
fn a_megabyte_line_is_read() {
    quick("list", &inside(&format!("x = [{}1]", "1, ".repeat(60_000))));
    quick("string", &inside(&format!("x = \"{}\"", "a".repeat(1_000_000))));
}

/// Damaged programs: the same on every run, from a multiplicative generator.
#[test]
fn damaged_programs_are_read() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % bound
    };
    let noise: Vec<char> = "(){}[]<>\"'${};:,.=+-?&|!\n\\ a1é😀".chars().collect();
    for _ in 0..150 {
        let mut text: Vec<char> = TOUR.chars().collect();
        for _ in 0..=next(6) {
            let at = next(text.len());
            match next(3) {
                0 => drop(text.remove(at)),
                1 => text.insert(at, noise[next(noise.len())]),
                _ => text[at] = noise[next(noise.len())],
            }
        }
        parsed(&text.into_iter().collect::<String>());
    }
}
