//! Monomorphisation. (Being written by `lower`; replace this file.)
pub(crate) fn run(_program: &mut wyn_mir::Program, _diagnostics: &mut wyn_base::Diagnostics) {}
