//! Operators and conversions: what traps is checked first, so that the operation itself cannot.

use wyn_hir::{Expr, ExprKind, Lit};
use wyn_mir::{Arg, BinOp, Const, IntTy, Intrinsic, Operand, Place, Proj, Rvalue, Trap, Ty, TyKind, UnOp};

use crate::body::Builder;
use crate::place::{Access, is_scalar};
use crate::value::Use;

impl<'h> Builder<'_, 'h> {
    pub(crate) fn unary(&mut self, dest: &Place, op: UnOp, operand: &'h Expr, whole: &'h Expr) {
        if let Some(value) = self.constant(whole) {
            return self.assign_operand(dest, Operand::Const(value));
        }
        let value = self.operand(operand, Use::Look);
        if let (UnOp::Neg, TyKind::Int(int)) = (op, operand.ty.kind()) {
            // Of the unsigned numbers only zero has a negation.
            let (bad, expected) = if int.signed() { (IntTy::min(*int), false) } else { (0, true) };
            let equal = self.equals(value.clone(), bad, operand.ty);
            self.assert(equal, expected, Trap::NegOverflow);
        }
        self.assign(dest, Rvalue::Unary(op, value));
    }

    pub(crate) fn binary(&mut self, dest: &Place, op: BinOp, left: &'h Expr, right: &'h Expr) {
        if op == BinOp::Add && matches!(left.ty.kind(), TyKind::String | TyKind::Array(_)) {
            return self.concat(dest, left, right);
        }
        let (a, b) = self.two(left, right);
        if is_comparison(op) {
            self.compare(dest, op, left.ty, a, b);
        } else {
            self.arithmetic(dest, op, left.ty, a, b);
        }
    }

    /// A comparison of two values of this type.
    pub(crate) fn compare(&mut self, dest: &Place, op: BinOp, ty: Ty, a: Operand, b: Operand) {
        if is_scalar(ty) && !ty.is_unit() {
            return self.assign(dest, Rvalue::Binary(op, a, b));
        }
        let args = vec![Arg::Value(a), Arg::Value(b)];
        match op {
            BinOp::Eq => self.intrinsic(dest, Intrinsic::Eq, vec![ty], args),
            BinOp::Ne => {
                let equal = self.temp(Ty::bool());
                self.intrinsic(&equal.into(), Intrinsic::Eq, vec![ty], args);
                self.assign(dest, Rvalue::Unary(UnOp::Not, Operand::Borrow(equal.into())));
            }
            _ => {
                let order = self.temp(Ty::int());
                self.intrinsic(&order.into(), Intrinsic::Cmp, vec![ty], args);
                let zero = Operand::Const(Const::Int(0, Ty::int()));
                self.assign(dest, Rvalue::Binary(op, Operand::Borrow(order.into()), zero));
            }
        }
    }

    /// A binary operation on operands of this type.
    fn arithmetic(&mut self, dest: &Place, op: BinOp, ty: Ty, a: Operand, b: Operand) {
        let TyKind::Int(int) = ty.kind() else {
            return self.assign(dest, Rvalue::Binary(op, a, b));
        };
        match op {
            BinOp::Add | BinOp::Sub | BinOp::Mul => {
                let pair = self.computed(Ty::tuple(vec![ty, Ty::bool()]), Rvalue::Checked(op, a, b));
                self.unpack_checked(dest, &pair.into(), Trap::Overflow(op));
                return;
            }
            BinOp::Div | BinOp::Rem => self.check_division(op, *int, ty, &a, &b),
            BinOp::Shl | BinOp::Shr => self.check_shift(op, *int, &b),
            _ => {}
        }
        self.assign(dest, Rvalue::Binary(op, a, b));
    }

    /// Takes the result out of a pair whose second part says that something went wrong.
    fn unpack_checked(&mut self, dest: &Place, pair: &Place, trap: Trap) {
        self.assert(Operand::Borrow(pair.then(Proj::Field(1))), false, trap);
        self.assign_operand(dest, Operand::Copy(pair.then(Proj::Field(0))));
    }

    fn check_division(&mut self, op: BinOp, int: IntTy, ty: Ty, a: &Operand, b: &Operand) {
        let divisor = known(b);
        if divisor.is_none_or(|value| value == 0) {
            let zero = self.equals(b.clone(), 0, ty);
            self.assert(zero, false, Trap::DivisionByZero);
        }
        if int.signed() && divisor.is_none_or(|value| value == -1) {
            let smallest = self.equals(a.clone(), int.min(), ty);
            let minus_one = self.equals(b.clone(), -1, ty);
            let both = self.computed(Ty::bool(), Rvalue::Binary(BinOp::BitAnd, smallest, minus_one));
            self.assert(Operand::Borrow(both.into()), false, Trap::Overflow(op));
        }
    }

    fn check_shift(&mut self, op: BinOp, int: IntTy, count: &Operand) {
        let bits = i128::from(int.bits());
        if known(count).is_some_and(|count| (0..bits).contains(&count)) {
            return;
        }
        let fits = self.below(count.clone(), Operand::Const(Const::Int(bits, Ty::int())));
        self.assert(fits, true, Trap::Shift(op));
    }

    fn equals(&mut self, value: Operand, constant: i128, ty: Ty) -> Operand {
        let constant = Operand::Const(Const::Int(constant, ty));
        Operand::Borrow(self.computed(Ty::bool(), Rvalue::Binary(BinOp::Eq, value, constant)).into())
    }

    /// A numeric conversion that traps when the value does not fit.
    pub(crate) fn convert(&mut self, dest: &Place, operand: &'h Expr, to: Ty) {
        let from = operand.ty;
        let value = self.operand(operand, Use::Look);
        if from == to {
            let value = match value {
                Operand::Borrow(place) => Operand::Copy(place),
                other => other,
            };
            self.assign_operand(dest, value);
        } else if always_fits(from, to) {
            self.assign(dest, Rvalue::Convert(value, to));
        } else {
            let pair = self.computed(Ty::tuple(vec![to, Ty::bool()]), Rvalue::CheckedConvert(value, to));
            self.unpack_checked(dest, &pair.into(), Trap::Convert(to));
        }
    }

    /// `place op= value`.
    pub(crate) fn assign_op(&mut self, op: BinOp, target: &'h Expr, value: &'h Expr) {
        if op == BinOp::Add && matches!(target.ty.kind(), TyKind::String | TyKind::Array(_)) {
            return self.append_assign(target, value);
        }
        let path = self.path(target);
        let value = self.operand(value, Use::Look);
        let place = self.walk(&path, Access::Write);
        self.arithmetic(&place, op, target.ty, Operand::Borrow(place.clone()), value);
    }

    /// A condition without its branches.
    pub(crate) fn truth_value(&mut self, dest: &Place, expr: &'h Expr) {
        let (yes, no, join) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(expr, yes, no);
        for (block, value) in [(yes, true), (no, false)] {
            self.current = block;
            self.assign_operand(dest, Operand::Const(Const::Bool(value)));
            self.goto_into(join);
        }
    }

    /// Goes to one of two blocks; temporaries of the condition end before.
    pub(crate) fn branch(&mut self, cond: &'h Expr, yes: wyn_mir::BlockId, no: wyn_mir::BlockId) {
        match &cond.kind {
            ExprKind::And(left, right) => {
                let next = self.new_block();
                self.branch(left, next, no);
                self.current = next;
                self.branch(right, yes, no);
            }
            ExprKind::Or(left, right) => {
                let next = self.new_block();
                self.branch(left, yes, next);
                self.current = next;
                self.branch(right, yes, no);
            }
            ExprKind::Unary(UnOp::Not, operand) => self.branch(operand, no, yes),
            ExprKind::Lit(Lit::Bool(value)) => {
                self.end(wyn_mir::TermKind::Goto(if *value { yes } else { no }));
            }
            _ => {
                let value = self.temp(Ty::bool());
                self.scoped(|this| this.store(&value.into(), cond));
                self.switch_bool(Operand::Borrow(value.into()), yes, no);
            }
        }
    }

    /// Goes to one of two blocks by a `bool`.
    pub(crate) fn switch_bool(&mut self, value: Operand, yes: wyn_mir::BlockId, no: wyn_mir::BlockId) {
        self.end(wyn_mir::TermKind::Switch(value, vec![(0, no)], yes));
    }
}

fn is_comparison(op: BinOp) -> bool {
    matches!(op, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge)
}

fn known(operand: &Operand) -> Option<i128> {
    match operand {
        Operand::Const(Const::Int(value, _)) => Some(*value),
        _ => None,
    }
}

/// Whether every value of one numeric type has a counterpart in another; floats round.
fn always_fits(from: Ty, to: Ty) -> bool {
    let range = |ty: Ty| match ty.kind() {
        TyKind::Int(int) => Some((IntTy::min(*int), IntTy::max(*int))),
        _ => None,
    };
    match (from.kind(), to.kind()) {
        (_, TyKind::F64 | TyKind::F32) => true,
        (TyKind::Int(_), TyKind::Int(_)) => {
            let (Some((low, high)), Some((min, max))) = (range(from), range(to)) else { return false };
            min <= low && high <= max
        }
        (TyKind::Int(IntTy::U8), TyKind::Char) => true,
        (TyKind::Char, TyKind::Int(int)) => IntTy::max(*int) >= i128::from(u32::from(char::MAX)),
        _ => false,
    }
}
