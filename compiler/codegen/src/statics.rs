//! Static data: immortal strings, arrays and function objects, and source locations.
//!
//! Layouts come from `wyn_abi`'s structs by `offset_of!`; equal data is written once.

use std::cell::RefCell;

use inkwell::module::Linkage;
use inkwell::values::{BasicValue, BasicValueEnum, FunctionValue, GlobalValue, PointerValue, UnnamedAddress};
use rustc_hash::FxHashMap;
use wyn_abi::object::{BoxObject, IMMORTAL, LARGE, STRING_TYPE};
use wyn_abi::{ArrayObject, ClosureObject, Location, ObjectHeader, StaticText};
use wyn_base::Span;
use wyn_mir::{Body, BodyId, BodyKind, Const, Operand, Ty};

use crate::builder::{FunctionBuilder, Target, Val};
use crate::cx::Cx;
use crate::layout::Shape;
use crate::name::{common_name, shown_name};
use crate::signature::{Pass, Signature};
use crate::tables::ObjectType;
use crate::{InternalError, Result};

/// Static data written so far.
#[derive(Default)]
pub(crate) struct Statics<'c> {
    bytes: RefCell<FxHashMap<Vec<u8>, PointerValue<'c>>>,
    strings: RefCell<FxHashMap<String, PointerValue<'c>>>,
    locations: RefCell<FxHashMap<(Span, String, String), PointerValue<'c>>>,
    functions: RefCell<FxHashMap<BodyId, PointerValue<'c>>>,
    thunks: RefCell<FxHashMap<BodyId, FunctionValue<'c>>>,
    variants: RefCell<FxHashMap<(Ty, u32), PointerValue<'c>>>,
}

/// A `repr(C)` struct under construction: values at offsets, zeros between them.
pub(crate) struct StaticStruct<'c> {
    parts: Vec<(usize, BasicValueEnum<'c>, usize)>,
    size: usize,
}

impl<'c> StaticStruct<'c> {
    /// All zeros.
    pub(crate) fn new(size: usize) -> Self {
        Self { parts: Vec::new(), size }
    }

    /// Puts a value there; it takes so many bytes.
    pub(crate) fn set(&mut self, offset: usize, size: usize, value: impl BasicValue<'c>) {
        self.parts.push((offset, value.as_basic_value_enum(), size));
    }

    /// Puts a text there.
    pub(crate) fn text(&mut self, cx: &Cx<'c, '_>, offset: usize, text: &str) {
        let ptr = core::mem::offset_of!(StaticText, ptr);
        let len = core::mem::offset_of!(StaticText, len);
        self.set(offset + ptr, 8, cx.static_bytes(text.as_bytes()));
        self.set(offset + len, 8, cx.i64(text.len() as u64));
    }

    /// The constant.
    pub(crate) fn finish(mut self, cx: &Cx<'c, '_>) -> BasicValueEnum<'c> {
        self.parts.sort_by_key(|(offset, ..)| *offset);
        let (mut values, mut at) = (Vec::new(), 0);
        let pad = |values: &mut Vec<BasicValueEnum<'c>>, bytes: usize| {
            if bytes > 0 {
                values.push(cx.context.i8_type().array_type(bytes as u32).const_zero().into());
            }
        };
        for (offset, value, size) in self.parts {
            debug_assert!(offset >= at, "parts of a static overlap");
            pad(&mut values, offset - at);
            values.push(value);
            at = offset + size;
        }
        pad(&mut values, self.size - at);
        cx.context.const_struct(&values, true).into()
    }
}

impl<'c> Cx<'c, '_> {
    /// Read-only data of the module.
    pub(crate) fn static_data(&self, name: &str, value: BasicValueEnum<'c>, align: u32) -> GlobalValue<'c> {
        let global = self.module.add_global(value.get_type(), None, name);
        global.set_initializer(&value);
        global.set_constant(true);
        global.set_linkage(Linkage::Private);
        global.set_unnamed_address(UnnamedAddress::Global);
        global.set_alignment(align);
        global
    }

    /// Bytes in static memory.
    pub(crate) fn static_bytes(&self, bytes: &[u8]) -> PointerValue<'c> {
        if let Some(known) = self.statics.bytes.borrow().get(bytes) {
            return *known;
        }
        let value = self.context.const_string(bytes, false);
        let pointer = self.static_data("bytes", value.into(), 1).as_pointer_value();
        self.statics.bytes.borrow_mut().insert(bytes.to_vec(), pointer);
        pointer
    }

    /// The header of an immortal object.
    fn immortal_header(&self, into: &mut StaticStruct<'c>, offset: usize, type_index: u32) {
        let i8 = self.context.i8_type();
        let count = core::mem::offset_of!(ObjectHeader, count);
        let class = core::mem::offset_of!(ObjectHeader, size_class);
        let index = core::mem::offset_of!(ObjectHeader, type_index);
        into.set(offset + count, 4, self.i32(IMMORTAL as u32));
        into.set(offset + class, 1, i8.const_int(LARGE.into(), false));
        into.set(offset + index, 2, self.context.i16_type().const_int(type_index.into(), false));
    }

    /// Puts an immortal array's header and length there.
    pub(crate) fn array_header(
        &self,
        into: &mut StaticStruct<'c>,
        offset: usize,
        type_index: u32,
        len: usize,
    ) {
        self.immortal_header(into, offset + core::mem::offset_of!(ArrayObject, header), type_index);
        into.set(offset + core::mem::offset_of!(ArrayObject, len), 8, self.i64(len as u64));
        into.set(offset + core::mem::offset_of!(ArrayObject, cap), 8, self.i64(len as u64));
    }

    /// An immortal string.
    pub(crate) fn string_object(&self, text: &str) -> PointerValue<'c> {
        if let Some(known) = self.statics.strings.borrow().get(text) {
            return *known;
        }
        let mut object = StaticStruct::new(ArrayObject::DATA + text.len());
        self.array_header(&mut object, 0, STRING_TYPE, text.len());
        if !text.is_empty() {
            object.set(ArrayObject::DATA, text.len(), self.context.const_string(text.as_bytes(), false));
        }
        let pointer = self.static_data("string", object.finish(self), 16).as_pointer_value();
        self.statics.strings.borrow_mut().insert(text.to_owned(), pointer);
        pointer
    }

    /// The immortal cell of a boxed enum's variant without fields.
    pub(crate) fn empty_variant(&self, ty: Ty, variant: u32) -> Result<PointerValue<'c>> {
        if let Some(known) = self.statics.variants.borrow().get(&(ty, variant)) {
            return Ok(*known);
        }
        let content = self.content(ty)?;
        let mut object = StaticStruct::new(BoxObject::CONTENT + content.size as usize);
        let index = self.type_index(ObjectType::Cell(ty));
        self.immortal_header(&mut object, core::mem::offset_of!(BoxObject, header), index);
        match &content.shape {
            Shape::Tagged { tag, .. } => {
                let number = self.memory_type(*tag).into_int_type().const_int(variant.into(), false);
                object.set(BoxObject::CONTENT, tag.size() as usize, number);
            }
            // Null already, or nothing to say.
            Shape::Nullable { .. } | Shape::Fields(_) | Shape::Scalar(_) => {}
        }
        let pointer = self.static_data("variant", object.finish(self), 16).as_pointer_value();
        self.statics.variants.borrow_mut().insert((ty, variant), pointer);
        Ok(pointer)
    }

    /// An immortal array, when all its elements are known.
    pub(crate) fn constant_array(
        &self,
        element: Ty,
        operands: &[Operand],
    ) -> Result<Option<PointerValue<'c>>> {
        let layout = self.layout(element)?;
        let Some(scalar) = layout.scalar() else { return Ok(None) };
        let index = self.type_index(ObjectType::Array(element));
        let size = layout.size as usize;
        let mut object = StaticStruct::new(ArrayObject::DATA + size * operands.len());
        self.array_header(&mut object, 0, index, operands.len());
        for (at, operand) in operands.iter().enumerate() {
            let value = match operand {
                Operand::Const(Const::Fn(_)) => return Ok(None),
                Operand::Const(Const::Global(id, _)) => match self.global_value(*id) {
                    Some(value) => self.constant(value)?,
                    None => return Ok(None),
                },
                Operand::Const(constant) => self.constant(constant)?,
                _ => return Ok(None),
            };
            let Val::Scalar(mut value) = value else { return Ok(None) };
            if let BasicValueEnum::IntValue(int) = value
                && scalar == crate::layout::Scalar::Bool
            {
                let bit = int.get_zero_extended_constant().unwrap_or(0);
                value = self.context.i8_type().const_int(bit, false).into();
            }
            object.set(ArrayObject::DATA + at * size, size, value);
        }
        Ok(Some(self.static_data("array", object.finish(self), 16).as_pointer_value()))
    }

    /// The immortal object of a function that is used as a value.
    pub(crate) fn function_object(&self, body: BodyId) -> Result<PointerValue<'c>> {
        if let Some(known) = self.statics.functions.borrow().get(&body) {
            return Ok(*known);
        }
        let code = self.value_code(body)?;
        let mut object = StaticStruct::new(ClosureObject::CAPTURES);
        let index = self.type_index(ObjectType::Closure(body));
        self.immortal_header(&mut object, core::mem::offset_of!(ClosureObject, header), index);
        let code = code.as_global_value().as_pointer_value();
        object.set(core::mem::offset_of!(ClosureObject, code), 8, code);
        let pointer = self.static_data("function", object.finish(self), 16).as_pointer_value();
        self.statics.functions.borrow_mut().insert(body, pointer);
        Ok(pointer)
    }

    /// What is called when a body is called as a value.
    pub(crate) fn value_code(&self, body: BodyId) -> Result<FunctionValue<'c>> {
        if self.program.bodies[body].kind == BodyKind::Closure {
            return self.body_function(body);
        }
        if let Some(known) = self.statics.thunks.borrow().get(&body) {
            return Ok(*known);
        }
        let thunk = self.thunk(body)?;
        self.statics.thunks.borrow_mut().insert(body, thunk);
        Ok(thunk)
    }

    /// A function that takes a closure object, which it ignores, and calls a body.
    ///
    /// Functions that are used as values take their parameters as their types say (the passes see
    /// to that), so arguments are handed on as they came.
    fn thunk(&self, id: BodyId) -> Result<FunctionValue<'c>> {
        let target = self.body_function(id)?;
        let inner = Signature::of_body(self, &self.program.bodies[id])?;
        let outer = Signature::of_value_body(self, &self.program.bodies[id])?;
        let function = self.define(&format!("{} value", self.program.bodies[id].name), outer.llvm(self));
        self.add_signature_attributes(function, &outer)?;
        let b = FunctionBuilder::new(self, function, outer.fiber())?;
        let closure = outer.fiber() + 1;
        let mut args: Vec<_> = (0..function.count_params())
            .filter(|at| *at != closure)
            .map(|at| b.param(at))
            .collect::<Result<_>>()?;
        if let Some(at) = inner.caller() {
            let body = &self.program.bodies[id];
            args.insert(at as usize, self.location_of_call(body.span, &body.name, body).into());
        }
        let site = b.raw_call(Target::Direct(target), target.get_type(), &args, None)?;
        for (at, attribute) in self.signature_attributes(&inner)? {
            site.add_attribute(at, attribute);
        }
        match (&inner.ret, site.try_as_basic_value().basic()) {
            _ if inner.ret_ty.is_never() => b.ir.build_unreachable()?,
            (Pass::Scalar(_) | Pass::Parts(_), Some(value)) => b.ir.build_return(Some(&value))?,
            _ => b.ir.build_return(None)?,
        };
        b.finish()?;
        Ok(function)
    }

    /// A place in the source, for panics and reports.
    pub(crate) fn location(&self, span: Span, function: &str) -> PointerValue<'c> {
        self.location_of(span, function, "")
    }

    /// The place of a call of this body of the standard library, which does there what panics and reports tell of.
    pub(crate) fn location_of_call(&self, span: Span, function: &str, of: &Body) -> PointerValue<'c> {
        self.location_of(span, function, &common_name(&of.name))
    }

    fn location_of(&self, span: Span, function: &str, operation: &str) -> PointerValue<'c> {
        let key = (span, function.to_owned(), operation.to_owned());
        if let Some(known) = self.statics.locations.borrow().get(&key) {
            return *known;
        }
        let mut location = StaticStruct::new(size_of::<Location>());
        self.put_location(&mut location, 0, span, function);
        location.text(self, core::mem::offset_of!(Location, operation), operation);
        let pointer = self.static_data("location", location.finish(self), 8).as_pointer_value();
        self.statics.locations.borrow_mut().insert(key, pointer);
        pointer
    }

    /// Puts a source location there.
    pub(crate) fn put_location(&self, into: &mut StaticStruct<'c>, at: usize, span: Span, function: &str) {
        let file = self.sources.file(span.source);
        let (line, column) = file.line_column(span.start);
        into.text(self, at + core::mem::offset_of!(Location, file), &file.path.to_string_lossy());
        into.set(at + core::mem::offset_of!(Location, line), 4, self.i32(line));
        into.set(at + core::mem::offset_of!(Location, column), 4, self.i32(column));
        into.text(self, at + core::mem::offset_of!(Location, function), &shown_name(function));
    }

    /// A function's address, or null.
    pub(crate) fn code_or_null(
        &self,
        function: Option<inkwell::values::FunctionValue<'c>>,
    ) -> PointerValue<'c> {
        function.map_or(self.ptr.const_null(), |function| function.as_global_value().as_pointer_value())
    }
}

impl<'c> Cx<'c, '_> {
    /// The empty array or string of a type: it lies in the type's descriptor.
    pub(crate) fn empty_array(&self, object: ObjectType) -> Result<PointerValue<'c>> {
        if object == ObjectType::String {
            return Ok(self.string_object(""));
        }
        let ObjectType::Array(element) = object else {
            return Err(InternalError::new("an empty array that is no array"));
        };
        self.constant_empty(element)
    }

    fn constant_empty(&self, element: Ty) -> Result<PointerValue<'c>> {
        let index = self.type_index(ObjectType::Array(element));
        self.tables.empty(self, index)
    }
}
