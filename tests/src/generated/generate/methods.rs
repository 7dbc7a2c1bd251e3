//! Methods of the standard library, by what they give.

use super::super::tree::{Expr, INT, Int, Type};
use super::super::value::Value;
use super::Generator;
use super::expressions::{number, std};

/// What a method takes.
#[derive(Clone)]
enum Takes {
    /// A value of a type.
    Value(Type),
    /// A number, 1 at least and small.
    Count,
    /// A short text that is not empty.
    Text,
}

/// A method, and what it is called on.
#[derive(Clone)]
struct Method {
    on: Type,
    name: &'static str,
    takes: Vec<Takes>,
}

fn function(parameters: &[&Type], result: &Type) -> Takes {
    let parameters = parameters.iter().map(|&of| of.clone()).collect();
    Takes::Value(Type::Fn(parameters, Box::new(result.clone())))
}

fn value(of: &Type) -> Takes {
    Takes::Value(of.clone())
}

/// Methods without arguments.
fn plain(on: &Type, names: &[&'static str]) -> Vec<Method> {
    names.iter().map(|&name| Method { on: on.clone(), name, takes: Vec::new() }).collect()
}

/// Methods that take the same.
fn taking(on: &Type, names: &[&'static str], takes: &[Takes]) -> Vec<Method> {
    names.iter().map(|&name| Method { on: on.clone(), name, takes: takes.to_vec() }).collect()
}

impl Generator {
    /// A call of a method that gives this type, if there is one.
    pub(super) fn method_for(&mut self, of: &Type, d: u32) -> Option<Expr> {
        let methods = self.methods(of);
        let Method { on, name, takes } = self.random.choose(&methods)?.clone();
        let receiver = if self.often(40) { self.range(&on) } else { None };
        let receiver = receiver.unwrap_or_else(|| self.expr(&on, d));
        let arguments = takes.iter().map(|takes| match takes {
            Takes::Value(of) => self.expr(of, d),
            Takes::Count => number(1 + self.up_to(3)),
            Takes::Text => {
                let text: String =
                    (0..1 + self.up_to(1)).map(|_| *self.pick(&['a', 'x', ' ', 'é'])).collect();
                Expr::Literal(Value::text(&text))
            }
        });
        let arguments = arguments.collect();
        Some(std(receiver, name, arguments))
    }

    /// A range whose numbers come one by one, in the place of an array of them.
    fn range(&mut self, of: &Type) -> Option<Expr> {
        if *of != INT.array() {
            return None;
        }
        let (from, to) = (number(self.up_to(2)), number(self.up_to(7)));
        let range = Expr::Range(Box::new(from), Box::new(to), self.often(30));
        let range = match self.random.below(6) {
            0 => std(range, "rev", Vec::new()),
            1 => std(range, "step", vec![number(1 + self.up_to(2))]),
            2 => {
                let change = self.closure(&[INT], &INT, 1);
                std(range, "map", vec![change])
            }
            3 => {
                let test = self.closure(&[INT], &Type::Bool, 1);
                std(range, "filter", vec![test])
            }
            _ => range,
        };
        Some(std(range, "to_array", Vec::new()))
    }

    fn methods(&mut self, of: &Type) -> Vec<Method> {
        match of {
            Type::Int(Int::I64) => self.giving_int(),
            Type::Int(int) if int.is_signed() => plain(of, &["abs"]),
            Type::Float => [plain(of, &["abs"]), plain(&INT, &["to_float"])].concat(),
            Type::Bool => self.giving_bool(),
            Type::Str => self.giving_string(),
            Type::Array(of) => self.giving_array(of),
            Type::Option(of) => self.giving_option(of),
            Type::Result(of, error) => self.giving_result(of, error),
            Type::Tuple(parts) => match &parts[..] {
                [a @ Type::Array(inner), b] if a == b => {
                    taking(a, &["partition"], &[function(&[&**inner], &Type::Bool)])
                }
                _ => Vec::new(),
            },
            Type::Map(key, value) => self.giving_map(key, value),
            Type::Set(of) => self.giving_set(of),
            _ => Vec::new(),
        }
    }

    fn giving_int(&mut self) -> Vec<Method> {
        let (any, key) = (self.shown_type(1), self.key_type());
        let (array, set) = (any.clone().array(), Type::Set(Box::new(key.clone())));
        let map = Type::Map(Box::new(key.clone()), Box::new(any.clone()));
        [
            plain(&INT, &["count_ones", "trailing_zeros", "abs"]),
            plain(&Type::Str, &["len"]),
            plain(&INT.array(), &["sum"]),
            plain(&array, &["len"]),
            plain(&map, &["len"]),
            plain(&set, &["len"]),
            plain(&Type::Deque(Box::new(any.clone())), &["len"]),
            taking(&array, &["fold"], &[value(&INT), function(&[&INT, &any], &INT)]),
            taking(&array, &["count"], &[function(&[&any], &Type::Bool)]),
            taking(&map, &["fold"], &[value(&INT), function(&[&INT, &key, &any], &INT)]),
            taking(&map, &["count"], &[function(&[&key, &any], &Type::Bool)]),
            taking(&set, &["count"], &[function(&[&key], &Type::Bool)]),
            taking(&INT.option(), &["unwrap_or"], &[value(&INT)]),
        ]
        .concat()
    }

    fn giving_bool(&mut self) -> Vec<Method> {
        let (any, key) = (self.shown_type(1), self.key_type());
        let (array, set) = (any.clone().array(), Type::Set(Box::new(key.clone())));
        let map = Type::Map(Box::new(key.clone()), Box::new(any.clone()));
        let result = Type::Result(Box::new(any.clone()), Box::new(Type::Str));
        [
            plain(&array, &["is_empty"]),
            plain(&map, &["is_empty"]),
            plain(&any.clone().option(), &["is_some", "is_none"]),
            plain(&result, &["is_ok", "is_err"]),
            plain(&Type::Float, &["is_nan"]),
            plain(&Type::Char, &["is_alphabetic", "is_numeric", "is_whitespace", "is_upper", "is_digit"]),
            taking(&array, &["any", "all"], &[function(&[&any], &Type::Bool)]),
            taking(&array, &["contains"], &[value(&any)]),
            taking(&map, &["contains_key"], &[value(&key)]),
            taking(&map, &["any", "all"], &[function(&[&key, &any], &Type::Bool)]),
            taking(&set, &["contains"], &[value(&key)]),
            taking(&set, &["any", "all"], &[function(&[&key], &Type::Bool)]),
            taking(&set, &["is_subset", "is_superset", "is_disjoint"], &[value(&set)]),
            taking(&Type::Str, &["contains", "starts_with", "ends_with"], &[Takes::Text]),
        ]
        .concat()
    }

    fn giving_string(&mut self) -> Vec<Method> {
        let texts = Type::Str.array();
        [
            plain(&Type::Str, &["to_upper", "to_lower", "trim", "trim_start", "trim_end"]),
            taking(&Type::Str, &["repeat"], &[Takes::Count]),
            taking(&Type::Str, &["replace"], &[Takes::Text, value(&Type::Str)]),
            taking(&texts, &["join"], &[Takes::Text]),
            taking(&Type::Str.option(), &["expect"], &[Takes::Text]),
        ]
        .concat()
    }

    fn giving_array(&mut self, of: &Type) -> Vec<Method> {
        let (from, key) = (self.shown_type(1), self.key_type());
        let this = of.clone().array();
        let test = function(&[of], &Type::Bool);
        let change = function(&[&from], of);
        let mut all = [
            taking(&this, &["filter", "take_while", "skip_while"], &[test]),
            taking(&this, &["take", "skip"], &[Takes::Count]),
            taking(&from.clone().array(), &["map"], std::slice::from_ref(&change)),
            taking(&from.clone().array(), &["filter_map"], &[function(&[&from], &of.clone().option())]),
            taking(&from.clone().array(), &["flat_map"], &[function(&[&from], &this)]),
            plain(&Type::Map(Box::new(key.clone()), Box::new(of.clone())), &["values"]),
            plain(&Type::Deque(Box::new(of.clone())), &["to_array"]),
            plain(&this, &["rev"]),
        ]
        .concat();
        if self.context.may_wait {
            all.extend(taking(&from.array(), &["par_map"], &[change]));
        }
        match of {
            Type::Array(_) => all.extend(taking(of, &["chunks", "windows"], &[Takes::Count])),
            Type::Str => {
                all.extend(plain(&Type::Str, &["split_whitespace", "lines"]));
                all.extend(taking(&Type::Str, &["split"], &[Takes::Text]));
            }
            Type::Int(Int::U8) => all.extend(plain(&Type::Str, &["bytes"])),
            Type::Char => all.extend(plain(&Type::Str, &["chars"])),
            _ => {}
        }
        if let Type::Tuple(parts) = of
            && let [a, b] = &parts[..]
        {
            all.extend(taking(&a.clone().array(), &["zip"], &[value(&b.clone().array())]));
        }
        if Self::is_key(of) {
            all.extend(plain(&Type::Set(Box::new(of.clone())), &["to_array"]));
            all.extend(plain(&Type::Map(Box::new(of.clone()), Box::new(INT)), &["keys"]));
        }
        if self.has_order(of) {
            all.extend(plain(&Type::Heap(Box::new(of.clone())), &["to_array"]));
        }
        all
    }

    fn giving_option(&mut self, of: &Type) -> Vec<Method> {
        let (from, key) = (self.shown_type(1), self.key_type());
        let (array, this) = (of.clone().array(), of.clone().option());
        let deque = Type::Deque(Box::new(of.clone()));
        let result = Type::Result(Box::new(of.clone()), Box::new(Type::Str));
        let test = function(&[of], &Type::Bool);
        let other = Type::Result(Box::new(from.clone()), Box::new(of.clone()));
        let mut all = [
            plain(&array, &["first", "last"]),
            plain(&deque, &["first", "last"]),
            taking(&deque, &["get"], &[Takes::Count]),
            taking(&array, &["get"], &[value(&INT)]),
            taking(&array, &["find"], std::slice::from_ref(&test)),
            taking(&array, &["min_by_key", "max_by_key"], &[function(&[of], &INT)]),
            taking(&Type::Map(Box::new(key.clone()), Box::new(of.clone())), &["get"], &[value(&key)]),
            taking(&from.clone().option(), &["map"], &[function(&[&from], of)]),
            taking(&from.clone().option(), &["and_then"], &[function(&[&from], &this)]),
            taking(&this, &["filter"], &[test]),
            taking(&this, &["or"], &[value(&this)]),
            plain(&result, &["ok"]),
            plain(&other, &["err"]),
        ]
        .concat();
        if self.has_order(of) {
            all.extend(plain(&array, &["max", "min"]));
            all.extend(plain(&Type::Heap(Box::new(of.clone())), &["first"]));
        }
        match of {
            Type::Int(Int::I64) => {
                all.extend(taking(&Type::Str, &["find", "rfind"], &[Takes::Text]));
                all.extend(taking(&from.clone().array(), &["position"], &[function(&[&from], &Type::Bool)]));
                all.extend(taking(&from.clone().array(), &["index_of"], &[value(&from)]));
            }
            Type::Str => {
                all.extend(taking(&Type::Str, &["strip_prefix", "strip_suffix"], &[Takes::Text]));
            }
            Type::Tuple(parts) => match &parts[..] {
                [Type::Str, Type::Str] => all.extend(taking(&Type::Str, &["split_once"], &[Takes::Text])),
                [a, b] if Self::is_key(a) => {
                    let map = Type::Map(Box::new(a.clone()), Box::new(b.clone()));
                    all.extend(taking(&map, &["find"], &[function(&[a, b], &Type::Bool)]));
                }
                _ => {}
            },
            _ => {}
        }
        all
    }

    fn giving_result(&mut self, of: &Type, error: &Type) -> Vec<Method> {
        let from = self.shown_type(1);
        let this = Type::Result(Box::new(of.clone()), Box::new(error.clone()));
        let with = |ok: &Type, err: &Type| Type::Result(Box::new(ok.clone()), Box::new(err.clone()));
        [
            taking(&of.clone().option(), &["ok_or"], &[value(error)]),
            taking(&with(&from, error), &["map"], &[function(&[&from], of)]),
            taking(&with(&from, error), &["and_then"], &[function(&[&from], &this)]),
            taking(&with(of, &from), &["map_err"], &[function(&[&from], error)]),
        ]
        .concat()
    }

    fn giving_map(&mut self, key: &Type, of: &Type) -> Vec<Method> {
        let from = self.shown_type(1);
        let with = |of: &Type| Type::Map(Box::new(key.clone()), Box::new(of.clone()));
        let pairs = Type::Tuple(vec![key.clone(), of.clone()]).array();
        let mut all = [
            taking(&with(of), &["filter"], &[function(&[key, of], &Type::Bool)]),
            taking(&with(&from), &["map_values"], &[function(&[&from], of)]),
            plain(&pairs, &["to_map"]),
        ]
        .concat();
        if *of == INT {
            all.extend(plain(&key.clone().array(), &["counts"]));
        }
        if let Type::Array(inner) = of {
            all.extend(taking(of, &["group_by"], &[function(&[&**inner], key)]));
        }
        all
    }

    fn giving_set(&mut self, key: &Type) -> Vec<Method> {
        let from = self.key_type();
        let this = Type::Set(Box::new(key.clone()));
        let names = ["union", "intersection", "difference", "symmetric_difference"];
        [
            taking(&this, &names, &[value(&this)]),
            taking(&this, &["filter"], &[function(&[key], &Type::Bool)]),
            taking(&Type::Set(Box::new(from.clone())), &["map"], &[function(&[&from], key)]),
            plain(&key.clone().array(), &["to_set"]),
        ]
        .concat()
    }
}
