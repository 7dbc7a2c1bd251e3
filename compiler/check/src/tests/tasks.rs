//! Tasks and channels.

use super::*;

const COMPUTE: &str = "fn compute(n: int) -> int { n * n }\n";

#[test]
fn futures_are_awaited() {
    expect(
        &format!("{COMPUTE}fn main() {{ const f = spawn compute(2)\n print(f + 1) }}"),
        "E0212 3 this future is not awaited",
    );
    expect(
        &format!("{COMPUTE}fn main() {{ const n: int = spawn compute(2)\n print(n) }}"),
        "E0212 2 this future is not awaited",
    );
    expect_in_main("const f = spawn { [1] }\n print(f.len())", "E0212 2 this future is not awaited");
    accept(&format!("{COMPUTE}fn main() {{ const f = spawn compute(2)\n print(await f + f.await()) }}"));
    expect_in_main("print(await 3)", "E0201 1 `await` needs a future, not `int`");
}

#[test]
fn results_of_tasks_are_kept() {
    expect(&format!("{COMPUTE}fn main() {{ spawn compute(2) }}"), "E0401 2 the result of this task is lost");
    expect(
        "fn f() -> Result<()> => Ok(())\nfn main() { const f = spawn f() }",
        "E0401 2 the task of `f` is never awaited",
    );
    accept(&format!(
        "{COMPUTE}fn main() {{ _ = spawn compute(2)\n spawn {{ compute(3) }}\n spawn sleep(1ms) }}"
    ));
}

#[test]
fn ends_of_channels_are_used() {
    expect_in_main(
        "const (tx, rx) = channel<int>(1)\n for x in rx { print(x) }",
        "E0402 1 the sender `tx` is never used",
    );
    expect_in_main(
        "const (tx, _rx) = channel<int>(1)\n tx.send(1)",
        "E0402 1 the receiver `_rx` is never used",
    );
    accept_in_main("const (tx, _) = channel<int>(1)\n defer tx.close()");
}

#[test]
fn tasks_run_calls() {
    expect(
        "fn inc(mut n: int) { n += 1 }\nfn main() { var n = 1\n spawn inc(&n) }",
        "E0403 3 a task cannot change a variable of another",
    );
    expect_in_main(
        "var xs = [1]\n spawn xs.push(2)\n print(xs)",
        "E0403 2 a task cannot change a variable of another",
    );
    expect_in_main("spawn Some(1)", "E0403 1 there is nothing to run as a task here");
    accept_in_main(
        "const (tx, rx) = channel<int>(1)\n spawn tx.send(1)\n const f = () => 1\n _ = spawn f()\n print(rx.recv())",
    );
}

#[test]
fn nurseries_give_values() {
    accept_in_main(
        "const n = nursery { const f = spawn { 1 }\n f.await() }\n print(n)\n nursery { spawn { print(1) } }",
    );
    expect_in_main("nursery(4) { }", "E0407 1 an option of a nursery is given by its name");
    accept_in_main("const n: int? = nursery(limit: 3, timeout: 1s) { 4 }\n print(n)");
}

#[test]
fn what_is_not_there_yet_is_named() {
    expect("trait T { }\nfn main() { }", "E0900 1 traits are not supported yet");
}

#[test]
fn sugar_is_gone() {
    let (program, diags, _) = checked(
        "fn main() {
    const (tx, rx) = channel<int>(1)
    spawn { tx.send(1) }
    for x in rx { print(x ) }
    const y: int? = 3
    print(y ?? 4)
}",
    );
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!(
        wyn_hir::dump::dump(&program),
        "// entry
fn main.main() {
    let (tx_0, rx_1): (Sender<int>, Receiver<int>) = prelude.channel<int>(1)
    spawn [tx_0 = tx_0] () -> () {
        prelude.channel.Sender<T>.send<int>(tx_0, 1);
    };
    loop0: loop {
        match prelude.channel.Receiver<T>.recv<int>(rx_1) {
            Some(0: x_2) => {
                prelude.print<int>(x_2);
            }
            None => break loop0
        }
    };
    let y_3: int? = Option<int>.Some { 0: 3 }
    prelude.print<int>(match y_3 {
        Some(0: t_4) => t_4
        None => 4
    });
}

"
    );
}

#[test]
fn capacities_are_possible() {
    expect_in_main(
        "const (tx, rx) = channel<int>(-1)\n tx.send(1)\n print(rx.recv())",
        "E0406 1 a channel cannot hold -1 messages: it is negative",
    );
    accept_in_main("const (tx, rx) = channel<int>(0)\n spawn { tx.send(1) }\n print(rx.recv())");
}
