//! Whole programs.

use super::tree;

/// A program that uses every production.
pub(crate) const TOUR: &str = include_str!("samples.wyn");

#[test]
fn a_program_that_uses_every_production() {
    let shown = tree(TOUR);
    assert_eq!(shown.lines().filter(|line| line.starts_with('(')).count(), 18);
}

/// The taste of the language's description.
const TASTE: &str = r#"
import time

fn compute(n: int) -> int { return n * n }

fn produce(tx: Sender<string>, name: string, n: int) {
    for i in 0..n { tx.send("${name} ${i}") }
}

fn main() {
    var f = spawn compute(42)
    print(f.await())                       // 1764; `await f` is the same

    const (tx, rx) = channel<string>(16)
    spawn produce(tx, "a", 3)
    spawn produce(tx, "b", 3)              // last use of tx: moved into the task
    for line in rx { print(line) }         // ends when both producers are done

    const squares = nursery {
        var fs: [Future<int>] = []
        for i in 0..10 { fs.push(spawn compute(i)) }
        fs.map((f) => f.await())
    }
    print(squares.sum())

    const (done, finished) = channel<int>(0)
    spawn { sleep(10ms); done.send(1) }
    select {
        v = finished.recv() => print("finished ${v ?? 0}")
        after 50ms          => print("late")
    }
}
"#;

#[test]
fn the_taste_of_the_language() {
    assert_eq!(
        tree(TASTE),
        r#"(import time)
(fn compute (n int) (-> int) (block (return (* n n))))
(fn produce
  (tx Sender<string>)
  (name string)
  (n int)
  (block (for i (.. 0 n) (block (call (. tx send) (string name " " i))))))
(fn main
  (block
    (var f (spawn (call compute 42)))
    (call print (call (. f await)))
    (const (tuple tx rx) (call channel<string> 16))
    (spawn (call produce tx "a" 3))
    (spawn (call produce tx "b" 3))
    (for line rx (block (call print line)))
    (const
      squares
      (nursery
        (block
          (var fs [Future<int>] (array))
          (for i (.. 0 10) (block (call (. fs push) (spawn (call compute i)))))
          (call (. fs map) (lambda f (=> (call (. f await))))))))
    (call print (call (. squares sum)))
    (const (tuple done finished) (call channel<int> 0))
    (spawn (block (call sleep 10000000ns) (call (. done send) 1)))
    (select
      (arm (= v (call (. finished recv))) (call print (string "finished " (?? v 0))))
      (arm (after 50000000ns) (call print "late")))))"#
    );
}

#[test]
fn the_seed_program() {
    let text = "fn compute(n: int) -> int {\n    return n * n;\n}\n\nfn main() -> int {\n    var f = spawn compute(42);\n    \
                var result = f.await();\n    print(result);  // 1764\n    return 0;\n}\n";
    assert_eq!(
        tree(text),
        "(fn compute (n int) (-> int) (block (return (* n n))))\n(fn main\n  (-> int)\n  (block\n    (var f (spawn (call compute 42)))\n    \
         (var result (call (. f await)))\n    (call print result)\n    (return 0)))"
    );
}

/// Every piece of code in the language's description that stands on its own.
#[test]
fn pieces_of_the_description() {
    for text in [
        "swap(&x, &y)",
        "xs.swap(i, j)",
        "people[i].tags.push(\"x\")",
        "for mut p in people { p.age += 1 }",
        "m[k, default: 0] += 1",
        "lock m as x { x += 1 }",
        "lock a as x, b as y { }",
        "defer tx.close()",
        "const a = Atomic(0)\nconst m = Mutex({:})",
        "nursery(timeout: 2s) { }\nnursery(limit: 64) { }\nnursery(supervised: true) { }",
        "within 2s { f() }",
        "detach spawn f()",
        "xs.par_range(0..n, f)",
        "const x = await f",
        "while true { select { Some(a) = x.recv() => g(a), Some(b) = y.recv() => h(b), closed => break } }",
        "(0..n).step(2).rev()",
        "[v; n]",
        "P { x: 2, ..p }",
        "(a, b) = (b, a)",
        "if const Some(x) = e { }\nwhile const Ok(x) = rx.try_recv() { }",
        "outer: for x in xs { break outer }",
        "match s { Shape.Circle(r) => r, .Circle(r) if r > 0.0 => r, _ => 0.0 }",
        "x.to_float()\nu8(x)\nu8.wrap(x)\nint.parse(s)?\nstring.from_utf8(bytes)",
        "_ = expr()",
        "xs[-1]\nxs[a..b]\nxs[a..]\nxs[..b]",
        "const c = (x: int) => { x + 1 }",
        "s += \"x\"",
        "ipc.channel<T>(name, n)",
    ] {
        super::statement(text);
    }
    for text in [
        "enum Tree { Leaf, Node(Tree, int, Tree) }",
        "fn double(x: int) -> int => x * 2",
        "impl<T: Ord + Show> Stack<T> { }",
        "import net.http\nimport ./util\nimport net.http.{get, Request}",
        "test \"name\" { }",
    ] {
        tree(text);
    }
}
