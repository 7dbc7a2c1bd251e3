//! The table of exported runtime functions, as data.
//!
//! Each area (tasks, objects, channels) writes its rows once, in a macro named `<area>_rows`, and everything
//! else is an expansion of that macro with a callback:
//!
//! * [`declare_rows!`](crate::declare_rows) gives `ROWS`, the data from which the compiler declares the functions
//!   in LLVM, and `sig`, one function-pointer type per row;
//! * [`check_hot_rows!`](crate::check_hot_rows) and [`check_slow_rows!`](crate::check_slow_rows) prove, in the
//!   crates that define the functions, that each exported function has exactly the signature of its row;
//! * [`extern_slow_rows!`](crate::extern_slow_rows) declares the slow rows for the fast paths that call them.
//!
//! A row reads
//!
//! ```text
//! /// What it does.
//! hot fn wyn_name(fiber: *mut Fiber, own value: *mut u8) -> bool [suspends unwinds];
//! ```
//!
//! `hot` rows are defined in `wyn-hot` and inlined into programs from bitcode; `slow` rows are defined in
//! `wyn-runtime`. `own` before a parameter means that the callee takes over a reference or the content behind the
//! pointer; everything else is borrowed for the call. A pointer result is owned by the caller.

/// How a value crosses the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbiType {
    /// No value (result only).
    Void,
    /// The function does not return (result only).
    Never,
    /// A pointer.
    Ptr,
    /// A 64-bit integer, signed or not.
    I64,
    /// A 32-bit integer, signed or not.
    I32,
    /// A 64-bit float.
    F64,
    /// A 32-bit float.
    F32,
    /// Two 64-bit integers (result only): LLVM `{ i64, i64 }`, in two registers.
    IntInt,
    /// A 64-bit integer and a 64-bit float (result only): LLVM `{ i64, double }`, in two registers.
    IntFloat,
    /// A 64-bit integer and a pointer (result only): LLVM `{ i64, ptr }`, in two registers.
    IntPtr,
    /// A truth value: LLVM `i1` with the `zeroext` attribute.
    Bool,
}

/// Who owns what a parameter carries after the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The caller keeps it.
    Borrowed,
    /// The callee takes it over.
    Owned,
}

/// No effect at all: the base that a row's effects are set on.
pub const NO_EFFECTS: Effects = Effects { suspends: false, unwinds: false, allocates: false };

/// One parameter of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name, for people.
    pub name: &'static str,
    /// Its type.
    pub ty: AbiType,
    /// Its ownership.
    pub ownership: Ownership,
}

/// What a call may do besides computing its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The calling fiber may be parked and go on under another worker.
    pub suspends: bool,
    /// A panic or a cancellation may leave the call.
    pub unwinds: bool,
    /// Memory may be allocated.
    pub allocates: bool,
}

/// One exported function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The symbol.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [Param],
    /// The result.
    pub ret: AbiType,
    /// The effects of a call.
    pub effects: Effects,
    /// Defined in `wyn-hot` and inlined, rather than in the runtime.
    pub hot: bool,
}

/// A Rust type that may stand in a row.
pub trait AbiValue {
    /// Its place in the table.
    const TYPE: AbiType;
}

/// The result type of a row, seen as `fn() -> R` so that `!` has a place.
pub trait AbiReturn {
    /// Its place in the table.
    const TYPE: AbiType;
}

macro_rules! abi_values {
    ($($rust:ty => $abi:ident),* $(,)?) => {$(
        impl AbiValue for $rust { const TYPE: AbiType = AbiType::$abi; }
        impl AbiReturn for fn() -> $rust { const TYPE: AbiType = AbiType::$abi; }
    )*};
}

abi_values! {
    i64 => I64, u64 => I64, usize => I64, isize => I64, i32 => I32, u32 => I32, f64 => F64, f32 => F32, bool => Bool,
    crate::object::IntPair => IntInt, crate::object::FloatPair => IntFloat, crate::object::StringPair => IntPtr,
}

impl<T> AbiValue for *mut T {
    const TYPE: AbiType = AbiType::Ptr;
}
impl<T> AbiValue for *const T {
    const TYPE: AbiType = AbiType::Ptr;
}
impl<T> AbiReturn for fn() -> *mut T {
    const TYPE: AbiType = AbiType::Ptr;
}
impl<T> AbiReturn for fn() -> *const T {
    const TYPE: AbiType = AbiType::Ptr;
}
impl AbiReturn for fn() {
    const TYPE: AbiType = AbiType::Void;
}
impl AbiReturn for fn() -> ! {
    const TYPE: AbiType = AbiType::Never;
}

/// Expands rows into `ROWS` and into `sig`, the function-pointer types of the rows.
#[macro_export]
macro_rules! declare_rows {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident fn $name:ident ( $( $($word:ident)+ : $ty:ty ),* $(,)? ) $(-> $ret:ty)? [ $($effect:ident)* ];
    )*) => {
        /// The rows of this area.
        pub const ROWS: &[$crate::Row] = &[$(
            $crate::Row {
                name: stringify!($name),
                params: &[$(
                    $crate::Param {
                        name: $crate::row_part!(@name $($word)+),
                        ty: <$ty as $crate::AbiValue>::TYPE,
                        ownership: $crate::row_part!(@own $($word)+),
                    }
                ),*],
                ret: <fn() $(-> $ret)? as $crate::AbiReturn>::TYPE,
                #[allow(clippy::needless_update, reason = "a row may name every effect")]
                effects: $crate::Effects { $($effect: true,)* ..$crate::NO_EFFECTS },
                hot: $crate::row_part!(@hot $kind),
            },
        )*];

        /// The Rust signature of each row.
        #[allow(non_camel_case_types, reason = "a signature is named after its symbol")]
        pub mod sig {
            #[allow(unused_imports, reason = "not every area uses every layout")]
            use super::*;
            $(
                $(#[doc = $doc])*
                pub type $name = unsafe extern "C-unwind" fn($($ty),*) $(-> $ret)?;
            )*
        }
    };
}

/// Proves that the hot functions in scope have the signatures of their rows. Wants `sig` in scope.
#[macro_export]
macro_rules! check_hot_rows {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident fn $name:ident ( $( $($word:ident)+ : $ty:ty ),* $(,)? ) $(-> $ret:ty)? [ $($effect:ident)* ];
    )*) => { $( $crate::row_part! { @if_hot $kind const _: sig::$name = $name; } )* };
}

/// Proves that the slow functions in scope have the signatures of their rows. Wants `sig` in scope.
#[macro_export]
macro_rules! check_slow_rows {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident fn $name:ident ( $( $($word:ident)+ : $ty:ty ),* $(,)? ) $(-> $ret:ty)? [ $($effect:ident)* ];
    )*) => { $( $crate::row_part! { @if_slow $kind const _: sig::$name = $name; } )* };
}

/// Declares the slow rows as external functions, for the fast paths that call them.
#[macro_export]
macro_rules! extern_slow_rows {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident fn $name:ident ( $( $($word:ident)+ : $ty:ty ),* $(,)? ) $(-> $ret:ty)? [ $($effect:ident)* ];
    )*) => { $(
        $crate::row_part! { @if_slow $kind
            unsafe extern "C-unwind" {
                $(#[doc = $doc])*
                pub fn $name($( _: $ty ),*) $(-> $ret)?;
            }
        }
    )* };
}

/// Parts of a row: whether a kind is hot, the name and the ownership of a parameter.
#[doc(hidden)]
#[macro_export]
macro_rules! row_part {
    (@if_hot hot $($item:tt)*) => { $($item)* };
    (@if_hot slow $($item:tt)*) => {};
    (@if_slow slow $($item:tt)*) => { $($item)* };
    (@if_slow hot $($item:tt)*) => {};
    (@hot hot) => { true };
    (@hot slow) => { false };
    (@name own $name:ident) => { stringify!($name) };
    (@name $name:ident) => { stringify!($name) };
    (@own own $name:ident) => { $crate::Ownership::Owned };
    (@own $name:ident) => { $crate::Ownership::Borrowed };
}
