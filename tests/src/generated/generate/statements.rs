//! Statements.

use super::super::tree::{Binary, Condition, Expr, INT, Int, Pattern, Place, Statement, Step, Type};
use super::super::value::Value;
use super::Generator;
use super::expressions::{binary, number, read, std};
use super::types::is_shown;

impl Generator {
    /// Adds one or more statements.
    pub(super) fn statement(&mut self, out: &mut Vec<Statement>) {
        let may_nest = self.context.depth > 0;
        match self.random.below(100) {
            0..=17 => self.variable(out),
            18..=37 => self.assignment(out),
            38..=43 => self.changed_by_method(out),
            44..=50 if may_nest => self.branch(out),
            51..=62 if may_nest => self.a_loop(out),
            63..=67 if may_nest && self.context.may_leave => self.deferred(out),
            68..=72 => self.leaving(out),
            73..=75 => self.called(out),
            76..=78 if !self.context.is_task => {
                let of = self.shown_type(2);
                out.push(Statement::Print(self.expr(&of, 2)));
            }
            79 | 80 if may_nest => {
                let of = self.shown_type(2);
                let value = self.expr(&of, 1);
                let arms = self.arms(&of, &Type::Unit, 1);
                out.push(Statement::Match(value, arms));
            }
            81 => self.destructured(out),
            _ => self.concurrent(out),
        }
    }

    fn variable(&mut self, out: &mut Vec<Statement>) {
        if self.often(8) {
            let of = self.queue_type();
            let value = self.simple(&of);
            self.bind(out, true, &of, value);
            return;
        }
        let of = if self.often(15) { self.parameter_type() } else { self.shown_type(2) };
        let value = self.expr(&of, 2);
        let is_var = self.often(65);
        self.bind(out, is_var, &of, value);
    }

    fn destructured(&mut self, out: &mut Vec<Statement>) {
        let part = self.shown_type(1);
        let parts = if self.often(30) {
            // What `partition` gives.
            vec![part.clone().array(), part.array()]
        } else {
            vec![part, self.shown_type(1)]
        };
        let of = Type::Tuple(parts);
        let value = self.expr(&of, 2);
        let pattern = self.certain(&of, 2);
        if let Pattern::Tuple(_) | Pattern::Bind(_) = pattern {
            out.push(Statement::Destructure(pattern, value));
        }
    }

    fn assignment(&mut self, out: &mut Vec<Statement>) {
        let places = self.places();
        let Some((place, of)) = self.random.choose(&places).cloned() else { return self.variable(out) };
        let op = match &of {
            Type::Int(_) if self.often(50) => {
                let ops =
                    [Binary::WrapAdd, Binary::WrapMul, Binary::Xor, Binary::WrapSub, Binary::Or, Binary::And];
                Some(*self.pick(&ops))
            }
            Type::Int(_) if self.often(20) => Some(*self.pick(&[Binary::Add, Binary::Sub])),
            Type::Str if self.often(60) => Some(Binary::Add),
            Type::Float if self.often(50) => Some(*self.pick(&[Binary::Add, Binary::Mul])),
            Type::Option(inner) if self.often(30) => {
                let value = self.expr(inner, 1);
                return out.push(Statement::Assign(place, Some(Binary::Default), value));
            }
            Type::Bool if self.often(40) => Some(*self.pick(&[Binary::Both, Binary::Either])),
            _ => None,
        };
        let value = match op {
            Some(Binary::Add | Binary::Sub) => self.simple(&of),
            _ => self.expr(&of, 2),
        };
        if let (Type::Map(key, value_type), true) = (&of, self.often(60)) {
            let key_value = self.simple(key);
            let inner = self.expr(value_type, 1);
            let mut place = place;
            let op = matches!(**value_type, Type::Int(_)).then_some(Binary::WrapAdd);
            place.path.push(match op {
                Some(_) if self.often(90) => Step::Entry(key_value, self.simple(value_type)),
                _ => Step::Index(key_value),
            });
            out.push(Statement::Assign(place, op, inner));
            return;
        }
        if op.is_none() && self.often(10) {
            let taken = [place.root.clone()];
            if let Some((other, _)) = self.place_of(&of, &taken) {
                let values = vec![read(&other), read(&place)];
                out.push(Statement::AssignTuple(vec![place, other], values));
                return;
            }
        }
        out.push(Statement::Assign(place, op, value));
    }

    fn changed_by_method(&mut self, out: &mut Vec<Statement>) {
        let places = self.places();
        let holds = |(_, of): &&(Place, Type)| {
            matches!(of, Type::Array(_) | Type::Map(..) | Type::Set(_) | Type::Deque(_) | Type::Heap(_))
        };
        let found: Vec<_> = places.iter().filter(holds).cloned().collect();
        let Some((place, of)) = self.random.choose(&found).cloned() else { return self.variable(out) };
        let (name, arguments, gives) = self.change_of(&of);
        let change = Expr::Change(place, name, arguments);
        out.push(if gives { Statement::Discard(change) } else { Statement::Do(change) });
    }

    /// A method that changes a collection, and whether it gives something.
    fn change_of(&mut self, of: &Type) -> (&'static str, Vec<Expr>, bool) {
        match of {
            Type::Array(of) => self.change_of_array(of),
            Type::Map(key, value) => match self.random.below(10) {
                0..=4 => ("insert", vec![self.simple(key), self.expr(value, 1)], true),
                5..=7 => ("remove", vec![self.simple(key)], true),
                8 => {
                    let parameters = [(**key).clone(), (**value).clone()];
                    ("retain", vec![self.closure(&parameters, &Type::Bool, 1)], false)
                }
                _ if self.often(50) => ("clear", Vec::new(), false),
                _ => ("extend", vec![self.expr(of, 1)], false),
            },
            Type::Set(key) => match self.random.below(10) {
                0..=4 => ("insert", vec![self.expr(key, 1)], true),
                5..=7 => ("remove", vec![self.expr(key, 1)], true),
                8 => ("retain", vec![self.closure(std::slice::from_ref(&**key), &Type::Bool, 1)], false),
                _ => ("extend", vec![self.expr(of, 1)], false),
            },
            Type::Deque(of) => match self.random.below(8) {
                0..=2 => ("push_back", vec![self.expr(of, 1)], false),
                3..=5 => ("push_front", vec![self.expr(of, 1)], false),
                _ => (*self.pick(&["pop_front", "pop_back"]), Vec::new(), true),
            },
            Type::Heap(of) if self.often(70) => ("push", vec![self.expr(of, 1)], false),
            _ => ("pop", Vec::new(), true),
        }
    }

    fn change_of_array(&mut self, of: &Type) -> (&'static str, Vec<Expr>, bool) {
        match self.random.below(14) {
            0..=3 => ("push", vec![self.expr(of, 1)], false),
            4 => ("reverse", Vec::new(), false),
            5 => ("extend", vec![self.simple(&of.clone().array())], false),
            6 => ("truncate", vec![number(self.up_to(3))], false),
            7 if self.has_order(of) && self.often(50) => ("sort", Vec::new(), false),
            7 => ("sort_by_key", vec![self.closure(std::slice::from_ref(of), &INT, 1)], false),
            8 => ("insert", vec![number(0), self.expr(of, 1)], false),
            9 => ("remove", vec![number(0)], true),
            10 => ("swap", vec![number(0), number(self.up_to(1))], false),
            11 => ("retain", vec![self.closure(std::slice::from_ref(of), &Type::Bool, 1)], false),
            12 if is_shown(of) => ("dedup", Vec::new(), false),
            12 => ("clear", Vec::new(), false),
            _ => ("push", vec![self.simple(of)], false),
        }
    }

    fn branch(&mut self, out: &mut Vec<Statement>) {
        let outer = self.context.variables.clone();
        let count = 1 + self.up_to(2);
        let condition = if self.often(25) {
            let of = self.shown_type(1).option();
            let value = self.expr(&of, 1);
            let Type::Option(inner) = &of else { return };
            let shape = super::super::value::Shape::some();
            let inner = self.certain(inner, 1);
            Condition::Matches(Pattern::Shape(shape, vec![inner]), value)
        } else {
            Condition::Holds(self.condition(2))
        };
        let then = self.within(|_| {}, |generator| generator.block(count, &Type::Unit));
        self.context.variables = outer;
        let otherwise =
            self.often(40).then(|| self.within(|_| {}, |generator| generator.block(1, &Type::Unit)));
        out.push(Statement::If(condition, then, otherwise));
    }

    fn a_loop(&mut self, out: &mut Vec<Statement>) {
        let outer = self.context.variables.clone();
        let label = self.often(25).then(|| self.fresh("loop"));
        let count = 1 + self.up_to(2);
        let inner = label.clone();
        let body_of = |generator: &mut Self| {
            generator
                .within(|context| context.loops.push(inner), |generator| generator.block(count, &Type::Unit))
        };
        match self.random.below(9) {
            8 => self.popping(label, body_of, out),
            0..=2 => {
                let name = self.fresh("at");
                let to = number(self.up_to(4));
                let is_closed = self.often(20);
                let over = Expr::Range(Box::new(number(0)), Box::new(to), is_closed);
                self.declare(false, &name, &INT);
                let body = body_of(self);
                let pattern = Pattern::Bind(name);
                out.push(Statement::For { label, position: None, pattern, over, body });
            }
            3 | 4 => {
                let of = self.shown_type(1);
                let over = self.expr(&of.clone().array(), 1);
                let over = std(over, "take", vec![number(5)]);
                let position = self.often(30).then(|| self.fresh("at"));
                if let Some(position) = &position {
                    self.declare(false, position, &INT);
                }
                let pattern = self.certain(&of, 1);
                let body = body_of(self);
                out.push(Statement::For { label, position, pattern, over, body });
            }
            5 => {
                let (key, value) = (self.scalar_key(), self.shown_type(1));
                let map = Type::Map(Box::new(key.clone()), Box::new(value.clone()));
                let over = self.expr(&map, 1);
                let names = (self.fresh("k"), self.fresh("w"));
                self.declare(false, &names.0, &key);
                self.declare(false, &names.1, &value);
                let body = self.within(
                    |context| context.loops.push(None),
                    |generator| generator.block(count, &Type::Unit),
                );
                out.push(Statement::ForEntries(names.0, names.1, over, body));
            }
            6 => self.changed_elements(out),
            _ => {
                // Counted in front of everything that may leave the round.
                let name = self.fresh("w");
                let of = Some(INT);
                out.push(Statement::Let { is_var: true, name: name.clone(), of, value: number(0) });
                let condition = self.condition(1);
                let bound = binary(Binary::Lt, Expr::Variable(name.clone()), number(1 + self.up_to(3)));
                let condition = Condition::Holds(binary(Binary::Both, bound, condition));
                self.declare(false, &name, &INT);
                let mut body = body_of(self);
                let place = Place { root: name, path: Vec::new() };
                body.statements.insert(0, Statement::Assign(place, Some(Binary::Add), number(1)));
                out.push(Statement::While { label, condition, body });
            }
        }
        self.context.variables = outer;
    }

    /// `while const Some(x) = xs.pop()`
    fn popping(
        &mut self,
        label: Option<super::Name>,
        body_of: impl FnOnce(&mut Self) -> super::Block,
        out: &mut Vec<Statement>,
    ) {
        let places = self.places();
        let found: Vec<_> = places.iter().filter(|(_, of)| matches!(of, Type::Array(_))).cloned().collect();
        let Some((place, Type::Array(of))) = self.random.choose(&found).cloned() else { return };
        let pattern = Pattern::Shape(super::super::value::Shape::some(), vec![self.certain(&of, 1)]);
        let condition = Condition::Matches(pattern, Expr::Change(place, "pop", Vec::new()));
        let body = body_of(self);
        out.push(Statement::While { label, condition, body });
    }

    fn scalar_key(&mut self) -> Type {
        if self.often(50) { INT } else { Type::Str }
    }

    fn changed_elements(&mut self, out: &mut Vec<Statement>) {
        let places = self.places();
        let found: Vec<_> = places.iter().filter(|(_, of)| matches!(of, Type::Array(_))).cloned().collect();
        let Some((place, Type::Array(of))) = self.random.choose(&found).cloned() else { return };
        let name = self.fresh("e");
        let root = place.root.clone();
        let of_element = of.clone();
        let element = name.clone();
        let body = self.within(
            |context| {
                context.variables.retain(|variable| variable.name != root);
                context.variables.push(super::Variable { name: element, of: *of_element, is_var: true });
                context.loops.push(None);
            },
            |generator| generator.block(1, &Type::Unit),
        );
        out.push(Statement::ForMut(name, place, body));
    }

    fn deferred(&mut self, out: &mut Vec<Statement>) {
        let may_wait = self.often(40);
        let body = self.within(
            |context| {
                context.may_leave = false;
                context.loops.clear();
                context.depth = 2;
                context.may_wait &= may_wait;
            },
            |generator| {
                let mut body = generator.block(1, &Type::Unit);
                if generator.often(8) {
                    let condition = generator.condition(1);
                    let message = Expr::Literal(Value::text(&format!("d{}", generator.next)));
                    let panic = Statement::Do(Expr::Free("panic".to_owned(), vec![message]));
                    let then = super::Block { statements: vec![panic], value: None };
                    body.statements.push(Statement::If(Condition::Holds(condition), then, None));
                }
                let more = generator.up_to(9);
                let add = std(generator.global("TOTAL"), "add", vec![number(more)]);
                body.statements.push(Statement::Discard(add));
                body
            },
        );
        out.push(Statement::Defer(body));
    }

    /// A jump, a return or a panic, under a condition.
    fn leaving(&mut self, out: &mut Vec<Statement>) {
        if !self.context.may_leave {
            return self.assignment(out);
        }
        let condition = self.condition(1);
        let loops = self.context.loops.clone();
        let statement = match self.random.below(10) {
            0..=4 if !loops.is_empty() => {
                let label = self.random.choose(&loops).cloned().flatten();
                if self.often(50) { Statement::Break(label) } else { Statement::Continue(label) }
            }
            5 if self.often(30) => {
                let message = Expr::Literal(Value::text(&format!("p{}", self.next)));
                return out.push(Statement::Do(Expr::Free("assert".to_owned(), vec![condition, message])));
            }
            5 if self.often(50) => {
                let message = Expr::Literal(Value::text(&format!("p{}", self.next)));
                Statement::Do(Expr::Free("panic".to_owned(), vec![message]))
            }
            _ if self.context.result == Type::Unit => Statement::Return(None),
            _ => {
                let result = self.context.result.clone();
                Statement::Return(Some(self.expr(&result, 1)))
            }
        };
        let then = super::Block { statements: vec![statement], value: None };
        out.push(Statement::If(Condition::Holds(condition), then, None));
    }

    /// A function is called, for its effect or for what it gives; or its name becomes a value.
    fn called(&mut self, out: &mut Vec<Statement>) {
        let values = self.context.variables.iter().filter_map(|variable| match &variable.of {
            Type::Fn(_, result) => Some((**result).clone()),
            _ => None,
        });
        let values: Vec<Type> = values.collect();
        if let Some(of) = self.random.choose(&values).cloned()
            && self.often(50)
            && let Some(call) = self.invoked(&of, 1)
        {
            self.bind(out, true, &of, call);
            return;
        }
        let functions = self.program.functions.clone();
        let Some(function) = self.random.choose(&functions).cloned() else { return self.variable(out) };
        if super::is_value(&function) && self.often(25) {
            let parameters = function.parameters.iter().map(|parameter| parameter.of.clone());
            let of = Type::Fn(parameters.collect(), Box::new(function.result));
            self.bind(out, false, &of, Expr::Variable(function.name));
            return;
        }
        let with = self.shown_type(1);
        let function = super::instance(function, &with);
        let changed = function.parameters.iter().filter(|parameter| parameter.is_mut);
        for of in changed.map(|parameter| parameter.of.clone()) {
            if self.often(60) {
                let value = self.expr(&of, 1);
                self.bind(out, true, &of, value);
            }
        }
        let Some(call) = self.call_of(&function, 2, true) else { return self.variable(out) };
        if self.context.is_task && super::tasks::prints(&call) {
            return self.variable(out);
        }
        self.room = self.room.saturating_sub(4);
        match &function.result {
            Type::Unit => out.push(Statement::Do(call)),
            of if !is_shown(of) || self.often(50) => drop(self.bind(out, false, of, call)),
            _ => out.push(Statement::Discard(call)),
        }
    }

    /// A number that can be added to a total.
    pub(super) fn amount(&mut self) -> Expr {
        if self.often(10) {
            let depth = std(self.global("DEPTH"), "get", Vec::new());
            return binary(Binary::Rem, depth, Expr::Literal(Value::Int(Int::I64, 1009)));
        }
        let of = if self.often(70) { INT } else { Type::Str };
        let value = self.expr(&of, 1);
        match of {
            Type::Str => std(value, "len", Vec::new()),
            _ => binary(Binary::Rem, value, Expr::Literal(Value::Int(Int::I64, 1009))),
        }
    }

    /// Whether a value of this type can leave a task and be printed.
    pub(super) fn is_result(of: &Type) -> bool {
        is_shown(of) && *of != Type::Unit
    }
}
