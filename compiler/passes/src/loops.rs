//! The loops of a body.

use rustc_hash::FxHashSet;
use wyn_base::{Idx, IndexVec};
use wyn_mir::{BlockId, Body};

/// The targets of edges that lead back to a block still being walked, depth first.
pub(crate) fn heads(body: &Body) -> Vec<BlockId> {
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

/// The blocks that lead to each block.
pub(crate) fn predecessors(body: &Body) -> IndexVec<BlockId, Vec<BlockId>> {
    let mut before: IndexVec<BlockId, Vec<BlockId>> = IndexVec::from_elem(Vec::new(), body.blocks.len());
    for (id, block) in body.blocks.iter_enumerated() {
        block.term.kind.for_each_successor(&mut |next| before[*next].push(id));
    }
    before
}

/// A loop that is entered at its head only.
pub(crate) struct Loop {
    pub(crate) head: BlockId,
    pub(crate) blocks: FxHashSet<BlockId>,
    /// The blocks from which it is entered.
    pub(crate) entries: Vec<BlockId>,
    /// The blocks that lead back to the head.
    pub(crate) latches: Vec<BlockId>,
}

/// The loop with this head, unless it has another way in.
pub(crate) fn natural(body: &Body, head: BlockId) -> Option<Loop> {
    let before = predecessors(body);
    let dominated = without(body, wyn_mir::ENTRY, head);
    let (entries, latches): (Vec<_>, Vec<_>) =
        before[head].iter().partition(|from| dominated.contains(*from));
    let mut blocks = FxHashSet::from_iter([head]);
    let mut todo: Vec<BlockId> = latches.clone();
    while let Some(id) = todo.pop() {
        if blocks.insert(id) {
            todo.extend(&before[id]);
        }
    }
    let entered_elsewhere = blocks.iter().any(|id| *id != head && dominated.contains(id));
    (!latches.is_empty() && !entered_elsewhere).then_some(Loop { head, blocks, entries, latches })
}

/// Whether each iteration that ends passes a chosen block on its way from `first`.
pub(crate) fn passes(body: &Body, found: &Loop, first: BlockId, chosen: impl Fn(BlockId) -> bool) -> bool {
    let mut reached = FxHashSet::default();
    let mut todo = vec![first];
    while let Some(id) = todo.pop() {
        if found.blocks.contains(&id) && !chosen(id) && reached.insert(id) {
            let on = |next: &BlockId| *next != found.head;
            todo.extend(body.blocks[id].term.successors().into_iter().filter(on));
        }
    }
    !found.latches.iter().any(|latch| reached.contains(latch))
}

/// The blocks that can be reached from `from` without passing `avoided`.
pub(crate) fn without(body: &Body, from: BlockId, avoided: BlockId) -> FxHashSet<BlockId> {
    let mut reached = FxHashSet::default();
    let mut todo = vec![from];
    while let Some(id) = todo.pop() {
        if id != avoided && reached.insert(id) {
            body.blocks[id].term.kind.for_each_successor(&mut |next| todo.push(*next));
        }
    }
    reached
}
