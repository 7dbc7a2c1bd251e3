//! What other languages call the methods of values, and how the same is written here.

use wyn_base::Symbol;
use wyn_base::habits::{Habits, find};
use wyn_hir::{Ty, TyKind};

use crate::body::FnCx;
use crate::sync_habits;

/// Methods that any value is thought to have.
pub(crate) const ANY_HABITS: Habits = &[
    (&["to_string", "toString", "to_str", "str", "string", "display"], "text of a value is `\"${x}\"`"),
    (&["clone", "copy", "dup", "to_owned", "deepcopy"], "values are copied by assignment: `var b = a`"),
    (&["equals", "eq", "isEqual", "is_equal"], "values are compared with `a == b`"),
    (&["compareTo", "compare_to", "cmp", "compare"], "`a < b` compares, `compare(a, b)` gives an `Ordering`"),
    (&["hashCode", "hash_code", "hash"], "a `Map` or `Set` hashes its keys by itself"),
    (&["min", "max"], "write `min(a, b)` or `max(a, b)`"),
    (&["clamp"], "write `clamp(x, low, high)`"),
    (&["print", "println", "log"], "write `print(x)`"),
    (&["as_ref", "as_mut", "borrow"], "there are no references: use the value as it is"),
];

pub(crate) const ARRAY_HABITS: Habits = &[
    (&["length", "size"], "did you mean `len`?"),
    (&["append", "add", "push_back", "push_all", "put"], "did you mean `push`?"),
    (&["append_all", "addAll", "add_all", "extend_from_slice"], "did you mean `extend`?"),
    (&["plus"], "write `a + b`"),
    (&["pop_back", "remove_last", "removeLast"], "did you mean `pop`?"),
    (&["shift", "pop_front", "pop_first", "dequeue"], "`.remove(0)` takes the first element"),
    (&["unshift", "push_front", "prepend"], "`.insert(0, x)` puts an element before all others"),
    (&["delete", "delete_at", "remove_at", "removeAt", "erase"], "`.remove(index)` takes an element out"),
    (&["forEach", "for_each"], "did you mean `each`?"),
    (&["includes", "has", "exists"], "did you mean `contains`?"),
    (
        &["indexOf", "index", "find_index", "findIndex"],
        "`.index_of(x)` finds a value, `.position(test)` the first that passes",
    ),
    (&["reduce", "foldl", "inject"], "did you mean `fold`?"),
    (&["sorted", "sort_unstable"], "`.sort()` sorts a `var` in place"),
    (&["sortBy", "sort_with"], "`.sort_by_key((x) => …)` and `.sort_by((a, b) => …)` sort in place"),
    (&["reversed", "reverse_iter"], "`.rev()` gives a reversed copy, `.reverse()` reverses a `var` in place"),
    (&["enumerate", "each_with_index", "entries"], "`for i, x in xs` counts the elements"),
    (
        &["to_array", "to_list", "to_vec", "collect", "toArray", "iter", "into_iter"],
        "it is an array already: leave this out",
    ),
    (&["sub", "subarray", "splice"], "a part of an array is `xs[from..to]`"),
    (&["head", "front"], "did you mean `first`?"),
    (&["tail", "rest", "drop"], "`.skip(1)` leaves the first element out"),
    (&["back"], "did you mean `last`?"),
    (&["at", "nth"], "`xs[i]` is an element, `xs.get(i)` gives an option"),
    (&["set"], "write `xs[i] = value`"),
    (&["flatten", "flat"], "`.flat_map((x) => x)` puts the parts into one array"),
    (&["some"], "did you mean `any`?"),
    (&["every"], "did you mean `all`?"),
    (&["uniq", "unique", "distinct"], "`.dedup()` drops neighbours that are equal, `.to_set()` all"),
    (&["product", "average", "mean"], "write `.fold(start, (all, x) => …)`"),
    (&["groupBy"], "did you mean `group_by`?"),
    (&["chunk", "chunked", "in_groups_of", "batch"], "did you mean `chunks`?"),
    (&["window", "windowed", "sliding", "each_cons"], "did you mean `windows`?"),
    (&["minBy", "min_by", "min_of"], "did you mean `min_by_key`?"),
    (&["maxBy", "max_by", "max_of"], "did you mean `max_by_key`?"),
    (&["keep_if", "keep"], "did you mean `retain`?"),
    (
        &["remove_all", "removeAll", "delete_if", "remove_if", "removeIf"],
        "`.retain((x) => !…)` keeps what is not to go, `.clear()` nothing",
    ),
    (&["takeWhile", "prefix_while"], "did you mean `take_while`?"),
    (&["dropWhile", "drop_while", "skipWhile"], "did you mean `skip_while`?"),
];

pub(crate) const STRING_HABITS: Habits = &[
    (&["length", "size", "count"], "`.len()` counts bytes, `.chars().len()` characters"),
    (&["strip"], "did you mean `trim`?"),
    (&["lstrip", "trimStart", "trim_left"], "did you mean `trim_start`?"),
    (&["rstrip", "trimEnd", "trim_right"], "did you mean `trim_end`?"),
    (&["upper", "toUpperCase", "to_uppercase", "uppercase"], "did you mean `to_upper`?"),
    (&["lower", "toLowerCase", "to_lowercase", "lowercase"], "did you mean `to_lower`?"),
    (&["padStart", "rjust", "pad_left", "padLeft", "lpad"], "did you mean `pad_start`?"),
    (&["padEnd", "ljust", "pad_right", "padRight", "rpad", "pad"], "did you mean `pad_end`?"),
    (&["strip_chars", "trim_chars"], "did you mean `trim_matches`?"),
    (
        &["trim_start_matches", "trim_end_matches"],
        "`.trim_matches((c) => …)` takes away at both ends; for one, count characters and use `s[from..to]`",
    ),
    (&["startsWith", "startswith", "hasPrefix", "has_prefix"], "did you mean `starts_with`?"),
    (&["endsWith", "endswith", "hasSuffix", "has_suffix"], "did you mean `ends_with`?"),
    (&["includes", "has"], "did you mean `contains`?"),
    (&["indexOf", "index", "index_of", "position"], "did you mean `find`?"),
    (&["lastIndexOf", "rindex"], "did you mean `rfind`?"),
    (&["push", "push_str", "add", "plus"], "write `text += more`"),
    (&["substring", "substr", "sub"], "a part of a string is `s[from..to]`, counted in bytes"),
    (&["charAt", "char_at", "at", "get", "nth"], "the characters are an array: `s.chars()[i]`"),
    (&["replaceAll", "replace_all", "gsub"], "did you mean `replace`?"),
    (&["join"], "the parts come first: `parts.join(separator)`"),
    (&["format"], "values are put into text with `\"${value}\"`"),
    (&["reverse", "reversed", "rev"], "a string cannot be changed: reverse its `.chars()`"),
    (&["to_int", "toInt", "parse_int", "parseInt"], "write `int.parse(text)`"),
    (&["to_float", "toFloat", "to_double", "parse_float"], "write `float.parse(text)`"),
    (&["parse", "to_number"], "write `int.parse(text)` or `float.parse(text)`"),
    (&["to_array", "to_list", "iter"], "`.chars()` and `.bytes()` are arrays"),
    (
        &["is_digit", "is_numeric", "is_alphabetic", "isdigit", "isalpha"],
        "ask its characters: `s.chars().all((c) => c.is_digit())`",
    ),
    (&["splitlines", "split_lines"], "did you mean `lines`?"),
    (&["fields", "words"], "did you mean `split_whitespace`?"),
    (&["as_bytes", "to_bytes", "encode"], "did you mean `bytes`?"),
    (&["as_str", "into"], "it is a string already: leave this out"),
];

pub(crate) const CHAR_HABITS: Habits = &[
    (
        &["to_int", "to_digit", "digit", "code", "ord", "to_u32"],
        "write `int(c)` for its code; a digit's value is `int(c) - int('0')`",
    ),
    (&["isdigit", "is_ascii_digit", "isDigit"], "did you mean `is_digit`?"),
    (&["isalpha", "is_letter", "isLetter"], "did you mean `is_alphabetic`?"),
    (&["isspace", "is_space", "isSpace"], "did you mean `is_whitespace`?"),
];

pub(crate) const NUMBER_HABITS: Habits = &[
    (
        &["sqrt", "floor", "ceil", "round", "trunc", "sin", "cos", "tan", "exp", "ln"],
        "it is a function: `import math`, then `math.sqrt(x)`",
    ),
    (&["to_int", "toInt", "int"], "write `int(x)`"),
    (&["float", "to_f64", "toFloat", "as_float"], "did you mean `to_float`?"),
    (
        &["to_u8", "to_i32", "to_i64", "to_u64", "to_u32", "to_byte", "to_char"],
        "a conversion is a call of the type: `u8(x)`, `char(x)`",
    ),
    (&["toFixed", "format"], "write `\"${x:.2}\"`"),
    // `0..n.step(2)` is `0..(n.step(2))`.
    (
        &["step", "step_by", "rev", "map", "filter", "each", "to_array", "fold", "sum", "len"],
        "a range has it, in parentheses: `(0..n).rev()`",
    ),
    (&["times"], "write `for i in 0..n { … }`"),
    (&["is_even", "is_odd"], "write `n % 2 == 0`"),
    (&["sign", "signum"], "write `compare(x, 0)`"),
    (&["powi", "powf"], "did you mean `pow`?"),
    (&["popcount", "bit_count", "bitCount", "ones", "nonzeroBitCount"], "did you mean `count_ones`?"),
    (
        &["clz", "nlz", "leadingZeros", "numberOfLeadingZeros", "leadingZeroBitCount"],
        "did you mean `leading_zeros`?",
    ),
    (
        &["ctz", "ntz", "trailingZeros", "numberOfTrailingZeros", "trailingZeroBitCount"],
        "did you mean `trailing_zeros`?",
    ),
];

pub(crate) const OPTION_HABITS: Habits = &[
    (&["get", "value", "unwrap_unchecked", "force"], "write `x ?? default`, `x?`, or `.unwrap()` to insist"),
    (&["is_present", "has_value", "exists", "isPresent", "isDefined"], "did you mean `is_some`?"),
    (&["is_empty", "is_nil", "is_null", "isEmpty"], "did you mean `is_none`?"),
    (
        &["unwrap_or_else", "unwrap_or_default", "get_or", "getOrElse", "orElse", "get_or_else", "or_else"],
        "write `x ?? default`; the default is computed when it is needed",
    ),
    (&["flatMap", "flat_map", "then", "bind"], "did you mean `and_then`?"),
    (&["if_present", "ifPresent", "each"], "write `if const Some(value) = x { … }`"),
    (&["ok_or_else"], "did you mean `ok_or`?"),
];

pub(crate) const RESULT_HABITS: Habits = &[
    (&["get", "value", "force"], "write `x?` to pass an error on, `x ?? default`, or `.unwrap()` to insist"),
    (
        &["unwrap_or_else", "unwrap_or_default", "get_or", "getOrElse", "or_else"],
        "write `x ?? default`; `match` also has the error",
    ),
    (
        &["error", "unwrap_err", "err_value"],
        "`.err()` gives the error as an option; `if const Err(e) = x { … }` takes it",
    ),
    (&["is_error", "is_failure", "failed"], "did you mean `is_err`?"),
    (&["is_success", "success"], "did you mean `is_ok`?"),
    (&["flatMap", "flat_map", "then", "bind"], "did you mean `and_then`?"),
    (&["wrap", "with_context", "wrap_err"], "did you mean `context`?"),
];

pub(crate) const FUTURE_HABITS: Habits = &[
    (&["join", "get", "wait", "unwrap", "value", "block_on", "recv"], "did you mean `await`?"),
    (&["then", "map", "and_then"], "wait for it, and go on: `const x = await f`"),
    (&["abort", "stop", "kill", "interrupt"], "did you mean `cancel`?"),
];

pub(crate) const SENDER_HABITS: Habits = &[
    (&["push", "write", "put", "emit", "post", "yield_"], "did you mean `send`?"),
    (&["clone", "dup"], "a copy is made by using it again: each copy is one more producer"),
    (&["drop", "shutdown", "done"], "a sender goes after its last use; `.close()` ends the channel for all"),
    (&["trySend", "offer"], "did you mean `try_send`?"),
    (
        &["recv", "try_recv", "recv_many", "receive", "to_array"],
        "messages come out at the other end, the receiver: the second of `channel`",
    ),
    (&["size", "length"], "did you mean `len`?"),
];

pub(crate) const CHANNEL_HABITS: Habits = &[(
    &["send", "recv", "try_send", "try_recv", "send_all", "recv_many", "close", "len", "capacity"],
    "`channel` gives two ends: take them apart, `const (tx, rx) = channel<int>(1)`",
)];

pub(crate) const RECEIVER_HABITS: Habits = &[
    (&["receive", "get", "next", "read", "take", "pop"], "did you mean `recv`?"),
    (&["iter", "into_iter", "each"], "write `for value in rx { … }`"),
    (&["collect", "to_list"], "did you mean `to_array`?"),
    (&["tryRecv", "poll"], "did you mean `try_recv`?"),
    (
        &["send", "try_send", "send_all", "push", "put"],
        "messages go in at the other end, the sender: the first of `channel`",
    ),
    (&["clone", "dup"], "a copy is made by using it again: each copy is one more consumer"),
    (&["drop", "shutdown"], "a receiver goes at the end of its block; `.close()` ends the channel for all"),
    (&["size", "length"], "did you mean `len`?"),
];

pub(crate) const ATOMIC_HABITS: Habits = &[
    (&["get", "read", "value"], "did you mean `load`?"),
    (&["set", "write"], "did you mean `store`?"),
    (&["fetch_add", "inc", "increment", "add_and_get", "get_and_add"], "did you mean `add`?"),
    (&["fetch_sub", "dec", "decrement"], "did you mean `sub`?"),
    (&["exchange", "fetch_store"], "did you mean `swap`?"),
    (&["compare_exchange", "compare_and_swap", "compare_and_set", "cas"], "did you mean `compare_swap`?"),
];

pub(crate) const MAP_HABITS: Habits = &[
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

pub(crate) const SET_HABITS: Habits = &[
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

pub(crate) const RANGE_HABITS: Habits = &[
    (&["step_by", "by", "stride", "every"], "did you mean `step`?"),
    (&["reverse", "reversed", "backwards"], "did you mean `rev`?"),
    (&["collect", "to_list", "to_vec", "toArray"], "did you mean `to_array`?"),
    (&["enumerate"], "`for i, x in range` counts the rounds"),
    (&["iter", "into_iter"], "a range is gone through as it is"),
    (&["reduce"], "did you mean `fold`?"),
    (&["for_each", "forEach"], "did you mean `each`?"),
    (&["length", "size"], "did you mean `len`?"),
];

impl FnCx<'_, '_> {
    /// How a method that a value does not have is written here.
    pub(crate) fn method_habit(&self, ty: Ty, method: Symbol) -> Option<&'static str> {
        find(self.habits(ty), method.as_str()).or_else(|| find(ANY_HABITS, method.as_str()))
    }

    /// The same for a name that is misspelt as well.
    pub(crate) fn misspelt_habit(&mut self, ty: Ty, method: Symbol) -> Option<&'static str> {
        let own = self.habits(ty);
        let habits = || own.iter().chain(ANY_HABITS);
        let names: Vec<&str> = habits().flat_map(|(names, _)| names.iter().copied()).collect();
        let meant = self.w.suggest(method.as_str(), names)?;
        habits().find(|(names, _)| names.contains(&meant)).map(|(_, help)| *help)
    }

    fn habits(&self, ty: Ty) -> Habits {
        match ty.kind() {
            TyKind::Array(_) => ARRAY_HABITS,
            TyKind::String => STRING_HABITS,
            TyKind::Char => CHAR_HABITS,
            TyKind::Int(_) | TyKind::F64 | TyKind::F32 => NUMBER_HABITS,
            TyKind::Future(_) => FUTURE_HABITS,
            TyKind::Sender(_) => SENDER_HABITS,
            TyKind::Tuple(parts) if matches!(parts.first().map(|ty| ty.kind()), Some(TyKind::Sender(_))) => {
                CHANNEL_HABITS
            }
            TyKind::Receiver(_) => RECEIVER_HABITS,
            TyKind::Atomic(_) => ATOMIC_HABITS,
            _ if self.w.map_parts(ty).is_some() => MAP_HABITS,
            _ if self.w.set_element(ty).is_some() => SET_HABITS,
            _ if self.w.range_element(ty).is_some() || self.w.is_lazy(ty) => RANGE_HABITS,
            _ if self.w.option_inner(ty).is_some() => OPTION_HABITS,
            _ if self.w.result_parts(ty).is_some() => RESULT_HABITS,
            TyKind::Adt(id, name, _) if self.w.is_std_type(*id) => sync_habits::habits(name.as_str()),
            _ => &[],
        }
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
