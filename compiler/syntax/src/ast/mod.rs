//! The syntax tree of one file: plain data, every node with its span.
//!
//! The tree says what was written, not what it means. `http.get(x)` is a call of a field of a name
//! whatever `http` turns out to be; a method call is a [`ExprKind::Call`] whose callee is a
//! [`ExprKind::Field`]; parentheses are kept. Comments are listed beside the items.
//!
//! Invariants:
//! * a node's span covers the spans of its children, and all spans lie in the file's source;
//! * an `Error` node stands where the text could not be read. It exists only when an error was
//!   reported, and then [`File::reported`] is set: later stages accept such nodes in silence.

mod expressions;
mod forms;
mod items;
mod operators;
mod patterns;
mod statements;
mod strings;

use wyn_base::diagnostic::Reported;
use wyn_base::{SourceId, Span, Symbol};

pub use expressions::{Arg, Expr, ExprKind, FieldInit, LambdaExpr, LambdaParam, SpawnExpr, StructLit};
pub use forms::{
    ArmBody, Condition, ForExpr, IfExpr, LockBinding, MatchArm, MatchExpr, NurseryExpr, SelectArm,
    SelectExpr, SelectKind, WhileExpr,
};
pub use items::{
    Abi, ConstItem, EnumItem, FieldDef, FnBody, FnItem, GenericParam, Generics, ImplItem, ImportItem,
    ImportRoot, Item, ItemKind, Param, SelfParam, StructItem, TestItem, TraitItem, TypeAliasItem, VariantDef,
    VariantPayload,
};
pub use operators::{BinaryOp, UnaryOp};
pub use patterns::{
    FieldPattern, LiteralPattern, LiteralValue, PathPattern, Pattern, PatternKind, PatternPayload,
};
pub use statements::{AssignStmt, Block, LetStmt, Stmt, StmtKind};
pub use strings::{Align, FormatKind, FormatSpec, StrPart};

/// One source file.
#[derive(Clone, Debug)]
pub struct File {
    /// The file that this is the tree of.
    pub source: SourceId,
    /// The items, in source order.
    pub items: Vec<Item>,
    /// Every comment of the file, in source order, doc comments included.
    pub comments: Vec<Comment>,
    /// Every name as often as it is written, in source order, also where the text could not be read: a
    /// spelling that stands here once is nobody else's.
    pub names: Vec<Symbol>,
    /// Set when an error was reported for this file.
    pub reported: Option<Reported>,
    /// The names in the text that became `Error` nodes, sorted, each once. What declares or uses them there
    /// is not known, so who misses one of them has nothing to report. An empty name stands for a declaration
    /// without one.
    pub lost: Vec<Symbol>,
    /// The lines on which something could not be read, as ranges of bytes, in order: what seems wrong there
    /// besides is probably a consequence.
    pub broken: Vec<(u32, u32)>,
}

/// A comment; its text is the text under the span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// From the opening slashes to the end of the line or the closing `*/`.
    pub span: Span,
    /// How it is written.
    pub kind: CommentKind,
}

/// How a comment is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommentKind {
    /// `// …`
    Line,
    /// `/// …`: documents the item, field or variant that follows.
    Doc,
    /// `/* … */`
    Block,
}

/// A word where it stands. `_`, `self` and `Self` are names too.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    /// The word.
    pub symbol: Symbol,
    /// Where.
    pub span: Span,
}

/// `name` or `name<T, U>`.
#[derive(Clone, Debug)]
pub struct PathSegment {
    /// The name.
    pub name: Name,
    /// The type arguments; empty when none are written.
    pub args: Vec<Type>,
    /// From the name to the closing `>`.
    pub span: Span,
}

/// `a.b.C<T>`: at least one segment.
#[derive(Clone, Debug)]
pub struct Path {
    /// The segments, in order; never empty.
    pub segments: Vec<PathSegment>,
    /// The whole path.
    pub span: Span,
}

impl Path {
    /// The last segment: the name of what the path leads to.
    ///
    /// # Panics
    /// Never on a tree that the parser made.
    #[must_use]
    pub fn last(&self) -> &PathSegment {
        self.segments.last().expect("a path has a segment")
    }
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where, parentheses included.
    pub span: Span,
}

/// The kinds of type.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `int`, `Self`, `Map<K, V>`, `http.Request`
    Path(Path),
    /// `()` or `(A, B)`: never exactly one.
    Tuple(Vec<Type>),
    /// `[T]`
    Array(Box<Type>),
    /// `T?`
    Optional(Box<Type>),
    /// `fn(A, B) -> C`
    Fn {
        /// The parameters.
        params: Vec<Type>,
        /// The result; `()` when it is left out.
        result: Option<Box<Type>>,
    },
    /// `any Trait`
    Any(Path),
    /// What could not be read.
    Error,
}
