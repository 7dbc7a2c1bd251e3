//! Expressions of a type that is wanted.

use super::super::tree::{
    Binary, Block, Condition, Expr, INT, Int, Name, Piece, Place, Step, Type, Unary, Work,
};
use super::super::value::Value;
use super::types::is_shown;
use super::{Generator, Variable};

const LETTERS: [char; 12] = ['a', 'b', 'c', 'x', 'y', 'z', 'Q', ' ', 'é', '日', '"', '1'];

/// What leads to a place, as an expression.
pub(super) fn read(place: &Place) -> Expr {
    let root = Expr::Variable(place.root.clone());
    place.path.iter().fold(root, |value, step| match step {
        Step::Field(name) => Expr::Field(Box::new(value), name.clone()),
        Step::Part(at) => Expr::Part(Box::new(value), *at),
        Step::Index(index) | Step::Entry(index, _) => Expr::Index(Box::new(value), Box::new(index.clone())),
    })
}

/// The type, if it is a function that gives another one.
fn is_function(of: &Type, gives: &Type) -> Option<Type> {
    matches!(of, Type::Fn(_, result) if **result == *gives).then(|| of.clone())
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

pub(super) fn std(receiver: Expr, name: &'static str, arguments: Vec<Expr>) -> Expr {
    Expr::Std(boxed(receiver), name, arguments)
}

pub(super) fn binary(op: Binary, left: Expr, right: Expr) -> Expr {
    Expr::Binary(op, boxed(left), boxed(right))
}

pub(super) fn number(number: usize) -> Expr {
    Expr::Literal(Value::int(number as i128))
}

impl Generator {
    /// The places that can be changed here, with their types.
    pub(super) fn places(&mut self) -> Vec<(Place, Type)> {
        let variables = self.context.variables.clone();
        let mut all = Vec::new();
        for variable in variables.iter().filter(|variable| variable.is_var) {
            self.places_in(
                Place { root: variable.name.clone(), path: Vec::new() },
                &variable.of,
                2,
                &mut all,
            );
        }
        all
    }

    fn places_in(&mut self, place: Place, of: &Type, depth: u32, all: &mut Vec<(Place, Type)>) {
        all.push((place.clone(), of.clone()));
        if depth == 0 {
            return;
        }
        let with = |step: Step| {
            let mut place = place.clone();
            place.path.push(step);
            place
        };
        match of {
            Type::Named(name) => {
                if let [(shape, types)] = self.shapes(name).as_slice()
                    && !shape.is_variant
                {
                    for (field, of) in shape.fields.iter().zip(types) {
                        self.places_in(with(Step::Field(field.clone())), of, depth - 1, all);
                    }
                }
            }
            Type::Tuple(parts) => {
                for (at, of) in parts.iter().enumerate() {
                    self.places_in(with(Step::Part(at)), of, depth - 1, all);
                }
            }
            Type::Array(of) if self.often(50) => {
                let index = self.index();
                self.places_in(with(Step::Index(index)), of, depth - 1, all);
            }
            _ => {}
        }
    }

    /// An index, which is mostly inside.
    fn index(&mut self) -> Expr {
        match self.random.below(12) {
            0..=8 => number(0),
            9 | 10 => number(1),
            _ => binary(Binary::Rem, self.expr(&INT, 0), number(2)),
        }
    }

    /// Something of this type that is there already.
    fn present(&mut self, of: &Type) -> Option<Expr> {
        let variables = self.context.variables.clone();
        let mut all = Vec::new();
        for Variable { name, of, .. } in &variables {
            self.places_in(Place { root: name.clone(), path: Vec::new() }, of, 2, &mut all);
        }
        let is_future = |found: &Type| matches!(found, Type::Future(result) if **result == *of);
        let fits = |(_, found): &&(Place, Type)| found == of || self.context.may_wait && is_future(found);
        let found: Vec<_> = all.iter().filter(fits).cloned().collect();
        let (place, found) = self.random.choose(&found)?.clone();
        let value = read(&place);
        if found == *of {
            return Some(value);
        }
        Some(if self.often(70) { std(value, "await", Vec::new()) } else { Expr::Await(boxed(value)) })
    }

    /// An expression of a type.
    pub(super) fn expr(&mut self, of: &Type, depth: u32) -> Expr {
        if (depth == 0 || self.often(30))
            && let Some(present) = self.present(of)
        {
            return present;
        }
        if depth == 0 || self.room == 0 {
            return self.simple(of);
        }
        if self.often(25)
            && let Some(expr) = self.any_type(of, depth)
        {
            return expr;
        }
        let d = depth - 1;
        match of {
            Type::Int(int) => self.integer(*int, d),
            Type::Float => self.float(d),
            Type::Bool => self.truth(d),
            Type::Str => self.string(d),
            Type::Array(of) => self.array(of, d),
            Type::Option(of) => self.option(of, d),
            Type::Map(key, value) => match self.random.below(4) {
                0 => {
                    let parameters = [(**key).clone(), (**value).clone()];
                    let test = self.closure(&parameters, &Type::Bool, d);
                    std(self.expr(&Type::Map(key.clone(), value.clone()), d), "filter", vec![test])
                }
                1 => {
                    let change = self.closure(std::slice::from_ref(value), value, d);
                    std(self.expr(&Type::Map(key.clone(), value.clone()), d), "map_values", vec![change])
                }
                _ => self.simple(of),
            },
            Type::Set(key) => match self.random.below(4) {
                0 | 1 => {
                    let name = *self.pick(&["union", "intersection", "difference"]);
                    let other = self.expr(of, d);
                    std(self.expr(of, d), name, vec![other])
                }
                2 => std(self.expr(&key.clone().array(), d), "to_set", Vec::new()),
                _ => self.simple(of),
            },
            Type::Fn(parameters, result) => {
                let (parameters, result) = (parameters.clone(), result.clone());
                self.closure(&parameters, &result, d)
            }
            _ => self.simple(of),
        }
    }

    /// What gives any type: branches, calls, parts, tasks.
    fn any_type(&mut self, of: &Type, depth: u32) -> Option<Expr> {
        let d = depth - 1;
        match self.random.below(14) {
            0 | 1 => {
                let condition = self.condition(d);
                let then = self.within(|_| {}, |generator| generator.block(0, of));
                let otherwise = self.within(|_| {}, |generator| generator.block(0, of));
                Some(Expr::If(Box::new(Condition::Holds(condition)), then, otherwise))
            }
            2 => {
                let what = self.shown_type(1);
                let value = self.expr(&what, d);
                Some(Expr::Match(boxed(value), self.arms(&what, of, 0)))
            }
            3..=5 => {
                let call = self.call(of, d)?;
                self.room = self.room.saturating_sub(4);
                if self.context.is_task && super::tasks::prints(&call) {
                    return None;
                }
                Some(call)
            }
            6 | 7 if self.context.may_wait => {
                let call = self.task_call(of, d)?;
                Some(std(call, "await", Vec::new()))
            }
            8 if is_shown(of) => {
                let value = self.expr(&of.clone().option(), d);
                Some(binary(Binary::Default, value, self.expr(of, d)))
            }
            9 => {
                let types = self.context.variables.iter().filter_map(|variable| match &variable.of {
                    Type::Array(inner) => is_function(inner, of),
                    found => is_function(found, of),
                });
                let types: Vec<Type> = types.collect();
                let function = self.random.choose(&types)?.clone();
                let Type::Fn(parameters, _) = &function else { return None };
                let arguments = parameters.iter().map(|of| self.expr(of, d)).collect();
                Some(Expr::Invoke(boxed(self.present(&function)?), arguments))
            }
            10 if self.context.may_leave => match &self.context.result {
                Type::Option(_) => Some(Expr::Try(boxed(self.expr(&of.clone().option(), d)))),
                Type::Result(_, error) => {
                    let result = Type::Result(Box::new(of.clone()), error.clone());
                    Some(Expr::Try(boxed(self.expr(&result, d))))
                }
                _ => None,
            },
            11 if !self.context.is_task && is_shown(of) => {
                self.next += 1;
                let at = number(self.next);
                Some(Expr::Free("traced".to_owned(), vec![at, self.expr(of, d)]))
            }
            12 => self.changing(of, d),
            _ => self.scoped(of, d),
        }
    }

    /// An expression that changes a place by the way.
    fn changing(&mut self, of: &Type, d: u32) -> Option<Expr> {
        match of {
            Type::Option(inner) => {
                let (place, _) = self.place_of(&inner.clone().array(), &[])?;
                Some(Expr::Change(place, "pop", Vec::new()))
            }
            Type::Bool => {
                let key = if self.often(50) { INT } else { Type::Str };
                let (place, _) = self.place_of(&Type::Set(Box::new(key.clone())), &[])?;
                let name = *self.pick(&["insert", "remove"]);
                Some(Expr::Change(place, name, vec![self.expr(&key, d)]))
            }
            _ => None,
        }
    }

    /// A value that is made from nothing.
    pub(super) fn simple(&mut self, of: &Type) -> Expr {
        if self.often(40)
            && let Some(present) = self.present(of)
        {
            return present;
        }
        match of {
            Type::Int(int) => {
                let (least, most) = int.bounds();
                let value = match self.random.below(40) {
                    0 => least,
                    1 => most,
                    _ => self.small(*int),
                };
                Expr::Literal(Value::Int(*int, value))
            }
            Type::Float => {
                let eighths = self.up_to(200) as f64 - 60.0;
                Expr::Literal(Value::Float(if self.often(10) { eighths / 10.0 } else { eighths / 8.0 }))
            }
            Type::Bool => Expr::Literal(Value::Bool(self.often(50))),
            Type::Char => Expr::Literal(Value::Char(*self.pick(&LETTERS))),
            Type::Str => {
                let text: String = (0..self.up_to(4)).map(|_| *self.pick(&LETTERS)).collect();
                Expr::Literal(Value::text(&text))
            }
            Type::Unit => Expr::Literal(Value::Unit),
            Type::Array(inner) => {
                let count = if self.often(10) { 0 } else { 1 + self.up_to(2) };
                if count == 0 {
                    return Expr::Typed(of.clone(), boxed(Expr::Array(Vec::new())));
                }
                Expr::Array((0..count).map(|_| self.expr(inner, 0)).collect())
            }
            Type::Option(_) | Type::Result(..) => {
                let variants = self.variants(of);
                let at = if self.often(30) { 0 } else { 1 };
                let at = if matches!(of, Type::Result(..)) { 1 - at } else { at };
                let (shape, types) = variants[at].clone();
                let parts = types.iter().map(|of| (0, self.expr(of, 0))).collect();
                Expr::Typed(of.clone(), boxed(Expr::Make(shape, parts)))
            }
            Type::Tuple(parts) => Expr::Tuple(parts.iter().map(|part| self.expr(part, 0)).collect()),
            Type::Map(key, value) => {
                let entries = (0..self.up_to(3)).map(|_| (self.simple(key), self.expr(value, 0))).collect();
                Expr::Typed(of.clone(), boxed(Expr::Map(entries)))
            }
            Type::Set(key) => {
                let parts = (0..1 + self.up_to(2)).map(|_| self.simple(key)).collect();
                Expr::Typed(of.clone(), boxed(Expr::Set(parts)))
            }
            Type::Named(name) => self.made(&name.clone()),
            Type::Fn(parameters, result) => self.closure(&parameters.clone(), &result.clone(), 0),
            Type::Future(of) => {
                let value = self.as_task(of, |generator| generator.expr(of, 0));
                let work = Work::Block(Block::of(value));
                Expr::Spawn { detached: false, waits: false, work: Box::new(work) }
            }
            // There is always a parameter of the type, but a local function or a hidden name may be in its way.
            Type::Parameter(_) => self.present(of).unwrap_or(Expr::Literal(Value::Unit)),
            Type::Mutex(_) | Type::Atomic(_) | Type::Sender(_) | Type::Receiver(_) | Type::Local(_) => {
                Expr::Literal(Value::Unit)
            }
        }
    }

    /// A struct or a variant.
    fn made(&mut self, name: &Name) -> Expr {
        let shapes = self.shapes(name);
        let at = self.random.below(shapes.len());
        let (shape, types) = shapes[at].clone();
        let this = Type::Named(name.clone());
        let mut parts = Vec::new();
        for (at, of) in types.iter().enumerate() {
            // What is inside of itself ends soon.
            let known = if *of == this && self.often(50) { self.present(&this) } else { None };
            let value = match known {
                Some(known) => known,
                None if *of != this => self.expr(of, 0),
                None if self.often(40) => self.made(name),
                None => {
                    let (first, types) = shapes[0].clone();
                    let parts = types.iter().enumerate().map(|(at, of)| (at, self.simple(of))).collect();
                    Expr::Make(first, parts)
                }
            };
            parts.push((at, value));
        }
        if shape.is_named {
            self.random.shuffle(&mut parts);
            if !shape.is_variant
                && parts.len() > 1
                && self.often(20)
                && let Some(base) = self.present(&this)
            {
                parts.pop();
                return Expr::Update(shape, parts, boxed(base));
            }
        }
        Expr::Make(shape, parts)
    }

    fn integer(&mut self, int: Int, d: u32) -> Expr {
        let of = Type::Int(int);
        let any = self.shown_type(2);
        match self.random.below(16) {
            0..=2 => {
                let op = *self.pick(&[Binary::WrapAdd, Binary::WrapSub, Binary::WrapMul, Binary::Xor]);
                let left = self.expr(&of, d);
                binary(op, left, self.expr(&of, d))
            }
            3 | 4 => {
                let op = *self.pick(&[Binary::Add, Binary::Sub, Binary::And, Binary::Or, Binary::Mul]);
                let left = self.expr(&of, d);
                let right = self.simple(&of);
                binary(Binary::Rem, binary(op, left, right), Expr::Literal(Value::Int(int, 97)))
            }
            5 => {
                let op = if self.often(50) { Binary::Div } else { Binary::Rem };
                let left = self.expr(&of, d);
                binary(op, left, Expr::Literal(Value::Int(int, 1 + self.up_to(8) as i128)))
            }
            6 => {
                let op = if self.often(50) { Binary::Shl } else { Binary::Shr };
                let left = self.expr(&of, d);
                binary(op, left, number(self.random.below(int.bits() as usize)))
            }
            7 if int.is_signed() && self.often(50) => Expr::Unary(Unary::Negate, boxed(self.expr(&of, d))),
            7 => Expr::Unary(Unary::Invert, boxed(self.expr(&of, d))),
            8 if int != Int::I64 && int != Int::U64 => {
                Expr::Free(format!("{}.wrap", int.name()), vec![self.expr(&INT, d)])
            }
            8 if int == Int::I64 => {
                let other = *self.pick(&[Int::I8, Int::I16, Int::U16, Int::U32]);
                Expr::Free("int".to_owned(), vec![self.expr(&Type::Int(other), d)])
            }
            9 | 10 if int == Int::I64 => std(self.expr(&Type::Str, d), "len", Vec::new()),
            11 if int == Int::I64 && is_shown(&any) => std(self.expr(&any.array(), d), "len", Vec::new()),
            12 if int == Int::I64 => {
                let sum = std(self.expr(&INT.array(), d), "sum", Vec::new());
                binary(Binary::Rem, sum, number(1009))
            }
            13 if int == Int::I64 => {
                let function = self.closure(&[INT, any.clone()], &INT, d);
                let start = self.simple(&INT);
                std(self.expr(&any.array(), d), "fold", vec![start, function])
            }
            14 => {
                let name = if self.often(50) { "max" } else { "min" };
                let left = self.expr(&of, d);
                Expr::Free(name.to_owned(), vec![left, self.expr(&of, d)])
            }
            _ => self.simple(&of),
        }
    }

    fn float(&mut self, d: u32) -> Expr {
        match self.random.below(5) {
            0..=2 => {
                let op = *self.pick(&[Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Rem]);
                let left = self.expr(&Type::Float, d);
                binary(op, left, self.expr(&Type::Float, d))
            }
            3 => std(self.expr(&INT, d), "to_float", Vec::new()),
            _ => Expr::Unary(Unary::Negate, boxed(self.expr(&Type::Float, d))),
        }
    }

    fn truth(&mut self, d: u32) -> Expr {
        let any = self.shown_type(2);
        match self.random.below(9) {
            0..=2 => {
                let op = *self.pick(&[Binary::Lt, Binary::Le, Binary::Gt, Binary::Ge, Binary::Eq]);
                let of = if self.often(60) { INT } else { self.scalar() };
                let left = self.expr(&of, d);
                binary(op, left, self.expr(&of, d))
            }
            3 | 4 => {
                let op = if self.often(50) { Binary::Eq } else { Binary::Ne };
                let left = self.expr(&any, d);
                binary(op, left, self.expr(&any, d))
            }
            5 => {
                let op = if self.often(50) { Binary::Both } else { Binary::Either };
                let left = self.expr(&Type::Bool, d);
                binary(op, left, self.expr(&Type::Bool, d))
            }
            6 => Expr::Unary(Unary::Not, boxed(self.expr(&Type::Bool, d))),
            7 => {
                let value = self.expr(&any, d);
                binary(Binary::In, value, self.expr(&any.array(), d))
            }
            _ => {
                let test = self.closure(std::slice::from_ref(&any), &Type::Bool, d);
                let name = *self.pick(&["any", "all"]);
                std(self.expr(&any.array(), d), name, vec![test])
            }
        }
    }

    pub(super) fn condition(&mut self, depth: u32) -> Expr {
        self.expr(&Type::Bool, depth.max(1))
    }

    fn string(&mut self, d: u32) -> Expr {
        match self.random.below(7) {
            0..=2 => {
                let mut pieces = Vec::new();
                for _ in 0..1 + self.up_to(1) {
                    let of = self.shown_type(2);
                    pieces.push(Piece::Text((*self.pick(&LETTERS)).to_string()));
                    pieces.push(Piece::Shown(self.expr(&of, d)));
                }
                Expr::Text(pieces)
            }
            3 => {
                let left = self.expr(&Type::Str, d);
                binary(Binary::Add, left, self.simple(&Type::Str))
            }
            4 => {
                let name = *self.pick(&["to_upper", "trim", "to_lower"]);
                std(self.expr(&Type::Str, d), name, Vec::new())
            }
            5 => {
                let from = self.often(40).then(|| boxed(number(0)));
                let to = (from.is_none() || self.often(60)).then(|| boxed(number(1)));
                let start = Expr::Literal(Value::text("ab"));
                let text = binary(Binary::Add, start, self.expr(&Type::Str, d));
                Expr::Slice(boxed(text), from, to)
            }
            _ => {
                let separator = Expr::Literal(Value::text("-"));
                std(self.expr(&Type::Str.array(), d), "join", vec![separator])
            }
        }
    }

    fn array(&mut self, of: &Type, d: u32) -> Expr {
        let this = of.clone().array();
        let from = self.shown_type(1);
        match self.random.below(12) {
            0 | 1 => {
                let function = self.closure(std::slice::from_ref(&from), of, d);
                let name = if self.context.may_wait && self.often(30) { "par_map" } else { "map" };
                std(self.expr(&from.array(), d), name, vec![function])
            }
            2 => {
                let test = self.closure(std::slice::from_ref(of), &Type::Bool, d);
                std(self.expr(&this, d), "filter", vec![test])
            }
            3 => {
                let left = self.expr(&this, d);
                let right = self.simple(&this);
                std(binary(Binary::Add, left, right), "take", vec![number(12)])
            }
            4 => {
                let count = number(self.up_to(3));
                std(self.expr(&this, d), if self.often(50) { "take" } else { "skip" }, vec![count])
            }
            5 => Expr::Slice(boxed(self.expr(&this, d)), Some(boxed(number(0))), None),
            6 => Expr::Repeat(boxed(self.expr(of, d)), self.up_to(3)),
            7 => {
                let map = Type::Map(Box::new(INT), Box::new(of.clone()));
                std(self.expr(&map, d), "values", Vec::new())
            }
            8 if self.context.may_wait => {
                let function = self.closure(&[INT], of, d);
                let to = number(self.up_to(5));
                let range = Expr::Range(boxed(number(0)), boxed(to), false);
                Expr::Free("par_range".to_owned(), vec![range, function])
            }
            9 => {
                let function = self.closure(std::slice::from_ref(&from), &of.clone().option(), d);
                std(self.expr(&from.array(), d), "filter_map", vec![function])
            }
            _ => Expr::Array((0..1 + self.up_to(3)).map(|_| self.expr(of, d)).collect()),
        }
    }

    fn option(&mut self, of: &Type, d: u32) -> Expr {
        let array = of.clone().array();
        match self.random.below(7) {
            0 => {
                let index = self.index();
                std(self.expr(&array, d), "get", vec![index])
            }
            1 => std(self.expr(&array, d), if self.often(50) { "first" } else { "last" }, Vec::new()),
            2 => {
                let test = self.closure(std::slice::from_ref(of), &Type::Bool, d);
                std(self.expr(&array, d), "find", vec![test])
            }
            3 => {
                let map = Type::Map(Box::new(Type::Str), Box::new(of.clone()));
                let key = self.simple(&Type::Str);
                std(self.expr(&map, d), "get", vec![key])
            }
            4 => {
                let from = self.shown_type(1);
                let function = self.closure(std::slice::from_ref(&from), of, d);
                std(self.expr(&from.option(), d), "map", vec![function])
            }
            5 => {
                let result = Type::Result(Box::new(of.clone()), Box::new(Type::Str));
                std(self.expr(&result, d), "ok", Vec::new())
            }
            _ => self.simple(&of.clone().option()),
        }
    }

    /// A closure, or the name of a function.
    pub(super) fn closure(&mut self, parameters: &[Type], result: &Type, depth: u32) -> Expr {
        let names: Vec<(Name, Type)> = parameters.iter().map(|of| (self.fresh("c"), of.clone())).collect();
        let statements =
            if depth > 0 && self.context.depth > 0 && self.often(25) { 1 + self.up_to(1) } else { 0 };
        let may_wait = self.often(40);
        let change = |context: &mut super::Context| {
            context.variables.iter_mut().for_each(|variable| variable.is_var = false);
            context.loops.clear();
            context.result = result.clone();
            context.is_task = true;
            context.may_leave = true;
            context.may_wait &= may_wait;
        };
        let body = self.within(change, |generator| {
            names.iter().for_each(|(name, of)| generator.declare(false, name, of));
            let outer = generator.room;
            generator.room = outer.min(6);
            let body = if statements == 0 {
                Block::of(generator.expr(result, depth.min(1)))
            } else {
                generator.block(statements, result)
            };
            generator.room = outer.saturating_sub(6 - generator.room.min(6));
            body
        });
        Expr::Closure(names, body)
    }
}
