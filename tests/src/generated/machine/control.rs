//! Blocks, statements, patterns, and expressions that are neither arithmetic nor tasks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::super::tree::{Argument, Arm, Binary, Block, Condition, Expr, Name, Pattern, Piece, Statement};
use super::super::value::{Channel, Closure, Gate, Shape, Value};
use super::{DEPTH, Eval, Leave, Machine, SIZE, invalid, panic};

impl Machine<'_> {
    pub(super) fn bind(&mut self, name: &Name, value: Value) {
        self.frame.push((name.clone(), value));
    }

    /// A block: its statements, its value, then its `defer`s, the last one first.
    pub(super) fn block(&mut self, block: &Block) -> Eval {
        let base = self.frame.len();
        let mut defers: Vec<(&Block, usize)> = Vec::new();
        let mut result = self.statements(block, &mut defers);
        for (body, seen) in defers.into_iter().rev() {
            if matches!(result, Err(Leave::Invalid(_))) {
                break;
            }
            // What was declared after the `defer` is not seen by it.
            let later = self.frame.split_off(seen.min(self.frame.len()));
            let ended = self.block(body);
            self.frame.extend(later);
            if let Err(leave) = ended {
                result = Err(leave);
            }
        }
        self.frame.truncate(base);
        result
    }

    fn statements<'b>(&mut self, block: &'b Block, defers: &mut Vec<(&'b Block, usize)>) -> Eval {
        for statement in &block.statements {
            self.step()?;
            match statement {
                Statement::Defer(body) => defers.push((body, self.frame.len())),
                _ => self.statement(statement)?,
            }
        }
        match &block.value {
            Some(value) => self.expr(value),
            None => Ok(Value::Unit),
        }
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Leave> {
        match statement {
            Statement::Let { name, value, .. } => {
                let value = bounded(self.expr(value)?)?;
                self.bind(name, value);
            }
            Statement::Destructure(pattern, value) => {
                let value = self.expr(value)?;
                if !self.matches(pattern, &value) {
                    return invalid();
                }
            }
            Statement::Channel { tx, rx, capacity, .. } => {
                let channel = Channel { capacity: *capacity, ..Channel::default() };
                let channel = Value::End(Rc::new(channel));
                self.bind(tx, channel.clone());
                self.bind(rx, channel);
            }
            Statement::Assign(place, op, value) => self.assign(place, *op, value)?,
            Statement::AssignTuple(places, values) => self.assign_tuple(places, values)?,
            Statement::Do(expr) | Statement::Discard(expr) => drop(self.expr(expr)?),
            Statement::Print(expr) => {
                let text = self.expr(expr)?.shown();
                self.lines.push(text);
            }
            Statement::If(condition, then, otherwise) => {
                let base = self.frame.len();
                let ended = match self.holds(condition)? {
                    true => self.block(then),
                    false => otherwise.as_ref().map_or(Ok(Value::Unit), |otherwise| self.block(otherwise)),
                };
                self.frame.truncate(base);
                ended?;
            }
            Statement::While { label, condition, body } => loop {
                let base = self.frame.len();
                self.step()?;
                if !self.holds(condition)? {
                    break;
                }
                let goes_on = self.round(label.as_ref(), body);
                self.frame.truncate(base);
                if !goes_on? {
                    break;
                }
            },
            Statement::For { label, position, pattern, over, body } => {
                self.go_through(label.as_ref(), position.as_ref(), pattern, over, body)?;
            }
            Statement::ForEntries(key, value, over, body) => {
                let Value::Map(entries) = self.expr(over)? else { return invalid() };
                for (k, v) in entries.iter() {
                    self.bind(key, k.clone());
                    self.bind(value, v.clone());
                    let goes_on = self.round(None, body);
                    self.frame.truncate(self.frame.len() - 2);
                    if !goes_on? {
                        break;
                    }
                }
            }
            Statement::ForMut(name, place, body) => self.change_elements(name, place, body)?,
            Statement::Break(label) => return Err(Leave::Break(label.clone())),
            Statement::Continue(label) => return Err(Leave::Continue(label.clone())),
            Statement::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::Unit), |value| self.expr(value))?;
                return Err(Leave::Return(value));
            }
            Statement::Match(value, arms) => drop(self.choose(value, arms)?),
            Statement::Defer(_) => return invalid(),
        }
        Ok(())
    }

    fn go_through(
        &mut self,
        label: Option<&Name>,
        position: Option<&Name>,
        pattern: &Pattern,
        over: &Expr,
        body: &Block,
    ) -> Result<(), Leave> {
        let mut over = self.expr(over)?;
        for at in 0.. {
            self.step()?;
            let base = self.frame.len();
            let Some(element) = self.next_of(&mut over, at)? else { break };
            if let Some(position) = position {
                self.bind(position, Value::int(at as i128));
            }
            if !self.matches(pattern, &element) {
                return invalid();
            }
            let goes_on = self.round(label, body);
            self.frame.truncate(base);
            if !goes_on? {
                break;
            }
        }
        Ok(())
    }

    fn next_of(&mut self, over: &mut Value, at: usize) -> Result<Option<Value>, Leave> {
        match over {
            Value::Array(parts) | Value::Set(parts) => Ok(parts.get(at).cloned()),
            Value::Range(int, from, to) => {
                let next = *from + at as i128;
                Ok((next < *to).then_some(Value::Int(*int, next)))
            }
            Value::End(channel) => {
                let channel = channel.clone();
                self.receive(&channel)
            }
            _ => invalid(),
        }
    }

    /// A round of a loop; whether there may be another one.
    pub(super) fn round(&mut self, label: Option<&Name>, body: &Block) -> Result<bool, Leave> {
        let is_this = |to: &Option<Name>| to.is_none() || to.as_ref() == label;
        match self.block(body) {
            Ok(_) => Ok(true),
            Err(Leave::Break(to)) if is_this(&to) => Ok(false),
            Err(Leave::Continue(to)) if is_this(&to) => Ok(true),
            Err(leave) => Err(leave),
        }
    }

    fn holds(&mut self, condition: &Condition) -> Result<bool, Leave> {
        match condition {
            Condition::Holds(expr) => self.truth(expr),
            Condition::Matches(pattern, expr) => {
                let value = self.expr(expr)?;
                Ok(self.matches(pattern, &value))
            }
        }
    }

    fn truth(&mut self, expr: &Expr) -> Result<bool, Leave> {
        match self.expr(expr)? {
            Value::Bool(truth) => Ok(truth),
            _ => invalid(),
        }
    }

    /// Whether a pattern matches; then its names are bound, else nothing is.
    pub(super) fn matches(&mut self, pattern: &Pattern, value: &Value) -> bool {
        let base = self.frame.len();
        let all = |machine: &mut Self, patterns: &[Pattern], values: &[Value]| {
            patterns.len() == values.len() && patterns.iter().zip(values).all(|(p, v)| machine.matches(p, v))
        };
        let fits = match (pattern, value) {
            (Pattern::Any, _) => true,
            (Pattern::Bind(name), _) => {
                self.bind(name, value.clone());
                true
            }
            (Pattern::Literal(literal), _) => literal.equals(value),
            (Pattern::Range(from, to), _) => from.compare(value).is_le() && value.compare(to).is_le(),
            (Pattern::Tuple(patterns), Value::Tuple(values)) => all(self, patterns, values),
            (Pattern::Shape(shape, patterns), Value::Record(found, values)) => {
                shape.name == found.name && all(self, patterns, values)
            }
            (Pattern::Either(patterns), _) => patterns.iter().any(|pattern| self.matches(pattern, value)),
            _ => false,
        };
        if !fits {
            self.frame.truncate(base);
        }
        fits
    }

    fn choose(&mut self, value: &Expr, arms: &[Arm]) -> Eval {
        let value = self.expr(value)?;
        let base = self.frame.len();
        for arm in arms {
            if !self.matches(&arm.pattern, &value) {
                continue;
            }
            let ended = match &arm.guard {
                Some(guard) => match self.truth(guard) {
                    Ok(true) => self.block(&arm.body),
                    Ok(false) => {
                        self.frame.truncate(base);
                        continue;
                    }
                    Err(leave) => Err(leave),
                },
                None => self.block(&arm.body),
            };
            self.frame.truncate(base);
            return ended;
        }
        invalid()
    }

    pub(super) fn all(&mut self, exprs: &[Expr]) -> Result<Vec<Value>, Leave> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Eval {
        self.step()?;
        match expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Variable(name) => self.variable(name),
            Expr::Unary(op, operand) => {
                let operand = self.expr(operand)?;
                super::numbers::unary(*op, operand)
            }
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::Range(from, to, is_closed) => match (self.expr(from)?, self.expr(to)?) {
                (Value::Int(int, from), Value::Int(_, to)) => {
                    Ok(Value::Range(int, from, to + i128::from(*is_closed)))
                }
                _ => invalid(),
            },
            Expr::If(condition, then, otherwise) => {
                let base = self.frame.len();
                let ended = match self.holds(condition)? {
                    true => self.block(then),
                    false => self.block(otherwise),
                };
                self.frame.truncate(base);
                ended
            }
            Expr::Match(value, arms) => self.choose(value, arms),
            Expr::Call(name, arguments) => self.call(name, None, arguments),
            Expr::Method(receiver, name, arguments) => self.call(name, Some(receiver), arguments),
            Expr::Invoke(function, arguments) => {
                let function = self.expr(function)?;
                let arguments = self.all(arguments)?;
                self.invoke(&function, arguments)
            }
            Expr::Std(receiver, name, arguments) => {
                let receiver = self.expr(receiver)?;
                let arguments = self.all(arguments)?;
                let value = self.method(&receiver, name, &arguments)?;
                bounded(value)
            }
            Expr::Change(place, name, arguments) => self.change(place, name, arguments),
            Expr::Free(name, arguments) => {
                let arguments = self.all(arguments)?;
                self.call_free(name, &arguments)
            }
            Expr::Field(..) | Expr::Part(..) | Expr::Index(..) | Expr::Slice(..) => self.part_of(expr),
            Expr::Array(parts) => Ok(Value::array(self.all(parts)?)),
            Expr::Repeat(value, count) => Ok(Value::array(vec![self.expr(value)?; *count])),
            Expr::Tuple(parts) => Ok(Value::Tuple(Rc::new(self.all(parts)?))),
            Expr::Map(entries) => {
                let mut all = Vec::new();
                for (key, value) in entries {
                    all.push((self.expr(key)?, self.expr(value)?));
                }
                let mut map = Vec::new();
                all.into_iter()
                    .for_each(|(key, value)| drop(super::methods::set_entry(&mut map, key, value)));
                Ok(Value::Map(Rc::new(map)))
            }
            Expr::Set(parts) => Ok(super::methods::set_of(self.all(parts)?)),
            Expr::Make(shape, fields) => self.make(shape, fields, None),
            Expr::Update(shape, fields, base) => self.make(shape, fields, Some(base)),
            Expr::Typed(_, value) => self.expr(value),
            Expr::Text(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(piece) => text.push_str(piece),
                        Piece::Shown(value) => text.push_str(&self.expr(value)?.shown()),
                    }
                }
                bounded(Value::text(&text))
            }
            Expr::Closure(parameters, body) => Ok(Value::Closure(Rc::new(Closure {
                parameters: parameters.iter().map(|(name, _)| name.clone()).collect(),
                body: body.clone(),
                captured: self.frame.clone(),
            }))),
            Expr::Try(value) => match self.expr(value)? {
                Value::Record(shape, parts) if matches!(&*shape.name, "Some" | "Ok") => Ok(parts[0].clone()),
                failed @ Value::Record(..) => Err(Leave::Return(failed)),
                _ => invalid(),
            },
            _ => self.concurrent(expr),
        }
    }

    fn binary(&mut self, op: Binary, left: &Expr, right: &Expr) -> Eval {
        match op {
            Binary::Both => Ok(Value::Bool(self.truth(left)? && self.truth(right)?)),
            Binary::Either => Ok(Value::Bool(self.truth(left)? || self.truth(right)?)),
            Binary::Default => match self.expr(left)?.inside("Some") {
                Some(value) => Ok(value),
                None => self.expr(right),
            },
            _ => {
                let left = self.expr(left)?;
                let right = self.expr(right)?;
                super::numbers::binary(op, &left, &right)
            }
        }
    }

    fn make(&mut self, shape: &Rc<Shape>, fields: &[(usize, Expr)], base: Option<&Expr>) -> Eval {
        let mut parts: Vec<Option<Value>> = vec![None; shape.fields.len()];
        for (at, value) in fields {
            parts[*at] = Some(self.expr(value)?);
        }
        if let Some(base) = base {
            let Value::Record(_, old) = self.expr(base)? else { return invalid() };
            for (part, old) in parts.iter_mut().zip(old.iter()) {
                part.get_or_insert_with(|| old.clone());
            }
        }
        match parts.into_iter().collect::<Option<Vec<_>>>() {
            Some(parts) => Ok(Value::Record(shape.clone(), Rc::new(parts))),
            None => invalid(),
        }
    }

    /// Calls a function of the program. What went into `mut` parameters comes back, however the call ends.
    fn call(&mut self, name: &Name, receiver: Option<&Argument>, arguments: &[Argument]) -> Eval {
        let mut values = Vec::new();
        let mut places = Vec::new();
        for argument in receiver.into_iter().chain(arguments) {
            match argument {
                Argument::Value(value) => values.push(self.expr(value)?),
                Argument::Place(place) => {
                    let (resolved, value) = self.resolve_and_read(place)?;
                    places.push((values.len(), resolved));
                    values.push(value);
                }
            }
        }
        let (ended, after) = self.enter(name, values);
        for (at, place) in places {
            if let Some(value) = after.get(at) {
                self.write(&place, value.clone())?;
            }
        }
        ended
    }

    /// Runs a function; gives what its parameters hold afterwards, too.
    pub(super) fn enter(&mut self, name: &Name, arguments: Vec<Value>) -> (Eval, Vec<Value>) {
        let Some(&function) = self.functions.get(name) else { return (invalid(), Vec::new()) };
        if function.parameters.len() != arguments.len() {
            return (invalid(), Vec::new());
        }
        let names = function.parameters.iter().map(|parameter| parameter.name.clone());
        let count = arguments.len();
        let (ended, mut frame) = self.in_frame(names.zip(arguments).collect(), &function.body);
        frame.truncate(count);
        (ended, frame.into_iter().map(|(_, value)| value).collect())
    }

    fn in_frame(&mut self, frame: Vec<(Name, Value)>, body: &Block) -> (Eval, Vec<(Name, Value)>) {
        if self.depth == DEPTH {
            return (Err(Leave::Invalid("deep recursion")), Vec::new());
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.frame, frame);
        let ended = match self.block(body) {
            Err(Leave::Return(value)) => Ok(value),
            Err(Leave::Break(_) | Leave::Continue(_)) => invalid(),
            ended => ended,
        };
        self.depth -= 1;
        (ended, std::mem::replace(&mut self.frame, outer))
    }

    /// Calls a function value.
    pub(super) fn invoke(&mut self, function: &Value, arguments: Vec<Value>) -> Eval {
        match function {
            Value::Function(name) => self.enter(name, arguments).0,
            Value::Closure(closure) if closure.parameters.len() == arguments.len() => {
                let mut frame = closure.captured.clone();
                frame.extend(closure.parameters.iter().cloned().zip(arguments));
                self.in_frame(frame, &closure.body).0
            }
            _ => invalid(),
        }
    }

    /// A function of the standard library, or of what every program begins with.
    pub(super) fn call_free(&mut self, name: &str, arguments: &[Value]) -> Eval {
        match (name, arguments) {
            ("panic", [message]) => panic(message.shown()),
            ("assert", [Value::Bool(holds), message]) => {
                if *holds {
                    Ok(Value::Unit)
                } else {
                    panic(message.shown())
                }
            }
            ("traced", [number, value]) => {
                self.lines.push(format!("  {}: {}", number.shown(), value.shown()));
                Ok(value.clone())
            }
            ("digest", [value]) => {
                let step = |hash: i128, byte: u8| (hash * 31 + i128::from(byte)) % 65_521;
                Ok(Value::int(value.shown().bytes().fold(7, step)))
            }
            ("told", [result]) => Ok(Value::text(&match (result.inside("Ok"), result.inside("Err")) {
                (Some(value), _) => value.shown(),
                (None, Some(failure)) => match failure.inside("Panicked") {
                    Some(message) => format!("panic: {}", message.shown()),
                    None => "cancelled".to_owned(),
                },
                _ => return invalid(),
            })),
            ("max", [a, b]) => Ok(if a.compare(b).is_lt() { b.clone() } else { a.clone() }),
            ("min", [a, b]) => Ok(if b.compare(a).is_lt() { b.clone() } else { a.clone() }),
            ("par_range", [Value::Range(int, from, to), function]) => {
                let numbers = (*from..*to).map(|number| Value::Int(*int, number)).collect();
                self.in_parallel(numbers, function)
            }
            ("Mutex" | "Atomic" | "sync.RwLock.new", [value]) => {
                Ok(Value::Cell(Rc::new(RefCell::new(value.clone()))))
            }
            ("sync.Once.new", []) => Ok(Value::Cell(Rc::new(RefCell::new(Value::option(None))))),
            ("sync.WaitGroup.new", []) => Ok(gate(0, false)),
            ("sync.Semaphore.new" | "sync.Barrier.new", [Value::Int(_, count)]) => {
                Ok(gate(*count, name == "sync.Barrier.new"))
            }
            ("collections.Deque.of", [all]) => Ok(all.clone()),
            ("collections.Heap.of", [Value::Array(parts)]) => {
                let mut parts = parts.to_vec();
                parts.sort_by(Value::compare);
                Ok(Value::Heap(Rc::new(parts)))
            }
            ("task.yield", []) => Ok(Value::Unit),
            _ => super::numbers::convert(name, arguments),
        }
    }
}

fn gate(count: i128, is_barrier: bool) -> Value {
    Value::Gate(Rc::new(Gate { count: Cell::new(count), is_barrier }))
}

/// What grows without end is no part of a test.
fn bounded(value: Value) -> Eval {
    if value.size() > SIZE { Err(Leave::Invalid("a large value")) } else { Ok(value) }
}
