//! The module under construction and everything that is made once per program: layouts, declared
//! functions, and the queues of functions that others asked for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::rc::Rc;

use inkwell::AddressSpace;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::context::Context;
use inkwell::module::{Linkage, Module};
use inkwell::targets::TargetMachine;
use inkwell::types::{BasicTypeEnum, FunctionType, IntType, PointerType};
use inkwell::values::{BasicMetadataValueEnum, FunctionValue, InstructionValue, MetadataValue};
use rustc_hash::FxHashMap;
use wyn_base::{IndexVec, SourceMap};
use wyn_mir::ownership::{boxed, counted};
use wyn_mir::{BodyId, ParamMode, Program, Ty};

use crate::debuginfo::DebugInfo;
use crate::glue::Glue;
use crate::layout::{Layout, Layouts, Scalar};
use crate::runtime::Runtime;
use crate::signature::{Pass, Signature};
use crate::statics::Statics;
use crate::tables::Tables;
use crate::task::Tasks;
use crate::{Opt, Options, Result};

/// The CPU that programs are compiled for: the one of the runtime's bitcode, so that LLVM may inline it.
pub(crate) const CPU: &str = "x86-64";

/// Marks the parameter that is the fiber, for [`crate::prologue`].
pub(crate) const FIBER_ATTRIBUTE: &str = "wyn-fiber";

/// What an instruction does with the memory that holds the program's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Values {
    /// It reads only that.
    Read,
    /// It reads the length of an array or string.
    Length,
    /// It leaves all of that as it is.
    Kept,
    /// It leaves all lengths as they are: it writes among the elements of an array, where no length has ever lain. Memory that
    /// was another object's began at the same place for that one (`wyn_abi::object`), or came from a call that
    /// LLVM sees nothing of. Fields of boxes do lie where an array that was freed had its length.
    LengthsKept,
}

/// Everything about one compilation.
pub(crate) struct Cx<'c, 'p> {
    pub(crate) context: &'c Context,
    pub(crate) module: Module<'c>,
    pub(crate) program: &'p Program,
    pub(crate) sources: &'p SourceMap,
    pub(crate) options: &'p Options,
    pub(crate) ptr: PointerType<'c>,
    pub(crate) runtime: Runtime<'c>,
    pub(crate) glue: Glue<'c>,
    pub(crate) statics: Statics<'c>,
    pub(crate) tables: Tables<'c>,
    pub(crate) tasks: Tasks<'c>,
    pub(crate) debug: Option<DebugInfo<'c>>,
    /// Bodies that can come to call themselves.
    pub(crate) recursive: IndexVec<BodyId, bool>,
    layouts: RefCell<FxHashMap<Ty, Rc<Layout>>>,
    contents: RefCell<FxHashMap<Ty, Rc<Layout>>>,
    depth: Cell<u32>,
    bodies: RefCell<IndexVec<BodyId, Option<FunctionValue<'c>>>>,
    wanted: RefCell<VecDeque<BodyId>>,
}

impl<'c, 'p> Cx<'c, 'p> {
    pub(crate) fn new(
        context: &'c Context,
        program: &'p Program,
        sources: &'p SourceMap,
        options: &'p Options,
        machine: &TargetMachine,
    ) -> Result<Self> {
        let module = context.create_module("program");
        module.set_triple(&machine.get_triple());
        module.set_data_layout(&machine.get_target_data().get_data_layout());
        let debug = options.debug_info.then(|| DebugInfo::new(context, &module, program, sources, options));
        Ok(Self {
            context,
            program,
            sources,
            options,
            ptr: context.ptr_type(AddressSpace::default()),
            runtime: Runtime::new(),
            glue: Glue::default(),
            statics: Statics::default(),
            tables: Tables::default(),
            tasks: Tasks::default(),
            debug,
            recursive: crate::prologue::recursive_bodies(program),
            layouts: RefCell::default(),
            contents: RefCell::default(),
            depth: Cell::new(0),
            bodies: RefCell::new(IndexVec::from_elem(None, program.bodies.len())),
            wanted: RefCell::default(),
            module,
        })
    }

    /// Writes the whole module, before optimisation: `main` and all that it reaches.
    pub(crate) fn translate(&self) -> Result<()> {
        let main = self.main_task()?;
        let init = self.write_init()?;
        loop {
            let body = self.wanted.borrow_mut().pop_front();
            match body {
                Some(body) => self.write_body(body)?,
                None => break,
            }
        }
        self.write_glue()?;
        let (types, count) = self.write_type_table()?;
        self.write_main(main, init, types, count)?;
        if let Some(debug) = &self.debug {
            debug.finish();
        }
        Ok(())
    }

    /// The layout of a type.
    pub(crate) fn layout(&self, ty: Ty) -> Result<Rc<Layout>> {
        if let Some(layout) = self.layouts.borrow().get(&ty) {
            return Ok(layout.clone());
        }
        if self.depth.get() > 200 {
            return Err(crate::InternalError::new(format!("`{ty}` contains itself")));
        }
        self.depth.set(self.depth.get() + 1);
        let of = |ty| self.layout(ty);
        let layouts = Layouts { adts: &self.program.adts, of: &of };
        let layout = Rc::new(layouts.compute(ty)?);
        self.depth.set(self.depth.get() - 1);
        self.layouts.borrow_mut().insert(ty, layout.clone());
        Ok(layout)
    }

    /// The layout of what lies in the cell of a boxed type.
    pub(crate) fn content(&self, ty: Ty) -> Result<Rc<Layout>> {
        if let Some(content) = self.contents.borrow().get(&ty) {
            return Ok(content.clone());
        }
        let of = |ty| self.layout(ty);
        let layouts = Layouts { adts: &self.program.adts, of: &of };
        let content = Rc::new(layouts.content(ty)?);
        self.contents.borrow_mut().insert(ty, content.clone());
        Ok(content)
    }

    /// Whether a value of the type is a pointer to a cell.
    pub(crate) fn boxed(&self, ty: Ty) -> bool {
        boxed(ty, &self.program.adts)
    }

    /// The layout of these parts in a row.
    pub(crate) fn row_layout(&self, parts: &[Ty]) -> Result<Layout> {
        let of = |ty| self.layout(ty);
        let layouts = Layouts { adts: &self.program.adts, of: &of };
        layouts.fields(parts)
    }

    /// Whether values of the type hold references that are counted.
    pub(crate) fn counted(&self, ty: Ty) -> bool {
        counted(ty, &self.program.adts)
    }

    /// The LLVM type of a register's value.
    pub(crate) fn value_type(&self, scalar: Scalar) -> BasicTypeEnum<'c> {
        if scalar == Scalar::Bool { self.context.bool_type().into() } else { self.memory_type(scalar) }
    }

    /// The LLVM type of a register's value in memory.
    pub(crate) fn memory_type(&self, scalar: Scalar) -> BasicTypeEnum<'c> {
        match scalar {
            Scalar::Bool => self.context.i8_type().into(),
            Scalar::Int(bits) => self.int(bits).into(),
            Scalar::F32 => self.context.f32_type().into(),
            Scalar::F64 => self.context.f64_type().into(),
            Scalar::Ptr => self.ptr.into(),
        }
    }

    /// An integer type.
    pub(crate) fn int(&self, bits: u32) -> IntType<'c> {
        match bits {
            8 => self.context.i8_type(),
            16 => self.context.i16_type(),
            32 => self.context.i32_type(),
            64 => self.context.i64_type(),
            128 => self.context.i128_type(),
            // Coerced aggregates of odd sizes: 1 to 63 bits.
            _ => NonZeroU32::new(bits)
                .and_then(|bits| self.context.custom_width_int_type(bits).ok())
                .unwrap_or_else(|| self.context.i64_type()),
        }
    }

    /// A 64-bit constant.
    pub(crate) fn i64(&self, value: u64) -> inkwell::values::IntValue<'c> {
        self.context.i64_type().const_int(value, false)
    }

    /// A 32-bit constant.
    pub(crate) fn i32(&self, value: u32) -> inkwell::values::IntValue<'c> {
        self.context.i32_type().const_int(value.into(), false)
    }

    /// The function of a body; asking for it makes it part of the program.
    pub(crate) fn body_function(&self, id: BodyId) -> Result<FunctionValue<'c>> {
        if let Some(function) = self.bodies.borrow()[id] {
            return Ok(function);
        }
        let body = &self.program.bodies[id];
        let signature = Signature::of_body(self, body)?;
        let function = self.define(&symbol(&body.name), signature.llvm(self));
        self.add_signature_attributes(function, &signature)?;
        self.bodies.borrow_mut()[id] = Some(function);
        self.wanted.borrow_mut().push_back(id);
        Ok(function)
    }

    /// A new function of the module, seen by nobody else.
    pub(crate) fn define(&self, name: &str, ty: FunctionType<'c>) -> FunctionValue<'c> {
        let function = self.module.add_function(name, ty, Some(Linkage::Internal));
        self.add_function_attributes(function);
        function
    }

    /// What all emitted functions have in common.
    pub(crate) fn add_function_attributes(&self, function: FunctionValue<'c>) {
        let at = AttributeLoc::Function;
        // Asynchronous unwind tables: stack traces work at every instruction.
        function.add_attribute(at, self.flag_with("uwtable", 2));
        function.add_attribute(at, self.context.create_string_attribute("target-cpu", CPU));
        // A frame larger than a page touches its pages in order, so that it cannot skip a guard.
        function.add_attribute(at, self.context.create_string_attribute("probe-stack", "inline-asm"));
        function.set_personality_function(self.runtime.personality(self));
    }

    /// What is true of the parameters of every function with this signature.
    pub(crate) fn add_signature_attributes(
        &self,
        function: FunctionValue<'c>,
        signature: &Signature,
    ) -> Result<()> {
        for (at, attribute) in self.signature_attributes(signature)? {
            function.add_attribute(at, attribute);
        }
        let fiber = AttributeLoc::Param(signature.fiber());
        function.add_attribute(fiber, self.context.create_string_attribute(FIBER_ATTRIBUTE, ""));
        Ok(())
    }

    /// The attributes that a definition and its calls must share.
    pub(crate) fn signature_attributes(
        &self,
        signature: &Signature,
    ) -> Result<Vec<(AttributeLoc, Attribute)>> {
        let mut all = Vec::new();
        let mut at = 0;
        let pointer = |all: &mut Vec<_>, at: u32, flags: &[&str], size: u64| {
            all.extend(flags.iter().map(|name| (AttributeLoc::Param(at), self.flag(name))));
            if size > 0 {
                all.push((AttributeLoc::Param(at), self.flag_with("dereferenceable", size)));
            }
        };
        if signature.ret == Pass::Indirect {
            let layout = self.layout(signature.ret_ty)?;
            let memory = self.context.i8_type().array_type(layout.size as u32);
            let kind = Attribute::get_named_enum_kind_id("sret");
            let sret = self.context.create_type_attribute(kind, inkwell::types::AnyTypeEnum::from(memory));
            all.push((AttributeLoc::Param(0), sret));
            pointer(&mut all, 0, &["noalias", "nonnull", "noundef"], layout.size);
            all.push((AttributeLoc::Param(0), self.flag_with("align", layout.align)));
            at += 1;
        }
        pointer(&mut all, at, &["nonnull", "noundef"], 0);
        at += 1;
        if signature.closure {
            pointer(&mut all, at, &["nonnull", "noundef"], 16);
            at += 1;
        }
        if signature.caller {
            pointer(&mut all, at, &["nonnull", "noundef"], size_of::<wyn_abi::Location>() as u64);
            at += 1;
        }
        for (mode, pass, ty) in &signature.params {
            match pass {
                Pass::Ignore => {}
                Pass::Scalar(scalar) => {
                    if *scalar == Scalar::Bool {
                        all.push((AttributeLoc::Param(at), self.flag("zeroext")));
                    }
                    at += 1;
                }
                Pass::Parts(regs) => at += regs.len() as u32,
                Pass::Indirect => {
                    let layout = self.layout(*ty)?;
                    pointer(&mut all, at, &["noalias", "nonnull", "noundef"], layout.size);
                    if *mode == ParamMode::Borrowed {
                        all.push((AttributeLoc::Param(at), self.flag("readonly")));
                    }
                    at += 1;
                }
            }
        }
        if signature.ret == Pass::Scalar(Scalar::Bool) {
            all.push((AttributeLoc::Return, self.flag("zeroext")));
        }
        if signature.ret_ty.is_never() {
            all.push((AttributeLoc::Function, self.flag("noreturn")));
        }
        Ok(all)
    }

    /// Tells LLVM what an instruction does with the program's values.
    pub(crate) fn about_values(&self, instruction: InstructionValue<'c>, what: Values) -> Result<()> {
        if self.options.opt == Opt::O0 {
            return Ok(());
        }
        let node = |parts: &[BasicMetadataValueEnum<'c>]| self.context.metadata_node(parts);
        let named = |name: &str| self.context.metadata_string(name).into();
        // Lengths are values too, but only scopes of one domain are compared with each other.
        let scope = |name: &str| node(&[named(name), node(&[named(name)]).into()]).into();
        let (kind, scopes) = match what {
            Values::Read => ("alias.scope", node(&[scope("values")])),
            Values::Length => ("alias.scope", node(&[scope("values"), scope("lengths")])),
            Values::Kept => ("noalias", node(&[scope("values")])),
            Values::LengthsKept => ("noalias", node(&[scope("lengths")])),
        };
        self.annotate(instruction, kind, scopes)
    }

    /// Tells LLVM that a length is no negative number. So it sees that a sum which was an index a step before does not overflow
    /// in this step.
    pub(crate) fn about_length(&self, load: InstructionValue<'c>) -> Result<()> {
        if self.options.opt == Opt::O0 {
            return Ok(());
        }
        let word = self.context.i64_type();
        let natural = [word.const_zero().into(), word.const_int(1 << 63, false).into()];
        self.annotate(load, "range", self.context.metadata_node(&natural))
    }

    fn annotate(&self, instruction: InstructionValue<'c>, kind: &str, node: MetadataValue<'c>) -> Result<()> {
        instruction
            .set_metadata(node, self.context.get_kind_id(kind))
            .map_err(|error| crate::InternalError::new(format!("{error:?}")))
    }

    /// An attribute without a value.
    pub(crate) fn flag(&self, name: &str) -> Attribute {
        self.flag_with(name, 0)
    }

    /// An attribute with a number.
    pub(crate) fn flag_with(&self, name: &str, value: u64) -> Attribute {
        self.context.create_enum_attribute(Attribute::get_named_enum_kind_id(name), value)
    }
}

/// The symbol of a body: its path. A path without a dot could meet a name that LLVM or the runtime
/// gives a meaning (`main`, `memcpy`), so it gets a prefix.
fn symbol(path: &str) -> String {
    if path.contains('.') && !path.starts_with("llvm.") { path.to_owned() } else { format!("wyn.{path}") }
}
