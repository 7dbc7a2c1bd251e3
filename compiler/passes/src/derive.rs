//! Derives `Show`, `Eq`, `Ord` and `Hash` structurally.
//!
//! *Requires* Built, monomorphised. *Ensures* the intrinsics `Show`, `ShowNested`, `ShowFormatted`,
//! `Eq`, `Cmp` and `HashValue` are gone, except for `Cmp` of numbers, bools and chars as a statement. On strings and
//! primitives they are runtime functions and comparisons; on a type that brings a function of its own
//! calls of that; on every other type calls of glue bodies (one per operation and type), which are Built
//! bodies like any other.

use rustc_hash::FxHashMap;
use wyn_base::{Diagnostics, IndexVec, Span};
use wyn_mir::{
    Arg, BinOp, Body, BodyId, BodyKind, BodyRef, Callee, Const, IntTy, Intrinsic, LocalDecl, LocalKind,
    Operand, Place, Program, Rvalue, Stmt, StmtKind, TermKind, Ty, TyKind,
};

use crate::glue;
use crate::mono::Mono;
use crate::ordinal;

/// The glue made so far, by operation and type.
type Made = FxHashMap<(Intrinsic, Ty), BodyId>;

/// Rewrites all bodies; the glue and the instances they need are appended and rewritten in turn.
pub(crate) fn run(program: &mut Program, mono: &mut Mono, diagnostics: &mut Diagnostics) {
    let mut pass = Derive { mono, made: Made::default(), diagnostics };
    let mut at = 0;
    while at < program.bodies.len() {
        let id: BodyId = wyn_base::Idx::new(at);
        for block in program.bodies[id].blocks.indices() {
            rewrite(program, id, block, &mut pass);
        }
        at += 1;
    }
}

struct Derive<'a> {
    mono: &'a mut Mono,
    made: Made,
    diagnostics: &'a mut Diagnostics,
}

fn rewrite(program: &mut Program, id: BodyId, block: wyn_mir::BlockId, pass: &mut Derive<'_>) {
    let term = &program.bodies[id].blocks[block].term;
    let span = term.span;
    let TermKind::Call {
        callee: Callee::Intrinsic(operation, types), args, dest, target: Some(target), ..
    } = &term.kind
    else {
        return;
    };
    let (operation, target, dest, args) = (*operation, *target, dest.clone(), args.clone());
    if !matches!(
        operation,
        Intrinsic::Show
            | Intrinsic::ShowNested
            | Intrinsic::ShowFormatted
            | Intrinsic::Eq
            | Intrinsic::Cmp
            | Intrinsic::HashValue
            | Intrinsic::Ordinal
            | Intrinsic::FromOrdinal
    ) {
        return;
    }
    let ty = types[0];
    if matches!(operation, Intrinsic::Ordinal | Intrinsic::FromOrdinal) {
        return ordinal::rewrite(&mut program.bodies[id], block, operation, ty, dest, &args);
    }
    if let Some(stmts) = primitive(&mut program.bodies[id], operation, ty, dest, &args, span) {
        let block = &mut program.bodies[id].blocks[block];
        block.stmts.extend(stmts.into_iter().map(|kind| Stmt { kind, span }));
        block.term.kind = TermKind::Goto(target);
        return;
    }
    let glue = glue_for(program, operation, ty, pass);
    let callee = Callee::Body(BodyRef { body: glue, args: Vec::new() });
    if let TermKind::Call { callee: called, args, .. } = &mut program.bodies[id].blocks[block].term.kind {
        *called = callee;
        // The glue of a structured type knows no formats.
        args.truncate(2);
    }
}

/// The operation as statements, when the type needs no glue.
fn primitive(
    body: &mut Body,
    operation: Intrinsic,
    ty: Ty,
    dest: Place,
    args: &[Arg],
    span: Span,
) -> Option<Vec<StmtKind>> {
    match operation {
        Intrinsic::Show | Intrinsic::ShowNested | Intrinsic::ShowFormatted => {
            show(body, operation, ty, dest, args, span)
        }
        Intrinsic::HashValue => hash(ty, dest, args).map(|stmt| vec![stmt]),
        _ => compare(operation, ty, dest, args).map(|stmt| vec![stmt]),
    }
}

/// Hashes an integer, bool, char, string or `()`.
fn hash(ty: Ty, dest: Place, args: &[Arg]) -> Option<StmtKind> {
    let function = match ty.kind() {
        TyKind::Unit => {
            let Arg::Value(state) = &args[1] else { return None };
            return Some(StmtKind::Assign(dest, Rvalue::Use(state.clone())));
        }
        TyKind::Int(_) | TyKind::Bool | TyKind::Char => Intrinsic::HashWord,
        TyKind::String => Intrinsic::HashString,
        _ => return None,
    };
    Some(StmtKind::Intrinsic(dest, function, Vec::new(), args.to_vec()))
}

/// Shows a number, bool, char, string or `()`: the runtime knows the widest type of each kind.
fn show(
    body: &mut Body,
    operation: Intrinsic,
    ty: Ty,
    dest: Place,
    args: &[Arg],
    span: Span,
) -> Option<Vec<StmtKind>> {
    let nested = operation == Intrinsic::ShowNested;
    let formatted = operation == Intrinsic::ShowFormatted;
    let u64 = || Ty::new(TyKind::Int(IntTy::U64));
    let (function, widest) = match ty.kind() {
        TyKind::Int(int) if formatted && int.signed() => (Intrinsic::FormatInt, Ty::int()),
        TyKind::Int(_) if formatted => (Intrinsic::FormatUint, u64()),
        TyKind::F64 if formatted => (Intrinsic::FormatFloat, ty),
        TyKind::F32 if formatted => (Intrinsic::FormatF32, ty),
        TyKind::String if formatted => (Intrinsic::FormatString, ty),
        TyKind::Unit => {
            let text = Arg::Value(Operand::Const(Const::Str("()".into())));
            let args = vec![args[0].clone(), text];
            return Some(vec![StmtKind::Intrinsic(dest, Intrinsic::StringAppend, Vec::new(), args)]);
        }
        TyKind::Int(int) if int.signed() => (Intrinsic::ShowInt, Ty::int()),
        TyKind::Int(_) => (Intrinsic::ShowUint, u64()),
        TyKind::F64 => (Intrinsic::ShowFloat, ty),
        TyKind::F32 => (Intrinsic::ShowF32, ty),
        TyKind::Bool => (Intrinsic::ShowBool, ty),
        TyKind::Char if nested => (Intrinsic::ShowCharQuoted, ty),
        TyKind::Char => (Intrinsic::ShowChar, ty),
        TyKind::String if nested => (Intrinsic::ShowStringQuoted, ty),
        TyKind::String => (Intrinsic::StringAppend, ty),
        _ => return None,
    };
    let mut args = args[..function.args().len()].to_vec();
    if widest == ty {
        return Some(vec![StmtKind::Intrinsic(dest, function, Vec::new(), args)]);
    }
    let Arg::Value(value) = args[1].clone() else { return None };
    let wide = body.locals.push(LocalDecl { ty: widest, name: None, kind: LocalKind::Temp, span });
    args[1] = Arg::Value(Operand::Borrow(wide.into()));
    Some(vec![
        StmtKind::Assign(wide.into(), Rvalue::Convert(value, widest)),
        StmtKind::Intrinsic(dest, function, Vec::new(), args),
    ])
}

fn compare(operation: Intrinsic, ty: Ty, dest: Place, args: &[Arg]) -> Option<StmtKind> {
    let [Arg::Value(a), Arg::Value(b)] = args else { return None };
    let constant = |value| StmtKind::Assign(dest.clone(), Rvalue::Use(Operand::Const(value)));
    Some(match (operation, ty.kind()) {
        (Intrinsic::Eq, TyKind::Unit) => constant(Const::Bool(true)),
        (_, TyKind::Unit) => constant(Const::Int(0, Ty::int())),
        (Intrinsic::Eq, TyKind::String) => {
            StmtKind::Intrinsic(dest, Intrinsic::StringEq, Vec::new(), args.to_vec())
        }
        (_, TyKind::String) => StmtKind::Intrinsic(dest, Intrinsic::StringCompare, Vec::new(), args.to_vec()),
        (_, TyKind::Int(_) | TyKind::F64 | TyKind::F32 | TyKind::Bool | TyKind::Char) => match operation {
            Intrinsic::Eq => StmtKind::Assign(dest, Rvalue::Binary(BinOp::Eq, a.clone(), b.clone())),
            _ => StmtKind::Intrinsic(dest, operation, vec![ty], args.to_vec()),
        },
        _ => return None,
    })
}

/// The body that does the operation for a type.
fn glue_for(program: &mut Program, operation: Intrinsic, ty: Ty, pass: &mut Derive<'_>) -> BodyId {
    // What a value looks like inside another is what it looks like alone, strings and chars apart.
    let operation = match operation {
        Intrinsic::ShowNested | Intrinsic::ShowFormatted => Intrinsic::Show,
        other => other,
    };
    if let Some(&known) = pass.made.get(&(operation, ty)) {
        return known;
    }
    let own = pass.mono.ability(&mut program.bodies, operation, ty, pass.diagnostics);
    let id = own.unwrap_or_else(|| {
        program.bodies.push(match operation {
            Intrinsic::Show => glue::show(ty, &program.adts),
            Intrinsic::Eq => glue::equal(ty, &program.adts),
            Intrinsic::HashValue => glue::hash(ty, &program.adts),
            _ => glue::compare(ty, &program.adts),
        })
    });
    pass.made.insert((operation, ty), id);
    id
}

/// An empty glue body; `glue` fills it.
pub(crate) fn empty(name: String, span: wyn_base::Span) -> Body {
    Body {
        name,
        kind: BodyKind::Glue,
        generics: 0,
        params: 2,
        locals: IndexVec::new(),
        blocks: IndexVec::new(),
        span,
        blames_caller: false,
    }
}
