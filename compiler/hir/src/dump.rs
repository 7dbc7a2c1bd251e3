//! The readable form of HIR, for `--emit hir`.

use crate::Program;

/// The program as indented text.
#[must_use]
pub fn dump(program: &Program) -> String {
    format!("{program:#?}\n")
}
