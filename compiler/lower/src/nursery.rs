//! Nurseries: their tasks are joined on every way out.
//!
//! A nursery with a time limit gives an option. When its own time is up its block unwinds, and that ends in the
//! nursery's cleanup, which recovers.

use wyn_hir::{Expr, Nursery, NurseryOption};
use wyn_mir::{
    Arg, BlockId, Callee, Const, Intrinsic, Local, Operand, Place, Rvalue, StmtKind, TermKind, Ty,
};

use crate::body::Builder;
use crate::scope::{OpenNursery, Step};
use crate::select::{NONE, SOME};
use crate::value::Use;

impl<'h> Builder<'_, 'h> {
    /// The normal end joins the tasks; every other way out stops them.
    pub(crate) fn nursery(&mut self, dest: &Place, nursery: &'h Nursery, ty: Ty) {
        let handle = self.temp(Ty::int());
        if nursery.options.is_empty() {
            let enter = Intrinsic::NurseryEnter;
            self.push(StmtKind::Intrinsic(handle.into(), enter, Vec::new(), Vec::new()));
        } else {
            self.open_nursery(handle, &nursery.options);
        }
        if !nursery.is_timed() {
            self.nursery_block(dest, handle, None, nursery);
            return;
        }
        self.scoped(|this| {
            let value = this.temp(nursery.body.ty);
            let (late, join) = (this.new_block(), this.new_block());
            let in_time = this.nursery_block(&value.into(), handle, Some(late), nursery);
            let yes = this.new_block();
            this.switch_bool(Operand::Borrow(in_time.into()), yes, late);
            this.current = yes;
            let some = Rvalue::Adt(ty, SOME, vec![Operand::Copy(value.into())]);
            this.assign(dest, some);
            this.end_into(TermKind::Goto(join), late);
            this.assign(dest, Rvalue::Adt(ty, NONE, Vec::new()));
            this.goto_into(join);
        });
    }

    /// Opens a nursery with options, which are evaluated in the order of source.
    fn open_nursery(&mut self, handle: Local, options: &'h [(NurseryOption, Expr)]) {
        let exprs: Vec<_> = options.iter().map(|(_, value)| (value, Use::Look)).collect();
        let given = self.operands(&exprs);
        let option = |which: NurseryOption, absent: Const| {
            let at = options.iter().position(|(option, _)| *option == which);
            Arg::Value(at.map_or(Operand::Const(absent), |at| given[at].clone()))
        };
        let without = || Const::Int(i128::from(i64::MAX), Ty::int());
        let args = vec![
            option(NurseryOption::Timeout, without()),
            option(NurseryOption::Limit, without()),
            option(NurseryOption::Supervised, Const::Bool(false)),
        ];
        let open = Callee::Intrinsic(Intrinsic::NurseryOpen, Vec::new());
        self.call_block(open, args, handle.into(), false);
    }

    /// The block of an open nursery, up to its end; `late` is where unwinding ends that its time limit has begun. Gives
    /// whether the block was in time.
    fn nursery_block(
        &mut self,
        dest: &Place,
        handle: Local,
        late: Option<BlockId>,
        nursery: &'h Nursery,
    ) -> Local {
        let depth = self.steps.len();
        let is_limited = nursery.is_limited();
        self.on_exit(Step::Nursery(OpenNursery { handle, late, is_limited }));
        self.scoped(|this| this.store(dest, &nursery.body));
        self.steps.truncate(depth);
        self.with_nursery(Intrinsic::NurseryJoin, handle, Ty::bool())
    }

    /// Leaves a nursery early.
    pub(crate) fn leave_nursery(&mut self, handle: Local) {
        self.with_nursery(Intrinsic::NurseryLeave, handle, Ty::unit());
    }

    /// Unwinds through a nursery; `late` is where that ends if it comes from there.
    pub(crate) fn unwind_nursery(&mut self, handle: Local, late: Option<BlockId>) {
        let over = self.with_nursery(Intrinsic::NurseryUnwind, handle, Ty::bool());
        if let Some(late) = late {
            let (recover, go_on) = (self.new_block(), self.new_block());
            self.switch_bool(Operand::Borrow(over.into()), recover, go_on);
            self.current = recover;
            self.end_into(TermKind::Recover(late), go_on);
        }
    }

    fn with_nursery(&mut self, how: Intrinsic, handle: Local, gives: Ty) -> Local {
        let result = self.new_temp(gives);
        let args = vec![Arg::Value(Operand::Borrow(handle.into()))];
        self.call_block(Callee::Intrinsic(how, Vec::new()), args, result.into(), false);
        result
    }
}
