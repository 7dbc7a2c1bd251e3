//! Whether two types are the same up to parts that may be anything.

use rustc_hash::FxHashSet;
use wyn_hir::Ty;

use crate::world::Head;

/// Whether the types have the same shape; parts of which `open` holds fit whatever they are.
pub(crate) fn agree(a: Ty, b: Ty, open: &impl Fn(Ty, Ty) -> bool) -> bool {
    agree_unseen(a, b, open, &mut FxHashSet::default())
}

/// Pairs that were seen have agreed, or the search would have ended.
fn agree_unseen(a: Ty, b: Ty, open: &impl Fn(Ty, Ty) -> bool, seen: &mut FxHashSet<(Ty, Ty)>) -> bool {
    if a == b || open(a, b) || (a.is_large() && b.is_large() && !seen.insert((a, b))) {
        return true;
    }
    let (xs, ys) = (a.parts(), b.parts());
    !xs.is_empty()
        && Head::of(a) == Head::of(b)
        && xs.len() == ys.len()
        && xs.iter().zip(&ys).all(|(x, y)| agree_unseen(*x, *y, open, seen))
}
