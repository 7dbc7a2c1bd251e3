//! Translates one MIR body: its frame, blocks and terminators.
//!
//! Every local is memory in the frame; LLVM's SROA turns it into registers. A cleanup block that
//! unwinding can reach gets a landing pad in front, which keeps the exception in the frame for `Resume`.

use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::types::StructType;
use inkwell::values::{IntValue, PointerValue};
use rustc_hash::FxHashMap;
use wyn_abi::object::BoxObject;
use wyn_base::{IndexVec, Span};
use wyn_mir::{
    Arg, BlockId, Body, BodyId, ENTRY, Local, LocalKind, ParamMode, RETURN, Reach, Rvalue, Stmt, StmtKind,
    TermKind, Terminator, TyKind, Unwind,
};

use crate::builder::{FunctionBuilder, Val};
use crate::cx::Cx;
use crate::debuginfo::Scope;
use crate::glue::Op;
use crate::latent::Latents;
use crate::signature::{Pass, Signature};
use crate::{InternalError, Result};

/// A body being translated.
pub(crate) struct BodyCx<'a, 'c, 'p> {
    pub(crate) b: FunctionBuilder<'a, 'c, 'p>,
    pub(crate) body: &'p Body,
    pub(crate) signature: Signature,
    /// Where each local lives, once it was asked for.
    locals: IndexVec<Local, Option<PointerValue<'c>>>,
    blocks: IndexVec<BlockId, BasicBlock<'c>>,
    pads: FxHashMap<BlockId, BasicBlock<'c>>,
    exception: Option<PointerValue<'c>>,
    /// The futures that do not leave the body, whose tasks have no records as yet; see [`crate::latent`].
    pub(crate) latents: Latents<'c>,
    /// See `run_frame`.
    pub(crate) frame: Option<PointerValue<'c>>,
    pub(crate) scope: Option<Scope<'c>>,
    /// The memory of each select, by the local that its choice goes to.
    pub(crate) selects: FxHashMap<Local, crate::select::Frame<'c>>,
}

impl<'c, 'p> Cx<'c, 'p> {
    /// Translates a body into its function.
    pub(crate) fn write_body(&self, id: BodyId) -> Result<()> {
        let body = &self.program.bodies[id];
        let function = self.body_function(id)?;
        let signature = Signature::of_body(self, body)?;
        let b = FunctionBuilder::new(self, function, signature.fiber())?;
        let blocks = body.blocks.iter_enumerated().map(|(id, _)| b.block(&format!("bb{}", id.0))).collect();
        let scope =
            self.debug.as_ref().map(|debug| debug.begin_function(self, function, &body.name, body.span));
        let mut cx = BodyCx {
            b,
            body,
            signature,
            locals: IndexVec::from_elem(None, body.locals.len()),
            blocks,
            pads: FxHashMap::default(),
            exception: None,
            latents: Latents::of(body),
            frame: None,
            scope,
            selects: FxHashMap::default(),
        };
        cx.parameters()?;
        cx.overflow_mark(id)?;
        cx.select_frames()?;
        cx.b.ir.build_unconditional_branch(cx.blocks[ENTRY])?;
        for (id, block) in body.blocks.iter_enumerated() {
            cx.b.enter(cx.blocks[id]);
            for stmt in &block.stmts {
                cx.stmt(stmt)?;
            }
            cx.terminator(&block.term)?;
        }
        cx.write_pads()?;
        cx.b.finish()
    }
}

impl<'c> BodyCx<'_, 'c, '_> {
    /// Takes the parameters from their registers. No source line belongs to that.
    fn parameters(&mut self) -> Result<()> {
        self.b.ir.unset_current_debug_location();
        let mut at = 0;
        if self.signature.ret == Pass::Indirect {
            let pointer = self.b.param(0)?.into_pointer_value();
            self.locals[RETURN] = Some(pointer);
            at += 1;
        }
        at += 1; // The fiber.
        let closure = if self.signature.closure {
            at += 1;
            Some(self.b.param(at - 1)?.into_pointer_value())
        } else {
            None
        };
        at += u32::from(self.signature.caller);
        let params = self.signature.params.clone();
        let mut params = params.into_iter();
        for number in 1..=self.body.params {
            let local = Local(number as u32);
            if self.body.locals[local].kind == LocalKind::Env {
                if let Some(closure) = closure {
                    let captures = wyn_abi::ClosureObject::CAPTURES as u64;
                    self.locals[local] = Some(self.b.offset(closure, captures)?);
                }
                continue;
            }
            let Some((mode, pass, _)) = params.next() else { break };
            match pass {
                Pass::Ignore => {}
                Pass::Indirect => {
                    let pointer = self.b.param(at)?.into_pointer_value();
                    self.locals[local] = Some(pointer);
                    self.declare_variable(local, pointer, mode == ParamMode::Mut)?;
                    at += 1;
                }
                Pass::Scalar(_) => {
                    let (value, to) = (self.b.param(at)?, self.local(local)?);
                    self.b.store_scalar(value, to)?;
                    at += 1;
                }
                Pass::Parts(regs) => {
                    let to = self.local(local)?;
                    for reg in regs {
                        let part = self.b.offset(to, reg.offset)?;
                        self.b.ir.build_store(part, self.b.param(at)?)?;
                        at += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// The memory of a local.
    pub(crate) fn local(&mut self, local: Local) -> Result<PointerValue<'c>> {
        if let Some(pointer) = self.locals[local] {
            return Ok(pointer);
        }
        if let Some(latent) = self.latent_memory(local)? {
            self.locals[local] = Some(latent);
            return Ok(latent);
        }
        let decl = &self.body.locals[local];
        let layout = self.b.cx.layout(decl.ty)?;
        let name = decl.name.map_or("", |name| name.as_str());
        let pointer = self.b.alloca(&layout, name)?;
        self.locals[local] = Some(pointer);
        self.declare_variable(local, pointer, false)?;
        Ok(pointer)
    }

    /// Tells the debugger where a local of the source lives.
    fn declare_variable(&self, local: Local, at: PointerValue<'c>, _by_reference: bool) -> Result<()> {
        if let (Some(debug), Some(scope)) = (&self.b.cx.debug, &self.scope) {
            debug.declare(self.b.cx, scope, self.body, local, at, self.b.function)?;
        }
        Ok(())
    }

    /// The source place of the instructions that follow.
    pub(crate) fn at(&self, span: Span) {
        if let (Some(debug), Some(scope)) = (&self.b.cx.debug, &self.scope) {
            debug.set_location(self.b.cx, &self.b.ir, scope, span);
        }
    }

    /// What a panic at this place names: the place of the call, when the body blames its caller.
    pub(crate) fn location(&self, span: Span) -> Result<PointerValue<'c>> {
        match self.signature.caller() {
            Some(at) => Ok(self.b.param(at)?.into_pointer_value()),
            None => Ok(self.b.cx.location(span, &self.body.name)),
        }
    }

    /// What a panic in this callee names, when it blames its caller.
    pub(crate) fn location_of_call(&self, span: Span, called: &Body) -> Result<PointerValue<'c>> {
        match self.signature.caller() {
            Some(at) => Ok(self.b.param(at)?.into_pointer_value()),
            None => Ok(self.b.cx.location_of_call(span, &self.body.name, called)),
        }
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result<()> {
        self.at(stmt.span);
        match &stmt.kind {
            StmtKind::Assign(place, Rvalue::Spawn(_, task, operands)) if self.latents.is(place) => {
                self.spawn_latent(place.local, task, operands)
            }
            StmtKind::Drop(place) | StmtKind::Release(place) if self.latents.is(place) => {
                let record = self.latent_record(place.local)?;
                self.b.call("wyn_future_release", &[self.b.fiber.into(), record.into()])?;
                Ok(())
            }
            StmtKind::Assign(place, rvalue) => self.assign(place, rvalue, stmt.span),
            StmtKind::Drop(place) | StmtKind::Release(place) => {
                let (at, ty) = self.place(place)?;
                self.b.release(at, ty)
            }
            StmtKind::ScopeEnd(_) => Ok(()),
            StmtKind::EnsureUnique(place) => {
                let (at, ty) = self.place(place)?;
                let cx = self.b.cx;
                let (function, size) = if cx.boxed(ty) {
                    ("wyn_cell_unique", BoxObject::CONTENT as u64 + cx.content(ty)?.size)
                } else {
                    ("wyn_array_unique", cx.element_layout(ty)?.size)
                };
                // The runtime gets a place of its own: who knows the address of a local keeps it in memory.
                let aside = self.b.alloca_typed(cx.ptr, 8, "")?;
                self.b.store_scalar(self.pointer(at)?.into(), aside)?;
                self.b.call(function, &[self.b.fiber.into(), aside.into(), cx.i64(size).into()])?;
                self.b.store_scalar(self.b.load_ptr(aside)?.into(), at)
            }
            StmtKind::Intrinsic(dest, intrinsic, types, args) => {
                self.intrinsic(*intrinsic, types, args, dest, stmt.span, None)
            }
            StmtKind::Mark(place, reach) => {
                let (at, ty) = self.place(place)?;
                let object = matches!(ty.kind(), TyKind::Array(_) | TyKind::String) || self.b.cx.boxed(ty);
                if *reach == Reach::Top && object {
                    let object = self.b.load_ptr(at)?;
                    self.b.call("wyn_share", &[object.into()])?;
                    return Ok(());
                }
                self.b.count(Op::Share, at, ty)
            }
            StmtKind::Poll => self.b.loop_poll(),
        }
    }

    fn terminator(&mut self, term: &Terminator) -> Result<()> {
        self.at(term.span);
        match &term.kind {
            TermKind::Goto(target) => self.go(*target),
            // What was unwinding is the runtime's, which has freed it.
            TermKind::Recover(target) => {
                if self.body.blocks[*target].cleanup {
                    self.unwind_as_before()?;
                }
                self.go(*target)
            }
            TermKind::Switch(operand, cases, otherwise) => {
                let Val::Scalar(value) = self.operand(operand)? else {
                    return Err(InternalError::new("a switch on a value that is no integer"));
                };
                let value = value.into_int_value();
                let ty = value.get_type();
                let cases: Vec<_> = cases
                    .iter()
                    .map(|(case, block)| (ty.const_int(*case as u64, false), self.blocks[*block]))
                    .collect();
                self.switch(value, &cases, self.blocks[*otherwise])
            }
            TermKind::Return => {
                let pass = self.signature.ret.clone();
                let from = match pass {
                    Pass::Ignore | Pass::Indirect => None,
                    _ => Some(self.local(RETURN)?),
                };
                self.b.ret(&pass, from)
            }
            TermKind::Call { callee, args, dest, target, unwind } => {
                self.call(callee, args, dest, *target, *unwind, term.span)
            }
            TermKind::Await { future, task, dest, target, unwind } => {
                self.await_future(future, *task, dest, *unwind, term.span)?;
                self.go(*target)
            }
            TermKind::Assert { cond, expected, trap, target, unwind } => {
                self.assert(cond, *expected, trap, *target, *unwind, term.span)
            }
            TermKind::Unreachable => {
                self.b.ir.build_unreachable()?;
                Ok(())
            }
            TermKind::Resume => self.resume(),
        }
    }

    /// Chooses a block. One case is a comparison: LLVM's quick instruction selection knows no switch.
    fn switch(
        &self,
        value: IntValue<'c>,
        cases: &[(IntValue<'c>, BasicBlock<'c>)],
        otherwise: BasicBlock<'c>,
    ) -> Result<()> {
        if let [(case, block)] = *cases {
            let equal = self.b.ir.build_int_compare(IntPredicate::EQ, value, case, "")?;
            self.b.ir.build_conditional_branch(equal, block, otherwise)?;
        } else {
            self.b.ir.build_switch(value, otherwise, cases)?;
        }
        Ok(())
    }

    /// Goes on in a block.
    pub(crate) fn go(&self, target: BlockId) -> Result<()> {
        self.b.ir.build_unconditional_branch(self.blocks[target])?;
        Ok(())
    }

    /// The LLVM block of a block.
    pub(crate) fn llvm_block(&self, id: BlockId) -> BasicBlock<'c> {
        self.blocks[id]
    }

    /// The landing pad in front of a cleanup block.
    pub(crate) fn pad(&mut self, unwind: Unwind) -> Option<BasicBlock<'c>> {
        let id = unwind?;
        let b = &self.b;
        Some(*self.pads.entry(id).or_insert_with(|| b.block(&format!("pad{}", id.0))))
    }

    /// Writes the landing pads that calls have asked for.
    fn write_pads(&mut self) -> Result<()> {
        let mut pads: Vec<_> = self.pads.iter().map(|(id, pad)| (*id, *pad)).collect();
        pads.sort_by_key(|(id, _)| *id);
        for (id, pad) in pads {
            self.b.enter(pad);
            self.at(self.body.blocks[id].term.span);
            self.landing_pad()?;
            self.go(id)?;
        }
        Ok(())
    }

    /// Catches what unwinds, for cleaning up, and keeps it for `Resume`.
    pub(crate) fn landing_pad(&mut self) -> Result<()> {
        let personality = self.b.cx.runtime.personality(self.b.cx);
        let caught = self.b.ir.build_landing_pad(self.exception_type(), personality, &[], true, "")?;
        let caught = caught.into_struct_value();
        // Part by part: LLVM's quick instruction selection stores no structs.
        for (part, at) in self.exception_parts()?.into_iter().enumerate() {
            let value = self.b.ir.build_extract_value(caught, part as u32, "")?;
            self.b.ir.build_store(at, value)?;
        }
        Ok(())
    }

    /// Goes on unwinding with what a landing pad has kept.
    pub(crate) fn resume(&mut self) -> Result<()> {
        let mut exception = self.exception_type().get_undef();
        for (part, at) in self.exception_parts()?.into_iter().enumerate() {
            let ty = self.exception_type().get_field_type_at_index(part as u32);
            let ty = ty.ok_or_else(|| InternalError::new("an exception has two parts"))?;
            let value = self.b.ir.build_load(ty, at, "")?;
            exception = self.b.ir.build_insert_value(exception, value, part as u32, "")?.into_struct_value();
        }
        self.b.ir.build_resume(exception)?;
        Ok(())
    }

    /// Keeps what was unwinding before that which is over: both have used the same slot.
    fn unwind_as_before(&mut self) -> Result<()> {
        let exception = self.b.call_ptr("wyn_exception", &[self.b.fiber.into()])?;
        // All pads are for cleaning up, and have the same selector.
        let [at, _] = self.exception_parts()?;
        self.b.ir.build_store(at, exception)?;
        Ok(())
    }

    /// Where the exception and the selector are kept.
    fn exception_parts(&mut self) -> Result<[PointerValue<'c>; 2]> {
        let slot = self.exception_slot()?;
        Ok([slot, self.b.offset(slot, 8)?])
    }

    fn exception_type(&self) -> StructType<'c> {
        self.b.cx.exception_type()
    }

    fn exception_slot(&mut self) -> Result<PointerValue<'c>> {
        if let Some(slot) = self.exception {
            return Ok(slot);
        }
        let slot = self.b.alloca_typed(self.exception_type(), 8, "exception")?;
        self.exception = Some(slot);
        Ok(slot)
    }

    /// Writes a call's result to its place.
    pub(crate) fn store(&mut self, value: Val<'c>, dest: &wyn_mir::Place) -> Result<()> {
        let (to, ty) = self.place(dest)?;
        let layout = self.b.cx.layout(ty)?;
        self.b.write(value, to, &layout)
    }

    /// Memory for a call's result: the place itself when nothing in the call can see it.
    pub(crate) fn result_memory(&mut self, dest: &wyn_mir::Place, args: &[Arg]) -> Result<PointerValue<'c>> {
        let seen = |arg: &Arg| match arg {
            Arg::Value(operand) => operand.place().is_some_and(|place| place.local == dest.local),
            Arg::Mut(place) => place.local == dest.local,
        };
        let own =
            matches!(self.body.locals[dest.local].kind, LocalKind::Var | LocalKind::Temp | LocalKind::Return);
        if dest.as_local().is_some() && own && !args.iter().any(seen) {
            return self.local(dest.local);
        }
        let ty = dest.ty(self.body, &self.b.cx.program.adts);
        let layout = self.b.cx.layout(ty)?;
        self.b.alloca(&layout, "")
    }
}

impl<'c> Cx<'c, '_> {
    /// What a landing pad gives: the exception and a selector.
    pub(crate) fn exception_type(&self) -> StructType<'c> {
        self.context.struct_type(&[self.ptr.into(), self.context.i32_type().into()], false)
    }
}
