//! Declarations of the prelude that the language itself refers to, found by name.
//!
//! `Option`, `Result`, `Error` and `Duration` are found with the names
//! ([`collect`](crate::collect)), because types mention them; maps, sets, ranges and the abilities that
//! are functions, here, when every function has its signature. A program without the prelude has none.

use wyn_base::Symbol;
use wyn_hir::{AdtId, Bound, FnId, MapItems, Ty, TyKind};

use crate::world::{Def, Head, World};

/// Functions of the prelude that do for a type what is derived for others: module, type, ability, function.
const ABILITIES: &[(&str, &str, Bound, &str)] = &[
    ("prelude", "Duration", Bound::Show, "show_duration"),
    ("prelude", "Error", Bound::Show, "show_error"),
    ("prelude", "Error", Bound::Eq, "equal_errors"),
    ("prelude.map", "Map", Bound::Show, "show_map"),
    ("prelude.map", "Map", Bound::Eq, "equal_maps"),
    ("prelude.range", "Range", Bound::Show, "show_range"),
    ("prelude.range", "Range", Bound::Eq, "equal_ranges"),
    ("prelude.set", "Set", Bound::Show, "show_set"),
    ("prelude.set", "Set", Bound::Eq, "equal_sets"),
];

/// Finds what headers have declared.
pub(crate) fn find(world: &mut World<'_>) {
    world.lang.map = map_items(world);
    world.lang.range = adt(world, "prelude.range", "Range");
    world.lang.lazy = adt(world, "prelude.range", "Lazy");
    world.lang.range_between = match def(world, "prelude.range", "range_between") {
        Some(Def::Fn(id)) => Some(id),
        _ => None,
    };
    world.lang.set = adt(world, "prelude.set", "Set");
    for (module, of, bound, function) in ABILITIES {
        if let (Some(adt), Some(Def::Fn(id))) = (adt(world, module, of), def(world, module, function)) {
            world.lang.abilities.push((adt, *bound, id));
        }
    }
}

fn def(world: &World<'_>, module: &str, name: &str) -> Option<Def> {
    let module = world.modules.iter().find(|m| m.is_std() && m.path == module)?;
    Some(module.names.get(&Symbol::new(name))?.def)
}

fn adt(world: &World<'_>, module: &str, name: &str) -> Option<AdtId> {
    match def(world, module, name)? {
        Def::Adt(id) => Some(id),
        _ => None,
    }
}

fn map_items(world: &World<'_>) -> Option<MapItems> {
    let map = adt(world, "prelude.map", "Map")?;
    let method = |name: &str| -> Option<FnId> {
        world.methods.get(&(Head::Adt(map), Symbol::new(name)))?.first().copied()
    };
    let Some(Def::Fn(missing)) = def(world, "prelude.map", "missing_key") else { return None };
    Some(MapItems {
        map,
        find: method("position_of")?,
        find_or_insert: method("position_or_insert")?,
        value_or: method("value_or")?,
        set: method("assign_entry")?,
        missing,
    })
}

impl World<'_> {
    /// The types of a map's keys and values.
    pub(crate) fn map_parts(&self, ty: Ty) -> Option<(Ty, Ty)> {
        match ty.kind() {
            TyKind::Adt(id, _, args) if self.lang.map.is_some_and(|items| items.map == *id) => {
                Some((args[0], args[1]))
            }
            _ => None,
        }
    }

    /// The type of a set's elements.
    pub(crate) fn set_element(&self, ty: Ty) -> Option<Ty> {
        match ty.kind() {
            TyKind::Adt(id, _, args) if self.lang.set == Some(*id) => args.first().copied(),
            _ => None,
        }
    }

    pub(crate) fn is_map_or_set(&self, ty: Ty) -> bool {
        self.map_parts(ty).is_some() || self.set_element(ty).is_some()
    }

    /// The type of a range's elements.
    pub(crate) fn range_element(&self, ty: Ty) -> Option<Ty> {
        match ty.kind() {
            TyKind::Adt(id, _, args) if self.lang.range == Some(*id) => args.first().copied(),
            _ => None,
        }
    }

    /// Whether the type is what `map` or `filter` of a range gives.
    pub(crate) fn is_lazy(&self, ty: Ty) -> bool {
        matches!(ty.kind(), TyKind::Adt(id, ..) if self.lang.lazy == Some(*id))
    }

    /// Whether what a declaration is made of is nobody's business: nothing is derived from its parts.
    pub(crate) fn is_opaque(&self, adt: AdtId) -> bool {
        let collections = [self.lang.map.map(|items| items.map), self.lang.set, self.lang.range];
        collections.contains(&Some(adt))
    }

    /// Whether a declaration is the standard library's.
    pub(crate) fn is_std_type(&self, adt: AdtId) -> bool {
        self.modules[self.adt_info[adt].module].is_std()
    }

    /// Whether some part of a declaration of the standard library is private: then nobody is told of its parts.
    pub(crate) fn is_sealed(&self, adt: AdtId) -> bool {
        self.is_std_type(adt) && self.adt_info[adt].fields.iter().flatten().any(|field| !field.public)
    }

    /// The function that does this for a declaration.
    pub(crate) fn own_ability(&self, adt: AdtId, bound: Bound) -> Option<FnId> {
        self.lang.abilities.iter().find(|(of, what, _)| *of == adt && *what == bound).map(|(.., id)| *id)
    }
}
