//! Intrinsics: calls of the runtime as their table says, and the few that are instructions.

use inkwell::basic_block::BasicBlock;
use inkwell::values::{BasicValueEnum, PointerValue};
use wyn_abi::AbiType;
use wyn_base::Span;
use wyn_hir::intrinsics::{AbiArg, AbiResult, Lowering};
use wyn_mir::{Arg, IntTy, Intrinsic, Operand, Place, Ty, TyKind};

use crate::body::BodyCx;
use crate::builder::Val;
use crate::glue::Op;
use crate::layout::Shape;
use crate::tables::ObjectType;
use crate::{InternalError, Result};

impl<'c> BodyCx<'_, 'c, '_> {
    /// An intrinsic with its result written to `dest`. What does not return ends the block.
    pub(crate) fn intrinsic(
        &mut self,
        intrinsic: Intrinsic,
        types: &[Ty],
        args: &[Arg],
        dest: &Place,
        span: Span,
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<()> {
        match intrinsic.lowering() {
            Lowering::Call(name, abi_args, result) => {
                let call = RuntimeCall { intrinsic, name, abi_args, result, types, args, dest, span };
                self.runtime_call(&call, unwind)
            }
            Lowering::Inline => self.inline(intrinsic, types, args, dest, span, unwind),
        }
    }

    fn inline(
        &mut self,
        intrinsic: Intrinsic,
        types: &[Ty],
        args: &[Arg],
        dest: &Place,
        span: Span,
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<()> {
        match (intrinsic, args) {
            (Intrinsic::ArrayLen | Intrinsic::StringLen, [Arg::Value(whole)]) => {
                let object = self.scalar(whole)?.into_pointer_value();
                let len = self.b.load_length(object)?;
                self.store(Val::Scalar(len), dest)
            }
            (Intrinsic::Cmp, [Arg::Value(left), Arg::Value(right)]) => {
                let order = self.compare(left, right)?;
                self.store(order, dest)
            }
            (Intrinsic::ChannelNew, [Arg::Value(capacity)]) => {
                let at = self.location(span)?;
                self.new_channel(types[0], capacity, at, dest, unwind)
            }
            (Intrinsic::SyncChannel, [Arg::Value(capacity), Arg::Value(place)]) => {
                let place = self.scalar(place)?.into_int_value();
                let at = self.b.ir.build_int_to_ptr(place, self.b.cx.ptr, "")?;
                self.new_channel(types[0], capacity, at, dest, unwind)
            }
            (Intrinsic::SyncPlace, []) => {
                let place =
                    self.b.ir.build_ptr_to_int(self.location(span)?, self.b.cx.context.i64_type(), "")?;
                self.store(Val::Scalar(place.into()), dest)
            }
            (Intrinsic::Lock, _) => self.lock_all(args, span, unwind),
            (
                Intrinsic::AtomicNew
                | Intrinsic::AtomicLoad
                | Intrinsic::AtomicStore
                | Intrinsic::AtomicAdd
                | Intrinsic::AtomicSub
                | Intrinsic::AtomicSwap
                | Intrinsic::AtomicCompareSwap,
                _,
            ) => self.atomic(intrinsic, types, args, dest),
            (
                Intrinsic::ArrayElement
                | Intrinsic::NeedsDrop
                | Intrinsic::SlotsOf
                | Intrinsic::SlotMove
                | Intrinsic::SlotPut
                | Intrinsic::SlotShare
                | Intrinsic::SlotTake,
                _,
            ) => self.slots(intrinsic, types, args, dest),
            _ => Err(InternalError::new(format!("`{}` is no operation of codegen's", intrinsic.name()))),
        }
    }

    /// A channel that counts as made at this place.
    fn new_channel(
        &mut self,
        message: Ty,
        capacity: &Operand,
        at: PointerValue<'c>,
        dest: &Place,
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<()> {
        let elem = self.b.cx.elem_descriptor(message)?;
        let capacity = self.scalar(capacity)?;
        let args = [self.b.fiber.into(), elem.into(), capacity, at.into()];
        let channel = self.b.invoke("wyn_channel_new", &args, unwind)?;
        let channel = channel.ok_or_else(|| InternalError::new("no channel"))?;
        // Both ends are the same pointer, counted apart.
        let (to, ty) = self.place(dest)?;
        let layout = self.b.cx.layout(ty)?;
        let Shape::Fields(slots) = &layout.shape else {
            return Err(InternalError::new(format!("`{ty}` is no pair of ends")));
        };
        for slot in slots {
            self.b.store_scalar(channel, self.b.offset(to, slot.offset)?)?;
        }
        Ok(())
    }

    /// Locks: one mutex directly, several in the order that the runtime finds.
    fn lock_all(&mut self, args: &[Arg], span: Span, unwind: Option<BasicBlock<'c>>) -> Result<()> {
        let cx = self.b.cx;
        let at = self.location(span)?.into();
        let fiber = self.b.fiber.into();
        let contents: Vec<PointerValue<'c>> = args
            .iter()
            .map(|arg| match arg {
                Arg::Mut(place) => Ok(self.place(place)?.0),
                Arg::Value(_) => Err(InternalError::new("a lock of a value")),
            })
            .collect::<Result<_>>()?;
        if let [content] = *contents {
            self.b.invoke("wyn_lock", &[fiber, content.into(), at], unwind)?;
            return Ok(());
        }
        let list = self.b.alloca_typed(cx.ptr.array_type(contents.len() as u32), 8, "")?;
        for (at, content) in contents.iter().enumerate() {
            self.b.store_scalar((*content).into(), self.b.offset(list, 8 * at as u64)?)?;
        }
        let count = cx.i64(contents.len() as u64).into();
        self.b.invoke("wyn_lock_all", &[fiber, list.into(), count, at], unwind)?;
        Ok(())
    }

    fn runtime_call(&mut self, call: &RuntimeCall<'_>, unwind: Option<BasicBlock<'c>>) -> Result<()> {
        let cx = self.b.cx;
        let row = cx.runtime.get(cx, call.name)?.row;
        let (dest_at, dest_ty) = self.place(call.dest)?;
        let mut out = None;
        let mut values: Vec<BasicValueEnum<'c>> = Vec::with_capacity(call.abi_args.len());
        for (at, abi_arg) in call.abi_args.iter().enumerate() {
            values.push(match abi_arg {
                AbiArg::Fiber => self.b.fiber.into(),
                AbiArg::Value(arg) => {
                    let operand = call.operand(*arg)?;
                    let value = self.scalar(operand)?;
                    let ty = self.operand_ty(operand).unwrap_or_else(Ty::unit);
                    self.to_abi(value, ty, row.params[at].ty)?
                }
                AbiArg::Place(arg) => match &call.args[*arg as usize] {
                    Arg::Mut(place) => self.place(place)?.0.into(),
                    Arg::Value(_) => return Err(call.error("wants a place")),
                },
                AbiArg::Addr(arg) => self.address(call, *arg)?.into(),
                AbiArg::ElemSize => {
                    let element = call.types.first().ok_or_else(|| call.error("has no type argument"))?;
                    cx.i64(cx.layout(*element)?.size).into()
                }
                AbiArg::TypeIndex => {
                    let object = ObjectType::of(dest_ty).ok_or_else(|| call.error("gives no object"))?;
                    cx.i32(cx.type_index(object)).into()
                }
                AbiArg::Location => self.location(call.span)?.into(),
                AbiArg::Out => {
                    let pointer = self.out(call, dest_ty)?;
                    out = Some(pointer);
                    pointer.into()
                }
            });
        }
        let value = self.b.invoke(call.name, &values, unwind)?;
        let missing = || call.error("gives nothing");
        match call.result {
            AbiResult::Unit | AbiResult::Never => Ok(()),
            AbiResult::Value => self.store_abi(value.ok_or_else(missing)?, row.ret, dest_at, dest_ty),
            AbiResult::Out => {
                let layout = cx.layout(dest_ty)?;
                self.b.copy(out.ok_or_else(missing)?, dest_at, &layout)
            }
            AbiResult::OutOption => {
                let some = value.ok_or_else(missing)?.into_int_value();
                self.store_option(some, out.ok_or_else(missing)?, dest_at, dest_ty)
            }
        }
    }

    /// The address of an argument's value; the callee may write it when it takes it over.
    fn address(&mut self, call: &RuntimeCall<'_>, arg: u8) -> Result<PointerValue<'c>> {
        let operand = call.operand(arg)?;
        let ty = match self.operand_ty(operand) {
            Some(ty) => ty,
            None => *call.types.first().ok_or_else(|| call.error("has no type argument"))?,
        };
        let layout = self.b.cx.layout(ty)?;
        let value = self.operand(operand)?;
        let at = self.b.alloca(&layout, "")?;
        self.b.write(value, at, &layout)?;
        match call.intrinsic {
            Intrinsic::SenderSend | Intrinsic::SenderOffer => self.b.cross(at, ty)?,
            Intrinsic::MutexNew => self.b.count(Op::Share, at, ty)?,
            _ => {}
        }
        Ok(at)
    }

    /// Memory for a result that the runtime writes.
    fn out(&self, call: &RuntimeCall<'_>, dest: Ty) -> Result<PointerValue<'c>> {
        let written = match (call.result, dest.kind()) {
            (AbiResult::OutOption, TyKind::Adt(_, _, args)) => {
                *args.first().ok_or_else(|| call.error("gives no option"))?
            }
            _ => dest,
        };
        self.b.alloca(&*self.b.cx.layout(written)?, "")
    }

    /// Writes `Some` of what lies in memory, or `None`.
    pub(crate) fn store_option(
        &self,
        some: inkwell::values::IntValue<'c>,
        from: PointerValue<'c>,
        to: PointerValue<'c>,
        option: Ty,
    ) -> Result<()> {
        let cx = self.b.cx;
        let layout = cx.layout(option)?;
        match &layout.shape {
            Shape::Nullable { .. } => {
                let (full, done) = (self.b.block("some"), self.b.block("option"));
                self.b.store_scalar(cx.ptr.const_null().into(), to)?;
                self.b.ir.build_conditional_branch(some, full, done)?;
                self.b.enter(full);
                let value = self.b.load_ptr(from)?;
                self.b.store_scalar(value.into(), to)?;
                self.b.ir.build_unconditional_branch(done)?;
                self.b.enter(done);
                Ok(())
            }
            Shape::Tagged { tag, variants } => {
                // `None` is variant 0, `Some` variant 1. The payload of `None` is never read.
                let tag = self.b.resize(some, cx.memory_type(*tag).into_int_type(), false)?;
                self.b.ir.build_store(to, tag)?;
                let [slot] = &*variants[1] else {
                    return Err(InternalError::new(format!("`{option}` is no option")));
                };
                let payload = cx.layout(slot.ty)?;
                let (full, done) = (self.b.block("some"), self.b.block("option"));
                self.b.ir.build_conditional_branch(some, full, done)?;
                self.b.enter(full);
                self.b.copy(from, self.b.offset(to, slot.offset)?, &payload)?;
                self.b.ir.build_unconditional_branch(done)?;
                self.b.enter(done);
                Ok(())
            }
            Shape::Fields(_) | Shape::Scalar(_) => {
                Err(InternalError::new(format!("`{option}` is no option")))
            }
        }
    }

    /// A value as the runtime wants it.
    fn to_abi(&self, value: BasicValueEnum<'c>, ty: Ty, abi: AbiType) -> Result<BasicValueEnum<'c>> {
        let context = self.b.cx.context;
        Ok(match (abi, value) {
            (AbiType::I64, BasicValueEnum::IntValue(int)) => {
                self.b.resize(int, context.i64_type(), signed(ty))?.into()
            }
            (AbiType::I32, BasicValueEnum::IntValue(int)) => {
                self.b.resize(int, context.i32_type(), signed(ty))?.into()
            }
            // The handle of a nursery is a number to MIR.
            (AbiType::Ptr, BasicValueEnum::IntValue(int)) => {
                self.b.ir.build_int_to_ptr(int, self.b.cx.ptr, "")?.into()
            }
            (AbiType::F64, BasicValueEnum::FloatValue(x)) => {
                self.b.ir.build_float_cast(x, context.f64_type(), "")?.into()
            }
            _ => value,
        })
    }

    /// Writes what the runtime gave to a place of this type.
    fn store_abi(&self, value: BasicValueEnum<'c>, abi: AbiType, to: PointerValue<'c>, ty: Ty) -> Result<()> {
        let cx = self.b.cx;
        let layout = cx.layout(ty)?;
        match (&layout.shape, abi) {
            (Shape::Fields(slots), AbiType::IntInt | AbiType::IntFloat | AbiType::IntPtr) => {
                for (at, slot) in slots.iter().enumerate() {
                    let part = self.b.ir.build_extract_value(value.into_struct_value(), at as u32, "")?;
                    self.b.store_scalar(part, self.b.offset(to, slot.offset)?)?;
                }
                Ok(())
            }
            _ => {
                let value = match (layout.scalar(), value) {
                    (Some(scalar), BasicValueEnum::IntValue(int)) => {
                        self.b.resize(int, cx.value_type(scalar).into_int_type(), signed(ty))?.into()
                    }
                    (_, value) => value,
                };
                self.b.store_scalar(value, to)
            }
        }
    }
}

/// Whether a narrower value of the type is extended with its sign.
fn signed(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Int(int) => IntTy::signed(*int),
        _ => false,
    }
}

/// One call of the runtime for an intrinsic.
struct RuntimeCall<'m> {
    intrinsic: Intrinsic,
    name: &'static str,
    abi_args: &'static [AbiArg],
    result: AbiResult,
    types: &'m [Ty],
    args: &'m [Arg],
    dest: &'m Place,
    span: Span,
}

impl RuntimeCall<'_> {
    fn operand(&self, at: u8) -> Result<&Operand> {
        match self.args.get(at as usize) {
            Some(Arg::Value(operand)) => Ok(operand),
            _ => Err(self.error("wants a value")),
        }
    }

    fn error(&self, what: &str) -> InternalError {
        InternalError::new(format!("`{}` {what}", self.intrinsic.name()))
    }
}
