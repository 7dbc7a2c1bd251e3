//! MIR to MIR: monomorphisation, ownership, counting and lowering.
//!
//! [`run`] is the whole middle of the compiler, in order. Each pass is a file that says what it
//! requires and ensures; in debug builds the verifier runs after every one of them, and the
//! certifier re-checks the counts before codegen sees the program.

mod analysis;
mod awaited;
mod blame;
pub mod certify;
mod counted;
mod derive;
mod elide;
mod glue;
mod invariant;
mod let_go;
mod loops;
mod marks;
mod modes;
mod mono;
mod ordinal;
mod owned;
mod partial_move;
mod polls;
mod separate;
mod simplify;
mod sizes;
mod specialise;
mod speculate;
mod take_apart;
mod views;

use wyn_base::Diagnostics;
use wyn_mir::{Body, Phase, Program};

/// What is wrong with a Built program: all that the passes can find. Cheaper than [`run`].
#[must_use]
pub fn check(mut program: Program) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    mono::run(&mut program, &mut diagnostics);
    if !diagnostics.has_errors() {
        sizes::run(&program, &mut diagnostics);
    }
    diagnostics
}

/// Takes a program from Built to `until`.
#[must_use]
pub fn run(mut program: Program, until: Phase) -> (Program, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if until == Phase::Built {
        return (program, diagnostics);
    }
    let mut mono = mono::run(&mut program, &mut diagnostics);
    if !diagnostics.has_errors() {
        sizes::run(&program, &mut diagnostics);
        derive::run(&mut program, &mut mono, &mut diagnostics);
    }
    if diagnostics.has_errors() {
        return (program, diagnostics);
    }
    blame::run(&mut program);
    modes::run(&mut program);
    each(&mut program, |body, program| separate::run(body, &program.adts));
    each(&mut program, |body, program| take_apart::run(body, &program.adts));
    each(&mut program, |body, program| owned::run(body, &program.adts));
    enter(&mut program, Phase::Owned);
    if until == Phase::Owned {
        return (program, diagnostics);
    }
    each(&mut program, |body, program| counted::run(body, &program.adts));
    each(&mut program, |body, _| simplify::run(body));
    enter(&mut program, Phase::Counted);
    each(&mut program, |body, program| elide::run(body, &program.adts));
    each(&mut program, |body, program| invariant::run(body, &program.adts));
    enter(&mut program, Phase::Counted);
    if until == Phase::Counted {
        return (program, diagnostics);
    }
    each(&mut program, |body, _| awaited::run(body));
    each(&mut program, |body, _| polls::run(body));
    marks::run(&mut program);
    enter(&mut program, Phase::Lowered);
    (program, diagnostics)
}

/// Makes a Lowered program fast: instances of functions for the functions that they are given, rows of arrays of arrays looked
/// up in front of loops, and choices of branches.
pub fn optimise(program: &mut Program) {
    specialise::run(program);
    each(program, |body, program| views::run(body, &program.adts));
    each(program, |body, _| speculate::run(body));
    enter(program, Phase::Lowered);
}

/// Rewrites each body.
fn each(program: &mut Program, mut pass: impl FnMut(&mut Body, &Program)) {
    for id in program.bodies.indices() {
        let span = program.bodies[id].span;
        let mut body = std::mem::replace(&mut program.bodies[id], derive::empty(String::new(), span));
        pass(&mut body, program);
        program.bodies[id] = body;
    }
}

/// Declares a phase reached, and in debug builds checks that it is.
fn enter(program: &mut Program, phase: Phase) {
    program.phase = phase;
    if cfg!(debug_assertions) {
        let mut faults = wyn_mir::verify::verify(program);
        if phase >= Phase::Counted {
            faults.extend(certify::certify(program));
        }
        assert!(faults.is_empty(), "MIR is not {phase:?}:\n{}", faults.join("\n"));
    }
}
