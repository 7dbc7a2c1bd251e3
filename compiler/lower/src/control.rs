//! Blocks, branches, loops.

use wyn_hir::{Block, Expr, ForArray, ForRange, LoopId, PatKind, Stmt};
use wyn_mir::{BinOp, Const, Operand, Place, Proj, Rvalue, TermKind, Ty};

use crate::body::Builder;
use crate::scope::{LoopScope, Step};
use crate::value::Use;

impl<'h> Builder<'_, 'h> {
    /// Statements and a value, in a scope.
    pub(crate) fn block(&mut self, dest: &Place, block: &'h Block) {
        let depth = self.steps.len();
        for stmt in &block.stmts {
            if self.statement(stmt) {
                // Nothing after it is reached: the steps are dropped, not run.
                self.steps.truncate(depth);
                return;
            }
        }
        match &block.value {
            Some(value) => self.store(dest, value),
            None => self.done(dest),
        }
        let whole = self.span;
        self.span = whole.shrink_to_end();
        self.close(depth);
        self.span = whole;
    }

    /// One statement; says whether it does not end normally.
    fn statement(&mut self, stmt: &'h Stmt) -> bool {
        match stmt {
            Stmt::Let(pat, value) => {
                let outer = std::mem::replace(&mut self.span, value.span);
                if let PatKind::Bind(local) = pat.kind {
                    let variable = self.declare_early(local);
                    self.store_variable(variable, value);
                } else {
                    self.declare_all(pat);
                    self.scoped(|this| {
                        if let PatKind::Wild = pat.kind {
                            return this.effect(value);
                        }
                        let place = this.place(value);
                        this.bind_all(&place, pat);
                    });
                    self.schedule_all(pat);
                }
                self.span = outer;
                value.ty.is_never()
            }
            Stmt::Expr(value) => {
                self.scoped(|this| this.effect(value));
                value.ty.is_never()
            }
            Stmt::Defer(expr) => {
                self.on_exit(Step::Defer(expr));
                false
            }
        }
    }

    pub(crate) fn if_else(
        &mut self,
        dest: &Place,
        cond: &'h Expr,
        then: &'h Expr,
        otherwise: Option<&'h Expr>,
    ) {
        let (yes, no, join) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(cond, yes, no);
        self.current = yes;
        self.scoped(|this| this.store(dest, then));
        self.end(TermKind::Goto(join));
        self.current = no;
        match otherwise {
            Some(otherwise) => self.scoped(|this| this.store(dest, otherwise)),
            None => self.done(dest),
        }
        self.goto_into(join);
    }

    pub(crate) fn while_loop(&mut self, dest: &Place, id: LoopId, cond: &'h Expr, body: &'h Expr) {
        let (head, round, exit) = (self.new_block(), self.new_block(), self.new_block());
        self.goto_into(head);
        self.branch(cond, round, exit);
        self.current = round;
        self.round(LoopScope { id, exit, next: head, depth: self.steps.len() }, body);
        self.end_into(TermKind::Goto(head), exit);
        self.done(dest);
    }

    pub(crate) fn endless_loop(&mut self, dest: &Place, id: LoopId, body: &'h Expr) {
        let (head, exit) = (self.new_block(), self.new_block());
        self.goto_into(head);
        self.round(LoopScope { id, exit, next: head, depth: self.steps.len() }, body);
        self.end_into(TermKind::Goto(head), exit);
        self.done(dest);
    }

    /// The body of a loop, once.
    fn round(&mut self, scope: LoopScope, body: &'h Expr) {
        self.loops.push(scope);
        self.scoped(|this| this.effect(body));
        self.loops.pop();
    }

    /// `for i in a..b`: the counter is tested before it grows, so it cannot overflow.
    pub(crate) fn for_range(&mut self, dest: &Place, each: &'h ForRange) {
        let ty = each.start.ty;
        let ends = self.operands(&[(&each.start, Use::Own), (&each.end, Use::Own)]);
        let [start, end] = ends.try_into().unwrap_or_else(|_| unreachable!("a range has two ends"));
        let counter = self.computed(ty, Rvalue::Use(start));
        let end = match end {
            Operand::Const(value) => Operand::Const(value),
            end => Operand::Borrow(self.computed(ty, Rvalue::Use(end)).into()),
        };
        let counter_read = Operand::Borrow(counter.into());
        let (round, next, exit) = (self.new_block(), self.new_block(), self.new_block());

        let test = if each.inclusive { BinOp::Le } else { BinOp::Lt };
        let head = self.new_block();
        self.goto_into(head);
        let more = self.computed(Ty::bool(), Rvalue::Binary(test, counter_read.clone(), end.clone()));
        self.switch_bool(Operand::Borrow(more.into()), round, exit);

        self.current = round;
        let depth = self.steps.len();
        let variable = self.declare(each.var).into();
        self.assign_operand(&variable, Operand::Copy(counter.into()));
        if let Some(array) = &each.changes {
            self.make_unique(array);
        }
        self.round(LoopScope { id: each.id, exit, next, depth }, &each.body);
        self.close(depth);
        self.goto_into(next);

        let after = if each.inclusive {
            let more = self.computed(Ty::bool(), Rvalue::Binary(BinOp::Lt, counter_read.clone(), end));
            let grow = self.new_block();
            self.switch_bool(Operand::Borrow(more.into()), grow, exit);
            self.current = grow;
            round
        } else {
            head
        };
        let one = Operand::Const(Const::Int(1, ty));
        self.assign(&counter.into(), Rvalue::Binary(BinOp::Add, counter_read, one));
        self.end_into(TermKind::Goto(after), exit);
        self.done(dest);
    }

    /// `for x in xs`: iterates a snapshot, which later writes to the array do not change.
    pub(crate) fn for_array(&mut self, dest: &Place, each: &'h ForArray) {
        self.scoped(|this| {
            let snapshot: Place = this.temp_of(&each.array).into();
            let zero = Operand::Const(Const::Int(0, Ty::int()));
            let len = this.computed(Ty::int(), Rvalue::Len(snapshot.clone()));
            let position = this.computed(Ty::int(), Rvalue::Use(zero));
            let read = Operand::Borrow(position.into());
            let (head, round) = (this.new_block(), this.new_block());
            let (next, exit) = (this.new_block(), this.new_block());

            this.goto_into(head);
            let len = Operand::Borrow(len.into());
            let more = this.computed(Ty::bool(), Rvalue::Binary(BinOp::Lt, read.clone(), len));
            this.switch_bool(Operand::Borrow(more.into()), round, exit);

            this.current = round;
            let depth = this.steps.len();
            if let Some(index) = each.index {
                let index = this.declare(index).into();
                this.assign_operand(&index, Operand::Copy(position.into()));
            }
            this.declare_all(&each.pat);
            this.bind_all(&snapshot.then(Proj::Index(position)), &each.pat);
            this.schedule_all(&each.pat);
            this.round(LoopScope { id: each.id, exit, next, depth }, &each.body);
            this.close(depth);
            this.goto_into(next);

            let one = Operand::Const(Const::Int(1, Ty::int()));
            this.assign(&position.into(), Rvalue::Binary(BinOp::Add, read, one));
            this.end_into(TermKind::Goto(head), exit);
        });
        self.done(dest);
    }

    pub(crate) fn break_loop(&mut self, id: LoopId) {
        let (exit, depth) = self.find_loop(id, |scope| scope.exit);
        self.leave(depth);
        self.diverge(TermKind::Goto(exit));
    }

    pub(crate) fn continue_loop(&mut self, id: LoopId) {
        let (next, depth) = self.find_loop(id, |scope| scope.next);
        self.leave(depth);
        self.diverge(TermKind::Goto(next));
    }

    fn find_loop<T>(&self, id: LoopId, part: impl Fn(&LoopScope) -> T) -> (T, usize) {
        let scope = self.loops.iter().rev().find(|scope| scope.id == id);
        let scope = scope.expect("a loop is left only from inside");
        (part(scope), scope.depth)
    }
}
