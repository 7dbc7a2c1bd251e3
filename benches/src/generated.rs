//! Programs of any size, for measuring the compiler.

use std::fmt::Write as _;

/// A program of about this many lines: structs, enums, methods, closures, matches, strings, calls of each other.
#[must_use]
pub fn program(lines: usize) -> String {
    let mut text = String::new();
    let count = (lines / 23).max(1);
    for n in 0..count {
        let before = n.saturating_sub(1);
        let _ = write!(
            text,
            "struct S{n} {{ a: int, b: string, c: [int] }}
enum E{n} {{ One(int), Two {{ x: int, y: string }}, Three }}

impl S{n} {{
    fn total(self, extra: int) -> int {{
        var sum = self.a + extra
        for i, x in self.c {{ sum += x * i }}
        sum
    }}
}}

fn f{n}(e: E{n}, xs: [int]) -> int {{
    const doubled = xs.map((x) => x * 2).filter((x) => x > 3)
    const s = S{n} {{ a: doubled.len(), b: \"n${{xs.len()}}\", c: doubled }}
    match e {{
        One(k) if k > 3 => k + s.total(1)
        One(k) => k
        Two {{ x, y }} => x + y.len() + s.b.len()
        Three if xs.len() > 2 => f{before}(E{before}.Three, xs)
        Three if xs.len() > 1 => f{before}(E{before}.Two {{ x: 1, y: \"two\" }}, xs)
        Three => f{before}(E{before}.One(1), xs)
    }}
}}
"
        );
    }
    let last = count - 1;
    let _ = writeln!(
        text,
        "fn main() {{ print([E{last}.One(1), E{last}.Two {{ x: 1, y: \"two\" }}, E{last}.Three].map((e) => f{last}(e, [1]))) }}"
    );
    text
}
