//! What a program is besides its functions: module constants, the catch pad of tasks, the program's
//! description, and `main`.

use inkwell::attributes::AttributeLoc;
use inkwell::module::Linkage;
use inkwell::values::{FunctionValue, PointerValue};
use wyn_abi::{ABI_VERSION, ProgramInfo, SpawnMode, TaskDescriptor, TaskRecord};

use crate::builder::{FunctionBuilder, Hidden, Target};
use crate::cx::Cx;
use crate::signature::{Pass, Signature};
use crate::statics::StaticStruct;
use crate::{InternalError, Result};

impl<'c> Cx<'c, '_> {
    /// The task that runs `main`.
    pub(crate) fn main_task(&self) -> Result<PointerValue<'c>> {
        let main = self.program.main;
        let body = &self.program.bodies[main];
        if body.params != 0 {
            return Err(InternalError::new("`main` takes parameters"));
        }
        self.task_descriptor(SpawnMode::Joined, main, body.span, &body.name)
    }

    /// The function that fills the module constants, in order; none when there is nothing to do.
    pub(crate) fn write_init(&self) -> Result<Option<FunctionValue<'c>>> {
        let computed: Vec<_> = self
            .program
            .consts
            .iter_enumerated()
            .filter(|(id, _)| self.global_value(*id).is_none())
            .collect();
        if computed.is_empty() {
            return Ok(None);
        }
        let ty = self.context.void_type().fn_type(&[self.ptr.into()], false);
        let function = self.define("wyn.init", ty);
        let fiber = self.context.create_string_attribute(crate::cx::FIBER_ATTRIBUTE, "");
        function.add_attribute(AttributeLoc::Param(0), fiber);
        let b = FunctionBuilder::new(self, function, 0)?;
        if let Some((_, first)) = computed.first() {
            b.describe("wyn.init", self.program.bodies[first.init].span);
        }
        for (id, constant) in computed {
            let body = &self.program.bodies[constant.init];
            let signature = Signature::of_body(self, body)?;
            let target = Target::Direct(self.body_function(constant.init)?);
            let at = self.global(id)?;
            let out = matches!(signature.ret, Pass::Parts(_) | Pass::Indirect).then_some(at);
            let value = b.call_wyn(target, &signature, Hidden::default(), &[], out, None)?;
            b.write(value, at, &*self.layout(constant.ty)?)?;
            b.immortalise(at, constant.ty)?;
        }
        b.ir.build_return(None)?;
        b.finish()?;
        Ok(Some(function))
    }

    /// Calls a record's entry and catches what leaves it: null, or the exception.
    fn catch_pad(&self) -> Result<FunctionValue<'c>> {
        let ty = self.ptr_fn();
        let function = self.define("wyn.invoke", ty);
        let b = FunctionBuilder::new(self, function, 0)?;
        let record = b.param(1)?.into_pointer_value();
        let descriptor = b.load_ptr(b.offset(record, core::mem::offset_of!(TaskRecord, desc) as u64)?)?;
        let entry = core::mem::offset_of!(TaskDescriptor, entry) as u64;
        let entry = b.load_ptr(b.offset(descriptor, entry)?)?;
        let entry_ty = self.context.void_type().fn_type(&[self.ptr.into(), self.ptr.into()], false);
        let pad = b.block("caught");
        b.raw_call(Target::Indirect(entry), entry_ty, &[b.fiber.into(), record.into()], Some(pad))?;
        b.ir.build_return(Some(&self.ptr.const_null()))?;
        b.enter(pad);
        let exception = b.catch_all()?;
        b.ir.build_return(Some(&exception))?;
        b.finish()?;
        Ok(function)
    }

    fn ptr_fn(&self) -> inkwell::types::FunctionType<'c> {
        self.ptr.fn_type(&[self.ptr.into(), self.ptr.into()], false)
    }

    /// Writes the program's description and the C function `main`.
    pub(crate) fn write_main(
        &self,
        main: PointerValue<'c>,
        init: Option<FunctionValue<'c>>,
        types: PointerValue<'c>,
        type_count: u32,
    ) -> Result<()> {
        use core::mem::offset_of;
        let invoke = self.catch_pad()?;
        let mut info = StaticStruct::new(size_of::<ProgramInfo>());
        info.set(offset_of!(ProgramInfo, abi_version), 4, self.i32(ABI_VERSION));
        info.set(offset_of!(ProgramInfo, type_count), 4, self.i32(type_count));
        info.set(offset_of!(ProgramInfo, types), 8, types);
        info.set(offset_of!(ProgramInfo, invoke), 8, self.code_or_null(Some(invoke)));
        info.set(offset_of!(ProgramInfo, init), 8, self.code_or_null(init));
        info.set(offset_of!(ProgramInfo, main), 8, main);
        let info = self.static_data("program", info.finish(self), 8).as_pointer_value();

        let i32 = self.context.i32_type();
        let ty = i32.fn_type(&[i32.into(), self.ptr.into()], false);
        let function = self.module.add_function("main", ty, Some(Linkage::External));
        self.add_function_attributes(function);
        let ir = self.context.create_builder();
        ir.position_at_end(self.context.append_basic_block(function, "entry"));
        let missing = || InternalError::new("`main` without its parameters");
        let argc = function.get_nth_param(0).ok_or_else(missing)?;
        let argv = function.get_nth_param(1).ok_or_else(missing)?;
        let start = self.runtime.get(self, "wyn_start")?.function;
        let status = ir.build_direct_call(start, &[argc.into(), argv.into(), info.into()], "")?;
        let status = status.try_as_basic_value().basic().ok_or_else(missing)?;
        ir.build_return(Some(&status))?;
        Ok(())
    }
}
