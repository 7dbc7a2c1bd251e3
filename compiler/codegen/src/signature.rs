//! How values travel in calls of Wyn functions.
//!
//! A function gets, in this order: a pointer for its result when that is larger than 16 bytes
//! (`sret`), the fiber, the closure object (closures and functions called as values), the place of the call
//! (functions whose panics name it), its parameters. A
//! parameter of up to 16 bytes travels in one or two registers, a larger one as a pointer to the
//! caller's memory: read-only when borrowed, the callee's own when owned. A `mut` parameter is a
//! pointer to the caller's place. Values without bytes do not travel.
//!
//! Two registers hold a value's two scalars when it has no more than two; otherwise its bytes, so
//! that no value takes more than two registers either way and LLVM never adds a pointer of its own.

use std::rc::Rc;

use inkwell::types::{BasicMetadataTypeEnum, BasicType, BasicTypeEnum, FunctionType};
use wyn_mir::{Body, BodyKind, Local, LocalKind, ParamMode, RETURN, Ty};

use crate::Result;
use crate::cx::Cx;
use crate::layout::{Layout, Scalar, Shape};

/// The largest value that travels in registers.
const MAX_DIRECT: u64 = 16;

/// One register's part of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reg {
    /// Where it lies in memory.
    pub(crate) offset: u64,
    /// What it holds.
    pub(crate) scalar: Scalar,
}

/// How a value travels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Pass {
    /// Not at all.
    Ignore,
    /// In one register, as what it is.
    Scalar(Scalar),
    /// In registers, part by part.
    Parts(Vec<Reg>),
    /// As a pointer to memory.
    Indirect,
}

/// How a function is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Signature {
    /// The result; `Indirect` is an `sret` pointer.
    pub(crate) ret: Pass,
    /// Its type.
    pub(crate) ret_ty: Ty,
    /// Whether the closure object comes after the fiber.
    pub(crate) closure: bool,
    /// Whether the place of the call comes next.
    pub(crate) caller: bool,
    /// The parameters after that.
    pub(crate) params: Vec<(ParamMode, Pass, Ty)>,
}

impl Signature {
    /// Of a body: its parameters, without a closure's environment.
    pub(crate) fn of_body(cx: &Cx<'_, '_>, body: &Body) -> Result<Self> {
        let mut params = Vec::with_capacity(body.params);
        let mut closure = body.kind == BodyKind::Closure;
        for at in 1..=body.params {
            let decl = &body.locals[Local(at as u32)];
            match decl.kind {
                LocalKind::Env => closure = true,
                LocalKind::Param(mode) => params.push((mode, decl.ty)),
                _ => params.push((ParamMode::Owned, decl.ty)),
            }
        }
        let signature = Self::new(cx, closure, &params, body.locals[RETURN].ty)?;
        Ok(Self { caller: body.blames_caller, ..signature })
    }

    /// Of a function value of this type.
    pub(crate) fn of_value(cx: &Cx<'_, '_>, params: &[Ty], ret: Ty) -> Result<Self> {
        let params: Vec<_> = params.iter().map(|&ty| (ParamMode::Borrowed, ty)).collect();
        Self::new(cx, true, &params, ret)
    }

    /// Of a body whose functions are called as values.
    pub(crate) fn of_value_body(cx: &Cx<'_, '_>, body: &Body) -> Result<Self> {
        Ok(Self { closure: true, caller: false, ..Self::of_body(cx, body)? })
    }

    fn new(cx: &Cx<'_, '_>, closure: bool, params: &[(ParamMode, Ty)], ret_ty: Ty) -> Result<Self> {
        let params = params
            .iter()
            .map(|&(mode, ty)| {
                let pass = if mode == ParamMode::Mut { Pass::Indirect } else { pass(cx, ty)? };
                Ok((mode, pass, ty))
            })
            .collect::<Result<_>>()?;
        Ok(Self { ret: pass(cx, ret_ty)?, ret_ty, closure, caller: false, params })
    }

    /// Position of the fiber among the LLVM parameters.
    pub(crate) fn fiber(&self) -> u32 {
        u32::from(self.ret == Pass::Indirect)
    }

    /// Position of the place of the call, when there is one.
    pub(crate) fn caller(&self) -> Option<u32> {
        self.caller.then(|| self.fiber() + 1 + u32::from(self.closure))
    }

    /// The LLVM type.
    pub(crate) fn llvm<'c>(&self, cx: &Cx<'c, '_>) -> FunctionType<'c> {
        let mut params: Vec<BasicMetadataTypeEnum<'c>> = Vec::new();
        let ptr = cx.ptr.into();
        if self.ret == Pass::Indirect {
            params.push(ptr);
        }
        params.push(ptr);
        if self.closure {
            params.push(ptr);
        }
        if self.caller {
            params.push(ptr);
        }
        for (_, pass, _) in &self.params {
            match pass {
                Pass::Ignore => {}
                Pass::Scalar(scalar) => params.push(cx.value_type(*scalar).into()),
                Pass::Parts(regs) => params
                    .extend(regs.iter().map(|reg| BasicMetadataTypeEnum::from(cx.memory_type(reg.scalar)))),
                Pass::Indirect => params.push(ptr),
            }
        }
        match &self.ret {
            Pass::Ignore | Pass::Indirect => cx.context.void_type().fn_type(&params, false),
            Pass::Scalar(scalar) => cx.value_type(*scalar).fn_type(&params, false),
            Pass::Parts(regs) => parts_type(cx, regs).fn_type(&params, false),
        }
    }
}

/// The LLVM type in which these parts are returned.
pub(crate) fn parts_type<'c>(cx: &Cx<'c, '_>, regs: &[Reg]) -> BasicTypeEnum<'c> {
    let types: Vec<_> = regs.iter().map(|reg| cx.memory_type(reg.scalar)).collect();
    match &*types {
        [one] => *one,
        many => cx.context.struct_type(many, false).into(),
    }
}

/// How a value of this type travels.
pub(crate) fn pass(cx: &Cx<'_, '_>, ty: Ty) -> Result<Pass> {
    let layout = cx.layout(ty)?;
    if layout.is_zst() {
        return Ok(Pass::Ignore);
    }
    if let Some(scalar) = layout.scalar() {
        return Ok(Pass::Scalar(scalar));
    }
    if layout.size > MAX_DIRECT {
        return Ok(Pass::Indirect);
    }
    let mut regs = Vec::new();
    if collect(cx, &layout, 0, &mut regs)? && regs.len() <= 2 {
        regs.sort_by_key(|reg| reg.offset);
        return Ok(Pass::Parts(regs));
    }
    let mut regs = vec![Reg { offset: 0, scalar: Scalar::Int(8 * layout.size.min(8) as u32) }];
    if layout.size > 8 {
        regs.push(Reg { offset: 8, scalar: Scalar::Int(8 * (layout.size - 8) as u32) });
    }
    Ok(Pass::Parts(regs))
}

/// Collects the scalars of a value; false when variants disagree about what lies where.
fn collect(cx: &Cx<'_, '_>, layout: &Rc<Layout>, base: u64, regs: &mut Vec<Reg>) -> Result<bool> {
    if let Some(scalar) = layout.scalar() {
        return Ok(add(regs, Reg { offset: base, scalar }));
    }
    let slots: Vec<_> = match &layout.shape {
        Shape::Fields(slots) => slots.clone(),
        Shape::Tagged { tag, variants } => {
            if !add(regs, Reg { offset: base, scalar: *tag }) {
                return Ok(false);
            }
            variants.iter().flatten().copied().collect()
        }
        Shape::Scalar(_) | Shape::Nullable { .. } => Vec::new(),
    };
    for slot in slots {
        if !collect(cx, &cx.layout(slot.ty)?, base + slot.offset, regs)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn add(regs: &mut Vec<Reg>, new: Reg) -> bool {
    if regs.contains(&new) {
        return true;
    }
    let disjoint = regs.iter().all(|reg| {
        reg.offset + reg.scalar.size() <= new.offset || new.offset + new.scalar.size() <= reg.offset
    });
    if disjoint {
        regs.push(new);
    }
    disjoint
}
