//! Random well-typed bodies: whatever mixes of control flow, resources and writes lowering meets, the
//! verifier accepts the result, and so do the passes' verifiers and the certifier of counts.
//!
//! The generator knows a few types and functions, among them resources, and every statement that
//! matters to scopes. Seeds are fixed, so a failure repeats; it shows the body that failed.

use wyn_base::{IndexVec, SourceId, Span, Symbol};
use wyn_hir::{
    Adt, AdtId, AdtKind, Arg, Arm, BinOp, Block, Body, Closure, Expr, ExprKind, Field, Fn, FnBody, FnId,
    ForArray, ForRange, Generic, Intrinsic, LangItems, Lit, Local, LocalId, LoopId, Param, Part, Pat,
    PatKind, Program, Stmt, Ty, TyKind, UnOp, Variant,
};

const PROGRAMS: u64 = 250;
const OPTION: AdtId = AdtId(0);

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % u64::from(limit)) as u32
    }
}

fn expr(kind: ExprKind, ty: Ty) -> Expr {
    Expr { kind, ty, span: span() }
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn strings() -> Ty {
    Ty::array(Ty::string())
}

fn receiver() -> Ty {
    Ty::new(TyKind::Receiver(Ty::int()))
}

fn ends() -> Ty {
    Ty::tuple(vec![Ty::new(TyKind::Sender(Ty::int())), receiver()])
}

fn pair() -> Ty {
    Ty::tuple(vec![Ty::string(), receiver()])
}

fn option(ty: Ty) -> Ty {
    Ty::new(TyKind::Adt(OPTION, "Option".into(), vec![ty]))
}

fn function() -> Ty {
    Ty::new(TyKind::Fn(vec![Ty::string(), receiver()], Ty::int()))
}

fn types() -> [Ty; 9] {
    let maybe = option(Ty::string());
    [
        Ty::int(),
        Ty::bool(),
        Ty::string(),
        strings(),
        maybe,
        receiver(),
        pair(),
        option(receiver()),
        function(),
    ]
}

/// The functions that bodies call, by position.
fn library() -> Vec<Fn> {
    let t = Ty::new(TyKind::Param(0, "T".into()));
    let name = |at: usize| Symbol::new(["a", "b"][at]);
    let make = |path: &str, params: &[(Ty, bool)], ret: Ty, body: FnBody, generic: bool| Fn {
        name: path.into(),
        path: path.into(),
        generics: if generic { vec![Generic { name: "T".into(), bounds: Vec::new() }] } else { Vec::new() },
        params: params
            .iter()
            .enumerate()
            .map(|(at, (ty, mutable))| Param { name: name(at), ty: *ty, mutable: *mutable, span: span() })
            .collect(),
        ret,
        body,
        span: span(),
        library: false,
    };
    let wyn = |params: &[(Ty, bool)], value: Expr| {
        let locals = params.iter().enumerate().map(|(at, (ty, mutable))| Local {
            name: name(at),
            ty: *ty,
            mutable: *mutable,
            span: span(),
        });
        FnBody::Wyn(Body { locals: locals.collect(), value })
    };
    let zero = || expr(ExprKind::Lit(Lit::Int(0)), Ty::int());
    let first = |ty| expr(ExprKind::Local(LocalId(0)), ty);
    let text = [(Ty::string(), false)];
    let end = [(receiver(), false)];
    let both = [(Ty::string(), false), (receiver(), false)];
    let edited = [(Ty::string(), true)];
    let edit = ExprKind::AssignOp(BinOp::Add, boxed(first(Ty::string())), boxed(first(Ty::string())));
    vec![
        make("look", &text, Ty::int(), wyn(&text, zero()), false),
        make("keep", &text, Ty::string(), wyn(&text, first(Ty::string())), false),
        make("drain", &end, Ty::int(), wyn(&end, zero()), false),
        make("pass", &end, receiver(), wyn(&end, first(receiver())), false),
        make("edit", &edited, Ty::unit(), wyn(&edited, expr(edit, Ty::unit())), false),
        make(
            "push",
            &[(Ty::array(t), true), (t, false)],
            Ty::unit(),
            FnBody::Intrinsic(Intrinsic::ArrayPush),
            true,
        ),
        make("channel", &[(Ty::int(), false)], ends(), FnBody::Intrinsic(Intrinsic::ChannelNew), true),
        make("both", &both, Ty::int(), wyn(&both, zero()), false),
    ]
}

const LOOK: FnId = FnId(0);
const KEEP: FnId = FnId(1);
const DRAIN: FnId = FnId(2);
const PASS: FnId = FnId(3);
const EDIT: FnId = FnId(4);
const PUSH: FnId = FnId(5);
const CHANNEL: FnId = FnId(6);
const BOTH: FnId = FnId(7);

fn call(function: FnId, types: Vec<Ty>, args: Vec<Arg>, ret: Ty) -> Expr {
    expr(ExprKind::Call(function, types, args), ret)
}

/// Writes one body.
struct Writer {
    random: Random,
    locals: IndexVec<LocalId, Local>,
    /// Locals in scope.
    visible: Vec<LocalId>,
    /// Loops that may be left from here.
    loops: Vec<LoopId>,
    next_loop: u32,
    /// Whether `return` may stand here.
    returns: bool,
    ret: Ty,
}

impl Writer {
    fn new(seed: u64, ret: Ty) -> Self {
        Self {
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            locals: IndexVec::new(),
            visible: Vec::new(),
            loops: Vec::new(),
            next_loop: 0,
            returns: true,
            ret,
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.random.below(100) < percent
    }

    fn any_type(&mut self) -> Ty {
        types()[self.random.below(9) as usize]
    }

    fn declare(&mut self, ty: Ty, mutable: bool) -> LocalId {
        let name = Symbol::new(&format!("v{}", self.locals.len()));
        self.locals.push(Local { name, ty, mutable, span: span() })
    }

    fn variable(&mut self, wanted: impl std::ops::Fn(&Local) -> bool) -> Option<LocalId> {
        let fitting: Vec<LocalId> =
            self.visible.iter().copied().filter(|id| wanted(&self.locals[*id])).collect();
        (!fitting.is_empty()).then(|| fitting[self.random.below(fitting.len() as u32) as usize])
    }

    fn local(&self, id: LocalId) -> Expr {
        expr(ExprKind::Local(id), self.locals[id].ty)
    }

    /// Runs `f` with what it declares going out of scope.
    fn scope<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let visible = self.visible.len();
        let result = f(self);
        self.visible.truncate(visible);
        result
    }

    fn value(&mut self, ty: Ty, depth: u32) -> Expr {
        if (depth == 0 || self.chance(40))
            && let Some(id) = self.variable(|local| local.ty == ty)
        {
            return self.local(id);
        }
        if depth == 0 {
            return self.leaf(ty);
        }
        match self.random.below(8) {
            0 => {
                let cond = self.value(Ty::bool(), depth - 1);
                let (then, other) = (self.block(ty, depth - 1), self.block(ty, depth - 1));
                expr(ExprKind::If(boxed(cond), boxed(then), Some(boxed(other))), ty)
            }
            1 => self.match_option(ty, depth - 1),
            2 => self.block(ty, depth - 1),
            3 if self.chance(30) => {
                let (loops, returns) = (std::mem::take(&mut self.loops), self.returns);
                let body = self.block(ty, depth - 1);
                (self.loops, self.returns) = (loops, returns);
                expr(ExprKind::Nursery(boxed(body)), ty)
            }
            _ => self.operation(ty, depth - 1),
        }
    }

    /// A value without parts.
    fn leaf(&mut self, ty: Ty) -> Expr {
        let kind = match ty.kind() {
            TyKind::Int(_) => ExprKind::Lit(Lit::Int(i128::from(self.random.below(100)))),
            TyKind::Bool => ExprKind::Lit(Lit::Bool(self.random.below(2) == 0)),
            TyKind::String => ExprKind::Lit(Lit::String("text".into())),
            TyKind::Array(_) => ExprKind::Array(Vec::new()),
            TyKind::Adt(..) => ExprKind::Adt(OPTION, 0, Vec::new()),
            TyKind::Receiver(_) => {
                let one = expr(ExprKind::Lit(Lit::Int(1)), Ty::int());
                ExprKind::Field(boxed(call(CHANNEL, vec![Ty::int()], vec![Arg::Value(one)], ends())), 1)
            }
            TyKind::Fn(..) => ExprKind::FnValue(BOTH, Vec::new()),
            TyKind::Tuple(parts) => ExprKind::Tuple(parts.iter().map(|part| self.leaf(*part)).collect()),
            _ => ExprKind::Lit(Lit::Unit),
        };
        expr(kind, ty)
    }

    fn operation(&mut self, ty: Ty, depth: u32) -> Expr {
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
                let spawned = ExprKind::Spawn(function, Vec::new(), vec![self.value(arg, depth)]);
                ExprKind::Await(boxed(expr(spawned, Ty::new(TyKind::Future(ty)))))
            }
            (TyKind::Int(_), 4) => {
                let callee = self.value(function(), depth);
                let args = [Ty::string(), receiver()].map(|ty| Arg::Value(self.value(ty, depth)));
                ExprKind::CallValue(boxed(callee), args.into())
            }
            (TyKind::Bool, 0) => {
                let part =
                    [Ty::int(), Ty::string(), strings(), option(Ty::string())][self.random.below(4) as usize];
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
                let shown = [Ty::int(), ty, option(ty)][self.random.below(3) as usize];
                let shown = Part::Value(self.value(shown, depth));
                ExprKind::Interpolate(vec![Part::Text("<".into()), shown, Part::Value(self.value(ty, depth))])
            }
            (TyKind::String, 3) => {
                ExprKind::Index(boxed(self.value(strings(), depth)), boxed(self.value(Ty::int(), depth)))
            }
            (TyKind::String, 4) => ExprKind::Field(boxed(self.value(pair(), depth)), 0),
            (TyKind::Array(element), 1) => {
                ExprKind::Array((0..2).map(|_| self.value(*element, depth)).collect())
            }
            (TyKind::Adt(_, _, args), 0..4) => {
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
    fn closure(&mut self, depth: u32) -> ExprKind {
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

    fn match_option(&mut self, ty: Ty, depth: u32) -> Expr {
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

    fn block(&mut self, ty: Ty, depth: u32) -> Expr {
        self.scope(|this| {
            let count = this.random.below(4);
            let mut stmts = Vec::new();
            for _ in 0..count {
                stmts.push(this.statement(depth));
            }
            let value = (!ty.is_unit()).then(|| boxed(this.value(ty, depth)));
            expr(ExprKind::Block(Block { stmts, value }), ty)
        })
    }

    fn statement(&mut self, depth: u32) -> Stmt {
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
                unit(ExprKind::ForRange(Box::new(ForRange { id, var, start, end, inclusive, body })))
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

    fn enter(&mut self) -> LoopId {
        let id = LoopId(self.next_loop);
        self.next_loop += 1;
        self.loops.push(id);
        id
    }

    /// A place that may be written.
    fn place(&mut self) -> Option<Expr> {
        let id = self.variable(|local| local.mutable)?;
        let whole = self.local(id);
        let index = |array| ExprKind::Index(boxed(array), boxed(expr(ExprKind::Lit(Lit::Int(0)), Ty::int())));
        Some(match whole.ty.kind() {
            TyKind::Array(element) if self.chance(50) => expr(index(whole), *element),
            TyKind::Tuple(parts) if self.chance(70) => {
                let field = self.random.below(2) as usize;
                expr(ExprKind::Field(boxed(whole), field), parts[field])
            }
            _ => whole,
        })
    }

    /// A block that may end by leaving a loop or the body.
    fn leaving(&mut self, depth: u32) -> Expr {
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

fn program(seed: u64) -> Program {
    let mut fns: IndexVec<FnId, Fn> = library().into_iter().collect();
    let ret = types()[(seed % 9) as usize];
    let mut writer = Writer::new(seed, ret);
    let params = [receiver(), Ty::string(), strings()];
    for ty in params {
        let mutable = ty == strings();
        let id = writer.declare(ty, mutable);
        writer.visible.push(id);
    }
    let value = writer.block(ret, 5);
    let param =
        |local: &Local| Param { name: local.name, ty: local.ty, mutable: local.mutable, span: span() };
    let params = writer.locals.iter().take(3).map(param).collect();
    let body = FnBody::Wyn(Body { locals: writer.locals, value });
    let path = format!("random{seed}");
    let (name, generics) = (Symbol::new(&path), Vec::new());
    let main = fns.push(Fn { name, path, generics, params, ret, body, span: span(), library: false });
    let t = Ty::new(TyKind::Param(0, "T".into()));
    let option = Adt {
        name: "Option".into(),
        path: "prelude.Option".into(),
        kind: AdtKind::Enum,
        generics: vec![Generic { name: "T".into(), bounds: Vec::new() }],
        variants: vec![
            Variant { name: "None".into(), fields: Vec::new() },
            Variant { name: "Some".into(), fields: vec![Field { name: None, ty: t }] },
        ],
        boxed: false,
        span: span(),
    };
    Program {
        adts: [option].into_iter().collect(),
        fns,
        consts: IndexVec::new(),
        main: Some(main),
        lang: LangItems { option: OPTION, result: None, map: None, abilities: Vec::new() },
    }
}

#[test]
fn whatever_is_lowered_is_right_in_every_phase() {
    for seed in 1..=PROGRAMS {
        let (mir, _) = wyn_lower::lower(&program(seed));
        let faults = wyn_mir::verify::verify(&mir);
        let text = || wyn_mir::dump::dump_body(&mir, &mir.bodies[mir.main]);
        assert!(faults.is_empty(), "seed {seed}: {}\n{}", faults.join("\n"), text());
        let passes = || wyn_passes::run(mir.clone(), wyn_mir::Phase::Lowered);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(passes));
        assert!(result.is_ok(), "seed {seed}: the passes reject\n{}", text());
    }
}
