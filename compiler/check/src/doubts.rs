//! Names that may have been declared where something could not be understood: who misses one of them has nothing
//! to report, because the mistake is told already.

use wyn_base::diagnostic::Reported;
use wyn_base::{Span, Symbol, spelling};
use wyn_hir::{AdtId, Ty};
use wyn_syntax::ast;

use crate::body::FnCx;
use crate::scope::LocalKind;
use crate::world::{ModuleId, World};

impl World<'_> {
    /// The error type for a name that means nothing, when the text that could not be read has that name: it
    /// may be declared there.
    pub(crate) fn lost(&mut self, module: ModuleId, name: Symbol) -> Option<Ty> {
        let reported = self.lost_name(module, name)?;
        Some(self.known_error(reported))
    }

    /// Whether a name stands in text that could not be read.
    pub(crate) fn lost_name(&self, module: ModuleId, name: Symbol) -> Option<Reported> {
        let file = self.modules[module].file;
        let reported = file.reported?;
        let first = file.lost.first()?;
        // A name is misspelt there, or here; or a declaration there has lost its name altogether.
        let lost = first.as_str().is_empty()
            || file.lost.binary_search(&name).is_ok()
            || spelling::closest(name.as_str(), file.lost.iter().map(|lost| lost.as_str())).is_some();
        lost.then_some(reported)
    }

    /// The methods of an `impl` that could not be used are missed by nobody.
    pub(crate) fn lose_methods_of(&mut self, block: &ast::ImplItem, error: Ty) {
        for member in &block.items {
            if let ast::ItemKind::Fn(function) = &member.kind {
                self.lost_methods.insert(function.name.symbol, error);
            }
        }
    }

    /// The error type for a field or variant that is missing, when one of the declaration's could not be read.
    pub(crate) fn lost_member_of(&mut self, id: AdtId) -> Option<Ty> {
        let error = self.adt_info[id].wrong?;
        let unread = |name: Symbol| name == "_";
        let found = self.adts[id].variants.iter().any(|variant| {
            unread(variant.name) || variant.fields.iter().any(|field| field.name.is_some_and(unread))
        });
        found.then(|| {
            self.again(error);
            error
        })
    }
}

impl FnCx<'_, '_> {
    /// What a statement that could not be read may declare is declared from here on: with the type of a mistake, so
    /// that it hides what had its name before.
    pub(crate) fn declare_unread(&mut self, names: &[Symbol], error: Ty, span: Span) {
        for name in names {
            let id = self.declare(*name, error, LocalKind::Var, span);
            self.frame().local_mut(id).used = true;
        }
    }

    /// Until the scope ends, names that mean nothing may be ones that a mistake has kept from being declared.
    pub(crate) fn doubt(&mut self, error: Ty) {
        self.frame().doubts.push(error);
    }

    /// The mistake that may have kept a name from being declared here.
    pub(crate) fn doubted(&mut self) -> Option<Ty> {
        let error = self.frames.iter().rev().find_map(|frame| frame.doubts.last().copied())?;
        self.w.again(error);
        Some(error)
    }
}
