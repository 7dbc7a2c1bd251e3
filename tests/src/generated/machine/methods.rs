//! The methods of the standard library that generated programs use.

use std::rc::Rc;

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

impl Machine<'_> {
    fn test(&mut self, function: &Value, arguments: Vec<Value>) -> Result<bool, Leave> {
        match self.invoke(function, arguments)? {
            Value::Bool(truth) => Ok(truth),
            _ => invalid(),
        }
    }

    pub(super) fn kept(&mut self, parts: &[Value], test: &Value) -> Result<Vec<Value>, Leave> {
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

    fn kept_entries(
        &mut self,
        entries: &[(Value, Value)],
        test: &Value,
    ) -> Result<Vec<(Value, Value)>, Leave> {
        let mut kept = Vec::new();
        for (key, value) in entries {
            if self.test(test, vec![key.clone(), value.clone()])? {
                kept.push((key.clone(), value.clone()));
            }
        }
        Ok(kept)
    }

    /// The first entry that passes a test, or does not.
    fn first_entry<'e>(
        &mut self,
        entries: &'e [(Value, Value)],
        test: &Value,
        wanted: bool,
    ) -> Result<Option<&'e (Value, Value)>, Leave> {
        for entry in entries {
            if self.test(test, vec![entry.0.clone(), entry.1.clone()])? == wanted {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// A method that reads its receiver.
    pub(super) fn method(&mut self, receiver: &Value, name: &str, arguments: &[Value]) -> Eval {
        match receiver {
            Value::Array(parts) => self.of_array(parts, name, arguments),
            Value::Heap(parts) => self.of_array(parts, name, arguments),
            Value::Str(text) => super::texts::of_string(text, name, arguments),
            Value::Char(c) => super::texts::of_char(*c, name),
            Value::Int(int, number) => super::numbers::of_int(*int, *number, name),
            Value::Float(number) => super::numbers::of_float(*number, name),
            Value::Map(entries) => self.of_map(entries, name, arguments),
            Value::Set(parts) => self.of_set(parts, name, arguments),
            Value::Range(int, from, to) => {
                let parts: Vec<Value> = (*from..*to).map(|number| Value::Int(*int, number)).collect();
                match (name, arguments) {
                    ("step", [Value::Int(_, by)]) => {
                        let by = usize::try_from(*by).unwrap_or(1);
                        Ok(Value::array(parts.into_iter().step_by(by).collect()))
                    }
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
            ("to_array", []) => Ok(Value::Array(parts.clone())),
            ("rev", []) => Ok(Value::array(parts.iter().rev().cloned().collect())),
            ("filter", [test]) => Ok(Value::array(self.kept(parts, test)?)),
            ("take_while" | "skip_while", [test]) => {
                let at = self.first(parts, test, false)?.unwrap_or(parts.len());
                let kept = if name == "take_while" { &parts[..at] } else { &parts[at..] };
                Ok(Value::array(kept.to_vec()))
            }
            ("partition", [test]) => {
                let (mut passed, mut others) = (Vec::new(), Vec::new());
                for part in parts.iter() {
                    let side = if self.test(test, vec![part.clone()])? { &mut passed } else { &mut others };
                    side.push(part.clone());
                }
                Ok(Value::Tuple(Rc::new(vec![Value::array(passed), Value::array(others)])))
            }
            ("chunks" | "windows", [Value::Int(_, size)]) => {
                let size = usize::try_from(*size).or_else(|_| invalid())?;
                let pieces = |pieces: &mut dyn Iterator<Item = &[Value]>| {
                    Value::array(pieces.map(|piece| Value::array(piece.to_vec())).collect())
                };
                Ok(if name == "chunks" {
                    pieces(&mut parts.chunks(size))
                } else {
                    pieces(&mut parts.windows(size))
                })
            }
            ("min_by_key" | "max_by_key", [key]) => {
                let mut best: Option<(Value, Value)> = None;
                for part in parts.iter() {
                    let own = self.invoke(key, vec![part.clone()])?;
                    let wins = best.as_ref().is_none_or(|(other, _)| {
                        let order = own.compare(other);
                        if name == "min_by_key" { order.is_lt() } else { order.is_ge() }
                    });
                    if wins {
                        best = Some((own, part.clone()));
                    }
                }
                Ok(Value::option(best.map(|(_, part)| part)))
            }
            ("group_by", [key]) => {
                let mut groups: Vec<(Value, Value)> = Vec::new();
                for part in parts.iter() {
                    let key = self.invoke(key, vec![part.clone()])?;
                    let mut group = match entry(&groups, &key) {
                        Some(Value::Array(group)) => group.to_vec(),
                        _ => Vec::new(),
                    };
                    group.push(part.clone());
                    _ = set_entry(&mut groups, key, Value::array(group));
                }
                Ok(Value::Map(Rc::new(groups)))
            }
            ("to_map", []) => {
                let mut map = Vec::new();
                for part in parts.iter() {
                    let Value::Tuple(pair) = part else { return invalid() };
                    _ = set_entry(&mut map, pair[0].clone(), pair[1].clone());
                }
                Ok(Value::Map(Rc::new(map)))
            }
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
            ("sum", []) => {
                let add = |all: Eval, part: &Value| {
                    super::numbers::binary(super::super::tree::Binary::Add, &all?, part)
                };
                parts.iter().fold(Ok(Value::int(0)), add)
            }
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
            ("fold", [start, function]) => {
                let step = |all: Eval, (key, value): &(Value, Value)| {
                    self.invoke(function, vec![all?, key.clone(), value.clone()])
                };
                entries.iter().fold(Ok(start.clone()), step)
            }
            ("any", [test]) => Ok(Value::Bool(self.first_entry(entries, test, true)?.is_some())),
            ("all", [test]) => Ok(Value::Bool(self.first_entry(entries, test, false)?.is_none())),
            ("find", [test]) => {
                let pair =
                    |(key, value): &(Value, Value)| Value::Tuple(Rc::new(vec![key.clone(), value.clone()]));
                Ok(Value::option(self.first_entry(entries, test, true)?.map(pair)))
            }
            ("count", [test]) => Ok(Value::int(self.kept_entries(entries, test)?.len() as i128)),
            ("keys", []) => Ok(Value::array(entries.iter().map(|(key, _)| key.clone()).collect())),
            ("values", []) => Ok(Value::array(entries.iter().map(|(_, value)| value.clone()).collect())),
            ("map_values", [function]) => {
                let mut mapped = Vec::new();
                for (key, value) in entries {
                    mapped.push((key.clone(), self.invoke(function, vec![value.clone()])?));
                }
                Ok(Value::Map(Rc::new(mapped)))
            }
            ("filter", [test]) => Ok(Value::Map(Rc::new(self.kept_entries(entries, test)?))),
            _ => invalid(),
        }
    }

    fn of_set(&mut self, parts: &Rc<Vec<Value>>, name: &str, arguments: &[Value]) -> Eval {
        let has = |parts: &[Value], value: &Value| parts.iter().any(|part| part.equals(value));
        match (name, arguments) {
            ("union", [Value::Set(other)]) => Ok(set_of(parts.iter().chain(other.iter()).cloned().collect())),
            ("intersection" | "difference", [Value::Set(other)]) => {
                let wanted = name == "intersection";
                let kept = parts.iter().filter(|part| has(other, part) == wanted);
                Ok(Value::Set(Rc::new(kept.cloned().collect())))
            }
            ("symmetric_difference", [Value::Set(other)]) => {
                let own = parts.iter().filter(|part| !has(other, part));
                let others = other.iter().filter(|part| !has(parts, part));
                Ok(Value::Set(Rc::new(own.chain(others).cloned().collect())))
            }
            ("is_subset", [Value::Set(other)]) => Ok(Value::Bool(parts.iter().all(|part| has(other, part)))),
            ("is_superset", [Value::Set(other)]) => {
                Ok(Value::Bool(other.iter().all(|part| has(parts, part))))
            }
            ("is_disjoint", [Value::Set(other)]) => {
                Ok(Value::Bool(!parts.iter().any(|part| has(other, part))))
            }
            ("filter", [test]) => Ok(Value::Set(Rc::new(self.kept(parts, test)?))),
            ("map", [function]) => {
                let made = parts.iter().map(|part| self.invoke(function, vec![part.clone()]));
                Ok(set_of(made.collect::<Result<_, _>>()?))
            }
            _ => self.of_array(parts, name, arguments),
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
            ("map_err", [function]) => match receiver.inside("Err") {
                Some(error) => Ok(self.invoke(function, vec![error])?.err()),
                None => Ok(receiver.clone()),
            },
            ("filter", [test]) => match inside {
                Some(value) if !self.test(test, vec![value.clone()])? => Ok(Value::option(None)),
                _ => Ok(receiver.clone()),
            },
            ("or", [other]) => Ok(inside.map_or(other, |_| receiver).clone()),
            ("and_then", [function]) => match inside {
                Some(value) => self.invoke(function, vec![value.clone()]),
                None => Ok(receiver.clone()),
            },
            _ => invalid(),
        }
    }
}

fn best(parts: &[Value], wins: impl Fn(std::cmp::Ordering) -> bool) -> Option<Value> {
    let mut all = parts.iter();
    let first = all.next()?;
    Some(all.fold(first, |best, part| if wins(part.compare(best)) { part } else { best }).clone())
}
