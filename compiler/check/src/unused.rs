//! Locals that nobody reads, parameters included, and variables that never change.
//!
//! Both are known when a body ends, and are told only of one without mistakes: what was not understood
//! may be a use.

use wyn_base::{Code, Diagnostic};
use wyn_hir::{Ty, TyKind};
use wyn_syntax::ast;

use crate::body::FnCx;
use crate::origins::Origin;
use crate::scope::{Frame, LocalInfo, LocalKind};
use crate::world::World;

impl<'a> FnCx<'_, 'a> {
    /// The pattern of a `var` declaration.
    pub(crate) fn var_pattern(&mut self, pattern: &'a ast::Pattern, ty: Ty, origin: Origin) -> wyn_hir::Pat {
        let before = self.frame().locals.len();
        let pat = self.pattern(pattern, ty, LocalKind::Var, Some(origin));
        let frame = self.frame();
        frame.vars.push(before..frame.locals.len());
        pat
    }

    /// Takes note of what is declared with `var` for nothing, when a body ends. What is declared by one pattern is
    /// judged together: one of its parts that changes needs the `var`.
    pub(crate) fn note_unchanged(&mut self, frame: &Frame) {
        for range in &frame.vars {
            let vars = &frame.locals[range.clone()];
            if vars.iter().any(|info| info.used) && !vars.iter().any(|info| info.changed) {
                self.unchanged.push(vars.to_vec());
            }
        }
    }

    pub(crate) fn report_unchanged(&mut self) {
        let unchanged = std::mem::take(&mut self.unchanged);
        if self.has_errors() || self.is_std() {
            return;
        }
        for vars in unchanged {
            let names: Vec<String> = vars.iter().map(|info| format!("`{}`", info.name)).collect();
            let span = vars[0].span.to(vars[vars.len() - 1].span);
            let message = match &names[..] {
                [name] => format!("{name} is declared with `var`, but never changed"),
                _ => format!("{} are declared with `var`, but never changed", names.join(", ")),
            };
            self.w.when_right.push(
                Diagnostic::warning(Code::W0005, span, message)
                    .label("keeps the value that it begins with")
                    .note("`var` tells the reader to look out for changes")
                    .help("declare it with `const`"),
            );
        }
    }

    pub(crate) fn report_unused(&mut self) {
        // In a wrong program what uses a name may be what could not be read.
        if self.has_errors() {
            return;
        }
        let mut unused = std::mem::take(&mut self.unused);
        unused.sort_by_key(|info| info.span);
        for info in unused {
            self.unused_local(&info);
        }
    }

    fn unused_local(&mut self, info: &LocalInfo) {
        if matches!(info.kind, LocalKind::Param | LocalKind::MutParam | LocalKind::ClosureParam) {
            return self.unused_param(info);
        }
        let ty = self.settled(info.ty);
        let name = info.name;
        let end = match ty.kind() {
            TyKind::Sender(_) => Some("sender"),
            TyKind::Receiver(_) => Some("receiver"),
            _ => None,
        };
        if let Some(end) = end {
            let help = match end {
                "sender" => format!(
                    "send something, drop it with `_`, or hold the channel open with `defer {name}.close()`"
                ),
                _ => format!(
                    "receive something, drop it with `_`, or hold the channel open with `defer {name}.close()`"
                ),
            };
            self.w.report(
                Diagnostic::error(Code::E0402, info.span, format!("the {end} `{name}` is never used"))
                    .label("it would be closed right here")
                    .help(help),
            );
            return;
        }
        if name.as_str().starts_with('_') || self.is_std() {
            return;
        }
        if let TyKind::Future(result) = ty.kind()
            && self.w.result_parts(*result).is_some()
        {
            let shown = self.show(*result);
            self.w.report(
                Diagnostic::error(Code::E0401, info.span, format!("the task of `{name}` is never awaited"))
                    .label(format!("an error in its `{shown}` would be lost"))
                    .help(format!(
                        "await it, `{name}.await()`, or write `_ = …` to ignore the result on purpose"
                    )),
            );
            return;
        }
        let diagnostic = if info.assigned {
            Diagnostic::warning(Code::W0001, info.span, format!("`{name}` is assigned to, but never read"))
        } else {
            let what = if info.kind == LocalKind::Var { "variable" } else { "name" };
            Diagnostic::warning(Code::W0001, info.span, format!("the {what} `{name}` is never used"))
        };
        self.warn(diagnostic.help(format!("remove it, or call it `_{name}`")));
    }

    fn unused_param(&mut self, info: &LocalInfo) {
        let name = info.name;
        if name.as_str().starts_with('_') || self.is_std() {
            return;
        }
        self.w.when_right.push(
            Diagnostic::warning(Code::W0006, info.span, format!("the parameter `{name}` is never used"))
                .label("nothing reads it")
                .help(format!("call it `_{name}` if it has to be there, else remove it")),
        );
    }
}

impl World<'_> {
    /// Adds a warning that may be a consequence of errors, wherever they are: it is told if there are none.
    pub(crate) fn warn_when_right(&mut self) {
        let warnings = std::mem::take(&mut self.when_right);
        if self.errors() > 0 || self.is_partial() {
            return;
        }
        for warning in warnings {
            self.report(warning);
        }
    }
}
