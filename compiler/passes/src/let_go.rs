//! Finds resources that a body lets go of before it returns.
//!
//! *Takes* a Built body, monomorphised. *Gives* the parameters that hold resources and that the body, if it owned
//! them, would end at a moment that somebody can tell from its return. Only a body that owns such a parameter ends
//! it where the language says; any other may borrow it, and its caller ends it after the call.
//!
//! An owned parameter is there as long as liveness says that it, or a local that took over all of its resources, is
//! still read; one that dies with its block and of which nothing is taken is there to the end of the body. Where none
//! is there, nothing may follow that takes time or that others see: no call, no await, no loop, no task, nothing that is
//! done to a channel, a mutex or an atomic.

use rustc_hash::FxHashSet;
use wyn_base::{Idx, IndexVec};
use wyn_mir::local_set::{Followed, LocalSet};
use wyn_mir::ownership::{Lifetime, lifetime, resource};
use wyn_mir::{Adt, AdtId, Body, Callee, Intrinsic, Local, Operand, Place, Proj, Rvalue, StmtKind, TermKind};

use crate::analysis::{live_after, live_before_term, live_in, mut_roots, postorder};
use crate::loops;
use crate::partial_move::{copied_part, uncovered};

type Adts = IndexVec<AdtId, Adt>;

/// The parameters that hold resources and end before the body returns.
pub(crate) fn run(body: &Body, adts: &Adts) -> Vec<Local> {
    let params = (1..=body.params).map(Local::new);
    params.filter(|param| resource(body.locals[*param].ty, adts) && ends_early(body, *param, adts)).collect()
}

fn ends_early(body: &Body, param: Local, adts: &Adts) -> bool {
    let taken = taken_from(body, param, adts);
    if taken.is_empty() && lifetime(body.locals[param].ty, adts) == Lifetime::Block {
        return false;
    }
    let changed = changed(body);
    let heirs: Vec<Local> = taken.iter().filter_map(|part| part.to).collect();
    if heirs.iter().any(|heir| changed.contains(heir)) {
        // It becomes a value of its own, for which the body had better have the only reference.
        return true;
    }
    let all = taken.iter().filter(|part| part.all).filter_map(|part| part.to);
    let holders: FxHashSet<Local> = all.chain([param]).collect();
    let followed = Followed::new(body, |local| holders.contains(&local));
    let live = live_in(body, &followed);
    let nobody = LocalSet::new(&followed);
    let ends_after = lifetime(body.locals[param].ty, adts) == Lifetime::LastUse;
    let others = |stmt: &StmtKind| match stmt {
        StmtKind::Assign(dest, rvalue) => {
            matches!(rvalue, Rvalue::Spawn(..)) || dest.proj.contains(&Proj::Content)
        }
        StmtKind::Intrinsic(..) => true,
        // What dies with its block dies after a sender that is not used any more, not before.
        StmtKind::ScopeEnd(local) => ends_after && lifetime(body.locals[*local].ty, adts) == Lifetime::Block,
        _ => false,
    };
    postorder(body).into_iter().any(|id| {
        let block = &body.blocks[id];
        let after = live_after(body, id, &live);
        let before = std::iter::once(&live[id]).chain(&after);
        block.stmts.iter().zip(before).any(|(stmt, before)| *before == nobody && others(&stmt.kind))
            || takes_time(&block.term.kind) && live_before_term(body, id, &live) == nobody
    }) || loops::heads(body).into_iter().any(|head| live[head] == nobody)
}

/// Whether what a block ends with may take time, or be seen by others. (A panic unwinds, through blocks that are looked at as well.)
fn takes_time(term: &TermKind) -> bool {
    match term {
        TermKind::Call { callee, .. } => !matches!(callee, Callee::Intrinsic(Intrinsic::Panic, _)),
        TermKind::Await { .. } => true,
        _ => false,
    }
}

/// A copy of resources out of a parameter.
struct Taken {
    /// The local that gets it, if it is one's whole value.
    to: Option<Local>,
    /// Whether no resource is left behind.
    all: bool,
}

/// What the last uses of a parameter copy out of it, the whole or a part, and holds resources: if the body owned it, they
/// might move it. (After other uses the parameter is there as before.)
fn taken_from(body: &Body, param: Local, adts: &Adts) -> Vec<Taken> {
    let followed = Followed::new(body, |local| local == param);
    let live = live_in(body, &followed);
    let mut taken = Vec::new();
    let is_taken = |operand: &Operand| {
        matches!(operand, Operand::Copy(place) | Operand::Move(place)
            if place.local == param && resource(place.ty(body, adts), adts))
    };
    for (id, block) in body.blocks.iter_enumerated() {
        let after = live_after(body, id, &live);
        for (stmt, _) in block.stmts.iter().zip(after).filter(|(_, after)| !after.contains(param)) {
            let mut found = false;
            stmt.kind.for_each_operand(&mut |operand| found |= is_taken(operand));
            if found {
                let to = match &stmt.kind {
                    StmtKind::Assign(dest, Rvalue::Use(_)) => dest.as_local(),
                    _ => None,
                };
                taken.push(Taken { to, all: takes_all(body, &stmt.kind, adts) });
            }
        }
        if !block.term.successors().into_iter().any(|next| live[next].contains(param)) {
            block.term.kind.for_each_operand(&mut |operand| {
                if is_taken(operand) {
                    taken.push(Taken { to: None, all: false });
                }
            });
        }
    }
    taken
}

/// Whether a statement copies all resources of a local.
fn takes_all(body: &Body, stmt: &StmtKind, adts: &Adts) -> bool {
    let Some(part) = copied_part(stmt).filter(|part| !part.enters_cell(body, adts)) else {
        return false;
    };
    let mut rest = Vec::new();
    uncovered(&Place::local(part.local), &[part], body, adts, &mut rest);
    !rest.iter().any(|place| resource(place.ty(body, adts), adts))
}

/// Locals that are written more than once, or in part, or in place.
fn changed(body: &Body) -> FxHashSet<Local> {
    let mut written = FxHashSet::default();
    let mut changed = FxHashSet::default();
    let mut write = |place: &Place| {
        if !place.proj.is_empty() || !written.insert(place.local) {
            changed.insert(place.local);
        }
    };
    let mut lent = Vec::new();
    for block in &body.blocks {
        for stmt in &block.stmts {
            match &stmt.kind {
                StmtKind::Assign(dest, _) => write(dest),
                StmtKind::Intrinsic(dest, _, _, args) => {
                    write(dest);
                    lent.extend(mut_roots(args));
                }
                StmtKind::Drop(place) | StmtKind::EnsureUnique(place) => lent.push(place.local),
                _ => {}
            }
        }
        match &block.term.kind {
            TermKind::Call { args, dest, .. } => {
                write(dest);
                lent.extend(mut_roots(args));
            }
            TermKind::Await { dest, .. } => write(dest),
            _ => {}
        }
    }
    changed.extend(lent);
    changed
}
