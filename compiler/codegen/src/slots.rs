//! Slots: the room of an array, which several tasks fill (`stdlib/prelude/parallel.wyn`), or among which elements are
//! moved (`stdlib/prelude/sort.wyn`).
//!
//! To MIR they are an address, which nobody counts. What is put there is no value of the program until the
//! array is told that it is filled; that is a call of the runtime, across which LLVM moves nothing. What is moved is one,
//! and so are the elements of the array that it is moved to.

use inkwell::values::PointerValue;
use wyn_abi::ArrayObject;
use wyn_mir::{Arg, Intrinsic, Operand, Place, Ty};

use crate::body::BodyCx;
use crate::builder::Val;
use crate::cx::Values;
use crate::glue::Op;
use crate::{InternalError, Result};

impl<'c> BodyCx<'_, 'c, '_> {
    /// Writes one of their operations.
    pub(crate) fn slots(
        &mut self,
        intrinsic: Intrinsic,
        types: &[Ty],
        args: &[Arg],
        dest: &Place,
    ) -> Result<()> {
        let element = *types.first().ok_or_else(|| InternalError::new("slots without a type"))?;
        let layout = self.b.cx.layout(element)?;
        match (intrinsic, args) {
            (Intrinsic::NeedsDrop, []) => {
                let counted = u64::from(self.b.cx.counted(element));
                let value = self.b.cx.context.bool_type().const_int(counted, false);
                self.store(Val::Scalar(value.into()), dest)
            }
            (Intrinsic::SlotsOf, [Arg::Value(array)]) => {
                let array = self.scalar(array)?.into_pointer_value();
                let data = self.b.offset(array, ArrayObject::DATA as u64)?;
                let address = self.b.ir.build_ptr_to_int(data, self.b.cx.context.i64_type(), "")?;
                self.store(Val::Scalar(address.into()), dest)
            }
            (Intrinsic::ArrayElement, [Arg::Value(array), Arg::Value(at)]) => {
                let array = self.scalar(array)?.into_pointer_value();
                let data = self.b.offset(array, ArrayObject::DATA as u64)?;
                let at = self.scalar(at)?.into_int_value();
                let at = self.b.element(data, at, layout.size)?;
                self.b.retain(at, element)?;
                let value = self.b.read(at, &layout)?;
                self.store(value, dest)
            }
            (Intrinsic::SlotPut, [Arg::Value(slots), Arg::Value(at), Arg::Value(value)]) => {
                let to = self.slot(slots, at, layout.size)?;
                match self.operand(value)? {
                    Val::Scalar(value) => {
                        let store = self.b.store_instruction(value, to)?;
                        self.b.cx.about_values(store, Values::Kept)
                    }
                    value => self.b.write(value, to, &layout),
                }
            }
            (Intrinsic::SlotMove, [Arg::Value(from), Arg::Value(at), Arg::Value(slots), Arg::Value(to)]) => {
                let from = self.slot(from, at, layout.size)?;
                let to = self.slot(slots, to, layout.size)?;
                self.b.copy(from, to, &layout)
            }
            (Intrinsic::SlotShare, [Arg::Value(slots), Arg::Value(at)]) => {
                let at = self.slot(slots, at, layout.size)?;
                self.b.count(Op::Share, at, element)
            }
            (Intrinsic::SlotTake, [Arg::Value(slots), Arg::Value(at)]) => {
                let from = self.slot(slots, at, layout.size)?;
                let (to, _) = self.place(dest)?;
                self.b.copy(from, to, &layout)
            }
            _ => Err(InternalError::new(format!("`{}` with these arguments", intrinsic.name()))),
        }
    }

    /// The address of a slot.
    fn slot(&mut self, slots: &Operand, at: &Operand, size: u64) -> Result<PointerValue<'c>> {
        let slots = self.scalar(slots)?.into_int_value();
        let slots = self.b.ir.build_int_to_ptr(slots, self.b.cx.ptr, "")?;
        let at = self.scalar(at)?.into_int_value();
        self.b.element(slots, at, size)
    }
}
