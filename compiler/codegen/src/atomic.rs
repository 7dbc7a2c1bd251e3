//! `Atomic`: a cell on the heap, and the processor's instructions on it.
//!
//! Every operation is sequentially consistent. Floats and `bool`s are worked on as the integers of
//! their bits; adding to a float is a loop around compare-and-swap.

use inkwell::types::{BasicTypeEnum, IntType};
use inkwell::values::{BasicValue, BasicValueEnum, IntValue, PointerValue};
use inkwell::{AtomicOrdering, AtomicRMWBinOp};
use wyn_abi::object::BoxObject;
use wyn_mir::{Arg, Intrinsic, Operand, Place, Ty};

use crate::body::BodyCx;
use crate::builder::{FunctionBuilder, Val};
use crate::layout::Scalar;
use crate::tables::ObjectType;
use crate::{InternalError, Result};

const ORDER: AtomicOrdering = AtomicOrdering::SequentiallyConsistent;

impl<'c> BodyCx<'_, 'c, '_> {
    /// One operation on the `Atomic` of the first type argument.
    pub(crate) fn atomic(
        &mut self,
        operation: Intrinsic,
        types: &[Ty],
        args: &[Arg],
        dest: &Place,
    ) -> Result<()> {
        let wrong = || InternalError::new(format!("`{}` of something else", operation.name()));
        let ty = *types.first().ok_or_else(wrong)?;
        let scalar = self.b.cx.layout(ty)?.scalar().ok_or_else(wrong)?;
        let values: Vec<&Operand> = args
            .iter()
            .map(|arg| match arg {
                Arg::Value(operand) => Ok(operand),
                Arg::Mut(_) => Err(wrong()),
            })
            .collect::<Result<_>>()?;
        if operation == Intrinsic::AtomicNew {
            let value = self.scalar(values[0])?;
            let cell = self.new_atomic(ty, scalar, value)?;
            return self.store(Val::Scalar(cell.into()), dest);
        }
        let cell = self.scalar(values[0])?.into_pointer_value();
        let cell = Cell { at: self.b.offset(cell, BoxObject::CONTENT as u64)?, scalar };
        let operands: Vec<BasicValueEnum<'c>> =
            values[1..].iter().map(|operand| self.scalar(operand)).collect::<Result<_>>()?;
        let old = match (operation, &*operands) {
            (Intrinsic::AtomicLoad, []) => self.b.atomic_load(&cell)?,
            (Intrinsic::AtomicStore, [value]) => return self.b.atomic_store(&cell, *value),
            (Intrinsic::AtomicAdd, [value]) => self.b.atomic_add(&cell, *value, AtomicRMWBinOp::Add)?,
            (Intrinsic::AtomicSub, [value]) => self.b.atomic_add(&cell, *value, AtomicRMWBinOp::Sub)?,
            (Intrinsic::AtomicSwap, [value]) => self.b.atomic_swap(&cell, *value)?,
            (Intrinsic::AtomicCompareSwap, [expected, value]) => {
                self.b.atomic_compare_swap(&cell, *expected, *value)?
            }
            _ => return Err(wrong()),
        };
        self.store(Val::Scalar(old), dest)
    }

    fn new_atomic(&mut self, ty: Ty, scalar: Scalar, value: BasicValueEnum<'c>) -> Result<PointerValue<'c>> {
        let cx = self.b.cx;
        let size = cx.i64(BoxObject::CONTENT as u64 + scalar.size());
        let index = cx.i32(cx.type_index(ObjectType::Atomic(ty)));
        let object = self.b.call_ptr("wyn_alloc", &[self.b.fiber.into(), size.into(), index.into()])?;
        // Nobody else has the cell yet, and whatever hands it over publishes this.
        self.b.store_scalar(value, self.b.offset(object, BoxObject::CONTENT as u64)?)?;
        Ok(object)
    }
}

/// Where the value lies, and what it is.
struct Cell<'c> {
    at: PointerValue<'c>,
    scalar: Scalar,
}

impl Cell<'_> {
    fn bits(&self) -> u32 {
        8 * self.scalar.size() as u32
    }
}

impl<'c> FunctionBuilder<'_, 'c, '_> {
    fn atomic_load(&self, cell: &Cell<'c>) -> Result<BasicValueEnum<'c>> {
        let value = self.load_bits(cell)?;
        self.of_bits(value, cell.scalar)
    }

    fn load_bits(&self, cell: &Cell<'c>) -> Result<IntValue<'c>> {
        let value = self.ir.build_load(self.cx.int(cell.bits()), cell.at, "")?;
        if let Some(load) = value.as_instruction_value() {
            load.set_atomic_ordering(ORDER).map_err(|error| InternalError::new(error.to_string()))?;
        }
        Ok(value.into_int_value())
    }

    fn atomic_store(&self, cell: &Cell<'c>, value: BasicValueEnum<'c>) -> Result<()> {
        let store = self.ir.build_store(cell.at, self.to_bits(value, cell)?)?;
        store.set_atomic_ordering(ORDER).map_err(|error| InternalError::new(error.to_string()))
    }

    fn atomic_swap(&self, cell: &Cell<'c>, value: BasicValueEnum<'c>) -> Result<BasicValueEnum<'c>> {
        let value = self.to_bits(value, cell)?;
        let old = self.ir.build_atomicrmw(AtomicRMWBinOp::Xchg, cell.at, value, ORDER)?;
        self.of_bits(old, cell.scalar)
    }

    fn atomic_compare_swap(
        &self,
        cell: &Cell<'c>,
        expected: BasicValueEnum<'c>,
        value: BasicValueEnum<'c>,
    ) -> Result<BasicValueEnum<'c>> {
        let (expected, value) = (self.to_bits(expected, cell)?, self.to_bits(value, cell)?);
        let (old, _) = self.exchange(cell, expected, value)?;
        self.of_bits(old, cell.scalar)
    }

    /// Compare-and-swap: the old bits, and whether they were the expected ones.
    fn exchange(
        &self,
        cell: &Cell<'c>,
        expected: IntValue<'c>,
        value: IntValue<'c>,
    ) -> Result<(IntValue<'c>, IntValue<'c>)> {
        let pair = self.ir.build_cmpxchg(cell.at, expected, value, ORDER, ORDER)?;
        let old = self.ir.build_extract_value(pair, 0, "")?.into_int_value();
        Ok((old, self.ir.build_extract_value(pair, 1, "")?.into_int_value()))
    }

    /// Adds or subtracts; integers wrap.
    fn atomic_add(
        &self,
        cell: &Cell<'c>,
        value: BasicValueEnum<'c>,
        operation: AtomicRMWBinOp,
    ) -> Result<BasicValueEnum<'c>> {
        let BasicValueEnum::FloatValue(amount) = value else {
            let old = self.ir.build_atomicrmw(operation, cell.at, value.into_int_value(), ORDER)?;
            return Ok(old.into());
        };
        let first = self.load_bits(cell)?;
        let entry =
            self.ir.get_insert_block().ok_or_else(|| InternalError::new("code outside of a block"))?;
        let (again, done) = (self.block("add"), self.block("added"));
        self.ir.build_unconditional_branch(again)?;
        self.enter(again);
        let seen = self.ir.build_phi(self.cx.int(cell.bits()), "")?;
        let old = self.of_bits(seen.as_basic_value().into_int_value(), cell.scalar)?.into_float_value();
        let new = match operation {
            AtomicRMWBinOp::Sub => self.ir.build_float_sub(old, amount, "")?,
            _ => self.ir.build_float_add(old, amount, "")?,
        };
        let expected = seen.as_basic_value().into_int_value();
        let (now, replaced) = self.exchange(cell, expected, self.to_bits(new.into(), cell)?)?;
        seen.add_incoming(&[(&first, entry), (&now, again)]);
        self.ir.build_conditional_branch(replaced, done, again)?;
        self.enter(done);
        Ok(old.into())
    }

    /// A value as the integer that lies in the cell.
    fn to_bits(&self, value: BasicValueEnum<'c>, cell: &Cell<'c>) -> Result<IntValue<'c>> {
        let ty: IntType<'c> = self.cx.int(cell.bits());
        Ok(match value {
            BasicValueEnum::FloatValue(value) => self.ir.build_bit_cast(value, ty, "")?.into_int_value(),
            BasicValueEnum::IntValue(value) => self.resize(value, ty, false)?,
            _ => return Err(InternalError::new("an atomic of something else")),
        })
    }

    /// The value that the bits in a cell stand for.
    fn of_bits(&self, bits: IntValue<'c>, scalar: Scalar) -> Result<BasicValueEnum<'c>> {
        Ok(match self.cx.value_type(scalar) {
            BasicTypeEnum::FloatType(ty) => self.ir.build_bit_cast(bits, ty, "")?,
            BasicTypeEnum::IntType(ty) => self.resize(bits, ty, false)?.into(),
            _ => return Err(InternalError::new("an atomic of something else")),
        })
    }
}
