//! Lets the scheduler interrupt loops.
//!
//! *Requires* Counted. *Ensures* every cycle of the control-flow graph passes a `Poll`: one stands
//! at the head of each loop, so a loop that never calls anything starves nobody.

use wyn_base::{Idx, IndexVec};
use wyn_mir::{BlockId, Body, Stmt, StmtKind};

/// Rewrites one body.
pub(crate) fn run(body: &mut Body) {
    for head in loop_heads(body) {
        let span = body.blocks[head].term.span;
        body.blocks[head].stmts.insert(0, Stmt { kind: StmtKind::Poll, span });
    }
}

/// The targets of edges that lead back to a block still being walked, depth first.
fn loop_heads(body: &Body) -> Vec<BlockId> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state: IndexVec<BlockId, State> = IndexVec::from_elem(State::New, body.blocks.len());
    let mut heads = Vec::new();
    let mut stack = vec![(wyn_mir::ENTRY, body.blocks[wyn_mir::ENTRY].term.successors())];
    state[wyn_mir::ENTRY] = State::Open;
    while let Some((id, rest)) = stack.last_mut() {
        let id = *id;
        let Some(next) = rest.pop() else {
            state[id] = State::Done;
            stack.pop();
            continue;
        };
        match state[next] {
            State::New => {
                state[next] = State::Open;
                stack.push((next, body.blocks[next].term.successors()));
            }
            State::Open => heads.push(next),
            State::Done => {}
        }
    }
    heads.sort_by_key(|head| head.index());
    heads.dedup();
    heads
}
