//! Types: every place leads somewhere, and every instruction gets and gives what it should.

use super::Check;
use crate::ownership::boxed;
use crate::{
    AdtKind, Arg, ArgMode, BinOp, Body, BodyKind, BodyRef, Callee, Const, Effects, Intrinsic, LocalKind,
    Operand, ParamMode, Proj, RETURN, Rvalue, StmtKind, TermKind, Trap, Ty, TyKind, UnOp,
};

impl<'a> Check<'a> {
    pub(super) fn stmt_types(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Assign(place, rvalue) => {
                let dest = self.place_ty(place);
                let value = self.rvalue_ty(rvalue, dest);
                self.same(dest, value, "assigns");
            }
            StmtKind::Drop(place) | StmtKind::Release(place) | StmtKind::Mark(place, _) => {
                self.place_ty(place);
            }
            StmtKind::EnsureUnique(place) => {
                let adts = &self.program.adts;
                let fits = self.place_ty(place).is_some_and(|ty| is_array(ty) || boxed(ty, adts));
                self.require(fits, "makes something unique that is no array and has no cell");
            }
            StmtKind::Intrinsic(dest, intrinsic, _, args) => {
                self.place_ty(dest);
                self.intrinsic_args(*intrinsic, args);
            }
            StmtKind::ScopeEnd(local) => {
                let known = self.local_ty(*local).is_some();
                self.require(known, "ends a local that does not exist");
            }
            StmtKind::Poll => {}
        }
    }

    pub(super) fn term_types(&mut self, term: &TermKind) {
        match term {
            TermKind::Switch(value, ..) => {
                let ty = self.operand_ty(value);
                let fits =
                    ty.is_none_or(|ty| matches!(ty.kind(), TyKind::Int(_) | TyKind::Bool | TyKind::Char));
                self.require(fits, "switches on something else than an integer, bool or char");
            }
            TermKind::Call { callee, args, dest, target, .. } => {
                let dest = self.place_ty(dest);
                let dest = target.is_some().then_some(dest).flatten();
                self.call(callee, args, dest);
            }
            TermKind::Await { future, dest, .. } => {
                let future = self.operand_ty(future);
                let dest = self.place_ty(dest);
                let result = future.and_then(|ty| match ty.kind() {
                    TyKind::Future(result) => Some(*result),
                    _ => None,
                });
                self.require(future.is_none() || result.is_some(), "awaits what is no future");
                self.same(dest, result, "awaits");
            }
            TermKind::Assert { cond, trap, .. } => {
                let cond = self.operand_ty(cond);
                self.same(cond, Some(Ty::bool()), "asserts");
                if let Trap::Bounds(index, len) = trap {
                    for operand in [index, len] {
                        let ty = self.operand_ty(operand);
                        self.same(ty, Some(Ty::int()), "bounds");
                    }
                }
            }
            TermKind::Goto(_)
            | TermKind::Return
            | TermKind::Unreachable
            | TermKind::Resume
            | TermKind::Recover(_) => {}
        }
    }

    fn call(&mut self, callee: &Callee, args: &[Arg], dest: Option<Ty>) {
        match callee {
            Callee::Body(target) => {
                let Some(body) = self.program.bodies.get(target.body) else { return };
                self.require(
                    matches!(body.kind, BodyKind::Fn | BodyKind::Glue),
                    format_args!("calls {}, which is no function", body.name),
                );
                if args.len() != body.params {
                    return self.fault(format_args!("{} arguments for {}", args.len(), body.name));
                }
                for (arg, at) in args.iter().zip(1..) {
                    let decl = &body.locals[crate::Local(at)];
                    let mutable = decl.kind == LocalKind::Param(ParamMode::Mut);
                    self.arg(arg, mutable, Some(decl.ty.substitute(&target.args)));
                }
                let ret = body.locals[RETURN].ty.substitute(&target.args);
                self.same(dest, Some(ret), "calls for");
            }
            Callee::Value(value) | Callee::Known(_, value) => {
                let Some(ty) = self.operand_ty(value) else { return };
                let TyKind::Fn(params, ret) = ty.kind() else {
                    return self.fault(format_args!("calls a value of type {ty}"));
                };
                if args.len() != params.len() {
                    return self.fault(format_args!("{} arguments for a value of type {ty}", args.len()));
                }
                for (arg, param) in args.iter().zip(params) {
                    self.arg(arg, false, Some(*param));
                }
                self.same(dest, Some(*ret), "calls for");
            }
            Callee::Intrinsic(intrinsic, _) => {
                if intrinsic.effects() != Effects::Diverge && intrinsic.effects() != Effects::None {
                    self.require(dest.is_some(), "gives its result nowhere");
                }
                self.intrinsic_args(*intrinsic, args);
            }
            Callee::Select(select) => self.select_args(select, args, dest),
        }
    }

    fn intrinsic_args(&mut self, intrinsic: Intrinsic, args: &[Arg]) {
        let modes = intrinsic.args();
        let count = if intrinsic.is_variadic() { args.len() } else { modes.len() };
        if args.len() != count {
            return self.fault(format_args!("{} arguments for `{}`", args.len(), intrinsic.name()));
        }
        for (arg, mode) in args.iter().zip(modes.iter().cycle()) {
            self.arg(arg, *mode == ArgMode::Mut, None);
        }
    }

    fn arg(&mut self, arg: &Arg, mutable: bool, expected: Option<Ty>) {
        let ty = match arg {
            Arg::Value(operand) => self.operand_ty(operand),
            Arg::Mut(place) => self.place_ty(place),
        };
        self.require(matches!(arg, Arg::Mut(_)) == mutable, "an argument is passed in the wrong way");
        if let Some(expected) = expected {
            self.same(ty, Some(expected), "passes");
        }
    }

    /// Both types, where both are known, are the same.
    pub(super) fn same(&mut self, left: Option<Ty>, right: Option<Ty>, what: &str) {
        if let (Some(left), Some(right)) = (left, right) {
            self.require(left == right, format_args!("{what} {right} where {left} should be"));
        }
    }

    pub(super) fn operand_ty(&mut self, operand: &Operand) -> Option<Ty> {
        match operand {
            Operand::Copy(place) | Operand::Move(place) | Operand::Borrow(place) => self.place_ty(place),
            Operand::Const(value) => {
                let ty = value.ty();
                if let (Const::Int(number, _), Some(TyKind::Int(int))) = (value, ty.map(Ty::kind)) {
                    let fits = (crate::IntTy::min(*int)..=crate::IntTy::max(*int)).contains(number);
                    self.require(fits, format_args!("{number} does not fit {}", int.name()));
                } else if let Const::Int(..) = value {
                    self.fault("an integer constant of another type");
                }
                ty
            }
        }
    }

    /// The type of an rvalue; what it must fit where it has none of its own is `dest`.
    fn rvalue_ty(&mut self, rvalue: &Rvalue, dest: Option<Ty>) -> Option<Ty> {
        match rvalue {
            Rvalue::Use(operand) => self.operand_ty(operand),
            Rvalue::Unary(op, operand) => {
                let ty = self.operand_ty(operand)?;
                let fits = match op {
                    UnOp::Not => ty == Ty::bool(),
                    UnOp::Neg | UnOp::BitNot => is_number(ty),
                };
                self.require(fits, format_args!("{op:?} of {ty}"));
                Some(ty)
            }
            Rvalue::Binary(op, a, b) => self.binary_ty(*op, a, b),
            Rvalue::Checked(op, a, b) => {
                let ty = self.operand_ty(a)?;
                let right = self.operand_ty(b);
                self.same(Some(ty), right, "computes with");
                let fits =
                    matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul) && matches!(ty.kind(), TyKind::Int(_));
                self.require(fits, format_args!("checked {op:?} of {ty}"));
                Some(Ty::tuple(vec![ty, Ty::bool()]))
            }
            Rvalue::Convert(operand, to) => {
                self.operand_ty(operand);
                Some(*to)
            }
            Rvalue::CheckedConvert(operand, to) => {
                self.operand_ty(operand);
                Some(Ty::tuple(vec![*to, Ty::bool()]))
            }
            Rvalue::Tuple(parts) => {
                let types: Option<Vec<Ty>> = parts.iter().map(|part| self.operand_ty(part)).collect();
                types.map(Ty::tuple)
            }
            Rvalue::Array(element, parts) => {
                for part in parts {
                    let ty = self.operand_ty(part);
                    self.same(Some(*element), ty, "collects");
                }
                Some(Ty::array(*element))
            }
            Rvalue::Adt(ty, variant, fields) => self.adt_ty(*ty, *variant, fields),
            Rvalue::Closure(body, captures) => self.closure_ty(body, captures),
            Rvalue::Discriminant(place) => {
                let ty = self.place_ty(place)?;
                let is_enum = match ty.kind() {
                    TyKind::Adt(adt, ..) => self.program.adts[*adt].kind == AdtKind::Enum,
                    _ => false,
                };
                self.require(is_enum, format_args!("asks for the variant of {ty}"));
                Some(Ty::int())
            }
            Rvalue::Len(place) => {
                let array = self.place_ty(place).is_none_or(is_array);
                self.require(array, "asks for the length of what is no array");
                Some(Ty::int())
            }
            Rvalue::Dup(place) => self.place_ty(place),
            Rvalue::Unbox(variant, value) => self.unbox_ty(*variant, value),
            Rvalue::Received { select, message, .. } => Some(self.received_ty(*select, *message, dest)),
            Rvalue::Spawn(_, body, args) => {
                let task = self.callable(body, BodyKind::Task)?;
                let result = task.locals[RETURN].ty.substitute(&body.args);
                if args.len() != task.params {
                    self.fault(format_args!("{} arguments for {}", args.len(), task.name));
                    return dest;
                }
                for (arg, at) in args.iter().zip(1..) {
                    let ty = self.operand_ty(arg);
                    self.same(Some(task.locals[crate::Local(at)].ty.substitute(&body.args)), ty, "moves");
                }
                Some(Ty::new(TyKind::Future(result)))
            }
        }
    }

    fn binary_ty(&mut self, op: BinOp, a: &Operand, b: &Operand) -> Option<Ty> {
        let (left, right) = (self.operand_ty(a)?, self.operand_ty(b)?);
        let shift = matches!(op, BinOp::Shl | BinOp::Shr);
        self.same(Some(if shift { Ty::int() } else { left }), Some(right), "computes with");
        let compares = matches!(op, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge);
        let bitwise = matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor);
        let fits = if compares { is_ordered(left) } else { is_number(left) || bitwise && left == Ty::bool() };
        self.require(fits, format_args!("{op:?} of {left}"));
        Some(if compares { Ty::bool() } else { left })
    }

    fn adt_ty(&mut self, ty: Ty, variant: u32, fields: &[Operand]) -> Option<Ty> {
        self.ty(ty);
        let TyKind::Adt(adt, _, args) = ty.kind() else {
            self.fault(format_args!("builds a {ty} from fields"));
            return None;
        };
        let declared = self.program.adts[*adt].variants.get(variant as usize);
        let Some(declared) = declared.filter(|declared| declared.fields.len() == fields.len()) else {
            self.fault(format_args!("builds a {ty} with other fields than declared"));
            return None;
        };
        for (field, value) in declared.fields.iter().zip(fields) {
            let value = self.operand_ty(value);
            self.same(Some(field.ty.substitute(args)), value, "stores");
        }
        Some(ty)
    }

    fn unbox_ty(&mut self, variant: u32, value: &Operand) -> Option<Ty> {
        let ty = self.operand_ty(value)?;
        let adts = &self.program.adts;
        let fields = match ty.kind() {
            TyKind::Adt(adt, _, args) if adts[*adt].boxed => {
                adts[*adt].variants.get(variant as usize).map(|variant| variant.types(args).collect())
            }
            _ => None,
        };
        self.require(
            fields.is_some(),
            format_args!("takes apart a {ty}, which has no cell or no such variant"),
        );
        fields.map(Ty::tuple)
    }

    fn closure_ty(&mut self, target: &BodyRef, captures: &[Operand]) -> Option<Ty> {
        let body = self.callable(target, BodyKind::Closure)?;
        let types: Option<Vec<Ty>> = captures.iter().map(|capture| self.operand_ty(capture)).collect();
        let env = body.locals[crate::Local(1)].ty.substitute(&target.args);
        self.same(Some(env), types.map(Ty::tuple), "captures");
        let params = (2..=body.params).filter_map(|at| u32::try_from(at).ok());
        let params = params.map(|at| body.locals[crate::Local(at)].ty.substitute(&target.args)).collect();
        Some(Ty::new(TyKind::Fn(params, body.locals[RETURN].ty.substitute(&target.args))))
    }

    fn callable(&mut self, target: &BodyRef, kind: BodyKind) -> Option<&'a Body> {
        let program = self.program;
        let body = program.bodies.get(target.body)?;
        self.require(body.kind == kind, format_args!("{} is a {:?}, not a {kind:?}", body.name, body.kind));
        (body.kind == kind).then_some(body)
    }

    /// Where a step leads.
    pub(super) fn step_ty(&self, ty: Ty, step: Proj) -> Option<Ty> {
        let field = |adt: &crate::AdtId, variant: u32, at: u32, args: &[Ty]| {
            let variant = self.program.adts[*adt].variants.get(variant as usize)?;
            Some(variant.fields.get(at as usize)?.ty.substitute(args))
        };
        match (step, ty.kind()) {
            (Proj::Field(at), TyKind::Tuple(parts)) => parts.get(at as usize).copied(),
            (Proj::Field(at), TyKind::Adt(adt, _, args)) => field(adt, 0, at, args),
            (Proj::Variant(variant, at), TyKind::Adt(adt, _, args)) => field(adt, variant, at, args),
            (Proj::Content, TyKind::Mutex(content)) => Some(*content),
            (Proj::Index(index), TyKind::Array(element)) => {
                (self.local_ty(index) == Some(Ty::int())).then_some(*element)
            }
            _ => None,
        }
    }
}

fn is_array(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Array(_))
}

fn is_number(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Int(_) | TyKind::F64 | TyKind::F32)
}

/// Whether two values of this type compare by one instruction.
pub(super) fn is_ordered(ty: Ty) -> bool {
    is_number(ty) || matches!(ty.kind(), TyKind::Bool | TyKind::Char)
}
