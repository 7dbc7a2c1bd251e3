//! What owning a value of a type means: whether it is counted, and when it must die.

use rustc_hash::FxHashSet;
use wyn_base::IndexVec;

use crate::{Adt, AdtId, Ty, TyKind};

type Adts = IndexVec<AdtId, Adt>;

/// When a value of a type dies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lifetime {
    /// After its last use; nobody can tell.
    Plain,
    /// After its last use, and everybody can tell: a `Sender`, or what holds one.
    LastUse,
    /// At the end of its block unless moved away: every other resource.
    Block,
}

/// Whether a value of this type is one pointer to a counted cell that holds its fields.
#[must_use]
pub fn boxed(ty: Ty, adts: &Adts) -> bool {
    matches!(ty.kind(), TyKind::Adt(id, ..) if adts[*id].boxed)
}

/// Whether values of this type hold references that are counted.
///
/// Type parameters count as counted: only Built MIR has them, and it asks to be on the safe side.
#[must_use]
pub fn counted(ty: Ty, adts: &Adts) -> bool {
    match ty.kind() {
        TyKind::String
        | TyKind::Array(_)
        | TyKind::Fn(..)
        | TyKind::Future(_)
        | TyKind::Sender(_)
        | TyKind::Receiver(_)
        | TyKind::Mutex(_)
        | TyKind::Atomic(_)
        | TyKind::Param(..) => true,
        TyKind::Tuple(parts) => parts.iter().any(|part| counted(*part, adts)),
        TyKind::Adt(id, _, args) => {
            adts[*id].boxed
                || adts[*id]
                    .variants
                    .iter()
                    .flat_map(|variant| &variant.fields)
                    .any(|field| counted(field.ty.substitute(args), adts))
        }
        _ => false,
    }
}

/// When a value of this type dies: the longest lifetime of anything that it may hold.
#[must_use]
pub fn lifetime(ty: Ty, adts: &Adts) -> Lifetime {
    longest(ty, adts, &mut FxHashSet::default())
}

/// A type that was looked into already, as types that contain themselves come to be, adds nothing.
fn longest(ty: Ty, adts: &Adts, seen: &mut FxHashSet<Ty>) -> Lifetime {
    match ty.kind() {
        TyKind::Receiver(_) | TyKind::Fn(..) => Lifetime::Block,
        TyKind::Sender(_) => Lifetime::LastUse,
        TyKind::Array(element) | TyKind::Mutex(element) => longest(*element, adts, seen),
        TyKind::Tuple(parts) => longest_of(parts.iter().copied(), adts, seen),
        TyKind::Adt(id, _, args) if seen.insert(ty) => {
            let fields = adts[*id].variants.iter().flat_map(|variant| &variant.fields);
            longest_of(fields.map(|field| field.ty.substitute(args)), adts, seen)
        }
        _ => Lifetime::Plain,
    }
}

fn longest_of(types: impl Iterator<Item = Ty>, adts: &Adts, seen: &mut FxHashSet<Ty>) -> Lifetime {
    types.map(|ty| longest(ty, adts, seen)).max().unwrap_or(Lifetime::Plain)
}

/// Whether values of this type are resources: passed owned, dropped at points fixed by the language.
#[must_use]
pub fn resource(ty: Ty, adts: &Adts) -> bool {
    lifetime(ty, adts) != Lifetime::Plain
}
