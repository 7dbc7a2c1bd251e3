//! Makes counting explicit: the only file that inserts retains and releases.
//!
//! *Requires* Owned. *Ensures* Counted: a `Copy` of a counted value becomes a `Dup` into a
//! temporary that is moved on at once; a `Drop` becomes a `Release`, or nothing for a type without
//! counts.

use wyn_base::IndexVec;
use wyn_mir::ownership::counted;
use wyn_mir::{Adt, AdtId, Body, LocalDecl, LocalKind, Operand, Place, Rvalue, Stmt, StmtKind};

type Adts = IndexVec<AdtId, Adt>;

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &Adts) {
    for id in body.blocks.indices() {
        let stmts = std::mem::take(&mut body.blocks[id].stmts);
        let mut out = Vec::with_capacity(stmts.len());
        for mut stmt in stmts {
            let span = stmt.span;
            stmt.kind = match stmt.kind {
                StmtKind::Drop(place) => {
                    if counted(place.ty(body, adts), adts) {
                        out.push(Stmt { kind: StmtKind::Release(place), span });
                    }
                    continue;
                }
                StmtKind::Assign(dest, Rvalue::Use(Operand::Copy(place)))
                    if counted(place.ty(body, adts), adts) =>
                {
                    out.push(Stmt { kind: StmtKind::Assign(dest, Rvalue::Dup(place)), span });
                    continue;
                }
                kind => kind,
            };
            stmt.kind.for_each_operand_mut(&mut |operand| duplicate(operand, body, adts, span, &mut out));
            out.push(stmt);
        }
        let mut term = body.blocks[id].term.clone();
        let span = term.span;
        term.kind.for_each_operand_mut(&mut |operand| duplicate(operand, body, adts, span, &mut out));
        body.blocks[id].stmts = out;
        body.blocks[id].term = term;
    }
}

fn duplicate(operand: &mut Operand, body: &mut Body, adts: &Adts, span: wyn_base::Span, out: &mut Vec<Stmt>) {
    let Operand::Copy(place) = operand else { return };
    let ty = place.ty(body, adts);
    if !counted(ty, adts) {
        return;
    }
    let temp = body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Temp, span });
    let dup = Rvalue::Dup(place.clone());
    out.push(Stmt { kind: StmtKind::Assign(Place::local(temp), dup), span });
    *operand = Operand::Move(Place::local(temp));
}
