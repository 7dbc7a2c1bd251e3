//! Patterns: tests, bindings, `match`.
//!
//! The scrutinee is matched in place. An arm first tests everything, then binds, then looks at its
//! guard. Alternatives (`a | b`) are spread out into patterns without alternatives that share the
//! arm's body. Where all tests are of one value against constants, one switch decides.

use std::borrow::Cow;

use wyn_hir::{AdtKind, Arm, Expr, Lit, LocalId, Pat, PatKind};
use wyn_mir::{BinOp, BlockId, Const, Operand, Place, Proj, Rvalue, TermKind, Ty, TyKind};

use crate::body::Builder;
use crate::global;
use crate::value::literal;
use crate::walk::may_write;

/// What a pattern without alternatives asks of the whole value, if that is all it asks.
enum Question {
    Nothing,
    Equals(i128),
    More,
}

impl<'h> Builder<'_, 'h> {
    pub(crate) fn match_arms(&mut self, dest: &Place, scrutinee: &'h Expr, arms: &'h [Arm]) {
        let mut guards = arms.iter().filter_map(|arm| arm.guard.as_ref());
        // Arms after a guard that writes must see what the first one saw.
        let place =
            if guards.any(may_write) { self.temp_of(scrutinee).into() } else { self.place(scrutinee) };
        let spread: Vec<Vec<Cow<'h, Pat>>> = arms.iter().map(|arm| spread(&arm.pat)).collect();
        let entries = self.switch(&place, scrutinee.ty, arms, &spread);
        let join = self.new_block();
        for (at, (arm, alternatives)) in arms.iter().zip(&spread).enumerate() {
            let depth = self.steps.len();
            self.declare_all(&alternatives[0]);
            let body = self.new_block();
            for (alternative, pat) in alternatives.iter().enumerate() {
                let otherwise = self.new_block();
                match &entries {
                    Some(entries) => self.current = entries[at][alternative],
                    None => self.test(&place, pat, otherwise),
                }
                self.bind_all(&place, pat);
                if let Some(guard) = &arm.guard {
                    let (yes, no) = (self.new_block(), self.new_block());
                    self.schedule_all(pat);
                    self.branch(guard, yes, no);
                    self.current = no;
                    self.close(depth);
                    self.end_into(TermKind::Goto(otherwise), yes);
                }
                self.end_into(TermKind::Goto(body), otherwise);
            }
            let next = std::mem::replace(&mut self.current, body);
            self.schedule_all(&alternatives[0]);
            self.scoped(|this| this.store(dest, &arm.body));
            self.close(depth);
            self.end_into(TermKind::Goto(join), next);
        }
        // The checker made sure that some arm matches.
        self.end_into(TermKind::Unreachable, join);
    }

    /// Decides between all arms at once, if it can: the entry of each alternative.
    fn switch(
        &mut self,
        place: &Place,
        ty: Ty,
        arms: &[Arm],
        spread: &[Vec<Cow<'h, Pat>>],
    ) -> Option<Vec<Vec<BlockId>>> {
        let questions: Vec<Vec<Question>> =
            spread.iter().map(|arm| arm.iter().map(|pat| self.question(pat)).collect()).collect();
        let mut all = questions.iter().flatten();
        let asks = questions.iter().flatten().any(|question| matches!(question, Question::Equals(_)));
        if !asks
            || all.any(|question| matches!(question, Question::More))
            || arms.iter().any(|arm| arm.guard.is_some())
        {
            return None;
        }
        let mut cases: Vec<(i128, BlockId)> = Vec::new();
        let mut otherwise = None;
        let mut entries = Vec::new();
        for arm in questions {
            let mut blocks = Vec::new();
            for question in arm {
                let block = self.new_block();
                blocks.push(block);
                match question {
                    Question::Equals(key)
                        if otherwise.is_none() && cases.iter().all(|(known, _)| *known != key) =>
                    {
                        cases.push((key, block));
                    }
                    Question::Nothing if otherwise.is_none() => otherwise = Some(block),
                    _ => {}
                }
            }
            entries.push(blocks);
        }
        let value = match ty.kind() {
            TyKind::Adt(..) => self.computed(Ty::int(), Rvalue::Discriminant(place.clone())).into(),
            _ => place.clone(),
        };
        let nothing = self.new_block();
        self.end_into(TermKind::Switch(Operand::Borrow(value), cases, otherwise.unwrap_or(nothing)), nothing);
        self.end(TermKind::Unreachable);
        Some(entries)
    }

    fn question(&self, pat: &Pat) -> Question {
        match &pat.kind {
            PatKind::Lit(Lit::Int(value)) => Question::Equals(*value),
            PatKind::Lit(Lit::Bool(value)) => Question::Equals(i128::from(*value)),
            PatKind::Lit(Lit::Char(value)) => Question::Equals(i128::from(u32::from(*value))),
            PatKind::Variant(adt, variant, fields)
                if self.cx.hir.adts[*adt].kind == AdtKind::Enum
                    && fields.iter().all(|(_, pat)| self.irrefutable(pat)) =>
            {
                Question::Equals(*variant as i128)
            }
            _ if self.irrefutable(pat) => Question::Nothing,
            _ => Question::More,
        }
    }

    /// Whether a pattern asks nothing.
    fn irrefutable(&self, pat: &Pat) -> bool {
        match &pat.kind {
            PatKind::Wild | PatKind::Bind(_) | PatKind::Lit(Lit::Unit) => true,
            PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => false,
            PatKind::Tuple(parts) => parts.iter().all(|part| self.irrefutable(part)),
            PatKind::Variant(adt, _, fields) => {
                self.cx.hir.adts[*adt].variants.len() == 1
                    && fields.iter().all(|(_, pat)| self.irrefutable(pat))
            }
            PatKind::Or(pats) => pats.iter().any(|pat| self.irrefutable(pat)),
        }
    }

    /// Goes on if the place matches, else to `fail`.
    fn test(&mut self, place: &Place, pat: &Pat, fail: BlockId) {
        let outer = std::mem::replace(&mut self.span, pat.span);
        match &pat.kind {
            PatKind::Wild | PatKind::Bind(_) | PatKind::Lit(Lit::Unit) => {}
            PatKind::Lit(lit @ (Lit::Float(_) | Lit::String(_))) => {
                self.test_order(place, BinOp::Eq, literal(lit, pat.ty), pat.ty, fail);
            }
            PatKind::Lit(Lit::Int(value)) => self.test_value(place.clone(), *value, fail),
            PatKind::Lit(Lit::Bool(value)) => self.test_value(place.clone(), i128::from(*value), fail),
            PatKind::Lit(Lit::Char(value)) => {
                self.test_value(place.clone(), i128::from(u32::from(*value)), fail);
            }
            PatKind::Const(id) => {
                self.test_order(place, BinOp::Eq, Const::Global(global(*id), pat.ty), pat.ty, fail);
            }
            PatKind::Range(low, high, inclusive) => {
                self.test_order(place, BinOp::Ge, literal(low, pat.ty), pat.ty, fail);
                let below = if *inclusive { BinOp::Le } else { BinOp::Lt };
                self.test_order(place, below, literal(high, pat.ty), pat.ty, fail);
            }
            PatKind::Tuple(parts) => {
                for (part, at) in parts.iter().zip(0..) {
                    self.test(&place.then(Proj::Field(at)), part, fail);
                }
            }
            PatKind::Variant(adt, variant, fields) => {
                if self.cx.hir.adts[*adt].variants.len() > 1 {
                    let number = self.computed(Ty::int(), Rvalue::Discriminant(place.clone()));
                    self.test_value(number.into(), *variant as i128, fail);
                }
                for (field, pat) in fields {
                    let part = self.field(place, (*adt, *variant), *field);
                    self.test(&part, pat, fail);
                }
            }
            PatKind::Or(_) => unreachable!("alternatives were spread out"),
        }
        self.span = outer;
    }

    fn test_value(&mut self, place: Place, value: i128, fail: BlockId) {
        let matched = self.new_block();
        self.end_into(TermKind::Switch(Operand::Borrow(place), vec![(value, matched)], fail), matched);
    }

    fn test_order(&mut self, place: &Place, op: BinOp, constant: Const, ty: Ty, fail: BlockId) {
        let holds = self.temp(Ty::bool());
        let value = Operand::Borrow(place.clone());
        self.compare(&holds.into(), op, ty, value, Operand::Const(constant));
        let matched = self.new_block();
        self.switch_bool(Operand::Borrow(holds.into()), matched, fail);
        self.current = matched;
    }

    /// Declares what a pattern binds. Tests may unwind, so the scopes begin when all is bound.
    pub(crate) fn declare_all(&mut self, pat: &Pat) {
        for_each_binding(pat, &mut |local| {
            self.declare_early(local);
        });
    }

    /// Begins the scopes of what a pattern has bound.
    pub(crate) fn schedule_all(&mut self, pat: &Pat) {
        for_each_binding(pat, &mut |local| {
            let variable = self.variable(local).local;
            self.schedule(variable, self.locals[variable].ty);
        });
    }

    /// Binds what a pattern that matched binds, from the parts of a place.
    pub(crate) fn bind_all(&mut self, place: &Place, pat: &Pat) {
        match &pat.kind {
            PatKind::Bind(local) => {
                let variable = self.variable(*local);
                self.assign_operand(&variable, Operand::Copy(place.clone()));
            }
            PatKind::Tuple(parts) => {
                for (part, at) in parts.iter().zip(0..) {
                    self.bind_all(&place.then(Proj::Field(at)), part);
                }
            }
            PatKind::Variant(adt, variant, fields) => {
                for (field, pat) in fields {
                    let part = self.field(place, (*adt, *variant), *field);
                    self.bind_all(&part, pat);
                }
            }
            PatKind::Or(pats) => self.bind_all(place, &pats[0]),
            PatKind::Wild | PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => {}
        }
    }

    fn field(&self, place: &Place, (adt, variant): (wyn_hir::AdtId, usize), field: usize) -> Place {
        let fits = |number: usize| u32::try_from(number).expect("a declaration's parts can be numbered");
        place.then(match self.cx.hir.adts[adt].kind {
            AdtKind::Struct => Proj::Field(fits(field)),
            AdtKind::Enum => Proj::Variant(fits(variant), fits(field)),
        })
    }
}

/// Calls `f` with each local that a pattern binds.
fn for_each_binding(pat: &Pat, f: &mut impl FnMut(LocalId)) {
    match &pat.kind {
        PatKind::Bind(local) => f(*local),
        PatKind::Tuple(parts) => parts.iter().for_each(|part| for_each_binding(part, f)),
        PatKind::Variant(_, _, fields) => fields.iter().for_each(|(_, pat)| for_each_binding(pat, f)),
        PatKind::Or(pats) => for_each_binding(&pats[0], f),
        PatKind::Wild | PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => {}
    }
}

/// The patterns without alternatives that a pattern stands for, in the order in which they are tried.
fn spread(pat: &Pat) -> Vec<Cow<'_, Pat>> {
    if !has_alternatives(pat) {
        return vec![Cow::Borrowed(pat)];
    }
    spread_out(pat).into_iter().map(Cow::Owned).collect()
}

fn has_alternatives(pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Or(_) => true,
        PatKind::Tuple(parts) => parts.iter().any(has_alternatives),
        PatKind::Variant(_, _, fields) => fields.iter().any(|(_, pat)| has_alternatives(pat)),
        PatKind::Wild | PatKind::Bind(_) | PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => false,
    }
}

fn spread_out(pat: &Pat) -> Vec<Pat> {
    let with = |kind| Pat { kind, ty: pat.ty, span: pat.span };
    match &pat.kind {
        PatKind::Or(pats) => pats.iter().flat_map(spread_out).collect(),
        PatKind::Tuple(parts) => {
            product(parts.iter()).into_iter().map(|parts| with(PatKind::Tuple(parts))).collect()
        }
        PatKind::Variant(adt, variant, fields) => product(fields.iter().map(|(_, pat)| pat))
            .into_iter()
            .map(|pats| {
                let fields = fields.iter().map(|(field, _)| *field).zip(pats).collect();
                with(PatKind::Variant(*adt, *variant, fields))
            })
            .collect(),
        PatKind::Wild | PatKind::Bind(_) | PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => {
            vec![pat.clone()]
        }
    }
}

/// Every way to choose one of what each pattern stands for; the last varies fastest.
fn product<'p>(pats: impl Iterator<Item = &'p Pat>) -> Vec<Vec<Pat>> {
    pats.fold(vec![Vec::new()], |rows, pat| {
        let choices = spread_out(pat);
        rows.iter()
            .flat_map(|row| choices.iter().map(move |choice| row.iter().chain([choice]).cloned().collect()))
            .collect()
    })
}
