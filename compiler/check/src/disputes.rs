//! Where a mismatch of types is told.
//!
//! When a declaration has the wrong type, every use of it is wrong. Takes the mismatches of a program, each with what
//! it asks of the declarations that gave its types, and all uses that fit, and looks for changes of declarations that
//! would mend mismatches and break no use that fits.
//!
//! Several mismatches that one change mends are one mistake: told once, at the declaration, with the uses beside it. A
//! single one says too little against a declaration, which was written on purpose: it is told where it was found.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Code, Diagnostic, Span};
use wyn_hir::Ty;

use crate::uses::{Asks, Part, Use};
use crate::world::{Head, World};

struct Dispute {
    /// The position of its report.
    report: usize,
    uses: Vec<Use>,
}

/// All mismatches so far, and what is known to fit.
#[derive(Default)]
pub(crate) struct Disputes {
    list: Vec<Dispute>,
    fits: Vec<(Span, Ty, Asks)>,
}

impl Disputes {
    /// Adds a mismatch that was reported.
    pub(crate) fn add(&mut self, report: usize, uses: Vec<Use>) {
        if !uses.is_empty() && self.list.len() < CONSIDERED {
            self.list.push(Dispute { report, uses });
        }
    }

    /// Adds a use that fits.
    pub(crate) fn suits(&mut self, declaration: Span, ty: Ty, asks: Asks) {
        self.fits.push((declaration, ty, asks));
    }
}

/// How many mismatches are looked at: a program with more has other worries.
const CONSIDERED: usize = 200;

/// How many uses are shown beside a declaration.
const SHOWN: usize = 4;

/// How many changes of a declaration are thought of.
const CHANGES: usize = 6;

/// What a declaration is changed to: the first type, wherever it is part of the declared one, becomes the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Change {
    from: Ty,
    to: Ty,
}

impl Change {
    /// The smallest change that makes one type another.
    fn between(mut from: Ty, mut to: Ty) -> Self {
        while Head::of(from).is_some() && Head::of(from) == Head::of(to) {
            let (parts, others) = (from.parts(), to.parts());
            let mut differ = parts.iter().zip(&others).filter(|(one, other)| one != other);
            match (differ.next(), differ.next()) {
                (Some((one, other)), None) if parts.len() == others.len() => (from, to) = (*one, *other),
                _ => break,
            }
        }
        Self { from, to }
    }

    /// What it makes of a type.
    fn apply(self, ty: Ty) -> Ty {
        ty.map(&mut |part| if part == self.from { self.to } else { part })
    }

    /// Whether it only wraps or unwraps: `T` and `T?`. Then it is probably the use that lacks something.
    fn wraps(self) -> bool {
        let holds = |outer: Ty, inner: Ty| outer.any(&mut |part| part == inner);
        holds(self.from, self.to) || holds(self.to, self.from)
    }
}

/// A declaration that mismatches stand against.
#[derive(Default)]
struct Case {
    /// The uses that do not fit, with the positions of their mismatches.
    wrong: Vec<(usize, Use)>,
    /// What the uses that fit make of it, and ask for.
    right: Vec<(Ty, Asks)>,
}

/// A change of a declaration that mends mismatches, and breaks nothing.
struct Remedy {
    declaration: Span,
    change: Change,
    /// The mismatches, by position.
    mends: Vec<usize>,
    /// Whether a type is written there.
    written: bool,
}

impl World<'_> {
    /// Whether a place belongs to the program, not to the standard library.
    pub(crate) fn is_own(&self, span: Span) -> bool {
        self.modules.iter().any(|module| !module.is_std() && module.file.source == span.source)
    }

    /// Decides for all mismatches where they are told.
    pub(crate) fn settle_disputes(&mut self) {
        let Disputes { list, fits } = std::mem::take(&mut self.disputes);
        if list.is_empty() {
            return;
        }
        let cases = self.cases(&list, fits);
        let mut remedies: Vec<Remedy> =
            cases.iter().filter_map(|(declaration, case)| self.remedy(*declaration, case)).collect();
        remedies.sort_by_key(|remedy| remedy.declaration);
        let mut open = vec![true; list.len()];
        let mut retracted: FxHashSet<usize> = FxHashSet::default();
        while let Some((remedy, those)) = best_remedy(&remedies, &list, &open) {
            for at in &those {
                open[*at] = false;
            }
            let those: Vec<&Dispute> = those.into_iter().map(|at| &list[at]).collect();
            // What is told of the declaration itself says it best.
            let own = |dispute: &&Dispute| self.report_at(dispute.report).primary.span == remedy.declaration;
            let own = those.iter().copied().find(own);
            if own.is_none() {
                self.blame(remedy.declaration, remedy.change, &those);
            }
            let kept = own.map_or(those[0].report, |dispute| dispute.report);
            retracted.extend(those.iter().map(|dispute| dispute.report).filter(|report| *report != kept));
        }
        for (dispute, _) in list.iter().zip(&open).filter(|(_, open)| **open) {
            // A report that also speaks for another declaration stays.
            retracted.remove(&dispute.report);
        }
        self.retract(&retracted);
    }

    fn cases(&self, list: &[Dispute], fits: Vec<(Span, Ty, Asks)>) -> FxHashMap<Span, Case> {
        let mut cases: FxHashMap<Span, Case> = FxHashMap::default();
        for (at, dispute) in list.iter().enumerate() {
            let source = self.report_at(dispute.report).primary.span.source;
            for each in dispute.uses.iter().filter(|each| each.declaration.source == source) {
                if self.is_own(each.declaration) {
                    cases.entry(each.declaration).or_default().wrong.push((at, *each));
                }
            }
        }
        for (declaration, ty, asks) in fits {
            if let Some(case) = cases.get_mut(&declaration) {
                case.right.push((ty, asks));
            }
        }
        cases
    }

    /// Whether a declaration can be changed so without breaking a use that fits.
    fn breaks_nothing(&self, change: Change, case: &Case) -> bool {
        case.right.iter().all(|(ty, asks)| {
            let changed = change.apply(*ty);
            changed == *ty || self.suits(changed, *asks)
        })
    }

    /// The change of a declaration that breaks nothing and mends most: more than half of the mismatches.
    fn remedy(&self, declaration: Span, case: &Case) -> Option<Remedy> {
        let written = case.wrong.iter().any(|(_, each)| each.part != Part::Passes);
        let mends = |change: Change| -> Vec<usize> {
            let mends = |each: &Use| {
                let changed = change.apply(each.ty);
                match each.asks {
                    // What would suit is not known: it may be the other type, but not the same one of other parts.
                    Asks::Other => each.ty == change.from,
                    asks => changed != each.ty && self.suits(changed, asks),
                }
            };
            case.wrong.iter().filter(|(_, each)| mends(each)).map(|(at, _)| *at).collect()
        };
        let changes = self.changes(&case.wrong).into_iter();
        changes
            // How an option or a result is opened is decided where it is used, unless its type is written.
            .filter(|change| (written || !change.wraps()) && self.breaks_nothing(*change, case))
            .map(|change| Remedy { declaration, change, mends: mends(change), written })
            .rev()
            .max_by_key(|remedy| remedy.mends.len())
            .filter(|remedy| remedy.mends.len() * 2 > case.wrong.len())
    }

    /// The type that number literals have by themselves.
    fn of_literal(&self, asks: Asks) -> Option<Ty> {
        match asks {
            Asks::Number | Asks::Integer => Some(self.common.int),
            Asks::Float => Some(self.common.float),
            _ => None,
        }
    }

    /// The changes that the uses of a declaration ask for.
    fn changes(&self, uses: &[(usize, Use)]) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for literals in [false, true] {
            for (_, each) in uses {
                let to = match each.asks {
                    Asks::Type(to) if !literals => Some(to),
                    asks if literals => self.of_literal(asks),
                    _ => None,
                };
                if let Some(change) = to.map(|to| Change::between(each.ty, to))
                    && changes.len() < CHANGES
                    && !changes.contains(&change)
                {
                    changes.push(change);
                }
            }
        }
        changes
    }

    /// Tells mismatches at the declaration that they stand against, in the report of the first.
    fn blame(&mut self, declaration: Span, change: Change, those: &[&Dispute]) {
        let about =
            |dispute: &Dispute| dispute.uses.iter().find(|each| each.declaration == declaration).copied();
        let Some(first) = about(those[0]) else { return };
        let Change { from, to } = change;
        let make = if first.part == Part::Passes { "make it" } else { "write" };
        let count = those.len();
        let message = format!("`{from}` does not fit: {count} places need `{to}`, none needs `{from}`");
        let mut new = Diagnostic::error(Code::E0201, declaration, message)
            .label(format!("this makes it `{}`", first.ty))
            .note(format!("if `{from}` is meant, those places are wrong"))
            .help(format!("{make} `{to}` here"));
        for dispute in those.iter().take(SHOWN) {
            let found = self.report_at(dispute.report);
            let place = found.primary.clone();
            let text = match about(dispute) {
                Some(Use { part: Part::Gives | Part::Passes, asks: Asks::Type(ty), .. })
                    if found.code == Code::E0201 =>
                {
                    format!("`{ty}` is needed here")
                }
                _ if place.text.is_empty() => found.message.clone(),
                _ => place.text,
            };
            if place.span != declaration {
                new = new.also(place.span, text);
            }
        }
        self.revise(those[0].report, |diagnostic| *diagnostic = new);
    }
}

/// The remedy that mends most mismatches that are still open, if it mends several.
fn best_remedy<'r>(
    remedies: &'r [Remedy],
    list: &[Dispute],
    open: &[bool],
) -> Option<(&'r Remedy, Vec<usize>)> {
    let still = remedies.iter().map(|remedy| {
        let mut reports: FxHashSet<usize> = FxHashSet::default();
        let is_new = |at: &usize| open[*at] && reports.insert(list[*at].report);
        (remedy, remedy.mends.iter().copied().filter(is_new).collect::<Vec<usize>>())
    });
    let several = still.filter(|(_, those)| those.len() > 1);
    several.max_by_key(|(remedy, those)| (those.len(), remedy.written, Reverse(remedy.declaration)))
}
