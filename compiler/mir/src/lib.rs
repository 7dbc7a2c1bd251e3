//! The mid-level representation: control-flow graphs with explicit ownership.
//!
//! One data structure goes through four phases; each pass says which it requires and ensures, and
//! [`verify`](crate::verify) checks what each promises.
//!
//! | phase | types | ownership |
//! |---|---|---|
//! | Built | generic | every by-value read is `Copy`; `ScopeEnd` marks where each local's scope ends on every way out, unwinding included; an overwritten place is dropped by an explicit `Drop` |
//! | Owned | concrete | last uses are `Move`, reads that need no ownership are `Borrow`, parameters have their final modes, every death is a `Drop`; no `ScopeEnd`. Drop points of resources are fixed here |
//! | Counted | concrete | `Copy` only of uncounted types; every retain is a `Dup` rvalue, every release a `Release` statement. Balanced on every path: the certifier proves it |
//! | Lowered | concrete | loops have polls; what is stored into a mutex is marked behind the store; what codegen accepts |
//!
//! Right after monomorphisation the derive pass replaces structural `Show`, `Eq` and `Cmp` by calls
//! of glue bodies; what remains of them are operations on primitives and strings
//!
//! Cleanup blocks are ordinary blocks reached by unwind edges; they end in `Resume`, or in `Recover`.

pub mod dump;
pub mod latent;
pub mod local_set;
pub mod nested;
pub mod ownership;
mod select;
pub mod verify;
mod walk;

pub use select::{Select, SelectArm, SelectOp};
use wyn_base::{IndexVec, Span, Symbol, index_type};
pub use wyn_hir::{
    Adt, AdtId, AdtKind, ArgMode, BinOp, Effects, IntTy, Intrinsic, SpawnMode, Ty, TyKind, UnOp,
};

index_type!(
    /// A body of the program.
    BodyId,
    "body"
);
index_type!(
    /// A basic block of a body.
    BlockId,
    "bb"
);
index_type!(
    /// A local of a body. Local 0 is the return place.
    Local,
    "_"
);

/// The return place of every body.
pub const RETURN: Local = Local(0);

/// How far a program has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the module says what each promises")]
pub enum Phase {
    Built,
    Owned,
    Counted,
    Lowered,
}

/// A program in MIR.
#[derive(Clone, Debug)]
pub struct Program {
    /// How far it has come.
    pub phase: Phase,
    /// Structs and enums; generic ones keep `TyKind::Param` and are instantiated by substitution.
    pub adts: IndexVec<AdtId, Adt>,
    /// The prelude's `Option`: `None` is variant 0, `Some` variant 1.
    pub option: AdtId,
    /// All bodies.
    pub bodies: IndexVec<BodyId, Body>,
    /// Module-level constants in initialisation order: each has a body without parameters.
    pub consts: IndexVec<GlobalId, Global>,
    /// The body of `main`.
    pub main: BodyId,
    /// Operations on types that are not derived from the types' parts. Before monomorphisation only.
    pub abilities: Vec<Ability>,
}

/// A generic function that does a structural operation for a declared type; it has the parameters of the
/// derived one, and its type parameters are the declaration's.
#[derive(Clone, Copy, Debug)]
pub struct Ability {
    /// The declaration.
    pub adt: AdtId,
    /// `Show`, `Eq`, `Cmp` or `HashValue`.
    pub operation: Intrinsic,
    /// The function.
    pub body: BodyId,
}

index_type!(
    /// A module-level constant.
    GlobalId,
    "const"
);

/// A module-level constant.
#[derive(Clone, Debug)]
pub struct Global {
    /// Module path and name.
    pub path: String,
    /// Its type.
    pub ty: Ty,
    /// Computes its value; run before `main`, in order.
    pub init: BodyId,
}

/// What a body was made from; decides its calling convention.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BodyKind {
    /// A function: called directly.
    Fn,
    /// A closure: its first parameter is the environment ([`LocalKind::Env`]); all others are
    /// borrowed.
    Closure,
    /// The entry of a spawned task: every parameter is owned, moved in from the task's record.
    Task,
    /// Computes a module-level constant.
    Const,
    /// Made by a pass for a type (`Show`, `Eq`, `Ord`).
    Glue,
}

/// A control-flow graph.
#[derive(Clone, Debug)]
pub struct Body {
    /// Module path, receiver type and name, for people and symbols; what is nested in a function appends what it is
    /// and its number: `main.f closure 1`.
    pub name: String,
    /// What it was made from.
    pub kind: BodyKind,
    /// How many type parameters it has; 0 from Owned on.
    pub generics: usize,
    /// How many locals after the return place are parameters.
    pub params: usize,
    /// All locals: the return place, the parameters, then the rest.
    pub locals: IndexVec<Local, LocalDecl>,
    /// All blocks; the first is the entry.
    pub blocks: IndexVec<BlockId, Block>,
    /// The declaration's name in source.
    pub span: Span,
    /// Whether its panics name the place where it was called, which its callers hand to it: functions of the
    /// standard library, and from Owned on only those that may panic.
    pub blames_caller: bool,
}

/// The entry block of every body.
pub const ENTRY: BlockId = BlockId(0);

/// A local.
#[derive(Clone, Debug)]
pub struct LocalDecl {
    /// Its type. An `Env` local has the tuple of the captures' types (`()` for none).
    pub ty: Ty,
    /// Its name in source, when it has one.
    pub name: Option<Symbol>,
    /// What it is for.
    pub kind: LocalKind,
    /// Where it was declared.
    pub span: Span,
}

/// What a local is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LocalKind {
    /// The return place.
    Return,
    /// A parameter.
    Param(ParamMode),
    /// A closure's environment: its fields are the captures; read in place, never moved out of.
    Env,
    /// A `const`, `var` or binding of the source.
    Var,
    /// An intermediate value.
    Temp,
    /// A resource for the length of one call that borrows it: filled right before, given up right behind.
    Lent,
    /// Says at run time whether this local holds something (Owned on).
    DropFlag(Local),
    /// Stands for an array that lies in another, which keeps it, and does not count (Lowered).
    View,
}

/// How a parameter is passed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ParamMode {
    /// The caller keeps it; the body may read it. In Built every parameter that is not `mut`.
    Borrowed,
    /// The body takes it over and must drop or move it.
    Owned,
    /// `mut`: the local stands for the caller's place (passed as a pointer).
    Mut,
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its statements.
    pub stmts: Vec<Stmt>,
    /// How it ends.
    pub term: Terminator,
    /// Reached only while unwinding.
    pub cleanup: bool,
}

/// A place in memory: a local and a way into it. A root local of mode `Mut` or kind `Env` is
/// reached through its pointer, silently.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The root.
    pub local: Local,
    /// The way from the root.
    pub proj: Vec<Proj>,
}

/// A step into a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Proj {
    /// A field of a struct, tuple or environment. A boxed struct is reached through its cell, silently; to
    /// write through it, the cell must have been made unique (`EnsureUnique`).
    Field(u32),
    /// A field of a variant of an enum that is known to be this variant; a boxed one like a struct.
    Variant(u32, u32),
    /// What is in a mutex that the task holds.
    Content,
    /// An element of an array at the index in a local, known to be in bounds. To write through it,
    /// the array must have been made unique (`EnsureUnique`).
    Index(Local),
}

/// A value that an operation uses.
#[derive(Clone, PartialEq, Debug)]
pub enum Operand {
    /// A copy: the user owns a reference of its own.
    Copy(Place),
    /// The last use: the user takes it over.
    Move(Place),
    /// A look: the place keeps it.
    Borrow(Place),
    /// A constant; immortal when counted.
    Const(Const),
}

/// A constant value.
#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    /// `()`.
    Unit,
    /// `true` and `false`.
    Bool(bool),
    /// An integer of this type.
    Int(i128, Ty),
    /// A float of this type.
    Float(f64, Ty),
    /// A Unicode scalar.
    Char(char),
    /// An immortal string.
    Str(Symbol),
    /// A named function as a value: an immortal closure object.
    Fn(BodyRef),
    /// The value of a module-level constant (immortal).
    Global(GlobalId, Ty),
}

/// A body with type arguments; without them from Owned on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BodyRef {
    /// The body.
    pub body: BodyId,
    /// Its type arguments.
    pub args: Vec<Ty>,
}

/// A statement with its place in source.
#[derive(Clone, PartialEq, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it comes from.
    pub span: Span,
}

/// What a statement does. No statement unwinds or parks.
#[derive(Clone, PartialEq, Debug)]
pub enum StmtKind {
    /// Writes a place that holds nothing that needs dropping.
    Assign(Place, Rvalue),
    /// Drops what a place holds, if it holds anything.
    Drop(Place),
    /// Drops what a place holds: a release (Counted on).
    Release(Place),
    /// The local's scope ends here (Built only).
    ScopeEnd(Local),
    /// Makes the array, or the cell of the boxed value, in this place uniquely held, copying it when it is
    /// not.
    EnsureUnique(Place),
    /// An operation of the runtime or compiler that neither unwinds nor parks, with its type
    /// arguments.
    Intrinsic(Place, Intrinsic, Vec<Ty>, Vec<Arg>),
    /// Marks what a place holds, which is the content of a mutex or a part of it (Lowered).
    Mark(Place, Reach),
    /// Lets the scheduler interrupt a loop (Lowered).
    Poll,
}

/// How far marking goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reach {
    /// The object that the place holds: what that reaches is marked.
    Top,
    /// All that the place reaches.
    All,
}

/// A computed value.
#[derive(Clone, PartialEq, Debug)]
pub enum Rvalue {
    /// The operand itself.
    Use(Operand),
    /// A unary operation on a primitive; `Neg` wraps (the trap is an `Assert` before it).
    Unary(UnOp, Operand),
    /// A binary operation. Integer `Add Sub Mul` wrap here, `Div Rem Shl Shr` are preceded by
    /// their `Assert`s. `Eq` to `Ge` compare primitives only; values of other types, and of type
    /// parameters, compare through calls of the intrinsics `Eq` and `Cmp`.
    Binary(BinOp, Operand, Operand),
    /// Integer `Add`, `Sub`, `Mul`: the pair of the wrapped result and whether it overflowed.
    Checked(BinOp, Operand, Operand),
    /// A numeric conversion to the destination's type that keeps the low bits or rounds.
    Convert(Operand, Ty),
    /// A numeric conversion to this type: the pair of the result and whether it did *not* fit.
    CheckedConvert(Operand, Ty),
    /// A tuple.
    Tuple(Vec<Operand>),
    /// A new array of this element type.
    Array(Ty, Vec<Operand>),
    /// A struct, or a variant of an enum: all fields in declaration order; of this type.
    Adt(Ty, u32, Vec<Operand>),
    /// A new closure: its captures, owned.
    Closure(BodyRef, Vec<Operand>),
    /// The number of the variant that an enum holds, as an `int`.
    Discriminant(Place),
    /// The length of an array, as an `int`.
    Len(Place),
    /// A second owned reference to what a counted place holds (Counted on).
    Dup(Place),
    /// The fields of a boxed struct, or of a boxed enum that is known to be this variant, as a tuple. The
    /// cell is taken over: the fields of its only owner move out and its memory is free again, those of
    /// a shared one are copied (Owned on).
    Unbox(u32, Operand),
    /// The message that the chosen arm of a select has received, taken once, where that arm was chosen: of the type that
    /// is named, or an option of it, which is `None` when the channel has ended instead.
    Received {
        /// Holds the position of the chosen arm: the destination of the select.
        select: Local,
        /// That position.
        arm: u32,
        /// The type of messages.
        message: Ty,
    },
    /// A new task of a body of kind `Task`; the arguments move into it; a `Future`.
    Spawn(SpawnMode, BodyRef, Vec<Operand>),
}

/// An argument of a call.
#[derive(Clone, PartialEq, Debug)]
pub enum Arg {
    /// A value; `Borrow` for a borrowed parameter from Owned on.
    Value(Operand),
    /// The caller's place, for a `mut` parameter.
    Mut(Place),
}

/// How a block ends, with its place in source.
#[derive(Clone, PartialEq, Debug)]
pub struct Terminator {
    /// How.
    pub kind: TermKind,
    /// Where it comes from.
    pub span: Span,
}

/// Where unwinding goes on: a cleanup block, or nothing to do here.
pub type Unwind = Option<BlockId>;

/// How a block ends.
#[derive(Clone, PartialEq, Debug)]
pub enum TermKind {
    /// Goes on there.
    Goto(BlockId),
    /// Chooses by an integer, bool (0, 1) or char.
    Switch(Operand, Vec<(i128, BlockId)>, BlockId),
    /// Leaves the body; the return place holds the value.
    Return,
    /// A call; no target when it does not return.
    Call {
        /// What is called.
        callee: Callee,
        /// The arguments.
        args: Vec<Arg>,
        /// Where the result goes; written only on normal return.
        dest: Place,
        /// Where a normal return goes on.
        target: Option<BlockId>,
        /// Where unwinding goes on.
        unwind: Unwind,
    },
    /// The result of a future. `Move` takes the result out when the handle is the only one; when it
    /// unwinds, a moved future still belongs to its place.
    Await {
        /// The future.
        future: Operand,
        /// The body of the task, where the future can be of no other's (Lowered).
        task: Option<BodyId>,
        /// Where the result goes.
        dest: Place,
        /// Where it goes on.
        target: BlockId,
        /// Where unwinding goes on: the task panicked, or this one was cancelled.
        unwind: Unwind,
    },
    /// Goes on when the condition is as expected, else raises this trap.
    Assert {
        /// A `bool`.
        cond: Operand,
        /// What it should be.
        expected: bool,
        /// What is wrong otherwise.
        trap: Trap,
        /// Where it goes on.
        target: BlockId,
        /// Where unwinding goes on.
        unwind: Unwind,
    },
    /// Never reached.
    Unreachable,
    /// Goes on unwinding in the caller; ends cleanup.
    Resume,
    /// The unwinding is over: goes from cleanup to what is around the scope that it ends in. That is cleanup too where
    /// a `defer` has opened the scope that runs while something else unwinds.
    Recover(BlockId),
}

/// What a call calls.
#[derive(Clone, PartialEq, Debug)]
pub enum Callee {
    /// A body.
    Body(BodyRef),
    /// A function value.
    Value(Operand),
    /// A function value that is known to be of this body (Lowered).
    Known(BodyRef, Operand),
    /// An operation that may unwind, park or diverge, with its type arguments.
    Intrinsic(Intrinsic, Vec<Ty>),
    /// A wait for the first of several operations; gives the position of the arm that was chosen.
    Select(Box<Select>),
}

/// Mistakes that end the task with a panic.
#[derive(Clone, PartialEq, Debug)]
pub enum Trap {
    /// The result of this operation does not fit its type.
    Overflow(BinOp),
    /// The negation does not fit.
    NegOverflow,
    /// Division or remainder by zero.
    DivisionByZero,
    /// The count of this shift is negative or too large.
    Shift(BinOp),
    /// A conversion to this type that does not fit.
    Convert(Ty),
    /// This index is not below this length.
    Bounds(Operand, Operand),
}

impl Place {
    /// The whole local.
    #[must_use]
    pub fn local(local: Local) -> Self {
        Self { local, proj: Vec::new() }
    }

    /// One step further in.
    #[must_use]
    pub fn then(&self, step: Proj) -> Self {
        let mut proj = self.proj.clone();
        proj.push(step);
        Self { local: self.local, proj }
    }

    /// The local, when the place is a whole one.
    #[must_use]
    pub fn as_local(&self) -> Option<Local> {
        self.proj.is_empty().then_some(self.local)
    }

    /// Whether a step of the way, from the root or a part, leads into the cell of a boxed value.
    #[must_use]
    pub fn enters_cell(&self, body: &Body, adts: &IndexVec<AdtId, Adt>) -> bool {
        self.cell(body, adts).is_some()
    }

    /// How many steps lead to the first boxed value that the way enters.
    #[must_use]
    pub fn cell(&self, body: &Body, adts: &IndexVec<AdtId, Adt>) -> Option<usize> {
        let mut ty = body.locals[self.local].ty;
        for (at, step) in self.proj.iter().enumerate() {
            if ownership::boxed(ty, adts) {
                return Some(at);
            }
            ty = step.ty(ty, adts);
        }
        None
    }

    /// The type of what the place holds.
    #[must_use]
    pub fn ty(&self, body: &Body, adts: &IndexVec<AdtId, Adt>) -> Ty {
        self.proj.iter().fold(body.locals[self.local].ty, |ty, step| step.ty(ty, adts))
    }
}

impl Proj {
    /// The type of the part of a value of type `ty` that this step leads to.
    #[must_use]
    pub fn ty(&self, ty: Ty, adts: &IndexVec<AdtId, Adt>) -> Ty {
        match (self, ty.kind()) {
            (Self::Field(at), TyKind::Tuple(parts)) => parts[*at as usize],
            (Self::Field(at), TyKind::Adt(adt, _, args)) => {
                adts[*adt].variants[0].fields[*at as usize].ty.substitute(args)
            }
            (Self::Variant(variant, at), TyKind::Adt(adt, _, args)) => {
                adts[*adt].variants[*variant as usize].fields[*at as usize].ty.substitute(args)
            }
            (Self::Index(_), TyKind::Array(element)) => *element,
            (Self::Content, TyKind::Mutex(content)) => *content,
            _ => unreachable!("{self:?} does not lead into {ty}"),
        }
    }
}

impl From<Local> for Place {
    fn from(local: Local) -> Self {
        Self::local(local)
    }
}

impl Operand {
    /// The place it reads, when it reads one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Copy(place) | Self::Move(place) | Self::Borrow(place) => Some(place),
            Self::Const(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Self::Copy(place) | Self::Move(place) | Self::Borrow(place) => Some(place),
            Self::Const(_) => None,
        }
    }
}

impl Const {
    /// Its type; `None` for a function, whose type its user knows.
    #[must_use]
    pub fn ty(&self) -> Option<Ty> {
        Some(match self {
            Self::Unit => Ty::unit(),
            Self::Bool(_) => Ty::bool(),
            Self::Int(_, ty) | Self::Float(_, ty) | Self::Global(_, ty) => *ty,
            Self::Char(_) => Ty::new(TyKind::Char),
            Self::Str(_) => Ty::string(),
            Self::Fn(_) => return None,
        })
    }
}

impl Terminator {
    /// The blocks that may come next, unwinding included.
    #[must_use]
    pub fn successors(&self) -> Vec<BlockId> {
        let mut next = Vec::new();
        self.kind.for_each_successor(&mut |block| next.push(*block));
        next
    }
}
