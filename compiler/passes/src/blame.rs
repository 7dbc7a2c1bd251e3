//! Finds the functions of the standard library whose panics, and waits in reports, name the place of their call.
//!
//! *Requires* concrete bodies, `blames_caller` being set for every function of the standard library. *Ensures* it
//! is set only for those that may panic or wait by themselves or in another such function, or want to know the place for
//! what they make or spawn: the others need not be told where they are called.

use wyn_base::IndexVec;
use wyn_mir::{Block, Body, BodyId, Callee, Intrinsic, Program, Rvalue, StmtKind, TermKind};

/// Clears `blames_caller` where there is nothing to blame anybody for.
pub(crate) fn run(program: &mut Program) {
    let mut blames: IndexVec<BodyId, bool> = IndexVec::from_elem(false, program.bodies.len());
    let mut candidates: Vec<BodyId> =
        program.bodies.indices().filter(|id| program.bodies[*id].blames_caller).collect();
    loop {
        let before = candidates.len();
        candidates.retain(|id| {
            blames[*id] = may_blame(&program.bodies[*id], &blames);
            !blames[*id]
        });
        if candidates.len() == before {
            break;
        }
    }
    for id in candidates {
        program.bodies[id].blames_caller = false;
    }
}

/// Whether a panic or a wait may arise in the body, or in a body that would blame it, or it asks for the place, or spawns.
fn may_blame(body: &Body, blames: &IndexVec<BodyId, bool>) -> bool {
    let asks = |block: &Block| {
        let of_place = |kind: &StmtKind| {
            matches!(
                kind,
                StmtKind::Intrinsic(_, Intrinsic::SyncPlace, ..) | StmtKind::Assign(_, Rvalue::Spawn(..))
            )
        };
        block.stmts.iter().any(|stmt| of_place(&stmt.kind))
    };
    body.blocks.iter().any(|block| match &block.term.kind {
        _ if asks(block) => true,
        TermKind::Assert { .. }
        | TermKind::Await { .. }
        | TermKind::Call { callee: Callee::Intrinsic(..) | Callee::Select(_), .. } => true,
        TermKind::Call { callee: Callee::Body(target), .. } => blames[target.body],
        _ => false,
    })
}
