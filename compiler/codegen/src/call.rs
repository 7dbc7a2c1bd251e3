//! Calls of bodies and function values, and the traps that assertions raise.

use inkwell::values::{BasicValueEnum, PointerValue};
use wyn_abi::{ClosureObject, Overflow};
use wyn_base::Span;
use wyn_mir::{Arg, BinOp, BlockId, Callee, Operand, Place, Trap, TyKind, Unwind};

use crate::body::BodyCx;
use crate::builder::{Hidden, Target, Val};
use crate::signature::{Pass, Signature};
use crate::{InternalError, Result};
use wyn_mir::ParamMode;

impl<'c> BodyCx<'_, 'c, '_> {
    pub(crate) fn call(
        &mut self,
        callee: &Callee,
        args: &[Arg],
        dest: &Place,
        target: Option<BlockId>,
        unwind: Unwind,
        span: Span,
    ) -> Result<()> {
        let cx = self.b.cx;
        let mut called = None;
        let (function, signature, closure) = match callee {
            Callee::Body(body) => {
                called = Some(&cx.program.bodies[body.body]);
                let signature = Signature::of_body(cx, &cx.program.bodies[body.body])?;
                (Target::Direct(cx.body_function(body.body)?), signature, None)
            }
            Callee::Value(value) => {
                let Some(TyKind::Fn(params, ret)) = self.operand_ty(value).map(wyn_mir::Ty::kind) else {
                    return self.call_constant(value, args, dest, target, unwind, span);
                };
                let signature = Signature::of_value(cx, params, *ret)?;
                let closure = self.scalar(value)?.into_pointer_value();
                let code = core::mem::offset_of!(ClosureObject, code) as u64;
                let code = self.pointer(self.b.offset(closure, code)?)?;
                (Target::Indirect(code), signature, Some(closure))
            }
            Callee::Known(body, value) => {
                let code = cx.value_code(body.body)?;
                let signature = Signature::of_value_body(cx, &cx.program.bodies[body.body])?;
                (Target::Direct(code), signature, Some(self.scalar(value)?.into_pointer_value()))
            }
            Callee::Intrinsic(intrinsic, types) => {
                let pad = self.pad(unwind);
                self.intrinsic(*intrinsic, types, args, dest, span, pad)?;
                return self.go_on(target);
            }
            Callee::Select(select) => {
                self.select(select, args, dest, unwind, span)?;
                return self.go_on(target);
            }
        };
        let values = self.arguments(args, &signature)?;
        let out = match signature.ret {
            Pass::Parts(_) | Pass::Indirect => Some(self.result_memory(dest, args)?),
            Pass::Ignore | Pass::Scalar(_) => None,
        };
        let pad = self.pad(unwind);
        let caller = called.filter(|_| signature.caller).map(|called| self.location_of_call(span, called));
        let hidden = Hidden { closure, caller: caller.transpose()? };
        let result = self.b.call_wyn(function, &signature, hidden, &values, out, pad)?;
        if signature.ret_ty.is_never() {
            return Ok(());
        }
        self.store(result, dest)?;
        self.go_on(target)
    }

    /// A named function called as a value: called directly.
    fn call_constant(
        &mut self,
        value: &Operand,
        args: &[Arg],
        dest: &Place,
        target: Option<BlockId>,
        unwind: Unwind,
        span: Span,
    ) -> Result<()> {
        match value {
            Operand::Const(wyn_mir::Const::Fn(body)) => {
                self.call(&Callee::Body(body.clone()), args, dest, target, unwind, span)
            }
            _ => Err(InternalError::new(format!("{value:?} is no function"))),
        }
    }

    /// Goes on after a call, if it returns; what does not return has ended its block.
    fn go_on(&mut self, target: Option<BlockId>) -> Result<()> {
        let ended = self.b.ir.get_insert_block().is_some_and(|block| block.get_terminator().is_some());
        match target {
            _ if ended => Ok(()),
            Some(target) => self.go(target),
            None => {
                self.b.ir.build_unreachable()?;
                Ok(())
            }
        }
    }

    fn arguments(&mut self, args: &[Arg], signature: &Signature) -> Result<Vec<Val<'c>>> {
        let mut values = Vec::with_capacity(args.len());
        for (arg, (mode, pass, ty)) in args.iter().zip(&signature.params) {
            values.push(match arg {
                Arg::Mut(place) => Val::Memory(self.place(place)?.0),
                Arg::Value(operand) => {
                    let value = self.operand(operand)?;
                    let copied = matches!(operand, Operand::Copy(_) | Operand::Const(_));
                    // The callee may write what it owns, and must not see what others write.
                    match value {
                        Val::Memory(at) if *pass == Pass::Indirect && (copied || *mode == ParamMode::Mut) => {
                            Val::Memory(self.aside(at, *ty)?)
                        }
                        value => value,
                    }
                }
            });
        }
        Ok(values)
    }

    /// A copy in memory of its own.
    fn aside(&self, from: PointerValue<'c>, ty: wyn_mir::Ty) -> Result<PointerValue<'c>> {
        let layout = self.b.cx.layout(ty)?;
        let copy = self.b.alloca(&layout, "")?;
        self.b.copy(from, copy, &layout)?;
        Ok(copy)
    }

    pub(crate) fn assert(
        &mut self,
        cond: &Operand,
        expected: bool,
        trap: &Trap,
        target: BlockId,
        unwind: Unwind,
        span: Span,
    ) -> Result<()> {
        let cond = self.scalar(cond)?.into_int_value();
        let wrong = if expected { self.b.ir.build_not(cond, "")? } else { cond };
        let failed = self.b.block("trap");
        self.b.branch_rarely(wrong, failed, self.llvm_block(target))?;
        self.b.enter(failed);
        let pad = self.pad(unwind);
        let fiber = BasicValueEnum::from(self.b.fiber);
        let at = BasicValueEnum::from(self.location(span)?);
        let overflow = |operation: Overflow| BasicValueEnum::from(self.b.cx.i32(operation as u32));
        let operation = match trap {
            Trap::DivisionByZero => {
                self.b.invoke("wyn_panic_div_zero", &[fiber, at], pad)?;
                return Ok(());
            }
            Trap::Bounds(index, len) => {
                let (index, len) = (self.scalar(index)?, self.scalar(len)?);
                self.b.invoke("wyn_panic_bounds", &[fiber, index, len, at], pad)?;
                return Ok(());
            }
            Trap::Overflow(op) | Trap::Shift(op) => overflow(overflow_of(*op)?),
            Trap::NegOverflow => overflow(Overflow::Neg),
            Trap::Convert(_) => overflow(Overflow::Convert),
        };
        self.b.invoke("wyn_panic_overflow", &[fiber, operation, at], pad)?;
        Ok(())
    }
}

fn overflow_of(op: BinOp) -> Result<Overflow> {
    Ok(match op {
        BinOp::Add => Overflow::Add,
        BinOp::Sub => Overflow::Sub,
        BinOp::Mul => Overflow::Mul,
        BinOp::Div => Overflow::Div,
        BinOp::Rem => Overflow::Rem,
        BinOp::Shl => Overflow::Shl,
        BinOp::Shr => Overflow::Shr,
        _ => return Err(InternalError::new(format!("{op:?} does not overflow"))),
    })
}
