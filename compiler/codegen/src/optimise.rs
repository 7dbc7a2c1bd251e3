//! LLVM's part: inlining the runtime's fast paths, optimising, and writing the output.

use inkwell::OptimizationLevel;
use inkwell::attributes::AttributeLoc;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::module::{Linkage, Module};
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{
    CodeModel, FileType, InitializationConfig, RelocMode, Target, TargetMachine, TargetTriple,
};

use crate::cx::{CPU, Cx};
use crate::embedded::BITCODE;
use crate::polls;
use crate::runtime::add_all_effects;
use crate::{Emit, InternalError, Opt, Output, Result};

/// The triple of the runtime's bitcode.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// Fast paths that are inlined however many there are in a function: of spawning, and of awaiting a task whose body is called
/// where the await stands.
const ALWAYS_INLINED: &[&str] = &[
    "wyn_task_new",
    "wyn_task_submit",
    "wyn_nested_begin",
    "wyn_nested_end",
    "wyn_latent_spawn",
    "wyn_latent_begin",
    "wyn_latent_end",
];

/// The machine that programs are compiled for.
pub(crate) fn target_machine(opt: Opt) -> Result<TargetMachine> {
    Target::initialize_x86(&InitializationConfig::default());
    let triple = TargetTriple::create(TRIPLE);
    let level = match opt {
        Opt::O0 => OptimizationLevel::None,
        Opt::O2 => OptimizationLevel::Default,
        Opt::O3 => OptimizationLevel::Aggressive,
    };
    Target::from_triple(&triple)?
        .create_target_machine(&triple, CPU, "", level, RelocMode::PIC, CodeModel::Default)
        .ok_or_else(|| InternalError::new("LLVM was built without x86-64"))
}

/// Optimises the module as the options say.
pub(crate) fn run(cx: &Cx<'_, '_>, machine: &TargetMachine) -> Result<()> {
    let level = match cx.options.opt {
        Opt::O0 => return Ok(()),
        Opt::O2 => "O2",
        Opt::O3 => "O3",
    };
    verify(cx, "translation")?;
    link_fast_paths(cx)?;
    let run = |passes: &str| cx.module.run_passes(passes, machine, PassBuilderOptions::create());
    // What LLVM does before it links: it inlines and simplifies, and leaves vectors and unrolling for later.
    run(&format!("thinlto-pre-link<{level}>"))?;
    polls::place(cx)?;
    run(&format!("{FORGET},{AFTER_POLLS},{}", LOOPS.replace("LEVEL", level)))?;
    cx.settle_overflow_marks()?;
    run("always-inline,function(simplifycfg),globaldce")?;
    Ok(())
}

/// Drops the bodies that belong to the runtime.
const FORGET: &str = "globaldce,elim-avail-extern,rpo-function-attrs,recompute-globalsaa";

/// What comes within reach by the placing of the polls: the insides of loops without calls change nothing but
/// what they themselves write.
const AFTER_POLLS: &str = "always-inline,\
    function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,loop-mssa(licm<allowspeculation>),loop(loop-idiom,indvars,loop-deletion))";

/// The second half of LLVM's `default<LEVEL>`, as `opt -print-pipeline-passes` tells it, without what is for
/// languages that Wyn is not.
const LOOPS: &str = "function<eager-inv>(\
    float2int,lower-constant-intrinsics,loop(loop-rotate<header-duplication>,loop-deletion),loop-distribute,\
    loop-vectorize,infer-alignment,loop-load-elim,instcombine<max-iterations=1;no-verify-fixpoint>,\
    simplifycfg<forward-switch-cond;switch-range-to-icmp;switch-to-arithmetic;switch-to-lookup;no-keep-loops;\
hoist-common-insts;sink-common-insts>,\
    slp-vectorizer,vector-combine,instcombine<max-iterations=1;no-verify-fixpoint>,loop-unroll<LEVEL>,\
    sroa<preserve-cfg>,infer-alignment,instcombine<max-iterations=1;no-verify-fixpoint>,\
    loop-mssa(licm<allowspeculation>),loop-sink,instsimplify,div-rem-pairs,tailcallelim,\
    simplifycfg<switch-range-to-icmp;switch-to-arithmetic;hoist-loads-stores-with-cond-faulting;\
speculate-unpredictables>),globaldce,constmerge";

/// Makes the bodies of the runtime's fast paths known to the inliner. What is not inlined is called
/// in the runtime's object.
fn link_fast_paths(cx: &Cx<'_, '_>) -> Result<()> {
    if BITCODE.is_empty() {
        return Ok(());
    }
    let buffer = MemoryBuffer::create_from_memory_range_copy(BITCODE, "hot");
    let hot = Module::parse_bitcode_from_buffer(&buffer, cx.context)?;
    hot.set_triple(&cx.module.get_triple());
    hot.set_data_layout(&cx.module.get_data_layout());
    for function in hot.get_functions() {
        if function.get_linkage() == Linkage::External && function.get_first_basic_block().is_some() {
            function.set_linkage(Linkage::AvailableExternally);
        }
    }
    for global in hot.get_globals() {
        if global.get_linkage() == Linkage::External && !global.is_declaration() {
            global.set_linkage(Linkage::AvailableExternally);
        }
    }
    cx.module.link_in_module(hot)?;
    for name in ALWAYS_INLINED {
        if let Some(function) = cx.module.get_function(name) {
            function.add_attribute(AttributeLoc::Function, cx.flag("alwaysinline"));
        }
    }
    add_all_effects(cx);
    Ok(())
}

/// Writes what the options ask for.
pub(crate) fn emit(cx: &Cx<'_, '_>, machine: &TargetMachine) -> Result<Output> {
    verify(cx, "the last change")?;
    let file = match cx.options.emit {
        Emit::Ir => return Ok(Output::Text(cx.module.print_to_string().to_string())),
        Emit::Object => FileType::Object,
        Emit::Asm => FileType::Assembly,
    };
    let buffer = machine.write_to_memory_buffer(&cx.module, file)?;
    let bytes = buffer.as_slice();
    Ok(match file {
        FileType::Object => Output::Object(bytes.to_vec()),
        // LLVM ends a text buffer with a NUL that is not part of it.
        FileType::Assembly => {
            Output::Text(String::from_utf8_lossy(bytes.strip_suffix(&[0]).unwrap_or(bytes)).into_owned())
        }
    })
}

fn verify(cx: &Cx<'_, '_>, after: &str) -> Result<()> {
    cx.module
        .verify()
        .map_err(|error| InternalError::new(format!("LLVM refuses the module after {after}: {error}")))
}
