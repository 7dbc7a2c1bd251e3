//! Methods that change what they are called on.

use std::rc::Rc;

use super::super::value::Value;
use super::methods::set_entry;
use super::{Eval, Leave, Machine, invalid, panic};

impl Machine<'_> {
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
            (Value::Array(parts), "retain", [test]) => match self.kept(parts, test) {
                Ok(kept) => {
                    *parts = Rc::new(kept);
                    Ok(Value::Unit)
                }
                // How far it got is nobody's business.
                Err(Leave::Panic(_)) => Err(Leave::Invalid("a change that is half made")),
                Err(leave) => Err(leave),
            },
            (Value::Heap(parts), "push", [value]) => {
                let parts = Rc::make_mut(parts);
                let at = parts.iter().take_while(|part| part.compare(value).is_lt()).count();
                parts.insert(at, value.clone());
                Ok(Value::Unit)
            }
            (Value::Heap(parts), "pop", []) => Ok(Value::option(take(Rc::make_mut(parts)))),
            (Value::Map(_) | Value::Set(_), "retain", [_]) => {
                *receiver = self.method(receiver, "filter", arguments)?;
                Ok(Value::Unit)
            }
            (Value::Map(entries), "extend", [Value::Map(more)]) => {
                let entries = Rc::make_mut(entries);
                for (key, value) in more.iter() {
                    _ = set_entry(entries, key.clone(), value.clone());
                }
                Ok(Value::Unit)
            }
            (Value::Set(_), "extend", [_]) => {
                *receiver = self.method(receiver, "union", arguments)?;
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

fn mutate_array(parts: &mut Vec<Value>, name: &str, arguments: &[Value]) -> Eval {
    match (name, arguments) {
        ("push" | "push_back", [value]) => parts.push(value.clone()),
        ("push_front", [value]) => parts.insert(0, value.clone()),
        ("extend", [Value::Array(more)]) => parts.extend(more.iter().cloned()),
        ("pop" | "pop_back", []) => return Ok(Value::option(parts.pop())),
        ("pop_front", []) => return Ok(Value::option(take(parts))),
        ("clear", []) => parts.clear(),
        ("truncate", [Value::Int(_, len)]) => parts.truncate(usize::try_from(*len).or_else(|_| invalid())?),
        ("reverse", []) => parts.reverse(),
        ("sort", []) => parts.sort_by(Value::compare),
        ("dedup", []) => parts.dedup_by(|a, b| a.equals(b)),
        ("insert", [Value::Int(_, 0), value]) => parts.insert(0, value.clone()),
        ("remove", [Value::Int(_, 0)]) => match take(parts) {
            Some(first) => return Ok(first),
            None => return outside(0, 0),
        },
        ("swap", [Value::Int(_, 0), Value::Int(_, other)]) => {
            let other = usize::try_from(*other).or_else(|_| invalid())?;
            if let Some(at) = [0, other].into_iter().find(|&at| at >= parts.len()) {
                return outside(at, parts.len());
            }
            parts.swap(0, other);
        }
        _ => return invalid(),
    }
    Ok(Value::Unit)
}

fn outside<T>(at: usize, len: usize) -> Result<T, Leave> {
    panic(format!("index {at} is out of bounds: the length is {len}"))
}

/// Takes the first part, if there is one.
fn take(parts: &mut Vec<Value>) -> Option<Value> {
    (!parts.is_empty()).then(|| parts.remove(0))
}
