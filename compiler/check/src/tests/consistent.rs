//! HIR of right programs is well typed: what lowering takes for granted.

use wyn_hir::{Arg, Body, Closure, Expr, ExprKind, FnBody, Pat, PatKind, Stmt, Ty, TyKind};

use super::*;

struct Verify<'p> {
    program: &'p Program,
    body: &'p Body,
    ret: Ty,
    wrong: Vec<String>,
}

impl Verify<'_> {
    fn say(&mut self, expr: &Expr, what: String) {
        self.wrong.push(format!("{:?}: {what} ({:?})", expr.span, std::mem::discriminant(&expr.kind)));
    }

    /// `found` stands where `wanted` is needed.
    fn agree(&mut self, at: &Expr, found: Ty, wanted: Ty, what: &str) {
        if found != wanted && !found.is_never() {
            self.say(at, format!("{what}: {found:?} for {wanted:?}"));
        }
    }

    fn closed(&mut self, at: &Expr, ty: Ty) {
        if ty.any(&mut |part| matches!(part.kind(), TyKind::Infer(_) | TyKind::Error)) {
            self.say(at, format!("open type {ty:?}"));
        }
    }

    fn pat(&mut self, at: &Expr, pat: &Pat, ty: Ty) {
        self.closed(at, pat.ty);
        self.agree(at, ty, pat.ty, "pattern");
        match &pat.kind {
            PatKind::Wild | PatKind::Lit(_) | PatKind::Range(..) => {}
            PatKind::Const(id) => self.agree(at, pat.ty, self.program.consts[*id].ty, "constant"),
            PatKind::Bind(id) => {
                let local = self.body.locals[*id].ty;
                self.agree(at, pat.ty, local, "binding");
            }
            PatKind::Tuple(parts) => match pat.ty.kind() {
                TyKind::Tuple(types) if types.len() == parts.len() => {
                    parts.iter().zip(types).for_each(|(part, ty)| self.pat(at, part, *ty));
                }
                _ => self.say(at, "tuple pattern".to_owned()),
            },
            PatKind::Variant(id, variant, fields) => match pat.ty.kind() {
                TyKind::Adt(of, _, args) if of == id => {
                    let declared = &self.program.adts[*id].variants[*variant].fields;
                    for (field, part) in fields {
                        self.pat(at, part, declared[*field].ty.substitute(args));
                    }
                }
                _ => self.say(at, "variant pattern".to_owned()),
            },
            PatKind::Or(parts) => parts.iter().for_each(|part| self.pat(at, part, ty)),
        }
    }

    fn closure(&mut self, closure: &Closure, ret: Ty) {
        let outer = self.body;
        for (at, capture) in closure.captures.iter().enumerate() {
            let inner = closure.body.locals[wyn_hir::LocalId(at as u32)].ty;
            self.agree(&closure.body.value, outer.locals[*capture].ty, inner, "capture");
        }
        let wrong = std::mem::take(&mut self.wrong);
        let mut inner = Verify { program: self.program, body: &closure.body, ret, wrong };
        inner.whole();
        self.wrong = inner.wrong;
    }

    fn whole(&mut self) {
        let body = self.body;
        self.agree(&body.value, body.value.ty, self.ret, "body");
        self.expr(&body.value);
    }

    fn args(&mut self, at: &Expr, id: wyn_hir::FnId, types: &[Ty], args: &[&Expr], ret: Ty) {
        let function = &self.program.fns[id];
        if function.params.len() != args.len() || function.generics.len() != types.len() {
            return self.say(at, format!("arguments of {}", function.path));
        }
        for (arg, param) in args.iter().zip(&function.params) {
            self.agree(arg, arg.ty, param.ty.substitute(types), "argument");
        }
        self.agree(at, function.ret.substitute(types), ret, "result");
    }

    fn expr(&mut self, expr: &Expr) {
        self.closed(expr, expr.ty);
        let int = Ty::int();
        match &expr.kind {
            ExprKind::Local(id) => {
                if self.body.locals.get(*id).is_none() {
                    return self.say(expr, format!("local {id:?}"));
                }
                let ty = self.body.locals[*id].ty;
                self.agree(expr, ty, expr.ty, "local");
            }
            ExprKind::Const(id) => self.agree(expr, self.program.consts[*id].ty, expr.ty, "constant"),
            ExprKind::Call(id, types, args) => {
                let values: Vec<&Expr> = args
                    .iter()
                    .map(|arg| match arg {
                        Arg::Value(value) | Arg::Mut(value) => value,
                    })
                    .collect();
                self.args(expr, *id, types, &values, expr.ty);
                for (arg, param) in args.iter().zip(&self.program.fns[*id].params) {
                    if matches!(arg, Arg::Mut(_)) != param.mutable {
                        self.say(expr, "mut argument".to_owned());
                    }
                }
            }
            ExprKind::Spawn(_, id, types, args) => {
                let TyKind::Future(result) = expr.ty.kind() else {
                    return self.say(expr, "spawn".to_owned());
                };
                self.args(expr, *id, types, &args.iter().collect::<Vec<_>>(), *result);
            }
            ExprKind::Tuple(parts) => {
                let ty = Ty::tuple(parts.iter().map(|part| part.ty).collect());
                if !parts.iter().any(|part| part.ty.is_never()) {
                    self.agree(expr, ty, expr.ty, "tuple");
                }
            }
            ExprKind::Array(parts) => {
                parts.iter().for_each(|part| self.agree(part, Ty::array(part.ty), expr.ty, "array"))
            }
            ExprKind::Index(base, index) => {
                self.agree(base, base.ty, Ty::array(expr.ty), "index");
                self.agree(index, index.ty, int, "index");
            }
            ExprKind::Adt(id, variant, fields) => {
                let TyKind::Adt(of, _, args) = expr.ty.kind() else {
                    return self.say(expr, "adt".to_owned());
                };
                let declared = &self.program.adts[*id].variants[*variant].fields;
                if of != id || declared.len() != fields.len() {
                    self.say(expr, "fields".to_owned());
                }
                for (at, value) in fields {
                    self.agree(value, value.ty, declared[*at].ty.substitute(args), "field");
                }
            }
            ExprKind::Assign(place, value) => self.agree(value, value.ty, place.ty, "assignment"),
            ExprKind::Block(block) => {
                for stmt in &block.stmts {
                    match stmt {
                        Stmt::Let(pat, value) => self.pat(value, pat, value.ty),
                        Stmt::Defer(value) => self.agree(value, value.ty, Ty::unit(), "defer"),
                        Stmt::Expr(_) => {}
                    }
                }
                match &block.value {
                    Some(value) => self.agree(value, value.ty, expr.ty, "block"),
                    None if expr.ty.is_unit() || expr.ty.is_never() => {}
                    None => self.say(expr, format!("block without a value of {:?}", expr.ty)),
                }
            }
            ExprKind::If(condition, then, otherwise) => {
                self.agree(condition, condition.ty, Ty::bool(), "condition");
                self.agree(then, then.ty, expr.ty, "then");
                match otherwise {
                    Some(otherwise) => self.agree(otherwise, otherwise.ty, expr.ty, "else"),
                    None => self.agree(expr, expr.ty, Ty::unit(), "if without else"),
                }
            }
            ExprKind::Match(scrutinee, arms) => {
                for arm in arms {
                    self.pat(scrutinee, &arm.pat, scrutinee.ty);
                    self.agree(&arm.body, arm.body.ty, expr.ty, "arm");
                }
            }
            ExprKind::While(_, condition, body) => {
                self.agree(condition, condition.ty, Ty::bool(), "condition");
                self.agree(body, body.ty, Ty::unit(), "loop body");
            }
            ExprKind::Loop(_, body) => self.agree(body, body.ty, Ty::unit(), "loop body"),
            ExprKind::ForArray(each) => {
                self.pat(expr, &each.pat, each.array.ty.parts().first().copied().unwrap_or(int));
                self.agree(&each.body, each.body.ty, Ty::unit(), "loop body");
            }
            ExprKind::ForRange(range) => {
                self.agree(&range.start, range.start.ty, self.body.locals[range.var].ty, "range");
                self.agree(&range.end, range.end.ty, self.body.locals[range.var].ty, "range");
                self.agree(&range.body, range.body.ty, Ty::unit(), "loop body");
            }
            ExprKind::Return(Some(value)) => self.agree(value, value.ty, self.ret, "return"),
            ExprKind::Return(None) => self.agree(expr, Ty::unit(), self.ret, "return"),
            ExprKind::Closure(closure) => match expr.ty.kind() {
                TyKind::Fn(_, ret) => return self.closure(closure, *ret),
                _ => self.say(expr, "closure".to_owned()),
            },
            ExprKind::SpawnBlock(_, closure) => match expr.ty.kind() {
                TyKind::Future(result) => return self.closure(closure, *result),
                _ => self.say(expr, "spawn".to_owned()),
            },
            ExprKind::Await(future) => {
                self.agree(future, future.ty, Ty::new(TyKind::Future(expr.ty)), "await")
            }
            ExprKind::Nursery(nursery) if !nursery.is_timed() => {
                self.agree(&nursery.body, nursery.body.ty, expr.ty, "nursery");
            }
            _ => {}
        }
        let mut copy = expr.clone();
        crate::walk::children(&mut copy, &mut |child| self.expr(child));
    }
}

/// What is wrong with the types of a program's HIR.
fn inconsistencies(program: &Program) -> Vec<String> {
    let mut wrong = Vec::new();
    for function in program.fns.iter() {
        if let FnBody::Wyn(body) = &function.body {
            let mut verify = Verify { program, body, ret: function.ret, wrong: Vec::new() };
            verify.whole();
            wrong.extend(verify.wrong.into_iter().map(|what| format!("{}: {what}", function.path)));
        }
    }
    wrong
}

#[test]
fn golden_programs_and_library_are_well_typed() {
    let mut wrong = Vec::new();
    for source in robust::seeds() {
        let (program, ..) = checked(&source);
        wrong.extend(inconsistencies(&program));
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn odd_but_right_programs_are_well_typed() {
    for source in [
        "fn f() -> int { 1 }\nfn main() { match 1 { 0 => f(), _ => f() }\n [1].each((x) => f())\n defer f() }",
        "fn g() -> Result<()> { if true { print(1) } else { print(2) } }\nfn main() { _ = g() }",
        "fn f(n: int) -> int? { match n { 0 => None, 1 => 5, _ => return 6 } }\nfn main() { print(f(1)) }",
        "fn main() { const x: int = if true { 1 } else { panic(\"a\") }\n const y = match x { 1 => return, n => n }\n print(y) }",
        "fn main() { var xs: [int?] = [1, None]\n xs.push(2)\n xs[0] = 3\n print(xs) }",
        "fn f(a: int?, b: int? = 3) -> int { a ?? b ?? 0 }\nfn main() { print(f(1)) }",
        "fn main() { print(1 in [1] && \"a\" in \"abc\" && 3 in 0..=3) }",
        "fn main() { const f = spawn { panic(\"x\") }\n f.await()\n spawn { return } }",
        "fn f() -> int { nursery { return 3 } }\nfn main() { print(f()) }",
        "fn main() { const f = (x: int) => { if x > 1 { return x }\n 0 }\n print(f(2)) }",
        "fn main() { for x in [1] { const y = if x > 1 { continue } else { x }\n print(y) } }",
        "fn f<T>(x: T, g: fn(T) -> T) -> T { g(x) }\nfn main() { print(f(1, (x) => x + 1) + f(g: (x) => x, x: 1)) }",
    ] {
        let (program, diags, map) = checked(source);
        let errors: Vec<String> =
            diags.iter().filter(|d| d.severity == wyn_base::Severity::Error).map(|d| line(&map, d)).collect();
        assert!(errors.is_empty(), "{errors:?}\nin\n{source}");
        let wrong = inconsistencies(&program);
        assert!(wrong.is_empty(), "{}\nin\n{source}", wrong.join("\n"));
    }
}
