//! Declarations that contain themselves: which of them are boxed, and which cannot exist.
//!
//! Requires the fields of all structs and enums. Ensures:
//!
//! * [`Adt::boxed`](wyn_hir::Adt::boxed) is set so that no value contains its own type *by value*, that is
//!   through fields, tuples and type arguments alone; what lies in an array, a function or a handle is
//!   behind a pointer anyway;
//! * a declaration of which no value could ever be finished is reported, and so is one that would need
//!   ever larger type arguments. Fields that make such a cycle get the error type, so that later
//!   stages may walk types without meeting one that never ends.
//!
//! The graph is that of declarations, not of instances: `D` has an edge to each declaration that a field of
//! `D` mentions by value, also inside type arguments. Every cycle of instances follows a cycle of this
//! graph, because each instance on it was written by another one on it. On each cycle the enums are
//! boxed; where none is, the structs. `Option` and its like mention nobody and stay what they are.

use rustc_hash::FxHashMap;
use wyn_base::components::components;
use wyn_base::{Code, Diagnostic, Idx, IndexVec, Span};
use wyn_hir::{Adt, AdtId, AdtKind, Ty, TyKind};

use crate::world::World;

type Adts = IndexVec<AdtId, Adt>;

/// How many instances of declarations the search for values looks at; a program that has more is let through.
const MAX_INSTANCES: usize = 10_000;

/// How many steps of a cycle are worth pointing at, after the first.
const SHOWN: usize = 5;

/// A field of a declaration: variant and position.
type At = (usize, usize);

/// Decides about all declarations.
pub(crate) fn run(world: &mut World<'_>) {
    refuse_growing(world);
    let holds = Holds::new(&world.adts);
    let graph: Vec<Vec<usize>> = world.adts.indices().map(|id| holds.mentions(&world.adts, id)).collect();
    refuse_endless(world, &holds, &graph);
    let cyclic = components(&graph).cyclic(&graph);
    let is_enum = |at: usize| world.adts[AdtId::new(at)].kind == AdtKind::Enum;
    let mut boxed: Vec<bool> = (0..graph.len()).map(|at| cyclic[at] && is_enum(at)).collect();
    let rest: Vec<Vec<usize>> = graph
        .iter()
        .enumerate()
        .map(|(at, next)| match boxed[at] {
            true => Vec::new(),
            false => next.iter().copied().filter(|to| !boxed[*to]).collect(),
        })
        .collect();
    for (at, still) in components(&rest).cyclic(&rest).into_iter().enumerate() {
        boxed[at] |= still;
    }
    for (id, adt) in world.adts.indices().zip(boxed) {
        world.adts[id].boxed = adt;
    }
}

fn fields(adt: &Adt) -> impl Iterator<Item = (At, Ty)> + '_ {
    let variants = adt.variants.iter().enumerate();
    variants
        .flat_map(|(v, variant)| variant.fields.iter().enumerate().map(move |(f, field)| ((v, f), field.ty)))
}

/// Which type parameters a declaration holds by value.
struct Holds {
    params: IndexVec<AdtId, Vec<bool>>,
}

impl Holds {
    fn new(adts: &Adts) -> Self {
        let params = adts.iter().map(|adt| vec![false; adt.generics.len()]).collect();
        let mut this = Self { params };
        let mut users: IndexVec<AdtId, Vec<AdtId>> = IndexVec::from_elem(Vec::new(), adts.len());
        for (id, adt) in adts.iter_enumerated() {
            for (_, ty) in fields(adt) {
                for_each_adt(ty, &mut |used, _| users[used].push(id));
            }
        }
        let mut todo: Vec<AdtId> = adts.indices().collect();
        while let Some(id) = todo.pop() {
            let mut held = this.params[id].clone();
            for (_, ty) in fields(&adts[id]) {
                this.by_value(ty, &mut |part| {
                    if let TyKind::Param(at, _) = part.kind()
                        && let Some(held) = held.get_mut(*at as usize)
                    {
                        *held = true;
                    }
                });
            }
            if held != this.params[id] {
                this.params[id] = held;
                todo.extend(&users[id]);
            }
        }
        this
    }

    /// Calls `f` with the type and each one that it holds by value, as far as it is written here.
    fn by_value(&self, ty: Ty, f: &mut impl FnMut(Ty)) {
        f(ty);
        match ty.kind() {
            TyKind::Tuple(parts) => parts.iter().for_each(|part| self.by_value(*part, f)),
            TyKind::Adt(id, _, args) => {
                let held = args.iter().zip(&self.params[*id]).filter(|(_, held)| **held);
                held.for_each(|(arg, _)| self.by_value(*arg, f));
            }
            _ => {}
        }
    }

    /// The declarations that a type mentions by value.
    fn mentioned(&self, ty: Ty) -> Vec<usize> {
        let mut all = Vec::new();
        self.by_value(ty, &mut |part| {
            if let TyKind::Adt(id, ..) = part.kind() {
                all.push(id.index());
            }
        });
        all
    }

    fn mentions(&self, adts: &Adts, id: AdtId) -> Vec<usize> {
        let mut all: Vec<usize> = fields(&adts[id]).flat_map(|(_, ty)| self.mentioned(ty)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Calls `f` with each declaration that a type mentions anywhere, and its arguments.
fn for_each_adt(ty: Ty, f: &mut impl FnMut(AdtId, &[Ty])) {
    ty.any(&mut |part| {
        if let TyKind::Adt(id, _, args) = part.kind() {
            f(*id, args);
        }
        false
    });
}

// ----------------------------------------------------------------------------------- ever larger types

/// Reports declarations whose instances need ever larger instances.
///
/// The graph has the type parameters as nodes: an edge where one is an argument for another, a
/// *growing* one where it is part of a larger argument. The instances are endless iff a growing edge
/// lies on a cycle (Kennedy and Pierce, "On Decidability of Nominal Subtyping with Variance").
fn refuse_growing(world: &mut World<'_>) {
    let mut first = Vec::with_capacity(world.adts.len());
    let mut count = 0;
    for adt in &world.adts {
        first.push(count);
        count += adt.generics.len();
    }
    let mut graph = vec![Vec::new(); count];
    let mut growing: Vec<(usize, usize, AdtId, At)> = Vec::new();
    for (id, adt) in world.adts.iter_enumerated() {
        for (at, ty) in fields(adt) {
            for_each_adt(ty, &mut |used, args| {
                for (to, arg) in
                    args.iter().enumerate().filter(|(to, _)| *to < world.adts[used].generics.len())
                {
                    arg.any(&mut |part| {
                        if let TyKind::Param(param, _) = part.kind() {
                            let edge = (first[id.index()] + *param as usize, first[used.index()] + to);
                            graph[edge.0].push(edge.1);
                            if part != *arg {
                                growing.push((edge.0, edge.1, id, at));
                            }
                        }
                        false
                    });
                }
            });
        }
    }
    let parts = components(&graph);
    growing.retain(|(from, to, ..)| parts.of[*from] == parts.of[*to]);
    let mut reported = Vec::new();
    for (from, _, id, at) in growing {
        if reported.contains(&parts.of[from]) {
            poison(world, id, at);
            continue;
        }
        reported.push(parts.of[from]);
        let adt = &world.adts[id];
        let diagnostic = Diagnostic::error(
            Code::E0292,
            field_span(world, id, at),
            format!("`{}` needs ever larger types", adt.name),
        )
        .label(format!(
            "each `{}` needs a `{}`, and so one with larger type arguments",
            adt.name,
            ty_at(adt, at)
        ))
        .note("each use of a generic type is compiled for its own arguments; these never end")
        .help("use the type parameters themselves as arguments where the type mentions itself");
        world.report(diagnostic);
        poison(world, id, at);
    }
}

fn ty_at(adt: &Adt, (variant, field): At) -> Ty {
    adt.variants[variant].fields[field].ty
}

fn field_span(world: &World<'_>, id: AdtId, (variant, field): At) -> Span {
    let known = world.adt_info[id].fields.get(variant).and_then(|fields| fields.get(field));
    known.map_or(world.adts[id].span, |field| field.span)
}

/// Gives a field that was reported the error type.
fn poison(world: &mut World<'_>, id: AdtId, (variant, field): At) {
    if let Some(error) = world.last_error {
        world.adts[id].variants[variant].fields[field].ty = error;
        world.adt_info[id].wrong = Some(error);
    }
}

// ------------------------------------------------------------------------------------- without an end

/// Reports declarations of which no value can be finished, one for each cycle.
fn refuse_endless(world: &mut World<'_>, holds: &Holds, graph: &[Vec<usize>]) {
    let parts = components(graph);
    let cyclic = parts.cyclic(graph);
    let values = Values::new(&world.adts, |id| cyclic[id.index()]);
    let mut reported = Vec::new();
    for id in world.adts.indices() {
        let endless = |id: AdtId| cyclic[id.index()] && !values.exist(identity(&world.adts[id], id));
        if !endless(id) || reported.contains(&parts.of[id.index()]) {
            continue;
        }
        reported.push(parts.of[id.index()]);
        let inside = |to: &usize| parts.of[*to] == parts.of[id.index()] && endless(AdtId::new(*to));
        let hops = cycle(world, holds, id, inside);
        report_endless(world, &hops);
        for (from, at, _) in hops {
            poison(world, from, at);
        }
    }
}

/// A cycle of declarations from `start` or a later one on the way: declaration, field, and what the field holds.
fn cycle(
    world: &World<'_>,
    holds: &Holds,
    start: AdtId,
    inside: impl Fn(&usize) -> bool,
) -> Vec<(AdtId, At, AdtId)> {
    let mut hops: Vec<(AdtId, At, AdtId)> = Vec::new();
    let mut at = start;
    loop {
        if let Some(first) = hops.iter().position(|(from, ..)| *from == at) {
            return hops.split_off(first);
        }
        let step = fields(&world.adts[at])
            .find_map(|(field, ty)| Some((field, holds.mentioned(ty).into_iter().find(&inside)?)));
        let Some((field, next)) = step else { return hops };
        hops.push((at, field, AdtId::new(next)));
        at = AdtId::new(next);
    }
}

fn report_endless(world: &mut World<'_>, hops: &[(AdtId, At, AdtId)]) {
    let Some(((id, at, inner), others)) = hops.split_first() else { return };
    let (name, inner) = (world.adts[*id].name, world.adts[*inner].name);
    let again = if others.is_empty() { "another " } else { "" };
    let mut diagnostic = Diagnostic::error(
        Code::E0291,
        field_span(world, *id, *at),
        format!("no value of `{name}` can exist"),
    )
    .label(format!("every `{name}` holds {again}`{inner}`"));
    for (from, at, to) in others.iter().take(SHOWN) {
        let text = format!("every `{}` holds `{}`", world.adts[*from].name, world.adts[*to].name);
        diagnostic = diagnostic.also(field_span(world, *from, *at), text);
    }
    let help = match world.adts[*id].kind {
        AdtKind::Struct => format!("let it end: `{inner}?`, or any number of them: `[{inner}]`"),
        AdtKind::Enum => "add a variant that does not hold another one".to_owned(),
    };
    let note = "to make one, another one would have to be there first";
    world.report(diagnostic.note(note).help(help));
}

/// The declaration's type with its own parameters as arguments.
fn identity(adt: &Adt, id: AdtId) -> Ty {
    let params = adt.generics.iter().zip(0..);
    Ty::new(TyKind::Adt(id, adt.name, params.map(|(g, at)| Ty::new(TyKind::Param(at, g.name))).collect()))
}

/// Which instances of declarations have values: the least fixed point of "some variant has a value
/// for each field". Type parameters count as types with values.
struct Values {
    known: FxHashMap<Ty, bool>,
}

impl Values {
    fn new(adts: &Adts, of_interest: impl Fn(AdtId) -> bool) -> Self {
        let mut order = Vec::new();
        let mut known = FxHashMap::default();
        let mut todo: Vec<Ty> = adts
            .iter_enumerated()
            .filter(|(id, _)| of_interest(*id))
            .map(|(id, adt)| identity(adt, id))
            .collect();
        while let Some(ty) = todo.pop() {
            if known.len() > MAX_INSTANCES {
                return Self { known: FxHashMap::default() };
            }
            match ty.kind() {
                TyKind::Tuple(parts) => todo.extend(parts),
                TyKind::Adt(id, _, args) if known.insert(ty, false).is_none() => {
                    order.push(ty);
                    todo.extend(fields(&adts[*id]).map(|(_, ty)| ty.substitute(args)));
                }
                _ => {}
            }
        }
        let mut this = Self { known };
        loop {
            let mut changed = false;
            for ty in order.iter().rev() {
                if !this.known[ty] && this.some_variant(adts, *ty) {
                    this.known.insert(*ty, true);
                    changed = true;
                }
            }
            if !changed {
                return this;
            }
        }
    }

    fn some_variant(&self, adts: &Adts, ty: Ty) -> bool {
        let TyKind::Adt(id, _, args) = ty.kind() else { return true };
        let exist = |field: &wyn_hir::Field| self.exist(field.ty.substitute(args));
        adts[*id].variants.iter().any(|variant| variant.fields.iter().all(exist))
    }

    /// Whether there are values of the type.
    fn exist(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Tuple(parts) => parts.iter().all(|part| self.exist(*part)),
            TyKind::Adt(..) => self.known.get(&ty).copied().unwrap_or(true),
            _ => true,
        }
    }
}
