//! Expressions: operands, postfix chains, operators.

use wyn_base::{Span, Symbol};

use super::{
    BinaryOp, Block, ForExpr, IfExpr, LockBinding, MatchExpr, Name, NurseryExpr, Path, PathSegment, Pattern,
    SelectExpr, StrPart, Type, UnaryOp, WhileExpr,
};

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

impl Expr {
    /// The expression inside any parentheses.
    #[must_use]
    pub fn unparenthesized(&self) -> &Self {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// Whether it is a variant without the name of its enum, with or without what it carries.
    #[must_use]
    pub fn is_short_variant(&self) -> bool {
        match &self.unparenthesized().kind {
            ExprKind::ShortVariant(_) => true,
            ExprKind::Call { callee, .. } => matches!(callee.kind, ExprKind::ShortVariant(_)),
            ExprKind::Struct(literal) => literal.short,
            _ => false,
        }
    }
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `42`, `0xff`, `1_000`: the digits' value; a sign before it is a [`UnaryOp::Neg`].
    Int(u64),
    /// `1.5`, `1e9`
    Float(f64),
    /// `10ms`, in nanoseconds.
    Duration(u64),
    /// `true`, `false`
    Bool(bool),
    /// `'x'`
    Char(char),
    /// `"text"` without interpolation, `"""…"""` or `r"…"`: the decoded text.
    Str(Symbol),
    /// `"a ${b:>8} c"`: at least one part is a [`StrPart::Expr`].
    Interpolated(Vec<StrPart>),
    /// `name`, `name<T>`, `self`
    Name(PathSegment),
    /// `.Circle`: a variant of the enum that is expected here.
    ShortVariant(PathSegment),
    /// `_`: only as the target of an assignment; elsewhere it is for the checker to reject.
    Wildcard,
    /// `(e)`
    Paren(Box<Expr>),
    /// `()` or `(a, b)`: never exactly one.
    Tuple(Vec<Expr>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `[value; len]`
    ArrayFill {
        /// Each element is a copy of this.
        value: Box<Expr>,
        /// How many.
        len: Box<Expr>,
    },
    /// `{k: v, …}` or `{:}`
    Map(Vec<(Expr, Expr)>),
    /// `{a, b}`: never empty.
    Set(Vec<Expr>),
    /// `P { x: 1, y, ..base }`
    Struct(StructLit),
    /// `base.name`, `base.name<T>`
    Field {
        /// What it is a field, method or member of.
        base: Box<Expr>,
        /// The name with its type arguments.
        name: PathSegment,
    },
    /// `base.0`
    TupleField {
        /// The tuple.
        base: Box<Expr>,
        /// The position.
        index: u32,
        /// The number.
        index_span: Span,
    },
    /// `base[index]`, `base[index, default: value]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// The index or key.
        index: Box<Expr>,
        /// The value for a missing key.
        default: Option<Box<Expr>>,
    },
    /// `base[start..end]`: at least one bound is there.
    Slice {
        /// What is sliced.
        base: Box<Expr>,
        /// The first index.
        start: Option<Box<Expr>>,
        /// The last index.
        end: Option<Box<Expr>>,
        /// Whether it is `..=`; then `end` is there.
        inclusive: bool,
    },
    /// `callee(args)`
    Call {
        /// What is called; a [`ExprKind::Field`] for methods and members of modules and types.
        callee: Box<Expr>,
        /// The arguments, in order.
        args: Vec<Arg>,
    },
    /// `-e`, `!e`, `~e`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a + b`, `a && b`, `a ?? b`, `a in b`, …
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where it stands.
        op_span: Span,
        /// The left operand.
        lhs: Box<Expr>,
        /// The right operand.
        rhs: Box<Expr>,
    },
    /// `start..end`, `start..=end`
    Range {
        /// The first value.
        start: Box<Expr>,
        /// The last value, or one past it.
        end: Box<Expr>,
        /// Whether it is `..=`.
        inclusive: bool,
    },
    /// `e?`
    Try(Box<Expr>),
    /// `await e`; `e.await()` is a call of a field.
    Await(Box<Expr>),
    /// `spawn f(x)`, `spawn { … }`, `detach spawn f(x)`
    Spawn(SpawnExpr),
    /// `(x, y: int) => e`
    Lambda(LambdaExpr),
    /// `{ … }` at the start of a statement, after `=>`, or after `else` or `defer`.
    Block(Block),
    /// `if c { … } else { … }`
    If(Box<IfExpr>),
    /// `match e { … }`
    Match(MatchExpr),
    /// `label: while c { … }`
    While(Box<WhileExpr>),
    /// `label: for p in e { … }`
    For(Box<ForExpr>),
    /// `select { … }`
    Select(SelectExpr),
    /// `nursery { … }`
    Nursery(NurseryExpr),
    /// `within 2s { … }`
    Within {
        /// How long.
        limit: Box<Expr>,
        /// What has to end in time.
        body: Block,
    },
    /// `lock a as x, b as y { … }`
    Lock {
        /// What is locked, as what; never empty.
        bindings: Vec<LockBinding>,
        /// What is done with it.
        body: Block,
    },
    /// `return`, `return e`
    Return(Option<Box<Expr>>),
    /// `break`, `break label`
    Break(Option<Name>),
    /// `continue`, `continue label`
    Continue(Option<Name>),
    /// What could not be read.
    Error,
}

/// `P { x: 1, y, ..base }`
#[derive(Clone, Debug)]
pub struct StructLit {
    /// Whether it was written `.Rect { w: 1, h: 2 }`, for a variant of the enum that is expected; then the path is one
    /// name.
    pub short: bool,
    /// The struct, or the variant (`Shape.Rect { w: 1, h: 2 }`).
    pub path: Path,
    /// The fields, in source order.
    pub fields: Vec<FieldInit>,
    /// Where the other fields come from.
    pub base: Option<Box<Expr>>,
}

/// `name: value`, or `name` for `name: name`.
#[derive(Clone, Debug)]
pub struct FieldInit {
    /// The field.
    pub name: Name,
    /// Its value; the variable of the same name when it is left out.
    pub value: Option<Expr>,
    /// The whole of it.
    pub span: Span,
}

/// One argument of a call, or option of a nursery.
#[derive(Clone, Debug)]
pub struct Arg {
    /// `name:`, when it is there.
    pub name: Option<Name>,
    /// The `&` of `&place`, when it is there: the argument of a `mut` parameter.
    pub mutable: Option<Span>,
    /// The value or, after `&`, the place.
    pub value: Expr,
    /// The whole argument.
    pub span: Span,
}

/// `spawn f(x)`, `spawn { … }`, `detach spawn f(x)`
#[derive(Clone, Debug)]
pub struct SpawnExpr {
    /// The word `detach`, when it is there.
    pub detached: Option<Span>,
    /// What runs as a task: an [`ExprKind::Call`], or an [`ExprKind::Block`]. An [`ExprKind::Error`] when
    /// it was neither. `spawn f(x).await()` is a call of `await` on the spawn of `f(x)`.
    pub body: Box<Expr>,
}

/// `(x, y: int) => e`
#[derive(Clone, Debug)]
pub struct LambdaExpr {
    /// The parameters.
    pub params: Vec<LambdaParam>,
    /// The body; an [`ExprKind::Block`] for `=> { … }`.
    pub body: Box<Expr>,
}

/// `x`, `x: int`, `(a, b)`
#[derive(Clone, Debug)]
pub struct LambdaParam {
    /// What is bound.
    pub pattern: Pattern,
    /// The type, when it is written.
    pub ty: Option<Type>,
    /// The whole parameter.
    pub span: Span,
}
