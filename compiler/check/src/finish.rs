//! The end of a body: what inference has found goes into the tree.
//!
//! Ensures: every type is closed (number literals that nothing else determined are `int` and
//! `float`), literals fit their types, captures come first among a closure's locals, and what could
//! be judged only with all types known (unused locals, needs of operators) is reported.

use wyn_base::{Code, Diagnostic, IndexVec, Span};
use wyn_hir as hir;
use wyn_hir::{BinOp, ExprKind, IntTy, Lit, Local, LocalId, PatKind, Stmt, Ty, TyKind};

use crate::body::FnCx;
use crate::infer::VarKind;
use crate::scope::{CAPTURE, Frame, LocalInfo};
use crate::usage::Item;
use crate::uses::Asks;
use crate::walk::children;

impl FnCx<'_, '_> {
    /// Ends the outermost body.
    pub(crate) fn finish(mut self, mut value: hir::Expr) -> hir::Body {
        for ty in std::mem::take(&mut self.unit_fallbacks) {
            if self.infer.var_kind(ty) == Some(VarKind::Any) {
                self.infer.unify(ty, self.w.common.unit);
            }
        }
        self.w.check_promises();
        self.check_needs();
        let mut walk = Walk { cx: &mut self, offset: 0 };
        walk.expr(&mut value);
        let frame = self.frames.pop();
        if let Some(frame) = &frame {
            self.note_unchanged(frame);
        }
        let mut locals = frame.map_or_else(IndexVec::new, into_locals);
        for local in locals.iter_mut() {
            local.ty = self.settled(local.ty);
        }
        self.w.forget_local_names();
        self.report_unused();
        self.report_unchanged();
        self.w.spare_infer = Some(std::mem::take(&mut self.infer));
        hir::Body { locals, value }
    }

    /// The type with what inference has found in it. What it has not found is a mistake, told unless it follows from
    /// another.
    pub(crate) fn settled(&mut self, ty: Ty) -> Ty {
        let quiet = self.has_other_errors();
        let common = self.w.common;
        let Self { w, infer, open_types, .. } = self;
        infer.settle(ty, &common, &mut |span| match w.last_error {
            Some(error) if quiet || open_types.contains(&span) => error,
            _ => {
                open_types.push(span);
                w.error(
                    Diagnostic::error(Code::E0203, span, "the type of this cannot be inferred")
                        .label("nothing here says what type it has")
                        .help("write the type: `const name: Type = …`, or `f<Type>(…)`"),
                )
            }
        })
    }
}

/// The locals in HIR's order: captures, then parameters, then the rest.
pub(crate) fn into_locals(frame: Frame) -> IndexVec<LocalId, Local> {
    let local =
        |info: LocalInfo| Local { name: info.name, ty: info.ty, mutable: info.mutable(), span: info.span };
    frame.captures.into_iter().map(|(_, info)| info).chain(frame.locals).map(local).collect()
}

struct Walk<'c, 'w, 'a> {
    cx: &'c mut FnCx<'w, 'a>,
    /// How many captures come before the body's own locals.
    offset: u32,
}

impl Walk<'_, '_, '_> {
    fn ty(&mut self, ty: &mut Ty) {
        *ty = self.cx.settled(*ty);
    }

    fn local(&self, id: &mut LocalId) {
        id.0 = match id.0.checked_sub(CAPTURE) {
            Some(capture) => capture,
            None => id.0 + self.offset,
        };
    }

    fn expr(&mut self, expr: &mut hir::Expr) {
        self.ty(&mut expr.ty);
        match &mut expr.kind {
            ExprKind::Lit(lit) => self.lit(lit, expr.ty, expr.span),
            ExprKind::Local(id) => self.local(id),
            ExprKind::Binary(op, left, right) | ExprKind::AssignOp(op, left, right) => {
                let ty = self.cx.settled(left.ty);
                self.constant_operand(*op, ty, right);
            }
            ExprKind::FnValue(id, types)
            | ExprKind::Call(id, types, _)
            | ExprKind::Spawn(_, id, types, _) => {
                self.cx.w.mention(Item::Fn(*id));
                types.iter_mut().for_each(|ty| self.ty(ty));
            }
            ExprKind::Const(id) => self.cx.w.mention(Item::Const(*id)),
            ExprKind::Adt(id, at, _) => self.cx.w.mention_made(*id, *at),
            ExprKind::Block(block) => {
                for stmt in &mut block.stmts {
                    if let Stmt::Let(pat, _) = stmt {
                        self.pat(pat);
                    }
                }
            }
            ExprKind::Lock(lock) => lock.mutexes.iter_mut().for_each(|(_, content)| self.local(content)),
            ExprKind::Match(_, arms) => arms.iter_mut().for_each(|arm| self.pat(&mut arm.pat)),
            ExprKind::Select(select) => {
                for arm in &mut select.arms {
                    if let hir::SelectOp::Receive { message: Some(local), .. }
                    | hir::SelectOp::Await(_, Some(local)) = &mut arm.op
                    {
                        self.local(local);
                    }
                }
            }
            ExprKind::ForRange(range) => self.local(&mut range.var),
            ExprKind::ForArray(each) => {
                if let Some(index) = &mut each.index {
                    self.local(index);
                }
                self.pat(&mut each.pat);
            }
            ExprKind::Closure(closure) | ExprKind::SpawnBlock(_, closure) => return self.closure(closure),
            _ => {}
        }
        children(expr, &mut |child| self.expr(child));
    }

    fn closure(&mut self, closure: &mut hir::Closure) {
        for capture in &mut closure.captures {
            self.local(capture);
        }
        let outer = std::mem::replace(&mut self.offset, closure.captures.len() as u32);
        for local in closure.body.locals.iter_mut() {
            let mut ty = local.ty;
            self.ty(&mut ty);
            local.ty = ty;
        }
        self.expr(&mut closure.body.value);
        self.offset = outer;
    }

    fn pat(&mut self, pat: &mut hir::Pat) {
        self.ty(&mut pat.ty);
        match &mut pat.kind {
            PatKind::Wild | PatKind::Const(_) => {}
            PatKind::Bind(id) => self.local(id),
            PatKind::Lit(lit) => self.lit(lit, pat.ty, pat.span),
            PatKind::Range(start, end, _) => {
                self.lit(start, pat.ty, pat.span);
                self.lit(end, pat.ty, pat.span);
            }
            PatKind::Tuple(parts) | PatKind::Or(parts) => parts.iter_mut().for_each(|part| self.pat(part)),
            PatKind::Variant(id, at, fields) => {
                self.cx.w.mention_in_pattern(*id, *at);
                fields.iter_mut().for_each(|(_, part)| self.pat(part));
            }
        }
    }

    /// A literal that an operation cannot have on its right side.
    fn constant_operand(&mut self, op: BinOp, ty: Ty, right: &hir::Expr) {
        let (ExprKind::Lit(Lit::Int(value)), TyKind::Int(int)) = (&right.kind, ty.kind()) else { return };
        let bits = int.bits();
        let diagnostic = match op {
            BinOp::Div | BinOp::Rem if *value == 0 => {
                Diagnostic::error(Code::E0215, right.span, "this divides by zero")
                    .label("every time the program comes here, it would panic")
                    .help("write another divisor; a fraction is divided as a `float`: `1.0 / 0.0`")
            }
            BinOp::Shl | BinOp::Shr if !(0..i128::from(bits)).contains(value) => {
                let message = format!("the {bits} bits of a number cannot be shifted by {value}");
                Diagnostic::error(Code::E0215, right.span, message)
                    .label("every time the program comes here, it would panic")
                    .help(format!("shift by 0 to {}", bits - 1))
            }
            _ => return,
        };
        self.cx.w.report(diagnostic);
    }

    /// A literal takes the type that was found for it, and must fit.
    fn lit(&mut self, lit: &mut Lit, ty: Ty, span: Span) {
        let Lit::Int(value) = *lit else { return };
        match ty.kind() {
            TyKind::F64 | TyKind::F32 => *lit = Lit::Float(value as f64),
            TyKind::Int(int) if !((*int).min()..=(*int).max()).contains(&value) => {
                let mut diagnostic =
                    Diagnostic::error(Code::E0205, span, format!("{value} does not fit into `{ty}`"))
                        .label(format!("`{ty}` holds {} to {}", (*int).min(), (*int).max()));
                if *int == wyn_hir::IntTy::I64 && value > 0 {
                    diagnostic = diagnostic.help("use `u64` for larger values");
                } else if let Some(larger) = larger_int(value, int.signed()) {
                    diagnostic = diagnostic.help(format!("use `{}`, which holds it", larger.name()));
                }
                let origin = self.cx.literals.get(&span).copied();
                let uses = self.cx.uses_from(origin, ty, Asks::Number);
                self.cx.w.disputed(diagnostic, uses);
            }
            _ => {}
        }
    }
}

/// The smallest type that holds a value, signed or not if that can be.
fn larger_int(value: i128, signed: bool) -> Option<IntTy> {
    use IntTy::{I16, I32, I64, U16, U32, U64};
    let holds = |int: &IntTy| ((*int).min()..=(*int).max()).contains(&value);
    let all = || [I16, U16, I32, U32, I64, U64].into_iter().filter(holds);
    all().find(|int| int.signed() == signed).or_else(|| all().next())
}
