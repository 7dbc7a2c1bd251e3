//! Instances of bodies for the functions that they are given.
//!
//! *Requires* and *ensures* Lowered. A body that calls a parameter or a capture, or hands it on to one that does, gets an
//! instance for each function that it is known to be given, where the calls say whose code it is
//! ([`Callee::Known`]): LLVM inlines them like any other. So `xs.par_map((x) => x + 1)` is a loop with an addition, in
//! whatever task it runs. The function values travel as before, because they hold the captures.
//!
//! Closures that capture functions make the instances nest, and a function that gives itself ever more deeply
//! nested closures has endlessly many: [`MAX_INSTANCES`] ends that, and keeps programs small.

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Idx, IndexVec};
use wyn_mir::{
    Arg, Body, BodyId, BodyRef, Callee, Const, Local, LocalKind, Operand, Place, Program, Proj, Rvalue,
    StmtKind, TermKind, Ty, TyKind,
};

/// How many instances of one body there may be; users with other functions share the one that knows none.
const MAX_INSTANCES: usize = 32;

/// What a body is given from outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Input {
    /// The argument at this position.
    Argument(usize),
    /// The capture at this position.
    Capture(u32),
}

/// The functions that some inputs are.
type Given = Vec<(Input, BodyId)>;

/// Adds the instances to a program and leads their users to them.
pub(crate) fn run(program: &mut Program) {
    let wanted = wanted(program);
    if wanted.is_empty() {
        return;
    }
    let mut pass = Specialise {
        wanted,
        instances: FxHashMap::default(),
        made_of: FxHashMap::default(),
        counts: FxHashMap::default(),
        todo: program.bodies.indices().map(|id| (id, Vec::new())).collect(),
    };
    pass.todo.reverse();
    while let Some((id, given)) = pass.todo.pop() {
        let mut body = program.bodies[id].clone();
        pass.rewrite(program, &mut body, &given);
        program.bodies[id] = body;
    }
}

struct Specialise {
    /// The inputs of each body that it pays to know.
    wanted: FxHashSet<(BodyId, Input)>,
    instances: FxHashMap<(BodyId, Given), BodyId>,
    /// The body that each instance was made of, and what for.
    made_of: FxHashMap<BodyId, (BodyId, Given)>,
    counts: FxHashMap<BodyId, usize>,
    /// Bodies to rewrite, and what they are given.
    todo: Vec<(BodyId, Given)>,
}

impl Specialise {
    /// Names the code of calls, and the instances of what is called and made, wherever that is known.
    fn rewrite(&mut self, program: &mut Program, body: &mut Body, given: &Given) {
        // A closure that becomes an instance is another function from there on.
        let mut known = Known::in_body(body, given);
        for _ in 0..MAX_INSTANCES {
            let mut changed = false;
            for stmt in body.blocks.iter_mut().flat_map(|block| &mut block.stmts) {
                let StmtKind::Assign(_, rvalue) = &mut stmt.kind else { continue };
                changed |= match rvalue {
                    Rvalue::Closure(target, captures) => {
                        let functions = captures.iter().map(|capture| known.of(capture));
                        self.lead(program, target, functions, |at| Input::Capture(at as u32))
                    }
                    Rvalue::Spawn(_, target, arguments) => {
                        let functions = arguments.iter().map(|argument| known.of(argument));
                        self.lead(program, target, functions, Input::Argument);
                        false
                    }
                    _ => false,
                };
            }
            if !changed {
                break;
            }
            known = Known::in_body(body, given);
        }
        for block in body.blocks.iter_mut() {
            let TermKind::Call { callee, args, .. } = &mut block.term.kind else { continue };
            if let Callee::Value(value) = callee
                && let Some(code) = known.of(value)
            {
                *callee = Callee::Known(BodyRef { body: code, args: Vec::new() }, value.clone());
            }
            if let Callee::Body(target) | Callee::Known(target, _) = callee {
                let functions = args.iter().map(|arg| match arg {
                    Arg::Value(operand) => known.of(operand),
                    Arg::Mut(_) => None,
                });
                self.lead(program, target, functions, Input::Argument);
            }
        }
        // What is spawned may be an instance now.
        crate::awaited::run(body);
    }

    /// Leads to the instance for these inputs. Whether that is another body.
    fn lead(
        &mut self,
        program: &mut Program,
        target: &mut BodyRef,
        functions: impl Iterator<Item = Option<BodyId>>,
        input: impl Fn(usize) -> Input,
    ) -> bool {
        let (generic, before) = match self.made_of.get(&target.body) {
            Some((generic, before)) => (*generic, before.as_slice()),
            None => (target.body, [].as_slice()),
        };
        let mut given: Given = functions
            .enumerate()
            .filter_map(|(at, function)| function.map(|function| (input(at), function)))
            .filter(|(input, _)| self.wanted.contains(&(generic, *input)))
            .collect();
        if given.is_empty() {
            return false;
        }
        for (input, function) in before {
            if !given.iter().any(|(new, _)| new == input) {
                given.push((*input, *function));
            }
        }
        given.sort_unstable();
        let key = (generic, given);
        if let Some(&instance) = self.instances.get(&key) {
            let other = target.body != instance;
            target.body = instance;
            return other;
        }
        let count = self.counts.entry(generic).or_default();
        if *count == MAX_INSTANCES {
            return false;
        }
        *count += 1;
        let instance = program.bodies.push(program.bodies[generic].clone());
        self.todo.push((instance, key.1.clone()));
        self.made_of.insert(instance, key.clone());
        self.instances.insert(key, instance);
        target.body = instance;
        true
    }
}

/// What is known in a body.
struct Known {
    /// The locals that hold the same function whenever they hold one.
    locals: FxHashMap<Local, BodyId>,
    captures: FxHashMap<u32, BodyId>,
}

impl Known {
    fn in_body(body: &Body, given: &Given) -> Self {
        let mut known = Self { locals: FxHashMap::default(), captures: FxHashMap::default() };
        for (input, function) in given {
            match input {
                Input::Argument(at) => known.locals.insert(argument(body, *at), *function),
                Input::Capture(at) => known.captures.insert(*at, *function),
            };
        }
        let parameters: FxHashSet<Local> = (1..=body.params).map(Local::new).collect();
        let mut unknown: FxHashSet<Local> = &parameters - &known.locals.keys().copied().collect();
        let definitions = definitions(body);
        // First everything that may be known comes to be, then goes what turns out to hold something else as well.
        loop {
            let before = (known.locals.len(), unknown.len());
            for (to, from) in &definitions {
                if unknown.contains(to) {
                    continue;
                }
                let found = match from {
                    Definition::Function(function) => Some(*function),
                    Definition::Place(place) => match known.of_place(place) {
                        None if !place.proj.is_empty() || unknown.contains(&place.local) => None,
                        None => continue,
                        found => found,
                    },
                    Definition::Other => None,
                };
                let old = known.locals.get(to).copied();
                match found {
                    Some(new) if !parameters.contains(to) && old.is_none_or(|old| old == new) => {
                        known.locals.insert(*to, new);
                    }
                    _ => {
                        known.locals.remove(to);
                        unknown.insert(*to);
                    }
                }
            }
            if before == (known.locals.len(), unknown.len()) {
                return known;
            }
        }
    }

    /// The function that an operand is.
    fn of(&self, operand: &Operand) -> Option<BodyId> {
        match operand {
            Operand::Const(Const::Fn(target)) => Some(target.body),
            Operand::Const(_) => None,
            Operand::Copy(place) | Operand::Move(place) | Operand::Borrow(place) => self.of_place(place),
        }
    }

    fn of_place(&self, place: &Place) -> Option<BodyId> {
        match *place.proj {
            [] => self.locals.get(&place.local).copied(),
            // Of all locals only an environment's fields are in the map.
            [Proj::Field(at)] if place.local == ENVIRONMENT => self.captures.get(&at).copied(),
            _ => None,
        }
    }
}

/// A closure's environment, before its arguments.
const ENVIRONMENT: Local = Local(1);

/// Whether a body has an environment.
fn is_closure(body: &Body) -> bool {
    body.params > 0 && body.locals[ENVIRONMENT].kind == LocalKind::Env
}

/// The local that is the argument at a position.
fn argument(body: &Body, at: usize) -> Local {
    Local::new(1 + usize::from(is_closure(body)) + at)
}

/// What is written to a local.
enum Definition {
    Function(BodyId),
    /// What a place holds.
    Place(Place),
    Other,
}

/// What is written to locals of function types.
fn definitions(body: &Body) -> Vec<(Local, Definition)> {
    let mut found = Vec::new();
    let mut note = |to: &Place, from: Definition| {
        if is_function(body.locals[to.local].ty) {
            found.push((to.local, from));
        }
    };
    for block in &body.blocks {
        for stmt in &block.stmts {
            match &stmt.kind {
                StmtKind::Assign(to, rvalue) => note(to, definition(rvalue)),
                StmtKind::Intrinsic(to, _, _, args) => {
                    note(to, Definition::Other);
                    changed_places(args).for_each(|place| note(place, Definition::Other));
                }
                _ => {}
            }
        }
        match &block.term.kind {
            TermKind::Call { args, dest, .. } => {
                note(dest, Definition::Other);
                changed_places(args).for_each(|place| note(place, Definition::Other));
            }
            TermKind::Await { dest, .. } => note(dest, Definition::Other),
            _ => {}
        }
    }
    found
}

fn is_function(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Fn(..))
}

fn changed_places(args: &[Arg]) -> impl Iterator<Item = &Place> {
    args.iter().filter_map(|arg| match arg {
        Arg::Mut(place) => Some(place),
        Arg::Value(_) => None,
    })
}

fn definition(rvalue: &Rvalue) -> Definition {
    match rvalue {
        Rvalue::Closure(target, _) | Rvalue::Use(Operand::Const(Const::Fn(target))) => {
            Definition::Function(target.body)
        }
        Rvalue::Use(Operand::Copy(place) | Operand::Move(place) | Operand::Borrow(place))
        | Rvalue::Dup(place) => Definition::Place(place.clone()),
        _ => Definition::Other,
    }
}

/// The inputs that a body calls, or hands on to such an input of another.
fn wanted(program: &Program) -> FxHashSet<(BodyId, Input)> {
    let inputs: IndexVec<BodyId, Origins> = program.bodies.iter().map(Origins::of_body).collect();
    let mut wanted = FxHashSet::default();
    loop {
        let before = wanted.len();
        for (id, body) in program.bodies.iter_enumerated() {
            if inputs[id].is_empty() {
                continue;
            }
            for_each_use(body, &mut |operand, by| {
                if by.is_none_or(|user| wanted.contains(&user)) {
                    let input = operand.place().and_then(|place| inputs[id].of_place(place));
                    wanted.extend(input.map(|input| (id, input)));
                }
            });
        }
        if before == wanted.len() {
            return wanted;
        }
    }
}

/// Calls `f` with each operand that is called (by nobody else) or handed on, and what it is to the body that gets it.
fn for_each_use(body: &Body, f: &mut impl FnMut(&Operand, Option<(BodyId, Input)>)) {
    for block in &body.blocks {
        for stmt in &block.stmts {
            let StmtKind::Assign(_, rvalue) = &stmt.kind else { continue };
            match rvalue {
                Rvalue::Closure(target, captures) => {
                    (0..)
                        .zip(captures)
                        .for_each(|(at, capture)| f(capture, Some((target.body, Input::Capture(at)))));
                }
                Rvalue::Spawn(_, target, arguments) => {
                    let arguments = arguments.iter().enumerate();
                    arguments
                        .for_each(|(at, argument)| f(argument, Some((target.body, Input::Argument(at)))));
                }
                _ => {}
            }
        }
        let TermKind::Call { callee, args, .. } = &block.term.kind else { continue };
        match callee {
            Callee::Value(value) => f(value, None),
            Callee::Body(target) => {
                for (at, arg) in args.iter().enumerate() {
                    if let Arg::Value(operand) = arg {
                        f(operand, Some((target.body, Input::Argument(at))));
                    }
                }
            }
            _ => {}
        }
    }
}

/// The inputs that locals may hold.
struct Origins {
    locals: FxHashMap<Local, Input>,
    captures: FxHashSet<u32>,
}

impl Origins {
    fn of_body(body: &Body) -> Self {
        let mut origins = Self { locals: FxHashMap::default(), captures: FxHashSet::default() };
        if is_closure(body)
            && let TyKind::Tuple(parts) = body.locals[ENVIRONMENT].ty.kind()
        {
            origins.captures =
                (0..).zip(parts).filter(|(_, ty)| is_function(**ty)).map(|(at, _)| at).collect();
        }
        let first = argument(body, 0).index();
        for at in (first..=body.params).filter(|at| is_function(body.locals[Local::new(*at)].ty)) {
            origins.locals.insert(Local::new(at), Input::Argument(at - first));
        }
        if origins.is_empty() {
            return origins;
        }
        let definitions = definitions(body);
        loop {
            let before = origins.locals.len();
            for (to, from) in &definitions {
                if let Definition::Place(place) = from
                    && let Some(input) = origins.of_place(place)
                {
                    origins.locals.entry(*to).or_insert(input);
                }
            }
            if before == origins.locals.len() {
                return origins;
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.locals.is_empty() && self.captures.is_empty()
    }

    fn of_place(&self, place: &Place) -> Option<Input> {
        match *place.proj {
            [] => self.locals.get(&place.local).copied(),
            [Proj::Field(at)] if place.local == ENVIRONMENT && self.captures.contains(&at) => {
                Some(Input::Capture(at))
            }
            _ => None,
        }
    }
}
