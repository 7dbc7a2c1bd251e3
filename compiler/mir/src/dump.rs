//! The text form of MIR, for `--emit mir` and snapshots.

use crate::Program;

/// The program as text.
#[must_use]
pub fn dump(program: &Program) -> String {
    format!("{program:#?}\n")
}
