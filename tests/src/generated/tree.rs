//! A program as a tree: what the generator makes, the machine runs, and the reducer cuts.

use std::rc::Rc;

use super::value::{Shape, Value};

/// A name of the program.
pub type Name = Rc<str>;

/// The integer types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Int {
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `int`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
}

impl Int {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::I8, Self::I16, Self::I32, Self::I64, Self::U8, Self::U16, Self::U32, Self::U64];

    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "int",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
        }
    }

    /// Its width.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::I8 | Self::U8 => 8,
            Self::I16 | Self::U16 => 16,
            Self::I32 | Self::U32 => 32,
            Self::I64 | Self::U64 => 64,
        }
    }

    /// Whether it has negative numbers.
    #[must_use]
    pub fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// Its least and its greatest number.
    #[must_use]
    pub fn bounds(self) -> (i128, i128) {
        if self.is_signed() {
            let half = 1_i128 << (self.bits() - 1);
            (-half, half - 1)
        } else {
            (0, (1_i128 << self.bits()) - 1)
        }
    }

    /// The number with the same lowest bits.
    #[must_use]
    pub fn wrap(self, number: i128) -> i128 {
        let all = 1_i128 << self.bits();
        let low = number.rem_euclid(all);
        if low > self.bounds().1 { low - all } else { low }
    }
}

/// Types.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// An integer.
    Int(Int),
    /// `float`
    Float,
    /// `bool`
    Bool,
    /// `char`
    Char,
    /// `string`
    Str,
    /// `()`
    Unit,
    /// `[T]`
    Array(Box<Type>),
    /// `T?`
    Option(Box<Type>),
    /// `Result<T, E>`
    Result(Box<Type>, Box<Type>),
    /// `(A, B)`
    Tuple(Vec<Type>),
    /// `Map<K, V>`
    Map(Box<Type>, Box<Type>),
    /// `Set<T>`
    Set(Box<Type>),
    /// `collections.Deque<T>`
    Deque(Box<Type>),
    /// `collections.Heap<T>`
    Heap(Box<Type>),
    /// A struct or enum.
    Named(Name),
    /// `fn(A) -> B`
    Fn(Vec<Type>, Box<Type>),
    /// `Future<T>`
    Future(Box<Type>),
    /// `Mutex<T>`
    Mutex(Box<Type>),
    /// `Atomic<T>`
    Atomic(Int),
    /// `Sender<T>`
    Sender(Box<Type>),
    /// `Receiver<T>`
    Receiver(Box<Type>),
    /// `task.Local<T>`
    Local(Box<Type>),
    /// `sync.Once<T>`
    Once(Box<Type>),
    /// A parameter of a generic function.
    Parameter(Name),
}

/// `int`.
pub const INT: Type = Type::Int(Int::I64);

/// A struct, with one shape, or an enum.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its name.
    pub name: Name,
    /// Whether it is an enum.
    pub is_enum: bool,
    /// The struct, or the variants, with the types of what they hold.
    pub shapes: Vec<(Rc<Shape>, Vec<Type>)>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub of: Type,
    /// Whether it goes in and out.
    pub is_mut: bool,
}

/// A function, or a method of a declaration.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name; all are different, those of methods too.
    pub name: Name,
    /// The type whose method it is; then the first parameter is `self`.
    pub owner: Option<Name>,
    /// Its type parameters, with their bounds.
    pub generics: Vec<(Name, &'static str)>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its result.
    pub result: Type,
    /// Its body.
    pub body: Block,
}

/// A module constant that holds a handle.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub of: Type,
    /// What the handle leads to at first.
    pub start: Expr,
}

/// How `main` uses a function.
#[derive(Clone, Debug)]
pub enum Case {
    /// A task of its own runs it, so that its panic is told on stdout.
    Task(Expr),
    /// `main` runs it, prints what it gives, and ends. What panics here ends the program.
    Direct(Expr),
}

/// A program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Structs and enums.
    pub declarations: Vec<Declaration>,
    /// Handles that all functions reach.
    pub globals: Vec<Global>,
    /// Functions.
    pub functions: Vec<Function>,
    /// What `main` does; after each case that is a task it prints what is in the globals.
    pub cases: Vec<Case>,
}

/// Statements and perhaps a value.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// The value.
    pub value: Option<Box<Expr>>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Statement {
    /// `const name: T = e`, or `var`.
    Let {
        /// `var`
        is_var: bool,
        /// The name.
        name: Name,
        /// The type, if it is written.
        of: Option<Type>,
        /// The value.
        value: Expr,
    },
    /// `const pattern = e`, for a pattern that cannot fail.
    Destructure(Pattern, Expr),
    /// `const (tx, rx) = channel<T>(n)`.
    Channel {
        /// The sender.
        tx: Name,
        /// The receiver.
        rx: Name,
        /// What goes through it.
        of: Type,
        /// How many it holds.
        capacity: usize,
    },
    /// `place op= e`, or `place = e`.
    Assign(Place, Option<Binary>, Expr),
    /// `(a, b) = (x, y)`.
    AssignTuple(Vec<Place>, Vec<Expr>),
    /// An expression of type `()`.
    Do(Expr),
    /// `_ = e`
    Discard(Expr),
    /// `print(e)`
    Print(Expr),
    /// `if`, with or without `else`.
    If(Condition, Block, Option<Block>),
    /// `while`
    While {
        /// The label.
        label: Option<Name>,
        /// The condition.
        condition: Condition,
        /// The body.
        body: Block,
    },
    /// `for`
    For {
        /// The label.
        label: Option<Name>,
        /// `for i, x in`
        position: Option<Name>,
        /// What is bound in each round.
        pattern: Pattern,
        /// What is gone through: a collection, a receiver, or a range.
        over: Expr,
        /// The body.
        body: Block,
    },
    /// `for k, v in map`
    ForEntries(Name, Name, Expr, Block),
    /// `for mut x in place`
    ForMut(Name, Place, Block),
    /// `break`
    Break(Option<Name>),
    /// `continue`
    Continue(Option<Name>),
    /// `return`
    Return(Option<Expr>),
    /// `defer`
    Defer(Block),
    /// `match` for its effects.
    Match(Expr, Vec<Arm>),
}

/// A condition of `if` or `while`.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A `bool`.
    Holds(Expr),
    /// `const pattern = e`
    Matches(Pattern, Expr),
}

/// A place that can be changed.
#[derive(Clone, Debug)]
pub struct Place {
    /// The variable.
    pub root: Name,
    /// The way from it.
    pub path: Vec<Step>,
}

/// A step to a part of a place.
#[derive(Clone, Debug)]
pub enum Step {
    /// A field.
    Field(Name),
    /// A part of a tuple.
    Part(usize),
    /// An element of an array, or an entry of a map.
    Index(Expr),
    /// `[k, default: d]`
    Entry(Expr, Expr),
}

/// Operators with one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unary {
    /// `-`
    Negate,
    /// `!`
    Not,
    /// `~`
    Invert,
}

/// Operators with two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    WrapAdd,
    WrapSub,
    WrapMul,
    Shl,
    Shr,
    And,
    Or,
    Xor,
    Both,
    Either,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Default,
}

/// An argument.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A value.
    Value(Expr),
    /// `&place`
    Place(Place),
}

/// A part of an interpolated string.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text.
    Text(String),
    /// `${e}`
    Shown(Expr),
}

/// An arm of `match`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it matches.
    pub pattern: Pattern,
    /// Its guard.
    pub guard: Option<Expr>,
    /// What it does.
    pub body: Block,
}

/// An arm of `select`.
#[derive(Clone, Debug)]
pub enum Choice {
    /// `Some(name) = rx.recv() => body`
    Receive(Name, Expr, Block),
    /// `name = await f => body`
    Await(Name, Expr, Block),
    /// `tx.send(e) => body`
    Send(Expr, Expr, Block),
    /// `closed => body`
    Closed(Block),
    /// `after 1000m => body`, which is never chosen.
    After(Block),
}

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// `_`
    Any,
    /// A name.
    Bind(Name),
    /// A literal.
    Literal(Value),
    /// `a..=b`
    Range(Value, Value),
    /// `(p, q)`
    Tuple(Vec<Pattern>),
    /// A struct or a variant.
    Shape(Rc<Shape>, Vec<Pattern>),
    /// `p | q`
    Either(Vec<Pattern>),
}

/// What a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// `nursery`
    Nursery,
    /// `nursery(limit: n)`
    Limited(u8),
    /// `nursery(supervised: true)`
    Supervised,
    /// `nursery(timeout: 1000m)`
    Timed,
    /// `within 1000m`
    Within,
    /// `within 0s`, with a body that blocks for good.
    Expired,
}

/// How a task waits for what never comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forever {
    /// It sleeps.
    Sleep,
    /// It receives from a channel to which nobody sends.
    Receive,
    /// It asks all the time whether it is cancelled.
    Checkpoint,
    /// It selects.
    Select,
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A number, `bool`, `char`, string or `()`.
    Literal(Value),
    /// A variable, function or global.
    Variable(Name),
    /// An operator.
    Unary(Unary, Box<Expr>),
    /// An operator.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a..b`, or `a..=b`
    Range(Box<Expr>, Box<Expr>, bool),
    /// `if`
    If(Box<Condition>, Block, Block),
    /// `match`
    Match(Box<Expr>, Vec<Arm>),
    /// A function.
    Call(Name, Vec<Argument>),
    /// A method of a declaration.
    Method(Box<Argument>, Name, Vec<Argument>),
    /// A function value.
    Invoke(Box<Expr>, Vec<Expr>),
    /// A method of the standard library.
    Std(Box<Expr>, &'static str, Vec<Expr>),
    /// A method of the standard library that changes its receiver.
    Change(Place, &'static str, Vec<Expr>),
    /// A function of the standard library, or of the program's own prelude.
    Free(String, Vec<Expr>),
    /// A field.
    Field(Box<Expr>, Name),
    /// A part of a tuple.
    Part(Box<Expr>, usize),
    /// `a[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `a[i..j]`
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `[e; n]`
    Repeat(Box<Expr>, usize),
    /// `(a, b)`
    Tuple(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),
    /// `{a, b}`
    Set(Vec<Expr>),
    /// A struct or variant. The fields stand in the order in which they are written.
    Make(Rc<Shape>, Vec<(usize, Expr)>),
    /// `S { a: e, ..base }`
    Update(Rc<Shape>, Vec<(usize, Expr)>, Box<Expr>),
    /// A value of a type that its text alone does not tell, such as `None`.
    Typed(Type, Box<Expr>),
    /// An interpolated string.
    Text(Vec<Piece>),
    /// `(x: T) => { … }`
    Closure(Vec<(Name, Type)>, Block),
    /// `e?`
    Try(Box<Expr>),
    /// `spawn`
    Spawn {
        /// `detach spawn`
        detached: bool,
        /// Whether it receives, so that it may not run before others have sent.
        waits: bool,
        /// The call, or the block.
        work: Box<Work>,
    },
    /// `await e`
    Await(Box<Expr>),
    /// `nursery`, `within`
    Scope(Scope, Block),
    /// `lock m as x { }`
    Lock(Vec<(Expr, Name)>, Block),
    /// `select`, biased or not.
    Select(bool, Vec<Choice>),
    /// It never goes on.
    Forever(Forever),
    /// `local.with(value, () => { … })`
    With(Box<Expr>, Box<Expr>, Block),
}

/// What a task does.
#[derive(Clone, Debug)]
pub enum Work {
    /// A call; what is called, and the arguments, are evaluated by the spawning task.
    Call(Expr),
    /// A block.
    Block(Block),
}

impl Block {
    /// A block that only has a value.
    #[must_use]
    pub fn of(value: Expr) -> Self {
        Self { statements: Vec::new(), value: Some(Box::new(value)) }
    }
}

impl Type {
    /// `[self]`
    #[must_use]
    pub fn array(self) -> Self {
        Self::Array(Box::new(self))
    }

    /// `self?`
    #[must_use]
    pub fn option(self) -> Self {
        Self::Option(Box::new(self))
    }

    /// `Future<self>`
    #[must_use]
    pub fn future(self) -> Self {
        Self::Future(Box::new(self))
    }
}
