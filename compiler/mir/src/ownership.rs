//! What owning a value of a type means: whether it is counted, and when it must die.

use wyn_base::IndexVec;

use crate::{Adt, AdtId, Ty, TyKind};

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

/// Whether values of this type hold references that are counted.
///
/// Type parameters count as counted: only Built MIR has them, and it asks to be on the safe side.
#[must_use]
pub fn counted(ty: Ty, adts: &IndexVec<AdtId, Adt>) -> bool {
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
        TyKind::Adt(id, _, args) => adts[*id]
            .variants
            .iter()
            .flat_map(|variant| &variant.fields)
            .any(|field| counted(field.ty.substitute(args), adts)),
        _ => false,
    }
}

/// When a value of this type dies.
#[must_use]
pub fn lifetime(ty: Ty, adts: &IndexVec<AdtId, Adt>) -> Lifetime {
    match ty.kind() {
        TyKind::Receiver(_) | TyKind::Fn(..) => Lifetime::Block,
        TyKind::Sender(_) => Lifetime::LastUse,
        TyKind::Array(element) | TyKind::Mutex(element) => lifetime(*element, adts),
        TyKind::Tuple(parts) => longest(parts.iter().map(|part| lifetime(*part, adts))),
        TyKind::Adt(id, _, args) => longest(
            adts[*id]
                .variants
                .iter()
                .flat_map(|variant| &variant.fields)
                .map(|field| lifetime(field.ty.substitute(args), adts)),
        ),
        _ => Lifetime::Plain,
    }
}

/// Whether values of this type are resources: passed owned, dropped at points fixed by the language.
#[must_use]
pub fn resource(ty: Ty, adts: &IndexVec<AdtId, Adt>) -> bool {
    lifetime(ty, adts) != Lifetime::Plain
}

fn longest(lifetimes: impl Iterator<Item = Lifetime>) -> Lifetime {
    lifetimes.max().unwrap_or(Lifetime::Plain)
}
