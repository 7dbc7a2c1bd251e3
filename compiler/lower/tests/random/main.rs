//! Random well-typed bodies: whatever mixes of control flow, resources and writes lowering meets, the
//! verifier accepts the result, and so do the passes' verifiers and the certifier of counts.
//!
//! The generator (`writer`) knows a few types and functions (`world`), among them resources, mutexes, maps and values
//! that contain themselves, and every expression and statement that matters to scopes. Seeds are fixed, so a failure
//! repeats; it shows the body that failed.

mod statements;
mod values;
mod world;
mod writer;

use wyn_hir::{Body, Local, Program, Ty};

use world::{receiver, strings, types};
use writer::Writer;

const PROGRAMS: u64 = 200;

fn program(seed: u64) -> Program {
    let all = types();
    let ret = all[(seed % all.len() as u64) as usize];
    let mut writer = Writer::new(seed, ret);
    for ty in [receiver(), Ty::string(), strings()] {
        let id = writer.declare(ty, ty == strings());
        writer.visible.push(id);
    }
    let value = writer.block(ret, 5);
    let params: Vec<Local> = writer.locals.iter().take(3).cloned().collect();
    let body = Body { locals: writer.locals, value };
    world::program(world::function_of(&format!("random{seed}"), &params, ret, body))
}

#[test]
fn whatever_is_lowered_is_right_in_every_phase() {
    for seed in 1..=PROGRAMS {
        let (mir, _) = wyn_lower::lower(&program(seed));
        let faults = wyn_mir::verify::verify(&mir);
        let text = || wyn_mir::dump::dump_body(&mir, &mir.bodies[mir.main]);
        assert!(faults.is_empty(), "seed {seed}: {}\n{}", faults.join("\n"), text());
        let passes = || wyn_passes::run(mir.clone(), wyn_mir::Phase::Lowered);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(passes));
        assert!(result.is_ok(), "seed {seed}: the passes reject\n{}", text());
    }
}

/// How many of the programs have this in their main body, as text of MIR.
fn with(what: &str) -> usize {
    let has = |seed: &u64| {
        let (mir, _) = wyn_lower::lower(&program(*seed));
        wyn_mir::dump::dump_body(&mir, &mir.bodies[mir.main]).contains(what)
    };
    (1..=PROGRAMS).filter(has).count()
}

#[test]
fn the_programs_have_what_they_are_to_try() {
    for what in ["select", "$lock", "find_or_insert", "value_or", "Tree", "Chain", "spawn", "await"] {
        let count = with(what);
        assert!(count > PROGRAMS as usize / 40, "only {count} programs have `{what}`");
    }
}
