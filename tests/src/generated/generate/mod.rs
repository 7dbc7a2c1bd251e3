//! Makes programs at random: valid ones that end, and use all of the language together.
//!
//! A function calls only such as were made before it, and loops are short, so programs end. What a case of a program
//! does may be undecided all the same, or take long; the machine finds that out, and the case is left out.

mod endings;
mod expressions;
mod meetings;
mod methods;
mod patterns;
mod statements;
mod tasks;
mod types;

use super::machine::{self, Outcome};
use super::tree::{
    Argument, Binary, Block, Case, Condition, Expr, Function, Global, INT, Int, Name, Parameter, Place,
    Program, Statement, Type, Work,
};
use super::value::Value;
use crate::random::Random;

/// A variable that can be used.
#[derive(Clone, Debug)]
struct Variable {
    name: Name,
    of: Type,
    /// Whether it can be changed here.
    is_var: bool,
}

/// Where code is made.
#[derive(Clone, Debug)]
struct Context {
    variables: Vec<Variable>,
    /// What `return` takes.
    result: Type,
    /// The loops around, innermost last.
    loops: Vec<Option<Name>>,
    /// Whether another task may run it, so that it may not print.
    is_task: bool,
    /// Whether it may be left by a jump: not in a `defer`.
    may_leave: bool,
    /// Whether it may spawn, wait and lock: not while it holds a lock, and not where elements are done in parallel.
    may_wait: bool,
    /// Blocks that may stand in it.
    depth: u32,
}

impl Context {
    /// In a function that does not print.
    fn of_function() -> Self {
        Self { may_leave: true, may_wait: true, depth: 3, ..Self::of_main() }
    }

    /// In `main`, where only arguments are made.
    fn of_main() -> Self {
        Self {
            variables: Vec::new(),
            result: Type::Unit,
            loops: Vec::new(),
            is_task: true,
            may_leave: false,
            may_wait: false,
            depth: 0,
        }
    }
}

/// A program and what it prints.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The program.
    pub program: Program,
    /// What it does.
    pub outcome: Outcome,
    /// Cases that were left out, and why.
    pub left_out: Vec<&'static str>,
}

/// The program of a seed.
#[must_use]
pub fn generate(seed: u64) -> Generated {
    let mut generator = Generator::new(seed);
    generator.program();
    let mut program = generator.program;
    let mut left_out = Vec::new();
    loop {
        match machine::run(&program) {
            Ok(outcome) => return Generated { program, outcome, left_out },
            Err((case, why)) => {
                left_out.push(why);
                program.cases.remove(case.min(program.cases.len() - 1));
            }
        }
    }
}

struct Generator {
    random: Random,
    program: Program,
    /// The number of the next name.
    next: usize,
    /// How much the function that is made may still hold.
    room: u32,
    context: Context,
    /// How many parameters the function has.
    parameters: usize,
}

impl Generator {
    fn new(seed: u64) -> Self {
        let context = Context::of_main();
        Self {
            random: Random::new(seed),
            program: Program::default(),
            next: 0,
            room: 0,
            context,
            parameters: 0,
        }
    }

    /// Whether something happens that does so this often of a hundred times.
    fn often(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    /// A number from 0 up to `most`, which may be it.
    fn up_to(&mut self, most: usize) -> usize {
        self.random.below(most + 1)
    }

    fn fresh(&mut self, prefix: &str) -> Name {
        self.next += 1;
        Name::from(format!("{prefix}{}", self.next))
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.random.below(items.len())]
    }

    fn program(&mut self) {
        self.declarations();
        self.globals();
        let least = 5 + self.up_to(5);
        while self.program.functions.len() < least || !self.program.functions.iter().any(callable) {
            self.function();
            if self.often(12) {
                self.recursive();
            }
        }
        let functions: Vec<Function> =
            self.program.functions.iter().filter(|function| callable(function)).cloned().collect();
        self.context = Context::of_main();
        self.room = 100;
        for _ in 0..6 + self.up_to(8) {
            let function = self.pick(&functions).clone();
            let call = self.call_with_values(&function);
            self.program.cases.push(Case::Task(call));
        }
        let function = self.pick(&functions).clone();
        let call = self.call_with_values(&function);
        self.program.cases.push(Case::Direct(call));
    }

    fn globals(&mut self) {
        let start = Expr::Literal(Value::int(0));
        for (name, of) in [("TOTAL", Type::Atomic(Int::I64)), ("OTHER", Type::Atomic(Int::I64))] {
            self.program.globals.push(Global { name: Name::from(name), of, start: start.clone() });
        }
        let of = Type::Mutex(Box::new(INT));
        self.program.globals.push(Global { name: Name::from("KEPT"), of, start: start.clone() });
        let of = Type::Local(Box::new(INT));
        self.program.globals.push(Global { name: Name::from("DEPTH"), of, start });
        let of = self.shown_type(2);
        let start = self.simple(&of);
        self.program.globals.push(Global { name: Name::from("STATE"), of: Type::Mutex(Box::new(of)), start });
    }

    /// A function, or a method.
    fn function(&mut self) {
        let named: Vec<Name> =
            self.program.declarations.iter().map(|declaration| declaration.name.clone()).collect();
        let owner = (!named.is_empty() && self.often(25)).then(|| self.pick(&named).clone());
        let is_generic = self.often(20);
        let prints = self.often(40);
        let prefix = match (prints, owner.is_some()) {
            (true, true) => "say_m",
            (true, false) => "say",
            (false, true) => "m",
            (false, false) => "does",
        };
        let name = self.fresh(prefix);
        let mut parameters = Vec::new();
        if let Some(owner) = &owner {
            let is_mut = self.often(50);
            parameters.push(Parameter { name: Name::from("self"), of: Type::Named(owner.clone()), is_mut });
        }
        let parameter = Name::from("T");
        if is_generic {
            let name = self.fresh("p");
            parameters.push(Parameter { name, of: Type::Parameter(parameter.clone()), is_mut: false });
        }
        for _ in 0..self.up_to(3) {
            let mut of = self.parameter_type();
            if is_generic && self.often(40) {
                let of_parameter = Type::Parameter(parameter.clone());
                of = match self.random.below(4) {
                    0 => of_parameter.option(),
                    1 => Type::Fn(vec![of_parameter], Box::new(self.shown_type(1))),
                    _ => of_parameter.array(),
                };
            }
            let is_mut = self.often(20) && types::is_shown(&of);
            parameters.push(Parameter { name: self.fresh("p"), of, is_mut });
        }
        let result = match self.random.below(10) {
            0 => Type::Unit,
            1 => self.shown_type(1).option(),
            2 => Type::Result(Box::new(self.shown_type(1)), Box::new(Type::Str)),
            3 | 4 if is_generic => self.generic_result(&parameter),
            4 if owner.is_none() => self.shown_type(1).future(),
            5 if self.often(40) => Type::Fn(vec![self.shown_type(1)], Box::new(self.shown_type(1))),
            _ => self.shown_type(2),
        };
        let variables = parameters.iter().map(|parameter| Variable {
            name: parameter.name.clone(),
            of: parameter.of.clone(),
            is_var: parameter.is_mut,
        });
        self.context = Context {
            variables: variables.collect(),
            result: result.clone(),
            is_task: !prints,
            ..Context::of_function()
        };
        self.room = 45;
        self.parameters = parameters.len();
        let count = 2 + self.up_to(5);
        let body = self.block(count, &result);
        let generics = if is_generic { vec![(parameter, "Show + Eq")] } else { Vec::new() };
        self.program.functions.push(Function { name, owner, generics, parameters, result, body });
    }

    /// What a generic function gives, whose size depends on its parameter.
    fn generic_result(&mut self, parameter: &Name) -> Type {
        let of = Type::Parameter(parameter.clone());
        match self.random.below(6) {
            0 => of.array(),
            1 => of.option(),
            2 => Type::Tuple(vec![of.clone(), self.scalar(), of]),
            3 => Type::Result(Box::new(of), Box::new(Type::Str)),
            _ => of,
        }
    }

    /// A function that calls itself, in tasks or not, and counts down.
    fn recursive(&mut self) {
        let name = self.fresh("down");
        let left = self.fresh("left");
        let of = self.shown_type(1);
        let value = self.fresh("p");
        let parameters = vec![
            Parameter { name: left.clone(), of: INT, is_mut: false },
            Parameter { name: value.clone(), of: of.clone(), is_mut: false },
        ];
        // What it counts is nobody else's.
        let variables = [Variable { name: value, of: of.clone(), is_var: false }].into_iter();
        self.context =
            Context { variables: variables.collect(), result: of.clone(), ..Context::of_function() };
        self.room = 12;
        let stop = Statement::If(
            Condition::Holds(expressions::binary(
                Binary::Le,
                Expr::Variable(left.clone()),
                expressions::number(0),
            )),
            Block { statements: vec![Statement::Return(Some(self.expr(&of, 1)))], value: None },
            None,
        );
        let mut statements = vec![stop];
        self.statement(&mut statements);
        let fewer = expressions::binary(Binary::Sub, Expr::Variable(left), expressions::number(1));
        let again = vec![Argument::Value(fewer), Argument::Value(self.expr(&of, 1))];
        let again = Expr::Call(name.clone(), again);
        let again = match self.random.below(3) {
            0 => again,
            _ => {
                let work = Box::new(Work::Call(again));
                let task = Expr::Spawn { detached: false, waits: false, work };
                expressions::std(task, "await", Vec::new())
            }
        };
        self.bind(&mut statements, true, &of, again);
        let value = self.expr(&of, 2);
        let body = Block { statements, value: Some(Box::new(value)) };
        let result = of.clone();
        let function = Function { name, owner: None, generics: Vec::new(), parameters, result, body };
        self.program.functions.push(function);
    }

    /// A block with some statements, and a value of this type.
    fn block(&mut self, count: usize, of: &Type) -> Block {
        let outer = self.context.variables.len();
        let hidden = self.context.variables.clone();
        let mut statements = Vec::new();
        for _ in 0..count {
            if self.room == 0 {
                break;
            }
            self.room -= 1;
            self.statement(&mut statements);
        }
        let value = (*of != Type::Unit).then(|| Box::new(self.expr(of, 2)));
        if count > 0 {
            self.look(&mut statements, outer);
        }
        self.context.variables = hidden;
        self.context.variables.truncate(outer);
        Block { statements, value }
    }

    /// Looks at the variables of a block, as a rule, so that what is wrong with one shows.
    fn look(&mut self, statements: &mut Vec<Statement>, outer: usize) {
        let is_new = |variable: &&Variable| types::is_shown(&variable.of);
        let from = if outer == self.parameters { 0 } else { outer.min(self.context.variables.len()) };
        let seen = self.context.variables[from..].iter().filter(is_new);
        let mut values: Vec<Expr> = seen.map(|variable| Expr::Variable(variable.name.clone())).collect();
        let ends = matches!(statements.last(), Some(Statement::Return(_) | Statement::Break(_)));
        if values.is_empty() || ends || self.often(15) {
            return;
        }
        let all = if values.len() == 1 { values.remove(0) } else { Expr::Tuple(values) };
        let digest = Expr::Free("digest".to_owned(), vec![all]);
        statements.push(if !self.context.is_task && self.often(60) {
            Statement::Print(digest)
        } else {
            Statement::Discard(Expr::Std(Box::new(self.global("TOTAL")), "add", vec![digest]))
        });
    }

    /// Makes something where other rules hold, and goes back.
    fn within<T>(&mut self, change: impl FnOnce(&mut Context), make: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.context.clone();
        change(&mut self.context);
        self.context.depth = self.context.depth.saturating_sub(1);
        let made = make(self);
        self.context = outer;
        made
    }

    /// A call with arguments that are values of their own.
    fn call_with_values(&mut self, function: &Function) -> Expr {
        let with = self.shown_type(1);
        let function = instance(function.clone(), &with);
        let parameters = function.parameters.iter();
        let arguments = parameters.map(|parameter| Argument::Value(self.expr(&parameter.of, 2))).collect();
        Expr::Call(function.name, arguments)
    }

    /// A call of a function that gives this type, if there is one.
    fn call(&mut self, of: &Type, depth: u32) -> Option<Expr> {
        let function = self.function_for(of, |_| true)?;
        self.call_of(&function, depth, true)
    }

    /// A function that gives this type, generic ones with the types that make it so.
    fn function_for(&mut self, of: &Type, fits: impl Fn(&Function) -> bool) -> Option<Function> {
        let gives = |function: &&Function| {
            fits(function)
                && (function.result == *of || types::is_shown(of) && solve(&function.result, of).is_some())
        };
        let found: Vec<Function> = self.program.functions.iter().filter(gives).cloned().collect();
        let function = self.random.choose(&found)?.clone();
        let with = solve(&function.result, of).unwrap_or_else(|| self.shown_type(1));
        Some(instance(function, &with))
    }

    /// A call of a function; with `mut` parameters only where there are places for them, and none for a task.
    fn call_of(&mut self, function: &Function, depth: u32, may_change: bool) -> Option<Expr> {
        let mut arguments = Vec::new();
        let mut taken: Vec<Name> = Vec::new();
        for parameter in &function.parameters {
            let of = parameter.of.clone();
            if !parameter.is_mut {
                arguments.push(Argument::Value(self.expr(&of, depth.saturating_sub(1))));
                continue;
            }
            if !may_change {
                return None;
            }
            let (place, _) = self.place_of(&of, &taken)?;
            taken.push(place.root.clone());
            arguments.push(Argument::Place(place));
        }
        if function.owner.is_some() {
            let receiver = arguments.remove(0);
            return Some(Expr::Method(Box::new(receiver), function.name.clone(), arguments));
        }
        Some(Expr::Call(function.name.clone(), arguments))
    }

    /// A place of this type that can be changed, whose root is none of these.
    fn place_of(&mut self, of: &Type, taken: &[Name]) -> Option<(Place, Type)> {
        let places = self.places();
        let fits = |(place, found): &&(Place, Type)| found == of && !taken.contains(&place.root);
        let found: Vec<_> = places.iter().filter(fits).cloned().collect();
        self.random.choose(&found).cloned()
    }

    fn declare(&mut self, is_var: bool, name: &Name, of: &Type) {
        self.context.variables.push(Variable { name: name.clone(), of: of.clone(), is_var });
    }

    /// `const name: T = e`, or `var`, in the list of statements.
    fn bind(&mut self, statements: &mut Vec<Statement>, is_var: bool, of: &Type, value: Expr) -> Name {
        // Now and then it hides another variable.
        let may_hide = |variable: &&Variable| !matches!(variable.of, Type::Parameter(_));
        let shown = self.context.variables.iter().filter(may_hide);
        let shown: Vec<Name> = shown.map(|variable| variable.name.clone()).collect();
        let name = match self.random.choose(&shown) {
            Some(name) if &**name != "self" && self.random.below(15) == 0 => name.clone(),
            _ => self.fresh("v"),
        };
        self.context.variables.retain(|variable| variable.name != name);
        statements.push(Statement::Let { is_var, name: name.clone(), of: Some(of.clone()), value });
        self.declare(is_var, &name, of);
        name
    }

    fn global(&self, name: &str) -> Expr {
        Expr::Variable(Name::from(name))
    }
}

/// A generic function with a type for its parameter.
fn instance(mut function: Function, with: &Type) -> Function {
    function.parameters.iter_mut().for_each(|parameter| put(&mut parameter.of, with));
    put(&mut function.result, with);
    function
}

/// Puts a type where the parameter stands.
fn put(of: &mut Type, with: &Type) {
    match of {
        Type::Parameter(_) => *of = with.clone(),
        Type::Array(of) | Type::Option(of) => put(of, with),
        Type::Tuple(parts) => parts.iter_mut().for_each(|part| put(part, with)),
        Type::Result(a, b) => [a, b].into_iter().for_each(|of| put(of, with)),
        Type::Fn(parameters, result) => {
            parameters.iter_mut().for_each(|part| put(part, with));
            put(result, with);
        }
        _ => {}
    }
}

/// The type for the parameter that makes a result this one.
fn solve(result: &Type, of: &Type) -> Option<Type> {
    let with = match (result, of) {
        (Type::Parameter(_), _) => return Some(of.clone()),
        (Type::Array(a), Type::Array(b)) | (Type::Option(a), Type::Option(b)) => solve(a, b),
        (Type::Result(a, _), Type::Result(b, _)) => solve(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => solve(a.first()?, b.first()?),
        _ => None,
    }?;
    let mut found = result.clone();
    put(&mut found, &with);
    (found == *of).then_some(with)
}

/// Whether `main` can call it with values alone, and print what it gives.
fn callable(function: &Function) -> bool {
    let plain = function.parameters.iter().all(|parameter| !parameter.is_mut);
    plain && function.owner.is_none() && types::is_shown(&function.result)
}

/// Whether its name is a value that any task may call.
fn is_value(function: &Function) -> bool {
    let plain = function.parameters.iter().all(|parameter| !parameter.is_mut);
    let prints = function.name.starts_with("say");
    plain && function.owner.is_none() && function.generics.is_empty() && !prints
}
