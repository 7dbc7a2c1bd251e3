//! Places and operands: addresses and values.

use std::rc::Rc;

use inkwell::values::{BasicValueEnum, PointerValue};
use wyn_abi::ArrayObject;
use wyn_abi::mutex::MutexObject;
use wyn_abi::object::BoxObject;
use wyn_mir::{Const, GlobalId, Operand, Place, Proj, RETURN, Rvalue, StmtKind, TermKind, Ty, TyKind};

use crate::body::BodyCx;
use crate::builder::Val;
use crate::cx::Cx;
use crate::layout::{Layout, Scalar, Shape, Slot};
use crate::{InternalError, Result};

impl<'c> BodyCx<'_, 'c, '_> {
    /// The address of a place, and its type.
    pub(crate) fn place(&mut self, place: &Place) -> Result<(PointerValue<'c>, Ty)> {
        let mut at = self.local(place.local)?;
        let mut ty = self.body.locals[place.local].ty;
        let mut offset = 0;
        for step in &place.proj {
            let (variant, field) = match step {
                Proj::Field(field) => (None, *field),
                Proj::Variant(variant, field) => (Some(*variant), *field),
                Proj::Content => {
                    let TyKind::Mutex(content) = ty.kind() else {
                        return Err(InternalError::new(format!("`{ty}` is no mutex")));
                    };
                    at = self.b.load_ptr(self.b.offset(at, offset)?)?;
                    (offset, ty) = (MutexObject::CONTENT as u64, *content);
                    continue;
                }
                Proj::Index(index) => {
                    let element = self.b.cx.element_type(ty)?;
                    let size = self.b.cx.layout(element)?.size;
                    let array = self.pointer(self.b.offset(at, offset)?)?;
                    let index = self.local(*index)?;
                    let index = self.b.load_value(index, Scalar::Int(64))?.into_int_value();
                    let data = self.b.offset(array, ArrayObject::DATA as u64)?;
                    (at, offset, ty) = (self.b.element(data, index, size)?, 0, element);
                    continue;
                }
            };
            let layout = if self.b.cx.boxed(ty) {
                at = self.pointer(self.b.offset(at, offset)?)?;
                offset = BoxObject::CONTENT as u64;
                self.b.cx.content(ty)?
            } else {
                self.b.cx.layout(ty)?
            };
            let slot = field_slot(&layout, variant, field, ty)?;
            offset += slot.offset;
            ty = slot.ty;
        }
        Ok((self.b.offset(at, offset)?, ty))
    }

    /// Whether a place lies among the elements of an array.
    pub(crate) fn in_array(&self, place: &Place) -> bool {
        let (mut inside, mut ty) = (false, self.body.locals[place.local].ty);
        for step in &place.proj {
            inside = match step {
                Proj::Index(_) => true,
                Proj::Field(_) | Proj::Variant(..) => inside && !self.b.cx.boxed(ty),
                Proj::Content => false,
            };
            ty = step.ty(ty, &self.b.cx.program.adts);
        }
        inside
    }

    /// The pointer that is the value at an address.
    pub(crate) fn pointer(&self, at: PointerValue<'c>) -> Result<PointerValue<'c>> {
        Ok(self.b.load_value(at, Scalar::Ptr)?.into_pointer_value())
    }

    /// The value of an operand.
    pub(crate) fn operand(&mut self, operand: &Operand) -> Result<Val<'c>> {
        match operand {
            Operand::Copy(place) | Operand::Move(place) | Operand::Borrow(place) => {
                let (at, ty) = self.place(place)?;
                let layout = self.b.cx.layout(ty)?;
                self.b.read(at, &layout)
            }
            Operand::Const(constant) => self.constant(constant),
        }
    }

    /// The type of an operand; functions as values have none of their own.
    pub(crate) fn operand_ty(&self, operand: &Operand) -> Option<Ty> {
        match operand {
            Operand::Const(constant) => constant.ty(),
            Operand::Copy(place) | Operand::Move(place) | Operand::Borrow(place) => {
                Some(place.ty(self.body, &self.b.cx.program.adts))
            }
        }
    }

    /// The register of an operand.
    pub(crate) fn scalar(&mut self, operand: &Operand) -> Result<BasicValueEnum<'c>> {
        match self.operand(operand)? {
            Val::Scalar(value) => Ok(value),
            _ => Err(InternalError::new(format!("{operand:?} is not in a register"))),
        }
    }

    fn constant(&self, constant: &Const) -> Result<Val<'c>> {
        let cx = self.b.cx;
        if let Const::Global(id, ty) = constant {
            if let Some(value) = cx.global_value(*id) {
                return self.constant(value);
            }
            let at = cx.global(*id)?;
            return self.b.read(at, &*cx.layout(*ty)?);
        }
        cx.constant(constant)
    }
}

impl<'c> Cx<'c, '_> {
    /// A constant that is known to the compiler.
    pub(crate) fn constant(&self, constant: &Const) -> Result<Val<'c>> {
        Ok(Val::Scalar(match constant {
            Const::Unit => return Ok(Val::Unit),
            Const::Bool(value) => self.context.bool_type().const_int(u64::from(*value), false).into(),
            Const::Int(value, ty) => match self.layout(*ty)?.scalar() {
                // A 128-bit number holds every integer type; the low bits are the value.
                Some(Scalar::Int(bits)) => self.int(bits).const_int(*value as u64, false).into(),
                _ => return Err(InternalError::new(format!("{value} is no `{ty}`"))),
            },
            Const::Float(value, ty) if matches!(ty.kind(), TyKind::F32) => {
                self.context.f32_type().const_float(*value).into()
            }
            Const::Float(value, _) => self.context.f64_type().const_float(*value).into(),
            Const::Char(value) => self.i32(u32::from(*value)).into(),
            Const::Str(text) => self.string_object(text.as_str()).into(),
            Const::Fn(function) => self.function_object(function.body)?.into(),
            Const::Global(id, _) => match self.global_value(*id) {
                Some(value) => return self.constant(value),
                None => return Err(InternalError::new("a constant that has to be computed")),
            },
        }))
    }

    /// The value of a module constant whose initialiser is a single constant.
    pub(crate) fn global_value(&self, id: GlobalId) -> Option<&Const> {
        let body = &self.program.bodies[self.program.consts[id].init];
        let block = body.blocks.iter().next()?;
        if body.blocks.iter().filter(|block| !block.cleanup).count() != 1 {
            return None;
        }
        match (&*block.stmts, &block.term.kind) {
            ([stmt], TermKind::Return) => match &stmt.kind {
                StmtKind::Assign(place, Rvalue::Use(Operand::Const(value)))
                    if place.as_local() == Some(RETURN) =>
                {
                    Some(value)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The type of an array's elements.
    pub(crate) fn element_type(&self, array: Ty) -> Result<Ty> {
        match array.kind() {
            TyKind::Array(element) => Ok(*element),
            _ => Err(InternalError::new(format!("`{array}` is no array"))),
        }
    }

    /// The layout of an array's elements.
    pub(crate) fn element_layout(&self, array: Ty) -> Result<Rc<Layout>> {
        self.layout(self.element_type(array)?)
    }
}

/// Where a field of a value lies; `variant` for enums.
pub(crate) fn field_slot(layout: &Layout, variant: Option<u32>, field: u32, ty: Ty) -> Result<Slot> {
    let found = match (&layout.shape, variant) {
        (Shape::Fields(slots), _) => slots.get(field as usize).copied(),
        (Shape::Nullable { some, field: slot }, Some(variant)) if variant == *some => Some(*slot),
        (Shape::Tagged { variants, .. }, Some(variant)) => {
            variants.get(variant as usize).and_then(|slots| slots.get(field as usize)).copied()
        }
        _ => None,
    };
    found.ok_or_else(|| InternalError::new(format!("`{ty}` has no field {field} in variant {variant:?}")))
}
