//! Patterns: literals, tuples, alternatives, and what they bind.
//!
//! A pattern's names become visible together, when the whole pattern is checked. The alternatives
//! of `a | b` bind the same names, to the same locals.

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir::{Lit, LocalId, Pat, PatKind, Ty, TyKind};
use wyn_syntax::ast::{self, LiteralValue, PatternKind};

use crate::body::FnCx;
use crate::infer::VarKind;
use crate::origins::Origin;
use crate::scope::{Binding, LocalKind};
use crate::spelling::a;
use crate::uses::Asks;

/// What a pattern has bound so far.
pub(crate) struct Bound {
    kind: LocalKind,
    /// What gave the value at hand its type.
    pub(crate) origin: Option<Origin>,
    names: Vec<(Symbol, LocalId, Span)>,
    /// The locals that an alternative has to bind: those of the first one.
    reuse: Option<Vec<(Symbol, LocalId, Span)>>,
}

impl<'a> FnCx<'_, 'a> {
    /// Checks a pattern against the type of what it is matched with, which `origin` gave it; its names are
    /// visible from now on.
    pub(crate) fn pattern(
        &mut self,
        pattern: &'a ast::Pattern,
        ty: Ty,
        kind: LocalKind,
        origin: Option<Origin>,
    ) -> Pat {
        let mut bound = Bound { kind, origin, names: Vec::new(), reuse: None };
        let pat = self.pattern_in(pattern, ty, &mut bound);
        for (name, id, _) in bound.names {
            self.bind(name, Binding::Local(id));
        }
        pat
    }

    pub(crate) fn pattern_in(&mut self, pattern: &'a ast::Pattern, ty: Ty, bound: &mut Bound) -> Pat {
        let span = pattern.span;
        let ty = self.infer.shallow(ty);
        let kind = match &pattern.kind {
            PatternKind::Wildcard => PatKind::Wild,
            PatternKind::Error => {
                let error = self.w.unreadable(self.module, span);
                self.doubt(error);
                return Pat { kind: PatKind::Wild, ty: error, span };
            }
            PatternKind::Binding { name, mutable } => {
                if *mutable {
                    self.w.report(
                        Diagnostic::error(
                            Code::E0220,
                            name.span,
                            format!("`mut {}` does not belong in this pattern", name.symbol),
                        )
                        .label("a pattern binds copies, which are constant")
                        .help(format!("change a copy, `var copy = {}`, and put it back", name.symbol))
                        .note("only the element of a loop is changed where it is: `for mut x in xs`"),
                    );
                    // The mistake is told: changing it is no second one.
                    let kind = std::mem::replace(&mut bound.kind, LocalKind::Var);
                    let pat = self.binding(*name, ty, bound);
                    bound.kind = kind;
                    return Pat { kind: pat, ty, span };
                }
                self.binding(*name, ty, bound)
            }
            PatternKind::Literal(literal) => return self.literal_pattern(literal, ty, bound.origin, span),
            PatternKind::Range { start, end, inclusive } => {
                self.range_pattern(start, end, *inclusive, ty, bound.origin, span)
            }
            PatternKind::Tuple(parts) => self.tuple_pattern(parts, ty, bound, span),
            PatternKind::Path(path) => return self.path_pattern(path, ty, bound, span),
            PatternKind::Or(alternatives) => self.or_pattern(alternatives, ty, bound),
        };
        Pat { kind, ty, span }
    }

    pub(crate) fn wild(&self, ty: Ty, span: Span) -> Pat {
        Pat { kind: PatKind::Wild, ty, span }
    }

    pub(crate) fn binding(&mut self, name: ast::Name, ty: Ty, bound: &mut Bound) -> PatKind {
        if let Some((_, _, first)) = bound.names.iter().find(|(known, ..)| *known == name.symbol) {
            self.w.report(
                Diagnostic::error(
                    Code::E0106,
                    name.span,
                    format!("`{}` is bound twice in one pattern", name.symbol),
                )
                .also(*first, "first bound here")
                .help("give them different names"),
            );
            return PatKind::Wild;
        }
        if let Some(reuse) = &bound.reuse {
            let Some((_, id, first)) = reuse.iter().copied().find(|(known, ..)| *known == name.symbol) else {
                self.w.report(
                    Diagnostic::error(
                        Code::E0220,
                        name.span,
                        format!("`{}` is not bound in every alternative", name.symbol),
                    )
                    .help("alternatives of `|` bind the same names; use `_` for what you do not need"),
                );
                return PatKind::Wild;
            };
            let expected = self.frame().local(id).ty;
            if !self.infer.unify(expected, ty) {
                let (expected, found) = (self.show(expected), self.show(ty));
                self.w.report(
                    Diagnostic::error(
                        Code::E0220,
                        name.span,
                        format!(
                            "`{}` is `{found}` here and `{expected}` in another alternative",
                            name.symbol
                        ),
                    )
                    .also(first, format!("`{expected}` here")),
                );
            }
            bound.names.push((name.symbol, id, name.span));
            return PatKind::Bind(id);
        }
        let id = self.new_local(name.symbol, ty, bound.kind, name.span);
        self.set_origin(id, bound.origin);
        bound.names.push((name.symbol, id, name.span));
        PatKind::Bind(id)
    }

    fn or_pattern(&mut self, alternatives: &'a [ast::Pattern], ty: Ty, bound: &mut Bound) -> PatKind {
        let Some((first, rest)) = alternatives.split_first() else { return PatKind::Wild };
        let outer = bound.names.len();
        let mut out = vec![self.pattern_in(first, ty, bound)];
        let expected: Vec<(Symbol, LocalId, Span)> = bound.names[outer..].to_vec();
        // Inside an alternative of an outer `|`, its names are what this one's first alternative took.
        for alternative in rest {
            let reuse = Some(expected.clone());
            let mut inner = Bound { kind: bound.kind, origin: bound.origin, names: Vec::new(), reuse };
            out.push(self.pattern_in(alternative, ty, &mut inner));
            if let Some((name, ..)) =
                expected.iter().find(|(name, ..)| !inner.names.iter().any(|(known, ..)| known == name))
            {
                self.w.report(
                    Diagnostic::error(
                        Code::E0220,
                        alternative.span,
                        format!("`{name}` is not bound in this alternative"),
                    )
                    .help("alternatives of `|` bind the same names; use `_` for what you do not need"),
                );
            }
        }
        PatKind::Or(out)
    }

    // ---------------------------------------------------------------------------------- literals

    /// Reports a pattern for values of another type.
    pub(crate) fn pattern_mismatch(&mut self, what: Ty, ty: Ty, origin: Option<Origin>, span: Span) -> Ty {
        let asks = self.asked(what);
        let uses = self.uses_from(origin, ty, asks);
        let (what, shown) = (self.show(what), self.show(ty));
        let mut diagnostic = Diagnostic::error(
            Code::E0201,
            span,
            format!("this pattern is for `{what}`, but the value is `{shown}`"),
        )
        .label(format!("matches {a_what}", a_what = a(&what)));
        if self.w.option_inner(ty).is_some() {
            diagnostic = diagnostic.help("the value may be absent: match `Some(…)` and `None`");
        }
        self.w.disputed(diagnostic, uses)
    }

    pub(crate) fn literal_pattern(
        &mut self,
        literal: &ast::LiteralPattern,
        ty: Ty,
        origin: Option<Origin>,
        span: Span,
    ) -> Pat {
        if let LiteralValue::Duration(nanos) = literal.value {
            let Some(id) = self.w.lang.duration else {
                self.not_yet(span, "durations are");
                return self.wild(ty, span);
            };
            let duration = self.w.adt_type(id, Vec::new());
            if !self.infer.unify(ty, duration) {
                let error = self.pattern_mismatch(duration, ty, origin, span);
                return self.wild(error, span);
            }
            let count = PatKind::Lit(Lit::Int(i128::from(nanos)));
            let count = Pat { kind: count, ty: self.w.common.int, span };
            return Pat { kind: PatKind::Variant(id, 0, vec![(0, count)]), ty: duration, span };
        }
        let (lit, own) = self.literal_value(literal.value, span);
        let asks = self.asked(own);
        if !self.infer.unify(ty, own) {
            let error = self.pattern_mismatch(own, ty, origin, span);
            return self.wild(error, span);
        }
        self.suited(origin, ty, asks);
        Pat { kind: PatKind::Lit(lit), ty, span }
    }

    fn literal_value(&mut self, value: LiteralValue, span: Span) -> (Lit, Ty) {
        let common = self.w.common;
        match value {
            LiteralValue::Int { value, negative } => {
                let value = i128::from(value);
                let ty = self.infer.fresh(VarKind::Number, span);
                (Lit::Int(if negative { -value } else { value }), ty)
            }
            LiteralValue::Float(value) => (Lit::Float(value), self.infer.fresh(VarKind::Float, span)),
            LiteralValue::Duration(nanos) => (Lit::Int(i128::from(nanos)), common.int),
            LiteralValue::Bool(value) => (Lit::Bool(value), common.bool),
            LiteralValue::Char(value) => (Lit::Char(value), common.char),
            LiteralValue::Str(value) => (Lit::String(value), common.string),
        }
    }

    fn range_pattern(
        &mut self,
        start: &ast::LiteralPattern,
        end: &ast::LiteralPattern,
        inclusive: bool,
        ty: Ty,
        origin: Option<Origin>,
        span: Span,
    ) -> PatKind {
        let durations = |end: &ast::LiteralPattern| matches!(end.value, LiteralValue::Duration(_));
        let (first, first_ty) = self.literal_value(start.value, start.span);
        let (last, last_ty) = self.literal_value(end.value, end.span);
        if durations(start)
            && durations(end)
            && let Some(id) = self.w.lang.duration
        {
            return self.duration_range(id, (first, last, inclusive), ty, origin, span);
        }
        if !self.infer.unify(first_ty, last_ty) {
            self.pattern_mismatch(last_ty, first_ty, None, end.span);
            return PatKind::Wild;
        }
        let asks = self.asked(first_ty);
        if !self.infer.unify(ty, first_ty) {
            self.pattern_mismatch(first_ty, ty, origin, span);
            return PatKind::Wild;
        }
        self.suited(origin, ty, asks);
        self.ordered_range(first, last, inclusive, span)
    }

    /// A range of durations is one of their nanoseconds.
    fn duration_range(
        &mut self,
        id: wyn_hir::AdtId,
        (first, last, inclusive): (Lit, Lit, bool),
        ty: Ty,
        origin: Option<Origin>,
        span: Span,
    ) -> PatKind {
        let duration = self.w.adt_type(id, Vec::new());
        if !self.infer.unify(ty, duration) {
            self.pattern_mismatch(duration, ty, origin, span);
            return PatKind::Wild;
        }
        let count = self.ordered_range(first, last, inclusive, span);
        PatKind::Variant(id, 0, vec![(0, Pat { kind: count, ty: self.w.common.int, span })])
    }

    fn ordered_range(&mut self, first: Lit, last: Lit, inclusive: bool, span: Span) -> PatKind {
        let order = match (&first, &last) {
            (Lit::Int(a), Lit::Int(b)) => Some(a.cmp(b)),
            (Lit::Char(a), Lit::Char(b)) => Some(a.cmp(b)),
            _ => None,
        };
        let Some(order) = order else {
            self.w.report(
                Diagnostic::error(
                    Code::E0220,
                    span,
                    "only integers, characters and durations have ranges in patterns",
                )
                .help("use a guard: `x if x >= a && x < b => …`"),
            );
            return PatKind::Wild;
        };
        if order.is_gt() || (order.is_eq() && !inclusive) {
            let (label, help) = match order.is_eq() {
                true => ("the end of `..` does not belong to it", "write `..=`, or the value alone"),
                false => ("its end comes before its start", "exchange the two ends"),
            };
            self.w
                .report(Diagnostic::error(Code::E0220, span, "this range is empty").label(label).help(help));
            return PatKind::Wild;
        }
        PatKind::Range(first, last, inclusive)
    }

    fn tuple_pattern(&mut self, parts: &'a [ast::Pattern], ty: Ty, bound: &mut Bound, span: Span) -> PatKind {
        let types: Vec<Ty> = match ty.kind() {
            TyKind::Tuple(types) if types.len() == parts.len() => types.clone(),
            TyKind::Unit if parts.is_empty() => return PatKind::Wild,
            TyKind::Error | TyKind::Never => vec![ty; parts.len()],
            _ if self.infer.var_kind(ty) == Some(VarKind::Any) => {
                let types: Vec<Ty> = parts.iter().map(|part| self.fresh(part.span)).collect();
                self.infer.unify(ty, Ty::tuple(types.clone()));
                types
            }
            _ => {
                let shown = self.show(ty);
                let count = parts.len();
                let diagnostic = Diagnostic::error(
                    Code::E0201,
                    span,
                    format!("a pattern of {count} parts, but the value is `{shown}`"),
                )
                .label(format!("this takes {count} parts"));
                let diagnostic = match ty.kind() {
                    TyKind::Tuple(types) => {
                        let names = vec!["_"; types.len()].join(", ");
                        diagnostic.help(format!("name each of its parts, or write `_`: `({names})`"))
                    }
                    TyKind::Array(_) => {
                        diagnostic.help("an array has no fixed number of parts: write `xs[0]`, `xs[1]`")
                    }
                    _ => diagnostic.help("bind it to one name"),
                };
                let uses = self.uses_from(bound.origin, ty, Asks::Other);
                let error = self.w.disputed(diagnostic, uses);
                for part in parts {
                    self.pattern_in(part, error, bound);
                }
                return PatKind::Wild;
            }
        };
        let parts = parts.iter().zip(types).map(|(part, ty)| self.pattern_in(part, ty, bound)).collect();
        PatKind::Tuple(parts)
    }
}
