//! Expressions that bring their own block.

use wyn_base::Span;

use super::{Arg, Block, Expr, Name, Pattern, Stmt};

/// The head of an `if` or `while`.
#[derive(Clone, Debug)]
pub enum Condition {
    /// `if e`
    Expr(Box<Expr>),
    /// `if const pattern = value`
    Const {
        /// What has to match.
        pattern: Pattern,
        /// What is matched.
        value: Box<Expr>,
        /// From `const` on.
        span: Span,
    },
}

/// `if c { … } else if d { … } else { … }`
#[derive(Clone, Debug)]
pub struct IfExpr {
    /// What decides.
    pub condition: Condition,
    /// What is done when it holds.
    pub then: Block,
    /// Else: an [`ExprKind::Block`](super::ExprKind::Block) or another [`ExprKind::If`](super::ExprKind::If).
    pub otherwise: Option<Box<Expr>>,
}

/// `match e { pattern if guard => body, … }`
#[derive(Clone, Debug)]
pub struct MatchExpr {
    /// What is matched.
    pub scrutinee: Box<Expr>,
    /// The arms, in order.
    pub arms: Vec<MatchArm>,
}

/// One arm of a `match`.
#[derive(Clone, Debug)]
pub struct MatchArm {
    /// What has to match.
    pub pattern: Pattern,
    /// What has to hold besides.
    pub guard: Option<Expr>,
    /// The value: a [`StmtKind::Expr`](super::StmtKind::Expr), whose expression is an [`ExprKind::Block`](super::ExprKind::Block) for `=> { … }`, or an
    /// assignment, whose value is `()`.
    pub body: ArmBody,
    /// The whole arm.
    pub span: Span,
}

/// What an arm of `match` or `select` does: an expression, or a single statement such as `x = 1`.
pub type ArmBody = Box<Stmt>;

/// `label: while c { … }`
#[derive(Clone, Debug)]
pub struct WhileExpr {
    /// The label, when it is there.
    pub label: Option<Name>,
    /// What decides.
    pub condition: Condition,
    /// What is repeated.
    pub body: Block,
}

/// `label: for value in e { … }`, `for key, value in e { … }`
#[derive(Clone, Debug)]
pub struct ForExpr {
    /// The label, when it is there.
    pub label: Option<Name>,
    /// The index or key of `for i, x in …`.
    pub key: Option<Pattern>,
    /// The element; a [`PatternKind::Binding`](super::PatternKind::Binding) with `mutable` for `for mut x in …`.
    pub value: Pattern,
    /// What is gone through.
    pub iterable: Box<Expr>,
    /// What is repeated.
    pub body: Block,
}

/// `select { … }`, `select biased { … }`
#[derive(Clone, Debug)]
pub struct SelectExpr {
    /// Whether it is `select biased`.
    pub biased: bool,
    /// The arms, in order.
    pub arms: Vec<SelectArm>,
}

/// One arm of a `select`.
#[derive(Clone, Debug)]
pub struct SelectArm {
    /// What it waits for.
    pub kind: SelectKind,
    /// What has to hold for it to take part.
    pub guard: Option<Expr>,
    /// What is done.
    pub body: ArmBody,
    /// The whole arm.
    pub span: Span,
}

/// What an arm of a `select` waits for.
#[derive(Clone, Debug)]
pub enum SelectKind {
    /// `v = rx.recv()`, `tx.send(x)`, `v = await f`, `f.await()`; which of them the operation is, is for
    /// the checker to say.
    Operation {
        /// What the result is bound to.
        pattern: Option<Pattern>,
        /// The call or the `await`.
        operation: Box<Expr>,
    },
    /// `after d`
    After(Box<Expr>),
    /// `closed`
    Closed,
    /// `else`
    Else,
}

/// `nursery { … }`, `nursery(timeout: 2s) { … }`
#[derive(Clone, Debug)]
pub struct NurseryExpr {
    /// The options: named arguments.
    pub options: Vec<Arg>,
    /// What runs in it.
    pub body: Block,
}

/// `a as x`
#[derive(Clone, Debug)]
pub struct LockBinding {
    /// The mutex.
    pub mutex: Expr,
    /// The name of its content, in the body.
    pub name: Name,
    /// The whole of it.
    pub span: Span,
}
