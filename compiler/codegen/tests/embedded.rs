//! What programs carry is fit for it: the runtime's object defines every row of the ABI table, and
//! the fast paths' bitcode can be inlined anywhere without losing a cleanup.

use std::process::Command;

use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::Module;
use wyn_codegen::embedded::{BITCODE, RUNTIME_OBJECT};

/// More would be felt in the size of every program and the time of every link.
const MOST_BYTES: usize = 1792 * 1024;

#[test]
fn the_object_exports_the_table_and_nothing_else() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), RUNTIME_OBJECT).unwrap();
    let output = Command::new("nm")
        .args(["--defined-only", "--extern-only", "--format=just-symbols"])
        .arg(file.path())
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    let defined: Vec<&str> = text.lines().collect();
    let missing: Vec<&str> = wyn_abi::exports().filter(|name| !defined.contains(name)).collect();
    assert!(missing.is_empty(), "rows that nothing defines: {missing:?}");
    let foreign: Vec<&&str> =
        defined.iter().filter(|name| !wyn_abi::exports().any(|row| row == **name)).collect();
    assert!(foreign.is_empty(), "symbols of no row: {foreign:?}");
}

#[test]
fn the_object_is_small() {
    assert!(RUNTIME_OBJECT.len() <= MOST_BYTES, "{} bytes", RUNTIME_OBJECT.len());
}

#[test]
fn the_bitcode_defines_every_hot_row_and_calls_only_the_runtime() {
    with_bitcode(|module| {
        let defined =
            |name: &str| module.get_function(name).is_some_and(|function| function.count_basic_blocks() > 0);
        let missing: Vec<&str> = hot_rows().map(|row| row.name).filter(|name| !defined(name)).collect();
        assert!(missing.is_empty(), "hot rows without a body: {missing:?}");

        // A call of anything else would be a symbol that the prelinked runtime does not export.
        let exports: Vec<&str> = wyn_abi::exports().collect();
        let allowed = |name: &str| {
            exports.contains(&name)
                || name.starts_with("llvm.")
                || ["memcpy", "memmove", "memset", "memcmp", "bcmp"].contains(&name)
        };
        let foreign: Vec<String> = module
            .get_functions()
            .filter(|function| function.count_basic_blocks() == 0)
            .map(|function| function.get_name().to_string_lossy().into_owned())
            .filter(|name| !allowed(name))
            .collect();
        assert!(foreign.is_empty(), "the fast paths call what programs cannot link: {foreign:?}");
        assert!(module.get_globals().all(|global| global.is_constant()), "the fast paths have statics");
    });
}

#[test]
fn what_may_unwind_says_so() {
    with_bitcode(|module| {
        let nounwind = Attribute::get_named_enum_kind_id("nounwind");
        let silent: Vec<&str> = wyn_abi::rows()
            .filter(|row| row.effects.suspends || row.effects.unwinds)
            .filter(|row| {
                module.get_function(row.name).is_some_and(|function| {
                    function.get_enum_attribute(AttributeLoc::Function, nounwind).is_some()
                })
            })
            .map(|row| row.name)
            .collect();
        assert!(silent.is_empty(), "LLVM would delete the cleanups around these: {silent:?}");
    });
}

#[test]
fn fast_paths_have_no_cleanups_of_their_own() {
    // LLVM does not inline a body whose personality differs from its caller's.
    with_bitcode(|module| {
        let with: Vec<_> = module
            .get_functions()
            .filter(|function| function.has_personality_function())
            .map(|function| function.get_name().to_owned())
            .collect();
        assert!(with.is_empty(), "{with:?}");
    });
}

fn hot_rows() -> impl Iterator<Item = &'static wyn_abi::Row> {
    wyn_abi::rows().filter(|row| row.hot)
}

fn with_bitcode(check: impl FnOnce(&Module<'_>)) {
    let context = Context::create();
    let buffer = MemoryBuffer::create_from_memory_range_copy(BITCODE, "hot");
    let module = Module::parse_bitcode_from_buffer(&buffer, &context).unwrap();
    check(&module);
}
