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
