//! Lets the scheduler interrupt loops.
//!
//! *Requires* Counted. *Ensures* every cycle of the control-flow graph passes a `Poll`: one stands
//! at the head of each loop, so a loop that never calls anything starves nobody.

use wyn_mir::{Body, Stmt, StmtKind};

use crate::loops;

/// Rewrites one body.
pub(crate) fn run(body: &mut Body) {
    for head in loops::heads(body) {
        let span = body.blocks[head].term.span;
        body.blocks[head].stmts.insert(0, Stmt { kind: StmtKind::Poll, span });
    }
}
