//! Declarations.

use wyn_base::{Span, Symbol};

use super::{Block, Expr, Name, Path, Type};

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
