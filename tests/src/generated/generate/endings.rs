//! Tasks and blocks that do not end by themselves: cancelled, out of time, failed or detached.

use super::super::tree::{Binary, Block, Expr, Forever, INT, Name, Scope, Statement, Type, Work};
use super::super::value::Value;
use super::Generator;
use super::expressions::{binary, number, std};
use super::tasks::{spawned, statement_block, variable};

impl Generator {
    /// A `defer` that adds something to a total.
    fn counted_defer(&mut self) -> Statement {
        let amount = self.within(|context| context.may_leave = false, Self::amount);
        let add = Statement::Discard(std(self.global("TOTAL"), "add", vec![amount]));
        Statement::Defer(statement_block(vec![add]))
    }

    /// The end of a task that has begun, and waits for good in a block or two.
    fn forever(&mut self) -> Statement {
        let how = *self.pick(&[Forever::Sleep, Forever::Receive, Forever::Checkpoint, Forever::Select]);
        let wait = Statement::Do(Expr::Forever(how));
        let kind = match self.random.below(8) {
            0 => Scope::Nursery,
            1 => Scope::Timed,
            2 => Scope::Within,
            3 => Scope::Supervised,
            _ => return wait,
        };
        Statement::Do(Expr::Scope(kind, statement_block(vec![self.counted_defer(), wait])))
    }

    /// A task that has begun, waits for good, and is cancelled: what its `defer`s do is decided, and those of a task
    /// that it has spawned.
    pub(super) fn cancelled(&mut self, out: &mut Vec<Statement>) {
        let (task, of) = (self.fresh("t"), self.shown_type(1));
        let depth = self.up_to(2);
        self.endless(out, &task, &of, depth);
        out.push(Statement::Do(std(variable(&task), "cancel", Vec::new())));
        let told = Expr::Free("told".to_owned(), vec![std(variable(&task), "result", Vec::new())]);
        self.bind(out, true, &Type::Str, told);
    }

    /// Spawns a task that never ends, and waits until it is there; it does the same, this often.
    fn endless(&mut self, out: &mut Vec<Statement>, task: &Name, of: &Type, depth: usize) {
        let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
        out.push(Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: INT, capacity: self.up_to(1) });
        let body = self.as_task(of, |generator| {
            let mut statements = Vec::new();
            if generator.often(60) {
                let of = generator.shown_type(2);
                let value = generator.expr(&of, 1);
                generator.bind(&mut statements, true, &of, value);
            }
            statements.push(generator.counted_defer());
            if depth > 0 {
                let (inner, of) = (generator.fresh("t"), generator.shown_type(1));
                generator.endless(&mut statements, &inner, &of, depth - 1);
                statements.push(Statement::Discard(variable(&inner)));
            }
            statements.push(Statement::Do(std(variable(&tx), "send", vec![number(1)])));
            statements.push(generator.forever());
            let value = generator.expr(of, 0);
            Block { statements, value: Some(Box::new(value)) }
        });
        let value = spawned(Work::Block(body), false);
        out.push(Statement::Let { is_var: false, name: task.clone(), of: None, value });
        out.push(Statement::Discard(std(variable(&rx), "recv", Vec::new())));
    }

    /// A block whose time is up, with others in it and around it whose time is not.
    pub(super) fn expired(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let body = self.within(
            |_| {},
            |generator| {
                let statements = vec![generator.counted_defer(), generator.forever()];
                Block { statements, value: Some(Box::new(generator.expr(&of, 0))) }
            },
        );
        let (mut of, mut scope) = (of.option(), Expr::Scope(Scope::Expired, body));
        if self.often(30) {
            let kind = *self.pick(&[Scope::Within, Scope::Timed]);
            (of, scope) = (of.option(), Expr::Scope(kind, Block::of(scope)));
        }
        self.bind(out, true, &of, scope);
    }

    /// A task that may panic, and what is told of it.
    pub(super) fn failing(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let task = if self.often(50) {
            self.task_call(&of, 1)
        } else {
            let message = Expr::Literal(Value::text(&format!("p{}", self.next)));
            let fail = Statement::Do(Expr::Free("panic".to_owned(), vec![message]));
            let inner = Statement::Do(spawned(Work::Block(statement_block(vec![fail])), false));
            let kind = *self.pick(&[Scope::Nursery, Scope::Supervised, Scope::Within, Scope::Timed]);
            let value = self.as_task(&of, |generator| generator.expr(&of, 1));
            let body = Block { statements: vec![inner], value: Some(Box::new(value)) };
            Some(spawned(Work::Block(Block::of(Expr::Scope(kind, body))), false))
        };
        let Some(task) = task else { return };
        let told = Expr::Free("told".to_owned(), vec![std(task, "result", Vec::new())]);
        self.bind(out, true, &Type::Str, told);
    }

    /// A detached task, whose one message is waited for.
    pub(super) fn detached(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
        out.push(Statement::Channel {
            tx: tx.clone(),
            rx: rx.clone(),
            of: of.clone(),
            capacity: self.up_to(1),
        });
        let value = self.as_task(&Type::Unit, |generator| {
            generator.context.depth = 0;
            generator.expr(&of, 1)
        });
        let send = Statement::Do(std(variable(&tx), "send", vec![value]));
        let work = Box::new(Work::Block(statement_block(vec![send])));
        out.push(Statement::Do(Expr::Spawn { detached: true, waits: false, work }));
        let got = std(variable(&rx), "recv", Vec::new());
        let default = self.simple(&of);
        self.bind(out, true, &of, binary(Binary::Default, got, default));
    }
}
