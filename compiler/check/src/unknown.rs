//! Names that mean nothing: each is told once, with the places that use it.
//!
//! A name that is misspelt where it is declared is missed wherever it is used. So uses of one unknown name
//! are one mistake; and when what it probably means is declared and never used, the declaration is part
//! of the mistake, and when several places agree against it, the likely culprit.
//!
//! The report goes out at the first use, because types depend on it; [`World::settle_unknown`] adds at the end
//! what was learnt since.

use rustc_hash::FxHashMap;
use wyn_base::{Diagnostic, Span, Symbol};
use wyn_hir::{AdtId, Ty};

use crate::body::FnCx;
use crate::scope::Binding;
use crate::world::{Head, ModuleId, World};

/// Where a name was looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Sought {
    /// Among the names of a module, and what is in scope there.
    Name(ModuleId, Symbol),
    /// Among the fields and variants of a declaration.
    Member(AdtId, Symbol),
    /// Among the methods of a type.
    Method(Head, Symbol),
}

/// What an unknown name probably means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meant {
    name: Symbol,
    /// Where that is declared.
    span: Span,
    kind: MeantKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum MeantKind {
    /// A local; set once the body has ended and nothing has used it.
    Local { unused: bool },
    /// A name of this module.
    Item(ModuleId),
    /// A field: who uses it is not known.
    Member,
}

struct Unknown {
    /// The position of its report; none when it was about a line that could not be read.
    report: Option<usize>,
    error: Ty,
    uses: Vec<Span>,
    meant: Option<Meant>,
}

/// All unknown names of the program so far.
#[derive(Default)]
pub(crate) struct UnknownNames {
    list: Vec<Unknown>,
    by_name: FxHashMap<Sought, usize>,
}

/// How many places besides the first are shown.
const SHOWN: usize = 3;

impl World<'_> {
    /// Reports an unknown name, or adds its place to the report that it has already.
    pub(crate) fn unknown(
        &mut self,
        sought: Sought,
        span: Span,
        meant: Option<Meant>,
        diagnostic: impl FnOnce() -> Diagnostic,
    ) -> Ty {
        if let Some(known) = self.known_unknown(sought, span) {
            return known;
        }
        let before = self.reports();
        let error = self.error(diagnostic());
        let report = (self.reports() > before).then_some(before);
        let list = &mut self.unknown_names.list;
        list.push(Unknown { report, error, uses: vec![span], meant });
        let at = list.len() - 1;
        self.unknown_names.by_name.insert(sought, at);
        error
    }

    /// The error of a name that was reported before; this place is noted as another use of it.
    pub(crate) fn known_unknown(&mut self, sought: Sought, span: Span) -> Option<Ty> {
        let at = *self.unknown_names.by_name.get(&sought)?;
        let unknown = &mut self.unknown_names.list[at];
        unknown.uses.push(span);
        let error = unknown.error;
        self.again(error);
        Some(error)
    }

    /// Ends the time in which an unknown name is the same one: a local's means another thing in another body.
    fn forget_local_names(&mut self, locals: &[Span]) {
        let UnknownNames { list, by_name } = &mut self.unknown_names;
        for unknown in list.iter_mut() {
            if let Some(meant) = &mut unknown.meant
                && let MeantKind::Local { unused } = &mut meant.kind
                && locals.contains(&meant.span)
            {
                *unused = true;
            }
        }
        by_name.retain(|_, at| {
            let meant = list[*at].meant;
            !meant.is_some_and(|meant| matches!(meant.kind, MeantKind::Local { .. }))
        });
    }

    /// The declaration of a module's own name.
    pub(crate) fn item_declaration(&self, module: ModuleId, name: &str) -> Option<Meant> {
        let name = Symbol::new(name);
        let entry = self.modules[module].names.get(&name).filter(|entry| !entry.imported)?;
        Some(Meant { name, span: entry.span, kind: MeantKind::Item(module) })
    }

    /// Adds to the reports of unknown names where else they are used, and what is declared instead.
    pub(crate) fn settle_unknown(&mut self) {
        for unknown in std::mem::take(&mut self.unknown_names.list) {
            let Some(report) = unknown.report else { continue };
            let never_used = unknown.meant.filter(|meant| match meant.kind {
                MeantKind::Local { unused } => unused,
                MeantKind::Item(module) => !self.modules[module].used.contains(&meant.name),
                MeantKind::Member => false,
            });
            let (uses, meant) = (unknown.uses, unknown.meant);
            self.revise(report, |diagnostic| match (never_used, uses.len()) {
                (Some(meant), 2..) => blame(diagnostic, meant, &uses),
                _ => extend(diagnostic, meant, never_used.is_some(), &uses),
            });
        }
    }
}

/// Several places use the name, none the one that is declared: shown there.
fn blame(diagnostic: &mut Diagnostic, meant: Meant, uses: &[Span]) {
    let wanted = diagnostic.primary.span;
    let mut new = Diagnostic::error(
        diagnostic.code,
        meant.span,
        format!("`{}` is never used, but what is used is not declared", meant.name),
    )
    .label("perhaps this name is misspelt")
    .also(wanted, "used here, and not declared");
    for span in uses.iter().filter(|span| **span != wanted).take(SHOWN - 1) {
        new = new.also(*span, "and here");
    }
    *diagnostic = new.help(format!("call it the same in all places: {}", diagnostic.message));
}

fn extend(diagnostic: &mut Diagnostic, meant: Option<Meant>, never_used: bool, uses: &[Span]) {
    if let Some(meant) = meant
        && !diagnostic.secondary.iter().any(|label| label.span == meant.span)
    {
        let text =
            format!("`{}` is declared here{}", meant.name, if never_used { ", and never used" } else { "" });
        *diagnostic = diagnostic.clone().also(meant.span, text);
    }
    let mut lines = vec![diagnostic.primary.span];
    for span in uses {
        if lines.len() <= SHOWN && !lines.contains(span) {
            lines.push(*span);
            *diagnostic = diagnostic.clone().also(*span, "used here too");
        }
    }
}

impl FnCx<'_, '_> {
    /// The declaration of a name that is visible here.
    pub(crate) fn declaration_of(&self, name: &str) -> Option<Meant> {
        let name = Symbol::new(name);
        for frame in self.frames.iter().rev() {
            if let Some(binding) = frame.binding(name) {
                let Binding::Local(id) = binding else { return None };
                let span = frame.local(id).span;
                return Some(Meant { name, span, kind: MeantKind::Local { unused: false } });
            }
        }
        self.w.item_declaration(self.module, name.as_str())
    }

    /// The declaration of a field.
    pub(crate) fn field_declaration(&self, id: AdtId, at: usize, name: &str) -> Option<Meant> {
        let name = Symbol::new(name);
        let field = self.w.adts[id].variants[at].fields.iter().position(|field| field.name == Some(name))?;
        let span = self.w.adt_info[id].fields[at].get(field)?.span;
        Some(Meant { name, span, kind: MeantKind::Member })
    }

    /// Tells which locals of the body nobody used.
    pub(crate) fn settle_local_names(&mut self) {
        let unused: Vec<Span> = self.unused.iter().map(|info| info.span).collect();
        self.w.forget_local_names(&unused);
    }
}
