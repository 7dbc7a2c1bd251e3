//! `select`: its operands, the call that waits, and what the arms do with what they have got.
//!
//! An arm with a guard evaluates its operands only if the guard holds. A variable, or a field of one, needs no
//! evaluation and stays where it is; any other operand goes into an option, `None` when the guard does not hold.

use wyn_hir::{Expr, ExprKind, Select, SelectArm, SelectOp};
use wyn_mir::{Arg, Callee, Local, Operand, Place, Proj, Rvalue, TermKind, Ty, TyKind};

use crate::body::Builder;
use crate::value::Use;
use crate::walk::may_write;

/// What the variants of the prelude's `Option` are numbered.
pub(crate) const NONE: u32 = 0;
pub(crate) const SOME: u32 = 1;

impl<'h> Builder<'_, 'h> {
    /// Waits for the first arm and evaluates its body. Temporaries of the operands live as long as the whole.
    pub(crate) fn select(&mut self, dest: &Place, select: &'h Select) {
        self.scoped(|this| this.select_in_scope(dest, select));
    }

    fn select_in_scope(&mut self, dest: &Place, select: &'h Select) {
        // An operand is read by the wait: what a later one may write is kept aside.
        let keep = select.arms.iter().flat_map(SelectArm::operands).any(may_write);
        let mut args = Vec::new();
        let mut futures = Vec::new();
        for arm in &select.arms {
            let (operands, last) = self.arm_operands(arm, keep);
            futures.push(last);
            args.extend(operands.into_iter().map(Arg::Value));
        }
        let chosen = self.temp(Ty::int());
        let arms = select.arms.iter().map(|arm| wyn_mir::SelectArm {
            op: match arm.op {
                SelectOp::Receive { open, .. } => wyn_mir::SelectOp::Receive { open },
                SelectOp::Send(..) => wyn_mir::SelectOp::Send,
                SelectOp::Await(..) => wyn_mir::SelectOp::Await,
                SelectOp::After(_) => wyn_mir::SelectOp::After,
                SelectOp::Else => wyn_mir::SelectOp::Else,
                SelectOp::Closed => wyn_mir::SelectOp::Closed,
            },
            guarded: arm.guard.is_some(),
            span: arm.span,
        });
        let callee = wyn_mir::Select { biased: select.biased, arms: arms.collect() };
        self.call_block(Callee::Select(Box::new(callee)), args, chosen.into(), false);

        let entries: Vec<_> = select.arms.iter().map(|_| self.new_block()).collect();
        let Some((last, first)) = entries.split_last() else { unreachable!("a select has an arm") };
        let cases = (0..).zip(first.iter().copied()).collect();
        self.end(TermKind::Switch(Operand::Borrow(chosen.into()), cases, *last));
        let join = self.new_block();
        for ((arm, entry), (at, future)) in select.arms.iter().zip(&entries).zip((0..).zip(futures)) {
            self.current = *entry;
            let depth = self.steps.len();
            self.take_result(arm, chosen, at, future);
            self.scoped(|this| this.store(dest, &arm.body));
            self.close(depth);
            self.end(TermKind::Goto(join));
        }
        self.current = join;
    }

    /// The operands of an arm, its guard first, and the place of the last one if it lies in a place.
    fn arm_operands(&mut self, arm: &'h SelectArm, keep: bool) -> (Vec<Operand>, Option<Place>) {
        let exprs: Vec<(&'h Expr, Use)> = match &arm.op {
            SelectOp::Receive { receiver: operand, .. }
            | SelectOp::Await(operand, _)
            | SelectOp::After(operand) => vec![(operand, Use::Look)],
            SelectOp::Send(sender, value) => vec![(sender, Use::Look), (value, Use::Own)],
            SelectOp::Else | SelectOp::Closed => Vec::new(),
        };
        let Some(guard) = &arm.guard else {
            let operands: Vec<_> =
                exprs.into_iter().map(|(expr, how)| self.arm_operand(expr, how, keep)).collect();
            let last = operands.last().and_then(Operand::place).cloned();
            return (operands, last);
        };
        let guard = self.temp_of(guard);
        let mut operands = vec![Operand::Borrow(guard.into())];
        let (holds, fails, join) = (self.new_block(), self.new_block(), self.new_block());
        let mut optional = Vec::new();
        let mut last = None;
        for (expr, how) in exprs {
            if how == Use::Look && !keep && is_variable(expr) {
                let operand = self.operand(expr, Use::Look);
                last = operand.place().cloned();
                operands.push(operand);
                continue;
            }
            let option = self.temp(self.option_of(expr.ty));
            optional.push((option, expr));
            last = Some(Place::local(option).then(Proj::Variant(SOME, 0)));
            operands.push(match how {
                Use::Look => Operand::Borrow(option.into()),
                Use::Own => Operand::Move(option.into()),
            });
        }
        self.switch_bool(Operand::Borrow(guard.into()), holds, fails);
        self.current = holds;
        for (option, expr) in &optional {
            self.scoped(|this| {
                let value = this.operand(expr, Use::Own);
                let ty = this.locals[*option].ty;
                this.assign(&(*option).into(), Rvalue::Adt(ty, SOME, vec![value]));
            });
        }
        self.end(TermKind::Goto(join));
        self.current = fails;
        for (option, _) in &optional {
            let ty = self.locals[*option].ty;
            self.assign(&(*option).into(), Rvalue::Adt(ty, NONE, Vec::new()));
        }
        self.goto_into(join);
        (operands, last)
    }

    fn arm_operand(&mut self, expr: &'h Expr, how: Use, keep: bool) -> Operand {
        if keep { self.kept(expr, how) } else { self.operand(expr, how) }
    }

    /// Takes what the chosen arm's operation gives, and binds it.
    fn take_result(&mut self, arm: &'h SelectArm, chosen: Local, at: u32, future: Option<Place>) {
        match &arm.op {
            SelectOp::Receive { receiver, message, open } => {
                let TyKind::Receiver(ty) = *receiver.ty.kind() else {
                    unreachable!("a receive has a receiver")
                };
                let received = Rvalue::Received { select: chosen, arm: at, message: ty };
                let into = match message {
                    Some(local) => self.declare_early(*local),
                    None => self.new_temp(if *open { ty } else { self.option_of(ty) }),
                };
                self.assign(&into.into(), received);
                self.schedule(into, self.locals[into].ty);
            }
            SelectOp::Await(operand, result) => {
                let TyKind::Future(ty) = *operand.ty.kind() else { unreachable!("an await has a future") };
                let Some(future) = future else { unreachable!("a future is no constant") };
                let into = match result {
                    Some(local) => self.declare_early(*local),
                    None => self.new_temp(ty),
                };
                let (unwind, target) = (Some(self.unwind()), self.new_block());
                let future = Operand::Copy(future);
                self.end_into(
                    TermKind::Await { future, task: None, dest: into.into(), target, unwind },
                    target,
                );
                self.schedule(into, ty);
            }
            SelectOp::Send(..) | SelectOp::After(_) | SelectOp::Else | SelectOp::Closed => {}
        }
    }

    fn option_of(&self, ty: Ty) -> Ty {
        let option = self.cx.hir.lang.option;
        Ty::new(TyKind::Adt(option, self.cx.hir.adts[option].name, vec![ty]))
    }
}

/// Whether an expression is a variable, or a field of one: its place is there without any evaluation.
fn is_variable(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Local(_) => true,
        ExprKind::Field(base, _) => is_variable(base),
        _ => false,
    }
}
