//! Forms that bring their own block: `if`, `match`, loops, `select`, `nursery`, `within`, `lock`
//! (`spec/grammar.ebnf`, Forms).

use chumsky::prelude::*;

use super::expressions::{args, block_expr, node, unbraced};
use super::grammar::Grammar;
use super::{Failure, Production, here, lbrace, lparen, name, recovering, separator, statements, tok};
use crate::ast::{
    Condition, Expr, ExprKind, ForExpr, IfExpr, LockBinding, MatchArm, MatchExpr, NurseryExpr, Pattern,
    PatternKind, SelectArm, SelectExpr, SelectKind, Stmt, StmtKind, WhileExpr,
};
use crate::token::{EQ, Tok};

/// Every form; `head` and `arm` are the variants of expressions for heads and for guards and arm heads.
pub(super) fn form<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    head: &Production<'s, Expr, E>,
    arm: &Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    choice((
        if_form(g, head),
        match_form(g, head, arm),
        loop_form(g, head),
        select_form(g, arm),
        scope_form(g, head),
    ))
    .boxed()
}

/// `"if" condition block ["else" (if | block)]`
fn if_form<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    head: &Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let condition = condition(g, head);
    recursive(|if_form| {
        let otherwise = tok(Tok::Else).ignore_then(block_expr(g).or(if_form)).map(Box::new).or_not();
        tok(Tok::If)
            .ignore_then(condition)
            .then(g.block.clone())
            .then(otherwise)
            .map(|((condition, then), otherwise)| {
                ExprKind::If(Box::new(IfExpr { condition, then, otherwise }))
            })
            .map_with(node)
    })
    .boxed()
}

/// `expr | "const" pattern "=" expr`
fn condition<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    head: &Production<'s, Expr, E>,
) -> Production<'s, Condition, E> {
    let matching =
        tok(Tok::Const).ignore_then(g.pattern.clone()).then_ignore(tok(EQ)).then(head.clone()).map_with(
            |(pattern, value), e| Condition::Const { pattern, value: Box::new(value), span: here(e) },
        );
    matching.or(head.clone().map(|expr| Condition::Expr(Box::new(expr)))).boxed()
}

/// `"match" expr "{" {arm} "}"`, `arm = pattern ["if" expr] "=>" body`
fn match_form<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    head: &Production<'s, Expr, E>,
    arm: &Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let one = g.pattern.clone().then(guard(arm)).then_ignore(tok(Tok::FatArrow)).then(arm_body(g)).map_with(
        |((pattern, guard), body), e| MatchArm { pattern, guard, body: Box::new(body), span: here(e) },
    );
    let arms = arms(one.boxed(), |span, _| MatchArm {
        pattern: Pattern { kind: PatternKind::Error, span },
        guard: None,
        body: Box::new(Stmt { kind: StmtKind::Error(Vec::new()), span }),
        span,
    });
    tok(Tok::Match)
        .ignore_then(head.clone())
        .then(arms)
        .map(|(scrutinee, arms)| ExprKind::Match(MatchExpr { scrutinee: Box::new(scrutinee), arms }))
        .map_with(node)
        .boxed()
}

/// `["if" expr]`
fn guard<'s, E: Failure<'s>>(arm: &Production<'s, Expr, E>) -> Production<'s, Option<Expr>, E> {
    tok(Tok::If).ignore_then(arm.clone()).or_not().boxed()
}

/// What stands after an arm's `=>`: a block, an expression, or an assignment.
fn arm_body<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Stmt, E> {
    let block = block_expr(g).map(|expr| Stmt { span: expr.span, kind: StmtKind::Expr(expr) });
    block.or(unbraced(statements::expression_or_assignment(g))).boxed()
}

/// `"{" {arm separator} "}"`: arms end at a comma or newline, each is recovered alone.
fn arms<'s, A: 's, E: Failure<'s>>(
    arm: Production<'s, A, E>,
    instead: fn(wyn_base::Span, &[Tok]) -> A,
) -> Production<'s, Vec<A>, E> {
    let ended = separator().or(tok(Tok::RBrace)).rewind();
    let stop = |tok| matches!(tok, Tok::Comma | Tok::Newline | Tok::Semi);
    let arm = recovering(arm.then_ignore(ended), stop, instead);
    let separators = separator().repeated();
    arm.then_ignore(separators.clone())
        .repeated()
        .collect()
        .delimited_by(lbrace().then(separators), tok(Tok::RBrace))
        .boxed()
}

/// `"while" condition block | "for" pattern ["," pattern] "in" expr block`
fn loop_form<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    head: &Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let while_loop = tok(Tok::While)
        .ignore_then(condition(g, head))
        .then(g.block.clone())
        .map(|(condition, body)| ExprKind::While(Box::new(WhileExpr { label: None, condition, body })));
    let in_word = tok(Tok::Op(crate::ast::BinaryOp::In));
    let for_loop = tok(Tok::For)
        .ignore_then(g.pattern.clone())
        .then(tok(Tok::Comma).ignore_then(g.pattern.clone()).or_not())
        .then_ignore(in_word)
        .then(head.clone())
        .then(g.block.clone())
        .map(|(((first, second), iterable), body)| {
            let (key, value) = match second {
                Some(second) => (Some(first), second),
                None => (None, first),
            };
            ExprKind::For(Box::new(ForExpr { label: None, key, value, iterable: Box::new(iterable), body }))
        });
    while_loop.or(for_loop).map_with(node).boxed()
}

/// `"select" ["biased"] "{" {arm} "}"`
fn select_form<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    arm: &Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let body_follows = tok(Tok::FatArrow).or(tok(Tok::If)).rewind();
    let closed = tok(Tok::Closed).then_ignore(body_follows).to(SelectKind::Closed);
    // `after` followed by `.` or `=` is a name.
    let name_follows = select! { Tok::Dot => (), EQ => () };
    let after_word = tok(Tok::After).then_ignore(name_follows.not());
    let after = after_word.clone().ignore_then(arm.clone()).map(|limit| SelectKind::After(Box::new(limit)));
    let operation = after_word
        .not()
        .ignore_then(g.pattern.clone().then_ignore(tok(EQ)).or_not())
        .then(arm.clone())
        .map(|(pattern, operation)| SelectKind::Operation { pattern, operation: Box::new(operation) });
    let kind = choice((tok(Tok::Else).to(SelectKind::Else), closed, after, operation)).labelled("an arm");
    let one =
        kind.then(guard(arm)).then_ignore(tok(Tok::FatArrow)).then(arm_body(g)).map_with(
            |((kind, guard), body), e| SelectArm { kind, guard, body: Box::new(body), span: here(e) },
        );
    let arms = arms(one.boxed(), |span, _| SelectArm {
        kind: SelectKind::After(Box::new(Expr { kind: ExprKind::Error, span })),
        guard: None,
        body: Box::new(Stmt { kind: StmtKind::Error(Vec::new()), span }),
        span,
    });
    tok(Tok::Select)
        .ignore_then(tok(Tok::Biased).or_not())
        .then(arms)
        .map(|(biased, arms)| ExprKind::Select(SelectExpr { biased: biased.is_some(), arms }))
        .map_with(node)
        .boxed()
}

/// `"nursery" ["(" args ")"] block`, `"within" expr block`, `"lock" binding {"," binding} block`
fn scope_form<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    head: &Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let options = args(g).delimited_by(lparen(), tok(Tok::RParen)).or_not().map(Option::unwrap_or_default);
    let nursery = tok(Tok::Nursery)
        .ignore_then(options)
        .then(g.block.clone())
        .map(|(options, body)| ExprKind::Nursery(NurseryExpr { options, body }));
    let within = tok(Tok::Within)
        .ignore_then(head.clone())
        .then(g.block.clone())
        .map(|(limit, body)| ExprKind::Within { limit: Box::new(limit), body });
    let binding = head
        .clone()
        .then_ignore(tok(Tok::As))
        .then(name())
        .map_with(|(mutex, name), e| LockBinding { mutex, name, span: here(e) });
    let lock = tok(Tok::Lock)
        .ignore_then(binding.separated_by(tok(Tok::Comma)).at_least(1).collect())
        .then(g.block.clone())
        .map(|(bindings, body)| ExprKind::Lock { bindings, body });
    choice((nursery, within, lock)).map_with(node).boxed()
}
