//! Dropping, retaining and marking values of a type.
//!
//! A pointer is one call of the runtime; a value with counted parts has, for each of the operations,
//! a function of the module that does it part by part, and type descriptors point to the same functions.
//!
//! *Marking* is for what becomes reachable from several tasks; *crossing* for what moves to another
//! task as a whole: the same walk, but a channel's end that crosses directly keeps its single user
//! and is not shared. Both leave local what is held once. *Sharing* is marking for what several tasks
//! may hold at once, the content of a mutex and the result of a task: nothing stays local.

use std::cell::RefCell;
use std::collections::VecDeque;

use inkwell::values::{BasicValueEnum, FunctionValue, PointerValue};
use rustc_hash::FxHashMap;
use wyn_mir::{Ty, TyKind};

use crate::builder::FunctionBuilder;
use crate::cx::Cx;
use crate::layout::{Layout, Shape, Slot};
use crate::{InternalError, Result};

/// What a glue function does to a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Op {
    Drop,
    Retain,
    Mark,
    Cross,
    Share,
}

impl Op {
    fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Retain => "retain",
            Self::Mark => "mark",
            Self::Cross => "cross",
            Self::Share => "share",
        }
    }
}

/// The glue functions of a program.
#[derive(Default)]
pub(crate) struct Glue<'c> {
    functions: RefCell<FxHashMap<(Op, Part), FunctionValue<'c>>>,
    wanted: RefCell<VecDeque<(Op, Part)>>,
}

/// What a glue function works on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Part {
    /// A value of this type; of a boxed one the pointer.
    Value(Ty),
    /// What lies in the cell of a boxed value.
    Content(Ty),
}

impl<'c> Cx<'c, '_> {
    /// The function that does this to a value behind a pointer, `fn(fiber, value)`; none for types
    /// without counted parts.
    pub(crate) fn glue(&self, op: Op, ty: Ty) -> Option<FunctionValue<'c>> {
        self.counted(ty).then(|| self.part_glue(op, Part::Value(ty)))
    }

    /// The function that does this to the content of a boxed type's cell; none when nothing in it is counted.
    pub(crate) fn content_glue(&self, op: Op, ty: Ty) -> Result<Option<FunctionValue<'c>>> {
        let content = self.content(ty)?;
        let counted = content.slots().any(|slot| self.counted(slot.ty));
        Ok(counted.then(|| self.part_glue(op, Part::Content(ty))))
    }

    fn part_glue(&self, op: Op, part: Part) -> FunctionValue<'c> {
        if let Some(function) = self.glue.functions.borrow().get(&(op, part)) {
            return *function;
        }
        let name = match part {
            Part::Value(ty) => format!("{} {ty}", op.name()),
            Part::Content(ty) => format!("{} in {ty}", op.name()),
        };
        let function = self.content_function(&name);
        self.glue.functions.borrow_mut().insert((op, part), function);
        self.glue.wanted.borrow_mut().push_back((op, part));
        function
    }

    /// Whether marking an object of the type goes on to no other: what is in a mutex is marked already.
    fn reaches_nothing(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::String | TyKind::Mutex(_) | TyKind::Atomic(_) => true,
            TyKind::Array(element) => !self.counted(*element),
            _ => false,
        }
    }

    /// A new function `fn(fiber, content)` that never unwinds.
    pub(crate) fn content_function(&self, name: &str) -> FunctionValue<'c> {
        let ty = self.context.void_type().fn_type(&[self.ptr.into(), self.ptr.into()], false);
        let function = self.define(name, ty);
        function.add_attribute(inkwell::attributes::AttributeLoc::Function, self.flag("nounwind"));
        function
    }

    /// Writes the glue functions that were asked for; false when there were none.
    pub(crate) fn write_glue(&self) -> Result<bool> {
        let mut any = false;
        loop {
            let next = self.glue.wanted.borrow_mut().pop_front();
            let Some((op, part)) = next else { return Ok(any) };
            any = true;
            let function = self.glue.functions.borrow()[&(op, part)];
            let b = FunctionBuilder::new(self, function, 0)?;
            let value = b.param(1)?.into_pointer_value();
            match part {
                Part::Value(ty) => b.count_parts(op, value, ty)?,
                Part::Content(ty) => b.count_shape(op, value, ty, &*self.content(ty)?)?,
            }
            b.ir.build_return(None)?;
            b.finish()?;
        }
    }
}

impl<'c> FunctionBuilder<'_, 'c, '_> {
    /// Drops what lies in memory.
    pub(crate) fn release(&self, at: PointerValue<'c>, ty: Ty) -> Result<()> {
        self.count(Op::Drop, at, ty)
    }

    /// Makes a bitwise copy of what lies in memory legal.
    pub(crate) fn retain(&self, at: PointerValue<'c>, ty: Ty) -> Result<()> {
        self.count(Op::Retain, at, ty)
    }

    /// Prepares what lies in memory to move to another task.
    pub(crate) fn cross(&self, at: PointerValue<'c>, ty: Ty) -> Result<()> {
        self.count(Op::Cross, at, ty)
    }

    /// Does this to what lies in memory.
    pub(crate) fn count(&self, op: Op, at: PointerValue<'c>, ty: Ty) -> Result<()> {
        if self.cx.layout(ty)?.scalar().is_some() {
            return self.count_parts(op, at, ty);
        }
        let Some(function) = self.cx.glue(op, ty) else { return Ok(()) };
        self.ir.build_direct_call(function, &[self.fiber.into(), at.into()], "")?;
        Ok(())
    }

    fn count_parts(&self, op: Op, at: PointerValue<'c>, ty: Ty) -> Result<()> {
        if !self.cx.counted(ty) {
            return Ok(());
        }
        self.count_shape(op, at, ty, &*self.cx.layout(ty)?)
    }

    /// Does this to the parts of a value, or of the content of a cell, of this layout.
    fn count_shape(&self, op: Op, at: PointerValue<'c>, ty: Ty, layout: &Layout) -> Result<()> {
        match &layout.shape {
            Shape::Scalar(_) => {
                let pointer = self.load_ptr(at)?;
                self.count_pointer(op, pointer, ty)
            }
            Shape::Nullable { field, .. } => {
                let pointer = self.load_ptr(at)?;
                let null = self.ir.build_is_null(pointer, "")?;
                let (full, done) = (self.block("full"), self.block("done"));
                self.ir.build_conditional_branch(null, done, full)?;
                self.enter(full);
                self.count_pointer(op, pointer, field.ty)?;
                self.ir.build_unconditional_branch(done)?;
                self.enter(done);
                Ok(())
            }
            Shape::Fields(slots) => self.count_slots(op, at, slots),
            Shape::Tagged { tag, variants } => {
                let number = self.load_raw(at, *tag)?.into_int_value();
                let done = self.block("done");
                let mut cases = Vec::new();
                for (variant, slots) in variants.iter().enumerate() {
                    if slots.iter().any(|slot| self.cx.counted(slot.ty)) {
                        let case = number.get_type().const_int(variant as u64, false);
                        cases.push((case, self.block("variant"), slots));
                    }
                }
                let targets: Vec<_> = cases.iter().map(|(case, block, _)| (*case, *block)).collect();
                self.ir.build_switch(number, done, &targets)?;
                for (_, block, slots) in cases {
                    self.enter(block);
                    self.count_slots(op, at, slots)?;
                    self.ir.build_unconditional_branch(done)?;
                }
                self.enter(done);
                Ok(())
            }
        }
    }

    fn count_slots(&self, op: Op, at: PointerValue<'c>, slots: &[Slot]) -> Result<()> {
        for slot in slots {
            if self.cx.counted(slot.ty) {
                self.count(op, self.offset(at, slot.offset)?, slot.ty)?;
            }
        }
        Ok(())
    }

    /// Does this to one object or handle.
    fn count_pointer(&self, op: Op, pointer: PointerValue<'c>, ty: Ty) -> Result<()> {
        let (fiber, pointer) = (BasicValueEnum::from(self.fiber), BasicValueEnum::from(pointer));
        let object = is_object(ty.kind()) || self.cx.boxed(ty);
        let name = match (ty.kind(), op) {
            (TyKind::String, Op::Cross) => "wyn_cross_string",
            (_, op) if object => match op {
                Op::Drop => "wyn_release",
                Op::Retain => {
                    self.call("wyn_retain", &[pointer])?;
                    return Ok(());
                }
                Op::Mark | Op::Cross => "wyn_mark",
                Op::Share if self.cx.reaches_nothing(ty) => {
                    self.call("wyn_share", &[pointer])?;
                    return Ok(());
                }
                Op::Share => "wyn_share_all",
            },
            (TyKind::Future(_), Op::Drop) => "wyn_future_release",
            (TyKind::Future(_), Op::Retain) => "wyn_future_retain",
            (TyKind::Future(_), Op::Mark | Op::Cross) => "wyn_future_mark",
            (TyKind::Future(_), Op::Share) => "wyn_future_share",
            (TyKind::Sender(_), Op::Drop) => "wyn_sender_release",
            (TyKind::Sender(_), Op::Retain) => "wyn_sender_retain",
            (TyKind::Sender(_), Op::Mark | Op::Share) => "wyn_sender_share",
            (TyKind::Receiver(_), Op::Drop) => "wyn_receiver_release",
            (TyKind::Receiver(_), Op::Retain) => "wyn_receiver_retain",
            (TyKind::Receiver(_), Op::Mark | Op::Share) => "wyn_receiver_share",
            (TyKind::Sender(_) | TyKind::Receiver(_), Op::Cross) => return Ok(()),
            _ => return Err(InternalError::new(format!("`{ty}` is not counted"))),
        };
        self.call(name, &[fiber, pointer])?;
        Ok(())
    }

    /// Makes what a module constant holds immortal: it may be counted by any task at any time.
    pub(crate) fn immortalise(&self, at: PointerValue<'c>, ty: Ty) -> Result<()> {
        let Some(mark) = self.cx.glue(Op::Mark, ty) else { return Ok(()) };
        let mark = mark.as_global_value().as_pointer_value();
        self.call("wyn_make_immortal", &[self.fiber.into(), at.into(), mark.into()])?;
        Ok(())
    }
}

/// Whether values of the type are objects with a header.
fn is_object(kind: &TyKind) -> bool {
    matches!(kind, TyKind::String | TyKind::Array(_) | TyKind::Fn(..) | TyKind::Mutex(_) | TyKind::Atomic(_))
}
