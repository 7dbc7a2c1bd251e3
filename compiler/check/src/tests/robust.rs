//! No program makes the checker fail, however wrong it is.

use super::*;

/// Programs that use most of the language.
pub(super) fn seeds() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/run");
    let mut texts: Vec<(std::path::PathBuf, String)> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wyn"))
        .filter_map(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text)))
        .collect();
    texts.sort();
    texts.into_iter().map(|(_, text)| text).collect()
}

/// Words, numbers and single signs.
fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if word(first) { rest.find(|c| !word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        out.push(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

/// Checks a mutant; what is wrong is found without a panic.
fn survive(source: &str) {
    let (_, diags, map) = checked(source);
    for diagnostic in &diags {
        let _ = line(&map, diagnostic);
    }
}

#[test]
fn mutants_are_judged() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let rounds = std::env::var("WYN_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let seeds = seeds();
    for source in &seeds {
        let tokens = pieces(source);
        for _ in 0..rounds {
            let mut mutant = tokens.clone();
            for _ in 0..=random(3) {
                let at = random(mutant.len());
                match random(5) {
                    0 => drop(mutant.remove(at)),
                    1 => mutant.insert(at, mutant[at]),
                    2 => {
                        let other = random(mutant.len());
                        mutant.swap(at, other);
                    }
                    3 => mutant[at] = tokens[random(tokens.len())],
                    _ => {
                        let words =
                            ["int", "Some", "x", "0", "self", "await", "None", "string", "fn", "{", "(", "?"];
                        mutant[at] = words[random(words.len())];
                    }
                }
                if mutant.is_empty() {
                    break;
                }
            }
            survive(&mutant.concat());
        }
    }
}

#[test]
fn odd_programs_are_judged() {
    for source in [
        "",
        "fn",
        "fn main() {",
        "enum E { }\nfn f(e: E) -> int { match e { } }\nfn main() { }",
        "struct S<T> { t: T }\nfn main() { S { t: S }.t.t() }",
        "fn main() { const f = (f) => f(f)\n f(f) }",
        "fn main() { var x = []\n x = [x]\n x.push(x) }",
        "type A = B\ntype B = A\nfn main() { }",
        "const A = B\nconst B = A\nfn main() { match 1 { A => 2 } }",
        "impl<T> T { fn f(self) { } }\nfn main() { }",
        "fn main() { Self.f()\n self.x = Self }",
        "fn main() { (main)()\n main.main\n 1.x.y\n ().0 }",
        "fn f<T>(x: T) -> T { f<T, T>(x)\n T.f()\n T }\nfn main() { f() }",
        "fn main() { for (a, a) in a { a: for a in a { break a } } }",
        "enum Option<T> { None, Some(T) }\nfn main() { const x: Option<int> = None\n x ?? 1 }",
        "fn main() { const x = spawn { spawn { return x } }\n await await await x }",
        "fn main() -> Result<()> { fn g() { main()? }\n (() => main()?)()\n return Err }",
        "extern \"C\" fn f()\nfn main() { f(1)\n f }",
        "fn main() { [1; 2][..][1..=2][0]\n \"\"[..1]\n None[..] }",
        "fn main() { match (None, [], {}) { (Some(Some(x)), y, _) => x, _ => 1..2 } }",
    ] {
        survive(source);
    }
}

/// On a stack of the size that the driver gives to the stages.
#[test]
fn long_chains_are_judged() {
    let chains = [
        ("print(1", " + 1", ")"),
        ("print(\"a\"", ".trim()", ")"),
        ("if true { }", " else if true { }", ""),
        ("print(", "!", "true)"),
    ];
    let judge = move || {
        for (start, link, end) in chains {
            let found = |count| diagnostics(&format!("fn main() {{ {start}{}{end} }}", link.repeat(count)));
            assert_eq!(found(200), "");
            assert_eq!(found(50_000), "E0014 1 this is nested too deeply");
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(judge);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}
