//! Tasks, scopes, channels, locks and cancellation, in uses whose effect is decided.

use super::super::tree::{
    Binary, Block, Choice, Condition, Expr, INT, Name, Pattern, Place, Scope, Statement, Type, Work,
};
use super::super::value::Value;
use super::Generator;
use super::expressions::{binary, number, std};

/// Whether a call prints, so that only one task may make it.
pub(super) fn prints(call: &Expr) -> bool {
    matches!(call, Expr::Call(name, _) | Expr::Method(_, name, _) if name.starts_with("say"))
}

pub(super) fn spawned(work: Work, waits: bool) -> Expr {
    Expr::Spawn { detached: false, waits, work: Box::new(work) }
}

pub(super) fn variable(name: &Name) -> Expr {
    Expr::Variable(name.clone())
}

pub(super) fn statement_block(statements: Vec<Statement>) -> Block {
    Block { statements, value: None }
}

impl Generator {
    /// Makes what another task does.
    pub(super) fn as_task<T>(&mut self, result: &Type, make: impl FnOnce(&mut Self) -> T) -> T {
        self.within(
            |context| {
                context.variables.iter_mut().for_each(|variable| variable.is_var = false);
                context.loops.clear();
                context.result = result.clone();
                context.is_task = true;
                context.may_leave = true;
            },
            make,
        )
    }

    /// A block that a task runs, with a value.
    pub(super) fn task_block(&mut self, of: &Type) -> Block {
        self.as_task(of, |generator| {
            let count = if generator.context.depth > 0 { generator.up_to(2) } else { 0 };
            generator.block(count, of)
        })
    }

    /// `spawn …` with a result of this type.
    pub(super) fn task_call(&mut self, of: &Type, d: u32) -> Option<Expr> {
        self.room = self.room.saturating_sub(3);
        if self.often(30) && self.context.depth > 0 {
            return Some(spawned(Work::Block(self.task_block(of)), false));
        }
        if self.often(15)
            && let Some(call) = self.method_for(of, 1)
            // `.await()` in front of a method is that of the spawned task.
            && matches!(&call, Expr::Std(on, ..) if matches!(**on, Expr::Variable(_) | Expr::Typed(..) | Expr::Array(_)))
        {
            return Some(spawned(Work::Call(call), false));
        }
        if self.often(40)
            && let Some(call) = self.invoked(of, d)
        {
            return Some(spawned(Work::Call(call), false));
        }
        if *of == INT && self.often(10) {
            let what = self.shown_type(2);
            let digest = Expr::Free("digest".to_owned(), vec![self.expr(&what, d)]);
            return Some(spawned(Work::Call(digest), false));
        }
        let function = self.function_for(of, |function| !function.name.starts_with("say"))?;
        let call = self.call_of(&function, d, false)?;
        Some(spawned(Work::Call(call), false))
    }

    /// A scope, or something else with tasks that is an expression.
    pub(super) fn scoped(&mut self, of: &Type, d: u32) -> Option<Expr> {
        if !self.context.may_wait || self.context.depth == 0 || !Self::is_result(of) {
            return None;
        }
        let count = self.up_to(2);
        let kind = *self.pick(&[
            Scope::Nursery,
            Scope::Nursery,
            // Some of what a task does needs two others.
            Scope::Limited(2),
            Scope::Limited(3),
            Scope::Supervised,
            Scope::Timed,
            Scope::Within,
        ]);
        match self.random.below(8) {
            0..=3 => {
                let body = self.within(|_| {}, |generator| generator.block(count, of));
                let scope = Expr::Scope(kind, body);
                Some(match kind {
                    Scope::Timed | Scope::Within => binary(Binary::Default, scope, self.simple(of)),
                    _ => scope,
                })
            }
            4 | 5 => {
                let may_wait = self.often(30);
                let name = self.fresh("l");
                let inner = name.clone();
                let body = self.within(
                    |context| {
                        context.may_wait = may_wait;
                        context.variables.push(super::Variable { name: inner, of: of.clone(), is_var: true });
                    },
                    |generator| generator.block(count, of),
                );
                let mutex = Expr::Free("Mutex".to_owned(), vec![self.expr(of, d)]);
                Some(Expr::Lock(vec![(mutex, name)], body))
            }
            _ => {
                let result = of.clone();
                let value = self.simple(&INT);
                let body = self.within(
                    |context| {
                        context.variables.iter_mut().for_each(|variable| variable.is_var = false);
                        context.loops.clear();
                        context.is_task = true;
                        context.result = result;
                    },
                    |generator| generator.block(count, of),
                );
                Some(Expr::With(Box::new(self.global("DEPTH")), Box::new(value), body))
            }
        }
    }

    /// Statements that have to do with tasks.
    pub(super) fn concurrent(&mut self, out: &mut Vec<Statement>) {
        let add = |generator: &mut Self| {
            let amount = generator.amount();
            Statement::Discard(std(generator.global("TOTAL"), "add", vec![amount]))
        };
        if !self.context.may_wait || self.context.depth == 0 {
            let statement = add(self);
            return out.push(statement);
        }
        self.room = self.room.saturating_sub(3);
        match self.random.below(28) {
            22..=26 => self.meeting(out),
            27 => out.push(Statement::Do(Expr::Free("task.yield".to_owned(), Vec::new()))),
            20 if self.often(50) => self.served(out),
            21 if self.often(50) => self.handed(out),
            8 if !self.context.is_task && self.often(50) => self.state(out),
            20 => self.shared(out),
            21 => self.futures_sent(out),
            0..=3 => self.future(out),
            4 => self.many(out),
            5 | 6 => {
                let name = self.fresh("l");
                let place = Place { root: name.clone(), path: Vec::new() };
                let amount = self.amount();
                let body = vec![Statement::Assign(place, Some(Binary::WrapAdd), amount)];
                let lock = Expr::Lock(vec![(self.global("KEPT"), name)], statement_block(body));
                out.push(Statement::Do(lock));
            }
            7 => {
                let statement = add(self);
                out.push(statement);
            }
            8..=10 => self.pipe(out),
            11 => self.counted_by_tasks(out),
            12 => self.fan_in(out),
            13 => self.cancelled(out),
            14 => self.expired(out),
            15 | 16 => self.failing(out),
            17 => self.detached(out),
            _ => {
                let of = self.shown_type(1);
                let depth = self.context.depth;
                if depth > 0
                    && let Some(value) = self.scoped(&of, 1)
                {
                    let is_var = self.often(50);
                    self.bind(out, is_var, &of, value);
                }
            }
        }
    }

    fn future(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let Some(task) = self.task_call(&of, 1) else { return };
        let future = of.future();
        let (of, value) = match self.random.below(8) {
            0 => (Type::Tuple(vec![future, INT]), Expr::Tuple(vec![task, self.simple(&INT)])),
            1 => (future.array(), Expr::Array(vec![task])),
            _ => (future, task),
        };
        let name = self.bind(out, false, &of, value);
        out.push(Statement::Discard(variable(&name)));
    }

    /// Several tasks, whose futures lie in an array.
    fn many(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let futures = self.fresh("fs");
        let i = self.fresh("at");
        let count = self.up_to(4);
        let place = Place { root: futures.clone(), path: Vec::new() };
        let array = of.clone().future().array();
        let start = Expr::Array(Vec::new());
        let task = self.within(
            |_| {},
            |generator| {
                generator.declare(false, &i, &INT);
                spawned(Work::Block(generator.task_block(&of)), false)
            },
        );
        let push = Statement::Do(Expr::Change(place, "push", vec![task]));
        let over = Expr::Range(Box::new(number(0)), Box::new(number(count)), false);
        let body = statement_block(vec![push]);
        let fill = Statement::For { label: None, position: None, pattern: Pattern::Bind(i), over, body };
        let c = self.fresh("c");
        let wait = std(variable(&c), "await", Vec::new());
        let wait = Expr::Closure(vec![(c, of.clone().future())], Block::of(wait));
        let all = std(variable(&futures), "map", vec![wait]);
        let declare = Statement::Let { is_var: true, name: futures, of: Some(array), value: start };
        if self.often(50) {
            let body = Block { statements: vec![declare, fill], value: Some(Box::new(all)) };
            let kind = *self.pick(&[Scope::Nursery, Scope::Supervised, Scope::Limited(1), Scope::Limited(2)]);
            self.bind(out, true, &of.array(), Expr::Scope(kind, body));
        } else {
            out.extend([declare, fill]);
            self.bind(out, true, &of.array(), all);
        }
    }

    /// Sends some values of a type, in a loop or one by one.
    fn sends(&mut self, tx: &Name, of: &Type) -> Vec<Statement> {
        let is_selected = self.often(25);
        let send = |value: Expr| match is_selected {
            true => {
                let choices = vec![
                    Choice::Send(variable(tx), value, Block::default()),
                    Choice::After(Block::default()),
                ];
                Statement::Do(Expr::Select(false, choices))
            }
            false => Statement::Do(std(variable(tx), "send", vec![value])),
        };
        match self.random.below(10) {
            0..=3 => return (0..1 + self.up_to(2)).map(|_| send(self.expr(of, 1))).collect(),
            4 => {
                let all = self.expr(&of.clone().array(), 1);
                return vec![Statement::Do(std(variable(tx), "send_all", vec![all]))];
            }
            5 => {
                let c = self.fresh("c");
                let body = Block { statements: vec![send(variable(&c))], value: None };
                let each = Expr::Closure(vec![(c, of.clone())], body);
                let all = self.expr(&of.clone().array(), 1);
                return vec![Statement::Do(std(all, "each", vec![each]))];
            }
            _ => {}
        }
        let name = self.fresh("at");
        let over = Expr::Range(Box::new(number(0)), Box::new(number(self.up_to(5))), false);
        let value = self.within(
            |_| {},
            |generator| {
                generator.declare(false, &name, &INT);
                generator.expr(of, 1)
            },
        );
        let body = statement_block(vec![send(value)]);
        let pattern = Pattern::Bind(name);
        vec![Statement::For { label: None, position: None, pattern, over, body }]
    }

    /// What one task sends in order, and another collects or counts.
    fn pipe(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
        let capacity = *self.pick(&[0, 0, 1, 2, 8]);
        out.push(Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: of.clone(), capacity });
        let all = of.clone().array();
        let collect = |generator: &mut Self| {
            if generator.often(40) {
                return Block::of(std(variable(&rx), "to_array", Vec::new()));
            }
            let (found, item) = (generator.fresh("found"), generator.fresh("item"));
            let place = Place { root: found.clone(), path: Vec::new() };
            let push = Statement::Do(Expr::Change(place, "push", vec![variable(&item)]));
            let start = Expr::Array(Vec::new());
            let (of, body) = (Some(all.clone()), statement_block(vec![push]));
            let through = if generator.often(30) {
                let choices = vec![
                    Choice::Receive(item, variable(&rx), body),
                    Choice::Closed(statement_block(vec![Statement::Break(None)])),
                ];
                let body = statement_block(vec![Statement::Do(Expr::Select(false, choices))]);
                let condition = Condition::Holds(Expr::Literal(Value::Bool(true)));
                Statement::While { label: None, condition, body }
            } else {
                let (pattern, over) = (Pattern::Bind(item), variable(&rx));
                Statement::For { label: None, position: None, pattern, over, body }
            };
            let declare = Statement::Let { is_var: true, name: found.clone(), of, value: start };
            let statements = vec![declare, through];
            Block { statements, value: Some(Box::new(variable(&found))) }
        };
        if self.often(50) {
            // A task sends.
            let body = self.as_task(&Type::Unit, |generator| generator.sends(&tx, &of));
            out.push(Statement::Do(spawned(Work::Block(statement_block(body)), false)));
            let Block { statements, value } = collect(self);
            out.extend(statements);
            let Some(value) = value else { return };
            self.bind(out, false, &all, *value);
        } else {
            // A task receives.
            let body = collect(self);
            let task = self.fresh("t");
            let value = spawned(Work::Block(body), true);
            out.push(Statement::Let { is_var: false, name: task.clone(), of: None, value });
            let sends = self.within(|_| {}, |generator| generator.sends(&tx, &of));
            out.extend(sends);
            self.bind(out, false, &all, std(variable(&task), "await", Vec::new()));
        }
    }

    /// Numbers that several tasks receive, and add up.
    fn counted_by_tasks(&mut self, out: &mut Vec<Statement>) {
        let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
        let capacity = *self.pick(&[0, 1, 4]);
        let mut body = vec![Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: INT, capacity }];
        for _ in 0..2 {
            let item = self.fresh("item");
            let add = std(self.global("OTHER"), "add", vec![variable(&item)]);
            let inner = statement_block(vec![Statement::Discard(add)]);
            let pattern = Pattern::Bind(item);
            let over = variable(&rx);
            let all = Statement::For { label: None, position: None, pattern, over, body: inner };
            body.push(Statement::Do(spawned(Work::Block(statement_block(vec![all])), true)));
        }
        let sends: Vec<_> = (0..1 + self.up_to(5))
            .map(|_| {
                let amount = self.amount();
                Statement::Do(std(variable(&tx), "send", vec![amount]))
            })
            .collect();
        body.extend(sends);
        out.push(Statement::Do(Expr::Scope(Scope::Nursery, statement_block(body))));
    }

    /// Two mutexes that several tasks change, one at a time or both.
    fn shared(&mut self, out: &mut Vec<Statement>) {
        let (one, two) = (self.fresh("m"), self.fresh("m"));
        let of = Type::Mutex(Box::new(INT));
        for name in [&one, &two] {
            let value = Expr::Free("Mutex".to_owned(), vec![self.simple(&INT)]);
            out.push(Statement::Let { is_var: false, name: name.clone(), of: Some(of.clone()), value });
        }
        let mut body = Vec::new();
        for _ in 0..2 + self.up_to(2) {
            let (a, b) = (self.fresh("l"), self.fresh("l"));
            let amount = self.as_task(&Type::Unit, Self::amount);
            let grow = |name: &Name, amount: Expr| {
                let place = Place { root: name.clone(), path: Vec::new() };
                Statement::Assign(place, Some(Binary::WrapAdd), amount)
            };
            let lock = match self.random.below(3) {
                0 => Expr::Lock(vec![(variable(&one), a.clone())], statement_block(vec![grow(&a, amount)])),
                1 => {
                    let both = vec![(variable(&one), a.clone()), (variable(&two), b.clone())];
                    let more = number(self.up_to(9));
                    Expr::Lock(both, statement_block(vec![grow(&a, amount), grow(&b, more)]))
                }
                _ => {
                    let both = vec![(variable(&two), b.clone()), (variable(&one), a.clone())];
                    Expr::Lock(both, statement_block(vec![grow(&b, amount)]))
                }
            };
            let work = Work::Block(statement_block(vec![Statement::Do(lock)]));
            body.push(Statement::Do(spawned(work, false)));
        }
        out.push(Statement::Do(Expr::Scope(Scope::Nursery, statement_block(body))));
        let (a, b) = (self.fresh("l"), self.fresh("l"));
        let sum = binary(Binary::Xor, variable(&a), variable(&b));
        let value = Expr::Lock(vec![(variable(&one), a), (variable(&two), b)], Block::of(sum));
        self.bind(out, true, &INT, value);
    }

    /// Statements that hold a mutex, whose content is the name's.
    pub(super) fn holding(&mut self, mutex: Expr, of: &Type, gives: &Type) -> Expr {
        let name = self.fresh("l");
        let held = super::Variable { name: name.clone(), of: of.clone(), is_var: true };
        let count = 1 + self.up_to(1);
        let body = self.within(
            |context| {
                context.may_wait = false;
                context.variables.push(held);
            },
            |generator| generator.block(count, gives),
        );
        Expr::Lock(vec![(mutex, name)], body)
    }

    /// The state that all cases share, which only what runs by itself changes.
    fn state(&mut self, out: &mut Vec<Statement>) {
        let state = self.program.globals.iter().find(|global| &*global.name == "STATE");
        let Some(Type::Mutex(of)) = state.map(|global| global.of.clone()) else { return };
        let value = self.holding(self.global("STATE"), &of, &of);
        self.bind(out, true, &of, value);
    }

    /// What a mutex holds, which a task changes, and then another one.
    fn handed(&mut self, out: &mut Vec<Statement>) {
        let (of, gives) = (self.shown_type(2), self.shown_type(1));
        let (mutex, task) = (self.fresh("m"), self.fresh("t"));
        let value = Expr::Free("Mutex".to_owned(), vec![self.expr(&of, 1)]);
        out.push(Statement::Let { is_var: false, name: mutex.clone(), of: None, value });
        let body = self.as_task(&gives, |generator| generator.holding(variable(&mutex), &of, &gives));
        let value = spawned(Work::Block(Block::of(body)), false);
        out.push(Statement::Let { is_var: false, name: task.clone(), of: None, value });
        self.bind(out, true, &gives, std(variable(&task), "await", Vec::new()));
        let value = self.holding(variable(&mutex), &of, &of);
        self.bind(out, true, &of, value);
    }

    /// A task that answers requests, each on the channel that came with it.
    fn served(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let reply = Type::Sender(Box::new(of.clone()));
        let (tx, rx, answers) = (self.fresh("tx"), self.fresh("rx"), self.fresh("rxs"));
        let request = Type::Tuple(vec![INT, reply]);
        out.push(Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: request, capacity: self.up_to(2) });
        let (asked, to) = (self.fresh("n"), self.fresh("tx"));
        let body = self.as_task(&Type::Unit, |generator| {
            generator.declare(false, &asked, &INT);
            let answer = generator.expr(&of, 1);
            statement_block(vec![Statement::Do(std(variable(&to), "send", vec![answer]))])
        });
        let pattern = Pattern::Tuple(vec![Pattern::Bind(asked), Pattern::Bind(to)]);
        let serve = Statement::For { label: None, position: None, pattern, over: variable(&rx), body };
        out.push(Statement::Do(spawned(Work::Block(statement_block(vec![serve])), true)));
        let (one, other) = (self.fresh("tx"), self.fresh("rx"));
        let all = Type::Receiver(Box::new(of.clone())).array();
        let start = Expr::Array(Vec::new());
        out.push(Statement::Let { is_var: true, name: answers.clone(), of: Some(all), value: start });
        let place = Place { root: answers.clone(), path: Vec::new() };
        let at = self.fresh("at");
        let ask = Expr::Tuple(vec![variable(&at), variable(&one)]);
        let body = vec![
            Statement::Channel { tx: one, rx: other.clone(), of: of.clone(), capacity: 1 },
            Statement::Do(std(variable(&tx), "send", vec![ask])),
            Statement::Do(Expr::Change(place, "push", vec![variable(&other)])),
        ];
        let over = Expr::Range(Box::new(number(0)), Box::new(number(self.up_to(4))), false);
        let (pattern, body) = (Pattern::Bind(at), statement_block(body));
        out.push(Statement::For { label: None, position: None, pattern, over, body });
        let c = self.fresh("c");
        let got = std(variable(&c), "recv", Vec::new());
        let got = Expr::Closure(vec![(c, Type::Receiver(Box::new(of.clone())))], Block::of(got));
        self.bind(out, true, &of.option().array(), std(variable(&answers), "map", vec![got]));
    }

    /// Futures that go through a channel, and are awaited by whoever receives them.
    fn futures_sent(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
        let future = of.clone().future();
        out.push(Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: future, capacity: 4 });
        for _ in 0..1 + self.up_to(2) {
            let task = spawned(Work::Block(self.task_block(&of)), false);
            out.push(Statement::Do(std(variable(&tx), "send", vec![task])));
        }
        let c = self.fresh("c");
        let wait = std(variable(&c), "await", Vec::new());
        let wait = Expr::Closure(vec![(c, of.clone().future())], Block::of(wait));
        let all = std(std(variable(&rx), "to_array", Vec::new()), "map", vec![wait]);
        self.bind(out, true, &of.array(), all);
    }

    /// A loop over a `select` that receives from two channels until both are closed.
    fn fan_in(&mut self, out: &mut Vec<Statement>) {
        let sum = self.fresh("sum");
        let start = Some(INT);
        out.push(Statement::Let { is_var: true, name: sum.clone(), of: start, value: number(0) });
        let place = Place { root: sum.clone(), path: Vec::new() };
        let mut choices = Vec::new();
        for _ in 0..2 {
            let (tx, rx, item) = (self.fresh("tx"), self.fresh("rx"), self.fresh("item"));
            let capacity = self.up_to(2);
            out.push(Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: INT, capacity });
            let mut sends = self.as_task(&Type::Unit, |generator| generator.sends(&tx, &INT));
            sends.push(Statement::Do(std(variable(&tx), "send", vec![number(1)])));
            out.push(Statement::Do(spawned(Work::Block(statement_block(sends)), false)));
            let add = Statement::Assign(place.clone(), Some(Binary::WrapAdd), variable(&item));
            choices.push(Choice::Receive(item, variable(&rx), statement_block(vec![add])));
        }
        if self.often(30) {
            choices.push(Choice::After(statement_block(Vec::new())));
        }
        choices.push(Choice::Closed(statement_block(vec![Statement::Break(None)])));
        let select = Statement::Do(Expr::Select(self.often(30), choices));
        let condition = Condition::Holds(Expr::Literal(Value::Bool(true)));
        let body = statement_block(vec![select]);
        out.push(Statement::While { label: None, condition, body });
        self.declare(true, &sum, &INT);
    }
}
