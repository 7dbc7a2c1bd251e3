//! The variables of a loop whose ways to its head are to become others: they go through memory meanwhile.

use inkwell::basic_block::BasicBlock;
use inkwell::builder::Builder;
use inkwell::types::BasicTypeEnum;
use inkwell::values::{BasicValue, InstructionOpcode, PhiValue, PointerValue};

use super::incoming;
use crate::{InternalError, Result};

/// The variables of a loop: the phis of its head, and the memory that takes their place.
pub(super) struct Variables<'c> {
    entry: BasicBlock<'c>,
    pub(super) phis: Vec<PhiValue<'c>>,
    pub(super) slots: Vec<PointerValue<'c>>,
}

impl<'c> Variables<'c> {
    pub(super) fn of(head: BasicBlock<'c>, entry: BasicBlock<'c>, ir: &Builder<'c>) -> Result<Self> {
        let phis = head.get_instructions().map_while(|one| PhiValue::try_from(one).ok()).collect();
        let mut variables = Self { entry, phis, slots: Vec::new() };
        for phi in &variables.phis {
            let slot = variables.slot(phi.as_basic_value().get_type(), ir)?;
            variables.slots.push(slot);
        }
        Ok(variables)
    }

    /// Memory of the frame.
    pub(super) fn slot(&self, ty: BasicTypeEnum<'c>, ir: &Builder<'c>) -> Result<PointerValue<'c>> {
        let first = self.entry.get_first_instruction();
        ir.position_before(&first.ok_or_else(|| InternalError::new("a function without an instruction"))?);
        ir.unset_current_debug_location();
        Ok(ir.build_alloca(ty, "")?)
    }

    /// Stores what the phis choose on the way from a block.
    pub(super) fn store(&self, from: BasicBlock<'c>, ir: &Builder<'c>) -> Result<()> {
        for (phi, slot) in self.phis.iter().zip(&self.slots) {
            let value = incoming(*phi, from).ok_or_else(|| InternalError::new("a phi without a way"))?;
            ir.build_store(*slot, value)?;
        }
        Ok(())
    }

    /// Replaces the phis by what lies in memory.
    pub(super) fn read(&self, head: BasicBlock<'c>, ir: &Builder<'c>) -> Result<()> {
        let first = head.get_instructions().find(|one| one.get_opcode() != InstructionOpcode::Phi);
        ir.position_before(&first.ok_or_else(|| InternalError::new("a block without an end"))?);
        ir.unset_current_debug_location();
        for (phi, slot) in self.phis.iter().zip(&self.slots) {
            let value = ir.build_load(phi.as_basic_value().get_type(), *slot, "")?;
            if let Some(load) = value.as_instruction_value() {
                phi.as_instruction().replace_all_uses_with(&load);
            }
        }
        self.phis.iter().for_each(|phi| phi.as_instruction().erase_from_basic_block());
        Ok(())
    }
}
