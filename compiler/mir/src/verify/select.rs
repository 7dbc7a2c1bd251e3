//! Selects: each arm gets operands of the types that it works on, and a message has the type that its taker wants.

use super::Check;
use crate::{Arg, Select, SelectArm, SelectOp, Ty, TyKind};

impl Check<'_> {
    pub(super) fn select_args(&mut self, select: &Select, args: &[Arg], dest: Option<Ty>) {
        self.same(dest, Some(Ty::int()), "selects");
        if select.args().count() != args.len() {
            return self.fault(format_args!("{} arguments for a select", args.len()));
        }
        let mut rest = args;
        for arm in &select.arms {
            let count = arm.args().count();
            self.select_arm(arm, &rest[..count]);
            rest = &rest[count..];
        }
    }

    fn select_arm(&mut self, arm: &SelectArm, args: &[Arg]) {
        let mut types = Vec::new();
        for arg in args {
            let Arg::Value(operand) = arg else { return self.fault("an arm changes its operand") };
            let Some(ty) = self.operand_ty(operand) else { return };
            types.push(ty);
        }
        if arm.guarded {
            let guard = types.remove(0);
            self.same(Some(Ty::bool()), Some(guard), "guards by");
        }
        // What a guard may keep from being there comes as an option.
        let inner = |ty: Ty| match ty.kind() {
            TyKind::Adt(adt, _, args) if arm.guarded && *adt == self.program.option => args[0],
            _ => ty,
        };
        let fits = match (arm.op, types.as_slice()) {
            (SelectOp::Receive { .. }, [end]) => matches!(inner(*end).kind(), TyKind::Receiver(_)),
            (SelectOp::Send, [end, value]) => match inner(*end).kind() {
                TyKind::Sender(message) => *message == *value || *message == inner(*value),
                _ => false,
            },
            (SelectOp::Await, [future]) => matches!(inner(*future).kind(), TyKind::Future(_)),
            (SelectOp::After, [nanos]) => inner(*nanos) == Ty::int(),
            (SelectOp::Else | SelectOp::Closed, []) => true,
            _ => false,
        };
        self.require(fits, format_args!("operands that do not fit {:?}", arm.op));
    }

    /// The type of a message that is taken into a place of type `dest`.
    pub(super) fn received_ty(&mut self, select: crate::Local, message: Ty, dest: Option<Ty>) -> Ty {
        self.ty(message);
        let chosen = self.local_ty(select);
        self.same(Some(Ty::int()), chosen, "chooses by");
        match dest.map(Ty::kind) {
            Some(TyKind::Adt(adt, _, args)) if *adt == self.program.option && args[0] == message => {
                dest.unwrap_or(message)
            }
            _ => message,
        }
    }
}
