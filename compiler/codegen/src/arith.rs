//! Arithmetic, comparisons and conversions of primitive values.

use inkwell::intrinsics::Intrinsic;
use inkwell::types::{BasicTypeEnum, IntType};
use inkwell::values::{BasicValueEnum, FloatValue, IntValue, PointerValue};
use inkwell::{FloatPredicate, IntPredicate};
use wyn_mir::{BinOp, IntTy, Operand, Ty, TyKind, UnOp};

use crate::body::BodyCx;
use crate::builder::Val;
use crate::layout::Shape;
use crate::{InternalError, Result};

/// What a primitive type is to arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Number {
    Int { bits: u32, signed: bool },
    Char,
    Bool,
    F64,
    F32,
}

fn number(ty: Ty) -> Result<Number> {
    Ok(match ty.kind() {
        TyKind::Int(int) => Number::Int { bits: int.bits(), signed: int.signed() },
        TyKind::Char => Number::Char,
        TyKind::Bool => Number::Bool,
        TyKind::F64 => Number::F64,
        TyKind::F32 => Number::F32,
        _ => return Err(InternalError::new(format!("arithmetic on `{ty}`"))),
    })
}

impl Number {
    fn signed(self) -> bool {
        matches!(self, Self::Int { signed: true, .. })
    }
}

impl<'c> BodyCx<'_, 'c, '_> {
    fn typed(&self, operand: &Operand) -> Result<Ty> {
        self.operand_ty(operand).ok_or_else(|| InternalError::new("arithmetic on a function"))
    }

    pub(crate) fn unary(&mut self, op: UnOp, operand: &Operand) -> Result<Val<'c>> {
        let value = self.scalar(operand)?;
        Ok(Val::Scalar(match (op, value) {
            (UnOp::Neg, BasicValueEnum::FloatValue(x)) => self.b.ir.build_float_neg(x, "")?.into(),
            (UnOp::Neg, value) => self.b.ir.build_int_neg(value.into_int_value(), "")?.into(),
            (UnOp::Not | UnOp::BitNot, value) => self.b.ir.build_not(value.into_int_value(), "")?.into(),
        }))
    }

    pub(crate) fn binary(&mut self, op: BinOp, left: &Operand, right: &Operand) -> Result<Val<'c>> {
        let ty = self.typed(left)?;
        if ty.is_unit() {
            let equal = matches!(op, BinOp::Eq | BinOp::Le | BinOp::Ge);
            return Ok(Val::Scalar(self.b.cx.context.bool_type().const_int(equal.into(), false).into()));
        }
        let number = number(ty)?;
        let (a, b) = (self.scalar(left)?, self.scalar(right)?);
        Ok(Val::Scalar(match (a, b) {
            (BasicValueEnum::FloatValue(a), BasicValueEnum::FloatValue(b)) => self.float_op(op, a, b)?,
            (a, b) => self.int_op(op, number, a.into_int_value(), b.into_int_value())?.into(),
        }))
    }

    fn float_op(&self, op: BinOp, a: FloatValue<'c>, b: FloatValue<'c>) -> Result<BasicValueEnum<'c>> {
        let ir = &self.b.ir;
        let predicate = match op {
            BinOp::Add => return Ok(ir.build_float_add(a, b, "")?.into()),
            BinOp::Sub => return Ok(ir.build_float_sub(a, b, "")?.into()),
            BinOp::Mul => return Ok(ir.build_float_mul(a, b, "")?.into()),
            BinOp::Div => return Ok(ir.build_float_div(a, b, "")?.into()),
            BinOp::Rem => return Ok(ir.build_float_rem(a, b, "")?.into()),
            BinOp::Eq => FloatPredicate::OEQ,
            BinOp::Ne => FloatPredicate::UNE,
            BinOp::Lt => FloatPredicate::OLT,
            BinOp::Le => FloatPredicate::OLE,
            BinOp::Gt => FloatPredicate::OGT,
            BinOp::Ge => FloatPredicate::OGE,
            _ => return Err(InternalError::new(format!("{op:?} on floats"))),
        };
        Ok(ir.build_float_compare(predicate, a, b, "")?.into())
    }

    fn int_op(&self, op: BinOp, number: Number, a: IntValue<'c>, b: IntValue<'c>) -> Result<IntValue<'c>> {
        let (ir, signed) = (&self.b.ir, number.signed());
        let choose = |if_signed, if_not| if signed { if_signed } else { if_not };
        let predicate = match op {
            BinOp::Add | BinOp::WrappingAdd => return Ok(ir.build_int_add(a, b, "")?),
            BinOp::Sub | BinOp::WrappingSub => return Ok(ir.build_int_sub(a, b, "")?),
            BinOp::Mul | BinOp::WrappingMul => return Ok(ir.build_int_mul(a, b, "")?),
            BinOp::Div if signed => return Ok(ir.build_int_signed_div(a, b, "")?),
            BinOp::Div => return Ok(ir.build_int_unsigned_div(a, b, "")?),
            BinOp::Rem if signed => return Ok(ir.build_int_signed_rem(a, b, "")?),
            BinOp::Rem => return Ok(ir.build_int_unsigned_rem(a, b, "")?),
            BinOp::BitAnd => return Ok(ir.build_and(a, b, "")?),
            BinOp::BitOr => return Ok(ir.build_or(a, b, "")?),
            BinOp::BitXor => return Ok(ir.build_xor(a, b, "")?),
            // The count is an `int` that was checked against the width.
            BinOp::Shl => return Ok(ir.build_left_shift(a, self.b.resize(b, a.get_type(), false)?, "")?),
            BinOp::Shr => {
                return Ok(ir.build_right_shift(a, self.b.resize(b, a.get_type(), false)?, signed, "")?);
            }
            BinOp::Eq => IntPredicate::EQ,
            BinOp::Ne => IntPredicate::NE,
            BinOp::Lt => choose(IntPredicate::SLT, IntPredicate::ULT),
            BinOp::Le => choose(IntPredicate::SLE, IntPredicate::ULE),
            BinOp::Gt => choose(IntPredicate::SGT, IntPredicate::UGT),
            BinOp::Ge => choose(IntPredicate::SGE, IntPredicate::UGE),
        };
        Ok(ir.build_int_compare(predicate, a, b, "")?)
    }

    /// -1, 0 or 1: the order of two numbers, bools or chars. Floats have their total order, where
    /// -0 comes before 0 and what is no number last: its sign depends on who computed it, the processor or LLVM.
    pub(crate) fn compare(&mut self, left: &Operand, right: &Operand) -> Result<Val<'c>> {
        let number = number(self.typed(left)?)?;
        let (a, b) = (self.scalar(left)?, self.scalar(right)?);
        let (a, b) = (self.ordered(a)?, self.ordered(b)?);
        let signed = number.signed() || matches!(number, Number::F64 | Number::F32);
        let name = if signed { "llvm.scmp" } else { "llvm.ucmp" };
        let result = self.b.cx.context.i64_type().into();
        Ok(Val::Scalar(self.llvm_intrinsic(name, &[result, a.get_type()], &[a, b])?))
    }

    /// A float as an integer of the same order; anything else as it is.
    fn ordered(&self, value: BasicValueEnum<'c>) -> Result<BasicValueEnum<'c>> {
        let BasicValueEnum::FloatValue(x) = value else { return Ok(value) };
        let (ir, context) = (&self.b.ir, self.b.cx.context);
        let x = ir.build_float_cast(x, context.f64_type(), "")?;
        let bits = ir.build_bit_cast(x, context.i64_type(), "")?.into_int_value();
        // Of a negative float, all bits but the sign turn around.
        let sign = ir.build_right_shift(bits, self.b.cx.i64(63), true, "")?;
        let mask = ir.build_right_shift(sign, self.b.cx.i64(1), false, "")?;
        let key = ir.build_xor(bits, mask, "")?;
        let unordered = ir.build_float_compare(FloatPredicate::UNO, x, x, "")?;
        Ok(ir.build_select(unordered, self.b.cx.i64(i64::MAX as u64), key, "")?)
    }

    /// Writes the pair of the wrapped result and whether it overflowed.
    pub(crate) fn checked(
        &mut self,
        op: BinOp,
        left: &Operand,
        right: &Operand,
        to: PointerValue<'c>,
        pair: Ty,
    ) -> Result<()> {
        let signed = number(self.typed(left)?)?.signed();
        let name = match (op, signed) {
            (BinOp::Add, true) => "llvm.sadd.with.overflow",
            (BinOp::Add, false) => "llvm.uadd.with.overflow",
            (BinOp::Sub, true) => "llvm.ssub.with.overflow",
            (BinOp::Sub, false) => "llvm.usub.with.overflow",
            (BinOp::Mul, true) => "llvm.smul.with.overflow",
            (BinOp::Mul, false) => "llvm.umul.with.overflow",
            _ => return Err(InternalError::new(format!("{op:?} has no overflow"))),
        };
        let (a, b) = (self.scalar(left)?, self.scalar(right)?);
        let both = self.llvm_intrinsic(name, &[a.get_type()], &[a, b])?.into_struct_value();
        let value = self.b.ir.build_extract_value(both, 0, "")?;
        let overflowed = self.b.ir.build_extract_value(both, 1, "")?;
        self.store_pair(value, overflowed, to, pair)
    }

    fn store_pair(
        &self,
        first: BasicValueEnum<'c>,
        second: BasicValueEnum<'c>,
        to: PointerValue<'c>,
        pair: Ty,
    ) -> Result<()> {
        let layout = self.b.cx.layout(pair)?;
        let Shape::Fields(slots) = &layout.shape else {
            return Err(InternalError::new(format!("`{pair}` is no pair")));
        };
        self.b.store_scalar(first, self.b.offset(to, slots[0].offset)?)?;
        self.b.store_scalar(second, self.b.offset(to, slots[1].offset)?)
    }

    /// Calls an intrinsic of LLVM that gives a value.
    pub(crate) fn llvm_intrinsic(
        &self,
        name: &str,
        overload: &[BasicTypeEnum<'c>],
        args: &[BasicValueEnum<'c>],
    ) -> Result<BasicValueEnum<'c>> {
        let function = Intrinsic::find(name)
            .and_then(|intrinsic| intrinsic.get_declaration(&self.b.cx.module, overload))
            .ok_or_else(|| InternalError::new(format!("LLVM has no `{name}`")))?;
        let args: Vec<_> = args.iter().map(|&arg| arg.into()).collect();
        let site = self.b.ir.build_direct_call(function, &args, "")?;
        site.try_as_basic_value().basic().ok_or_else(|| InternalError::new(format!("`{name}` gives nothing")))
    }

    pub(crate) fn convert(&mut self, operand: &Operand, to: Ty) -> Result<Val<'c>> {
        let from = number(self.typed(operand)?)?;
        let value = self.scalar(operand)?;
        Ok(Val::Scalar(self.converted(value, from, number(to)?)?))
    }

    /// Keeps the low bits, rounds, or goes to the nearest integer that exists.
    fn converted(&self, value: BasicValueEnum<'c>, from: Number, to: Number) -> Result<BasicValueEnum<'c>> {
        let (ir, context) = (&self.b.ir, self.b.cx.context);
        Ok(match (value, to) {
            (BasicValueEnum::FloatValue(x), Number::F64) => {
                ir.build_float_cast(x, context.f64_type(), "")?.into()
            }
            (BasicValueEnum::FloatValue(x), Number::F32) => {
                ir.build_float_cast(x, context.f32_type(), "")?.into()
            }
            (BasicValueEnum::FloatValue(x), _) => {
                let target = self.int_type(to);
                let name = if to.signed() { "llvm.fptosi.sat" } else { "llvm.fptoui.sat" };
                self.llvm_intrinsic(name, &[target.into(), x.get_type().into()], &[x.into()])?
            }
            (value, Number::F64 | Number::F32) => {
                let target = if to == Number::F64 { context.f64_type() } else { context.f32_type() };
                let int = value.into_int_value();
                if from.signed() {
                    ir.build_signed_int_to_float(int, target, "")?.into()
                } else {
                    ir.build_unsigned_int_to_float(int, target, "")?.into()
                }
            }
            (value, _) => self.b.resize(value.into_int_value(), self.int_type(to), from.signed())?.into(),
        })
    }

    fn int_type(&self, number: Number) -> IntType<'c> {
        match number {
            Number::Int { bits, .. } => self.b.cx.int(bits),
            Number::Bool => self.b.cx.context.bool_type(),
            Number::Char | Number::F32 => self.b.cx.int(32),
            Number::F64 => self.b.cx.int(64),
        }
    }

    /// Writes the pair of the converted value and whether the value did not fit.
    pub(crate) fn checked_convert(
        &mut self,
        operand: &Operand,
        target: Ty,
        to: PointerValue<'c>,
        pair: Ty,
    ) -> Result<()> {
        let from = number(self.typed(operand)?)?;
        let target_number = number(target)?;
        let value = self.scalar(operand)?;
        let result = self.converted(value, from, target_number)?;
        let misfit = match (value, target_number) {
            (_, Number::F64 | Number::F32) => self.b.cx.context.bool_type().const_zero(),
            (BasicValueEnum::FloatValue(x), _) => self.float_misfit(x, target)?,
            (value, Number::Char) => self.char_misfit(value.into_int_value(), from)?,
            (value, _) => {
                let wide = self.b.cx.int(128);
                let before = self.b.resize(value.into_int_value(), wide, from.signed())?;
                let after = self.b.resize(result.into_int_value(), wide, target_number.signed())?;
                self.b.ir.build_int_compare(IntPredicate::NE, before, after, "")?
            }
        };
        self.store_pair(result, misfit.into(), to, pair)
    }

    /// Whether a float, its fraction cut off, is no value of an integer type.
    fn float_misfit(&self, x: FloatValue<'c>, target: Ty) -> Result<IntValue<'c>> {
        let int = match target.kind() {
            TyKind::Int(int) => *int,
            _ => IntTy::U32,
        };
        let ir = &self.b.ir;
        let f64 = self.b.cx.context.f64_type();
        let x = ir.build_float_cast(x, f64, "")?;
        // Both bounds are exact in a double: the upper one is a power of two, and the lower one is
        // a power of two, or one less than a number of at most 32 bits.
        let above = f64.const_float((int.max() + 1) as f64);
        let (below, not_too_small) = if int.bits() == 64 && int.signed() {
            (f64.const_float(int.min() as f64), FloatPredicate::OGE)
        } else {
            (f64.const_float((int.min() - 1) as f64), FloatPredicate::OGT)
        };
        let low = ir.build_float_compare(not_too_small, x, below, "")?;
        let high = ir.build_float_compare(FloatPredicate::OLT, x, above, "")?;
        Ok(ir.build_not(ir.build_and(low, high, "")?, "")?)
    }

    /// Whether an integer is no Unicode scalar.
    fn char_misfit(&self, value: IntValue<'c>, from: Number) -> Result<IntValue<'c>> {
        let ir = &self.b.ir;
        let value = self.b.resize(value, self.b.cx.int(64), from.signed())?;
        let below = |limit| ir.build_int_compare(IntPredicate::ULT, value, self.b.cx.i64(limit), "");
        let before_surrogates = below(0xD800)?;
        let surrogate_or_before = below(0xE000)?;
        let in_range = below(0x11_0000)?;
        let behind = ir.build_and(in_range, ir.build_not(surrogate_or_before, "")?, "")?;
        Ok(ir.build_not(ir.build_or(before_surrogates, behind, "")?, "")?)
    }
}
