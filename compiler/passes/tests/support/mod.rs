//! Programs for the passes, from their source.

use wyn_base::{Diagnostics, SourceId};
use wyn_mir::{Phase, Program};

/// The MIR of a program up to a phase, with the standard library.
pub(crate) fn mir(text: &str, until: Phase) -> Program {
    let mut found = Diagnostics::new();
    let mut modules = Vec::new();
    let sources = std::iter::once(("main", text)).chain(wyn_stdlib::MODULES.iter().copied());
    for (at, (path, text)) in sources.enumerate() {
        let (file, diagnostics) = wyn_syntax::parse(SourceId(u32::try_from(at).unwrap()), text);
        found.extend(diagnostics);
        let package = if at > 0 { wyn_check::Package::Std } else { wyn_check::Package::Program(0) };
        modules.push(wyn_check::Module::new(path, package, file));
    }
    let (hir, diagnostics) = wyn_check::check(modules);
    found.extend(diagnostics);
    assert!(!found.has_errors(), "{:#?}", found.sorted());
    let (built, _) = wyn_lower::lower(&hir);
    wyn_passes::run(built, until).0
}
