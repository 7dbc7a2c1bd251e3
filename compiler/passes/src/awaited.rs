//! Says of awaits which task they wait for.
//!
//! *Requires* Counted, or Lowered where what is spawned has changed. *Ensures* an await that takes its future names the body of the task if all that is ever written to the
//! place of the future is what spawning that one body gives. (Moves from other places are not followed.) Then compiled code may
//! call the body where the await stands, when the task has not begun by then; whoever else knows the future is found out when
//! the program runs.

use wyn_base::IndexVec;
use wyn_mir::{Arg, Body, BodyId, Local, Operand, Rvalue, SpawnMode, StmtKind, TermKind};

/// Rewrites one body.
pub(crate) fn run(body: &mut Body) {
    let spawned = spawned(body);
    for block in body.blocks.iter_mut() {
        if let TermKind::Await { future: Operand::Move(place), task, .. } = &mut block.term.kind
            && let Some(local) = place.as_local()
        {
            *task = match spawned[local] {
                Some(Held::Task(id)) => Some(id),
                _ => None,
            };
        }
    }
}

/// What a local may hold.
#[derive(Clone, Copy, PartialEq)]
enum Held {
    /// The future of a task of this body.
    Task(BodyId),
    /// Something else, or one of several.
    Other,
}

/// What each local holds, once it is assigned.
fn spawned(body: &Body) -> IndexVec<Local, Option<Held>> {
    let mut held = IndexVec::from_elem(None, body.locals.len());
    for local in body.locals.indices().take(body.params + 1) {
        held[local] = Some(Held::Other);
    }
    let mut assign = |local: Local, what: Held| {
        let known = held[local].get_or_insert(what);
        if *known != what {
            *known = Held::Other;
        }
    };
    for block in &body.blocks {
        for stmt in &block.stmts {
            match &stmt.kind {
                StmtKind::Assign(dest, Rvalue::Spawn(SpawnMode::Joined, task, _)) if dest.proj.is_empty() => {
                    assign(dest.local, Held::Task(task.body));
                }
                StmtKind::Assign(dest, _) => assign(dest.local, Held::Other),
                StmtKind::Intrinsic(dest, _, _, args) => {
                    assign(dest.local, Held::Other);
                    lent(args, &mut assign);
                }
                _ => {}
            }
        }
        match &block.term.kind {
            TermKind::Call { args, dest, .. } => {
                assign(dest.local, Held::Other);
                lent(args, &mut assign);
            }
            TermKind::Await { dest, .. } => assign(dest.local, Held::Other),
            _ => {}
        }
    }
    held
}

/// The places that a callee may write.
fn lent(args: &[Arg], assign: &mut impl FnMut(Local, Held)) {
    for arg in args {
        if let Arg::Mut(place) = arg {
            assign(place.local, Held::Other);
        }
    }
}
