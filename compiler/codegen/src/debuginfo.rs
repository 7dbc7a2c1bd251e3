//! DWARF: functions by their paths, lines, and the locals of the source.
//!
//! Values without a source (glue, wrappers) have no debug information; code that no line asked for
//! (parameters coming out of registers, stack checks) has line 0 or none.

use std::cell::RefCell;
use std::rc::Rc;

use inkwell::builder::Builder;
use inkwell::context::Context;
use inkwell::debug_info::{
    AsDIScope, DICompileUnit, DIFile, DIFlags, DIFlagsConstants, DILocation, DIScope, DISubprogram, DIType,
    DWARFEmissionKind, DWARFSourceLanguage, DebugInfoBuilder, debug_metadata_version,
};
use inkwell::module::{FlagBehavior, Module};
use inkwell::values::{AsValueRef, FunctionValue, PointerValue};
use rustc_hash::{FxHashMap, FxHashSet};
use wyn_abi::object::BoxObject;
use wyn_abi::{ArrayObject, LIBRARY_ROOT};
use wyn_base::{SourceFile, SourceId, SourceMap, Span};
use wyn_mir::{Body, Local, LocalKind, Program, Ty, TyKind};

use crate::cx::Cx;
use crate::layout::{Layout, Shape, Slot};
use crate::name::shown_name;
use crate::{Opt, Options, Result};

const ENCODING_BOOLEAN: u32 = 2;
const ENCODING_FLOAT: u32 = 4;
const ENCODING_SIGNED: u32 = 5;
const ENCODING_UNSIGNED: u32 = 7;
const ENCODING_UTF: u32 = 16;

/// Debug information of one module.
pub(crate) struct DebugInfo<'c> {
    builder: DebugInfoBuilder<'c>,
    unit: DICompileUnit<'c>,
    files: RefCell<FxHashMap<SourceId, DIFile<'c>>>,
    types: RefCell<FxHashMap<Ty, DIType<'c>>>,
    /// The types that are being described.
    open: RefCell<FxHashSet<Ty>>,
}

/// A member of an aggregate: name, offset, type and size in bytes.
type Member<'c> = (String, u64, DIType<'c>, u64);

/// The function whose code is being written.
pub(crate) struct Scope<'c> {
    subprogram: DISubprogram<'c>,
    file: DIFile<'c>,
    source: SourceId,
}

impl<'c> DebugInfo<'c> {
    pub(crate) fn new(
        context: &'c Context,
        module: &Module<'c>,
        program: &Program,
        sources: &SourceMap,
        options: &Options,
    ) -> Self {
        let i32 = context.i32_type();
        let version = i32.const_int(debug_metadata_version().into(), false);
        module.add_basic_value_flag("Debug Info Version", FlagBehavior::Warning, version);
        module.add_basic_value_flag("Dwarf Version", FlagBehavior::Warning, i32.const_int(4, false));
        let main = &program.bodies[program.main];
        let (builder, unit) = module.create_debug_info_builder(
            true,
            // Wyn has no number of its own; C's rules for names and expressions suit gdb best.
            DWARFSourceLanguage::C,
            &path(sources.file(main.span.source)),
            HERE,
            "wync",
            options.opt != Opt::O0,
            "",
            0,
            "",
            DWARFEmissionKind::Full,
            0,
            false,
            false,
            "",
            "",
        );
        Self { builder, unit, files: RefCell::default(), types: RefCell::default(), open: RefCell::default() }
    }

    pub(crate) fn finish(&self) {
        self.builder.finalize();
    }

    fn file(&self, sources: &SourceMap, source: SourceId) -> DIFile<'c> {
        *self
            .files
            .borrow_mut()
            .entry(source)
            .or_insert_with(|| self.builder.create_file(&path(sources.file(source)), HERE))
    }

    /// Describes a function.
    pub(crate) fn begin_function(
        &self,
        cx: &Cx<'c, '_>,
        function: FunctionValue<'c>,
        name: &str,
        span: Span,
    ) -> Scope<'c> {
        let source = span.source;
        let file = self.file(cx.sources, source);
        let (line, _) = cx.sources.file(source).line_column(span.start);
        let ty = self.builder.create_subroutine_type(file, None, &[], DIFlags::PUBLIC);
        let symbol = function.get_name().to_string_lossy().into_owned();
        let subprogram = self.builder.create_function(
            self.unit.as_debug_info_scope(),
            &shown_name(name),
            Some(&symbol),
            file,
            line,
            ty,
            true,
            true,
            line,
            DIFlags::PUBLIC,
            cx.options.opt != Opt::O0,
        );
        function.set_subprogram(subprogram);
        Scope { subprogram, file, source }
    }

    fn location(&self, cx: &Cx<'c, '_>, scope: &Scope<'c>, span: Span) -> DILocation<'c> {
        // Code of another file in this function has no line that a debugger could show.
        let (line, column) = if span.source == scope.source {
            cx.sources.file(span.source).line_column(span.start)
        } else {
            (0, 0)
        };
        self.builder.create_debug_location(cx.context, line, column, self.scope(scope), None)
    }

    fn scope(&self, scope: &Scope<'c>) -> DIScope<'c> {
        scope.subprogram.as_debug_info_scope()
    }

    /// Says where the instructions that follow come from.
    pub(crate) fn set_location(&self, cx: &Cx<'c, '_>, ir: &Builder<'c>, scope: &Scope<'c>, span: Span) {
        ir.set_current_debug_location(self.location(cx, scope, span));
    }

    /// Says where a local of the source lives.
    pub(crate) fn declare(
        &self,
        cx: &Cx<'c, '_>,
        scope: &Scope<'c>,
        body: &Body,
        local: Local,
        at: PointerValue<'c>,
        function: FunctionValue<'c>,
    ) -> Result<()> {
        let decl = &body.locals[local];
        let (Some(name), Some(entry)) = (decl.name, function.get_first_basic_block()) else { return Ok(()) };
        let (line, _) = cx.sources.file(decl.span.source).line_column(decl.span.start);
        let ty = self.ty(cx, decl.ty)?;
        let (di_scope, name) = (self.scope(scope), name.as_str());
        let variable = if matches!(decl.kind, LocalKind::Param(_)) {
            let number = local.0;
            let flags = DIFlags::PUBLIC;
            self.builder.create_parameter_variable(di_scope, name, number, scope.file, line, ty, true, flags)
        } else {
            self.builder.create_auto_variable(di_scope, name, scope.file, line, ty, true, DIFlags::PUBLIC, 0)
        };
        let location = self.location(cx, scope, decl.span);
        let expression = self.builder.create_expression(Vec::new());
        // SAFETY: all parts belong to this module, and the entry block has no terminator yet.
        unsafe {
            inkwell::llvm_sys::debuginfo::LLVMDIBuilderInsertDeclareRecordAtEnd(
                self.builder.as_mut_ptr(),
                at.as_value_ref(),
                variable.as_mut_ptr(),
                expression.as_mut_ptr(),
                location.as_mut_ptr(),
                entry.as_mut_ptr(),
            );
        }
        Ok(())
    }

    fn ty(&self, cx: &Cx<'c, '_>, ty: Ty) -> Result<DIType<'c>> {
        if let Some(known) = self.types.borrow().get(&ty) {
            return Ok(*known);
        }
        let layout = cx.layout(ty)?;
        if !self.open.borrow_mut().insert(ty) {
            // Inside itself, a type is known by its name alone.
            return self.basic(&ty.to_string(), 8 * layout.size, ENCODING_UNSIGNED);
        }
        let described = self.describe(cx, ty, &layout)?;
        self.open.borrow_mut().remove(&ty);
        self.types.borrow_mut().insert(ty, described);
        Ok(described)
    }

    fn basic(&self, name: &str, bits: u64, encoding: u32) -> Result<DIType<'c>> {
        let ty = self.builder.create_basic_type(name, bits, encoding, DIFlags::PUBLIC);
        Ok(ty.map_err(|error| crate::InternalError::new(error.to_string()))?.as_type())
    }

    fn describe(&self, cx: &Cx<'c, '_>, ty: Ty, layout: &Rc<Layout>) -> Result<DIType<'c>> {
        let name = ty.to_string();
        Ok(match ty.kind() {
            TyKind::Bool => self.basic(&name, 8, ENCODING_BOOLEAN)?,
            TyKind::Int(int) => {
                let encoding = if int.signed() { ENCODING_SIGNED } else { ENCODING_UNSIGNED };
                self.basic(&name, int.bits().into(), encoding)?
            }
            TyKind::F64 => self.basic(&name, 64, ENCODING_FLOAT)?,
            TyKind::F32 => self.basic(&name, 32, ENCODING_FLOAT)?,
            TyKind::Char => self.basic(&name, 32, ENCODING_UTF)?,
            TyKind::String => {
                let byte = self.basic("byte", 8, ENCODING_UTF)?;
                self.array_object(cx, &name, byte, 8)
            }
            TyKind::Array(element) => {
                let element_layout = cx.layout(*element)?;
                let element = self.ty(cx, *element)?;
                self.array_object(cx, &name, element, element_layout.align)
            }
            TyKind::Fn(..)
            | TyKind::Future(_)
            | TyKind::Sender(_)
            | TyKind::Receiver(_)
            | TyKind::Mutex(_)
            | TyKind::Atomic(_) => {
                let whole = self.aggregate(cx, &name, 0, 1, &[]);
                self.pointer(&name, whole)
            }
            _ if cx.boxed(ty) => {
                let content = cx.content(ty)?;
                let header = BoxObject::CONTENT as u64;
                let members = self.shape(cx, ty, &content, header)?;
                let whole = self.aggregate(cx, &name, header + content.size, content.align, &members);
                self.pointer(&name, whole)
            }
            _ => match &layout.shape {
                Shape::Nullable { field, .. } => self.ty(cx, field.ty)?,
                Shape::Fields(_) | Shape::Tagged { .. } => {
                    let members = self.shape(cx, ty, layout, 0)?;
                    self.aggregate(cx, &name, layout.size, layout.align, &members)
                }
                Shape::Scalar(_) => self.basic(&name, 8 * layout.size, ENCODING_UNSIGNED)?,
            },
        })
    }

    /// The members of a struct, tuple or enum that begins so many bytes into what is described.
    fn shape(&self, cx: &Cx<'c, '_>, ty: Ty, layout: &Layout, start: u64) -> Result<Vec<Member<'c>>> {
        let mut members = match &layout.shape {
            Shape::Fields(slots) => self.members(cx, ty, 0, slots)?,
            Shape::Nullable { some, field } => {
                self.members(cx, ty, *some as usize, std::slice::from_ref(field))?
            }
            Shape::Tagged { tag, variants } => {
                let tag = self.basic("tag", 8 * tag.size(), ENCODING_UNSIGNED)?;
                let mut members = vec![("tag".to_owned(), 0, tag, 1)];
                for (variant, slots) in variants.iter().enumerate() {
                    members.extend(self.members(cx, ty, variant, slots)?);
                }
                members
            }
            Shape::Scalar(_) => Vec::new(),
        };
        members.iter_mut().for_each(|(_, offset, ..)| *offset += start);
        Ok(members)
    }

    /// Names, offsets and types of the fields of a variant; `Some.0` where variants share a value.
    fn members(&self, cx: &Cx<'c, '_>, ty: Ty, variant: usize, slots: &[Slot]) -> Result<Vec<Member<'c>>> {
        let mut members = Vec::new();
        for (at, slot) in slots.iter().enumerate() {
            let layout = cx.layout(slot.ty)?;
            if layout.is_zst() {
                continue;
            }
            let name = match ty.kind() {
                TyKind::Adt(id, ..) => {
                    let adt = &cx.program.adts[*id];
                    let variant = &adt.variants[variant];
                    let field =
                        variant.fields[at].name.map_or_else(|| at.to_string(), |name| name.to_string());
                    if adt.variants.len() == 1 { field } else { format!("{}_{field}", variant.name) }
                }
                _ => format!("_{at}"),
            };
            members.push((name, slot.offset, self.ty(cx, slot.ty)?, layout.size));
        }
        Ok(members)
    }

    fn aggregate(
        &self,
        cx: &Cx<'c, '_>,
        name: &str,
        size: u64,
        align: u64,
        members: &[Member<'c>],
    ) -> DIType<'c> {
        let scope = self.unit.as_debug_info_scope();
        let file = self.unit.get_file();
        let bits = |bytes: u64| 8 * bytes;
        let elements: Vec<_> = members
            .iter()
            .map(|(name, offset, ty, size)| {
                self.builder
                    .create_member_type(
                        scope,
                        name,
                        file,
                        0,
                        bits(*size),
                        8,
                        bits(*offset),
                        DIFlags::PUBLIC,
                        *ty,
                    )
                    .as_type()
            })
            .collect();
        let _ = cx;
        self.builder
            .create_struct_type(
                scope,
                name,
                file,
                0,
                bits(size),
                8 * align as u32,
                DIFlags::PUBLIC,
                None,
                &elements,
                0,
                None,
                name,
            )
            .as_type()
    }

    fn pointer(&self, name: &str, to: DIType<'c>) -> DIType<'c> {
        self.builder.create_pointer_type(name, to, 64, 64, inkwell::AddressSpace::default()).as_type()
    }

    /// A pointer to an array object with elements of this type.
    fn array_object(&self, cx: &Cx<'c, '_>, name: &str, element: DIType<'c>, align: u64) -> DIType<'c> {
        let Ok(len) = self.basic("len", 64, ENCODING_UNSIGNED) else { return element };
        #[allow(clippy::single_range_in_vec_init, reason = "one dimension, of unknown length")]
        let data = self.builder.create_array_type(element, 0, 8 * align as u32, &[0..0]).as_type();
        let members = [
            ("len".to_owned(), core::mem::offset_of!(ArrayObject, len) as u64, len, 8),
            ("cap".to_owned(), core::mem::offset_of!(ArrayObject, cap) as u64, len, 8),
            ("data".to_owned(), ArrayObject::DATA as u64, data, 0),
        ];
        let whole = self.aggregate(cx, name, ArrayObject::DATA as u64, 8, &members);
        self.pointer(name, whole)
    }
}

/// What the paths of files are relative to: where the compiler was called, whose name does not belong in a program.
const HERE: &str = ".";

/// The path of a file.
fn path(file: &SourceFile) -> String {
    let path = file.path.to_string_lossy();
    if file.is_library { format!("{LIBRARY_ROOT}{path}") } else { path.into_owned() }
}
