//! Decides how each parameter is passed (borrow inference).
//!
//! *Requires* Built, monomorphised. *Ensures* every `LocalKind::Param` has its final mode, and call
//! arguments agree with it: `Borrow` for borrowed parameters, `Copy` for owned ones.
//!
//! A parameter is owned when it is a resource (the language says so), or when the body hands the
//! whole of it to an owner: then a caller for whom the call is the last use gives it away instead
//! of paying for a copy. So it is when the body hands on what it found in the parameter's cell: the cell of a
//! tree that is given away can be taken apart. Functions that are also values keep the modes that types alone decide, as
//! do closures, because whoever calls a function value knows no more than its type. (The rule is
//! that of Lean 4's borrow inference: Ullrich and de Moura, "Counting Immutable Beans".)

use rustc_hash::FxHashSet;
use wyn_base::{Idx, IndexVec};
use wyn_mir::ownership::{counted, resource};
use wyn_mir::{
    Adt, AdtId, Arg, ArgMode, Body, BodyId, BodyKind, Callee, Const, Local, LocalKind, Operand, ParamMode,
    Program, Rvalue, StmtKind, TermKind, Ty,
};

type Adts = IndexVec<AdtId, Adt>;

/// The modes of all parameters of all bodies.
pub(crate) type Modes = IndexVec<BodyId, Vec<ParamMode>>;

/// How a parameter of this type is passed when only its type is known.
pub(crate) fn mode_by_type(ty: Ty, adts: &Adts) -> ParamMode {
    if resource(ty, adts) { ParamMode::Owned } else { ParamMode::Borrowed }
}

/// Decides the modes and writes them into the program.
pub(crate) fn run(program: &mut Program) {
    let modes = infer(program);
    for (id, body) in std::mem::take(&mut program.bodies).into_iter().enumerate() {
        let mut body = body;
        for (at, mode) in modes[BodyId::new(id)].iter().enumerate() {
            let kind = &mut body.locals[Local::new(at + 1)].kind;
            if *kind != LocalKind::Env {
                *kind = LocalKind::Param(*mode);
            }
        }
        apply(&mut body, &modes, &program.adts);
        program.bodies.push(body);
    }
}

fn infer(program: &Program) -> Modes {
    let values = function_values(program);
    let mut modes: Modes = program
        .bodies
        .iter()
        .map(|body| {
            (1..=body.params)
                .map(|at| {
                    let decl = &body.locals[Local::new(at)];
                    match (decl.kind, body.kind) {
                        (LocalKind::Param(ParamMode::Mut), _) => ParamMode::Mut,
                        (LocalKind::Env, _) => ParamMode::Borrowed,
                        (_, BodyKind::Task) => ParamMode::Owned,
                        (_, BodyKind::Glue) => ParamMode::Borrowed,
                        _ => mode_by_type(decl.ty, &program.adts),
                    }
                })
                .collect()
        })
        .collect();
    loop {
        let mut changed = false;
        for (id, body) in program.bodies.iter_enumerated() {
            if body.kind != BodyKind::Fn || values.contains(&id) {
                continue;
            }
            for local in given_away(body, &modes, &program.adts) {
                let mode = &mut modes[id][local.index() - 1];
                if *mode == ParamMode::Borrowed && counted(body.locals[local].ty, &program.adts) {
                    *mode = ParamMode::Owned;
                    changed = true;
                }
            }
        }
        if !changed {
            return modes;
        }
    }
}

/// Bodies of which a function value is made somewhere.
fn function_values(program: &Program) -> FxHashSet<BodyId> {
    let mut values = FxHashSet::default();
    let mut note = |operand: &Operand| {
        if let Operand::Const(Const::Fn(target)) = operand {
            values.insert(target.body);
        }
    };
    for body in &program.bodies {
        for block in &body.blocks {
            block.stmts.iter().for_each(|stmt| stmt.kind.for_each_operand(&mut note));
            block.term.kind.for_each_operand(&mut note);
        }
    }
    values
}

/// Parameters of a body that are handed to an owner somewhere: the whole, or something that lies in their cell.
fn given_away(body: &Body, modes: &Modes, adts: &Adts) -> Vec<Local> {
    let mut given = Vec::new();
    // Locals made by copying something out of a cell, with the local where the way begins.
    let mut found: Vec<(Local, Local)> = Vec::new();
    let mut owner = |operand: &Operand| {
        if let Operand::Copy(place) | Operand::Move(place) = operand
            && (place.proj.is_empty() || place.enters_cell(body, adts))
            && counted(place.ty(body, adts), adts)
        {
            given.push(place.local);
        }
    };
    for block in &body.blocks {
        for stmt in &block.stmts {
            match &stmt.kind {
                StmtKind::Assign(dest, Rvalue::Use(Operand::Copy(place)))
                    if dest.proj.is_empty() && place.enters_cell(body, adts) =>
                {
                    found.push((dest.local, place.local));
                }
                StmtKind::Assign(_, rvalue) => rvalue.for_each_operand(&mut owner),
                StmtKind::Intrinsic(_, intrinsic, _, args) => {
                    for (arg, mode) in args.iter().zip(intrinsic.args()) {
                        if let (Arg::Value(operand), ArgMode::Own) = (arg, mode) {
                            owner(operand);
                        }
                    }
                }
                _ => {}
            }
        }
        if let TermKind::Call { callee, args, .. } = &block.term.kind {
            for (at, arg) in args.iter().enumerate() {
                if let Arg::Value(operand) = arg
                    && arg_mode(callee, at, operand, body, modes, adts) == ParamMode::Owned
                {
                    owner(operand);
                }
            }
        }
    }
    // Whoever gives away what was found gives away where it was found.
    let mut seen = FxHashSet::default();
    let mut at = 0;
    while let Some(&local) = given.get(at) {
        at += 1;
        if seen.insert(local) {
            given.extend(found.iter().filter(|(part, _)| *part == local).map(|(_, whole)| *whole));
        }
    }
    given.retain(|local| (1..=body.params).contains(&local.index()));
    given
}

/// How the argument at this position is passed.
fn arg_mode(callee: &Callee, at: usize, arg: &Operand, body: &Body, modes: &Modes, adts: &Adts) -> ParamMode {
    match callee {
        Callee::Body(target) => modes[target.body][at],
        Callee::Intrinsic(intrinsic, _) => by_intrinsic(intrinsic.args()[at]),
        Callee::Select(select) => select.args().nth(at).map_or(ParamMode::Borrowed, by_intrinsic),
        Callee::Value(_) | Callee::Known(..) => match arg {
            Operand::Const(_) => ParamMode::Borrowed,
            Operand::Copy(place) | Operand::Move(place) | Operand::Borrow(place) => {
                mode_by_type(place.ty(body, adts), adts)
            }
        },
    }
}

fn by_intrinsic(mode: ArgMode) -> ParamMode {
    match mode {
        ArgMode::Borrow => ParamMode::Borrowed,
        ArgMode::Own => ParamMode::Owned,
        ArgMode::Mut => ParamMode::Mut,
    }
}

/// Makes the arguments of a body's calls agree with the callees' modes.
fn apply(body: &mut Body, modes: &Modes, adts: &Adts) {
    for at in 0..body.blocks.len() {
        let id = wyn_mir::BlockId::new(at);
        let mut block = body.blocks[id].clone();
        for stmt in &mut block.stmts {
            if let StmtKind::Intrinsic(_, intrinsic, _, args) = &mut stmt.kind {
                for (arg, mode) in args.iter_mut().zip(intrinsic.args()) {
                    pass(arg, by_intrinsic(*mode));
                }
            }
        }
        if let TermKind::Call { callee, args, .. } = &mut block.term.kind {
            for (at, arg) in args.iter_mut().enumerate() {
                if let Arg::Value(operand) = arg {
                    let mode = arg_mode(callee, at, operand, body, modes, adts);
                    pass(arg, mode);
                }
            }
            if let Callee::Value(operand) = callee {
                borrow(operand);
            }
        }
        body.blocks[id] = block;
    }
}

fn pass(arg: &mut Arg, mode: ParamMode) {
    if let Arg::Value(operand) = arg {
        match (mode, &*operand) {
            (ParamMode::Borrowed, _) => borrow(operand),
            (ParamMode::Owned, Operand::Borrow(place)) => *operand = Operand::Copy(place.clone()),
            _ => {}
        }
    }
}

fn borrow(operand: &mut Operand) {
    if let Operand::Copy(place) | Operand::Move(place) = operand {
        *operand = Operand::Borrow(place.clone());
    }
}
