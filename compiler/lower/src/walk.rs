//! What an expression contains.

use wyn_hir::{Arg, Effects, Expr, ExprKind, FnBody, Part, Program, SpawnMode, Stmt};

/// Whether evaluating an expression may write a local of this body that exists already. Only an
/// assignment or a `mut` argument in the text can: nothing else aliases a local.
pub(crate) fn may_write(expr: &Expr) -> bool {
    let own = match &expr.kind {
        ExprKind::Assign(..) | ExprKind::AssignOp(..) => true,
        ExprKind::Call(_, _, args) | ExprKind::CallValue(_, args) => {
            args.iter().any(|arg| matches!(arg, Arg::Mut(_)))
        }
        _ => false,
    };
    own || {
        let mut found = false;
        children(expr, &mut |child| found = found || may_write(child));
        found
    }
}

/// Whether a cancellation could meet the evaluation of an expression, because it may wait; a function of the program's own
/// may. Spawning counts: what is spawned may wait, and the expression is to end when that has.
pub(crate) fn may_wait(expr: &Expr, program: &Program) -> bool {
    let own = match &expr.kind {
        ExprKind::Call(function, ..) => match program.fns[*function].body {
            FnBody::Intrinsic(intrinsic) => intrinsic.effects() == Effects::Suspend,
            FnBody::Wyn(_) => true,
        },
        ExprKind::CallValue(..)
        | ExprKind::Await(_)
        | ExprKind::Nursery(_)
        | ExprKind::Lock(_)
        | ExprKind::Select(_)
        | ExprKind::Spawn(SpawnMode::Joined, ..)
        | ExprKind::SpawnBlock(SpawnMode::Joined, _)
        | ExprKind::SpawnValue(SpawnMode::Joined, ..) => true,
        _ => false,
    };
    own || {
        let mut found = false;
        children(expr, &mut |child| found = found || may_wait(child, program));
        found
    }
}

/// How many of the operands, evaluated in this order, stand before one that may write. The first
/// need not be looked into: nothing stands before it, and chains of calls nest in it.
pub(crate) fn before_last_write<'h>(
    operands: impl DoubleEndedIterator<Item = &'h Expr> + ExactSizeIterator,
) -> usize {
    operands.skip(1).rposition(may_write).map_or(0, |at| at + 1)
}

/// Calls `f` with each expression directly inside another; not with the code of closures and
/// spawned blocks, which runs elsewhere.
fn children<'h>(expr: &'h Expr, f: &mut impl FnMut(&'h Expr)) {
    match &expr.kind {
        ExprKind::Lit(_)
        | ExprKind::Local(_)
        | ExprKind::Const(_)
        | ExprKind::FnValue(..)
        | ExprKind::Break(_)
        | ExprKind::Continue(_)
        | ExprKind::Closure(_)
        | ExprKind::SpawnBlock(..)
        | ExprKind::Return(None) => {}
        ExprKind::Unary(_, a)
        | ExprKind::Convert(a)
        | ExprKind::Field(a, _)
        | ExprKind::Loop(_, a)
        | ExprKind::Return(Some(a))
        | ExprKind::Await(a) => f(a),
        ExprKind::Nursery(nursery) => {
            nursery.options.iter().for_each(|(_, value)| f(value));
            f(&nursery.body);
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
            f(&entry.map);
            f(&entry.key);
            entry.default.iter().for_each(f);
        }
        ExprKind::Call(_, _, args) => args.iter().for_each(|arg| f(argument(arg))),
        ExprKind::CallValue(callee, args) => {
            f(callee);
            args.iter().for_each(|arg| f(argument(arg)));
        }
        ExprKind::Tuple(list) | ExprKind::Array(list) | ExprKind::Spawn(_, _, _, list) => {
            list.iter().for_each(f);
        }
        ExprKind::SpawnValue(_, callee, list) => {
            f(callee);
            list.iter().for_each(f);
        }
        ExprKind::Adt(_, _, fields) => fields.iter().for_each(|(_, value)| f(value)),
        ExprKind::Update(base, fields) => {
            fields.iter().for_each(|(_, value)| f(value));
            f(base);
        }
        ExprKind::Interpolate(parts) => parts.iter().for_each(|part| match part {
            Part::Text(_) => {}
            Part::Value(value) | Part::Formatted(value, _) => f(value),
        }),
        ExprKind::Block(block) => {
            block.stmts.iter().for_each(|stmt| match stmt {
                Stmt::Let(_, value) | Stmt::Expr(value) | Stmt::Defer(value) => f(value),
            });
            block.value.iter().for_each(|value| f(value));
        }
        ExprKind::If(cond, then, otherwise) => {
            f(cond);
            f(then);
            otherwise.iter().for_each(|value| f(value));
        }
        ExprKind::Match(value, arms) => {
            f(value);
            for arm in arms {
                arm.guard.iter().for_each(&mut *f);
                f(&arm.body);
            }
        }
        ExprKind::Lock(lock) => {
            lock.mutexes.iter().for_each(|(mutex, _)| f(mutex));
            f(&lock.body);
        }
        ExprKind::Select(select) => {
            for arm in &select.arms {
                arm.operands().for_each(&mut *f);
                f(&arm.body);
            }
        }
        ExprKind::ForRange(each) => {
            f(&each.start);
            f(&each.end);
            each.changes.iter().for_each(&mut *f);
            f(&each.body);
        }
        ExprKind::ForArray(each) => {
            f(&each.array);
            f(&each.body);
        }
    }
}

/// The expression of an argument.
pub(crate) fn argument(arg: &Arg) -> &Expr {
    match arg {
        Arg::Value(expr) | Arg::Mut(expr) => expr,
    }
}
