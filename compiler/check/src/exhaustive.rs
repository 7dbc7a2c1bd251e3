//! Which values a `match` misses, and which arms nothing reaches.
//!
//! Usefulness of pattern vectors after Maranget, "Warnings for pattern matching" (2007), with
//! integer and char patterns as ranges that are split where other rows begin and end. Takes
//! well-typed patterns. Constructors that no row names behave alike and are looked at once, and a row that
//! takes everything ends the search, so the work follows what is written rather than what the types
//! have. It is bounded all the same: deciding is NP-hard.

use rustc_hash::FxHashMap;
use wyn_base::{IndexVec, Symbol};
use wyn_hir::{Adt, AdtId, AdtKind, ConstId, Lit, Pat, PatKind, Ty, TyKind};

/// What is wrong with the arms of a match.
#[derive(Default, Debug)]
pub(crate) struct Report {
    /// Patterns of values that no arm matches, a few at most.
    pub(crate) missing: Vec<String>,
    /// Positions of arms that match nothing that earlier arms have left.
    pub(crate) unreachable: Vec<usize>,
    /// Whether the bound on the work was reached before it was known what is missing.
    pub(crate) gave_up: bool,
}

/// How many missing cases are worth naming.
const NAMED: usize = 4;
/// How many rows may be looked at.
const BUDGET: usize = 5_000_000;

/// Judges the arms of a match on a value of type `ty`; a flag says whether an arm has a guard.
pub(crate) fn judge(adts: &IndexVec<AdtId, Adt>, ty: Ty, arms: &[(&Pat, bool)]) -> Report {
    let mut cx = Cx { adts, budget: BUDGET };
    let mut report = Report::default();
    let all: Vec<P> = arms.iter().map(|(pat, _)| simplify(pat)).collect();
    let certain = all.iter().zip(arms).filter(|(_, (_, guarded))| !guarded);
    let rows: Vec<Row<'_>> = certain.map(|(p, _)| vec![p]).collect();
    let missing = cx.witnesses(&rows, &[&WILD], &[ty], NAMED);
    report.missing = missing.iter().filter_map(|w| w.first()).map(|w| w.show(adts)).collect();
    report.gave_up = cx.budget == 0;
    let mut earlier = Earlier::default();
    for (at, (p, (_, guarded))) in all.iter().zip(arms).enumerate() {
        let mut alternatives = Vec::new();
        flatten(&[p], &mut alternatives);
        let left = |row: &Row<'_>| !cx.witnesses(&earlier.overlapping(row[0]), row, &[ty], 1).is_empty();
        if !alternatives.iter().any(left) && cx.budget > 0 {
            report.unreachable.push(at);
        }
        if !guarded {
            alternatives.iter().for_each(|row| earlier.push(row[0]));
        }
    }
    report
}

/// The patterns of earlier arms, so kept that each arm is compared with those that it may overlap: a match has
/// thousands of arms when it is a table.
#[derive(Default)]
struct Earlier<'p> {
    /// Patterns of one constructor, by that.
    single: FxHashMap<&'p Ctor, Vec<&'p P>>,
    /// All others.
    several: Vec<&'p P>,
    all: Vec<&'p P>,
}

impl<'p> Earlier<'p> {
    fn push(&mut self, pattern: &'p P) {
        self.all.push(pattern);
        match single(pattern) {
            Some(ctor) => self.single.entry(ctor).or_default().push(pattern),
            None => self.several.push(pattern),
        }
    }

    /// Those that may match something that this one matches, each as a row.
    fn overlapping(&self, pattern: &P) -> Vec<Row<'p>> {
        let row = |pattern: &&'p P| vec![*pattern];
        match single(pattern) {
            Some(ctor) => self.single.get(ctor).into_iter().flatten().chain(&self.several).map(row).collect(),
            None => self.all.iter().map(row).collect(),
        }
    }
}

/// The constructor of a pattern that overlaps no pattern of another one.
fn single(pattern: &P) -> Option<&Ctor> {
    match pattern {
        P::Ctor(Ctor::Range(low, high), _) if low != high => None,
        P::Ctor(ctor, _) => Some(ctor),
        P::Wild | P::Or(_) => None,
    }
}

/// Whether the pattern matches every value of its type.
pub(crate) fn irrefutable(adts: &IndexVec<AdtId, Adt>, pat: &Pat) -> bool {
    match &pat.kind {
        PatKind::Wild | PatKind::Bind(_) => true,
        PatKind::Tuple(parts) => parts.iter().all(|p| irrefutable(adts, p)),
        PatKind::Variant(adt, _, fields) => {
            adts[*adt].variants.len() == 1 && fields.iter().all(|(_, p)| irrefutable(adts, p))
        }
        PatKind::Const(_) => false,
        PatKind::Lit(_) | PatKind::Range(..) | PatKind::Or(_) => {
            judge(adts, pat.ty, &[(pat, false)]).missing.is_empty()
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Ctor {
    /// A struct, or the variant of an enum at this position.
    Variant(AdtId, usize),
    Tuple(usize),
    Bool(bool),
    /// Integers or chars, both ends included.
    Range(i128, i128),
    Text(Symbol),
    Float(u64),
    /// A constant of unknown value.
    Const(ConstId),
    Unit,
}

#[derive(Clone, Debug)]
enum P {
    Wild,
    Ctor(Ctor, Vec<(usize, P)>),
    Or(Vec<P>),
}

static WILD: P = P::Wild;

/// The patterns that one arm still has for the parts of a value.
type Row<'p> = Vec<&'p P>;

/// From so many rows on, columns are looked at in the order that promises the least work; with fewer, in the
/// order in which they are written, so that missing cases are named in it.
const MANY_ROWS: usize = 40;

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
        PatKind::Const(id) => P::Ctor(Ctor::Const(*id), Vec::new()),
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
                Ctor::Text(_) | Ctor::Float(_) | Ctor::Const(_) => "_".to_owned(),
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
                variant.map_or(Vec::new(), |v| v.types(args).collect())
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
    fn witnesses<'p>(
        &mut self,
        rows: &[Row<'p>],
        query: &[&'p P],
        types: &[Ty],
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        if self.budget == 0 {
            return Vec::new();
        }
        self.budget = self.budget.saturating_sub(1 + rows.len());
        if rows.iter().any(|row| row.iter().all(|part| matches!(part, P::Wild))) {
            return Vec::new();
        }
        let Some((head, rest)) = query.split_first() else {
            return if rows.is_empty() { vec![Vec::new()] } else { Vec::new() };
        };
        let column = if rows.len() < MANY_ROWS { 0 } else { busiest(rows) };
        if column > 0 {
            return self.by_column(column, rows, query, types, limit);
        }
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
                    let with: Row<'p> = [alternative].into_iter().chain(rest.iter().copied()).collect();
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
                    found.extend(self.specialised(&piece, &[], rows, rest, types, limit - found.len()));
                    if found.len() >= limit {
                        break;
                    }
                }
                found
            }
            P::Ctor(ctor, parts) => self.specialised(ctor, parts, rows, rest, types, limit),
            P::Wild => self.wild(rows, rest, ty, types, limit),
        }
    }

    /// Looks at another column first.
    fn by_column<'p>(
        &mut self,
        column: usize,
        rows: &[Row<'p>],
        query: &[&'p P],
        types: &[Ty],
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        let mut rows = rows.to_vec();
        rows.iter_mut().for_each(|row| row.swap(0, column));
        let (mut query, mut types) = (query.to_vec(), types.to_vec());
        query.swap(0, column);
        types.swap(0, column);
        let mut found = self.witnesses(&rows, &query, &types, limit);
        found.iter_mut().for_each(|witness| witness.swap(0, column));
        found
    }

    fn wild<'p>(
        &mut self,
        rows: &[Row<'p>],
        rest: &[&'p P],
        ty: Ty,
        types: &[Ty],
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        let named = rows.iter().any(|row| !matches!(row[0], P::Wild));
        let candidates = match self.finite(ty) {
            _ if !named => None,
            Some(all) => Some(all),
            None => extent(ty).map(|(low, high)| split(rows, low, high)),
        };
        let mut found: Vec<Vec<Witness>> = Vec::new();
        let Some(candidates) = candidates else {
            for mut witness in self.default(rows, rest, types, limit) {
                witness.insert(0, Witness::Any);
                found.push(witness);
            }
            return found;
        };
        // What is left after any constructor that no row names.
        let mut unnamed: Option<Vec<Vec<Witness>>> = None;
        for (ctor, named) in candidates.iter().zip(by_candidate(rows, &candidates)) {
            let left = limit - found.len();
            if !named.is_empty() {
                let wild = rows.iter().filter(|row| matches!(row[0], P::Wild));
                let fitting: Vec<Row<'p>> = named.into_iter().chain(wild).cloned().collect();
                found.extend(self.specialised(ctor, &[], &fitting, rest, types, left));
            } else {
                let parts = vec![Witness::Any; self.parts(ctor, ty).len()];
                let rests = unnamed.get_or_insert_with(|| self.default(rows, rest, types, limit));
                found.extend(rests.iter().take(left).map(|rest| {
                    let whole = Witness::Ctor(ctor.clone(), parts.clone(), ty);
                    [whole].into_iter().chain(rest.iter().cloned()).collect()
                }));
            }
            if found.len() >= limit {
                break;
            }
        }
        found
    }

    /// What is left of the rest where the head is named by no row.
    fn default<'p>(
        &mut self,
        rows: &[Row<'p>],
        rest: &[&'p P],
        types: &[Ty],
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        let wild = rows.iter().filter(|row| matches!(row[0], P::Wild));
        let default: Vec<Row<'p>> = wild.map(|row| row[1..].to_vec()).collect();
        self.witnesses(&default, rest, &types[1..], limit)
    }

    /// Values of this constructor; `parts` are the query's for its parts, those that are not wild.
    fn specialised<'p>(
        &mut self,
        ctor: &Ctor,
        parts: &'p [(usize, P)],
        rows: &[Row<'p>],
        rest: &[&'p P],
        types: &[Ty],
        limit: usize,
    ) -> Vec<Vec<Witness>> {
        if limit == 0 {
            return Vec::new();
        }
        let mut inner = self.parts(ctor, types[0]);
        let arity = inner.len();
        inner.extend_from_slice(&types[1..]);
        let specialise = |parts: &'p [(usize, P)], tail: &[&'p P]| {
            let mut row: Row<'p> = Vec::with_capacity(arity + tail.len());
            row.resize(arity, &WILD);
            for (at, part) in parts {
                if let Some(slot) = row.get_mut(*at) {
                    *slot = part;
                }
            }
            row.extend_from_slice(tail);
            row
        };
        let kept: Vec<Row<'p>> = rows
            .iter()
            .filter_map(|row| match row[0] {
                P::Ctor(other, parts) if covers(other, ctor) => Some(specialise(parts, &row[1..])),
                P::Wild => Some(specialise(&[], &row[1..])),
                _ => None,
            })
            .collect();
        let query = specialise(parts, rest);
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

/// The column that the most rows ask something of.
fn busiest(rows: &[Row<'_>]) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let asks = |column: &usize| rows.iter().filter(|row| !matches!(row[*column], P::Wild)).count();
    // The first of several.
    (0..columns).rev().max_by_key(asks).unwrap_or(0)
}

/// For each of the candidates, which are in order if they are ranges, the rows that name it.
fn by_candidate<'r, 'p>(rows: &'r [Row<'p>], candidates: &[Ctor]) -> Vec<Vec<&'r Row<'p>>> {
    let mut named = vec![Vec::new(); candidates.len()];
    let places: FxHashMap<&Ctor, usize> = candidates.iter().zip(0..).collect();
    for row in rows {
        match row[0] {
            P::Ctor(Ctor::Range(low, high), _) => {
                let below = |candidate: &Ctor| matches!(candidate, Ctor::Range(start, _) if start < low);
                let first = candidates.partition_point(below);
                let inside = |candidate: &&Ctor| matches!(candidate, Ctor::Range(_, end) if end <= high);
                let count = candidates[first..].iter().take_while(inside).count();
                named[first..first + count].iter_mut().for_each(|rows| rows.push(row));
            }
            P::Ctor(ctor, _) => {
                if let Some(&at) = places.get(ctor) {
                    named[at].push(row);
                }
            }
            P::Wild | P::Or(_) => {}
        }
    }
    named
}

fn covers(pattern: &Ctor, piece: &Ctor) -> bool {
    match (pattern, piece) {
        (Ctor::Range(low, high), Ctor::Range(a, b)) => low <= a && b <= high,
        _ => pattern == piece,
    }
}

fn flatten<'p>(row: &[&'p P], into: &mut Vec<Row<'p>>) {
    match row[0] {
        P::Or(alternatives) => {
            for alternative in alternatives {
                let one: Row<'p> = [alternative].into_iter().chain(row[1..].iter().copied()).collect();
                flatten(&one, into);
            }
        }
        _ => into.push(row.to_vec()),
    }
}

/// `low..=high` in pieces that every row covers wholly or not at all.
fn split(rows: &[Row<'_>], low: i128, high: i128) -> Vec<Ctor> {
    let mut starts = vec![low];
    for row in rows {
        if let P::Ctor(Ctor::Range(a, b), _) = row[0] {
            starts.extend([*a, b + 1].into_iter().filter(|at| (low..=high).contains(at)));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([high]);
    starts.iter().zip(ends).filter(|(a, b)| **a <= *b).map(|(a, b)| Ctor::Range(*a, b)).collect()
}
