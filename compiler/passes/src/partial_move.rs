//! Moving parts out of an aggregate that dies with the last of these moves.
//!
//! Taking a pair apart (`const (tx, rx) = channel(1)`) or binding a variant's payload copies parts
//! of a local that nobody reads again. Such copies, in one block, are moves; what they leave behind
//! is dropped after the last one. Statements never unwind, so nobody sees the local half empty.
//!
//! Nothing moves out of a cell here, because others may share it: `take_apart` deals with cells before.

use rustc_hash::FxHashMap;
use wyn_base::IndexVec;
use wyn_mir::ownership::{Lifetime, boxed, counted, lifetime};
use wyn_mir::{Adt, AdtId, Block, Body, Local, LocalKind, Operand, Place, Proj, Rvalue, StmtKind, TyKind};

use wyn_mir::local_set::LocalSet;

use crate::analysis::Effect;

type Adts = IndexVec<AdtId, Adt>;

/// A statement that moves a part.
#[derive(Clone)]
pub(crate) struct PartMove {
    /// The part.
    pub part: Place,
    /// After the last move out of a local: what is left of it, to be dropped.
    pub rest: Option<Vec<Place>>,
}

/// The statements of a block that move parts, by position.
pub(crate) fn find(
    body: &Body,
    block: &Block,
    after: &[LocalSet],
    owned: &[Option<Lifetime>],
    adts: &Adts,
) -> FxHashMap<usize, PartMove> {
    let mut found: FxHashMap<usize, PartMove> = FxHashMap::default();
    // For each local whose moves can still be extended backwards: the positions of its moves.
    let mut open: FxHashMap<Local, Vec<usize>> = FxHashMap::default();
    let mut done: Vec<Vec<usize>> = Vec::new();
    for (at, stmt) in block.stmts.iter().enumerate().rev() {
        let effect = Effect::of_stmt(&stmt.kind);
        if let Some(part) = copied_part(&stmt.kind)
            && owned[wyn_base::Idx::index(part.local)].is_some()
            && !part.enters_cell(body, adts)
        {
            let counted = counted(part.ty(body, adts), adts);
            // A part without counts is still there when all others are gone.
            let disjoint = |run: &Vec<usize>| !counted || run.iter().all(|at| apart(&found[at].part, part));
            if !after[at].contains(part.local) || open.get(&part.local).is_some_and(disjoint) {
                let run = open.entry(part.local).or_default();
                if counted {
                    run.push(at);
                    found.insert(at, PartMove { part: part.clone(), rest: None });
                }
                done.extend(effect.def.and_then(|def| open.remove(&def)));
                continue;
            }
        }
        for local in effect.uses.iter().copied().chain(effect.def) {
            done.extend(open.remove(&local));
        }
    }
    done.extend(open.into_values());
    for run in done.into_iter().filter(|run| !run.is_empty()) {
        let parts: Vec<&Place> = run.iter().map(|at| &found[at].part).collect();
        let root = Place::local(parts[0].local);
        let mut rest = Vec::new();
        uncovered(&root, &parts, body, adts, &mut rest);
        let keeps_order = body.locals[root.local].kind == LocalKind::Temp
            || rest.iter().all(|place| lifetime(place.ty(body, adts), adts) != Lifetime::Block);
        if keeps_order {
            // Positions were found from the end: the first is the last move.
            found.get_mut(&run[0]).into_iter().for_each(|last| last.rest = Some(std::mem::take(&mut rest)));
        } else {
            run.iter().for_each(|at| drop(found.remove(at)));
        }
    }
    found
}

/// The part that a statement copies to elsewhere, reached through fields alone.
pub(crate) fn copied_part(stmt: &StmtKind) -> Option<&Place> {
    match stmt {
        StmtKind::Assign(dest, Rvalue::Use(Operand::Copy(place)))
            if dest.local != place.local
                && !place.proj.is_empty()
                && !place.proj.iter().any(|step| matches!(step, Proj::Index(_) | Proj::Content)) =>
        {
            Some(place)
        }
        _ => None,
    }
}

/// Whether neither place lies within the other.
fn apart(a: &Place, b: &Place) -> bool {
    a.proj.iter().zip(&b.proj).any(|(x, y)| x != y)
}

/// Collects the counted parts of `place` that none of `parts` covers.
pub(crate) fn uncovered(place: &Place, parts: &[&Place], body: &Body, adts: &Adts, left: &mut Vec<Place>) {
    let ty = place.ty(body, adts);
    if parts.contains(&place) || !counted(ty, adts) {
        return;
    }
    let below = parts.iter().find(|part| part.proj.starts_with(&place.proj)).filter(|_| !boxed(ty, adts));
    let Some(step) = below.and_then(|part| part.proj.get(place.proj.len())) else {
        left.push(place.clone());
        return;
    };
    let children: Vec<Proj> = match (step, ty.kind()) {
        (Proj::Field(_), TyKind::Tuple(types)) => (0..types.len() as u32).map(Proj::Field).collect(),
        (Proj::Field(_), TyKind::Adt(adt, ..)) => {
            (0..adts[*adt].variants[0].fields.len() as u32).map(Proj::Field).collect()
        }
        (Proj::Variant(variant, _), TyKind::Adt(adt, ..)) => {
            let fields = adts[*adt].variants[*variant as usize].fields.len() as u32;
            (0..fields).map(|at| Proj::Variant(*variant, at)).collect()
        }
        _ => Vec::new(),
    };
    for child in children {
        uncovered(&place.then(child), parts, body, adts, left);
    }
}
