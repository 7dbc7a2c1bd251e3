//! Types, interned: a [`Ty`] is one word, equal types are the same word.

use std::fmt;
use std::sync::Mutex;

use rustc_hash::FxHashSet;
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
pub struct Ty(&'static TyKind);

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

static INTERNED: Mutex<Option<FxHashSet<&'static TyKind>>> = Mutex::new(None);

impl Ty {
    /// The type of this kind.
    #[must_use]
    pub fn new(kind: TyKind) -> Self {
        let mut guard = INTERNED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let set = guard.get_or_insert_with(FxHashSet::default);
        if let Some(&known) = set.get(&kind) {
            return Self(known);
        }
        let leaked: &'static TyKind = Box::leak(Box::new(kind));
        set.insert(leaked);
        Self(leaked)
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> &'static TyKind {
        self.0
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
        match self.kind() {
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

    /// Rebuilds the type bottom-up: `f` sees each type after its parts were rebuilt.
    #[must_use]
    pub fn map(self, f: &mut impl FnMut(Self) -> Self) -> Self {
        let rebuilt = match self.kind() {
            TyKind::Tuple(parts) => TyKind::Tuple(parts.iter().map(|t| t.map(f)).collect()),
            TyKind::Adt(id, name, args) => {
                if args.is_empty() {
                    return f(self);
                }
                TyKind::Adt(*id, *name, args.iter().map(|t| t.map(f)).collect())
            }
            TyKind::Array(t) => TyKind::Array(t.map(f)),
            TyKind::Future(t) => TyKind::Future(t.map(f)),
            TyKind::Sender(t) => TyKind::Sender(t.map(f)),
            TyKind::Receiver(t) => TyKind::Receiver(t.map(f)),
            TyKind::Mutex(t) => TyKind::Mutex(t.map(f)),
            TyKind::Atomic(t) => TyKind::Atomic(t.map(f)),
            TyKind::Fn(params, ret) => TyKind::Fn(params.iter().map(|t| t.map(f)).collect(), ret.map(f)),
            _ => return f(self),
        };
        f(Self::new(rebuilt))
    }

    /// Replaces type parameters by these arguments.
    #[must_use]
    pub fn substitute(self, args: &[Self]) -> Self {
        if args.is_empty() {
            return self;
        }
        self.map(&mut |ty| match ty.kind() {
            TyKind::Param(at, _) => args.get(*at as usize).copied().unwrap_or(ty),
            _ => ty,
        })
    }

    /// Whether `f` holds for this type or one inside it (not looking into declarations).
    pub fn any(self, f: &mut impl FnMut(Self) -> bool) -> bool {
        f(self) || self.parts().into_iter().any(|part| part.any(f))
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

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[Self]| {
            for (at, ty) in types.iter().enumerate() {
                write!(f, "{}{ty}", if at == 0 { "" } else { ", " })?;
            }
            Ok(())
        };
        match self.kind() {
            TyKind::Never => f.write_str("never"),
            TyKind::Unit => f.write_str("()"),
            TyKind::Bool => f.write_str("bool"),
            TyKind::Int(int) => f.write_str(int.name()),
            TyKind::F64 => f.write_str("float"),
            TyKind::F32 => f.write_str("f32"),
            TyKind::Char => f.write_str("char"),
            TyKind::String => f.write_str("string"),
            TyKind::Tuple(parts) => {
                f.write_str("(")?;
                list(f, parts)?;
                f.write_str(")")
            }
            TyKind::Array(element) => write!(f, "[{element}]"),
            TyKind::Fn(params, ret) => {
                f.write_str("fn(")?;
                list(f, params)?;
                f.write_str(")")?;
                if ret.is_unit() { Ok(()) } else { write!(f, " -> {ret}") }
            }
            TyKind::Adt(_, name, args) => {
                if name == "Option" && args.len() == 1 {
                    return match args[0].kind() {
                        TyKind::Fn(..) => write!(f, "({})?", args[0]),
                        _ => write!(f, "{}?", args[0]),
                    };
                }
                write!(f, "{name}")?;
                if args.is_empty() {
                    return Ok(());
                }
                f.write_str("<")?;
                list(f, args)?;
                f.write_str(">")
            }
            TyKind::Param(_, name) => write!(f, "{name}"),
            TyKind::Future(t) => write!(f, "Future<{t}>"),
            TyKind::Sender(t) => write!(f, "Sender<{t}>"),
            TyKind::Receiver(t) => write!(f, "Receiver<{t}>"),
            TyKind::Mutex(t) => write!(f, "Mutex<{t}>"),
            TyKind::Atomic(t) => write!(f, "Atomic<{t}>"),
            TyKind::Infer(_) | TyKind::Error => f.write_str("_"),
        }
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            TyKind::Infer(at) => write!(f, "?{at}"),
            _ => write!(f, "{self}"),
        }
    }
}
