//! Types, interned: a [`Ty`] is one word, equal types are the same word.
//!
//! So a type is a graph in which parts are shared: `(T, T)` inside `(T, T)` is four mentions and one type. Written out it
//! may be exponentially larger than the program, so whatever walks through types visits a shared part once
//! ([`Ty::map`], [`Ty::any`]), and text is cut short.

mod show;

use std::sync::Mutex;

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Symbol, index_type};

index_type!(
    /// A struct or enum declaration of the program.
    AdtId,
    "adt"
);

/// The sized integers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum IntTy {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl IntTy {
    /// Width in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::I8 | Self::U8 => 8,
            Self::I16 | Self::U16 => 16,
            Self::I32 | Self::U32 => 32,
            Self::I64 | Self::U64 => 64,
        }
    }

    /// Whether negative values exist.
    #[must_use]
    pub fn signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// The unsigned type of the same width.
    #[must_use]
    pub fn as_unsigned(self) -> Self {
        match self {
            Self::I8 | Self::U8 => Self::U8,
            Self::I16 | Self::U16 => Self::U16,
            Self::I32 | Self::U32 => Self::U32,
            Self::I64 | Self::U64 => Self::U64,
        }
    }

    /// The smallest value.
    #[must_use]
    pub fn min(self) -> i128 {
        if self.signed() { -(1 << (self.bits() - 1)) } else { 0 }
    }

    /// The largest value.
    #[must_use]
    pub fn max(self) -> i128 {
        if self.signed() { (1 << (self.bits() - 1)) - 1 } else { (1 << self.bits()) - 1 }
    }

    /// The name in source; `int` and `byte` for the types that have a short one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "int",
            Self::U8 => "byte",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
        }
    }
}

/// An interned type.
#[derive(Clone, Copy)]
pub struct Ty(&'static Interned);

/// A type, and what is asked of it so often that it is kept.
struct Interned {
    kind: TyKind,
    /// Types mentioned in the type, itself included, each as often as it is; saturates.
    mentions: u32,
    /// How deeply it is nested; 1 without parts.
    depth: u32,
    /// Whether a type parameter is mentioned.
    generic: bool,
}

/// What a type is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum TyKind {
    /// The type of an expression that does not end normally.
    Never,
    /// `()`.
    Unit,
    /// `bool`.
    Bool,
    /// `int`, `byte` and the sized integers.
    Int(IntTy),
    /// `float`.
    F64,
    /// `f32`.
    F32,
    /// `char`.
    Char,
    /// `string`.
    String,
    /// `(A, B)`; at least two.
    Tuple(Vec<Ty>),
    /// `[T]`.
    Array(Ty),
    /// `fn(A, B) -> C`.
    Fn(Vec<Ty>, Ty),
    /// A struct or enum with its type arguments; the name is for people.
    Adt(AdtId, Symbol, Vec<Ty>),
    /// The type parameter at this position of the enclosing item's list.
    Param(u32, Symbol),
    /// `Future<T>`.
    Future(Ty),
    /// `Sender<T>`.
    Sender(Ty),
    /// `Receiver<T>`.
    Receiver(Ty),
    /// `Mutex<T>`: a handle to a value that whoever holds the lock may change.
    Mutex(Ty),
    /// `Atomic<T>`: a handle to a number or `bool` that is read and changed in one step.
    Atomic(Ty),
    /// A variable of the checker; never leaves it.
    Infer(u32),
    /// Stands for any type after a mistake that was reported; never leaves the checker of an
    /// erroneous program.
    Error,
}

static INTERNED: Mutex<Option<FxHashMap<&'static TyKind, Ty>>> = Mutex::new(None);

/// Types with no more mentions than this are walked without remembering what was visited.
const SMALL: u32 = 32;

impl Ty {
    /// The type of this kind.
    #[must_use]
    pub fn new(kind: TyKind) -> Self {
        let mut guard = INTERNED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let all = guard.get_or_insert_with(FxHashMap::default);
        if let Some(&known) = all.get(&kind) {
            return known;
        }
        let parts = parts(&kind);
        let interned: &'static Interned = Box::leak(Box::new(Interned {
            mentions: parts.iter().fold(1, |sum: u32, part| sum.saturating_add(part.0.mentions)),
            depth: 1 + parts.iter().map(|part| part.0.depth).max().unwrap_or(0),
            generic: matches!(kind, TyKind::Param(..)) || parts.iter().any(|part| part.0.generic),
            kind,
        }));
        all.insert(&interned.kind, Self(interned));
        Self(interned)
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> &'static TyKind {
        &self.0.kind
    }

    /// How deeply it is nested: 1 for a type without parts.
    #[must_use]
    pub fn depth(self) -> u32 {
        self.0.depth
    }

    /// Whether it mentions so many types that whoever walks through it should remember what was visited.
    #[must_use]
    pub fn is_large(self) -> bool {
        self.0.mentions > SMALL
    }

    /// Whether it mentions a type parameter.
    #[must_use]
    pub fn is_generic(self) -> bool {
        self.0.generic
    }

    /// `()`.
    #[must_use]
    pub fn unit() -> Self {
        Self::new(TyKind::Unit)
    }

    /// The type without values.
    #[must_use]
    pub fn never() -> Self {
        Self::new(TyKind::Never)
    }

    /// `bool`.
    #[must_use]
    pub fn bool() -> Self {
        Self::new(TyKind::Bool)
    }

    /// `int`.
    #[must_use]
    pub fn int() -> Self {
        Self::new(TyKind::Int(IntTy::I64))
    }

    /// `float`.
    #[must_use]
    pub fn float() -> Self {
        Self::new(TyKind::F64)
    }

    /// `string`.
    #[must_use]
    pub fn string() -> Self {
        Self::new(TyKind::String)
    }

    /// `[element]`.
    #[must_use]
    pub fn array(element: Self) -> Self {
        Self::new(TyKind::Array(element))
    }

    /// A tuple; `()` when there are no parts.
    #[must_use]
    pub fn tuple(parts: Vec<Self>) -> Self {
        if parts.is_empty() { Self::unit() } else { Self::new(TyKind::Tuple(parts)) }
    }

    /// Whether it is `()`.
    #[must_use]
    pub fn is_unit(self) -> bool {
        matches!(self.kind(), TyKind::Unit)
    }

    /// Whether it is the type without values.
    #[must_use]
    pub fn is_never(self) -> bool {
        matches!(self.kind(), TyKind::Never)
    }

    /// The types directly inside this one.
    #[must_use]
    pub fn parts(self) -> Vec<Self> {
        parts(self.kind())
    }

    /// Rebuilds the type bottom-up: `f` sees each type after its parts were rebuilt. It must give the same for
    /// the same, and sees a part that is shared once or several times.
    #[must_use]
    pub fn map(self, f: &mut impl FnMut(Self) -> Self) -> Self {
        self.map_known(f, &mut FxHashMap::default())
    }

    fn map_known(self, f: &mut impl FnMut(Self) -> Self, known: &mut FxHashMap<Self, Self>) -> Self {
        if let Some(&known) = known.get(&self) {
            return known;
        }
        let rebuilt = {
            let mut part = |ty: &Self| ty.map_known(f, known);
            match self.kind() {
                TyKind::Tuple(parts) => TyKind::Tuple(parts.iter().map(part).collect()),
                TyKind::Adt(id, name, args) if !args.is_empty() => {
                    TyKind::Adt(*id, *name, args.iter().map(part).collect())
                }
                TyKind::Array(t) => TyKind::Array(part(t)),
                TyKind::Future(t) => TyKind::Future(part(t)),
                TyKind::Sender(t) => TyKind::Sender(part(t)),
                TyKind::Receiver(t) => TyKind::Receiver(part(t)),
                TyKind::Mutex(t) => TyKind::Mutex(part(t)),
                TyKind::Atomic(t) => TyKind::Atomic(part(t)),
                TyKind::Fn(params, ret) => TyKind::Fn(params.iter().map(&mut part).collect(), part(ret)),
                _ => return f(self),
            }
        };
        let mapped = f(Self::new(rebuilt));
        if self.is_large() {
            known.insert(self, mapped);
        }
        mapped
    }

    /// Replaces type parameters by these arguments.
    #[must_use]
    pub fn substitute(self, args: &[Self]) -> Self {
        if args.is_empty() || !self.is_generic() {
            return self;
        }
        self.map(&mut |ty| match ty.kind() {
            TyKind::Param(at, _) => args.get(*at as usize).copied().unwrap_or(ty),
            _ => ty,
        })
    }

    /// Whether `f` holds for this type or one inside it (not looking into declarations).
    pub fn any(self, f: &mut impl FnMut(Self) -> bool) -> bool {
        self.any_unseen(f, &mut FxHashSet::default())
    }

    fn any_unseen(self, f: &mut impl FnMut(Self) -> bool, seen: &mut FxHashSet<Self>) -> bool {
        if self.is_large() && !seen.insert(self) {
            return false;
        }
        f(self) || self.parts().into_iter().any(|part| part.any_unseen(f, seen))
    }
}

fn parts(kind: &TyKind) -> Vec<Ty> {
    match kind {
        TyKind::Tuple(parts) | TyKind::Adt(_, _, parts) => parts.clone(),
        TyKind::Array(t)
        | TyKind::Future(t)
        | TyKind::Sender(t)
        | TyKind::Receiver(t)
        | TyKind::Mutex(t)
        | TyKind::Atomic(t) => vec![*t],
        TyKind::Fn(params, ret) => params.iter().copied().chain([*ret]).collect(),
        _ => Vec::new(),
    }
}

impl PartialEq for Ty {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Ty {}

impl std::hash::Hash for Ty {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.0, state);
    }
}
