//! Paths into values: fields and checked indices, to read and to write.
//!
//! A path is walked twice: first the index expressions are evaluated, then, when everything else
//! that belongs to the operation has been evaluated too, arrays and cells on the way are made unique
//! (to write), the indices are checked and keys of maps looked up. So nothing can change between a
//! check and the access. What an entry of a map is made of is in [`entry`](crate::entry).

use wyn_base::Span;
use wyn_hir::{Expr, ExprKind, LocalId};
use wyn_mir::ownership::boxed;
use wyn_mir::{BinOp, IntTy, Local, Operand, Place, Proj, Rvalue, StmtKind, TermKind, Trap, Ty, TyKind};

use crate::body::Builder;
use crate::entry::EntryStep;

/// A path whose indices are evaluated but not checked.
pub(crate) struct Path {
    root: Place,
    steps: Vec<PathStep>,
}

enum PathStep {
    /// A field, and whether the value that has it is boxed.
    Field(u32, bool),
    Index(Local, Span),
    Entry(EntryStep, Span),
}

/// What a path is walked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Whether an expression names a place, or a part of a temporary.
pub(crate) fn is_place(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::Entry(_))
}

/// The variable that a place expression leads into.
pub(crate) fn root(expr: &Expr) -> Option<LocalId> {
    match &expr.kind {
        ExprKind::Local(local) => Some(*local),
        ExprKind::Field(base, _) | ExprKind::Index(base, _) => root(base),
        ExprKind::Entry(entry) => root(&entry.map),
        _ => None,
    }
}

impl<'h> Builder<'_, 'h> {
    /// The place of an expression, to be read at once; a temporary for other values.
    pub(crate) fn place(&mut self, expr: &'h Expr) -> Place {
        let path = self.path(expr);
        self.walk(&path, Access::Read)
    }

    /// Evaluates the indices of a place expression.
    pub(crate) fn path(&mut self, expr: &'h Expr) -> Path {
        match &expr.kind {
            ExprKind::Local(local) => Path { root: self.variable(*local), steps: Vec::new() },
            ExprKind::Field(base, field) => {
                let mut path = self.path(base);
                let field = u32::try_from(*field).expect("a field's number fits");
                path.steps.push(PathStep::Field(field, boxed(base.ty, &self.cx.hir.adts)));
                path
            }
            ExprKind::Index(base, index) => {
                let mut path = self.path(base);
                let local = self.index_local(index);
                path.steps.push(PathStep::Index(local, expr.span));
                path
            }
            ExprKind::Entry(entry) => {
                let mut path = self.path(&entry.map);
                let step = self.entry_step(entry);
                path.steps.push(PathStep::Entry(step, expr.span));
                path
            }
            _ => Path { root: self.temp_of(expr).into(), steps: Vec::new() },
        }
    }

    /// Checks the indices of a path and gives its place; to write, arrays and cells are made unique first.
    pub(crate) fn walk(&mut self, path: &Path, access: Access) -> Place {
        let mut place = path.root.clone();
        for step in &path.steps {
            place = match step {
                PathStep::Field(field, boxed) => {
                    if *boxed && access == Access::Write {
                        self.push(StmtKind::EnsureUnique(place.clone()));
                    }
                    place.then(Proj::Field(*field))
                }
                PathStep::Index(index, span) => {
                    let outer = std::mem::replace(&mut self.span, *span);
                    if access == Access::Write {
                        self.push(StmtKind::EnsureUnique(place.clone()));
                    }
                    self.check_bounds(&place, *index);
                    self.span = outer;
                    place.then(Proj::Index(*index))
                }
                PathStep::Entry(step, span) => {
                    let outer = std::mem::replace(&mut self.span, *span);
                    let value = self.entry_value(&place, step, access);
                    self.span = outer;
                    value
                }
            };
        }
        place
    }

    /// Makes the array in a place of fields unique. A loop through it that may change its elements asks for that in each
    /// iteration, whatever the body does there: so it can be asked in front of the loop.
    pub(crate) fn make_unique(&mut self, array: &'h Expr) {
        let mut base = array;
        while let ExprKind::Field(outer, _) = &base.kind {
            base = outer;
        }
        if matches!(base.kind, ExprKind::Local(_)) {
            let path = self.path(array);
            let place = self.walk(&path, Access::Write);
            self.push(StmtKind::EnsureUnique(place));
        }
    }

    /// A local that holds an index and is not written again.
    fn index_local(&mut self, index: &'h Expr) -> Local {
        if let ExprKind::Local(local) = index.kind
            && !self.declaration(local).mutable
            && let Some(local) = self.variable(local).as_local()
        {
            return local;
        }
        self.temp_of(index)
    }

    fn check_bounds(&mut self, array: &Place, index: Local) {
        let len = self.computed(Ty::int(), Rvalue::Len(array.clone()));
        let index = Operand::Borrow(index.into());
        let len = Operand::Borrow(len.into());
        let below = self.below(index.clone(), len.clone());
        self.assert(below, true, Trap::Bounds(index, len));
    }

    /// Whether an `int` is at least zero and below another that is not negative: one unsigned
    /// comparison.
    pub(crate) fn below(&mut self, value: Operand, limit: Operand) -> Operand {
        let unsigned = Ty::new(TyKind::Int(IntTy::U64));
        let value = self.computed(unsigned, Rvalue::Convert(value, unsigned));
        let limit = match limit {
            Operand::Const(wyn_mir::Const::Int(limit, _)) => {
                Operand::Const(wyn_mir::Const::Int(limit, unsigned))
            }
            limit => Operand::Borrow(self.computed(unsigned, Rvalue::Convert(limit, unsigned)).into()),
        };
        let value = Operand::Borrow(value.into());
        Operand::Borrow(self.computed(Ty::bool(), Rvalue::Binary(BinOp::Lt, value, limit)).into())
    }

    /// Raises a trap unless a condition is as expected.
    pub(crate) fn assert(&mut self, cond: Operand, expected: bool, trap: Trap) {
        let unwind = Some(self.unwind());
        let target = self.new_block();
        self.end_into(TermKind::Assert { cond, expected, trap, target, unwind }, target);
    }

    /// `place = value`.
    pub(crate) fn assign_expr(&mut self, target: &'h Expr, value: &'h Expr) {
        if let ExprKind::Entry(entry) = &target.kind {
            return self.set_entry(entry, value, target.span);
        }
        let path = self.path(target);
        if path.steps.is_empty() && is_scalar(target.ty) && writes_last(value) {
            return self.store(&path.root, value);
        }
        let value = match self.constant(value) {
            Some(value) => Operand::Const(value),
            None => Operand::Move(self.temp_of(value).into()),
        };
        let place = self.walk(&path, Access::Write);
        if self.counted(target.ty) {
            self.push(StmtKind::Drop(place.clone()));
        }
        self.assign_operand(&place, value);
    }
}

/// Whether values of this type are single words that own nothing.
pub(crate) fn is_scalar(ty: Ty) -> bool {
    matches!(
        ty.kind(),
        TyKind::Unit | TyKind::Bool | TyKind::Int(_) | TyKind::F64 | TyKind::F32 | TyKind::Char
    )
}

/// Whether lowering into a destination writes it only when everything else is done.
pub(crate) fn writes_last(value: &Expr) -> bool {
    match value.kind {
        ExprKind::Lit(_)
        | ExprKind::Local(_)
        | ExprKind::Const(_)
        | ExprKind::FnValue(..)
        | ExprKind::Field(..)
        | ExprKind::Index(..)
        | ExprKind::Entry(_)
        | ExprKind::Unary(..)
        | ExprKind::Convert(_)
        | ExprKind::Call(..)
        | ExprKind::CallValue(..)
        | ExprKind::Tuple(_)
        | ExprKind::Array(_)
        | ExprKind::ArrayFill(..)
        | ExprKind::Adt(..)
        | ExprKind::Update(..)
        | ExprKind::Closure(_)
        | ExprKind::Spawn(..)
        | ExprKind::SpawnValue(..)
        | ExprKind::SpawnBlock(..)
        | ExprKind::Await(_) => true,
        // Strings and arrays are put together in the destination.
        ExprKind::Binary(..) => is_scalar(value.ty),
        _ => false,
    }
}
