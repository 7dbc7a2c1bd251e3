//! Where the type of a value comes from: the declaration that one would change to make the value another type.
//!
//! Takes a checked expression, gives the place of a written type, or of the value that gave a name its type.
//! Nothing here is needed to check a program; it decides where a mismatch is told ([`crate::disputes`]).

use wyn_base::Span;
use wyn_hir as hir;
use wyn_hir::{Arg, ExprKind, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::FnCx;

/// What gave a value its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Origin {
    pub(crate) span: Span,
    /// Whether a type is written there, and not only a value.
    pub(crate) written: bool,
    /// Of a value: where a type is written that gave the value its own.
    pub(crate) behind: Option<Span>,
}

impl Origin {
    /// A type that is written.
    pub(crate) fn written(span: Span) -> Self {
        Self { span, written: true, behind: None }
    }

    /// A place that has its type from a value.
    pub(crate) fn value(span: Span) -> Self {
        Self { span, written: false, behind: None }
    }

    /// Whether it is known where the type is written.
    pub(crate) fn is_rooted(self) -> bool {
        self.written_at().is_some()
    }

    /// The written type, if that is known.
    /// Where a type is written that decided, if one is.
    pub(crate) fn written_at(self) -> Option<Span> {
        if self.written { Some(self.span) } else { self.behind }
    }
}

/// What decided the types of a closure's parameters and of its result.
#[derive(Clone, Default, Debug)]
pub(crate) struct DecidedFn {
    pub(crate) params: Vec<Option<Origin>>,
    pub(crate) result: Option<Origin>,
}

/// How many expressions are looked at on the way to a declaration.
const FUEL: u32 = 24;

impl FnCx<'_, '_> {
    /// The declaration that gave a value its type.
    pub(crate) fn origin(&self, value: &hir::Expr) -> Option<Origin> {
        // Nobody changes the standard library.
        if self.is_std() { None } else { self.trace(value, &mut FUEL.clone()) }
    }

    fn trace(&self, value: &hir::Expr, fuel: &mut u32) -> Option<Origin> {
        *fuel = fuel.checked_sub(1)?;
        match &value.kind {
            ExprKind::Local(id) => self.frames.last()?.local(*id).origin,
            ExprKind::Const(id) => {
                let item = self.w.consts[*id].item;
                let written = item.ty.as_ref().map(|ty| Origin::written(ty.span));
                Some(written.unwrap_or_else(|| Origin::value(item.value.span)))
            }
            ExprKind::Field(base, at) => self.field_origin(base, *at).or_else(|| self.trace(base, fuel)),
            ExprKind::Call(id, _, args) => {
                let sig = &self.w.fns[*id].sig;
                if !sig.ret.is_generic() {
                    return Some(Origin::written(sig.ret_span));
                }
                let mut params = sig.params.iter().zip(args).filter(|(param, _)| shares(param.ty, sig.ret));
                params.find_map(|(_, arg)| match arg {
                    Arg::Value(value) | Arg::Mut(value) => self.trace(value, fuel),
                })
            }
            ExprKind::Spawn(_, id, ..) => Some(Origin::written(self.w.fns[*id].sig.ret_span)),
            ExprKind::FnValue(id, _) => Some(Origin::written(self.w.fns[*id].sig.ret_span)),
            ExprKind::Closure(closure) | ExprKind::SpawnBlock(_, closure) => {
                self.given_by.get(&closure.body.value.span).copied()
            }
            // A type argument comes from the first value that mentions it.
            ExprKind::Adt(id, at, fields) => {
                let declared = &self.w.adts[*id].variants[*at].fields;
                let mut generic = fields.iter().filter(|(n, _)| declared[*n].ty.is_generic());
                generic.find_map(|(_, value)| self.trace(value, fuel))
            }
            ExprKind::Array(elements) => elements.iter().find_map(|element| self.trace(element, fuel)),
            ExprKind::Entry(entry) => self.trace(&entry.map, fuel),
            ExprKind::CallValue(inner, _)
            | ExprKind::SpawnValue(_, inner, _)
            | ExprKind::Index(inner, _)
            | ExprKind::Await(inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::ArrayFill(inner, _)
            | ExprKind::Update(inner, _) => self.trace(inner, fuel),
            ExprKind::Binary(op, left, right) if !compares(*op) => {
                self.trace(left, fuel).or_else(|| self.trace(right, fuel))
            }
            ExprKind::If(_, then, otherwise) => {
                self.trace(then, fuel).or_else(|| self.trace(otherwise.as_deref()?, fuel))
            }
            // `a ?? b` and `a?`, taken apart.
            ExprKind::Match(value_in, arms) if self.opens(value_in, value.ty) => {
                self.trace(value_in, fuel).or_else(|| self.trace(&arms.last()?.body, fuel))
            }
            ExprKind::Match(_, arms) => arms.iter().find_map(|arm| self.trace(&arm.body, fuel)),
            ExprKind::Nursery(nursery) if !nursery.is_timed() => self.trace(&nursery.body, fuel),
            ExprKind::Select(select) => select.arms.iter().find_map(|arm| self.trace(&arm.body, fuel)),
            ExprKind::Block(block) => self.trace(block.value.as_deref()?, fuel),
            _ => None,
        }
    }

    /// Whether a match on an option or a `Result` gives what is inside.
    fn opens(&self, value: &hir::Expr, inside: Ty) -> bool {
        let ty = self.infer.shallow(value.ty);
        let inner = self.w.option_inner(ty).or_else(|| Some(self.w.result_parts(ty)?.0));
        inner.is_some_and(|inner| self.infer.shallow(inner) == self.infer.shallow(inside))
    }

    /// The declaration of a field whose type does not depend on type arguments.
    fn field_origin(&self, base: &hir::Expr, at: usize) -> Option<Origin> {
        let TyKind::Adt(id, ..) = self.infer.shallow(base.ty).kind() else { return None };
        self.payload_origin(*id, 0, at)
    }

    /// The declaration of what a variant carries, if its type does not depend on type arguments.
    pub(crate) fn payload_origin(&self, id: hir::AdtId, variant: usize, at: usize) -> Option<Origin> {
        let field = self.w.adts[id].variants.get(variant)?.fields.get(at)?;
        let info = self.w.adt_info[id].fields.get(variant)?.get(at)?;
        (!field.ty.is_generic()).then(|| Origin::written(info.span))
    }

    /// Remembers what gave a local its type, if that is known.
    pub(crate) fn set_origin(&mut self, id: hir::LocalId, origin: Option<Origin>) {
        let local = self.frame().local_mut(id);
        local.origin = origin.or(local.origin);
    }

    /// Remembers for the parts of a tuple that is written out and taken apart where they come from.
    pub(crate) fn origins_of_parts(&mut self, pat: &hir::Pat, value: &hir::Expr) {
        let (hir::PatKind::Tuple(pats), ExprKind::Tuple(values)) = (&pat.kind, &value.kind) else { return };
        for (pat, value) in pats.iter().zip(values) {
            if let hir::PatKind::Bind(local) = pat.kind {
                let behind = self.origin(value).and_then(Origin::written_at);
                self.set_origin(local, Some(Origin { behind, ..Origin::value(value.span) }));
            }
            self.origins_of_parts(pat, value);
        }
    }

    /// Where a name has its type from that is declared with this value.
    pub(crate) fn declared_by(&self, written: &ast::LetStmt, value: &hir::Expr) -> Origin {
        if let Some(ty) = &written.ty {
            return Origin::written(ty.span);
        }
        let span = written.value.span;
        if writes_types(&written.value) {
            return Origin::written(span);
        }
        Origin { behind: self.origin(value).and_then(Origin::written_at), ..Origin::value(span) }
    }
}

/// Whether a value is made with type arguments that are written, as in `channel<int>(4)`.
fn writes_types(value: &ast::Expr) -> bool {
    let mut value = value.unparenthesized();
    loop {
        value = match &value.kind {
            ast::ExprKind::Call { callee, .. } => callee,
            ast::ExprKind::Field { name, .. } if !name.args.is_empty() => return true,
            ast::ExprKind::Field { base, .. } => base,
            ast::ExprKind::Name(segment) => return !segment.args.is_empty(),
            _ => return false,
        };
    }
}

/// Whether a type parameter of one type is part of another.
fn shares(one: Ty, other: Ty) -> bool {
    one.any(&mut |part| matches!(part.kind(), TyKind::Param(..)) && other.any(&mut |other| other == part))
}

pub(crate) fn compares(op: hir::BinOp) -> bool {
    use hir::BinOp as B;
    matches!(op, B::Eq | B::Ne | B::Lt | B::Le | B::Gt | B::Ge)
}
