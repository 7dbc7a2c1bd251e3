//! Blocks and statements (`spec/grammar.ebnf`, Statements).

use chumsky::prelude::*;
use wyn_base::spelling::closest;
use wyn_base::{Code, Diagnostic, Symbol};

use super::expressions::{block_expr, body, unbraced};
use super::grammar::Grammar;
use super::{Failure, Production, here, items, lbrace, mistake, name, recovering, terminator, tok};
use crate::ast::{Arg, AssignStmt, BinaryOp, Block, Expr, ExprKind, LetStmt, Stmt, StmtKind, UnaryOp};
use crate::token::{EQ, Tok};

/// `"{" {statement terminator} "}"`: each statement is recovered alone.
pub(super) fn block<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Block, E> {
    let ended = terminator().or(tok(Tok::RBrace)).rewind();
    let stop = |tok| matches!(tok, Tok::Newline | Tok::Semi);
    let sure = statement(g).map_with(|stmt, e| {
        let guess = e.state().is_guess(stmt.span);
        if guess { Stmt { kind: StmtKind::Error(Vec::new()), span: stmt.span } } else { stmt }
    });
    let unread = |span, skipped: &[Tok]| Stmt { kind: StmtKind::Error(may_declare(skipped)), span };
    let stmt = recovering(sure.then_ignore(ended), stop, unread);
    let terminators = terminator().repeated();
    stmt.then_ignore(terminators.clone())
        .repeated()
        .collect()
        .delimited_by(lbrace().then(terminators), tok(Tok::RBrace))
        .map_with(|stmts, e| Block { stmts, span: here(e) })
        .labelled("a block")
        .boxed()
}

/// The names that a statement which could not be read may declare: those before its `=` or `:`.
fn may_declare(tokens: &[Tok]) -> Vec<Symbol> {
    let end = tokens.iter().position(|tok| matches!(tok, Tok::Assign(None) | Tok::Colon));
    let end = end.or(matches!(tokens.first(), Some(Tok::Const | Tok::Var)).then_some(tokens.len()));
    let declared = tokens[..end.unwrap_or(0)].iter().take_while(|tok| !matches!(tok, Tok::LBrace(_)));
    declared.filter_map(|tok| if let Tok::Lower(name) = tok { Some(*name) } else { None }).collect()
}

/// The names in `constt (a, b)`, which reads as a call.
fn may_be_declared(target: &Expr) -> Vec<Symbol> {
    let ExprKind::Call { args, .. } = &target.kind else { return Vec::new() };
    let name = |arg: &Arg| match &arg.value.kind {
        ExprKind::Name(segment) => Some(segment.name.symbol),
        _ => None,
    };
    args.iter().filter_map(name).collect()
}

/// `let | block | labelled loop | expr | assignment | defer | item`
fn statement<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Stmt, E> {
    let deferred = expression_or_assignment(g).map(|stmt| match stmt.kind {
        StmtKind::Expr(expr) => expr,
        _ => Expr { span: stmt.span, kind: ExprKind::Block(Block { span: stmt.span, stmts: vec![stmt] }) },
    });
    let defer = tok(Tok::Defer)
        .ignore_then(body(g, deferred.boxed()))
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
                None if sends(&target) => {
                    e.state().unreadable.push(target.span);
                    e.state().problem(
                        mistake(Code::E0009, target.span, "sending is a method")
                            .help("write `tx.send(value)`"),
                    );
                    StmtKind::Error(Vec::new())
                }
                None => StmtKind::Expr(target),
                Some(((op, _), _)) if !may_be_assigned(&target) => {
                    let problem = unassignable(&target, op.is_none());
                    e.state().unreadable.push(target.span);
                    e.state().problem(problem);
                    StmtKind::Error(may_be_declared(&target))
                }
                Some(((op, op_span), value)) => {
                    StmtKind::Assign(Box::new(AssignStmt { target, op, op_span, value }))
                }
            };
            Stmt { kind, span: here(e) }
        })
        .boxed()
}

/// `tx <- value`, which reads as a comparison that nobody looks at.
fn sends(expr: &Expr) -> bool {
    let ExprKind::Binary { op: BinaryOp::Lt, op_span, rhs, .. } = &expr.kind else { return false };
    let mut first = rhs;
    while let ExprKind::Binary { lhs, .. } = &first.kind {
        first = lhs;
    }
    matches!(first.kind, ExprKind::Unary { op: UnaryOp::Neg, .. }) && op_span.end == first.span.start
}

/// Whether a value can be stored in what the expression stands for, as far as its form says.
fn may_be_assigned(target: &Expr) -> bool {
    !matches!(
        target.unparenthesized().kind,
        ExprKind::Call { .. }
            | ExprKind::Break(_)
            | ExprKind::Continue(_)
            | ExprKind::Return(_)
            | ExprKind::Spawn(_)
            | ExprKind::Await(_)
            | ExprKind::Lambda(_)
            | ExprKind::Binary { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Try(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Bool(_)
            | ExprKind::Char(_)
            | ExprKind::Interpolated(_)
    )
}

/// `constt (a, b) = f()` reads as an assignment to a call.
fn unassignable(target: &Expr, plain: bool) -> Diagnostic {
    let problem = mistake(Code::E0304, target.span, "only variables, fields and elements can be assigned to");
    let declared = match &target.kind {
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Name(segment) => closest(segment.name.symbol.as_str(), ["const", "var"]),
            _ => None,
        },
        _ => None,
    };
    match declared {
        Some(word) => problem.help(format!("did you mean `{word}`?")),
        None if plain => problem.label("this is a value, not a place").help("to compare, write `==`"),
        None => problem.label("this is a value, not a place"),
    }
}
