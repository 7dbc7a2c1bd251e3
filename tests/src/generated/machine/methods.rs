//! The methods of the standard library that generated programs use.

use std::rc::Rc;

use super::super::tree::Int;
use super::super::value::Value;
use super::{Eval, Leave, Machine, invalid, panic};

/// The value of a key.
pub(super) fn entry(entries: &[(Value, Value)], key: &Value) -> Option<Value> {
    entries.iter().find(|(known, _)| known.equals(key)).map(|(_, value)| value.clone())
}

/// Sets the value of a key; gives the old one.
pub(super) fn set_entry(entries: &mut Vec<(Value, Value)>, key: Value, value: Value) -> Option<Value> {
    match entries.iter_mut().find(|(known, _)| known.equals(&key)) {
        Some((_, old)) => Some(std::mem::replace(old, value)),
        None => {
            entries.push((key, value));
            None
        }
    }
}

/// The set of these values.
pub(super) fn set_of(values: Vec<Value>) -> Value {
    let mut set: Vec<Value> = Vec::new();
    for value in values {
        if !set.iter().any(|known| known.equals(&value)) {
            set.push(value);
        }
    }
    Value::Set(Rc::new(set))
}

/// `value[from..to]`
pub(super) fn slice(value: &Value, from: Option<&Value>, to: Option<&Value>) -> Eval {
    let number = |bound: Option<&Value>, default: usize| match bound {
        Some(Value::Int(_, number)) => *number,
        _ => default as i128,
    };
    let len = match value {
        Value::Array(parts) => parts.len(),
        Value::Str(text) => text.len(),
        _ => return invalid(),
    };
    let (from, to) = (number(from, 0), number(to, len));
    if from < 0 || from > to || to > len as i128 {
        return panic(match value {
            Value::Array(_) => format!("slice {from}..{to} is out of bounds: the length is {len}"),
            _ => format!("slice {from}..{to} is out of bounds: the string has {len} bytes"),
        });
    }
    let (start, end) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(0));
    match value {
        Value::Array(parts) => Ok(Value::array(parts[start..end].to_vec())),
        Value::Str(text) => match [start, end].into_iter().find(|at| !text.is_char_boundary(*at)) {
            Some(at) => panic(format!("slice {from}..{to}: byte {at} is inside a character")),
            None => Ok(Value::text(&text[start..end])),
        },
        _ => invalid(),
    }
}

fn strings<'a>(parts: impl Iterator<Item = &'a str>) -> Value {
    Value::array(parts.map(Value::text).collect())
}

impl Machine<'_> {
    fn test(&mut self, function: &Value, arguments: Vec<Value>) -> Result<bool, Leave> {
        match self.invoke(function, arguments)? {
            Value::Bool(truth) => Ok(truth),
            _ => invalid(),
        }
    }

    fn kept(&mut self, parts: &[Value], test: &Value) -> Result<Vec<Value>, Leave> {
        let mut kept = Vec::new();
        for part in parts {
            if self.test(test, vec![part.clone()])? {
                kept.push(part.clone());
            }
        }
        Ok(kept)
    }

    /// The position of the first part that passes a test, or does not.
    fn first(&mut self, parts: &[Value], test: &Value, wanted: bool) -> Result<Option<usize>, Leave> {
        for (at, part) in parts.iter().enumerate() {
            if self.test(test, vec![part.clone()])? == wanted {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// A method that reads its receiver.
    pub(super) fn method(&mut self, receiver: &Value, name: &str, arguments: &[Value]) -> Eval {
        match receiver {
            Value::Array(parts) => self.of_array(parts, name, arguments),
            Value::Str(text) => of_string(text, name, arguments),
            Value::Int(int, number) => of_int(*int, *number, name, arguments),
            Value::Float(number) => match name {
                "abs" => Ok(Value::Float(number.abs())),
                "is_nan" => Ok(Value::Bool(number.is_nan())),
                "to_int" => super::numbers::convert("int", std::slice::from_ref(receiver)),
                _ => invalid(),
            },
            Value::Map(entries) => self.of_map(entries, name, arguments),
            Value::Set(parts) => self.of_set(parts, name, arguments),
            Value::Range(int, from, to) => {
                let parts: Vec<Value> = (*from..*to).map(|number| Value::Int(*int, number)).collect();
                match name {
                    "to_array" => Ok(Value::array(parts)),
                    "rev" => Ok(Value::array(parts.into_iter().rev().collect())),
                    _ => self.of_array(&Rc::new(parts), name, arguments),
                }
            }
            Value::Record(shape, parts) => {
                let inside = parts.first().filter(|_| matches!(&*shape.name, "Some" | "Ok"));
                self.of_option(receiver, inside, name, arguments)
            }
            _ => self.of_handle(receiver, name, arguments),
        }
    }

    fn of_array(&mut self, parts: &Rc<Vec<Value>>, name: &str, arguments: &[Value]) -> Eval {
        let index = |at: Option<usize>| Value::option(at.map(|at| Value::int(at as i128)));
        match (name, arguments) {
            ("len", []) => Ok(Value::int(parts.len() as i128)),
            ("is_empty", []) => Ok(Value::Bool(parts.is_empty())),
            ("get", [Value::Int(_, at)]) => {
                Ok(Value::option(usize::try_from(*at).ok().and_then(|at| parts.get(at)).cloned()))
            }
            ("first", []) => Ok(Value::option(parts.first().cloned())),
            ("last", []) => Ok(Value::option(parts.last().cloned())),
            ("take" | "skip", [Value::Int(_, count)]) => {
                let count = usize::try_from((*count).clamp(0, parts.len() as i128)).unwrap_or(0);
                let kept = if name == "take" { &parts[..count] } else { &parts[count..] };
                Ok(Value::array(kept.to_vec()))
            }
            ("map", [function]) => {
                let made = parts.iter().map(|part| self.invoke(function, vec![part.clone()]));
                Ok(Value::array(made.collect::<Result<_, _>>()?))
            }
            ("par_map", [function]) => self.in_parallel(parts.to_vec(), function),
            ("par_each", [function]) => self.in_parallel(parts.to_vec(), function).map(|_| Value::Unit),
            ("each", [function]) => {
                for part in parts.iter() {
                    self.invoke(function, vec![part.clone()])?;
                }
                Ok(Value::Unit)
            }
            ("filter", [test]) => Ok(Value::array(self.kept(parts, test)?)),
            ("fold" | "par_reduce", [start, function]) => {
                let step = |all: Eval, part: &Value| self.invoke(function, vec![all?, part.clone()]);
                parts.iter().fold(Ok(start.clone()), step)
            }
            ("any", [test]) => Ok(Value::Bool(self.first(parts, test, true)?.is_some())),
            ("all", [test]) => Ok(Value::Bool(self.first(parts, test, false)?.is_none())),
            ("count", [test]) => Ok(Value::int(self.kept(parts, test)?.len() as i128)),
            ("position", [test]) => Ok(index(self.first(parts, test, true)?)),
            ("find", [test]) => Ok(Value::option(self.first(parts, test, true)?.map(|at| parts[at].clone()))),
            ("flat_map", [function]) => {
                let mut all = Vec::new();
                for part in parts.iter() {
                    let Value::Array(more) = self.invoke(function, vec![part.clone()])? else {
                        return invalid();
                    };
                    all.extend(more.iter().cloned());
                }
                Ok(Value::array(all))
            }
            ("filter_map", [function]) => {
                let mut all = Vec::new();
                for part in parts.iter() {
                    all.extend(self.invoke(function, vec![part.clone()])?.inside("Some"));
                }
                Ok(Value::array(all))
            }
            ("zip", [Value::Array(other)]) => {
                let pairs = parts.iter().zip(other.iter());
                let pair = |(a, b): (&Value, &Value)| Value::Tuple(Rc::new(vec![a.clone(), b.clone()]));
                Ok(Value::array(pairs.map(pair).collect()))
            }
            ("contains", [value]) => Ok(Value::Bool(parts.iter().any(|part| part.equals(value)))),
            ("index_of", [value]) => Ok(index(parts.iter().position(|part| part.equals(value)))),
            ("max", []) => Ok(Value::option(best(parts, |order| order.is_gt()))),
            ("min", []) => Ok(Value::option(best(parts, |order| order.is_lt()))),
            ("sum", []) => match parts.first() {
                Some(Value::Float(_)) => {
                    let add = |all: f64, part: &Value| match part {
                        Value::Float(number) => all + number,
                        _ => all,
                    };
                    Ok(Value::Float(parts.iter().fold(0.0, add)))
                }
                _ => {
                    let add = |all: Eval, part: &Value| {
                        super::numbers::binary(super::super::tree::Binary::Add, &all?, part)
                    };
                    parts.iter().fold(Ok(Value::int(0)), add)
                }
            },
            ("to_set", []) => Ok(set_of(parts.to_vec())),
            ("counts", []) => {
                let mut counts: Vec<(Value, Value)> = Vec::new();
                for part in parts.iter() {
                    let before = match entry(&counts, part) {
                        Some(Value::Int(_, count)) => count,
                        _ => 0,
                    };
                    _ = set_entry(&mut counts, part.clone(), Value::int(before + 1));
                }
                Ok(Value::Map(Rc::new(counts)))
            }
            ("join", [Value::Str(separator)]) => {
                let texts: Vec<String> = parts.iter().map(Value::shown).collect();
                Ok(Value::text(&texts.join(separator)))
            }
            _ => invalid(),
        }
    }

    fn of_map(&mut self, entries: &[(Value, Value)], name: &str, arguments: &[Value]) -> Eval {
        match (name, arguments) {
            ("len", []) => Ok(Value::int(entries.len() as i128)),
            ("is_empty", []) => Ok(Value::Bool(entries.is_empty())),
            ("get", [key]) => Ok(Value::option(entry(entries, key))),
            ("contains_key", [key]) => Ok(Value::Bool(entry(entries, key).is_some())),
            ("keys", []) => Ok(Value::array(entries.iter().map(|(key, _)| key.clone()).collect())),
            ("values", []) => Ok(Value::array(entries.iter().map(|(_, value)| value.clone()).collect())),
            ("map_values", [function]) => {
                let mut mapped = Vec::new();
                for (key, value) in entries {
                    mapped.push((key.clone(), self.invoke(function, vec![value.clone()])?));
                }
                Ok(Value::Map(Rc::new(mapped)))
            }
            ("filter", [test]) => {
                let mut kept = Vec::new();
                for (key, value) in entries {
                    if self.test(test, vec![key.clone(), value.clone()])? {
                        kept.push((key.clone(), value.clone()));
                    }
                }
                Ok(Value::Map(Rc::new(kept)))
            }
            _ => invalid(),
        }
    }

    fn of_set(&mut self, parts: &Rc<Vec<Value>>, name: &str, arguments: &[Value]) -> Eval {
        let has = |parts: &[Value], value: &Value| parts.iter().any(|part| part.equals(value));
        match (name, arguments) {
            ("len", []) => Ok(Value::int(parts.len() as i128)),
            ("contains", [value]) => Ok(Value::Bool(has(parts, value))),
            ("to_array", []) => Ok(Value::array(parts.to_vec())),
            ("union", [Value::Set(other)]) => Ok(set_of(parts.iter().chain(other.iter()).cloned().collect())),
            ("intersection" | "difference", [Value::Set(other)]) => {
                let wanted = name == "intersection";
                let kept = parts.iter().filter(|part| has(other, part) == wanted);
                Ok(Value::Set(Rc::new(kept.cloned().collect())))
            }
            ("filter", [test]) => Ok(Value::Set(Rc::new(self.kept(parts, test)?))),
            _ => invalid(),
        }
    }

    fn of_option(
        &mut self,
        receiver: &Value,
        inside: Option<&Value>,
        name: &str,
        arguments: &[Value],
    ) -> Eval {
        match (name, arguments) {
            ("is_some" | "is_ok", []) => Ok(Value::Bool(inside.is_some())),
            ("is_none" | "is_err", []) => Ok(Value::Bool(inside.is_none())),
            ("unwrap", []) => match (inside, receiver.inside("Err")) {
                (Some(value), _) => Ok(value.clone()),
                (None, Some(error)) => panic(format!("unwrap of Err({})", error.shown())),
                (None, None) => panic("unwrap of None"),
            },
            ("expect", [message]) => inside.cloned().map_or_else(|| panic(message.shown()), Ok),
            ("unwrap_or", [default]) => Ok(inside.unwrap_or(default).clone()),
            ("ok", []) => Ok(Value::option(inside.cloned())),
            ("err", []) => Ok(Value::option(receiver.inside("Err"))),
            ("ok_or", [error]) => Ok(inside.map_or_else(|| error.clone().err(), |value| value.clone().ok())),
            ("map", [function]) => match (inside, receiver) {
                (Some(value), Value::Record(shape, _)) => {
                    let made = self.invoke(function, vec![value.clone()])?;
                    Ok(Value::Record(shape.clone(), Rc::new(vec![made])))
                }
                _ => Ok(receiver.clone()),
            },
            ("and_then", [function]) => match inside {
                Some(value) => self.invoke(function, vec![value.clone()]),
                None => Ok(receiver.clone()),
            },
            _ => invalid(),
        }
    }

    /// A method that changes its receiver.
    pub(super) fn mutate(&mut self, receiver: &mut Value, name: &str, arguments: &[Value]) -> Eval {
        match (&mut *receiver, name, arguments) {
            (Value::Array(parts), "sort_by_key", [function]) => {
                let mut keyed = Vec::new();
                for part in parts.iter() {
                    keyed.push((self.invoke(function, vec![part.clone()])?, part.clone()));
                }
                keyed.sort_by(|(a, _), (b, _)| a.compare(b));
                *parts = Rc::new(keyed.into_iter().map(|(_, part)| part).collect());
                Ok(Value::Unit)
            }
            (Value::Array(parts), ..) => mutate_array(Rc::make_mut(parts), name, arguments),
            (Value::Map(entries), "insert", [key, value]) => {
                let old = set_entry(Rc::make_mut(entries), key.clone(), value.clone());
                Ok(Value::option(old))
            }
            (Value::Map(entries), "remove", [key]) => {
                let entries = Rc::make_mut(entries);
                let at = entries.iter().position(|(known, _)| known.equals(key));
                Ok(Value::option(at.map(|at| entries.remove(at).1)))
            }
            (Value::Set(parts), "insert" | "remove", [value]) => {
                let parts = Rc::make_mut(parts);
                match (parts.iter().position(|part| part.equals(value)), name) {
                    (Some(at), "remove") => {
                        parts.remove(at);
                        Ok(Value::Bool(true))
                    }
                    (None, "insert") => {
                        parts.push(value.clone());
                        Ok(Value::Bool(true))
                    }
                    _ => Ok(Value::Bool(false)),
                }
            }
            (Value::Map(entries), "clear", []) => {
                *entries = Rc::default();
                Ok(Value::Unit)
            }
            _ => invalid(),
        }
    }
}

fn best(parts: &[Value], wins: impl Fn(std::cmp::Ordering) -> bool) -> Option<Value> {
    let mut all = parts.iter();
    let first = all.next()?;
    Some(all.fold(first, |best, part| if wins(part.compare(best)) { part } else { best }).clone())
}

fn mutate_array(parts: &mut Vec<Value>, name: &str, arguments: &[Value]) -> Eval {
    match (name, arguments) {
        ("push", [value]) => parts.push(value.clone()),
        ("extend", [Value::Array(more)]) => parts.extend(more.iter().cloned()),
        ("pop", []) => return Ok(Value::option(parts.pop())),
        ("clear", []) => parts.clear(),
        ("truncate", [Value::Int(_, len)]) => {
            let len = usize::try_from(*len).or_else(|_| invalid())?;
            parts.truncate(len);
        }
        ("reverse", []) => parts.reverse(),
        ("sort", []) => parts.sort_by(Value::compare),
        ("dedup", []) => parts.dedup_by(|a, b| a.equals(b)),
        ("insert", [Value::Int(_, at), value]) => match usize::try_from(*at) {
            Ok(at) if at <= parts.len() => parts.insert(at, value.clone()),
            _ => return Err(Leave::Invalid("a position outside")),
        },
        ("remove", [Value::Int(_, at)]) => match usize::try_from(*at) {
            Ok(at) if at < parts.len() => return Ok(parts.remove(at)),
            _ => return Err(Leave::Invalid("a position outside")),
        },
        ("swap", [Value::Int(_, a), Value::Int(_, b)]) => match (usize::try_from(*a), usize::try_from(*b)) {
            (Ok(a), Ok(b)) if a < parts.len() && b < parts.len() => parts.swap(a, b),
            _ => return Err(Leave::Invalid("a position outside")),
        },
        _ => return invalid(),
    }
    Ok(Value::Unit)
}

fn of_string(text: &str, name: &str, arguments: &[Value]) -> Eval {
    match (name, arguments) {
        ("len", []) => Ok(Value::int(text.len() as i128)),
        ("is_empty", []) => Ok(Value::Bool(text.is_empty())),
        ("to_upper", []) => Ok(Value::text(&text.to_uppercase())),
        ("to_lower", []) => Ok(Value::text(&text.to_lowercase())),
        ("trim", []) => Ok(Value::text(text.trim())),
        ("chars", []) => Ok(Value::array(text.chars().map(Value::Char).collect())),
        ("bytes", []) => {
            Ok(Value::array(text.bytes().map(|byte| Value::Int(Int::U8, byte.into())).collect()))
        }
        ("repeat", [Value::Int(_, count)]) => match usize::try_from(*count) {
            Ok(count) if count < 100 => Ok(Value::text(&text.repeat(count))),
            Ok(_) => Err(Leave::Invalid("a long string")),
            Err(_) => panic(format!("a string cannot be repeated {count} times")),
        },
        ("contains", [Value::Str(part)]) => Ok(Value::Bool(text.contains(&**part))),
        ("starts_with", [Value::Str(part)]) => Ok(Value::Bool(text.starts_with(&**part))),
        ("find", [Value::Str(part)]) => {
            Ok(Value::option(text.find(&**part).map(|at| Value::int(at as i128))))
        }
        ("replace", [Value::Str(from), Value::Str(to)]) if !from.is_empty() => {
            Ok(Value::text(&text.replace(&**from, to)))
        }
        ("split", [Value::Str(separator)]) if !separator.is_empty() => Ok(strings(text.split(&**separator))),
        ("split_whitespace", []) => Ok(strings(text.split_whitespace())),
        _ => invalid(),
    }
}

fn of_int(int: Int, number: i128, name: &str, arguments: &[Value]) -> Eval {
    match (name, arguments) {
        ("abs", []) if number < 0 => super::numbers::fit(int, -number, "unary `-`"),
        ("abs", []) => Ok(Value::Int(int, number)),
        ("to_float", []) => Ok(Value::Float(number as f64)),
        _ => invalid(),
    }
}
