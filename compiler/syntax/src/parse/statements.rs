//! Blocks and statements (`spec/grammar.ebnf`, Statements).

use chumsky::prelude::*;

use super::expressions::{block_expr, body, unbraced};
use super::grammar::Grammar;
use super::{Failure, Production, here, items, lbrace, name, recovering, terminator, tok};
use crate::ast::{AssignStmt, Block, ExprKind, LetStmt, Stmt, StmtKind};
use crate::token::{EQ, Tok};

/// `"{" {statement terminator} "}"`: each statement is recovered alone.
pub(super) fn block<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Block, E> {
    let ended = terminator().or(tok(Tok::RBrace)).rewind();
    let stop = |tok| matches!(tok, Tok::Newline | Tok::Semi);
    let stmt = recovering(statement(g).then_ignore(ended), stop, |span| Stmt { kind: StmtKind::Error, span });
    let terminators = terminator().repeated();
    stmt.then_ignore(terminators.clone())
        .repeated()
        .collect()
        .delimited_by(lbrace().then(terminators), tok(Tok::RBrace))
        .map_with(|stmts, e| Block { stmts, span: here(e) })
        .labelled("a block")
        .boxed()
}

/// `let | block | labelled loop | expr | assignment | defer | item`
fn statement<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Stmt, E> {
    let defer = tok(Tok::Defer)
        .ignore_then(body(g, g.expr.clone()))
        .map_with(|expr, e| Stmt { kind: StmtKind::Defer(Box::new(expr)), span: here(e) });
    let item = items::local(g).map(|item| Stmt { span: item.span, kind: StmtKind::Item(Box::new(item)) });
    let block = block_expr(g).map(|expr| Stmt { span: expr.span, kind: StmtKind::Expr(expr) });
    choice((let_statement(g), block, labelled_loop(g), unbraced(expression_or_assignment(g)), defer, item))
        .labelled("a statement")
        .boxed()
}

/// `("const" | "var") pattern [":" type] "=" expr`
fn let_statement<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Stmt, E> {
    let word = tok(Tok::Const).to(false).or(tok(Tok::Var).to(true));
    word.then(g.pattern.clone())
        .then(tok(Tok::Colon).ignore_then(g.ty.clone()).or_not())
        .then_ignore(tok(EQ))
        .then(g.expr.clone())
        .map_with(|(((mutable, pattern), ty), value), e| Stmt {
            kind: StmtKind::Let(Box::new(LetStmt { mutable, pattern, ty, value })),
            span: here(e),
        })
        .boxed()
}

/// `NAME ":" (while | for)`
fn labelled_loop<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Stmt, E> {
    let loop_follows = select! { Tok::While => (), Tok::For => () }.rewind().labelled("`while` or `for`");
    name()
        .then_ignore(tok(Tok::Colon))
        .then_ignore(loop_follows)
        .then(g.expr.clone())
        .map_with(|(found, mut expr), e| {
            expr.span = here(e);
            match &mut expr.kind {
                ExprKind::While(labelled) => labelled.label = Some(found),
                ExprKind::For(labelled) => labelled.label = Some(found),
                _ => {}
            }
            Stmt { span: expr.span, kind: StmtKind::Expr(expr) }
        })
        .boxed()
}

/// `expr [("=" | OP "=") expr]`
pub(super) fn expression_or_assignment<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Stmt, E> {
    let assign = select! { Tok::Assign(op) => op }.map_with(|op, e| (op, here(e))).labelled("`=`");
    g.expr
        .clone()
        .then(assign.then(g.expr.clone()).or_not())
        .map_with(|(target, assigned), e| {
            let kind = match assigned {
                None => StmtKind::Expr(target),
                Some(((op, op_span), value)) => {
                    StmtKind::Assign(Box::new(AssignStmt { target, op, op_span, value }))
                }
            };
            Stmt { kind, span: here(e) }
        })
        .boxed()
}
