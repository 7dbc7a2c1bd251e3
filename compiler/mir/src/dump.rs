//! The text form of MIR, for `--emit mir` and snapshots.
//!
//! A place that is only looked at stands bare (`_1.0`); `copy` and `move` mark operands that an
//! owner takes. Parameters and variables carry their names where they are declared.

use std::fmt::{self, Display, Formatter, Write};

use crate::{
    Arg, Block, BlockId, Body, BodyKind, BodyRef, Callee, Const, Local, LocalKind, Operand, ParamMode, Place,
    Program, Proj, Reach, Rvalue, SelectOp, Stmt, StmtKind, TermKind, Trap, Ty, TyKind, Unwind,
};

/// The program as text.
#[must_use]
pub fn dump(program: &Program) -> String {
    let mut text = String::new();
    for constant in &program.consts {
        let init = &program.bodies[constant.init].name;
        let _ = writeln!(text, "const {}: {} = {init}()\n", constant.path, constant.ty);
    }
    for body in &program.bodies {
        text.push_str(&dump_body(program, body));
        text.push('\n');
    }
    text
}

/// One body as text.
#[must_use]
pub fn dump_body(program: &Program, body: &Body) -> String {
    Dump { program, body }.to_string()
}

struct Dump<'a> {
    program: &'a Program,
    body: &'a Body,
}

/// Something of a body, to be shown in its program.
struct In<'a, T>(&'a Dump<'a>, &'a T);

impl Dump<'_> {
    fn show<'a, T>(&'a self, part: &'a T) -> In<'a, T> {
        In(self, part)
    }

    fn list<'a, T>(&'a self, parts: &'a [T]) -> List<'a, T> {
        List(self, parts)
    }

    fn signature(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.body.kind {
            BodyKind::Fn => "fn",
            BodyKind::Closure => "closure",
            BodyKind::Task => "task",
            BodyKind::Const => "const",
            BodyKind::Glue => "glue",
        };
        write!(f, "{kind} {}", self.body.name)?;
        if self.body.generics > 0 {
            write!(f, "<{}>", self.body.generics)?;
        }
        f.write_str("(")?;
        for at in 1..=self.body.params {
            let local = Local(u32::try_from(at).map_err(|_| fmt::Error)?);
            let decl = &self.body.locals[local];
            let mode = match decl.kind {
                LocalKind::Param(ParamMode::Owned) => "owned ",
                LocalKind::Param(ParamMode::Mut) => "mut ",
                LocalKind::Env => "env ",
                _ => "",
            };
            write!(f, "{}{mode}{local:?}: {}", if at == 1 { "" } else { ", " }, decl.ty)?;
            decl.name.map_or(Ok(()), |name| write!(f, " `{name}`"))?;
        }
        write!(f, ") -> {}", self.body.locals[crate::RETURN].ty)
    }
}

impl Display for Dump<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.signature(f)?;
        f.write_str(" {\n")?;
        for (local, decl) in self.body.locals.iter_enumerated().skip(1 + self.body.params) {
            write!(f, "    {local:?}: {}", decl.ty)?;
            decl.name.map_or(Ok(()), |name| write!(f, " `{name}`"))?;
            f.write_str("\n")?;
        }
        for (id, block) in self.body.blocks.iter_enumerated() {
            write!(f, "  {id:?}{}:\n{}", if block.cleanup { " (cleanup)" } else { "" }, self.show(block))?;
        }
        f.write_str("}\n")
    }
}

impl Display for In<'_, Block> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for stmt in &self.1.stmts {
            writeln!(f, "    {}", self.0.show(stmt))?;
        }
        writeln!(f, "    {}", self.0.show(&self.1.term.kind))
    }
}

impl Display for In<'_, Stmt> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dump = self.0;
        match &self.1.kind {
            StmtKind::Assign(place, value) => write!(f, "{} = {}", dump.show(place), dump.show(value)),
            StmtKind::Drop(place) => write!(f, "drop {}", dump.show(place)),
            StmtKind::Release(place) => write!(f, "release {}", dump.show(place)),
            StmtKind::ScopeEnd(local) => write!(f, "end {local:?}"),
            StmtKind::EnsureUnique(place) => write!(f, "unique {}", dump.show(place)),
            StmtKind::Intrinsic(dest, intrinsic, types, args) => {
                if !dest.ty(dump.body, &dump.program.adts).is_unit() {
                    write!(f, "{} = ", dump.show(dest))?;
                }
                write!(f, "{}{}({})", intrinsic.name(), types_of(types), dump.list(args))
            }
            StmtKind::Mark(place, Reach::Top) => write!(f, "mark {}", dump.show(place)),
            StmtKind::Mark(place, Reach::All) => write!(f, "mark all {}", dump.show(place)),
            StmtKind::Poll => f.write_str("poll"),
        }
    }
}

impl Display for In<'_, Rvalue> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dump = self.0;
        match self.1 {
            Rvalue::Use(operand) => write!(f, "{}", dump.show(operand)),
            Rvalue::Unary(op, operand) => write!(f, "{op:?}({})", dump.show(operand)),
            Rvalue::Binary(op, a, b) => write!(f, "{op:?}({}, {})", dump.show(a), dump.show(b)),
            Rvalue::Checked(op, a, b) => write!(f, "Checked{op:?}({}, {})", dump.show(a), dump.show(b)),
            Rvalue::Convert(operand, to) => write!(f, "{to}({})", dump.show(operand)),
            Rvalue::CheckedConvert(operand, to) => write!(f, "checked {to}({})", dump.show(operand)),
            Rvalue::Tuple(parts) => write!(f, "({})", dump.list(parts)),
            Rvalue::Array(_, parts) => write!(f, "[{}]", dump.list(parts)),
            Rvalue::Adt(ty, variant, parts) => {
                write!(f, "{}({})", variant_name(dump.program, *ty, *variant), dump.list(parts))
            }
            Rvalue::Closure(body, captures) => {
                write!(f, "closure {}[{}]", dump.show(body), dump.list(captures))
            }
            Rvalue::Discriminant(place) => write!(f, "variant {}", dump.show(place)),
            Rvalue::Len(place) => write!(f, "len {}", dump.show(place)),
            Rvalue::Unbox(variant, value) => write!(f, "unbox#{variant} {}", dump.show(value)),
            Rvalue::Dup(place) => write!(f, "dup {}", dump.show(place)),
            Rvalue::Received { select, arm, .. } => write!(f, "received {select:?} {arm}"),
            Rvalue::Spawn(mode, body, args) => {
                write!(f, "{} {}({})", mode.keyword(), dump.show(body), dump.list(args))
            }
        }
    }
}

impl Display for In<'_, TermKind> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dump = self.0;
        match self.1 {
            TermKind::Goto(target) => write!(f, "goto {target:?}"),
            TermKind::Switch(value, cases, otherwise) => {
                write!(f, "switch {} [", dump.show(value))?;
                cases.iter().try_for_each(|(case, block)| write!(f, "{case}: {block:?}, "))?;
                write!(f, "else {otherwise:?}]")
            }
            TermKind::Return => f.write_str("return"),
            TermKind::Call { callee, args, dest, target, unwind } => {
                if target.is_some() && !dest.ty(dump.body, &dump.program.adts).is_unit() {
                    write!(f, "{} = ", dump.show(dest))?;
                }
                write!(f, "{}({}){}", dump.show(callee), dump.list(args), Next(*target, *unwind))
            }
            TermKind::Await { future, task, dest, target, unwind } => {
                let next = Next(Some(*target), *unwind);
                write!(f, "{} = await {}", dump.show(dest), dump.show(future))?;
                if let Some(task) = task {
                    write!(f, " of {}", dump.program.bodies[*task].name)?;
                }
                write!(f, "{next}")
            }
            TermKind::Assert { cond, expected, trap, target, unwind } => {
                let not = if *expected { "" } else { "not " };
                let next = Next(Some(*target), *unwind);
                write!(f, "assert {not}{} else {}{next}", dump.show(cond), dump.show(trap))
            }
            TermKind::Unreachable => f.write_str("unreachable"),
            TermKind::Resume => f.write_str("resume"),
            TermKind::Recover(target) => write!(f, "recover {target:?}"),
        }
    }
}

/// Where a call goes on.
struct Next(Option<BlockId>, Unwind);

impl Display for Next {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |target| write!(f, " -> {target:?}"))?;
        self.1.map_or(Ok(()), |unwind| write!(f, " unwind {unwind:?}"))
    }
}

impl Display for In<'_, Trap> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Trap::Overflow(op) => write!(f, "overflow of {op:?}"),
            Trap::NegOverflow => f.write_str("overflow of Neg"),
            Trap::DivisionByZero => f.write_str("division by zero"),
            Trap::Shift(op) => write!(f, "bad count of {op:?}"),
            Trap::Convert(ty) => write!(f, "does not fit {ty}"),
            Trap::Bounds(index, len) => {
                write!(f, "index {} out of {}", self.0.show(index), self.0.show(len))
            }
        }
    }
}

impl Display for In<'_, Callee> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Callee::Body(body) => write!(f, "{}", self.0.show(body)),
            Callee::Value(value) => write!(f, "({})", self.0.show(value)),
            Callee::Known(body, value) => write!(f, "({} = {})", self.0.show(value), self.0.show(body)),
            Callee::Intrinsic(intrinsic, types) => write!(f, "{}{}", intrinsic.name(), types_of(types)),
            Callee::Select(select) => {
                let arms = select.arms.iter().map(|arm| {
                    let op = match arm.op {
                        SelectOp::Receive { open: true } => "receive open",
                        SelectOp::Receive { open: false } => "receive",
                        SelectOp::Send => "send",
                        SelectOp::Await => "await",
                        SelectOp::After => "after",
                        SelectOp::Else => "else",
                        SelectOp::Closed => "closed",
                    };
                    if arm.guarded { format!("{op} if") } else { op.to_owned() }
                });
                let arms: Vec<String> = arms.collect();
                write!(f, "select{} [{}]", if select.biased { " biased" } else { "" }, arms.join(", "))
            }
        }
    }
}

impl Display for In<'_, Arg> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Arg::Value(operand) => write!(f, "{}", self.0.show(operand)),
            Arg::Mut(place) => write!(f, "&{}", self.0.show(place)),
        }
    }
}

impl Display for In<'_, Operand> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Operand::Copy(place) => write!(f, "copy {}", self.0.show(place)),
            Operand::Move(place) => write!(f, "move {}", self.0.show(place)),
            Operand::Borrow(place) => write!(f, "{}", self.0.show(place)),
            Operand::Const(value) => write!(f, "{}", self.0.show(value)),
        }
    }
}

impl Display for In<'_, Const> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.1 {
            Const::Unit => f.write_str("()"),
            Const::Bool(value) => write!(f, "{value}"),
            Const::Int(value, ty) if *ty == Ty::int() => write!(f, "{value}"),
            Const::Int(value, ty) => write!(f, "{value}_{ty}"),
            Const::Float(value, _) => write!(f, "{value:?}"),
            Const::Char(value) => write!(f, "{value:?}"),
            Const::Str(value) => write!(f, "{:?}", value.as_str()),
            Const::Fn(body) => write!(f, "fn {}", self.0.show(body)),
            Const::Global(id, _) => match self.0.program.consts.get(*id) {
                Some(constant) => f.write_str(&constant.path),
                None => write!(f, "{id:?}"),
            },
        }
    }
}

impl Display for In<'_, BodyRef> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let BodyRef { body, args } = self.1;
        match self.0.program.bodies.get(*body) {
            Some(body) => write!(f, "{}{}", body.name, types_of(args)),
            None => write!(f, "{body:?}{}", types_of(args)),
        }
    }
}

impl Display for In<'_, Place> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Place { local, proj } = self.1;
        write!(f, "{local:?}")?;
        let mut prefix = Place::local(*local);
        for step in proj {
            match step {
                Proj::Field(at) => write!(f, ".{at}")?,
                Proj::Variant(variant, at) => {
                    let ty = prefix.ty(self.0.body, &self.0.program.adts);
                    write!(f, ".{}.{at}", variant_name(self.0.program, ty, *variant))?;
                }
                Proj::Index(index) => write!(f, "[{index:?}]")?,
                Proj::Content => f.write_str(".*")?,
            }
            prefix = prefix.then(*step);
        }
        Ok(())
    }
}

/// Several things, with commas between.
struct List<'a, T>(&'a Dump<'a>, &'a [T]);

impl<'a, T> Display for List<'a, T>
where
    In<'a, T>: Display,
{
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, part) in self.1.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, In(self.0, part))?;
        }
        Ok(())
    }
}

fn types_of(types: &[Ty]) -> String {
    if types.is_empty() {
        return String::new();
    }
    let types: Vec<String> = types.iter().map(Ty::to_string).collect();
    format!("<{}>", types.join(", "))
}

fn variant_name(program: &Program, ty: Ty, variant: u32) -> String {
    match ty.kind() {
        TyKind::Adt(adt, ..) => match program.adts[*adt].variants.get(variant as usize) {
            Some(variant) => variant.name.to_string(),
            None => format!("variant{variant}"),
        },
        _ => format!("variant{variant}"),
    }
}
