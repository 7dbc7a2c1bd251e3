//! Declarations of a whole program, all modules together.

use wyn_base::{IndexVec, Span, Symbol, index_type};

use crate::{AdtId, Body, Expr, Intrinsic, Ty};

index_type!(
    /// A function of the program: module level, method, nested, or intrinsic.
    FnId,
    "fn"
);
index_type!(
    /// A module-level constant.
    ConstId,
    "const"
);

/// A checked program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Structs and enums.
    pub adts: IndexVec<AdtId, Adt>,
    /// Functions.
    pub fns: IndexVec<FnId, Fn>,
    /// Module-level constants, in the order in which they must be initialised.
    pub consts: IndexVec<ConstId, Const>,
    /// The program's `main`, when it has one.
    pub main: Option<FnId>,
    /// Declarations that the language itself refers to.
    pub lang: LangItems,
}

/// Declarations of the prelude that the language itself refers to.
#[derive(Clone, Debug)]
pub struct LangItems {
    /// `enum Option<T> { None, Some(T) }`: `None` is variant 0, `Some` variant 1.
    pub option: AdtId,
    /// `enum Result<T, E> { Ok(T), Err(E) }`: `Ok` is variant 0, `Err` variant 1.
    pub result: Option<AdtId>,
    /// What indexing of maps is made of; none in a program without the prelude.
    pub map: Option<MapItems>,
    /// The functions that do what would else be derived from a type's parts: they have the type's
    /// parameters and the arguments of the derived operation.
    pub abilities: Vec<(AdtId, Bound, FnId)>,
}

/// The parts of the prelude's `Map<K, V>` that indexing refers to. Field 0 of the struct is its array of
/// slots; of a slot that holds an entry, variant 1, field 0 is the key and field 1 the value.
#[derive(Clone, Copy, Debug)]
pub struct MapItems {
    /// `struct Map<K, V>`.
    pub map: AdtId,
    /// `(map, key) -> int`: the position of the key's slot, -1 when there is none.
    pub find: FnId,
    /// `(mut map, key, value) -> int`: the same; a key that is missing is inserted with the value.
    pub find_or_insert: FnId,
    /// `(map, key, default) -> V`: the value, or the default.
    pub value_or: FnId,
    /// `(mut map, key, value)`: inserts or replaces.
    pub set: FnId,
    /// `(key) -> string`: what is said of a key that is missing.
    pub missing: FnId,
}

/// A type parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Generic {
    /// Its name.
    pub name: Symbol,
    /// What its arguments must be able to do.
    pub bounds: Vec<Bound>,
}

/// The traits that the compiler knows by itself; they are derived structurally.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Bound {
    /// `==` and `!=`.
    Eq,
    /// `<` and its relatives.
    Ord,
    /// Keys of maps and sets.
    Hash,
    /// `print` and interpolation.
    Show,
}

/// A struct or an enum. A struct has one variant, named like itself.
#[derive(Clone, Debug)]
pub struct Adt {
    /// Its name.
    pub name: Symbol,
    /// Module path and name, for people and for symbols of the object file.
    pub path: String,
    /// Struct or enum.
    pub kind: AdtKind,
    /// Type parameters, referred to by `TyKind::Param`.
    pub generics: Vec<Generic>,
    /// At least one for a struct (exactly one), any number for an enum.
    pub variants: Vec<Variant>,
    /// Whether each value is one pointer to a cell of its own: the declaration contains itself, and on each
    /// way round some declaration is boxed.
    pub boxed: bool,
    /// The declaration's name in source.
    pub span: Span,
}

/// Whether a declaration is a struct or an enum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AdtKind {
    Struct,
    Enum,
}

/// One shape of an enum, or the only one of a struct.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name.
    pub name: Symbol,
    /// Its parts, in order.
    pub fields: Vec<Field>,
}

impl Variant {
    /// The types of its parts, in order, with these type arguments.
    pub fn types(&self, args: &[Ty]) -> impl Iterator<Item = Ty> {
        self.fields.iter().map(move |field| field.ty.substitute(args))
    }
}

impl Adt {
    /// The types of the parts of all variants, in order, with these type arguments.
    pub fn types(&self, args: &[Ty]) -> impl Iterator<Item = Ty> {
        self.variants.iter().flat_map(move |variant| variant.types(args))
    }
}

/// A part of a variant.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name; absent in a payload like `Some(T)`.
    pub name: Option<Symbol>,
    /// Its type, in terms of the declaration's type parameters.
    pub ty: Ty,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Fn {
    /// Its own name.
    pub name: Symbol,
    /// Module path, receiver type and name: for people and for symbols.
    pub path: String,
    /// Type parameters: those of the `impl` first, then its own.
    pub generics: Vec<Generic>,
    /// Parameters, the receiver first.
    pub params: Vec<Param>,
    /// The type of its value.
    pub ret: Ty,
    /// What it does.
    pub body: FnBody,
    /// Its name in source.
    pub span: Span,
    /// Whether it belongs to the standard library: a panic in it names the place of its call.
    pub library: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name; `self` for the receiver.
    pub name: Symbol,
    /// Its type.
    pub ty: Ty,
    /// `mut`: goes in and out.
    pub mutable: bool,
    /// Its name in source.
    pub span: Span,
}

/// What a function does.
#[derive(Clone, Debug)]
pub enum FnBody {
    /// Its own code; its first locals are its parameters.
    Wyn(Body),
    /// An operation of the compiler or the runtime.
    Intrinsic(Intrinsic),
}

/// A module-level constant.
#[derive(Clone, Debug)]
pub struct Const {
    /// Its name.
    pub name: Symbol,
    /// Module path and name.
    pub path: String,
    /// Its type.
    pub ty: Ty,
    /// The locals of its initialiser and the initialiser itself.
    pub body: Body,
    /// Its name in source.
    pub span: Span,
}

/// A place where a type and an expression meet: an expression with its locals.
impl Body {
    /// The type of the body's value.
    #[must_use]
    pub fn ty(&self) -> Ty {
        let value: &Expr = &self.value;
        value.ty
    }
}
