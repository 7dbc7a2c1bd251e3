//! Tidies control flow: unwind edges that lead to nothing but `Resume` disappear, jumps to jumps
//! are shortened, unreachable blocks removed, lines of blocks joined, and what stands before
//! `Unreachable` goes. Changes no instruction that can run.

use wyn_base::{Idx, IndexVec};
use wyn_mir::{BlockId, Body, TermKind, Unwind};

use crate::analysis::{postorder, predecessors};

/// Rewrites one body; any phase.
pub(crate) fn run(body: &mut Body) {
    shorten(body);
    join(body);
    for block in body.blocks.iter_mut().filter(|block| block.term.kind == TermKind::Unreachable) {
        block.stmts.clear();
    }
    compact(body);
}

fn shorten(body: &mut Body) {
    let ends: IndexVec<BlockId, BlockId> = body.blocks.indices().map(|id| end_of_jumps(body, id)).collect();
    let resumes: IndexVec<BlockId, bool> = body
        .blocks
        .iter()
        .map(|block| block.stmts.is_empty() && block.term.kind == TermKind::Resume)
        .collect();
    for block in body.blocks.iter_mut() {
        block.term.kind.for_each_successor_mut(&mut |next| *next = ends[*next]);
        if let Some(unwind) = unwind_mut(&mut block.term.kind)
            && unwind.is_some_and(|cleanup| resumes[cleanup])
        {
            *unwind = None;
        }
    }
}

fn unwind_mut(term: &mut TermKind) -> Option<&mut Unwind> {
    match term {
        TermKind::Call { unwind, .. } | TermKind::Await { unwind, .. } | TermKind::Assert { unwind, .. } => {
            Some(unwind)
        }
        _ => None,
    }
}

/// Where a jump to this block ends up.
fn end_of_jumps(body: &Body, from: BlockId) -> BlockId {
    let mut at = from;
    for _ in 0..body.blocks.len() {
        match body.blocks[at].term.kind {
            TermKind::Goto(next) if body.blocks[at].stmts.is_empty() && next != at => at = next,
            _ => break,
        }
    }
    at
}

/// Appends a block to the only one that leads to it.
fn join(body: &mut Body) {
    let preds = predecessors(body);
    for id in postorder(body).into_iter().rev() {
        while let TermKind::Goto(next) = body.blocks[id].term.kind {
            if preds[next].len() != 1 || next == id || next == wyn_mir::ENTRY {
                break;
            }
            let stmts = std::mem::take(&mut body.blocks[next].stmts);
            let span = body.blocks[next].term.span;
            let dead = wyn_mir::Terminator { kind: TermKind::Unreachable, span };
            let term = std::mem::replace(&mut body.blocks[next].term, dead);
            body.blocks[id].stmts.extend(stmts);
            body.blocks[id].term = term;
        }
    }
}

/// Removes what cannot be reached.
fn compact(body: &mut Body) {
    let mut reached = vec![None; body.blocks.len()];
    let mut order = postorder(body);
    order.sort();
    for (at, id) in order.iter().enumerate() {
        reached[id.index()] = Some(BlockId::new(at));
    }
    let mut blocks = IndexVec::new();
    for (at, mut block) in std::mem::take(&mut body.blocks).into_iter().enumerate() {
        if reached[at].is_some() {
            block.term.kind.for_each_successor_mut(&mut |next| {
                *next = reached[next.index()].unwrap_or(*next);
            });
            blocks.push(block);
        }
    }
    body.blocks = blocks;
}
