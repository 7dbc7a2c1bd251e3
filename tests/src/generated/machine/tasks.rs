//! Tasks, scopes, channels, locks and `select`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::super::tree::{Argument, Block, Choice, Expr, Name, Scope, Work};
use super::super::value::{Channel, Shape, Value};
use super::{Eval, Leave, Machine, Order, invalid};

/// What a task does when it begins.
#[derive(Clone, Debug)]
pub(super) enum Job {
    Block(Block, Vec<(Name, Value)>),
    Function(Name, Vec<Value>),
    Invoke(Value, Vec<Value>),
    Std(Value, &'static str, Vec<Value>),
    Free(String, Vec<Value>),
}

/// How far a task is.
#[derive(Clone, Debug)]
pub(super) enum State {
    Pending(Job),
    Running,
    Done(Value),
    Panicked(String),
    /// It waits for good, and has to be cancelled; what it would do then is done.
    Stuck,
    Cancelled,
}

/// A task, to which its futures lead.
#[derive(Debug)]
pub struct Task {
    pub(super) state: RefCell<State>,
    is_dealt_with: Cell<bool>,
    /// Whether it receives, so that it runs no sooner than others have sent.
    waits: bool,
    bindings: Vec<(Rc<Value>, Value)>,
}

impl Task {
    fn is_pending(&self) -> bool {
        matches!(*self.state.borrow(), State::Pending(_))
    }
}

/// A scope that is open.
#[derive(Debug)]
pub(super) struct ScopeRecord {
    number: usize,
    /// A panic of a task ends the scope, whoever awaits it.
    is_nursery: bool,
    tasks: Vec<Rc<Task>>,
}

impl ScopeRecord {
    /// That of a task itself.
    pub(super) fn task() -> Self {
        Self { number: 0, is_nursery: false, tasks: Vec::new() }
    }
}

impl Machine<'_> {
    /// An expression that has to do with tasks.
    pub(super) fn concurrent(&mut self, expr: &Expr) -> Eval {
        match expr {
            Expr::Spawn { detached, waits, work } => {
                let job = self.job(work)?;
                self.spawn(job, *detached, *waits)
            }
            Expr::Await(future) => match self.expr(future)? {
                Value::Future(task) => self.wait_for(&task),
                _ => invalid(),
            },
            Expr::Scope(scope, body) => self.scope(*scope, body),
            Expr::Lock(handles, body) => self.lock(handles, body),
            Expr::Select(is_biased, choices) => self.select(*is_biased, choices),
            Expr::Forever(_) => Err(Leave::Stuck),
            Expr::With(local, value, body) => {
                let (Value::Local(local), value) = (self.expr(local)?, self.expr(value)?) else {
                    return invalid();
                };
                self.bindings.push((local, value));
                // The block is a closure: `return` and `?` end it.
                let ended = match self.scope(Scope::Supervised, body) {
                    Err(Leave::Return(value)) => Ok(value),
                    ended => ended,
                };
                self.bindings.pop();
                ended
            }
            _ => invalid(),
        }
    }

    fn job(&mut self, work: &Work) -> Result<Job, Leave> {
        match work {
            Work::Block(block) => Ok(Job::Block(block.clone(), self.frame.clone())),
            Work::Call(Expr::Call(name, arguments)) => {
                Ok(Job::Function(name.clone(), self.values(None, arguments)?))
            }
            Work::Call(Expr::Method(receiver, name, arguments)) => {
                Ok(Job::Function(name.clone(), self.values(Some(receiver), arguments)?))
            }
            Work::Call(Expr::Invoke(function, arguments)) => {
                let function = self.expr(function)?;
                Ok(Job::Invoke(function, self.all(arguments)?))
            }
            Work::Call(Expr::Std(receiver, name, arguments)) => {
                let receiver = self.expr(receiver)?;
                Ok(Job::Std(receiver, name, self.all(arguments)?))
            }
            Work::Call(Expr::Free(name, arguments)) => Ok(Job::Free(name.clone(), self.all(arguments)?)),
            Work::Call(_) => invalid(),
        }
    }

    fn values(&mut self, receiver: Option<&Argument>, arguments: &[Argument]) -> Result<Vec<Value>, Leave> {
        let each = receiver.into_iter().chain(arguments).map(|argument| match argument {
            Argument::Value(value) => self.expr(value),
            Argument::Place(_) => invalid(),
        });
        each.collect()
    }

    fn spawn(&mut self, job: Job, detached: bool, waits: bool) -> Eval {
        let task = Rc::new(Task {
            state: RefCell::new(State::Pending(job)),
            is_dealt_with: Cell::new(false),
            waits,
            bindings: self.bindings.clone(),
        });
        self.pending.push(task.clone());
        if detached {
            self.detached.push(task.clone());
        }
        let scope = self.scopes.last_mut().filter(|_| !detached);
        let number = scope.map(|scope| {
            scope.tasks.push(task.clone());
            (scope.number, scope.is_nursery)
        });
        if self.order == Order::Eager && !waits {
            self.begin(&task)?;
            if let (State::Panicked(_), Some((number, true))) = (&*task.state.borrow(), number) {
                return Err(Leave::Cancelled(number));
            }
        }
        Ok(Value::Future(task))
    }

    /// Runs a task that has not begun to its end.
    fn begin(&mut self, task: &Rc<Task>) -> Result<(), Leave> {
        self.pending.retain(|other| !Rc::ptr_eq(other, task));
        if !task.is_pending() {
            return Ok(());
        }
        let State::Pending(job) = task.state.replace(State::Running) else { return invalid() };
        let frame = std::mem::take(&mut self.frame);
        let scopes = std::mem::replace(&mut self.scopes, vec![ScopeRecord::task()]);
        let bindings = std::mem::replace(&mut self.bindings, task.bindings.clone());
        let ended = match job {
            Job::Block(block, captured) => {
                self.frame = captured;
                match self.block(&block) {
                    Err(Leave::Return(value)) => Ok(value),
                    ended => ended,
                }
            }
            Job::Function(name, arguments) => self.enter(&name, arguments).0,
            Job::Invoke(function, arguments) => self.invoke(&function, arguments),
            Job::Std(receiver, name, arguments) => self.method(&receiver, name, &arguments),
            Job::Free(name, arguments) => self.call_free(&name, &arguments),
        };
        let own = self.scopes.pop();
        let ended = own.map_or_else(invalid, |own| self.close(&own, ended));
        self.frame = frame;
        self.scopes = scopes;
        self.bindings = bindings;
        let state = match ended {
            Ok(value) => State::Done(value),
            // Whether others can still send to it, or are cancelled where they do, is not decided.
            Err(Leave::Panic(_)) if task.waits => return Err(Leave::Invalid("a task that receives fails")),
            Err(Leave::Panic(message)) => State::Panicked(message),
            Err(Leave::Stuck) => State::Stuck,
            Err(Leave::Invalid(why)) => return Err(Leave::Invalid(why)),
            Err(_) => return invalid(),
        };
        task.state.replace(state);
        Ok(())
    }

    /// The tasks of a scope end, and with them the scope.
    pub(super) fn close(&mut self, scope: &ScopeRecord, ended: Eval) -> Eval {
        match &ended {
            Err(Leave::Invalid(_)) => return ended,
            Ok(_) => self.join(&scope.tasks)?,
            Err(_) => {
                // What it has received by then, which in no order begins so early, is not decided.
                if scope.tasks.iter().any(|task| task.waits && task.is_pending()) {
                    return Err(Leave::Invalid("a task that receives is cancelled"));
                }
                scope.tasks.iter().for_each(cancel);
            }
        }
        let mut tasks: Vec<_> = scope.tasks.iter().collect();
        if self.order == Order::Last {
            tasks.reverse();
        }
        for task in tasks {
            if let State::Panicked(message) = &*task.state.borrow()
                && (scope.is_nursery || !task.is_dealt_with.get())
                && !matches!(ended, Err(Leave::Panic(_)))
            {
                return Err(Leave::Panic(message.clone()));
            }
        }
        let waits = |task: &Rc<Task>| matches!(*task.state.borrow(), State::Stuck);
        if scope.tasks.iter().any(waits) {
            return Err(Leave::Invalid("a task waits for good"));
        }
        ended
    }

    fn join(&mut self, tasks: &[Rc<Task>]) -> Result<(), Leave> {
        let mut waiting: Vec<_> = tasks.iter().filter(|task| task.is_pending()).cloned().collect();
        if self.order == Order::Last {
            waiting.reverse();
        }
        for task in waiting {
            // One may have run because another has waited for it.
            if task.is_pending() {
                self.begin(&task)?;
            }
        }
        Ok(())
    }

    /// Runs tasks that have not begun, until something holds. Whether it does.
    pub(super) fn run_until(&mut self, holds: &dyn Fn() -> bool) -> Result<bool, Leave> {
        loop {
            if holds() {
                return Ok(true);
            }
            let next = match self.order {
                Order::Last => self.pending.last(),
                _ => self.pending.first(),
            };
            let Some(next) = next.cloned() else { return Ok(false) };
            self.begin(&next)?;
        }
    }

    /// The exit status when `main` has returned: nobody may have dealt with the panic of a detached task (TSK-36).
    pub(super) fn status(&self) -> i32 {
        let is_left =
            |task: &Rc<Task>| matches!(*task.state.borrow(), State::Panicked(_)) && !task.is_dealt_with.get();
        if self.detached.iter().any(is_left) { 101 } else { 0 }
    }

    pub(super) fn wait_for(&mut self, task: &Rc<Task>) -> Eval {
        if task.is_pending() {
            self.begin(task)?;
        }
        task.is_dealt_with.set(true);
        match &*task.state.borrow() {
            State::Done(value) => Ok(value.clone()),
            State::Panicked(message) => Err(Leave::Panic(message.clone())),
            _ => Err(Leave::Invalid("it waits for a task that does not end")),
        }
    }

    /// What `main` prints of a case that is a task.
    pub(super) fn told(&mut self, call: &Expr) -> Result<String, Leave> {
        let job = self.job(&Work::Call(call.clone()))?;
        let Value::Future(task) = self.spawn(job, false, false)? else { return invalid() };
        if task.is_pending() {
            self.begin(&task)?;
        }
        // Only detached tasks can be left, for whose effects nobody has waited.
        if self.pending.iter().any(|task| task.is_pending()) {
            return Err(Leave::Invalid("detached tasks are left"));
        }
        task.is_dealt_with.set(true);
        self.scopes.iter_mut().for_each(|scope| scope.tasks.clear());
        match &*task.state.borrow() {
            State::Done(value) => Ok(value.shown()),
            State::Panicked(message) => Ok(format!("panic: {message}")),
            _ => Err(Leave::Invalid("a case waits for good")),
        }
    }

    fn scope(&mut self, scope: Scope, body: &Block) -> Eval {
        let number = self.next_scope;
        self.next_scope += 1;
        let is_nursery = matches!(scope, Scope::Nursery | Scope::Limited(_) | Scope::Timed);
        let depth = self.scopes.len();
        self.scopes.push(ScopeRecord { number, is_nursery, tasks: Vec::new() });
        let mut ended = self.block(body);
        let Some(record) = self.scopes.pop().filter(|_| self.scopes.len() == depth) else { return invalid() };
        if let (Err(Leave::Stuck), Scope::Expired) = (&ended, scope) {
            self.close(&record, Err(Leave::Stuck)).or_else(|leave| match leave {
                Leave::Stuck => Ok(Value::Unit),
                leave => Err(leave),
            })?;
            return Ok(Value::option(None));
        }
        if matches!(&ended, Err(Leave::Cancelled(to)) if *to == number) {
            // The panic of the task goes on.
            ended = Err(Leave::Cancelled(0));
        }
        let ended = self.close(&record, ended)?;
        Ok(match scope {
            Scope::Timed | Scope::Within | Scope::Expired => Value::option(Some(ended)),
            _ => ended,
        })
    }

    fn lock(&mut self, handles: &[(Expr, Name)], body: &Block) -> Eval {
        let mut cells = Vec::new();
        for (handle, _) in handles {
            let Value::Cell(cell) = self.expr(handle)? else { return invalid() };
            if self.held.contains(&Rc::as_ptr(&cell)) || cells.iter().any(|other| Rc::ptr_eq(other, &cell)) {
                return Err(Leave::Invalid("a mutex is held already"));
            }
            cells.push(cell);
        }
        let base = self.frame.len();
        for (cell, (_, name)) in cells.iter().zip(handles) {
            self.held.push(Rc::as_ptr(cell));
            self.bind(name, cell.borrow().clone());
        }
        let ended = self.block(body);
        for (at, cell) in cells.iter().enumerate() {
            self.held.pop();
            if let Some((_, value)) = self.frame.get(base + at) {
                cell.replace(value.clone());
            }
        }
        self.frame.truncate(base);
        ended
    }

    pub(super) fn receive(&mut self, channel: &Rc<Channel>) -> Result<Option<Value>, Leave> {
        let has_some = || channel.is_closed.get() || !channel.queue.borrow().is_empty();
        self.run_until(&has_some)?;
        let received = channel.queue.borrow_mut().pop_front();
        channel.is_ended.set(received.is_none());
        Ok(received)
    }

    pub(super) fn send(&mut self, channel: &Rc<Channel>, value: Value) -> Result<(), Leave> {
        // A receiver has run before its time.
        if channel.is_closed.get() || channel.is_ended.get() {
            return Err(Leave::Invalid("a channel without receivers"));
        }
        channel.queue.borrow_mut().push_back(value);
        Ok(())
    }

    fn select(&mut self, is_biased: bool, choices: &[Choice]) -> Eval {
        let mut operands = Vec::new();
        for choice in choices {
            operands.push(match choice {
                Choice::Receive(_, operand, _) | Choice::Await(_, operand, _) => {
                    Some((self.expr(operand)?, Value::Unit))
                }
                Choice::Send(tx, value, _) => Some((self.expr(tx)?, self.expr(value)?)),
                Choice::Closed(_) | Choice::After(_) => None,
            });
        }
        let is_ready = |at: &usize| match &operands[*at] {
            Some((Value::End(channel), _)) => {
                matches!(choices[*at], Choice::Send(..)) || !channel.queue.borrow().is_empty()
            }
            Some((Value::Future(task), _)) => {
                matches!(*task.state.borrow(), State::Done(_) | State::Panicked(_))
            }
            _ => false,
        };
        let any = || (0..choices.len()).any(|at| is_ready(&at));
        let chosen = match (self.run_until(&any)?, self.order) {
            (true, Order::Last) if !is_biased => (0..choices.len()).rev().find(is_ready),
            (true, _) => (0..choices.len()).find(is_ready),
            (false, _) => choices.iter().position(|choice| matches!(choice, Choice::Closed(_))),
        };
        let Some(at) = chosen else { return Err(Leave::Invalid("a select waits for good")) };
        let base = self.frame.len();
        let body = match (&choices[at], &operands[at]) {
            (Choice::Receive(name, _, body), Some((Value::End(channel), _))) => {
                let value = channel.queue.borrow_mut().pop_front().unwrap_or(Value::Unit);
                self.bind(name, value);
                body
            }
            (Choice::Await(name, _, body), Some((Value::Future(task), _))) => {
                let value = self.wait_for(task)?;
                self.bind(name, value);
                body
            }
            (Choice::Send(_, _, body), Some((Value::End(channel), value))) => {
                self.send(channel, value.clone())?;
                body
            }
            (Choice::Closed(body), _) => {
                for operand in operands.iter().flatten() {
                    if let (Value::End(channel), _) = operand {
                        channel.is_ended.set(true);
                    }
                }
                body
            }
            _ => return invalid(),
        };
        let ended = self.block(body);
        self.frame.truncate(base);
        ended
    }

    /// `par_map` and the like, in another order if tasks run in another.
    pub(super) fn in_parallel(&mut self, parts: Vec<Value>, function: &Value) -> Eval {
        let mut made = vec![Value::Unit; parts.len()];
        let mut order: Vec<usize> = (0..parts.len()).collect();
        if self.order == Order::Last {
            order.reverse();
        }
        self.scopes.push(ScopeRecord { number: usize::MAX, is_nursery: true, tasks: Vec::new() });
        let mut ended = Ok(Value::Unit);
        for at in order {
            match self.invoke(function, vec![parts[at].clone()]) {
                Ok(value) => made[at] = value,
                Err(leave) => {
                    ended = Err(leave);
                    break;
                }
            }
        }
        let record = self.scopes.pop();
        record.map_or_else(invalid, |record| self.close(&record, ended))?;
        Ok(Value::array(made))
    }
}

pub(super) fn failure(name: &str, index: usize, message: &str) -> Value {
    let parts = vec![Value::text(message), Value::text("")];
    Value::Record(Shape::known("TaskError", name, index, 2), Rc::new(parts)).err()
}

/// One that has not begun never begins; one that waits for good ends there.
pub(super) fn cancel(task: &Rc<Task>) {
    let mut state = task.state.borrow_mut();
    if matches!(*state, State::Pending(_) | State::Stuck) {
        *state = State::Cancelled;
    }
}
