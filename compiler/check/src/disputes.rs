//! Types that do not fit, several times for one reason.
//!
//! When a declaration has the wrong type, every use of it is wrong. Each such mismatch remembers which
//! declarations gave its two types. A declaration against which several mismatches of its file stand, all for the
//! same other type, and which nothing in the program agrees with, is one mistake: it is told once, at the
//! declaration, with the uses beside it.

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{Arg, ExprKind, PatKind, Ty, TyKind};

use crate::body::{FnCx, Why};
use crate::world::World;

/// A declaration that gave a type, and how messages write it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) span: Span,
    pub(crate) shown: String,
    /// The type that it should be to suit the other side, where there is one.
    pub(crate) other: Option<String>,
}

struct Dispute {
    /// The position of its report.
    report: usize,
    origins: Vec<Origin>,
}

/// All mismatches so far, and what is known to fit.
#[derive(Default)]
pub(crate) struct Disputes {
    list: Vec<Dispute>,
    fits: FxHashSet<Span>,
}

/// How many mismatches are looked at: a program with more has other worries.
const CONSIDERED: usize = 200;

/// How many uses are shown beside a declaration.
const SHOWN: usize = 4;

impl World<'_> {
    /// Whether a place belongs to the program, not to the standard library.
    fn is_own(&self, span: Span) -> bool {
        self.modules.iter().any(|module| !module.is_std() && module.file.source == span.source)
    }

    /// Reports a mismatch of types from these declarations.
    pub(crate) fn disputed(&mut self, diagnostic: Diagnostic, mut origins: Vec<Origin>) -> Ty {
        let before = self.reports();
        let error = self.error(diagnostic);
        origins.retain(|origin| self.is_own(origin.span));
        if self.reports() > before && !origins.is_empty() {
            self.disputes.list.push(Dispute { report: before, origins });
        }
        error
    }

    /// A value from one declaration suits another one.
    fn agree(&mut self, one: Option<Span>, other: Option<Span>) {
        if one != other {
            self.disputes.fits.extend(one.into_iter().chain(other));
        }
    }

    /// Puts mismatches together that stand against one declaration.
    pub(crate) fn settle_disputes(&mut self) {
        let Disputes { mut list, fits } = std::mem::take(&mut self.disputes);
        list.truncate(CONSIDERED);
        let mut settled: FxHashSet<usize> = FxHashSet::default();
        loop {
            let mut against: FxHashMap<Span, Vec<usize>> = FxHashMap::default();
            for (at, dispute) in list.iter().enumerate() {
                let spans: FxHashSet<Span> = dispute.origins.iter().map(|origin| origin.span).collect();
                let source = self.report_at(dispute.report).primary.span.source;
                for span in spans.into_iter().filter(|span| !fits.contains(span) && span.source == source) {
                    against.entry(span).or_default().push(at);
                }
            }
            let of_one_mind =
                against.into_iter().map(|(span, those)| (span, of_one_mind(&list, span, those)));
            let most = of_one_mind.filter(|(_, those)| those.len() > 1);
            let Some((culprit, those)) = most.min_by_key(|(span, those)| (usize::MAX - those.len(), *span))
            else {
                break;
            };
            let (those, rest): (Vec<_>, Vec<_>) =
                list.into_iter().enumerate().partition(|(at, _)| those.contains(at));
            let those: Vec<Dispute> = those.into_iter().map(|(_, dispute)| dispute).collect();
            list = rest.into_iter().map(|(_, dispute)| dispute).collect();
            // What is told of the declaration itself says it best.
            let own = those.iter().position(|dispute| self.report_at(dispute.report).primary.span == culprit);
            if own.is_none() {
                self.blame(culprit, &those);
            }
            let kept = own.unwrap_or(0);
            let others = those.iter().enumerate().filter(|(at, _)| *at != kept);
            settled.extend(others.map(|(_, dispute)| dispute.report));
        }
        self.retract(&settled);
    }

    /// Turns the first of several mismatches into one report of all.
    fn blame(&mut self, culprit: Span, those: &[Dispute]) {
        let shown = those[0].origins.iter().find(|origin| origin.span == culprit);
        let shown = shown.map_or_else(String::new, |origin| origin.shown.clone());
        let mut new = Diagnostic::error(
            Code::E0201,
            culprit,
            format!("`{shown}` does not fit: {} places need another type", those.len()),
        )
        .label(format!("this makes it `{shown}`"))
        .help("change the type here; if it is right, change those places");
        for dispute in those.iter().take(SHOWN) {
            let found = self.report_at(dispute.report);
            let place = found.primary.clone();
            if place.span != culprit {
                new = new
                    .also(place.span, if place.text.is_empty() { found.message.clone() } else { place.text });
            }
        }
        self.revise(those[0].report, |diagnostic| *diagnostic = new);
    }
}

/// Those of the disputes about a declaration that agree with the plainest of them on what its type should be:
/// `bool` that should be `int` agrees with `Sender<bool>` that should be `Sender<int>`.
fn of_one_mind(list: &[Dispute], declaration: Span, those: Vec<usize>) -> Vec<usize> {
    let about = |at: usize| list[at].origins.iter().find(|origin| origin.span == declaration);
    let wants = |at: usize| about(at).and_then(|origin| Some((&origin.shown, origin.other.as_ref()?)));
    let Some(plainest) = those.iter().filter_map(|at| wants(*at)).min_by_key(|(shown, _)| shown.len()) else {
        return those;
    };
    let agrees = |at: usize| {
        wants(at).is_none_or(|(shown, other)| shown.replace(plainest.0.as_str(), plainest.1) == *other)
    };
    those.into_iter().filter(|at| agrees(*at)).collect()
}

impl FnCx<'_, '_> {
    /// The declaration that gave a value its type.
    pub(crate) fn origin(&self, value: &hir::Expr) -> Option<Span> {
        match &value.kind {
            ExprKind::Local(id) => Some(self.frames.last()?.local(*id).origin),
            ExprKind::Const(id) => {
                let item = self.w.consts[*id].item;
                Some(item.ty.as_ref().map_or(item.value.span, |ty| ty.span))
            }
            ExprKind::Field(base, at) => match base.ty.kind() {
                TyKind::Adt(id, ..)
                    if !self.w.adts[*id].variants.first()?.fields.get(*at)?.ty.is_generic() =>
                {
                    Some(self.w.adt_info[*id].fields.first()?.get(*at)?.span)
                }
                _ => self.origin(base),
            },
            ExprKind::Call(id, _, args) => {
                let sig = &self.w.fns[*id].sig;
                match args.first() {
                    Some(Arg::Value(base) | Arg::Mut(base)) if sig.ret.is_generic() => self.origin(base),
                    _ => Some(sig.ret_span),
                }
            }
            ExprKind::Spawn(id, ..) => Some(self.w.fns[*id].sig.ret_span),
            ExprKind::Index(base, _) | ExprKind::Await(base) | ExprKind::Unary(_, base) => self.origin(base),
            ExprKind::Binary(op, left, right) if !compares(*op) => {
                self.origin(left).or_else(|| self.origin(right))
            }
            // `a ?? b`, taken apart.
            ExprKind::Match(option, _) if self.w.option_inner(option.ty) == Some(value.ty) => {
                self.origin(option)
            }
            ExprKind::Block(block) => self.origin(block.value.as_deref()?),
            _ => None,
        }
    }

    /// The declarations behind a mismatch of a value with the type that its place expects.
    pub(crate) fn origins(&mut self, value: &hir::Expr, expected: Ty, why: Why) -> Vec<Origin> {
        let (found, expected) = (self.show(value.ty), self.show(expected));
        let origin = |span, shown: &String, other: &String| Origin {
            span,
            shown: shown.clone(),
            other: Some(other.clone()),
        };
        let value = self.origin(value).map(|span| origin(span, &found, &expected));
        let place = why.place().map(|span| origin(span, &expected, &found));
        value.into_iter().chain(place).collect()
    }

    /// A value has the type that its place expects.
    pub(crate) fn agrees(&mut self, value: &hir::Expr, why: Why) {
        if self.is_std() {
            return;
        }
        if let Some(place) = why.place() {
            let from = self.origin(value);
            // A type and a value that are written side by side confirm each other; an empty array confirms nothing.
            let beside = matches!(why, Why::Declared(_))
                && !matches!(&value.kind, ExprKind::Array(elements) if elements.is_empty());
            if from.is_some() || beside {
                self.w.agree(from, Some(place));
            }
        }
    }

    /// Two operands have one type.
    pub(crate) fn operands_agree(&mut self, left: &hir::Expr, right: &hir::Expr) {
        if self.is_std() {
            return;
        }
        if let (Some(left), Some(right)) = (self.origin(left), self.origin(right)) {
            self.w.agree(Some(left), Some(right));
        }
    }

    /// Remembers for the locals of a pattern what gave them their types.
    pub(crate) fn set_origin(&mut self, pat: &hir::Pat, origin: Option<Span>) {
        match &pat.kind {
            PatKind::Bind(id) => {
                let local = self.frame().local_mut(*id);
                local.origin = origin.unwrap_or(local.origin);
            }
            PatKind::Tuple(parts) => parts.iter().for_each(|part| self.set_origin(part, origin)),
            PatKind::Variant(id, at, fields) => {
                for (n, part) in fields {
                    let declared = self.w.adts[*id].variants[*at].fields.get(*n);
                    let own = declared.is_some_and(|field| !field.ty.is_generic());
                    let field = self.w.adt_info[*id].fields.get(*at).and_then(|fields| fields.get(*n));
                    let span = field.map(|field| field.span).filter(|_| own);
                    self.set_origin(part, span.or(origin));
                }
            }
            _ => {}
        }
    }
}

fn compares(op: hir::BinOp) -> bool {
    use hir::BinOp as B;
    matches!(op, B::Eq | B::Ne | B::Lt | B::Le | B::Gt | B::Ge)
}

impl Why {
    /// The declaration that gave a place its type.
    fn place(self) -> Option<Span> {
        match self {
            Self::Declared(span) | Self::Param(span) | Self::Returns(span) => Some(span),
            Self::Field(span) | Self::Holder(span) => Some(span),
            Self::Plain
            | Self::Branch(_)
            | Self::Element(_)
            | Self::Operand(_)
            | Self::Assigned(_)
            | Self::Key(_) => None,
        }
    }
}
