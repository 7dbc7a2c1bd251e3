//! Walks over what instructions hold: operands in evaluation order, and successors. Each is written once and
//! expands to a walk that reads and one that changes.

use crate::{Arg, Block, BlockId, Callee, Operand, Place, Rvalue, StmtKind, TermKind, Trap};

macro_rules! walks {
    ($operands:ident, $successors:ident, $args:ident, $($mutable:tt)?) => {
        impl Rvalue {
            /// Calls `f` with each operand. Places that are read in another way are not operands.
            pub fn $operands<'a>(&'a $($mutable)? self, f: &mut impl FnMut(&'a $($mutable)? Operand)) {
                match self {
                    Self::Use(a)
                    | Self::Unary(_, a)
                    | Self::Convert(a, _)
                    | Self::CheckedConvert(a, _)
                    | Self::Unbox(_, a) => f(a),
                    Self::Binary(_, a, b) | Self::Checked(_, a, b) => {
                        f(a);
                        f(b);
                    }
                    Self::Tuple(list)
                    | Self::Array(_, list)
                    | Self::Adt(_, _, list)
                    | Self::Closure(_, list)
                    | Self::Spawn(_, _, list) => list.into_iter().for_each(f),
                    Self::Discriminant(_) | Self::Len(_) | Self::Dup(_) | Self::Received { .. } => {}
                }
            }
        }

        impl StmtKind {
            /// Calls `f` with each operand, in evaluation order.
            pub fn $operands<'a>(&'a $($mutable)? self, f: &mut impl FnMut(&'a $($mutable)? Operand)) {
                match self {
                    Self::Assign(_, rvalue) => rvalue.$operands(f),
                    Self::Intrinsic(_, _, _, args) => $args(args, f),
                    Self::Drop(_)
                    | Self::Release(_)
                    | Self::EnsureUnique(_)
                    | Self::Mark(..)
                    | Self::ScopeEnd(_)
                    | Self::Poll => {}
                }
            }
        }

        impl TermKind {
            /// Calls `f` with each operand, in evaluation order.
            pub fn $operands<'a>(&'a $($mutable)? self, f: &mut impl FnMut(&'a $($mutable)? Operand)) {
                match self {
                    Self::Switch(value, _, _) | Self::Await { future: value, .. } => f(value),
                    Self::Call { callee, args, .. } => {
                        if let Callee::Value(value) | Callee::Known(_, value) = callee {
                            f(value);
                        }
                        $args(args, f);
                    }
                    Self::Assert { cond, trap, .. } => {
                        f(cond);
                        if let Trap::Bounds(index, len) = trap {
                            f(index);
                            f(len);
                        }
                    }
                    Self::Goto(_) | Self::Recover(_) | Self::Return | Self::Unreachable | Self::Resume => {}
                }
            }

            /// Calls `f` with each block that may come next, unwinding included.
            pub fn $successors<'a>(&'a $($mutable)? self, f: &mut impl FnMut(&'a $($mutable)? BlockId)) {
                match self {
                    Self::Goto(target) | Self::Recover(target) => f(target),
                    Self::Switch(_, cases, otherwise) => {
                        cases.into_iter().for_each(|(_, block)| f(block));
                        f(otherwise);
                    }
                    Self::Call { target, unwind, .. } => {
                        target.into_iter().for_each(&mut *f);
                        unwind.into_iter().for_each(f);
                    }
                    Self::Await { target, unwind, .. } | Self::Assert { target, unwind, .. } => {
                        f(target);
                        unwind.into_iter().for_each(f);
                    }
                    Self::Return | Self::Unreachable | Self::Resume => {}
                }
            }
        }

        fn $args<'a>(args: &'a $($mutable)? [Arg], f: &mut impl FnMut(&'a $($mutable)? Operand)) {
            for arg in args {
                if let Arg::Value(operand) = arg {
                    f(operand);
                }
            }
        }
    };
}

walks!(for_each_operand, for_each_successor, for_each_argument,);
walks!(for_each_operand_mut, for_each_successor_mut, for_each_argument_mut, mut);

impl Block {
    /// Calls `f` with each place that the block names: operands, what is written, and what is looked at in another way.
    pub fn for_each_place_mut(&mut self, f: &mut impl FnMut(&mut Place)) {
        for stmt in &mut self.stmts {
            stmt.kind.for_each_operand_mut(&mut |operand| _ = operand.place_mut().map(&mut *f));
            match &mut stmt.kind {
                StmtKind::Assign(to, rvalue) => {
                    f(to);
                    if let Rvalue::Discriminant(place) | Rvalue::Len(place) | Rvalue::Dup(place) = rvalue {
                        f(place);
                    }
                }
                StmtKind::Intrinsic(to, _, _, args) => {
                    f(to);
                    lent_places(args, f);
                }
                StmtKind::Drop(place)
                | StmtKind::Release(place)
                | StmtKind::EnsureUnique(place)
                | StmtKind::Mark(place, _) => f(place),
                StmtKind::ScopeEnd(_) | StmtKind::Poll => {}
            }
        }
        self.term.kind.for_each_operand_mut(&mut |operand| _ = operand.place_mut().map(&mut *f));
        match &mut self.term.kind {
            TermKind::Call { dest, args, .. } => {
                f(dest);
                lent_places(args, f);
            }
            TermKind::Await { dest, .. } => f(dest),
            _ => {}
        }
    }
}

fn lent_places(args: &mut [Arg], f: &mut impl FnMut(&mut Place)) {
    for arg in args {
        if let Arg::Mut(place) = arg {
            f(place);
        }
    }
}
