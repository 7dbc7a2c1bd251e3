//! Operators of durations and instants. They are functions of the library, found by the types of the operands.

use wyn_base::{Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{Arg, ExprKind, FnId, IntTy, Stmt, Ty, TyKind};

use crate::body::{FnCx, Why};
use crate::infer::VarKind;
use crate::world::Def;

/// An operator, the types on its two sides (none before a prefix operator), and the module and name of the function.
const FUNCTIONS: &[(&str, &str, &str, &str, &str)] = &[
    ("+", "Duration", "Duration", "prelude", "add_durations"),
    ("-", "Duration", "Duration", "prelude", "subtract_durations"),
    ("*", "Duration", "int", "prelude", "multiply_duration"),
    ("*", "int", "Duration", "prelude", "times_duration"),
    ("/", "Duration", "int", "prelude", "divide_duration"),
    ("-", "", "Duration", "prelude", "negate_duration"),
    ("+", "Instant", "Duration", "time", "later"),
    ("-", "Instant", "Duration", "time", "earlier"),
    ("-", "Instant", "Instant", "time", "between"),
];

impl FnCx<'_, '_> {
    /// The function for an operator between values of these types, if it is one of the library's.
    pub(crate) fn quantity_operator(&mut self, op: &str, left: Option<Ty>, right: Ty) -> Option<FnId> {
        let types = [left.unwrap_or(right), right].map(|ty| self.infer.shallow(ty));
        // Most operations are on numbers, and none of those is looked up.
        if !types.iter().any(|ty| matches!(ty.kind(), TyKind::Adt(..))) {
            return None;
        }
        let left = match left {
            Some(ty) => self.quantity(ty)?,
            None => Symbol::new(""),
        };
        let right = self.quantity(right)?;
        let (.., module, function) = FUNCTIONS
            .iter()
            .find(|(of, l, r, ..)| *of == op && *l == left.as_str() && *r == right.as_str())?;
        let module = self.w.modules.iter().find(|m| m.is_std() && m.path == *module)?;
        match module.names.get(&Symbol::new(function))?.def {
            Def::Fn(id) => Some(id),
            _ => None,
        }
    }

    /// What the table calls a type.
    fn quantity(&mut self, ty: Ty) -> Option<Symbol> {
        let ty = self.infer.shallow(ty);
        match ty.kind() {
            TyKind::Adt(id, name, _) if self.w.modules[self.w.adt_info[*id].module].is_std() => Some(*name),
            TyKind::Int(IntTy::I64) => Some(Symbol::new("int")),
            TyKind::Infer(_) if self.infer.var_kind(ty) == Some(VarKind::Number) => Some(Symbol::new("int")),
            _ => None,
        }
    }

    /// The call of an operator's function.
    pub(crate) fn quantity_call(&mut self, id: FnId, operands: Vec<hir::Expr>, span: Span) -> hir::Expr {
        let sig = self.w.fns[id].sig.clone();
        let args = operands.into_iter().zip(&sig.params);
        let args = args.map(|(value, param)| Arg::Value(self.coerce(value, param.ty, Why::Plain))).collect();
        hir::Expr { kind: ExprKind::Call(id, Vec::new(), args), ty: sig.ret, span }
    }

    /// `target op= value` with an operator's function.
    pub(crate) fn quantity_assign(
        &mut self,
        id: FnId,
        mut target: hir::Expr,
        value: hir::Expr,
        span: Span,
    ) -> hir::Expr {
        let mut stmts = Vec::new();
        self.evaluate_indices(&mut target, &mut stmts);
        let (ty, from) = (target.ty, target.span);
        let call = self.quantity_call(id, vec![target.clone(), value], span);
        let call = self.coerce(call, ty, Why::Assigned(from));
        let kind = ExprKind::Assign(Box::new(target), Box::new(call));
        stmts.push(Stmt::Expr(hir::Expr { kind, ty: self.w.common.unit, span }));
        let block = hir::Block { stmts, value: None };
        hir::Expr { kind: ExprKind::Block(block), ty: self.w.common.unit, span }
    }
}
