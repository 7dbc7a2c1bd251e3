//! The compiler's stages as far as they find mistakes, in this process: for tests that look at
//! thousands of programs.
//!
//! The order of the stages is the driver's (`compiler/driver/src/pipeline.rs`), and so are the modules:
//! the program's one file, and what it imports from the standard library.

use std::cell::OnceCell;

use wyn_base::diagnostic::Label;
use wyn_base::{Diagnostic, Diagnostics, Severity, SourceId};
use wyn_check::{Module, Package, Target};
use wyn_mir::Phase;

/// How far to go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Until {
    /// Text to tree.
    Parse,
    /// Names and types.
    Check,
    /// As `wync check` goes: through ownership.
    Owned,
    /// To the form that code is made of, verified and certified on the way.
    Lowered,
}

/// The thread's own copy of the standard library, parsed: types and trees are cheap to clone, not to
/// share.
struct Library {
    modules: Vec<Module>,
}

thread_local! {
    static LIBRARY: OnceCell<Library> = const { OnceCell::new() };
}

/// The program's own file in every diagnostic.
pub const PROGRAM: SourceId = SourceId(0);

impl Library {
    fn parse() -> Self {
        let mut modules = Vec::new();
        for (at, (path, text)) in wyn_stdlib::MODULES.iter().enumerate() {
            let id = SourceId(PROGRAM.0 + 1 + u32::try_from(at).unwrap_or(0));
            let (file, _) = wyn_syntax::parse(id, text);
            modules.push(Module::new(*path, Package::Std, file));
        }
        Self { modules }
    }

    /// What the program needs of the library, directly or through another module.
    fn needed(&self, program: &Module) -> Vec<Module> {
        let prelude = |path: &str| path.starts_with("prelude");
        let mut needed: Vec<Module> = self.modules.iter().filter(|m| prelude(&m.path)).cloned().collect();
        let mut next = 0;
        let mut imports = paths(program);
        loop {
            for path in imports {
                let known = needed.iter().any(|module| module.path == path);
                let module = self.modules.iter().find(|module| !known && module.path == path);
                needed.extend(module.cloned());
            }
            let Some(module) = needed.get(next) else { break };
            imports = paths(module);
            next += 1;
        }
        needed
    }
}

/// What the imports of a module lead to.
fn paths(module: &Module) -> Vec<String> {
    let path = |target: &Target| match target {
        Target::Module(path) => Some(path.clone()),
        Target::Folder(_) | Target::Missing(_) => None,
    };
    module.imports.iter().filter_map(path).collect()
}

/// What the stages up to `until` say about a program, by place, each once.
#[must_use]
pub fn diagnose(text: &str, until: Until) -> Vec<Diagnostic> {
    let (file, mut diagnostics) = wyn_syntax::parse(PROGRAM, text);
    if until > Until::Parse {
        let program = Module::new("main", Package::Program(0), file);
        let needed = LIBRARY.with(|library| library.get_or_init(Library::parse).needed(&program));
        let modules = std::iter::once(program).chain(needed).collect();
        later_stages(modules, until, &mut diagnostics);
    }
    diagnostics.sorted()
}

fn later_stages(modules: Vec<Module>, until: Until, diagnostics: &mut Diagnostics) {
    let (hir, found) = wyn_check::check(modules);
    diagnostics.extend(found);
    if diagnostics.has_errors() || until == Until::Check {
        return;
    }
    let (built, found) = wyn_lower::lower(&hir);
    diagnostics.extend(found);
    if diagnostics.has_errors() {
        return;
    }
    let last = if until == Until::Owned { Phase::Owned } else { Phase::Lowered };
    let (_, found) = wyn_passes::run(built, last);
    diagnostics.extend(found);
}

/// The one-based line of the program that a label is about; none, so 0, in the standard library.
#[must_use]
pub fn line_of(text: &str, label: &Label) -> usize {
    if label.span.source == PROGRAM { line_at(text, label.span.start as usize) } else { 0 }
}

/// The one-based line of a byte.
#[must_use]
pub fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// Whether any is an error.
#[must_use]
pub fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}
