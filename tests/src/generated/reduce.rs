//! Makes a program smaller as long as it still differs in the same way from what it should do.
//!
//! Cases, functions and declarations are left out, statements are left out or replaced by what is inside of them, and expressions by
//! one of their parts. What that makes need not be a program: then the machine or the compiler says so, and it is not kept.

use std::time::{Duration, Instant};

use super::machine::{self, Outcome};
use super::text;
use super::tree::{Block, Expr, Program, Statement};
use super::trial::{self, Difference};
use super::walk::{self, Visitor};

/// How long it may take.
const LIMIT: Duration = Duration::from_secs(240);
/// Runs of a program whose difference depends on the schedule, before it counts as one without.
const TRIES: u64 = 4;

/// A small program that differs as this one does, and what it should do.
#[must_use]
pub fn reduce(program: &Program, difference: &Difference, seed: u64) -> (Program, Outcome) {
    let start = Instant::now();
    let outcome = machine::run(program).unwrap_or_default();
    let mut reducer = Reducer { best: program.clone(), outcome, difference, seed, start };
    loop {
        let before = text::program(&reducer.best).len();
        reducer.cases();
        reducer.statements();
        reducer.unused();
        reducer.expressions();
        if text::program(&reducer.best).len() == before || start.elapsed() > LIMIT {
            return (reducer.best, reducer.outcome);
        }
    }
}

struct Reducer<'d> {
    best: Program,
    outcome: Outcome,
    difference: &'d Difference,
    seed: u64,
    start: Instant,
}

impl Reducer<'_> {
    /// Keeps a candidate that still differs. Whether it does.
    fn offer(&mut self, candidate: Program) -> bool {
        if self.start.elapsed() > LIMIT {
            return false;
        }
        let Ok(outcome) = machine::run(&candidate) else { return false };
        let text = text::program(&candidate);
        for seed in self.seed..self.seed + TRIES {
            match trial::run(&text, &outcome, &[self.difference.way], seed) {
                Err(found) if found.is_like(self.difference) => {
                    (self.best, self.outcome) = (candidate, outcome);
                    return true;
                }
                // Another seed makes no other program.
                Err(_) => return false,
                Ok(()) => {}
            }
        }
        false
    }

    /// Leaves out parts of lists of this length, many at once first. `cut` makes a candidate without a part.
    fn thin(&mut self, len: usize, cut: impl Fn(&mut Program, std::ops::Range<usize>)) {
        let mut size = len;
        while size > 0 {
            let mut end = len;
            while end > 0 {
                let from = end.saturating_sub(size);
                let mut candidate = self.best.clone();
                cut(&mut candidate, from..end);
                _ = self.offer(candidate);
                end = from;
            }
            size /= 2;
        }
    }

    fn cases(&mut self) {
        self.thin(self.best.cases.len(), |program, range| {
            let len = program.cases.len();
            drop(program.cases.drain(range.start.min(len)..range.end.min(len)));
        });
    }

    fn unused(&mut self) {
        self.thin(self.best.functions.len(), |program, range| {
            let len = program.functions.len();
            drop(program.functions.drain(range.start.min(len)..range.end.min(len)));
        });
        self.thin(self.best.declarations.len(), |program, range| {
            let len = program.declarations.len();
            drop(program.declarations.drain(range.start.min(len)..range.end.min(len)));
        });
    }

    fn statements(&mut self) {
        let mut at = 0;
        loop {
            let mut len = 0;
            visit_block(&mut self.best.clone(), at, &mut |block| len = block.statements.len() + 1);
            if len == 0 {
                return;
            }
            self.thin(len - 1, |program, range| {
                visit_block(program, at, &mut |block| {
                    let len = block.statements.len();
                    drop(block.statements.drain(range.start.min(len)..range.end.min(len)));
                });
            });
            for position in (0..len).rev() {
                let mut candidate = self.best.clone();
                let mut has_changed = false;
                visit_block(&mut candidate, at, &mut |block| has_changed = unwrap(block, position));
                if has_changed {
                    _ = self.offer(candidate);
                }
            }
            at += 1;
        }
    }

    fn expressions(&mut self) {
        let mut at = 0;
        loop {
            let mut count = None;
            visit_expr(&mut self.best.clone(), at, &mut |expr| count = Some(smaller(expr).len()));
            let Some(count) = count else { return };
            let replaced = (0..count).any(|which| {
                let mut candidate = self.best.clone();
                visit_expr(&mut candidate, at, &mut |expr| *expr = smaller(expr).swap_remove(which));
                self.offer(candidate)
            });
            if !replaced {
                at += 1;
            }
            if self.start.elapsed() > LIMIT {
                return;
            }
        }
    }
}

/// Replaces a statement by what is inside of it, if it is one around others.
fn unwrap(block: &mut Block, position: usize) -> bool {
    let Some(statement) = block.statements.get(position) else { return false };
    let inner = match statement {
        Statement::If(_, body, _)
        | Statement::While { body, .. }
        | Statement::For { body, .. }
        | Statement::Defer(body)
        | Statement::Do(Expr::Scope(_, body)) => body.statements.clone(),
        _ => return false,
    };
    block.statements.splice(position..=position, inner);
    true
}

/// What may stand in the place of an expression.
fn smaller(expr: &Expr) -> Vec<Expr> {
    let mut all: Vec<Expr> = walk::parts(&mut expr.clone()).into_iter().map(|part| part.clone()).collect();
    let value = |block: &Block| block.value.as_ref().map(|value| (**value).clone());
    match expr {
        Expr::If(_, then, otherwise) => all.extend([then, otherwise].into_iter().filter_map(value)),
        Expr::Match(_, arms) => all.extend(arms.iter().filter_map(|arm| value(&arm.body))),
        Expr::Scope(_, body) | Expr::Lock(_, body) | Expr::With(_, _, body) => all.extend(value(body)),
        _ => {}
    }
    all
}

/// A visitor of the block or expression with a number.
struct Nth<'v> {
    left: usize,
    block: Option<&'v mut dyn FnMut(&mut Block)>,
    expr: Option<&'v mut dyn FnMut(&mut Expr)>,
}

impl Visitor for Nth<'_> {
    fn block(&mut self, block: &mut Block) {
        if let Some(visit) = &mut self.block {
            if self.left == 0 {
                visit(block);
            }
            self.left = self.left.wrapping_sub(1);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let Some(visit) = &mut self.expr {
            if self.left == 0 {
                visit(expr);
            }
            self.left = self.left.wrapping_sub(1);
        }
    }
}

fn visit_block(program: &mut Program, at: usize, visit: &mut dyn FnMut(&mut Block)) {
    walk::program(&mut Nth { left: at, block: Some(visit), expr: None }, program);
}

fn visit_expr(program: &mut Program, at: usize, visit: &mut dyn FnMut(&mut Expr)) {
    walk::program(&mut Nth { left: at, block: None, expr: Some(visit) }, program);
}
