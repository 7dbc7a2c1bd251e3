//! Selects: the array of arms that the runtime works on, and what it leaves there for the chosen one.
//!
//! Each select of a body has its arms and a slot for each message in the frame. A value to send is copied into its
//! slot, whence the runtime takes or drops it; a message that was received stays there until it is taken.

use core::mem::offset_of;

use inkwell::values::{IntValue, PointerValue};
use inkwell::{IntPredicate, values::BasicValueEnum};
use wyn_abi::select::{
    ARM_AFTER, ARM_AWAIT, ARM_OFF, ARM_RECEIVE, ARM_RECEIVE_OPEN, ARM_SEND, SELECT_BIASED, SELECT_CLOSED,
    SELECT_ELSE, SELECT_ENDED, SELECT_OTHERWISE, SELECT_SENDS, SelectArm as AbiArm,
};
use wyn_base::Span;
use wyn_mir::{Arg, Callee, Local, Operand, Place, Select, SelectOp, TermKind, Ty, TyKind, Unwind};

use crate::body::BodyCx;
use crate::builder::Val;
use crate::layout::{Shape, Slot};
use crate::{InternalError, Result};

/// The memory of one select.
pub(crate) struct Frame<'c> {
    arms: PointerValue<'c>,
    /// Where the message of each arm lies.
    slots: Vec<Option<PointerValue<'c>>>,
}

impl<'c> BodyCx<'_, 'c, '_> {
    /// Makes the memory of all selects of the body: an arm may be translated before the wait.
    pub(crate) fn select_frames(&mut self) -> Result<()> {
        for block in &self.body.blocks {
            let TermKind::Call { callee: Callee::Select(select), args, dest, .. } = &block.term.kind else {
                continue;
            };
            let size = size_of::<AbiArm>() * select.arms.len();
            let memory = self.b.cx.context.i8_type().array_type(size as u32);
            let arms = self.b.alloca_typed(memory, align_of::<AbiArm>() as u64, "arms")?;
            let mut slots = Vec::with_capacity(select.arms.len());
            for operands in split(select, args)? {
                let end = operands.operands.first().and_then(|end| self.operand_ty(end));
                slots.push(match end.and_then(message) {
                    Some(message) => Some(self.b.alloca(&*self.b.cx.layout(message)?, "message")?),
                    None => None,
                });
            }
            self.selects.insert(dest.local, Frame { arms, slots });
        }
        Ok(())
    }

    /// Waits; the number of the chosen arm goes to `dest`.
    pub(crate) fn select(
        &mut self,
        select: &Select,
        args: &[Arg],
        dest: &Place,
        unwind: Unwind,
        span: Span,
    ) -> Result<()> {
        let cx = self.b.cx;
        let frame = self.frame(dest.local)?;
        let (arms, slots) = (frame.arms, frame.slots.clone());
        let sends = select.arms.iter().any(|arm| arm.op == SelectOp::Send);
        let mode = if select.biased { SELECT_BIASED } else { 0 } | if sends { SELECT_SENDS } else { 0 };
        let mut mode = cx.i32(mode);
        let mut elsewhere: Vec<(i64, usize)> = Vec::new();
        for (at, (arm, operands)) in select.arms.iter().zip(split(select, args)?).enumerate() {
            let at_arm = self.b.offset(arms, (at * size_of::<AbiArm>()) as u64)?;
            let kind = match (arm.op, operands.operands.as_slice()) {
                (SelectOp::Receive { open }, [receiver]) => {
                    let target = self.handle(receiver)?;
                    self.put(at_arm, offset_of!(AbiArm, target), target)?;
                    let slot = slots[at].ok_or_else(|| InternalError::new("a receive without a slot"))?;
                    self.put(at_arm, offset_of!(AbiArm, slot), slot)?;
                    if open { ARM_RECEIVE_OPEN } else { ARM_RECEIVE }
                }
                (SelectOp::Send, [sender, value]) => {
                    let target = self.handle(sender)?;
                    self.put(at_arm, offset_of!(AbiArm, target), target)?;
                    let slot = slots[at].ok_or_else(|| InternalError::new("a send without a slot"))?;
                    let elem = self.value_to_send(sender, value, slot)?;
                    self.put(at_arm, offset_of!(AbiArm, slot), elem)?;
                    let place = self.location(arm.span)?;
                    self.put(at_arm, offset_of!(AbiArm, at), place)?;
                    ARM_SEND
                }
                (SelectOp::Await, [future]) => {
                    let target = self.handle(future)?;
                    self.put(at_arm, offset_of!(AbiArm, target), target)?;
                    ARM_AWAIT
                }
                (SelectOp::After, [nanos]) => {
                    let nanos = self.nanos(nanos)?;
                    self.put(at_arm, offset_of!(AbiArm, nanos), nanos)?;
                    ARM_AFTER
                }
                (SelectOp::Else | SelectOp::Closed, []) => {
                    let (bit, result) = match arm.op {
                        SelectOp::Else => (SELECT_ELSE, SELECT_OTHERWISE),
                        _ => (SELECT_CLOSED, SELECT_ENDED),
                    };
                    let bit = self.guarded(operands.guard, bit, 0)?;
                    mode = self.b.ir.build_or(mode, bit, "")?;
                    elsewhere.push((result, at));
                    ARM_OFF
                }
                _ => return Err(InternalError::new("an arm with other operands than it takes")),
            };
            let kind = self.guarded(operands.guard, kind, ARM_OFF)?;
            self.put(at_arm, offset_of!(AbiArm, kind), kind)?;
        }
        let count = cx.i32(select.arms.len() as u32);
        let place = self.location(span)?;
        let pad = self.pad(unwind);
        let values: [BasicValueEnum<'c>; 5] =
            [self.b.fiber.into(), arms.into(), count.into(), mode.into(), place.into()];
        let chosen = self.b.invoke("wyn_select", &values, pad)?;
        let mut chosen =
            chosen.ok_or_else(|| InternalError::new("a select gives a number"))?.into_int_value();
        for (result, at) in elsewhere {
            let result = cx.i64(result as u64);
            let is = self.b.ir.build_int_compare(IntPredicate::EQ, chosen, result, "")?;
            chosen = self.b.ir.build_select(is, cx.i64(at as u64), chosen, "")?.into_int_value();
        }
        self.store(Val::Scalar(chosen.into()), dest)
    }

    /// Takes the message that an arm has received: writes it, or an option of it, to memory of type `ty`.
    pub(crate) fn received(
        &mut self,
        select: Local,
        arm: u32,
        message: Ty,
        to: PointerValue<'c>,
        ty: Ty,
    ) -> Result<()> {
        let frame = self.frame(select)?;
        let at = arm as usize;
        let slot = frame.slots.get(at).copied().flatten();
        let slot = slot.ok_or_else(|| InternalError::new("a message of an arm that receives none"))?;
        let arms = frame.arms;
        if ty == message {
            let layout = self.b.cx.layout(ty)?;
            return self.b.copy(slot, to, &layout);
        }
        let passed = self.b.offset(arms, (at * size_of::<AbiArm>() + offset_of!(AbiArm, passed)) as u64)?;
        let i32_type = self.b.cx.context.i32_type();
        let passed = self.b.ir.build_load(i32_type, passed, "")?.into_int_value();
        let some = self.b.ir.build_int_compare(IntPredicate::NE, passed, i32_type.const_zero(), "")?;
        self.store_option(some, slot, to, ty)
    }

    fn frame(&self, select: Local) -> Result<&Frame<'c>> {
        self.selects.get(&select).ok_or_else(|| InternalError::new("an arm of no select"))
    }

    /// Writes a field of an arm.
    fn put(
        &self,
        arm: PointerValue<'c>,
        offset: usize,
        value: impl inkwell::values::BasicValue<'c>,
    ) -> Result<()> {
        self.b.ir.build_store(self.b.offset(arm, offset as u64)?, value)?;
        Ok(())
    }

    /// A number if the guard holds, else another.
    fn guarded(&mut self, guard: Option<&Operand>, holds: u32, fails: u32) -> Result<IntValue<'c>> {
        let cx = self.b.cx;
        let Some(guard) = guard else { return Ok(cx.i32(holds)) };
        let guard = self.scalar(guard)?.into_int_value();
        Ok(self.b.ir.build_select(guard, cx.i32(holds), cx.i32(fails), "")?.into_int_value())
    }

    /// The pointer of a handle; null if the operand is an option without one.
    fn handle(&mut self, operand: &Operand) -> Result<PointerValue<'c>> {
        Ok(self.scalar(operand)?.into_pointer_value())
    }

    /// A number of nanoseconds, or what stands for it in an option without one.
    fn nanos(&mut self, operand: &Operand) -> Result<IntValue<'c>> {
        match self.operand(operand)? {
            Val::Scalar(nanos) => Ok(nanos.into_int_value()),
            Val::Memory(option) => {
                let ty = self.operand_ty(operand).unwrap_or_else(Ty::int);
                let slot = self.payload(ty)?;
                self.b.load_i64(self.b.offset(option, slot.offset)?)
            }
            Val::Unit => Err(InternalError::new("a time that is no number")),
        }
    }

    /// Copies a value to send to where the runtime takes it, ready to move to another task; gives that place.
    fn value_to_send(
        &mut self,
        sender: &Operand,
        value: &Operand,
        slot: PointerValue<'c>,
    ) -> Result<PointerValue<'c>> {
        let message = self.operand_ty(sender).and_then(message);
        let message = message.ok_or_else(|| InternalError::new("a send without a channel"))?;
        let ty = self.operand_ty(value).unwrap_or(message);
        let layout = self.b.cx.layout(ty)?;
        let content = self.operand(value)?;
        if ty == message {
            self.b.write(content, slot, &layout)?;
            self.b.cross(slot, ty)?;
            return Ok(slot);
        }
        let option = self.b.alloca(&layout, "")?;
        self.b.write(content, option, &layout)?;
        self.b.cross(option, ty)?;
        let payload = self.payload(ty)?;
        self.b.offset(option, payload.offset)
    }

    /// Where an option keeps its value.
    fn payload(&self, option: Ty) -> Result<Slot> {
        let layout = self.b.cx.layout(option)?;
        match &layout.shape {
            Shape::Nullable { field, .. } => Ok(*field),
            Shape::Tagged { variants, .. } => match &*variants[1] {
                [slot] => Ok(*slot),
                _ => Err(InternalError::new(format!("`{option}` is no option"))),
            },
            _ => Err(InternalError::new(format!("`{option}` is no option"))),
        }
    }
}

/// The operands of an arm.
struct Operands<'m> {
    guard: Option<&'m Operand>,
    operands: Vec<&'m Operand>,
}

/// The arguments of a select, by arm.
fn split<'m>(select: &Select, args: &'m [Arg]) -> Result<Vec<Operands<'m>>> {
    let mut rest = args.iter().map(|arg| match arg {
        Arg::Value(operand) => Ok(operand),
        Arg::Mut(_) => Err(InternalError::new("an arm that changes its operand")),
    });
    let arms = select.arms.iter().map(|arm| {
        let guard = if arm.guarded { rest.next().transpose()? } else { None };
        let operands = rest.by_ref().take(arm.op.args().len()).collect::<Result<_>>()?;
        Ok(Operands { guard, operands })
    });
    arms.collect()
}

/// The type of messages of an end of a channel, or of an option of one.
fn message(end: Ty) -> Option<Ty> {
    match end.kind() {
        TyKind::Receiver(message) | TyKind::Sender(message) => Some(*message),
        TyKind::Adt(_, _, args) => args.first().copied().and_then(message),
        _ => None,
    }
}
