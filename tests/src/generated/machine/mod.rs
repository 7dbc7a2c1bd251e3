//! Runs a tree: a second implementation of the language, made of the specification.
//!
//! A task runs in one go. When it begins is the machine's choice ([`Order`]): as soon as it is spawned, or as late as
//! possible, the first or the last of those that wait. A case counts only if all orders agree on what it prints. What is
//! not decided by the language, or would block for good, makes it [`Leave::Invalid`].

mod changes;
mod control;
mod handles;
mod methods;
mod numbers;
mod places;
mod tasks;
mod texts;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub use tasks::Task;

use super::tree::{Case, Function, Name, Program, Type};
use super::value::Value;
use tasks::ScopeRecord;

/// When tasks run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// When they are spawned, apart from such as wait for others.
    Eager,
    /// When something waits for them, the first of several.
    First,
    /// The same, the last of several.
    Last,
}

/// Why an expression gives no value.
#[derive(Clone, Debug)]
pub enum Leave {
    /// `return`, or `?`.
    Return(Value),
    /// `break`
    Break(Option<Name>),
    /// `continue`
    Continue(Option<Name>),
    /// A panic.
    Panic(String),
    /// The body of a nursery is left because a task failed.
    Cancelled(usize),
    /// It waits for what never comes, and is cancelled there.
    Stuck,
    /// The program decides nothing here; no part of a test.
    Invalid(&'static str),
}

/// A value, or the way out.
pub type Eval = Result<Value, Leave>;

/// Steps that a case may take, and scalars that a value may hold.
const FUEL: u32 = 20_000;
const SIZE: usize = 3_000;
/// Calls within calls.
const DEPTH: u32 = 60;

/// What a program does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// The lines of its standard output.
    pub lines: Vec<String>,
    /// Its exit status.
    pub status: i32,
}

/// Runs a program in all orders.
///
/// # Errors
/// Which case is not decided, and why: it does not agree with itself, takes too long, or makes no sense.
pub fn run(program: &Program) -> Result<Outcome, (usize, &'static str)> {
    let outcome = Machine::new(program, Order::Eager).cases()?;
    for order in [Order::First, Order::Last] {
        let other = Machine::new(program, order).cases()?;
        if outcome != other {
            let same = outcome.lines.iter().zip(&other.lines).take_while(|(one, two)| one == two).count();
            let known = &outcome.lines[..outcome.lines.len().min(same + 1)];
            let cases = known.iter().filter(|line| line.starts_with("case ")).count();
            return Err((cases.saturating_sub(1), "order"));
        }
    }
    Ok(outcome)
}

/// The state of a run.
pub(super) struct Machine<'p> {
    functions: HashMap<Name, &'p Function>,
    program: &'p Program,
    globals: Vec<(Name, Value)>,
    order: Order,
    lines: Vec<String>,
    fuel: u32,
    depth: u32,
    /// The variables of the function that runs.
    frame: Vec<(Name, Value)>,
    /// The scopes that are open in the task that runs, and the number of the next one.
    scopes: Vec<ScopeRecord>,
    next_scope: usize,
    /// All tasks that have not begun.
    pending: Vec<Rc<Task>>,
    /// All detached ones.
    detached: Vec<Rc<Task>>,
    /// The bindings of task-local values.
    bindings: Vec<(Rc<Value>, Value)>,
    /// The mutexes that are held.
    held: Vec<*const RefCell<Value>>,
}

impl<'p> Machine<'p> {
    pub(super) fn new(program: &'p Program, order: Order) -> Self {
        let functions = program.functions.iter().map(|function| (function.name.clone(), function)).collect();
        let mut machine = Self {
            functions,
            program,
            globals: Vec::new(),
            order,
            lines: Vec::new(),
            fuel: FUEL,
            depth: 0,
            frame: Vec::new(),
            scopes: vec![ScopeRecord::task()],
            next_scope: 1,
            pending: Vec::new(),
            detached: Vec::new(),
            bindings: Vec::new(),
            held: Vec::new(),
        };
        for global in &program.globals {
            let start = machine.expr(&global.start).unwrap_or(Value::Unit);
            let value = match &global.of {
                Type::Local(_) => Value::Local(Rc::new(start)),
                _ => Value::Cell(Rc::new(RefCell::new(start))),
            };
            machine.globals.push((global.name.clone(), value));
        }
        machine
    }

    /// Does what `main` does.
    fn cases(mut self) -> Result<Outcome, (usize, &'static str)> {
        for (at, case) in self.program.cases.iter().enumerate() {
            self.fuel = FUEL;
            self.pending.clear();
            self.lines.push(format!("case {at}"));
            let ended = match case {
                Case::Task(call) => self.told(call),
                Case::Direct(call) => {
                    let ended = self.expr(call);
                    return self.end(ended).map_err(|why| (at, why));
                }
            };
            match ended {
                Ok(text) if text.len() > 2000 => return Err((at, "a long line")),
                Ok(text) => self.lines.push(text),
                Err(Leave::Panic(_)) => return Ok(Outcome { lines: self.lines, status: 101 }),
                Err(Leave::Invalid(why)) => return Err((at, why)),
                Err(_) => return Err((at, "main is left")),
            }
            if self.lines.len() > 2000 {
                return Err((at, "many lines"));
            }
            for (_, global) in &self.globals {
                match global {
                    Value::Cell(cell) => self.lines.push(cell.borrow().shown()),
                    Value::Local(default) => self.lines.push(default.shown()),
                    _ => {}
                }
            }
        }
        Ok(Outcome { status: self.status(), lines: self.lines })
    }

    /// `main` prints what the last case gives, and waits for its tasks.
    fn end(mut self, ended: Eval) -> Result<Outcome, &'static str> {
        if let Ok(value) = &ended {
            self.lines.push(value.shown());
        }
        let ended = match self.scopes.pop() {
            Some(scope) => self.close(&scope, ended),
            None => ended,
        };
        match ended {
            Ok(_) => Ok(Outcome { status: self.status(), lines: self.lines }),
            Err(Leave::Panic(_)) => Ok(Outcome { lines: self.lines, status: 101 }),
            Err(Leave::Invalid(why)) => Err(why),
            Err(_) => Err("main is left"),
        }
    }

    /// Spends a step.
    fn step(&mut self) -> Result<(), Leave> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Leave::Invalid("it takes too long"))?;
        Ok(())
    }

    fn variable(&self, name: &Name) -> Eval {
        let found = self.frame.iter().rev().find(|(known, _)| known == name);
        let found = found.or_else(|| self.globals.iter().find(|(known, _)| known == name));
        match found {
            Some((_, value)) => Ok(value.clone()),
            None if self.functions.contains_key(name) => Ok(Value::Function(name.clone())),
            None => Err(Leave::Invalid("no such variable")),
        }
    }
}

/// A panic with this message.
fn panic<T>(message: impl Into<String>) -> Result<T, Leave> {
    Err(Leave::Panic(message.into()))
}

/// What the generator or the reducer has made makes no sense.
fn invalid<T>() -> Result<T, Leave> {
    Err(Leave::Invalid("it makes no sense"))
}
