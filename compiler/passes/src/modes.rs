//! Decides how each parameter is passed (borrow inference).
//!
//! *Requires* Built, monomorphised. *Ensures* every `LocalKind::Param` has its final mode, and call
//! arguments agree with it: `Borrow` for borrowed parameters, `Copy` for owned ones.
//!
//! A parameter is owned when the body hands the
//! whole of it to an owner: then a caller for whom the call is the last use gives it away instead
//! of paying for a copy. So it is when the body hands on what it found in the parameter's cell: the cell of a
//! tree that is given away can be taken apart. Functions that are also values keep the modes that types alone decide, as
//! do closures, because whoever calls a function value knows no more than its type. (The rule is
//! that of Lean 4's borrow inference: Ullrich and de Moura, "Counting Immutable Beans".)
//!
//! A resource is given away by its last use, also to a callee that borrows it: then it ends with the call. So
//! where a whole local is lent, that is a copy of its own ([`LocalKind::Lent`]), which the ownership pass makes a move at
//! the last use, and which `elide` removes where the local stays what it is meanwhile. (A part, and what the call names twice,
//! is not given away by that: its place is lent, and lives until the call is over.) A parameter that is a
//! resource is owned, besides, when the body hands any part of it to an owner, and when it
//! would end before the body does (`let_go`): where a resource ends is the language's to say, not the mode's.

use rustc_hash::FxHashSet;
use wyn_base::{Idx, IndexVec, Span};
use wyn_mir::ownership::{counted, resource};
use wyn_mir::{
    Adt, AdtId, Arg, ArgMode, Block, BlockId, Body, BodyId, BodyKind, Callee, Const, Local, LocalDecl,
    LocalKind, Operand, ParamMode, Place, Program, RETURN, Rvalue, Stmt, StmtKind, TermKind, Terminator, Ty,
};

use crate::let_go;

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
    let inferred = |id: BodyId, body: &Body| body.kind == BodyKind::Fn && !values.contains(&id);
    let mut modes: Modes = program
        .bodies
        .iter_enumerated()
        .map(|(id, body)| {
            let inferred = inferred(id, body);
            let let_go = if inferred { let_go::run(body, &program.adts) } else { Vec::new() };
            (1..=body.params)
                .map(|at| {
                    let decl = &body.locals[Local::new(at)];
                    match (decl.kind, body.kind) {
                        (LocalKind::Param(ParamMode::Mut), _) => ParamMode::Mut,
                        (LocalKind::Env, _) => ParamMode::Borrowed,
                        (_, BodyKind::Task) => ParamMode::Owned,
                        (_, BodyKind::Glue) => ParamMode::Borrowed,
                        _ if inferred && !let_go.contains(&Local::new(at)) => ParamMode::Borrowed,
                        _ => mode_by_type(decl.ty, &program.adts),
                    }
                })
                .collect()
        })
        .collect();
    loop {
        let mut changed = false;
        for (id, body) in program.bodies.iter_enumerated() {
            if !inferred(id, body) {
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

/// Parameters of a body that are handed to an owner somewhere: the whole, something that lies in their cell, or a
/// resource that they hold.
fn given_away(body: &Body, modes: &Modes, adts: &Adts) -> Vec<Local> {
    let mut given = Vec::new();
    // Locals made by copying something out of a cell, with the local where the way begins.
    let mut found: Vec<(Local, Local)> = Vec::new();
    let mut owner = |operand: &Operand| {
        if let Operand::Copy(place) | Operand::Move(place) = operand
            && (place.proj.is_empty() || found_in(place, body, adts))
            && counted(place.ty(body, adts), adts)
        {
            given.push(place.local);
        }
    };
    for block in &body.blocks {
        for stmt in &block.stmts {
            match &stmt.kind {
                StmtKind::Assign(dest, Rvalue::Use(Operand::Copy(place)))
                    if dest.proj.is_empty() && found_in(place, body, adts) =>
                {
                    if dest.local == RETURN && resource(place.ty(body, adts), adts) {
                        owner(&Operand::Copy(place.clone()));
                    }
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

/// Whether giving away what this part holds gives away where it was found: what lies in a cell, and resources.
fn found_in(part: &Place, body: &Body, adts: &Adts) -> bool {
    !part.proj.is_empty() && (part.enters_cell(body, adts) || resource(part.ty(body, adts), adts))
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
        let id = BlockId::new(at);
        let mut block = body.blocks[id].clone();
        for stmt in &mut block.stmts {
            if let StmtKind::Intrinsic(_, intrinsic, _, args) = &mut stmt.kind {
                for (arg, mode) in args.iter_mut().zip(intrinsic.args()) {
                    pass(arg, by_intrinsic(*mode));
                }
            }
        }
        let span = block.term.span;
        if let TermKind::Call { callee, args, unwind, .. } = &mut block.term.kind {
            let named: Vec<Local> = args.iter().filter_map(root).collect();
            for (at, arg) in args.iter_mut().enumerate() {
                if let Arg::Value(operand) = arg {
                    let mode = arg_mode(callee, at, operand, body, modes, adts);
                    if mode == ParamMode::Borrowed
                        && let Callee::Body(_) = callee
                        && let Operand::Copy(place) | Operand::Move(place) = operand
                        && let Some(local) = place.as_local()
                        && resource(body.locals[local].ty, adts)
                        && named.iter().filter(|other| **other == local).count() == 1
                    {
                        let (lent, copy) = lend(local, span, body);
                        block.stmts.push(copy);
                        *operand = Operand::Borrow(lent);
                        let resume = || resume(span, body);
                        *unwind = Some(unwind.unwrap_or_else(resume));
                    }
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

/// The local that an argument lies in.
fn root(arg: &Arg) -> Option<Local> {
    match arg {
        Arg::Value(operand) => operand.place().map(|place| place.local),
        Arg::Mut(place) => Some(place.local),
    }
}

/// A place for a resource that is lent, and what fills it.
fn lend(local: Local, span: Span, body: &mut Body) -> (Place, Stmt) {
    let ty = body.locals[local].ty;
    let lent = body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Lent, span });
    let copy = StmtKind::Assign(lent.into(), Rvalue::Use(Operand::Copy(local.into())));
    (lent.into(), Stmt { kind: copy, span })
}

/// A block in which a call that unwinds is left for the caller: what is lent to the call ends on the way there.
fn resume(span: Span, body: &mut Body) -> BlockId {
    let term = Terminator { kind: TermKind::Resume, span };
    body.blocks.push(Block { stmts: Vec::new(), term, cleanup: true })
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
