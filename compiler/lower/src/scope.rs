//! Ways out: what has to be done when scopes are left, in which order, and where unwinding goes.
//!
//! Open scopes are one flat stack of steps; a scope is a suffix of it, named by the stack's height
//! when it was opened. Leaving runs the steps from the top: normally (and popping them), by `break`,
//! `continue` and `return` (keeping them for the code that follows), or in the cleanup chain. Each
//! step remembers the cleanup block that runs it and everything below it, so chains share tails.
//!
//! Only locals that may hold resources (their type says so, or mentions a type parameter) have an
//! end, and so has the return place while unwinding; everything else dies by liveness, which the
//! ownership pass knows better.
//!
//! While a step runs, the stack holds only what is below it: a panic in a `defer` goes on with the
//! steps that remain.

use wyn_hir::{Expr, LoopId};
use wyn_mir::{Arg, BlockId, Callee, Intrinsic, Local, Place, RETURN, StmtKind, TermKind, Ty};

use crate::body::Builder;
use crate::walk::may_wait;

/// Something to do on the way out.
#[derive(Clone, Copy)]
pub(crate) enum Step<'h> {
    /// A local's scope ends.
    End(Local),
    /// While unwinding only: a result that was computed already is not returned.
    ReturnValue,
    /// A `defer`.
    Defer(&'h Expr),
    /// An open nursery. All ways out close it, however they end; the normal end is said where the nursery is lowered.
    Nursery(OpenNursery),
    /// A mutex that is held: this one of [`Builder::held`].
    Unlock(usize),
}

/// A nursery whose block is being lowered.
#[derive(Clone, Copy)]
pub(crate) struct OpenNursery {
    pub(crate) handle: Local,
    /// Where unwinding ends that its own time limit has begun.
    pub(crate) late: Option<BlockId>,
    /// Whether it may only have so many tasks.
    pub(crate) is_limited: bool,
}

/// How a scope is left. A `defer` that runs while something unwinds is cleanup, and yet has scopes that are left normally.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// At its end, or by a jump.
    Normally,
    Unwinding,
}

/// A step on the stack.
pub(crate) struct Scheduled<'h> {
    step: Step<'h>,
    /// The cleanup block that runs this step and all below it.
    unwind: Option<BlockId>,
}

impl<'h> Scheduled<'h> {
    pub(crate) fn new(step: Step<'h>) -> Self {
        Self { step, unwind: None }
    }
}

/// A loop around the current place.
pub(crate) struct LoopScope {
    pub(crate) id: LoopId,
    /// Where `break` goes.
    pub(crate) exit: BlockId,
    /// Where `continue` goes.
    pub(crate) next: BlockId,
    /// The height of the stack outside of a round.
    pub(crate) depth: usize,
}

impl<'h> Builder<'_, 'h> {
    /// Runs `f` in a scope of its own.
    pub(crate) fn scoped<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.steps.len();
        let result = f(self);
        self.close(depth);
        result
    }

    /// Ends a local with the innermost scope, if its end matters.
    pub(crate) fn schedule(&mut self, local: Local, ty: Ty) {
        if self.needs_scope(ty) {
            self.steps.push(Scheduled::new(Step::End(local)));
        }
    }

    /// Schedules a step.
    pub(crate) fn on_exit(&mut self, step: Step<'h>) {
        self.steps.push(Scheduled::new(step));
    }

    /// Whether what is spawned here belongs to a nursery with a limit, as far as this body tells.
    pub(crate) fn may_wait_for_room(&self) -> bool {
        let innermost = self.steps.iter().rev().find_map(|scheduled| match scheduled.step {
            Step::Nursery(nursery) => Some(nursery),
            _ => None,
        });
        innermost.is_some_and(|nursery| nursery.is_limited)
    }

    /// The normal end of the scopes above a height.
    pub(crate) fn close(&mut self, depth: usize) {
        while self.steps.len() > depth {
            let Some(scheduled) = self.steps.pop() else { break };
            self.run(scheduled.step, Left::Normally);
        }
    }

    /// Leaves the scopes above a height from within: they stay open for the code that follows.
    pub(crate) fn leave(&mut self, depth: usize) {
        let mut left = Vec::new();
        while self.steps.len() > depth {
            let Some(scheduled) = self.steps.pop() else { break };
            self.run(scheduled.step, Left::Normally);
            left.push(scheduled);
        }
        self.steps.extend(left.into_iter().rev());
    }

    fn run(&mut self, step: Step<'h>, left: Left) {
        match step {
            Step::End(local) => self.push(StmtKind::ScopeEnd(local)),
            Step::ReturnValue if left == Left::Unwinding => self.push(StmtKind::ScopeEnd(RETURN)),
            Step::ReturnValue => {}
            // Unwinding masks by itself.
            Step::Defer(expr) if left == Left::Normally && may_wait(expr, self.cx.hir) => {
                self.push_unit(Intrinsic::Mask);
                self.scoped(|this| this.effect(expr));
                let nowhere = self.nowhere();
                self.call_block(Callee::Intrinsic(Intrinsic::Unmask, Vec::new()), Vec::new(), nowhere, false);
            }
            Step::Defer(expr) => self.scoped(|this| this.effect(expr)),
            Step::Nursery(nursery) if left == Left::Normally => self.leave_nursery(nursery.handle),
            Step::Nursery(nursery) => self.unwind_nursery(nursery.handle, nursery.late),
            Step::Unlock(at) => self.unlock(at),
        }
    }

    /// An operation without arguments that gives nothing and does not unwind.
    fn push_unit(&mut self, operation: Intrinsic) {
        let nowhere = self.nowhere();
        self.push(StmtKind::Intrinsic(nowhere, operation, Vec::new(), Vec::new()));
    }

    /// Ends the current block with a call that may unwind and goes on behind it.
    pub(crate) fn call_block(&mut self, callee: Callee, args: Vec<Arg>, dest: Place, diverges: bool) {
        let unwind = Some(self.unwind());
        let next = self.new_block();
        let target = (!diverges).then_some(next);
        self.end_into(TermKind::Call { callee, args, dest, target, unwind }, next);
    }

    /// Where unwinding from the current place goes.
    pub(crate) fn unwind(&mut self) -> BlockId {
        self.chain(self.steps.len())
    }

    /// The cleanup block that runs the lowest `height` steps from the top and goes on unwinding.
    fn chain(&mut self, height: usize) -> BlockId {
        if height == 0 {
            return self.resume_block();
        }
        let top = height - 1;
        if let Some(block) = self.steps[top].unwind {
            return block;
        }
        let (current, cleanup) = (self.current, self.cleanup);
        self.cleanup = true;
        let block = self.new_block();
        self.steps[top].unwind = Some(block);
        self.current = block;
        let above = self.steps.split_off(top);
        self.run(above[0].step, Left::Unwinding);
        let rest = self.chain(top);
        self.end(TermKind::Goto(rest));
        self.steps.extend(above);
        (self.current, self.cleanup) = (current, cleanup);
        block
    }

    fn resume_block(&mut self) -> BlockId {
        if let Some(block) = self.resume {
            return block;
        }
        let (current, cleanup) = (self.current, self.cleanup);
        self.cleanup = true;
        let block = self.new_block();
        self.current = block;
        self.end(TermKind::Resume);
        (self.current, self.cleanup) = (current, cleanup);
        self.resume = Some(block);
        block
    }
}
