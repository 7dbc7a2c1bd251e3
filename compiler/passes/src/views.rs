//! Finds a row of an array of arrays in front of the loop that goes along it.
//!
//! *Requires* and *ensures* Lowered. A loop that reads or writes elements `rows[i][j]`, `i` staying as it is, looks in each
//! iteration which array lies in `rows[i]`, how long it is and, if it writes there, whether somebody else holds it: for LLVM
//! any element that is written might be what holds the row. Where nothing in the loop can change the answers, they are
//! found in front of it: a [view](LocalKind::View) stands for the row.
//!
//! ```text
//! entry -> head                                        entry -> ask: i < len rows ? row : head
//!                                                      row: unique rows[i]; v = rows[i]; n = len v -> head
//! head: ... i < len rows or panic                 =>   head: ... i < len rows or panic
//!       unique rows[i]; n = len rows[i]                      ...
//!       rows[i][j] = x; ... -> head                          v[j] = x; ... -> head
//! ```
//!
//! The check of `i` stays where it is; where it fails nobody reads the view. A row lies in fields of the element, never in a variant of it: the
//! check for that stands in the loop, too.

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{IndexVec, Span};
use wyn_mir::{
    Adt, AdtId, Arg, BinOp, Block, BlockId, Body, Const, IntTy, Local, LocalDecl, LocalKind, Operand, Place,
    Proj, Rvalue, Stmt, StmtKind, TermKind, Terminator, Ty, TyKind,
};

use crate::invariant::{covers, keeps_array, keeps_holder, lead, simple};
use crate::loops::{self, Loop};

type Adts = IndexVec<AdtId, Adt>;

/// Loops in one another, and views in a body, at most: LLVM copies whole nests for what is asked in them and stays the same.
const DEEPEST: usize = 4;
const MOST: usize = 32;

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &Adts) {
    let mut leads_through_rows = false;
    for block in body.blocks.indices() {
        body.blocks[block].for_each_place_mut(&mut |place| leads_through_rows |= row_steps(place).is_some());
    }
    if !leads_through_rows {
        return;
    }
    let heads = loops::heads(body);
    let mut views = 0;
    for &head in heads.iter().filter(|head| **head != wyn_mir::ENTRY) {
        let Some(found) = loops::natural(body, head) else { continue };
        if heads.iter().filter(|head| found.blocks.contains(head)).count() > DEEPEST {
            continue;
        }
        let rows = rows(body, &found, adts);
        views += rows.len();
        if views > MOST {
            return;
        }
        if !rows.is_empty() {
            look_ahead(body, &found, rows, adts);
        }
    }
}

/// An array among the elements of another.
struct Row {
    /// Its place, by an index that is the same in all iterations.
    place: Place,
    /// Where the index stands in it.
    index: usize,
    /// Whether the loop makes it unique.
    unique: bool,
}

/// How many steps of a place lead to the row that it goes through, up to the index of the row, and behind that.
fn row_steps(place: &Place) -> Option<(usize, usize)> {
    let mut indices = (0..place.proj.len()).filter(|at| matches!(place.proj[*at], Proj::Index(_)));
    Some((indices.next()?, indices.next()?))
}

/// The rows of a loop that stay what and where they are.
fn rows(body: &mut Body, found: &Loop, adts: &Adts) -> Vec<Row> {
    let indices = Indices::of(body, found);
    let mut blocks: Vec<BlockId> = found.blocks.iter().copied().collect();
    blocks.sort_unstable();
    let mut rows: Vec<Row> = Vec::new();
    let mut note = |place: &Place, index: usize, unique: bool| {
        let Some(place) = indices.settled(place, index) else { return };
        match rows.iter_mut().find(|row| row.place == place) {
            Some(row) => row.unique |= unique,
            None => rows.push(Row { place, index, unique }),
        }
    };
    // All that is made unique among elements has to be known here, or the rest cannot be.
    let mut asked: Vec<Place> = Vec::new();
    for id in &blocks {
        for stmt in &body.blocks[*id].stmts {
            if let StmtKind::EnsureUnique(place) = &stmt.kind {
                let index = place.proj.iter().position(|step| matches!(step, Proj::Index(_)));
                match index.and_then(|index| Some((index, indices.settled(place, index)?))) {
                    Some((index, settled)) if row_steps(place).is_none() => {
                        note(place, index, true);
                        asked.push(settled);
                    }
                    _ => asked.push(place.clone()),
                }
            }
        }
        body.blocks[*id].for_each_place_mut(&mut |place| {
            if let Some((index, end)) = row_steps(place) {
                let row = Place { local: place.local, proj: place.proj[..end].to_vec() };
                note(&row, index, false);
            }
        });
    }
    let body = &*body;
    let all = |keeps: &dyn Fn(&Block) -> bool| blocks.iter().all(|id| keeps(&body.blocks[*id]));
    // What is made unique through one view may lie in another: none is taken of what a view shows.
    let stays = |row: &Row| {
        let array = Place { local: row.place.local, proj: row.place.proj[..row.index].to_vec() };
        body.locals[array.local].kind != LocalKind::View
            && simple(&array, body, adts)
            && row.place.proj[row.index + 1..].iter().all(|step| matches!(step, Proj::Field(_)))
            && !row.place.enters_cell(body, adts)
            && matches!(row.place.ty(body, adts).kind(), TyKind::Array(_))
            && all(&|block| keeps_array(block, &array) && keeps_array(block, &row.place))
            && (!row.unique
                || all(&|block| keeps_holder(block, &row.place))
                    && loops::passes(body, found, found.head, |id| {
                        indices.makes_unique(&body.blocks[id], row)
                    }))
    };
    rows.retain(stays);
    let settles = |row: &Row| {
        let mut asked = asked.iter().filter(|asked| covers(asked, &row.place));
        asked.all(|asked| rows.iter().any(|row| row.unique && row.place == *asked))
    };
    let settled: Vec<bool> = rows.iter().map(settles).collect();
    let mut settled = settled.into_iter();
    rows.retain(|_| settled.next().unwrap_or(false));
    rows
}

/// The locals that a loop writes, and those that it only makes copies of others.
struct Indices {
    written: FxHashSet<Local>,
    copies: FxHashMap<Local, Local>,
}

impl Indices {
    fn of(body: &Body, found: &Loop) -> Indices {
        let mut written: FxHashMap<Local, u32> = FxHashMap::default();
        let mut copies = FxHashMap::default();
        let mut write = |place: &Place| *written.entry(place.local).or_default() += 1;
        let lent = |args: &[Arg], write: &mut dyn FnMut(&Place)| {
            for arg in args {
                if let Arg::Mut(place) = arg {
                    write(place);
                }
            }
        };
        for id in &found.blocks {
            for stmt in &body.blocks[*id].stmts {
                match &stmt.kind {
                    StmtKind::Assign(to, rvalue) => {
                        write(to);
                        if let (Some(to), Rvalue::Use(Operand::Copy(from) | Operand::Borrow(from))) =
                            (to.as_local(), rvalue)
                            && let Some(from) = from.as_local()
                        {
                            copies.insert(to, from);
                        }
                    }
                    StmtKind::Intrinsic(to, _, _, args) => {
                        write(to);
                        lent(args, &mut write);
                    }
                    _ => {}
                }
            }
            match &body.blocks[*id].term.kind {
                TermKind::Call { dest, args, .. } => {
                    write(dest);
                    lent(args, &mut write);
                }
                TermKind::Await { dest, .. } => write(dest),
                _ => {}
            }
        }
        copies.retain(|to, from| written.get(to) == Some(&1) && !written.contains_key(from));
        Indices { written: written.into_keys().collect(), copies }
    }

    /// The place with an index in this step that the loop does not write.
    fn settled(&self, place: &Place, step: usize) -> Option<Place> {
        let Proj::Index(index) = place.proj[step] else { return None };
        let index = self.copies.get(&index).copied().unwrap_or(index);
        let mut place = place.clone();
        place.proj[step] = Proj::Index(index);
        (!self.written.contains(&index)).then_some(place)
    }

    /// Whether a block makes a row unique.
    fn makes_unique(&self, block: &Block, row: &Row) -> bool {
        block
            .stmts
            .iter()
            .any(|stmt| matches!(&stmt.kind, StmtKind::EnsureUnique(place) if self.is_row(place, row)))
    }

    /// Whether a place is that of a row.
    fn is_row(&self, place: &Place, row: &Row) -> bool {
        place.proj.len() == row.place.proj.len() && self.leads_through(place, row)
    }

    /// Whether a place is that of a row, or leads through it.
    fn leads_through(&self, place: &Place, row: &Row) -> bool {
        place.local == row.place.local
            && place.proj.len() >= row.place.proj.len()
            && self.settled(place, row.index).is_some_and(|place| place.proj.starts_with(&row.place.proj))
    }
}

/// Finds the rows in front of the loop: those first that are made unique, which others may be, too.
fn look_ahead(body: &mut Body, found: &Loop, mut rows: Vec<Row>, adts: &Adts) {
    rows.sort_by_key(|row| !row.unique);
    let indices = Indices::of(body, found);
    let span = body.blocks[found.head].term.span;
    let mut temp =
        |body: &mut Body, ty: Ty, kind: LocalKind| body.locals.push(LocalDecl { ty, name: None, kind, span });
    let views: Vec<(Row, Local, Local)> = rows
        .into_iter()
        .map(|row| {
            let view = temp(body, row.place.ty(body, adts), LocalKind::View);
            let length = temp(body, Ty::int(), LocalKind::Temp);
            (row, view, length)
        })
        .collect();
    for id in &found.blocks {
        let block = &mut body.blocks[*id];
        block.stmts.retain(|stmt| {
            let StmtKind::EnsureUnique(place) = &stmt.kind else { return true };
            !views.iter().any(|(row, ..)| indices.is_row(place, row))
        });
        for stmt in &mut block.stmts {
            if let StmtKind::Assign(_, rvalue) = &mut stmt.kind
                && let Rvalue::Len(place) = rvalue
                && let Some((.., length)) = views.iter().find(|(row, ..)| indices.is_row(place, row))
            {
                *rvalue = Rvalue::Use(Operand::Copy((*length).into()));
            }
        }
        block.for_each_place_mut(&mut |place| {
            let through = views.iter().find(|(row, ..)| {
                place.proj.len() > row.place.proj.len() && indices.leads_through(place, row)
            });
            if let Some((row, view, _)) = through {
                *place = Place { local: *view, proj: place.proj.split_off(row.place.proj.len()) };
            }
        });
    }
    let mut next = found.head;
    for (row, view, length) in views.into_iter().rev() {
        next = ask(body, next, (&row, view, length), &mut temp, span);
    }
    for entry in &found.entries {
        lead(body, *entry, found.head, next);
    }
}

/// The block that looks whether there is such a row, makes the view of it if so, and goes on with `next`.
fn ask(
    body: &mut Body,
    next: BlockId,
    (row, view, length): (&Row, Local, Local),
    temp: &mut impl FnMut(&mut Body, Ty, LocalKind) -> Local,
    span: Span,
) -> BlockId {
    let cleanup = body.blocks[next].cleanup;
    let block = |body: &mut Body, stmts: Vec<StmtKind>, kind: TermKind| {
        let stmts = stmts.into_iter().map(|kind| Stmt { kind, span }).collect();
        body.blocks.push(Block { stmts, term: Terminator { kind, span }, cleanup })
    };
    let Proj::Index(index) = row.place.proj[row.index] else { return next };
    let copy = |local: Local| Operand::Copy(local.into());
    let set = |to: Local, rvalue: Rvalue| StmtKind::Assign(to.into(), rvalue);
    let mut there = Vec::new();
    if row.unique {
        there.push(StmtKind::EnsureUnique(row.place.clone()));
    }
    there.push(set(view, Rvalue::Use(Operand::Borrow(row.place.clone()))));
    there.push(set(length, Rvalue::Len(view.into())));
    let there = block(body, there, TermKind::Goto(next));
    let none = Rvalue::Use(Operand::Const(Const::Int(0, Ty::int())));
    let absent = block(body, vec![set(length, none)], TermKind::Goto(next));
    let unsigned = Ty::new(TyKind::Int(IntTy::U64));
    let rows = temp(body, Ty::int(), LocalKind::Temp);
    let limit = temp(body, unsigned, LocalKind::Temp);
    let at = temp(body, unsigned, LocalKind::Temp);
    let is_there = temp(body, Ty::bool(), LocalKind::Temp);
    let array = Place { local: row.place.local, proj: row.place.proj[..row.index].to_vec() };
    let asks = vec![
        set(rows, Rvalue::Len(array)),
        set(limit, Rvalue::Convert(copy(rows), unsigned)),
        set(at, Rvalue::Convert(copy(index), unsigned)),
        set(is_there, Rvalue::Binary(BinOp::Lt, copy(at), copy(limit))),
    ];
    block(body, asks, TermKind::Switch(copy(is_there), vec![(0, absent)], there))
}
