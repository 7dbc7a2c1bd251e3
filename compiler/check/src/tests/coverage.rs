//! Every code of the checker has a test.

/// The tests, as text.
const TESTS: &[&str] = &[
    include_str!("collections.rs"),
    include_str!("names.rs"),
    include_str!("program.rs"),
    include_str!("recursion.rs"),
    include_str!("select.rs"),
    include_str!("sharing.rs"),
    include_str!("tasks.rs"),
    include_str!("types.rs"),
    include_str!("values.rs"),
    include_str!("warnings.rs"),
];

#[test]
fn every_code_has_a_test() {
    // These are of later stages, or of whoever reads the files.
    let others = ["E0111", "E0112", "E0290", "E0293"];
    let own = |code: &str| {
        matches!(code.get(..3), Some("E01" | "E02" | "E03" | "E04" | "W00")) && !others.contains(&code)
    };
    let missing: Vec<&str> = wyn_base::Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| own(code) && !TESTS.iter().any(|text| text.contains(code)))
        .collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}
