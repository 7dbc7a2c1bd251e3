//! Tasks: spawning, awaiting, and the wrappers between a task's record and the body that it runs.
//!
//! A record's payload holds the arguments until the task begins and the result once it is done. What
//! does not fit [`PAYLOAD_SIZE`] lies in a buffer of its own and the payload is its address. The
//! wrapper takes the arguments out before it calls, and owns nothing when the call unwinds.

use std::cell::RefCell;

use inkwell::basic_block::BasicBlock;
use inkwell::values::{FunctionValue, IntValue, PointerValue};
use rustc_hash::FxHashMap;
use wyn_abi::{Location, PAYLOAD_SIZE, ResultKind, RunFrame, TaskDescriptor, TaskRecord};
use wyn_base::Span;
use wyn_mir::ownership::{Step, search};
use wyn_mir::{BodyId, BodyRef, IntTy, Local, Operand, Place, RETURN, SpawnMode, Ty, TyKind, Unwind};

use crate::body::BodyCx;
use crate::builder::{FunctionBuilder, Hidden, Target, Val};
use crate::cx::Cx;
use crate::glue::Op;
use crate::layout::{Layout, Shape, Slot};
use crate::name::{common_name, shown_name};
use crate::signature::{Pass, Signature};
use crate::statics::StaticStruct;
use crate::{InternalError, Result};

/// The tasks of a program.
#[derive(Default)]
pub(crate) struct Tasks<'c> {
    entries: RefCell<FxHashMap<BodyId, FunctionValue<'c>>>,
    payloads: RefCell<FxHashMap<(Op, Vec<Ty>), FunctionValue<'c>>>,
}

/// An awaited task whose body is called where the await stands, with a record or without.
pub(crate) struct InPlace<'a, 'c> {
    pub(crate) task: BodyId,
    /// Where its frame lies while it has a record.
    pub(crate) frame: PointerValue<'c>,
    /// Whether it was begun here.
    pub(crate) begun: IntValue<'c>,
    /// Calls the body, and goes to the block if that unwinds.
    pub(crate) body: &'a dyn Fn(&FunctionBuilder<'_, 'c, '_>, BasicBlock<'c>) -> Result<Val<'c>>,
    /// Ends the task; whether there was no more to do.
    pub(crate) end: &'a dyn Fn(&FunctionBuilder<'_, 'c, '_>) -> Result<IntValue<'c>>,
    /// Its record.
    pub(crate) record: &'a dyn Fn(&FunctionBuilder<'_, 'c, '_>) -> Result<PointerValue<'c>>,
}

impl<'c> BodyCx<'_, 'c, '_> {
    /// Starts a task; gives its future.
    pub(crate) fn spawn(
        &mut self,
        mode: SpawnMode,
        body: &BodyRef,
        operands: &[Operand],
        span: Span,
    ) -> Result<PointerValue<'c>> {
        let cx = self.b.cx;
        let layout = cx.row_layout(&cx.task_args(body.body))?;
        // The arguments are put together before the record exists: nothing may unwind after that.
        let args = self.b.alloca(&layout, "")?;
        self.put_args(body, operands, args)?;
        let descriptor = cx.task_descriptor(mode, body.body, span, &self.body.name)?;
        let fiber = self.b.fiber.into();
        let descriptor = match self.signature.caller() {
            Some(at) => self.b.call_ptr("wyn_task_at", &[fiber, descriptor.into(), self.b.param(at)?])?,
            None => descriptor,
        };
        let (new, submit) = match mode {
            SpawnMode::Joined => ("wyn_task_new", "wyn_task_submit"),
            SpawnMode::Detached => ("wyn_task_detached", "wyn_task_submit_detached"),
        };
        let record = self.b.call_ptr(new, &[fiber, descriptor.into()])?;
        let payload = self.b.new_payload(record, &layout)?;
        self.b.copy(args, payload, &layout)?;
        self.b.call(submit, &[fiber, record.into()])?;
        Ok(record)
    }

    /// Puts together what a task is given.
    pub(crate) fn put_args(
        &mut self,
        body: &BodyRef,
        operands: &[Operand],
        args: PointerValue<'c>,
    ) -> Result<()> {
        let cx = self.b.cx;
        let types = cx.task_args(body.body);
        let layout = cx.row_layout(&types)?;
        for ((operand, slot), ty) in operands.iter().zip(slots(&layout)).zip(&types) {
            let value = self.operand(operand)?;
            let at = self.b.offset(args, slot.offset)?;
            self.b.write(value, at, &*cx.layout(*ty)?)?;
            self.b.cross(at, *ty)?;
        }
        Ok(())
    }

    /// Waits for a future and takes or copies its result.
    pub(crate) fn await_future(
        &mut self,
        future: &Operand,
        task: Option<BodyId>,
        dest: &Place,
        unwind: Unwind,
        span: Span,
    ) -> Result<()> {
        let cx = self.b.cx;
        let result = match self.operand_ty(future).map(Ty::kind) {
            Some(TyKind::Future(result)) => *result,
            _ => return Err(InternalError::new("an await of something that is no future")),
        };
        let taken = matches!(future, Operand::Move(_));
        let fiber = self.b.fiber.into();
        let done = self.b.block("awaited");
        let latent = future.place().filter(|place| self.latents.is(place)).map(|place| place.local);
        let record = match (latent, task.filter(|_| taken && !result.is_never())) {
            (Some(local), Some(task)) => self.run_latent(local, task, dest, done, span)?,
            (_, task) => {
                let record = self.scalar(future)?.into_pointer_value();
                if let Some(task) = task {
                    self.run_nested(task, record, dest, done, span)?;
                }
                record
            }
        };
        // A future that is given away is taken when it has a result: where awaiting unwinds, MIR still owns it.
        let pad = self.pad(unwind);
        let at = self.location(span)?.into();
        self.b.invoke("wyn_await", &[fiber, record.into(), at], pad)?;
        let layout = cx.layout(result)?;
        let from = self.b.payload(record, &layout)?;
        let (to, _) = self.place(dest)?;
        if !taken {
            self.b.retain(from, result)?;
            self.b.copy(from, to, &layout)?;
            self.b.ir.build_unconditional_branch(done)?;
            self.b.enter(done);
            return Ok(());
        }
        let unique = self.b.call_int("wyn_future_is_unique", &[record.into()])?;
        let (take, share) = (self.b.block("take"), self.b.block("share"));
        self.b.branch_rarely(self.b.ir.build_not(unique, "")?, share, take)?;
        self.b.enter(take);
        self.b.copy(from, to, &layout)?;
        self.b.free_payload(from, &layout)?;
        self.b.call("wyn_future_free_taken", &[fiber, record.into()])?;
        self.b.ir.build_unconditional_branch(done)?;
        self.b.enter(share);
        self.b.retain(from, result)?;
        self.b.copy(from, to, &layout)?;
        self.b.call("wyn_future_release", &[fiber, record.into()])?;
        self.b.ir.build_unconditional_branch(done)?;
        self.b.enter(done);
        Ok(())
    }

    /// Calls the body of an awaited task here, as its task, if nobody has begun it and all is as it mostly is; goes to
    /// `done` with its result. Writing goes on where the record has to be awaited, whether this has run it or not.
    fn run_nested(
        &mut self,
        task: BodyId,
        record: PointerValue<'c>,
        dest: &Place,
        done: BasicBlock<'c>,
        span: Span,
    ) -> Result<()> {
        let at = self.location(span)?;
        let frame = self.run_frame()?;
        let fiber = self.b.fiber.into();
        let begun = [fiber, record.into(), frame.into(), at.into()];
        let begun = self.b.call_int("wyn_nested_begin", &begun)?;
        let call = InPlace {
            task,
            frame,
            begun,
            body: &|b, caught| b.call_task(task, record, Some(caught)),
            end: &|b| b.call_int("wyn_nested_end", &[fiber, record.into(), frame.into()]),
            record: &|_| Ok(record),
        };
        self.run_in_place(&call, dest, done)
    }

    /// Calls the body of an awaited task if it was begun here, and goes to `done` with its result. Writing goes on where the record
    /// has to be awaited: nothing was begun, or the body has ended in another way than it mostly does.
    pub(crate) fn run_in_place(
        &mut self,
        call: &InPlace<'_, 'c>,
        dest: &Place,
        done: BasicBlock<'c>,
    ) -> Result<()> {
        let b = &self.b;
        let (fiber, frame, none) = (b.fiber.into(), call.frame.into(), b.cx.ptr.const_null().into());
        let (begin, caught, wait) = (b.block("begun"), b.block("caught"), b.block("wait"));
        b.branch_rarely(b.ir.build_not(call.begun, "")?, wait, begin)?;
        b.enter(begin);
        let value = (call.body)(b, caught)?;
        let ended = (call.end)(b)?;
        let (quiet, loud) = (b.block("quiet"), b.block("loud"));
        b.branch_rarely(b.ir.build_not(ended, "")?, loud, quiet)?;
        b.enter(loud);
        b.put_result(call.task, (call.record)(b)?, value)?;
        b.call("wyn_nested_ended", &[fiber, frame, none])?;
        b.ir.build_unconditional_branch(wait)?;
        b.enter(caught);
        let exception = b.catch_all()?;
        b.call("wyn_nested_ended", &[fiber, frame, exception.into()])?;
        b.ir.build_unconditional_branch(wait)?;
        b.enter(quiet);
        self.store(value, dest)?;
        self.b.ir.build_unconditional_branch(done)?;
        self.b.enter(wait);
        Ok(())
    }

    /// Where the frames of tasks lie that run on top of this function: one at a time.
    fn run_frame(&mut self) -> Result<PointerValue<'c>> {
        if let Some(frame) = self.frame {
            return Ok(frame);
        }
        let bytes = self.b.cx.context.i8_type().array_type(size_of::<RunFrame>() as u32);
        let frame = self.b.alloca_typed(bytes, align_of::<RunFrame>() as u64, "frame")?;
        self.frame = Some(frame);
        Ok(frame)
    }
}

impl<'c> FunctionBuilder<'_, 'c, '_> {
    /// Calls a task's body with the arguments from a record.
    fn call_task(
        &self,
        id: BodyId,
        record: PointerValue<'c>,
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<Val<'c>> {
        let cx = self.cx;
        let layout = cx.row_layout(&cx.task_args(id))?;
        let inbox = self.payload(record, &layout)?;
        let args = self.alloca(&layout, "args")?;
        self.copy(inbox, args, &layout)?;
        self.free_payload(inbox, &layout)?;
        let descriptor =
            self.load_ptr(self.offset(record, core::mem::offset_of!(TaskRecord, desc) as u64)?)?;
        self.call_task_on(id, descriptor, args, unwind)
    }

    /// Calls the body of a task that was spawned like this, with the arguments that lie there, which are the call's.
    pub(crate) fn call_task_on(
        &self,
        id: BodyId,
        descriptor: PointerValue<'c>,
        args: PointerValue<'c>,
        unwind: Option<BasicBlock<'c>>,
    ) -> Result<Val<'c>> {
        let cx = self.cx;
        let body = &cx.program.bodies[id];
        let layout = cx.row_layout(&cx.task_args(id))?;
        let mut values = Vec::new();
        for slot in slots(&layout) {
            values.push(self.read(self.offset(args, slot.offset)?, &*cx.layout(slot.ty)?)?);
        }
        let signature = Signature::of_body(cx, body)?;
        let out = match signature.ret {
            Pass::Parts(_) | Pass::Indirect => {
                Some(self.alloca(&*cx.layout(body.locals[RETURN].ty)?, "result")?)
            }
            Pass::Ignore | Pass::Scalar(_) => None,
        };
        // Whoever spawns it calls it.
        let spawned_at = core::mem::offset_of!(TaskDescriptor, spawned_at) as u64;
        let caller = signature.caller.then(|| self.offset(descriptor, spawned_at)).transpose()?;
        let hidden = Hidden { caller, ..Hidden::default() };
        self.call_wyn(Target::Direct(cx.body_function(id)?), &signature, hidden, &values, out, unwind)
    }

    /// Leaves the result of a task's body in the record.
    pub(crate) fn put_result(&self, id: BodyId, record: PointerValue<'c>, value: Val<'c>) -> Result<()> {
        let ty = self.cx.program.bodies[id].locals[RETURN].ty;
        let layout = self.cx.layout(ty)?;
        let outbox = self.new_payload(record, &layout)?;
        self.write(value, outbox, &layout)?;
        if self.cx.may_hold_future(ty) {
            self.cross(outbox, ty)?;
        }
        Ok(())
    }

    /// The memory of a new record's payload for a value of this layout.
    fn new_payload(&self, record: PointerValue<'c>, layout: &Layout) -> Result<PointerValue<'c>> {
        let payload = self.offset(record, core::mem::offset_of!(TaskRecord, payload) as u64)?;
        if !boxed(layout) {
            return Ok(payload);
        }
        let size = self.cx.i64(layout.size);
        let buffer = self.call_ptr("wyn_payload_alloc", &[self.fiber.into(), size.into()])?;
        self.ir.build_store(payload, buffer)?;
        Ok(buffer)
    }

    /// The memory of a value of this layout that a record's payload holds.
    fn payload(&self, record: PointerValue<'c>, layout: &Layout) -> Result<PointerValue<'c>> {
        let payload = self.offset(record, core::mem::offset_of!(TaskRecord, payload) as u64)?;
        if boxed(layout) { self.load_ptr(payload) } else { Ok(payload) }
    }

    /// Frees the memory of a payload whose content was moved out.
    fn free_payload(&self, at: PointerValue<'c>, layout: &Layout) -> Result<()> {
        if boxed(layout) {
            self.call("wyn_payload_free", &[self.fiber.into(), at.into()])?;
        }
        Ok(())
    }
}

impl<'c> Cx<'c, '_> {
    pub(crate) fn task_args(&self, body: BodyId) -> Vec<Ty> {
        let body = &self.program.bodies[body];
        (1..=body.params).map(|at| body.locals[Local(at as u32)].ty).collect()
    }

    /// The descriptor of a spawn, by task body and place.
    pub(crate) fn task_descriptor(
        &self,
        mode: SpawnMode,
        id: BodyId,
        span: Span,
        function: &str,
    ) -> Result<PointerValue<'c>> {
        use core::mem::offset_of;
        let body = &self.program.bodies[id];
        let types = self.task_args(id);
        let args = self.row_layout(&types)?;
        let result_ty = body.locals[RETURN].ty;
        let result = self.layout(result_ty)?;
        let kind = match result_ty.kind() {
            TyKind::Unit | TyKind::Never => ResultKind::Unit,
            TyKind::Int(IntTy::I64) => ResultKind::Int,
            _ => ResultKind::Value,
        };
        let entry = self.task_entry(id)?;
        let drop_args = self.payload_glue(Op::Drop, &types)?;
        let drop_result = self.payload_glue(Op::Drop, &[result_ty])?;
        let mark_result = self.payload_glue(Op::Share, &[result_ty])?;
        let mut row = StaticStruct::new(size_of::<TaskDescriptor>());
        row.set(offset_of!(TaskDescriptor, entry), 8, self.code_or_null(Some(entry)));
        row.set(offset_of!(TaskDescriptor, drop_args), 8, self.code_or_null(drop_args));
        row.set(offset_of!(TaskDescriptor, drop_result), 8, self.code_or_null(drop_result));
        row.set(offset_of!(TaskDescriptor, mark_result), 8, self.code_or_null(mark_result));
        row.set(offset_of!(TaskDescriptor, args_size), 4, self.i32(args.size as u32));
        row.set(offset_of!(TaskDescriptor, result_size), 4, self.i32(result.size as u32));
        row.set(offset_of!(TaskDescriptor, result), 4, self.i32(kind as u32));
        row.set(offset_of!(TaskDescriptor, mode), 4, self.i32(mode as u32));
        row.text(self, offset_of!(TaskDescriptor, name), &shown_name(&body.name));
        let spawned_at = offset_of!(TaskDescriptor, spawned_at);
        self.put_location(&mut row, spawned_at, span, function);
        if body.blames_caller {
            row.text(self, spawned_at + offset_of!(Location, operation), &common_name(&body.name));
        }
        Ok(self.static_data("task", row.finish(self), 8).as_pointer_value())
    }

    /// The function that runs a body on the arguments of a record and leaves the result there.
    fn task_entry(&self, id: BodyId) -> Result<FunctionValue<'c>> {
        if let Some(known) = self.tasks.entries.borrow().get(&id) {
            return Ok(*known);
        }
        let body = &self.program.bodies[id];
        let ty = self.context.void_type().fn_type(&[self.ptr.into(), self.ptr.into()], false);
        let name = format!("{} task", body.name);
        let function = self.define(&name, ty);
        self.tasks.entries.borrow_mut().insert(id, function);
        let at = inkwell::attributes::AttributeLoc::Param(0);
        function.add_attribute(at, self.context.create_string_attribute(crate::cx::FIBER_ATTRIBUTE, ""));
        let b = FunctionBuilder::new(self, function, 0)?;
        let record = b.param(1)?.into_pointer_value();

        b.describe(&name, body.span);
        let value = b.call_task(id, record, None)?;
        b.ir.unset_current_debug_location();
        if !body.locals[RETURN].ty.is_never() {
            b.put_result(id, record, value)?;
            b.ir.build_return(None)?;
        }
        b.finish()?;
        Ok(function)
    }

    /// The function that works on a payload that holds these values in a row; none when there is
    /// nothing to do. Dropping frees the buffer of a boxed payload.
    fn payload_glue(&self, op: Op, types: &[Ty]) -> Result<Option<FunctionValue<'c>>> {
        let layout = self.row_layout(types)?;
        let counted = types.iter().any(|ty| self.counted(*ty));
        let freed = op == Op::Drop && boxed(&layout);
        if !counted && !freed {
            return Ok(None);
        }
        let key = (op, types.to_vec());
        if let Some(known) = self.tasks.payloads.borrow().get(&key) {
            return Ok(Some(*known));
        }
        let function = self.content_function(&format!("{op:?} payload"));
        self.tasks.payloads.borrow_mut().insert(key, function);
        let b = FunctionBuilder::new(self, function, 0)?;
        let payload = b.param(1)?.into_pointer_value();
        let content = if boxed(&layout) { b.load_ptr(payload)? } else { payload };
        for slot in slots(&layout) {
            b.count(op, b.offset(content, slot.offset)?, slot.ty)?;
        }
        if op == Op::Drop {
            b.free_payload(content, &layout)?;
        }
        b.ir.build_return(None)?;
        b.finish()?;
        Ok(Some(function))
    }

    /// Whether a value may hold a future, whose record must be public before another worker sees it.
    fn may_hold_future(&self, ty: Ty) -> bool {
        search(ty, &self.program.adts, &mut |part| match part.kind() {
            TyKind::Future(_) | TyKind::Fn(..) => Step::Found,
            TyKind::Array(_) | TyKind::Tuple(_) | TyKind::Adt(..) => Step::Inside,
            _ => Step::Past,
        })
    }
}

/// Whether a payload of this layout lies in a buffer of its own.
fn boxed(layout: &Layout) -> bool {
    layout.size > PAYLOAD_SIZE as u64
}

fn slots(layout: &Layout) -> &[Slot] {
    match &layout.shape {
        Shape::Fields(slots) => slots,
        _ => &[],
    }
}
