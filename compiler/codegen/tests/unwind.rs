//! Unwinding from a runtime function's slow path, through the fast path inlined from bitcode and
//! the compiled frames around it, to the catch pad at a task's entry: every cleanup runs, once, at
//! -O0 (where the fast path is called) and at -O3 (where it is inlined).
//!
//! The fast path is compiled as `build.rs` compiles `runtime/hot`. A `nounwind` anywhere along the
//! way would delete the cleanups without a word; that is what this test is for.

use std::path::Path;
use std::process::Command;

use inkwell::OptimizationLevel;
use inkwell::context::Context;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::{Linkage, Module};
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{CodeModel, FileType, InitializationConfig, RelocMode, Target, TargetMachine};

const EXPECTED: &str = "\
cleanup 2
cleanup 1
first: returned
raise with room 0
cleanup 2
cleanup 1
second: caught
";

#[test]
fn cleanups_run_when_the_fast_path_is_called() {
    let (ir, output) = build_and_run(OptimizationLevel::None, "default<O0>");
    assert!(calls(&ir, "test_send"), "-O0 inlined the fast path:\n{ir}");
    assert_eq!(output, EXPECTED);
}

#[test]
fn cleanups_run_when_the_fast_path_is_inlined() {
    let (ir, output) = build_and_run(OptimizationLevel::Aggressive, "default<O3>");
    assert!(!calls(&ir, "test_send"), "-O3 did not inline the fast path:\n{ir}");
    assert!(calls(&ir, "test_slow_send"), "-O3 lost the slow path:\n{ir}");
    assert_eq!(output, EXPECTED);
}

fn calls(ir: &str, name: &str) -> bool {
    let callee = format!("@{name}(");
    ir.lines().any(|line| (line.contains("call ") || line.contains("invoke ")) && line.contains(&callee))
}

/// The optimised module as text, and what the program printed.
fn build_and_run(level: OptimizationLevel, passes: &str) -> (String, String) {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unwind");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let rustc =
        ["--edition=2024", "--crate-type=lib", "-Copt-level=3", "-Ccodegen-units=1", "-Cpanic=unwind"];
    let emit = format!("--emit=llvm-bc={},obj={}", at("hot.bc").display(), at("hot.o").display());
    run(Command::new("rustc").current_dir(&folder).args(rustc).arg(emit).arg(sources.join("hot.rs")));
    std::fs::write(at("runtime.o"), wyn_codegen::embedded::RUNTIME_OBJECT).unwrap();

    let context = Context::create();
    let program = MemoryBuffer::create_from_file(&sources.join("program.ll")).unwrap();
    let program = context.create_module_from_ir(program).unwrap();
    let machine = machine(level);
    program.set_data_layout(&machine.get_target_data().get_data_layout());
    link_bitcode(&program, &std::fs::read(at("hot.bc")).unwrap());
    program.run_passes(passes, &machine, PassBuilderOptions::create()).unwrap();
    program.verify().unwrap();
    machine.write_to_file(&program, FileType::Object, &at("program.o")).unwrap();

    let objects = ["program.o", "hot.o", "runtime.o"].map(at);
    run(Command::new("cc").arg("-fexceptions").arg(sources.join("main.c")).args(objects).args([
        "-lm".as_ref(),
        "-o".as_ref(),
        at("program").as_os_str(),
    ]));
    (program.print_to_string().to_string(), run(&mut Command::new(at("program"))))
}

fn machine(level: OptimizationLevel) -> TargetMachine {
    Target::initialize_x86(&InitializationConfig::default());
    let triple = TargetMachine::get_default_triple();
    let target = Target::from_triple(&triple).unwrap();
    target.create_target_machine(&triple, "x86-64", "", level, RelocMode::PIC, CodeModel::Default).unwrap()
}

fn link_bitcode(module: &Module<'_>, bitcode: &[u8]) {
    let buffer = MemoryBuffer::create_from_memory_range_copy(bitcode, "hot");
    let hot = Module::parse_bitcode_from_buffer(&buffer, module.get_context()).unwrap();
    for function in hot.get_functions().filter(|function| function.count_basic_blocks() > 0) {
        function.set_linkage(Linkage::AvailableExternally);
    }
    module.link_in_module(hot).unwrap();
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
