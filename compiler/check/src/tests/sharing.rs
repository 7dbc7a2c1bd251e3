//! Shared state.

use super::*;

#[test]
fn atomics_hold_what_fits_one_instruction() {
    accept_in_main(
        "const a = Atomic(1)\n const b: Atomic<byte> = Atomic(2)\n print(\"${a.add(1)} ${b.load()}\")",
    );
    expect_in_main("const a = Atomic(\"x\")\n print(a.load())", "E0410 1 an `Atomic` cannot hold `string`");
    expect("fn f(a: Atomic<[int]>) { }\nfn main() { }", "E0410 1 an `Atomic` cannot hold `[int]`");
    expect_in_main("Atomic(true).add(false)", "E0410 1 an `Atomic<bool>` has no `add`");
}

#[test]
fn a_handle_is_not_its_value() {
    expect_in_main("const a = Atomic(1)\n a += 1", "E0411 2 this is an `Atomic`, not its value");
    expect_in_main("const a = Atomic(1)\n print(a * 2)", "E0411 2 this is an `Atomic`, not its value");
    expect_in_main("const a = Atomic(1)\n print(a.value)", "E0411 2 this is an `Atomic`, not its value");
}

#[test]
fn a_mutex_is_opened_by_lock() {
    accept_in_main("const m = Mutex([1])\n lock m as x { x.push(2) }\n print(lock m as x { x.len() })");
    accept_in_main("const (a, b) = (Mutex(1), Mutex(\"x\"))\n lock a as x, b as y { y = \"${x}\" }");
    expect_in_main("const m = Mutex([1])\n m.push(2)", "E0411 2 this mutex is not open");
    expect_in_main("const m = Mutex(1)\n m += 2", "E0411 2 this mutex is not open");
}

#[test]
fn lock_opens_mutexes_each_once() {
    expect_in_main("lock 3 as x { print(x) }", "E0412 1 `lock` opens a `Mutex`, not `int`");
    expect_in_main(
        "const m = Mutex(1)\n lock m as x, m as y { x = y }",
        "E0412 2 this mutex is locked twice",
    );
    expect_in_main(
        "const m = Mutex(1)\n lock m as x { x = \"a\" }",
        "E0201 2 expected `int`, found `string`",
    );
}
