//! Values, as the specification has them: nothing is shared but what handles lead to.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt::Write;
use std::rc::Rc;

use super::machine::Task;
use super::tree::{Block, Int, Name};

/// What a struct or a variant looks like.
#[derive(PartialEq, Eq, Debug)]
pub struct Shape {
    /// The enum of a variant, else empty. Those of `Option` and `Result` go without, too.
    pub owner: Name,
    /// Its name.
    pub name: Name,
    /// The position of a variant.
    pub index: usize,
    /// The names of its fields; of a variant with positions, their number is told by empty names.
    pub fields: Vec<Name>,
    /// Whether the fields have names.
    pub is_named: bool,
    /// Whether it is a variant.
    pub is_variant: bool,
}

impl Shape {
    /// A variant of `Option` or `Result`, or of an error of the standard library, with this many parts.
    #[must_use]
    pub fn known(owner: &str, name: &str, index: usize, parts: usize) -> Rc<Self> {
        let fields = vec![Name::from(""); parts];
        let (owner, name) = (Name::from(owner), Name::from(name));
        Rc::new(Self { owner, name, index, fields, is_named: false, is_variant: true })
    }

    /// `None`
    #[must_use]
    pub fn none() -> Rc<Self> {
        Self::known("", "None", 0, 0)
    }

    /// `Some`
    #[must_use]
    pub fn some() -> Rc<Self> {
        Self::known("", "Some", 1, 1)
    }

    /// `Ok`
    #[must_use]
    pub fn ok() -> Rc<Self> {
        Self::known("", "Ok", 0, 1)
    }

    /// `Err`
    #[must_use]
    pub fn err() -> Rc<Self> {
        Self::known("", "Err", 1, 1)
    }
}

/// A function value.
#[derive(Debug)]
pub struct Closure {
    /// Its parameters.
    pub parameters: Vec<Name>,
    /// Its body.
    pub body: Block,
    /// The variables that were there when it was made.
    pub captured: Vec<(Name, Value)>,
}

/// A channel. It is closed when nobody is left who could send, which the machine knows because all that has not
/// run yet can be run.
#[derive(Debug, Default)]
pub struct Channel {
    /// How many messages it holds: for who sends without waiting. Who waits is as if it held all.
    pub capacity: usize,
    /// What waits in it.
    pub queue: RefCell<VecDeque<Value>>,
    /// Whether `close()` was called.
    pub is_closed: Cell<bool>,
    /// Whether somebody was told that there is nothing more.
    pub is_ended: Cell<bool>,
}

/// A semaphore, a barrier or a group of what is under way.
#[derive(Debug)]
pub struct Gate {
    /// The permits that are free, the tasks that have not come, or what is under way.
    pub count: Cell<i128>,
    /// Whether it is a barrier.
    pub is_barrier: bool,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// An integer.
    Int(Int, i128),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A character.
    Char(char),
    /// A string.
    Str(Rc<str>),
    /// `()`
    Unit,
    /// An array.
    Array(Rc<Vec<Value>>),
    /// A tuple.
    Tuple(Rc<Vec<Value>>),
    /// A map, in order.
    Map(Rc<Vec<(Value, Value)>>),
    /// A set, in order.
    Set(Rc<Vec<Value>>),
    /// A heap, in order.
    Heap(Rc<Vec<Value>>),
    /// A struct, or a variant of an enum.
    Record(Rc<Shape>, Rc<Vec<Value>>),
    /// A range of integers: from, up to without it.
    Range(Int, i128, i128),
    /// A function value.
    Closure(Rc<Closure>),
    /// The name of a function.
    Function(Name),
    /// A future.
    Future(Rc<Task>),
    /// A mutex, an atomic, a lock for readers and writers, or a value that is made once.
    Cell(Rc<RefCell<Value>>),
    /// What tasks wait at.
    Gate(Rc<Gate>),
    /// An end of a channel.
    End(Rc<Channel>),
    /// A handle of a task-local value: which one, and the default.
    Local(Rc<Value>),
}

impl Value {
    /// An `int`.
    #[must_use]
    pub fn int(number: i128) -> Self {
        Self::Int(Int::I64, number)
    }

    /// A string.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Str(Rc::from(text))
    }

    /// An array.
    #[must_use]
    pub fn array(elements: Vec<Self>) -> Self {
        Self::Array(Rc::new(elements))
    }

    /// `None`, or `Some` of it.
    #[must_use]
    pub fn option(value: Option<Self>) -> Self {
        match value {
            Some(value) => Self::Record(Shape::some(), Rc::new(vec![value])),
            None => Self::Record(Shape::none(), Rc::new(Vec::new())),
        }
    }

    /// `Ok(self)`
    #[must_use]
    pub fn ok(self) -> Self {
        Self::Record(Shape::ok(), Rc::new(vec![self]))
    }

    /// `Err(self)`
    #[must_use]
    pub fn err(self) -> Self {
        Self::Record(Shape::err(), Rc::new(vec![self]))
    }

    /// What is in the only or first part of a variant, if that is this one.
    #[must_use]
    pub fn inside(&self, variant: &str) -> Option<Self> {
        match self {
            Self::Record(shape, parts) if &*shape.name == variant => parts.first().cloned(),
            _ => None,
        }
    }

    /// The order of `<` and of sorting, of values without floats.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(_, a), Self::Int(_, b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Char(a), Self::Char(b)) => a.cmp(b),
            (Self::Str(a), Self::Str(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) | (Self::Tuple(a), Self::Tuple(b)) => lexical(a, b),
            (Self::Record(s, a), Self::Record(t, b)) => s.index.cmp(&t.index).then_with(|| lexical(a, b)),
            _ => Ordering::Equal,
        }
    }

    /// `==`
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        let all = |a: &[Self], b: &[Self]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b));
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Array(a), Self::Array(b)) | (Self::Tuple(a), Self::Tuple(b)) => all(a, b),
            (Self::Record(s, a), Self::Record(t, b)) => s.index == t.index && all(a, b),
            (Self::Map(a), Self::Map(b)) => {
                let has = |(k, v): &(Self, Self)| b.iter().any(|(l, w)| k.equals(l) && v.equals(w));
                a.len() == b.len() && a.iter().all(has)
            }
            (Self::Set(a), Self::Set(b)) => {
                a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| x.equals(y)))
            }
            _ => self.compare(other).is_eq(),
        }
    }

    /// What `print` writes.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Str(text) => text.to_string(),
            Self::Char(c) => c.to_string(),
            _ => {
                let mut out = String::new();
                self.write(&mut out);
                out
            }
        }
    }

    /// How many scalars it holds, so that what grows without end is noticed.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Str(text) => 1 + text.len() / 8,
            Self::Array(parts)
            | Self::Tuple(parts)
            | Self::Set(parts)
            | Self::Heap(parts)
            | Self::Record(_, parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
            Self::Map(entries) => 1 + entries.iter().map(|(k, v)| k.size() + v.size()).sum::<usize>(),
            _ => 1,
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Int(_, number) => _ = write!(out, "{number}"),
            Self::Float(float) => out.push_str(&float_text(*float)),
            Self::Bool(truth) => _ = write!(out, "{truth}"),
            Self::Char(c) => _ = write!(out, "'{c}'"),
            Self::Str(text) => _ = write!(out, "\"{}\"", escaped(text)),
            Self::Unit => out.push_str("()"),
            Self::Array(parts) => list(out, "[", parts, "]"),
            Self::Set(parts) => list(out, "{", parts, "}"),
            Self::Tuple(parts) => list(out, "(", parts, ")"),
            Self::Map(entries) if entries.is_empty() => out.push_str("{:}"),
            Self::Map(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    key.write(out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
            Self::Record(shape, parts) => record(out, shape, parts),
            _ => out.push('?'),
        }
    }
}

fn lexical(a: &[Value], b: &[Value]) -> Ordering {
    let differing = a.iter().zip(b).map(|(a, b)| a.compare(b)).find(|order| order.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn list(out: &mut String, open: &str, parts: &[Value], close: &str) {
    out.push_str(open);
    for (at, part) in parts.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        part.write(out);
    }
    out.push_str(close);
}

fn record(out: &mut String, shape: &Shape, parts: &[Value]) {
    out.push_str(&shape.name);
    if parts.is_empty() {
        return;
    }
    if !shape.is_named {
        return list(out, "(", parts, ")");
    }
    out.push_str(" { ");
    for (at, (field, part)) in shape.fields.iter().zip(parts).enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        _ = write!(out, "{field}: ");
        part.write(out);
    }
    out.push_str(" }");
}

/// The text of a string between quotes.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A float as it shows: the shortest decimal that reads back as the same float.
#[must_use]
pub fn float_text(float: f64) -> String {
    format!("{float:?}")
}
