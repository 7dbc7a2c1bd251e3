//! Checks what each phase promises.
//!
//! Takes a program of any phase and says what is wrong with it, one line each; a fault is a mistake
//! of the compiler, never of its user. Three parts: the shape of the graph and what the phase
//! forbids (here), types of everything (`types`), and that nothing is read before it is written
//! (`assigned`). Balance of counts is the certifier's, which works from Counted MIR alone.

mod assigned;
mod select;
mod types;

use crate::ownership::counted;
use crate::{
    Arg, BlockId, Body, BodyId, BodyKind, BodyRef, Callee, Const, ENTRY, Effects, Intrinsic, Local,
    LocalKind, Operand, Phase, Place, Program, RETURN, Rvalue, SpawnMode, StmtKind, TermKind, Trap, Ty,
    TyKind, Unwind,
};

/// Checks a program against its phase; each string says what is wrong where.
#[must_use]
pub fn verify(program: &Program) -> Vec<String> {
    let mut faults = Vec::new();
    if program.bodies.get(program.main).is_none() {
        faults.push("the program has no body for `main`".to_owned());
    }
    for constant in &program.consts {
        if program.bodies.get(constant.init).is_none_or(|body| body.params > 0) {
            faults.push(format!("{}: its initialiser is not a body without parameters", constant.path));
        }
    }
    for body in &program.bodies {
        let mut check = Check { program, body, at: String::new(), faults: Vec::new() };
        check.declarations();
        // What the other checks walk must be there.
        if check.faults.is_empty() {
            check.blocks();
        }
        if check.faults.is_empty() {
            check.assigned();
        }
        faults.append(&mut check.faults);
    }
    faults
}

/// The check of one body.
struct Check<'a> {
    program: &'a Program,
    body: &'a Body,
    /// The instruction that is being checked.
    at: String,
    faults: Vec<String>,
}

impl Check<'_> {
    fn fault(&mut self, what: impl std::fmt::Display) {
        let place = if self.at.is_empty() { String::new() } else { format!(" {}", self.at) };
        self.faults.push(format!("{}{place}: {what}", self.body.name));
    }

    fn require(&mut self, holds: bool, what: impl std::fmt::Display) {
        if !holds {
            self.fault(what);
        }
    }

    fn phase(&self) -> Phase {
        self.program.phase
    }

    fn declarations(&mut self) {
        let body = self.body;
        self.require(body.params < body.locals.len(), "lacks locals for its parameters");
        self.require(!body.blocks.is_empty(), "has no entry block");
        if !self.faults.is_empty() {
            return;
        }
        self.require(!body.blocks[ENTRY].cleanup, "its entry is a cleanup block");
        self.require(self.phase() == Phase::Built || body.generics == 0, "still has type parameters");
        for (local, decl) in body.locals.iter_enumerated() {
            self.at = format!("{local:?}");
            let position = local.0 as usize;
            let fits = match decl.kind {
                LocalKind::Return => local == RETURN,
                LocalKind::Param(_) => (1..=body.params).contains(&position),
                LocalKind::Env => body.kind == BodyKind::Closure && position == 1,
                LocalKind::Var | LocalKind::Temp | LocalKind::Lent => position > body.params,
                LocalKind::DropFlag(_) => position > body.params && self.phase() >= Phase::Owned,
                LocalKind::View => position > body.params && self.phase() == Phase::Lowered,
            };
            self.require(fits, format_args!("a {:?} stands at the wrong position", decl.kind));
            self.ty(decl.ty);
        }
        self.at.clear();
    }

    /// Types that a body of this phase may mention.
    fn ty(&mut self, ty: Ty) {
        let generics = if self.phase() == Phase::Built { self.body.generics } else { 0 };
        let bad = ty.any(&mut |part| match part.kind() {
            TyKind::Infer(_) | TyKind::Error => true,
            TyKind::Param(at, _) => *at as usize >= generics,
            _ => false,
        });
        self.require(!bad, format_args!("type {ty} does not belong here"));
    }

    fn blocks(&mut self) {
        for (id, block) in self.body.blocks.iter_enumerated() {
            for (position, stmt) in block.stmts.iter().enumerate() {
                self.at = format!("{id:?}[{position}]");
                self.stmt_phase(&stmt.kind);
                self.stmt_types(&stmt.kind);
            }
            self.at = format!("{id:?}[end]");
            self.edges(id, &block.term.kind);
            self.term_phase(&block.term.kind);
            self.term_types(&block.term.kind);
        }
        self.at.clear();
    }

    /// Normal edges stay on their side, unwind edges lead to cleanup; where unwinding ends is the lowering's business.
    fn edges(&mut self, id: BlockId, term: &TermKind) {
        let cleanup = self.body.blocks[id].cleanup;
        let unwind = unwind_of(term);
        let mut targets = Vec::new();
        term.for_each_successor(&mut |next| targets.push(*next));
        for target in targets {
            let Some(block) = self.body.blocks.get(target) else {
                self.fault(format_args!("goes to {target:?}, which does not exist"));
                continue;
            };
            let over = matches!(term, TermKind::Recover(_));
            let expected = cleanup || unwind == Some(Some(target));
            self.require(target != ENTRY, "goes back to the entry");
            self.require(
                over || block.cleanup == expected,
                format_args!("{target:?} is on the wrong side of unwinding"),
            );
        }
        match term {
            TermKind::Return => self.require(!cleanup, "returns while unwinding"),
            TermKind::Resume => self.require(cleanup, "resumes without unwinding"),
            TermKind::Recover(_) => self.require(cleanup, "recovers without unwinding"),
            _ => {}
        }
        if self.phase() <= Phase::Owned {
            self.require(unwind != Some(None), "lacks an unwind edge");
        }
    }

    fn stmt_phase(&mut self, stmt: &StmtKind) {
        let phase = self.phase();
        match stmt {
            StmtKind::Assign(_, rvalue) => {
                match rvalue {
                    Rvalue::Dup(_) => {
                        self.require(phase >= Phase::Counted, "retains before counts are explicit");
                    }
                    Rvalue::Unbox(..) => self.require(phase >= Phase::Owned, "takes a cell apart in Built"),
                    _ => {}
                }
                rvalue.for_each_operand(&mut |operand| self.operand_phase(operand));
                if let Rvalue::Closure(body, _) | Rvalue::Spawn(_, body, _) = rvalue {
                    self.body_ref(body);
                }
            }
            StmtKind::Drop(_) => self.require(phase < Phase::Counted, "drops where it should release"),
            StmtKind::Release(_) => {
                self.require(phase >= Phase::Counted, "releases before counts are explicit")
            }
            StmtKind::ScopeEnd(_) => self.require(phase == Phase::Built, "ends a scope after Built"),
            StmtKind::EnsureUnique(_) => {}
            StmtKind::Intrinsic(_, intrinsic, types, args) => {
                self.intrinsic_phase(*intrinsic, types, true);
                self.args_phase(args);
            }
            StmtKind::Mark(..) => self.require(phase == Phase::Lowered, "marks before Lowered"),
            StmtKind::Poll => self.require(phase == Phase::Lowered, "polls before Lowered"),
        }
    }

    /// An await that names its task takes a future of that body, whatever path led there.
    fn awaited_task(&mut self, future: &Operand, task: BodyId) {
        self.require(self.phase() == Phase::Lowered, "names an awaited task before Lowered");
        let local = match future {
            Operand::Move(place) => place.as_local(),
            _ => None,
        };
        let Some(local) = local else {
            return self.fault(format_args!("names the task of a future that is not taken from a local"));
        };
        let body = self.body;
        let lends =
            |args: &[Arg]| args.iter().any(|arg| matches!(arg, Arg::Mut(place) if place.local == local));
        let (mut spawned, mut other) = (false, local.0 as usize <= body.params);
        for block in &body.blocks {
            for stmt in &block.stmts {
                match &stmt.kind {
                    StmtKind::Assign(dest, Rvalue::Spawn(SpawnMode::Joined, one, _))
                        if dest.as_local() == Some(local) && one.body == task =>
                    {
                        spawned = true;
                    }
                    StmtKind::Assign(dest, _) => other |= dest.local == local,
                    StmtKind::Intrinsic(dest, _, _, args) => other |= dest.local == local || lends(args),
                    _ => {}
                }
            }
            match &block.term.kind {
                TermKind::Call { args, dest, .. } => other |= dest.local == local || lends(args),
                TermKind::Await { dest, .. } => other |= dest.local == local,
                _ => {}
            }
        }
        self.require(spawned && !other, format_args!("names a task, but {local:?} may hold another future"));
    }

    fn term_phase(&mut self, term: &TermKind) {
        match term {
            TermKind::Switch(value, ..) | TermKind::Assert { cond: value, .. } => self.operand_phase(value),
            TermKind::Await { future, task, .. } => {
                self.operand_phase(future);
                if let Some(task) = task {
                    self.awaited_task(future, *task);
                }
            }
            TermKind::Call { callee, args, target, .. } => {
                match callee {
                    Callee::Body(body) => self.body_ref(body),
                    Callee::Value(value) => self.operand_phase(value),
                    Callee::Known(body, value) => {
                        self.require(self.program.phase == Phase::Lowered, "knows a function too early");
                        self.body_ref(body);
                        self.operand_phase(value);
                    }
                    Callee::Intrinsic(intrinsic, types) => {
                        self.intrinsic_phase(*intrinsic, types, false);
                        let returns = intrinsic.effects() != Effects::Diverge;
                        self.require(target.is_some() == returns, "goes on where its callee does not");
                    }
                    Callee::Select(_) => self.require(target.is_some(), "selects without going on"),
                }
                self.args_phase(args);
            }
            _ => {}
        }
        if let TermKind::Assert { trap: Trap::Bounds(index, len), .. } = term {
            self.operand_phase(index);
            self.operand_phase(len);
        }
    }

    fn args_phase(&mut self, args: &[Arg]) {
        for arg in args {
            if let Arg::Value(operand) = arg {
                self.operand_phase(operand);
            }
        }
    }

    fn operand_phase(&mut self, operand: &Operand) {
        match operand {
            Operand::Copy(place) => {
                let counted = self.place_ty(place).is_some_and(|ty| counted(ty, &self.program.adts));
                self.require(
                    self.phase() < Phase::Counted || !counted,
                    "copies a counted value without a retain",
                );
            }
            Operand::Move(place) => {
                let known = self.place_ty(place).is_some();
                let inside = known && place.enters_cell(self.body, &self.program.adts);
                self.require(!inside, "moves out of a cell that others may share");
            }
            Operand::Const(Const::Fn(body)) => self.body_ref(body),
            Operand::Const(Const::Global(id, ty)) => {
                let known = self.program.consts.get(*id).map(|constant| constant.ty);
                self.require(known == Some(*ty), "names a constant that is not there, or of another type");
            }
            _ => {}
        }
    }

    /// Structural operations are gone once they are derived; everything stands where its effects
    /// allow it.
    fn intrinsic_phase(&mut self, intrinsic: Intrinsic, types: &[Ty], statement: bool) {
        types.iter().for_each(|ty| self.ty(*ty));
        let structural = matches!(
            intrinsic,
            Intrinsic::Show
                | Intrinsic::ShowNested
                | Intrinsic::ShowFormatted
                | Intrinsic::Eq
                | Intrinsic::Cmp
        );
        let primitive = intrinsic == Intrinsic::Cmp && types.first().is_some_and(|ty| types::is_ordered(*ty));
        if structural && self.phase() >= Phase::Owned {
            self.require(primitive, format_args!("`{}` is not derived", intrinsic.name()));
            return;
        }
        if !(structural && statement && primitive) {
            let quiet = intrinsic.effects() == Effects::None;
            self.require(
                quiet == statement,
                format_args!("`{}` stands in the wrong place", intrinsic.name()),
            );
        }
    }

    fn body_ref(&mut self, target: &BodyRef) {
        let Some(body) = self.program.bodies.get(target.body) else {
            return self.fault(format_args!("names {:?}, which does not exist", target.body));
        };
        let (has, takes) = (target.args.len(), body.generics);
        self.require(
            has == takes,
            format_args!("gives {has} type arguments to {}, which has {takes}", body.name),
        );
        target.args.iter().for_each(|ty| self.ty(*ty));
    }

    /// The type of a place, or a fault that says why it has none.
    fn place_ty(&mut self, place: &Place) -> Option<Ty> {
        let mut ty = match self.body.locals.get(place.local) {
            Some(decl) => decl.ty,
            None => {
                self.fault(format_args!("names {:?}, which does not exist", place.local));
                return None;
            }
        };
        for step in &place.proj {
            let Some(next) = self.step_ty(ty, *step) else {
                self.fault(format_args!("{step:?} does not lead into {ty}"));
                return None;
            };
            ty = next;
        }
        Some(ty)
    }

    fn local_ty(&self, local: Local) -> Option<Ty> {
        self.body.locals.get(local).map(|decl| decl.ty)
    }
}

/// The unwind edge of a terminator that can have one.
fn unwind_of(term: &TermKind) -> Option<Unwind> {
    match term {
        TermKind::Call { unwind, .. } | TermKind::Await { unwind, .. } | TermKind::Assert { unwind, .. } => {
            Some(*unwind)
        }
        _ => None,
    }
}
