//! Removes retains that only bridge a look (`f = Dup(place)`, looks at `f`, `Release(f)`).
//!
//! *Requires* and *ensures* Counted. A local that is made once, by duplicating a place, and only
//! looked at afterwards can be the place itself, provided the place keeps what it holds as long as
//! anybody looks. Its retain and releases disappear: iterating an array of futures and awaiting
//! each holds no second reference, so each may still be run in place by whoever awaits it.
//!
//! Resources that die with their block are left alone: their drop points are the language's. One that is lent
//! to a callee is not among them: the call is all that it lives for, so a method of what somebody else holds
//! meanwhile counts nothing.
//!
//! The place stays valid because values do not alias: what a local holds changes only through that
//! local, and an object that somebody else shares is copied before it is changed.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::IndexVec;
use wyn_mir::local_set::{Followed, LocalSet};
use wyn_mir::ownership::{Lifetime, lifetime};
use wyn_mir::{
    Adt, AdtId, BlockId, Body, Local, LocalKind, Operand, ParamMode, Place, Proj, Rvalue, Stmt, StmtKind,
    TermKind,
};

use crate::analysis::{Effect, live_before_term, live_in, mut_roots, normal_successor, step_back};

type Adts = IndexVec<AdtId, Adt>;

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &Adts) {
    loop {
        let replacements = find(body, adts);
        if replacements.is_empty() {
            return;
        }
        apply(body, &replacements);
    }
}

/// Locals that can stand for a place, with the place; no local is both replaced and a root.
fn find(body: &Body, adts: &Adts) -> FxHashMap<Local, Place> {
    let mut candidates = looked_at_only(body);
    candidates.retain(|local, _| {
        let decl = &body.locals[*local];
        decl.kind == LocalKind::Lent || lifetime(decl.ty, adts) != Lifetime::Block
    });
    if candidates.is_empty() {
        return FxHashMap::default();
    }
    drop_invalidated(body, &mut candidates);
    let mut chosen: Vec<(Local, Place)> = candidates.into_iter().collect();
    chosen.sort_by_key(|(local, _)| *local);
    let mut replaced = FxHashSet::default();
    let mut roots = FxHashSet::default();
    let mut kept = FxHashMap::default();
    for (local, place) in chosen {
        if !roots.contains(&local) && !replaced.contains(&place.local) {
            replaced.insert(local);
            roots.insert(place.local);
            kept.insert(local, place);
        }
    }
    kept
}

/// Locals with one definition, by `Dup` of another local's place, that are only looked at.
fn looked_at_only(body: &Body) -> FxHashMap<Local, Place> {
    let mut defined: FxHashMap<Local, Option<Place>> = FxHashMap::default();
    let mut spoilt: FxHashSet<Local> = FxHashSet::default();
    for block in &body.blocks {
        for stmt in &block.stmts {
            let dup = match &stmt.kind {
                StmtKind::Assign(dest, Rvalue::Dup(place)) if dest.local != place.local => {
                    Some(place.clone())
                }
                _ => None,
            };
            let def = Effect::of_stmt(&stmt.kind).def;
            note_definition(&mut defined, def, dup);
            spoilt.extend(changed_roots(&stmt.kind));
            stmt.kind.for_each_operand(&mut |operand| spoilt.extend(taken(operand)));
        }
        let term = &block.term.kind;
        note_definition(&mut defined, Effect::of_term(term).def, None);
        spoilt.extend(changed_by_term(term));
        if !matches!(term, TermKind::Await { .. }) {
            term.for_each_operand(&mut |operand| spoilt.extend(taken(operand)));
        }
    }
    defined
        .into_iter()
        .filter(|(local, _)| {
            matches!(body.locals[*local].kind, LocalKind::Var | LocalKind::Temp | LocalKind::Lent)
        })
        .filter(|(local, _)| !spoilt.contains(local))
        .filter_map(|(local, place)| place.map(|place| (local, place)))
        .filter(|(_, place)| body.locals[place.local].kind != LocalKind::Param(ParamMode::Mut))
        .collect()
}

fn note_definition(defined: &mut FxHashMap<Local, Option<Place>>, def: Option<Local>, place: Option<Place>) {
    if let Some(def) = def {
        let first = !defined.contains_key(&def);
        defined.insert(def, place.filter(|_| first));
    }
}

/// The local that an operand takes from.
fn taken(operand: &Operand) -> Option<Local> {
    match operand {
        Operand::Move(place) => Some(place.local),
        _ => None,
    }
}

/// Roots that a statement changes in part or in place (not by defining or releasing the whole).
fn changed_roots(stmt: &StmtKind) -> Vec<Local> {
    let mut roots = Vec::new();
    match stmt {
        StmtKind::Assign(dest, _) if !dest.proj.is_empty() => roots.push(dest.local),
        StmtKind::Release(place) if !place.proj.is_empty() => roots.push(place.local),
        StmtKind::EnsureUnique(place) => roots.push(place.local),
        StmtKind::Intrinsic(dest, _, _, args) => {
            if !dest.proj.is_empty() {
                roots.push(dest.local);
            }
            roots.extend(mut_roots(args));
        }
        _ => {}
    }
    roots
}

fn changed_by_term(term: &TermKind) -> Vec<Local> {
    match term {
        TermKind::Call { args, dest, .. } => {
            let part = (!dest.proj.is_empty()).then_some(dest.local);
            mut_roots(args).chain(part).collect()
        }
        TermKind::Await { dest, .. } if !dest.proj.is_empty() => vec![dest.local],
        _ => Vec::new(),
    }
}

/// Drops the candidates whose place changes while they are live.
fn drop_invalidated(body: &Body, candidates: &mut FxHashMap<Local, Place>) {
    // For each local on which candidates depend: those candidates.
    let mut dependents: FxHashMap<Local, Vec<Local>> = FxHashMap::default();
    for (local, place) in &*candidates {
        dependents.entry(place.local).or_default().push(*local);
        for step in &place.proj {
            if let Proj::Index(index) = step {
                dependents.entry(*index).or_default().push(*local);
            }
        }
    }
    let followed = Followed::new(body, |local| candidates.contains_key(&local));
    let live = live_in(body, &followed);
    for id in body.blocks.indices() {
        check_block(body, id, &followed, &live, &dependents, candidates);
    }
}

fn check_block(
    body: &Body,
    id: BlockId,
    followed: &Rc<Followed>,
    live: &IndexVec<BlockId, LocalSet>,
    dependents: &FxHashMap<Local, Vec<Local>>,
    candidates: &mut FxHashMap<Local, Place>,
) {
    let term = &body.blocks[id].term.kind;
    let effect = Effect::of_term(term);
    let mut changed = changed_by_term(term);
    term.for_each_operand(&mut |operand| changed.extend(taken(operand)));
    let mut after = LocalSet::new(followed);
    term.for_each_successor(&mut |next| {
        after.union(&live[*next]);
    });
    invalidate(&changed, &effect.uses, &after, dependents, candidates);
    if let (Some(def), Some(next)) = (effect.def, normal_successor(term)) {
        invalidate(&[def], &[], &live[next], dependents, candidates);
    }
    let mut after = live_before_term(body, id, live);
    for stmt in body.blocks[id].stmts.iter().rev() {
        let effect = Effect::of_stmt(&stmt.kind);
        let mut changed = changed_roots(&stmt.kind);
        changed.extend(effect.def);
        if let StmtKind::Release(place) = &stmt.kind {
            changed.push(place.local);
        }
        stmt.kind.for_each_operand(&mut |operand| changed.extend(taken(operand)));
        invalidate(&changed, &effect.uses, &after, dependents, candidates);
        step_back(&mut after, &effect);
    }
}

fn invalidate(
    changed: &[Local],
    uses: &[Local],
    after: &LocalSet,
    dependents: &FxHashMap<Local, Vec<Local>>,
    candidates: &mut FxHashMap<Local, Place>,
) {
    for root in changed {
        for dependent in dependents.get(root).into_iter().flatten() {
            if after.contains(*dependent) || uses.contains(dependent) {
                candidates.remove(dependent);
            }
        }
    }
}

fn apply(body: &mut Body, replacements: &FxHashMap<Local, Place>) {
    for block in body.blocks.iter_mut() {
        block.stmts.retain(|stmt| !vanishes(stmt, replacements));
        for stmt in &mut block.stmts {
            stmt.kind.for_each_operand_mut(&mut |operand| look(operand, replacements));
            if let StmtKind::Assign(
                _,
                Rvalue::Dup(place) | Rvalue::Discriminant(place) | Rvalue::Len(place),
            ) = &mut stmt.kind
            {
                *place = redirect(place, replacements);
            }
        }
        block.term.kind.for_each_operand_mut(&mut |operand| look(operand, replacements));
    }
}

/// Whether a statement is the definition or a release of a replaced local.
fn vanishes(stmt: &Stmt, replacements: &FxHashMap<Local, Place>) -> bool {
    match &stmt.kind {
        StmtKind::Assign(dest, Rvalue::Dup(_)) | StmtKind::Release(dest) => {
            dest.as_local().is_some_and(|local| replacements.contains_key(&local))
        }
        _ => false,
    }
}

fn look(operand: &mut Operand, replacements: &FxHashMap<Local, Place>) {
    if let Operand::Borrow(place) | Operand::Copy(place) | Operand::Move(place) = operand
        && replacements.contains_key(&place.local)
    {
        let whole = redirect(place, replacements);
        // A copy here is of an uncounted part; a move is an await's.
        *operand =
            if matches!(operand, Operand::Copy(_)) { Operand::Copy(whole) } else { Operand::Borrow(whole) };
    }
}

fn redirect(place: &Place, replacements: &FxHashMap<Local, Place>) -> Place {
    match replacements.get(&place.local) {
        Some(target) => {
            let proj = target.proj.iter().chain(&place.proj).copied().collect();
            Place { local: target.local, proj }
        }
        None => place.clone(),
    }
}
