//! Bodies and expressions.

use wyn_abi::SpawnMode;
use wyn_base::{IndexVec, Span, Symbol, index_type};

use crate::{AdtId, ConstId, FnId, Format, Ty};

index_type!(
    /// A parameter, a `const`, a `var` or a binding of a pattern, within one body.
    LocalId,
    "l"
);
index_type!(
    /// A loop or labelled block, within one body.
    LoopId,
    "loop"
);

/// Code with its locals. Closures and spawned blocks have bodies of their own.
#[derive(Clone, Debug)]
pub struct Body {
    /// All locals; the parameters come first, in order; in a closure the captures come first of
    /// all, then the parameters.
    pub locals: IndexVec<LocalId, Local>,
    /// The value of the body; `return` leaves it with another.
    pub value: Expr,
}

/// A local.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; temporaries made by the checker's desugaring have one that is not an identifier.
    pub name: Symbol,
    /// Its type.
    pub ty: Ty,
    /// A `var` or a `mut` parameter.
    pub mutable: bool,
    /// Its name in source.
    pub span: Span,
}

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it does.
    pub kind: ExprKind,
    /// The type of its value; `never` when it does not end normally.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}

/// A literal.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Lit {
    Unit,
    Bool(bool),
    /// Fits the expression's type.
    Int(i128),
    Float(f64),
    Char(char),
    String(Symbol),
}

/// A binary operator that evaluates both operands. The operands have the same type, except that
/// shift counts are `int`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum BinOp {
    /// Traps on overflow; concatenates strings and arrays.
    Add,
    Sub,
    Mul,
    /// Truncates; traps on zero and on overflow.
    Div,
    Rem,
    WrappingAdd,
    WrappingSub,
    WrappingMul,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum UnOp {
    /// Traps on overflow.
    Neg,
    /// `!`.
    Not,
    /// `~`.
    BitNot,
}

/// What an expression does.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A literal.
    Lit(Lit),
    /// The value of a local (a copy, unless the context borrows or moves it).
    Local(LocalId),
    /// A module-level constant.
    Const(ConstId),
    /// A function as a value.
    FnValue(FnId, Vec<Ty>),
    /// A unary operation on a primitive.
    Unary(UnOp, Box<Expr>),
    /// A binary operation; `==` and `<` also on types that derive `Eq` and `Ord`.
    Binary(BinOp, Box<Expr>, Box<Expr>),
    /// `&&`.
    And(Box<Expr>, Box<Expr>),
    /// `||`.
    Or(Box<Expr>, Box<Expr>),
    /// A conversion between numeric types, `char` included: traps when the value does not fit.
    Convert(Box<Expr>),
    /// A call of a known function with its type arguments.
    Call(FnId, Vec<Ty>, Vec<Arg>),
    /// A call of a function value.
    CallValue(Box<Expr>, Vec<Arg>),
    /// A tuple.
    Tuple(Vec<Expr>),
    /// An array of these elements.
    Array(Vec<Expr>),
    /// `[value; count]`.
    ArrayFill(Box<Expr>, Box<Expr>),
    /// A struct or a variant: all fields, in evaluation order, by index. Type arguments are in the
    /// expression's type.
    Adt(AdtId, usize, Vec<(usize, Expr)>),
    /// A struct with some fields replaced: base evaluated last.
    Update(Box<Expr>, Vec<(usize, Expr)>),
    /// A field of a struct, or of a tuple.
    Field(Box<Expr>, usize),
    /// `xs[i]`, checked.
    Index(Box<Expr>, Box<Expr>),
    /// `m[k]`: the value of a map's entry.
    Entry(Box<Entry>),
    /// Text with values shown in it; adjacent literal parts are merged.
    Interpolate(Vec<Part>),
    /// `place = value`.
    Assign(Box<Expr>, Box<Expr>),
    /// `place op= value`: the place is evaluated once; `Add` on strings and arrays appends in place.
    AssignOp(BinOp, Box<Expr>, Box<Expr>),
    /// Statements, then a value.
    Block(Block),
    /// A condition and its branches; without `else` the value is `()`.
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// A match; exhaustive, arms tried in order.
    Match(Box<Expr>, Vec<Arm>),
    /// Repeats while the condition holds.
    While(LoopId, Box<Expr>, Box<Expr>),
    /// Repeats until left by `break`.
    Loop(LoopId, Box<Expr>),
    /// Counts; the end is evaluated once.
    ForRange(Box<ForRange>),
    /// Iterates a snapshot of an array.
    ForArray(Box<ForArray>),
    /// Leaves a loop.
    Break(LoopId),
    /// Goes on with the next round.
    Continue(LoopId),
    /// Leaves the body.
    Return(Option<Box<Expr>>),
    /// A closure; captures by value at creation.
    Closure(Box<Closure>),
    /// `spawn f(args)`: arguments are evaluated here; a `Future`.
    Spawn(SpawnMode, FnId, Vec<Ty>, Vec<Expr>),
    /// `spawn g(args)` of a function value.
    SpawnValue(SpawnMode, Box<Expr>, Vec<Expr>),
    /// `spawn { ... }`: a closure without parameters whose captures move into the task.
    SpawnBlock(SpawnMode, Box<Closure>),
    /// The result of a future.
    Await(Box<Expr>),
    /// Joins the tasks spawned inside when it is left.
    Nursery(Box<Nursery>),
    /// Holds mutexes until it is left.
    Lock(Box<Lock>),
    /// Waits for the first of several operations.
    Select(Box<Select>),
}

/// `m[k]` and `m[k, default: d]`. A place: what is written must be there already, unless all of it is
/// assigned or there is a default, which is then inserted.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The map; a place, when the entry is written.
    pub map: Expr,
    /// Evaluated once, after the map's own place; looked up when all that belongs to the operation has
    /// been evaluated.
    pub key: Expr,
    /// The value of a missing entry; always evaluated.
    pub default: Option<Expr>,
}

/// An argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// For a read-only parameter.
    Value(Expr),
    /// A place, for a `mut` parameter (`&x`, or the receiver of a `mut self` method).
    Mut(Expr),
}

/// A part of an interpolated string.
#[derive(Clone, Debug)]
pub enum Part {
    /// Text as it is.
    Text(Symbol),
    /// A value, shown.
    Value(Expr),
    /// A value, shown in a format that fits its type.
    Formatted(Expr, Format),
}

/// Statements and a value; locals declared inside end with it, `defer`s run when it is left.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// The value; without one the block's value is `()`, or it does not end normally.
    pub value: Option<Box<Expr>>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// `const p = e` and `var p = e`; the pattern always matches.
    Let(Pat, Expr),
    /// Evaluated, then its value dropped.
    Expr(Expr),
    /// Runs when the block is left, on every way out.
    Defer(Expr),
}

/// An arm of a match.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it matches.
    pub pat: Pat,
    /// A further condition that sees the pattern's bindings.
    pub guard: Option<Expr>,
    /// Its value.
    pub body: Expr,
}

/// `select { }`.
#[derive(Clone, Debug)]
pub struct Select {
    /// `select biased`: the first arm that is ready is chosen, rather than any.
    pub biased: bool,
    /// The arms, in the order of source.
    pub arms: Vec<SelectArm>,
}

/// An arm of a `select`.
#[derive(Clone, Debug)]
pub struct SelectArm {
    /// What it waits for.
    pub op: SelectOp,
    /// Whether it takes part; evaluated before its operands, which are evaluated only if it does.
    pub guard: Option<Expr>,
    /// Its value.
    pub body: Expr,
    /// The operation.
    pub span: Span,
}

/// What an arm of a `select` waits for.
#[derive(Clone, Debug)]
pub enum SelectOp {
    /// A message of a receiver.
    Receive {
        /// The receiver.
        receiver: Expr,
        /// What it is bound to.
        message: Option<LocalId>,
        /// The arm wants messages only, and the end of the channel puts it out. Then the local is a message, else an
        /// option of one.
        open: bool,
    },
    /// That a sender takes a value.
    Send(Expr, Expr),
    /// The result of a future, and what it is bound to.
    Await(Expr, Option<LocalId>),
    /// That this much time, an `int` of nanoseconds, has passed.
    After(Expr),
    /// That nothing is ready.
    Else,
    /// That no arm on a channel can ever be ready.
    Closed,
}

impl SelectArm {
    /// The expressions that are evaluated when the select begins, in order.
    pub fn operands(&self) -> impl Iterator<Item = &Expr> {
        let (first, second) = match &self.op {
            SelectOp::Receive { receiver: operand, .. }
            | SelectOp::Await(operand, _)
            | SelectOp::After(operand) => (Some(operand), None),
            SelectOp::Send(sender, value) => (Some(sender), Some(value)),
            SelectOp::Else | SelectOp::Closed => (None, None),
        };
        self.guard.iter().chain(first).chain(second)
    }

    /// The same, to be changed.
    pub fn operands_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let (first, second) = match &mut self.op {
            SelectOp::Receive { receiver: operand, .. }
            | SelectOp::Await(operand, _)
            | SelectOp::After(operand) => (Some(operand), None),
            SelectOp::Send(sender, value) => (Some(sender), Some(value)),
            SelectOp::Else | SelectOp::Closed => (None, None),
        };
        self.guard.iter_mut().chain(first).chain(second)
    }

    /// What its operation gives is bound to.
    pub fn binding(&self) -> Option<LocalId> {
        match self.op {
            SelectOp::Receive { message: local, .. } | SelectOp::Await(_, local) => local,
            _ => None,
        }
    }
}

/// A typed pattern.
#[derive(Clone, Debug)]
pub struct Pat {
    /// What it matches.
    pub kind: PatKind,
    /// The type of what it is matched against.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}

/// What a pattern matches.
#[derive(Clone, Debug)]
pub enum PatKind {
    /// Anything.
    Wild,
    /// Anything, bound to a local.
    Bind(LocalId),
    /// This value.
    Lit(Lit),
    /// What equals the value of a constant.
    Const(ConstId),
    /// Integers or chars in a range; the flag says whether the end belongs to it.
    Range(Lit, Lit, bool),
    /// Tuples whose parts match.
    Tuple(Vec<Pat>),
    /// A struct or one variant of an enum whose named fields match.
    Variant(AdtId, usize, Vec<(usize, Pat)>),
    /// One of several; all bind the same locals.
    Or(Vec<Pat>),
}

/// `for i in a..b { }`.
#[derive(Clone, Debug)]
pub struct ForRange {
    /// Its identity for `break` and `continue`.
    pub id: LoopId,
    /// The counter; a fresh value each round.
    pub var: LocalId,
    /// The first value.
    pub start: Expr,
    /// The last value, or one past it.
    pub end: Expr,
    /// `..=`.
    pub inclusive: bool,
    /// Of `for mut`: the array whose elements the body changes where they are.
    pub changes: Option<Expr>,
    /// What is repeated.
    pub body: Expr,
}

/// `for x in xs { }`, `for i, x in xs { }`.
#[derive(Clone, Debug)]
pub struct ForArray {
    /// Its identity for `break` and `continue`.
    pub id: LoopId,
    /// The position, when the loop names it.
    pub index: Option<LocalId>,
    /// The element; the pattern always matches.
    pub pat: Pat,
    /// The array.
    pub array: Expr,
    /// What is repeated.
    pub body: Expr,
}

/// `nursery { }`, `nursery(limit: 8, …) { }`, `within d { }`. One with a time limit gives an option: `None` when the
/// time was up.
#[derive(Clone, Debug)]
pub struct Nursery {
    /// The options, each at most once, in the order of source.
    pub options: Vec<(NurseryOption, Expr)>,
    /// What is done in it.
    pub body: Expr,
}

impl Nursery {
    /// Whether it has a time limit.
    pub fn is_timed(&self) -> bool {
        self.has(NurseryOption::Timeout)
    }

    /// Whether it may only have so many tasks.
    pub fn is_limited(&self) -> bool {
        self.has(NurseryOption::Limit)
    }

    fn has(&self, wanted: NurseryOption) -> bool {
        self.options.iter().any(|(option, _)| *option == wanted)
    }
}

/// An option of a nursery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NurseryOption {
    /// After this time, an `int` of nanoseconds, it is cancelled.
    Timeout,
    /// Spawning waits while there are so many unfinished tasks, an `int`.
    Limit,
    /// Whether a panic of a task leaves the others alone, a `bool`.
    Supervised,
}

/// `lock a as x, b as y { }`.
#[derive(Clone, Debug)]
pub struct Lock {
    /// The mutexes, evaluated in order and then locked together, each with the local that stands for
    /// its content: a place that is read and changed where it lies.
    pub mutexes: Vec<(Expr, LocalId)>,
    /// What is done meanwhile.
    pub body: Expr,
}

/// A closure or spawned block.
#[derive(Clone, Debug)]
pub struct Closure {
    /// Locals of the enclosing body, in the order of the closure's first locals.
    pub captures: Vec<LocalId>,
    /// How many parameters follow the captures among the closure's locals.
    pub params: usize,
    /// Its own body.
    pub body: Body,
}
