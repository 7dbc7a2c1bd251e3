//! The stack check at the beginning of functions: overflow test and poll in one comparison.
//!
//! *Requires* an optimised module. *Ensures* that every function that calls Wyn code and may unwind
//! begins with
//!
//! ```text
//! if rsp <= fiber.stack_limit {
//!     fiber.morestack_target = this function;
//!     fiber.morestack_stack_args = bytes of its arguments on the stack;
//!     return wyn_morestack(the same arguments)        // a tail call
//! }
//! ```
//!
//! `wyn_morestack` answers a poll or finds a larger stack and enters the function again. It gets the
//! arguments where the function got them, so nothing is copied but what lies on the stack.
//!
//! Checks come after optimisation because a check of an inlined function would be in the way, and
//! because only then it is known which functions call at all. Three things must hold until then, and
//! a call of `wyn.recursive`, an unknown function, at the beginning of each recursive body sees to
//! them: the fiber stays a parameter; the function does not count as `nounwind` (running out of
//! stack is a panic, and callers need their landing pads for it); and it counts as changing memory
//! (the check may park the fiber, so that nobody may keep `fiber.worker` across the call). What is
//! `nounwind` is therefore not recursive: its stack is bounded, fits the slack below the limit, and it
//! needs no check.

use inkwell::IntPredicate;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::builder::Builder;
use inkwell::intrinsics::Intrinsic;
use inkwell::module::Linkage;
use inkwell::targets::TargetData;
use inkwell::types::BasicMetadataTypeEnum;
use inkwell::values::{
    BasicMetadataValueEnum, BasicValue, CallSiteValue, FunctionValue, InstructionOpcode, InstructionValue,
    LLVMTailCallKind, PointerValue,
};
use wyn_abi::Fiber;
use wyn_base::components::components;
use wyn_base::{Idx, IndexVec};
use wyn_mir::{Body, BodyId, Callee, Const, Operand, Program, TermKind};

use crate::body::BodyCx;
use crate::builder::{monotonic, set_weights};
use crate::cx::{Cx, FIBER_ATTRIBUTE};
use crate::{InternalError, Opt, Result};

/// Stands at the beginning of recursive bodies while LLVM optimises.
const MARK: &str = "wyn.recursive";

/// Frames larger than this are checked before they are made, even when they call nothing. What is
/// left of [`wyn_abi::STACK_SLACK`] is for the functions of the runtime that they call.
const LARGE_FRAME: u64 = 4096;

impl BodyCx<'_, '_, '_> {
    /// Marks a recursive body.
    pub(crate) fn overflow_mark(&self, id: BodyId) -> Result<()> {
        let cx = self.b.cx;
        if cx.options.opt == Opt::O0 || !cx.recursive[id] {
            return Ok(());
        }
        let mark = cx.module.get_function(MARK).unwrap_or_else(|| {
            let ty = cx.context.void_type().fn_type(&[cx.ptr.into()], false);
            cx.module.add_function(MARK, ty, Some(Linkage::External))
        });
        self.at(self.body.span);
        self.b.ir.build_direct_call(mark, &[self.b.fiber.into()], "")?;
        Ok(())
    }
}

impl Cx<'_, '_> {
    /// Turns the marks into what the next inlining replaces them by. At the beginning of a function
    /// that is nothing: the check comes there. Elsewhere it is a poll, because LLVM may have made a
    /// loop of the recursion.
    pub(crate) fn settle_overflow_marks(&self) -> Result<()> {
        let Some(mark) = self.module.get_function(MARK) else { return Ok(()) };
        let pointer = self.poll_function()?.as_global_value().as_pointer_value();
        for block in self.module.get_functions().flat_map(|f| f.get_basic_blocks().into_iter().skip(1)) {
            for call in block.get_instructions() {
                let is_call =
                    matches!(call.get_opcode(), InstructionOpcode::Call | InstructionOpcode::Invoke);
                if is_call && callee(call) == Some(mark) {
                    // The callee is a call's last operand.
                    call.set_operand(call.get_num_operands() - 1, pointer);
                }
            }
        }
        mark.set_linkage(Linkage::Internal);
        let cpu = self.context.create_string_attribute("target-cpu", crate::cx::CPU);
        mark.add_attribute(AttributeLoc::Function, cpu);
        for name in ["alwaysinline", "nounwind"] {
            mark.add_attribute(AttributeLoc::Function, self.flag(name));
        }
        let ir = self.context.create_builder();
        ir.position_at_end(self.context.append_basic_block(mark, "entry"));
        ir.build_return(None)?;
        Ok(())
    }
}

/// The function that a call names.
pub(crate) fn callee(call: InstructionValue<'_>) -> Option<FunctionValue<'_>> {
    CallSiteValue::try_from(call).ok().and_then(|site| site.get_called_fn_value())
}

/// Inserts the checks.
pub(crate) fn insert(cx: &Cx<'_, '_>) -> Result<()> {
    let functions: Vec<_> = cx.module.get_functions().collect();
    for function in functions {
        let Some(fiber) = fiber_parameter(function) else { continue };
        let frame = frame_size(cx, function);
        if frame > LARGE_FRAME {
            insert_check(cx, front(cx, function)?, fiber, frame)?;
        } else if needs_check(function) {
            insert_check(cx, function, fiber, 0)?;
        }
    }
    Ok(())
}

/// Puts a function in front of one whose frame is so large that making it must be checked: the frame
/// would be there before a check inside could ask. It takes over the name and all callers.
fn front<'c>(cx: &Cx<'c, '_>, inner: FunctionValue<'c>) -> Result<FunctionValue<'c>> {
    let name = inner.get_name().to_string_lossy().into_owned();
    inner.as_global_value().set_name(&format!("{name} frame"));
    let outer = cx.module.add_function(&name, inner.get_type(), Some(inner.get_linkage()));
    outer.set_call_conventions(inner.get_call_conventions());
    let params = (0..inner.count_params()).map(AttributeLoc::Param);
    for at in params.chain([AttributeLoc::Return, AttributeLoc::Function]) {
        for attribute in inner.attributes(at) {
            outer.add_attribute(at, attribute);
        }
    }
    inner.replace_all_uses_with(outer);
    let ir = cx.context.create_builder();
    ir.position_at_end(cx.context.append_basic_block(outer, "entry"));
    tail_call(&ir, outer, inner.as_global_value().as_pointer_value())?;
    Ok(outer)
}

/// Position of the fiber among the parameters that are left.
fn fiber_parameter(function: FunctionValue<'_>) -> Option<u32> {
    function.get_first_basic_block()?;
    (0..function.count_params())
        .find(|at| function.get_string_attribute(AttributeLoc::Param(*at), FIBER_ATTRIBUTE).is_some())
}

/// Whether a function calls Wyn code and may unwind.
fn needs_check(function: FunctionValue<'_>) -> bool {
    let nounwind = Attribute::get_named_enum_kind_id("nounwind");
    if function.get_enum_attribute(AttributeLoc::Function, nounwind).is_some() {
        return false;
    }
    let is_call = |opcode| matches!(opcode, InstructionOpcode::Call | InstructionOpcode::Invoke);
    function
        .get_basic_block_iter()
        .flat_map(|block| block.get_instructions())
        .any(|instruction| is_call(instruction.get_opcode()) && calls_wyn(instruction))
}

/// Whether the call may reach compiled code: a function of this module, or a code pointer. The
/// runtime's own functions are content with the slack.
fn calls_wyn(call: InstructionValue<'_>) -> bool {
    match callee(call) {
        Some(callee) => callee.get_first_basic_block().is_some(),
        None => true,
    }
}

/// Bytes of a function's frame, or somewhat more: its allocas, and unoptimised a slot for every value.
fn frame_size(cx: &Cx<'_, '_>, function: FunctionValue<'_>) -> u64 {
    let data = TargetData::create(&cx.module.get_data_layout().as_str().to_string_lossy());
    let slot = if cx.options.opt == Opt::O0 { 8 } else { 0 };
    let instructions = function.get_basic_block_iter().flat_map(|block| block.get_instructions());
    instructions
        .map(|instruction| match instruction.get_allocated_type() {
            Ok(ty) => data.get_abi_size(&ty),
            Err(_) => slot,
        })
        .sum()
}

/// Inserts the check into a function whose frame, or that of the function it calls at once, takes
/// `frame` bytes more than it has when the check runs.
fn insert_check<'c>(cx: &Cx<'c, '_>, function: FunctionValue<'c>, fiber_at: u32, frame: u64) -> Result<()> {
    let missing = || InternalError::new("a function that lost its fiber");
    let body = function.get_first_basic_block().ok_or_else(missing)?;
    let fiber = function.get_nth_param(fiber_at).ok_or_else(missing)?.into_pointer_value();
    let check = cx.context.prepend_basic_block(body, "check");
    let slow = cx.context.append_basic_block(function, "morestack");
    let ir = cx.context.create_builder();

    // Allocas belong to the first block, or they would not be part of the frame.
    ir.position_at_end(check);
    let allocas: Vec<_> =
        body.get_instructions().filter(|i| i.get_opcode() == InstructionOpcode::Alloca).collect();
    for alloca in allocas {
        alloca.remove_from_basic_block();
        ir.insert_instruction(&alloca, None);
    }

    let i64 = cx.context.i64_type();
    let read = Intrinsic::find("llvm.read_register")
        .and_then(|intrinsic| intrinsic.get_declaration(&cx.module, &[i64.into()]))
        .ok_or_else(|| InternalError::new("LLVM has no `llvm.read_register`"))?;
    let rsp = cx.context.metadata_node(&[cx.context.metadata_string("rsp").into()]);
    let rsp = ir.build_direct_call(read, &[BasicMetadataValueEnum::MetadataValue(rsp)], "")?;
    let rsp = rsp.try_as_basic_value().basic().ok_or_else(missing)?.into_int_value();
    let field = |offset: usize| -> Result<PointerValue<'c>> {
        if offset == 0 {
            return Ok(fiber);
        }
        let offset = i64.const_int(offset as u64, false);
        // SAFETY: the offset is that of a field of the fiber.
        Ok(unsafe { ir.build_in_bounds_gep(cx.context.i8_type(), fiber, &[offset], "")? })
    };
    let limit = ir.build_load(i64, field(core::mem::offset_of!(Fiber, stack_limit))?, "")?.into_int_value();
    monotonic(limit)?;
    let rsp = if frame == 0 { rsp } else { ir.build_int_sub(rsp, cx.i64(frame), "")? };
    let low = ir.build_int_compare(IntPredicate::ULE, rsp, limit, "")?;
    let branch = ir.build_conditional_branch(low, slow, body)?;
    set_weights(cx, branch, 1, 1 << 20)?;

    ir.position_at_end(slow);
    let target = function.as_global_value().as_pointer_value();
    ir.build_store(field(core::mem::offset_of!(Fiber, morestack_target))?, target)?;
    let bytes = i64.const_int(stack_bytes(function), false);
    ir.build_store(field(core::mem::offset_of!(Fiber, morestack_stack_args))?, bytes)?;
    let name = match fiber_at {
        0 => "wyn_morestack",
        1 => "wyn_morestack_sret",
        _ => return Err(missing()),
    };
    let trampoline = cx.module.get_function(name).unwrap_or_else(|| {
        let ty = cx.context.void_type().fn_type(&[], false);
        cx.module.add_function(name, ty, Some(Linkage::External))
    });
    tail_call(&ir, function, trampoline.as_global_value().as_pointer_value())
}

/// Ends a function by calling code of the same type with its own arguments, in its own place.
fn tail_call<'c>(ir: &Builder<'c>, function: FunctionValue<'c>, code: PointerValue<'c>) -> Result<()> {
    let args: Vec<BasicMetadataValueEnum<'c>> = function.get_param_iter().map(|param| param.into()).collect();
    let again = ir.build_indirect_call(function.get_type(), code, &args, "")?;
    again.set_call_convention(function.get_call_conventions());
    again.set_tail_call_kind(LLVMTailCallKind::LLVMTailCallKindMustTail);
    // What the convention depends on must be the same, or it is no tail call.
    let places = (0..args.len() as u32).map(AttributeLoc::Param).chain([AttributeLoc::Return]);
    for at in places {
        for name in ["sret", "zeroext", "signext", "inreg"] {
            let kind = Attribute::get_named_enum_kind_id(name);
            if let Some(attribute) = function.get_enum_attribute(at, kind) {
                again.add_attribute(at, attribute);
            }
        }
    }
    let result = again.try_as_basic_value().basic();
    ir.build_return(result.as_ref().map(|value| value as &dyn BasicValue<'c>))?;
    Ok(())
}

/// Bytes of a function's arguments that the registers do not hold.
fn stack_bytes(function: FunctionValue<'_>) -> u64 {
    let (mut general, mut floats) = (0_u64, 0_u64);
    for param in function.get_type().get_param_types() {
        match param {
            BasicMetadataTypeEnum::FloatType(_) => floats += 1,
            _ => general += 1,
        }
    }
    8 * (general.saturating_sub(6) + floats.saturating_sub(8))
}

/// Which bodies can call themselves again by direct calls: those on a cycle of the call graph.
pub(crate) fn recursive_bodies(program: &Program) -> IndexVec<BodyId, bool> {
    let callees = |body: &Body| -> Vec<usize> {
        let terms = body.blocks.iter().map(|block| &block.term.kind);
        terms
            .filter_map(|term| match term {
                TermKind::Call { callee: Callee::Body(body) | Callee::Known(body, _), .. }
                | TermKind::Call { callee: Callee::Value(Operand::Const(Const::Fn(body))), .. } => {
                    Some(body.body.index())
                }
                _ => None,
            })
            .collect()
    };
    let graph: Vec<Vec<usize>> = program.bodies.iter().map(callees).collect();
    components(&graph).cyclic(&graph).into_iter().collect()
}
