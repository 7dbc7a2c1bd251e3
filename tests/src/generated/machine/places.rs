//! Places: what can be read, changed where it is, and passed to `mut` parameters.

use std::rc::Rc;

use super::super::tree::{Binary, Block, Expr, Name, Place, Step};
use super::super::value::Value;
use super::methods::{entry, set_entry};
use super::{Eval, Leave, Machine, invalid, panic};

/// A place whose indices and keys have been evaluated.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    root: Name,
    path: Vec<Taken>,
}

/// A step of it.
#[derive(Clone, Debug)]
enum Taken {
    Field(Name),
    Part(usize),
    Index(Value, Option<Value>),
}

/// The part of a value to which a step leads.
fn follow<'v>(value: &'v mut Value, step: &Taken) -> Result<&'v mut Value, Leave> {
    match (value, step) {
        (Value::Record(shape, parts), Taken::Field(name)) => {
            let at = shape.fields.iter().position(|field| field == name);
            at.and_then(|at| Rc::make_mut(parts).get_mut(at)).map_or_else(invalid, Ok)
        }
        (Value::Tuple(parts), Taken::Part(at)) => Rc::make_mut(parts).get_mut(*at).map_or_else(invalid, Ok),
        (Value::Array(parts), Taken::Index(Value::Int(_, index), None)) => {
            let parts = Rc::make_mut(parts);
            let len = parts.len();
            let found = usize::try_from(*index).ok().and_then(|at| parts.get_mut(at));
            found.map_or_else(|| panic(format!("index {index} is out of bounds: the length is {len}")), Ok)
        }
        (Value::Map(entries), Taken::Index(key, default)) => {
            let entries = Rc::make_mut(entries);
            let at = match (entries.iter().position(|(known, _)| known.equals(key)), default) {
                (Some(at), _) => at,
                (None, Some(default)) => {
                    entries.push((key.clone(), default.clone()));
                    entries.len() - 1
                }
                (None, None) => return missing(key),
            };
            Ok(&mut entries[at].1)
        }
        _ => invalid(),
    }
}

fn missing<T>(key: &Value) -> Result<T, Leave> {
    panic(format!("the map has no key {}", quoted(key)))
}

/// A value as it shows inside another.
fn quoted(value: &Value) -> String {
    let shown = Value::array(vec![value.clone()]).shown();
    shown[1..shown.len() - 1].to_owned()
}

impl Machine<'_> {
    fn resolve(&mut self, place: &Place) -> Result<Resolved, Leave> {
        let mut path = Vec::new();
        for step in &place.path {
            path.push(match step {
                Step::Field(name) => Taken::Field(name.clone()),
                Step::Part(at) => Taken::Part(*at),
                Step::Index(index) => Taken::Index(self.expr(index)?, None),
                Step::Entry(key, default) => {
                    let key = self.expr(key)?;
                    Taken::Index(key, Some(self.expr(default)?))
                }
            });
        }
        Ok(Resolved { root: place.root.clone(), path })
    }

    /// The value of a place, where it lies.
    fn at(&mut self, place: &Resolved) -> Result<&mut Value, Leave> {
        let found = self.frame.iter_mut().rev().find(|(known, _)| *known == place.root);
        let Some((_, root)) = found else { return invalid() };
        place.path.iter().try_fold(root, follow)
    }

    pub(super) fn resolve_and_read(&mut self, place: &Place) -> Result<(Resolved, Value), Leave> {
        let resolved = self.resolve(place)?;
        let value = self.at(&resolved)?.clone();
        Ok((resolved, value))
    }

    pub(super) fn write(&mut self, place: &Resolved, value: Value) -> Result<(), Leave> {
        if let Some((Taken::Index(key, None), before)) = place.path.split_last() {
            let before = Resolved { root: place.root.clone(), path: before.to_vec() };
            if let Value::Map(entries) = self.at(&before)? {
                _ = set_entry(Rc::make_mut(entries), key.clone(), value);
                return Ok(());
            }
        }
        *self.at(place)? = value;
        Ok(())
    }

    /// `place = e` and `place op= e`.
    pub(super) fn assign(&mut self, place: &Place, op: Option<Binary>, value: &Expr) -> Result<(), Leave> {
        let resolved = self.resolve(place)?;
        let Some(op) = op else {
            let value = self.expr(value)?;
            return self.write(&resolved, value);
        };
        if let Binary::Both | Binary::Either | Binary::Default = op {
            let old = self.at(&resolved)?.clone();
            let decided = match (op, &old) {
                (Binary::Both, Value::Bool(truth)) => !truth,
                (Binary::Either, Value::Bool(truth)) => *truth,
                _ => old.inside("Some").is_some(),
            };
            if decided {
                return Ok(());
            }
            let value = self.expr(value)?;
            let value = if op == Binary::Default { Value::option(Some(value)) } else { value };
            return self.write(&resolved, value);
        }
        let value = self.expr(value)?;
        let old = self.at(&resolved)?.clone();
        let new = super::numbers::binary(op, &old, &value)?;
        *self.at(&resolved)? = new;
        Ok(())
    }

    pub(super) fn assign_tuple(&mut self, places: &[Place], values: &[Expr]) -> Result<(), Leave> {
        let mut resolved = Vec::new();
        for place in places {
            resolved.push(self.resolve(place)?);
        }
        let values = self.all(values)?;
        for (place, value) in resolved.iter().zip(values) {
            self.write(place, value)?;
        }
        Ok(())
    }

    /// `for mut x in place`
    pub(super) fn change_elements(&mut self, name: &Name, place: &Place, body: &Block) -> Result<(), Leave> {
        let resolved = self.resolve(place)?;
        let Value::Array(parts) = self.at(&resolved)?.clone() else { return invalid() };
        for (at, part) in parts.iter().enumerate() {
            self.step()?;
            let base = self.frame.len();
            self.bind(name, part.clone());
            let goes_on = self.round(None, body);
            let changed = self.frame[base].1.clone();
            self.frame.truncate(base);
            let mut element = resolved.clone();
            element.path.push(Taken::Index(Value::int(at as i128), None));
            self.write(&element, changed)?;
            if !goes_on? {
                break;
            }
        }
        Ok(())
    }

    /// A method that changes the place that it is called on.
    pub(super) fn change(&mut self, place: &Place, name: &str, arguments: &[Expr]) -> Eval {
        let resolved = self.resolve(place)?;
        self.at(&resolved)?;
        let arguments = self.all(arguments)?;
        let mut value = self.at(&resolved)?.clone();
        let result = self.mutate(&mut value, name, &arguments)?;
        *self.at(&resolved)? = value;
        Ok(result)
    }

    /// A field, element or slice that is read.
    pub(super) fn part_of(&mut self, expr: &Expr) -> Eval {
        match expr {
            Expr::Field(value, name) => {
                let mut value = self.expr(value)?;
                follow(&mut value, &Taken::Field(name.clone())).cloned()
            }
            Expr::Part(value, at) => {
                let mut value = self.expr(value)?;
                follow(&mut value, &Taken::Part(*at)).cloned()
            }
            Expr::Index(value, index) => {
                let mut value = self.expr(value)?;
                let index = self.expr(index)?;
                if let (Value::Map(entries), key) = (&value, &index) {
                    return entry(entries, key).map_or_else(|| missing(key), Ok);
                }
                follow(&mut value, &Taken::Index(index, None)).cloned()
            }
            Expr::Slice(value, from, to) => {
                let value = self.expr(value)?;
                let mut bound = |bound: &Option<Box<Expr>>| match bound {
                    Some(bound) => self.expr(bound).map(Some),
                    None => Ok(None),
                };
                let (from, to) = (bound(from)?, bound(to)?);
                super::methods::slice(&value, from.as_ref(), to.as_ref())
            }
            _ => invalid(),
        }
    }
}
