//! `select`: arms, what they bind, and how they become HIR.

use super::*;

const ENDS: &str = "const (tx, rx) = channel<int>(1)\n tx.send(1)\n";

fn accept_arms(arms: &str) {
    accept_in_main(&format!("{ENDS} select {{ {arms} }}"));
}

fn expect_arms(arms: &str, expected: &str) {
    expect_in_main(&format!("{ENDS} select {{ {arms} }}"), expected);
}

#[test]
fn arms_take_what_their_operations_give() {
    accept_arms("v = rx.recv() => print(v ?? 0)");
    accept_arms("Some(v) = rx.recv() => print(v + 1), closed => { }");
    accept_arms("_ = rx.recv() => { }, rx.recv() => { }");
    accept_arms("tx.send(2) if rx.len() == 0 => print(1)");
    accept_in_main("select { v = (spawn { 2 }).await() => print(v), after 1ms => { } }");
    accept_in_main("select { await spawn { 2 } => { }, else => { } }");
    accept_in_main(&format!(
        "{ENDS} const n: int = select {{ v = rx.recv() => v ?? 1, after 1ms => 2 }}\n print(n)"
    ));
    accept_in_main(
        "const (tx, rx) = channel<(int, string)>(1)\n tx.send((1, \"\"))\n select { Some((n, s)) = rx.recv() => print(\"${n}${s}\") }",
    );
}

#[test]
fn arms_wait_for_operations_alone() {
    expect_arms("v = rx.len() => print(v)", "E0404 3 a `select` cannot wait for this");
    expect_arms("rx => { }", "E0404 3 a `select` cannot wait for this");
    expect_arms("v = tx.send(1) => { }", "E0404 3 a send gives nothing that could be bound");
    expect_arms("else => { }", "E0404 3 this `select` has nothing to wait for");
    expect_arms(
        "v = rx.recv() => print(v ?? 0), else => { }, else => { }",
        "E0404 3 a second `else` in this `select`",
    );
    expect_arms("await spawn { } => { }, closed => { }", "E0404 3 `closed` without an arm on a channel");
    expect_arms("after 5 => { }", "E0201 3 expected `Duration`, found `int`");
}

#[test]
fn patterns_lose_no_message() {
    expect_arms("Some(1) = rx.recv() => { }", "E0405 3 this pattern would lose messages");
    expect_arms("None = rx.recv() => { }", "E0405 3 this pattern would lose messages");
    expect_arms("1 = await spawn { 1 } => { }", "E0210 3 this pattern does not match every result");
}

#[test]
fn guards_see_nothing_of_what_is_bound() {
    expect_arms("v = rx.recv() if v == 1 => { }", "E0101 3 there is no `v` here");
}

#[test]
fn a_select_is_one_expression_of_hir() {
    let (program, diags, _) = checked(
        "fn main() {
    const (tx, rx) = channel<(int, int)>(1)
    select biased {
        Some((a, b)) = rx.recv() if rx.len() > 1 => print(a + b)
        tx.send((1, 2)) => { }
        after 1ns => { }
        closed => { }
    }
}",
    );
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!(
        wyn_hir::dump::dump(&program),
        "// entry
fn main.main() {
    let (tx_0, rx_1): (Sender<(int, int)>, Receiver<(int, int)>) = prelude.channel<(int, int)>(1)
    select biased {
        t_4 = receive open rx_1 if prelude.channel.Receiver<T>.len<(int, int)>(rx_1) > 1 => match t_4 {
            (a_2, b_3) => prelude.print<int>(a_2 + b_3)
        }
        send tx_0 (1, 2) => {
        }
        after (Duration { ns: 1 }).ns => {
        }
        closed => {
        }
    };
}

"
    );
}
