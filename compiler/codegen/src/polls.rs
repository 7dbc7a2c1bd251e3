//! The polls of loops: where they stand, and how often they ask.
//!
//! A poll in each iteration of a loop costs a load and a branch, and more than that: it may park the fiber, so LLVM
//! may move nothing across it and makes no vectors. Therefore MIR's polls are calls of a mark while LLVM inlines and
//! simplifies. Only then it is known which loops still call anything, and [`place`] replaces the marks:
//!
//! * An innermost loop that calls nothing becomes two: an inner loop of so many iterations as take some
//!   [`INTERVAL`] instructions, without a poll, and around it an outer one, which polls. LLVM can count the
//!   iterations of the inner loop wherever it could count those of the loop. Every loop around the two must have a
//!   mark that is not theirs.
//! * All other loops poll in each iteration. So does one that would gain nothing but a second count: that has all it
//!   works with in registers, and shows only as it goes when it ends.
//! * What is no loop any more does not poll.
//!
//! ```text
//!                        enter: v = first value            } for each variable v of the loop
//!                        outer: left = N; goto head
//! head: v = phi ...      head:  ...
//!       ...         =>          ...
//!       goto head        again: v = next value
//!                               left -= 1; if left != 0 goto head
//!                        poll:  wyn.poll(); goto outer
//! ```
//!
//! A loop that counts by one up to a bound, and asks for that at its end, needs no second count: the inner loop gets
//! a nearer bound.
//!
//! The variables go through memory, which the next pass makes registers of.
//!
//! A mark counts as changing all memory but the program's values, as far as translated code reads them: what a task can
//! see of its own values changes by nothing that others do while it polls. What the runtime's fast paths read
//! has no such promise.

mod variables;

use inkwell::IntPredicate;
use inkwell::attributes::AttributeLoc;
use inkwell::basic_block::BasicBlock;
use inkwell::builder::Builder;
use inkwell::llvm_sys::core::{LLVMGetNumSuccessors, LLVMGetSuccessor, LLVMSetSuccessor};
use inkwell::module::Linkage;
use inkwell::values::{
    AsValueRef, BasicValue, BasicValueEnum, FunctionValue, InstructionOpcode, InstructionValue, IntValue,
    PhiValue, PointerValue,
};
use rustc_hash::FxHashMap;
use wyn_base::components::components;

use crate::builder::FunctionBuilder;
use crate::cx::{Cx, Values};
use crate::polls::variables::Variables;
use crate::prologue::callee;
use crate::{InternalError, Opt, Result};

/// Stands for a poll while LLVM simplifies.
const MARK: &str = "wyn.loop";

/// How many instructions of a loop without calls may go by between two polls, about: tens of microseconds; some
/// milliseconds if each of them misses all caches.
const INTERVAL: u64 = 1 << 16;

/// And how many iterations: beyond these a poll costs nothing that could be measured.
const MOST_ITERATIONS: u64 = 1 << 12;

/// Constant sizes up to here are copied without a loop.
const SMALL_COPY: u64 = 256;

/// Bytes that an instruction copies.
const COPIED_AT_ONCE: u64 = 16;

/// Operations of LLVM that become calls of the C library's mathematics.
const BY_LIBRARY: &[&str] = &[
    "sin", "cos", "sincos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "pow", "powi",
    "exp", "exp2", "exp10", "log", "log2", "log10", "fma", "ldexp", "frexp", "modf",
];

/// About how many instructions such a call takes.
const LIBRARY_FUNCTION: u64 = 50;

impl<'c> FunctionBuilder<'_, 'c, '_> {
    /// A poll of a loop: it is asked for at the loop's head.
    pub(crate) fn loop_poll(&self) -> Result<()> {
        let cx = self.cx;
        if cx.options.opt == Opt::O0 {
            return self.poll();
        }
        let mark = cx.module.get_function(MARK).unwrap_or_else(|| {
            let ty = cx.context.void_type().fn_type(&[cx.ptr.into()], false);
            let mark = cx.module.add_function(MARK, ty, Some(Linkage::External));
            // What might still be inlined would keep LLVM from moving the test of a loop to its end.
            for name in ["nounwind", "willreturn", "noinline"] {
                mark.add_attribute(AttributeLoc::Function, cx.flag(name));
            }
            mark
        });
        let site = self.ir.build_direct_call(mark, &[self.fiber.into()], "")?;
        if let Some(call) = site.try_as_basic_value().instruction() {
            cx.about_values(call, Values::Kept)?;
        }
        Ok(())
    }
}

impl<'c> Cx<'c, '_> {
    /// The function that polls, for inlining.
    pub(crate) fn poll_function(&self) -> Result<FunctionValue<'c>> {
        const NAME: &str = "wyn.poll";
        if let Some(known) = self.module.get_function(NAME) {
            return Ok(known);
        }
        self.runtime.forget();
        let poll = self.define(NAME, self.context.void_type().fn_type(&[self.ptr.into()], false));
        let b = FunctionBuilder::new(self, poll, 0)?;
        b.poll()?;
        b.ir.build_return(None)?;
        b.finish()?;
        for name in ["alwaysinline", "nounwind"] {
            poll.add_attribute(AttributeLoc::Function, self.flag(name));
        }
        Ok(poll)
    }
}

/// Replaces all marks.
pub(crate) fn place(cx: &Cx<'_, '_>) -> Result<()> {
    let Some(mark) = cx.module.get_function(MARK) else { return Ok(()) };
    let functions: Vec<_> =
        cx.module.get_functions().filter(|f| f.get_first_basic_block().is_some()).collect();
    for function in functions {
        Function::of(function, mark).place(cx)?;
    }
    // SAFETY: no call of it is left, and nothing else has asked for its address.
    unsafe { mark.delete() };
    Ok(())
}

/// A function's blocks as a graph.
struct Function<'c> {
    blocks: Vec<BasicBlock<'c>>,
    next: Vec<Vec<usize>>,
    /// The marks of each block.
    marks: Vec<Vec<InstructionValue<'c>>>,
}

/// A loop that has one head and holds no other loop.
struct Innermost {
    head: usize,
    blocks: Vec<usize>,
}

impl<'c> Function<'c> {
    fn of(function: FunctionValue<'c>, mark: FunctionValue<'c>) -> Self {
        let blocks = function.get_basic_blocks();
        let number: FxHashMap<BasicBlock<'c>, usize> = blocks.iter().copied().zip(0..).collect();
        let next =
            blocks.iter().map(|block| successors(*block).iter().map(|to| number[to]).collect()).collect();
        let is_mark = |call: &InstructionValue<'c>| {
            call.get_opcode() == InstructionOpcode::Call && callee(*call) == Some(mark)
        };
        let marks = blocks.iter().map(|block| block.get_instructions().filter(is_mark).collect()).collect();
        Self { blocks, next, marks }
    }

    fn place(&self, cx: &Cx<'c, '_>) -> Result<()> {
        if self.marks.iter().all(Vec::is_empty) {
            return Ok(());
        }
        let on_cycle = components(&self.next).cyclic(&self.next);
        let poll = cx.poll_function()?;
        let mut counted = vec![false; self.blocks.len()];
        let mut found = Vec::new();
        for inner in self.innermost() {
            let mark = inner.blocks.iter().find_map(|at| self.marks[*at].first().copied());
            let (Some(mark), Some(size)) = (mark, self.size_without_calls(&inner)) else { continue };
            if self.in_registers(&inner) && self.ends_by_chance(&inner) {
                continue;
            }
            inner.blocks.iter().for_each(|at| counted[*at] = true);
            found.push((inner, mark, size));
        }
        // What goes around a loop that is split, and comes to it before its next poll, begins a new interval each time. So it
        // needs a mark of its own, which it lacks where LLVM has made two loops of one with several ways back.
        let mut unpolled = self.next.clone();
        for (at, next) in unpolled.iter_mut().enumerate() {
            if !self.marks[at].is_empty() && !counted[at] {
                next.clear();
            }
        }
        let around = components(&unpolled);
        for (inner, mark, size) in found {
            let part = around.of[inner.head];
            if around.of.iter().filter(|of| **of == part).count() != inner.blocks.len() {
                inner.blocks.iter().for_each(|at| counted[*at] = false);
                continue;
            }
            let iterations = (INTERVAL / size.max(1)).clamp(1, MOST_ITERATIONS);
            self.split(cx, &inner, iterations, mark, poll)?;
        }
        let ir = cx.context.create_builder();
        for (at, marks) in self.marks.iter().enumerate() {
            for mark in marks {
                if on_cycle[at] && !counted[at] {
                    ir.position_before(mark);
                    ir.build_direct_call(poll, &[fiber_of(*mark)?.into()], "")?;
                }
                mark.erase_from_basic_block();
            }
        }
        Ok(())
    }

    /// The loops that hold no loop. What can be entered at two places is none.
    fn innermost(&self) -> Vec<Innermost> {
        let mut found = Vec::new();
        let mut graph = self.next.clone();
        // Each round takes the loops of one depth apart, by their edges to their heads.
        loop {
            let parts = components(&graph);
            let cyclic = parts.cyclic(&graph);
            if !cyclic.contains(&true) {
                return found;
            }
            let mut loops: FxHashMap<usize, (Vec<usize>, Vec<usize>)> = FxHashMap::default();
            for at in (0..graph.len()).filter(|at| cyclic[*at]) {
                loops.entry(parts.of[at]).or_default().0.push(at);
            }
            for (from, next) in self.next.iter().enumerate() {
                for to in next.iter().filter(|to| cyclic[**to] && parts.of[from] != parts.of[**to]) {
                    loops.entry(parts.of[*to]).or_default().1.push(*to);
                }
            }
            let mut inside = graph.clone();
            for (from, next) in inside.iter_mut().enumerate() {
                next.retain(|to| {
                    cyclic[from]
                        && parts.of[from] == parts.of[*to]
                        && loops.get(&parts.of[*to]).is_some_and(|(_, heads)| !heads.contains(to))
                });
            }
            let deeper = components(&inside).cyclic(&inside);
            let mut flat: Vec<_> =
                loops.into_values().filter(|(blocks, _)| !blocks.iter().any(|at| deeper[*at])).collect();
            flat.sort();
            for (blocks, heads) in flat {
                if let Some(&head) = heads.first().filter(|head| heads.iter().all(|other| other == *head)) {
                    found.push(Innermost { head, blocks });
                }
            }
            graph = inside;
        }
    }

    /// How many instructions an innermost loop has; none if it calls anything.
    fn size_without_calls(&self, inner: &Innermost) -> Option<u64> {
        let mut size = 0;
        for at in &inner.blocks {
            for instruction in self.blocks[*at].get_instructions() {
                size += match instruction.get_opcode() {
                    InstructionOpcode::Call if self.marks[*at].contains(&instruction) => 0,
                    InstructionOpcode::Call => size_of_operation(instruction)?,
                    InstructionOpcode::Invoke | InstructionOpcode::CallBr | InstructionOpcode::LandingPad => {
                        return None;
                    }
                    InstructionOpcode::FRem => LIBRARY_FUNCTION,
                    _ => 1,
                };
            }
        }
        Some(size)
    }

    /// Whether a loop uses no memory.
    fn in_registers(&self, inner: &Innermost) -> bool {
        inner.blocks.iter().all(|at| {
            self.blocks[*at].get_instructions().all(|one| match one.get_opcode() {
                InstructionOpcode::Call => {
                    let name = callee(one).map(|callee| callee.get_name().to_string_lossy().into_owned());
                    self.marks[*at].contains(&one) || !name.is_some_and(|name| name.starts_with("llvm.mem"))
                }
                InstructionOpcode::Load
                | InstructionOpcode::Store
                | InstructionOpcode::AtomicRMW
                | InstructionOpcode::AtomicCmpXchg
                | InstructionOpcode::Fence => false,
                _ => true,
            })
        })
    }

    /// Whether a loop asks for its end a variable that does not grow by equal steps, so that nothing can count the
    /// iterations.
    fn ends_by_chance(&self, inner: &Innermost) -> bool {
        let head = self.blocks[inner.head];
        let inside = |block: &BasicBlock<'c>| inner.blocks.iter().any(|at| self.blocks[*at] == *block);
        let variables = head.get_instructions().map_while(|one| PhiValue::try_from(one).ok());
        // The values that such variables have in an iteration, and in the next.
        let irregular: Vec<BasicValueEnum<'c>> = variables
            .flat_map(|phi| {
                let next = phi.get_incomings().filter(|(_, from)| inside(from)).map(|(next, _)| next);
                let next: Vec<_> = next.filter(|next| !is_step(*next)).collect();
                let now = (!next.is_empty()).then(|| phi.as_basic_value());
                next.into_iter().chain(now)
            })
            .collect();
        inner.blocks.iter().filter(|at| self.next[**at].iter().any(|to| !inner.blocks.contains(to))).any(
            |at| {
                let test = self.blocks[*at].get_terminator().and_then(|end| end.get_operand(0)?.value());
                let test = test.and_then(|test| test.as_instruction_value());
                test.filter(|test| test.get_opcode() == InstructionOpcode::ICmp).is_some_and(|test| {
                    let side = |at| test.get_operand(at).and_then(|operand| operand.value());
                    [side(0), side(1)].into_iter().flatten().any(|side| irregular.contains(&side))
                })
            },
        )
    }

    /// Makes two loops of one.
    fn split(
        &self,
        cx: &Cx<'c, '_>,
        inner: &Innermost,
        iterations: u64,
        mark: InstructionValue<'c>,
        poll: FunctionValue<'c>,
    ) -> Result<()> {
        let missing = || InternalError::new("a loop without a function");
        let head = self.blocks[inner.head];
        let function = head.get_parent().ok_or_else(missing)?;
        let ir = cx.context.create_builder();
        let variables = Variables::of(head, self.blocks[0], &ir)?;
        let counted = self.counted(inner, &variables.phis);
        let outer = cx.context.prepend_basic_block(head, "outer");
        let polls = cx.context.append_basic_block(function, "polls");
        let left = match counted {
            None => Some(variables.slot(cx.context.i64_type().into(), &ir)?),
            Some(_) => None,
        };
        let again = cx.context.append_basic_block(function, "again");

        // The ways to the head store what its phis would have chosen.
        for from in (0..self.blocks.len()).filter(|at| self.next[*at].contains(&inner.head)) {
            let to = match (inner.blocks.contains(&from), &counted) {
                (false, _) => outer,
                (true, None) => again,
                (true, Some(_)) => polls,
            };
            let way = cx.context.insert_basic_block_after(self.blocks[from], "");
            ir.position_at_end(way);
            variables.store(self.blocks[from], &ir)?;
            ir.build_unconditional_branch(to)?;
            redirect(self.blocks[from], head, way);
        }
        ir.position_at_end(again);
        if let Some(counted) = &counted {
            variables.store(self.blocks[counted.latch], &ir)?;
        }
        variables.read(head, &ir)?;

        match (counted, left) {
            (Some(counted), _) => {
                let head = self.apart(cx, inner, &counted, &ir)?;
                let end = self.blocks[counted.latch];
                counted.bound((outer, head, again, end), &variables, iterations, &ir)?;
            }
            (None, Some(left)) => count_down(cx, (outer, head, again, polls), left, iterations, &ir)?,
            (None, None) => {}
        }

        // The poll has the place in the source that the mark has.
        ir.position_before(&mark);
        let place = ir.get_current_debug_location();
        ir.position_at_end(polls);
        if let Some(place) = place {
            ir.set_current_debug_location(place);
        }
        ir.build_direct_call(poll, &[fiber_of(mark)?.into()], "")?;
        ir.build_unconditional_branch(outer)?;
        Ok(())
    }

    /// How a loop counts, if its last block leaves it when a variable that grows by 1 has come to a bound.
    fn counted(&self, inner: &Innermost, phis: &[PhiValue<'c>]) -> Option<Counted<'c>> {
        let inside = |block: BasicBlock<'c>| inner.blocks.iter().any(|at| self.blocks[*at] == block);
        let mut latches = inner.blocks.iter().filter(|at| self.next[**at].contains(&inner.head));
        let (latch, None) = (*latches.next()?, latches.next()) else { return None };
        let out = self.next[latch].iter().filter(|to| !inner.blocks.contains(to)).count();
        if self.next[latch].len() != 2 || out != 1 {
            return None;
        }
        let test = self.blocks[latch].get_terminator()?.get_operand(0)?.value()?;
        let test = test.as_instruction_value().filter(|test| test.get_opcode() == InstructionOpcode::ICmp)?;
        if !self.leaves_on_equal(inner, latch, test.get_icmp_predicate()?) {
            return None;
        }
        let sides = [test.get_operand(0)?.value()?, test.get_operand(1)?.value()?];
        for (next, bound) in [(sides[0], sides[1]), (sides[1], sides[0])] {
            let variable = phis.iter().position(|phi| incoming(*phi, self.blocks[latch]) == Some(next));
            let moves =
                bound.as_instruction_value().and_then(InstructionValue::get_parent).is_some_and(inside);
            let (Some(variable), BasicValueEnum::IntValue(next), BasicValueEnum::IntValue(bound), false) =
                (variable, next, bound, moves)
            else {
                continue;
            };
            if grows_by_one(next, phis[variable]) {
                return Some(Counted { latch, variable, next, bound });
            }
        }
        None
    }

    /// Whether the last block leaves the loop when two values are equal, and only then.
    fn leaves_on_equal(&self, inner: &Innermost, latch: usize, test: IntPredicate) -> bool {
        let if_true_stays = self.next[latch].first() == Some(&inner.head);
        match test {
            IntPredicate::EQ => !if_true_stays,
            IntPredicate::NE => if_true_stays,
            _ => false,
        }
    }

    /// Leaves of the last block of a loop only its end, behind the loop. What the block did is done by a new one, which
    /// has no end yet. Gives the head, which that may be.
    fn apart(
        &self,
        cx: &Cx<'c, '_>,
        inner: &Innermost,
        counted: &Counted<'c>,
        ir: &Builder<'c>,
    ) -> Result<BasicBlock<'c>> {
        let last = self.blocks[counted.latch];
        let work = cx.context.prepend_basic_block(last, "work");
        ir.position_at_end(work);
        ir.unset_current_debug_location();
        let end = last.get_terminator();
        let instructions: Vec<_> = last.get_instructions().filter(|one| Some(*one) != end).collect();
        for instruction in instructions {
            instruction.remove_from_basic_block();
            ir.insert_instruction(&instruction, None);
        }
        for from in inner.blocks.iter().filter(|at| self.next[**at].contains(&counted.latch)) {
            if *from != counted.latch {
                redirect(self.blocks[*from], last, work);
            }
        }
        Ok(if counted.latch == inner.head { work } else { self.blocks[inner.head] })
    }
}

/// A loop that ends when a variable that grows by 1 comes to a bound.
struct Counted<'c> {
    /// Its last block, which tests that.
    latch: usize,
    /// The variable's position, its next value, and the bound.
    variable: usize,
    next: IntValue<'c>,
    bound: IntValue<'c>,
}

impl<'c> Counted<'c> {
    /// Gives the inner loop a bound of its own, which is no further away than so many iterations: it takes one
    /// test then, as the loop did. Writes `outer` and `again`, and the end of the block that the builder is in.
    fn bound(
        &self,
        (outer, head, again, end): (BasicBlock<'c>, BasicBlock<'c>, BasicBlock<'c>, BasicBlock<'c>),
        variables: &Variables<'c>,
        iterations: u64,
        ir: &Builder<'c>,
    ) -> Result<()> {
        let work = ir.get_insert_block().ok_or_else(|| InternalError::new("a loop without a last block"))?;

        ir.position_at_end(outer);
        let ty = self.bound.get_type();
        let one = ty.const_int(1, false);
        let now = ir.build_load(ty, variables.slots[self.variable], "")?.into_int_value();
        // One less than the iterations that are left: a variable that begins at its bound comes to it after it has had all
        // its values, and a narrow type has no number for how many these are.
        let values = 1_u64.checked_shl(ty.get_bit_width()).map_or(u64::MAX, |all| all - 1);
        let most = ty.const_int((iterations - 1).min(values), false);
        let left = ir.build_int_sub(ir.build_int_sub(self.bound, now, "")?, one, "")?;
        let few = ir.build_int_compare(IntPredicate::ULT, left, most, "")?;
        let step = ir.build_select(few, left, most, "")?.into_int_value();
        let stop = ir.build_int_add(ir.build_int_add(now, step, "")?, one, "")?;
        ir.build_unconditional_branch(head)?;

        ir.position_at_end(work);
        let over = ir.build_int_compare(IntPredicate::EQ, self.next, stop, "")?;
        ir.build_conditional_branch(over, end, again)?;

        ir.position_at_end(again);
        ir.build_unconditional_branch(head)?;
        Ok(())
    }
}

/// Counts the iterations of the inner loop: whatever else ends it, it also ends after so many.
fn count_down<'c>(
    cx: &Cx<'c, '_>,
    (outer, head, again, polls): (BasicBlock<'c>, BasicBlock<'c>, BasicBlock<'c>, BasicBlock<'c>),
    left: PointerValue<'c>,
    iterations: u64,
    ir: &Builder<'c>,
) -> Result<()> {
    let i64 = cx.context.i64_type();
    ir.position_at_end(outer);
    ir.build_store(left, i64.const_int(iterations, false))?;
    ir.build_unconditional_branch(head)?;

    ir.position_at_end(again);
    let now = ir.build_load(i64, left, "")?.into_int_value();
    let now = ir.build_int_nuw_sub(now, i64.const_int(1, false), "")?;
    ir.build_store(left, now)?;
    let over = ir.build_int_compare(IntPredicate::EQ, now, i64.const_zero(), "")?;
    ir.build_conditional_branch(over, polls, head)?;
    Ok(())
}

/// Whether a value is that of a variable of the loop, and 1.
fn grows_by_one(next: IntValue<'_>, phi: PhiValue<'_>) -> bool {
    let Some(sum) = next.as_instruction().filter(|sum| sum.get_opcode() == InstructionOpcode::Add) else {
        return false;
    };
    let operand = |at| sum.get_operand(at).and_then(|operand| operand.value());
    let one = |value: BasicValueEnum<'_>| value.into_int_value().get_zero_extended_constant() == Some(1);
    operand(0) == Some(phi.as_basic_value()) && operand(1).is_some_and(one)
}

/// Whether a variable's next value may be the one before and a step, or is the same in all iterations.
fn is_step(next: BasicValueEnum<'_>) -> bool {
    next.as_instruction_value().is_none_or(|next| {
        !matches!(
            next.get_opcode(),
            InstructionOpcode::Phi
                | InstructionOpcode::Select
                | InstructionOpcode::Mul
                | InstructionOpcode::Xor
                | InstructionOpcode::And
                | InstructionOpcode::Or
                | InstructionOpcode::Shl
                | InstructionOpcode::LShr
                | InstructionOpcode::AShr
                | InstructionOpcode::UDiv
                | InstructionOpcode::SDiv
                | InstructionOpcode::URem
                | InstructionOpcode::SRem
        )
    })
}

/// The fiber that a mark names.
fn fiber_of<'c>(mark: InstructionValue<'c>) -> Result<BasicValueEnum<'c>> {
    let fiber = mark.get_operand(0).and_then(|operand| operand.value());
    fiber.ok_or_else(|| InternalError::new("a poll without a fiber"))
}

/// What a phi chooses on the way from a block.
fn incoming<'c>(phi: PhiValue<'c>, from: BasicBlock<'c>) -> Option<BasicValueEnum<'c>> {
    phi.get_incomings().find(|(_, block)| *block == from).map(|(value, _)| value)
}

/// How many instructions a call becomes, about, if it is an operation of LLVM whose time does not depend on its operands.
fn size_of_operation(call: InstructionValue<'_>) -> Option<u64> {
    let callee = callee(call)?;
    let name = callee.get_name().to_string_lossy();
    let operation = name.strip_prefix("llvm.")?.split('.').next()?;
    if ["memcpy", "memmove", "memset"].contains(&operation) {
        let size = call.get_operand(2)?.value()?.into_int_value().get_zero_extended_constant()?;
        return (size <= SMALL_COPY).then_some(1 + size / COPIED_AT_ONCE);
    }
    Some(if BY_LIBRARY.contains(&operation) { LIBRARY_FUNCTION } else { 1 })
}

/// Where a block may go on.
fn successors(block: BasicBlock<'_>) -> Vec<BasicBlock<'_>> {
    let Some(end) = block.get_terminator() else { return Vec::new() };
    // SAFETY: the terminator is one of this context, and the positions are those that it has.
    unsafe {
        let end = end.as_value_ref();
        (0..LLVMGetNumSuccessors(end)).filter_map(|at| BasicBlock::new(LLVMGetSuccessor(end, at))).collect()
    }
}

/// Leads every way from a block to `old` to `new` instead, which has no phis.
fn redirect(block: BasicBlock<'_>, old: BasicBlock<'_>, new: BasicBlock<'_>) {
    let Some(end) = block.get_terminator() else { return };
    for (at, to) in (0..).zip(successors(block)) {
        if to == old {
            // SAFETY: both are blocks of the function of the terminator, which has this successor.
            unsafe { LLVMSetSuccessor(end.as_value_ref(), at, new.as_mut_ptr()) }
        }
    }
}
