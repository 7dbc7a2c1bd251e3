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

use wyn_base::diagnostic::Reported;
use wyn_base::{SourceId, Span, Symbol};

/// One source file.
#[derive(Clone, Debug)]
pub struct File {
    /// The file that this is the tree of.
    pub source: SourceId,
    /// The items, in source order.
    pub items: Vec<Item>,
    /// Every comment of the file, in source order, doc comments included.
    pub comments: Vec<Comment>,
    /// Set when an error was reported for this file.
    pub reported: Option<Reported>,
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

// ---------------------------------------------------------------------------------------- items

/// A declaration.
#[derive(Clone, Debug)]
pub struct Item {
    /// What is declared.
    pub kind: ItemKind,
    /// The word `pub`, when it is there.
    pub public: Option<Span>,
    /// The doc comment: its lines without slashes and common indentation, joined by newlines.
    pub doc: Option<Symbol>,
    /// From `pub`, or the keyword, to the end; without the doc comment.
    pub span: Span,
}

/// The kinds of declaration.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `fn f<T>(a: T) -> T { … }`: at the top level, in an `impl` or `trait`, or local to a block.
    Fn(FnItem),
    /// `struct S<T> { … }`
    Struct(StructItem),
    /// `enum E<T> { … }`
    Enum(EnumItem),
    /// `trait Tr: Base { … }`
    Trait(TraitItem),
    /// `impl<T> Tr for [T] { … }`
    Impl(ImplItem),
    /// `type A<T> = B<T, int>`
    TypeAlias(TypeAliasItem),
    /// `const LIMIT: int = 64`, at module level.
    Const(ConstItem),
    /// `import net.http`
    Import(ImportItem),
    /// `test "name" { … }`
    Test(TestItem),
    /// What could not be read.
    Error,
}

/// The type parameters of a declaration.
#[derive(Clone, Debug)]
pub struct Generics {
    /// The parameters; empty when there is no `<…>`.
    pub params: Vec<GenericParam>,
    /// The `<…>`, or an empty span where it would stand.
    pub span: Span,
}

/// `T: Ord + Show = int`
#[derive(Clone, Debug)]
pub struct GenericParam {
    /// The name.
    pub name: Name,
    /// The traits it must have.
    pub bounds: Vec<Path>,
    /// The type used when the argument is left out (`Result<T, E = Error>`).
    pub default: Option<Type>,
    /// The whole parameter.
    pub span: Span,
}

/// A function or method.
#[derive(Clone, Debug)]
pub struct FnItem {
    /// `extern "C"` or `extern "intrinsic"`, when it is there.
    pub abi: Option<Abi>,
    /// The name.
    pub name: Name,
    /// The type parameters.
    pub generics: Generics,
    /// `self` or `mut self`: only in `impl` and `trait`.
    pub receiver: Option<SelfParam>,
    /// The parameters after the receiver.
    pub params: Vec<Param>,
    /// The result type; `()` when it is left out.
    pub result: Option<Type>,
    /// The body.
    pub body: FnBody,
}

/// The string after `extern`.
#[derive(Clone, Copy, Debug)]
pub struct Abi {
    /// `C` or `intrinsic`; other words are for the checker to reject.
    pub name: Symbol,
    /// `extern "…"`.
    pub span: Span,
}

/// `self` or `mut self`.
#[derive(Clone, Copy, Debug)]
pub struct SelfParam {
    /// Whether it is `mut self`.
    pub mutable: bool,
    /// The whole of it.
    pub span: Span,
}

/// `mut name: Type = default`
#[derive(Clone, Debug)]
pub struct Param {
    /// Whether it goes in and out.
    pub mutable: bool,
    /// The name, perhaps `_`.
    pub name: Name,
    /// The type.
    pub ty: Type,
    /// The value when the argument is left out.
    pub default: Option<Expr>,
    /// The whole parameter.
    pub span: Span,
}

/// What a function does.
#[derive(Clone, Debug)]
pub enum FnBody {
    /// `{ … }`
    Block(Block),
    /// `=> expr`
    Expr(Box<Expr>),
    /// Nothing: an `extern` function, or a trait's method without a default.
    None,
}

/// `struct S<T> { pub a: int, b: T }`
#[derive(Clone, Debug)]
pub struct StructItem {
    /// The name.
    pub name: Name,
    /// The type parameters.
    pub generics: Generics,
    /// The fields, in order.
    pub fields: Vec<FieldDef>,
}

/// `pub name: Type` in a struct, or in a variant with named fields.
#[derive(Clone, Debug)]
pub struct FieldDef {
    /// The word `pub`, when it is there.
    pub public: Option<Span>,
    /// The doc comment, as in [`Item::doc`].
    pub doc: Option<Symbol>,
    /// The name.
    pub name: Name,
    /// The type.
    pub ty: Type,
    /// The whole field.
    pub span: Span,
}

/// `enum E<T> { A, B(T), C { x: int } }`
#[derive(Clone, Debug)]
pub struct EnumItem {
    /// The name.
    pub name: Name,
    /// The type parameters.
    pub generics: Generics,
    /// The variants, in order.
    pub variants: Vec<VariantDef>,
}

/// One variant of an enum.
#[derive(Clone, Debug)]
pub struct VariantDef {
    /// The doc comment, as in [`Item::doc`].
    pub doc: Option<Symbol>,
    /// The name.
    pub name: Name,
    /// What it carries.
    pub payload: VariantPayload,
    /// The whole variant.
    pub span: Span,
}

/// What a variant carries.
#[derive(Clone, Debug)]
pub enum VariantPayload {
    /// Nothing.
    None,
    /// `(A, B)`: never empty.
    Tuple(Vec<Type>),
    /// `{ a: A, b: B }`
    Struct(Vec<FieldDef>),
}

/// `trait Tr<T>: Base + Other { fn f(self) … }`
#[derive(Clone, Debug)]
pub struct TraitItem {
    /// The name.
    pub name: Name,
    /// The type parameters.
    pub generics: Generics,
    /// The traits it extends.
    pub supertraits: Vec<Path>,
    /// Its functions, [`ItemKind::Fn`] or [`ItemKind::Error`].
    pub items: Vec<Item>,
}

/// `impl<T> Target { … }` or `impl<T> Trait for Target { … }`
#[derive(Clone, Debug)]
pub struct ImplItem {
    /// The type parameters.
    pub generics: Generics,
    /// The trait, when there is a `for`.
    pub trait_path: Option<Path>,
    /// The type: any type, such as `[T]`, `string`, `T?` or `Sender<T>`.
    pub target: Type,
    /// Its functions, [`ItemKind::Fn`] or [`ItemKind::Error`].
    pub items: Vec<Item>,
}

/// `type A<T> = B<T>`
#[derive(Clone, Debug)]
pub struct TypeAliasItem {
    /// The name.
    pub name: Name,
    /// The type parameters.
    pub generics: Generics,
    /// What it stands for.
    pub ty: Type,
}

/// `const LIMIT: int = 64`
#[derive(Clone, Debug)]
pub struct ConstItem {
    /// The name.
    pub name: Name,
    /// The type, when it is written.
    pub ty: Option<Type>,
    /// The value.
    pub value: Expr,
}

/// `import net.http`, `import ./util`, `import net.http.{get, Request}`
#[derive(Clone, Debug)]
pub struct ImportItem {
    /// Where the path starts.
    pub root: ImportRoot,
    /// The path's segments; never empty. The last one names the module here.
    pub segments: Vec<Name>,
    /// The names in braces, when there are any: then the module itself gets no name here.
    pub names: Option<Vec<Name>>,
}

/// Where an import path starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportRoot {
    /// A package: the standard library or a dependency.
    Package,
    /// `./` (0) or `../` once or several times: that many folders above this file's folder.
    Relative(u32),
}

/// `test "name" { … }`
#[derive(Clone, Debug)]
pub struct TestItem {
    /// The name.
    pub name: Symbol,
    /// The string that names it.
    pub name_span: Span,
    /// What it does.
    pub body: Block,
}

// ---------------------------------------------------------------------------------------- types

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

// ----------------------------------------------------------------------------------- statements

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
    /// `defer expr` or `defer { … }` (then the expression is an [`ExprKind::Block`]).
    Defer(Box<Expr>),
    /// A local `fn` ([`ItemKind::Fn`]); other items are for the checker to reject.
    Item(Box<Item>),
    /// What could not be read.
    Error,
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
    /// A place, a tuple of targets, or [`ExprKind::Wildcard`]; whether it can be assigned to is for
    /// the checker to say.
    pub target: Expr,
    /// The operator of `op=`; none for `=`.
    pub op: Option<BinaryOp>,
    /// The `=` or `op=`.
    pub op_span: Span,
    /// The value.
    pub value: Expr,
}

// ---------------------------------------------------------------------------------- expressions

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

/// A part of an interpolated string.
#[derive(Clone, Debug)]
pub enum StrPart {
    /// Literal text, decoded; never empty.
    Text(Symbol),
    /// `${expr}` or `${expr:format}`
    Expr {
        /// The value shown.
        expr: Expr,
        /// How it is shown.
        format: Option<FormatSpec>,
    },
}

/// What stands after the `:` in `${expr:format}`: `[[fill]align][+][0][width][,][.precision][kind]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FormatSpec {
    /// What pads; a space unless it is written.
    pub fill: char,
    /// Where the value stands in the width; by its type when it is left out.
    pub align: Option<Align>,
    /// `+`: a sign on numbers that are not negative too.
    pub plus: bool,
    /// `0`: zeros between sign and digits up to the width.
    pub zero: bool,
    /// The least number of characters.
    pub width: Option<u32>,
    /// `,`: groups of three digits.
    pub thousands: bool,
    /// Digits after the point, or the most characters of a string.
    pub precision: Option<u32>,
    /// The notation.
    pub kind: FormatKind,
    /// The text after the `:`.
    pub span: Span,
}

/// Where a value stands in its width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// `<`
    Left,
    /// `^`
    Center,
    /// `>`
    Right,
}

/// The notation of a formatted value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormatKind {
    /// As `Show` gives it.
    Show,
    /// `x`
    Hex,
    /// `b`
    Binary,
    /// `o`
    Octal,
    /// `e`
    Exponent,
}

/// `P { x: 1, y, ..base }`
#[derive(Clone, Debug)]
pub struct StructLit {
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
    /// Else: an [`ExprKind::Block`] or another [`ExprKind::If`].
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
    /// The value: a [`StmtKind::Expr`], whose expression is an [`ExprKind::Block`] for `=> { … }`, or an
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
    /// The element; a [`PatternKind::Binding`] with `mutable` for `for mut x in …`.
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

/// An operator before its operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `~`
    BitNot,
}

macro_rules! binary_ops {
    ($($name:ident $text:literal)*) => {
        /// An operator between two operands.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum BinaryOp {
            $(#[doc = concat!("`", $text, "`")] $name),*
        }

        impl BinaryOp {
            /// The operator as written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

binary_ops! {
    Mul "*" Div "/" Rem "%" WrappingMul "*%"
    Add "+" WrappingAdd "+%" Sub "-" WrappingSub "-%"
    Shl "<<" Shr ">>"
    BitAnd "&" BitXor "^" BitOr "|"
    Eq "==" Ne "!=" Lt "<" Le "<=" Gt ">" Ge ">=" In "in"
    And "&&" Or "||" Coalesce "??"
}

impl BinaryOp {
    /// Whether it gives a `bool` that says how its operands compare.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge | Self::In)
    }
}

impl UnaryOp {
    /// The operator as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Not => "!",
            Self::BitNot => "~",
        }
    }
}

// ------------------------------------------------------------------------------------- patterns

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where, parentheses included.
    pub span: Span,
}

/// The kinds of pattern.
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// `x`, `mut x`: a name that begins with a lower-case letter or `_`.
    Binding {
        /// The name.
        name: Name,
        /// Whether it is `mut x`: only in `for`.
        mutable: bool,
    },
    /// `1`, `-1`, `"a"`, `'x'`, `true`, `2s`
    Literal(LiteralPattern),
    /// `1..5`, `'a'..='z'`
    Range {
        /// The first value.
        start: LiteralPattern,
        /// The last value, or one past it.
        end: LiteralPattern,
        /// Whether it is `..=`.
        inclusive: bool,
    },
    /// `(a, b)` or `()`: never exactly one.
    Tuple(Vec<Pattern>),
    /// `Shape.Circle(r)`, `.Circle(r)`, `Some(x)`, `.Red`, `None`, `Shape.Rect { w, .. }`, `P { x, y: 0 }`, and
    /// constants such as `LIMIT` or `limits.MAX`: every path whose last name begins with an upper-case letter.
    Path(PathPattern),
    /// `a | b`: at least two.
    Or(Vec<Pattern>),
    /// What could not be read.
    Error,
}

/// A literal in a pattern.
#[derive(Clone, Copy, Debug)]
pub struct LiteralPattern {
    /// Its value.
    pub value: LiteralValue,
    /// Where.
    pub span: Span,
}

/// The value of a literal in a pattern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LiteralValue {
    /// `1`, `-1`
    Int {
        /// The digits' value.
        value: u64,
        /// Whether a `-` stands before them.
        negative: bool,
    },
    /// `1.5`, `-1.5`
    Float(f64),
    /// `2s`, in nanoseconds.
    Duration(u64),
    /// `true`, `false`
    Bool(bool),
    /// `'x'`
    Char(char),
    /// `"a"`
    Str(Symbol),
}

/// A struct, a variant or a constant in a pattern.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// Whether it is the short form `.Circle`, whose type is the matched value's.
    pub short: bool,
    /// The path; one segment in the short form.
    pub path: Path,
    /// What is matched inside.
    pub payload: PatternPayload,
}

/// What a path pattern matches inside.
#[derive(Clone, Debug)]
pub enum PatternPayload {
    /// Nothing is written after the path.
    None,
    /// `(a, b)`: never empty.
    Tuple(Vec<Pattern>),
    /// `{ x, y: pattern, .. }`
    Struct {
        /// The fields, in source order.
        fields: Vec<FieldPattern>,
        /// The `..`, when it is there: other fields are not looked at.
        rest: Option<Span>,
    },
}

/// `name: pattern`, or `name` for a binding of that name.
#[derive(Clone, Debug)]
pub struct FieldPattern {
    /// The field.
    pub name: Name,
    /// What it has to match; a binding of the same name when it is left out.
    pub pattern: Option<Pattern>,
    /// The whole of it.
    pub span: Span,
}
