//! Which futures do not leave the body that spawns their tasks, so that a task needs no record unless somebody asks for it.
//!
//! *Requires* Lowered. Such a future is what one `spawn` has given; the body awaits it, or on some ways gives it up, and does
//! nothing else with it; and while its task may be unfinished, no other such task of this body is: each is awaited before the next is
//! spawned, so that they end in the order in which a stack would have it.

use wyn_base::{IndexVec, Span};

use crate::local_set::{Followed, LocalSet};
use crate::{
    Arg, BlockId, Body, BodyId, ENTRY, Local, LocalKind, Operand, Place, Rvalue, SpawnMode, StmtKind,
    TermKind, TyKind,
};

/// The `spawn` that gives a future.
#[derive(Clone, Copy, Debug)]
pub struct Spawned {
    /// The task's body.
    pub body: BodyId,
    /// Where it stands.
    pub span: Span,
}

/// Such futures, by their locals.
#[must_use]
pub fn of(body: &Body) -> Vec<(Local, Spawned)> {
    let mut spawned = spawned(body);
    spawned.retain(|(local, _)| is_kept(body, *local));
    if spawned.is_empty() {
        return spawned;
    }
    let followed = Followed::new(body, |local| spawned.iter().any(|(one, _)| *one == local));
    let met = met(body, &LocalSet::new(&followed));
    spawned.retain(|(local, _)| !met.contains(*local));
    spawned
}

/// The locals that one `spawn` alone assigns.
fn spawned(body: &Body) -> Vec<(Local, Spawned)> {
    let mut all: Vec<(Local, Spawned)> = Vec::new();
    for stmt in body.blocks.iter().flat_map(|block| &block.stmts) {
        if let Some((local, task)) = spawns(&stmt.kind) {
            all.push((local, Spawned { body: task, span: stmt.span }));
        }
    }
    all.sort_by_key(|(local, _)| *local);
    let single = |at: usize| {
        let differs = |other: usize| all.get(other).is_none_or(|(local, _)| *local != all[at].0);
        differs(at + 1) && at.checked_sub(1).is_none_or(differs)
    };
    (0..all.len()).filter(|at| single(*at)).map(|at| all[at]).collect()
}

/// The local that a statement gives the future of a task of this body.
fn spawns(stmt: &StmtKind) -> Option<(Local, BodyId)> {
    match stmt {
        StmtKind::Assign(dest, Rvalue::Spawn(SpawnMode::Joined, task, _)) => {
            Some((dest.as_local()?, task.body))
        }
        _ => None,
    }
}

/// Whether a body does nothing with the local but to spawn into it, to await it as that task's, and to give it up. What a body
/// that blames its caller awaits has no place that is known beforehand.
fn is_kept(body: &Body, local: Local) -> bool {
    let decl = &body.locals[local];
    let result = match decl.ty.kind() {
        TyKind::Future(result) => *result,
        _ => return false,
    };
    let own = matches!(decl.kind, LocalKind::Var | LocalKind::Temp);
    let names = |place: &Place| place.local == local;
    let named = |operand: &Operand| operand.place().is_some_and(names);
    let lends = |args: &[Arg]| args.iter().any(|arg| matches!(arg, Arg::Mut(place) if names(place)));
    let stmt = |stmt: &StmtKind| {
        let mut other = match stmt {
            StmtKind::Assign(dest, rvalue) => {
                let read = match rvalue {
                    Rvalue::Discriminant(place) | Rvalue::Len(place) | Rvalue::Dup(place) => names(place),
                    Rvalue::Received { select, .. } => *select == local,
                    _ => false,
                };
                read || names(dest) && spawns(stmt).is_none()
            }
            StmtKind::Drop(place) | StmtKind::Release(place) => names(place) && place.as_local().is_none(),
            StmtKind::EnsureUnique(place) | StmtKind::Mark(place, _) => names(place),
            StmtKind::Intrinsic(dest, _, _, args) => names(dest) || lends(args),
            StmtKind::ScopeEnd(_) | StmtKind::Poll => false,
        };
        stmt.for_each_operand(&mut |operand| other |= named(operand));
        other
    };
    let term = |term: &TermKind| match term {
        TermKind::Await { future: Operand::Move(place), task: Some(_), dest, .. } => {
            names(dest) || names(place) && place.as_local().is_none()
        }
        _ => {
            let mut other = match term {
                TermKind::Call { args, dest, .. } => names(dest) || lends(args),
                TermKind::Await { dest, .. } => names(dest),
                _ => false,
            };
            term.for_each_operand(&mut |operand| other |= named(operand));
            other
        }
    };
    // What nobody awaits is given up where it was spawned, and wants its record there.
    let awaited = |term: &TermKind| matches!(term, TermKind::Await { future, .. } if named(future));
    let mut blocks = body.blocks.iter();
    own && body.blocks.iter().any(|block| awaited(&block.term.kind))
        && !result.is_never()
        && !body.blames_caller
        && blocks.all(|block| !block.stmts.iter().any(|one| stmt(&one.kind)) && !term(&block.term.kind))
}

/// Those of the followed futures whose tasks may be unfinished where another's is spawned, or their own once more, and those
/// others.
fn met(body: &Body, none: &LocalSet) -> LocalSet {
    let mut met = none.clone();
    let mut unfinished: IndexVec<BlockId, Option<LocalSet>> = IndexVec::from_elem(None, body.blocks.len());
    unfinished[ENTRY] = Some(none.clone());
    let mut work = vec![ENTRY];
    while let Some(id) = work.pop() {
        let block = &body.blocks[id];
        let mut set = unfinished[id].clone().unwrap_or_else(|| none.clone());
        for stmt in &block.stmts {
            if let StmtKind::Drop(place) | StmtKind::Release(place) = &stmt.kind {
                set.remove(place.local);
            } else if let Some((local, _)) = spawns(&stmt.kind)
                && none.followed().follows(local)
            {
                if set != *none {
                    met.union(&set);
                    met.insert(local);
                }
                set.insert(local);
            }
        }
        let term = &block.term.kind;
        term.for_each_successor(&mut |next| {
            let mut set = set.clone();
            if let TermKind::Await { future: Operand::Move(place), target, .. } = term
                && target == next
            {
                set.remove(place.local);
            }
            let changed = match &mut unfinished[*next] {
                Some(before) => before.union(&set),
                first => {
                    *first = Some(set);
                    true
                }
            };
            if changed {
                work.push(*next);
            }
        });
    }
    met
}
