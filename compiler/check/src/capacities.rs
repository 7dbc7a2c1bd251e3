//! Capacities that no channel can have, where the program says so itself.
//!
//! Takes the checked argument of `channel<T>(…)`. A literal, a constant, and what is computed of these are known; of
//! anything else the running program finds out (`wyn_channel_new`).

use wyn_base::{Code, Diagnostic};
use wyn_hir::{self as hir, BinOp, ExprKind, Lit, UnOp};

use crate::body::FnCx;

/// The most that a channel with a limit holds, and the number that stands for none. The runtime refuses the rest as
/// well.
const MOST: i128 = 1 << 40;
const UNBOUNDED: i128 = i64::MAX as i128;

impl FnCx<'_, '_> {
    /// Reports a capacity that is negative or absurd.
    pub(crate) fn check_capacity(&mut self, capacity: &hir::Expr) {
        let Some(value) = self.known_int(capacity, 0) else { return };
        let problem = if value < 0 {
            "it is negative"
        } else if value > MOST && value != UNBOUNDED {
            "it is more than 2^40"
        } else {
            return;
        };
        let message = format!("a channel cannot hold {value} messages: {problem}");
        self.w.report(
            Diagnostic::error(Code::E0406, capacity.span, message)
                .label(format!("this is {value}"))
                .help("0 lets sender and receiver meet, `unbounded` sets no limit"),
        );
    }

    /// The value of an integer expression, if it is made of literals and constants. Constants lead to constants for a
    /// while only: they may lead in a circle, which is reported elsewhere.
    fn known_int(&self, expr: &hir::Expr, depth: u32) -> Option<i128> {
        match &expr.kind {
            ExprKind::Lit(Lit::Int(value)) => Some(*value),
            ExprKind::Const(id) if depth < 8 => {
                self.known_int(&self.w.consts[*id].body.as_ref()?.value, depth + 1)
            }
            ExprKind::Unary(UnOp::Neg, operand) => self.known_int(operand, depth)?.checked_neg(),
            ExprKind::Binary(op, left, right) => {
                let (left, right) = (self.known_int(left, depth)?, self.known_int(right, depth)?);
                match op {
                    BinOp::Add => left.checked_add(right),
                    BinOp::Sub => left.checked_sub(right),
                    BinOp::Mul => left.checked_mul(right),
                    BinOp::Shl if (0..63).contains(&right) => left.checked_mul(1 << right),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
