//! Takes cells apart that die with the parts that are read out of them.
//!
//! *Requires* Built, monomorphised, parameter modes decided, arguments separated. *Ensures* the same. Where
//! a local dies with copies of its parts, all in one block, and some of them lie in the cell of a boxed
//! value (`match tree { Node(left, x, right) => .. }`), the cell is taken apart by one `Unbox` before the
//! first of them, and they are parts of the resulting tuple instead. So the ownership pass may move them:
//! a tree that nobody else holds gives its subtrees away without a single count and leaves its cell
//! for the next allocation.
//!
//! Locals that die with their block are left alone, because they may die after the copies; so are cells
//! that are themselves copied.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use wyn_base::{Idx, IndexVec, Span};
use wyn_mir::local_set::{Followed, LocalSet};
use wyn_mir::ownership::{Lifetime, Step, boxed, counted, search};
use wyn_mir::{
    Adt, AdtId, Block, Body, Local, LocalDecl, LocalKind, Operand, Place, Proj, Rvalue, Stmt, StmtKind, Ty,
    TyKind,
};

use crate::analysis::{Effect, live_after, live_in};
use crate::owned::lifetimes;
use crate::partial_move::copied_part;

type Adts = IndexVec<AdtId, Adt>;

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &Adts) {
    if !body.locals.iter().any(|decl| reaches_cell(decl.ty, adts)) {
        return;
    }
    let lifetimes = lifetimes(body, adts);
    let owned: Vec<bool> = body
        .locals
        .iter()
        .zip(&lifetimes)
        .map(|(decl, lifetime)| match lifetime {
            None => false,
            Some(Lifetime::Block) => decl.kind == LocalKind::Temp,
            Some(Lifetime::Plain | Lifetime::LastUse) => true,
        })
        .collect();
    let followed = Followed::new(body, |local| owned[local.index()]);
    let live = live_in(body, &followed);
    for id in body.blocks.indices() {
        let after = live_after(body, id, &live);
        let runs = runs(&body.blocks[id], &after, &owned);
        if runs.is_empty() {
            continue;
        }
        let mut stmts = std::mem::take(&mut body.blocks[id].stmts);
        let mut before: FxHashMap<usize, Vec<Stmt>> = FxHashMap::default();
        for run in runs {
            let span = stmts[run[0]].span;
            let parts = run.iter().filter_map(|at| Some((*at, copied_part(&stmts[*at].kind)?.clone())));
            let mut opening = Opening { body, adts, span, prelude: Vec::new(), renamed: Vec::new() };
            opening.cells(parts.collect());
            let Opening { prelude, renamed, .. } = opening;
            before.entry(run[0]).or_default().extend(prelude);
            for (at, place) in renamed {
                if let StmtKind::Assign(_, Rvalue::Use(Operand::Copy(part))) = &mut stmts[at].kind {
                    *part = place;
                }
            }
        }
        let out = stmts.into_iter().enumerate().flat_map(|(at, stmt)| {
            let before = before.remove(&at).unwrap_or_default();
            before.into_iter().chain([stmt])
        });
        body.blocks[id].stmts = out.collect();
    }
}

/// Whether a part of a value of this type, reached through fields alone, may lie in a cell.
fn reaches_cell(ty: Ty, adts: &Adts) -> bool {
    search(ty, adts, &mut |part| match part.kind() {
        TyKind::Tuple(_) => Step::Inside,
        TyKind::Adt(id, ..) if adts[*id].boxed => Step::Found,
        TyKind::Adt(..) => Step::Inside,
        _ => Step::Past,
    })
}

/// The positions of copies of parts of one local that dies with them, in order, for each such local.
fn runs(block: &Block, after: &[LocalSet], owned: &[bool]) -> Vec<Vec<usize>> {
    let mut open: FxHashMap<Local, Vec<usize>> = FxHashMap::default();
    let mut done: Vec<Vec<usize>> = Vec::new();
    for (at, stmt) in block.stmts.iter().enumerate().rev() {
        let effect = Effect::of_stmt(&stmt.kind);
        if let Some(part) = copied_part(&stmt.kind)
            && owned[part.local.index()]
            && (!after[at].contains(part.local) || open.contains_key(&part.local))
        {
            open.entry(part.local).or_default().push(at);
            done.extend(effect.def.and_then(|def| open.remove(&def)));
            continue;
        }
        for local in effect.uses.iter().copied().chain(effect.def) {
            done.extend(open.remove(&local));
        }
    }
    done.extend(open.into_values());
    done.iter_mut().for_each(|run| run.reverse());
    done.sort();
    done
}

/// Takes the cells on the ways to one local's parts apart.
struct Opening<'a> {
    body: &'a mut Body,
    adts: &'a Adts,
    span: Span,
    /// What happens before the first part is copied.
    prelude: Vec<Stmt>,
    /// Where parts are found then, by the position of their statement.
    renamed: Vec<(usize, Place)>,
}

impl Opening<'_> {
    /// Opens the first cell on the way to each of these parts of one local.
    fn cells(&mut self, parts: Vec<(usize, Place)>) {
        let mut cells: BTreeMap<Vec<u32>, Vec<(usize, Place)>> = BTreeMap::new();
        for (at, place) in &parts {
            if let Some(steps) = place.cell(self.body, self.adts) {
                let key = place.proj[..steps].iter().flat_map(|step| numbers(*step)).collect();
                cells.entry(key).or_default().push((*at, place.clone()));
            }
        }
        for inside in cells.into_values() {
            let first = &inside[0].1;
            let steps = first.cell(self.body, self.adts).unwrap_or(0);
            let cell = Place { local: first.local, proj: first.proj[..steps].to_vec() };
            let counted = |place: &Place| counted(place.ty(self.body, self.adts), self.adts);
            let worthwhile = inside.iter().any(|(_, place)| counted(place));
            let copied = parts.iter().any(|(_, part)| counted(part) && cell.proj.starts_with(&part.proj));
            if worthwhile && !copied {
                self.cell(&cell, inside);
            }
        }
    }

    /// Opens one cell, in which these parts lie.
    fn cell(&mut self, cell: &Place, inside: Vec<(usize, Place)>) {
        let ty = cell.ty(self.body, self.adts);
        let depth = cell.proj.len();
        let TyKind::Adt(adt, _, args) = ty.kind() else { return };
        debug_assert!(boxed(ty, self.adts), "only boxed values have cells");
        let variant = variant(inside[0].1.proj[depth]);
        if inside.iter().any(|(_, place)| self::variant(place.proj[depth]) != variant) {
            return;
        }
        let owner = match cell.as_local() {
            Some(local) => local,
            None => self.temp(ty, Rvalue::Use(Operand::Copy(cell.clone()))),
        };
        let fields = Ty::tuple(self.adts[*adt].variants[variant as usize].types(args).collect());
        let opened = self.temp(fields, Rvalue::Unbox(variant, Operand::Copy(owner.into())));
        let inside: Vec<(usize, Place)> = inside
            .into_iter()
            .map(|(at, place)| {
                let step = Proj::Field(field(place.proj[depth]));
                let proj = [step].into_iter().chain(place.proj[depth + 1..].iter().copied()).collect();
                (at, Place { local: opened, proj })
            })
            .collect();
        self.renamed.extend(inside.iter().cloned());
        self.cells(inside);
    }

    fn temp(&mut self, ty: Ty, value: Rvalue) -> Local {
        let temp =
            self.body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Temp, span: self.span });
        self.prelude.push(Stmt { kind: StmtKind::Assign(temp.into(), value), span: self.span });
        temp
    }
}

/// The variant that a step into a cell leads into.
fn variant(step: Proj) -> u32 {
    match step {
        Proj::Variant(variant, _) => variant,
        Proj::Field(_) | Proj::Index(_) | Proj::Content => 0,
    }
}

/// The field that a step into a cell leads to.
fn field(step: Proj) -> u32 {
    match step {
        Proj::Variant(_, field) | Proj::Field(field) => field,
        Proj::Index(_) | Proj::Content => unreachable!("a cell has fields alone"),
    }
}

/// A step as numbers, to order by.
fn numbers(step: Proj) -> [u32; 3] {
    match step {
        Proj::Field(field) => [0, 0, field],
        Proj::Variant(variant, field) => [1, variant, field],
        Proj::Index(index) => [2, 0, index.0],
        Proj::Content => [3, 0, 0],
    }
}
