//! Ordinals of integers and chars, as arithmetic.
//!
//! An ordinal is an `int`. Those of a type have the order of its values and no gaps, so that a range can count them:
//! a `u64` has its highest bit turned round, and a char above the surrogates (0xd800 to 0xdfff, which are no chars)
//! moves down by as many.

use wyn_mir::{
    Arg, BinOp, BlockId, Body, Const, IntTy, Intrinsic, LocalDecl, LocalKind, Operand, Place, Rvalue, Stmt,
    StmtKind, TermKind, Ty, TyKind,
};

const FIRST_SURROGATE: i128 = 0xd800;
const SURROGATES: i128 = 0x800;

/// Puts arithmetic in the place of a call of `Ordinal` or `FromOrdinal`, for the values of a type.
pub(crate) fn rewrite(
    body: &mut Body,
    block: BlockId,
    operation: Intrinsic,
    ty: Ty,
    dest: Place,
    args: &[Arg],
) {
    let term = &body.blocks[block].term;
    let TermKind::Call { target: Some(target), .. } = term.kind else { return };
    let span = term.span;
    let [Arg::Value(value)] = args else { return };
    if !matches!(ty.kind(), TyKind::Int(_) | TyKind::Char) {
        // There are no ranges of other types: nothing gets here.
        body.blocks[block].term.kind = TermKind::Unreachable;
        return;
    }
    let mut steps = Steps { body, block, span };
    let value = value.clone();
    match (operation, ty.kind()) {
        (Intrinsic::Ordinal, TyKind::Int(IntTy::U64)) => {
            let wide = steps.temp(Rvalue::Convert(value, Ty::int()));
            steps.assign(dest, turned(wide));
        }
        (Intrinsic::Ordinal, TyKind::Char) => {
            let code = steps.temp(Rvalue::Convert(value, Ty::int()));
            let gap = steps.gap(code.clone());
            steps.assign(dest, Rvalue::Binary(BinOp::Sub, code, gap));
        }
        (Intrinsic::Ordinal, _) => steps.assign(dest, Rvalue::Convert(value, Ty::int())),
        (_, TyKind::Int(IntTy::U64)) => {
            let bits = steps.temp(turned(value));
            steps.assign(dest, Rvalue::Convert(bits, ty));
        }
        (_, TyKind::Char) => {
            let gap = steps.gap(value.clone());
            let code = steps.temp(Rvalue::Binary(BinOp::Add, value, gap));
            steps.assign(dest, Rvalue::Convert(code, ty));
        }
        _ => steps.assign(dest, Rvalue::Convert(value, ty)),
    }
    body.blocks[block].term.kind = TermKind::Goto(target);
}

fn int(value: i128) -> Operand {
    Operand::Const(Const::Int(value, Ty::int()))
}

/// With the highest bit turned round.
fn turned(value: Operand) -> Rvalue {
    Rvalue::Binary(BinOp::BitXor, value, int(IntTy::I64.min()))
}

struct Steps<'a> {
    body: &'a mut Body,
    block: BlockId,
    span: wyn_base::Span,
}

impl Steps<'_> {
    fn assign(&mut self, dest: Place, value: Rvalue) {
        let stmt = Stmt { kind: StmtKind::Assign(dest, value), span: self.span };
        self.body.blocks[self.block].stmts.push(stmt);
    }

    /// An `int` in a temporary.
    fn temp(&mut self, value: Rvalue) -> Operand {
        let decl = LocalDecl { ty: Ty::int(), name: None, kind: LocalKind::Temp, span: self.span };
        let temp = self.body.locals.push(decl);
        self.assign(temp.into(), value);
        Operand::Borrow(temp.into())
    }

    /// How far a char with this code, or this ordinal, is moved: 0 below the surrogates.
    fn gap(&mut self, code: Operand) -> Operand {
        let above = self.temp(Rvalue::Binary(BinOp::Sub, code, int(FIRST_SURROGATE)));
        let below = self.temp(Rvalue::Binary(BinOp::Shr, above, int(63)));
        let mask = self.temp(Rvalue::Binary(BinOp::BitXor, below, int(-1)));
        self.temp(Rvalue::Binary(BinOp::BitAnd, mask, int(SURROGATES)))
    }
}
