//! Takes out of loops what stays as it is: that an array is held once, and how long it is.
//!
//! *Requires* and *ensures* Counted. A loop that writes elements of an array in every iteration asks each time whether
//! somebody else holds it (`EnsureUnique`), and might copy it, so LLVM can neither keep its address nor make
//! vectors. If nothing in the loop can make a second holder, the answer of the first iteration stays true. And
//! each check of an index reads the length, which LLVM may not read earlier than the program does: it lies in
//! memory that might not be there. Here it is known to be, because nothing in the loop gives the place its array.
//!
//! The loop's test is written a second time in front of it, and both stand behind that: a loop without iterations
//! copies nothing.
//!
//! ```text
//! entry -> head: test ? body : exit                    entry -> first: test ? before : exit
//!                                                  =>  before: unique a; n = len a -> body
//! body: unique a; n = len a; ... -> head               body: ... -> head: test ? body : exit
//! ```

use rustc_hash::FxHashSet;
use wyn_base::IndexVec;
use wyn_mir::{
    Adt, AdtId, Arg, Block, BlockId, Body, Intrinsic, Local, LocalDecl, LocalKind, Operand, Place, Proj,
    Rvalue, Stmt, StmtKind, TermKind, Terminator, Ty,
};

use crate::loops::{self, Loop};

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &IndexVec<AdtId, Adt>) {
    let asks =
        |stmt: &Stmt| matches!(stmt.kind, StmtKind::EnsureUnique(_) | StmtKind::Assign(_, Rvalue::Len(_)));
    if !body.blocks.iter().any(|block| block.stmts.iter().any(asks)) {
        return;
    }
    let heads = loops::heads(body);
    for &head in &heads {
        let Some(found) = loops::natural(body, head) else { continue };
        let Some(first) = first_of_iteration(body, &found) else { continue };
        let in_all = |keeps: fn(&Block, &Place) -> bool, place: &Place| {
            found.blocks.iter().all(|id| keeps(&body.blocks[*id], place))
        };
        let (unique, measured) = asked_for(body, &found);
        let unique: Vec<Place> = unique
            .into_iter()
            .filter(|place| simple(place, body, adts) && every_time(body, &found, first, place))
            .filter(|place| in_all(keeps_holder, place))
            .collect();
        let measured: Vec<Place> = measured
            .into_iter()
            .filter(|place| simple(place, body, adts) && in_all(keeps_array, place))
            .collect();
        if !unique.is_empty() || !measured.is_empty() {
            let first = if heads.contains(&first) { apart(body, &found, first) } else { first };
            hoist(body, &found, first, unique, measured);
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

/// The places that the loop makes unique, and those whose lengths it reads.
fn asked_for(body: &Body, found: &Loop) -> (Vec<Place>, Vec<Place>) {
    let mut blocks: Vec<BlockId> = found.blocks.iter().copied().collect();
    blocks.sort_unstable();
    let (mut unique, mut measured) = (Vec::new(), Vec::new());
    let note = |places: &mut Vec<Place>, place: &Place| {
        if !places.contains(place) {
            places.push(place.clone());
        }
    };
    for stmt in blocks.iter().flat_map(|id| &body.blocks[*id].stmts) {
        match &stmt.kind {
            StmtKind::EnsureUnique(place) => note(&mut unique, place),
            StmtKind::Assign(_, Rvalue::Len(place)) => note(&mut measured, place),
            _ => {}
        }
    }
    (unique, measured)
}

/// Whether the way to the place leads through nothing that is counted.
pub(crate) fn simple(place: &Place, body: &Body, adts: &IndexVec<AdtId, Adt>) -> bool {
    body.locals[place.local].kind != LocalKind::Env
        && place.proj.iter().all(|step| matches!(step, Proj::Field(_)))
        && !place.enters_cell(body, adts)
        && matches!(place.ty(body, adts).kind(), wyn_mir::TyKind::Array(_))
}

/// Whether each iteration that ends goes through a block that makes the place unique.
fn every_time(body: &Body, found: &Loop, first: BlockId, place: &Place) -> bool {
    let asks = |stmt: &Stmt| matches!(&stmt.kind, StmtKind::EnsureUnique(asked) if asked == place);
    loops::passes(body, found, first, |id| body.blocks[id].stmts.iter().any(asks))
}

/// Whether nothing in a block gives the array in the place a second holder, or the place another array.
pub(crate) fn keeps_holder(block: &Block, place: &Place) -> bool {
    let read = |operand: &Operand| operand.place().is_none_or(|other| !covers(other, place));
    let read_all =
        |args: &[Arg]| args.iter().all(|arg| !matches!(arg, Arg::Value(operand) if !read(operand)));
    let stmts = block.stmts.iter().all(|stmt| match &stmt.kind {
        StmtKind::Assign(_, rvalue) => {
            let mut reads = true;
            rvalue.for_each_operand(&mut |operand| reads &= read(operand));
            reads && !matches!(rvalue, Rvalue::Dup(other) if covers(other, place))
        }
        StmtKind::Intrinsic(_, intrinsic, _, args) => *intrinsic == Intrinsic::ArrayLen || read_all(args),
        _ => true,
    });
    let term = match &block.term.kind {
        TermKind::Call { args, .. } => read_all(args),
        TermKind::Await { future, .. } => read(future),
        _ => true,
    };
    stmts && term && keeps_array(block, place)
}

/// Whether nothing in a block gives the place another array, or the array another length.
pub(crate) fn keeps_array(block: &Block, place: &Place) -> bool {
    let gone = |operand: &Operand| matches!(operand, Operand::Move(other) if touches(other, place));
    let handed = |args: &[Arg]| {
        args.iter().all(|arg| match arg {
            Arg::Value(operand) => !gone(operand),
            Arg::Mut(other) => !touches(other, place),
        })
    };
    let stmts = block.stmts.iter().all(|stmt| match &stmt.kind {
        StmtKind::Assign(to, rvalue) => {
            let mut stays = !touches(to, place);
            rvalue.for_each_operand(&mut |operand| stays &= !gone(operand));
            stays
        }
        StmtKind::Intrinsic(to, _, _, args) => !touches(to, place) && handed(args),
        StmtKind::Drop(other) | StmtKind::Release(other) | StmtKind::Mark(other, _) => !touches(other, place),
        StmtKind::EnsureUnique(_) | StmtKind::Poll | StmtKind::ScopeEnd(_) => true,
    });
    stmts
        && match &block.term.kind {
            TermKind::Call { args, dest, .. } => handed(args) && !touches(dest, place),
            TermKind::Await { future, dest, .. } => !gone(future) && !touches(dest, place),
            _ => true,
        }
}

/// Whether what lies in `whole` may include what lies in `part`: two indices may be the same.
pub(crate) fn covers(whole: &Place, part: &Place) -> bool {
    let same = |(whole, part): (&Proj, &Proj)| {
        whole == part || matches!((whole, part), (Proj::Index(_), Proj::Index(_)))
    };
    whole.local == part.local
        && whole.proj.len() <= part.proj.len()
        && whole.proj.iter().zip(&part.proj).all(same)
}

/// Whether writing `written` changes which array lies in `place`: not when an element is written, or another field.
fn touches(written: &Place, place: &Place) -> bool {
    if covers(written, place) {
        return true;
    }
    let element = written.proj.get(place.proj.len());
    covers(place, written) && !matches!(element, Some(Proj::Index(_)))
}

/// Puts a block between a loop's head and the head of a loop in it. The one that iterations go on with becomes the head
/// of the loop when the questions are moved, and two loops are not to share a head: each has a poll of its own.
fn apart(body: &mut Body, found: &Loop, first: BlockId) -> BlockId {
    let Block { term, cleanup, .. } = &body.blocks[first];
    let term = Terminator { kind: TermKind::Goto(first), span: term.span };
    let between = body.blocks.push(Block { stmts: Vec::new(), term, cleanup: *cleanup });
    lead(body, found.head, first, between);
    between
}

/// Leads every way from a block to `old` to `new` instead.
pub(crate) fn lead(body: &mut Body, from: BlockId, old: BlockId, new: BlockId) {
    body.blocks[from].term.kind.for_each_successor_mut(&mut |next| {
        if *next == old {
            *next = new;
        }
    });
}

/// Moves the questions in front of the loop.
fn hoist(body: &mut Body, found: &Loop, first: BlockId, unique: Vec<Place>, measured: Vec<Place>) {
    let span = body.blocks[first].term.span;
    let lengths: Vec<Local> = measured
        .iter()
        .map(|_| body.locals.push(LocalDecl { ty: Ty::int(), name: None, kind: LocalKind::Temp, span }))
        .collect();
    // The test in front is the loop's as it was: it comes before the lengths are known.
    let test = body.blocks[found.head].clone();
    for id in &found.blocks {
        let stmts = &mut body.blocks[*id].stmts;
        stmts.retain(|stmt| !matches!(&stmt.kind, StmtKind::EnsureUnique(place) if unique.contains(place)));
        for stmt in stmts {
            if let StmtKind::Assign(_, rvalue) = &mut stmt.kind
                && let Rvalue::Len(place) = rvalue
                && let Some(at) = measured.iter().position(|known| known == place)
            {
                *rvalue = Rvalue::Use(Operand::Copy(lengths[at].into()));
            }
        }
    }
    let asked = unique.into_iter().map(StmtKind::EnsureUnique);
    let read = lengths.into_iter().zip(measured);
    let read = read.map(|(length, place)| StmtKind::Assign(length.into(), Rvalue::Len(place)));
    let stmts = asked.chain(read).map(|kind| Stmt { kind, span }).collect();
    let term = Terminator { kind: TermKind::Goto(first), span };
    let before = body.blocks.push(Block { stmts, term, cleanup: body.blocks[first].cleanup });
    let test = body.blocks.push(test);
    lead(body, test, first, before);
    for entry in &found.entries {
        lead(body, *entry, found.head, test);
    }
}
