//! Expressions of a type that is wanted.

use super::super::tree::{
    Binary, Block, Condition, Expr, Function, INT, Int, Name, Piece, Place, Step, Type, Unary, Work,
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
        if self.often(45)
            && let Some(call) = self.method_for(of, d)
        {
            return call;
        }
        match of {
            Type::Int(int) => self.integer(*int, d),
            Type::Float => self.float(d),
            Type::Bool => self.truth(d),
            Type::Str => self.string(d),
            Type::Array(of) => self.array(of, d),
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
        match self.random.below(17) {
            15 => {
                let key = self.key_type();
                let map = Type::Map(Box::new(key.clone()), Box::new(of.clone()));
                let map = self.present(&map)?;
                Some(Expr::Index(boxed(map), boxed(self.expr(&key, 0))))
            }
            14 if self.has_order(of) => {
                let name = if self.often(50) { "max" } else { "min" };
                let left = self.expr(of, d);
                Some(Expr::Free(name.to_owned(), vec![left, self.expr(of, d)]))
            }
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
                if self.often(25) {
                    let on = Type::Result(Box::new(of.clone()), Box::new(Type::Str));
                    let on = if self.often(50) { on } else { of.clone().option() };
                    let value = self.expr(&on, d);
                    let or = self.expr(of, d);
                    return Some(if self.often(80) {
                        std(value, "unwrap_or", vec![or])
                    } else {
                        std(value, "unwrap", Vec::new())
                    });
                }
                let value = self.expr(&of.clone().option(), d);
                Some(binary(Binary::Default, value, self.expr(of, d)))
            }
            9 => self.invoked(of, d),
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

    /// A call of a function value that is there.
    pub(super) fn invoked(&mut self, of: &Type, d: u32) -> Option<Expr> {
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

    /// An expression that changes a place by the way.
    fn changing(&mut self, of: &Type, d: u32) -> Option<Expr> {
        match of {
            Type::Option(inner) => {
                let (on, names): (Type, &[&'static str]) = match self.random.below(3) {
                    0 => (Type::Deque(inner.clone()), &["pop_front", "pop_back"]),
                    1 => (Type::Heap(inner.clone()), &["pop"]),
                    _ => (inner.clone().array(), &["pop"]),
                };
                let (place, _) = self.place_of(&on, &[])?;
                Some(Expr::Change(place, self.pick::<&'static str>(names), Vec::new()))
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
            Type::Deque(inner) | Type::Heap(inner) => {
                let all = self.simple(&inner.clone().array());
                let name = if matches!(of, Type::Heap(_)) { "Heap" } else { "Deque" };
                Expr::Free(format!("collections.{name}.of"), vec![all])
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
            Type::Mutex(_) | Type::Atomic(_) | Type::Sender(_) | Type::Receiver(_) => {
                Expr::Literal(Value::Unit)
            }
            Type::Local(_) | Type::Once(_) => Expr::Literal(Value::Unit),
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
        match self.random.below(11) {
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
                let most = int.bits() as usize;
                // One that is too large is not written as a number, which would be refused.
                let count = match self.often(3) {
                    true => std(Expr::Literal(Value::text(&"a".repeat(most))), "len", Vec::new()),
                    false => number(self.random.below(most)),
                };
                binary(op, left, count)
            }
            7 if int.is_signed() && self.often(50) => Expr::Unary(Unary::Negate, boxed(self.expr(&of, d))),
            7 => Expr::Unary(Unary::Invert, boxed(self.expr(&of, d))),
            8 if int != Int::I64 && int != Int::U64 => {
                let found = if self.often(20) { self.present(&INT) } else { None };
                match found {
                    Some(found) => Expr::Free(int.name().to_owned(), vec![found]),
                    None => Expr::Free(format!("{}.wrap", int.name()), vec![self.expr(&INT, d)]),
                }
            }
            8 if int == Int::I64 => {
                let others = [Int::I8, Int::I16, Int::U16, Int::U32].map(Type::Int);
                let other = match self.random.below(6) {
                    0 => Type::Char,
                    1 => Type::Float,
                    _ => self.pick(&others).clone(),
                };
                Expr::Free("int".to_owned(), vec![self.expr(&other, d)])
            }
            _ => self.simple(&of),
        }
    }

    fn float(&mut self, d: u32) -> Expr {
        match self.random.below(5) {
            0 => {
                let int = *self.pick(&Int::ALL);
                Expr::Free("float".to_owned(), vec![self.expr(&Type::Int(int), d)])
            }
            1..=3 => {
                let op = *self.pick(&[Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Rem]);
                let left = self.expr(&Type::Float, d);
                binary(op, left, self.expr(&Type::Float, d))
            }
            _ => Expr::Unary(Unary::Negate, boxed(self.expr(&Type::Float, d))),
        }
    }

    fn truth(&mut self, d: u32) -> Expr {
        let any = self.shown_type(2);
        match self.random.below(8) {
            0..=2 => {
                let op = *self.pick(&[Binary::Lt, Binary::Le, Binary::Gt, Binary::Ge, Binary::Eq]);
                let of = if self.has_order(&any) { any } else { self.scalar() };
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
            _ => {
                let over = match self.random.below(4) {
                    0 => return binary(Binary::In, self.expr(&INT, d), self.interval()),
                    1 => Type::Str,
                    2 => Type::Map(Box::new(self.key_type()), Box::new(any)),
                    _ => any.array(),
                };
                let of = match &over {
                    Type::Array(of) => (**of).clone(),
                    Type::Map(key, _) => (**key).clone(),
                    _ => Type::Str,
                };
                let value = self.expr(&of, d);
                binary(Binary::In, value, self.expr(&over, d))
            }
        }
    }

    fn interval(&mut self) -> Expr {
        let (from, to) = (number(self.up_to(2)), number(self.up_to(9)));
        Expr::Range(boxed(from), boxed(to), self.often(30))
    }

    pub(super) fn condition(&mut self, depth: u32) -> Expr {
        self.expr(&Type::Bool, depth.max(1))
    }

    fn string(&mut self, d: u32) -> Expr {
        match self.random.below(5) {
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
            _ => {
                let from = self.often(40).then(|| boxed(number(0)));
                let to = (from.is_none() || self.often(60)).then(|| boxed(number(1)));
                let start = Expr::Literal(Value::text("ab"));
                let text = self.expr(&Type::Str, d);
                let text = if self.often(85) { binary(Binary::Add, start, text) } else { text };
                Expr::Slice(boxed(text), from, to)
            }
        }
    }

    fn array(&mut self, of: &Type, d: u32) -> Expr {
        let this = of.clone().array();
        match self.random.below(6) {
            0 => {
                let left = self.expr(&this, d);
                let right = self.simple(&this);
                std(binary(Binary::Add, left, right), "take", vec![number(12)])
            }
            1 => {
                let from = if self.often(80) { number(0) } else { self.index() };
                Expr::Slice(boxed(self.expr(&this, d)), Some(boxed(from)), None)
            }
            2 => Expr::Repeat(boxed(self.expr(of, d)), self.up_to(3)),
            3 if self.context.may_wait => {
                let function = self.closure(&[INT], of, d);
                let to = number(self.up_to(5));
                let range = Expr::Range(boxed(number(0)), boxed(to), false);
                Expr::Free("par_range".to_owned(), vec![range, function])
            }
            _ => Expr::Array((0..1 + self.up_to(3)).map(|_| self.expr(of, d)).collect()),
        }
    }

    /// A closure, or the name of a function.
    pub(super) fn closure(&mut self, parameters: &[Type], result: &Type, depth: u32) -> Expr {
        if self.often(30) {
            let takes = |function: &&Function| {
                let of: Vec<&Type> = function.parameters.iter().map(|parameter| &parameter.of).collect();
                super::is_value(function) && function.result == *result && of.iter().copied().eq(parameters)
            };
            let found = self.program.functions.iter().filter(takes).map(|function| function.name.clone());
            let found: Vec<Name> = found.collect();
            if let Some(name) = self.random.choose(&found) {
                return Expr::Variable(name.clone());
            }
        }
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
