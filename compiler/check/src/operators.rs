//! Operators: arithmetic, comparison, logic.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{BinOp, Bound, ExprKind, Lit, Ty, TyKind, UnOp};
use wyn_syntax::ast::{self, BinaryOp, UnaryOp};

use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::infer::{VarKind, is_number};
use crate::origins::compares;

/// The operator in HIR, for those that evaluate both operands.
pub(crate) fn hir_op(op: BinaryOp) -> Option<BinOp> {
    Some(match op {
        BinaryOp::Mul => BinOp::Mul,
        BinaryOp::Div => BinOp::Div,
        BinaryOp::Rem => BinOp::Rem,
        BinaryOp::WrappingMul => BinOp::WrappingMul,
        BinaryOp::Add => BinOp::Add,
        BinaryOp::WrappingAdd => BinOp::WrappingAdd,
        BinaryOp::Sub => BinOp::Sub,
        BinaryOp::WrappingSub => BinOp::WrappingSub,
        BinaryOp::Shl => BinOp::Shl,
        BinaryOp::Shr => BinOp::Shr,
        BinaryOp::BitAnd => BinOp::BitAnd,
        BinaryOp::BitXor => BinOp::BitXor,
        BinaryOp::BitOr => BinOp::BitOr,
        BinaryOp::Eq => BinOp::Eq,
        BinaryOp::Ne => BinOp::Ne,
        BinaryOp::Lt => BinOp::Lt,
        BinaryOp::Le => BinOp::Le,
        BinaryOp::Gt => BinOp::Gt,
        BinaryOp::Ge => BinOp::Ge,
        BinaryOp::In | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => return None,
    })
}

/// What the operator asks of its operands.
fn operand_need(op: BinOp, text: &'static str) -> Need {
    match op {
        BinOp::Add => Need::Addable,
        BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => Need::Number(text),
        BinOp::WrappingAdd
        | BinOp::WrappingSub
        | BinOp::WrappingMul
        | BinOp::BitAnd
        | BinOp::BitOr
        | BinOp::BitXor
        | BinOp::Shl
        | BinOp::Shr => Need::Integer(text),
        BinOp::Eq | BinOp::Ne => Need::Bound(Bound::Eq, format!("`{text}`")),
        BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => Need::Bound(Bound::Ord, format!("`{text}`")),
    }
}

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn unary(&mut self, op: UnaryOp, operand: &'a ast::Expr, want: Want, span: Span) -> hir::Expr {
        if op == UnaryOp::Neg
            && let ast::ExprKind::Int(value) = operand.kind
        {
            return self.int(-i128::from(value), want, span);
        }
        let (kind, value, ty) = match op {
            UnaryOp::Neg | UnaryOp::BitNot => {
                let value = self.expr(operand, want.relaxed());
                if op == UnaryOp::Neg
                    && let Some(id) = self.quantity_operator("-", None, value.ty)
                {
                    return self.quantity_call(id, vec![value], span);
                }
                let need = if op == UnaryOp::Neg { Need::Number("-") } else { Need::Integer("~") };
                self.operand_need(&value, value.ty, need, operand.span);
                let ty = value.ty;
                (if op == UnaryOp::Neg { UnOp::Neg } else { UnOp::BitNot }, value, ty)
            }
            UnaryOp::Not => {
                let value = self.check(operand, self.w.common.bool, Why::Plain);
                if matches!(value.ty.kind(), TyKind::Error) {
                    return self.wrong(value.ty, span);
                }
                (UnOp::Not, value, self.w.common.bool)
            }
        };
        let negates_float = matches!((&kind, &value.kind), (UnOp::Neg, ExprKind::Lit(Lit::Float(_))));
        if negates_float && let ExprKind::Lit(Lit::Float(number)) = value.kind {
            return hir::Expr { kind: ExprKind::Lit(Lit::Float(-number)), ty, span };
        }
        hir::Expr { kind: ExprKind::Unary(kind, Box::new(value)), ty, span }
    }

    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        lhs: &'a ast::Expr,
        rhs: &'a ast::Expr,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let bool = self.w.common.bool;
                let a = Box::new(self.check(lhs, bool, Why::Plain));
                let b = Box::new(self.check(rhs, bool, Why::Plain));
                let kind = if op == BinaryOp::And { ExprKind::And(a, b) } else { ExprKind::Or(a, b) };
                hir::Expr { kind, ty: bool, span }
            }
            BinaryOp::Coalesce => self.coalesce(lhs, rhs, want, span),
            BinaryOp::In => self.membership(lhs, rhs, span),
            _ => match hir_op(op) {
                Some(hir_op) => self.arithmetic(op, hir_op, op_span, lhs, rhs, want, span),
                None => unreachable!("`{}` was dealt with", op.as_str()),
            },
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an operation has these parts")]
    fn arithmetic(
        &mut self,
        op: BinaryOp,
        hir_op: BinOp,
        op_span: Span,
        lhs: &'a ast::Expr,
        rhs: &'a ast::Expr,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let compares = compares(hir_op);
        let left = self.expr(lhs, if compares { Want::Any } else { want.relaxed() });
        if matches!(hir_op, BinOp::Shl | BinOp::Shr) {
            let right = self.check(rhs, self.w.common.int, Why::Plain);
            self.operand_need(&left, left.ty, operand_need(hir_op, op.as_str()), lhs.span);
            let ty = left.ty;
            return hir::Expr { kind: ExprKind::Binary(hir_op, Box::new(left), Box::new(right)), ty, span };
        }
        let right = self.expr(rhs, Want::Prefer(left.ty));
        let sides = [self.infer.shallow(left.ty), self.infer.shallow(right.ty)];
        if let Some(error) = sides.into_iter().find(|ty| matches!(ty.kind(), TyKind::Error)) {
            self.infer.unify(left.ty, right.ty);
            return self.wrong(error, span);
        }
        if let Some(error) = self.never_absent(hir_op, &left, &right) {
            return self.wrong(error, span);
        }
        if !compares
            && let Some(error) = self.unawaited_operand(&left).or_else(|| self.unawaited_operand(&right))
        {
            return self.wrong(error, span);
        }
        if !compares && let Some(id) = self.quantity_operator(op.as_str(), Some(left.ty), right.ty) {
            return self.quantity_call(id, vec![left, right], span);
        }
        let (left, right) = match self.same_operands(op, op_span, left, right, compares) {
            Ok(operands) => operands,
            Err(error) => return self.wrong(if compares { self.w.common.bool } else { error }, span),
        };
        let operand = if self.infer.shallow(left.ty).is_never() { right.ty } else { left.ty };
        self.operand_need(&left, operand, operand_need(hir_op, op.as_str()), lhs.span);
        let ty = if compares { self.w.common.bool } else { operand };
        hir::Expr { kind: ExprKind::Binary(hir_op, Box::new(left), Box::new(right)), ty, span }
    }

    /// Gives both operands one type; `T` beside `T?` is wrapped in comparisons.
    fn same_operands(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: hir::Expr,
        right: hir::Expr,
        compares: bool,
    ) -> Result<(hir::Expr, hir::Expr), Ty> {
        let (a, b) = (self.infer.shallow(left.ty), self.infer.shallow(right.ty));
        if a == b || a.is_never() || b.is_never() {
            self.operands_suit(&left, &right);
            return Ok((left, right));
        }
        if compares {
            let (a_option, b_option) = (self.w.option_inner(a), self.w.option_inner(b));
            match (a_option, b_option) {
                (Some(inner), None) if self.infer.unify(inner, b) => {
                    let right = self.coerce(right, a, Why::Plain);
                    return Ok((left, right));
                }
                (None, Some(inner)) if self.infer.unify(inner, a) => {
                    let left = self.coerce(left, b, Why::Plain);
                    return Ok((left, right));
                }
                _ => {}
            }
        }
        if self.infer.unify(a, b) {
            self.operands_suit(&left, &right);
            return Ok((left, right));
        }
        Err(self.operand_mismatch(op, op_span, &left, &right))
    }

    fn operand_mismatch(&mut self, op: BinaryOp, op_span: Span, left: &hir::Expr, right: &hir::Expr) -> Ty {
        let (a, b) = (self.infer.shallow(left.ty), self.infer.shallow(right.ty));
        for (one, other, value) in [(a, b, left), (b, a, right)] {
            if let TyKind::Future(result) = one.kind()
                && self.infer.unify(*result, other)
            {
                let shown = self.show(one);
                return self.w.error(
                    Diagnostic::error(Code::E0212, value.span, "this future is not awaited")
                        .label(format!("`{shown}`, where its result is needed"))
                        .help("wait for the task's result: `await` before it, or `.await()` after it"),
                );
            }
        }
        for (one, value) in [(a, left), (b, right)] {
            if let Some(wrong) = self.unopened(one, value.span) {
                return wrong.ty;
            }
        }
        let (a_text, b_text) = self.show_apart(a, b);
        let text = op.as_str();
        let mut diagnostic = Diagnostic::error(
            Code::E0215,
            op_span,
            format!("`{text}` needs operands of one type, not `{a_text}` and `{b_text}`"),
        )
        .label("the two sides differ")
        .also(left.span, format!("this is `{a_text}`"))
        .also(right.span, format!("this is `{b_text}`"));
        let strings = matches!(a.kind(), TyKind::String) || matches!(b.kind(), TyKind::String);
        let number =
            |ty| is_number(ty) || matches!(self.infer.var_kind(ty), Some(VarKind::Number | VarKind::Float));
        let numbers = number(a) && number(b);
        let counted = matches!(a.kind(), TyKind::Char) && number(b);
        let fraction = |cx: &Self, ty: Ty| cx.infer.var_kind(ty) == Some(VarKind::Float);
        let compares = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        let element = match a.kind() {
            TyKind::Array(element) => self.infer.unify(*element, b),
            _ => false,
        };
        if matches!(a.kind(), TyKind::String) && op == BinaryOp::Mul {
            diagnostic = diagnostic.help("text is repeated with `.repeat(n)`");
        } else if matches!(b.kind(), TyKind::Char) && strings && op == BinaryOp::Add {
            diagnostic = diagnostic.help("a string of one character is `\"${c}\"`");
        } else if strings && op == BinaryOp::Add {
            let (left, right) = (self.in_text(left), self.in_text(right));
            diagnostic = diagnostic.help(format!("put values into text: `\"{left}{right}\"`"));
        } else if strings && compares {
            let other = if matches!(a.kind(), TyKind::String) { right } else { left };
            diagnostic = diagnostic.help(format!("compare texts: `\"{}\"`", self.in_text(other)));
        } else if counted {
            diagnostic = diagnostic.help(format!("count with its number: `char(int(c) {text} n)`"));
        } else if is_number(a) && fraction(self, b) {
            diagnostic = diagnostic.help(format!("convert it: `float({})`", self.written(left)));
        } else if is_number(b) && fraction(self, a) {
            diagnostic = diagnostic.help(format!("convert it: `float({})`", self.written(right)));
        } else if numbers {
            let (left, right) = (self.written(left), self.written(right));
            diagnostic =
                diagnostic.help(format!("convert one of them: `{b_text}({left})` or `{a_text}({right})`"));
        } else if element && (compares || op != BinaryOp::Add) {
            let (array, value) = (self.written(left), self.written(right));
            if compares {
                diagnostic = diagnostic
                    .help(format!("ask for an element, `{value} in {array}`, or compare with an array"));
            }
        } else if element {
            diagnostic = diagnostic.help("add one element with `.push(x)`, or join with `+ [x]`");
        } else if self.w.option_inner(a).is_some() || self.w.option_inner(b).is_some() {
            diagnostic = diagnostic.help("say what happens without a value: `x ?? default`");
        } else if self.w.result_parts(a).is_some() || self.w.result_parts(b).is_some() {
            diagnostic = diagnostic.help("pass an error on with `?`, or handle it with `match`");
        } else if self.is_duration(a) || self.is_duration(b) {
            diagnostic = diagnostic
                .note("durations are added and subtracted, and multiplied and divided by an `int`")
                .help("make a number of it: `.millis()`, `.seconds()`");
        }
        let uses = self.mismatched_operands(left, right);
        self.w.disputed(diagnostic, uses)
    }

    fn is_duration(&self, ty: Ty) -> bool {
        matches!(ty.kind(), TyKind::Adt(id, ..) if Some(*id) == self.w.lang.duration)
    }

    /// `target op= value`, with the target already checked to be a place.
    pub(crate) fn assign_op(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        target: hir::Expr,
        value: &'a ast::Expr,
        span: Span,
    ) -> hir::Expr {
        let unit = self.w.common.unit;
        let Some(hir_op) = hir_op(op).filter(|op| !matches!(op, BinOp::Eq | BinOp::Ne)) else {
            return self.short_circuit_assign(op, op_span, target, value, span);
        };
        let value = if matches!(hir_op, BinOp::Shl | BinOp::Shr) {
            self.check(value, self.w.common.int, Why::Plain)
        } else {
            let value = self.expr(value, Want::Prefer(target.ty));
            if let Some(id) = self.quantity_operator(op.as_str(), Some(target.ty), value.ty) {
                return self.quantity_assign(id, target, value, span);
            }
            match self.same_operands(op, op_span, target.clone(), value, false) {
                Ok((_, value)) => value,
                Err(_) => return self.unit(span),
            }
        };
        self.operand_need(&target, target.ty, operand_need(hir_op, op.as_str()), target.span);
        hir::Expr { kind: ExprKind::AssignOp(hir_op, Box::new(target), Box::new(value)), ty: unit, span }
    }

    /// `&&=`, `||=` and `??=` evaluate the value only when it is needed: `if c { place = value }`.
    fn short_circuit_assign(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        target: hir::Expr,
        value: &'a ast::Expr,
        span: Span,
    ) -> hir::Expr {
        let (unit, bool) = (self.w.common.unit, self.w.common.bool);
        let mut target = target;
        let mut stmts = Vec::new();
        self.evaluate_indices(&mut target, &mut stmts);
        if !stmts.is_empty() {
            let assignment = self.short_circuit_assign(op, op_span, target, value, span);
            let block = hir::Block { stmts, value: Some(Box::new(assignment)) };
            return hir::Expr { kind: ExprKind::Block(block), ty: unit, span };
        }
        let assign = |target: hir::Expr, value: hir::Expr| hir::Expr {
            kind: ExprKind::Assign(Box::new(target), Box::new(value)),
            ty: unit,
            span,
        };
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let read = self.coerce(target.clone(), bool, Why::Plain);
                let value = self.check(value, bool, Why::Plain);
                let condition = if op == BinaryOp::And {
                    read
                } else {
                    let kind = ExprKind::Unary(UnOp::Not, Box::new(read));
                    hir::Expr { kind, ty: bool, span: target.span }
                };
                let kind = ExprKind::If(Box::new(condition), Box::new(assign(target, value)), None);
                hir::Expr { kind, ty: unit, span }
            }
            BinaryOp::Coalesce => {
                let ty = self.infer.shallow(target.ty);
                if self.w.option_inner(ty).is_none() {
                    return self.mismatch_option(&target, "??=");
                }
                let value = self.check(value, ty, Why::Assigned(target.span));
                let none = hir::Pat {
                    kind: hir::PatKind::Variant(self.w.lang.option, 0, Vec::new()),
                    ty,
                    span: target.span,
                };
                let rest = hir::Pat { kind: hir::PatKind::Wild, ty, span: target.span };
                let arms = vec![
                    hir::Arm { pat: none, guard: None, body: assign(target.clone(), value) },
                    hir::Arm { pat: rest, guard: None, body: self.unit(span) },
                ];
                hir::Expr { kind: ExprKind::Match(Box::new(target), arms), ty: unit, span }
            }
            _ => unreachable!("`{}=` at {op_span:?} is arithmetic", op.as_str()),
        }
    }

    /// Reports that an operator for options got something else.
    pub(crate) fn mismatch_option(&mut self, value: &hir::Expr, op: &str) -> hir::Expr {
        let ty: Ty = self.infer.shallow(value.ty);
        if matches!(ty.kind(), TyKind::Error) {
            return self.wrong(ty, value.span);
        }
        let shown = self.show(ty);
        let mut diagnostic =
            Diagnostic::error(Code::E0215, value.span, format!("`{op}` needs an option, not `{shown}`"))
                .label(format!("this is `{shown}`"));
        if self.w.result_parts(ty).is_some() {
            diagnostic = diagnostic.help("a `Result` has `.unwrap_or(default)`, which forgets the error");
        } else if matches!(ty.kind(), TyKind::Future(_)) {
            diagnostic = diagnostic.help("await it first: `await` before it, or `.await()` after it");
        } else if let ExprKind::Entry(_) = value.kind {
            diagnostic = diagnostic
                .note("`m[key]` panics when there is no such key")
                .help("`m.get(key)` gives an option; or write `m[key, default: value]`");
        } else {
            diagnostic = diagnostic.help(format!("it always has a value: leave `{op}` out"));
        }
        self.fail(diagnostic)
    }
}
