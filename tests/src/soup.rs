//! Programs that nobody would write: tokens moved about, and parts of one program put into another.
//!
//! What comes out is close enough to a program to reach the later stages, and wrong in ways that no
//! person thought of.

use wyn_syntax::lexemes;

use crate::random::Random;

/// Words and signs to put anywhere.
const PIECES: &[&str] = &[
    "fn",
    "struct",
    "enum",
    "trait",
    "impl",
    "type",
    "const",
    "var",
    "mut",
    "pub",
    "import",
    "extern",
    "if",
    "else",
    "match",
    "for",
    "in",
    "while",
    "break",
    "continue",
    "return",
    "defer",
    "spawn",
    "await",
    "select",
    "nursery",
    "lock",
    "within",
    "detach",
    "true",
    "false",
    "after",
    "biased",
    "closed",
    "test",
    "as",
    "any",
    "self",
    "Self",
    "_",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ";",
    ":",
    ".",
    "..",
    "..=",
    "->",
    "=>",
    "?",
    "??",
    "!",
    "~",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    "+",
    "-",
    "*",
    "/",
    "%",
    "+%",
    "-%",
    "*%",
    "=",
    "==",
    "!=",
    "<=",
    ">=",
    "&&",
    "||",
    "+=",
    "-=",
    "??=",
    "<<=",
    "\n",
    "\n}\n",
    " {\n",
    "\"",
    "\"${",
    "'",
    "r\"",
    "\"\"\"",
    "//",
    "/*",
    "*/",
    "///",
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "18446744073709551615",
    "0xff",
    "1.0",
    "1e400",
    "5ms",
    "'x'",
    "\"s\"",
    "int",
    "float",
    "bool",
    "char",
    "string",
    "byte",
    "u8",
    "i32",
    "u64",
    "()",
    "[int]",
    "int?",
    "Result<int>",
    "Future<int>",
    "Sender<int>",
    "Receiver<int>",
    "fn(int) -> int",
    "Map<string, int>",
    "Mutex<int>",
    "Atomic<int>",
    "Duration",
    "Error",
    "None",
    "Some(1)",
    "Ok(())",
    "Err(\"e\")",
    "main",
    "print",
    "channel<int>(1)",
    "x",
    "xs",
    "T",
    "<T>",
    "<T: Ord>",
    "(x) => x",
    "() => { }",
    "[1, 2]",
    "{1: 2}",
    "{:}",
    "{1}",
    "if true { 1 } else { 2 }",
    "match 1 { _ => 2 }",
    "spawn { 1 }",
    ".await()",
    ".len()",
    ".map((x) => x)",
    "\u{e9}",
    "\u{1f600}",
    "\0",
];

/// A program made from `text`, at times with parts of `other`.
#[must_use]
pub fn stir(text: &str, other: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(4) {
        text = match random.below(12) {
            0..=2 => with_piece(&text, random),
            3 => without_tokens(&text, random),
            4 => twice(&text, random),
            5 => exchanged(&text, random),
            6 | 7 => replaced(&text, other, random),
            8 => lines_of(&text, other, random),
            9 => nested(&text, random),
            10 => truncated(&text, random),
            _ => other_name(&text, random),
        };
    }
    text
}

/// Where tokens begin and end.
fn bounds(text: &str) -> Vec<(usize, usize)> {
    lexemes(text).into_iter().map(|lexeme| (lexeme.range.start, lexeme.range.end)).collect()
}

/// A run of some tokens, as bytes.
fn run(text: &str, random: &mut Random) -> (usize, usize) {
    let bounds = bounds(text);
    if bounds.is_empty() {
        return (0, 0);
    }
    let first = random.below(bounds.len());
    let length = if random.below(3) == 0 { random.below(20) } else { random.below(3) };
    let last = (first + length).min(bounds.len() - 1);
    (bounds[first].0, bounds[last].1)
}

fn splice(text: &str, (start, end): (usize, usize), new: &str) -> String {
    let (before, after) = (text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""));
    format!("{before}{new}{after}")
}

fn with_piece(text: &str, random: &mut Random) -> String {
    let (at, end) = run(text, random);
    let piece = random.choose(PIECES).copied().unwrap_or("");
    let place = if random.below(2) == 0 { (at, at) } else { (at, end) };
    splice(text, place, &format!(" {piece} "))
}

fn without_tokens(text: &str, random: &mut Random) -> String {
    let place = run(text, random);
    splice(text, place, "")
}

fn twice(text: &str, random: &mut Random) -> String {
    let (start, end) = run(text, random);
    let part = text[start..end].to_owned();
    splice(text, (end, end), &format!(" {part}"))
}

fn exchanged(text: &str, random: &mut Random) -> String {
    let (mut first, mut second) = (run(text, random), run(text, random));
    if first.0 > second.0 {
        std::mem::swap(&mut first, &mut second);
    }
    if first.1 > second.0 {
        return text.to_owned();
    }
    let (a, b) = (text[first.0..first.1].to_owned(), text[second.0..second.1].to_owned());
    splice(&splice(text, second, &a), first, &b)
}

fn replaced(text: &str, other: &str, random: &mut Random) -> String {
    let (start, end) = run(other, random);
    let part = other[start..end].to_owned();
    let place = run(text, random);
    splice(text, place, &part)
}

fn lines_of(text: &str, other: &str, random: &mut Random) -> String {
    let theirs: Vec<&str> = other.lines().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    if theirs.is_empty() {
        return text.to_owned();
    }
    let start = random.below(theirs.len());
    let count = 1 + random.below(6);
    let at = random.below(lines.len() + 1);
    lines.splice(at..at, theirs.into_iter().skip(start).take(count));
    lines.join("\n")
}

/// Something around something, many times.
fn nested(text: &str, random: &mut Random) -> String {
    const AROUND: &[(&str, &str)] = &[
        ("(", ")"),
        ("[", "]"),
        ("{ ", " }"),
        ("if true { ", " } else { }"),
        ("match 1 { _ => ", " }"),
        ("f(", ")"),
        ("() => ", ""),
        ("-", ""),
        ("await ", ""),
        ("", "?"),
        ("", ".x"),
        ("", " + 1"),
        ("\"${", "}\""),
        ("spawn { ", " }"),
        ("[", "]?"),
        ("Future<", ">"),
        ("nursery { ", " }"),
        ("Some(", ")"),
    ];
    let (start, end) = run(text, random);
    let (open, close) = random.choose(AROUND).copied().unwrap_or(("(", ")"));
    let most = if random.below(8) == 0 { 300 } else { 4 };
    let times = 1 + random.below(most);
    let part = format!("{}{}{}", open.repeat(times), &text[start..end], close.repeat(times));
    splice(text, (start, end), &part)
}

fn truncated(text: &str, random: &mut Random) -> String {
    let at = text.floor_char_boundary(random.below(text.len() + 1));
    text[..at].to_owned()
}

/// A word in the place of another one.
fn other_name(text: &str, random: &mut Random) -> String {
    let words: Vec<(usize, usize)> = bounds(text)
        .into_iter()
        .filter(|(start, end)| text[*start..*end].starts_with(|c: char| c.is_alphabetic()))
        .collect();
    let (Some(one), Some(other)) = (random.choose(&words).copied(), random.choose(&words).copied()) else {
        return text.to_owned();
    };
    splice(text, one, &text[other.0..other.1])
}

/// A smaller text for which `fails` still holds: first lines are left out, then tokens, in ever smaller runs.
#[must_use]
pub fn minimise(text: &str, fails: impl Fn(&str) -> bool) -> String {
    let by_lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<String>>();
    let by_tokens = |text: &str| {
        let mut parts = Vec::new();
        let mut last = 0;
        for (_, end) in bounds(text) {
            parts.push(text[last..end].to_owned());
            last = end;
        }
        parts.push(text[last..].to_owned());
        parts
    };
    let mut text = text.to_owned();
    loop {
        let before = text.len();
        for split in [&by_lines as &dyn Fn(&str) -> Vec<String>, &by_tokens] {
            text = fewer(split(&text), &fails).concat();
        }
        if text.len() == before {
            return text;
        }
    }
}

fn fewer(mut parts: Vec<String>, fails: &impl Fn(&str) -> bool) -> Vec<String> {
    let mut run = parts.len() / 2;
    while run > 0 {
        let mut at = 0;
        while at < parts.len() {
            let end = (at + run).min(parts.len());
            let shorter = [&parts[..at], &parts[end..]].concat();
            if fails(&shorter.concat()) {
                parts = shorter;
            } else {
                at = end;
            }
        }
        run /= 2;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{minimise, stir};
    use crate::random::Random;

    #[test]
    fn stirring_is_the_same_each_time() {
        let (one, other) = ("fn main() { print(1) }\n", "struct P { x: int }\n");
        for seed in 0..200 {
            let stirred = stir(one, other, &mut Random::new(seed));
            assert_eq!(stirred, stir(one, other, &mut Random::new(seed)));
        }
    }

    #[test]
    fn what_does_not_matter_is_left_out() {
        let text = "fn a() { }\nfn b() { bad + 1 }\nfn c() { }\n";
        assert_eq!(minimise(text, |text| text.contains("bad")).trim(), "bad");
    }
}
