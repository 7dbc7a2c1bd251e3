//! The shape of a finished graph: only what the entry reaches, straight lines merged, blocks in
//! reverse postorder, cleanup blocks last.

use wyn_base::{Idx, IndexVec};
use wyn_mir::{Block, BlockId, Body, ENTRY, TermKind, Terminator};

/// Tidies a body.
pub(crate) fn tidy(body: &mut Body) {
    merge(body);
    let order = order(body);
    let mut renamed = IndexVec::from_elem(ENTRY, body.blocks.len());
    for (new, old) in order.iter().enumerate() {
        renamed[*old] = BlockId::new(new);
    }
    let mut old: IndexVec<BlockId, Option<Block>> =
        std::mem::take(&mut body.blocks).into_iter().map(Some).collect();
    for id in order {
        let mut block = old[id].take().expect("the order names each block once");
        block.term.kind.for_each_successor_mut(&mut |next| *next = renamed[*next]);
        body.blocks.push(block);
    }
}

/// Appends each block that has one predecessor, which goes there unconditionally, to that one.
fn merge(body: &mut Body) {
    let mut predecessors: IndexVec<BlockId, usize> = IndexVec::from_elem(0, body.blocks.len());
    predecessors[ENTRY] = 1;
    let reachable = order(body);
    for id in &reachable {
        for next in body.blocks[*id].term.successors() {
            predecessors[next] += 1;
        }
    }
    let mut absorbed = IndexVec::from_elem(false, body.blocks.len());
    for id in reachable {
        if absorbed[id] {
            continue;
        }
        while let TermKind::Goto(next) = body.blocks[id].term.kind {
            if predecessors[next] != 1 || next == id || body.blocks[next].cleanup != body.blocks[id].cleanup {
                break;
            }
            absorbed[next] = true;
            let span = body.blocks[next].term.span;
            let unreachable = Terminator { kind: TermKind::Unreachable, span };
            let term = std::mem::replace(&mut body.blocks[next].term, unreachable);
            let stmts = std::mem::take(&mut body.blocks[next].stmts);
            let block = &mut body.blocks[id];
            block.stmts.extend(stmts);
            block.term = term;
        }
    }
}

/// The blocks that the entry reaches, in reverse postorder, cleanup blocks last.
fn order(body: &Body) -> Vec<BlockId> {
    let mut seen = IndexVec::from_elem(false, body.blocks.len());
    let mut postorder = Vec::new();
    let mut stack = vec![(ENTRY, body.blocks[ENTRY].term.successors())];
    seen[ENTRY] = true;
    while let Some((block, next)) = stack.last_mut() {
        match next.pop() {
            Some(next) if !seen[next] => {
                seen[next] = true;
                stack.push((next, body.blocks[next].term.successors()));
            }
            Some(_) => {}
            None => {
                postorder.push(*block);
                stack.pop();
            }
        }
    }
    postorder.reverse();
    let (normal, cleanup) = postorder.into_iter().partition::<Vec<_>, _>(|id| !body.blocks[*id].cleanup);
    [normal, cleanup].concat()
}
