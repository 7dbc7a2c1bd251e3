//! What tasks share and where they meet, in uses whose effect is decided: what `sync` has, parallel loops, `select`
//! over futures, and handles that one task asks without waiting.

use super::super::tree::{
    Binary, Block, Choice, Condition, Expr, Forever, INT, Int, Name, Piece, Place, Scope, Statement, Type,
    Work,
};
use super::super::value::Value;
use super::Generator;
use super::expressions::{binary, number, std};
use super::tasks::{spawned, statement_block, variable};

fn constant(name: &Name, value: Expr) -> Statement {
    Statement::Let { is_var: false, name: name.clone(), of: None, value }
}

fn free(name: &str, arguments: Vec<Expr>) -> Expr {
    Expr::Free(name.to_owned(), arguments)
}

/// `(name: T) => { … }`, or without the parameter.
fn closure(parameter: Option<(&Name, Type)>, statements: Vec<Statement>) -> Expr {
    let parameters = parameter.map(|(name, of)| (name.clone(), of)).into_iter().collect();
    Expr::Closure(parameters, statement_block(statements))
}

fn nursery(statements: Vec<Statement>) -> Statement {
    Statement::Do(Expr::Scope(Scope::Nursery, statement_block(statements)))
}

fn task(statements: Vec<Statement>, waits: bool) -> Statement {
    Statement::Do(spawned(Work::Block(statement_block(statements)), waits))
}

impl Generator {
    /// Tasks that share something, or one that asks for it.
    pub(super) fn meeting(&mut self, out: &mut Vec<Statement>) {
        match self.random.below(10) {
            0 => self.barrier(out),
            1 => self.semaphore(out),
            2 => self.group(out),
            3 => self.once(out),
            4 => self.readers(out),
            5 => self.parallel(out),
            6 => self.buffer(out),
            7 => self.atomic(out),
            8 => self.permits(out),
            _ => self.race(out),
        }
    }

    /// An amount that a task finds while it holds something.
    fn held_amount(&mut self) -> Expr {
        self.as_task(&Type::Unit, |generator| {
            generator.context.may_wait = false;
            generator.amount()
        })
    }

    /// Some tasks.
    fn tasks(&mut self, waits: bool, mut body: impl FnMut(&mut Self) -> Vec<Statement>) -> Vec<Statement> {
        (0..2 + self.up_to(2)).map(|_| task(body(self), waits)).collect()
    }

    /// Tasks that each see what all have done before they met.
    fn barrier(&mut self, out: &mut Vec<Statement>) {
        let (all, meeting) = (self.fresh("a"), self.fresh("b"));
        let tasks = self.tasks(true, |generator| {
            let amount = generator.held_amount();
            let wait = std(variable(&meeting), "wait", Vec::new());
            let last = Statement::Discard(std(generator.global("OTHER"), "add", vec![number(1)]));
            let seen = binary(Binary::Rem, std(variable(&all), "load", Vec::new()), number(1009));
            vec![
                Statement::Discard(std(variable(&all), "add", vec![amount])),
                Statement::If(Condition::Holds(wait), statement_block(vec![last]), None),
                Statement::Discard(std(generator.global("TOTAL"), "add", vec![seen])),
            ]
        });
        out.push(constant(&all, free("Atomic", vec![number(0)])));
        out.push(constant(&meeting, free("sync.Barrier.new", vec![number(tasks.len())])));
        out.push(nursery(tasks));
    }

    /// Tasks of which one at a time reads and writes.
    fn semaphore(&mut self, out: &mut Vec<Statement>) {
        let (sum, permits) = (self.fresh("a"), self.fresh("s"));
        out.push(constant(&sum, free("Atomic", vec![number(0)])));
        out.push(constant(&permits, free("sync.Semaphore.new", vec![number(1)])));
        let tasks = self.tasks(false, |generator| {
            let more =
                binary(Binary::WrapAdd, std(variable(&sum), "load", Vec::new()), generator.held_amount());
            let work = closure(None, vec![Statement::Do(std(variable(&sum), "store", vec![more]))]);
            vec![Statement::Do(std(variable(&permits), "hold", vec![work]))]
        });
        out.push(nursery(tasks));
        self.bind(out, true, &INT, std(variable(&sum), "load", Vec::new()));
    }

    /// Tasks that say when they are done.
    fn group(&mut self, out: &mut Vec<Statement>) {
        let (sum, group) = (self.fresh("a"), self.fresh("g"));
        let tasks = self.tasks(false, |generator| {
            let done = Statement::Do(std(variable(&group), "done", Vec::new()));
            let amount = generator.held_amount();
            vec![
                Statement::Defer(statement_block(vec![done])),
                Statement::Discard(std(variable(&sum), "add", vec![amount])),
            ]
        });
        out.push(constant(&sum, free("Atomic", vec![number(0)])));
        out.push(constant(&group, free("sync.WaitGroup.new", Vec::new())));
        out.push(Statement::Do(std(variable(&group), "add", vec![number(tasks.len())])));
        out.extend(tasks);
        out.push(Statement::Do(std(variable(&group), "wait", Vec::new())));
        self.bind(out, true, &INT, std(variable(&sum), "load", Vec::new()));
    }

    /// Tasks that want the same value, which one of them makes.
    fn once(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let (made, once, make) = (self.fresh("a"), self.fresh("o"), self.fresh("f"));
        let value = self.as_task(&of, |generator| {
            generator.context.may_wait = false;
            generator.expr(&of, 1)
        });
        let count = Statement::Discard(std(variable(&made), "add", vec![number(1)]));
        let body = Block { statements: vec![count], value: Some(Box::new(value)) };
        out.push(constant(&made, free("Atomic", vec![number(0)])));
        let (place, start) = (Type::Once(Box::new(of.clone())), free("sync.Once.new", Vec::new()));
        out.push(Statement::Let { is_var: false, name: once.clone(), of: Some(place), value: start });
        out.push(constant(&make, Expr::Closure(Vec::new(), body)));
        let tasks = self.tasks(false, |_| {
            vec![Statement::Discard(std(variable(&once), "get_or_init", vec![variable(&make)]))]
        });
        out.push(nursery(tasks));
        self.bind(out, true, &of.option(), std(variable(&once), "get", Vec::new()));
        self.bind(out, true, &INT, std(variable(&made), "load", Vec::new()));
    }

    /// Tasks that change a value which others read.
    fn readers(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let lock = self.fresh("rw");
        let start = self.simple(&INT);
        out.push(constant(&lock, free("sync.RwLock.new", vec![start])));
        let tasks = self.tasks(false, |generator| {
            let (open, held) = (generator.fresh("m"), generator.fresh("l"));
            let place = Place { root: held.clone(), path: Vec::new() };
            let grow = Statement::Assign(place, Some(Binary::WrapAdd), generator.held_amount());
            let change =
                Statement::Do(Expr::Lock(vec![(variable(&open), held)], statement_block(vec![grow])));
            let change = closure(Some((&open, Type::Mutex(Box::new(INT)))), vec![change]);
            vec![Statement::Do(std(variable(&lock), "write", vec![change]))]
        });
        out.push(nursery(tasks));
        let look = self.closure(&[INT], &of, 1);
        self.bind(out, true, &of, std(variable(&lock), "read", vec![look]));
    }

    /// The elements of an array, in any order or in pieces.
    fn parallel(&mut self, out: &mut Vec<Statement>) {
        if self.often(50) {
            let of = self.shown_type(1);
            let element = self.fresh("c");
            let all = self.expr(&of.clone().array(), 1);
            let amount = self.as_task(&Type::Unit, |generator| {
                generator.context.may_wait = false;
                generator.declare(false, &element, &of);
                generator.amount()
            });
            let add = Statement::Discard(std(self.global("TOTAL"), "sub", vec![amount]));
            let each = closure(Some((&element, of)), vec![add]);
            return out.push(Statement::Do(std(all, "par_each", vec![each])));
        }
        let (of, start, op) = match self.random.below(4) {
            0 => (Type::Str, Value::text(""), Binary::Add),
            1 => (INT, Value::int(0), Binary::Xor),
            _ => (INT, Value::int(0), Binary::WrapAdd),
        };
        let (a, b) = (self.fresh("c"), self.fresh("c"));
        let both = Block::of(binary(op, variable(&a), variable(&b)));
        let join = Expr::Closure(vec![(a, of.clone()), (b, of.clone())], both);
        let all = self.expr(&of.clone().array(), 2);
        self.bind(out, true, &of, std(all, "par_reduce", vec![Expr::Literal(start), join]));
    }

    /// What answers show, one after the other.
    fn answers(&mut self, out: &mut Vec<Statement>, answers: Vec<Expr>) {
        let pieces =
            answers.into_iter().flat_map(|answer| [Piece::Shown(answer), Piece::Text(" ".to_owned())]);
        let text = Expr::Text(pieces.collect());
        self.bind(out, true, &Type::Str, text);
    }

    /// A channel with both ends in one task, which never waits.
    fn buffer(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
        out.push(Statement::Channel {
            tx: tx.clone(),
            rx: rx.clone(),
            of: of.clone(),
            capacity: self.up_to(2),
        });
        let receive = || std(variable(&rx), "try_recv", Vec::new());
        for is_open in [true, false] {
            let mut asked = Vec::new();
            for _ in 0..1 + self.up_to(3) {
                asked.push(match self.random.below(4) {
                    0 => receive(),
                    1 => std(variable(&rx), "len", Vec::new()),
                    _ => std(variable(&tx), "try_send", vec![self.expr(&of, 0)]),
                });
            }
            self.answers(out, asked);
            if is_open {
                out.push(Statement::Do(std(variable(&tx), "close", Vec::new())));
            }
        }
        self.answers(out, vec![receive(), receive(), receive()]);
    }

    /// A number that one task changes at once.
    fn atomic(&mut self, out: &mut Vec<Statement>) {
        let int = *self.pick(&Int::ALL);
        let of = Type::Int(int);
        let name = self.fresh("a");
        let value = free("Atomic", vec![self.simple(&of)]);
        out.push(Statement::Let { is_var: false, name: name.clone(), of: Some(Type::Atomic(int)), value });
        let mut asked = Vec::new();
        for _ in 0..2 + self.up_to(3) {
            let value = self.expr(&of, 1);
            asked.push(match self.random.below(5) {
                0 => std(variable(&name), "swap", vec![value]),
                1 => std(variable(&name), "add", vec![value]),
                2 => std(variable(&name), "sub", vec![value]),
                _ => std(variable(&name), "compare_swap", vec![self.simple(&of), value]),
            });
        }
        asked.push(std(variable(&name), "load", Vec::new()));
        self.answers(out, asked);
    }

    /// A semaphore with as many permits as it takes.
    fn permits(&mut self, out: &mut Vec<Statement>) {
        let name = self.fresh("s");
        out.push(constant(&name, free("sync.Semaphore.new", vec![number(1 + self.up_to(2))])));
        let ask = |name: &Name| std(variable(name), "try_acquire", Vec::new());
        let tries = (0..1 + self.up_to(3)).map(|_| ask(&name)).collect();
        self.answers(out, tries);
        out.push(Statement::Do(std(variable(&name), "release", Vec::new())));
        let free = std(variable(&name), "available", Vec::new());
        self.answers(out, vec![free, ask(&name), ask(&name)]);
    }

    /// A `select` that waits for a task, and for what does not come.
    fn race(&mut self, out: &mut Vec<Statement>) {
        let of = self.shown_type(1);
        let Some(work) = self.task_call(&of, 1) else { return };
        let (task, got) = (self.fresh("t"), self.fresh("got"));
        out.push(constant(&task, work));
        let mut choices = vec![Choice::Await(got.clone(), variable(&task), Block::of(variable(&got)))];
        let other = self.fresh("got");
        let stop = match self.random.below(3) {
            0 => {
                let (tx, rx) = (self.fresh("tx"), self.fresh("rx"));
                out.push(Statement::Channel { tx: tx.clone(), rx: rx.clone(), of: of.clone(), capacity: 0 });
                choices.push(Choice::Receive(other.clone(), variable(&rx), Block::of(variable(&other))));
                Some(std(variable(&tx), "close", Vec::new()))
            }
            1 => {
                let slow = self.fresh("t");
                let wait = Statement::Do(Expr::Forever(Forever::Sleep));
                let value = self.as_task(&of, |generator| generator.expr(&of, 0));
                let body = Block { statements: vec![wait], value: Some(Box::new(value)) };
                out.push(constant(&slow, spawned(Work::Block(body), false)));
                choices.push(Choice::Await(other.clone(), variable(&slow), Block::of(variable(&other))));
                Some(std(variable(&slow), "cancel", Vec::new()))
            }
            _ => None,
        };
        self.random.shuffle(&mut choices);
        if stop.is_none() || self.often(20) {
            choices.push(Choice::After(Block::of(self.simple(&of))));
        }
        let select = Expr::Select(self.often(40), choices);
        self.bind(out, true, &of, select);
        out.extend(stop.map(Statement::Do));
    }
}
