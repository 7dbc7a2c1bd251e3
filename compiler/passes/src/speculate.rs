//! Takes checks of overflow out of branches, so that the branches can become choices between values.
//!
//! *Requires* and *ensures* Lowered. What both ways of a branch compute without effects LLVM computes beforehand, and chooses
//! by a conditional move: a branch that the processor cannot predict costs more than several additions. But arithmetic that is
//! checked ends its block. Here it is done in front of the branch, and one question, whether a flag is set that
//! matters, stands for all of its checks. Where one is, the way is gone through once more, check after check, so that
//! the same one raises the same panic, and whoever unwinds finds the variables as they were.
//!
//! ```text
//! switch c ? way : meet                   t = checked n + 1; bad = t.1 & c
//! way: t = checked n + 1                  switch bad ? raise : choose
//!      assert not t.1 -> add        =>    choose: switch c ? add : meet
//! add: n = t.0 -> meet                    add:    n = t.0 -> meet
//!                                         raise:  assert not t.1 -> unreachable
//! ```

use rustc_hash::FxHashMap;
use wyn_base::{IndexVec, Span};
use wyn_mir::{
    BinOp, Block, BlockId, Body, Local, LocalDecl, LocalKind, Operand, Place, Proj, Rvalue, Stmt, StmtKind,
    TermKind, Terminator, Trap, Ty, TyKind, UnOp,
};

use crate::analysis::predecessors;
use crate::invariant::lead;
use crate::simplify;

/// What is done beforehand of one way at most: statements, and checks.
const MOST: (usize, usize) = (8, 2);

/// Rewrites one body.
pub(crate) fn run(body: &mut Body) {
    let entered = predecessors(body);
    let mut changed = false;
    for head in entered.indices() {
        let Some((cond, ways)) = two_ways(body, head) else { continue };
        let [no, yes] = ways.map(|first| way(body, &entered, first));
        let (Some(no), Some(yes)) = (no, yes) else { continue };
        if no.end != yes.end {
            continue;
        }
        let mut at = head;
        for (way, taken) in [(no, false), (yes, true)] {
            if way.checks > 0 {
                at = speculate(body, at, &cond, &way, taken);
                changed = true;
            }
        }
    }
    if changed {
        simplify::run(body);
    }
}

/// The condition of a block that ends with a choice by a bool, and where it goes on for `false` and for `true`.
fn two_ways(body: &Body, head: BlockId) -> Option<(Operand, [BlockId; 2])> {
    let block = &body.blocks[head];
    match &block.term.kind {
        TermKind::Switch(cond, cases, yes) if !block.cleanup => match (cond.place(), &cases[..]) {
            (Some(place), [(0, no)]) if is_flag(body, place) => {
                Some((Operand::Copy(place.clone()), [*no, *yes]))
            }
            _ => None,
        },
        _ => None,
    }
}

/// One way from a branch to where both meet.
struct Way {
    /// Nothing but this way leads through these; all but the last end with a check.
    blocks: Vec<BlockId>,
    /// Where it goes on, as the other does.
    end: BlockId,
    checks: usize,
}

/// The way that begins with a block, if it computes some scalars and nothing else. One that begins with what is reached
/// from elsewhere too is empty.
fn way(body: &Body, entered: &IndexVec<BlockId, Vec<BlockId>>, first: BlockId) -> Option<Way> {
    let mut way = Way { blocks: Vec::new(), end: first, checks: 0 };
    let mut stmts = 0;
    while entered[way.end].len() == 1 {
        let block = &body.blocks[way.end];
        if block.cleanup || !block.stmts.iter().all(|stmt| scalar(body, stmt)) {
            return None;
        }
        way.blocks.push(way.end);
        match &block.term.kind {
            TermKind::Goto(next) => {
                way.end = *next;
                return Some(way);
            }
            TermKind::Assert { cond, trap: Trap::Overflow(_) | Trap::NegOverflow, target, .. } => {
                if !cond.place().is_some_and(|place| is_flag(body, place)) {
                    return None;
                }
                stmts += block.stmts.len();
                way.checks += 1;
                way.end = *target;
            }
            _ => return None,
        }
        if stmts > MOST.0 || way.checks > MOST.1 {
            return None;
        }
    }
    // A check at the end of the way leads straight to where they meet.
    Some(way)
}

/// Whether a statement writes a local and has no other effect, whatever the values that it reads.
fn scalar(body: &Body, stmt: &Stmt) -> bool {
    let StmtKind::Assign(dest, rvalue) = &stmt.kind else { return false };
    let whole = dest.as_local().is_some_and(|local| variable(body, local));
    let computed = match rvalue {
        Rvalue::Use(_) | Rvalue::Unary(..) | Rvalue::Checked(..) => true,
        Rvalue::Binary(op, ..) => !matches!(op, BinOp::Div | BinOp::Rem),
        _ => false,
    };
    let mut known = true;
    rvalue.for_each_operand(&mut |operand| {
        known &= match operand {
            Operand::Const(value) => value.ty().is_some_and(is_scalar),
            Operand::Copy(place) | Operand::Borrow(place) | Operand::Move(place) => {
                ty(body, place).is_some_and(is_scalar)
            }
        };
    });
    whole && computed && known
}

/// Whether a place is a bool in a local of scalars.
fn is_flag(body: &Body, place: &Place) -> bool {
    ty(body, place) == Some(Ty::bool())
}

/// The type of a local of scalars, or of a part of it.
fn ty(body: &Body, place: &Place) -> Option<Ty> {
    let whole = variable(body, place.local).then(|| body.locals[place.local].ty)?;
    match (&place.proj[..], whole.kind()) {
        ([], _) => Some(whole),
        ([Proj::Field(at)], TyKind::Tuple(parts)) => parts.get(*at as usize).copied(),
        _ => None,
    }
}

/// Whether a local holds a scalar, or a pair of them, where no one else writes.
fn variable(body: &Body, local: Local) -> bool {
    let decl = &body.locals[local];
    let own = matches!(decl.kind, LocalKind::Temp | LocalKind::Var | LocalKind::Return)
        || matches!(decl.kind, LocalKind::Param(mode) if mode != wyn_mir::ParamMode::Mut);
    let scalars = match decl.ty.kind() {
        TyKind::Tuple(parts) => parts.len() == 2 && parts.iter().all(|part| is_scalar(*part)),
        _ => is_scalar(decl.ty),
    };
    own && scalars
}

fn is_scalar(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Int(_) | TyKind::F64 | TyKind::F32 | TyKind::Bool | TyKind::Char)
}

/// Does what a way has up to its last check in front of the branch that ends `head`; gives the block that ends with the
/// branch now.
fn speculate(body: &mut Body, head: BlockId, cond: &Operand, way: &Way, taken: bool) -> BlockId {
    let branch = body.blocks[head].term.clone();
    let mut ahead = Ahead { body, head, span: branch.span, renamed: FxHashMap::default() };
    let unreachable = ahead.block(Vec::new(), TermKind::Unreachable);
    // The way without its checks, and with them.
    let mut calm = Vec::new();
    let mut raise: Vec<(Vec<Stmt>, TermKind, Span)> = Vec::new();
    let mut bad: Option<Operand> = None;
    for id in &way.blocks {
        let Block { stmts, term, .. } = ahead.body.blocks[*id].clone();
        let TermKind::Assert { cond, expected, trap, unwind, .. } = term.kind else {
            calm.extend(stmts);
            continue;
        };
        let copies: Vec<Stmt> = stmts.into_iter().map(|stmt| ahead.compute(stmt)).collect();
        calm.extend(copies.iter().cloned());
        let flag = ahead.known(cond);
        let wrong = if expected { ahead.value(Rvalue::Unary(UnOp::Not, flag.clone())) } else { flag.clone() };
        bad = Some(match bad {
            Some(others) => ahead.value(Rvalue::Binary(BinOp::BitOr, others, wrong)),
            None => wrong,
        });
        let check = TermKind::Assert { cond: flag, expected, trap, target: unreachable, unwind };
        raise.push((copies, check, term.span));
    }
    let matters = if taken { cond.clone() } else { ahead.value(Rvalue::Unary(UnOp::Not, cond.clone())) };
    let bad = bad.map(|bad| ahead.value(Rvalue::Binary(BinOp::BitAnd, matters, bad)));
    // The last check cannot hold where the others do.
    let mut first = unreachable;
    for (stmts, mut check, span) in raise.into_iter().rev() {
        if let TermKind::Assert { target, .. } = &mut check {
            *target = first;
        }
        ahead.span = span;
        first = ahead.block(stmts, check);
    }
    ahead.span = branch.span;
    let calm = ahead.block(calm, TermKind::Goto(way.end));
    let choose = ahead.block(Vec::new(), branch.kind);
    lead(ahead.body, choose, way.blocks[0], calm);
    if let Some(bad) = bad {
        ahead.body.blocks[head].term.kind = TermKind::Switch(bad, vec![(0, choose)], first);
    }
    choose
}

/// Writes at the end of the block in front of the branch.
struct Ahead<'a> {
    body: &'a mut Body,
    head: BlockId,
    span: Span,
    /// What stands there for the variables of the way.
    renamed: FxHashMap<Local, Local>,
}

impl Ahead<'_> {
    /// Does what a statement of the way does, for a local of its own; gives the statement that copies it from there.
    fn compute(&mut self, mut stmt: Stmt) -> Stmt {
        let span = stmt.span;
        let StmtKind::Assign(dest, rvalue) = &mut stmt.kind else { return stmt };
        rvalue.for_each_operand_mut(&mut |operand| *operand = self.known(operand.clone()));
        let value = self.local(self.body.locals[dest.local].ty);
        let copy = StmtKind::Assign(dest.clone(), Rvalue::Use(Operand::Copy(value.into())));
        self.renamed.insert(dest.local, value);
        *dest = value.into();
        self.body.blocks[self.head].stmts.push(stmt);
        Stmt { kind: copy, span }
    }

    /// An operand of the way, as it is there.
    fn known(&self, operand: Operand) -> Operand {
        match operand {
            Operand::Copy(mut place) | Operand::Borrow(mut place) | Operand::Move(mut place) => {
                place.local = self.renamed.get(&place.local).copied().unwrap_or(place.local);
                Operand::Copy(place)
            }
            constant @ Operand::Const(_) => constant,
        }
    }

    /// A bool.
    fn value(&mut self, rvalue: Rvalue) -> Operand {
        let value = self.local(Ty::bool());
        let kind = StmtKind::Assign(value.into(), rvalue);
        self.body.blocks[self.head].stmts.push(Stmt { kind, span: self.span });
        Operand::Copy(value.into())
    }

    fn local(&mut self, ty: Ty) -> Local {
        self.body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Temp, span: self.span })
    }

    fn block(&mut self, stmts: Vec<Stmt>, kind: TermKind) -> BlockId {
        let term = Terminator { kind, span: self.span };
        self.body.blocks.push(Block { stmts, term, cleanup: false })
    }
}
