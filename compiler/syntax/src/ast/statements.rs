//! Blocks and statements.

use wyn_base::{Span, Symbol};

use super::{BinaryOp, Expr, Item, Pattern, Type};

/// `{ … }`. Its value is the last statement when that is a [`StmtKind::Expr`], else `()`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements, in order.
    pub stmts: Vec<Stmt>,
    /// With the braces.
    pub span: Span,
}

/// A statement. Newlines and semicolons end one alike.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Without the newline or semicolon.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `const pattern: T = value` or `var pattern: T = value`
    Let(Box<LetStmt>),
    /// An expression: for its effect, or as the block's value when it is last. `return`, loops and
    /// blocks are expressions too.
    Expr(Expr),
    /// `target = value` or `target += value`
    Assign(Box<AssignStmt>),
    /// `defer expr` or `defer { … }` (then the expression is an [`ExprKind::Block`](super::ExprKind::Block)).
    Defer(Box<Expr>),
    /// A local `fn` ([`ItemKind::Fn`](super::ItemKind::Fn)); other items are for the checker to reject.
    Item(Box<Item>),
    /// What could not be read; names that it may declare.
    Error(Vec<Symbol>),
}

/// `const pattern: T = value` or `var pattern: T = value`
#[derive(Clone, Debug)]
pub struct LetStmt {
    /// Whether it is `var`.
    pub mutable: bool,
    /// What is bound.
    pub pattern: Pattern,
    /// The type, when it is written.
    pub ty: Option<Type>,
    /// The value.
    pub value: Expr,
}

/// `target = value` or `target op= value`
#[derive(Clone, Debug)]
pub struct AssignStmt {
    /// A place, a tuple of targets, or [`ExprKind::Wildcard`](super::ExprKind::Wildcard); whether it can be assigned to is for
    /// the checker to say.
    pub target: Expr,
    /// The operator of `op=`; none for `=`.
    pub op: Option<BinaryOp>,
    /// The `=` or `op=`.
    pub op_span: Span,
    /// The value.
    pub value: Expr,
}
