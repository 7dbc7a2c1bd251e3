//! Makes arrays unique before loops that write their elements, instead of in each iteration.
//!
//! *Requires* and *ensures* Counted. A loop that writes elements of an array in every iteration asks each time whether
//! somebody else holds it (`EnsureUnique`), and might copy it, so LLVM can neither keep its address nor make
//! vectors. If nothing in the loop can make a second holder, the answer of the first iteration stays true. The
//! loop's test is written a second time in front of it, and the array is made unique behind that: a loop
//! without iterations copies nothing.
//!
//! ```text
//! entry -> head: test ? body : exit        entry -> first: test ? unique : exit,  unique -> body
//! body: unique a; ... -> head          =>  body: ... -> head: test ? body : exit
//! ```

use rustc_hash::FxHashSet;
use wyn_base::IndexVec;
use wyn_mir::{
    Adt, AdtId, Arg, Block, BlockId, Body, Intrinsic, LocalKind, Operand, Place, Proj, Rvalue, Stmt,
    StmtKind, TermKind, Terminator,
};

use crate::loops::{self, Loop};

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &IndexVec<AdtId, Adt>) {
    let asks = |block: &Block| block.stmts.iter().any(|stmt| matches!(stmt.kind, StmtKind::EnsureUnique(_)));
    if !body.blocks.iter().any(asks) {
        return;
    }
    for head in loops::heads(body) {
        let Some(found) = loops::natural(body, head) else { continue };
        let Some(first) = first_of_iteration(body, &found) else { continue };
        let places: Vec<Place> = asked_for(body, &found)
            .into_iter()
            .filter(|place| simple(place, body, adts) && every_time(body, &found, first, place))
            .filter(|place| found.blocks.iter().all(|id| keeps(&body.blocks[*id], place)))
            .collect();
        if !places.is_empty() {
            hoist(body, &found, first, places);
        }
    }
}

/// Where each iteration goes on behind the loop's test, which is the whole of its head.
fn first_of_iteration(body: &Body, found: &Loop) -> Option<BlockId> {
    let head = &body.blocks[found.head];
    if found.head == wyn_mir::ENTRY || !matches!(head.term.kind, TermKind::Switch(..)) {
        return None;
    }
    let inside: FxHashSet<BlockId> =
        head.term.successors().into_iter().filter(|next| found.blocks.contains(next)).collect();
    let mut inside = inside.into_iter();
    inside.next().filter(|first| *first != found.head && inside.next().is_none())
}

/// The places that the loop makes unique.
fn asked_for(body: &Body, found: &Loop) -> Vec<Place> {
    let mut blocks: Vec<BlockId> = found.blocks.iter().copied().filter(|id| *id != found.head).collect();
    blocks.sort_unstable();
    let mut places: Vec<Place> = Vec::new();
    for stmt in blocks.iter().flat_map(|id| &body.blocks[*id].stmts) {
        if let StmtKind::EnsureUnique(place) = &stmt.kind
            && !places.contains(place)
        {
            places.push(place.clone());
        }
    }
    places
}

/// Whether the way to the place leads through nothing that is counted.
fn simple(place: &Place, body: &Body, adts: &IndexVec<AdtId, Adt>) -> bool {
    body.locals[place.local].kind != LocalKind::Env
        && place.proj.iter().all(|step| matches!(step, Proj::Field(_)))
        && !place.enters_cell(body, adts)
        && matches!(place.ty(body, adts).kind(), wyn_mir::TyKind::Array(_))
}

/// Whether each iteration that ends goes through a block that makes the place unique.
fn every_time(body: &Body, found: &Loop, first: BlockId, place: &Place) -> bool {
    let asks = |id: &BlockId| {
        let stmts = &body.blocks[*id].stmts;
        *id != found.head
            && stmts.iter().any(|stmt| matches!(&stmt.kind, StmtKind::EnsureUnique(asked) if asked == place))
    };
    found.blocks.iter().filter(|id| asks(id)).any(|id| {
        let reached = reached_inside(body, found, first, *id);
        !found.latches.iter().any(|latch| reached.contains(latch))
    })
}

/// The blocks of the loop that an iteration can reach without passing `avoided`.
fn reached_inside(body: &Body, found: &Loop, first: BlockId, avoided: BlockId) -> FxHashSet<BlockId> {
    let mut reached = FxHashSet::default();
    let mut todo = vec![first];
    while let Some(id) = todo.pop() {
        if id != avoided && id != found.head && found.blocks.contains(&id) && reached.insert(id) {
            body.blocks[id].term.kind.for_each_successor(&mut |next| todo.push(*next));
        }
    }
    reached
}

/// Whether nothing in a block gives what the place holds a second holder, or the place another array.
fn keeps(block: &Block, place: &Place) -> bool {
    let mut kept = true;
    let read = |operand: &Operand| operand.place().is_none_or(|other| !covers(other, place));
    let handed = |args: &[Arg]| {
        args.iter().all(|arg| match arg {
            Arg::Value(operand) => read(operand),
            Arg::Mut(other) => !touches(other, place),
        })
    };
    for stmt in &block.stmts {
        kept &= match &stmt.kind {
            StmtKind::Assign(to, rvalue) => {
                let mut reads = true;
                rvalue.for_each_operand(&mut |operand| reads &= read(operand));
                let copies = matches!(rvalue, Rvalue::Dup(other) if covers(other, place));
                reads && !copies && !touches(to, place)
            }
            StmtKind::Intrinsic(to, Intrinsic::ArrayLen, _, _) => !touches(to, place),
            StmtKind::Intrinsic(to, _, _, args) => !touches(to, place) && handed(args),
            StmtKind::Drop(other) | StmtKind::Release(other) | StmtKind::Mark(other, _) => {
                !touches(other, place)
            }
            StmtKind::EnsureUnique(_) | StmtKind::Poll | StmtKind::ScopeEnd(_) => true,
        };
    }
    kept && match &block.term.kind {
        TermKind::Call { args, dest, .. } => handed(args) && !touches(dest, place),
        TermKind::Await { future, dest, .. } => read(future) && !touches(dest, place),
        _ => true,
    }
}

/// Whether what lies in `whole` includes what lies in `part`.
fn covers(whole: &Place, part: &Place) -> bool {
    whole.local == part.local && part.proj.starts_with(&whole.proj)
}

/// Whether writing `written` changes which array lies in `place`: not when an element is written, or another field.
fn touches(written: &Place, place: &Place) -> bool {
    if covers(written, place) {
        return true;
    }
    let element = written.proj.get(place.proj.len());
    covers(place, written) && !matches!(element, Some(Proj::Index(_)))
}

/// Moves the question in front of the loop.
fn hoist(body: &mut Body, found: &Loop, first: BlockId, places: Vec<Place>) {
    for id in &found.blocks {
        body.blocks[*id]
            .stmts
            .retain(|stmt| !matches!(&stmt.kind, StmtKind::EnsureUnique(place) if places.contains(place)));
    }
    let span = body.blocks[first].term.span;
    let stmts = places.into_iter().map(|place| Stmt { kind: StmtKind::EnsureUnique(place), span }).collect();
    let term = Terminator { kind: TermKind::Goto(first), span };
    let unique = body.blocks.push(Block { stmts, term, cleanup: body.blocks[first].cleanup });
    let mut test = body.blocks[found.head].clone();
    test.term.kind.for_each_successor_mut(&mut |next| {
        if *next == first {
            *next = unique;
        }
    });
    let test = body.blocks.push(test);
    for entry in &found.entries {
        body.blocks[*entry].term.kind.for_each_successor_mut(&mut |next| {
            if *next == found.head {
                *next = test;
            }
        });
    }
}
