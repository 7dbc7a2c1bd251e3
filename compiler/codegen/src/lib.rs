//! Lowered MIR to LLVM IR, objects and assembly: the only user of LLVM.
//!
//! Takes a [`Program`] in phase Lowered and gives one object file (or text) that, linked with
//! [`embedded::RUNTIME_OBJECT`], is the executable. Codegen translates: ownership, names and types
//! were decided before it, and the boundary to the runtime is read from `wyn_abi`.
//!
//! The way: `cx` holds the module and its tables; `layout` and `signature` say how values lie in
//! memory and travel in calls; `body` translates each body with `place`, `rvalue`, `arith`, `call`,
//! `intrinsic`, `slots` and `task`, all through `builder`; `glue` writes the functions that drop, retain and
//! mark values of a type; `statics` and `tables` write the static data of `wyn_abi`'s layouts;
//! `runtime` declares its functions; `entry` writes `main`. `optimise` inlines the runtime's fast
//! paths and runs LLVM's passes, `polls` gives loops their polls in the midst of these, `prologue` inserts the
//! stack checks afterwards, `debuginfo` keeps
//! lines and variables. The output depends on the program and the options alone.

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the code generator knows x86-64 only: calling convention, stack check and unwinding");

mod arith;
mod atomic;
mod body;
mod builder;
mod call;
mod cx;
mod debuginfo;
pub mod embedded;
mod entry;
mod glue;
mod intrinsic;
mod latent;
mod layout;
mod name;
mod optimise;
mod place;
mod polls;
mod prologue;
mod runtime;
mod rvalue;
mod select;
mod signature;
mod slots;
mod statics;
mod tables;
mod task;

use std::fmt;

use inkwell::context::Context;
use wyn_base::SourceMap;
use wyn_mir::Program;

/// How much to optimise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Opt {
    /// Not at all: the quickest build; the runtime's fast paths are called.
    #[default]
    O0,
    /// LLVM's `-O2`, the runtime's fast paths inlined.
    O2,
    /// LLVM's `-O3`, likewise.
    O3,
}

/// What to give.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Emit {
    /// A relocatable ELF object.
    #[default]
    Object,
    /// LLVM IR as it is after optimisation and stack checks.
    Ir,
    /// Assembly.
    Asm,
}

/// How to compile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// How much to optimise.
    pub opt: Opt,
    /// What to give.
    pub emit: Emit,
    /// Whether to write DWARF line tables and variables.
    pub debug_info: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { opt: Opt::default(), emit: Emit::default(), debug_info: true }
    }
}

/// The result of a compilation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// The bytes of an object file.
    Object(Vec<u8>),
    /// IR or assembly.
    Text(String),
}

/// A mistake of the compiler itself: MIR that breaks its own rules, or IR that LLVM refuses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InternalError(String);

impl InternalError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for InternalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code generation failed: {}", self.0)
    }
}

impl std::error::Error for InternalError {}

impl From<inkwell::builder::BuilderError> for InternalError {
    fn from(error: inkwell::builder::BuilderError) -> Self {
        Self(error.to_string())
    }
}

impl From<inkwell::support::LLVMString> for InternalError {
    fn from(error: inkwell::support::LLVMString) -> Self {
        Self(error.to_string())
    }
}

pub(crate) type Result<T> = std::result::Result<T, InternalError>;

/// Compiles a whole program.
///
/// # Errors
/// Only for mistakes of the compiler; a program that came through the verifier compiles.
pub fn compile(program: &Program, sources: &SourceMap, options: &Options) -> Result<Output> {
    if program.phase != wyn_mir::Phase::Lowered {
        return Err(InternalError::new(format!("the program is in phase {:?}, not Lowered", program.phase)));
    }
    let context = Context::create();
    let machine = optimise::target_machine(options.opt)?;
    let cx = cx::Cx::new(&context, program, sources, options, &machine)?;
    cx.translate()?;
    optimise::run(&cx, &machine)?;
    prologue::insert(&cx)?;
    optimise::emit(&cx, &machine)
}
