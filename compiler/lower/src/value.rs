//! Expressions: as values written to a destination, as operands, for their effect alone.
//!
//! A destination holds nothing when an expression is lowered into it, and nothing reads it before
//! the expression is done.

use wyn_hir::{Expr, ExprKind, Lit};
use wyn_mir::{BodyRef, Const, IntTy, Operand, Place, RETURN, Rvalue, Ty, TyKind};

use crate::body::Builder;
use crate::global;
use crate::place::is_place;
use crate::walk::{before_last_write, may_write};

/// What an operation does with an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It takes the value over.
    Own,
    /// It reads it; whoever holds it keeps it.
    Look,
}

impl<'h> Builder<'_, 'h> {
    /// Evaluates an expression into a place that holds nothing.
    pub(crate) fn store(&mut self, dest: &Place, expr: &'h Expr) {
        let outer = std::mem::replace(&mut self.span, expr.span);
        self.store_kind(dest, expr);
        self.span = outer;
    }

    fn store_kind(&mut self, dest: &Place, expr: &'h Expr) {
        match &expr.kind {
            ExprKind::Lit(_) | ExprKind::Const(_) | ExprKind::FnValue(..) => {
                let value = self.constant(expr).expect("these are constants");
                self.assign_operand(dest, Operand::Const(value));
            }
            ExprKind::Local(_) | ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::Entry(_) => {
                let place = self.place(expr);
                self.assign_operand(dest, Operand::Copy(place));
            }
            ExprKind::Unary(op, operand) => self.unary(dest, *op, operand, expr),
            ExprKind::Binary(op, left, right) => self.binary(dest, *op, left, right),
            ExprKind::And(..) | ExprKind::Or(..) => self.truth_value(dest, expr),
            ExprKind::Convert(operand) => self.convert(dest, operand, expr.ty),
            ExprKind::Call(callee, args, values) => self.call(dest, *callee, args, values, expr.ty),
            ExprKind::CallValue(callee, args) => self.call_value(dest, callee, args, expr.ty),
            ExprKind::Tuple(parts) => {
                let parts = self.operands(&owned(parts));
                self.assign(dest, Rvalue::Tuple(parts));
            }
            ExprKind::Array(elements) => {
                let TyKind::Array(element) = *expr.ty.kind() else {
                    unreachable!("an array has an array type")
                };
                let elements = self.operands(&owned(elements));
                self.assign(dest, Rvalue::Array(element, elements));
            }
            ExprKind::ArrayFill(value, count) => self.array_fill(dest, value, count),
            ExprKind::Adt(_, variant, fields) => self.adt(dest, expr.ty, *variant, fields),
            ExprKind::Update(base, fields) => self.update(dest, expr.ty, base, fields),
            ExprKind::Interpolate(parts) => self.interpolate(dest, parts),
            ExprKind::Assign(place, value) => {
                self.assign_expr(place, value);
                self.done(dest);
            }
            ExprKind::AssignOp(op, place, value) => {
                self.assign_op(*op, place, value);
                self.done(dest);
            }
            ExprKind::Block(block) => self.block(dest, block),
            ExprKind::If(cond, then, otherwise) => self.if_else(dest, cond, then, otherwise.as_deref()),
            ExprKind::Match(scrutinee, arms) => self.match_arms(dest, scrutinee, arms),
            ExprKind::While(id, cond, body) => self.while_loop(dest, *id, cond, body),
            ExprKind::Loop(id, body) => self.endless_loop(dest, *id, body),
            ExprKind::ForRange(each) => self.for_range(dest, each),
            ExprKind::ForArray(each) => self.for_array(dest, each),
            ExprKind::Break(id) => self.break_loop(*id),
            ExprKind::Continue(id) => self.continue_loop(*id),
            ExprKind::Return(value) => {
                match value {
                    Some(value) => self.store(&RETURN.into(), value),
                    None => self.done(&RETURN.into()),
                }
                self.return_here();
            }
            ExprKind::Closure(closure) => self.closure(dest, closure, expr),
            ExprKind::Spawn(mode, function, types, args) => self.spawn(dest, *mode, *function, types, args),
            ExprKind::SpawnValue(mode, callee, args) => self.spawn_value(dest, *mode, callee, args, expr),
            ExprKind::SpawnBlock(mode, closure) => self.spawn_block(dest, *mode, closure, expr),
            ExprKind::Await(future) => self.await_future(dest, future),
            ExprKind::Nursery(nursery) => self.nursery(dest, nursery, expr.ty),
            ExprKind::Lock(lock) => self.lock(dest, lock),
            ExprKind::Select(select) => self.select(dest, select),
        }
    }

    /// Writes `()`, unless nobody looks.
    pub(crate) fn done(&mut self, dest: &Place) {
        if *dest != self.nowhere() {
            self.assign_operand(dest, Operand::Const(Const::Unit));
        }
    }

    /// Evaluates an expression for its effect; its value ends with the innermost scope.
    pub(crate) fn effect(&mut self, expr: &'h Expr) {
        let outer = std::mem::replace(&mut self.span, expr.span);
        if is_place(expr) {
            self.place(expr);
        } else if expr.ty.is_unit() || expr.ty.is_never() {
            let nowhere = self.nowhere();
            self.store(&nowhere, expr);
        } else if self.constant(expr).is_none() {
            self.temp_of(expr);
        }
        self.span = outer;
    }

    /// The value of an expression that needs no code.
    pub(crate) fn constant(&self, expr: &Expr) -> Option<Const> {
        match &expr.kind {
            ExprKind::Lit(lit) => Some(literal(lit, expr.ty)),
            ExprKind::Const(id) => Some(Const::Global(global(*id), expr.ty)),
            ExprKind::FnValue(function, args) => {
                let body = self.cx.function_body(*function);
                Some(Const::Fn(BodyRef { body, args: args.clone() }))
            }
            ExprKind::Unary(wyn_hir::UnOp::Neg, operand) => match &operand.kind {
                // What has no negation panics when it is evaluated.
                ExprKind::Lit(Lit::Int(value)) if has(expr.ty, -value) => {
                    Some(literal(&Lit::Int(-value), expr.ty))
                }
                ExprKind::Lit(Lit::Float(value)) => Some(literal(&Lit::Float(-value), expr.ty)),
                _ => None,
            },
            _ => None,
        }
    }

    /// An expression as an operand.
    pub(crate) fn operand(&mut self, expr: &'h Expr, how: Use) -> Operand {
        let outer = std::mem::replace(&mut self.span, expr.span);
        let operand = if let Some(value) = self.constant(expr) {
            Operand::Const(value)
        } else if is_place(expr) {
            let place = self.place(expr);
            match how {
                Use::Own => Operand::Copy(place),
                Use::Look => Operand::Borrow(place),
            }
        } else {
            self.kept(expr, how)
        };
        self.span = outer;
        operand
    }

    /// An expression as an operand that later writes do not change.
    pub(crate) fn kept(&mut self, expr: &'h Expr, how: Use) -> Operand {
        if let Some(value) = self.constant(expr) {
            return Operand::Const(value);
        }
        let temp = self.temp_of(expr).into();
        match how {
            Use::Own => Operand::Move(temp),
            Use::Look => Operand::Borrow(temp),
        }
    }

    /// The operands of one operation, evaluated in order. One that is a place stays where it is,
    /// unless a later one may write it.
    pub(crate) fn operands(&mut self, exprs: &[(&'h Expr, Use)]) -> Vec<Operand> {
        let exposed = before_last_write(exprs.iter().map(|(expr, _)| *expr));
        let operands = exprs.iter().enumerate().map(|(at, (expr, how))| {
            if at < exposed { self.kept(expr, *how) } else { self.operand(expr, *how) }
        });
        operands.collect()
    }

    /// Two operands that are only read.
    pub(crate) fn two(&mut self, left: &'h Expr, right: &'h Expr) -> (Operand, Operand) {
        let mut operands = self.operands(&[(left, Use::Look), (right, Use::Look)]).into_iter();
        let (Some(left), Some(right)) = (operands.next(), operands.next()) else {
            unreachable!("two expressions give two operands")
        };
        (left, right)
    }

    fn adt(&mut self, dest: &Place, ty: Ty, variant: usize, fields: &'h [(usize, Expr)]) {
        let exprs: Vec<_> = fields.iter().map(|(_, value)| (value, Use::Own)).collect();
        let operands = self.operands(&exprs);
        let mut fields: Vec<_> = fields.iter().map(|(field, _)| *field).zip(operands).collect();
        fields.sort_by_key(|(field, _)| *field);
        let operands = fields.into_iter().map(|(_, operand)| operand).collect();
        let variant = u32::try_from(variant).expect("a variant's number fits");
        self.assign(dest, Rvalue::Adt(ty, variant, operands));
    }

    fn update(&mut self, dest: &Place, ty: Ty, base: &'h Expr, fields: &'h [(usize, Expr)]) {
        let TyKind::Adt(adt, ..) = ty.kind() else { unreachable!("only structs are updated") };
        let count = self.cx.hir.adts[*adt].variants[0].fields.len();
        let writes = may_write(base);
        let mut replaced: Vec<Option<Operand>> = vec![None; count];
        let exprs: Vec<_> = fields.iter().map(|(_, value)| (value, Use::Own)).collect();
        let operands = match writes {
            true => exprs.iter().map(|(expr, how)| self.kept(expr, *how)).collect(),
            false => self.operands(&exprs),
        };
        for ((field, _), operand) in fields.iter().zip(operands) {
            replaced[*field] = Some(operand);
        }
        let base = self.place(base);
        let fields = replaced.into_iter().zip(0..).map(|(operand, field)| {
            operand.unwrap_or_else(|| Operand::Copy(base.then(wyn_mir::Proj::Field(field))))
        });
        self.assign(dest, Rvalue::Adt(ty, 0, fields.collect()));
    }
}

/// All of these, each to be owned by the operation.
pub(crate) fn owned(exprs: &[Expr]) -> Vec<(&Expr, Use)> {
    exprs.iter().map(|expr| (expr, Use::Own)).collect()
}

/// Whether a type has this integer.
fn has(ty: Ty, value: i128) -> bool {
    match ty.kind() {
        TyKind::Int(int) => (IntTy::min(*int)..=IntTy::max(*int)).contains(&value),
        _ => false,
    }
}

/// A literal of a type.
pub(crate) fn literal(lit: &Lit, ty: Ty) -> Const {
    match lit {
        Lit::Unit => Const::Unit,
        Lit::Bool(value) => Const::Bool(*value),
        Lit::Int(value) => Const::Int(*value, ty),
        Lit::Float(value) => Const::Float(*value, ty),
        Lit::Char(value) => Const::Char(*value),
        Lit::String(value) => Const::Str(*value),
    }
}
