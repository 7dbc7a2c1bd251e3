//! Computed values: assignments of rvalues to places.

use inkwell::IntPredicate;
use inkwell::values::PointerValue;
use wyn_abi::object::BoxObject;
use wyn_abi::{ArrayObject, ClosureObject};
use wyn_base::Span;
use wyn_mir::{BodyRef, LocalKind, Operand, Place, Rvalue, Ty, TyKind};

use crate::body::BodyCx;
use crate::builder::Val;
use crate::cx::Values;
use crate::layout::{Layout, Shape, Slot};
use crate::place::field_slot;
use crate::tables::ObjectType;
use crate::{InternalError, Result};

impl<'c> BodyCx<'_, 'c, '_> {
    /// Writes the value of an rvalue to a place.
    pub(crate) fn assign(&mut self, place: &Place, rvalue: &Rvalue, span: Span) -> Result<()> {
        let (to, ty) = self.place(place)?;
        let layout = self.b.cx.layout(ty)?;
        // What reads the local that is written is put together elsewhere first. A view may lie in any other.
        let views = |local| self.body.locals[local].kind == LocalKind::View;
        let entangled = operands(rvalue)
            .iter()
            .filter_map(|operand| operand.place())
            .any(|read| read.local == place.local || views(read.local) || views(place.local));
        if entangled && layout.scalar().is_none() && !layout.is_zst() {
            let aside = self.b.alloca(&layout, "")?;
            self.evaluate(rvalue, (aside, false), ty, span)?;
            return self.b.copy(aside, to, &layout);
        }
        let in_array = self.in_array(place);
        self.evaluate(rvalue, (to, in_array), ty, span)
    }

    /// Writes the value of an rvalue of type `ty` to memory that none of its operands uses, unless
    /// the value fits a register. `in_array` says whether that memory lies among the elements of an array.
    fn evaluate(
        &mut self,
        rvalue: &Rvalue,
        (to, in_array): (PointerValue<'c>, bool),
        ty: Ty,
        span: Span,
    ) -> Result<()> {
        let cx = self.b.cx;
        let layout = cx.layout(ty)?;
        let value = match rvalue {
            Rvalue::Use(operand) => self.operand(operand)?,
            Rvalue::Unary(op, operand) => self.unary(*op, operand)?,
            Rvalue::Binary(op, left, right) => self.binary(*op, left, right)?,
            Rvalue::Convert(operand, target) => self.convert(operand, *target)?,
            Rvalue::Checked(op, left, right) => return self.checked(*op, left, right, to, ty),
            Rvalue::CheckedConvert(operand, target) => {
                return self.checked_convert(operand, *target, to, ty);
            }
            Rvalue::Tuple(operands) => {
                let Shape::Fields(slots) = &layout.shape else {
                    return Err(InternalError::new(format!("`{ty}` is no tuple")));
                };
                return self.fields(operands, slots, to);
            }
            Rvalue::Adt(ty, variant, operands) => return self.adt(*ty, *variant, operands, to),
            Rvalue::Array(element, operands) => Val::Scalar(self.array(*element, operands)?.into()),
            Rvalue::Closure(body, captures) => Val::Scalar(self.closure(body, captures)?.into()),
            Rvalue::Discriminant(place) => self.discriminant(place)?,
            Rvalue::Len(place) => {
                let (at, _) = self.place(place)?;
                Val::Scalar(self.len(at)?.into())
            }
            Rvalue::Unbox(variant, value) => return self.unbox(*variant, value, to, ty),
            Rvalue::Dup(place) => {
                let (at, ty) = self.place(place)?;
                self.b.retain(at, ty)?;
                self.b.read(at, &*cx.layout(ty)?)?
            }
            Rvalue::Received { select, arm, message } => {
                return self.received(*select, *arm, *message, to, ty);
            }
            Rvalue::Spawn(mode, body, operands) => {
                Val::Scalar(self.spawn(*mode, body, operands, span)?.into())
            }
        };
        match value {
            Val::Scalar(value) if in_array => {
                let store = self.b.store_instruction(value, to)?;
                cx.about_values(store, Values::LengthsKept)
            }
            value => self.b.write(value, to, &layout),
        }
    }

    /// The length of the array or string that a place holds.
    pub(crate) fn len(&self, at: PointerValue<'c>) -> Result<inkwell::values::IntValue<'c>> {
        Ok(self.b.load_length(self.pointer(at)?)?.into_int_value())
    }

    fn fields(&mut self, operands: &[Operand], slots: &[Slot], to: PointerValue<'c>) -> Result<()> {
        for (operand, slot) in operands.iter().zip(slots) {
            let value = self.operand(operand)?;
            let to = self.b.offset(to, slot.offset)?;
            let layout = self.b.cx.layout(slot.ty)?;
            self.b.write(value, to, &layout)?;
        }
        Ok(())
    }

    fn adt(&mut self, ty: Ty, variant: u32, operands: &[Operand], to: PointerValue<'c>) -> Result<()> {
        if self.b.cx.boxed(ty) {
            let cell = self.cell(ty, variant, operands)?;
            return self.b.store_scalar(cell.into(), to);
        }
        self.shape(&*self.b.cx.layout(ty)?, ty, variant, operands, to)
    }

    /// A struct or enum of this layout.
    fn shape(
        &mut self,
        layout: &Layout,
        ty: Ty,
        variant: u32,
        operands: &[Operand],
        to: PointerValue<'c>,
    ) -> Result<()> {
        let cx = self.b.cx;
        match &layout.shape {
            Shape::Fields(slots) => self.fields(operands, slots, to),
            Shape::Nullable { some, .. } => {
                let value = match operands {
                    [operand] if variant == *some => self.scalar(operand)?,
                    _ => cx.ptr.const_null().into(),
                };
                self.b.store_scalar(value, to)
            }
            Shape::Tagged { tag, variants } => {
                let number = cx.memory_type(*tag).into_int_type().const_int(variant.into(), false);
                self.b.store_scalar(number.into(), to)?;
                self.fields(operands, &variants[variant as usize], to)
            }
            Shape::Scalar(_) => Err(InternalError::new(format!("`{ty}` is no struct or enum"))),
        }
    }

    fn discriminant(&mut self, place: &Place) -> Result<Val<'c>> {
        let cx = self.b.cx;
        let (mut at, ty) = self.place(place)?;
        let mut layout = cx.layout(ty)?;
        if cx.boxed(ty) {
            at = self.b.offset(self.pointer(at)?, BoxObject::CONTENT as u64)?;
            layout = cx.content(ty)?;
        }
        let i64 = cx.context.i64_type();
        Ok(Val::Scalar(match &layout.shape {
            Shape::Nullable { some, .. } => {
                let pointer = self.pointer(at)?;
                let null = cx.ptr.const_null();
                // The variants are 0 and 1, so the comparison is the number.
                let predicate = if *some == 1 { IntPredicate::NE } else { IntPredicate::EQ };
                let full = self.b.ir.build_int_compare(predicate, pointer, null, "")?;
                self.b.ir.build_int_z_extend(full, i64, "")?.into()
            }
            Shape::Tagged { tag, .. } => {
                let tag = self.b.load_value(at, *tag)?.into_int_value();
                self.b.ir.build_int_z_extend(tag, i64, "")?.into()
            }
            Shape::Fields(_) => i64.const_zero().into(),
            Shape::Scalar(_) => return Err(InternalError::new(format!("`{ty}` has no variants"))),
        }))
    }

    /// A cell with these fields; a variant without fields has one for all its values.
    fn cell(&mut self, ty: Ty, variant: u32, operands: &[Operand]) -> Result<PointerValue<'c>> {
        let cx = self.b.cx;
        if operands.is_empty() {
            return cx.empty_variant(ty, variant);
        }
        let content = cx.content(ty)?;
        let size = cx.i64(BoxObject::CONTENT as u64 + content.size);
        let index = cx.i32(cx.type_index(ObjectType::Cell(ty)));
        let cell = self.b.call_ptr("wyn_alloc", &[self.b.fiber.into(), size.into(), index.into()])?;
        let to = self.b.offset(cell, BoxObject::CONTENT as u64)?;
        self.shape(&content, ty, variant, operands, to)?;
        Ok(cell)
    }

    /// Moves or copies the fields of a cell out and gives the cell up.
    fn unbox(&mut self, variant: u32, value: &Operand, to: PointerValue<'c>, tuple: Ty) -> Result<()> {
        let cx = self.b.cx;
        let ty = self.operand_ty(value).ok_or_else(|| InternalError::new("a cell without a type"))?;
        let cell = self.scalar(value)?.into_pointer_value();
        let (content, layout) = (cx.content(ty)?, cx.layout(tuple)?);
        let Shape::Fields(slots) = &layout.shape else {
            return Err(InternalError::new(format!("`{tuple}` is no tuple")));
        };
        for (field, slot) in (0..).zip(slots) {
            let from = field_slot(&content, Some(variant), field, ty)?;
            let from = self.b.offset(cell, BoxObject::CONTENT as u64 + from.offset)?;
            self.b.copy(from, self.b.offset(to, slot.offset)?, &*cx.layout(slot.ty)?)?;
        }
        let (fiber, cell) = (self.b.fiber.into(), cell.into());
        let unique = self.b.call_int("wyn_is_unique", &[cell])?;
        let (last, shared, done) = (self.b.block("last"), self.b.block("shared"), self.b.block("unboxed"));
        self.b.branch_rarely(self.b.ir.build_not(unique, "")?, shared, last)?;
        self.b.enter(last);
        self.b.call("wyn_free", &[fiber, cell])?;
        self.b.ir.build_unconditional_branch(done)?;
        self.b.enter(shared);
        self.b.retain(to, tuple)?;
        self.b.call("wyn_release", &[fiber, cell])?;
        self.b.ir.build_unconditional_branch(done)?;
        self.b.enter(done);
        Ok(())
    }

    fn array(&mut self, element: Ty, operands: &[Operand]) -> Result<PointerValue<'c>> {
        let cx = self.b.cx;
        let object = ObjectType::Array(element);
        if operands.is_empty() {
            return cx.empty_array(object);
        }
        if let Some(array) = cx.constant_array(element, operands)? {
            return Ok(array);
        }
        let layout = cx.layout(element)?;
        let (index, len) = (cx.i32(cx.type_index(object)), cx.i64(operands.len() as u64));
        let args = [self.b.fiber.into(), index.into(), cx.i64(layout.size).into(), len.into()];
        let array = self.b.call_ptr("wyn_array_new", &args)?;
        for (at, operand) in operands.iter().enumerate() {
            let value = self.operand(operand)?;
            let offset = ArrayObject::DATA as u64 + at as u64 * layout.size;
            self.b.write(value, self.b.offset(array, offset)?, &layout)?;
        }
        let at = self.b.offset(array, core::mem::offset_of!(ArrayObject, len) as u64)?;
        self.b.ir.build_store(at, len)?;
        Ok(array)
    }

    fn closure(&mut self, body: &BodyRef, captures: &[Operand]) -> Result<PointerValue<'c>> {
        let cx = self.b.cx;
        let types = cx.captures(body.body);
        if captures.is_empty() {
            return cx.function_object(body.body);
        }
        let layout = cx.row_layout(&types)?;
        let size = cx.i64(ClosureObject::CAPTURES as u64 + layout.size);
        let index = cx.i32(cx.type_index(ObjectType::Closure(body.body)));
        let closure = self.b.call_ptr("wyn_alloc", &[self.b.fiber.into(), size.into(), index.into()])?;
        let code = cx.body_function(body.body)?.as_global_value().as_pointer_value();
        let at = self.b.offset(closure, core::mem::offset_of!(ClosureObject, code) as u64)?;
        self.b.ir.build_store(at, code)?;
        let Shape::Fields(slots) = &layout.shape else {
            return Err(InternalError::new("captures that are no fields"));
        };
        self.fields(captures, slots, self.b.offset(closure, ClosureObject::CAPTURES as u64)?)?;
        Ok(closure)
    }
}

impl crate::cx::Cx<'_, '_> {
    /// The types of a closure's captures.
    pub(crate) fn captures(&self, body: wyn_mir::BodyId) -> Vec<Ty> {
        let body = &self.program.bodies[body];
        let env = body.locals.iter().find(|decl| decl.kind == wyn_mir::LocalKind::Env);
        match env.map(|decl| decl.ty.kind()) {
            Some(TyKind::Tuple(parts)) => parts.clone(),
            _ => Vec::new(),
        }
    }
}

/// The operands of an rvalue; places that are only looked at count too.
fn operands(rvalue: &Rvalue) -> Vec<Operand> {
    match rvalue {
        Rvalue::Use(a)
        | Rvalue::Unary(_, a)
        | Rvalue::Convert(a, _)
        | Rvalue::CheckedConvert(a, _)
        | Rvalue::Unbox(_, a) => {
            vec![a.clone()]
        }
        Rvalue::Binary(_, a, b) | Rvalue::Checked(_, a, b) => vec![a.clone(), b.clone()],
        Rvalue::Tuple(all)
        | Rvalue::Array(_, all)
        | Rvalue::Adt(_, _, all)
        | Rvalue::Closure(_, all)
        | Rvalue::Spawn(_, _, all) => all.clone(),
        Rvalue::Discriminant(place) | Rvalue::Len(place) | Rvalue::Dup(place) => {
            vec![Operand::Borrow(place.clone())]
        }
        Rvalue::Received { .. } => Vec::new(),
    }
}
