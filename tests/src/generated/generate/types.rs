//! Types, and the declarations that programs begin with.

use std::rc::Rc;

use super::super::tree::{Declaration, INT, Int, Name, Type};
use super::super::value::Shape;
use super::Generator;

/// Whether values can be printed, compared with `==`, and kept in structs.
pub(super) fn is_shown(of: &Type) -> bool {
    match of {
        Type::Array(of) | Type::Option(of) | Type::Set(of) => is_shown(of),
        Type::Result(a, b) | Type::Map(a, b) => is_shown(a) && is_shown(b),
        Type::Tuple(parts) => parts.iter().all(is_shown),
        Type::Fn(..) | Type::Future(_) | Type::Mutex(_) | Type::Atomic(_) | Type::Local(_) => false,
        Type::Sender(_) | Type::Receiver(_) | Type::Once(_) => false,
        // Their text tells how they were filled.
        Type::Deque(_) | Type::Heap(_) => false,
        _ => true,
    }
}

impl Generator {
    pub(super) fn scalar(&mut self) -> Type {
        match self.random.below(12) {
            0..=3 => INT,
            4 | 5 => Type::Str,
            6 => Type::Float,
            7 => Type::Bool,
            8 => Type::Char,
            _ => Type::Int(*self.pick(&Int::ALL)),
        }
    }

    pub(super) fn key_type(&mut self) -> Type {
        match self.random.below(6) {
            0 | 1 => INT,
            2 | 3 => Type::Str,
            4 => Type::Tuple(vec![INT, Type::Bool]),
            _ => Type::Char,
        }
    }

    /// Whether `key_type` may give it.
    pub(super) fn is_key(of: &Type) -> bool {
        match of {
            Type::Int(Int::I64) | Type::Str | Type::Char => true,
            Type::Tuple(parts) => matches!(parts[..], [INT, Type::Bool]),
            _ => false,
        }
    }

    /// Whether values can be compared with `<`, and are the same when neither is less.
    pub(super) fn has_order(&self, of: &Type) -> bool {
        match of {
            Type::Int(_) | Type::Bool | Type::Char | Type::Str => true,
            Type::Array(of) | Type::Option(of) => self.has_order(of),
            Type::Result(a, b) => self.has_order(a) && self.has_order(b),
            Type::Tuple(parts) => parts.iter().all(|part| self.has_order(part)),
            Type::Named(name) => {
                let shapes = self.shapes(name);
                let mut parts = shapes.iter().flat_map(|(_, types)| types);
                parts.all(|part| part == of || self.has_order(part))
            }
            _ => false,
        }
    }

    /// A type whose values can be printed and compared.
    pub(super) fn shown_type(&mut self, depth: u32) -> Type {
        if depth == 0 || self.often(35) {
            return self.scalar();
        }
        match self.random.below(11) {
            0..=2 => self.shown_type(depth - 1).array(),
            3 => self.shown_type(depth - 1).option(),
            4 => {
                let count = 2 + self.up_to(1);
                Type::Tuple((0..count).map(|_| self.shown_type(depth - 1)).collect())
            }
            5 => Type::Map(Box::new(self.key_type()), Box::new(self.shown_type(depth - 1))),
            6 => Type::Set(Box::new(self.key_type())),
            7 => Type::Result(Box::new(self.shown_type(depth - 1)), Box::new(Type::Str)),
            _ => {
                let named: Vec<Name> =
                    self.program.declarations.iter().map(|declaration| declaration.name.clone()).collect();
                match self.random.choose(&named) {
                    Some(name) => Type::Named(name.clone()),
                    None => self.scalar(),
                }
            }
        }
    }

    pub(super) fn parameter_type(&mut self) -> Type {
        if self.often(12) {
            let count = 1 + self.up_to(1);
            let parameters = (0..count).map(|_| self.shown_type(1)).collect();
            let function = Type::Fn(parameters, Box::new(self.shown_type(1)));
            return if self.often(20) { function.array() } else { function };
        }
        if self.often(12) {
            return self.queue_type();
        }
        self.shown_type(2)
    }

    /// A deque or a heap.
    pub(super) fn queue_type(&mut self) -> Type {
        let of = self.shown_type(1);
        if self.often(50) && self.has_order(&of) {
            return Type::Heap(Box::new(of));
        }
        Type::Deque(Box::new(of))
    }

    pub(super) fn declarations(&mut self) {
        for _ in 0..1 + self.up_to(3) {
            if self.often(50) {
                self.structure();
            } else {
                self.enumeration();
            }
        }
    }

    fn structure(&mut self) {
        let name = self.fresh("S");
        let types: Vec<Type> = (0..1 + self.up_to(3)).map(|_| self.shown_type(2)).collect();
        let fields = types.iter().map(|_| self.fresh("x")).collect();
        let owner = Name::from("");
        let shape = Shape { owner, name: name.clone(), index: 0, fields, is_named: true, is_variant: false };
        self.declare_type(name, false, vec![(Rc::new(shape), types)]);
    }

    fn enumeration(&mut self) {
        let owner = self.fresh("E");
        let is_recursive = self.often(40);
        let mut shapes = Vec::new();
        for index in 0..2 + self.up_to(2) {
            let count = if index == 0 { self.up_to(1) } else { self.up_to(3) };
            let mut types: Vec<Type> = (0..count).map(|_| self.shown_type(1)).collect();
            if is_recursive && index > 0 && self.often(60) {
                types.push(Type::Named(owner.clone()));
            }
            let is_named = !types.is_empty() && self.often(30);
            let fields = types.iter().map(|_| if is_named { self.fresh("x") } else { Name::from("") });
            let fields = fields.collect();
            let name = self.fresh("V");
            let owner = owner.clone();
            shapes.push((Rc::new(Shape { owner, name, index, fields, is_named, is_variant: true }), types));
        }
        self.declare_type(owner, true, shapes);
    }

    fn declare_type(&mut self, name: Name, is_enum: bool, shapes: Vec<(Rc<Shape>, Vec<Type>)>) {
        self.program.declarations.push(Declaration { name, is_enum, shapes });
    }

    /// The shapes of a named type.
    pub(super) fn shapes(&self, name: &Name) -> Vec<(Rc<Shape>, Vec<Type>)> {
        let found = self.program.declarations.iter().find(|declaration| declaration.name == *name);
        found.map(|declaration| declaration.shapes.clone()).unwrap_or_default()
    }

    /// The shapes of a type that `match` takes apart.
    pub(super) fn variants(&self, of: &Type) -> Vec<(Rc<Shape>, Vec<Type>)> {
        match of {
            Type::Named(name) => self.shapes(name),
            Type::Option(of) => vec![(Shape::none(), Vec::new()), (Shape::some(), vec![(**of).clone()])],
            Type::Result(ok, err) => {
                vec![(Shape::ok(), vec![(**ok).clone()]), (Shape::err(), vec![(**err).clone()])]
            }
            _ => Vec::new(),
        }
    }
}
