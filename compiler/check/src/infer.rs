//! Inference variables of one body: unification and resolution.
//!
//! Variables live for one function body with its closures. A variable made for a number literal
//! takes number types only and falls back to `int` or `float`. `never` and the error type are not
//! unified here: coercion deals with the first, and the second agrees with everything.

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::Span;
use wyn_base::diagnostic::Reported;
use wyn_hir::{IntTy, Ty, TyKind};

/// Types that are asked for so often that interning them again would show.
#[derive(Clone, Copy)]
pub(crate) struct Common {
    pub(crate) unit: Ty,
    pub(crate) never: Ty,
    pub(crate) bool: Ty,
    pub(crate) int: Ty,
    pub(crate) float: Ty,
    pub(crate) char: Ty,
    pub(crate) string: Ty,
    error: Ty,
}

impl Common {
    pub(crate) fn new() -> Self {
        Self {
            unit: Ty::unit(),
            never: Ty::never(),
            bool: Ty::bool(),
            int: Ty::int(),
            float: Ty::float(),
            char: Ty::new(TyKind::Char),
            string: Ty::string(),
            error: Ty::new(TyKind::Error),
        }
    }

    /// The type that agrees with every other: there is one only where a mistake was reported.
    pub(crate) fn error(&self, _: Reported) -> Ty {
        self.error
    }
}

/// What a variable may stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VarKind {
    /// Any type.
    Any,
    /// The type of an integer literal: any number type.
    Number,
    /// The type of a float literal.
    Float,
}

#[derive(Clone, Copy)]
enum Var {
    Free(VarKind, Span),
    /// What it stands for, and what it might have stood for before.
    Bound(Ty, VarKind),
}

/// The variables of a body.
#[derive(Default)]
pub(crate) struct Infer {
    vars: Vec<Var>,
    /// The type `Infer(n)` at position `n`, kept from body to body.
    handles: Vec<Ty>,
    /// Whether a compound type has variables in it.
    open: FxHashMap<Ty, bool>,
    /// Large types that were made equal.
    equal: FxHashSet<(Ty, Ty)>,
}

impl Infer {
    /// Forgets the variables of the last body.
    pub(crate) fn reset(&mut self) {
        self.vars.clear();
        self.equal.clear();
    }

    /// A new variable; `span` is where to complain when nothing determines it.
    pub(crate) fn fresh(&mut self, kind: VarKind, span: Span) -> Ty {
        let at = self.vars.len();
        self.vars.push(Var::Free(kind, span));
        if at == self.handles.len() {
            self.handles.push(Ty::new(TyKind::Infer(at as u32)));
        }
        self.handles[at]
    }

    /// Follows bindings of the outermost constructor.
    pub(crate) fn shallow(&self, mut ty: Ty) -> Ty {
        while let TyKind::Infer(at) = ty.kind() {
            match self.vars[*at as usize] {
                Var::Bound(to, _) => ty = to,
                Var::Free(..) => break,
            }
        }
        ty
    }

    /// The kind of an unbound variable; `None` for everything else.
    pub(crate) fn var_kind(&self, ty: Ty) -> Option<VarKind> {
        match self.shallow(ty).kind() {
            TyKind::Infer(at) => match self.vars[*at as usize] {
                Var::Free(kind, _) => Some(kind),
                Var::Bound(..) => None,
            },
            _ => None,
        }
    }

    /// Whether nothing in the type was ever to be inferred.
    pub(crate) fn is_fixed(&mut self, ty: Ty) -> bool {
        !self.is_open(ty)
    }

    /// Whether the type was that of a literal before it became known.
    pub(crate) fn began_as_number(&self, mut ty: Ty) -> bool {
        while let TyKind::Infer(at) = ty.kind() {
            match self.vars[*at as usize] {
                Var::Bound(to, VarKind::Any) => ty = to,
                Var::Bound(..) => return true,
                Var::Free(kind, _) => return kind != VarKind::Any,
            }
        }
        false
    }

    fn is_open(&mut self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Infer(_) => return true,
            TyKind::Tuple(_)
            | TyKind::Array(_)
            | TyKind::Fn(..)
            | TyKind::Future(_)
            | TyKind::Sender(_)
            | TyKind::Receiver(_)
            | TyKind::Mutex(_)
            | TyKind::Atomic(_) => {}
            TyKind::Adt(_, _, args) if !args.is_empty() => {}
            _ => return false,
        }
        if let Some(&known) = self.open.get(&ty) {
            return known;
        }
        let open = ty.parts().into_iter().any(|part| self.is_open(part));
        self.open.insert(ty, open);
        open
    }

    /// Follows all bindings inside the type.
    pub(crate) fn deep(&mut self, ty: Ty) -> Ty {
        if !self.is_open(ty) {
            return ty;
        }
        ty.map(&mut |part| {
            let TyKind::Infer(at) = part.kind() else { return part };
            let seen = self.shallow(part);
            if seen == part {
                return part;
            }
            // What was found is kept: a chain of bindings may double at each link.
            let kind = if self.began_as_number(part) { VarKind::Number } else { VarKind::Any };
            let found = self.deep(seen);
            self.vars[*at as usize] = Var::Bound(found, kind);
            found
        })
    }

    /// Follows all bindings; a number variable becomes `int` or `float`, and `unknown` says what
    /// another unbound variable becomes.
    pub(crate) fn settle(&mut self, ty: Ty, common: &Common, unknown: &mut impl FnMut(Span) -> Ty) -> Ty {
        if !self.is_open(ty) {
            return ty;
        }
        let ty = self.deep(ty);
        ty.map(&mut |part| match part.kind() {
            TyKind::Infer(at) => match self.vars[*at as usize] {
                Var::Free(VarKind::Number, _) => common.int,
                Var::Free(VarKind::Float, _) => common.float,
                Var::Free(VarKind::Any, span) => {
                    let ty = unknown(span);
                    self.vars[*at as usize] = Var::Bound(ty, VarKind::Any);
                    ty
                }
                Var::Bound(ty, _) => ty,
            },
            _ => part,
        })
    }

    /// Whether an unbound variable of any kind is left in the type.
    pub(crate) fn is_unknown(&mut self, ty: Ty) -> bool {
        let ty = self.deep(ty);
        ty.any(&mut |part| self.var_kind(part) == Some(VarKind::Any))
    }

    fn occurs(&mut self, var: Ty, ty: Ty) -> bool {
        self.is_open(ty) && self.deep(ty).any(&mut |part| part == var)
    }

    fn bind(&mut self, var: Ty, ty: Ty) -> bool {
        let TyKind::Infer(at) = var.kind() else { return false };
        let Var::Free(kind, span) = self.vars[*at as usize] else { return false };
        if let TyKind::Infer(other) = ty.kind() {
            if let Var::Free(other_kind, other_span) = self.vars[*other as usize] {
                let merged = match (kind, other_kind) {
                    (VarKind::Any, k) | (k, VarKind::Any) => k,
                    (VarKind::Float, _) | (_, VarKind::Float) => VarKind::Float,
                    _ => VarKind::Number,
                };
                // The older variable stays: a variable of many uses is reached from each in one step.
                let (older, newer, to) = if at < other { (at, other, var) } else { (other, at, ty) };
                let span = if at < other { span } else { other_span };
                self.vars[*older as usize] = Var::Free(merged, span);
                self.vars[*newer as usize] = Var::Bound(to, merged);
            }
            return true;
        }
        let fits = match kind {
            VarKind::Any => !self.occurs(var, ty),
            VarKind::Number => {
                matches!(ty.kind(), TyKind::Int(_) | TyKind::F64 | TyKind::F32 | TyKind::Error)
            }
            VarKind::Float => matches!(ty.kind(), TyKind::F64 | TyKind::F32 | TyKind::Error),
        };
        if fits {
            self.vars[*at as usize] = Var::Bound(ty, kind);
        }
        fits
    }

    /// Makes two types equal, or says that they cannot be. A failed attempt may have bound
    /// variables of parts that did agree.
    pub(crate) fn unify(&mut self, a: Ty, b: Ty) -> bool {
        if a == b {
            return true;
        }
        let (a, b) = (self.shallow(a), self.shallow(b));
        if a == b {
            return true;
        }
        if !(a.is_large() && b.is_large()) {
            return self.unify_parts(a, b);
        }
        self.equal.contains(&(a, b)) || (self.unify_parts(a, b) && self.equal.insert((a, b)))
    }

    fn unify_parts(&mut self, a: Ty, b: Ty) -> bool {
        match (a.kind(), b.kind()) {
            (TyKind::Infer(_), _) => self.bind(a, b),
            (_, TyKind::Infer(_)) => self.bind(b, a),
            (TyKind::Error, _) | (_, TyKind::Error) => true,
            (TyKind::Tuple(xs), TyKind::Tuple(ys)) => self.unify_all(xs, ys),
            (TyKind::Adt(x, _, xs), TyKind::Adt(y, _, ys)) => x == y && self.unify_all(xs, ys),
            (TyKind::Fn(xs, x), TyKind::Fn(ys, y)) => self.unify_all(xs, ys) && self.unify(*x, *y),
            (TyKind::Array(x), TyKind::Array(y))
            | (TyKind::Future(x), TyKind::Future(y))
            | (TyKind::Sender(x), TyKind::Sender(y))
            | (TyKind::Receiver(x), TyKind::Receiver(y))
            | (TyKind::Mutex(x), TyKind::Mutex(y))
            | (TyKind::Atomic(x), TyKind::Atomic(y)) => self.unify(*x, *y),
            _ => false,
        }
    }

    fn unify_all(&mut self, xs: &[Ty], ys: &[Ty]) -> bool {
        xs.len() == ys.len() && xs.iter().zip(ys).all(|(&x, &y)| self.unify(x, y))
    }
}

/// Whether a value of this type is a number.
pub(crate) fn is_number(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Int(_) | TyKind::F64 | TyKind::F32)
}

/// The integer type with this name, short names included.
pub(crate) fn int_named(name: &str) -> Option<IntTy> {
    Some(match name {
        "int" | "i64" => IntTy::I64,
        "byte" | "u8" => IntTy::U8,
        "i8" => IntTy::I8,
        "i16" => IntTy::I16,
        "i32" => IntTy::I32,
        "u16" => IntTy::U16,
        "u32" => IntTy::U32,
        "u64" => IntTy::U64,
        _ => return None,
    })
}
