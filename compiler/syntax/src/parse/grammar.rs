//! How the productions refer to one another.
//!
//! Expressions come in three variants, because what may stand in the head of a form is less than what may stand
//! in parentheses: after `if` a `{` begins the block, and before an arm's `=>` a `(…)` is no lambda.

use chumsky::prelude::*;

use super::{Extra, Failure, Input, Production, expressions, forms, items, patterns, statements, types};
use crate::ast::{Block, Expr, Item, Pattern, Type};

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// Everything is allowed.
    Full,
    /// In the head of `if`, `while`, `for`, `match`, `within` or `lock`: `Upper {` is no struct literal.
    Head,
    /// In a guard or the head of an arm: `(x) =>` is no lambda.
    Arm,
}

/// The productions that refer to themselves, for others to build on.
#[derive(Clone)]
pub(super) struct Grammar<'s, E: Failure<'s>> {
    pub(super) ty: Production<'s, Type, E>,
    pub(super) pattern: Production<'s, Pattern, E>,
    pub(super) block: Production<'s, Block, E>,
    /// [`Variant::Full`]
    pub(super) expr: Production<'s, Expr, E>,
}

/// A top-level declaration, up to the end of the input.
pub(super) fn item<'s, E: Failure<'s>>() -> Production<'s, Item, E> {
    let ty = types::ty();
    let pattern = patterns::pattern();
    let block = recursive(|block| {
        let g = with_expr(ty.clone(), pattern.clone(), block.boxed());
        statements::block(&g)
    });
    let g = with_expr(ty, pattern, block.boxed());
    items::top_level(&g).then_ignore(end()).boxed()
}

fn with_expr<'s, E: Failure<'s>>(
    ty: Production<'s, Type, E>,
    pattern: Production<'s, Pattern, E>,
    block: Production<'s, Block, E>,
) -> Grammar<'s, E> {
    let expr = recursive(|expr| {
        let g =
            Grammar { ty: ty.clone(), pattern: pattern.clone(), block: block.clone(), expr: expr.boxed() };
        let form = recursive(|form| {
            let head = variant(Variant::Head, &g, form.clone().boxed());
            let arm = variant(Variant::Arm, &g, form.boxed());
            forms::form(&g, &head, &arm)
        });
        expressions::expr(Variant::Full, &g, g.expr.clone(), form.boxed())
    });
    Grammar { ty, pattern, block, expr: expr.boxed() }
}

fn variant<'s, E: Failure<'s>>(
    variant: Variant,
    g: &Grammar<'s, E>,
    form: Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    recursive(|this: Recursive<dyn Parser<'s, Input<'s>, Expr, Extra<'s, E>> + 's>| {
        expressions::expr(variant, g, this.boxed(), form)
    })
    .boxed()
}
