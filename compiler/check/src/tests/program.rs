//! Whole programs that the language promises.

use super::*;

#[test]
fn seed_program() {
    expect(
        "fn compute(n: int) -> int {
            return n * n;
        }

        fn main() -> int {
            var f = spawn compute(42);
            var result = f.await();
            print(result);  // 1764
            return 0;
        }",
        "W0005 6 `f` is declared with `var`, but never changed
        W0005 7 `result` is declared with `var`, but never changed",
    );
}

#[test]
fn taste_without_select() {
    accept(
        "fn compute(n: int) -> int { return n * n }
        fn produce(tx: Sender<string>, name: string, n: int) {
            for i in 0..n { tx.send(\"${name} ${i}\") }
        }
        fn main() {
            const f = spawn compute(42)
            print(f.await())
            const (tx, rx) = channel<string>(16)
            spawn produce(tx, \"a\", 3)
            spawn produce(tx, \"b\", 3)
            for line in rx { print(line) }
            const squares = nursery {
                var fs: [Future<int>] = []
                for i in 0..10 { fs.push(spawn compute(i)) }
                fs.map((f) => f.await())
            }
            print(squares.sum())
            const (done, finished) = channel<int>(0)
            spawn { sleep(10ms); done.send(1) }
            print(finished.recv() ?? 0)
        }",
    );
}

/// Every golden program and example is right.
#[test]
fn golden_programs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.join("tests/run"), root.join("tests/run-fail"), root.join("examples")];
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wyn") {
                let Ok(source) = std::fs::read_to_string(&path) else { continue };
                let found = diagnostics(&source);
                if found.lines().any(|line| line.starts_with('E')) {
                    wrong.push(format!("{}:\n{found}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
