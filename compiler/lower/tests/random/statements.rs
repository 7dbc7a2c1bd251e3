//! Statements, and the places that they write.

use wyn_hir::{
    Arg, BinOp, Block, Entry, Expr, ExprKind, ForArray, ForRange, Lit, LoopId, Pat, PatKind, Stmt, Ty, TyKind,
};

use crate::world::*;
use crate::writer::Writer;

impl Writer {
    pub(crate) fn statement(&mut self, depth: u32) -> Stmt {
        let unit = |kind| Stmt::Expr(expr(kind, Ty::unit()));
        if depth == 0 {
            return Stmt::Expr(self.leaf(Ty::unit()));
        }
        let depth = depth - 1;
        match self.random.below(13) {
            0..3 => {
                let ty = self.any_type();
                let value = self.value(ty, depth);
                let mutable = self.chance(60);
                let id = self.declare(ty, mutable);
                self.visible.push(id);
                Stmt::Let(Pat { kind: PatKind::Bind(id), ty, span: span() }, value)
            }
            3 => {
                let value = self.value(pair(), depth);
                let ids = [self.declare(Ty::string(), true), self.declare(receiver(), false)];
                let parts =
                    ids.map(|id| Pat { kind: PatKind::Bind(id), ty: self.locals[id].ty, span: span() });
                self.visible.extend(ids);
                Stmt::Let(Pat { kind: PatKind::Tuple(parts.into()), ty: pair(), span: span() }, value)
            }
            4 => match self.place() {
                Some(place) => {
                    let value = self.value(place.ty, depth);
                    unit(ExprKind::Assign(boxed(place), boxed(value)))
                }
                None => Stmt::Expr(self.value(Ty::int(), depth)),
            },
            5 => match self.place() {
                Some(place)
                    if matches!(place.ty.kind(), TyKind::Int(_) | TyKind::String | TyKind::Array(_)) =>
                {
                    let value = self.value(place.ty, depth);
                    unit(ExprKind::AssignOp(BinOp::Add, boxed(place), boxed(value)))
                }
                _ => Stmt::Expr(self.value(pair(), depth)),
            },
            6 => match self.place() {
                Some(place) if place.ty == Ty::string() => {
                    Stmt::Expr(call(EDIT, Vec::new(), vec![Arg::Mut(place)], Ty::unit()))
                }
                Some(place) if place.ty == tree() => {
                    Stmt::Expr(call(GRAFT, Vec::new(), vec![Arg::Mut(place)], Ty::unit()))
                }
                Some(place) if place.ty == strings() => {
                    let args = vec![Arg::Mut(place), Arg::Value(self.value(Ty::string(), depth))];
                    Stmt::Expr(call(PUSH, vec![Ty::string()], args, Ty::unit()))
                }
                _ => Stmt::Expr(self.value(receiver(), depth)),
            },
            7 => {
                let cond = self.value(Ty::bool(), depth);
                let then = self.leaving(depth);
                unit(ExprKind::If(boxed(cond), boxed(then), None))
            }
            8 => {
                let cond = self.value(Ty::bool(), depth);
                let id = self.enter();
                let body = self.block(Ty::unit(), depth);
                self.loops.pop();
                unit(ExprKind::While(id, boxed(cond), boxed(body)))
            }
            9 => {
                let (start, end) = (self.value(Ty::int(), depth), self.value(Ty::int(), depth));
                let inclusive = self.chance(50);
                let id = self.enter();
                let (var, body) = self.scope(|this| {
                    let var = this.declare(Ty::int(), false);
                    this.visible.push(var);
                    (var, this.block(Ty::unit(), depth))
                });
                self.loops.pop();
                unit(ExprKind::ForRange(Box::new(ForRange {
                    id,
                    var,
                    start,
                    end,
                    inclusive,
                    changes: None,
                    body,
                })))
            }
            10 => {
                let array = self.value(strings(), depth);
                let id = self.enter();
                let (pat, body) = self.scope(|this| {
                    let var = this.declare(Ty::string(), false);
                    this.visible.push(var);
                    let pat = Pat { kind: PatKind::Bind(var), ty: Ty::string(), span: span() };
                    (pat, this.block(Ty::unit(), depth))
                });
                self.loops.pop();
                unit(ExprKind::ForArray(Box::new(ForArray { id, index: None, pat, array, body })))
            }
            11 => {
                // Nothing may leave a `defer`.
                let (loops, returns) = (std::mem::take(&mut self.loops), std::mem::take(&mut self.returns));
                let deferred = self.value(Ty::int(), depth);
                (self.loops, self.returns) = (loops, returns);
                Stmt::Defer(deferred)
            }
            _ => Stmt::Expr(self.leaving(depth)),
        }
    }

    pub(crate) fn enter(&mut self) -> LoopId {
        let id = LoopId(self.next_loop);
        self.next_loop += 1;
        self.loops.push(id);
        id
    }

    /// A place that may be written.
    pub(crate) fn place(&mut self) -> Option<Expr> {
        let id = self.variable(|local| local.mutable)?;
        let whole = self.local(id);
        let index = |array| ExprKind::Index(boxed(array), boxed(expr(ExprKind::Lit(Lit::Int(0)), Ty::int())));
        Some(match whole.ty.kind() {
            TyKind::Array(element) if self.chance(50) => expr(index(whole), *element),
            TyKind::Adt(CHAIN, ..) if self.chance(70) => {
                let field = self.random.below(2) as usize;
                expr(ExprKind::Field(boxed(whole), field), [Ty::string(), option(chain())][field])
            }
            TyKind::Adt(..) if is_map(whole.ty) && self.chance(80) => {
                let key = self.value(Ty::string(), 1);
                let default = self.chance(40).then(|| self.value(strings(), 1));
                expr(ExprKind::Entry(Box::new(Entry { map: whole, key, default })), strings())
            }
            TyKind::Tuple(parts) if self.chance(70) => {
                let field = self.random.below(2) as usize;
                expr(ExprKind::Field(boxed(whole), field), parts[field])
            }
            _ => whole,
        })
    }

    /// A block that may end by leaving a loop or the body.
    pub(crate) fn leaving(&mut self, depth: u32) -> Expr {
        let block = self.block(Ty::unit(), depth);
        let innermost = self.loops.last().copied();
        let exit = match (self.random.below(4), innermost) {
            (0, Some(id)) => ExprKind::Break(id),
            (1, _) if !self.loops.is_empty() => {
                let outer = self.random.below(self.loops.len() as u32) as usize;
                ExprKind::Continue(self.loops[outer])
            }
            (2, _) if self.returns => {
                let ret = self.ret;
                ExprKind::Return(Some(boxed(self.value(ret, depth))))
            }
            _ => return block,
        };
        let stmts = vec![Stmt::Expr(block), Stmt::Expr(expr(exit, Ty::never()))];
        expr(ExprKind::Block(Block { stmts, value: None }), Ty::never())
    }
}
