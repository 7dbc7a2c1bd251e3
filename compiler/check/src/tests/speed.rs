//! The checker's time grows with the program, not faster.

use std::fmt::Write;
use std::time::Instant;

use super::*;

/// A program of about this many lines: functions that use each other, structs, closures, matches.
fn generated(lines: usize) -> String {
    let mut text = String::new();
    let count = lines / 20;
    for n in 0..count {
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
        Three => if xs.len() > 2 {{ f{before}(E{before}.Three, xs) }} else {{ 0 }}
    }}
}}

",
            before = if n == 0 { 0 } else { n - 1 },
        );
    }
    let _ = writeln!(text, "fn main() {{ print(f{}(E{}.One(1), [1, 2, 3])) }}", count - 1, count - 1);
    text
}

fn seconds(lines: usize) -> f64 {
    let source = generated(lines);
    let (file, _) = wyn_syntax::parse(SourceId(u32::MAX), &source);
    let mut modules = library().to_vec();
    modules.push(Module::new("main", Package::Program(0), file));
    let start = Instant::now();
    let (program, diags) = check(modules);
    let time = start.elapsed().as_secs_f64();
    assert!(!diags.has_errors(), "{:?}", diags.sorted().first());
    assert!(program.main.is_some());
    time
}

#[test]
fn time_grows_with_the_program() {
    let (small, large) = (seconds(2_000), seconds(20_000));
    println!("2,000 lines in {small:.3} s, 20,000 lines in {large:.3} s");
    assert!(large < 40.0 * small.max(0.005), "2,000 lines in {small:.3} s, 20,000 lines in {large:.3} s");
}
