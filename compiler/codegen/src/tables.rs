//! Tables that the runtime reads: type descriptors, channel elements, and the memory of module constants.

use std::cell::RefCell;

use inkwell::AddressSpace;
use inkwell::module::Linkage;
use inkwell::values::PointerValue;
use rustc_hash::FxHashMap;
use wyn_abi::object::STRING_TYPE;
use wyn_abi::{ElemDescriptor, TypeDescriptor, TypeKind};
use wyn_mir::{BodyId, GlobalId, Ty, TyKind};

use crate::Result;
use crate::builder::FunctionBuilder;
use crate::cx::Cx;
use crate::glue::Op;
use crate::layout::Shape;
use crate::name::shown_name;
use crate::statics::StaticStruct;

/// A type of objects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ObjectType {
    /// Strings.
    String,
    /// Arrays of elements of this type.
    Array(Ty),
    /// Closures of this body.
    Closure(BodyId),
    /// The cells of `Atomic`s of this type.
    Atomic(Ty),
    /// Cells of this boxed type.
    Cell(Ty),
    /// Mutexes around values of this type.
    Mutex(Ty),
}

impl ObjectType {
    /// The objects that values of a type are.
    pub(crate) fn of(ty: Ty) -> Option<Self> {
        match ty.kind() {
            TyKind::String => Some(Self::String),
            TyKind::Array(element) => Some(Self::Array(*element)),
            TyKind::Atomic(value) => Some(Self::Atomic(*value)),
            TyKind::Mutex(value) => Some(Self::Mutex(*value)),
            _ => None,
        }
    }
}

/// The tables of a program.
#[derive(Default)]
pub(crate) struct Tables<'c> {
    indices: RefCell<FxHashMap<ObjectType, u32>>,
    rows: RefCell<Vec<ObjectType>>,
    empties: RefCell<FxHashMap<u32, PointerValue<'c>>>,
    elements: RefCell<FxHashMap<Ty, PointerValue<'c>>>,
    globals: RefCell<FxHashMap<GlobalId, PointerValue<'c>>>,
}

impl<'c> Tables<'c> {
    /// The immortal empty array of a type.
    pub(crate) fn empty(&self, cx: &Cx<'c, '_>, index: u32) -> Result<PointerValue<'c>> {
        if let Some(known) = self.empties.borrow().get(&index) {
            return Ok(*known);
        }
        let mut object = StaticStruct::new(wyn_abi::ArrayObject::DATA);
        cx.array_header(&mut object, 0, index, 0);
        let pointer = cx.static_data("empty", object.finish(cx), 16).as_pointer_value();
        self.empties.borrow_mut().insert(index, pointer);
        Ok(pointer)
    }
}

impl<'c> Cx<'c, '_> {
    /// The index of an object type's descriptor.
    pub(crate) fn type_index(&self, object: ObjectType) -> u32 {
        if object == ObjectType::String {
            return STRING_TYPE;
        }
        let mut rows = self.tables.rows.borrow_mut();
        if rows.is_empty() {
            rows.push(ObjectType::String);
        }
        *self.tables.indices.borrow_mut().entry(object).or_insert_with(|| {
            rows.push(object);
            rows.len() as u32 - 1
        })
    }

    /// The rows so far.
    fn type_rows(&self) -> Vec<ObjectType> {
        let rows = self.tables.rows.borrow();
        if rows.is_empty() { vec![ObjectType::String] } else { rows.clone() }
    }

    /// One type descriptor.
    fn type_descriptor(&self, index: u32, object: ObjectType) -> Result<StaticStruct<'c>> {
        use core::mem::offset_of;
        let (name, kind, size, glue): (String, TypeKind, u64, _) = match object {
            ObjectType::String => ("string".to_owned(), TypeKind::Array, 1, [None; 3]),
            ObjectType::Array(element) => {
                let size = self.layout(element)?.size;
                let glue = [Op::Drop, Op::Retain, Op::Mark].map(|op| self.glue(op, element));
                (format!("[{element}]"), TypeKind::Array, size, glue)
            }
            ObjectType::Atomic(value) => {
                (format!("Atomic<{value}>"), TypeKind::Plain, self.layout(value)?.size, [None; 3])
            }
            ObjectType::Cell(ty) => {
                let size = self.content(ty)?.size;
                let mut glue = [None; 3];
                for (place, op) in glue.iter_mut().zip([Op::Drop, Op::Retain, Op::Mark]) {
                    *place = self.content_glue(op, ty)?;
                }
                (ty.to_string(), TypeKind::Plain, size, glue)
            }
            ObjectType::Mutex(value) => {
                let glue = [Op::Drop, Op::Retain, Op::Mark].map(|op| self.glue(op, value));
                (format!("Mutex<{value}>"), TypeKind::Mutex, self.layout(value)?.size, glue)
            }
            ObjectType::Closure(body) => {
                let captures = self.captures(body);
                let size = self.row_layout(&captures)?.size;
                let glue = self.captures_glue(body, &captures)?;
                (shown_name(&self.program.bodies[body].name), TypeKind::Closure, size, glue)
            }
        };
        let mut row = StaticStruct::new(size_of::<TypeDescriptor>());
        row.text(self, offset_of!(TypeDescriptor, name), &name);
        row.set(offset_of!(TypeDescriptor, kind), 4, self.i32(kind as u32));
        row.set(offset_of!(TypeDescriptor, elem_size), 8, self.i64(size));
        row.set(offset_of!(TypeDescriptor, drop), 8, self.code_or_null(glue[0]));
        row.set(offset_of!(TypeDescriptor, retain), 8, self.code_or_null(glue[1]));
        row.set(offset_of!(TypeDescriptor, mark), 8, self.code_or_null(glue[2]));
        self.array_header(&mut row, offset_of!(TypeDescriptor, empty), index, 0);
        Ok(row)
    }

    /// The functions that drop, retain and mark the captures of a closure.
    fn captures_glue(
        &self,
        body: BodyId,
        captures: &[Ty],
    ) -> Result<[Option<inkwell::values::FunctionValue<'c>>; 3]> {
        let layout = self.row_layout(captures)?;
        let Shape::Fields(slots) = &layout.shape else { return Ok([None; 3]) };
        if !captures.iter().any(|ty| self.counted(*ty)) {
            return Ok([None; 3]);
        }
        let mut glue = [None; 3];
        for (place, op) in glue.iter_mut().zip([Op::Drop, Op::Retain, Op::Mark]) {
            let name = format!("{op:?} captures of {}", self.program.bodies[body].name);
            let function = self.content_function(&name);
            let b = FunctionBuilder::new(self, function, 0)?;
            let content = b.param(1)?.into_pointer_value();
            for slot in slots {
                b.count(op, b.offset(content, slot.offset)?, slot.ty)?;
            }
            b.ir.build_return(None)?;
            b.finish()?;
            *place = Some(function);
        }
        Ok(glue)
    }

    /// Writes the table of type descriptors, with the glue that its rows ask for; gives its length too.
    pub(crate) fn write_type_table(&self) -> Result<(PointerValue<'c>, u32)> {
        let mut rows = Vec::new();
        while rows.len() < self.type_rows().len() {
            let at = rows.len();
            rows.push(self.type_descriptor(at as u32, self.type_rows()[at])?.finish(self));
            self.write_glue()?;
        }
        let count = rows.len() as u32;
        let whole = self.context.const_struct(&rows, true);
        let table = self.static_data("types", whole.into(), 16);
        Ok((table.as_pointer_value(), count))
    }

    /// What a channel knows about its elements.
    pub(crate) fn elem_descriptor(&self, element: Ty) -> Result<PointerValue<'c>> {
        use core::mem::offset_of;
        if let Some(known) = self.tables.elements.borrow().get(&element) {
            return Ok(*known);
        }
        let mut row = StaticStruct::new(size_of::<ElemDescriptor>());
        row.set(offset_of!(ElemDescriptor, size), 8, self.i64(self.layout(element)?.size));
        row.set(offset_of!(ElemDescriptor, drop), 8, self.code_or_null(self.glue(Op::Drop, element)));
        row.set(offset_of!(ElemDescriptor, mark), 8, self.code_or_null(self.glue(Op::Mark, element)));
        row.text(self, offset_of!(ElemDescriptor, name), &element.to_string());
        let pointer = self.static_data("element", row.finish(self), 8).as_pointer_value();
        self.tables.elements.borrow_mut().insert(element, pointer);
        Ok(pointer)
    }

    /// The memory of a module constant, filled before `main` runs.
    pub(crate) fn global(&self, id: GlobalId) -> Result<PointerValue<'c>> {
        if let Some(known) = self.tables.globals.borrow().get(&id) {
            return Ok(*known);
        }
        let constant = &self.program.consts[id];
        let layout = self.layout(constant.ty)?;
        let ty = self.context.i8_type().array_type(layout.size as u32);
        let global = self.module.add_global(ty, Some(AddressSpace::default()), &constant.path);
        global.set_initializer(&ty.const_zero());
        global.set_linkage(Linkage::Internal);
        global.set_alignment(8);
        let pointer = global.as_pointer_value();
        self.tables.globals.borrow_mut().insert(id, pointer);
        Ok(pointer)
    }
}
