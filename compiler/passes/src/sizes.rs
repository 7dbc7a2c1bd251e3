//! Refuses values that no stack has room for.
//!
//! *Requires* concrete types. Structs, tuples and enums hold their parts in themselves, so a few declarations that
//! each hold two of the one before make a value of any size. Frames hold values whole, several at a time, and copy
//! them: there is a limit to what one may take.

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Code, Diagnostic, Diagnostics, IndexVec};
use wyn_mir::ownership::pointer;
use wyn_mir::{Adt, AdtId, LocalDecl, Program, Ty, TyKind};

/// Bytes that a value may take.
const LIMIT: u64 = 1 << 20;

/// Reports the first value that is too large.
pub(crate) fn run(program: &Program, diagnostics: &mut Diagnostics) {
    let mut sizes = Sizes { adts: &program.adts, known: FxHashMap::default(), seen: FxHashSet::default() };
    let locals = program.bodies.iter().flat_map(|body| body.locals.iter());
    let found = locals.filter_map(|decl| sizes.too_large(decl.ty).map(|ty| (decl, ty))).next();
    if let Some((LocalDecl { span, ty: outer, .. }, ty)) = found {
        let whole = sizes.of(ty);
        let label = match *outer == ty {
            true => "such a value comes to be here".to_owned(),
            false => format!("a value of `{outer}` comes to be here, and leads to it"),
        };
        diagnostics.report(
            Diagnostic::error(Code::E0293, *span, format!("a value of `{ty}` takes {}", text(whole)))
                .label(label)
                .note(format!(
                    "structs, tuples and enums hold their parts in themselves, and one value may take {} at most",
                    text(LIMIT)
                ))
                .help("keep parts in an array: its elements lie elsewhere"),
        );
    }
}

/// Bytes, for people.
fn text(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let unit = (0..units.len()).rev().find(|unit| bytes >> (10 * unit) > 0).unwrap_or(0);
    let whole = bytes >> (10 * unit);
    let over = if whole << (10 * unit) == bytes { "" } else { "over " };
    if whole >= 10_000 {
        "more than any memory has".to_owned()
    } else {
        format!("{over}{whole} {}", units[unit])
    }
}

struct Sizes<'a> {
    adts: &'a IndexVec<AdtId, Adt>,
    known: FxHashMap<Ty, u64>,
    /// Types of which it is known that nothing in them is too large.
    seen: FxHashSet<Ty>,
}

impl Sizes<'_> {
    /// The innermost type that is too large in this one, elements of arrays and the like included.
    fn too_large(&mut self, ty: Ty) -> Option<Ty> {
        if !self.seen.insert(ty) {
            return None;
        }
        let parts = match ty.kind() {
            TyKind::Adt(id, _, args) => self.adts[*id].types(args).collect(),
            _ => ty.parts(),
        };
        let inside = parts.into_iter().find_map(|part| self.too_large(part));
        inside.or_else(|| (self.of(ty) > LIMIT).then_some(ty))
    }

    /// About how many bytes a value takes: the exact layout is codegen's.
    fn of(&mut self, ty: Ty) -> u64 {
        const WORD: u64 = 8;
        match ty.kind() {
            TyKind::Tuple(_) | TyKind::Adt(..) if !pointer(ty, self.adts) => {}
            TyKind::Never | TyKind::Unit => return 0,
            _ => return WORD,
        }
        if let Some(&known) = self.known.get(&ty) {
            return known;
        }
        let adts = self.adts;
        let size = match ty.kind() {
            TyKind::Adt(id, _, args) => {
                let variants = adts[*id].variants.iter().map(|variant| self.sum(variant.types(args)));
                let largest = variants.max().unwrap_or(0);
                if adts[*id].variants.len() > 1 { largest.saturating_add(WORD) } else { largest }
            }
            _ => self.sum(ty.parts().into_iter()),
        };
        self.known.insert(ty, size);
        size
    }

    fn sum(&mut self, parts: impl Iterator<Item = Ty>) -> u64 {
        parts.fold(0, |sum: u64, part| sum.saturating_add(self.of(part)))
    }
}
