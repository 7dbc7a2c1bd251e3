//! Declarations of the runtime's functions, read from the rows of `wyn_abi`.

use std::cell::RefCell;

use inkwell::attributes::AttributeLoc;
use inkwell::module::Linkage;
use inkwell::types::{BasicMetadataTypeEnum, BasicType, FunctionType};
use inkwell::values::FunctionValue;
use rustc_hash::FxHashMap;
use wyn_abi::{AbiType, Row};

use crate::cx::Cx;
use crate::{InternalError, Result};

/// A declared function of the runtime.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RuntimeFn<'c> {
    pub(crate) function: FunctionValue<'c>,
    pub(crate) row: &'static Row,
}

/// The functions declared so far.
pub(crate) struct Runtime<'c> {
    rows: FxHashMap<&'static str, &'static Row>,
    declared: RefCell<FxHashMap<&'static str, RuntimeFn<'c>>>,
}

impl<'c> Runtime<'c> {
    pub(crate) fn new() -> Self {
        let rows = wyn_abi::rows().map(|row| (row.name, row)).collect();
        Self { rows, declared: RefCell::default() }
    }

    /// The function of the row with this name.
    pub(crate) fn get(&self, cx: &Cx<'c, '_>, name: &str) -> Result<RuntimeFn<'c>> {
        if let Some(known) = self.declared.borrow().get(name) {
            return Ok(*known);
        }
        let row = *self
            .rows
            .get(name)
            .ok_or_else(|| InternalError::new(format!("the runtime has no function `{name}`")))?;
        let function = cx
            .module
            .get_function(row.name)
            .unwrap_or_else(|| cx.module.add_function(row.name, row_type(cx, row), Some(Linkage::External)));
        for (at, param) in row.params.iter().enumerate() {
            let at = AttributeLoc::Param(at as u32);
            match param.ty {
                AbiType::Bool => function.add_attribute(at, cx.flag("zeroext")),
                AbiType::Ptr => function.add_attribute(at, cx.flag("noundef")),
                _ => {}
            }
        }
        if row.ret == AbiType::Bool {
            function.add_attribute(AttributeLoc::Return, cx.flag("zeroext"));
        }
        add_effects(cx, function, row);
        let known = RuntimeFn { function, row };
        self.declared.borrow_mut().insert(row.name, known);
        Ok(known)
    }

    /// Forgets which functions are declared: LLVM has run, and drops what nobody uses.
    pub(crate) fn forget(&self) {
        self.declared.borrow_mut().clear();
    }

    /// The personality routine of compiled functions.
    pub(crate) fn personality(&self, cx: &Cx<'c, '_>) -> FunctionValue<'c> {
        let name = "wyn_personality";
        cx.module.get_function(name).unwrap_or_else(|| {
            cx.module.add_function(name, cx.context.i32_type().fn_type(&[], true), Some(Linkage::External))
        })
    }
}

/// Says of every function of the runtime that the module knows what its row says: the bitcode
/// brings declarations of its own, which say less.
pub(crate) fn add_all_effects(cx: &Cx<'_, '_>) {
    for row in wyn_abi::rows() {
        if let Some(function) = cx.module.get_function(row.name) {
            add_effects(cx, function, row);
        }
    }
}

fn add_effects<'c>(cx: &Cx<'c, '_>, function: FunctionValue<'c>, row: &Row) {
    let at = AttributeLoc::Function;
    if row.ret == AbiType::Never {
        function.add_attribute(at, cx.flag("noreturn"));
        function.add_attribute(at, cx.flag("cold"));
    }
    if !row.effects.unwinds {
        function.add_attribute(at, cx.flag("nounwind"));
    }
}

/// The LLVM type of a row.
fn row_type<'c>(cx: &Cx<'c, '_>, row: &Row) -> FunctionType<'c> {
    let value = |ty: AbiType| -> inkwell::types::BasicTypeEnum<'c> {
        let (i64, context) = (cx.context.i64_type(), cx.context);
        match ty {
            AbiType::Ptr => cx.ptr.into(),
            AbiType::I64 => i64.into(),
            AbiType::I32 => context.i32_type().into(),
            AbiType::F64 => context.f64_type().into(),
            AbiType::F32 => context.f32_type().into(),
            AbiType::Bool => context.bool_type().into(),
            AbiType::IntInt => context.struct_type(&[i64.into(), i64.into()], false).into(),
            AbiType::IntFloat => context.struct_type(&[i64.into(), context.f64_type().into()], false).into(),
            AbiType::IntPtr => context.struct_type(&[i64.into(), cx.ptr.into()], false).into(),
            AbiType::Void | AbiType::Never => context.struct_type(&[], false).into(),
        }
    };
    let params: Vec<BasicMetadataTypeEnum<'c>> =
        row.params.iter().map(|param| value(param.ty).into()).collect();
    match row.ret {
        AbiType::Void | AbiType::Never => cx.context.void_type().fn_type(&params, false),
        ty => value(ty).fn_type(&params, false),
    }
}
