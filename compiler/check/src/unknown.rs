//! Names that mean nothing: each is told once, with the places that use it.
//!
//! A name that is misspelt where it is declared is missed wherever it is used. So uses of one unknown name
//! are one mistake. Whether a use or a declaration is misspelt is decided by how often each spelling is
//! written: a declaration whose spelling stands nowhere else in the program, beside a spelling that does, is the odd
//! one, and is told instead of its uses. When both stand once, the one that looks less like the other names is.
//!
//! The report goes out at the first use, because types depend on it; [`World::settle_unknown`] says at the end where
//! the mistake probably is.

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Diagnostic, Span, Symbol, spelling};
use wyn_hir::{AdtId, FnId, Ty};

use crate::body::FnCx;
use crate::scope::Binding;
use crate::spelling::LetterGroups;
use crate::world::{AdtItem, Head, ModuleId, World};

/// Where a name was looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Sought {
    /// Among the names of a module, and what is in scope there.
    Name(ModuleId, Symbol),
    /// Among the fields, variants and functions of a declaration.
    Member(AdtId, Symbol),
    /// Among the methods of a type.
    Method(Head, Symbol),
    /// Among the parameters of a function.
    Param(FnId, Symbol),
    /// Among the labels of the loops around it, in a module.
    Label(ModuleId, Symbol),
}

impl Sought {
    fn name(self) -> Symbol {
        match self {
            Self::Name(_, name) | Self::Member(_, name) | Self::Method(_, name) => name,
            Self::Param(_, name) | Self::Label(_, name) => name,
        }
    }
}

/// A declaration of the program that an unknown name may mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Meant {
    /// How many slips lie between the names.
    edits: usize,
    name: Symbol,
    /// Where it is declared.
    span: Span,
    /// Whether it is visible in one body only.
    local: bool,
}

struct Unknown {
    sought: Sought,
    /// The position of its report; none when it was about a line that could not be read.
    report: Option<usize>,
    error: Ty,
    uses: Vec<Span>,
    /// The closest first.
    meant: Vec<Meant>,
}

/// All unknown names of the program so far.
#[derive(Default)]
pub(crate) struct UnknownNames {
    list: Vec<Unknown>,
    by_name: FxHashMap<Sought, usize>,
}

/// How many places besides the first are shown.
const SHOWN: usize = 3;

/// How many unknown names are looked at: a program with more has other worries.
const CONSIDERED: usize = 100;

impl World<'_> {
    /// Reports an unknown name, or adds its place to the report that it has already.
    pub(crate) fn unknown(
        &mut self,
        sought: Sought,
        span: Span,
        mut meant: Vec<Meant>,
        diagnostic: impl FnOnce() -> Diagnostic,
    ) -> Ty {
        if let Some(known) = self.known_unknown(sought, span) {
            return known;
        }
        // A declaration on a line that could not be read may have lost its name.
        if let Some(reported) = meant.iter().find_map(|meant| self.on_broken_line(meant.span)) {
            return self.known_error(reported);
        }
        let before = self.reports();
        let error = self.error(diagnostic());
        let report = (self.reports() > before).then_some(before);
        meant.sort_by_key(|meant| (meant.edits, meant.name.as_str(), meant.span));
        let list = &mut self.unknown_names.list;
        list.push(Unknown { sought, report, error, uses: vec![span], meant });
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

    /// The position of the report of a name that means nothing.
    pub(crate) fn report_of_unknown(&self, sought: Sought) -> Option<usize> {
        let at = *self.unknown_names.by_name.get(&sought)?;
        self.unknown_names.list[at].report
    }

    /// Ends the time in which an unknown name is the same one: a local's means another thing in another body.
    pub(crate) fn forget_local_names(&mut self) {
        let UnknownNames { list, by_name } = &mut self.unknown_names;
        by_name.retain(|_, at| !list[*at].meant.iter().any(|meant| meant.local));
    }

    /// Tells of unknown names what is meant, and where else they are used.
    pub(crate) fn settle_unknown(&mut self) {
        let mut list = std::mem::take(&mut self.unknown_names.list);
        list.truncate(CONSIDERED);
        let written = self.written(&list);
        let times = |name: Symbol| written.get(&name).copied().unwrap_or(0);
        let mut groups: Option<LetterGroups> = None;
        for unknown in list {
            let Some(report) = unknown.report else { continue };
            let Unknown { sought, uses, meant, .. } = unknown;
            let alone = meant.iter().copied().find(|meant| times(meant.name) == 1);
            let wanted = sought.name();
            let odd = alone.is_some_and(|alone| {
                times(wanted) > 1
                    || if let Some(odd) = is_misspelling(alone.name.as_str(), wanted.as_str()) {
                        odd
                    } else {
                        let groups = groups.get_or_insert_with(|| self.letter_groups(&times));
                        groups.strangeness(alone.name.as_str()) > groups.strangeness(wanted.as_str())
                    }
            });
            self.revise(report, |diagnostic| match alone {
                Some(alone) if odd => blame(diagnostic, alone, wanted, &uses),
                Some(alone) => {
                    extend(diagnostic, Some((alone, ", and never used")), &uses);
                    let suggested = format!("`{}`", alone.name);
                    if !diagnostic.help.as_ref().is_some_and(|help| help.contains(&suggested)) {
                        diagnostic.help = Some(format!("did you mean {suggested}?"));
                    }
                }
                None => extend(diagnostic, meant.first().map(|meant| (*meant, "")), &uses),
            });
        }
    }

    /// How often the program writes the names in question.
    fn written(&self, list: &[Unknown]) -> FxHashMap<Symbol, usize> {
        let names = |unknown: &Unknown| {
            let meant: Vec<Symbol> = unknown.meant.iter().map(|meant| meant.name).collect();
            meant.into_iter().chain([unknown.sought.name()])
        };
        let mut times: FxHashMap<Symbol, usize> = list.iter().flat_map(names).map(|name| (name, 0)).collect();
        if times.is_empty() {
            return times;
        }
        let own = self.modules.iter().filter(|module| !module.is_std());
        for name in own.flat_map(|module| &module.file.names) {
            if let Some(times) = times.get_mut(name) {
                *times += 1;
            }
        }
        times
    }

    /// The letters of all names, of the library too, without those that are written once and in question.
    fn letter_groups(&self, times: &impl Fn(Symbol) -> usize) -> LetterGroups {
        let counts = |std: bool, name: Symbol| std || times(name) != 1;
        let names: FxHashSet<Symbol> = self
            .modules
            .iter()
            .flat_map(|module| module.file.names.iter().map(|name| (module.is_std(), *name)))
            .filter(|(std, name)| counts(*std, *name))
            .map(|(_, name)| name)
            .collect();
        let mut groups = LetterGroups::default();
        names.iter().for_each(|name| groups.add(name.as_str()));
        groups
    }

    // ------------------------------------------------------------------------------ what may be meant

    /// Those of the declarations whose names are like this one. Gives up after many mistakes, as
    /// [`suggest`](Self::suggest) does.
    fn like(&self, name: Symbol, declared: impl IntoIterator<Item = (Symbol, Span)>) -> Vec<Meant> {
        if self.unknown_names.list.len() >= CONSIDERED {
            return Vec::new();
        }
        let meant = |(known, span): (Symbol, Span)| {
            let edits = spelling::edits(name.as_str(), known.as_str())?;
            Some(Meant { edits, name: known, span, local: false })
        };
        declared.into_iter().filter_map(meant).collect()
    }

    /// Those of the declarations, which are seen in one body only, whose names are like this one.
    pub(crate) fn locals_like(
        &self,
        name: Symbol,
        declared: impl IntoIterator<Item = (Symbol, Span)>,
    ) -> Vec<Meant> {
        let mut meant = self.like(name, declared);
        meant.iter_mut().for_each(|meant| meant.local = true);
        meant
    }

    /// The declarations of a module whose names are like this one.
    pub(crate) fn items_like(&self, module: ModuleId, name: Symbol) -> Vec<Meant> {
        if self.modules[module].is_std() {
            return Vec::new();
        }
        let own = self.modules[module].names.iter().filter(|(_, entry)| !entry.imported);
        self.like(name, own.map(|(known, entry)| (*known, entry.span)))
    }

    /// The fields, variants and functions of a declaration whose names are like this one.
    pub(crate) fn members_like(&self, id: AdtId, name: Symbol) -> Vec<Meant> {
        let info = &self.adt_info[id];
        if self.modules[info.module].is_std() {
            return self.methods_like(Head::Adt(id), name);
        }
        let mut declared: Vec<(Symbol, Span)> = Vec::new();
        if let AdtItem::Enum(item) = info.item {
            declared.extend(item.variants.iter().map(|variant| (variant.name.symbol, variant.name.span)));
        }
        for (variant, infos) in self.adts[id].variants.iter().zip(&info.fields) {
            let fields = variant.fields.iter().zip(infos);
            declared.extend(fields.filter_map(|(field, info)| Some((field.name?, info.span))));
        }
        let mut meant = self.like(name, declared);
        meant.extend(self.methods_like(Head::Adt(id), name));
        meant
    }

    /// The program's own methods of a type whose names are like this one.
    pub(crate) fn methods_like(&self, head: Head, name: Symbol) -> Vec<Meant> {
        let methods = self.methods.iter().filter(|((of, _), _)| *of == head).flat_map(|(_, ids)| ids);
        let own = methods.map(|id| &self.fns[*id]).filter(|info| !self.modules[info.module].is_std());
        self.like(name, own.map(|info| (info.name, info.span)))
    }

    /// The parameters of a function whose names are like this one.
    pub(crate) fn params_like(&self, id: FnId, name: Symbol) -> Vec<Meant> {
        let info = &self.fns[id];
        if self.modules[info.module].is_std() {
            return Vec::new();
        }
        self.like(name, info.sig.params.iter().map(|param| (param.name, param.span)))
    }
}

/// Whether the first of two names is the second with a letter left out, or one written twice; nothing when neither is told
/// apart from the other that way.
fn is_misspelling(name: &str, other: &str) -> Option<bool> {
    let (shorter, longer) = if name.len() < other.len() { (name, other) } else { (other, name) };
    if longer.len() != shorter.len() + 1 || !longer.is_ascii() || !shorter.is_ascii() {
        return None;
    }
    let without = |at: usize| longer[..at] == shorter[..at] && longer[at + 1..] == shorter[at..];
    let at = (0..longer.len()).find(|at| without(*at))?;
    let bytes = longer.as_bytes();
    let doubled = bytes.get(at + 1) == Some(&bytes[at]);
    // A letter that stands twice may be right: `letter`, `lettter`.
    (!doubled).then_some(name.len() < other.len())
}

/// The declaration is the odd one: shown there.
fn blame(diagnostic: &mut Diagnostic, meant: Meant, wanted: Symbol, uses: &[Span]) {
    let first = diagnostic.primary.span;
    let mut new = Diagnostic::error(
        diagnostic.code,
        meant.span,
        format!("`{}` is never used, and `{wanted}`, which is used, is not declared", meant.name),
    )
    .label("perhaps this name is misspelt")
    .also(first, "used here, and not declared");
    for span in uses.iter().filter(|span| **span != first).take(SHOWN - 1) {
        new = new.also(*span, "and here");
    }
    *diagnostic =
        new.help(format!("call it the same in all places: `{wanted}` here, or `{}` there", meant.name));
}

fn extend(diagnostic: &mut Diagnostic, meant: Option<(Meant, &str)>, uses: &[Span]) {
    if let Some((meant, more)) = meant
        && !diagnostic.secondary.iter().any(|label| label.span == meant.span)
    {
        let text = format!("`{}` is declared here{more}", meant.name);
        *diagnostic = diagnostic.clone().also(meant.span, text);
    }
    let mut places = vec![diagnostic.primary.span];
    for span in uses {
        if places.len() <= SHOWN && !places.contains(span) {
            places.push(*span);
            *diagnostic = diagnostic.clone().also(*span, "used here too");
        }
    }
}

impl FnCx<'_, '_> {
    /// The declarations that are visible here and whose names are like this one.
    pub(crate) fn visible_like(&self, name: Symbol) -> Vec<Meant> {
        if self.is_std() {
            return Vec::new();
        }
        let mut declared: Vec<(Symbol, Span)> = Vec::new();
        for frame in &self.frames {
            declared.extend(frame.bindings().map(|(known, binding)| match binding {
                Binding::Local(id) => (known, frame.local(id).span),
                Binding::Fn(id) => (known, self.w.fns[id].span),
            }));
        }
        let mut meant = self.w.locals_like(name, declared);
        meant.extend(self.w.items_like(self.module, name));
        meant
    }
}
