//! Finds the functions of the standard library whose panics name the place of their call.
//!
//! *Requires* concrete bodies, `blames_caller` being set for every function of the standard library. *Ensures* it
//! is set only for those that may panic by themselves or in another such function: the others need not be told
//! where they are called.

use wyn_base::IndexVec;
use wyn_mir::{Body, BodyId, Callee, Program, TermKind};

/// Clears `blames_caller` where there is nothing to blame anybody for.
pub(crate) fn run(program: &mut Program) {
    let mut blames: IndexVec<BodyId, bool> = IndexVec::from_elem(false, program.bodies.len());
    let mut candidates: Vec<BodyId> =
        program.bodies.indices().filter(|id| program.bodies[*id].blames_caller).collect();
    loop {
        let before = candidates.len();
        candidates.retain(|id| {
            blames[*id] = may_panic(&program.bodies[*id], &blames);
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

/// Whether a panic may arise in the body, or in a body that would blame it.
fn may_panic(body: &Body, blames: &IndexVec<BodyId, bool>) -> bool {
    body.blocks.iter().any(|block| match &block.term.kind {
        TermKind::Assert { .. } | TermKind::Call { callee: Callee::Intrinsic(..), .. } => true,
        TermKind::Call { callee: Callee::Body(target), .. } => blames[target.body],
        _ => false,
    })
}
