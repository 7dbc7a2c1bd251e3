//! What other languages call the methods and operators of maps, sets and ranges, and how the same is written here.

use wyn_base::Symbol;
use wyn_hir::{Ty, TyKind};

use crate::body::FnCx;

/// What another language calls a method of maps, and how the same is written here.
const MAP_HABITS: &[(&[&str], &str)] = &[
    (&["has", "contains", "has_key", "containsKey", "exists", "includes"], "`key in m` asks for a key"),
    (
        &["put", "set", "add", "store", "push"],
        "`m[key] = value` sets a value; `.insert` also gives the old one",
    ),
    (&["delete", "del", "erase", "pop", "discard"], "did you mean `remove`?"),
    (
        &["items", "entries", "iter", "pairs"],
        "`for k, v in m` goes through the entries, `.to_array()` gives pairs",
    ),
    (
        &["entry", "setdefault", "get_or_insert", "or_insert", "computeIfAbsent"],
        "`m[key, default: value]` is the entry, inserted when it is missing: `m[key, default: 0] += 1`",
    ),
    (&["get_or", "getOrDefault", "get_or_default", "unwrap_or"], "write `m.get(key) ?? value`"),
    (&["at", "lookup"], "`m[key]` is the value, `m.get(key)` gives an option"),
    (&["update", "merge", "append"], "did you mean `extend`?"),
    (&["map"], "`.map_values(f)` changes the values; `.to_array()` gives pairs to `map`"),
    (
        &["sort", "sorted", "sort_by_key", "sort_by"],
        "a map keeps the order of insertion: sort its `.to_array()` or `.keys()`",
    ),
    (&["length", "size"], "did you mean `len`?"),
];

/// The same for sets.
const SET_HABITS: &[(&[&str], &str)] = &[
    (&["has", "contains_key", "includes", "exists"], "`x in set` asks for an element"),
    (&["add", "push", "append", "put"], "did you mean `insert`?"),
    (&["delete", "del", "erase", "discard", "pop"], "did you mean `remove`?"),
    (&["intersect"], "did you mean `intersection`?"),
    (&["update", "merge"], "did you mean `extend`?"),
    (&["minus", "subtract", "except"], "did you mean `difference`?"),
    (
        &["items", "iter", "values", "to_list"],
        "`for x in set` goes through the elements, `.to_array()` gives them",
    ),
    (&["get", "first", "last"], "a set has no positions: `.to_array()` has"),
    (&["sort", "sorted"], "a set keeps the order of insertion: sort its `.to_array()`"),
    (&["length", "size"], "did you mean `len`?"),
];

/// The same for ranges.
const RANGE_HABITS: &[(&[&str], &str)] = &[
    (&["step_by", "by", "stride", "every"], "did you mean `step`?"),
    (&["reverse", "reversed", "backwards"], "did you mean `rev`?"),
    (&["collect", "to_list", "to_vec", "toArray"], "did you mean `to_array`?"),
    (&["enumerate"], "`for i, x in range` counts the rounds"),
    (&["iter", "into_iter"], "a range is gone through as it is"),
    (&["reduce"], "did you mean `fold`?"),
    (&["for_each", "forEach"], "did you mean `each`?"),
    (&["length", "size"], "did you mean `len`?"),
];

/// Methods of ranges that are looked for in integers: `0..n.step(2)` is `0..(n.step(2))`.
const END_OF_RANGE_HABITS: &[(&[&str], &str)] = &[(
    &["step", "step_by", "rev", "map", "filter", "each", "to_array", "fold", "sum", "len"],
    "a range has it, in parentheses: `(0..n).rev()`",
)];

impl FnCx<'_, '_> {
    /// How a method that maps, sets, ranges or integers do not have is written here.
    pub(crate) fn collection_habit(&self, ty: Ty, method: Symbol) -> Option<&'static str> {
        let habits = if self.w.map_parts(ty).is_some() {
            MAP_HABITS
        } else if self.w.set_element(ty).is_some() {
            SET_HABITS
        } else if self.w.range_element(ty).is_some() || self.w.is_lazy(ty) {
            RANGE_HABITS
        } else if matches!(ty.kind(), TyKind::Int(_)) {
            END_OF_RANGE_HABITS
        } else {
            return None;
        };
        let (_, help) = habits.iter().find(|(names, _)| names.contains(&method.as_str()))?;
        Some(help)
    }

    /// What is written for an operator that maps and sets do not have.
    pub(crate) fn collection_operator(&self, ty: Ty, op: &str) -> Option<&'static str> {
        if self.w.map_parts(ty).is_some() {
            return matches!(op, "+" | "|").then_some("`a.extend(b)` inserts the entries of `b` into `a`");
        }
        self.w.set_element(ty)?;
        Some(match op {
            "|" | "+" => "write `a.union(b)`",
            "&" => "write `a.intersection(b)`",
            "-" => "write `a.difference(b)`",
            "^" => "write `a.symmetric_difference(b)`",
            _ => return None,
        })
    }
}
