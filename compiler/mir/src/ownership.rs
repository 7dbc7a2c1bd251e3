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
    search(ty, adts, &mut |part| match part.kind() {
        TyKind::Param(..) => Step::Found,
        TyKind::Tuple(_) => Step::Inside,
        TyKind::Adt(id, ..) if !adts[*id].boxed => Step::Inside,
        _ if pointer(part, adts) => Step::Found,
        _ => Step::Past,
    })
}

/// Whether a value of this type is one pointer, to a counted object or a handle, and never null.
#[must_use]
pub fn pointer(ty: Ty, adts: &Adts) -> bool {
    match ty.kind() {
        TyKind::String
        | TyKind::Array(_)
        | TyKind::Fn(..)
        | TyKind::Future(_)
        | TyKind::Sender(_)
        | TyKind::Receiver(_)
        | TyKind::Mutex(_)
        | TyKind::Atomic(_) => true,
        TyKind::Adt(..) => boxed(ty, adts),
        TyKind::Never
        | TyKind::Unit
        | TyKind::Bool
        | TyKind::Int(_)
        | TyKind::F64
        | TyKind::F32
        | TyKind::Char
        | TyKind::Tuple(_)
        | TyKind::Param(..)
        | TyKind::Infer(_)
        | TyKind::Error => false,
    }
}

/// When a value of this type dies: the longest lifetime of anything that it may hold.
#[must_use]
pub fn lifetime(ty: Ty, adts: &Adts) -> Lifetime {
    let mut longest = Lifetime::Plain;
    search(ty, adts, &mut |part| match part.kind() {
        TyKind::Receiver(_) | TyKind::Fn(..) => {
            longest = Lifetime::Block;
            Step::Found
        }
        TyKind::Sender(_) => {
            longest = Lifetime::LastUse;
            Step::Past
        }
        TyKind::Array(_) | TyKind::Mutex(_) | TyKind::Tuple(_) | TyKind::Adt(..) => Step::Inside,
        _ => Step::Past,
    });
    longest
}

/// Whether values of this type are resources: passed owned, dropped at points fixed by the language.
#[must_use]
pub fn resource(ty: Ty, adts: &Adts) -> bool {
    lifetime(ty, adts) != Lifetime::Plain
}

/// What a search through a type does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// End: the answer is yes.
    Found,
    /// Look at the types in this one: those of all fields of a struct or enum, the parts of any other.
    Inside,
    /// Go on with the next.
    Past,
}

/// Searches a type and the types in it, each once, the outermost first: whether `f` has found something.
pub fn search(ty: Ty, adts: &Adts, f: &mut impl FnMut(Ty) -> Step) -> bool {
    Search { adts, f, steps: 0, seen: FxHashSet::default() }.ty(ty)
}

/// Most searches end before it pays to remember where they have been.
const UNREMEMBERED: u32 = 24;

struct Search<'a, F> {
    adts: &'a Adts,
    f: &'a mut F,
    steps: u32,
    /// Types that were looked into: those that contain themselves, or are shared, add nothing the second time.
    seen: FxHashSet<Ty>,
}

impl<F: FnMut(Ty) -> Step> Search<'_, F> {
    fn ty(&mut self, ty: Ty) -> bool {
        match (self.f)(ty) {
            Step::Found => return true,
            Step::Past => return false,
            Step::Inside => {}
        }
        self.steps += 1;
        if self.steps > UNREMEMBERED && !self.seen.insert(ty) {
            return false;
        }
        match ty.kind() {
            TyKind::Adt(id, _, args) => {
                let adts = self.adts;
                adts[*id].types(args).any(|part| self.ty(part))
            }
            TyKind::Tuple(parts) => parts.iter().any(|part| self.ty(*part)),
            _ => ty.parts().into_iter().any(|part| self.ty(part)),
        }
    }
}
