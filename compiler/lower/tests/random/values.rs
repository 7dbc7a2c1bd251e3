//! Expressions with a value.

use wyn_hir::{
    Arg, Arm, BinOp, Body, Closure, Entry, Expr, ExprKind, Lit, LocalId, Lock, Nursery, NurseryOption, Part,
    Pat, PatKind, Select, SelectArm, SelectOp, SpawnMode, Ty, TyKind, UnOp,
};

use crate::world::*;
use crate::writer::Writer;

impl Writer {
    pub(crate) fn value(&mut self, ty: Ty, depth: u32) -> Expr {
        if (depth == 0 || self.chance(40))
            && let Some(id) = self.variable(|local| local.ty == ty)
        {
            return self.local(id);
        }
        if depth == 0 {
            return self.leaf(ty);
        }
        match self.random.below(11) {
            0 => {
                let cond = self.value(Ty::bool(), depth - 1);
                let (then, other) = (self.block(ty, depth - 1), self.block(ty, depth - 1));
                expr(ExprKind::If(boxed(cond), boxed(then), Some(boxed(other))), ty)
            }
            1 => self.match_option(ty, depth - 1),
            2 => self.block(ty, depth - 1),
            4 => self.match_tree(ty, depth - 1),
            5 => self.lock(ty, depth - 1),
            6 => self.select(ty, depth - 1),
            3 if self.chance(30) => self.nursery(ty, depth - 1),
            _ => self.operation(ty, depth - 1),
        }
    }

    /// A nursery; where an option is wanted, mostly one with a time limit.
    fn nursery(&mut self, ty: Ty, depth: u32) -> Expr {
        let (loops, returns) = (std::mem::take(&mut self.loops), self.returns);
        let (inner, options) = match ty.kind() {
            TyKind::Adt(OPTION, _, args) if self.chance(80) => {
                (args[0], vec![(NurseryOption::Timeout, self.value(Ty::int(), depth))])
            }
            _ => (ty, Vec::new()),
        };
        let body = self.block(inner, depth);
        (self.loops, self.returns) = (loops, returns);
        expr(ExprKind::Nursery(Box::new(Nursery { options, body })), ty)
    }

    /// A value without parts.
    pub(crate) fn leaf(&mut self, ty: Ty) -> Expr {
        let kind = match ty.kind() {
            TyKind::Int(_) => ExprKind::Lit(Lit::Int(i128::from(self.random.below(100)))),
            TyKind::Bool => ExprKind::Lit(Lit::Bool(self.random.below(2) == 0)),
            TyKind::String => ExprKind::Lit(Lit::String("text".into())),
            TyKind::Array(_) => ExprKind::Array(Vec::new()),
            TyKind::Adt(CHAIN, ..) => {
                let fields = [self.leaf(Ty::string()), self.leaf(option(ty))];
                ExprKind::Adt(CHAIN, 0, fields.into_iter().enumerate().collect())
            }
            TyKind::Adt(id, _, args) if is_map(ty) => {
                let slot = Ty::new(TyKind::Adt(SLOT, "Slot".into(), args.clone()));
                ExprKind::Adt(*id, 0, vec![(0, expr(ExprKind::Array(Vec::new()), Ty::array(slot)))])
            }
            TyKind::Adt(id, ..) => ExprKind::Adt(*id, 0, Vec::new()),
            TyKind::Sender(_) | TyKind::Receiver(_) => {
                let one = expr(ExprKind::Lit(Lit::Int(1)), Ty::int());
                let both = call(CHANNEL, vec![Ty::int()], vec![Arg::Value(one)], ends());
                ExprKind::Field(boxed(both), usize::from(ty == receiver()))
            }
            TyKind::Mutex(content) => {
                let content = self.leaf(*content);
                return call(MUTEX, vec![content.ty], vec![Arg::Value(content)], ty);
            }
            TyKind::Future(_) => {
                ExprKind::Spawn(SpawnMode::Joined, KEEP, Vec::new(), vec![self.leaf(Ty::string())])
            }
            TyKind::Fn(..) => ExprKind::FnValue(BOTH, Vec::new()),
            TyKind::Tuple(parts) => ExprKind::Tuple(parts.iter().map(|part| self.leaf(*part)).collect()),
            _ => ExprKind::Lit(Lit::Unit),
        };
        expr(kind, ty)
    }

    pub(crate) fn operation(&mut self, ty: Ty, depth: u32) -> Expr {
        let choice = self.random.below(6);
        let kind = match (ty.kind(), choice) {
            (TyKind::Int(_), 0) => {
                let op = [BinOp::Add, BinOp::Mul, BinOp::Div][self.random.below(3) as usize];
                ExprKind::Binary(op, boxed(self.value(ty, depth)), boxed(self.value(ty, depth)))
            }
            (TyKind::Int(_), 1) => {
                return call(LOOK, Vec::new(), vec![Arg::Value(self.value(Ty::string(), depth))], ty);
            }
            (TyKind::Int(_), 2) => {
                return call(DRAIN, Vec::new(), vec![Arg::Value(self.value(receiver(), depth))], ty);
            }
            (TyKind::Int(_), 3) => {
                let (function, arg) =
                    if self.chance(50) { (LOOK, Ty::string()) } else { (DRAIN, receiver()) };
                let spawned =
                    ExprKind::Spawn(SpawnMode::Joined, function, Vec::new(), vec![self.value(arg, depth)]);
                ExprKind::Await(boxed(expr(spawned, Ty::new(TyKind::Future(ty)))))
            }
            (TyKind::Int(_), 4) => {
                let callee = self.value(function(), depth);
                let args = [Ty::string(), receiver()].map(|ty| Arg::Value(self.value(ty, depth)));
                ExprKind::CallValue(boxed(callee), args.into())
            }
            (TyKind::Bool, 0) => {
                let part = [Ty::int(), Ty::string(), strings(), option(Ty::string()), tree(), chain(), map()]
                    [self.random.below(7) as usize];
                ExprKind::Binary(BinOp::Eq, boxed(self.value(part, depth)), boxed(self.value(part, depth)))
            }
            (TyKind::Bool, 1) => ExprKind::And(boxed(self.value(ty, depth)), boxed(self.value(ty, depth))),
            (TyKind::Bool, 2) => ExprKind::Or(boxed(self.value(ty, depth)), boxed(self.value(ty, depth))),
            (TyKind::Bool, 3) => ExprKind::Unary(UnOp::Not, boxed(self.value(ty, depth))),
            (TyKind::String | TyKind::Array(_), 0) => {
                ExprKind::Binary(BinOp::Add, boxed(self.value(ty, depth)), boxed(self.value(ty, depth)))
            }
            (TyKind::String, 1) => {
                return call(KEEP, Vec::new(), vec![Arg::Value(self.value(ty, depth))], ty);
            }
            (TyKind::String, 2) => {
                let shown = [Ty::int(), ty, option(ty), tree(), map()][self.random.below(5) as usize];
                let shown = Part::Value(self.value(shown, depth));
                ExprKind::Interpolate(vec![Part::Text("<".into()), shown, Part::Value(self.value(ty, depth))])
            }
            (TyKind::String, 3) => {
                ExprKind::Index(boxed(self.value(strings(), depth)), boxed(self.value(Ty::int(), depth)))
            }
            (TyKind::String, 4) => {
                let whole = [pair(), chain()][self.random.below(2) as usize];
                ExprKind::Field(boxed(self.value(whole, depth)), 0)
            }
            (TyKind::String, 5) => ExprKind::Await(boxed(self.value(future(), depth))),
            (TyKind::Array(element), 1) => {
                ExprKind::Array((0..2).map(|_| self.value(*element, depth)).collect())
            }
            (TyKind::Array(_), 2) if ty == strings() => self.entry(depth),
            (TyKind::Adt(TREE, ..), 0..4) => {
                let fields = [ty, Ty::string(), ty].map(|ty| self.value(ty, depth));
                ExprKind::Adt(TREE, 1, fields.into_iter().enumerate().collect())
            }
            (TyKind::Adt(CHAIN, ..), 0..4) => {
                let fields = [Ty::string(), option(ty)].map(|ty| self.value(ty, depth));
                ExprKind::Adt(CHAIN, 0, fields.into_iter().enumerate().collect())
            }
            (TyKind::Adt(OPTION, ..), 4) if ty == option(chain()) => {
                ExprKind::Field(boxed(self.value(chain(), depth)), 1)
            }
            (TyKind::Mutex(content), 0..4) => {
                let content = self.value(*content, depth);
                return call(MUTEX, vec![content.ty], vec![Arg::Value(content)], ty);
            }
            (TyKind::Future(_), 0..4) => {
                ExprKind::Spawn(SpawnMode::Joined, KEEP, Vec::new(), vec![self.value(Ty::string(), depth)])
            }
            (TyKind::Adt(OPTION, _, args), 0..4) => {
                ExprKind::Adt(OPTION, 1, vec![(0, self.value(args[0], depth))])
            }
            (TyKind::Receiver(_), 0 | 1) => {
                return call(PASS, Vec::new(), vec![Arg::Value(self.value(ty, depth))], ty);
            }
            (TyKind::Receiver(_), 2) => ExprKind::Field(boxed(self.value(pair(), depth)), 1),
            (TyKind::Tuple(parts), _) => {
                ExprKind::Tuple(parts.iter().map(|part| self.value(*part, depth)).collect())
            }
            (TyKind::Fn(..), 0..4) => self.closure(depth),
            _ => return self.leaf(ty),
        };
        expr(kind, ty)
    }

    /// A closure over some of the locals in scope.
    pub(crate) fn closure(&mut self, depth: u32) -> ExprKind {
        let mut captures: Vec<LocalId> = self.visible.clone();
        captures.retain(|_| self.random.below(3) == 0);
        let mut inner = Self::new(u64::from(self.random.below(u32::MAX)), Ty::int());
        for id in &captures {
            let own = inner.declare(self.locals[*id].ty, false);
            inner.visible.push(own);
        }
        for ty in [Ty::string(), receiver()] {
            let param = inner.declare(ty, false);
            inner.visible.push(param);
        }
        let value = inner.block(Ty::int(), depth);
        let body = Body { locals: inner.locals, value };
        ExprKind::Closure(Box::new(Closure { captures, params: 2, body }))
    }

    pub(crate) fn match_option(&mut self, ty: Ty, depth: u32) -> Expr {
        let held = [Ty::string(), receiver()][self.random.below(2) as usize];
        let scrutinee = self.value(option(held), depth);
        let some = self.scope(|this| {
            let bound = this.declare(held, false);
            this.visible.push(bound);
            let pat = Pat { kind: PatKind::Bind(bound), ty: held, span: span() };
            let guard = this.chance(30).then(|| this.value(Ty::bool(), depth));
            let body = this.block(ty, depth);
            let pat =
                Pat { kind: PatKind::Variant(OPTION, 1, vec![(0, pat)]), ty: option(held), span: span() };
            Arm { pat, guard, body }
        });
        let body = self.block(ty, depth);
        let rest =
            Arm { pat: Pat { kind: PatKind::Wild, ty: option(held), span: span() }, guard: None, body };
        expr(ExprKind::Match(boxed(scrutinee), vec![some, rest]), ty)
    }

    /// `map[key]`, perhaps with a default.
    fn entry(&mut self, depth: u32) -> ExprKind {
        let (map, key) = (self.value(map(), depth), self.value(Ty::string(), depth));
        let default = self.chance(50).then(|| self.value(strings(), depth));
        ExprKind::Entry(Box::new(Entry { map, key, default }))
    }

    fn match_tree(&mut self, ty: Ty, depth: u32) -> Expr {
        let scrutinee = self.value(tree(), depth);
        let node = self.scope(|this| {
            let fields = [tree(), Ty::string(), tree()];
            let bound = fields.map(|ty| this.declare(ty, false));
            this.visible.extend(bound);
            let parts = (0..).zip(bound.iter().zip(fields));
            let parts = parts
                .map(|(at, (id, ty))| (at, Pat { kind: PatKind::Bind(*id), ty, span: span() }))
                .collect();
            let guard = this.chance(30).then(|| this.value(Ty::bool(), depth));
            let body = this.block(ty, depth);
            let pat = Pat { kind: PatKind::Variant(TREE, 1, parts), ty: tree(), span: span() };
            Arm { pat, guard, body }
        });
        let body = self.block(ty, depth);
        let rest = Arm { pat: Pat { kind: PatKind::Wild, ty: tree(), span: span() }, guard: None, body };
        expr(ExprKind::Match(boxed(scrutinee), vec![node, rest]), ty)
    }

    /// One or two mutexes are held.
    fn lock(&mut self, ty: Ty, depth: u32) -> Expr {
        let held: Vec<Ty> =
            (0..=self.random.below(2)).map(|_| contents()[self.random.below(4) as usize]).collect();
        let handles: Vec<Expr> = held.iter().map(|content| self.value(mutex(*content), depth)).collect();
        let (mutexes, body) = self.scope(|this| {
            let names: Vec<LocalId> = held.iter().map(|content| this.declare(*content, true)).collect();
            this.visible.extend(&names);
            (handles.into_iter().zip(names).collect(), this.block(ty, depth))
        });
        expr(ExprKind::Lock(Box::new(Lock { mutexes, body })), ty)
    }

    fn select(&mut self, ty: Ty, depth: u32) -> Expr {
        let mut arms: Vec<SelectArm> = (0..=self.random.below(3)).map(|_| self.arm(ty, depth)).collect();
        let open = |arm: &SelectArm| matches!(arm.op, SelectOp::Receive { open: true, .. });
        let last = match self.random.below(3) {
            0 => Some(SelectOp::Else),
            1 if arms.iter().any(open) => Some(SelectOp::Closed),
            _ => None,
        };
        if let Some(op) = last {
            arms.push(SelectArm { op, guard: None, body: self.block(ty, depth), span: span() });
        }
        let biased = self.chance(50);
        expr(ExprKind::Select(Box::new(Select { biased, arms })), ty)
    }

    fn arm(&mut self, ty: Ty, depth: u32) -> SelectArm {
        let guard = self.chance(30).then(|| self.value(Ty::bool(), depth));
        self.scope(|this| {
            let op = match this.random.below(4) {
                0 => {
                    let receiver = this.value(receiver(), depth);
                    let open = this.chance(50);
                    let message = if open { Ty::int() } else { option(Ty::int()) };
                    SelectOp::Receive { receiver, message: this.binding(message), open }
                }
                1 => SelectOp::Send(this.value(sender(), depth), this.value(Ty::int(), depth)),
                2 => SelectOp::Await(this.value(future(), depth), this.binding(Ty::string())),
                _ => SelectOp::After(this.value(Ty::int(), depth)),
            };
            SelectArm { op, guard, body: this.block(ty, depth), span: span() }
        })
    }

    /// A name for what an arm gives, or none.
    fn binding(&mut self, ty: Ty) -> Option<LocalId> {
        let id = self.declare(ty, false);
        self.visible.push(id);
        self.chance(70).then_some(id).or_else(|| {
            self.visible.pop();
            None
        })
    }
}
