//! Maps and sets: keys, literals, entries, loops.

use super::*;

#[test]
fn keys_have_a_hash() {
    expect("fn f(m: Map<float, int>) { _ = m }\nfn main() { f({:}) }", "E0204 1 a `float` cannot be hashed");
    // The literal and the methods of a type that was reported say nothing more.
    expect_in_main(
        "var m: Map<float, int> = {1.5: 2}\n m[2.5] = 3\n print(m.get(1.5))",
        "E0204 1 a `float` cannot be hashed",
    );
    expect(
        "type Table = Map<[f32], int>\nfn main() { const t: Table = {:}\n print(t) }",
        "E0204 1 a `[f32]` cannot be hashed",
    );
    expect_in_main("print({() => 1: 2}.len())", "E0204 1 a `fn() -> int` cannot be hashed");
    accept(
        "struct G<K: Hash> { m: Map<K, int> }\nfn f<K: Hash>(g: G<K>) { _ = g }\nfn main() { f(G { m: {1: 2} }) }",
    );
    accept(
        "struct P { m: Map<P2, int> }\nstruct P2 { x: int }\nfn main() { print(P { m: {:} } == P { m: {:} }) }",
    );
}

#[test]
fn what_maps_can_do_depends_on_what_they_hold() {
    accept_in_main("print({1: \"a\"} == {:})\n print({1: 1.5})\n print({1})");
    expect_in_main("print({1: () => 1})", "E0204 1 a `Map<int, fn() -> int>` cannot be shown");
    assert!(
        whole("fn main() { print({1: 1} < {:}) }")
            .ends_with("help: order its elements as an array: `.to_array()`")
    );
    expect_in_main("print({{1: 2}: 3}.len())", "E0204 1 a `Map<int, int>` cannot be hashed");
}

#[test]
fn literals_take_types_from_around() {
    accept_in_main("const m: Map<u8, float> = {1: 2, 255: 0.5}\n print(m)");
    accept_in_main("var m = {:}\n m[\"a\"] = 1\n print(m)");
    accept_in_main("const s: Set<u8?> = {1, None}\n print(s.len())");
    expect_in_main("const m: Map<u8, int> = {256: 1}\n print(m)", "E0205 1 256 does not fit into `byte`");
    expect_in_main("print({1: 2, 1: 3})", "W0004 1 this key is written twice");
    accept_in_main("print({1: 2, -1: 3})");
}

#[test]
fn entries_are_places() {
    expect_in_main(
        "const m = {1: [1]}\n m[1].push(2)\n print(m)",
        "E0302 2 `m` is a `const` and cannot be changed by `.push`",
    );
    expect_in_main("({1: [1]})[1].push(2)", "E0304 1 a temporary value cannot be changed by `.push`");
}

#[test]
fn loops_over_maps_name_both() {
    expect_in_main("for k in {1: 2} { print(k) }", "E0216 1 a loop over a map has a key and a value");
    accept_in_main("for _, v in {1: 2} { print(v) }");
}

#[test]
fn ranges_are_equal_by_their_elements_and_nothing_else() {
    accept_in_main("print((0..3) == (0..=2))");
    expect_in_main("print({0..3: 1}.len())", "E0204 1 a `Range<int>` cannot be hashed");
    expect_in_main("print((0..3) < (0..4))", "E0204 1 a `Range<int>` cannot be ordered");
}
