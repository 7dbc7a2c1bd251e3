//! The whole pipeline, in order.

use std::path::Path;

use wyn_base::{Diagnostics, SourceMap};
use wyn_codegen::{Opt, Options, Output};
use wyn_mir::Phase;

use crate::cli::{Emit, Format};
use crate::failure::Failure;
use crate::timings::Timings;
use crate::{load, report};

/// Where to stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// After the last stage that finds mistakes.
    Check,
    /// After this one, with what it made.
    Emit(Emit),
}

/// What a stage made.
#[derive(Debug)]
pub(crate) enum Artifact {
    /// Nothing to show.
    Nothing,
    /// A form to read.
    Text(String),
    /// An object file.
    Object(Vec<u8>),
}

/// Takes a program through the stages, up to `stop`, and shows what is wrong with it.
pub(crate) fn compile(
    path: &Path,
    stop: Stage,
    optimise: u8,
    format: Format,
    timings: &mut Timings,
) -> Result<Artifact, Failure> {
    let mut sources = SourceMap::default();
    let (modules, mut diagnostics) = load::load(path, &mut sources)?;
    timings.lap("parse");
    let artifact = stages(modules, &sources, &mut diagnostics, stop, optimise, timings);
    let failed = diagnostics.has_errors();
    report::diagnostics(diagnostics, &sources, format);
    if failed { Err(Failure::Reported) } else { artifact }
}

/// The stages proper: pure, but for what they say.
fn stages(
    modules: Vec<wyn_check::Module>,
    sources: &SourceMap,
    diagnostics: &mut Diagnostics,
    stop: Stage,
    optimise: u8,
    timings: &mut Timings,
) -> Result<Artifact, Failure> {
    if stop == Stage::Emit(Emit::Ast) {
        return Ok(Artifact::Text(format!("{:#?}\n", modules[0].file)));
    }
    let own: Vec<String> = modules
        .iter()
        .filter(|module| module.package != wyn_check::Package::Std)
        .map(|module| format!("{}.", module.path))
        .collect();
    // Mistakes of grammar do not hide others: the checker is silent about what could not be read.
    let (hir, found) = wyn_check::check(modules);
    timings.lap("check");
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return Err(Failure::Reported);
    }
    if stop == Stage::Emit(Emit::Hir) {
        let shown = |path: &str| own.iter().any(|module| path.starts_with(module));
        return Ok(Artifact::Text(wyn_hir::dump::dump_if(&hir, shown)));
    }

    let (built, found) = wyn_lower::lower(&hir);
    timings.lap("lower");
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return Err(Failure::Reported);
    }
    if stop == Stage::Emit(Emit::Mir) {
        return Ok(Artifact::Text(phases(&built)));
    }
    if stop == Stage::Check {
        diagnostics.extend(wyn_passes::check(built));
        timings.lap("passes");
        return Ok(Artifact::Nothing);
    }
    let (mut mir, found) = wyn_passes::run(built, Phase::Lowered);
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        timings.lap("passes");
        return Err(Failure::Reported);
    }
    if optimise > 0 {
        wyn_passes::optimise(&mut mir);
    }
    timings.lap("passes");

    let opt = match optimise {
        0 => Opt::O0,
        3 => Opt::O3,
        _ => Opt::O2,
    };
    let emit = match stop {
        Stage::Emit(Emit::Ir) => wyn_codegen::Emit::Ir,
        Stage::Emit(Emit::Asm) => wyn_codegen::Emit::Asm,
        _ => wyn_codegen::Emit::Object,
    };
    let output = wyn_codegen::compile(&mir, sources, &Options { opt, emit, debug_info: true });
    timings.lap("codegen");
    match output {
        Ok(Output::Object(object)) => Ok(Artifact::Object(object)),
        Ok(Output::Text(text)) => Ok(Artifact::Text(text)),
        Err(error) => panic!("{error}"),
    }
}

/// The program in each of MIR's phases, one after the other.
fn phases(built: &wyn_mir::Program) -> String {
    let phases = [Phase::Built, Phase::Owned, Phase::Counted, Phase::Lowered];
    let show = |phase| {
        let (program, _) = wyn_passes::run(built.clone(), phase);
        format!("// ---- {phase:?} ----\n\n{}\n", wyn_mir::dump::dump(&program))
    };
    phases.map(show).concat()
}
