//! Going through the expressions of HIR, and through patterns.

use wyn_base::Span;
use wyn_hir::{Arg, ConstId, Expr, ExprKind, Part, Pat, PatKind, Stmt};

/// Calls `f` with every expression directly inside this one, in source order; bodies of closures
/// count.
pub(crate) fn children(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Lit(_)
        | ExprKind::Local(_)
        | ExprKind::Const(_)
        | ExprKind::FnValue(..)
        | ExprKind::Break(_)
        | ExprKind::Continue(_) => {}
        ExprKind::Unary(_, a)
        | ExprKind::Convert(a)
        | ExprKind::Field(a, _)
        | ExprKind::Await(a)
        | ExprKind::Loop(_, a) => f(a),
        ExprKind::Nursery(nursery) => {
            nursery.options.iter_mut().for_each(|(_, value)| f(value));
            f(&mut nursery.body);
        }
        ExprKind::Binary(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::ArrayFill(a, b)
        | ExprKind::Index(a, b)
        | ExprKind::Assign(a, b)
        | ExprKind::AssignOp(_, a, b)
        | ExprKind::While(_, a, b) => {
            f(a);
            f(b);
        }
        ExprKind::Entry(entry) => {
            f(&mut entry.map);
            f(&mut entry.key);
            entry.default.iter_mut().for_each(f);
        }
        ExprKind::Call(_, _, args) => each_arg(args, f),
        ExprKind::CallValue(callee, args) => {
            f(callee);
            each_arg(args, f);
        }
        ExprKind::Tuple(parts) | ExprKind::Array(parts) | ExprKind::Spawn(_, _, _, parts) => {
            parts.iter_mut().for_each(f)
        }
        ExprKind::SpawnValue(_, callee, args) => {
            f(callee);
            args.iter_mut().for_each(f);
        }
        ExprKind::Adt(_, _, fields) => fields.iter_mut().for_each(|(_, value)| f(value)),
        ExprKind::Update(base, fields) => {
            fields.iter_mut().for_each(|(_, value)| f(value));
            f(base);
        }
        ExprKind::Interpolate(parts) => {
            for part in parts {
                match part {
                    Part::Text(_) => {}
                    Part::Value(value) | Part::Formatted(value, _) => f(value),
                }
            }
        }
        ExprKind::Block(block) => {
            for stmt in &mut block.stmts {
                match stmt {
                    Stmt::Let(_, value) | Stmt::Expr(value) | Stmt::Defer(value) => f(value),
                }
            }
            block.value.as_deref_mut().into_iter().for_each(f);
        }
        ExprKind::Lock(lock) => {
            lock.mutexes.iter_mut().for_each(|(mutex, _)| f(mutex));
            f(&mut lock.body);
        }
        ExprKind::If(condition, then, otherwise) => {
            f(condition);
            f(then);
            otherwise.as_deref_mut().into_iter().for_each(f);
        }
        ExprKind::Match(scrutinee, arms) => {
            f(scrutinee);
            for arm in arms {
                arm.guard.iter_mut().for_each(&mut *f);
                f(&mut arm.body);
            }
        }
        ExprKind::Select(select) => {
            for arm in &mut select.arms {
                arm.operands_mut().for_each(&mut *f);
                f(&mut arm.body);
            }
        }
        ExprKind::ForRange(range) => {
            f(&mut range.start);
            f(&mut range.end);
            range.changes.iter_mut().for_each(&mut *f);
            f(&mut range.body);
        }
        ExprKind::ForArray(each) => {
            f(&mut each.array);
            f(&mut each.body);
        }
        ExprKind::Return(value) => value.as_deref_mut().into_iter().for_each(f),
        ExprKind::Closure(closure) | ExprKind::SpawnBlock(_, closure) => f(&mut closure.body.value),
    }
}

fn each_arg(args: &mut [Arg], f: &mut dyn FnMut(&mut Expr)) {
    for arg in args {
        match arg {
            Arg::Value(value) | Arg::Mut(value) => f(value),
        }
    }
}

/// Calls `f` with every constant that the patterns of a match compare with, and its place.
pub(crate) fn pattern_constants(expr: &mut Expr, f: &mut dyn FnMut(&mut ConstId, Span)) {
    if let ExprKind::Match(_, arms) = &mut expr.kind {
        arms.iter_mut().for_each(|arm| in_pattern(&mut arm.pat, f));
    }
}

fn in_pattern(pat: &mut Pat, f: &mut dyn FnMut(&mut ConstId, Span)) {
    match &mut pat.kind {
        PatKind::Const(id) => f(id, pat.span),
        PatKind::Tuple(parts) | PatKind::Or(parts) => parts.iter_mut().for_each(|part| in_pattern(part, f)),
        PatKind::Variant(_, _, fields) => fields.iter_mut().for_each(|(_, part)| in_pattern(part, f)),
        PatKind::Wild | PatKind::Bind(_) | PatKind::Lit(_) | PatKind::Range(..) => {}
    }
}
