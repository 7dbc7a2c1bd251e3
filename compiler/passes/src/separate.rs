//! Keeps what one call reads apart from what it writes.
//!
//! *Requires* parameter modes. *Ensures* that no borrowed argument of a call or intrinsic reaches
//! into a local that the same instruction changes through a `mut` argument or its destination:
//! such an argument is copied to a temporary first (`xs.push(xs[0])`, `a.extend(a)`, `x = f(x)`).

use wyn_mir::ownership::resource;
use wyn_mir::{
    Adt, AdtId, Arg, Block, BlockId, Body, Local, LocalDecl, LocalKind, Operand, Place, Rvalue, Stmt,
    StmtKind, TermKind, Terminator,
};

type Adts = wyn_base::IndexVec<AdtId, Adt>;

/// Rewrites one body.
pub(crate) fn run(body: &mut Body, adts: &Adts) {
    for id in body.blocks.indices() {
        let stmts = std::mem::take(&mut body.blocks[id].stmts);
        let mut out = Vec::with_capacity(stmts.len());
        for mut stmt in stmts {
            if let StmtKind::Intrinsic(_, _, _, args) = &mut stmt.kind {
                copy_overlapping(body, adts, args, stmt.span, &mut out);
            }
            out.push(stmt);
        }
        let mut term = body.blocks[id].term.clone();
        if let TermKind::Call { args, .. } = &mut term.kind {
            copy_overlapping(body, adts, args, term.span, &mut out);
        }
        split_destination(body, adts, &mut term, id);
        body.blocks[id].stmts = out;
        body.blocks[id].term = term;
    }
}

fn copy_overlapping(
    body: &mut Body,
    adts: &Adts,
    args: &mut [Arg],
    span: wyn_base::Span,
    out: &mut Vec<Stmt>,
) {
    let changed: Vec<Local> = args
        .iter()
        .filter_map(|arg| match arg {
            Arg::Mut(place) => Some(place.local),
            Arg::Value(_) => None,
        })
        .collect();
    for arg in args {
        if let Arg::Value(Operand::Borrow(place)) = arg
            && changed.contains(&place.local)
        {
            let ty = place.ty(body, adts);
            // A resource ends right behind the call: no scope's end speaks of it.
            let kind = if resource(ty, adts) { LocalKind::Lent } else { LocalKind::Temp };
            let temp = body.locals.push(LocalDecl { ty, name: None, kind, span });
            let copy = Rvalue::Use(Operand::Copy(place.clone()));
            out.push(Stmt { kind: StmtKind::Assign(temp.into(), copy), span });
            *place = temp.into();
        }
    }
}

/// Gives a call that reads its own destination another one.
fn split_destination(body: &mut Body, adts: &Adts, term: &mut Terminator, id: BlockId) {
    let reads = reads_destination(&term.kind);
    let (TermKind::Call { dest, target: Some(target), .. } | TermKind::Await { dest, target, .. }) =
        &mut term.kind
    else {
        return;
    };
    if !reads {
        return;
    }
    let (span, cleanup) = (term.span, body.blocks[id].cleanup);
    let ty = dest.ty(body, adts);
    let temp = body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Temp, span });
    let real = std::mem::replace(dest, Place::local(temp));
    let copy = Rvalue::Use(Operand::Copy(temp.into()));
    *target = body.blocks.push(Block {
        stmts: vec![Stmt { kind: StmtKind::Assign(real, copy), span }],
        term: Terminator { kind: TermKind::Goto(*target), span },
        cleanup,
    });
}

fn reads_destination(term: &TermKind) -> bool {
    match term {
        TermKind::Call { args, dest, .. } => args.iter().any(|arg| match arg {
            Arg::Value(operand) => operand.place().is_some_and(|place| place.local == dest.local),
            Arg::Mut(place) => place.local == dest.local,
        }),
        TermKind::Await { future, dest, .. } => future.place().is_some_and(|place| place.local == dest.local),
        _ => false,
    }
}
