//! Writing one function: instructions, calls that may unwind, memory, counts.
//!
//! Shared by translated bodies, glue and wrappers. All allocas stand in the function's first block.

use inkwell::basic_block::BasicBlock;
use inkwell::builder::Builder;
use inkwell::types::{BasicType, BasicTypeEnum};
use inkwell::values::{
    BasicMetadataValueEnum, BasicValue, BasicValueEnum, CallSiteValue, FunctionValue, InstructionValue,
    IntValue, PointerValue,
};
use inkwell::{AtomicOrdering, IntPredicate};
use wyn_abi::AbiType;
use wyn_base::Span;
use wyn_mir::Ty;

use crate::cx::{Cx, Values};
use crate::layout::{Layout, Scalar};
use crate::runtime::RuntimeFn;
use crate::signature::{Pass, Reg, Signature, parts_type};
use crate::{InternalError, Result};

/// A value as codegen holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val<'c> {
    /// A value without bytes.
    Unit,
    /// In a register.
    Scalar(BasicValueEnum<'c>),
    /// In memory that nobody writes while the value is in use.
    Memory(PointerValue<'c>),
}

/// Whose code is called.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'c> {
    /// A function of the module.
    Direct(FunctionValue<'c>),
    /// A code pointer.
    Indirect(PointerValue<'c>),
}

/// What a call hands over besides the fiber and the arguments, where the callee's signature has it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Hidden<'c> {
    /// The closure object.
    pub(crate) closure: Option<PointerValue<'c>>,
    /// The place of the call.
    pub(crate) caller: Option<PointerValue<'c>>,
}

/// A function being written.
pub(crate) struct FunctionBuilder<'a, 'c, 'p> {
    pub(crate) cx: &'a Cx<'c, 'p>,
    pub(crate) ir: Builder<'c>,
    pub(crate) function: FunctionValue<'c>,
    pub(crate) fiber: PointerValue<'c>,
    allocas: BasicBlock<'c>,
    start: BasicBlock<'c>,
}

impl<'a, 'c, 'p> FunctionBuilder<'a, 'c, 'p> {
    /// Begins a function whose fiber is the parameter at this position.
    pub(crate) fn new(cx: &'a Cx<'c, 'p>, function: FunctionValue<'c>, fiber: u32) -> Result<Self> {
        let allocas = cx.context.append_basic_block(function, "entry");
        let start = cx.context.append_basic_block(function, "start");
        let ir = cx.context.create_builder();
        ir.position_at_end(start);
        let fiber = function
            .get_nth_param(fiber)
            .ok_or_else(|| InternalError::new("a function without its fiber"))?
            .into_pointer_value();
        Ok(Self { cx, ir, function, fiber, allocas, start })
    }

    /// Ends the function: the entry block falls into the code.
    pub(crate) fn finish(&self) -> Result<()> {
        self.ir.position_at_end(self.allocas);
        self.ir.unset_current_debug_location();
        self.ir.build_unconditional_branch(self.start)?;
        Ok(())
    }

    /// Gives a function that has no source of its own a place in the debug information, so that
    /// what is inlined into it keeps its lines. What follows counts as written there.
    pub(crate) fn describe(&self, name: &str, span: Span) {
        if let Some(debug) = &self.cx.debug {
            let scope = debug.begin_function(self.cx, self.function, name, span);
            debug.set_location(self.cx, &self.ir, &scope, span);
        }
    }

    /// A new block of the function.
    pub(crate) fn block(&self, name: &str) -> BasicBlock<'c> {
        self.cx.context.append_basic_block(self.function, name)
    }

    /// Goes on writing in this block.
    pub(crate) fn enter(&self, block: BasicBlock<'c>) {
        self.ir.position_at_end(block);
    }

    /// A parameter by its LLVM position.
    pub(crate) fn param(&self, at: u32) -> Result<BasicValueEnum<'c>> {
        self.function.get_nth_param(at).ok_or_else(|| InternalError::new("a function without a parameter"))
    }

    /// Memory of the frame.
    pub(crate) fn alloca(&self, layout: &Layout, name: &str) -> Result<PointerValue<'c>> {
        let ty: BasicTypeEnum<'c> = match layout.scalar() {
            Some(scalar) => self.cx.memory_type(scalar),
            None => self.cx.context.i8_type().array_type(layout.size as u32).into(),
        };
        self.alloca_typed(ty, layout.align, name)
    }

    /// Memory of the frame for an LLVM type.
    pub(crate) fn alloca_typed(
        &self,
        ty: impl BasicType<'c>,
        align: u64,
        name: &str,
    ) -> Result<PointerValue<'c>> {
        let back = self.ir.get_insert_block();
        let location = self.ir.get_current_debug_location();
        self.ir.position_at_end(self.allocas);
        self.ir.unset_current_debug_location();
        let pointer = self.ir.build_alloca(ty, name)?;
        if let Some(instruction) = pointer.as_instruction() {
            instruction.set_alignment(align.max(1) as u32).map_err(|e| InternalError::new(e.to_string()))?;
        }
        if let Some(back) = back {
            self.ir.position_at_end(back);
        }
        if let Some(location) = location {
            self.ir.set_current_debug_location(location);
        }
        Ok(pointer)
    }

    /// The address so many bytes into the object at a pointer.
    pub(crate) fn offset(&self, pointer: PointerValue<'c>, bytes: u64) -> Result<PointerValue<'c>> {
        if bytes == 0 {
            return Ok(pointer);
        }
        let bytes = self.cx.i64(bytes);
        // SAFETY: layouts keep the address inside the object that `pointer` points into.
        Ok(unsafe { self.ir.build_in_bounds_gep(self.cx.context.i8_type(), pointer, &[bytes], "")? })
    }

    /// The address of the element at an index, `size` bytes each.
    pub(crate) fn element(
        &self,
        base: PointerValue<'c>,
        index: IntValue<'c>,
        size: u64,
    ) -> Result<PointerValue<'c>> {
        let element = self.cx.context.i8_type().array_type(size as u32);
        // SAFETY: MIR has checked the index against the length of the array.
        Ok(unsafe { self.ir.build_in_bounds_gep(element, base, &[index], "")? })
    }

    /// Reads a register from memory as it lies there.
    pub(crate) fn load_raw(&self, at: PointerValue<'c>, scalar: Scalar) -> Result<BasicValueEnum<'c>> {
        Ok(self.ir.build_load(self.cx.memory_type(scalar), at, "")?)
    }

    /// Reads a value from memory.
    pub(crate) fn load_scalar(&self, at: PointerValue<'c>, scalar: Scalar) -> Result<BasicValueEnum<'c>> {
        let raw = self.load_value(at, scalar)?;
        if scalar != Scalar::Bool {
            return Ok(raw);
        }
        Ok(self.ir.build_int_truncate(raw.into_int_value(), self.cx.context.bool_type(), "")?.into())
    }

    /// Reads a register from memory that holds a value of the program.
    pub(crate) fn load_value(&self, at: PointerValue<'c>, scalar: Scalar) -> Result<BasicValueEnum<'c>> {
        self.load_as(at, scalar, Values::Read)
    }

    /// The length of an array or string object.
    pub(crate) fn load_length(&self, object: PointerValue<'c>) -> Result<BasicValueEnum<'c>> {
        let at = self.offset(object, core::mem::offset_of!(wyn_abi::ArrayObject, len) as u64)?;
        let length = self.load_as(at, Scalar::Int(64), Values::Length)?;
        if let Some(load) = length.as_instruction_value() {
            self.cx.about_length(load)?;
        }
        Ok(length)
    }

    fn load_as(&self, at: PointerValue<'c>, scalar: Scalar, what: Values) -> Result<BasicValueEnum<'c>> {
        let raw = self.load_raw(at, scalar)?;
        if let Some(load) = raw.as_instruction_value() {
            self.cx.about_values(load, what)?;
        }
        Ok(raw)
    }

    /// Reads a pointer from memory.
    pub(crate) fn load_ptr(&self, at: PointerValue<'c>) -> Result<PointerValue<'c>> {
        Ok(self.load_raw(at, Scalar::Ptr)?.into_pointer_value())
    }

    /// Reads 64 bits from memory.
    pub(crate) fn load_i64(&self, at: PointerValue<'c>) -> Result<IntValue<'c>> {
        Ok(self.load_raw(at, Scalar::Int(64))?.into_int_value())
    }

    /// Writes a register's value to memory; a `bool` becomes a byte.
    pub(crate) fn store_scalar(&self, value: BasicValueEnum<'c>, to: PointerValue<'c>) -> Result<()> {
        self.store_instruction(value, to).map(drop)
    }

    /// Writes a register's value to memory, and gives the instruction that does.
    pub(crate) fn store_instruction(
        &self,
        value: BasicValueEnum<'c>,
        to: PointerValue<'c>,
    ) -> Result<InstructionValue<'c>> {
        let value = match value {
            BasicValueEnum::IntValue(int) if int.get_type().get_bit_width() == 1 => {
                self.ir.build_int_z_extend(int, self.cx.context.i8_type(), "")?.into()
            }
            other => other,
        };
        Ok(self.ir.build_store(to, value)?)
    }

    /// What lies in memory, as a value.
    pub(crate) fn read(&self, at: PointerValue<'c>, layout: &Layout) -> Result<Val<'c>> {
        if layout.is_zst() {
            return Ok(Val::Unit);
        }
        Ok(match layout.scalar() {
            Some(scalar) => Val::Scalar(self.load_scalar(at, scalar)?),
            None => Val::Memory(at),
        })
    }

    /// Writes a value to memory.
    pub(crate) fn write(&self, value: Val<'c>, to: PointerValue<'c>, layout: &Layout) -> Result<()> {
        match value {
            Val::Unit => Ok(()),
            Val::Scalar(scalar) => self.store_scalar(scalar, to),
            Val::Memory(from) => self.copy(from, to, layout),
        }
    }

    /// Copies bytes; both sides may be the same memory, but do not overlap otherwise.
    pub(crate) fn copy(&self, from: PointerValue<'c>, to: PointerValue<'c>, layout: &Layout) -> Result<()> {
        if layout.is_zst() || from == to {
            return Ok(());
        }
        let align = layout.align as u32;
        self.ir
            .build_memcpy(to, align, from, align, self.cx.i64(layout.size))
            .map_err(|error| InternalError::new(error.to_string()))?;
        Ok(())
    }

    /// Calls; with a landing pad the call is an invoke and writing goes on in its normal successor.
    pub(crate) fn raw_call(
        &self,
        target: Target<'c>,
        ty: inkwell::types::FunctionType<'c>,
        args: &[BasicValueEnum<'c>],
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<CallSiteValue<'c>> {
        let Some(pad) = unwind else {
            let args: Vec<BasicMetadataValueEnum<'c>> = args.iter().map(|&arg| arg.into()).collect();
            return Ok(match target {
                Target::Direct(function) => self.ir.build_direct_call(function, &args, "")?,
                Target::Indirect(code) => self.ir.build_indirect_call(ty, code, &args, "")?,
            });
        };
        let next = self.block("next");
        let site = match target {
            Target::Direct(function) => self.ir.build_direct_invoke(function, args, next, pad, "")?,
            Target::Indirect(code) => self.ir.build_indirect_invoke(ty, code, args, next, pad, "")?,
        };
        self.enter(next);
        Ok(site)
    }

    /// Catches whatever comes, at the beginning of a landing pad: gives the exception.
    pub(crate) fn catch_all(&self) -> Result<PointerValue<'c>> {
        let (ty, personality) = (self.cx.exception_type(), self.cx.runtime.personality(self.cx));
        let all = self.cx.ptr.const_null().into();
        let caught = self.ir.build_landing_pad(ty, personality, &[all], false, "")?;
        Ok(self.ir.build_extract_value(caught.into_struct_value(), 0, "")?.into_pointer_value())
    }

    /// Calls a function of the runtime that cannot unwind.
    pub(crate) fn call(&self, name: &str, args: &[BasicValueEnum<'c>]) -> Result<Option<BasicValueEnum<'c>>> {
        self.invoke(name, args, None)
    }

    /// Calls a function of the runtime; without a landing pad unwinding leaves this function.
    pub(crate) fn invoke(
        &self,
        name: &str,
        args: &[BasicValueEnum<'c>],
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<Option<BasicValueEnum<'c>>> {
        let RuntimeFn { function, row } = self.cx.runtime.get(self.cx, name)?;
        let unwind = unwind.filter(|_| row.effects.unwinds);
        let site = self.raw_call(Target::Direct(function), function.get_type(), args, unwind)?;
        Ok(match row.ret {
            AbiType::Void => None,
            AbiType::Never => {
                self.ir.build_unreachable()?;
                None
            }
            _ => site.try_as_basic_value().basic(),
        })
    }

    /// Calls a function of the runtime that gives a pointer.
    pub(crate) fn call_ptr(&self, name: &str, args: &[BasicValueEnum<'c>]) -> Result<PointerValue<'c>> {
        match self.call(name, args)? {
            Some(BasicValueEnum::PointerValue(pointer)) => Ok(pointer),
            _ => Err(InternalError::new(format!("`{name}` gives no pointer"))),
        }
    }

    /// Calls a function of the runtime that gives an integer or a bool.
    pub(crate) fn call_int(&self, name: &str, args: &[BasicValueEnum<'c>]) -> Result<IntValue<'c>> {
        match self.call(name, args)? {
            Some(BasicValueEnum::IntValue(value)) => Ok(value),
            _ => Err(InternalError::new(format!("`{name}` gives no integer"))),
        }
    }

    /// Calls a function with Wyn's convention. `out` is
    /// memory for the result; a result in a register is returned.
    pub(crate) fn call_wyn(
        &self,
        target: Target<'c>,
        signature: &Signature,
        hidden: Hidden<'c>,
        args: &[Val<'c>],
        out: Option<PointerValue<'c>>,
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<Val<'c>> {
        let mut values: Vec<BasicValueEnum<'c>> = Vec::with_capacity(args.len() + 3);
        let missing = || InternalError::new("a call without memory for its result");
        if signature.ret == Pass::Indirect {
            values.push(out.ok_or_else(missing)?.into());
        }
        values.push(self.fiber.into());
        values.extend(hidden.closure.map(BasicValueEnum::from));
        values.extend(hidden.caller.map(BasicValueEnum::from));
        for (arg, (_, pass, ty)) in args.iter().zip(&signature.params) {
            self.push_arg(&mut values, *arg, pass, *ty)?;
        }
        let site = self.raw_call(target, signature.llvm(self.cx), &values, unwind)?;
        for (at, attribute) in self.cx.signature_attributes(signature)? {
            site.add_attribute(at, attribute);
        }
        if signature.ret_ty.is_never() {
            self.ir.build_unreachable()?;
            return Ok(Val::Unit);
        }
        let value = site.try_as_basic_value().basic();
        Ok(match (&signature.ret, value) {
            (Pass::Scalar(_), Some(value)) => Val::Scalar(value),
            (Pass::Parts(regs), Some(value)) => {
                let out = out.ok_or_else(missing)?;
                self.store_parts(value, regs, out)?;
                Val::Memory(out)
            }
            (Pass::Indirect, _) => Val::Memory(out.ok_or_else(missing)?),
            _ => Val::Unit,
        })
    }

    fn push_arg(
        &self,
        values: &mut Vec<BasicValueEnum<'c>>,
        arg: Val<'c>,
        pass: &Pass,
        ty: Ty,
    ) -> Result<()> {
        match (pass, arg) {
            (Pass::Ignore, _) => {}
            (Pass::Scalar(_), Val::Scalar(value)) => values.push(value),
            (Pass::Parts(regs), Val::Memory(at)) => {
                for reg in regs {
                    values.push(self.load_raw(self.offset(at, reg.offset)?, reg.scalar)?);
                }
            }
            (Pass::Indirect, Val::Memory(at)) => values.push(at.into()),
            _ => {
                return Err(InternalError::new(format!(
                    "an argument of type `{ty}` travels in the wrong way"
                )));
            }
        }
        Ok(())
    }

    /// Stores a value that came in registers.
    pub(crate) fn store_parts(
        &self,
        value: BasicValueEnum<'c>,
        regs: &[Reg],
        to: PointerValue<'c>,
    ) -> Result<()> {
        if let [reg] = regs {
            self.ir.build_store(self.offset(to, reg.offset)?, value)?;
            return Ok(());
        }
        for (at, reg) in regs.iter().enumerate() {
            let part = self.ir.build_extract_value(value.into_struct_value(), at as u32, "")?;
            self.ir.build_store(self.offset(to, reg.offset)?, part)?;
        }
        Ok(())
    }

    /// Returns what lies in memory, by this way.
    pub(crate) fn ret(&self, pass: &Pass, from: Option<PointerValue<'c>>) -> Result<()> {
        let from = || from.ok_or_else(|| InternalError::new("a function without a return place"));
        match pass {
            Pass::Ignore | Pass::Indirect => {
                self.ir.build_return(None)?;
            }
            Pass::Scalar(scalar) => {
                let value = self.load_scalar(from()?, *scalar)?;
                self.ir.build_return(Some(&value))?;
            }
            Pass::Parts(regs) if regs.len() == 1 => {
                let value = self.load_raw(self.offset(from()?, regs[0].offset)?, regs[0].scalar)?;
                self.ir.build_return(Some(&value))?;
            }
            Pass::Parts(regs) => {
                let mut whole = parts_type(self.cx, regs).into_struct_type().get_poison();
                for (at, reg) in regs.iter().enumerate() {
                    let part = self.load_raw(self.offset(from()?, reg.offset)?, reg.scalar)?;
                    whole = self.ir.build_insert_value(whole, part, at as u32, "")?.into_struct_value();
                }
                self.ir.build_return(Some(&whole))?;
            }
        }
        Ok(())
    }

    /// Extends or truncates.
    pub(crate) fn resize(
        &self,
        value: IntValue<'c>,
        to: inkwell::types::IntType<'c>,
        signed: bool,
    ) -> Result<IntValue<'c>> {
        let (from, width) = (value.get_type().get_bit_width(), to.get_bit_width());
        Ok(if from > width {
            self.ir.build_int_truncate(value, to, "")?
        } else if from == width {
            value
        } else if signed {
            self.ir.build_int_s_extend(value, to, "")?
        } else {
            self.ir.build_int_z_extend(value, to, "")?
        })
    }

    /// Goes to the first block when the condition holds, which it rarely does.
    pub(crate) fn branch_rarely(
        &self,
        condition: IntValue<'c>,
        rare: BasicBlock<'c>,
        usual: BasicBlock<'c>,
    ) -> Result<()> {
        let branch = self.ir.build_conditional_branch(condition, rare, usual)?;
        set_weights(self.cx, branch, 1, 2000)
    }

    /// Asks the runtime for a pause when somebody wants one.
    pub(crate) fn poll(&self) -> Result<()> {
        let limit = self.stack_limit()?;
        let poison = self.cx.context.i64_type().const_int(wyn_abi::STACK_LIMIT_POISON as u64, false);
        let wanted = self.ir.build_int_compare(IntPredicate::EQ, limit, poison, "")?;
        let (slow, next) = (self.block("poll"), self.block("polled"));
        self.branch_rarely(wanted, slow, next)?;
        self.enter(slow);
        self.call("wyn_poll", &[self.fiber.into()])?;
        self.ir.build_unconditional_branch(next)?;
        self.enter(next);
        Ok(())
    }

    /// The fiber's stack limit, which another thread may poison at any time.
    pub(crate) fn stack_limit(&self) -> Result<IntValue<'c>> {
        let at = self.offset(self.fiber, core::mem::offset_of!(wyn_abi::Fiber, stack_limit) as u64)?;
        let limit = self.load_i64(at)?;
        monotonic(limit)?;
        Ok(limit)
    }
}

/// Makes a load atomic, in no particular order.
pub(crate) fn monotonic(load: IntValue<'_>) -> Result<()> {
    let instruction = load.as_instruction().ok_or_else(|| InternalError::new("not a load"))?;
    instruction
        .set_atomic_ordering(AtomicOrdering::Monotonic)
        .map_err(|error| InternalError::new(error.to_string()))
}

/// Says how often a conditional branch goes each way.
pub(crate) fn set_weights<'c>(
    cx: &Cx<'c, '_>,
    branch: inkwell::values::InstructionValue<'c>,
    first: u32,
    second: u32,
) -> Result<()> {
    let weights = cx.context.metadata_node(&[
        cx.context.metadata_string("branch_weights").into(),
        cx.i32(first).into(),
        cx.i32(second).into(),
    ]);
    branch
        .set_metadata(weights, cx.context.get_kind_id("prof"))
        .map_err(|error| InternalError::new(format!("{error:?}")))
}
