//! Goes through all of a tree, to change it.

use super::tree::{
    Argument, Block, Case, Choice, Condition, Expr, Piece, Place, Program, Statement, Step, Work,
};

/// What is done to each block and expression, before what is inside of it.
pub trait Visitor {
    /// At a block.
    fn block(&mut self, _: &mut Block) {}
    /// At an expression.
    fn expr(&mut self, _: &mut Expr) {}
}

/// Visits a program.
pub fn program(visitor: &mut dyn Visitor, program: &mut Program) {
    for function in &mut program.functions {
        block(visitor, &mut function.body);
    }
    for case in &mut program.cases {
        let (Case::Task(call) | Case::Direct(call)) = case;
        expr(visitor, call);
    }
}

fn block(visitor: &mut dyn Visitor, this: &mut Block) {
    visitor.block(this);
    for inner in &mut this.statements {
        statement(visitor, inner);
    }
    if let Some(value) = &mut this.value {
        expr(visitor, value);
    }
}

fn condition(visitor: &mut dyn Visitor, this: &mut Condition) {
    let (Condition::Holds(inner) | Condition::Matches(_, inner)) = this;
    expr(visitor, inner);
}

fn place(visitor: &mut dyn Visitor, this: &mut Place) {
    for step in &mut this.path {
        match step {
            Step::Index(index) => expr(visitor, index),
            Step::Entry(key, default) => {
                expr(visitor, key);
                expr(visitor, default);
            }
            Step::Field(_) | Step::Part(_) => {}
        }
    }
}

fn argument(visitor: &mut dyn Visitor, this: &mut Argument) {
    match this {
        Argument::Value(value) => expr(visitor, value),
        Argument::Place(inner) => place(visitor, inner),
    }
}

fn statement(visitor: &mut dyn Visitor, this: &mut Statement) {
    match this {
        Statement::Let { value, .. }
        | Statement::Destructure(_, value)
        | Statement::Do(value)
        | Statement::Discard(value)
        | Statement::Print(value)
        | Statement::Return(Some(value)) => expr(visitor, value),
        Statement::Assign(target, _, value) => {
            place(visitor, target);
            expr(visitor, value);
        }
        Statement::AssignTuple(places, values) => {
            places.iter_mut().for_each(|target| place(visitor, target));
            values.iter_mut().for_each(|value| expr(visitor, value));
        }
        Statement::If(test, then, otherwise) => {
            condition(visitor, test);
            block(visitor, then);
            if let Some(otherwise) = otherwise {
                block(visitor, otherwise);
            }
        }
        Statement::While { condition: test, body, .. } => {
            condition(visitor, test);
            block(visitor, body);
        }
        Statement::For { over, body, .. } | Statement::ForEntries(_, _, over, body) => {
            expr(visitor, over);
            block(visitor, body);
        }
        Statement::ForMut(_, target, body) => {
            place(visitor, target);
            block(visitor, body);
        }
        Statement::Defer(body) => block(visitor, body),
        Statement::Match(value, arms) => {
            expr(visitor, value);
            for arm in arms {
                arm.guard.iter_mut().for_each(|guard| expr(visitor, guard));
                block(visitor, &mut arm.body);
            }
        }
        Statement::Channel { .. }
        | Statement::Break(_)
        | Statement::Continue(_)
        | Statement::Return(None) => {}
    }
}

/// The expressions right inside of an expression, those in its blocks apart.
pub fn parts(this: &mut Expr) -> Vec<&mut Expr> {
    match this {
        Expr::Unary(_, a)
        | Expr::Field(a, _)
        | Expr::Part(a, _)
        | Expr::Repeat(a, _)
        | Expr::Typed(_, a)
        | Expr::Try(a)
        | Expr::Await(a) => vec![a],
        Expr::Binary(_, a, b) | Expr::Range(a, b, _) | Expr::Index(a, b) | Expr::With(a, b, _) => vec![a, b],
        Expr::Slice(a, from, to) => {
            let bounds = from.iter_mut().chain(to).map(|bound| &mut **bound);
            std::iter::once(&mut **a).chain(bounds).collect()
        }
        Expr::Invoke(a, rest) | Expr::Std(a, _, rest) => std::iter::once(&mut **a).chain(rest).collect(),
        Expr::Free(_, all)
        | Expr::Array(all)
        | Expr::Tuple(all)
        | Expr::Set(all)
        | Expr::Change(_, _, all) => all.iter_mut().collect(),
        Expr::Map(entries) => entries.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
        Expr::Make(_, fields) => fields.iter_mut().map(|(_, value)| value).collect(),
        Expr::Update(_, fields, base) => {
            fields.iter_mut().map(|(_, value)| value).chain(std::iter::once(&mut **base)).collect()
        }
        Expr::Text(pieces) => {
            let mut shown = Vec::new();
            for piece in pieces {
                if let Piece::Shown(value) = piece {
                    shown.push(value);
                }
            }
            shown
        }
        Expr::Match(value, _) => vec![value],
        Expr::Lock(handles, _) => handles.iter_mut().map(|(handle, _)| handle).collect(),
        Expr::Spawn { work, .. } => match &mut **work {
            Work::Call(call) => vec![call],
            Work::Block(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn expr(visitor: &mut dyn Visitor, this: &mut Expr) {
    visitor.expr(this);
    parts(this).into_iter().for_each(|part| expr(visitor, part));
    match this {
        Expr::If(test, then, otherwise) => {
            condition(visitor, test);
            block(visitor, then);
            block(visitor, otherwise);
        }
        Expr::Match(_, arms) => {
            for arm in arms {
                arm.guard.iter_mut().for_each(|guard| expr(visitor, guard));
                block(visitor, &mut arm.body);
            }
        }
        Expr::Call(_, arguments) => arguments.iter_mut().for_each(|inner| argument(visitor, inner)),
        Expr::Method(receiver, _, arguments) => {
            argument(visitor, receiver);
            arguments.iter_mut().for_each(|inner| argument(visitor, inner));
        }
        Expr::Change(target, ..) => place(visitor, target),
        Expr::Closure(_, body) | Expr::Scope(_, body) | Expr::Lock(_, body) | Expr::With(_, _, body) => {
            block(visitor, body);
        }
        Expr::Spawn { work, .. } => {
            if let Work::Block(body) = &mut **work {
                block(visitor, body);
            }
        }
        Expr::Select(_, choices) => {
            for choice in choices {
                match choice {
                    Choice::Receive(_, operand, body) | Choice::Await(_, operand, body) => {
                        expr(visitor, operand);
                        block(visitor, body);
                    }
                    Choice::Send(tx, value, body) => {
                        expr(visitor, tx);
                        expr(visitor, value);
                        block(visitor, body);
                    }
                    Choice::Closed(body) | Choice::After(body) => block(visitor, body),
                }
            }
        }
        _ => {}
    }
}
