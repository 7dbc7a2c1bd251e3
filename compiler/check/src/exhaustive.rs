//! Which values a `match` misses, and which arms nothing reaches.
//!
//! Usefulness of pattern vectors after Maranget, "Warnings for pattern matching" (2007), with
//! integer and char patterns as ranges that are split where other rows begin and end. Takes
//! well-typed patterns. The work is bounded: beyond the bound the answer is "too complicated".

use wyn_base::{IndexVec, Symbol};
use wyn_hir::{Adt, AdtId, AdtKind, Lit, Pat, PatKind, Ty, TyKind};

/// What is wrong with the arms of a match.
#[derive(Default, Debug)]
pub(crate) struct Report {
    /// Patterns of values that no arm matches, a few at most.
    pub(crate) missing: Vec<String>,
    /// Positions of arms that match nothing that earlier arms have left.
    pub(crate) unreachable: Vec<usize>,
    /// Whether the bound on the work was reached; the other fields are then incomplete.
    pub(crate) gave_up: bool,
}

/// How many missing cases are worth naming.
const NAMED: usize = 4;
const BUDGET: usize = 400_000;

/// Judges the arms of a match on a value of type `ty`; a flag says whether an arm has a guard.
pub(crate) fn judge(adts: &IndexVec<AdtId, Adt>, ty: Ty, arms: &[(&Pat, bool)]) -> Report {
    let mut cx = Cx { adts, budget: BUDGET };
    let mut report = Report::default();
    let mut rows: Vec<Vec<P>> = Vec::new();
    for (at, (pat, guarded)) in arms.iter().enumerate() {
        let p = simplify(pat);
        if cx.witnesses(&rows, std::slice::from_ref(&p), &[ty], 1).is_empty() && cx.budget > 0 {
            report.unreachable.push(at);
        }
        if !guarded {
            rows.push(vec![p]);
        }
    }
    let missing = cx.witnesses(&rows, &[P::Wild], &[ty], NAMED);
    report.missing = missing.iter().filter_map(|w| w.first()).map(|w| w.show(adts)).collect();
    report.gave_up = cx.budget == 0;
    report
}

/// Whether the pattern matches every value of its type.
pub(crate) fn irrefutable(adts: &IndexVec<AdtId, Adt>, pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Wild | PatKind::Bind(_) => true,
        PatKind::Tuple(parts) => parts.iter().all(|p| irrefutable(adts, p)),
        PatKind::Variant(adt, _, fields) => {
            adts[*adt].variants.len() == 1 && fields.iter().all(|(_, p)| irrefutable(adts, p))
        }
        PatKind::Lit(_) | PatKind::Range(..) | PatKind::Or(_) => {
            judge(adts, pat.ty, &[(pat, false)]).missing.is_empty()
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
enum Ctor {
    /// A struct, or the variant of an enum at this position.
    Variant(AdtId, usize),
    Tuple(usize),
    Bool(bool),
    /// Integers or chars, both ends included.
    Range(i128, i128),
    Text(Symbol),
    Float(u64),
    Unit,
}

#[derive(Clone, Debug)]
enum P {
    Wild,
    Ctor(Ctor, Vec<(usize, P)>),
    Or(Vec<P>),
}

fn simplify(pat: &Pat) -> P {
    match &pat.kind {
        PatKind::Wild | PatKind::Bind(_) => P::Wild,
        PatKind::Lit(lit) => match lit {
            Lit::Unit => P::Ctor(Ctor::Unit, Vec::new()),
            Lit::Bool(b) => P::Ctor(Ctor::Bool(*b), Vec::new()),
            Lit::Float(f) => P::Ctor(Ctor::Float(f.to_bits()), Vec::new()),
            Lit::String(s) => P::Ctor(Ctor::Text(*s), Vec::new()),
            Lit::Int(_) | Lit::Char(_) => P::Ctor(Ctor::Range(ordinal(lit), ordinal(lit)), Vec::new()),
        },
        PatKind::Range(start, end, inclusive) => {
            P::Ctor(Ctor::Range(ordinal(start), ordinal(end) - i128::from(!*inclusive)), Vec::new())
        }
        PatKind::Tuple(parts) => {
            P::Ctor(Ctor::Tuple(parts.len()), parts.iter().map(simplify).enumerate().collect())
        }
        PatKind::Variant(adt, at, fields) => {
            P::Ctor(Ctor::Variant(*adt, *at), fields.iter().map(|(field, p)| (*field, simplify(p))).collect())
        }
        PatKind::Or(parts) => P::Or(parts.iter().map(simplify).collect()),
    }
}

fn ordinal(lit: &Lit) -> i128 {
    match lit {
        Lit::Int(value) => *value,
        Lit::Char(c) => i128::from(u32::from(*c)),
        _ => 0,
    }
}

/// A value that is not matched, as a pattern.
#[derive(Clone, Debug)]
enum Witness {
    Any,
    Ctor(Ctor, Vec<Witness>, Ty),
}

impl Witness {
    fn show(&self, adts: &IndexVec<AdtId, Adt>) -> String {
        let list = |parts: &[Self]| parts.iter().map(|p| p.show(adts)).collect::<Vec<_>>().join(", ");
        match self {
            Self::Any => "_".to_owned(),
            Self::Ctor(ctor, parts, ty) => match ctor {
                Ctor::Variant(adt, at) => {
                    let adt = &adts[*adt];
                    let variant = &adt.variants[*at];
                    if parts.is_empty() {
                        variant.name.to_string()
                    } else if variant.fields.iter().all(|f| f.name.is_some()) {
                        let shown: Vec<_> = variant
                            .fields
                            .iter()
                            .zip(parts)
                            .filter_map(|(f, p)| match (f.name, p) {
                                (Some(name), p) if !matches!(p, Self::Any) => {
                                    Some(format!("{name}: {}", p.show(adts)))
                                }
                                _ => None,
                            })
                            .collect();
                        match shown.len() {
                            0 => format!("{} {{ .. }}", variant.name),
                            n if n == parts.len() => format!("{} {{ {} }}", variant.name, shown.join(", ")),
                            _ => format!("{} {{ {}, .. }}", variant.name, shown.join(", ")),
                        }
                    } else {
                        format!("{}({})", variant.name, list(parts))
                    }
                }
                Ctor::Tuple(_) => format!("({})", list(parts)),
                Ctor::Bool(b) => b.to_string(),
                Ctor::Range(low, high) => match extent(*ty) {
                    Some((min, max)) if low != high && (*low == min || *high == max) => "_".to_owned(),
                    _ if low == high => ordinal_text(*low, *ty),
                    _ => format!("{}..={}", ordinal_text(*low, *ty), ordinal_text(*high, *ty)),
                },
                Ctor::Text(_) | Ctor::Float(_) => "_".to_owned(),
                Ctor::Unit => "()".to_owned(),
            },
        }
    }
}

fn ordinal_text(value: i128, ty: Ty) -> String {
    match ty.kind() {
        TyKind::Char => {
            u32::try_from(value).ok().and_then(char::from_u32).map_or("_".to_owned(), |c| format!("{c:?}"))
        }
        _ => value.to_string(),
    }
}

/// The least and greatest ordinal of a type whose patterns are ranges.
fn extent(ty: Ty) -> Option<(i128, i128)> {
    match ty.kind() {
        TyKind::Int(int) => Some(((*int).min(), (*int).max())),
        TyKind::Char => Some((0, i128::from(u32::from(char::MAX)))),
        _ => None,
    }
}

struct Cx<'a> {
    adts: &'a IndexVec<AdtId, Adt>,
    budget: usize,
}

impl Cx<'_> {
    /// The types of a constructor's parts.
    fn parts(&self, ctor: &Ctor, ty: Ty) -> Vec<Ty> {
        match (ctor, ty.kind()) {
            (Ctor::Variant(adt, at), TyKind::Adt(_, _, args)) => {
                let variant = self.adts[*adt].variants.get(*at);
                variant.map_or(Vec::new(), |v| v.fields.iter().map(|f| f.ty.substitute(args)).collect())
            }
            (Ctor::Tuple(_), TyKind::Tuple(parts)) => parts.clone(),
            _ => Vec::new(),
        }
    }

    /// All constructors of a type that has finitely many, apart from ranges.
    fn finite(&self, ty: Ty) -> Option<Vec<Ctor>> {
        match ty.kind() {
            TyKind::Bool => Some(vec![Ctor::Bool(true), Ctor::Bool(false)]),
            TyKind::Unit => Some(vec![Ctor::Unit]),
            TyKind::Tuple(parts) => Some(vec![Ctor::Tuple(parts.len())]),
            TyKind::Adt(id, ..) => {
                let adt = &self.adts[*id];
                let count = if adt.kind == AdtKind::Struct { 1 } else { adt.variants.len() };
                Some((0..count).map(|at| Ctor::Variant(*id, at)).collect())
            }
            _ => None,
        }
    }

    /// Values that `query` matches and no row does, `limit` at most.
    fn witnesses(&mut self, rows: &[Vec<P>], query: &[P], types: &[Ty], limit: usize) -> Vec<Vec<Witness>> {
        if self.budget == 0 {
            return Vec::new();
        }
        self.budget -= 1;
        let Some((head, rest)) = query.split_first() else {
            return if rows.is_empty() { vec![Vec::new()] } else { Vec::new() };
        };
        let ty = types[0];
        if rows.iter().any(|row| matches!(row[0], P::Or(_))) {
            let mut flat = Vec::with_capacity(rows.len());
            for row in rows {
                flatten(row, &mut flat);
            }
            return self.witnesses(&flat, query, types, limit);
        }
        match head {
            P::Or(alternatives) => {
                let mut found = Vec::new();
                for alternative in alternatives {
                    let mut with = vec![alternative.clone()];
                    with.extend_from_slice(rest);
                    found.extend(self.witnesses(rows, &with, types, limit - found.len()));
                    if found.len() >= limit {
                        break;
                    }
                }
                found
            }
            P::Ctor(Ctor::Range(low, high), _) => {
                let mut found = Vec::new();
                for piece in split(rows, *low, *high) {
                    found.extend(self.specialised(&piece, None, rows, rest, types, limit - found.len()));
                    if found.len() >= limit {
                        break;
                    }
                }
                found
            }
            P::Ctor(ctor, parts) => self.specialised(ctor, Some(parts), rows, rest, types, limit),
            P::Wild => self.wild(rows, rest, ty, types, limit),
        }
    }

    fn wild(&mut self, rows: &[Vec<P>], rest: &[P], ty: Ty, types: &[Ty], limit: usize) -> Vec<Vec<Witness>> {
        let named = rows.iter().any(|row| !matches!(row[0], P::Wild));
        let candidates = match self.finite(ty) {
            _ if !named => None,
            Some(all) => Some(all),
            None => extent(ty).map(|(low, high)| split(rows, low, high)),
        };
        let mut found: Vec<Vec<Witness>> = Vec::new();
        let Some(candidates) = candidates else {
            let default: Vec<Vec<P>> =
                rows.iter().filter(|row| matches!(row[0], P::Wild)).map(|row| row[1..].to_vec()).collect();
            for mut witness in self.witnesses(&default, rest, &types[1..], limit) {
                witness.insert(0, Witness::Any);
                found.push(witness);
            }
            return found;
        };
        for ctor in candidates {
            found.extend(self.specialised(&ctor, None, rows, rest, types, limit - found.len()));
            if found.len() >= limit {
                break;
            }
        }
        found
    }

    fn specialised(
        &mut self,
        ctor: &Ctor,
        parts: Option<&[(usize, P)]>,
        rows: &[Vec<P>],
        rest: &[P],
        types: &[Ty],
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        if limit == 0 {
            return Vec::new();
        }
        let mut inner = self.parts(ctor, types[0]);
        let arity = inner.len();
        inner.extend_from_slice(&types[1..]);
        let specialise = |parts: &[(usize, P)], tail: &[P]| {
            let mut row = vec![P::Wild; arity];
            for (at, part) in parts {
                if let Some(slot) = row.get_mut(*at) {
                    *slot = part.clone();
                }
            }
            row.extend_from_slice(tail);
            row
        };
        let kept: Vec<Vec<P>> = rows
            .iter()
            .filter_map(|row| match &row[0] {
                P::Ctor(other, parts) if covers(other, ctor) => Some(specialise(parts, &row[1..])),
                P::Wild => Some(specialise(&[], &row[1..])),
                _ => None,
            })
            .collect();
        let query = specialise(parts.unwrap_or(&[]), rest);
        let found = self.witnesses(&kept, &query, &inner, limit);
        let rebuild = |mut witness: Vec<Witness>| {
            let tail = witness.split_off(arity);
            let mut whole = vec![Witness::Ctor(ctor.clone(), witness, types[0])];
            whole.extend(tail);
            whole
        };
        found.into_iter().map(rebuild).collect()
    }
}

fn covers(pattern: &Ctor, piece: &Ctor) -> bool {
    match (pattern, piece) {
        (Ctor::Range(low, high), Ctor::Range(a, b)) => low <= a && b <= high,
        _ => pattern == piece,
    }
}

fn flatten(row: &[P], into: &mut Vec<Vec<P>>) {
    match &row[0] {
        P::Or(alternatives) => {
            for alternative in alternatives {
                let mut one = vec![alternative.clone()];
                one.extend_from_slice(&row[1..]);
                flatten(&one, into);
            }
        }
        _ => into.push(row.to_vec()),
    }
}

/// `low..=high` in pieces that every row covers wholly or not at all.
fn split(rows: &[Vec<P>], low: i128, high: i128) -> Vec<Ctor> {
    let mut starts = vec![low];
    for row in rows {
        if let P::Ctor(Ctor::Range(a, b), _) = &row[0] {
            starts.extend([*a, b + 1].into_iter().filter(|at| (low..=high).contains(at)));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([high]);
    starts.iter().zip(ends).filter(|(a, b)| **a <= *b).map(|(a, b)| Ctor::Range(*a, b)).collect()
}
