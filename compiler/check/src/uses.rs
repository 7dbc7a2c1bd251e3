//! What the uses of a value ask of the declaration that gave it its type.
//!
//! Every use whose declaration is known is noted: those that suit it, and, with their reports, those that do not.
//! What to make of them is decided when the whole program is checked ([`crate::disputes`]).

use wyn_base::{Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{ExprKind, Lit, Ty, TyKind};

use crate::body::{FnCx, Why};
use crate::infer::{VarKind, is_number};
use crate::methods::is_instance;
use crate::origins::{Origin, compares};
use crate::unknown::Sought;
use crate::world::{Head, World};

/// What a use asks of a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asks {
    /// That it is this one.
    Type(Ty),
    /// That it is a type of numbers.
    Number,
    /// That it is a type of numbers with fractions.
    Float,
    Integer,
    /// That its values can be added.
    Sum,
    /// That it has a method or a field of this name.
    Member(Symbol),
    /// Something that is not compared: what it would take is not known.
    Other,
}

/// How a declaration has to do with a use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// It gives the value its type.
    Gives,
    /// So it does, but it is a value itself.
    Passes,
    /// It gives its type to the place where the value goes.
    Takes,
}

/// A use of what was declared somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) declaration: Span,
    pub(crate) part: Part,
    /// What the declaration makes of the value or place.
    pub(crate) ty: Ty,
    pub(crate) asks: Asks,
}

impl World<'_> {
    /// Reports a mismatch between what these uses ask and what was declared.
    pub(crate) fn disputed(&mut self, diagnostic: Diagnostic, uses: Vec<Use>) -> Ty {
        let before = self.reports();
        let error = self.error(diagnostic);
        self.disputed_since(before, uses);
        error
    }

    /// If there is a report since then, it is of a mismatch between what these uses ask and what was declared.
    pub(crate) fn disputed_since(&mut self, before: usize, uses: Vec<Use>) {
        if self.reports() > before {
            self.disputes.add(before, uses);
        }
    }

    /// Whether a type is what a use asks for.
    pub(crate) fn suits(&self, ty: Ty, asks: Asks) -> bool {
        match asks {
            Asks::Type(asked) => ty == asked,
            Asks::Number => is_number(ty),
            Asks::Float => matches!(ty.kind(), TyKind::F64 | TyKind::F32),
            Asks::Integer => matches!(ty.kind(), TyKind::Int(_)),
            Asks::Sum => is_number(ty) || matches!(ty.kind(), TyKind::String | TyKind::Array(_)),
            Asks::Member(name) => self.has_member(ty, name),
            Asks::Other => true,
        }
    }

    fn has_member(&self, ty: Ty, name: Symbol) -> bool {
        let of_head = Head::of(ty).and_then(|head| self.methods.get(&(head, name)));
        let is_for = |id: &hir::FnId| self.fns[*id].self_ty.is_some_and(|target| is_instance(ty, target));
        let method = of_head.is_some_and(|ids| ids.iter().any(is_for));
        let is_field = |id: hir::AdtId| {
            let variant = self.adts[id].variants.first();
            variant.is_some_and(|variant| variant.fields.iter().any(|field| field.name == Some(name)))
        };
        method || matches!(ty.kind(), TyKind::Adt(id, ..) if is_field(*id))
    }
}

impl FnCx<'_, '_> {
    /// The type, if all of it is known by now.
    fn closed(&mut self, ty: Ty) -> Option<Ty> {
        let ty = self.infer.deep(ty);
        (self.infer.is_fixed(ty) && !matches!(ty.kind(), TyKind::Error)).then_some(ty)
    }

    /// The type, with number literals as what they become by themselves, if the rest of it is known.
    fn nearly_closed(&mut self, ty: Ty) -> Option<Ty> {
        let common = self.w.common;
        let ty = self.infer.deep(ty).map(&mut |part| match self.infer.var_kind(part) {
            Some(VarKind::Number) => common.int,
            Some(VarKind::Float) => common.float,
            _ => part,
        });
        self.closed(ty)
    }

    /// What a type asks of another one that it meets.
    pub(crate) fn asked(&mut self, ty: Ty) -> Asks {
        match self.infer.var_kind(ty) {
            Some(VarKind::Number) => Asks::Number,
            Some(VarKind::Float) => Asks::Float,
            Some(VarKind::Any) => Asks::Other,
            None => self.nearly_closed(ty).map_or(Asks::Other, Asks::Type),
        }
    }

    /// What a value asks of the place that it goes to; `None` if it takes its own type from there.
    fn says(&mut self, value: &hir::Expr, ty: Ty, origin: Option<Origin>) -> Option<Asks> {
        let known = self.infer.is_fixed(value.ty) || origin.is_some_and(Origin::is_rooted);
        match &value.kind {
            ExprKind::Lit(Lit::Int(_)) => Some(Asks::Number),
            ExprKind::Lit(Lit::Float(_)) => Some(Asks::Float),
            ExprKind::Lit(_) | ExprKind::Interpolate(_) | ExprKind::Convert(_) => {
                self.closed(ty).map(Asks::Type)
            }
            ExprKind::And(..) | ExprKind::Or(..) => self.closed(ty).map(Asks::Type),
            ExprKind::Binary(op, ..) if compares(*op) => self.closed(ty).map(Asks::Type),
            ExprKind::Adt(id, ..) if self.w.adts[*id].generics.is_empty() => self.closed(ty).map(Asks::Type),
            _ if origin.is_some() && known => self.closed(ty).map(Asks::Type),
            // A name that began as a literal is a number, whatever decided which.
            _ => self.infer.began_as_number(value.ty).then_some(Asks::Number),
        }
    }

    /// The uses of what gave a value its type.
    pub(crate) fn uses_of(&mut self, value: &hir::Expr, asks: Asks) -> Vec<Use> {
        let origin = self.origin(value);
        self.uses_from(origin, value.ty, asks)
    }

    /// The uses of what gave a value, or the value that a pattern takes apart, its type.
    pub(crate) fn uses_from(&mut self, origin: Option<Origin>, ty: Ty, asks: Asks) -> Vec<Use> {
        let Some(origin) = origin else { return Vec::new() };
        let Some(ty) = self.nearly_closed(ty) else { return Vec::new() };
        let part = if origin.written { Part::Gives } else { Part::Passes };
        let near = Use { declaration: origin.span, part, ty, asks };
        let far = origin.behind.map(|span| Use { declaration: span, part: Part::Gives, ty, asks });
        [near].into_iter().chain(far).collect()
    }

    /// What stands against each other when a value has another type than its place expects.
    pub(crate) fn mismatched_uses(&mut self, value: &hir::Expr, expected: Ty, why: Why) -> Vec<Use> {
        let (wanted, found) = (self.asked(expected), self.asked(value.ty));
        let mut uses = self.uses_of(value, wanted);
        if let Some((origin, part)) = why.place()
            && let Some(ty) = self.nearly_closed(expected)
        {
            let near = Use { declaration: origin.span, part, ty, asks: found };
            let far = origin.behind.map(|span| Use { declaration: span, part: Part::Takes, ty, asks: found });
            uses.extend([near].into_iter().chain(far));
        }
        uses
    }

    /// Two operands of different types.
    pub(crate) fn mismatched_operands(&mut self, left: &hir::Expr, right: &hir::Expr) -> Vec<Use> {
        let (left_asks, right_asks) = (self.asked(left.ty), self.asked(right.ty));
        let mut uses = self.uses_of(left, right_asks);
        uses.extend(self.uses_of(right, left_asks));
        uses
    }

    /// A value was asked for a member that its type has not; reports since `before` are about that.
    pub(crate) fn missing_member(&mut self, before: usize, ty: Ty, name: Symbol, uses: Vec<Use>) {
        let sought = match self.infer.shallow(ty).kind() {
            TyKind::Adt(id, ..) if self.w.adts[*id].kind == hir::AdtKind::Struct => Sought::Member(*id, name),
            _ => match Head::of(ty) {
                Some(head) => Sought::Method(head, name),
                None => return,
            },
        };
        if self.w.reports() > before {
            self.w.disputes.add(before, uses);
        } else if let Some(report) = self.w.report_of_unknown(sought) {
            self.w.disputes.add(report, uses);
        }
    }

    /// A value suits what its declaration is asked for.
    pub(crate) fn suited(&mut self, origin: Option<Origin>, ty: Ty, asks: Asks) {
        if let Some(origin) = origin
            && let Some(ty) = self.closed(ty)
        {
            let spans = [Some(origin.span), origin.behind];
            spans.into_iter().flatten().for_each(|span| self.w.disputes.suits(span, ty, asks));
        }
    }

    /// A value suits its place. `before` are their types before they met: one that only takes the other's confirms
    /// nothing, and neither does one that inference has put together from uses.
    pub(crate) fn value_suits(&mut self, value: &hir::Expr, expected: Ty, before: (Ty, Ty), why: Why) {
        // What a closure or a task consists of was looked at on its own, and the whole is made to suit.
        if self.is_std() || matches!(value.kind, ExprKind::Closure(_) | ExprKind::SpawnBlock(..)) {
            return;
        }
        let (found, wanted) = before;
        let place = why.place().map(|(origin, _)| origin);
        let rooted = place.filter(|place| place.is_rooted());
        let decided = rooted.is_some() || self.infer.is_fixed(expected);
        if !decided {
            return;
        }
        let origin = self.origin(value);
        if origin.is_some()
            && origin != place
            && let Some(wanted) = self.closed(wanted)
        {
            self.suited(origin, found, Asks::Type(wanted));
        }
        if rooted.is_some()
            && origin != place
            && let Some(asks) = self.says(value, found, origin)
        {
            self.suited(rooted, wanted, asks);
            self.note_literal(value, rooted);
        }
    }

    /// Remembers what decides the type of a literal, if that may turn out to be too small.
    fn note_literal(&mut self, value: &hir::Expr, origin: Option<Origin>) {
        if let (ExprKind::Lit(Lit::Int(number)), Some(origin)) = (&value.kind, origin)
            && i8::try_from(*number).is_err()
        {
            self.literals.insert(value.span, origin);
        }
    }

    /// A value has to have the type of this one.
    pub(crate) fn operand(&self, of: &hir::Expr) -> Why {
        Why::Operand { of: of.span, declared: self.origin(of) }
    }

    /// Two operands suit each other.
    pub(crate) fn operands_suit(&mut self, left: &hir::Expr, right: &hir::Expr) {
        if self.is_std() {
            return;
        }
        let (a, b) = (self.origin(left), self.origin(right));
        if a.is_none() && b.is_none() || a == b {
            return;
        }
        for ((one, origin), (other, from)) in [((left, a), (right, b)), ((right, b), (left, a))] {
            if origin.is_some()
                && let Some(asks) = self.says(other, other.ty, from)
            {
                self.suited(origin, one.ty, asks);
                self.note_literal(other, origin);
            }
        }
    }
}

impl Why {
    /// The declaration that gave a place its type.
    pub(crate) fn place(self) -> Option<(Origin, Part)> {
        let held = |origin: Origin| (origin, if origin.written { Part::Takes } else { Part::Passes });
        match self {
            Self::Declared(span) | Self::Param(span) | Self::Returns(span) | Self::Field(span) => {
                Some((Origin::written(span), Part::Takes))
            }
            Self::Holder(origin) => Some(held(origin)),
            Self::Key { declared, .. } | Self::Operand { declared, .. } => declared.map(held),
            Self::Plain | Self::Branch(_) | Self::Element(_) | Self::Assigned(_) | Self::Instance(_) => None,
        }
    }
}
